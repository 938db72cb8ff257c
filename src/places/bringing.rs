//! A file of places is brought: put away, looked at, and left waiting for a decision.

use super::import::{Import, State, Way};
use super::taking::{Wish, take};
use super::{show, store};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::people::doors::Visit;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request, State as Held};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;

/// The shelf of the blob store on which the files of places lie.
pub(super) const SHELF: &str = "places";

/// What the form sent.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub source: String,
    pub way: String,
    pub coordinates: String,
    name: String,
    bytes: Bytes,
}

/// `POST /admin/places/imports`.
pub(super) async fn bring(Held(app): Held<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let typed = match typed(request).await {
        Ok(typed) => typed,
        Err(refusal) => return show::draw_imports(&app, &visit, i64::MAX, &Typed::default(), Some(&refusal)).await,
    };
    match look(&app, &visit, &typed).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/places/imports/{id}")).into_response()),
        Err(Error::Refused(refusal)) => show::draw_imports(&app, &visit, i64::MAX, &typed, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn typed(request: Request) -> Result<Typed, Refusal> {
    let broken = || Refusal::new("imports-form-broken").on("file");
    let unread = |error: MultipartError| match error.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => Refusal::new("imports-too-large").on("file"),
        _ => broken(),
    };
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let mut typed = Typed::default();
    while let Some(part) = parts.next_field().await.map_err(unread)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(unread)?;
        let text = || String::from_utf8_lossy(&bytes).trim().to_owned();
        match (file, name.as_str()) {
            (Some(file), _) if typed.bytes.is_empty() => (typed.name, typed.bytes) = (file, bytes),
            (None, "source") => typed.source = text(),
            (None, "way") => typed.way = text(),
            (None, "coordinates") => typed.coordinates = text(),
            _ => {}
        }
    }
    Ok(typed)
}

/// Puts the file away, looks at it, and keeps what was found.
async fn look(app: &App, visit: &Visit, typed: &Typed) -> Result<id::Id, Error> {
    let author = visit.actor()?.account;
    if typed.bytes.is_empty() {
        return Err(Refusal::new("imports-file-missing").on("file").into());
    }
    let file_name: String = typed.name.chars().filter(|character| !character.is_control()).take(120).collect();
    let wish = Wish::of(&typed.source, &typed.way, &typed.coordinates, &file_name)?;
    let (now, settings) = (app.clock.now(), &app.places.settings);
    let found = take(&app.db, app.grid(), settings, &wish, typed.bytes.clone(), now, true, |_, _| ()).await?;
    let digest = app.blobs.put(SHELF, typed.bytes.clone()).await?;
    let import = Import {
        id: id::fresh(),
        source: wish.source,
        way: wish.way,
        coordinates: wish.system.as_str().to_owned(),
        file_name,
        digest,
        bytes: typed.bytes.len(),
        state: State::Waiting,
        found,
        author: Some(author),
        brought_at: now,
        decider: None,
        decided_at: None,
        revision: 1,
    };
    let id = import.id;
    let added = app.db.write(move |tx| async move { store::add_import(&tx, &import).await }).await;
    added.map_err(|error: DbError| Error::Db(error))?;
    Ok(id)
}

/// The word of the way that the form begins with.
pub(super) const FIRST_WAY: Way = Way::Add;
