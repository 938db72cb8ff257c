//! The room's tables: the programs that live, and whose turn it is.

use super::instance::{Step, Turn};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, params};
use crate::kit::id::Id;

/// A program that serves this database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The number that its identifiers carry.
    pub number: i64,
    /// Which it is.
    pub instance: Id,
    /// Machine and process.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// Since when.
    pub started_at: Moment,
    /// How often it has counted up.
    pub beat: i64,
}

/// All that have not been forgotten, by number.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &Tx) -> Result<Vec<Row>, DbError> {
    let sql = "select number, instance, name, version, started_at, beat from instances order by number";
    tx.query(sql, params![])
        .await?
        .iter()
        .map(|row| {
            Ok(Row {
                number: row.get(0)?,
                instance: row.get(1)?,
                name: row.get(2)?,
                version: row.get(3)?,
                started_at: row.get(4)?,
                beat: row.get(5)?,
            })
        })
        .collect()
}

/// Takes a number.
///
/// # Errors
/// [`DbError::NotUnique`] when somebody was faster; when the database fails.
pub async fn enter(tx: &Tx, row: &Row) -> Result<(), DbError> {
    let sql =
        "insert into instances (number, instance, name, version, started_at, beat) values ($1, $2, $3, $4, $5, $6)";
    let params = params![row.number, row.instance, &row.name, &row.version, row.started_at, row.beat];
    tx.execute(sql, params).await.map(drop)
}

/// Counts a program's beat up; false when it was forgotten meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn beat(tx: &Tx, instance: Id) -> Result<bool, DbError> {
    let sql = "update instances set beat = beat + 1 where instance = $1";
    Ok(tx.execute(sql, params![instance]).await? > 0)
}

/// Forgets a program whose beat still stands there.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, row: &Row) -> Result<(), DbError> {
    let sql = "delete from instances where number = $1 and instance = $2 and beat = $3";
    tx.execute(sql, params![row.number, row.instance, row.beat]).await?;
    tx.execute("delete from paces_told where instance = $1", params![row.instance]).await.map(drop)
}

/// A program ends: its number is free, and its turns are anybody's.
///
/// # Errors
/// When the database fails.
pub async fn leave(tx: &Tx, instance: Id) -> Result<(), DbError> {
    tx.execute("delete from instances where instance = $1", params![instance]).await?;
    tx.execute("delete from paces_told where instance = $1", params![instance]).await?;
    tx.execute("delete from turns where instance = $1", params![instance]).await.map(drop)
}

/// Says what a program has counted, in place of what it said before.
///
/// # Errors
/// When the database fails.
pub async fn tell_counted(tx: &Tx, instance: Id, told: &str) -> Result<(), DbError> {
    let sql = "insert into paces_told (instance, told) values ($1, $2) \
               on conflict (instance) do update set told = excluded.told";
    tx.execute(sql, params![instance, told]).await.map(drop)
}

/// What the other programs have counted, as each of them says it.
///
/// # Errors
/// When the database fails.
pub async fn counted_by_others(tx: &Tx, instance: Id) -> Result<Vec<String>, DbError> {
    let sql = "select told from paces_told where instance <> $1";
    tx.query(sql, params![instance]).await?.iter().map(|row| row.get(0)).collect()
}

/// How a turn stands.
///
/// # Errors
/// When the database fails.
pub async fn turn(tx: &Tx, name: &str) -> Result<Option<Turn>, DbError> {
    let row = tx.query_opt("select instance, beat from turns where name = $1", params![name]).await?;
    row.map(|row| Ok(Turn { instance: row.get(0)?, beat: row.get(1)? })).transpose()
}

/// Does what a program decided about a turn; true when the turn is its own now.
///
/// # Errors
/// When the database fails.
pub async fn step(tx: &Tx, name: &str, me: Id, step: Step) -> Result<bool, DbError> {
    let moved = match step {
        Step::Wait => 0,
        Step::Take(None) => {
            let sql = "insert into turns (name, instance, beat) values ($1, $2, 1) on conflict (name) do nothing";
            tx.execute(sql, params![name, me]).await?
        }
        Step::Keep(found) | Step::Take(Some(found)) => {
            let sql = "update turns set instance = $2, beat = $4 + 1 where name = $1 and instance = $3 and beat = $4";
            tx.execute(sql, params![name, me, found.instance, found.beat]).await?
        }
    };
    Ok(moved == 1)
}
