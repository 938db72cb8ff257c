//! A view: a name and the query of a search.

use crate::kit::error::Refusal;
use crate::kit::form::required;
use crate::kit::id::Id;
use crate::people::act::{Act, Post};
use crate::people::actor::Actor;
use serde::Serialize;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 24;
/// The longest query, in characters.
pub const LONGEST_QUERY: usize = 2_000;
/// The most views that somebody keeps.
pub const MOST: usize = 30;
/// Where every view leads.
const SEARCH: &str = "/search";

/// One view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// The identifier.
    pub id: Id,
    /// Whose it is.
    pub account: Id,
    /// What it is called.
    pub name: String,
    /// The query of the search's address.
    pub query: String,
    /// The least stands first.
    pub position: i64,
    /// Who else finds it; empty for nobody.
    pub shared_with: String,
    /// Counts up with every change.
    pub revision: i64,
}

impl View {
    /// A new view of somebody who has kept `kept` so far.
    ///
    /// # Errors
    /// A sentence on the name, when it is missing or too long, when there are too many, or when nothing is asked for.
    pub fn keep(id: Id, account: Id, name: &str, query: &str, kept: &[View]) -> Result<View, Refusal> {
        let name = required("name", name, LONGEST_NAME)?;
        if kept.len() >= MOST {
            return Err(Refusal::new("views-too-many").with("most", MOST).on("name"));
        }
        if kept.iter().any(|view| view.name == name) {
            return Err(Refusal::new("views-name-taken").on("name"));
        }
        let query = clean(query).ok_or_else(|| Refusal::new("views-nothing").on("name"))?;
        let position = kept.iter().map(|view| view.position).max().unwrap_or(0) + 1;
        Ok(View { id, account, name, query, position, shared_with: String::new(), revision: 1 })
    }

    /// The same with another name than the others have, shared with an audience or with nobody.
    ///
    /// # Errors
    /// A sentence on the name.
    pub fn change(self, name: &str, shared_with: Option<String>, kept: &[View]) -> Result<View, Refusal> {
        let name = required("name", name, LONGEST_NAME)?;
        if kept.iter().any(|view| view.id != self.id && view.name == name) {
            return Err(Refusal::new("views-name-taken").on("name"));
        }
        let shared_with = shared_with.unwrap_or_default();
        Ok(View { name, shared_with, revision: self.revision + 1, ..self })
    }

    /// Where it leads.
    pub fn address(&self) -> String {
        format!("{SEARCH}?{}", self.query)
    }
}

/// The query of an address written anew, pair by pair, without what is empty and without the page; none when nothing is left.
fn clean(query: &str) -> Option<String> {
    if query.chars().count() > LONGEST_QUERY {
        return None;
    }
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_str(query.trim_start_matches('?')).ok()?;
    pairs.retain(|(name, value)| !value.is_empty() && !matches!(name.as_str(), "after" | "all"));
    serde_urlencoded::to_string(pairs).ok().filter(|query| !query.is_empty())
}

/// With whom somebody finds what others share: everybody at the desks, or their department.
pub fn audience(actor: &Actor) -> Option<String> {
    match actor.department {
        _ if actor.may(Act::SeeDesk) => Some("desk".to_owned()),
        Some(department) => Some(format!("department-{department}")),
        None => None,
    }
}

/// With whom somebody may share their own views.
pub fn shares_with(actor: &Actor) -> Option<String> {
    audience(actor).filter(|_| matches!(actor.post, Post::ShiftLeader | Post::Leader | Post::DepartmentDesk))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str, position: i64) -> View {
        View { position, ..View::keep(1, 2, name, "q=1", &[]).unwrap() }
    }

    #[test]
    fn a_view_is_a_name_and_a_clean_query() {
        let view =
            View::keep(5, 2, " 超期路灯 ", "?q=%E8%B7%AF%E7%81%AF&after=9&all=1&stage=&overdue=1", &[kept("一", 3)]);
        let view = view.unwrap();
        assert_eq!((view.name.as_str(), view.position), ("超期路灯", 4));
        assert_eq!(view.address(), "/search?q=%E8%B7%AF%E7%81%AF&overdue=1");
        for (name, query, key) in [
            ("", "q=1", "form-missing"),
            ("一", "q=1", "views-name-taken"),
            ("二", "after=1", "views-nothing"),
            ("二", &"q=".repeat(2_000), "views-nothing"),
        ] {
            assert_eq!(View::keep(5, 2, name, query, &[kept("一", 3)]).unwrap_err().key, key, "{name} {query}");
        }
        let other = View { id: 9, ..kept("一", 3) };
        assert_eq!(kept("二", 1).change("一", None, std::slice::from_ref(&other)).unwrap_err().key, "views-name-taken");
        assert_eq!(other.clone().change("一", None, &[other]).unwrap().name, "一", "its own name");
        let many: Vec<View> = (0..30).map(|number| kept(&number.to_string(), number)).collect();
        assert_eq!(View::keep(5, 2, "x", "q=1", &many).unwrap_err().key, "views-too-many");
    }

    #[test]
    fn who_leads_shares_with_those_who_see_the_same() {
        let actor =
            |post, department| Actor { account: 1, name: String::new(), post, department, must_change_password: false };
        assert_eq!(shares_with(&actor(Post::ShiftLeader, Some(3))).as_deref(), Some("desk"));
        assert_eq!(shares_with(&actor(Post::Acceptor, Some(3))), None);
        assert_eq!(audience(&actor(Post::Acceptor, Some(3))).as_deref(), Some("desk"));
        assert_eq!(shares_with(&actor(Post::DepartmentDesk, Some(7))).as_deref(), Some("department-7"));
        assert_eq!(audience(&actor(Post::CrewMember, Some(7))).as_deref(), Some("department-7"));
        assert_eq!(audience(&actor(Post::Keeper, None)), None);
    }
}
