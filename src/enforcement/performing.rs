//! Substitute performance (代履行, 行政强制法 arts. 50–52): what the party was ordered to do and has not done is done by the organ, or by
//! somebody else who gains nothing by it, at the party's cost. The head decides, the decision is served, the party is reminded three
//! working days before, people of the organ are there, and the record is signed. What lies on a road, a river or a public place and
//! has to go at once is cleared at once; whoever was not there is told afterwards. Buildings go another way (art. 44). Pure.

use super::case::{Case, Correction, Law};
use super::guards;
use super::matters;
use super::money::positive;
use super::refusal::Why;
use super::resting::{self, Rest};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::End;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The longest performance, in days: nobody clears for longer without writing another record.
const MOST_DAYS: i32 = 60;

enum_of_words! {
    /// Why it is done in the party's place.
    Ground {
        /// 危害交通安全 (art. 50).
        Traffic = "traffic",
        /// 造成环境污染 (art. 50).
        Pollution = "pollution",
        /// 破坏自然资源 (art. 50).
        Resources = "resources",
        /// 道路上需要立即清除 (art. 52).
        Road = "road",
        /// 河道、航道上需要立即清除 (art. 52).
        River = "river",
        /// 公共场所需要立即清除 (art. 52).
        PublicPlace = "public-place",
    }
}

impl Ground {
    /// Whether what is there has to go at once, without a reminder.
    pub const fn is_at_once(self) -> bool {
        matches!(self, Ground::Road | Ground::River | Ground::PublicPlace)
    }
}

enum_of_words! {
    /// Who does it (代履行人).
    Performer {
        /// 行政机关.
        Organ = "organ",
        /// 没有利害关系的第三人.
        Third = "third-party",
    }
}

/// What the head decides (代履行决定; art. 51 no. 1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// What is to be done (标的).
    pub duty: String,
    /// Why in the party's place.
    pub ground: Ground,
    /// The reason in words.
    pub reason: String,
    /// How.
    pub manner: String,
    /// By whom.
    pub performer: Performer,
    /// That somebody's name; empty where the organ does it.
    pub name: String,
    /// Whether that somebody has no interest in it.
    pub is_disinterested: bool,
    /// What it will cost, fen; 0 where nothing.
    pub budget: i64,
    /// The day.
    pub on: Date,
    /// Whether nothing of it is a building, a structure or a facility that goes by the way of unlawful buildings.
    pub is_no_building: bool,
    /// Of what has to go at once: whether the party cannot clear it.
    pub is_unable: bool,
}

enum_of_words! {
    /// How it came to its end.
    Outcome {
        /// 已代履行.
        Performed = "performed",
        /// 当事人自行履行，停止代履行 (art. 51 no. 2).
        ByParty = "by-party",
        /// 不再按该决定代履行: its day has passed, or the reason for it; what is still to be done is decided anew.
        GivenUp = "given-up",
    }
}

/// How it was done on the spot (art. 51 nos. 3, 4 and ¶3).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OnSpot {
    /// When it began.
    pub from: Moment,
    /// When it ended.
    pub until: Moment,
    /// Whether the party was there.
    pub is_party_there: bool,
    /// Whether whoever did it has signed the record.
    pub is_signed_by_performer: bool,
    /// Whether the party has signed it.
    pub is_signed: bool,
    /// Who witnessed it and signed where the party did not; empty where it did.
    pub witness: String,
    /// Whether no violence, threat or other unlawful means was used.
    pub is_peaceful: bool,
    /// What it cost, fen.
    pub cost: i64,
    /// Why more than was said before; empty where it is not more.
    pub cost_reason: String,
}

/// A substitute performance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Performance {
    /// Its number within the case, from 1.
    pub number: u32,
    /// When it was decided.
    pub at: Moment,
    /// By whom.
    pub by: Option<Id>,
    /// What.
    pub plan: Plan,
    /// When the decision counts as served.
    pub served_at: Option<Moment>,
    /// When the reminder counts as served.
    pub reminded_at: Option<Moment>,
    /// How it came to its end; none until then.
    pub outcome: Option<Outcome>,
    /// Whether the party was there when it was done.
    pub is_party_there: bool,
    /// What it cost, fen, borne by the party; 0 until it was done.
    pub cost: i64,
}

