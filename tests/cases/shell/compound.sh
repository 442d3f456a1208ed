while read -r l; do echo "$l"; done <list >out
until ping -c1 h; do sleep 1; done
for ((i=0; i<$(n); i++)); do echo $i; done
for x; do echo "$x"; done
for x in a "$b" $(c)
do
  echo $x
done
select s in one two; do break; done
if a; then b; elif c; then d; else e; fi 2>&1 | tee log
case "$1" in
  start|stop) run "$1" ;;
  (*.yaml) kubectl apply -f "$1" ;&
  *) exit 1
esac
f() { local a=1; return $a; }
function g { echo; }
h () ( cd /tmp && ls )
! grep -q x f || { echo found; exit 1; }
time -p make all
coproc NAME { cat; }
[[ -f $a && "$b" =~ ^(x|y)+$ || $c == pre* ]] && echo yes
(( count += $(n) )); let x=1
a && b || c; d & e
( cd x; ls ) &
declare -A m=([k]="v $w" [l]=u) n
a=1 b+=2 c[3]=4 d=(5 "6" $seven) cmd arg
