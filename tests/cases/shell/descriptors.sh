cmd >out 2>err <in >>log 2>>errlog
cmd >&2 2>&1 >&- <&- 3<&0 2>&$fd >&$log
cmd &>all &>>all >|forced <>both {fd}>var >& both
cmd > >(tee log) 2> >(cat >&2) < <(ls)
exec 3<>/dev/tcp/host/80
cmd 2>/dev/null | other |& third
> emptied
