//! What other systems know is brought in, and what this one knows is taken out: ground, components, keepers, reports. A
//! file is looked at first and kept only when somebody says so; every import stays on record with its file. Lends out
//! [`store`] to the command line and [`watching`] to whoever serves.

mod bringing;
mod deciding;
pub mod export;
pub mod import;
mod reading;
mod show;
pub mod store;
pub mod watching;
pub mod working;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let manage = Access::Act(Act::ManageImports);
    vec![
        Door::get("/admin/imports", manage, show::list),
        Door::post("/admin/imports", manage, bringing::bring),
        Door::get("/admin/imports/{id}", manage, show::show),
        Door::get("/admin/imports/{id}/notes.csv", manage, show::notes),
        Door::post("/admin/imports/{id}/keep", manage, deciding::keep),
        Door::post("/admin/imports/{id}/discard", manage, deciding::discard),
        Door::get("/admin/exports/{what}", manage, show::export),
    ]
}
