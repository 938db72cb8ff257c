//! Anybody checks a paper by the code on it: whether it is genuine, and whether it still counts. Nothing else is told, no name
//! of a party, no matter, no sum; a party's name masked, to whoever sends a file that is not the one. A code has 80 random bits, so
//! that nobody finds one by trying.

use super::comparing::masked;
use super::paper::{Paper, grouped};
use super::show::kind_name;
use super::store;
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::normal_code;
use crate::people::doors::Visit;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;

/// How long a code is.
pub(super) const LENGTH: usize = 16;
/// How much of what was typed is shown again.
const MOST_SHOWN: usize = 40;

/// What the form asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    code: String,
}

/// `GET /verify`: the form.
///
/// # Errors
/// [`Error::Internal`] when the page is missing.
pub async fn ask(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let typed = asked.code.trim();
    if typed.is_empty() {
        return Ok(app.page(&visit, "papers/verify.html", context! { typed => "", found => () })?.into_response());
    }
    let code = normal_code(typed);
    if is_code(&code) {
        return Ok(Redirect::to(&format!("/verify/{code}")).into_response());
    }
    unknown(&app, &visit, typed)
}

/// `GET /verify/{code}`: what a code says.
///
/// # Errors
/// When the database fails.
pub async fn answer(State(app): State<App>, visit: Visit, Path(typed): Path<String>) -> Result<Response, Error> {
    let code = normal_code(&typed);
    if !is_code(&code) {
        return unknown(&app, &visit, &typed);
    }
    let read = app.db.read(move |tx| async move {
        let Some(paper) = store::find_by_code(&tx, &code).await? else { return Ok(None) };
        Ok::<_, Error>(Some(paper))
    });
    match read.await? {
        Some(paper) => draw(&app, &visit, &paper, None).await,
        None => unknown(&app, &visit, &typed),
    }
}

pub(super) fn is_code(code: &str) -> bool {
    code.len() == LENGTH && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What came of comparing a file with a paper.
pub(super) enum Held {
    /// It is the very file.
    Same,
    /// It is not; the party's name, masked, and whether it carries the code of yet another paper.
    Other(String, bool),
    /// It is the very file of another paper than the one whose code was given.
    Another(Box<Paper>),
}

impl Held {
    pub(super) const fn same() -> Held {
        Held::Same
    }

    pub(super) fn other(paper: &Paper, is_copied: bool) -> Held {
        Held::Other(masked(paper), is_copied)
    }

    pub(super) fn another(paper: Paper) -> Held {
        Held::Another(Box::new(paper))
    }

    const fn word(&self) -> &'static str {
        match self {
            Held::Same => "same",
            Held::Other(..) => "other",
            Held::Another(_) => "another",
        }
    }
}

/// The page of a paper that was found, with what came of comparing a file.
pub(super) async fn draw(app: &App, visit: &Visit, paper: &Paper, held: Option<Held>) -> Result<Response, Error> {
    let later = match paper.ended.and_then(|ended| ended.later) {
        Some(later) => Some(app.db.read(move |tx| async move { store::load(&tx, later).await }).await?),
        None => None,
    };
    let held = held.map(|held| {
        let word = held.word();
        let (party, is_copied, actual) = match held {
            Held::Same => (String::new(), false, None),
            Held::Other(party, is_copied) => (party, is_copied, None),
            Held::Another(actual) => (String::new(), false, Some(actual)),
        };
        context! {
            word, party, is_copied,
            kind => actual.as_ref().map(|actual| kind_name(app, visit.lang, &actual.kind)),
            number => actual.as_ref().map(|actual| actual.number.clone()),
            code => actual.as_ref().map(|actual| actual.code.clone()),
        }
    });
    let found = context! {
        kind => kind_name(app, visit.lang, &paper.kind),
        number => paper.number.as_str(),
        organ => paper.organ.as_str(),
        issued_on => paper.issued_on.to_string(),
        standing => paper.standing().word(),
        voided_at => paper.voided.as_ref().map(|voided| voided.at.0),
        later => later.map(|later| context! {
            kind => kind_name(app, visit.lang, &later.kind), number => later.number.as_str(),
            on => later.issued_on.to_string(),
        }),
        ended_on => paper.ended.map(|ended| app.calendar.date_of(ended.at).to_string()),
        code => grouped(&paper.code),
        digest => paper.digest.as_deref().unwrap_or_default(),
    };
    let page = app.page(visit, "papers/verify.html", context! { typed => grouped(&paper.code), found, held })?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

pub(super) fn unknown(app: &App, visit: &Visit, typed: &str) -> Result<Response, Error> {
    let typed: String = typed.chars().filter(|character| !character.is_control()).take(MOST_SHOWN).collect();
    let error = app.pages.say(visit.lang, "papers-verify-unknown", &[]);
    let page = app.page(visit, "papers/verify.html", context! { typed, error, found => () })?;
    Ok((StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// The page with what is wrong with a file that somebody sent.
pub(super) fn refuse_file(
    app: &App,
    visit: &Visit,
    typed: &str,
    status: StatusCode,
    refusal: &Refusal,
) -> Result<Response, Error> {
    let file_error = app.pages.say(visit.lang, refusal.key, &refusal.args);
    let page = app.page(visit, "papers/verify.html", context! { typed, file_error, found => () })?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], page).into_response())
}
