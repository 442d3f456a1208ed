//! Words that start commands: what tells a command from prose and output where no fence says it.

/// Whether a line that starts with `word` is likely a command: a program people run, a path to
/// one, or a keyword of the shell.
pub(super) fn is_command_word(word: &str) -> bool {
    if word.starts_with("./") || word.starts_with("../") || word.starts_with("~/") {
        return word.len() > 3;
    }
    let name = match word.strip_prefix('/') {
        Some(path) => path.rsplit_once('/').map_or("", |(_, name)| name),
        None => word,
    };
    COMMANDS.binary_search(&name).is_ok() || name.ends_with(".sh")
}

/// Whether `line` looks like a command rather than prose or output. Words that start both need
/// something of a command behind them.
pub(super) fn looks_like_command(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let Some(first) = words.next() else {
        return false;
    };
    let first = first.trim_end_matches(';');
    if first == ">" {
        // It empties a file.
        return words
            .next()
            .is_some_and(|target| target.starts_with(['/', '~', '.', '$']));
    }
    if !is_command_word(first) {
        // `KEY=value command`
        let assigns = first
            .split_once('=')
            .is_some_and(|(name, _)| is_variable_name(name));
        return assigns && words.next().is_some_and(is_command_word);
    }
    let second = words.next().unwrap_or("");
    if second == "version" && words.next().is_some_and(is_version_number) {
        return false;
    }
    if ALSO_PROSE.binary_search(&first).is_err() {
        return !second.starts_with([':', '=', '(']);
    }
    is_argument(second)
        || line.contains("; ")
        || (!second.is_empty() && !line.split_ascii_whitespace().any(is_prose))
}

/// `2.30.1`, `v1.29.0`
fn is_version_number(word: &str) -> bool {
    word.trim_start_matches('v')
        .starts_with(|c: char| c.is_ascii_digit())
}

/// Whether only commands have such a word.
fn is_argument(word: &str) -> bool {
    word.starts_with(['-', '/', '.', '~', '$', '"', '\'', '<', '>', '|', '&']) || word.contains('=')
}

/// Whether only sentences have such a word.
fn is_prose(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "a"
            | "an"
            | "is"
            | "are"
            | "was"
            | "to"
            | "of"
            | "for"
            | "with"
            | "and"
            | "your"
            | "this"
            | "that"
            | "it"
            | "not"
            | "all"
            | "be"
            | "if"
            | "has"
            | "have"
            | "you"
            | "we"
            | "created"
            | "deleted"
            | "configured"
            | "unchanged"
            | "found"
            | "any"
            | "until"
    ) || word.ends_with([':', ',', '.', '?', '!'])
}

/// Whether `line`, which starts with no known word, still reads as a command: a plain name with an
/// option behind it, or a path in a variable.
pub(super) fn may_be_unknown_command(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let Some(first) = words.next() else {
        return false;
    };
    let plain = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'-' | b'_' | b'.' | b'/')
    };
    let name =
        first.bytes().all(plain) && first.starts_with(|c: char| c.is_ascii_lowercase() || c == '/');
    let in_variable = first.starts_with('$') && first.contains('/');
    let option = |word: &str| {
        let name = word.trim_start_matches('-');
        name.len() < word.len()
            && word.len() <= name.len() + 2
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    (name || in_variable) && words.clone().any(option) && !words.any(is_prose)
}

