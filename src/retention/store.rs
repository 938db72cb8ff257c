//! What is taken out of the tables of other rooms, and the lines that remain of it. No fact holds any of it: a fact of a report
//! names its source and its photos.

use super::settings::Kind;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::id::Id;

/// Of how many rows something would be taken.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &Tx, kind: Kind, before: Moment) -> Result<i64, DbError> {
    let sql = match kind {
        Kind::ReportContact => {
            "select (select count(*) from reports where closed_at < $1 and contact_gone_at is null \
             and (contact_name <> '' or contact_phone <> '')) + (select count(*) from report_details d \
             join reports r on r.id = d.report_id where d.code in ('email', 'account_id', 'device_id') and r.closed_at < $1)"
        }
        Kind::HotlineOrder => {
            "select count(*) from hotline_orders o join reports r on r.id = o.report_id \
             where r.closed_at < $1 and o.gone_at is null"
        }
        Kind::HotlineFile => "select count(*) from hotline_files where brought_at < $1 and gone_at is null",
        Kind::CheckPhone => "select count(*) from inspection_reports where answered_at < $1 and phone <> ''",
        Kind::Claim => "select count(*) from claims where ended_at < $1 and gone_at is null",
        Kind::SignInAddress => "select count(*) from sign_ins where at < $1 and (address <> '' or device <> '')",
    };
    tx.query_one(sql, params![before]).await?.get(0)
}

/// Takes something out of at most `most` rows; answers of how many. Files are thrown away before: see [`old_files`].
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &Tx, kind: Kind, before: Moment, now: Moment, most: i64) -> Result<i64, DbError> {
    let taken = match kind {
        Kind::ReportContact => {
            let contacts = tx.execute(
                "update reports set contact_name = '', contact_phone = '', contact_gone_at = $2 where id in \
                 (select id from reports where closed_at < $1 and contact_gone_at is null \
                 and (contact_name <> '' or contact_phone <> '') order by closed_at, id limit $3)",
                params![before, now, most],
            )
            .await?;
            // What Open311 knows of whoever reports lies beside the words.
            let left = most - i64::try_from(contacts).unwrap_or(most);
            let rows = tx
                .query(
                    "select d.report_id, d.position from report_details d join reports r on r.id = d.report_id \
                     where d.code in ('email', 'account_id', 'device_id') and r.closed_at < $1 order by d.report_id, d.position limit $2",
                    params![before, left.max(0)],
                )
                .await?;
            let mut taken = contacts;
            for row in &rows {
                let key = params![row.get::<Id>(0)?, row.get::<i64>(1)?];
                taken += tx.execute("delete from report_details where report_id = $1 and position = $2", key).await?;
            }
            taken
        }
        Kind::HotlineOrder => {
            let sql = "select o.id from hotline_orders o join reports r on r.id = o.report_id \
                       where r.closed_at < $1 and o.gone_at is null order by o.report_id limit $2";
            let rows = tx.query(sql, params![before, most]).await?;
            let ids: Vec<Value> = rows.iter().map(|row| row.get::<Id>(0).map(Value::from)).collect::<Result<_, _>>()?;
            let mut taken = 0;
            for some in ids.chunks(250) {
                // What went back repeats what came in.
                let which = slots(0, some.len());
                let sql = format!("update hotline_answer_rows set cells = '[]' where order_id in ({which})");
                tx.execute(&sql, some.to_vec()).await?;
                let (which, mut values) = (slots(1, some.len()), params![now]);
                values.extend(some.iter().cloned());
                let sql = format!("update hotline_orders set said = '', cells = '', gone_at = $1 where id in ({which})");
                taken += tx.execute(&sql, values).await?;
            }
            taken
        }
        Kind::HotlineFile => {
            let mut taken = 0;
            for row in &old_files_rows(tx, before, most).await? {
                // What was shown of its rows goes with it, their numbers stay. A file that nobody has decided about is decided.
                let found: String = row.get(2)?;
                let mut found: serde_json::Value =
                    serde_json::from_str(&found).map_err(|error| DbError::Row(format!("a hotline's file: {error}")))?;
                for shown in ["sample", "refusals", "odd"] {
                    found[shown] = serde_json::json!([]);
                }
                taken += tx
                    .execute(
                        "update hotline_files set found = $2, gone_at = $3, revision = revision + 1, \
                         decided_at = case when state = 'waiting' then $3 else decided_at end, \
                         state = case when state = 'waiting' then 'discarded' else state end where id = $1",
                        params![row.get::<Id>(0)?, found.to_string(), now],
                    )
                    .await?;
            }
            taken
        }
        Kind::CheckPhone => {
            tx.execute(
                "update inspection_reports set phone = '' where id in (select id from inspection_reports \
                 where answered_at < $1 and phone <> '' order by answered_at, id limit $2)",
                params![before, most],
            )
            .await?
        }
        Kind::Claim => {
            tx.execute(
                "update claims set name = '', reach = '', about = '', proof = '', how = '', answer = '', remedy = '', done = '', \
                 gone_at = $2, revision = revision + 1 where id in (select id from claims where ended_at < $1 \
                 and gone_at is null order by ended_at, id limit $3)",
                params![before, now, most],
            )
            .await?
        }
        Kind::SignInAddress => {
            tx.execute(
                "update sign_ins set address = '', device = '' where id in (select id from sign_ins \
                 where at < $1 and (address <> '' or device <> '') order by at, id limit $2)",
                params![before, most],
            )
            .await?
        }
    };
    Ok(i64::try_from(taken).unwrap_or(i64::MAX))
}

async fn old_files_rows(tx: &Tx, before: Moment, most: i64) -> Result<Vec<Row>, DbError> {
    let sql = "select id, digest, found from hotline_files where brought_at < $1 and gone_at is null order by brought_at, id limit $2";
    tx.query(sql, params![before, most]).await
}

/// The digests of the next files that [`take`] will mark as gone, without those that somebody has brought once more since, or as
/// something else.
///
/// # Errors
/// When the database fails.
pub async fn old_files(tx: &Tx, before: Moment, most: i64) -> Result<Vec<String>, DbError> {
    let mut digests = Vec::new();
    for row in &old_files_rows(tx, before, most).await? {
        let digest: String = row.get(1)?;
        let again = "select 1 from hotline_files where digest = $1 and brought_at >= $2 and gone_at is null \
                     union all select 1 from imports where files like $3 limit 1";
        if tx.query_opt(again, params![&digest, before, format!("%{digest}%")]).await?.is_none() {
            digests.push(digest);
        }
    }
    Ok(digests)
}

/// Writes, or goes on with, the line of a run: what was taken out, of before when, of how many rows.
///
/// # Errors
/// When the database fails.
pub async fn note(tx: &Tx, line: Id, kind: Kind, before: Moment, taken: i64, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "insert into removals (id, kind, before_at, removed, at) values ($1, $2, $3, $4, $5) \
         on conflict (id) do update set removed = removals.removed + excluded.removed",
        params![line, kind.word(), before, taken, now],
    )
    .await?;
    Ok(())
}

/// The lines of the last runs, the latest first: kind, before when, of how many rows, when.
///
/// # Errors
/// When the database fails.
pub async fn lines(tx: &Tx) -> Result<Vec<(String, Moment, i64, Moment)>, DbError> {
    let sql = "select kind, before_at, removed, at from removals order by id desc limit 100";
    tx.query(sql, params![]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}
