//! The rules: the examples of their pages, and whole runs of the program on the folders of
//! `tests/cases/lint`, input and output side by side. `RBC_BLESS=1` rewrites the outputs.

use std::path::{Path, PathBuf};

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
    for rule in rules::ALL {
        let before = wrong.len();
        check_page(rule, &mut wrong);
        for line in wrong.iter_mut().skip(before) {
            *line = format!("{}: {line}", rule.code.id);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rules that say error where they have a proof and warning where nobody can tell.
const THREE_VALUED: [&str; 9] = [
    "RBC101", "RBC102", "RBC104", "RBC105", "RBC107", "RBC113", "RBC203", "RBC204", "RBC208",
];

/// An example must have the findings of the page's rule that it announces, and no error of another
/// one: what people copy from a manual should be right.
fn check_page(rule: &Rule, wrong: &mut Vec<String>) {
    let mut settings = Config::default();
    let mut files = Vec::new();
    let (mut fires, mut warned, mut quiet) = (0, 0, 0);
    let three_valued = THREE_VALUED.contains(&rule.code.id);
    for example in examples(rule.page) {
        let (language, rest) = example.info.split_once(' ').unwrap_or((&example.info, ""));
        if language != "markdown" {
            if rest == config::FILE_NAME {
                settings = config::parse(&file(rest, &example.text)).expect("settings are valid");
            }
            files.push((rest.to_owned(), example.text));
            continue;
        }
        let warns = rest.starts_with("warns=");
        let lines = rest
            .strip_prefix("fires=")
            .or_else(|| rest.strip_prefix("warns="));
        let announced: Vec<u32> = match lines {
            Some(lines) => lines
                .split(',')
                .map(|line| line.parse().expect("lines are numbers"))
                .collect(),
            None => {
                assert_eq!(
                    rest, "quiet",
                    "{}: fires=LINES, warns=LINES or quiet",
                    rule.code.id
                );
                Vec::new()
            }
        };
        if announced.is_empty() {
            quiet += 1;
        } else if warns {
            warned += 1;
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
        for finding in outcome.findings.iter().filter(own) {
            let wanted = match warns {
                true => Severity::Warning,
                false if three_valued => Severity::Error,
                false => continue,
            };
            if finding.severity != wanted {
                wrong.push(format!("is {:?}, not {wanted:?}", finding.severity));
            }
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
    if three_valued && warned == 0 {
        wrong.push("needs an example that only warns".to_owned());
    }
    // It looks at a whole repository, not at a text; it has a test of its own.
    let whole_repository = rule.code.id == "RBC312";
    if !whole_repository && (fires == 0 || quiet == 0) {
        wrong.push("needs an example that fires and one that stays quiet".to_owned());
    }
}

/// `tests/cases/planted/NAME.edit` changes the runbooks of this repository, `NAME.out` holds every
/// finding they then have, with the line it stands on.
#[test]
fn a_planted_defect_is_one_finding_at_its_line() {
    let clean = workspace_files("runbooks");
    let mut wrong = Vec::new();
    for case in cases("tests/cases/planted", "edit") {
        let edit = std::fs::read_to_string(&case).expect("cases are UTF-8");
        let mut files = clean.clone();
        plant(&edit, &mut files, &case);
        compare(
            &case.with_extension("out"),
            &findings_of(&files),
            &mut wrong,
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `tests/cases/planted/NAME.plants` holds many small edits of the runbook NAME.md, each under a line
/// `@@ title`; `NAME.out` holds what each of them is found to be. An edit called `fine` is harmless.
/// The runbook is one of this repository's, or lies in the folder NAME with what it needs.
#[test]
fn planted_defects_are_found_where_they_are_and_harmless_edits_are_not() {
    let mut wrong = Vec::new();
    for plants in cases("tests/cases/planted", "plants") {
        let own = plants.with_extension("");
        let name = own
            .file_name()
            .expect("a case has a name")
            .to_string_lossy();
        let folder = if own.is_dir() {
            format!("tests/cases/planted/{name}")
        } else {
            "runbooks".to_owned()
        };
        let clean = workspace_files(&folder);
        let text = std::fs::read_to_string(&plants).expect("cases are UTF-8");
        let project = TestProject::new(&clean);
        let cases: Vec<&str> = text.split("@@ ").skip(1).collect();
        let found = in_parallel(&cases, |case| {
            let (title, edit) = case.split_once('\n').expect("a title is a line");
            let edit = if edit.starts_with("<<<<") {
                format!("{name}.md\n{edit}")
            } else {
                edit.to_owned()
            };
            let mut files = clean.clone();
            plant(&edit, &mut files, &plants);
            if title.contains("CRLF") {
                for (path, text) in &mut files {
                    if path.ends_with(".md") {
                        *text = text.replace('\n', "\r\n");
                    }
                }
            }
            let findings = project.findings_of(&files, &format!("{name}.md"));
            format!("@@ {title}\n{findings}")
        });
        compare(&plants.with_extension("out"), &found.concat(), &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The answers for all items in their order, worked out by a few threads.
fn in_parallel<T: Sync>(items: &[T], work: impl Fn(&T) -> String + Sync) -> Vec<String> {
    let work = &work;
    let half = items.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(half)
            .map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Vec<_>>()))
            .collect();
        let answers = threads
            .into_iter()
            .map(|it| it.join().expect("no case panics"));
        answers.flatten().collect()
    })
}

/// What the cases of one folder share: its settings and what they know.
struct TestProject {
    settings: Config,
    knowledge: Knowledge,
}

impl TestProject {
    fn new(files: &[(String, String)]) -> Self {
        let settings = settings_of(files);
        let (knowledge, broken) = Knowledge::with_config(&settings);
        assert!(broken.is_empty(), "{broken:?}");
        TestProject {
            settings,
            knowledge,
        }
    }

    /// Every finding of one file: severity, code, name, and the line it stands on.
    fn findings_of(&self, files: &[(String, String)], path: &str) -> String {
        let (_, text) = files
            .iter()
            .find(|(known, _)| known == path)
            .expect("the runbook is there");
        let pairs = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        let workspace = Workspace::from_files(pairs);
        let around = rbc::Surroundings {
            config: &self.settings,
            knowledge: &self.knowledge,
            workspace: &workspace,
            folder: "",
        };
        let source = file(path, text);
        let outcome = rbc::lint(&source, around, &Selection::default());
        shown(&source, &outcome)
    }
}

#[test]
fn a_script_that_nothing_names_is_found_when_somebody_asks() {
    let files = [
        ("runbooks/a.md", "bash scripts/used.sh\n"),
        ("scripts/used.sh", "bash scripts/inner.sh\n"),
        ("scripts/inner.sh", "uptime\n"),
        ("scripts/old.sh", "# Sweeps.\nbash scripts/old.sh again\n"),
    ];
    let workspace = Workspace::from_files(files);
    let ask = |settings: &str| {
        let settings = config::parse(&file("rbc.toml", settings)).expect("settings are valid");
        let found = rbc::lint::repository(&settings, &workspace, &Selection::default(), 7);
        let lines = found.iter().map(|(file, finding)| {
            let word = finding.severity.word();
            format!("{} {} {word}: {}", file.id.0, file.path, finding.message)
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(ask(""), [""; 0]);
    assert_eq!(
        ask("[rules]\nuncalled-script = \"info\"\n"),
        ["7 scripts/old.sh info: nothing calls `scripts/old.sh`"]
    );
}

#[test]
fn the_runbooks_of_this_repository_are_clean() {
    assert_eq!(findings_of(&workspace_files("runbooks")), "");
}

/// The texts below a folder of this repository, by path from that folder, sorted.
fn workspace_files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(&root).expect("it was found there");
                let text = std::fs::read_to_string(&path).expect("the files are UTF-8");
                files.push((below.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    files.sort();
    files
}

/// Every finding of every markdown file: severity, code, name, path, and the line it stands on.
fn findings_of(files: &[(String, String)]) -> String {
    let settings = settings_of(files);
    let mut out = String::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
        let source = file(path, text);
        out.push_str(&shown(&source, &lint(&source, &settings, files)));
    }
    out
}

fn settings_of(files: &[(String, String)]) -> Config {
    let settings = files.iter().find(|(path, _)| path == config::FILE_NAME);
    settings.map_or_else(Config::default, |(path, text)| {
        config::parse(&file(path, text)).expect("the settings are valid")
    })
}

fn shown(source: &SourceFile, outcome: &Outcome) -> String {
    let lines = LineIndex::new(&source.text);
    let mut out = String::new();
    for finding in &outcome.findings {
        let number = lines.line(finding.primary.start) as usize;
        let line = source.text.lines().nth(number - 1).unwrap_or("");
        out.push_str(&format!(
            "{}[{} {}] {}: {line}\n",
            finding.severity.word(),
            finding.code.id,
            finding.code.name,
            source.path,
        ));
    }
    out
}

/// Applies an edit: the path of a file, then hunks between `<<<<`, `====` and `>>>>`. A line `...`
/// in the first half stands for any lines.
fn plant(edit: &str, files: &mut [(String, String)], case: &Path) {
    let (path, hunks) = edit.split_once('\n').expect("an edit begins with a path");
    let (_, text) = files
        .iter_mut()
        .find(|(known, _)| known == path)
        .unwrap_or_else(|| panic!("{}: there is no {path}", case.display()));
    for hunk in hunks.split("<<<<\n").skip(1) {
        let (old, new) = hunk.split_once("====\n").expect("a hunk has two halves");
        let new = new
            .split(">>>>\n")
            .next()
            .expect("a split has a first part");
        // Halves may end inside a line.
        let old = old.strip_suffix('\n').unwrap_or(old);
        let new = new.strip_suffix('\n').unwrap_or(new);
        let mut parts = old.split("\n...\n");
        let first = parts.next().expect("a split has a first part");
        let start = text.find(first).unwrap_or_else(|| {
            panic!("{}: {path} has no longer\n{first}", case.display());
        });
        let mut end = start + first.len();
        for part in parts {
            let rest = text.get(end..).expect("the end of a found text");
            let at = rest.find(part).unwrap_or_else(|| {
                panic!("{}: {path} has no longer\n{part}", case.display());
            });
            end += at + part.len();
        }
        text.replace_range(start..end, new);
    }
}

/// The files of a folder with this extension, sorted.
pub(crate) fn cases(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}: no cases", folder.display());
    paths
}

/// Compares with the file that holds the expected text, or rewrites it.
pub(crate) fn compare(expected: &Path, found: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("RBC_BLESS").is_some() {
        std::fs::write(expected, found).expect("the cases can be written");
        return;
    }
    let text = std::fs::read_to_string(expected).unwrap_or_default();
    if text != found {
        wrong.push(format!(
            "{}\n--- expected\n{text}--- found\n{found}",
            expected.display()
        ));
    }
}

/// Every folder of `tests/cases/lint` is the current folder of `rbc lint .`; `full.txt`,
/// `concise.txt` and `findings.json` beside the input are what it prints.
#[test]
fn the_program_prints_what_stands_beside_the_input() {
    let mut wrong = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/lint");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of cases is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    folders.sort();
    for case in folders {
        for (format, expected) in [
            ("full", "full.txt"),
            ("concise", "concise.txt"),
            ("json", "findings.json"),
        ] {
            let output = assert_cmd::Command::cargo_bin("rbc")
                .expect("cargo builds the program for its tests")
                .current_dir(&case)
                .args(["lint", "--format", format, "."])
                .output()
                .expect("the program starts");
            let found = String::from_utf8(output.stdout).expect("the program prints UTF-8");
            compare(&case.join(expected), &found, &mut wrong);
            let complaint = String::from_utf8_lossy(&output.stderr);
            if !complaint.is_empty() {
                wrong.push(format!("{}: {complaint}", case.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
