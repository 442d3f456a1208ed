# a comment
( {
  BAK=asbuilt/<pre-ts>; mkdir -p "$BAK"  # trailing
  juju status --format=yaml > "$BAK/juju-status.yaml" 2>&1 || echo "FAIL: x \"y\" <date>"
} )
export A=1 B="x $y" C
X=1 Y=(a b "$c") cmd 'single <target> q' a\ b *.txt {a,b}-$c $'a\tb'
! a | b |& c && d &
for i in $(juju status | jq -r '.x'); do juju refresh "$i" --channel=<a|b>; done
cat <<EOT | kubectl apply -f - >/dev/null
kind: <kind> $x $(date)
EOT
cat <<'E2' > f
no $exp <ns>
E2
while read -r l; do echo ${l%%:*} ${#l} ${x:-$(id)} ${a[@]} ${a[1]} $((1+$(n))); done < <(ls)
case "$1" in a*|b) rm x;; *) exit 1;; esac
f() { local z=1; return 2; }
[[ $a == b* && -f $(which x) ]] && echo y
(( a++ ))
time ls
[ -f x ] && echo `date +%s` "in `hostname -f` $(echo "deep $(x)")"
psql <<< "select 1" 2>/dev/null &>> log >&2 2>&- {fd}>x >&both <>rw
sudo tee /etc/x <<EOF2 >/dev/null
abc
EOF2
if a; then b; elif c; then d; else e; fi
echo last \
  -x
