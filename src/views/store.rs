//! The room's table.

use super::view::View;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, params};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::timeline;
use crate::timeline::fact::Fact;

const COLUMNS: &str = "id, account_id, name, query, position, shared_with, revision";

/// The most views that others share, so that one's own are not lost among them.
const MOST_SHARED: usize = 30;

fn read(row: &Row) -> Result<View, DbError> {
    Ok(View {
        id: row.get(0)?,
        account: row.get(1)?,
        name: row.get(2)?,
        query: row.get(3)?,
        position: row.get(4)?,
        shared_with: row.get(5)?,
        revision: row.get(6)?,
    })
}

/// Somebody's own views in their order, then those that others share with an audience.
///
/// # Errors
/// When the database fails.
pub async fn of(tx: &Tx, account: Id, audience: Option<&str>) -> Result<Vec<View>, DbError> {
    let sql = format!(
        "select {COLUMNS} from views where account_id = $1 and removed_at is null order by position, id limit 100"
    );
    let mut views: Vec<View> = tx.query(&sql, params![account]).await?.iter().map(read).collect::<Result<_, _>>()?;
    if let Some(audience) = audience {
        let sql = format!(
            "select {COLUMNS} from views where shared_with = $1 and shared_with <> '' and account_id <> $2 \
             and removed_at is null order by position, id limit {MOST_SHARED}"
        );
        for row in tx.query(&sql, params![audience, account]).await? {
            views.push(read(&row)?);
        }
    }
    Ok(views)
}

/// Somebody's own view, also one that they removed.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, account: Id, id: Id) -> Result<View, Error> {
    let sql = format!("select {COLUMNS} from views where id = $1 and account_id = $2");
    Ok(read(&tx.query_opt(&sql, params![id, account]).await?.ok_or(Error::NotFound)?)?)
}

/// Keeps a new view.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, view: &View) -> Result<(), DbError> {
    let sql = format!("insert into views ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)");
    let View { id, account, name, query, position, shared_with, revision } = view;
    tx.execute(&sql, params![*id, *account, name, query, *position, shared_with, *revision]).await?;
    Ok(())
}

/// Saves a view whose revision was one less.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(tx: &Tx, view: &View) -> Result<(), DbError> {
    let sql =
        "update views set name = $2, position = $3, shared_with = $4, revision = $5 where id = $1 and revision = $6";
    let params = params![view.id, &view.name, view.position, &view.shared_with, view.revision, view.revision - 1];
    if tx.execute(sql, params).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// Removes a view, or brings it back.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &Tx, id: Id, removed: Option<Moment>) -> Result<(), DbError> {
    tx.execute("update views set removed_at = $2, revision = revision + 1 where id = $1", params![id, removed]).await?;
    Ok(())
}

/// Records what happened to a view.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, view: &View, kind: &str, now: Moment) -> Result<(), DbError> {
    let fact = Fact {
        subject: "view",
        subject_id: view.id,
        kind: kind.to_owned(),
        is_public: false,
        author: Some(view.account),
        at: now,
        body: serde_json::json!({ "name": view.name, "query": view.query, "shared_with": view.shared_with }),
    };
    timeline::store::record(tx, &fact).await.map(drop)
}
