//! The program looks at itself once a minute and keeps by day what it found.

use super::announcement::{Announcement, Part};
use super::{machines, measuring, store};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60);
/// How long the database may take.
const DATABASE_WITHIN: Duration = Duration::from_secs(5);
/// How long notices whose time has come may wait before telling people counts as not working, in seconds.
const NOTICES_LATE: f64 = 900.0;
/// How many days of looks are kept: those that the page shows, and one more.
const KEPT_DAYS: i32 = 91;
/// So many announcements are kept at hand.
pub const MOST: usize = 50;
/// So long after its end an announcement still stands on the page, in milliseconds.
pub const STANDS: i64 = 90 * 24 * 3_600_000;

/// What the last look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Moment,
    /// Which parts worked.
    pub parts: Vec<(Part, bool)>,
}

/// What the room keeps at hand between two looks.
#[derive(Debug, Default)]
pub struct Kept {
    last: Mutex<Option<Look>>,
    /// Looks that are not written down yet, because the database was away.
    unwritten: Mutex<BTreeMap<(Part, Date), (u32, u32)>>,
    announced: RwLock<Arc<Vec<Announcement>>>,
}

impl Kept {
    /// What the last look found.
    pub fn last(&self) -> Option<Look> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is announced, as last read.
    pub fn announced(&self) -> Arc<Vec<Announcement>> {
        Arc::clone(&self.announced.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, look: &Look, day: Date) {
        let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        for (part, is_good) in &look.parts {
            let (good, bad) = unwritten.entry((*part, day)).or_default();
            *(if *is_good { good } else { bad }) += 1;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(look.clone());
    }
}

/// Looks for as long as the program runs.
pub async fn work(app: App) {
    loop {
        if let Err(error) = read_announced(&app).await {
            tracing::warn!(%error, "what is announced could not be read");
        }
        tokio::time::sleep(EVERY).await;
        if let Err(error) = look_once(&app).await {
            tracing::warn!(%error, "what a look found could not be written down yet");
        }
    }
}

/// Looks once and writes down what was found; what cannot be written is written with the next.
///
/// # Errors
/// When the database fails.
pub async fn look_once(app: &App) -> Result<Look, Error> {
    let look = look(app).await;
    let day = app.clock.now().zoned(&app.city.zone()).date();
    app.status.kept.note(&look, day);
    let waiting = std::mem::take(&mut *app.status.kept.unwritten.lock().unwrap_or_else(PoisonError::into_inner));
    let days: Vec<store::Day> = waiting.iter().map(|((part, day), (good, bad))| (*part, *day, *good, *bad)).collect();
    let before = day.saturating_sub(jiff::Span::new().days(KEPT_DAYS));
    let written = app.db.write(move |tx| async move {
        store::add_looks(&tx, &days).await?;
        store::forget_days(&tx, before).await
    });
    if let Err(error) = written.await {
        let error: DbError = error;
        let mut unwritten = app.status.kept.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, (good, bad)) in waiting {
            let kept = unwritten.entry(key).or_default();
            *kept = (kept.0 + good, kept.1 + bad);
        }
        return Err(error.into());
    }
    Ok(look)
}

/// Looks, and writes nothing.
pub async fn look(app: &App) -> Look {
    let measured = tokio::time::timeout(DATABASE_WITHIN, measuring::gathered(app)).await;
    let measured = measured.ok().and_then(Result::ok);
    let answers = app.db.read(|tx| async move { store::answers(&tx).await });
    let is_database = matches!(tokio::time::timeout(DATABASE_WITHIN, answers).await, Ok(Ok(())));
    let broken = app.broken_jobs();
    let are_sent = measured.is_some_and(|found| found.waiting.iter().all(|(_, _, oldest)| *oldest < NOTICES_LATE));
    let works = |part: Part| match part {
        Part::Reports => is_database && !broken.contains(&"cases"),
        Part::Photos => true,
        Part::Notices => are_sent && !broken.contains(&"notices"),
        Part::Map => is_database && !app.grid().cells().is_empty(),
        Part::Open311 => is_database && !app.open311.city.services.is_empty(),
    };
    let files = machines::are_files_kept(app).await;
    let parts =
        Part::ALL.iter().map(|part| (*part, if *part == Part::Photos { files } else { works(*part) })).collect();
    Look { at: app.clock.now(), parts }
}

/// Reads what is announced, for the bar on every page.
///
/// # Errors
/// When the database fails; what was known stays.
pub async fn read_announced(app: &App) -> Result<(), Error> {
    let since = app.clock.now().plus(-STANDS);
    let found = app.db.read(move |tx| async move { store::announcements(&tx, since, MOST).await }).await;
    let found = found.map_err(|error: DbError| Error::Db(error))?;
    *app.status.kept.announced.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
    Ok(())
}
