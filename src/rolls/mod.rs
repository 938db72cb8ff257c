//! Lists of departments and of staff (名册), brought from a spreadsheet and taken out into one: what would come of every row is shown
//! first; the system administrator keeps a list, the security administrator releases its people. Lends out [`commands`] to the command
//! line and [`handing::Hands`] to the set-up.

mod bringing;
pub mod commands;
mod forms;
pub mod handing;
pub mod judging;
mod keeping;
mod reading;
mod releasing;
pub mod roll;
mod show;
pub mod store;
mod telling;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeeAccounts);
    let manage = Access::Act(Act::ManageAccounts);
    let posts = Access::Act(Act::ManagePosts);
    vec![
        Door::get("/admin/rolls", see, show::list),
        Door::post("/admin/rolls", manage, bringing::bring),
        Door::get("/admin/rolls/forms/{file}", manage, forms::file),
        Door::get("/admin/rolls/{id}", see, show::show),
        Door::get("/admin/rolls/{id}/refused.csv", see, show::refused),
        Door::post("/admin/rolls/{id}/keep", manage, keeping::keep),
        Door::post("/admin/rolls/{id}/discard", manage, keeping::discard),
        Door::post("/admin/rolls/{id}/release", posts, releasing::release),
        Door::get("/admin/rolls/{id}/passwords", manage, handing::show),
        Door::post("/admin/rolls/{id}/passwords", manage, handing::make),
        Door::get("/admin/rolls/{id}/passwords.xlsx", manage, handing::file),
        Door::post("/admin/rolls/{id}/passwords/forget", manage, handing::forget),
    ]
}
