//! `seal`: encrypts what is kept of persons, and the secrets of other systems, with the first of the operator's keys.

use super::backup::bar;
use super::{Outcome, Settings, told};
use crate::kit::clock::Clock;
use crate::sealing;

/// Seals it, or says how much there would be to do.
pub(super) async fn seal(settings: &Settings, is_dry: bool) -> Outcome {
    let sources = settings.sources()?;
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let (bar, progress) = bar();
    let done =
        sealing::run(&db, is_dry, Clock::system().now(), |column, rows| progress(&column.to_string(), rows)).await;
    bar.finish_and_clear();
    let key = db.keys().sealing().unwrap_or_default().to_owned();
    let missing = sealing::look(&db).await.map_err(|error| error.to_string())?.missing;
    db.close().await;
    let all = done.map_err(|error| told(&error))?;
    for one in &all {
        let said = if is_dry { "would be sealed" } else { "sealed" };
        crate::out!("{}: {} of {} {said} with {key}", one.column, one.sealed, one.rows);
    }
    let unreadable: u64 = all.iter().map(|one| one.unreadable).sum();
    if unreadable > 0 {
        return Err(format!(
            "{unreadable} texts cannot be read and stay as they are; add the keys that they were sealed with{}",
            if missing.is_empty() { String::new() } else { format!(": {}", missing.join(", ")) }
        ));
    }
    if !is_dry {
        crate::out!(
            "nothing is sealed with another key any more; copies and backups from before still are, or are not sealed at all"
        );
    }
    Ok(())
}
