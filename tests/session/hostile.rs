//! Documents made to do harm: every text that a runbook can hold carries what a shell, a terminal
//! or a reader could take for more than text. Only labelled blocks may run, and nothing that drives
//! a terminal may reach one.

use super::*;
use rbc::config::Config;
use rbc::effect::{Analyser, Knowledge};
use rbc::plan::{Settings, build, quoted};
use rbc::record::{Journal, Record};
use rbc::source::{FileId, SourceFile};
use rbc::workspace::Workspace;

/// What stands in titles, prose, cells, names and values. `CANARY` is a file that must not appear.
const FRAGMENTS: &[&str] = &[
    "$(touch CANARY)",
    "`touch CANARY`",
    "${x:-$(touch CANARY)}",
    "$((a[$(touch CANARY)]))",
    "'; touch CANARY; '",
    "'\\''; touch CANARY; '\\''",
    "\"; touch CANARY; \"",
    "\"$(touch CANARY)\"",
    "<(touch CANARY)",
    "| touch CANARY",
    "& touch CANARY &",
    "; touch CANARY #",
    "> CANARY",
    ">> CANARY",
    "|| touch CANARY",
    "{ touch CANARY; }",
    "x() { touch CANARY; }; x",
    "!touch CANARY",
    "\\",
    "\\\\'",
    "'",
    "\"",
    "''",
    "$'",
    "$\"",
    "$",
    "${",
    "$(",
    "`",
    "*",
    "?",
    "[a-z]*",
    "{a,b}",
    "~",
    "~root",
    "!!",
    "%s%n%d",
    "%(%s)T",
    "-n",
    "-e \\x1b[2J",
    "--help",
    "--dir=CANARY",
    "#",
    "&amp;#27;[2J",
    "&#27;[2J",
    "&#x9b;2J",
    "<br/>",
    "<!-- rbc: gate -->",
    "-->",
    "[x](javascript:alert)",
    "![x](CANARY)",
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]52;c;dG91Y2g=\u{1b}\\",
    "\u{1b}P$q\u{1b}\\",
    "\u{1b}(0",
    "\u{9b}2J",
    "\u{9d}0;title\u{9c}",
    "\u{90}q",
    "\u{85}",
    "\u{7f}",
    "\u{8}\u{8}\u{8}",
    "\u{b}\u{c}",
    "\u{1}\u{2}",
    "\u{202e}gnp.exe",
    "\u{202a}\u{2066}\u{2069}\u{200f}\u{61c}",
    "\u{200b}\u{feff}\u{2028}\u{2029}",
    "\u{fff9}\u{e0041}",
    "größe 大小 🙂",
    "\t",
    "a\tb",
    "pass",
    "approve",
    "ack",
];

/// What only text of several lines can carry.
const LINES: &[&str] = &[
    "\nEOF\ntouch CANARY\n",
    "\nRBC_RUNNER\ntouch CANARY\n",
    "\nRBC_USAGE\ntouch CANARY\n",
    "\nRBC_END_OF_DATA_\ntouch CANARY\n",
    "\n}\ntouch CANARY\nload_plan() {\n",
    "'\ntouch CANARY\n'",
    "\r\ntouch CANARY\r\n",
    "\n$(touch CANARY)\n",
    "\\\n",
];

/// What came of the documents.
#[derive(Debug, Default)]
struct Seen {
    seed: usize,
    labelled: usize,
    sessions: usize,
    completed: usize,
}

struct Author(Random);

impl Author {
    fn word(&mut self) -> String {
        let fragment = *self.0.pick(FRAGMENTS);
        fragment.to_owned()
    }

    /// One line of text.
    fn line(&mut self) -> String {
        let mut line = String::new();
        for _ in 0..=self.0.below(4) {
            line += *self.0.pick(&["", "a ", " ", "the next ", "x"]);
            line += &self.word();
        }
        line
    }

    /// Several.
    fn text(&mut self) -> String {
        let mut text = self.line();
        for _ in 0..self.0.below(3) {
            text += *self.0.pick(LINES);
            text += &self.line();
        }
        text
    }

    fn table(&mut self, head: &str, columns: usize) -> String {
        let mut table = format!("\n{head}\n{}|\n", "| --- ".repeat(columns));
        for _ in 0..=self.0.below(3) {
            for _ in 0..columns {
                table += &format!("| {} ", self.line());
            }
            table += "|\n";
        }
        table + "\n"
    }

