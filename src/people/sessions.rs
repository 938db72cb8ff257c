//! Sessions live in the database, under the hash of their secret.

use super::act::Post;
use super::actor::Actor;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{Tx, params};
use crate::kit::error::Error;
use crate::kit::id::{Id, hexadecimal, secret};
use sha2::{Digest, Sha256};

/// How long a session lives without being used, in milliseconds (12 hours: one shift and its hand-over).
pub const IDLE: i64 = 12 * 60 * 60 * 1000;

fn key(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

/// Opens a session for an account and answers its secret, for the cookie.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &Tx, account: Id, now: Moment) -> Result<String, Error> {
    let secret = secret();
    tx.execute(
        "insert into sessions (key, account_id, opened_at, ends_at) values ($1, $2, $3, $4)",
        params![key(&secret), account, now, now.plus(IDLE)],
    )
    .await?;
    Ok(secret)
}

/// Whose session this is, if it is a running one of an unlocked account.
///
/// # Errors
/// When the database fails.
pub async fn find(app: &App, secret: &str) -> Result<Option<Actor>, Error> {
    let (key, now) = (key(secret), app.clock.now());
    let row = app.db.read(move |tx| async move {
        tx.query_opt(
            "select a.id, a.name, a.post, a.department_id, a.is_first_password from sessions s \
             join accounts a on a.id = s.account_id where s.key = $1 and s.ends_at > $2 and a.is_active = 1",
            params![key, now],
        )
        .await
    });
    let Some(row) = row.await.map_err(|error: crate::kit::db::DbError| Error::Db(error))? else { return Ok(None) };
    let post: String = row.get(2)?;
    Ok(Some(Actor {
        account: row.get(0)?,
        name: row.get(1)?,
        post: Post::parse(&post).ok_or_else(|| Error::Internal(format!("no post {post}")))?,
        department: row.get(3)?,
        must_change_password: row.get(4)?,
    }))
}

/// Ends a session.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &Tx, secret: &str) -> Result<(), Error> {
    tx.execute("delete from sessions where key = $1", params![key(secret)]).await?;
    Ok(())
}

/// Ends every session of an account, after its password was changed or it was locked.
///
/// # Errors
/// When the database fails.
pub async fn end_all(tx: &Tx, account: Id) -> Result<(), Error> {
    tx.execute("delete from sessions where account_id = $1", params![account]).await?;
    Ok(())
}
