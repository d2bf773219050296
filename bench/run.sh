#!/bin/bash
# Compares crmkpi with plain SQL, on a private server that is gone afterwards, and prints one table (see README.md).
#
#   bench/run.sh             or, which also builds and installs: make bench
#   ROWS=200000 BLOCKS='business|backlog' bench/run.sh
#
# ROWS (default 10000000) is the size of the largest table, RUNS (default 5) how often each query is timed, BLOCKS
# (default: all) a regular expression for the names of the blocks to run.
set -eu
cd "$(dirname "$0")/.."

rows=${ROWS:-10000000}
runs=${RUNS:-5}
blocks=${BLOCKS:-.}
export CRMKPI_SERVER=bench

for number in "$rows" "$runs"; do
    if ! [[ $number =~ ^[1-9][0-9]{0,8}$ ]]; then
        echo "run.sh: ROWS and RUNS are numbers from 1 to 999999999, not \"$number\"" >&2
        exit 2
    fi
done

sql() {
    test/server.sh psql -XqAt -d postgres -v ON_ERROR_STOP=1 "$@"
}

say() {
    echo "bench: $*" >&2
}

load=$(cut -d ' ' -f 1 /proc/loadavg)   # by others, as long as we have not begun
test/server.sh stop                     # one left over from a run that was killed
trap 'test/server.sh stop' EXIT
trap 'exit 130' INT TERM
test/server.sh start

sql -v blocks="$blocks" -f bench/setup.sql -f bench/queries.sql -f bench/measure.sql
data=$(sql -c "SELECT data FROM bench.query GROUP BY data ORDER BY min(id)")
if [ -z "$data" ]; then
    echo "run.sh: no block has a name that matches BLOCKS, \"$blocks\"" >&2
    exit 2
fi
for file in $data; do
    say "making the data of bench/$file.sql"
    sql -v rows="$rows" -v tickets=$(((rows + 9) / 10)) -f "bench/$file.sql" >/dev/null
done
sql -c "CALL bench.count_rows()"

say "memory: each query once, in a connection of its own"
for id in $(sql -c "SELECT id FROM bench.query ORDER BY id"); do
    sql -c "CALL bench.measure_memory($id)"
done

say "time: each query $runs times"
sql -c "CALL bench.measure_time($runs)"

sql -v runs="$runs" -v cores="$(nproc)" -v load="$load" -P format=aligned -P tuples_only=off -f bench/report.sql
