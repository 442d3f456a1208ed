//! The graph of steps: what is looked at before a change, the change, and what must hold after it, a
//! row each. Lengths are in units of the drawing, which are CSS pixels at its natural size.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Section, Step};

/// The graph, with the places of everything in it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Graph {
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A change, or looks that no change follows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    /// The section it begins; empty in further rows of one.
    pub section: String,
    /// The middle of its height.
    pub middle: u32,
    /// Where the name of the section stands.
    pub top: u32,
    /// What comes before.
    pub before: Vec<Node>,
    /// The change; none where nothing changes.
    pub change: Option<Node>,
    /// What comes after.
    pub after: Vec<Node>,
}

/// A step in the graph.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Node {
    /// The anchor of the step.
    pub id: String,
    /// The number of the step.
    pub number: String,
    /// `RUN`, `CHECK`, `GATE`.
    pub kind: String,
    /// The verdict of a record, such as `PASS`; empty in a plan.
    pub outcome: String,
    /// What the change does, or its title.
    pub about: String,
    /// The same, cut to the width of its box.
    pub short: String,
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
}

/// Where the columns begin, and how wide they are.
const BEFORE: (u32, u32) = (8, 330);
const CHANGE: (u32, u32) = (386, 308);
const AFTER: (u32, u32) = (742, 330);
const WIDTH: u32 = 1080;
/// The height of a box of the first and last column.
const CHIP: u32 = 22;
/// The height of the box of a change.
const BOX: u32 = 40;
/// Between rows, and between boxes.
const GAP: u32 = 6;
/// The height of a section's name.
const NAME: u32 = 30;
/// Characters that fit into the box of a change.
const FIT: usize = 42;

#[derive(Default)]
struct Episode<'a> {
    before: Vec<&'a Step>,
    change: Option<&'a Step>,
    after: Vec<&'a Step>,
}

impl Graph {
    /// Lays the steps out.
    pub(super) fn new(sections: &[Section]) -> Self {
        let mut rows = Vec::new();
        let mut y = 40;
        for section in sections {
            let steps = section.steps.iter().filter(|step| !step.number.is_empty());
            for (index, episode) in episodes(steps).iter().enumerate() {
                let top = y;
                if index == 0 {
                    y += NAME;
                }
                let name = if index == 0 {
                    section.name.as_str()
                } else {
                    ""
                };
                rows.push(row(episode, name, top, &mut y));
            }
        }
        Graph {
            width: WIDTH,
            height: y + GAP,
            rows,
        }
    }
}

/// A change begins with what is looked at after the gates of the one before.
fn episodes<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<Episode<'a>> {
    let mut episodes: Vec<Episode<'_>> = vec![Episode::default()];
    for step in steps {
        let Some(last) = episodes.last_mut() else {
            continue;
        };
        let gated = last.after.iter().any(|after| after.kind == "GATE");
        match step.kind.as_str() {
            "RUN" if last.change.is_none() => last.change = Some(step),
            "RUN" => episodes.push(Episode {
                change: Some(step),
                ..Episode::default()
            }),
            "GATE" if last.change.is_some() => last.after.push(step),
            "GATE" => last.before.push(step),
            _ if last.change.is_some() && gated => episodes.push(Episode {
                before: vec![step],
                ..Episode::default()
            }),
            _ if last.change.is_some() => last.after.push(step),
            _ => last.before.push(step),
        }
    }
    episodes.retain(|it| it.change.is_some() || !it.before.is_empty());
    episodes
}

fn row(episode: &Episode<'_>, section: &str, top: u32, y: &mut u32) -> Row {
    let start = *y;
    let (before, left) = chips(&episode.before, BEFORE, start);
    let (after, right) = chips(&episode.after, AFTER, start);
    let height = left
        .max(right)
        .max(if episode.change.is_some() { BOX } else { CHIP });
    let before = right_aligned(before, BEFORE.0 + BEFORE.1);
    let centred = |mut nodes: Vec<Node>, own: u32| {
        for node in &mut nodes {
            node.y += (height - own) / 2;
        }
        nodes
    };
    let change = episode.change.map(|step| {
        let mut node = node(step, CHANGE.0, start + (height - BOX) / 2, CHANGE.1);
        node.short = cut(&node.about);
        node
    });
    *y += height + GAP * 2;
    Row {
        section: section.to_owned(),
        middle: start + height / 2,
        top,
        before: centred(before, left),
        change,
        after: centred(after, right),
    }
}

/// Moves each line of boxes so that it ends at `edge`.
fn right_aligned(mut nodes: Vec<Node>, edge: u32) -> Vec<Node> {
    let ends: Vec<(u32, u32)> = nodes.iter().map(|it| (it.y, it.x + it.width)).collect();
    for node in &mut nodes {
        let line = ends.iter().filter(|(y, _)| *y == node.y);
        let end = line.map(|(_, end)| *end).max().unwrap_or(edge);
        node.x += edge.saturating_sub(end);
    }
    nodes
}

/// Boxes side by side, line by line; answers their height too.
fn chips(steps: &[&Step], (left, width): (u32, u32), top: u32) -> (Vec<Node>, u32) {
    let mut nodes = Vec::new();
    let (mut x, mut y) = (left, top);
    for step in steps {
        let characters = u32::try_from(step.number.chars().count()).unwrap_or(u32::MAX);
        let own = characters.saturating_mul(7).saturating_add(16).min(width);
        if x > left && x + own > left + width {
            x = left;
            y += CHIP + GAP;
        }
        nodes.push(node(step, x, y, own));
        x += own + GAP;
    }
    let height = if nodes.is_empty() { 0 } else { y - top + CHIP };
    (nodes, height)
}

fn node(step: &Step, x: u32, y: u32, width: u32) -> Node {
    let about = match step.kind.as_str() {
        "RUN" if step.row.is_empty() => step.title.clone(),
        "RUN" => format!("{}: {}", step.row, step.title),
        _ => step.title.clone(),
    };
    Node {
        id: step.id.clone(),
        number: step.number.clone(),
        kind: step.kind.clone(),
        outcome: step
            .done
            .as_ref()
            .map_or_else(String::new, |done| done.outcome.clone()),
        about,
        short: String::new(),
        x,
        y,
        width,
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= FIT {
        return text.to_owned();
    }
    let start: String = text.chars().take(FIT - 3).collect();
    format!("{}...", start.trim_end())
}
