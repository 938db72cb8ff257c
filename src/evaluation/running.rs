//! Countings are asked for, wait for their turn, and are done one after another beside everybody's work. The current month
//! is counted anew by itself, and so is the last one until it is frozen.

use super::counting;
use super::definitions::Definitions;
use super::period::Period;
use super::run::{self, Purpose, Run, RunState};
use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long after its start the program begins to count by itself.
const FIRST: Duration = Duration::from_secs(60);
/// How often the queue is looked at when nobody calls.
const LOOK: Duration = Duration::from_secs(20);
/// A counting that has not moved for so long belongs to a program that is no more.
const GIVEN_UP: i64 = 2 * 3_600_000;
/// No more than a twentieth of the time is spent on counting by itself.
const SHARE: i64 = 20;
/// How many runs of days are removed at once.
const REMOVED: usize = 20;
/// The most differences that a check keeps.
const MOST_DIFFERENCES: usize = 200;

/// What the room keeps in memory.
#[derive(Default)]
pub struct Held {
    /// The definitions in force.
    pub definitions: Arc<Definitions>,
    /// Those of other versions, as they were asked for.
    old: Mutex<HashMap<String, Arc<Definitions>>>,
    /// Wakes whoever counts.
    wake: Notify,
    /// How things stand, as the leaders' page last saw it.
    pub situation: crate::kit::kept::Kept<super::situation::Situation>,
    /// What the city sets.
    pub settings: super::Settings,
}

impl Held {
    /// With these definitions and settings.
    pub fn new(definitions: Definitions, settings: super::Settings) -> Held {
        Held { definitions: Arc::new(definitions), settings, ..Held::default() }
    }
}

/// The definitions of a version: those in force, or those that were kept with older results.
///
/// # Errors
/// [`Error::NotFound`] when they were never kept; when the database fails.
pub async fn definitions(app: &App, version: &str) -> Result<Arc<Definitions>, Error> {
    let held = &app.evaluation;
    if version == held.definitions.version {
        return Ok(Arc::clone(&held.definitions));
    }
    if let Some(found) = held.old.lock().unwrap_or_else(PoisonError::into_inner).get(version) {
        return Ok(Arc::clone(found));
    }
    let wanted = version.to_owned();
    let files = app.db.read(move |tx| async move { store::definitions(&tx, &wanted).await }).await?;
    let read = Definitions::load(&files).map_err(|problems| {
        let told = crate::catalog::problem::told(&problems, &app.pages.words);
        Error::Internal(format!("the definitions of version {version} that were kept cannot be read: {told}"))
    })?;
    let read = Arc::new(read);
    let mut old = held.old.lock().unwrap_or_else(PoisonError::into_inner);
    old.insert(version.to_owned(), Arc::clone(&read));
    Ok(read)
}

/// Asks for a counting; one that waits already is not asked for twice. Answers it.
///
/// # Errors
/// When the database fails.
pub async fn ask(app: &App, period: Period, purpose: Purpose, by: Option<Id>) -> Result<Run, Error> {
    let run = Run::ask(id::fresh(), period, purpose, app.evaluation.definitions.version.clone(), by, app.clock.now());
    let asked = app
        .db
        .write(move |tx| async move {
            let open = store::open_runs(&tx).await?;
            let waits = |one: &&Run| one.period == period && one.purpose == purpose && one.state == RunState::Queued;
            if let Some(found) = open.iter().find(waits) {
                return Ok(found.clone());
            }
            store::add_run(&tx, &run).await?;
            Ok::<_, DbError>(run)
        })
        .await?;
    app.evaluation.wake.notify_one();
    Ok(asked)
}

/// Counts for as long as the program runs.
pub async fn work(app: App) {
    let begun = Instant::now();
    loop {
        loop {
            match work_once(&app).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "a period could not be counted");
                    break;
                }
            }
        }
        if begun.elapsed() >= FIRST {
            if let Err(error) = ask_by_itself(&app).await {
                tracing::warn!(%error, "the month could not be counted by itself");
            }
            if let Err(error) = forget(&app).await {
                tracing::warn!(%error, "old countings could not be removed");
            }
        }
        drop(tokio::time::timeout(LOOK, app.evaluation.wake.notified()).await);
    }
}

/// Removes countings of days from one to another that nobody has asked for of late; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget(app: &App) -> Result<usize, Error> {
    let before = app.clock.now().plus(-app.evaluation.settings.kept);
    let old =
        app.db.read(move |tx| async move { store::old_days(&tx, before, REMOVED).await }).await.map_err(Error::Db)?;
    let found = old.len();
    if found > 0 {
        app.db.write(move |tx| async move { store::clear_days(&tx, &old).await }).await.map_err(Error::Db)?;
    }
    Ok(found)
}

