//! The gazetteer in memory: made beside the work, swapped whole, made anew when places or ground have changed, here or by
//! another program of the same database. Until the first one is ready nothing is suggested, and nothing else waits for it.

use super::settings::Settings;
use super::store;
use crate::app::App;
use crate::grid::cells::Grid;
use crate::grid::geometry::{place_inside, square_metres};
use crate::grid::store::load_grid;
use crate::kit::db::{Db, DbError};
use crate::kit::error::Error;
use std::collections::HashMap;
use std::f64::consts::PI;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, Notify};
use understanding::places::form::form;
use understanding::places::gazetteer::{Gazetteer, RIGHT_WITHIN};
use understanding::places::place::Place as Row;

/// How often it is looked whether somebody else has changed the places.
const EVERY: Duration = Duration::from_secs(4);

/// What the room holds in the program.
#[derive(Default)]
pub struct Held {
    /// The city's own numbers.
    pub settings: Settings,
    ready: RwLock<Option<Arc<Ready>>>,
    /// Somebody here has changed the places.
    changed: Notify,
    /// One file at a time is taken over.
    pub(super) taking: Mutex<()>,
}

/// An area as an answer: its middle stands for it, so it says how far that may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// The radius of a circle of its size, in metres.
    pub radius: f64,
    /// Which share of it lies as near to its middle as an answer must be to be right.
    pub share: f64,
}

/// A gazetteer that is ready to be asked.
pub struct Ready {
    /// The places.
    pub gazetteer: Gazetteer,
    /// Of which state of the places it is.
    pub version: i64,
    /// How many places were imported or written, hidden ones apart.
    pub places: usize,
    /// How many areas and components of the city are in it beside them.
    pub own: usize,
    /// How long it took to make.
    pub took: Duration,
    extents: HashMap<String, Extent>,
}

impl Ready {
    /// Puts places, areas and components in order; long work.
    pub fn new(mut rows: Vec<Row>, components: Vec<(String, f64, f64)>, grid: &Grid, version: i64) -> Ready {
        let began = Instant::now();
        let places = rows.len();
        for row in rows.iter_mut().filter(|row| row.district.is_empty()) {
            row.district = district(grid, row.lon, row.lat);
        }
        let mut extents = HashMap::new();
        for area in grid.areas() {
            let Some(middle) = place_inside(&area.geometry) else { continue };
            let size = square_metres(&area.geometry);
            let within = PI * f64::from(RIGHT_WITHIN).powi(2);
            let extent = Extent { radius: (size / PI).sqrt(), share: (within / size.max(1.0)).min(1.0) };
            extents.insert(form(&area.name), extent);
            let district = district(grid, middle.lon, middle.lat);
            rows.push(Row { name: area.name.clone(), district, lon: middle.lon, lat: middle.lat, ..Row::default() });
        }
        rows.extend(components.into_iter().map(|(name, lon, lat)| Row {
            district: district(grid, lon, lat),
            name,
            lon,
            lat,
            ..Row::default()
        }));
        let own = rows.len() - places;
        let gazetteer = Gazetteer::new(&rows);
        Ready { gazetteer, version, places, own, took: began.elapsed(), extents }
    }

    /// How large the area of that name is; none when it is no area's name.
    pub fn extent(&self, name: &str) -> Option<Extent> {
        self.extents.get(&form(name)).copied()
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        self.gazetteer.bytes()
    }
}

fn district(grid: &Grid, lon: f64, lat: f64) -> String {
    grid.areas_at(lon, lat).district.map(|area| area.name.clone()).unwrap_or_default()
}

impl Held {
    /// With a city's own numbers, and nothing to be asked yet.
    pub fn new(settings: Settings) -> Held {
        Held { settings, ..Held::default() }
    }

    /// The gazetteer as it is now; none before the first is ready and in a city without a place.
    pub fn ready(&self) -> Option<Arc<Ready>> {
        self.ready.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another gazetteer in the place of the one that is asked; what is being answered is answered by the old one.
    pub fn put(&self, ready: Option<Arc<Ready>>) {
        *self.ready.write().unwrap_or_else(PoisonError::into_inner) = ready;
    }

    /// Says that the places have changed here, after the commit.
    pub fn tell(&self) {
        self.changed.notify_one();
    }
}

/// The state from which a gazetteer was made.
#[derive(Default)]
pub struct Seen {
    version: Option<i64>,
    grid: Option<Arc<Grid>>,
}

/// Keeps the gazetteer for as long as the program runs; one is made at a time.
pub async fn keep(app: App) {
    let mut seen = Seen::default();
    loop {
        match look(&app, &mut seen).await {
            Ok(Some(ready)) => {
                let (places, own, bytes) = (ready.places, ready.own, ready.bytes());
                tracing::info!(places, own, bytes, took = ?ready.took, version = ready.version, "the gazetteer is ready");
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the gazetteer could not be made anew"),
        }
        tokio::select! {
            () = app.places.changed.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Makes the gazetteer anew when places or ground have changed since `seen`; answers the new one.
///
/// # Errors
/// When the database fails; the one that was asked so far stays.
pub async fn look(app: &App, seen: &mut Seen) -> Result<Option<Arc<Ready>>, Error> {
    let version = app.db.read(|tx| async move { store::version(&tx).await }).await.map_err(Error::Db)?;
    let grid = app.grid();
    let is_same_ground = seen.grid.as_ref().is_some_and(|old| Arc::ptr_eq(old, &grid));
    if seen.version == Some(version) && is_same_ground {
        return Ok(None);
    }
    let ready = make(&app.db, version, Arc::clone(&grid)).await?.map(Arc::new);
    app.places.put(ready.clone());
    *seen = Seen { version: Some(version), grid: Some(grid) };
    Ok(ready)
}

/// The gazetteer of a database, for whoever does not serve; none in a city without a place.
///
/// # Errors
/// When the database fails.
pub async fn of_database(db: &Db) -> Result<Option<Ready>, Error> {
    let read = db.read(|tx| async move { Ok::<_, DbError>((store::version(&tx).await?, load_grid(&tx).await?)) });
    let (version, grid) = read.await.map_err(Error::Db)?;
    make(db, version, Arc::new(grid)).await
}

async fn make(db: &Db, version: i64, grid: Arc<Grid>) -> Result<Option<Ready>, Error> {
    let mut rows: Vec<Row> = Vec::new();
    let mut after = 0;
    loop {
        let some = db.read(move |tx| async move { store::all(&tx, after).await }).await;
        let some = some.map_err(|error: DbError| Error::Db(error))?;
        let Some(last) = some.last() else { break };
        after = last.id;
        rows.extend(some.iter().filter(|place| place.is_active).map(|place| place.entry.row()));
    }
    let components = db.read(|tx| async move { store::named_components(&tx).await }).await;
    let components = components.map_err(|error: DbError| Error::Db(error))?;
    if rows.is_empty() && components.is_empty() && grid.areas().is_empty() {
        return Ok(None);
    }
    let made = tokio::task::spawn_blocking(move || Ready::new(rows, components, &grid, version)).await;
    Ok(Some(made.map_err(|error| Error::Internal(error.to_string()))?))
}
