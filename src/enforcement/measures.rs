//! Registering evidence (先行登记保存, 行政处罚法 art. 56) and seizing (查封、扣押, 行政强制法 arts. 18–24): the officer asks, the head
//! answers by an act of their own, and only then it is done. What cannot wait is seized first and answered for within the term.

use super::case::{Actor, Case, Correction, Disposal, Law, Registered, Seizure};
use super::guards;
use super::matters::Condition;
use super::refusal::Why;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::terms::is_in_force;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

enum_of_words! {
    /// What the head is asked for.
    Measure {
        /// 先行登记保存.
        Register = "register",
        /// 查封、扣押.
        Seize = "seize",
        /// 抽样取证.
        Sample = "sample",
    }
}

/// A request to the head, with the answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Its number within the case, from 1.
    pub number: u32,
    /// When it was made.
    pub at: Moment,
    /// By whom.
    pub by: Option<Id>,
    /// For what.
    pub kind: Measure,
    /// What things.
    pub items: String,
    /// Why.
    pub reason: String,
    /// On which provision.
    pub basis: String,
    /// What the head said; none while it waits.
    pub answer: Option<Answer>,
    /// Whether it was carried out.
    pub is_done: bool,
}

impl Request {
    /// Whether it was approved and still is to be carried out.
    pub fn is_open(&self, kind: Measure) -> bool {
        self.kind == kind && !self.is_done && self.answer.as_ref().is_some_and(|answer| answer.is_approved)
    }
}

/// What the head said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// When.
    pub at: Moment,
    /// Who.
    pub by: Option<Id>,
    /// Whether it is approved.
    pub is_approved: bool,
    /// Why not, or on which condition.
    pub words: String,
}

/// How a seizure was done on the spot (行政强制法 art. 18 nos. 3–9, art. 24).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OnSite {
    /// Whether the credentials were shown.
    pub card_shown: bool,
    /// Whether the party was called to the spot.
    pub is_called: bool,
    /// Whether it came.
    pub is_there: bool,
    /// Who witnessed it where the party did not come.
    pub witness: String,
    /// Whether the party was told reasons, basis, rights and remedies.
    pub is_told: bool,
    /// Whether it was heard.
    pub is_heard: bool,
    /// Whether the record was made on the spot and signed, or the refusal noted in it.
    pub is_recorded: bool,
    /// Whether decision and list were handed over on the spot.
    pub is_handed_over: bool,
}

impl OnSite {
    /// Everything that the law asks for was done.
    ///
    /// # Errors
    /// `enforcement-refusal-seizure-card`, `…-seizure-uncalled`, `…-seizure-witness`, `…-seizure-untold`, `…-seizure-unheard`,
    /// `…-seizure-unrecorded`, `…-seizure-not-handed`.
    pub fn check(&self) -> Result<(), Refusal> {
        Why::SeizureCard.unless(self.card_shown).map_err(|refusal| refusal.on("card_shown"))?;
        Why::SeizureUncalled.unless(self.is_called).map_err(|refusal| refusal.on("is_called"))?;
        Why::SeizureUnrecorded.unless(self.is_recorded).map_err(|refusal| refusal.on("is_recorded"))?;
        if !self.is_there {
            return Why::SeizureWitness
                .unless(!self.witness.trim().is_empty())
                .map_err(|refusal| refusal.on("witness"));
        }
        Why::SeizureUntold.unless(self.is_told).map_err(|refusal| refusal.on("is_told"))?;
        Why::SeizureUnheard.unless(self.is_heard).map_err(|refusal| refusal.on("is_heard"))?;
        Why::SeizureNotHanded.unless(self.is_handed_over).map_err(|refusal| refusal.on("is_handed_over"))
    }
}

