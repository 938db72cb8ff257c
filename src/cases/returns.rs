//! 回退 and 返工: back to the dispatcher, or back to the same department.

use super::case::{CaseAct, ReturnReason};
use super::doing::{Typed, perform};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// The department pushes the case back, with a reason.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn give_back(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], |_, _, typed, _| {
        Ok(CaseAct::ReturnCase { reason: typed.choice("reason", ReturnReason::read)? }.into())
    })
    .await
}

/// The desk sends the case back to the same department.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn send_back(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], |_, _, _, _| Ok(CaseAct::SendBack.into())).await
}
