//! The map in pieces: cases and reports as clusters, pins and heat, areas and grids, components, the city's own ground, and what lies in
//! PMTiles files. Each piece is made when it is first asked for and kept until something in it changes.

pub mod files;
pub mod filter;
pub mod ground;
pub mod kept;
pub mod mvt;
pub mod pmtiles;
pub mod points;
pub mod pools;
pub mod serving;
pub mod shapes;
pub mod show;
pub mod store;
pub mod tile;

use crate::grid::base_map::BaseMap;
use crate::kit::sources::Sources;
use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use crate::timeline::News;
use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::broadcast::Receiver;

/// What the room keeps in memory.
#[derive(Debug)]
pub struct Held {
    /// The PMTiles files.
    files: files::Files,
    /// The base map that one of them is.
    base: Option<files::Base>,
    /// The tiles that were made.
    shelf: kept::Shelf,
    /// The points by who may see them.
    pools: Mutex<HashMap<pools::Of, Arc<pools::Pool>>>,
    /// The news, as far as they came.
    journal: Mutex<pools::Journal>,
    /// The kinds that points are of.
    kinds: RwLock<points::Kinds>,
    /// Numbers of changes; whatever is greater is later.
    number: AtomicU64,
    /// The ground as it was last cut.
    ground: ground::Ground,
    /// Whether the city has drawn its ground.
    has_ground: bool,
}

impl Held {
    /// With the city's base map and files, and what hears the news.
    ///
    /// # Errors
    /// A sentence for the operator: the base map's file is missing or cannot be used.
    pub async fn of_city(map: &BaseMap, sources: &Sources, news: Receiver<News>) -> Result<Held, String> {
        let files = files::Files::of_city(map);
        let base = match map.tiles.as_str() {
            "" => None,
            name => Some(files.base(sources, name).await.map_err(|why| format!("map.tiles: {why}"))?),
        };
        Ok(Held {
            files,
            base,
            shelf: kept::Shelf::default(),
            pools: Mutex::default(),
            journal: Mutex::new(pools::Journal::new(news)),
            kinds: RwLock::default(),
            number: AtomicU64::new(0),
            ground: ground::Ground::default(),
            has_ground: sources.bytes(ground::LAYERS).is_some(),
        })
    }

    /// Whether the city has drawn its ground for its maps.
    pub fn has_ground(&self) -> bool {
        self.has_ground
    }

    /// Every PMTiles file of a city that cannot be used, with its reason, for the operator.
    pub async fn unusable(map: &BaseMap, sources: &Sources) -> Vec<(String, String)> {
        files::Files::of_city(map).unusable(sources).await
    }

    /// The base map that a file of the city is, if one is.
    pub fn base(&self) -> Option<&files::Base> {
        self.base.as_ref()
    }
}

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    use Access::Public;
    // Whoever may search what exists for them may see it on a map.
    const OWN: Access = Access::Act(Act::SearchCases);
    vec![
        Door::get("/tiles/reports/{z}/{x}/{y}", Public, serving::reports),
        Door::get("/tiles/grid/{z}/{x}/{y}", Public, serving::grid),
        Door::get("/tiles/base/{z}/{x}/{y}", Public, serving::base),
        Door::get("/tiles/cases/{z}/{x}/{y}", OWN, serving::cases),
        Door::get("/tiles/responsibility/{z}/{x}/{y}", OWN, serving::responsibility),
        Door::get("/tiles/components/{z}/{x}/{y}", OWN, serving::components),
        Door::get("/cases/map", OWN, show::map),
        Door::get("/map/tiles/{name}", Public, files::file),
        Door::get("/map/tiles/{name}/{z}/{x}/{y}", Public, files::tile),
    ]
}
