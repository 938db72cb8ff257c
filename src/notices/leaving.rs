//! When a notice may leave the program, and when it is tried again. Rules only: the moment and the calendar are handed in.

use super::notice::Urgency;
use crate::kit::clock::Moment;
use crate::kit::words::enum_of_words;
use crate::law::Calendar;
use jiff::ToSpan;
use jiff::civil::Time;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// How long after each failure it is tried again; after the last the delivery has failed.
pub const BACK_OFF: [i64; 5] = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR];
/// How many days are searched for an opening; no run of days off has ever been nearly as long.
const SEARCHED: i32 = 60;

enum_of_words! {
    /// Why a notice leaves when it does.
    Why {
        /// It is urgent, so at once.
        Urgent = "urgent",
        /// It is within the working hours.
        WithinHours = "within_hours",
        /// It waits for the next opening of the working hours.
        NextOpening = "next_opening",
        /// It waits for the end of the person's own quiet hours.
        OwnQuiet = "own_quiet",
        /// The calendar of that year is not loaded: the plain working hours of the day count, whatever day it is.
        NotLoaded = "not_loaded",
    }
}

/// Hours in which somebody wishes to be told nothing that is not urgent; they may run over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from: Time,
    until: Time,
}

impl Quiet {
    /// Quiet hours from one time of day to another; none when the two are the same.
    pub fn new(from: Time, until: Time) -> Option<Quiet> {
        (from != until).then_some(Quiet { from, until })
    }

    /// When they begin and end.
    pub fn times(self) -> (Time, Time) {
        (self.from, self.until)
    }

    /// True when nothing is left of the working hours.
    pub fn swallows(self, calendar: &Calendar) -> bool {
        calendar.hours().spans().iter().all(|(open, close)| match self.from < self.until {
            true => self.from <= *open && *close <= self.until,
            // Over midnight, one of its two parts must hold the whole span.
            false => self.from <= *open || *close <= self.until,
        })
    }

    /// The moment itself when it is not within the quiet hours, otherwise their end.
    fn after(self, at: Moment, calendar: &Calendar) -> Moment {
        let today = calendar.date_of(at);
        for days in [-1, 0] {
            let Ok(day) = today.checked_add(days.days()) else { continue };
            let last = if self.from < self.until { Ok(day) } else { day.tomorrow() };
            let Ok(last) = last else { continue };
            let (from, until) = (calendar.moment(day, self.from), calendar.moment(last, self.until));
            if from <= at && at < until {
                return until;
            }
        }
        at
    }
}

/// When a notice may leave, and why then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// From this moment on; now or later.
    pub at: Moment,
    /// Why then.
    pub why: Why,
}

/// When a notice may leave: an urgent one at once; another within the working hours of a working day and outside of the
/// person's own quiet hours, else at the next such moment.
pub fn may_leave(urgency: Urgency, quiet: Option<Quiet>, calendar: &Calendar, now: Moment) -> Leave {
    if urgency == Urgency::Urgent {
        return Leave { at: now, why: Why::Urgent };
    }
    // Quiet hours that leave nothing of the working hours would keep it for ever, so they do not count.
    let quiet = quiet.filter(|quiet| !quiet.swallows(calendar));
    opening(quiet, calendar, now).unwrap_or(Leave { at: now.plus(24 * HOUR), why: Why::NextOpening })
}

fn opening(quiet: Option<Quiet>, calendar: &Calendar, now: Moment) -> Option<Leave> {
    let today = calendar.date_of(now);
    for days in 0..SEARCHED {
        let day = today.checked_add(days.days()).ok()?;
        let is_loaded = match calendar.is_working_day(day) {
            Ok(false) => continue,
            Ok(true) => true,
            Err(_) => false,
        };
        for (open, close) in calendar.hours().spans() {
            let open = calendar.moment(day, *open).max(now);
            let at = quiet.map_or(open, |quiet| quiet.after(open, calendar));
            if at < calendar.moment(day, *close) {
                let why = match () {
                    () if !is_loaded => Why::NotLoaded,
                    () if at > open => Why::OwnQuiet,
                    () if at == now => Why::WithinHours,
                    () => Why::NextOpening,
                };
                return Some(Leave { at, why });
            }
        }
    }
    None
}

