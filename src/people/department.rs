//! A department in the tree of departments: the brigade and its teams, the units that handle, the bureaus and companies.

use crate::kit::error::Refusal;
use crate::kit::id::Id;
use serde::Serialize;
use std::collections::BTreeMap;

/// What kinds of departments there are, by the words of the file and the database.
pub const KINDS: [&str; 10] = [
    "brigade",
    "supervision_centre",
    "command_centre",
    "squad",
    "team",
    "unit",
    "crew",
    "bureau",
    "utility",
    "street_office",
];

/// One department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Department {
    /// Its identifier.
    pub id: Id,
    /// Its code in the city, written by people.
    pub code: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The department above it.
    pub parent: Option<Id>,
    /// One of [`KINDS`].
    pub kind: String,
    /// Where it answers.
    pub phone: String,
    /// False once it no longer exists.
    pub is_active: bool,
}

impl Department {
    /// Its name in a language.
    pub fn name(&self, lang: &str) -> &str {
        if lang == "en" { &self.name_en } else { &self.name_zh }
    }
}

/// The departments as a tree, each after the one above it, with its depth (0 for the uppermost). Siblings keep the order
/// they come in; one whose parent is missing stands uppermost; one in a circle is left out.
pub fn tree(departments: &[Department]) -> Vec<(usize, &Department)> {
    let known = |id: Id| departments.iter().any(|department| department.id == id);
    let mut below: BTreeMap<Option<Id>, Vec<&Department>> = BTreeMap::new();
    for department in departments {
        below.entry(department.parent.filter(|parent| known(*parent))).or_default().push(department);
    }
    fn walk<'a>(
        below: &mut BTreeMap<Option<Id>, Vec<&'a Department>>,
        parent: Option<Id>,
        depth: usize,
        out: &mut Vec<(usize, &'a Department)>,
    ) {
        for department in below.remove(&parent).unwrap_or_default() {
            out.push((depth, department));
            walk(below, Some(department.id), depth + 1, out);
        }
    }
    let mut out = Vec::new();
    walk(&mut below, None, 0, &mut out);
    out
}

/// A department as it is typed or read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDepartment {
    /// Its line in the file, counted from 1; 0 when it was typed.
    pub line: u64,
    /// Its code in the city.
    pub code: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English; the Chinese one when there is none.
    pub name_en: String,
    /// The code of the department above it.
    pub parent_code: Option<String>,
    /// One of [`KINDS`].
    pub kind: String,
    /// Where it answers.
    pub phone: String,
}

impl NewDepartment {
    /// Checks what was typed.
    ///
    /// # Errors
    /// `people-department-code`, `people-department-kind`, `form-missing`, `form-too-long`.
    pub fn of(line: u64, field: &dyn Fn(&str) -> String) -> Result<NewDepartment, Refusal> {
        let code = field("code");
        let is_written = |character: char| character.is_ascii_alphanumeric() || character == '-';
        if code.is_empty() || code.len() > 20 || !code.chars().all(is_written) {
            return Err(Refusal::new("people-department-code").on("code"));
        }
        let kind = field("kind");
        if !KINDS.contains(&kind.as_str()) {
            return Err(Refusal::new("people-department-kind").on("kind"));
        }
        let name_zh = crate::kit::form::required("name_zh", &field("name_zh"), 80)?;
        let name_en = crate::kit::form::at_most("name_en", &field("name_en"), 120)?;
        let name_en = if name_en.is_empty() { name_zh.clone() } else { name_en };
        let parent = field("parent_code");
        let phone = crate::kit::form::at_most("phone", &field("phone"), 40)?;
        Ok(NewDepartment {
            line,
            code,
            name_zh,
            name_en,
            parent_code: (!parent.is_empty()).then_some(parent),
            kind,
            phone,
        })
    }
}

/// Reads a list of departments (`code,name_zh,name_en,parent_code,kind,phone`). A bad line is named and never loses the
/// good ones.
pub fn read_departments(text: &str) -> (Vec<NewDepartment>, Vec<Refusal>) {
    read(text, &["code", "name_zh", "kind"], |line, field| NewDepartment::of(line, field))
}

/// Reads a file with a heading line. `make` gets the line's number and a function from a column's name to its trimmed
/// value (empty when there is no such column). Refusals carry `line` as an argument.
pub fn read<T>(
    text: &str,
    needed: &[&str],
    make: impl Fn(u64, &dyn Fn(&str) -> String) -> Result<T, Refusal>,
) -> (Vec<T>, Vec<Refusal>) {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headings: Vec<String> = match reader.headers() {
        Ok(headings) => headings.iter().map(|heading| heading.trim().to_owned()).collect(),
        Err(_) => return (Vec::new(), vec![Refusal::new("people-file-unreadable").with("line", 1)]),
    };
    if let Some(missing) = needed.iter().find(|needed| !headings.iter().any(|heading| heading == *needed)) {
        return (Vec::new(), vec![Refusal::new("people-file-column").with("column", missing).with("line", 1)]);
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut next_line = 2;
    for record in reader.records() {
        let line = record.as_ref().ok().and_then(|record| record.position()).map_or(next_line, csv::Position::line);
        next_line = line + 1;
        let made = record.map_err(|_| Refusal::new("people-file-unreadable")).and_then(|record| {
            make(line, &|name: &str| {
                let column = headings.iter().position(|heading| heading == name);
                column.and_then(|column| record.get(column)).unwrap_or_default().trim().to_owned()
            })
        });
        match made {
            Ok(made) => good.push(made),
            Err(refusal) => bad.push(refusal.with("line", line)),
        }
    }
    (good, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_named_and_the_others_stay() {
        let text = "code,name_zh,kind,phone\n1,大队,brigade,12319\n2,,squad,\n3,中队,shop,\n4,班,crew,\n";
        let (good, bad) = read_departments(text);
        assert_eq!(good.iter().map(|one| (one.line, one.code.as_str())).collect::<Vec<_>>(), [(2, "1"), (5, "4")]);
        let named: Vec<_> = bad.iter().map(|refusal| (refusal.key, refusal.args.last().cloned())).collect();
        assert_eq!(
            named,
            [
                ("form-missing", Some(("line", "3".to_owned()))),
                ("people-department-kind", Some(("line", "4".to_owned())))
            ]
        );
    }

    #[test]
    fn a_tree_survives_circles_and_missing_parents() {
        let department = |id: Id, parent: Option<Id>| Department {
            id,
            code: id.to_string(),
            name_zh: String::new(),
            name_en: String::new(),
            parent,
            kind: "unit".into(),
            phone: String::new(),
            is_active: true,
        };
        let all = [
            department(1, None),
            department(2, Some(1)),
            department(3, Some(9)),
            department(4, Some(5)),
            department(5, Some(4)),
        ];
        let shape: Vec<_> = tree(&all).into_iter().map(|(depth, department)| (depth, department.id)).collect();
        assert_eq!(shape, [(0, 1), (1, 2), (0, 3)]);
    }
}
