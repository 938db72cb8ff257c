//! How often somebody asks is counted in the memory of each program; once a second the programs tell each other what they have counted, so
//! that a limit holds over all of them, less what is asked within that second.

use super::store;
use crate::app::App;
use crate::kit::db::DbError;
use std::time::Duration;

/// How often what was counted is told.
pub const EVERY: Duration = Duration::from_secs(1);

/// Tells and hears for as long as the program runs.
pub async fn exchange(app: App) {
    if !app.db.is_postgres() {
        // One program alone opens an SQLite file.
        app.stopping().await;
        return;
    }
    let mut told = String::new();
    loop {
        tokio::time::sleep(EVERY).await;
        if app.instances.others() == 0 {
            continue;
        }
        let text = app.ledger.told(app.clock.now());
        match once(&app, (text != told).then(|| text.clone())).await {
            Ok(heard) => {
                app.ledger.hear(heard.iter().map(String::as_str));
                told = text;
            }
            // What was heard last holds good until its minute is over.
            Err(error) => tracing::warn!(%error, "what the other programs have counted cannot be read now"),
        }
    }
}

/// Tells what has changed, and answers what the others have told.
async fn once(app: &App, told: Option<String>) -> Result<Vec<String>, DbError> {
    let me = app.instances.instance;
    match told {
        None => app.db.read(move |tx| async move { store::counted_by_others(&tx, me).await }).await,
        Some(text) => {
            let exchanged = app.db.write(move |tx| async move {
                store::tell_counted(&tx, me, &text).await?;
                store::counted_by_others(&tx, me).await
            });
            exchanged.await
        }
    }
}
