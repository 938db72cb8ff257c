//! 派遣: a department gets the case, and its clock starts.

use super::case::CaseAct;
use super::doing::{Planner, Typed, perform};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// How [`dispatch`] is read from a form.
pub const DISPATCH: Planner = |_, _, typed, _| {
    let department = typed.number("department").ok_or_else(|| Refusal::new("cases-refusal-choose").on("department"))?;
    Ok(CaseAct::DispatchCase { department })
};

/// Sends a case to a department, due when its limit says.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn dispatch(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], DISPATCH).await
}
