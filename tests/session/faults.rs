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
