//! The workflows as people read them, drawn from the code.

use super::leg::{LegStage, LegStep, leg_way};
use super::whistle::{Side, Stage, Step, way};

/// Both workflows as Mermaid diagrams and tables, drawn from [`way`] and [`leg_way`].
pub fn diagrams() -> [(&'static str, String); 2] {
    let name = |stage: &str| stage.replace('-', "_");
    let sides = |who: &[Side]| who.iter().map(|side| side.word()).collect::<Vec<_>>().join(", ");
    let head = |title: &str, file: &str| {
        format!(
            "# {title}\n\nDrawn from `src/whistles/{file}`; a test compares. `STEWARD_BLESS=1 cargo test --lib whistles` draws it \
             again.\n\n```mermaid\nstateDiagram-v2\n    direction TB\n"
        )
    };
    const TABLE: &str = "\n| from | step | to | who | what happened |\n|---|---|---|---|---|\n";
    let (mut lines, mut table) = (head("A whistle, stage by stage", "whistle.rs"), TABLE.to_owned());
    for from in std::iter::once(None).chain(Stage::ALL.iter().copied().map(Some)) {
        for &step in Step::ALL {
            let Some(way) = way(step, from) else { continue };
            let (start, to) = (from.map_or("[*]".to_owned(), |from| name(from.word())), way.to.word());
            if from != Some(way.to) {
                lines.push_str(&format!("    {start} --> {}: {}\n", name(to), step.word()));
            }
            let from = from.map_or("–", Stage::word);
            let what = way.what.word();
            table.push_str(&format!("| {from} | {} | {to} | {} | {what} |\n", step.word(), sides(way.who)));
        }
    }
    for stage in Stage::ALL.iter().filter(|stage| stage.is_over()) {
        lines.push_str(&format!("    {} --> [*]\n", stage.word()));
    }
    let whistle = format!("{lines}```\n{table}");

    let (mut lines, mut table) = (head("A leg of a whistle, stage by stage", "leg.rs"), TABLE.to_owned());
    lines.push_str("    [*] --> waiting\n");
    for &from in LegStage::ALL {
        for &step in LegStep::ALL {
            let Some(way) = leg_way(step, from) else { continue };
            let to = way.to.word();
            if way.to != from && step != LegStep::Release {
                lines.push_str(&format!("    {} --> {}: {}\n", name(from.word()), name(to), step.word()));
            }
            let (from, what) = (from.word(), way.what.word());
            table.push_str(&format!("| {from} | {} | {to} | {} | {what} |\n", step.word(), sides(way.who)));
        }
    }
    for stage in LegStage::ALL.iter().filter(|stage| stage.is_over()) {
        lines.push_str(&format!("    {} --> [*]\n", stage.word()));
    }
    lines.push_str(
        "    note right of released: the blower may let any open leg go; taking the whistle back lets all go\n",
    );
    let leg = format!("{lines}```\n{table}");
    [("docs/states/whistle.md", whistle), ("docs/states/whistle-leg.md", leg)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagrams_are_drawn_from_the_code() {
        for (path, drawn) in diagrams() {
            let full = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
            if std::env::var_os("STEWARD_BLESS").is_some() {
                std::fs::write(&full, &drawn).expect("the diagram is written");
            }
            let kept = std::fs::read_to_string(&full).unwrap_or_default();
            assert!(kept == drawn, "{path} differs from the code; STEWARD_BLESS=1 draws it again");
        }
    }
}
