//! The timeline of a record: a bar for each try, on a scale that leaves long breaks out. Lengths are
//! in units of the drawing.

use schemars::JsonSchema;
use serde::Serialize;

use super::log::StepDocument;
use crate::record::{seconds, spell};

/// The timeline.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Timeline {
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// A line for each step that ran, in order of its first start.
    pub lines: Vec<Line>,
    /// Times of the day at their places.
    pub marks: Vec<Mark>,
    /// Breaks that are left out.
    pub breaks: Vec<Mark>,
}

/// The line of a step.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Line {
    /// The number of the step.
    pub number: String,
    /// `RUN`, `CHECK`, `GATE`, `REVERT`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The last verdict, such as `PASS`.
    pub outcome: String,
    /// The upper edge.
    pub y: u32,
    /// Its tries.
    pub bars: Vec<Bar>,
}

/// A try.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Bar {
    /// Left edge.
    pub x: u32,
    /// Width.
    pub width: u32,
    /// When it started.
    pub started: String,
    /// How long it took, in words.
    pub duration: String,
    /// Its exit status, in words.
    pub status: String,
    /// Whether it is a clean run.
    pub clean: bool,
}

/// A word at a place.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Mark {
    /// The place.
    pub x: u32,
    /// The word.
    pub text: String,
}

/// Where the bars end.
const RIGHT: u32 = 1040;
/// The longest number of a step that has room before the bars, in characters.
const LONGEST: usize = 40;
const WIDTH: u32 = 1080;
/// The height of a line.
const LINE: u32 = 24;
/// Above the first line.
const TOP: u32 = 34;
/// A break of more seconds is left out.
const BREAK: i64 = 600;
/// The width of a break.
const CUT: u32 = 28;

impl Timeline {
    /// Lays out the tries of these steps and of ways back; none where nothing ran.
    pub(super) fn new(steps: &[StepDocument], ways_back: &[StepDocument]) -> Option<Self> {
        let mut ran: Vec<(i64, &StepDocument)> = steps
            .iter()
            .chain(ways_back)
            .filter_map(|step| Some((spans(step).map(|(start, _)| start).min()?, step)))
            .collect();
        ran.sort_by_key(|(start, _)| *start);
        let mut all: Vec<(i64, i64)> = ran.iter().flat_map(|(_, step)| spans(step)).collect();
        all.sort_unstable();
        let numbers = ran.iter().map(|(_, step)| step.number.chars().count());
        let longest = numbers.max().unwrap_or(0).min(LONGEST);
        let left = u32::try_from(longest).unwrap_or(0) * 7 + 56;
        let scale = Scale::new(&all, left)?;
        let lines: Vec<Line> = ran
            .iter()
            .zip(0..)
            .map(|((_, step), index)| line(step, TOP + index * LINE, &scale))
            .collect();
        let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        Some(Timeline {
            width: WIDTH,
            height: TOP + count.saturating_mul(LINE) + 8,
            lines,
            marks: scale.marks(),
            breaks: scale.breaks(),
        })
    }
}

/// Start and end of each try whose start is known, in seconds of the epoch.
fn spans(step: &StepDocument) -> impl Iterator<Item = (i64, i64)> {
    step.runs
        .iter()
        .flat_map(|run| &run.tries)
        .filter_map(|one| {
            let start = seconds(&one.started)?;
            let took = one.milliseconds.unwrap_or(0).clamp(0, 30 * 86_400_000);
            Some((start, start + (took + 999) / 1000))
        })
}

fn line(step: &StepDocument, y: u32, scale: &Scale) -> Line {
    let tries = step.runs.iter().flat_map(|run| &run.tries);
    let bars = tries.filter_map(|one| {
        let start = seconds(&one.started)?;
        let end = start + (one.milliseconds.unwrap_or(0).max(0) + 999) / 1000;
        let x = scale.place(start);
        Some(Bar {
            x,
            width: scale.place(end).saturating_sub(x).max(4),
            started: one.started.clone(),
            duration: one.duration.clone(),
            status: one
                .status
                .map_or_else(|| "not known".to_owned(), |status| status.to_string()),
            clean: one.trouble.is_empty(),
        })
    });
    Line {
        number: step.number.clone(),
        kind: step.kind.clone(),
        title: step.title.clone(),
        outcome: step.outcome.clone(),
        y,
        bars: bars.collect(),
    }
}

/// Stretches of time in which something happened, one behind the other.
struct Scale {
    /// From, to, and where it begins; in order.
    stretches: Vec<(i64, i64, u32)>,
    /// Seconds of all stretches together, at least one.
    whole: i64,
    /// The width of all stretches together.
    width: u32,
}

impl Scale {
    fn new(spans: &[(i64, i64)], left: u32) -> Option<Self> {
        let mut stretches: Vec<(i64, i64, u32)> = Vec::new();
        for (start, end) in spans {
            match stretches.last_mut() {
                Some(last) if *start - last.1 <= BREAK => last.1 = last.1.max(*end),
                Some(_) | None => stretches.push((*start, *end, 0)),
            }
        }
        stretches.first()?;
        // With very many breaks the scale has no room for them; they are drawn on top of each other.
        let cuts = u32::try_from(stretches.len() - 1).unwrap_or(u32::MAX);
        let width = (RIGHT - left)
            .saturating_sub(cuts.saturating_mul(CUT))
            .max(100);
        let whole: i64 = stretches.iter().map(|(start, end, _)| end - start).sum();
        let mut scale = Scale {
            stretches,
            whole: whole.max(1),
            width,
        };
        let mut x = left;
        let (whole, width) = (scale.whole, scale.width);
        for (start, end, place) in &mut scale.stretches {
            *place = x.min(RIGHT);
            x += length(*end - *start, whole, width) + CUT;
        }
        Some(scale)
    }

    fn place(&self, time: i64) -> u32 {
        let found = self
            .stretches
            .iter()
            .rfind(|(start, ..)| *start <= time)
            .or(self.stretches.first());
        found.map_or(0, |(start, end, x)| {
            let after = time.clamp(*start, *end) - start;
            (x + length(after, self.whole, self.width)).min(RIGHT)
        })
    }

    /// The time of the day where a stretch begins, and where the last one ends; none too close to
    /// the one before.
    fn marks(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        let starts = self.stretches.iter().map(|(start, ..)| *start);
        for time in starts.chain(self.stretches.last().map(|(_, end, _)| *end)) {
            let x = self.place(time);
            if marks.last().is_none_or(|last| last.x + 60 <= x) {
                let day = time.rem_euclid(86_400);
                marks.push(Mark {
                    x,
                    text: format!("{:02}:{:02}:{:02}", day / 3600, day / 60 % 60, day % 60),
                });
            }
        }
        marks
    }

    fn breaks(&self) -> Vec<Mark> {
        self.stretches
            .iter()
            .zip(self.stretches.iter().skip(1))
            .map(|((_, end, _), (start, _, x))| Mark {
                x: x.saturating_sub(CUT / 2),
                text: format!("a break of {}", spell(start - end)),
            })
            .collect()
    }
}

fn length(seconds: i64, whole: i64, width: u32) -> u32 {
    u32::try_from(i64::from(width).saturating_mul(seconds) / whole).unwrap_or(width)
}
