//! 作废: struck off, with a reason.

use super::case::{CaseAct, VoidReason};
use super::doing::{Planner, Typed, perform};
use super::merging::{End, merged};
use super::requests::offered;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// How [`void`] is read from a form.
pub const VOID: Planner = |_, _, typed, _| Ok(CaseAct::VoidCase { reason: typed.choice("reason", offered)? });

/// A shift leader strikes a case off; a duplicate's reports go to the earlier case.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn void(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    if typed.text("reason") == VoidReason::Duplicate.text() {
        return merged(&app, &visit, id, typed, End::Voided).await;
    }
    perform(&app, &visit, id, typed, vec![], VOID).await
}
