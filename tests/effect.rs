//! What commands do: the examples of the knowledge base, the invariants every command keeps, and
//! whole blocks with their analysis side by side in `tests/cases/effect` (`RBC_BLESS=1` rewrites
//! the outputs).

use rbc::config::Config;
use rbc::effect::spec::{self, Knowledge, Level};
use rbc::effect::{Analyser, Analysis, Class, Target, TargetId};
use rbc::workspace::Workspace;

/// The analysis of a command without a project around it.
fn analyse(command: &str) -> Analysis {
    let knowledge = Knowledge::embedded();
    let config = Config::default();
    let workspace = Workspace::empty();
    Analyser::new(&knowledge, &config, &workspace).text(command)
}

fn target_text(target: &Target) -> String {
    match &target.id {
        TargetId::Named(id) => format!("{} {id}", target.kind),
        TargetId::Placeholder(id) => format!("{} <{id}>", target.kind),
        TargetId::Ambient => format!("{} (ambient)", target.kind),
        TargetId::All => format!("{} (all)", target.kind),
        TargetId::Unknown => format!("{} (unknown)", target.kind),
    }
}

#[test]
fn every_entry_of_the_knowledge_base_can_be_read() {
    let errors: Vec<String> = spec::embedded()
        .filter_map(|(_, tool)| tool.err())
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn the_index_has_the_command_words_that_the_files_have() {
    for (file, tool) in spec::embedded() {
        let Ok(tool) = tool else { continue };
        let mut names: Vec<&str> = tool.names.iter().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(spec::indexed(file), names, "{file}");
    }
}

/// Examples that do not hold yet, a line each. A line whose example holds has to go.
const KNOWN_WRONG: &str = include_str!("effects/known-wrong-examples.txt");

/// What is wrong with the answer to an example; empty when it holds.
fn misses(example: &spec::Example) -> Vec<String> {
    let mut wrong = Vec::new();
    let analysis = analyse(&example.run);
    let unknown = example.unknown || example.class == Some(Level::UNKNOWN);
    let class = example.class.filter(|class| *class != Level::UNKNOWN);
    if analysis.unknown() != unknown || class.is_some_and(|class| class.class != analysis.class()) {
        let why: Vec<&str> = analysis
            .effects
            .iter()
            .flat_map(|effect| effect.reasons.iter().map(|reason| reason.text.as_str()))
            .collect();
        wrong.push(format!(
            "is {}{}, not {}{}: {}",
            analysis.class().word(),
            if analysis.unknown() {
                " and unknown"
            } else {
                ""
            },
            class.map_or("that", |class| class.class.word()),
            if unknown { " and unknown" } else { "" },
            why.join(" | ")
        ));
    }
    let targets: Vec<String> = analysis
        .effects
        .iter()
        .flat_map(|effect| effect.targets.iter().map(target_text))
        .collect();
    for target in &example.targets {
        if !targets.contains(target) {
            wrong.push(format!("has no target `{target}`: {targets:?}"));
        }
    }
    for facet in &example.facets {
        if !analysis
            .effects
            .iter()
            .any(|effect| effect.facets.contains(facet))
        {
            wrong.push(format!("has no facet `{facet}`"));
        }
    }
    wrong
}

#[test]
fn every_example_of_the_knowledge_base_holds() {
    let known: Vec<&str> = KNOWN_WRONG.lines().collect();
    let bless = std::env::var_os("RBC_BLESS").is_some();
    let mut failing: Vec<String> = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for (file, tool) in spec::embedded() {
        let Ok(tool) = tool else { continue };
        for example in &tool.examples {
            let misses = misses(example);
            if misses.is_empty() {
                continue;
            }
            failing.push(example.run.clone());
            if !known.contains(&example.run.as_str()) {
                wrong.extend(
                    misses
                        .iter()
                        .map(|miss| format!("{file}: `{}` {miss}", example.run)),
                );
            }
        }
    }
    if bless {
        failing.push(String::new());
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/effects/known-wrong-examples.txt"
        );
        std::fs::write(path, failing.join("\n")).unwrap();
        return;
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let held: Vec<&str> = known
        .into_iter()
        .filter(|line| !failing.iter().any(|run| run == line))
        .collect();
    assert!(held.is_empty(), "these hold now, take them out: {held:#?}");
}

#[test]
fn nothing_is_lowered_by_a_wrapper() {
    for (_, tool) in spec::embedded() {
        let Ok(tool) = tool else { continue };
        for example in &tool.examples {
            let alone = analyse(&example.run);
            let run = &example.run;
            if run.contains('\'') || run.contains('\n') || run.contains("<<") {
                continue;
            }
            let one = !run.contains(['|', ';', '&', '>', '<', '('])
                && !run.contains("cd ")
                && run
                    .split(' ')
                    .next()
                    .is_some_and(|word| !word.contains('='));
            let mut forms = vec![
                format!("true && {run}"),
                format!("{run} | cat"),
                format!("bash -c '{run}'"),
                format!("ssh host1 '{run}'"),
                format!("( {run} )"),
            ];
            if one {
                forms.push(format!("sudo {run}"));
                forms.push(format!("timeout 5 {run}"));
                forms.push(format!("env A=b {run}"));
            }
            for form in forms {
                let wrapped = analyse(&form);
                assert!(
                    wrapped.unknown() || wrapped.class() >= alone.class(),
                    "`{form}` is {}, alone {}",
                    wrapped.class().word(),
                    alone.class().word()
                );
                assert!(
                    wrapped.unknown() || !alone.unknown() || wrapped.class() >= Class::LocalWrite,
                    "`{form}` is known, alone it is not"
                );
            }
        }
    }
}
