#!/usr/bin/env bash
# Installs what the Flask receivers need, starts one on loopback, prints `listening on URL`
# when ready, and cleans up when stopped.
#
#   WEBHOOK_SECRET='Bearer …' [PORT=3000] [LOG_DIR=…] ci/receivers/flask/run.sh [celery|basic]
#
# celery (default): Stage 5, queue and worker, with a Redis of its own. basic: Stage 4, no queue.
# PORT unset or 0 picks a free one. Exit 3: something is missing that it may not install.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"

sample=${1:-celery}
[[ $sample == celery || $sample == basic ]] || die 2 "unknown sample '$sample': celery or basic"

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

need python3 python3
[[ $sample == basic ]] || need redis-server redis-server

install_venv "$here"

begin
choose_port
export PORT=$port DATABASE=$work/calls.db PYTHONUNBUFFERED=1
cd "$here"

if [[ $sample == celery ]]; then
    redis_port=$(free_port)
    export BROKER=redis://127.0.0.1:$redis_port/0
    start_redis "$redis_port"
    start receiver .venv/bin/python tasks.py
    wait_for receiver port_open "$port"
    start worker .venv/bin/celery --app tasks.celery worker --loglevel info
    wait_for worker grep -q ' ready\.' "$logs/worker.log"
else
    start receiver .venv/bin/python app.py
    wait_for receiver port_open "$port"
fi

echo "listening on http://127.0.0.1:$port/webhook"
serve_until_stopped
