//! `check`, the part that reads what penalty cases, unlawful buildings and their papers are judged and written by: `law/terms`,
//! `law/matters`, `law/organ.toml`, `law/inspection.toml` and `letters/`.

use super::check::{Depth, Finding, Findings, said, some};
use crate::enforcement::statutes::Statutes;
use crate::kit::sources::Sources;
use crate::kit::words::Words;
use crate::law::Certainty;
use crate::law::terms::is_in_force;
use jiff::civil::Date;
use serde_json::json;
use std::collections::BTreeSet;
use typesetting::{Day, Kinds, Order, Typesetter};

/// How many months before its end a row is warned of.
const SOON_MONTHS: i32 = 3;

/// Terms, matters, organ and checks of enterprises: mistakes, what a lawyer of the city is still to check, what ends soon, and
/// what an emptied letterhead asks for on every paper.
pub(super) fn statutes(sources: &Sources, words: &Words, today: Date) -> Vec<Finding> {
    let mut findings = Findings::about("statutes");
    let found = match Statutes::load(sources) {
        Ok(found) => found,
        Err(problems) => {
            problems.iter().for_each(|problem| findings.wrong(said(words, problem)));
            return findings.or("");
        }
    };
    let matters = found.matters.all();
    let today_of: Vec<_> = matters.iter().filter(|one| is_in_force(today, one.from, one.until)).collect();
    if today_of.is_empty() {
        findings.urgent("law/matters has no matter that is in force today: no penalty case can be filed");
    }
    let unsure: Vec<String> = today_of
        .iter()
        .filter(|one| one.certainty == Certainty::CheckLocally)
        .map(|one| one.id.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if !unsure.is_empty() {
        findings.warn(format!(
            "{} matters of law/matters wait for a lawyer of the city (certainty = \"check-locally\"): {}",
            unsure.len(),
            some(&unsure)
        ));
    }
    let terms: Vec<String> = found
        .terms
        .all()
        .iter()
        .filter(|one| is_in_force(today, one.from, one.until) && one.citation.certainty == Certainty::CheckLocally)
        .map(|one| one.id.clone())
        .collect();
    if !terms.is_empty() {
        findings.warn(format!("{} terms of law/terms wait for a lawyer of the city: {}", terms.len(), some(&terms)));
    }
    let to_check = found.organ.to_check();
    if !to_check.is_empty() {
        let names: Vec<String> = to_check.iter().map(|name| (*name).to_owned()).collect();
        findings.warn(format!("law/organ.toml: these tables wait for a lawyer of the city: {}", some(&names)));
    }
    let soon = today.saturating_add(jiff::Span::new().months(SOON_MONTHS));
    let ending: Vec<String> = today_of
        .iter()
        .filter(|one| one.until.is_some_and(|until| until <= soon))
        .filter(|one| found.matters.on(&one.id, soon).is_none())
        .map(|one| one.id.clone())
        .collect();
    if !ending.is_empty() {
        findings.warn(format!("matters that end by {soon} without a successor: {}; add the new rows", some(&ending)));
    }
    let head = &found.organ.letterhead;
    let empty: Vec<String> = [
        ("mark", &head.mark),
        ("address", &head.address),
        ("phone", &head.phone),
        ("bank", &head.bank),
        ("account_name", &head.account_name),
        ("account", &head.account),
        ("review_by", &head.review_by),
        ("court", &head.court),
    ]
    .into_iter()
    .filter(|(_, value)| value.trim().is_empty())
    .map(|(name, _)| name.to_owned())
    .collect();
    if !empty.is_empty() {
        findings.warn(format!(
            "law/organ.toml, letterhead: {} not filled in; officers are asked for it on every paper",
            some(&empty)
        ));
    }
    findings.or(format!(
        "{} matters in force today, {} terms, {}",
        today_of.len(),
        found.terms.all().len(),
        found.organ.name.zh
    ))
}

/// The kinds of papers; looked at as a whole, every one is set once without data.
pub(super) fn letters(sources: &Sources, depth: Depth) -> Vec<Finding> {
    let mut findings = Findings::about("letters");
    let text = sources.text("letters/kinds.toml").unwrap_or_default();
    let kinds = match Kinds::read(&text) {
        Ok(kinds) => kinds,
        Err(error) => {
            findings.wrong(format!("letters/kinds.toml: {error}"));
            return findings.or("");
        }
    };
    if depth == Depth::Start {
        return findings.or(format!("{} kinds of papers", kinds.iter().count()));
    }
    let templates = sources.folder("letters/").into_iter().filter(|(path, _)| path.ends_with(".typ"));
    let typesetter = match Typesetter::new(sources.fonts(), templates) {
        Ok(typesetter) => typesetter,
        Err(error) => {
            findings.urgent(format!("letters: {error}; run `make assets` for the letters' shapes"));
            return findings.or("");
        }
    };
    let empty = json!({});
    for kind in kinds.iter() {
        let order = Order {
            template: &kind.template,
            title: &kind.name.chinese,
            data: &empty,
            pictures: &[],
            made_on: Day { year: 2000, month: 1, day: 1 },
            identity: "check",
        };
        if let Err(error) = typesetter.set(&order) {
            findings.urgent(format!("letters/{}.typ: {error}", kind.template));
        }
    }
    findings.or(format!("{} kinds of papers, every template sets", kinds.iter().count()))
}
