# ---- running a block -------------------------------------------------------------------------

STATE=''       # the file with the shell state the next block starts from
OUTPUT=''      # the transcript of the last block
CAPTURE=''     # where its standard output goes: there as well, unless it is captured
CODE_OUTPUT='' # what is captured from: the output of the last block that was no probe
declare -A TRIES=()

# prepare STEP NAME: gives the try a folder and writes the filled-in block there, on the lines it
# has in the runbook and in a file of the runbook's name, so that bash's own messages name them.
prepare() {
  local step=$1 name=$2 id padding
  FOLDER=''
  until [[ -n $FOLDER && ! -e $FOLDER ]]; do
    TRIES[$step]=$((${TRIES[$step]-0} + 1))
    printf -v id '%03d-%s.%d' "$step" "${P[$step:number]//[!A-Za-z0-9._-]/_}" "${TRIES[$step]}"
    FOLDER=$DIR/steps/$id
  done
  mkdir -- "$FOLDER" "$FOLDER/block" || return 1
  BLOCK=$FOLDER/block/$RUNBOOK_NAME OUTPUT=$FOLDER/output
  # What is captured are answers: standard error is shown and kept, and is no row of a table.
  CAPTURE=$OUTPUT
  [[ $name != code || -z ${P[$step:capture]-} ]] || CAPTURE=$FOLDER/captured
  [[ $name != code ]] || CODE_OUTPUT=$CAPTURE
  printf -v padding '%*s' "$((${P[$step:$name-line]} - 1))" ''
  printf '%s%s' "${padding// /$'\n'}" "$FILLED" >|"$BLOCK" || return 1
  : >|"$FOLDER/report" || return 1
  : >|"$CAPTURE" || return 1
  : >|"$OUTPUT"
}

HASHED='' # the text that TEXT_HASH is of

hash_block() {
  local HASH
  [[ $FILLED != "$HASHED" ]] || return 0
  sha256_of "$FILLED"
  HASHED=$FILLED TEXT_HASH=$HASH
}

# run_block STEP NAME: runs the filled-in block, shows its output and sets the result:
# STATUS, DURATION (ms), STOPPED (by Ctrl-C), FAILURES, PIPELINES, JOBS, FAIL_LINE and TROUBLE,
# which is empty when every command did what it should.
run_block() {
  local step=$1 name=$2 before=$LINES_WRITTEN start viewer=held view
  hash_block
  prepare "$step" "$name" || leave 3 halt "cannot write to $DIR"
  parses || return 0
  clock
  start=$CLOCK
  INTERRUPTED=0
  start_limit "${P[$step:timeout]-0}"
  if is_interactive "$step"; then
    viewer=''
    say '  (the block has the terminal; its output is not kept)'
    in_own_process "$step" "$name"
    STATUS=$?
  elif sets_a_secret; then
    say '  (shown when it has ended: it may set a value that must not be shown)'
    in_own_process "$step" "$name" </dev/null >>"$CAPTURE" 2>>"$OUTPUT"
    STATUS=$?
  else
    exec {view}> >(follow_both)
    viewer=$!
    in_own_process "$step" "$name" "$view" </dev/null >>"$CAPTURE" 2>>"$OUTPUT"
    STATUS=$?
    exec {view}>&-
    wait "$viewer"
    viewer=''
  fi
  clock
  DURATION=$((CLOCK - start)) STOPPED=$INTERRUPTED
  end_limit
  [[ $CAPTURE == "$OUTPUT" ]] || cat -- "$CAPTURE" >>"$OUTPUT"
  keep_secrets_of "$FOLDER/state.secrets"
  [[ $viewer != held ]] || show_held
  read_head
  ((LINES_WRITTEN > before)) || leave_not_begun
  read_report
  judge_result
  keep_state
  record_end "$step" "$name"
  leave_by_signal
}

# The process of the block could not write that it begins, so it has not begun.
leave_not_begun() {
  ((STATUS <= 128)) || leave 3 halt "the process of the block was killed before the block began"
  leave 3 halt "cannot write the journal in $DIR"
}

# ---- the time limit of one try ----------------------------------------------------------------

LIMIT='' # the process that watches the clock

start_limit() {
  LIMIT=''
  (($1 > 0)) || return 0
  end_after "$1" "$FOLDER" </dev/null >/dev/null 2>&1 &
  LIMIT=$!
}

end_limit() {
  [[ -n $LIMIT ]] || return 0
  kill "$LIMIT" 2>/dev/null
  wait "$LIMIT" 2>/dev/null
}

