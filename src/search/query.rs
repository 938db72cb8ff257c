//! What somebody asks for: words, filters, from whom. Pure: an address goes in, what must be found comes out, or sentences that
//! say what is wrong with it.

use super::entry::{Subject, mark};
use super::pieces;
use crate::cases::case::Stage;
use crate::cases::store::Scope;
use crate::kit::error::Refusal;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an address asks for; empty fields ask for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    /// Words and numbers, all of which must be found.
    pub q: String,
    /// From this day on.
    pub from: String,
    /// Up to this day.
    pub to: String,
    /// An area's code, of any level.
    pub area: String,
    /// A class (`event-01`) or sub-class (`event-0110`).
    pub class: String,
    /// A department's identifier.
    pub department: String,
    /// A stage's word, `open` or `ended`.
    pub stage: String,
    /// `1`: only what is overdue.
    pub overdue: String,
    /// An account's identifier: whoever had to do with it.
    pub person: String,
    /// The key of the last row of the page before.
    pub after: String,
    /// `1`: all results, also when a number leads straight to one.
    pub all: String,
}

impl Asked {
    /// The fields that make the question: neither the page nor how it is shown.
    fn fields(&self) -> [(&'static str, &str); 9] {
        [
            ("q", self.q.trim()),
            ("from", self.from.trim()),
            ("to", self.to.trim()),
            ("area", &self.area),
            ("class", &self.class),
            ("department", &self.department),
            ("stage", &self.stage),
            ("overdue", &self.overdue),
            ("person", &self.person),
        ]
    }

    /// The question as the query of an address, always written the same way; empty when nothing is asked for.
    pub fn query(&self) -> String {
        let fields: Vec<_> = self.fields().into_iter().filter(|(_, value)| !value.is_empty()).collect();
        serde_urlencoded::to_string(fields).unwrap_or_default()
    }

    /// The same question with another answer to one of its fields.
    pub fn without(&self, field: &str) -> String {
        let fields: Vec<_> =
            self.fields().into_iter().filter(|(name, value)| *name != field && !value.is_empty()).collect();
        serde_urlencoded::to_string(fields).unwrap_or_default()
    }

    /// True when only words are asked for.
    pub fn is_plain(&self) -> bool {
        self.fields().iter().all(|(name, value)| *name == "q" || value.is_empty())
    }

    /// How many filters are set.
    pub fn filters(&self) -> usize {
        self.fields().iter().filter(|(name, value)| *name != "q" && !value.is_empty()).count()
    }

    /// What must be found; none when nothing is asked for.
    ///
    /// # Errors
    /// A sentence for each field that cannot be read.
    pub fn read(&self, zone: &TimeZone) -> Result<Option<Search>, Vec<Refusal>> {
        let mut problems = Vec::new();
        let mut day = |field: &'static str, text: &str| match text.trim() {
            "" => None,
            text => {
                let read = text.parse::<Date>().ok();
                if read.is_none() {
                    problems.push(Refusal::new("search-day-wrong").on(field));
                }
                read
            }
        };
        let (from, to) = (day("from", &self.from), day("to", &self.to));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            problems.push(Refusal::new("search-days-crossed").on("to"));
        }
        if self.q.trim().chars().count() > pieces::LONGEST {
            problems.push(Refusal::new("search-too-long").with("most", pieces::LONGEST).on("q"));
        }
        let parts = pieces::parts(&self.q);
        if parts.is_empty() && !self.q.trim().is_empty() {
            problems.push(Refusal::new("search-no-words").on("q"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        if self.query().is_empty() {
            return Ok(None);
        }
        let start = |day: Date| {
            // A midnight that the clocks skip begins after the gap.
            let begun = zone.to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0)).compatible();
            begun.ok().map(|zoned| zoned.timestamp().as_millisecond())
        };
        let one = |name: &str, value: &str| (!value.is_empty()).then(|| vec![mark(name, value)]);
        let stage = match self.stage.as_str() {
            "open" => one("open", "1"),
            "ended" => one("open", "0"),
            word => one("stage", word),
        };
        let class = if self.class.len() > self.class.find('-').unwrap_or(0) + 3 { "code" } else { "class" };
        let marks = [
            one("area", &self.area),
            one(class, &self.class),
            one("department", &self.department),
            stage,
            one("person", &self.person),
        ];
        Ok(Some(Search {
            parts,
            marks: marks.into_iter().flatten().collect(),
            from: from.and_then(start).unwrap_or(i64::MIN),
            until: to.and_then(|day| day.tomorrow().ok()).and_then(start).unwrap_or(i64::MAX),
            is_overdue: self.overdue == "1",
            after: self.after.parse().unwrap_or(i64::MAX),
        }))
    }
}

