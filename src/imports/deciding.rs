//! Somebody has read what was found: the import is kept, or thrown away.

use super::{reading, show, store};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

/// `POST /admin/imports/{id}/keep`. The work goes on when the browser goes away: taking a file over again changes nothing
/// that it has changed before.
pub(super) async fn keep(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (held, by) = (app.clone(), visit.actor()?.account);
    let kept = tokio::spawn(async move { take_over(&held, id, by).await });
    answered(&app, &visit, id, kept.await.map_err(|error| Error::Internal(error.to_string()))?).await
}

async fn take_over(app: &App, id: Id, by: Id) -> Result<(), Error> {
    let import = app.db.read(move |tx| async move { store::load(&tx, id).await }).await?;
    import.may_be_kept()?;
    let files = reading::parts(app, &import.files).await?;
    let came = reading::read(app, import.subject, &import.coordinates, files, false).await?;
    let now = app.clock.now();
    let ground = import.subject.ground();
    app.db
        .write(move |tx| async move {
            let import = store::load(&tx, id).await?.keep(Some(by), came, now)?;
            store::save(&tx, &import).await?;
            Ok::<_, Error>(store::record(&tx, &import, now).await?)
        })
        .await?;
    if ground.is_some() {
        app.reload_grid().await?;
        app.tell("grid", id);
    }
    Ok(())
}

/// `POST /admin/imports/{id}/discard`.
pub(super) async fn discard(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let discarded = app.db.write(move |tx| async move {
        let import = store::load(&tx, id).await?.discard(by, now)?;
        store::save(&tx, &import).await?;
        Ok::<_, Error>(store::record(&tx, &import, now).await?)
    });
    let discarded = discarded.await;
    answered(&app, &visit, id, discarded).await
}

async fn answered(app: &App, visit: &Visit, id: Id, outcome: Result<(), Error>) -> Result<Response, Error> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/admin/imports/{id}")).into_response()),
        Err(Error::Refused(refusal)) => show::draw(app, visit, id, Some(&refusal)).await,
        // Somebody else decided at the same moment: their decision is shown.
        Err(Error::Db(DbError::Stale)) => show::draw(app, visit, id, Some(&Refusal::new("imports-decided"))).await,
        Err(error) => Err(error),
    }
}
