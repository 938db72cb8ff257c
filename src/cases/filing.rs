//! 立案: the case is compared with a filing condition, whose limit it keeps.

use super::case::CaseAct;
use super::doing::{Planner, Typed, perform};
use super::standards;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// How [`file`] is read from a form.
pub const FILE: Planner = |app, _, typed, now| Ok(CaseAct::FileCase { filing: standards::filing(app, typed, now)? });

/// Files a case under a condition.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn file(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], FILE).await
}
