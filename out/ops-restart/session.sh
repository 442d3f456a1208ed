#!/usr/bin/env bash
# Checklist session of ops-restart.md, made by rbc 0.1.0.
# Start it with `bash session.sh`; `bash session.sh --help` lists the options.
# The plan, with every block as it will run, is at the end, in load_plan.
#
# shellcheck disable=SC2317  # a plan need not call every function that plans may call

# ---- what the operator's shell hands on ------------------------------------------------------
#
# Taken before this file has a name of its own: it is the state the first block starts from. The
# variables taken away first would change how bash itself reads a script.

export -n SHELLOPTS BASHOPTS
unset -v BASH_ENV ENV POSIXLY_CORRECT BASH_COMPAT
set +o posix
__rbc_inherited=$(
  export -p
  declare -f
  declare -F
  printf 'builtin umask %s\n' "$(umask)"
)
unset -v CDPATH GLOBIGNORE
set -u
umask 077

# ---- talking to the operator -----------------------------------------------------------------

# Nothing is shown with a secret in it.
say() {
  mask "$*"
  printf '%s\n' "$MASKED"
}

complain() {
  mask "$*"
  printf 'session: %s\n' "$MASKED" >&2
}

# die STATUS SENTENCE: for what stops a session before it has begun.
die() {
  complain "$2"
  exit "$1"
}

# Colour is for terminals and for people who did not say no.
choose_colours() {
  BOLD='' PLAIN='' WARN=''
  [[ -t 1 && ${TERM-dumb} != dumb ]] || LINES_ONLY=yes
  if [[ $LINES_ONLY == no && -z ${NO_COLOR-} ]]; then
    BOLD=$'\e[1m' WARN=$'\e[1;33m' PLAIN=$'\e[0m'
  fi
}

heading() { say "$BOLD$*$PLAIN"; }

warn() { say "$WARN$*$PLAIN"; }

# Nothing a screen reader would spell out.
rule() {
  local line
  if [[ $LINES_ONLY == yes ]]; then
    say ''
    return
  fi
  printf -v line '%*s' "$((WIDTH < 70 ? WIDTH : 70))" ''
  say "${line// /-}"
}

LINES_ONLY=no # no colour, no line that is written over another: --plain, or a dumb terminal

