//! Questions for interviews (询问提纲), as a city writes them down in `law/questions.toml`.

use crate::catalog::{Problem, Text};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The file.
pub const FILE: &str = "law/questions.toml";

/// A set of questions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Set {
    /// Its name.
    pub name: Text,
    /// The matters in whose interviews it is offered; empty for every interview.
    pub matters: BTreeSet<String>,
    /// The questions, in their order.
    pub questions: Vec<String>,
}

impl Set {
    /// The questions as an interview has them, each with room for its answer.
    pub fn text(&self) -> String {
        self.questions.iter().map(|question| format!("问：{question}\n答：\n")).collect()
    }
}

/// All sets.
#[derive(Clone, Default, Debug)]
pub struct Questions {
    sets: Vec<Set>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    set: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    zh: String,
    en: String,
    #[serde(default)]
    matters: BTreeSet<String>,
    questions: Vec<String>,
}

impl Questions {
    /// Reads the text of [`FILE`]; an empty text has no sets. `is_matter` says whether a city knows a matter.
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(text: &str, is_matter: impl Fn(&str) -> bool) -> Result<Questions, Vec<Problem>> {
        let file: File = toml::from_str(text).map_err(|error| vec![Problem::unreadable(FILE, text, &error)])?;
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for row in &file.set {
            if !seen.insert(&row.id) {
                problems.push(Problem::new(FILE, &row.id, "enforcement-questions-twice"));
            }
            if row.questions.is_empty() || row.questions.iter().any(|one| one.trim().is_empty()) {
                problems.push(Problem::new(FILE, &row.id, "enforcement-questions-empty"));
            }
            for matter in row.matters.iter().filter(|matter| !is_matter(matter)) {
                problems.push(Problem::new(FILE, &row.id, "enforcement-questions-matter").with("name", matter));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let set =
            |row: Row| Set { name: Text { zh: row.zh, en: row.en }, matters: row.matters, questions: row.questions };
        Ok(Questions { sets: file.set.into_iter().map(set).collect() })
    }

    /// The sets for an interview about a matter, in the order of the file.
    pub fn of<'a>(&'a self, matter: &'a str) -> impl Iterator<Item = &'a Set> {
        self.sets.iter().filter(move |set| set.matters.is_empty() || set.matters.contains(matter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(questions: &Questions, matter: &str) -> Vec<String> {
        questions.of(matter).map(|set| set.name.zh.clone()).collect()
    }

    #[test]
    fn what_ships_is_offered_where_it_belongs_and_begins_with_the_card() {
        let sources = crate::kit::sources::Sources::embedded();
        let matters = super::super::matters::tests::matters();
        let is_matter = |id: &str| matters.all().iter().any(|one| one.id == id);
        let questions =
            Questions::load(&sources.text(FILE).expect("the file"), is_matter).expect("the package's questions");
        assert_eq!(names(&questions, "street-stall"), ["身份与权利", "违法事实", "占道经营", "结束"]);
        assert_eq!(names(&questions, ""), ["身份与权利", "违法事实", "结束"]);
        let first = questions.of("").next().expect("a set").text();
        assert!(first.starts_with("问：我们是执法人员") && first.contains("\n答：\n问："), "{first}");
        assert!(crate::papers::writing::questions(&first).as_array().is_some_and(|all| all.len() == 5));
    }

    #[test]
    fn mistakes_of_a_city_are_said() {
        let set = |id: &str, more: &str| format!("[[set]]\nid = \"{id}\"\nzh = \"甲\"\nen = \"A\"\n{more}\n");
        for (text, key) in [
            (set("a", "questions = []"), "enforcement-questions-empty"),
            (set("a", "questions = [\" \"]"), "enforcement-questions-empty"),
            (set("a", "questions = [\"何时？\"]").repeat(2), "enforcement-questions-twice"),
            (set("a", "matters = [\"x\"]\nquestions = [\"何时？\"]"), "enforcement-questions-matter"),
        ] {
            let problems = Questions::load(&text, |_| false).expect_err("a mistake");
            assert_eq!(problems.iter().map(|problem| problem.key).collect::<Vec<_>>(), [key], "{text}");
        }
        assert!(Questions::load("set = 1", |_| true).is_err());
        assert!(Questions::load("", |_| true).is_ok_and(|none| none.of("x").count() == 0));
    }
}
