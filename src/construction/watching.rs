//! Terms that end: looked for by one index, told once. Two programs of the same database may look at the same moment: the
//! second finds it told.

use super::store::{self, Scope};
use super::{clocks, telling};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use std::time::Duration;

/// How often terms are looked at.
const EVERY: Duration = Duration::from_secs(20);

/// Looks for as long as the program runs.
pub async fn watch(app: App) {
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "the terms of unlawful buildings could not be looked at");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Tells of every term that has ended since the last look. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let now = app.clock.now();
        let due = app.db.read(move |tx| async move { store::alerts(&tx, now).await }).await;
        let due = due.map_err(|error: DbError| Error::Db(error))?;
        if due.is_empty() {
            return Ok(count);
        }
        for alert in due {
            let held = app.clone();
            let told = app.db.write(move |tx| {
                let held = held.clone();
                async move {
                    if !store::told(&tx, alert).await? {
                        return Ok(false);
                    }
                    let kept = store::load(&tx, alert.building, Scope::All).await?;
                    if let Some((kind, _)) = clocks::due(&kept.building, &held.law()) {
                        telling::tell_over(&tx, &kept, kind, now).await?;
                    }
                    Ok::<_, Error>(true)
                }
            });
            count += usize::from(told.await?);
            app.tell(store::SUBJECT, alert.building);
        }
    }
}
