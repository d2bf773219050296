#!/bin/bash
# Fills a mart with sample data, or with real data, and shows its dashboards. `make demo` installs what is needed,
# builds, installs, and then calls this. It may be run again: it begins anew each time.
#
#   examples/demo.sh          sample data
#   examples/demo.sh DIR      real data: DIR holds sales_pipeline/, incidents/ and leads_funnel/, or some of them
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
export CRMKPI_SERVER=demo
server=$root/test/server.sh
db=crmkpi_demo

die() {
    echo "demo.sh: $*" >&2
    exit 1
}

in_db() {
    "$server" psql -X -q -v ON_ERROR_STOP=1 -P pager=off -d "$db" \
        -c 'SET client_min_messages = warning' "$@"
}

# has SOURCE FILE...: whether all files of the source are there.
has() {
    local source=$1 file
    shift
    for file in "$@"; do
        if [ ! -r "$DATA/$source/$file" ]; then
            echo "skipping $source: no $DATA/$source/$file"
            return 1
        fi
    done
}

sources=
if [ -n "${1:-}" ]; then
    [ -d "$1" ] || die "no directory $1"
    DATA=$(cd "$1" && pwd)
    export DATA
    has sales_pipeline accounts.csv sales_teams.csv sales_pipeline.csv && sources="$sources sales_pipeline"
    has incidents incidents.csv.gz status_events.csv.gz && sources="$sources incidents"
    has leads_funnel mql.csv closed_deals.csv && sources="$sources leads_funnel"
    [ -n "$sources" ] || die "none of sales_pipeline, incidents and leads_funnel is in $DATA"
fi

"$server" start
"$server" psql -X -q -v ON_ERROR_STOP=1 -d postgres \
    -c 'SET client_min_messages = warning' \
    -c "DROP DATABASE IF EXISTS $db WITH (FORCE)" \
    -c "CREATE DATABASE $db"
in_db -c 'CREATE EXTENSION crmkpi'

if [ -n "$sources" ]; then
    # First the views that map the sources, then the mart around them.
    for source in $sources; do
        echo "loading $source"
        in_db -f "$root/examples/real/$source.sql"
    done
    in_db -o /dev/null -c "SELECT crmkpi.create_mart('crm')"
    in_db -f "$root/examples/real/shared.sql"
    in_db -c 'ANALYZE'
    in_db -f "$root/examples/real/report.sql"
    in_db -f "$root/examples/dashboards.sql"
else
    echo "loading the sample data"
    in_db -o /dev/null -c "SELECT crmkpi.create_mart('crm')"
    in_db -v factor=1 -v mart=crm -f "$root/examples/sample/sample.sql"
    in_db -c 'ANALYZE'
    in_db -f "$root/examples/dashboards.sql"
fi

cat <<EOF

The mart is the schema crm of the database $db. To look around (\\dv crm.*):

    $(printf %q "$server") psql -d $db

For a program: $("$server" env | sed 's/^export //') PGDATABASE=$db

To see your own CRM in it, make a view named as the entity (crm.ticket, crm.opportunity, ...) over your tables;
examples/real/ has three such mappings, and doc/mart.md tells the columns of each entity.

To stop it and remove its data: make demo-stop
EOF
