//! The publication of decisions (处罚决定公开): which decision is of social effect, what of it everybody reads, for how long. A
//! decision that was changed, revoked or found unlawful is withdrawn and only that is said (行政处罚法 art. 48).

use super::case::{Case, Effect, Law, PartyForm, Stage};
use super::naming::{natural_names, public_name};
use super::privacy::{Eye, Private, findings, pieces};
use super::refusal::Why;
use super::serving::InForce;
use super::wording::penalties;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The longest line of an entry that somebody types, in characters.
pub const LINE: usize = 120;
/// How many findings a refusal names.
const MOST_NAMED: usize = 6;

/// What everybody reads of a decision, frozen as it was published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The decision's number.
    pub number: String,
    /// The party, as it is called in public.
    pub party: String,
    /// The last signs of an organisation's code; empty for natural persons and where nobody knows it.
    pub code: String,
    /// The matter's name in the files.
    pub matter: String,
    /// What the matter is called.
    pub matter_name: String,
    /// The same in English.
    pub matter_name_en: String,
    /// The facts, without anything that is somebody's.
    pub facts: String,
    /// Duty and clause.
    pub basis: String,
    /// The penalty, a sentence each.
    pub content: Vec<String>,
    /// The organ.
    pub organ: String,
    /// The same in English.
    pub organ_en: String,
    /// The day of the decision.
    pub decided_on: Option<Date>,
}

/// Why and since when an entry is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// When.
    pub at: Moment,
    /// Why, as everybody reads it.
    pub reason: String,
}

/// An entry of the public list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// What it said.
    pub entry: Entry,
    /// When it was published.
    pub at: Moment,
    /// The last day on the list.
    pub until: Date,
    /// Whether it was withdrawn.
    pub withdrawn: Option<Withdrawal>,
}

/// What the papers of a case know that the case itself does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Background {
    /// The number of the decision; empty while no paper has one.
    pub number: String,
    /// The facts as the decision tells them; empty without a paper.
    pub facts: String,
    /// The code of an organisation.
    pub code: String,
    /// Natural persons whom the papers name: representatives, those who were asked.
    pub names: Vec<String>,
    /// The papers that a step may serve; none where papers are not asked for.
    pub papers: Option<Vec<InForce>>,
    /// The kinds of papers that a case may have, each with its names in Chinese and in English.
    pub kinds: Vec<(String, String, String)>,
}

/// Whether the decision of a case is one of social effect: as whoever decided said, else by the organ's rule.
pub fn has_effect(case: &Case, law: &Law<'_>) -> bool {
    let Some(decision) = &case.decision else { return false };
    match decision.effect {
        Effect::Yes => true,
        Effect::No => false,
        Effect::ByRule => by_rule(case, law),
    }
}

/// Whether the organ's rule says that the decision is one of social effect.
pub fn by_rule(case: &Case, law: &Law<'_>) -> bool {
    let (Some(decision), Some(party)) = (&case.decision, &case.party) else { return false };
    law.organ.publication.has_effect(party.kind(law.organ), &decision.penalty)
}

/// Whether the decision of a case still has to be published: since then the term runs.
pub fn is_due(case: &Case, law: &Law<'_>) -> Option<Moment> {
    let decision = case.decision.as_ref().filter(|one| one.published_at.is_none() && one.is_publishable())?;
    let stands = matches!(
        case.stage,
        Stage::Decided
            | Stage::SummaryDecided
            | Stage::Executing
            | Stage::AwaitingClosing
            | Stage::Closed
            | Stage::Terminated
    );
    // What was published once and taken back is nobody's debt.
    let was = case.publications.iter().any(|one| one.at >= decision.at);
    (stands && !was && has_effect(case, law)).then_some(decision.at)
}

/// What to look for in what is published about a case.
pub fn eye(case: &Case, names: &[String]) -> Eye {
    let own = case.party.iter().flat_map(natural_names);
    let unit = case.party.as_ref().filter(|party| party.form == PartyForm::Unit);
    // Papers name whom they are about: an organisation may be named.
    let others = names.iter().filter(|name| unit.is_none_or(|unit| unit.name != **name));
    Eye { names: own.chain(others.cloned()).collect(), is_home: unit.is_none() }
}

