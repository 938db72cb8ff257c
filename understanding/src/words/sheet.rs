//! Lists of texts as CSV: a line of names, then a row a text. UTF-8 with or without a byte order mark; fields may be quoted
//! and hold line breaks, as RFC 4180 has it.

use csv::{ErrorKind, ReaderBuilder, StringRecord, WriterBuilder};

/// The columns that are read as text when none are named, those of them that are there.
pub const TEXT_COLUMNS: [&str; 8] = ["title", "detail", "words", "text", "content", "标题", "内容", "详情"];
/// The column of classes when none is named.
pub const LABEL_COLUMN: &str = "label";
/// The column that holds the confidence of a found class.
pub const CONFIDENCE_COLUMN: &str = "confidence";
/// The column of near-duplicate groups when none is named.
pub const GROUP_COLUMN: &str = "group";

const MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a list cannot be read. Lines count from 1, as editors show them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is not even a line of names.
    #[error("the file is empty: its first line must name the columns")]
    Empty,
    /// There are names, but no rows.
    #[error("the file has a line of names, but no rows")]
    NoRows,
    /// Bytes that are no UTF-8.
    #[error("line {line}, column “{column}”: this is not UTF-8. Save the file as “CSV UTF-8” and try again")]
    NotUtf8 {
        /// The line on which the row begins.
        line: u64,
        /// The column's name, or its number when it has none.
        column: String,
    },
    /// A row has more or fewer fields than there are names.
    #[error("line {line}: {fields} fields, but the first line names {names}. Is a quotation mark missing?")]
    UnevenRow {
        /// The line on which the row begins.
        line: u64,
        /// How many fields the row has.
        fields: u64,
        /// How many columns are named.
        names: u64,
    },
    /// A column that is needed is not there.
    #[error("line 1: there is no column “{column}”. The file has: {there}")]
    MissingColumn {
        /// The name that was looked for.
        column: String,
        /// The names that are there.
        there: String,
    },
    /// A name stands twice.
    #[error("line 1: the column “{column}” is named twice")]
    TwiceNamed {
        /// The name.
        column: String,
    },
    /// None of the usual columns of text is there.
    #[error("line 1: there is no column of text. Name it with --text; the file has: {there}")]
    NoTextColumn {
        /// The names that are there.
        there: String,
    },
    /// A field that must hold something is empty.
    #[error("line {line}, column “{column}”: nothing is written here")]
    EmptyField {
        /// The line on which the row begins.
        line: u64,
        /// The column's name.
        column: String,
    },
    /// A class that the model does not know.
    #[error("line {line}, column “{column}”: the model does not know the class “{class}”")]
    UnknownClass {
        /// The line on which the row begins.
        line: u64,
        /// The column's name.
        column: String,
        /// The class.
        class: String,
    },
    /// What the reader of CSV says besides.
    #[error("the file cannot be read: {0}")]
    Other(String),
}

/// A list that has been read.
#[derive(Clone, Debug)]
pub struct Sheet {
    names: StringRecord,
    rows: Vec<StringRecord>,
    is_marked: bool,
}

