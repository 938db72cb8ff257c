//! Seals the order of facts, block by block, beside everybody's work: whoever adds a fact waits for nothing of it, and no row is written
//! but the new block's own. Several instances may do it: the first with a number adds that block, and the others read again.

use super::chain::{self, Block};
use super::{feed, store};
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use std::time::Duration;

/// How long the job sleeps when nothing is due.
const LOOK: Duration = Duration::from_secs(5);
/// How long it leaves the machine to others between two blocks.
const BETWEEN: Duration = Duration::from_millis(20);
/// An hour in milliseconds: so often the log of the program names the head of the chain, so that it is known elsewhere, too.
const HOUR: i64 = 3_600_000;
/// So far back facts are looked for before the first block: all of them.
const EVERYTHING: i64 = i64::MAX;

/// What came of an attempt to seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Nothing is due.
    Nothing,
    /// This block was added.
    Sealed(Block),
    /// Another instance was first.
    Late,
}

/// Seals for as long as the program runs.
pub async fn work(app: App) {
    let mut told = None;
    loop {
        let pause = match attempt(&app, false).await {
            Ok(Attempt::Sealed(block)) => {
                let hour = block.sealed_at.0.div_euclid(HOUR);
                if told.replace(hour) != Some(hour) {
                    tracing::info!(block = block.number, hash = block.hash, facts = block.last, "facts are sealed");
                }
                BETWEEN
            }
            Ok(Attempt::Late) => BETWEEN,
            Ok(Attempt::Nothing) => LOOK,
            Err(error) => {
                tracing::error!(%error, "facts could not be sealed");
                LOOK
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Seals everything that was placed, due or not.
///
/// # Errors
/// When the database fails.
pub async fn seal_all(app: &App) -> Result<(), Error> {
    while attempt(app, true).await? != Attempt::Nothing {}
    Ok(())
}

/// Seals the next block when it is due, or whatever there is when it need not be.
async fn attempt(app: &App, is_at_once: bool) -> Result<Attempt, Error> {
    let ends = |tx: Tx| async move { Ok::<_, DbError>((store::head(&tx).await?, store::feed_end(&tx).await?.0)) };
    let (head, mut end) = app.db.read(ends).await?;
    if head.is_none() {
        // Facts of years may have no place yet.
        feed::place(app, EVERYTHING).await?;
        (_, end) = app.db.read(ends).await?;
    }
    let now = app.clock.now();
    let stretch = if is_at_once { chain::next(head.as_ref(), end) } else { chain::due(head.as_ref(), end, now) };
    let Some((first, last)) = stretch else { return Ok(Attempt::Nothing) };
    let most = usize::try_from(chain::MOST).unwrap_or(usize::MAX);
    let entries = app.db.read(move |tx| async move { store::entries(&tx, first, last, most).await });
    let entries = entries.await.map_err(|error: DbError| Error::Db(error))?;
    let block = chain::seal(head.as_ref(), (first, last), &entries, app.seal, now);
    if block.count != last - first + 1 {
        tracing::error!(block = block.number, first, last, "facts were gone before they were sealed");
    }
    let added = block.clone();
    match app.db.write(move |tx| async move { store::keep_block(&tx, &added).await }).await {
        Ok(()) => Ok(Attempt::Sealed(block)),
        Err(DbError::NotUnique(_)) => Ok(Attempt::Late),
        Err(error) => Err(error.into()),
    }
}