/// Refuses a text in which something is left that is somebody's.
///
/// # Errors
/// `enforcement-refusal-name-stands`, `…-private-stands`, with what was found, on the field.
pub fn clean(text: &str, eye: &Eye, field: &'static str) -> Result<(), Refusal> {
    let found = findings(text, eye);
    if found.is_empty() {
        return Ok(());
    }
    let is_name = found.iter().any(|one| one.kind == Private::Name);
    let named: Vec<String> = pieces(text, eye)
        .into_iter()
        .filter(|piece| piece.kind.is_some_and(|kind| (kind == Private::Name) == is_name))
        .take(MOST_NAMED)
        .map(|piece| piece.text)
        .collect();
    let why = if is_name { Why::NameStands } else { Why::PrivateStands };
    Err(why.refuse().with("found", named.join("、")).on(field))
}

/// Refuses an entry that must not be published.
///
/// # Errors
/// `enforcement-refusal-words-missing` without facts or number; those of [`clean`].
pub fn check(case: &Case, entry: &Entry, names: &[String]) -> Result<(), Refusal> {
    let eye = eye(case, names);
    if entry.number.trim().is_empty() {
        return Err(Why::WordsMissing.refuse().on("decision_number"));
    }
    if entry.facts.trim().is_empty() {
        return Err(Why::WordsMissing.refuse().on("facts"));
    }
    clean(&entry.facts, &eye, "facts")?;
    clean(&entry.number, &eye, "decision_number")?;
    let Some(party) = &case.party else { return Err(Why::NoSuchThing.refuse()) };
    if party.form == PartyForm::SoleTrader {
        if entry.party.trim().is_empty() {
            return Err(Why::WordsMissing.refuse().on("shown_as"));
        }
        return clean(&entry.party, &eye, "shown_as");
    }
    if entry.party == public_name(party) { Ok(()) } else { Err(Why::NameStands.refuse().with("found", &entry.party)) }
}

/// The entry of a decision: what the case knows, with the facts as somebody wrote them for everybody. None without a decision.
pub fn entry(case: &Case, law: &Law<'_>, background: &Background, facts: &str) -> Option<Entry> {
    let (decision, party) = (case.decision.as_ref()?, case.party.as_ref()?);
    let matter = case.acted_on.and_then(|day| law.matters.on(&case.matter, day));
    let basis = matter.map(|matter| {
        let text = &matter.text.zh;
        format!("违反《{text}》{}；依据《{text}》{}。", matter.duty.official(), matter.clause.official())
    });
    let code: Vec<char> = background.code.trim().chars().collect();
    let tail: String = code.iter().skip(code.len().saturating_sub(4)).collect();
    Some(Entry {
        number: background.number.clone(),
        party: public_name(party),
        code: if party.form == PartyForm::Unit && code.len() > 4 { tail } else { String::new() },
        matter: case.matter.clone(),
        matter_name: matter.map(|matter| matter.name.zh.clone()).unwrap_or_default(),
        matter_name_en: matter.map(|matter| matter.name.en.clone()).unwrap_or_default(),
        facts: facts.to_owned(),
        basis: basis.unwrap_or_default(),
        content: penalties(&decision.penalty),
        organ: law.organ.name.zh.clone(),
        organ_en: law.organ.name.en.clone(),
        decided_on: Some(law.calendar.date_of(decision.at)),
    })
}

/// The facts as they stand in the form at first: those of the decision, or the clue, with ＊＊ over everything private and people
/// called by their surname.
pub fn first_facts(case: &Case, background: &Background) -> String {
    let facts = if background.facts.trim().is_empty() { &case.clue } else { &background.facts };
    super::privacy::masked(facts, &eye(case, &background.names), super::naming::person)
}

/// The name of an entry within the addresses of the public list: the case's number, and which of its entries.
pub fn code(number: &str, place: usize) -> String {
    if place == 0 { number.to_owned() } else { format!("{number}-{}", place + 1) }
}

#[cfg(test)]
#[path = "publication_tests.rs"]
mod tests;
