# Services for tests; sourced, not run.
#
# Each function starts one throw-away service on a free loopback port and names it by an environment variable. `stop_services` ends
# what was started, by process id; the caller makes sure that it runs, for example by `trap stop_services EXIT`.

service_pids=() # children in start order
service_dirs=() # what they keep

stop_services() {
    local pid tries
    for pid in "${service_pids[@]}"; do
        kill -TERM "$pid" 2>/dev/null || true
        for ((tries = 0; tries < 100; tries++)); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    [[ ${#service_dirs[@]} -eq 0 ]] || rm -rf -- "${service_dirs[@]}"
    service_pids=() service_dirs=()
}

# start_redis_store: a Redis that fsyncs each write before its answer and evicts nothing; exports HAMSA_TEST_REDIS.
start_redis_store() {
    local dir port tries
    dir=$(mktemp -d "${TMPDIR:-/tmp}/redis.XXXXXX")
    service_dirs+=("$dir")
    # A port that is taken makes it end at once; then the next one is tried.
    for ((tries = 0; tries < 20; tries++)); do
        port=$((20000 + RANDOM % 10000))
        redis-server --bind 127.0.0.1 --port "$port" --dir "$dir" --daemonize no --save '' \
            --appendonly yes --appendfsync always --maxmemory-policy noeviction >"$dir/log" 2>&1 </dev/null &
        if redis_answers "$port" "$!"; then
            service_pids+=("$!")
            export HAMSA_TEST_REDIS=redis://127.0.0.1:$port
            return
        fi
        wait "$!" || true
    done
    echo "redis-server did not start" >&2
    tail -n 20 "$dir/log" >&2
    return 1
}

redis_answers() { # PORT PID: this one and no other, while it lives; at most 30 s
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        kill -0 "$2" 2>/dev/null || return 1
        if redis-cli -h 127.0.0.1 -p "$1" info server 2>/dev/null | grep -q "^process_id:$2[^0-9]*$"; then return 0; fi
        sleep 0.05
    done
    kill -KILL "$2" 2>/dev/null
    return 1
}
