# Shows how many units are in which state, every so often, for a second window. It is the signal, not
# the gate: it never says that something is good, and it ends by itself.
#
#   bash scripts/deploy-watch.sh [ROUNDS [SECONDS]]     default 40 rounds, 15 seconds apart
# shellcheck shell=bash
set -u

rounds=${1:-40}
pause=${2:-15}
case $rounds$pause in
  *[!0-9]*)
    echo "usage: bash scripts/deploy-watch.sh [ROUNDS [SECONDS]]" >&2
    exit 64
    ;;
esac

for ((round = 1; round <= rounds; round++)); do
  [ "$round" -eq 1 ] || sleep "$pause"
  echo "== $(date -u +%H:%M:%S) round $round of $rounds"
  juju status -m openstack --format=json </dev/null | jq -r '
    [.. | objects | select(has("workload-status"))
     | "\(."workload-status".current)/\(."juju-status".current)"]
    | group_by(.) | map("\(length)\t\(.[0])") | .[]' || echo "no answer"
done
