//! The sealed columns of other rooms' tables, read and written as they lie, and which keys were used.

use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::id::Id;
use crate::kit::sealing::{Column, RowKey};

/// The rows after one in which a column holds something, with what lies there, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &Tx, column: Column, after: &RowKey, most: usize) -> Result<Vec<(RowKey, String)>, DbError> {
    let Column { table, name, key, part, .. } = column;
    let rows = match part {
        None => {
            let sql =
                format!("select {key}, {name} from {table} where {key} > $1 and {name} <> '' order by {key} limit $2");
            tx.query(&sql, params![after.id, most]).await?
        }
        Some(part) => {
            let part = format!("cast({part} as text)");
            let sql = format!(
                "select {key}, {name}, {part} from {table} where {key} >= $1 and ({key} > $1 or {part} > $3) \
                 and {name} <> '' order by {key}, {part} limit $2"
            );
            tx.query(&sql, params![after.id, most, &after.part]).await?
        }
    };
    let which = |row: &Row| match part {
        None => Ok(RowKey::from(row.get::<Id>(0)?)),
        Some(_) => Ok::<_, DbError>(RowKey { id: row.get(0)?, part: row.get(2)? }),
    };
    rows.iter().map(|row| Ok((which(row)?, row.get(1)?))).collect()
}

/// Puts a text in the place of the one that lay there, and its mark where the column has one; answers of how many rows: of none
/// when it was changed meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn replace(tx: &Tx, column: Column, row: &RowKey, old: &str, new: &str, mark: &str) -> Result<u64, DbError> {
    let Column { table, name, key, .. } = column;
    let mut values = params![row.id, old, new];
    let mut also = |sql: &str, value: &str| {
        values.push(Value::from(value));
        sql.replace("$n", &format!("${}", values.len()))
    };
    let marked = column.mark.map(|column| also(&format!(", {column} = $n"), mark)).unwrap_or_default();
    let parted =
        column.part.map(|part| also(&format!(" and cast({part} as text) = $n"), &row.part)).unwrap_or_default();
    let sql = format!("update {table} set {name} = $3{marked} where {key} = $1 and {name} = $2{parted}");
    tx.execute(&sql, values).await
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
