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
        std::fs::write(path, failing.join("\n")).expect("the list can be written");
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

/// The analyses of a runbook's blocks as people see them. Fences with `file=PATH` in their info
/// string are files of the workspace.
fn runbook_text(name: &str, text: String) -> String {
    let file = rbc::source::SourceFile {
        id: rbc::source::FileId(0),
        path: format!("{name}.md"),
        text,
    };
    let (runbook, _) = rbc::parse::parse(&file);
    let files: Vec<(String, String)> = runbook
        .blocks
        .iter()
        .filter_map(|block| {
            let path = block.info.split_once("file=")?.1.trim();
            Some((path.to_owned(), block.content.text().to_owned()))
        })
        .collect();
    let knowledge = Knowledge::embedded();
    let config = Config::default();
    let workspace = Workspace::new(move |asked| {
        files
            .iter()
            .find(|(path, _)| path == asked)
            .map_or(rbc::workspace::Answer::Absent, |(_, text)| {
                rbc::workspace::Answer::Text(text.as_str().into())
            })
    });
    let effects = Analyser::new(&knowledge, &config, &workspace).runbook(&runbook);
    let lines = rbc::source::LineIndex::new(&file.text);
    let mut out = String::new();
    for (index, block) in runbook.blocks.iter().enumerate() {
        if block.info.contains("file=") {
            continue;
        }
        let first_line = lines.line(block.opening.start) + 1;
        let analysis = effects
            .block(rbc::runbook::BlockId(index))
            .expect("every block has an analysis");
        out.push_str(&rbc::effect::report::effects_text(
            block.content.text(),
            analysis,
            first_line,
        ));
        out.push('\n');
    }
    out
}

#[test]
fn whole_blocks_have_the_analysis_beside_them() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/effect");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the cases are a folder")
        .map(|entry| entry.expect("its entries are readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let name = path
            .file_stem()
            .expect("a case has a name")
            .to_string_lossy()
            .into_owned();
        let found = runbook_text(
            &name,
            std::fs::read_to_string(&path).expect("a case is text"),
        );
        let golden = path.with_extension("out");
        if std::env::var_os("RBC_BLESS").is_some() {
            std::fs::write(&golden, &found).expect("the outcome can be written");
            continue;
        }
        let wanted = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(found, wanted, "{name}");
    }
}

/// Commands that hide what they do in a construct of the shell or in an option of a wrapper: a
/// label (a class, or `unknown`), a tab, the command with `\n`, `\t` and `\\` written out.
const CONSTRUCTS: &str = include_str!("effects/constructs.tsv");

