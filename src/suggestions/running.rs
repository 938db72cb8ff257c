//! What reads is held in memory and replaced whole, on every program that serves the city. Learning is asked for, waits for its
//! turn, and is done beside everybody's work, one at a time in the whole city.

use super::learning;
use super::reader::{Reader, Vocabulary};
use super::store;
use super::suggestion::{self, Learning, LearningState, Settings};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Notify;
use understanding::words::model::Model;

/// How often it is looked whether something is to be done, or was done elsewhere, when nobody calls.
const LOOK: Duration = Duration::from_secs(30);
/// A learning that has not ended for so long belongs to a program that is no more, in milliseconds.
const GIVEN_UP: i64 = 2 * 3_600_000;

/// What the room keeps in memory.
pub struct Held {
    /// The city's own numbers.
    pub settings: Settings,
    /// The words of the catalog.
    pub vocabulary: Arc<Vocabulary>,
    reader: RwLock<Arc<Reader>>,
    wake: Notify,
}

impl Held {
    /// With the model in use, or else by the catalog's words alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(db: &Db, vocabulary: Vocabulary, settings: Settings) -> Result<Held, Error> {
        let vocabulary = Arc::new(vocabulary);
        let reader = RwLock::new(Arc::new(read(db, &vocabulary).await?));
        Ok(Held { settings, vocabulary, reader, wake: Notify::new() })
    }

    /// What reads now.
    pub fn reader(&self) -> Arc<Reader> {
        Arc::clone(&self.reader.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, reader: Reader) {
        *self.reader.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(reader);
    }
}

/// The reader of the model in use. A model that this program cannot read is left alone: then the words of the catalog do.
async fn read(db: &Db, vocabulary: &Arc<Vocabulary>) -> Result<Reader, Error> {
    let bytes = db.read(|tx| async move {
        match store::current(&tx).await? {
            Some(version) => store::bytes(&tx, &version).await,
            None => Ok(None),
        }
    });
    let bytes = bytes.await.map_err(|error: DbError| Error::Db(error))?;
    let model = bytes.and_then(|bytes| match Model::read(&bytes) {
        Ok(model) => Some(model),
        Err(error) => {
            tracing::error!(%error, "the model in use cannot be read; the words of the catalog do instead");
            None
        }
    });
    Ok(Reader::new(Arc::clone(vocabulary), model))
}

/// Takes over the version that is in use, if it is another than the one in memory; answers whether it was.
///
/// # Errors
/// When the database fails.
pub async fn refresh(app: &App) -> Result<bool, Error> {
    let current = app.db.read(|tx| async move { store::current(&tx).await }).await;
    let current = current.map_err(|error: DbError| Error::Db(error))?;
    let wanted = current.unwrap_or_else(|| app.suggestions.vocabulary.version().to_owned());
    if wanted == app.suggestions.reader().version() {
        return Ok(false);
    }
    let reader = read(&app.db, &app.suggestions.vocabulary).await?;
    let is_another = reader.version() != app.suggestions.reader().version();
    app.suggestions.replace(reader);
    Ok(is_another)
}

/// Learns and takes over for as long as the program runs.
pub async fn work(app: App) {
    loop {
        if let Err(error) = turn(&app).await {
            tracing::warn!(%error, "nothing can be learnt now");
        }
        drop(tokio::time::timeout(LOOK, app.suggestions.wake.notified()).await);
    }
}

async fn turn(app: &App) -> Result<(), Error> {
    ask_for_the_night(app).await?;
    while work_once(app).await? {}
    refresh(app).await.map(drop)
}

/// Asks for a learning, by hand. One that waits already is enough.
///
/// # Errors
/// When the database fails.
pub async fn ask(app: &App, by: Option<Id>) -> Result<(), Error> {
    let one = Learning::ask(id::fresh(), None, by, app.clock.now());
    let asked = app.db.write(move |tx| async move {
        let open = store::open(&tx).await?;
        if !open.iter().any(|one| one.state == LearningState::Queued) {
            store::ask(&tx, &one).await?;
            store::record(&tx, "learning_asked", one.id, one.asked_by, one.asked_at, serde_json::json!({})).await?;
        }
        Ok::<_, DbError>(())
    });
    asked.await.map_err(Error::Db)?;
    app.suggestions.wake.notify_one();
    Ok(())
}

