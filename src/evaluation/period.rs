//! A period that is evaluated: a month, a quarter, a year, or days from one to another.

use crate::kit::clock::Moment;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

/// The longest run of days that may be asked for.
pub const LONGEST_DAYS: i32 = 1100;

/// A period of whole civil days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// A calendar month: year, month from 1.
    Month(i16, i8),
    /// A calendar quarter: year, quarter from 1 to 4.
    Quarter(i16, i8),
    /// A calendar year.
    Year(i16),
    /// From the first day to the last, both counted.
    Days(Date, Date),
}

impl Period {
    /// Reads `2026-10`, `2026-Q4`, `2026` or `2026-10-01..2026-10-15`; none for anything else, and for runs of days that are
    /// reversed or longer than [`LONGEST_DAYS`].
    pub fn parse(text: &str) -> Option<Period> {
        if let Some((first, last)) = text.split_once("..") {
            return Period::days(first.parse().ok()?, last.parse().ok()?);
        }
        let year = |text: &str| {
            let year: i16 = text.parse().ok()?;
            (text.len() == 4 && (1970..=9990).contains(&year)).then_some(year)
        };
        match text.split_once('-') {
            None => Some(Period::Year(year(text)?)),
            Some((of, rest)) => match rest.strip_prefix('Q') {
                Some(quarter) => {
                    let quarter: i8 = quarter.parse().ok()?;
                    (1..=4).contains(&quarter).then_some(Period::Quarter(year(of)?, quarter))
                }
                None => {
                    let month: i8 = rest.parse().ok()?;
                    (rest.len() == 2 && (1..=12).contains(&month)).then_some(Period::Month(year(of)?, month))
                }
            },
        }
    }

    /// The run of days from `first` to `last`; none when it is reversed, too long, or out of every calendar.
    pub fn days(first: Date, last: Date) -> Option<Period> {
        let length = first.until(last).ok()?.get_days();
        let is_sane = first.year() >= 1970 && last.year() <= 9990;
        (is_sane && (0..LONGEST_DAYS).contains(&length)).then_some(Period::Days(first, last))
    }

    /// The month that a day lies in.
    pub fn month_of(day: Date) -> Period {
        Period::Month(day.year(), day.month())
    }

    /// As [`Period::parse`] reads it.
    pub fn text(self) -> String {
        match self {
            Period::Month(year, month) => format!("{year:04}-{month:02}"),
            Period::Quarter(year, quarter) => format!("{year:04}-Q{quarter}"),
            Period::Year(year) => format!("{year:04}"),
            Period::Days(first, last) => format!("{first}..{last}"),
        }
    }

    /// The first day.
    pub fn first(self) -> Date {
        match self {
            Period::Month(year, month) => date(year, month, 1),
            Period::Quarter(year, quarter) => date(year, quarter * 3 - 2, 1),
            Period::Year(year) => date(year, 1, 1),
            Period::Days(first, _) => first,
        }
    }

    /// The last day, which belongs to it.
    pub fn last(self) -> Date {
        match self {
            Period::Month(..) => self.first().last_of_month(),
            Period::Quarter(year, quarter) => date(year, quarter * 3, 1).last_of_month(),
            Period::Year(year) => date(year, 12, 31),
            Period::Days(_, last) => last,
        }
    }

    /// The period of the same kind just before it; a run of days has the days before it, as many.
    pub fn before(self) -> Period {
        match self {
            Period::Month(year, 1) => Period::Month(year - 1, 12),
            Period::Month(year, month) => Period::Month(year, month - 1),
            Period::Quarter(year, 1) => Period::Quarter(year - 1, 4),
            Period::Quarter(year, quarter) => Period::Quarter(year, quarter - 1),
            Period::Year(year) => Period::Year(year - 1),
            Period::Days(first, last) => {
                let length = first.until(last).map_or(0, |span| span.get_days());
                let end = first.saturating_sub(1.day());
                Period::Days(end.saturating_sub(length.days()), end)
            }
        }
    }

