//! A file of work orders is brought: put away, looked at, and shown before it takes effect.

use super::reading::{self, SHELF};
use super::show;
use super::source::Source;
use super::store::{self, File};
use crate::app::App;
use crate::imports::import::State;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::sent::Sent;
use crate::people::doors::Visit;
use axum::extract::{Request, State as Held};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;

/// What the form sent.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The source's identifier; empty for a new one.
    pub source: String,
    /// The name of a new source.
    pub name: String,
    file: Option<(String, Bytes)>,
}

/// `POST /hotline/files`.
pub(super) async fn bring(Held(app): Held<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let typed = match Sent::read(request).await {
        Ok(sent) => {
            Typed { source: sent.text("source").to_owned(), name: sent.text("name").to_owned(), file: sent.file }
        }
        Err(refusal) => return show::draw_list(&app, &visit, &Typed::default(), Some(&refusal)).await,
    };
    match look(&app, &visit, &typed).await {
        Ok(id) => Ok(Redirect::to(&format!("/hotline/files/{id}")).into_response()),
        Err(Error::Refused(refusal)) => show::draw_list(&app, &visit, &typed, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn look(app: &App, visit: &Visit, typed: &Typed) -> Result<Id, Error> {
    let (author, now) = (visit.actor()?.account, app.clock.now());
    let (is_new, source) = match typed.source.parse::<Id>() {
        Ok(known) => (false, app.db.read(move |tx| async move { store::load_source(&tx, known).await }).await?),
        Err(_) => (true, Source::named(id::fresh(), &typed.name, &app.hotline)?),
    };
    let (name, bytes) = typed.file.clone().ok_or_else(|| Refusal::new("imports-file-missing").on("file"))?;
    let (found, _) = reading::read(app, &source, bytes.clone()).await?;
    let digest = app.blobs.put(SHELF, bytes.clone()).await?;
    let file = File {
        id: id::fresh(),
        source: source.id,
        name: name.chars().filter(|character| !character.is_control()).take(120).collect(),
        digest,
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        state: State::Waiting,
        found,
        author,
        brought_at: now,
        decider: None,
        decided_at: None,
        revision: 1,
        gone_at: None,
    };
    let id = file.id;
    let kept: Result<(), DbError> = app
        .db
        .write(move |tx| async move {
            if is_new {
                store::add_source(&tx, &source, author, now).await?;
            }
            store::add_file(&tx, &file).await
        })
        .await;
    match kept {
        Ok(()) => Ok(id),
        Err(DbError::NotUnique(_)) => Err(Refusal::new("hotline-source-taken").on("name").into()),
        Err(error) => Err(error.into()),
    }
}
