//! A case goes its way: taken on, checked, filed, dispatched, handled, answered for, verified by somebody else, closed.
//! One file per act; `case.rs` says what may happen. Lends out the case, its lists and the citizen's part of its history.

pub mod appeals;
pub mod carrying;
pub mod case;
pub mod checking;
pub mod closing;
pub mod dispatch;
pub mod documents;
pub mod doing;
pub mod feedback;
pub mod filing;
pub mod following;
pub mod handling;
pub mod inbox;
pub mod merging;
pub mod numbering;
pub mod photo_checks;
pub mod photos;
pub mod reading;
pub mod receiving;
pub mod replaying;
pub mod requests;
pub mod returns;
pub mod self_handling;
pub mod settings;
pub mod show;
pub mod splitting;
pub mod standards;
pub mod store;
pub mod suggesting;
pub mod supervising;
pub mod tally;
pub mod telling;
pub mod timer;
pub mod twins;
pub mod verification;
pub mod voiding;
pub mod watching;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/desk", Access::Act(Act::SeeDesk), inbox::desk),
        Door::get("/department", Access::Act(Act::SeeDepartment), inbox::department),
        Door::get("/field", Access::Act(Act::SeeField), inbox::field),
        // Whose case it is decides the scope: what lies outside does not exist.
        Door::get("/cases/{id}", Access::Act(Act::KeepOwnAccount), show::show),
        Door::get("/cases/{id}/documents/{document}", Access::Act(Act::KeepOwnAccount), documents::document),
        Door::get("/cases/{id}/photos", Access::Act(Act::SeeDesk), photos::show),
        Door::post("/cases/{id}/accept", Access::Act(Act::ReceiveReports), receiving::accept),
        Door::post("/cases/{id}/decline", Access::Act(Act::ReceiveReports), receiving::decline),
        Door::post("/cases/{id}/join", Access::Act(Act::ReceiveReports), receiving::join),
        Door::post("/cases/{id}/merge", Access::Act(Act::ReceiveReports), merging::merge),
        Door::post("/cases/{id}/unlink", Access::Act(Act::ReceiveReports), twins::unlinking::unlink),
        Door::get("/cases/{id}/twins/{other}", Access::Act(Act::SeeDesk), twins::comparing::compare),
        Door::post("/cases/{id}/twins/{other}/part", Access::Act(Act::ReceiveReports), twins::comparing::part),
        Door::post("/cases/{id}/locate", Access::Act(Act::ReceiveReports), receiving::locate),
        Door::post("/cases/{id}/ask-check", Access::Act(Act::AskCheck), checking::ask),
        Door::post("/cases/{id}/check", Access::Act(Act::ReportCheck), checking::report),
        Door::post("/cases/{id}/file", Access::Act(Act::FileCases), filing::file),
        Door::post("/cases/{id}/dispatch", Access::Act(Act::DispatchCases), dispatch::dispatch),
        Door::post("/cases/{id}/assign", Access::Act(Act::AssignCrews), handling::assign),
        Door::post("/cases/{id}/take", Access::Act(Act::HandleTasks), handling::take),
        Door::post("/cases/{id}/hand-in", Access::Act(Act::HandleTasks), handling::hand_in),
        Door::post("/cases/{id}/feed-back", Access::Act(Act::FeedBack), feedback::feed_back),
        Door::post("/cases/{id}/redo", Access::Act(Act::FeedBack), feedback::redo),
        Door::post("/cases/{id}/split", Access::Act(Act::DispatchCases), splitting::split),
        Door::post("/cases/{id}/territory", Access::Act(Act::DispatchCases), returns::give_to_territory),
        Door::post("/cases/{id}/return", Access::Act(Act::ReturnCases), returns::ask),
        Door::post("/cases/{id}/postpone", Access::Act(Act::AskPostponements), requests::ask_postponement),
        Door::post("/cases/{id}/suspend", Access::Act(Act::AskSuspensions), requests::ask_suspension),
        Door::post("/cases/{id}/resume", Access::Act(Act::DispatchCases), requests::resume),
        Door::post("/cases/{id}/decide", Access::Act(Act::DecideRequests), requests::decide),
        Door::post("/cases/{id}/decide-void", Access::Act(Act::DecideRequests), requests::decide_void),
        Door::post("/cases/{id}/supervise", Access::Act(Act::SuperviseCases), supervising::supervise),
        Door::post("/cases/{id}/answer-order", Access::Act(Act::AnswerOrders), supervising::answer),
        Door::post("/cases/{id}/mark-urgent", Access::Act(Act::MarkUrgent), receiving::mark_urgent),
        Door::post("/cases/{id}/clear-urgent", Access::Act(Act::MarkUrgent), receiving::clear_urgent),
        Door::post("/cases/{id}/self-handle", Access::Act(Act::MendOnTheSpot), self_handling::mend),
        Door::post("/cases/{id}/ask-verification", Access::Act(Act::CloseCases), verification::ask),
        Door::post("/cases/{id}/verify", Access::Act(Act::VerifyCases), verification::verify),
        Door::post("/cases/{id}/close", Access::Act(Act::CloseCases), closing::close),
        Door::post("/cases/{id}/send-back", Access::Act(Act::CloseCases), returns::send_back),
        Door::post("/cases/{id}/reopen", Access::Act(Act::CloseCases), closing::reopen),
        Door::post("/cases/{id}/void", Access::Act(Act::VoidCases), voiding::void),
        Door::post("/cases/{id}/ask-void", Access::Act(Act::AskVoids), requests::ask_void),
        Door::post("/cases/{id}/force-close", Access::Act(Act::ForceClosing), closing::force),
        Door::post("/cases/{id}/appeal", Access::Act(Act::AppealLateness), appeals::appeal),
        Door::post("/cases/{id}/review-appeal", Access::Act(Act::ReviewAppeals), appeals::review),
    ]
}