# The terminal's width, within what reads well; 80 where there is no terminal.
find_width() {
  local size
  WIDTH=80
  [[ -t 0 ]] && size=$(stty size 2>/dev/null) && WIDTH=${size#* }
  ((WIDTH > 100)) && WIDTH=100
  ((WIDTH < 30)) && WIDTH=30
  return 0
}

# paragraph LEAD TEXT...: wraps text; LEAD stands before its first line and blanks before the rest.
paragraph() {
  local lead=$1 indent text
  shift
  [[ -n $* ]] || return 0
  text=$*
  if [[ $text != *$'\n'* ]] && ((${#text} + ${#lead} <= WIDTH)); then
    say "$lead$text"
    return
  fi
  printf -v indent '%*s' "${#lead}" ''
  mask "$*"
  printf '%s\n' "$MASKED" | fold -s -w "$((WIDTH - ${#lead}))" |
    sed -e 's/ *$//' -e "1s/^/$lead/" -e "2,\$s/^/$indent/"
}

# sed's options that turn bytes that are no UTF-8 into `?`.
NO_UTF8=(
  -e 's/[\xc0\xc1\xf5-\xff]/?/g'
  -e 's/(^|[\x01-\x7f])[\x80-\xbf]+/\1?/g'
  -e 's/([\xc2-\xdf][\x80-\xbf])[\x80-\xbf]+/\1?/g'
  -e 's/([\xe0-\xef][\x80-\xbf]{2})[\x80-\xbf]+/\1?/g'
  -e 's/([\xf0-\xf4][\x80-\xbf]{3})[\x80-\xbf]+/\1?/g'
  -e 's/[\xc2-\xdf]($|[^\x80-\xbf])/?\1/g'
  -e 's/[\xe0-\xef][\x80-\xbf]?($|[^\x80-\xbf])/?\1/g'
  -e 's/[\xf0-\xf4][\x80-\xbf]{0,2}($|[^\x80-\xbf])/?\1/g'
)

# Lets through text and takes out what drives a terminal: escape sequences, control characters,
# the C1 set, marks that turn the reading direction, and bytes that are no UTF-8.
sanitise() {
  LC_ALL=C sed -E \
    -e 's/\r+$//; s/\r+/\n/g' \
    -e 's/\x1b\[[0-?]*[ -/]*[@-~]//g' \
    -e 's/\x1b[]PX^_][^\x07\x1b]*(\x07|\x1b\\)?//g' \
    -e 's/\x1b[ -/]*[0-~]?//g' \
    -e 's/[\x00-\x08\x0b-\x1f\x7f]//g' \
    -e 's/\xc2[\x80-\x9f]/?/g; s/\xd8\x9c/?/g; s/\xef\xbb\xbf/?/g' \
    -e 's/\xe2\x80[\x8b-\x8f\xa8-\xae]/?/g; s/\xe2\x81[\xa0-\xaf]/?/g' \
    "${NO_UTF8[@]}"
}

# is_ascii TEXT: nothing but printable ASCII, tabs and line feeds.
is_ascii() {
  local LC_ALL=C
  [[ $1 != *[!$'\t'$'\n'' '-'~']* ]]
}

# show_text TEXT: sanitised, and without a process where there is nothing to take out.
show_text() {
  if is_ascii "$1"; then
    printf '%s\n' "$1"
  else
    printf '%s\n' "$1" | sanitise
  fi
}

# clean TEXT: what an operator typed, as one line that is safe to show and to record.
clean() { show_text "$*"; }

# Replaces the values of secrets in MASKED, as they are and in the encodings tools print.
mask() {
  local value
  MASKED=$1
  for value in "${SECRETS[@]}"; do
    MASKED=${MASKED//"$value"/********}
  done
}

# elapsed SECONDS: a duration as people say it.
elapsed() {
  local seconds=$1
  if ((seconds < 60)); then
    printf '%d s' "$seconds"
  elif ((seconds < 3600)); then
    printf '%d min' "$((seconds / 60))"
  else
    printf '%d h %02d min' "$((seconds / 3600))" "$((seconds % 3600 / 60))"
  fi
}

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

# ---- the plan --------------------------------------------------------------------------------
#
# The data section at the end of this file calls these, once, in the order of the runbook.

declare -A P=()       # P[STEP:NAME]: what the plan says of a step
declare -a PIECES=()  # texts and placeholder names of all blocks, in turn
declare -A VALUES=()  # VALUES[NAME]: the bound placeholders
declare -A PLACEHOLDER=()
declare -A PRESET=()
declare -a SYMPTOMS=() REVERTS=() OBSERVATIONS=() SOURCES=() PROTECTED=() ABOUT=() CLOSING=()
declare -a SECRETS=() # values that nothing shows or records
STEPS=0 # the steps of the runbook
WAYS=0  # the ways back, which come after them
ENTRY=0 # the one that is being loaded

# step NUMBER KIND SECTION TITLE: KIND is run, check, gate or text.
step() {
  STEPS=$((STEPS + 1)) ENTRY=$((ENTRY + 1))
  P[$ENTRY:number]=$1 P[$ENTRY:kind]=$2 P[$ENTRY:section]=$3 P[$ENTRY:title]=$4
}

# way_back NUMBER STEP LAYER WAY POSTURE: the row of the revert table about the step with the place
# STEP in the plan. It happens where the step did, for the row the step was done for.
way_back() {
  local name
  WAYS=$((WAYS + 1)) ENTRY=$((ENTRY + 1))
  P[$ENTRY:number]=$1 P[$ENTRY:kind]=revert P[$ENTRY:of]=$2 P[$ENTRY:layer]=$3 P[$ENTRY:way]=$4
  P[$ENTRY:posture]=$5 P[$ENTRY:parts]=0 P[$2:way-back]=$ENTRY
  for name in section where place via only-in row-key; do
    P[$ENTRY:$name]=${P[$2:$name]-}
  done
  P[$ENTRY:place]=${P[$2:place]-local}
}

# part LINE TEXT [NAME TEXT]...: a command of the way back.
part() {
  P[$ENTRY:parts]=$((${P[$ENTRY:parts]} + 1))
  pieces "part${P[$ENTRY:parts]}" "$@"
}

# has NAME VALUE: one more fact about the step.
has() { P[$ENTRY:$1]=$2; }

# code LINE TEXT [NAME TEXT]...: the block, which starts on this line of the runbook; what stands
# between two texts is a placeholder.
code() { pieces code "$@"; }

# probe LINE TEXT [NAME TEXT]...: a command that the sentence of a gate names.
probe() {
  P[$ENTRY:probes]=$((${P[$ENTRY:probes]-0} + 1))
  pieces "probe${P[$ENTRY:probes]}" "$@"
}

pieces() {
  local name=$1
  P[$ENTRY:$name-line]=$2
  shift 2
  P[$ENTRY:$name-first]=${#PIECES[@]}
  P[$ENTRY:$name-count]=$#
  PIECES+=("$@")
}

# placeholder NAME PATTERN MEANING [secret] [target]: PATTERN is an extended regular expression
# for the whole value; `target` says that a mutation acts on what is filled in.
placeholder() {
  PLACEHOLDER[$1:pattern]=$2 PLACEHOLDER[$1:meaning]=$3
  PLACEHOLDER[$1:flags]=" ${*:4} "
}

# choice NAME WORD...: what can be chosen.
choice() {
  local name=$1
  shift
  PLACEHOLDER[$name:choices]=$*
}

# jump NAME patch|minor FROM: how far the value may be from that of the placeholder FROM.
jump() { PLACEHOLDER[$1:jump]=$2 PLACEHOLDER[$1:from]=$3; }

# preset NAME VALUE: a value given when the plan was compiled; --set overrides it.
preset() { PRESET[$1]=$2; }

about_session() { ABOUT+=("$1"); }

closing() { CLOSING+=("$1"); }

symptom() { SYMPTOMS+=("$1" "$2"); }

revert() { REVERTS+=("$1" "$2" "$3"); }

observation() { OBSERVATIONS+=("$1" "$2"); }

# source_file PATH HASH: a text the plan was made from.
source_file() { SOURCES+=("$1" "$2"); }

protected() { PROTECTED+=("$@"); }

has_block() { [[ -n ${P[$1:$2-count]-} ]]; }

# fill STEP NAME: sets FILLED to the block with its placeholders filled in, or UNBOUND to the
# first one that has no value and answers 1.
fill() {
  local first=${P[$1:$2-first]} count=${P[$1:$2-count]} i name
  FILLED='' UNBOUND=''
  for ((i = 0; i < count; i++)); do
    name=${PIECES[first + i]}
    if ((i % 2 == 0)); then
      FILLED+=$name
    elif [[ -n ${VALUES[$name]+set} ]]; then
      FILLED+=${VALUES[$name]}
    else
      UNBOUND=$name
      return 1
    fi
  done
}

# blanks STEP NAME: the block as the runbook has it, for a plan that is only shown.
blanks() {
  local first=${P[$1:$2-first]} count=${P[$1:$2-count]} i
  FILLED=''
  for ((i = 0; i < count; i++)); do
    if ((i % 2 == 0)); then
      FILLED+=${PIECES[first + i]}
    elif [[ -n ${VALUES[${PIECES[first + i]}]+set} ]]; then
      FILLED+=${VALUES[${PIECES[first + i]}]}
    else
      FILLED+="<${PIECES[first + i]}>"
    fi
  done
}

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

# ---- placeholders ----------------------------------------------------------------------------

# Filling in one of these cannot change how a command parses, in any quoting context.
SAFE='^[A-Za-z0-9./][A-Za-z0-9._:/@+-]*$'

# refusal NAME VALUE: sets REFUSAL to why the value cannot be bound; answers 1 when it can.
refusal() {
  local LC_ALL=C name=$1 value=$2 pattern=${PLACEHOLDER[$1:pattern]-} guarded
  REFUSAL=''
  if [[ ! $value =~ $SAFE ]]; then
    REFUSAL="a value is letters, digits and ._:/@+- only"
  elif [[ -n $pattern && ! $value =~ ^($pattern)$ ]]; then
    REFUSAL="it does not match \`$pattern\`"
  elif [[ ${PLACEHOLDER[$name:flags]-} == *' target '* ]]; then
    for guarded in "${PROTECTED[@]}"; do
      [[ $value == "$guarded" || $value == "$guarded"/* ]] &&
        REFUSAL="\`$guarded\` is protected, and <$name> names what is changed"
    done
  fi
  [[ -n $REFUSAL ]] || judge_jump "$name" "$value"
  [[ -n $REFUSAL ]]
}

# judge_jump NAME VALUE: sets REFUSAL for a version that is further from the measured one than the
# runbook allows. Before that one is known, nothing is said.
judge_jump() {
  local kind=${PLACEHOLDER[$1:jump]-} from=${PLACEHOLDER[$1:from]-} value=$2 before same i
  local old=() new=() version='^[0-9]{1,9}([.][0-9]{1,9})+$'
  [[ -n $kind && -n ${VALUES[$from]+set} ]] || return 0
  before=${VALUES[$from]}
  REFUSAL="from <$from> = $before it is more than a $kind version"
  [[ $before =~ $version && $value =~ $version ]] || return 0
  IFS=. read -ra old <<<"$before"
  IFS=. read -ra new <<<"$value"
  same=1
  [[ $kind != patch ]] || same=$((${#old[@]} - 1))
  ((${#old[@]} == ${#new[@]})) || return 0
  for ((i = 0; i < ${#old[@]}; i++)); do
    if ((10#${new[i]} < 10#${old[i]})); then
      REFUSAL="from <$from> = $before it goes back"
      return
    elif ((10#${new[i]} > 10#${old[i]})); then
      ((i < same)) || break
      return
    fi
  done
  REFUSAL=''
}

# What was bound before the version it starts from was measured is judged now.
judge_dependents() {
  local name
  for name in "${!VALUES[@]}"; do
    [[ ${PLACEHOLDER[$name:from]-} == "$1" ]] || continue
    refusal "$name" "${VALUES[$name]}" || continue
    must_record unbind name "$name" reason "$REFUSAL" by "$OPERATOR"
    warn "  <$name> = ${VALUES[$name]} is refused: $REFUSAL"
    unset "VALUES[$name]"
  done
}

# The values of --set, checked before anything is started.
declare -a SET_NAMES=() SET_VALUES=()

check_set() {
  local i name
  # What is given together is judged together.
  for name in "${!PRESET[@]}"; do
    VALUES[$name]=${PRESET[$name]}
  done
  for i in "${!SET_NAMES[@]}"; do
    VALUES[${SET_NAMES[i]}]=${SET_VALUES[i]}
  done
  for name in "${!PRESET[@]}"; do
    if refusal "$name" "${PRESET[$name]}"; then
      die 2 "the plan's own value for <$name> cannot be used: $REFUSAL"
    fi
  done
  for i in "${!SET_NAMES[@]}"; do
    name=${SET_NAMES[i]}
    [[ -n $name && -n ${PLACEHOLDER[$name:flags]-} ]] ||
      die 2 "--set: the plan has no placeholder <$(clean "$name")>"
    if refusal "$name" "${SET_VALUES[i]}"; then
      shown_value "$name" "${SET_VALUES[i]}"
      die 2 "--set: <$name> cannot be \`$SHOWN\`: $REFUSAL"
    fi
  done
  VALUES=()
}

# A session that is gone on with keeps its values: steps have run with them.
check_kept_values() {
  local i name
  for i in "${!SET_NAMES[@]}"; do
    name=${SET_NAMES[i]}
    [[ ${VALUES[$name]-${SET_VALUES[i]}} == "${SET_VALUES[i]}" ]] ||
      die 2 "--set: <$name> is \`${VALUES[$name]}\` in this session already"
  done
}

bind_set() {
  local i name
  for name in "${!PRESET[@]}"; do
    [[ " ${SET_NAMES[*]} " == *" $name "* || -n ${VALUES[$name]+set} ]] ||
      bind "$name" "${PRESET[$name]}" preset
  done
  for i in "${!SET_NAMES[@]}"; do
    [[ -n ${VALUES[${SET_NAMES[i]}]+set} ]] || bind "${SET_NAMES[i]}" "${SET_VALUES[i]}" set
  done
}

is_secret() { [[ ${PLACEHOLDER[$1:flags]-} == *' secret '* ]]; }

shown_value() {
  SHOWN=$(clean "$2")
  is_secret "$1" && SHOWN='********'
  return 0
}

# ask_choice NAME MEANING: sets LINE of the caller to one of the words; its number will do.
ask_choice() {
  local word words=() i=0
  read -ra words <<<"${PLACEHOLDER[$1:choices]}"
  for word in "${words[@]}"; do
    i=$((i + 1))
    say "  $i  $word"
  done
  read_line "a value for <$1>${2:+ ($2)}: one of these, or its number"
  for word in "${words[@]}"; do
    [[ $line != "$word" ]] || return 0
  done
  [[ ! $line =~ ^[1-9][0-9]?$ || -z ${words[line - 1]-} ]] || line=${words[line - 1]}
}

# keep_secret VALUE: what masks it as it is, in base64 with and without a line feed behind it, and
# percent-encoded with either case of digits, whether or not the encoder lets a slash stand. Of a
# value of several lines each line is masked: that is how it is printed.
keep_secret() {
  local value=$1 encoded line
  if [[ $value == *$'\n'* ]]; then
    while IFS= read -r line; do
      ((${#line} < 6)) || keep_secret "$line"
    done <<<"$value"
    return
  fi
  [[ -n $value && " ${SECRETS[*]} " != *" $value "* ]] || return 0
  SECRETS+=("$value" "$(printf '%s' "$value" | base64 -w 0)" "$(printf '%s\n' "$value" | base64 -w 0)")
  percent_encode "$value"
  for encoded in "$ENCODED" "${ENCODED//%2F//}"; do
    SECRETS+=("$encoded" "$(printf '%s' "$encoded" | sed 's/%\(..\)/%\L\1/g')")
  done
  sort_secrets
}

percent_encode() {
  local LC_ALL=C i character
  ENCODED=''
  for ((i = 0; i < ${#1}; i++)); do
    character=${1:i:1}
    case $character in
      [A-Za-z0-9._~-]) ENCODED+=$character ;;
      *)
        printf -v character '%%%02X' "'$character"
        ENCODED+=%${character: -2}
        ;;
    esac
  done
}

# The longest first: one that is part of another must not uncover the rest of it.
sort_secrets() {
  local sorted=() secret other placed
  for secret in "${SECRETS[@]}"; do
    placed=()
    for other in "${sorted[@]}"; do
      [[ $other != "$secret" ]] || continue 2
      if [[ -n $secret ]] && ((${#secret} > ${#other})); then
        placed+=("$secret")
        secret=''
      fi
      placed+=("$other")
    done
    [[ -z $secret ]] || placed+=("$secret")
    sorted=("${placed[@]}")
  done
  SECRETS=("${sorted[@]}")
}

# Values of variables that are named like secrets, from the operator's shell and from each block.
SECRET_NAME='(PASS|PASSWD|PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|_PW|_PWD|_PAT)[A-Z0-9_]*$'

is_named_like_a_secret() {
  local LC_ALL=C name=${1^^}
  [[ $name =~ $SECRET_NAME && ! $name =~ _(FILE|DIR|PATH|NAME|ID|URL|SOCK)$ ]]
}

keep_inherited_secrets() {
  local name value
  while IFS= read -r name; do
    is_named_like_a_secret "$name" || continue
    value=${!name-}
    ((${#value} < 6)) || keep_secret "$value"
  done < <(compgen -e)
}

# keep_secrets_of FILE: values with a zero byte behind each, as the runner leaves them.
keep_secrets_of() {
  local value
  [[ -r $1 ]] || return 0
  while IFS= read -r -d '' value; do
    ((${#value} < 6)) || keep_secret "$value"
  done <"$1"
}

bind() {
  local name=$1 value=$2
  ! is_secret "$name" || keep_secret "$value"
  VALUES[$name]=$value
  shown_value "$name" "$value"
  must_record bind name "$name" value "$SHOWN" source "$3" by "$OPERATOR"
  say "  <$name> = $SHOWN"
  judge_dependents "$name"
}

# bind_for STEP NAME: asks for what the block still needs. Without it the step cannot start.
# ASKED tells whether the block reads otherwise now than when it was shown.
bind_for() {
  ASKED=no
  until fill "$1" "$2" && jumps_are_judged "$1" "$2"; do
    ask_value "$UNBOUND"
    ASKED=yes
  done
}

# jumps_are_judged STEP NAME: a version is not used for a change before the one it starts from is
# known; answers 1 with that in UNBOUND.
jumps_are_judged() {
  local i name
  [[ ${P[$1:mutates]-} == yes ]] || return 0
  for ((i = 1; i < ${P[$1:$2-count]}; i += 2)); do
    name=${PIECES[${P[$1:$2-first]} + i]}
    [[ -n ${PLACEHOLDER[$name:jump]-} ]] || continue
    UNBOUND=${PLACEHOLDER[$name:from]}
    [[ -n $UNBOUND ]] || leave 2 halt "<$name> declares a jump and not from where"
    [[ -n ${VALUES[$UNBOUND]+set} ]] || return 1
  done
}

ask_value() {
  local name=$1 line meaning=${PLACEHOLDER[$1:meaning]-}
  if [[ ! -t 0 ]]; then
    complain "step ${P[$STEP:number]} needs <$name>: give it with --set $name=VALUE"
    leave 3 halt "no value for <$name>"
  fi
  if [[ -n ${PLACEHOLDER[$name:choices]-} ]]; then
    ask_choice "$name" "$meaning"
  elif is_secret "$name"; then
    PROMPT="${BOLD}a value for <$name>${meaning:+ ($meaning)} (not shown)$PLAIN > "
    printf '%s' "$PROMPT"
    IFS= read -r -s line || leave 3 halt 'the input ended'
    PROMPT=''
    say ''
  else
    read_line "a value for <$name>${meaning:+ ($meaning)}"
  fi
  if [[ $line == h ]]; then
    leave 3 halt 'by the operator'
  elif refusal "$name" "$line"; then
    say "  not this one: $REFUSAL"
  else
    bind "$name" "$line" terminal
  fi
}

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

# ---- what is kept of the output ----------------------------------------------------------------
#
# A block may measure a value for a placeholder, or the table whose rows a procedure is done for.

declare -A CAPTURED=() # the names of the tables there are
declare -A TABLE=() # TABLE[NAME:KEY]: the cells of a row, in turn, blanks between them
ROW=''              # the row whose cells are bound at present

# keep_capture: takes what the step's plan says out of the transcript of its last run.
keep_capture() {
  case ${P[$STEP:capture]-} in
    value) keep_value "${P[$STEP:capture-name]}" "${P[$STEP:capture-pattern]}" ;;
    table) keep_table "${P[$STEP:capture-name]}" ;;
  esac
}

keep_value() {
  local name=$1 pattern=$2 line value=''
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line =~ $pattern ]]; then
      value=${BASH_REMATCH[1]-${BASH_REMATCH[0]}}
      break
    fi
  done < <(tr '\0' '?' <"$CODE_OUTPUT")
  if [[ -z $value ]]; then
    warn "  nothing in the output matches what <$name> is read from"
  elif [[ -n ${VALUES[$name]+set} ]]; then
    [[ ${VALUES[$name]} == "$value" ]] ||
      warn "  measured $(clean "$value") for <$name>, which stays ${VALUES[$name]}"
  elif refusal "$name" "$value"; then
    warn "  measured $(clean "$value") for <$name>, which cannot be used: $REFUSAL"
  else
    bind "$name" "$value" capture
  fi
}

# Rows that will not be worked on are listed with the reason, and confirmed.
keep_table() {
  local name=$1 line row=() columns rows='' out='' cells reason
  read -ra columns <<<"${P[$STEP:capture-columns]}"
  for cells in "${!TABLE[@]}"; do
    [[ $cells != "$name":* ]] || unset "TABLE[$cells]"
  done
  while IFS= read -r line || [[ -n $line ]]; do
    line=$(clean "$line")
    read -ra row <<<"$line"
    ((${#row[@]} > 0)) || continue
    json_list "${row[@]}"
    rows+="${rows:+,}$JSON"
    cells="${row[*]}"
    left_out_reason "$name" "${columns[*]}" "${row[@]}"
    if [[ -n $reason ]]; then
      out+="  - $cells: $reason"$'\n'
    else
      TABLE[$name:${row[0]}]=$cells
      say "  $name: $cells"
    fi
  done < <(tr '\0' '?' <"$CODE_OUTPUT")
  json_list "${columns[@]}"
  must_record capture step "${P[$STEP:number]}" name "$name" columns# "$JSON" rows# "[$rows]" left-out "$out"
  CAPTURED[$name]=yes
  save_table "$name" || leave 3 halt "cannot write to $DIR"
  [[ -z $out ]] || say "  left out of $name:"
  printf '%s' "$out"
  until confirm_table "$name"; do :; done
}

# confirm_table NAME: nothing is done for a row that nobody has looked at. Answers 1 when a row was
# excluded, and the table is to be looked at again.
confirm_table() {
  local name=$1 number=${P[$STEP:number]} key rest
  ask "$number" "$number  is this the $name? ack, or exclude ROW REASON" ack 'exclude!'
  if [[ $ANSWER == ack ]]; then
    must_record ack table "$name" by "$OPERATOR" source "$SOURCE"
    return
  fi
  IFS=$' \t' read -r key rest <<<"$NOTE"
  if [[ -z $rest || -z ${TABLE[$name:$key]-} ]] && [[ $SOURCE == answers ]]; then
    leave 3 halt "the answers exclude \`$key\`: it takes a row of the $name and a reason"
  elif [[ -z ${TABLE[$name:$key]-} ]]; then
    say "  the $name has no row \`$key\`"
  elif [[ -z $rest ]]; then
    say "  say why: exclude $key REASON"
  else
    must_record exclude step "$number" name "$name" key "$key" note "$rest" by "$OPERATOR" source "$SOURCE"
    unset "TABLE[$name:$key]"
    save_table "$name" || leave 3 halt "cannot write to $DIR"
    say "  left out of $name: $key ($rest)"
  fi
  return 1
}

json_list() {
  local cell list=''
  for cell in "$@"; do
    json "$cell"
    list+="${list:+,}$JSON"
  done
  JSON="[$list]"
}

# left_out_reason TABLE COLUMNS CELL...: sets REASON of the caller, empty for a row to work on.
left_out_reason() {
  local name=$1 columns i guarded
  read -ra columns <<<"$2"
  shift 2
  reason=''
  if (($# != ${#columns[@]})); then
    reason="it has $# cells, and the table has ${#columns[@]} columns"
    return
  fi
  for guarded in "${PROTECTED[@]}"; do
    [[ $1 != "$guarded" && $1 != "$guarded"/* ]] || reason="$guarded is protected"
  done
  [[ -z $reason ]] || return 0
  for i in "${!columns[@]}"; do
    if [[ ${columns[i]} == verdict && ${*:i+1:1} != OK ]]; then
      reason="its verdict is ${*:i+1:1}"
      return
    elif [[ -n ${PLACEHOLDER[${columns[i]}:flags]-} ]] && refusal "${columns[i]}" "${*:i+1:1}"; then
      reason="${*:i+1:1} cannot be <${columns[i]}>: $REFUSAL"
      return
    fi
  done
  is_in_a_group "$name" "$1" || reason='no group of this runbook has it'
}

is_in_a_group() {
  local i
  for ((i = 1; i <= STEPS; i++)); do
    [[ ${P[$i:only-in]-} != "$1" || ${P[$i:row-key]-} != "$2" ]] || return 0
  done
  return 1
}

save_table() {
  local key
  mkdir -p -- "$DIR/captures" || return 1
  for key in "${!TABLE[@]}"; do
    [[ $key != "$1":* ]] || printf '%s\n' "${TABLE[$key]}" || return 1
  done >|"$DIR/captures/$1"
}

load_table() {
  local name=$1 row
  [[ $name =~ ^[A-Za-z0-9_-]+$ && -r $DIR/captures/$name ]] || return 0
  CAPTURED[$name]=yes
  while read -ra row; do
    TABLE[$name:${row[0]}]="${row[*]}"
  done <"$DIR/captures/$name"
}

# enter_row STEP: binds the cells of the step's row; answers 1 with REASON when it has none.
enter_row() {
  local name=${P[$1:only-in]-} key=${P[$1:row-key]-}
  REASON=${ROW_SKIPPED[$1]-}
  [[ -z $REASON ]] || return 1
  if [[ -z $name ]]; then
    leave_row
    return 0
  fi
  [[ -n ${CAPTURED[$name]-} ]] || leave 3 halt "the $name was not captured, so nobody knows whether $key is in it"
  if [[ -z ${TABLE[$name:$key]-} ]]; then
    REASON="$key is not in the $name"
    return 1
  fi
  return_to_row "$name:$key"
}

# return_to_row ROW: binds the cells of a row that is in its table; the empty one has none.
return_to_row() {
  local columns cells i
  [[ $ROW != "$1" ]] || return 0
  leave_row
  [[ -n $1 ]] || return 0
  ROW=$1
  columns_of "${ROW%%:*}"
  read -ra cells <<<"${TABLE[$ROW]}"
  for i in "${!columns[@]}"; do
    [[ -z ${PLACEHOLDER[${columns[i]}:flags]-} ]] || VALUES[${columns[i]}]=${cells[i]}
  done
}

# A value of one row is none of the next.
leave_row() {
  local columns name
  [[ -n $ROW ]] || return 0
  columns_of "${ROW%%:*}"
  for name in "${columns[@]}"; do
    unset "VALUES[$name]"
  done
  ROW=''
}

# columns_of TABLE: sets COLUMNS of the caller.
columns_of() {
  local i
  columns=()
  for ((i = 1; i <= STEPS; i++)); do
    [[ ${P[$i:capture-name]-} != "$1" ]] || read -ra columns <<<"${P[$i:capture-columns]-}"
  done
}

# ---- one step --------------------------------------------------------------------------------

STEP=0                 # the step at hand
SINCE_GATE=''          # mutations that ran since the last gate that passed

show_progress() {
  find_width
  rule
  say "$(progress "$1")"
}

progress() {
  clock
  say "step $1 of $STEPS, section ${P[$1:section]}, $(elapsed $(((CLOCK - BEGAN) / 1000)))"
}

kind_word() {
  case $1 in
    run) say RUN ;;
    check) say CHECK ;;
    gate) say GATE ;;
    revert) say REVERT ;;
    *) say TEXT ;;
  esac
}

show_step() {
  local step=$1 line
  heading "${P[$step:number]}  $(kind_word "${P[$step:kind]}")  ${P[$step:where]:+at ${P[$step:where]}  }${P[$step:title]}"
  paragraph '  ' "${P[$step:remark]-}"
  paragraph '  ' "${P[$step:about]-}"
  [[ -z ${P[$step:caution]-} ]] || {
    printf '%s' "$WARN"
    paragraph '  ! ' "${P[$step:caution]}"
    printf '%s' "$PLAIN"
  }
  if has_block "$step" code; then
    blanks "$step" code
    say ''
    show_code "${P[$step:code-line]}"
    say ''
  fi
  [[ -z ${P[$step:effect]-} ]] || while IFS= read -r line; do
    paragraph '  Does:   ' "$line"
  done <<<"${P[$step:effect]}"
  paragraph '  Note:   ' "${P[$step:note]-}"
  paragraph '  Expect: ' "${P[$step:expect]-}"
  paragraph '  Gate:   ' "${P[$step:condition]-}"
}

# show_code LINE: the block in FILLED beside the line numbers it has in the runbook.
show_code() {
  local number=$1 line shown=''
  mask "$FILLED"
  while IFS= read -r line; do
    printf -v line '%7d | %s' "$number" "$line"
    shown+=${shown:+$'\n'}$line
    number=$((number + 1))
  done <<<"$MASKED"
  show_text "$shown"
}

# do_step STEP: shows it, does it, records the verdict; leaves when it fails.
do_step() {
  STEP=$1
  show_progress "$STEP"
  if [[ ${P[$STEP:kind]} == text ]]; then
    show_step "$STEP"
    return
  fi
  check_sources
  show_step "$STEP"
  if [[ $REHEARSAL == yes ]]; then
    rehearse_step
  elif [[ ${P[$STEP:place]-local} == manual && ${P[$STEP:kind]} != gate ]]; then
    do_by_hand
  elif ! has_block "$STEP" code; then
    do_without_block
  else
    bind_for "$STEP" code
    case ${P[$STEP:kind]} in
      check) do_check ;;
      run) do_run ;;
      gate) do_gate ;;
    esac
  fi
}

# Somewhere else and no way to get there: the operator does it and says so.
do_by_hand() {
  if has_block "$STEP" code; then
    bind_for "$STEP" code
    show_filled
  fi
  say "  This step is done by hand: go to ${P[$STEP:where]}, do what is shown, come back."
  ask "${P[$STEP:number]}" "${P[$STEP:number]} done at ${P[$STEP:where]}?" 'done' fail
  [[ $ANSWER != 'done' ]] || mutation_ran "$STEP"
  conclude "$ANSWER"
}

# A block that was shown with blanks is shown again once they are filled in.
show_filled() {
  [[ $ASKED == yes ]] || return 0
  say ''
  show_code "${P[$STEP:code-line]}"
  say ''
}

do_without_block() {
  case ${P[$STEP:kind]} in
    gate) do_gate ;;
    check)
      ask "${P[$STEP:number]}" "${P[$STEP:number]} as expected?" pass fail
      conclude "$ANSWER"
      ;;
    *)
      ask "${P[$STEP:number]}" "${P[$STEP:number]} done?" 'done' fail
      conclude "$ANSWER"
      ;;
  esac
}

do_check() {
  local number=${P[$STEP:number]}
  show_filled
  if [[ $AUTO_CHECK == yes ]]; then
    approved_by auto-check
  else
    ask "$number" "$number  Enter runs it" 'approve='
    approved_by "$SOURCE"
  fi
  while :; do
    run_block "$STEP" code
    show_result
    if [[ -n $FAIL_LINE ]]; then
      conclude fail 'the block printed FAIL:' block
      return
    fi
    if [[ -n ${P[$STEP:none-to-do]-} && -z $TROUBLE ]] && holds none-to-do; then
      conclude_row pass 'none to do' block
      return
    fi
    if [[ $AUTO_CHECK == yes ]] && passes_by_itself; then
      conclude pass '' auto-check
      return
    fi
    judge_by_operator && return
  done
}

# Only a mutation that was typed for is run, and what runs is the text that was shown.
do_run() {
  local number=${P[$STEP:number]}
  show_filled
  if may_skip_row; then
    ask "$number" "$number  type $number to run it, or skip REASON" "approve=$number" 'skip!'
  else
    ask "$number" "$number  type $number to run it" "approve=$number"
  fi
  if [[ $ANSWER == skip ]]; then
    conclude_row skip "$NOTE" "$SOURCE"
    return
  fi
  approved_by "$SOURCE"
  mutation_ran "$STEP"
  run_block "$STEP" code
  show_result
  if [[ -n $TROUBLE ]] && { ((STATUS != 0)) || [[ -n $FAIL_LINE || $STOPPED == 1 || $(on_error "$STEP") == stop ]]; }; then
    conclude fail "$TROUBLE" status
  elif [[ -n ${P[$STEP:expect]-} || -n $TROUBLE ]]; then
    ask_verdict "$number  as expected?" pass fail
  else
    conclude pass '' status
  fi
}

approved_by() {
  hash_block
  must_write approve step "${P[$STEP:number]}" text "$TEXT_HASH" by "$OPERATOR" source "$1"
}

# The operator's judgement of a CHECK; answers 1 when it is to be run again.
judge_by_operator() {
  local words=(pass fail 'redo=r') question='as expected? pass, fail, r runs it again'
  if may_skip_row; then
    words+=('skip!') question+=", skip REASON leaves ${P[$STEP:row-key]} out"
  fi
  [[ -n ${P[$STEP:expect]-} ]] || say '  The runbook states no expectation for this check.'
  paragraph '  Expect: ' "${P[$STEP:expect]-}"
  ask "${P[$STEP:number]}" "${P[$STEP:number]}  $question" "${words[@]}"
  case $ANSWER in
    redo) return 1 ;;
    skip) conclude_row skip "$NOTE" "$SOURCE" ;;
    *) conclude "$ANSWER" "$NOTE" "$SOURCE" ;;
  esac
}

ask_verdict() {
  local question=$1
  shift
  paragraph '  Expect: ' "${P[$STEP:expect]-}"
  ask "${P[$STEP:number]}" "$question" "$@"
  conclude "$ANSWER" "$NOTE" "$SOURCE"
}

# ---- gates -----------------------------------------------------------------------------------

# A gate passes by a person's word, and not by that while its own measurement fails.
do_gate() {
  local deadline measured=no pass=pass
  [[ ${P[$STEP:evidence]-} != yes ]] || pass='pass!'
  if has_block "$STEP" code; then
    measured=yes
    show_filled
    wait_before
  fi
  tick
  deadline=$((now + ${P[$STEP:budget]-0}))
  ANSWER='' INTERRUPTED=0
  TROUBLE=''
  while :; do
    [[ $measured == no || $ANSWER == probe ]] || measure
    if [[ $ANSWER == '' ]] && try_again_later "$deadline"; then
      ((INTERRUPTED == 0)) || ANSWER=redo
      [[ $ANSWER == redo ]] || continue
    fi
    if [[ $AUTO_CHECK == yes && $measured == yes ]] && passes_by_itself; then
      conclude pass '' auto-check
      return
    fi
    answer_gate "$measured" "$pass" || continue
    conclude "$ANSWER" "$NOTE" "$SOURCE"
    return
  done
}

measure() {
  run_block "$STEP" code
  show_result
  [[ -z $TROUBLE ]] || ! is_blind ||
    say "  expected: the runbook announces errors for another $(elapsed "$LEFT")"
}

# answer_gate MEASURED PASS: answers 1 when the fence is to be run again.
answer_gate() {
  local number=${P[$STEP:number]} words=("$2" fail 'override!')
  [[ $1 == no ]] || paragraph '  Gate:   ' "${P[$STEP:condition]-}"
  [[ $1 == no ]] || words+=('redo=r')
  [[ -z ${P[$STEP:probes]-} ]] || words+=('probe=p')
  show_probes
  if [[ $1 == yes && -n $TROUBLE ]]; then
    say '  The measurement failed, so the gate cannot pass on it: r measures again.'
    words=("${words[@]:1}")
    if refuses_pass "$number"; then
      ANSWER=fail NOTE=$TROUBLE SOURCE=status
      return
    fi
  fi
  ask "$number" "$number  does the condition hold? $(choices "${words[@]}")" "${words[@]}"
  [[ $ANSWER != probe ]] || run_probe "$NOTE"
  [[ $ANSWER != redo && $ANSWER != probe ]]
}

# A command that the sentence of the gate names: shown, then run because it was asked for.
run_probe() {
  local number=${1:-1} trouble=$TROUBLE
  if [[ ! $number =~ ^[1-9][0-9]?$ ]] || ! has_block "$STEP" "probe$number"; then
    say "  this gate names ${P[$STEP:probes]} commands: p 1 runs the first"
    return
  fi
  bind_for "$STEP" "probe$number"
  say ''
  show_code "${P[$STEP:probe$number-line]}"
  say ''
  run_block "$STEP" "probe$number"
  show_result
  TROUBLE=$trouble
}

show_probes() {
  local i
  for ((i = 1; i <= ${P[$STEP:probes]-0}; i++)); do
    blanks "$STEP" "probe$i"
    mask "$FILLED"
    paragraph "  p $i runs: " "$(clean "$MASKED")"
  done
}

# choices WORD...: what can be typed, for the question itself.
choices() {
  local word shown=''
  for word in "$@"; do
    word=${word#*=}
    shown+="${shown:+, }${word/!/ REASON}"
  done
  say "$shown"
}

# With answers from a file, a `pass` that meets a failed measurement is a failed gate.
refuses_pass() {
  [[ -n $ANSWERS_FILE && ! -t 0 ]] || return 1
  find_answer "$1" fail 'override!' 'redo=r' && return 1
  answer_from_file "$1" pass
}

# wait_before: the blind window that the runbook announces. Enter looks into it; what fails there is
# expected.
wait_before() {
  local seconds=${P[$STEP:wait]-0} now
  BLIND_UNTIL=0
  ((seconds > 0)) && [[ $REHEARSAL == no ]] || return 0
  tick
  BLIND_UNTIL=$((now + seconds))
  say "  waiting $(elapsed "$seconds") before the first look; errors until then are expected"
  pause "$seconds" 'the first look'
}

BLIND_UNTIL=0 # the second, as `tick` counts them, at which errors cease to be expected

# tick: sets `now` of the caller to the seconds of the clock that nobody sets.
tick() {
  clock
  now=$((CLOCK / 1000))
}

# is_blind: whether a failing look is expected, with how long that is so in LEFT.
is_blind() {
  local now
  tick
  LEFT=$((BLIND_UNTIL - now))
  ((LEFT > 0))
}

# pause SECONDS WHAT [DEADLINE]: counts down to WHAT. Enter cuts it short where somebody is there to
# press it; the keys of every question work. Ctrl-C ends the polling: INTERRUPTED tells.
pause() {
  local seconds=$1 what=$2 until=${3-} now end typed='' part status
  flush_journal || end_without_journal
  tick
  end=$((now + seconds))
  INTERRUPTED=0
  if [[ ! -t 0 ]]; then
    say "  $what in $(elapsed "$seconds")$(budget_left "$until" "$now")"
    nap "$seconds"
    return 0
  fi
  [[ $LINES_ONLY == no ]] || say "  $what in $(elapsed "$seconds")$(budget_left "$until" "$now"); Enter looks now"
  PROMPT='  '
  while ((now < end && INTERRUPTED == 0)); do
    show_countdown "$((end - now))" "$what" "$until" "$now"
    IFS= read -r -t 1 part
    status=$?
    typed+=$part
    if ((status == 0)); then
      [[ -n $typed ]] || break
      end_countdown
      paused_key "$typed"
      typed=''
    elif ((status <= 128)); then
      end_countdown
      PROMPT=''
      leave 3 halt 'the input ended'
    fi
    tick
  done
  end_countdown
  PROMPT=''
  return 0
}

# Waits so that a signal is heard at once.
nap() {
  local pid
  PROMPT='  '
  sleep "$1" &
  pid=$!
  wait "$pid"
  PROMPT=''
  kill "$pid" 2>/dev/null
  return 0
}

budget_left() { [[ -z $1 ]] || printf ', %s of the budget left' "$(elapsed "$(($1 > $2 ? $1 - $2 : 0))")"; }

# One line that is written over itself; on a narrow terminal it says less.
show_countdown() {
  local text
  [[ $LINES_ONLY == no ]] || return 0
  text="  $2 in $(elapsed "$1")$(budget_left "$3" "$4"); Enter looks now"
  ((${#text} < WIDTH)) || text="  $2 in $(elapsed "$1")"
  ((${#text} < WIDTH)) || text="  in $(elapsed "$1")"
  printf '\r%-*s\r%s' "$((WIDTH - 1))" '' "$text"
}

end_countdown() { [[ $LINES_ONLY == yes ]] || printf '\r%-*s\r' "$((WIDTH - 1))" ''; }

paused_key() {
  local first rest
  IFS=$' \t' read -r first rest <<<"$(clean "$1")"
  PROMPT=''
  common_key "$first" "$rest"
  PROMPT='  '
}

# try_again_later DEADLINE: a gate with a budget is measured until its measurement works and, where a
# machine can judge its condition, until that holds. Past the budget a person is asked.
try_again_later() {
  local now every=${P[$STEP:every]-30}
  [[ ${P[$STEP:budget]-0} != 0 && $REHEARSAL == no ]] && has_block "$STEP" code || return 1
  ((INTERRUPTED == 0)) || return 1
  if [[ -z $TROUBLE ]]; then
    [[ -n ${P[$STEP:expect-rule]-} ]] || return 1
    ! holds expect-rule || return 1
  fi
  tick
  if ((now + every > $1)); then
    warn "  the budget of $(elapsed "${P[$STEP:budget]}") is spent and the condition does not hold"
    return 1
  fi
  say '  not yet'
  pause "$every" 'the next look' "$1"
  ((INTERRUPTED == 0)) || say '  the polling was stopped'
  return 0
}

# ---- expectations a machine can judge ----------------------------------------------------------

passes_by_itself() {
  [[ -n ${P[$STEP:expect-rule]-} && -z $TROUBLE && ${#FAILURES[@]} == 0 && ${#PIPELINES[@]} == 0 ]] &&
    holds expect-rule
}

# holds NAME: whether the rule of this name holds for the output of the step. A rule is one of
# contains:TEXT, regex:EXPRESSION, lines:NUMBER and status:NUMBER.
holds() {
  local rule=${P[$STEP:$1]-} line
  case $rule in
    contains:*)
      while IFS= read -r line || [[ -n $line ]]; do
        [[ $line == *"${rule#*:}"* ]] && return
      done < <(tr '\0' '?' <"$OUTPUT")
      ;;
    regex:*)
      while IFS= read -r line || [[ -n $line ]]; do
        [[ $line =~ ${rule#*:} ]] && return
      done < <(tr '\0' '?' <"$OUTPUT")
      ;;
    lines:*) (($(wc -l <"$OUTPUT") == ${rule#*:})) && return ;;
    status:*) ((STATUS == ${rule#*:})) && return ;;
  esac
  return 1
}

# ---- verdicts --------------------------------------------------------------------------------

# conclude VERDICT [NOTE] [SOURCE] [REASON]: records it; a failure ends the session here. With a
# REASON the further steps of the row are skipped. What the step measured is kept, and confirmed,
# before the verdict is: a step that is done has nothing left to ask.
conclude() {
  local verdict=$1 note=${2-${NOTE-}} source=${3-${SOURCE-}} rest=${4-}
  [[ $verdict != pass && $verdict != override ]] || keep_capture
  must_record verdict step "${P[$STEP:number]}" verdict "$verdict" note "$note" by "$OPERATOR" \
    source "$source" ${rest:+skips-row "$rest"}
  say "  ${P[$STEP:number]}: $verdict${note:+ ($note)}"
  case $verdict in
    fail)
      [[ $REHEARSAL == no ]] || REHEARSAL_FAILED=yes
      [[ $REHEARSAL == yes ]] || halt_failed
      ;;
    pass) [[ ${P[$STEP:kind]} != gate ]] || SINCE_GATE='' ;;
  esac
}

# conclude_row VERDICT REASON SOURCE: ends the row of this step here.
conclude_row() {
  conclude "$1" "$2" "$3" "$2"
  skip_rest_of_row "$STEP" "$2"
}

declare -A ROW_SKIPPED=() # ROW_SKIPPED[STEP]: why the row of this step ended before it

skip_rest_of_row() {
  local step
  for ((step = $1 + 1; step <= STEPS; step++)); do
    [[ ${P[$step:row]-} == "${P[$1:row]-none}" ]] || return 0
    ROW_SKIPPED[$step]=$2
  done
}

# A row can be left out until something was changed for it; from then on its gates are due.
may_skip_row() {
  local step
  [[ -n ${P[$STEP:row]-} ]] || return 1
  for ((step = STEP - 1; step > 0; step--)); do
    [[ ${P[$step:row]-} == "${P[$STEP:row]}" ]] || return 0
    [[ ${P[$step:kind]} != run || -z ${BEGUN[$step]-} ]] || return 1
  done
}

# What a person needs when a step has failed: why, what it may be, what can be taken back.
halt_failed() {
  rule
  warn "step ${P[$STEP:number]} failed; the session halts here"
  paragraph '  Stop:   ' "${P[$STEP:stop]-}"
  show_symptoms "${P[$STEP:symptoms]-}"
  show_reverts_since_gate
  at_halt 1 "step ${P[$STEP:number]} failed"
}

# show_symptoms [ROW...]: the rows that speak of this step, or all of them.
show_symptoms() {
  local rows=${1-} i
  ((${#SYMPTOMS[@]} > 0)) || {
    say '  the runbook has no symptom table'
    return 0
  }
  heading '  Symptom | Fix'
  for ((i = 0; i < ${#SYMPTOMS[@]}; i += 2)); do
    [[ -z $rows || " $rows " == *" $((i / 2 + 1)) "* ]] || continue
    paragraph '  - ' "${SYMPTOMS[i]} | ${SYMPTOMS[i + 1]}"
  done
}

# ---- is the plan still true? -------------------------------------------------------------------

# The texts the plan was made from must be the ones that are there; an early step may pull others.
check_sources() {
  local i path changed=()
  ((${#SOURCES[@]} > 0)) || return 0
  for ((i = 0; i < ${#SOURCES[@]}; i += 2)); do
    path=${SOURCES[i]}
    is_accepted "$path" || same_source "$path" "${SOURCES[i + 1]}" || changed+=("$path")
  done
  ((${#changed[@]} > 0)) || return 0
  for path in "${changed[@]}"; do
    warn "  $path is not what this session was compiled from"
  done
  must_record stale files "${changed[*]}"
  stale_question "${changed[@]}"
}

ACCEPTED=$'\n'

is_accepted() {
  local HASH=gone
  [[ $ACCEPTED == *$'\n'"$1 "* ]] || return 1
  [[ -r $ROOT/$1 ]] && sha256 <"$ROOT/$1"
  [[ $ACCEPTED == *$'\n'"$1 $HASH"$'\n'* ]]
}

# A runbook that is not there at all is told once at the start: the plan stands for it.
same_source() {
  local HASH=gone
  if [[ ! -r $ROOT/$1 ]]; then
    [[ $1 == "$RUNBOOK" && $RUNBOOK_SEEN == no ]]
    return
  fi
  sha256 <"$ROOT/$1"
  [[ $HASH == "$2" ]]
}

stale_question() {
  local path HASH
  say '  The plan is stale: compile it again, or go on with it as it is.'
  if [[ ! -t 0 ]] && ! answer_from_file "${P[$STEP:number]-}" 'accept-stale!'; then
    leave 5 halt 'the plan is stale'
  elif [[ -t 0 ]]; then
    HALT_STATUS=5
    ask "${P[$STEP:number]-}" 'accept-stale REASON, or h' 'accept-stale!'
    HALT_STATUS=''
  fi
  must_record accept-stale files "$*" note "$NOTE" by "$OPERATOR" source "$SOURCE"
  for path in "$@"; do
    HASH=gone
    [[ -r $ROOT/$path ]] && sha256 <"$ROOT/$path"
    ACCEPTED+="$path $HASH"$'\n'
  done
}

# ---- taking back --------------------------------------------------------------------------------
#
# The revert table of what ran. A way back that is chosen is a step like any other: shown, approved
# by typing its number, journaled. Each of its parts is approved on its own.

declare -a RAN=()        # the steps that changed something, in the order they ran
declare -A PARTS_DONE=() # PARTS_DONE[ENTRY]: how many parts of a way back are done
REVERTING=no

# mutation_ran STEP: from here on the step belongs to what can be taken back.
mutation_ran() {
  local step=$1
  [[ ${P[$step:mutates]-} == yes || -n ${P[$step:way-back]-} ]] || return 0
  [[ " ${RAN[*]} " == *" $step "* ]] || RAN+=("$step")
  is_since_gate "$step" || SINCE_GATE+=" $step"
}

is_since_gate() { [[ " $SINCE_GATE " == *" $1 "* ]]; }

# show_reverts: what ran, the newest first, each with its way back.
show_reverts() {
  local at without=no
  if ((${#RAN[@]} == 0)); then
    say '  nothing was changed so far'
    show_revert_table
    return
  fi
  heading '  Changed so far, the newest first'
  for ((at = ${#RAN[@]} - 1; at >= 0; at--)); do
    show_way_back "${RAN[at]}"
    [[ -n ${P[${RAN[at]}:way-back]-} ]] || without=yes
  done
  [[ $without == no ]] || show_revert_table
}

show_way_back() {
  local step=$1 entry=${P[$1:way-back]-} when='a gate has passed since: healthy'
  ! is_since_gate "$step" || when='since the last gate that passed'
  paragraph '  - ' "${P[$step:number]} ${P[$step:title]} ($when)"
  if [[ -z $entry ]]; then
    say '      the revert table has no row for it'
    return
  fi
  paragraph '      ' "${P[$entry:layer]}: ${P[$entry:way]}"
  case ${P[$entry:parts]}:${PARTS_DONE[$entry]-0} in
    0:*) paragraph '      ' "nothing to run: ${P[$entry:posture]:-no posture is given}" ;;
    "${PARTS_DONE[$entry]-0}:${P[$entry:parts]}") say '      taken back' ;;
    *:0) say "      revert ${P[$step:number]} takes it back" ;;
    *) say "      ${PARTS_DONE[$entry]} of ${P[$entry:parts]} parts are done; revert ${P[$step:number]} goes on" ;;
  esac
}

show_revert_table() {
  local i
  ((${#REVERTS[@]} > 0)) || {
    say '  the runbook has no revert table'
    return 0
  }
  heading '  Layer | In-band revert | Posture if none'
  for ((i = 0; i < ${#REVERTS[@]}; i += 3)); do
    paragraph '  - ' "${REVERTS[i]} | ${REVERTS[i + 1]} | ${REVERTS[i + 2]}"
  done
}

show_reverts_since_gate() {
  local at step earlier=0
  [[ -n $SINCE_GATE ]] || say '  nothing was changed since the last gate that passed'
  [[ -z $SINCE_GATE ]] || heading '  Changed since the last gate that passed, the newest first'
  for ((at = ${#RAN[@]} - 1; at >= 0; at--)); do
    step=${RAN[at]}
    if is_since_gate "$step"; then
      show_way_back "$step"
    else
      earlier=$((earlier + 1))
    fi
  done
  ((earlier == 0)) || say "  earlier changes, each with a gate passed since: $earlier; revert lists them"
}

# open_parts STEP: whether something of its way back is left to run.
open_parts() {
  local entry=${P[$1:way-back]-}
  [[ -n $entry ]] && ((${P[$entry:parts]} > ${PARTS_DONE[$entry]-0}))
}

# choose_revert NUMBER: what an operator typed after `revert`.
choose_revert() {
  local step entry
  if [[ $REVERTING == yes ]]; then
    say '  one way back at a time: answer this one first'
  elif ! step=$(step_of_number "$1") || [[ " ${RAN[*]} " != *" $step "* ]]; then
    say "  \`$1\` is no step that changed something in this session"
  elif ! open_parts "$step"; then
    show_way_back "$step"
  else
    take_back "$step" terminal
  fi
}

# Answers can choose a way back only where a session has stopped: at a halt, and at a step with a
# past. `*` stands for what was changed since the last gate that passed.
reverts_from_answers() {
  local at step
  for ((at = ${#RAN[@]} - 1; at >= 0; at--)); do
    step=${RAN[at]}
    open_parts "$step" || continue
    if is_since_gate "$step"; then
      answer_from_file "${P[$step:number]}" revert || continue
    else
      answer_for_step_only "${P[$step:number]}" revert || continue
    fi
    take_back "$step" answers
  done
}

# take_back STEP SOURCE: the way back as a step of its own, in the middle of another one.
take_back() {
  local of=$1 row_before=$ROW entry=${P[$1:way-back]} here=$STEP
  local STEP=$entry OUTPUT='' CODE_OUTPUT='' FILLED='' HASHED='' TEXT_HASH='' FOLDER='' BLOCK='' ASKED=no
  local STATUS=0 DURATION=0 STOPPED=0 TROUBLE='' FAIL_LINE='' GONE='' STATE_KEPT=no ANSWER='' NOTE=''
  local FAILURES=() PIPELINES=() JOBS=() REVERTING=yes part
  must_record revert step "${P[$entry:number]}" of "${P[$of:number]}" by "$OPERATOR" source "$2"
  rule
  heading "${P[$entry:number]}  REVERT  ${P[$entry:where]:+at ${P[$entry:where]}  }takes back ${P[$of:number]} ${P[$of:title]}"
  paragraph '  ' "${P[$entry:layer]}: ${P[$entry:way]}"
  if enter_row "$entry"; then
    for ((part = ${PARTS_DONE[$entry]-0} + 1; part <= ${P[$entry:parts]}; part++)); do
      do_part "$part" || break
    done
    conclude_revert "$entry" "$of"
  else
    warn "  $REASON: its values are not known, so nothing is run"
  fi
  return_to_row "$row_before"
  rule
  say "  back at ${P[$here:number]:-the start}"
}

# do_part PART: answers 1 when the way back does not go on.
do_part() {
  local part=part$1 number=${P[$STEP:number]} line
  bind_for "$STEP" "$part"
  say ''
  show_code "${P[$STEP:$part-line]}"
  say ''
  [[ -z ${P[$STEP:$part-effect]-} ]] || while IFS= read -r line; do
    paragraph '  Does:   ' "$line"
  done <<<"${P[$STEP:$part-effect]}"
  if [[ ${P[$STEP:place]-local} == manual ]]; then
    say "  This is done by hand: go to ${P[$STEP:where]}, do what is shown, come back."
    ask "$number" "$number  part $1 of ${P[$STEP:parts]} done? done, or skip REASON" 'done' 'skip!'
  else
    ask "$number" "$number  part $1 of ${P[$STEP:parts]}: type $number to run it, or skip REASON" \
      "approve=$number" 'skip!'
  fi
  if [[ $ANSWER == skip ]]; then
    PART_NOTE="part $1 was left for later: $NOTE"
    return 1
  fi
  PART_NOTE=''
  approved_by "$SOURCE"
  if [[ $ANSWER == approve ]]; then
    run_block "$STEP" "$part"
    show_result
    PART_NOTE=$TROUBLE
    [[ -z $TROUBLE ]] || return 1
  else
    must_record 'done' step "$number" block "$part" by "$OPERATOR" source "$SOURCE"
  fi
  PARTS_DONE[$STEP]=$1
}

PART_NOTE=''

# A step whose way back ran, as a whole or in part, is not done any more.
conclude_revert() {
  local entry=$1 of=$2 verdict=pass before=$SOURCE
  if [[ -n $TROUBLE ]]; then
    verdict=fail before=status
  elif ((${PARTS_DONE[$entry]-0} < ${P[$entry:parts]})); then
    verdict=open
  fi
  must_record verdict step "${P[$entry:number]}" verdict "$verdict" note "$PART_NOTE" by "$OPERATOR" \
    source "$before"
  say "  ${P[$entry:number]}: $verdict${PART_NOTE:+ ($PART_NOTE)}"
  ((${PARTS_DONE[$entry]-0} > 0)) || return 0
  must_record verdict step "${P[$of:number]}" verdict reverted \
    note "by ${P[$entry:number]}, ${PARTS_DONE[$entry]} of ${P[$entry:parts]} parts" by "$OPERATOR" \
    source "$before"
  PAST[$of]=reverted
}

# at_halt STATUS REASON: the last question of a session that stops, where there is something to
# take back. It ends with this status, whatever is done here.
at_halt() {
  HALT_STATUS=$1 HALT_REASON=$2
  reverts_from_answers
  if [[ -t 0 ]] && ((${#RAN[@]} > 0)); then
    ask '' '  halted: h leaves the session, revert shows what can be taken back' 'leave=h'
  fi
  leave "$1" halt "$2"
}

# On resume: a way back that was started, and nobody saw the end.
take_open_reverts() {
  local entry
  for ((entry = STEPS + 1; entry <= STEPS + WAYS; entry++)); do
    [[ ${BEGUN[$entry]-} == open ]] || continue
    STEP=$entry
    # shellcheck disable=SC2086  # three words, none with blanks or patterns
    if is_alive ${PROCESSES[$entry]}; then
      leave 4 halt "${P[$entry:number]} is still running (process ${PROCESSES[$entry]%% *}); resume when it has ended"
    fi
    rule
    warn "  ${P[$entry:number]} was started, and the session ended before it did: its outcome is not known"
    show_transcript
    HALT_STATUS=4
    ask "${P[$entry:number]}" "${P[$entry:number]}  accept REASON takes it as done, fail leaves it open" 'accept!' fail
    HALT_STATUS=''
    [[ $ANSWER != accept ]] || PARTS_DONE[$entry]=$((${PARTS_DONE[$entry]-0} + 1))
    TROUBLE='' PART_NOTE=$NOTE
    [[ $ANSWER != fail ]] || TROUBLE='its outcome is not known'
    conclude_revert "$entry" "${P[$entry:of]}"
  done
  STEP=0
}

# ---- rehearsing --------------------------------------------------------------------------------
#
# A rehearsal runs what changes nothing: CHECKs, and RUNs that only prepare the shell. It tries each
# gate once and shows every other RUN. After the first change that was not made, what is measured
# proves nothing any more; it is tried all the same, so that a broken query is found today.

REHEARSAL=no
NOT_MADE=''            # the number of the first change that was shown and not made
REHEARSAL_FAILED=no
declare -a FOLLOWING=() # steps that follow it
declare -a LEFT_OUT=()  # other steps that were not run, with the reason

rehearse_step() {
  local number=${P[$STEP:number]} name=code
  if ! rehearsed_row; then
    leave_out "$REASON"
  elif [[ ${P[$STEP:place]-local} == manual ]]; then
    leave_out 'it is done by hand'
    [[ ${P[$STEP:mutates]-} != yes ]] || NOT_MADE=${NOT_MADE:-$number}
  elif [[ ${P[$STEP:kind]} == run ]] && ! prepares_the_shell; then
    say '  A rehearsal shows this step and does not run it.'
    [[ ${P[$STEP:mutates]-} != yes ]] || NOT_MADE=${NOT_MADE:-$number}
    conclude skip 'shown, not run' rehearsal
  elif ! has_block "$STEP" code; then
    rehearse_without_block
  elif ! may_rehearse; then
    leave_out "$REASON"
  elif [[ -n $NOT_MADE ]]; then
    try_once
  elif [[ ${P[$STEP:kind]} == gate ]]; then
    bind_for "$STEP" "$name"
    do_gate
  else
    bind_for "$STEP" "$name"
    do_check
  fi
}

# A procedure is rehearsed for the rows that were measured, if they were.
rehearsed_row() {
  local table=${P[$STEP:only-in]-}
  if [[ -n $table && -z ${CAPTURED[$table]-} ]]; then
    REASON="the $table was not captured"
    return 1
  fi
  enter_row "$STEP"
}

# Class none and read: source, cd, export. What may do more than is known is none of them.
prepares_the_shell() {
  [[ ${P[$STEP:class]-} == none || ${P[$STEP:class]-} == read ]] &&
    [[ ${P[$STEP:unknown]-} != yes ]]
}

# may_rehearse: answers 1 with REASON for a block that would change something, write where a
# rehearsal cannot lead it elsewhere, or needs a value that a step measures which did not run.
may_rehearse() {
  local class=${P[$STEP:class]-} path
  REASON=''
  if [[ $class == mutate || $class == destroy ]]; then
    REASON='its commands change something'
  elif [[ ${P[$STEP:unknown]-} == yes && ! -t 0 ]]; then
    REASON='its commands may do more than is known, and nobody is there to say yes'
  elif [[ $class == local-write && ${P[$STEP:place]-local} == via ]]; then
    REASON="it writes files at ${P[$STEP:where]-}"
  elif ! fill "$STEP" code && is_measured_later "$UNBOUND"; then
    REASON="it needs <$UNBOUND>, which step $MEASURED_BY measures"
  elif [[ -n $UNBOUND && ! -t 0 ]]; then
    REASON="it needs <$UNBOUND>: give it with --set"
  elif [[ $class == local-write ]]; then
    [[ -n ${P[$STEP:writes]-} ]] || REASON='it writes files, and it is not known where'
    while IFS= read -r path; do
      written_here "$path" || REASON="it writes ${path:-somewhere that is not known}, which a rehearsal cannot lead elsewhere"
    done <<<"${P[$STEP:writes]-}"
  fi
  [[ -z $REASON ]]
}

is_measured_later() {
  local i
  for ((i = 1; i <= STEPS; i++)); do
    [[ ${P[$i:capture]-} == value && ${P[$i:capture-name]-} == "$1" ]] || continue
    MEASURED_BY=${P[$i:number]}
    return 0
  done
  return 1
}

rehearse_without_block() {
  if [[ -n $NOT_MADE ]]; then
    follows
  elif [[ ${P[$STEP:kind]} == gate ]]; then
    do_gate
  else
    do_without_block
  fi
}

# After a change that was not made: the block runs once, and nobody is asked what it means.
try_once() {
  if [[ ${P[$STEP:kind]} != gate && $AUTO_CHECK != yes ]]; then
    ask "${P[$STEP:number]}" "${P[$STEP:number]}  Enter runs it" 'approve='
  else
    SOURCE=rehearsal
  fi
  bind_for "$STEP" code
  approved_by "$SOURCE"
  run_block "$STEP" code
  show_result
  follows
}

follows() {
  FOLLOWING+=("$STEP")
  conclude skip "follows $NOT_MADE, which was not run: it cannot be rehearsed${TROUBLE:+; $TROUBLE}" rehearsal
}

leave_out() {
  LEFT_OUT+=("${P[$STEP:number]} $(kind_word "${P[$STEP:kind]}"): $1")
  say "  Not rehearsed: $1."
  conclude skip "not rehearsed: $1" rehearsal
}

end_rehearsal() {
  local entry status=0
  rule
  heading '  What this rehearsal could not show'
  if ((${#FOLLOWING[@]} > 0)); then
    paragraph '  ' "These steps cannot be rehearsed, because they follow a change that was not made ($NOT_MADE). Their blocks were tried; what they measured proves nothing:"
    for entry in "${FOLLOWING[@]}"; do
      paragraph '  - ' "${P[$entry:number]} $(kind_word "${P[$entry:kind]}") ${P[$entry:title]}"
    done
  fi
  for entry in "${LEFT_OUT[@]}"; do
    paragraph '  - ' "$entry"
  done
  ((${#FOLLOWING[@]} + ${#LEFT_OUT[@]} > 0)) || say '  nothing'
  [[ ! -d $DIR/rehearsed ]] || say "  what it wrote lies in $DIR/rehearsed"
  [[ $REHEARSAL_FAILED == no ]] || status=1
  leave "$status" completed ''
}

# ---- evidence in a folder of its own ---------------------------------------------------------------
#
# The blocks see a root and a home made of links, in which every file or folder that a rehearsed
# block writes is missing: it is made there, and the runbook's own stays as it is.

# written_below PATH: sets BELOW to `root` or `home`, FIRST to the name below it that is written, and
# WITHIN to the folder below it, as far as it is spelled out.
written_below() {
  local path=$1
  case $path in
    "~"/*) BELOW=home path=${path#??} ;;
    "\$HOME/"*) BELOW=home path=${path#*/} ;;
    /* | '' | '~'* | ../* | */../*) return 1 ;;
    *) BELOW=root path=${path#./} ;;
  esac
  FIRST=${path%%/*}
  WITHIN=${path%%[\$<]*}
  [[ $WITHIN == */* ]] || WITHIN=/
  WITHIN=${WITHIN%/*}
  [[ $FIRST =~ ^[A-Za-z0-9._+-]+$ && $FIRST != . && $FIRST != .. ]]
}

# written_here PATH: a path below the root counts only where the blocks stand in the root.
written_here() {
  written_below "$1" || return 1
  [[ $BELOW == home ]] || stands_in_root
}

# The folder the next block starts in is the last that its state enters.
stands_in_root() {
  local entered folder
  entered=$(LC_ALL=C sed -n 's/^__rbc_enter //p' "$STATE" | tail -n 1)
  for folder in "$WORK_ROOT" "$WORK_HOME/${ROOT#"${HOME-}"/}"; do
    printf -v folder %q "$folder"
    [[ $entered != "$folder" ]] || return 0
  done
  return 1
}

# Makes the folders, and sets WORK_ROOT and WORK_HOME.
make_rehearsal() {
  local path BELOW FIRST WITHIN written=$'\n' folders=()
  mkdir -p -- "$DIR/rehearsed" || return 1
  for ((STEP = 1; STEP <= STEPS; STEP++)); do
    while IFS= read -r path; do
      written_below "$path" || continue
      written+="$BELOW/$FIRST"$'\n'
      folders+=("$BELOW/$WITHIN")
    done <<<"${P[$STEP:writes]-}"
  done
  STEP=0
  links "$ROOT" "$DIR/rehearsed/root" root "$written" || return 1
  WORK_ROOT=$DIR/rehearsed/root
  if [[ -n ${HOME-} && -d $HOME ]]; then
    links "$HOME" "$DIR/rehearsed/home" home "$written" || return 1
    WORK_HOME=$DIR/rehearsed/home
    link_root_into_home
  fi
  for path in "${folders[@]}"; do
    # A folder that is not there is missed in a rehearsal as well.
    [[ ! -d $ROOT/${path#root/} || $path != root/* ]] || mkdir -p -- "$WORK_ROOT/${path#root/}" || return 1
    [[ -z $WORK_HOME || ! -d ${HOME-}/${path#home/} || $path != home/* ]] || mkdir -p -- "$WORK_HOME/${path#home/}" || return 1
  done
}

# links FROM TO NAME WRITTEN: links for all in FROM that is not written.
links() (
  shopt -s dotglob nullglob
  mkdir -- "$2" || exit 1
  for entry in "$1"/*; do
    [[ $4 == *$'\n'"$3/${entry##*/}"$'\n'* ]] || ln -s -- "$entry" "$2/" || exit 1
  done
)

# Where the root lies in the home, the way to it leads to the links as well.
link_root_into_home() {
  local rest=${ROOT#"$HOME"/} from=$HOME to=$WORK_HOME name
  [[ $rest != "$ROOT" ]] || return 0
  while [[ $rest == */* ]]; do
    name=${rest%%/*} rest=${rest#*/}
    rm -f -- "$to/$name"
    links "$from/$name" "$to/$name" none '' || return 1
    from+=/$name to+=/$name
  done
  rm -f -- "$to/$rest"
  ln -s -- "$WORK_ROOT" "$to/$rest"
}

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

# ---- the session -----------------------------------------------------------------------------

usage() {
  cat <<'RBC_USAGE'
usage: bash session.sh [OPTIONS]

  --list             print the plan, one line a step, and end
  --set NAME=VALUE   a value for <NAME>; may be given again
  --operator NAME    who is at the keyboard (default: the login name)
  --answers FILE     answers for a session without a terminal: KEY WORD [NOTE], one a line
  --auto-check       run checks without asking; pass those a machine can judge
  --rehearse         run what changes nothing, show every other step, write no evidence
                     of the runbook; never a session that is gone on with
  --only SECTION     the steps of one section; refused where a change would lose its checks
  --resume DIR       go on with the session in DIR
  --dir DIR          the session's own folder, new or empty
                     (default: ~/as-executed/DATE-LABEL)
  --root DIR         the folder that scripts/ and the runbook are in
  --plain            no colour and no line that is written over another (also with TERM=dumb)
  --help             this text

Ends with 0 completed, 1 a step or gate failed, 2 bad usage, 3 halted, 4 in doubt,
5 the plan is stale.
RBC_USAGE
}

OPERATOR='' DIR='' ROOT='' AUTO_CHECK=no LIST=no ANSWERS='' ONLY='' RESUME=''
LINES_WRITTEN=0 LAST_HASH=start HALT_STATUS='' HALT_REASON='' WORK_ROOT='' WORK_HOME='' RUNBOOK_SEEN=no
DURATION=0 STATUS=0 TROUBLE='' NOTE='' SOURCE=''

read_options() {
  local value
  while (($# > 0)); do
    case $1 in
      --list) LIST=yes ;;
      --auto-check) AUTO_CHECK=yes ;;
      --rehearse) REHEARSAL=yes ;;
      --plain) LINES_ONLY=yes ;;
      --help | -h)
        usage
        exit 0
        ;;
      --set | --operator | --answers | --dir | --root | --only | --resume | \
        --set=* | --operator=* | --answers=* | --dir=* | --root=* | --only=* | --resume=*)
        if [[ $1 == *=* ]]; then
          value=${1#*=}
        else
          (($# > 1)) || die 2 "\`$1\` needs a value"
          value=$2
        fi
        read_option "${1%%=*}" "$value"
        [[ $1 == *=* ]] || shift
        ;;
      *) die 2 "unknown option \`$(clean "$1")\`; --help lists the options" ;;
    esac
    shift
  done
}

read_option() {
  case $1 in
    --set)
      [[ $2 == ?*=* ]] || die 2 "--set takes NAME=VALUE, not \`$(clean "$2")\`"
      SET_NAMES+=("${2%%=*}") SET_VALUES+=("${2#*=}")
      ;;
    --operator) OPERATOR=$(clean "$2") ;;
    --answers) ANSWERS=$(absolute "$2") ;;
    --dir) DIR=$(absolute "$2") ;;
    --root) ROOT=$(absolute "$2") ;;
    --only) ONLY=$2 ;;
    --resume) RESUME=$(absolute "$2") ;;
  esac
}

