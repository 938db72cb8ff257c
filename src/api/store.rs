//! The room's tables: tokens, idempotency keys; and what it reads of departments and cases.

use super::scopes::Scope;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::people::store::{Change, record};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// A token of a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Its identifier.
    pub id: Id,
    /// Who has it.
    pub name: String,
    /// Whom to call when its program goes wrong.
    pub contact: String,
    /// As whom it acts.
    pub actor: Actor,
    /// The account's login.
    pub login: String,
    /// Whether the account works.
    pub is_account_active: bool,
    /// What it opens.
    pub scopes: Vec<Scope>,
    /// Requests a minute.
    pub per_minute: i64,
    /// When it was made.
    pub made_at: Moment,
    /// By whom.
    pub made_by: Id,
    /// When it ends by itself.
    pub ends_at: Option<Moment>,
    /// When it was released.
    pub released_at: Option<Moment>,
    /// When it was last used.
    pub used_at: Option<Moment>,
    /// When it was taken back.
    pub revoked_at: Option<Moment>,
}

impl Token {
    /// Whether it opens anything at `now`.
    pub fn is_open(&self, now: Moment) -> bool {
        self.is_account_active
            && self.released_at.is_some()
            && self.revoked_at.is_none()
            && self.ends_at.is_none_or(|end| now < end)
    }

    /// Whether it opens this: both its scopes and its account's post must allow.
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) && scope.is_for(self.actor.post)
    }
}

const COLUMNS: &str = "t.id, t.name, t.contact, t.account_id, a.name, a.post, a.department_id, a.login, a.is_active, t.scopes, \
     t.per_minute, t.made_at, t.made_by, t.ends_at, t.released_at, t.used_at, t.revoked_at";

fn read(row: &Row) -> Result<Token, DbError> {
    let (post, scopes): (String, String) = (row.get(5)?, row.get(9)?);
    Ok(Token {
        id: row.get(0)?,
        name: row.get(1)?,
        contact: row.get(2)?,
        actor: Actor {
            account: row.get(3)?,
            name: row.get(4)?,
            post: Post::parse(&post).ok_or_else(|| DbError::Row(format!("no post {post}")))?,
            department: row.get(6)?,
            must_change_password: false,
        },
        login: row.get(7)?,
        is_account_active: row.get(8)?,
        scopes: Scope::read_all(&scopes),
        per_minute: row.get(10)?,
        made_at: row.get(11)?,
        made_by: row.get(12)?,
        ends_at: row.get(13)?,
        released_at: row.get(14)?,
        used_at: row.get(15)?,
        revoked_at: row.get(16)?,
    })
}

/// The token of this secret's digest, whether it still opens anything or not.
///
/// # Errors
/// When the database fails.
pub async fn token_of(tx: &Tx, hash: &str) -> Result<Option<Token>, DbError> {
    let sql = format!("select {COLUMNS} from api_tokens t join accounts a on a.id = t.account_id where t.hash = $1");
    tx.query_opt(&sql, params![hash]).await?.as_ref().map(read).transpose()
}

/// A token by its identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn token(tx: &Tx, id: Id) -> Result<Token, Error> {
    let sql = format!("select {COLUMNS} from api_tokens t join accounts a on a.id = t.account_id where t.id = $1");
    Ok(read(&tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?)?)
}

/// Every token, those that open something first, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn tokens(tx: &Tx) -> Result<Vec<Token>, DbError> {
    let sql = format!(
        "select {COLUMNS} from api_tokens t join accounts a on a.id = t.account_id \
         order by case when t.revoked_at is null then 0 else 1 end, t.made_at desc, t.id desc"
    );
    tx.query(&sql, params![]).await?.iter().map(read).collect()
}

/// The account of a login, if it works: identifier and post.
///
/// # Errors
/// When the database fails.
pub async fn account_of(tx: &Tx, login: &str) -> Result<Option<(Id, String, Post)>, DbError> {
    let sql = "select id, name, post from accounts where login = $1 and is_active = 1";
    let Some(row) = tx.query_opt(sql, params![login]).await? else { return Ok(None) };
    let post: String = row.get(2)?;
    Ok(Some((row.get(0)?, row.get(1)?, Post::parse(&post).ok_or_else(|| DbError::Row(format!("no post {post}")))?)))
}

