//! Sessions live in the database, under the hash of their secret.

use super::account::Rules;
use super::act::Post;
use super::actor::Actor;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, params};
use crate::kit::error::Error;
use crate::kit::id::{Id, hexadecimal, secret};
use sha2::{Digest, Sha256};

/// What is kept of a session's secret.
pub fn key(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

/// Opens a session for an account and answers its secret, for the cookie. It ends when it has not been used for `idle`
/// milliseconds.
///
/// # Errors
/// When the database fails.
pub async fn open_for(tx: &Tx, account: Id, now: Moment, idle: i64) -> Result<String, Error> {
    let secret = secret();
    tx.execute(
        "insert into sessions (key, account_id, opened_at, ends_at) values ($1, $2, $3, $4)",
        params![key(&secret), account, now, now.plus(idle)],
    )
    .await?;
    Ok(secret)
}

/// Whose session this is, if it is a running one of an unlocked account.
///
/// # Errors
/// When the database fails.
pub async fn find(app: &App, secret: &str) -> Result<Option<Actor>, Error> {
    let (key, now, idle) = (key(secret), app.clock.now(), Rules::of(&app.city.rest).idle);
    let row = app.db.read({
        let key = key.clone();
        move |tx| async move {
            tx.query_opt(
                "select a.id, a.name, a.post, a.department_id, a.is_first_password, s.ends_at from sessions s \
                 join accounts a on a.id = s.account_id where s.key = $1 and s.ends_at > $2 and a.is_active = 1",
                params![key, now],
            )
            .await
        }
    });
    let Some(row) = row.await.map_err(|error: DbError| Error::Db(error))? else { return Ok(None) };
    // Using a session prolongs it, but not every use is worth a write.
    if row.get::<Moment>(5)? < now.plus(idle - idle / 8) {
        let prolonged = app.db.write(move |tx| async move {
            tx.execute("update sessions set ends_at = $2 where key = $1", params![key, now.plus(idle)]).await
        });
        prolonged.await.map_err(|error: DbError| Error::Db(error))?;
    }
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

/// Takes the browsers away that were told notices in a session, when somebody signs out or somebody else signs in: the next
/// person at a shared computer reads nothing of the last one's. A session that merely runs out leaves them: a telephone in a
/// pocket is called at night.
///
/// # Errors
/// When the database fails.
pub async fn forget_browsers(tx: &Tx, secret: &str) -> Result<(), Error> {
    tx.execute("delete from notice_devices where session_key = $1", params![key(secret)]).await?;
    Ok(())
}

/// Hands the browsers of a session on to the next session of the same account, and takes away those of anybody else.
///
/// # Errors
/// When the database fails.
pub async fn hand_browsers_on(tx: &Tx, before: &str, account: Id, after: &str) -> Result<(), Error> {
    tx.execute(
        "update notice_devices set session_key = $3 where session_key = $1 and account_id = $2",
        params![key(before), account, key(after)],
    )
    .await?;
    forget_browsers(tx, before).await
}

/// Ends every session of an account, after its password was changed or it was locked.
///
/// # Errors
/// When the database fails.
pub async fn end_all(tx: &Tx, account: Id) -> Result<(), Error> {
    tx.execute("delete from sessions where account_id = $1", params![account]).await?;
    Ok(())
}
