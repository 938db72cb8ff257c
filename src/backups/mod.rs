//! The database, the photos and papers and the city's folder as one set that belongs together, made while everybody goes on working; looked
//! through, restored, and thrown away when it is old. Files are kept once for all sets, under their digests, in `files/` beside them. Lends
//! out [`make`], [`look_through`], [`restore`] and [`prune`].

mod looking;
mod making;
mod pruning;
mod restoring;
pub mod running;
pub mod set;

pub use looking::{Looked, look_through};
pub use making::{Making, make};
pub use pruning::{Pruned, prune};
pub use restoring::{Restoring, restore};

use crate::archive::Trouble;
use crate::files::blobs::Blobs;
use crate::kit::id::hexadecimal;
use set::Part;
use sha2::{Digest, Sha256};
use std::fs::{DirBuilder, File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder of files, beside the sets.
const POOL: &str = "files";
/// The folder of sets.
const SETS: &str = "sets";
/// What a set that is being made is called at its end.
const HALF: &str = "part";
const MANIFEST: &str = "manifest.json";
const LIST: &str = "files.gz";
const CITY: &str = "city";

/// A failure with the file that it is about.
fn at(path: &Path) -> impl Fn(std::io::Error) -> Trouble {
    move |error| Trouble::Archive(format!("{}: {error}", path.display()))
}

fn broken(why: impl std::fmt::Display) -> Trouble {
    Trouble::Archive(why.to_string())
}

/// Makes a folder that only its owner may read.
fn make_folder(path: &Path) -> Result<(), Trouble> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(at(path))
}

/// The folder of backups for oneself alone, for as long as the answer lives.
fn turn(to: &Path) -> Result<File, Trouble> {
    let path = to.join("lock");
    let file = File::create(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(broken(format!("another backup is at work in {}; wait until it is done", to.display())))
        }
        Err(TryLockError::Error(error)) => Err(at(&path)(error)),
    }
}

/// The files that belong to a set, wherever the set lies.
fn pool_of(set: &Path) -> Result<Blobs, Trouble> {
    let set = std::fs::canonicalize(set).map_err(at(set))?;
    let folder = set.parent().and_then(Path::parent).unwrap_or(Path::new("/")).join(POOL);
    if !folder.is_dir() {
        return Err(broken(format!("{} is not there: a set stands in sets/ beside the files", folder.display())));
    }
    Ok(Blobs::open(&folder.display().to_string())?)
}

/// What a file of a set is, by its bytes.
fn part(set: &Path, inside: &str) -> Result<Part, Trouble> {
    let path = set.join(inside);
    let mut file = File::open(&path).map_err(at(&path))?;
    let (mut sum, mut bytes, mut piece) = (Sha256::new(), 0_u64, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut piece).map_err(at(&path))?;
        if read == 0 {
            return Ok(Part { path: inside.to_owned(), bytes, sha256: hexadecimal(&sum.finalize()) });
        }
        sum.update(&piece[..read]);
        bytes += read as u64;
    }
}

/// Work that waits for the disk, away from those who answer requests.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Trouble> + Send + 'static) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work).await.map_err(broken)?
}

/// Copies a folder and everything in it; answers the paths within it of its files, in their order.
fn copy_folder(from: &Path, to: &Path) -> Result<Vec<String>, Trouble> {
    let mut waiting: Vec<PathBuf> = vec![from.to_owned()];
    let mut copied = Vec::new();
    while let Some(path) = waiting.pop() {
        let kind = std::fs::symlink_metadata(&path).map_err(at(&path))?;
        if kind.is_dir() {
            for entry in std::fs::read_dir(&path).map_err(at(&path))? {
                waiting.push(entry.map_err(at(&path))?.path());
            }
        } else if kind.is_file() {
            let inside = path.strip_prefix(from).map_err(broken)?;
            let name = inside.to_str().ok_or_else(|| broken(format!("{}: its name is not UTF-8", path.display())))?;
            let new = to.join(inside);
            make_folder(new.parent().unwrap_or(to))?;
            std::fs::copy(&path, &new).map_err(at(&path))?;
            copied.push(name.to_owned());
        }
    }
    copied.sort();
    Ok(copied)
}

/// A path that stays within the folder that it is joined to.
fn is_inside(path: &str) -> bool {
    let path = Path::new(path);
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}
