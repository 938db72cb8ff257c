//! A pattern (排班方式): how a team's hours repeat, and who stands them. From a pattern, lists of people and any day comes
//! the plan of the days that follow; the same day always gets the same plan, so that a roster made month by month is the
//! roster made at once.

use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::{Calendar, DayKind};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

enum_of_words! {
    /// What somebody does in a shift.
    Role {
        /// 带班领导: answers for the shift.
        Leader = "leader",
        /// 值班: is there and acts.
        OnDuty = "on_duty",
        /// 备勤: stays reachable and comes when called.
        StandBy = "stand_by",
    }
}

impl Role {
    /// True for those who are at their place; a stand-by sleeps at home.
    pub const fn is_present(self) -> bool {
        !matches!(self, Role::StandBy)
    }
}

/// A day's minutes.
pub const DAY_MINUTES: u32 = 24 * 60;
/// The most turns of a day.
pub const MOST_TURNS: usize = 8;
/// The most crews of a roster.
pub const MOST_CREWS: usize = 12;

/// One stretch of a day that repeats: the early turn, the night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// What people call it: 早班.
    pub name: String,
    /// When it begins.
    pub from: Time,
    /// How long it is, in minutes; 1 to 1440.
    pub minutes: u32,
}

/// People who stand their turns together (班组).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Crew {
    /// What people call it: 甲班.
    pub name: String,
    /// Who leads it.
    pub leader: Option<Id>,
    /// Who is on duty.
    pub on_duty: Vec<Id>,
    /// Who stands by.
    pub stand_by: Vec<Id>,
}

/// The lists that a pattern draws from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lists {
    /// Crews, for patterns in which whole crews take turns.
    pub crews: Vec<Crew>,
    /// Leaders in turn, for 24-hour duty.
    pub leaders: Vec<Id>,
    /// People on duty in turn, for 24-hour duty.
    pub on_duty: Vec<Id>,
    /// People standing by in turn, for 24-hour duty.
    pub stand_by: Vec<Id>,
}

/// How the hours repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Pattern {
    /// 三班倒 (and 四班三倒, 上一休二): every day has the same turns, and crews move from turn to turn.
    Rotating {
        /// The turns of a day.
        turns: Vec<Turn>,
        /// For how many days a crew keeps its turn before it moves on; 1 to 31.
        days: u16,
        /// The day on which the first crew stands the first turn.
        anchor: Date,
    },
    /// 错时: crews whose hours are shifted against each other, on some days of the week.
    Staggered {
        /// The hours.
        turns: Vec<Turn>,
        /// For how many days a crew keeps its hours; 1 to 31.
        days: u16,
        /// Monday to Sunday: whether it is a day of work.
        weekdays: [bool; 7],
        /// Whether the working calendar goes before the weekdays: nobody on a holiday, everybody on a day that is worked
        /// for one.
        #[serde(default)]
        by_calendar: bool,
        /// The day on which the first crew has the first hours.
        anchor: Date,
    },
    /// 24 小时值班: one shift a day from a time to the same time of the next day, with 带班领导, 值班 and 备勤 in turn.
    Standing {
        /// When the shift begins and ends.
        from: Time,
        /// How many are on duty; 1 to 20.
        on_duty: u16,
        /// How many stand by; 0 to 20.
        stand_by: u16,
        /// The day that the first of every list stands.
        anchor: Date,
    },
    /// 每周固定: the same crew on the same day of every week.
    Weekly {
        /// When the shift begins.
        from: Time,
        /// How long it is, in minutes; 1 to 1440.
        minutes: u32,
        /// Monday to Sunday: the crew by its place in the list, or none.
        crews: [Option<usize>; 7],
    },
}

/// A shift that is planned, in civil time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The day on which it begins: it belongs to this day's month.
    pub day: Date,
    /// When it begins.
    pub from: DateTime,
    /// When it ends, the first minute that is no longer of it.
    pub until: DateTime,
    /// What people call it.
    pub name: String,
    /// Who does what.
    pub people: Vec<(Role, Id)>,
}

/// A whole number of days, never negative, between two days of the same calendar.
fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_secs().div_euclid(24 * 60 * 60)
}

/// Monday is 0.
fn place_in_week(day: Date) -> usize {
    usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())
}

/// The place in a circle of `size`, also for days before its beginning.
fn circle(at: i64, size: usize) -> usize {
    let size = i64::try_from(size.max(1)).unwrap_or(1);
    usize::try_from(at.rem_euclid(size)).unwrap_or(0)
}