/// Whether `name` can name a variable.
pub(super) fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Programs, builtins and keywords, sorted by bytes.
#[rustfmt::skip]
static COMMANDS: &[&str] = &[
    "!", "(", "((", ".", "7z", "7za", "7zz", ":", "R", "Rscript", "[", "[[", "a2disconf",
    "a2dismod", "a2dissite", "a2enconf", "a2enmod", "a2ensite", "aa-complain", "aa-disable",
    "aa-enforce", "aa-status", "ab", "accton", "ack", "acpi", "adb", "adcli",
    "add-apt-repository", "addgroup", "adduser", "ag", "age-keygen", "airflow", "alembic",
    "alias", "alternatives", "amanda", "amtool", "ansible", "ansible-config", "ansible-doc",
    "ansible-galaxy", "ansible-inventory", "ansible-lint", "ansible-playbook", "ansible-pull",
    "ansible-runner", "ansible-vault", "anvil", "apache2ctl", "apachectl", "apk",
    "apparmor_parser", "apparmor_status", "apport-cli", "apropos", "apt",
    "apt-add-repository", "apt-cache", "apt-get", "apt-key", "apt-mark", "ar", "arch",
    "arch-chroot", "argo", "argocd", "arp", "asciinema", "asdf", "at", "atop", "atq", "atrm",
    "audit2why", "aureport", "ausearch", "authconfig", "authselect", "autossh", "awk", "aws",
    "aws-okta", "aws-vault", "az", "b2sum", "b3sum", "bacula", "badblocks", "banner", "bao",
    "barman", "base32", "base64", "basename", "basenc", "bash", "bashtop", "bat", "batcat",
    "batch", "bc", "bconsole", "bcp", "beeline", "bg", "bicep", "biolatency", "biosdecode",
    "birdc", "blkdiscard", "blkid", "blockdev", "bluetoothctl", "bmon", "bonnie++", "borg",
    "boundary", "boxes", "bpftrace", "brctl", "break", "brew", "bridge", "brotli", "bsdtar",
    "btop", "btrfs", "btrfs-show-super", "btrfstune", "buildah", "builtin", "bun", "bundle",
    "bunzip2", "busctl", "byobu", "bzcat", "bzgrep", "bzip2", "cabal", "caffeinate", "cal",
    "calicoctl", "capi", "cargo", "case", "cassandra", "cast", "cat", "cd", "cdk", "cdktf",
    "ceph", "ceph-read", "ceph-volume", "cephadm", "certbot", "cfdisk", "cfssl", "cfssljson",
    "cgdisk", "chage", "chattr", "chcon", "checkov", "checksec", "chef-client",
    "chef-server-ctl", "chezmoi", "chfn", "chgrp", "chkconfig", "chkrootkit", "chmod",
    "chown", "chpasswd", "chronic", "chronyc", "chroot", "chrt", "chsh", "cilium",
    "cilium-dbg", "cksum", "clamscan", "clear", "clickhouse", "clickhouse-client", "cloud-id",
    "cloud-init", "cloud-init-per", "clush", "clusterctl", "clusterdb", "cmake", "cmctl",
    "cmp", "cobbler", "cockroach", "code", "codium", "colordiff", "colrm", "column", "comm",
    "command", "composer", "compress", "conda", "conftest", "connect-distributed.sh",
    "conntrack", "consul", "consul-template", "containerd", "continue", "coredumpctl",
    "cortextool", "cosign", "couchbase-cli", "cowsay", "cowthink", "cp", "cpio", "cpuid",
    "cqlsh", "crane", "crash", "crc", "createdb", "createuser", "crictl", "crm_report",
    "crontab", "crsctl", "cryptsetup", "cryptsetup-reencrypt", "csh", "csplit", "ctop", "ctr",
    "cu", "cue", "curl", "curlie", "cut", "dagster", "dart", "dasel", "dash", "datadog-agent",
    "date", "db2", "dbench", "dbmate", "dbt", "dbus-run-session", "dc", "dd", "dd-agent",
    "debconf-set-selections", "declare", "delgroup", "delta", "deluser", "delve", "deno",
    "depmod", "df", "dgmgrl", "dhall", "dhclient", "dhcpcd", "diff", "diff3", "difft", "dig",
    "dir", "dircolors", "direnv", "dirname", "disown", "dlv", "dmesg", "dmidecode", "dmsetup",
    "dnf", "dnsdomainname", "doas", "docker", "docker-compose", "docker.io", "dockerd",
    "doctl", "domainname", "dos2unix", "dosfsck", "dotnet", "doveadm", "dpkg", "dpkg-query",
    "dpkg-reconfigure", "dracut", "dropdb", "dropuser", "drush", "dsh", "dstat", "dtach",
    "du", "duckdb", "duf", "dump", "dumpe2fs", "dune", "duplicity", "dyff", "dzdo", "e2fsck",
    "e2image", "e2label", "e4defrag", "eatmydata", "ebtables", "ec2-metadata", "ec2metadata",
    "echo", "ed", "edac-util", "editor", "edquota", "efibootmgr", "egrep", "eject", "eksctl",
    "elasticsearch-plugin", "elixir", "emacs", "entr", "env", "envsubst", "erl", "esbuild",
    "esxcli", "etcd", "etcdctl", "etcdutl", "etherwake", "ethstats", "ethtool", "eu-stack",
    "eval", "ex", "exa", "exabgp", "exec", "exim", "exiqgrep", "exit", "expand", "expect",
    "export", "export-env", "expr", "eza", "factor", "fail2ban-client", "faillock", "faillog",
    "fakeroot", "fallocate", "false", "fastboot", "fastfetch", "fatlabel", "fd", "fdfind",
    "fdisk", "fg", "fgrep", "figlet", "file", "filebeat", "filefrag", "find", "findfs",
    "findmnt", "finger", "fio", "firewall-cmd", "fish", "fixfiles", "flink", "flock",
    "fluent-bit", "flutter", "flux", "fly", "flyctl", "flyway", "fmt", "fold", "for",
    "foreman-rake", "forever", "forge", "foundry", "free", "freshclam", "fsck", "fsck.ext2",
    "fsck.ext3", "fsck.ext4", "fsck.vfat", "fsck.xfs", "fsfreeze", "fstrim", "ftp", "ftpd",
    "func", "function", "fuser", "fusermount", "fusermount3", "fx", "g++", "gawk", "gcc",
    "gcloud", "gcore", "gdb", "gdisk", "gds", "gedit", "gem", "getcap", "getconf",
    "getenforce", "getent", "getfacl", "getopt", "getopts", "getsebool", "gettext", "gfind",
    "ggrep", "gh", "ghc", "ginstall", "git", "gitlab-ctl", "gitlab-rails", "gitlab-rake",
    "gke-gcloud-auth-plugin", "glab", "glances", "glow", "go", "gobgp", "gojq", "goose",
    "gosu", "govc", "gpasswd", "gpg", "gpg-agent", "gpg2", "gradle", "granted", "grep",
    "gron", "groupadd", "groupdel", "groupmod", "groups", "growpart", "grpconv", "grpcurl",
    "grub-install", "grub-mkconfig", "grub-reboot", "grub-set-default", "grub2-install",
    "grub2-mkconfig", "grub2-reboot", "grub2-set-default", "grubby", "grype", "gsed", "gsort",
    "gsutil", "gtar", "gtime", "gtimeout", "gtop", "guestmount", "guestunmount", "gunzip",
    "gxargs", "gzcat", "gzip", "ha-manager", "hadoop", "halt", "hammer", "haproxy", "hash",
    "hb_report", "hcloud", "hd", "hddtemp", "hdfs", "hdparm", "head", "helix", "helm",
    "hexdump", "hexyl", "hey", "history", "hive", "host", "hostid", "hostinfo", "hostname",
    "hostnamectl", "hpssacli", "htmlq", "htop", "http", "httpd", "httpie", "https", "hubble",
    "hugo", "hwatch", "hwinfo", "hwloc-ls", "hx", "hyperfine", "hypershift", "ibmcloud",
    "icdiff", "iconv", "id", "iex", "if", "ifconfig", "iftop", "imgpkg", "impala-shell",
    "incus", "influx", "influxd", "info", "infracost", "init", "initctl", "initdb", "insmod",
    "install", "installkernel", "invoke-rc.d", "inxi", "ionic", "ionice", "iostat", "iotop",
    "ip", "ip6tables", "ipa", "ipcrm", "ipcs", "iperf", "iperf3", "ipmitool", "ipsec",
    "ipset", "iptables", "iptables-restore", "iptables-save", "iptraf-ng", "irqbalance",
    "iscsiadm", "istioctl", "iw", "iwconfig", "jaq", "java", "javac", "jb", "jcmd", "jd",
    "jed", "jest", "jid", "jinfo", "jless", "jmap", "jmeter", "jo", "jobs", "joe", "join",
    "journalctl", "jp", "jps", "jq", "jsondiff", "jsonnet", "jstack", "jstat", "juju",
    "julia", "just", "jwt", "k", "k0s", "k0sctl", "k3d", "k3s", "k6", "k9s", "kafka-acls",
    "kafka-acls.sh", "kafka-broker-api-versions", "kafka-broker-api-versions.sh",
    "kafka-cluster.sh", "kafka-configs", "kafka-configs.sh", "kafka-console-consumer",
    "kafka-console-consumer.sh", "kafka-console-producer", "kafka-console-producer.sh",
    "kafka-consumer-groups", "kafka-consumer-groups.sh", "kafka-delete-records.sh",
    "kafka-dump-log.sh", "kafka-features.sh", "kafka-get-offsets.sh",
    "kafka-leader-election.sh", "kafka-log-dirs.sh", "kafka-metadata-quorum.sh",
    "kafka-mirror-maker.sh", "kafka-preferred-replica-election.sh", "kafka-produce",
    "kafka-producer-perf-test.sh", "kafka-read", "kafka-reassign-partitions",
    "kafka-reassign-partitions.sh", "kafka-server-start.sh", "kafka-server-stop.sh",
    "kafka-storage.sh", "kafka-topics", "kafka-topics.sh", "kafkacat", "kak", "kapp", "kate",
    "katello", "katello-service", "kbld", "kcat", "kdestroy", "kernel-install", "kexec",
    "keydb-cli", "keytool", "kibana", "kill", "killall", "killall5", "kind", "kinit", "klist",
    "knife", "kops", "kotlin", "kpartx", "krew", "ksh", "kubeadm", "kubecolor", "kubectl",
    "kubectl-argo-rollouts", "kubectx", "kubelb", "kubelet", "kubens", "kubeone",
    "kubermatic-installer", "kubeseal", "kustomize", "kvm", "la", "last", "lastb", "lastlog",
    "ldapadd", "ldapdelete", "ldapmodify", "ldapsearch", "ldconfig", "ldd", "lein", "less",
    "let", "lftp", "link", "linkerd", "linode-cli", "linux64", "liquibase", "litecli", "ll",
    "lldpcli", "lldpctl", "ln", "lnav", "local", "locale", "locale-gen", "localectl",
    "locate", "locust", "logcli", "logger", "loginctl", "logname", "logrotate", "logstash",
    "lolcat", "longhornctl", "look", "losetup", "ls", "lsattr", "lsb_release", "lsblk",
    "lscpu", "lsdasd", "lsfd", "lshw", "lsinitramfs", "lsinitrd", "lsipc", "lsiutil",
    "lslocks", "lslogins", "lsmem", "lsmod", "lsnrctl", "lsns", "lsof", "lspci", "lsscsi",
    "lstopo", "lsusb", "ltrace", "lvchange", "lvconvert", "lvcreate", "lvdisplay", "lvextend",
    "lvmconfig", "lvmdevices", "lvmdiskscan", "lvmdump", "lvreduce", "lvremove", "lvrename",
    "lvresize", "lvs", "lvscan", "lxc", "lynis", "lz4", "lzcat", "lzma", "lzop", "maas",
    "machinectl", "mail", "mailq", "mailx", "make", "mamba", "man", "mapfile", "mariadb",
    "mariadb-admin", "mariadb-check", "mariadb-dump", "matchpathcon", "matlab", "mawk", "mc",
    "mcedit", "mcelog", "md5sum", "mdadm", "megacli", "memcached", "mesg", "mg", "micro",
    "microk8s", "microk8s.kubectl", "migrate", "mimirtool", "minicom", "minikube", "minio",
    "mix", "mkdir", "mkdosfs", "mke2fs", "mkfifo", "mkfs", "mkfs.btrfs", "mkfs.exfat",
    "mkfs.ext2", "mkfs.ext3", "mkfs.ext4", "mkfs.f2fs", "mkfs.fat", "mkfs.gfs2", "mkfs.msdos",
    "mkfs.ntfs", "mkfs.ocfs2", "mkfs.vfat", "mkfs.xfs", "mkinitcpio", "mkinitramfs", "mknod",
    "mkntfs", "mkswap", "mktemp", "mlocate", "mocha", "modinfo", "modprobe", "mokutil",
    "molecule", "mongo", "mongod", "mongodump", "mongoexport", "mongoimport", "mongorestore",
    "mongos", "mongosh", "monit", "more", "mosh", "mosh-server", "most", "mount",
    "mount.cifs", "mount.nfs", "mountpoint", "mpstat", "msmtp", "mssql-cli", "mt", "mtr",
    "multipath", "multipathd", "multitail", "mutt", "mv", "mvn", "mycli", "mysql",
    "mysql-tools", "mysqladmin", "mysqlbinlog", "mysqlcheck", "mysqldump", "mysqldumpslow",
    "mysqlpump", "mysqlshow", "mysqlslap", "namei", "nano", "nawk", "nc", "ncal", "ncat",
    "ncdu", "ne", "needrestart", "needs-restarting", "neofetch", "nerdctl", "net", "netcat",
    "nethogs", "netstat", "networkctl", "newaliases", "newrelic", "newusers", "nfsstat",
    "nft", "ng", "nginx", "nice", "nifi", "ninja", "nisdomainname", "nl", "nload", "nm",
    "nmap", "nmcli", "nmon", "nnn", "nocorrect", "node", "nodetool", "noglob", "nohup",
    "nomad", "nose", "notify-send", "npm", "nproc", "npx", "nsenter", "nslookup", "nstat",
    "ntfsfix", "ntpdate", "ntpq", "ntpstat", "ntptrace", "nuget", "numactl", "numastat",
    "numfmt", "nvidia-smi", "nvim", "nvm", "nvme", "nvtop", "nwipe", "objdump", "oc",
    "oc-mirror", "ocaml", "oci", "ocm", "octave", "od", "odo", "oid2name", "opa", "opam",
    "open", "openfortivpn", "openshift-install", "openssl", "openstack", "openvpn",
    "operator-sdk", "opm", "oras", "oscap", "ossec-control", "ovftool", "ovn-nbctl",
    "ovn-sbctl", "ovs-appctl", "ovs-ofctl", "ovs-vsctl", "packer", "pacman",
    "pam-auth-update", "pam_tally2", "parallel", "parallel-ssh", "partclone", "parted",
    "partprobe", "passwd", "paste", "patch", "pathchk", "patronictl", "pbzip2", "pct",
    "pdfgrep", "pdsh", "perccli", "perf", "perl", "pfexec", "pg", "pg-admin", "pg-drop",
    "pg-read", "pg-write", "pg_amcheck", "pg_archivecleanup", "pg_basebackup", "pg_checksums",
    "pg_config", "pg_controldata", "pg_createcluster", "pg_ctl", "pg_ctlcluster",
    "pg_dropcluster", "pg_dump", "pg_dumpall", "pg_isready", "pg_lsclusters", "pg_receivewal",
    "pg_renamecluster", "pg_repack", "pg_resetwal", "pg_restore", "pg_rewind",
    "pg_test_fsync", "pg_upgrade", "pg_upgradecluster", "pg_verifybackup", "pg_waldump",
    "pgbackrest", "pgbench", "pgcli", "pgloader", "pgrep", "php", "phpdismod", "phpenmod",
    "pico", "picocom", "pidof", "pidstat", "pigz", "pinfo", "ping", "ping6", "pinky", "pip",
    "pip3", "pipenv", "pipx", "pkexec", "pkill", "plocate", "plymouth", "pm2", "pmap",
    "pmount", "pnpm", "podman", "podman-compose", "podman-remote", "poetry", "popd",
    "portablectl", "postconf", "postgres-tools", "postmap", "postqueue", "postsuper",
    "poweroff", "powerprofilesctl", "powertop", "pr", "pre-commit", "prefect", "prename",
    "presto", "printenv", "printf", "procs", "promtool", "ps", "psql", "pssh", "pstack",
    "pstree", "pt-duplicate-key-checker", "pt-mysql-summary", "pt-query-digest",
    "pt-show-grants", "pt-summary", "ptx", "pulumi", "pumount", "pup", "puppet", "pushd",
    "pvchange", "pvcreate", "pvdisplay", "pveam", "pveceph", "pvecm", "pvenode", "pvesh",
    "pvesm", "pvesr", "pveum", "pvmove", "pvremove", "pvresize", "pvs", "pvscan", "pwconv",
    "pwd", "pwdx", "pwscore", "pwsh", "pwunconv", "py-spy", "pyenv", "pytest", "python",
    "python2", "python3", "qemu-img", "qemu-kvm", "qemu-nbd", "qemu-system-x86_64", "qm",
    "quota", "quotaoff", "quotaon", "r10k", "rabbitmq-diagnostics", "rabbitmq-plugins",
    "rabbitmq-queues", "rabbitmq-server", "rabbitmq-streams", "rabbitmq-upgrade",
    "rabbitmqadmin", "rabbitmqctl", "racadm", "rados", "radosgw-admin", "rails", "rake",
    "rancher", "ranger", "ras-mc-ctl", "rbd", "rbenv", "rbspy", "rc-service", "rc-update",
    "rclone", "read", "readarray", "readelf", "readlink", "readonly", "realm", "realpath",
    "rebar3", "reboot", "redis-cli", "redis-sentinel", "redis-server", "reindexdb", "rename",
    "renice", "repquota", "rescan-scsi-bus", "rescan-scsi-bus.sh", "reset", "resize2fs",
    "resolvconf", "resolvectl", "restic", "restore", "restorecon", "return", "rev", "rfkill",
    "rg", "rhoas", "riak", "ripgrep", "rke", "rke2", "rkhunter", "rm", "rman", "rmdir",
    "rmmod", "rosa", "route", "rpcinfo", "rpm", "rpm2cpio", "rsnapshot", "rsync", "ruby",
    "runc", "runlevel", "runuser", "rustup", "s-nail", "s3cmd", "s6-svc", "sadf", "salt",
    "salt-call", "salt-key", "salt-run", "sam", "saml2aws", "sar", "satellite-maintain",
    "savelog", "sbt", "scala", "scp", "screen", "script", "sdiff", "sdk", "sdparm", "sed",
    "seinfo", "select", "semanage", "semodule", "sendmail", "sensible-editor", "sensors",
    "sentry-cli", "seq", "serverless", "service", "sesearch", "sestatus", "set", "setarch",
    "setcap", "setenforce", "setfacl", "setpriv", "setquota", "setsebool", "setsid", "sfdisk",
    "sftp", "sg_inq", "sg_map", "sg_readcap", "sg_reset", "sg_turs", "sg_vpd", "sgdisk",
    "sginfo", "sh", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "shasum",
    "shellcheck", "shfmt", "shift", "showmount", "shred", "shuf", "shutdown", "siege", "size",
    "skaffold", "skill", "skopeo", "slabtop", "sleep", "smartctl", "smbclient", "smem",
    "snap", "sntp", "socat", "sops", "sort", "sos", "sosreport", "source", "spark-shell",
    "spark-submit", "split", "sponge", "sqitch", "sqlcmd", "sqlite3", "sqlplus", "squid",
    "srm", "srvctl", "ss", "ssacli", "ssh", "ssh-add", "ssh-agent", "ssh-copy-id",
    "ssh-keygen", "ssh-keyscan", "sshfs", "sshpass", "sshuttle", "ssmtp", "sss_cache",
    "sssctl", "sstableloader", "stack", "stat", "stdbuf", "step", "step-cli", "stern",
    "storcli", "stow", "strace", "stress", "stress-ng", "strings", "strongswan", "stty", "su",
    "su-exec", "subl", "subscription-manager", "sudo", "sudo-rs", "sudoedit", "sum",
    "supervisorctl", "supportconfig", "sv", "sw_vers", "swaks", "swanctl", "swaplabel",
    "swapoff", "swapon", "swift", "syft", "sync", "sysbench", "sysctl", "sysctlbyname",
    "system_profiler", "systemctl", "systemd-analyze", "systemd-cryptenroll",
    "systemd-detect-virt", "systemd-firstboot", "systemd-hwdb", "systemd-machine-id-setup",
    "systemd-networkd", "systemd-notify", "systemd-nspawn", "systemd-resolve", "systemd-run",
    "systemd-sysctl", "systemd-sysusers", "systemd-tmpfiles", "tac", "tail", "talosctl",
    "tanka", "tapeinfo", "tar", "task", "taskset", "tc", "tcpdump", "tcsh", "tctl", "tee",
    "telegraf", "teleport", "telinit", "telnet", "tempfile", "temporal", "terraform",
    "terragrunt", "test", "tetra", "tfenv", "tflint", "tfsec", "tfswitch", "thanos", "tilt",
    "time", "timedatectl", "timeout", "times", "tiup", "tk", "tkn", "tldr", "tload", "tmux",
    "tofu", "toilet", "tomlq", "top", "touch", "tox", "tput", "tr", "tracepath", "traceroute",
    "trap", "trash", "tree", "trino", "trivy", "true", "truncate", "tsc", "tsh", "tshark",
    "tsort", "tty", "tune2fs", "tuned-adm", "turbostat", "type", "typeset", "ubuntu-bug",
    "udevadm", "ufw", "ulimit", "umask", "umount", "umount.nfs", "unalias", "uname",
    "unattended-upgrade", "unattended-upgrades", "unbuffer", "uncompress", "unexpand", "uniq",
    "unix2dos", "unlink", "unlz4", "unrar", "unset", "unshare", "until", "unxz", "unzip",
    "unzstd", "update-alternatives", "update-ca-certificates", "update-ca-trust",
    "update-grub", "update-grub2", "update-initramfs", "update-locale", "update-rc.d",
    "uptime", "useradd", "userdel", "usermod", "users", "usleep", "usql", "uuidgen", "uv",
    "uvt-kvm", "vacuumdb", "vagrant", "valkey-cli", "valkey-server", "varnishadm",
    "varnishlog", "vault", "vault-agent", "vdir", "vegeta", "velero", "vendir", "vgcfgbackup",
    "vgcfgrestore", "vgchange", "vgcreate", "vgdisplay", "vgexport", "vgextend", "vgimport",
    "vgimportclone", "vgmerge", "vgmknodes", "vgreduce", "vgremove", "vgrename", "vgs",
    "vgscan", "vgsplit", "vi", "viddy", "view", "vigr", "vim", "vimdiff", "vipw", "virsh",
    "virt-builder", "virt-cat", "virt-clone", "virt-copy-in", "virt-copy-out",
    "virt-customize", "virt-df", "virt-diff", "virt-filesystems", "virt-format",
    "virt-host-validate", "virt-inspector", "virt-install", "virt-list-filesystems",
    "virt-log", "virt-ls", "virt-resize", "virt-sparsify", "virt-sysprep", "virt-tail",
    "virt-tar-out", "virt-top", "virt-v2v", "virt-what", "virt-what-cvm", "virt-xml",
    "virtctl", "virtualenv", "visudo", "vite", "vmstat", "vtctl", "vtctlclient",
    "vtctldclient", "vtysh", "vzdump", "w", "wait", "wakeonlan", "wall", "watch", "wbinfo",
    "wc", "wdiff", "webpack", "websocat", "wg", "wg-quick", "wget", "wget2", "whatis",
    "whereis", "which", "while", "who", "whoami", "whois", "winbind", "winpty", "wipe",
    "wipefs", "wp", "wpa_cli", "write", "wrk", "x86info", "xargs", "xcodebuild", "xdg-open",
    "xe", "xfs_admin", "xfs_bmap", "xfs_freeze", "xfs_fsr", "xfs_growfs", "xfs_info",
    "xfs_io", "xfs_repair", "xh", "xhs", "xinput", "xkill", "xl", "xq", "xxd", "xz", "xzcat",
    "xzgrep", "yadm", "yarn", "yes", "yq", "ysqlsh", "ytt", "yugabyted", "yum", "zcat",
    "zcmp", "zdiff", "zegrep", "zfgrep", "zfs", "zgrep", "zip", "zipinfo", "zkCli.sh",
    "zkServer.sh", "zless", "zmore", "zookeeper-server-start.sh", "zookeeper-server-stop.sh",
    "zpool", "zsh", "zstd", "zstdcat", "zstdgrep", "ztail", "zypper", "{",
];

