//! The tables of webhooks.

use super::endpoint::{LONGEST_TROUBLE, OVERLAP, State};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, params};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::sealing::{Column, Personal};
use crate::kit::words::enum_of_words;
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;
use crate::people::store::{Change, holding, record};
use serde_json::json;

/// An address to which facts are sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its identifier.
    pub id: Id,
    /// The token by which facts are chosen: what that opens is sent.
    pub token: Id,
    /// The token's name.
    pub token_name: String,
    /// The address.
    pub url: String,
    /// What it is for.
    pub note: String,
    /// Kinds of facts; all when empty.
    pub types: Vec<String>,
    /// What signs.
    pub secret: Personal,
    /// What signed before.
    pub old_secret: Option<Personal>,
    /// Until when that signs too.
    pub old_until_at: Option<Moment>,
    /// Whether facts are sent.
    pub is_active: bool,
    /// How far facts were looked through.
    pub read_seq: i64,
    /// Since when nothing arrives.
    pub failing_since_at: Option<Moment>,
    /// How often in a row it failed.
    pub failures: i64,
    /// When it is tried again.
    pub next_at: Moment,
    /// When it was made.
    pub made_at: Moment,
    /// When the program gave it up, and why; none while nobody but a person has stopped it.
    pub given_up: Option<(Moment, GivenUp)>,
}

enum_of_words! {
    /// Why the program sends no more to an address.
    GivenUp {
        /// Nothing arrived for five days.
        Trouble = "trouble",
        /// It said that it is gone for good.
        Gone = "gone",
    }
}

impl Webhook {
    /// The secrets that sign at `now`; none when what signs cannot be read.
    pub fn secrets(&self, now: Moment) -> Vec<&str> {
        let Some(secret) = self.secret.known() else { return Vec::new() };
        let old = self.old_secret.as_ref().filter(|_| self.old_until_at.is_some_and(|until| now < until));
        std::iter::once(secret).chain(old.and_then(Personal::known)).collect()
    }
}

const COLUMNS: &str = "w.id, w.token_id, t.name, w.url, w.note, w.kinds, w.secret, w.old_secret, w.old_until_at, w.is_active, \
     w.read_seq, w.failing_since_at, w.failures, w.next_at, w.made_at, w.given_up_at, w.given_up_why";

/// Where what signs lies.
pub const SECRET: Column = Column::of("webhooks", "secret");
/// Where what signed before lies.
pub const OLD_SECRET: Column = Column::of("webhooks", "old_secret");

fn read(tx: &Tx, row: &Row) -> Result<Webhook, DbError> {
    let (kinds, why): (String, String) = (row.get(5)?, row.get(16)?);
    let given_up: Option<Moment> = row.get(15)?;
    let (id, old_secret): (Id, Option<String>) = (row.get(0)?, row.get(7)?);
    Ok(Webhook {
        id,
        token: row.get(1)?,
        token_name: row.get(2)?,
        url: row.get(3)?,
        note: row.get(4)?,
        types: kinds.split_ascii_whitespace().map(str::to_owned).collect(),
        secret: tx.open(SECRET, id, row.get(6)?),
        old_secret: old_secret.map(|old| tx.open(OLD_SECRET, id, old)),
        old_until_at: row.get(8)?,
        is_active: row.get(9)?,
        read_seq: row.get(10)?,
        failing_since_at: row.get(11)?,
        failures: row.get(12)?,
        next_at: row.get(13)?,
        made_at: row.get(14)?,
        given_up: given_up.zip(GivenUp::parse(&why)),
    })
}

/// All of them, those of one token when it is given; the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, token: Option<Id>) -> Result<Vec<Webhook>, DbError> {
    let sql = format!(
        "select {COLUMNS} from webhooks w join api_tokens t on t.id = w.token_id \
         where cast($1 as bigint) = 0 or w.token_id = $1 order by w.is_active desc, w.id desc"
    );
    tx.query(&sql, params![token.unwrap_or(0)]).await?.iter().map(|row| read(tx, row)).collect()
}

/// Those to which facts are sent.
///
/// # Errors
/// When the database fails.
pub async fn active(tx: &Tx) -> Result<Vec<Webhook>, DbError> {
    let sql = format!(
        "select {COLUMNS} from webhooks w join api_tokens t on t.id = w.token_id where w.is_active = 1 order by w.id"
    );
    tx.query(&sql, params![]).await?.iter().map(|row| read(tx, row)).collect()
}

