//! The page: whole pages of a small plan and its record, hostile texts in every place, and a browser.

use std::collections::BTreeSet;

use rbc::backend::page::{PAGE, html};
use rbc::plan::Placeholder;
use rbc::record::{Journal, Record};

use super::*;

/// The page of a plan.
fn page(plan: &Plan) -> String {
    let mut made = (PAGE.emit)(plan, &Templates::default());
    let page = made.pop().expect("a page is one file");
    assert_eq!(page.name, "page.html");
    page.text
}

/// A small plan with something in every place; `text` goes into all texts of people.
fn small(text: &str) -> Plan {
    let mut check = step("1.1", Kind::Check, 10, "echo looking at {{target}}");
    check.about = vec![format!("Look first. {text}")];
    check.cautions = vec![format!("CAUTION: vault stays as it is. {text}")];
    check.expect = Some(format!("one line, `looking at <target>`. {text}"));
    check.class = Some("read".to_owned());
    let mut run = step(
        "1.2",
        Kind::Run,
        20,
        "echo change vault-mysql-router\nexit 0",
    );
    run.title = format!("the change {text}");
    run.location = Some(format!("jumphost {text}"));
    run.effects = vec![
        "juju refresh: mutates juju-app vault-mysql-router".to_owned(),
        format!("writes `a file` {text}"),
    ];
    run.notes = vec![format!("`a command` is left out {text}")];
    run.remark = Some(text.to_owned());
    run.unknown = true;
    let mut gate = step("1.3", Kind::Gate, 30, "no-such-command");
    gate.condition = Some(format!("every unit is active. Beyond it: STOP. {text}"));
    gate.budget = Some(600);
    gate.every = Some(30);
    gate.evidence = true;
    let mut shown = step("", Kind::Text, 40, "shown, never run");
    shown.section = "2".to_owned();
    shown.about = vec![text.to_owned()];
    let mut plan = plan(vec![
        check,
        run,
        gate,
        shown,
        step("2.1", Kind::Run, 50, "exit 3"),
        step("2.2", Kind::Gate, 60, ""),
    ]);
    plan.title = format!("A window {text}");
    plan.about = vec![format!("STATUS: drafted. {text}")];
    plan.protected = vec!["vault".to_owned(), "vault-mysql-router".to_owned()];
    plan.placeholders = vec![Placeholder {
        name: "target".to_owned(),
        pattern: Some("3\\.6".to_owned()),
        meaning: format!("where it goes {text}"),
        secret: false,
        choices: Vec::new(),
        jump: None,
        from: None,
        target: false,
        value: None,
    }];
    let row = |cells: &[&str]| -> Vec<String> {
        cells.iter().map(|cell| format!("{cell} {text}")).collect()
    };
    plan.observations = vec![row(&["the API is blind", "expected"])];
    plan.symptoms = vec![row(&["an agent is stuck", "stop"])];
    plan.reverts = vec![row(&["the change", "go | back", "none"])];
    plan.closing = vec![format!("Write it up. {text}")];
    plan.prose = [(
        format!("STATUS: drafted. {text}"),
        format!("STATUS: `drafted`, *not* [run](../elsewhere.md). {text}"),
    )]
    .into();
    plan
}

/// The plan without gates that are tried again and again, which takes its time.
fn without_polling(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for step in &mut plan.steps {
        (step.every, step.budget) = (None, None);
    }
    plan
}

/// The record of a session of `plan`, with times that do not differ from run to run.
fn record(test: &str, plan: &Plan, note: &str) -> Record {
    let plan = &without_polling(plan);
    let answers = format!("* ack\n* approve\n1.1 pass {note}\n1.3 override {note}\n* halt\n");
    let ran = session(test, plan, &answers, &["--set", "target=3.6"]);
    let kept = fs::read_to_string(ran.folder.join("plan.json")).expect("a session keeps its plan");
    let hash = rbc::record::plan_hash(&kept);
    let mut record = Record::new(plan.clone(), &hash, &Journal::read(&ran.journal(), None));
    assert!(record.is_sound(), "{}", ran.shown);
    record.host = "jumphost".to_owned();
    record.last_hash = "0".repeat(64);
    record.started = "2026-07-05T01:00:00Z".to_owned();
    record.ended = record.ended.map(|_| "2026-07-05T02:00:00Z".to_owned());
    let mut minute = 0;
    for run in record.steps.iter_mut().flat_map(|step| &mut step.tries) {
        minute += 7;
        run.started = format!("2026-07-05T01:{minute:02}:00Z");
        run.milliseconds = run.milliseconds.map(|_| 90_500);
    }
    for value in &mut record.values {
        value.time.clone_from(&record.started);
    }
    for sitting in &mut record.sittings {
        sitting.started.clone_from(&record.started);
        sitting.last.clone_from(&record.started);
        sitting.host.clone_from(&record.host);
    }
    record
}

