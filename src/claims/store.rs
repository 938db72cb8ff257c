//! The table of what was asked for.

use super::claim::{Claim, Happened, Kind, Outcome, Stage};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::paging::{PAGE, Page};
use crate::kit::sealing::Column;
use crate::timeline;
use crate::timeline::fact::Fact;

/// What the timeline calls it.
pub const SUBJECT: &str = "claim";
/// The columns in which something of a person stands, in the order of [`TEXTS`].
pub const SEALED: [Column; 8] = [
    Column::of("claims", "name"),
    Column::of("claims", "reach"),
    Column::of("claims", "about"),
    Column::of("claims", "proof"),
    Column::of("claims", "how"),
    Column::of("claims", "answer"),
    Column::of("claims", "remedy"),
    Column::of("claims", "done"),
];
/// More rows are in no file.
const MOST_IN_FILE: usize = 20_000;

const TEXTS: &str = "name, reach, about, proof, how, answer, remedy, done";
const OTHERS: &str = "id, code, kind, stage, outcome, received_at, near_at, due_at, term, source, checked_at, checked_by, ended_at, \
                      answered_by, gone_at, revision";

fn read(tx: &Tx, row: &Row) -> Result<Claim, DbError> {
    let id: Id = row.get(0)?;
    let (kind, stage, outcome): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let strange = |word: &str| DbError::Row(format!("no word {word}"));
    let text = |at: usize| Ok::<_, DbError>(tx.open(SEALED[at], id, row.get(16 + at)?));
    let (checked_at, checked_by): (Option<Moment>, Option<Id>) = (row.get(10)?, row.get(11)?);
    Ok(Claim {
        id,
        code: row.get(1)?,
        kind: Kind::parse(&kind).ok_or_else(|| strange(&kind))?,
        stage: Stage::parse(&stage).ok_or_else(|| strange(&stage))?,
        outcome: Outcome::parse(&outcome),
        name: text(0)?,
        reach: text(1)?,
        about: text(2)?,
        proof: text(3)?,
        how: text(4)?,
        answer: text(5)?,
        remedy: text(6)?,
        done: text(7)?,
        received_at: row.get(5)?,
        near_at: row.get(6)?,
        due_at: row.get(7)?,
        term: row.get(8)?,
        source: row.get(9)?,
        checked: checked_at.zip(checked_by),
        ended_at: row.get(12)?,
        answered_by: row.get(13)?,
        gone_at: row.get(14)?,
        revision: row.get(15)?,
    })
}

/// What of a row is a person's, as it is to lie.
fn texts(tx: &Tx, one: &Claim) -> Result<Vec<Value>, DbError> {
    let all = [&one.name, &one.reach, &one.about, &one.proof, &one.how, &one.answer, &one.remedy, &one.done];
    SEALED.iter().zip(all).map(|(column, text)| tx.keep(*column, one.id, text).map(Value::from)).collect()
}

/// Keeps something that was asked for; the same form once more is nothing. Answers the code that opens its page.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, one: &Claim, once: &str, happened: &Happened) -> Result<String, DbError> {
    if let Some(row) = tx.query_opt("select code from claims where once = $1", params![once]).await? {
        return row.get(0);
    }
    let mut values = params![
        one.id,
        &one.code,
        one.kind.word(),
        one.stage.word(),
        once,
        one.received_at,
        one.near_at,
        one.due_at,
        &one.term,
        &one.source,
        one.revision,
    ];
    values.extend(texts(tx, one)?);
    let sql = format!(
        "insert into claims (id, code, kind, stage, once, received_at, near_at, due_at, term, source, revision, {TEXTS}, outcome, told) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, '', 0)"
    );
    tx.execute(&sql, values).await?;
    record(tx, one.id, happened, None, one.received_at).await?;
    Ok(one.code.clone())
}

/// Saves one that had this revision, with what happened to it.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(
    tx: &Tx,
    one: &Claim,
    before: i64,
    happened: &Happened,
    by: Option<Id>,
    now: Moment,
) -> Result<(), DbError> {
    let (checked_at, checked_by) = one.checked.unzip();
    let mut values = params![
        one.id,
        before,
        one.stage.word(),
        one.outcome.map_or("", Outcome::word),
        checked_at,
        checked_by,
        one.ended_at,
        one.answered_by,
        one.revision,
    ];
    values.extend(texts(tx, one)?);
    let sql = "update claims set stage = $3, outcome = $4, checked_at = $5, checked_by = $6, ended_at = $7, answered_by = $8, \
               revision = $9, name = $10, reach = $11, about = $12, proof = $13, how = $14, answer = $15, remedy = $16, done = $17 \
               where id = $1 and revision = $2";
    if tx.execute(sql, values).await? != 1 {
        return Err(DbError::Stale);
    }
    record(tx, one.id, happened, by, now).await
}

