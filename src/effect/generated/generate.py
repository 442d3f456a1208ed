#!/usr/bin/env python3
"""Writes the verb lists of clients that publish theirs: openstack.tsv, aws.tsv, az.tsv in this folder.

The sources are Python packages; install them into a virtual environment of their own, without their
dependencies, and run this script with that environment's interpreter:

    python3 -m venv VENV
    VENV/bin/pip install --no-deps botocore azure-cli python-openstackclient python-octaviaclient ...
    VENV/bin/python src/effect/generated/generate.py

A line of output is `verb path<TAB>class`. A command whose class the tables below do not give is left
out, so that it stays unknown, and is named on standard error for somebody to decide.
"""

import ast
import configparser
import gzip
import json
import pathlib
import re
import sys
import sysconfig

HERE = pathlib.Path(__file__).parent
PACKAGES = pathlib.Path(sysconfig.get_path("purelib"))

# ---------------------------------------------------------------- OpenStack: entry points

OPENSTACK_WORDS = {
    "read": "list show get search status stats top tail validate history count poll info summary versions version "
    "healthcheck health ping homedoc check-name aggregates aggregation batch-metrics batch-resources-metrics metadata "
    "instances modules axfr showfile state metrics sizes tasks class-schema verification ops",
    "local-write": "save download",
    "mutate": "create set unset update add remove enable disable cancel start stop restart reboot import adopt attach detach "
    "restore revert resize complete rebuild reset failover run confirm upgrade abort resume pause accept register deploy rescue "
    "unpause promote post recover scale rotate unrescue submit suspend migrate rollback on off execute approve unlock associate "
    "configure acknowledge forcedown shelve unhold commit stage rename request eject program collect inspect reissue unhealthy "
    "service instantiate lock rerun manage unshelve provide query unbind evacuate move upload pull store cp sign resync renew kill "
    "revoke release disassociate reprocess authorize heal nmi replace unregister signup change-ext-conn change-vnfpkg clean signal "
    "bind invite patch fail priority retry call exec op edit queue forgot grow expand host",
    "destroy": "delete purge cleanup abandon undeploy terminate shrink del clear",
}

# Paths whose last word says too little or the wrong thing, decided one by one.
OPENSTACK_PATHS = {
    "adjutant status": "read",
    "admin task tokens clear": "mutate",
    "aggregate cache image": "mutate",
    "alarm state get": "read",
    "appcontainer cp": "unknown",
    "appcontainer exec": "unknown",
    "appcontainer image pull": "mutate",
    "appcontainer logs": "read",
    "appcontainer quota default": "read",
    "bgp speaker list advertised routes": "read",
    "cached image clear": "mutate",
    "cluster build info": "read",
    "cluster check": "mutate",
    "cluster node check": "mutate",
    "cluster node op": "mutate",
    "cluster run": "unknown",
    "coe ca rotate": "mutate",
    "coe cluster config": "local-write",
    "command list": "read",
    "database backup list instance": "read",
    "database cluster list instances": "read",
    "database configuration default": "read",
    "database instance resize flavor": "mutate",
    "database instance resize volume": "mutate",
    "database root disable": "mutate",
    "database user show access": "read",
    "database user grant access": "mutate",
    "database user revoke access": "mutate",
    "database user update attributes": "mutate",
    "dataprocessing cluster template export": "local-write",
    "dataprocessing cluster update keypair": "mutate",
    "dataprocessing cluster verification": "mutate",
    "dataprocessing node group template export": "local-write",
    "environment apps edit": "mutate",
    "environment model edit": "mutate",
    "group contains user": "read",
    "image import info": "read",
    "messaging claim query": "read",
    "messaging queue get metadata": "read",
    "messaging queue set metadata": "mutate",
    "messaging queue signed url": "read",
    "network onboard subnet": "mutate",
    "network onboard subnets": "mutate",
    "optimize strategy state": "read",
    "orchestration build info": "read",
    "project manageable roles": "read",
    "router remove gateway": "mutate",
    "secret get": "read",
    "server dump create": "mutate",
    "server migrate": "mutate",
    "server ssh": "unknown",
    "share service ensure shares": "mutate",
    "stack check": "mutate",
    "stack export": "read",
    "stack hook clear": "mutate",
    "stack resource metadata": "read",
    "stack resource mark unhealthy": "mutate",
    "token issue": "read",
    "token revoke": "mutate",
    "static-action call": "unknown",
    "volume backup record export": "read",
    "volume migrate": "mutate",
    "workflow engine service list": "read",
    "zone axfr": "mutate",
    "zone transfer accept request": "mutate",
}

