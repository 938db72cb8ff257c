//! The facts in the order in which they became visible. Identifiers count moments, and a transaction that took long appears behind
//! later ones; whoever reads on from a cursor would miss it. So one job gives every fact its place as it sees it, and a place once
//! given never moves: what is read up to a place is complete.

use super::reading::{LATE, LookBack, SURE};
use super::store;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

/// How many facts are placed in one transaction.
const BATCH: usize = 500;
/// How long the job sleeps when nobody wakes it: what another instance wrote is seen after that.
const SLEEP: Duration = Duration::from_secs(1);

/// How often it looks for what appeared very late: what a transaction of many minutes wrote must have its place, too.
const LATE_EVERY: Duration = Duration::from_secs(300);

/// How much is told to a reader that does not listen.
const TOLD: usize = 64;

/// What the job that places facts tells the readers.
#[derive(Debug)]
pub struct Feed {
    /// The last place that was given, as far as this instance knows; readers wait for it to grow.
    seq: watch::Sender<i64>,
    /// The first of the facts that were placed so late that a reader's own looking back may not have met them.
    late: broadcast::Sender<Id>,
}

impl Default for Feed {
    fn default() -> Feed {
        Feed { seq: watch::Sender::new(0), late: broadcast::Sender::new(TOLD) }
    }
}

impl Feed {
    /// Waits until there is more than `seq`, or for `most`.
    pub async fn grown(&self, seq: i64, most: Duration) {
        let mut last = self.seq.subscribe();
        drop(tokio::time::timeout(most, last.wait_for(|last| *last > seq)).await);
    }

    /// Tells of facts that came late, from now on.
    pub fn late(&self) -> broadcast::Receiver<Id> {
        self.late.subscribe()
    }

    fn reached(&self, seq: i64) {
        self.seq.send_if_modified(|last| {
            let is_more = seq > *last;
            *last = seq.max(*last);
            is_more
        });
    }
}

/// Places facts for as long as the program runs, woken by news.
pub async fn keep(app: App) {
    let mut news = app.news.subscribe();
    let mut look = LookBack::at(&app.db);
    let mut late: Option<Instant> = None;
    loop {
        let began = Instant::now();
        if late.is_none_or(|at| began.duration_since(at) >= LATE_EVERY) {
            match place(&app, LATE).await {
                Ok(()) => late = Some(began),
                Err(error) => tracing::error!(%error, "facts that came late could not be put in order"),
            }
        }
        let reach = look.reach(began, None);
        match place(&app, reach).await {
            Ok(()) => look.done(began, reach),
            Err(error) => tracing::error!(%error, "facts could not be put in order"),
        }
        drop(tokio::time::timeout(SLEEP, news.recv()).await);
        // A burst is placed together.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Places what has no place yet, looking back from where the log was read last.
///
/// # Errors
/// When the database fails.
pub async fn place(app: &App, reach: i64) -> Result<(), Error> {
    let (seq, read) = app.db.read(|tx| async move { store::feed_end(&tx).await.map_err(Error::from) }).await?;
    app.feed.reached(seq);
    let (mut seq, mut read, mut after) = (seq, read, read - reach);
    loop {
        let found = app.db.read(move |tx| async move { store::unplaced(&tx, after, BATCH).await.map_err(Error::from) });
        let found = found.await?;
        let (Some(first), Some(last)) = (found.first().copied(), found.last().copied()) else { return Ok(()) };
        let (count, now_read) = (found.len(), read.max(last));
        let placed = app
            .db
            .write(move |tx| async move { store::place_facts(&tx, seq, now_read, &found).await.map_err(Error::from) });
        if !placed.await? {
            // Another instance does it: what it left is seen the next time.
            return Ok(());
        }
        if first < now_read - SURE {
            // That nobody listens is no trouble.
            let _ = app.feed.late.send(first);
        }
        (read, after) = (now_read, last);
        seq += i64::try_from(count).unwrap_or(0);
        app.feed.reached(seq);
        if count < BATCH {
            return Ok(());
        }
    }
}
