//! Where the runbook, the plan and the run differ. Each difference is a candidate for a correction
//! of the runbook, or at least something that whoever files the record has to explain.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Journal, Record, StepRecord, Try};
use crate::plan::{Kind, Piece, PlanBlock, PlanStep};

/// What in `command` stands for a secret.
const MASK: &str = "********";

/// How the run differed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// The runbook or a script changed after the plan was made; somebody went on all the same.
    StaleAccepted,
    /// What ran, or the plan in the folder, is not what was planned.
    Edited,
    /// The session was halted, or died, and was gone on with later.
    Resumed,
    /// The step was done before one that stands before it.
    OutOfOrder,
    /// The step was passed over.
    Skipped,
    /// The session never came to it.
    NotReached,
    /// The gate did not hold, and somebody went on.
    Overridden,
    /// It failed, and that was the last word.
    Failed,
    /// It failed before it passed.
    FailedFirst,
    /// It ran more often than planned.
    Repeated,
    /// It passed although a command of it failed.
    Trouble,
    /// Somebody took it as done.
    Accepted,
    /// It started; how it ended is not known.
    Unknown,
    /// Its block ended and nobody judged it.
    Unjudged,
    /// It was taken back.
    Reverted,
    /// The operator left a measured row out.
    Excluded,
    /// It took longer than the runbook gives it.
    OverBudget,
    /// Somebody wrote something down.
    Note,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// How the run differed.
    pub kind: DifferenceKind,
    /// The steps it is about, in order of the plan; none for the session as a whole.
    pub steps: Vec<String>,
    /// The line of the runbook of the first of them.
    pub line: Option<u32>,
    /// What happened, as one sentence without a full stop.
    pub text: String,
}

/// All differences: those of the session as a whole, then those of its steps in order of the plan.
pub(super) fn find(record: &Record, plan_hash: &str, journal: &Journal) -> Vec<Difference> {
    let mut found = of_session(record, plan_hash, journal);
    let pairs: Vec<(&PlanStep, &StepRecord)> =
        record.plan.numbered_steps().zip(&record.steps).collect();
    let mut latest = 0;
    for (index, (step, done)) in pairs.iter().enumerate() {
        of_step(step, done, &mut found);
        if let Some(first) = done.first {
            if first < latest {
                let before = pairs
                    .iter()
                    .take(index)
                    .rfind(|(_, other)| other.first == Some(latest))
                    .map_or("an earlier step", |(other, _)| other.number.as_str());
                found.push(one(
                    step,
                    DifferenceKind::OutOfOrder,
                    format!("step {} was done before {before}", step.number),
                ));
            }
            latest = latest.max(first);
        }
    }
    found.extend(grouped(&pairs, "skip", DifferenceKind::Skipped));
    found.extend(grouped(&pairs, "none", DifferenceKind::NotReached));
    found.extend(record.ways_back.iter().map(|way| of_way_back(record, way)));
    found
}

fn one(step: &PlanStep, kind: DifferenceKind, text: String) -> Difference {
    Difference {
        kind,
        steps: vec![step.number.clone()],
        line: Some(step.line),
        text,
    }
}

fn of_session(record: &Record, plan_hash: &str, journal: &Journal) -> Vec<Difference> {
    let whole = |kind, text| Difference {
        kind,
        steps: Vec::new(),
        line: None,
        text,
    };
    let mut found = Vec::new();
    let start = journal.events.first();
    if start.is_some_and(|start| start.text("plan-hash") != plan_hash) {
        found.push(whole(
            DifferenceKind::Edited,
            "`plan.json` in the session's folder is not the plan the session ran".to_owned(),
        ));
    }
    for pair in record.sittings.windows(2) {
        if let [before, after] = pair {
            let how = match &before.end {
                Some((_, reason)) if !reason.is_empty() => format!("halted ({reason})"),
                Some(_) => "ended".to_owned(),
                None => "broke off without an end".to_owned(),
            };
            found.push(whole(
                DifferenceKind::Resumed,
                format!(
                    "the session {how} at {} and was gone on with at {} by {}",
                    before.last, after.started, after.operator
                ),
            ));
        }
    }
    for event in &journal.events {
        match event.name.as_str() {
            "accept-stale" => found.push(whole(
                DifferenceKind::StaleAccepted,
                format!(
                    "{} differed from what the plan was made from; accepted by {}{}",
                    event.text("files"),
                    event.text("by"),
                    with(event.text("note"))
                ),
            )),
            "exclude" => found.push(whole(
                DifferenceKind::Excluded,
                format!(
                    "{} was left out of the {} by {}{}",
                    event.text("key"),
                    event.text("name"),
                    event.text("by"),
                    with(event.text("note"))
                ),
            )),
            _ => {}
        }
    }
    found.extend(
        record
            .notes
            .iter()
            .map(|note| whole(DifferenceKind::Note, format!("note: {}", note.text))),
    );
    found
}

