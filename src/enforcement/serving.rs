//! Papers tied to steps: what is served was issued before, and a file is archived whole. Which papers there are is handed in. Pure.

use super::case::{Act, Case, Delivered, Disposal, Fact, Law, Named, Penalty, Step};
use super::record::paper_of;
use super::refusal::Why;
use super::wording::{kinds, penalties};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::papers::paper::{Paper, Standing};
use jiff::civil::Date;
use serde_json::Value;
use typesetting::Kinds;

/// The papers that are served beside those whose terms are the procedure's.
pub const OTHERS: [&str; 15] = [
    "correction-notice",
    "evidence-keeping-notice",
    "evidence-disposal",
    "seizure-decision",
    "seizure-release",
    "things-list",
    "hearing-notice",
    "no-penalty-decision",
    "not-established-decision",
    "revocation-decision",
    "sampling-notice",
    "sampling-disposal",
    "payment-notice",
    "instalment-notice",
    "transfer-letter",
];
/// The papers whose terms are the procedure's: each is served by a step of its own.
const OWN: [&str; 7] = [
    "penalty-notice",
    "performance-decision",
    "performance-reminder",
    "hearing-summons",
    "penalty-decision",
    "change-decision",
    "urging-letter",
];
/// The papers that may be announced where nothing else reaches the party: all that are served.
const ANNOUNCED: [&str; OWN.len() + OTHERS.len()] = {
    let mut all = [""; OWN.len() + OTHERS.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < OWN.len() { OWN[at] } else { OTHERS[at - OWN.len()] };
        at += 1;
    }
    all
};
/// Kinds of which each paper tells of one fact.
const ONE_EACH: [&str; 11] = [
    "sampling-notice",
    "sampling-disposal",
    "performance-decision",
    "performance-record",
    "interview-record",
    "inspection-record",
    "evidence-keeping-notice",
    "evidence-disposal",
    "seizure-decision",
    "seizure-release",
    "service-receipt",
];

/// A paper that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// What it is.
    pub paper: Named,
    /// Since when it counts; for one from outside the beginning of its day.
    pub since: Moment,
    /// The penalties that stand on it, one sentence each; none where nobody knows.
    pub penalties: Option<Vec<String>>,
}

impl InForce {
    /// A paper of the program.
    pub fn of(paper: &Paper) -> InForce {
        let lines = |all: &Vec<Value>| all.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        InForce {
            paper: Named { kind: paper.kind.clone(), number: paper.number.clone() },
            since: paper.issued_at,
            penalties: paper.data.get("penalties").and_then(Value::as_array).map(lines),
        }
    }
}

/// The papers of a case that count: those that were issued and not voided, and those from outside.
pub fn in_force(case: &Case, issued: &[Paper], law: &Law<'_>) -> Vec<InForce> {
    let outside = case.outside.iter().map(|one| InForce {
        paper: one.paper.clone(),
        since: law.calendar.moment(one.on, jiff::civil::Time::midnight()),
        penalties: None,
    });
    let counts = issued.iter().filter(|paper| paper.standing() != Standing::Voided);
    counts.map(InForce::of).chain(outside).collect()
}

/// The kinds of which one is served by a step; empty for steps that serve nothing.
pub const fn served_by(step: Step) -> &'static [&'static str] {
    match step {
        Step::NotifyParty => &["penalty-notice"],
        Step::Serve => &["penalty-decision", "change-decision"],
        Step::Remind => &["urging-letter"],
        Step::ServeSummons => &["hearing-summons"],
        Step::ServePerformance => &["performance-decision"],
        Step::RemindPerformance => &["performance-reminder"],
        Step::ServePaper => &OTHERS,
        Step::PostAnnouncement => &ANNOUNCED,
        _ => &[],
    }
}

/// Whether a step asks which papers there are.
pub const fn asks_for_papers(step: Step) -> bool {
    !served_by(step).is_empty() || matches!(step, Step::Archive)
}

/// Whether a step is about papers alone, so that nobody takes it who practises without them.
pub const fn is_about_papers(step: Step) -> bool {
    matches!(step, Step::ServePaper | Step::NamePaper)
}

