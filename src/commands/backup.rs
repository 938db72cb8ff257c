//! `backup`: a copy of the database while everybody goes on working.

use super::serve::DATABASE;
use super::{Outcome, Settings};
use crate::kit::clock::Clock;
use crate::kit::db::{Db, DbError};
use crate::status::announcing::BACKUP;
use crate::status::store;
use std::path::Path;

/// Copies an SQLite database into a new file.
pub(super) async fn backup(settings: &Settings, file: &Path) -> Outcome {
    let url = settings.database.as_deref().unwrap_or(DATABASE);
    Db::copy(url, file).map_err(|error| error.to_string())?;
    // The administrators' page says when that was.
    let noted = async {
        let db = Db::open(url).await?;
        let now = Clock::system().now();
        let noted: Result<(), DbError> =
            db.write(move |tx| async move { store::operated(&tx, BACKUP, now).await }).await;
        db.close().await;
        noted
    };
    if let Err(error) = noted.await {
        eprintln!("steward: the copy is made, but not noted for the administrators' page: {error}");
    }
    let bytes = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    crate::out!("{} holds the database as it was now ({bytes} bytes); copy the files after it", file.display());
    Ok(())
}
