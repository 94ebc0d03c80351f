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
# Loaded by hundreds of processes: what is compiled is kept, whatever the caller set.
unset PYTHONDONTWRITEBYTECODE
# Once for all workers and the nodes that they start: cold, each would compile the kernels anew, a minute each.
.venv/bin/python -c 'from keepclear.geo.kernels.warming import warm; warm()'
exec .venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder "$@"
