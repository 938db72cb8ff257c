//! `move`: a city from one database into another, of either engine.

use super::Outcome;
use super::backup::bar;
use crate::archive::{Carrying, Purpose, carry};
use crate::kit::clock::Clock;
use crate::kit::db::{Db, file_of, shown};
use crate::kit::sources::Sources;
use clap::Args;
use std::path::Path;

/// Where from, and where to.
#[derive(Debug, Args)]
pub(super) struct Move {
    /// The city's database: sqlite:PATH or postgres://USER@HOST/NAME. It is only read
    #[arg(long, value_name = "URL")]
    from: String,
    /// An empty database of either kind
    #[arg(long, value_name = "URL")]
    to: String,
    /// It is tried out while the city goes on at the source: nothing that waits is sent, and no other system is spoken to
    #[arg(long)]
    quiet: bool,
}

/// Does it.
pub(super) async fn carry_over(what: Move) -> Outcome {
    if let Some(file) = file_of(&what.from).filter(|file| !file.exists()) {
        return Err(format!("{} is not there: there is no city to carry over", file.display()));
    }
    if let Some(folder) = file_of(&what.to).and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let words = |error: crate::kit::db::DbError| error.to_string();
    let (from, to) = (Db::open(&what.from).await.map_err(words)?, Db::open(&what.to).await.map_err(words)?);
    let (bar, progress) = bar();
    let carrying = Carrying {
        from: from.clone(),
        to: to.clone(),
        history: Sources::embedded().migrations(),
        purpose: if what.quiet { Purpose::Copy } else { Purpose::Move },
        now: Clock::system().now(),
        progress,
    };
    let carried = carry(carrying).await;
    bar.finish_and_clear();
    from.close().await;
    to.close().await;
    let carried = carried.map_err(|trouble| trouble.to_string())?;
    let rows: u64 = carried.tables.iter().map(|table| table.rows).sum();
    let (source, target) = (shown(&what.from), shown(&what.to));
    crate::out!(
        "{rows} rows of {} tables are in {target}, each table with the count and sum of {source}",
        carried.tables.len()
    );
    match carried.has_more_come && !what.quiet {
        false => {
            crate::out!("now start the program with --database {target} and the same --files; everybody signs in anew");
            Ok(())
        }
        true => Err(format!(
            "people went on working in {source} meanwhile, and what they did stayed there: stop the program, and move once more \
             into an empty database"
        )),
    }
}
