//! Anybody checks a paper by the code on it: whether it is genuine, and whether it still counts. Nothing else is told, no name
//! of a party, no matter, no sum. A code has 80 random bits, so that nobody finds one by trying.

use super::paper::{Paper, grouped};
use super::show::kind_name;
use super::store;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::normal_code;
use crate::people::doors::Visit;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;

/// How long a code is.
const LENGTH: usize = 16;
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
        let later = match paper.changed {
            Some((later, _)) => Some(store::load(&tx, later).await?),
            None => None,
        };
        Ok::<_, Error>(Some((paper, later)))
    });
    match read.await? {
        Some((paper, later)) => known(&app, &visit, &paper, later.as_ref()),
        None => unknown(&app, &visit, &typed),
    }
}

fn is_code(code: &str) -> bool {
    code.len() == LENGTH && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn known(app: &App, visit: &Visit, paper: &Paper, later: Option<&Paper>) -> Result<Response, Error> {
    let found = context! {
        kind => kind_name(app, visit.lang, &paper.kind),
        number => paper.number.as_str(),
        organ => paper.organ.as_str(),
        issued_on => paper.issued_on.to_string(),
        standing => paper.standing().word(),
        voided_at => paper.voided.as_ref().map(|voided| voided.at.0),
        later => later.map(|later| context! {
            kind => kind_name(app, visit.lang, &later.kind), number => later.number.as_str(),
        }),
        code => grouped(&paper.code),
        digest => paper.digest.as_deref().unwrap_or_default(),
    };
    let page = app.page(visit, "papers/verify.html", context! { typed => grouped(&paper.code), found })?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

fn unknown(app: &App, visit: &Visit, typed: &str) -> Result<Response, Error> {
    let typed: String = typed.chars().filter(|character| !character.is_control()).take(MOST_SHOWN).collect();
    let error = app.pages.say(visit.lang, "papers-verify-unknown", &[]);
    let page = app.page(visit, "papers/verify.html", context! { typed, error, found => () })?;
    Ok((StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], page).into_response())
}
