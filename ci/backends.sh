#!/usr/bin/env bash
# Judges the receiver on each of its stores with the core set of the harness: one receiver on memory, SQLite, PostgreSQL and
# Redis, and three behind one address on the last two. Every run has to end with exit 0.
#
#   HAMSA_TEST_POSTGRES=URL HAMSA_TEST_REDIS=URL HARNESS=PATH RECEIVER=PATH ci/backends.sh [STORE…]
#
# RECEIVER is built with all stores. Without names, every store is judged.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
harness=${HARNESS:-$root/target/debug/hamsa-harness}
receiver=${RECEIVER:-$root/target/debug/hamsa-receiver}
work=$(mktemp -d "${TMPDIR:-/tmp}/backends.XXXXXX")
pids=()   # servers, ended by id
url=      # of the server that was started last
failed=0

cleanup() {
    local pid
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf -- "$work"
}

# serve NAME WORD COMMAND…: starts a server and waits for its line `WORD on ADDRESS`.
serve() {
    local name=$1 word=$2 pid tries
    shift 2
    "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
    pid=$!
    pids+=("$pid")
    for ((tries = 0; tries < 300; tries++)); do
        url=$(sed -n "s/^$word on //p" "$work/$name.out" 2>/dev/null || true)
        [[ -z $url ]] || return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "$name did not start:" && tail -n 5 "$work/$name.err"
    return 1
}

# The secret's limit on wrong tokens is the harness's subject only where it is asked for: here it would slow the run.
replica() { # NAME STORE
    serve "$1" listening env HAMSA_STORE="$2" HAMSA_LOG=warn "$receiver" \
        --listen 127.0.0.1:0 --expose-effects --unauthenticated-per-minute 0
}

judge() { # NAME URL
    local status=0
    "$harness" run "$2" --set core --effects "${2%/*}/effects?prefix={prefix}" >"$work/$1.txt" 2>"$work/$1.log" || status=$?
    if [[ $status -eq 0 ]]; then
        echo "passed  $1: $(tail -n 1 "$work/$1.txt")"
    else
        echo "FAILED  $1: exit $status"
        cat "$work/$1.txt" "$work/$1.log"
        failed=$((failed + 1))
    fi
}

one() { # NAME STORE
    if replica "$1" "$2"; then judge "$1" "$url"; else failed=$((failed + 1)); fi
}

three() { # NAME STORE
    local number behind=()
    for number in 1 2 3; do
        replica "$1-$number" "$2" || { failed=$((failed + 1)) && return 0; }
        url=${url#http://}
        behind+=("${url%%/*}")
    done
    if serve "$1" forwarding python3 "$root/ci/round_robin.py" "${behind[@]}"; then
        judge "$1" "http://$url/webhook"
    else
        failed=$((failed + 1))
    fi
}

trap cleanup EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
export WEBHOOK_SECRET="Bearer throw-away-$RANDOM$RANDOM-$RANDOM$RANDOM"
[[ $# -gt 0 ]] || set -- memory sqlite postgres redis
for store in "$@"; do
    case $store in
        memory) one memory memory ;;
        sqlite) one sqlite "sqlite:$work/events.db" ;;
        postgres) one postgres "${HAMSA_TEST_POSTGRES:?}" && three postgres-replicas "$HAMSA_TEST_POSTGRES" ;;
        redis) one redis "${HAMSA_TEST_REDIS:?}" && three redis-replicas "$HAMSA_TEST_REDIS" ;;
        *) echo "usage: ci/backends.sh [memory|sqlite|postgres|redis]…" >&2 && exit 2 ;;
    esac
done
[[ $failed -eq 0 ]]
