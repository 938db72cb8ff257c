//! The questions that acts on a penalty case must answer with yes; each no names its article.

use super::case::{
    Act, Actor, Asked, Case, Correction, Disposal, EndGround, Hearing, Law, Manner, Named, Officer, Party, Penalty,
    Rule, Seizure, Service, Stage, Standing, Step, reviews_before_notice,
};
use super::matters::{Condition, ExemptionKind, Matter, Measure, PenaltyKind, TierKind};
use super::money::positive;
use super::refusal::Why;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::law::{End, Excluded, Exclusion};
use jiff::civil::Date;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 200;
/// The longest text, in characters.
pub const LONGEST_WORDS: usize = 20_000;

/// Words that somebody has to write.
///
/// # Errors
/// `enforcement-refusal-words-missing`, `enforcement-refusal-words-too-long`.
pub fn words(words: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() {
        return Err(Why::WordsMissing.refuse().on("words"));
    }
    if words.chars().count() > LONGEST_WORDS {
        return Err(Why::WordsTooLong.refuse().with("most", LONGEST_WORDS).on("words"));
    }
    Ok(())
}

/// A party has a name that fits into a form.
pub(super) fn party(party: &Party) -> Result<(), Refusal> {
    if party.name.trim().is_empty() {
        return Err(Why::WordsMissing.refuse().on("name"));
    }
    if party.name.chars().count() > LONGEST_NAME {
        return Err(Why::WordsTooLong.refuse().with("most", LONGEST_NAME).on("name"));
    }
    Ok(())
}

/// A day that somebody writes is not in the future.
pub(super) fn act_day(day: Date, today: Date) -> Result<(), Refusal> {
    if day > today {
        return Err(Why::DateInFuture.refuse().with("day", day));
    }
    Ok(())
}

/// A suspended case waits, except for what must not wait.
pub(super) fn suspended(case: &Case, step: Step) -> Result<(), Refusal> {
    let goes_on = matches!(
        step,
        Step::RecordNote
            | Step::Resume
            | Step::Terminate
            | Step::EndSeizure
            | Step::ApproveSeizure
            | Step::RefuseSeizure
            | Step::SettleEvidence
    );
    Why::Suspended.unless(case.suspended_at.is_none() || goes_on)
}

/// Two different officers, none a helper, each with a credential that is valid on the day, none recused, and `by` among them
/// when it is an officer who records the act (行政处罚法 art. 42, 行政强制法 art. 18).
///
/// # Errors
/// `enforcement-refusal-helper-enforces`, `…-too-few-officers`, `…-same-officer-twice`, `…-credential-missing`,
/// `…-credential-invalid`, `…-recused`, `…-actor-not-among`; `law-term-not-in-force`.
pub fn officers(
    recused: &BTreeSet<Id>,
    officers: &[Officer],
    by: Option<Id>,
    today: Date,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    Why::HelperEnforces.unless(officers.iter().all(|officer| !officer.is_helper))?;
    let fewest = law.terms.number("officers", today)?.value;
    if (officers.len() as i64) < fewest {
        return Err(Why::TooFewOfficers.refuse());
    }
    let people: BTreeSet<Id> = officers.iter().map(|officer| officer.account).collect();
    let numbers: BTreeSet<&str> =
        officers.iter().filter_map(|officer| officer.credential.as_ref()).map(|one| one.number.trim()).collect();
    Why::SameOfficerTwice.unless(people.len() == officers.len())?;
    for officer in officers {
        let credential = officer.credential.as_ref().filter(|credential| !credential.number.trim().is_empty());
        let credential = credential.ok_or_else(|| Why::CredentialMissing.refuse())?;
        if today < credential.from || today > credential.until {
            let refusal = Why::CredentialInvalid.refuse().with("number", &credential.number);
            return Err(refusal.with("until", credential.until).with("day", today));
        }
    }
    Why::SameOfficerTwice.unless(numbers.len() == officers.len())?;
    Why::Recused.unless(people.is_disjoint(recused))?;
    Why::ActorNotAmong.unless(by.is_none_or(|by| people.contains(&by)))
}

/// New investigators: nobody who has reviewed or presided.
pub(super) fn investigators(case: &mut Case, officers: &[Officer]) -> Result<(), Refusal> {
    let people: BTreeSet<Id> = officers.iter().map(|officer| officer.account).collect();
    Why::ReviewerInvestigated.unless(!case.reviews.iter().any(|review| people.contains(&review.by)))?;
    Why::PresidentInvestigated.unless(people.is_disjoint(&case.have_presided))?;
    case.have_investigated.extend(&people);
    case.investigators = people;
    Ok(())
}

/// Where its unit has a leader: the clue was assigned to whoever goes on with it, and the leader's opinion was heard where the organ
/// wants one.
pub(super) fn unit_leader(case: &Case, actor: &Actor, act: &Act, step: Step, law: &Law<'_>) -> Result<(), Refusal> {
    if !case.is_led {
        return Ok(());
    }
    if matches!(step, Step::CheckClue | Step::ProposeFiling) {
        Why::NotAssigned.unless(!case.investigators.is_empty())?;
        Why::NotInvestigator.unless(actor.account.is_some_and(|by| case.investigators.contains(&by)))?;
    }
    if let Act::ProposeFiling { officers, .. } = act {
        let named: BTreeSet<Id> = officers.iter().map(|officer| officer.account).collect();
        Why::AssignedOtherwise.unless(case.investigators.is_subset(&named))?;
    }
    let goes_on = matches!(
        step,
        Step::ApproveFiling
            | Step::RefuseFiling
            | Step::AskReview
            | Step::Discuss
            | Step::NotifyParty
            | Step::NotPunish
            | Step::NotEstablish
            | Step::ApproveClosing
    );
    Why::OpinionMissing.unless(!goes_on || case.waits_for_opinion(law).is_none())
}

