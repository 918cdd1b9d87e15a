#!/usr/bin/env bash
# Runs every command of README.md, and every exit code it promises, against real processes on loopback.
#
#   ci/smoke.sh                                  with the debug binaries, built when one is absent
#   HARNESS=PATH RECEIVER=PATH ci/smoke.sh       with these
#
# A README command is a line that begins with `$ `. Each has to stand in `readme` below, with the exit code that the
# README lets a reader expect, and nothing may stand there that the README does not say. Ports are exchanged
# for free ones; `own` gives a command a receiver of its own, which it may end. Ends with `N passed, N failed`; exit 1 when one failed.
# shellcheck disable=SC2016  # `$` in single quotes is meant: patterns, and commands as the README has them
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=                # temp folder of this run: outputs, reports, servers' logs
pids=()              # servers, ended by id
passed=0 failed=0

declare -A readme=(  # command → exit code, or what is done with it instead
    ['cargo run --release -- run reference']=0
    ['cargo run --release -- run zoo:check-then-act --only IDM-04']=1
    ['ci/check.sh']='the caller'
    ['export PATH="$PWD/target/release:$PATH"']='done by this script'
    ["export WEBHOOK_SECRET='Bearer throw-away-4f9d2c71'"]='done by this script'
    ['cargo run --release --package hamsa-reference-server -- --store memory --expose-effects']=server
    ['hamsa-harness run http://127.0.0.1:3000/webhook']=3
    ["hamsa-harness run http://127.0.0.1:3000/webhook --effects 'http://127.0.0.1:3000/effects?prefix={prefix}'"]=0
    ["hamsa-harness run http://127.0.0.1:3000/webhook --effects 'cmd:./effects.sh'"]=0
    ['hamsa-harness run http://127.0.0.1:3000/webhook --effects file:effects.ndjson']=3
    ['hamsa-harness run http://127.0.0.1:3000/webhook --effects sink:127.0.0.1:7000']=3
    ["hamsa-harness run http://127.0.0.1:3000/webhook --spawn 'exec node server.js' --effects sink"]='own 3'
    ["hamsa-harness run http://127.0.0.1:3000/webhook --durable --only DUR --spawn 'exec node server.js' --effects 'http://127.0.0.1:3000/effects?prefix={prefix}'"]='own 3'
    ["hamsa-harness run http://127.0.0.1:3000/webhook --durable --only DUR --kill 'docker kill receiver' --restart 'docker start receiver' --effects 'cmd:./effects.sh'"]='own 3 docker start receiver'
    ['hamsa-harness run http://127.0.0.1:3000/webhook --set-field data.data.outcomeResult.user_id=42 --fixtures my-payloads']=3
    ["hamsa-harness run http://127.0.0.1:3000/webhook --effects 'http://127.0.0.1:3000/effects?prefix={prefix}' --set core --wait 30s --report junit=conformance.xml --report json=conformance.json"]=0
    ['hamsa-harness doctor http://127.0.0.1:3000/webhook']=3
    ['hamsa-harness list --only R2']=0
    ['hamsa-harness explain IDM-04']=0
    ['hamsa-harness zoo list']=0
)

main() {
    trap cleanup EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    work=$(mktemp -d "${TMPDIR:-/tmp}/smoke.XXXXXX")
    provide_binaries
    # Nothing of the caller's settings may reach the harness.
    local name
    for name in $(compgen -e HAMSA_ || true) WEBHOOK_SECRET; do unset "$name"; done
    token="throw-away-$RANDOM$RANDOM-$RANDOM$RANDOM"
    export WEBHOOK_SECRET="Bearer $token"
    mkdir "$work/here" "$work/out"
    cd "$work/here"

    serve receiver hamsa-receiver --listen 127.0.0.1:0 --store memory --expose-effects
    port=${url##*:} port=${port%%/*}
    write_files
    readme_commands
    exit_codes
    reports
    no_secret_in_outputs

    echo
    echo "$passed passed, $failed failed"
    [[ $failed -eq 0 ]]
}

# The binaries under the names that the README uses.
provide_binaries() {
    local harness=${HARNESS:-$root/target/debug/hamsa-harness} receiver=${RECEIVER:-$root/target/debug/hamsa-receiver}
    [[ -x $harness && -x $receiver ]] || (cd "$root" && cargo build --workspace --locked)
    mkdir "$work/bin"
    ln -s "$(realpath "$harness")" "$work/bin/hamsa-harness"
    ln -s "$(realpath "$receiver")" "$work/bin/hamsa-receiver"
    PATH=$work/bin:$PATH
}

# serve NAME COMMAND…: start a server and wait for its `listening on URL`; sets `url` and `server`.
serve() {
    local name=$1 tries
    shift
    "$@" >"$work/out/$name.log" 2>&1 </dev/null &
    server=$!
    pids+=("$server")
    for ((tries = 0; tries < 200; tries++)); do
        url=$(grep -m1 -o 'listening on http://.*' "$work/out/$name.log" || true)
        url=${url#listening on }
        [[ -z $url ]] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    cat "$work/out/$name.log" >&2
    echo "smoke.sh: $name did not start" >&2
    exit 1
}

cleanup() {
    trap '' TERM INT
    trap - EXIT
    local pid
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    [[ -z $work ]] || rm -rf -- "$work"
}

judge() { # TEXT CONDITION…: the condition holds
    local text=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "  ok    $text"
    else
        failed=$((failed + 1))
        echo "  FAIL  $text"
    fi
}

# expect STATUS COMMAND…: it ends with this exit code. Its output is in `$out`.
expect() {
    local expected=$1 status=0
    shift
    out=$work/out/$((passed + failed)).txt
    timeout 120 "$@" >"$out" 2>&1 </dev/null || status=$?
    judge "exit $expected  ${label:-$*}" test "$status" -eq "$expected"
    [[ $status -eq $expected ]] || { echo "        ended with $status:" && tail -n 15 "$out" | sed 's/^/        | /'; }
}

says() { # PATTERN: the last output does
    judge "        says: $1" grep -qE -e "$1" "$out"
}

# What the README asks the reader to have at hand.
write_files() {
    mkdir my-payloads
    cp "$root/fixtures/deliveries/call.ended/typical.json" my-payloads/
    # An effects command without any tool: it asks the receiver, as a database would be asked.
    cat >effects.sh <<EOF
#!/usr/bin/env bash
exec 3<>/dev/tcp/127.0.0.1/\${OWN_PORT:-$port}
printf 'GET /effects?prefix=%s HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "\$CALL_PREFIX" >&3
sed '1,/^\r\$/d' <&3
EOF
    chmod +x effects.sh
    # The receiver that the README's reader has, under the names by which the README starts it.
    own=$((15000 + RANDOM % 900))
    cat >"$work/bin/node" <<EOF
#!/usr/bin/env bash
exec hamsa-receiver --listen 127.0.0.1:$own --store sqlite:own.db --expose-effects
EOF
    cat >"$work/bin/docker" <<EOF
#!/usr/bin/env bash
case \$1 in
    start) node >/dev/null 2>&1 </dev/null & echo \$! >own.pid ;;
    kill) kill -KILL "\$(cat own.pid)" ;;
esac
EOF
    chmod +x "$work/bin/node" "$work/bin/docker"
}