    /// The same period a year earlier.
    pub fn year_before(self) -> Period {
        match self {
            Period::Month(year, month) => Period::Month(year - 1, month),
            Period::Quarter(year, quarter) => Period::Quarter(year - 1, quarter),
            Period::Year(year) => Period::Year(year - 1),
            Period::Days(first, last) => Period::Days(first.saturating_sub(1.year()), last.saturating_sub(1.year())),
        }
    }

    /// The moments at which it begins (counted) and ends (not counted) in a time zone.
    pub fn bounds(self, zone: &TimeZone) -> (Moment, Moment) {
        (begin(self.first(), zone), begin(self.last().saturating_add(1.day()), zone))
    }

    /// The key of its name in `locales/`.
    pub const fn key(self) -> &'static str {
        match self {
            Period::Month(..) => "evaluation-period-month",
            Period::Quarter(..) => "evaluation-period-quarter",
            Period::Year(_) => "evaluation-period-year",
            Period::Days(..) => "evaluation-period-days",
        }
    }

    /// What its name needs.
    pub fn args(self) -> Vec<(&'static str, String)> {
        let first = self.first();
        match self {
            Period::Month(year, month) => vec![("year", format!("{year}")), ("month", format!("{month}"))],
            Period::Quarter(year, quarter) => vec![("year", format!("{year}")), ("quarter", format!("{quarter}"))],
            Period::Year(year) => vec![("year", format!("{year}"))],
            Period::Days(_, last) => vec![("first", first.to_string()), ("last", last.to_string())],
        }
    }
}

/// The moment at which a day begins.
pub fn begin(day: Date, zone: &TimeZone) -> Moment {
    let zoned = day.to_datetime(jiff::civil::Time::midnight()).to_zoned_datetime(zone.clone());
    // The ends of the calendar are out of reach of what is read here.
    zoned.map_or(Moment(0), |zoned| Moment::from(&zoned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_as_they_are_written() {
        for text in ["2026-10", "2026-Q4", "2026", "2026-10-01..2026-10-15", "2026-10-01..2026-10-01"] {
            assert_eq!(Period::parse(text).map(Period::text).as_deref(), Some(text));
        }
        for text in [
            "",
            "26-10",
            "2026-13",
            "2026-0",
            "2026-1",
            "2026-Q5",
            "2026-10-15..2026-10-01",
            "2020-01-01..2026-01-01",
            "2026-10-01..",
            "1066",
            "9999",
            "2026-10-01",
        ] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_knows_its_days_and_its_neighbours() {
        let rows = [
            ("2026-02", "2026-02-01", "2026-02-28", "2026-01", "2025-02"),
            ("2024-02", "2024-02-01", "2024-02-29", "2024-01", "2023-02"),
            ("2026-01", "2026-01-01", "2026-01-31", "2025-12", "2025-01"),
            ("2026-Q1", "2026-01-01", "2026-03-31", "2025-Q4", "2025-Q1"),
            ("2026", "2026-01-01", "2026-12-31", "2025", "2025"),
            ("2026-10-11..2026-10-20", "2026-10-11", "2026-10-20", "2026-10-01..2026-10-10", "2025-10-11..2025-10-20"),
        ];
        for (text, first, last, before, year_before) in rows {
            let period = Period::parse(text).expect(text);
            assert_eq!((period.first().to_string(), period.last().to_string()), (first.into(), last.into()));
            assert_eq!((period.before().text(), period.year_before().text()), (before.into(), year_before.into()));
        }
    }

    #[test]
    fn a_month_begins_at_the_citys_midnight() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let (from, to) = Period::Month(2026, 3).bounds(&zone);
        assert_eq!(from.zoned(&zone).to_string(), "2026-03-01T00:00:00+08:00[Asia/Shanghai]");
        assert_eq!(to.zoned(&zone).to_string(), "2026-04-01T00:00:00+08:00[Asia/Shanghai]");
    }
}