/// Those of [`COMMANDS`] that also start sentences and lines of output, sorted by bytes.
#[rustfmt::skip]
static ALSO_PROSE: &[&str] = &[
    "!", "(", "((", ".", ":", "R", "[", "[[", "airflow", "at", "bao", "batch", "bc", "bg",
    "boundary", "break", "cal", "case", "cast", "code", "column", "comm", "command",
    "compress", "continue", "crash", "ctr", "cu", "cue", "cut", "date", "dc", "dd", "diff",
    "dump", "ed", "eject", "env", "erl", "ex", "exec", "exit", "expand", "expect", "export",
    "factor", "false", "fg", "file", "find", "finger", "fio", "flock", "flux", "fly", "fmt",
    "fold", "for", "forge", "free", "func", "function", "goose", "granted", "groups", "hash",
    "head", "hey", "history", "hive", "host", "hx", "id", "iex", "if", "info", "install",
    "ipa", "iw", "jobs", "join", "just", "k", "kill", "kind", "la", "last", "less", "let",
    "link", "ll", "local", "look", "mail", "make", "man", "mc", "migrate", "mix", "more",
    "most", "mount", "mt", "ne", "net", "nice", "nl", "od", "opa", "open", "parallel",
    "paste", "patch", "perf", "pg", "pr", "presto", "quota", "read", "realm", "reset",
    "restore", "return", "rev", "route", "sam", "screen", "script", "sdk", "select",
    "serverless", "service", "set", "shift", "size", "skill", "sleep", "sort", "source",
    "split", "stack", "stat", "step", "stow", "stress", "strings", "sum", "sv", "sync",
    "tail", "task", "tc", "tee", "temporal", "test", "time", "timeout", "times", "top",
    "touch", "tr", "trap", "trash", "tree", "true", "type", "unlink", "until", "users",
    "view", "w", "wait", "wall", "watch", "which", "while", "who", "wipe", "write", "xe",
    "xl", "yes", "{",
];

#[cfg(test)]
mod tests {
    use super::{ALSO_PROSE, COMMANDS};

    #[test]
    fn the_lists_are_sorted() {
        assert!(COMMANDS.is_sorted_by(|a, b| a < b));
        assert!(ALSO_PROSE.is_sorted_by(|a, b| a < b));
        assert!(
            ALSO_PROSE
                .iter()
                .all(|word| COMMANDS.binary_search(word).is_ok())
        );
    }
}
