//! Days and moments as tables of reports have them: of the calendar and the clock on the wall, without a zone.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

const DAY: i64 = 86_400;

/// A civil day of the Gregorian calendar, from the year 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day of a year, a month and a day of the month, if there is one.
    pub fn new(year: i32, month: i32, day: i32) -> Option<Day> {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + i32::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
            return None;
        }
        // Years are counted from March, so that the leap day is the last of its year.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        Some(Day(year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468))
    }

    /// The day written as year, month and day with signs between: `2026-03-01`.
    pub fn parse(text: &str) -> Option<Day> {
        let mut parts = text.trim().split('-').map(|part| part.parse::<i32>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() { None } else { Day::new(year, month, day) }
    }

    /// How many days lie between this one and a later one; negative when that one is earlier.
    pub const fn days_until(self, later: Day) -> i64 {
        later.0 as i64 - self.0 as i64
    }

    /// The day so many days later, if the calendar reaches so far.
    pub fn plus(self, days: i32) -> Option<Day> {
        let last = Day::new(9999, 12, 31)?;
        let first = Day::new(1, 1, 1)?;
        self.0.checked_add(days).map(Day).filter(|day| (first..=last).contains(day))
    }

    /// Year, month and day of the month.
    pub const fn parts(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (of_year * 5 + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400;
        (if month <= 2 { year + 1 } else { year }, month, day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = String::deserialize(deserializer)?;
        Day::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("“{text}” is not a day such as 2026-03-01")))
    }
}

/// A moment by the clock on the wall: seconds since 1970 began there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// A moment in the forms of tables: year, month and day, then perhaps hour, minute and second, parted by any signs. A
    /// fraction of a second and a zone are left out.
    pub fn parse(text: &str) -> Option<Moment> {
        let mut numbers = text.split(|sign: char| !sign.is_ascii_digit()).filter(|part| !part.is_empty());
        let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
        // Where the year does not stand first, nobody knows which number is the month.
        let year = year.parse().ok().filter(|year| *year > 31)?;
        let day = Day::new(year, month.parse().ok()?, day.parse().ok()?)?;
        let mut part = |most: i64| match numbers.next() {
            None => Some(0),
            Some(part) => part.parse::<i64>().ok().filter(|part| *part <= most),
        };
        let (hour, minute, second) = (part(23)?, part(59)?, part(60)?);
        Some(Moment(i64::from(day.0) * DAY + hour * 3600 + minute * 60 + second.min(59)))
    }

    /// Its day.
    pub fn day(self) -> Day {
        let days = self.0.div_euclid(DAY).clamp(i64::from(i32::MIN / 2), i64::from(i32::MAX / 2));
        Day(i32::try_from(days).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_of_the_calendar() {
        for (text, number) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2026-03-01", 20_513),
            ("0001-01-01", -719_162),
        ] {
            assert_eq!(Day::parse(text), Some(Day(number)), "{text}");
            assert_eq!(Day(number).to_string(), text);
        }
        for text in ["", "2026-02-29", "2026-13-01", "2026-00-01", "2026-01-32", "2026-01", "2026-01-01-01", "0-1-1"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn moments_of_tables() {
        let moment = |day: &str, seconds| Day::parse(day).map(|day| Moment(i64::from(day.0) * DAY + seconds));
        let noon = 12 * 3600 + 9 * 60;
        for (text, expected) in [
            ("2019/1/5 12:09:38", moment("2019-01-05", noon + 38)),
            ("2019-01-05T12:09", moment("2019-01-05", noon)),
            ("2019年1月5日", moment("2019-01-05", 0)),
            ("2019-01-05T12:09:38.250Z", moment("2019-01-05", noon + 38)),
            ("", None),
            ("yesterday", None),
            ("05/01/2019", None),
            ("2019-02-30", None),
            ("2019-01-05 25:00", None),
        ] {
            assert_eq!(Moment::parse(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_follow_each_other(number in -719_162i32..2_900_000) {
            let (year, month, day) = Day(number).parts();
            prop_assert_eq!(Day::new(year, month, day), Some(Day(number)));
            prop_assert_eq!(Day::parse(&Day(number).to_string()), Some(Day(number)));
            prop_assert_eq!(Day(number).plus(1).map(|next| Day(number).days_until(next)), Some(1));
            prop_assert_eq!(Moment(i64::from(number) * DAY + 86_399).day(), Day(number));
        }

        #[test]
        fn no_text_breaks_it(text in "\\PC{0,30}", seconds in any::<i64>()) {
            let _ = Moment::parse(&text);
            let _ = Day::parse(&text);
            let _ = Moment(seconds).day().to_string();
        }
    }
}
