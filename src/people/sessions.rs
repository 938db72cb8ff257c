//! Sessions live in the database, under the hash of their secret.

use super::account::Rules;
use super::act::Post;
use super::actor::Actor;
use super::identity::factor;
use super::store::Origin;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, params};
use crate::kit::error::Error;
use crate::kit::id::{Id, hexadecimal, secret};
use crate::kit::words::enum_of_words;
use sha2::{Digest, Sha256};

/// How exactly it is known when a session was last used, in milliseconds: not every use is worth a write.
const SEEN_EVERY: i64 = 10 * 60_000;

enum_of_words! {
    /// By which first factor a session was opened.
    Way {
        /// The account's password.
        Password = "password",
        /// A provider of identities.
        Provider = "provider",
    }
}

/// How a session comes to be.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Whose.
    pub account: Id,
    /// By which first factor.
    pub way: Way,
    /// Whether a second factor was shown, here or to a provider whose word counts.
    pub is_strong: bool,
    /// From where.
    pub origin: Origin,
}

/// A running session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What is kept of its secret; names it to its owner and to administrators.
    pub key: String,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it was last used, to some minutes.
    pub seen_at: Moment,
    /// From which address it was opened; empty for sessions of before this was kept.
    pub address: String,
    /// What the browser calls itself.
    pub device: String,
    /// By which first factor.
    pub way: Way,
    /// Whether a second factor was shown.
    pub is_strong: bool,
}

/// Who knocks with a session, and what they must do first.
#[derive(Debug, Clone)]
pub struct Knocker {
    /// The person.
    pub actor: Actor,
    /// True while the post demands a second factor that the account does not have.
    pub must_enrol: bool,
}

/// What is kept of a session's secret.
pub fn key(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

/// Opens a session and answers its secret, for the cookie. It ends when it has not been used for `idle` milliseconds.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &Tx, opening: &Opening, now: Moment, idle: i64) -> Result<String, Error> {
    let secret = secret();
    tx.execute(
        "insert into sessions (key, account_id, opened_at, seen_at, ends_at, address, device, way, is_strong) \
         values ($1, $2, $3, $3, $4, $5, $6, $7, $8)",
        params![
            key(&secret),
            opening.account,
            now,
            now.plus(idle),
            &opening.origin.address,
            &opening.origin.device,
            opening.way.word(),
            opening.is_strong
        ],
    )
    .await?;
    Ok(secret)
}

/// The same by password, from nowhere in particular: for the demonstration and for measuring.
///
/// # Errors
/// When the database fails.
pub async fn open_for(tx: &Tx, account: Id, now: Moment, idle: i64) -> Result<String, Error> {
    let origin = Origin { address: String::new(), device: String::new() };
    open(tx, &Opening { account, way: Way::Password, is_strong: false, origin }, now, idle).await
}

/// Whose session this is, if it is a running one of an unlocked account.
///
/// # Errors
/// When the database fails.
pub async fn find(app: &App, secret: &str) -> Result<Option<Actor>, Error> {
    Ok(knocker(app, secret).await?.map(|knocker| knocker.actor))
}

/// The same with what the person must do before anything else opens.
///
/// # Errors
/// When the database fails.
pub async fn knocker(app: &App, secret: &str) -> Result<Option<Knocker>, Error> {
    let (key, now, rules) = (key(secret), app.clock.now(), Rules::of(&app.city.rest));
    let row = app.db.read({
        let key = key.clone();
        move |tx| async move {
            tx.query_opt(
                "select a.id, a.name, a.post, a.department_id, a.is_first_password, s.ends_at, s.seen_at, s.way, s.is_strong, \
                 (select count(*) from totp_keys t where t.account_id = a.id) \
                 + (select count(*) from passkeys p where p.account_id = a.id), s.opened_at from sessions s \
                 join accounts a on a.id = s.account_id where s.key = $1 and s.ends_at > $2 and a.is_active = 1",
                params![key, now],
            )
            .await
        }
    });
    let Some(row) = row.await.map_err(|error: DbError| Error::Db(error))? else { return Ok(None) };
    // Using a session prolongs it, but not every use is worth a write; one that lasts longer than any of a person's, as those
    // of the demonstration do, needs none.
    let (ends_at, seen_at, opened_at): (Moment, Moment, Moment) = (row.get(5)?, row.get(6)?, row.get(10)?);
    if let Some(ends_at) = prolonged(opened_at, seen_at, ends_at, now, &rules) {
        let prolonged = app.db.write(move |tx| async move {
            let sql = "update sessions set ends_at = $2, seen_at = $3 where key = $1";
            tx.execute(sql, params![key, ends_at, now]).await
        });
        prolonged.await.map_err(|error: DbError| Error::Db(error))?;
    }
    let (post, way): (String, String) = (row.get(2)?, row.get(7)?);
    let post = Post::parse(&post).ok_or_else(|| Error::Internal(format!("no post {post}")))?;
    let (is_strong, factors): (bool, i64) = (row.get(8)?, row.get(9)?);
    let is_first_password: bool = row.get(4)?;
    let actor = Actor {
        account: row.get(0)?,
        name: row.get(1)?,
        post,
        department: row.get(3)?,
        // Whoever comes by a provider has no use for the password that they were given.
        must_change_password: is_first_password && way != Way::Provider.word(),
    };
    let is_demanded = app.identity.settings.demanded.contains(&post);
    Ok(Some(Knocker { actor, must_enrol: factor::must_enrol(is_demanded, factors > 0, is_strong) }))
}