/// A volume has a number and one of the organ's terms of keeping, and was checked by somebody who did not bind it.
pub(super) fn archive(
    volume: &str,
    retention: &str,
    bound_by: Option<Id>,
    checked_by: Option<Id>,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    if volume.trim().is_empty() {
        return Err(Why::WordsMissing.refuse().on("volume"));
    }
    if volume.chars().count() > LONGEST_NAME {
        return Err(Why::WordsTooLong.refuse().with("most", LONGEST_NAME).on("volume"));
    }
    let is_known = law.organ.retention.iter().any(|one| one.id == retention);
    Why::NoSuchThing.unless(is_known).map_err(|refusal| refusal.on("retention"))?;
    let is_checked = bound_by.is_some() && checked_by.is_some() && bound_by != checked_by;
    Why::CheckedByBinder.unless(is_checked).map_err(|refusal| refusal.on("checked_by"))
}

fn no_basis(case: &Case, day: Date) -> Refusal {
    Why::NoBasis.refuse().with("name", &case.matter).with("day", day)
}

pub(super) fn matter_of_act<'a>(case: &Case, law: &Law<'a>) -> Result<&'a Matter, Refusal> {
    let day = case.acted_on.ok_or_else(|| Why::WordsMissing.refuse())?;
    law.matters.on(&case.matter, day).ok_or_else(|| no_basis(case, day))
}

fn party_of(case: &Case) -> Result<&Party, Refusal> {
    case.party.as_ref().ok_or_else(|| Why::WordsMissing.refuse().on("name"))
}

/// A rule was in force on the day of the act, and it is the one that takes most (art. 29, 38).
pub(super) fn basis(case: &Case, law: &Law<'_>) -> Result<(), Refusal> {
    let day = case.acted_on.ok_or_else(|| Why::WordsMissing.refuse())?;
    let matter = matter_of_act(case, law)?;
    let kind = party_of(case)?.kind(law.organ);
    let most = |matter: &Matter| match matter.measure {
        Measure::Amount => matter.bands.of(kind).map(|band| band.most),
        _ => None,
    };
    for id in &case.also {
        let other = law.matters.on(id, day).ok_or_else(|| Why::NoBasis.refuse().with("name", id).with("day", day))?;
        if let (Some(other_most), Some(own)) = (most(other), most(matter))
            && other_most > own
        {
            return Err(Why::LesserRule.refuse().with("name", &other.name.zh));
        }
    }
    Ok(())
}

/// The act was discovered in time (art. 36).
pub(super) fn limitation(case: &Case, law: &Law<'_>) -> Result<(), Refusal> {
    let matter = matter_of_act(case, law)?;
    let acted = case.acted_on.ok_or_else(|| Why::WordsMissing.refuse())?;
    let term = if case.has_harm && matter.harms { "limitation-harm" } else { "limitation" };
    let found = law.calendar.date_of(case.clue_at);
    let end = law.terms.on(term, found)?.end_from_day(acted, law.calendar, &[])?;
    if found > end.last {
        return Err(Why::LimitationPassed.refuse().with("day", acted).with("until", end.last));
    }
    Ok(())
}

/// What became of the order to correct.
pub(super) fn correct(case: &mut Case, outcome: Correction, today: Date) -> Result<(), Refusal> {
    // Whoever refused at first may still have corrected by the last day, or not.
    let is_open = |order: &&mut super::case::Order| matches!(order.outcome, None | Some(Correction::Refused));
    let order = case.order.as_mut().filter(is_open);
    let order = order.ok_or_else(|| Why::NoSuchThing.refuse())?;
    // Nobody is late before the last day is over.
    Why::DateBackwards.unless(outcome != Correction::NotCorrected || today > order.until)?;
    order.outcome = Some(outcome);
    Ok(())
}

/// Registered evidence is dealt with in seven working days; after that it can only be given back (art. 56).
pub(super) fn settle_evidence(
    case: &mut Case,
    number: u32,
    disposal: Disposal,
    now: Moment,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let one = case.registered.iter_mut().find(|one| one.number == number && one.disposal.is_none());
    let one = one.ok_or_else(|| Why::NoSuchThing.refuse())?;
    // While evidence waits nothing is decided yet.
    Why::ConfiscatedUndecided.unless(disposal != Disposal::Confiscated)?;
    let term = law.terms.on("registered-evidence", law.calendar.date_of(one.at))?;
    let end = term.end(one.at, law.calendar, &[])?;
    if end.is_over(now) && disposal != Disposal::Released {
        return Err(Why::EvidenceLate.refuse().with("until", end.last));
    }
    // It becomes a seizure by an act of its own, with all that a seizure asks for.
    let is_seized = case.seizures.iter().any(|seizure| seizure.at >= one.at && seizure.disposal.is_none());
    Why::SeizureMissing.unless(disposal != Disposal::Seized || is_seized)?;
    Why::NoSuchThing.unless(Disposal::OF_REGISTERED.contains(&disposal))?;
    one.disposal = Some(disposal);
    Ok(())
}

/// No registered evidence waits.
pub(super) fn no_evidence_waits(case: &Case) -> Result<(), Refusal> {
    Why::EvidencePending.unless(case.registered.iter().all(|one| one.disposal.is_some()))
}

/// The end of the check of a clue, with what was added once.
pub(super) fn clue_end(case: &Case, law: &Law<'_>) -> Result<End, Refusal> {
    let mut term = law.terms.on("clue-check", law.calendar.date_of(case.clue_at))?.clone();
    if let Some(at) = case.clue_extended_at {
        term.length += law.terms.on("clue-check-extension", law.calendar.date_of(at))?.length;
    }
    term.end(case.clue_at, law.calendar, &[])
}

/// More time to check a clue: once, before the first has run out.
pub(super) fn extend_clue(case: &mut Case, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let end = clue_end(case, law)?;
    if case.clue_extended_at.is_some() || end.is_over(now) {
        return Err(Why::ClueExtension.refuse().with("until", end.last));
    }
    case.clue_extended_at = Some(now);
    Ok(())
}

/// The end of a seizure: thirty days, thirty more when extended, without tests and appraisals (行政强制法 art. 25).
pub(super) fn seizure_end(case: &Case, seizure: &Seizure, law: &Law<'_>) -> Result<End, Refusal> {
    let day = law.calendar.date_of(seizure.at);
    let mut term = law.terms.on("seizure", day)?.clone();
    if seizure.is_extended {
        term.length += law.terms.on("seizure-extension", day)?.length;
    }
    term.end_from_day(day, law.calendar, &case.excluded)
}

