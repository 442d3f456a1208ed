//! Text in other languages handed to a tool: SQL, redis commands, awk, sed, one-liners of Python
//! and Perl, HTTP methods. What is not clearly a read is unknown or more.

use std::collections::BTreeSet;

use super::paths::{Folder, weigh};
use super::spec::{Language, Level};
use super::{Class, Target, TargetId};

/// What a piece of code does.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    /// The class.
    pub(super) level: Level,
    /// The facets.
    pub(super) facets: BTreeSet<String>,
    /// The targets.
    pub(super) targets: Vec<Target>,
    /// Shell text that the code runs.
    pub(super) commands: Vec<String>,
    /// What was recognised.
    pub(super) text: String,
}

impl Finding {
    fn new(level: Level, text: impl Into<String>) -> Self {
        Finding {
            level,
            facets: BTreeSet::new(),
            targets: Vec::new(),
            commands: Vec::new(),
            text: text.into(),
        }
    }

    /// Code that runs shell text.
    pub(super) fn runs(command: String, text: &str) -> Self {
        let mut finding = Finding::known(Class::Read, text);
        finding.commands.push(command);
        finding
    }

    fn known(class: Class, text: impl Into<String>) -> Self {
        Finding::new(Level::known(class), text)
    }

    /// Code at a place that cannot be seen.
    pub(super) fn unseen(place: &str) -> Self {
        let mut finding = Finding::new(
            Level::UNKNOWN,
            format!("code in {place} cannot be seen here"),
        );
        finding.facets.insert("opaque-code".to_owned());
        finding
    }

    fn join(mut self, other: Finding) -> Finding {
        if other.level > self.level {
            self.text = other.text;
        }
        self.level = self.level.join(other.level);
        self.facets.extend(other.facets);
        self.targets.extend(other.targets);
        self.commands.extend(other.commands);
        self
    }
}

/// Judges code; `folder` and `remote` say where files it writes lie.
pub(super) fn judge(
    language: Language,
    client: &str,
    text: &str,
    folder: &Folder,
    remote: bool,
) -> Finding {
    match language {
        Language::Sql => sql(client, text),
        Language::Redis => redis(text),
        Language::Awk => awk(text, folder, remote),
        Language::Sed => sed(text, folder, remote),
        Language::Python => one_liner(text, PYTHON_PURE, "python"),
        Language::Perl => one_liner(text, PERL_PURE, "perl"),
        Language::Jq => Finding::known(Class::Read, "a jq filter reads"),
        Language::Http => http(text),
        // Shell is walked, not judged here.
        Language::Shell => Finding::new(Level::UNKNOWN, "shell"),
    }
}

fn http(method: &str) -> Finding {
    match method.trim().to_ascii_uppercase().as_str() {
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PROPFIND" => {
            Finding::known(Class::Read, format!("method {}", method.trim()))
        }
        "DELETE" | "POST" | "PUT" | "PATCH" => {
            Finding::known(Class::Mutate, format!("method {}", method.trim()))
        }
        _ => Finding::new(
            Level::UNKNOWN,
            format!("method `{}` is not known", method.trim()),
        ),
    }
}

// --- SQL ----------------------------------------------------------------------------------------

/// Functions that a SELECT may call and still only read.
const SQL_PURE: &[&str] = &[
    "abs",
    "age",
    "all",
    "any",
    "array",
    "array_agg",
    "array_length",
    "array_to_string",
    "avg",
    "bool_and",
    "bool_or",
    "by",
    "cast",
    "ceil",
    "char_length",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "convert",
    "count",
    "curdate",
    "current_database",
    "current_date",
    "current_schema",
    "current_setting",
    "current_timestamp",
    "current_user",
    "database",
    "date",
    "date_add",
    "date_format",
    "date_part",
    "date_sub",
    "date_trunc",
    "datediff",
    "decimal",
    "dense_rank",
    "distinct",
    "enum_range",
    "exists",
    "extract",
    "filter",
    "first_value",
    "floor",
    "format",
    "format_type",
    "from",
    "from_unixtime",
    "generate_series",
    "greatest",
    "group",
    "group_concat",
    "having",
    "hour",
    "if",
    "ifnull",
    "in",
    "inet_client_addr",
    "inet_server_addr",
    "inet_server_port",
    "interval",
    "is",
    "isnull",
    "json_agg",
    "json_build_object",
    "json_extract",
    "jsonb_agg",
    "jsonb_pretty",
    "lag",
    "last_value",
    "lead",
    "least",
    "left",
    "length",
    "limit",
    "lower",
    "lpad",
    "ltrim",
    "max",
    "md5",
    "min",
    "minute",
    "mod",
    "month",
    "not",
    "now",
    "ntile",
    "nullif",
    "numeric",
    "obj_description",
    "col_description",
    "octet_length",
    "on",
    "or",
    "and",
    "over",
    "partition",
    "percentile_cont",
    "percentile_disc",
    "pg_backend_pid",
    "pg_column_size",
    "pg_conf_load_time",
    "pg_control_checkpoint",
    "pg_control_system",
    "pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_current_xlog_location",
    "pg_database_size",
    "pg_encoding_to_char",
    "pg_get_constraintdef",
    "pg_get_expr",
    "pg_get_functiondef",
    "pg_get_indexdef",
    "pg_get_userbyid",
    "pg_get_viewdef",
    "pg_indexes_size",
    "pg_is_in_backup",
    "pg_is_in_recovery",
    "pg_is_wal_replay_paused",
    "pg_blocking_pids",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_last_xlog_receive_location",
    "pg_last_xlog_replay_location",
    "pg_locks",
    "pg_ls_dir",
    "pg_ls_waldir",
    "pg_ls_logdir",
    "pg_lsn",
    "pg_postmaster_start_time",
    "pg_relation_filepath",
    "pg_relation_size",
    "pg_read_file",
    "pg_settings",
    "pg_show_all_settings",
    "pg_size_bytes",
    "pg_size_pretty",
    "pg_stat_file",
    "pg_stat_get_activity",
    "pg_stat_get_live_tuples",
    "pg_stat_get_dead_tuples",
    "pg_table_is_visible",
    "pg_table_size",
    "pg_tablespace_location",
    "pg_tablespace_size",
    "pg_total_relation_size",
    "pg_typeof",
    "pg_wal_lsn_diff",
    "pg_walfile_name",
    "pg_xlog_location_diff",
    "pg_safe_snapshot_blocking_pids",
    "position",
    "power",
    "quote_ident",
    "quote_literal",
    "random",
    "rank",
    "regexp_match",
    "regexp_matches",
    "regexp_replace",
    "regexp_split_to_table",
    "regclass",
    "repeat",
    "replace",
    "right",
    "round",
    "row",
    "row_number",
    "row_to_json",
    "rpad",
    "rtrim",
    "schema",
    "second",
    "sec_to_time",
    "select",
    "session_user",
    "sha1",
    "sha2",
    "shobj_description",
    "sign",
    "split_part",
    "sqrt",
    "string_agg",
    "strpos",
    "substr",
    "substring",
    "substring_index",
    "sum",
    "table_schema",
    "time",
    "timediff",
    "timestamp",
    "timestampdiff",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_regclass",
    "to_timestamp",
    "trim",
    "trunc",
    "truncate",
    "txid_current_snapshot",
    "unix_timestamp",
    "unnest",
    "upper",
    "user",
    "using",
    "uuid",
    "values",
    "varchar",
    "version",
    "where",
    "width_bucket",
    "with",
    "as",
    "union",
    "except",
    "intersect",
    "then",
    "else",
    "when",
    "year",
    "has_database_privilege",
    "has_schema_privilege",
    "has_table_privilege",
    "pg_has_role",
    "hashtext",
    "pg_stat_get_backend_idset",
    "json_each",
    "jsonb_each",
    "json_array_elements",
    "jsonb_array_elements",
    "json_extract_path_text",
    "timestampadd",
    "adddate",
    "subdate",
    "hex",
    "unhex",
    "json_object",
    "json_arrayagg",
    "tablespace",
    "token",
    "writetime",
    "ttl",
    "pgstattuple",
    "pgstatindex",
    "pg_buffercache_pages",
    "heap_page_items",
    "pg_freespace",
    "pg_logical_slot_peek_changes",
    "pg_logical_slot_peek_binary_changes",
    "pg_export_snapshot_",
    "numnode",
    "querytree",
    "age_",
    "bit_count",
    "rows",
    "lateral",
];

