//! A file of places that somebody brought: what was found in it, and what was decided.

use super::place::{Entry, Note};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use serde::{Deserialize, Serialize};

/// The most lines about a file that are kept to be read; the rest is counted.
pub const MOST_NOTES: usize = 2000;
/// So many of its places are shown before it takes effect.
pub const SAMPLE: usize = 12;

enum_of_words! {
    /// What a file does to the list that it belongs to.
    Way {
        /// New places are added, known ones changed, others stay.
        Add = "add",
        /// The same, and what is not in the file leaves the list.
        Replace = "replace",
    }
}

enum_of_words! {
    /// Where an import stands.
    State {
        /// Looked at, nothing decided.
        Waiting = "waiting",
        /// Taken over.
        Kept = "kept",
        /// Thrown away.
        Discarded = "discarded",
    }
}

/// What came, or would come, of a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// Places that can be used.
    pub good: u64,
    /// Of these, what the list did not have.
    pub begun: u64,
    /// What it has otherwise.
    pub changed: u64,
    /// What it has as it is.
    pub unchanged: u64,
    /// What somebody changed here, which stays so.
    pub edited: u64,
    /// What leaves the list.
    pub gone: u64,
    /// How many the list had.
    pub had: u64,
    /// Rows that cannot be used.
    pub refused: u64,
    /// Of these, rows outside of the city.
    pub outside: u64,
    /// Rows that say what one before them says.
    pub twice: u64,
    /// In which letters the file was written when not in UTF-8: `GB18030`, `UTF-16LE`; empty otherwise.
    pub letters: String,
    /// What is wrong, at most [`MOST_NOTES`].
    pub notes: Vec<Note>,
    /// Some of its places.
    pub sample: Vec<Entry>,
}

/// One import.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The identifier.
    pub id: Id,
    /// The name of the list that it belongs to.
    pub source: String,
    /// What it does to it.
    pub way: Way,
    /// The coordinate system that its bringer named.
    pub coordinates: String,
    /// The name that the file came with.
    pub file_name: String,
    /// Where its bytes lie: their SHA-256; empty when the command line read it from the disk.
    pub digest: String,
    /// Its size.
    pub bytes: usize,
    /// Where it stands.
    pub state: State,
    /// What was found; after it was kept, what came of it.
    pub found: Found,
    /// Who brought it; none at the command line.
    pub author: Option<Id>,
    /// When it was brought.
    pub brought_at: Moment,
    /// Who decided; none at the command line.
    pub decider: Option<Id>,
    /// When it was decided.
    pub decided_at: Option<Moment>,
    /// One more for every change.
    pub revision: i64,
}

impl Import {
    /// Whether it may be kept.
    ///
    /// # Errors
    /// `imports-decided` when it was decided before, `imports-nothing-good` when nothing of it can be used.
    pub fn may_be_kept(&self) -> Result<(), Refusal> {
        match self.state {
            State::Waiting if self.found.good == 0 => Err(Refusal::new("imports-nothing-good")),
            State::Waiting => Ok(()),
            State::Kept | State::Discarded => Err(Refusal::new("imports-decided")),
        }
    }

    /// The import after it was kept: `came` is what came of it.
    ///
    /// # Errors
    /// As [`Import::may_be_kept`].
    pub fn keep(self, by: Option<Id>, came: Found, now: Moment) -> Result<Import, Refusal> {
        self.may_be_kept()?;
        let revision = self.revision + 1;
        Ok(Import { state: State::Kept, found: came, decider: by, decided_at: Some(now), revision, ..self })
    }

    /// The import after it was thrown away.
    ///
    /// # Errors
    /// `imports-decided` when it was decided before.
    pub fn discard(self, by: Id, now: Moment) -> Result<Import, Refusal> {
        if self.state != State::Waiting {
            return Err(Refusal::new("imports-decided"));
        }
        let revision = self.revision + 1;
        Ok(Import { state: State::Discarded, decider: Some(by), decided_at: Some(now), revision, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decided_is_decided_and_nothing_good_is_not_kept() {
        let import = Import {
            id: 1,
            source: "地名".into(),
            way: Way::Add,
            coordinates: "wgs84".into(),
            file_name: "a.csv".into(),
            digest: String::new(),
            bytes: 1,
            state: State::Waiting,
            found: Found::default(),
            author: None,
            brought_at: Moment(1),
            decider: None,
            decided_at: None,
            revision: 1,
        };
        assert_eq!(import.may_be_kept().map_err(|no| no.key), Err("imports-nothing-good"));
        let good = Import { found: Found { good: 1, ..Found::default() }, ..import };
        let kept = good.clone().keep(Some(7), good.found.clone(), Moment(2)).expect("kept");
        assert_eq!((kept.state, kept.revision, kept.decider), (State::Kept, 2, Some(7)));
        assert_eq!(kept.discard(7, Moment(3)).map_err(|no| no.key), Err("imports-decided"));
    }
}
