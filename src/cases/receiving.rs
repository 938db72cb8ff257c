//! 受理: the desk takes a report on, or declines it with a reason; it says where it is and joins further reports to it.

use super::case::{CaseAct, DeclineReason, Place};
use super::doing::{Plan, Typed, perform};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// Takes the report on.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn accept(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], |_, _, _, _| Ok(CaseAct::AcceptReport.into())).await
}

/// Declines the report, with a reason that the citizen can read.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn decline(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], |_, _, typed, _| {
        Ok(CaseAct::DeclineReport { reason: typed.choice("reason", DeclineReason::read)? }.into())
    })
    .await
}

/// Makes another report belong to this case.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn join(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], |_, _, typed, _| {
        let report = typed.number("report").ok_or_else(|| Refusal::new("cases-refusal-choose").on("report"))?;
        Ok(CaseAct::JoinReport { report }.into())
    })
    .await
}

/// Says where it is.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn locate(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], |_, case, typed, _| {
        let degrees = |field, most: f64| typed.text(field).parse::<f64>().ok().filter(|value| value.abs() <= most);
        let place = Place {
            lon: degrees("lon", 180.0).or(case.place.lon),
            lat: degrees("lat", 90.0).or(case.place.lat),
            cell: at_most("cell", typed.text("cell"), 20)?,
            address: at_most("address", typed.text("address"), 200)?,
            ..case.place.clone()
        };
        Ok(Plan::from(CaseAct::LocateCase { place }))
    })
    .await
}
