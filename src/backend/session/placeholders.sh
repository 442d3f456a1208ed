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
  [[ -n $REFUSAL ]]
}

# The values of --set, checked before anything is started.
declare -a SET_NAMES=() SET_VALUES=()

check_set() {
  local i name
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
}

bind_set() {
  local i name
  for name in "${!PRESET[@]}"; do
    [[ " ${SET_NAMES[*]} " == *" $name "* ]] || bind "$name" "${PRESET[$name]}" preset
  done
  for i in "${!SET_NAMES[@]}"; do
    bind "${SET_NAMES[i]}" "${SET_VALUES[i]}" set
  done
}

is_secret() { [[ ${PLACEHOLDER[$1:flags]-} == *' secret '* ]]; }

shown_value() {
  SHOWN=$(clean "$2")
  is_secret "$1" && SHOWN='********'
  return 0
}

# keep_secret VALUE: what masks it as it is, in base64, and percent-encoded with either case of
# digits, whether or not the encoder lets a slash stand. Only what SAFE allows needs an encoding.
keep_secret() {
  local value=$1 encoded
  SECRETS+=("$value" "$(printf '%s' "$value" | base64 -w 0)")
  encoded=${value//:/%3A}
  encoded=${encoded//@/%40}
  encoded=${encoded//+/%2B}
  for value in "$encoded" "${encoded//'/'/%2F}"; do
    SECRETS+=("$value" "$(printf '%s' "$value" | sed 's/%3A/%3a/g; s/%2B/%2b/g; s/%2F/%2f/g')")
  done
}

bind() {
  local name=$1 value=$2
  ! is_secret "$name" || keep_secret "$value"
  VALUES[$name]=$value
  shown_value "$name" "$value"
  must_record bind name "$name" value "$SHOWN" source "$3" by "$OPERATOR"
  say "  <$name> = $SHOWN"
}

# bind_for STEP NAME: asks for what the block still needs. Without it the step cannot start.
# ASKED tells whether the block reads otherwise now than when it was shown.
bind_for() {
  ASKED=no
  until fill "$1" "$2"; do
    ask_value "$UNBOUND"
    ASKED=yes
  done
}

ask_value() {
  local name=$1 line meaning=${PLACEHOLDER[$1:meaning]-}
  if [[ ! -t 0 ]]; then
    complain "step ${P[$STEP:number]} needs <$name>: give it with --set $name=VALUE"
    leave 3 halt "no value for <$name>"
  fi
  if is_secret "$name"; then
    printf '%sa value for <%s>%s (not shown)%s > ' "$BOLD" "$name" "${meaning:+ ($meaning)}" "$PLAIN"
    IFS= read -r -s line || leave 3 halt 'the input ended'
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
