//! The job that sends: looks facts through for each address, and sends what waits, those of one subject one after the other. A message
//! counts as sent once its status was read and noted; a program that dies in between sends it again under the same identifier.

use super::endpoint::{self, Outcome, State};
use super::store::{self, Delivery, Webhook};
use crate::api::facts;
use crate::api::scopes::Scope;
use crate::api::shapes::Message;
use crate::api::store as tokens;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::outside;
use crate::kit::words::LANGUAGES;
use crate::timeline::store::Told;
use futures_util::StreamExt;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How many messages go to one address at once, each of another subject.
const AT_ONCE: usize = 8;
/// How many facts are looked through in one go.
const PAGE: usize = 200;
/// How long the job waits for facts before it looks by itself.
const WAIT: Duration = Duration::from_secs(1);
/// For how long a message that is being sent is nobody else's, in milliseconds.
const HELD: i64 = 60_000;
/// How much of an answer is kept, in characters.
const MOST_KEPT: usize = 300;
/// How often what is old is forgotten.
const SWEEP: Duration = Duration::from_secs(3600);

/// Sends for as long as the program runs. A slow address keeps nobody else waiting.
pub async fn keep_sending(app: App) {
    let client = match outside::guarded(crate::api::allows_local(&app)) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "nothing can be sent to webhooks");
            return;
        }
    };
    let (mut seen, mut swept) = (0, None::<Instant>);
    let busy: Arc<Mutex<HashSet<Id>>> = Arc::default();
    loop {
        let all = app.db.read(|tx| async move {
            let (end, _) = crate::timeline::store::feed_end(&tx).await?;
            Ok::<_, DbError>((end, store::active(&tx).await?))
        });
        match all.await {
            Ok((end, all)) => {
                seen = end;
                for webhook in all {
                    let is_free = busy.lock().unwrap_or_else(PoisonError::into_inner).insert(webhook.id);
                    if is_free {
                        let (app, client, busy) = (app.clone(), client.clone(), Arc::clone(&busy));
                        drop(tokio::spawn(async move {
                            let id = webhook.id;
                            if let Err(error) = serve(&app, &client, webhook).await {
                                tracing::warn!(%error, webhook = id, "a webhook could not be served");
                            }
                            busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                        }));
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "webhooks cannot be read now"),
        }
        if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
            if let Err(error) = sweep(&app).await {
                tracing::warn!(%error, "old messages of webhooks could not be forgotten");
            }
            swept = Some(Instant::now());
        }
        app.feed.grown(seen, WAIT).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Forgets messages and idempotency keys that are older than the city keeps them.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<(), Error> {
    let (now, settings) = (app.clock.now(), app.api.settings);
    let days = |days: i64| now.plus(-days * 86_400_000);
    let (deliveries, keys) = (days(settings.keep_deliveries_days), days(settings.keep_keys_days));
    let swept = app.db.write(move |tx| async move {
        store::forget(&tx, deliveries).await?;
        tokens::forget_requests(&tx, keys).await.map(drop)
    });
    swept.await.map_err(|error: DbError| Error::Db(error))
}

/// One round for every address, one after the other; answers how many messages arrived.
///
/// # Errors
/// When the database fails.
pub async fn send_once(app: &App) -> Result<usize, Error> {
    let client = outside::guarded(crate::api::allows_local(app))?;
    let all = app.db.read(|tx| async move { store::active(&tx).await }).await;
    let mut arrived = 0;
    for webhook in all.map_err(|error: DbError| Error::Db(error))? {
        arrived += serve(app, &client, webhook).await?;
    }
    Ok(arrived)
}

/// Looks facts through for one address and sends what may be sent now.
async fn serve(app: &App, client: &reqwest::Client, webhook: Webhook) -> Result<usize, Error> {
    let (id, token) = (webhook.id, webhook.token);
    let token = app.db.read(move |tx| async move { tokens::token(&tx, token).await }).await?;
    // What the token opens no more is sent no more.
    if !token.is_open(app.clock.now()) || !token.has(Scope::ManageWebhooks) {
        return Ok(0);
    }
    let (mut webhook, mut arrived) = (webhook, 0);
    loop {
        let page = facts::page(app, &token.actor, &webhook.types, webhook.read_seq, PAGE).await;
        let page = page.map_err(|_| Error::Internal("facts cannot be read now".into()))?;
        if page.cursor == webhook.read_seq {
            break;
        }
        let now = app.clock.now();
        let rows: Vec<(i64, String, Id)> =
            page.facts.iter().map(|(told, _)| (told.seq, told.subject.clone(), told.subject_id)).collect();
        let span = (webhook.read_seq, page.cursor);
        let queued = app.db.write(move |tx| async move { store::queue(&tx, id, span, &rows, now).await }).await;
        if !queued.map_err(|error: DbError| Error::Db(error))? {
            return Ok(arrived);
        }
        webhook.read_seq = page.cursor;
        if !page.has_more {
            break;
        }
    }
    while webhook.next_at <= app.clock.now() {
        let now = app.clock.now();
        let due = app.db.read(move |tx| async move { store::due(&tx, id, now, AT_ONCE).await }).await;
        let due = due.map_err(|error: DbError| Error::Db(error))?;
        if due.is_empty() {
            break;
        }
        let sent: Vec<Result<Option<Outcome>, Error>> = futures_util::stream::iter(due)
            .map(|delivery| send(app, client, &webhook, delivery))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut is_well = true;
        for outcome in sent {
            match outcome? {
                Some(Outcome::Taken(_)) => arrived += 1,
                Some(Outcome::Refused(_)) | None => {}
                Some(Outcome::Gone | Outcome::Trouble(_)) => is_well = false,
            }
        }
        if !is_well {
            break;
        }
    }
    Ok(arrived)
}

/// Sends one message and notes what came of it; nothing when another instance sends it.
async fn send(
    app: &App,
    client: &reqwest::Client,
    webhook: &Webhook,
    delivery: Delivery,
) -> Result<Option<Outcome>, Error> {
    let (id, seq, now) = (webhook.id, delivery.seq, app.clock.now());
    let held = now.plus(HELD);
    let taken = app.db.write({
        let delivery = delivery.clone();
        move |tx| async move { store::take(&tx, id, &delivery, held).await }
    });
    if !taken.await.map_err(|error: DbError| Error::Db(error))? {
        return Ok(None);
    }
    let told = app.db.read(move |tx| async move { crate::timeline::store::told_after(&tx, seq - 1, 1).await }).await;
    let told = told.map_err(|error: DbError| Error::Db(error))?;
    let Some(body) = told.first().map(|told| written(app, told, &delivery)) else {
        return Err(Error::Internal(format!("the fact {seq} is gone")));
    };
    let body = body.await?;
    let (outcome, answer, asked) = knock(app, client, webhook, &endpoint::message(id, seq), body, now).await;
    let done = app.clock.now();
    let refusals = delivery.refusals;
    let (state, next, refusals) = match &outcome {
        Outcome::Taken(_) => (State::Delivered, done, refusals),
        // The address is in trouble: the message itself waits for nothing.
        Outcome::Trouble(_) | Outcome::Gone => (State::Waiting, Moment(0), refusals),
        Outcome::Refused(_) => match endpoint::again(refusals + 1, done) {
            Some(next) => (State::Waiting, next, refusals + 1),
            None => (State::GivenUp, done, refusals + 1),
        },
    };
    let status = outcome.status();
    let (webhook, told) = (webhook.clone(), outcome.clone());
    let noted = app.db.write(move |tx| async move {
        store::tried(&tx, id, seq, (state, next, refusals), (status, &answer), done).await?;
        match told {
            Outcome::Taken(_) if webhook.failures > 0 => store::well(&tx, id).await?,
            Outcome::Taken(_) | Outcome::Refused(_) => {}
            Outcome::Gone => store::give_up(&tx, &webhook, store::GivenUp::Gone, done).await?,
            Outcome::Trouble(_) => {
                let next = endpoint::knocks_again(webhook.failures + 1, asked, done);
                if store::trouble(&tx, &webhook, next, done).await? {
                    tracing::warn!(webhook = id, "nothing arrived at a webhook for five days: it is given no more");
                }
            }
        }
        Ok::<_, DbError>(())
    });
    noted.await.map_err(|error: DbError| Error::Db(error))?;
    Ok(Some(outcome))
}

/// The message as it is sent: the same bytes every time, apart from what its signature says of the moment.
async fn written(app: &App, told: &Told, delivery: &Delivery) -> Result<String, Error> {
    let number = match delivery.subject.as_str() {
        "case" => {
            let id = delivery.subject_id;
            let numbers = app.db.read(move |tx| async move { tokens::numbers(&tx, &[id]).await }).await;
            numbers.map_err(|error: DbError| Error::Db(error))?.remove(&id).unwrap_or_default()
        }
        _ => delivery.subject_id.to_string(),
    };
    let data = facts::shape(app, told, number);
    let message = Message { kind: data.kind.clone(), timestamp: data.at.clone(), data };
    serde_json::to_string(&message).map_err(|error| Error::Internal(error.to_string()))
}

/// Posts a message. Answers what came of it, the beginning of what was answered, and for how long the address asks to be left alone.
async fn knock(
    app: &App,
    client: &reqwest::Client,
    webhook: &Webhook,
    message: &str,
    body: String,
    now: Moment,
) -> (Outcome, String, Option<i64>) {
    let url = match outside::permitted(&webhook.url, crate::api::allows_local(app)).await {
        Ok(url) => url,
        Err(refusal) => return (Outcome::Trouble(None), app.pages.say(LANGUAGES[0], refusal.key, &refusal.args), None),
    };
    // Nothing leaves unsigned.
    if webhook.secret.known().is_none() {
        let why = webhook.secret.or_said(|key, args| app.pages.say(LANGUAGES[0], key, args));
        return (Outcome::Trouble(None), why, None);
    }
    let second = now.0.div_euclid(1000);
    let signed = webhook
        .secrets(now)
        .into_iter()
        .filter_map(|secret| endpoint::signature(secret, message, second, body.as_bytes()));
    let signed: Vec<String> = signed.collect();
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", concat!("city-steward/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", message)
        .header("webhook-timestamp", second.to_string())
        .header("webhook-signature", signed.join(" "))
        .body(body);
    match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            let asked =
                response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
            let text = beginning(response).await;
            (Outcome::of_status(status), text, asked.map(|seconds| seconds.saturating_mul(1000)))
        }
        Err(error) => (Outcome::Trouble(None), outside::told(error).chars().take(MOST_KEPT).collect(), None),
    }
}

