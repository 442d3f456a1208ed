a"b"'c'\d$e${f}$(g)`h`$((i+j))<(k)
echo $'tab\there' $"translated" \
  --joined=li\
ne
echo ${a:-$(b "c")} ${d#*/} "${e%'}'}" ${#f[@]} ${!g} ${h[i]} ${j/k/$l} "${m:=n}" ${o:1:2}
echo *.log ?.txt [a-z]*.conf {1..3} {a,"b c",$d}x {e} {f,g [ -f h ]
echo ~/x ~user a=b c:d # comment
echo not#comment "#neither" '#nor'
echo `date "+%s \`inner \$x\`"`
x=$(cat <<IN
inner $y
IN
)
ls !(keep|*.bak) @(a|b)
