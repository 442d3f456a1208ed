//! What must hold for any input whatsoever: shared by the tests and the fuzz targets, each function
//! takes a text and panics where something does not hold.

use rbc::backend::{self, BACKENDS, Templates};
use rbc::config::{self, Config};
use rbc::diagnostic::Diagnostic;
use rbc::effect::{Analyser, Knowledge};
use rbc::lint::{self, Selection};
use rbc::plan::{Plan, Settings};
use rbc::record::{Journal, Record};
use rbc::report::{self, Format, Report};
use rbc::runbook::{Runbook, Text};
use rbc::shell::{Node, PartKind, RedirectKind, Script, Statement, Word};
use rbc::source::{FileId, Range, SourceFile, Span};
use rbc::workspace::Workspace;

/// A text as a file of its own.
fn source(text: &str) -> SourceFile {
    SourceFile {
        id: FileId(0),
        path: "any.md".to_owned(),
        text: text.to_owned(),
    }
}

/// Reads a document and checks every place in what was read.
pub(crate) fn markdown(text: &str) {
    read(&source(text));
}

/// Reads `text` as a script, as output of a terminal and as something unknown, and asks what it does.
pub(crate) fn shell(text: &str) {
    let config = Config::default();
    let knowledge = Knowledge::embedded();
    let workspace = workspace();
    let analyser = Analyser::new(&knowledge, &config, &workspace);
    for language in [Some("sh"), Some("console"), None, Some("sql")] {
        let script = script(text, language);
        for effect in analyser.script(&script).effects {
            let range = effect.range;
            assert!(
                text.get(range.start as usize..range.end as usize).is_some(),
                "the effect at {range:?} cuts {text:?}"
            );
        }
    }
    let _ = rbc::effect::report::line_json(text, &analyser);
}

/// Reads `text` as an `rbc.toml` and lints and plans a runbook under it.
pub(crate) fn configuration(text: &str) {
    let file = source(text);
    let config = match config::parse(&file) {
        Ok(config) => config,
        Err(finding) => return show(&file, &[*finding]),
    };
    let (knowledge, broken) = Knowledge::with_config(&config);
    let mut findings = lint::check_config(&config, &file);
    let broken = broken
        .iter()
        .map(|error| config::broken_tool(&file, &error.file, &error.message));
    findings.extend(broken);
    show(&file, &findings);
    whole(
        &source(include_str!("../runbooks/ops-restart.md")),
        &config,
        &knowledge,
    );
}

/// Reads `text` as the journal of a session, with `head` behind the last line, and writes the
/// documents of that session.
pub(crate) fn journal(text: &str) {
    let plan: Plan = serde_json::from_str(include_str!("../out/ops-restart/plan.json"))
        .expect("the golden plan is a plan");
    let cut = text
        .trim_end_matches('\n')
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let (lines, head) = text.split_at_checked(cut).unwrap_or((text, ""));
    for journal in [Journal::read(lines, Some(head)), Journal::read(text, None)] {
        for trouble in &journal.troubles {
            assert!(!trouble.to_string().is_empty(), "a trouble has words");
        }
        let record = Record::new(plan.clone(), &plan.hash(), &journal);
        let templates = Templates::default();
        let outputs = backend::log::Outputs::new();
        let rendered = [
            backend::log::markdown(&record, &outputs, &templates),
            backend::changelog::markdown(&record, &Default::default(), &templates),
            backend::page::html(&record, &outputs, &templates),
        ];
        for document in rendered {
            document.expect("our own templates take every record");
        }
        let _ = backend::log::json(&record, &outputs);
        let _ = backend::log::index_row(&record);
    }
}

/// Lints a document, shows the findings in every format, and compiles it.
pub(crate) fn linting(text: &str) {
    whole(&source(text), &Config::default(), &Knowledge::embedded());
}

/// The files that scripts and references of a text can find.
fn workspace() -> Workspace {
    Workspace::from_files([
        (
            "scripts/x.sh",
            "set -e\nsystemctl restart \"$1\"\nx() { bash scripts/x.sh; }\n",
        ),
        ("a.md", "# 1 A\n\nD-071\n"),
        ("env.rc", "A=1\nexport B=2\n"),
    ])
}

