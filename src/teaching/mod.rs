//! Practice (教学演练): invented cases in which a learner goes through a whole procedure and plays every part, by the very rules and
//! forms of real ones. [`exercise`] says what there is, [`run`] how a run goes, [`explaining`] why a rule says no, [`removing`] how a
//! finished case becomes an exercise without anybody in it. Strictly apart: nothing of it is a case, a paper, a notice to a party
//! or a figure, and nothing of it is found by a search.

pub mod adapting;
pub mod exercise;
pub mod explaining;
pub mod making;
pub mod practise;
pub mod progress;
pub mod refusal;
pub mod removing;
pub mod run;
pub mod showing;
pub mod store;

pub use refusal::Why;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let practise = Access::Act(Act::Practise);
    let see = Access::Act(Act::SeeProgress);
    let make = Access::Act(Act::MakeExercises);
    vec![
        Door::get("/teaching", practise, practise::list),
        Door::post("/teaching/begin", practise, practise::begin),
        Door::get("/teaching/progress", see, progress::page),
        Door::get("/teaching/progress.csv", see, progress::csv),
        Door::post("/teaching/progress/assign", see, progress::assign),
        Door::get("/teaching/progress/{run}", see, progress::run),
        Door::get("/teaching/exercises", make, making::list),
        Door::get("/teaching/exercises/{id}", make, making::show),
        Door::post("/teaching/exercises/{id}/publish", make, making::publish),
        Door::post("/teaching/exercises/{id}/withdraw", make, making::withdraw),
        Door::get("/enforcement/{id}/teaching", make, making::ask),
        Door::post("/enforcement/{id}/teaching", make, making::make),
        // Whose run it is decides: everybody else's does not exist.
        Door::get("/teaching/{run}", practise, practise::show),
        Door::get("/teaching/{run}/result", practise, practise::result),
        Door::post("/teaching/{run}/part", practise, practise::part),
        Door::post("/teaching/{run}/clock", practise, practise::clock),
        Door::post("/teaching/{run}/undo", practise, practise::undo),
        Door::post("/teaching/{run}/restart", practise, practise::restart),
        Door::get("/teaching/{run}/{step}", practise, practise::ask),
        Door::post("/teaching/{run}/{step}", practise, practise::take),
    ]
}
