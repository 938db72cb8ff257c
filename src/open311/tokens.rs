//! The number of a request that was not known when it was sent.

use super::answering::{Answer, Asking, No, Wants};
use super::filter::Wrong;
use super::format::Value;
use super::requests::ROOT;
use super::store;
use crate::kit::error::Refusal;
use crate::reports::report::Stage;
use axum::response::Response;

/// `GET …/tokens/{token}.{json,xml}`.
pub async fn token(asking: Asking) -> Response {
    let outcome = match asking.enter(Wants::Nothing).await {
        Ok(_) => known(&asking).await,
        Err(no) => Err(no),
    };
    asking.answer(outcome)
}

async fn known(asking: &Asking) -> Result<Answer, No> {
    let token = asking.path.last().cloned().unwrap_or_default();
    let wanted = token.clone();
    let found = asking.app.db.read(move |tx| async move { store::of_token(&tx, &wanted).await }).await?;
    let (id, stage) = found.ok_or_else(|| Wrong::unknown(Refusal::new("open311-token-unknown")))?;
    // Until the desk has looked at it, it has no number.
    let number = if stage == Stage::Received { Value::Null } else { Value::always(id.to_string()) };
    let row = Value::Object(vec![("service_request_id", number), ("token", Value::always(token))]);
    Ok(Answer::new(ROOT, Value::List("request", vec![row])))
}
