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
pub mod past;
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
pub mod standing;
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
        Door::get("/leaders/list", Access::Act(Act::SeeSituation), standing::show),
        Door::get("/leaders/list.csv", Access::Act(Act::SeeSituation), standing::csv),
        Door::get("/evaluation", see, table::show),
        Door::get("/evaluation/table.xlsx", see, table::excel),
        Door::get("/evaluation/object", see, object::show),
        Door::get("/evaluation/list", see, behind::show),
        Door::get("/evaluation/list.csv", see, behind::csv),
        Door::get("/evaluation/list.xlsx", see, behind::excel),
        Door::get("/evaluation/definitions", see, published::definitions),
        Door::get("/evaluation/times", see, published::times),
        Door::get("/evaluation/times/list", see, published::solved),
        Door::get("/evaluation/times/list.csv", see, published::solved_csv),
        Door::post("/evaluation/compute", compute, table::compute),
        Door::get("/evaluation/months", see, months::list),
        Door::get("/evaluation/months/{month}", see, months::show),
        Door::get("/evaluation/months/{month}/report.docx", see, months::word),
        Door::post("/evaluation/months/{month}/freeze", freeze, months::freeze),
        Door::post("/evaluation/months/{month}/adjust", adjust, months::adjust),
        Door::post("/evaluation/months/{month}/check", compute, months::check),
    ]
}

/// What a city sets of this room, in `[evaluation]` of its `city.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often the current month is counted by itself, milliseconds, from `refresh_minutes`: 1 to 1,440 minutes, 0 for
    /// never; 30 when it is not said.
    pub every: i64,
    /// How long the results of a run of days from one to another are kept, milliseconds, from `days_kept`: 1 to 365 days; 7
    /// when it is not said.
    pub kept: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { every: 30 * 60_000, kept: 7 * 86_400_000 }
    }
}

impl Settings {
    /// The settings of a city.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &toml::Table) -> Result<Settings, String> {
        let usual = Settings::default();
        let Some(section) = city.get("evaluation") else { return Ok(usual) };
        let section = section.as_table().ok_or("evaluation: must be a section, [evaluation]")?;
        if let Some(key) = section.keys().find(|key| !matches!(key.as_str(), "refresh_minutes" | "days_kept")) {
            return Err(format!("evaluation.{key}: there is no such key; there are refresh_minutes and days_kept"));
        }
        let number = |key: &str, range: std::ops::RangeInclusive<i64>, unit: i64, usual: i64| {
            let Some(value) = section.get(key) else { return Ok(usual) };
            let found = value.as_integer().filter(|number| range.contains(number)).map(|number| number * unit);
            let (least, most) = (range.start(), range.end());
            found.ok_or_else(|| format!("evaluation.{key}: must be a whole number from {least} to {most}"))
        };
        Ok(Settings {
            every: number("refresh_minutes", 0..=1440, 60_000, usual.every)?,
            kept: number("days_kept", 1..=365, 86_400_000, usual.kept)?,
        })
    }
}
