//! Which standard and which limit: what this room borrows from `catalog` and `law`.

use super::case::{Case, Filing};
use super::doing::Typed;
use super::show::Standard;
use crate::app::App;
use crate::catalog::{FilingCondition, Key, Unit};
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::law::Due;
use crate::suggestions::suggestion::{Guess, preselected};
use jiff::civil::Date;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The filing that the form asks for; none when no condition was chosen.
///
/// # Errors
/// A sentence on the field that is missing or unknown.
pub fn filing(app: &App, typed: &Typed, now: Moment) -> Result<Option<Filing>, Refusal> {
    if !typed.text("standard").is_empty() {
        let unknown = || Refusal::new("cases-refusal-choose").on("condition");
        let (word, id) = typed.text("standard").split_once('|').ok_or_else(unknown)?;
        let key = app.catalog.key_of(word).ok_or_else(unknown)?;
        let condition = app.catalog.condition(&key, id, app.calendar.date_of(now)).ok_or_else(unknown)?;
        return Ok(Some(Filing {
            code_set: key.code_set.clone(),
            kind: key.kind.word().to_owned(),
            code: key.code.clone(),
            condition: condition.text.in_lang("zh-Hans").to_owned(),
            limit_amount: i64::from(condition.limit.value),
            limit_unit: condition.limit.unit.word().to_owned(),
            catalog_version: app.catalog.version().to_owned(),
            calendar_version: app.calendar.version().to_owned(),
        }));
    }
    if typed.text("condition").is_empty() {
        return Ok(None);
    }
    let limit_amount = typed.number("limit_amount").filter(|amount| (1..=3650).contains(amount));
    Ok(Some(Filing {
        code_set: required("code_set", typed.text("code_set"), 40)?,
        kind: typed.choice("kind", |text| matches!(text, "event" | "component").then(|| text.to_owned()))?,
        code: required("code", typed.text("code"), 8)?,
        condition: required("condition", typed.text("condition"), 400)?,
        limit_amount: limit_amount.ok_or_else(|| Refusal::new("cases-refusal-choose").on("limit_amount"))?,
        limit_unit: typed.choice("limit_unit", Unit::of)?.word().to_owned(),
        catalog_version: typed.text("catalog_version").to_owned(),
        calendar_version: app.calendar.version().to_owned(),
    }))
}

/// What the desk is offered first.
#[derive(Debug, Default)]
pub struct Likely {
    /// The conditions.
    pub standards: Vec<Standard>,
    /// The one to begin with; empty when there are several to judge between.
    pub first: String,
    /// Why these: a sentence in the reader's language.
    pub why: String,
}

fn standard(app: &App, lang: &str, key: &Key, condition: &FilingCondition) -> Standard {
    let name = app.catalog.sub_class(key).map(|found| found.name.in_lang(lang).to_owned()).unwrap_or_default();
    let amount = [("n", condition.limit.value.to_string())];
    let limit = app.pages.say(lang, condition.limit.unit.key(), &amount);
    Standard {
        value: format!("{}|{}", key.word(), condition.id),
        label: format!("{} {name} · {} · {limit}", key.code, condition.text.in_lang(lang)),
        group: name,
    }
}

/// The condition of a form's value.
pub fn chosen(app: &App, lang: &str, value: &str, now: Moment) -> Option<Standard> {
    let (word, id) = value.split_once('|')?;
    let key = app.catalog.key_of(word)?;
    let condition = app.catalog.condition(&key, id, app.calendar.date_of(now))?;
    Some(standard(app, lang, &key, condition))
}

/// The name of the case's sub-class; empty when nobody chose one.
pub fn name(app: &App, lang: &str, case: &Case) -> String {
    let key = app.catalog.key_of(&format!("{}-{}", case.kind, case.code));
    let found = key.and_then(|key| app.catalog.sub_class(&key).map(|found| found.name.in_lang(lang).to_owned()));
    found.unwrap_or_default()
}

/// The conditions of a sub-class that apply now.
pub fn of_sub_class(app: &App, lang: &str, key: &Key, now: Moment) -> Vec<Standard> {
    let conditions = app.catalog.conditions(key, app.calendar.date_of(now));
    conditions.into_iter().map(|found| standard(app, lang, key, found)).collect()
}

