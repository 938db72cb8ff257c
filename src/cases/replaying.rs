//! A case made again from its facts alone. The tables only keep what the log says; this is how anybody can be sure of it.

use super::case::{self, Case, CaseAct, Side};
use super::store;
use super::timer::Timer;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id::Id;
use serde::Deserialize;

/// What a fact of a case keeps for making it again.
#[derive(Deserialize)]
struct Kept {
    /// Only the opening has the case itself.
    case: Option<Case>,
    act: Option<CaseAct>,
    #[serde(default)]
    timers: Vec<Timer>,
    side: Option<Side>,
}

/// The case of this identifier and its clocks, from the facts.
///
/// # Errors
/// [`Error::NotFound`] when nothing was recorded; [`Error::Internal`] when a fact does not follow the one before it; when
/// the database fails.
pub async fn again(tx: &Tx, id: Id) -> Result<(Case, Vec<Timer>), Error> {
    again_until(tx, id, Moment(i64::MAX)).await
}

/// The same as it stood at a moment: facts after it are left out.
///
/// # Errors
/// As [`again`].
pub async fn again_until(tx: &Tx, id: Id, until: Moment) -> Result<(Case, Vec<Timer>), Error> {
    let (mut made, mut timers): (Option<Case>, Vec<Timer>) = (None, Vec::new());
    for (fact, author, at, body) in store::facts(tx, id).await?.into_iter().filter(|(_, _, at, _)| *at <= until) {
        let wrong = |what: &str| Error::Internal(format!("case {id}, fact {fact}: {what}"));
        let kept: Kept = serde_json::from_str(&body).map_err(|error| wrong(&error.to_string()))?;
        match (kept.case, kept.act, made.take()) {
            (Some(opened), _, None) => made = Some(opened),
            (None, Some(act), Some(case)) => {
                let side = kept.side.ok_or_else(|| wrong("no side"))?;
                let (after, _) = case::again(case, author, side, act, at).ok_or_else(|| wrong("does not follow"))?;
                made = Some(after);
            }
            // Calls, reminders and others that change nothing.
            (None, None, case) => made = case,
            _ => return Err(wrong("does not follow")),
        }
        for timer in kept.timers {
            timers.retain(|old| old.seq != timer.seq);
            timers.push(timer);
        }
    }
    timers.sort_by_key(|timer| timer.seq);
    let mut case = made.ok_or(Error::NotFound)?;
    super::timer::moments(&timers, &mut case);
    Ok((case, timers))
}
