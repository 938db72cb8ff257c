//! The log's tables: facts, their order, and the chain over them.

use super::chain::{Algorithm, Block, Entry, Row as FactRow};
use super::fact::Fact;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::id::{self, Id};
use serde::Serialize;

/// Appends a fact within the transaction of the change that it records.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, fact: &Fact) -> Result<Id, DbError> {
    let id = id::fresh();
    tx.execute(&format!("{INTO} values ($1, $2, $3, $4, $5, $6, $7, $8)"), values(id, fact)).await?;
    Ok(id)
}

/// Appends facts, in this order, within the transaction of the changes that they record.
///
/// # Errors
/// When the database fails.
pub async fn record_all(tx: &Tx, facts: &[Fact]) -> Result<(), DbError> {
    let values = facts.iter().flat_map(|fact| values(id::fresh(), fact)).collect();
    tx.insert(INTO, 8, values, "").await.map(drop)
}

const INTO: &str = "insert into facts (id, subject, subject_id, kind, is_public, author_id, at, body)";

fn values(id: Id, fact: &Fact) -> Vec<Value> {
    params![id, fact.subject, fact.subject_id, &fact.kind, fact.is_public, fact.author, fact.at, fact.body.to_string()]
}

/// A fact as a history shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The fact's kind.
    pub kind: String,
    /// True when citizens may read it.
    pub is_public: bool,
    /// The author's name; none for citizens and the program.
    pub author: Option<String>,
    /// When.
    pub at: Moment,
    /// What else is known.
    pub body: serde_json::Value,
}

/// The last fact of the log; 0 when there is none.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &Tx) -> Result<Id, DbError> {
    tx.query_one("select coalesce(max(id), 0) from facts", params![]).await?.get(0)
}

/// The moment of the last fact of the log; none when there is none.
///
/// # Errors
/// When the database fails.
pub async fn newest(tx: &Tx) -> Result<Option<Moment>, DbError> {
    let found = tx.query_opt("select at from facts order by id desc limit 1", params![]).await?;
    found.map(|row| row.get(0)).transpose()
}

/// The history of a subject, oldest first; only its public part when asked so.
///
/// # Errors
/// When the database fails.
pub async fn history(tx: &Tx, subject: &str, subject_id: Id, is_public_only: bool) -> Result<Vec<Line>, DbError> {
    let rows = tx
        .query(
            "select f.kind, f.is_public, a.name, f.at, f.body from facts f left join accounts a on a.id = f.author_id \
             where f.subject = $1 and f.subject_id = $2 and f.is_public >= $3 order by f.id",
            params![subject, subject_id, i64::from(is_public_only)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let body: String = row.get(4)?;
            Ok(Line {
                kind: row.get(0)?,
                is_public: row.get(1)?,
                author: row.get(2)?,
                at: row.get(3)?,
                body: serde_json::from_str(&body).unwrap_or_default(),
            })
        })
        .collect()
}

/// The next number of a series; numbers are given once and never again, and without gaps, since whoever asks next waits until this
/// transaction has ended. Where that is too dear, [`super::serials`] takes several at once.
///
/// # Errors
/// When the database fails.
pub async fn next_serial(tx: &Tx, name: &str) -> Result<i64, DbError> {
    let row = tx
        .query_one(
            "insert into serials (name, last) values ($1, 1) \
             on conflict (name) do update set last = serials.last + 1 returning last",
            params![name],
        )
        .await?;
    row.get(0)
}

/// Takes so many numbers of a series at once and answers the last of them; none of them is given again.
///
/// # Errors
/// When the database fails.
pub async fn take_serials(tx: &Tx, name: &str, count: i64) -> Result<i64, DbError> {
    let row = tx
        .query_one(
            "insert into serials (name, last) values ($1, $2) \
             on conflict (name) do update set last = serials.last + excluded.last returning last",
            params![name, count],
        )
        .await?;
    row.get(0)
}

/// How many of somebody's last facts are looked through for a form that was sent before.
const LOOK_BACK: usize = 40;

fn is_of_form(body: &str, form: &str) -> bool {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    body.get("form").and_then(serde_json::Value::as_str) == Some(form)
}

