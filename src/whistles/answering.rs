//! What a called department does: sign for it or say why not, speak with the blower, report in, work, say what came of it.

use super::doing::{At, perform};
use super::leg::{Outcome, RefuseReason};
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

/// 签收.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn sign_for(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "sign"), form, |asked| Ok(WhistleAct::SignFor { leg: asked.leg })).await
}

/// 首次联系.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn contact(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "contact"), form, |asked| {
        Ok(WhistleAct::Contact { leg: asked.leg, words: asked.typed.words()? })
    })
    .await
}

/// 拒绝, with a reason that a superior weighs.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn refuse(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "refuse"), form, |asked| {
        let reason = asked.typed.choice("reason", RefuseReason::parse)?;
        Ok(WhistleAct::Refuse { leg: asked.leg, reason, words: asked.typed.words()? })
    })
    .await
}

/// 答复督办: why nobody had come in time, and what is done about it.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn order(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "answer-order"), form, |asked| {
        Ok(WhistleAct::AnswerOrder { leg: asked.leg, words: asked.typed.words()? })
    })
    .await
}

/// 报告处置, with words or photographs.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn work(State(app): State<App>, visit: Visit, Path(ids): Legs, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "work"), form, |asked| {
        Ok(WhistleAct::ReportWork { leg: asked.leg, words: asked.typed.words()?, photos: asked.photos })
    })
    .await
}

/// 反馈.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn feed_back(
    State(app): State<App>,
    visit: Visit,
    Path(ids): Legs,
    form: Request,
) -> Result<Response, Error> {
    perform(&app, &visit, at(ids, "feed-back"), form, |asked| {
        let result = asked.typed.choice("result", Outcome::parse)?;
        let wrongdoer_refuses = !asked.typed.text("wrongdoer").is_empty();
        Ok(WhistleAct::FeedBack { leg: asked.leg, result, wrongdoer_refuses, words: asked.typed.words()? })
    })
    .await
}
