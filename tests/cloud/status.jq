# State, tick and faults in; what `juju status --format=json` answers out, with the keys of juju 3.6:
# agents are described under "juju-status", workloads under "workload-status".
#
# Input: state.json. Arguments: $tick, $faults (an object), $model (a name), $only (applications, empty = all).

. as $s
| ($s.pace) as $pace
| "05 Jul 2026 02:11:27Z" as $since
| def status($current): {current: $current, since: $since};
  def status($current; $message): {current: $current, message: $message, since: $since};
  # 0 for machine "0" and "0/lxd/3"
  def machine_number: split("/")[0] | tonumber;
  def is_off: $s.machines[split("/")[0]].host as $host | ($s.off | index($host)) != null;
  def stuck: ($faults | has("agent-stuck")) and machine_number == 1;
  # Agents change over one machine after another.
  def agent_version:
    if $s.model.to == null then $s.model.version
    elif stuck or ($tick <= $s.model.since + ($pace.agents * (machine_number + 1) / 5)) then $s.model.version
    else $s.model.to end;
  def offer($name):
    $s.apps[$name] as $app
    | if ($faults | has("name-mismatch"))
         and ($faults["name-mismatch"] | if . == "" then "magnum" else . end) == $name
      then "ch:amd64/\($app.charm)-dashboard-122"
      elif ($faults | has("new-offer"))
         and ($faults["new-offer"] | if . == "" then "rabbitmq-server" else . end) == $name
         and $app.offer == $app.rev
      then "ch:amd64/\($app.charm)-\($app.rev + 3)"
      elif $app.offer != $app.rev then "ch:amd64/\($app.charm)-\($app.offer)"
      else null end;
  # How a unit is: the workload's and the agent's word.
  def condition($name; $machine):
    $s.apps[$name] as $app
    | ($app.since // -1000) as $refreshed
    | if $machine | is_off then [status("unknown"; "agent lost, see 'juju show-status-log'"), "lost"]
      elif $app.error != null then [status("error"; "hook failed: \"\($app.error)\""), "idle"]
      elif ($faults | has("gate-never-passes")) and $app.since != null
      then [status("maintenance"; "Updating packages"), "executing"]
      elif $tick <= $refreshed + ($pace.settle / 2) then [status("maintenance"; "Updating packages"), "executing"]
      elif $tick <= $refreshed + $pace.settle then [status("active"; "Unit is ready"), "executing"]
      elif $name == "vault" and ($faults | has("vault-sealed"))
      then [status("blocked"; "Unit is sealed"), "idle"]
      elif $name == "mysql-innodb-cluster" and $s.database_offline
      then [status("blocked"; "Cluster is inaccessible from this instance: OFFLINE. Please check logs for details."), "idle"]
      elif $name == "mysql-innodb-cluster"
      then [status("active"; "Unit is ready: Mode: \(if ($machine | machine_number) == 0 then "R/W" else "R/O" end), Cluster is ONLINE and can tolerate up to ONE failure."), "idle"]
      else [status("active"; "Unit is ready"), "idle"] end;
  def unit($name; $machine):
    condition($name; $machine) as [$workload, $agent]
    | {"workload-status": $workload,
       "juju-status": (status($agent) + {version: ($machine | agent_version)})};
  def address: machine_number as $n | "10.12.8.\(40 + $n * 10 + ((split("/")[2] // "0") | tonumber))";
  def subordinates($name; $index; $machine):
    [$s.apps | to_entries[] | select(.value.on == $name)
     | {key: "\(.key)/\($index)",
        value: (unit(.key; $machine)
                + (if $index == 0 then {leader: true} else {} end)
                + {"public-address": ($machine | address)})}]
    | from_entries
    | if . == {} then {} else {subordinates: .} end;
  def units($name):
    ($s.apps[$name].units // [])
    | to_entries
    | map(.key as $index | .value as $machine
          | {key: "\($name)/\($index)",
             value: (unit($name; $machine)
                     + (if $index == 0 then {leader: true} else {} end)
                     + {machine: $machine, "public-address": ($machine | address)}
                     + subordinates($name; $index; $machine))})
    | from_entries;
  # The machines a subordinate's units stand on are its principal's.
  def places($name): $s.apps[$name] | .units // $s.apps[.on].units;
  def worst:
    if any(. == "error") then "error" elif any(. == "blocked") then "blocked"
    elif any(. == "maintenance") then "maintenance" elif any(. == "unknown") then "unknown"
    else "active" end;
  def application($name):
    $s.apps[$name] as $app
    | {charm: $app.charm, base: {name: "ubuntu", channel: "22.04"}, "charm-origin": "charmhub",
       "charm-name": $app.charm, "charm-rev": $app.rev, "charm-channel": $app.channel}
      + (offer($name) | if . == null then {} else {"can-upgrade-to": .} end)
      + {exposed: false,
         "application-status": status([places($name)[] as $machine | condition($name; $machine)[0].current] | worst)}
      + (if $app.on then {"subordinate-to": [$app.on]} else {units: units($name)} end);
  def machine($id):
    {"juju-status": (status(if $id | is_off then "down" else "started" end)
                     + {version: ($id | agent_version)}),
     "dns-name": ($id | if test("/") then address else $s.machines[$id].address end),
     "instance-id": ($id | if test("/") then "juju-a1b2c3-" + gsub("/"; "-") else $s.machines[$id].host end),
     "machine-status": status("running"; if $id | test("/") then "Container started" else "Deployed" end),
     "modification-status": status("idle"),
     base: {name: "ubuntu", channel: "22.04"}};
  def related($names):
    [$s.apps | keys_unsorted[] | . as $name
     | select(($names | length) == 0
              or ($names | index($name))
              or ($s.apps[$name].on as $on | $on != null and ($names | index($on)))
              or any($names[]; $s.apps[.].on == $name))];
  def openstack:
    related($only) as $apps
    | ([$apps[] | places(.)[]] | unique) as $used
    | {machines:
         ([$s.machines | keys_unsorted[] | . as $id
           | select(($only | length) == 0 or any($used[]; split("/")[0] == $id))
           | {key: $id,
              value: (machine($id) + {hostname: $s.machines[$id].host}
                      + ([$used[] | select(startswith("\($id)/lxd/"))]
                         | if . == [] then {}
                           else {containers: (map({key: ., value: machine(.)}) | from_entries)} end))}]
          | from_entries),
       applications: ([$apps[] | {key: ., value: application(.)}] | from_entries)};
  def controller_version:
    if $s.controller.to == null then $s.controller.version else $s.controller.to end;
  def controller_model:
    {machines: {"0": {"juju-status": (status("started") + {version: controller_version}),
                      hostname: "juju-1", "dns-name": "10.12.8.10", "instance-id": "juju-1",
                      "machine-status": status("running"; "Deployed"),
                      base: {name: "ubuntu", channel: "22.04"}}},
     applications: {controller: {charm: "juju-controller", base: {name: "ubuntu", channel: "22.04"},
                    "charm-origin": "charmhub", "charm-name": "juju-controller", "charm-rev": 116,
                    "charm-channel": "3.6/stable", exposed: false,
                    "application-status": status("active"),
                    units: {"controller/0": {"workload-status": status("active"; ""),
                            "juju-status": (status("idle") + {version: controller_version}),
                            leader: true, machine: "0", "public-address": "10.12.8.10"}}}}};
  {model: {name: $model, type: "iaas", controller: $s.controller.name, cloud: "maas",
           region: "default",
           version: (if $model == "controller" then controller_version else ($s.model.to // $s.model.version) end),
           "model-status": status("available"), sla: "unsupported"}}
  + (if $model == "controller" then controller_model else openstack end)
  + {storage: {}, controller: {timestamp: "02:11:27Z"}}
