# ---- what the operator's shell hands on ------------------------------------------------------
#
# Taken before this file has a name of its own: it is the state the first block starts from. The
# variables taken away first would change how bash itself reads a script.

export -n SHELLOPTS BASHOPTS
unset -v BASH_ENV ENV POSIXLY_CORRECT BASH_COMPAT
set +o posix
__rbc_inherited=$(
  export -p
  declare -f
  declare -F
  printf 'builtin umask %s\n' "$(umask)"
)
unset -v CDPATH GLOBIGNORE
set -u
umask 077
