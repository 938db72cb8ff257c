//! What a token opens. A scope never opens more than the post of the token's account: both must allow.

use crate::kit::words::enum_of_words;
use crate::people::act::{Act, Post, may};

enum_of_words! {
    /// What a token opens.
    Scope {
        /// Read reports as everybody reads them.
        ReadReports = "reports:read",
        /// Send reports.
        WriteReports = "reports:write",
        /// Read the whole words and the names and telephones of those who reported.
        ReadContacts = "contacts:read",
        /// Read cases within what exists for the account.
        ReadCases = "cases:read",
        /// Act on them, as far as the account's post may.
        WriteCases = "cases:write",
        /// Follow the facts of reports and cases.
        ReadFacts = "facts:read",
        /// Have facts sent to addresses.
        ManageWebhooks = "webhooks:manage",
    }
}

impl Scope {
    /// The scopes that a list parted by spaces names; what is unknown is left out.
    pub fn read_all(words: &str) -> Vec<Scope> {
        words.split_ascii_whitespace().filter_map(Scope::parse).collect()
    }

    /// Whether a post has anything behind this scope.
    pub const fn is_for(self, post: Post) -> bool {
        match self {
            Scope::ReadReports | Scope::WriteReports => is_working(post),
            Scope::ReadContacts => may(post, Act::SeeDesk),
            Scope::ReadCases | Scope::WriteCases | Scope::ReadFacts | Scope::ManageWebhooks => {
                may(post, Act::SearchCases)
            }
        }
    }
}

/// Administration looks after the program and has no part in its work (三员分立, GB/T 22239-2019 8.1.5).
pub const fn is_working(post: Post) -> bool {
    !matches!(post, Post::SystemAdmin | Post::SecurityAdmin | Post::AuditAdmin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administration_has_nothing_behind_any_scope() {
        for post in [Post::SystemAdmin, Post::SecurityAdmin, Post::AuditAdmin] {
            assert!(Scope::ALL.iter().all(|scope| !scope.is_for(post)), "{post:?}");
        }
    }

    #[test]
    fn telephones_are_for_the_desk_alone() {
        for post in Post::ALL {
            assert_eq!(Scope::ReadContacts.is_for(*post), may(*post, Act::SeeDesk), "{post:?}");
        }
    }

    #[test]
    fn words_are_read_and_strangers_left_out() {
        assert_eq!(Scope::read_all("cases:read  everything facts:read"), [Scope::ReadCases, Scope::ReadFacts]);
        for scope in Scope::ALL {
            assert_eq!(Scope::read_all(scope.word()), [*scope]);
        }
    }
}
