//! RBC308: variables that no earlier block sets and nothing declares.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::lint::{Context, Reach, Rule};
use crate::shell::{Dialect, Node, PartKind, Redirect, RedirectKind, Statement, Word};
use crate::source::Range;

static CODE: Code = Code {
    id: "RBC308",
    name: "unset-variable",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("unset_variable.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    let mut seen = Seen::default();
    let mut reported = BTreeSet::new();
    for block in &cx.runbook.blocks {
        let Some(script) = &block.script else {
            continue;
        };
        if script.dialect != Dialect::Shell {
            continue;
        }
        let mut walk = Walk {
            text: &script.masked,
            sources: &cx.config.session.source,
            seen: &mut seen,
            unset: Vec::new(),
        };
        walk.statements(&script.statements);
        let unset = std::mem::take(&mut walk.unset);
        for (name, range) in unset {
            if block.step.is_none() || is_told(cx, &name) || reported.contains(&name) {
                continue;
            }
            let near = nearest(&name, seen.set.iter().map(String::as_str));
            // After a file that nobody declared anything may be set; a slip of the keyboard is one
            // all the same.
            if seen.anything && !near.is_some_and(|near| is_slip(&name, near)) {
                continue;
            }
            reported.insert(name.clone());
            let help = match near {
                Some(near) => {
                    format!("did you mean `{near}`? nothing before this block sets `{name}`")
                }
                None => {
                    "set it in this block or an earlier one, or say in the text where it comes from"
                        .to_owned()
                }
            };
            findings.push(
                Diagnostic::new(
                    &CODE,
                    block.content.span(range),
                    format!("nothing sets `{name}` before it is used"),
                )
                .label("empty when it runs")
                .help(help),
            );
        }
    }
}

/// Whether a name is another one with one letter doubled, lost, changed or swapped.
fn is_slip(name: &str, right: &str) -> bool {
    let (name, right): (Vec<char>, Vec<char>) = (name.chars().collect(), right.chars().collect());
    let start = name.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let end = name
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let longest = name.len().max(right.len());
    let shortest = name.len().min(right.len());
    let digits = |one: &[char]| one.iter().filter(|c| c.is_ascii_digit()).count();
    // `NODE1` and `NODE2` are two names.
    longest > 3
        && longest - shortest <= 1
        && start + end + 1 >= shortest
        && digits(&name) == digits(&right)
        && digits(&name) == 0
}

/// Whether the prose speaks of the variable.
fn is_told(cx: &Context<'_>, name: &str) -> bool {
    cx.runbook.paragraphs.iter().any(|paragraph| {
        paragraph
            .text
            .text
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word == name)
    })
}

/// What the shell of the window knows so far.
#[derive(Debug, Default)]
struct Seen {
    set: BTreeSet<String>,
    /// Something unknown was sourced or evaluated: from there on anything may be set.
    anything: bool,
}

struct Walk<'a> {
    text: &'a str,
    sources: &'a [String],
    seen: &'a mut Seen,
    unset: Vec<(String, Range)>,
}

