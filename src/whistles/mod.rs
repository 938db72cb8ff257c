//! The brigade whistles, the departments report in (大队吹哨、部门报到、管理先行、执法保障). One whistle calls several
//! departments; each has a leg with clocks of its own, arrives at the place, works, answers, and is let go by the blower; then
//! both sides rate each other. `whistle.rs` and `leg.rs` say what may happen, one file per act does it. Lends out [`store`] to
//! the evaluation and [`watching`] to whoever serves.

pub mod answering;
pub mod arriving;
pub mod blowing;
pub mod clocks;
pub mod diagram;
pub mod doing;
pub mod drafting;
pub mod enforcing;
pub mod judging;
pub mod leg;
pub mod list;
pub mod rating;
pub mod refusal;
pub mod settings;
pub mod show;
pub mod store;
pub mod supervising;
pub mod telling;
pub mod watching;
pub mod whistle;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeeWhistles);
    let blow = Access::Act(Act::BlowWhistles);
    let answer = Access::Act(Act::AnswerWhistles);
    let decide = Access::Act(Act::DecideWhistles);
    vec![
        Door::get("/whistles", see, list::list),
        Door::get("/whistles/new", blow, drafting::ask),
        Door::post("/whistles", blow, drafting::write),
        // Whose whistle it is decides the scope: what lies outside does not exist.
        Door::get("/whistles/{id}", see, show::show),
        Door::get("/whistles/{id}/edit", blow, drafting::ask_again),
        Door::post("/whistles/{id}/edit", blow, drafting::write_again),
        Door::post("/whistles/{id}/blow", blow, blowing::blow),
        Door::post("/whistles/{id}/approve", decide, blowing::approve),
        Door::post("/whistles/{id}/decline", decide, blowing::decline),
        Door::post("/whistles/{id}/withdraw", blow, blowing::withdraw),
        Door::post("/whistles/{id}/enforcement", Access::Act(Act::OpenEnforcement), enforcing::open),
        Door::get("/whistles/{id}/evidence.json", see, enforcing::evidence),
        Door::get("/whistles/{id}/file", see, enforcing::file),
        Door::post("/whistles/{id}/legs/{leg}/sign", answer, answering::sign_for),
        Door::post("/whistles/{id}/legs/{leg}/contact", answer, answering::contact),
        Door::post("/whistles/{id}/legs/{leg}/refuse", answer, answering::refuse),
        Door::post("/whistles/{id}/legs/{leg}/decide", decide, judging::decide),
        Door::get("/whistles/{id}/legs/{leg}/arrive", answer, arriving::ask),
        Door::post("/whistles/{id}/legs/{leg}/arrive", answer, arriving::arrive),
        Door::post("/whistles/{id}/legs/{leg}/confirm-arrival", blow, judging::confirm),
        Door::post("/whistles/{id}/legs/{leg}/answer-order", answer, answering::order),
        Door::post("/whistles/{id}/legs/{leg}/work", answer, answering::work),
        Door::post("/whistles/{id}/legs/{leg}/feed-back", answer, answering::feed_back),
        Door::post("/whistles/{id}/legs/{leg}/accept", blow, judging::accept),
        Door::post("/whistles/{id}/legs/{leg}/send-back", blow, judging::send_back),
        Door::post("/whistles/{id}/legs/{leg}/release", blow, judging::release),
        Door::post("/whistles/{id}/legs/{leg}/give-up", blow, judging::give_up),
        Door::post("/whistles/{id}/legs/{leg}/rate", blow, rating::department),
        Door::post("/whistles/{id}/legs/{leg}/rate-whistle", answer, rating::whistle),
    ]
}
