//! A repeat (重复点位): a place, or a matter, that is complained of again and again. Pure rules: what may happen to it, when it
//! counts as solved, and when it comes back.

use super::month::{days_after, later};
use super::review::Decision;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::civil::Date;
use serde::Serialize;

enum_of_words! {
    /// Where a repeat stands.
    State {
        /// 新发现: found among the reports, on no list yet.
        Found = "found",
        /// 待研判: on a month's list, nothing decided yet.
        Listed = "listed",
        /// 已定措施: a meeting gave it to a department with a deadline.
        Decided = "decided",
        /// 整治中: the department works at it.
        InHand = "in-hand",
        /// 已整治: the department says that it is done; it is watched.
        Done = "done",
        /// 已解决: nobody has complained for long enough.
        Silent = "silent",
        /// 复发: somebody complained again after it was done or silent.
        Returned = "returned",
        /// 不予认定: somebody looked and found that it is no repetition.
        SetAside = "set-aside",
    }
}

impl State {
    /// Whether somebody still has to do something about it, or to watch it.
    pub const fn is_open(self) -> bool {
        !matches!(self, State::Silent | State::SetAside)
    }
}

enum_of_words! {
    /// One line of the workflow.
    Step {
        /// The program puts it on a month's list.
        List = "list",
        /// A meeting's decision takes effect.
        Decide = "decide",
        /// Its department tells how far it is.
        Progress = "progress",
        /// Its department says that it is done.
        Finish = "finish",
        /// Another report of the same.
        Join = "join",
        /// Another report after it was done or silent.
        Return = "return",
        /// Nothing came for long enough.
        FallSilent = "fall-silent",
        /// Somebody finds that it is no repetition.
        SetAside = "set-aside",
    }
}

/// The workflow: to which state a step leads; none when it cannot be taken.
pub const fn way(step: Step, from: State) -> Option<State> {
    use State::*;
    match (step, from) {
        (Step::List, Found | Returned | Listed | SetAside) => Some(Listed),
        // What is decided, worked at, watched or solved stays so on the list.
        (Step::List, state) => Some(state),
        (Step::Decide, _) => Some(Decided),
        (Step::Progress, Decided | InHand) => Some(InHand),
        // What came back stays so until it is done, or a meeting sets a new deadline: the old one is past.
        (Step::Progress, Returned) => Some(Returned),
        (Step::Finish, Decided | InHand | Returned) => Some(Done),
        (Step::Return, Done | Silent) => Some(Returned),
        (Step::Join, state) => Some(state),
        (Step::FallSilent, Found | Listed | Decided | InHand | Done | Returned) => Some(Silent),
        (Step::SetAside, Found | Listed | Returned) => Some(State::SetAside),
        _ => None,
    }
}

enum_of_words! {
    /// What happened to a repeat; the kinds of its facts.
    Happened {
        /// It was found among the reports.
        Found = "repeat_found",
        /// A later search found it again.
        FoundAgain = "repeat_found_again",
        /// A report joined it.
        Joined = "repeat_joined",
        /// It came back.
        Returned = "repeat_returned",
        /// It was put on a month's list.
        Listed = "repeat_listed",
        /// A meeting decided about it.
        Decided = "repeat_decided",
        /// Its department told how far it is.
        Progressed = "repeat_progressed",
        /// Its department said that it is done.
        Finished = "repeat_finished",
        /// It fell silent.
        FellSilent = "repeat_fell_silent",
        /// Somebody found that it is no repetition.
        SetAside = "repeat_set_aside",
        /// Somebody gave it another title.
        Renamed = "repeat_renamed",
        /// Its department was reminded of the deadline.
        Reminded = "repeat_reminded",
        /// Its deadline passed.
        Overdue = "repeat_overdue",
    }
}

/// Where a repeat lies.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Place {
    /// Degrees east; none when its reports have no point.
    pub lon: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// How far its reports lie from the middle, in metres.
    pub radius: i64,
    /// The address that most of its reports have.
    pub address: String,
    /// The street's area code; empty when nobody knows.
    pub street: String,
    /// The community's area code; empty when nobody knows.
    pub community: String,
}

/// Who answers for a repeat until when, as the last meeting decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// The responsible department.
    pub department: Id,
    /// The leader in charge, if one was named.
    pub leader: Option<Id>,
    /// The deadline.
    pub due_on: Date,
}

