//! Work orders of hotlines (12345 政务服务便民热线工单): brought as a file, looked at, taken over as reports that keep the hotline's
//! number; the hotline's own answer-by time beside our limits; and the answers back in its own columns. Lends out [`watching`] to
//! whoever serves and [`settings`] to the set-up.

mod answering;
mod bringing;
mod deciding;
pub mod order;
mod reading;
pub mod settings;
mod show;
pub mod source;
mod store;
pub mod watching;

pub(crate) use store::{CELLS, SAID};

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let desk = Access::Act(Act::ReceiveReports);
    vec![
        Door::get("/hotline", desk, show::list),
        Door::post("/hotline/files", desk, bringing::bring),
        Door::get("/hotline/files/{id}", desk, show::file),
        Door::get("/hotline/files/{id}/notes.csv", desk, show::notes),
        Door::post("/hotline/files/{id}/mapping", desk, deciding::assign),
        Door::post("/hotline/files/{id}/keep", desk, deciding::keep),
        Door::post("/hotline/files/{id}/discard", desk, deciding::discard),
        Door::get("/hotline/sources/{id}", desk, answering::show),
        Door::post("/hotline/sources/{id}", desk, answering::change),
        Door::post("/hotline/sources/{id}/answers", desk, answering::answer),
        Door::get("/hotline/answers/{id}/{format}", desk, answering::download),
    ]
}
