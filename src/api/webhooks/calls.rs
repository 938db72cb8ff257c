//! Webhooks by the API: a token sees and makes its own.

use super::endpoint::{self, State};
use super::store::{self, Webhook};
use super::{sending, show};
use crate::api::caller::Caller;
use crate::api::problem::{Kind, Problem};
use crate::api::shapes::{Delivery as DeliveryShape, NewWebhook, Paged, Replay, Replayed, Webhook as Shape};
use crate::api::store as tokens;
use crate::api::taking::Taken;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

fn shape(caller: &Caller, webhook: &Webhook, secret: Option<String>) -> Shape {
    Shape {
        id: webhook.id.to_string(),
        url: webhook.url.clone(),
        note: webhook.note.clone(),
        types: webhook.types.clone(),
        is_active: webhook.is_active,
        failing_since: caller.at_if(webhook.failing_since_at),
        made_at: caller.at(webhook.made_at),
        secret,
    }
}

/// `GET /api/v1/webhooks`.
pub async fn list(caller: Caller) -> Result<Response, Problem> {
    let token = caller.token()?.id;
    let all = caller.app.db.read(move |tx| async move { store::list(&tx, Some(token)).await }).await;
    let items = all.map_err(|error: DbError| error)?.iter().map(|webhook| shape(&caller, webhook, None)).collect();
    Ok(caller.answer(StatusCode::OK, &Paged { items, next: None }))
}

/// `POST /api/v1/webhooks`.
pub async fn make(caller: Caller, request: Request) -> Result<Response, Problem> {
    let taken = Taken::of(&caller.app, request, "webhook", &[]).await?;
    let sent: NewWebhook = taken.read()?;
    let token = caller.token()?;
    let made = show::made(&caller.app, token, &sent.url, &sent.note, sent.types.clone(), sent.after);
    let webhook = made.await?;
    let (kept, by) = (webhook.clone(), token.actor.account);
    caller.app.db.write(move |tx| async move { store::make(&tx, &kept, by).await }).await?;
    let secret = webhook.secret.known().map(str::to_owned);
    Ok(caller.answer(StatusCode::CREATED, &shape(&caller, &webhook, secret)))
}

async fn named(caller: &Caller) -> Result<Webhook, Problem> {
    let id = caller.asked.text("id").and_then(|id| id.parse::<Id>().ok()).ok_or_else(|| Problem::of(Kind::NotFound))?;
    let token = caller.token()?.id;
    Ok(caller.app.db.read(move |tx| async move { store::load(&tx, id, Some(token)).await }).await?)
}

/// `DELETE /api/v1/webhooks/{id}`: nothing more is sent; what was sent stays on record.
pub async fn remove(caller: Caller) -> Result<Response, Problem> {
    let webhook = named(&caller).await?;
    let (by, now) = (caller.actor()?.account, caller.app.clock.now());
    let done = caller.app.db.write(move |tx| async move {
        store::set_active(&tx, webhook.id, false, Some(by), now).await.map_err(Error::from)
    });
    done.await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /api/v1/webhooks/{id}/deliveries`.
pub async fn deliveries(caller: Caller) -> Result<Response, Problem> {
    let webhook = named(&caller).await?;
    let state = caller.asked.text("state").and_then(State::parse);
    let before = caller.asked.count("cursor").unwrap_or(i64::MAX);
    let most = usize::try_from(caller.asked.count("limit").unwrap_or(50)).unwrap_or(50);
    let id = webhook.id;
    let read = caller.app.db.read(move |tx| async move {
        let mut found = store::deliveries(&tx, id, state, before, most + 1).await?;
        let is_more = found.len() > most;
        found.truncate(most);
        let cases: Vec<Id> = found.iter().filter(|one| one.subject == "case").map(|one| one.subject_id).collect();
        Ok::<_, DbError>((found, is_more, tokens::numbers(&tx, &cases).await?))
    });
    let (found, is_more, numbers) = read.await?;
    let next = found.last().filter(|_| is_more).map(|last| last.seq.to_string());
    // What waits for nothing but its turn is tried as soon as it comes.
    let now = caller.app.clock.now();
    let row = |delivery: &store::Delivery| DeliveryShape {
        cursor: delivery.seq,
        message: endpoint::message(id, delivery.seq),
        subject: delivery.subject.clone(),
        number: numbers.get(&delivery.subject_id).cloned().unwrap_or_else(|| delivery.subject_id.to_string()),
        state: delivery.state.word().to_owned(),
        attempts: delivery.attempts,
        status: delivery.status,
        answer: delivery.answer.clone(),
        tried_at: caller.at_if(delivery.tried_at),
        next_at: (delivery.state == State::Waiting).then(|| caller.at(delivery.next_at.max(webhook.next_at).max(now))),
        delivered_at: caller.at_if(delivery.delivered_at),
    };
    let items = found.iter().map(row).collect();
    Ok(caller.answer(StatusCode::OK, &Paged { items, next }))
}

/// `POST /api/v1/webhooks/{id}/replay`.
pub async fn replay(caller: Caller, request: Request) -> Result<Response, Problem> {
    let webhook = named(&caller).await?;
    let taken = Taken::of(&caller.app, request, "replay", &[]).await?;
    let sent: Replay = taken.read()?;
    if sent.after < 0 || sent.until.is_some_and(|until| until < sent.after) {
        let text = crate::kit::error::Refusal::new("api-span-backwards").on("until");
        return Err(Problem::refused(vec![text]));
    }
    let (until, by) = (sent.until.unwrap_or(i64::MAX), caller.actor()?.account);
    let count = sending::replay(&caller.app, &webhook, sent.after, until, by).await?;
    Ok(caller.answer(StatusCode::OK, &Replayed { count }))
}
