//! What can be told: the fields of each data set, by the names that a mapping file uses.

use super::settings::Data;
use crate::kit::clock::Moment;
use jiff::civil::Date;

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing is known.
    Nothing,
    /// Words or a code.
    Text(String),
    /// A whole number.
    Count(i64),
    /// Degrees, square metres.
    Number(f64),
    /// Hundredths of a percent.
    Share(i64),
    /// A moment.
    At(Moment),
    /// A civil day.
    Day(Date),
    /// Yes or no.
    Yes(bool),
}

impl Value {
    /// Words; none when they are empty.
    pub fn text(text: impl Into<String>) -> Value {
        let text = text.into();
        if text.is_empty() { Value::Nothing } else { Value::Text(text) }
    }

    /// A moment that may not have come.
    pub fn at(at: Option<Moment>) -> Value {
        at.map_or(Value::Nothing, Value::At)
    }
}

/// What stands in every row.
pub const COMMON: [&str; 4] = ["division", "city", "day", "batch"];

/// The fields of counts beside the counts themselves, whose names are those of `evaluation/`.
pub const OF_COUNTS: [&str; 3] = ["object", "object_code", "object_name"];

/// The fields of a case.
pub const OF_CASES: [&str; 49] = [
    "number",
    "title",
    "description",
    "source",
    "source_number",
    "kind",
    "class",
    "class_name",
    "category",
    "category_code",
    "category_name",
    "code_set",
    "condition",
    "limit_amount",
    "limit_unit",
    "urgent",
    "stage",
    "outcome",
    "district",
    "district_name",
    "street",
    "street_name",
    "community",
    "community_name",
    "cell",
    "address",
    "lon",
    "lat",
    "department",
    "department_name",
    "reported_at",
    "accepted_at",
    "filed_at",
    "dispatched_at",
    "handled_at",
    "verified_at",
    "closed_at",
    "due_at",
    "updated_at",
    "late",
    "reworks",
    "returns",
    "reopenings",
    "supervisions",
    "reports",
    "satisfaction",
    "parent_number",
    "contact_name",
    "contact_phone",
];

/// The fields of a department.
pub const OF_DEPARTMENTS: [&str; 7] = ["code", "name", "name_en", "parent", "kind", "phone", "active"];

/// The fields of an area.
pub const OF_GRIDS: [&str; 8] =
    ["level", "code", "name", "communities", "cells", "square_metres", "keepers", "components"];

/// The fields of a data set, the counts of `evaluation/` apart.
pub fn of(data: Data) -> &'static [&'static str] {
    match data {
        Data::Counts => &OF_COUNTS,
        Data::Cases => &OF_CASES,
        Data::Departments => &OF_DEPARTMENTS,
        Data::Grids => &OF_GRIDS,
    }
}

/// By what counts and areas may be told apart.
pub fn levels(data: Data) -> &'static [&'static str] {
    match data {
        Data::Counts => &["city", "district", "street", "community", "category", "source", "department"],
        Data::Grids => &["district", "street", "community"],
        Data::Cases | Data::Departments => &[],
    }
}

/// A name of which only the beginning may be read: `王**`.
pub fn masked_name(name: &str) -> String {
    name.chars().next().map(|first| format!("{first}**")).unwrap_or_default()
}

/// A telephone number of which only the beginning may be read: `138********`.
pub fn masked_phone(phone: &str) -> String {
    let shown = phone.chars().count().min(11) / 4 + 1;
    phone.chars().enumerate().map(|(place, sign)| if place < shown { sign } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_field_has_the_name_of_another() {
        for data in Data::ALL {
            let all: Vec<&str> = COMMON.iter().chain(of(*data)).copied().collect();
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{data:?}");
        }
    }

    #[test]
    fn of_people_only_the_beginning_is_told() {
        for (name, masked) in [("王小明", "王**"), ("Li", "L**"), ("", "")] {
            assert_eq!(masked_name(name), masked);
        }
        for (phone, masked) in [("13800138000", "138********"), ("110", "1**"), ("", "")] {
            assert_eq!(masked_phone(phone), masked);
        }
    }

    #[test]
    fn every_field_stands_in_the_document() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(folder.join("docs/superior.md")).expect("the document");
        for data in Data::ALL {
            for name in COMMON.iter().chain(of(*data)).chain(levels(*data)) {
                assert!(text.contains(&format!("`{name}`")), "docs/superior.md says nothing of `{name}`");
            }
        }
    }
}
