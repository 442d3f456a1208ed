openstack server list </dev/null >out
sort <in >out
wc -l <in 2>err
diff <(ls a) <(ls b)
cat <<<text
read -r line <&3
jq 'capture("(?<r>[0-9]+)").r' f
grep '^[<>]' f
awk '$1 < 5 && $2 > 3' f
kubectl get svc | grep '<none>' | grep -v '<pending>'
git commit --author="A Person <user@example.org>"
mail -s x "Team <team@example>"
grep -E '\<word\>' f
curl <https://example.org>
sed 's/<b>bold<\/b>/x/' page
virsh define /dev/stdin <<XML
<domain type='kvm'><name>vm1</name><vcpu>2</vcpu><features><acpi/></features></domain>
XML
cat > a.c <<'C'
#include <stdio.h>
C
if (( a<b )); then echo less; fi