/// Functions that change something although a SELECT calls them.
const SQL_CHANGING: &[&str] = &[
    "pg_reload_conf",
    "pg_terminate_backend",
    "pg_cancel_backend",
    "pg_switch_wal",
    "pg_switch_xlog",
    "pg_rotate_logfile",
    "pg_promote",
    "pg_start_backup",
    "pg_stop_backup",
    "pg_backup_start",
    "pg_backup_stop",
    "pg_create_restore_point",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
    "pg_xlog_replay_pause",
    "pg_xlog_replay_resume",
    "setval",
    "nextval",
    "pg_logical_emit_message",
    "pg_notify",
    "lo_import",
    "lo_export",
    "lo_unlink",
    "lo_create",
    "dblink_exec",
    "pg_file_write",
    "pg_file_unlink",
    "pg_import_system_collations",
    "pg_repack",
    "create_hypertable",
    "drop_chunks",
    "add_retention_policy",
    "cron.schedule",
    "citus_add_node",
    "master_add_node",
    "citus_remove_node",
    "rebalance_table_shards",
    "txid_current",
    "get_lock",
    "release_lock",
    "pg_stat_statements_reset",
    "pg_stat_reset_slru",
    "pg_logical_slot_get_changes",
    "pg_logical_slot_get_binary_changes",
    "pg_replication_slot_advance",
    "pg_replication_origin_create",
    "pg_replication_origin_drop",
    "pg_log_backend_memory_contexts",
    "pg_sync_replication_slots",
    "pg_prewarm",
    "brin_summarize_new_values",
    "gin_clean_pending_list",
    "cron.unschedule",
    "cron.alter_job",
];

