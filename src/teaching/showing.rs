//! What pages of practice show: exercises, the people of a cast, what came of an attempt, and what to read again.

use super::exercise::{Exercise, PARTY};
use super::explaining::{Outcome, article_of, code_of, outcome_of, who_may};
use super::store::{Attempt, Held, Status};
use crate::app::App;
use crate::enforcement::case::{Stage, Step};
use crate::enforcement::store::role;
use crate::kit::error::Refusal;
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use minijinja::{Value, context};
use serde::Serialize;
use std::collections::BTreeMap;

/// The key of the sentence that says why a rule is there; none when nobody has written one.
pub fn why_key(app: &App, code: &str) -> Option<String> {
    let key = format!("teaching-why-{}", code_of(code));
    app.pages.words.has(&key).then_some(key)
}

/// An article as the program names it elsewhere; empty without a document.
pub fn reference(app: &App, lang: &str, law: &str, article: &str) -> String {
    let Some(document) = app.statutes.terms.document(law) else { return String::new() };
    let name = if lang == LANGUAGES[0] { document.zh.clone() } else { document.en.clone() };
    if article.is_empty() {
        return name;
    }
    app.pages.say(lang, "enforcement-article", &[("name", name), ("article", article.to_owned())])
}

/// A refusal with its reason, for the page of a form.
#[derive(Debug, Serialize)]
pub struct Explained {
    sentence: String,
    why: String,
    reference: String,
    who: Vec<String>,
    is_mistake: bool,
}

/// Why a step was refused, what stands behind the rule, and who may take it.
pub fn explained(app: &App, visit: &Visit, refusal: &Refusal, step: Step, stage: Stage) -> Explained {
    let say = |key: &str, args: &[(&'static str, String)]| app.pages.say(visit.lang, key, args);
    let (law, article) = article_of(refusal, step);
    let why = why_key(app, refusal.key).map(|key| say(&key, &[]));
    let who = who_may(refusal, step, stage);
    Explained {
        sentence: say(refusal.key, &refusal.args),
        why: why.unwrap_or_default(),
        reference: reference(app, visit.lang, &law, &article),
        who: who.iter().map(|role| say(&format!("enforcement-role-{}", role.word()), &[])).collect(),
        is_mistake: outcome_of(refusal) == Outcome::Refused,
    }
}

/// A part that can be played.
#[derive(Debug, Serialize)]
pub struct PartShown {
    key: String,
    name: String,
    role: String,
    credential: String,
    note: String,
    is_current: bool,
}

/// The parts of an exercise, the party's last.
pub fn parts(app: &App, visit: &Visit, exercise: &Exercise, current: &str) -> Vec<PartShown> {
    let say = |key: &str, args: &[(&'static str, String)]| app.pages.say(visit.lang, key, args);
    let mut all: Vec<PartShown> = exercise
        .cast
        .iter()
        .map(|person| {
            let held = person.credential.as_ref().map(|held| {
                let args = [("number", held.number.clone()), ("until", held.until.to_string())];
                say("enforcement-credential", &args)
            });
            PartShown {
                key: person.key.clone(),
                name: person.name(visit.lang).to_owned(),
                role: role(person.post)
                    .map(|role| say(&format!("enforcement-role-{}", role.word()), &[]))
                    .unwrap_or_default(),
                credential: held.unwrap_or_default(),
                note: person.note(visit.lang).to_owned(),
                is_current: person.key == current,
            }
        })
        .collect();
    all.push(PartShown {
        key: PARTY.to_owned(),
        name: say("enforcement-role-party", &[]),
        role: String::new(),
        credential: String::new(),
        note: String::new(),
        is_current: current == PARTY,
    });
    all
}

/// The name of a part, with its role.
pub fn part_name(app: &App, lang: &str, exercise: &Exercise, part: &str) -> String {
    let person = exercise.cast.iter().find(|person| person.key == part);
    let role_word = person.and_then(|person| role(person.post)).map_or("party", |role| role.word());
    let role = app.pages.say(lang, &format!("enforcement-role-{role_word}"), &[]);
    match person {
        Some(person) => format!("{} · {role}", person.name(lang)),
        None => role,
    }
}

/// The attempts of a run as a list shows them.
pub fn attempts(app: &App, visit: &Visit, held: &Held, all: &[Attempt]) -> Vec<Value> {
    let shown = |one: &Attempt| {
        let step = if one.step.is_empty() {
            app.pages.say(visit.lang, &format!("teaching-attempt-{}", one.outcome), &[])
        } else {
            app.pages.say(visit.lang, &format!("enforcement-step-{}", one.step), &[])
        };
        let why = if one.outcome == Outcome::Refused.word() { why_key(app, &one.code) } else { None };
        context! {
            step, outcome => one.outcome.as_str(), run_at => one.run_at.0, at => one.at.0,
            part => part_name(app, visit.lang, &held.run.exercise, &one.part),
            sentence => sentence(app, visit.lang, one), typed => one.typed.as_str(),
            why => why.map(|key| app.pages.say(visit.lang, &key, &[])).unwrap_or_default(),
            reference => reference(app, visit.lang, &one.law, &one.article),
        }
    };
    all.iter().map(shown).collect()
}

/// What an attempt was told, in the reader's language.
fn sentence(app: &App, lang: &str, one: &Attempt) -> String {
    // Kept before its args were, or of a sentence that is said no more.
    let Some(args) = one.args.as_ref().filter(|_| app.pages.words.has(&one.code)) else { return one.sentence.clone() };
    let args: Vec<(&str, String)> = args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    app.pages.say(lang, &one.code, &args)
}

/// How often each code came up under an article, with the attempt that was told so first.
type Codes<'a> = BTreeMap<&'a str, (usize, &'a Attempt)>;

/// The mistakes of a run by article, the most frequent first, each with what to read again.
pub fn to_read(app: &App, visit: &Visit, all: &[Attempt]) -> Vec<Value> {
    let mut by: BTreeMap<(&str, &str), Codes<'_>> = BTreeMap::new();
    for one in all.iter().filter(|one| one.outcome == Outcome::Refused.word()) {
        let codes = by.entry((&one.law, &one.article)).or_default();
        let entry = codes.entry(&one.code).or_insert((0, one));
        entry.0 += 1;
    }
    let mut rows: Vec<(usize, Value)> = by
        .into_iter()
        .map(|((law, article), codes)| {
            let count: usize = codes.values().map(|(count, _)| count).sum();
            let lines: Vec<Value> = codes
                .into_iter()
                .map(|(code, (count, first))| {
                    let why = why_key(app, code).map(|key| app.pages.say(visit.lang, &key, &[]));
                    context! { sentence => sentence(app, visit.lang, first), count, why => why.unwrap_or_default() }
                })
                .collect();
            let reference = reference(app, visit.lang, law, article);
            (count, context! { reference, count, lines })
        })
        .collect();
    rows.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What a run has come to, in figures.
pub fn sums(app: &App, held: &Held, all: &[Attempt]) -> Value {
    let law = app.law();
    let count = |outcome: &str| all.iter().filter(|one| one.outcome == outcome).count();
    context! {
        steps => held.run.steps(), mistakes => held.mistakes, undone => held.run.undone, slips => count("slip"),
        days => held.run.days_used(&law), is_done => held.status == Status::Done,
        first_day => app.calendar.date_of(held.run.facts.first().map_or(held.run.now, |fact| fact.at)).to_string(),
        last_day => app.calendar.date_of(held.run.case.last_at).to_string(),
    }
}
