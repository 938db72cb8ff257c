//! A backup set: what it says of itself, what it is called, and which sets are kept.

use crate::kit::clock::Moment;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// The form of a set; one that is not known is not read.
pub const FORM: &str = "city-steward/backup/1";
/// How a set is called: the moment of its database, in UTC.
const NAME: &str = "%Y%m%dT%H%M%SZ";

/// A file of a set with the sum over it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its path within the set.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// What a set says of itself: written last, read first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORM`].
    pub form: String,
    /// The program's version.
    pub program: String,
    /// The moment that the database showed, RFC 3339.
    pub made_at: String,
    /// `sqlite` or `postgresql`.
    pub engine: String,
    /// The database: an SQLite file, or an archive without photos and papers.
    pub database: Part,
    /// The list of photos and papers, compressed: shelf, digest and bytes of each on a line.
    pub list: Part,
    /// How many there are on the list.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Files that a row knows and that the store did not have: shelf and digest, the first of them.
    pub missing: Vec<String>,
    /// The files of the city's folder.
    pub city: Vec<Part>,
}

/// The name of a set that is made at this moment.
pub fn name_of(now: Moment) -> String {
    now.zoned(&TimeZone::UTC).strftime(NAME).to_string()
}

/// The moment of a set of this name; none when nothing is called so.
pub fn moment_of(name: &str) -> Option<Moment> {
    let at = jiff::civil::DateTime::strptime(NAME, name).ok()?;
    let at = TimeZone::UTC.to_timestamp(at).ok()?;
    Some(Moment(at.as_millisecond())).filter(|moment| name_of(*moment) == name)
}

/// How many sets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The newest set of so many days.
    pub daily: usize,
    /// The newest set of so many weeks, from Monday on.
    pub weekly: usize,
    /// The newest set of so many months.
    pub monthly: usize,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention { daily: 7, weekly: 5, monthly: 12 }
    }
}

impl Retention {
    /// Which of these sets are kept: of the last days, weeks and months that have a set, the newest of each. The newest of all is
    /// always kept. Days are those of the zone.
    pub fn kept(&self, sets: &BTreeSet<Moment>, zone: &TimeZone) -> BTreeSet<Moment> {
        let day = |set: &Moment| set.zoned(zone).date();
        let week = |set: &Moment| {
            let week = day(set).iso_week_date();
            (i32::from(week.year()), i32::from(week.week()))
        };
        let month = |set: &Moment| (i32::from(day(set).year()), i32::from(day(set).month()));
        let mut kept: BTreeSet<Moment> = sets.last().copied().into_iter().collect();
        kept.extend(newest_of_each(sets, self.daily, day));
        kept.extend(newest_of_each(sets, self.weekly, week));
        kept.extend(newest_of_each(sets, self.monthly, month));
        kept
    }
}

fn newest_of_each<T: PartialEq>(
    sets: &BTreeSet<Moment>,
    most: usize,
    of: impl Fn(&Moment) -> T,
) -> impl Iterator<Item = Moment> {
    let mut last = None;
    let newest = sets.iter().rev().copied().filter(move |set| {
        let its = Some(of(set));
        let is_other = its != last;
        last = its;
        is_other
    });
    newest.take(most)
}

/// What a city says about its backups: the section `[backup]` of its `city.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `to`: the folder of the sets. Without one the service makes none.
    pub to: Option<String>,
    /// `hour`: the hour of the city's day from which on the day's set is made.
    pub hour: i8,
    /// `keep_daily`, `keep_weekly`, `keep_monthly`.
    pub retention: Retention,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { to: None, hour: 1, retention: Retention::default() }
    }
}

