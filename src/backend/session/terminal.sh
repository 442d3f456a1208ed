# ---- talking to the operator -----------------------------------------------------------------

# Nothing is shown with a secret in it.
say() {
  mask "$*"
  printf '%s\n' "$MASKED"
}

complain() {
  mask "$*"
  printf 'session: %s\n' "$MASKED" >&2
}

# die STATUS SENTENCE: for what stops a session before it has begun.
die() {
  complain "$2"
  exit "$1"
}

# Colour is for terminals and for people who did not say no.
choose_colours() {
  BOLD='' PLAIN='' WARN=''
  [[ -t 1 && ${TERM-dumb} != dumb ]] || LINES_ONLY=yes
  if [[ $LINES_ONLY == no && -z ${NO_COLOR-} ]]; then
    BOLD=$'\e[1m' WARN=$'\e[1;33m' PLAIN=$'\e[0m'
  fi
}

heading() { say "$BOLD$*$PLAIN"; }

warn() { say "$WARN$*$PLAIN"; }

# Nothing a screen reader would spell out.
rule() {
  local line
  if [[ $LINES_ONLY == yes ]]; then
    say ''
    return
  fi
  printf -v line '%*s' "$((WIDTH < 70 ? WIDTH : 70))" ''
  say "${line// /-}"
}

LINES_ONLY=no # no colour, no line that is written over another: --plain, or a dumb terminal

# The terminal's width, within what reads well; 80 where there is no terminal.
find_width() {
  local size
  WIDTH=80
  [[ -t 0 ]] && size=$(stty size 2>/dev/null) && WIDTH=${size#* }
  ((WIDTH > 100)) && WIDTH=100
  ((WIDTH < 30)) && WIDTH=30
  return 0
}

# paragraph LEAD TEXT...: wraps text; LEAD stands before its first line and blanks before the rest.
paragraph() {
  local lead=$1 indent text
  shift
  [[ -n $* ]] || return 0
  text=$*
  if [[ $text != *$'\n'* ]] && ((${#text} + ${#lead} <= WIDTH)); then
    say "$lead$text"
    return
  fi
  printf -v indent '%*s' "${#lead}" ''
  mask "$*"
  printf '%s\n' "$MASKED" | fold -s -w "$((WIDTH - ${#lead}))" |
    sed -e 's/ *$//' -e "1s/^/$lead/" -e "2,\$s/^/$indent/"
}

# sed's options that turn bytes that are no UTF-8 into `?`.
NO_UTF8=(
  -e 's/[\xc0\xc1\xf5-\xff]/?/g'
  -e 's/(^|[\x01-\x7f])[\x80-\xbf]+/\1?/g'
  -e 's/([\xc2-\xdf][\x80-\xbf])[\x80-\xbf]+/\1?/g'
  -e 's/([\xe0-\xef][\x80-\xbf]{2})[\x80-\xbf]+/\1?/g'
  -e 's/([\xf0-\xf4][\x80-\xbf]{3})[\x80-\xbf]+/\1?/g'
  -e 's/[\xc2-\xdf]($|[^\x80-\xbf])/?\1/g'
  -e 's/[\xe0-\xef][\x80-\xbf]?($|[^\x80-\xbf])/?\1/g'
  -e 's/[\xf0-\xf4][\x80-\xbf]{0,2}($|[^\x80-\xbf])/?\1/g'
)

# Lets through text and takes out what drives a terminal: escape sequences, control characters,
# the C1 set, marks that turn the reading direction, and bytes that are no UTF-8.
sanitise() {
  LC_ALL=C sed -E \
    -e 's/\r+$//; s/\r+/\n/g' \
    -e 's/\x1b\[[0-?]*[ -/]*[@-~]//g' \
    -e 's/\x1b[]PX^_][^\x07\x1b]*(\x07|\x1b\\)?//g' \
    -e 's/\x1b[ -/]*[0-~]?//g' \
    -e 's/[\x00-\x08\x0b-\x1f\x7f]//g' \
    -e 's/\xc2[\x80-\x9f]/?/g; s/\xd8\x9c/?/g; s/\xef\xbb\xbf/?/g' \
    -e 's/\xe2\x80[\x8b-\x8f\xa8-\xae]/?/g; s/\xe2\x81[\xa0-\xaf]/?/g' \
    "${NO_UTF8[@]}"
}

# is_ascii TEXT: nothing but printable ASCII, tabs and line feeds.
is_ascii() {
  local LC_ALL=C
  [[ $1 != *[!$'\t'$'\n'' '-'~']* ]]
}

# show_text TEXT: sanitised, and without a process where there is nothing to take out.
show_text() {
  if is_ascii "$1"; then
    printf '%s\n' "$1"
  else
    printf '%s\n' "$1" | sanitise
  fi
}

# clean TEXT: what an operator typed, as one line that is safe to show and to record.
clean() { show_text "$*"; }

# Replaces the values of secrets in MASKED, as they are and in the encodings tools print.
mask() {
  local value
  MASKED=$1
  for value in "${SECRETS[@]}"; do
    MASKED=${MASKED//"$value"/********}
  done
}

# elapsed SECONDS: a duration as people say it.
elapsed() {
  local seconds=$1
  if ((seconds < 60)); then
    printf '%d s' "$seconds"
  elif ((seconds < 3600)); then
    printf '%d min' "$((seconds / 60))"
  else
    printf '%d h %02d min' "$((seconds / 3600))" "$((seconds % 3600 / 60))"
  fi
}
