//! Whether what somebody shows is theirs: a code of the phone, a recovery code, the password.

use super::store;
use super::totp::{self, KEY};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::account::{Outcome, Rules};
use crate::people::doors::Visit;
use crate::people::sign_in::Knock;
use crate::people::{password, store as people};

/// A second factor that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A code of the phone.
    Code,
    /// A recovery code, now used up.
    Recovery,
}

impl Shown {
    /// Its word in the log of sign-ins.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Shown::Code => "code",
            Shown::Recovery => "recovery",
        }
    }
}

/// Opens a sealed key.
pub(super) fn opened(app: &App, account: Id, sealed: &str) -> Result<[u8; KEY], Error> {
    let bytes = app.identity.sealer.open(account, sealed).map_err(|error| Error::Internal(error.to_string()))?;
    bytes.try_into().map_err(|_| Error::Internal("a key for codes has another length".into()))
}

/// What a typed code is, using it up; none for a wrong one. Runs in the transaction of what it opens.
pub(super) async fn shown(tx: &Tx, app: &App, account: Id, typed: &str, now: Moment) -> Result<Option<Shown>, Error> {
    if !totp::is_code(typed) {
        let is_right = store::use_code(tx, account, &totp::digest(typed), now).await?;
        return Ok(is_right.then_some(Shown::Recovery));
    }
    let Some(sealed) = store::totp_key(tx, account).await? else { return Ok(None) };
    let Some(step) = totp::check(opened(app, account, &sealed)?, typed, now) else { return Ok(None) };
    Ok(store::use_step(tx, account, step).await?.then_some(Shown::Code))
}

/// Asks somebody who is signed in for their password or a code, before something that would let others in. Guessing here counts
/// like guessing at the door.
///
/// # Errors
/// `people-proof-wrong`, `people-sign-in-locked`, on `proof`; when the database fails.
pub(super) async fn ask(app: &App, visit: &Visit, knock: &Knock, typed: &str) -> Result<(), Error> {
    let (id, now, rules) = (visit.actor()?.account, app.clock.now(), Rules::of(&app.city.rest));
    let typed: String = typed.chars().take(1000).collect();
    let is_password = !totp::is_code(&typed);
    let hash = app.db.read(move |tx| async move {
        let account = people::load(&tx, id).await?;
        Ok::<_, Error>(people::credentials(&tx, &account.login).await?.map(|(_, hash)| hash))
    });
    let hash = hash.await?;
    let is_known = is_password && password::verify(typed.clone(), hash.clone()).await?;
    let (held, origin, limits) = (app.clone(), knock.origin.clone(), rules.clone());
    let outcome = app.db.write(move |tx| async move {
        let account = people::load(&tx, id).await?;
        let stored = people::credentials(&tx, &account.login).await?.map(|(_, hash)| hash);
        let is_locked = account.lock.until > now;
        let is_right = match is_password {
            true => is_known && stored == hash,
            false => !is_locked && shown(&tx, &held, id, &typed, now).await?.is_some(),
        };
        let (outcome, lock) = account.lock.attempt(account.is_active, is_right, now, &limits);
        if lock != account.lock {
            people::note_lock(&tx, id, lock).await?;
        }
        if outcome != Outcome::Opened {
            let (said, way) = if is_password { (outcome, "password") } else { (unproved(outcome), "code") };
            people::log_sign_in(&tx, &account.login, Some(id), (said, way), &origin, now).await?;
        }
        Ok::<_, Error>(outcome)
    });
    match outcome.await? {
        Outcome::Opened => Ok(()),
        Outcome::Locked => Err(locked(&rules).on("proof").into()),
        _ => Err(Refusal::new("people-proof-wrong").on("proof").into()),
    }
}

/// How a wrong second factor stands in the log.
pub(super) fn unproved(outcome: Outcome) -> Outcome {
    if outcome == Outcome::Wrong { Outcome::Unproved } else { outcome }
}

/// The account is locked.
pub(super) fn locked(rules: &Rules) -> Refusal {
    Refusal::new("people-sign-in-locked").with("minutes", rules.lock / 60_000)
}

/// Fresh recovery codes, and what is kept of them.
pub(super) fn fresh_codes() -> (Vec<String>, Vec<String>) {
    let codes: Vec<String> = (0..totp::CODES).map(|_| id::tracking_code()).collect();
    let digests = codes.iter().map(|code| totp::digest(code)).collect();
    (codes.iter().map(|code| totp::grouped(code)).collect(), digests)
}
