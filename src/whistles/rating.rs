//! After its end both sides rate each other (双向评价), once each. What one said is seen when the other has spoken, or when
//! the time for it is over.

use super::doing::{At, Typed, perform};
use super::whistle::WhistleAct;
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, Request, State};
use axum::response::Response;

fn stars(typed: &Typed, field: &'static str) -> Result<u8, Refusal> {
    let found = typed.text(field).parse().ok().filter(|stars| (1..=5).contains(stars));
    found.ok_or_else(|| Refusal::new("whistles-refusal-stars-missing").on(field))
}

/// The blower rates a department.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn department(
    State(app): State<App>,
    visit: Visit,
    Path((whistle, leg)): Path<(Id, Id)>,
    form: Request,
) -> Result<Response, Error> {
    let at = At { whistle, leg: Some(leg), act: "rate" };
    perform(&app, &visit, at, form, |asked| {
        let stars = stars(asked.typed, "stars")?;
        Ok(WhistleAct::RateDepartment { leg: asked.leg, stars, words: asked.typed.words()? })
    })
    .await
}

/// A department rates the whistle: was it necessary, was it right?
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn whistle(
    State(app): State<App>,
    visit: Visit,
    Path((whistle, leg)): Path<(Id, Id)>,
    form: Request,
) -> Result<Response, Error> {
    let at = At { whistle, leg: Some(leg), act: "rate-whistle" };
    perform(&app, &visit, at, form, |asked| {
        let (necessary, accurate) = (stars(asked.typed, "necessary")?, stars(asked.typed, "accurate")?);
        Ok(WhistleAct::RateWhistle { leg: asked.leg, necessary, accurate, words: asked.typed.words()? })
    })
    .await
}
