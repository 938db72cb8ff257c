//! What of the evaluation exists for whom: leaders and shift leaders see all of it, everybody else their own department,
//! their own post and themselves; a department's desk sees its people too.

use super::definitions::Kind;
use crate::kit::id::Id;
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::people::department::Department;

/// What exists for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// One's own.
    Own {
        /// The account.
        account: Id,
        /// The post's word.
        post: &'static str,
        /// The department and those below it, as identifiers.
        departments: Vec<Id>,
        /// The accounts whose numbers they see: themselves, and for a desk the people of its departments.
        people: Vec<Id>,
    },
}

impl Scope {
    /// What exists for this person; `staff` are the accounts with their departments.
    pub fn of(actor: &Actor, departments: &[Department], staff: &[(Id, Option<Id>)]) -> Scope {
        if matches!(actor.post, Post::Leader | Post::ShiftLeader) {
            return Scope::All;
        }
        let mut own: Vec<Id> = actor.department.into_iter().collect();
        let mut seen = 0;
        // A department's desk answers for the crews below it.
        while actor.post == Post::DepartmentDesk && seen < own.len() {
            let above = own[seen];
            let below = departments.iter().filter(|one| one.parent == Some(above)).map(|one| one.id);
            let fresh: Vec<Id> = below.filter(|id| !own.contains(id)).collect();
            own.extend(fresh);
            seen += 1;
        }
        let is_theirs = |department: &Option<Id>| department.is_some_and(|department| own.contains(&department));
        let people = match actor.post {
            Post::DepartmentDesk => staff.iter().filter(|(_, of)| is_theirs(of)).map(|(id, _)| *id).collect(),
            _ => vec![actor.account],
        };
        Scope::Own { account: actor.account, post: actor.post.word(), departments: own, people }
    }

    /// The kinds of objects that there are for them.
    pub fn kinds(&self) -> &'static [Kind] {
        match self {
            Scope::All => &[
                Kind::City,
                Kind::Street,
                Kind::Community,
                Kind::Cell,
                Kind::Category,
                Kind::Source,
                Kind::Department,
                Kind::Post,
                Kind::Person,
            ],
            Scope::Own { .. } => &[Kind::Department, Kind::Post, Kind::Person],
        }
    }

    /// Whether an object exists for them.
    pub fn has(&self, kind: Kind, object: &str) -> bool {
        let Scope::Own { post, departments, people, .. } = self else { return true };
        let id = object.parse::<Id>().ok();
        match kind {
            Kind::Department => id.is_some_and(|id| departments.contains(&id)),
            Kind::Person => id.is_some_and(|id| people.contains(&id)),
            Kind::Post => object == *post,
            _ => false,
        }
    }

    /// Whether everything exists for them.
    pub fn is_all(&self) -> bool {
        *self == Scope::All
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn department(id: Id, parent: Option<Id>) -> Department {
        Department {
            id,
            code: id.to_string(),
            name_zh: String::new(),
            name_en: String::new(),
            parent,
            kind: "unit".into(),
            phone: String::new(),
            is_active: true,
        }
    }

    fn actor(post: Post, department: Option<Id>) -> Actor {
        Actor { account: 7, name: String::new(), post, department, must_change_password: false }
    }

    #[test]
    fn everybody_sees_their_own_and_leaders_see_all() {
        let departments = [department(1, None), department(2, Some(1)), department(3, Some(2)), department(9, None)];
        let staff = [(7, Some(1)), (8, Some(3)), (10, Some(9)), (11, None)];
        let desk = Scope::of(&actor(Post::DepartmentDesk, Some(1)), &departments, &staff);
        for (kind, object, is_there) in [
            (Kind::Department, "1", true),
            (Kind::Department, "3", true),
            (Kind::Department, "9", false),
            (Kind::Person, "8", true),
            (Kind::Person, "10", false),
            (Kind::Person, "11", false),
            (Kind::Post, "department_desk", true),
            (Kind::Post, "keeper", false),
            (Kind::City, "", false),
            (Kind::Street, "990100001", false),
            (Kind::Cell, "1", false),
        ] {
            assert_eq!(desk.has(kind, object), is_there, "{kind:?} {object}");
        }
        let keeper = Scope::of(&actor(Post::Keeper, Some(2)), &departments, &staff);
        assert!(keeper.has(Kind::Person, "7") && !keeper.has(Kind::Person, "8"));
        assert!(keeper.has(Kind::Department, "2") && !keeper.has(Kind::Department, "3"));
        let nobody = Scope::of(&actor(Post::Acceptor, None), &departments, &staff);
        assert!(!nobody.has(Kind::Department, "1") && !nobody.has(Kind::Department, ""));
        for post in [Post::Leader, Post::ShiftLeader] {
            let all = Scope::of(&actor(post, None), &departments, &staff);
            assert!(all.is_all() && all.has(Kind::Person, "10") && all.has(Kind::City, ""));
        }
    }
}
