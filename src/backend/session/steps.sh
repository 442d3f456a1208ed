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
