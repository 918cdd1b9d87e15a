#!/bin/sh
# A new database cluster on every start, then the server with the given options, as the public image takes them:
# POSTGRES_USER and POSTGRES_PASSWORD, and POSTGRES_DB for a database beside `postgres`.
set -eu

: "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
cluster=/data/cluster

# The password goes through a pipe: neither a command line nor a file shows it.
initdb --pgdata="$cluster" --username="$POSTGRES_USER" --pwfile=/dev/stdin --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync <<EOF
$POSTGRES_PASSWORD
EOF
[ "$POSTGRES_DB" = postgres ] || postgres --single -D "$cluster" postgres <<EOF
CREATE DATABASE "$POSTGRES_DB"
EOF
exec postgres -D "$cluster" -c unix_socket_directories=/tmp "$@"
