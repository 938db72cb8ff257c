//! 核实: a keeper looks whether it is true, before filing.

use super::case::{Case, CaseAct};
use super::doing::{Planner, Typed, perform, perform_with_photos};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;

/// How [`ask`] is read from a form.
pub const ASK: Planner =
    |app, case, typed, _| Ok(CaseAct::AskCheck { keeper: typed.number("keeper").or_else(|| responsible(app, case)) });

/// Asks a keeper, or any keeper of the place.
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

/// How [`report`] is read from a form.
pub const REPORT: Planner = |_, _, typed, _| {
    let found = typed.choice("found", yes_or_no)?;
    Ok(CaseAct::ReportCheck { found })
};

/// The keeper says what is there, with photographs if there are any.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn report(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    body: Multipart,
) -> Result<Response, Error> {
    perform_with_photos(&app, &visit, id, body, "check", REPORT).await
}

/// The keeper whose responsibility grid the case lies in, unless they had a hand in the work; without one the task is
/// seen by every keeper.
pub fn responsible(app: &App, case: &Case) -> Option<Id> {
    app.keeper_of(&case.place.cell).filter(|keeper| !case.handlers.contains(keeper))
}

/// `yes` or `no`.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}
