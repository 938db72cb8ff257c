//! Learning from what the desk filed. A fifth of the texts, always the same by their words, is learnt by no model: on it the new one
//! and the present one are compared, and only one that is not worse is used.

use super::reader::{self, Reader, Vocabulary};
use super::store::{self, New};
use super::suggestion::{self, Found, Guess, LearningState, Settings};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use std::sync::Arc;
use understanding::words::model::Model;
use understanding::words::training;

/// How many cases are read at once.
const PAGE: usize = 500;
/// The mean length of a month in milliseconds.
const MONTH: i64 = 2_629_746_000;
/// A text of fewer letters says nothing to learn from.
const LEAST_LETTERS: usize = 2;

/// What came of learning.
#[derive(Debug)]
pub struct Learnt {
    /// Whether the new model is to be used.
    pub state: LearningState,
    /// From how many texts was learnt, or how many there were when they were too few.
    pub texts: i64,
    /// How both did.
    pub found: Found,
    /// The new model, when there is one.
    pub new: Option<New>,
}

/// A text and the key of its sub-class.
pub type Text = (String, String);

/// Learns anew and compares with the version `present`.
///
/// # Errors
/// When the database fails, or the thread that learns breaks off.
pub async fn learn(app: &App, present: &str) -> Result<Learnt, Error> {
    let texts = sorted(app).await?;
    let held = &app.suggestions;
    // The one in memory may be younger or older than the one to be compared with.
    let before = if held.reader().version() == present {
        held.reader()
    } else {
        let wanted = present.to_owned();
        let bytes = app.db.read(move |tx| async move { store::bytes(&tx, &wanted).await }).await;
        let bytes = bytes.map_err(|error: DbError| Error::Db(error))?;
        let model = bytes.and_then(|bytes| Model::read(&bytes).ok());
        Arc::new(Reader::new(Arc::clone(&held.vocabulary), model))
    };
    let (vocabulary, settings, now) = (Arc::clone(&held.vocabulary), held.settings, app.clock.now());
    let learnt = tokio::task::spawn_blocking(move || taught(&texts, &vocabulary, &before, &settings, now));
    learnt.await.map_err(|error| Error::Internal(format!("learning: {error}")))
}

/// The texts that the desk has sorted in the last months, the latest first, as many as the city allows.
async fn sorted(app: &App) -> Result<Vec<Text>, Error> {
    let settings = app.suggestions.settings;
    let code_set = app.catalog.in_force().map(|set| set.key.clone()).unwrap_or_default();
    let now = app.clock.now();
    let from = now.plus(-settings.months * MONTH);
    let (mut place, mut texts): ((Moment, Id), Vec<Text>) = ((now, Id::MAX), Vec::new());
    while texts.len() < settings.most_texts {
        let set = code_set.clone();
        let page = app.db.read(move |tx| async move { store::sorted(&tx, from, place, &set, PAGE).await }).await;
        let page = page.map_err(|error: DbError| Error::Db(error))?;
        let Some(last) = page.last() else { break };
        place = last.at;
        let says = |words: &str| words.chars().filter(|sign| sign.is_alphanumeric()).count() >= LEAST_LETTERS;
        texts.extend(page.into_iter().filter(|one| says(&one.words)).map(|one| (one.words, one.key)));
        // Others come first.
        tokio::task::yield_now().await;
    }
    texts.truncate(settings.most_texts);
    Ok(texts)
}

/// Learns from four fifths of the texts and judges on the others, beside what was there before.
pub fn taught(
    texts: &[Text],
    vocabulary: &Arc<Vocabulary>,
    before: &Reader,
    settings: &Settings,
    now: Moment,
) -> Learnt {
    let few = |state| Learnt {
        state,
        texts: i64::try_from(texts.len()).unwrap_or(i64::MAX),
        found: Found::default(),
        new: None,
    };
    if texts.len() < settings.least_texts {
        return few(LearningState::TooFew);
    }
    let (kept, lessons): (Vec<Text>, Vec<Text>) =
        texts.iter().cloned().partition(|(words, _)| suggestion::is_kept_out(reader::group(words)));
    let how = training::Settings {
        made_from: format!("cases of {} months, {}", settings.months, vocabulary.version()),
        made_at: now.0,
        ..training::Settings::default()
    };
    let Ok(model) = reader::teach(&lessons, vocabulary, &how) else { return few(LearningState::TooFew) };
    if kept.is_empty() {
        return few(LearningState::TooFew);
    }
    let (version, bytes) = (model.version().to_owned(), model.write());
    let after = Reader::new(Arc::clone(vocabulary), Some(model));
    let answers = |reader: &Reader| -> Vec<(String, Vec<Guess>)> {
        kept.iter().map(|(words, key)| (key.clone(), reader.guesses(words))).collect()
    };
    let new = suggestion::judge(&answers(&after));
    let present = suggestion::judge(&answers(before));
    let state = match suggestion::may_follow(&new, &present, settings) {
        true => LearningState::Taken,
        false => LearningState::Worse,
    };
    let texts = i64::try_from(lessons.len()).unwrap_or(i64::MAX);
    let learnt = New { version, bytes, texts, figures: new.clone() };
    Learnt { state, texts, found: Found { new: Some(new), present: Some(present), took: 0 }, new: Some(learnt) }
}
