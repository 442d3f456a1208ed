# comments stay comments here
$ juju status
Model  Controller  Cloud
# systemctl restart web
juju refresh keystone
drained node-1
> /var/log/web.log