# Words after which the thing that is added, removed or shown stands: `server add volume`.
OPENSTACK_INNER = {"add": "mutate", "remove": "mutate", "inject": "mutate"}


def openstack():
    classes = by_word(OPENSTACK_WORDS)
    lines = {}
    for entry_points in sorted(PACKAGES.glob("*.dist-info/entry_points.txt")):
        parser = configparser.ConfigParser(delimiters=("=",), strict=False)
        parser.optionxform = str
        parser.read(entry_points)
        for section in parser.sections():
            if not section.startswith("openstack.") or section in ("openstack.cli.base", "openstack.cli.extension"):
                continue
            for name in parser[section]:
                path = name.replace("_", " ").strip()
                words = path.split()
                inner = next((OPENSTACK_INNER[word] for word in words[1:-1] if word in OPENSTACK_INNER), None)
                lines[path] = OPENSTACK_PATHS.get(path) or inner or classes.get(words[-1])
    write("openstack", lines)


# ---------------------------------------------------------------- AWS: service models

# The first word of an operation's name says what it does, in nearly all of the services.
AWS_WORDS = {
    "read": "list get describe search lookup head check is count estimate preview compare evaluate calculate scan select view "
    "discover query filter retrieve detect recognize translate classify suggest autocomplete geocode reverse "
    "validate simulate decrypt encrypt contains forecast decode introspect",
    "destroy": "delete terminate purge",
}

# Operations that do more, or less, than their first word says.
AWS_OPERATIONS = {
    "cloudformation detect-stack-drift": "mutate",
    "cloudformation detect-stack-resource-drift": "mutate",
    "cloudformation detect-stack-set-drift": "mutate",
    "cloudfront verify-dns-configuration": "read",
    "codecatalyst verify-session": "read",
    "endusermessaging validate-notify-code-verification": "mutate",
    "kms verify-mac": "read",
    "license-manager check-in-license": "mutate",
    "location verify-device-position": "read",
    "storagegateway retrieve-tape-archive": "mutate",
    "storagegateway retrieve-tape-recovery-point": "mutate",
    "apigatewayv2 preview-portal": "mutate",
    "athena batch-get-*": "read",
    "cognito-identity get-id": "mutate",
    "cognito-identity get-open-id-token-for-developer-identity": "mutate",
    "codepipeline poll-for-jobs": "mutate",
    "dynamodb transact-get-items": "read",
    "ecr batch-check-layer-availability": "read",
    "kms generate-data-key": "read",
    "kms generate-data-key-without-plaintext": "read",
    "kms generate-random": "read",
    "kms sign": "read",
    "kms verify": "read",
    "redshift get-cluster-credentials": "mutate",
    "redshift get-cluster-credentials-with-iam": "mutate",
    "sts assume-role": "read",
    "sts assume-role-with-saml": "read",
    "sts assume-role-with-web-identity": "read",
    "s3api get-object": "local-write",
    "s3api get-object-torrent": "local-write",
    "s3api select-object-content": "local-write",
    "logs start-query": "read",
    "quicksight describe-topic-refresh-schedule": "read",
    "discovery start-export-task": "mutate",
    "sagemaker get-scaling-configuration-recommendation": "mutate",
    "dynamodb query": "read",
    "dynamodb scan": "read",
    "lambda invoke": "unknown",
    "lambda invoke-async": "unknown",
    "ssm send-command": "unknown",
    "rds-data execute-statement": "unknown",
    "rds-data batch-execute-statement": "unknown",
    "redshift-data execute-statement": "unknown",
    "redshift-data batch-execute-statement": "unknown",
    "athena start-query-execution": "unknown",
    "dynamodb execute-statement": "unknown",
    "dynamodb batch-execute-statement": "unknown",
    "dynamodb execute-transaction": "unknown",
}

# The inner verb of a `batch-` operation decides.
AWS_BATCH_READ = {"get", "describe", "list", "check", "is", "detect"}

# Services whose command differs from the model's folder.
AWS_COMMANDS = {"s3": "s3api"}


