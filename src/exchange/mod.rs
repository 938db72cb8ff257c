//! Exchanging reports with other systems that speak Open311: they are sent on, fetched, and kept in step by updates in both directions.
//! Nothing is lost when the network is cut, and nothing is there twice: what leaves is written down before, what came is known again by
//! its number.

pub mod asking;
pub mod cases;
pub mod pages;
pub mod partner;
pub mod reading;
pub mod running;
pub mod sending;
pub mod settings;
pub mod store;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// What the room keeps in memory.
#[derive(Debug)]
pub struct Held {
    /// The city's own numbers.
    pub settings: settings::Settings,
    /// What asks other systems.
    pub client: reqwest::Client,
}

impl Held {
    /// Reads `[exchange]` of a `city.toml`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &toml::Table) -> Result<Held, String> {
        let settings = settings::Settings::of_city(city)?;
        let client =
            crate::kit::outside::guarded(settings.allow_local).map_err(|error| format!("[exchange]: {error}"))?;
        Ok(Held { settings, client })
    }
}

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let manage = Access::Act(Act::ManagePartners);
    let see = Access::Act(Act::SeeExchanges);
    let send = Access::Act(Act::SendOn);
    let mend = Access::Act(Act::MendExchanges);
    vec![
        Door::get("/admin/partners", manage, pages::list),
        Door::post("/admin/partners", manage, pages::make),
        Door::get("/admin/partners/{id}", manage, pages::show),
        Door::post("/admin/partners/{id}", manage, pages::change),
        Door::post("/admin/partners/{id}/look", manage, pages::look),
        Door::post("/admin/partners/{id}/strays", manage, pages::again),
        Door::get("/exchanges", see, cases::list),
        Door::get("/exchanges/new", send, cases::ask),
        Door::post("/exchanges", send, cases::send),
        Door::get("/exchanges/{id}", see, cases::show),
        Door::post("/exchanges/{id}/retry", mend, cases::retry),
        Door::post("/exchanges/{id}/give-up", mend, cases::give_up),
    ]
}