/// A statement as bare words: strings and comments gone.
fn sql_statements(text: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut now = String::new();
    let mut chars = text.chars().peekable();
    while let Some(letter) = chars.next() {
        match letter {
            '\'' | '"' | '`' => {
                now.push('\'');
                while let Some(inside) = chars.next() {
                    if inside == '\\' && letter == '\'' {
                        chars.next();
                    } else if inside == letter {
                        if chars.peek() == Some(&letter) {
                            chars.next();
                        } else {
                            break;
                        }
                    }
                }
                now.push('\'');
            }
            '$' if chars.peek() == Some(&'$') => {
                chars.next();
                while let Some(inside) = chars.next() {
                    if inside == '$' && chars.peek() == Some(&'$') {
                        chars.next();
                        break;
                    }
                }
                now.push('\'');
            }
            '-' if chars.peek() == Some(&'-') => {
                for inside in chars.by_ref() {
                    if inside == '\n' {
                        now.push('\n');
                        break;
                    }
                }
            }
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                // `/*! ... */` runs on mysql: keep its words.
                chars.next();
                let runs = chars.peek() == Some(&'!');
                for inside in chars.by_ref() {
                    if last == '*' && inside == '/' {
                        break;
                    }
                    if runs && inside != '!' && !inside.is_ascii_digit() {
                        now.push(inside);
                    }
                    last = inside;
                }
                now.push(' ');
            }
            ';' => statements.push(std::mem::take(&mut now)),
            '\n' if now.trim_start().starts_with('\\') => {
                statements.push(std::mem::take(&mut now));
            }
            letter => now.push(letter),
        }
    }
    statements.push(now);
    statements
        .into_iter()
        .map(|statement| statement.trim().to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

fn sql(client: &str, text: &str) -> Finding {
    if client == "mongo" || client == "mongosh" || client == "js" {
        return mongo(text);
    }
    let statements = sql_statements(text);
    let mut found = Finding::known(Class::Read, "no statement");
    for (index, statement) in statements.iter().enumerate() {
        let next = sql_statement(client, statement);
        found = if index == 0 { next } else { found.join(next) };
    }
    found
}

fn sql_statement(client: &str, statement: &str) -> Finding {
    let lower = statement.to_lowercase();
    if lower.starts_with('\\') {
        return sql_meta(client, statement, &lower);
    }
    // psql sends the statement on: to a command, to a file, or its rows as statements.
    if client == "psql"
        && let Some((_, to)) = lower.split_once("\\g")
    {
        let to = to.strip_prefix('x').unwrap_or(to);
        if to.starts_with("exec") || to.trim_start().starts_with('|') {
            return Finding::unseen("psql's `\\g`");
        }
        if to.starts_with(' ') && !to.trim().is_empty() {
            let (statement, _) = lower.split_once("\\g").unwrap_or((&lower, ""));
            return sql_statement("", statement)
                .join(Finding::known(Class::LocalWrite, "\\g writes a file"));
        }
    }
    // mysql's `\G` and psql's `\gx` end a statement.
    let lower = lower
        .trim_end_matches("\\g")
        .trim_end_matches("\\gx")
        .trim()
        .to_owned();
    let words: Vec<&str> = lower
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '.'))
        .filter(|word| !word.is_empty())
        .collect();
    let first = words.first().copied().unwrap_or("");
    let second = words.get(1).copied().unwrap_or("");
    let named = |class: Class| {
        let mut words = words.iter().take(2).map(|word| word.to_uppercase());
        let name = [
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        ]
        .join(" ");
        Finding::known(class, format!("SQL {}", name.trim()))
    };
    if lower.starts_with(['$', '<']) || first.is_empty() {
        return Finding::unseen("a variable");
    }
    match first {
        "select" | "table" | "values" => sql_query(&lower, &words),
        "with" => {
            let writes = ["insert", "update", "delete", "merge"]
                .iter()
                .any(|verb| words.contains(verb));
            if writes {
                Finding::known(Class::Mutate, "SQL WITH that writes")
            } else {
                sql_query(&lower, &words)
            }
        }
        "show" | "describe" | "desc" | "help" | "use" | "status" | "begin" | "commit"
        | "rollback" | "end" | "start" | "savepoint" | "abort" | "declare" | "fetch" | "close"
        | "print" | "go" | "consistency" | "tracing" | "paging" | "expand" => {
            // `START TRANSACTION` alone; `START SLAVE` changes.
            if first == "start" && second != "transaction" {
                return named(Class::Mutate);
            }
            named(Class::Read)
        }
        "explain" => {
            let runs = words.contains(&"analyze") || words.contains(&"analyse");
            let writes = ["insert", "update", "delete", "merge", "create", "replace"]
                .iter()
                .any(|verb| words.contains(verb));
            if runs && writes {
                Finding::known(Class::Mutate, "SQL EXPLAIN ANALYZE of a write")
            } else if runs {
                sql_query(&lower, &words)
            } else {
                Finding::known(Class::Read, "SQL EXPLAIN")
            }
        }
        "set" => {
            if matches!(second, "global" | "persist" | "persist_only" | "password")
                || lower.contains("@@global")
                || lower.contains("@@persist")
            {
                named(Class::Mutate)
            } else {
                named(Class::Read)
            }
        }
        "reset" if !matches!(second, "master" | "slave" | "replica" | "query" | "binary") => {
            named(Class::Read)
        }
        "copy" => {
            if words.contains(&"to")
                && words.last() != Some(&"program")
                && !words.contains(&"program")
            {
                if words.contains(&"stdout") {
                    Finding::known(Class::Read, "SQL COPY TO STDOUT")
                } else {
                    named(Class::Mutate)
                }
            } else {
                named(Class::Mutate)
            }
        }
        "check" | "checksum" => named(Class::Read),
        "pause" | "resume" if client == "pgbouncer" => named(Class::Mutate),
        "drop" | "truncate" => {
            let mut finding = match second {
                "table" | "database" | "schema" | "tablespace" | "keyspace" | "column"
                | "materialized" => named(Class::Destroy),
                _ if first == "truncate" => named(Class::Destroy),
                _ => named(Class::Mutate),
            };
            if finding.level.class == Class::Destroy {
                finding.facets.insert("data-loss".to_owned());
            }
            finding
        }
        "delete" => {
            let mut finding = if words.contains(&"where") {
                named(Class::Mutate)
            } else {
                named(Class::Destroy)
            };
            finding.facets.insert("data-loss".to_owned());
            finding
        }
        "purge" => named(Class::Destroy),
        "source" => Finding::unseen("a sourced file"),
        "insert" | "update" | "replace" | "merge" | "create" | "alter" | "grant" | "revoke"
        | "vacuum" | "analyze" | "analyse" | "reindex" | "cluster" | "comment" | "refresh"
        | "lock" | "unlock" | "kill" | "flush" | "call" | "do" | "execute" | "exec" | "prepare"
        | "deallocate" | "load" | "optimize" | "repair" | "rename" | "stop" | "reset"
        | "change" | "install" | "uninstall" | "notify" | "listen" | "checkpoint" | "security"
        | "reassign" | "import" | "discard" | "restore" | "backup" | "shutdown" | "handler"
        | "cache" | "system" | "reload" | "pause" | "resume" | "batch" | "upsert" | "attach"
        | "detach" | "suspend" => named(Class::Mutate),
        _ => Finding::new(Level::UNKNOWN, format!("SQL `{first}` is not known")),
    }
}

/// A query: reads unless it writes a table or file, or calls a function that changes something.
fn sql_query(lower: &str, words: &[&str]) -> Finding {
    if let Some(at) = words.iter().position(|word| *word == "into") {
        return match words.get(at + 1) {
            Some(&"outfile" | &"dumpfile") => {
                Finding::known(Class::Mutate, "SQL SELECT INTO a file of the server")
            }
            _ if lower.contains("@") => Finding::known(Class::Read, "SQL SELECT into variables"),
            _ => Finding::known(Class::Mutate, "SQL SELECT INTO a table"),
        };
    }
    if words.windows(2).any(|pair| pair == ["for", "update"]) {
        return Finding::known(
            Class::Read,
            "SQL SELECT FOR UPDATE holds locks for the session",
        );
    }
    let mut unknown = None;
    for name in calls(lower) {
        let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
        if SQL_CHANGING.contains(&name)
            || name.starts_with("pg_create_")
            || name.starts_with("pg_drop_")
            || name.starts_with("pg_stat_reset")
            || name.starts_with("pg_replication_slot_advance")
            || name.starts_with("pg_replication_origin_")
            || name.starts_with("pg_copy_")
        {
            return Finding::known(Class::Mutate, format!("SQL function {name}()"));
        }
        if name.contains("advisory")
            || name == "set_config"
            || name == "sleep"
            || name == "pg_sleep"
            || name == "pg_export_snapshot"
            || name.starts_with("pg_stat_get_")
            || name.starts_with("pg_get_")
            || name.starts_with("has_")
            || name.starts_with("json")
        {
            continue;
        }
        if !SQL_PURE.contains(&name) {
            unknown = Some(name.to_owned());
        }
    }
    match unknown {
        Some(name) => Finding::new(
            Level::UNKNOWN,
            format!("SQL function {name}() is not known"),
        ),
        None => Finding::known(Class::Read, "SQL query"),
    }
}

/// Names directly before an opening parenthesis.
fn calls(lower: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in lower.match_indices('(') {
        let before = lower.get(..at).unwrap_or("");
        let trimmed = before.trim_end();
        let start = trimmed
            .rfind(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '.'))
            .map_or(0, |at| at + 1);
        let name = trimmed.get(start..).unwrap_or("");
        // `table t (a, b)` has a blank; a function rarely has.
        if !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) {
            if trimmed.len() < before.len() && !SQL_CHANGING.contains(&name) {
                continue;
            }
            found.push(name);
        }
    }
    found
}