impl Performance {
    /// Whether the party, who was not there, still has to be told what was cleared at once (art. 52).
    pub fn is_untold(&self) -> bool {
        self.outcome == Some(Outcome::Performed) && !self.is_party_there && self.served_at.is_none()
    }

    /// Whether the decision may still be served.
    pub fn is_to_serve(&self) -> bool {
        self.served_at.is_none() && (self.outcome.is_none() || self.is_untold())
    }

    /// Whether the reminder may still be served.
    pub fn is_to_remind(&self) -> bool {
        self.outcome.is_none() && self.reminded_at.is_none() && !self.plan.ground.is_at_once()
    }
}

/// The head decides: an order that was not obeyed, or what has to go at once; never a building (arts. 44, 50, 52).
pub(super) fn decide(
    case: &mut Case,
    by: Option<Id>,
    plan: &Plan,
    at: Moment,
    today: Date,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    guards::stands(case)?;
    for (words, field) in [(&plan.duty, "words"), (&plan.reason, "reason"), (&plan.manner, "manner")] {
        guards::words(words).map_err(|refusal| refusal.on(field))?;
    }
    let by_cost = |one: &matters::Matter| one.measure == matters::Measure::CostPercent;
    let is_building = !plan.is_no_building || guards::matter_of_act(case, law).is_ok_and(by_cost);
    Why::PerformanceOfBuilding.unless(!is_building).map_err(|refusal| refusal.on("is_no_building"))?;
    if plan.performer == Performer::Third {
        Why::WordsMissing.unless(!plan.name.trim().is_empty()).map_err(|refusal| refusal.on("name"))?;
        Why::PerformerInterested.unless(plan.is_disinterested).map_err(|refusal| refusal.on("is_disinterested"))?;
    }
    if plan.budget != 0 {
        positive(plan.budget).map_err(|refusal| refusal.on("budget"))?;
    }
    Why::DateBackwards.unless(plan.on >= today).map_err(|refusal| refusal.on("on"))?;
    if plan.ground.is_at_once() {
        Why::PartyCanClear.unless(plan.is_unable).map_err(|refusal| refusal.on("is_unable"))?;
    } else {
        let is_late = |order: &super::case::Order| match order.outcome {
            Some(Correction::NotCorrected) => true,
            Some(Correction::Refused) => today > order.until,
            _ => false,
        };
        Why::PerformanceUnordered.unless(case.order.as_ref().is_some_and(is_late))?;
        if resting::rests(plan.on, law)? {
            return Err(Why::PerformanceOnRest.refuse().with("day", plan.on).on("on"));
        }
        let end = reminder_end(plan, law)?;
        if end.is_over(at) {
            return Err(Why::PerformanceSoon.refuse().with("until", end.last).on("on"));
        }
    }
    let number = u32::try_from(case.performances.len()).unwrap_or(u32::MAX).saturating_add(1);
    case.performances.push(Performance {
        number,
        at,
        by,
        plan: plan.clone(),
        served_at: None,
        reminded_at: None,
        outcome: None,
        is_party_there: false,
        cost: 0,
    });
    Ok(())
}

/// One of them by its number.
pub(super) fn of(case: &Case, number: u32) -> Result<&Performance, Refusal> {
    case.performances.iter().find(|one| one.number == number).ok_or_else(|| Why::NoSuchThing.refuse())
}

pub(super) fn of_mut(case: &mut Case, number: u32) -> Result<&mut Performance, Refusal> {
    case.performances.iter_mut().find(|one| one.number == number).ok_or_else(|| Why::NoSuchThing.refuse())
}

/// The last day on which the reminder may still reach the party (art. 51 no. 2).
pub(super) fn reminder_end(plan: &Plan, law: &Law<'_>) -> Result<End, Refusal> {
    law.terms.on("performance-reminder", plan.on)?.end_before(plan.on, law.calendar)
}