fn of_step(step: &PlanStep, done: &StepRecord, found: &mut Vec<Difference>) {
    let number = &step.number;
    let mut push = |kind, text| found.push(one(step, kind, text));
    match done.verdict.as_str() {
        "unknown" => push(
            DifferenceKind::Unknown,
            format!("step {number} was started; how it ended is not known"),
        ),
        "unjudged" => push(
            DifferenceKind::Unjudged,
            format!("the block of step {number} ended, and nobody judged it"),
        ),
        "accept" => push(
            DifferenceKind::Accepted,
            format!(
                "step {number} was taken as done by {}{}",
                done.by,
                with(&done.note)
            ),
        ),
        "override" => push(
            DifferenceKind::Overridden,
            format!(
                "gate {number} was overridden by {}{}",
                done.by,
                with(&done.note)
            ),
        ),
        "fail" => push(
            DifferenceKind::Failed,
            format!("step {number} failed{}", with(&done.note)),
        ),
        _ => {}
    }
    if done.verdict != "fail" && done.earlier.iter().any(|verdict| verdict == "fail") {
        push(
            DifferenceKind::FailedFirst,
            format!("step {number} failed first"),
        );
    }
    let runs: Vec<&Try> = done
        .tries
        .iter()
        .filter(|run| run.block == "code")
        .collect();
    if runs.len() > 1 && step.every.is_none() && step.budget.is_none() {
        push(
            DifferenceKind::Repeated,
            format!("the block of step {number} ran {} times", runs.len()),
        );
    }
    if let Some(text) = over_budget(step, &runs) {
        push(DifferenceKind::OverBudget, text);
    }
    if done.verdict == "pass"
        && step.kind != Kind::Text
        && let Some(last) = done.tries.last()
        && !last.trouble.is_empty()
    {
        push(
            DifferenceKind::Trouble,
            format!("step {number} passed with trouble: {}", last.trouble),
        );
    }
    if let Some(text) = edited(step, &runs) {
        push(DifferenceKind::Edited, text);
    }
    for note in &done.notes {
        push(
            DifferenceKind::Note,
            format!("note at step {number}: {}", note.text),
        );
    }
}

/// A gate that was measured for longer than its budget.
fn over_budget(step: &PlanStep, runs: &[&Try]) -> Option<String> {
    let budget = i64::from(step.budget?);
    let first = seconds(&runs.first()?.started)?;
    let last = runs.last()?;
    let took = seconds(&last.started)? + last.milliseconds.unwrap_or(0) / 1000 - first;
    (took > budget).then(|| {
        format!(
            "step {} was measured for {} and has a budget of {}",
            step.number,
            spell(took),
            spell(budget)
        )
    })
}

/// What ran is another text than the one that was approved, or than the plan has.
fn edited(step: &PlanStep, runs: &[&Try]) -> Option<String> {
    let number = &step.number;
    let run = runs
        .iter()
        .find(|run| !run.approved.is_empty() && run.approved != run.text);
    if run.is_some() {
        return Some(format!(
            "what ran in step {number} is not what was approved"
        ));
    }
    let block = step.block.as_ref()?;
    runs.iter()
        .any(|run| !run.command.contains(MASK) && !is_filled_in(block, &run.command))
        .then(|| format!("what ran in step {number} is not what the plan has"))
}

