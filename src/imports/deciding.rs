//! Somebody has read what was found: the import is kept, or thrown away.

use super::{reading, show, store};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// How long the answer waits for the work: whoever brings a short list sees at once what came of it.
const PATIENCE: Duration = Duration::from_secs(4);

/// `POST /admin/imports/{id}/keep`. The work goes on when the browser goes away: taking a file over again changes nothing
/// that it has changed before.
pub(super) async fn keep(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (held, by) = (app.clone(), visit.actor()?.account);
    let Some(read) = app.imports.begin(id) else { return answered(&app, &visit, id, Ok(())).await };
    let kept = tokio::spawn(async move {
        let kept = take_over(&held, id, by, read).await;
        // A refusal is said by the page; what fails later than anybody waits is said there, too.
        held.imports.end(id, !matches!(kept, Err(Error::Db(_) | Error::Internal(_))));
        if let Err(error) = &kept {
            tracing::warn!(%error, import = id, "an import was not taken over");
        }
        kept
    });
    match tokio::time::timeout(PATIENCE, kept).await {
        Ok(kept) => answered(&app, &visit, id, kept.map_err(|error| Error::Internal(error.to_string()))?).await,
        Err(_) => answered(&app, &visit, id, Ok(())).await,
    }
}

async fn take_over(app: &App, id: Id, by: Id, read: Arc<AtomicU64>) -> Result<(), Error> {
    let import = app.db.read(move |tx| async move { store::load(&tx, id).await }).await?;
    import.may_be_kept()?;
    let files = reading::parts(app, &import.files).await?;
    let came =
        reading::read(app, import.subject, [&import.coordinates, &import.layer], files, false, Some(read)).await?;
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
