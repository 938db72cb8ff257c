//! Tables that leave as CSV. Every cell of every one is written here, so that no spreadsheet takes anything that somebody wrote for
//! a formula. (In workbooks a text is a text: nothing there is written as a formula.)

use super::tables::safe;
use std::io::{self, Write};

/// Writes CSV.
pub struct Csv<W: Write>(csv::Writer<W>);

impl<W: Write> Csv<W> {
    /// Into a file or into memory.
    pub fn from_writer(out: W) -> Csv<W> {
        Csv(csv::Writer::from_writer(out))
    }

    /// Writes a row; every cell is one that no spreadsheet takes for a formula.
    ///
    /// # Errors
    /// When it cannot be written, or has another number of cells than the rows before.
    pub fn write_record<I, T>(&mut self, cells: I) -> Result<(), csv::Error>
    where
        I: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        for cell in cells {
            self.0.write_field(safe(cell.as_ref()))?;
        }
        self.0.write_record(None::<&[u8]>)
    }

    /// Writes what is still held in memory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    /// What was written into.
    ///
    /// # Errors
    /// When the last of it cannot be written.
    pub fn into_inner(self) -> io::Result<W> {
        self.0.into_inner().map_err(|error| io::Error::other(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::tables::unquoted;
    use proptest::prelude::*;

    fn written(rows: &[Vec<String>]) -> Vec<Vec<String>> {
        let mut csv = Csv::from_writer(Vec::new());
        for row in rows {
            csv.write_record(row).expect("a row");
        }
        let bytes = csv.into_inner().expect("bytes");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
    }

    proptest! {
        #[test]
        fn no_cell_of_any_table_is_a_formula(
            rows in proptest::collection::vec(proptest::collection::vec("[=+@\t\r\n ＝＋－＠'\"a-z0-9.,-]{0,12}|\\PC{0,8}", 3), 1..8),
        ) {
            let found = written(&rows);
            prop_assert_eq!(found.len(), rows.len());
            for (cell, before) in found.iter().flatten().zip(rows.iter().flatten()) {
                let is_number = cell.parse::<f64>().is_ok();
                let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
                prop_assert!(is_number || !is_formula, "{:?}", cell);
                // What is read again is what was written.
                if before.trim() == before && !before.starts_with('\'') {
                    prop_assert_eq!(unquoted(cell), before.as_str());
                }
            }
        }
    }
}
