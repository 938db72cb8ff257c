//! What a city says about repeated complaints: `catalog/repeats.toml`. The numbers are local practice; no law sets them.

use super::month::day;
use super::repeat::{Terms, Urgency};
use crate::kit::sources::Sources;
use crate::reports::report::Source;
use jiff::civil::Date;
use serde::Deserialize;
use understanding::repeats::rule::{Place, Problem, Rule, Rules, Written};

/// The file.
pub const FILE: &str = "catalog/repeats.toml";

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sources: Vec<String>,
    remind_days: u32,
    hour: i8,
    urgency: Urgency,
    #[serde(default, rename = "rule")]
    rules: Vec<Rule>,
}

/// What a city says about repeated complaints.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose reports count.
    pub sources: Vec<Source>,
    /// So many days before its deadline the responsible department is reminded; 0 to 60.
    pub remind_days: u32,
    /// From which hour of the first night a month is looked through by itself; 0 to 23.
    pub hour: i8,
    /// How pressing an item is.
    pub urgency: Urgency,
    /// When complaints count as repeated.
    pub rules: Rules,
    /// Whether a rule in some version counts what is spoken of, wherever it lies.
    pub has_anywhere: bool,
}

impl Settings {
    /// Reads the file; a city without one has no rules, and finds nothing.
    ///
    /// # Errors
    /// Everything that is wrong with it, in English.
    pub fn load(sources: &Sources) -> Result<Settings, Vec<String>> {
        sources.text(FILE).map_or_else(|| Err(vec!["is missing".to_owned()]), |text| Settings::read(&text))
    }

    fn read(text: &str) -> Result<Settings, Vec<String>> {
        let file: File = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
        let mut problems = Vec::new();
        let mut sources = Vec::new();
        for word in &file.sources {
            match Source::parse(word) {
                Some(source) => sources.push(source),
                None => problems.push(format!("sources: {word} is none of citizen, keeper, hotline, import")),
            }
        }
        if sources.is_empty() {
            problems.push("sources: names nobody whose reports count".to_owned());
        }
        if file.remind_days > 60 {
            problems.push("remind_days: is not in 0..=60".to_owned());
        }
        if !(0..=23).contains(&file.hour) {
            problems.push("hour: is not in 0..=23".to_owned());
        }
        let points = [file.urgency.report, file.urgency.rise, file.urgency.back, file.urgency.late];
        if points.iter().any(|points| !(0..=1000).contains(points)) {
            problems.push("urgency: points are not in 0..=1000".to_owned());
        }
        let has_anywhere = file.rules.iter().any(|rule| matches!(rule.place, Place::Anywhere));
        let rules = Rules::new(Written { rules: file.rules });
        match rules {
            Ok(rules) if problems.is_empty() => Ok(Settings {
                sources,
                remind_days: file.remind_days,
                hour: file.hour,
                urgency: file.urgency,
                rules,
                has_anywhere,
            }),
            Ok(_) => Err(problems),
            Err(wrong) => Err(problems.into_iter().chain(wrong.iter().map(Problem::to_string)).collect()),
        }
    }

    /// The rules that hold on a day.
    pub fn rules_on(&self, date: Date) -> Vec<&Rule> {
        day(date).map_or_else(Vec::new, |day| self.rules.on(day))
    }

    /// The rule of this name that holds on a day, or else the version by which something was found.
    pub fn rule(&self, id: &str, version: u32, date: Date) -> Option<&Rule> {
        self.rules_on(date).into_iter().find(|rule| rule.id == id).or_else(|| self.rules.find(id, version))
    }

    /// The numbers that a repeat of a rule is judged by; a rule that is no longer written down leaves a month of silence.
    pub fn terms(&self, id: &str, version: u32, date: Date) -> Terms {
        let silent_days = self.rule(id, version, date).map_or(30, |rule| rule.silent_days);
        Terms { silent_days, remind_days: self.remind_days }
    }

    /// How many rules there are in all versions on a day.
    pub fn count_on(&self, date: Date) -> usize {
        self.rules_on(date).len()
    }

    /// The sub-classes that the rules of a day name without a star.
    pub fn sub_classes(&self, date: Date) -> Vec<String> {
        let named = self.rules_on(date).into_iter().flat_map(|rule| rule.sub_classes.iter());
        named.filter(|code| !code.ends_with('*')).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> String {
        Sources::embedded().text(FILE).unwrap()
    }

    #[test]
    fn the_file_that_is_shipped_can_be_read() {
        let settings = Settings::read(&shipped()).unwrap();
        let today: Date = "2026-03-10".parse().unwrap();
        assert_eq!(settings.count_on(today), 6);
        assert_eq!(settings.terms("rubbish", 1, today), Terms { silent_days: 21, remind_days: 3 });
        assert_eq!(settings.terms("gone", 1, today).silent_days, 30);
        assert_eq!(settings.rules_on("2023-12-31".parse().unwrap()), Vec::<&Rule>::new());
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        for (from, to, told) in [
            ("\"hotline\"", "\"telepathy\"", "telepathy"),
            ("remind_days = 3", "remind_days = 99", "remind_days"),
            ("hour = 1", "hour = 24", "hour"),
            ("late = 10", "late = -1", "urgency"),
            ("late = 10", "late = 10\nlater = 1", "later"),
            ("threshold = 3", "threshold = 1", "fumes: threshold"),
            ("[\"citizen\", \"hotline\", \"import\"]", "[]", "nobody"),
        ] {
            let problems = Settings::read(&shipped().replacen(from, to, 1)).unwrap_err();
            assert!(problems.iter().any(|problem| problem.contains(told)), "{told}: {problems:?}");
        }
    }
}
