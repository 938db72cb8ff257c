//! `move`: a city from one database into another, of either engine.

use super::Outcome;
use super::backup::bar;
use crate::archive::{Carried, Carrying, Meanwhile, Purpose, carry};
use crate::instances::keeping::living;
use crate::kit::clock::Clock;
use crate::kit::db::{Db, DbError, file_of, shown};
use crate::kit::sources::Sources;
use clap::Args;
use std::path::Path;
use std::time::Instant;

/// Where from, and where to.
#[derive(Debug, Args)]
pub(super) struct Move {
    /// The city's database: sqlite:PATH or postgres://USER@HOST/NAME. It is only read
    #[arg(long, value_name = "URL")]
    from: String,
    /// An empty database of either kind, or the one that this city is being carried into: only what differs goes over then
    #[arg(long, value_name = "URL")]
    to: String,
    /// The last time, with the program stopped: nobody can write into the source until the target is whole, and the city goes on there
    #[arg(long, conflicts_with = "quiet")]
    finish: bool,
    /// It is tried out while the city goes on at the source: nothing that waits is sent, and no other system is spoken to
    #[arg(long)]
    quiet: bool,
}

/// Does it.
pub(super) async fn carry_over(what: Move) -> Outcome {
    let words = |error: DbError| error.to_string();
    if let Some(file) = file_of(&what.from) {
        if !file.exists() {
            return Err(format!("{} is not there: there is no city to carry over", file.display()));
        }
        if what.finish && Db::is_open(file).map_err(words)? {
            return Err(in_use(&what.from, "a program has it open"));
        }
    }
    if let Some(folder) = file_of(&what.to).and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let (from, to) = (Db::open(&what.from).await.map_err(words)?, Db::open(&what.to).await.map_err(words)?);
    let carried = match what.finish {
        true => match must_stand_still(&from, &what.from).await {
            Ok(()) => carried(&what, from.clone(), to.clone(), Meanwhile::StandsStill).await,
            Err(why) => Err(why),
        },
        false => carried(&what, from.clone(), to.clone(), Meanwhile::GoesOn).await,
    };
    from.close().await;
    to.close().await;
    carried
}

fn in_use(url: &str, why: &str) -> String {
    let source = shown(url);
    format!("{source} does not stand still ({why}): stop every program that works on it, then give this command again")
}

/// No program of the city serves the source's server any more.
async fn must_stand_still(from: &Db, url: &str) -> Outcome {
    let words = |error: DbError| error.to_string();
    // Tables of an older program know of no programs.
    let has_instances = from.migrated().await.map_err(words)?.iter().any(|name| name.ends_with("_instances.sql"));
    let living = if has_instances { living(from).await.map_err(words)? } else { Vec::new() };
    match living.is_empty() {
        true => Ok(()),
        false => Err(in_use(url, &format!("served by {}", living.join("; ")))),
    }
}

async fn carried(what: &Move, from: Db, to: Db, meanwhile: Meanwhile) -> Outcome {
    let (source, target) = (shown(&what.from), shown(&what.to));
    let (bar, progress) = bar();
    let begun = Instant::now();
    let carrying = Carrying {
        from,
        source: source.clone(),
        to,
        history: Sources::embedded().migrations(),
        purpose: if what.quiet { Purpose::Copy } else { Purpose::Move },
        meanwhile,
        now: Clock::system().now(),
        progress,
    };
    let carried = carry(carrying).await;
    bar.finish_and_clear();
    let Carried { tables, tally, has_more_come } = carried.map_err(|trouble| trouble.to_string())?;
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    crate::out!(
        "{rows} rows of {} tables are in {target}, each table with the count and sum of {source}",
        tables.len()
    );
    let seconds = begun.elapsed().as_secs();
    crate::out!("compared {}, copied {}, removed {}, in {seconds} s", tally.compared, tally.copied, tally.removed);
    match (what.quiet, meanwhile) {
        (true, _) => crate::out!("it is a copy to try out: start it with --database {target} and files of its own"),
        (false, Meanwhile::StandsStill) => {
            crate::out!("now start the program with --database {target} and the same --files; everybody signs in anew");
        }
        (false, Meanwhile::GoesOn) => {
            let news = if has_more_come {
                "people went on meanwhile, and that is not in it"
            } else {
                "nobody did anything meanwhile"
            };
            crate::out!("{news}: give the same command again as often as you like, only what differs goes over");
            crate::out!(
                "then stop the program, and give it a last time with --finish; before that no program serves {target}"
            );
        }
    }
    Ok(())
}
