//! 受理: the desk takes a report on, or declines it with a reason; it says where it is and joins further reports to it.

use super::case::{CaseAct, DeclineReason, Place};
use super::doing::{Planner, Typed, perform};
use super::merging::{End, merged};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::places::offering::suggested;
use crate::reports::place;
use crate::reports::report::Said;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// How [`accept`] is read from a form.
pub const ACCEPT: Planner = |_, _, _, _| Ok(CaseAct::AcceptReport);

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
    perform(&app, &visit, id, typed, vec![], ACCEPT).await
}

/// How [`decline`] is read from a form.
pub const DECLINE: Planner =
    |_, _, typed, _| Ok(CaseAct::DeclineReport { reason: typed.choice("reason", DeclineReason::read)? });

/// Declines the report, with a reason that the citizen can read; a duplicate goes to the earlier case.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn decline(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    if typed.text("reason") == DeclineReason::Duplicate.text() {
        return merged(&app, &visit, id, typed, End::Declined).await;
    }
    perform(&app, &visit, id, typed, vec![], DECLINE).await
}

/// How [`join`] is read from a form.
pub const JOIN: Planner = |_, _, typed, _| {
    let report = typed.number("report").ok_or_else(|| Refusal::new("cases-refusal-choose").on("report"))?;
    Ok(CaseAct::JoinReport { report })
};

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
    perform(&app, &visit, id, typed, vec![], JOIN).await
}

/// How [`locate`] is read from a form.
pub const LOCATE: Planner = |app, case, typed, _| {
    let place = located(app, &case.place, typed)?;
    let is_suggested = typed.text("place_from") == "suggestion";
    let at = place.lon.zip(place.lat).filter(|_| is_suggested);
    let suggested = at.and_then(|at| suggested(app, [place.address.as_str(), typed.text("said")], at));
    Ok(CaseAct::LocateCase { place, suggested })
};

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
    perform(&app, &visit, id, typed, vec![], LOCATE).await
}

/// The place that the desk means: the point when it moved the point, else the unit grid when it named another, else
/// whichever of the two is there. The ground is asked for everything else.
fn located(app: &App, old: &Place, typed: &Typed) -> Result<Place, Refusal> {
    let degrees = |field: &str, old: Option<f64>| match typed.text(field) {
        "" => Ok(None),
        text => match text.parse::<f64>() {
            Ok(value) if old.is_some_and(|old| (old - value).abs() < 1e-9) => Ok(old),
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Refusal::new("coordinates-not-a-number").with("text", text).on("cell")),
        },
    };
    let point = degrees("lon", old.lon)?.zip(degrees("lat", old.lat)?);
    let cell = at_most("cell", typed.text("cell"), 20)?;
    let is_moved = point.is_some() && point != old.lon.zip(old.lat);
    let is_other_cell = !cell.is_empty() && cell != old.cell;
    let by_point = if is_moved { point } else { point.filter(|_| !is_other_cell) };
    let said = Said {
        point: by_point,
        system: "wgs84".to_owned(),
        address: at_most("address", typed.text("address"), 200)?,
        cell: if by_point.is_some() { String::new() } else { cell },
    };
    let found = place::locate(app, &said).map_err(|refusal| refusal.on("cell"))?;
    Ok(Place {
        lon: found.lon,
        lat: found.lat,
        coordinates: if is_moved { found.system } else { old.coordinates.clone() },
        cell: found.cell,
        street: found.street,
        community: found.community,
        address: found.address,
    })
}

/// How [`clear_urgent`] is read from a form.
pub const CLEAR_URGENT: Planner = |_, _, _, _| Ok(CaseAct::ClearUrgent);

/// A false alarm: the case is handled like others.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn clear_urgent(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], CLEAR_URGENT).await
}

/// How [`mark_urgent`] is read from a form.
pub const MARK_URGENT: Planner = |_, _, _, _| Ok(CaseAct::MarkUrgent);

/// The case comes before everything else from now on.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn mark_urgent(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], MARK_URGENT).await
}
