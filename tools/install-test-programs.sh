#!/bin/sh
# Install from Debian what some tests need: Go with x/mod/sumdb, and Chromium.
set -eu
packages="golang-go golang-golang-x-mod-dev chromium"

missing=""
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "already installed: $packages"
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "This machine has no apt-get. Install by its own means:$missing" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
else
    echo "Installing needs root and there is no sudo. As root, run: apt-get install$missing" >&2
    exit 1
fi
echo "installing from Debian:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # each word is a package
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