fn sql_meta(client: &str, statement: &str, lower: &str) -> Finding {
    let word = lower.split_whitespace().next().unwrap_or("");
    let word = word.trim_start_matches('\\');
    if client == "mysql" {
        return match word {
            "s" | "g" | "h" | "?" | "u" | "r" | "p" | "c" | "q" | "w" | "t" => {
                Finding::known(Class::Read, format!("\\{word}"))
            }
            "!" | "." => Finding::unseen(&format!("`\\{word}`")),
            _ => Finding::new(Level::UNKNOWN, format!("`\\{word}` is not known")),
        };
    }
    if let Some(command) = statement.strip_prefix("\\!") {
        return Finding::runs(command.trim().to_owned(), "\\! runs a command");
    }
    // psql runs what stands in backquotes.
    if statement.contains('`') {
        return Finding::unseen("a command in backquotes");
    }
    match word {
        "copy" => {
            if lower.contains(" program ") {
                Finding::unseen("\\copy to or from a program")
            } else if lower.contains(" to ") {
                Finding::known(Class::LocalWrite, "\\copy to a file")
            } else {
                Finding::known(Class::Mutate, "\\copy into a table")
            }
        }
        "o" | "w" if statement.contains('|') => {
            Finding::unseen(&format!("`\\{word}` to a command"))
        }
        "o" | "w" | "g" if lower.split_whitespace().nth(1).is_some() => {
            Finding::known(Class::LocalWrite, format!("\\{word} writes a file"))
        }
        "i" | "ir" | "!" | "gexec" | "e" | "ef" | "password" => {
            Finding::unseen(&format!("`\\{word}`"))
        }
        _ if word.starts_with('d')
            || word.starts_with('l')
            || matches!(
                word,
                "c" | "connect"
                    | "conninfo"
                    | "x"
                    | "timing"
                    | "pset"
                    | "a"
                    | "t"
                    | "h"
                    | "?"
                    | "q"
                    | "echo"
                    | "set"
                    | "unset"
                    | "sf"
                    | "sv"
                    | "z"
                    | "encoding"
                    | "f"
                    | "g"
                    | "gx"
                    | "watch"
                    | "if"
                    | "else"
                    | "endif"
                    | "p"
                    | "r"
                    | "s"
                    | "qecho"
                    | "warn"
                    | "o"
                    | "gset"
                    | "elif"
            ) =>
        {
            if word.starts_with("lo_") {
                return Finding::known(Class::Mutate, format!("\\{word}"));
            }
            Finding::known(Class::Read, format!("\\{word}"))
        }
        _ => Finding::new(Level::UNKNOWN, format!("`\\{word}` is not known")),
    }
}

/// Method calls of the MongoDB shell.
fn mongo(text: &str) -> Finding {
    const READS: &[&str] = &[
        "status",
        "conf",
        "config",
        "printreplicationinfo",
        "printsecondaryreplicationinfo",
        "printslavereplicationinfo",
        "serverstatus",
        "stats",
        "find",
        "findone",
        "count",
        "countdocuments",
        "estimateddocumentcount",
        "distinct",
        "aggregate",
        "explain",
        "getindexes",
        "getcollectionnames",
        "getcollectioninfos",
        "getmongo",
        "getsiblingdb",
        "getname",
        "getusers",
        "getuser",
        "getroles",
        "getrole",
        "currentop",
        "hello",
        "ismaster",
        "version",
        "hostinfo",
        "buildinfo",
        "getreplicationinfo",
        "toarray",
        "pretty",
        "limit",
        "sort",
        "skip",
        "foreach",
        "print",
        "printjson",
        "tojson",
        "stringify",
        "map",
        "filter",
        "getdbs",
        "listdatabases",
        "datasize",
        "storagesize",
        "totalsize",
        "totalindexsize",
        "getcollection",
        "setreadpref",
        "setsecondaryok",
        "setslaveok",
        "getshardversion",
        "getshardmap",
        "getbalancerstate",
        "isbalancerrunning",
        "getprofilingstatus",
        "parseint",
        "date",
        "isodate",
        "objectid",
        "ping",
        "auth",
        "getsetting",
        "getlogcomponents",
        "latencystats",
        "hasnext",
        "next",
        "secondaryok",
        "keys",
        "join",
        "push",
        "printshardingstatus",
    ];
    let lower = text.to_lowercase();
    // An aggregation may end in a collection.
    let mut class = if lower.contains("$out") || lower.contains("$merge") {
        Class::Mutate
    } else {
        Class::Read
    };
    let mut unknown = None;
    let mut inside = String::new();
    let mut quoted: Option<char> = None;
    for letter in lower.chars() {
        match quoted {
            Some(quote) if letter == quote => quoted = None,
            Some(_) => {}
            None if letter == '\'' || letter == '"' => quoted = Some(letter),
            None => inside.push(letter),
        }
    }
    for name in calls(&inside) {
        let method = name.rsplit('.').next().unwrap_or(name);
        let destroys = matches!(method, "drop" | "dropdatabase" | "deletemany" | "remove");
        let changes = [
            "insert",
            "update",
            "delete",
            "replace",
            "create",
            "drop",
            "set",
            "add",
            "remove",
            "grant",
            "revoke",
            "step",
            "freeze",
            "reconfig",
            "initiate",
            "shutdown",
            "kill",
            "enable",
            "disable",
            "start",
            "stop",
            "move",
            "split",
            "shard",
            "fsync",
            "compact",
            "resync",
            "rename",
            "save",
            "bulk",
            "findand",
            "findoneand",
            "logrotate",
            "refine",
            "reshard",
        ]
        .iter()
        .any(|verb| method.starts_with(verb));
        if READS.contains(&method) {
            continue;
        }
        if destroys {
            class = class.max(Class::Destroy);
        } else if changes {
            class = class.max(Class::Mutate);
        } else if !matches!(method, "if" | "for" | "function" | "while" | "return")
            && unknown
                .as_deref()
                .is_none_or(|known| matches!(known, "runcommand" | "admincommand"))
        {
            unknown = Some(method.to_owned());
        }
    }
    if let Some(method) = &unknown
        && matches!(method.as_str(), "runcommand" | "admincommand")
    {
        let compact: String = lower
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect();
        let changes = [
            "setparameter:",
            "replsetstepdown:",
            "replsetreconfig:",
            "replsetfreeze:",
            "replsetsyncfrom:",
            "shutdown:",
            "logrotate:",
            "fsync:",
            "killop:",
            "compact:",
            "setfeaturecompatibilityversion:",
            "balancerstop:",
            "balancerstart:",
            "enablesharding:",
            "shardcollection:",
            "movechunk:",
            "moveprimary:",
            "removeshard:",
            "addshard:",
            "createindexes:",
            "dropindexes:",
            "collmod:",
            "flushrouterconfig:",
        ];
        if changes.iter().any(|change| {
            compact.contains(change)
                || compact.contains(&change.replace(':', "\":"))
                || compact.contains(&change.replace(':', "':"))
        }) {
            return Finding::known(Class::Mutate, "a command of the server that changes it");
        }
        let reads = [
            "replsetgetstatus",
            "replsetgetconfig",
            "serverstatus",
            "ping",
            "hello",
            "ismaster",
            "buildinfo",
            "dbstats",
            "collstats",
            "getparameter",
            "currentop",
            "listdatabases",
            "connectionstatus",
            "getcmdlineopts",
            "hostinfo",
            "top",
            "listcollections",
            "getlog",
        ];
        if reads.iter().any(|read| {
            compact.contains(&format!("{read}:"))
                || compact.contains(&format!("{read}\":"))
                || compact.contains(&format!("{read}':"))
                || compact.contains(&format!("(\"{read}\")"))
                || compact.contains(&format!("('{read}')"))
        }) {
            unknown = None;
        }
    }
    match unknown {
        Some(method) if class <= Class::Read => {
            Finding::new(Level::UNKNOWN, format!("method {method}() is not known"))
        }
        Some(_) | None => Finding::known(class, "methods of the shell"),
    }
}

