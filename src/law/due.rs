//! When something is due, and why then.
//!
//! What each unit counts:
//!
//! * 紧急工作时 and 紧急工作日: hours, or days of 24 hours, that run on through nights, weekends and holidays.
//! * 工作时: hours inside the working hours of working days.
//! * 工作日: working days. The day of the start is not counted (民法典 art. 201) and the last day ends when business ends
//!   (art. 203 ¶2), so a limit of one working day that starts on Monday ends on Tuesday at closing time. A city may instead
//!   choose the same clock time: then n working days are n times a working day's hours ([`WorkingDays::SameClockTime`]).
//! * 自然日: days of the calendar, to the same clock time by default; a city may choose the end of the n-th day.
//!
//! A pause stops the count and nothing else. Every limit is first turned into an amount of time, either of all time or of
//! working time; the due moment is where that amount has been counted outside the pauses. So a pause of three working
//! hours moves the due moment by three working hours, a pause in the night moves it by nothing, and no second is lost or
//! gained.

use super::calendar::{Calendar, CalendarNotLoaded, DayKind};
use crate::catalog::{Limit, Unit};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

const HOUR: i64 = 3_600_000;
/// The longest limit in hours or days.
const LONGEST: u32 = 3650;
/// The longest limit in minutes.
const MOST_MINUTES: u32 = 100_000;
const MINUTE: i64 = 60_000;

/// How a city reads 工作日.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkingDays {
    /// To the end of the working hours of the n-th working day after the day of the start.
    #[default]
    EndOfHours,
    /// To the same clock time n working days on; a start outside working hours counts from the next opening.
    SameClockTime,
}

/// How a city reads 自然日.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NaturalDays {
    /// To the same clock time n days on.
    #[default]
    SameClockTime,
    /// To the end (24:00) of the n-th day after the day of the start.
    EndOfDay,
}

/// The readings that a city has chosen where the law leaves a choice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conventions {
    /// How 工作日 end.
    pub working_days: WorkingDays,
    /// How 自然日 end.
    pub natural_days: NaturalDays,
}

impl Conventions {
    /// The readings of a city's settings: `[law]` with `working_days` (`end_of_hours` or `same_clock_time`) and
    /// `natural_days` (`same_clock_time` or `end_of_day`); what is absent has its default.
    ///
    /// # Errors
    /// The key of the sentence when a reading is unknown.
    pub fn of_city(settings: &toml::Table) -> Result<Conventions, &'static str> {
        let table = settings.get("law").cloned().unwrap_or_else(|| toml::Value::Table(toml::Table::new()));
        table.try_into().map_err(|_| "law-conventions-unknown")
    }
}

/// A time during which a clock stands still, for example while a case is shelved (挂账).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pause {
    /// When the clock stopped.
    pub from: Moment,
    /// When it ran on; nothing while it still stands.
    pub until: Option<Moment>,
}

/// A due moment and the way to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Due {
    /// When it is due.
    pub at: Moment,
    /// Why then: the first step is the start, the last is the due moment.
    pub trace: Vec<TraceStep>,
}

/// One step on the way to a due moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TraceStep {
    /// What happens in it.
    pub kind: StepKind,
    /// The civil day on which it begins.
    pub day: Date,
    /// When it begins.
    pub from: Moment,
    /// When it ends; equal to `from` for the start and the due moment.
    pub to: Moment,
    /// The minutes that it uses up, rounded down.
    pub minutes: i64,
}

/// What happens in a step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The clock starts.
    Started,
    /// Time runs on day and night.
    Ran,
    /// Working time is counted.
    Counted,
    /// Working time is counted on a make-up working day of the named holiday.
    CountedMakeUp(String),
    /// The day of the start, which is not one of the counted working days.
    StartDay,
    /// The n-th working day.
    WorkingDay(u32),
    /// The n-th working day, a make-up working day of the named holiday.
    MakeUpDay(u32, String),
    /// A weekend.
    Weekend,
    /// Days off of the named holiday.
    Holiday(String),
    /// The clock stands still.
    Paused,
    /// It is due.
    Due,
}

