//! 处置: the department's desk assigns a crew member, who takes the task on and hands the work in with photographs.

use super::case::CaseAct;
use super::doing::{Planner, Typed, perform, perform_with_photos};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;

/// How [`assign`] is read from a form.
pub const ASSIGN: Planner = |_, _, typed, _| {
    let crew = typed.number("crew").ok_or_else(|| Refusal::new("cases-refusal-choose").on("crew"))?;
    Ok(CaseAct::AssignCrew { crew })
};

/// Assigns a crew member.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn assign(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], ASSIGN).await
}

/// How [`take`] is read from a form.
pub const TAKE: Planner = |_, _, _, _| Ok(CaseAct::AcceptTask);

/// Takes the task on.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn take(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], TAKE).await
}

/// How [`hand_in`] is read from a form.
pub const HAND_IN: Planner = |_, _, typed, _| Ok(CaseAct::HandInWork { photos: typed.piece_count() });

/// Hands the work in, with photographs of how it looks now.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn hand_in(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    body: Multipart,
) -> Result<Response, Error> {
    perform_with_photos(&app, &visit, id, body, "after", HAND_IN).await
}
