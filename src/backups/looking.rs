//! Reading a set: what it says of itself, and whether everything in it is as it was written.

use super::set::{FORM, Manifest, Part};
use super::{LIST, MANIFEST, at, beside, broken, is_inside, part, pool_of};
use crate::archive::{self, Progress, Trouble};
use crate::files::blobs::is_altered;
use crate::kit::error::Error;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The largest manifest that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// So many faults are named.
const NAMED: usize = 100;

/// What came of looking a set through.
#[derive(Debug)]
pub struct Looked {
    /// What it says of itself.
    pub manifest: Manifest,
    /// What is not as it was written, the first of it.
    pub faults: Vec<String>,
    /// How much of it there is.
    pub count: u64,
}

/// What a set says of itself.
pub(super) fn manifest(set: &Path) -> Result<Manifest, Trouble> {
    let path = set.join(MANIFEST);
    let file = File::open(&path)
        .map_err(|error| broken(format!("{} is no set of a backup, or was never finished ({error})", set.display())))?;
    let mut text = Vec::new();
    file.take(LARGEST).read_to_end(&mut text).map_err(at(&path))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| broken(format!("{}: {error}", path.display())))?;
    if manifest.form != FORM {
        return Err(broken(format!(
            "{} has the form {}, and this program reads {FORM}; read it with the program that wrote it",
            set.display(),
            manifest.form
        )));
    }
    let parts = [&manifest.database, &manifest.list].into_iter().chain(&manifest.city);
    let outside: Vec<&str> = parts.map(|part| part.path.as_str()).filter(|path| !is_inside(path)).collect();
    match outside.first() {
        Some(outside) => Err(broken(format!("{}: {outside} would lie outside of the set", path.display()))),
        None => Ok(manifest),
    }
}

/// What is wrong with the database, the list and the city's folder of a set.
pub(super) fn parts(set: &Path, manifest: &Manifest) -> Vec<String> {
    let parts = [&manifest.database, &manifest.list].into_iter().chain(&manifest.city);
    let wrong = |expected: &Part| match part(set, &expected.path) {
        Ok(found) if found == *expected => None,
        Ok(_) => Some(format!("{} is not as it was written", expected.path)),
        Err(trouble) => Some(trouble.to_string()),
    };
    parts.filter_map(wrong).collect()
}

/// The lines of a set's list: shelf and digest.
pub(super) fn list(
    set: &Path,
) -> Result<impl Iterator<Item = Result<(String, String), Trouble>> + Send + use<>, Trouble> {
    let path = set.join(LIST);
    let file = File::open(&path).map_err(at(&path))?;
    let lines = BufReader::new(GzDecoder::new(BufReader::new(file))).lines();
    Ok(lines.map(move |line| {
        let line = line.map_err(at(&path))?;
        let mut words = line.split(' ');
        match (words.next(), words.next()) {
            (Some(shelf), Some(digest)) if is_shelf(shelf) => Ok((shelf.to_owned(), digest.to_owned())),
            _ => Err(broken(format!("{}: {line} names no file", path.display()))),
        }
    }))
}

fn is_shelf(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_')
}

/// Reads a set from end to end, with every file on its list, and compares everything with what the set says of itself.
///
/// # Errors
/// When it is no set, or cannot be read; what is missing or altered is in the answer.
pub async fn look_through(set: &Path, progress: &Progress) -> Result<Looked, Trouble> {
    let manifest = manifest(set)?;
    let (folder, said) = (set.to_owned(), manifest.clone());
    let mut faults = beside(move || Ok(parts(&folder, &said))).await?;
    let is_archive = manifest.database.path.ends_with(".zip");
    if is_archive && faults.is_empty() {
        let (path, progress) = (set.join(&manifest.database.path), progress.clone());
        let looked = beside(move || archive::look_through(&path, &progress)).await;
        faults.extend(looked.err().map(|trouble| trouble.to_string()));
    }
    let mut count = faults.len() as u64;
    let (pool, mut seen) = (pool_of(set)?, 0);
    let is_list_whole = !faults.iter().any(|fault| fault.contains(LIST));
    if is_list_whole {
        for line in list(set)? {
            let (shelf, digest) = line?;
            seen += 1;
            progress("files", seen);
            let fault = match pool.get(&shelf, &digest).await {
                Ok(_) => continue,
                Err(Error::NotFound) => format!("the file {shelf} {digest} is gone"),
                Err(error) if is_altered(&error) => format!("the file {shelf} {digest} was altered"),
                Err(error) => return Err(error.into()),
            };
            count += 1;
            if faults.len() < NAMED {
                faults.push(fault);
            }
        }
        if seen != manifest.files {
            count += 1;
            faults.push(format!("the list names {seen} files, and {} were written", manifest.files));
        }
    }
    Ok(Looked { manifest, faults, count })
}
