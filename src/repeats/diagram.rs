//! The workflow as people read it, drawn from the code.

use super::repeat::{State, Step, way};

/// The workflow as a Mermaid diagram and a table, drawn from [`way`].
pub fn diagram() -> String {
    let name = |state: State| state.word().replace('-', "_");
    let mut lines = String::from(
        "# A repeat, state by state\n\nDrawn from `src/repeats/repeat.rs`; a test compares. `STEWARD_BLESS=1 cargo test --lib \
         repeats` draws it again.\n\n```mermaid\nstateDiagram-v2\n    direction TB\n    [*] --> found: find\n",
    );
    let mut table = String::from("\n| from | step | to |\n|---|---|---|\n| – | find | found |\n");
    for &from in State::ALL {
        for &step in Step::ALL {
            let Some(to) = way(step, from) else { continue };
            if to != from {
                lines.push_str(&format!("    {} --> {}: {}\n", name(from), name(to), step.word()));
            }
            table.push_str(&format!("| {} | {} | {} |\n", from.word(), step.word(), to.word()));
        }
    }
    lines.push_str("    note right of silent: a new report brings it back\n");
    format!("{lines}```\n{table}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagram_is_drawn_from_the_code() {
        let (drawn, full) = (diagram(), format!("{}/docs/states/repeat.md", env!("CARGO_MANIFEST_DIR")));
        if std::env::var_os("STEWARD_BLESS").is_some() {
            std::fs::write(&full, &drawn).expect("the diagram is written");
        }
        let kept = std::fs::read_to_string(&full).unwrap_or_default();
        assert!(kept == drawn, "docs/states/repeat.md differs from the code; STEWARD_BLESS=1 draws it again");
    }
}
