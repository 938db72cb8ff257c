//! Hearings that were announced to the public (听证公告): which of them stand, which have moved and which are called off. Pure.

use crate::kit::clock::Moment;
use crate::kit::icalendar::When;
use crate::kit::id::Id;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::BTreeMap;

/// How long a hearing is shown to take, in milliseconds: nobody announces its end.
const LENGTH: i64 = 2 * 60 * 60 * 1000;

/// What stands on an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// What kind of case it belongs to.
    pub subject: String,
    /// Which one.
    pub subject_id: Id,
    /// The paper.
    pub paper: Id,
    /// Its number.
    pub number: String,
    /// By which anybody can check it.
    pub code: String,
    /// When it was issued.
    pub issued_at: Moment,
    /// When it was voided or overtaken.
    pub ended_at: Option<Moment>,
    /// How often its row was changed.
    pub revision: i64,
    /// When the hearing is; of one whose hour is not told, the beginning of its day.
    pub at: Moment,
    /// Whether its hour is told.
    pub is_timed: bool,
    /// Its day in the city.
    pub on: Date,
    /// What it is about.
    pub matter: String,
    /// Where it is.
    pub place: String,
    /// How many may listen.
    pub seats: String,
    /// Until when whoever wants to listen says so, and where.
    pub register: (String, String),
}

/// When and where a paper says that a hearing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// When; the beginning of the day when no hour is told.
    pub at: Moment,
    /// Whether the hour is told.
    pub is_timed: bool,
    /// The day in the city.
    pub on: Date,
    /// Where.
    pub place: String,
}

impl Said {
    /// As a calendar shows it.
    pub fn when(&self) -> When {
        when(self.at, self.is_timed, self.on)
    }
}

fn when(at: Moment, is_timed: bool, on: Date) -> When {
    if is_timed { When::At(at, at.plus(LENGTH)) } else { When::Day(on) }
}

impl Announced {
    /// As a calendar shows it.
    pub fn when(&self) -> When {
        when(self.at, self.is_timed, self.on)
    }
}

/// What of a paper's data is said about a hearing. None without a day.
pub fn said(data: &Value, zone: &TimeZone) -> Option<Said> {
    let text = |at: &str| data.pointer(at).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let told = text("/hearing/at");
    let (civil, is_timed) = match told.parse::<Date>() {
        Ok(day) if !told.contains([':', 'T']) => (day.at(0, 0, 0, 0), false),
        _ => (told.parse::<DateTime>().ok()?, true),
    };
    let zoned = civil.to_zoned_datetime(zone.clone()).ok()?;
    Some(Said { at: Moment::from(&zoned), is_timed, on: civil.date(), place: text("/hearing/place") })
}

/// How the hearing stands in its own case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is called for a day.
    On(Date),
    /// It was taken back, or is to be called anew, since a moment.
    Off(Moment),
}

/// A hearing as the public reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearing {
    /// The announcement that counts.
    pub told: Announced,
    /// The first announcement of this hearing: it keeps its identifier when it moves.
    pub first: Id,
    /// Rises with everything that is said about it.
    pub sequence: i64,
    /// When something was last said about it.
    pub changed_at: Moment,
    /// Whether it is called off.
    pub is_off: bool,
}

