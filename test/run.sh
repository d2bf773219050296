#!/bin/bash
# Runs every test of the installed extension on a private server: first `make installcheck` (what people see), then
# pgTAP (values, laws, hostile input), each file in a database of its own. The server is removed afterwards.
#
#   test/run.sh                         all tests
#   test/run.sh test/pgtap/nps.sql ...  these pgTAP files only
set -eu
cd "$(dirname "$0")/.."
export CRMKPI_SERVER=test

trap 'test/server.sh stop' EXIT
trap 'exit 130' INT TERM
test/server.sh start
failed=0

if [ $# = 0 ]; then
    echo "+ make installcheck"
    if ! test/server.sh run "${MAKE:-make}" --no-print-directory installcheck; then
        failed=1
        [ ! -s regression.diffs ] || cat regression.diffs
    fi
    set -- test/pgtap/*.sql
fi

test/server.sh psql -Xq -d postgres -v ON_ERROR_STOP=1 -c 'CREATE DATABASE crmkpi_empty'
test/server.sh psql -Xq -d crmkpi_empty -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION pgtap; CREATE EXTENSION crmkpi'
echo "+ pg_prove"
# pg_prove starts this as psql: a fresh database for each file
psql=build/server-test/psql
cat > "$psql" <<'EOF'
#!/bin/bash
set -eu
export PGOPTIONS='-c client_min_messages=warning'
# a file before this one may have crashed the server, which then needs a moment
for _ in {1..100}; do
    psql -Xq -d postgres -c '' 2>/dev/null && break
    sleep 0.2
done
psql -Xq -d postgres -c 'DROP DATABASE IF EXISTS crmkpi_test' -c 'CREATE DATABASE crmkpi_test TEMPLATE crmkpi_empty'
unset PGOPTIONS
PGDATABASE=crmkpi_test exec psql "$@"
EOF
chmod +x "$psql"
test/server.sh run pg_prove --psql-bin "$psql" --timer "$@" || failed=1
# silent where no process of the server crashed
grep -a -A 1 'was terminated by signal' "$(cat build/server-test/location)/log" && failed=1
exit "$failed"
