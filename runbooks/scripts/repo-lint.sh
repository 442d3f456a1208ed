# The rules that a text file of this repository keeps: ASCII, LF, scripts that parse and carry no exec
# bit, links that lead somewhere. Reads only. Started from the root of the repository.
#
#   bash scripts/repo-lint.sh
# shellcheck shell=bash
set -u

fail=0
bad() {
  printf 'FAIL: %s: %s\n' "$1" "$2"
  fail=$((fail + 1))
}

while IFS= read -r file; do
  if LC_ALL=C grep -q '[^ -~[:space:]]' "$file"; then bad "$file" "a byte outside ASCII"; fi
  if grep -q $'\r' "$file"; then bad "$file" "a carriage return"; fi
done < <(find . -name .git -prune -o -name asbuilt -prune -o -type f \( -name '*.md' -o -name '*.sh' -o -name '*.toml' -o -name '*.yaml' \) -print | sort)

for script in scripts/*.sh; do
  if ! bash -n "$script"; then bad "$script" "does not parse"; fi
  if [ -x "$script" ]; then bad "$script" "carries an exec bit"; fi
done

while IFS= read -r page; do
  folder=$(dirname "$page")
  while IFS= read -r link; do
    if [ ! -e "$folder/$link" ]; then bad "$page" "link to $link leads nowhere"; fi
  done < <(grep -o ']([^):#]*)' "$page" | sed 's/^](//; s/)$//')
done < <(find . -name .git -prune -o -name asbuilt -prune -o -name '*.md' -print | sort)

echo "REPO-LINT: $fail fail"
[ "$fail" -eq 0 ]
