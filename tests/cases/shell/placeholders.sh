sort asbuilt/<pre-ts>/b.yaml
juju refresh <app> --channel "<pinned-channel>" --revision='<recorded-rev>'
kubectl scale deploy/<name> --replicas=<1|2|3>
ssh <user>@<host> "systemctl restart <unit name>"
ssh <user@host> uptime
echo $HOME<suffix> ${<variable>} $<other>
for n in <first node> <second node>; do drain "$n"; done
oc get co <Operator's Name> -o yaml
restic restore <<BACKUP_ID>> --target /srv/<...>
ansible-playbook -i << path to hosts >> site.yml
psql -c "select * from <table> where id = <id>"
cat <<DONE > f
name: <name>
DONE