fn refuse(key: &'static str, field: &'static str) -> Result<(), Refusal> {
    Err(Refusal::new(key).on(field))
}

impl Pattern {
    /// The pattern's word: the keys of its sentences end with it.
    pub const fn word(&self) -> &'static str {
        match self {
            Pattern::Rotating { .. } => "rotating",
            Pattern::Staggered { .. } => "staggered",
            Pattern::Standing { .. } => "standing",
            Pattern::Weekly { .. } => "weekly",
        }
    }

    /// Whether a plan can be made of this pattern and these lists.
    ///
    /// # Errors
    /// `duty-refusal-no-turn`, `-turns-many`, `-turn-length`, `-days`, `-no-crew`, `-crews-many`, `-no-weekday`, `-count`,
    /// `-nobody`, `-too-few`, on the field.
    pub fn fits(&self, lists: &Lists) -> Result<(), Refusal> {
        let crews = || match lists.crews.len() {
            0 => refuse("duty-refusal-no-crew", "crew_on_duty_0"),
            count if count > MOST_CREWS => {
                Err(Refusal::new("duty-refusal-crews-many").with("most", MOST_CREWS).on("crew_on_duty_0"))
            }
            _ if lists.crews.iter().any(|crew| crew.leader.is_none() && crew.on_duty.is_empty()) => {
                refuse("duty-refusal-nobody", "crew_on_duty_0")
            }
            _ => Ok(()),
        };
        match self {
            Pattern::Rotating { turns, days, .. } | Pattern::Staggered { turns, days, .. } => {
                if turns.is_empty() {
                    return refuse("duty-refusal-no-turn", "turn_name_0");
                }
                if turns.len() > MOST_TURNS {
                    return Err(Refusal::new("duty-refusal-turns-many").with("most", MOST_TURNS).on("turn_name_0"));
                }
                if turns.iter().any(|turn| !(1..=DAY_MINUTES).contains(&turn.minutes)) {
                    return refuse("duty-refusal-turn-length", "turn_from_0");
                }
                if !(1..=31).contains(days) {
                    return refuse("duty-refusal-days", "days");
                }
                if let Pattern::Staggered { weekdays, .. } = self
                    && !weekdays.contains(&true)
                {
                    return refuse("duty-refusal-no-weekday", "weekday_1");
                }
                crews()
            }
            Pattern::Standing { on_duty, stand_by, .. } => {
                if !(1..=20).contains(on_duty) || *stand_by > 20 {
                    return refuse("duty-refusal-count", "on_duty_count");
                }
                if lists.on_duty.len() < usize::from(*on_duty) {
                    return refuse("duty-refusal-too-few", "on_duty");
                }
                if lists.stand_by.len() < usize::from(*stand_by) {
                    return refuse("duty-refusal-too-few", "stand_by");
                }
                Ok(())
            }
            Pattern::Weekly { minutes, crews: days, .. } => {
                if !(1..=DAY_MINUTES).contains(minutes) {
                    return refuse("duty-refusal-turn-length", "from");
                }
                crews()?;
                if days.iter().all(Option::is_none) || days.iter().flatten().any(|crew| *crew >= lists.crews.len()) {
                    return refuse("duty-refusal-no-weekday", "day_1");
                }
                Ok(())
            }
        }
    }

    /// True when the pattern by itself leaves no minute of a day uncovered.
    pub fn is_round_the_clock(&self) -> bool {
        match self {
            Pattern::Standing { .. } => true,
            Pattern::Rotating { turns, .. } => covers_a_day(turns),
            Pattern::Staggered { turns, weekdays, by_calendar, .. } => {
                !by_calendar && weekdays.iter().all(|day| *day) && covers_a_day(turns)
            }
            Pattern::Weekly { minutes, crews, .. } => *minutes == DAY_MINUTES && crews.iter().all(Option::is_some),
        }
    }

    /// The plan of `days` days from `from` on. What a person cannot stand is planned all the same: [`super::shift::conflicts`]
    /// names it.
    pub fn plan(&self, lists: &Lists, from: Date, days: u32) -> Vec<Planned> {
        self.plan_by(lists, from, days, None)
    }

    /// The same with the working calendar, for patterns that follow it.
    pub fn plan_by(&self, lists: &Lists, from: Date, days: u32, calendar: Option<&Calendar>) -> Vec<Planned> {
        let mut planned = Vec::new();
        let mut day = from;
        for _ in 0..days {
            self.plan_day(lists, day, calendar, &mut planned);
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        planned
    }

    /// True when the weekdays of this pattern say something else about a day than the working calendar: somebody stands a
    /// holiday, or nobody a day that is worked for one. A pattern without weekdays never differs; nor does one in which
    /// week-ends are stood like other days.
    pub fn differs(&self, day: Date, calendar: &Calendar) -> bool {
        let weekdays = match self {
            Pattern::Staggered { weekdays, by_calendar: false, .. } => *weekdays,
            Pattern::Weekly { crews, .. } => crews.map(|crew| crew.is_some()),
            Pattern::Staggered { .. } | Pattern::Rotating { .. } | Pattern::Standing { .. } => return false,
        };
        if weekdays == [true; 7] {
            return false;
        }
        match calendar.day(day) {
            Ok(DayKind::Holiday(_)) => weekdays[place_in_week(day)],
            Ok(DayKind::MakeUp(_)) => !weekdays[place_in_week(day)],
            Ok(DayKind::Working | DayKind::Weekend) | Err(_) => false,
        }
    }

    fn plan_day(&self, lists: &Lists, day: Date, calendar: Option<&Calendar>, planned: &mut Vec<Planned>) {
        match self {
            Pattern::Rotating { turns, days, anchor } => {
                self.plan_turns(lists, day, turns, (*days, *anchor), planned);
            }
            Pattern::Staggered { turns, days, weekdays, by_calendar, anchor } => {
                let kind = calendar.filter(|_| *by_calendar).and_then(|calendar| calendar.day(day).ok());
                let is_worked = match kind {
                    Some(DayKind::Holiday(_)) => false,
                    Some(DayKind::MakeUp(_)) => true,
                    // A year that is not loaded has weekdays all the same.
                    Some(DayKind::Working | DayKind::Weekend) | None => weekdays[place_in_week(day)],
                };
                if is_worked {
                    self.plan_turns(lists, day, turns, (*days, *anchor), planned);
                }
            }
            Pattern::Standing { from, on_duty, stand_by, anchor } => {
                let since = days_between(*anchor, day);
                let mut people = Vec::new();
                if !lists.leaders.is_empty() {
                    people.push((Role::Leader, lists.leaders[circle(since, lists.leaders.len())]));
                }
                people.extend(in_turn(&lists.on_duty, since, *on_duty).map(|id| (Role::OnDuty, id)));
                people.extend(in_turn(&lists.stand_by, since, *stand_by).map(|id| (Role::StandBy, id)));
                planned.push(one(day, *from, DAY_MINUTES, String::new(), people));
            }
            Pattern::Weekly { from, minutes, crews } => {
                if let Some(crew) = crews[place_in_week(day)].and_then(|crew| lists.crews.get(crew)) {
                    planned.push(one(day, *from, *minutes, crew.name.clone(), crew.people()));
                }
            }
        }
    }

    fn plan_turns(
        &self,
        lists: &Lists,
        day: Date,
        turns: &[Turn],
        (days, anchor): (u16, Date),
        planned: &mut Vec<Planned>,
    ) {
        if lists.crews.is_empty() {
            return;
        }
        let block = days_between(anchor, day).div_euclid(i64::from(days.max(1)));
        let step = step(turns, days, lists.crews.len());
        for (at, turn) in turns.iter().enumerate() {
            let at = i64::try_from(at).unwrap_or(0);
            let crew = &lists.crews[circle(at + step * block, lists.crews.len())];
            let name = [turn.name.as_str(), crew.name.as_str()].into_iter().filter(|name| !name.is_empty());
            let name = name.collect::<Vec<_>>().join(" · ");
            planned.push(one(day, turn.from, turn.minutes, name, crew.people()));
        }
    }
}

