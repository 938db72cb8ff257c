//! `/follow/SECRET`: the page of one follow, opened by the link in its e-mails.

use super::feed;
use super::follow::Pace;
use super::store::{self, Follow};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::fields::Typed;
use crate::people::doors::Visit;
use crate::reports::everyday;
use axum::extract::{Form, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;

async fn find(app: &App, secret: &str) -> Result<Follow, Error> {
    let secret = secret.to_owned();
    let found = app.db.read(move |tx| async move { store::find(&tx, &secret).await }).await;
    found.map_err(|error: DbError| Error::Db(error))?.ok_or(Error::NotFound)
}

/// What is followed, in words.
pub(super) fn told(app: &App, lang: &'static str, one: &Follow) -> Vec<String> {
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(lang, key, args);
    let mut parts = Vec::new();
    if let Some(circle) = one.wish.circle {
        let place =
            if one.place.is_empty() { format!("{:.4}, {:.4}", circle.lon, circle.lat) } else { one.place.clone() };
        parts.push(say("follow-told-around", &[("metres", circle.metres.to_string()), ("place", place)]));
    }
    if !one.wish.area.is_empty() {
        let grid = app.grid();
        let name = grid.areas().iter().find(|area| area.code == one.wish.area).map(|area| area.name.clone());
        parts.push(name.unwrap_or_else(|| one.wish.area.clone()));
    }
    if !one.wish.category.is_empty() {
        let names = everyday::names(app, lang);
        let name = names.into_iter().find(|known| known.value == one.wish.category).map(|known| known.label);
        parts.push(name.unwrap_or_else(|| one.wish.category.clone()));
    }
    parts
}

/// `GET /follow/{secret}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(secret): Path<String>) -> Result<Response, Error> {
    let one = find(&app, &secret).await?;
    let pace = |pace: &Pace| {
        let label = app.pages.say(visit.lang, &format!("follow-pace-{}", pace.word()), &[]);
        context! { value => pace.word(), label }
    };
    let page = context! {
        secret => one.secret.as_str(),
        email => one.email.as_str(),
        is_pushed => one.browser.is_some(),
        parts => told(&app, visit.lang, &one),
        pace => one.pace.word(),
        paces => Pace::ALL.iter().map(pace).collect::<Vec<_>>(),
        is_confirmed => one.confirmed_at.is_some(),
        revision => one.revision,
        feed => feed::address(&app, &one.wish, visit.lang),
    };
    // Its address is a secret: it is told to nobody that a link leads to.
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    Ok((headers, app.page(&visit, "follows/own.html", page)?).into_response())
}

/// `POST /follow/{secret}/confirm`: the address is theirs. A button, because programs of mail servers open every link.
pub(super) async fn confirm(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, Error> {
    let (one, now) = (find(&app, &secret).await?, app.clock.now());
    let written = app.db.write(move |tx| async move { store::confirm(&tx, one.id, now).await }).await;
    written.map_err(|error: DbError| Error::Db(error))?;
    app.follows.changed();
    Ok(Redirect::to(&format!("/follow/{secret}")).into_response())
}

/// `POST /follow/{secret}`: another pace.
pub(super) async fn change(
    State(app): State<App>,
    Path(secret): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (one, now) = (find(&app, &secret).await?, app.clock.now());
    let pace = typed.choice("pace", Pace::parse)?;
    let due = one.due_at.map(|_| app.follows.settings.hours.due(pace, now, 0, &app.city.zone()));
    let revision = typed.text("revision").parse().unwrap_or_default();
    let one = Follow { revision, ..one };
    let written = app.db.write(move |tx| async move { store::change_pace(&tx, &one, pace, due, now).await }).await;
    written.map_err(|error: DbError| Error::Db(error))?;
    Ok(Redirect::to(&format!("/follow/{secret}")).into_response())
}

/// `POST /follow/{secret}/unsubscribe`: by the button, or by the mail reader itself (RFC 8058). Done twice, it is still done.
pub(super) async fn unsubscribe(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, Error> {
    let now = app.clock.now();
    match find(&app, &secret).await {
        Ok(one) => {
            let written =
                app.db.write(move |tx| async move { store::remove(&tx, one.id, "follow_ended", now).await }).await;
            written.map_err(|error: DbError| Error::Db(error))?;
            app.follows.changed();
        }
        Err(Error::NotFound) => {}
        Err(error) => return Err(error),
    }
    let page = app.page(&visit, "follows/ended.html", context! {})?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}
