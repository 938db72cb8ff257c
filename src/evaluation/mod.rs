//! Scores (综合评价): what is counted, for areas, departments, posts and people, by period; every number leads to exactly
//! what stands behind it. What counts and how is data in `evaluation/`; a month that is frozen never changes. Fines are no
//! indicator (行政处罚法 art. 74). Lends out [`definitions`] to the check and [`running`] to whoever serves.

pub mod behind;
pub mod counting;
pub mod definitions;
pub mod export;
pub mod members;
pub mod months;
pub mod object;
pub mod period;
pub mod published;
pub mod report;
pub mod run;
pub mod running;
pub mod scope;
pub mod score;
#[cfg(test)]
mod score_tests;
pub mod show;
pub mod situation;
pub mod store;
pub mod table;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeeScores);
    let compute = Access::Act(Act::ComputeScores);
    let freeze = Access::Act(Act::FreezeScores);
    let adjust = Access::Act(Act::AdjustScores);
    vec![
        Door::get("/leaders", Access::Act(Act::SeeSituation), situation::show),
        Door::get("/evaluation", see, table::show),
        Door::get("/evaluation/table.xlsx", see, table::excel),
        Door::get("/evaluation/object", see, object::show),
        Door::get("/evaluation/list", see, behind::show),
        Door::get("/evaluation/list.csv", see, behind::csv),
        Door::get("/evaluation/list.xlsx", see, behind::excel),
        Door::get("/evaluation/definitions", see, published::definitions),
        Door::get("/evaluation/times", see, published::times),
        Door::post("/evaluation/compute", compute, table::compute),
        Door::get("/evaluation/months", see, months::list),
        Door::get("/evaluation/months/{month}", see, months::show),
        Door::get("/evaluation/months/{month}/report.docx", see, months::word),
        Door::post("/evaluation/months/{month}/freeze", freeze, months::freeze),
        Door::post("/evaluation/months/{month}/adjust", adjust, months::adjust),
        Door::post("/evaluation/months/{month}/check", compute, months::check),
    ]
}

/// How often the current month is counted by itself, in milliseconds, from `refresh_minutes` in `[evaluation]` of a
/// `city.toml`: 1 to 1,440 minutes, 0 for never; 30 when it is not said.
///
/// # Errors
/// A sentence for the operator.
pub fn refresh_of_city(city: &toml::Table) -> Result<i64, String> {
    let Some(section) = city.get("evaluation") else { return Ok(30 * 60_000) };
    let section = section.as_table().ok_or("evaluation: must be a section, [evaluation]")?;
    if let Some(key) = section.keys().find(|key| *key != "refresh_minutes") {
        return Err(format!("evaluation.{key}: there is no such key; there is refresh_minutes"));
    }
    let Some(value) = section.get("refresh_minutes") else { return Ok(30 * 60_000) };
    let minutes = value.as_integer().filter(|minutes| (0..=1440).contains(minutes));
    let minutes = minutes.ok_or("evaluation.refresh_minutes: must be a whole number from 0 (never) to 1440")?;
    Ok(minutes * 60_000)
}
