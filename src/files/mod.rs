//! Photos and attachments: the original is sealed under its SHA-256, and only cleaned, turned and re-encoded copies
//! without metadata are ever shown. Lends out [`take_in`], [`store`] and [`blobs::Blobs`].

pub mod blobs;
pub mod clean;
pub mod photo;
pub mod show;
pub mod store;

use crate::app::App;
use crate::kit::error::Error;
use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use photo::Inspection;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/photos/{id}/{size}", Access::Public, show::copy),
        Door::get("/originals/{id}", Access::Act(Act::ViewOriginals), show::original),
    ]
}

/// A photo that was inspected, cleaned and put away, ready to be recorded within a transaction.
#[derive(Debug, Clone)]
pub struct TakenIn {
    /// What the original says of itself.
    pub inspection: Inspection,
    /// The sealed original's digest.
    pub original: String,
    /// The original's size in bytes.
    pub bytes: usize,
    /// The large public copy's digest (long side 1600 pixels).
    pub large: String,
    /// The small public copy's digest (long side 480 pixels).
    pub small: String,
}

/// Inspects a photo, cleans it and puts its three forms into the blob store. Decoding runs beside the requests, two at a
/// time.
///
/// # Errors
/// A refusal when the bytes are not a photo that can be shown; [`Error::Internal`] when the store fails.
pub async fn take_in(app: &App, bytes: Vec<u8>) -> Result<TakenIn, Error> {
    static PLACES: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);
    let place = PLACES.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    let (bytes, outcome) = tokio::task::spawn_blocking(move || {
        let outcome = clean::clean(&bytes);
        // Given up here and not by the asker, who may have gone: the decoding goes on without them.
        drop(place);
        (bytes, outcome)
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))?;
    let cleaned = outcome?;
    let size = bytes.len();
    let blobs = &app.blobs;
    Ok(TakenIn {
        inspection: cleaned.inspection,
        original: blobs.put("original", bytes).await?,
        bytes: size,
        large: blobs.put("public", cleaned.large).await?,
        small: blobs.put("public", cleaned.small).await?,
    })
}

/// What the program reads from a photo's file, as JSON for `steward photo inspect`.
///
/// # Errors
/// The refusal's key, or why the file cannot be read.
pub fn inspect_file(path: &std::path::Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::Internal(format!("{}: {error}", path.display())))?;
    let inspection = photo::inspect(&bytes)?;
    // A file whose pixels cannot be read is not a photo, whatever its first bytes say.
    clean::decode(&bytes, &inspection)?;
    serde_json::to_string_pretty(&inspection).map_err(|error| Error::Internal(error.to_string()))
}
