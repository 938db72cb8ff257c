//! The room's tables, and what it asks of those of other rooms, for measures alone.

use super::announcement::{Announcement, Kind, Part, Update};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, params};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::people;
use crate::people::store::Change;
use jiff::civil::Date;
use serde_json::json;

/// Asks for nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn answers(tx: &Tx) -> Result<(), DbError> {
    tx.query_one("select 1", params![]).await.map(drop)
}

/// The scripts that have run.
///
/// # Errors
/// When the database fails, and when no script has run.
pub async fn migrated(tx: &Tx) -> Result<Vec<String>, DbError> {
    tx.query("select name from migrations", params![]).await?.iter().map(|row| row.get(0)).collect()
}

/// How far each reader of the log has come: its name and the last fact that it has read.
///
/// # Errors
/// When the database fails.
pub async fn readers(tx: &Tx) -> Result<Vec<(String, Id)>, DbError> {
    let rows = tx.query("select name, fact_id from case_readings order by name", params![]).await?;
    let mut readers: Vec<(String, Id)> =
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?;
    if let Some(row) = tx.query_opt("select fact_id from search_state where name = 'index'", params![]).await? {
        readers.push(("search".to_owned(), row.get(0)?));
    }
    Ok(readers)
}

/// What waits to leave although its time has come: the way, how many, since when the oldest.
///
/// # Errors
/// When the database fails.
pub async fn waiting(tx: &Tx, now: Moment) -> Result<Vec<(String, i64, Moment)>, DbError> {
    let sql = "select channel, count(*), min(due_at) from notice_deliveries where state = 'waiting' and due_at <= $1 \
               group by channel order by channel";
    let rows = tx.query(sql, params![now]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// How many photos wait to be looked at.
///
/// # Errors
/// When the database fails.
pub async fn unprinted(tx: &Tx) -> Result<i64, DbError> {
    tx.query_one("select count(*) from photo_prints where print is null", params![]).await?.get(0)
}

/// How many photos there are, and how many bytes their originals have.
///
/// # Errors
/// When the database fails.
pub async fn photos(tx: &Tx) -> Result<(i64, i64), DbError> {
    let sql = "select count(*), cast(coalesce(sum(original_bytes), 0) as bigint) from photos";
    let row = tx.query_one(sql, params![]).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// How many reports have come in.
///
/// # Errors
/// When the database fails.
pub async fn reports(tx: &Tx) -> Result<i64, DbError> {
    tx.query_one("select count(*) from reports", params![]).await?.get(0)
}

/// What the looks at a part found on a day: part, day, good, bad.
pub type Day = (Part, Date, u32, u32);

/// Adds what was found.
///
/// # Errors
/// When the database fails.
pub async fn add_looks(tx: &Tx, days: &[Day]) -> Result<(), DbError> {
    let sql = "insert into status_days (part, day_on, good, bad) values ($1, $2, $3, $4) on conflict (part, day_on) \
               do update set good = status_days.good + excluded.good, bad = status_days.bad + excluded.bad";
    for (part, day, good, bad) in days {
        tx.execute(sql, params![part.word(), day.to_string(), *good, *bad]).await?;
    }
    Ok(())
}

/// Forgets the days before one.
///
/// # Errors
/// When the database fails.
pub async fn forget_days(tx: &Tx, before: Date) -> Result<u64, DbError> {
    tx.execute("delete from status_days where day_on < $1", params![before.to_string()]).await
}

/// What was found since a day, that day included, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn days(tx: &Tx, since: Date) -> Result<Vec<Day>, DbError> {
    let sql = "select part, day_on, good, bad from status_days where day_on >= $1 order by day_on, part";
    tx.query(sql, params![since.to_string()]).await?.iter().map(read_day).collect()
}

fn read_day(row: &Row) -> Result<Day, DbError> {
    let (part, day): (String, String) = (row.get(0)?, row.get(1)?);
    let count = |at| row.get::<i64>(at).map(|count| u32::try_from(count).unwrap_or(u32::MAX / 4));
    let (good, bad) = (count(2)?, count(3)?);
    let found = Part::parse(&part).zip(day.parse::<Date>().ok());
    let (part, day) = found.ok_or_else(|| DbError::Row(format!("{part} {day}")))?;
    Ok((part, day, good, bad))
}

const ANNOUNCEMENT: &str = "id, kind, parts, title_zh, title_en, begins_at, ends_at, ended_at, made_at, revision";

fn read_announcement(row: &Row) -> Result<Announcement, DbError> {
    let (kind, parts): (String, String) = (row.get(1)?, row.get(2)?);
    Ok(Announcement {
        id: row.get(0)?,
        kind: Kind::parse(&kind).ok_or(DbError::Row(kind))?,
        parts: parts.split(' ').filter_map(Part::parse).collect(),
        title: (row.get(3)?, row.get(4)?),
        begins_at: row.get(5)?,
        ends_at: row.get(6)?,
        ended_at: row.get(7)?,
        made_at: row.get(8)?,
        revision: row.get(9)?,
        updates: Vec::new(),
    })
}

/// What is announced for a moment since `since` or later, or was ended since then, newest first, with all that was said of it.
///
/// # Errors
/// When the database fails.
pub async fn announcements(tx: &Tx, since: Moment, most: usize) -> Result<Vec<Announcement>, DbError> {
    let sql = format!(
        "select {ANNOUNCEMENT} from announcements where begins_at >= $1 or ended_at >= $1 or ends_at >= $1 \
         or (kind = 'fault' and ended_at is null) order by begins_at desc, id desc limit $2"
    );
    let mut found: Vec<Announcement> =
        tx.query(&sql, params![since, most]).await?.iter().map(read_announcement).collect::<Result<_, _>>()?;
    for one in &mut found {
        one.updates = updates(tx, one.id).await?;
    }
    Ok(found)
}

async fn updates(tx: &Tx, announcement: Id) -> Result<Vec<Update>, DbError> {
    let sql = "select text_zh, text_en, at from announcement_updates where announcement_id = $1 order by id";
    let rows = tx.query(sql, params![announcement]).await?;
    rows.iter().map(|row| Ok(Update { text: (row.get(0)?, row.get(1)?), at: row.get(2)? })).collect()
}

/// One announcement.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id) -> Result<Announcement, Error> {
    let sql = format!("select {ANNOUNCEMENT} from announcements where id = $1");
    let row = tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?;
    Ok(Announcement { updates: updates(tx, id).await?, ..read_announcement(&row)? })
}

fn change(kind: &'static str, one: &Announcement, by: Id) -> Change {
    let body = json!({ "name": one.title.0 });
    Change { subject: "announcement", subject_id: one.id, kind, author: Some(by), body }
}

/// Keeps a new announcement with the first that is said of it.
///
/// # Errors
/// When the database fails.
pub async fn announce(tx: &Tx, one: &Announcement, said: &Update, by: Id) -> Result<(), DbError> {
    let parts: Vec<&str> = one.parts.iter().map(|part| part.word()).collect();
    tx.execute(
        "insert into announcements (id, kind, parts, title_zh, title_en, begins_at, ends_at, made_at, made_by, revision) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
        params![
            one.id,
            one.kind.word(),
            parts.join(" "),
            &one.title.0,
            &one.title.1,
            one.begins_at,
            one.ends_at,
            one.made_at,
            by
        ],
    )
    .await?;
    say(tx, one.id, said, by).await?;
    people::store::record(tx, &change("made", one, by), one.made_at).await
}

async fn say(tx: &Tx, announcement: Id, said: &Update, by: Id) -> Result<(), DbError> {
    let sql = "insert into announcement_updates (id, announcement_id, text_zh, text_en, at, by_id) values ($1, $2, $3, $4, $5, $6)";
    tx.execute(sql, params![id::fresh(), announcement, &said.text.0, &said.text.1, said.at, by]).await.map(drop)
}

/// Keeps what is said of an announcement, and whether it is over by it.
///
/// # Errors
/// [`DbError::Stale`] when somebody changed it meanwhile; when the database fails.
pub async fn update(tx: &Tx, one: &Announcement, said: Option<&Update>, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "update announcements set ended_at = $3, revision = revision + 1 where id = $1 and revision = $2";
    if tx.execute(sql, params![one.id, one.revision, one.ended_at]).await? != 1 {
        return Err(DbError::Stale);
    }
    if let Some(said) = said {
        say(tx, one.id, said, by).await?;
    }
    let kind = if one.ended_at.is_some() { "ended" } else { "updated" };
    people::store::record(tx, &change(kind, one, by), now).await
}

/// Notes that something that operators do was done.
///
/// # Errors
/// When the database fails.
pub async fn operated(tx: &Tx, name: &str, at: Moment) -> Result<(), DbError> {
    let sql = "insert into operated (name, at) values ($1, $2) on conflict (name) do update set at = excluded.at";
    tx.execute(sql, params![name, at]).await.map(drop)
}

/// Notes that something is begun now, unless that was noted since `before`: of several who ask, one hears yes.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &Tx, name: &str, now: Moment, before: Moment) -> Result<bool, DbError> {
    let sql = "insert into operated (name, at) values ($1, $2) on conflict (name) do update set at = excluded.at \
               where operated.at < $3";
    Ok(tx.execute(sql, params![name, now, before]).await? == 1)
}

/// When it was done last.
///
/// # Errors
/// When the database fails.
pub async fn last_operated(tx: &Tx, name: &str) -> Result<Option<Moment>, DbError> {
    tx.query_opt("select at from operated where name = $1", params![name]).await?.map(|row| row.get(0)).transpose()
}
