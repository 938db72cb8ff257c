//! What PostgreSQL says of how the log lies, and how that is changed. No fact is written, changed or taken out here.

use super::month::{CHECK, Index, Layout, end_of, limit_of};
use crate::kit::db::{DbError, Row, Tx, params};
use crate::kit::id::Id;

/// How the log lies; none when there is no log.
///
/// # Errors
/// When the database fails.
pub async fn layout(tx: &Tx) -> Result<Option<Layout>, DbError> {
    let sql = "select relkind::text from pg_class where oid = to_regclass('facts')";
    let Some(row) = tx.query_opt(sql, params![]).await? else { return Ok(None) };
    let kind: String = row.get(0)?;
    if kind == "p" {
        return Ok(Some(Layout::Parted { end: end(tx).await?, rest: rest(tx).await? }));
    }
    Ok(Some(Layout::Whole { indexes: indexes(tx).await?, left: left(tx).await?.map(|(limit, _)| limit) }))
}

async fn indexes(tx: &Tx) -> Result<Vec<Index>, DbError> {
    let sql = "select c.relname::text, pg_get_indexdef(i.indexrelid), i.indisprimary \
               from pg_index i join pg_class c on c.oid = i.indexrelid \
               where i.indrelid = to_regclass('facts') order by c.relname";
    let index = |row: &Row| -> Result<Index, DbError> {
        Ok(Index { name: row.get(0)?, made_by: row.get(1)?, is_key: row.get(2)? })
    };
    tx.query(sql, params![]).await?.iter().map(index).collect()
}

async fn end(tx: &Tx) -> Result<Option<Id>, DbError> {
    let sql = "select pg_get_expr(c.relpartbound, c.oid) from pg_inherits i join pg_class c on c.oid = i.inhrelid \
               where i.inhparent = to_regclass('facts')";
    let mut last = None;
    for row in tx.query(sql, params![]).await? {
        last = last.max(end_of(&row.get::<String>(0)?));
    }
    Ok(last)
}

async fn rest(tx: &Tx) -> Result<Option<Id>, DbError> {
    if tx.query_opt("select 1 from pg_class where oid = to_regclass('facts_rest')", params![]).await?.is_none() {
        return Ok(None);
    }
    tx.query_one("select max(id) from facts_rest", params![]).await?.get(0)
}

/// Up to which identifier facts are taken while the log is being parted, and whether that was looked at in those that are there.
///
/// # Errors
/// When the database fails.
pub async fn left(tx: &Tx) -> Result<Option<(Id, bool)>, DbError> {
    let sql = "select pg_get_constraintdef(oid), convalidated from pg_constraint \
               where conrelid = to_regclass('facts') and conname = $1";
    let Some(row) = tx.query_opt(sql, params![CHECK]).await? else { return Ok(None) };
    let (rule, is_validated): (String, bool) = (row.get(0)?, row.get(1)?);
    let limit = limit_of(&rule).ok_or_else(|| DbError::Row(format!("the rule {CHECK} reads {rule}")))?;
    Ok(Some((limit, is_validated)))
}

/// Changes how the log lies, all or nothing.
///
/// # Errors
/// When the database fails, or somebody has kept the table for longer than this waits.
pub async fn change(tx: &Tx, statements: &[String]) -> Result<(), DbError> {
    tx.script(&statements.join(";\n")).await
}

/// Lets the planner know how large the parts are.
///
/// # Errors
/// When the database fails.
pub async fn analyse(tx: &Tx) -> Result<(), DbError> {
    tx.script("analyze facts").await
}