/// Every stage and the two groups of them, as words of an address.
pub fn stages() -> impl Iterator<Item = &'static str> {
    Stage::ALL.iter().map(|stage| stage.text())
}

/// What must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What the text must hold, all of it; the longest first.
    pub parts: Vec<String>,
    /// The marks that it must have: of each list one at least.
    pub marks: Vec<Vec<String>>,
    /// From this moment on.
    pub from: i64,
    /// Before this moment.
    pub until: i64,
    /// Only what is overdue.
    pub is_overdue: bool,
    /// Only what stands behind this place of the list.
    pub after: i64,
}

impl Search {
    /// True when an entry is what was asked for.
    pub fn is_met(&self, at: i64, words: &str, marks: &str) -> bool {
        if !(self.from..self.until).contains(&at) {
            return false;
        }
        let marks: BTreeSet<&str> = marks.split(' ').collect();
        if !self.marks.iter().all(|any| any.iter().any(|mark| marks.contains(mark.as_str()))) {
            return false;
        }
        if self.parts.is_empty() {
            return true;
        }
        let forms: Vec<String> =
            super::entry::lines(words).map(|(_, text)| understanding::text::normal(text)).collect();
        self.parts.iter().all(|part| forms.iter().any(|form| pieces::holds(form, part)))
    }
}

/// The marks of which one at least is on everything that exists for somebody; they spare looking at the rest. What exists is
/// told by the cases themselves, row by row.
pub fn marks_of(scope: &Scope) -> Vec<Vec<String>> {
    match *scope {
        Scope::All => Vec::new(),
        Scope::Department(department) => vec![vec![mark("department", department)]],
        Scope::Crew { account, department } => vec![vec![mark("crew", account), mark("loose", department)]],
        Scope::Keeper(account) => {
            vec![vec![mark("asked", account), mark("asked", 0), mark("told", account)]]
        }
        Scope::Reported(account) => vec![vec![mark("told", account)]],
        Scope::Nothing => vec![vec![mark("subject", "none")]],
    }
}

/// True of a subject that can exist within the scope at all.
pub fn may_exist(scope: &Scope, subject: Subject) -> bool {
    subject == Subject::Case || *scope == Scope::All
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        serde_urlencoded::from_str(query).unwrap()
    }

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::Offset::constant(8))
    }

    #[test]
    fn days_are_whole_days_of_the_city() {
        let search = asked("q=井盖&from=2026-03-10&to=2026-03-10").read(&zone()).unwrap().unwrap();
        assert_eq!((search.from, search.until - search.from), (1_773_072_000_000, 86_400_000));
        let words = "title\t井盖破损";
        assert!(search.is_met(search.from, words, "") && !search.is_met(search.until, words, ""));
    }

    #[test]
    fn what_cannot_be_read_is_told_field_by_field() {
        for (query, expected) in [
            ("from=10.03.2026", &[("search-day-wrong", "from")][..]),
            ("from=2026-02-30&to=x", &[("search-day-wrong", "from"), ("search-day-wrong", "to")]),
            ("from=2026-03-11&to=2026-03-10", &[("search-days-crossed", "to")]),
            ("q=，。", &[("search-no-words", "q")]),
        ] {
            let problems = asked(query).read(&zone()).unwrap_err();
            let found: Vec<_> = problems.iter().map(|one| (one.key, one.field.unwrap_or_default())).collect();
            assert_eq!(found, expected, "{query}");
        }
        let long = Asked { q: "井".repeat(201), ..Asked::default() };
        assert_eq!(long.read(&zone()).unwrap_err()[0].key, "search-too-long");
        assert_eq!(asked("after=5&all=1").read(&zone()), Ok(None));
    }

    #[test]
    fn filters_are_marks() {
        let search =
            asked("stage=open&class=event-0110&department=12&area=9901&person=5").read(&zone()).unwrap().unwrap();
        let marks: Vec<String> = search.marks.concat();
        assert_eq!(marks, ["area:9901", "code:event-0110", "department:12", "open:1", "person:5"]);
        let class = asked("class=event-01&stage=closed").read(&zone()).unwrap().unwrap();
        assert_eq!(class.marks.concat(), ["class:event-01", "stage:closed"]);
        assert!(class.is_met(0, "", "class:event-01 stage:closed"));
        assert!(!class.is_met(0, "", "class:event-01 stage:verifying"));
    }

    #[test]
    fn a_question_is_always_written_the_same_way() {
        let one = asked("overdue=1&q=%20井盖%20&after=99&all=1&stage=");
        assert_eq!(one.query(), asked(&one.query()).query());
        assert_eq!(serde_urlencoded::from_str::<Asked>(&one.query()).unwrap().q, "井盖");
        assert!(!one.is_plain() && asked("q=1&all=1").is_plain());
        assert_eq!((one.filters(), one.without("q").as_str()), (1, "overdue=1"));
    }
}
