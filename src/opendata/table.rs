//! The one table of columns: what is told, what it means, and where the word comes from. The head of the files, the dictionary and the
//! tests are all made of it.

use super::row::Row;
use crate::catalog::Text;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Nothing,
    /// A text that somebody wrote, or a name.
    Text(String),
    /// A word or a number of ours, or a moment: no spreadsheet takes it for a formula.
    Word(String),
    /// A whole number.
    Count(i64),
    /// Degrees.
    Degrees(f64),
}

impl Cell {
    /// A text; nothing when it is empty.
    pub fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        if text.is_empty() { Cell::Nothing } else { Cell::Text(text) }
    }

    /// A word; nothing when it is empty.
    pub fn word(text: impl Into<String>) -> Cell {
        let text = text.into();
        if text.is_empty() { Cell::Nothing } else { Cell::Word(text) }
    }
}

/// A column.
pub struct Column {
    /// Its name in every format.
    pub name: &'static str,
    /// What it means.
    pub meaning: Text,
    /// What a cell holds, by the words of the tabular data package: `string`, `integer`, `number`, `datetime`.
    pub kind: &'static str,
    /// In what it is measured, or how it is written; empty where that is plain.
    pub unit: &'static str,
    /// The standard that the word comes from; empty for one of ours.
    pub source: &'static str,
    /// What stands in it.
    pub of: fn(&Row) -> Cell,
}

/// Builds a column.
fn column(
    name: &'static str,
    (zh, en): (&'static str, &'static str),
    kind: &'static str,
    unit: &'static str,
    source: &'static str,
    of: fn(&Row) -> Cell,
) -> Column {
    Column { name, meaning: Text { zh: zh.to_owned(), en: en.to_owned() }, kind, unit, source, of }
}

const DATA: &str = "GB/T 30428.2";
const AREAS: &str = "GB/T 30428.1";
const OPEN311: &str = "GeoReport v2";
const MOMENT: &str = "ISO 8601";

/// The columns of public cases, in their order.
pub fn columns() -> Vec<Column> {
    vec![
        column(
            "id",
            ("编号，与公开页面相同", "The number, as on its public page"),
            "string",
            "",
            OPEN311,
            |row| Cell::word(row.id.as_str()),
        ),
        column("status", ("open 未办结，closed 已办结", "open or closed"), "string", "", OPEN311, |row| {
            Cell::word(row.status)
        }),
        column(
            "stage",
            (
                "received 已收到，handling 办理中，solved 已解决，declined 未受理",
                "received, handling, solved or declined",
            ),
            "string",
            "",
            "",
            |row| Cell::word(row.stage),
        ),
        column(
            "service_code",
            ("类别代码：类型-小类代码", "The kind and code of the sub-class"),
            "string",
            "",
            DATA,
            |row| Cell::word(row.service_code.as_str()),
        ),
        column("service_name", ("类别名称", "The name of the sub-class"), "string", "", DATA, |row| {
            Cell::text(row.service_name.as_str())
        }),
        column(
            "description",
            ("问题描述，七位以上数字已隐去", "The words; runs of seven digits and more are masked"),
            "string",
            "",
            DATA,
            |row| Cell::text(row.description.as_str()),
        ),
        column(
            "address",
            ("地址，七位以上数字已隐去", "The address, masked like the words"),
            "string",
            "",
            DATA,
            |row| Cell::text(row.address.as_str()),
        ),
        column(
            "area",
            ("区、街道、社区的名称", "The names of district, street and community"),
            "string",
            "",
            AREAS,
            |row| Cell::text(row.area.as_str()),
        ),
        column("grid_code", ("单元网格编码", "The code of the unit grid"), "string", "", AREAS, |row| {
            Cell::word(row.grid_code.as_str())
        }),
        column(
            "lon",
            ("经度，按本市规定取位", "Longitude, rounded as the city says"),
            "number",
            "° WGS 84",
            "RFC 7946",
            |row| row.point.map_or(Cell::Nothing, |(lon, _)| Cell::Degrees(lon)),
        ),
        column(
            "lat",
            ("纬度，按本市规定取位", "Latitude, rounded as the city says"),
            "number",
            "° WGS 84",
            "RFC 7946",
            |row| row.point.map_or(Cell::Nothing, |(_, lat)| Cell::Degrees(lat)),
        ),
        column("department", ("责任部门", "The department in charge"), "string", "", DATA, |row| {
            Cell::text(row.department.as_str())
        }),
        column("requested_at", ("收到时间", "When it came in"), "datetime", MOMENT, DATA, |row| {
            Cell::word(row.requested_at.as_str())
        }),
        column("updated_at", ("最近变化时间", "When it last changed"), "datetime", MOMENT, OPEN311, |row| {
            Cell::word(row.updated_at.as_str())
        }),
        column("due_at", ("承诺办结时间", "When it is promised to be solved"), "datetime", MOMENT, DATA, |row| {
            Cell::word(row.due_at.as_str())
        }),
        column("closed_at", ("办结时间", "When it ended"), "datetime", MOMENT, DATA, |row| {
            Cell::word(row.closed_at.as_str())
        }),
        column(
            "status_notes",
            ("最近一次公开的办理情况", "What was last told of it"),
            "string",
            "",
            OPEN311,
            |row| Cell::text(row.notes.as_str()),
        ),
        column("photos", ("公开照片数", "How many photos everybody may see"), "integer", "", "", |row| {
            Cell::Count(row.photos)
        }),
        column("followers", ("关注人数", "How many others follow it"), "integer", "", "", |row| {
            Cell::Count(row.followers)
        }),
    ]
}

