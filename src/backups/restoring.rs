//! Restoring a set into an empty store and an empty database: the files first and the database last, so that there is no city before it
//! is whole.

use super::looking::{list, manifest, parts};
use super::set::Manifest;
use super::{CITY, at, beside, broken, copy_folder, part, pool_of};
use crate::archive::{Loading, Progress, Purpose, Trouble, bring_in, is_city_there, keep_quiet};
use crate::files::blobs::Blobs;
use crate::kit::clock::Moment;
use crate::kit::db::{Db, Tx, file_of};
use futures_util::StreamExt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::pin::pin;

/// Where a set is restored to.
pub struct Restoring {
    /// The set.
    pub set: PathBuf,
    /// The database's address; nothing is in it yet.
    pub to: String,
    /// The photos and papers; nothing is in it yet.
    pub blobs: Blobs,
    /// A new folder for the city's own files.
    pub city: Option<PathBuf>,
    /// The scripts of this program, name and text, in order.
    pub history: Vec<(String, String)>,
    /// What for.
    pub purpose: Purpose,
    /// The moment.
    pub now: Moment,
    /// Hears how far it has come.
    pub progress: Progress,
}

/// Restores it.
///
/// # Errors
/// When the set is not whole, when there is anything in the database, the store or the folder already, or when anything fails; there is no
/// city in the database then.
pub async fn restore(restoring: Restoring) -> Result<Manifest, Trouble> {
    let manifest = manifest(&restoring.set)?;
    let (folder, said) = (restoring.set.clone(), manifest.clone());
    let faults = beside(move || Ok(parts(&folder, &said))).await?;
    if let Some(fault) = faults.first() {
        return Err(broken(format!("{}: {fault}; nothing was restored", restoring.set.display())));
    }
    let is_archive = manifest.database.path.ends_with(".zip");
    let onto = match (is_archive, file_of(&restoring.to).map(Path::to_owned)) {
        (false, Some(file)) if std::fs::metadata(&file).is_ok_and(|found| found.len() > 0) => {
            return Err(broken(format!("{} is there already; name a new file", file.display())));
        }
        (false, Some(file)) => Onto::File(file),
        (false, None) => {
            return Err(broken(
                "this set holds an SQLite database: restore it into an SQLite file and carry that over with `steward move`",
            ));
        }
        (true, file) => {
            if let Some(parent) = file.as_deref().and_then(Path::parent) {
                std::fs::create_dir_all(parent).map_err(at(parent))?;
            }
            let db = Db::open(&restoring.to).await?;
            if is_city_there(&db).await? {
                return Err(broken("there is a city in this database already; a set is restored into an empty one"));
            }
            Onto::Tables(db)
        }
    };
    if pin!(restoring.blobs.all()).next().await.transpose()?.is_some() {
        return Err(broken("there are files in this store already; a set is restored into an empty one"));
    }
    if let Some(city) = restoring.city.as_ref().filter(|city| city.exists()) {
        return Err(broken(format!("{} is there already; name a new folder", city.display())));
    }
    files(&restoring, &manifest).await?;
    if let Some(city) = restoring.city.clone() {
        let from = restoring.set.join(CITY);
        beside(move || if from.is_dir() { copy_folder(&from, &city).map(drop) } else { Ok(()) }).await?;
    }
    match onto {
        Onto::File(file) => copy(&restoring, &manifest, &file).await?,
        Onto::Tables(db) => {
            let loading = Loading {
                db: db.clone(),
                blobs: restoring.blobs,
                city: None,
                history: restoring.history,
                purpose: restoring.purpose,
                now: restoring.now,
                progress: restoring.progress,
            };
            let loaded = bring_in(loading, &restoring.set.join(&manifest.database.path)).await;
            db.close().await;
            loaded?;
        }
    }
    Ok(manifest)
}

/// What the database of a set becomes.
enum Onto {
    File(PathBuf),
    Tables(Db),
}

/// Every file on the list, compared with its digest when it is read and again when it is written.
async fn files(restoring: &Restoring, manifest: &Manifest) -> Result<(), Trouble> {
    let (pool, mut seen) = (pool_of(&restoring.set)?, 0);
    let left = "empty the store of files before you begin again";
    for line in list(&restoring.set)? {
        let (shelf, digest) = line?;
        let bytes = pool.get(&shelf, &digest).await;
        let bytes = bytes.map_err(|error| broken(format!("the file {shelf} {digest}: {error}; {left}")))?;
        if restoring.blobs.put(&shelf, bytes).await? != digest {
            return Err(broken(format!("the file {shelf} {digest} was not written as it was read; {left}")));
        }
        seen += 1;
        (restoring.progress)("files", seen);
    }
    match seen == manifest.files {
        true => Ok(()),
        false => Err(broken(format!("the list names {seen} files, and {} were written; {left}", manifest.files))),
    }
}

/// An SQLite file gets its name once it is whole, and for a copy once it is quiet.
async fn copy(restoring: &Restoring, manifest: &Manifest, to: &Path) -> Result<(), Trouble> {
    let (from, half) = (restoring.set.join(&manifest.database.path), to.with_added_extension("part"));
    let expected = manifest.database.clone();
    let written = half.clone();
    beside(move || {
        let folder = written.parent().unwrap_or(Path::new("")).to_owned();
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(&folder).map_err(at(&folder))?;
        }
        std::fs::copy(&from, &written).map_err(at(&written))?;
        File::open(&written).and_then(|file| file.sync_all()).map_err(at(&written))?;
        let name = written.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let found = part(&folder, name)?;
        match (found.bytes, &found.sha256) == (expected.bytes, &expected.sha256) {
            true => Ok(()),
            false => Err(broken(format!("{} was not written as it was read", written.display()))),
        }
    })
    .await?;
    if restoring.purpose == Purpose::Copy {
        let (db, now) = (Db::open(&half.display().to_string()).await?, restoring.now);
        db.migrate(restoring.history.clone()).await?;
        db.write(move |tx: Tx| async move { keep_quiet(&tx, now).await }).await?;
        db.close().await;
    }
    std::fs::rename(&half, to).map_err(at(to))
}
