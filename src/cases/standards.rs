//! Which standard and which limit: what this room borrows from `catalog` and `law`.

use super::case::{Case, Filing};
use super::doing::Typed;
use crate::app::App;
use crate::catalog::{Limit, Unit};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::form::required;
use crate::law::{Conventions, Due};

/// The filing that the form asks for; none when no condition was chosen.
///
/// # Errors
/// A sentence on the field that is missing or unknown.
pub fn filing(app: &App, typed: &Typed) -> Result<Option<Filing>, Refusal> {
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

/// When the filed case is due if its clock starts at `now`, and why, as JSON.
///
/// # Errors
/// What `law` refuses; `cases-refusal-condition-missing` for a case that was not filed.
pub fn due(app: &App, case: &Case, now: Moment) -> Result<(Moment, String), Refusal> {
    let missing = || Refusal::new("cases-refusal-condition-missing");
    let filing = case.filing.as_ref().ok_or_else(missing)?;
    let unit = Unit::of(&filing.limit_unit).ok_or_else(missing)?;
    let limit = Limit::new(u32::try_from(filing.limit_amount).unwrap_or(0), unit);
    let due = crate::law::due(now, limit, &app.calendar, &Conventions::default(), &[])?;
    let why = serde_json::to_string(&due).unwrap_or_default();
    Ok((due.at, why))
}

/// The sentences of a trace kept as JSON, in a language.
pub fn because(app: &App, lang: &str, why: &str) -> Vec<String> {
    let Ok(due) = serde_json::from_str::<Due>(why) else { return Vec::new() };
    due.trace.iter().map(|step| app.pages.say(lang, step.key(), &step.args(&app.calendar))).collect()
}
