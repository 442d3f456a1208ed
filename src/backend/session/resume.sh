# ---- one operator at a time --------------------------------------------------------------------

LOCK=''

LOCK_FOLDER=''
declare -a LOCKS=() # the files this session holds the lock by

# The lock lies beside the session folders, or where the project says. It does not reach another
# home or another host.
#
# A file that is made only where there is none says who holds it. A session that was killed leaves
# its file behind; the lock then is the file that names the dead one as the holder before. So of
# several that come after it only one gets in, and none removes what is another's.
take_lock() {
  local at=$LOCK tries=0 pid started boot who
  boot_id
  process_start "$$"
  while :; do
    if write_lock "$at"; then
      LOCKS+=("$at")
      ! leads_here || return 0
      rm -f -- "$at"
    elif read_lock "$at"; then
      if is_alive "$pid" "$started" "$boot"; then
        LOCKS=()
        die 3 "another session of this runbook is open (process $pid, operator $(clean "$who"))"
      fi
      LOCKS+=("$at")
      at=$LOCK.$pid.$started
      continue
    fi
    LOCKS=() at=$LOCK tries=$((tries + 1))
    ((tries < 20)) || die 2 "cannot make the lock in ${LOCK%/*}"
  done
}

write_lock() {
  (
    set -o noclobber
    printf '%s\t%s\t%s\t%s\n' "$$" "$STARTED" "$BOOT" "$OPERATOR" >"$1"
  ) 2>/dev/null
}

# read_lock FILE: a file that stays empty is of a session that was killed while it made it.
read_lock() {
  local i
  for ((i = 0; i < 20; i++)); do
    IFS=$'\t' read -r pid started boot who 2>/dev/null <"$1" && return 0
    [[ -e $1 ]] || return 1
    sleep 0.1
  done
  pid=nobody started='' boot='' who=''
}

# Whether the files passed on the way are still those: a holder that left has taken away its own.
leads_here() {
  local at=$LOCK next pid started boot who
  for next in "${LOCKS[@]}"; do
    [[ $next == "$at" ]] || return 1
    read_lock "$at" || return 1
    at=$LOCK.$pid.$started
  done
}

# The first file goes first: who comes now begins anew.
release_lock() {
  ((${#LOCKS[@]} == 0)) || rm -f -- "${LOCKS[@]}"
}

# is_alive PID STARTED BOOT: whether this very process is still there.
is_alive() {
  local STARTED BOOT
  boot_id
  [[ -z ${3-} || $BOOT == "$3" ]] || return 1
  process_start "$1"
  [[ -n $STARTED && $STARTED == "${2-}" ]]
}

# ---- going on with a session -------------------------------------------------------------------
#
# The journal says of each step whether it was not started, is done, has failed, or was started
# with nobody to see the end. The last is never run again by itself.

declare -A PAST=()  # PAST[STEP]: the last verdict
declare -A BEGUN=() # BEGUN[STEP]: open after a step-start, ended after its step-end
declare -A ENDED=() # ENDED[STEP]: the trouble of the last run, `none` for a clean one

find_folder() {
  DIR=$(cd -- "$RESUME" 2>/dev/null && pwd -P)
  [[ -n $DIR && -s $DIR/journal.jsonl && -d $DIR/steps ]] ||
    die 2 "\`$(clean "$RESUME")\` is no session"
}

# What does not change in a session's folder is written anew: a power loss may have taken it.
open_folder() {
  refuse_open_session
  { mkdir -p -- "$DIR/gone" && runner_text >|"$DIR/runner.sh"; } || die 3 "cannot write to $DIR"
  void_tries || die 3 "cannot write to $DIR"
  cut_torn_line || die 3 "cannot write to $DIR"
  check_journal
  STATE=$DIR/state
  if ! is_complete "$STATE"; then
    initial_state >|"$STATE" || die 3 "cannot write to $DIR"
    warn '  the shell state of the start is missing; it is that of your shell now'
  fi
  read_journal
}

refuse_open_session() {
  local line
  while IFS= read -r line; do
    case $line in
      *',"event":"session-start",'* | *',"event":"resume",'*) ;;
      *) continue ;;
    esac
    read_process "$line"
    # shellcheck disable=SC2086  # three words, none with blanks or patterns
    ! is_alive $PROCESS || die 3 "that session is still open (process ${PROCESS%% *})"
  done <"$DIR/journal.jsonl"
}

# Of a try with a folder and without a line in the journal nobody knows whether its process is
# still to write that line. Whoever makes its `claim` first decides: this session, and the process
# ends; or the process, and this session waits until the line is there or the process is not.
void_tries() {
  local folder pid started boot waited=0
  for folder in "$DIR"/steps/*/; do
    [[ -d $folder ]] || continue
    ! make_claim "$folder" || continue
    [[ -e $folder/claim ]] || return 1
    read -r pid started boot 2>/dev/null <"$folder/pid" || continue
    while is_alive "$pid" "$started" "$boot" && ! is_journaled "$folder"; do
      ((waited < 50)) ||
        die 4 "process $pid is about to start a block; resume when it has ended"
      waited=$((waited + 1))
      sleep 0.1
    done
  done
}

# make_claim FOLDER: answers 1 where another has made it.
make_claim() {
  local made=1
  set -o noclobber
  { true >"$1/claim"; } 2>/dev/null && made=0
  set +o noclobber
  return "$made"
}

is_journaled() {
  local name=${1%/}
  [[ $(<"$DIR/journal.jsonl") == *",\"folder\":\"${name##*/}\""* ]]
}