async fn record(tx: &Tx, claim: Id, happened: &Happened, by: Option<Id>, now: Moment) -> Result<(), DbError> {
    let fact = Fact {
        subject: SUBJECT,
        subject_id: claim,
        kind: happened.kind.to_owned(),
        is_public: false,
        author: by,
        at: now,
        body: happened.body.clone(),
    };
    timeline::store::record(tx, &fact).await.map(drop)
}

/// The one of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id) -> Result<Claim, Error> {
    let sql = format!("select {OTHERS}, {TEXTS} from claims where id = $1");
    let row = tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?;
    Ok(read(tx, &row)?)
}

/// The one of this code.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load_by_code(tx: &Tx, code: &str) -> Result<Claim, Error> {
    let sql = format!("select {OTHERS}, {TEXTS} from claims where code = $1");
    let row = tx.query_opt(&sql, params![code]).await?.ok_or(Error::NotFound)?;
    Ok(read(tx, &row)?)
}

/// A page of those that are open, the most pressing first, after a moment and an identifier.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &Tx, after: (i64, Id)) -> Result<Page<Claim>, DbError> {
    let sql = format!(
        "select {OTHERS}, {TEXTS} from claims where ended_at is null and (due_at > $1 or (due_at = $1 and id > $2)) \
         order by due_at, id limit $3"
    );
    let rows = tx.query(&sql, params![after.0, after.1, PAGE + 1]).await?;
    let rows = rows.iter().map(|row| read(tx, row)).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |one: &Claim| format!("{}.{}", one.due_at.0, one.id)))
}

/// A page of those that are over, the latest first, before a moment and an identifier.
///
/// # Errors
/// When the database fails.
pub async fn ended(tx: &Tx, before: (i64, Id)) -> Result<Page<Claim>, DbError> {
    let sql = format!(
        "select {OTHERS}, {TEXTS} from claims where ended_at is not null and (ended_at < $1 or (ended_at = $1 and id < $2)) \
         order by ended_at desc, id desc limit $3"
    );
    let rows = tx.query(&sql, params![before.0, before.1, PAGE + 1]).await?;
    let rows = rows.iter().map(|row| read(tx, row)).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |one: &Claim| format!("{}.{}", one.ended_at.unwrap_or(one.due_at).0, one.id)))
}

/// How many are open, and how many of these are late.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &Tx, now: Moment) -> Result<(i64, i64), DbError> {
    let sql =
        "select count(*), coalesce(sum(case when due_at < $1 then 1 else 0 end), 0) from claims where ended_at is null";
    let row = tx.query_one(sql, params![now]).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// All of them for a file, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &Tx) -> Result<Vec<Claim>, DbError> {
    let sql = format!("select {OTHERS}, {TEXTS} from claims order by id limit {MOST_IN_FILE}");
    tx.query(&sql, params![]).await?.iter().map(|row| read(tx, row)).collect()
}

/// What happened to one, oldest first: what, when, by whom, and with which body.
///
/// # Errors
/// When the database fails.
pub async fn history(tx: &Tx, claim: Id) -> Result<Vec<(String, Moment, Option<String>)>, DbError> {
    let sql = "select f.kind, f.at, a.name from facts f left join accounts a on a.id = f.author_id \
               where f.subject = $1 and f.subject_id = $2 order by f.id";
    let rows = tx.query(sql, params![SUBJECT, claim]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Those of which the staff must be told, each with how far it was: most of their time is used up, or all of it.
///
/// # Errors
/// When the database fails.
pub async fn pressing(tx: &Tx, now: Moment) -> Result<Vec<(Claim, i64)>, DbError> {
    let sql = format!(
        "select {OTHERS}, {TEXTS}, told from claims where ended_at is null and ((told = 0 and near_at <= $1) \
         or (told < 2 and due_at < $1)) order by due_at, id limit 50"
    );
    tx.query(&sql, params![now]).await?.iter().map(|row| Ok((read(tx, row)?, row.get(24)?))).collect()
}

/// Notes how far the staff was told; false when somebody else told them.
///
/// # Errors
/// When the database fails.
pub async fn note_told(tx: &Tx, claim: Id, before: i64, told: i64) -> Result<bool, DbError> {
    let sql = "update claims set told = $3 where id = $1 and told = $2";
    Ok(tx.execute(sql, params![claim, before, told]).await? == 1)
}
