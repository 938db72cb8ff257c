//! Somebody has read what was found in a file of places: it is taken over, or thrown away.

use super::bringing::SHELF;
use super::taking::{Wish, take};
use super::{show, store};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

/// `POST /admin/places/imports/{id}/keep`. The work goes on when the browser goes away: taking a file over again changes
/// nothing that it has changed before.
pub(super) async fn keep(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (held, by) = (app.clone(), visit.actor()?.account);
    let kept = tokio::spawn(async move { take_over(&held, id, by).await });
    answered(&app, &visit, id, kept.await.map_err(|error| Error::Internal(error.to_string()))?).await
}

async fn take_over(app: &App, id: Id, by: Id) -> Result<(), Error> {
    // One after the other: two files of one list must not mix.
    let _turn = app.places.taking.lock().await;
    let import = app.db.read(move |tx| async move { store::load_import(&tx, id).await }).await?;
    import.may_be_kept()?;
    let bytes = app.blobs.get(SHELF, &import.digest).await?;
    let wish = Wish::of(&import.source, import.way.word(), &import.coordinates, &import.file_name)?;
    let now = app.clock.now();
    let came = take(&app.db, app.grid(), &app.places.settings, &wish, bytes, now, false, |_, _| ()).await?;
    let saved = app.db.write(move |tx| {
        let came = came.clone();
        async move {
            let import = store::load_import(&tx, id).await?.keep(Some(by), came, now)?;
            store::save_import(&tx, &import).await?;
            Ok::<_, Error>(store::record_import(&tx, &import, now).await?)
        }
    });
    saved.await?;
    app.places.tell();
    Ok(())
}

/// `POST /admin/places/imports/{id}/discard`.
pub(super) async fn discard(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let discarded = app.db.write(move |tx| async move {
        let import = store::load_import(&tx, id).await?.discard(by, now)?;
        store::save_import(&tx, &import).await?;
        Ok::<_, Error>(store::record_import(&tx, &import, now).await?)
    });
    let discarded = discarded.await;
    answered(&app, &visit, id, discarded).await
}

async fn answered(app: &App, visit: &Visit, id: Id, outcome: Result<(), Error>) -> Result<Response, Error> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/admin/places/imports/{id}")).into_response()),
        Err(Error::Refused(refusal)) => show::draw_import(app, visit, id, Some(&refusal)).await,
        // Somebody else decided at the same moment: their decision is shown.
        Err(Error::Db(DbError::Stale)) => {
            show::draw_import(app, visit, id, Some(&Refusal::new("imports-decided"))).await
        }
        Err(error) => Err(error),
    }
}