/// When a session ends that is used now, where that is worth a write. It ends when it was not used for a while, and a long while
/// after it was opened however much it is used.
fn prolonged(opened_at: Moment, seen_at: Moment, ends_at: Moment, now: Moment, rules: &Rules) -> Option<Moment> {
    let idle = now.plus(rules.idle);
    // One that lasts longer than any of a person's needs nothing.
    if ends_at > idle {
        return None;
    }
    let until = idle.min(opened_at.plus(rules.longest)).max(ends_at);
    let is_near = ends_at < now.plus(rules.idle - rules.idle / 8) && until > ends_at;
    (seen_at <= now.plus(-SEEN_EVERY) || is_near).then_some(until)
}

/// Gives a session another secret, after something about its owner's proofs has changed; answers the secret, for the cookie.
///
/// # Errors
/// When the database fails.
pub async fn rotate(tx: &Tx, before: &str) -> Result<String, DbError> {
    let (fresh, before) = (secret(), key(before));
    tx.execute("update notice_devices set session_key = $2 where session_key = $1", params![&before, key(&fresh)])
        .await?;
    tx.execute("update sessions set key = $2 where key = $1", params![before, key(&fresh)]).await?;
    Ok(fresh)
}

/// The running sessions of an account, the last used first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, account: Id, now: Moment) -> Result<Vec<Session>, DbError> {
    let sql = "select key, opened_at, seen_at, address, device, way, is_strong from sessions \
               where account_id = $1 and ends_at > $2 order by seen_at desc, opened_at desc, key limit 100";
    let rows = tx.query(sql, params![account, now]).await?;
    rows.iter()
        .map(|row| {
            let (opened_at, seen_at, way): (Moment, Moment, String) = (row.get(1)?, row.get(2)?, row.get(5)?);
            Ok(Session {
                key: row.get(0)?,
                opened_at,
                seen_at: opened_at.max(seen_at),
                address: row.get(3)?,
                device: row.get(4)?,
                way: Way::parse(&way).ok_or_else(|| DbError::Row(format!("no way {way}")))?,
                is_strong: row.get(6)?,
            })
        })
        .collect()
}

/// Ends one session of an account by what is kept of its secret, and what was told to its browser; answers whether there was
/// one.
///
/// # Errors
/// When the database fails.
pub async fn end_kept(tx: &Tx, account: Id, key: &str) -> Result<bool, DbError> {
    let ended = tx.execute("delete from sessions where key = $1 and account_id = $2", params![key, account]).await?;
    if ended > 0 {
        tx.execute("delete from notice_devices where session_key = $1", params![key]).await?;
    }
    Ok(ended > 0)
}

/// Ends every session of an account but the one of this secret; answers how many there were.
///
/// # Errors
/// When the database fails.
pub async fn end_others(tx: &Tx, account: Id, secret: &str) -> Result<u64, DbError> {
    let own = key(secret);
    let sql = "delete from notice_devices where account_id = $1 and session_key in \
               (select key from sessions where account_id = $1 and key <> $2)";
    tx.execute(sql, params![account, &own]).await?;
    tx.execute("delete from half_sign_ins where account_id = $1", params![account]).await?;
    tx.execute("delete from sessions where account_id = $1 and key <> $2", params![account, own]).await
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

/// Ends every session of an account and every half one, after its password was changed or it was locked.
///
/// # Errors
/// When the database fails.
pub async fn end_all(tx: &Tx, account: Id) -> Result<(), Error> {
    tx.execute("delete from half_sign_ins where account_id = $1", params![account]).await?;
    tx.execute("delete from sessions where account_id = $1", params![account]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_not_used_and_after_a_while_however_much_it_is() {
        const MINUTE: i64 = 60_000;
        let rules = Rules { idle: 30 * MINUTE, longest: 120 * MINUTE, ..Rules::of(&toml::Table::new()) };
        let at = |minutes: i64| Moment(minutes * MINUTE);
        // Opened at the beginning; seen and ending as the columns say, used at the fourth.
        for (seen, ends, now, until) in [
            (0, 30, 1, None),
            (0, 30, 5, Some(35)),
            (0, 30, 12, Some(42)),
            (85, 115, 100, Some(120)),
            // At its end it is noted as seen, but lasts no longer, and not every use is a write.
            (100, 120, 111, Some(120)),
            (111, 120, 112, None),
            // Those of the demonstration last for months.
            (0, 100_000, 500, None),
        ] {
            let found = prolonged(at(0), at(seen), at(ends), at(now), &rules);
            assert_eq!(found, until.map(at), "seen {seen}, ends {ends}, used {now}");
        }
    }
}