impl Sheet {
    /// Reads a whole list.
    ///
    /// # Errors
    /// When it is empty, is no UTF-8, a row has another number of fields than the first line, or a name stands twice.
    pub fn read(bytes: &[u8]) -> Result<Sheet, Unreadable> {
        let is_marked = bytes.starts_with(MARK);
        let plain = bytes.strip_prefix(MARK).unwrap_or(bytes);
        let mut reader = ReaderBuilder::new().from_reader(plain);
        let mut names = reader.headers().map_err(|error| refusal(&error, None))?.clone();
        names.trim();
        if names.iter().all(str::is_empty) {
            return Err(Unreadable::Empty);
        }
        if let Some((_, column)) = names
            .iter()
            .enumerate()
            .find(|(place, name)| !name.is_empty() && names.iter().take(*place).any(|n| n == *name))
        {
            return Err(Unreadable::TwiceNamed { column: column.to_owned() });
        }
        let mut rows = Vec::new();
        for row in reader.records() {
            rows.push(row.map_err(|error| refusal(&error, Some(&names)))?);
        }
        if rows.is_empty() {
            return Err(Unreadable::NoRows);
        }
        Ok(Sheet { names, rows, is_marked })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Where a column stands, if it is there.
    pub fn find_column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|there| there == name)
    }

    /// Where a column stands.
    ///
    /// # Errors
    /// When it is not there.
    pub fn column(&self, name: &str) -> Result<usize, Unreadable> {
        self.find_column(name).ok_or_else(|| Unreadable::MissingColumn { column: name.to_owned(), there: self.there() })
    }

    /// The names of the columns of text: those that are asked for, separated by commas, or else the usual ones that are
    /// there, but never `label`, the column of classes.
    ///
    /// # Errors
    /// When one that is asked for is not there, or none of the usual ones is.
    pub fn text_columns(&self, asked: Option<&str>, label: &str) -> Result<Vec<String>, Unreadable> {
        let columns: Vec<String> = match asked {
            Some(asked) => {
                asked.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
            }
            None => TEXT_COLUMNS
                .iter()
                .filter(|name| **name != label && self.find_column(name).is_some())
                .map(|name| (*name).to_owned())
                .collect(),
        };
        for name in &columns {
            self.column(name)?;
        }
        if columns.is_empty() { Err(Unreadable::NoTextColumn { there: self.there() }) } else { Ok(columns) }
    }

    /// The texts: for every row the fields of the columns, in their order.
    ///
    /// # Errors
    /// When a column is not there.
    pub fn texts(&self, columns: &[String]) -> Result<Vec<Vec<&str>>, Unreadable> {
        let places: Vec<usize> = columns.iter().map(|name| self.column(name)).collect::<Result<_, _>>()?;
        let fields = |row| places.iter().map(|place| StringRecord::get(row, *place).unwrap_or_default()).collect();
        Ok(self.rows.iter().map(fields).collect())
    }

    /// What stands in a column, row by row, without white space around it.
    ///
    /// # Errors
    /// When the column is not there, or a field of it is empty.
    pub fn filled(&self, column: &str) -> Result<Vec<&str>, Unreadable> {
        let place = self.column(column)?;
        let field = |row: &'_ StringRecord| row.get(place).map_or("", str::trim).is_empty();
        if let Some(number) = self.rows.iter().position(field) {
            return Err(Unreadable::EmptyField { line: self.line(number), column: column.to_owned() });
        }
        Ok(self.rows.iter().map(|row| row.get(place).unwrap_or_default().trim()).collect())
    }

    /// What stands in a column that may be empty, if the column is there.
    pub fn found(&self, column: &str) -> Option<Vec<&str>> {
        let place = self.find_column(column)?;
        Some(self.rows.iter().map(|row| row.get(place).unwrap_or_default().trim()).collect())
    }

    /// The line on which a row begins.
    pub fn line(&self, number: usize) -> u64 {
        self.rows.get(number).and_then(StringRecord::position).map_or(0, csv::Position::line)
    }

    /// The rows as they are, with a class and a confidence each (three decimals). Columns `label` and `confidence` that are
    /// there are replaced; else they are added at the end. A byte order mark is kept.
    ///
    /// # Errors
    /// When there are not as many answers as rows.
    pub fn with_answers(&self, answers: &[(&str, f32)]) -> Result<Vec<u8>, Unreadable> {
        let answers: Vec<[String; 2]> =
            answers.iter().map(|(class, sure)| [(*class).to_owned(), format!("{sure:.3}")]).collect();
        self.with_columns(&[LABEL_COLUMN, CONFIDENCE_COLUMN], &answers)
    }

    /// The rows as they are, with some fields each. Columns of those names that are there are replaced; else they are added
    /// at the end. A byte order mark is kept.
    ///
    /// # Errors
    /// When there are not as many answers as rows.
    pub fn with_columns<const WIDTH: usize>(
        &self,
        names: &[&str; WIDTH],
        answers: &[[String; WIDTH]],
    ) -> Result<Vec<u8>, Unreadable> {
        if answers.len() != self.rows.len() {
            return Err(Unreadable::Other(format!("{} rows, but {} answers", self.rows.len(), answers.len())));
        }
        let places = names.map(|name| self.find_column(name));
        let written = |row: &StringRecord, values: [&str; WIDTH]| {
            let mut fields: Vec<String> = row.iter().map(str::to_owned).collect();
            for (place, value) in places.iter().zip(values) {
                match place.and_then(|place| fields.get_mut(place)) {
                    Some(field) => value.clone_into(field),
                    None => fields.push(value.to_owned()),
                }
            }
            fields
        };
        let mut writer = WriterBuilder::new().from_writer(if self.is_marked { MARK.to_vec() } else { Vec::new() });
        let other = |error: &dyn std::error::Error| Unreadable::Other(error.to_string());
        writer.write_record(written(&self.names, *names)).map_err(|error| other(&error))?;
        for (row, values) in self.rows.iter().zip(answers) {
            writer.write_record(written(row, values.each_ref().map(String::as_str))).map_err(|error| other(&error))?;
        }
        writer.into_inner().map_err(|error| other(&error))
    }

    fn there(&self) -> String {
        self.names.iter().collect::<Vec<_>>().join(", ")
    }
}

