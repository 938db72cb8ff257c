//! 回退 and 返工: a department asks to hand the case back and somebody decides; the desk sends it back to the same department.

use super::case::{CaseAct, ReturnReason};
use super::doing::{Planner, Typed, perform};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// How [`ask`] is read from a form.
pub const ASK: Planner =
    |_, _, typed, _| Ok(CaseAct::AskReturn { reason: typed.choice("reason", ReturnReason::read)? });

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
    perform(&app, &visit, id, typed, vec![], ASK).await
}

/// How [`give_to_territory`] is read from a form.
pub const GIVE_TO_TERRITORY: Planner = |_, _, typed, _| {
    let department = typed.number("territory").ok_or_else(|| Refusal::new("cases-refusal-choose").on("territory"))?;
    Ok(CaseAct::GiveToTerritory { department })
};

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
    perform(&app, &visit, id, typed, vec![], GIVE_TO_TERRITORY).await
}

/// How [`send_back`] is read from a form.
pub const SEND_BACK: Planner = |_, _, _, _| Ok(CaseAct::SendBack);

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
    perform(&app, &visit, id, typed, vec![], SEND_BACK).await
}
