#!/usr/bin/env bash
# Runs our receiver and its peers side by side and writes benches/RESULTS.md.
#
#   benches/receiver/run.sh [--quick] [--only ROW]… [--help]
#
# Installs and builds what it needs first. Exit 1: a row failed. Exit 3: something is missing that it may not install.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../../ci/receivers/lib.sh
source "$root/ci/receivers/lib.sh"

need wrk wrk
need taskset util-linux
need python3 python3
need node nodejs
need npm npm
need redis-server redis-server
command -v cargo >/dev/null || die 3 "cargo is missing: https://rustup.rs"

install_npm "$here/peers" better-sqlite3
features=postgres,redis
begin
# Features of the receiver must not change what the bare handler is built from, hence two builds. The programs
# are copied, for another build may replace them while they are measured.
build() { # PACKAGE PROGRAM [FEATURES]
    local program
    program=$(cd "$root" && cargo build --release --locked --package "$1" --bin "$2" --features "${3-}" \
        --message-format json-render-diagnostics | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
    cp "$program" "$work/$2"
}
build hamsa-reference-server hamsa-receiver "$features"
build hamsa-benches bare-axum

# In the background, because bash would not heed a signal before a child in the foreground has ended.
python3 "$here/compare.py" --bin "$work" --features "$features" "$@" &
pids+=("$!")
wait "$!"
