# What the programs of a unit's shell share. $CLOUD_UNIT is the unit (magnum/0) or the machine (node-3)
# whose shell it is. Sourced, never run.
# shellcheck shell=bash
program=$(basename "$0")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/cloud/lib.sh
. "$here/lib.sh"
on=${CLOUD_UNIT:?}
# wrong_place PATTERN: ends the program where it is not installed.
only_on() {
  # shellcheck disable=SC2254 # a pattern is what it is
  case $on in
    $1) ;;
    *)
      echo "bash: $program: command not found" >&2
      exit 127
      ;;
  esac
}
