# Seven assertions on the cloud and one verdict on the last line.
#
#   bash scripts/cloud-assert.sh             reads only
#   bash scripts/cloud-assert.sh --capture   also writes the evidence into asbuilt/<UTC time>/
#
# Started from the root of the repository, with OpenStack credentials in the environment. Exit status:
# 0 PASS, 1 WARN (something could be better), 2 HOLD (something is wrong or could not be measured).
# shellcheck shell=bash
set -u

model=openstack
capture=no
if [ "${1:-}" = "--capture" ]; then
  capture=yes
elif [ "$#" -gt 0 ]; then
  echo "usage: bash scripts/cloud-assert.sh [--capture]" >&2
  exit 64
fi

warn=0
hold=0
report() { # report ASSERTION ok|WARN|HOLD TEXT
  printf '%s %-4s %s\n' "$1" "$2" "$3"
  case $2 in
    WARN) warn=$((warn + 1)) ;;
    HOLD) hold=$((hold + 1)) ;;
  esac
}
# equal ASSERTION WHAT GOOD ALL: holds when GOOD and ALL are the same number above zero.
equal() {
  if [ "$4" -gt 0 ] && [ "$3" -eq "$4" ]; then
    report "$1" ok "$2: $3 of $4"
  else
    report "$1" HOLD "$2: $3 of $4"
  fi
}
lines() { grep -c . || true; }
lines_with() { grep -c -- "$1" || true; }

status=$(juju status -m "$model" --format=json 2>/dev/null </dev/null) || status='{}'
# Seven numbers from one look: machines and how many are started; units and how many are active or
# still at work; units of vault and how many say that they are unsealed.
read -r machines started units active settling vault unsealed < <(jq -r '
  [.machines // {} | .. | objects | select(has("machine-status")) | ."juju-status".current] as $machines
  | [.. | objects | select(has("workload-status")) | ."workload-status".current] as $units
  | [.applications.vault.units // {} | .[] | ."workload-status".message] as $vault
  | [($machines | length), ($machines | map(select(. == "started")) | length),
     ($units | length), ($units | map(select(. == "active")) | length),
     ($units | map(select(. == "maintenance" or . == "waiting")) | length),
     ($vault | length), ($vault | map(select(startswith("Unit is ready"))) | length)]
  | @tsv' <<<"$status")

# A1 the model answers
if [ "$status" != '{}' ]; then
  report A1 ok "model $model answers"
else
  report A1 HOLD "model $model does not answer"
fi

# A2 every machine and container is started
equal A2 "machines started" "$started" "$machines"

# A3 every unit is active; units that are still at work are a reason to wait, not to worry
if [ "$units" -gt 0 ] && [ "$active" -lt "$units" ] && [ $((active + settling)) -eq "$units" ]; then
  report A3 WARN "units active: $active of $units, settling: $settling"
else
  equal A3 "units active" "$active" "$units"
fi

# A4 vault is unsealed: its units say so themselves
equal A4 "vault units ready" "$unsealed" "$vault"

# A5 the identity service gives out a token
if openstack token issue -f value -c expires </dev/null 2>/dev/null | grep -q .; then
  report A5 ok "identity gives out a token"
else
  report A5 HOLD "identity gives out no token (credentials sourced?)"
fi

# A6 every load balancer is ACTIVE and ONLINE
balancers=$(openstack loadbalancer list -f value -c provisioning_status -c operating_status </dev/null 2>/dev/null)
equal A6 "load balancers up" \
  "$(lines_with '^ACTIVE ONLINE$' <<<"$balancers")" "$(lines <<<"$balancers")"

# A7 every compute service and network agent is up
services=$(openstack compute service list -f value -c State </dev/null 2>/dev/null)
agents=$(openstack network agent list -f value -c Alive </dev/null 2>/dev/null)
equal A7 "compute services up" "$(lines_with '^up$' <<<"$services")" "$(lines <<<"$services")"
equal A7 "network agents up" "$(lines_with '^True$' <<<"$agents")" "$(lines <<<"$agents")"

if [ "$capture" = yes ]; then
  ts=$(date -u +%Y%m%dT%H%M%SZ)
  if [ ! -e "asbuilt/$ts" ] && mkdir -p "asbuilt/$ts"; then
    juju export-bundle -m "$model" </dev/null >"asbuilt/$ts/bundle-exported.yaml" ||
      report C1 HOLD "bundle not exported"
    printf '%s\n' "$status" >"asbuilt/$ts/juju-status.json"
    openstack loadbalancer list -f value -c name -c provisioning_status -c operating_status \
      </dev/null >"asbuilt/$ts/loadbalancers.txt" || report C2 HOLD "load balancers not listed"
    openstack server list --all-projects -f value -c Name -c Status \
      </dev/null >"asbuilt/$ts/servers.txt" || report C3 HOLD "servers not listed"
    echo "capture: asbuilt/$ts/"
  else
    report C0 HOLD "asbuilt/$ts/ could not be made; evidence is never overwritten"
  fi
fi

if [ "$hold" -gt 0 ]; then
  echo "CLOUD-ASSERT: HOLD"
  exit 2
elif [ "$warn" -gt 0 ]; then
  echo "CLOUD-ASSERT: WARN"
  exit 1
fi
echo "CLOUD-ASSERT: PASS"
