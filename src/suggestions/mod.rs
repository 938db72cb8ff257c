//! Which sub-class a report is about (类别推荐): offered by its words while somebody writes, shown to the desk, kept with the
//! version that offered it, and measured by what the desk files. At night it learns from that. Lends out [`offered`], [`of_report`]
//! and [`settle`] to `reports` and `cases`, which the program could also do without.

pub mod learning;
pub mod offering;
pub mod reader;
pub mod running;
pub mod store;
pub mod suggestion;
pub mod worth;

use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;
use suggestion::{Guess, Suggestion};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    vec![
        // Sent in the body: what somebody is still writing belongs in no log of addresses.
        Door::post("/report/suggest", Access::Public, offering::offer).paced(Pace::Search),
        Door::get("/suggestions", Access::Act(Act::SeeSuggestions), worth::show),
        Door::post("/suggestions/learn", Access::Act(Act::ChooseModels), worth::learn),
        Door::post("/suggestions/use", Access::Act(Act::ChooseModels), worth::choose),
    ]
}

/// What is offered for these words by the version in use, and which version that is.
pub fn offered(app: &App, words: &str) -> (Vec<Guess>, String) {
    let reader = app.suggestions.reader();
    (suggestion::offer(reader.guesses(words), &app.suggestions.settings), reader.version().to_owned())
}

/// What is to be kept of a report: what its words are taken for, whether the reporter saw it (`shown` is the version that their form
/// showed), and the category that it names.
pub fn of_report(app: &App, report: Id, words: &str, shown: &str, chosen: &str, now: Moment) -> Suggestion {
    let (offers, version) = offered(app, words);
    let is_shown = !offers.is_empty() && shown == version;
    Suggestion { report, version, offered_at: now, offers, is_shown, chosen: chosen.to_owned() }
}

/// Says what the desk filed a case as: then it is known what its suggestions were worth.
///
/// # Errors
/// When the database fails.
pub async fn settle(app: &App, tx: &Tx, case: Id, filed: &str, now: Moment) -> Result<(), DbError> {
    let month = now.zoned(&app.city.zone()).strftime("%Y-%m").to_string();
    store::settle(tx, case, filed, &month, now).await
}
