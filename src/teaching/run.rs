//! A run (演练): a learner plays every part of an invented case, by the very rules of real ones and by a clock of its own.
//!
//! A run keeps its facts, so a step is taken back by leaving the last one out and making the case of the others again.

use super::exercise::{Event, Exercise, PARTY, role_of};
use super::refusal::Why;
use crate::enforcement::case::{self, Act, Actor, Case, Fact, Law, Party, Role, Step, admitted, carry_out, running};
use crate::enforcement::store::role;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// How long a step takes on the clock of a run, in milliseconds.
const STEP_TAKES: i64 = 600_000;
/// The most days by which the clock is moved at once.
pub const MOST_DAYS: i64 = 400;

/// One run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The exercise, as it was when the run began.
    pub exercise: Exercise,
    /// The case.
    pub case: Case,
    /// The run's own moment.
    pub now: Moment,
    /// Who was played last: the key of a person, or `party`.
    pub part: String,
    /// What happened, first come first.
    pub facts: Vec<Fact>,
    /// How many steps were taken back.
    pub undone: u32,
    /// The mark of the form that was taken last, by which a second sending is known.
    #[serde(default)]
    pub form: String,
}

/// How a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It goes on.
    Open,
    /// The goal is reached.
    Reached,
    /// The case is over and the goal is not reached.
    Missed,
}

/// How far the clock is moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// To the next working day.
    WorkingDay,
    /// By so many natural days.
    Days(u32),
    /// To a day.
    Until(Date),
    /// To the first working day after the end of the term that ends next.
    Term,
}

impl Run {
    /// A fresh run: the clue has come in.
    ///
    /// # Errors
    /// As [`case::opened`]; `teaching-refusal-no-such-part` when nobody of the cast records clues.
    pub fn begin(exercise: &Exercise, id: Id, law: &Law<'_>) -> Result<Run, Refusal> {
        let records = |wanted: Role| exercise.cast.iter().find(|person| role(person.post) == Some(wanted));
        let who = records(Role::Helper).or_else(|| records(Role::Officer));
        let who = who.ok_or_else(|| Why::NoSuchPart.refuse())?;
        let by = Actor {
            account: exercise.account(&who.key),
            role: role(who.post).ok_or_else(|| Why::NoSuchPart.refuse())?,
        };
        let now = law.calendar.moment(exercise.starts.date(), exercise.starts.time());
        // Whoever leads the unit plays a part, where the cast has such a person.
        let is_led = exercise.cast.iter().any(|person| role(person.post) == Some(Role::UnitLeader));
        let (case, fact) = case::opened(id, &by, &exercise.clue.zh, is_led, now, law)?;
        let first = exercise.cast.iter().find(|person| role(person.post) == Some(Role::Officer));
        let part = first.map_or_else(|| who.key.clone(), |person| person.key.clone());
        Ok(Run { exercise: exercise.clone(), case, now, part, facts: vec![fact], undone: 0, form: String::new() })
    }

    /// Who acts when somebody plays a part.
    ///
    /// # Errors
    /// `teaching-refusal-no-such-part`.
    pub fn actor(&self, part: &str) -> Result<Actor, Refusal> {
        let role = role_of(&self.exercise, part).ok_or_else(|| Why::NoSuchPart.refuse().on("part"))?;
        Ok(Actor { account: self.exercise.account(part).filter(|_| part != PARTY), role })
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        match () {
            () if self.exercise.goal.is_reached(&self.case, &self.facts) => Standing::Reached,
            () if self.case.stage.is_over() => Standing::Missed,
            () => Standing::Open,
        }
    }

    /// Whether a part may take a step at all where the case stands; asked before a form is read.
    ///
    /// # Errors
    /// As [`admitted`]; `teaching-refusal-no-such-part`, `teaching-refusal-over`.
    pub fn admits(&self, part: &str, step: Step) -> Result<(), Refusal> {
        Why::Over.unless(self.standing() == Standing::Open)?;
        admitted(&self.case, &self.actor(part)?, step).map(drop)
    }

    /// The run after a step. Everything that real cases ask is asked, and besides whether what is said agrees with the story.
    ///
    /// # Errors
    /// A refusal of the rules of real cases, or one of [`Why`].
    pub fn take(&self, part: &str, step: Step, act: &Act, law: &Law<'_>) -> Result<Run, Refusal> {
        self.admits(part, step)?;
        let by = self.actor(part)?;
        if act.step(self.case.stage) != step {
            return Err(crate::enforcement::Why::StageElsewhere.refuse().with("stage", self.case.stage.word()));
        }
        self.nobody_related(&by, act)?;
        self.agrees(act)?;
        let moment = self.now.max(self.case.last_at);
        let (case, fact) = carry_out(&self.case, &by, act, moment, law)?;
        let mut after = self.clone();
        after.case = case;
        after.facts.push(fact);
        after.now = moment.plus(STEP_TAKES);
        part.clone_into(&mut after.part);
        Ok(after)
    }

    /// Nobody who is near to the party takes part; the program of real cases learns it only when somebody says so.
    fn nobody_related(&self, by: &Actor, act: &Act) -> Result<(), Refusal> {
        if matches!(act, Act::RecordNote { .. } | Act::AskRecusal { .. } | Act::DecideRecusal { .. }) {
            return Ok(());
        }
        let is_related = |account: Id| self.exercise.person(account).is_some_and(|person| person.is_related);
        let mut all: Vec<Id> = by.account.into_iter().collect();
        all.extend(act.taking_part().into_iter().flatten().map(|officer| officer.account));
        if let Act::CallHearing { president, .. } = act {
            all.push(*president);
        }
        match all.into_iter().find(|account| is_related(*account)) {
            Some(account) => {
                let name = self.exercise.person(account).map(|person| person.zh.clone()).unwrap_or_default();
                Err(Why::Related.refuse().with("name", name))
            }
            None => Ok(()),
        }
    }

