//! What a city decides for itself about twins: the section `[twins]` of its `city.toml`, and the words of
//! `catalog/fillers.toml` that are not compared. How near and how young another report must be for a citizen to be asked stands
//! in `[reports]`.

use super::super::report::DAY;
use serde::Deserialize;
use toml::Table;
use understanding::repeats::likeness::Fillers;

/// A city's own numbers about twins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// `offered_points`: from so many points on a twin is offered, 50 to 1,000.
    pub offered: i64,
    /// `likely_points`: from so many on it is called very likely, 50 to 2,000.
    pub likely: i64,
    /// `ended_days`: so long after its end a report is still shown to the desk as a twin, in milliseconds; 0 to 60 days.
    pub ended: i64,
    /// `newest_of_square`: so many of the newest reports of one square are looked at, 5 to 200.
    pub of_square: usize,
    /// `compared`: so many of them are read and weighed, 5 to 200.
    pub compared: usize,
    /// `shown`: so many are offered or shown at most, 1 to 10.
    pub shown: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { offered: 150, likely: 300, ended: 3 * DAY, of_square: 40, compared: 60, shown: 5 }
    }
}

impl Settings {
    /// Reads `[twins]`; what is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(table) = city.get("twins") else { return Ok(settings) };
        let table = table.as_table().ok_or("twins must be a section")?;
        for (name, value) in table {
            let range = match name.as_str() {
                "offered_points" => 50..=1_000,
                "likely_points" => 50..=2_000,
                "ended_days" => 0..=60,
                "newest_of_square" | "compared" => 5..=200,
                "shown" => 1..=10,
                _ => return Err(format!("twins.{name} is not known")),
            };
            let number = value.as_integer().filter(|number| range.contains(number)).ok_or_else(|| {
                format!("twins.{name} must be a whole number from {} to {}", range.start(), range.end())
            })?;
            let amount = usize::try_from(number).unwrap_or(0);
            match name.as_str() {
                "offered_points" => settings.offered = number,
                "likely_points" => settings.likely = number,
                "ended_days" => settings.ended = number * DAY,
                "newest_of_square" => settings.of_square = amount,
                "compared" => settings.compared = amount,
                _ => settings.shown = amount,
            }
        }
        Ok(settings)
    }
}

/// Where the words stand that are not compared.
pub const FILLERS: &str = "catalog/fillers.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    #[serde(default)]
    zh: Vec<String>,
    #[serde(default)]
    en: Vec<String>,
}

/// Reads the words that are not compared from the text of [`FILLERS`].
///
/// # Errors
/// A sentence for the operator.
pub fn fillers(text: &str) -> Result<Fillers, String> {
    let lists: Lists = toml::from_str(text).map_err(|error| format!("{FILLERS}: {error}"))?;
    Ok(Fillers::of(lists.zh.iter().chain(&lists.en).map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_city_says_counts_and_the_rest_stays() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("a table"));
        assert_eq!(read(""), Ok(Settings::default()));
        let own = read("[twins]\noffered_points = 200\nended_days = 0\nshown = 3\n").expect("fine");
        assert_eq!((own.offered, own.ended, own.shown, own.likely), (200, 0, 3, 300));
        for wrong in ["shown = 0", "offered_points = \"150\"", "metres = 20"] {
            assert!(read(&format!("[twins]\n{wrong}\n")).is_err(), "{wrong}");
        }
        assert!(read("twins = 1\n").is_err());
    }

    #[test]
    fn the_words_that_are_not_compared_are_read() {
        let own = crate::kit::sources::Sources::embedded().text(FILLERS).expect("the file");
        assert_ne!(fillers(&own), Ok(Fillers::default()));
        assert_eq!(fillers(""), Ok(Fillers::default()));
        assert!(fillers("de = [\"bitte\"]").is_err());
    }
}
