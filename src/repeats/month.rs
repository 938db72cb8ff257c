//! A civil month, and days as the room counts them.

use crate::kit::clock::Moment;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use std::fmt;
use understanding::repeats::moment::Day;

/// A civil month of the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

impl Month {
    /// The month in which a day lies.
    pub fn of(day: Date) -> Month {
        Month(day.first_of_month())
    }

    /// The month written as `2026-03`.
    pub fn parse(text: &str) -> Option<Month> {
        let (year, month) = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(year) || !is_digits(month) {
            return None;
        }
        Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok().map(Month)
    }

    /// Its first day.
    pub const fn first(self) -> Date {
        self.0
    }

    /// Its last day.
    pub fn last(self) -> Date {
        self.0.last_of_month()
    }

    /// The month before.
    pub fn before(self) -> Month {
        Month(plus(self.0, (-1).months()))
    }

    /// The month after.
    pub fn after(self) -> Month {
        Month(plus(self.0, 1.month()))
    }

    /// Year and month of the year.
    pub fn parts(self) -> (i16, i8) {
        (self.0.year(), self.0.month())
    }

    /// When it begins and when the next one does.
    pub fn bounds(self, zone: &TimeZone) -> (Moment, Moment) {
        (beginning(self.0, zone), beginning(self.after().0, zone))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

fn plus(day: Date, span: Span) -> Date {
    day.checked_add(span).unwrap_or(day)
}

/// When a civil day begins.
pub fn beginning(day: Date, zone: &TimeZone) -> Moment {
    day.to_datetime(jiff::civil::Time::midnight())
        .to_zoned_datetime(zone.clone())
        .map_or(Moment(i64::MAX), |zoned| Moment::from(&zoned))
}

/// The day so many days later, or earlier when negative; the day itself at the calendar's end.
pub fn days_after(day: Date, days: i64) -> Date {
    plus(day, Span::new().try_days(days).unwrap_or_default())
}

/// The later of two days.
pub fn later(one: Date, other: Date) -> Date {
    one.max(other)
}

/// A day as the rules of repetition count it.
pub fn day(date: Date) -> Option<Day> {
    Day::new(date.year().into(), date.month().into(), date.day().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months() {
        let march = Month::parse("2026-03").unwrap();
        assert_eq!((march.to_string(), march.before().to_string()), ("2026-03".into(), "2026-02".into()));
        assert_eq!(Month::parse("2026-01").map(|month| month.before().to_string()), Some("2025-12".into()));
        assert_eq!((march.last().to_string(), Month::of(march.last())), ("2026-03-31".into(), march));
        for strange in ["", "2026", "2026-3", "2026-13", "2026-00", "26-03", "+026-03", "2026-03-01", "2026-+3"] {
            assert_eq!(Month::parse(strange), None, "{strange}");
        }
        let zone = TimeZone::fixed(jiff::tz::Offset::constant(8));
        let (start, end) = march.bounds(&zone);
        assert_eq!((start.0, end.0 - start.0), (1_772_294_400_000, 31 * 86_400_000));
    }
}
