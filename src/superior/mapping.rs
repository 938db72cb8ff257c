//! How a superior calls things: the columns of each data set and the tables of codes, as a file of the city says. A value that a table
//! does not know is never dropped in silence: it comes out as a [`Lack`], which becomes a sentence on the batch's page.

use super::fields::{COMMON, Value, levels, of};
use super::settings::Data;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How moments and days are written, unless a column says otherwise.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S";
const DAY: &str = "%Y-%m-%d";

/// A column of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What the superior calls it.
    pub name: String,
    /// The field that stands in it; empty: what always stands in it.
    pub from: String,
    /// What always stands in it.
    pub always: String,
    /// The table of codes by which it is translated; empty: none.
    pub table: String,
    /// How moments and days are written.
    pub format: String,
    /// Whether a row without it is of no use there.
    pub is_required: bool,
    /// The most characters that it takes; 0: any number.
    pub longest: usize,
}

/// How one data set is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// What stands in the names of its files.
    pub file: String,
    /// By what counts and areas are told apart.
    pub by: Vec<String>,
    /// The columns in their order.
    pub columns: Vec<Column>,
}

/// A mapping file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The data sets.
    pub sets: BTreeMap<Data, Set>,
    /// The tables of codes: our word, theirs.
    pub tables: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSet {
    #[serde(default)]
    file: String,
    #[serde(default)]
    by: Vec<String>,
    columns: Vec<WrittenColumn>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenColumn {
    name: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    always: String,
    #[serde(default)]
    table: String,
    #[serde(default)]
    format: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    longest: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    counts: Option<WrittenSet>,
    cases: Option<WrittenSet>,
    departments: Option<WrittenSet>,
    grids: Option<WrittenSet>,
    #[serde(default)]
    tables: BTreeMap<String, BTreeMap<String, String>>,
}

/// Whether a text can be the way in which a moment is written.
fn is_format(format: &str) -> bool {
    let sample = jiff::civil::date(2026, 3, 10).at(9, 30, 0, 0).to_zoned_datetime(TimeZone::UTC);
    sample.is_ok_and(|sample| jiff::fmt::strtime::format(format, &sample).is_ok())
}

impl Mapping {
    /// Our own names, for a superior that takes them: every field of every data set. `counts` are the ids of what is counted.
    pub fn plain(counts: &[String]) -> Mapping {
        let column = |name: &str| Column {
            name: name.to_owned(),
            from: name.to_owned(),
            always: String::new(),
            table: String::new(),
            format: String::new(),
            is_required: false,
            longest: 0,
        };
        let set = |data: &Data| {
            let mut names: Vec<&str> = COMMON.iter().chain(of(*data)).copied().collect();
            if *data == Data::Counts {
                names.extend(counts.iter().map(String::as_str));
            }
            let by = levels(*data).iter().map(|level| (*level).to_owned()).collect();
            (*data, Set { file: data.word().to_owned(), by, columns: names.into_iter().map(column).collect() })
        };
        Mapping { sets: Data::ALL.iter().map(set).collect(), tables: BTreeMap::new() }
    }

    /// Reads a mapping file. `is_counted` says whether something is counted under an id.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn read(text: &str, is_counted: impl Fn(&str) -> bool) -> Result<Mapping, String> {
        let written: Written = toml::from_str(text)
            .map_err(|error| format!("line {}: {}", crate::catalog::problem::line_of(text, &error), error.message()))?;
        let mut mapping = Mapping { sets: BTreeMap::new(), tables: written.tables };
        for (data, set) in [
            (Data::Counts, written.counts),
            (Data::Cases, written.cases),
            (Data::Departments, written.departments),
            (Data::Grids, written.grids),
        ] {
            if let Some(set) = set {
                let read = mapping.set(data, set, &is_counted).map_err(|why| format!("{}: {why}", data.word()))?;
                mapping.sets.insert(data, read);
            }
        }
        Ok(mapping)
    }

    fn set(&self, data: Data, written: WrittenSet, is_counted: &impl Fn(&str) -> bool) -> Result<Set, String> {
        let known = levels(data);
        if let Some(strange) = written.by.iter().find(|level| !known.contains(&level.as_str())) {
            return Err(format!("by: {strange} is not known; there are {}", known.join(", ")));
        }
        let by = match (written.by.is_empty(), data) {
            (true, Data::Counts) => vec!["city".to_owned()],
            (true, Data::Grids) => vec!["street".to_owned()],
            _ => written.by,
        };
        let file = if written.file.is_empty() { data.word().to_owned() } else { written.file };
        if file.len() > 40 || !file.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err("file: must be letters, digits and _".to_owned());
        }
        if written.columns.is_empty() {
            return Err("columns: there are none".to_owned());
        }
        let mut columns: Vec<Column> = Vec::new();
        for one in written.columns {
            let name = one.name.trim().to_owned();
            let wrong = |why: &str| Err(format!("column {name}: {why}"));
            if name.is_empty() || name.chars().any(char::is_control) {
                return Err("a column has no name".to_owned());
            }
            if columns.iter().any(|other| other.name == name) {
                return wrong("is named twice");
            }
            let is_field = COMMON.contains(&one.from.as_str()) || of(data).contains(&one.from.as_str());
            let is_count = data == Data::Counts && is_counted(&one.from);
            match (one.from.is_empty(), one.always.is_empty()) {
                (true, true) => {
                    return wrong("say from which field it comes (from) or what always stands in it (always)");
                }
                (false, false) => return wrong("from and always exclude one another"),
                (false, true) if !is_field && !is_count => {
                    return wrong(&format!("there is no field {}; docs/superior.md lists them", one.from));
                }
                _ => {}
            }
            if !one.table.is_empty() && !self.tables.contains_key(&one.table) {
                return wrong(&format!("there is no [tables.{}]", one.table));
            }
            if !one.format.is_empty() && !is_format(&one.format) {
                return wrong("format: is not understood; write it such as %Y%m%d%H%M%S");
            }
            columns.push(Column {
                name,
                from: one.from,
                always: one.always,
                table: one.table,
                format: one.format,
                is_required: one.required,
                longest: one.longest,
            });
        }
        Ok(Set { file, by, columns })
    }

    /// Sub-classes of ours for which a table that translates `category` has no code, while it has none for all others.
    pub fn without_code<'a>(&self, categories: impl Iterator<Item = &'a str>) -> BTreeMap<String, Vec<String>> {
        let mut lacking: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let named: BTreeSet<&str> = self
            .sets
            .values()
            .flat_map(|set| &set.columns)
            .filter(|column| column.from == "category")
            .map(|column| column.table.as_str())
            .collect();
        let categories: Vec<&str> = categories.collect();
        for name in named {
            let Some(table) = self.tables.get(name).filter(|table| !table.contains_key(OTHERS)) else { continue };
            let missing = categories.iter().filter(|word| !table.contains_key(**word));
            let missing: Vec<String> = missing.map(|word| (*word).to_owned()).collect();
            if !missing.is_empty() {
                lacking.insert(name.to_owned(), missing);
            }
        }
        lacking
    }
}

