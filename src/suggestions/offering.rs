//! While somebody writes a report, what it may be about is offered to be tapped. The words are read and forgotten: nothing of what
//! is half written is logged or kept.

use super::suggestion::{self, Guess};
use super::{offered, store};
use crate::app::App;
use crate::catalog::Key;
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::people::doors::Visit;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use minijinja::context;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How much is read of what is sent, in bytes: the longest words that are looked at, in the form of an address.
const MOST_READ: usize = 64 << 10;

/// What is being written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Written {
    words: String,
    category: String,
    lon: String,
    lat: String,
    coordinates: String,
}

/// An offer as the form shows it.
#[derive(Debug, Serialize)]
struct Shown {
    key: String,
    name: String,
    sure: &'static str,
    department: String,
    is_checked: bool,
    is_preselected: bool,
}

/// What a sub-class is called by whoever reports: in everyday words where there are some.
fn name(app: &App, lang: &str, key: &Key) -> String {
    let everyday = app.catalog.everyday().iter().find(|everyday| everyday.key == *key).map(|everyday| &everyday.name);
    let name = everyday.or_else(|| app.catalog.sub_class(key).map(|found| &found.name));
    name.map(|name| name.in_lang(lang).to_owned()).unwrap_or_default()
}

/// The offers as the form shows them; what was chosen and is neither among them nor an everyday problem stays to be seen.
fn shown(app: &App, lang: &str, offers: &[Guess], chosen: &str, can_preselect: bool) -> Vec<Shown> {
    let first = suggestion::preselected(offers, chosen, &app.suggestions.settings).filter(|_| can_preselect);
    let show = |key: &str, sure: &'static str| {
        let name = name(app, lang, &app.catalog.key_of(key)?);
        let (is_preselected, department) = (first == Some(key), String::new());
        let is_checked = is_preselected || key == chosen;
        Some(Shown { key: key.to_owned(), name, sure, department, is_checked, is_preselected })
    };
    let mut all: Vec<Shown> = offers.iter().filter_map(|offer| show(&offer.key, offer.sure().word())).collect();
    let is_there = all.iter().any(|offer| offer.key == chosen)
        || app.catalog.everyday().iter().any(|everyday| everyday.word == chosen);
    if !is_there {
        all.extend(show(chosen, ""));
    }
    all
}

/// The offers for a form that is drawn with these words in it and this category chosen: nothing is chosen beforehand there.
///
/// # Errors
/// When the template lacks something.
pub fn section(app: &App, lang: &'static str, words: &str, chosen: &str) -> Result<minijinja::Value, Error> {
    let (offers, version) = offered(app, words);
    let shown = shown(app, lang, &offers, chosen, false);
    Ok(minijinja::Value::from_safe_string(draw(app, lang, &shown, &version)?))
}

fn draw(app: &App, lang: &'static str, offers: &[Shown], version: &str) -> Result<String, Error> {
    let offers = minijinja::value::Serde(offers);
    app.pages.fragment(lang, "suggestions/offer.html", context! { offers, version })
}

/// `POST /report/suggest`: a piece of the form with up to three sub-classes and the department of each; the first is chosen when it
/// is sure enough and `category` is empty.
///
/// # Errors
/// `suggestions-unreadable` when it is no form; when the database fails.
pub async fn offer(State(app): State<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let unreadable = || Error::Refused(Refusal::new("suggestions-unreadable"));
    let bytes = axum::body::to_bytes(request.into_body(), MOST_READ).await.map_err(|_| unreadable())?;
    let written: Written = serde_urlencoded::from_bytes(&bytes).map_err(|_| unreadable())?;
    let (offers, version) = offered(&app, &written.words);
    let mut shown = shown(&app, visit.lang, &offers, &written.category, true);
    let area = area(&app, &written);
    let codes: Vec<Option<String>> = shown
        .iter()
        .map(|offer| app.catalog.department(&app.catalog.key_of(&offer.key)?, &area).map(str::to_owned))
        .collect();
    let wanted: Vec<String> = codes.iter().flatten().cloned().collect();
    let lang = visit.lang;
    let names = app.db.read(move |tx| async move { store::departments(&tx, &wanted, lang).await }).await;
    let names: HashMap<String, String> = names.map_err(|error: DbError| Error::Db(error))?.into_iter().collect();
    for (offer, code) in shown.iter_mut().zip(codes) {
        offer.department = code.and_then(|code| names.get(&code).cloned()).unwrap_or_default();
    }
    let html = Html(draw(&app, visit.lang, &shown, &version)?);
    Ok(([(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// The finest area of the place, as far as it is known; empty when it is not.
fn area(app: &App, written: &Written) -> String {
    let found = || {
        let point = Point::new(written.lon.parse().ok()?, written.lat.parse().ok()?).ok()?;
        let system: CoordinateSystem = written.coordinates.parse().unwrap_or_default();
        let grid = app.grid();
        let (cell, areas) = grid.accept(system.inward(point)).ok()?;
        let area = areas.community.or(areas.street).map(|area| area.code.clone());
        cell.map(|cell| cell.code.to_owned()).or(area)
    };
    found().unwrap_or_default()
}
