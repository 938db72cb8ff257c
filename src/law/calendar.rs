//! The working calendar: which days are worked, and between which hours.

use crate::catalog::Problem;
use crate::catalog::problem::version_of;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The year of a day is not in the calendar, so nobody knows yet whether the day is worked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CalendarNotLoaded {
    /// The day that was asked about.
    pub date: Date,
}

impl From<CalendarNotLoaded> for Refusal {
    fn from(missing: CalendarNotLoaded) -> Refusal {
        Refusal::new("law-calendar-not-loaded").with("year", missing.date.year()).with("day", missing.date)
    }
}

/// What a day is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DayKind {
    /// A plain working day.
    Working,
    /// A Saturday or Sunday that is worked to make up for a holiday (调休上班), with the holiday's name.
    MakeUp(String),
    /// A plain Saturday or Sunday.
    Weekend,
    /// A holiday or a day off moved to it, with its name.
    Holiday(String),
}

impl DayKind {
    /// True when the day is worked.
    pub fn is_working(&self) -> bool {
        matches!(self, DayKind::Working | DayKind::MakeUp(_))
    }
}

/// The hours of a working day, the same on every working day; in order, not touching, none empty.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WorkingHours(Vec<(Time, Time)>);

impl WorkingHours {
    /// Hours from pairs of opening and closing.
    ///
    /// # Errors
    /// The key of the sentence when there is none, when one is empty or when they are out of order.
    pub fn new(spans: Vec<(Time, Time)>) -> Result<WorkingHours, &'static str> {
        let ordered = spans.windows(2).all(|pair| pair[0].1 < pair[1].0);
        if spans.is_empty() || !ordered || spans.iter().any(|(open, close)| open >= close) {
            return Err("law-hours-disordered");
        }
        Ok(WorkingHours(spans))
    }

    /// Hours from a city's settings: `[working_hours]` with `morning` and `afternoon`, each `["08:30", "12:00"]`; either
    /// may be absent.
    ///
    /// # Errors
    /// The key of the sentence when the table is absent, unreadable or out of order.
    pub fn of_city(settings: &toml::Table) -> Result<WorkingHours, &'static str> {
        let table = settings.get("working_hours").and_then(toml::Value::as_table).ok_or("law-hours-missing")?;
        let mut spans = Vec::new();
        for part in ["morning", "afternoon", "evening"] {
            let Some(value) = table.get(part) else { continue };
            let texts: Vec<&str> = value.as_array().into_iter().flatten().filter_map(toml::Value::as_str).collect();
            let [open, close] = texts[..] else { return Err("law-hours-unreadable") };
            let time = |text: &str| text.parse::<Time>().map_err(|_| "law-hours-unreadable");
            spans.push((time(open)?, time(close)?));
        }
        WorkingHours::new(spans)
    }

    /// The spans of opening and closing, in order.
    pub fn spans(&self) -> &[(Time, Time)] {
        &self.0
    }

    /// The length of a working day in milliseconds.
    pub fn milliseconds(&self) -> i64 {
        self.0.iter().map(|(open, close)| open.duration_until(*close).as_millis() as i64).sum()
    }
}

/// The working calendar of a city: loaded years, exceptions to the plain week, working hours and the time zone.
///
/// A year counts as loaded when its own file is there, even though a neighbouring year's notice may name some of its
/// days: before its own notice is out, nobody knows the rest. The last days of the last loaded year may still change
/// when the next notice comes (29 December 2018 became a working day that way).
#[derive(Clone, Debug)]
pub struct Calendar {
    years: BTreeSet<i16>,
    exceptions: BTreeMap<Date, DayKind>,
    hours: WorkingHours,
    zone: TimeZone,
    version: String,
}

/// What a calendar said of the days from one day on, to be kept by whatever was reckoned with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnownDays {
    /// The first day.
    from: Date,
    /// The years that were loaded, ascending.
    years: Vec<i16>,
    /// By the name of the holiday: the days off, and the days worked to make up for them.
    festivals: BTreeMap<String, (Vec<Date>, Vec<Date>)>,
}

