//! Loading an archive into an empty database and its store, and looking one through.

use super::manifest::{Files, LONGEST_LINE, Manifest, Sum, Table};
use super::store::{self, Filling, Pointers};
use super::{MANIFEST, Progress, Trouble, at, broken};
use crate::files::blobs::Blobs;
use crate::kit::clock::Moment;
use crate::kit::db::{Db, Tx};
use crate::kit::id::hexadecimal;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// How often the progress is told, in rows.
const STEP: u64 = 1000;
/// The largest manifest and the largest file of a city's folder that are read, in bytes.
const LARGEST_TEXT: u64 = 64 << 20;
/// The largest photo or paper that is read, in bytes.
const LARGEST_FILE: u64 = 4 << 30;

type Archive = ZipArchive<BufReader<File>>;

/// What the loaded city is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It goes on here and ends where it came from: what waits to leave will leave from here.
    Move,
    /// It is looked at or tried out while the other goes on: nothing that waits leaves, and nothing that happens here is told to
    /// other systems.
    Copy,
}

/// Where an archive is loaded to.
pub struct Loading {
    /// The rows; an empty database.
    pub db: Db,
    /// The photos and papers.
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

fn open(path: &Path) -> Result<(Archive, Manifest), Trouble> {
    let file = File::open(path).map_err(at(path))?;
    let mut archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| broken(format!("{} is no whole archive: {error}", path.display())))?;
    let entry = archive.by_name(MANIFEST).map_err(|_| {
        broken(format!("{} is a ZIP file, but no archive of a city: it has no {MANIFEST}", path.display()))
    })?;
    let mut text = Vec::new();
    entry.take(LARGEST_TEXT).read_to_end(&mut text).map_err(at(path))?;
    let manifest =
        serde_json::from_slice(&text).map_err(|error| broken(format!("{}: {MANIFEST}: {error}", path.display())))?;
    Ok((archive, manifest))
}

/// Reads the lines of a table one after the other.
struct Lines<'a> {
    reader: BufReader<zip::read::ZipFile<'a, BufReader<File>>>,
    table: &'a Table,
    line: Vec<u8>,
    sum: Sum,
}

impl<'a> Lines<'a> {
    fn of(archive: &'a mut Archive, table: &'a Table) -> Result<Lines<'a>, Trouble> {
        let entry = archive
            .by_name(&table.entry())
            .map_err(|error| broken(format!("the table {} is not in the archive: {error}", table.name)))?;
        Ok(Lines { reader: BufReader::new(entry), table, line: Vec::new(), sum: Sum::default() })
    }

    fn next(&mut self) -> Result<Option<&[u8]>, Trouble> {
        self.line.clear();
        let told = |error: std::io::Error| broken(format!("the table {} cannot be read: {error}", self.table.name));
        self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut self.line).map_err(told)?;
        if self.line.is_empty() {
            return Ok(None);
        }
        if self.line.pop_if(|byte| *byte == b'\n').is_none() {
            return Err(broken(format!("the table {} breaks off in row {}", self.table.name, self.sum.rows + 1)));
        }
        self.sum.add(&self.line);
        Ok(Some(&self.line))
    }

    fn must_be_whole(&self) -> Result<(), Trouble> {
        match self.table.is(&self.sum) {
            true => Ok(()),
            false => Err(broken(format!(
                "the table {} is not as it was written ({} rows of {}); take the archive anew",
                self.table.name, self.sum.rows, self.table.rows
            ))),
        }
    }
}

/// The entries below a folder of the archive.
fn names(archive: &Archive, folder: &str) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    for name in archive.file_names() {
        let name = name.map_err(broken)?;
        if name.starts_with(folder) && !name.ends_with('/') {
            names.push(name.into_owned());
        }
    }
    Ok(names)
}

