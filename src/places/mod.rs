//! 地名库: the city's places by name and address, kept as rows and, ready to be asked, in memory. Somebody who types an
//! address is offered how it may go on; what was written without a point is offered where it may lie. Nothing is ever
//! placed by itself. Lends out [`offering`] to whoever has an address without a point, and [`keeping`] to the program.

mod bringing;
mod deciding;
mod editing;
pub mod import;
pub mod keeping;
pub mod offering;
pub mod place;
pub mod settings;
mod show;
pub mod store;
pub mod suggesting;
pub mod taking;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;

/// The doors of this room: asking is everybody's, keeping the places the system administrator's.
pub fn doors() -> Vec<Door> {
    let manage = Access::Act(Act::ManageImports);
    vec![
        Door::get("/places/suggest", Access::Public, suggesting::suggest).paced(Pace::Search),
        Door::get("/admin/places", manage, show::list),
        Door::post("/admin/places", manage, editing::add),
        Door::get("/admin/places/new", manage, editing::ask),
        Door::get("/admin/places/{id}", manage, editing::show),
        Door::post("/admin/places/{id}", manage, editing::change),
        Door::post("/admin/places/{id}/hide", manage, editing::hide),
        Door::post("/admin/places/{id}/unhide", manage, editing::unhide),
        Door::get("/admin/places/imports", manage, show::imports),
        Door::post("/admin/places/imports", manage, bringing::bring),
        Door::get("/admin/places/imports/{id}", manage, show::import),
        Door::get("/admin/places/imports/{id}/notes.csv", manage, show::notes),
        Door::post("/admin/places/imports/{id}/keep", manage, deciding::keep),
        Door::post("/admin/places/imports/{id}/discard", manage, deciding::discard),
    ]
}
