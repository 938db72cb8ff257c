//! Making a set while everybody goes on working: files, then the database of one moment, then the files that came meanwhile. Files are
//! never changed, so every file that a row of that moment knows is among them.

use super::set::{FORM, Manifest, name_of};
use super::{CITY, HALF, LIST, MANIFEST, POOL, SETS, at, beside, broken, copy_folder, make_folder, part, turn};
use crate::archive::{Progress, Taking, Trouble, take_out};
use crate::files::blobs::{Blobs, is_altered};
use crate::files::store;
use crate::files::sweeping::SHELVES;
use crate::files::waiting;
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::{Db, DbError};
use crate::kit::error::Error;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;

/// So many rows are asked at a time for their files.
const PAGE: usize = 400;
/// Where the photos of a form lie once it was sent.
const FROM_WAITING: [&str; 2] = ["original", "public"];
/// So many missing files are named.
const NAMED: usize = 1000;

/// What goes into a set.
pub struct Making {
    /// The rows.
    pub db: Db,
    /// The photos and papers.
    pub blobs: Blobs,
    /// The city's own folder, when it has one.
    pub city: Option<PathBuf>,
    /// The folder of the sets.
    pub to: PathBuf,
    /// Tells the moment of the set.
    pub clock: Clock,
    /// Hears how far it has come.
    pub progress: Progress,
}

/// Makes a set; it has its name once it is whole. Answers where it lies.
///
/// # Errors
/// When another backup is at work there, when it cannot be written, or when the database or the store fails; nothing of it is left then
/// but files that the next set needs, too.
pub async fn make(making: Making) -> Result<(PathBuf, Manifest), Trouble> {
    let sets = making.to.join(SETS);
    make_folder(&sets)?;
    let real = |path: &Path| std::fs::canonicalize(path).map_err(at(path));
    if let Some(city) = &making.city
        && real(&making.to)?.starts_with(real(city)?)
    {
        return Err(broken(format!("{} lies within the city's folder; name another", making.to.display())));
    }
    let pool = making.to.join(POOL);
    make_folder(&pool)?;
    let _turn = turn(&making.to)?;
    let now = making.clock.now();
    let set = sets.join(name_of(now));
    if set.exists() {
        return Err(broken(format!("{} is there already", set.display())));
    }
    let half = set.with_added_extension(HALF);
    // What another attempt has left.
    drop(std::fs::remove_dir_all(&half));
    make_folder(&half)?;
    let pool = Blobs::open(&pool.display().to_string())?;
    let written = write(&making, &pool, &half, now).await;
    match written {
        Ok(manifest) => {
            std::fs::rename(&half, &set).map_err(at(&set))?;
            // The name is on the disk, too.
            File::open(&sets).and_then(|folder| folder.sync_all()).map_err(at(&sets))?;
            Ok((set, manifest))
        }
        Err(error) => {
            drop(std::fs::remove_dir_all(&half));
            Err(error)
        }
    }
}

async fn write(making: &Making, pool: &Blobs, half: &Path, now: Moment) -> Result<Manifest, Trouble> {
    let mut list = List::begin(&half.join(LIST))?;
    let mut pouring = Pouring { making, pool, list: &mut list, missing: Vec::new() };
    pouring.pour(false).await?;
    let database = database(making, half, now).await?;
    pouring.pour(true).await?;
    pouring.fetch_what_rows_know().await?;
    let missing = pouring.missing;
    let (files, file_bytes) = list.end()?;
    let (folder, city) = (half.to_owned(), making.city.clone());
    let (database, list, city) = beside(move || {
        let copied = city.map_or(Ok(Vec::new()), |city| copy_folder(&city, &folder.join(CITY)))?;
        let city =
            copied.iter().map(|inside| part(&folder, &format!("{CITY}/{inside}"))).collect::<Result<Vec<_>, _>>()?;
        Ok((part(&folder, database)?, part(&folder, LIST)?, city))
    })
    .await?;
    let manifest = Manifest {
        form: FORM.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now.zoned(&jiff::tz::TimeZone::UTC).timestamp().to_string(),
        engine: if making.db.is_postgres() { "postgresql" } else { "sqlite" }.to_owned(),
        database,
        list,
        files,
        file_bytes,
        missing,
        city,
    };
    let path = half.join(MANIFEST);
    let mut file = File::create(&path).map_err(at(&path))?;
    file.write_all(&serde_json::to_vec_pretty(&manifest).map_err(broken)?).map_err(at(&path))?;
    file.sync_all().map_err(at(&path))?;
    Ok(manifest)
}

/// The rows of one moment: an SQLite file as the engine copies it, or an archive's tables. Answers its name.
async fn database(making: &Making, half: &Path, now: Moment) -> Result<&'static str, Trouble> {
    const FILE: &str = "database.db";
    const ARCHIVE: &str = "database.zip";
    (making.progress)("database", 0);
    if let Some(file) = making.db.file() {
        let (from, to) = (file.to_owned(), half.join(FILE));
        beside(move || Ok(Db::copy(&from, &to)?)).await?;
        return Ok(FILE);
    }
    let (db, progress) = (making.db.clone(), making.progress.clone());
    take_out(Taking { db, blobs: None, city: None, now, progress }, &half.join(ARCHIVE)).await?;
    Ok(ARCHIVE)
}

/// The list of a set's files, compressed.
struct List {
    path: PathBuf,
    out: GzEncoder<BufWriter<File>>,
    count: u64,
    bytes: u64,
    /// What is on it, by hashes of sixty-four bits: some twenty bytes of memory for each file.
    on_it: HashSet<u64>,
}