impl KnownDays {
    /// Whether a calendar says the same of these days, whatever else it has learnt.
    pub fn agree_with(&self, calendar: &Calendar) -> bool {
        calendar.known(self.from, |year| self.years.contains(&year)) == *self
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i16,
    #[serde(default)]
    notice: Vec<Notice>,
    #[serde(default)]
    festival: Vec<Festival>,
}

/// The decision that a year's days rest on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read so that a misspelt field is an error; shown to lawyers in the file itself")]
struct Notice {
    title: String,
    number: Option<String>,
    published_on: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Festival {
    name: String,
    #[serde(default)]
    off: Vec<Date>,
    #[serde(default)]
    work: Vec<Date>,
}

/// The folder of the calendar's files.
pub const FOLDER: &str = "law/holidays/";

/// Every problem of the calendar's files, which are pairs of path and text.
pub fn check(files: &[(String, String)]) -> Vec<Problem> {
    read(files).2
}

type Days = BTreeMap<Date, DayKind>;

fn read(files: &[(String, String)]) -> (BTreeSet<i16>, Days, Vec<Problem>) {
    let (mut years, mut days, mut problems) = (BTreeSet::new(), Days::new(), Vec::new());
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".toml")) {
        let file: YearFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                problems.push(Problem::unreadable(path, text, &error));
                continue;
            }
        };
        if !years.insert(file.year) {
            problems.push(Problem::new(path, file.year, "law-year-twice").with("year", file.year.to_string()));
        }
        if file.notice.iter().all(|notice| notice.title.trim().is_empty()) {
            problems.push(Problem::new(path, file.year, "law-citation-missing"));
        }
        for festival in file.festival {
            let off = festival.off.iter().map(|date| (*date, DayKind::Holiday(festival.name.clone())));
            let work = festival.work.iter().map(|date| (*date, DayKind::MakeUp(festival.name.clone())));
            for (date, kind) in off.chain(work) {
                if (date.year() - file.year).abs() > 1 {
                    problems.push(Problem::new(path, date, "law-day-of-another-year").with("day", date));
                }
                let before = days.insert(date, kind.clone());
                if before.is_some_and(|before| before.is_working() != kind.is_working()) {
                    problems.push(Problem::new(path, date, "law-day-twice").with("day", date));
                }
            }
        }
    }
    if years.is_empty() {
        problems.push(Problem::new(FOLDER, "", "law-no-year"));
    }
    (years, days, problems)
}

