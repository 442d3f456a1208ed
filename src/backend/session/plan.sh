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
