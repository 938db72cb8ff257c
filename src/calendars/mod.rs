//! Dates as calendars that telephones subscribe to (iCalendar, RFC 5545): what the public may attend or should know, and for each of the
//! staff what they take part in. It keeps no dates of its own: every room keeps its own, and this one reads them.

mod gathering;
pub mod hearing;
mod mine;
mod public;
mod store;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let own = Access::Act(Act::KeepOwnAccount);
    vec![
        Door::get("/calendar", Access::Public, public::show),
        Door::get("/calendar.ics", Access::Public, public::feed),
        Door::get("/calendar/mine", own, mine::show),
        Door::post("/calendar/mine/feed", own, mine::make),
        Door::post("/calendar/mine/revoke", own, mine::revoke),
        // Whoever knows the secret address reads: a telephone's calendar has no session.
        Door::get("/calendar/feed/{token}", Access::Public, mine::feed).paced(Pace::Code),
    ]
}
