//! What can go wrong around a session: it is killed at any instant, the disk is full, its folder
//! goes away, the clock is set back, several people go on with it at once. The faults of
//! docs/reliability.md, counted.

use super::*;
use rbc::record::{Journal, Trouble};
use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::time::Duration;

/// The changes of a window under fire. Each writes to the log that it began, and that it ended,
/// and looks at what those before it left in the shell.
const CHANGES: usize = 4;

fn window_under_fire() -> Plan {
    let mut steps = Vec::new();
    for number in 1..=CHANGES {
        let mut code = format!("echo begin-{number} >>log\n");
        for before in 1..number {
            code += &format!("echo saw-{number}-{before}-${{V{before}-nothing}} >>seen\n");
        }
        code += &format!(
            "sleep 0.0{}\nV{number}=set\necho end-{number} >>log",
            number * 2
        );
        let line = u32::try_from(number * 10).expect("a few lines");
        steps.push(step(&number.to_string(), Kind::Run, line, &code));
    }
    steps.push(step("5", Kind::Check, 60, "wc -l log"));
    steps.push(step("6", Kind::Gate, 70, "grep -c end log"));
    plan(steps)
}

/// Who or what is killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Session,
    Block,
    Both,
    Group,
}

const VICTIMS: &[Victim] = &[Victim::Session, Victim::Block, Victim::Both, Victim::Group];

/// A window that is killed again and again, and what has to hold of it.
struct UnderFire {
    root: PathBuf,
    random: Random,
    /// The journal as it was after the last kill: whole lines.
    acknowledged: String,
    /// How many kills hit a process that was there.
    kills: usize,
    /// How often a person was asked what had happened.
    asked: usize,
}

impl UnderFire {
    fn new(test: &str, seed: u64) -> Self {
        let root = folder(test);
        fs::write(root.join("session.sh"), compile(&window_under_fire()))
            .expect("the folder can be written");
        UnderFire {
            root,
            random: Random(seed),
            acknowledged: String::new(),
            kills: 0,
            asked: 0,
        }
    }

    fn record(&self) -> PathBuf {
        self.root.join("record")
    }

