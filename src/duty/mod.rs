//! Who is on call, day and night (备勤): rosters made from patterns, shifts that people arrive for, swap, and hand over, and
//! the call-out that reaches whoever is on duty when an urgent case stirs at night. Lends out who is on duty now
//! ([`store::published_between`], [`shift::Watch`]) and [`following`] to whoever serves.

mod arriving;
pub mod calling;
mod editing;
pub mod feeds;
pub mod following;
mod forms;
mod hand_overs;
mod mine;
pub(crate) mod months;
mod musters;
pub mod pattern;
pub mod person;
mod rosters;
pub mod settings;
pub mod sheet;
mod sheets;
pub mod shift;
mod show;
pub mod store;
mod swaps;
mod taking;
mod view;

use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::people::act::Act;
use crate::people::doors::{Access, Door, Visit};
use crate::people::paces::Pace;
use minijinja::{Value, context};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeeDuty);
    let keep = Access::Act(Act::KeepRoster);
    vec![
        Door::get("/duty", see, show::now),
        Door::get("/duty/print", see, show::print),
        Door::get("/duty/mine", see, mine::show),
        Door::post("/duty/phone", see, mine::keep_phone),
        Door::get("/duty/shifts/{id}", see, editing::show),
        Door::post("/duty/shifts/{id}", keep, editing::change),
        Door::post("/duty/shifts/{id}/cancel", keep, editing::cancel),
        Door::post("/duty/shifts/{id}/arrive", see, arriving::arrive),
        Door::post("/duty/shifts/{id}/muster", see, musters::call),
        Door::get("/duty/shifts/{id}/swap", see, swaps::ask_form),
        Door::post("/duty/shifts/{id}/swap", see, swaps::ask),
        Door::get("/duty/shifts/{id}/hand-over", see, hand_overs::write_form),
        Door::post("/duty/shifts/{id}/hand-over", see, hand_overs::write),
        Door::get("/duty/swaps", keep, swaps::list),
        Door::post("/duty/swaps/{id}/{act}", see, swaps::act),
        Door::get("/duty/musters/{id}", see, musters::show),
        Door::post("/duty/musters/{id}/answer", see, musters::answer),
        Door::get("/duty/hand-overs", see, hand_overs::list),
        Door::get("/duty/hand-overs/{id}", see, hand_overs::show),
        Door::post("/duty/hand-overs/{id}/sign", see, hand_overs::sign),
        Door::post("/duty/hand-overs/{id}/notes", see, hand_overs::add_note),
        Door::get("/duty/call-outs", see, taking::list),
        Door::get("/duty/call-outs/{id}", see, taking::show),
        Door::post("/duty/call-outs/{id}/answer", see, taking::answer),
        Door::post("/duty/feeds", see, feeds::make),
        Door::post("/duty/feeds/revoke", see, feeds::revoke),
        // Whoever knows the secret address reads: a telephone's calendar has no session.
        Door::get("/duty/feed/{token}", Access::Public, feeds::feed).paced(Pace::Code),
        Door::get("/duty/rosters", keep, rosters::list),
        Door::get("/duty/rosters/new", keep, rosters::ask),
        Door::post("/duty/rosters", keep, rosters::add),
        Door::get("/duty/rosters/{id}", keep, rosters::show),
        Door::post("/duty/rosters/{id}", keep, rosters::change),
        Door::post("/duty/rosters/{id}/generate", keep, months::generate),
        Door::post("/duty/rosters/{id}/sheets", keep, sheets::bring),
        Door::get("/duty/rosters/{id}/{month}", keep, months::show),
        Door::post("/duty/rosters/{id}/{month}/publish", keep, months::publish),
        Door::post("/duty/rosters/{id}/{month}/shifts", keep, months::add_shift),
        Door::get("/duty/rosters/{id}/{month}/roster.xlsx", see, sheets::export),
        Door::get("/duty/sheets/{id}", keep, sheets::show),
        Door::post("/duty/sheets/{id}/keep", keep, sheets::keep),
        Door::post("/duty/sheets/{id}/discard", keep, sheets::discard),
    ]
}

fn say(app: &App, visit: &Visit, key: &str) -> String {
    app.pages.say(visit.lang, key, &[])
}

/// What is wrong with a form, for the page.
fn errors(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Vec<Value> {
    let written = refusal.map(|refusal| {
        let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
        context! { field => refusal.field.unwrap_or("main"), message }
    });
    written.into_iter().collect()
}

/// The refusal in an error: somebody else having been faster is one, too. What is no refusal stays an error.
fn refusal_in(error: Error) -> Result<Refusal, Error> {
    match error {
        Error::Refused(refusal) => Ok(refusal),
        Error::Db(DbError::Stale | DbError::NotUnique(_)) => Ok(Refusal::new("duty-refusal-changed")),
        error => Err(error),
    }
}

/// The places of the room's pages, for its tabs.
fn tabs(app: &App, visit: &Visit, here: &str) -> Result<Vec<Value>, Error> {
    let actor = visit.actor()?;
    let all = [
        ("/duty", "duty-tab-now", Act::SeeDuty),
        ("/duty/mine", "duty-tab-mine", Act::SeeDuty),
        ("/duty/hand-overs", "duty-tab-hand-overs", Act::SeeDuty),
        ("/duty/call-outs", "duty-tab-call-outs", Act::SeeDuty),
        ("/duty/swaps", "duty-tab-swaps", Act::KeepRoster),
        ("/duty/rosters", "duty-tab-rosters", Act::KeepRoster),
    ];
    let open = all.iter().filter(|(_, _, act)| actor.may(*act));
    let tab = |(href, key, _): &(&str, &str, Act)| context! { href => *href, label => say(app, visit, key), current => *href == here };
    Ok(open.map(tab).collect())
}
