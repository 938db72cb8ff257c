//! 疑似重复: reports that may be about the same thing. A citizen is offered them before posting, the desk reads them beside the
//! case, each with its reasons; what to do about it is a person's to say. Lends out [`seek`], and [`store::mark_again`] for
//! whoever learns that a report lies elsewhere.

pub mod offering;
pub mod seconding;
pub mod settings;
pub mod store;
pub mod twin;

use crate::app::App;
use crate::files::prints;
use crate::grid::cells::Grid;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::rounds::{self, Round};
use crate::kit::sources::Sources;
use settings::Settings;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use store::Due;
use twin::{Candidate, Content, Sought, Spot, Twin, nearest, ranked};
use understanding::photos::print::Prints;
use understanding::repeats::likeness::{Fillers, Rareness};

/// So many reports are looked after before others may.
const BATCH: usize = 16;
/// From so many of the newest reports it is learnt which words are rare …
const LEARNT: usize = 4_000;
/// … and learnt anew so often.
const AGAIN: Duration = Duration::from_secs(3_600);
/// So many reports that are over for long are forgotten at a time.
const SWEPT: usize = 500;
/// The photos of so many candidates are compared.
const WITH_PRINTS: usize = 20;

/// What the program holds about twins.
pub struct Held {
    /// The city's own numbers.
    pub settings: Settings,
    fillers: Fillers,
    learnt: RwLock<Learnt>,
}

/// Which words are rare, and since when that is known.
#[derive(Default)]
struct Learnt {
    rareness: Arc<Rareness>,
    at: Option<Instant>,
}

impl Held {
    /// Reads what a city says about twins.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &toml::Table, sources: &Sources) -> Result<Held, String> {
        let fillers = settings::fillers(&sources.text(settings::FILLERS).unwrap_or_default())?;
        let rareness = Arc::new(Rareness::without(fillers.clone(), []));
        let learnt = RwLock::new(Learnt { rareness, at: None });
        Ok(Held { settings: Settings::of_city(city)?, fillers, learnt })
    }

    fn rareness(&self) -> Arc<Rareness> {
        Arc::clone(&self.learnt.read().unwrap_or_else(PoisonError::into_inner).rareness)
    }

    fn is_old(&self) -> bool {
        let at = self.learnt.read().unwrap_or_else(PoisonError::into_inner).at;
        at.is_none_or(|at| at.elapsed() >= AGAIN)
    }
}

/// Seeks twins for as long as the program runs.
pub async fn work(app: App) {
    rounds::go("twins of reports", |after| seek_some(&app, after)).await;
}

/// Seeks the twins of some reports behind `after` for which they are to be sought, and forgets some that are over for long.
///
/// # Errors
/// When the database fails.
pub async fn seek_some(app: &App, after: Id) -> Result<Option<Round>, Error> {
    if app.twins.is_old() {
        learn(app).await?;
        sweep(app).await?;
    }
    let due = app.db.read(move |tx| async move { store::due(&tx, after, BATCH).await }).await.map_err(Error::Db)?;
    let Some(last) = due.last().map(|one| one.mark.report) else { return Ok(None) };
    let (mut done, mut trouble) = (0, None);
    for one in due {
        let report = one.mark.report;
        match seek_for(app, one).await {
            Ok(true) => app.tell("report", report),
            Ok(false) => {}
            Err(error) => {
                trouble = Some(error);
                continue;
            }
        }
        done += 1;
    }
    Ok(Some(Round { last, done, trouble }))
}

/// Learns anew which words are rare.
async fn learn(app: &App) -> Result<(), Error> {
    let words = app.db.read(|tx| async move { store::newest_words(&tx, LEARNT).await }).await.map_err(Error::Db)?;
    let fillers = app.twins.fillers.clone();
    let learning = tokio::task::spawn_blocking(move || Rareness::without(fillers, words.iter().map(String::as_str)));
    let rareness = learning.await.map_err(|error| Error::Internal(error.to_string()))?;
    let learnt = Learnt { rareness: Arc::new(rareness), at: Some(Instant::now()) };
    *app.twins.learnt.write().unwrap_or_else(PoisonError::into_inner) = learnt;
    Ok(())
}

/// Forgets what is over for long: what is nobody's twin any more.
async fn sweep(app: &App) -> Result<(), Error> {
    let before = app.clock.now().plus(-app.twins.settings.ended.max(app.reports.similar_within));
    loop {
        let swept = app.db.write(move |tx| async move { store::sweep(&tx, before, SWEPT).await }).await;
        if swept.map_err(Error::Db)? < SWEPT {
            return Ok(());
        }
    }
}

