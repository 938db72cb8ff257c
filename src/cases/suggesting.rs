//! What a case may be about, beside the form in which it is filed: what its words were taken for, and whose work that would be.

use super::case::Case;
use super::show::Standard;
use super::standards;
use super::store::{self, Choice};
use crate::app::App;
use crate::catalog::Key;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::suggestions;
use crate::suggestions::suggestion::{Guess, thousandths};
use serde::Serialize;

/// Of how many past cases the usual department is told.
const PAST: usize = 50;

/// A sub-class that is suggested.
#[derive(Debug, Serialize)]
pub struct Suggested {
    /// `event-0110`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// `likely` or `possible`.
    pub sure: &'static str,
    /// How sure, in percent.
    pub percent: i64,
    /// Whose work it would be, by name; empty when nobody knows.
    pub department: String,
    /// True when that is told by past cases, not by the responsibility table.
    pub is_usual: bool,
    /// The filing condition that is filled in: the form's value.
    pub standard: String,
}

/// What the words of a case are taken for: as it was kept when its report came in, or else as it is now.
///
/// # Errors
/// When the database fails.
pub async fn guesses(app: &App, tx: &Tx, case: &Case, words: &str) -> Result<Vec<Guess>, Error> {
    Ok(match suggestions::store::of_case(tx, case.id).await? {
        Some(kept) => kept.offers,
        None => suggestions::offered(app, if words.trim().is_empty() { &case.title } else { words }).0,
    })
}

/// The same with names, departments and filing conditions, as the page shows them.
///
/// # Errors
/// When the database fails.
pub async fn shown(
    app: &App,
    tx: &Tx,
    lang: &str,
    case: &Case,
    guesses: &[Guess],
    departments: &[Choice],
    now: Moment,
) -> Result<Vec<Suggested>, Error> {
    let mut shown = Vec::new();
    for guess in guesses {
        let Some(key) = app.catalog.key_of(&guess.key) else { continue };
        let Some(standard) = standards::of_sub_class(app, lang, &key, now).into_iter().next() else { continue };
        let (department, is_usual) = department(app, tx, case, &key).await?;
        let Standard { value, group, .. } = standard;
        let named = |id: Id| departments.iter().find(|choice| choice.value == id.to_string());
        shown.push(Suggested {
            key: guess.key.clone(),
            name: group,
            sure: guess.sure().word(),
            percent: (thousandths(guess.confidence) + 5) / 10,
            department: department.and_then(named).map(|choice| choice.label.clone()).unwrap_or_default(),
            is_usual,
            standard: value,
        });
    }
    Ok(shown)
}

/// Whose work a sub-class is at the place of a case: by the responsibility table, or else, and then it is told so, where most of its
/// last cases went.
///
/// # Errors
/// When the database fails.
pub async fn department(app: &App, tx: &Tx, case: &Case, key: &Key) -> Result<(Option<Id>, bool), Error> {
    if let Some(code) = app.catalog.department(key, standards::area(case)) {
        let found = store::department_of_code(tx, code).await?;
        if found.is_some() {
            return Ok((found, false));
        }
    }
    Ok((suggestions::store::usual_department(tx, key.kind.word(), &key.code, PAST).await?, true))
}

/// The department that a dispatch begins with: of what the case was filed as, or is said to be.
///
/// # Errors
/// When the database fails.
pub async fn department_of(app: &App, tx: &Tx, case: &Case) -> Result<(Option<Id>, bool), Error> {
    match standards::key(app, case) {
        Some(key) => department(app, tx, case, &key).await,
        None => Ok((None, false)),
    }
}
