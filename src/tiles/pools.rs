//! The places of cases and reports in memory, as somebody may see them: read from the database when they are first asked for, then
//! kept true by the same news that open screens follow.
//!
//! A pool holds what one reader may see: the public reports, or the cases of one scope, as the database's own condition of that scope
//! finds them. It is in parts, what is open and what began in one stretch of thirty days, and only parts that were asked for are there.
//! News name what changed; the next question reads these rows again and knows which places of the map have changed.

use super::Held;
use super::points::{Kinds, NEVER, Point, Points, seconds};
use super::store::{self, Placed};
use super::tile::{Spot, Tile};
use crate::app::App;
use crate::cases::case;
use crate::cases::store::{OnMap, Scope};
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::reports::report;
use crate::timeline::News;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// A stretch of time whose cases are read together, in milliseconds.
const STRETCH: i64 = 30 * super::filter::DAY;
/// How many rows are read at once.
const ROWS: usize = 20_000;
/// How many points are kept beside those that are being asked for.
const MOST_POINTS: usize = 4_000_000;
/// How many readers' pools are kept.
const MOST_POOLS: usize = 1000;
/// How many changes of places are remembered.
const MOST_CHANGES: usize = 8192;
/// How much news is remembered.
const MOST_NEWS: usize = 65_536;
/// After more news than this everything is read again.
const MOST_AT_ONCE: usize = 10_000;
/// What is older than this is read again beside the question: imports by the command line bring no news.
const OLD: Duration = Duration::from_secs(300);

/// Whose points.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Of {
    /// The public reports.
    Reports,
    /// The cases of a scope.
    Cases(Scope),
}

/// A part of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The cases that are open.
    Open,
    /// Whatever began in the stretch of this number.
    Begun(i64),
}

impl Part {
    /// The parts of what began between two moments.
    pub fn between(from: Moment, until: Moment) -> Vec<Part> {
        (from.0.div_euclid(STRETCH)..=until.0.div_euclid(STRETCH)).map(Part::Begun).collect()
    }

    /// Whether a point that began at `since` seconds and is open or not belongs to it.
    fn holds(self, since: Moment, is_open: bool) -> bool {
        match self {
            Part::Open => is_open,
            Part::Begun(number) => since.0.div_euclid(STRETCH) == number,
        }
    }

    /// From when until when its rows began.
    fn span(self) -> (Moment, Moment) {
        match self {
            Part::Open => (Moment(0), Moment(i64::MAX)),
            Part::Begun(number) => (Moment(number * STRETCH), Moment((number + 1) * STRETCH)),
        }
    }
}

/// One reader's points.
#[derive(Debug)]
pub struct Pool {
    of: Of,
    state: RwLock<State>,
    /// Held by whoever reads a part.
    reading: tokio::sync::Mutex<()>,
    /// Held by whoever takes over news.
    following: tokio::sync::Mutex<()>,
    is_refreshing: AtomicBool,
}

/// What a pool holds at a moment.
#[derive(Debug)]
pub struct State {
    parts: HashMap<Part, Read>,
    /// The place and the number of each change.
    changes: VecDeque<(u64, u64)>,
    /// Nothing is known of changes up to this number.
    known_since: u64,
    /// The number of the last change.
    last: u64,
    /// How far it has followed the news.
    seen: u64,
}

#[derive(Debug)]
struct Read {
    points: Points,
    at: Instant,
    used: AtomicU64,
}

impl State {
    /// The number of its last change, by which a tile is marked.
    pub fn number(&self) -> u64 {
        self.last
    }

    /// Whether these parts are there.
    pub fn has(&self, parts: &[Part]) -> bool {
        parts.iter().all(|part| self.parts.contains_key(part))
    }

    /// The points of a part that lie in a tile.
    pub fn within(&self, part: Part, tile: Tile) -> &[Point] {
        self.parts.get(&part).map(|read| read.points.within(tile)).unwrap_or_default()
    }

    /// Whether nothing in a tile has changed since the change of this number.
    pub fn is_same(&self, tile: Tile, number: u64) -> bool {
        if number < self.known_since {
            return false;
        }
        let (first, last) = tile.stretch();
        let later = self.changes.iter().rev().take_while(|(_, change)| *change > number);
        !later.into_iter().any(|(place, _)| (first..=last).contains(place))
    }

