# What the programs of the stand-in share: the state folder, its lock, the tick, faults and logs.
# Sourced, never run. $program is the name of the program that sources it, $here the folder of this file.
# shellcheck shell=bash disable=SC2154 # program and here are set by whoever sources this
set -u

case ${CLOUD_STATE:-} in
  /*) ;;
  *)
    echo "stand-in $program: CLOUD_STATE must be an absolute path" >&2
    exit 2
    ;;
esac
if [ ! -f "$CLOUD_STATE/state.json" ]; then
  echo "stand-in $program: $CLOUD_STATE was not made by tests/cloud/new-state" >&2
  exit 2
fi

# One program at a time; the lock ends with the process or with unlock.
exec {lock_fd}>"$CLOUD_STATE/lock"
flock "$lock_fd"
unlock() { exec {lock_fd}>&-; }

# Every call, for whoever wonders what was asked.
printf '%s\n' "$program $*" >>"$CLOUD_STATE/calls.log"

# unsupported WORDS...: the loud end for whatever the stand-in does not know.
unsupported() {
  echo "stand-in $program: not supported: $*" >&2
  exit 2
}

# mutation WORDS...: one line for a change of the managed system, before it is made.
mutation() {
  local victim
  printf '%s\n' "$*" >>"$CLOUD_STATE/mutations.log"
  if fault session-dies; then
    victim=$(fault_argument session-dies)
    rm -f "$CLOUD_STATE/faults/session-dies"
    kill -9 "$victim"
  fi
}

# fault NAME: whether it is switched on. fault_argument NAME: what it was given.
fault() { [ -e "$CLOUD_STATE/faults/$1" ]; }
fault_argument() { cat "$CLOUD_STATE/faults/$1" 2>/dev/null; }

tick=$(<"$CLOUD_STATE/tick")

# put FILE TEXT: replaces a file of the state at once, whoever kills us when.
put() {
  printf '%s\n' "$2" >"$CLOUD_STATE/$1.new"
  mv "$CLOUD_STATE/$1.new" "$CLOUD_STATE/$1"
}

# A call of juju is what moves time.
advance() {
  tick=$((tick + 1))
  put tick "$tick"
}

# ask FILTER [JQ OPTIONS...]: reads the state. change FILTER [JQ OPTIONS...]: replaces it at once.
ask() { jq -r "${@:2}" --argjson tick "$tick" "$1" "$CLOUD_STATE/state.json"; }
change() {
  jq "${@:2}" --argjson tick "$tick" "$1" "$CLOUD_STATE/state.json" >"$CLOUD_STATE/state.json.new" &&
    mv "$CLOUD_STATE/state.json.new" "$CLOUD_STATE/state.json"
}

# faults_json: {"unit-error": "cinder", ...} for jq.
faults_json() {
  local file arguments=()
  for file in "$CLOUD_STATE"/faults/*; do
    [ ! -e "$file" ] || arguments+=("${file##*/}" "$(<"$file")")
  done
  if [ ${#arguments[@]} -eq 0 ]; then
    echo '{}'
  else
    jq -nc '[$ARGS.positional | _nwise(2) | {key: .[0], value: .[1]}] | from_entries' --args "${arguments[@]}"
  fi
}

# on_unit UNIT COMMAND: what the far end of juju ssh, juju exec and ssh does. Standard input goes along.
on_unit() {
  unlock
  CLOUD_UNIT=$1 PATH="$here/remote:/usr/local/bin:/usr/bin:/bin" exec bash -c "$2"
}