/// Asks for what is due: the current month, and the last one until it is frozen.
async fn ask_by_itself(app: &App) -> Result<(), Error> {
    let every = app.evaluation.settings.every;
    if every == 0 {
        return Ok(());
    }
    let now = app.clock.now();
    let month = Period::month_of(now.zoned(&app.city.zone()).date());
    for (period, every) in [(month, every), (month.before(), every * 6)] {
        let (last, frozen) = app
            .db
            .read(move |tx| async move {
                let last = store::last_run(&tx, period, Purpose::Results).await?;
                Ok::<_, DbError>((last, store::find_frozen(&tx, period).await?))
            })
            .await?;
        let is_fresh = last.is_some_and(|run| {
            let age = now.0 - run.asked_at.0;
            !matches!(run.state, RunState::Failed) && age < every.max(run.took * SHARE)
        });
        if frozen.is_none() && !is_fresh {
            ask(app, period, Purpose::Results, None).await?;
        }
    }
    Ok(())
}

/// Does the counting that waits longest; false when none waits.
///
/// # Errors
/// When the database fails; the run then says so.
pub async fn work_once(app: &App) -> Result<bool, Error> {
    let Some(mut run) = take(app).await? else { return Ok(false) };
    let began = Instant::now();
    let done = do_run(app, &mut run).await;
    run.took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    run.finished_at = Some(app.clock.now());
    run.state = match &done {
        Ok(()) => RunState::Done,
        Err(error) => {
            tracing::error!(%error, period = run.period.text(), "a counting broke off");
            run.found = error.to_string();
            RunState::Failed
        }
    };
    let ended = run.clone();
    let is_broken = done.is_err();
    app.db
        .write(move |tx| async move {
            store::take_turn(&tx, ended.period).await?;
            // Somebody may have given it up for lost meanwhile: then it has no results, and those of others stay.
            let is_saved = store::save_run(&tx, &ended, RunState::Running).await?;
            if is_broken || !is_saved {
                store::clear_own(&tx, ended.id).await?;
            } else {
                store::clear_others(&tx, &ended).await?;
            }
            Ok::<_, DbError>(())
        })
        .await?;
    app.tell("evaluation", run.id);
    Ok(true)
}

/// Takes the run that waits longest; what another program left behind is given up.
async fn take(app: &App) -> Result<Option<Run>, Error> {
    let (held, zone) = (app.clone(), app.city.zone());
    app.db
        .write(move |tx| async move {
            // Read when it is its turn: whoever waited for the database has not begun in the past.
            let now = held.clock.now();
            for mut left in store::open_runs(&tx).await? {
                if left.state == RunState::Running && left.begun_at.is_some_and(|at| now.0 - at.0 > GIVEN_UP) {
                    left.state = RunState::Failed;
                    if store::save_run(&tx, &left, RunState::Running).await? {
                        store::clear_own(&tx, left.id).await?;
                    }
                }
            }
            let Some(mut run) = store::next_run(&tx).await? else { return Ok(None) };
            let (start, end) = run.period.bounds(&zone);
            run.state = RunState::Running;
            run.begun_at = Some(now);
            run.until = Moment(end.0.min(now.0).max(start.0));
            run.known = now;
            run.all_days = (run.until.0 - start.0 + 86_399_999) / 86_400_000;
            if run.purpose == Purpose::Check
                && let Some(frozen) = store::find_frozen(&tx, run.period).await?
            {
                // As it was known when it was counted.
                let kept = store::load_run(&tx, frozen.run).await.map_err(|error| DbError::Row(error.to_string()))?;
                (run.until, run.known, run.version) = (kept.until, kept.known, kept.version);
            }
            Ok::<_, DbError>(store::save_run(&tx, &run, RunState::Queued).await?.then_some(run))
        })
        .await
        .map_err(Error::Db)
}

async fn do_run(app: &App, run: &mut Run) -> Result<(), Error> {
    if run.purpose == Purpose::Results {
        run.version.clone_from(&app.evaluation.definitions.version);
    }
    let definitions = definitions(app, &run.version).await?;
    let (kept, now) = (Arc::clone(&definitions), app.clock.now());
    app.db.write(move |tx| async move { store::keep_definitions(&tx, &kept, now).await }).await.map_err(Error::Db)?;
    let counted = counting::count(app, definitions, run).await?;
    run.done_days = run.all_days;
    run.digest.clone_from(&counted.digest);
    match run.purpose {
        Purpose::Results => counting::keep(app, run.id, &counted).await,
        Purpose::Check => {
            let period = run.period;
            let frozen = app
                .db
                .read(move |tx| async move {
                    let Some(frozen) = store::find_frozen(&tx, period).await? else { return Ok(Vec::new()) };
                    store::all_results(&tx, frozen.run).await
                })
                .await
                .map_err(|error: DbError| Error::Db(error))?;
            let (now, version, digest) = (counted.lines(), run.version.clone(), counted.digest.clone());
            // A large city has many objects: nobody waits for the comparison.
            let compared = tokio::task::spawn_blocking(move || {
                let frozen = counting::lines(&frozen);
                if run::digest(period, &version, &frozen) == digest {
                    return Vec::new();
                }
                run::differences(&frozen, &now, MOST_DIFFERENCES)
            });
            let found = compared.await.map_err(|error| Error::Internal(error.to_string()))?;
            run.found = serde_json::to_string(&found).map_err(|error| Error::Internal(error.to_string()))?;
            Ok(())
        }
    }
}
