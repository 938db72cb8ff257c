//! Who must know: notices to people, and lines in the history of the case, within the transaction of what happened.

use super::leg::{ClockKind, Leg, LegKind};
use super::store;
use super::supervising::order_supervision;
use super::whistle::{Fact, Happened, Kind, Whistle, WhistleAct};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
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
    now: Moment,
}

/// Tells of facts.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &Tx, app: &App, whistle: &Whistle, facts: &[Fact], now: Moment) -> Result<(), Error> {
    let departments = crate::people::store::departments(tx).await?;
    let telling = Telling { app, tx, whistle, departments, now };
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
                    let to = store::people_at(self.tx, called.department, false).await?;
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
                self.send(fact, "whistle-refused", self.blower(), leg).await?;
            }
            (Happened::LegArrived, Some(_)) => self.send(fact, "whistle-arrived", self.blower(), leg).await?,
            (Happened::LegFedBack, Some(_)) => self.send(fact, "whistle-fed-back", self.blower(), leg).await?,
            (Happened::ClockMissed, Some(leg)) => self.missed(fact, leg).await?,
            (what, Some(own)) => {
                let kind = match what {
                    Happened::LegUpheld => "whistle-upheld",
                    Happened::LegExcused => "whistle-excused",
                    Happened::LegAccepted | Happened::LegFailed => "whistle-accepted",
                    Happened::LegSentBack => "whistle-sent-back",
                    Happened::LegReleased => "whistle-released",
                    Happened::LegGivenUp => "whistle-given-up",
                    _ => return Ok(()),
                };
                let to = store::people_at(self.tx, own.department, false).await?;
                self.send(fact, kind, to, leg).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A clock ran out: the department, the blower and the shift leaders are told; an overdue arrival is ordered on the case.
    async fn missed(&self, fact: &Fact, leg: &Leg) -> Result<(), Error> {
        let WhistleAct::MissClock { clock, .. } = fact.act else { return Ok(()) };
        let kind = match clock {
            ClockKind::Sign => "whistle-late-sign",
            ClockKind::Contact => "whistle-late-contact",
            ClockKind::Arrive => "whistle-late-arrive",
            ClockKind::Work => "whistle-late-work",
        };
        let mut to = store::people_at(self.tx, leg.department, clock == ClockKind::Arrive).await?;
        to.extend(self.blower());
        to.extend(store::people_of(self.tx, &[Post::ShiftLeader]).await?);
        self.send(fact, kind, to, Some(leg)).await?;
        let Some(case) = self.whistle.case.filter(|_| clock == ClockKind::Arrive) else { return Ok(()) };
        let args = [("number", self.whistle.number.clone()), ("department", self.name(leg))];
        let words = self.app.pages.say(LANGUAGES[0], "whistles-supervision-words", &args);
        let (calendar, conventions) = (&self.app.calendar, &self.app.conventions);
        let answer = self.app.whistles.answer_within.clock(self.now, calendar, conventions, &[])?;
        order_supervision(self.app, self.tx, case, words, answer.due, self.now).await
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

    fn name(&self, leg: &Leg) -> String {
        let found = self.departments.iter().find(|department| department.id == leg.department);
        found.map(|department| department.name_zh.clone()).unwrap_or_default()
    }

    async fn tell_case(&self, kind: &str, fact: &Fact) -> Result<(), DbError> {
        let Some(case) = self.whistle.case else { return Ok(()) };
        store::tell_case(self.tx, case, kind, fact.by.account, fact.at, &self.whistle.number).await
    }

    async fn send(&self, fact: &Fact, kind: &'static str, to: Vec<Id>, leg: Option<&Leg>) -> Result<(), DbError> {
        let mut told = Vec::new();
        for person in to {
            // Nobody is told what they did themselves.
            if Some(person) == fact.by.account || told.contains(&person) {
                continue;
            }
            told.push(person);
            let words: String = self.whistle.words.chars().take(SHORT).collect();
            let is_urgent = self.whistle.kind == Kind::Emergency;
            let notice = Notice {
                to: person,
                kind,
                args: vec![
                    ("number", self.whistle.number.clone()),
                    ("place", self.whistle.place.address.clone()),
                    ("words", words),
                    ("department", leg.map(|leg| self.name(leg)).unwrap_or_default()),
                ],
                link: format!("/whistles/{}", self.whistle.id),
                urgency: if is_urgent { Urgency::Urgent } else { Urgency::Ordinary },
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