impl Lists {
    /// True when somebody would do more with this role than the lists have them do; who is on none of them may be on duty,
    /// but does not lead.
    pub fn raises(&self, account: Id, role: Role) -> bool {
        let lists = [(Role::Leader, &self.leaders), (Role::OnDuty, &self.on_duty), (Role::StandBy, &self.stand_by)];
        let listed = lists.into_iter().filter(|(_, list)| list.contains(&account)).map(|(role, _)| role);
        let crews = self.crews.iter().flat_map(Crew::people).filter(|(_, id)| *id == account).map(|(role, _)| role);
        // Leading comes first, standing by last.
        match listed.chain(crews).min() {
            Some(most) => role < most,
            None => role == Role::Leader,
        }
    }

    /// Everybody on any of the lists; the same person perhaps several times.
    pub fn everybody(&self) -> impl Iterator<Item = Id> + '_ {
        let crews = self.crews.iter().flat_map(|crew| crew.people().into_iter().map(|(_, id)| id));
        crews.chain(self.leaders.iter().chain(&self.on_duty).chain(&self.stand_by).copied())
    }
}

impl Crew {
    fn people(&self) -> Vec<(Role, Id)> {
        let leader = self.leader.iter().map(|id| (Role::Leader, *id));
        let on_duty = self.on_duty.iter().map(|id| (Role::OnDuty, *id));
        leader.chain(on_duty).chain(self.stand_by.iter().map(|id| (Role::StandBy, *id))).collect()
    }
}

