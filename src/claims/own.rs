//! `/privacy/asked/CODE`: whoever asked sees how far it is and what was answered, and may take it back.

use super::claim::{Act, Claim, Stage, act};
use super::store;
use crate::app::App;
use crate::catalog::Limit;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::normal_code;
use crate::kit::sealing::Personal;
use crate::papers::paper::grouped;
use crate::people::doors::Visit;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    code: String,
    done: String,
}

/// A limit as people read it.
pub(super) fn term(app: &App, lang: &str, term: &str) -> String {
    match Limit::read(term) {
        Some(limit) => app.pages.say(lang, limit.unit.key(), &[("n", limit.value.to_string())]),
        None => term.to_owned(),
    }
}

/// `GET /privacy/asked`: the receipt code is typed.
pub(super) async fn find(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let code = normal_code(asked.code.trim());
    let is_code = code.len() == 16 && code.bytes().all(|sign| sign.is_ascii_alphanumeric());
    if is_code {
        return Ok(Redirect::to(&format!("/privacy/asked/{code}")).into_response());
    }
    let is_wrong = !asked.code.trim().is_empty();
    let shown: String = asked.code.chars().filter(|sign| !sign.is_control()).take(40).collect();
    let page = context! { typed => shown, is_wrong };
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(&visit, "claims/find.html", page)?).into_response())
}

async fn load(app: &App, typed: &str) -> Result<Claim, Error> {
    let code = normal_code(typed);
    app.db.read(move |tx| async move { store::load_by_code(&tx, &code).await }).await
}

/// `GET /privacy/asked/{code}`.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let done = if matches!(asked.done.as_str(), "sent" | "withdrawn") { asked.done.as_str() } else { "" };
    draw(&app, &visit, &load(&app, &code).await?, None, done)
}

fn draw(app: &App, visit: &Visit, one: &Claim, refusal: Option<&Refusal>, done: &str) -> Result<Response, Error> {
    let said = |text: &Personal| text.or_said(|key, args| app.pages.say(visit.lang, key, args));
    let error = refusal.map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args));
    let page = context! {
        code => one.code.as_str(),
        shown_code => grouped(&one.code),
        kind => one.kind.word(),
        stage => one.stage.word(),
        outcome => one.outcome.map(super::claim::Outcome::word),
        about => said(&one.about),
        answer => said(&one.answer),
        remedy => said(&one.remedy),
        received_at => one.received_at.0,
        checked_at => one.checked.map(|(at, _)| at.0),
        ended_at => one.ended_at.map(|at| at.0),
        gone_at => one.gone_at.map(|at| at.0),
        due_at => one.due_at.0,
        urgency => one.urgency(app.clock.now()),
        term => term(app, visit.lang, &one.term),
        source => one.source.as_str(),
        may_withdraw => matches!(one.stage, Stage::Received | Stage::Checked),
        error,
        done,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    // Its address is a secret: it is told to nobody that a link leads to.
    let headers = [(header::CACHE_CONTROL, "private, no-store"), (header::REFERRER_POLICY, "no-referrer")];
    Ok((status, headers, app.page(visit, "claims/own.html", page)?).into_response())
}

/// `POST /privacy/asked/{code}/withdraw`.
pub(super) async fn withdraw(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    let (code, now) = (normal_code(&code), app.clock.now());
    let wanted = code.clone();
    let done = app.db.write(move |tx| {
        let code = wanted.clone();
        async move {
            let one = store::load_by_code(&tx, &code).await?;
            if one.has_taken(&Act::Withdraw) {
                return Ok(one.id);
            }
            let (after, happened) = act(&one, &Act::Withdraw, None, now)?;
            store::save(&tx, &after, one.revision, &happened, None, now).await?;
            Ok::<_, Error>(after.id)
        }
    });
    match done.await {
        Ok(id) => {
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/privacy/asked/{code}?done=withdrawn")).into_response())
        }
        Err(Error::Refused(refusal)) => draw(&app, &visit, &load(&app, &code).await?, Some(&refusal), ""),
        Err(error) => Err(error),
    }
}
