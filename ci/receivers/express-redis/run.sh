#!/usr/bin/env bash
# Installs what the Express receiver needs, starts it with a Redis of its own on loopback,
# prints `listening on URL` when ready, and cleans up when stopped.
#
#   WEBHOOK_SECRET='Bearer …' [PORT=3000] [LOG_DIR=…] ci/receivers/express-redis/run.sh
#
# PORT unset or 0 picks a free one. Exit 3: something is missing that it may not install.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"

free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

need node nodejs
need npm npm
need redis-server redis-server

install_npm "$here"

begin
choose_port
redis_port=$(free_port)
start_redis "$redis_port"

export PORT=$port REDIS_PORT=$redis_port
start receiver node "$here/server.js"
wait_for receiver port_open "$port"

echo "listening on http://127.0.0.1:$port/webhook"
serve_until_stopped
