//! The city's own site shows the map, the figures and the way to report in a frame: pages for frames, which sites may have them, and
//! the code to copy. Nothing here knows who looks: no session is read and no cookie is set.

pub mod colour;
pub mod frames;
pub mod offering;
pub mod settings;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// Where the pages for frames lie.
pub const ROOT: &str = "/embed/";

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    use Access::Public;
    vec![
        Door::get("/embed/map", Public, frames::map),
        Door::get("/embed/report", Public, frames::report),
        Door::get("/embed/numbers", Public, frames::numbers),
        Door::get("/embed/colours.css", Public, frames::colours),
        Door::get("/embed/resize.js", Public, frames::resize),
        Door::get("/admin/embed", Access::Act(Act::ManageEmbeds), offering::show),
    ]
}
