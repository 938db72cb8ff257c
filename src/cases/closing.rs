//! 结案: closed, and perhaps opened again.

use super::case::{CaseAct, ForceReason};
use super::doing::{Planner, Typed, perform};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// How [`close`] is read from a form.
pub const CLOSE: Planner = |_, _, _, _| Ok(CaseAct::CloseCase);

/// Closes a case that somebody else has seen fixed.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn close(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], CLOSE).await
}

/// How [`reopen`] is read from a form.
pub const REOPEN: Planner = |_, _, _, _| Ok(CaseAct::ReopenCase);

/// Opens a case again on a citizen's word.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn reopen(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], REOPEN).await
}

/// How [`force`] is read from a form.
pub const FORCE: Planner = |_, _, typed, _| {
    let reason = typed.choice("reason", offered)?;
    if typed.text("note").is_empty() {
        return Err(Refusal::new("cases-refusal-say-why").on("note"));
    }
    Ok(CaseAct::ForceClose { reason })
};

/// The shift leader closes a case that is not mended, with a reason (强制结案).
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn force(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], FORCE).await
}

/// A reason that people may give for closing by force.
fn offered(text: &str) -> Option<ForceReason> {
    ForceReason::read(text).filter(|reason| *reason != ForceReason::PartUnsolved)
}
