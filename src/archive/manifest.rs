//! What an archive says of itself, and how a table's rows are summed up so that two databases can be compared.

use crate::kit::id::hexadecimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The form of an archive; one that is not known is not read.
pub const FORMAT: &str = "city-steward/archive/1";
/// The longest line of a table that is read, in bytes.
pub const LONGEST_LINE: u64 = 256 << 20;

/// A sum over rows that does not depend on their order: the SHA-256 of each row's line, added up modulo 2^256. Two tables with the
/// same count and sum hold the same rows (Bellare, Micciancio: *A New Paradigm for Collision-Free Hashing*, 1997, AdHash).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many rows.
    pub rows: u64,
    bytes: [u8; 32],
}

impl Sum {
    /// Adds a row, as the bytes of its line without the line's end.
    pub fn add(&mut self, line: &[u8]) {
        let mut carry = 0;
        for (byte, added) in self.bytes.iter_mut().zip(Sha256::digest(line)).rev() {
            let sum = u16::from(*byte) + u16::from(added) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        self.rows += 1;
    }

    /// The sum in hexadecimal.
    pub fn shown(&self) -> String {
        hexadecimal(&self.bytes)
    }
}

/// A table within an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name; its rows are in `tables/NAME.jsonl`.
    pub name: String,
    /// Its columns, in the order of a row's values.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// The rows' [`Sum`].
    pub sum: String,
}

impl Table {
    /// Its entry in the archive.
    pub fn entry(&self) -> String {
        entry_of(&self.name)
    }

    /// True when these are the rows that were written.
    pub fn is(&self, sum: &Sum) -> bool {
        self.rows == sum.rows && self.sum == sum.shown()
    }
}

/// The entry of a table's rows.
pub fn entry_of(table: &str) -> String {
    format!("tables/{table}.jsonl")
}

/// The files within an archive: `files/SHELF/DIGEST`, each under the SHA-256 of its bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// How many.
    pub count: u64,
    /// Their bytes in all.
    pub bytes: u64,
}

/// What an archive says of itself: the last entry that is written, and the first that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The program's version.
    pub program: String,
    /// The moment that the database showed, RFC 3339.
    pub made_at: String,
    /// `sqlite` or `postgresql`.
    pub engine: String,
    /// The scripts that had made the tables, in order.
    pub history: Vec<String>,
    /// The tables.
    pub tables: Vec<Table>,
    /// Tables that stay behind, since their rows are good for minutes and for one installation.
    pub left_out: Vec<String>,
    /// The files; none when they were left out.
    pub files: Option<Files>,
    /// How many files of the city's folder: `city/PATH`.
    pub city_files: u64,
}

/// Why an archive is not loaded, in an operator's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It has another form.
    #[error("this archive has the form {0}, and this program reads {FORMAT}; load it with the program that wrote it")]
    Form(String),
    /// Its tables are newer than this program.
    #[error(
        "this archive was written by a newer program ({program}): its tables know {script}; install that version first"
    )]
    Newer {
        /// The program that wrote it.
        program: String,
        /// The first script that is not known here.
        script: String,
    },
    /// The database has newer tables than it.
    #[error("the database has newer tables ({script}) than this archive; begin with an empty database")]
    Older {
        /// The first script that the archive does not know.
        script: String,
    },
}

impl Manifest {
    /// The part of the program's history with which the tables must be made before the rows are loaded; the rest runs over the
    /// loaded rows, as it would have at home.
    ///
    /// # Errors
    /// When the archive is not for this program, or not for a database on which `ran` have run.
    pub fn history_of(&self, known: &[(String, String)], ran: &[String]) -> Result<Vec<(String, String)>, Misfit> {
        if self.format != FORMAT {
            return Err(Misfit::Form(self.format.clone()));
        }
        let is_known = |script: &&String| known.iter().any(|(name, _)| name == *script);
        if let Some(script) = self.history.iter().find(|script| !is_known(script)) {
            return Err(Misfit::Newer { program: self.program.clone(), script: script.clone() });
        }
        if let Some(script) = ran.iter().find(|script| !self.history.contains(script)) {
            return Err(Misfit::Older { script: script.clone() });
        }
        Ok(known.iter().filter(|(name, _)| self.history.contains(name)).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_knows_rows_and_not_their_order() {
        let of = |rows: &[&str]| {
            let mut sum = Sum::default();
            rows.iter().for_each(|row| sum.add(row.as_bytes()));
            (sum.rows, sum.shown())
        };
        assert_eq!(of(&["[1]", "[2]", "[3]"]), of(&["[3]", "[1]", "[2]"]));
        assert_ne!(of(&["[1]", "[2]"]), of(&["[1]", "[3]"]));
        assert_ne!(of(&["[1]", "[1]"]), of(&["[2]", "[2]"]), "pairs do not cancel each other out");
        // One row's sum is the SHA-256 of its line.
        assert_eq!(of(&["abc"]).1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(of(&[]).1, "0".repeat(64));
    }

    #[test]
    fn a_sum_carries_over_every_byte() {
        let mut sum = Sum { rows: 0, bytes: [0xff; 32] };
        sum.add(b"abc");
        // One less than the digest: all ones are minus one.
        assert!(sum.shown().ends_with("20015ac"), "{}", sum.shown());
        assert!(sum.shown().starts_with("ba7816bf"));
    }

    fn manifest(history: &[&str]) -> Manifest {
        Manifest {
            format: FORMAT.to_owned(),
            program: "0.2.0".to_owned(),
            made_at: String::new(),
            engine: "sqlite".to_owned(),
            history: history.iter().map(|name| (*name).to_owned()).collect(),
            tables: vec![],
            left_out: vec![],
            files: None,
            city_files: 0,
        }
    }

    #[test]
    fn an_archive_fits_a_program_that_knows_its_tables_and_a_database_that_has_no_newer_ones() {
        let known: Vec<_> = ["1", "2", "3"].map(|name| (name.to_owned(), format!("script {name}"))).into();
        let names = |fits: Result<Vec<(String, String)>, Misfit>| {
            fits.map(|history| history.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
        };
        let ran = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (archive, database, expected) in [
            (vec!["1", "2", "3"], vec![], Ok(vec!["1", "2", "3"])),
            (vec!["1", "2", "3"], vec!["1", "2", "3"], Ok(vec!["1", "2", "3"])),
            (vec!["1", "2"], vec![], Ok(vec!["1", "2"])),
            (vec!["1", "2"], vec!["1"], Ok(vec!["1", "2"])),
            (vec!["1", "2"], vec!["1", "2", "3"], Err(Misfit::Older { script: "3".to_owned() })),
            (vec!["1", "4"], vec![], Err(Misfit::Newer { program: "0.2.0".to_owned(), script: "4".to_owned() })),
        ] {
            let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(
                names(manifest(&archive).history_of(&known, &ran(&database))),
                expected,
                "{archive:?} {database:?}"
            );
        }
        let other = Manifest { format: "city-steward/archive/9".to_owned(), ..manifest(&[]) };
        assert!(matches!(other.history_of(&known, &[]), Err(Misfit::Form(_))));
    }
}