impl List {
    fn begin(path: &Path) -> Result<List, Trouble> {
        let file = BufWriter::new(File::create(path).map_err(at(path))?);
        let out = GzEncoder::new(file, Compression::fast());
        Ok(List { path: path.to_owned(), out, count: 0, bytes: 0, on_it: HashSet::new() })
    }

    fn hash(shelf: &str, digest: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (shelf, digest).hash(&mut hasher);
        hasher.finish()
    }

    fn has(&self, shelf: &str, digest: &str) -> bool {
        self.on_it.contains(&List::hash(shelf, digest))
    }

    fn add(&mut self, shelf: &str, digest: &str, bytes: u64) -> Result<(), Trouble> {
        self.on_it.insert(List::hash(shelf, digest));
        writeln!(self.out, "{shelf} {digest} {bytes}").map_err(at(&self.path))?;
        self.count += 1;
        self.bytes += bytes;
        Ok(())
    }

    fn end(self) -> Result<(u64, u64), Trouble> {
        let wrong = at(&self.path);
        let file = self.out.finish().map_err(&wrong)?.into_inner().map_err(|error| wrong(error.into_error()))?;
        file.sync_all().map_err(&wrong)?;
        Ok((self.count, self.bytes))
    }
}

/// Files on their way from the store into the pool.
struct Pouring<'a> {
    making: &'a Making,
    pool: &'a Blobs,
    list: &'a mut List,
    missing: Vec<String>,
}

impl Pouring<'_> {
    /// Puts every file of the store that is not on the list yet on it, and takes those that the pool has not. `is_late` once the rows
    /// are copied.
    async fn pour(&mut self, is_late: bool) -> Result<(), Trouble> {
        (self.making.progress)("files", 0);
        let mut all = pin!(self.making.blobs.all());
        let mut seen = 0;
        while let Some(found) = all.next().await {
            let (shelf, found) = found?;
            seen += 1;
            (self.making.progress)("files", seen);
            if self.list.has(&shelf, &found.digest) {
                continue;
            }
            if self.pool.find(&shelf, &found.digest).await?.is_some() {
                self.list.add(&shelf, &found.digest, found.bytes)?;
            } else if self.take(&shelf, &shelf, &found.digest).await? == Taken::Altered {
                self.lacks(&shelf, &found.digest);
            }
            if is_late {
                self.take_as_waiting(&shelf, &found.digest).await?;
            }
        }
        Ok(())
    }

    /// Puts what came to `shelf` while the rows were copied among what waits, too: it may have waited in the moment of the rows, and be
    /// gone from there and from today's rows since.
    async fn take_as_waiting(&mut self, shelf: &str, digest: &str) -> Result<(), Trouble> {
        if FROM_WAITING.contains(&shelf) && !self.list.has(waiting::SHELF, digest) {
            self.take(shelf, waiting::SHELF, digest).await?;
        }
        Ok(())
    }

    /// Looks up every file that a row knows: whatever came or moved while the store was read is taken now.
    async fn fetch_what_rows_know(&mut self) -> Result<(), Trouble> {
        for shelf in &SHELVES {
            for (table, columns) in shelf.kept_by {
                let mut after = String::new();
                loop {
                    let from = after.clone();
                    let read = self
                        .making
                        .db
                        .read(move |tx| async move { store::digests(&tx, table, columns, &from, PAGE).await });
                    let rows = read.await.map_err(|error: DbError| Trouble::Db(error))?;
                    let Some((last, _)) = rows.last() else { break };
                    after.clone_from(last);
                    for digest in rows.iter().flat_map(|(_, digests)| digests.iter().flatten()) {
                        self.fetch(shelf.name, digest).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn fetch(&mut self, shelf: &str, digest: &str) -> Result<(), Trouble> {
        if self.list.has(shelf, digest) {
            return Ok(());
        }
        // What the store has lost may lie in the pool from an earlier set.
        if let Some(found) = self.pool.find(shelf, digest).await? {
            self.list.add(shelf, digest, found.bytes)?;
            return self.take_as_waiting(shelf, digest).await;
        }
        // A photo that waited lies among the sealed ones once its report was sent.
        for from in [shelf].iter().chain(&FROM_WAITING) {
            if self.take(from, shelf, digest).await? == Taken::There {
                return self.take_as_waiting(shelf, digest).await;
            }
        }
        // What waits may be taken away by whoever put it there, while its row is being looked at.
        if shelf != waiting::SHELF {
            self.lacks(shelf, digest);
        }
        Ok(())
    }

    fn lacks(&mut self, shelf: &str, digest: &str) {
        let lacking = format!("{shelf} {digest}");
        if self.missing.len() < NAMED && !self.missing.contains(&lacking) {
            self.missing.push(lacking);
        }
    }

    async fn take(&mut self, from: &str, shelf: &str, digest: &str) -> Result<Taken, Trouble> {
        let bytes = match self.making.blobs.get(from, digest).await {
            Ok(bytes) => bytes,
            // What waits may be thrown away, and what no row knows swept aside, at any time.
            Err(Error::NotFound) => return Ok(Taken::Gone),
            Err(error) if is_altered(&error) => return Ok(Taken::Altered),
            Err(error) => return Err(error.into()),
        };
        let size = bytes.len() as u64;
        self.pool.put(shelf, bytes).await?;
        self.list.add(shelf, digest, size)?;
        Ok(Taken::There)
    }
}

/// What came of taking a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    There,
    Gone,
    Altered,
}
