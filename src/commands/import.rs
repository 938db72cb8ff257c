//! `import reports FILE.csv`: another system's list becomes reports.

use super::{Outcome, Settings};
use crate::app::App;
use crate::kit::clock::Clock;
use clap::Subcommand;
use std::path::PathBuf;

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Reports of another system (CSV); a row whose number is known is left alone
    Reports {
        /// The list
        file: PathBuf,
        /// Only say what would come of it
        #[arg(long)]
        dry_run: bool,
    },
}

/// Imports, names every bad row with its line, and says what came of it.
pub(super) async fn import(settings: &Settings, what: Import) -> Outcome {
    let Import::Reports { file, dry_run } = what;
    let opened = std::fs::File::open(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let sources = settings.sources()?;
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let files = settings.files.as_deref().unwrap_or("var/files");
    let app = App::new(db, Clock::system(), sources, files).await.map_err(|error| error.to_string())?;
    let bar = indicatif::ProgressBar::new_spinner();
    let progress = |rows: usize| bar.set_position(rows as u64);
    let came = crate::reports::commands::import(&app, opened, dry_run, progress).await;
    bar.finish_and_clear();
    let came = came.map_err(|error| error.to_string())?;
    for (line, refusal) in &came.bad {
        let args: Vec<(&str, String)> = refusal.args.iter().map(|(name, value)| (*name, value.clone())).collect();
        eprintln!("{}:{line}: {}", file.display(), app.pages.say("en", refusal.key, &args));
    }
    let (added, known, outside, bad) = (came.added, came.known, came.outside, came.bad.len());
    println!("{added} added, {known} known before, {bad} bad; {outside} of the good ones lie outside the city");
    Ok(())
}
