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
