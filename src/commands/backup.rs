//! `backup`, `backup verify`, `backup prune` and `restore`: database, files and the city's folder as one set; or a copy of an SQLite
//! database alone.

use super::serve::{DATABASE, FILES};
use super::{Outcome, Settings, told};
use crate::app::City;
use crate::archive::{Progress, Purpose};
use crate::backups::set::Retention;
use crate::backups::{self, Making, Restoring};
use crate::files::blobs::Blobs;
use crate::kit::clock::Clock;
use crate::kit::db::{Db, DbError, file_of};
use crate::kit::sources::Sources;
use crate::status::announcing::BACKUP;
use crate::status::store;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is backed up, and where to.
#[derive(Debug, Args)]
pub(super) struct Backup {
    #[command(subcommand)]
    command: Option<BackupCommand>,
    /// The new file: an SQLite database alone, without its photos and papers
    #[arg(conflicts_with = "to")]
    file: Option<PathBuf>,
    /// The folder of the sets: database, photos and papers, and the city's folder as of one moment. A set costs only the files
    /// that are new. Whoever has the folder can read everything
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// What else is done with backups.
#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Read a set from end to end and compare everything in it with what it says of itself
    Verify {
        /// The set, such as /var/backups/steward/sets/20260310T010000Z
        set: PathBuf,
    },
    /// Throw old sets away, and the files that no other set needs
    Prune {
        /// The folder of the sets; without it `[backup] to` of city.toml
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
        /// Keep the newest set of so many days; without it `[backup]` of city.toml, or 7
        #[arg(long, value_name = "COUNT")]
        keep_daily: Option<usize>,
        /// Keep the newest set of so many weeks; or 5
        #[arg(long, value_name = "COUNT")]
        keep_weekly: Option<usize>,
        /// Keep the newest set of so many months; or 12
        #[arg(long, value_name = "COUNT")]
        keep_monthly: Option<usize>,
        /// Only say what would be thrown away
        #[arg(long)]
        dry_run: bool,
    },
}

/// What is restored, and where to: never where the settings point, but where these words do.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The set, such as /var/backups/steward/sets/20260310T010000Z
    set: PathBuf,
    /// The database: sqlite:PATH of a new file, or postgres://USER@HOST/NAME of an empty database
    #[arg(long, value_name = "URL")]
    to: String,
    /// The store of photos and papers: a new folder, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "URL")]
    files_to: String,
    /// Write the city's own files into this new folder
    #[arg(long, value_name = "DIR")]
    city_to: Option<PathBuf>,
    /// It is tried out while the city goes on elsewhere: nothing that waits is sent, and no other system is spoken to
    #[arg(long)]
    quiet: bool,
}

/// A bar that says what is being done and how much of it is done.
pub(super) fn bar() -> (ProgressBar, Progress) {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {pos} ({elapsed})") {
        bar.set_style(style);
    }
    let inner = bar.clone();
    let progress: Progress = Arc::new(move |what: &str, count| {
        if inner.message() != what {
            inner.set_message(what.to_owned());
        }
        inner.set_position(count);
    });
    (bar, progress)
}

/// Does it.
pub(super) async fn backup(settings: &Settings, what: Backup) -> Outcome {
    match what {
        Backup { command: Some(BackupCommand::Verify { set }), .. } => verify(&set).await,
        Backup {
            command: Some(BackupCommand::Prune { to, keep_daily, keep_weekly, keep_monthly, dry_run }), ..
        } => prune(settings, to, [keep_daily, keep_weekly, keep_monthly], dry_run),
        Backup { to: Some(to), .. } => set(settings, to).await,
        Backup { file: Some(file), .. } => copy(settings, &file).await,
        Backup { .. } => Err("say --to FOLDER, or a file for an SQLite database alone".to_owned()),
    }
}

/// Copies an SQLite database into a new file.
async fn copy(settings: &Settings, file: &Path) -> Outcome {
    let url = settings.database.as_deref().unwrap_or(DATABASE);
    Db::copy(url, file).map_err(|error| error.to_string())?;
    note(url).await;
    let bytes = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    crate::out!("{} holds the database as it was now ({bytes} bytes); copy the files after it", file.display());
    Ok(())
}

/// The administrators' page says when that was.
async fn note(url: &str) {
    let noted = async {
        let db = Db::open(url).await?;
        let now = Clock::system().now();
        let noted: Result<(), DbError> =
            db.write(move |tx| async move { store::operated(&tx, BACKUP, now).await }).await;
        db.close().await;
        noted
    };
    if let Err(error) = noted.await {
        eprintln!("steward: the copy is made, but not noted for the administrators' page: {error}");
    }
}

