//! A rule (认定规则): when complaints count as repeated ones. Rules are data with a day from which they hold; a month keeps
//! the version by which it was counted.

use super::moment::Day;
use crate::text::normal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What counts as one place. Written `{ metres = 60 }`, `"same-place"` or `"anywhere"`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// One component or one written address, or points within so many metres; more than 0, at most 1,000.
    Metres(f64),
    /// One component or one written address.
    SamePlace,
    /// The whole city: what counts is what is spoken of.
    Anywhere,
}

impl Place {
    /// The metres that join two points; 0 when points do not count.
    pub const fn metres(self) -> f64 {
        match self {
            Place::Metres(metres) => metres,
            Place::SamePlace | Place::Anywhere => 0.0,
        }
    }
}

/// When complaints of some kinds count as repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name; the same in all versions.
    pub id: String,
    /// What people call it; empty: its identifier.
    #[serde(default)]
    pub name: String,
    /// The same in English; empty: as in Chinese.
    #[serde(default)]
    pub name_en: String,
    /// Its version; a later day has a later one.
    pub version: u32,
    /// The day from which this version holds.
    pub effective_from: Day,
    /// The sub-classes (小类) that count as one; a code ending in `*` stands for all that begin so.
    #[serde(default)]
    pub sub_classes: Vec<String>,
    /// What counts as one place.
    pub place: Place,
    /// A report that nobody has given a sub-class counts when it has one of these words.
    #[serde(default)]
    pub object_words: Vec<String>,
    /// Within so many days, the first and the last among them; 1 to 366.
    pub window_days: u32,
    /// So many reports are a repetition; at least 2.
    pub threshold: usize,
    /// So many different reporters are needed; at least 1, at most the threshold.
    #[serde(default = "one")]
    pub distinct_reporters: usize,
    /// So many days without another report and the trouble is over; 1 to 366.
    #[serde(default = "month")]
    pub silent_days: u32,
}

const fn one() -> usize {
    1
}

const fn month() -> u32 {
    30
}

/// A report among others of its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The civil day on which it came.
    pub day: Day,
    /// Who reported it, as a number; none when nobody knows, who is then nobody else.
    pub reporter: Option<i64>,
}

impl Rule {
    /// What people call it in Chinese or in English.
    pub fn name(&self, is_english: bool) -> &str {
        let names = [if is_english { &self.name_en } else { &self.name }, &self.name, &self.id];
        names.into_iter().find(|name| !name.is_empty()).map_or("", |name| name)
    }

    /// Whether a report falls under the rule. `words` are in normal form.
    pub fn takes(&self, sub_class: &str, words: &str) -> bool {
        if sub_class.is_empty() {
            return self.object_words.iter().any(|word| words.contains(word.as_str()));
        }
        self.sub_classes.iter().any(|own| match own.strip_suffix('*') {
            Some(beginning) => sub_class.starts_with(beginning),
            None => own == sub_class,
        })
    }

    /// The repetitions among reports of one place, as positions in `seen` in the order of their days: all reports that lie in
    /// a window of the rule with enough reports and enough reporters. Windows that overlap are one repetition.
    pub fn repetitions(&self, seen: &[Seen]) -> Vec<Vec<usize>> {
        let mut order: Vec<(Day, usize)> = seen.iter().enumerate().map(|(at, report)| (report.day, at)).collect();
        order.sort_unstable();
        let mut spells: Vec<std::ops::Range<usize>> = Vec::new();
        let mut end = 0;
        for (from, (first, _)) in order.iter().enumerate() {
            while order.get(end).is_some_and(|(day, _)| first.days_until(*day) < i64::from(self.window_days)) {
                end += 1;
            }
            let window = order.get(from..end).unwrap_or_default();
            if window.len() < self.threshold || reporters(seen, window) < self.distinct_reporters {
                continue;
            }
            match spells.last_mut() {
                Some(spell) if from < spell.end => spell.end = end,
                _ => spells.push(from..end),
            }
        }
        let members =
            |spell: std::ops::Range<usize>| order.get(spell).unwrap_or_default().iter().map(|(_, at)| *at).collect();
        spells.into_iter().map(members).collect()
    }
}

/// How many different people reported; all unknown ones together are one.
fn reporters(seen: &[Seen], window: &[(Day, usize)]) -> usize {
    window.iter().filter_map(|(_, at)| seen.get(*at)).map(|report| report.reporter).collect::<BTreeSet<_>>().len()
}

