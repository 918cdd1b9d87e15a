# Shared by metrics.sh and dashboard/run.sh; sourced, not run.
#
# A receiver with a management listener, in memory and on loopback, until the script ends.

# shellcheck source-path=SCRIPTDIR source=receivers/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/receivers/lib.sh"

# start_managed ROOT: starts $RECEIVER, or what it builds in ROOT; sets RECEIVER_URL and MANAGE_URL.
start_managed() {
    local receiver=${RECEIVER-}
    if [[ -z $receiver ]]; then
        cargo build --locked --manifest-path "$1/Cargo.toml" --package hamsa-reference-server --features manage >&2
        receiver=${CARGO_TARGET_DIR:-$1/target}/debug/hamsa-receiver
    fi
    begin
    export WEBHOOK_SECRET="Bearer throw-away-$RANDOM$RANDOM$RANDOM"
    start receiver "$receiver" --listen 127.0.0.1:0 --manage 127.0.0.1:0 --store memory
    wait_for receiver is_ready
    RECEIVER_URL=$(said listening) MANAGE_URL=$(said managing)
    export RECEIVER_URL MANAGE_URL
}

said() { # WORD: the URL behind it in the receiver's log
    sed -n "s|.*$1 on \(http://[^ ]*\)\$|\1|p" "$logs/receiver.log"
}

is_ready() {
    [[ -n $(said listening) && -n $(said managing) ]]
}
