//! How long a leg may take: allowances, and the clocks that an act starts. Due moments come from `law`; minutes, which no
//! standard of the field counts in and emergencies need, run on day and night.

use super::leg::{Clock, ClockKind, Clocks};
use super::settings::Settings;
use super::whistle::{Kind, Whistle, WhistleAct};
use crate::catalog::{Limit, Unit};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::law::{Calendar, Conventions, Due, Pause, StepKind, TraceStep, due};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// How long something may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Allowance {
    /// Minutes that run on day and night.
    Minutes(u32),
    /// A limit in one of the field's units.
    Limit(Limit),
}

impl Allowance {
    /// Reads `10 minute`, `1 urgent_hour`, `3 working_day`; none when it is written otherwise or out of range.
    pub fn read(text: &str) -> Option<Allowance> {
        let (value, unit) = text.split_once(' ')?;
        let value: u32 = value.parse().ok().filter(|value| (1..=3650).contains(value))?;
        match unit.trim() {
            "minute" => Some(Allowance::Minutes(value)),
            word => Some(Allowance::Limit(Limit::new(value, Unit::of(word)?))),
        }
    }

    /// The key of its words, which need `n`, and that number.
    pub fn words(self) -> (&'static str, u32) {
        match self {
            Allowance::Minutes(n) => ("whistles-minutes", n),
            Allowance::Limit(limit) => (limit.unit.key(), limit.value),
        }
    }

    /// When it is used up if it begins at `start` and stands still during `pauses`, and why then.
    ///
    /// # Errors
    /// What `law` refuses: a calendar that is not loaded.
    pub fn clock(
        self,
        start: Moment,
        calendar: &Calendar,
        conventions: &Conventions,
        pauses: &[Pause],
    ) -> Result<Clock, Refusal> {
        let found = match self {
            Allowance::Limit(limit) => due(start, limit, calendar, conventions, pauses)?,
            Allowance::Minutes(minutes) => in_minutes(start, i64::from(minutes), calendar, conventions, pauses)?,
        };
        Ok(ending(start, &found))
    }
}

/// A clock that ends as found. It is yellow for its last quarter, a day at most.
fn ending(start: Moment, found: &Due) -> Clock {
    let yellow = ((found.at.0 - start.0) / 4).clamp(0, DAY);
    Clock {
        due: Some(found.at),
        warn: Some(found.at.plus(-yellow)),
        why: serde_json::to_string(found).unwrap_or_default(),
    }
}

/// Whether a clock runs on outside working hours: who has it must be told at any hour.
pub fn runs_at_any_hour(clock: &Clock, calendar: &Calendar) -> bool {
    let Ok(found) = serde_json::from_str::<Due>(&clock.why) else { return false };
    let is_worked = |from: Moment, to: Moment| {
        let (from, to) = (from.zoned(calendar.zone()), to.zoned(calendar.zone()));
        let is_within =
            |(opens, closes): &(jiff::civil::Time, jiff::civil::Time)| *opens <= from.time() && to.time() <= *closes;
        from.date() == to.date()
            && calendar.is_working_day(from.date()).unwrap_or(false)
            && calendar.hours().spans().iter().any(is_within)
    };
    let mut ran = found.trace.iter().filter(|step| step.kind == StepKind::Ran && step.from < step.to);
    ran.any(|step| !is_worked(step.from, step.to))
}

/// Minutes as a part of an hour: the hour's own trace, cut short.
fn in_minutes(
    start: Moment,
    minutes: i64,
    calendar: &Calendar,
    conventions: &Conventions,
    pauses: &[Pause],
) -> Result<Due, Refusal> {
    let hours = u32::try_from(minutes / 60 + 1).unwrap_or(1);
    let whole = due(start, Limit::new(hours, Unit::UrgentHour), calendar, conventions, pauses)?;
    let (mut left, mut trace, mut at) = (minutes * MINUTE, Vec::new(), start);
    for mut step in whole.trace {
        match step.kind {
            StepKind::Due => break,
            StepKind::Ran => {
                let takes = left.min(step.to.0 - step.from.0);
                (step.to, step.minutes) = (step.from.plus(takes), takes / MINUTE);
                (left, at) = (left - takes, step.to);
            }
            _ => {}
        }
        trace.push(step);
        if left == 0 {
            break;
        }
    }
    trace.push(TraceStep { kind: StepKind::Due, day: calendar.date_of(at), from: at, to: at, minutes: 0 });
    Ok(Due { at, trace })
}

/// An appointed moment as a clock: it is due then because that was agreed.
fn appointed(now: Moment, at: Moment, calendar: &Calendar) -> Clock {
    let step =
        |kind, moment: Moment| TraceStep { kind, day: calendar.date_of(moment), from: moment, to: moment, minutes: 0 };
    let found = Due { at, trace: vec![step(StepKind::Started, now), step(StepKind::Due, at)] };
    ending(now, &found)
}

