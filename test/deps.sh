#!/bin/bash
# Installs what crmkpi needs to be built and tested on Debian or Ubuntu: a PostgreSQL server (15 or newer) with its
# development files, a C compiler, make, pgTAP and pg_prove. Does nothing when all is there.
# PG_CONFIG names the PostgreSQL to use; otherwise it is the pg_config of the PATH, an installed server,
# or the newest server that apt offers, in this order.
set -eu

pg_config=${PG_CONFIG:-pg_config}

die() {
    echo "deps.sh: $*" >&2
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Prints, one per line, what is missing.
missing() {
    if have "$pg_config"; then
        [ -x "$("$pg_config" --bindir)/initdb" ] || echo "PostgreSQL server"
        [ -f "$("$pg_config" --pgxs)" ] && [ -f "$("$pg_config" --includedir-server)/postgres.h" ] ||
            echo "PostgreSQL server development files"
        [ -f "$("$pg_config" --sharedir)/extension/pgtap.control" ] || echo "pgTAP"
    else
        printf '%s\n' "PostgreSQL server" "PostgreSQL server development files" "pgTAP"
    fi
    have gcc && echo '#include <stdio.h>' | gcc -E - >/dev/null 2>&1 || echo "gcc"
    have make || echo "make"
    have pg_prove || echo "pg_prove"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        -o Dpkg::Options::=--force-confold "$@"
}

# The version of PostgreSQL whose packages we want.
version() {
    local bindir=
    if have "$pg_config"; then
        bindir=$("$pg_config" --bindir)
    elif [ -n "${PG_CONFIG:-}" ]; then
        bindir=$(dirname "$PG_CONFIG")
    fi
    case $bindir in
        /usr/lib/postgresql/*/bin) basename "$(dirname "$bindir")"; return ;;
        ?*) die "$pg_config is not of a Debian package; please install for it by hand:" $what ;;
    esac
    {
        ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | cut -d / -f 5 | grep . ||
            apt-cache search --names-only '^postgresql-server-dev-[0-9]+$' | sed 's/ .*//; s/.*-//'
    } | sort -n | tail -n 1
}

# Packages of a server make a cluster "main" that listens on port 5432. Nobody asked for one, so the
# setting is switched off while we install, and then put back.
without_main_cluster() (
    conf=/etc/postgresql-common/createcluster.conf
    saved=$(mktemp)
    cat "$conf" > "$saved"
    trap 'as_root tee "$conf" < "$saved" >/dev/null; rm -f "$saved"' EXIT
    { grep -v '^[#[:space:]]*create_main_cluster' "$saved"; echo "create_main_cluster = false"; } |
        as_root tee "$conf" >/dev/null
    "$@"
)

what=$(missing | paste -s -d , | sed 's/,/, /g')
[ -n "$what" ] || exit 0

have apt-get || die "this is not Debian or Ubuntu; please install by hand: $what"
[ "$(id -u)" = 0 ] || have sudo || die "neither root nor sudo; please install by hand: $what"

echo "deps.sh: installing $what"
as_root apt-get update -q || echo "deps.sh: apt-get update failed; trying with the package lists that are there" >&2
n=$(version)
[ -n "$n" ] || die "apt offers no PostgreSQL server"
[ "$n" -ge 15 ] || die "PostgreSQL 15 or newer is needed, but apt offers $n"

apt_install gcc libc6-dev make libtap-parser-sourcehandler-pgtap-perl postgresql-common
without_main_cluster apt_install "postgresql-$n" "postgresql-server-dev-$n" "postgresql-$n-pgtap"

what=$(missing | paste -s -d , | sed 's/,/, /g')
[ -z "$what" ] || die "still missing: $what"
