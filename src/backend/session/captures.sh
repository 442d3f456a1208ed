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
