//! The files of an import, read: what is in them, without keeping anything; or taken over.

use super::import::{Found, Part, Subject};
use crate::app::App;
use crate::grid::import::read_shapefile;
use crate::grid::taking::{Content, Kind, Rules, take};
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::reports::commands;
use bytes::Bytes;
use std::path::Path;

/// The shelf of the blob store on which the files of imports lie.
pub(super) const SHELF: &str = "imports";

/// Reads the files and takes them over, or with `is_dry_run` only says what would come of it.
///
/// # Errors
/// A refusal of the files as a whole, on `file`; when the database fails.
pub(super) async fn read(
    app: &App,
    subject: Subject,
    coordinates: &str,
    files: Vec<(String, Bytes)>,
    is_dry_run: bool,
) -> Result<Found, Error> {
    let Some(kind) = subject.ground() else {
        let [(_, bytes)] = files.as_slice() else { return Err(Refusal::new("imports-one-file").on("file").into()) };
        let list = std::io::Cursor::new(bytes.clone());
        let imported = commands::import(app, list, is_dry_run, |_| ()).await.map_err(on_file)?;
        return Ok(Found::of_reports(&imported));
    };
    let rules = Rules::of_city(&app.city.rest, Some(coordinates)).map_err(|refusal| refusal.on("coordinates"))?;
    let content = tokio::task::spawn_blocking(move || content(kind, &files));
    let content = content.await.map_err(|error| Error::Internal(error.to_string()))?.map_err(|no| no.on("file"))?;
    let taken = take(&app.db, &rules, kind, content, app.clock.now(), is_dry_run, |_, _| ()).await.map_err(on_file)?;
    Ok(Found::of_ground(&taken))
}

fn on_file(error: Error) -> Error {
    match error {
        Error::Refused(refusal) => Error::Refused(refusal.on("file")),
        other => other,
    }
}

/// The ending of a file's name in small letters.
fn ending(name: &str) -> String {
    Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn content(kind: Kind, files: &[(String, Bytes)]) -> Result<Content, Refusal> {
    let is_shapefile =
        files.iter().any(|(name, _)| matches!(ending(name).as_str(), "shp" | "dbf" | "shx" | "cpg" | "prj"));
    if is_shapefile {
        return shapefile(files);
    }
    let [(_, bytes)] = files else { return Err(Refusal::new("imports-one-file")) };
    Content::of_bytes(kind, bytes.to_vec())
}

/// A Shapefile is read by its path and its neighbours', so its parts lie in a folder of their own meanwhile.
fn shapefile(files: &[(String, Bytes)]) -> Result<Content, Refusal> {
    if !files.iter().any(|(name, _)| ending(name) == "shp") {
        return Err(Refusal::new("imports-shp-missing"));
    }
    let unwritable = |error: std::io::Error| Refusal::new("file-unreadable").with("file", "shp").with("error", error);
    let folder = std::env::temp_dir().join(format!("steward-import-{}", id::secret()));
    let read = (|| {
        std::fs::create_dir(&folder).map_err(unwritable)?;
        for (name, bytes) in files {
            // Nothing of the name but its ending reaches the disk.
            let ending = ending(name);
            if matches!(ending.as_str(), "shp" | "dbf" | "shx" | "cpg") {
                std::fs::write(folder.join("import").with_extension(ending), bytes).map_err(unwritable)?;
            }
        }
        read_shapefile(&folder.join("import.shp")).map(Content::Features)
    })();
    drop(std::fs::remove_dir_all(&folder));
    read
}

/// The bytes of an import's files, from the blob store.
///
/// # Errors
/// When they are gone or altered.
pub(super) async fn parts(app: &App, files: &[Part]) -> Result<Vec<(String, Bytes)>, Error> {
    let mut read = Vec::new();
    for part in files {
        read.push((part.name.clone(), app.blobs.get(SHELF, &part.digest).await?));
    }
    Ok(read)
}
