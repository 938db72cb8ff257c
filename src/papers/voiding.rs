//! 作废: a paper does not count any more. Its number stays used, and the list and everybody who checks it see that it is void.

use super::show::{draw, seen};
use super::store::{self, Signed};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// What the form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    reason: String,
    revision: String,
}

/// `POST /papers/{id}/void`.
///
/// # Errors
/// [`Error::NotFound`] when the actor sees no such paper; [`crate::kit::db::DbError::Stale`] when it changed meanwhile;
/// refusals are drawn.
pub async fn void(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let paper = seen(&app, &visit, id).await?;
    let revision = typed.revision.parse().unwrap_or(paper.revision);
    let now = app.clock.now();
    let signed = Signed { by: visit.actor()?.account, at: now, on: now.zoned(&app.city.zone()).date() };
    let reason = typed.reason.clone();
    let done = app.db.write(move |tx| {
        let reason = reason.clone();
        async move { store::void(&tx, id, revision, signed, &reason).await }
    });
    match done.await {
        Ok(_) => {
            app.tell("paper", id);
            Ok(Redirect::to(&format!("/papers/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw(&app, &visit, &paper, Some(&refusal), &typed.reason).await,
        Err(error) => Err(error),
    }
}
