//! A month's review (研判): the decisions that a meeting makes about the items of the month's list, until it is closed.

use super::month::{Month, days_after};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::form::{at_most, required};
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

/// The longest decision, in characters.
pub const LONGEST_DECISION: usize = 1000;
/// The longest line of the minutes: who led the meeting.
pub const LONGEST_LINE: usize = 100;
/// The longest text of the minutes, in characters.
pub const LONGEST_NOTES: usize = 2000;
/// A deadline lies at most so many days ahead.
const FARTHEST_DAYS: i64 = 730;

enum_of_words! {
    /// What kind of measure a meeting decides on (处置措施).
    Measure {
        /// 限期整改.
        Rectify = "rectify",
        /// 加密巡查.
        Patrol = "patrol",
        /// 联合整治.
        Joint = "joint",
        /// 设施改造.
        Rebuild = "rebuild",
        /// 立案查处.
        Enforce = "enforce",
        /// 宣传引导.
        Talk = "talk",
        /// 持续观察.
        Watch = "watch",
        /// 其他.
        Other = "other",
    }
}

/// What a meeting decides about one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What is to be done.
    pub words: String,
    /// Its kind.
    pub measure: Measure,
    /// The responsible department.
    pub department: Id,
    /// The leader in charge, if one is named.
    pub leader: Option<Id>,
    /// Until when.
    pub due_on: Date,
}

/// Reads a decision from what was typed.
///
/// # Errors
/// Everything that is wrong with it, each on its field.
pub fn judge(
    typed: &BTreeMap<String, String>,
    today: Date,
    departments: &[Id],
    leaders: &[Id],
) -> Result<Decision, Vec<Refusal>> {
    let text = |field: &str| typed.get(field).map_or("", |text| text.trim());
    let mut refusals = Vec::new();
    let words = match required("words", text("words"), LONGEST_DECISION) {
        Ok(words) => words,
        Err(refusal) if text("words").is_empty() => {
            refusals.push(Refusal::new("repeats-refusal-words").on(refusal.field.unwrap_or("words")));
            String::new()
        }
        Err(refusal) => {
            refusals.push(refusal);
            String::new()
        }
    };
    let measure = Measure::parse(text("measure"));
    if measure.is_none() {
        refusals.push(Refusal::new("repeats-refusal-measure").on("measure"));
    }
    let department = text("department").parse().ok().filter(|id| departments.contains(id));
    if department.is_none() {
        refusals.push(Refusal::new("repeats-refusal-department").on("department"));
    }
    let leader = match text("leader") {
        "" => None,
        id => {
            let found = id.parse().ok().filter(|id| leaders.contains(id));
            if found.is_none() {
                refusals.push(Refusal::new("repeats-refusal-leader").on("leader"));
            }
            found
        }
    };
    let due_on = text("due_on").parse::<Date>().ok();
    match due_on {
        None => refusals.push(Refusal::new("repeats-refusal-day").on("due_on")),
        Some(day) if day < today => refusals.push(Refusal::new("repeats-refusal-day-past").on("due_on")),
        Some(day) if day > days_after(today, FARTHEST_DAYS) => {
            refusals.push(Refusal::new("repeats-refusal-day-far").on("due_on"));
        }
        Some(_) => {}
    }
    match (measure, department, due_on) {
        (Some(measure), Some(department), Some(due_on)) if refusals.is_empty() => {
            Ok(Decision { words, measure, department, leader, due_on })
        }
        _ => Err(refusals),
    }
}

/// The head of the minutes: when, who led, who was there, what else was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Minutes {
    /// The day of the meeting.
    pub held_on: Option<Date>,
    /// Who led it.
    pub chair: String,
    /// Who was there.
    pub present: String,
    /// What else was said.
    pub notes: String,
}

impl Minutes {
    /// Reads the head of the minutes from what was typed.
    ///
    /// # Errors
    /// Everything that is wrong with it, each on its field.
    pub fn judge(typed: &BTreeMap<String, String>, today: Date, month: Month) -> Result<Minutes, Vec<Refusal>> {
        let text = |field: &str| typed.get(field).map_or("", |text| text.trim());
        let mut refusals = Vec::new();
        let mut bounded = |field: &'static str, most: usize| {
            at_most(field, text(field), most).unwrap_or_else(|refusal| {
                refusals.push(refusal);
                String::new()
            })
        };
        let (chair, present) = (bounded("chair", LONGEST_LINE), bounded("present", LONGEST_NOTES));
        let notes = bounded("notes", LONGEST_NOTES);
        let held_on = text("held_on").parse::<Date>().ok();
        match held_on {
            None if !text("held_on").is_empty() => refusals.push(Refusal::new("repeats-refusal-day").on("held_on")),
            Some(day) if day > today || day < month.first() => {
                refusals.push(Refusal::new("repeats-refusal-held").on("held_on"));
            }
            _ => {}
        }
        if refusals.is_empty() { Ok(Minutes { held_on, chair, present, notes }) } else { Err(refusals) }
    }
}