/// Keeps a new token by its secret's digest.
///
/// # Errors
/// When the database fails.
pub async fn make_token(tx: &Tx, token: &Token, hash: &str) -> Result<(), DbError> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
    let scopes = scopes.join(" ");
    tx.execute(
        "insert into api_tokens (id, hash, name, contact, account_id, scopes, per_minute, made_at, made_by, ends_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            token.id,
            hash,
            &token.name,
            &token.contact,
            token.actor.account,
            &scopes,
            token.per_minute,
            token.made_at,
            token.made_by,
            token.ends_at
        ],
    )
    .await?;
    let body = json!({ "name": token.name, "account": token.login, "scopes": scopes, "contact": token.contact });
    note(tx, token.id, "made", token.made_by, body, token.made_at).await
}

async fn note(
    tx: &Tx,
    token: Id,
    kind: &'static str,
    by: Id,
    body: serde_json::Value,
    now: Moment,
) -> Result<(), DbError> {
    record(tx, &Change { subject: "api_token", subject_id: token, kind, author: Some(by), body }, now).await
}

/// Releases a token that somebody else has made; false when it was released or taken back before.
///
/// # Errors
/// When the database fails.
pub async fn release_token(tx: &Tx, id: Id, by: Id, now: Moment) -> Result<bool, DbError> {
    let sql = "update api_tokens set released_at = $2, released_by = $3 \
               where id = $1 and released_at is null and revoked_at is null and made_by <> $3";
    if tx.execute(sql, params![id, now, by]).await? == 0 {
        return Ok(false);
    }
    note(tx, id, "released", by, json!({}), now).await?;
    Ok(true)
}

/// Takes a token back.
///
/// # Errors
/// When the database fails.
pub async fn revoke_token(tx: &Tx, id: Id, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "update api_tokens set revoked_at = $2, revoked_by = $3 where id = $1 and revoked_at is null";
    if tx.execute(sql, params![id, now, by]).await? == 0 {
        return Ok(());
    }
    note(tx, id, "revoked", by, json!({}), now).await
}

/// Notes that a token was used.
///
/// # Errors
/// When the database fails.
pub async fn use_token(tx: &Tx, id: Id, now: Moment) -> Result<(), DbError> {
    tx.execute("update api_tokens set used_at = $2 where id = $1", params![id, now]).await.map(drop)
}

/// Keeps what came under an idempotency key, and answers the digest of what came under it first.
///
/// # Errors
/// When the database fails.
pub async fn keep_request(tx: &Tx, token: Id, key: &str, sent: &str, now: Moment) -> Result<String, Error> {
    let sql = "insert into api_requests (token_id, key, digest, at) values ($1, $2, $3, $4) \
               on conflict (token_id, key) do nothing";
    tx.execute(sql, params![token, key, sent, now]).await?;
    let row = tx.query_one("select digest from api_requests where token_id = $1 and key = $2", params![token, key]);
    Ok(row.await?.get(0)?)
}

/// Forgets idempotency keys from before `until`, at most so many; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_requests(tx: &Tx, until: Moment) -> Result<u64, DbError> {
    tx.execute("delete from api_requests where at < $1", params![until]).await
}

/// Numbers of cases by identifier.
///
/// # Errors
/// When the database fails.
pub async fn numbers(tx: &Tx, cases: &[Id]) -> Result<HashMap<Id, String>, DbError> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("select id, number from cases where id in ({})", slots(0, cases.len()));
    let rows = tx.query(&sql, cases.iter().map(|case| Value::Int(*case)).collect()).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The case that each of these reports belongs to.
///
/// # Errors
/// When the database fails.
pub async fn cases_of(tx: &Tx, reports: &[Id]) -> Result<HashMap<Id, Id>, DbError> {
    if reports.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("select report_id, case_id from case_reports where report_id in ({})", slots(0, reports.len()));
    let rows = tx.query(&sql, reports.iter().map(|report| Value::Int(*report)).collect()).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Codes and names of all departments by identifier.
///
/// # Errors
/// When the database fails.
pub async fn departments(tx: &Tx) -> Result<BTreeMap<Id, (String, String, String)>, DbError> {
    let rows = tx.query("select id, code, name_zh, name_en from departments", params![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))).collect()
}

/// Names and telephones of those who reported.
///
/// # Errors
/// When the database fails.
pub async fn contacts(tx: &Tx, reports: &[Id]) -> Result<HashMap<Id, (Personal, Personal)>, DbError> {
    if reports.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("select id, contact_name, contact_phone from reports where id in ({})", slots(0, reports.len()));
    let rows = tx.query(&sql, reports.iter().map(|report| Value::Int(*report)).collect()).await?;
    rows.iter()
        .map(|row| {
            let report: Id = row.get(0)?;
            Ok((report, crate::reports::store::contact(tx, report, row, 1, 2)?))
        })
        .collect()
}
