//! Whatever a file holds, nothing panics and every place lies in the file.

use std::path::Path;

use crate::invariants;

/// What is asked of a text; it panics where the text breaks it.
type Target = fn(&str);

/// A document of a size.
type Grown = fn(usize) -> String;

/// The seeds of the fuzz targets and what a target once broke on, each as its target reads it.
#[test]
fn the_seeds_of_the_fuzz_targets_hold() {
    let targets: [(&str, Target); 5] = [
        ("markdown", invariants::markdown),
        ("shell", invariants::shell),
        ("configuration", invariants::configuration),
        ("journal", invariants::journal),
        ("linting", invariants::linting),
    ];
    for (name, target) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz/seeds")
            .join(name);
        let entries = std::fs::read_dir(&folder).expect("each target has a folder of seeds");
        let mut seeds = 0;
        for entry in entries.flatten() {
            let bytes = std::fs::read(entry.path()).expect("a seed can be read");
            println!("{}", entry.path().display());
            target(&String::from_utf8_lossy(&bytes));
            seeds += 1;
        }
        assert!(seeds > 0, "{name} has no seeds");
    }
}

/// Documents that grow with their argument and make a careless reader slow, by what they are made of.
const HOSTILE: [(&str, Grown); 24] = [
    ("nested quotes", |n| ">".repeat(n)),
    ("nested lists", |n| "- ".repeat(n)),
    ("nested numbered lists", |n| "1. ".repeat(n)),
    ("open brackets", |n| "[".repeat(n)),
    ("links in links", |n| "[a](".repeat(n)),
    ("images", |n| "![".repeat(n)),
    ("emphasis runs", |n| "*a ".repeat(n)),
    ("emphasis of both kinds", |n| "*a _b ".repeat(n / 2)),
    ("backticks", |n| "`".repeat(n)),
    ("backticks of growing length", |n| {
        let longest = (1..).take_while(|k| k * (k + 1) / 2 < n).count();
        (1..=longest).map(|k| "`".repeat(k) + " ").collect()
    }),
    ("fences that open and close", |n| "```\n".repeat(n)),
    ("labelled fences", |n| {
        "**RUN -- h**\n```bash\nsystemctl restart a\n```\nExpect: a.\n\n".repeat(n / 50)
    }),
    ("gates", |n| "GATE: `true` holds.\n\n".repeat(n / 20)),
    ("headings", |n| "# 1.1 a\n\n".repeat(n / 10)),
    ("a long table", |n| {
        "|a|b|\n|-|-|\n".to_owned() + &"|`x`|per 1.1|\n".repeat(n / 10)
    }),
    ("a wide table", |n| {
        format!(
            "{}|\n{}|\n{}|\n",
            "|a".repeat(n / 6),
            "|-".repeat(n / 6),
            "|b".repeat(n / 6)
        )
    }),
    ("entities", |n| "&amp;".repeat(n / 5)),
    ("link definitions", |n| {
        (0..n / 20)
            .map(|at| format!("[a{at}]: /b{at}\n"))
            .collect::<String>()
            + &"[a1]".repeat(n / 8)
    }),
    ("comments that never close", |n| "<!--".repeat(n / 4)),
    ("directives", |n| {
        "<!-- rbc: allow RBC101 reason=\"a b\" -->\n\n".repeat(n / 40)
    }),
    ("one line", |n| "a ".repeat(n / 2)),
    ("shell inside shell", |n| {
        format!("```bash\n{}\n```\n", "$(".repeat(n / 2))
    }),
    ("a long pipeline", |n| {
        format!("```bash\n{}a\n```\n", "a | ".repeat(n / 4))
    }),
    ("many commands", |n| {
        format!(
            "**RUN -- h**\n```bash\n{}```\n",
            "x=1; rm -f \"$x\" y\n".repeat(n / 18)
        )
    }),
];

#[test]
fn hostile_documents_are_linted_and_compiled() {
    for (name, document) in HOSTILE {
        println!("{name}");
        invariants::linting(&document(4_000));
    }
}

/// Twice the document, twice the work, give or take: the processor time of linting with everything on.
#[test]
#[ignore = "measures processor time: cargo test --release --test rbc linear -- --ignored --nocapture"]
fn hostile_documents_are_linear() {
    use rbc::source::{FileId, SourceFile};
    let config = rbc::config::Config::default();
    let knowledge = rbc::effect::Knowledge::embedded();
    let workspace = rbc::workspace::Workspace::empty();
    let selection = rbc::lint::Selection {
        all: true,
        ..Default::default()
    };
    let seconds = |text: String| {
        let file = SourceFile {
            id: FileId(0),
            path: "hostile.md".to_owned(),
            text,
        };
        let around = rbc::Surroundings {
            config: &config,
            knowledge: &knowledge,
            workspace: &workspace,
            folder: "",
        };
        let before = cpu_seconds();
        let outcome = rbc::lint(&file, around, &selection);
        let seconds = cpu_seconds() - before;
        (seconds, outcome.findings.len())
    };
    let mut steep = Vec::new();
    for (name, document) in HOSTILE {
        let (small, _) = seconds(document(100_000));
        let (large, findings) = seconds(document(400_000));
        let ratio = large / small.max(1e-4);
        println!("{name:32} {small:8.4} s {large:8.4} s  x{ratio:.1}  {findings} findings");
        if large > 0.05 && ratio > 8.0 {
            steep.push(name);
        }
    }
    assert!(
        steep.is_empty(),
        "four times the text, more than eight times the work: {steep:?}"
    );
}

/// The processor time of this thread so far, in seconds.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says so");
    let nanoseconds = text
        .split(' ')
        .next()
        .and_then(|first| first.parse::<f64>().ok());
    nanoseconds.expect("schedstat begins with a number") / 1e9
}
