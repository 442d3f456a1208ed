//! Markdown files beside the runbook that is read from them, as a compact text with places; and
//! what must hold for any file at all.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rbc::diagnostic::Diagnostic;
use rbc::runbook::{DirectivePlace, ReferenceTarget, Runbook, Text};
use rbc::source::{FileId, LineIndex, SourceFile, Span};

use crate::invariants;

#[test]
fn each_case_reads_as_the_file_beside_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/parse");
    let bless = std::env::var_os("RBC_BLESS").is_some();
    let mut wrong = String::new();
    let cases = markdown_files(&folder);
    assert!(!cases.is_empty(), "no cases in {}", folder.display());
    for path in cases {
        let file = source(&path);
        let (runbook, diagnostics) = rbc::parse::parse(&file);
        let found = dump(&file, &runbook, &diagnostics);
        let beside = path.with_extension("ir");
        if bless {
            std::fs::write(&beside, &found).expect("the folder of cases is writable");
        }
        let wanted = std::fs::read_to_string(&beside).unwrap_or_default();
        if wanted != found {
            let diff = similar::TextDiff::from_lines(&wanted, &found);
            let _ = writeln!(
                wrong,
                "{}",
                diff.unified_diff().header(&file.path, "as read")
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_case_cut_anywhere_still_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/parse");
    for path in markdown_files(&folder) {
        let file = source(&path);
        for (end, _) in file.text.char_indices() {
            let text = file.text.get(..end).unwrap_or("").to_owned();
            check(&SourceFile {
                text,
                ..file.clone()
            });
        }
        check(&file);
        check(&SourceFile {
            text: file.text.replace("\r\n", "\n").replace('\n', "\r\n"),
            ..file.clone()
        });
    }
}

#[test]
fn public_runbooks_read_whole_cut_and_mutated() {
    let Some(corpora) = std::env::var_os("RBC_CORPORA") else {
        eprintln!("skipped: RBC_CORPORA names no folder of markdown");
        return;
    };
    let mut labelled = Vec::new();
    let mut raised: Vec<String> = Vec::new();
    for path in markdown_files(Path::new(&corpora)) {
        let file = source(&path);
        let (runbook, diagnostics) = check(&file);
        if runbook.labelled {
            labelled.push(file.path.clone());
        }
        for diagnostic in &diagnostics {
            let line = LineIndex::new(&file.text).line(diagnostic.primary.start);
            raised.push(format!(
                "{}:{line}: {} {}",
                file.path, diagnostic.code.id, diagnostic.message
            ));
        }
        for part in 1..10 {
            let mut end = file.text.len() * part / 10;
            while !file.text.is_char_boundary(end) {
                end -= 1;
            }
            let mut text = file.text.get(..end).unwrap_or("").to_owned();
            check(&SourceFile {
                text: text.clone(),
                ..file.clone()
            });
            text.push_str(
                [
                    "`",
                    "```",
                    ">",
                    "\t",
                    "é",
                    "<!-- rbc: ",
                    "**GATE:",
                    "\u{0}",
                    "|",
                    "&",
                ]
                .get(part)
                .unwrap_or(&""),
            );
            text.push_str(file.text.get(end..).unwrap_or(""));
            check(&SourceFile {
                text,
                ..file.clone()
            });
        }
        check(&SourceFile {
            text: file.text.replace("\r\n", "\n").replace('\n', "\r\n"),
            ..file.clone()
        });
    }
    if let Some(out) = std::env::var_os("RBC_CORPORA_OUT") {
        std::fs::write(out, raised.join("\n")).expect("RBC_CORPORA_OUT is writable");
    }
    assert!(
        labelled.is_empty(),
        "ordinary documents read as runbooks: {labelled:#?}"
    );
}

#[test]
fn hostile_documents_are_read_without_a_panic() {
    let many = |piece: &str, count: usize| piece.repeat(count);
    let documents = [
        many(">", 100_000),
        many("- ", 100_000),
        many("1. ", 100_000),
        many("[", 100_000),
        many("*a ", 50_000),
        many("**GATE:", 10_000),
        many("`", 100_000),
        many("` `` ", 20_000),
        many("```\n", 100_000),
        many("```bash\necho\n```\n", 10_000),
        many("**RUN -- h**\n```\nx\n```\n", 5_000),
        many("RUN -- h\n", 10_000),
        many("RUN - h\n", 10_000),
        many("RUNS: `x`\n", 10_000),
        many("GATE: a\n", 10_000),
        many("Probe x\n", 10_000),
        many("# 1.1 x\n\nGATE: a\n\n", 5_000),
        many("<!-- rbc: x -->\n# y\n", 5_000),
        many("Expect: a. ", 20_000),
        format!("GATE: x\n\n{}", many("Expect: a\n\n", 5_000)),
        many(
            "| a | b |\n|---|---|\n| D-1..999999999 | per 1.2 |\n",
            2_000,
        ),
        format!("{}\n{}", many("|a", 2_000), many("|-", 2_000)) + &many("\n|b", 2_000),
        many("(", 300_000),
        many("):", 20_000),
        format!("<details>\n{}", many("```\n", 50_000)),
        many("<!-- rbc: allow RBC101 reason=\"a b\" -->\n", 5_000),
        format!(
            "```bash\n{}```\n",
            many("# rbc: allow RBC101 reason=\"a b\"\n", 5_000)
        ),
        many("<!--", 100_000),
        many("a ", 1_000_000),
        many("1.2 ", 50_000),
        many("D-1/2", 50_000),
        many("&amp;", 50_000),
        format!("{}```\n{}", many("> ", 1000), many("x\n", 1000)),
        many("[REVALIDATE", 20_000),
    ];
    for text in documents {
        check(&SourceFile {
            id: FileId(0),
            path: "hostile.md".to_owned(),
            text,
        });
    }
}

/// Reads `file` and asserts what must hold for every input.
fn check(file: &SourceFile) -> (Runbook, Vec<Diagnostic>) {
    let (runbook, diagnostics) = invariants::read(file);
    fences_are_known(file, &runbook, &diagnostics);
    (runbook, diagnostics)
}

/// Every fence that another parser sees is a block or named as lost.
fn fences_are_known(file: &SourceFile, runbook: &Runbook, diagnostics: &[Diagnostic]) {
    if file.text.len() > 200_000 {
        return;
    }
    let lines = LineIndex::new(&file.text);
    let mut known: BTreeSet<u32> = runbook
        .blocks
        .iter()
        .map(|block| lines.line(block.span.start))
        .collect();
    known.extend(
        diagnostics
            .iter()
            .filter(|diagnostic| matches!(diagnostic.code.id, "RBC506" | "RBC507"))
            .map(|diagnostic| lines.line(diagnostic.primary.start)),
    );
    let arena = comrak::Arena::new();
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.front_matter_delimiter = Some("---".to_owned());
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    if text.starts_with("+++") {
        // Front matter of a kind that the other parser does not know.
        return;
    }
    let root = comrak::parse_document(&arena, text, &options);
    for node in root.descendants() {
        let data = node.data();
        if let comrak::nodes::NodeValue::CodeBlock(code) = &data.value
            && code.fenced
        {
            let line = u32::try_from(data.sourcepos.start.line).expect("test files are small");
            assert!(
                known.contains(&line),
                "{}:{line}: a fence that is neither a block nor reported\n{}",
                file.path,
                file.text.lines().nth(line as usize - 1).unwrap_or("")
            );
        }
    }
}

/// The runbook as text, one thing a line.
fn dump(file: &SourceFile, runbook: &Runbook, diagnostics: &[Diagnostic]) -> String {
    let lines = LineIndex::new(&file.text);
    let place = |span: Span| {
        let start = lines.place(&file.text, span.start);
        let end = lines.place(&file.text, span.end);
        format!(
            "{}:{}-{}:{}",
            start.line, start.column, end.line, end.column
        )
    };
    let text = |text: &Text| format!("{} {:?}", place(text.span), text.text);
    let section = |id: Option<rbc::runbook::SectionId>| match id {
        Some(id) => format!(" in s{}", id.0),
        None => String::new(),
    };
    let mut out = String::new();
    macro_rules! line {
        ($($argument:tt)*) => { let _ = writeln!(out, $($argument)*); };
    }
    line!("labelled: {}", runbook.labelled);
    for (name, part) in [
        ("title", &runbook.title),
        ("status", &runbook.header.status),
        ("scope", &runbook.header.scope),
        ("conventions", &runbook.header.conventions),
    ] {
        if let Some(part) = part {
            line!("{name} {}", text(part));
        }
    }
    for (index, part) in runbook.sections.iter().enumerate() {
        line!(
            "section s{index} level {} number {} {} #{} body {}{}",
            part.level,
            part.number.as_deref().unwrap_or("-"),
            text(&part.title),
            part.anchor,
            place(part.body),
            section(part.parent)
        );
    }
    for item in &runbook.items {
        line!(
            "item {} {}{}",
            item.number,
            place(item.span),
            section(item.section)
        );
    }
    for (index, block) in runbook.blocks.iter().enumerate() {
        line!(
            "block b{index} {} info {:?} language {} {}{}{}{}",
            place(block.span),
            block.info,
            block.language.as_deref().unwrap_or("-"),
            if block.script.is_some() {
                "shell"
            } else {
                "not shell"
            },
            if block.closed { "" } else { " unclosed" },
            block
                .step
                .map(|step| format!(" step {}", step.0))
                .unwrap_or_default(),
            section(block.section)
        );
        let mut at = 0;
        for part in block.content.text().split_inclusive('\n') {
            let start = lines.place(&file.text, block.content.file_offset(at));
            line!("  {}:{} {part:?}", start.line, start.column);
            at += u32::try_from(part.len()).expect("test files are small");
        }
    }
    for (index, step) in runbook.steps.iter().enumerate() {
        line!(
            "step {index} {} {:?} {}{}",
            step.number,
            step.kind,
            place(step.span),
            section(step.section)
        );
        let label = &step.label;
        line!(
            "  label {:?} {} word {}{}",
            label.form,
            place(label.span),
            place(label.word),
            if label.read_only { " read-only" } else { "" }
        );
        for (name, part) in [
            ("location", &label.location),
            ("title", &label.title),
            ("remark", &label.remark),
            ("condition", &step.condition),
            ("refers to", &step.refers_to),
        ] {
            if let Some(part) = part {
                line!("  {name} {}", text(part));
            }
        }
        if let Some(expectation) = &step.expectation {
            line!("  expect {}", text(&expectation.text));
        }
        if let Some(block) = step.block {
            line!("  block b{}", block.0);
        }
        for inline in &step.inline {
            line!(
                "  {} {} {:?}",
                if inline.probe { "probe" } else { "inline" },
                place(inline.content.whole()),
                inline.content.text()
            );
        }
        let timing = step.timing;
        for (name, seconds) in [
            ("wait", timing.wait),
            ("every", timing.every),
            ("timeout", timing.timeout),
            ("budget", timing.budget),
        ] {
            if let Some(seconds) = seconds {
                line!("  {name} {seconds}s");
            }
        }
        for (key, value) in &step.attributes {
            line!("  attribute {key} = {}", text(value));
        }
    }
    for paragraph in &runbook.paragraphs {
        line!(
            "paragraph {:?} {}{}",
            paragraph.kind,
            text(&paragraph.text),
            section(paragraph.section)
        );
    }
    for table in &runbook.tables {
        line!(
            "table {:?} {}{}",
            table.kind,
            place(table.span),
            section(table.section)
        );
        for row in std::iter::once(&table.header).chain(&table.rows) {
            for (index, cell) in row.iter().enumerate() {
                let code: Vec<&str> = cell.code.iter().map(rbc::source::Excerpt::text).collect();
                line!(
                    "  {} {}{}",
                    if index == 0 { "-" } else { "|" },
                    text(&cell.text),
                    if code.is_empty() {
                        String::new()
                    } else {
                        format!(" code {code:?}")
                    }
                );
            }
        }
    }
    for reference in &runbook.references {
        let (kind, target) = match &reference.target {
            ReferenceTarget::Link(target) => ("link", target),
            ReferenceTarget::Step(target) => ("step", target),
            ReferenceTarget::Id(target) => ("id", target),
            ReferenceTarget::Path(target) => ("path", target),
        };
        line!("reference {} {kind} {target}", place(reference.span));
    }
    for declaration in &runbook.declarations {
        line!(
            "declares {} <{}> {:?}",
            place(declaration.span),
            declaration.name,
            declaration.meaning
        );
    }
    for marker in &runbook.markers {
        line!("marker {}", text(marker));
    }
    for directive in &runbook.directives {
        let kind = match directive.place {
            DirectivePlace::File => "file".to_owned(),
            DirectivePlace::Document => "document".to_owned(),
            DirectivePlace::Info(block) => format!("info b{}", block.0),
            DirectivePlace::Inside(block) => format!("inside b{}", block.0),
        };
        let words: Vec<&str> = directive
            .words
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        let pairs: Vec<String> = directive
            .pairs
            .iter()
            .map(|(key, value)| format!("{}={:?}", key.text, value.text))
            .collect();
        line!(
            "directive {kind} {} {} {} covers {}",
            place(directive.span),
            words.join(" "),
            pairs.join(" "),
            directive.covers.map_or("nothing".to_owned(), place)
        );
    }
    for diagnostic in diagnostics {
        line!(
            "{} {} {}",
            diagnostic.code.id,
            place(diagnostic.primary),
            diagnostic.message
        );
        for edit in diagnostic.fix.iter().flat_map(|fix| &fix.edits) {
            line!("  fix {} {:?}", place(edit.span), edit.replacement);
        }
    }
    out
}

fn source(path: &Path) -> SourceFile {
    let bytes = std::fs::read(path).expect("a file that was just listed can be read");
    SourceFile {
        id: FileId(0),
        path: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// The markdown files below `folder`, sorted.
fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") && path.is_file()
            {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
