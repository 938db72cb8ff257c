//! 核查: somebody else looks on site.

use super::case::CaseAct;
use super::checking::{responsible, yes_or_no};
use super::doing::{Planner, Typed, perform, perform_with_photos};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;

/// How [`ask`] is read from a form.
pub const ASK: Planner = |app, case, typed, _| {
    Ok(CaseAct::AskVerification { keeper: typed.number("keeper").or_else(|| responsible(app, case)) })
};

/// Asks a keeper who had no part in the work, or any keeper of the place.
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

/// How [`verify`] is read from a form.
pub const VERIFY: Planner = |_, _, typed, _| {
    let passed = typed.choice("passed", yes_or_no)?;
    Ok(CaseAct::VerifyCase { passed })
};

/// The keeper says whether it is fixed, with photographs if there are any.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn verify(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    body: Multipart,
) -> Result<Response, Error> {
    perform_with_photos(&app, &visit, id, body, "check", VERIFY).await
}
