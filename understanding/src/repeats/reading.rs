//! A list of reports as a table (CSV, UTF-8, a line of names first): `id`, `title`, `time`, `detail`, and where there are,
//! `lon`, `lat`, `category`, `address`. Other columns are left alone.

use super::find::{Found, Row};
use super::moment::Moment;
use crate::words::sheet::{Unreadable, refusal};
use csv::{ReaderBuilder, StringRecord};
use serde::Serialize;
use std::io::Read;

/// So many slips of a list are kept with their words.
const MOST_SLIPS: usize = 1_000;

/// A field that cannot be read; its row is kept without it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column “{column}”: “{written}” is no {wanted}; the row is kept without it")]
pub struct Slip {
    /// The line on which the row begins, counted from 1.
    pub line: u64,
    /// The column's name.
    pub column: &'static str,
    /// What is written there.
    pub written: String,
    /// What should be written there.
    wanted: &'static str,
}

/// A list that has been read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// The reports, in their order.
    pub rows: Vec<Row>,
    /// What could not be read, the first thousand.
    pub slips: Vec<Slip>,
    /// How many fields could not be read.
    pub slip_count: usize,
}

/// Reads a list, which may be empty but for its names.
///
/// # Errors
/// When there is no line of names, `id` or `title` is not among them, an `id` is empty, a row has another number of fields
/// than the first line, or the file is no UTF-8.
pub fn read(file: impl Read) -> Result<List, Unreadable> {
    let mut reader = ReaderBuilder::new().from_reader(file);
    let names = reader.headers().map_err(|error| refusal(&error, None))?.clone();
    let columns = Columns::of(&names)?;
    let mut list = List::default();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| refusal(&error, Some(&names)))? {
        let line = record.position().map_or(0, csv::Position::line);
        let row = columns.row(&record, line, &mut list)?;
        list.rows.push(row);
    }
    Ok(list)
}

/// Where each column stands.
struct Columns {
    id: usize,
    title: usize,
    time: Option<usize>,
    detail: Option<usize>,
    lon: Option<usize>,
    lat: Option<usize>,
    category: Option<usize>,
    address: Option<usize>,
}

impl Columns {
    fn of(names: &StringRecord) -> Result<Columns, Unreadable> {
        let plain = |name: &str| name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
        let names: Vec<String> = names.iter().map(plain).collect();
        if names.iter().all(String::is_empty) {
            return Err(Unreadable::Empty);
        }
        let column = |name: &str| names.iter().position(|own| own == name);
        let needed = |name: &str| {
            let missing = || Unreadable::MissingColumn { column: name.to_owned(), there: names.join(", ") };
            column(name).ok_or_else(missing)
        };
        Ok(Columns {
            id: needed("id")?,
            title: needed("title")?,
            time: column("time"),
            detail: column("detail"),
            lon: column("lon"),
            lat: column("lat"),
            category: column("category"),
            address: column("address"),
        })
    }

    fn row(&self, record: &StringRecord, line: u64, list: &mut List) -> Result<Row, Unreadable> {
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().trim();
        let mut slip = |column, at, wanted| {
            list.slip_count += 1;
            if list.slips.len() < MOST_SLIPS {
                list.slips.push(Slip { line, column, written: field(at).chars().take(40).collect(), wanted });
            }
        };
        let id = field(Some(self.id));
        if id.is_empty() {
            return Err(Unreadable::EmptyField { line, column: "id".to_owned() });
        }
        let at = Moment::parse(field(self.time));
        if at.is_none() && !field(self.time).is_empty() {
            slip("time", self.time, "moment such as 2026-03-01 08:30");
        }
        let degrees = |at: Option<usize>, most: f64| field(at).parse().ok().filter(|number: &f64| number.abs() <= most);
        let (lon, lat) = (degrees(self.lon, 180.0), degrees(self.lat, 90.0));
        for (column, at, number) in [("lon", self.lon, lon), ("lat", self.lat, lat)] {
            if number.is_none() && !field(at).is_empty() {
                slip(column, at, "number of degrees");
            }
        }
        Ok(Row {
            id: id.into(),
            title: field(Some(self.title)).into(),
            detail: field(self.detail).into(),
            at,
            point: lon.zip(lat),
            category: field(self.category).into(),
            address: field(self.address).into(),
        })
    }
}