    /// What is filed or decided on the spot agrees with the story.
    fn agrees(&self, act: &Act) -> Result<(), Refusal> {
        let (Act::ProposeFiling { party, matter, acted_on, .. } | Act::DecideSummary { party, matter, acted_on, .. }) =
            act
        else {
            return Ok(());
        };
        let truth = &self.exercise.truth;
        if !truth.matters.contains(matter) {
            return Err(Why::OtherMatter.refuse().on("matter"));
        }
        if *acted_on != truth.acted_on {
            return Err(Why::OtherDay.refuse().on("acted_on"));
        }
        let is_other = |party: &Party| {
            party.form != truth.form || truth.age.is_some_and(|age| party.age.is_some_and(|typed| typed != age))
        };
        if is_other(party) || truth.age.is_some_and(|age| age < 18 && party.age.is_none()) {
            return Err(Why::OtherParty.refuse().on("form"));
        }
        Ok(())
    }

    /// The run at a later moment.
    ///
    /// # Errors
    /// `teaching-refusal-clock-backwards`, `teaching-refusal-clock-too-far`, `teaching-refusal-no-term`, `teaching-refusal-over`.
    pub fn wait(&self, wait: Wait, law: &Law<'_>) -> Result<Run, Refusal> {
        Why::Over.unless(self.standing() == Standing::Open)?;
        let today = law.calendar.date_of(self.now);
        let day = match wait {
            Wait::WorkingDay => working_from(after(today, 1)?, law)?,
            Wait::Days(days) => {
                Why::ClockBackwards.unless(days > 0)?;
                after(today, i64::from(days).min(MOST_DAYS))?
            }
            Wait::Until(day) => day,
            Wait::Term => {
                let end = running(&self.case, law).into_iter().map(|one| one.end.over_at).find(|over| *over > self.now);
                let over = end.ok_or_else(|| Why::NoTerm.refuse())?;
                let day = working_from(law.calendar.date_of(over), law)?;
                if morning(day, law) < over { working_from(after(day, 1)?, law)? } else { day }
            }
        };
        Why::ClockBackwards.unless(day > today).map_err(|refusal| refusal.on("until"))?;
        law.calendar.is_working_day(day).map_err(|_| Why::ClockTooFar.refuse().with("day", day).on("until"))?;
        Ok(Run { now: morning(day, law), ..self.clone() })
    }

    /// The run without its last step, at the moment at which that was taken.
    ///
    /// # Errors
    /// `teaching-refusal-nothing-to-undo`; of the rules, when they have changed since.
    pub fn undo(&self, law: &Law<'_>) -> Result<Run, Refusal> {
        let mut after = self.clone();
        let last = after.facts.pop().filter(|_| self.facts.len() > 1).ok_or_else(|| Why::NothingToUndo.refuse())?;
        let case = case::replay(&after.facts, law)?;
        after.case = case.ok_or_else(|| Why::NothingToUndo.refuse())?;
        (after.now, after.undone, after.form) = (last.at, self.undone.saturating_add(1), String::new());
        Ok(after)
    }

    /// What has come up until now, each with its day.
    pub fn events(&self, law: &Law<'_>) -> Vec<(Date, &Event)> {
        let today = law.calendar.date_of(self.now);
        let mut all: Vec<(Date, &Event)> = self
            .exercise
            .events
            .iter()
            .filter_map(|event| {
                let since = match event.since {
                    None => self.facts.first(),
                    Some(step) => self.facts.iter().rev().find(|fact| fact.what == step),
                };
                let day = after(law.calendar.date_of(since?.at), i64::from(event.days)).ok()?;
                (day <= today).then_some((day, event))
            })
            .collect();
        all.sort_by_key(|(day, _)| *day);
        all
    }

    /// How many of the ninety days were used: from the filing to the decision or until now, without what is not counted. None
    /// before the filing.
    pub fn days_used(&self, law: &Law<'_>) -> Option<i64> {
        let filed = law.calendar.date_of(self.case.filed_at?);
        let end = self.facts.iter().find(|fact| {
            matches!(fact.what, Step::Decide | Step::NotPunish | Step::NotEstablish | Step::Transfer | Step::Terminate)
        });
        let end = law.calendar.date_of(end.map_or(self.now, |fact| fact.at));
        let is_excluded = |day: Date| {
            self.case.excluded.iter().any(|one| one.from <= day && one.until.is_none_or(|until| day <= until))
        };
        let days = filed.series(1.day()).skip(1).take_while(|day| *day <= end).filter(|day| !is_excluded(*day));
        Some(i64::try_from(days.count()).unwrap_or(i64::MAX))
    }

    /// How many steps were taken, the clue not among them.
    pub fn steps(&self) -> usize {
        self.facts.len().saturating_sub(1)
    }
}

fn morning(day: Date, law: &Law<'_>) -> Moment {
    law.calendar.moment(day, Time::constant(9, 0, 0, 0))
}

fn after(day: Date, days: i64) -> Result<Date, Refusal> {
    day.checked_add(days.days()).map_err(|_| Why::ClockTooFar.refuse().with("day", day))
}

/// The first working day on or after a day.
fn working_from(day: Date, law: &Law<'_>) -> Result<Date, Refusal> {
    for day in day.series(1.day()).take(60) {
        match law.calendar.is_working_day(day) {
            Ok(true) => return Ok(day),
            Ok(false) => {}
            Err(_) => return Err(Why::ClockTooFar.refuse().with("day", day)),
        }
    }
    Err(Why::ClockTooFar.refuse().with("day", day))
}

#[cfg(test)]
#[path = "run_tests.rs"]
pub(crate) mod tests;