/// The hearings of these announcements. One that is announced anew before it was held has moved; one whose announcement was voided, or
/// whose case says otherwise than the announcement, is off. What has been held stays as it was.
pub fn hearings(
    mut announced: Vec<Announced>,
    standing: &dyn Fn(&str, Id) -> Option<Standing>,
    now: Moment,
) -> Vec<Hearing> {
    announced.sort_by_key(|one| (one.issued_at, one.paper));
    let mut open: BTreeMap<(String, Id), Hearing> = BTreeMap::new();
    let mut all = Vec::new();
    for one in announced {
        let key = (one.subject.clone(), one.subject_id);
        let before = open.remove(&key);
        let (before, over): (Option<Hearing>, Option<Hearing>) = match before {
            // Announced after the last was held: another hearing.
            Some(before) if one.issued_at >= before.told.at && before.told.ended_at.is_none() => (None, Some(before)),
            other => (other, None),
        };
        all.extend(over);
        let (first, sequence) = before.map_or((one.paper, 0), |before| (before.first, before.sequence + 1));
        let changed_at = one.ended_at.unwrap_or(one.issued_at).max(one.issued_at);
        let (sequence, is_off) = (sequence + one.revision, one.ended_at.is_some());
        open.insert(key, Hearing { first, sequence, changed_at, is_off, told: one });
    }
    all.extend(open.into_values());
    for hearing in all.iter_mut().filter(|hearing| !hearing.is_off && hearing.told.at > now) {
        let told = &hearing.told;
        let since = match standing(&told.subject, told.subject_id) {
            Some(Standing::On(day)) if day == told.on => continue,
            Some(Standing::Off(since)) => since,
            Some(Standing::On(_)) | None => hearing.changed_at,
        };
        hearing.is_off = true;
        hearing.sequence += 1;
        hearing.changed_at = since.max(hearing.changed_at);
    }
    all.sort_by_key(|hearing| (hearing.told.at, hearing.first));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use serde_json::json;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn announced(paper: Id, issued: i64, day: i8) -> Announced {
        Announced {
            subject: "penalty_case".into(),
            subject_id: 7,
            paper,
            number: String::new(),
            code: String::new(),
            issued_at: Moment(issued * DAY),
            ended_at: None,
            revision: 1,
            at: Moment(i64::from(day) * DAY),
            is_timed: true,
            on: date(2026, 4, day),
            matter: String::new(),
            place: String::new(),
            seats: String::new(),
            register: Default::default(),
        }
    }

    fn on(day: i8) -> impl Fn(&str, Id) -> Option<Standing> {
        move |_, _| Some(Standing::On(date(2026, 4, day)))
    }

    #[test]
    fn a_hearing_that_is_announced_anew_has_moved() {
        let told = hearings(vec![announced(2, 3, 20), announced(1, 1, 10)], &on(20), Moment(4 * DAY));
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].first, told[0].told.paper, told[0].is_off), (1, 2, false));
        let once = hearings(vec![announced(1, 1, 10)], &on(10), Moment(2 * DAY));
        assert!(told[0].sequence > once[0].sequence && !once[0].is_off);
        // Voided first, then announced for another day: the same hearing still.
        let voided = Announced { ended_at: Some(Moment(2 * DAY)), revision: 2, ..announced(1, 1, 10) };
        let told = hearings(vec![voided, announced(2, 3, 20)], &on(20), Moment(4 * DAY));
        assert_eq!((told.len(), told[0].first, told[0].is_off), (1, 1, false));
    }

    #[test]
    fn a_hearing_after_another_is_another() {
        let told = hearings(vec![announced(1, 1, 5), announced(2, 6, 20)], &on(20), Moment(7 * DAY));
        assert_eq!(told.iter().map(|one| (one.first, one.is_off)).collect::<Vec<_>>(), [(1, false), (2, false)]);
    }

    #[test]
    fn what_the_case_says_otherwise_is_off() {
        let one = || vec![announced(1, 1, 10)];
        let before = hearings(one(), &on(10), Moment(2 * DAY));
        for standing in [Some(Standing::Off(Moment(3 * DAY))), Some(Standing::On(date(2026, 4, 20))), None] {
            let told = hearings(one(), &|_, _| standing, Moment(4 * DAY));
            assert!(told[0].is_off && told[0].sequence > before[0].sequence, "{standing:?}");
        }
        assert_eq!(
            hearings(one(), &|_, _| Some(Standing::Off(Moment(3 * DAY))), Moment(4 * DAY))[0].changed_at,
            Moment(3 * DAY)
        );
        assert!(!hearings(one(), &|_, _| None, Moment(11 * DAY))[0].is_off, "it was held");
        let voided = Announced { ended_at: Some(Moment(2 * DAY)), revision: 2, ..announced(1, 1, 10) };
        let told = hearings(vec![voided], &on(10), Moment(3 * DAY));
        assert!(told[0].is_off && told[0].changed_at == Moment(2 * DAY));
    }

    #[test]
    fn a_paper_says_when_and_where() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let data = json!({ "hearing": { "at": "2026-04-08T09:30", "place": " 一楼听证室 " } });
        let told = said(&data, &zone).expect("a hearing");
        assert_eq!((told.on, told.place.as_str(), told.is_timed), (date(2026, 4, 8), "一楼听证室", true));
        assert_eq!(told.at.zoned(&TimeZone::UTC).to_string().get(..16), Some("2026-04-08T01:30"));
        let day = said(&json!({ "hearing": { "at": "2026-04-08" } }), &zone).expect("a hearing");
        assert_eq!((day.when(), day.is_timed), (When::Day(date(2026, 4, 8)), false));
        for data in [json!({}), json!({ "hearing": true }), json!({ "hearing": { "at": "soon" } })] {
            assert!(said(&data, &zone).is_none(), "{data}");
        }
    }
}
