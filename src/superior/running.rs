//! The job: days that are over get their batches, batches go up one after the other, and administrators hear of what does not arrive.

use super::Known;
use super::batch::{self, Batch, State, after, due_days};
use super::making::make;
use super::sending::{self, Tried};
use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;
use crate::people::store::holding;
use jiff::ToSpan;
use jiff::civil::Date;
use std::time::Duration;

/// How long after its start the program looks for the first time.
const FIRST: Duration = Duration::from_secs(15);
/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(5);
/// For how long a batch that is being made is nobody else's, in milliseconds.
const MAKING: i64 = 30 * 60_000;
/// How long after a making that broke off it is begun again, in milliseconds.
const AGAIN: i64 = 5 * 60_000;
/// How many batches of one superior go up in one go.
const MOST: usize = 40;
const DAY: i64 = 86_400_000;

/// Delivers for as long as the program runs.
pub async fn work(app: App) {
    if app.superior.all.is_empty() {
        // Nobody is above this city; the job is there all the same.
        std::future::pending::<()>().await;
    }
    drop(tokio::time::timeout(FIRST, app.superior.wake.notified()).await);
    loop {
        if let Err(error) = round(&app).await {
            tracing::error!(%error, "superiors could not be served");
        }
        drop(tokio::time::timeout(EVERY, app.superior.wake.notified()).await);
    }
}

/// Does what is due for every superior, side by side: nobody waits for another's. Answers how many things moved.
///
/// # Errors
/// When the database or the store of files fails.
pub async fn round(app: &App) -> Result<usize, Error> {
    let done = futures_util::future::join_all(app.superior.all.iter().map(|known| with(app, known))).await;
    let mut moved = 0;
    for result in done {
        moved += result?;
    }
    Ok(moved)
}

async fn with(app: &App, known: &Known) -> Result<usize, Error> {
    Ok(plan(app, known).await? + make_all(app, known).await? + send_all(app, known).await?)
}

/// A batch that is wanted.
pub fn wanted(superior: &str, day: Date, revision: i64, by: Option<Id>, reason: &str, now: Moment) -> Batch {
    Batch { by, reason: reason.to_owned(), ..Batch::wanted(id::fresh(), superior, day, revision, now) }
}

/// Wants the batches of the days that are over and have none. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn plan(app: &App, known: &Known) -> Result<usize, Error> {
    let (superior, now) = (known.superior.clone(), app.clock.now());
    let here = now.zoned(&app.city.zone());
    let key = superior.key.clone();
    // Most looks find nothing to do, and reading keeps nobody waiting.
    let today = here.date();
    let begun = app.db.read(move |tx| async move { store::begun(&tx, &key).await }).await.map_err(Error::Db)?;
    let (last, first) = match begun {
        Some(found) => found,
        None => {
            let (key, first) = (superior.key.clone(), superior.from.unwrap_or(today));
            let written = app.db.write(move |tx| async move { store::begin(&tx, &key, first).await }).await;
            (None, written.map_err(|error: DbError| Error::Db(error))?)
        }
    };
    let first = superior.from.unwrap_or(first);
    let days = due_days(first, last, here.datetime(), superior.at);
    if days.is_empty() {
        return Ok(0);
    }
    let count = days.len();
    let before = today.saturating_sub(superior.kept_days.days());
    let written = app.db.write(move |tx| async move {
        for day in days {
            store::want(&tx, &wanted(&superior.key, day, 1, None, "", now)).await?;
        }
        store::forget_files(&tx, &superior.key, before).await
    });
    written.await.map_err(|error: DbError| Error::Db(error))?;
    Ok(count)
}

/// Makes what is wanted. Answers how many batches were made.
///
/// # Errors
/// When the database fails; what else goes wrong is written down with the batch.
pub async fn make_all(app: &App, known: &Known) -> Result<usize, Error> {
    let mut count = 0;
    while count < MOST {
        let (key, now) = (known.superior.key.clone(), app.clock.now());
        let found = app.db.read(move |tx| async move { store::first_wanted(&tx, &key, now).await }).await;
        let Some(batch) = found.map_err(|error: DbError| Error::Db(error))? else { break };
        if !make_one(app, known, batch).await? {
            break;
        }
        count += 1;
    }
    Ok(count)
}

