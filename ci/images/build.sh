#!/usr/bin/env bash
# Makes images without pulling any: the files that rootfs.sh lays out go through `docker import`.
#
#   ci/images/build.sh [receiver|postgres|redis]…       default: receiver; tagged hamsa-NAME:test, or TAG instead of test
#   RECEIVER=PATH ci/images/build.sh                     with this program instead of building one
#
# `docker import` rather than `docker build`: it takes files that lie outside of any build context, and
# needs neither BuildKit nor its plug-in, which Debian's daemon and a newer client do not have in common.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/images.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

# The instructions that come with the files.
settings() { # NAME
    case $1 in
        receiver) sed -n -E '1,/^FROM scratch/d; /^COPY /d; /^[A-Z]+ /p' "$here/Containerfile" ;;
        postgres) printf '%s\n' 'USER 65532:65532' 'VOLUME /data' 'ENTRYPOINT ["/usr/local/bin/entrypoint"]' ;;
        redis) printf '%s\n' 'USER 65532:65532' 'WORKDIR /data' 'VOLUME /data' 'ENTRYPOINT ["/usr/bin/redis-server"]' ;;
    esac
}

build() { # NAME
    local name=$1 line changes=()
    "$here/rootfs.sh" "$name" "$work/$name"
    while IFS= read -r line; do changes+=(--change "$line"); done < <(settings "$name")
    tar --directory "$work/$name" --owner=0 --group=0 --numeric-owner --create . |
        docker import "${changes[@]}" - "hamsa-$name:${TAG:-test}" >/dev/null
    docker image ls "hamsa-$name:${TAG:-test}" --format '{{.Repository}}:{{.Tag}} {{.Size}}'
}

[[ $# -gt 0 ]] || set -- receiver
for name in "$@"; do build "$name"; done
