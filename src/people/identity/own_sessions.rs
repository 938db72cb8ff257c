//! Where somebody is signed in, and ending it: one's own sessions, and for the security administrator those of others.

use super::device;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::people::sessions::{self, Session};
use crate::people::sign_in::Knock;
use crate::people::store::{self, Change};
use crate::people::{account_change, say};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;

/// Sessions as a page shows them; `own` is what is kept of the secret of the one that asks.
pub(in crate::people) fn rows(app: &App, visit: &Visit, all: &[Session], own: &str) -> Vec<Value> {
    let row = |one: &Session| {
        context! {
            key => one.key.as_str(),
            is_this => one.key == own,
            device => device::words(&one.device).unwrap_or_else(|| say(app, visit, "people-device-unknown")),
            agent => one.device.as_str(),
            address => one.address.as_str(),
            opened_at => one.opened_at.0,
            seen_at => one.seen_at.0,
            way => say(app, visit, &format!("people-way-{}", one.way.word())),
            is_strong => one.is_strong,
        }
    };
    all.iter().map(row).collect()
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    done: String,
}

/// `GET /account/sessions`.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let all = app.db.read(move |tx| async move { sessions::list(&tx, account, now).await.map_err(Error::Db) }).await?;
    let own = sessions::key(knock.session.as_deref().unwrap_or_default());
    let page = context! {
        rows => rows(&app, &visit, &all, &own),
        done => asked.done.as_str(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], app.page(&visit, "people/sessions.html", page)?).into_response())
}

fn ended(account: Id, author: Id, count: u64) -> Change {
    account_change(account, "sessions_ended", author, json!({ "count": count }))
}

/// `POST /account/sessions/end`: every other session.
pub(super) async fn end_others(State(app): State<App>, visit: Visit, knock: Knock) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let secret = knock.session.unwrap_or_default();
    let count = app.db.write(move |tx| async move {
        let count = sessions::end_others(&tx, account, &secret).await?;
        if count > 0 {
            store::record(&tx, &ended(account, account, count), now).await?;
        }
        Ok::<_, Error>(count)
    });
    count.await?;
    Ok(Redirect::to("/account/sessions?done=others").into_response())
}

async fn end(app: &App, account: Id, key: String, author: Id, now: Moment) -> Result<(), Error> {
    let ended = app.db.write(move |tx| async move {
        if sessions::end_kept(&tx, account, &key).await? {
            store::record(&tx, &ended(account, author, 1), now).await?;
        }
        Ok::<_, Error>(())
    });
    ended.await
}

/// `POST /account/sessions/{key}/end`. One's own session here is ended by signing out.
pub(super) async fn end_one(State(app): State<App>, visit: Visit, Path(key): Path<String>) -> Result<Response, Error> {
    let account = visit.actor()?.account;
    end(&app, account, key, account, app.clock.now()).await?;
    Ok(Redirect::to("/account/sessions?done=one").into_response())
}

/// `POST /admin/accounts/{id}/sessions/{key}/end`.
pub(super) async fn end_one_of(
    State(app): State<App>,
    visit: Visit,
    Path((id, key)): Path<(Id, String)>,
) -> Result<Response, Error> {
    end(&app, id, key, visit.actor()?.account, app.clock.now()).await?;
    Ok(Redirect::to(&format!("/admin/accounts/{id}#sessions")).into_response())
}

/// `POST /admin/accounts/{id}/sessions/end`: all of them.
pub(super) async fn end_all_of(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (author, now) = (visit.actor()?.account, app.clock.now());
    app.db
        .write(move |tx| async move {
            store::load(&tx, id).await?;
            // No session has the secret that is empty.
            let count = sessions::end_others(&tx, id, "").await?;
            if count > 0 {
                store::record(&tx, &ended(id, author, count), now).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    Ok(Redirect::to(&format!("/admin/accounts/{id}#sessions")).into_response())
}
