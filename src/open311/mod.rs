//! Open311 (GeoReport v2): programs of others read the city's reports and send new ones, by the specification of
//! wiki.open311.org and the extensions that deployed clients use. A service request is a report, under the number of its public
//! page; what is told of it is what everybody reads there.

pub mod answering;
pub mod city;
pub mod discovery;
pub mod filter;
pub mod format;
pub mod keys;
pub mod requests;
pub mod services;
pub mod status;
pub mod store;
pub mod submit;
pub mod tokens;
pub mod updates;

use crate::catalog::{Catalog, Text};
use crate::kit::error::Refusal;
use crate::kit::sources::Sources;
use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use answering::{Asking, Limits, Wants};
use axum::response::Response;
use filter::Wrong;
use std::collections::HashMap;

/// Where the interface lives. What is posted there is opened by a key, never by a cookie.
pub const ROOT: &str = "/open311/";

/// What the room keeps in memory.
#[derive(Debug)]
pub struct Held {
    /// What the city says about Open311.
    pub city: city::City,
    /// How many requests were made.
    pub limits: Limits,
    /// What the sub-classes in force are called, by `kind-code`.
    pub names: HashMap<String, Text>,
    /// The last lists.
    pub kept: requests::KeptLists,
}

impl Held {
    /// Reads what the city says.
    ///
    /// # Errors
    /// A sentence for the operator that names the file.
    pub fn load(sources: &Sources, catalog: &Catalog) -> Result<Held, String> {
        let file = sources.text(city::FILE).ok_or_else(|| format!("{}: is missing", city::FILE))?;
        let city =
            city::City::read(&file, catalog).map_err(|problems| format!("{}: {}", city::FILE, problems.join("; ")))?;
        let of_standard = catalog.in_force().into_iter().flat_map(|set| &set.sub_classes);
        let mut names: HashMap<String, Text> =
            of_standard.map(|sub_class| (sub_class.word.clone(), sub_class.name.clone())).collect();
        names.extend(catalog.everyday().iter().map(|everyday| (everyday.word.clone(), everyday.name.clone())));
        Ok(Held { city, limits: Limits::default(), names, kept: requests::KeptLists::default() })
    }
}

/// The doors of this room. `endpoint` is `v2` or `test`.
pub fn doors() -> Vec<Door> {
    use Access::Public;
    let keys = Access::Act(Act::ManageApiKeys);
    vec![
        Door::get("/open311/discovery.json", Public, discovery::discovery),
        Door::get("/open311/discovery.xml", Public, discovery::discovery),
        Door::get("/open311/{endpoint}/discovery.json", Public, discovery::discovery),
        Door::get("/open311/{endpoint}/discovery.xml", Public, discovery::discovery),
        Door::get("/open311/{endpoint}/services.json", Public, services::list),
        Door::get("/open311/{endpoint}/services.xml", Public, services::list),
        Door::get("/open311/{endpoint}/services/{code}", Public, services::definition),
        Door::get("/open311/{endpoint}/requests.json", Public, requests::list),
        Door::get("/open311/{endpoint}/requests.xml", Public, requests::list),
        Door::post("/open311/{endpoint}/requests.json", Public, submit::submit),
        Door::post("/open311/{endpoint}/requests.xml", Public, submit::submit),
        Door::get("/open311/{endpoint}/requests/{id}", Public, requests::one),
        Door::get("/open311/{endpoint}/tokens/{token}", Public, tokens::token),
        Door::get("/open311/{endpoint}/servicerequestupdates.json", Public, updates::list),
        Door::get("/open311/{endpoint}/servicerequestupdates.xml", Public, updates::list),
        Door::post("/open311/{endpoint}/servicerequestupdates.json", Public, updates::take),
        Door::post("/open311/{endpoint}/servicerequestupdates.xml", Public, updates::take),
        Door::get("/open311/{endpoint}", Public, nowhere),
        Door::get("/open311/{endpoint}/{*rest}", Public, nowhere),
        Door::post("/open311/{endpoint}/{*rest}", Public, nowhere),
        Door::get("/admin/open311", keys, keys::list),
        Door::post("/admin/open311", keys, keys::make),
        Door::post("/admin/open311/{id}/revoke", keys, keys::revoke),
    ]
}

/// What the interface does not have.
async fn nowhere(asking: Asking) -> Response {
    let outcome = match asking.enter(Wants::Nothing).await {
        Ok(_) => Err(Wrong::unknown(Refusal::new("open311-address-unknown")).into()),
        Err(no) => Err(no),
    };
    asking.answer(outcome)
}
