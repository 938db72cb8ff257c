//! Who must know: notices to people, and lines in the history of the case, within the transaction of what happened.

use super::clocks::runs_at_any_hour;
use super::leg::{ClockKind, Leg, LegKind};
use super::store;
use super::supervising::{answer_supervision, order_supervision};
use super::whistle::{Fact, Happened, Kind, Whistle, WhistleAct};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::law::Calendar;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;
use crate::people::department::Department;

/// The longest part of a whistle's words in a notice, in characters.
const SHORT: usize = 60;

struct Telling<'a> {
    app: &'a App,
    tx: &'a Tx,
    whistle: &'a Whistle,
    departments: Vec<Department>,
    /// The blower is signed in: whoever waits for a word of theirs need not ask anybody else.
    is_blower_here: bool,
    now: Moment,
}

/// How pressing a notice about a whistle is. Nobody is woken to read that all is done, or to give stars. Whoever is called, told
/// to come or sent back is told at any hour when the clock that runs out next does not wait for the morning.
fn urgency(kind: &str, whistle: &Whistle, leg: Option<&Leg>, clock: Option<ClockKind>, calendar: &Calendar) -> Urgency {
    let next = || leg?.running().first().map(|(kind, _)| *kind);
    let clock = match kind {
        "whistle-ended" | "whistle-enforcement" | "whistle-declined" | "whistle-order-answered" => {
            return Urgency::Ordinary;
        }
        "whistle-called" | "whistle-upheld" | "whistle-sent-back" => next(),
        // A reminder that comes when the clock has run out reminds nobody.
        _ => clock.filter(|clock| ClockKind::OF_DEPARTMENT.contains(clock)),
    };
    let found = clock.zip(leg).and_then(|(clock, leg)| leg.clocks.0.get(&clock));
    let waits_for_nobody = found.is_some_and(|clock| runs_at_any_hour(clock, calendar));
    if whistle.kind == Kind::Emergency || waits_for_nobody { Urgency::Urgent } else { Urgency::Ordinary }
}

/// Tells of facts.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &Tx, app: &App, whistle: &Whistle, facts: &[Fact], now: Moment) -> Result<(), Error> {
    let departments = crate::people::store::departments(tx).await?;
    let is_blower_here = store::is_here(tx, whistle.author, now).await?;
    let telling = Telling { app, tx, whistle, departments, is_blower_here, now };
    for fact in facts {
        telling.of(fact).await?;
    }
    Ok(())
}