/// A place, or a matter, that is complained of again and again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repeat {
    /// The identifier.
    pub id: Id,
    /// The number that people say.
    pub number: String,
    /// What people call it.
    pub title: String,
    /// Whether somebody gave it its title.
    pub is_titled: bool,
    /// The rule by which it was found.
    pub rule: String,
    /// That rule's version.
    pub rule_version: u32,
    /// The sub-class that most of its reports have, such as `event-0127`; empty when nobody has said.
    pub sub_class: String,
    /// Where.
    pub place: Place,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_at: Moment,
    /// The civil day of that.
    pub state_on: Date,
    /// How many reports it has.
    pub count: i64,
    /// When the first of them came.
    pub first_at: Moment,
    /// When the last of them came.
    pub last_at: Moment,
    /// The civil day of that.
    pub last_on: Date,
    /// How often it came back after it was done or silent.
    pub returns: i64,
    /// Who answers for it; none before a meeting decided.
    pub charge: Option<Charge>,
    /// From which day on it is silent when nothing more comes.
    pub silent_on: Option<Date>,
    /// On which day somebody must next be told of its deadline.
    pub alert_on: Option<Date>,
    /// Counts its changes.
    pub revision: i64,
}

/// What is done to a repeat.
#[derive(Debug, Clone, PartialEq)]
pub enum RepeatAct {
    /// Reports join it: how many more there are, the moments of the first and the last of all its reports, the last one's day.
    Join {
        /// How many more reports.
        more: i64,
        /// When its first report came.
        first_at: Moment,
        /// When its last report came.
        last_at: Moment,
        /// The civil day of that.
        last_on: Date,
        /// A search found them; otherwise the report came just now.
        is_search: bool,
    },
    /// The program puts it on a month's list.
    List,
    /// A meeting's decision takes effect.
    Decide(Decision),
    /// Its department tells how far it is.
    Progress,
    /// Its department says that it is done.
    Finish,
    /// Nothing came for long enough.
    FallSilent,
    /// Somebody finds that it is no repetition.
    SetAside,
    /// Somebody gives it another title.
    Rename(String),
    /// Its deadline is near, or has passed.
    Alert,
}

/// When things are done: the moment, and its civil day in the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The moment.
    pub at: Moment,
    /// The day.
    pub on: Date,
}

/// The numbers of the rule and of the city that a repeat is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// So many days without another report and it is solved.
    pub silent_days: u32,
    /// So many days before the deadline its department is reminded.
    pub remind_days: u32,
}

/// Does an act.
///
/// # Errors
/// `repeats-refusal-moved-on` when the workflow has no such line; `repeats-refusal-nobody` when no department answers for it.
pub fn carry_out(
    mut repeat: Repeat,
    act: &RepeatAct,
    when: When,
    terms: Terms,
) -> Result<(Repeat, Option<Happened>), Refusal> {
    let moved_on = || Refusal::new("repeats-refusal-moved-on");
    let go = |repeat: &Repeat, step| way(step, repeat.state).ok_or_else(moved_on);
    let what = match act {
        RepeatAct::Join { more, first_at, last_at, last_on, is_search } => {
            // What came before it was done or fell silent is only counted.
            let is_back = *last_at > repeat.last_at.max(repeat.state_at) && way(Step::Return, repeat.state).is_some();
            repeat.count += more;
            repeat.first_at = repeat.first_at.min(*first_at);
            if *last_at > repeat.last_at {
                (repeat.last_at, repeat.last_on) = (*last_at, *last_on);
            }
            if is_back {
                repeat.returns += 1;
                turn(&mut repeat, State::Returned, when);
                Some(Happened::Returned)
            } else if *is_search {
                (*more > 0).then_some(Happened::FoundAgain)
            } else {
                Some(Happened::Joined)
            }
        }
        RepeatAct::List => {
            let to = go(&repeat, Step::List)?;
            turn(&mut repeat, to, when);
            Some(Happened::Listed)
        }
        RepeatAct::Decide(decision) => {
            let to = go(&repeat, Step::Decide)?;
            repeat.charge =
                Some(Charge { department: decision.department, leader: decision.leader, due_on: decision.due_on });
            turn(&mut repeat, to, when);
            // Whoever has just been told needs no reminder.
            let near = days_after(decision.due_on, -i64::from(terms.remind_days));
            repeat.alert_on = Some(if near > when.on { near } else { days_after(decision.due_on, 1) });
            Some(Happened::Decided)
        }
        RepeatAct::Progress | RepeatAct::Finish => {
            if repeat.charge.is_none() {
                return Err(Refusal::new("repeats-refusal-nobody"));
            }
            let is_done = *act == RepeatAct::Finish;
            let to = go(&repeat, if is_done { Step::Finish } else { Step::Progress })?;
            turn(&mut repeat, to, when);
            Some(if is_done { Happened::Finished } else { Happened::Progressed })
        }
        RepeatAct::FallSilent => {
            if repeat.silent_on.is_none_or(|day| day > when.on) {
                return Err(moved_on());
            }
            let to = go(&repeat, Step::FallSilent)?;
            turn(&mut repeat, to, when);
            Some(Happened::FellSilent)
        }
        RepeatAct::SetAside => {
            let to = go(&repeat, Step::SetAside)?;
            turn(&mut repeat, to, when);
            Some(Happened::SetAside)
        }
        RepeatAct::Rename(title) => {
            (repeat.title, repeat.is_titled) = (title.clone(), true);
            Some(Happened::Renamed)
        }
        RepeatAct::Alert => {
            let charge = repeat.charge.filter(|_| repeat.alert_on.is_some_and(|day| day <= when.on));
            let charge = charge.ok_or_else(moved_on)?;
            let is_late = charge.due_on < when.on;
            repeat.alert_on = (!is_late).then(|| days_after(charge.due_on, 1));
            Some(if is_late { Happened::Overdue } else { Happened::Reminded })
        }
    };
    if !repeat.is_waiting() {
        repeat.alert_on = None;
    }
    repeat.silent_on = silent_on(&repeat, terms.silent_days);
    repeat.revision += 1;
    Ok((repeat, what))
}