/// One of them, of a token when that is given.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id, token: Option<Id>) -> Result<Webhook, Error> {
    let sql = format!(
        "select {COLUMNS} from webhooks w join api_tokens t on t.id = w.token_id \
         where w.id = $1 and (cast($2 as bigint) = 0 or w.token_id = $2)"
    );
    Ok(read(tx, &tx.query_opt(&sql, params![id, token.unwrap_or(0)]).await?.ok_or(Error::NotFound)?)?)
}

async fn note(
    tx: &Tx,
    id: Id,
    kind: &'static str,
    by: Option<Id>,
    body: serde_json::Value,
    now: Moment,
) -> Result<(), DbError> {
    record(tx, &Change { subject: "webhook", subject_id: id, kind, author: by, body }, now).await
}

/// Keeps a new one.
///
/// # Errors
/// When the database fails.
pub async fn make(tx: &Tx, webhook: &Webhook, by: Id) -> Result<(), DbError> {
    tx.execute(
        "insert into webhooks (id, token_id, url, note, kinds, secret, is_active, read_seq, failures, next_at, made_at, \
         made_by) values ($1, $2, $3, $4, $5, $6, 1, $7, 0, 0, $8, $9)",
        params![
            webhook.id,
            webhook.token,
            &webhook.url,
            &webhook.note,
            webhook.types.join(" "),
            tx.keep(SECRET, webhook.id, &webhook.secret)?,
            webhook.read_seq,
            webhook.made_at,
            by
        ],
    )
    .await?;
    let body = json!({ "name": webhook.note, "url": webhook.url, "token": webhook.token_name });
    note(tx, webhook.id, "made", Some(by), body, webhook.made_at).await
}

/// Replaces what signs; the one before signs beside it for a day, unless it cannot be read.
///
/// # Errors
/// When the database fails.
pub async fn renew(tx: &Tx, id: Id, secret: &str, by: Id, now: Moment) -> Result<(), DbError> {
    let row = tx.query_one("select secret from webhooks where id = $1", params![id]).await?;
    // It is bound to its column, so it is sealed anew for the other one.
    let old = match tx.open(SECRET, id, row.get(0)?).known() {
        Some(old) => Some(tx.seal(OLD_SECRET, id, old)?),
        None => None,
    };
    let sql =
        "update webhooks set old_secret = $4, old_until_at = $3, secret = $2, revision = revision + 1 where id = $1";
    tx.execute(sql, params![id, tx.seal(SECRET, id, secret)?, now.plus(OVERLAP), old]).await?;
    note(tx, id, "secret_renewed", Some(by), json!({}), now).await
}

/// Sends no more to it, or goes on.
///
/// # Errors
/// When the database fails.
pub async fn set_active(tx: &Tx, id: Id, is_active: bool, by: Option<Id>, now: Moment) -> Result<(), DbError> {
    let sql = "update webhooks set is_active = $2, failures = 0, next_at = 0, failing_since_at = null, given_up_at = null, \
               given_up_why = '', revision = revision + 1 where id = $1 and is_active <> $2";
    if tx.execute(sql, params![id, is_active]).await? == 0 {
        return Ok(());
    }
    note(tx, id, if is_active { "started" } else { "stopped" }, by, json!({}), now).await
}

/// Stops every webhook: in a copy of a city nothing is sent until somebody starts one.
///
/// # Errors
/// When the database fails.
pub async fn rest_all(tx: &Tx) -> Result<u64, DbError> {
    tx.execute("update webhooks set is_active = 0, revision = revision + 1 where is_active = 1", params![]).await
}

/// Sends no more to an address by itself, and tells the administrators: once, however many messages wait.
///
/// # Errors
/// When the database fails.
pub async fn give_up(tx: &Tx, webhook: &Webhook, why: GivenUp, now: Moment) -> Result<(), DbError> {
    set_active(tx, webhook.id, false, None, now).await?;
    let sql = "update webhooks set given_up_at = $2, given_up_why = $3 where id = $1 and is_active = 0 and given_up_at is null";
    if tx.execute(sql, params![webhook.id, now, why.word()]).await? == 0 {
        return Ok(());
    }
    let people: Vec<Id> = holding(tx, &[Post::SystemAdmin]).await?.iter().map(|one| one.account).collect();
    let kind = if why == GivenUp::Gone { "webhook-gone" } else { "webhook-given-up" };
    let since = webhook.failing_since_at.unwrap_or(now);
    let notice = Notice {
        to: 0,
        kind,
        args: vec![("url", webhook.url.clone()), ("note", webhook.note.clone()), ("token", webhook.token_name.clone())],
        link: format!("/admin/webhooks/{}", webhook.id),
        urgency: Urgency::Ordinary,
        once: format!("{kind}-{}-{}", webhook.id, since.0),
    };
    notices::store::send_all(tx, &people, &notice, now).await
}