# end_after SECONDS FOLDER: ends the block whose process id lies in FOLDER, and what it started.
end_after() {
  local pid started boot nap
  trap '' INT
  trap 'kill "$nap" 2>/dev/null; exit' TERM
  sleep "$1" &
  nap=$!
  wait "$nap"
  read -r pid started boot <"$2/pid" || return
  is_alive "$pid" "$started" "$boot" || return
  : >"$2/over-time"
  signal_tree TERM "$pid"
  sleep 5
  signal_tree KILL "$pid"
}

# signal_tree SIGNAL PID: children first, so that none is lost sight of.
signal_tree() {
  local stat child parent
  for stat in /proc/[0-9]*/stat; do
    read -r child <"$stat" || continue
    parent=${child##*) }
    parent=${parent#* }
    [[ ${parent%% *} != "$2" ]] || signal_tree "$1" "${child%% *}"
  done 2>/dev/null
  kill "-$1" "$2" 2>/dev/null
}

is_interactive() { [[ ${P[$1:interactive]-} == yes && -t 0 && -t 1 ]]; }

# bash runs the lines before a syntax error; so it is looked for first.
parses() {
  "$BASH" -O extglob -n "$BLOCK" >"$FOLDER/syntax" 2>&1 && return
  STATUS=2 DURATION=0 STOPPED=0 FAILURES=() PIPELINES=() JOBS=() FAIL_LINE='' GONE='' STATE_KEPT=yes
  TROUBLE='the block does not parse; nothing of it was run'
  without_folder <"$FOLDER/syntax" | sanitise
  must_record refused step "${P[$STEP:number]}" reason "$TROUBLE"
  return 1
}

# The record of the start, then the block, in one process: the line on the disk carries the
# block's own process id, and nothing of the block runs before it.
in_own_process() (
  local step=$1 which=$2 view=${3-}
  [[ -z $view ]] || exec {view}>&-
  trap - TERM
  # The end of the terminal, or of the session, is no reason to end half of a change: without the
  # terminal the block goes on, and a resume finds it.
  if ! is_interactive "$step"; then
    trap '' HUP
  else
    trap - HUP
  fi
  process_start "$BASHPID"
  printf '%s\n' "$BASHPID $STARTED $BOOT" >"$FOLDER/pid"
  make_claim "$FOLDER" || exit 1
  record step-start step "${P[$step:number]}" block "$which" try# "${TRIES[$step]}" \
    text "$TEXT_HASH" line# "${P[$step:$which-line]}" pid# "$BASHPID" started "$STARTED" \
    folder "${FOLDER##*/}" command "$FILLED" || exit 1
  if [[ ${P[$step:place]-local} == via ]]; then
    exec "$BASH" --norc --noprofile -c "${P[$step:via]}" <"$BLOCK"
  fi
  exec "$BASH" --norc --noprofile "$DIR/runner.sh" "$STATE" "$BLOCK" "$FOLDER/state" \
    "$FOLDER/report" "$(on_error "$step")" "$DIR/gone" "$SECRET_NAME"
)

on_error() {
  case ${P[$1:on-error]-}:${P[$1:kind]} in
    stop:* | :run | :revert) say stop ;;
    *) say continue ;;
  esac
}

# Reads the report of the runner. A command that fails in a subshell or a function makes those
# around it fail too, with the same status: only the innermost is told.
read_report() {
  local kind depth status line text last_depth=0 last_status=-1 seen=' '
  FAILURES=() PIPELINES=() JOBS=() GONE=''
  while IFS=$'\t' read -r kind depth status line text; do
    case $kind in
      failed)
        if ((depth >= last_depth || status != last_status)); then
          FAILURES+=("$line"$'\t'"$status"$'\t'"$(clean "$text")")
          seen+="$line "
        fi
        last_depth=$depth last_status=$status
        ;;
      pipeline)
        [[ $seen == *" $line "* ]] ||
          PIPELINES+=("$line"$'\t'"$status"$'\t'"$(clean "$text") (the members ended with $depth)")
        seen+="$line "
        ;;
      job) JOBS+=("$text") ;;
      gone) GONE=$(clean "$text") ;;
    esac
  done <"$FOLDER/report"
}

# A search that finds nothing and a comparison that differs answer with 1: that is no failure.
is_answer() {
  local status=$1 command=$2
  [[ $status == 1 ]] || return 1
  case $command in
    grep\ * | egrep\ * | fgrep\ * | zgrep\ * | diff\ * | cmp\ *) return 0 ;;
  esac
  return 1
}