// --- redis --------------------------------------------------------------------------------------

const REDIS_READS: &[&str] = &[
    "bitcount",
    "bitpos",
    "command",
    "dbsize",
    "dump",
    "echo",
    "exists",
    "expiretime",
    "geodist",
    "geohash",
    "geopos",
    "georadius_ro",
    "geosearch",
    "get",
    "getbit",
    "getrange",
    "hello",
    "hexists",
    "hget",
    "hgetall",
    "hkeys",
    "hlen",
    "hmget",
    "hscan",
    "hstrlen",
    "hvals",
    "info",
    "keys",
    "lastsave",
    "lindex",
    "llen",
    "lolwut",
    "lpos",
    "lrange",
    "mget",
    "monitor",
    "object",
    "pfcount",
    "ping",
    "psubscribe",
    "pttl",
    "pubsub",
    "randomkey",
    "role",
    "scan",
    "scard",
    "sdiff",
    "select",
    "sinter",
    "sismember",
    "smembers",
    "smismember",
    "srandmember",
    "sscan",
    "strlen",
    "subscribe",
    "substr",
    "sunion",
    "time",
    "ttl",
    "type",
    "wait",
    "xinfo",
    "xlen",
    "xpending",
    "xrange",
    "xread",
    "xrevrange",
    "zcard",
    "zcount",
    "zlexcount",
    "zrange",
    "zrangebylex",
    "zrangebyscore",
    "zrank",
    "zrevrange",
    "zrevrangebyscore",
    "zrevrank",
    "zscan",
    "zscore",
    "zmscore",
    "auth",
    "quit",
    "bitfield_ro",
    "hrandfield",
    "lcs",
    "pexpiretime",
    "sintercard",
    "sort_ro",
    "zdiff",
    "zinter",
    "zrandmember",
    "zrevrangebylex",
    "zunion",
];

const REDIS_READ_PARTS: &[(&str, &[&str])] = &[
    (
        "acl",
        &[
            "list", "users", "getuser", "cat", "whoami", "log", "help", "dryrun",
        ],
    ),
    (
        "client",
        &[
            "list",
            "info",
            "id",
            "getname",
            "help",
            "getredir",
            "trackinginfo",
        ],
    ),
    (
        "cluster",
        &[
            "info",
            "nodes",
            "slots",
            "shards",
            "myid",
            "keyslot",
            "countkeysinslot",
            "getkeysinslot",
            "replicas",
            "slaves",
            "links",
            "count-failure-reports",
            "help",
            "myshardid",
        ],
    ),
    ("config", &["get", "help"]),
    ("debug", &["object", "help"]),
    ("function", &["list", "dump", "stats", "help"]),
    (
        "latency",
        &["latest", "history", "doctor", "graph", "help", "histogram"],
    ),
    (
        "memory",
        &["usage", "stats", "doctor", "malloc-stats", "help"],
    ),
    ("module", &["list", "help"]),
    ("script", &["exists", "help"]),
    (
        "sentinel",
        &[
            "masters",
            "master",
            "replicas",
            "slaves",
            "sentinels",
            "get-master-addr-by-name",
            "ckquorum",
            "myid",
            "info-cache",
            "is-master-down-by-addr",
            "pending-scripts",
            "help",
        ],
    ),
    ("slowlog", &["get", "len", "help"]),
];

fn redis(text: &str) -> Finding {
    let mut found: Option<Finding> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let next = redis_command(line);
        found = Some(match found {
            Some(found) => found.join(next),
            None => next,
        });
    }
    found.unwrap_or_else(|| Finding::known(Class::Read, "no command"))
}

fn redis_command(line: &str) -> Finding {
    let lower = line.to_lowercase();
    let mut words = lower.split_whitespace();
    let first = words.next().unwrap_or("");
    let second = words.next().unwrap_or("");
    let name = first.to_uppercase();
    if first.starts_with(['$', '<']) {
        return Finding::unseen("a variable");
    }
    // `ACL LOG RESET` empties the log that `ACL LOG` shows.
    if first == "acl" && second == "log" && lower.split_whitespace().any(|word| word == "reset") {
        return Finding::known(Class::Mutate, "redis ACL LOG RESET");
    }
    if let Some((_, reads)) = REDIS_READ_PARTS.iter().find(|(known, _)| *known == first) {
        return if reads.contains(&second) {
            Finding::known(
                Class::Read,
                format!("redis {name} {}", second.to_uppercase()),
            )
        } else if second.is_empty() || second.starts_with(['$', '<']) {
            Finding::new(Level::UNKNOWN, format!("redis {name} of what is not known"))
        } else {
            Finding::known(
                Class::Mutate,
                format!("redis {name} {}", second.to_uppercase()),
            )
        };
    }
    if REDIS_READS.contains(&first) {
        return Finding::known(Class::Read, format!("redis {name}"));
    }
    if matches!(first, "flushall" | "flushdb") {
        let mut finding = Finding::known(Class::Destroy, format!("redis {name}"));
        finding.facets.insert("data-loss".to_owned());
        return finding;
    }
    const CHANGES: &[&str] = &[
        "append",
        "bgrewriteaof",
        "bgsave",
        "decr",
        "decrby",
        "del",
        "eval",
        "evalsha",
        "expire",
        "expireat",
        "failover",
        "fcall",
        "getdel",
        "getset",
        "hdel",
        "hincrby",
        "hmset",
        "hset",
        "incr",
        "incrby",
        "linsert",
        "lpop",
        "lpush",
        "lrem",
        "lset",
        "ltrim",
        "migrate",
        "move",
        "mset",
        "persist",
        "pexpire",
        "psetex",
        "psync",
        "publish",
        "rename",
        "renamenx",
        "replicaof",
        "restore",
        "rpop",
        "rpush",
        "sadd",
        "save",
        "set",
        "setex",
        "setnx",
        "setrange",
        "shutdown",
        "slaveof",
        "smove",
        "sort",
        "spop",
        "srem",
        "swapdb",
        "unlink",
        "xack",
        "xadd",
        "xclaim",
        "xdel",
        "xgroup",
        "xtrim",
        "zadd",
        "zincrby",
        "zrem",
        "zremrangebyrank",
        "zremrangebyscore",
        "hsetnx",
        "copy",
        "pfadd",
        "readonly",
        "reset",
        "blmove",
        "blmpop",
        "blpop",
        "brpop",
        "brpoplpush",
        "bzpopmax",
        "bzpopmin",
        "geoadd",
        "geosearchstore",
        "getex",
        "hexpire",
        "hincrbyfloat",
        "incrbyfloat",
        "lmove",
        "lmpop",
        "lpushx",
        "msetnx",
        "pexpireat",
        "pfmerge",
        "rpoplpush",
        "rpushx",
        "sdiffstore",
        "setbit",
        "sinterstore",
        "sunionstore",
        "touch",
        "xautoclaim",
        "xreadgroup",
        "xsetid",
        "zinterstore",
        "zmpop",
        "zpopmax",
        "zpopmin",
        "zrangestore",
        "zremrangebylex",
        "zunionstore",
    ];
    if first == "sort" && !lower.split_whitespace().any(|word| word == "store") {
        return Finding::known(Class::Read, "redis SORT");
    }
    if CHANGES.contains(&first) {
        return Finding::known(Class::Mutate, format!("redis {name}"));
    }
    Finding::new(Level::UNKNOWN, format!("redis {name} is not known"))
}