    /// A block that does nothing but hold text, print it and keep it in variables.
    fn block(&mut self) -> String {
        let printed = quoted(&self.text().replace("FAIL:", ""));
        let kept = quoted(&self.text());
        let data = self.text();
        format!(
            "~~~~~~~~bash\nprintf '%s\\n' {printed}\nKEPT={kept}\nL=({kept} {printed})\n\
             : <<'RBC_END_OF_DATA'\n{data}\nRBC_END_OF_DATA\necho <value>\n~~~~~~~~\n"
        )
    }

    fn label(&mut self) -> String {
        let place = match self.0.below(4) {
            0 => self.line(),
            _ => "jumphost".to_owned(),
        };
        let title = self.line();
        match self.0.below(4) {
            0 => format!("**RUN -- {place}** -- {title}\n{}", self.block()),
            1 => format!(
                "**CHECK (read-only) -- {place}** -- {title}\n{}",
                self.block()
            ),
            2 => format!("**GATE:** {title} `{}`\n{}", self.line(), self.block()),
            _ => format!("**GATE:** {title} `{}`.\n", self.line()),
        }
    }

    /// A step that is always there, so that the placeholder is.
    fn first(&mut self) -> String {
        format!(
            "### 0.1 First\n\n**RUN -- jumphost** -- {}\n{}\n",
            self.line(),
            self.block()
        )
    }

    /// A whole runbook.
    fn document(&mut self) -> String {
        let mut text = format!("# {}\n\n{}\n\n", self.line(), self.text());
        text += &format!(
            "Placeholders:\n\n- `<value>` {}\n- `<{}>` x\n\n",
            self.line(),
            self.word()
        );
        text += &self.table("| Observation | Meaning |", 2);
        text += &self.first();
        for section in 1..=1 + self.0.below(2) {
            text += &format!("\n## {section}. {}\n\n{}\n\n", self.line(), self.text());
            for part in 1..=1 + self.0.below(2) {
                text += &format!("### {section}.{part} {}\n\n", self.line());
                match self.0.below(4) {
                    0 => text += &format!("> CAUTION: {}\n\n", self.line()),
                    1 => text += &format!("NOTE: {}\n\n", self.text()),
                    2 => text += "<!-- rbc: capture=work columns=app,version,verdict -->\n",
                    _ => {}
                }
                text += &self.label();
                text += &format!("Expect: {}\n\n", self.text());
            }
        }
        text += &self.table("| Layer | In-band revert | Posture if none |", 3);
        text += &self.table("| Symptom | Fix |", 2);
        text
    }

    /// A path, of which a part is a name somebody chose.
    fn path(&mut self) -> String {
        format!("runbooks/{}.md", self.line().replace(['/', '\0'], "_"))
    }
}

