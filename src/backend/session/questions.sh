# ---- questions -------------------------------------------------------------------------------
#
# A question names the words that answer it. WORD=TYPED is answered at the keyboard by TYPED;
# WORD! asks for a reason as well. Whatever is not one of the words answers nothing.

declare -a ANSWER_KEYS=() ANSWER_WORDS=() ANSWER_NOTES=() ANSWER_USED=()
ANSWERS_FILE=''
INTERRUPTED=0
PROMPT='' # the question on the screen, while one is
SIGNAL='' # a signal that asked the session to end while a block ran

load_answers() {
  local line key word note number=0
  [[ -f $1 && -r $1 ]] || die 2 "cannot read the answers file \`$1\`"
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=$(clean "$line")
    IFS=$' \t' read -r key word note <<<"$line"
    [[ -n $key && $key != '#'* ]] || continue
    case $word in
      approve | pass | fail | override | halt | done | redo | accept | accept-stale | revert | ack | skip | exclude) ;;
      *) die 2 "line $number of $1: \`$word\` is no answer" ;;
    esac
    [[ $key == '*' ]] || step_of_number "$key" >/dev/null ||
      die 2 "line $number of $1: there is no step \`$key\`"
    ANSWER_KEYS+=("$key") ANSWER_WORDS+=("$word") ANSWER_NOTES+=("$note") ANSWER_USED+=(no)
  done <"$1"
  ANSWERS_FILE=$1
}

step_of_number() {
  local i
  for ((i = 1; i <= STEPS + WAYS; i++)); do
    [[ ${P[$i:number]} == "$1" ]] && say "$i" && return
  done
  return 1
}

# ask KEY QUESTION WORD...: sets ANSWER, NOTE and SOURCE. Does not come back without an answer.
ask() {
  local key=$1 question=$2
  shift 2
  flush_journal || end_without_journal
  if answer_from_file "$key" "$@"; then
    say "$question"
    say "  $ANSWER${NOTE:+ $NOTE}  (from the answers file)"
  elif [[ -t 0 ]]; then
    until answer_from_keyboard "$question" "$@"; do :; done
  else
    complain "no answer for ${key:-the session}: $question"
    leave 3 halt 'an answer is missing'
  fi
  [[ $ANSWER != halt ]] || leave 3 halt "${NOTE:-by the operator}"
}

# answer_from_file KEY WORD...: takes the first line whose word answers; a line for a step once.
answer_from_file() {
  find_answer "$@" || return 1
  ANSWER_USED[FOUND]=yes SOURCE=answers
}

# answer_for_step_only KEY WORD...: a line with `*` does not count.
answer_for_step_only() {
  find_answer "$@" && [[ ${ANSWER_KEYS[FOUND]} != '*' ]] || return 1
  ANSWER_USED[FOUND]=yes SOURCE=answers
}

find_answer() {
  local key=$1 i word
  shift
  for i in "${!ANSWER_KEYS[@]}"; do
    [[ ${ANSWER_KEYS[i]} == '*' || (${ANSWER_KEYS[i]} == "$key" && ${ANSWER_USED[i]} == no) ]] ||
      continue
    for word in "$@" halt; do
      takes "$word" "${ANSWER_WORDS[i]}" "${ANSWER_NOTES[i]}" || continue
      FOUND=$i
      return 0
    done
  done
  return 1
}

# takes WORD GIVEN NOTE: whether GIVEN answers the word and brings the reason it asks for.
takes() {
  local word=${1%%[=!]*}
  [[ $2 == "$word" ]] || return 1
  [[ $1 != *'!' || -n $3 ]] || return 1
  ANSWER=$word NOTE=$3
}

answer_from_keyboard() {
  local question=$1 line first rest word
  shift
  read_line "$question"
  IFS=$' \t' read -r first rest <<<"$line"
  for word in "$@"; do
    if [[ $word == *=* ]]; then
      [[ $first == "${word#*=}" ]] || continue
    else
      [[ -n $first && $first == "${word%!}" ]] || continue
    fi
    if [[ $word == *'!' && -z $rest ]]; then
      read_line '  the reason'
      rest=$line
      [[ -n $rest ]] || return 1
    fi
    ANSWER=${word%%[=!]*} NOTE=$rest SOURCE=terminal
    return 0
  done
  common_key "$first" "$rest" "$@"
  return 1
}

# read_line QUESTION: sets LINE of the caller. The end of input halts: nobody is there any more.
read_line() {
  mask "$BOLD$1$PLAIN > "
  PROMPT=$MASKED
  printf '%s' "$PROMPT"
  if ! IFS= read -r line; then
    PROMPT=''
    say ''
    leave 3 halt 'the input ended'
  fi
  PROMPT=''
  line=$(clean "$line")
}

# Ctrl-C is for a running block. At a question it only says so: the terminal has dropped the line.
on_interrupt() {
  INTERRUPTED=1
  [[ -z ${PROMPT// /} ]] || printf '\n  Ctrl-C stops a running block; here, h halts the session\n%s' "$PROMPT"
}

# The end of the terminal or of the machine: at a question at once, else when the block has ended.
on_signal() {
  SIGNAL=$1
  [[ -z $PROMPT ]] || leave_by_signal
}

leave_by_signal() {
  [[ -z $SIGNAL ]] || leave 3 halt "signal $SIGNAL"
}

# The keys that work at every question.
common_key() {
  local first=$1 rest=$2
  shift 2
  case $first in
    '?') show_keys "$@" ;;
    v) show_step "$STEP" ;;
    o) show_last_output ;;
    n) take_note "$rest" ;;
    t) show_symptoms ;;
    revert)
      if [[ -z $rest ]]; then
        show_reverts
      else
        choose_revert "$rest"
      fi
      ;;
    h | halt)
      ANSWER='halt'
      leave 3 halt "${rest:-by the operator}"
      ;;
    *)
      say "  \`$first\` is no answer here"
      show_keys "$@"
      ;;
  esac
}

show_keys() {
  local word
  for word in "$@"; do
    case $word in
      approve=) say '  Enter      run this block' ;;
      approve=*) say "  ${word#*=}  run this block, exactly as shown" ;;
      'pass') say '  pass       the result is as expected; a note may follow' ;;
      'pass!') say '  pass NOTE  the condition holds; the note names the evidence' ;;
      fail) say '  fail       it is not; the session halts; a note may follow' ;;
      'override!') say '  override REASON  go on although the condition does not hold; recorded' ;;
      leave=h) say '  h          leave the session; it can be resumed' ;;
      redo=*) say '  r          run the block once more' ;;
      probe=*) say '  p N        run the Nth command the gate names' ;;
      'done') say '  done       it is done; a note may follow' ;;
      'skip!') say "  skip REASON  leave ${P[$STEP:row-key]-} out: its further steps are skipped" ;;
      'exclude!') say '  exclude ROW REASON  leave this row out; recorded' ;;
      ack) say '  ack        read and understood' ;;
      redo) say '  redo       do the step again, from its approval on' ;;
      'accept!') say '  accept REASON  take the step as done' ;;
      'accept-stale!') say '  accept-stale REASON  go on with the plan as it was compiled' ;;
    esac
  done
  say '  ? keys   v view step   o last output   n note   t symptoms   h halt'
  say '  revert     what was changed, and the way back; revert NUMBER takes a step back'
}

take_note() {
  local line=$1
  if [[ -z $line ]]; then
    read_line '  note'
  fi
  [[ -n $line ]] || return 0
  must_record note step "${P[$STEP:number]-}" text "$line" by "$OPERATOR"
  say '  noted'
}
