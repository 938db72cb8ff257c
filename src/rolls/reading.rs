//! A list, read: its columns and its rows, before anybody asks what would come of them.

use super::judging::{self, City};
use super::roll::{Counts, Found, Judged, Line, MOST_ROWS, Said, Subject, Vocabulary};
use crate::app::App;
use crate::imports::import::Note;
use crate::kit::error::{Error, Refusal};
use crate::kit::tables::{Formulas, Rows, Source, Told, unquoted};
use crate::kit::words::Words;

/// The words of a subject, as the program says them.
pub(super) fn vocabulary(words: &Words, subject: Subject) -> Vocabulary {
    Vocabulary::of(subject, &|lang, key| words.say(lang, key, &[]).unwrap_or_default())
}

/// The same of a running program.
pub(super) fn vocabulary_of(app: &App, subject: Subject) -> Vocabulary {
    vocabulary(&app.pages.words, subject)
}

/// Reads a file: its rows, and what is known of its columns.
///
/// # Errors
/// A refusal of the file as a whole, on `file`.
pub(super) async fn read(
    subject: Subject,
    words: &Vocabulary,
    source: impl Source + 'static,
) -> Result<(Found, Vec<Line>), Error> {
    let on_file = |error: Error| match error {
        Error::Refused(refusal) => Error::Refused(refusal.on("file")),
        other => other,
    };
    let mut rows = Rows::with(source, Formulas::Written);
    let head = match rows.next().await.map_err(on_file)? {
        Some(Told::Head(head)) => head,
        _ => return Err(Refusal::new("table-empty").on("file").into()),
    };
    let (places, unknown) = words.places(subject, &head)?;
    let mut lines = Vec::new();
    while let Some(told) = rows.next().await.map_err(on_file)? {
        let Told::Row(row) = told else { continue };
        if lines.len() == MOST_ROWS {
            return Err(Refusal::new("rolls-file-long").with("most", MOST_ROWS).on("file").into());
        }
        let (said, broken) = match &row.cells {
            Ok(cells) => {
                let cell = |place: usize| cells.get(place).map_or("", |cell| unquoted(cell)).to_owned();
                (places.iter().map(|(field, place)| (*field, cell(*place))).collect(), None)
            }
            Err(refusal) => (Said::new(), Some(Note::of(&row.row.to_string(), refusal))),
        };
        lines.push(Line { at: row.row, said, broken });
    }
    if lines.is_empty() {
        return Err(Refusal::new("table-empty").on("file").into());
    }
    let columns = places.iter().map(|(field, _)| *field).collect();
    Ok((Found { columns, unknown, ..Found::default() }, lines))
}

/// What would come of every row in the city as it is.
pub(super) fn judge(subject: Subject, lines: &[Line], city: &City, words: &Vocabulary) -> (Counts, Vec<Judged>) {
    let judged = match subject {
        Subject::Departments => judging::departments(lines, city, words),
        Subject::Staff => judging::staff(lines, city, words),
    };
    (Counts::of(&judged), judged)
}
