//! 证据保管: how a photo came, what it says of itself, who opened its original and what was done to its copies, on one page
//! that can be printed; and a button that has the sealed original compared with its digest.

use super::blacking::{home, seen};
use super::store;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;

/// So many openings and comparisons are listed; how many there were is said.
const LISTED: usize = 200;

/// The page of a photo's custody.
///
/// # Errors
/// [`Error::NotFound`] when there is no such photo or the reader sees nothing of what it belongs to.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let may_black_out = actor.may(crate::people::act::Act::BlackOut);
    let read = app.db.read(move |tx| async move {
        let photo = seen(&tx, &actor, id).await?;
        let twins = store::same_file(&tx, id, &photo.original, 8).await?;
        let (views, count) = store::views(&tx, id, LISTED).await?;
        Ok::<_, Error>((
            photo,
            store::custody(&tx, id).await?,
            store::rectangles(&tx, id).await?,
            (views, count),
            store::checks(&tx, id, LISTED).await?,
            twins,
        ))
    });
    let (photo, custody, rectangles, (views, count), checks, twins) = read.await?;
    let page = context! {
        id => id.to_string(),
        now => app.clock.now().0,
        src => format!("/photos/{id}/large?v={}", photo.large.get(..16).unwrap_or_default()),
        home => home(&photo.subject, photo.subject_id),
        subject => photo.subject,
        custody => Serde(&custody),
        rectangles => Serde(&rectangles),
        views => Serde(&views),
        view_count => count,
        checks => Serde(&checks),
        twins => twins.iter().map(ToString::to_string).collect::<Vec<_>>(),
        is_withheld => photo.withheld_at.is_some(),
        is_public => photo.is_public,
        may_black_out,
    };
    Ok(app.page(&visit, "files/custody.html", page)?.into_response())
}

/// Compares the sealed original with its digest, and notes what came of it.
///
/// # Errors
/// As [`show`]; when the store fails.
pub async fn verify(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (account, now) = (actor.account, app.clock.now());
    let photo = app.db.read(move |tx| async move { seen(&tx, &actor, id).await }).await?;
    let outcome = compared(&app, "original", &photo.original).await?;
    let noted = app.db.write(move |tx| async move { store::checked(&tx, id, account, outcome, now).await });
    noted.await.map_err(Error::Db)?;
    Ok(Redirect::to(&format!("/photos/{id}/custody#checks")).into_response())
}

/// What a file on a shelf is found to be when it is read and compared with its digest: `whole`, `missing` or `altered`.
///
/// # Errors
/// When the store does not answer.
pub async fn compared(app: &App, shelf: &str, digest: &str) -> Result<&'static str, Error> {
    match app.blobs.get(shelf, digest).await {
        Ok(_) => Ok("whole"),
        Err(Error::NotFound) => Ok("missing"),
        Err(error) if super::blobs::is_altered(&error) => Ok("altered"),
        Err(error) => Err(error),
    }
}
