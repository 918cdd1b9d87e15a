#!/usr/bin/env bash
# The gate: the only definition of "green". CI and contributors run this and nothing else.
#
#   ci/check.sh              with what is there; installs nothing, and names what it could not check
#   ci/check.sh --install    installs Debian packages and the receivers' packages first; what is missing after that fails
#
# With Rust alone everything runs that needs no service. The last line is `N passed, N failed`; exit 1 when a check failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=ci/images/dockerd.sh
. ci/images/dockerd.sh
# shellcheck source=ci/services.sh
. ci/services.sh

install=false
case ${1-} in
    '') ;;
    --install) install=true ;;
    *) echo "usage: ci/check.sh [--install]" >&2 && exit 2 ;;
esac

passed=() failed=() missing=()
# With everything the receiver can have. The harness alone is built as a stranger builds it, by `first_command`.
everything=(--workspace --locked --features hamsa-reference-server/full)
logs=$(mktemp -d "${TMPDIR:-/tmp}/check.XXXXXX")
trap 'rm -rf -- "$logs"' EXIT

main() {
    # Snapshots are compared, never written; colours stay out of logs.
    export INSTA_UPDATE=no CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
    if $install; then install_packages; else export NO_INSTALL=1; fi

    check "format" cargo fmt --all --check
    check "clippy" cargo clippy --workspace --all-targets --locked -- --deny warnings
    check "clippy, all features" cargo clippy "${everything[@]}" --all-targets -- --deny warnings
    check "tests" tests
    check "doc tests" cargo test "${everything[@]}" --doc --quiet
    check "documentation" env RUSTDOCFLAGS='--deny warnings' cargo doc "${everything[@]}" --no-deps
    check_with "clean text" git text_is_clean
    check_with "scripts" shellcheck scripts
    check "smoke" smoke
    check "first command" first_command
    check_with "fsync before acknowledgement" strace ignored_tests it fsync
    check_stores
    check_with "metrics" "promtool curl" with_receiver ci/metrics.sh
    if $install || [[ ci/dashboard/node_modules/.package-lock.json -nt ci/dashboard/package-lock.json ]]; then
        check_with "dashboard" "chromium node npm" with_receiver ci/dashboard/run.sh
    else
        lacks "dashboard" "its packages (start ci/dashboard/run.sh once)"
    fi
    if python3 -c 'import venv, ensurepip' 2>/dev/null && { $install || [[ -n ${AIOSMTPD_PYTHON-} ]]; }; then
        check "mail" mail
    else
        lacks "mail" "a Python with aiosmtpd, named by AIOSMTPD_PYTHON"
    fi
    check_receiver starlette-sqlite "python3" .venv/installed requirements.txt
    check_receiver node-unique "node npm" node_modules/.package-lock.json package-lock.json
    check_receiver express-redis "node npm redis-server" node_modules/.package-lock.json package-lock.json
    check_receiver flask "python3 redis-server" .venv/installed requirements.txt flask:celery flask:basic
    if docker_answers || { $install && have dockerd && [[ $EUID -eq 0 ]]; }; then
        check "containers" containers
    else
        lacks "containers" "a Docker daemon that answers"
    fi
    summary
}

have() { # COMMAND…: all of them are there
    local command
    for command in "$@"; do command -v "$command" >/dev/null || return 1; done
}

check() { # NAME COMMAND…
    local name=$1 status=0 start=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    # A subshell outside of any condition, for only there `set -e` holds inside of functions.
    set +e
    (set -e; "$@")
    status=$?
    set -e
    if [[ $status -eq 0 ]]; then passed+=("$name"); else failed+=("$name"); fi
    printf '== %s: %s after %d s\n' "$name" "$([[ $status -eq 0 ]] && echo passed || echo "FAILED ($status)")" $((SECONDS - start))
}

lacks() { # NAME WHAT
    missing+=("$1: $2")
    printf '\n== %s: MISSING %s\n' "$1" "$2"
}