impl Settings {
    /// Reads `[backup]`; what is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator that names the key and what it may say.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let section = match city.get("backup") {
            None => return Ok(settings),
            Some(Value::Table(section)) => section,
            Some(_) => return Err("backup: must be a section, [backup]".into()),
        };
        for (key, value) in section {
            let number = |most: i64| {
                let found = value.as_integer().filter(|number| (0..=most).contains(number));
                found.ok_or_else(|| format!("backup.{key} must be a whole number from 0 to {most}"))
            };
            let count = || number(1000).map(|number| usize::try_from(number).unwrap_or(0));
            match key.as_str() {
                "to" => {
                    let folder = value.as_str().map(str::trim).filter(|folder| !folder.is_empty());
                    settings.to = Some(folder.ok_or("backup.to must be a folder in quotes")?.to_owned());
                }
                "hour" => settings.hour = i8::try_from(number(23)?).unwrap_or(1),
                "keep_daily" => settings.retention.daily = count()?,
                "keep_weekly" => settings.retention.weekly = count()?,
                "keep_monthly" => settings.retention.monthly = count()?,
                _ => return Err(format!("backup.{key} is not known")),
            }
        }
        Ok(settings)
    }

    /// The day whose set should be there by now: today from the hour on, else yesterday.
    pub fn day_due(&self, now: Moment, zone: &TimeZone) -> Date {
        let here = now.zoned(zone);
        match here.hour() >= self.hour {
            true => here.date(),
            false => here.date().yesterday().unwrap_or(Date::MIN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn a_set_is_called_by_its_moment() {
        let at = moment("2026-03-10T02:00:00Z");
        assert_eq!(name_of(at), "20260310T020000Z");
        assert_eq!(moment_of("20260310T020000Z"), Some(at));
        for name in ["", "files", "20260310T020000Z.part", "20261310T020000Z", "2026031T0020000Z"] {
            assert_eq!(moment_of(name), None, "{name}");
        }
    }

    #[test]
    fn the_newest_of_each_day_week_and_month_is_kept() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        // Every night at one o'clock from 2025-01-01 to 2026-03-10, a Tuesday; twice on the last day.
        let mut sets: BTreeSet<Moment> = jiff::civil::date(2025, 1, 1)
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day <= jiff::civil::date(2026, 3, 10))
            .map(|day| Moment(zone.to_timestamp(day.at(1, 0, 0, 0)).unwrap().as_millisecond()))
            .collect();
        sets.insert(moment("2026-03-10T14:00:00+08:00"));
        let days = |retention: Retention, sets: &BTreeSet<Moment>| {
            let kept = retention.kept(sets, &zone);
            kept.iter().map(|set| set.zoned(&zone).strftime("%m-%dT%H").to_string()).collect::<Vec<_>>().join(" ")
        };
        for (daily, weekly, monthly, expected) in [
            (0, 0, 0, "03-10T14"),
            (1, 0, 0, "03-10T14"),
            (3, 0, 0, "03-08T01 03-09T01 03-10T14"),
            // 2026-03-08 and the days before it in steps of a week are Sundays.
            (0, 3, 0, "03-01T01 03-08T01 03-10T14"),
            (0, 0, 3, "01-31T01 02-28T01 03-10T14"),
            (2, 2, 2, "02-28T01 03-08T01 03-09T01 03-10T14"),
        ] {
            assert_eq!(days(Retention { daily, weekly, monthly }, &sets), expected, "{daily} {weekly} {monthly}");
        }
        let kept = Retention::default().kept(&sets, &zone);
        // Seven days from 03-04 on; of five weeks the Sundays 02-15, 02-22 and 03-01 are new, 03-08 is not; twelve months from 2025-04.
        assert_eq!(kept.len(), 7 + 3 + 11);
        assert_eq!(Retention::default().kept(&kept, &zone), kept, "what was kept is kept again");
        assert_eq!(Retention::default().kept(&BTreeSet::new(), &zone), BTreeSet::new());
        // Where sets are rare, the last ones count, however old.
        let rare: BTreeSet<Moment> =
            [moment("2020-01-01T00:00:00Z"), moment("2023-01-01T00:00:00Z")].into_iter().collect();
        assert_eq!(Retention { daily: 2, weekly: 0, monthly: 0 }.kept(&rare, &zone), rare);
    }

    #[test]
    fn settings_are_read_and_mistakes_are_named() {
        let read = |text: &str| Settings::of_city(&text.parse().unwrap());
        assert_eq!(read("").unwrap(), Settings::default());
        let all = "[backup]\nto = \"/b\"\nhour = 2\nkeep_daily = 3\nkeep_weekly = 0\nkeep_monthly = 24";
        let retention = Retention { daily: 3, weekly: 0, monthly: 24 };
        assert_eq!(read(all).unwrap(), Settings { to: Some("/b".to_owned()), hour: 2, retention });
        for (text, named) in [
            ("backup = 1", "[backup]"),
            ("[backup]\nto = \"\"", "backup.to"),
            ("[backup]\nhour = 24", "0 to 23"),
            ("[backup]\nkeep_daily = -1", "backup.keep_daily"),
            ("[backup]\nfolder = \"x\"", "backup.folder is not known"),
        ] {
            assert!(read(text).unwrap_err().contains(named), "{text}");
        }
    }

    #[test]
    fn a_days_set_is_due_from_its_hour_on() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        for (now, day) in [
            ("2026-03-10T00:59:59+08:00", "2026-03-09"),
            ("2026-03-10T01:00:00+08:00", "2026-03-10"),
            ("2026-03-10T23:00:00+08:00", "2026-03-10"),
        ] {
            assert_eq!(Settings::default().day_due(moment(now), &zone).to_string(), day, "{now}");
        }
    }
}
