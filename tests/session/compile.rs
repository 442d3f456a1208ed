//! From markdown to the session: what the plan holds of a runbook.

use super::*;
use rbc::config::Config;
use rbc::effect::{Analyser, Knowledge};
use rbc::plan::{Settings, build};
use rbc::source::{FileId, SourceFile};
use rbc::workspace::{Answer, Workspace};

/// Plans a runbook with the settings of an `rbc.toml`.
fn planned(text: &str, config: &str, workspace: &Workspace) -> Plan {
    planned_as("runbook.md", text, config, workspace)
}

fn planned_as(path: &str, text: &str, config: &str, workspace: &Workspace) -> Plan {
    let config: Config = toml::from_str(config).expect("the settings of a test are sound");
    let file = SourceFile {
        id: FileId(0),
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let (runbook, _) = rbc::parse::parse(&file);
    let (knowledge, _) = Knowledge::with_config(&config);
    let analyser = Analyser::new(&knowledge, &config, workspace);
    let effects = analyser.runbook(&runbook);
    let settings = Settings {
        path: path.to_owned(),
        root: ".".to_owned(),
        values: std::collections::BTreeMap::new(),
    };
    build(&file, &runbook, &effects, &config, &analyser, &settings)
}

/// The workspace under `runbooks/`.
fn our_workspace() -> Workspace {
    Workspace::new(|path| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("runbooks")
            .join(path);
        match fs::read_to_string(path) {
            Ok(text) => Answer::Text(text.into()),
            Err(_) => Answer::Absent,
        }
    })
}

