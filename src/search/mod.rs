//! One box over everything that exists for whoever searches: cases with their reports, notes and numbers, and reports of other
//! systems. The index is this program's own, the same rows on both databases, so both answer the same; `pieces.rs` cuts text,
//! `query.rs` reads what is asked, `finding.rs` walks the index, `keeping.rs` keeps it fresh. Lends out [`keeping`] to whoever
//! serves.

pub mod entry;
mod excerpt;
pub mod finding;
pub mod keeping;
pub mod pieces;
pub mod places;
pub mod query;
mod show;
pub mod store;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use crate::people::paces::Pace;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    vec![Door::get("/search", Access::Act(Act::SearchCases), show::search).paced(Pace::Search)]
}
