# Opens a shell whose whole session, typing and output, is recorded.
#
#   bash scripts/run-logged.sh LABEL
#
# The record lies in ~/as-executed/<UTC time>-LABEL/, readable by the operator alone. It can hold
# secrets; it is never committed. Only a row in logs/as-executed-index.md is.
# shellcheck shell=bash
set -eu

label=${1:-}
case $label in
  '' | *[!A-Za-z0-9._-]*)
    echo "usage: bash scripts/run-logged.sh LABEL   (letters, digits, dot, dash, underscore)" >&2
    exit 64
    ;;
esac

umask 077
folder="$HOME/as-executed/$(date -u +%Y%m%dT%H%M%SZ)-$label"
mkdir -p "$HOME/as-executed"
mkdir "$folder"
echo "run-logged: recording to $folder/typescript; exit ends the recording"
script -q -f "$folder/typescript"
echo "run-logged: closed $folder/typescript"
