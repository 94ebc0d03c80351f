#!/bin/sh
# Run the tests on three workers, since much of a test is waiting; whole files go to a worker, so that what a
# file sets up is set up once. With --all, what a test needs and is missing is a failure, not NOT RUN.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = "--all" ]; then
    shift
    KEEPCLEAR_TEST_ALL=1
    export KEEPCLEAR_TEST_ALL
fi
exec .venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder "$@"
