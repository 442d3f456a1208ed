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