    fn journal(&self) -> String {
        fs::read_to_string(self.record().join("journal.jsonl")).unwrap_or_default()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.root.join("log")).unwrap_or_default()
    }

    /// Starts the session, or goes on with it where there is something to go on with.
    fn start(&self, answers: &str) -> Child {
        fs::write(self.root.join("answers"), answers).expect("the folder can be written");
        let shown = fs::File::create(self.root.join("shown")).expect("the folder can be written");
        let mut command = bash();
        command
            .args(["session.sh", "--answers", "answers", "--operator", "op"])
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stderr(shown.try_clone().expect("a file can be opened twice"))
            .stdout(shown)
            .process_group(0);
        if self.journal().is_empty() {
            let _ = fs::remove_dir_all(self.record());
            command.args(["--dir", "record"]);
        } else {
            command.args(["--resume", "record"]);
        }
        command.spawn().expect("bash can be started")
    }

    /// The process of the block that was started last.
    fn block(&self) -> Option<String> {
        let mut tries: Vec<_> = fs::read_dir(self.record().join("steps"))
            .ok()?
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let pid = entry.path().join("pid");
                Some((fs::metadata(&pid).ok()?.modified().ok()?, pid))
            })
            .collect();
        tries.sort();
        let text = fs::read_to_string(&tries.pop()?.1).ok()?;
        let (pid, rest) = text.trim().split_once(' ')?;
        let (started, _) = rest.split_once(' ')?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        (fields.get(19) == Some(&started)).then(|| pid.to_owned())
    }

    fn kill(&mut self, session: &mut Child, victim: Victim) {
        let own = session.id().to_string();
        let block = self.block();
        let targets: Vec<String> = match victim {
            Victim::Session => vec![own],
            Victim::Block => block.into_iter().collect(),
            Victim::Both => block.into_iter().chain([own]).collect(),
            Victim::Group => vec![format!("-{own}")],
        };
        if targets.is_empty() {
            return;
        }
        let killed = Command::new("kill")
            .args(["-KILL", "--"])
            .args(&targets)
            .stderr(Stdio::null())
            .status()
            .expect("kill can be started");
        self.kills += usize::from(killed.success());
    }

    /// Lets the session run for a while, kills, and looks at what is left.
    fn fire(&mut self, longest: u64) {
        let victim = *self.random.pick(VICTIMS);
        let instant = self.random.below(longest * 1000);
        let mut session = self.start("* approve\n* pass\n");
        std::thread::sleep(Duration::from_micros(instant));
        self.kill(&mut session, victim);
        if matches!(victim, Victim::Block) {
            session.wait().expect("the session ends");
        } else {
            let _ = session.kill();
            session.wait().expect("the session is gone");
        }
        self.nothing_acknowledged_is_lost(&format!("{victim:?} after {instant} us"));
    }

    /// Each whole line that was there after a kill is still there, in its place.
    fn nothing_acknowledged_is_lost(&mut self, when: &str) {
        let journal = self.journal();
        assert!(
            journal.starts_with(&self.acknowledged),
            "{when}: lines were lost\nbefore:\n{}\nnow:\n{journal}",
            self.acknowledged
        );
        let whole = journal.rfind('\n').map_or(0, |end| end + 1);
        self.acknowledged = journal.chars().take(whole).collect();
        assert_eq!(whole, self.acknowledged.len(), "the journal is ASCII");
    }

    /// Goes on as a person would, who answers only what is asked, having looked at the log.
    fn finish(&mut self) {
        let mut answers = "* approve\n* pass\n".to_owned();
        for _ in 0..100 {
            let status = self.start(&answers).wait().expect("the session ends");
            let shown = fs::read_to_string(self.root.join("shown")).unwrap_or_default();
            self.nothing_acknowledged_is_lost("going on");
            answers = "* approve\n* pass\n".to_owned();
            match status.code() {
                Some(0) => return,
                Some(4) if shown.contains("resume when it has ended") => continue,
                _ => {}
            }
            let asked = (1..=6)
                .rev()
                .find(|number| shown.contains(&format!("no answer for {number}: {number}  redo")));
            if let Some(number) = asked {
                self.asked += 1;
                let done = self.log().contains(&format!("end-{number}\n"));
                let word = if done {
                    "accept the log has it"
                } else {
                    "redo"
                };
                answers = format!("{number} {word}\n{answers}");
            } else if status.code() != Some(1) {
                panic!(
                    "the session cannot go on: {status}\n{shown}\n{}",
                    self.journal()
                );
            }
        }
        panic!("the session never came to its end");
    }

    fn holds(&self) {
        let head = fs::read_to_string(self.record().join("head")).unwrap_or_default();
        let journal = Journal::read(&self.journal(), Some(&head));
        assert_eq!(
            journal.troubles,
            Vec::<Trouble>::new(),
            "{}",
            self.journal()
        );
        let log = self.log();
        let seen = fs::read_to_string(self.root.join("seen")).unwrap_or_default();
        for number in 1..=CHANGES {
            let number = number.to_string();
            let of_step = |name: &str| {
                journal
                    .events
                    .iter()
                    .filter(|event| event.name == name && event.text("step") == number)
                    .count()
            };
            let begun = log.matches(&format!("begin-{number}\n")).count();
            let allowed = 1 + of_step("redo");
            assert!(
                begun <= of_step("step-start") && begun <= allowed,
                "step {number} ran {begun} times and {allowed} were asked for\n{}",
                self.journal()
            );
            assert!(
                log.contains(&format!("end-{number}\n")),
                "step {number} is done and did not end\n{}",
                self.journal()
            );
            // What a step that ended left in the shell is there for those after it.
            let passed = journal.events.iter().any(|event| {
                event.name == "verdict"
                    && event.text("step") == number
                    && event.text("verdict") == "pass"
            });
            assert!(
                !passed || !seen.contains(&format!("-{number}-nothing\n")),
                "the state of step {number} was lost\n{seen}\n{}",
                self.journal()
            );
        }
    }
}

#[test]
fn killed_at_any_instant_no_change_runs_twice_and_no_line_is_lost() {
    let wanted = times("RBC_KILLS", 50);
    let seed = times("RBC_SEED", 1);
    let (mut kills, mut asked, mut windows) = (0, 0, 0);
    while kills < wanted {
        let mut window = UnderFire::new(
            &format!("kills-{seed}"),
            u64::try_from(seed * 1_000_003 + windows).expect("a small number"),
        );
        for shots in 0..20 {
            if window.kills + kills >= wanted || window.journal().contains("\"completed\"") {
                break;
            }
            let longest = if shots % 3 == 0 { 250 } else { 700 };
            window.fire(longest);
        }
        window.finish();
        window.holds();
        kills += window.kills;
        asked += window.asked;
        windows += 1;
    }
    println!("{kills} kills in {windows} windows; a person was asked {asked} times");
}

