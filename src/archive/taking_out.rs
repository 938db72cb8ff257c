//! Writing an archive while everybody goes on working.

use super::manifest::{FORMAT, Files, Manifest, Table, entry_of};
use super::store::{self, Shape};
use super::{LEFT_OUT, MANIFEST, Progress, Trouble, at, broken, is_left_out};
use crate::files::blobs::Blobs;
use crate::kit::clock::Moment;
use crate::kit::db::{Db, Tx};
use futures_util::StreamExt;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// How often the progress is told, in rows.
const STEP: u64 = 1000;

type Archive = ZipWriter<BufWriter<File>>;

/// What goes into an archive.
pub struct Taking {
    /// The rows.
    pub db: Db,
    /// The photos and papers; without it they stay behind.
    pub blobs: Option<Blobs>,
    /// The city's own folder, when it has one.
    pub city: Option<PathBuf>,
    /// The moment.
    pub now: Moment,
    /// Hears how far it has come.
    pub progress: Progress,
}

fn packed() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true)
}

/// Photos and papers are packed already.
fn as_is() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true)
}

/// Writes everything into a new file, which has its name once it is whole, and which only its owner may read. The rows are those
/// of one moment; the files are read after them, so that no row is without its file.
///
/// # Errors
/// When the file is there already or cannot be written, or when the database or the store fails.
pub async fn take_out(taking: Taking, to: &Path) -> Result<Manifest, Trouble> {
    if to.exists() {
        return Err(broken(format!("{} is there already", to.display())));
    }
    let half = to.with_added_extension("part");
    let written = write(taking, &half).await;
    match written {
        Ok(manifest) => {
            std::fs::rename(&half, to).map_err(at(to))?;
            Ok(manifest)
        }
        Err(error) => {
            drop(std::fs::remove_file(&half));
            Err(error)
        }
    }
}

async fn write(taking: Taking, half: &Path) -> Result<Manifest, Trouble> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let archive = ZipWriter::new(BufWriter::new(options.open(half).map_err(at(half))?));
    let progress = taking.progress.clone();
    let (mut archive, tables, history) =
        taking.db.snapshot(move |tx| async move { rows(&tx, archive, &progress).await }).await?;
    let files = match &taking.blobs {
        Some(blobs) => Some(photos(blobs, &mut archive, &taking.progress).await?),
        None => None,
    };
    let city_files = match &taking.city {
        Some(folder) => city(folder, &mut archive)?,
        None => 0,
    };
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: taking.now.zoned(&jiff::tz::TimeZone::UTC).timestamp().to_string(),
        engine: if taking.db.is_postgres() { "postgresql" } else { "sqlite" }.to_owned(),
        history,
        tables,
        left_out: LEFT_OUT.map(str::to_owned).into(),
        files,
        city_files,
    };
    archive.start_file(MANIFEST, packed()).map_err(broken)?;
    archive.write_all(&serde_json::to_vec_pretty(&manifest).map_err(broken)?).map_err(at(half))?;
    let written = archive.finish().map_err(broken)?.into_inner().map_err(|error| at(half)(error.into_error()))?;
    written.sync_all().map_err(at(half))?;
    Ok(manifest)
}

/// Every row of every table. Within it nothing but the database is waited for.
async fn rows(
    tx: &Tx,
    mut archive: Archive,
    progress: &Progress,
) -> Result<(Archive, Vec<Table>, Vec<String>), Trouble> {
    let mut tables = Vec::new();
    let history = store::history(tx).await?;
    let kept = |shape: &Shape| !is_left_out(&shape.name);
    for shape in store::shapes(tx).await?.into_iter().filter(kept) {
        archive.start_file(entry_of(&shape.name), packed()).map_err(broken)?;
        let mut count = 0;
        let sum = store::lines(tx, &shape, |line| {
            archive.write_all(line).and_then(|()| archive.write_all(b"\n")).map_err(broken)?;
            count += 1;
            if count % STEP == 0 {
                progress(&shape.name, count);
            }
            Ok::<_, Trouble>(())
        })
        .await?;
        tables.push(Table { name: shape.name, columns: shape.columns, rows: sum.rows, sum: sum.shown() });
    }
    Ok((archive, tables, history))
}

/// Every file of the store, looked at against its digest.
async fn photos(blobs: &Blobs, archive: &mut Archive, progress: &Progress) -> Result<Files, Trouble> {
    let mut files = Files::default();
    let mut all = pin!(blobs.all());
    while let Some(found) = all.next().await {
        let (shelf, found) = found?;
        let bytes = match blobs.get(&shelf, &found.digest).await {
            Ok(bytes) => bytes,
            // What waits may be taken up or thrown away meanwhile.
            Err(crate::kit::error::Error::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        archive.start_file(format!("files/{shelf}/{}", found.digest), as_is()).map_err(broken)?;
        archive.write_all(&bytes).map_err(broken)?;
        files.count += 1;
        files.bytes += bytes.len() as u64;
        progress("files", files.count);
    }
    Ok(files)
}

/// The files of the city's folder, in the order of their names.
fn city(folder: &Path, archive: &mut Archive) -> Result<u64, Trouble> {
    let mut waiting = vec![folder.to_owned()];
    let mut count = 0;
    while let Some(path) = waiting.pop() {
        let kind = std::fs::symlink_metadata(&path).map_err(at(&path))?;
        if kind.is_dir() {
            let entries = std::fs::read_dir(&path).map_err(at(&path))?;
            let mut inner: Vec<PathBuf> =
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(at(&path))?;
            inner.sort();
            waiting.extend(inner.into_iter().rev());
        } else if kind.is_file() {
            let inside = path.strip_prefix(folder).ok().and_then(Path::to_str);
            let name = inside.ok_or_else(|| broken(format!("{}: its name is not UTF-8", path.display())))?;
            archive.start_file(format!("city/{}", name.replace('\\', "/")), packed()).map_err(broken)?;
            let mut file = File::open(&path).map_err(at(&path))?;
            std::io::copy(&mut file, archive).map_err(at(&path))?;
            count += 1;
        }
    }
    Ok(count)
}