/// The columns of GeoReport Bulk, in the order of its proposal.
pub fn bulk() -> Vec<Column> {
    let plain = |name: &'static str, of: fn(&Row) -> Cell| column(name, ("", ""), "string", "", "GeoReport Bulk", of);
    vec![
        plain("service_request_id", |row| Cell::word(row.id.as_str())),
        plain("requested_datetime", |row| Cell::word(row.requested_at.as_str())),
        plain("updated_datetime", |row| Cell::word(row.updated_at.as_str())),
        plain("closed_date", |row| Cell::word(row.closed_at.as_str())),
        plain("status_description", |row| Cell::word(row.status)),
        plain("status_notes", |row| Cell::text(row.notes.as_str())),
        plain("source", |row| Cell::word(row.source)),
        plain("service_name", |row| Cell::text(row.service_name.as_str())),
        plain("service_subtype", |row| Cell::word(row.service_code.as_str())),
        plain("description", |row| Cell::text(row.description.as_str())),
        plain("agency_responsible", |row| Cell::text(row.department.as_str())),
        plain("address", |row| Cell::text(row.address.as_str())),
        plain("lat", |row| row.point.map_or(Cell::Nothing, |(_, lat)| Cell::Degrees(lat))),
        plain("long", |row| row.point.map_or(Cell::Nothing, |(lon, _)| Cell::Degrees(lon))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_has_a_name_of_its_own_and_a_meaning_in_both_languages() {
        let columns = columns();
        let names: BTreeSet<&str> = columns.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), columns.len());
        for column in &columns {
            assert!(!column.meaning.zh.is_empty() && !column.meaning.en.is_empty(), "{}", column.name);
            assert!(["string", "integer", "number", "datetime"].contains(&column.kind), "{}", column.name);
        }
        let bulk: Vec<&str> = bulk().iter().map(|column| column.name).collect();
        assert_eq!(bulk.len(), 14);
        assert_eq!((bulk[0], bulk[13]), ("service_request_id", "long"));
    }

    #[test]
    fn what_a_cell_holds_is_what_its_column_says() {
        let row = Row::sample();
        for column in columns() {
            let fits = match (column.of)(&row) {
                Cell::Nothing => false,
                Cell::Text(_) | Cell::Word(_) => matches!(column.kind, "string" | "datetime"),
                Cell::Count(_) => column.kind == "integer",
                Cell::Degrees(_) => column.kind == "number",
            };
            assert!(fits, "{}", column.name);
        }
    }
}