/// What is wrong with a city's rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A number is out of its range: the rule and the line's name.
    #[error("{0}: {1} is out of range")]
    OutOfRange(String, &'static str),
    /// A rule names no sub-class and no word.
    #[error("{0}: names neither sub_classes nor object_words")]
    Nothing(String),
    /// Two versions of a rule have one number or one day.
    #[error("{0}: version {1} is there twice, or its day is")]
    Twice(String, u32),
    /// A later version holds from an earlier day.
    #[error("{0}: version {1} holds before the one before it")]
    OutOfOrder(String, u32),
}

/// The rules as a city writes them down: a list of tables named `rule`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The versions of all rules, in any order.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
}

/// All rules of a city, in all versions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules(BTreeMap<String, Vec<Rule>>);

impl Rules {
    /// The rules that are written down. Their words are brought into normal form.
    ///
    /// # Errors
    /// Every problem found.
    pub fn new(written: Written) -> Result<Rules, Vec<Problem>> {
        let mut rules: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
        let mut problems = Vec::new();
        for mut rule in written.rules {
            rule.object_words = rule.object_words.iter().map(|word| normal(word)).collect();
            problems.extend(problems_of(&rule));
            rules.entry(rule.id.clone()).or_default().push(rule);
        }
        for versions in rules.values_mut() {
            versions.sort_by_key(|rule| rule.version);
            problems.extend(versions.windows(2).filter_map(problem_of_order));
        }
        if problems.is_empty() { Ok(Rules(rules)) } else { Err(problems) }
    }

    /// The rules that hold on a day, by their names: of each the latest version that has begun.
    pub fn on(&self, day: Day) -> Vec<&Rule> {
        let latest = |versions: &'_ Vec<Rule>| versions.iter().rposition(|rule| rule.effective_from <= day);
        self.0.values().filter_map(|versions| versions.get(latest(versions)?)).collect()
    }

    /// One version of a rule, if it is there.
    pub fn find(&self, id: &str, version: u32) -> Option<&Rule> {
        self.0.get(id)?.iter().find(|rule| rule.version == version)
    }
}

fn problems_of(rule: &Rule) -> Vec<Problem> {
    let is_place_good = match rule.place {
        Place::Metres(metres) => metres > 0.0 && metres <= 1000.0,
        Place::SamePlace | Place::Anywhere => true,
    };
    let checks = [
        ("id", !rule.id.trim().is_empty()),
        ("place", is_place_good),
        ("window_days", (1..=366).contains(&rule.window_days)),
        ("threshold", rule.threshold >= 2),
        ("silent_days", (1..=366).contains(&rule.silent_days)),
        ("distinct_reporters", (1..=rule.threshold).contains(&rule.distinct_reporters)),
        ("object_words", rule.object_words.iter().all(|word| !word.is_empty())),
        ("sub_classes", rule.sub_classes.iter().all(|code| !code.trim().is_empty())),
    ];
    let wrong = checks.into_iter().filter(|(_, is_good)| !is_good);
    let mut problems: Vec<Problem> = wrong.map(|(line, _)| Problem::OutOfRange(rule.id.clone(), line)).collect();
    if rule.sub_classes.is_empty() && rule.object_words.is_empty() {
        problems.push(Problem::Nothing(rule.id.clone()));
    }
    problems
}

