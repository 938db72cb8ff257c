//! The log by months, on PostgreSQL, for a city whose log has grown large: each month of facts is a table of its own, which is read only
//! when it is asked for, can lie on another disk, and can be taken away whole. [`by_month`] parts a log once, while everybody works;
//! [`work`] makes the tables of the months ahead. Facts are neither copied nor changed.

pub mod month;
pub mod store;

use crate::app::App;
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::{Db, DbError};
use crate::kit::id;
use month::Layout;
use std::time::Duration;

/// How often it is looked whether a month ahead has no table yet.
const EVERY: Duration = Duration::from_secs(6 * 3600);
/// How often a change is tried that had to give way to somebody who kept the table.
const TRIES: usize = 40;
/// How long it waits before it tries again.
const AGAIN: Duration = Duration::from_millis(500);
/// A parting that broke off is undone so long before its rule would refuse facts, in milliseconds: two weeks.
const UNDONE: i64 = 14 * 86_400_000;

/// What became of parting a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// SQLite keeps one table.
    NotHere,
    /// There are no tables yet.
    NoLog,
    /// It is by months now.
    Parted,
    /// It was before; so many statements were run for the months ahead.
    Before(usize),
}

/// Parts the log by months, or only says by which statements. Its clock is the machine's, as that of identifiers.
///
/// # Errors
/// When the database fails, or the table could not be had; the log is then as it was.
pub async fn by_month(db: &Db, now: Moment, is_dry: bool, tell: impl Fn(&str)) -> Result<Outcome, DbError> {
    if !db.is_postgres() {
        return Ok(Outcome::NotHere);
    }
    let (indexes, left) = match db.read(|tx| async move { store::layout(&tx).await }).await? {
        None => return Ok(Outcome::NoLog),
        Some(Layout::Parted { end, rest }) => {
            let statements = month::going_ahead(end, rest, now);
            say(&statements, &tell);
            if !is_dry {
                run(db, statements.clone()).await?;
            }
            return Ok(Outcome::Before(statements.len()));
        }
        Some(Layout::Whole { indexes, left }) => (indexes, left),
    };
    let first = month::first(now);
    let (preparing, validating) = (month::preparing(first, left.is_some()), vec![month::validating()]);
    let parting = month::parting(&indexes, first, now);
    for statements in [&preparing, &validating, &parting] {
        say(statements, &tell);
    }
    if is_dry {
        return Ok(Outcome::Parted);
    }
    run(db, preparing).await?;
    let parted = match run(db, validating).await {
        Ok(()) => part(db, first.begins(), parting).await,
        Err(error) => Err(error),
    };
    if let Err(error) = parted {
        // Left there, it would refuse facts from that month on.
        run(db, month::undoing()).await?;
        return Err(error);
    }
    db.write(|tx| async move { store::analyse(&tx).await }).await?;
    Ok(Outcome::Parted)
}

/// The last step, if the rule still stands as it was made: without it the whole log would be read while nobody can write.
async fn part(db: &Db, limit: id::Id, statements: Vec<String>) -> Result<(), DbError> {
    let found = db.read(|tx| async move { store::left(&tx).await }).await?;
    if found != Some((limit, true)) {
        return Err(DbError::Row("somebody else parts the log at the same time: look again".into()));
    }
    run(db, statements).await
}

fn say(statements: &[String], tell: &impl Fn(&str)) {
    for statement in statements {
        tell(&format!("{statement};"));
    }
}

/// Runs statements in one transaction, again while others keep the table.
async fn run(db: &Db, statements: Vec<String>) -> Result<(), DbError> {
    if statements.is_empty() {
        return Ok(());
    }
    let mut tries = 1;
    loop {
        let held = statements.clone();
        let done: Result<(), DbError> = db.write(move |tx| async move { store::change(&tx, &held).await }).await;
        match done {
            // Not to be had in time.
            Err(DbError::Engine(why)) if why.starts_with("55P03") && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(AGAIN).await;
            }
            done => return done,
        }
    }
}

/// Makes the tables of the months ahead where the log is by months, and takes back a parting that broke off before it can do harm.
///
/// # Errors
/// When the database fails.
pub async fn go_ahead(db: &Db, now: Moment) -> Result<usize, DbError> {
    let statements = match db.read(|tx| async move { store::layout(&tx).await }).await? {
        Some(Layout::Parted { end, rest }) => month::going_ahead(end, rest, now),
        Some(Layout::Whole { left: Some(left), .. }) if left <= id::since(now.plus(UNDONE)) => month::undoing(),
        _ => Vec::new(),
    };
    let count = statements.len();
    run(db, statements).await?;
    Ok(count)
}

/// Does so for as long as the program runs.
pub async fn work(app: App) {
    if !app.db.is_postgres() {
        app.stopping().await;
        return;
    }
    loop {
        match go_ahead(&app.db, Clock::system().now()).await {
            Ok(0) => {}
            Ok(_) => tracing::info!("the months ahead have their tables in the log"),
            Err(error) => {
                tracing::warn!(%error, "the months ahead have no tables in the log yet; facts are taken all the same")
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}