impl Walk<'_> {
    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.redirects(&statement.redirects);
            self.node(&statement.node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Command(command) => {
                self.words(&command.words);
                for assignment in &command.assignments {
                    self.words(&assignment.values);
                    self.seen.set.insert(assignment.name.clone());
                }
                let words: Vec<&str> = command
                    .words
                    .iter()
                    .map(|word| word.range.of(self.text))
                    .collect();
                self.sets(&words);
            }
            Node::Pipeline(inner) | Node::Group(inner) | Node::Subshell(inner) => {
                self.statements(inner)
            }
            Node::List { first, rest } => {
                self.statements(std::slice::from_ref(first));
                for (_, statement) in rest {
                    self.statements(std::slice::from_ref(statement));
                }
            }
            Node::If {
                branches,
                otherwise,
            } => {
                for (condition, body) in branches {
                    self.statements(condition);
                    self.statements(body);
                }
                self.statements(otherwise);
            }
            Node::For {
                variable,
                words,
                body,
            } => {
                self.words(words.as_deref().unwrap_or_default());
                self.seen.set.insert(variable.clone());
                self.statements(body);
            }
            Node::While {
                condition, body, ..
            } => {
                self.statements(condition);
                self.statements(body);
            }
            Node::Case { word, arms } => {
                self.words(std::slice::from_ref(word));
                for (_, body) in arms {
                    self.statements(body);
                }
            }
            // Whoever calls a function may have set what it uses.
            Node::Function { .. } => self.seen.anything = true,
            Node::Test(words) => self.words(words),
            Node::Time(inner) => {
                if let Some(inner) = inner {
                    self.statements(std::slice::from_ref(inner));
                }
            }
            Node::Coprocess(inner) => self.statements(std::slice::from_ref(inner)),
        }
    }

    fn redirects(&mut self, redirects: &[Redirect]) {
        for redirect in redirects {
            match &redirect.kind {
                RedirectKind::Input(word)
                | RedirectKind::InputOutput(word)
                | RedirectKind::HereString(word)
                | RedirectKind::Output { target: word, .. } => {
                    self.words(std::slice::from_ref(word))
                }
                RedirectKind::Heredoc { body, quoted } => {
                    if !quoted {
                        self.words(std::slice::from_ref(body));
                    }
                }
                RedirectKind::Duplicate => {}
            }
        }
    }

    fn words(&mut self, words: &[Word]) {
        for word in words {
            for part in &word.parts {
                match &part.kind {
                    PartKind::Variable {
                        name,
                        modified,
                        words,
                    } => {
                        self.words(words);
                        let known = *modified || self.seen.set.contains(name) || is_ambient(name);
                        if !known {
                            self.unset.push((name.clone(), part.range));
                        }
                    }
                    PartKind::Substitution(inner)
                    | PartKind::Process {
                        statements: inner, ..
                    } => self.statements(inner),
                    // Arithmetic names variables without a sign; an unset one is zero there.
                    PartKind::Arithmetic(_)
                    | PartKind::Literal(_)
                    | PartKind::Pattern(_)
                    | PartKind::Placeholder { .. } => {}
                }
            }
        }
    }

    /// What a command sets: `read A B`, `export A=b`, `printf -v A`, `mapfile A`, `source FILE`.
    fn sets(&mut self, words: &[&str]) {
        let Some((&name, rest)) = words.split_first() else {
            return;
        };
        match name {
            "source" | "." => {
                let declared = rest
                    .first()
                    .is_some_and(|file| self.sources.iter().any(|known| known == file));
                self.seen.anything |= !declared;
            }
            "eval" => self.seen.anything = true,
            "read" | "export" | "declare" | "typeset" | "local" | "readonly" | "mapfile"
            | "readarray" | "printf" | "getopts" | "let" => {
                for word in rest {
                    let name = word
                        .split(['=', '['])
                        .next()
                        .unwrap_or(word)
                        .trim_end_matches('+');
                    self.seen
                        .set
                        .insert(name.trim_matches(['"', '\'']).to_owned());
                }
            }
            _ => {}
        }
    }
}

/// Whether a shell has it without a word of the runbook: its own, the login's, an openrc's.
fn is_ambient(name: &str) -> bool {
    const OWN: [&str; 48] = [
        "HOME",
        "USER",
        "LOGNAME",
        "PATH",
        "PWD",
        "OLDPWD",
        "SHELL",
        "TERM",
        "LANG",
        "TZ",
        "HOSTNAME",
        "HOSTTYPE",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "DISPLAY",
        "TMPDIR",
        "UID",
        "EUID",
        "PPID",
        "RANDOM",
        "SECONDS",
        "LINENO",
        "BASH",
        "BASHPID",
        "BASH_SOURCE",
        "BASH_VERSION",
        "PIPESTATUS",
        "REPLY",
        "IFS",
        "OPTARG",
        "OPTIND",
        "FUNCNAME",
        "EPOCHSECONDS",
        "COLUMNS",
        "LINES",
        "MAIL",
        "SUDO_USER",
        "SSH_CONNECTION",
        "SSH_CLIENT",
        "SSH_TTY",
        "KUBECONFIG",
        "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR",
        "SHLVL",
        "MACHTYPE",
        "OSTYPE",
        "EPOCHREALTIME",
    ];
    const LEADS: [&str; 6] = ["OS_", "LC_", "JUJU_", "AWS_", "BASH_", "VAULT_"];
    let special = !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    special || OWN.contains(&name) || LEADS.iter().any(|lead| name.starts_with(lead))
}