/// Tries it at once.
///
/// # Errors
/// When the database fails.
pub async fn try_now(tx: &Tx, id: Id) -> Result<(), DbError> {
    tx.execute("update webhooks set next_at = 0 where id = $1", params![id]).await?;
    let sql = "update webhook_deliveries set next_at = 0 where webhook_id = $1 and state = 'waiting'";
    tx.execute(sql, params![id]).await.map(drop)
}

/// A message that was or is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The fact's place.
    pub seq: i64,
    /// What it is about.
    pub subject: String,
    /// Which one.
    pub subject_id: Id,
    /// How far it has come.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// How often it was refused; an address in trouble refuses nothing.
    pub refusals: i64,
    /// When it is tried next.
    pub next_at: Moment,
    /// When it was tried.
    pub tried_at: Option<Moment>,
    /// When it arrived.
    pub delivered_at: Option<Moment>,
    /// What status was answered.
    pub status: Option<i64>,
    /// What was answered, or why there was no answer.
    pub answer: String,
}

const OF_DELIVERY: &str = "d.seq, d.subject, d.subject_id, d.state, d.attempts, d.next_at, d.tried_at, d.delivered_at, d.status, d.answer, \
     d.refusals";

fn read_delivery(row: &Row) -> Result<Delivery, DbError> {
    let state: String = row.get(3)?;
    Ok(Delivery {
        seq: row.get(0)?,
        subject: row.get(1)?,
        subject_id: row.get(2)?,
        state: State::parse(&state).ok_or_else(|| DbError::Row(format!("unknown state {state}")))?,
        attempts: row.get(4)?,
        refusals: row.get(10)?,
        next_at: row.get(5)?,
        tried_at: row.get(6)?,
        delivered_at: row.get(7)?,
        status: row.get(8)?,
        answer: row.get(9)?,
    })
}

/// Lets messages wait for an address and notes how far facts were looked through; false when another instance was faster.
///
/// # Errors
/// When the database fails.
pub async fn queue(
    tx: &Tx,
    webhook: Id,
    (from, to): (i64, i64),
    facts: &[(i64, String, Id)],
    now: Moment,
) -> Result<bool, DbError> {
    let sql = "update webhooks set read_seq = $3 where id = $1 and read_seq = $2";
    if tx.execute(sql, params![webhook, from, to]).await? == 0 {
        return Ok(false);
    }
    for (seq, subject, subject_id) in facts {
        let sql = "insert into webhook_deliveries (webhook_id, seq, subject, subject_id, state, attempts, next_at, made_at, \
                   answer) values ($1, $2, $3, $4, 'waiting', 0, 0, $5, '') on conflict (webhook_id, seq) do nothing";
        tx.execute(sql, params![webhook, *seq, subject, *subject_id, now]).await?;
    }
    Ok(true)
}

/// The messages that may be sent to an address at `now`: of each subject the first that waits, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn due(tx: &Tx, webhook: Id, now: Moment, most: usize) -> Result<Vec<Delivery>, DbError> {
    let sql = format!(
        "select {OF_DELIVERY} from webhook_deliveries d where d.webhook_id = $1 and d.state = 'waiting' and d.next_at <= $2 \
         and not exists (select 1 from webhook_deliveries b where b.webhook_id = d.webhook_id and b.state = 'waiting' \
         and b.subject = d.subject and b.subject_id = d.subject_id and b.seq < d.seq) order by d.seq limit $3"
    );
    tx.query(&sql, params![webhook, now, most]).await?.iter().map(read_delivery).collect()
}

/// Takes a message to send it: nobody else takes it before `until`. False when somebody else has.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &Tx, webhook: Id, delivery: &Delivery, until: Moment) -> Result<bool, DbError> {
    let sql = "update webhook_deliveries set next_at = $4 where webhook_id = $1 and seq = $2 and state = 'waiting' \
               and next_at = $3";
    Ok(tx.execute(sql, params![webhook, delivery.seq, delivery.next_at, until]).await? == 1)
}