fn whole(file: &SourceFile, config: &Config, knowledge: &Knowledge) {
    let workspace = workspace();
    let around = rbc::Surroundings {
        config,
        knowledge,
        workspace: &workspace,
        folder: "",
    };
    let selection = Selection {
        all: true,
        ..Selection::default()
    };
    let outcome = rbc::lint(file, around, &selection);
    show(file, &outcome.findings);
    for suppression in &outcome.suppressions {
        fits(file, suppression.span);
    }
    let plan = rbc::plan(file, around, &Settings::default());
    for backend in BACKENDS {
        let _ = (backend.emit)(&plan, &Templates::default());
    }
}

/// Shows findings in every format, and checks their places.
fn show(file: &SourceFile, findings: &[Diagnostic]) {
    for finding in findings {
        fits(file, finding.primary);
        for related in &finding.related {
            fits(file, related.span);
        }
        for edit in finding.fix.iter().flat_map(|fix| &fix.edits) {
            fits(file, edit.span);
        }
    }
    let report = Report::new(std::slice::from_ref(file), findings);
    for format in [
        Format::Full {
            colour: true,
            width: 80,
        },
        Format::Concise,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
    ] {
        let _ = report::render(&report, format);
    }
}

fn fits(file: &SourceFile, span: Span) {
    assert!(
        file.text.get(span.range()).is_some(),
        "{}: {span:?} is no stretch of the file",
        file.path
    );
}

/// Reads `file` and asserts what must hold for every input.
pub(crate) fn read(file: &SourceFile) -> (Runbook, Vec<Diagnostic>) {
    let (runbook, diagnostics) = rbc::parse::parse(file);
    visit_spans(&runbook, &diagnostics, &|span| fits(file, span));
    for block in &runbook.blocks {
        let text = block.content.text();
        for (at, character) in text
            .char_indices()
            .filter(|(_, character)| character.is_alphanumeric())
        {
            let at = u32::try_from(at).expect("test files are small");
            let in_file = file.text.get(block.content.file_offset(at) as usize..);
            assert!(
                in_file.is_some_and(|rest| rest.starts_with(character)),
                "{}: {character:?} of a block is not where the file has it",
                file.path
            );
        }
    }
    (runbook, diagnostics)
}

/// Hands every place of what was read to `fine`.
fn visit_spans(runbook: &Runbook, diagnostics: &[Diagnostic], fine: &dyn Fn(Span)) {
    let text = |text: &Text| fine(text.span);
    let maybe = |text: &Option<Text>| {
        if let Some(text) = text {
            fine(text.span);
        }
    };
    maybe(&runbook.title);
    maybe(&runbook.header.status);
    maybe(&runbook.header.scope);
    maybe(&runbook.header.conventions);
    for section in &runbook.sections {
        text(&section.title);
        fine(section.heading);
        fine(section.body);
    }
    runbook.items.iter().for_each(|item| fine(item.span));
    for block in &runbook.blocks {
        fine(block.span);
        fine(block.opening);
        fine(block.content.whole());
    }
    for step in &runbook.steps {
        fine(step.span);
        fine(step.label.span);
        fine(step.label.word);
        maybe(&step.label.location);
        maybe(&step.label.title);
        maybe(&step.label.remark);
        maybe(&step.condition);
        maybe(&step.refers_to);
        if let Some(expectation) = &step.expectation {
            text(&expectation.text);
        }
        for inline in &step.inline {
            fine(inline.content.whole());
        }
        step.attributes.values().for_each(text);
    }
    for paragraph in &runbook.paragraphs {
        text(&paragraph.text);
    }
    for table in &runbook.tables {
        fine(table.span);
        for cell in table.header.iter().chain(table.rows.iter().flatten()) {
            text(&cell.text);
            cell.code.iter().for_each(|code| fine(code.whole()));
        }
    }
    runbook
        .references
        .iter()
        .for_each(|reference| fine(reference.span));
    runbook
        .declarations
        .iter()
        .for_each(|declaration| fine(declaration.span));
    runbook.markers.iter().for_each(text);
    for directive in &runbook.directives {
        fine(directive.span);
        directive.covers.into_iter().for_each(fine);
        directive.words.iter().for_each(text);
        for (key, value) in &directive.pairs {
            text(key);
            text(value);
        }
    }
    for diagnostic in diagnostics {
        fine(diagnostic.primary);
        diagnostic
            .related
            .iter()
            .for_each(|related| fine(related.span));
    }
}

