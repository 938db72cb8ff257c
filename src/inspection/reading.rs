//! A file of enterprises as offices send it: a table as text (UTF-8, UTF-16 or GB18030, commas or tabs) or a spreadsheet; the
//! first row names the columns in either language. Pure.

use super::enterprise::{Kind, Particulars};
use crate::kit::error::Refusal;
use crate::kit::fields::Typed;
use crate::kit::letters;
use crate::kit::tables;
use calamine::DataRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest file, in bytes.
pub const LARGEST: usize = 8 << 20;
/// The largest part of a workbook, unpacked, in bytes.
const LARGEST_PART: u64 = 64 << 20;
/// How much of a strange heading is said.
const LONGEST_HEADING: usize = 40;
/// The most rows of one file.
pub const MOST_ROWS: usize = 5000;
/// The columns that are known, in the order in which a file is written.
pub const COLUMNS: [&str; 9] = ["name", "credit_code", "kind", "address", "contact", "phone", "street", "lon", "lat"];

/// What is wrong with a row: the sentence's key with what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The row, counted as a spreadsheet does.
    pub row: u32,
    /// The sentence's key.
    pub key: String,
    /// What it needs.
    pub args: Vec<(String, String)>,
    /// The column; empty for the whole row.
    pub column: String,
}

impl Fault {
    /// A refusal at a row.
    pub fn of(row: u32, refusal: &Refusal) -> Fault {
        Fault {
            row,
            key: refusal.key.to_owned(),
            args: refusal.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            column: refusal.field.unwrap_or_default().to_owned(),
        }
    }
}

/// A row that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The row.
    pub row: u32,
    /// What is written about the enterprise.
    pub particulars: Particulars,
    /// The street's code or name; empty without.
    pub street: String,
    /// Degrees east and north, as the file has them.
    pub point: Option<(f64, f64)>,
}

/// How a file is read: what its headings and its kinds are called.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Headings in small letters, to the columns.
    pub columns: BTreeMap<String, &'static str>,
    /// Kinds by their names in small letters.
    pub kinds: BTreeMap<String, Kind>,
}

