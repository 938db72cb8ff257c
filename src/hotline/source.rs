//! A source of work orders: what its columns and words mean to us, kept from file to file.

use super::order::Field;
use super::settings::Settings;
use crate::kit::error::Refusal;
use crate::kit::form::required;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest name of a source, in characters.
pub const LONGEST_NAME: usize = 40;
/// The longest word or heading that is kept, in characters.
pub const LONGEST_WORD: usize = 60;
/// What is kept of a word that somebody has looked at and assigned to nothing.
pub const NOTHING: &str = "-";

enum_of_words! {
    /// What stands in a column of the answers.
    Column {
        /// The hotline's number.
        Number = "number",
        /// Solved, declined, closed without.
        Result = "result",
        /// What was done, in the words of whoever closed it.
        Words = "words",
        /// Who handled it, by the hotline's word where one is assigned.
        Department = "department",
        /// When it ended.
        Closed = "closed",
        /// Whether it ended by the hotline's own time.
        InTime = "in_time",
        /// How content the citizen was, 1 to 5.
        Satisfied = "satisfied",
        /// Our case's number.
        Case = "case",
    }
}

/// What a source's columns and words mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// The coordinate system of its positions; empty: the city's own.
    pub coordinates: String,
    /// The headings of its columns by what they hold.
    pub columns: BTreeMap<Field, String>,
    /// Its words for kinds of problems: `event-0110` and the like, or [`NOTHING`].
    pub categories: BTreeMap<String, String>,
    /// Its words for departments: our codes, or [`NOTHING`].
    pub departments: BTreeMap<String, String>,
    /// The columns of the answers: what they are called; an empty name leaves one out.
    pub answers: BTreeMap<Column, String>,
    /// Whether the order's own columns go back before those of the answer.
    pub is_echoed: bool,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Made by the program.
    pub id: Id,
    /// What people call it.
    pub name: String,
    /// What its columns and words mean.
    pub mapping: Mapping,
    /// One more for every change.
    pub revision: i64,
}

impl Source {
    /// A new one.
    ///
    /// # Errors
    /// `form-missing` and `form-too-long`, on `name`.
    pub fn named(id: Id, name: &str, settings: &Settings) -> Result<Source, Refusal> {
        let name = required("name", name, LONGEST_NAME)?;
        let answers = settings.answers.iter().map(|one| (one.field, one.heading.clone())).collect();
        Ok(Source { id, name, mapping: Mapping { answers, ..Mapping::default() }, revision: 1 })
    }

    /// The same with another mapping.
    pub fn with(self, mapping: Mapping) -> Source {
        Source { mapping, revision: self.revision + 1, ..self }
    }
}

impl Mapping {
    /// Which column holds what in a table with this heading: what somebody has assigned, else what the headings say.
    pub fn places(&self, head: &[String], settings: &Settings) -> BTreeMap<Field, usize> {
        let mut names = settings.guess(head);
        // An assignment stands as long as the file has its column; assigned to nothing is assigned.
        for (field, name) in &self.columns {
            if name == NOTHING {
                names.remove(field);
            } else if head.contains(name) {
                names.insert(*field, name.clone());
            }
        }
        let at = |(field, name): (Field, String)| Some((field, head.iter().position(|one| *one == name)?));
        names.into_iter().filter_map(at).collect()
    }

    /// Our sub-class for a word: `event-0110`.
    pub fn category(&self, word: &str) -> Option<&str> {
        self.categories.get(word).map(String::as_str).filter(|value| *value != NOTHING)
    }

    /// The hotline's word for a department of ours; none when none is assigned.
    pub fn word_of(&self, department: &str) -> Option<&str> {
        self.departments.iter().find(|(_, code)| *code == department).map(|(word, _)| word.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::sources::Sources;

    #[test]
    fn what_was_assigned_goes_before_what_the_headings_say() {
        let settings = Settings::load(&Sources::embedded()).expect("the file");
        let head: Vec<String> = ["编号", "内容", "处理编号"].map(str::to_owned).to_vec();
        let mut mapping = Mapping::default();
        assert_eq!(mapping.places(&head, &settings).get(&Field::Number), Some(&0));
        mapping.columns = [(Field::Number, "处理编号".into()), (Field::Content, NOTHING.into())].into();
        let places = mapping.places(&head, &settings);
        assert_eq!((places.get(&Field::Number), places.get(&Field::Content)), (Some(&2), None));
        mapping.columns = [(Field::Number, "没有的列".into())].into();
        assert_eq!(mapping.places(&head, &settings).get(&Field::Number), Some(&0));
    }
}
