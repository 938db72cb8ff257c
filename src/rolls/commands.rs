//! `import departments|staff`: the same lists at the machine. A dry run only says what would come of each row.

use super::judging::in_order;
use super::reading::{judge, read, vocabulary};
use super::roll::{Counts, Judged, Roll, Subject};
use super::{bringing, handing, show, store, telling};
use crate::imports::import::Note;
use crate::kit::clock::Moment;
use crate::kit::db::Db;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::words::Words;
use std::io::Cursor;
use std::sync::Arc;

/// What came, or would come, of a list.
#[derive(Debug, Clone)]
pub struct Came {
    /// The list as it was kept; without one in a dry run, and when nothing of it was new.
    pub roll: Option<Id>,
    /// How much of each there is.
    pub counts: Counts,
    /// Every row.
    pub judged: Vec<Judged>,
    /// The headings of columns of which nothing is known.
    pub unknown: Vec<String>,
}

/// Brings a list. Like one that is brought in the pages: whoever is new cannot sign in, and no post changes, before the security
/// administrator releases the list; nobody is asked to leave.
///
/// # Errors
/// A refusal of the file as a whole; when the database fails.
pub async fn import(
    db: &Db,
    words: &Words,
    now: Moment,
    subject: Subject,
    (name, bytes): (&str, Vec<u8>),
    is_dry_run: bool,
) -> Result<Came, Error> {
    let vocabulary = Arc::new(vocabulary(words, subject));
    let roll = bringing::of_file(subject, name, &bytes);
    let (found, lines) = read(subject, &vocabulary, Cursor::new(bytes)).await?;
    let unknown = found.unknown.clone();
    let (roll, lines) = (Roll { found, brought_at: now, ..roll }, Arc::new(lines));
    if is_dry_run {
        let city = db.read(|tx| async move { store::city(&tx).await }).await.map_err(Error::Db)?;
        let (counts, judged) = judge(subject, &lines, &city, &vocabulary);
        return Ok(Came { roll: None, counts, judged, unknown });
    }
    let kept = db.write(move |tx| {
        let (mut roll, lines, vocabulary) = (roll.clone(), lines.clone(), vocabulary.clone());
        async move {
            let city = store::city(&tx).await?;
            let (counts, judged) = judge(subject, &lines, &city, &vocabulary);
            roll.found.counts = counts;
            if counts.new + counts.changed == 0 {
                return Ok::<_, Error>((None, counts, judged));
            }
            let roll = roll.keep(None, false, now)?;
            match subject {
                Subject::Departments => store::write_departments(&tx, &in_order(&judged), None, now).await?,
                Subject::Staff => store::write_staff(&tx, &judged, None, now).await?,
            }
            store::add(&tx, &roll, &lines, &judged).await?;
            store::record(&tx, &roll, "kept", None, now).await?;
            telling::waits(&tx, &roll, now).await?;
            Ok((Some(roll.id), counts, judged))
        }
    });
    let (roll, counts, judged) = kept.await?;
    Ok(Came { roll, counts, judged, unknown })
}

/// First passwords for those whom a list added: department, name, login, password. Those of before are worth nothing then.
///
/// # Errors
/// When the database fails.
pub async fn passwords(db: &Db, roll: Id, now: Moment, progress: impl FnMut(u64)) -> Result<Vec<[String; 4]>, Error> {
    handing::at_the_machine(db, roll, now, progress).await
}

/// A line about a row in English.
pub fn sentence(words: &Words, note: &Note) -> String {
    let say = |key: &str| words.say("en", key, &[]).unwrap_or_else(|| key.to_owned());
    let args: Vec<(&str, String)> = note.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    words.say("en", &note.key, &show::spoken(&args, &say)).unwrap_or_else(|| note.key.clone())
}
