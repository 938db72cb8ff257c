//! The sealed columns of other rooms' tables, read and written as they lie, and which keys were used.

use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, params};
use crate::kit::id::Id;
use crate::kit::sealing::Column;

/// The rows after one in which a column holds something, with what lies there, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &Tx, column: Column, after: Id, most: usize) -> Result<Vec<(Id, String)>, DbError> {
    let Column { table, name } = column;
    let sql = format!("select id, {name} from {table} where id > $1 and {name} <> '' order by id limit $2");
    tx.query(&sql, params![after, most]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Puts a text in the place of the one that lay there; answers of how many rows: of none when it was changed meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn replace(tx: &Tx, column: Column, row: Id, old: &str, new: &str) -> Result<u64, DbError> {
    let Column { table, name } = column;
    let sql = format!("update {table} set {name} = $3 where id = $1 and {name} = $2");
    tx.execute(&sql, params![row, old, new]).await
}

/// The keys that were used, by name, and the word that was sealed with each.
///
/// # Errors
/// When the database fails.
pub async fn keys(tx: &Tx) -> Result<Vec<(String, String)>, DbError> {
    let rows = tx.query("select name, proof from data_keys order by name", params![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Notes that a key is used from now on.
///
/// # Errors
/// When the database fails.
pub async fn note_key(tx: &Tx, name: &str, proof: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into data_keys (name, proof, first_at) values ($1, $2, $3) on conflict (name) do nothing";
    tx.execute(sql, params![name, proof, now]).await.map(drop)
}

/// Forgets every key but one: nothing is sealed with the others any more.
///
/// # Errors
/// When the database fails.
pub async fn forget_keys_but(tx: &Tx, name: &str) -> Result<(), DbError> {
    tx.execute("delete from data_keys where name <> $1", params![name]).await.map(drop)
}
