//! How work orders are read: `catalog/hotline.toml`.

use super::order::Field;
use super::source::Column;
use crate::catalog::{Limit, Unit};
use crate::kit::sources::Sources;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The file.
pub const FILE: &str = "catalog/hotline.toml";

/// What the file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The most rows of one file.
    pub most_rows: usize,
    /// How many hours before an answer-by time its people are told.
    pub warn_hours: i64,
    limit_unit: Unit,
    yes: Vec<String>,
    urgent: Vec<String>,
    units: BTreeMap<String, Unit>,
    headings: BTreeMap<Field, Vec<String>>,
    /// The columns of the answers and what they are called until a source calls them otherwise.
    pub answers: Vec<Heading>,
}

/// A column of the answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// What stands in it.
    pub field: Column,
    /// What it is called.
    pub heading: String,
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| !matches!(letter, ' ' | '_' | '-' | '*' | '＊')).collect::<String>().to_lowercase()
}

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn load(sources: &Sources) -> Result<Settings, String> {
        let text = sources.text(FILE).ok_or("the file is missing")?;
        let settings: Settings = toml::from_str(&text).map_err(|error| error.to_string())?;
        if !(1..=200_000).contains(&settings.most_rows) {
            return Err("most_rows lies between 1 and 200000".to_owned());
        }
        if !(0..=24 * 30).contains(&settings.warn_hours) {
            return Err("warn_hours lies between 0 and 720".to_owned());
        }
        if !settings.headings.contains_key(&Field::Number) {
            return Err("headings: number is missing".to_owned());
        }
        Ok(settings)
    }

    /// The columns that a heading's words speak of: each field to the first heading that is called so.
    pub fn guess(&self, head: &[String]) -> BTreeMap<Field, String> {
        let names: Vec<String> = head.iter().map(|name| plain(name)).collect();
        let found =
            |known: &Vec<String>| known.iter().find_map(|known| names.iter().position(|name| *name == plain(known)));
        let at = |(field, known): (&Field, &Vec<String>)| Some((*field, head.get(found(known)?)?.clone()));
        self.headings.iter().filter_map(at).collect()
    }

    /// How many columns are known by their headings.
    pub fn columns(&self) -> usize {
        self.headings.len()
    }

    /// Whether a cell says yes.
    pub fn says_yes(&self, text: &str) -> bool {
        self.yes.iter().any(|word| word.eq_ignore_ascii_case(text.trim()))
    }

    /// Whether a cell says that it is urgent.
    pub fn says_urgent(&self, text: &str) -> bool {
        self.urgent.iter().any(|word| word.eq_ignore_ascii_case(text.trim()))
    }

    /// A limit as hotlines write it: `5个工作日`, `24小时`, `3`.
    pub fn limit(&self, text: &str) -> Option<Limit> {
        let text: String = text.split_whitespace().collect::<String>().to_lowercase();
        let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let value: u32 = number.parse().ok().filter(|value| (1..=3650).contains(value))?;
        let unit = if unit.is_empty() { Some(self.limit_unit) } else { self.units.get(unit).copied() };
        Some(Limit::new(value, unit?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_limits_of_hotlines_are_known() {
        let settings = Settings::load(&Sources::embedded()).expect("the file");
        let head: Vec<String> = ["*工单编号", "诉求内容", "X", "答复 期限", "别的"].map(str::to_owned).to_vec();
        let guess = settings.guess(&head);
        assert_eq!(guess.get(&Field::Number).map(String::as_str), Some("*工单编号"));
        assert_eq!(guess.get(&Field::AnswerBy).map(String::as_str), Some("答复 期限"));
        assert_eq!((guess.get(&Field::Lon).map(String::as_str), guess.get(&Field::Title)), (Some("X"), None));
        for (text, limit) in [
            ("5个工作日", Some(Limit::new(5, Unit::WorkingDay))),
            ("24 小时", Some(Limit::new(24, Unit::UrgentHour))),
            ("3", Some(Limit::new(3, Unit::WorkingDay))),
            ("15天", Some(Limit::new(15, Unit::NaturalDay))),
            ("尽快", None),
            ("0天", None),
            ("", None),
        ] {
            assert_eq!(settings.limit(text), limit, "{text}");
        }
        assert!(settings.says_yes("是") && settings.says_yes("YES") && !settings.says_yes("否"));
        assert!(settings.says_urgent("特急") && !settings.says_urgent("一般"));
    }
}
