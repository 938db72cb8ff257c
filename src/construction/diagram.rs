//! The chain as people read it, drawn from the code.

use super::chain::{Role, Stage, Step, way};
use crate::enforcement::diagram::{Way, draw};

/// The chain as a Mermaid diagram and a table, drawn from [`way`].
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
    let head = "# An unlawful building, stage by stage\n\nDrawn from `src/construction/chain.rs`; a test compares. `STEWARD_BLESS=1 cargo \
                test --lib construction` draws it again.";
    let note = "    note right of charged_short: only where the city's file names its basis\n";
    draw(head, Stage::Found.word(), &ways, &over, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagram_is_drawn_from_the_code() {
        let (drawn, full) = (diagram(), format!("{}/docs/states/building.md", env!("CARGO_MANIFEST_DIR")));
        if std::env::var_os("STEWARD_BLESS").is_some() {
            std::fs::write(&full, &drawn).expect("the diagram is written");
        }
        let kept = std::fs::read_to_string(&full).unwrap_or_default();
        assert!(kept == drawn, "docs/states/building.md differs from the code; STEWARD_BLESS=1 draws it again");
    }

    #[test]
    fn every_stage_is_reached_and_left() {
        for &stage in Stage::ALL {
            let ways = |from: Stage| Step::ALL.iter().filter_map(move |step| way(*step, from)).map(|way| way.to);
            let reached = stage == Stage::Found
                || Stage::ALL.iter().any(|&from| from != stage && ways(from).any(|to| to == stage));
            let left = stage.is_over() || ways(stage).any(|to| to != stage);
            assert!(reached && left, "{}", stage.word());
        }
    }
}
