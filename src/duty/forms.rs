//! Reading the room's forms: what was typed stays what was typed until a rule has read it.

use super::pattern::{Crew, DAY_MINUTES, Lists, MOST_CREWS, MOST_TURNS, Pattern, Turn};
use super::person::Staff;
use super::shift::{Place, Roster};
use super::store::Position;
use crate::kit::error::Refusal;
use crate::kit::form::at_most;
use crate::kit::id::Id;
use jiff::civil::{Date, DateTime, Time};
use minijinja::Value;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody typed into a form.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Typed(pub BTreeMap<String, String>);

impl Typed {
    /// The trimmed text of a field; empty when it is absent.
    pub fn text(&self, field: &str) -> &str {
        self.0.get(field).map_or("", |text| text.trim())
    }

    /// The whole number in a field; none when it is empty or something else.
    pub fn number(&self, field: &str) -> Option<i64> {
        self.text(field).parse().ok()
    }

    /// Some fields for a page, each there even when it is empty.
    pub fn fields(&self, names: &[&str]) -> Value {
        let fields: BTreeMap<&str, &str> = names.iter().map(|name| (*name, self.text(name))).collect();
        Value::from(Serde(&fields))
    }

    pub fn put(&mut self, field: impl Into<String>, value: impl ToString) {
        self.0.insert(field.into(), value.to_string());
    }

    /// The day in a field.
    ///
    /// # Errors
    /// `duty-refusal-day`, on the field.
    pub fn day(&self, field: &'static str) -> Result<Date, Refusal> {
        let day: Option<Date> = self.text(field).parse().ok();
        day.filter(|day| (2000..2200).contains(&day.year())).ok_or_else(|| Refusal::new("duty-refusal-day").on(field))
    }

    /// The moment in civil time in a field (`2026-03-10T08:30`).
    ///
    /// # Errors
    /// `duty-refusal-day`, on the field.
    pub fn moment(&self, field: &'static str) -> Result<DateTime, Refusal> {
        let at: Option<DateTime> = self.text(field).parse().ok();
        at.filter(|at| (2000..2200).contains(&at.year())).ok_or_else(|| Refusal::new("duty-refusal-day").on(field))
    }

    /// The position that a telephone sent along; none without one.
    pub fn position(&self) -> Option<Position> {
        let number = |field: &str| self.text(field).parse::<f64>().ok().filter(|number| number.is_finite());
        let (lon, lat) = (number("lon")?, number("lat")?);
        let is_place = lon.abs() <= 180.0 && lat.abs() <= 90.0;
        is_place.then(|| Position { lon, lat, accuracy: self.number("accuracy").filter(|metres| *metres >= 0) })
    }

    /// The people in a field.
    ///
    /// # Errors
    /// As [`Staff::read`], on the field.
    pub fn people(&self, field: &'static str, staff: &Staff) -> Result<Vec<Id>, Refusal> {
        staff.read(self.text(field)).map_err(|refusal| refusal.on(field))
    }

    /// Who does what, from the three fields of a shift's form.
    ///
    /// # Errors
    /// As [`Staff::read`], on the field.
    pub fn places(&self, staff: &Staff) -> Result<Vec<Place>, Refusal> {
        use super::pattern::Role::{Leader, OnDuty, StandBy};
        let mut places = Vec::new();
        for (role, field) in [(Leader, "leader"), (OnDuty, "on_duty"), (StandBy, "stand_by")] {
            places.extend(self.people(field, staff)?.into_iter().map(|account| Place { role, account }));
        }
        Ok(places)
    }
}

/// `08:30`.
fn clock(text: &str) -> Option<Time> {
    text.parse::<Time>().ok()
}

fn minutes(from: Time, until: Time) -> u32 {
    let minute = |time: Time| u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs());
    match (minute(until) + DAY_MINUTES - minute(from)) % DAY_MINUTES {
        // The same time is a whole day later.
        0 => DAY_MINUTES,
        length => length,
    }
}

