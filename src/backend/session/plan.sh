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
STEPS=0

# step NUMBER KIND SECTION TITLE: KIND is run, check, gate or text.
step() {
  STEPS=$((STEPS + 1))
  P[$STEPS:number]=$1 P[$STEPS:kind]=$2 P[$STEPS:section]=$3 P[$STEPS:title]=$4
}

# has NAME VALUE: one more fact about the step.
has() { P[$STEPS:$1]=$2; }

# code LINE TEXT [NAME TEXT]...: the block, which starts on this line of the runbook; what stands
# between two texts is a placeholder.
code() { pieces code "$@"; }

# probe LINE TEXT [NAME TEXT]...: a command that the sentence of a gate names.
probe() {
  P[$STEPS:probes]=$((${P[$STEPS:probes]-0} + 1))
  pieces "probe${P[$STEPS:probes]}" "$@"
}

pieces() {
  local name=$1
  P[$STEPS:$name-line]=$2
  shift 2
  P[$STEPS:$name-first]=${#PIECES[@]}
  P[$STEPS:$name-count]=$#
  PIECES+=("$@")
}

# placeholder NAME PATTERN MEANING [secret] [target]: PATTERN is an extended regular expression
# for the whole value; `target` says that a mutation acts on what is filled in.
placeholder() {
  PLACEHOLDER[$1:pattern]=$2 PLACEHOLDER[$1:meaning]=$3
  PLACEHOLDER[$1:flags]=" ${*:4} "
}

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
