//! The log's table.

use super::fact::Fact;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, params};
use crate::kit::id::{self, Id};
use serde::Serialize;

/// Appends a fact within the transaction of the change that it records.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, fact: &Fact) -> Result<Id, DbError> {
    let id = id::fresh();
    tx.execute(
        "insert into facts (id, subject, subject_id, kind, is_public, author_id, at, body) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            id,
            fact.subject,
            fact.subject_id,
            &fact.kind,
            fact.is_public,
            fact.author,
            fact.at,
            fact.body.to_string()
        ],
    )
    .await?;
    Ok(id)
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

/// The next number of a series (case numbers of a day); numbers are given once and never again.
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