fn record_page(record: &Record) -> String {
    let none = rbc::backend::log::Outputs::new();
    html(record, &none, &Templates::default()).expect("our own template has no errors")
}

/// Style and script stand in files of their own; here a change of theirs must not show.
fn without_parts(page: &str) -> String {
    let mut page = page.to_owned();
    for (from, to) in [
        ("<style>", "</style>"),
        ("<script>", "</script>"),
        ("content=\"default-src", "\">"),
    ] {
        let start = page.find(from).expect("it is there") + from.len();
        let end = start
            + page
                .get(start..)
                .and_then(|it| it.find(to))
                .expect("it ends");
        page.replace_range(start..end, "...");
    }
    page
}

#[test]
fn the_page_of_a_plan_and_of_its_record_are_those_of_the_case() {
    let plan = small("as it is");
    for (name, text) in [
        ("plan.html", page(&plan)),
        ("record.html", record_page(&record("page", &plan, "known"))),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cases/page")
            .join(name);
        let found = without_parts(&text);
        if std::env::var_os("RBC_BLESS").is_some() {
            fs::write(&file, &found).expect("the case can be written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(found, expected, "{name}");
    }
}

/// What a page may consist of.
const ELEMENTS: &str = "html head meta title style body a header p h1 h2 h3 h4 nav ul li main dl div dt dd \
    section table thead tbody tr th td svg g rect text line path defs marker desc details summary label \
    input span kbd button article pre code mark b strong em del br footer script";
const ATTRIBUTES: &str = "lang charset http-equiv content name class href id aria-label aria-labelledby \
    aria-describedby aria-live role tabindex scope width height viewbox x y x1 x2 y1 y2 rx d refx refy \
    markerwidth markerheight orient marker-end text-anchor hidden for type autocomplete spellcheck data-step data-key";

/// Everything in a page that is not ours: elements, attributes, targets of links.
fn strangers(page: &str) -> Vec<String> {
    let elements: BTreeSet<&str> = ELEMENTS.split_whitespace().collect();
    let attributes: BTreeSet<&str> = ATTRIBUTES.split_whitespace().collect();
    let page = without_parts(page);
    let body = page.strip_prefix("<!DOCTYPE html>").expect("it is HTML");
    let mut found = Vec::new();
    for piece in body.split('<').skip(1) {
        // A `<` that belongs to a text is written `&lt;`, so each one here begins a tag.
        let (mut rest, closing) = match piece.strip_prefix('/') {
            Some(rest) => (rest, true),
            None => (piece, false),
        };
        let end = rest
            .find(|it: char| !it.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let (element, after) = rest.split_at(end);
        if !elements.contains(element) {
            found.push(format!("<{piece}"));
            continue;
        }
        rest = after;
        while !rest.starts_with('>') {
            rest = rest.trim_start();
            if rest == "/>" || rest.starts_with("/>") {
                break;
            }
            let end = rest
                .find(|it: char| !(it.is_ascii_alphanumeric() || it == '-'))
                .unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let value = after.strip_prefix("=\"").and_then(|it| it.split_once('"'));
            let (value, after) = value.unwrap_or(("", after));
            let wrong = closing
                || !attributes.contains(name.to_ascii_lowercase().as_str())
                || (name == "href" && !value.starts_with('#'));
            if wrong {
                found.push(format!("<{piece}"));
                break;
            }
            rest = after;
        }
    }
    found
}

#[test]
fn the_scanner_finds_what_does_not_belong_into_a_page() {
    let page = page(&small("x"));
    assert_eq!(strangers(&page), Vec::<String>::new());
    for bad in [
        "<img src=x>",
        "<iframe>",
        "<p onclick=\"f()\">",
        "<a href=\"javascript:f()\">",
        "<a href=\"https://example.org/\">",
        "<p style=\"x\">",
        "<!-- -->",
    ] {
        let spoilt = page.replace("<main>", &format!("<main>{bad}"));
        assert_eq!(strangers(&spoilt).len(), 1, "{bad}");
    }
}

/// Texts that would be markup, links or scripts where they are not kept text.
const HOSTILE: [&str; 12] = [
    "<script>hostile = 1</script>",
    "\"><img src=x onerror=\"hostile = 1\">",
    "' onmouseover='hostile = 1",
    "[a](javascript:hostile=1) [b](https://example.org/x) ![c](http://example.org/c.png)",
    "<https://example.org/> <javascript:hostile=1>",
    "</title></style></script><svg onload=hostile=1>",
    "<!-- --><![CDATA[ ]]><?php ?>",
    "&lt;script&gt; &#60;img&#62; &amp;",
    "{{ 7 * 7 }} {% include \"/etc/passwd\" %} {# #}",
    "`<b>` ``` <i>x</i> ``` **<u>y</u>**",
    "[x]: javascript:hostile=1\n\n[x]",
    "<a href=\"data:text/html,x\">z</a> a < b && c > d",
];

#[test]
fn hostile_text_stays_text() {
    let all = HOSTILE.join(" ");
    for text in HOSTILE.iter().copied().chain([all.as_str()]) {
        let mut plan = small(text);
        assert_eq!(strangers(&page(&plan)), Vec::<String>::new(), "{text}");
        // Numbers, ids and names come out of documents too.
        for step in &mut plan.steps {
            step.section = format!("{} {text}", step.section);
            step.class = Some(text.to_owned());
            if !step.number.is_empty() {
                step.number = format!("{} {text}", step.number);
            }
        }
        plan.protected = vec![text.to_owned()];
        plan.runbook = text.to_owned();
        plan.compiler = text.to_owned();
        assert_eq!(strangers(&page(&plan)), Vec::<String>::new(), "{text}");
    }
    let mut record = record("page-hostile", &small("x"), "known");
    for text in HOSTILE {
        record.operator = text.to_owned();
        record.label = text.to_owned();
        record.reason = text.to_owned();
        for step in &mut record.steps {
            step.verdict = "override".to_owned();
            step.note = text.to_owned();
            step.by = text.to_owned();
            step.source = text.to_owned();
            for run in &mut step.tries {
                run.command = text.to_owned();
                run.trouble = text.to_owned();
                run.started = text.to_owned();
                run.folder = text.to_owned();
            }
        }
        for value in &mut record.values {
            value.value = text.to_owned();
        }
        assert_eq!(
            strangers(&record_page(&record)),
            Vec::<String>::new(),
            "{text}"
        );
    }
}

fn rbc(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rbc"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("rbc starts");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).expect("a page is UTF-8")
}

#[test]
fn the_program_writes_pages_of_a_plan_and_of_a_session() {
    let folder = folder("page-program");
    let out = folder.to_str().expect("the folder's name is UTF-8");
    let compile = [
        "compile",
        "runbooks/ops-update.md",
        "--emit",
        "page",
        "-o",
        out,
    ];
    rbc(&compile);
    let made = folder.join("ops-update");
    let read = || fs::read_to_string(made.join("page.html")).expect("it was written");
    let first = read();
    assert_eq!(
        fs::read_dir(&made).expect("it is there").count(),
        1,
        "the page alone"
    );
    rbc(&compile);
    assert_eq!(first, read(), "equal inputs give equal bytes");
    assert_eq!(strangers(&first), Vec::<String>::new());
    let plan =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("out/ops-update/plan.json"));
    let plan: Plan = serde_json::from_str(&plan.expect("it is there")).expect("it is a plan");
    for step in plan.numbered_steps() {
        let box_of = format!("data-step=\"{}\"", step.number);
        assert_eq!(first.matches(&box_of).count(), 1, "{box_of}");
    }

    let ran = session(
        "page-session",
        &small("x"),
        "* ack\n* approve\n* halt\n",
        &[],
    );
    let session = ran.folder.to_str().expect("the folder's name is UTF-8");
    let shown = rbc(&["log", session, "--format", "html"]);
    assert_eq!(strangers(&shown), Vec::<String>::new());
    assert!(shown.contains("Record of a session"), "{shown}");
    let file = folder.join("log.html");
    let name = file.to_str().expect("the folder's name is UTF-8");
    rbc(&["log", session, "--format", "html", "-o", name]);
    assert_eq!(fs::read_to_string(&file).expect("it was written"), shown);
}

#[test]
fn the_plan_keeps_the_markdown_of_texts_that_have_markup() {
    let folder = folder("page-prose");
    let runbook = folder.join("window.md");
    let text = "# Window\n\nSTATUS: `drafted`, *not* run.\n\nScope: plain.\n\nConventions: as in [the notes](notes.md).\n\n\
        ## 1. Look\n\n- `one` and `two`\n- the [notes](notes.md)\n\n> quoted `code`\n> over lines\n\n\
        CHECK (jumphost) -- look:\n\n```bash\njuju status\n```\n\nExpect: `active` everywhere.\n\n\
        | Symptom | Fix |\n| --- | --- |\n| `sealed` | see [notes](notes.md) |\n";
    fs::write(&runbook, text).expect("the folder can be written");
    fs::write(folder.join("notes.md"), "# Notes\n").expect("the folder can be written");
    let name = runbook.to_str().expect("the folder's name is UTF-8");
    let out = folder.to_str().expect("the folder's name is UTF-8");
    rbc(&["compile", name, "--emit", "plan", "-o", out]);
    let plan = fs::read_to_string(folder.join("window/plan.json")).expect("it was written");
    let plan: Plan = serde_json::from_str(&plan).expect("it is a plan");
    let pairs: Vec<String> = plan
        .prose
        .iter()
        .map(|(shown, written)| format!("{shown} | {written}"))
        .collect();
    let expected = [
        "Conventions: as in the notes. | Conventions: as in [the notes](notes.md).",
        "STATUS: drafted, not run. | STATUS: `drafted`, *not* run.",
        "active everywhere. | `active` everywhere.",
        "one and two | `one` and `two`",
        "quoted code over lines | quoted `code` over lines",
        "sealed | `sealed`",
        "see notes | see [notes](notes.md)",
        "the notes | the [notes](notes.md)",
    ];
    assert_eq!(pairs, expected);
}

/// A program that the tests of pages use, where it is installed.
fn installed(name: &str) -> bool {
    Command::new(name)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn a_browser_reads_searches_and_ticks_the_pages_and_finds_them_accessible() {
    if !installed("chromium") || !installed("node") {
        println!("skipped: chromium and node are not both installed");
        return;
    }
    // `.ci/run` puts axe-core there.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let axe = root.join("target/axe/node_modules/axe-core/axe.min.js");
    let axe = if axe.exists() {
        axe
    } else {
        println!(
            "skipped: the accessibility check; `npm install --prefix target/axe axe-core` makes it possible"
        );
        PathBuf::new()
    };
    let folder = folder("page-browser");
    let mut pages = Vec::new();
    let plan = small(&HOSTILE.join(" "));
    for (name, text) in [
        ("plan", page(&plan)),
        (
            "record",
            record_page(&record("page-browser-record", &plan, "known")),
        ),
    ] {
        fs::create_dir(folder.join(name)).expect("the folder can be written");
        let path = folder.join(name).join("page.html");
        fs::write(&path, text).expect("the folder can be written");
        pages.push(path);
    }
    let output = Command::new("node")
        .arg(root.join("tests/page/browser.mjs"))
        .arg("chromium")
        .arg(axe)
        .arg("-")
        .args(&pages)
        .output()
        .expect("node starts");
    let told = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{complaint}");
    assert!(told.lines().count() > 30, "{told}{complaint}");
}
