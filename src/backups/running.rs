//! The set of every day, made by the service itself where the city names a folder for it. Of several instances one makes it.

use super::{Making, make, prune};
use crate::app::App;
use crate::archive::Trouble;
use crate::kit::db::DbError;
use crate::status::announcing::BACKUP;
use crate::status::store;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether the day's set is missing.
const LOOK: Duration = Duration::from_secs(600);
/// An attempt that has not come to its end after so many milliseconds has failed.
const LOST: i64 = 6 * 3_600_000;
/// The name under which it is noted that one was begun.
const BEGUN: &str = "backup_begun";

/// Makes each day's set for as long as the program runs.
pub async fn work(app: App) {
    loop {
        tokio::time::sleep(LOOK).await;
        match once(&app).await {
            Ok(Some(set)) => tracing::info!(set = %set.display(), "the day's backup is made"),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the day's backup could not be made"),
        }
    }
}

/// Makes the day's set and throws old ones away, unless it is there or another instance is at it. Answers the new set.
///
/// # Errors
/// When it cannot be made.
pub async fn once(app: &App) -> Result<Option<PathBuf>, Trouble> {
    let Some(to) = app.backup.to.clone().map(PathBuf::from) else { return Ok(None) };
    let (now, zone) = (app.clock.now(), app.city.zone());
    let due = app.backup.day_due(now, &zone);
    let claimed = app.db.write(move |tx| async move {
        let last = store::last_operated(&tx, BACKUP).await?;
        let is_there = last.is_some_and(|last| last.zoned(&zone).date() >= due);
        Ok::<_, DbError>(!is_there && store::claim(&tx, BEGUN, now, now.plus(-LOST)).await?)
    });
    if !claimed.await? {
        return Ok(None);
    }
    let making = Making {
        db: app.db.clone(),
        blobs: app.blobs.clone(),
        city: app.sources.city().map(ToOwned::to_owned),
        to: to.clone(),
        clock: app.clock.clone(),
        progress: Arc::new(|_, _| ()),
    };
    let (set, manifest) = make(making).await?;
    if !manifest.missing.is_empty() {
        tracing::error!(
            count = manifest.missing.len(),
            "files that rows know were not in the store: steward files check names them"
        );
    }
    let made = app.clock.now();
    app.db.write(move |tx| async move { store::operated(&tx, BACKUP, made).await }).await?;
    let (retention, zone) = (app.backup.retention, app.city.zone());
    let pruned = super::beside(move || prune(&to, &retention, &zone, false)).await?;
    if !pruned.sets.is_empty() {
        tracing::info!(sets = pruned.sets.join(" "), files = pruned.files, "old backups are thrown away");
    }
    Ok(Some(set))
}
