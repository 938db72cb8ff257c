//! Throwing old sets away, and the files that no set is left to need.

use super::looking::list;
use super::set::{Retention, moment_of};
use super::{HALF, POOL, SETS, at, broken, make_folder, turn};
use crate::archive::Trouble;
use crate::kit::clock::Moment;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// What was thrown away, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The sets, oldest first.
    pub sets: Vec<String>,
    /// How many sets stay.
    pub kept: usize,
    /// Files that only they needed.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Throws away the sets that the rule does not keep, what was never finished, and the files that no set that stays has on its list. With
/// `is_dry` nothing is changed.
///
/// # Errors
/// When another backup is at work there, or when a list of a set that stays cannot be read: then no file is thrown away.
pub fn prune(to: &Path, retention: &Retention, zone: &TimeZone, is_dry: bool) -> Result<Pruned, Trouble> {
    let sets = to.join(SETS);
    if !sets.is_dir() {
        return Err(broken(format!(
            "{} is not there: name the folder that `steward backup --to` was given",
            sets.display()
        )));
    }
    let _turn = turn(to)?;
    let (mut known, mut halves) = (BTreeMap::<Moment, PathBuf>::new(), Vec::new());
    for entry in std::fs::read_dir(&sets).map_err(at(&sets))? {
        let path = entry.map_err(at(&sets))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        match moment_of(&name) {
            Some(moment) => drop(known.insert(moment, path)),
            None if path.extension().is_some_and(|extension| extension == HALF) => halves.push(path),
            // Whatever else lies there is somebody's.
            None => {}
        }
    }
    let keeps = retention.kept(&known.keys().copied().collect(), zone);
    let mut pruned = Pruned { kept: keeps.len(), ..Pruned::default() };
    let (stay, go): (Vec<_>, Vec<_>) = known.into_iter().partition(|(moment, _)| keeps.contains(moment));
    for (_, set) in &go {
        pruned.sets.push(set.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    // The lists of those that stay are read to their ends before anything is thrown away.
    let stay: Vec<PathBuf> = stay.into_iter().map(|(_, set)| set).collect();
    if go.is_empty() && halves.is_empty() {
        return Ok(pruned);
    }
    for set in &stay {
        list(set)?.try_for_each(|line| line.map(drop))?;
    }
    if !is_dry {
        for set in go.iter().map(|(_, set)| set).chain(&halves) {
            std::fs::remove_dir_all(set).map_err(at(set))?;
        }
    }
    // A sixteenth of the files at a time, so that a large city's need not all be held in memory.
    for first in "0123456789abcdef".chars() {
        sweep(to, &stay, first, is_dry, &mut pruned)?;
    }
    Ok(pruned)
}

fn sweep(to: &Path, stay: &[PathBuf], first: char, is_dry: bool, pruned: &mut Pruned) -> Result<(), Trouble> {
    let mut needed: HashSet<(String, String)> = HashSet::new();
    for set in stay {
        for line in list(set)? {
            let (shelf, digest) = line?;
            if digest.starts_with(first) {
                needed.insert((shelf, digest));
            }
        }
    }
    let pool = to.join(POOL);
    make_folder(&pool)?;
    for shelf in folders(&pool)? {
        for folder in folders(&shelf)?.into_iter().filter(|folder| name(folder).starts_with(first)) {
            for inner in folders(&folder)? {
                for entry in std::fs::read_dir(&inner).map_err(at(&inner))? {
                    let path = entry.map_err(at(&inner))?.path();
                    let found = std::fs::symlink_metadata(&path).map_err(at(&path))?;
                    if !found.is_file() || needed.contains(&(name(&shelf), name(&path))) {
                        continue;
                    }
                    if !is_dry {
                        std::fs::remove_file(&path).map_err(at(&path))?;
                    }
                    pruned.files += 1;
                    pruned.bytes += found.len();
                }
            }
        }
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(path).map_err(at(path))? {
        let inner = entry.map_err(at(path))?.path();
        if inner.is_dir() {
            folders.push(inner);
        }
    }
    Ok(folders)
}