fn seizure(case: &Case, number: u32) -> Result<usize, Refusal> {
    let found = case.seizures.iter().position(|one| one.number == number && one.disposal.is_none());
    found.ok_or_else(|| Why::NoSuchThing.refuse())
}

/// An urgent seizure is reported and approved within 24 hours (行政强制法 art. 19).
pub(super) fn approve_seizure(case: &mut Case, number: u32, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let index = seizure(case, number)?;
    let one = &mut case.seizures[index];
    let term = law.terms.on("urgent-approval", law.calendar.date_of(one.at))?;
    let end = term.end(one.at, law.calendar, &[])?;
    Why::ApprovalLate.unless(now <= end.over_at)?;
    Why::NoSuchThing.unless(!one.is_approved)?;
    one.is_approved = true;
    Ok(())
}

/// A seizure is extended once, before it ends.
pub(super) fn extend_seizure(case: &mut Case, number: u32, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let index = seizure(case, number)?;
    let one = &case.seizures[index];
    Why::SeizureExtended.unless(!one.is_extended)?;
    Why::SeizureUnapproved.unless(one.is_approved)?;
    let end = seizure_end(case, one, law)?;
    if end.is_over(now) {
        return Err(Why::SeizureOver.refuse().with("until", end.last));
    }
    case.seizures[index].is_extended = true;
    Ok(())
}

/// A seizure whose term is over, or that was never approved, can only be lifted (行政强制法 art. 19, 28).
pub(super) fn end_seizure(
    case: &mut Case,
    number: u32,
    disposal: Disposal,
    now: Moment,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let index = seizure(case, number)?;
    let one = &case.seizures[index];
    Why::SeizureGoesOn.unless(Disposal::OF_SEIZURE.contains(&disposal))?;
    if disposal == Disposal::Confiscated {
        let decided = |decision: &super::case::Decision| {
            decision.served_at.is_some() && decision.penalty.kinds.contains(&PenaltyKind::ConfiscateGoods)
        };
        Why::ConfiscatedUndecided.unless(case.decision.as_ref().is_some_and(decided))?;
    }
    if disposal != Disposal::Released {
        Why::SeizureUnapproved.unless(one.is_approved)?;
        let end = seizure_end(case, one, law)?;
        if end.is_over(now) {
            return Err(Why::SeizureOver.refuse().with("until", end.last));
        }
    }
    case.seizures[index].disposal = Some(disposal);
    Ok(())
}

/// What is seized goes to the police together with the case, and the party is told so in writing (行政强制法 art. 21). What can
/// only be given back is given back before.
pub(super) fn hand_over(case: &mut Case, is_told: bool, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let open: Vec<u32> = case.seizures.iter().filter(|one| one.disposal.is_none()).map(|one| one.number).collect();
    Why::TransferUntold.unless(is_told || open.is_empty()).map_err(|refusal| refusal.on("is_told"))?;
    for number in open {
        end_seizure(case, number, Disposal::HandedOver, now, law)?;
    }
    Ok(())
}

/// Nothing is seized any more.
pub(super) fn no_seizure_lasts(case: &Case) -> Result<(), Refusal> {
    Why::SeizureOpen.unless(case.seizures.iter().all(|one| one.disposal.is_some()))
}

/// Time begins that is not counted; hearings and suspensions begin theirs by themselves.
pub(super) fn begin_excluded(case: &mut Case, kind: Exclusion, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    let own = matches!(kind, Exclusion::Hearing | Exclusion::Suspension);
    let is_known =
        ["decision", "seizure"].iter().any(|id| law.terms.on(id, today).is_ok_and(|term| term.excludes(kind)));
    let is_open = case.excluded.iter().any(|one| one.kind == kind && one.until.is_none());
    Why::NoSuchThing.unless(is_known && !own && !is_open)?;
    case.excluded.push(Excluded { kind, from: today, until: None });
    Ok(())
}

/// It ends; that day is the last that is not counted.
pub(super) fn end_excluded(case: &mut Case, kind: Exclusion, today: Date) -> Result<(), Refusal> {
    let open = case.excluded.iter_mut().find(|one| one.kind == kind && one.until.is_none());
    open.ok_or_else(|| Why::NoSuchThing.refuse())?.until = Some(today);
    Ok(())
}

/// The ninety days are extended once by the head and once more by several together, each before they end (art. 60).
pub(super) fn extend(
    case: &mut Case,
    days: u32,
    people: &BTreeSet<Id>,
    now: Moment,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let end = case.decision_end(law)?;
    if end.is_over(now) {
        return Err(Why::ExtensionTooLate.refuse().with("until", end.last));
    }
    let term = match case.extensions.len() {
        0 => "decision-extension",
        1 => {
            Why::DiscussionTooSmall.unless(people.len() >= law.organ.discussion_fewest)?;
            "decision-extension-collective"
        }
        _ => return Err(Why::ExtensionBeyond.refuse()),
    };
    let most = law.terms.on(term, law.calendar.date_of(now))?.length;
    Why::ExtensionBeyond.unless((1..=most).contains(&days))?;
    case.extensions.push(days);
    Ok(())
}

/// The rule that a penalty applies: that of the day of the act, or the newer and more lenient one (art. 37).
fn rule<'a>(case: &Case, penalty: &Penalty, today: Date, law: &Law<'a>) -> Result<&'a Matter, Refusal> {
    let old = matter_of_act(case, law)?;
    let kind = party_of(case)?.kind(law.organ);
    let has_reason = !penalty.rule_reason.trim().is_empty();
    match (penalty.rule, law.matters.on(&case.matter, today)) {
        (_, Some(new)) if new.from == old.from => Ok(old),
        (Rule::OfTheAct, Some(new)) => match new.leniency(old, kind) {
            Some(Ordering::Less) => Err(Why::MilderRuleIgnored.refuse()),
            Some(_) => Ok(old),
            None => Why::RuleReasonMissing.unless(has_reason).map(|()| old),
        },
        (Rule::OfTheDecision, Some(new)) => match new.leniency(old, kind) {
            Some(Ordering::Less) | None => Why::RuleReasonMissing.unless(has_reason).map(|()| new),
            Some(_) => Err(Why::NewerRuleHarsher.refuse()),
        },
        // The file has no rule of today: either nobody is punished any more, or somebody says what stands in its place.
        (Rule::OfTheAct, None) => Why::RuleReasonMissing.unless(has_reason).map(|()| old),
        (Rule::OfTheDecision, None) => Err(Why::NoLongerUnlawful.refuse()),
    }
}

