//! Open data: public cases without anything personal, as files that programs read; the files of each day with their sums; a dictionary.

pub mod filter;
pub mod row;
pub mod serving;
pub mod settings;
pub mod snapshots;
pub mod store;
pub mod table;
pub mod telling;
pub mod writing;

use crate::open311::answering::Limits;
use crate::people::doors::{Access, Door};

/// What the room keeps in memory.
#[derive(Debug, Default)]
pub struct Held {
    /// What the city says.
    pub settings: settings::Settings,
    /// Who asked how often.
    pub limits: Limits,
}

impl Held {
    /// Reads `[open_data]` of a `city.toml`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &toml::Table) -> Result<Held, String> {
        Ok(Held { settings: settings::Settings::of_city(city)?, limits: Limits::default() })
    }
}

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    use Access::Public;
    vec![
        Door::get("/open-data", Public, serving::page),
        Door::get("/open-data/dictionary", Public, serving::dictionary),
        Door::get("/open-data/dictionary.json", Public, serving::dictionary_json),
        Door::get("/open-data/{file}", Public, serving::file),
        Door::get("/open-data/{day}/{name}", Public, serving::of_day),
    ]
}
