//! Penalty cases under legal procedure (执法办案). A case cannot skip a step that the law demands: every hard precondition is
//! a question in [`guards`], and every no names its article. The money stands in [`money`], what cities fill in in [`organ`]
//! and [`matters`]. What an act asks for is declared in [`forms`]; one door takes them all.
//! What everybody reads of a decision stands in [`publication`], what must not be read in [`privacy`] and [`naming`]; the record of the
//! whole process in [`record`].

pub mod bank;
pub mod board;
pub mod bundling;
pub mod case;
pub mod diagram;
pub mod doing;
pub mod earlier;
pub mod forms;
pub mod guards;
pub mod matters;
pub mod measures;
pub mod money;
pub mod naming;
pub mod opening;
pub mod organ;
pub mod party;
#[cfg(test)]
mod paths_tests;
pub mod payments;
pub mod performing;
pub mod privacy;
pub mod proving;
pub mod publication;
pub mod publishing;
pub mod questions;
pub mod reconciling;
pub mod record;
pub mod refusal;
pub mod resting;
pub mod sampling;
pub mod serving;
pub mod sheets;
pub mod settings;
pub mod show;
pub mod statutes;
pub mod store;
pub mod telling;
#[cfg(test)]
mod texts_tests;
pub mod wording;
pub mod writing;

pub use case::{Act, Actor, Case, Fact, Law, Role, Stage, carry_out};
pub use refusal::Why;

use crate::people::act::Act as May;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(May::SeePenaltyCases);
    let handle = Access::Act(May::HandlePenaltyCases);
    let record = Access::Act(May::RecordClues);
    let punish = Access::Act(May::PunishOnTheSpot);
    vec![
        Door::get("/enforcement", see, board::board),
        Door::get("/enforcement/new", record, opening::ask),
        Door::post("/enforcement/new", record, opening::receive),
        Door::get("/enforcement/summary", punish, opening::ask_summary),
        Door::post("/enforcement/summary", punish, opening::punish),
        // Whoever holds a paper of the case reads it by its code.
        Door::get("/party", Access::Public, party::ask),
        // What was decided is everybody's to read (行政处罚法 art. 48).
        Door::get("/published", Access::Public, publishing::list),
        Door::get("/published/feed", Access::Public, publishing::feed),
        Door::get("/published/{code}", Access::Public, publishing::show),
        Door::get("/enforcement/law", see, settings::page),
        Door::get("/enforcement/payments", Access::Act(May::ImportPayments), payments::ask),
        Door::post("/enforcement/payments", Access::Act(May::ImportPayments), payments::bring),
        Door::get("/enforcement/payments/files/{id}", Access::Act(May::ImportPayments), reconciling::file),
        Door::get("/enforcement/payments/open", Access::Act(May::ImportPayments), reconciling::open),
        Door::post("/enforcement/payments/lines/{id}/{act}", Access::Act(May::ImportPayments), reconciling::settle),
        Door::get("/enforcement/payments/days", Access::Act(May::ImportPayments), reconciling::days),
        Door::get("/enforcement/payments/lines.csv", Access::Act(May::ImportPayments), reconciling::csv),
        Door::get("/enforcement/payments/lines.xlsx", Access::Act(May::ImportPayments), reconciling::xlsx),
        // Which step somebody may take is the law's to say: the rule asks for the post.
        Door::get("/enforcement/{id}", see, show::show),
        Door::get("/enforcement/{id}/file", Access::Act(May::SeePapers), writing::file),
        Door::get("/enforcement/{id}/evidence", Access::Act(May::SeePapers), proving::show),
        Door::post("/enforcement/{id}/evidence/check", Access::Act(May::SeePapers), proving::check),
        Door::get("/enforcement/{id}/bundles", Access::Act(May::ExportFiles), bundling::ask),
        Door::post("/enforcement/{id}/bundles", Access::Act(May::ExportFiles), bundling::export),
        Door::get("/enforcement/{id}/papers", Access::Act(May::SeePapers), writing::list),
        Door::get("/enforcement/{id}/papers/{kind}", Access::Act(May::IssuePapers), writing::ask),
        Door::post("/enforcement/{id}/papers/{kind}", Access::Act(May::IssuePapers), writing::issue),
        Door::get("/enforcement/{id}/{step}", handle, show::ask),
        Door::post("/enforcement/{id}/{step}", handle, doing::take),
    ]
}