/// Notes what came of a try; `next` is when the message is tried again.
///
/// # Errors
/// When the database fails.
pub async fn tried(
    tx: &Tx,
    webhook: Id,
    seq: i64,
    (state, next, refusals): (State, Moment, i64),
    (status, answer): (Option<u16>, &str),
    now: Moment,
) -> Result<(), DbError> {
    let delivered = (state == State::Delivered).then_some(now);
    let sql = "update webhook_deliveries set state = $3, next_at = $4, attempts = attempts + 1, tried_at = $5, \
               delivered_at = $6, status = $7, answer = $8, refusals = $9 where webhook_id = $1 and seq = $2";
    let status = status.map(i64::from);
    tx.execute(sql, params![webhook, seq, state.word(), next, now, delivered, status, answer, refusals]).await.map(drop)
}

/// Notes that an address answers.
///
/// # Errors
/// When the database fails.
pub async fn well(tx: &Tx, webhook: Id) -> Result<(), DbError> {
    let sql = "update webhooks set failures = 0, failing_since_at = null, next_at = 0 where id = $1 and failures > 0";
    tx.execute(sql, params![webhook]).await.map(drop)
}

/// Notes that an address is in trouble and when it is knocked at again; true when it is given no more, for it was for too long.
///
/// # Errors
/// When the database fails.
pub async fn trouble(tx: &Tx, webhook: &Webhook, next: Moment, now: Moment) -> Result<bool, DbError> {
    let sql = "update webhooks set failures = failures + 1, next_at = $2, \
               failing_since_at = coalesce(failing_since_at, $3) where id = $1";
    tx.execute(sql, params![webhook.id, next, now]).await?;
    let is_too_long = webhook.failing_since_at.is_some_and(|since| since.plus(LONGEST_TROUBLE) <= now);
    if is_too_long {
        give_up(tx, webhook, GivenUp::Trouble, now).await?;
    }
    Ok(is_too_long)
}

/// Messages of an address, the newest first, before a place; in one state when it is given.
///
/// # Errors
/// When the database fails.
pub async fn deliveries(
    tx: &Tx,
    webhook: Id,
    state: Option<State>,
    before: i64,
    most: usize,
) -> Result<Vec<Delivery>, DbError> {
    let word = state.map(State::word).unwrap_or_default();
    let sql = format!(
        "select {OF_DELIVERY} from webhook_deliveries d where d.webhook_id = $1 and d.seq < $2 \
         and (cast($3 as text) = '' or d.state = $3) order by d.seq desc limit $4"
    );
    tx.query(&sql, params![webhook, before, word, most]).await?.iter().map(read_delivery).collect()
}

/// How many messages of an address stand in each state.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx, webhook: Id) -> Result<Vec<(State, i64)>, DbError> {
    let sql = "select state, count(*) from webhook_deliveries where webhook_id = $1 group by state";
    let rows = tx.query(sql, params![webhook]).await?;
    rows.iter()
        .map(|row| {
            let state: String = row.get(0)?;
            Ok((State::parse(&state).ok_or_else(|| DbError::Row(format!("unknown state {state}")))?, row.get(1)?))
        })
        .collect()
}

/// Lets these facts wait, also those that arrived before.
///
/// # Errors
/// When the database fails.
pub async fn wait_again(tx: &Tx, webhook: Id, facts: &[(i64, String, Id)], now: Moment) -> Result<(), Error> {
    for (seq, subject, subject_id) in facts {
        let sql = "insert into webhook_deliveries (webhook_id, seq, subject, subject_id, state, attempts, next_at, made_at, \
                   answer) values ($1, $2, $3, $4, 'waiting', 0, 0, $5, '') on conflict (webhook_id, seq) do update set \
                   state = 'waiting', attempts = 0, refusals = 0, next_at = 0, delivered_at = null, status = null, answer = ''";
        tx.execute(sql, params![webhook, *seq, subject, *subject_id, now]).await?;
    }
    Ok(())
}

/// Notes that facts of a span are sent once more.
///
/// # Errors
/// When the database fails.
pub async fn note_replay(
    tx: &Tx,
    webhook: Id,
    (after, until, count): (i64, i64, u64),
    by: Id,
    now: Moment,
) -> Result<(), Error> {
    let body = json!({ "after": after, "until": until, "count": count });
    Ok(note(tx, webhook, "replayed", Some(by), body, now).await?)
}

/// Forgets messages that arrived or were given up before `until`.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, until: Moment) -> Result<u64, DbError> {
    tx.execute("delete from webhook_deliveries where made_at < $1 and state <> 'waiting'", params![until]).await
}
