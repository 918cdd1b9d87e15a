#!/usr/bin/env bash
# Lays out the files of one image in a folder: a program, the libraries it needs, a user without rights.
#
#   ci/images/rootfs.sh receiver DIRECTORY              built here, with every feature; PROFILE=release
#   RECEIVER=PATH ci/images/rootfs.sh receiver …        or this program, built before
#   ci/images/rootfs.sh postgres|redis DIRECTORY        from the Debian packages that are installed here
#
# The system it runs on gives the libraries, so it has to be the one that the program was linked on.
set -euo pipefail
umask 022

name=${1:?receiver, postgres or redis}
root=$(mkdir -p -- "${2:?a directory}" && cd -- "$2" && pwd)
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

receiver() {
    local program=$root/usr/local/bin/hamsa-receiver
    if [[ -n ${RECEIVER-} ]]; then
        install -D "$RECEIVER" "$program"
    else
        # The one place that says how the packaged receiver is built.
        cargo install --locked --no-track --path "$top/reference-server" --bin hamsa-receiver \
            --all-features --profile "${PROFILE:-release}" --root "$root/usr/local"
    fi
    copy_libraries_of "$program"
    # For sinks that speak TLS.
    [[ ! -r /etc/ssl/certs/ca-certificates.crt ]] || copy /etc/ssl/certs/ca-certificates.crt
}

postgres() {
    local home version
    home=$(printf '%s\n' /usr/lib/postgresql/*/ | sort --version-sort | tail -n 1)
    home=${home%/}
    version=${home##*/}
    # The two modules are what initdb loads; initdb itself starts the server through a shell.
    local files=("$home"/bin/{initdb,postgres} "$home"/lib/{plpgsql,dict_snowball}.so /bin/sh)
    copy "${files[@]}" "/usr/share/postgresql/$version" /usr/share/zoneinfo/UTC
    copy_libraries_of "${files[@]}"
    mkdir -p "$root/usr/local/bin"
    ln -s "$home"/bin/{initdb,postgres} "$root/usr/local/bin/"
    install "$top/ci/images/postgres-entrypoint.sh" "$root/usr/local/bin/entrypoint"
}

redis() {
    copy /usr/bin/redis-server
    copy_libraries_of /usr/bin/redis-server
}

copy() { # PATH…: to the same path below the root, links followed
    cp --recursive --dereference --parents -- "$@" "$root"
}

copy_libraries_of() { # PROGRAM…, with the loader
    local libraries=()
    mapfile -t libraries < <(ldd "$@" | sed -n -E 's/^\t(.* => )?(\/[^ ]+) \(0x.*/\2/p' | sort --unique)
    copy "${libraries[@]}"
}

# Everybody's, as /tmp is: the image then also serves under another user id, and needs no root to be built.
mkdir -p "$root"/{etc,tmp,data}
chmod 1777 "$root"/{tmp,data}
echo 'nonroot:x:65532:65532::/data:/sbin/nologin' >"$root/etc/passwd"
echo 'nonroot:x:65532:' >"$root/etc/group"
# Without it the C library asks DNS before /etc/hosts.
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
case $name in
    receiver | postgres | redis) "$name" ;;
    *) echo "rootfs.sh: no image is called $name" >&2 && exit 2 ;;
esac
