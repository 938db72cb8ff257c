//! What is over and nobody saw: looked for by one index, told once.

use super::store::{self, Scope};
use super::telling;
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(30);

/// Looks for as long as the program runs.
pub async fn watch(app: App) {
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "the checks of enterprises could not be looked at");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Tells of everything that is over since the last look. Answers of how much.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let now = app.clock.now();
        let due = app.db.read(move |tx| async move { store::due(&tx, now).await }).await;
        let due = due.map_err(|error: DbError| Error::Db(error))?;
        if due.is_empty() {
            return Ok(count);
        }
        for one in due {
            let told = app.db.write(move |tx| async move {
                if !store::told(&tx, one).await? {
                    return Ok(false);
                }
                let kept = store::load(&tx, one.check, Scope::All).await?;
                telling::tell_due(&tx, &kept, one.what, now).await?;
                Ok::<_, Error>(true)
            });
            count += usize::from(told.await?);
            app.tell(store::SUBJECT, one.check);
        }
    }
}