#[test]
fn of_several_who_go_on_at_once_one_gets_in() {
    let plan = runs(&[
        "echo one >>ran",
        "echo two >>ran; sleep 0.05",
        "echo three >>ran",
    ]);
    let halted = session("several", &plan, "1 approve\n", &[]);
    assert_eq!(halted.status, Some(3), "{}", halted.shown);
    let root = halted.folder.parent().expect("it lies in the root");
    fs::write(root.join("answers"), GO).expect("the folder can be written");
    let spellings = ["record", "record/", "../several/record", "./record"];
    let sessions: Vec<Child> = spellings
        .iter()
        .map(|record| {
            bash()
                .args(["session.sh", "--answers", "answers", "--operator", "op"])
                .args(["--resume", record])
                .current_dir(root)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("bash can be started")
        })
        .collect();
    let ends: BTreeSet<Option<i32>> = sessions
        .into_iter()
        .map(|mut child| child.wait().expect("the session ends").code())
        .collect();
    assert!(ends.contains(&Some(0)), "{ends:?}");
    assert!(ends.is_subset(&[Some(0), Some(3)].into()), "{ends:?}");
    let ran = fs::read_to_string(root.join("ran")).expect("the blocks ran");
    assert_eq!(ran, "one\ntwo\nthree\n");
    assert_eq!(Journal::read(&halted.journal(), None).troubles, []);
    let left = fs::read_dir(root).expect("the root is there");
    let locks = left
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().contains(".lock"));
    assert_eq!(locks.count(), 0, "locks were left behind");
}

// ---- around the start of a block ---------------------------------------------------------------

/// Puts programs before those of PATH that wait: where `hold-PROGRAM` is there, the next one takes
/// it away, tells `up`, and goes on when somebody writes to `down`.
fn stop_at(root: &Path, programs: &[&str]) {
    fs::create_dir_all(root.join("bin")).expect("the folder can be made");
    for program in programs {
        let script = format!(
            "#!/bin/sh\nif mv hold-{program} held 2>/dev/null; then echo up >up; read -r WORD <down; fi\n\
             exec /usr/bin/{program} \"$@\"\n"
        );
        fs::write(root.join("bin").join(program), script).expect("the folder can be written");
    }
    let made = Command::new("sh")
        .args(["-c", "chmod +x bin/*; mkfifo up down"])
        .current_dir(root)
        .status();
    assert!(made.expect("sh can be started").success());
}

fn with_stops(root: &Path, options: &[&str]) -> Command {
    let mut command = bash();
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .args(["session.sh", "--answers", "answers", "--operator", "op"])
        .args(options)
        .env("PATH", format!("{}/bin:{path}", root.display()))
        .current_dir(root)
        .stdin(Stdio::null());
    command
}