// --- awk and sed --------------------------------------------------------------------------------

fn file_written(path: &str, folder: &Folder, remote: bool, what: &str) -> Finding {
    let class = weigh(path, folder, remote);
    let mut finding = Finding::known(class.max(Class::Read), format!("{what} writes `{path}`"));
    if class > Class::None {
        finding.targets.push(Target {
            kind: "file".to_owned(),
            id: TargetId::Named(path.to_owned()),
            within: Vec::new(),
        });
    }
    finding
}

fn awk(text: &str, folder: &Folder, remote: bool) -> Finding {
    // Code without strings and regular expressions, strings by their number.
    let mut code = String::new();
    let mut strings: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    let mut last = '\n';
    while let Some(letter) = chars.next() {
        match letter {
            '"' => {
                let mut string = String::new();
                while let Some(inside) = chars.next() {
                    match inside {
                        '\\' => {
                            string.push('\\');
                            string.extend(chars.next());
                        }
                        '"' => break,
                        inside => string.push(inside),
                    }
                }
                code.push('"');
                strings.push(string);
                last = '"';
            }
            '#' => {
                for inside in chars.by_ref() {
                    if inside == '\n' {
                        break;
                    }
                }
                code.push('\n');
            }
            '/' if !(last.is_alphanumeric() || matches!(last, ')' | ']' | '_' | '$' | '"')) => {
                let mut class = false;
                while let Some(inside) = chars.next() {
                    match inside {
                        '\\' => {
                            chars.next();
                        }
                        '[' => class = true,
                        ']' => class = false,
                        '/' if !class => break,
                        _ => {}
                    }
                }
                code.push('~');
                last = '~';
            }
            letter => {
                code.push(letter);
                if !letter.is_whitespace() {
                    last = letter;
                }
            }
        }
    }
    if code.contains("|&") || code.contains("@load") || code.contains("@include") {
        return Finding::unseen("awk's extensions");
    }
    let mut finding = Finding::known(Class::Read, "an awk program that only prints");
    for (at, _) in code.match_indices("system") {
        let Some(command) = awk_call(&code, at + "system".len(), &strings) else {
            return Finding::unseen("awk's system()");
        };
        finding = finding.join(Finding::runs(command, "awk's system()"));
    }
    let mut number = 0usize;
    let mut printing = false;
    let mut letters = code.char_indices().peekable();
    let mut depth = 0i32;
    while let Some((at, letter)) = letters.next() {
        let rest = code.get(at..).unwrap_or("");
        if rest.starts_with("print") {
            printing = true;
            depth = 0;
        }
        match letter {
            '"' => number += 1,
            '(' => depth += 1,
            ')' => depth -= 1,
            ';' | '}' | '\n' => printing = false,
            '|' if rest.starts_with("||") => {
                letters.next();
            }
            '|' => {
                let tail = rest.trim_start_matches('|').trim_start();
                let previous = code.get(..at).unwrap_or("").trim_end();
                if tail.starts_with("getline") && previous.ends_with('"') {
                    let command = strings
                        .get(number.saturating_sub(1))
                        .cloned()
                        .unwrap_or_default();
                    if !harmless_pipe(&command) {
                        return Finding::unseen("awk's pipe");
                    }
                } else if tail.starts_with('"') {
                    let command = strings.get(number).cloned().unwrap_or_default();
                    if !harmless_pipe(&command) {
                        return Finding::unseen("awk's pipe");
                    }
                } else {
                    return Finding::unseen("awk's pipe");
                }
            }
            '>' if printing && depth <= 0 && !rest.starts_with(">=") => {
                let tail = rest.trim_start_matches('>').trim_start();
                if tail.starts_with('"') {
                    let path = strings.get(number).cloned().unwrap_or_default();
                    finding = finding.join(file_written(&path, folder, remote, "awk"));
                } else {
                    let mut written =
                        Finding::known(Class::LocalWrite, "awk writes a computed file");
                    written.level.unknown = true;
                    finding = finding.join(written);
                }
                if rest.starts_with(">>") {
                    letters.next();
                }
            }
            _ => {}
        }
    }
    finding
}

