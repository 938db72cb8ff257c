//! One thing that happened.

use crate::kit::clock::Moment;
use crate::kit::id::Id;
use serde_json::Value;

/// One fact, with its author and moment. Facts are appended, never changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What it is about: `report`, `case`, `account`, …
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Id,
    /// A past participle, in snake case: `dispatched`.
    pub kind: String,
    /// True when citizens may read it.
    pub is_public: bool,
    /// The account that did it; none for citizens and for the program itself.
    pub author: Option<Id>,
    /// When.
    pub at: Moment,
    /// What else is known, as an object.
    pub body: Value,
}
