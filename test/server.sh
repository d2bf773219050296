#!/bin/bash
# A private PostgreSQL for the demo and the tests: no TCP, one socket in a directory that only its owner (and root)
# may enter, data that nobody will miss (fsync = off).
#
#   test/server.sh start       start it; creates it first; does nothing when it runs
#   test/server.sh stop        stop it and remove it with all its data
#   test/server.sh status      say whether it runs; exit code 0 if so
#   test/server.sh env         print the environment to connect, for: eval "$(test/server.sh env)"
#   test/server.sh psql ...    psql, connected to it
#   test/server.sh run CMD...  run a command with that environment
#
# CRMKPI_SERVER (demo, test, ...; default demo) names the server: several may run side by side.
# PG_CONFIG names the PostgreSQL to use.
set -eu

name=${CRMKPI_SERVER:-demo}
root=$(cd "$(dirname "$0")/.." && pwd)
home=$root/build/server-$name       # holds the file `location`: where data, log and socket are

die() {
    echo "server.sh: $*" >&2
    exit 1
}

bindir=$("${PG_CONFIG:-pg_config}" --bindir 2>/dev/null) || \
    die "no pg_config found; run test/deps.sh, or set PG_CONFIG"

# The server does not run as root: root lends it to another user.
server_user() {
    if [ "$(id -u)" != 0 ]; then
        id -un
    elif id postgres >/dev/null 2>&1; then
        echo postgres
    else
        echo nobody
    fi
}

# as USER CMD...: run CMD as the user, in a directory everybody may enter.
as() {
    local user=$1
    shift
    if [ "$user" = "$(id -un)" ]; then
        (cd / && "$@")
    else
        (cd / && runuser -u "$user" -- "$@")
    fi
}

# Where it lives: in the tree, or, when the server's user cannot get there or the tree's name would not do for
# a socket (at most 107 bytes, and PostgreSQL splits it at commas), in a directory of its own under /var/tmp.
make_base() {
    local user
    user=$(server_user)
    mkdir -p "$home"
    base=$home/cluster
    if [[ $base =~ ^[A-Za-z0-9/._+-]{1,80}$ ]] && as "$user" test -x "$home"; then
        rm -rf "$base"
        mkdir -m 700 "$base"
    else
        base=$(mktemp -d /var/tmp/crmkpi-XXXXXX)
    fi
    [ "$(id -u)" != 0 ] || chown "$user:" "$base"
    echo "$base" > "$home/location"
}

find_base() {
    base=
    [ -f "$home/location" ] || return 0
    base=$(cat "$home/location")
    case $base in
        "$home/cluster" | /var/tmp/crmkpi-??????) ;;
        *) base= ;;                 # the tree was moved or copied
    esac
    [ -d "$base" ] || base=
    if [ -n "$base" ]; then
        owner=$(stat -c %U "$base")
        [ "$(id -u)" = 0 ] || [ "$owner" = "$(id -un)" ] ||
            die "the server \"$name\" belongs to user $owner; use sudo, or set CRMKPI_SERVER to another name"
    fi
}

connect() {
    unset PGHOSTADDR PGSERVICE PGPASSWORD PGOPTIONS
    export PGHOST=$base/socket PGPORT=5432 PGUSER=postgres PGDATABASE=${PGDATABASE:-postgres}
}

running() {
    [ -n "$base" ] && (connect && "$bindir/psql" -XqAtc '' -d postgres) >/dev/null 2>&1
}

# The process of our server, if it lives: a number in a left-over file may by now be that of a stranger.
server_pid() {
    local pid
    pid=$(head -n 1 "$base/data/postmaster.pid" 2>/dev/null) || return 0
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$(readlink -f "$base/data")" ] && echo "$pid"
    return 0
}

start() {
    local major
    ! running || return 0
    [ -n "$base" ] || make_base
    owner=$(stat -c %U "$base")
    major=$("$bindir/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    if [ "$(cat "$base/data/PG_VERSION" 2>/dev/null)" != "$major" ]; then
        rm -rf "$base/data" "$base/new" "$base/socket"
        as "$owner" "$bindir/initdb" -D "$base/new" -U postgres -A trust --no-sync \
            --locale=C.UTF-8 --encoding=UTF8 >/dev/null
        cat >> "$base/new/postgresql.conf" <<EOF
listen_addresses = ''
port = 5432
unix_socket_directories = '$base/socket'
fsync = off
shared_buffers = 256MB
timezone = 'UTC'
log_timezone = 'UTC'
EOF
        as "$owner" mkdir -m 700 "$base/socket"
        mv "$base/new" "$base/data"
    elif [ -z "$(server_pid)" ]; then
        rm -f "$base/data/postmaster.pid" "$base/socket/".s.PGSQL.*
    fi
    if ! as "$owner" "$bindir/pg_ctl" -D "$base/data" -l "$base/log" -w -t 120 start </dev/null >/dev/null; then
        tail -n 20 "$base/log" >&2
        die "the server \"$name\" does not start; '$0 stop' removes it with its data"
    fi
}

stop() {
    if [ -n "$base" ]; then
        if [ -n "$(server_pid)" ]; then
            as "$owner" "$bindir/pg_ctl" -D "$base/data" -m fast -w -t 120 stop >/dev/null
        fi
        rm -rf "$base"
    fi
    rm -rf "$home"
}

need() {
    running || die "the server \"$name\" is not running; start it with: CRMKPI_SERVER=$name $0 start"
}

find_base
case ${1:-} in
    start) start ;;
    stop) stop ;;
    status)
        if running; then
            echo "server \"$name\" is running in $base"
        else
            echo "server \"$name\" is not running"
            exit 3
        fi
        ;;
    env)
        need
        printf 'export PGHOST=%q PGPORT=5432 PGUSER=postgres\n' "$base/socket"
        ;;
    psql)
        shift
        need
        connect
        exec "$bindir/psql" "$@"
        ;;
    run)
        shift
        need
        connect
        PATH=$bindir:$PATH exec "$@"
        ;;
    *) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
