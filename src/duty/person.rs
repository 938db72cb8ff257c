//! People as rosters know them, and the names that somebody writes for them.

use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::people::act::Post;
use serde::Serialize;

/// Somebody who may stand duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The account.
    pub id: Id,
    /// What is typed at sign-in: the code by which people of one name are told apart.
    pub login: String,
    /// The name.
    pub name: String,
    /// What they are employed to do.
    pub post: Post,
    /// The telephone: their own, or their department's; empty when neither is known.
    pub phone: String,
    /// True when that is their department's.
    pub is_shared_phone: bool,
    /// The department in Chinese and in English; empty without one.
    pub department: (String, String),
}

/// Everybody who works here, found by account, by code or by name.
#[derive(Debug, Clone, Default)]
pub struct Staff(pub Vec<Person>);

impl Staff {
    /// The person of an account; none when they do not work here any more.
    pub fn of(&self, id: Id) -> Option<&Person> {
        self.0.iter().find(|person| person.id == id)
    }

    /// How somebody is written: by name, with the code where two have the same name.
    pub fn written(&self, id: Id) -> Option<String> {
        let person = self.of(id)?;
        let is_alone = self.0.iter().filter(|other| other.name == person.name).count() == 1;
        Some(if is_alone { person.name.clone() } else { format!("{}({})", person.name, person.login) })
    }

    /// Several people as they are written.
    pub fn list(&self, ids: impl IntoIterator<Item = Id>) -> String {
        ids.into_iter().filter_map(|id| self.written(id)).collect::<Vec<_>>().join("、")
    }

    /// Reads names: divided by 、 ， , ; or line breaks, each a name, a code, or a name with its code in brackets. The same
    /// person twice counts once.
    ///
    /// # Errors
    /// `duty-refusal-unknown-person`, `duty-refusal-two-of-that-name`.
    pub fn read(&self, text: &str) -> Result<Vec<Id>, Refusal> {
        let mut found = Vec::new();
        for one in
            text.split(['、', '，', ',', ';', '；', '\n', '\r', '\t']).map(str::trim).filter(|one| !one.is_empty())
        {
            let id = self.read_one(one)?;
            if !found.contains(&id) {
                found.push(id);
            }
        }
        Ok(found)
    }

    fn read_one(&self, text: &str) -> Result<Id, Refusal> {
        let unknown = || Refusal::new("duty-refusal-unknown-person").with("name", text);
        let normal = text.replace('（', "(").replace('）', ")");
        if let Some((name, code)) = normal.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
            let is_it = |person: &&Person| person.login.eq_ignore_ascii_case(code.trim()) && person.name == name.trim();
            return self.0.iter().find(is_it).map(|person| person.id).ok_or_else(unknown);
        }
        let of_that_name: Vec<&Person> = self.0.iter().filter(|person| person.name == text).collect();
        match of_that_name[..] {
            [one] => Ok(one.id),
            [] => {
                let by_code = self.0.iter().find(|person| person.login.eq_ignore_ascii_case(text));
                by_code.map(|person| person.id).ok_or_else(unknown)
            }
            [one, ..] => {
                let example = format!("{}({})", one.name, one.login);
                Err(Refusal::new("duty-refusal-two-of-that-name").with("name", text).with("example", example))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn staff() -> Staff {
        let person = |id: Id, login: &str, name: &str| Person {
            id,
            login: login.into(),
            name: name.into(),
            post: Post::Keeper,
            phone: String::new(),
            is_shared_phone: false,
            department: Default::default(),
        };
        Staff(vec![
            person(1, "keeper1", "林晓禾"),
            person(2, "keeper2", "周沐阳"),
            person(3, "wang-a", "王伟"),
            person(4, "wang-b", "王伟"),
            person(5, "smith", "John Smith"),
        ])
    }

    #[test]
    fn names_and_codes_are_read() {
        let staff = staff();
        let read = |text: &str| staff.read(text).map_err(|refusal| refusal.key);
        assert_eq!(read("林晓禾、 KEEPER2，王伟(wang-b)；John Smith"), Ok(vec![1, 2, 4, 5]));
        assert_eq!(read("王伟（wang-a）\n林晓禾,林晓禾"), Ok(vec![3, 1]));
        assert_eq!(read(" 、，"), Ok(vec![]));
        assert_eq!(read("王伟"), Err("duty-refusal-two-of-that-name"));
        assert_eq!(read("林晓禾(keeper2)"), Err("duty-refusal-unknown-person"));
        assert_eq!(read("张三"), Err("duty-refusal-unknown-person"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let staff = staff();
        assert_eq!(staff.list([1, 3, 5]), "林晓禾、王伟(wang-a)、John Smith");
        assert_eq!(staff.read(&staff.list([1, 3, 4, 5, 2])), Ok(vec![1, 3, 4, 5, 2]));
    }
}
