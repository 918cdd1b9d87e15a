#!/usr/bin/env bash
# What Prometheus' own tool says of the receiver's metrics, and of the alerts made of them.
#
#   [RECEIVER=PATH] ci/metrics.sh
#
# RECEIVER is built with the feature `manage`; unset, it is built here. Needs promtool (Debian: prometheus) and curl; exit
# 3 when one is missing that it may not install.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=managed.sh
source "$root/ci/managed.sh"

need promtool prometheus
need curl curl

start_managed "$root"

# One event and one stranger, so that not all is zero. The secret stays off the command line.
event=$root/fixtures/deliveries/call.ended/typical.json
curl -fsS -o "$work/answer" --data-binary "@$event" -H @- "$RECEIVER_URL" <<<"Authorization: $WEBHOOK_SECRET"
curl -sS -o "$work/answer" -d '{}' "$RECEIVER_URL"

curl -fsS "$MANAGE_URL/metrics" >"$work/metrics"
grep -qx 'hamsa_answers_total{answer="accepted"} 1' "$work/metrics"
grep -qx 'hamsa_answers_total{answer="unauthorized"} 1' "$work/metrics"
promtool check metrics <"$work/metrics"
cd "$root/reference-server/monitoring"
promtool check rules alerts.yml
promtool test rules alerts_test.yml
echo "$(grep -vc '^#' "$work/metrics") series"