fn turn(repeat: &mut Repeat, to: State, when: When) {
    if repeat.state != to {
        (repeat.state, repeat.state_at, repeat.state_on) = (to, when.at, when.on);
    }
}

impl Repeat {
    /// Whether a department is to do something by a deadline.
    pub const fn is_waiting(&self) -> bool {
        self.charge.is_some() && matches!(self.state, State::Decided | State::InHand | State::Returned)
    }

    /// Whether that deadline has passed. Of what came back after it was done, no deadline runs.
    pub fn is_late(&self, today: Date) -> bool {
        matches!(self.state, State::Decided | State::InHand) && self.charge.is_some_and(|charge| charge.due_on < today)
    }
}

/// From which day on a repeat is silent when nothing more comes: so many days after its last report, but never before its
/// deadline, or the word that it is done, is so long past. None when it is silent or set aside.
pub fn silent_on(repeat: &Repeat, silent_days: u32) -> Option<Date> {
    let from = match (repeat.state, repeat.charge) {
        (State::Silent | State::SetAside, _) => return None,
        (State::Done, _) => later(repeat.last_on, repeat.state_on),
        (State::Decided | State::InHand, Some(charge)) => later(repeat.last_on, charge.due_on),
        _ => repeat.last_on,
    };
    Some(days_after(from, i64::from(silent_days)))
}

/// How pressing an item of a month's list is, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Urgency {
    /// For each report of the month.
    pub report: i64,
    /// For each report more than in the month before.
    pub rise: i64,
    /// For each time that it came back.
    #[serde(rename = "return")]
    pub back: i64,
    /// For a deadline that was missed.
    pub late: i64,
}

impl Urgency {
    /// The points of an item.
    pub fn of(&self, count: i64, before: i64, returns: i64, is_late: bool) -> i64 {
        self.report * count + self.rise * (count - before).max(0) + self.back * returns + self.late * i64::from(is_late)
    }
}

#[cfg(test)]
mod tests {
    use super::super::review::Measure;
    use super::*;

    const TERMS: Terms = Terms { silent_days: 30, remind_days: 3 };

    fn on(text: &str) -> When {
        let on: Date = text.parse().unwrap();
        let at = on.to_datetime(jiff::civil::Time::midnight()).to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap();
        When { at: Moment::from(&at), on }
    }

    fn found() -> Repeat {
        let (first, last) = (on("2026-03-02"), on("2026-03-20"));
        let mut repeat = Repeat {
            id: 1,
            number: "R2026-0001".into(),
            title: "渡口路 油烟污染".into(),
            is_titled: false,
            rule: "fumes".into(),
            rule_version: 1,
            sub_class: "event-0127".into(),
            place: Place::default(),
            state: State::Found,
            state_at: on("2026-04-01").at,
            state_on: on("2026-04-01").on,
            count: 3,
            first_at: first.at,
            last_at: last.at,
            last_on: last.on,
            returns: 0,
            charge: None,
            silent_on: None,
            alert_on: None,
            revision: 1,
        };
        repeat.silent_on = silent_on(&repeat, 30);
        repeat
    }

    fn decide(due_on: &str) -> RepeatAct {
        RepeatAct::Decide(Decision {
            words: "限期安装油烟净化器".into(),
            measure: Measure::Rectify,
            department: 7,
            leader: None,
            due_on: due_on.parse().unwrap(),
        })
    }

    fn join(day: &str) -> RepeatAct {
        let day = on(day);
        RepeatAct::Join { more: 1, first_at: day.at, last_at: day.at, last_on: day.on, is_search: false }
    }

