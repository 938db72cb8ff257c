//! An import: a file that somebody brought, what was found in it, and what was decided about it.

use crate::grid::taking::{Kind, Taken};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::reports::commands::Imported;
use serde::{Deserialize, Serialize};

/// The most lines of each kind that are kept to be read; the rest is counted.
pub const MOST_LINES: usize = 2000;

enum_of_words! {
    /// What a file brings, in the order in which a new city brings it.
    Subject {
        /// Districts, streets and communities.
        Areas = "areas",
        /// Unit grids (单元网格).
        Grids = "grids",
        /// Components (部件).
        Components = "components",
        /// Responsibility grids with their keepers (责任网格).
        Keepers = "keepers",
        /// Reports of another system.
        Reports = "reports",
    }
}

impl Subject {
    /// What of the ground it is; none for reports.
    pub fn ground(self) -> Option<Kind> {
        Kind::parse(self.word())
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

/// One file of an import (a Shapefile has several).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The name that it came with.
    pub name: String,
    /// Where its bytes lie: their SHA-256; empty when the command line read it from the disk.
    pub digest: String,
    /// Its size.
    pub bytes: usize,
}

/// One line about the file: where, and the key of a sentence with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The feature's id or the line's number, as its bringer finds it.
    pub at: String,
    /// The sentence's key.
    pub key: String,
    /// What the sentence needs.
    pub args: Vec<(String, String)>,
}

/// What came, or would come, of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// What can be used.
    pub good: u64,
    /// What was not known before.
    pub begun: u64,
    /// What is known and different now.
    pub changed: u64,
    /// What is as before.
    pub unchanged: u64,
    /// Good rows that lie outside of the city.
    pub outside: u64,
    /// How much had to be put right.
    pub repaired: u64,
    /// How much cannot be used.
    pub refused: u64,
    /// How many gaps, overlaps and overhangs the ground has then.
    pub faults: u64,
    /// What was put right, at most [`MOST_LINES`].
    pub repairs: Vec<Note>,
    /// What cannot be used, and why, at most [`MOST_LINES`].
    pub refusals: Vec<Note>,
    /// Where the ground is not sound, at most [`MOST_LINES`].
    pub findings: Vec<Note>,
}

impl Note {
    /// What is refused, and where.
    pub fn of(at: &str, refusal: &Refusal) -> Note {
        let args = refusal.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Note { at: at.to_owned(), key: refusal.key.to_owned(), args }
    }
}

impl Found {
    /// What came of ground.
    pub fn of_ground(taken: &Taken) -> Found {
        let mut repairs = Vec::new();
        for (at, keys) in &taken.repaired {
            repairs.extend(keys.iter().map(|key| Note::of(at, &Refusal::new(key))));
        }
        let finding = |finding: &crate::grid::topology::Finding| {
            let sentence = Refusal::new(finding.fault.key())
                .with("area", &finding.area_code)
                .with("codes", finding.codes.join(", "))
                .with("square-metres", format!("{:.0}", finding.square_metres));
            Note::of(&format!("{:.6}, {:.6}", finding.at.lon, finding.at.lat), &sentence)
        };
        repairs.truncate(MOST_LINES);
        Found {
            good: taken.good as u64,
            begun: taken.saved.begun,
            changed: taken.saved.changed,
            unchanged: taken.saved.unchanged,
            outside: 0,
            repaired: taken.repaired.len() as u64,
            refused: taken.refused.len() as u64,
            faults: taken.findings.len() as u64,
            repairs,
            refusals: taken.refused.iter().take(MOST_LINES).map(|(at, refusal)| Note::of(at, refusal)).collect(),
            findings: taken.findings.iter().take(MOST_LINES).map(finding).collect(),
        }
    }

    /// What came of another system's reports.
    pub fn of_reports(imported: &Imported) -> Found {
        let refusals = imported.bad.iter().take(MOST_LINES);
        Found {
            good: (imported.added + imported.known) as u64,
            begun: imported.added as u64,
            unchanged: imported.known as u64,
            outside: imported.outside as u64,
            refused: imported.refused as u64,
            refusals: refusals.map(|(line, refusal)| Note::of(&line.to_string(), refusal)).collect(),
            ..Found::default()
        }
    }
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The identifier.
    pub id: Id,
    /// What it brings.
    pub subject: Subject,
    /// The coordinate system that its bringer named; empty: the city's own.
    pub coordinates: String,
    /// The layer of a GeoPackage that its bringer named; empty: its only one.
    pub layer: String,
    /// Its files.
    pub files: Vec<Part>,
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
        if self.state != State::Waiting {
            return Err(Refusal::new("imports-decided"));
        }
        if self.found.good == 0 {
            return Err(Refusal::new("imports-nothing-good"));
        }
        Ok(())
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

    /// What people call it: the names of its files.
    pub fn name(&self) -> String {
        self.files.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(good: u64) -> Import {
        Import {
            id: 1,
            subject: Subject::Grids,
            coordinates: String::new(),
            layer: String::new(),
            files: vec![Part { name: "grids.geojson".into(), digest: String::new(), bytes: 3 }],
            state: State::Waiting,
            found: Found { good, ..Found::default() },
            author: Some(7),
            brought_at: Moment(1),
            decider: None,
            decided_at: None,
            revision: 1,
        }
    }

    #[test]
    fn what_is_decided_stays_decided() {
        let kept = import(3).keep(Some(8), Found { begun: 3, ..Found::default() }, Moment(2)).unwrap();
        assert_eq!((kept.state, kept.decider, kept.revision, kept.found.begun), (State::Kept, Some(8), 2, 3));
        assert_eq!(kept.clone().keep(Some(8), Found::default(), Moment(3)).unwrap_err().key, "imports-decided");
        assert_eq!(kept.discard(8, Moment(3)).unwrap_err().key, "imports-decided");
        let gone = import(3).discard(8, Moment(2)).unwrap();
        assert_eq!(gone.may_be_kept().unwrap_err().key, "imports-decided");
    }

    #[test]
    fn a_file_of_nothing_good_cannot_be_kept_but_thrown_away() {
        assert_eq!(import(0).may_be_kept().unwrap_err().key, "imports-nothing-good");
        assert_eq!(import(0).discard(8, Moment(2)).unwrap().state, State::Discarded);
    }
}