impl Telling<'_> {
    async fn of(&self, fact: &Fact) -> Result<(), Error> {
        let leg = fact.leg.and_then(|leg| self.whistle.leg(leg));
        match (fact.what, leg) {
            (Happened::ApprovalAsked, _) => {
                let superiors = self.superiors().await?;
                self.send(fact, "whistle-approval", superiors, leg).await?;
            }
            (Happened::ApprovalRefused, _) => self.send(fact, "whistle-declined", self.blower(), leg).await?,
            (Happened::WhistleBlown | Happened::LegsCalled, _) => {
                for called in self.whistle.legs.iter().filter(|leg| leg.called_at == Some(fact.at)) {
                    let to = store::people_at(self.tx, called.department, self.whistle.kind == Kind::Emergency).await?;
                    self.send(fact, "whistle-called", to, Some(called)).await?;
                }
                if fact.what == Happened::WhistleBlown {
                    self.tell_case("whistle_blown", fact).await?;
                }
            }
            (Happened::WhistleWithdrawn, _) => {
                for called in self.whistle.legs.iter().filter(|leg| leg.called_at.is_some()) {
                    // Whoever was told to come, or stands there, hears that they may go.
                    let with_crews = called.arrived_at.is_some() || self.whistle.kind == Kind::Emergency;
                    let to = store::people_at(self.tx, called.department, with_crews).await?;
                    self.send(fact, "whistle-withdrawn", to, Some(called)).await?;
                }
                if self.whistle.blown_at.is_some() {
                    self.tell_case("whistle_withdrawn", fact).await?;
                }
            }
            (Happened::WhistleEnded, _) => {
                self.send(fact, "whistle-ended", self.blower(), None).await?;
                for rated in self.whistle.legs.iter().filter(|leg| leg.stage.is_rated()) {
                    let to = store::people_at(self.tx, rated.department, false).await?;
                    self.send(fact, "whistle-ended", to, Some(rated)).await?;
                }
                self.tell_case("whistle_ended", fact).await?;
            }
            (Happened::EnforcementOpened, _) => {
                let mut to = store::people_of(self.tx, &[Post::ShiftLeader]).await?;
                to.extend(self.blower());
                for leg in self.whistle.legs.iter().filter(|leg| leg.kind == LegKind::Enforcement) {
                    to.extend(store::people_at(self.tx, leg.department, false).await?);
                }
                self.send(fact, "whistle-enforcement", to, None).await?;
                self.tell_case("whistle_enforcement_opened", fact).await?;
            }
            (Happened::LegRefused, Some(_)) => {
                let superiors = self.superiors().await?;
                self.send(fact, "whistle-refused", superiors, leg).await?;
                self.send(fact, "whistle-refused", self.answerers().await?, leg).await?;
            }
            (Happened::LegArrived, Some(_)) => {
                self.send(fact, "whistle-arrived", self.answerers().await?, leg).await?;
            }
            (Happened::LegDeclared, Some(_)) => {
                self.send(fact, "whistle-declared", self.answerers().await?, leg).await?;
            }
            (Happened::LegFedBack, Some(_)) => {
                self.send(fact, "whistle-fed-back", self.answerers().await?, leg).await?;
            }
            (Happened::ClockNear, Some(leg)) => self.near(fact, leg).await?,
            (Happened::ClockMissed, Some(leg)) => self.missed(fact, leg).await?,
            (Happened::OrderAnswered, Some(leg)) => self.answered(fact, leg).await?,
            (what, Some(own)) => {
                let kind = match what {
                    Happened::LegConfirmed => "whistle-confirmed",
                    Happened::LegUpheld => "whistle-upheld",
                    Happened::LegExcused => "whistle-excused",
                    Happened::LegAccepted | Happened::LegFailed => "whistle-accepted",
                    Happened::LegSentBack => "whistle-sent-back",
                    Happened::LegReleased => "whistle-released",
                    Happened::LegGivenUp => "whistle-given-up",
                    _ => return Ok(()),
                };
                // Who stands on site hears at once whether to stay or to go.
                let with_crews = own.arrived_at.is_some() && what != Happened::LegUpheld;
                let to = store::people_at(self.tx, own.department, with_crews).await?;
                self.send(fact, kind, to, leg).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A clock turns yellow: only whoever can still keep it is reminded.
    async fn near(&self, fact: &Fact, leg: &Leg) -> Result<(), Error> {
        let WhistleAct::WarnClock { clock, .. } = fact.act else { return Ok(()) };
        let (kind, to) = match clock {
            ClockKind::Sign => ("whistle-near-sign", self.department(leg, false).await?),
            ClockKind::Contact => ("whistle-near-contact", self.department(leg, false).await?),
            ClockKind::Arrive => ("whistle-near-arrive", self.department(leg, true).await?),
            ClockKind::Work => ("whistle-near-work", self.department(leg, true).await?),
            ClockKind::Answer => ("whistle-near-answer", self.department(leg, false).await?),
            ClockKind::Decide => ("whistle-near-decide", self.superiors().await?),
            ClockKind::Accept => ("whistle-near-accept", self.answerers().await?),
        };
        Ok(self.send(fact, kind, to, Some(leg)).await?)
    }

    /// A clock ran out: whoever has it, the blower and the shift leaders are told. An overdue arrival is ordered by it; the
    /// case has a copy.
    async fn missed(&self, fact: &Fact, leg: &Leg) -> Result<(), Error> {
        let WhistleAct::MissClock { clock, .. } = fact.act else { return Ok(()) };
        let (kind, mut to) = match clock {
            ClockKind::Sign => ("whistle-late-sign", self.department(leg, false).await?),
            ClockKind::Contact => ("whistle-late-contact", self.department(leg, false).await?),
            ClockKind::Arrive => ("whistle-late-arrive", self.department(leg, true).await?),
            ClockKind::Work => ("whistle-late-work", self.department(leg, false).await?),
            ClockKind::Answer => ("whistle-late-answer", self.department(leg, false).await?),
            ClockKind::Decide => ("whistle-late-decide", self.superiors().await?),
            ClockKind::Accept => ("whistle-late-accept", Vec::new()),
        };
        to.extend(self.blower());
        to.extend(store::people_of(self.tx, &[Post::ShiftLeader]).await?);
        self.send(fact, kind, to, Some(leg)).await?;
        let Some(case) = self.whistle.case.filter(|_| clock == ClockKind::Arrive) else { return Ok(()) };
        let answer_by = leg.order.as_ref().and_then(|order| order.answer_by);
        order_supervision(self.app, self.tx, case, self.order_words(leg), answer_by, self.now).await
    }

    /// A department has answered its order: the blower and the shift leaders read it, and the copy on the case is answered.
    async fn answered(&self, fact: &Fact, leg: &Leg) -> Result<(), Error> {
        let mut to = store::people_of(self.tx, &[Post::ShiftLeader]).await?;
        to.extend(self.blower());
        self.send(fact, "whistle-order-answered", to, Some(leg)).await?;
        let Some(case) = self.whistle.case else { return Ok(()) };
        let order = self.order_words(leg);
        answer_supervision(self.app, self.tx, case, &order, fact, leg.department).await
    }

    /// The words of the order as the case keeps them: a record, in the city's first language. Pages tell it in the reader's.
    fn order_words(&self, leg: &Leg) -> String {
        let args = [("number", self.whistle.number.clone()), ("department", self.name(leg, LANGUAGES[0]))];
        self.app.pages.say(LANGUAGES[0], "whistles-supervision-words", &args)
    }

    async fn department(&self, leg: &Leg, with_crews: bool) -> Result<Vec<Id>, DbError> {
        store::people_at(self.tx, leg.department, with_crews).await
    }

    /// Who answers a department that waits for a word: the blower, and whoever leads the shift when it is an emergency or the
    /// blower has gone home. A crew on site must not wait for somebody who sleeps.
    async fn answerers(&self) -> Result<Vec<Id>, DbError> {
        let mut found = self.blower();
        if self.whistle.kind == Kind::Emergency || !self.is_blower_here {
            found.extend(store::people_of(self.tx, &[Post::ShiftLeader]).await?);
        }
        Ok(found)
    }

    fn blower(&self) -> Vec<Id> {
        self.whistle.author.into_iter().collect()
    }

    /// Who may approve or decide: never the blower.
    async fn superiors(&self) -> Result<Vec<Id>, DbError> {
        let mut found = store::people_of(self.tx, &self.app.whistles.decided_by).await?;
        found.retain(|superior| Some(*superior) != self.whistle.author);
        Ok(found)
    }

    fn name(&self, leg: &Leg, lang: &str) -> String {
        let found = self.departments.iter().find(|department| department.id == leg.department);
        found.map(|department| department.name(lang).to_owned()).unwrap_or_default()
    }

    async fn tell_case(&self, kind: &str, fact: &Fact) -> Result<(), DbError> {
        let Some(case) = self.whistle.case else { return Ok(()) };
        store::tell_case(self.tx, case, kind, fact.by.account, fact.at, &self.whistle.number).await
    }

    async fn send(&self, fact: &Fact, kind: &'static str, to: Vec<Id>, leg: Option<&Leg>) -> Result<(), DbError> {
        let mut told = Vec::new();
        // What was written with the act says more than what the whistle says.
        let own = Some(fact.act.words().trim()).filter(|words| !words.is_empty());
        let words: String = own.unwrap_or(&self.whistle.words).chars().take(SHORT).collect();
        let clock = match fact.act {
            WhistleAct::WarnClock { clock, .. } | WhistleAct::MissClock { clock, .. } => Some(clock),
            _ => None,
        };
        let name = |lang: &str| leg.map(|leg| self.name(leg, lang)).unwrap_or_default();
        for person in to {
            // Nobody is told what they did themselves.
            if Some(person) == fact.by.account || told.contains(&person) {
                continue;
            }
            told.push(person);
            let notice = Notice {
                to: person,
                kind,
                args: vec![
                    ("number", self.whistle.number.clone()),
                    ("place", self.whistle.place.address.clone()),
                    ("words", words.clone()),
                    ("department", name("zh-Hans")),
                    ("department-en", name("en")),
                ],
                link: format!("/whistles/{}", self.whistle.id),
                urgency: urgency(kind, self.whistle, leg, clock, &self.app.calendar),
                once: format!(
                    "{kind}-{}-{}-{}",
                    self.whistle.id,
                    leg.map(|leg| leg.id).unwrap_or_default(),
                    fact.revision
                ),
            };
            crate::notices::store::send(self.tx, &notice, self.now).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::clocks::Allowance;
    use super::super::whistle::{Called, Doer, Draft, Place, Side, begin};
    use super::*;
    use crate::law::Conventions;

    #[test]
    fn nobody_is_woken_to_give_stars_and_nobody_sleeps_through_a_call() {
        let calendar = crate::law::calendar::tests::calendar();
        let whistle = |kind| {
            let called = vec![Called { leg: 1, department: 10, kind: LegKind::Management }];
            let (place, words) = (Place::default(), "夜市".to_owned());
            let draft = Draft { kind, case: None, place, words, lead: Some(10), appointed_at: None, called };
            let by = Doer { account: Some(1), side: Side::Desk, departments: vec![] };
            begin(5, "W1".into(), draft, by, Moment(0)).expect("a draft").0
        };
        let friday: jiff::ZonedDateTime = "2026-03-13T17:40:00+08:00[Asia/Shanghai]".parse().expect("a moment");
        let (start, conventions) = (Moment::from(&friday), Conventions::default());
        let told = |kind, notice: &str, sign: &str| {
            let mut whistle = whistle(kind);
            let sign = Allowance::read(sign).expect("an allowance");
            let clock = sign.clock(start, &calendar, &conventions, &[]).expect("a clock");
            whistle.legs[0].stage = super::super::leg::LegStage::Called;
            whistle.legs[0].clocks.0.insert(ClockKind::Sign, clock);
            urgency(notice, &whistle, Some(&whistle.legs[0]), Some(ClockKind::Sign), &calendar)
        };
        use Urgency::{Ordinary, Urgent};
        for (kind, notice, sign, wanted) in [
            (Kind::Emergency, "whistle-called", "10 minute", Urgent),
            (Kind::Emergency, "whistle-fed-back", "10 minute", Urgent),
            (Kind::Emergency, "whistle-ended", "10 minute", Ordinary),
            (Kind::Emergency, "whistle-enforcement", "10 minute", Ordinary),
            (Kind::Emergency, "whistle-declined", "10 minute", Ordinary),
            (Kind::HardProblem, "whistle-called", "1 urgent_hour", Urgent),
            (Kind::HardProblem, "whistle-near-sign", "1 urgent_hour", Urgent),
            (Kind::HardProblem, "whistle-upheld", "1 urgent_hour", Urgent),
            (Kind::HardProblem, "whistle-called", "1 working_hour", Ordinary),
            (Kind::HardProblem, "whistle-near-sign", "1 working_hour", Ordinary),
        ] {
            assert_eq!(told(kind, notice, sign), wanted, "{notice} {sign}");
        }
    }
}
