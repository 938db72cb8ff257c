//! How long a city takes to answer: `law/claims.toml`, with the place where that stands.

use crate::catalog::{Limit, Unit};
use crate::kit::clock::Moment;
use crate::kit::sources::Sources;
use crate::law::{Calendar, Certainty, Conventions, due, nearly};
use serde::Deserialize;

/// The file.
pub const FILE: &str = "law/claims.toml";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long.
    pub limit: Limit,
    /// Where that stands.
    pub source: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// Whoever answers is told when so much of it is used up, in percent.
    pub warn_percent: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    limit: Row,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    value: u32,
    unit: Unit,
    source: String,
    certainty: Certainty,
    warn_percent: u8,
}

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn load(sources: &Sources) -> Result<Settings, String> {
        Settings::read(&sources.text(FILE).ok_or("the file is missing")?)
    }

    fn read(text: &str) -> Result<Settings, String> {
        let File { limit } = toml::from_str(text).map_err(|error| error.to_string())?;
        if !(1..=365).contains(&limit.value) || !matches!(limit.unit, Unit::WorkingDay | Unit::NaturalDay) {
            return Err("limit is 1 to 365 of working_day or natural_day".to_owned());
        }
        if limit.source.trim().is_empty() {
            return Err("limit.source says where the limit stands".to_owned());
        }
        if !(1..=100).contains(&limit.warn_percent) {
            return Err("limit.warn_percent lies between 1 and 100".to_owned());
        }
        Ok(Settings {
            limit: Limit::new(limit.value, limit.unit),
            source: limit.source,
            certainty: limit.certainty,
            warn_percent: limit.warn_percent,
        })
    }

    /// The limit as it is kept with what is asked for: `15 working_day`.
    pub fn term(&self) -> String {
        format!("{} {}", self.limit.value, self.limit.unit.word())
    }

    /// When most of the time of what comes `now` is used up, and when all of it is. Past the last year of holidays that is loaded
    /// natural days count: sooner, never later.
    pub fn times(&self, now: Moment, calendar: &Calendar, conventions: &Conventions) -> (Moment, Moment) {
        let by = |limit: Limit| {
            let over = due(now, limit, calendar, conventions, &[]).ok()?.at;
            Some((nearly(now, limit, self.warn_percent, calendar, conventions, &[]).ok()?, over))
        };
        let plain = Limit::new(self.limit.value, Unit::NaturalDay);
        by(self.limit).or_else(|| by(plain)).unwrap_or((now, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_has_a_source() {
        let text = Sources::embedded().text(FILE).expect("the file");
        let own = Settings::read(&text).expect("settings");
        assert_eq!((own.term().as_str(), own.certainty), ("15 working_day", Certainty::CheckLocally));
        for (old, new, told) in [
            ("value = 15", "value = 0", "1 to 365"),
            ("unit = \"working_day\"", "unit = \"minute\"", "working_day"),
            ("warn_percent = 70", "warn_percent = 0", "warn_percent"),
            ("warn_percent = 70", "warn = 70", "unknown field"),
        ] {
            let wrong = Settings::read(&text.replace(old, new)).expect_err(new);
            assert!(wrong.contains(told), "{wrong}");
        }
        let unsaid = "[limit]\nvalue = 15\nunit = \"working_day\"\nsource = \" \"\ncertainty = \"verified\"\nwarn_percent = 70\n";
        assert!(Settings::read(unsaid).is_err_and(|why| why.contains("source")));
    }
}
