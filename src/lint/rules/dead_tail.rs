//! RBC406: commands after one that opens a nested shell or never returns.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::context::Use;
use crate::lint::{Context, Reach, Rule};
use crate::runbook::{BlockId, StepKind};

static CODE: Code = Code {
    id: "RBC406",
    name: "dead-tail",
    default: Some(Severity::Warning),
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    code: &CODE,
    page: include_str!("dead_tail.md"),
    reach: Reach::Everything,
    check: Some(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    for (index, block) in cx.runbook.blocks.iter().enumerate() {
        let Some(script) = block.script.as_ref().filter(|_| block.step.is_some()) else {
            continue;
        };
        let checks = block
            .step
            .is_some_and(|step| cx.runbook.step(step).kind != StepKind::Run);
        let uses = cx.uses(BlockId(index));
        let Some(one) = uses.iter().find(|one| keeps_the_terminal(cx, one)) else {
            continue;
        };
        // In a check the program itself is the defect (RBC409).
        if checks && one.has("interactive") {
            continue;
        }
        let later = script
            .statements
            .iter()
            .find(|statement| block.content.span(statement.range).start >= one.span.end);
        if let Some(later) = later {
            findings.push(
                Diagnostic::new(&CODE, block.content.span(later.range), "this does not run where its author thinks")
                    .label("runs only after the shell above was left, if ever")
                    .related(one.span, "opens a shell or never returns")
                    .help("give what follows a block of its own, or hand it to the shell above as its command"),
            );
        }
    }
}

/// Whether the command opens a shell of its own or runs for ever, in the foreground.
fn keeps_the_terminal(cx: &Context<'_>, one: &Use<'_>) -> bool {
    let wrapper = cx.config.session.wrapper.as_deref();
    if wrapper.is_some_and(|wrapper| cx.file.slice(one.span).starts_with(wrapper)) {
        return true;
    }
    const SHELLS: [&str; 12] = [
        "ssh", "su", "sudo", "bash", "sh", "zsh", "juju", "docker", "kubectl", "podman", "lxc",
        "screen",
    ];
    let tool = one
        .effect
        .invocation
        .as_ref()
        .map_or("", |it| it.tool.as_str());
    let opens = one.has("interactive") && (SHELLS.contains(&tool) || tool == "tmux");
    !one.effect.background && (opens || one.has("endless"))
}
