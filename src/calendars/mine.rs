//! Somebody's own dates: a page, and a secret address by which a telephone reads them without a session.

use super::gathering::own;
use super::public::{is_ahead, shown, subscribing};
use super::store;
use crate::app::App;
use crate::duty::feeds::{address, answer, key, language};
use crate::kit::error::Error;
use crate::kit::icalendar::write;
use crate::kit::id;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::people::store::{self as people, Change};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};

/// How many dates the page shows; the feed has all.
const SHOWN: usize = 50;

/// `GET /calendar/mine`.
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, "").await
}

async fn draw(app: &App, visit: &Visit, made: &str) -> Result<Response, Error> {
    let actor = visit.actor()?;
    let (me, now) = (actor.account, app.clock.now());
    let today = now.zoned(&app.city.zone()).date();
    let since = app.db.read(move |tx| async move { store::feed_since(&tx, me).await }).await?;
    let events = own(app, actor, visit.lang).await?;
    let ahead: Vec<Value> = events.iter().filter(|event| is_ahead(event, now, today)).map(shown).collect();
    let page = context! {
        further => ahead.len().saturating_sub(SHOWN), events => ahead.into_iter().take(SHOWN).collect::<Vec<_>>(),
        since => since.map(|at| at.0),
        made => if made.is_empty() { None } else { Some(subscribing(made)) },
    };
    let page = app.page(visit, "calendars/mine.html", page)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// A fact about somebody's feed.
fn change(account: id::Id, kind: &'static str) -> Change {
    let body = serde_json::json!({});
    Change { subject: "account", subject_id: account, kind, author: Some(account), body }
}

/// `POST /calendar/mine/feed`: a new address, shown once; the one before it is revoked.
pub(super) async fn make(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Result<Response, Error> {
    let (me, now, lang, secret) = (visit.actor()?.account, app.clock.now(), visit.lang, id::secret());
    let kept = key(&secret);
    let made = app.db.write(move |tx| {
        let kept = kept.clone();
        async move {
            store::make_feed(&tx, &kept, me, lang, now).await?;
            Ok::<_, Error>(people::record(&tx, &change(me, "calendar_feed_made"), now).await?)
        }
    });
    made.await?;
    draw(&app, &visit, &address(&app, &headers, &format!("/calendar/feed/{secret}.ics"))).await
}

/// `POST /calendar/mine/revoke`.
pub(super) async fn revoke(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let (me, now) = (visit.actor()?.account, app.clock.now());
    let revoked = app.db.write(move |tx| async move {
        store::revoke_feeds(&tx, me, now).await?;
        Ok::<_, Error>(people::record(&tx, &change(me, "calendar_feed_revoked"), now).await?)
    });
    revoked.await?;
    Ok(Redirect::to("/calendar/mine#feed").into_response())
}

/// `GET /calendar/feed/{token}`: as its owner may see it now, whatever their post was when it was made.
pub(super) async fn feed(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    let kept = key(token.strip_suffix(".ics").unwrap_or(&token));
    let read = app.db.read(move |tx| async move {
        let (account, language) = store::feed(&tx, &kept).await?.ok_or(Error::NotFound)?;
        Ok::<_, Error>((people::load(&tx, account).await?, language))
    });
    let (account, kept) = read.await?;
    let lang = language(&kept);
    let actor = Actor {
        account: account.id,
        name: account.name,
        post: account.post,
        department: account.department,
        must_change_password: account.is_first_password,
    };
    let events = own(&app, &actor, lang).await?;
    let name = app.pages.say(lang, "calendars-own-name", &[]);
    Ok(answer("own.ics", write("Calendar", &name, lang, &events)))
}