# Sets LINES_WRITTEN and LAST_HASH, or ends: nothing is done on top of a journal that is in doubt.
check_journal() {
  local line number=0 body hash previous=start count last HASH
  while IFS= read -r line; do
    number=$((number + 1))
    body=${line%,\"hash\":\"*}
    hash=${line##*,\"hash\":\"}
    hash=${hash%\"\}}
    sha256_of "$body"
    [[ $HASH == "$hash" ]] || die 4 "line $number of the journal was changed; nothing is run on top of it"
    [[ $body == *",\"previous\":\"$previous\"" && $body == "{\"n\":$number,"* ]] ||
      die 4 "before line $number of the journal a line was removed, inserted or moved"
    previous=$hash
  done <"$DIR/journal.jsonl"
  if read -r count last 2>/dev/null <"$DIR/head" && ((10#$count > number)); then
    die 4 "the journal has $number lines and head says there were $((10#$count))"
  fi
  ((number > 0)) || die 2 "\`$(clean "$DIR")\` is no session"
  LINES_WRITTEN=$number LAST_HASH=$previous
}

# member LINE NAME: sets MEMBER to a member of a journal line. Quotes inside a text are escaped
# there, so what looks like a member is one.
member() {
  MEMBER=''
  if [[ $1 =~ ,\"$2\":\"(([^\"\\]|\\.)*)\" ]]; then
    MEMBER=${BASH_REMATCH[1]}
    MEMBER=${MEMBER//\\\"/\"}
    MEMBER=${MEMBER//\\\\/\\}
  elif [[ $1 =~ ,\"$2\":([0-9]+) ]]; then
    MEMBER=${BASH_REMATCH[1]}
  fi
}

read_journal() {
  local line event number step name
  while IFS= read -r line; do
    member "$line" event
    event=$MEMBER
    member "$line" step
    number=$MEMBER
    step=0
    [[ -z $number ]] || step=$(step_of_number "$number") || step=0
    case $event in
      session-start | resume) read_start "$line" ;;
      bind) read_bind "$line" ;;
      unbind)
        member "$line" name
        unset "VALUES[$MEMBER]"
        ;;
      step-start) read_step_start "$line" "$step" ;;
      step-end) read_step_end "$line" "$step" ;;
      capture)
        member "$line" name
        load_table "$MEMBER"
        ;;
      exclude)
        member "$line" name
        name=$MEMBER
        member "$line" key
        unset "TABLE[$name:$MEMBER]"
        ;;
      verdict)
        read_verdict "$line" "$step"
        ;;
    esac
  done <"$DIR/journal.jsonl"
}

read_start() {
  [[ $1 != *',"rehearsal":true,'* ]] ||
    die 2 'that session is a rehearsal: there is nothing in it to go on with'
  member "$1" plan-hash
  [[ $MEMBER == "$PLAN_HASH" ]] ||
    die 5 'the plan of that session is another one: resume it with the session.sh it was started with'
  read_process "$1"
  BEGUN_BOOT=${PROCESS##* }
}

# read_process LINE: sets PROCESS to what tells the process of a session from any other.
read_process() {
  local pid started
  member "$1" pid
  pid=$MEMBER
  member "$1" started
  started=$MEMBER
  member "$1" boot
  PROCESS="$pid $started $MEMBER"
}

# The value of a secret is not in the journal; it is asked for again.
read_bind() {
  local name
  member "$1" name
  name=$MEMBER
  is_secret "$name" && return
  member "$1" value
  VALUES[$name]=$MEMBER
}

read_step_start() {
  local pid
  member "$1" try
  TRIES[$2]=$MEMBER
  member "$1" block
  member "$1" folder
  FOLDERS[$2]=$MEMBER
  BEGUN[$2]=open
  unset "PAST[$2]"
  member "$1" pid
  pid=$MEMBER
  member "$1" started
  PROCESSES[$2]="$pid $MEMBER $BEGUN_BOOT"
  [[ ${P[$2:kind]} != run ]] || mutation_ran "$2"
}

declare -A FOLDERS=() PROCESSES=()
BEGUN_BOOT=''

# What --only left out is not done.
read_verdict() {
  local source
  member "$1" source
  source=$MEMBER
  member "$1" verdict
  [[ $source == options ]] || PAST[$2]=$MEMBER
  member "$1" skips-row
  [[ -z $MEMBER ]] || skip_rest_of_row "$2" "$MEMBER"
}

read_step_end() {
  BEGUN[$2]=ended
  member "$1" trouble
  ENDED[$2]=${MEMBER:-none}
  member "$1" block
  [[ $MEMBER != part* || ${ENDED[$2]} != none ]] || PARTS_DONE[$2]=${MEMBER#part}
  member "$1" state
  [[ $MEMBER != yes ]] || use_state "$DIR/steps/${FOLDERS[$2]-}/state"
}

# is_complete FILE: whether it ends in the mark that a whole shell state ends in.
is_complete() {
  local lines=()
  [[ -r $1 ]] && mapfile -t lines <"$1"
  ((${#lines[@]} > 0)) && [[ ${lines[${#lines[@]} - 1]} == '# complete' ]]
}

use_state() {
  if is_complete "$1"; then
    STATE=$1
    keep_secrets_of "$1.secrets"
  else
    warn "  the shell state in ${1#"$DIR"/} is missing or incomplete; the former one is kept"
  fi
}

# take_step STEP: does what its past asks for.
take_step() {
  local step=$1 kind=${P[$1:kind]}
  STEP=$step
  if [[ -z ${PAST[$step]-} ]] && ! enter_row "$step"; then
    skip_row
    return
  fi
  case ${PAST[$step]-}:${BEGUN[$step]-} in
    skip:*) ;;
    pass:* | 'done':* | override:* | accept:*)
      [[ $kind != gate || ${PAST[$step]} != pass ]] || SINCE_GATE=''
      ;;
    fail:*) take_failed ;;
    reverted:*) take_reverted ;;
    :open) take_unknown ;;
    :ended) take_ended ;;
    *) do_step "$step" ;;
  esac
}

# A row that was not captured is passed over, and that is recorded.
skip_row() {
  must_record verdict step "${P[$STEP:number]}" verdict skip note "$REASON" by "$OPERATOR" source plan
  say "  ${P[$STEP:number]}: skip ($REASON)"
}

take_failed() {
  show_progress "$STEP"
  show_step "$STEP"
  warn '  this step failed before the session was halted'
  choose_way redo 'accept!'
}

take_reverted() {
  show_progress "$STEP"
  show_step "$STEP"
  warn '  this step was taken back'
  choose_way redo 'accept!'
}

# Reads and gates may run again; a RUN that ended is judged on what it printed.
take_ended() {
  if [[ ${P[$STEP:kind]} != run ]]; then
    do_step "$STEP"
  elif [[ ${ENDED[$STEP]} == none && -z ${P[$STEP:expect]-} ]]; then
    capture_of_the_past
    conclude pass 'recorded on resume' status
  else
    show_progress "$STEP"
    show_step "$STEP"
    show_transcript
    [[ ${ENDED[$STEP]} == none ]] || warn "  ${ENDED[$STEP]}"
    choose_way redo 'accept!' fail
  fi
}

# Started, and the end is not in the journal: a person says what happened.
take_unknown() {
  # shellcheck disable=SC2086  # three words, none with blanks or patterns
  if is_alive ${PROCESSES[$STEP]}; then
    leave 4 halt "the block of step ${P[$STEP:number]} is still running (process ${PROCESSES[$STEP]%% *}); resume when it has ended"
  fi
  if [[ ${P[$STEP:kind]} != run ]]; then
    do_step "$STEP"
    return
  fi
  show_progress "$STEP"
  show_step "$STEP"
  warn '  this step was started, and the session ended before it did: its outcome is not known'
  show_transcript
  measure_next_gate
  HALT_STATUS=4
  choose_way redo 'accept!' fail
  HALT_STATUS=''
}

# What a block that ran before the session was halted has measured.
capture_of_the_past() {
  CODE_OUTPUT=$DIR/steps/${FOLDERS[$STEP]-}/captured
  [[ -r $CODE_OUTPUT ]] || CODE_OUTPUT=$DIR/steps/${FOLDERS[$STEP]-}/output
}

show_transcript() {
  capture_of_the_past
  OUTPUT=$DIR/steps/${FOLDERS[$STEP]-}/output
  show_last_output
}

# The gate that follows is the measurement the author meant for this; a CHECK might write evidence.
measure_next_gate() {
  local gate here=$STEP
  for ((gate = STEP + 1; gate <= STEPS; gate++)); do
    [[ ${P[$gate:kind]} != run ]] || return 0
    [[ ${P[$gate:kind]} == gate ]] || continue
    if ! has_block "$gate" code || [[ ${P[$gate:place]-local} != local ]] || ! fill "$gate" code; then
      return 0
    fi
    say "  what gate ${P[$gate:number]} measures:"
    STEP=$gate
    run_block "$gate" code
    show_result
    STEP=$here
    return 0
  done
}

# choose_way WORD...: what becomes of a step with a past.
choose_way() {
  reverts_from_answers
  ask "${P[$STEP:number]}" "${P[$STEP:number]}  $(choices "$@")" "$@"
  HALT_STATUS=''
  case $ANSWER in
    redo)
      must_record redo step "${P[$STEP:number]}" note "$NOTE" by "$OPERATOR" source "$SOURCE"
      do_step "$STEP"
      ;;
    *) conclude "$ANSWER" "$NOTE" "$SOURCE" ;;
  esac
}