/// When it is tried again after `tries` tries that all failed; never after the last.
pub fn again(tries: i64, now: Moment) -> Option<Moment> {
    let position = usize::try_from(tries).ok()?.checked_sub(1)?;
    BACK_OFF.get(position).map(|wait| now.plus(*wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{WorkingHours, calendar::FOLDER};
    use jiff::civil::{Weekday, date, time};
    use proptest::prelude::*;
    use std::sync::OnceLock;

    fn calendar() -> &'static Calendar {
        static READ: OnceLock<Calendar> = OnceLock::new();
        READ.get_or_init(read)
    }

    fn read() -> Calendar {
        let files = crate::kit::sources::Sources::embedded().folder(FOLDER);
        let hours = r#"working_hours = { morning = ["08:30", "12:00"], afternoon = ["14:00", "17:30"] }"#;
        let hours = WorkingHours::of_city(&toml::from_str(hours).expect("toml")).expect("hours");
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
        Calendar::load(&files, hours, zone).expect("a calendar")
    }

    fn at(text: &str) -> Moment {
        let local: jiff::civil::DateTime = text.parse().expect("a local moment");
        calendar().moment(local.date(), local.time())
    }

    fn quiet(text: &str) -> Option<Quiet> {
        let (from, until) = text.split_once('-')?;
        Quiet::new(from.parse().expect("a time"), until.parse().expect("a time"))
    }

    #[test]
    fn ordinary_notices_leave_within_the_working_hours() {
        use Weekday::*;
        use Why::*;
        // Working hours 08:30–12:00 and 14:00–17:30.
        let rows = [
            (Tuesday, "2026-03-10T10:00", "", "2026-03-10T10:00", WithinHours, "a plain working day"),
            (Tuesday, "2026-03-10T08:30", "", "2026-03-10T08:30", WithinHours, "the very opening"),
            (Tuesday, "2026-03-10T07:00", "", "2026-03-10T08:30", NextOpening, "early"),
            (Tuesday, "2026-03-10T12:00", "", "2026-03-10T14:00", NextOpening, "the noon break"),
            (Tuesday, "2026-03-10T17:30", "", "2026-03-11T08:30", NextOpening, "closing time is closed"),
            (Friday, "2026-03-13T21:00", "", "2026-03-16T08:30", NextOpening, "Friday night to Monday"),
            (Sunday, "2026-03-15T10:00", "", "2026-03-16T08:30", NextOpening, "Sunday to Monday"),
            (Saturday, "2026-10-10T10:00", "", "2026-10-10T10:00", WithinHours, "a make-up Saturday is worked"),
            (Friday, "2026-10-09T18:00", "", "2026-10-10T08:30", NextOpening, "to the make-up Saturday"),
            (Wednesday, "2026-09-30T18:00", "", "2026-10-08T08:30", NextOpening, "over National Day"),
            (Thursday, "2026-10-01T10:00", "", "2026-10-08T08:30", NextOpening, "National Day itself"),
            (Saturday, "2026-02-14T09:00", "", "2026-02-14T09:00", WithinHours, "worked before Spring Festival"),
            (Monday, "2026-02-16T09:00", "", "2026-02-24T08:30", NextOpening, "Spring Festival"),
            (Thursday, "2026-12-31T18:00", "", "2027-01-01T08:30", NotLoaded, "2027 is not loaded: plain hours"),
            (Saturday, "2027-01-02T10:00", "", "2027-01-02T10:00", NotLoaded, "whatever day it is"),
            (Tuesday, "2026-03-10T10:00", "22:00-07:00", "2026-03-10T10:00", WithinHours, "not quiet now"),
            (Tuesday, "2026-03-10T08:40", "22:00-09:00", "2026-03-10T09:00", OwnQuiet, "sleeps longer"),
            (Tuesday, "2026-03-10T06:00", "22:00-09:00", "2026-03-10T09:00", OwnQuiet, "over midnight"),
            (Tuesday, "2026-03-10T10:00", "08:00-13:00", "2026-03-10T14:00", NextOpening, "quiet all morning"),
            (Tuesday, "2026-03-10T10:00", "09:00-15:30", "2026-03-10T15:30", OwnQuiet, "quiet over noon"),
            (Tuesday, "2026-03-10T17:00", "16:30-18:00", "2026-03-11T08:30", NextOpening, "quiet until after closing"),
            (
                Tuesday,
                "2026-03-10T10:00",
                "08:00-18:00",
                "2026-03-10T10:00",
                WithinHours,
                "leaves nothing: not counted",
            ),
        ];
        for (weekday, now, own, leaves, why, what) in rows {
            assert_eq!(calendar().date_of(at(now)).weekday(), weekday, "{now}");
            let found = may_leave(Urgency::Ordinary, quiet(own), calendar(), at(now));
            assert_eq!(found, Leave { at: at(leaves), why }, "{now} {own}: {what}");
            let urgent = may_leave(Urgency::Urgent, quiet(own), calendar(), at(now));
            assert_eq!(urgent, Leave { at: at(now), why: Why::Urgent }, "{now}: an urgent one never waits");
        }
    }

    #[test]
    fn quiet_hours_must_leave_something_of_the_day() {
        let swallows = |text: &str| quiet(text).expect("hours").swallows(calendar());
        assert!(swallows("08:00-18:00") && swallows("08:30-17:30"));
        assert!(!swallows("08:31-17:30") && !swallows("08:30-17:29") && !swallows("22:00-07:00"));
        assert!(swallows("12:30-12:00"), "all but half an hour of the noon break");
        assert_eq!(Quiet::new(time(8, 0, 0, 0), time(8, 0, 0, 0)), None);
    }

    #[test]
    fn it_is_tried_again_five_times() {
        let waits: Vec<_> = (1..=6).map(|tries| again(tries, Moment(0)).map(|at| at.0 / MINUTE)).collect();
        assert_eq!(waits, [Some(1), Some(5), Some(30), Some(120), Some(360), None]);
        assert_eq!(again(0, Moment(0)), None);
    }

    proptest! {
        /// Whatever the moment and the quiet hours: it leaves now or later, never before; when it does, it is within the
        /// working hours, outside of quiet hours that leave something; and asked again then, it may leave.
        #[test]
        fn it_leaves_within_the_hours(minutes in 0i64..(4 * 525_600), from in 0i8..24, until in 0i8..24) {
            let calendar = calendar();
            let now = Moment(calendar.moment(date(2023, 1, 1), time(0, 0, 0, 0)).0 + minutes * MINUTE);
            let own = Quiet::new(time(from, 0, 0, 0), time(until, 0, 0, 0));
            let leave = may_leave(Urgency::Ordinary, own, calendar, now);
            prop_assert!(leave.at >= now);
            let zoned = leave.at.zoned(calendar.zone());
            let clock = zoned.time();
            prop_assert!(calendar.hours().spans().iter().any(|(open, close)| *open <= clock && clock < *close));
            prop_assert!(calendar.is_working_day(zoned.date()).unwrap_or(true));
            let again = may_leave(Urgency::Ordinary, own, calendar, leave.at);
            prop_assert_eq!(again.at, leave.at);
            if let Some(own) = own.filter(|own| !own.swallows(calendar)) {
                prop_assert_eq!(own.after(leave.at, calendar), leave.at);
            }
        }
    }
}
