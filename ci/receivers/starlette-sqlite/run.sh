#!/usr/bin/env bash
# Installs what the Starlette receiver needs and becomes it; the server prints `listening on URL` when ready.
#
#   WEBHOOK_SECRET='Bearer …' [PORT=3000] [DATA_DIR=…] ci/receivers/starlette-sqlite/run.sh
#
# PORT unset or 0 picks a free one. DATA_DIR (default `data` beside this file) is what survives a restart.
# Exit 3: something is missing that it may not install.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"

need python3 python3
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die 3 "python3 is older than 3.11"
install_venv "$here"

export PYTHONUNBUFFERED=1 DATA_DIR=${DATA_DIR:-$here/data}
exec "$here/.venv/bin/python" "$here/server.py"