/// The text that a call whose parenthesis follows byte `at` puts together: strings as they are,
/// everything else a variable that is not known. `None` when there is no call.
fn awk_call(code: &str, at: usize, strings: &[String]) -> Option<String> {
    let number = code.get(..at)?.matches('"').count();
    let inside = code.get(at..)?.trim_start().strip_prefix('(')?;
    let mut text = String::new();
    let mut depth = 0usize;
    let mut strings = strings.iter().skip(number);
    let mut other = false;
    for letter in inside.chars() {
        match letter {
            ')' if depth == 0 => {
                if other {
                    text.push_str("$_");
                }
                return Some(text);
            }
            '"' => {
                if std::mem::take(&mut other) {
                    text.push_str("$_");
                }
                text.push_str(strings.next()?);
                continue;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        other |= !letter.is_whitespace();
    }
    None
}

/// Commands that awk programs commonly pipe through.
fn harmless_pipe(command: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or("");
    !command.contains([';', '&', '>', '$', '`', '|'])
        && matches!(
            first,
            "sort" | "uniq" | "date" | "cat" | "head" | "tail" | "wc" | "column" | "hostname"
        )
        && !command.contains("-o")
}

fn sed(text: &str, folder: &Folder, remote: bool) -> Finding {
    let mut finding = Finding::known(Class::Read, "a sed script that only prints");
    let mut rest = text;
    // Commands one by one; what cannot be followed is unknown.
    for _ in 0..10_000 {
        rest = rest.trim_start_matches([' ', '\t', '\n', ';', '{', '}', '!']);
        if rest.is_empty() {
            return finding;
        }
        let Some(after) = sed_address(rest) else {
            return Finding::new(Level::UNKNOWN, "a sed address that cannot be read");
        };
        rest = after.trim_start_matches([' ', '\t', '!', '{', ';', '\n', '}']);
        if rest.is_empty() {
            return finding;
        }
        let mut letters = rest.chars();
        let command = letters.next().unwrap_or(' ');
        let tail = letters.as_str();
        match command {
            '#' => rest = tail.split_once('\n').map_or("", |(_, rest)| rest),
            's' | 'y' => {
                let Some((pattern_and_more, flags)) = sed_parts(tail) else {
                    return Finding::new(Level::UNKNOWN, "a sed command that cannot be read");
                };
                let _ = pattern_and_more;
                let end = flags.find([';', '\n', '}', ' ']).unwrap_or(flags.len());
                let letters = flags.get(..end).unwrap_or("");
                if command == 's' && letters.contains('w') {
                    let line = flags.split('\n').next().unwrap_or("");
                    let path = line.split_once('w').map_or("", |(_, path)| path).trim();
                    finding = finding.join(file_written(path, folder, remote, "sed"));
                    rest = flags.split_once('\n').map_or("", |(_, rest)| rest);
                    continue;
                }
                if command == 's' && letters.contains('e') {
                    return Finding::unseen("sed's e");
                }
                rest = flags.get(end..).unwrap_or("");
            }
            'e' => {
                let command = tail.split('\n').next().unwrap_or("").trim();
                if command.is_empty() || command == "}" {
                    return Finding::unseen("sed's e");
                }
                finding = finding.join(Finding::runs(command.to_owned(), "sed's e"));
                rest = tail.split_once('\n').map_or("", |(_, rest)| rest);
            }
            'w' | 'W' => {
                let path = tail.split('\n').next().unwrap_or("").trim();
                finding = finding.join(file_written(path, folder, remote, "sed"));
                rest = tail.split_once('\n').map_or("", |(_, rest)| rest);
            }
            'a' | 'i' | 'c' => {
                // Text up to a line that does not end in a backslash.
                let mut lines = tail.split_inclusive('\n');
                let mut used = 0;
                for line in lines.by_ref() {
                    used += line.len();
                    if !line.trim_end_matches('\n').ends_with('\\') {
                        break;
                    }
                }
                rest = tail.get(used..).unwrap_or("");
            }
            'r' | 'R' | 'b' | 't' | 'T' | ':' | 'v' => {
                let end = tail
                    .find(if matches!(command, 'r' | 'R') {
                        &['\n'][..]
                    } else {
                        &['\n', ';', '}'][..]
                    })
                    .unwrap_or(tail.len());
                rest = tail.get(end..).unwrap_or("");
            }
            'p' | 'd' | 'D' | 'P' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | '=' | 'z' | 'F' => {
                rest = tail;
            }
            'q' | 'Q' | 'l' | 'L' => {
                rest = tail
                    .trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
            }
            _ => return Finding::new(Level::UNKNOWN, "a sed command that cannot be read"),
        }
    }
    Finding::new(Level::UNKNOWN, "a sed script that is too long")
}

/// What follows the address.
fn sed_address(text: &str) -> Option<&str> {
    let mut rest = text;
    for _ in 0..2 {
        let mut letters = rest.chars();
        match letters.next() {
            Some(digit) if digit.is_ascii_digit() => {
                rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
            }
            Some('$') => {
                // `$d`, `$p`, also a shell variable that is not known: `$N,$Mp`.
                rest = letters.as_str();
                let name_end = rest
                    .find(|letter: char| !(letter.is_ascii_uppercase() || letter == '_'))
                    .unwrap_or(rest.len());
                if name_end > 1 || rest.starts_with('_') {
                    rest = rest.get(name_end..).unwrap_or("");
                }
            }
            Some('<') => rest = letters.as_str().split_once('>').map(|(_, rest)| rest)?,
            Some('/') => rest = until(letters.as_str(), '/')?,
            Some('\\') => {
                let delimiter = letters.next()?;
                rest = until(letters.as_str(), delimiter)?;
            }
            _ => return Some(rest),
        }
        rest = rest.trim_start_matches(['I', 'M']);
        if let Some(step) = rest.strip_prefix('~') {
            rest = step.trim_start_matches(|letter: char| letter.is_ascii_digit());
        }
        rest = rest.trim_start_matches(' ');
        match rest.strip_prefix(',') {
            Some(second) => {
                rest = second.trim_start_matches([' ', '+', '~']);
            }
            None => return Some(rest),
        }
    }
    Some(rest)
}

/// The text after the next delimiter that is not escaped or in brackets.
fn until(text: &str, delimiter: char) -> Option<&str> {
    let mut escaped = false;
    let mut bracket = false;
    let mut first = false;
    for (at, letter) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match letter {
            '\\' => escaped = true,
            '[' if !bracket => {
                bracket = true;
                first = true;
                continue;
            }
            ']' if bracket && !first => bracket = false,
            letter if letter == delimiter && !bracket => {
                return text.get(at + letter.len_utf8()..);
            }
            _ => {}
        }
        if letter != '^' {
            first = false;
        }
    }
    // A bracket that never closes was an ordinary character.
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == delimiter {
            return text.get(at + letter.len_utf8()..);
        }
    }
    None
}

/// `/a/b/flags` as what is between and the flags.
fn sed_parts(text: &str) -> Option<(&str, &str)> {
    let delimiter = text.chars().next()?;
    let body = text.get(delimiter.len_utf8()..)?;
    let second = until(body, delimiter)?;
    let mut escaped = false;
    for (at, letter) in second.char_indices() {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == delimiter {
            return Some((body, second.get(at + letter.len_utf8()..)?));
        }
    }
    None
}

// --- one-liners ---------------------------------------------------------------------------------