/// A penalty that this party may get for this act: age, rule, kinds, condition, clause, tier, one fine.
pub(super) fn penalty(case: &Case, penalty: &Penalty, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    let party = party_of(case)?;
    let age = |id: &str| law.terms.number(id, today).map(|number| number.value);
    let years = party.age.map(i64::from);
    Why::TooYoung.unless(years.is_none_or(|years| age("age-none").is_ok_and(|least| years >= least)))?;
    Why::NotAccountable.unless(!party.is_unaccountable)?;
    let has_fine = penalty.kinds.contains(&PenaltyKind::Fine);
    if has_fine {
        positive(penalty.fine).map_err(|refusal| refusal.on("fine"))?;
    } else if penalty.fine != 0 {
        return Err(Why::KindNotInClause.refuse().on("fine"));
    }
    let confiscates = [PenaltyKind::ConfiscateGain, PenaltyKind::ConfiscateGoods];
    if confiscates.iter().any(|kind| penalty.kinds.contains(kind)) {
        positive(penalty.confiscated).map_err(|refusal| refusal.on("confiscated"))?;
    } else if penalty.confiscated != 0 {
        return Err(Why::KindNotInClause.refuse().on("confiscated"));
    }
    basis(case, law)?;
    let matter = rule(case, penalty, today, law)?;
    let clause = format!("{}{}", matter.text.zh, matter.clause.official());
    Why::KindNotInClause.unless(!penalty.kinds.is_empty() && penalty.kinds.is_subset(&matter.kinds))?;
    condition(case, matter, penalty, &clause)?;
    if !has_fine {
        return Ok(());
    }
    let is_fined = case.others.iter().any(|other| other.fine > 0 && !other.is_revoked);
    Why::DoubleFine.unless(!is_fined)?;
    let kind = party.kind(law.organ);
    let band = matter.band(kind, penalty.quantity)?;
    let has_reason = !penalty.tier_reason.trim().is_empty();
    // Below the clause only with a written reason (减轻, art. 32); above it never.
    if penalty.fine > band.most || (penalty.fine < band.least && !has_reason) {
        return Err(Why::OutsideClause.refuse().with("clause", clause).with("most", yuan(band.most)).on("fine"));
    }
    if years.is_some_and(|years| age("age-lighter").is_ok_and(|lighter| years < lighter)) {
        let middle = band.least + (band.most - band.least) / 2;
        if penalty.fine > middle {
            return Err(Why::NotLighter.refuse().with("most", yuan(middle)).on("fine"));
        }
    }
    if matter.tiers.is_empty() {
        return Ok(());
    }
    let tier = penalty.tier.ok_or_else(|| Why::TierMissing.refuse().on("tier"))?;
    let tier = matter.tier_band(tier, kind, penalty.quantity)?.ok_or_else(|| Why::TierMissing.refuse().on("tier"))?;
    if !tier.has(penalty.fine) && !has_reason {
        return Err(Why::OutsideTier.refuse().with("most", yuan(tier.most)).on("tier_reason"));
    }
    Ok(())
}

/// Fen as yuan, with the decimals only when there are some.
pub(super) fn yuan(fen: i64) -> String {
    if fen % 100 == 0 { (fen / 100).to_string() } else { format!("{}.{:02}", fen / 100, fen % 100) }
}

/// What the clause asks for before it allows a penalty, or before it allows a fine.
fn condition(case: &Case, matter: &Matter, penalty: &Penalty, clause: &str) -> Result<(), Refusal> {
    let outcome = case.order.as_ref().and_then(|order| order.outcome);
    let because = |why: Why| Err(why.refuse().with("clause", clause));
    let refused = || match outcome {
        Some(Correction::NotCorrected | Correction::Refused) => Ok(()),
        Some(Correction::Corrected) => because(Why::Corrected),
        None => because(Why::NotOrdered),
    };
    let overdue = || match outcome {
        Some(Correction::Refused) => because(Why::NotOverdue),
        _ => refused(),
    };
    let is_grave = || match penalty.tier {
        Some(TierKind::Heavy | TierKind::Grave) => Ok(()),
        _ => because(Why::NotGrave),
    };
    let has_fine = penalty.kinds.contains(&PenaltyKind::Fine);
    match matter.condition {
        Condition::Refusal => refused(),
        Condition::Overdue => overdue(),
        Condition::OverdueOrHarm if has_fine && !case.has_harm => overdue(),
        Condition::GraveForFine if has_fine => is_grave(),
        Condition::OverdueAndGrave if has_fine => overdue().and_then(|()| is_grave()),
        Condition::OverdueAndGrave => overdue(),
        Condition::None | Condition::OverdueOrHarm | Condition::GraveForFine => Ok(()),
    }
}

/// Whether it is heavy whatever the fine: a licence, a business, a larger confiscation, as a hearing is offered for.
fn is_heavy(case: &Case, penalty: &Penalty, today: Date, law: &Law<'_>) -> bool {
    let kind = case.party.as_ref().map(|party| party.kind(law.organ));
    let offers = |kind| law.organ.offers_hearing(kind, &penalty.kinds, 0, penalty.confiscated, today);
    kind.is_some_and(offers)
}

/// Whether a legal review has to pass (art. 58 and the organ's own amount).
pub fn needs_review(case: &Case, penalty: &Penalty, today: Date, law: &Law<'_>) -> bool {
    let is_marked = case.conclusion.as_ref().is_some_and(|one| one.is_public_interest || one.is_complex);
    let kind = case.party.as_ref().map(|party| party.kind(law.organ));
    let is_large = kind.is_some_and(|kind| penalty.fine >= law.organ.review.of(kind));
    is_marked || case.heard_at.is_some() || is_large || is_heavy(case, penalty, today, law)
}