/// A session whose block's own process stands still while it writes that the block begins.
fn about_to_begin(test: &str) -> (PathBuf, Child) {
    let root = folder(test);
    let plan = runs(&["touch hold-mkdir", "echo two >>ran", "echo three >>ran"]);
    fs::write(root.join("session.sh"), compile(&plan)).expect("the folder can be written");
    fs::write(root.join("answers"), GO).expect("the folder can be written");
    stop_at(&root, &["mkdir", "sha256sum"]);
    let child = with_stops(&root, &["--dir", "record"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("bash can be started");
    assert_eq!(up(&root), "up\n");
    // Step 2 has its folder next; the hash after that is of the line that says it begins.
    fs::write(root.join("hold-sha256sum"), "").expect("the folder can be written");
    fs::write(root.join("down"), "go\n").expect("the pipe can be written");
    assert_eq!(up(&root), "up\n");
    (root, child)
}

fn up(root: &Path) -> String {
    fs::read_to_string(root.join("up")).expect("the pipe can be read")
}

fn goes_on(root: &Path, answers: &str) -> Ran {
    fs::write(root.join("answers"), answers).expect("the folder can be written");
    ran(
        &root.join("record"),
        &mut with_stops(root, &["--resume", "record"]),
    )
}

fn log_of(root: &Path) -> String {
    fs::read_to_string(root.join("ran")).unwrap_or_default()
}

#[test]
fn a_block_about_to_begin_when_its_session_is_killed_runs_once() {
    let (root, mut child) = about_to_begin("about_to_begin");
    child.kill().expect("the session can be killed");
    child.wait().expect("the session ends");
    let early = goes_on(&root, GO);
    assert_eq!(early.status, Some(4), "{}", early.shown);
    assert_eq!(log_of(&root), "");
    fs::write(root.join("down"), "go\n").expect("the pipe can be written");
    let mut later = goes_on(&root, GO);
    while later.shown.contains("is still running") || later.shown.contains("is about to start") {
        later = goes_on(&root, GO);
    }
    assert_eq!(later.status, Some(4), "{}", later.shown);
    assert!(
        later.shown.contains("its outcome is not known"),
        "{}",
        later.shown
    );
    let accepted = goes_on(&root, "2 accept seen\n* approve\n");
    assert_eq!(accepted.status, Some(0), "{}", accepted.shown);
    assert_eq!(log_of(&root), "two\nthree\n");
}

#[test]
fn a_block_killed_before_it_began_leaves_a_journal_to_go_on_with() {
    let (root, mut child) = about_to_begin("killed_before");
    let pids: Vec<String> = fs::read_dir(root.join("record/steps"))
        .expect("the folder is there")
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("002"))
        .filter_map(|entry| fs::read_to_string(entry.path().join("pid")).ok())
        .filter_map(|text| text.split(' ').next().map(str::to_owned))
        .collect();
    let killed = Command::new("kill").arg("-KILL").args(&pids).status();
    assert!(killed.expect("kill can be started").success());
    fs::write(root.join("down"), "go\n").expect("the pipe can be written");
    let status = child.wait().expect("the session ends");
    assert_eq!(log_of(&root), "");
    let journal = fs::read_to_string(root.join("record/journal.jsonl")).expect("it is there");
    assert_eq!(Journal::read(&journal, None).troubles, [], "{journal}");
    assert_eq!(status.code(), Some(3), "{journal}");
    let again = goes_on(&root, GO);
    assert_eq!(again.status, Some(0), "{}", again.shown);
    assert_eq!(log_of(&root), "two\nthree\n");
}

// ---- the disk ------------------------------------------------------------------------------------

/// A small file system of its own under `root`, unmounted in the end; none where that is not
/// allowed.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(root: &Path, size: &str) -> Option<Self> {
        let at = root.join("disk");
        fs::create_dir_all(&at).expect("the folder can be made");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(&at)
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(SmallDisk(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The disk with the session's folder gets full while a block runs, with more and more left on it.
#[test]
fn a_full_disk_stops_the_session_and_nothing_runs_twice() {
    let root = folder("full");
    let plan = runs(&[
        "echo one >>ran",
        "echo two >>ran; head -c \"$LEAVE\" /dev/zero >disk/leave; cat /dev/zero >disk/fill 2>/dev/null || true; rm disk/leave",
        "echo three >>ran",
    ]);
    fs::write(root.join("session.sh"), compile(&plan)).expect("the folder can be written");
    let Some(_disk) = SmallDisk::new(&root, "2m") else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    let mut stopped = 0;
    for pages in 0..8 {
        let _ = fs::remove_file(root.join("ran"));
        let _ = fs::remove_dir_all(root.join("disk/record"));
        let start = |options: &[&str], answers: &str| {
            fs::write(root.join("answers"), answers).expect("the folder can be written");
            let mut command = bash();
            command
                .args(["session.sh", "--answers", "answers", "--operator", "op"])
                .args(options)
                .env("LEAVE", (pages * 4096).to_string())
                .current_dir(&root)
                .stdin(Stdio::null());
            ran(&root.join("disk/record"), &mut command)
        };
        let full = start(&["--dir", "disk/record"], GO);
        let log = log_of(&root);
        assert!("one\ntwo\nthree\n".starts_with(&log), "{pages}: {log}");
        stopped += usize::from(full.status != Some(0));
        assert!(
            full.status == Some(0)
                || full.shown.contains("cannot write")
                || full.shown.contains("failed"),
            "{pages}: {}",
            full.shown
        );
        // Still full: it goes on where there is room for every line, or stops again.
        let mut last = start(&["--resume", "disk/record"], GO);
        assert!(
            "one\ntwo\nthree\n".starts_with(&log_of(&root)),
            "{pages}: {}",
            last.shown
        );
        fs::remove_file(root.join("disk/fill")).expect("the disk was filled");
        for _ in 0..4 {
            let answers = match last.shown.split("no answer for ").nth(1) {
                Some(asked) => {
                    let number = asked.split(':').next().unwrap_or("");
                    assert!(
                        log_of(&root).lines().count() >= number.parse().unwrap_or(9),
                        "{pages}: {number} did not run\n{}",
                        last.shown
                    );
                    format!("{number} accept seen\n{GO}")
                }
                None => GO.to_owned(),
            };
            last = start(&["--resume", "disk/record"], &answers);
            if last.status == Some(0) {
                break;
            }
        }
        assert_eq!(
            last.status,
            Some(0),
            "{pages}: {}\n{}",
            last.shown,
            last.journal()
        );
        assert_eq!(
            log_of(&root),
            "one\ntwo\nthree\n",
            "{pages}: {}",
            last.journal()
        );
        assert_eq!(Journal::read(&last.journal(), None).troubles, [], "{pages}");
    }
    assert!(stopped > 0, "the disk was never full");
}

#[test]
fn a_session_folder_that_is_taken_away_or_closed_stops_the_session() {
    let removed = session(
        "removed_folder",
        &runs(&[
            "echo one >>ran",
            "rm -r record; echo two >>ran",
            "echo three >>ran",
        ]),
        GO,
        &[],
    );
    let root = removed.folder.parent().expect("it lies in the root");
    assert_eq!(removed.status, Some(3), "{}", removed.shown);
    assert!(removed.shown.contains("cannot write"), "{}", removed.shown);
    assert_eq!(log_of(root), "one\ntwo\n");

    let journal = session(
        "removed_journal",
        &runs(&["echo one >>ran; rm record/journal.jsonl", "echo two >>ran"]),
        GO,
        &[],
    );
    let root = journal.folder.parent().expect("it lies in the root");
    assert_eq!(journal.status, Some(3), "{}", journal.shown);
    assert_eq!(log_of(root), "one\n");
    assert!(!journal.folder.join("journal.jsonl").exists());

    let bind = "mount --bind record record && mount -o remount,ro,bind record";
    let plan = runs(&[&format!("echo one >>ran; {bind}"), "echo two >>ran"]);
    let closed = session("closed_folder", &plan, GO, &[]);
    let root = closed
        .folder
        .parent()
        .expect("it lies in the root")
        .to_owned();
    let opened = Command::new("umount")
        .args(["-l", "record"])
        .current_dir(&root)
        .stderr(Stdio::null())
        .status();
    if !opened.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no folder can be made read-only for this user");
        return;
    }
    assert_eq!(closed.status, Some(3), "{}", closed.shown);
    assert!(closed.shown.contains("cannot write"), "{}", closed.shown);
    assert_eq!(log_of(&root), "one\n");
    let end = goes_on(&root, "1 accept seen\n* approve\n");
    assert_eq!(end.status, Some(0), "{}", end.shown);
    assert_eq!(log_of(&root), "one\ntwo\n");
}

#[test]
fn what_a_power_loss_takes_is_made_again_or_said() {
    let plan = runs(&[
        "A=1; echo one >>ran",
        "B=2; echo two $A >>ran",
        "echo three $A $B >>ran",
    ]);
    let lost: &[(&str, &[&str], &str, &str)] = &[
        ("runner", &["runner.sh"], "three 1 2", ""),
        ("gone", &["gone"], "three 1 2", ""),
        ("head", &["head"], "three 1 2", ""),
        (
            "last_state",
            &["steps/002-2.1/state"],
            "three 1",
            "is missing or incomplete",
        ),
        (
            "states",
            &["steps/002-2.1/state", "steps/001-1.1/state", "state"],
            "three",
            "the shell state of the start is missing",
        ),
    ];
    for (name, files, last, said) in lost {
        for emptied in [true, false] {
            let halted = session(
                &format!("power_{name}"),
                &plan,
                "1 approve\n2 approve\n",
                &[],
            );
            assert_eq!(halted.status, Some(3), "{}", halted.shown);
            let root = halted.folder.parent().expect("it lies in the root");
            for file in *files {
                let file = halted.folder.join(file);
                if file.is_dir() {
                    fs::remove_dir(&file).expect("it is empty");
                } else if emptied {
                    fs::write(&file, "").expect("it can be written");
                } else {
                    fs::remove_file(&file).expect("it can be removed");
                }
            }
            let end = goes_on(root, GO);
            assert_eq!(end.status, Some(0), "{name}: {}", end.shown);
            let log = log_of(root);
            assert_eq!(
                log.lines().last().map(str::trim),
                Some(*last),
                "{name}: {log}"
            );
            assert!(end.shown.contains(said), "{name}: {}", end.shown);
        }
    }
}

// ---- clocks and signals --------------------------------------------------------------------------

#[test]
fn a_clock_set_back_changes_no_budget_and_no_order() {
    if Command::new("faketime").arg("--help").output().is_err() {
        eprintln!("skipped: faketime is not installed");
        return;
    }
    let mut gate = step("2", Kind::Gate, 20, "echo tried >>ran; echo -1d >clock");
    gate.expect_rule = Some(rbc::plan::ExpectRule::Contains("never".to_owned()));
    (gate.budget, gate.every) = (Some(2), Some(1));
    let plan = plan(vec![step("1", Kind::Check, 10, "echo one"), gate]);
    let root = folder("clock");
    fs::write(root.join("clock"), "+0d\n").expect("the folder can be written");
    fs::write(root.join("session.sh"), compile(&plan)).expect("the folder can be written");
    fs::write(root.join("answers"), "* approve\n1 pass\n2 fail late\n").expect("it can be written");
    let bash = bash().get_program().to_owned();
    let mut command = Command::new("faketime");
    command
        .args(["-f", "+0d", "sh", "-c", "unset FAKETIME; exec \"$@\"", "sh"])
        .arg(bash)
        .args(["session.sh", "--answers", "answers", "--operator", "op"])
        .args(["--dir", "record"])
        .env("FAKETIME_TIMESTAMP_FILE", root.join("clock"))
        .env("FAKETIME_NO_CACHE", "1")
        .current_dir(&root)
        .stdin(Stdio::null());
    let ran = ran(&root.join("record"), &mut command);
    assert_eq!(ran.status, Some(1), "{}", ran.shown);
    assert!(
        ran.shown.contains("the budget of 2 s is spent"),
        "{}",
        ran.shown
    );
    let tries = log_of(&root).lines().count();
    assert!((1..=4).contains(&tries), "{tries} tries\n{}", ran.shown);
    assert!(!ran.shown.contains(", -"), "{}", ran.shown);
    let journal = Journal::read(&ran.journal(), None);
    assert_eq!(journal.troubles, []);
    let days: BTreeSet<&str> = journal
        .events
        .iter()
        .filter_map(|event| event.time.get(..10))
        .collect();
    assert_eq!(days.len(), 2, "the clock was set back: {days:?}");
}

#[test]
fn a_signal_ends_the_session_after_its_block_and_the_block_is_recorded() {
    for signal in ["-TERM", "-HUP"] {
        let root = folder(&format!("signal{signal}"));
        let plan = runs(&[
            "echo up >up; read -r WORD <down; echo one >>ran",
            "echo two >>ran",
        ]);
        fs::write(root.join("session.sh"), compile(&plan)).expect("the folder can be written");
        fs::write(root.join("answers"), GO).expect("the folder can be written");
        stop_at(&root, &["true"]);
        let mut child = with_stops(&root, &["--dir", "record"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("bash can be started");
        assert_eq!(up(&root), "up\n");
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.expect("kill can be started").success());
        fs::write(root.join("down"), "go\n").expect("the pipe can be written");
        let status = child.wait().expect("the session ends");
        assert_eq!(status.code(), Some(3), "{signal}");
        assert_eq!(log_of(&root), "one\n", "{signal}");
        let end = goes_on(&root, GO);
        assert_eq!(end.status, Some(0), "{signal}: {}", end.shown);
        assert_eq!(log_of(&root), "one\ntwo\n", "{signal}");
    }
}
