//! `verify`: whether anything was altered in the log of facts, and whether what the rows know is there.

use super::serve::FILES;
use super::{Outcome, Settings, told};
use crate::files::blobs::Blobs;
use crate::files::sweeping::Sweeper;
use crate::kit::clock::Clock;
use crate::kit::db::{Db, DbError};
use crate::reports;
use crate::timeline::verifying::{self, Walked};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

/// So many reports without facts are asked for at a time.
const PAGE: usize = 100;

/// What is looked at.
#[derive(Debug, Args)]
pub(super) struct Verification {
    /// The hash of a block as it was noted earlier: without one nobody can tell whether the end was cut off
    #[arg(long, value_name = "HASH", value_parser = hash)]
    head: Option<String>,
    /// Read every photo and paper that a row knows, too, and compare it with its digest
    #[arg(long)]
    with_files: bool,
}

fn hash(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(text).ok_or_else(|| "a hash is 64 hexadecimal digits, as `steward verify` printed it".to_owned())
}

/// Says everything that is not as it was, and ends with a failure when there is anything.
pub(super) async fn verify(settings: &Settings, what: Verification) -> Outcome {
    let history = settings.sources()?.migrations();
    let db = settings.open().await?;
    let words = |error: DbError| error.to_string();
    let ran = db.migrated().await.map_err(words)?;
    if let Some((name, _)) = history.iter().find(|(name, _)| !ran.contains(name)) {
        return Err(format!(
            "the tables are older than this program ({name} has not run): run `steward migrate` first"
        ));
    }
    let mut wrong = chain(&db, what.head).await.map_err(words)?;
    wrong += facts_of_reports(&db).await.map_err(words)?;
    if what.with_files {
        wrong += files(settings, &db).await?;
    }
    db.close().await;
    match wrong {
        0 => Ok(()),
        1 => Err("one thing is not as it was: keep this database as it is, and compare it with a backup".to_owned()),
        wrong => Err(format!(
            "{wrong} things are not as they were: keep this database as it is, and compare it with a backup"
        )),
    }
}

async fn chain(db: &Db, noted: Option<String>) -> Result<u64, DbError> {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("facts: {pos} of {len} ({elapsed})") {
        bar.set_style(style);
    }
    let is_noted = noted.is_some();
    let progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let walked = verifying::verify(db, noted, progress, |fault| bar.suspend(|| crate::out!("{fault}"))).await?;
    bar.finish_and_clear();
    let Walked { facts, head, noted_at, unsealed, faults } = walked;
    if let Some(number) = noted_at {
        crate::out!("the noted hash is that of block {number}");
    }
    match &head {
        Some(head) => {
            crate::out!("{facts} facts in {} blocks were compared; {unsealed} are not sealed yet", head.number);
            crate::out!("head: block {}, {} ({})", head.number, head.hash, head.algorithm.word());
            if !is_noted {
                crate::out!("note the head elsewhere, and say it with --head the next time");
            }
        }
        None => crate::out!("nothing is sealed yet; {unsealed} facts wait for it"),
    }
    Ok(faults)
}

async fn facts_of_reports(db: &Db) -> Result<u64, DbError> {
    let (mut after, mut wrong) = (i64::MIN, 0);
    loop {
        let found = db.read(move |tx| async move { reports::store::without_facts(&tx, after, PAGE).await }).await?;
        for (report, code) in &found {
            crate::out!("the report {code} ({report}) has no facts");
            (after, wrong) = (*report, wrong + 1);
        }
        if found.len() < PAGE {
            return Ok(wrong);
        }
    }
}

async fn files(settings: &Settings, db: &Db) -> Result<u64, String> {
    let blobs = Blobs::open(settings.files.as_deref().unwrap_or(FILES)).map_err(|error| told(&error))?;
    let sweeper = Sweeper { db: db.clone(), blobs, orphan_days: 1, now: Clock::system().now() };
    let tell = |wrong: &str, shelf: &str, digest: &str, row: &str| crate::out!("{wrong}: {shelf} {digest} of {row}");
    let checked = sweeper.check(100, tell).await.map_err(|error| told(&error))?;
    crate::out!("{} files were read; {} are missing or altered", checked.files, checked.wrong);
    Ok(checked.wrong)
}