async fn make_one(app: &App, known: &Known, mut batch: Batch) -> Result<bool, Error> {
    let (claimed, now) = (batch.clone(), app.clock.now());
    let taken = app
        .db
        .write(move |tx| async move { store::claim(&tx, &claimed, State::Wanted, now.plus(MAKING), now).await })
        .await;
    if !taken.map_err(|error: DbError| Error::Db(error))? {
        return Ok(false);
    }
    batch.version += 1;
    let made = make(app, &known.superior, &known.mapping, &batch).await;
    let (now, id, superior) = (app.clock.now(), batch.id, known.superior.clone());
    let written = app.db.write(move |tx| {
        let made = made.clone();
        async move {
            match made {
                Ok(made) => {
                    let is_kept = store::keep(&tx, &batch, &made, now).await?;
                    if is_kept && made.held > 0 && batch.revision != batch::PREVIEW {
                        let args = vec![("count", made.held.to_string())];
                        tell(&tx, &superior, &batch, "superior-held", args, now).await?;
                    }
                    Ok(is_kept)
                }
                Err(error) => {
                    tracing::error!(%error, superior = superior.key, day = %batch.day, "a batch could not be made");
                    store::not_made(&tx, &batch, &error.to_string(), now.plus(AGAIN)).await?;
                    Ok::<_, DbError>(false)
                }
            }
        }
    });
    let is_kept = written.await.map_err(Error::Db)?;
    app.tell(store::SUBJECT, id);
    Ok(is_kept)
}

/// Sends what waits, one batch after the other: none before the one before it is over. Answers how many moved.
///
/// # Errors
/// When the database or the store of files fails.
pub async fn send_all(app: &App, known: &Known) -> Result<usize, Error> {
    let mut count = 0;
    while count < MOST {
        let key = known.superior.key.clone();
        let found = app.db.read(move |tx| async move { store::front(&tx, &key).await }).await;
        let Some(batch) = found.map_err(|error: DbError| Error::Db(error))? else { break };
        remind(app, known, &batch).await?;
        let is_sent = matches!(batch.state, State::Waiting | State::Unsure | State::Delivered);
        if !is_sent || batch.next_at > app.clock.now() {
            break;
        }
        if !send_one(app, known, batch).await? {
            break;
        }
        count += 1;
    }
    Ok(count)
}

/// One try; true when the next batch may follow at once.
async fn send_one(app: &App, known: &Known, batch: Batch) -> Result<bool, Error> {
    let id = batch.id;
    let Some(tried) = sending::attempt(app, known, batch).await? else { return Ok(false) };
    let Tried { batch, outcome, refused } = tried;
    let (now, superior) = (app.clock.now(), known.superior.clone());
    let next = after(&batch, &outcome, batch.tries + 1, now);
    let is_over = next.state.is_over();
    let written = app.db.write(move |tx| {
        let (batch, outcome, refused) = (batch.clone(), outcome.clone(), refused.clone());
        async move {
            if !store::settle(&tx, &batch, &next, &outcome, now).await? {
                return Ok(());
            }
            // That nothing is there yet is no news.
            if !matches!(outcome, batch::Outcome::NotYet(_)) {
                store::note_try(&tx, batch.id, outcome.word(), &next.trouble, now).await?;
            }
            if matches!(next.state, State::Acknowledged | State::Partly | State::Refused) {
                store::keep_refused(&tx, batch.id, &refused).await?;
            }
            match next.state {
                State::Refused => {
                    let args = vec![("reason", next.trouble.clone())];
                    tell(&tx, &superior, &batch, "superior-refused", args, now).await
                }
                State::Partly => {
                    let batch::Outcome::Taken(count) = outcome else { return Ok(()) };
                    tell(&tx, &superior, &batch, "superior-rows", vec![("count", count.to_string())], now).await
                }
                _ => Ok::<_, DbError>(()),
            }
        }
    });
    written.await.map_err(Error::Db)?;
    app.tell(store::SUBJECT, id);
    Ok(is_over)
}

/// Tells the administrators of a batch that is not over although it was made days ago; once.
async fn remind(app: &App, known: &Known, batch: &Batch) -> Result<(), Error> {
    let now = app.clock.now();
    let since = batch.made_at.unwrap_or(batch.asked_at);
    let is_late = since.plus(known.superior.remind_days * DAY) <= now;
    if !is_late || known.reminded.swap(batch.id, std::sync::atomic::Ordering::AcqRel) == batch.id {
        return Ok(());
    }
    let (superior, batch) = (known.superior.clone(), batch.clone());
    let written = app.db.write(move |tx| async move {
        let args = vec![("days", superior.remind_days.to_string())];
        tell(&tx, &superior, &batch, "superior-waiting", args, now).await
    });
    written.await.map_err(|error: DbError| Error::Db(error))
}

async fn tell(
    tx: &Tx,
    superior: &super::settings::Superior,
    batch: &Batch,
    kind: &'static str,
    mut args: Vec<(&'static str, String)>,
    now: Moment,
) -> Result<(), DbError> {
    args.push(("superior", superior.name.clone()));
    args.push(("day", batch.day.to_string()));
    let people: Vec<Id> = holding(tx, &[Post::SystemAdmin]).await?.iter().map(|one| one.account).collect();
    let notice = Notice {
        to: 0,
        kind,
        args,
        link: format!("/superiors/{}/batches/{}", superior.key, batch.id),
        urgency: Urgency::Ordinary,
        once: format!("{kind}-{}", batch.id),
    };
    notices::store::send_all(tx, &people, &notice, now).await
}
