# A Docker daemon for a machine where none runs; sourced, not run. Needs root and Debian's docker.io.
#
# It is for containers on the host's network only. Everything it has lies in one folder, which is removed with it, and
# nothing of the machine is changed: no bridge, no packet filter rules, no forwarding.

dockerd_pid=    # set while a daemon of ours runs
dockerd_folder=

docker_answers() {
    command -v docker >/dev/null && docker version >/dev/null 2>&1
}

# start_dockerd: returns when it answers; sets DOCKER_HOST.
start_dockerd() {
    local tries
    dockerd_folder=$(mktemp -d /tmp/dockerd.XXXXXX) # short: a socket's path has at most 107 bytes
    export DOCKER_HOST=unix://$dockerd_folder/docker.sock
    local options=(
        --host "$DOCKER_HOST"
        --data-root "$dockerd_folder/data"
        --exec-root "$dockerd_folder/exec"     # its own containerd too, whatever else runs
        --pidfile "$dockerd_folder/pid"
        --bridge=none                          # else it makes docker0 and leaves it behind
        --iptables=false                       # else its chains stay behind, with FORWARD set to DROP
        --ip-forward=false                     # else it switches forwarding on for the whole machine
    )
    # Should this script be killed outright, the kernel ends the daemon. In a mount namespace of its own, for of its mounts
    # it leaves some behind, and they would keep the folder.
    setpriv --pdeathsig TERM unshare --mount dockerd "${options[@]}" >"$dockerd_folder/log" 2>&1 </dev/null &
    dockerd_pid=$!
    for ((tries = 0; tries < 300; tries++)); do
        if docker_answers; then return; fi
        kill -0 "$dockerd_pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "dockerd does not answer:" >&2
    tail -n 20 "$dockerd_folder/log" >&2
    return 1
}

# stop_dockerd: ends the daemon that start_dockerd started, and its containers with it; else nothing.
stop_dockerd() {
    [[ -n $dockerd_pid ]] || return 0
    kill -TERM "$dockerd_pid" 2>/dev/null || true
    wait "$dockerd_pid" 2>/dev/null || true
    rm -rf -- "$dockerd_folder"
    dockerd_pid=
}