/// Whether the heads have to discuss it (art. 57 ¶2 and the organ's own amount).
pub fn needs_discussion(case: &Case, penalty: &Penalty, today: Date, law: &Law<'_>) -> bool {
    let is_complex = case.conclusion.as_ref().is_some_and(|one| one.is_complex);
    let kind = case.party.as_ref().map(|party| party.kind(law.organ));
    let is_large = kind.is_some_and(|kind| penalty.fine >= law.organ.discussion.of(kind));
    is_complex || is_large || is_heavy(case, penalty, today, law)
}

/// A review that counts: passed, of the present conclusion, and after the hearing.
pub(super) fn has_review(case: &Case) -> bool {
    let concluded = case.conclusion.as_ref().map(|one| one.at);
    let counts = |at: Moment| {
        concluded.is_some_and(|concluded| at >= concluded) && case.heard_at.is_none_or(|heard| at >= heard)
    };
    case.reviews.last().is_some_and(|review| review.is_passed && counts(review.at))
}

/// Who reviews has not investigated and not presided, and has the qualification when it is the first time (art. 58).
pub(super) fn reviewer(case: &Case, actor: &Actor, is_first_time: bool, is_qualified: bool) -> Result<Id, Refusal> {
    let by = actor.account.ok_or_else(|| Why::RoleNotAllowed.refuse())?;
    Why::ReviewerInvestigated.unless(!case.have_investigated.contains(&by))?;
    Why::PresidentReviewed.unless(!case.have_presided.contains(&by))?;
    Why::Recused.unless(!case.recused.contains(&by))?;
    Why::ReviewerUnqualified.unless(!is_first_time || is_qualified)?;
    Ok(by)
}

/// What a notice must hold, and what it must not do (art. 44, 45, 58, 63).
pub(super) fn notice(
    case: &Case,
    penalty: &Penalty,
    offers_hearing: bool,
    new_facts: &str,
    today: Date,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let conclusion = case.conclusion.as_ref().ok_or_else(|| Why::EvidenceMissing.refuse())?;
    Why::EvidenceMissing.unless(case.has_evidence())?;
    if reviews_before_notice(law) && needs_review(case, penalty, today, law) {
        Why::ReviewMissing.unless(has_review(case))?;
    }
    let kind = party_of(case)?.kind(law.organ);
    let is_due = law.organ.offers_hearing(kind, &penalty.kinds, penalty.fine, penalty.confiscated, today);
    Why::HearingNotOffered.unless(offers_hearing || !is_due)?;
    if let Some(before) = case.notice().filter(|_| case.is_defended())
        && is_heavier(penalty, &before.penalty)
    {
        // Not because somebody defended themselves: only on facts that were found and concluded since.
        Why::RaisedForDefending.unless(!new_facts.trim().is_empty() && conclusion.at > before.at)?;
    }
    Ok(())
}

/// Whether a penalty is heavier than another in anything.
fn is_heavier(penalty: &Penalty, than: &Penalty) -> bool {
    penalty.fine > than.fine || penalty.confiscated > than.confiscated || !penalty.kinds.is_subset(&than.kinds)
}

/// A hearing is asked for within five working days, where one was offered (art. 63, 64).
pub(super) fn ask_hearing(case: &mut Case, now: Moment, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    let notice = case.notices.last_mut().ok_or_else(|| Why::NotTold.refuse())?;
    Why::HearingNotDue.unless(notice.offers_hearing)?;
    let end = law.terms.on("hearing-request", law.calendar.date_of(notice.at))?.end(notice.at, law.calendar, &[])?;
    if end.is_over(now) {
        return Err(Why::HearingAskedLate.refuse().with("until", end.last));
    }
    notice.hearing_waived = false;
    case.excluded.push(Excluded { kind: Exclusion::Hearing, from: today, until: None });
    case.hearing = Some(Hearing {
        asked_at: now,
        on: None,
        president: None,
        called_at: None,
        summoned_at: None,
        held_at: None,
        reported_at: None,
        is_withdrawn: false,
    });
    Ok(())
}

/// A hearing is called seven working days ahead, under somebody who has neither investigated nor reviewed (art. 64).
pub(super) fn call_hearing(
    case: &mut Case,
    on: Date,
    president: Id,
    now: Moment,
    today: Date,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    Why::PresidentInvestigated.unless(!case.have_investigated.contains(&president))?;
    Why::PresidentReviewed.unless(!case.reviews.iter().any(|review| review.by == president))?;
    Why::Recused.unless(!case.recused.contains(&president))?;
    let latest = law.terms.on("hearing-notice", today)?.latest_before(on, law.calendar)?;
    if today > latest {
        return Err(Why::HearingCalledLate.refuse().with("day", on).with("until", latest));
    }
    let hearing = case.hearing.as_mut().ok_or_else(|| Why::NoSuchThing.refuse())?;
    (hearing.on, hearing.president) = (Some(on), Some(president));
    // Called anew, it is told anew.
    (hearing.called_at, hearing.summoned_at) = (Some(now), None);
    case.have_presided.insert(president);
    Ok(())
}

/// The last day on which the summons to the hearing that was called may still reach the party (art. 64 no. 2).
pub(super) fn summons_end(case: &Case, law: &Law<'_>) -> Result<End, Refusal> {
    let on = case.hearing.as_ref().and_then(|hearing| hearing.on).ok_or_else(|| Why::NoSuchThing.refuse())?;
    law.terms.on("hearing-notice", on)?.end_before(on, law.calendar)
}

/// The summons reached the party seven working days before the hearing: told is who was served, not who was written to.
pub(super) fn summoned_in_time(case: &Case, at: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let end = summons_end(case, law)?;
    let on = case.hearing.as_ref().and_then(|hearing| hearing.on).map(|on| on.to_string()).unwrap_or_default();
    let late = || Why::SummonsLate.refuse().with("day", on.clone()).with("until", end.last);
    if end.is_over(at) { Err(late()) } else { Ok(()) }
}

