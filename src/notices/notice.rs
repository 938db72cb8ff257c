//! One notice to one person.

use crate::kit::id::Id;
use crate::kit::words::enum_of_words;

enum_of_words! {
    /// How pressing a notice is.
    Urgency {
        /// Leaves the program within working hours only.
        Ordinary = "ordinary",
        /// Leaves at any hour: an emergency, a call-out.
        Urgent = "urgent",
    }
}

/// One notice to one person. Its sentences stand in `locales/` under `notice-KIND-title` and `notice-KIND-text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// To whom: an account.
    pub to: Id,
    /// What it says: `case-dispatched`, `whistle-blown`, `duty-called-out`, …
    pub kind: &'static str,
    /// What the sentences need, by name.
    pub args: Vec<(&'static str, String)>,
    /// The page of the program where one goes on, such as `/cases/17`.
    pub link: String,
    /// How pressing it is.
    pub urgency: Urgency,
    /// What it happened once for: a second notice with the same mark to the same person is not sent.
    pub once: String,
}