impl TraceStep {
    /// The key of the step's sentence.
    pub fn key(&self) -> &'static str {
        match self.kind {
            StepKind::Started => "law-step-started",
            StepKind::Ran => "law-step-ran",
            StepKind::Counted => "law-step-counted",
            StepKind::CountedMakeUp(_) => "law-step-counted-make-up",
            StepKind::StartDay => "law-step-start-day",
            StepKind::WorkingDay(_) => "law-step-working-day",
            StepKind::MakeUpDay(..) => "law-step-make-up-day",
            StepKind::Weekend => "law-step-weekend",
            StepKind::Holiday(_) => "law-step-holiday",
            StepKind::Paused => "law-step-paused",
            StepKind::Due => "law-step-due",
        }
    }

    /// What the sentence needs: `day` and `last` (days), `weekday` (1 Monday … 7 Sunday), `from` and `to` (clock times),
    /// `minutes`, `hours` and `rest` (minutes beyond the hours), `n` and `name` where the kind has them.
    pub fn args(&self, calendar: &Calendar) -> Vec<(&'static str, String)> {
        let (from, to) = (self.from.zoned(calendar.zone()), self.to.zoned(calendar.zone()));
        // A rest ends at the midnight after its last day.
        let whole_days = matches!(self.kind, StepKind::Weekend | StepKind::Holiday(_));
        let last = if whole_days { to.date().yesterday().unwrap_or(to.date()) } else { to.date() };
        let clock = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
        let mut args = vec![
            ("day", self.day.to_string()),
            ("last", last.to_string()),
            ("weekday", self.day.weekday().to_monday_one_offset().to_string()),
            ("last-weekday", last.weekday().to_monday_one_offset().to_string()),
            ("from", clock(from.time())),
            ("to", clock(to.time())),
            ("minutes", self.minutes.to_string()),
            ("hours", (self.minutes / 60).to_string()),
            ("rest", (self.minutes % 60).to_string()),
        ];
        match &self.kind {
            StepKind::WorkingDay(n) => args.push(("n", n.to_string())),
            StepKind::MakeUpDay(n, name) => args.extend([("n", n.to_string()), ("name", name.clone())]),
            StepKind::CountedMakeUp(name) | StepKind::Holiday(name) => args.push(("name", name.clone())),
            _ => {}
        }
        args
    }
}

/// Which time a unit counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    All,
    Working,
}

fn measure(unit: Unit) -> Measure {
    match unit {
        Unit::UrgentHour | Unit::UrgentDay | Unit::NaturalDay | Unit::Minute => Measure::All,
        Unit::WorkingHour | Unit::WorkingDay | Unit::WorkingMinute => Measure::Working,
    }
}

/// When something that started at `start` is due under `limit`, and why then.
///
/// Pauses may come in any order and may overlap; what lies before the start does not count.
///
/// # Errors
/// `law-limit-out-of-range` for a limit of 0 or above 3650; `law-calendar-not-loaded` when the count needs a day whose year
/// is not loaded (never for 紧急工作时, 紧急工作日 and 自然日, which need no calendar); `law-clock-paused` when a pause that
/// has not ended begins before the limit is used up: then there is no due moment yet.
pub fn due(
    start: Moment,
    limit: Limit,
    calendar: &Calendar,
    conventions: &Conventions,
    pauses: &[Pause],
) -> Result<Due, Refusal> {
    in_range(limit)?;
    let amount = amount(start, limit, calendar, conventions)?;
    let mut walk = Walk::new(start, amount, pauses, calendar);
    let at = match measure(limit.unit) {
        Measure::All => walk.through(start, Moment(i64::MAX), &StepKind::Ran)?,
        Measure::Working => {
            let by_day = limit.unit == Unit::WorkingDay && conventions.working_days == WorkingDays::EndOfHours;
            Some(walk.over_working_days(by_day)?)
        }
    };
    let Some(at) = at else { return Err(Refusal::new("law-limit-out-of-range").with("longest", LONGEST)) };
    walk.push(StepKind::Due, calendar.date_of(at), at, at, 0);
    Ok(Due { at, trace: walk.trace })
}

fn in_range(limit: Limit) -> Result<(), Refusal> {
    let longest = if matches!(limit.unit, Unit::Minute | Unit::WorkingMinute) { MOST_MINUTES } else { LONGEST };
    match limit.value {
        value if value == 0 || value > longest => Err(Refusal::new("law-limit-out-of-range").with("longest", longest)),
        _ => Ok(()),
    }
}

