//! People as rosters know them, and the names that somebody writes for them.

use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::people::act::Post;
use std::collections::BTreeMap;

/// Somebody who may stand duty.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub phone: Personal,
    /// True when that is their department's.
    pub is_shared_phone: bool,
    /// The department in Chinese and in English; empty without one.
    pub department: (String, String),
}

/// Everybody who works here, found by account, by code or by name.
#[derive(Debug, Clone, Default)]
pub struct Staff {
    people: Vec<Person>,
    /// Where everybody stands in the list.
    places: BTreeMap<Id, usize>,
    /// How many have a name.
    named: BTreeMap<String, usize>,
}

impl Staff {
    /// These people, in this order.
    pub fn new(people: Vec<Person>) -> Staff {
        let places = people.iter().enumerate().map(|(place, person)| (person.id, place)).collect();
        let mut named: BTreeMap<String, usize> = BTreeMap::new();
        for person in &people {
            *named.entry(person.name.clone()).or_default() += 1;
        }
        Staff { people, places, named }
    }

    /// Everybody, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.people.iter()
    }

    /// The person of an account; none when they do not work here any more.
    pub fn of(&self, id: Id) -> Option<&Person> {
        self.places.get(&id).and_then(|place| self.people.get(*place))
    }

    /// How somebody is written: by name, with the code where two have the same name.
    pub fn written(&self, id: Id) -> Option<String> {
        let person = self.of(id)?;
        let is_alone = self.named.get(&person.name) == Some(&1);
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
            return self.iter().find(is_it).map(|person| person.id).ok_or_else(unknown);
        }
        let of_that_name: Vec<&Person> = self.iter().filter(|person| person.name == text).collect();
        match of_that_name[..] {
            [one] => Ok(one.id),
            [] => {
                let by_code = self.iter().find(|person| person.login.eq_ignore_ascii_case(text));
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
            phone: Personal::default(),
            is_shared_phone: false,
            department: Default::default(),
        };
        Staff::new(vec![
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