    /// Begins anew: whoever asks reads everything again.
    fn forget(&mut self, number: u64, seen: u64) {
        self.parts.clear();
        self.unknown(number);
        self.seen = seen;
    }

    fn unknown(&mut self, number: u64) {
        self.changes.clear();
        (self.known_since, self.last) = (number, number);
    }

    fn changed(&mut self, places: Vec<u64>, number: u64) {
        self.last = number;
        for place in places {
            if self.changes.len() >= MOST_CHANGES
                && let Some((_, forgotten)) = self.changes.pop_front()
            {
                self.known_since = forgotten;
            }
            self.changes.push_back((place, number));
        }
    }
}

/// The news as they came.
#[derive(Debug)]
pub struct Journal {
    receiver: Receiver<News>,
    /// The number of the first that is remembered.
    first: u64,
    items: VecDeque<(bool, Id)>,
}

/// What changed since a pool looked: nothing known when too much was missed.
struct Since {
    reports: Vec<Id>,
    cases: Vec<Id>,
    end: u64,
}

impl Journal {
    pub(super) fn new(receiver: Receiver<News>) -> Journal {
        Journal { receiver, first: 0, items: VecDeque::new() }
    }

    fn end(&self) -> u64 {
        self.first + self.items.len() as u64
    }

    /// Takes over what has come, and answers how far that is.
    fn drain(&mut self) -> u64 {
        loop {
            match self.receiver.try_recv() {
                Ok(News { subject: "report", subject_id }) => self.items.push_back((false, subject_id)),
                Ok(News { subject: "case", subject_id }) => self.items.push_back((true, subject_id)),
                // An import has brought something in, whatever it was.
                // Or more happened at another program than it could tell.
                Ok(News { subject: "grid" | "lagged", .. }) => self.items.push_back((false, 0)),
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => {
                    self.first = self.end() + 1;
                    self.items.clear();
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
            if self.items.len() > MOST_NEWS {
                self.items.pop_front();
                self.first += 1;
            }
        }
        self.end()
    }

    /// What changed after `seen`; none when that is no longer known, or said of everything.
    fn since(&self, seen: u64) -> Option<Since> {
        let skipped = usize::try_from(seen.checked_sub(self.first)?).ok()?;
        let mut since = Since { reports: Vec::new(), cases: Vec::new(), end: self.end() };
        for (is_case, id) in self.items.iter().skip(skipped) {
            // An import tells of no single one.
            if *id == 0 {
                return None;
            }
            if *is_case { since.cases.push(*id) } else { since.reports.push(*id) }
        }
        for ids in [&mut since.reports, &mut since.cases] {
            ids.sort_unstable();
            ids.dedup();
        }
        (since.reports.len() + since.cases.len() <= MOST_AT_ONCE).then_some(since)
    }
}

/// Takes the news over as they come, so that none is missed while nobody asks.
pub async fn follow(app: App) {
    let mut news = app.news.subscribe();
    while !matches!(news.recv().await, Err(RecvError::Closed)) {
        app.tiles.drain();
    }
}

impl Pool {
    /// What it holds now.
    pub fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn drain(&self) -> u64 {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).drain()
    }

    fn next(&self) -> u64 {
        self.number.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn pool(&self, of: &Of) -> Arc<Pool> {
        let seen = self.drain();
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(of) {
            return Arc::clone(pool);
        }
        if pools.len() >= MOST_POOLS {
            pools.clear();
        }
        let number = self.next();
        let state = State { parts: HashMap::new(), changes: VecDeque::new(), known_since: number, last: number, seen };
        let pool = Arc::new(Pool {
            of: of.clone(),
            state: RwLock::new(state),
            reading: tokio::sync::Mutex::new(()),
            following: tokio::sync::Mutex::new(()),
            is_refreshing: AtomicBool::new(false),
        });
        pools.insert(of.clone(), Arc::clone(&pool));
        pool
    }

    /// A reader's points with these parts, as true as the last news.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fresh(&self, app: &App, of: &Of, parts: &[Part]) -> Result<Arc<Pool>, Error> {
        let pool = self.pool(of);
        // Somebody may take a part away again while another is read.
        for _ in 0..8 {
            let tick = self.next();
            let (missing, is_behind, is_old) = {
                let end = self.drain();
                let state = pool.state();
                let missing = parts.iter().copied().find(|part| !state.parts.contains_key(part));
                let read = parts.iter().filter_map(|part| state.parts.get(part));
                let is_old =
                    read.inspect(|read| read.used.store(tick, Ordering::Relaxed)).any(|read| read.at.elapsed() > OLD);
                (missing, state.seen < end, is_old)
            };
            match missing {
                Some(part) => self.read(app, &pool, part, true).await?,
                None if is_behind => {
                    let _following = pool.following.lock().await;
                    self.catch_up(app, &pool).await?;
                }
                None => {
                    if is_old && !pool.is_refreshing.swap(true, Ordering::AcqRel) {
                        self.refresh(app, &pool);
                    }
                    break;
                }
            }
        }
        Ok(pool)
    }

    /// Reads what is old again, beside the questions.
    fn refresh(&self, app: &App, pool: &Arc<Pool>) {
        let (app, pool) = (app.clone(), Arc::clone(pool));
        drop(tokio::spawn(async move {
            let old: Vec<Part> = {
                let state = pool.state();
                state.parts.iter().filter(|(_, read)| read.at.elapsed() > OLD).map(|(part, _)| *part).collect()
            };
            for part in old {
                if let Err(error) = app.tiles.read(&app, &pool, part, false).await {
                    tracing::warn!(%error, "the map could not be read again");
                }
            }
            pool.is_refreshing.store(false, Ordering::Release);
        }));
    }

    /// Reads a part. News go on being followed meanwhile; those that came since it began are taken over once more.
    async fn read(&self, app: &App, pool: &Pool, part: Part, is_missing: bool) -> Result<(), Error> {
        let _reading = pool.reading.lock().await;
        if is_missing && pool.state().parts.contains_key(&part) {
            return Ok(());
        }
        let before = self.drain();
        let (from, until) = part.span();
        let (mut points, mut after) = (Vec::new(), (from.plus(-1), Id::MAX));
        loop {
            let of = pool.of.clone();
            let is_open = part == Part::Open;
            let rows = app.db.read(move |tx| async move {
                Ok::<_, DbError>(match of {
                    Of::Reports => all_seen(store::reports(&tx, after, until, ROWS).await?),
                    Of::Cases(scope) => {
                        all_seen(crate::cases::store::on_map(&tx, &scope, is_open, after, until, ROWS).await?)
                    }
                })
            });
            let found = self.points(rows.await.map_err(Error::Db)?);
            let is_last = found.len() < ROWS;
            if let Some(Found { since, id, .. }) = found.last() {
                after = (*since, *id);
            }
            points.extend(found.iter().filter_map(|found| found.point));
            if is_last {
                break;
            }
        }
        let points = Points::new(points);
        let _following = pool.following.lock().await;
        {
            let mut state = pool.write();
            let number = self.next();
            state.unknown(number);
            state.seen = state.seen.min(before);
            state.parts.insert(part, Read { points, at: Instant::now(), used: AtomicU64::new(number) });
        }
        self.catch_up(app, pool).await?;
        self.make_room(pool, part);
        Ok(())
    }

    /// Takes over the news; whoever calls holds `following`.
    async fn catch_up(&self, app: &App, pool: &Pool) -> Result<(), Error> {
        let seen = pool.state().seen;
        let since = {
            let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
            journal.drain();
            journal.since(seen)
        };
        let Some(since) = since else {
            let end = self.drain();
            pool.write().forget(self.next(), end);
            return Ok(());
        };
        let end = since.end;
        let is_empty = match pool.of {
            Of::Reports => since.reports.is_empty() && since.cases.is_empty(),
            Of::Cases(_) => since.cases.is_empty(),
        };
        if is_empty || pool.state().parts.is_empty() {
            pool.write().seen = end;
            return Ok(());
        }
        let (of, reports, cases) = (pool.of.clone(), since.reports.clone(), since.cases.clone());
        let rows = app.db.read(move |tx| async move {
            Ok::<_, DbError>(match of {
                Of::Reports => all_seen(store::reports_of(&tx, &reports, &cases).await?),
                Of::Cases(scope) => all_seen(crate::cases::store::on_map_of(&tx, &scope, &cases).await?),
            })
        });
        let mut found = self.points(rows.await.map_err(Error::Db)?);
        found.sort_unstable_by_key(|found| found.id);
        found.dedup_by_key(|found| found.id);
        let named = match pool.of {
            Of::Reports => since.reports,
            Of::Cases(_) => since.cases,
        };
        let ids: HashSet<Id> = named.into_iter().chain(found.iter().map(|found| found.id)).collect();
        let number = self.next();
        let mut state = pool.write();
        let mut places = Vec::new();
        for (part, read) in &mut state.parts {
            let holds = |found: &&Found| part.holds(found.since, found.is_open);
            let now: Vec<Point> = found.iter().filter(holds).filter_map(|found| found.point).collect();
            places.extend(read.points.change(&ids, &now));
            // What is said of a case may have changed where it stands; of a report nothing else is told.
            if matches!(pool.of, Of::Cases(_)) {
                places.extend(now.iter().map(|point| point.at));
            }
        }
        state.changed(places, number);
        state.seen = end;
        Ok(())
    }

    /// Rows as points.
    fn points(&self, rows: Vec<Seen>) -> Vec<Found> {
        let mut kinds = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        rows.into_iter().map(|row| row.found(&mut kinds)).collect()
    }

    /// Lets go what was not asked for the longest, until there is room.
    fn make_room(&self, asking: &Pool, wanted: Part) {
        let pools: Vec<Arc<Pool>> =
            self.pools.lock().unwrap_or_else(PoisonError::into_inner).values().map(Arc::clone).collect();
        let mut parts = Vec::new();
        for pool in &pools {
            for (part, read) in &pool.state().parts {
                if !(pool.of == asking.of && *part == wanted) {
                    parts.push((read.used.load(Ordering::Relaxed), read.points.len(), *part, Arc::clone(pool)));
                }
            }
        }
        let mut sum: usize = parts.iter().map(|(_, count, ..)| count).sum();
        parts.sort_unstable_by_key(|(used, ..)| *used);
        for (_, count, part, pool) in parts {
            if sum <= MOST_POINTS {
                break;
            }
            pool.write().parts.remove(&part);
            sum -= count;
        }
    }
}

/// A report or a case as the map sees it.
struct Seen {
    id: Id,
    /// Degrees east and north.
    place: (f64, f64),
    category: (String, String, String),
    /// Which of the stages of its kind.
    stage: Option<usize>,
    is_open: bool,
    since: Moment,
    due_at: Option<Moment>,
}

fn all_seen<R: Into<Seen>>(rows: Vec<R>) -> Vec<Seen> {
    rows.into_iter().map(Into::into).collect()
}

/// To how many parts of a degree the public is told a place: about ten metres, as its pages tell it.
const PUBLIC_STEPS: f64 = 10_000.0;

impl From<Placed> for Seen {
    fn from(row: Placed) -> Seen {
        let rounded = |degrees: f64| (degrees * PUBLIC_STEPS).round() / PUBLIC_STEPS;
        Seen {
            id: row.id,
            place: (rounded(row.lon), rounded(row.lat)),
            category: row.category,
            stage: report::Stage::ALL.iter().position(|stage| *stage == row.stage),
            is_open: !row.stage.is_ended(),
            since: row.received_at,
            due_at: row.due_at,
        }
    }
}

impl From<OnMap> for Seen {
    fn from(row: OnMap) -> Seen {
        Seen {
            id: row.id,
            place: (row.lon, row.lat),
            category: row.category,
            stage: case::Stage::ALL.iter().position(|stage| *stage == row.stage),
            is_open: !row.stage.is_over(),
            since: row.opened_at,
            due_at: row.due_at,
        }
    }
}

/// A row, and the point that it makes when its place is on the map.
#[derive(Debug)]
struct Found {
    id: Id,
    since: Moment,
    is_open: bool,
    point: Option<Point>,
}

impl Seen {
    fn found(self, kinds: &mut Kinds) -> Found {
        let Seen { id, place, category, stage, is_open, since, due_at } = self;
        let point = Spot::of(place.0, place.1).map(|spot| Point {
            at: spot.number(),
            id,
            since: seconds(since.0),
            due: due_at.map_or(NEVER, |due| seconds(due.0)),
            kind: kinds.number(category),
            stage: stage.and_then(|stage| u8::try_from(stage).ok()).unwrap_or_default(),
        });
        Found { id, since, is_open, point }
    }
}