/// The conditions of the case's own sub-class, or else of the three that its words speak of; only what is sure enough is chosen
/// beforehand.
pub fn likely(app: &App, lang: &str, case: &Case, words: &str, guesses: &[Guess], now: Moment) -> Likely {
    let name =
        |key: &Key| app.catalog.sub_class(key).map(|found| found.name.in_lang(lang).to_owned()).unwrap_or_default();
    let own = app.catalog.key_of(&format!("{}-{}", case.kind, case.code));
    let is_sure = own.is_some() || preselected(guesses, "", &app.suggestions.settings).is_some();
    let (keys, sentence) = match own {
        Some(own) => (vec![own], "cases-suggested-chosen"),
        None => {
            let mut keys: Vec<Key> = guesses.iter().filter_map(|guess| app.catalog.key_of(&guess.key)).collect();
            if keys.is_empty() {
                let words = format!("{}\n{words}", case.title);
                keys.extend(app.catalog.suggest(&words, 3).into_iter().map(|found| found.key.clone()));
            }
            (keys, "cases-suggested-words")
        }
    };
    let standards: Vec<Standard> = keys.iter().flat_map(|key| of_sub_class(app, lang, key, now)).collect();
    let Some(best) = keys.first() else { return Likely::default() };
    let first = match of_sub_class(app, lang, best, now).as_slice() {
        [only] if is_sure => only.value.clone(),
        _ => String::new(),
    };
    let names: Vec<String> = keys.iter().map(name).collect();
    let parting = app.pages.say(lang, "cases-parting", &[]);
    let why = app.pages.say(lang, sentence, &[("name", names.join(&parting))]);
    Likely { standards, first, why }
}

/// What the case was filed as, or else what it is said to be.
pub fn key(app: &App, case: &Case) -> Option<Key> {
    let (kind, code) = match &case.filing {
        Some(filing) => (&filing.kind, &filing.code),
        None => (&case.kind, &case.code),
    };
    app.catalog.key_of(&format!("{kind}-{code}"))
}

/// The finest known area of a case's place, by its code; empty when none is known.
pub fn area(case: &Case) -> &str {
    let place = &case.place;
    let area = [&place.cell, &place.community, &place.street].into_iter().find(|code| !code.is_empty());
    area.map_or("", String::as_str)
}

/// The department of the place itself, by its code: whom the responsibility table names for a street whatever the problem
/// is (属地兜底).
pub fn territory(app: &App, case: &Case) -> Option<String> {
    app.catalog.territory(Some(area(case)).filter(|area| !area.is_empty())?).map(str::to_owned)
}

/// All filing conditions as options of a form, drawn once a day for each language: there are hundreds of them.
#[derive(Default)]
pub struct Shelf(Mutex<HashMap<&'static str, (Date, String)>>);

impl Shelf {
    /// The options in a language, as they are in force at `now`.
    ///
    /// # Errors
    /// When the template lacks something.
    pub fn all(&self, app: &App, lang: &'static str, now: Moment) -> Result<String, Error> {
        let on = app.calendar.date_of(now);
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, options)) = shelf.get(lang).filter(|(day, _)| *day == on) {
            return Ok(options.clone());
        }
        let all = app.catalog.in_force().into_iter().flat_map(|set| &set.sub_classes);
        let of = |key: &Key| -> Vec<Standard> {
            app.catalog.conditions(key, on).into_iter().map(|found| standard(app, lang, key, found)).collect()
        };
        let standards: Vec<Standard> = all.flat_map(|found| of(&found.key)).collect();
        let options = app.pages.fragment(
            lang,
            "cases/standards.html",
            minijinja::context! {
                standards => minijinja::value::Serde(standards),
            },
        )?;
        shelf.insert(lang, (on, options.clone()));
        Ok(options)
    }
}

/// The sentences of a trace kept as JSON, in a language.
pub fn because(app: &App, lang: &str, why: &str) -> Vec<String> {
    let Ok(due) = serde_json::from_str::<Due>(why) else { return Vec::new() };
    due.trace.iter().map(|step| app.pages.say(lang, step.key(), &step.args(&app.calendar))).collect()
}
