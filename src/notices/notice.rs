//! One notice to one person, and the ways by which it may leave the program.

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

enum_of_words! {
    /// A way out of the program. In the program itself every notice is told always.
    Channel {
        /// An e-mail.
        Email = "email",
        /// Web push to a browser (RFC 8030).
        Push = "push",
        /// A short message by the city's gateway.
        Sms = "sms",
    }
}

/// One notice to one person. Its sentences stand in `locales/` under `notice-KIND-title` and `notice-KIND-text`; what kind
/// it is, without its contents, under `notice-KIND-name`.
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

/// The address within the program that a notice leads to; the list of notices when it says anything else.
pub fn inner(link: &str) -> &str {
    let is_inner = link.starts_with('/') && !link[1..].starts_with(['/', '\\']) && !link.contains(char::is_control);
    if is_inner { link } else { "/notices" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_within_the_program() {
        assert_eq!(inner("/cases/17#actions"), "/cases/17#actions");
        for elsewhere in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "cases/17"] {
            assert_eq!(inner(elsewhere), "/notices", "{elsewhere}");
        }
    }
}