/// The provision on which things may be seized for the case's matter on a day, in the words of a paper (行政强制法 arts. 10, 22).
///
/// # Errors
/// `enforcement-refusal-seizure-no-basis` for a matter for which no law and no regulation allows it;
/// `enforcement-refusal-seizure-too-early` where it allows it only after an order to correct that was not obeyed.
pub fn seizure_basis(case: &Case, on: Date, law: &Law<'_>) -> Result<String, Refusal> {
    // Before the matter is known nothing says that it may be seized for.
    Why::SeizureNoBasis.unless(case.acted_on.is_some()).map_err(|refusal| refusal.with("name", "—"))?;
    let matter = guards::matter_of_act(case, law)?;
    let in_force = matter.seizure.as_ref().filter(|one| is_in_force(on, one.text.from, one.text.until));
    let Some(basis) = in_force else {
        return Err(Why::SeizureNoBasis.refuse().with("name", &matter.name.zh));
    };
    let outcome = case.order.as_ref().and_then(|order| order.outcome);
    let is_refused = matches!(outcome, Some(Correction::NotCorrected | Correction::Refused));
    let official = basis.official();
    if basis.condition == Condition::Refusal && !is_refused {
        return Err(Why::SeizureTooEarly.refuse().with("clause", official));
    }
    Ok(official)
}

/// The officer asks.
pub(super) fn ask(
    case: &mut Case,
    actor: &Actor,
    kind: Measure,
    items: &str,
    reason: &str,
    at: Moment,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    guards::words(reason).map_err(|refusal| refusal.on("reason"))?;
    let basis = match kind {
        Measure::Register | Measure::Sample => String::new(),
        Measure::Seize => seizure_basis(case, law.calendar.date_of(at), law)?,
    };
    let number = u32::try_from(case.requests.len()).unwrap_or(u32::MAX).saturating_add(1);
    let (items, reason) = (items.to_owned(), reason.to_owned());
    let by = actor.account;
    case.requests.push(Request { number, at, by, kind, items, reason, basis, answer: None, is_done: false });
    Ok(())
}

/// The head answers, once.
pub(super) fn answer(
    case: &mut Case,
    actor: &Actor,
    number: u32,
    is_approved: bool,
    words: &str,
    at: Moment,
) -> Result<(), Refusal> {
    let request = case.requests.iter_mut().find(|one| one.number == number && one.answer.is_none());
    let request = request.ok_or_else(|| Why::NoSuchThing.refuse())?;
    request.answer = Some(Answer { at, by: actor.account, is_approved, words: words.to_owned() });
    Ok(())
}

/// What the head approved is taken up, once.
pub(super) fn take_up(case: &mut Case, number: u32, kind: Measure, why: Why) -> Result<Request, Refusal> {
    let request = case.requests.iter_mut().find(|one| one.number == number && one.is_open(kind));
    let request = request.ok_or_else(|| why.refuse())?;
    request.is_done = true;
    Ok(request.clone())
}

/// Evidence is registered and kept where it is, as the head approved.
pub(super) fn register(case: &mut Case, request: u32, items: &str, at: Moment) -> Result<(), Refusal> {
    let approved = take_up(case, request, Measure::Register, Why::RegistrationUnapproved)?;
    let number = u32::try_from(case.registered.len()).unwrap_or(u32::MAX).saturating_add(1);
    let approved_by = approved.answer.and_then(|answer| answer.by);
    case.registered.push(Registered { number, at, items: items.to_owned(), approved_by, disposal: None });
    Ok(())
}

/// Things are seized, as the head approved; or at once, where it could not wait, to be approved within the term.
pub(super) fn seize(
    case: &mut Case,
    request: u32,
    is_urgent: bool,
    (items, reason): (&str, &str),
    on_site: &OnSite,
    at: Moment,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let basis = seizure_basis(case, law.calendar.date_of(at), law)?;
    on_site.check()?;
    let is_approved = request != 0;
    let reason = if is_approved {
        take_up(case, request, Measure::Seize, Why::SeizureUnapproved)?.reason
    } else {
        Why::SeizureUnapproved.unless(is_urgent)?;
        guards::words(reason).map_err(|refusal| refusal.on("reason"))?;
        reason.to_owned()
    };
    let number = u32::try_from(case.seizures.len()).unwrap_or(u32::MAX).saturating_add(1);
    let items = items.to_owned();
    case.seizures.push(Seizure { number, at, items, is_approved, reason, basis, is_extended: false, disposal: None });
    Ok(())
}

/// An urgent seizure that the head does not approve is lifted at once (行政强制法 art. 19).
pub(super) fn refuse_seizure(case: &mut Case, number: u32) -> Result<(), Refusal> {
    let open = case.seizures.iter_mut().find(|one| one.number == number && !one.is_approved && one.disposal.is_none());
    open.ok_or_else(|| Why::NoSuchThing.refuse())?.disposal = Some(Disposal::Released);
    Ok(())
}