def aws():
    words = {}
    services = sorted(path for path in (PACKAGES / "botocore" / "data").iterdir() if path.is_dir())
    lines = {}
    for service in services:
        models = sorted(service.glob("*/service-2.json.gz"))
        if not models:
            continue
        command = AWS_COMMANDS.get(service.name, service.name)
        for operation in json.loads(gzip.open(models[-1]).read())["operations"]:
            name = kebab(operation)
            path = f"{command} {name}"
            first = name.split("-")[0]
            words.setdefault(first, set()).add(name)
            if path in AWS_OPERATIONS:
                lines[path] = AWS_OPERATIONS[path]
            elif first == "batch":
                inner = name.split("-")[1] if "-" in name else ""
                lines[path] = "read" if inner in AWS_BATCH_READ else ("destroy" if inner == "delete" else "mutate")
    classes = by_word(AWS_WORDS)
    for first, names in words.items():
        if first == "batch":
            continue
        verdict = classes.get(first, "mutate")
        if any(name != first for name in names):
            lines[f"* {first}-*"] = verdict
        if first in names:
            lines[f"* {first}"] = verdict
    write("aws", lines)


def kebab(name):
    """The command of an operation: `DescribeDBInstances` is `describe-db-instances`."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1-\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name)
    return name.lower().replace("_", "-")


# ---------------------------------------------------------------- Azure: registered commands

AZURE_WORDS = {
    "read": "show list wait exists validate check-name get list-deleted list-skus list-versions list-usages list-usage show-deleted "
    "show-connection-string status what-if get-instance-view list-keys list-timezones list-definitions version stats show-usage tail "
    "logs query query-by-workspace validate-move show-cd-url retrieve-latest-backup-time list-locations get-credentials "
    "get-access-token check-health list-tags list-operations list-effective-nsg show-effective-route-table show-tags list-ip-addresses "
    "list-sizes list-vm-resize-options list-instance-connection-info list-available list-runtimes list-instances list-consumption-locations "
    "show-topology show-next-hop test-ip-flow export-template peek url summarize generate-sas wait-hsm file-service-usage preview",
    "local-write": "download download-batch export browse",
    "mutate": "create update add remove set start stop restart enable disable restore cancel assign import upgrade approve reject recover "
    "migrate clear upload reset activate deactivate scale move renew resize copy attach detach swap undelete register unregister set-primary "
    "resume snapshot regenerate lock unlock bind unbind complete config-zip link unlink sync stop-replication set-record remove-record "
    "set-policy delete-policy set-permission set-attributes revert revalidate reimage publish redeploy deallocate generalize convert "
    "failover rotate grant-access revoke-access simulate-eviction apply acquire release change extend insert replace put patch rename "
    "pause flush rewrite clone commit abort prepare operation-abort force-reboot upload-batch disconnect reconnect pool-change undelete-path "
    "provision-network revoke-delegation-keys close-handle invoke-action",
    "destroy": "delete purge delete-batch",
    "unknown": "run invoke exec up config test build",
}

AZURE_PATHS = {
    "account get-access-token": "read",
    "account clear": "local-write",
    "account set": "local-write",
    "acr login": "local-write",
    "aks get-credentials": "local-write",
    "aks browse": "read",
    "aks command invoke": "unknown",
    "aks command result": "read",
    "aks namespace get-credentials": "local-write",
    "aro get-admin-kubeconfig": "local-write",
    "cognitiveservices account managed-network outbound-rule bulk-set": "mutate",
    "aks install-cli": "mutate",
    "aks install-desktop": "mutate",
    "acr helm install-cli": "mutate",
    "bicep format": "local-write",
    "bicep install": "local-write",
    "bicep lint": "read",
    "bicep uninstall": "local-write",
    "bicep upgrade": "local-write",
    "bicep build-params": "local-write",
    "bicep decompile": "local-write",
    "bicep decompile-params": "local-write",
    "bicep generate-params": "local-write",
    "keyvault key random": "read",
    "keyvault key encrypt": "read",
    "keyvault key decrypt": "read",
    "storage blob generate-sas": "read",
    "storage container generate-sas": "read",
    "storage account generate-sas": "read",
    "storage share generate-sas": "read",
    "storage file generate-sas": "read",
    "storage queue generate-sas": "read",
    "storage table generate-sas": "read",
    "storage blob url": "read",
    "storage file url": "read",
    "vm open-port": "mutate",
    "vm capture": "mutate",
    "vm install-patches": "mutate",
    "vm auto-shutdown": "mutate",
    "vm assess-patches": "mutate",
    "cosmosdb collection exists": "read",
    "mysql flexible-server backup create": "mutate",
    "bicep build": "local-write",
    "cloud set": "local-write",
    "cloud register": "local-write",
    "cloud unregister": "local-write",
    "cloud update": "local-write",
    "config get": "read",
    "config set": "local-write",
    "config unset": "local-write",
    "config param-persist delete": "local-write",
    "configure": "local-write",
    "extension add": "local-write",
    "extension remove": "local-write",
    "extension update": "local-write",
    "find": "read",
    "graph query": "read",
    "group export": "read",
    "interactive": "unknown",
    "login": "local-write",
    "logout": "local-write",
    "monitor log-analytics query": "read",
    "network bastion ssh": "unknown",
    "rest": "unknown",
    "ssh vm": "unknown",
    "version": "read",
    "vm run-command list": "read",
    "vm run-command show": "read",
    "vmss run-command list": "read",
    "vmss run-command show": "read",
}


def az():
    classes = by_word(AZURE_WORDS)
    paths = set(AZURE_PATHS)
    modules = PACKAGES / "azure" / "cli" / "command_modules"
    for source in sorted(modules.glob("**/*.py")):
        text = source.read_text(encoding="utf-8-sig")
        paths.update(re.findall(r"""@register_command\(\s*["']([a-z0-9 -]+)["']""", text))
        if source.name == "commands.py":
            paths.update(registered(text))
    write("az", {path: AZURE_PATHS.get(path) or classes.get(path.split()[-1]) or prefixed(path) for path in paths})


def registered(text):
    """The commands of `with self.command_group("group") as g: g.custom_command("name", ...)`."""
    found = set()

    def walk(node, groups):
        if isinstance(node, ast.With):
            inside = dict(groups)
            for item in node.items:
                call, name = item.context_expr, item.optional_vars
                if is_call(call, "command_group") and isinstance(name, ast.Name):
                    inside[name.id] = call.args[0].value
            for child in node.body:
                walk(child, inside)
            return
        if is_call(node, "command") and isinstance(node.func.value, ast.Name) and node.func.value.id in groups:
            found.add(f"{groups[node.func.value.id]} {node.args[0].value}".strip())
        for child in ast.iter_child_nodes(node):
            walk(child, groups)

    walk(ast.parse(text), {})
    return found


def is_call(node, name):
    """Whether the node calls a method whose name has the word in it, with text as its first argument."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and name in node.func.attr
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


def prefixed(path):
    first = path.split()[-1].split("-")[0]
    return {"list": "read", "show": "read", "get": "read", "check": "read", "query": "read", "rotate": "mutate", "renew": "mutate", "restore": "mutate",
            "rollback": "mutate", "backup": "mutate", "promote": "mutate", "reboot": "mutate", "install": "mutate", "authorize": "mutate", "unauthorize": "mutate",
            "migrate": "mutate", "terminate": "mutate", "cancel": "mutate", "perform": "mutate", "break": "mutate", "failover": "mutate", "fail": "mutate",
            "failback": "mutate", "georestore": "mutate", "geo": "mutate", "detach": "mutate", "grant": "mutate", "untag": "mutate", "deploy": "mutate",
            "suspend": "mutate", "reinstall": "mutate", "resync": "mutate", "reactivate": "mutate", "execute": "unknown", "finalize": "mutate",
            "regenerate": "mutate", "offline": "mutate", "online": "mutate", "claim": "mutate", "hibernate": "mutate", "convert": "mutate", "apply": "mutate",
            "refresh": "mutate", "reconcile": "mutate", "archive": "mutate", "recycle": "mutate", "push": "mutate", "relocate": "mutate", "initialize": "mutate",
            "trigger": "mutate", "append": "mutate", "join": "mutate", "merge": "mutate", "tag": "mutate", "open": "mutate", "auto": "mutate", "manual": "mutate",
            "redeploy": "mutate", "perform-maintenance": "mutate", "simulate": "mutate", "assess": "mutate", "invite": "mutate", "purge": "destroy", "delete": "destroy", "create": "mutate", "add": "mutate",
            "remove": "mutate", "set": "mutate", "update": "mutate", "enable": "mutate", "disable": "mutate", "start": "mutate",
            "stop": "mutate", "reset": "mutate"}.get(first)


# ----------------------------------------------------------------


def by_word(table):
    return {word: verdict for verdict, words in table.items() for word in words.split()}


def write(name, lines):
    undecided = sorted(path for path, verdict in lines.items() if verdict is None)
    text = "".join(f"{path}\t{verdict}\n" for path, verdict in sorted(lines.items()) if verdict is not None)
    (HERE / f"{name}.tsv").write_text(text, encoding="ascii")
    print(f"{name}: {len(lines) - len(undecided)} paths, {len(undecided)} left unknown: {'; '.join(undecided)}", file=sys.stderr)


openstack()
aws()
az()
