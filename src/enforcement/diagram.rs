//! The workflow of a penalty case as people read it, drawn from the code.

use super::case::{Role, Stage, Step, way};

/// One way of a workflow, by its words: from where, by which step, to where, and who may.
pub(crate) type Way = (&'static str, &'static str, &'static str, String);

/// A workflow as a Mermaid diagram and a table: its heading and where it begins, every way, the stages after which nothing more
/// happens, and what else is to be said.
pub(crate) fn draw(head: &str, first: &str, ways: &[Way], over: &[&str], notes: &str) -> String {
    let name = |stage: &str| stage.replace('-', "_");
    let mut lines = format!("{head}\n\n```mermaid\nstateDiagram-v2\n    direction TB\n    [*] --> {}\n", name(first));
    let mut table = String::from("\n| from | step | to | who |\n|---|---|---|---|\n");
    for (from, step, to, who) in ways {
        if to != from {
            lines.push_str(&format!("    {} --> {}: {step}\n", name(from), name(to)));
        }
        table.push_str(&format!("| {from} | {step} | {to} | {who} |\n"));
    }
    for stage in over {
        lines.push_str(&format!("    {} --> [*]\n", name(stage)));
    }
    format!("{lines}{notes}```\n{table}")
}

/// The workflow as a Mermaid diagram and a table, drawn from [`way`].
pub fn diagram() -> String {
    let who = |roles: &[Role]| roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(", ");
    let of = |from: Stage| {
        Step::ALL.iter().filter_map(move |&step| {
            let way = way(step, from)?;
            Some((from.word(), step.word(), way.to.word(), who(way.who)))
        })
    };
    let ways: Vec<Way> = Stage::ALL.iter().flat_map(|&from| of(from)).collect();
    let over: Vec<&str> = Stage::ALL.iter().filter(|stage| stage.is_over()).map(|stage| stage.word()).collect();
    let head = "# A penalty case, stage by stage\n\nDrawn from `src/enforcement/case.rs`; a test compares. `STEWARD_BLESS=1 cargo test \
                --lib enforcement` draws it again.";
    draw(head, Stage::Clue.word(), &ways, &over, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagram_is_drawn_from_the_code() {
        let (drawn, full) = (diagram(), format!("{}/docs/states/penalty-case.md", env!("CARGO_MANIFEST_DIR")));
        if std::env::var_os("STEWARD_BLESS").is_some() {
            std::fs::write(&full, &drawn).expect("the diagram is written");
        }
        let kept = std::fs::read_to_string(&full).unwrap_or_default();
        assert!(kept == drawn, "docs/states/penalty-case.md differs from the code; STEWARD_BLESS=1 draws it again");
    }

    #[test]
    fn every_stage_is_reached_and_left() {
        for &stage in Stage::ALL {
            let ways = |from: Stage| Step::ALL.iter().filter_map(move |step| way(*step, from)).map(|way| way.to);
            let reached = stage == Stage::Clue
                || Stage::ALL.iter().any(|&from| from != stage && ways(from).any(|to| to == stage));
            let left = stage.is_over() || ways(stage).any(|to| to != stage);
            assert!(reached && left, "{}", stage.word());
        }
        // A case is opened once; every other step stands somewhere.
        let unused = Step::ALL.iter().filter(|step| Stage::ALL.iter().all(|stage| way(**step, *stage).is_none()));
        assert_eq!(unused.collect::<Vec<_>>(), [&Step::ReceiveClue]);
    }
}
