#!/usr/bin/env bash
# Installs what the Node.js receiver needs and becomes it; the server prints `listening on URL` when ready.
#
#   WEBHOOK_SECRET='Bearer …' [PORT=3000] [DATA_DIR=…] ci/receivers/node-unique/run.sh
#
# PORT unset or 0 picks a free one. DATA_DIR (default `data` beside this file) is what survives a restart.
# Exit 3: something is missing that it may not install.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"

need node nodejs
need npm npm
node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || die 3 "Node.js is older than 20"
install_npm "$here" better-sqlite3

export DATA_DIR=${DATA_DIR:-$here/data}
exec node "$here/server.js"