/// Makes a set.
async fn set(settings: &Settings, to: PathBuf) -> Outcome {
    let sources = settings.sources()?;
    let url = settings.database.as_deref().unwrap_or(DATABASE);
    if file_of(url).is_some_and(|file| !file.exists()) {
        return Err(format!("{url} is not there: there is nothing to back up"));
    }
    let db = settings.open().await?;
    let blobs = Blobs::open(settings.files.as_deref().unwrap_or(FILES)).map_err(|error| told(&error))?;
    let city = sources.city().map(Path::to_owned);
    let (bar, progress) = bar();
    let making = Making { db: db.clone(), blobs, city, to, clock: Clock::system(), progress };
    let made = backups::make(making).await;
    bar.finish_and_clear();
    db.close().await;
    let (set, manifest) = made.map_err(|trouble| trouble.to_string())?;
    note(url).await;
    crate::out!(
        "{} holds the database ({} bytes), {} photos and papers ({} bytes) and {} files of the city's folder, as of {}",
        set.display(),
        manifest.database.bytes,
        manifest.files,
        manifest.file_bytes,
        manifest.city.len(),
        manifest.made_at
    );
    match manifest.missing.first() {
        None => Ok(()),
        Some(first) => Err(format!(
            "the set is made, but {} files that it should have are missing or altered in the store, such as {first}: \
             `steward files check` names them",
            manifest.missing.len()
        )),
    }
}

async fn verify(set: &Path) -> Outcome {
    let (bar, progress) = bar();
    let looked = backups::look_through(set, &progress).await;
    bar.finish_and_clear();
    let looked = looked.map_err(|trouble| trouble.to_string())?;
    looked.faults.iter().for_each(|fault| crate::out!("{fault}"));
    for missing in &looked.manifest.missing {
        crate::out!("{missing} was not in the store when the set was made");
    }
    match looked.count {
        0 => {
            let (files, made_at) = (looked.manifest.files, &looked.manifest.made_at);
            crate::out!("{} is whole: the database and {files} photos and papers as of {made_at}", set.display());
            Ok(())
        }
        count => Err(format!("{count} parts of this set are missing or altered: use another, and make a new one")),
    }
}

fn prune(settings: &Settings, to: Option<PathBuf>, keep: [Option<usize>; 3], is_dry: bool) -> Outcome {
    let city = City::of(&settings.sources()?).map_err(|error| error.to_string())?;
    let said = backups::set::Settings::of_city(&city.rest).map_err(|problem| format!("city.toml: {problem}"))?;
    let to = to.or_else(|| said.to.clone().map(PathBuf::from));
    let to = to.ok_or("say --to FOLDER, or write [backup] to = \"FOLDER\" in city.toml")?;
    let [daily, weekly, monthly] = keep;
    let retention = Retention {
        daily: daily.unwrap_or(said.retention.daily),
        weekly: weekly.unwrap_or(said.retention.weekly),
        monthly: monthly.unwrap_or(said.retention.monthly),
    };
    let pruned = backups::prune(&to, &retention, &city.zone(), is_dry).map_err(|trouble| trouble.to_string())?;
    let done = if is_dry { "would be thrown away" } else { "thrown away" };
    pruned.sets.iter().for_each(|set| crate::out!("{set} {done}"));
    let (sets, kept, files, bytes) = (pruned.sets.len(), pruned.kept, pruned.files, pruned.bytes);
    crate::out!("{sets} sets and {files} files ({bytes} bytes) {done}; {kept} sets stay");
    Ok(())
}

/// Restores a set.
pub(super) async fn restore(what: Restore) -> Outcome {
    let (bar, progress) = bar();
    let restoring = Restoring {
        set: what.set.clone(),
        to: what.to.clone(),
        blobs: Blobs::open(&what.files_to).map_err(|error| told(&error))?,
        city: what.city_to.clone(),
        history: Sources::embedded().migrations(),
        purpose: if what.quiet { Purpose::Copy } else { Purpose::Move },
        now: Clock::system().now(),
        progress,
    };
    let restored = backups::restore(restoring).await;
    bar.finish_and_clear();
    let manifest = restored.map_err(|trouble| trouble.to_string())?;
    crate::out!(
        "the city as of {} is restored: {} photos and papers, and its database",
        manifest.made_at,
        manifest.files
    );
    let (to, files) = (crate::kit::db::shown(&what.to), &what.files_to);
    crate::out!("look at it before you go on with it: steward verify --with-files --database {to} --files {files}");
    Ok(())
}
