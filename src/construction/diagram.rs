//! The chain as people read it, drawn from the code.

use super::chain::{Role, Stage, Step, way};

/// The chain as a Mermaid diagram and a table, drawn from [`way`].
pub fn diagram() -> String {
    let name = |stage: Stage| stage.word().replace('-', "_");
    let who = |roles: &[Role]| roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(", ");
    let mut lines = String::from(
        "# An unlawful building, stage by stage\n\nDrawn from `src/construction/chain.rs`; a test compares. `STEWARD_BLESS=1 cargo \
         test --lib construction` draws it again.\n\n```mermaid\nstateDiagram-v2\n    direction TB\n    [*] --> found\n",
    );
    let mut table = String::from("\n| from | step | to | who |\n|---|---|---|---|\n");
    for &from in Stage::ALL {
        for &step in Step::ALL {
            let Some(way) = way(step, from) else { continue };
            if way.to != from {
                lines.push_str(&format!("    {} --> {}: {}\n", name(from), name(way.to), step.word()));
            }
            table.push_str(&format!("| {} | {} | {} | {} |\n", from.word(), step.word(), way.to.word(), who(way.who)));
        }
    }
    for stage in Stage::ALL.iter().filter(|stage| stage.is_over()) {
        lines.push_str(&format!("    {} --> [*]\n", name(*stage)));
    }
    lines.push_str("    note right of charged_short: only where the city's file names its basis\n");
    format!("{lines}```\n{table}")
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