# own STATUS COMMAND [BEFORE]: a README command whose receiver is its own.
own() {
    local status=$1 command=$2 before=${3-}
    rm -f own.db*
    [[ -z $before ]] || bash -c "$before"
    OWN_PORT=$own expect "$status" bash -c "${command//127.0.0.1:3000/127.0.0.1:$own}"
    [[ -z $before ]] || docker kill receiver || true
}

readme_commands() {
    echo "README.md"
    local command expected label
    local -A seen=()
    while IFS= read -r command; do
        seen[$command]=1
        expected=${readme[$command]-}
        label=$command
        case $expected in
            '') judge "known to ci/smoke.sh: $command" false ;;
            server | 'the caller' | 'done by this script') ;;
            own*) own "$(cut -d' ' -f2 <<<"$expected")" "$command" "$(cut -s -d' ' -f3- <<<"$expected")" ;;
            *)
                command=${command/#cargo run --release -- /hamsa-harness }
                expect "$expected" bash -c "${command//127.0.0.1:3000/127.0.0.1:$port}"
                ;;
        esac
    done < <(sed -e :join -e '/\\$/N; s/ *\\\n */ /; t join' "$root/README.md" | sed -n 's/^\$ //p')
    for command in "${!readme[@]}"; do
        [[ -n ${seen[$command]-} ]] || judge "in README.md: $command" false
    done
}

exit_codes() {
    echo "Exit codes"
    local closed effects
    expect 0 hamsa-harness run reference --set core
    says '^R1 conformant · R2 conformant · R3 conformant'
    expect 1 hamsa-harness run zoo:dedup-409 --set core
    says '^MUST +IDM-02 '

    serve plain hamsa-harness zoo serve --mutant plain
    effects=${url%/*}/effects
    expect 3 hamsa-harness run "$url" --set core
    says '^R2 +unverified'
    says "^next: +hamsa-harness run '?$url'? .*--effects"
    expect 0 hamsa-harness run "$url" --set core --effects "$effects?prefix={prefix}"
    expect 0 hamsa-harness run "$url" --set core --accept-evidence R2=E1
    says 'R2 accepted on E1 alone'
    expect 0 hamsa-harness doctor "$url" --effects "$effects?prefix={prefix}"
    WEBHOOK_SECRET='Bearer another-one' expect 4 hamsa-harness run "$url"
    says 'what to do:'
    kill -TERM "$server"
    wait "$server" || true
    closed=$url # the port of a server that has just ended
    expect 4 hamsa-harness run "$closed"
    says 'what to do:'

    expect 3 hamsa-harness run reference --only 'TLS-*'
    expect 2 env -u WEBHOOK_SECRET hamsa-harness run "$closed"
    says 'WEBHOOK_SECRET is not set'
    expect 2 env WEBHOOK_SECRET=no-scheme hamsa-harness run "$closed"
    expect 2 hamsa-harness run reference --only NONE-99
    says 'NONE-99'
    expect 2 hamsa-harness run reference --no-such-option
    expect 2 hamsa-harness run zoo:no-such-receiver
    printf '[cases]\nonyl = ["R2"]\n' >typo.toml
    expect 2 hamsa-harness run reference --config typo.toml
    says 'onyl'
    # The whole file that the README shows, for a receiver that is not there: it is understood, so 4 and not 2.
    sed -n '/^```toml$/,/^```$/p' "$root/README.md" | sed '/^```/d; s/^wait = .*/wait = "1s"/' >whole.toml
    expect 4 hamsa-harness run "$closed" --config whole.toml
}

reports() {
    echo "Reports"
    expect 1 hamsa-harness run zoo:check-then-act --set core --report json=r.json --report junit=r.xml --report text=r.txt
    judge "        JSON is written" grep -q '"exitCode": *1' r.json
    judge "        JUnit is written" grep -q '<failure ' r.xml
    judge "        text is written" grep -q '^exit 1' r.txt
    judge "        the README's reports are written" test -s conformance.json -a -s conformance.xml
}

no_secret_in_outputs() {
    echo "The secret"
    judge "it stands in no output, report or log" none_has "$token"
}

none_has() { # TEXT
    ! grep -rlF -e "$1" "$work/out" "$work/here"
}

main "$@"