/// When `percent` (1 to 100) of a limit has been used up: the moment of a warning before the due moment.
///
/// # Errors
/// As [`due`].
pub fn nearly(
    start: Moment,
    limit: Limit,
    percent: u8,
    calendar: &Calendar,
    conventions: &Conventions,
    pauses: &[Pause],
) -> Result<Moment, Refusal> {
    in_range(limit)?;
    let part = amount(start, limit, calendar, conventions)? * i64::from(percent.clamp(1, 100)) / 100;
    let mut walk = Walk::new(start, part.max(1), pauses, calendar);
    match measure(limit.unit) {
        Measure::All => walk
            .through(start, Moment(i64::MAX), &StepKind::Ran)?
            .ok_or_else(|| Refusal::new("law-limit-out-of-range").with("longest", LONGEST)),
        Measure::Working => walk.over_working_days(false),
    }
}

/// The milliseconds that a unit counts between two moments outside the pauses; nothing when `until` is not after `from`.
/// An open pause lasts to `until`.
///
/// # Errors
/// `law-calendar-not-loaded` when the count needs a day whose year is not loaded.
pub fn counted(from: Moment, until: Moment, unit: Unit, calendar: &Calendar, pauses: &[Pause]) -> Result<i64, Refusal> {
    let pauses = merged(from, pauses);
    let outside = |(from, to): (Moment, Moment)| -> i64 {
        let paused: i64 =
            pauses.iter().map(|pause| (pause.until.unwrap_or(to).0.min(to.0) - pause.from.0.max(from.0)).max(0)).sum();
        (to.0 - from.0).max(0) - paused
    };
    if until <= from {
        return Ok(0);
    }
    if measure(unit) == Measure::All {
        return Ok(outside((from, until)));
    }
    let (mut day, last, mut sum) = (calendar.date_of(from), calendar.date_of(until), 0);
    while day <= last {
        if calendar.is_working_day(day)? {
            for (open, close) in calendar.spans(day) {
                let span = (open.max(from), close.min(until));
                sum += if span.0 < span.1 { outside(span) } else { 0 };
            }
        }
        day = next(day)?;
    }
    Ok(sum)
}

fn next(day: Date) -> Result<Date, CalendarNotLoaded> {
    day.tomorrow().map_err(|_| CalendarNotLoaded { date: day })
}

/// The milliseconds that a limit allows from `start`, in its measure.
fn amount(start: Moment, limit: Limit, calendar: &Calendar, conventions: &Conventions) -> Result<i64, Refusal> {
    let value = i64::from(limit.value);
    Ok(match limit.unit {
        Unit::UrgentHour | Unit::WorkingHour => value * HOUR,
        Unit::Minute | Unit::WorkingMinute => value * MINUTE,
        Unit::UrgentDay => value * 24 * HOUR,
        Unit::NaturalDay => {
            let zoned = start.zoned(calendar.zone());
            let last = zoned.date().checked_add(value.days()).map_err(|_| CalendarNotLoaded { date: zoned.date() })?;
            let end = match conventions.natural_days {
                NaturalDays::SameClockTime => calendar.moment(last, zoned.time()),
                NaturalDays::EndOfDay => calendar.moment(next(last)?, Time::midnight()),
            };
            // A time of day has nanoseconds, a moment milliseconds; both ends are cut alike.
            end.0 - start.0
        }
        Unit::WorkingDay if conventions.working_days == WorkingDays::SameClockTime => {
            value * calendar.hours().milliseconds()
        }
        Unit::WorkingDay => {
            let mut day = calendar.date_of(start);
            let mut left = limit.value;
            while left > 0 {
                day = next(day)?;
                left -= u32::from(calendar.is_working_day(day)?);
            }
            let end = calendar.spans(day).last().map_or(start, |(_, close)| close);
            counted(start, end, limit.unit, calendar, &[])?
        }
    })
}

/// The pauses from `start` on, in order and not touching.
fn merged(start: Moment, pauses: &[Pause]) -> Vec<Pause> {
    let end = |pause: &Pause| pause.until.unwrap_or(Moment(i64::MAX));
    let mut sorted: Vec<Pause> = pauses
        .iter()
        .filter(|pause| end(pause) > pause.from.max(start))
        .map(|pause| Pause { from: pause.from.max(start), until: pause.until })
        .collect();
    sorted.sort_by_key(|pause| pause.from);
    let mut merged: Vec<Pause> = Vec::new();
    for pause in sorted {
        match merged.last_mut() {
            Some(last) if pause.from <= end(last) => {
                if end(&pause) > end(last) {
                    last.until = pause.until;
                }
            }
            _ => merged.push(pause),
        }
    }
    merged
}