/// Reads a file: what can be used, and what is wrong.
///
/// # Errors
/// A refusal of the file as a whole.
pub fn read(bytes: &[u8], names: &Names) -> Result<(Vec<Entry>, Vec<Fault>), Refusal> {
    if bytes.len() > LARGEST {
        return Err(Refusal::new("inspection-file-large").with("n", LARGEST >> 20));
    }
    let rows = if bytes.starts_with(b"PK") { of_sheet(bytes)? } else { of_text(bytes)? };
    let mut rows = rows.into_iter();
    let (head_row, head) = rows.next().ok_or_else(|| Refusal::new("inspection-file-empty"))?;
    let known: Vec<Option<&'static str>> =
        head.iter().map(|cell| names.columns.get(&cell.trim().to_lowercase()).copied()).collect();
    if ["name", "address"].iter().any(|needed| !known.contains(&Some(*needed))) {
        return Err(Refusal::new("inspection-file-no-header"));
    }
    let mut faults = strange(head_row, &head, &known);
    let of_head = faults.len();
    // Of a heading that stands there twice the first column counts.
    let first = |(place, column): (usize, &Option<&'static str>)| column.filter(|_| !known[..place].contains(column));
    let read: Vec<Option<&'static str>> = known.iter().enumerate().map(first).collect();
    let mut entries = Vec::new();
    for (row, cells) in rows {
        let pairs =
            read.iter().zip(&cells).filter_map(|(name, cell)| Some(((*name)?.to_owned(), cell.trim().to_owned())));
        let mut typed = Typed::of(pairs);
        if typed.0.values().flatten().all(String::is_empty) {
            continue;
        }
        match entry(row, &mut typed, names) {
            Ok(entry) => entries.push(entry),
            Err(refusal) => faults.push(Fault::of(row, &refusal)),
        }
    }
    if entries.is_empty() && faults.len() == of_head {
        return Err(Refusal::new("inspection-file-empty"));
    }
    Ok((entries, faults))
}

/// Headings that nobody knows, and headings that stand there twice: what lies below them is not read, and that is said.
fn strange(row: u32, head: &[String], known: &[Option<&'static str>]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (place, (cell, column)) in head.iter().zip(known).enumerate() {
        let shown: String = cell.trim().chars().take(LONGEST_HEADING).collect();
        let key = match column {
            None if shown.is_empty() => continue,
            None => "inspection-file-column-unknown",
            Some(_) if known[..place].contains(column) => "inspection-file-column-twice",
            Some(_) => continue,
        };
        faults.push(Fault::of(row, &Refusal::new(key).with("name", shown)));
    }
    faults
}

fn entry(row: u32, typed: &mut Typed, names: &Names) -> Result<Entry, Refusal> {
    let told = typed.text("kind").to_lowercase();
    // A list without kinds is better than none.
    let kind = if told.is_empty() { Some(Kind::Other) } else { names.kinds.get(&told).copied() };
    let kind = kind.ok_or_else(|| Refusal::new("inspection-file-kind").with("name", &told).on("kind"))?;
    typed.0.insert("kind".to_owned(), vec![kind.word().to_owned()]);
    let particulars = Particulars::read(typed)?;
    let number = |name: &str| typed.text(name).parse::<f64>().ok().filter(|number| number.is_finite());
    let is_told = !typed.text("lon").is_empty() || !typed.text("lat").is_empty();
    let point = number("lon").zip(number("lat")).filter(|(lon, lat)| lon.abs() <= 180.0 && lat.abs() <= 90.0);
    if is_told && point.is_none() {
        return Err(super::Why::PositionStrange.refuse().on("lon"));
    }
    Ok(Entry { row, particulars, street: typed.text("street").to_owned(), point })
}

type Rows = Vec<(u32, Vec<String>)>;

fn of_text(bytes: &[u8]) -> Result<Rows, Refusal> {
    let (text, _) = letters::read(bytes).ok_or_else(|| Refusal::new("inspection-file-unreadable"))?;
    let head = text.lines().next().unwrap_or_default();
    let by = if head.contains('\t') && !head.contains(',') { b'\t' } else { b',' };
    let mut table =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(by).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in table.records() {
        let record = record.map_err(|_| Refusal::new("inspection-file-unreadable"))?;
        let line = record.position().map_or(0, |position| position.line() + blank_lines(&text, position.byte()));
        rows.push((u32::try_from(line).unwrap_or(u32::MAX), record.iter().take(64).map(str::to_owned).collect()));
        most(rows.len())?;
    }
    Ok(rows)
}

/// How many empty lines a record that begins at a byte is said to begin with.
fn blank_lines(text: &str, from: u64) -> u64 {
    let rest = usize::try_from(from).ok().and_then(|from| text.as_bytes().get(from..)).unwrap_or_default();
    rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count() as u64
}

fn most(rows: usize) -> Result<(), Refusal> {
    // One of them names the columns.
    if rows > MOST_ROWS + 1 {
        return Err(Refusal::new("inspection-file-long").with("most", MOST_ROWS));
    }
    Ok(())
}

/// The used cells of the first sheet. Cells are taken one by one: a sheet that claims to be a million columns wide costs no more
/// than the cells that it has.
fn of_sheet(bytes: &[u8]) -> Result<Rows, Refusal> {
    let unreadable = || Refusal::new("inspection-file-unreadable");
    let (mut book, name) = tables::opened(bytes, LARGEST_PART, unreadable)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(|_| unreadable())?;
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell().map_err(|_| unreadable())? {
        let (row, column) = cell.get_position();
        let text = match cell.get_value() {
            DataRef::String(text) => text.clone(),
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::Float(number) => number.to_string(),
            DataRef::Int(number) => number.to_string(),
            _ => continue,
        };
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column < 64 {
            let cells = rows.entry(row + 1).or_default();
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            if let Some(slot) = cells.get_mut(column) {
                *slot = text;
            }
        }
        most(rows.len())?;
    }
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let columns =
            [("name", "name"), ("名称", "name"), ("地址", "address"), ("代码", "credit_code"), ("类型", "kind")];
        let more = [("lon", "lon"), ("lat", "lat")];
        Names {
            columns: columns.into_iter().chain(more).map(|(told, name)| (told.to_owned(), name)).collect(),
            kinds: [("餐饮".to_owned(), Kind::Restaurant)].into(),
        }
    }

    #[test]
    fn tables_and_sheets_are_read_alike() {
        let text = "名称,代码,地址,类型,lon,lat\n某饭店,91350100M000100Y43,临江街 1 号,餐饮,123.4,31.2\n\n某店,,新港路 2 号,,,\n";
        let gb = encoding_rs::GB18030.encode(text).0.into_owned();
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(row, column, cell).expect("a cell");
            }
        }
        let sheet = book.save_to_buffer().expect("a sheet");
        for bytes in [text.as_bytes().to_vec(), gb, text.replace(',', "\t").into_bytes(), sheet] {
            let (entries, faults) = read(&bytes, &names()).expect("a list");
            assert_eq!(faults, []);
            assert_eq!(entries.len(), 2);
            let first = entries.first().expect("one");
            assert_eq!((first.row, first.particulars.kind, first.point), (2, Kind::Restaurant, Some((123.4, 31.2))));
            assert_eq!(entries.last().map(|one| (one.row, one.particulars.kind)), Some((4, Kind::Other)));
        }
    }

    #[test]
    fn headings_that_are_not_read_are_said() {
        let text = "名称,电话号,地址,地址\n某饭店,123,临江街 1 号,新港路 2 号\n";
        let (entries, faults) = read(text.as_bytes(), &names()).expect("a list");
        assert_eq!(entries.iter().map(|one| one.particulars.address.as_str()).collect::<Vec<_>>(), ["临江街 1 号"]);
        let said: Vec<_> = faults.iter().map(|one| (one.row, one.key.as_str(), one.args[0].1.as_str())).collect();
        assert_eq!(
            said,
            [(1, "inspection-file-column-unknown", "电话号"), (1, "inspection-file-column-twice", "地址")]
        );
        let nobody = read("名称,地址,电话号\n".as_bytes(), &names()).map(drop).map_err(|no| no.key);
        assert_eq!(nobody, Err("inspection-file-empty"));
    }

    #[test]
    fn what_cannot_be_used_gets_its_sentence() {
        let whole = |bytes: &[u8]| read(bytes, &names()).map(drop).map_err(|no| no.key);
        assert_eq!(whole(b""), Err("inspection-file-empty"));
        assert_eq!(whole("名称,地址\n".as_bytes()), Err("inspection-file-empty"));
        assert_eq!(whole("什么,地址\n1,2\n".as_bytes()), Err("inspection-file-no-header"));
        assert_eq!(whole(b"PK\x03\x04nothing"), Err("inspection-file-unreadable"));
        assert_eq!(whole(b"\x89PNG\x00\x00\xff"), Err("inspection-file-unreadable"));
        let many = format!("名称,地址\n{}", "a,b\n".repeat(MOST_ROWS + 1));
        assert_eq!(whole(many.as_bytes()), Err("inspection-file-long"));
        let rows = format!(
            "名称,地址,代码,类型,lon,lat\n,b,,,,\na,b,91350100M000100Y44,,,\na,b,,动物园,,\na,b,,,200,1\n{},b,,,,\n",
            "长".repeat(10_000)
        );
        let (entries, faults) = read(rows.as_bytes(), &names()).expect("a list");
        let told: Vec<(u32, &str)> = faults.iter().map(|fault| (fault.row, fault.key.as_str())).collect();
        assert!(entries.is_empty());
        let expected = [
            (2, "form-missing"),
            (3, "inspection-refusal-credit-code-wrong"),
            (4, "inspection-file-kind"),
            (5, "inspection-refusal-position-strange"),
            (6, "form-too-long"),
        ];
        assert_eq!(told, expected);
    }
}