/// True when this author has sent a form of this mark about the subject before, and it was done: rooms keep the mark as `form` in
/// the body of the fact. Without an author the facts of nobody's account are looked through.
///
/// # Errors
/// When the database fails.
pub async fn is_done(tx: &Tx, subject: &str, subject_id: Id, author: Option<Id>, form: &str) -> Result<bool, DbError> {
    let mut params = params![subject, subject_id];
    let by = match author {
        Some(author) => {
            params.push(author.into());
            "author_id = $3"
        }
        None => "author_id is null",
    };
    let sql = format!(
        "select body from facts where subject = $1 and subject_id = $2 and {by} order by id desc limit {LOOK_BACK}"
    );
    for row in tx.query(&sql, params).await? {
        if is_of_form(&row.get::<String>(0)?, form) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The subject that this author made with a form of this mark: the one of the fact of this kind.
///
/// # Errors
/// When the database fails.
pub async fn made_of(tx: &Tx, kind: &str, author: Id, form: &str) -> Result<Option<Id>, DbError> {
    // The moment names the index by kind and moment.
    let sql = format!(
        "select subject_id, body from facts where kind = $1 and author_id = $2 and at > $3 order by at desc limit {LOOK_BACK}"
    );
    for row in tx.query(&sql, params![kind, author, 0]).await? {
        if is_of_form(&row.get::<String>(1)?, form) {
            return Ok(Some(row.get(0)?));
        }
    }
    Ok(None)
}

/// A fact in the order in which facts became visible.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its place in that order, from 1, without gaps.
    pub seq: i64,
    /// The fact's identifier.
    pub id: Id,
    /// What it is about.
    pub subject: String,
    /// Which one.
    pub subject_id: Id,
    /// A past participle.
    pub kind: String,
    /// True when citizens may read it.
    pub is_public: bool,
    /// The author's account and name.
    pub author: Option<(Id, String)>,
    /// When.
    pub at: Moment,
    /// What else is known, as JSON.
    pub body: String,
}

/// How far the log was put in order: the last place given, and the fact up to which it was read.
///
/// # Errors
/// When the database fails.
pub async fn feed_end(tx: &Tx) -> Result<(i64, Id), DbError> {
    let row = tx.query_one("select seq, fact_id from fact_feed_reader where id = 1", params![]).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// The facts after `after` that have no place yet, in their order, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn unplaced(tx: &Tx, after: Id, most: usize) -> Result<Vec<Id>, DbError> {
    let sql = "select f.id from facts f where f.id > $1 and not exists \
               (select 1 from fact_feed g where g.fact_id = f.id) order by f.id limit $2";
    tx.query(sql, params![after, most]).await?.iter().map(|row| row.get(0)).collect()
}

/// Gives these facts the places after `seq`, if that is still the last one; false when another instance was faster.
///
/// # Errors
/// When the database fails.
pub async fn place_facts(tx: &Tx, seq: i64, read: Id, facts: &[Id]) -> Result<bool, DbError> {
    let last = seq + i64::try_from(facts.len()).unwrap_or(0);
    let sql = "update fact_feed_reader set seq = $2, fact_id = $3 where id = 1 and seq = $1";
    if tx.execute(sql, params![seq, last, read]).await? != 1 {
        return Ok(false);
    }
    if facts.is_empty() {
        return Ok(true);
    }
    let marks: Vec<String> = (0..facts.len()).map(|at| format!("(${}, ${})", 2 * at + 1, 2 * at + 2)).collect();
    let mut values = Vec::with_capacity(facts.len() * 2);
    for (place, fact) in (seq + 1..).zip(facts) {
        values.push(place.into());
        values.push((*fact).into());
    }
    tx.execute(&format!("insert into fact_feed (seq, fact_id) values {}", marks.join(", ")), values).await?;
    Ok(true)
}

/// What [`told_after`] asks.
pub const TOLD_AFTER: &str = "select g.seq, f.id, f.subject, f.subject_id, f.kind, f.is_public, f.author_id, a.name, f.at, f.body \
     from fact_feed g join facts f on f.id = g.fact_id left join accounts a on a.id = f.author_id \
     where g.seq > $1 order by g.seq limit $2";

/// The facts after a place, in order, of whatever subject.
///
/// # Errors
/// When the database fails.
pub async fn told_after(tx: &Tx, seq: i64, most: usize) -> Result<Vec<Told>, DbError> {
    tx.query(TOLD_AFTER, params![seq, most]).await?.iter().map(told).collect()
}

fn told(row: &Row) -> Result<Told, DbError> {
    let author: Option<Id> = row.get(6)?;
    let name: Option<String> = row.get(7)?;
    Ok(Told {
        seq: row.get(0)?,
        id: row.get(1)?,
        subject: row.get(2)?,
        subject_id: row.get(3)?,
        kind: row.get(4)?,
        is_public: row.get(5)?,
        author: author.map(|author| (author, name.unwrap_or_default())),
        at: row.get(8)?,
        body: row.get(9)?,
    })
}

/// What the facts between two places are about, each subject once, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn subjects_between(tx: &Tx, after: i64, end: i64, most: usize) -> Result<Vec<(String, Id)>, DbError> {
    let sql = "select distinct f.subject, f.subject_id from fact_feed g join facts f on f.id = g.fact_id \
               where g.seq > $1 and g.seq <= $2 limit $3";
    tx.query(sql, params![after, end, most]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Every fact of a subject, oldest first; the place of one that has none yet is 0.
///
/// # Errors
/// When the database fails.
pub async fn told_of(tx: &Tx, subject: &str, subject_id: Id) -> Result<Vec<Told>, DbError> {
    let sql = "select coalesce(g.seq, 0), f.id, f.subject, f.subject_id, f.kind, f.is_public, f.author_id, a.name, f.at, f.body \
               from facts f left join fact_feed g on g.fact_id = f.id left join accounts a on a.id = f.author_id \
               where f.subject = $1 and f.subject_id = $2 order by f.id";
    tx.query(sql, params![subject, subject_id]).await?.iter().map(told).collect()
}

/// The last place that is there; 0 when there is none.
///
/// # Errors
/// When the database fails.
pub async fn last_place(tx: &Tx) -> Result<i64, DbError> {
    tx.query_one("select coalesce(max(seq), 0) from fact_feed", params![]).await?.get(0)
}

/// What [`entries`] asks.
pub const ENTRIES: &str = "select g.seq, g.fact_id, f.subject, f.subject_id, f.kind, f.is_public, f.author_id, f.at, f.body \
     from fact_feed g left join facts f on f.id = g.fact_id where g.seq >= $1 and g.seq <= $2 order by g.seq limit $3";

/// What stands at the places from the first to the last, in order, at most so much.
///
/// # Errors
/// When the database fails.
pub async fn entries(tx: &Tx, first: i64, last: i64, most: usize) -> Result<Vec<Entry>, DbError> {
    tx.query(ENTRIES, params![first, last, most]).await?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<Entry, DbError> {
    let subject: Option<String> = row.get(2)?;
    let fact = match subject {
        None => None,
        Some(subject) => Some(FactRow {
            subject,
            subject_id: row.get(3)?,
            kind: row.get(4)?,
            is_public: row.get(5)?,
            author: row.get(6)?,
            at: row.get(7)?,
            body: row.get(8)?,
        }),
    };
    Ok(Entry { seq: row.get(0)?, fact: row.get(1)?, row: fact })
}

const BLOCK: &str = "number, first_seq, last_seq, fact_count, algorithm, facts_sum, previous, hash, sealed_at";

fn block(row: &Row) -> Result<Block, DbError> {
    let algorithm: String = row.get(4)?;
    Ok(Block {
        number: row.get(0)?,
        first: row.get(1)?,
        last: row.get(2)?,
        count: row.get(3)?,
        algorithm: Algorithm::parse(&algorithm)
            .ok_or_else(|| DbError::Row(format!("unknown algorithm {algorithm}")))?,
        sum: row.get(5)?,
        previous: row.get(6)?,
        hash: row.get(7)?,
        sealed_at: row.get(8)?,
    })
}

/// The last block of the chain; none when nothing is sealed yet.
///
/// # Errors
/// When the database fails.
pub async fn head(tx: &Tx) -> Result<Option<Block>, DbError> {
    let sql = format!("select {BLOCK} from fact_blocks order by number desc limit 1");
    tx.query_opt(&sql, params![]).await?.as_ref().map(block).transpose()
}

/// The blocks after a number, in order, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn blocks_after(tx: &Tx, number: i64, most: usize) -> Result<Vec<Block>, DbError> {
    let sql = format!("select {BLOCK} from fact_blocks where number > $1 order by number limit $2");
    tx.query(&sql, params![number, most]).await?.iter().map(block).collect()
}

/// Adds a block to the chain.
///
/// # Errors
/// [`DbError::NotUnique`] when another instance was first with its number; when the database fails.
pub async fn keep_block(tx: &Tx, block: &Block) -> Result<(), DbError> {
    let sql = format!("insert into fact_blocks ({BLOCK}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    let values = params![
        block.number,
        block.first,
        block.last,
        block.count,
        block.algorithm.word(),
        &block.sum,
        &block.previous,
        &block.hash,
        block.sealed_at
    ];
    tx.execute(&sql, values).await.map(drop)
}

/// The facts after one up to another that have no place in the order, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn strays(tx: &Tx, after: Id, until: Id, most: usize) -> Result<Vec<Id>, DbError> {
    let sql = "select f.id from facts f where f.id > $1 and f.id <= $2 and not exists \
               (select 1 from fact_feed g where g.fact_id = f.id) order by f.id limit $3";
    tx.query(sql, params![after, until, most]).await?.iter().map(|row| row.get(0)).collect()
}

/// How many places behind the last sealed one there are, and the head of the chain.
///
/// # Errors
/// When the database fails.
pub async fn unsealed(tx: &Tx) -> Result<(i64, Option<Block>), DbError> {
    let ((end, _), head) = (feed_end(tx).await?, head(tx).await?);
    Ok(((end - head.as_ref().map_or(0, |head| head.last)).max(0), head))
}
