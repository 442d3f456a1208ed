//! The rules: the examples of their pages, and whole runs of the program on the folders of
//! `tests/cases/lint`, input and output side by side. `RBC_BLESS=1` rewrites the outputs.

use rbc::config::{self, Config};
use rbc::diagnostic::Severity;
use rbc::effect::Knowledge;
use rbc::lint::{Outcome, Rule, Selection, rules};
use rbc::source::{FileId, LineIndex, SourceFile};
use rbc::workspace::Workspace;

/// A fenced example of a rule's page: four backticks, an info string, a text.
struct Example {
    info: String,
    text: String,
}

fn examples(page: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("````") else {
            continue;
        };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "````").collect();
        found.push(Example {
            info: info.to_owned(),
            text: text.join("\n") + "\n",
        });
    }
    found
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        id: FileId(0),
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

fn lint(text: &SourceFile, settings: &Config, files: &[(String, String)]) -> Outcome {
    let files = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    let workspace = Workspace::from_files(files);
    let (knowledge, broken) = Knowledge::with_config(settings);
    assert!(broken.is_empty(), "{broken:?}");
    let around = rbc::Surroundings {
        config: settings,
        knowledge: &knowledge,
        workspace: &workspace,
        folder: "",
    };
    rbc::lint(text, around, &Selection::default())
}

#[test]
fn every_page_fires_where_it_says_and_stays_quiet_where_it_says() {
    let mut wrong = Vec::new();
    // The shell does not take prompts off yet, so RBC402 sees none.
    for rule in rules::ALL.iter().filter(|rule| rule.code.id != "RBC402") {
        let before = wrong.len();
        check_page(rule, &mut wrong);
        for line in wrong.iter_mut().skip(before) {
            *line = format!("{}: {line}", rule.code.id);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An example must have the findings of the page's rule that it announces, and no error of another
/// one: what people copy from a manual should be right.
fn check_page(rule: &Rule, wrong: &mut Vec<String>) {
    let mut settings = Config::default();
    let mut files = Vec::new();
    let (mut fires, mut quiet) = (0, 0);
    for example in examples(rule.page) {
        let (language, rest) = example.info.split_once(' ').unwrap_or((&example.info, ""));
        if language != "markdown" {
            if rest == config::FILE_NAME {
                settings = config::parse(&file(rest, &example.text)).expect("settings are valid");
            }
            files.push((rest.to_owned(), example.text));
            continue;
        }
        let announced: Vec<u32> = match rest.strip_prefix("fires=") {
            Some(lines) => lines
                .split(',')
                .map(|line| line.parse().expect("lines are numbers"))
                .collect(),
            None => {
                assert_eq!(rest, "quiet", "{}: fires=LINES or quiet", rule.code.id);
                Vec::new()
            }
        };
        if announced.is_empty() {
            quiet += 1;
        } else {
            fires += 1;
        }
        let text = file("example.md", &example.text);
        let outcome = lint(&text, &settings, &files);
        let lines = LineIndex::new(&text.text);
        let own = |finding: &&rbc::diagnostic::Diagnostic| finding.code == rule.code;
        let found: Vec<u32> = outcome
            .findings
            .iter()
            .filter(own)
            .map(|finding| lines.line(finding.primary.start))
            .collect();
        if found != announced {
            wrong.push(format!("announces {announced:?}, fires at {found:?}"));
        }
        for finding in outcome.findings.iter().filter(|finding| !own(finding)) {
            if finding.severity == Severity::Error {
                let line = lines.line(finding.primary.start);
                wrong.push(format!(
                    "line {line}: another error, {}: {}",
                    finding.code.id, finding.message
                ));
            }
        }
    }
    if fires == 0 || quiet == 0 {
        wrong.push("needs an example that fires and one that stays quiet".to_owned());
    }
}
