//! What the city's files say about enforcement: terms, matters, the organ.

use super::case::Law;
use super::matters::{self, Matters};
use super::organ::{self, Organ};
use super::questions::{self, Questions};
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
    /// Questions for interviews.
    pub questions: Questions,
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
        let is_matter = |id: &str| matters.as_ref().is_ok_and(|known| known.all().iter().any(|one| one.id == id));
        let questions = Questions::load(&text(questions::FILE), is_matter);
        match (terms, matters, organ, questions) {
            (Ok(terms), Ok(matters), Ok(organ), Ok(questions)) => Ok(Statutes { terms, matters, organ, questions }),
            (terms, matters, organ, questions) => {
                // Without its matters nobody can tell which of them the questions name.
                let questions = if matters.is_ok() { questions.err() } else { None };
                let all = [terms.err(), matters.err(), organ.err(), questions];
                Err(all.into_iter().flatten().flatten().collect())
            }
        }
    }

    /// What a case is judged by, with the working calendar.
    pub fn law<'a>(&'a self, calendar: &'a Calendar) -> Law<'a> {
        Law { terms: &self.terms, matters: &self.matters, organ: &self.organ, questions: &self.questions, calendar }
    }
}
