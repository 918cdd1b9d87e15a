# Throw-away services for tests that need one; sourced, not run.
#
#   source ci/services.sh
#   trap stop_services EXIT
#   start_postgres        # exports HAMSA_TEST_POSTGRES, a role there may create databases
#   start_redis           # exports HAMSA_TEST_REDIS, each write on disk before its answer
#
# Each listens on a free loopback port, keeps its files in a folder of its own, and is ended by process id. A function
# that could not start its service says why on stderr and returns 1.

service_pids=()    # in start order
service_folders=()

# stop_services: newest first; waits for each, then removes what they wrote.
stop_services() {
    local i
    for ((i = ${#service_pids[@]} - 1; i >= 0; i--)); do
        # To PostgreSQL, INT is a quick and orderly end; to others it is one too.
        kill -INT "${service_pids[i]}" 2>/dev/null || true
        wait "${service_pids[i]}" 2>/dev/null || true
    done
    [[ ${#service_folders[@]} -eq 0 ]] || rm -rf -- "${service_folders[@]}"
    service_pids=() service_folders=()
}

# A port that nobody listens on now. Who takes it in between makes the start fail, and the next try takes another.
service_port() {
    local port tries
    for ((tries = 0; tries < 100; tries++)); do
        port=$((20000 + RANDOM % 10000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# The folder with the newest PostgreSQL's programs. Debian does not put them on the path.
postgres_programs() {
    local program
    program=$(command -v initdb) || program=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    [[ -x $program ]] && dirname -- "$(readlink -f -- "$program")"
}

# start_postgres: exports HAMSA_TEST_POSTGRES, the URL of its superuser.
start_postgres() {
    local programs folder port tries user=()
    programs=$(postgres_programs) || { echo "services.sh: PostgreSQL is missing; Debian package: postgresql" >&2 && return 1; }
    folder=$(mktemp -d "${TMPDIR:-/tmp}/postgres.XXXXXX")
    service_folders+=("$folder")
    local password=$RANDOM$RANDOM$RANDOM$RANDOM
    printf '%s\n' "$password" >"$folder/password"
    # PostgreSQL refuses to run as root.
    if [[ $EUID -eq 0 ]]; then
        chown -R nobody "$folder"
        user=(--reuid=nobody --regid=nogroup --clear-groups)
    fi
    (
        cd "$folder"
        setpriv "${user[@]}" "$programs/initdb" --pgdata="$folder/data" --username=hamsa --pwfile="$folder/password" \
            --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-instructions
    ) >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2 && return 1; }
    for ((tries = 0; tries < 5; tries++)); do
        port=$(service_port)
        # Should the shell be killed outright, the kernel ends the server.
        (cd "$folder" && exec setpriv --pdeathsig INT "${user[@]}" "$programs/postgres" -D "$folder/data" \
            -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories= -c max_connections=300) \
            >"$folder/postgres.log" 2>&1 </dev/null &
        service_pids+=("$!")
        if await_postgres "$programs" "$port"; then
            export HAMSA_TEST_POSTGRES="postgres://hamsa:$password@127.0.0.1:$port/postgres?sslmode=disable"
            return 0
        fi
    done
    cat "$folder/postgres.log" >&2
    return 1
}

await_postgres() { # PROGRAMS PORT
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        kill -0 "${service_pids[-1]}" 2>/dev/null || return 1
        "$1/pg_isready" --quiet --host=127.0.0.1 --port="$2" && return 0
        sleep 0.1
    done
    return 1
}

# start_redis: a Redis that fsyncs each write before its answer and evicts nothing; exports HAMSA_TEST_REDIS.
start_redis() {
    local folder port tries
    have_redis || { echo "services.sh: Redis is missing; Debian package: redis-server" >&2 && return 1; }
    folder=$(mktemp -d "${TMPDIR:-/tmp}/redis.XXXXXX")
    service_folders+=("$folder")
    for ((tries = 0; tries < 5; tries++)); do
        port=$(service_port)
        setpriv --pdeathsig TERM redis-server --bind 127.0.0.1 --port "$port" --dir "$folder" --daemonize no --save '' \
            --appendonly yes --appendfsync always --maxmemory-policy noeviction >"$folder/redis.log" 2>&1 </dev/null &
        service_pids+=("$!")
        if await_redis "$port"; then
            export HAMSA_TEST_REDIS=redis://127.0.0.1:$port
            return 0
        fi
    done
    cat "$folder/redis.log" >&2
    return 1
}

have_redis() {
    command -v redis-server >/dev/null && command -v redis-cli >/dev/null
}

await_redis() { # PORT: this server and no other answers there
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        kill -0 "${service_pids[-1]}" 2>/dev/null || return 1
        redis-cli -h 127.0.0.1 -p "$1" info server 2>/dev/null | grep -q "^process_id:${service_pids[-1]}[^0-9]*$" && return 0
        sleep 0.1
    done
    return 1
}