# Options name files from where the operator stands, not from the root.
absolute() {
  local path=$1
  while [[ $path == ?*/ ]]; do
    path=${path%/}
  done
  case $path in
    /*) printf '%s' "$path" ;;
    *) printf '%s/%s' "$PWD" "$path" ;;
  esac
}

list_steps() {
  local i width=6
  for ((i = 1; i <= STEPS; i++)); do
    ((${#P[$i:number]} <= width)) || width=${#P[$i:number]}
  done
  for ((i = 1; i <= STEPS; i++)); do
    [[ ${P[$i:kind]} != text ]] || continue
    printf '%-*s  %-5s  %-12s  %s\n' "$width" "${P[$i:number]}" "$(kind_word "${P[$i:kind]}")" \
      "${P[$i:where]:--}" "${P[$i:title]}"
  done
}

# The root is kept relative to this file, so that a clone anywhere finds it.
enter_root() {
  local here
  if [[ -z $ROOT ]]; then
    here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd) || die 2 'cannot find my own folder'
    ROOT=$here/$ROOT_FROM_HERE
  fi
  ROOT=$(cd -- "$ROOT" 2>/dev/null && pwd) ||
    die 2 'the root folder of the runbook is not there; name it with --root'
  cd -- "$ROOT" || die 2 "cannot enter $ROOT"
  [[ ! -r $ROOT/$RUNBOOK ]] || RUNBOOK_SEEN=yes
}

# Who holds the lock is asked before anything is made or read. It lies where the project says, else
# beside the session folders.
find_lock() {
  local folder=$LOCK_FOLDER
  [[ -z $RESUME ]] || find_folder
  case $folder in
    '')
      folder=${DIR%/*}
      [[ -n $DIR ]] || folder=${HOME:?}/as-executed
      ;;
    "~"/*) folder=${HOME:?}/${folder#??} ;;
    /*) ;;
    *) folder=$ROOT/$folder ;;
  esac
  mkdir -p -- "$folder" 2>/dev/null || die 2 "cannot make the folder \`$(clean "$folder")\`"
  LOCK=${folder%/}/.$LABEL.lock
}

make_folder() {
  local date base try=1
  if [[ -n $DIR ]]; then
    [[ ! -e $DIR ]] || [[ -d $DIR && -z $(ls -A -- "$DIR") ]] ||
      die 2 "the session folder \`$(clean "$DIR")\` is not empty"
    # The umask makes what is new private; a folder that was there is made so.
    if ! mkdir -p -- "$DIR" 2>/dev/null || ! chmod 0700 -- "$DIR" 2>/dev/null; then
      die 2 "cannot make the session folder \`$(clean "$DIR")\`"
    fi
  else
    TZ=UTC0 printf -v date '%(%Y-%m-%d)T' -1
    base=${HOME:?}/as-executed/$date-$LABEL
    [[ $REHEARSAL == no ]] || base+=-rehearsal
    DIR=$base
    until mkdir -m 0700 -- "$DIR" 2>/dev/null; do
      if [[ ! -e $DIR ]] || ((try > 999)); then
        die 2 "cannot make the session folder $DIR"
      fi
      try=$((try + 1))
      DIR=$base-$try
    done
  fi
  fill_folder || die 2 "cannot write to the session folder $DIR"
  STATE=$DIR/state
}

fill_folder() {
  WORK_ROOT=$ROOT WORK_HOME=''
  mkdir -- "$DIR/steps" "$DIR/gone" && { [[ $REHEARSAL == no ]] || make_rehearsal; } && runner_text >|"$DIR/runner.sh" &&
    plan_json >|"$DIR/plan.json" && initial_state >|"$DIR/state" && : >|"$DIR/journal.jsonl"
}

# What the operator's shell had, as the first block's state.
initial_state() {
  printf '%s\n' "$__rbc_inherited"
  [[ -z $WORK_HOME ]] || printf 'HOME=%q\n' "$WORK_HOME"
  printf '__rbc_enter %q\n' "${WORK_ROOT:-$ROOT}"
  printf 'builtin shopt -s expand_aliases\n# complete\n'
}

show_header() {
  local i kind text runs=0 checks=0 gates=0
  for ((i = 1; i <= STEPS; i++)); do
    kind=${P[$i:kind]}
    case $kind in
      run) runs=$((runs + 1)) ;;
      check) checks=$((checks + 1)) ;;
      gate) gates=$((gates + 1)) ;;
    esac
  done
  heading "$TITLE"
  paragraph '  runbook    ' "$(clean "$RUNBOOK") (${RUNBOOK_HASH:0:12})"
  paragraph '  steps      ' "$runs RUN, $checks CHECK, $gates GATE"
  paragraph '  protected  ' "${PROTECTED[@]}"
  paragraph '  operator   ' "$OPERATOR"
  paragraph '  root       ' "$(clean "$ROOT")"
  paragraph '  session    ' "$(clean "$DIR")"
  [[ -z $LOCK ]] || paragraph '  lock       ' "$(clean "$LOCK"), which keeps out whoever uses the same folder; it does not reach another home or another host"
  [[ $REHEARSAL == no ]] || warn '  REHEARSAL: RUN steps are shown and not run, unless they only prepare the shell'
  [[ $RUNBOOK_SEEN == yes ]] || paragraph '  ! ' "$(clean "$RUNBOOK") is not under the root; the compiled plan stands for it"
  for text in "${ABOUT[@]}"; do
    paragraph '  ' "$text"
  done
}

acknowledge_observations() {
  local i
  ((${#OBSERVATIONS[@]} > 0)) || return 0
  rule
  heading '  Observation | Meaning'
  for ((i = 0; i < ${#OBSERVATIONS[@]}; i += 2)); do
    paragraph '  - ' "${OBSERVATIONS[i]} | ${OBSERVATIONS[i + 1]}"
  done
  ask '' 'Read and understood? ack' ack
  must_record ack table observations by "$OPERATOR" source "$SOURCE"
}

begin() {
  local event=session-start rehearsal=false
  [[ $REHEARSAL == no ]] || rehearsal=true
  [[ -z $RESUME ]] || event=resume
  clock
  BEGAN=$CLOCK
  boot_id
  process_start "$$"
  must_record "$event" version# 1 runbook "$RUNBOOK" runbook-hash "$RUNBOOK_HASH" \
    plan-hash "$PLAN_HASH" compiler "$COMPILER" label "$LABEL" operator "$OPERATOR" root "$ROOT" \
    host "${HOSTNAME-}" bash "$BASH_VERSION" pid# "$$" started "$STARTED" boot "$BOOT" \
    rehearsal# "$rehearsal" auto-check "$AUTO_CHECK" answers "$ANSWERS" only "$ONLY"
}

show_closing() {
  local text
  ((${#CLOSING[@]} > 0)) || return 0
  rule
  heading '  After the window'
  for text in "${CLOSING[@]}"; do
    paragraph '  ' "$text"
  done
}

# leave STATUS HOW REASON: the one way out of a session that has begun.
leave() {
  local status=${HALT_STATUS:-$1} reason=${HALT_REASON:-$3}
  record session-end status# "$status" how "$2" reason "$reason" by "$OPERATOR" ||
    complain "cannot write the journal in $DIR"
  rule
  if [[ $status == 0 ]]; then
    heading 'completed'
    rm -f -- "$DIR"/state "$DIR"/steps/*/state "$DIR"/steps/*/state.secrets
  else
    warn "halted: $reason"
    [[ $REHEARSAL == yes ]] || say "  to go on: bash ${BASH_SOURCE[0]} --resume $DIR"
  fi
  say "  the record is in $DIR"
  exit "$status"
}

main() {
  local i
  load_plan
  read_options "$@"
  choose_colours
  find_width
  if [[ $LIST == yes ]]; then
    list_steps
    exit 0
  fi
  [[ -n $OPERATOR ]] || OPERATOR=$(clean "${USER:-$(id -un)}")
  [[ -z $ANSWERS ]] || load_answers "$ANSWERS"
  check_set
  check_only
  [[ $REHEARSAL == no || -z $RESUME ]] || die 2 '--rehearse starts anew; it does not go on with a session'
  enter_root
  find_lock
  if [[ $REHEARSAL == yes ]]; then
    LOCK=''
  else
    take_lock
  fi
  trap release_lock EXIT
  if [[ -n $RESUME ]]; then
    open_folder
    check_kept_values
  else
    make_folder
  fi
  trap on_interrupt INT
  trap 'on_signal HUP' HUP
  trap 'on_signal TERM' TERM
  keep_inherited_secrets
  begin
  show_header
  bind_set
  check_sources
  [[ -n $RESUME ]] || acknowledge_observations
  take_open_reverts
  for ((i = 1; i <= STEPS; i++)); do
    if ! is_selected "$i"; then
      continue
    elif [[ $REHEARSAL == yes ]]; then
      do_step "$i"
    else
      take_step "$i"
    fi
  done
  [[ $REHEARSAL == no ]] || end_rehearsal
  show_closing
  leave 0 completed ''
}

# ---- a part of the plan ------------------------------------------------------------------------

in_only() {
  [[ -z $ONLY || ${P[$1:section]} == "$ONLY" || ${P[$1:number]} == "$ONLY" || ${P[$1:number]} == "$ONLY".* ]]
}

is_selected() { in_only "$1" || { skip_step "$1"; false; }; }

skip_step() {
  [[ ${P[$1:kind]} == text || -n ${PAST[$1]-} ]] || must_record verdict step "${P[$1:number]}" verdict skip \
    note "outside --only $ONLY" by "$OPERATOR" source options
}

# A change is made only together with the checks of its section and the gate that follows it.
check_only() {
  local i j found=no
  [[ -n $ONLY ]] || return 0
  for ((i = 1; i <= STEPS; i++)); do
    in_only "$i" || continue
    found=yes
    [[ ${P[$i:mutates]-} == yes ]] || continue
    for ((j = 1; j <= STEPS; j++)); do
      ! in_only "$j" && { belongs "$j" "$i" || measures "$j" "$i"; } &&
        die 2 "--only $ONLY has the change ${P[$i:number]} without its $(kind_word "${P[$j:kind]}") ${P[$j:number]}"
    done
  done
  [[ $found == yes ]] || die 2 "the plan has no section \`$(clean "$ONLY")\`"
}

# measures STEP CHANGE: whether STEP captures the table that CHANGE takes its row from.
measures() { [[ ${P[$1:capture-name]-} == "${P[$2:only-in]-none}" ]]; }

# belongs STEP CHANGE: whether STEP is a check or gate of the section of CHANGE, or the first gate
# after it.
belongs() {
  local i
  case ${P[$1:kind]} in
    check | gate) ;;
    *) return 1 ;;
  esac
  [[ ${P[$1:section]} != "${P[$2:section]}" ]] || return 0
  (($1 > $2)) && [[ ${P[$1:kind]} == gate ]] || return 1
  for ((i = $2 + 1; i < $1; i++)); do
    [[ ${P[$i:kind]} != gate ]] || return 1
  done
}

# ---- the runner, written into the session's folder and started once a block ----

runner_text() {
  cat <<'RBC_RUNNER'
# Runs one block of the runbook in the shell state that the block before it left.
#
#     bash --norc --noprofile runner.sh STATE BLOCK NEXT REPORT stop|continue GONE SECRET
#
# STATE   the shell state to start from, as bash text
# BLOCK   the block, on the lines it has in the runbook, in a file named like the runbook
# NEXT    where the state after the block goes; its last line is a completeness mark
# REPORT  where failing commands and left-over jobs are told, one a line
# SECRET  a regular expression for the names of variables whose values are masked; the values go
#         into NEXT.secrets
# GONE    an empty folder to stand in when the working folder no longer exists
#
# The session never runs a block itself: whatever a block does to its shell (exit, exec, set -e,
# a huge export, a function called echo) it does to this process. Every name here starts with
# __rbc_, and every call says `builtin`, because a block may have redefined the rest.
#
# shellcheck disable=SC2317  # everything below is reached from traps and from the state

readonly __rbc_state=$1 __rbc_block=$2 __rbc_next=$3 __rbc_report=$4 __rbc_on_error=$5 __rbc_gone=$6
readonly __rbc_secret_name=$7
set --
__rbc_exit_action=
__rbc_error_action=

# The environment is part of the state: it comes from STATE and from nowhere else.
__rbc_forget_environment() {
  builtin compgen -e >|"$__rbc_next"
  builtin mapfile -t __rbc_names <"$__rbc_next"
  builtin unset -v "${__rbc_names[@]}" 2>/dev/null
  builtin unset -v __rbc_names
}

# In a folder that was removed, plain bash sees nothing and can write nothing; so does this.
__rbc_enter() {
  builtin cd -- "$1" 2>/dev/null && builtin return
  builtin printf 'gone\t0\t0\t0\t%s\n' "$1" >>"$__rbc_report"
  builtin cd -- "$__rbc_gone" && __rbc_left_behind=$1
}

# Keeps what a block wants done at its end, so that the state is kept as well. For failing
# commands the block's own action comes after ours.
__rbc_trap() {
  [[ ${1-} == -- ]] && builtin shift
  if (($# < 2)) || [[ $1 == -* && $1 != - ]]; then
    # shellcheck disable=SC2064  # the words are the caller's, quoted by the caller
    builtin trap "$@"
    builtin return
  fi
  builtin local __rbc_signal __rbc_answer=0
  for __rbc_signal in "${@:2}"; do
    case $__rbc_signal in
      EXIT | exit | 0) __rbc_set_exit_action "$1" ;;
      ERR | err) __rbc_set_error_action "$1" ;;
      *) builtin trap -- "$1" "$__rbc_signal" || __rbc_answer=$? ;;
    esac
  done
  builtin return "$__rbc_answer"
}

# A subshell's EXIT trap is its own affair: there the action is set as it stands.
__rbc_set_exit_action() {
  if ((BASH_SUBSHELL > 0)); then
    builtin trap -- "$1" EXIT
  elif [[ $1 == - ]]; then
    __rbc_exit_action=
  else
    __rbc_exit_action=$1
  fi
}

__rbc_set_error_action() {
  __rbc_error_action=$1
  [[ $1 == - ]] && __rbc_error_action=
  __rbc_watch_errors
}

__rbc_watch_errors() {
  builtin trap '__rbc_failed "$?" "$LINENO" "$BASH_COMMAND" "${PIPESTATUS[@]}"
'"$__rbc_error_action" ERR
}

# __rbc_failed STATUS LINE COMMAND MEMBER...: tells a failing command with its runbook line.
# Inside a function or a sourced script that is the line of the block that called it.
__rbc_failed() {
  builtin local __rbc_frame __rbc_line="$2" __rbc_depth="$((BASH_SUBSHELL + ${#FUNCNAME[@]}))"
  for ((__rbc_frame = 1; __rbc_frame < ${#BASH_SOURCE[@]}; __rbc_frame++)); do
    [[ ${BASH_SOURCE[__rbc_frame]} == "$__rbc_block" ]] && builtin break
    __rbc_line=${BASH_LINENO[__rbc_frame]}
  done
  __rbc_tell failed "$__rbc_depth" "$1" "$__rbc_line" "$3"
  builtin return "$1"
}

# __rbc_passed LINE COMMAND STATUS...: called before each simple command, and after the last one,
# with the statuses of the pipeline before. Tells one that looks fine and has a member that failed.
#
# The members of a pipeline come here one by one, all with the statuses of the pipeline before
# theirs. So statuses that were told are news again only when they differ, or when as many commands
# as they have members have gone by.
__rbc_passed() {
  [[ ${BASH_SOURCE[1]} == "$__rbc_block" || ${#BASH_SOURCE[@]} == 2 ]] || builtin return 0
  builtin local __rbc_statuses="${*:3}" __rbc_last=
  ((${#__rbc_seen[@]} == 0)) || __rbc_last=${__rbc_seen[-1]}
  if [[ $__rbc_statuses != "$__rbc_told" ]] || {
    ((${#__rbc_seen[@]} == $# - 2)) && [[ $__rbc_told == *[1-9]* && ${__rbc_last%%$'\t'*} != "$1" ]]
  }; then
    (($# < 4 || ${!#} != 0)) || __rbc_tell_members "${@:3}"
    __rbc_told=$__rbc_statuses
    __rbc_seen=()
  fi
  __rbc_watch_end_of_subshell
  ((${#__rbc_seen[@]} < 64)) || __rbc_seen=("${__rbc_seen[@]:48}")
  __rbc_seen+=("$1"$'\t'"$2")
}

# The last pipeline of a subshell has no command after it.
__rbc_watch_end_of_subshell() {
  ((BASH_SUBSHELL > __rbc_level)) || builtin return 0
  __rbc_level=$BASH_SUBSHELL
  builtin trap '__rbc_passed "$LINENO" "" "${PIPESTATUS[@]}"' EXIT
}

# Tells the first member that failed. Of a search that found nothing, or a program that stopped
# because nobody read on, nothing is told: these are answers.
__rbc_tell_members() {
  builtin local __rbc_member __rbc_line __rbc_command __rbc_first="$((${#__rbc_seen[@]} - $#))"
  for ((__rbc_member = 1; __rbc_member <= $#; __rbc_member++)); do
    ((${!__rbc_member} != 0 && ${!__rbc_member} != 141)) || builtin continue
    __rbc_line=0 __rbc_command=
    if ((__rbc_first >= 0)); then
      __rbc_command=${__rbc_seen[__rbc_first + __rbc_member - 1]}
      __rbc_line=${__rbc_command%%$'\t'*}
      __rbc_command=${__rbc_command#*$'\t'}
    fi
    case ${!__rbc_member}:$__rbc_command in
      1:grep\ * | 1:egrep\ * | 1:fgrep\ * | 1:zgrep\ * | 1:diff\ * | 1:cmp\ *) builtin continue ;;
    esac
    __rbc_tell pipeline "$*" "${!__rbc_member}" "$__rbc_line" "$__rbc_command"
    builtin return 0
  done
}

# __rbc_tell KIND DEPTH STATUS LINE TEXT: one line, the first of TEXT, tabs and all.
__rbc_tell() {
  builtin printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${5%%$'\n'*}" >>"$__rbc_report"
}

# Sets what on-error asks for anew for each block; a block's own choice ends with it.
__rbc_begin() {
  builtin trap __rbc_end EXIT
  __rbc_watch_errors
  builtin set -E
  if [[ $__rbc_on_error == stop ]]; then
    builtin set -e
  else
    __rbc_seen=() __rbc_told=0 __rbc_level=0
    builtin set -T
    builtin trap '__rbc_passed "$LINENO" "$BASH_COMMAND" "${PIPESTATUS[@]}"' DEBUG
    builtin trap '__rbc_passed "$LINENO" "$BASH_COMMAND" "${PIPESTATUS[@]}"' RETURN
  fi
  trap() { __rbc_trap "$@"; }
  builtin readonly -f trap
}

# The EXIT trap. Posix mode, entered by an assignment, is the one way back to `unset` and
# `builtin` for a shell in which functions of these names exist; such a `builtin` is not kept.
__rbc_end() {
  __rbc_status=$? __rbc_options=$SHELLOPTS __rbc_shopts=$BASHOPTS
  {
    POSIXLY_CORRECT=y
    unset -f builtin
    unset -v POSIXLY_CORRECT
    builtin trap - DEBUG RETURN ERR
    builtin set +eETux
    builtin shopt -u nocasematch extdebug
  } 2>/dev/null
  __rbc_tell_jobs
  __rbc_keep
  [[ -n $__rbc_exit_action ]] || builtin exit "$__rbc_status"
  __rbc_answer "$__rbc_status"
  builtin eval "$__rbc_exit_action"
  __rbc_keep
  builtin exit "$__rbc_status"
}

__rbc_answer() { builtin return "$1"; }

__rbc_tell_jobs() {
  builtin local __rbc_job __rbc_jobs
  builtin jobs -rp >|"$__rbc_next"
  builtin mapfile -t __rbc_jobs <"$__rbc_next"
  for __rbc_job in "${__rbc_jobs[@]}"; do
    __rbc_tell job 0 0 0 "$__rbc_job"
  done
}

# The session looks for the mark on the last line. The file first holds the names of what is
# there: reading them back takes no process.
__rbc_keep() {
  builtin local __rbc_variables __rbc_shopt_names __rbc_functions
  {
    builtin compgen -v >|"$__rbc_next"
    builtin mapfile -t __rbc_variables <"$__rbc_next"
    builtin compgen -A shopt >|"$__rbc_next"
    builtin mapfile -t __rbc_shopt_names <"$__rbc_next"
    builtin declare -F >|"$__rbc_next"
    builtin mapfile -t __rbc_functions <"$__rbc_next"
  } 2>/dev/null
  {
    __rbc_keep_shopt
    __rbc_keep_variables
    __rbc_keep_secrets
    builtin printf 'builtin '
    builtin umask -p
    __rbc_keep_folder
    __rbc_keep_aliases
    builtin trap -p HUP INT QUIT TERM USR1 USR2 ALRM CHLD CONT PIPE TSTP TTIN TTOU WINCH
    __rbc_keep_functions
    __rbc_keep_options
    builtin printf '# complete\n'
  } >|"$__rbc_next" 2>/dev/null
}

__rbc_keep_folder() {
  builtin local __rbc_folder=$PWD
  [[ $PWD != "$__rbc_gone" ]] || __rbc_folder=${__rbc_left_behind-$PWD}
  builtin printf '__rbc_enter %q\nOLDPWD=%q\n' "$__rbc_folder" "${OLDPWD-}"
}

# Posix mode changes options on its way in and out, so they are kept as they were before.
# Aliases take part only when all else is in place.
__rbc_keep_shopt() {
  builtin local __rbc_name
  for __rbc_name in "${__rbc_shopt_names[@]}"; do
    case $__rbc_name:$__rbc_shopts: in
      expand_aliases:* | login_shell:* | restricted_shell:* | compat*) ;;
      *:"$__rbc_name":*) builtin printf 'builtin shopt -s %s\n' "$__rbc_name" ;;
      *) builtin printf 'builtin shopt -u %s\n' "$__rbc_name" ;;
    esac
  done
}

__rbc_keep_variables() {
  builtin local __rbc_name
  for __rbc_name in "${__rbc_variables[@]}"; do
    case $__rbc_name in
      __rbc_* | _ | PWD | OLDPWD | PPID | UID | EUID | GROUPS | DIRSTACK | FUNCNAME | LINENO) ;;
      PIPESTATUS | RANDOM | SRANDOM | SECONDS | EPOCH* | HISTCMD | COMP_* | SHELLOPTS | BASHOPTS | BASH | BASHPID) ;;
      BASH_ALIASES | BASH_ARG* | BASH_CMDS | BASH_COMMAND | BASH_EXECUTION_STRING | BASH_LINENO) ;;
      BASH_MONOSECONDS | BASH_REMATCH | BASH_SOURCE | BASH_SUBSHELL | BASH_TRAPSIG) ;;
      BASH_VERSINFO | BASH_VERSION | BASH_XTRACEFD) ;;
      *) builtin declare -p "$__rbc_name" ;;
    esac
  done
}

# The values the session has to mask, a zero byte behind each, in a file beside the state.
__rbc_keep_secrets() {
  builtin local __rbc_names __rbc_name __rbc_upper
  builtin mapfile -t __rbc_names < <(builtin compgen -v)
  for __rbc_name in "${__rbc_names[@]}"; do
    __rbc_upper=${__rbc_name^^}
    [[ $__rbc_name != __rbc_* && $__rbc_upper =~ $__rbc_secret_name && -n ${!__rbc_name-} ]] || builtin continue
    [[ ! $__rbc_upper =~ _(FILE|DIR|PATH|NAME|ID|URL|SOCK)$ ]] || builtin continue
    builtin printf '%s\0' "${!__rbc_name}"
  done >|"$__rbc_next.secrets"
}

__rbc_keep_aliases() {
  builtin local __rbc_name
  for __rbc_name in "${!BASH_ALIASES[@]}"; do
    builtin printf 'builtin alias -- %q=%q\n' "$__rbc_name" "${BASH_ALIASES[$__rbc_name]}"
  done
}

__rbc_keep_functions() {
  builtin local __rbc_line __rbc_name
  for __rbc_line in "${__rbc_functions[@]}"; do
    __rbc_name=${__rbc_line#declare -* }
    case $__rbc_name in
      __rbc_* | trap | builtin) builtin continue ;;
    esac
    builtin declare -f -- "$__rbc_name"
    [[ $__rbc_line == 'declare -f '* ]] || builtin printf 'builtin %s\n' "$__rbc_line"
  done
}

__rbc_keep_options() {
  builtin local __rbc_name
  for __rbc_name in allexport braceexpand hashall interactive-comments keyword noclobber noglob \
    nounset onecmd physical pipefail posix verbose xtrace; do
    case :$__rbc_options: in
      *:"$__rbc_name":*) builtin printf 'builtin set -o %s\n' "$__rbc_name" ;;
      *) builtin printf 'builtin set +o %s\n' "$__rbc_name" ;;
    esac
  done
  if [[ :$__rbc_shopts: == *:expand_aliases:* ]]; then
    builtin printf 'builtin shopt -s expand_aliases\n'
  fi
}

readonly -f __rbc_forget_environment __rbc_enter __rbc_trap __rbc_set_exit_action \
  __rbc_set_error_action __rbc_watch_errors __rbc_failed __rbc_passed \
  __rbc_watch_end_of_subshell __rbc_tell_members __rbc_tell __rbc_begin __rbc_end __rbc_answer \
  __rbc_tell_jobs __rbc_keep __rbc_keep_folder __rbc_keep_shopt \
  __rbc_keep_variables __rbc_keep_secrets __rbc_keep_aliases __rbc_keep_functions \
  __rbc_keep_options

# One compound command, read whole before any alias of a block can take part; at top level,
# because inside a function every `declare` of the block would be local.
{
  __rbc_forget_environment
  builtin source "$__rbc_state"
  __rbc_begin
  builtin source "$__rbc_block"
  builtin exit
}
RBC_RUNNER
}

# ---- the plan ----------------------------------------------------------------

# shellcheck disable=SC2016,SC1003,SC1112,SC2088  # texts of the runbook: data, meant as they stand
load_plan() {
  RUNBOOK='ops-restart.md'
  RUNBOOK_NAME='ops-restart.md'
  RUNBOOK_HASH='7f431829835cd6b58b6d7e4760b464a3bb743aeed6e7f72d37974c0af1a23903'
  PLAN_HASH='b84f12883785b26591ddc8daa0f60ad17bc6ea767bb3b82f84067d9e809cdb87'
  COMPILER='rbc 0.1.0'
  TITLE='Ops -- Planned power maintenance: full stop, full start'
  LABEL='ops-restart'
  ROOT_FROM_HERE='../../runbooks'
  LOCK_FOLDER=''
  about_session 'STATUS: written 2026-05-30, executed 2026-06-20 (session ops-restart-20260620), revised afterwards (DOCFIX-091). Next execution: the power works of the winter.'
  about_session 'Scope: the whole cloud goes down in order and comes back in order, because the building loses power for some hours. One site, five machines: node-0 to node-2 carry the control plane and storage, node-3 and node-4 are hypervisors. Not for a crash (that is appendix A) and not for updates (that is ops-update.md). The order follows D-074.'
  about_session 'Conventions: labels as in README.md. This document is older than the present form of labels and mixes the forms that were in use; they mean the same. It runs inside the logged shell of 1.1. Vault itself is not changed by it (D-068): the keys are typed by people.'
  source_file 'ops-restart.md' '7f431829835cd6b58b6d7e4760b464a3bb743aeed6e7f72d37974c0af1a23903'
  source_file 'scripts/cloud-assert.sh' 'cfb269a448d0938de7559228141837c9936b75d110523ceefb45210f709c4a14'
  source_file 'scripts/repo-lint.sh' 'd476cc5b429822a888059773dfbb999bcd4ed996e6af3f118b9dd4f85d6b33c3'
  source_file 'scripts/run-logged.sh' '567f07baf2551a89409fd550fe98e6897dfdde43693b3c688a3ff8c04a7a37fc'
  protected 'vault'
  protected 'vault-mysql-router'
  placeholder 'node' 'node-[0-9]+' 'a machine, node-0 to node-4' 'target'
  placeholder 'unit' '[a-z][a-z0-9-]*/[0-9]+' 'the nova-compute unit on the hypervisor at hand' 'target'
  placeholder 'date' '20[0-9]{6}' 'the UTC date of the window'
  placeholder 'before-ts' '[0-9]{8}T[0-9]{6}Z' 'the time stamp of the capture in 1.2'
  observation 'Placement of new servers fails after 2.3' 'EXPECTED. The hypervisors are closed.'
  observation 'Juju shows agents as lost or down after 2.7' 'EXPECTED. They report again a few minutes after power returns.'
  observation 'Vault says sealed after power returns' 'EXPECTED. Stage 3 unseals it.'
  observation 'Ceph reports a warning with the flag noout' 'EXPECTED between 2.4 and 4.4.'
  observation 'The database cluster is offline after power returns' 'EXPECTED after a full stop: no member knows that it is the newest. 3.3 tells them.'
  observation 'A machine does not come up within the budget of 3.1' 'NOT expected. Stop; the order of the others depends on it.'
  symptom 'A server will not stop (2.1)' 'Its owner decides; nothing is forced from here'
  symptom 'A machine hangs while it shuts down (2.6)' 'Console over the management board; the power stays on'
  symptom 'A machine does not come up (3.1)' 'Stop; appendix A, A.1'
  symptom 'Brokers report a partition (3.2)' 'Appendix A, A.6'
  symptom 'The database stays offline (3.3)' 'Appendix A, A.7; no second attempt with another command'
  symptom 'Vault stays sealed (3.4)' 'A third key holder; appendix A, A.3'
  revert 'Hypervisor closed (openstack compute service set --disable)' 'openstack compute service set --enable <node> nova-compute' '--'
  revert 'Hypervisor opened (openstack compute service set --enable)' 'openstack compute service set --disable <node> nova-compute' '--'
  revert 'Service nova-compute stopped (systemctl stop nova-compute)' 'juju ssh -m openstack <unit> '\''sudo systemctl start nova-compute'\''' '--'
  revert 'Service magnum-conductor stopped (systemctl stop magnum-conductor)' 'juju ssh -m openstack magnum/0 '\''sudo systemctl start magnum-conductor'\''' '--'
  revert 'Storage flag set (ceph osd set noout)' 'sudo ceph osd unset noout on ceph-mon/0' '--'
  revert 'Storage flag taken back (ceph osd unset noout)' 'sudo ceph osd set noout on ceph-mon/0' '--'
  revert 'Database cluster started again (juju run -m openstack mysql-innodb-cluster/leader reboot-cluster-from-complete-outage)' 'NONE, the cluster runs or it does not' 'Stop; appendix A; the backup is the last resort'
  revert 'Machine powered off (systemctl poweroff)' 'NONE from here' 'Stage 3, in its order, by the person at the rack'
  revert 'Database brought back (reboot-cluster-from-complete-outage)' 'NONE' 'Restore of the last dump, appendix A, A.7'

  step '1.1' 'run' '1' 'Workspace and logged shell'
  has 'line' '42'
  has 'where' 'jumphost'
  has 'about' 'No update of any kind. Machines that want to install something on boot are to be kept from it.
vault is not reconfigured, refreshed or restarted by hand. After the power cut it starts sealed, which is what it is built for.
Storage is not repaired while it is degraded by the window itself. That is why the flag of 2.4 exists.'
  has 'caution' 'CAUTION: from 2.7 on there is no quick way back: what is down has to come up in the order of Stage 3 and Stage 4. Whoever wants to call the window off does it before.'
  has 'note' '`bash scripts/run-logged.sh "ops-restart-$(date -u +%Y%m%d)"` is left out: the transcript of this session stands in for it'
  code '44' 'git -C ~/openstack-caracal-ipv4 pull --ff-only
bash scripts/repo-lint.sh'
  has 'effect' 'git pull: writes'
  has 'expect' 'REPO-LINT: 0 fail, then a logged shell.'
  has 'class' 'local-write'

  step '1.2' 'run' '1' 'sweep and baseline'
  has 'line' '53'
  has 'where' 'jumphost'
  has 'remark' 'writes only asbuilt/<ts>/'
  code '55' 'source ~/admin-openrc
bash scripts/cloud-assert.sh --capture'
  has 'effect' 'may run: mkdir: writes some file
may run: writes `asbuilt/$ts/bundle-exported.yaml`
may run: writes `asbuilt/$ts/juju-status.json`
may run: writes `asbuilt/$ts/loadbalancers.txt`
may run: writes `asbuilt/$ts/servers.txt`'
  has 'capture' 'value'
  has 'capture-name' 'before-ts'
  has 'capture-pattern' 'asbuilt/([0-9]{8}T[0-9]{6}Z)'
  has 'class' 'local-write'

  step '1.2.b' 'gate' '1' 'Healthy, and on record'
  has 'line' '59'
  has 'condition' 'the last line is CLOUD-ASSERT: PASS. Nobody takes down a cloud whose state is unknown.'

  step '1.3.1' 'check' '1' 'Storage and database can take it'
  has 'line' '65'
  has 'where' 'jumphost'
  has 'about' 'Storage is clean before the flag is set:'
  code '67' 'juju ssh -m openstack ceph-mon/0 '\''sudo ceph health'\'' </dev/null
juju ssh -m openstack ceph-mon/0 '\''sudo ceph osd stat'\'' </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'HEALTH_OK, and as many OSDs up and in as there are.'
  has 'class' 'read'

  step '1.3.2' 'check' '1' 'members of the database cluster'
  has 'line' '74'
  has 'where' 'jumphost'
  has 'about' 'The database has all its members:'
  code '75' '# CHECK: jumphost -- members of the database cluster
juju status -m openstack mysql-innodb-cluster --format=json | jq -r '\''
  .applications."mysql-innodb-cluster".units | to_entries[]
  | "\(.key) \(.value."workload-status".message)"'\'''
  has 'effect' 'reads only'
  has 'expect' 'one line a unit, one of them with Mode: R/W, all with ONLINE.'
  has 'class' 'read'

  step '1.3' 'check' '1' 'queues before the window'
  has 'line' '85'
  has 'where' 'jumphost -> rabbitmq-server/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''rabbitmq-server/0'\'' -- bash -s'
  code '87' 'sudo rabbitmqctl list_queues name messages </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the table of queues; counts near zero.'
  has 'class' 'read'

  step '2.1' 'check' '2' 'Tenants are out'
  has 'line' '99'
  has 'where' 'jumphost'
  has 'about' 'The window was announced; tenants stop their servers. What is still running is called for by phone.'
  code '101' 'openstack server list --all-projects -f value -c Name -c Status </dev/null
openstack coe cluster list -f value -c name -c status </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the servers of the baseline, each with its state; no cluster in _IN_PROGRESS.'
  has 'class' 'read'

  step '2.1.b' 'gate' '2' 'Tenants are out'
  has 'line' '107'
  code '109' 'openstack server list --all-projects -f value -c Status </dev/null | sort | uniq -c'
  has 'effect' 'reads only'
  has 'condition' 'every server is down: Exactly one line must appear, with SHUTOFF and the number of servers of the baseline. Poll up to ~30 min. Beyond budget: STOP and decide with the tenants'\'' contact; a server that loses power while it writes is their data.'
  has 'stop' 'Beyond budget: STOP and decide with the tenants'\'' contact; a server that loses power while it writes is their data.'
  has 'class' 'read'
  has 'every' '60'
  has 'budget' '1800'

  step '2.2.1/node-3' 'check' '2' 'its service now'
  has 'line' '116'
  has 'where' 'jumphost'
  has 'about' 'Order (any, one after the other): node-3 with nova-compute/0, node-4 with nova-compute/1. Both per 2.2.'
  code '118' 'openstack compute service list --service nova-compute --host node-3 -f value -c Host -c Status -c State </dev/null
juju ssh -m openstack nova-compute/0 '\''systemctl is-active nova-compute'\'' </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the line <node> enabled up, and active.'
  has 'row' '1'
  has 'row-key' 'node-3'
  has 'class' 'read'

  step '2.2.2/node-3' 'run' '2' 'no new servers on it'
  has 'line' '123'
  has 'where' 'jumphost'
  code '125' 'openstack compute service set --disable --disable-reason "power maintenance ' 'date' '" node-3 nova-compute </dev/null'
  has 'effect' 'openstack compute service set: mutates os-compute-service node-3'
  has 'row' '1'
  has 'row-key' 'node-3'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.2.3/node-3' 'gate' '2' 'Procedure: close and stop one hypervisor'
  has 'line' '128'
  code '130' 'openstack compute service list --service nova-compute --host node-3 -f value -c Host -c Status </dev/null'
  has 'effect' 'reads only'
  has 'condition' 'the service is disabled: The line with the name of the machine and "disabled" must appear.'
  has 'row' '1'
  has 'row-key' 'node-3'
  has 'class' 'read'

  step '2.2.4/node-3' 'run' '2' 'stop the service'
  has 'line' '134'
  has 'where' 'jumphost'
  code '136' 'juju ssh -m openstack nova-compute/0 '\''sudo systemctl stop nova-compute'\'' </dev/null'
  has 'effect' 'systemctl stop: mutates systemd-unit nova-compute [privileged, restart]'
  has 'row' '1'
  has 'row-key' 'node-3'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.2.5/node-3' 'gate' '2' 'Procedure: close and stop one hypervisor'
  has 'line' '139'
  code '141' 'juju ssh -m openstack nova-compute/0 '\''systemctl show nova-compute --property=ActiveState'\'' </dev/null'
  has 'effect' 'reads only'
  has 'condition' 'it has stopped: The line "ActiveState=inactive" must appear.'
  has 'row' '1'
  has 'row-key' 'node-3'
  has 'class' 'read'

  step '2.2.1/node-4' 'check' '2' 'its service now'
  has 'line' '116'
  has 'where' 'jumphost'
  code '118' 'openstack compute service list --service nova-compute --host node-4 -f value -c Host -c Status -c State </dev/null
juju ssh -m openstack nova-compute/1 '\''systemctl is-active nova-compute'\'' </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the line <node> enabled up, and active.'
  has 'row' '2'
  has 'row-key' 'node-4'
  has 'class' 'read'

  step '2.2.2/node-4' 'run' '2' 'no new servers on it'
  has 'line' '123'
  has 'where' 'jumphost'
  code '125' 'openstack compute service set --disable --disable-reason "power maintenance ' 'date' '" node-4 nova-compute </dev/null'
  has 'effect' 'openstack compute service set: mutates os-compute-service node-4'
  has 'row' '2'
  has 'row-key' 'node-4'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.2.3/node-4' 'gate' '2' 'Procedure: close and stop one hypervisor'
  has 'line' '128'
  code '130' 'openstack compute service list --service nova-compute --host node-4 -f value -c Host -c Status </dev/null'
  has 'effect' 'reads only'
  has 'condition' 'the service is disabled: The line with the name of the machine and "disabled" must appear.'
  has 'row' '2'
  has 'row-key' 'node-4'
  has 'class' 'read'

  step '2.2.4/node-4' 'run' '2' 'stop the service'
  has 'line' '134'
  has 'where' 'jumphost'
  code '136' 'juju ssh -m openstack nova-compute/1 '\''sudo systemctl stop nova-compute'\'' </dev/null'
  has 'effect' 'systemctl stop: mutates systemd-unit nova-compute [privileged, restart]'
  has 'row' '2'
  has 'row-key' 'node-4'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.2.5/node-4' 'gate' '2' 'Procedure: close and stop one hypervisor'
  has 'line' '139'
  code '141' 'juju ssh -m openstack nova-compute/1 '\''systemctl show nova-compute --property=ActiveState'\'' </dev/null'
  has 'effect' 'reads only'
  has 'condition' 'it has stopped: The line "ActiveState=inactive" must appear.'
  has 'row' '2'
  has 'row-key' 'node-4'
  has 'class' 'read'

  step '2.4' 'check' '2' 'Storage stays as it is'
  has 'line' '154'
  has 'where' 'jumphost -> ceph-mon/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''ceph-mon/0'\'' -- bash -s'
  has 'about' 'Without the flag, storage starts to copy data as soon as the first machine is gone.'
  code '156' 'sudo ceph osd stat </dev/null
sudo ceph osd dump </dev/null | grep '\''^flags'\'''
  has 'effect' 'reads only'
  has 'expect' 'all OSDs up and in; the line of flags, without noout.'
  has 'class' 'read'

  step '2.4.b' 'run' '2' 'Storage stays as it is'
  has 'line' '161'
  has 'where' 'jumphost -> ceph-mon/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''ceph-mon/0'\'' -- bash -s'
  code '163' 'sudo ceph osd set noout </dev/null'
  has 'effect' 'ceph osd set: mutates the current ceph-cluster [privileged]'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.4.c' 'gate' '2' 'Storage stays as it is'
  has 'line' '166'
  code '168' 'juju ssh -m openstack ceph-mon/0 '\''sudo ceph osd dump'\'' </dev/null | grep '\''^flags'\'''
  has 'effect' 'reads only'
  has 'condition' 'the flag is set: The line of flags must appear, and "noout" in it.'
  has 'class' 'read'

  step '2.5' 'check' '2' 'the conductor now'
  has 'line' '176'
  has 'where' 'jumphost -> magnum/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''magnum/0'\'' -- bash -s'
  has 'about' 'It would see its clusters vanish and try to help.'
  code '178' 'systemctl is-active magnum-conductor'
  has 'effect' 'reads only'
  has 'expect' 'active.'
  has 'class' 'read'

  step '2.5.b' 'run' '2' 'stop it'
  has 'line' '182'
  has 'where' 'jumphost -> magnum/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''magnum/0'\'' -- bash -s'
  code '184' 'sudo systemctl stop magnum-conductor </dev/null'
  has 'effect' 'systemctl stop: mutates systemd-unit magnum-conductor [privileged, restart]'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.5.c' 'gate' '2' 'Magnum'\''s conductor'
  has 'line' '187'
  code '189' 'juju ssh -m openstack magnum/0 '\''systemctl show magnum-conductor --property=ActiveState'\'' </dev/null'
  has 'effect' 'reads only'
  has 'condition' 'it has stopped: The line "ActiveState=inactive" must appear.'
  has 'class' 'read'

  step '2.6.1/node-4' 'check' '2' 'it is the one, and it is up'
  has 'line' '196'
  has 'where' 'jumphost'
  has 'about' 'Order (hypervisors first, the first monitor last): node-4, node-3, node-2, node-1, node-0. Each per 2.6.'
  code '198' 'ssh ubuntu@node-4 '\''hostname; systemctl is-system-running'\'' </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the name of the machine and running or degraded.'
  has 'row' '3'
  has 'row-key' 'node-4'
  has 'class' 'read'

  step '2.6.2/node-4' 'run' '2' 'shut it down'
  has 'line' '202'
  has 'where' 'jumphost'
  code '204' 'ssh ubuntu@node-4 '\''sudo systemctl poweroff'\'' </dev/null'
  has 'effect' 'systemctl poweroff: mutates the current host [privileged]'
  has 'row' '3'
  has 'row-key' 'node-4'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.6.3/node-4' 'gate' '2' 'Procedure: power off one machine'
  has 'line' '207'
  has 'condition' 'the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'stop' 'Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'row' '3'
  has 'row-key' 'node-4'
  has 'budget' '300'

  step '2.6.1/node-3' 'check' '2' 'it is the one, and it is up'
  has 'line' '196'
  has 'where' 'jumphost'
  code '198' 'ssh ubuntu@node-3 '\''hostname; systemctl is-system-running'\'' </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the name of the machine and running or degraded.'
  has 'row' '4'
  has 'row-key' 'node-3'
  has 'class' 'read'

  step '2.6.2/node-3' 'run' '2' 'shut it down'
  has 'line' '202'
  has 'where' 'jumphost'
  code '204' 'ssh ubuntu@node-3 '\''sudo systemctl poweroff'\'' </dev/null'
  has 'effect' 'systemctl poweroff: mutates the current host [privileged]'
  has 'row' '4'
  has 'row-key' 'node-3'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.6.3/node-3' 'gate' '2' 'Procedure: power off one machine'
  has 'line' '207'
  has 'condition' 'the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'stop' 'Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'row' '4'
  has 'row-key' 'node-3'
  has 'budget' '300'

  step '2.6.1/node-2' 'check' '2' 'it is the one, and it is up'
  has 'line' '196'
  has 'where' 'jumphost'
  code '198' 'ssh ubuntu@node-2 '\''hostname; systemctl is-system-running'\'' </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the name of the machine and running or degraded.'
  has 'row' '5'
  has 'row-key' 'node-2'
  has 'class' 'read'

  step '2.6.2/node-2' 'run' '2' 'shut it down'
  has 'line' '202'
  has 'where' 'jumphost'
  code '204' 'ssh ubuntu@node-2 '\''sudo systemctl poweroff'\'' </dev/null'
  has 'effect' 'systemctl poweroff: mutates the current host [privileged]'
  has 'row' '5'
  has 'row-key' 'node-2'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.6.3/node-2' 'gate' '2' 'Procedure: power off one machine'
  has 'line' '207'
  has 'condition' 'the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'stop' 'Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'row' '5'
  has 'row-key' 'node-2'
  has 'budget' '300'

  step '2.6.1/node-1' 'check' '2' 'it is the one, and it is up'
  has 'line' '196'
  has 'where' 'jumphost'
  code '198' 'ssh ubuntu@node-1 '\''hostname; systemctl is-system-running'\'' </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the name of the machine and running or degraded.'
  has 'row' '6'
  has 'row-key' 'node-1'
  has 'class' 'read'

  step '2.6.2/node-1' 'run' '2' 'shut it down'
  has 'line' '202'
  has 'where' 'jumphost'
  code '204' 'ssh ubuntu@node-1 '\''sudo systemctl poweroff'\'' </dev/null'
  has 'effect' 'systemctl poweroff: mutates the current host [privileged]'
  has 'row' '6'
  has 'row-key' 'node-1'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.6.3/node-1' 'gate' '2' 'Procedure: power off one machine'
  has 'line' '207'
  has 'condition' 'the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'stop' 'Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'row' '6'
  has 'row-key' 'node-1'
  has 'budget' '300'

  step '2.6.1/node-0' 'check' '2' 'it is the one, and it is up'
  has 'line' '196'
  has 'where' 'jumphost'
  code '198' 'ssh ubuntu@node-0 '\''hostname; systemctl is-system-running'\'' </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'the name of the machine and running or degraded.'
  has 'row' '7'
  has 'row-key' 'node-0'
  has 'class' 'read'

  step '2.6.2/node-0' 'run' '2' 'shut it down'
  has 'line' '202'
  has 'where' 'jumphost'
  code '204' 'ssh ubuntu@node-0 '\''sudo systemctl poweroff'\'' </dev/null'
  has 'effect' 'systemctl poweroff: mutates the current host [privileged]'
  has 'row' '7'
  has 'row-key' 'node-0'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '2.6.3/node-0' 'gate' '2' 'Procedure: power off one machine'
  has 'line' '207'
  has 'condition' 'the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'stop' 'Beyond it: STOP; the power is not cut under a machine that hangs.'
  has 'row' '7'
  has 'row-key' 'node-0'
  has 'budget' '300'

  step '2.7' 'gate' '2' 'All machines'
  has 'line' '214'
  has 'condition' 'the person at the rack has seen all five machines dark and hands the room over to the electricians.'

  step '3.1' 'gate' '3' 'Power returns'
  has 'line' '223'
  has 'about' 'The person at the rack switches on node-0, node-1, node-2, waits for the third login prompt, then node-3 and node-4.'
  code '225' 'for node in node-0 node-1 node-2 node-3 node-4; do
  ssh -o ConnectTimeout=5 "ubuntu@$node" '\''echo "$(hostname) $(systemctl is-system-running)"'\'' </dev/null
done
juju status -m openstack --format=json | jq -r '\''
  [.machines | .. | objects | select(has("machine-status")) | ."juju-status".current]
  | "machines=\(length) started=\(map(select(. == "started")) | length)"'\'''
  has 'effect' 'reads only'
  has 'condition' 'all five machines answer: Five lines with names must appear, then "machines" and "started" with the same number. Poll up to ~20 min. Beyond budget: STOP, appendix A, A.1.'
  has 'stop' 'Beyond budget: STOP, appendix A, A.1.'
  has 'class' 'read'
  has 'wait' '120'
  has 'every' '30'
  has 'budget' '1200'

  step '3.2' 'check' '3' 'the cluster of brokers'
  has 'line' '236'
  has 'where' 'jumphost -> rabbitmq-server/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''rabbitmq-server/0'\'' -- bash -s'
  code '238' 'sudo rabbitmqctl cluster_status --formatter json </dev/null | jq -r '\''
  "running=\(.running_nodes | length) of \(.disk_nodes | length), partitions=\(.partitions | length)"'\''
sudo rabbitmqctl list_queues name messages </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'running=1 of 1, partitions=0, then the table of queues.'
  has 'class' 'read'

  step '3.2.b' 'gate' '3' 'Messages'
  has 'line' '244'
  has 'condition' '"partitions=0" was seen and every broker is running. A partition is healed before anything else starts (appendix A, A.6).'

  step '3.3' 'check' '3' 'Database'
  has 'line' '250'
  has 'where' 'jumphost'
  has 'about' 'After a full stop every member waits for another one. One command, once, on the leader tells the cluster to take the newest data.'
  code '252' 'juju status -m openstack mysql-innodb-cluster --format=json | jq -r '\''
  .applications."mysql-innodb-cluster".units | to_entries[]
  | "\(.key) leader=\(.value.leader // false) \(.value."workload-status".message)"'\'''
  has 'effect' 'reads only'
  has 'expect' 'one line a unit; one with leader=true; the messages say that the cluster is OFFLINE. Anything else is not what a full stop leaves behind: STOP, appendix A, A.7.'
  has 'class' 'read'

  step '3.3.b' 'run' '3' 'Database'
  has 'line' '260'
  has 'where' 'jumphost'
  has 'caution' 'CAUTION: if a member was switched off earlier than the others, it is not the newest. The leader asks all members; it must be able to reach all of them.'
  code '262' 'juju run -m openstack mysql-innodb-cluster/leader reboot-cluster-from-complete-outage'
  has 'effect' 'juju run: mutates juju-unit mysql-innodb-cluster/leader'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '3.3.c' 'gate' '3' 'Database'
  has 'line' '266'
  code '268' 'juju status -m openstack mysql-innodb-cluster --format=json | jq -r '\''
  .applications."mysql-innodb-cluster".units | to_entries[]
  | "\(.key) \(.value."workload-status".message)"'\'''
  has 'effect' 'reads only'
  has 'condition' 'the database is complete again: Each unit must appear with "ONLINE", one of them with "Mode: R/W". Budget ~10 min. Beyond: STOP, appendix A, A.7.'
  has 'stop' 'Beyond: STOP, appendix A, A.7.'
  has 'class' 'read'
  has 'every' '20'
  has 'budget' '600'

  step '3.4.3' 'check' '3' 'Keys'
  has 'line' '282'
  has 'where' 'vault/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''vault/0'\'' -- bash -s'
  has 'about' 'The operator calls two of the key holders and tells them that the unit is up.
Each of them logs in to vault/0 from their own machine, starts vault operator unseal there and types one key at its prompt.
The operator looks at the result:'
  has 'caution' 'CAUTION: the unseal keys are held by three people. They type them themselves, at the prompt of vault operator unseal in their own shell on the unit, never as an argument and never into this session, which is recorded.'
  code '284' 'VAULT_ADDR=http://127.0.0.1:8200 vault status'
  has 'effect' 'reads only'
  has 'expect' 'Initialized true and Sealed false.'
  has 'class' 'read'

  step '3.4' 'gate' '3' 'Keys'
  has 'line' '289'
  code '291' 'juju status -m openstack vault --format=json | jq -r '\''
  .applications.vault.units | to_entries[] | "\(.key) \(.value."workload-status".message)"'\'''
  has 'effect' 'reads only'
  has 'condition' 'the charm agrees: The unit must appear with "Unit is ready". Poll up to ~30 min. Beyond budget: STOP, appendix A, A.3.'
  has 'stop' 'Beyond budget: STOP, appendix A, A.3.'
  has 'class' 'read'
  has 'wait' '10'
  has 'every' '30'
  has 'budget' '1800'

  step '4.1' 'gate' '4' 'Control plane'
  has 'line' '301'
  code '303' 'juju status -m openstack --format=json | jq -r '\''
  [.. | objects | select(has("workload-status")) | ."workload-status".current]
  | "units=\(length) active=\(map(select(. == "active")) | length)"'\'''
  has 'effect' 'reads only'
  has 'condition' 'every unit is active again: The line must appear with the same number twice. Poll up to ~20 min. Beyond budget: STOP, appendix A.'
  has 'stop' 'Beyond budget: STOP, appendix A.'
  has 'class' 'read'
  has 'every' '30'
  has 'budget' '1200'

  step '4.2.1/node-3' 'check' '4' 'its service now'
  has 'line' '312'
  has 'where' 'jumphost'
  has 'about' 'Order (any, one after the other): node-3 with nova-compute/0, node-4 with nova-compute/1. Both per 4.2.'
  code '314' 'juju ssh -m openstack nova-compute/0 '\''systemctl show nova-compute --property=ActiveState'\'' </dev/null
openstack compute service list --service nova-compute --host node-3 -f value -c Host -c Status -c State </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'ActiveState=active, it was started by the boot; and the line <node> disabled up.'
  has 'row' '8'
  has 'row-key' 'node-3'
  has 'class' 'read'

  step '4.2.2/node-3' 'run' '4' 'let servers on it again'
  has 'line' '319'
  has 'where' 'jumphost'
  code '321' 'openstack compute service set --enable node-3 nova-compute </dev/null'
  has 'effect' 'openstack compute service set: mutates os-compute-service node-3'
  has 'row' '8'
  has 'row-key' 'node-3'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '4.2.3/node-3' 'gate' '4' 'Procedure: open one hypervisor'
  has 'line' '324'
  code '326' 'openstack compute service list --service nova-compute --host node-3 -f value -c Host -c Status -c State </dev/null'
  has 'effect' 'reads only'
  has 'condition' 'the hypervisor is open: The line with the name of the machine, "enabled" and "up" must appear.'
  has 'row' '8'
  has 'row-key' 'node-3'
  has 'class' 'read'

  step '4.2.1/node-4' 'check' '4' 'its service now'
  has 'line' '312'
  has 'where' 'jumphost'
  code '314' 'juju ssh -m openstack nova-compute/1 '\''systemctl show nova-compute --property=ActiveState'\'' </dev/null
openstack compute service list --service nova-compute --host node-4 -f value -c Host -c Status -c State </dev/null'
  has 'effect' 'reads only'
  has 'expect' 'ActiveState=active, it was started by the boot; and the line <node> disabled up.'
  has 'row' '9'
  has 'row-key' 'node-4'
  has 'class' 'read'

  step '4.2.2/node-4' 'run' '4' 'let servers on it again'
  has 'line' '319'
  has 'where' 'jumphost'
  code '321' 'openstack compute service set --enable node-4 nova-compute </dev/null'
  has 'effect' 'openstack compute service set: mutates os-compute-service node-4'
  has 'row' '9'
  has 'row-key' 'node-4'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '4.2.3/node-4' 'gate' '4' 'Procedure: open one hypervisor'
  has 'line' '324'
  code '326' 'openstack compute service list --service nova-compute --host node-4 -f value -c Host -c Status -c State </dev/null'
  has 'effect' 'reads only'
  has 'condition' 'the hypervisor is open: The line with the name of the machine, "enabled" and "up" must appear.'
  has 'row' '9'
  has 'row-key' 'node-4'
  has 'class' 'read'

  step '4.4' 'check' '4' 'Storage may heal again'
  has 'line' '339'
  has 'where' 'jumphost -> ceph-mon/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''ceph-mon/0'\'' -- bash -s'
  has 'about' 'The flag is taken back only when every OSD is in again.'
  code '341' 'sudo ceph osd stat </dev/null
sudo ceph osd dump </dev/null | grep '\''^flags'\'''
  has 'effect' 'reads only'
  has 'expect' 'all OSDs up and in; the line of flags with noout.'
  has 'class' 'read'

  step '4.4.b' 'run' '4' 'Storage may heal again'
  has 'line' '346'
  has 'where' 'jumphost -> ceph-mon/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''ceph-mon/0'\'' -- bash -s'
  code '348' 'sudo ceph osd unset noout </dev/null'
  has 'effect' 'ceph osd unset: mutates the current ceph-cluster [privileged]'
  has 'mutates' 'yes'
  has 'class' 'mutate'

  step '4.4.c' 'gate' '4' 'Storage may heal again'
  has 'line' '352'
  code '354' 'juju ssh -m openstack ceph-mon/0 '\''sudo ceph health'\'' </dev/null'
  has 'effect' 'reads only'
  has 'condition' 'storage is clean: The line "HEALTH_OK" must appear. Budget ~15 min.'
  has 'class' 'read'
  has 'every' '30'
  has 'budget' '900'

  step '4.5' 'check' '4' 'Magnum'\''s conductor'
  has 'line' '361'
  has 'where' 'jumphost -> magnum/0'
  has 'place' 'via'
  has 'via' 'juju ssh -m openstack '\''magnum/0'\'' -- bash -s'
  has 'about' 'It starts with the unit; this looks whether it did, and whether it talks.'
  code '363' 'systemctl show magnum-conductor --property=ActiveState'
  has 'effect' 'reads only'
  has 'expect' 'ActiveState=active.'
  has 'class' 'read'

  step '4.5.b' 'run' '4' 'Magnum'\''s conductor'
  has 'line' '368'
  has 'where' 'jumphost'
  has 'about' 'Before tenants are let in again, one read through each service, from where tenants come in, and the state after for the record.'
  code '370' 'bash scripts/cloud-assert.sh --capture'
  has 'effect' 'may run: mkdir: writes some file
may run: writes `asbuilt/$ts/bundle-exported.yaml`
may run: writes `asbuilt/$ts/juju-status.json`
may run: writes `asbuilt/$ts/loadbalancers.txt`
may run: writes `asbuilt/$ts/servers.txt`'
  has 'class' 'local-write'

  step '4.5.c' 'gate' '4' 'Magnum'\''s conductor'
  has 'line' '372'
  has 'condition' 'the last line is CLOUD-ASSERT: PASS.'

  step '5' 'check' '5' 'the servers of the baseline, for the record'
  has 'line' '376'
  has 'where' 'jumphost'
  code '377' '# CHECK: jumphost -- the servers of the baseline, for the record
sort asbuilt/' 'before-ts' '/servers.txt
openstack server list --all-projects -f value -c Name -c Status </dev/null | sort'
  has 'effect' 'reads only'
  has 'expect' 'the same names twice; the second time all SHUTOFF. Tenants start their servers themselves, after the mail that the window is over.'
  has 'class' 'read'

  way_back 'R2.2.2/node-3' '10' 'Hypervisor closed (openstack compute service set --disable)' 'openstack compute service set --enable node-3 nova-compute' '--'
  part '390' 'openstack compute service set --enable node-3 nova-compute'
  has 'part1-effect' 'openstack compute service set: mutates os-compute-service node-3'

  way_back 'R2.2.4/node-3' '12' 'Service nova-compute stopped (systemctl stop nova-compute)' 'juju ssh -m openstack nova-compute/0 '\''sudo systemctl start nova-compute'\''' '--'
  part '392' 'juju ssh -m openstack nova-compute/0 '\''sudo systemctl start nova-compute'\'''
  has 'part1-effect' 'systemctl start: mutates systemd-unit nova-compute [privileged]'

  way_back 'R2.2.2/node-4' '15' 'Hypervisor closed (openstack compute service set --disable)' 'openstack compute service set --enable node-4 nova-compute' '--'
  part '390' 'openstack compute service set --enable node-4 nova-compute'
  has 'part1-effect' 'openstack compute service set: mutates os-compute-service node-4'

  way_back 'R2.2.4/node-4' '17' 'Service nova-compute stopped (systemctl stop nova-compute)' 'juju ssh -m openstack nova-compute/1 '\''sudo systemctl start nova-compute'\''' '--'
  part '392' 'juju ssh -m openstack nova-compute/1 '\''sudo systemctl start nova-compute'\'''
  has 'part1-effect' 'systemctl start: mutates systemd-unit nova-compute [privileged]'

  way_back 'R2.4.b' '20' 'Storage flag taken back (ceph osd unset noout)' 'sudo ceph osd set noout on ceph-mon/0' '--'
  part '395' 'sudo ceph osd set noout'
  has 'part1-effect' 'ceph osd set: mutates the current ceph-cluster [privileged]'

  way_back 'R2.5.b' '23' 'Service magnum-conductor stopped (systemctl stop magnum-conductor)' 'juju ssh -m openstack magnum/0 '\''sudo systemctl start magnum-conductor'\''' '--'
  part '393' 'juju ssh -m openstack magnum/0 '\''sudo systemctl start magnum-conductor'\'''
  has 'part1-effect' 'systemctl start: mutates systemd-unit magnum-conductor [privileged]'

  way_back 'R2.6.2/node-4' '26' 'Machine powered off (systemctl poweroff)' 'NONE from here' 'Stage 3, in its order, by the person at the rack'

  way_back 'R2.6.2/node-3' '29' 'Machine powered off (systemctl poweroff)' 'NONE from here' 'Stage 3, in its order, by the person at the rack'

  way_back 'R2.6.2/node-2' '32' 'Machine powered off (systemctl poweroff)' 'NONE from here' 'Stage 3, in its order, by the person at the rack'

  way_back 'R2.6.2/node-1' '35' 'Machine powered off (systemctl poweroff)' 'NONE from here' 'Stage 3, in its order, by the person at the rack'

  way_back 'R2.6.2/node-0' '38' 'Machine powered off (systemctl poweroff)' 'NONE from here' 'Stage 3, in its order, by the person at the rack'

  way_back 'R3.3.b' '45' 'Database cluster started again (juju run -m openstack mysql-innodb-cluster/leader reboot-cluster-from-complete-outage)' 'NONE, the cluster runs or it does not' 'Stop; appendix A; the backup is the last resort'

  way_back 'R4.2.2/node-3' '51' 'Hypervisor closed (openstack compute service set --disable)' 'openstack compute service set --enable node-3 nova-compute' '--'
  part '390' 'openstack compute service set --enable node-3 nova-compute'
  has 'part1-effect' 'openstack compute service set: mutates os-compute-service node-3'

  way_back 'R4.2.2/node-4' '54' 'Hypervisor closed (openstack compute service set --disable)' 'openstack compute service set --enable node-4 nova-compute' '--'
  part '390' 'openstack compute service set --enable node-4 nova-compute'
  has 'part1-effect' 'openstack compute service set: mutates os-compute-service node-4'

  way_back 'R4.4.b' '57' 'Storage flag set (ceph osd set noout)' 'sudo ceph osd unset noout on ceph-mon/0' '--'
  part '394' 'sudo ceph osd unset noout'
  has 'part1-effect' 'ceph osd unset: mutates the current ceph-cluster [privileged]'
  closing 'Changelog: an addendum with the times of each stage and everything that was not as in 0b.'
  closing 'Index and session ledger: a row each.'
}

