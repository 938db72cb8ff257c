//! The files of an import, read: what is in them, without keeping anything; or taken over.

use super::import::{Found, Part, Subject};
use crate::app::App;
use crate::grid::geopackage;
use crate::grid::import::read_shapefile;
use crate::grid::taking::{Content, Kind, Rules, take};
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::kit::tables::Counted;
use crate::reports::commands;
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The shelf of the blob store on which the files of imports lie.
pub(super) const SHELF: &str = crate::files::blobs::IMPORTS;

/// Reads the files and takes them over, or with `is_dry_run` only says what would come of it. `read` hears how many bytes of a
/// list were read.
///
/// # Errors
/// A refusal of the files as a whole, on `file`; when the database fails.
pub(super) async fn read(
    app: &App,
    subject: Subject,
    [coordinates, layer]: [&str; 2],
    files: Vec<(String, Bytes)>,
    is_dry_run: bool,
    read: Option<Arc<AtomicU64>>,
) -> Result<Found, Error> {
    let Some(kind) = subject.ground() else {
        let [(_, bytes)] = files.as_slice() else { return Err(Refusal::new("imports-one-file").on("file").into()) };
        let list = Counted::with(std::io::Cursor::new(bytes.clone()), read.unwrap_or_default());
        let imported = commands::import(app, list, is_dry_run, |_| ()).await.map_err(on_file)?;
        return Ok(Found::of_reports(&imported));
    };
    let rules = Rules::of_city(&app.city.rest, Some(coordinates)).map_err(|refusal| refusal.on("coordinates"))?;
    let layer = layer.to_owned();
    let content = tokio::task::spawn_blocking(move || content(kind, &files, &layer));
    let content = content
        .await
        .map_err(|error| Error::Internal(error.to_string()))?
        .map_err(|no| Refusal { field: no.field.or(Some("file")), ..no })?;
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

fn content(kind: Kind, files: &[(String, Bytes)], layer: &str) -> Result<Content, Refusal> {
    let is_shapefile =
        files.iter().any(|(name, _)| matches!(ending(name).as_str(), "shp" | "dbf" | "shx" | "cpg" | "prj"));
    if is_shapefile {
        return shapefile(files);
    }
    let [(_, bytes)] = files else { return Err(Refusal::new("imports-one-file")) };
    if bytes.starts_with(geopackage::BEGINNING) {
        return of_geopackage(bytes, layer);
    }
    Content::of_bytes(kind, bytes.to_vec())
}

/// A GeoPackage is read by its path, so it lies in a folder of its own meanwhile.
fn of_geopackage(bytes: &[u8], layer: &str) -> Result<Content, Refusal> {
    in_a_folder("gpkg", |folder| {
        let file = folder.join("import.gpkg");
        std::fs::write(&file, bytes)?;
        Ok(geopackage::read(&file, layer).map(Content::Features).map_err(|no| match no.key {
            "gpkg-layer-choose" | "gpkg-layer-unknown" => no.on("layer"),
            _ => no,
        }))
    })
}

/// Does something in a folder that is gone afterwards.
fn in_a_folder(
    what: &str,
    work: impl FnOnce(&Path) -> std::io::Result<Result<Content, Refusal>>,
) -> Result<Content, Refusal> {
    let folder = std::env::temp_dir().join(format!("steward-import-{}", id::secret()));
    let done = std::fs::create_dir(&folder).and_then(|()| work(&folder));
    drop(std::fs::remove_dir_all(&folder));
    done.unwrap_or_else(|error| Err(Refusal::new("file-unreadable").with("file", what).with("error", error)))
}

/// A Shapefile is read by its path and its neighbours', so its parts lie in a folder of their own meanwhile.
fn shapefile(files: &[(String, Bytes)]) -> Result<Content, Refusal> {
    if !files.iter().any(|(name, _)| ending(name) == "shp") {
        return Err(Refusal::new("imports-shp-missing"));
    }
    in_a_folder("shp", |folder| {
        for (name, bytes) in files {
            // Nothing of the name but its ending reaches the disk.
            let ending = ending(name);
            if matches!(ending.as_str(), "shp" | "dbf" | "shx" | "cpg") {
                std::fs::write(folder.join("import").with_extension(ending), bytes)?;
            }
        }
        Ok(read_shapefile(&folder.join("import.shp")).map(Content::Features))
    })
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
