//! The tables of second factors.

use super::ceremony::Passkey;
use super::sealing::PLAIN;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, params};
use crate::kit::id::{self, Id};
use crate::people::sessions::Way;

/// How long somebody may take between the first factor and the second, in milliseconds.
pub const HALF_LASTS: i64 = 10 * 60_000;
/// How many wrong second factors end a half sign-in.
pub const TRIES: i64 = 5;

/// Somebody between the two factors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Half {
    /// Whose account.
    pub account: Id,
    /// By which first factor.
    pub way: Way,
    /// Where to go afterwards.
    pub next: String,
    /// How many wrong second factors there were.
    pub tries: i64,
    /// The passkey's ceremony that is under way; empty for none.
    pub ceremony: String,
}

/// What an account has as a second factor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Factors {
    /// Since when it has a key for codes.
    pub totp_since: Option<Moment>,
    /// How many recovery codes are left.
    pub codes_left: i64,
    /// How many passkeys it has.
    pub passkeys: i64,
}

impl Factors {
    /// True when there is any; recovery codes alone are none.
    pub fn is_any(&self) -> bool {
        self.totp_since.is_some() || self.passkeys > 0
    }
}

/// What an account has as a second factor.
///
/// # Errors
/// When the database fails.
pub async fn factors(tx: &Tx, account: Id) -> Result<Factors, DbError> {
    let row = tx
        .query_one(
            "select (select made_at from totp_keys where account_id = $1), \
             (select count(*) from recovery_codes where account_id = $1 and used_at is null), \
             (select count(*) from passkeys where account_id = $1)",
            params![account],
        )
        .await?;
    Ok(Factors { totp_since: row.get(0)?, codes_left: row.get(1)?, passkeys: row.get(2)? })
}

/// Keeps somebody between the two factors, under what is kept of a secret. What has ended is swept away.
///
/// # Errors
/// When the database fails.
pub async fn keep_half(tx: &Tx, key: &str, half: &Half, now: Moment) -> Result<(), DbError> {
    tx.execute("delete from half_sign_ins where ends_at <= $1", params![now]).await?;
    let sql = "insert into half_sign_ins (key, account_id, way, next, tries, ends_at) values ($1, $2, $3, $4, 0, $5)";
    tx.execute(sql, params![key, half.account, half.way.word(), &half.next, now.plus(HALF_LASTS)]).await?;
    Ok(())
}

/// Who is between the two factors under a key, if their time is not over.
///
/// # Errors
/// When the database fails.
pub async fn half(tx: &Tx, key: &str, now: Moment) -> Result<Option<Half>, DbError> {
    let sql = "select account_id, way, next, tries, ceremony from half_sign_ins where key = $1 and ends_at > $2";
    let read = |row: Row| {
        let way: String = row.get(1)?;
        let way = Way::parse(&way).ok_or_else(|| DbError::Row(format!("no way {way}")))?;
        Ok(Half { account: row.get(0)?, way, next: row.get(2)?, tries: row.get(3)?, ceremony: row.get(4)? })
    };
    tx.query_opt(sql, params![key, now]).await?.map(read).transpose()
}

/// Counts a wrong second factor; the last ends the half sign-in.
///
/// # Errors
/// When the database fails.
pub async fn count_try(tx: &Tx, key: &str) -> Result<(), DbError> {
    tx.execute("update half_sign_ins set tries = tries + 1, ceremony = '' where key = $1", params![key]).await?;
    tx.execute("delete from half_sign_ins where key = $1 and tries >= $2", params![key, TRIES]).await?;
    Ok(())
}

/// Ends a half sign-in.
///
/// # Errors
/// When the database fails.
pub async fn end_half(tx: &Tx, key: &str) -> Result<(), DbError> {
    tx.execute("delete from half_sign_ins where key = $1", params![key]).await?;
    Ok(())
}

