//! 延期, 挂账, 作废: what is asked for and decided by somebody else; and the end of a suspension.

use super::case::{CaseAct, PostponeReason, SuspendReason, VoidReason};
use super::checking::yes_or_no;
use super::doing::{Planner, Typed, perform, perform_with_photos};
use super::merging::{End, merged};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use jiff::civil::{Date, Time};

/// How [`ask_postponement`] is read from a form.
pub const ASK_POSTPONEMENT: Planner = |_, _, typed, _| {
    let amount = typed.number("amount").and_then(|amount| u32::try_from(amount).ok());
    Ok(CaseAct::AskPostponement {
        reason: typed.choice("reason", PostponeReason::read)?,
        amount: amount.ok_or_else(|| Refusal::new("cases-refusal-choose").on("amount"))?,
        documents: typed.piece_count(),
    })
};

/// The department asks for more time (延期), with a reason and a photographed document.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn ask_postponement(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    body: Multipart,
) -> Result<Response, Error> {
    perform_with_photos(&app, &visit, id, body, "other", ASK_POSTPONEMENT).await
}

/// How [`ask_suspension`] is read from a form.
pub const ASK_SUSPENSION: Planner = |app, _, typed, _| {
    let reason = typed.choice("reason", SuspendReason::read)?;
    let day: Date = typed.choice("until", |text| text.parse().ok())?;
    Ok(CaseAct::AskSuspension { reason, until: app.calendar.moment(day, Time::midnight()) })
};

/// The case is to wait for a better day (挂账): to the morning of that day.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn ask_suspension(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], ASK_SUSPENSION).await
}

/// How [`ask_void`] is read from a form.
pub const ASK_VOID: Planner =
    |_, _, typed, _| Ok(CaseAct::AskVoid { reason: typed.choice("reason", offered)?, into: None });

/// Somebody who may not strike a case off alone asks for it (作废).
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn ask_void(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    if typed.text("reason") == VoidReason::Duplicate.text() {
        return merged(&app, &visit, id, typed, End::Asked).await;
    }
    perform(&app, &visit, id, typed, vec![], ASK_VOID).await
}

/// How [`decide`] is read from a form.
pub const DECIDE: Planner = |_, _, typed, _| {
    let granted = typed.choice("granted", yes_or_no)?;
    if !granted && typed.text("note").is_empty() {
        return Err(Refusal::new("cases-refusal-say-why").on("note"));
    }
    Ok(CaseAct::DecideRequest { granted })
};

/// What was asked for is granted or refused.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], DECIDE).await
}

/// How [`decide_void`] is read from a form.
pub const DECIDE_VOID: Planner = |_, _, typed, _| {
    let granted = typed.choice("granted", yes_or_no)?;
    if !granted && typed.text("note").is_empty() {
        return Err(Refusal::new("cases-refusal-say-why").on("note"));
    }
    Ok(CaseAct::DecideVoid { granted })
};

/// Striking off that was asked for is granted or refused.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn decide_void(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], DECIDE_VOID).await
}

/// A reason that people may give for striking off.
pub fn offered(text: &str) -> Option<VoidReason> {
    VoidReason::read(text).filter(|reason| *reason != VoidReason::WholeEnded)
}

/// How [`resume`] is read from a form.
pub const RESUME: Planner = |_, _, _, _| Ok(CaseAct::ResumeCase);

/// A suspension ends before its day.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn resume(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    perform(&app, &visit, id, typed, vec![], RESUME).await
}

/// A moment that a browser's `datetime-local` field writes, in the city's zone.
pub fn moment(app: &App, text: &str) -> Option<Moment> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(app.calendar.moment(civil.date(), civil.time()))
}
