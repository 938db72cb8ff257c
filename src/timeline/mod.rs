//! What happened: the log of facts. Every change appends one in its own transaction; histories, notices and figures are
//! read from it and nothing edits it; a chain of sealed blocks shows when somebody did. Lends out [`fact::Fact`], [`store`], the live [`News`] and the [`feed`] of facts in the order in which
//! they became visible.

pub mod chain;
pub mod fact;
pub mod feed;
pub mod live;
pub mod months;
pub mod reading;
pub mod sealing;
pub mod serials;
pub mod store;
pub mod verifying;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    vec![Door::get("/live", Access::Act(Act::KeepOwnAccount), live::live)]
}

/// What open screens are told after a commit: that something about a subject changed, never what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// `report`, `case`, …; `notices` for the account that has new ones.
    pub subject: &'static str,
    /// Its identifier.
    pub subject_id: crate::kit::id::Id,
}
