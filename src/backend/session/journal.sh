# ---- the journal -----------------------------------------------------------------------------
#
# One JSON object a line. Its last member is the SHA-256 of the text before it, and that text
# holds the hash of the line before: a changed, lost or inserted line breaks the chain. `head`
# keeps the number of lines and the last hash. What a line announces happens only after the line
# is on the disk.

JOURNAL=settled # `unsure` while a line is being written; `written` while one is not on disk yet
declare -a FLUSH_TOO=() # files that have to be on disk together with the next line

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
  is_ascii "$text" || json_characters
  JSON=\"$text\"
}

JSON_ESCAPES='' # a sed script: characters that mislead a reader become escapes, which are the same

# json_characters: what is no UTF-8 in `text` of the caller becomes `?`, as JSON asks for.
json_characters() {
  local i
  if [[ -z $JSON_ESCAPES ]]; then
    for i in {128..159}; do
      printf -v JSON_ESCAPES '%ss/\\xc2\\x%x/\\\\u00%x/g;' "$JSON_ESCAPES" "$i" "$i"
    done
    for i in {11..15} {40..46}; do
      printf -v JSON_ESCAPES '%ss/\\xe2\\x80\\x%x/\\\\u20%02x/g;' "$JSON_ESCAPES" "$((i + 128))" "$i"
    done
    for i in {32..47}; do
      printf -v JSON_ESCAPES '%ss/\\xe2\\x81\\x%x/\\\\u20%x/g;' "$JSON_ESCAPES" "$((i + 128))" "$((i + 64))"
    done
    JSON_ESCAPES+='s/\xd8\x9c/\\u061c/g;s/\xef\xbb\xbf/\\ufeff/g'
  fi
  text=$(printf '%s\n' "$text" | LC_ALL=C sed -E -e "$JSON_ESCAPES" "${NO_UTF8[@]}")
}

now() { TZ=UTC0 printf -v NOW '%(%Y-%m-%dT%H:%M:%SZ)T' -1; }

# clock: sets CLOCK to the milliseconds of a clock that nobody sets, the kernel's own; where there
# is none, to those of the wall clock.
clock() {
  local up
  if read -r up 2>/dev/null </proc/uptime; then
    up=${up%% *}
    CLOCK=$((10#${up/./}0))
  else
    printf -v CLOCK '%(%s)T000' -1
  fi
}

sha256() {
  HASH=$(exec sha256sum) || HASH=
  HASH=${HASH%% *}
}

sha256_of() {
  local text
  exec {text}< <(printf '%s' "$1")
  sha256 <&"$text"
  exec {text}<&-
}

# record EVENT [NAME VALUE]...: appends one line, and it is on the disk. NAME ends in `#` for a
# number or another value that is JSON already. Answers 1, and the caller must not go on, when it
# is not.
record() { write_line "$@" && flush_journal; }

# write_line EVENT [NAME VALUE]...: the line alone. It is on the disk with the next `record` or
# before the next question, so this is for what announces nothing by itself.
write_line() {
  local event=$1 body member
  shift
  [[ $JOURNAL != unsure ]] || settle_journal || return 1
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
  append "$body,\"previous\":\"$LAST_HASH\""
}

append() {
  local body=$1 HASH
  # Who took the journal away must not find a new one that begins in the middle.
  [[ -s $DIR/journal.jsonl || $LINES_WRITTEN == 0 ]] || return 1
  sha256_of "$body"
  [[ ${#HASH} == 64 ]] || return 1
  JOURNAL=unsure
  printf '%s,"hash":"%s"}\n' "$body" "$HASH" >>"$DIR/journal.jsonl" || return 1
  JOURNAL=written
  LINES_WRITTEN=$((LINES_WRITTEN + 1))
  LAST_HASH=$HASH
}

flush_journal() {
  [[ $JOURNAL != settled ]] || return 0
  flush "$DIR/journal.jsonl" "${FLUSH_TOO[@]}" || return 1
  # After the lines it speaks of, and over the former one, which is as long: there is no moment
  # without a head, and it never says more than the disk has.
  printf '%010d %s\n' "$LINES_WRITTEN" "$LAST_HASH" 1<>"$DIR/head" || return 1
  JOURNAL=settled FLUSH_TOO=()
}

# An older sync knows no files and flushes everything.
flush() { sync -- "$@" 2>/dev/null || sync; }

# must_record EVENT ...: for events outside a block's own process.
must_record() { record "$@" || end_without_journal; }

# must_write EVENT ...: like write_line.
must_write() { write_line "$@" || end_without_journal; }

end_without_journal() {
  complain "cannot write the journal in $DIR: nothing further is run"
  exit 3
}

# settle_journal: what is in the file counts. A write that failed, or a process that was killed,
# may have left a part of a line, or a line that nobody here knows of.
settle_journal() {
  local line number
  cut_torn_line || return 1
  line=$(tail -n 1 "$DIR/journal.jsonl") || return 1
  number=${line#'{"n":'}
  number=${number%%,*}
  [[ -n $line ]] || number=0
  [[ $number =~ ^[0-9]+$ ]] || return 1
  ((number >= LINES_WRITTEN)) || return 1
  LINES_WRITTEN=$number LAST_HASH=start
  if [[ -n $line ]]; then
    LAST_HASH=${line##*,\"hash\":\"}
    LAST_HASH=${LAST_HASH%\"\}}
  fi
  JOURNAL=written
}

# cut_torn_line: takes a last line without an end out of the journal. It announced something that
# has not happened.
cut_torn_line() {
  local size whole
  [[ $(tail -c 1 "$DIR/journal.jsonl") != '' ]] || return 0
  size=$(wc -c <"$DIR/journal.jsonl")
  [[ $size != 0 ]] || return 0
  whole=$((size - $(tail -n 1 "$DIR/journal.jsonl" | wc -c)))
  { tail -n 1 "$DIR/journal.jsonl"; printf '\n'; } >>"$DIR/journal.torn" &&
    truncate -s "$whole" "$DIR/journal.jsonl" || return 1
  warn '  the last line of the journal was torn; it is set aside in journal.torn'
}

# A step's own process writes its step-start; this is how the session learns of it.
read_head() {
  local count hash
  if read -r count hash 2>/dev/null <"$DIR/head" && ((10#$count > LINES_WRITTEN)); then
    LINES_WRITTEN=$((10#$count)) LAST_HASH=$hash JOURNAL=settled
  else
    settle_journal
  fi
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
