//! How long a handling may take: a number and one of the field's units.

use serde::{Deserialize, Serialize};

/// The unit of a limit. What each unit counts is decided in [`crate::law::due`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 紧急工作时: hours that run through nights, weekends and holidays.
    UrgentHour,
    /// 工作时: hours inside the working hours of working days.
    WorkingHour,
    /// 工作日: working days, with the State Council's holidays and make-up days.
    WorkingDay,
    /// 紧急工作日: days of 24 hours that run through weekends and holidays; known from one city's standard only.
    UrgentDay,
    /// 自然日: days of the calendar.
    NaturalDay,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 5] =
        [Unit::UrgentHour, Unit::WorkingHour, Unit::WorkingDay, Unit::UrgentDay, Unit::NaturalDay];

    /// The unit's word in files and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Unit::UrgentHour => "urgent_hour",
            Unit::WorkingHour => "working_hour",
            Unit::WorkingDay => "working_day",
            Unit::UrgentDay => "urgent_day",
            Unit::NaturalDay => "natural_day",
        }
    }

    /// The unit of a word.
    pub fn of(word: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.word() == word)
    }

    /// The key of the sentence "n of this unit"; it needs `n`.
    pub fn key(self) -> &'static str {
        match self {
            Unit::UrgentHour => "law-limit-urgent-hour",
            Unit::WorkingHour => "law-limit-working-hour",
            Unit::WorkingDay => "law-limit-working-day",
            Unit::UrgentDay => "law-limit-urgent-day",
            Unit::NaturalDay => "law-limit-natural-day",
        }
    }
}

/// A handling limit (处置时限), as printed in a standard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// How many, from 1 to 3650.
    pub value: u32,
    /// Of what.
    pub unit: Unit,
}

impl Limit {
    /// `value` of `unit`.
    pub const fn new(value: u32, unit: Unit) -> Limit {
        Limit { value, unit }
    }
}
