//! Browsers in which somebody has signed in before. Wrong passwords of strangers lock an account for everybody but them: so
//! nobody can keep a colleague out by typing nonsense under their name. Each known browser has tries of its own.

use super::account::{Account, Lock};
use super::sessions::key;
use super::sign_in::Knock;
use super::store;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::{Id, secret};

/// The cookie of a known browser; it goes to the pages of signing in alone.
pub const COOKIE: &str = "known";
/// Where it goes to.
pub const PATH: &str = "/sign-in";
/// For how long a browser is known after it was last used to sign in, in milliseconds.
pub const LASTS: i64 = 180 * 24 * 60 * 60_000;

/// Whose tries count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tries {
    /// How many there were, and their consequence.
    pub lock: Lock,
    /// What is kept of the browser's secret; none for a stranger, whose tries count against the account.
    browser: Option<String>,
}

/// The tries that count when somebody knocks as this account.
///
/// # Errors
/// When the database fails.
pub async fn tries(tx: &Tx, account: &Account, knock: &Knock, now: Moment) -> Result<Tries, DbError> {
    if let Some(browser) = knock.known.as_deref().map(key)
        && let Some(lock) = store::known_browser(tx, &browser, account.id, now.plus(-LASTS)).await?
    {
        return Ok(Tries { lock, browser: Some(browser) });
    }
    Ok(Tries { lock: account.lock, browser: None })
}

/// Notes what became of a try.
///
/// # Errors
/// When the database fails.
pub async fn note(tx: &Tx, account: Id, tries: &Tries, lock: Lock) -> Result<(), DbError> {
    match &tries.browser {
        _ if lock == tries.lock => Ok(()),
        Some(browser) => store::note_known_browser(tx, browser, lock).await,
        None => store::note_lock(tx, account, lock).await,
    }
}

/// Knows the browser from now on, in place of whatever it was known by; answers the secret for its cookie.
///
/// # Errors
/// When the database fails.
pub async fn remember(tx: &Tx, account: Id, before: Option<&str>, now: Moment) -> Result<String, DbError> {
    let fresh = secret();
    let before = before.map(key).unwrap_or_default();
    store::keep_known_browser(tx, &key(&fresh), account, &before, now, now.plus(-LASTS)).await?;
    Ok(fresh)
}
