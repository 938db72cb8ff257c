//! 回退 and 返工: a department asks to hand the case back and somebody decides; the desk sends it back to the same department.

use super::case::{CaseAct, ReturnReason};
use super::doing::{Typed, perform};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// The department asks to hand the case back, with a reason; its clock stands still until somebody has decided.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], |_, _, typed, _| {
        Ok(CaseAct::AskReturn { reason: typed.choice("reason", ReturnReason::read)? })
    })
    .await
}

/// What nobody owns goes to the territorial unit (属地兜底).
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn give_to_territory(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], |_, _, typed, _| {
        let department =
            typed.number("territory").ok_or_else(|| Refusal::new("cases-refusal-choose").on("territory"))?;
        Ok(CaseAct::GiveToTerritory { department })
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
    perform(&app, &visit, id, typed, vec![], |_, _, _, _| Ok(CaseAct::SendBack)).await
}
