//! When nobody enforces: by night, and on days of rest (行政强制法 art. 43). Pure.

use super::case::Law;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::law::DayKind;
use jiff::civil::{Date, Time};

/// What enforcing meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// A day of rest.
    Day(Date),
    /// The night of a day, before its dawn or after its dusk.
    Night(Date),
}

/// Whether nobody enforces on a day: statutory holidays, and weekends where the city says so.
///
/// # Errors
/// When the calendar of its year is not known.
pub fn rests(day: Date, law: &Law<'_>) -> Result<bool, Refusal> {
    Ok(match law.calendar.day(day)? {
        DayKind::Holiday(_) => true,
        DayKind::Weekend => law.organ.building.rests_on_weekends,
        DayKind::Working | DayKind::MakeUp(_) => false,
    })
}

/// The first rest that lies between two moments; none where all of it is by day on days of work.
///
/// # Errors
/// When the calendar of one of the years, or the hours of the night, are not known.
pub fn within(from: Moment, until: Moment, law: &Law<'_>) -> Result<Option<Rest>, Refusal> {
    // Up to the moment before the end: whoever stops at the stroke of the hour has not worked into it.
    let last = law.calendar.date_of(until.plus(-1));
    let mut day = law.calendar.date_of(from);
    loop {
        if rests(day, law)? {
            return Ok(Some(Rest::Day(day)));
        }
        let next = day.tomorrow().unwrap_or(last);
        let midnight = |day: Date| law.calendar.moment(day, Time::midnight());
        let hour = |id: &str| -> Result<Moment, Refusal> {
            let hours = law.terms.number(id, day)?.value;
            let time = i8::try_from(hours).ok().and_then(|hours| Time::new(hours, 0, 0, 0).ok());
            // 24 o'clock is the midnight that follows.
            Ok(time.map_or_else(|| midnight(next), |time| law.calendar.moment(day, time)))
        };
        let touches = |begins: Moment, ends: Moment| from < ends && until > begins;
        if touches(midnight(day), hour("night-until")?) || touches(hour("night-from")?, midnight(next)) {
            return Ok(Some(Rest::Night(day)));
        }
        if day >= last {
            return Ok(None);
        }
        day = next;
    }
}