/// Why a list cannot be read, from what the reader of CSV says; with the names of its columns, once they are known.
pub(crate) fn refusal(error: &csv::Error, names: Option<&StringRecord>) -> Unreadable {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        ErrorKind::Utf8 { err, .. } => {
            let name = names.and_then(|names| names.get(err.field())).filter(|name| !name.is_empty());
            Unreadable::NotUtf8 { line, column: name.map_or_else(|| (err.field() + 1).to_string(), str::to_owned) }
        }
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Unreadable::UnevenRow { line, fields: *len, names: *expected_len }
        }
        _ => Unreadable::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_marks_quotes_and_breaks() {
        let sheet =
            Sheet::read("\u{feff}label, title ,detail\n甲,\"井盖\n坏了\",\n乙,灯,\"说\"\"不亮\"\"\"\n".as_bytes())
                .unwrap();
        let columns = sheet.text_columns(None, "label").unwrap();
        assert_eq!(columns, ["title", "detail"]);
        assert_eq!(sheet.texts(&columns).unwrap(), [["井盖\n坏了", ""], ["灯", "说\"不亮\""]]);
        assert_eq!(sheet.filled("label").unwrap(), ["甲", "乙"]);
        assert_eq!((sheet.line(0), sheet.line(1)), (2, 4));
        let written = sheet.with_answers(&[("丙", 0.91234), ("丁", 1.0)]).unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "\u{feff}label,title,detail,confidence\n丙,\"井盖\n坏了\",,0.912\n丁,灯,\"说\"\"不亮\"\"\",1.000\n"
        );
        assert!(sheet.with_columns(&["score"], &[["1".to_owned()]]).is_err());
    }

    #[test]
    fn says_where_it_fails() {
        let failure = |bytes: &[u8]| Sheet::read(bytes).map(|_| ()).unwrap_err().to_string();
        for (bytes, expected) in [
            (&b""[..], "the file is empty: its first line must name the columns"),
            (b"title\n", "the file has a line of names, but no rows"),
            (b"a,b\n1,2\n3\n", "line 3: 1 fields, but the first line names 2. Is a quotation mark missing?"),
            (b"a,b,a\n1,2,3\n", "line 1: the column “a” is named twice"),
            (
                b"title,detail\nok,ok\nok,\xbe\xae\n",
                "line 3, column “detail”: this is not UTF-8. Save the file as “CSV UTF-8” and try again",
            ),
        ] {
            assert_eq!(failure(bytes), expected);
        }
        let sheet = Sheet::read(b"label,title\nx,y\n,z\n").unwrap();
        let missing = sheet.text_columns(Some("title,body"), "label").unwrap_err().to_string();
        assert_eq!(missing, "line 1: there is no column “body”. The file has: label, title");
        assert_eq!(sheet.filled("label").unwrap_err().to_string(), "line 3, column “label”: nothing is written here");
        let none = Sheet::read(b"label,a\nx,y\n").unwrap().text_columns(None, "label").unwrap_err();
        assert!(matches!(none, Unreadable::NoTextColumn { .. }));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(Sheet::read(&bytes));
        }

        #[test]
        fn rows_come_back_as_they_were(rows in prop::collection::vec("[a井\",\n ]{0,8}", 1..9)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["title", "number"]).unwrap();
            for row in &rows {
                writer.write_record([row, "1"]).unwrap();
            }
            let sheet = Sheet::read(&writer.into_inner().unwrap()).unwrap();
            let answers: Vec<(&str, f32)> = rows.iter().map(|_| ("甲", 0.5)).collect();
            let again = Sheet::read(&sheet.with_answers(&answers).unwrap()).unwrap();
            prop_assert_eq!(again.texts(&["title".to_owned()]).unwrap(), sheet.texts(&["title".to_owned()]).unwrap());
        }
    }
}