/// The decision comes first, and the reminder reaches the party three working days before the day (art. 51 nos. 1, 2).
pub(super) fn remind(case: &mut Case, number: u32, at: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let one = of(case, number)?;
    Why::NoSuchThing.unless(one.is_to_remind())?;
    Why::PerformanceUnserved.unless(one.served_at.is_some_and(|served| served <= at))?;
    let end = reminder_end(&one.plan, law)?;
    if end.is_over(at) {
        return Err(Why::PerformanceSoon.refuse().with("until", end.last));
    }
    of_mut(case, number)?.reminded_at = Some(at);
    Ok(())
}

/// The party has done it: it is stopped (art. 51 no. 2). Or it is given up, as where no reminder can reach the party in time any more.
pub(super) fn stop(case: &mut Case, number: u32, by_party: bool) -> Result<(), Refusal> {
    let one = of_mut(case, number)?;
    Why::NoSuchThing.unless(one.outcome.is_none())?;
    one.outcome = Some(if by_party { Outcome::ByParty } else { Outcome::GivenUp });
    Ok(())
}

/// It is done: after decision and reminder, not before its day, by day and not on a day of rest, in peace, signed, for what it costs
/// (arts. 43, 51, 52).
pub(super) fn perform(case: &mut Case, number: u32, spot: &OnSpot, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    guards::stands(case)?;
    Why::EnforcementSuspended.unless(case.enforcement_suspended_at.is_none())?;
    let one = of(case, number)?;
    Why::NoSuchThing.unless(one.outcome.is_none())?;
    Why::DateBackwards.unless(spot.from < spot.until && spot.from >= one.at).map_err(|refusal| refusal.on("from"))?;
    guards::act_day(law.calendar.date_of(spot.until), law.calendar.date_of(now))?;
    Why::DateBackwards.unless(spot.until <= now).map_err(|refusal| refusal.on("until"))?;
    if !one.plan.ground.is_at_once() {
        Why::PerformanceUnserved.unless(one.served_at.is_some_and(|served| served <= spot.from))?;
        Why::PerformanceUnreminded.unless(one.reminded_at.is_some())?;
        if law.calendar.date_of(spot.from) < one.plan.on {
            return Err(Why::PerformanceEarly.refuse().with("day", one.plan.on).on("from"));
        }
        by_day(spot, law)?;
    }
    Why::PerformanceViolent.unless(spot.is_peaceful).map_err(|refusal| refusal.on("is_peaceful"))?;
    let is_signed = spot.is_signed_by_performer && (spot.is_signed || !spot.witness.trim().is_empty());
    Why::PerformanceUnsigned.unless(is_signed).map_err(|refusal| refusal.on("is_signed"))?;
    if spot.cost != 0 {
        positive(spot.cost).map_err(|refusal| refusal.on("cost"))?;
    }
    if spot.cost > one.plan.budget && spot.cost_reason.trim().is_empty() {
        let refusal = Why::PerformanceCost.refuse().with("amount", crate::kit::fields::yuan(one.plan.budget));
        return Err(refusal.on("cost_reason"));
    }
    let one = of_mut(case, number)?;
    (one.outcome, one.is_party_there, one.cost) = (Some(Outcome::Performed), spot.is_party_there, spot.cost);
    Ok(())
}

/// Nothing that was decided is left undone, and whoever was not there has been told (arts. 51, 52).
pub(super) fn none_is_open(case: &Case) -> Result<(), Refusal> {
    Why::PerformanceOpen.unless(case.performances.iter().all(|one| one.outcome.is_some()))?;
    Why::PerformanceUntold.unless(!case.performances.iter().any(Performance::is_untold))
}

/// Not on a day of rest and not by night (art. 43).
fn by_day(spot: &OnSpot, law: &Law<'_>) -> Result<(), Refusal> {
    let (first, last) = (law.calendar.date_of(spot.from), law.calendar.date_of(spot.until.plus(-1)));
    Why::DateBackwards.unless((last - first).get_days() <= MOST_DAYS).map_err(|refusal| refusal.on("until"))?;
    let refusal = match resting::within(spot.from, spot.until, law)? {
        None => return Ok(()),
        Some(Rest::Day(day)) => Why::PerformanceOnRest.refuse().with("day", day),
        Some(Rest::Night(day)) => Why::PerformanceAtNight.refuse().with("day", day),
    };
    Err(refusal.on("from"))
}
