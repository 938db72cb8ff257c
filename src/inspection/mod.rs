//! Checks of enterprises (涉企行政检查): the register, what may be checked and how often, plans by hand and by lot, approval, notice,
//! entering by scan, the record, what follows, and what enterprises say. The rule is one pure function in [`check`]; what may be
//! checked stands in [`items`], the lot in [`draw`]. Lends out [`store`] to whoever asks what exists, and [`watching`] to whoever
//! serves.

pub mod bringing;
pub mod check;
pub mod counting;
pub mod credit_code;
pub mod doing;
pub mod draw;
pub mod entering;
pub mod enterprise;
pub mod enterprises;
pub mod forms;
pub mod items;
pub mod list;
pub mod planning;
pub mod public;
pub mod reading;
pub mod refusal;
pub mod show;
pub mod store;
pub mod summary;
pub mod telling;
pub mod watching;
pub mod wording;

pub use items::Items;
pub use refusal::Why;

use crate::people::act::Act as May;
use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let register = Access::Act(May::SeeEnterprises);
    let keep = Access::Act(May::KeepEnterprises);
    let import = Access::Act(May::ImportEnterprises);
    let see = Access::Act(May::SeeChecks);
    let plan = Access::Act(May::PlanChecks);
    let lots = Access::Act(May::DrawChecks);
    let handle = Access::Act(May::HandleChecks);
    let there = Access::Act(May::NoteChecks);
    let answer = Access::Act(May::AnswerCheckReports);
    vec![
        Door::get("/enterprises", register, enterprises::list),
        Door::get("/enterprises/list.csv", register, enterprises::csv),
        Door::get("/enterprises/new", keep, enterprises::ask),
        Door::post("/enterprises/new", keep, enterprises::write),
        Door::get("/enterprises/imports", import, bringing::list),
        Door::post("/enterprises/imports", import, bringing::bring),
        Door::get("/enterprises/imports/{id}", import, bringing::show),
        Door::post("/enterprises/imports/{id}/keep", import, bringing::keep),
        Door::post("/enterprises/imports/{id}/discard", import, bringing::discard),
        Door::get("/enterprises/{id}", register, enterprises::show),
        Door::get("/enterprises/{id}/edit", keep, enterprises::edit),
        Door::post("/enterprises/{id}/edit", keep, enterprises::change),
        Door::get("/enterprises/{id}/code", register, enterprises::code),
        Door::post("/enterprises/{id}/close", keep, enterprises::close),
        Door::post("/enterprises/{id}/reopen", keep, enterprises::reopen),
        Door::get("/inspections", see, list::list),
        Door::get("/inspections/new", plan, planning::ask),
        Door::post("/inspections/new", plan, planning::write),
        Door::get("/inspections/draw", lots, planning::ask_draw),
        Door::post("/inspections/draw", lots, planning::write_draw),
        Door::get("/inspections/draws/{id}", see, planning::show_draw),
        Door::post("/inspections/draws/{id}/approve", handle, planning::approve_draw),
        Door::get("/inspections/summary", see, summary::page),
        Door::get("/inspections/summary.csv", see, summary::csv),
        Door::get("/inspections/published", Access::Public, public::published),
        Door::get("/inspections/reports", answer, public::reports),
        Door::post("/inspections/reports/{id}", answer, public::answer),
        // Whose check it is decides the scope: what lies outside does not exist.
        Door::get("/inspections/{id}", see, show::show),
        Door::get("/inspections/{id}/enter", see, entering::ask),
        // Helpers record along; which other step somebody takes, the rule says.
        Door::post("/inspections/{id}/note", there, doing::note),
        Door::post("/inspections/{id}/{act}", handle, doing::act),
        // A helper who scans reads why not.
        Door::get("/enter/{code}", there, entering::show),
        Door::post("/enter/{code}", there, entering::enter),
        // Whoever holds the code of a check reads it.
        Door::get("/check", Access::Public, public::ask),
        Door::post("/check", Access::Public, public::report).paced(Pace::Report),
        Door::get("/check/{code}", Access::Public, public::check).paced(Pace::Code),
        Door::post("/check/{code}", Access::Public, public::rate).paced(Pace::Code),
    ]
}
