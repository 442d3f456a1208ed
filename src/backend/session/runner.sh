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
