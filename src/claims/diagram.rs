//! The workflow as people read it, drawn from the code.

use super::claim::{Stage, Step, way};

/// The workflow as a Mermaid diagram and a table, drawn from [`way`].
pub fn diagram() -> String {
    let mut lines = String::from(
        "# A request about personal information, state by state\n\nDrawn from `src/claims/claim.rs`; a test compares. `STEWARD_BLESS=1 \
         cargo test --lib claims` draws it again.\n\n```mermaid\nstateDiagram-v2\n    direction TB\n    [*] --> received: ask\n",
    );
    let mut table = String::from("\n| from | step | to |\n|---|---|---|\n| – | ask | received |\n");
    for &from in Stage::ALL {
        for &step in Step::ALL {
            let Some(to) = way(step, from) else { continue };
            lines.push_str(&format!("    {} --> {}: {}\n", from.word(), to.word(), step.word()));
            table.push_str(&format!("| {} | {} | {} |\n", from.word(), step.word(), to.word()));
        }
    }
    lines.push_str("    note right of received: only a refusal, an explanation or a complaint is answered unchecked\n");
    format!("{lines}```\n{table}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagram_is_drawn_from_the_code() {
        let (drawn, full) = (diagram(), format!("{}/docs/states/claim.md", env!("CARGO_MANIFEST_DIR")));
        if std::env::var_os("STEWARD_BLESS").is_some() {
            std::fs::write(&full, &drawn).expect("the diagram is written");
        }
        let kept = std::fs::read_to_string(&full).unwrap_or_default();
        assert!(kept == drawn, "docs/states/claim.md differs from the code; STEWARD_BLESS=1 draws it again");
    }
}
