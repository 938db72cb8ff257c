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
    /// Minutes that run through nights, weekends and holidays: of the desk's own clocks, never of a handling limit.
    Minute,
    /// Minutes inside the working hours of working days: of the desk's own clocks, never of a handling limit.
    WorkingMinute,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 7] = [
        Unit::UrgentHour,
        Unit::WorkingHour,
        Unit::WorkingDay,
        Unit::UrgentDay,
        Unit::NaturalDay,
        Unit::Minute,
        Unit::WorkingMinute,
    ];
    /// The units that handling limits are printed in.
    pub const OF_HANDLING: [Unit; 5] =
        [Unit::UrgentHour, Unit::WorkingHour, Unit::WorkingDay, Unit::UrgentDay, Unit::NaturalDay];

    /// The unit's word in files and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Unit::UrgentHour => "urgent_hour",
            Unit::WorkingHour => "working_hour",
            Unit::WorkingDay => "working_day",
            Unit::UrgentDay => "urgent_day",
            Unit::NaturalDay => "natural_day",
            Unit::Minute => "minute",
            Unit::WorkingMinute => "working_minute",
        }
    }

    /// The unit of a word.
    pub fn of(word: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.word() == word)
    }

    /// The unit as standards print it in Chinese.
    pub fn official(self) -> &'static str {
        match self {
            Unit::UrgentHour => "紧急工作时",
            Unit::WorkingHour => "工作时",
            Unit::WorkingDay => "工作日",
            Unit::UrgentDay => "紧急工作日",
            Unit::NaturalDay => "自然日",
            Unit::Minute => "分钟",
            Unit::WorkingMinute => "工作分钟",
        }
    }

    /// The unit of a word or of its official name.
    pub fn read(text: &str) -> Option<Unit> {
        Unit::of(text).or_else(|| Unit::ALL.into_iter().find(|unit| unit.official() == text))
    }

    /// The key of the sentence "n of this unit"; it needs `n`.
    pub fn key(self) -> &'static str {
        match self {
            Unit::UrgentHour => "law-limit-urgent-hour",
            Unit::WorkingHour => "law-limit-working-hour",
            Unit::WorkingDay => "law-limit-working-day",
            Unit::UrgentDay => "law-limit-urgent-day",
            Unit::NaturalDay => "law-limit-natural-day",
            Unit::Minute => "law-limit-minute",
            Unit::WorkingMinute => "law-limit-working-minute",
        }
    }
}

/// A handling limit (处置时限), as printed in a standard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// How many, from 1 to 3650 (minutes: to 100,000).
    pub value: u32,
    /// Of what.
    pub unit: Unit,
}

impl Limit {
    /// `value` of `unit`.
    pub const fn new(value: u32, unit: Unit) -> Limit {
        Limit { value, unit }
    }

    /// The limit written as `15 minute` or `2 working_hour`; none when it is written otherwise.
    pub fn read(text: &str) -> Option<Limit> {
        let (value, unit) = text.trim().split_once(' ')?;
        Some(Limit::new(value.parse().ok().filter(|value| *value > 0)?, Unit::read(unit.trim())?))
    }
}