/// The bytes of a photo or paper with its shelf, looked at against the digest that it is named by.
fn file(archive: &mut Archive, name: &str) -> Result<(String, Vec<u8>), Trouble> {
    let (shelf, digest) = name
        .strip_prefix("files/")
        .and_then(|rest| rest.split_once('/'))
        .filter(|(shelf, _)| shelf.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_'))
        .ok_or_else(|| broken(format!("{name} is no file of a shelf")))?;
    let (shelf, digest) = (shelf.to_owned(), digest.to_owned());
    let entry = archive.by_name(name).map_err(broken)?;
    let mut bytes = Vec::new();
    entry.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(|error| broken(format!("{name}: {error}")))?;
    match hexadecimal(&Sha256::digest(&bytes)) == digest {
        true => Ok((shelf, bytes)),
        false => Err(broken(format!("{name} is not as it was written; take the archive anew"))),
    }
}

fn must_be_all(manifest: &Manifest, found: Files) -> Result<(), Trouble> {
    match manifest.files.unwrap_or_default() == found {
        true => Ok(()),
        false => Err(broken(format!(
            "the archive holds {} files ({} bytes) where it should hold {} ({} bytes); take it anew",
            found.count,
            found.bytes,
            manifest.files.unwrap_or_default().count,
            manifest.files.unwrap_or_default().bytes
        ))),
    }
}

/// Reads an archive from end to end and compares everything in it with what it says of itself.
///
/// # Errors
/// What is missing or altered.
pub fn look_through(path: &Path, progress: &Progress) -> Result<Manifest, Trouble> {
    let (mut archive, manifest) = open(path)?;
    for table in &manifest.tables {
        let mut lines = Lines::of(&mut archive, table)?;
        while let Some(line) = lines.next()? {
            store::values(line, table.columns.len())
                .map_err(|why| broken(format!("the table {}, row {}: {why}", table.name, lines.sum.rows)))?;
        }
        lines.must_be_whole()?;
        progress(&table.name, table.rows);
    }
    let mut found = Files::default();
    for name in names(&archive, "files/")? {
        let (_, bytes) = file(&mut archive, &name)?;
        found.count += 1;
        found.bytes += bytes.len() as u64;
        progress("files", found.count);
    }
    must_be_all(&manifest, found)?;
    Ok(manifest)
}

/// Loads an archive: first the files, then all rows in one transaction, which is only kept when every table, read back from the
/// database, has the rows that were taken out. Tables of an older program are then brought up to date.
///
/// # Errors
/// When the archive is not whole or for another program, when the database is not empty, or when anything fails; the database
/// is then as empty as before.
pub async fn bring_in(loading: Loading, path: &Path) -> Result<Manifest, Trouble> {
    let (mut archive, manifest) = open(path)?;
    let history = manifest.history_of(&loading.history, &loading.db.migrated().await?)?;
    if is_city_there(&loading.db).await? {
        return Err(broken("there is a city in this database already; an archive is loaded into an empty one"));
    }
    if let Some(folder) = &loading.city {
        unpack_city(&mut archive, folder)?;
    }
    let mut found = Files::default();
    for name in names(&archive, "files/")? {
        let (shelf, bytes) = file(&mut archive, &name)?;
        found.count += 1;
        found.bytes += bytes.len() as u64;
        loading.blobs.put(&shelf, bytes).await?;
        (loading.progress)("files", found.count);
    }
    must_be_all(&manifest, found)?;
    loading.db.migrate(history).await?;
    let job = {
        let (path, manifest, progress) = (path.to_owned(), manifest.clone(), loading.progress.clone());
        let (purpose, now) = (loading.purpose, loading.now);
        move |tx: Tx| async move {
            fill(&tx, &path, &manifest, &progress).await?;
            if purpose == Purpose::Copy {
                keep_quiet(&tx, now).await?;
            }
            Ok::<_, Trouble>(())
        }
    };
    loading.db.write(job).await?;
    loading.db.migrate(loading.history).await?;
    Ok(manifest)
}

/// True when anybody or anything is in a database already.
///
/// # Errors
/// When the database fails.
pub async fn is_city_there(db: &Db) -> Result<bool, Trouble> {
    Ok(!db.migrated().await?.is_empty() && !db.read(|tx| async move { store::is_empty(&tx).await }).await?)
}

/// Every row into its table. Within it nothing but the database is waited for.
async fn fill(tx: &Tx, path: &Path, manifest: &Manifest, progress: &Progress) -> Result<(), Trouble> {
    // Opened here, since a transaction may have to run again.
    let (mut archive, _) = open(path)?;
    let shapes = store::shapes(tx).await?;
    let pointers = Pointers::lay_aside(tx).await?;
    for table in &manifest.tables {
        let shape = shapes.iter().find(|shape| shape.name == table.name);
        let shape = shape.ok_or_else(|| broken(format!("there is no table {} here", table.name)))?;
        if let Some(column) = table.columns.iter().find(|column| !shape.columns.contains(column)) {
            return Err(broken(format!("the table {} has no column {column} here", table.name)));
        }
        store::clear(tx, &table.name).await?;
        let mut filling = Filling::new(tx, &table.name, &table.columns);
        let mut lines = Lines::of(&mut archive, table)?;
        while let Some(line) = lines.next()? {
            let values = store::values(line, table.columns.len());
            let row = lines.sum.rows;
            let told = |why: &dyn std::fmt::Display| broken(format!("the table {}, row {row}: {why}", table.name));
            filling.add(values.map_err(|why| told(&why))?).await.map_err(|why| told(&why))?;
            if row % STEP == 0 {
                progress(&table.name, row);
            }
        }
        filling.end().await.map_err(|why| broken(format!("the table {}: {why}", table.name)))?;
        lines.must_be_whole()?;
    }
    pointers.put_back(tx).await?;
    for table in &manifest.tables {
        let sum = store::sum_of(tx, &shapes, table).await?;
        if !table.is(&sum) {
            return Err(broken(format!(
                "the table {} has {} rows in the database where {} were loaded, or others; nothing was kept",
                table.name, sum.rows, table.rows
            )));
        }
    }
    Ok(())
}

/// Whatever waits to leave stays, and no other system is spoken to until an administrator says so.
///
/// # Errors
/// When the database fails.
pub async fn keep_quiet(tx: &Tx, now: Moment) -> Result<(), Trouble> {
    crate::notices::store::drop_all_waiting(tx, now).await?;
    crate::api::webhooks::store::rest_all(tx).await?;
    crate::exchange::store::rest_all(tx).await?;
    crate::superior::store::rest_all(tx, now).await?;
    crate::follows::store::rest_all(tx).await?;
    Ok(())
}

/// The city's own files into a new folder.
fn unpack_city(archive: &mut Archive, folder: &Path) -> Result<(), Trouble> {
    if folder.exists() {
        return Err(broken(format!("{} is there already; name a new folder", folder.display())));
    }
    for name in names(archive, "city/")? {
        let entry = archive.by_name(&name).map_err(broken)?;
        let inside = entry.enclosed_name().and_then(|path| path.strip_prefix("city").map(Path::to_owned).ok());
        let inside = inside.ok_or_else(|| broken(format!("{name} would lie outside of the folder")))?;
        let path = folder.join(inside);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(at(parent))?;
        }
        let mut file = File::create(&path).map_err(at(&path))?;
        std::io::copy(&mut entry.take(LARGEST_TEXT), &mut file).map_err(at(&path))?;
        file.flush().map_err(at(&path))?;
    }
    Ok(())
}
