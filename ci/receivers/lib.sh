# Shared by the run.sh scripts beside it; sourced, not run.
#
# What a script needs to start a few loopback servers and leave nothing behind:
# packages, free ports, children started by process id, one cleanup.

work=      # temp dir of this run: Redis data, database file, logs
pids=()    # children in start order

die() { # STATUS MESSAGE…
    local status=$1
    shift
    echo "run.sh: $*" >&2
    exit "$status"
}

# debian_install PACKAGE, unless NO_INSTALL is set: try, if this is Debian and we are root; the caller looks whether it helped.
debian_install() {
    [[ -z ${NO_INSTALL-} && $EUID -eq 0 ]] && command -v apt-get >/dev/null || return 0
    echo "run.sh: installing Debian package $1" >&2
    # RUNLEVEL=1 asks the package not to start a system-wide service.
    local apt=(env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends install "$1")
    { "${apt[@]}" || { apt-get update && "${apt[@]}"; }; } >&2 || true
    hash -r
}

# need COMMAND PACKAGE: the command is there, or its Debian package gets installed, or exit 3.
need() {
    command -v "$1" >/dev/null || debian_install "$2"
    command -v "$1" >/dev/null || die 3 "$1 is missing; install the Debian package: $2"
}

# begin: take over signals and make the temp dir. Call after installing.
begin() {
    trap cleanup EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    trap 'exit 129' HUP
    work=$(mktemp -d "${TMPDIR:-/tmp}/receiver.XXXXXX")
    logs=${LOG_DIR:-$work}
    mkdir -p "$logs"
}

# cleanup: end children newest first, wait for each, remove the temp dir.
cleanup() {
    trap '' TERM INT HUP
    trap - EXIT
    local i pid tries
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        pid=${pids[i]}
        kill -TERM "$pid" 2>/dev/null || true
        for ((tries = 0; tries < 100; tries++)); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    [[ -z $work ]] || rm -rf -- "$work"
}

# start NAME COMMAND…: run a child; its output goes to NAME.log. Should this script
# be killed outright, the kernel ends the child.
start() {
    local name=$1
    shift
    setpriv --pdeathsig TERM "$@" >>"$logs/$name.log" 2>&1 </dev/null &
    pids+=("$!")
}

# wait_for NAME COMMAND…: until the command succeeds, while the newest child lives; at most 30 s.
wait_for() {
    local name=$1 tries
    shift
    for ((tries = 0; tries < 600; tries++)); do
        if "$@" 2>/dev/null; then return; fi
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.05
    done
    tail -n 20 "$logs/$name.log" >&2 || true
    die 1 "$name did not start"
}

port_open() { # PORT
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# choose_port: set `port` from $PORT, or to a free one. A taken port must fail here: whoever holds
# it would look like our receiver.
choose_port() {
    port=${PORT:-0}
    [[ $port != 0 ]] || port=$(free_port)
    ! port_open "$port" || die 1 "port $port is in use"
}

start_redis() { # PORT
    # Redis as it comes, apart from the address and where it keeps its files.
    start redis redis-server --bind 127.0.0.1 --port "$1" --dir "$work" --daemonize no
    wait_for redis port_open "$1"
}

# serve_until_stopped: wait; a child that ends by itself is a failure.
serve_until_stopped() {
    wait -n "${pids[@]}" || true
    tail -n 20 "$logs"/*.log >&2 || true
    die 1 "a child process ended"
}

# install_venv FOLDER: its requirements.txt in FOLDER/.venv. One install at a time; again only when the list changed.
install_venv() {
    local lock
    exec {lock}<"$1"
    flock "$lock"
    if [[ ! $1/.venv/installed -nt $1/requirements.txt ]]; then
        if ! python3 -c 'import ensurepip' 2>/dev/null; then
            debian_install python3-venv
            python3 -c 'import ensurepip' || die 3 "python3 cannot make a venv; install the Debian package: python3-venv"
        fi
        python3 -m venv --clear "$1/.venv" >&2
        "$1/.venv/bin/pip" install --quiet --requirement "$1/requirements.txt" >&2
        touch "$1/.venv/installed"
    fi
    exec {lock}<&-
}

# install_npm FOLDER [PACKAGE]: what its package-lock.json lists. Scripts of packages do not run, but for PACKAGE, which has
# something to compile. One install at a time; again only when the lock file changed.
install_npm() {
    local lock headers
    exec {lock}<"$1"
    flock "$lock"
    if [[ ! $1/node_modules/.package-lock.json -nt $1/package-lock.json ]]; then
        npm ci --ignore-scripts --prefix "$1" >&2
        if [[ -n ${2-} ]]; then
            # The headers of an installed Node.js spare a download.
            headers=$(node -p 'require("path").resolve(process.execPath, "../..")')
            [[ ! -d $headers/include/node ]] || export npm_config_nodedir=$headers
            npm rebuild "$2" --prefix "$1" >&2 || { rm -rf -- "$1/node_modules" && die 3 "$2 cannot be built; Debian packages: g++ make python3"; }
        fi
        touch "$1/node_modules/.package-lock.json"
    fi
    exec {lock}<&-
}
