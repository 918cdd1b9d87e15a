#!/usr/bin/env bash
# Judges every receiver here with the harness's default set, and compares its MUST and SHOULD findings with those that are
# expected of it: a finding too many fails as well as one too few.
#
#   ci/receivers/judge.sh [--print] [NAME…]         HARNESS=PATH names another binary than target/debug/hamsa-harness
#
# NAME is a folder, or FOLDER:SAMPLE. What is expected stands in FOLDER/expected.txt, or expected-SAMPLE.txt: `REQUIREMENT BROKEN
# reason` and `CASE LEVEL reason`, one a line. `MUST?` or `SHOULD?` is a race that not every run wins: it may be found. Where no
# line says MUST the receiver conforms, and the run has to end with exit 0; otherwise with 1.
# --print writes the lines for what was found, with the reasons that are known.
# Exit 1: something differs. Exit 3: the harness, or what a receiver needs, is missing; the others are as expected.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
harness=${HARNESS:-$here/../../target/debug/hamsa-harness}
work=          # temp folder of this run
server=        # process id of the receiver that runs
print=false
failed=0 missing=0

main() {
    if [[ ${1-} == --print ]]; then print=true && shift; fi
    [[ $# -gt 0 ]] || set -- starlette-sqlite node-unique express-redis flask:celery flask:basic
    [[ -x $harness ]] || { echo "judge.sh: $harness is missing: cargo build --package hamsa-harness" >&2 && exit 3; }
    trap cleanup EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    work=$(mktemp -d "${TMPDIR:-/tmp}/judge.XXXXXX")
    export WEBHOOK_SECRET="Bearer throw-away-$RANDOM$RANDOM-$RANDOM$RANDOM"
    local name
    for name in "$@"; do judge "$name"; done
    [[ $failed -eq 0 ]] || exit 1
    [[ $missing -eq 0 ]] || exit 3
}

cleanup() {
    trap '' TERM INT
    stop || true
    [[ -z $work ]] || rm -rf -- "$work"
}

judge() { # NAME
    local name=$1 folder=${1%%:*} sample=${1#"${1%%:*}"} status=0 expected
    sample=${sample#:}
    expected=$here/$folder/expected${sample:+-$sample}.txt
    [[ -f $expected ]] || { echo "judge.sh: $expected is missing" >&2 && exit 2; }
    start "$folder" ${sample:+"$sample"} || status=$?
    if [[ $status -eq 3 ]]; then
        echo "MISSING $name: $(tail -n 1 "$work/err")"
        missing=$((missing + 1))
        return 0
    fi
    if [[ $status -ne 0 ]]; then
        echo "it did not start: exit $status" >"$work/differences"
        tail -n 20 "$work/err"
    else
        # On a busy machine a queue falls behind by more than the ten seconds that are waited for an effect otherwise.
        "$harness" run "$url" --seed 1 --settle-max 40s --effects "${url%/*}/effects?prefix={prefix}" \
            >"$work/report" 2>"$work/log" || status=$?
        stop || true
        sed -nE -e 's/^(R[0-9B]|URL) {2,}non-conformant .*/\1 BROKEN/p' -e 's/^(MUST|SHOULD) +([A-Z]+-[0-9]+) .*/\2 \1/p' \
            "$work/report" >"$work/found"
        if $print; then
            write_findings "$name" "$expected" "$status"
            return 0
        fi
        compare "$expected" "$status" >"$work/differences"
    fi
    if [[ -s $work/differences ]]; then
        echo "FAILED  $name"
        sed 's/^/        /' "$work/differences"
        failed=$((failed + 1))
    else
        echo "passed  $name: exit $status and $(wc -l <"$work/found") lines, as expected"
    fi
}

# start FOLDER [SAMPLE]: starts its run.sh on a free port with an empty data folder; sets `server` and `url`. Fails as it does.
start() {
    local tries ended=0
    rm -rf -- "$work/data"
    : >"$work/out" # the last one's URL must not be read
    PORT=0 DATA_DIR=$work/data bash "$here/$1/run.sh" "${@:2}" >"$work/out" 2>"$work/err" </dev/null &
    server=$!
    for ((tries = 0; tries < 6000; tries++)); do # the first start downloads
        url=$(sed -n 's/^listening on //p' "$work/out")
        [[ -z $url ]] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    stop || ended=$?
    return $((ended == 0 ? 1 : ended))
}

# stop: ends the receiver; returns its exit status.
stop() {
    local ended=$server
    [[ -n $ended ]] || return 0
    server=
    kill -TERM "$ended" 2>/dev/null || true
    wait "$ended"
}

# compare EXPECTED STATUS: prints what differs.
compare() {
    local case level reason found exit=0
    while read -r case level reason; do
        [[ -n $case && $case != '#'* ]] || continue
        [[ $level != MUST ]] || exit=1
        found=$(sed -n "s/^$case //p" "$work/found")
        [[ -n $reason && $level =~ ^(BROKEN|(MUST|SHOULD)\??)$ ]] || echo "not understood in the list: $case $level $reason"
        [[ -n $found || $level == *\? ]] || echo "$case: nothing found; expected $level, for $reason"
        [[ -z $found || $found == "${level%\?}" ]] || echo "$case: found $found; expected $level, for $reason"
    done <"$1"
    while read -r case found; do
        grep -q "^$case " "$1" || grep -E -A 6 "^($found +$case|$case) " "$work/report"
    done <"$work/found"
    [[ $2 -eq $exit ]] || { echo "exit $2; expected $exit" && tail -q -n 3 "$work/report" "$work/log"; }
}

# write_findings NAME EXPECTED STATUS
write_findings() {
    local case level
    echo "# $1: exit $3"
    while read -r case level; do
        grep -E "^$case +$level\?? " "$2" || printf '%-7s %-6s  \n' "$case" "$level"
    done <"$work/found"
}

main "$@"