pub(super) fn plan_of(path: &str, text: &str) -> Plan {
    let config: Config =
        toml::from_str("[hosts]\nlocal = \"jumphost\"\n").expect("the settings are sound");
    let file = SourceFile {
        id: FileId(0),
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let workspace = Workspace::empty();
    let (runbook, _) = rbc::parse::parse(&file);
    let (knowledge, _) = Knowledge::with_config(&config);
    let analyser = Analyser::new(&knowledge, &config, &workspace);
    let effects = analyser.runbook(&runbook);
    let settings = Settings {
        path: path.to_owned(),
        root: ".".to_owned(),
        values: std::collections::BTreeMap::new(),
    };
    build(&file, &runbook, &effects, &config, &analyser, &settings)
}

/// The first character that drives a terminal or turns the reading direction.
fn drives_a_terminal(text: &str) -> Option<char> {
    text.chars().find(|character| {
        matches!(character,
            '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[track_caller]
fn is_harmless(what: &str, document: usize, text: &str) {
    if let Some(found) = drives_a_terminal(text) {
        let line = text.lines().find(|line| line.contains(found));
        panic!("document {document}: {found:?} in {what}: {line:?}");
    }
}

fn no_canary(root: &Path, document: usize) {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .expect("it is there")
            .filter_map(Result::ok)
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(
                !name.contains("CANARY"),
                "document {document} made {name} in {folder:?}"
            );
            // A block lies in a file of the runbook's name, and that is hostile here.
            if entry.path().is_dir() && name != "block" {
                folders.push(entry.path());
            }
        }
    }
}

/// Compiles it twice, lets bash read it, lists it, and gives a session of it to one of `every`.
fn survives(author: &mut Author, document: usize, every: usize, seen: &mut Seen) {
    let (path, text) = (author.path(), author.document());
    let (plan, again) = (plan_of(&path, &text), plan_of(&path, &text));
    seen.labelled += plan
        .steps
        .iter()
        .filter(|step| step.kind != Kind::Text && step.remark.is_none())
        .count();
    let emit = |plan: &Plan| {
        rbc::backend::BACKENDS
            .iter()
            .flat_map(|backend| (backend.emit)(plan, &Templates::default()))
            .collect::<Vec<_>>()
    };
    let artifacts = emit(&plan);
    assert!(
        artifacts == emit(&again),
        "document {document} compiles to other bytes"
    );
    let root = folder(&format!("hostile-{}", seen.seed));
    for artifact in &artifacts {
        if artifact.name.ends_with(".md") {
            is_harmless(artifact.name, document, &artifact.text);
        }
    }
    fs::write(root.join("session.sh"), compile(&plan)).expect("the folder can be written");
    let list = bash()
        .args(["session.sh", "--list"])
        .current_dir(&root)
        .output()
        .expect("bash can be started");
    let shown = String::from_utf8_lossy(&list.stdout);
    let complaints = String::from_utf8_lossy(&list.stderr);
    assert!(
        list.status.success() && complaints.is_empty(),
        "document {document}: {complaints}"
    );
    is_harmless("the list", document, &shown);
    if document.is_multiple_of(every) {
        let bad = format!("value={}", author.line());
        let refused = run(&root, &["--set", &bad]);
        is_harmless("the refusal", document, &refused.shown);
        if !rbc::plan::is_safe(bad.trim_start_matches("value=")) {
            assert_eq!(
                refused.status,
                Some(2),
                "document {document}: {}",
                refused.shown
            );
            assert!(
                !refused.folder.exists(),
                "document {document}: {}",
                refused.shown
            );
        }
        let _ = fs::remove_dir_all(&refused.folder);
        let ran = run(&root, &["--set", "value=fine"]);
        seen.completed += usize::from(ran.status == Some(0));
        seen.sessions += 1;
        is_harmless("the session", document, &ran.shown);
        is_harmless("the journal", document, &ran.journal());
        let journal = Journal::read(&ran.journal(), None);
        assert!(
            journal.is_sound(),
            "document {document}: {:?}",
            journal.troubles
        );
        let kept = fs::read_to_string(ran.folder.join("plan.json")).unwrap_or_default();
        let record = Record::new(plan, &rbc::record::plan_hash(&kept), &journal);
        let templates = Templates::default();
        let outputs = rbc::backend::log::Outputs::new();
        let facts = rbc::backend::changelog::Facts::default();
        is_harmless(
            "the log",
            document,
            &rbc::backend::log::markdown(&record, &outputs, &templates)
                .expect("our own templates have no errors"),
        );
        is_harmless(
            "the log as JSON",
            document,
            &rbc::backend::log::json(&record, &outputs),
        );
        is_harmless(
            "the changelog",
            document,
            &rbc::backend::changelog::markdown(&record, &facts, &templates)
                .expect("our own templates have no errors"),
        );
        let row = rbc::backend::log::index_row(&record);
        is_harmless("the index row", document, &row);
        assert_eq!(
            row.trim_end().lines().count(),
            1,
            "document {document}: {row}"
        );
    }
    no_canary(&root, document);
}

fn run(root: &Path, options: &[&str]) -> Ran {
    let answers = "* ack\n* approve\n* pass seen\n* done\n* accept seen\n";
    fs::write(root.join("answers"), answers).expect("the folder can be written");
    start(root, options, |_| {})
}

/// `RBC_DOCUMENTS` of them, `RBC_SEED` to begin with, and a session for one of 25.
#[test]
fn hostile_documents_run_nothing_and_drive_no_terminal() {
    let documents = times("RBC_DOCUMENTS", 300);
    let seed = times("RBC_SEED", 1);
    let mut seen = Seen {
        seed,
        ..Seen::default()
    };
    for document in 0..documents {
        let number = u64::try_from(seed * 1_000_003 + document).expect("a small number");
        survives(&mut Author(Random(number)), document, 25, &mut seen);
    }
    println!("{documents} documents: {seen:?}");
    // The documents are runbooks, and most sessions come to their end.
    assert!(seen.labelled > documents, "{seen:?}");
    assert!(seen.completed * 2 > seen.sessions, "{seen:?}");
}