judge_result() {
  local failure line status command
  TROUBLE=''
  FAIL_LINE=''
  # A line may be as long as the whole output: only its beginning is looked at.
  [[ ! -s $OUTPUT ]] ||
    FAIL_LINE=$(cut -b 1-4096 "$OUTPUT" | LC_ALL=C sed -n '/^[[:space:]]*FAIL:/{p;q;}')
  [[ -z $FAIL_LINE ]] || FAIL_LINE=$(clean "$FAIL_LINE")
  for failure in "${FAILURES[@]}"; do
    IFS=$'\t' read -r line status command <<<"$failure"
    is_answer "$status" "$command" && ((STATUS <= 1)) && continue
    TROUBLE="a command failed"
  done
  ((${#PIPELINES[@]} == 0)) || TROUBLE=${TROUBLE:-'a part of a pipeline failed'}
  ((STATUS == 0)) || [[ ${#FAILURES[@]} -gt 0 && -z $TROUBLE ]] || TROUBLE="exit status $STATUS"
  [[ -z $FAIL_LINE ]] || TROUBLE='the block printed FAIL:'
  ((STOPPED == 0)) || TROUBLE='interrupted by Ctrl-C'
  [[ ! -e $FOLDER/over-time ]] || TROUBLE="over its time limit of ${P[$STEP:timeout]} s"
}

# A block that replaced its shell or was killed has left no complete state: the former one stays.
keep_state() {
  STATE_KEPT=no
  [[ ${P[$STEP:place]-local} == local ]] || return 0
  if is_complete "$FOLDER/state"; then
    STATE=$FOLDER/state STATE_KEPT=yes
  fi
}

record_end() {
  local step=$1 failure line status command list='' bytes=0 interrupted=false
  for failure in "${FAILURES[@]}"; do
    IFS=$'\t' read -r line status command <<<"$failure"
    json "$command"
    list+="${list:+,}{\"line\":$line,\"status\":$status,\"command\":$JSON}"
  done
  [[ $STATE_KEPT == no ]] || FLUSH_TOO+=("$STATE" "$OUTPUT")
  [[ ! -s $OUTPUT ]] || bytes=$(wc -c <"$OUTPUT")
  ((STOPPED == 0)) || interrupted=true
  must_write step-end step "${P[$step:number]}" block "$2" try# "${TRIES[$step]}" \
    status# "$STATUS" trouble "$TROUBLE" interrupted# "$interrupted" \
    ms# "$DURATION" failures# "[$list]" bytes# "${bytes//[!0-9]/}" state "$STATE_KEPT"
}

# The lines after a block: what failed, on which line of the runbook, and what was left behind.
show_result() {
  local entry line status command seconds
  printf -v seconds '%d.%d' "$((DURATION / 1000))" "$((DURATION % 1000 / 100))"
  say ''
  paragraph '  ' "exit status $STATUS, $seconds s${OUTPUT:+, output in ${OUTPUT#"$DIR"/}}"
  for entry in "${FAILURES[@]}"; do
    IFS=$'\t' read -r line status command <<<"$entry"
    mask "$command"
    warn "  $RUNBOOK_NAME:$line: status $status: $MASKED"
  done
  for entry in "${PIPELINES[@]}"; do
    IFS=$'\t' read -r line status command <<<"$entry"
    mask "$command"
    warn "  $RUNBOOK_NAME:$line: status $status inside a pipeline: $MASKED"
  done
  [[ -z $FAIL_LINE ]] || warn "  the block says: $FAIL_LINE"
  [[ -z $GONE ]] || warn "  the working folder $GONE no longer exists; the block ran in an empty one"
  for entry in "${JOBS[@]}"; do
    warn "  still running in the background: process $entry; the session does not wait for it"
  done
  if [[ $STATE_KEPT == no && ${P[$STEP:place]-local} == local ]]; then
    warn '  the block left no shell state behind: variables and folder are those from before it'
  fi
  [[ -z $TROUBLE ]] || warn "  $TROUBLE"
}

# ---- showing a transcript while it is written -------------------------------------------------

MOST_SHOWN=65536 # bytes at a time; of more, the end is shown

# Both files have their own reader; they end when the block's end closes standard input.
follow_both() {
  local other=''
  trap '' INT
  if [[ $CAPTURE != "$OUTPUT" ]]; then
    follow "$CAPTURE" <&0 &
    other=$!
  fi
  follow "$OUTPUT"
  [[ -z $other ]] || wait "$other"
}

# What was held back, now that its secrets are known.
show_held() {
  local file=$OUTPUT at=0
  show_more "$file" 1
}

# sets_a_secret: whether the block in FILLED assigns or reads a variable that is named like one, or
# reads in a file for the first time: such files set variables.
sets_a_secret() {
  local rest=$FILLED name
  while [[ $rest =~ ([A-Za-z_][A-Za-z0-9_]*)\+?= ]]; do
    rest=${rest#*"${BASH_REMATCH[0]}"}
    ! is_named_like_a_secret "${BASH_REMATCH[1]}" || return 0
  done
  rest=$FILLED
  while [[ $rest =~ (^|[^A-Za-z0-9_-])(read|mapfile|readarray)[[:blank:]]([^$'\n;|&<']*) ]]; do
    rest=${rest#*"${BASH_REMATCH[0]}"}
    for name in ${BASH_REMATCH[3]}; do
      [[ ! $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || ! is_named_like_a_secret "$name" || return 0
    done
  done
  rest=$FILLED
  while [[ $rest =~ (^|[$'\n;&|{('])[[:blank:]]*(source|\.)[[:blank:]]+([^$' \t\n;&|']+) ]]; do
    rest=${rest#*"${BASH_REMATCH[0]}"}
    [[ $SOURCED == *$'\n'"${BASH_REMATCH[3]}"$'\n'* ]] && continue
    SOURCED+=${BASH_REMATCH[3]}$'\n'
    return 0
  done
  return 1
}

SOURCED=$'\n' # files that blocks have read in

# follow FILE: shows whole lines as they come, until its standard input ends. The block does not
# depend on it: it writes to the file, and this only reads.
follow() {
  local file=$1 at=0 status=142
  trap '' INT
  while ((status > 128)); do
    IFS= read -r -t 0.2
    status=$?
    show_more "$file" "$((status <= 128))"
  done
}

# longest_secret: sets LONGEST to the bytes that a cut could leave of a secret on either side.
longest_secret() {
  local LC_ALL=C value
  LONGEST=0
  for value in "${SECRETS[@]}"; do
    ((${#value} <= LONGEST)) || LONGEST=${#value}
  done
}

# cut_between_secrets: shortens the chunk of the caller to where no secret lies across its end.
cut_between_secrets() {
  local value end=$((${#chunk} - LONGEST)) window
  for value in "${SECRETS[@]}" "${SECRETS[@]}"; do
    window=${chunk:end-LONGEST:2*LONGEST}
    [[ $window != *"$value"* ]] || {
      window=${window%%"$value"*}
      end=$((end - LONGEST + ${#window}))
    }
  done
  chunk=${chunk:0:end}
}

# show_more FILE LAST: shows what FILE has after the byte AT, up to the last line feed, or to the
# end when this is the last look. Where a line is cut, no part of a secret is left over.
show_more() {
  local LC_ALL=C file=$1 last=$2 size chunk cut=0 LONGEST
  [[ -s $file ]] || return 0
  longest_secret
  size=$(wc -c <"$file")
  while ((at < size)); do
    if ((size - at > 16 * MOST_SHOWN)); then
      say "  ... $((size - at - MOST_SHOWN)) bytes not shown; they are in ${file#"$DIR"/} ..."
      at=$((size - MOST_SHOWN)) cut=$LONGEST
    fi
    chunk=$(tail -c "+$((at + 1))" "$file" | head -c "$MOST_SHOWN" | tr '\0' '?'; printf x)
    chunk=${chunk%x}
    if [[ $chunk == *$'\n'* ]]; then
      chunk=${chunk%$'\n'*}$'\n'
    elif ((${#chunk} < MOST_SHOWN && !last)); then
      return
    elif ((${#chunk} == MOST_SHOWN && 3 * LONGEST < MOST_SHOWN)); then
      cut_between_secrets
    fi
    at=$((at + ${#chunk}))
    mask "$chunk"
    MASKED=${MASKED:cut} cut=0
    printf '%s' "$MASKED" | without_folder | sanitise
    [[ $chunk == *$'\n' ]] || say ''
  done
}

# bash names the file of the block with its folder; the operator knows the runbook's name.
without_folder() { LC_ALL=C sed -e "s|${FOLDER//[^A-Za-z0-9_\/ -]/.}/block/||g"; }

show_last_output() {
  local LC_ALL=C text LONGEST
  if [[ -s $OUTPUT ]]; then
    say "  output of the last block (${OUTPUT#"$DIR"/}):"
    text=$(tail -n 200 "$OUTPUT" | tail -c "$MOST_SHOWN" | tr '\0' '?')
    longest_secret
    mask "$text"
    ((${#text} < MOST_SHOWN - 1)) || MASKED=${MASKED:LONGEST}
    show_text "$MASKED"
  else
    say '  the last block printed nothing'
  fi
}
