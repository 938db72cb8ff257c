//! `files sweep|check`: what lies in the store that no row knows, and whether what the rows know is whole.

use super::serve::FILES;
use super::{Outcome, Settings};
use crate::app::City;
use crate::files::blobs::Blobs;
use crate::files::settings;
use crate::files::sweeping::Sweeper;
use crate::kit::clock::Clock;
use clap::Subcommand;

/// What is done with the store of files.
#[derive(Debug, Subcommand)]
pub(super) enum FilesCommand {
    /// Lay aside files that no row of the database knows, and throw away what was laid aside long ago; `serve` does it every
    /// night
    Sweep {
        /// Only name them
        #[arg(long)]
        dry_run: bool,
    },
    /// Read every file that the database knows and compare it with its digest; names what is missing or altered
    Check {
        /// So many in a hundred of them, others every day
        #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
        sample: u32,
    },
}

/// Does it.
pub(super) async fn files(settings: &Settings, command: FilesCommand) -> Outcome {
    let sources = settings.sources()?;
    let words = |error: crate::kit::error::Error| error.to_string();
    let city = City::of(&sources).map_err(words)?;
    let numbers = settings::Settings::of_city(&city.rest).map_err(|problem| format!("city.toml: {problem}"))?;
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let blobs = Blobs::open(settings.files.as_deref().unwrap_or(FILES)).map_err(words)?;
    let sweeper = Sweeper { db, blobs, orphan_days: numbers.orphan_days, now: Clock::system().now() };
    match command {
        FilesCommand::Sweep { dry_run } => {
            let swept =
                sweeper.sweep(dry_run, |shelf, digest| crate::out!("orphan {shelf} {digest}")).await.map_err(words)?;
            let (files, orphans, bytes) = (swept.files, swept.orphans, swept.bytes);
            let (back, away) = (swept.put_back, swept.thrown_away);
            let [laid, put, thrown] = match dry_run {
                true => ["would be laid aside", "would be put back", "would be thrown away"],
                false => ["laid aside", "put back", "thrown away"],
            };
            crate::out!("{files} files; {orphans} orphans ({bytes} bytes) {laid}, {back} {put}, {away} {thrown}");
            Ok(())
        }
        FilesCommand::Check { sample } => {
            let told =
                |wrong: &str, shelf: &str, digest: &str, row: &str| crate::out!("{wrong} {shelf} {digest} {row}");
            let checked = sweeper.check(sample, told).await.map_err(words)?;
            crate::out!("{} files read, {} missing or altered", checked.files, checked.wrong);
            match checked.wrong {
                0 => Ok(()),
                wrong => Err(format!(
                    "{wrong} files are missing or altered: bring them back from the last copy of the store"
                )),
            }
        }
    }
}
