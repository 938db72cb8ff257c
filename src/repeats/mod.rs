//! Repeat complaints (重复投诉、每月研判): what is complained of again and again is found by the city's rules, put on a month's list
//! that never changes, given to a department by a meeting, and watched until it falls silent, or comes back. `repeat.rs` and
//! `review.rs` say what may happen. Lends out [`store`], [`following`] and [`looking`] to whoever serves.

mod answering;
pub mod diagram;
mod doing;
pub mod finding;
pub mod following;
mod list;
pub mod looking;
mod meeting;
pub mod month;
mod months;
mod paper;
pub mod repeat;
pub mod review;
pub mod settings;
mod show;
pub mod store;
mod telling;
mod view;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeeRepeats);
    let review = Access::Act(Act::ReviewRepeats);
    let read = Access::Act(Act::ReadReviews);
    let answer = Access::Act(Act::AnswerRepeats);
    vec![
        Door::get("/repeats", see, list::list),
        Door::post("/repeats/look", review, looking::ask_now),
        Door::get("/repeats/months", read, months::list),
        Door::get("/repeats/months/{month}", read, months::show),
        Door::get("/repeats/months/{month}/list.csv", read, months::csv),
        Door::get("/repeats/months/{month}/paper.docx", read, paper::word),
        Door::get("/repeats/months/{month}/meeting", read, meeting::overview),
        Door::post("/repeats/months/{month}/meeting", review, meeting::keep_minutes),
        Door::post("/repeats/months/{month}/meeting/close", review, meeting::close),
        Door::get("/repeats/months/{month}/meeting/{position}", read, meeting::item),
        Door::post("/repeats/months/{month}/meeting/{position}", review, meeting::decide),
        Door::post("/repeats/months/{month}/meeting/{position}/undo", review, meeting::undo),
        // Whose repeat it is decides the scope: what lies outside does not exist.
        Door::get("/repeats/{id}", see, show::show),
        Door::post("/repeats/{id}/title", review, show::rename),
        Door::post("/repeats/{id}/set-aside", review, show::set_aside),
        Door::post("/repeats/{id}/follow-up", answer, answering::follow_up),
    ]
}

/// What the room keeps in memory.
#[derive(Debug)]
pub struct Held {
    /// What the city says.
    pub settings: settings::Settings,
    /// Wakes whoever looks through the reports.
    pub wake: tokio::sync::Notify,
}

impl Held {
    /// With these settings.
    pub fn new(settings: settings::Settings) -> Held {
        Held { settings, wake: tokio::sync::Notify::new() }
    }
}