/// A hearing is held on its day by its president (art. 64).
pub(super) fn hold_hearing(
    case: &mut Case,
    actor: &Actor,
    agents: u32,
    is_abandoned: bool,
    now: Moment,
    today: Date,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let summoned = case.summoned_at();
    let hearing = case.hearing.as_ref().ok_or_else(|| Why::NoSuchThing.refuse())?;
    Why::NotThePresident.unless(actor.account.is_some() && hearing.president == actor.account)?;
    Why::Recused.unless(actor.account.is_none_or(|by| !case.recused.contains(&by)))?;
    Why::RecusalPending.unless(actor.account.is_none_or(|by| !case.recusals_asked.contains(&by)))?;
    Why::HearingOtherDay.unless(hearing.on == Some(today))?;
    summoned_in_time(case, summoned.ok_or_else(|| Why::SummonsUnserved.refuse())?, law)?;
    Why::TooManyAgents.unless(i64::from(agents) <= law.terms.number("hearing-agents", today)?.value)?;
    let hearing = case.hearing.as_mut().ok_or_else(|| Why::NoSuchThing.refuse())?;
    hearing.held_at = Some(now);
    if is_abandoned {
        if let Some(notice) = case.notices.last_mut() {
            notice.hearing_waived = true;
        }
    } else {
        case.heard_at = Some(now);
    }
    Ok(())
}

/// The party was told, and has answered, waived or let the terms pass; what it said was looked at (art. 44, 45, 62, 64).
pub(super) fn defence_closed(case: &Case, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let notice = case.notice().ok_or_else(|| Why::NotTold.refuse())?;
    Why::DefenceUnanswered.unless(case.defences.iter().all(|one| one.is_adopted.is_some()))?;
    let day = law.calendar.date_of(notice.at);
    let end = |id: &str| law.terms.on(id, day)?.end(notice.at, law.calendar, &[]);
    if !notice.statement_waived {
        let end = end("statement")?;
        if !end.is_over(now) {
            return Err(Why::StatementOpen.refuse().with("until", end.last));
        }
    }
    if notice.offers_hearing && !notice.hearing_waived {
        let hearing = case.hearing.as_ref().filter(|hearing| !hearing.is_withdrawn);
        match hearing {
            Some(hearing) => Why::HearingTermOpen
                .unless(hearing.reported_at.is_some())
                .map_err(|refusal| refusal.with("until", hearing.on.map_or_else(String::new, |on| on.to_string())))?,
            None => {
                let end = end("hearing-request")?;
                if !end.is_over(now) {
                    return Err(Why::HearingTermOpen.refuse().with("until", end.last));
                }
            }
        }
    }
    Ok(())
}

/// Everything that a penalty decision presupposes.
pub(super) fn decision(
    case: &Case,
    intended: &Penalty,
    now: Moment,
    today: Date,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    defence_closed(case, now, law)?;
    Why::RecusalPending.unless(case.recusals_asked.is_empty())?;
    Why::EvidenceMissing.unless(case.has_evidence())?;
    let notice = case.notice().ok_or_else(|| Why::NotTold.refuse())?;
    Why::KindNotAnnounced.unless(intended.kinds.is_subset(&notice.penalty.kinds))?;
    if intended.fine > notice.penalty.fine || intended.confiscated > notice.penalty.confiscated {
        let why = if case.is_defended() { Why::RaisedForDefending } else { Why::AboveAnnounced };
        return Err(why.refuse().with("most", yuan(notice.penalty.fine)).on("fine"));
    }
    penalty(case, intended, today, law)?;
    Why::ReviewMissing.unless(has_review(case) || !needs_review(case, intended, today, law))?;
    if needs_discussion(case, intended, today, law) {
        // What was said at a hearing is decided on (art. 65), so it is discussed after it.
        let since = case.conclusion.as_ref().map(|one| one.at).max(case.heard_at);
        let counts = case.discussions.iter().any(|one| since.is_some_and(|since| one.at >= since));
        Why::DiscussionMissing.unless(counts)?;
    }
    let end = case.decision_end(law)?;
    if end.is_over(now) {
        return Err(Why::DecisionTooLate.refuse().with("until", end.last));
    }
    Ok(())
}

/// Nobody is punished on one of the grounds of arts. 30, 31 and 33, when its conditions hold.
pub(super) fn exemption(
    case: &Case,
    ground: ExemptionKind,
    is_corrected: bool,
    is_first: bool,
    today: Date,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let party = party_of(case)?;
    let least = law.terms.number("age-none", today)?.value;
    Why::ExemptionUnfounded.unless(match ground {
        ExemptionKind::Minor => is_corrected && !case.has_harm,
        ExemptionKind::FirstOffence => is_first && is_corrected && !case.has_harm,
        ExemptionKind::NoFault => true,
        ExemptionKind::Young => party.age.is_some_and(|age| i64::from(age) < least),
        ExemptionKind::Unaccountable => party.is_unaccountable,
    })
}

/// An exemption that the organ's list names for the matter has its circumstances; one that it does not name, and a first time that
/// earlier cases speak against, has a reason (art. 33).
pub(super) fn exemption_row(
    case: &Case,
    ground: ExemptionKind,
    has_circumstances: bool,
    earlier: &[String],
    reason: &str,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    // Age, accountability and fault are of the Act itself: no list adds to them.
    if !matches!(ground, ExemptionKind::Minor | ExemptionKind::FirstOffence) {
        return Ok(());
    }
    let has_reason = !reason.trim().is_empty();
    if ground == ExemptionKind::FirstOffence && !earlier.is_empty() && !has_reason {
        return Err(Why::FirstContradicted.refuse().with("number", earlier.join("、")).on("reason"));
    }
    match matter_of_act(case, law)?.exemptions.iter().find(|row| row.kind == ground) {
        Some(row) if !has_circumstances => {
            Err(Why::ExemptionCircumstances.refuse().with("what", &row.circumstances.zh).on("has_circumstances"))
        }
        Some(_) => Ok(()),
        None => Why::ExemptionUnlisted.unless(has_reason).map_err(|refusal| refusal.on("reason")),
    }
}

/// A summary penalty warns, or fines no more than 200 or 3,000 yuan (art. 51).
pub(super) fn summary(case: &Case, penalty: &Penalty, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    let allowed = BTreeSet::from([PenaltyKind::Warning, PenaltyKind::Fine]);
    Why::SummaryKind.unless(!penalty.kinds.is_empty() && penalty.kinds.is_subset(&allowed))?;
    let id = match party_of(case)?.kind(law.organ) {
        super::matters::PartyKind::Citizen => "summary-fine-citizen",
        super::matters::PartyKind::Unit => "summary-fine-unit",
    };
    let most = law.terms.number(id, today)?.fen();
    if penalty.fine > most {
        return Err(Why::SummaryTooHigh.refuse().with("most", yuan(most)).on("fine"));
    }
    Ok(())
}

