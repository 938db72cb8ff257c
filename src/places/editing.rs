//! One place: written by hand, mended, hidden, shown again.

use super::place::{Place, Typed};
use super::show::{errors, say, systems};
use super::store;
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;

/// `GET /admin/places/new`.
pub(super) async fn ask(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None, &Typed::default(), None)
}

/// `POST /admin/places`.
pub(super) async fn add(State(app): State<App>, visit: Visit, Form(typed): Form<Typed>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let entry = match typed.understood(&app.grid()) {
        Ok(entry) => entry,
        Err(refusal) => return draw(&app, &visit, None, &typed, Some(&refusal)),
    };
    // One list for all that is written by hand, called as the city speaks.
    let source = app.pages.say(crate::kit::words::LANGUAGES[0], "places-by-hand", &[]);
    let added = app.db.write(move |tx| {
        let (source, entry) = (source.clone(), entry.clone());
        async move { store::add(&tx, &source, &entry, by, now).await }
    });
    added.await.map_err(|error: DbError| Error::Db(error))?;
    app.places.tell();
    Ok(Redirect::to("/admin/places").into_response())
}

/// `GET /admin/places/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let found = app.db.read(move |tx| async move { store::load(&tx, id).await }).await?;
    let typed = Typed::of(&found.0);
    draw(&app, &visit, Some(found), &typed, None)
}

/// `POST /admin/places/{id}`.
pub(super) async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let (found, source) = app.db.read(move |tx| async move { store::load(&tx, id).await }).await?;
    let refused = |refusal: &Refusal| draw(&app, &visit, Some((found.clone(), source.clone())), &typed, Some(refusal));
    if typed.revision.parse() != Ok(found.revision) {
        return refused(&Refusal::new("places-changed-meanwhile"));
    }
    let entry = match typed.understood(&app.grid()) {
        Ok(entry) => entry,
        Err(refusal) => return refused(&refusal),
    };
    let place = found.clone();
    let saved = app.db.write(move |tx| {
        let (place, entry) = (place.clone(), entry.clone());
        async move { store::save(&tx, &place, &entry, by, now).await }
    });
    match saved.await {
        Ok(()) => {
            app.places.tell();
            Ok(Redirect::to("/admin/places").into_response())
        }
        Err(DbError::Stale) => refused(&Refusal::new("places-changed-meanwhile")),
        Err(error) => Err(Error::Db(error)),
    }
}

/// `POST /admin/places/{id}/hide`.
pub(super) async fn hide(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    turn(&app, &visit, id, false).await
}

/// `POST /admin/places/{id}/unhide`.
pub(super) async fn unhide(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    turn(&app, &visit, id, true).await
}

async fn turn(app: &App, visit: &Visit, id: Id, is_active: bool) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let turned = app.db.write(move |tx| async move {
        let (place, _) = store::load(&tx, id).await?;
        Ok::<_, Error>(store::show(&tx, &place, is_active, by, now).await?)
    });
    turned.await?;
    app.places.tell();
    Ok(Redirect::to(&format!("/admin/places/{id}")).into_response())
}

fn draw(
    app: &App,
    visit: &Visit,
    found: Option<(Place, String)>,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let area = found.as_ref().map(|(place, _)| app.grid().areas_at(place.entry.lon, place.entry.lat).names());
    let place = found.map(|(place, source)| {
        let name = if place.entry.name.is_empty() { place.entry.address.clone() } else { place.entry.name.clone() };
        context! {
            id => place.id, name, source,
            lon => place.entry.lon, lat => place.entry.lat,
            is_active => place.is_active, is_edited => place.is_edited,
            area => area.unwrap_or_default(),
        }
    });
    let own = if typed.coordinates.is_empty() { "wgs84" } else { typed.coordinates.as_str() };
    let page = context! {
        place => place.unwrap_or(minijinja::Value::from(())),
        typed => Serde(typed),
        systems => systems(app, visit),
        coordinates => own,
        title => say(app, visit, "places-new"),
        errors => errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "places/place.html", page)?).into_response())
}
