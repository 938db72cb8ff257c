//! Who does what: the posts of the program as the roles of the law.

use super::chain::{Role, Step};
use crate::people::act::Post;

/// The role in which a post takes a step; none when it has no part in it.
///
/// What the planning department, the government or the party did is recorded by the brigade's people with the paper that shows
/// it: nobody of those sits at this program.
pub const fn role(post: Post, step: Step) -> Option<Role> {
    let is_officer = matches!(post, Post::EnforcementOfficer | Post::UnitLeader);
    match step {
        Step::RecordVisit if matches!(post, Post::EnforcementHelper) => Some(Role::Helper),
        // 规划部门's letter.
        Step::Assess if is_officer || matches!(post, Post::LegalReviewer) => Some(Role::Planner),
        // The government's paper comes to whoever answers for the file.
        Step::Charge | Step::ChargeShort => match post {
            Post::UnitLeader | Post::LegalReviewer | Post::Leader => Some(Role::Government),
            _ => None,
        },
        Step::HoldHearing => match post {
            Post::HearingPresident | Post::LegalReviewer => Some(Role::HearingPresident),
            _ => None,
        },
        Step::Review => match post {
            Post::LegalReviewer => Some(Role::Reviewer),
            _ => None,
        },
        // Reviews and suits reach the legal desk, too.
        Step::BeginRemedy | Step::EndRemedy | Step::ChangeDecision if matches!(post, Post::LegalReviewer) => {
            Some(Role::Party)
        }
        Step::Assess => None,
        _ if is_officer => Some(Role::Officer),
        _ if matches!(post, Post::Leader) => Some(Role::Head),
        _ => None,
    }
}

/// Whose turn it is, for whoever is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The unit that handles the building.
    Unit,
    /// The head (行政机关负责人).
    Head,
    /// Whoever reviews files (法制审核).
    Reviewer,
}

#[cfg(test)]
mod tests {
    use super::super::chain::{Stage, way};
    use super::*;

    #[test]
    fn every_way_of_the_chain_can_be_gone_by_somebody_and_a_helper_only_persuades() {
        for &from in Stage::ALL {
            for &step in Step::ALL {
                let Some(way) = way(step, from) else { continue };
                let can = |post: &Post| role(*post, step).is_some_and(|role| way.who.contains(&role));
                assert!(Post::ALL.iter().any(can), "{} from {}", step.word(), from.word());
                assert!(step == Step::RecordVisit || !can(&Post::EnforcementHelper), "{}", step.word());
            }
        }
        assert_eq!(role(Post::EnforcementOfficer, Step::File), Some(Role::Officer), "and the chain refuses it");
        for post in [Post::Acceptor, Post::Treasurer, Post::SystemAdmin] {
            assert!(Step::ALL.iter().all(|step| role(post, *step).is_none()), "{}", post.word());
        }
    }
}
