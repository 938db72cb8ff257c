//! Unlawful building (违建): from the day it is found to the day the site is clear, as the planning law and the coercion law
//! have it. The chain is one pure function in [`chain`], what runs meanwhile stands in [`clocks`], what is counted of it in
//! [`ledger`]; one declared form does each act. Lends out [`store`] to whoever asks what exists, and [`watching`] to whoever
//! serves.

pub mod acting;
pub mod chain;
pub mod clocks;
pub mod diagram;
pub mod doing;
pub mod finding;
pub mod forms;
pub mod ledger;
pub mod list;
pub mod party;
pub mod refusal;
pub mod show;
pub mod store;
pub mod tally;
pub mod telling;
pub mod visits;
pub mod watching;
pub mod wording;
pub mod writing;

pub use chain::{Act, Building, Fact, Stage, carry_out};
pub use refusal::Why;

use crate::people::act::Act as Permission;
use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Permission::SeeBuildings);
    let record = Access::Act(Permission::RecordBuildings);
    let handle = Access::Act(Permission::HandleBuildings);
    vec![
        // A code opens a building for its owner, else a penalty case for its party.
        Door::get("/party/{code}", Access::Public, party::show).paced(Pace::Code),
        Door::get("/party/{code}/{paper}", Access::Public, party::pdf).paced(Pace::Code),
        Door::post("/party/{code}/{paper}", Access::Public, party::act).paced(Pace::Code),
        Door::get("/buildings", see, list::list),
        Door::get("/buildings/new", record, finding::ask),
        Door::post("/buildings/new", record, finding::write),
        Door::get("/buildings/ledger", see, tally::page),
        Door::get("/buildings/ledger.csv", see, tally::csv),
        Door::get("/buildings/ledger.xlsx", see, tally::excel),
        Door::get("/buildings/visits", see, visits::list),
        Door::post("/buildings/visits", record, visits::write),
        // Whose building it is decides the scope: what lies outside does not exist.
        Door::get("/buildings/{id}", see, show::show),
        Door::get("/buildings/{id}/volume", Access::Act(Permission::SeePapers), writing::file),
        Door::get("/buildings/{id}/papers", Access::Act(Permission::SeePapers), writing::list),
        Door::get("/buildings/{id}/papers/{kind}", Access::Act(Permission::IssuePapers), writing::ask),
        Door::post("/buildings/{id}/papers/{kind}", Access::Act(Permission::IssuePapers), writing::issue),
        Door::post("/buildings/{id}/record-visit", record, doing::record_visit),
        // Which role takes which step, the chain says.
        Door::post("/buildings/{id}/{act}", handle, doing::act),
    ]
}
