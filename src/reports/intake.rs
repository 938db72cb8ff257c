//! Where reports come in: those that arrive while others are being written go into the next transaction together, a few
//! statements for all of them. One that comes alone waits for nobody, and none is answered before it is on the disk.

use super::report::Report;
use super::store;
use super::submit::Also;
use crate::files::TakenIn;
use crate::files::store as photos;
use crate::kit::behind::{Patience, awaited};
use crate::kit::db::{AgainError, Db, DbError, Trouble, Tx};
use crate::kit::id::Id;
use crate::places::place::Suggested;
use crate::suggestions;
use crate::suggestions::suggestion::Suggestion;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How many reports one transaction takes.
const TOGETHER: usize = 64;
/// How many transactions run at the same time: one is on its way to the disk while the next is written.
const AT_ONCE: usize = 2;

/// A report with all that is kept with it.
#[derive(Clone)]
pub struct Coming {
    /// The report.
    pub report: Report,
    /// Its photos, put away.
    pub photos: Vec<TakenIn>,
    /// Who of the staff sent it.
    pub author: Option<Id>,
    /// How its place was suggested, of one that was taken.
    pub place_suggestion: Option<Suggested>,
    /// What its words were taken to be about.
    pub suggestion: Suggestion,
    /// What another room keeps of it.
    pub also: Option<Also>,
    /// Whether photos of it waited with a form.
    pub has_waited: bool,
}

/// What came of a report.
#[derive(Debug)]
pub struct Taken {
    /// The tracking code that its key belongs to.
    pub code: String,
    /// Whether it is new: the same key never makes two.
    pub is_new: bool,
    /// Photos that waited with its form and are of no use any more.
    pub waited: Vec<TakenIn>,
}

type Asker = oneshot::Sender<Result<Taken, DbError>>;

#[derive(Default)]
struct Queue {
    waiting: Vec<(Arc<Coming>, Asker)>,
    /// How many transactions run.
    running: usize,
}

/// The reports that wait for their transaction.
#[derive(Clone, Default)]
pub struct Intake(Arc<Mutex<Queue>>);

impl Intake {
    /// Keeps a report; it is on the disk when this returns.
    ///
    /// # Errors
    /// When the database fails; a report that fails does not take others with it.
    pub async fn take(&self, db: &Db, coming: Coming) -> Result<Taken, DbError> {
        let (asker, answer) = oneshot::channel();
        let is_to_run = {
            let mut queue = self.queue();
            queue.waiting.push((Arc::new(coming), asker));
            let is_to_run = queue.running < AT_ONCE;
            queue.running += usize::from(is_to_run);
            is_to_run
        };
        let patience = Patience::here();
        if is_to_run {
            let (intake, db) = (self.clone(), db.clone());
            // A task of its own: whoever gives up waiting must not take the others' transaction with them.
            drop(tokio::spawn(async move { intake.run(&db, patience.most).await }));
        }
        match patience.wait(answer).await {
            Some(answer) => answer.map_err(|_| DbError::Engine("a report's transaction was dropped".into()))?,
            // Those before it hang; it is kept when its turn comes, and the same key makes no second one.
            None => {
                Patience::ended(true);
                Err(DbError::Trouble(Trouble::Away, "a report's turn to be written did not come in time".into()))
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what waits; somebody waits for each transaction, and no longer than `most`.
    async fn run(&self, db: &Db, most: Option<Duration>) {
        let mut turn = Turn { intake: self, is_over: false };
        while let Some(mut batch) = turn.next() {
            // Two transactions with the same keys wait for each other; in one order they never do so in a circle.
            batch.sort_by(|a, b| a.0.report.key.cmp(&b.0.report.key));
            let (coming, askers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            match awaited(most, together(db, &coming)).await {
                Ok(taken) => answer(askers, taken.into_iter().map(Ok)),
                // The database is away, or there was but one: all hear the same.
                Err(error) if coming.len() == 1 || error.trouble().is_some() => {
                    answer(askers, std::iter::repeat_with(|| Err(error.clone())));
                }
                Err(_) => {
                    for (coming, asker) in coming.into_iter().zip(askers) {
                        let alone = awaited(most, together(db, &[coming])).await;
                        let alone = alone.and_then(|taken| taken.into_iter().next().ok_or(DbError::Stale));
                        drop(asker.send(alone));
                    }
                }
            }
        }
    }
}

/// One of those who run transactions. However it ends, another may run then.
struct Turn<'a> {
    intake: &'a Intake,
    is_over: bool,
}

impl Turn<'_> {
    /// The reports that are to go together; none: the turn is over, and was so before anything else could wait.
    fn next(&mut self) -> Option<Vec<(Arc<Coming>, Asker)>> {
        let mut queue = self.intake.queue();
        if queue.waiting.is_empty() {
            queue.running -= 1;
            self.is_over = true;
            return None;
        }
        let count = queue.waiting.len().min(TOGETHER);
        Some(queue.waiting.drain(..count).collect())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.intake.queue().running -= 1;
        }
    }
}

/// Tells each what came of it. Whoever hung up need not hear it; the report stands either way.
fn answer(askers: Vec<Asker>, taken: impl Iterator<Item = Result<Taken, DbError>>) {
    for (asker, taken) in askers.into_iter().zip(taken) {
        drop(asker.send(taken));
    }
}

async fn together(db: &Db, coming: &[Arc<Coming>]) -> Result<Vec<Taken>, DbError> {
    let coming = coming.to_vec();
    db.write(move |tx| async move { keep(&tx, &coming).await }).await
}

async fn keep(tx: &Tx, coming: &[Arc<Coming>]) -> Result<Vec<Taken>, DbError> {
    let new = coming.iter().map(|coming| store::New {
        report: &coming.report,
        photos: &coming.photos,
        kind: "submitted",
        author: coming.author,
    });
    let kept = store::append(tx, &new.collect::<Vec<_>>()).await?;
    let is_new = |number: &usize| kept[*number].1;
    let suggested = (0..coming.len()).filter(is_new).map(|number| &coming[number].suggestion).collect::<Vec<_>>();
    suggestions::store::keep(tx, &suggested).await?;
    let mut taken = Vec::with_capacity(coming.len());
    for (coming, (code, is_new)) in coming.iter().zip(kept) {
        let (report, now) = (&coming.report, coming.report.received_at);
        if let Some(suggestion) = coming.place_suggestion.as_ref().filter(|_| is_new) {
            let body = serde_json::json!({ "suggested": suggestion });
            store::record(tx, report.id, "place_suggested", false, coming.author, now, body).await?;
        }
        if let Some(also) = coming.also.as_ref().filter(|_| is_new) {
            also(tx.clone(), report.id).await?;
        }
        let waited = match coming.has_waited {
            true => photos::forget_waiting(tx, &report.key).await?,
            false => Vec::new(),
        };
        taken.push(Taken { code, is_new, waited });
    }
    Ok(taken)
}
