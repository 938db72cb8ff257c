//! A written whistle is blown, approved or sent back by a superior, or taken back.

use super::doing::{At, perform};
use super::whistle::WhistleAct;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, Request, State};
use axum::response::Response;

fn at(whistle: Id, act: &'static str) -> At {
    At { whistle, leg: None, act }
}

/// 吹哨, or 报审 where the city wants an approval.
///
/// # Errors
/// When the whistle does not exist for the actor or the database fails; refusals are drawn.
pub async fn blow(State(app): State<App>, visit: Visit, Path(id): Path<Id>, form: Request) -> Result<Response, Error> {
    perform(&app, &visit, at(id, "blow"), form, |asked| {
        let city = asked.app.whistles.of(asked.whistle.kind);
        Ok(WhistleAct::Blow { needs_approval: city.needs_approval, is_management_first: city.is_management_first })
    })
    .await
}

/// 批准.
///
/// # Errors
/// When the whistle does not exist for the actor or the database fails; refusals are drawn.
pub async fn approve(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    form: Request,
) -> Result<Response, Error> {
    perform(&app, &visit, at(id, "approve"), form, |_| Ok(WhistleAct::Approve)).await
}

/// 退回 to whoever wrote it.
///
/// # Errors
/// When the whistle does not exist for the actor or the database fails; refusals are drawn.
pub async fn decline(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    form: Request,
) -> Result<Response, Error> {
    perform(&app, &visit, at(id, "decline"), form, |asked| Ok(WhistleAct::Decline { words: asked.typed.words()? }))
        .await
}

/// 撤哨.
///
/// # Errors
/// When the whistle does not exist for the actor or the database fails; refusals are drawn.
pub async fn withdraw(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    form: Request,
) -> Result<Response, Error> {
    perform(&app, &visit, at(id, "withdraw"), form, |asked| Ok(WhistleAct::Withdraw { words: asked.typed.words()? }))
        .await
}
