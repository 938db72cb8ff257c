//! A file is brought: it is put away, looked at, and waits for a decision.

use super::import::{Import, Part, State, Subject};
use super::{reading, show, store};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::people::doors::Visit;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request, State as Held};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;

/// The most files of one import: a Shapefile has its shapes, its table, an index, a code page and a projection.
const MOST_FILES: usize = 8;

/// What the form sent.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub subject: String,
    pub coordinates: String,
    pub layer: String,
    files: Vec<(String, Bytes)>,
}

/// `POST /admin/imports`.
pub(super) async fn bring(Held(app): Held<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let typed = match typed(request).await {
        Ok(typed) => typed,
        Err(refusal) => return show::draw_list(&app, &visit, i64::MAX, &Typed::default(), Some(&refusal)).await,
    };
    match look(&app, &visit, &typed).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/imports/{id}")).into_response()),
        Err(Error::Refused(refusal)) => show::draw_list(&app, &visit, i64::MAX, &typed, Some(&refusal)).await,
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
        match (file, name.as_str()) {
            (Some(file), _) if !bytes.is_empty() && typed.files.len() < MOST_FILES => typed.files.push((file, bytes)),
            (None, "subject") => typed.subject = String::from_utf8_lossy(&bytes).trim().to_owned(),
            (None, "layer") => typed.layer = String::from_utf8_lossy(&bytes).trim().chars().take(200).collect(),
            (None, "coordinates") => typed.coordinates = String::from_utf8_lossy(&bytes).trim().to_owned(),
            _ => {}
        }
    }
    Ok(typed)
}

/// Puts the files away, looks at them, and keeps what was found.
async fn look(app: &App, visit: &Visit, typed: &Typed) -> Result<id::Id, Error> {
    let author = visit.actor()?.account;
    let subject =
        Subject::parse(&typed.subject).ok_or_else(|| Refusal::new("imports-subject-missing").on("subject"))?;
    if typed.files.is_empty() {
        return Err(Refusal::new("imports-file-missing").on("file").into());
    }
    let found =
        reading::read(app, subject, [&typed.coordinates, &typed.layer], typed.files.clone(), true, None).await?;
    let mut files = Vec::new();
    for (name, bytes) in &typed.files {
        let digest = app.blobs.put(reading::SHELF, bytes.clone()).await?;
        let name: String = name.chars().filter(|character| !character.is_control()).take(120).collect();
        files.push(Part { name, digest, bytes: bytes.len() });
    }
    let import = Import {
        id: id::fresh(),
        subject,
        coordinates: typed.coordinates.clone(),
        layer: typed.layer.clone(),
        files,
        state: State::Waiting,
        found,
        author: Some(author),
        brought_at: app.clock.now(),
        decider: None,
        decided_at: None,
        revision: 1,
    };
    let id = import.id;
    app.db
        .write(move |tx| async move { store::add(&tx, &import).await })
        .await
        .map_err(|error: DbError| Error::Db(error))?;
    Ok(id)
}
