//! What persons ask for about what is kept of them (个人信息保护法 art. 50): access, a copy, correction, deletion, an explanation, a complaint,
//! also by whoever has no tracking code, was named by others or follows by e-mail. A public form with a receipt code, a list for those who
//! answer with the time that is left, and the record of what was done. Lends out [`telling::watch`] and [`settings`].

pub mod asking;
pub mod claim;
pub mod desk;
pub mod diagram;
pub mod own;
pub mod settings;
pub mod store;
pub mod telling;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    use Access::Public;
    let answer = Access::Act(Act::AnswerClaims);
    vec![
        Door::get("/privacy/ask", Public, asking::form),
        Door::post("/privacy/ask", Public, asking::ask).paced(Pace::Report),
        Door::get("/privacy/asked", Public, own::find),
        Door::get("/privacy/asked/{code}", Public, own::show).paced(Pace::Code),
        Door::post("/privacy/asked/{code}/withdraw", Public, own::withdraw).paced(Pace::Code),
        Door::get("/claims", answer, desk::list),
        Door::get("/claims/list.csv", answer, desk::csv),
        Door::get("/claims/{id}", answer, desk::show),
        Door::post("/claims/{id}/check", answer, desk::check),
        Door::post("/claims/{id}/answer", answer, desk::answer),
    ]
}
