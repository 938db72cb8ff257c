//! `facts`: how the log of facts lies in the database.

use super::{Outcome, Settings};
use crate::kit::clock::Clock;
use crate::timeline::months::{self, Outcome as Parted};
use clap::Subcommand;

/// What is done with the log.
#[derive(Debug, Subcommand)]
pub(super) enum FactsCommand {
    /// On PostgreSQL, keep the log as one table for each month from now on; everybody goes on working, and nothing is copied.
    /// Done again it makes the months ahead, which `serve` does by itself
    ByMonth {
        /// Only say by which statements
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs one of them.
pub(super) async fn facts(settings: &Settings, command: FactsCommand) -> Outcome {
    let FactsCommand::ByMonth { dry_run } = command;
    let history = settings.sources()?.migrations();
    let db = settings.open().await?;
    let ran = db.migrated().await.map_err(|error| error.to_string())?;
    if let Some((name, _)) = history.iter().find(|(name, _)| !ran.contains(name)) {
        return Err(format!(
            "the tables are older than this program ({name} has not run): run `steward migrate` first"
        ));
    }
    let tell = |statement: &str| crate::out!("{statement}");
    let parted =
        months::by_month(&db, Clock::system().now(), dry_run, tell).await.map_err(|error| error.to_string())?;
    db.close().await;
    match parted {
        Parted::NotHere => Err("an SQLite database keeps its log in one table: this is for PostgreSQL".to_owned()),
        Parted::NoLog => Err("there is no log of facts in this database: run `steward migrate` first".to_owned()),
        Parted::Parted | Parted::Before(1..) if dry_run => {
            crate::out!("nothing was changed: these statements would be run");
            Ok(())
        }
        Parted::Parted => {
            crate::out!("the log is kept by months now; `serve` makes those ahead");
            Ok(())
        }
        Parted::Before(0) => {
            crate::out!("the log is kept by months, and those ahead are there");
            Ok(())
        }
        Parted::Before(_) => {
            crate::out!("the log was kept by months before; those ahead are there now");
            Ok(())
        }
    }
}