fn written(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

fn end(from: Time, minutes: u32) -> String {
    written(from.wrapping_add(jiff::SignedDuration::from_mins(i64::from(minutes))))
}

/// The kinds of patterns, as the form names them.
pub(super) const KINDS: [&str; 4] = ["standing", "rotating", "staggered", "weekly"];

/// A form's first content for a kind of pattern, on a day.
pub(super) fn fresh(kind: &str, today: Date) -> Typed {
    let mut typed = Typed::default();
    typed.put("kind", kind);
    typed.put("anchor", today.first_of_month());
    typed.put("is_called", "1");
    typed.put("by_calendar", "1");
    typed.put("days", if kind == "staggered" { 7 } else { 1 });
    typed.put("from", "08:30");
    typed.put("until", "08:30");
    typed.put("on_duty_count", 2);
    typed.put("stand_by_count", 2);
    let turns: &[(&str, &str, &str)] = match kind {
        "rotating" => &[("早班", "08:00", "16:00"), ("中班", "16:00", "00:00"), ("夜班", "00:00", "08:00")],
        "staggered" => &[("早岗", "07:00", "15:00"), ("中岗", "11:00", "19:00"), ("晚岗", "15:00", "23:00")],
        _ => &[],
    };
    for (at, (name, from, until)) in turns.iter().enumerate() {
        typed.put(format!("turn_name_{at}"), name);
        typed.put(format!("turn_from_{at}"), from);
        typed.put(format!("turn_until_{at}"), until);
    }
    for day in 1..=7 {
        typed.put(format!("weekday_{day}"), "1");
    }
    for (at, name) in ["甲班", "乙班", "丙班"].iter().enumerate() {
        typed.put(format!("crew_name_{at}"), name);
    }
    typed
}

/// The form that says what a roster is.
pub(super) fn of_roster(roster: &Roster, staff: &Staff) -> Typed {
    let mut typed = Typed::default();
    typed.put("kind", roster.pattern.word());
    typed.put("name", &roster.name);
    typed.put("is_called", if roster.is_called { "1" } else { "" });
    typed.put("is_active", if roster.is_active { "1" } else { "" });
    typed.put("revision", roster.revision);
    if let Some((lon, lat)) = roster.place {
        typed.put("place", format!("{lon}, {lat}"));
    }
    let turns = |typed: &mut Typed, turns: &[Turn], days: u16, anchor: Date| {
        for (at, turn) in turns.iter().enumerate() {
            typed.put(format!("turn_name_{at}"), &turn.name);
            typed.put(format!("turn_from_{at}"), written(turn.from));
            typed.put(format!("turn_until_{at}"), end(turn.from, turn.minutes));
        }
        typed.put("days", days);
        typed.put("anchor", anchor);
    };
    match &roster.pattern {
        Pattern::Rotating { turns: list, days, anchor } => turns(&mut typed, list, *days, *anchor),
        Pattern::Staggered { turns: list, days, weekdays, by_calendar, anchor } => {
            turns(&mut typed, list, *days, *anchor);
            typed.put("by_calendar", if *by_calendar { "1" } else { "" });
            for (at, day) in weekdays.iter().enumerate() {
                typed.put(format!("weekday_{}", at + 1), if *day { "1" } else { "" });
            }
        }
        Pattern::Standing { from, on_duty, stand_by, anchor } => {
            typed.put("from", written(*from));
            typed.put("on_duty_count", on_duty);
            typed.put("stand_by_count", stand_by);
            typed.put("anchor", anchor);
        }
        Pattern::Weekly { from, minutes, crews } => {
            typed.put("from", written(*from));
            typed.put("until", end(*from, *minutes));
            for (at, crew) in crews.iter().enumerate() {
                typed.put(format!("day_{}", at + 1), crew.map_or_else(String::new, |crew| (crew + 1).to_string()));
            }
        }
    }
    for (at, crew) in roster.lists.crews.iter().enumerate() {
        typed.put(format!("crew_name_{at}"), &crew.name);
        typed.put(format!("crew_leader_{at}"), staff.list(crew.leader));
        typed.put(format!("crew_on_duty_{at}"), staff.list(crew.on_duty.iter().copied()));
        typed.put(format!("crew_stand_by_{at}"), staff.list(crew.stand_by.iter().copied()));
    }
    typed.put("leaders", staff.list(roster.lists.leaders.iter().copied()));
    typed.put("on_duty", staff.list(roster.lists.on_duty.iter().copied()));
    typed.put("stand_by", staff.list(roster.lists.stand_by.iter().copied()));
    typed
}

/// Reads a roster from its form. Whatever the kind does not use stays empty.
///
/// # Errors
/// `form-missing`, `duty-refusal-time`, `duty-refusal-place`, `duty-refusal-unknown-person` and what [`Pattern::fits`] says,
/// on the field.
pub(super) fn roster(typed: &Typed, id: Id, staff: &Staff) -> Result<Roster, Refusal> {
    let name = crate::kit::form::required("name", typed.text("name"), 60)?;
    let time =
        |field: &'static str| clock(typed.text(field)).ok_or_else(|| Refusal::new("duty-refusal-time").on(field));
    let small = |field: &'static str, key: &'static str| {
        typed.number(field).and_then(|number| u16::try_from(number).ok()).ok_or_else(|| Refusal::new(key).on(field))
    };
    let crews = || crews(typed, staff);
    let (pattern, lists) = match typed.text("kind") {
        "rotating" => {
            let pattern = Pattern::Rotating {
                turns: turns(typed)?,
                days: small("days", "duty-refusal-days")?,
                anchor: typed.day("anchor")?,
            };
            (pattern, Lists { crews: crews()?, ..Lists::default() })
        }
        "staggered" => {
            let mut weekdays = [false; 7];
            for (at, day) in weekdays.iter_mut().enumerate() {
                *day = !typed.text(&format!("weekday_{}", at + 1)).is_empty();
            }
            let days = small("days", "duty-refusal-days")?;
            let (turns, anchor) = (turns(typed)?, typed.day("anchor")?);
            let by_calendar = !typed.text("by_calendar").is_empty();
            let pattern = Pattern::Staggered { turns, days, weekdays, by_calendar, anchor };
            (pattern, Lists { crews: crews()?, ..Lists::default() })
        }
        "standing" => {
            let pattern = Pattern::Standing {
                from: time("from")?,
                on_duty: small("on_duty_count", "duty-refusal-count")?,
                stand_by: small("stand_by_count", "duty-refusal-count")?,
                anchor: typed.day("anchor")?,
            };
            let lists = Lists {
                crews: Vec::new(),
                leaders: typed.people("leaders", staff)?,
                on_duty: typed.people("on_duty", staff)?,
                stand_by: typed.people("stand_by", staff)?,
            };
            (pattern, lists)
        }
        "weekly" => {
            let from = time("from")?;
            let mut days = [None; 7];
            for (at, day) in days.iter_mut().enumerate() {
                let crew = typed.number(&format!("day_{}", at + 1)).and_then(|number| usize::try_from(number - 1).ok());
                *day = crew;
            }
            let pattern = Pattern::Weekly { from, minutes: minutes(from, time("until")?), crews: days };
            (pattern, Lists { crews: crews()?, ..Lists::default() })
        }
        _ => return Err(Refusal::new("duty-refusal-kind").on("kind")),
    };
    pattern.fits(&lists)?;
    Ok(Roster {
        id,
        name,
        pattern,
        lists,
        place: place(typed.text("place"))?,
        is_called: !typed.text("is_called").is_empty(),
        is_active: true,
        revision: 1,
    })
}

fn place(text: &str) -> Result<Option<(f64, f64)>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let numbers: Vec<f64> = text.split([',', '，', ' ']).filter_map(|part| part.trim().parse().ok()).collect();
    match numbers[..] {
        [lon, lat] if lon.abs() <= 180.0 && lat.abs() <= 90.0 => Ok(Some((lon, lat))),
        _ => Err(Refusal::new("duty-refusal-place").on("place")),
    }
}

