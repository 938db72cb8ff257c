//! Searches that people keep by a name and find again above their lists. A view is the query of an address and no more: what it
//! shows is looked up, each time, within what its reader may see. Lends out [`chips`] to the lists.

mod keeping;
pub mod store;
pub mod view;

use crate::kit::db::{DbError, Tx};
use crate::people::act::Act;
use crate::people::actor::Actor;
use crate::people::doors::{Access, Door};
use serde::Serialize;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let search = Access::Act(Act::SearchCases);
    vec![
        Door::get("/views", search, keeping::list),
        Door::post("/views", search, keeping::keep),
        Door::post("/views/{id}/change", search, keeping::change),
        Door::post("/views/{id}/up", search, keeping::up),
        Door::post("/views/{id}/remove", search, keeping::remove),
        Door::post("/views/{id}/restore", search, keeping::restore),
    ]
}

/// A view as a link above a list.
#[derive(Debug, Clone, Serialize)]
pub struct Chip {
    /// The name.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// The query of that address.
    #[serde(skip)]
    pub query: String,
    /// True when somebody else keeps it.
    pub is_shared: bool,
}

/// The views that somebody finds above their lists: their own first, then those that others share with them.
///
/// # Errors
/// When the database fails.
pub async fn chips(tx: &Tx, actor: &Actor) -> Result<Vec<Chip>, DbError> {
    let views = store::of(tx, actor.account, view::audience(actor).as_deref()).await?;
    let chip = |view: view::View| Chip {
        href: view.address(),
        is_shared: view.account != actor.account,
        label: view.name,
        query: view.query,
    };
    Ok(views.into_iter().map(chip).collect())
}
