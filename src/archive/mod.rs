//! Everything of a city as one file, which another installation loads: every row of every table, the photos and papers, and the
//! city's own folder; whatever engine and store it comes from and goes to. It has no doors: whoever may read an archive may
//! read everything. Or from one database straight into another. Lends out [`take_out`], [`look_through`], [`bring_in`] and [`carry`].

mod bringing_in;
mod carrying;
pub mod manifest;
pub mod store;
mod taking_out;

pub use bringing_in::{Loading, Purpose, bring_in, is_city_there, keep_quiet, look_through};
pub use carrying::{Carried, Carrying, Meanwhile, Tally, carry};
pub use taking_out::{Taking, take_out};

use crate::kit::db::{AgainError, DbError};
use crate::kit::error::Error;
use manifest::Misfit;
use std::path::Path;
use std::sync::Arc;

/// Tables whose rows are good only where they were made: who is signed in, who is about to be, in which browsers, which programs serve, and
/// whether a city is on its way here.
const LEFT_OUT: [&str; 10] = [
    "half_sign_ins",
    "instances",
    "known_browsers",
    "moves",
    "paces_told",
    "passkey_offers",
    "provider_visits",
    "sessions",
    "totp_offers",
    "turns",
];

/// True for a table that stays behind.
fn is_left_out(table: &str) -> bool {
    // Which scripts have run is noted where they run.
    table == "migrations" || LEFT_OUT.contains(&table)
}

/// The manifest's entry.
const MANIFEST: &str = "manifest.json";

/// How far something has come: what is being done, and how many rows or files of it are done.
pub type Progress = Arc<dyn Fn(&str, u64) + Send + Sync>;

/// Why an archive was not written or not loaded, in an operator's words.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The archive is for another program or database.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The database failed or refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The store of files failed.
    #[error("{0}")]
    Files(String),
    /// A file cannot be read or written, or the archive is not whole.
    #[error("{0}")]
    Archive(String),
}

impl AgainError for Trouble {
    fn must_run_again(&self) -> bool {
        matches!(self, Trouble::Db(error) if error.must_run_again())
    }

    fn trouble(&self) -> Option<crate::kit::db::Trouble> {
        match self {
            Trouble::Db(error) => error.trouble(),
            _ => None,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Files(error.to_string())
    }
}

/// A failure with the file that it is about.
fn at(path: &Path) -> impl Fn(std::io::Error) -> Trouble {
    move |error| Trouble::Archive(format!("{}: {error}", path.display()))
}

fn broken(why: impl std::fmt::Display) -> Trouble {
    Trouble::Archive(why.to_string())
}