check_with() { # NAME TOOLS COMMAND…
    local tool lacking=()
    for tool in $2; do have "$tool" || lacking+=("$tool"); done
    if [[ ${#lacking[@]} -gt 0 ]]; then lacks "$1" "${lacking[*]}"; else check "$1" "${@:3}"; fi
}

# Tests that need a service are ignored by default, with the service in the reason. Where the service runs,
# they are one more check here, by name.
tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run "${everything[@]}"
    else
        cargo test "${everything[@]}" --all-targets
    fi
}

# The built tests of all packages, those of `lib` or of the test target TARGET, whose names have NAME in them. That none has
# is a failure.
ignored_tests() { # TARGET NAME
    local target=(--test "$1")
    [[ $1 != lib ]] || target=(--lib)
    cargo test "${everything[@]}" "${target[@]}" -- --ignored "$2" | tee "$logs/ignored"
    grep -q '^test result: ok. [1-9]' "$logs/ignored"
}

# The contract suite, the kills and the harness' core set on every store that can be had here.
check_stores() {
    local missing_stores=() stores=(memory sqlite)
    have python3 || { lacks "stores" python3 && return; }
    if postgres_programs >/dev/null; then stores+=(postgres); else missing_stores+=(postgresql); fi
    if have_redis; then stores+=(redis); else missing_stores+=(redis-server); fi
    check "stores: ${stores[*]}" on_stores "${stores[@]}"
    [[ ${#missing_stores[@]} -eq 0 ]] || lacks "stores" "${missing_stores[*]}"
}

on_stores() { # STORE…
    local store
    trap stop_services EXIT
    for store in "$@"; do
        case $store in
            postgres | redis)
                "start_$store"
                ignored_tests lib "store::$store"
                ignored_tests it "${store}_survives_kills"
                ;;
        esac
    done
    with_receiver ci/backends.sh "$@"
}

# The binaries that `smoke` has built.
with_receiver() { # COMMAND…
    RECEIVER=$PWD/target/debug/hamsa-receiver HARNESS=$PWD/target/debug/hamsa-harness "$@"
}

# A real SMTP server for the e-mail sink.
mail() {
    if [[ -z ${AIOSMTPD_PYTHON-} ]]; then
        python3 -m venv "$logs/mail"
        "$logs/mail/bin/pip" --quiet --disable-pip-version-check install 'aiosmtpd==1.4.6'
        export AIOSMTPD_PYTHON=$logs/mail/bin/python
    fi
    ignored_tests it mail_tls
}

# No secret, no path of somebody's machine, no signature, no registry host in what is published.
# The brackets keep the patterns from finding themselves.
text_is_clean() {
    local found=0
    absent() { # WHAT PATTERN PATH…
        # Files that are new and not ignored count too: what is found after the commit is found too late.
        local lines status=0
        lines=$(git grep --untracked -nIE -e "$2" -- "${@:3}") || status=$?
        # 1 is "nothing found"; git that could not look found nothing either, and says so with another.
        [[ $status -ne 1 ]] || return 0
        cut -c1-200 <<<"$lines"
        echo "^ $1 ($status)"
        found=1
    }
    absent "a path of one machine" '(^|[^[:alnum:]._~-])/([w]ork|[r]oot|[h]ome|[U]sers)/' .
    absent "a private key or an access token" '[B]EGIN [A-Z ]*PRIVATE KEY|[g]hp_[[:alnum:]]{30}|[A]KIA[0-9A-Z]{16}' .
    absent "a signature" '[Cc]o-[Aa]uthored|[S]igned-off-by' .
    absent "a registry host in a lock file" '"resolved"' '*package-lock.json'
    absent "a registry host in a lock file" '^-|https?://' '*requirements.txt'
    absent "another registry than crates.io" '^source = "([^r]|registry\+https://[^g]|registry\+https://github.com/[^r])' Cargo.lock
    return $found
}

scripts() {
    # The files that bash reads, by name or by first line.
    local files=()
    mapfile -t files < <({ git ls-files -co --exclude-standard '*.sh' && git grep --untracked -lIE -e '^#!.*[b]ash$'; } | sort -u)
    echo "${files[*]}"
    shellcheck --shell=bash --external-sources "${files[@]}"
}

smoke() {
    cargo build "${everything[@]}"
    HARNESS=target/debug/hamsa-harness RECEIVER=target/debug/hamsa-receiver ci/smoke.sh
}

# What a stranger types first, as the README has it: without --workspace, whose features might hide that some are
# missing. Loose limits, because other work may run on the machine.
first_command() {
    local start=$SECONDS built
    cargo build --release --locked
    built=$((SECONDS - start))
    env -u WEBHOOK_SECRET timeout 60 cargo run --release --locked -- run reference >"$logs/first" 2>&1 ||
        { cat "$logs/first" && return 1; }
    tail -n 2 "$logs/first"
    echo "built in $built s (4 min wanted on two cores, 8 allowed), ran in $((SECONDS - start - built)) s"
    [[ $built -le 480 ]]
}

# check_receiver NAME TOOLS INSTALLED LIST [JUDGED…]: its findings are what they have to be. The receiver's packages are there
# when INSTALLED is newer than LIST.
check_receiver() {
    local name=$1 folder=ci/receivers/$1 tool tools=()
    for tool in $2; do have "$tool" || tools+=("$tool"); done
    if [[ ${#tools[@]} -gt 0 ]]; then
        lacks "receiver $name" "${tools[*]}"
    elif ! $install && [[ ! $folder/$3 -nt $folder/$4 ]]; then
        lacks "receiver $name" "its packages (start $folder/run.sh once)"
    else
        local judged=("${@:5}")
        [[ ${#judged[@]} -gt 0 ]] || judged=("$name")
        check "receiver $name" with_receiver ci/receivers/judge.sh "${judged[@]}"
    fi
}

# The packaged receiver, here the one that `smoke` has built, and the databases that its replicas share. With --install all images are made here, for
# none may be pulled there; without, the tests take the public databases unless a variable names others.
containers() {
    trap stop_dockerd EXIT
    docker_answers || start_dockerd
    with_receiver ci/images/build.sh receiver
    export HAMSA_TEST_IMAGE_RECEIVER=hamsa-receiver:test
    if $install; then
        ci/images/build.sh postgres redis
        export HAMSA_TEST_IMAGE_POSTGRES=hamsa-postgres:test HAMSA_TEST_IMAGE_REDIS=hamsa-redis:test
    fi
    ignored_tests scale_out ''
}

install_packages() {
    local packages=()
    have redis-server || packages+=(redis-server)
    have shellcheck || packages+=(shellcheck)
    have cc || packages+=(gcc libc6-dev)
    have g++ && have make || packages+=(g++ make)
    have strace || packages+=(strace)
    have promtool || packages+=(prometheus)
    have curl || packages+=(curl)
    have chromium || packages+=(chromium)
    docker_answers || have dockerd || packages+=(docker.io)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
    have git || packages+=(git)
    have node || packages+=(nodejs)
    have npm || packages+=(npm)
    have python3 && python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3 python3-venv)
    [[ ${#packages[@]} -gt 0 ]] || return 0
    printf '\n== installing %s\n' "${packages[*]}"
    local root=()
    [[ $EUID -eq 0 ]] || root=(sudo)
    local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends)
    # No package shall start a system-wide service: databases, Prometheus and Docker are wanted as programs.
    local policy=/usr/sbin/policy-rc.d
    if [[ -e $policy ]]; then
        policy=
    else
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" install -m 755 /dev/stdin "$policy"
    fi
    # What could not be installed shows below as missing, and fails there.
    { "${apt[@]}" update && "${apt[@]}" install "${packages[@]}"; } || echo "apt-get failed"
    [[ -z $policy ]] || "${root[@]}" rm -f -- "$policy"
    hash -r
}

summary() {
    local name
    printf '\n== summary\n'
    for name in "${passed[@]}"; do echo "passed   $name"; done
    for name in "${missing[@]}"; do echo "MISSING  $name"; done
    for name in "${failed[@]}"; do echo "FAILED   $name"; done
    # Nothing missing ever counts as passed; after --install it counts as failed.
    local bad=${#failed[@]}
    if $install; then
        bad=$((bad + ${#missing[@]}))
    elif [[ ${#missing[@]} -gt 0 ]]; then
        echo "${#missing[@]} not checked"
    fi
    printf '\n%d passed, %d failed\n' "${#passed[@]}" "$bad"
    [[ $bad -eq 0 ]]
}

have cargo || { echo "ci/check.sh: cargo is missing: https://rustup.rs" >&2 && exit 1; }
main
