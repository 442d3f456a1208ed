# ---- the journal -----------------------------------------------------------------------------
#
# One JSON object a line. Its last member is the SHA-256 of the text before it, and that text
# holds the hash of the line before: a changed, lost or inserted line breaks the chain. `head`
# keeps the number of lines and the last hash. What a line announces happens only after the line
# is on the disk.

# json TEXT: sets JSON to TEXT as a JSON string.
json() {
  local text=$1
  mask "$text"
  text=$MASKED
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  text=${text//$'\r'/\\r}
  text=${text//[$'\x01'-$'\x1f'$'\x7f']/?}
  JSON=\"$text\"
}

now() { TZ=UTC0 printf -v NOW '%(%Y-%m-%dT%H:%M:%SZ)T' -1; }

# Milliseconds where bash tells them (5.0 and newer), else whole seconds.
clock() {
  if [[ -n ${EPOCHREALTIME-} ]]; then
    CLOCK=${EPOCHREALTIME/[!0-9]/}
    CLOCK=${CLOCK%???}
  else
    printf -v CLOCK '%(%s)T000' -1
  fi
}

sha256() {
  HASH=$(sha256sum) || HASH=
  HASH=${HASH%% *}
}

# record EVENT [NAME VALUE]...: appends one line. NAME ends in `#` for a number or another value
# that is JSON already. Answers 1, and the caller must not go on, when the line is not on disk.
record() {
  local event=$1 body member
  shift
  now
  body="{\"n\":$((LINES_WRITTEN + 1)),\"time\":\"$NOW\",\"event\":\"$event\""
  while (($# > 1)); do
    member=${1%#}
    if [[ $1 == *'#' ]]; then
      body+=",\"$member\":$2"
    else
      json "$2"
      body+=",\"$member\":$JSON"
    fi
    shift 2
  done
  body+=",\"previous\":\"$LAST_HASH\""
  append "$body"
}

append() {
  local body=$1 HASH
  sha256 < <(printf '%s' "$body")
  [[ ${#HASH} == 64 ]] || return 1
  printf '%s,"hash":"%s"}\n' "$body" "$HASH" >>"$DIR/journal.jsonl" || return 1
  printf '%s %s\n' "$((LINES_WRITTEN + 1))" "$HASH" >|"$DIR/head.new" || return 1
  flush "$DIR/journal.jsonl" "$DIR/head.new" || return 1
  mv -f "$DIR/head.new" "$DIR/head" || return 1
  LINES_WRITTEN=$((LINES_WRITTEN + 1))
  LAST_HASH=$HASH
}

# An older sync knows no files and flushes everything.
flush() { sync -- "$@" 2>/dev/null || sync; }

# must_record EVENT ...: for events outside a block's own process.
must_record() {
  record "$@" && return
  complain "cannot write the journal in $DIR: nothing further is run"
  exit 3
}

# A step's own process writes its step-start; this is how the session learns of it.
read_head() {
  local count hash
  read -r count hash 2>/dev/null <"$DIR/head" || return 0
  LINES_WRITTEN=$count LAST_HASH=$hash
}

# process_start PID: the kernel's start time of a process, which tells it from a later one of
# the same number.
process_start() {
  local stat
  STARTED=
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
  stat=${stat##*) }
  set -f
  # shellcheck disable=SC2086  # the fields are meant to be split
  set -- $stat
  set +f
  STARTED=${20-}
}

boot_id() {
  BOOT=
  read -r BOOT 2>/dev/null </proc/sys/kernel/random/boot_id || BOOT=
}