impl Calendar {
    /// Reads the files of [`FOLDER`], pairs of path and text.
    ///
    /// # Errors
    /// Every problem found, as [`check`] answers them.
    pub fn load(files: &[(String, String)], hours: WorkingHours, zone: TimeZone) -> Result<Calendar, Vec<Problem>> {
        let (years, exceptions, problems) = read(files);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Calendar { years, exceptions, hours, zone, version: version_of(files) })
    }

    /// The same days with other working hours.
    #[must_use]
    pub fn with_hours(&self, hours: WorkingHours) -> Calendar {
        Calendar { hours, ..self.clone() }
    }

    /// What it says of the days from `from` on.
    pub fn known_from(&self, from: Date) -> KnownDays {
        self.known(from, |_| true)
    }

    fn known(&self, from: Date, wanted: impl Fn(i16) -> bool) -> KnownDays {
        let years = self.years.iter().copied().filter(|year| *year >= from.year() && wanted(*year)).collect::<Vec<_>>();
        let mut festivals: BTreeMap<String, (Vec<Date>, Vec<Date>)> = BTreeMap::new();
        for (date, kind) in self.exceptions.range(from..).filter(|(date, _)| years.contains(&date.year())) {
            match kind {
                DayKind::Holiday(name) => festivals.entry(name.clone()).or_default().0.push(*date),
                DayKind::MakeUp(name) => festivals.entry(name.clone()).or_default().1.push(*date),
                DayKind::Working | DayKind::Weekend => {}
            }
        }
        KnownDays { from, years, festivals }
    }

    /// The same calendar, but those days as they were said to be then; years that nobody knew then are this calendar's.
    #[must_use]
    pub fn with_days(&self, then: &KnownDays) -> Calendar {
        let mut own = self.clone();
        own.years.extend(&then.years);
        own.exceptions.retain(|date, _| *date < then.from || !then.years.contains(&date.year()));
        for (name, (off, work)) in &then.festivals {
            own.exceptions.extend(off.iter().map(|date| (*date, DayKind::Holiday(name.clone()))));
            own.exceptions.extend(work.iter().map(|date| (*date, DayKind::MakeUp(name.clone()))));
        }
        own
    }

    /// What a day is.
    ///
    /// # Errors
    /// [`CalendarNotLoaded`] when the day's year is not loaded: the calendar never guesses.
    pub fn day(&self, date: Date) -> Result<DayKind, CalendarNotLoaded> {
        if !self.years.contains(&date.year()) {
            return Err(CalendarNotLoaded { date });
        }
        Ok(self.exceptions.get(&date).cloned().unwrap_or(match date.weekday() {
            Weekday::Saturday | Weekday::Sunday => DayKind::Weekend,
            _ => DayKind::Working,
        }))
    }

    /// True when the day is worked.
    ///
    /// # Errors
    /// [`CalendarNotLoaded`] when the day's year is not loaded.
    pub fn is_working_day(&self, date: Date) -> Result<bool, CalendarNotLoaded> {
        self.day(date).map(|kind| kind.is_working())
    }

    /// The loaded years, ascending.
    pub fn loaded_years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.iter().copied()
    }

    /// The working hours.
    pub fn hours(&self) -> &WorkingHours {
        &self.hours
    }

    /// The time zone in which days begin and end.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A digest of the files, to be kept on a case.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The civil day of a moment.
    pub fn date_of(&self, moment: Moment) -> Date {
        moment.zoned(&self.zone).date()
    }

    /// The moment of a day and a time of day; a time that the clocks skip reads as the one after the gap.
    pub fn moment(&self, date: Date, time: Time) -> Moment {
        let zoned = self.zone.to_ambiguous_zoned_datetime(date.to_datetime(time)).compatible();
        // Only dates at the very ends of the year range can fail.
        zoned.map_or(Moment(if date.year() < 0 { i64::MIN } else { i64::MAX }), |zoned| Moment::from(&zoned))
    }

    /// The working spans of a day as moments; a day of rest has none. Whether the day is worked is not asked here.
    pub(super) fn spans(&self, date: Date) -> impl Iterator<Item = (Moment, Moment)> + '_ {
        self.hours.spans().iter().map(move |(open, close)| (self.moment(date, *open), self.moment(date, *close)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use jiff::civil::date;

    /// The holidays of the package, Wanglan's hours, China's time.
    pub fn calendar() -> Calendar {
        let files = crate::kit::sources::Sources::embedded().folder(FOLDER);
        let hours = r#"working_hours = { morning = ["08:30", "12:00"], afternoon = ["14:00", "17:30"] }"#;
        let hours = WorkingHours::of_city(&toml::from_str(hours).expect("toml")).expect("hours");
        Calendar::load(&files, hours, TimeZone::get("Asia/Shanghai").expect("zone")).expect("calendar")
    }

    #[test]
    fn the_packages_files_have_no_problem_and_cover_2018_to_2026() {
        assert_eq!(check(&crate::kit::sources::Sources::embedded().folder(FOLDER)), []);
        assert_eq!(calendar().loaded_years().collect::<Vec<_>>(), (2018..=2026).collect::<Vec<_>>());
        assert_eq!(calendar().version().len(), 12);
        assert_eq!(calendar().hours().milliseconds(), 7 * 3_600_000);
    }

    #[test]
    fn days_are_what_the_notices_say() {
        let calendar = calendar();
        let rows = [
            (date(2018, 12, 29), Weekday::Saturday, true, "worked for New Year 2019, by next year's notice"),
            (date(2018, 12, 31), Weekday::Monday, false, "off for New Year 2019"),
            (date(2020, 1, 31), Weekday::Friday, false, "the prolonged Spring Festival of 2020"),
            (date(2020, 2, 3), Weekday::Monday, true, "work again"),
            (date(2022, 12, 31), Weekday::Saturday, false, "off"),
            (date(2024, 2, 4), Weekday::Sunday, true, "worked for Spring Festival"),
            (date(2025, 10, 11), Weekday::Saturday, true, "worked for National Day"),
            (date(2026, 2, 14), Weekday::Saturday, true, "worked for Spring Festival"),
            (date(2026, 2, 23), Weekday::Monday, false, "the last day of Spring Festival"),
            (date(2026, 5, 10), Weekday::Sunday, false, "a plain Sunday"),
            (date(2026, 10, 7), Weekday::Wednesday, false, "National Day"),
            (date(2026, 10, 8), Weekday::Thursday, true, "work again"),
        ];
        for (day, weekday, worked, why) in rows {
            assert_eq!(day.weekday(), weekday, "{day}");
            assert_eq!(calendar.is_working_day(day), Ok(worked), "{day}: {why}");
        }
    }

    #[test]
    fn days_that_were_known_stay_as_they_were() {
        let then = calendar();
        let known = then.known_from(date(2026, 3, 10));
        assert!(known.agree_with(&then));
        let notice = |year: i16, days: &str| {
            let text = format!("year = {year}\n[[notice]]\ntitle = \"通知\"\n[[festival]]\nname = \"某节\"\n{days}");
            (format!("law/holidays/{year}.toml"), text)
        };
        let moved = [
            notice(2026, "off = [\"2026-03-09\", \"2026-03-11\"]\nwork = [\"2026-03-14\"]\n"),
            notice(2027, "off = [\"2027-01-04\"]\n"),
        ];
        let now = Calendar::load(&moved, then.hours().clone(), then.zone().clone()).expect("loads");
        assert!(!known.agree_with(&now));
        let kept = now.with_days(&known);
        // (day, weekday, worked by the new calendar, worked by the kept days)
        let rows = [
            (date(2026, 3, 9), Weekday::Monday, false, false),
            (date(2026, 3, 11), Weekday::Wednesday, false, true),
            (date(2026, 3, 14), Weekday::Saturday, true, false),
            (date(2026, 10, 1), Weekday::Thursday, true, false),
            (date(2027, 1, 4), Weekday::Monday, false, false),
            (date(2027, 1, 5), Weekday::Tuesday, true, true),
        ];
        for (day, weekday, by_new, by_kept) in rows {
            assert_eq!(day.weekday(), weekday, "{day}");
            assert_eq!((now.is_working_day(day), kept.is_working_day(day)), (Ok(by_new), Ok(by_kept)), "{day}");
        }
        // What was learnt on the way is kept as well.
        assert!(kept.known_from(date(2026, 3, 10)).agree_with(&kept));
        let text = serde_json::to_string(&known).expect("text");
        assert_eq!(serde_json::from_str::<KnownDays>(&text).expect("days"), known);
        assert!(text.len() < 800, "{text}");
    }

    #[test]
    fn an_unknown_year_is_refused() {
        for day in [date(2017, 12, 31), date(2027, 1, 1), date(2027, 6, 2)] {
            assert_eq!(calendar().day(day), Err(CalendarNotLoaded { date: day }));
        }
        let refusal = Refusal::from(CalendarNotLoaded { date: date(2027, 1, 4) });
        assert_eq!(refusal.key, "law-calendar-not-loaded");
    }

    #[test]
    fn days_of_the_next_year_in_a_file_do_not_load_that_year() {
        let text = "year = 2026\n[[notice]]\ntitle = \"通知\"\n[[festival]]\nname = \"元旦\"\noff = [\"2027-01-01\"]\n";
        let files = [("law/holidays/2026.toml".to_owned(), text.to_owned())];
        let hours = calendar().hours().clone();
        let calendar = Calendar::load(&files, hours, TimeZone::UTC).expect("loads");
        assert!(calendar.is_working_day(date(2027, 1, 1)).is_err());
    }

    #[test]
    fn faults_are_found() {
        let check_one = |text: &str| -> Vec<&'static str> {
            let files = [("law/holidays/x.toml".to_owned(), text.to_owned())];
            check(&files).into_iter().map(|problem| problem.key).collect()
        };
        assert_eq!(check_one("year = 2026"), ["law-citation-missing"]);
        assert_eq!(check_one("year = "), ["catalog-file-unreadable", "law-no-year"]);
        let cited = "year = 2026\n[[notice]]\ntitle = \"通知\"\n";
        assert_eq!(check_one(cited), [""; 0]);
        let both = "[[festival]]\nname = \"a\"\noff = [\"2026-01-01\"]\nwork = [\"2026-01-01\"]\n";
        assert_eq!(check_one(&format!("{cited}{both}")), ["law-day-twice"]);
        let far = "[[festival]]\nname = \"a\"\noff = [\"2029-01-01\"]\n";
        assert_eq!(check_one(&format!("{cited}{far}")), ["law-day-of-another-year"]);
        assert_eq!(check_one(&format!("{cited}years = 1\n")), ["catalog-file-unreadable", "law-no-year"]);
    }

    #[test]
    fn disordered_hours_are_refused() {
        let hours = |text: &str| WorkingHours::of_city(&toml::from_str(text).expect("toml")).map(|_| ());
        assert_eq!(hours(""), Err("law-hours-missing"));
        assert_eq!(hours("working_hours = {}"), Err("law-hours-disordered"));
        assert_eq!(hours(r#"working_hours = { morning = ["8 o'clock", "12:00"] }"#), Err("law-hours-unreadable"));
        assert_eq!(hours(r#"working_hours = { morning = ["12:00", "08:00"] }"#), Err("law-hours-disordered"));
        assert_eq!(
            hours(r#"working_hours = { morning = ["08:00", "14:00"], afternoon = ["13:00", "18:00"] }"#),
            Err("law-hours-disordered")
        );
        assert_eq!(hours(r#"working_hours = { morning = ["09:00", "17:00"] }"#), Ok(()));
    }

    #[test]
    fn every_day_agrees_with_the_published_table() {
        let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        let folder = std::env::var_os("STEWARD_REAL_DATA").map_or(beside, std::path::PathBuf::from);
        let Ok(text) = std::fs::read_to_string(folder.join("holidays-cn/cn_calendar_2018_2026.csv")) else {
            println!("skipped: {} has no holidays-cn/cn_calendar_2018_2026.csv", folder.display());
            return;
        };
        let calendar = calendar();
        let mut rows = 0;
        for line in text.lines().skip(1) {
            let mut fields = line.split(',');
            let (day, kind) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            let day: Date = day.parse().expect("a date");
            assert_eq!(calendar.is_working_day(day), Ok(kind == "makeup_workday"), "{day}");
            rows += 1;
        }
        assert!(rows > 300, "{rows}");
    }
}
