//! `city export|verify|import`: everything of a city as one file.

use super::serve::FILES;
use super::{Outcome, Settings, told};
use crate::archive::manifest::Manifest;
use crate::archive::{Loading, Progress, Purpose, Taking, bring_in, look_through, take_out};
use crate::files::blobs::Blobs;
use crate::kit::clock::Clock;
use clap::{Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is done with a city.
#[derive(Debug, Subcommand)]
pub(super) enum CityCommand {
    /// Write every row, every photo and paper and the city's folder into a new file, while everybody goes on working. Whoever
    /// has the file can read everything: encrypt it before it leaves the machine
    Export {
        /// The new file, such as city.zip
        file: PathBuf,
        /// The photos and papers stay behind
        #[arg(long)]
        without_files: bool,
    },
    /// Read such a file from end to end and compare everything in it with what it says of itself
    Verify {
        /// The file
        file: PathBuf,
    },
    /// Load such a file into an empty database and its store of files
    Import {
        /// The file
        file: PathBuf,
        /// What the loaded city is for
        #[arg(long = "as", value_name = "PURPOSE")]
        purpose: For,
        /// Write the city's own files into this new folder
        #[arg(long, value_name = "DIR")]
        city_to: Option<PathBuf>,
    },
}

/// What a loaded city is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum For {
    /// It goes on here, and ends where it came from
    Move,
    /// It is looked at or tried out: nothing that waits is sent, and no other system is spoken to
    Copy,
}

/// Does it.
pub(super) async fn city(settings: &Settings, command: CityCommand) -> Outcome {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {pos} ({elapsed})") {
        bar.set_style(style);
    }
    let progress: Progress = {
        let bar = bar.clone();
        Arc::new(move |what: &str, count| {
            if bar.message() != what {
                bar.set_message(what.to_owned());
            }
            bar.set_position(count);
        })
    };
    let outcome = match command {
        CityCommand::Export { file, without_files } => export(settings, &file, without_files, progress).await,
        CityCommand::Verify { file } => look_through(&file, &progress)
            .map(|manifest| format!("{} is whole: {}", file.display(), contents(&manifest)))
            .map_err(|trouble| trouble.to_string()),
        CityCommand::Import { file, purpose, city_to } => import(settings, &file, purpose, city_to, progress).await,
    };
    bar.finish_and_clear();
    crate::out!("{}", outcome?);
    Ok(())
}

fn blobs(settings: &Settings) -> Result<Blobs, String> {
    Blobs::open(settings.files.as_deref().unwrap_or(FILES)).map_err(|error| told(&error))
}

/// What is in an archive, in figures.
fn contents(manifest: &Manifest) -> String {
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    let files = match manifest.files {
        Some(files) => format!("{} photos and papers ({} bytes)", files.count, files.bytes),
        None => "no photos and papers".to_owned(),
    };
    let city = match manifest.city_files {
        0 => "no city's folder".to_owned(),
        files => format!("{files} files of the city's folder"),
    };
    format!("{rows} rows of {} tables, {files}, {city}, as of {}", manifest.tables.len(), manifest.made_at)
}

async fn export(settings: &Settings, file: &Path, without_files: bool, progress: Progress) -> Result<String, String> {
    let sources = settings.sources()?;
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let taking = Taking {
        db,
        blobs: if without_files { None } else { Some(blobs(settings)?) },
        city: settings.city.clone(),
        now: Clock::system().now(),
        progress,
    };
    let manifest = take_out(taking, file).await.map_err(|trouble| trouble.to_string())?;
    let bytes = std::fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?.len();
    Ok(format!("{} ({bytes} bytes) holds {}", file.display(), contents(&manifest)))
}

async fn import(
    settings: &Settings,
    file: &Path,
    purpose: For,
    city: Option<PathBuf>,
    progress: Progress,
) -> Result<String, String> {
    // Before the city's folder is there, the scripts of the tables are the program's own.
    let history = crate::kit::sources::Sources::embedded().migrations();
    let loading = Loading {
        db: settings.open().await?,
        blobs: blobs(settings)?,
        city: city.clone(),
        history,
        purpose: match purpose {
            For::Move => Purpose::Move,
            For::Copy => Purpose::Copy,
        },
        now: Clock::system().now(),
        progress,
    };
    let db = loading.db.clone();
    let loaded = bring_in(loading, file).await.map_err(|trouble| trouble.to_string());
    db.close().await;
    let next = match (&city, purpose) {
        (Some(folder), _) => format!("now start it with --city {}", folder.display()),
        (None, For::Move) => "now start it with the city's folder".to_owned(),
        (None, For::Copy) => "now start it with a city's folder that sends no mail".to_owned(),
    };
    Ok(format!("loaded {}; everybody signs in anew; {next}", contents(&loaded?)))
}