/// A paper is served in a manner that holds (art. 61 and the civil procedure that it refers to).
///
/// # Errors
/// As [`served_at`].
pub fn service(service: &Service, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    served_at(service, None, now, law).map(drop)
}

/// When a paper counts as served in its manner: at once where it is handed over, left before a witness or sent to whoever agreed;
/// on the day of the receipt where somebody else brought it; after the time of its announcement, which is the last way of all. What
/// it tells of is not younger (`since`).
///
/// # Errors
/// `enforcement-refusal-consent-missing`, `…-witness-missing`, `…-receipt-day-missing`, `…-others-untried`,
/// `…-announcement-open`, `…-date-in-future`, `…-date-backwards`.
pub fn served_at(service: &Service, since: Option<Date>, now: Moment, law: &Law<'_>) -> Result<Moment, Refusal> {
    let is_after = |day: Date| Why::DateBackwards.unless(since.is_none_or(|since| day >= since));
    let midday = |day: Date| law.calendar.moment(day, jiff::civil::time(12, 0, 0, 0)).min(now);
    match service.manner {
        Manner::Direct => Ok(now),
        Manner::Electronic => Why::ConsentMissing.unless(service.has_consent).map(|()| now),
        Manner::Left => Why::WitnessMissing.unless(service.has_witness).map(|()| now),
        Manner::Post | Manner::Entrusted | Manner::Forwarded => {
            let received = service.received_on.ok_or_else(|| Why::ReceiptDayMissing.refuse().on("received_on"))?;
            act_day(received, law.calendar.date_of(now))?;
            is_after(received)?;
            Ok(midday(received))
        }
        Manner::Announcement => {
            Why::OthersUntried.unless(!service.tried.trim().is_empty()).map_err(|refusal| refusal.on("tried"))?;
            words(&service.tried)?;
            let posted = service.announced_on.ok_or_else(|| Why::AnnouncementOpen.refuse().with("until", ""))?;
            is_after(posted)?;
            let end = law.terms.on("announcement-service", posted)?.end_from_day(posted, law.calendar, &[])?;
            if end.is_over(now) {
                Ok(midday(end.last))
            } else {
                Err(Why::AnnouncementOpen.refuse().with("until", end.last))
            }
        }
    }
}

/// Somebody who is asked has a name, unless it is the party.
pub(super) fn asked(person: &Asked) -> Result<(), Refusal> {
    let has_name = person.standing == Standing::Party || !person.name.trim().is_empty();
    Why::WordsMissing.unless(has_name).map_err(|refusal| refusal.on("asked_name"))?;
    for (words, field) in [(&person.name, "asked_name"), (&person.relation, "relation")] {
        if words.chars().count() > LONGEST_NAME {
            return Err(Why::WordsTooLong.refuse().with("most", LONGEST_NAME).on(field));
        }
    }
    Ok(())
}

/// A paper from outside has a number by which it is found.
pub(super) fn named(paper: &Named) -> Result<(), Refusal> {
    Why::WordsMissing.unless(!paper.number.trim().is_empty()).map_err(|refusal| refusal.on("number"))?;
    if paper.number.chars().count() > LONGEST_NAME {
        return Err(Why::WordsTooLong.refuse().with("most", LONGEST_NAME).on("number"));
    }
    Ok(())
}

/// The fine of the decision, fen.
pub(super) fn fine(case: &Case) -> Result<i64, Refusal> {
    let decision = case.decision.as_ref().ok_or_else(|| Why::NoSuchThing.refuse())?;
    Ok(decision.penalty.fine)
}

/// The decision stands: what was revoked is not carried out (行政强制法 art. 40 no. 4).
pub(super) fn stands(case: &Case) -> Result<(), Refusal> {
    Why::DecisionSetAside.unless(!case.decision.as_ref().is_some_and(|decision| decision.is_set_aside))
}

/// Somebody is reminded of what is late (行政强制法 art. 34, 35): of money after its last day, of what else is to be done from the
/// day after the service on.
pub(super) fn something_is_late(case: &Case, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    let owes = |account: &super::money::Account| account.overdue(today) > 0 || account.late_fee_owed(today) > 0;
    let is_undone = |decision: &super::case::Decision| {
        let is_served = decision.served_at.is_some_and(|at| law.calendar.date_of(at) < today);
        is_served && !is_done(decision)
    };
    Why::NothingLate.unless(case.account.as_ref().is_some_and(owes) || case.decision.as_ref().is_some_and(is_undone))
}

/// Whether a suspension has lasted so long that it is not carried out any more: only where the party cannot and no obvious harm
/// comes of it (行政强制法 art. 39 ¶2).
pub(super) fn is_given_up(case: &Case, now: Moment, law: &Law<'_>) -> Result<bool, Refusal> {
    let is_unable = case.harmless_suspension == Some(super::case::SuspensionGround::Unable);
    let Some(since) = case.enforcement_suspended_at.filter(|_| is_unable) else { return Ok(false) };
    let term = law.terms.on("enforcement-resumption", law.calendar.date_of(since))?;
    Ok(term.end(since, law.calendar, &[])?.is_over(now))
}

/// Carrying out ends on a ground of the law that fits the party (行政强制法 art. 39, 40).
pub(super) fn end_ground(case: &Case, ground: Option<EndGround>, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let is_unit = case.party.as_ref().is_some_and(|party| party.form == super::case::PartyForm::Unit);
    Why::EndUnfounded
        .unless(match ground {
            None => false,
            Some(EndGround::Died) => !is_unit,
            Some(EndGround::Dissolved) => is_unit,
            Some(EndGround::ObjectLost | EndGround::GivenUp | EndGround::Other) => true,
        })
        .map_err(|refusal| refusal.on("ground"))?;
    let may_give_up = ground != Some(EndGround::GivenUp) || is_given_up(case, now, law)?;
    Why::GivenUpEarly.unless(may_give_up).map_err(|refusal| refusal.on("ground"))
}

