//! What a session costs beside the same blocks in plain bash:
//! `cargo run --release --example bench-session [FOLDER]`. FOLDER is on the disk that matters; the
//! default is the folder for temporary files. `RBC_BASH` names another bash.
//!
//! Each block writes down the instant it runs at, so a step is what lies between two of them. The
//! sessions get their answers from a file. Nothing else should run on the machine.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement starts processes, looks at files and clocks and prints what it saw"
)]

use std::error::Error;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rbc::backend::{Templates, session::SESSION};
use rbc::config::Config;
use rbc::effect::{Analyser, Knowledge};
use rbc::plan::{Settings, build};
use rbc::source::{FileId, SourceFile};
use rbc::workspace::Workspace;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Steps of the sessions whose steps are measured.
const STEPS: usize = 60;
/// Bytes of shell state beside that of an empty shell.
const STATES: &[usize] = &[0, 10_000, 100_000, 1_000_000];
const MEGABYTES: usize = 200;

fn main() -> Result<()> {
    let folder = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from)
        .join(format!("bench-session-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = measure(&folder);
    fs::remove_dir_all(&folder)?;
    outcome
}

fn measure(folder: &Path) -> Result<()> {
    let sync = measure_sync(folder)?;
    println!("a sync of one small file          {sync:8.1} ms");
    for state in STATES {
        let blocks = blocks_with_state(*state);
        let plain = median(plain_bash(folder, &blocks)?);
        let step = median(session(folder, &blocks)?);
        let rest = step - plain - 2.0 * sync;
        println!(
            "state of {state:7} bytes: a step takes {step:8.1} ms, in plain bash {plain:6.1} ms; \
             without two syncs the session costs {rest:6.1} ms"
        );
    }
    let many: Vec<String> = (0..500).map(|_| "true".to_owned()).collect();
    let starts = (0..5)
        .map(|_| {
            let (mut command, _) = prepared(folder, &many, "")?;
            let begun = Instant::now();
            command.status()?;
            Ok(milliseconds(begun.elapsed()))
        })
        .collect::<Result<Vec<f64>>>()?;
    println!(
        "start of 500 steps, to the first question {:8.1} ms",
        median(starts)
    );
    for (what, block) in [
        (
            "1 MB of lines",
            "yes 0123456789 | head -c 1000000".to_owned(),
        ),
        (
            "200 MB of lines",
            format!("yes 0123456789 | head -c {MEGABYTES}000000"),
        ),
        (
            "200 MB without a line feed",
            format!("head -c {MEGABYTES}000000 /dev/zero | tr '\\0' x"),
        ),
    ] {
        let (mut command, _) = prepared(folder, &[block], "* approve\n* pass\n")?;
        let begun = Instant::now();
        let most = peak(command.process_group(0).spawn()?)?;
        let seconds = begun.elapsed().as_secs_f64();
        println!("{what:28} at most {most:7} KiB in all its processes, {seconds:5.1} s");
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn measure_sync(folder: &Path) -> Result<f64> {
    let file = folder.join("synced");
    let mut times = Vec::new();
    for round in 0..30 {
        fs::write(&file, format!("{round}\n"))?;
        let begun = Instant::now();
        fs::File::open(&file)?.sync_all()?;
        times.push(milliseconds(begun.elapsed()));
    }
    Ok(median(times))
}

/// Blocks of which the first makes the state, and each tells when it ran.
fn blocks_with_state(bytes: usize) -> Vec<String> {
    let mut first = "echo $EPOCHREALTIME >>instants".to_owned();
    if bytes > 0 {
        first += &format!(
            "; for i in {{1..{}}}; do printf -v V$i '%01000d' $i; done",
            bytes / 1000
        );
    }
    let mut blocks = vec![first];
    blocks.resize(STEPS, "echo $EPOCHREALTIME >>instants".to_owned());
    blocks
}

/// A command that starts the session of these blocks, and the folder it works in.
fn prepared(folder: &Path, blocks: &[String], answers: &str) -> Result<(Command, PathBuf)> {
    let _ = fs::remove_dir_all(folder.join("work"));
    let work = folder.join("work");
    fs::create_dir_all(&work)?;
    fs::write(work.join("session.sh"), compiled(blocks))?;
    fs::write(work.join("answers"), answers)?;
    let mut command = bash();
    command
        .args(["session.sh", "--answers", "answers", "--dir", "record"])
        .current_dir(&work)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ok((command, work))
}

fn bash() -> Command {
    Command::new(std::env::var_os("RBC_BASH").unwrap_or_else(|| "bash".into()))
}

fn compiled(blocks: &[String]) -> String {
    let mut text = "# A window\n\n".to_owned();
    for (block, number) in blocks.iter().zip(1..) {
        text += &format!(
            "## {number}. Step\n\n**RUN -- jumphost** -- do it\n```bash\n{block}\n```\n\n"
        );
    }
    let config: Config = toml::from_str("[hosts]\nlocal = \"jumphost\"\n").unwrap_or_default();
    let file = SourceFile {
        id: FileId(0),
        path: "window.md".to_owned(),
        text,
    };
    let workspace = Workspace::empty();
    let (runbook, _) = rbc::parse::parse(&file);
    let (knowledge, _) = Knowledge::with_config(&config);
    let analyser = Analyser::new(&knowledge, &config, &workspace);
    let effects = analyser.runbook(&runbook);
    let settings = Settings {
        path: "window.md".to_owned(),
        root: ".".to_owned(),
        values: std::collections::BTreeMap::new(),
    };
    let plan = build(&file, &runbook, &effects, &config, &analyser, &settings);
    let mut artifacts = (SESSION.emit)(&plan, &Templates::default());
    artifacts
        .pop()
        .map(|artifact| artifact.text)
        .unwrap_or_default()
}

fn session(folder: &Path, blocks: &[String]) -> Result<Vec<f64>> {
    let (mut command, work) = prepared(folder, blocks, "* approve\n* pass\n")?;
    let status = command.status()?;
    if !status.success() {
        return Err(format!("the session ended with {status}").into());
    }
    between(&work)
}

fn plain_bash(folder: &Path, blocks: &[String]) -> Result<Vec<f64>> {
    let (_, work) = prepared(folder, &[], "")?;
    fs::write(work.join("plain.sh"), blocks.join("\n"))?;
    bash().arg("plain.sh").current_dir(&work).status()?;
    between(&work)
}

/// The milliseconds between one block and the next.
fn between(work: &Path) -> Result<Vec<f64>> {
    let text = fs::read_to_string(work.join("instants"))?.replace(',', ".");
    let instants = text
        .lines()
        .map(str::parse)
        .collect::<std::result::Result<Vec<f64>, _>>()?;
    Ok(instants
        .iter()
        .zip(instants.iter().skip(1))
        .map(|(one, next)| (next - one) * 1000.0)
        .collect())
}

/// The most memory that all processes of the session held at once, in KiB.
fn peak(mut session: Child) -> Result<u64> {
    let group = session.id().to_string();
    let mut most = 0;
    while session.try_wait()?.is_none() {
        let mut now = 0;
        for entry in fs::read_dir("/proc")?.filter_map(std::result::Result::ok) {
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let fields: Vec<&str> = stat
                .rsplit_once(") ")
                .map(|(_, fields)| fields.split(' ').collect())
                .unwrap_or_default();
            if fields.get(2) == Some(&group.as_str()) {
                let pages: u64 = fields.get(21).and_then(|rss| rss.parse().ok()).unwrap_or(0);
                now += pages * 4;
            }
        }
        most = most.max(now);
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(most)
}