/// A month's frozen list with its meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// The identifier.
    pub id: Id,
    /// The month, such as `2026-03`.
    pub month: String,
    /// The rules by which the list was made, as JSON.
    pub rules: String,
    /// When it was frozen.
    pub frozen_at: Moment,
    /// How many reports were looked through.
    pub reports: i64,
    /// How many items stand on the list.
    pub items: i64,
    /// The head of the minutes.
    pub minutes: Minutes,
    /// When the meeting was closed, and by whom; none while it is open.
    pub closed: Option<(Moment, Option<Id>)>,
    /// Counts its changes.
    pub revision: i64,
}

impl Review {
    /// That the meeting is still open.
    ///
    /// # Errors
    /// `repeats-refusal-closed`.
    pub fn must_be_open(&self) -> Result<(), Refusal> {
        if self.closed.is_some() { Err(Refusal::new("repeats-refusal-closed")) } else { Ok(()) }
    }

    /// Closes the meeting: what was decided can be changed no more.
    ///
    /// # Errors
    /// `repeats-refusal-closed`; `repeats-refusal-held-missing` when nobody wrote when the meeting was, or who led it.
    pub fn close(mut self, now: Moment, by: Id) -> Result<Review, Refusal> {
        self.must_be_open()?;
        if self.minutes.held_on.is_none() {
            return Err(Refusal::new("repeats-refusal-held-missing").on("held_on"));
        }
        if self.minutes.chair.is_empty() {
            return Err(Refusal::new("repeats-refusal-chair-missing").on("chair"));
        }
        self.closed = Some((now, Some(by)));
        self.revision += 1;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const GOOD: [(&str, &str); 5] = [
        ("words", "限期安装净化器"),
        ("measure", "rectify"),
        ("department", "7"),
        ("leader", ""),
        ("due_on", "2026-04-20"),
    ];

    #[test]
    fn what_is_wrong_with_a_decision() {
        let today: Date = "2026-04-02".parse().unwrap();
        assert!(judge(&typed(&GOOD), today, &[7], &[9]).is_ok());
        let long = "长".repeat(LONGEST_DECISION + 1);
        for (field, value, key) in [
            ("words", "  ", "repeats-refusal-words"),
            ("words", long.as_str(), "form-too-long"),
            ("measure", "magic", "repeats-refusal-measure"),
            ("department", "8", "repeats-refusal-department"),
            ("department", "", "repeats-refusal-department"),
            ("leader", "8", "repeats-refusal-leader"),
            ("due_on", "", "repeats-refusal-day"),
            ("due_on", "2026-04-31", "repeats-refusal-day"),
            ("due_on", "2026-04-01", "repeats-refusal-day-past"),
            ("due_on", "2036-04-01", "repeats-refusal-day-far"),
        ] {
            let mut fields = typed(&GOOD);
            fields.insert(field.to_owned(), value.to_owned());
            let refusals = judge(&fields, today, &[7], &[9]).unwrap_err();
            let found: Vec<_> = refusals.iter().map(|refusal| (refusal.key, refusal.field)).collect();
            assert_eq!(found, [(key, Some(field))], "{field} {value}");
        }
        assert_eq!(judge(&BTreeMap::new(), today, &[7], &[]).unwrap_err().len(), 4, "everything at once");
    }

    #[test]
    fn a_meeting_is_closed_once() {
        let review = Review {
            id: 1,
            month: "2026-03".into(),
            rules: "[]".into(),
            frozen_at: Moment(0),
            reports: 9,
            items: 2,
            minutes: Minutes::default(),
            closed: None,
            revision: 1,
        };
        let month = Month::parse("2026-03").unwrap();
        assert_eq!(review.clone().close(Moment(5), 3).unwrap_err().key, "repeats-refusal-held-missing");
        let today: Date = "2026-04-02".parse().unwrap();
        for (day, is_right) in
            [("", true), ("2026-04-02", true), ("2026-04-03", false), ("2026-02-28", false), ("x", false)]
        {
            assert_eq!(Minutes::judge(&typed(&[("held_on", day)]), today, month).is_ok(), is_right, "{day}");
        }
        let minutes = Minutes::judge(&typed(&[("held_on", "2026-04-02"), ("chair", "周队")]), today, month).unwrap();
        let closed = Review { minutes, ..review }.close(Moment(5), 3).unwrap();
        assert_eq!(closed.closed, Some((Moment(5), Some(3))));
        assert_eq!(closed.close(Moment(6), 3).unwrap_err().key, "repeats-refusal-closed");
    }
}