/// The sealed key for codes of an account.
///
/// # Errors
/// When the database fails.
pub async fn totp_key(tx: &Tx, account: Id) -> Result<Option<String>, DbError> {
    let row = tx.query_opt("select secret from totp_keys where account_id = $1", params![account]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Uses up the code of a step: false when it, or a later one, was accepted before.
///
/// # Errors
/// When the database fails.
pub async fn use_step(tx: &Tx, account: Id, step: i64) -> Result<bool, DbError> {
    let sql = "update totp_keys set last_step = $2 where account_id = $1 and last_step < $2";
    Ok(tx.execute(sql, params![account, step]).await? == 1)
}

/// Keeps a sealed key that waits for its first code; the one before gives way.
///
/// # Errors
/// When the database fails.
pub async fn offer_totp(tx: &Tx, account: Id, secret: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into totp_offers (account_id, secret, made_at) values ($1, $2, $3) \
               on conflict (account_id) do update set secret = excluded.secret, made_at = excluded.made_at";
    tx.execute(sql, params![account, secret, now]).await?;
    Ok(())
}

/// The sealed key that waits for its first code, if it was made within the last hour.
///
/// # Errors
/// When the database fails.
pub async fn totp_offer(tx: &Tx, account: Id, now: Moment) -> Result<Option<String>, DbError> {
    let sql = "select secret from totp_offers where account_id = $1 and made_at > $2";
    let row = tx.query_opt(sql, params![account, now.plus(-60 * 60_000)]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Makes a key for codes the account's own; the one before gives way. The code of `step` was its first.
///
/// # Errors
/// When the database fails.
pub async fn keep_totp(tx: &Tx, account: Id, secret: &str, step: i64, now: Moment) -> Result<(), DbError> {
    tx.execute("delete from totp_offers where account_id = $1", params![account]).await?;
    let sql = "insert into totp_keys (account_id, secret, made_at, last_step) values ($1, $2, $3, $4) \
               on conflict (account_id) do update set secret = excluded.secret, made_at = excluded.made_at, \
               last_step = excluded.last_step";
    tx.execute(sql, params![account, secret, now, step]).await?;
    Ok(())
}

/// Takes the key for codes away.
///
/// # Errors
/// When the database fails.
pub async fn remove_totp(tx: &Tx, account: Id) -> Result<bool, DbError> {
    tx.execute("delete from totp_offers where account_id = $1", params![account]).await?;
    Ok(tx.execute("delete from totp_keys where account_id = $1", params![account]).await? > 0)
}

/// Replaces the recovery codes by new ones, of which it gets the digests; none to take them away.
///
/// # Errors
/// When the database fails.
pub async fn replace_codes(tx: &Tx, account: Id, digests: &[String], now: Moment) -> Result<(), DbError> {
    tx.execute("delete from recovery_codes where account_id = $1", params![account]).await?;
    for digest in digests {
        let sql = "insert into recovery_codes (account_id, digest, made_at) values ($1, $2, $3)";
        tx.execute(sql, params![account, digest, now]).await?;
    }
    Ok(())
}

/// Uses up a recovery code by its digest: false when there is none or it was used before.
///
/// # Errors
/// When the database fails.
pub async fn use_code(tx: &Tx, account: Id, digest: &str, now: Moment) -> Result<bool, DbError> {
    let sql = "update recovery_codes set used_at = $3 where account_id = $1 and digest = $2 and used_at is null";
    Ok(tx.execute(sql, params![account, digest, now]).await? == 1)
}

/// Takes every second factor of an account away.
///
/// # Errors
/// When the database fails.
pub async fn reset(tx: &Tx, account: Id) -> Result<(), DbError> {
    remove_totp(tx, account).await?;
    tx.execute("delete from passkeys where account_id = $1", params![account]).await?;
    tx.execute("delete from passkey_offers where account_id = $1", params![account]).await?;
    tx.execute("delete from recovery_codes where account_id = $1", params![account]).await?;
    Ok(())
}

/// How many keys for codes there are, and how many of them anybody with the database could read.
///
/// # Errors
/// When the database fails.
pub async fn unsealed(tx: &Tx) -> Result<(i64, i64), DbError> {
    let sql = "select count(*), coalesce(sum(case when secret like $1 then 1 else 0 end), 0) from totp_keys";
    let row = tx.query_one(sql, params![format!("{PLAIN}%")]).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// Somebody who was sent to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderVisit {
    /// The provider's word.
    pub provider: String,
    /// What comes back with them.
    pub state: String,
    /// What the statement must hold.
    pub nonce: String,
    /// The secret of which the provider saw the digest (PKCE).
    pub verifier: String,
    /// Where to go afterwards.
    pub next: String,
    /// The address to which they come back.
    pub back: String,
}

/// How long somebody may take at a provider, in milliseconds.
const VISIT_LASTS: i64 = 15 * 60_000;

/// Keeps who was sent to a provider, under what is kept of the cookie's secret. What has ended is swept away.
///
/// # Errors
/// When the database fails.
pub async fn keep_visit(tx: &Tx, key: &str, visit: &ProviderVisit, now: Moment) -> Result<(), DbError> {
    tx.execute("delete from provider_visits where ends_at <= $1", params![now]).await?;
    let sql = "insert into provider_visits (key, provider, state, nonce, verifier, next, back, ends_at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let ends_at = now.plus(VISIT_LASTS);
    let one = [&visit.provider, &visit.state, &visit.nonce, &visit.verifier, &visit.next, &visit.back];
    let [provider, state, nonce, verifier, next, back] = one;
    tx.execute(sql, params![key, provider, state, nonce, verifier, next, back, ends_at]).await?;
    Ok(())
}

/// Takes who comes back: a second time there is nobody.
///
/// # Errors
/// When the database fails.
pub async fn take_visit(tx: &Tx, key: &str, now: Moment) -> Result<Option<ProviderVisit>, DbError> {
    let sql = "delete from provider_visits where key = $1 and ends_at > $2 returning provider, state, nonce, verifier, next, back";
    let read = |row: Row| {
        Ok(ProviderVisit {
            provider: row.get(0)?,
            state: row.get(1)?,
            nonce: row.get(2)?,
            verifier: row.get(3)?,
            next: row.get(4)?,
            back: row.get(5)?,
        })
    };
    tx.query_opt(sql, params![key, now]).await?.map(read).transpose()
}

/// A provider's person tied to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub id: Id,
    /// The provider.
    pub issuer: String,
    /// The provider's own name for the person.
    pub subject: String,
    /// When it was tied.
    pub made_at: Moment,
    /// When it last opened the account.
    pub used_at: Moment,
}

/// The account to which a provider's person is tied.
///
/// # Errors
/// When the database fails.
pub async fn linked(tx: &Tx, issuer: &str, subject: &str) -> Result<Option<Id>, DbError> {
    let sql = "select account_id from identity_links where issuer = $1 and subject = $2";
    tx.query_opt(sql, params![issuer, subject]).await?.map(|row| row.get(0)).transpose()
}

/// Notes that a link opened its account.
///
/// # Errors
/// When the database fails.
pub async fn use_link(tx: &Tx, issuer: &str, subject: &str, now: Moment) -> Result<(), DbError> {
    let sql = "update identity_links set used_at = $3 where issuer = $1 and subject = $2";
    tx.execute(sql, params![issuer, subject, now]).await?;
    Ok(())
}

/// Ties a provider's person to an account; false when the account is tied to another person of that provider.
///
/// # Errors
/// When the database fails.
pub async fn link(tx: &Tx, account: Id, issuer: &str, subject: &str, now: Moment) -> Result<bool, DbError> {
    let sql = "insert into identity_links (id, account_id, issuer, subject, made_at, used_at) values ($1, $2, $3, $4, $5, $5) \
               on conflict do nothing";
    Ok(tx.execute(sql, params![id::fresh(), account, issuer, subject, now]).await? == 1)
}

/// What an account is tied to.
///
/// # Errors
/// When the database fails.
pub async fn links(tx: &Tx, account: Id) -> Result<Vec<Link>, DbError> {
    let sql = "select id, issuer, subject, made_at, used_at from identity_links where account_id = $1 order by issuer";
    let rows = tx.query(sql, params![account]).await?;
    let read = |row: &Row| {
        Ok(Link {
            id: row.get(0)?,
            issuer: row.get(1)?,
            subject: row.get(2)?,
            made_at: row.get(3)?,
            used_at: row.get(4)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Unties a provider's person from an account; answers the provider, if there was one.
///
/// # Errors
/// When the database fails.
pub async fn unlink(tx: &Tx, account: Id, link: Id) -> Result<Option<String>, DbError> {
    let sql = "delete from identity_links where account_id = $1 and id = $2 returning issuer";
    tx.query_opt(sql, params![account, link]).await?.map(|row| row.get(0)).transpose()
}

/// A passkey with its owner and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPasskey {
    /// Its number.
    pub id: Id,
    /// Whose.
    pub account: Id,
    /// What is known about it.
    pub passkey: Passkey,
    /// The domain for which it was made.
    pub domain: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub made_at: Moment,
    /// When it last opened the account.
    pub used_at: Option<Moment>,
}

const PASSKEY: &str = "select id, account_id, credential, static_state, dynamic_state, transports, domain, name, made_at, used_at from passkeys";

fn passkey_of(row: &Row) -> Result<KeptPasskey, DbError> {
    Ok(KeptPasskey {
        id: row.get(0)?,
        account: row.get(1)?,
        passkey: Passkey {
            credential: row.get(2)?,
            static_state: row.get(3)?,
            dynamic_state: row.get(4)?,
            transports: row.get(5)?,
        },
        domain: row.get(6)?,
        name: row.get(7)?,
        made_at: row.get(8)?,
        used_at: row.get(9)?,
    })
}

/// The passkeys of an account, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn passkeys(tx: &Tx, account: Id) -> Result<Vec<KeptPasskey>, DbError> {
    let rows = tx.query(&format!("{PASSKEY} where account_id = $1 order by id"), params![account]).await?;
    rows.iter().map(passkey_of).collect()
}

/// A passkey of an account by the authenticator's identifier.
///
/// # Errors
/// When the database fails.
pub async fn passkey(tx: &Tx, account: Id, credential: &str) -> Result<Option<KeptPasskey>, DbError> {
    let sql = format!("{PASSKEY} where account_id = $1 and credential = $2");
    tx.query_opt(&sql, params![account, credential]).await?.as_ref().map(passkey_of).transpose()
}

/// Keeps a passkey; false when the authenticator's identifier is there already.
///
/// # Errors
/// When the database fails.
pub async fn keep_passkey(tx: &Tx, one: &KeptPasskey) -> Result<bool, DbError> {
    let sql = "insert into passkeys (id, account_id, credential, static_state, dynamic_state, transports, domain, name, made_at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing";
    let known = &one.passkey;
    let values = params![
        one.id,
        one.account,
        &known.credential,
        &known.static_state,
        &known.dynamic_state,
        known.transports,
        &one.domain,
        &one.name,
        one.made_at
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Notes that a passkey was shown, with its counter; false when it was used by somebody else meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn use_passkey(tx: &Tx, before: &KeptPasskey, dynamic_state: &str, now: Moment) -> Result<bool, DbError> {
    let sql = "update passkeys set dynamic_state = $3, used_at = $4 where id = $1 and dynamic_state = $2";
    Ok(tx.execute(sql, params![before.id, &before.passkey.dynamic_state, dynamic_state, now]).await? == 1)
}

/// Takes a passkey away.
///
/// # Errors
/// When the database fails.
pub async fn remove_passkey(tx: &Tx, account: Id, passkey: Id) -> Result<bool, DbError> {
    Ok(tx.execute("delete from passkeys where account_id = $1 and id = $2", params![account, passkey]).await? == 1)
}

/// Keeps the ceremony by which an account is making a passkey; the one before gives way.
///
/// # Errors
/// When the database fails.
pub async fn offer_passkey(tx: &Tx, account: Id, ceremony: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into passkey_offers (account_id, ceremony, made_at) values ($1, $2, $3) \
               on conflict (account_id) do update set ceremony = excluded.ceremony, made_at = excluded.made_at";
    tx.execute(sql, params![account, ceremony, now]).await?;
    Ok(())
}

/// Takes that ceremony, if it began within the last ten minutes: a second time there is none.
///
/// # Errors
/// When the database fails.
pub async fn take_offer(tx: &Tx, account: Id, now: Moment) -> Result<Option<String>, DbError> {
    let sql = "delete from passkey_offers where account_id = $1 and made_at > $2 returning ceremony";
    tx.query_opt(sql, params![account, now.plus(-HALF_LASTS)]).await?.map(|row| row.get(0)).transpose()
}

/// Notes the ceremony by which somebody between the two factors may show a passkey.
///
/// # Errors
/// When the database fails.
pub async fn note_ceremony(tx: &Tx, key: &str, ceremony: &str) -> Result<(), DbError> {
    tx.execute("update half_sign_ins set ceremony = $2 where key = $1", params![key, ceremony]).await?;
    Ok(())
}