/// Whether `text` is the block with something in place of each placeholder.
fn is_filled_in(block: &PlanBlock, text: &str) -> bool {
    let mut rest = text;
    let mut open = false;
    for piece in &block.pieces {
        match piece {
            Piece::Text(part) => {
                // The journal shows control characters as question marks.
                let part = journaled(part);
                let at = if open { rest.find(&part) } else { Some(0) };
                let Some(found) = at
                    .and_then(|at| rest.get(at..))
                    .and_then(|it| it.strip_prefix(part.as_str()))
                else {
                    return false;
                };
                rest = found;
                open = false;
            }
            Piece::Placeholder(_) => open = true,
        }
    }
    open || rest.is_empty()
}

fn journaled(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' | '\r' => character,
            '\u{1}'..='\u{1f}' | '\u{7f}' => '?',
            other => other,
        })
        .collect()
}

/// The steps with this verdict, those in a row with one reason as one difference.
fn grouped(
    pairs: &[(&PlanStep, &StepRecord)],
    verdict: &str,
    kind: DifferenceKind,
) -> Vec<Difference> {
    let mut groups: Vec<Difference> = Vec::new();
    let mut reasons: Vec<&str> = Vec::new();
    let mut last = usize::MAX;
    for (index, (step, done)) in pairs.iter().enumerate() {
        if done.verdict != verdict {
            continue;
        }
        let goes_on = last != usize::MAX && index == last + 1;
        match groups.last_mut() {
            Some(group) if goes_on && reasons.last() == Some(&done.note.as_str()) => {
                group.steps.push(step.number.clone());
            }
            Some(_) | None => {
                groups.push(one(step, kind, String::new()));
                reasons.push(&done.note);
            }
        }
        last = index;
    }
    for (group, reason) in groups.iter_mut().zip(reasons) {
        let how = match verdict {
            "skip" => "skipped",
            _ => "not reached",
        };
        group.text = match group.steps.as_slice() {
            [only] => format!("step {only} was {how}{}", with(reason)),
            [first, second] => format!("steps {first} and {second} were {how}{}", with(reason)),
            [first, .., last] => format!(
                "steps {first} to {last} ({} steps) were {how}{}",
                group.steps.len(),
                with(reason)
            ),
            [] => String::new(),
        };
    }
    groups
}

fn of_way_back(record: &Record, done: &StepRecord) -> Difference {
    let way = record
        .plan
        .ways_back
        .iter()
        .find(|way| way.number == done.number);
    let of = way.map_or("", |way| way.of.as_str());
    let how = match done.verdict.as_str() {
        "pass" => "was taken back",
        "open" => "was taken back in part",
        "fail" => "was to be taken back, which failed",
        _ => "was to be taken back; how that ended is not known",
    };
    let step = record.plan.steps.iter().find(|step| step.number == of);
    Difference {
        kind: DifferenceKind::Reverted,
        steps: vec![of.to_owned()],
        line: step.map(|step| step.line),
        text: format!("step {of} {how} ({}){}", done.number, with(&done.note)),
    }
}

fn with(note: &str) -> String {
    if note.is_empty() {
        String::new()
    } else {
        format!(": {note}")
    }
}

/// Seconds since 1970 of `2026-07-05T01:02:03Z`; `None` for anything else.
pub fn seconds(time: &str) -> Option<i64> {
    let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, mark: char| -> Option<Vec<i64>> {
        text.split(mark).map(|part| part.parse().ok()).collect()
    };
    let (date, clock) = (numbers(date, '-')?, numbers(clock, ':')?);
    let ([year, month, day], [hours, minutes, seconds]) = (date.as_slice(), clock.as_slice())
    else {
        return None;
    };
    // Years begin in March here, so that the leap day is the last of its year.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        3..=12 => (*year, month - 3),
        _ => return None,
    };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + day
        - 1
        - 719_468;
    Some(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
}

/// Seconds as people say them: `48 s`, `3 min 5 s`, `2 h 10 min`.
pub fn spell(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 if seconds % 60 == 0 => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