/// The court is asked after the terms of review and suit, within three months, ten working days after a reminder
/// (行政强制法 art. 53, 54).
pub(super) fn ask_court(case: &Case, now: Moment, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    Why::OwnPower.unless(law.organ.own_power.is_none())?;
    Why::NoSuchThing.unless(!is_performed(case, today))?;
    Why::OpinionUnanswered.unless(case.defences.iter().all(|one| one.is_adopted.is_some()))?;
    let account = case.account.as_ref().ok_or_else(|| Why::NoSuchThing.refuse())?;
    let (first, last) = account.court_window(law.terms, law.calendar)?;
    if today < first {
        return Err(Why::CourtTooEarly.refuse().with("day", first));
    }
    if today > last {
        return Err(Why::CourtTooLate.refuse().with("until", last));
    }
    let reminded = case.reminded_at.ok_or_else(|| Why::ReminderTooYoung.refuse().with("until", ""))?;
    let end = law.terms.on("court-reminder", law.calendar.date_of(reminded))?.end(reminded, law.calendar, &[])?;
    if end.is_over(now) { Ok(()) } else { Err(Why::ReminderTooYoung.refuse().with("until", end.last)) }
}

/// A decision is changed to the same or less; more begins with a notice.
pub(super) fn change(case: &Case, changed: &Penalty, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    let decision = case.decision.as_ref().ok_or_else(|| Why::NoSuchThing.refuse())?;
    Why::ChangeRaises.unless(!is_heavier(changed, &decision.penalty))?;
    penalty(case, changed, today, law)
}

/// Nothing is open any more: seizures, evidence, cash, publication, money and other penalties.
pub(super) fn closable(case: &Case, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    no_seizure_lasts(case)?;
    no_evidence_waits(case)?;
    Why::NotPerformed.unless(case.cash.iter().all(|cash| cash.at_bank_on.is_some()))?;
    let is_up = case.decision.as_ref().is_some_and(|decision| decision.withdraw_since.is_some());
    Why::PublicationStands.unless(!is_up)?;
    let is_revoked = stands(case).is_err();
    super::sampling::none_is_held(case)?;
    super::performing::none_is_open(case)?;
    let to_refund = case.account.as_ref().or(case.former.as_ref()).map_or(0, |one| one.refundable(today, is_revoked));
    if to_refund > 0 {
        return Err(Why::RefundOwed.refuse().with("amount", crate::kit::fields::yuan(to_refund)));
    }
    Why::PublicationDue.unless(super::publication::is_due(case, law).is_none())?;
    if case.stage != Stage::Executing || !case.court.is_empty() {
        return Ok(());
    }
    Why::NotPerformed.unless(is_performed(case, today))
}

/// Since when nothing is open any more and the closing form waits to be written: the moment of the last thing that was done, which
/// notes and papers of later do not move.
pub(super) fn settled(before: &Case, after: &Case, today: Date, law: &Law<'_>) -> Option<Moment> {
    let may_close =
        super::case::way(Step::ProposeClosing, after.stage).is_some() || after.stage == Stage::AwaitingClosing;
    let goes_on = before.stage == after.stage || after.stage == Stage::AwaitingClosing;
    let since = before.settled_at.filter(|_| goes_on).unwrap_or(after.last_at);
    (may_close && closable(after, today, law).is_ok()).then_some(since)
}

/// Whether something is left to be enforced, and nobody has begun to.
pub(super) fn may_enforce(case: &Case, law: &Law<'_>) -> bool {
    case.stage == Stage::Executing
        && case.court_asked_at.is_none()
        && case.enforced_at.is_none()
        && case.court.is_empty()
        && case.enforcement_suspended_at.is_none()
        && !is_performed(case, law.calendar.date_of(case.last_at))
}

/// Whether the court may be asked for what is left: only by an organ without a power of its own (行政强制法 art. 53).
pub(super) fn may_go_to_court(case: &Case, law: &Law<'_>) -> bool {
    law.organ.own_power.is_none() && may_enforce(case, law)
}

/// The late fee has run for more than thirty days and the party was reminded (行政强制法 art. 46): days that are not counted, of a
/// review, a suit or a suspension, are not among them.
///
/// # Errors
/// `enforcement-refusal-late-fee-young`, `…-late-fee-unreminded`; `law-term-not-in-force`.
pub(super) fn late_fee_enforceable(case: &Case, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    let days = case.account.as_ref().map_or(0, |account| account.late_fee(today).days);
    let least = law.terms.on("late-fee-enforcement", today)?.length;
    if days <= least {
        return Err(Why::LateFeeYoung.refuse().with("days", days).with("most", least));
    }
    Why::LateFeeUnreminded.unless(case.reminded_at.is_some())
}

/// An organ to which a law gives the power enforces the money itself (行政强制法 art. 46); every other asks the court.
pub(super) fn enforce_money(case: &Case, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    Why::NoOwnPower.unless(law.organ.own_power.is_some())?;
    stands(case)?;
    Why::EnforcementSuspended.unless(case.enforcement_suspended_at.is_none())?;
    Why::NoSuchThing.unless(case.enforced_at.is_none())?;
    let account = case.account.as_ref().ok_or_else(|| Why::NoSuchThing.refuse())?;
    Why::NothingLate.unless(account.owed(today) > 0 || account.late_fee_owed(today) > 0)?;
    late_fee_enforceable(case, today, law)?;
    Why::OpinionUnanswered.unless(case.defences.iter().all(|one| one.is_adopted.is_some()))
}

/// Whether everything of a decision besides money is done.
fn is_done(decision: &super::case::Decision) -> bool {
    let by_serving = [PenaltyKind::Warning, PenaltyKind::Criticism, PenaltyKind::Fine];
    let mut kinds = decision.penalty.kinds.iter();
    kinds.all(|kind| by_serving.contains(kind) || decision.performed.contains(kind))
}

/// Whether nothing of the decision is owed or to be done: warnings and criticism are done by serving them.
fn is_performed(case: &Case, today: Date) -> bool {
    let owes = |account: &super::money::Account| account.owed(today) > 0 || account.late_fee_owed(today) > 0;
    !case.account.as_ref().is_some_and(owes) && case.decision.as_ref().is_none_or(is_done)
}
