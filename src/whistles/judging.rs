//! What the blower and the superiors do about a leg: accept it, send it back, let it go, wait no longer; decide about a
//! refusal.

use super::doing::{At, perform};
use super::whistle::WhistleAct;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, Request, State};
use axum::response::Response;

type Legs = Path<(Id, Id)>;

fn at((whistle, leg): (Id, Id), act: &'static str) -> At {
    At { whistle, leg: Some(leg), act }
}

/// 确认: the department may leave.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn accept(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "accept"), form, |asked| {
        Ok(WhistleAct::AcceptLeg { leg: asked.leg, words: asked.typed.words()? })
    })
    .await
}

/// 确认到场: the blower vouches for an arrival that no position proves.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn confirm(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "confirm-arrival"), form, |asked| Ok(WhistleAct::ConfirmArrival { leg: asked.leg }))
        .await
}

/// 退回继续.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn send_back(
    State(app): State<App>,
    visit: Visit,
    Path(ids): Legs,
    form: Request,
) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "send-back"), form, |asked| {
        Ok(WhistleAct::SendBackLeg { leg: asked.leg, words: asked.typed.words()? })
    })
    .await
}

/// 解除: the department is not needed any more.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn release(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "release"), form, |asked| {
        Ok(WhistleAct::ReleaseLeg { leg: asked.leg, words: asked.typed.words()? })
    })
    .await
}

/// 认定未报到: a clock has run out, and nobody waits any longer.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn give_up(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "give-up"), form, |asked| {
        Ok(WhistleAct::GiveUpLeg { leg: asked.leg, words: asked.typed.words()? })
    })
    .await
}

/// 裁定: a superior decides about a refusal.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn decide(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "decide"), form, |asked| {
        let must_come = asked.typed.choice("decision", |word| match word {
            "uphold" => Some(true),
            "excuse" => Some(false),
            _ => None,
        })?;
        Ok(WhistleAct::Decide { leg: asked.leg, must_come, words: asked.typed.words()? })
    })
    .await
}