fn problem_of_order(pair: &[Rule]) -> Option<Problem> {
    let [one, next] = pair else { return None };
    if one.version == next.version || one.effective_from == next.effective_from {
        Some(Problem::Twice(next.id.clone(), next.version))
    } else {
        (one.effective_from > next.effective_from).then(|| Problem::OutOfOrder(next.id.clone(), next.version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = r#"{ "rule": [
        {
            "id": "smoke", "version": 1, "effective_from": "2026-01-01", "sub_classes": ["event-0110", "event-02*"],
            "place": { "metres": 60 }, "object_words": ["油烟"], "window_days": 30, "threshold": 3, "distinct_reporters": 2
        },
        {
            "id": "smoke", "version": 2, "effective_from": "2026-07-01", "sub_classes": ["event-0110"],
            "place": "same-place", "window_days": 31, "threshold": 5
        }
    ] }"#;

    fn read(text: &str) -> Result<Rules, Vec<Problem>> {
        Rules::new(serde_json::from_str(text).unwrap())
    }

    fn smoke() -> Rule {
        read(FILE).unwrap().find("smoke", 1).unwrap().clone()
    }

    fn day(month: i32, day: i32) -> Day {
        Day::new(2026, month, day).unwrap()
    }

    #[test]
    fn which_version_holds() {
        let rules = read(FILE).unwrap();
        for (day, expected) in
            [(Day::new(2025, 12, 31).unwrap(), None), (day(1, 1), Some(1)), (day(6, 30), Some(1)), (day(7, 1), Some(2))]
        {
            assert_eq!(rules.on(day).first().map(|rule| rule.version), expected, "{day}");
        }
        assert_eq!(rules.find("smoke", 3), None);
        assert_eq!(
            rules.find("smoke", 2).map(|rule| (rule.place, rule.distinct_reporters)),
            Some((Place::SamePlace, 1))
        );
    }

    #[test]
    fn what_is_wrong_with_a_file() {
        let out = |line| Problem::OutOfRange("smoke".to_owned(), line);
        for (from, to, expected) in [
            (r#""metres": 60"#, r#""metres": 0"#, out("place")),
            (r#""metres": 60"#, r#""metres": 1e9"#, out("place")),
            (r#""window_days": 30"#, r#""window_days": 0"#, out("window_days")),
            (r#""threshold": 3"#, r#""threshold": 1"#, out("threshold")),
            (r#""threshold": 3"#, r#""threshold": 3, "silent_days": 0"#, out("silent_days")),
            (r#""distinct_reporters": 2"#, r#""distinct_reporters": 4"#, out("distinct_reporters")),
            (r#""油烟""#, r#"" ""#, out("object_words")),
            (r#""version": 2"#, r#""version": 1"#, Problem::Twice("smoke".to_owned(), 1)),
            ("2026-07-01", "2025-07-01", Problem::OutOfOrder("smoke".to_owned(), 2)),
            (r#""sub_classes": ["event-0110"]"#, r#""sub_classes": []"#, Problem::Nothing("smoke".to_owned())),
        ] {
            let problems = read(&FILE.replacen(from, to, 1)).unwrap_err();
            assert!(problems.contains(&expected), "{to}: {problems:?}");
        }
        for broken in [r#"{ "rule": [{}] }"#, r#"{ "rules": [] }"#, &FILE.replace("same-place", "near")] {
            assert!(serde_json::from_str::<Written>(broken).is_err(), "{broken}");
        }
        assert_eq!(read("{}"), Ok(Rules::default()));
    }

    #[test]
    fn what_falls_under_a_rule() {
        for (sub_class, words, expected) in [
            ("event-0110", "", true),
            ("event-0215", "", true),
            ("event-0111", "油烟", false),
            ("", "楼下油烟太大", true),
            ("", "楼下太吵", false),
        ] {
            assert_eq!(smoke().takes(sub_class, words), expected, "{sub_class} {words}");
        }
    }

    #[test]
    fn what_counts_as_a_repetition() {
        let seen = |days: &[(i32, i32, Option<i64>)]| -> Vec<Seen> {
            days.iter().map(|(month, on, reporter)| Seen { day: day(*month, *on), reporter: *reporter }).collect()
        };
        for (name, days, expected) in [
            ("two are none", seen(&[(1, 1, Some(1)), (1, 2, Some(2))]), vec![]),
            ("three", seen(&[(1, 1, Some(1)), (1, 30, Some(2)), (1, 2, Some(1))]), vec![vec![0, 2, 1]]),
            ("a day too long", seen(&[(1, 1, Some(1)), (1, 31, Some(2)), (1, 2, Some(1))]), vec![]),
            ("one reporter", seen(&[(1, 1, Some(1)), (1, 2, Some(1)), (1, 3, Some(1))]), vec![]),
            ("unknown are one", seen(&[(1, 1, None), (1, 2, None), (1, 3, None)]), vec![]),
            (
                "two spells",
                seen(&[
                    (1, 1, None),
                    (1, 2, Some(1)),
                    (1, 3, None),
                    (5, 1, Some(1)),
                    (5, 2, Some(2)),
                    (5, 3, None),
                    (3, 15, None),
                ]),
                vec![vec![0, 1, 2], vec![3, 4, 5]],
            ),
        ] {
            assert_eq!(smoke().repetitions(&days), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn each_member_lies_in_a_full_window(days in prop::collection::vec((0i32..200, 0i64..4), 0..40)) {
            let rule = smoke();
            let seen: Vec<Seen> = days
                .iter()
                .map(|(after, who)| Seen { day: day(1, 1).plus(*after).unwrap(), reporter: Some(*who) })
                .collect();
            let spells = rule.repetitions(&seen);
            let mut all: Vec<usize> = spells.iter().flatten().copied().collect();
            all.sort_unstable();
            let count = all.len();
            all.dedup();
            prop_assert_eq!(all.len(), count);
            let window = |first: i32| -> Vec<i64> {
                days.iter().filter(|(day, _)| (first..first + 30).contains(day)).map(|(_, who)| *who).collect()
            };
            for (at, (day, _)) in days.iter().enumerate() {
                let is_full = (day - 29..=*day).any(|first| {
                    let people = window(first);
                    people.len() >= 3 && people.iter().collect::<BTreeSet<_>>().len() >= 2
                });
                prop_assert_eq!(all.binary_search(&at).is_ok(), is_full);
            }
        }
    }
}