/// Python that only computes and prints: names that may be called or imported.
const PYTHON_PURE: &[&str] = &[
    "print",
    "len",
    "str",
    "int",
    "float",
    "sorted",
    "sum",
    "min",
    "max",
    "range",
    "list",
    "dict",
    "set",
    "tuple",
    "enumerate",
    "zip",
    "map",
    "filter",
    "any",
    "all",
    "abs",
    "round",
    "repr",
    "json.load",
    "json.loads",
    "json.dumps",
    "json.dump",
    "sys.exit",
    "sys.stdin.read",
    "sys.stdin.readlines",
    "yaml.safe_load",
    "yaml.safe_dump",
    "safe_load",
    "load",
    "loads",
    "dumps",
    "read",
    "readlines",
    "get",
    "items",
    "keys",
    "values",
    "split",
    "join",
    "strip",
    "format",
    "startswith",
    "endswith",
    "replace",
    "lower",
    "upper",
    "append",
    "b64decode",
    "b64encode",
    "decode",
    "encode",
    "hexdigest",
    "sha256",
    "md5",
    "time",
    "now",
    "utcnow",
    "strftime",
    "isoformat",
    "datetime.now",
    "token_hex",
    "token_urlsafe",
    "randint",
    "quote",
    "unquote",
    "urlparse",
    "gethostname",
    "gethostbyname",
    "getfqdn",
    "version",
    "for",
    "in",
    "if",
    "exit",
    "isinstance",
    "bool",
    "bin",
    "hex",
    "ord",
    "chr",
    "count",
    "index",
    "find",
    "write",
    "crypt",
    "fromtimestamp",
    "timedelta",
];

/// Modules whose import alone is harmless.
const PYTHON_MODULES: &[&str] = &[
    "json",
    "sys",
    "yaml",
    "base64",
    "hashlib",
    "time",
    "datetime",
    "secrets",
    "random",
    "re",
    "math",
    "string",
    "collections",
    "itertools",
    "socket",
    "platform",
    "urllib",
    "urllib.parse",
    "uuid",
    "struct",
    "binascii",
    "operator",
    "functools",
    "textwrap",
    "crypt",
    "getpass",
    "ssl",
    "statistics",
    "configparser",
    "zlib",
    "ipaddress",
];

const PERL_PURE: &[&str] = &[
    "print",
    "printf",
    "say",
    "join",
    "split",
    "map",
    "grep",
    "sort",
    "length",
    "substr",
    "lc",
    "uc",
    "sprintf",
    "time",
    "localtime",
    "gmtime",
    "scalar",
    "keys",
    "values",
    "reverse",
    "chomp",
    "push",
    "shift",
    "if",
    "unless",
    "for",
    "foreach",
    "while",
    "strftime",
    "defined",
    "exit",
    "index",
    "rand",
    "int",
    "ord",
    "chr",
];

/// The command of `system("...")` when that literal text is all the code runs.
fn system_call(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(';').trim_end();
    let call = text
        .strip_prefix("import os;")
        .or_else(|| text.strip_prefix("import os ;"))
        .map_or(text, str::trim_start);
    let arguments = call
        .strip_prefix("os.system(")
        .or_else(|| call.strip_prefix("system("))?
        .strip_suffix(')')?;
    let quote = arguments
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let inside = arguments.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inside.contains([quote, '\\', '$', '@'])).then(|| inside.to_owned())
}

fn one_liner(text: &str, pure: &[&str], language: &str) -> Finding {
    let unknown = || {
        let mut finding = Finding::new(
            Level::UNKNOWN,
            format!("{language} code that may do more than print"),
        );
        finding.facets.insert("opaque-code".to_owned());
        finding
    };
    if let Some(command) = system_call(text) {
        return Finding::runs(command, &format!("{language}'s system()"));
    }
    // Strings out of the way; a variable of the shell inside may hold code.
    let mut code = String::new();
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for letter in text.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, letter) {
            (Some(_), '\\') => escaped = true,
            (Some(open), letter) if letter == open => {
                quote = None;
                code.push('"');
            }
            (Some(_), _) => {}
            (None, '\'' | '"') => {
                quote = Some(letter);
            }
            (None, letter) => code.push(letter),
        }
    }
    if quote.is_some() {
        return unknown();
    }
    if language == "python" {
        let forbidden = [
            "exec",
            "eval",
            "__",
            "os.",
            "subprocess",
            "shutil",
            "socket.socket",
            "connect",
            "lambda:",
            "getattr",
            "compile",
        ];
        if forbidden.iter().any(|word| code.contains(word)) {
            return unknown();
        }
        for statement in code.split([';', '\n']) {
            let statement = statement.trim();
            let modules = statement.strip_prefix("import ").or_else(|| {
                statement
                    .strip_prefix("from ")
                    .and_then(|rest| rest.split(" import ").next())
            });
            if let Some(modules) = modules {
                let known = modules
                    .split(',')
                    .map(|module| module.split(" as ").next().unwrap_or(module).trim())
                    .all(|module| PYTHON_MODULES.contains(&module));
                if !known {
                    return unknown();
                }
            }
        }
        // `open(path)` without a mode reads.
        for name in calls(&code.to_lowercase()) {
            let last = name.rsplit('.').next().unwrap_or(name);
            let reads = name == "open"
                && !text.contains("'w")
                && !text.contains("\"w")
                && !text.contains("'a")
                && !text.contains("\"a")
                && !text.contains("+'")
                && !text.contains("mode");
            let prints = name == "sys.stdout.write" || name == "sys.stderr.write";
            if last == "write" && !prints
                || !(pure.contains(&name) || pure.contains(&last) || reads)
            {
                return unknown();
            }
        }
        return Finding::known(Class::Read, "python that only prints");
    }
    let forbidden = [
        "system", "exec", "open", "unlink", "`", "qx", "rename", "mkdir", "rmdir", "eval", "kill",
        "socket", "require", "fork", "syscall", "chmod", "chown", "utime", "link", "truncate", "|",
        "do ",
    ];
    if forbidden.iter().any(|word| code.contains(word)) || text.contains('`') {
        return unknown();
    }
    if code.contains("->") || code.contains('&') && !code.contains("&&") {
        return unknown();
    }
    for name in calls(&code.to_lowercase()) {
        if !pure.contains(&name) {
            return unknown();
        }
    }
    // `s///e` evaluates.
    for (at, _) in code.match_indices("s/") {
        let flags = code
            .get(at + 2..)
            .and_then(|rest| rest.rsplit('/').next())
            .unwrap_or("");
        if flags
            .chars()
            .take_while(char::is_ascii_lowercase)
            .any(|letter| letter == 'e')
        {
            return unknown();
        }
    }
    Finding::known(Class::Read, "perl that only prints")
}