fn turns(typed: &Typed) -> Result<Vec<Turn>, Refusal> {
    let mut turns = Vec::new();
    for at in 0..MOST_TURNS {
        let of = |part: &str| typed.text(&format!("turn_{part}_{at}"));
        if of("name").is_empty() && of("from").is_empty() && of("until").is_empty() {
            continue;
        }
        let wrong = || Refusal::new("duty-refusal-time").on("turn_from_0");
        let (from, until) = (clock(of("from")).ok_or_else(wrong)?, clock(of("until")).ok_or_else(wrong)?);
        turns.push(Turn { name: at_most("turn_name_0", of("name"), 20)?, from, minutes: minutes(from, until) });
    }
    Ok(turns)
}

fn crews(typed: &Typed, staff: &Staff) -> Result<Vec<Crew>, Refusal> {
    let mut crews = Vec::new();
    for at in 0..MOST_CREWS {
        let of = |part: &str| typed.text(&format!("crew_{part}_{at}"));
        let read = |part: &str| staff.read(of(part)).map_err(|refusal| refusal.on("crew_on_duty_0"));
        let (leader, on_duty, stand_by) = (read("leader")?, read("on_duty")?, read("stand_by")?);
        if leader.is_empty() && on_duty.is_empty() && stand_by.is_empty() {
            continue;
        }
        if leader.len() > 1 {
            return Err(Refusal::new("duty-refusal-one-leader").on("crew_on_duty_0"));
        }
        let name = at_most("crew_on_duty_0", of("name"), 20)?;
        crews.push(Crew { name, leader: leader.first().copied(), on_duty, stand_by });
    }
    Ok(crews)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duty::person::tests::staff;
    use jiff::civil::{date, time};

    #[test]
    fn every_kind_of_roster_is_written_into_a_form_and_read_back() {
        let staff = staff();
        let crew = |name: &str, leader: Option<Id>, on_duty: &[Id]| Crew {
            name: name.into(),
            leader,
            on_duty: on_duty.to_vec(),
            stand_by: vec![5],
        };
        let crews =
            Lists { crews: vec![crew("甲班", Some(1), &[2]), crew("乙班", None, &[3, 4])], ..Lists::default() };
        let turn = |name: &str, from: i8, minutes| Turn { name: name.into(), from: time(from, 0, 0, 0), minutes };
        let turns = vec![turn("早班", 8, 480), turn("夜班", 20, 720), turn("全天", 8, 1440)];
        let anchor = date(2026, 2, 28);
        let standing = Lists { leaders: vec![1], on_duty: vec![2, 3], stand_by: vec![4], ..Lists::default() };
        let weekdays = [true, false, true, false, true, false, true];
        let days = [Some(0), Some(1), None, None, None, Some(0), None];
        for (pattern, lists) in [
            (Pattern::Rotating { turns: turns.clone(), days: 2, anchor }, crews.clone()),
            (Pattern::Staggered { turns, days: 7, weekdays, by_calendar: true, anchor }, crews.clone()),
            (Pattern::Standing { from: time(8, 30, 0, 0), on_duty: 2, stand_by: 1, anchor }, standing),
            (Pattern::Weekly { from: time(17, 30, 0, 0), minutes: 900, crews: days }, crews),
        ] {
            let one = Roster {
                id: 7,
                name: "大队总值班".into(),
                pattern,
                lists,
                place: Some((123.4, 31.2)),
                is_called: true,
                is_active: true,
                revision: 1,
            };
            assert_eq!(roster(&of_roster(&one, &staff), 7, &staff), Ok(one));
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let staff = staff();
        let mut typed = fresh("standing", date(2026, 3, 10));
        let wrong = |typed: &Typed| roster(typed, 1, &staff).map(drop).map_err(|refusal| (refusal.key, refusal.field));
        assert_eq!(wrong(&typed), Err(("form-missing", Some("name"))));
        typed.put("name", "总值班");
        typed.put("on_duty", "林晓禾、张三");
        assert_eq!(wrong(&typed), Err(("duty-refusal-unknown-person", Some("on_duty"))));
        typed.put("on_duty", "林晓禾、周沐阳");
        assert_eq!(wrong(&typed), Err(("duty-refusal-too-few", Some("stand_by"))));
        typed.put("stand_by_count", "0");
        assert_eq!(wrong(&typed), Ok(()));
        typed.put("place", "somewhere");
        assert_eq!(wrong(&typed), Err(("duty-refusal-place", Some("place"))));
        let mut typed = fresh("rotating", date(2026, 3, 10));
        typed.put("name", "监督中心");
        assert_eq!(wrong(&typed), Err(("duty-refusal-no-crew", Some("crew_on_duty_0"))));
        typed.put("turn_until_1", "noon");
        assert_eq!(wrong(&typed), Err(("duty-refusal-time", Some("turn_from_0"))));
        typed.put("kind", "never");
        assert_eq!(wrong(&typed), Err(("duty-refusal-kind", Some("kind"))));
    }
}
