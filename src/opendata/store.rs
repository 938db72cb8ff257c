//! The room's table: the files of each day. What cases say is read by the Open311 room's one statement.

use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, params};
use crate::kit::id::Id;

/// The shelf of the blob store.
pub const SHELF: &str = crate::files::blobs::OPEN_DATA;

/// A file of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The day.
    pub day: String,
    /// Its name.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub digest: String,
    /// How many bytes.
    pub bytes: i64,
    /// How many rows.
    pub rows: i64,
    /// When it was made.
    pub made_at: Moment,
}

/// The last thing that everybody was told of any report: its number and moment.
///
/// # Errors
/// When the database fails.
pub async fn last_change(tx: &Tx) -> Result<(Id, Moment), DbError> {
    let sql = "select id, at from facts where subject = 'report' and is_public = 1 order by at desc, id desc limit 1";
    match tx.query_opt(sql, params![]).await? {
        Some(row) => Ok((row.get(0)?, row.get(1)?)),
        None => Ok((0, Moment(0))),
    }
}

/// When the oldest report came in.
///
/// # Errors
/// When the database fails.
pub async fn first_report(tx: &Tx) -> Result<Option<Moment>, DbError> {
    tx.query_one("select min(received_at) from reports", params![]).await?.get(0)
}

/// When the reports came in about which everybody was told something between two moments.
///
/// # Errors
/// When the database fails.
pub async fn touched(tx: &Tx, since: Moment, until: Moment) -> Result<Vec<Moment>, DbError> {
    let sql = "select distinct r.received_at from facts f join reports r on r.id = f.subject_id where f.subject = 'report' and f.is_public = 1 \
               and f.at > $1 and f.at <= $2";
    tx.query(sql, params![since, until]).await?.iter().map(|row| row.get(0)).collect()
}

/// The files that are kept, the newest day first.
///
/// # Errors
/// When the database fails.
pub async fn files(tx: &Tx) -> Result<Vec<File>, DbError> {
    let sql = "select day, name, digest, bytes, rows_count, made_at from open_data_files order by day desc, name desc";
    let rows = tx.query(sql, params![]).await?;
    let read = |row: &crate::kit::db::Row| {
        Ok(File {
            day: row.get(0)?,
            name: row.get(1)?,
            digest: row.get(2)?,
            bytes: row.get(3)?,
            rows: row.get(4)?,
            made_at: row.get(5)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Keeps the files of a day; what was kept of it before stays when it is the same.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &Tx, files: &[File]) -> Result<(), DbError> {
    let sql = "insert into open_data_files (day, name, digest, bytes, rows_count, made_at) values ($1, $2, $3, $4, $5, $6) \
               on conflict (day, name) do update set digest = excluded.digest, bytes = excluded.bytes, rows_count = excluded.rows_count, \
               made_at = excluded.made_at";
    for file in files {
        let values = params![&file.day, &file.name, &file.digest, file.bytes, file.rows, file.made_at];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// Forgets the days before one, and answers the digests that no other day has.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: &str) -> Result<Vec<String>, DbError> {
    let sql = "select distinct digest from open_data_files where day < $1 and digest not in \
               (select digest from open_data_files where day >= $1)";
    let digests = tx.query(sql, params![before]).await?;
    tx.execute("delete from open_data_files where day < $1", params![before]).await?;
    digests.iter().map(|row| row.get(0)).collect()
}