/// A repetition, as programs read it.
#[derive(Serialize)]
struct Told<'a> {
    title: &'a str,
    ids: Vec<&'a str>,
}

/// The answer for programs: `[{"title": …, "ids": […]}, …]`, a repetition on each line.
///
/// # Errors
/// None that could happen: strings can always be written.
pub fn as_json(rows: &[Row], found: &[Found]) -> Result<String, serde_json::Error> {
    let lines = found.iter().map(|group| {
        let title = rows.get(group.middle).map_or("", |row| &row.title);
        let ids = group.members.iter().filter_map(|at| rows.get(*at)).map(|row| &*row.id).collect();
        serde_json::to_string(&Told { title, ids })
    });
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    Ok(format!("[{}]", lines.join(",\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_and_its_answer() {
        let table = "\u{feff}id,time,Title,detail,lon,lat,other\n7,2026-03-01,路灯不亮,\"望澜路\n12 号\",114.05,22.54,\n8,,x,,,,y\n";
        let list = read(table.as_bytes()).unwrap();
        let rows = &list.rows;
        assert_eq!((rows.len(), &*rows[0].id, &*rows[0].detail), (2, "7", "望澜路\n12 号"));
        assert_eq!((rows[0].point, rows[1].point, rows[1].at), (Some((114.05, 22.54)), None, None));
        assert_eq!((list.slip_count, list.slips.len()), (0, 0));
        let found = [Found { middle: 0, members: vec![0, 1] }, Found { middle: 1, members: vec![1] }];
        let expected = "[{\"title\":\"路灯不亮\",\"ids\":[\"7\",\"8\"]},\n{\"title\":\"x\",\"ids\":[\"8\"]}]";
        assert_eq!(as_json(rows, &found).unwrap(), expected);
        assert_eq!(as_json(rows, &[]).unwrap(), "[]");
        assert_eq!(read(&b"id,title\n"[..]), Ok(List::default()));
    }

    #[test]
    fn wrong_fields_are_named() {
        let table = "id,title,time,lon,lat\n1,a,tomorrow,114.05,north\n2,b,2026-03-01,,\n3,c,,914,22.5\n";
        let list = read(table.as_bytes()).unwrap();
        assert_eq!((list.rows.len(), list.slip_count), (3, 3));
        let told: Vec<String> = list.slips.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 2, column “time”: “tomorrow” is no moment such as 2026-03-01 08:30; the row is kept without it",
                "line 2, column “lat”: “north” is no number of degrees; the row is kept without it",
                "line 4, column “lon”: “914” is no number of degrees; the row is kept without it",
            ]
        );
        assert!(list.rows.iter().all(|row| row.point.is_none()));
    }

    #[test]
    fn what_is_no_list() {
        for (bytes, expected) in [
            (&b""[..], "the file is empty: its first line must name the columns"),
            (b"title\nx\n", "line 1: there is no column “id”. The file has: title"),
            (b"id\n1\n", "line 1: there is no column “title”. The file has: id"),
            (b"id,title\n1\n", "line 2: 1 fields, but the first line names 2. Is a quotation mark missing?"),
            (b"id,title\n1,a\n,b\n", "line 3, column “id”: nothing is written here"),
            (
                b"id,title\n1,\xc2\xb7\xd5\n",
                "line 2, column “title”: this is not UTF-8. Save the file as “CSV UTF-8” and try again",
            ),
        ] {
            assert_eq!(read(bytes).unwrap_err().to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,30}") {
            drop(read(&bytes[..]));
            drop(read(format!("id,title,time,lon\n{text}").as_bytes()));
        }
    }
}
