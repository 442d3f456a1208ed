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
