//! 超时申诉: after closing, a department says why it should not be held to its lateness. Two people look at it; the lateness
//! itself stands.

use super::case::{AppealReason, CaseAct};
use super::checking::yes_or_no;
use super::doing::{Planner, Typed, perform};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// How [`appeal`] is read from a form.
pub const APPEAL: Planner = |_, _, typed, _| {
    let reason = typed.choice("reason", AppealReason::read)?;
    if typed.text("note").is_empty() {
        return Err(Refusal::new("cases-refusal-say-why").on("note"));
    }
    Ok(CaseAct::AppealLateness { reason })
};

/// The department appeals.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn appeal(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], APPEAL).await
}

/// How [`review`] is read from a form.
pub const REVIEW: Planner = |_, _, typed, _| {
    let accepts = typed.choice("accepts", yes_or_no)?;
    if !accepts && typed.text("note").is_empty() {
        return Err(Refusal::new("cases-refusal-say-why").on("note"));
    }
    Ok(CaseAct::ReviewAppeal { accepts })
};

/// Somebody looks at the appeal.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn review(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], REVIEW).await
}
