#!/bin/sh
# Run the tests on two workers. With --all, what a test needs and is missing is a failure, not NOT RUN.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = "--all" ]; then
    shift
    KEEPCLEAR_TEST_ALL=1
    export KEEPCLEAR_TEST_ALL
fi
exec .venv/bin/python -m pytest -n 2 --dist loadgroup "$@"