/// Asks for what is due this night, once in the whole city; answers whether it did.
///
/// # Errors
/// When the database fails.
pub async fn ask_for_the_night(app: &App) -> Result<bool, Error> {
    let now = app.clock.now();
    let Some(night) = suggestion::night(now.zoned(&app.city.zone()).datetime(), &app.suggestions.settings) else {
        return Ok(false);
    };
    let one = Learning::ask(id::fresh(), Some(night), None, now);
    let name = one.night.clone().unwrap_or_default();
    let is_known = app.db.read(move |tx| async move { store::has_night(&tx, &name).await }).await;
    if is_known.map_err(|error: DbError| Error::Db(error))? {
        return Ok(false);
    }
    app.db.write(move |tx| async move { store::ask(&tx, &one).await }).await.map_err(Error::Db)
}

/// Does the learning that waits longest, unless one is under way; answers whether one was done.
///
/// # Errors
/// When the database fails.
pub async fn work_once(app: &App) -> Result<bool, Error> {
    let Some(mut one) = take(app).await? else { return Ok(false) };
    let began = tokio::time::Instant::now();
    let learnt = learning::learn(app, &one.present).await;
    let mut new = None;
    match learnt {
        Ok(learnt) => {
            (one.state, one.texts) = (learnt.state, learnt.texts);
            one.found = learnt.found;
            one.version = learnt.new.as_ref().map(|new| new.version.clone()).unwrap_or_default();
            new = learnt.new;
        }
        Err(error) => {
            tracing::error!(%error, "learning broke off");
            one.state = LearningState::Failed;
        }
    }
    one.found.took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    one.ended_at = Some(app.clock.now());
    let (kept, words) = (app.suggestions.settings.kept_models, app.suggestions.vocabulary.version().to_owned());
    let mut ended = one.clone();
    let saved = app.db.write(move |tx| async move {
        let now = ended.ended_at.unwrap_or_default();
        // Whoever chose another version meanwhile is not overruled.
        if let Some(new) = &new
            && ended.state == LearningState::Taken
        {
            store::add(&tx, new, now).await?;
            let present = (ended.present != words).then_some(ended.present.as_str());
            if store::make_current(&tx, present, Some(&new.version), now).await? {
                let body = serde_json::json!({ "version": &new.version, "before": &ended.present });
                store::record(&tx, "model_taken", ended.id, ended.asked_by, now, body).await?;
                store::forget(&tx, kept).await?;
            } else {
                ended.state = LearningState::Overtaken;
            }
        }
        store::save(&tx, &ended, LearningState::Running).await?;
        Ok::<_, DbError>(())
    });
    saved.await.map_err(Error::Db)?;
    tracing::info!(state = one.state.word(), texts = one.texts, version = one.version, "learning ended");
    refresh(app).await?;
    app.tell("suggestions", one.id);
    Ok(true)
}

/// Takes the learning that waits longest; what another program left behind is given up, and one that is under way is waited for.
async fn take(app: &App) -> Result<Option<Learning>, Error> {
    let now = app.clock.now();
    let words = app.suggestions.vocabulary.version().to_owned();
    let open = app.db.read(|tx| async move { store::open(&tx).await }).await;
    if open.map_err(|error: DbError| Error::Db(error))?.is_empty() {
        return Ok(None);
    }
    let taken = app.db.write(move |tx| async move {
        let mut next = None;
        for mut one in store::open(&tx).await? {
            let is_left = one.begun_at.is_some_and(|at: Moment| now.0 - at.0 > GIVEN_UP);
            match one.state {
                LearningState::Running if is_left => {
                    (one.state, one.ended_at) = (LearningState::Failed, Some(now));
                    store::save(&tx, &one, LearningState::Running).await?;
                }
                LearningState::Running => return Ok(None),
                _ => next = next.or(Some(one)),
            }
        }
        let Some(mut one) = next else { return Ok(None) };
        (one.state, one.begun_at) = (LearningState::Running, Some(now));
        one.present = store::current(&tx).await?.unwrap_or(words);
        Ok::<_, DbError>(store::save(&tx, &one, LearningState::Queued).await?.then_some(one))
    });
    taken.await.map_err(Error::Db)
}