/// What stands in a table for everything that it does not name.
pub const OTHERS: &str = "*";

/// A cell as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Nothing,
    /// A text.
    Text(String),
    /// A number, as JSON writes it.
    Number(String),
}

/// What a row lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// The table has no code for our word.
    Code {
        /// The column.
        column: String,
        /// The table.
        table: String,
        /// Our word.
        word: String,
    },
    /// A column that must not be empty is empty: the row stays here.
    Needed {
        /// The column.
        column: String,
    },
    /// The text was longer than the superior takes, and was cut.
    Long {
        /// The column.
        column: String,
    },
}

/// A row in the superior's words. A row with a [`Lack::Needed`] must not leave.
pub fn row(
    set: &Set,
    tables: &BTreeMap<String, BTreeMap<String, String>>,
    zone: &TimeZone,
    of: impl Fn(&str) -> Value,
) -> (Vec<Cell>, Vec<Lack>) {
    let mut lacks = Vec::new();
    let mut cells = Vec::with_capacity(set.columns.len());
    for column in &set.columns {
        let value = if column.from.is_empty() { Value::text(column.always.as_str()) } else { of(&column.from) };
        let cell = written(column, &value, zone);
        let mut cell = match tables.get(&column.table) {
            Some(table) => translated(column, table, &cell, &mut lacks),
            None => cell,
        };
        if let Cell::Text(text) = &mut cell
            && column.longest > 0
            && text.chars().count() > column.longest
        {
            *text = text.chars().take(column.longest).collect();
            lacks.push(Lack::Long { column: column.name.clone() });
        }
        if column.is_required && cell == Cell::Nothing {
            lacks.push(Lack::Needed { column: column.name.clone() });
        }
        cells.push(cell);
    }
    (cells, lacks)
}

