//! The city's own API: what other systems read, do and follow, by tokens that act as an account within their scopes. Operations are
//! declared once in `operations.rs`; doors, checks and the OpenAPI document come from there. Facts leave by a stream from a cursor or by
//! webhooks.

pub mod acting;
pub mod asked;
pub mod caller;
pub mod cases;
pub mod document;
pub mod examples;
pub mod facts;
pub mod operations;
pub mod problem;
pub mod reference;
pub mod reports;
pub mod scopes;
pub mod shapes;
pub mod store;
pub mod taking;
pub mod tokens;
pub mod webhooks;

mod developers;

use crate::app::App;
use crate::open311::answering::Limits;
use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use serde::Deserialize;

/// Where the API lives. What is sent there is opened by a token, never by a cookie.
pub const ROOT: &str = "/api/";
/// The version of the document. Its first number is that of the address, and stands for as long as nothing is taken away.
pub const VERSION: &str = "1.0.0";

/// What the room keeps in memory.
#[derive(Debug, Default)]
pub struct Held {
    /// How many requests were made.
    pub limits: Limits,
    /// The OpenAPI documents.
    pub documents: document::Documents,
    /// The city's own numbers.
    pub settings: Settings,
}

/// The city's own numbers about its API: `[api]` in `city.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many days messages to webhooks are kept after they arrived or were given up.
    pub keep_deliveries_days: i64,
    /// How many days idempotency keys are known.
    pub keep_keys_days: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { keep_deliveries_days: 30, keep_keys_days: 3 }
    }
}

impl Held {
    /// Reads what the city says.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(rest: &toml::Table) -> Result<Held, String> {
        let settings: Settings = match rest.get("api") {
            Some(table) => {
                table.clone().try_into().map_err(|error: toml::de::Error| format!("api: {}", error.message()))?
            }
            None => Settings::default(),
        };
        for (name, days) in
            [("keep_deliveries_days", settings.keep_deliveries_days), ("keep_keys_days", settings.keep_keys_days)]
        {
            if !(1..=3650).contains(&days) {
                return Err(format!("api.{name}: {days} is no number of days from 1 to 3650"));
            }
        }
        Ok(Held { settings, ..Held::default() })
    }
}

/// Whether the city lets the program speak to servers of its own network: `[outside] allow_local` in `city.toml`.
pub fn allows_local(app: &App) -> bool {
    let outside = app.city.rest.get("outside").and_then(|outside| outside.get("allow_local"));
    outside.and_then(toml::Value::as_bool).unwrap_or(false)
}

/// The address of a photo for programs.
pub fn photo_address(app: &App, id: &str) -> String {
    format!("{}{ROOT}v1/photos/{id}/large", app.public_url)
}

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeeAccounts);
    let make = Access::Act(Act::ManageApiKeys);
    let mut doors = operations::doors();
    doors.extend([
        Door::get("/developers", Access::Public, developers::show),
        Door::get("/admin/tokens", see, tokens::list),
        Door::post("/admin/tokens", make, tokens::make),
        Door::post("/admin/tokens/{id}/release", Access::Act(Act::ManagePosts), tokens::release),
        Door::post("/admin/tokens/{id}/revoke", see, tokens::revoke),
        Door::get("/admin/webhooks", make, webhooks::show::list),
        Door::post("/admin/webhooks", make, webhooks::show::make),
        Door::get("/admin/webhooks/{id}", make, webhooks::show::show),
        Door::post("/admin/webhooks/{id}/replay", make, webhooks::show::replay),
        Door::post("/admin/webhooks/{id}/try", make, webhooks::show::try_now),
        Door::post("/admin/webhooks/{id}/secret", make, webhooks::show::renew),
        Door::post("/admin/webhooks/{id}/stop", make, webhooks::show::stop),
        Door::post("/admin/webhooks/{id}/start", make, webhooks::show::start),
    ]);
    doors
}
