//! Which standard and which limit: what this room borrows from `catalog` and `law`.

use super::case::{Case, Filing};
use super::doing::Typed;
use crate::app::App;
use crate::catalog::{Limit, Unit};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::form::required;
<<<<<<< HEAD
use crate::law::{Calendar, Conventions, Due, WorkingHours};

/// The city's working calendar.
///
/// # Errors
/// `cases-refusal-calendar` when the city's hours or the holidays cannot be read.
pub fn calendar(app: &App) -> Result<Calendar, Refusal> {
    let unreadable = || Refusal::new("cases-refusal-calendar");
    let hours = WorkingHours::of_city(&app.city.rest).map_err(|_| unreadable())?;
    Calendar::load(&app.sources.folder("law/holidays"), hours, app.city.zone()).map_err(|_| unreadable())
}
=======
use crate::law::{Conventions, Due};
>>>>>>> c85d84f (Take cases through the desk, the department, the field and a second pair of eyes: acts, pages, words, tests)

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
<<<<<<< HEAD
        calendar_version: calendar(app)?.version().to_owned(),
=======
        calendar_version: app.calendar.version().to_owned(),
>>>>>>> c85d84f (Take cases through the desk, the department, the field and a second pair of eyes: acts, pages, words, tests)
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
<<<<<<< HEAD
    let due = crate::law::due(now, limit, &calendar(app)?, &Conventions::default(), &[])?;
=======
    let due = crate::law::due(now, limit, &app.calendar, &Conventions::default(), &[])?;
>>>>>>> c85d84f (Take cases through the desk, the department, the field and a second pair of eyes: acts, pages, words, tests)
    let why = serde_json::to_string(&due).unwrap_or_default();
    Ok((due.at, why))
}

/// The sentences of a trace kept as JSON, in a language.
pub fn because(app: &App, lang: &str, why: &str) -> Vec<String> {
<<<<<<< HEAD
    let (Ok(due), Ok(calendar)) = (serde_json::from_str::<Due>(why), calendar(app)) else { return Vec::new() };
    due.trace.iter().map(|step| app.pages.say(lang, step.key(), &step.args(&calendar))).collect()
=======
    let Ok(due) = serde_json::from_str::<Due>(why) else { return Vec::new() };
    due.trace.iter().map(|step| app.pages.say(lang, step.key(), &step.args(&app.calendar))).collect()
>>>>>>> c85d84f (Take cases through the desk, the department, the field and a second pair of eyes: acts, pages, words, tests)
}