/// The beginning of what was answered; an endless answer is not read.
async fn beginning(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_KEPT * 4 {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).chars().filter(|character| !character.is_control()).take(MOST_KEPT).collect()
}

/// Lets facts of a span wait for an address, also those that it had before; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn replay(app: &App, webhook: &Webhook, after: i64, until: i64, by: Id) -> Result<u64, Error> {
    let (id, token) = (webhook.id, webhook.token);
    let token = app.db.read(move |tx| async move { tokens::token(&tx, token).await }).await?;
    // What was not looked through yet comes by itself.
    let until = until.min(webhook.read_seq);
    let (mut cursor, mut count) = (after, 0);
    while cursor < until {
        let page = facts::page(app, &token.actor, &webhook.types, cursor, PAGE).await;
        let page = page.map_err(|_| Error::Internal("facts cannot be read now".into()))?;
        let now = app.clock.now();
        let rows: Vec<(i64, String, Id)> = page
            .facts
            .iter()
            .filter(|(told, _)| told.seq <= until)
            .map(|(told, _)| (told.seq, told.subject.clone(), told.subject_id))
            .collect();
        count += u64::try_from(rows.len()).unwrap_or(0);
        app.db.write(move |tx| async move { store::wait_again(&tx, id, &rows, now).await }).await?;
        if page.cursor == cursor {
            break;
        }
        cursor = page.cursor;
    }
    let now = app.clock.now();
    app.db.write(move |tx| async move { store::note_replay(&tx, id, (after, until, count), by, now).await }).await?;
    Ok(count)
}
