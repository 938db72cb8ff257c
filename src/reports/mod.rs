//! A citizen's report comes in (随手拍) and its page tells how it goes on. The room knows nothing of cases: it lends them
//! [`store::follow_fact`], by which a report learns what its case has come to, and reads the public facts about itself.

pub mod commands;
pub mod everyday;
pub mod front;
mod held;
pub mod intake;
pub mod photos;
pub mod place;
pub mod report;
pub mod settings;
pub mod show;
pub mod store;
pub mod submit;
pub mod twins;

use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;

/// The doors of this room, all public: a citizen needs no account.
pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/", Access::Public, front::home),
        Door::get("/report", Access::Public, submit::form),
        Door::post("/report", Access::Public, submit::submit).paced(Pace::Report),
        Door::get("/report/photos/{id}", Access::Public, photos::thumbnail),
        Door::get("/report/similar", Access::Public, twins::offering::similar).paced(Pace::Search),
        Door::post("/report/similar", Access::Public, twins::offering::similar_to_form).paced(Pace::Search),
        Door::post("/api/reports", Access::Public, submit::submit_json).paced(Pace::Report),
        Door::get("/track", Access::Public, show::ask).paced(Pace::Code),
        Door::get("/track/{code}", Access::Public, show::track).paced(Pace::Code),
        Door::post("/track/{code}/add", Access::Public, show::add).paced(Pace::Code),
        Door::post("/track/{code}/urge", Access::Public, show::urge).paced(Pace::Code),
        Door::post("/track/{code}/rate", Access::Public, show::rate).paced(Pace::Code),
        Door::post("/track/{code}/reopen", Access::Public, show::reopen).paced(Pace::Code),
        Door::get("/track/{code}/held", Access::Public, held::show).paced(Pace::Code),
        Door::get("/track/{code}/held.txt", Access::Public, held::file).paced(Pace::Code),
        Door::post("/track/{code}/held", Access::Public, held::change).paced(Pace::Code),
        Door::get("/track/{code}/held/remove", Access::Public, held::ask).paced(Pace::Code),
        Door::post("/track/{code}/held/remove", Access::Public, held::remove).paced(Pace::Code),
        Door::get("/reports", Access::Public, front::list).paced(Pace::Search),
        Door::get("/reports/{id}", Access::Public, show::show),
        Door::post("/reports/{id}/follow", Access::Public, show::follow),
        Door::post("/reports/{id}/second", Access::Public, twins::seconding::second),
        Door::get("/map/reports.geojson", Access::Public, front::on_map),
        Door::get("/map/areas.geojson", Access::Public, front::areas),
        Door::get("/map/grids.geojson", Access::Public, front::grids),
        Door::get("/live/public", Access::Public, front::live),
    ]
}