/// `count` of a list on the day `since`: the next ones in the circle, each once.
fn in_turn(list: &[Id], since: i64, count: u16) -> impl Iterator<Item = Id> + '_ {
    let taken = usize::from(count).min(list.len());
    let first = since * i64::from(count);
    (0..taken).map(move |place| list[circle(first + i64::try_from(place).unwrap_or(0), list.len())])
}

fn one(day: Date, from: Time, minutes: u32, name: String, people: Vec<(Role, Id)>) -> Planned {
    let from = day.to_datetime(from);
    Planned { day, from, until: from.saturating_add(i64::from(minutes).minutes()), name, people }
}

fn minute(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn covers_a_day(turns: &[Turn]) -> bool {
    let is_covered = |at: u32| {
        turns.iter().any(|turn| {
            let from = u32::try_from(minute(turn.from)).unwrap_or(0);
            (at + DAY_MINUTES - from) % DAY_MINUTES < turn.minutes
        })
    };
    (0..DAY_MINUTES).all(is_covered)
}

/// In which direction crews move through the turns: 1 or −1, whichever leaves a crew more rest at its shortest.
fn step(turns: &[Turn], days: u16, crews: usize) -> i64 {
    let shortest = |step: i64| {
        let mut last: Option<i64> = None;
        let mut shortest = i64::MAX;
        let blocks = i64::try_from(crews * 2).unwrap_or(2);
        for day in 0..blocks * i64::from(days.max(1)) {
            let block = day / i64::from(days.max(1));
            let mut stretches: Vec<(i64, i64)> = turns
                .iter()
                .enumerate()
                .filter(|(at, _)| circle(i64::try_from(*at).unwrap_or(0) + step * block, crews) == 0)
                .map(|(_, turn)| {
                    let from = day * i64::from(DAY_MINUTES) + minute(turn.from);
                    (from, from + i64::from(turn.minutes))
                })
                .collect();
            stretches.sort_unstable();
            for (from, until) in stretches {
                if let Some(last) = last {
                    shortest = shortest.min(from - last);
                }
                last = Some(last.unwrap_or(until).max(until));
            }
        }
        shortest
    };
    if shortest(-1) >= shortest(1) { -1 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn turn(name: &str, from: Time, hours: u32) -> Turn {
        Turn { name: name.into(), from, minutes: hours * 60 }
    }

    fn three_turns() -> Vec<Turn> {
        vec![turn("早班", time(8, 0, 0, 0), 8), turn("中班", time(16, 0, 0, 0), 8), turn("夜班", time(0, 0, 0, 0), 8)]
    }

    fn crews(count: i64) -> Lists {
        let crew = |at: i64| Crew { name: format!("{at}"), on_duty: vec![at * 10, at * 10 + 1], ..Crew::default() };
        Lists { crews: (1..=count).map(crew).collect(), ..Lists::default() }
    }

    fn crew_of(planned: &Planned) -> Id {
        planned.people[0].1 / 10
    }

    #[test]
    fn three_crews_take_turns_over_the_end_of_the_year() {
        let pattern = Pattern::Rotating { turns: three_turns(), days: 1, anchor: date(2026, 12, 30) };
        let plan = pattern.plan(&crews(3), date(2026, 12, 30), 4);
        let rows: Vec<(Date, &str, Id)> =
            plan.iter().map(|one| (one.day, one.name.split(" · ").next().unwrap_or_default(), crew_of(one))).collect();
        // This way everybody has eight hours of rest; the other way a middle turn would run into the night after it.
        let expected = [
            (date(2026, 12, 30), "早班", 1),
            (date(2026, 12, 30), "中班", 2),
            (date(2026, 12, 30), "夜班", 3),
            (date(2026, 12, 31), "早班", 2),
            (date(2026, 12, 31), "中班", 3),
            (date(2026, 12, 31), "夜班", 1),
            (date(2027, 1, 1), "早班", 3),
            (date(2027, 1, 1), "中班", 1),
            (date(2027, 1, 1), "夜班", 2),
            (date(2027, 1, 2), "早班", 1),
            (date(2027, 1, 2), "中班", 2),
            (date(2027, 1, 2), "夜班", 3),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn the_rotation_leaves_the_most_rest() {
        // Written as a day goes: early, middle, and the night that follows them.
        let turns = vec![
            turn("早班", time(8, 0, 0, 0), 8),
            turn("中班", time(16, 0, 0, 0), 8),
            turn("夜班", time(23, 59, 0, 0), 8),
        ];
        let pattern = Pattern::Rotating { turns, days: 1, anchor: date(2026, 3, 1) };
        let plan = pattern.plan(&crews(3), date(2026, 3, 1), 30);
        for crew in 1..=3 {
            let own: Vec<&Planned> = plan.iter().filter(|one| crew_of(one) == crew).collect();
            for pair in own.windows(2) {
                let rest = pair[0].until.duration_until(pair[1].from).as_hours();
                assert!(rest >= 7, "{:?} then {:?}", pair[0].from, pair[1].from);
            }
        }
    }

    #[test]
    fn a_day_on_and_two_off() {
        let pattern =
            Pattern::Rotating { turns: vec![turn("", time(8, 30, 0, 0), 24)], days: 1, anchor: date(2026, 2, 28) };
        let plan = pattern.plan(&crews(3), date(2026, 2, 28), 4);
        let first: Vec<Date> = plan.iter().filter(|one| crew_of(one) == 1).map(|one| one.day).collect();
        assert_eq!(first, [date(2026, 2, 28), date(2026, 3, 3)]);
        assert_eq!(plan[0].until, date(2026, 3, 1).at(8, 30, 0, 0));
        assert!(pattern.is_round_the_clock());
    }

    #[test]
    fn staggered_hours_keep_to_their_weekdays_and_change_every_week() {
        let turns = vec![turn("早", time(7, 0, 0, 0), 8), turn("晚", time(15, 0, 0, 0), 8)];
        let weekdays = [true, true, true, true, true, false, false];
        // 2026-03-02 is a Monday.
        let pattern = Pattern::Staggered { turns, days: 7, weekdays, by_calendar: false, anchor: date(2026, 3, 2) };
        let plan = pattern.plan(&crews(2), date(2026, 3, 2), 14);
        assert_eq!(plan.len(), 20);
        assert!(plan.iter().all(|one| one.day.weekday().to_monday_one_offset() <= 5));
        assert_eq!((crew_of(&plan[0]), crew_of(&plan[1])), (1, 2));
        assert_eq!((crew_of(&plan[10]), crew_of(&plan[11])), (2, 1), "the other way round in the second week");
        assert!(!pattern.is_round_the_clock());
    }

    #[test]
    fn staggered_hours_follow_the_working_calendar_when_they_are_told_to() {
        let calendar = crate::law::calendar::tests::calendar();
        let weekdays = [true, true, true, true, true, false, false];
        let pattern = |by_calendar| Pattern::Staggered {
            turns: vec![turn("早", time(7, 0, 0, 0), 8)],
            days: 7,
            weekdays,
            by_calendar,
            anchor: date(2026, 9, 14),
        };
        let days = |pattern: &Pattern| -> Vec<Date> {
            let plan = pattern.plan_by(&crews(2), date(2026, 9, 14), 28, Some(&calendar));
            plan.iter().map(|one| one.day).collect()
        };
        let (with, without) = (days(&pattern(true)), days(&pattern(false)));
        for day in 1..=7 {
            let day = date(2026, 10, day);
            assert!(!with.contains(&day), "{day} is a holiday");
        }
        // The Sunday and the Saturday that are worked for National Day.
        for day in [date(2026, 9, 20), date(2026, 10, 10)] {
            assert!(with.contains(&day) && !without.contains(&day), "{day} is worked");
            assert!(pattern(false).differs(day, &calendar) && !pattern(true).differs(day, &calendar), "{day}");
        }
        assert!(without.contains(&date(2026, 10, 1)) && pattern(false).differs(date(2026, 10, 1), &calendar));
        assert!(!pattern(false).differs(date(2026, 9, 19), &calendar), "a plain Saturday");
        let weekly = |crews| Pattern::Weekly { from: time(17, 30, 0, 0), minutes: 60, crews };
        assert!(weekly([Some(0), None, None, Some(0), None, None, None]).differs(date(2026, 10, 1), &calendar));
        assert!(!weekly([Some(0); 7]).differs(date(2026, 10, 1), &calendar), "every day is stood anyway");
    }

    #[test]
    fn standing_duty_draws_from_three_lists() {
        let lists =
            Lists { leaders: vec![1, 2], on_duty: vec![11, 12, 13], stand_by: vec![21, 22], ..Lists::default() };
        let pattern = Pattern::Standing { from: time(8, 30, 0, 0), on_duty: 2, stand_by: 1, anchor: date(2026, 3, 1) };
        assert_eq!(pattern.fits(&lists), Ok(()));
        let plan = pattern.plan(&lists, date(2026, 3, 1), 3);
        use Role::{Leader, OnDuty, StandBy};
        assert_eq!(plan[0].people, [(Leader, 1), (OnDuty, 11), (OnDuty, 12), (StandBy, 21)]);
        assert_eq!(plan[1].people, [(Leader, 2), (OnDuty, 13), (OnDuty, 11), (StandBy, 22)]);
        assert_eq!(plan[2].people, [(Leader, 1), (OnDuty, 12), (OnDuty, 13), (StandBy, 21)]);
    }

    #[test]
    fn the_same_weekday_has_the_same_crew() {
        let days = [Some(0), Some(1), Some(0), Some(1), Some(0), None, None];
        let pattern = Pattern::Weekly { from: time(17, 30, 0, 0), minutes: 15 * 60, crews: days };
        let plan = pattern.plan(&crews(2), date(2026, 9, 28), 7);
        let rows: Vec<(Date, Id)> = plan.iter().map(|one| (one.day, crew_of(one))).collect();
        let day = |day: i8| if day < 28 { date(2026, 10, day) } else { date(2026, 9, day) };
        assert_eq!(rows, [(day(28), 1), (day(29), 2), (day(30), 1), (day(1), 2), (day(2), 1)]);
    }

    #[test]
    fn what_cannot_be_planned_is_refused() {
        let rotating = |turns: Vec<Turn>, days| Pattern::Rotating { turns, days, anchor: date(2026, 1, 1) };
        let key = |pattern: Pattern, lists: &Lists| pattern.fits(lists).map_err(|refusal| refusal.key);
        assert_eq!(key(rotating(vec![], 1), &crews(3)), Err("duty-refusal-no-turn"));
        assert_eq!(key(rotating(three_turns(), 0), &crews(3)), Err("duty-refusal-days"));
        assert_eq!(key(rotating(three_turns(), 1), &crews(0)), Err("duty-refusal-no-crew"));
        assert_eq!(key(rotating(three_turns(), 1), &crews(13)), Err("duty-refusal-crews-many"));
        let mut empty = crews(2);
        empty.crews[1].on_duty.clear();
        assert_eq!(key(rotating(three_turns(), 1), &empty), Err("duty-refusal-nobody"));
        let standing =
            |on_duty| Pattern::Standing { from: time(8, 0, 0, 0), on_duty, stand_by: 0, anchor: date(2026, 1, 1) };
        assert_eq!(key(standing(0), &crews(0)), Err("duty-refusal-count"));
        assert_eq!(key(standing(2), &Lists { on_duty: vec![1], ..Lists::default() }), Err("duty-refusal-too-few"));
        let weekly = |crews| Pattern::Weekly { from: time(8, 0, 0, 0), minutes: 60, crews };
        assert_eq!(key(weekly([None; 7]), &crews(1)), Err("duty-refusal-no-weekday"));
        assert_eq!(key(weekly([Some(1); 7]), &crews(1)), Err("duty-refusal-no-weekday"));
    }

    fn any_day() -> impl Strategy<Value = Date> {
        (2024i16..2032, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day))
    }

    /// Turns that share a whole day out between them.
    fn sharing() -> impl Strategy<Value = Vec<Turn>> {
        (proptest::collection::btree_set(1u32..24, 0..4), 0i8..24).prop_map(|(cuts, begins)| {
            let mut edges: Vec<u32> = std::iter::once(0).chain(cuts).collect();
            edges.push(24);
            let turn = |pair: &[u32]| {
                let hour = (u32::try_from(begins).unwrap_or(0) + pair[0]) % 24;
                let from = time(i8::try_from(hour).unwrap_or(0), 0, 0, 0);
                Turn { name: format!("{hour}"), from, minutes: (pair[1] - pair[0]) * 60 }
            };
            edges.windows(2).map(turn).collect()
        })
    }

    proptest! {
        #[test]
        fn every_minute_is_covered_exactly_once(turns in sharing(), count in 1i64..6, days in 1u16..8, anchor in any_day(), from in any_day()) {
            let pattern = Pattern::Rotating { turns, days, anchor };
            prop_assert!(pattern.is_round_the_clock());
            let plan = pattern.plan(&crews(count), from, 21);
            // From the second day on, the first day's nights have come round.
            let (begin, end) = (from.tomorrow().expect("a day"), from.saturating_add(20.days()));
            let mut edges: Vec<(DateTime, i32)> = plan.iter().flat_map(|one| [(one.from, 1), (one.until, -1)]).collect();
            edges.sort_unstable();
            let mut covered = 0;
            for (at, change) in edges.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, same.iter().map(|edge| edge.1).sum::<i32>())) {
                covered += change;
                if at >= begin.at(0, 0, 0, 0) && at < end.at(0, 0, 0, 0) {
                    prop_assert_eq!(covered, 1, "at {}", at);
                }
            }
        }

        #[test]
        fn a_rotation_is_fair_within_one_turn(turns in sharing(), more in 0i64..4, days in 1u16..8, anchor in any_day(), from in any_day()) {
            let count = i64::try_from(turns.len()).expect("few") + more;
            let pattern = Pattern::Rotating { turns: turns.clone(), days, anchor };
            let length = u32::try_from(count).expect("few") * u32::from(days);
            let mut stood: BTreeMap<(Id, String), u32> = BTreeMap::new();
            for one in pattern.plan(&crews(count), from, length) {
                let name = one.name.split(" · ").next().unwrap_or_default().to_owned();
                *stood.entry((crew_of(&one), name)).or_default() += 1;
            }
            prop_assert_eq!(stood.len(), turns.len() * usize::try_from(count).expect("few"));
            prop_assert!(stood.values().all(|times| *times == u32::from(days)));
        }

        #[test]
        fn a_plan_made_in_two_pieces_is_the_plan_made_at_once(turns in sharing(), count in 1i64..6, days in 1u16..8, anchor in any_day(), from in any_day(), cut in 0u32..60) {
            let pattern = Pattern::Rotating { turns, days, anchor };
            let lists = crews(count);
            let mut pieces = pattern.plan(&lists, from, cut);
            pieces.extend(pattern.plan(&lists, from.saturating_add(i64::from(cut).days()), 60 - cut));
            prop_assert_eq!(pieces, pattern.plan(&lists, from, 60));
        }

        #[test]
        fn standing_duty_is_shared_evenly(people in 1i64..12, on_duty in 1u16..6, anchor in any_day(), from in any_day()) {
            let lists = Lists { on_duty: (1..=people).collect(), leaders: (100..100 + people).collect(), ..Lists::default() };
            let pattern = Pattern::Standing { from: time(9, 0, 0, 0), on_duty, stand_by: 0, anchor };
            let mut stood: BTreeMap<Id, u32> = BTreeMap::new();
            let plan = pattern.plan(&lists, from, u32::try_from(people).expect("few"));
            for (_, id) in plan.iter().flat_map(|one| &one.people) {
                *stood.entry(*id).or_default() += 1;
            }
            let each = u32::from(on_duty).min(u32::try_from(people).expect("few"));
            prop_assert!((1..=people).all(|id| stood[&id] == each));
            prop_assert!((100..100 + people).all(|id| stood[&id] == 1));
            for one in plan {
                let mut ids: Vec<Id> = one.people.iter().map(|person| person.1).collect();
                ids.sort_unstable();
                ids.dedup();
                prop_assert_eq!(ids.len(), one.people.len(), "nobody stands twice in one shift");
            }
        }
    }
}
