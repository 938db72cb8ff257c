//! Which standard and which limit: what this room borrows from `catalog` and `law`.

use super::case::{Case, Filing};
use super::doing::Typed;
use super::show::Standard;
use crate::app::App;
use crate::catalog::{FilingCondition, Key, Limit, Unit};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::form::required;
use crate::law::Due;

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

/// The filing conditions to choose from: those of the case's own sub-class first, then those that its words suggest, then
/// all others in the order of the catalog.
pub fn choices(app: &App, lang: &str, case: &Case, now: Moment) -> Vec<Standard> {
    let on = app.calendar.date_of(now);
    let own = app.catalog.key_of(&format!("{}-{}", case.kind, case.code));
    let suggested = app.catalog.suggest(&case.title, 3).into_iter().map(|found| found.key.clone());
    let all = app.catalog.in_force().into_iter().flat_map(|set| &set.sub_classes).map(|found| found.key.clone());
    let mut keys: Vec<Key> = Vec::new();
    for key in own.into_iter().chain(suggested).chain(all) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let standard = |key: &Key, condition: &FilingCondition| {
        let name = app.catalog.sub_class(key).map(|found| found.name.in_lang(lang).to_owned()).unwrap_or_default();
        let amount = [("n", condition.limit.value.to_string())];
        let limit = app.pages.say(lang, condition.limit.unit.key(), &amount);
        Standard {
            value: format!("{}|{}", key.word(), condition.id),
            label: format!("{} {name} · {} · {limit}", key.code, condition.text.in_lang(lang)),
            group: name,
        }
    };
    let of =
        |key: &Key| app.catalog.conditions(key, on).into_iter().map(|found| standard(key, found)).collect::<Vec<_>>();
    keys.iter().flat_map(of).collect()
}

/// When the filed case is due if its clock starts at `now`, and why, as JSON.
///
/// # Errors
/// What `law` refuses; `cases-refusal-condition-missing` for a case that was not filed.
pub fn due(app: &App, case: &Case, now: Moment) -> Result<(Moment, String), Refusal> {
    let missing = || Refusal::new("cases-refusal-condition-missing");
    let filing = case.filing.as_ref().ok_or_else(missing)?;
    let unit = Unit::of(&filing.limit_unit).ok_or_else(missing)?;
    let limit = Limit::new(u32::try_from(filing.limit_amount).unwrap_or(0), unit);
    let due = crate::law::due(now, limit, &app.calendar, &app.conventions, &[])?;
    let why = serde_json::to_string(&due).unwrap_or_default();
    Ok((due.at, why))
}

/// The sentences of a trace kept as JSON, in a language.
pub fn because(app: &App, lang: &str, why: &str) -> Vec<String> {
    let Ok(due) = serde_json::from_str::<Due>(why) else { return Vec::new() };
    due.trace.iter().map(|step| app.pages.say(lang, step.key(), &step.args(&app.calendar))).collect()
}