    fn days(repeat: &Repeat) -> (Option<String>, Option<String>) {
        (repeat.silent_on.map(|day| day.to_string()), repeat.alert_on.map(|day| day.to_string()))
    }

    /// One line each: what is done on which day; the state, the day of silence and the next reminder after it.
    #[test]
    fn a_story_from_finding_to_coming_back() {
        let (none, some) = (None, |text: &str| Some(text.to_owned()));
        let mut repeat = found();
        assert_eq!(days(&repeat), (some("2026-04-19"), none.clone()));
        for (act, day, state, silent, alert, what) in [
            (RepeatAct::List, "2026-04-01", State::Listed, some("2026-04-19"), none.clone(), Happened::Listed),
            (
                decide("2026-04-20"),
                "2026-04-03",
                State::Decided,
                some("2026-05-20"),
                some("2026-04-17"),
                Happened::Decided,
            ),
            (
                join("2026-04-05"),
                "2026-04-05",
                State::Decided,
                some("2026-05-20"),
                some("2026-04-17"),
                Happened::Joined,
            ),
            (
                RepeatAct::Alert,
                "2026-04-17",
                State::Decided,
                some("2026-05-20"),
                some("2026-04-21"),
                Happened::Reminded,
            ),
            (
                RepeatAct::Progress,
                "2026-04-18",
                State::InHand,
                some("2026-05-20"),
                some("2026-04-21"),
                Happened::Progressed,
            ),
            (RepeatAct::Alert, "2026-04-21", State::InHand, some("2026-05-20"), none.clone(), Happened::Overdue),
            (RepeatAct::Finish, "2026-04-24", State::Done, some("2026-05-24"), none.clone(), Happened::Finished),
            (RepeatAct::FallSilent, "2026-05-24", State::Silent, none.clone(), none.clone(), Happened::FellSilent),
            (join("2026-06-02"), "2026-06-02", State::Returned, some("2026-07-02"), none.clone(), Happened::Returned),
            (RepeatAct::List, "2026-07-01", State::Listed, some("2026-07-02"), none.clone(), Happened::Listed),
        ] {
            let (next, happened) = carry_out(repeat, &act, on(day), TERMS).unwrap();
            assert_eq!((next.state, happened), (state, Some(what)), "{day}");
            assert_eq!(days(&next), (silent, alert), "{day}");
            repeat = next;
        }
        assert_eq!((repeat.count, repeat.returns), (5, 1));
    }

    #[test]
    fn what_cannot_be_done() {
        for (name, repeat, act, day, key) in [
            ("nobody answers for it", found(), RepeatAct::Progress, "2026-04-02", "repeats-refusal-nobody"),
            ("it is not silent yet", found(), RepeatAct::FallSilent, "2026-04-18", "repeats-refusal-moved-on"),
            ("nothing is due", found(), RepeatAct::Alert, "2026-04-18", "repeats-refusal-moved-on"),
            (
                "decided already",
                carry_out(found(), &decide("2026-05-01"), on("2026-04-02"), TERMS).unwrap().0,
                RepeatAct::SetAside,
                "2026-04-03",
                "repeats-refusal-moved-on",
            ),
        ] {
            let refused = carry_out(repeat, &act, on(day), TERMS).unwrap_err();
            assert_eq!(refused.key, key, "{name}");
        }
    }

    #[test]
    fn an_old_report_does_not_bring_it_back() {
        let decided = carry_out(found(), &decide("2026-04-20"), on("2026-04-03"), TERMS).unwrap().0;
        let done = carry_out(decided, &RepeatAct::Finish, on("2026-04-10"), TERMS).unwrap().0;
        let (still, what) = carry_out(done, &join("2026-04-08"), on("2026-04-12"), TERMS).unwrap();
        assert_eq!((still.state, what, still.returns), (State::Done, Some(Happened::Joined), 0));
        let (back, what) = carry_out(still, &join("2026-04-12"), on("2026-04-12"), TERMS).unwrap();
        assert_eq!((back.state, what, back.returns), (State::Returned, Some(Happened::Returned), 1));
        assert!(
            back.is_waiting() && !back.is_late("2026-04-21".parse().unwrap()),
            "its department still answers for it"
        );
    }

    #[test]
    fn what_is_pressing() {
        let urgency = Urgency { report: 1, rise: 1, back: 5, late: 10 };
        for (count, before, returns, is_late, expected) in
            [(3, 0, 0, false, 6), (3, 5, 0, false, 3), (3, 3, 2, false, 13), (1, 1, 0, true, 11)]
        {
            assert_eq!(urgency.of(count, before, returns, is_late), expected);
        }
    }
}
