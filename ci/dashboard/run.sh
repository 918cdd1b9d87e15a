#!/usr/bin/env bash
# Starts a receiver with a dashboard, fills it with fixtures and hostile calls, and judges the pages in a real Chromium.
#
#   [RECEIVER=PATH] [CHROMIUM=PATH] [SCREENSHOTS=DIR] ci/dashboard/run.sh
#
# RECEIVER is built with the feature `manage`; unset, it is built here. With SCREENSHOTS the pages are kept as pictures.
# Exit 1: something is wrong with the dashboard. Exit 3: something is missing that it may not install.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../managed.sh
source "$here/../managed.sh"

need node nodejs
need npm npm
[[ -n ${CHROMIUM-} ]] || need chromium chromium
export CHROMIUM=${CHROMIUM:-$(command -v chromium)}

# One install at a time; again only when the lock file changed.
exec 9<"$here"
flock 9
if [[ ! $here/node_modules/.package-lock.json -nt $here/package-lock.json ]]; then
    npm ci --ignore-scripts --prefix "$here" >&2
fi
exec 9<&-

start_managed "$here/../.."
export SCREENSHOTS=${SCREENSHOTS-}
node --test --test-reporter=spec "$here/pages.test.js"