/// The clocks that an act starts for this whistle at `now`. Those that count to an appointed time end then; a department
/// that is called after it has the city's allowance instead.
///
/// Who blows a whistle is told that a calendar is missing and can do something about it. Whoever stands on site must not be
/// turned away for that, and no clock must stop the others: later clocks whose end nobody can tell begin without one.
///
/// # Errors
/// What `law` refuses of a whistle that is blown: a calendar that is not loaded.
pub fn started(
    whistle: &Whistle,
    act: &WhistleAct,
    now: Moment,
    settings: &Settings,
    calendar: &Calendar,
    conventions: &Conventions,
) -> Result<Clocks, Refusal> {
    let is_blown = matches!(act, WhistleAct::Blow { .. } | WhistleAct::Approve);
    let counted = |kinds: &[ClockKind], start: Moment, pauses: &[Pause]| {
        let mut clocks = Clocks::default();
        for &kind in kinds {
            let is_appointed = kind == ClockKind::Arrive && whistle.kind == Kind::JointEnforcement;
            if let Some(at) = whistle.appointed_at.filter(|at| is_appointed && *at > now) {
                clocks.0.insert(kind, appointed(start, at, calendar));
            } else if let Some(allowed) = settings.allowance(whistle.kind, kind) {
                let clock = match allowed.clock(start, calendar, conventions, pauses) {
                    Ok(clock) => clock,
                    Err(_) if !is_blown => Clock { due: None, warn: None, why: String::new() },
                    Err(refusal) => return Err(refusal),
                };
                clocks.0.insert(kind, clock);
            }
        }
        Ok::<_, Refusal>(clocks)
    };
    const CALL: &[ClockKind] = &[ClockKind::Sign, ClockKind::Contact, ClockKind::Arrive];
    match act {
        WhistleAct::Blow { needs_approval: false, .. } | WhistleAct::Approve | WhistleAct::CallWaiting => {
            counted(CALL, now, &[])
        }
        WhistleAct::Arrive { .. } if !act.is_arrival(whistle) => Ok(Clocks::default()),
        WhistleAct::Arrive { .. } | WhistleAct::ConfirmArrival { .. } | WhistleAct::SendBackLeg { .. } => {
            counted(&[ClockKind::Work], now, &[])
        }
        WhistleAct::Refuse { .. } => counted(&[ClockKind::Decide], now, &[]),
        WhistleAct::FeedBack { .. } => counted(&[ClockKind::Accept], now, &[]),
        WhistleAct::MissClock { clock: ClockKind::Arrive, .. } => counted(&[ClockKind::Answer], now, &[]),
        WhistleAct::Decide { leg, must_come: true, .. } => {
            let Some(leg) = whistle.leg(*leg) else { return Ok(Clocks::default()) };
            // The time that a superior took to decide is not the department's; no other time is given back.
            let mut pauses = leg.pauses.clone();
            if let Some(last) = pauses.last_mut() {
                last.until = last.until.or(Some(now));
            }
            counted(&[ClockKind::Contact, ClockKind::Arrive], leg.called_at.unwrap_or(now), &pauses)
        }
        _ => Ok(Clocks::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::sources::Sources;
    use crate::law::WorkingHours;
    use jiff::civil::Weekday;

    fn calendar() -> Calendar {
        let files = Sources::embedded().folder("law/holidays/");
        let hours = r#"working_hours = { morning = ["08:30", "12:00"], afternoon = ["14:00", "17:30"] }"#;
        let hours = WorkingHours::of_city(&toml::from_str(hours).expect("toml")).expect("hours");
        Calendar::load(&files, hours, jiff::tz::TimeZone::get("Asia/Shanghai").expect("zone")).expect("calendar")
    }

    fn moment(text: &str) -> Moment {
        Moment::from(&text.parse::<jiff::ZonedDateTime>().expect("a moment"))
    }

    #[test]
    fn due_moments_as_a_table() {
        let calendar = calendar();
        use Weekday::*;
        for (start, weekday, allowed, until, due_weekday) in [
            ("2026-03-10T10:00", Tuesday, "10 minute", "2026-03-10T10:10", Tuesday),
            ("2026-03-10T23:50", Tuesday, "30 minute", "2026-03-11T00:20", Wednesday),
            ("2026-12-31T23:50", Thursday, "90 minute", "2027-01-01T01:20", Friday),
            ("2026-03-10T10:00", Tuesday, "1 urgent_hour", "2026-03-10T11:00", Tuesday),
            ("2026-03-13T10:00", Friday, "24 urgent_hour", "2026-03-14T10:00", Saturday),
            // The day of the call is not counted; a weekend lies between.
            ("2026-03-13T10:00", Friday, "3 working_day", "2026-03-18T17:30", Wednesday),
            // National Day: from 1 to 7 October nobody works, on Saturday 10 October everybody does.
            ("2026-09-30T16:30", Wednesday, "3 working_day", "2026-10-10T17:30", Saturday),
            ("2026-03-10T11:00", Tuesday, "2 working_hour", "2026-03-10T15:00", Tuesday),
        ] {
            let at = |text: &str| moment(&format!("{text}:00+08:00[Asia/Shanghai]"));
            let allowed = Allowance::read(allowed).expect("an allowance");
            let clock = allowed.clock(at(start), &calendar, &Conventions::default(), &[]).expect("a clock");
            assert_eq!(clock.due, Some(at(until)), "{start} {allowed:?}");
            assert!(clock.warn.is_some_and(|warn| at(start) < warn && warn < at(until)), "yellow before it is red");
            assert_eq!(calendar.date_of(at(start)).weekday(), weekday, "{start}");
            assert_eq!(calendar.date_of(at(until)).weekday(), due_weekday, "{until}");
            let why: Due = serde_json::from_str(&clock.why).expect("a trace");
            assert_eq!((why.at, why.trace.last().map(|step| step.from)), (at(until), Some(at(until))));
        }
    }

    #[test]
    fn a_pause_moves_minutes_by_its_own_length() {
        let (calendar, start) = (calendar(), moment("2026-03-10T10:00:00+08:00[Asia/Shanghai]"));
        let pause = Pause { from: start.plus(5 * MINUTE), until: Some(start.plus(25 * MINUTE)) };
        let clock = Allowance::Minutes(30).clock(start, &calendar, &Conventions::default(), &[pause]).expect("a clock");
        assert_eq!(clock.due, Some(start.plus(50 * MINUTE)));
    }

    #[test]
    fn who_must_be_woken() {
        let (calendar, conventions) = (calendar(), Conventions::default());
        for (start, allowed, told) in [
            // A Friday: nobody works from 17:30 until Monday 08:30.
            ("2026-03-13T17:40", "1 urgent_hour", true),
            ("2026-03-13T17:20", "20 minute", true),
            ("2026-03-13T10:00", "1 urgent_hour", false),
            ("2026-03-13T10:00", "24 urgent_hour", true),
            ("2026-03-13T17:40", "1 working_hour", false),
            ("2026-03-13T17:40", "3 working_day", false),
            ("2026-03-14T10:00", "10 minute", true),
        ] {
            let start = moment(&format!("{start}:00+08:00[Asia/Shanghai]"));
            let allowed = Allowance::read(allowed).expect("an allowance");
            let clock = allowed.clock(start, &calendar, &conventions, &[]).expect("a clock");
            assert_eq!(runs_at_any_hour(&clock, &calendar), told, "{allowed:?}");
        }
    }

    #[test]
    fn a_missing_calendar_turns_nobody_away_on_site() {
        use super::super::leg::LegKind;
        use super::super::whistle::{Called, Doer, Draft, Place, Side, begin};
        let (calendar, settings) = (calendar(), Settings::default());
        let conventions = Conventions::default();
        let called = vec![Called { leg: 1, department: 10, kind: LegKind::Management }];
        let draft = Draft {
            kind: Kind::HardProblem,
            case: None,
            place: Place::default(),
            words: "路面塌陷".into(),
            lead: Some(10),
            appointed_at: None,
            called,
        };
        let desk = Doer { account: Some(1), side: Side::Desk, departments: vec![] };
        let (whistle, _) = begin(5, "W1".into(), draft, desk, Moment(0)).expect("a draft");
        let far = moment("2035-03-13T10:00:00+08:00[Asia/Shanghai]");
        let clocks = |act: &WhistleAct| started(&whistle, act, far, &settings, &calendar, &conventions);
        let blow = WhistleAct::Blow { needs_approval: false, is_management_first: true };
        assert_eq!(clocks(&blow).map(|_| ()).expect_err("no calendar").key, "law-calendar-not-loaded");
        let arrive =
            WhistleAct::Arrive { leg: 1, position: None, within: 200, reason: "在场".into(), must_be_there: true };
        let begun = clocks(&arrive).expect("it arrives");
        assert_eq!(begun.0.get(&ClockKind::Work).map(|clock| clock.due), Some(None), "marked, not silent");
    }

    #[test]
    fn what_is_no_allowance_is_not_read() {
        for text in ["", "10", "minute", "0 minute", "ten minute", "10 minutes", "4000 working_day", "1 moon"] {
            assert_eq!(Allowance::read(text), None, "{text}");
        }
    }
}
