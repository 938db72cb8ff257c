//! The room's table, and what it reads of others': feeds of people's own dates.

use super::hearing::{Announced, Standing, said};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, params};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::{construction, enforcement, papers};
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::HashMap;

/// The kind of paper by which a hearing is made public.
const ANNOUNCEMENT: &str = "hearing-announcement";

/// Keeps a new feed; the one before it is revoked.
///
/// # Errors
/// When the database fails.
pub async fn make_feed(tx: &Tx, key: &str, account: Id, language: &str, now: Moment) -> Result<(), DbError> {
    revoke_feeds(tx, account, now).await?;
    let sql = "insert into calendar_feeds (key, account_id, language, made_at) values ($1, $2, $3, $4)";
    tx.execute(sql, params![key, account, language, now]).await.map(drop)
}

/// Revokes somebody's feed.
///
/// # Errors
/// When the database fails.
pub async fn revoke_feeds(tx: &Tx, account: Id, now: Moment) -> Result<(), DbError> {
    let sql = "update calendar_feeds set revoked_at = $2 where account_id = $1 and revoked_at is null";
    tx.execute(sql, params![account, now]).await.map(drop)
}

/// The feed of a key: whose, and in which language; none when it was revoked or its owner has gone.
///
/// # Errors
/// When the database fails.
pub async fn feed(tx: &Tx, key: &str) -> Result<Option<(Id, String)>, DbError> {
    let sql = "select f.account_id, f.language from calendar_feeds f join accounts a on a.id = f.account_id \
               where f.key = $1 and f.revoked_at is null and a.is_active = 1";
    let row = tx.query_opt(sql, params![key]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Since when somebody has a feed.
///
/// # Errors
/// When the database fails.
pub async fn feed_since(tx: &Tx, account: Id) -> Result<Option<Moment>, DbError> {
    let sql = "select made_at from calendar_feeds where account_id = $1 and revoked_at is null limit 1";
    tx.query_opt(sql, params![account]).await?.map(|row| row.get(0)).transpose()
}

/// The hearings that were announced since a moment, paper by paper.
///
/// # Errors
/// When the database fails.
pub async fn announced(tx: &Tx, since: Moment, zone: &TimeZone) -> Result<Vec<Announced>, DbError> {
    let papers = papers::store::of_kind(tx, ANNOUNCEMENT, since).await?;
    let one = |paper: papers::paper::Paper| {
        let told = said(&paper.data, zone)?;
        let text = |at: &str| paper.data.pointer(at).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let (matter, seats) = (text("/matter"), text("/hearing/seats"));
        let register = (text("/hearing/register_until"), text("/hearing/register_at"));
        let voided = paper.voided.as_ref().map(|voided| voided.at);
        Some(Announced {
            paper: paper.id,
            issued_at: paper.issued_at,
            ended_at: voided.or(paper.ended.as_ref().map(|ended| ended.at)),
            revision: paper.revision,
            number: paper.number,
            code: paper.code,
            subject: paper.subject,
            subject_id: paper.subject_id,
            at: told.at,
            is_timed: told.is_timed,
            on: told.on,
            matter,
            place: told.place,
            seats,
            register,
        })
    };
    Ok(papers.into_iter().filter_map(one).collect())
}

/// How the hearings of these announcements stand in their own cases.
///
/// # Errors
/// When the database fails.
pub async fn standings(tx: &Tx, announced: &[Announced]) -> Result<HashMap<(String, Id), Standing>, Error> {
    let mut found = HashMap::new();
    for one in announced {
        let key = (one.subject.clone(), one.subject_id);
        if found.contains_key(&key) {
            continue;
        }
        let standing = match one.subject.as_str() {
            enforcement::store::SUBJECT => {
                let held = match enforcement::store::load(tx, one.subject_id, &enforcement::store::Scope::All).await {
                    Err(Error::NotFound) => continue,
                    other => other?,
                };
                let day =
                    held.case.hearing.as_ref().filter(|hearing| !hearing.is_withdrawn).and_then(|hearing| hearing.on);
                day.map_or(Standing::Off(held.case.last_at), Standing::On)
            }
            construction::store::SUBJECT => {
                let kept = match construction::store::load(tx, one.subject_id, construction::store::Scope::All).await {
                    Err(Error::NotFound) => continue,
                    other => other?,
                };
                let called = kept.building.hearing_called.as_ref();
                called.map_or(Standing::Off(kept.building.last_at), |given| Standing::On(given.until))
            }
            _ => continue,
        };
        found.insert(key, standing);
    }
    Ok(found)
}
