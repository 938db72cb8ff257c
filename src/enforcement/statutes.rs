//! What the city's files say about enforcement: terms, matters, the organ, the items of checks.

use super::case::Law;
use super::inspection::{self, Items};
use super::matters::{self, Matters};
use super::organ::{self, Organ};
use crate::catalog::Problem;
use crate::kit::sources::Sources;
use crate::law::terms;
use crate::law::{Calendar, Terms};

/// The files, read.
#[derive(Debug)]
pub struct Statutes {
    /// The law's terms and numbers.
    pub terms: Terms,
    /// The matters (案由).
    pub matters: Matters,
    /// The organ.
    pub organ: Organ,
    /// What enterprises may be checked for.
    pub items: Items,
}

impl Statutes {
    /// Reads them.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn load(sources: &Sources) -> Result<Statutes, Vec<Problem>> {
        let text = |file: &str| sources.text(file).unwrap_or_default();
        let terms = Terms::load(&sources.folder(terms::FOLDER));
        let matters = Matters::load(&sources.folder(matters::FOLDER));
        let organ = Organ::load(&text(organ::FILE));
        let items = Items::load(&text(inspection::FILE));
        match (terms, matters, organ, items) {
            (Ok(terms), Ok(matters), Ok(organ), Ok(items)) => Ok(Statutes { terms, matters, organ, items }),
            (terms, matters, organ, items) => {
                let all = [terms.err(), matters.err(), organ.err(), items.err()];
                Err(all.into_iter().flatten().flatten().collect())
            }
        }
    }

    /// What a case is judged by, with the working calendar.
    pub fn law<'a>(&'a self, calendar: &'a Calendar) -> Law<'a> {
        Law { terms: &self.terms, matters: &self.matters, organ: &self.organ, calendar }
    }
}