#[test]
fn nothing_hides_in_a_construct() {
    let mut wrong = Vec::new();
    for line in CONSTRUCTS.lines().filter(|line| !line.starts_with('#')) {
        let (label, command) = line.split_once('\t').expect("a label and a command");
        let command = command
            .replace("\\\\", "\0")
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace('\0', "\\");
        let (class, unknown) = level(&command);
        let found = match (class, unknown) {
            (Class::None | Class::Read | Class::LocalWrite, true) => "unknown",
            (class, _) => class.word(),
        };
        if found != label {
            wrong.push(format!("{label}, not {found}: {command}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Class and unknown of a command.
fn level(command: &str) -> (Class, bool) {
    let analysis = analyse(command);
    (analysis.class(), analysis.unknown())
}

#[test]
fn quoting_changes_nothing() {
    for (plain, quoted) in [
        ("juju refresh keystone", "'juju' \"refresh\" key\"stone\""),
        ("rm -rf /etc/nginx", "r\\m '-rf' /etc/\"nginx\""),
        (
            "kubectl -n db delete pod x",
            "kubectl '-n' \"db\" 'delete' pod x",
        ),
        ("systemctl status nginx", "\"systemctl\" 'status' nginx"),
        ("git -C d push --force", "git -C \"d\" \"push\" '--force'"),
        ("curl -X POST http://h/x", "curl '-X' \"POST\" 'http://h/x'"),
    ] {
        assert_eq!(level(plain), level(quoted), "`{plain}` and `{quoted}`");
    }
}

#[test]
fn the_name_of_a_placeholder_changes_nothing() {
    for command in [
        "juju config <x>",
        "juju refresh <x> --revision <x>",
        "systemctl restart <x>",
        "kubectl get pod <x> -n <x>",
        "rm -f <x>",
        "openstack server show <x>",
        "git checkout <x>",
        "systemctl <x> nginx",
        "<x> status",
    ] {
        let one = level(command);
        for name in ["read-only-check", "delete", "options", "a_b.c"] {
            let other = command.replace("<x>", &format!("<{name}>"));
            assert_eq!(one, level(&other), "`{command}` and `{other}`");
        }
    }
}

#[test]
fn a_redirect_to_a_file_raises_a_read_to_a_local_write() {
    for (_, tool) in spec::embedded() {
        let Ok(tool) = tool else { continue };
        for example in &tool.examples {
            let (class, unknown) = level(&example.run);
            if class != Class::Read || unknown || example.run.contains(['>', '\n', '|', ';', '&']) {
                continue;
            }
            let to_file = format!("{} > out.txt", example.run);
            assert_eq!(level(&to_file), (Class::LocalWrite, false), "`{to_file}`");
            let to_nothing = format!("{} > /dev/null 2>&1", example.run);
            assert_eq!(level(&to_nothing), (Class::Read, false), "`{to_nothing}`");
            let to_system = format!("{} >> /etc/motd", example.run);
            assert_eq!(level(&to_system).0, Class::Mutate, "`{to_system}`");
        }
    }
}

#[test]
fn what_cat_passes_on_from_a_heredoc_is_data() {
    for (_, tool) in spec::embedded() {
        let Ok(tool) = tool else { continue };
        for example in &tool.examples {
            let text = format!("cat <<'END_OF_DATA'\n{}\nEND_OF_DATA", example.run);
            assert_eq!(level(&text), (Class::Read, false), "{text}");
        }
    }
}

#[test]
fn hostile_texts_get_an_answer() {
    let deep = format!("{}echo x{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(analyse(&deep).unknown());
    let substitutions = format!("{}echo{}", "echo $(".repeat(5_000), ")".repeat(5_000));
    let _ = analyse(&substitutions);
    let wrapped = format!("{}reboot", "sudo ".repeat(5_000));
    assert!(analyse(&wrapped).unknown());
    let _ = analyse("echo \0 a\u{0}b");
    let long = format!("echo {}", "a ".repeat(1 << 18));
    assert_eq!(analyse(&long).class(), Class::Read);
    let endless = "f() { f; }; f";
    assert_eq!(level(endless), (Class::Read, false));
    for broken in [
        "'",
        "$(",
        "<<EOF",
        "a | | b",
        "if",
        "case x in",
        "\"${",
        "((",
        "`",
        "&&",
    ] {
        let _ = analyse(broken);
    }
}

#[test]
fn a_project_adds_and_overrides_tools() {
    let config: Config = toml::from_str(
        r#"
[tool.cloudctl]
read = ["status"]
mutate = ["apply"]
[tool.juju]
read = ["refresh"]
[tool.broken]
mutate = 3
"#,
    )
    .expect("the settings are valid");
    let (knowledge, errors) = Knowledge::with_config(&config);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].to_string().starts_with("[tool.broken]: "),
        "{}",
        errors[0]
    );
    let workspace = Workspace::empty();
    let analyser = Analyser::new(&knowledge, &config, &workspace);
    let class = |command: &str| {
        let analysis = analyser.text(command);
        (analysis.class(), analysis.unknown())
    };
    assert_eq!(class("cloudctl status"), (Class::Read, false));
    assert_eq!(class("cloudctl apply"), (Class::Mutate, false));
    assert_eq!(class("cloudctl destroy"), (Class::Read, true));
    assert_eq!(class("juju refresh keystone"), (Class::Read, false));
    assert_eq!(class("juju deploy keystone"), (Class::Mutate, false));
}

#[test]
fn an_operand_that_looks_like_a_verb_lowers_nothing() {
    for command in [
        "openstack server delete list",
        "openstack server stop show",
        "gcloud compute instances delete list",
        "gcloud compute instances delete describe --zone z",
        "aws ec2 terminate-instances describe-instances",
        "juju remove-unit status",
        "kubectl delete pod get",
        "maas admin machine delete read",
    ] {
        let (class, unknown) = level(command);
        assert!(
            class >= Class::Mutate || unknown,
            "`{command}` is {}",
            class.word()
        );
    }
}

#[test]
fn the_entry_for_an_unknown_tool_works_when_it_is_pasted() {
    for command in [
        "cloudctl status web1",
        "sudo cloudctl --region eu apply",
        "cloudctl --all",
        "my.tool+x sync && other-tool",
        "ssh web1 cloudctl resize 3",
    ] {
        let before = analyse(command);
        assert!(before.unknown(), "{command}");
        let text = rbc::effect::report::stubs([&before]);
        let (_, entry) = text
            .split_once("rbc.toml:\n\n")
            .unwrap_or_else(|| panic!("no entry for `{command}`: {text}"));
        let config: Config = toml::from_str(entry).expect("the entry is TOML");
        let (knowledge, errors) = Knowledge::with_config(&config);
        assert!(errors.is_empty(), "{command}: {errors:?}");
        let workspace = Workspace::empty();
        let after = Analyser::new(&knowledge, &config, &workspace).text(command);
        assert!(!after.unknown(), "{command}:\n{entry}");
        assert_eq!(after.class(), Class::Mutate, "{command}");
        assert_eq!(rbc::effect::report::stubs([&after]), "", "{command}");
    }
    assert_eq!(rbc::effect::report::stubs([&analyse("ls")]), "");
}

/// Each of these is at once large or deep, and none may be taken for harmless, panic, or take
/// memory without bound. How long they take stands in docs/effects.md.
#[test]
fn input_without_bounds_is_unknown() {
    let many = 100_000;
    for (open, close) in [
        ("(", ")"),
        ("$(", ")"),
        ("{ ", "; }"),
        ("\"$(", ")\""),
        ("if ", "; then :; fi"),
        ("<(", ")"),
        ("${x:-", "}"),
        ("! ", ""),
        ("sudo ", ""),
        ("bash -c ", ""),
        ("while ", "; do :; done"),
    ] {
        let closed = format!("{}reboot{}", open.repeat(many), close.repeat(many));
        let answer = analyse(&closed);
        assert!(
            answer.unknown() || answer.class() >= Class::Mutate,
            "closed `{open}` is {}",
            answer.class().word()
        );
    }
    for open in [
        "(",
        "$(",
        "{ ",
        "\"$(",
        "((",
        "[[ ",
        "case x in (",
        "<(",
        "`",
        "'",
        "\"",
        "$((",
        "${",
    ] {
        // An odd number, so that quotes stay open.
        let answer = analyse(&format!("{}reboot", open.repeat(many + 1)));
        assert!(
            answer.unknown() || answer.class() >= Class::Mutate,
            "open `{open}` is {}",
            answer.class().word()
        );
    }
    let ten_megabytes = 10 << 20;
    let words = analyse(&format!("rm {}", "/etc/x ".repeat(ten_megabytes / 7)));
    assert!(words.unknown() || words.class() >= Class::Mutate);
    let commands = analyse(&format!("{}reboot", "ls;".repeat(ten_megabytes / 3)));
    assert!(commands.unknown() || commands.class() >= Class::Mutate);
    for text in [
        "reboot\0",
        "ls \0; reboot",
        "\0reboot",
        "\u{feff}reboot",
        "reboot\r",
    ] {
        let answer = analyse(text);
        assert!(
            answer.unknown() || answer.class() >= Class::Mutate,
            "{text:?} is {}",
            answer.class().word()
        );
    }
}
