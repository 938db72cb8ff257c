//! 反馈: the department answers for its crew's work, or sends the crew back.

use super::case::CaseAct;
use super::doing::{Planner, Typed, perform};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// How [`feed_back`] is read from a form.
pub const FEED_BACK: Planner = |_, _, _, _| Ok(CaseAct::FeedBack);

/// The department says that it is done; its clock stops.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn feed_back(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], FEED_BACK).await
}

/// How [`redo`] is read from a form.
pub const REDO: Planner = |_, _, _, _| Ok(CaseAct::RedoWork);

/// The department sends its own crew back.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn redo(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], REDO).await
}