/// Every range of the tree, with the range it has to lie in.
fn ranges(script: &Script) -> Vec<(Range, Range)> {
    fn of_statement(statement: &Statement, parent: Range, out: &mut Vec<(Range, Range)>) {
        out.push((statement.range, parent));
        let here = statement.range;
        // A heredoc's body stands behind the statement, so that only the whole bounds it.
        let whole = Range::new(0, u32::MAX);
        match &statement.node {
            Node::Command(command) => {
                out.push((command.range, here));
                for assignment in &command.assignments {
                    out.push((assignment.range, command.range));
                    of_words(&assignment.values, assignment.range, out);
                }
                of_words(&command.words, command.range, out);
            }
            Node::Pipeline(inner) | Node::Group(inner) | Node::Subshell(inner) => {
                of_statements(inner, here, out);
            }
            Node::List { first, rest } => {
                of_statement(first, here, out);
                for (_, statement) in rest {
                    of_statement(statement, here, out);
                }
            }
            Node::If {
                branches,
                otherwise,
            } => {
                for (condition, then) in branches {
                    of_statements(condition, here, out);
                    of_statements(then, here, out);
                }
                of_statements(otherwise, here, out);
            }
            Node::For { words, body, .. } => {
                of_words(words.as_deref().unwrap_or(&[]), here, out);
                of_statements(body, here, out);
            }
            Node::While {
                condition, body, ..
            } => {
                of_statements(condition, here, out);
                of_statements(body, here, out);
            }
            Node::Case { word, arms } => {
                of_words(std::slice::from_ref(word), here, out);
                for (patterns, body) in arms {
                    of_words(patterns, here, out);
                    of_statements(body, here, out);
                }
            }
            Node::Function { body, .. } | Node::Coprocess(body) => of_statement(body, here, out),
            Node::Test(words) => of_words(words, here, out),
            Node::Time(inner) => {
                if let Some(inner) = inner {
                    of_statement(inner, here, out);
                }
            }
        }
        for redirect in &statement.redirects {
            out.push((redirect.range, here));
            match &redirect.kind {
                RedirectKind::Input(word)
                | RedirectKind::Output { target: word, .. }
                | RedirectKind::InputOutput(word)
                | RedirectKind::HereString(word) => {
                    of_words(std::slice::from_ref(word), redirect.range, out);
                }
                RedirectKind::Heredoc { body, .. } => {
                    of_words(std::slice::from_ref(body), whole, out);
                }
                RedirectKind::Duplicate => {}
            }
        }
    }
    fn of_statements(statements: &[Statement], parent: Range, out: &mut Vec<(Range, Range)>) {
        for statement in statements {
            of_statement(statement, parent, out);
        }
    }
    fn of_words(words: &[Word], parent: Range, out: &mut Vec<(Range, Range)>) {
        for word in words {
            out.push((word.range, parent));
            for part in &word.parts {
                out.push((part.range, word.range));
                match &part.kind {
                    PartKind::Literal(_) | PartKind::Pattern(_) | PartKind::Placeholder { .. } => {}
                    PartKind::Variable { words, .. } | PartKind::Arithmetic(words) => {
                        of_words(words, part.range, out);
                    }
                    PartKind::Substitution(statements) | PartKind::Process { statements, .. } => {
                        of_statements(statements, part.range, out);
                    }
                }
            }
        }
    }
    let mut out = Vec::new();
    let whole = Range::new(0, u32::try_from(script.masked.len()).expect("a small text"));
    of_statements(&script.statements, whole, &mut out);
    for gap in &script.gaps {
        out.push((gap.range, whole));
        out.push((gap.at, whole));
    }
    for range in script
        .prompts
        .iter()
        .chain(&script.output)
        .chain(&script.comments)
    {
        out.push((*range, whole));
    }
    for placeholder in &script.placeholders {
        out.push((placeholder.range, whole));
    }
    out
}

/// Parses `text` as `language` and checks what must hold of any answer.
pub(crate) fn script(text: &str, language: Option<&str>) -> Script {
    let script = rbc::shell::parse(text, language);
    assert_eq!(script.masked.len(), text.len(), "masking {text:?}");
    let feeds = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count();
    assert_eq!(feeds(&script.masked), feeds(text), "line feeds of {text:?}");
    for (range, parent) in ranges(&script) {
        assert!(
            parent.contains(range),
            "{range:?} outside {parent:?} of {text:?}"
        );
        assert!(
            text.get(range.start as usize..range.end as usize).is_some(),
            "{range:?} cuts a character of {text:?}"
        );
    }
    let ordered = script
        .statements
        .is_sorted_by_key(|statement| statement.range)
        && script.gaps.is_sorted_by_key(|gap| gap.range)
        && script
            .placeholders
            .is_sorted_by_key(|placeholder| placeholder.range)
        && script.comments.is_sorted();
    assert!(ordered, "the order of {text:?}");
    script
}