/// The papers that a step may serve now: issued since what they tell of, and not served yet; the last first.
pub fn to_serve<'a>(case: &Case, step: Step, papers: &'a [InForce], law: &Law<'_>) -> Vec<&'a InForce> {
    let kinds = served_by(step);
    // A notice belongs to its conclusion, a decision to what was decided last.
    let since = match step {
        Step::NotifyParty => case.conclusion.as_ref().map(|one| one.at),
        Step::Serve => case.decision.as_ref().map(|one| one.at),
        Step::Remind => case.decision.as_ref().and_then(|one| one.served_at),
        Step::ServePerformance | Step::RemindPerformance => case.performances.last().map(|one| one.at),
        Step::ServeSummons => case.hearing.as_ref().map(|one| one.called_at.unwrap_or(one.asked_at)),
        _ => None,
    };
    // A paper from outside carries a day alone.
    let begins = since.map(|since| law.calendar.moment(law.calendar.date_of(since), jiff::civil::Time::midnight()));
    let is_old = |one: &InForce| match (since, begins) {
        (Some(since), Some(begins)) => one.since < if one.penalties.is_some() { since } else { begins },
        _ => false,
    };
    let is_served = |one: &InForce| case.served.iter().any(|served: &Delivered| served.paper == one.paper);
    let found = papers.iter().rev().filter(|one| kinds.contains(&one.paper.kind.as_str()));
    found.filter(|one| !is_old(one) && !is_served(one)).collect()
}

fn unissued(step: Step) -> Why {
    match step {
        Step::NotifyParty => Why::NoticeUnissued,
        Step::Serve => Why::DecisionUnissued,
        Step::Remind => Why::ReminderUnissued,
        Step::ServeSummons => Why::SummonsUnissued,
        Step::ServePerformance => Why::PerformanceUnissued,
        Step::RemindPerformance => Why::PerformanceReminderUnissued,
        _ => Why::PaperUnissued,
    }
}

/// What a paper about a penalty has to say.
fn told(act: &Act, case: &Case) -> Option<Penalty> {
    match act {
        Act::NotifyParty { penalty, .. } => Some(penalty.clone()),
        Act::Serve { .. } => case.decision.as_ref().map(|decision| decision.penalty.clone()),
        _ => None,
    }
}

/// The kinds of papers that the file of a case lacks, each once.
pub fn lacking(case: &Case, facts: &[Fact], papers: &[InForce], law: &Law<'_>) -> Vec<&'static str> {
    let count = |kind: &str| papers.iter().filter(|one| one.paper.kind == kind).count();
    // What was confiscated is not released.
    let is_released = |act: &Act| !matches!(act, Act::EndSeizure { disposal, .. } if *disposal != Disposal::Released);
    let wanted = |kind: &str| {
        let told = facts.iter().filter(|fact| paper_of(fact.what) == Some(kind) && is_released(&fact.act)).count();
        match kind {
            "service-receipt" => facts.iter().filter(|fact| fact.act.service().is_some()).count(),
            kind if ONE_EACH.contains(&kind) => told,
            _ => told.min(1),
        }
    };
    kinds(case, facts, law).into_iter().filter(|kind| count(kind) < wanted(kind)).collect()
}

/// Whether the papers that an act presupposes are there: what it serves was issued, says what is told, and was not served before; a
/// file that is archived has the papers of its steps.
///
/// # Errors
/// `enforcement-refusal-notice-unissued`, `…-decision-unissued`, `…-reminder-unissued`, `…-summons-unissued`,
/// `…-performance-unissued`, `…-performance-reminder-unissued`, `…-paper-unissued`, `…-paper-served`, `…-paper-differs`, `…-file-incomplete`.
pub fn papered(
    case: &Case,
    act: &Act,
    facts: &[Fact],
    papers: &[InForce],
    names: &Kinds,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let step = act.step(case.stage);
    if let Some(service) = act.service() {
        let named = service.paper.as_ref();
        let known = papers.iter().find(|one| named == Some(&one.paper));
        let offered = to_serve(case, step, papers, law);
        let is_served = named.is_some_and(|named| case.served.iter().any(|one| one.paper == *named));
        Why::PaperServed.unless(!is_served).map_err(|refusal| refusal.on("paper"))?;
        let found = known.filter(|one| offered.contains(one));
        let found = found.ok_or_else(|| unissued(step).refuse().on("paper"))?;
        // A paper is served on the day that stands on it, or later.
        let day = law.calendar.date_of(found.since);
        let is_later = |on: Option<Date>| on.is_none_or(|on| on >= day);
        Why::DateBackwards.unless(is_later(service.received_on) && is_later(service.announced_on))?;
        if let (Some(penalty), Some(said)) = (told(act, case), &found.penalties) {
            let refusal = |refusal: Refusal| refusal.with("number", &found.paper.number).on("paper");
            Why::PaperDiffers.unless(penalties(&penalty) == *said).map_err(refusal)?;
        }
    }
    if matches!(act, Act::Archive { .. }) {
        let lacking = lacking(case, facts, papers, law);
        if !lacking.is_empty() {
            let name = |kind: &&'static str| names.find(kind).map(|found| &found.name);
            let zh: Vec<&str> = lacking.iter().filter_map(name).map(|name| name.chinese.as_str()).collect();
            let en: Vec<&str> = lacking.iter().filter_map(name).map(|name| name.english.as_str()).collect();
            return Err(Why::FileIncomplete.refuse().with("what", zh.join("、")).with("what_en", en.join(", ")));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "serving_tests.rs"]
mod tests;
