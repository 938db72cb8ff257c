//! The ground may change beside the program, by the command line or by another program of the same database: whoever
//! serves looks at the record of imports now and then, and reads the ground anew.

use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use std::time::Duration;

/// How often the record is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Looks for as long as the program runs.
pub async fn watch(app: App) {
    let mut seen = changed(&app).await.unwrap_or_default();
    loop {
        tokio::time::sleep(EVERY).await;
        match look(&app, &mut seen).await {
            Ok(true) => tracing::info!("the ground was changed by an import and is read anew"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the ground could not be read anew"),
        }
    }
}

/// Reads the ground anew when an import has changed it since `seen`; answers whether it did.
///
/// # Errors
/// When the database fails.
pub async fn look(app: &App, seen: &mut Option<Moment>) -> Result<bool, Error> {
    let at = changed(app).await?;
    if at == *seen {
        return Ok(false);
    }
    app.reload_grid().await?;
    *seen = at;
    app.tell("grid", 0);
    Ok(true)
}

async fn changed(app: &App) -> Result<Option<Moment>, Error> {
    app.db.read(|tx| async move { Ok::<_, Error>(store::ground_changed_at(&tx).await?) }).await
}