# The plan once more, as the session keeps it for `rbc log`.
# shellcheck disable=SC2016,SC1003,SC1112  # data, meant as it stands
plan_json() {
  printf '%s' '{"version":1,"compiler":"rbc 0.1.0","runbook":"ops-restart.md","runbook-hash":"7f431829835cd6b58b6d7e4760b464a3bb743aeed6e7f72d37974c0af1a23903","title":"Ops -- Planned power maintenance: full stop, full start","label":"ops-restart","root":"../../runbooks","about":["STATUS: written 2026-05-30, executed 2026-06-20 (session ops-restart-20260620), revised afterwards (DOCFIX-091). Next execution: the power works of the winter.","Scope: the whole cloud goes down in order and comes back in order, because the building loses power for some hours. One site, five machines: node-0 to node-2 carry the control plane and storage, node-3 and node-4 are hypervisors. Not for a crash (that is appendix A) and not for updates (that is ops-update.md). The order follows D-074.","Conventions: labels as in README.md. This document is older than the present form of labels and mixes the forms that were in use; they mean the same. It runs inside the logged shell of 1.1. Vault itself is not changed by it (D-068): the keys are typed by people."],"protected":["vault","vault-mysql-router"],"placeholders":[{"name":"node","pattern":"node-[0-9]+","meaning":"a machine, node-0 to node-4","target":true},{"name":"unit","pattern":"[a-z][a-z0-9-]*/[0-9]+","meaning":"the nova-compute unit on the hypervisor at hand","target":true},{"name":"date","pattern":"20[0-9]{6}","meaning":"the UTC date of the window"},{"name":"before-ts","pattern":"[0-9]{8}T[0-9]{6}Z","meaning":"the time stamp of the capture in 1.2"}],"sources":[{"path":"ops-restart.md","hash":"7f431829835cd6b58b6d7e4760b464a3bb743aeed6e7f72d37974c0af1a23903"},{"path":"scripts/cloud-assert.sh","hash":"cfb269a448d0938de7559228141837c9936b75d110523ceefb45210f709c4a14"},{"path":"scripts/repo-lint.sh","hash":"d476cc5b429822a888059773dfbb999bcd4ed996e6af3f118b9dd4f85d6b33c3"},{"path":"scripts/run-logged.sh","hash":"567f07baf2551a89409fd550fe98e6897dfdde43693b3c688a3ff8c04a7a37fc"}],"observations":[["Placement of new servers fails after 2.3","EXPECTED. The hypervisors are closed."],["Juju shows agents as lost or down after 2.7","EXPECTED. They report again a few minutes after power returns."],["Vault says sealed after power returns","EXPECTED. Stage 3 unseals it."],["Ceph reports a warning with the flag noout","EXPECTED between 2.4 and 4.4."],["The database cluster is offline after power returns","EXPECTED after a full stop: no member knows that it is the newest. 3.3 tells them."],["A machine does not come up within the budget of 3.1","NOT expected. Stop; the order of the others depends on it."]],"symptoms":[["A server will not stop (2.1)","Its owner decides; nothing is forced from here"],["A machine hangs while it shuts down (2.6)","Console over the management board; the power stays on"],["A machine does not come up (3.1)","Stop; appendix A, A.1"],["Brokers report a partition (3.2)","Appendix A, A.6"],["The database stays offline (3.3)","Appendix A, A.7; no second attempt with another command"],["Vault stays sealed (3.4)","A third key holder; appendix A, A.3"]],"reverts":[["Hypervisor closed (openstack compute service set --disable)","openstack compute service set --enable <node> nova-compute","--"],["Hypervisor opened (openstack compute service set --enable)","openstack compute service set --disable <node> nova-compute","--"],["Service nova-compute stopped (systemctl stop nova-compute)","juju ssh -m openstack <unit> '\''sudo systemctl start nova-compute'\''","--"],["Service magnum-conductor stopped (systemctl stop magnum-conductor)","juju ssh -m openstack magnum/0 '\''sudo systemctl start magnum-conductor'\''","--"],["Storage flag set (ceph osd set noout)","sudo ceph osd unset noout on ceph-mon/0","--"],["Storage flag taken back (ceph osd unset noout)","sudo ceph osd set noout on ceph-mon/0","--"],["Database cluster started again (juju run -m openstack mysql-innodb-cluster/leader reboot-cluster-from-complete-outage)","NONE, the cluster runs or it does not","Stop; appendix A; the backup is the last resort"],["Machine powered off (systemctl poweroff)","NONE from here","Stage 3, in its order, by the person at the rack"],["Database brought back (reboot-cluster-from-complete-outage)","NONE","Restore of the last dump, appendix A, A.7"]],"steps":[{"number":"1.1","kind":"run","section":"1","title":"Workspace and logged shell","line":42,"location":"jumphost","place":"local","about":["No update of any kind. Machines that want to install something on boot are to be kept from it.","vault is not reconfigured, refreshed or restarted by hand. After the power cut it starts sealed, which is what it is built for.","Storage is not repaired while it is degraded by the window itself. That is why the flag of 2.4 exists."],"cautions":["CAUTION: from 2.7 on there is no quick way back: what is down has to come up in the order of Stage 3 and Stage 4. Whoever wants to call the window off does it before."],"notes":["`bash scripts/run-logged.sh \"ops-restart-$(date -u +%Y%m%d)\"` is left out: the transcript of this session stands in for it"],"block":{"line":44,"pieces":[{"text":"git -C ~/openstack-caracal-ipv4 pull --ff-only\nbash scripts/repo-lint.sh"}]},"expect":"REPO-LINT: 0 fail, then a logged shell.","class":"local-write","effects":["git pull: writes"]},{"number":"1.2","kind":"run","section":"1","title":"sweep and baseline","line":53,"location":"jumphost","place":"local","remark":"writes only asbuilt/<ts>/","block":{"line":55,"pieces":[{"text":"source ~/admin-openrc\nbash scripts/cloud-assert.sh --capture"}]},"class":"local-write","writes":["","asbuilt/$ts/bundle-exported.yaml","asbuilt/$ts/juju-status.json","asbuilt/$ts/loadbalancers.txt","asbuilt/$ts/servers.txt"],"effects":["may run: mkdir: writes some file","may run: writes `asbuilt/$ts/bundle-exported.yaml`","may run: writes `asbuilt/$ts/juju-status.json`","may run: writes `asbuilt/$ts/loadbalancers.txt`","may run: writes `asbuilt/$ts/servers.txt`"],"capture":{"value":{"name":"before-ts","pattern":"asbuilt/([0-9]{8}T[0-9]{6}Z)"}}},{"number":"1.2.b","kind":"gate","section":"1","title":"Healthy, and on record","line":59,"place":"local","condition":"the last line is CLOUD-ASSERT: PASS. Nobody takes down a cloud whose state is unknown."},{"number":"1.3.1","kind":"check","section":"1","title":"Storage and database can take it","line":65,"location":"jumphost","place":"local","about":["Storage is clean before the flag is set:"],"block":{"line":67,"pieces":[{"text":"juju ssh -m openstack ceph-mon/0 '\''sudo ceph health'\'' </dev/null\njuju ssh -m openstack ceph-mon/0 '\''sudo ceph osd stat'\'' </dev/null"}]},"expect":"HEALTH_OK, and as many OSDs up and in as there are.","class":"read","effects":["reads only"]},{"number":"1.3.2","kind":"check","section":"1","title":"members of the database cluster","line":74,"location":"jumphost","place":"local","about":["The database has all its members:"],"block":{"line":75,"pieces":[{"text":"# CHECK: jumphost -- members of the database cluster\njuju status -m openstack mysql-innodb-cluster --format=json | jq -r '\''\n  .applications.\"mysql-innodb-cluster\".units | to_entries[]\n  | \"\\(.key) \\(.value.\"workload-status\".message)\"'\''"}]},"expect":"one line a unit, one of them with Mode: R/W, all with ONLINE.","class":"read","effects":["reads only"]},{"number":"1.3","kind":"check","section":"1","title":"queues before the window","line":85,"location":"jumphost -> rabbitmq-server/0","place":{"via":"juju ssh -m openstack '\''rabbitmq-server/0'\'' -- bash -s"},"block":{"line":87,"pieces":[{"text":"sudo rabbitmqctl list_queues name messages </dev/null"}]},"expect":"the table of queues; counts near zero.","class":"read","effects":["reads only"]},{"number":"2.1","kind":"check","section":"2","title":"Tenants are out","line":99,"location":"jumphost","place":"local","about":["The window was announced; tenants stop their servers. What is still running is called for by phone."],"block":{"line":101,"pieces":[{"text":"openstack server list --all-projects -f value -c Name -c Status </dev/null\nopenstack coe cluster list -f value -c name -c status </dev/null"}]},"expect":"the servers of the baseline, each with its state; no cluster in _IN_PROGRESS.","class":"read","effects":["reads only"]},{"number":"2.1.b","kind":"gate","section":"2","title":"Tenants are out","line":107,"place":"local","block":{"line":109,"pieces":[{"text":"openstack server list --all-projects -f value -c Status </dev/null | sort | uniq -c"}]},"condition":"every server is down: Exactly one line must appear, with SHUTOFF and the number of servers of the baseline. Poll up to ~30 min. Beyond budget: STOP and decide with the tenants'\'' contact; a server that loses power while it writes is their data.","stop":"Beyond budget: STOP and decide with the tenants'\'' contact; a server that loses power while it writes is their data.","every":60,"budget":1800,"class":"read","effects":["reads only"]},{"number":"2.2.1/node-3","kind":"check","section":"2","title":"its service now","line":116,"location":"jumphost","place":"local","about":["Order (any, one after the other): node-3 with nova-compute/0, node-4 with nova-compute/1. Both per 2.2."],"block":{"line":118,"pieces":[{"text":"openstack compute service list --service nova-compute --host node-3 -f value -c Host -c Status -c State </dev/null\njuju ssh -m openstack nova-compute/0 '\''systemctl is-active nova-compute'\'' </dev/null"}]},"expect":"the line <node> enabled up, and active.","class":"read","effects":["reads only"],"row":{"number":1,"key":"node-3","values":{"node":"node-3","unit":"nova-compute/0"}}},{"number":"2.2.2/node-3","kind":"run","section":"2","title":"no new servers on it","line":123,"location":"jumphost","place":"local","block":{"line":125,"pieces":[{"text":"openstack compute service set --disable --disable-reason \"power maintenance "},{"placeholder":"date"},{"text":"\" node-3 nova-compute </dev/null"}]},"class":"mutate","effects":["openstack compute service set: mutates os-compute-service node-3"],"row":{"number":1,"key":"node-3","values":{"node":"node-3","unit":"nova-compute/0"}}},{"number":"2.2.3/node-3","kind":"gate","section":"2","title":"Procedure: close and stop one hypervisor","line":128,"place":"local","block":{"line":130,"pieces":[{"text":"openstack compute service list --service nova-compute --host node-3 -f value -c Host -c Status </dev/null"}]},"condition":"the service is disabled: The line with the name of the machine and \"disabled\" must appear.","class":"read","effects":["reads only"],"row":{"number":1,"key":"node-3","values":{"node":"node-3","unit":"nova-compute/0"}}},{"number":"2.2.4/node-3","kind":"run","section":"2","title":"stop the service","line":134,"location":"jumphost","place":"local","block":{"line":136,"pieces":[{"text":"juju ssh -m openstack nova-compute/0 '\''sudo systemctl stop nova-compute'\'' </dev/null"}]},"class":"mutate","effects":["systemctl stop: mutates systemd-unit nova-compute [privileged, restart]"],"row":{"number":1,"key":"node-3","values":{"node":"node-3","unit":"nova-compute/0"}}},{"number":"2.2.5/node-3","kind":"gate","section":"2","title":"Procedure: close and stop one hypervisor","line":139,"place":"local","block":{"line":141,"pieces":[{"text":"juju ssh -m openstack nova-compute/0 '\''systemctl show nova-compute --property=ActiveState'\'' </dev/null"}]},"condition":"it has stopped: The line \"ActiveState=inactive\" must appear.","class":"read","effects":["reads only"],"row":{"number":1,"key":"node-3","values":{"node":"node-3","unit":"nova-compute/0"}}},{"number":"2.2.1/node-4","kind":"check","section":"2","title":"its service now","line":116,"location":"jumphost","place":"local","block":{"line":118,"pieces":[{"text":"openstack compute service list --service nova-compute --host node-4 -f value -c Host -c Status -c State </dev/null\njuju ssh -m openstack nova-compute/1 '\''systemctl is-active nova-compute'\'' </dev/null"}]},"expect":"the line <node> enabled up, and active.","class":"read","effects":["reads only"],"row":{"number":2,"key":"node-4","values":{"node":"node-4","unit":"nova-compute/1"}}},{"number":"2.2.2/node-4","kind":"run","section":"2","title":"no new servers on it","line":123,"location":"jumphost","place":"local","block":{"line":125,"pieces":[{"text":"openstack compute service set --disable --disable-reason \"power maintenance "},{"placeholder":"date"},{"text":"\" node-4 nova-compute </dev/null"}]},"class":"mutate","effects":["openstack compute service set: mutates os-compute-service node-4"],"row":{"number":2,"key":"node-4","values":{"node":"node-4","unit":"nova-compute/1"}}},{"number":"2.2.3/node-4","kind":"gate","section":"2","title":"Procedure: close and stop one hypervisor","line":128,"place":"local","block":{"line":130,"pieces":[{"text":"openstack compute service list --service nova-compute --host node-4 -f value -c Host -c Status </dev/null"}]},"condition":"the service is disabled: The line with the name of the machine and \"disabled\" must appear.","class":"read","effects":["reads only"],"row":{"number":2,"key":"node-4","values":{"node":"node-4","unit":"nova-compute/1"}}},{"number":"2.2.4/node-4","kind":"run","section":"2","title":"stop the service","line":134,"location":"jumphost","place":"local","block":{"line":136,"pieces":[{"text":"juju ssh -m openstack nova-compute/1 '\''sudo systemctl stop nova-compute'\'' </dev/null"}]},"class":"mutate","effects":["systemctl stop: mutates systemd-unit nova-compute [privileged, restart]"],"row":{"number":2,"key":"node-4","values":{"node":"node-4","unit":"nova-compute/1"}}},{"number":"2.2.5/node-4","kind":"gate","section":"2","title":"Procedure: close and stop one hypervisor","line":139,"place":"local","block":{"line":141,"pieces":[{"text":"juju ssh -m openstack nova-compute/1 '\''systemctl show nova-compute --property=ActiveState'\'' </dev/null"}]},"condition":"it has stopped: The line \"ActiveState=inactive\" must appear.","class":"read","effects":["reads only"],"row":{"number":2,"key":"node-4","values":{"node":"node-4","unit":"nova-compute/1"}}},{"number":"2.4","kind":"check","section":"2","title":"Storage stays as it is","line":154,"location":"jumphost -> ceph-mon/0","place":{"via":"juju ssh -m openstack '\''ceph-mon/0'\'' -- bash -s"},"about":["Without the flag, storage starts to copy data as soon as the first machine is gone."],"block":{"line":156,"pieces":[{"text":"sudo ceph osd stat </dev/null\nsudo ceph osd dump </dev/null | grep '\''^flags'\''"}]},"expect":"all OSDs up and in; the line of flags, without noout.","class":"read","effects":["reads only"]},{"number":"2.4.b","kind":"run","section":"2","title":"Storage stays as it is","line":161,"location":"jumphost -> ceph-mon/0","place":{"via":"juju ssh -m openstack '\''ceph-mon/0'\'' -- bash -s"},"block":{"line":163,"pieces":[{"text":"sudo ceph osd set noout </dev/null"}]},"class":"mutate","effects":["ceph osd set: mutates the current ceph-cluster [privileged]"]},{"number":"2.4.c","kind":"gate","section":"2","title":"Storage stays as it is","line":166,"place":"local","block":{"line":168,"pieces":[{"text":"juju ssh -m openstack ceph-mon/0 '\''sudo ceph osd dump'\'' </dev/null | grep '\''^flags'\''"}]},"condition":"the flag is set: The line of flags must appear, and \"noout\" in it.","class":"read","effects":["reads only"]},{"number":"2.5","kind":"check","section":"2","title":"the conductor now","line":176,"location":"jumphost -> magnum/0","place":{"via":"juju ssh -m openstack '\''magnum/0'\'' -- bash -s"},"about":["It would see its clusters vanish and try to help."],"block":{"line":178,"pieces":[{"text":"systemctl is-active magnum-conductor"}]},"expect":"active.","class":"read","effects":["reads only"]},{"number":"2.5.b","kind":"run","section":"2","title":"stop it","line":182,"location":"jumphost -> magnum/0","place":{"via":"juju ssh -m openstack '\''magnum/0'\'' -- bash -s"},"block":{"line":184,"pieces":[{"text":"sudo systemctl stop magnum-conductor </dev/null"}]},"class":"mutate","effects":["systemctl stop: mutates systemd-unit magnum-conductor [privileged, restart]"]},{"number":"2.5.c","kind":"gate","section":"2","title":"Magnum'\''s conductor","line":187,"place":"local","block":{"line":189,"pieces":[{"text":"juju ssh -m openstack magnum/0 '\''systemctl show magnum-conductor --property=ActiveState'\'' </dev/null"}]},"condition":"it has stopped: The line \"ActiveState=inactive\" must appear.","class":"read","effects":["reads only"]},{"number":"2.6.1/node-4","kind":"check","section":"2","title":"it is the one, and it is up","line":196,"location":"jumphost","place":"local","about":["Order (hypervisors first, the first monitor last): node-4, node-3, node-2, node-1, node-0. Each per 2.6."],"block":{"line":198,"pieces":[{"text":"ssh ubuntu@node-4 '\''hostname; systemctl is-system-running'\'' </dev/null"}]},"expect":"the name of the machine and running or degraded.","class":"read","effects":["reads only"],"row":{"number":3,"key":"node-4","values":{"node":"node-4"}}},{"number":"2.6.2/node-4","kind":"run","section":"2","title":"shut it down","line":202,"location":"jumphost","place":"local","block":{"line":204,"pieces":[{"text":"ssh ubuntu@node-4 '\''sudo systemctl poweroff'\'' </dev/null"}]},"class":"mutate","effects":["systemctl poweroff: mutates the current host [privileged]"],"row":{"number":3,"key":"node-4","values":{"node":"node-4"}}},{"number":"2.6.3/node-4","kind":"gate","section":"2","title":"Procedure: power off one machine","line":207,"place":"local","condition":"the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.","stop":"Beyond it: STOP; the power is not cut under a machine that hangs.","budget":300,"row":{"number":3,"key":"node-4","values":{"node":"node-4"}}},{"number":"2.6.1/node-3","kind":"check","section":"2","title":"it is the one, and it is up","line":196,"location":"jumphost","place":"local","block":{"line":198,"pieces":[{"text":"ssh ubuntu@node-3 '\''hostname; systemctl is-system-running'\'' </dev/null"}]},"expect":"the name of the machine and running or degraded.","class":"read","effects":["reads only"],"row":{"number":4,"key":"node-3","values":{"node":"node-3"}}},{"number":"2.6.2/node-3","kind":"run","section":"2","title":"shut it down","line":202,"location":"jumphost","place":"local","block":{"line":204,"pieces":[{"text":"ssh ubuntu@node-3 '\''sudo systemctl poweroff'\'' </dev/null"}]},"class":"mutate","effects":["systemctl poweroff: mutates the current host [privileged]"],"row":{"number":4,"key":"node-3","values":{"node":"node-3"}}},{"number":"2.6.3/node-3","kind":"gate","section":"2","title":"Procedure: power off one machine","line":207,"place":"local","condition":"the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.","stop":"Beyond it: STOP; the power is not cut under a machine that hangs.","budget":300,"row":{"number":4,"key":"node-3","values":{"node":"node-3"}}},{"number":"2.6.1/node-2","kind":"check","section":"2","title":"it is the one, and it is up","line":196,"location":"jumphost","place":"local","block":{"line":198,"pieces":[{"text":"ssh ubuntu@node-2 '\''hostname; systemctl is-system-running'\'' </dev/null"}]},"expect":"the name of the machine and running or degraded.","class":"read","effects":["reads only"],"row":{"number":5,"key":"node-2","values":{"node":"node-2"}}},{"number":"2.6.2/node-2","kind":"run","section":"2","title":"shut it down","line":202,"location":"jumphost","place":"local","block":{"line":204,"pieces":[{"text":"ssh ubuntu@node-2 '\''sudo systemctl poweroff'\'' </dev/null"}]},"class":"mutate","effects":["systemctl poweroff: mutates the current host [privileged]"],"row":{"number":5,"key":"node-2","values":{"node":"node-2"}}},{"number":"2.6.3/node-2","kind":"gate","section":"2","title":"Procedure: power off one machine","line":207,"place":"local","condition":"the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.","stop":"Beyond it: STOP; the power is not cut under a machine that hangs.","budget":300,"row":{"number":5,"key":"node-2","values":{"node":"node-2"}}},{"number":"2.6.1/node-1","kind":"check","section":"2","title":"it is the one, and it is up","line":196,"location":"jumphost","place":"local","block":{"line":198,"pieces":[{"text":"ssh ubuntu@node-1 '\''hostname; systemctl is-system-running'\'' </dev/null"}]},"expect":"the name of the machine and running or degraded.","class":"read","effects":["reads only"],"row":{"number":6,"key":"node-1","values":{"node":"node-1"}}},{"number":"2.6.2/node-1","kind":"run","section":"2","title":"shut it down","line":202,"location":"jumphost","place":"local","block":{"line":204,"pieces":[{"text":"ssh ubuntu@node-1 '\''sudo systemctl poweroff'\'' </dev/null"}]},"class":"mutate","effects":["systemctl poweroff: mutates the current host [privileged]"],"row":{"number":6,"key":"node-1","values":{"node":"node-1"}}},{"number":"2.6.3/node-1","kind":"gate","section":"2","title":"Procedure: power off one machine","line":207,"place":"local","condition":"the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.","stop":"Beyond it: STOP; the power is not cut under a machine that hangs.","budget":300,"row":{"number":6,"key":"node-1","values":{"node":"node-1"}}},{"number":"2.6.1/node-0","kind":"check","section":"2","title":"it is the one, and it is up","line":196,"location":"jumphost","place":"local","block":{"line":198,"pieces":[{"text":"ssh ubuntu@node-0 '\''hostname; systemctl is-system-running'\'' </dev/null"}]},"expect":"the name of the machine and running or degraded.","class":"read","effects":["reads only"],"row":{"number":7,"key":"node-0","values":{"node":"node-0"}}},{"number":"2.6.2/node-0","kind":"run","section":"2","title":"shut it down","line":202,"location":"jumphost","place":"local","block":{"line":204,"pieces":[{"text":"ssh ubuntu@node-0 '\''sudo systemctl poweroff'\'' </dev/null"}]},"class":"mutate","effects":["systemctl poweroff: mutates the current host [privileged]"],"row":{"number":7,"key":"node-0","values":{"node":"node-0"}}},{"number":"2.6.3/node-0","kind":"gate","section":"2","title":"Procedure: power off one machine","line":207,"place":"local","condition":"the person at the rack says that this machine'\''s power light is off. Budget ~5 min. Beyond it: STOP; the power is not cut under a machine that hangs.","stop":"Beyond it: STOP; the power is not cut under a machine that hangs.","budget":300,"row":{"number":7,"key":"node-0","values":{"node":"node-0"}}},{"number":"2.7","kind":"gate","section":"2","title":"All machines","line":214,"place":"local","condition":"the person at the rack has seen all five machines dark and hands the room over to the electricians."},{"number":"3.1","kind":"gate","section":"3","title":"Power returns","line":223,"place":"local","about":["The person at the rack switches on node-0, node-1, node-2, waits for the third login prompt, then node-3 and node-4."],"block":{"line":225,"pieces":[{"text":"for node in node-0 node-1 node-2 node-3 node-4; do\n  ssh -o ConnectTimeout=5 \"ubuntu@$node\" '\''echo \"$(hostname) $(systemctl is-system-running)\"'\'' </dev/null\ndone\njuju status -m openstack --format=json | jq -r '\''\n  [.machines | .. | objects | select(has(\"machine-status\")) | .\"juju-status\".current]\n  | \"machines=\\(length) started=\\(map(select(. == \"started\")) | length)\"'\''"}]},"condition":"all five machines answer: Five lines with names must appear, then \"machines\" and \"started\" with the same number. Poll up to ~20 min. Beyond budget: STOP, appendix A, A.1.","stop":"Beyond budget: STOP, appendix A, A.1.","wait":120,"every":30,"budget":1200,"class":"read","effects":["reads only"]},{"number":"3.2","kind":"check","section":"3","title":"the cluster of brokers","line":236,"location":"jumphost -> rabbitmq-server/0","place":{"via":"juju ssh -m openstack '\''rabbitmq-server/0'\'' -- bash -s"},"block":{"line":238,"pieces":[{"text":"sudo rabbitmqctl cluster_status --formatter json </dev/null | jq -r '\''\n  \"running=\\(.running_nodes | length) of \\(.disk_nodes | length), partitions=\\(.partitions | length)\"'\''\nsudo rabbitmqctl list_queues name messages </dev/null"}]},"expect":"running=1 of 1, partitions=0, then the table of queues.","class":"read","effects":["reads only"]},{"number":"3.2.b","kind":"gate","section":"3","title":"Messages","line":244,"place":"local","condition":"\"partitions=0\" was seen and every broker is running. A partition is healed before anything else starts (appendix A, A.6)."},{"number":"3.3","kind":"check","section":"3","title":"Database","line":250,"location":"jumphost","place":"local","about":["After a full stop every member waits for another one. One command, once, on the leader tells the cluster to take the newest data."],"block":{"line":252,"pieces":[{"text":"juju status -m openstack mysql-innodb-cluster --format=json | jq -r '\''\n  .applications.\"mysql-innodb-cluster\".units | to_entries[]\n  | \"\\(.key) leader=\\(.value.leader // false) \\(.value.\"workload-status\".message)\"'\''"}]},"expect":"one line a unit; one with leader=true; the messages say that the cluster is OFFLINE. Anything else is not what a full stop leaves behind: STOP, appendix A, A.7.","class":"read","effects":["reads only"]},{"number":"3.3.b","kind":"run","section":"3","title":"Database","line":260,"location":"jumphost","place":"local","cautions":["CAUTION: if a member was switched off earlier than the others, it is not the newest. The leader asks all members; it must be able to reach all of them."],"block":{"line":262,"pieces":[{"text":"juju run -m openstack mysql-innodb-cluster/leader reboot-cluster-from-complete-outage"}]},"class":"mutate","effects":["juju run: mutates juju-unit mysql-innodb-cluster/leader"]},{"number":"3.3.c","kind":"gate","section":"3","title":"Database","line":266,"place":"local","block":{"line":268,"pieces":[{"text":"juju status -m openstack mysql-innodb-cluster --format=json | jq -r '\''\n  .applications.\"mysql-innodb-cluster\".units | to_entries[]\n  | \"\\(.key) \\(.value.\"workload-status\".message)\"'\''"}]},"condition":"the database is complete again: Each unit must appear with \"ONLINE\", one of them with \"Mode: R/W\". Budget ~10 min. Beyond: STOP, appendix A, A.7.","stop":"Beyond: STOP, appendix A, A.7.","every":20,"budget":600,"class":"read","effects":["reads only"]},{"number":"3.4.3","kind":"check","section":"3","title":"Keys","line":282,"location":"vault/0","place":{"via":"juju ssh -m openstack '\''vault/0'\'' -- bash -s"},"about":["The operator calls two of the key holders and tells them that the unit is up.","Each of them logs in to vault/0 from their own machine, starts vault operator unseal there and types one key at its prompt.","The operator looks at the result:"],"cautions":["CAUTION: the unseal keys are held by three people. They type them themselves, at the prompt of vault operator unseal in their own shell on the unit, never as an argument and never into this session, which is recorded."],"block":{"line":284,"pieces":[{"text":"VAULT_ADDR=http://127.0.0.1:8200 vault status"}]},"expect":"Initialized true and Sealed false.","class":"read","effects":["reads only"]},{"number":"3.4","kind":"gate","section":"3","title":"Keys","line":289,"place":"local","block":{"line":291,"pieces":[{"text":"juju status -m openstack vault --format=json | jq -r '\''\n  .applications.vault.units | to_entries[] | \"\\(.key) \\(.value.\"workload-status\".message)\"'\''"}]},"condition":"the charm agrees: The unit must appear with \"Unit is ready\". Poll up to ~30 min. Beyond budget: STOP, appendix A, A.3.","stop":"Beyond budget: STOP, appendix A, A.3.","wait":10,"every":30,"budget":1800,"class":"read","effects":["reads only"]},{"number":"4.1","kind":"gate","section":"4","title":"Control plane","line":301,"place":"local","block":{"line":303,"pieces":[{"text":"juju status -m openstack --format=json | jq -r '\''\n  [.. | objects | select(has(\"workload-status\")) | .\"workload-status\".current]\n  | \"units=\\(length) active=\\(map(select(. == \"active\")) | length)\"'\''"}]},"condition":"every unit is active again: The line must appear with the same number twice. Poll up to ~20 min. Beyond budget: STOP, appendix A.","stop":"Beyond budget: STOP, appendix A.","every":30,"budget":1200,"class":"read","effects":["reads only"]},{"number":"4.2.1/node-3","kind":"check","section":"4","title":"its service now","line":312,"location":"jumphost","place":"local","about":["Order (any, one after the other): node-3 with nova-compute/0, node-4 with nova-compute/1. Both per 4.2."],"block":{"line":314,"pieces":[{"text":"juju ssh -m openstack nova-compute/0 '\''systemctl show nova-compute --property=ActiveState'\'' </dev/null\nopenstack compute service list --service nova-compute --host node-3 -f value -c Host -c Status -c State </dev/null"}]},"expect":"ActiveState=active, it was started by the boot; and the line <node> disabled up.","class":"read","effects":["reads only"],"row":{"number":8,"key":"node-3","values":{"node":"node-3","unit":"nova-compute/0"}}},{"number":"4.2.2/node-3","kind":"run","section":"4","title":"let servers on it again","line":319,"location":"jumphost","place":"local","block":{"line":321,"pieces":[{"text":"openstack compute service set --enable node-3 nova-compute </dev/null"}]},"class":"mutate","effects":["openstack compute service set: mutates os-compute-service node-3"],"row":{"number":8,"key":"node-3","values":{"node":"node-3","unit":"nova-compute/0"}}},{"number":"4.2.3/node-3","kind":"gate","section":"4","title":"Procedure: open one hypervisor","line":324,"place":"local","block":{"line":326,"pieces":[{"text":"openstack compute service list --service nova-compute --host node-3 -f value -c Host -c Status -c State </dev/null"}]},"condition":"the hypervisor is open: The line with the name of the machine, \"enabled\" and \"up\" must appear.","class":"read","effects":["reads only"],"row":{"number":8,"key":"node-3","values":{"node":"node-3","unit":"nova-compute/0"}}},{"number":"4.2.1/node-4","kind":"check","section":"4","title":"its service now","line":312,"location":"jumphost","place":"local","block":{"line":314,"pieces":[{"text":"juju ssh -m openstack nova-compute/1 '\''systemctl show nova-compute --property=ActiveState'\'' </dev/null\nopenstack compute service list --service nova-compute --host node-4 -f value -c Host -c Status -c State </dev/null"}]},"expect":"ActiveState=active, it was started by the boot; and the line <node> disabled up.","class":"read","effects":["reads only"],"row":{"number":9,"key":"node-4","values":{"node":"node-4","unit":"nova-compute/1"}}},{"number":"4.2.2/node-4","kind":"run","section":"4","title":"let servers on it again","line":319,"location":"jumphost","place":"local","block":{"line":321,"pieces":[{"text":"openstack compute service set --enable node-4 nova-compute </dev/null"}]},"class":"mutate","effects":["openstack compute service set: mutates os-compute-service node-4"],"row":{"number":9,"key":"node-4","values":{"node":"node-4","unit":"nova-compute/1"}}},{"number":"4.2.3/node-4","kind":"gate","section":"4","title":"Procedure: open one hypervisor","line":324,"place":"local","block":{"line":326,"pieces":[{"text":"openstack compute service list --service nova-compute --host node-4 -f value -c Host -c Status -c State </dev/null"}]},"condition":"the hypervisor is open: The line with the name of the machine, \"enabled\" and \"up\" must appear.","class":"read","effects":["reads only"],"row":{"number":9,"key":"node-4","values":{"node":"node-4","unit":"nova-compute/1"}}},{"number":"4.4","kind":"check","section":"4","title":"Storage may heal again","line":339,"location":"jumphost -> ceph-mon/0","place":{"via":"juju ssh -m openstack '\''ceph-mon/0'\'' -- bash -s"},"about":["The flag is taken back only when every OSD is in again."],"block":{"line":341,"pieces":[{"text":"sudo ceph osd stat </dev/null\nsudo ceph osd dump </dev/null | grep '\''^flags'\''"}]},"expect":"all OSDs up and in; the line of flags with noout.","class":"read","effects":["reads only"]},{"number":"4.4.b","kind":"run","section":"4","title":"Storage may heal again","line":346,"location":"jumphost -> ceph-mon/0","place":{"via":"juju ssh -m openstack '\''ceph-mon/0'\'' -- bash -s"},"block":{"line":348,"pieces":[{"text":"sudo ceph osd unset noout </dev/null"}]},"class":"mutate","effects":["ceph osd unset: mutates the current ceph-cluster [privileged]"]},{"number":"4.4.c","kind":"gate","section":"4","title":"Storage may heal again","line":352,"place":"local","block":{"line":354,"pieces":[{"text":"juju ssh -m openstack ceph-mon/0 '\''sudo ceph health'\'' </dev/null"}]},"condition":"storage is clean: The line \"HEALTH_OK\" must appear. Budget ~15 min.","every":30,"budget":900,"class":"read","effects":["reads only"]},{"number":"4.5","kind":"check","section":"4","title":"Magnum'\''s conductor","line":361,"location":"jumphost -> magnum/0","place":{"via":"juju ssh -m openstack '\''magnum/0'\'' -- bash -s"},"about":["It starts with the unit; this looks whether it did, and whether it talks."],"block":{"line":363,"pieces":[{"text":"systemctl show magnum-conductor --property=ActiveState"}]},"expect":"ActiveState=active.","class":"read","effects":["reads only"]},{"number":"4.5.b","kind":"run","section":"4","title":"Magnum'\''s conductor","line":368,"location":"jumphost","place":"local","about":["Before tenants are let in again, one read through each service, from where tenants come in, and the state after for the record."],"block":{"line":370,"pieces":[{"text":"bash scripts/cloud-assert.sh --capture"}]},"class":"local-write","writes":["","asbuilt/$ts/bundle-exported.yaml","asbuilt/$ts/juju-status.json","asbuilt/$ts/loadbalancers.txt","asbuilt/$ts/servers.txt"],"effects":["may run: mkdir: writes some file","may run: writes `asbuilt/$ts/bundle-exported.yaml`","may run: writes `asbuilt/$ts/juju-status.json`","may run: writes `asbuilt/$ts/loadbalancers.txt`","may run: writes `asbuilt/$ts/servers.txt`"]},{"number":"4.5.c","kind":"gate","section":"4","title":"Magnum'\''s conductor","line":372,"place":"local","condition":"the last line is CLOUD-ASSERT: PASS."},{"number":"5","kind":"check","section":"5","title":"the servers of the baseline, for the record","line":376,"location":"jumphost","place":"local","block":{"line":377,"pieces":[{"text":"# CHECK: jumphost -- the servers of the baseline, for the record\nsort asbuilt/"},{"placeholder":"before-ts"},{"text":"/servers.txt\nopenstack server list --all-projects -f value -c Name -c Status </dev/null | sort"}]},"expect":"the same names twice; the second time all SHUTOFF. Tenants start their servers themselves, after the mail that the window is over.","class":"read","effects":["reads only"]}],"ways-back":[{"number":"R2.2.2/node-3","of":"2.2.2/node-3","layer":"Hypervisor closed (openstack compute service set --disable)","way":"openstack compute service set --enable node-3 nova-compute","posture":"--","parts":[{"block":{"line":390,"pieces":[{"text":"openstack compute service set --enable node-3 nova-compute"}]},"effects":["openstack compute service set: mutates os-compute-service node-3"]}]},{"number":"R2.2.4/node-3","of":"2.2.4/node-3","layer":"Service nova-compute stopped (systemctl stop nova-compute)","way":"juju ssh -m openstack nova-compute/0 '\''sudo systemctl start nova-compute'\''","posture":"--","parts":[{"block":{"line":392,"pieces":[{"text":"juju ssh -m openstack nova-compute/0 '\''sudo systemctl start nova-compute'\''"}]},"effects":["systemctl start: mutates systemd-unit nova-compute [privileged]"]}]},{"number":"R2.2.2/node-4","of":"2.2.2/node-4","layer":"Hypervisor closed (openstack compute service set --disable)","way":"openstack compute service set --enable node-4 nova-compute","posture":"--","parts":[{"block":{"line":390,"pieces":[{"text":"openstack compute service set --enable node-4 nova-compute"}]},"effects":["openstack compute service set: mutates os-compute-service node-4"]}]},{"number":"R2.2.4/node-4","of":"2.2.4/node-4","layer":"Service nova-compute stopped (systemctl stop nova-compute)","way":"juju ssh -m openstack nova-compute/1 '\''sudo systemctl start nova-compute'\''","posture":"--","parts":[{"block":{"line":392,"pieces":[{"text":"juju ssh -m openstack nova-compute/1 '\''sudo systemctl start nova-compute'\''"}]},"effects":["systemctl start: mutates systemd-unit nova-compute [privileged]"]}]},{"number":"R2.4.b","of":"2.4.b","layer":"Storage flag taken back (ceph osd unset noout)","way":"sudo ceph osd set noout on ceph-mon/0","posture":"--","parts":[{"block":{"line":395,"pieces":[{"text":"sudo ceph osd set noout"}]},"effects":["ceph osd set: mutates the current ceph-cluster [privileged]"]}]},{"number":"R2.5.b","of":"2.5.b","layer":"Service magnum-conductor stopped (systemctl stop magnum-conductor)","way":"juju ssh -m openstack magnum/0 '\''sudo systemctl start magnum-conductor'\''","posture":"--","parts":[{"block":{"line":393,"pieces":[{"text":"juju ssh -m openstack magnum/0 '\''sudo systemctl start magnum-conductor'\''"}]},"effects":["systemctl start: mutates systemd-unit magnum-conductor [privileged]"]}]},{"number":"R2.6.2/node-4","of":"2.6.2/node-4","layer":"Machine powered off (systemctl poweroff)","way":"NONE from here","posture":"Stage 3, in its order, by the person at the rack","parts":[]},{"number":"R2.6.2/node-3","of":"2.6.2/node-3","layer":"Machine powered off (systemctl poweroff)","way":"NONE from here","posture":"Stage 3, in its order, by the person at the rack","parts":[]},{"number":"R2.6.2/node-2","of":"2.6.2/node-2","layer":"Machine powered off (systemctl poweroff)","way":"NONE from here","posture":"Stage 3, in its order, by the person at the rack","parts":[]},{"number":"R2.6.2/node-1","of":"2.6.2/node-1","layer":"Machine powered off (systemctl poweroff)","way":"NONE from here","posture":"Stage 3, in its order, by the person at the rack","parts":[]},{"number":"R2.6.2/node-0","of":"2.6.2/node-0","layer":"Machine powered off (systemctl poweroff)","way":"NONE from here","posture":"Stage 3, in its order, by the person at the rack","parts":[]},{"number":"R3.3.b","of":"3.3.b","layer":"Database cluster started again (juju run -m openstack mysql-innodb-cluster/leader reboot-cluster-from-complete-outage)","way":"NONE, the cluster runs or it does not","posture":"Stop; appendix A; the backup is the last resort","parts":[]},{"number":"R4.2.2/node-3","of":"4.2.2/node-3","layer":"Hypervisor closed (openstack compute service set --disable)","way":"openstack compute service set --enable node-3 nova-compute","posture":"--","parts":[{"block":{"line":390,"pieces":[{"text":"openstack compute service set --enable node-3 nova-compute"}]},"effects":["openstack compute service set: mutates os-compute-service node-3"]}]},{"number":"R4.2.2/node-4","of":"4.2.2/node-4","layer":"Hypervisor closed (openstack compute service set --disable)","way":"openstack compute service set --enable node-4 nova-compute","posture":"--","parts":[{"block":{"line":390,"pieces":[{"text":"openstack compute service set --enable node-4 nova-compute"}]},"effects":["openstack compute service set: mutates os-compute-service node-4"]}]},{"number":"R4.4.b","of":"4.4.b","layer":"Storage flag set (ceph osd set noout)","way":"sudo ceph osd unset noout on ceph-mon/0","posture":"--","parts":[{"block":{"line":394,"pieces":[{"text":"sudo ceph osd unset noout"}]},"effects":["ceph osd unset: mutates the current ceph-cluster [privileged]"]}]}],"closing":["Changelog: an addendum with the times of each stage and everything that was not as in 0b.","Index and session ledger: a row each."],"prose":{"ActiveState=active, it was started by the boot; and the line <node> disabled up.":"`ActiveState=active`, it was started by the boot; and the line `<node> disabled up`.","ActiveState=active.":"`ActiveState=active`.","CAUTION: the unseal keys are held by three people. They type them themselves, at the prompt of vault operator unseal in their own shell on the unit, never as an argument and never into this session, which is recorded.":"CAUTION: the unseal keys are held by three people. They type them themselves, at the prompt of `vault operator unseal` in their own shell on the unit, never as an argument and never into this session, which is recorded.","Changelog: an addendum with the times of each stage and everything that was not as in 0b.":"[Changelog](docs/changelog.md): an addendum with the times of each stage and everything that was not as in 0b.","Conventions: labels as in README.md. This document is older than the present form of labels and mixes the forms that were in use; they mean the same. It runs inside the logged shell of 1.1. Vault itself is not changed by it (D-068): the keys are typed by people.":"Conventions: labels as in [README.md](README.md). This document is older than the present form of labels and mixes the forms that were in use; they mean the same. It runs inside the logged shell of 1.1. Vault itself is not changed by it (D-068): the keys are typed by people.","Database brought back (reboot-cluster-from-complete-outage)":"Database brought back (`reboot-cluster-from-complete-outage`)","Database cluster started again (juju run -m openstack mysql-innodb-cluster/leader reboot-cluster-from-complete-outage)":"Database cluster started again (`juju run -m openstack mysql-innodb-cluster/leader reboot-cluster-from-complete-outage`)","Each of them logs in to vault/0 from their own machine, starts vault operator unseal there and types one key at its prompt.":"Each of them logs in to `vault/0` from their own machine, starts `vault operator unseal` there and types one key at its prompt.","HEALTH_OK, and as many OSDs up and in as there are.":"`HEALTH_OK`, and as many OSDs up and in as there are.","Hypervisor closed (openstack compute service set --disable)":"Hypervisor closed (`openstack compute service set --disable`)","Hypervisor opened (openstack compute service set --enable)":"Hypervisor opened (`openstack compute service set --enable`)","Index and session ledger: a row each.":"[Index](logs/as-executed-index.md) and [session ledger](docs/session-ledger.md): a row each.","Initialized true and Sealed false.":"`Initialized true` and `Sealed false`.","Machine powered off (systemctl poweroff)":"Machine powered off (`systemctl poweroff`)","Placeholders: <node> a machine, node-0 to node-4; <unit> the nova-compute unit on the hypervisor at hand; <date> the UTC date of the window; <ts> the time stamp of a capture folder; <before-ts> the time stamp of the capture in 1.2.":"Placeholders: `<node>` a machine, node-0 to node-4; `<unit>` the nova-compute unit on the hypervisor at hand; `<date>` the UTC date of the window; `<ts>` the time stamp of a capture folder; `<before-ts>` the time stamp of the capture in 1.2.","REPO-LINT: 0 fail, then a logged shell.":"`REPO-LINT: 0 fail`, then a logged shell.","STATUS: written 2026-05-30, executed 2026-06-20 (session ops-restart-20260620), revised afterwards (DOCFIX-091). Next execution: the power works of the winter.":"STATUS: written 2026-05-30, executed 2026-06-20 (session `ops-restart-20260620`), revised afterwards (DOCFIX-091). Next execution: the power works of the winter.","Scope: the whole cloud goes down in order and comes back in order, because the building loses power for some hours. One site, five machines: node-0 to node-2 carry the control plane and storage, node-3 and node-4 are hypervisors. Not for a crash (that is appendix A) and not for updates (that is ops-update.md). The order follows D-074.":"Scope: the whole cloud goes down in order and comes back in order, because the building loses power for some hours. One site, five machines: `node-0` to `node-2` carry the control plane and storage, `node-3` and `node-4` are hypervisors. Not for a crash (that is [appendix A](appendix-A-troubleshooting.md)) and not for updates (that is [ops-update.md](ops-update.md)). The order follows D-074.","Service magnum-conductor stopped (systemctl stop magnum-conductor)":"Service magnum-conductor stopped (`systemctl stop magnum-conductor`)","Service nova-compute stopped (systemctl stop nova-compute)":"Service nova-compute stopped (`systemctl stop nova-compute`)","Storage flag set (ceph osd set noout)":"Storage flag set (`ceph osd set noout`)","Storage flag taken back (ceph osd unset noout)":"Storage flag taken back (`ceph osd unset noout`)","active.":"`active`.","all OSDs up and in; the line of flags with noout.":"all OSDs `up` and `in`; the line of `flags` with `noout`.","all OSDs up and in; the line of flags, without noout.":"all OSDs `up` and `in`; the line of `flags`, without `noout`.","juju ssh -m openstack <unit> '\''sudo systemctl start nova-compute'\''":"`juju ssh -m openstack <unit> '\''sudo systemctl start nova-compute'\''`","juju ssh -m openstack magnum/0 '\''sudo systemctl start magnum-conductor'\''":"`juju ssh -m openstack magnum/0 '\''sudo systemctl start magnum-conductor'\''`","one line a unit, one of them with Mode: R/W, all with ONLINE.":"one line a unit, one of them with `Mode: R/W`, all with `ONLINE`.","one line a unit; one with leader=true; the messages say that the cluster is OFFLINE. Anything else is not what a full stop leaves behind: STOP, appendix A, A.7.":"one line a unit; one with `leader=true`; the messages say that the cluster is OFFLINE. Anything else is not what a full stop leaves behind: STOP, appendix A, A.7.","openstack compute service set --disable <node> nova-compute":"`openstack compute service set --disable <node> nova-compute`","openstack compute service set --enable <node> nova-compute":"`openstack compute service set --enable <node> nova-compute`","running=1 of 1, partitions=0, then the table of queues.":"`running=1 of 1, partitions=0`, then the table of queues.","sudo ceph osd set noout on ceph-mon/0":"`sudo ceph osd set noout` on ceph-mon/0","sudo ceph osd unset noout on ceph-mon/0":"`sudo ceph osd unset noout` on ceph-mon/0","the line <node> enabled up, and active.":"the line `<node> enabled up`, and `active`.","the name of the machine and running or degraded.":"the name of the machine and `running` or `degraded`.","the same names twice; the second time all SHUTOFF. Tenants start their servers themselves, after the mail that the window is over.":"the same names twice; the second time all `SHUTOFF`. Tenants start their servers themselves, after the mail that the window is over.","the servers of the baseline, each with its state; no cluster in _IN_PROGRESS.":"the servers of the baseline, each with its state; no cluster in `_IN_PROGRESS`.","vault is not reconfigured, refreshed or restarted by hand. After the power cut it starts sealed, which is what it is built for.":"`vault` is not reconfigured, refreshed or restarted by hand. After the power cut it starts sealed, which is what it is built for."}}'
}

{
  main "$@"
  exit
}