/// A walk from the start to the due moment.
struct Walk<'a> {
    start: Moment,
    left: i64,
    pauses: Vec<Pause>,
    calendar: &'a Calendar,
    trace: Vec<TraceStep>,
}

impl<'a> Walk<'a> {
    fn new(start: Moment, amount: i64, pauses: &[Pause], calendar: &'a Calendar) -> Walk<'a> {
        let mut walk = Walk { start, left: amount, pauses: merged(start, pauses), calendar, trace: Vec::new() };
        walk.push(StepKind::Started, calendar.date_of(start), start, start, 0);
        walk
    }

    fn push(&mut self, kind: StepKind, day: Date, from: Moment, to: Moment, milliseconds: i64) {
        let minutes = milliseconds / 60_000;
        // Days of rest in a row are one step, and so is one pause.
        if let Some(last) = self.trace.last_mut()
            && last.kind == kind
            && matches!(kind, StepKind::Weekend | StepKind::Holiday(_) | StepKind::Paused)
        {
            last.to = to;
            return;
        }
        self.trace.push(TraceStep { kind, day, from, to, minutes });
    }

    /// Uses up what lies between two moments outside the pauses; answers the due moment when the amount ends here.
    fn through(&mut self, from: Moment, to: Moment, kind: &StepKind) -> Result<Option<Moment>, Refusal> {
        let mut at = from;
        while at < to {
            let ahead = |pause: &&Pause| pause.until.is_none_or(|until| until > at) && pause.from < to;
            let pause = self.pauses.iter().find(ahead).copied();
            let (stop, resume) = match pause {
                None => (to, to),
                Some(Pause { from: stop, until: None }) if stop <= at => {
                    return Err(Refusal::new("law-clock-paused"));
                }
                Some(Pause { from: stop, until }) => (stop.max(at), until.unwrap_or(to).min(to)),
            };
            let take = self.left.min(stop.0.saturating_sub(at.0));
            if take > 0 {
                let end = at.plus(take);
                self.push(kind.clone(), self.calendar.date_of(at), at, end, take);
                self.left -= take;
                if self.left == 0 {
                    return Ok(Some(end));
                }
            }
            if pause.is_some_and(|pause| pause.until.is_none()) {
                return Err(Refusal::new("law-clock-paused"));
            }
            if stop < resume {
                self.push(StepKind::Paused, self.calendar.date_of(stop), stop, resume, 0);
            }
            at = resume.max(stop);
        }
        Ok(None)
    }

    /// Walks over the days of the calendar. With `by_day` the trace counts days instead of hours.
    fn over_working_days(&mut self, by_day: bool) -> Result<Moment, Refusal> {
        let calendar = self.calendar;
        let first = calendar.date_of(self.start);
        let (mut day, mut n) = (first, 0);
        loop {
            let kind = match calendar.day(day)? {
                DayKind::Weekend => Err(StepKind::Weekend),
                DayKind::Holiday(name) => Err(StepKind::Holiday(name)),
                worked => {
                    n += u32::from(day != first);
                    Ok(match worked {
                        _ if by_day && day == first => StepKind::StartDay,
                        DayKind::MakeUp(name) if by_day => StepKind::MakeUpDay(n, name),
                        DayKind::MakeUp(name) => StepKind::CountedMakeUp(name),
                        _ if by_day => StepKind::WorkingDay(n),
                        _ => StepKind::Counted,
                    })
                }
            };
            match kind {
                Err(rest) => {
                    let (from, to) =
                        (calendar.moment(day, Time::midnight()), calendar.moment(next(day)?, Time::midnight()));
                    self.push(rest, day, from.max(self.start), to, 0);
                }
                Ok(kind) => {
                    let before = self.trace.len();
                    for (open, close) in calendar.spans(day) {
                        let reached = self.through(open.max(self.start), close, &kind)?;
                        if by_day {
                            self.join(before, &kind);
                        }
                        if let Some(at) = reached {
                            return Ok(at);
                        }
                    }
                }
            }
            day = next(day)?;
        }
    }

    /// Joins the steps of one working day, from the index `before` on, when no pause lies between them.
    fn join(&mut self, before: usize, kind: &StepKind) {
        while let [.., first, second] = &mut self.trace[before..] {
            if first.kind != *kind || second.kind != *kind {
                break;
            }
            first.to = second.to;
            first.minutes += second.minutes;
            self.trace.pop();
        }
    }
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
