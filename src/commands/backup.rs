//! `backup`: a copy of the database while everybody goes on working.

use super::serve::DATABASE;
use super::{Outcome, Settings};
use crate::kit::db::Db;
use std::path::Path;

/// Copies an SQLite database into a new file.
pub(super) async fn backup(settings: &Settings, file: &Path) -> Outcome {
    let url = settings.database.as_deref().unwrap_or(DATABASE);
    Db::copy(url, file).map_err(|error| error.to_string())?;
    let bytes = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    crate::out!("{} holds the database as it was now ({bytes} bytes); copy the files after it", file.display());
    Ok(())
}
