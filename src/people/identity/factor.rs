//! When a second factor is asked, and when somebody must get one first. Pure rules.

/// What is known when the first factor was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First {
    /// The account has a code or a passkey.
    pub has_second: bool,
    /// A provider of identities has asked for one already, and the city takes its word for it.
    pub is_proved_elsewhere: bool,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The session is opened; `is_strong` when a second factor was shown.
    Open {
        /// Whether a second factor was shown, here or elsewhere.
        is_strong: bool,
    },
    /// The second factor is asked.
    Ask,
}

/// What follows the first factor.
pub const fn after(first: First) -> Next {
    match first {
        First { is_proved_elsewhere: true, .. } => Next::Open { is_strong: true },
        First { has_second: true, .. } => Next::Ask,
        First { .. } => Next::Open { is_strong: false },
    }
}

/// True when somebody with a session must get a second factor before anything else opens: the post demands one, the account has
/// none, and none was shown elsewhere.
pub const fn must_enrol(is_demanded: bool, has_second: bool, is_strong: bool) -> bool {
    is_demanded && !has_second && !is_strong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_factor_is_asked_of_whoever_has_one() {
        let first = |has_second, is_proved_elsewhere| First { has_second, is_proved_elsewhere };
        assert_eq!(after(first(false, false)), Next::Open { is_strong: false });
        assert_eq!(after(first(true, false)), Next::Ask);
        assert_eq!(after(first(true, true)), Next::Open { is_strong: true });
        assert_eq!(after(first(false, true)), Next::Open { is_strong: true });
        assert!(must_enrol(true, false, false));
        for (is_demanded, has_second, is_strong) in [(false, false, false), (true, true, false), (true, false, true)] {
            assert!(!must_enrol(is_demanded, has_second, is_strong));
        }
    }
}