#[test]
fn our_runbooks_compile_to_sessions_that_bash_accepts() {
    let root = folder("ours");
    let workspace = our_workspace();
    let config = workspace.text("rbc.toml").expect("the settings are there");
    for name in ["ops-update.md", "ops-restart.md"] {
        let text = workspace.text(name).expect("the runbook is there");
        let plan = planned_as(name, &text, &config, &workspace);
        for backend in rbc::backend::BACKENDS {
            for artifact in (backend.emit)(&plan, &Templates::default()) {
                let folder = root.join(rbc::plan::stem(name));
                fs::create_dir_all(&folder).expect("the folder can be made");
                fs::write(folder.join(artifact.name), &artifact.text).expect("it can be written");
                assert!(
                    !artifact.text.contains("template error"),
                    "{}",
                    artifact.text
                );
            }
        }
        let session = root.join(rbc::plan::stem(name)).join("session.sh");
        let bash = Command::new("bash").arg("-n").arg(&session).output();
        let output = bash.expect("bash can be started");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// A plan as a page: a line a step, its block indented below it.
fn page(plan: &Plan) -> String {
    let mut page = String::new();
    for step in &plan.steps {
        let place = match &step.place {
            Place::Local => String::new(),
            Place::Manual => " by hand".to_owned(),
            Place::Via(command) => format!(" via {command}"),
        };
        page += &format!(
            "{} {}{place}: {}\n",
            step.number,
            step.kind.word(),
            step.title
        );
        for note in &step.notes {
            page += &format!("  note: {note}\n");
        }
        if let Some(block) = &step.block {
            for (text, line) in block.text().lines().zip(block.line..) {
                page += &format!("  {line} | {text}\n");
            }
        }
    }
    page
}

fn page_of(text: &str, config: &str) -> String {
    page(&planned(text, config, &Workspace::empty()))
}

#[test]
fn labelled_steps_keep_their_numbers_places_and_lines() {
    let text = "\
# A window

## 1. First

**RUN -- jumphost** -- change it
```bash
echo a > /dev/null
juju refresh keystone
```

**GATE:** it holds:
```bash
juju status
```

**RUN -- vault/0** -- unseal
```bash
vault operator unseal
```

**RUN -- the desk** -- sign
```bash
sign-here
```
";
    let config = "[hosts]\nlocal = \"jumphost\"\n[hosts.\"vault/*\"]\nvia = \"juju ssh {host} -- bash -s\"\n";
    assert_eq!(
        page_of(text, config),
        "\
1 run: change it
  7 | echo a > /dev/null
  8 | juju refresh keystone
1.b gate: First
  13 | juju status
1.c run via juju ssh 'vault/0' -- bash -s: unseal
  18 | vault operator unseal
1.d run by hand: sign
  23 | sign-here
"
    );
}

#[test]
fn an_unlabelled_fence_is_a_check_when_it_only_reads_and_text_otherwise() {
    let text = "\
# A window

## 1. First

```bash
juju status
```

```bash
juju refresh keystone
```

```text
some output
```

**RUN -- jumphost**
```bash
juju refresh nova
```
";
    assert_eq!(
        page_of(text, ""),
        "\
1.b check: First
  note: the block has no label; it is proven to read only
  6 | juju status
 text: First
  10 | juju refresh keystone
 text: First
  14 | some output
1 run: First
  19 | juju refresh nova
"
    );
}

#[test]
fn the_logged_shell_of_the_house_is_left_out_with_what_follows() {
    let text = "\
# A window

**RUN -- jumphost**
```bash
git pull
bash scripts/run-logged.sh ops-<date>
echo never
```
";
    let config = "[session]\nwrapper = \"bash scripts/run-logged.sh\"\n";
    let workspace =
        Workspace::from_files([("scripts/run-logged.sh", "read -p 'name: ' x\nscreen\n")]);
    let plan = planned(text, config, &workspace);
    let page = page(&plan);
    assert!(page.contains("is left out: the transcript"), "{page}");
    assert!(page.ends_with("  5 | git pull\n"), "{page}");
    assert_eq!(plan.steps.len(), 1);
    assert!(
        !plan.steps[0].interactive,
        "the terminal was for the command left out"
    );
    assert_eq!(
        plan.steps[0].effects.len(),
        1,
        "{:?}",
        plan.steps[0].effects
    );
}

#[test]
fn a_check_without_a_fence_runs_the_block_it_refers_to() {
    let text = "\
# A window

### 1.3 Worklist

**CHECK (read-only) -- jumphost**
```bash
juju status
```
Expect: rows.

### 5.1 After

**CHECK (read-only) -- jumphost** -- re-run the 1.3 worklist query. Expect: empty.
";
    let page = page_of(text, "");
    assert!(
        page.contains("  note: runs the block of step 1.3 again\n  7 | juju status\n"),
        "{page}"
    );
}

#[test]
fn a_procedure_is_expanded_where_it_is_applied_and_nowhere_else() {
    let text = "\
# A window

### 4.0 Procedure
<!-- rbc: procedure=refresh params=app -->

1. **RUN -- jumphost** -- refresh it
   ```bash
   juju refresh <app> --revision <rev>
   ```

### 4.1 Group

<!-- rbc: apply=refresh app=\"keystone glance\" where=worklist -->
Order (as stated): keystone, glance.

**GATE:** all well.
";
    assert_eq!(
        page_of(text, ""),
        "\
4.0.1/keystone run: refresh it
  8 | juju refresh keystone --revision <rev>
4.0.1/glance run: refresh it
  8 | juju refresh glance --revision <rev>
4.1 gate: Group
"
    );
}

#[test]
fn the_plan_knows_the_scripts_it_calls_and_the_values_that_name_targets() {
    let text = "\
# A window

**RUN -- jumphost**
```bash
bash scripts/look.sh
juju refresh <app>
echo <word>
```
";
    let script = "juju status\n";
    let workspace = Workspace::from_files([("scripts/look.sh", script)]);
    let plan = planned(
        text,
        "[placeholders.word]\npattern = \"[a-z]+\"\nsecret = true\n",
        &workspace,
    );
    let sources: Vec<(&str, &str)> = plan
        .sources
        .iter()
        .map(|source| (source.path.as_str(), source.hash.as_str()))
        .collect();
    assert_eq!(
        sources,
        [
            ("runbook.md", rbc::plan::hash(text).as_str()),
            ("scripts/look.sh", rbc::plan::hash(script).as_str())
        ]
    );
    let placeholders: Vec<(&str, bool, bool)> = plan
        .placeholders
        .iter()
        .map(|placeholder| {
            (
                placeholder.name.as_str(),
                placeholder.target,
                placeholder.secret,
            )
        })
        .collect();
    assert_eq!(placeholders, [("app", true, false), ("word", false, true)]);
}

#[test]
fn a_place_behind_another_has_the_transport_of_its_last_hop() {
    let text = "# Ops -- x\n\n**RUN -- jumphost -> ceph-mon/0**\n```bash\nsudo ceph osd set noout\n```\n\n\
                **CHECK (read-only) -- jumphost -> db/1**\n```bash\ntrue\n```\n";
    let config = "[hosts]\nlocal = \"jumphost\"\n[hosts.\"ceph-mon/*\"]\nvia = \"juju ssh {host} -- bash -s\"\n";
    let plan = planned_as("x.md", text, config, &Workspace::empty());
    let places: Vec<&Place> = plan.steps.iter().map(|step| &step.place).collect();
    let via = Place::Via("juju ssh 'ceph-mon/0' -- bash -s".to_owned());
    assert_eq!(places, [&via, &Place::Manual]);
}

#[test]
fn a_jump_and_a_secret_are_declared_in_the_runbook_or_in_the_settings() {
    let text = "# Ops -- x\n\n<!-- rbc: placeholder=target jump=patch from=old -->\n\
                <!-- rbc: placeholder=word secret -->\n\n**RUN -- jumphost**\n```bash\n\
                tool upgrade --to <target> --word <word> --mode <slow|fast>\n```\n";
    let plan = planned_as(
        "x.md",
        text,
        "[placeholders.target]\njump = \"minor\"\n",
        &Workspace::empty(),
    );
    let [target, word, mode] = plan.placeholders.as_slice() else {
        panic!("three placeholders: {:?}", plan.placeholders);
    };
    assert_eq!(target.jump, Some(rbc::config::Jump::Minor));
    assert_eq!(target.from.as_deref(), Some("old"));
    assert!(word.secret);
    assert_eq!(mode.choices, ["slow", "fast"]);
}
