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