fn translated(column: &Column, table: &BTreeMap<String, String>, cell: &Cell, lacks: &mut Vec<Lack>) -> Cell {
    let word = match cell {
        Cell::Nothing => "",
        Cell::Text(text) | Cell::Number(text) => text.as_str(),
    };
    match table.get(word).or_else(|| table.get(OTHERS).filter(|_| !word.is_empty())) {
        Some(code) if code.is_empty() => Cell::Nothing,
        Some(code) => Cell::Text(code.clone()),
        None if word.is_empty() => Cell::Nothing,
        None => {
            let (column, table, word) = (column.name.clone(), column.table.clone(), word.to_owned());
            lacks.push(Lack::Code { column, table, word });
            Cell::Nothing
        }
    }
}

fn written(column: &Column, value: &Value, zone: &TimeZone) -> Cell {
    let format = |usual: &'static str| if column.format.is_empty() { usual.to_owned() } else { column.format.clone() };
    match value {
        Value::Nothing => Cell::Nothing,
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Count(count) => Cell::Number(count.to_string()),
        // What is no number is nothing.
        Value::Number(number) if !number.is_finite() => Cell::Nothing,
        Value::Number(number) => Cell::Number(number.to_string()),
        Value::Share(points) => {
            let (sign, points) = (if *points < 0 { "-" } else { "" }, points.unsigned_abs());
            Cell::Number(format!("{sign}{}.{:02}", points / 100, points % 100))
        }
        Value::Yes(is_so) => Cell::Number(if *is_so { "1" } else { "0" }.to_owned()),
        Value::At(moment) => Cell::Text(moment.zoned(zone).strftime(&format(MOMENT)).to_string()),
        Value::Day(day) => match day.to_zoned_datetime(zone.clone()) {
            Ok(day) => Cell::Text(day.strftime(&format(DAY)).to_string()),
            Err(_) => Cell::Text(day.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::clock::Moment;

    const FILE: &str = r#"
[cases]
file = "AJ"
columns = [
  { name = "AJBH", from = "number", required = true },
  { name = "LB", from = "category", table = "category" },
  { name = "ZT", from = "stage", table = "stage", required = true },
  { name = "SJ", from = "reported_at", format = "%Y%m%d%H%M%S" },
  { name = "MS", from = "description", longest = 4 },
  { name = "PT", always = "01" },
  { name = "JJ", from = "urgent", table = "yes" },
]
[counts]
by = ["city", "street"]
columns = [{ name = "XZQH", from = "division" }, { name = "SB", from = "reported" }]
[tables.category]
"event-0110" = "10110"
"event-0111" = "10111"
[tables.stage]
"closed" = "7"
"*" = "1"
"" = "0"
[tables.yes]
"1" = "是"
"0" = ""
"#;

    fn read(text: &str) -> Result<Mapping, String> {
        Mapping::read(text, |id| id == "reported")
    }

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::Offset::constant(8))
    }

    fn told(values: &[(&str, Value)]) -> (Vec<Cell>, Vec<Lack>) {
        let mapping = read(FILE).expect("a mapping");
        let of = |name: &str| {
            values.iter().find(|(known, _)| *known == name).map_or(Value::Nothing, |(_, value)| value.clone())
        };
        row(&mapping.sets[&Data::Cases], &mapping.tables, &zone(), of)
    }

    #[test]
    fn a_row_stands_in_the_superiors_words() {
        let (cells, lacks) = told(&[
            ("number", Value::text("WL1")),
            ("category", Value::text("event-0110")),
            ("stage", Value::text("handling")),
            ("reported_at", Value::At(Moment(1_773_108_000_000))),
            ("description", Value::text("路灯不亮了")),
            ("urgent", Value::Yes(true)),
        ]);
        let text = |text: &str| Cell::Text(text.to_owned());
        assert_eq!(
            cells,
            [text("WL1"), text("10110"), text("1"), text("20260310100000"), text("路灯不亮"), text("01"), text("是")]
        );
        assert_eq!(lacks, [Lack::Long { column: "MS".into() }]);
    }

    #[test]
    fn an_unknown_code_is_named_and_never_silent() {
        let (cells, lacks) = told(&[
            ("number", Value::text("WL1")),
            ("category", Value::text("event-0199")),
            ("stage", Value::text("closed")),
        ]);
        assert_eq!((&cells[1], &cells[6]), (&Cell::Nothing, &Cell::Nothing));
        let lack = Lack::Code { column: "LB".into(), table: "category".into(), word: "event-0199".into() };
        assert_eq!(lacks, [lack]);
        // A case without a sub-class lacks nothing; one without a number must not leave.
        let (cells, lacks) = told(&[("urgent", Value::Yes(false))]);
        assert_eq!((&cells[2], &cells[6]), (&Cell::Text("0".into()), &Cell::Nothing));
        assert_eq!(lacks, [Lack::Needed { column: "AJBH".into() }]);
    }

    #[test]
    fn values_are_written_as_numbers_and_texts() {
        let set = read(FILE).expect("a mapping").sets.remove(&Data::Counts).expect("counts");
        for (value, cell) in [
            (Value::Count(-3), Cell::Number("-3".into())),
            (Value::Number(123.4), Cell::Number("123.4".into())),
            (Value::Number(f64::NAN), Cell::Nothing),
            (Value::Share(9524), Cell::Number("95.24".into())),
            (Value::Share(-5), Cell::Number("-0.05".into())),
            (Value::Share(7), Cell::Number("0.07".into())),
            (Value::Yes(false), Cell::Number("0".into())),
            (Value::Day(jiff::civil::date(2026, 3, 9)), Cell::Text("2026-03-09".into())),
            (Value::text(""), Cell::Nothing),
        ] {
            let (cells, lacks) = row(&set, &BTreeMap::new(), &zone(), |name| match name {
                "division" => value.clone(),
                _ => Value::Nothing,
            });
            assert_eq!((&cells[0], lacks.len()), (&cell, 0));
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_column() {
        for (from, to, sentence) in [
            ("from = \"number\"", "from = \"nummer\"", "cases: column AJBH: there is no field nummer"),
            ("from = \"reported\"", "from = \"reportet\"", "counts: column SB: there is no field"),
            ("name = \"LB\"", "name = \"AJBH\"", "is named twice"),
            ("table = \"category\"", "table = \"categories\"", "there is no [tables.categories]"),
            ("always = \"01\"", "always = \"\"", "say from which field"),
            ("always = \"01\"", "always = \"01\", from = \"number\"", "exclude one another"),
            ("%Y%m%d%H%M%S", "%Y%!", "is not understood"),
            ("file = \"AJ\"", "file = \"../x\"", "file: must be"),
            ("by = [\"city\", \"street\"]", "by = [\"person\"]", "by: person is not known"),
            ("longest = 4", "longst = 4", "unknown field"),
            ("[tables.yes]", "[table.yes]", "line"),
        ] {
            let wrong = read(&FILE.replace(from, to)).expect_err(to);
            assert!(wrong.contains(sentence), "{to}: {wrong}");
        }
    }

    #[test]
    fn sub_classes_without_a_code_are_found_beforehand() {
        let mapping = read(FILE).expect("a mapping");
        let lacking = mapping.without_code(["event-0110", "event-0199"].into_iter());
        assert_eq!(lacking["category"], ["event-0199"]);
        assert!(mapping.without_code(["event-0110"].into_iter()).is_empty());
        let others = read(&FILE.replace("\"event-0111\" = \"10111\"", "\"*\" = \"99\"")).expect("a mapping");
        assert!(others.without_code(["event-0199"].into_iter()).is_empty(), "there is a code for all others");
        let plain = Mapping::plain(&["reported".to_owned()]);
        assert!(plain.sets[&Data::Counts].columns.iter().any(|column| column.from == "reported"));
        assert_eq!(plain.sets.len(), Data::ALL.len());
    }
}