/// Seeks the twins of one report and keeps them; answers whether anything is new.
async fn seek_for(app: &App, one: Due) -> Result<bool, Error> {
    let (report, with_prints) = (one.mark.report, one.due == store::WITH_PHOTOS);
    let read = app.db.read(move |tx| async move {
        let found = super::store::load(&tx, report).await?;
        let waits = store::waits_for_prints(&tx, report).await?;
        Ok::<_, DbError>((found, waits, store::prints(&tx, &[report], 1).await?))
    });
    let (found, waits, prints) = read.await?;
    let now = app.clock.now();
    let (Some(found), true) = (found, one.due != store::NUMBER) else {
        return number(app, one).await;
    };
    let sought = Sought {
        report,
        spot: one.mark.spot.clone(),
        code: one.mark.code.clone(),
        received_at: one.mark.received_at,
        words: found.words,
        prints: prints.into_iter().map(|(_, prints)| prints).collect(),
    };
    let mut twins = seek(app, sought, Reach::Desk).await?;
    twins.truncate(app.twins.settings.shown);
    let next = if waits && !with_prints { store::WITH_PHOTOS } else { 0 };
    app.db
        .write(move |tx| async move { store::save(&tx, &one, &twins, next, now).await })
        .await
        .map_err(|error: DbError| Error::Db(error))
}

/// Numbers the place of a report that is older than these tables; its twins are not sought.
async fn number(app: &App, one: Due) -> Result<bool, Error> {
    let report = one.mark.report;
    let written = app.db.write(move |tx| async move {
        let Some(found) = super::store::load(&tx, report).await? else { return Ok(false) };
        let (spot, code) = (Spot::of(&found.place), twin::kind_of(&found.category));
        store::mark_again(&tx, report, &spot, &code, 0).await?;
        Ok::<_, DbError>(false)
    });
    Ok(written.await?)
}

/// Among which reports twins are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// For a citizen: what is open.
    Citizen,
    /// For the desk: what ended a few days ago, too.
    Desk,
}

/// The reports that may be about the same thing as one, the likeliest first. However many reports there are, as many are read
/// and weighed as the city says.
///
/// # Errors
/// When the database fails.
pub async fn seek(app: &App, sought: Sought, reach: Reach) -> Result<Vec<Twin>, Error> {
    seek_with(app, sought, reach, || async { Ok(Vec::new()) }).await
}

/// The same; the photos of the sought one are looked at by `look` when somebody near has photos to compare them with.
///
/// # Errors
/// When the database or the looking fails.
pub async fn seek_with<F>(
    app: &App,
    mut sought: Sought,
    reach: Reach,
    look: impl FnOnce() -> F,
) -> Result<Vec<Twin>, Error>
where
    F: Future<Output = Result<Vec<Prints>, Error>>,
{
    let (settings, ground) = (app.twins.settings, app.grid());
    sought.spot = as_said(&ground, sought.spot);
    let (since, own, spot) =
        (sought.received_at.plus(-app.reports.similar_within), sought.clone(), sought.spot.clone());
    let ended = match reach {
        Reach::Citizen => None,
        Reach::Desk => Some(app.clock.now().plus(-settings.ended)),
    };
    let read = app.db.read(move |tx| async move {
        let mut all = store::near(&tx, &spot, since, settings.of_square).await?;
        all.retain(|one| one.ended_at.is_none_or(|at| ended.is_some_and(|since| at >= since)));
        let all = all.into_iter().map(|one| Candidate { spot: as_said(&ground, one.spot.clone()), ..one }).collect();
        let candidates = nearest(&own, all, settings.compared);
        let ids: Vec<Id> = candidates.iter().map(|one| one.report).collect();
        let contents = store::contents(&tx, &ids, settings.compared, reach == Reach::Citizen).await?;
        let ids: Vec<Id> = ids.into_iter().filter(|id| contents.contains_key(id)).take(WITH_PRINTS).collect();
        let prints = store::prints(&tx, &ids, WITH_PRINTS).await?;
        Ok::<_, DbError>((candidates, contents, prints))
    });
    let (candidates, mut contents, prints): (Vec<Candidate>, HashMap<Id, Content>, _) = read.await?;
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    if !prints.is_empty() && sought.prints.is_empty() {
        sought.prints = look().await?;
    }
    for (report, print) in prints {
        if let Some(content) = contents.get_mut(&report) {
            content.prints.push(print);
        }
    }
    Ok(ranked(&sought, &candidates, &contents, &app.twins.rareness(), &settings))
}

fn as_said(ground: &Grid, spot: Spot) -> Spot {
    spot.as_said(|cell| ground.place_in(cell).map(|inside| (inside.lon, inside.lat)))
}

/// What the photos that came or waited with a form look like.
pub(super) async fn looks(app: &App, album: &super::photos::Album) -> Result<Vec<Prints>, Error> {
    let mut looks = Vec::new();
    for photo in &album.fresh {
        looks.push(photo.look().await?);
    }
    for photo in &album.kept {
        looks.push(prints::look_at_waiting(app, &photo.photo.small).await?);
    }
    Ok(looks.into_iter().flatten().map(|look| *look.prints()).collect())
}
