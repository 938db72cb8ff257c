//! The room's tables: partners, what is exchanged with them, what goes out, what came in.

use super::partner::{Format, Partner, Secret, Sends, Takes};
use super::sending::{Kind, Next, State};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::sealing::Column;
use crate::kit::words::enum_of_words;
use crate::open311::status::MOVING;
use crate::people;
use crate::people::store::Change;
use crate::reports;
use crate::timeline;
use crate::timeline::fact::Fact;
use serde_json::json;

/// The subject of this room's facts.
pub const SUBJECT: &str = "exchange";

enum_of_words! {
    /// Which of two systems had a report first.
    Way {
        /// We sent it on.
        Sent = "sent",
        /// We fetched it.
        Fetched = "fetched",
    }
}

fn word<T>(found: Option<T>, text: &str) -> Result<T, DbError> {
    found.ok_or_else(|| DbError::Row(format!("unknown word {text}")))
}

const PARTNER: &str = "id, name, contact, discovery, url, format, jurisdiction, secret, language, takes, sends, is_told, is_active, \
     is_exact, has_updates, services, rules, offers, updates_until_at, requests_until_at, rules_since_at, looked_at, next_at, failures, \
     trouble, made_at, revision";

/// Where our keys at partners lie.
pub const PARTNER_SECRET: Column = Column::of("partners", "secret");

fn read_partner(tx: &Tx, row: &Row) -> Result<Partner, DbError> {
    let (format, takes, sends): (String, String, String) = (row.get(5)?, row.get(9)?, row.get(10)?);
    let (id, offers): (Id, String) = (row.get(0)?, row.get(17)?);
    Ok(Partner {
        id,
        name: row.get(1)?,
        contact: row.get(2)?,
        discovery: row.get(3)?,
        url: row.get(4)?,
        format: word(Format::parse(&format), &format)?,
        jurisdiction: row.get(6)?,
        secret: Secret(tx.open(PARTNER_SECRET, id, row.get(7)?)),
        language: row.get(8)?,
        takes: word(Takes::parse(&takes), &takes)?,
        sends: word(Sends::parse(&sends), &sends)?,
        is_told: row.get(11)?,
        is_active: row.get(12)?,
        is_exact: row.get(13)?,
        has_updates: row.get(14)?,
        services: row.get(15)?,
        rules: row.get(16)?,
        offers: serde_json::from_str(&offers).unwrap_or_default(),
        updates_until: row.get(18)?,
        requests_until: row.get(19)?,
        rules_since: row.get(20)?,
        looked_at: row.get(21)?,
        next_at: row.get(22)?,
        failures: row.get(23)?,
        trouble: row.get(24)?,
        made_at: row.get(25)?,
        revision: row.get(26)?,
    })
}

/// All partners by name.
///
/// # Errors
/// When the database fails.
pub async fn partners(tx: &Tx) -> Result<Vec<Partner>, DbError> {
    let sql = format!("select {PARTNER} from partners order by name, id");
    tx.query(&sql, params![]).await?.iter().map(|row| read_partner(tx, row)).collect()
}

/// One partner.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn partner(tx: &Tx, id: Id) -> Result<Partner, Error> {
    let sql = format!("select {PARTNER} from partners where id = $1");
    let row = tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?;
    Ok(read_partner(tx, &row)?)
}

fn change(kind: &'static str, partner: &Partner, by: Id) -> Change {
    // Everything but the key.
    let body = json!({
        "name": partner.name, "discovery": partner.discovery, "takes": partner.takes.word(), "sends": partner.sends.word(),
        "told": partner.is_told, "active": partner.is_active, "services": partner.services, "rules": partner.rules,
    });
    Change { subject: "partner", subject_id: partner.id, kind, author: Some(by), body }
}

/// Keeps a new partner, and who set it up.
///
/// # Errors
/// When the database fails.
pub async fn add_partner(tx: &Tx, partner: &Partner, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = format!(
        "insert into partners ({PARTNER}, made_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
         $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)"
    );
    let mut values = values(tx, partner)?;
    values.push(Value::from(by));
    tx.execute(&sql, values).await?;
    people::store::record(tx, &change("partner_added", partner, by), now).await
}

fn values(tx: &Tx, partner: &Partner) -> Result<Vec<Value>, DbError> {
    Ok(params![
        partner.id,
        &partner.name,
        &partner.contact,
        &partner.discovery,
        &partner.url,
        partner.format.word(),
        &partner.jurisdiction,
        tx.keep(PARTNER_SECRET, partner.id, &partner.secret.0)?,
        &partner.language,
        partner.takes.word(),
        partner.sends.word(),
        partner.is_told,
        partner.is_active,
        partner.is_exact,
        partner.has_updates,
        &partner.services,
        &partner.rules,
        json!(partner.offers).to_string(),
        partner.updates_until,
        partner.requests_until,
        partner.rules_since,
        partner.looked_at,
        partner.next_at,
        partner.failures,
        &partner.trouble,
        partner.made_at,
        partner.revision
    ])
}

/// Stops the exchange with every partner: a copy of a city speaks to none until somebody starts it again.
///
/// # Errors
/// When the database fails.
pub async fn rest_all(tx: &Tx) -> Result<u64, DbError> {
    tx.execute("update partners set is_active = 0, revision = revision + 1 where is_active = 1", params![]).await
}

/// Saves what somebody changed about a partner; its revision was one less.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn change_partner(tx: &Tx, partner: &Partner, by: Id, now: Moment) -> Result<(), DbError> {
    let columns: Vec<String> =
        PARTNER.split(", ").enumerate().skip(1).map(|(at, name)| format!("{} = ${}", name.trim(), at + 1)).collect();
    let mut values = values(tx, partner)?;
    values.push(Value::from(partner.revision - 1));
    let sql = format!("update partners set {} where id = $1 and revision = $28", columns.join(", "));
    if tx.execute(&sql, values).await? == 0 {
        return Err(DbError::Stale);
    }
    people::store::record(tx, &change("partner_changed", partner, by), now).await
}

/// Notes what was found out about a partner, or what was in the way.
///
/// # Errors
/// When the database fails.
pub async fn looked(
    tx: &Tx,
    partner: Id,
    found: Result<&super::asking::Looked, &str>,
    now: Moment,
) -> Result<(), DbError> {
    match found {
        Ok(found) => {
            let sql = "update partners set url = $2, offers = $3, is_exact = $4, has_updates = $5, looked_at = $6, next_at = $6, failures = 0, \
                       trouble = '', revision = revision + 1 where id = $1";
            let offers = json!(found.offers).to_string();
            tx.execute(sql, params![partner, &found.url, offers, found.is_exact, found.has_updates, now]).await?;
        }
        Err(trouble) => {
            let sql = "update partners set trouble = $2, looked_at = $3 where id = $1";
            tx.execute(sql, params![partner, trouble, now]).await?;
        }
    }
    Ok(())
}

/// Notes how asking a partner for news went, and to which moments its news are read. A moment moves only forward, unless somebody set it
/// back meanwhile: what was set back is read again.
///
/// # Errors
/// When the database fails.
pub async fn polled(
    tx: &Tx,
    before: &Partner,
    updates_until: Moment,
    requests_until: Moment,
    (failures, trouble): (i64, &str),
    next_at: Moment,
) -> Result<(), DbError> {
    let sql = "update partners set updates_until_at = case when updates_until_at < $2 then updates_until_at else $3 end, \
               requests_until_at = $4, failures = $5, trouble = $6, next_at = $7 where id = $1";
    let values = params![before.id, before.updates_until, updates_until, requests_until, failures, trouble, next_at];
    tx.execute(sql, values).await.map(drop)
}

/// Takes the turn of asking a partner for news, so that of several programs one does; false when it is not due.
///
/// # Errors
/// When the database fails.
pub async fn take_turn(tx: &Tx, partner: Id, now: Moment, until: Moment) -> Result<bool, DbError> {
    let sql = "update partners set next_at = $3 where id = $1 and next_at <= $2";
    Ok(tx.execute(sql, params![partner, now, until]).await? == 1)
}

/// A report that two systems know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Its number here.
    pub id: Id,
    /// The partner.
    pub partner: Id,
    /// The report.
    pub report: Id,
    /// The case from whose page it was sent.
    pub case: Option<Id>,
    /// Who had it first.
    pub way: Way,
    /// Our reference in what was sent.
    pub reference: String,
    /// Its number there.
    pub theirs: Option<String>,
    /// The token by which that is asked for.
    pub token: Option<String>,
    /// The last status that was heard of it.
    pub status: String,
    /// The last notes.
    pub status_notes: String,
    /// Until when it is followed.
    pub followed_until: Moment,
    /// Since when.
    pub made_at: Moment,
}

const EXCHANGE: &str = "e.id, e.partner_id, e.report_id, e.case_id, e.way, e.reference, e.theirs, e.token, e.status, e.status_notes, \
     e.followed_until_at, e.made_at";

fn read_exchange(row: &Row) -> Result<Exchange, DbError> {
    exchange_at(row, 0)
}

/// Reads an exchange whose columns begin at one.
fn exchange_at(row: &Row, from: usize) -> Result<Exchange, DbError> {
    let way: String = row.get(from + 4)?;
    Ok(Exchange {
        id: row.get(from)?,
        partner: row.get(from + 1)?,
        report: row.get(from + 2)?,
        case: row.get(from + 3)?,
        way: word(Way::parse(&way), &way)?,
        reference: row.get(from + 5)?,
        theirs: row.get(from + 6)?,
        token: row.get(from + 7)?,
        status: row.get(from + 8)?,
        status_notes: row.get(from + 9)?,
        followed_until: row.get(from + 10)?,
        made_at: row.get(from + 11)?,
    })
}

/// One exchange.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn exchange(tx: &Tx, id: Id) -> Result<Exchange, Error> {
    let sql = format!("select {EXCHANGE} from exchanges e where e.id = $1");
    let row = tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?;
    Ok(read_exchange(&row)?)
}

/// The exchange of a report with a partner.
///
/// # Errors
/// When the database fails.
pub async fn of_report(tx: &Tx, partner: Id, report: Id) -> Result<Option<Exchange>, DbError> {
    let sql = format!("select {EXCHANGE} from exchanges e where e.partner_id = $1 and e.report_id = $2");
    tx.query_opt(&sql, params![partner, report]).await?.as_ref().map(read_exchange).transpose()
}

/// The exchange that has this number there.
///
/// # Errors
/// When the database fails.
pub async fn of_theirs(tx: &Tx, partner: Id, theirs: &str) -> Result<Option<Exchange>, DbError> {
    let sql = format!("select {EXCHANGE} from exchanges e where e.partner_id = $1 and e.theirs = $2");
    tx.query_opt(&sql, params![partner, theirs]).await?.as_ref().map(read_exchange).transpose()
}

/// The references of what was sent to a partner and has no number there yet.
///
/// # Errors
/// When the database fails.
pub async fn unnumbered(tx: &Tx, partner: Id) -> Result<Vec<String>, DbError> {
    let sql = "select reference from exchanges where partner_id = $1 and way = 'sent' and theirs is null";
    tx.query(sql, params![partner]).await?.iter().map(|row| row.get(0)).collect()
}

/// What is exchanged with a partner, has a number there and is followed.
///
/// # Errors
/// When the database fails.
pub async fn followed(tx: &Tx, partner: Id, now: Moment) -> Result<Vec<Exchange>, DbError> {
    let sql = format!(
        "select {EXCHANGE} from exchanges e where e.partner_id = $1 and e.followed_until_at > $2 and e.theirs is not null order by e.id"
    );
    tx.query(&sql, params![partner, now]).await?.iter().map(read_exchange).collect()
}

async fn record(
    tx: &Tx,
    exchange: Id,
    kind: &str,
    by: Option<Id>,
    now: Moment,
    body: serde_json::Value,
) -> Result<Id, DbError> {
    let (subject, kind) = (SUBJECT, kind.to_owned());
    let fact = Fact { subject, subject_id: exchange, kind, is_public: false, author: by, at: now, body };
    timeline::store::record(tx, &fact).await
}

/// Begins an exchange: its row, what goes out first, its mark on the page of the case, and what the citizen reads.
///
/// # Errors
/// When the database fails; [`DbError::NotUnique`] when the report is exchanged with this partner already.
pub async fn send_on(
    tx: &Tx,
    partner: &Partner,
    exchange: &Exchange,
    body: &[(String, String)],
    by: Option<Id>,
    now: Moment,
) -> Result<(), DbError> {
    add(tx, exchange, by).await?;
    put(tx, exchange, Kind::Request, 0, body, now).await?;
    record(
        tx,
        exchange.id,
        "exchange_began",
        by,
        now,
        json!({ "report": exchange.report.to_string(), "partner": partner.name }),
    )
    .await?;
    if let Some(case) = exchange.case {
        let sql = "insert into case_marks (case_id, kind, subject_id, number, count, since_at) values ($1, 'exchange', $2, $3, 1, $4)";
        tx.execute(sql, params![case, exchange.id, &partner.name, now]).await?;
    }
    let body = json!({ "note": partner.name, "exchange": exchange.id.to_string() });
    reports::store::record(tx, exchange.report, "passed_on", true, by, now, body).await
}

/// Keeps the row of an exchange.
///
/// # Errors
/// As [`send_on`].
pub async fn add(tx: &Tx, exchange: &Exchange, by: Option<Id>) -> Result<(), DbError> {
    let sql = "insert into exchanges (id, partner_id, report_id, case_id, way, reference, theirs, token, status, status_notes, told_from, \
               followed_until_at, made_at, made_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values = params![
        exchange.id,
        exchange.partner,
        exchange.report,
        exchange.case,
        exchange.way.word(),
        &exchange.reference,
        exchange.theirs.clone(),
        exchange.token.clone(),
        &exchange.status,
        &exchange.status_notes,
        exchange.id,
        exchange.followed_until,
        exchange.made_at,
        by
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes down something that is to go out, behind everything that was written down for this exchange before; said twice, once.
///
/// # Errors
/// When the database fails.
pub async fn put(
    tx: &Tx,
    exchange: &Exchange,
    kind: Kind,
    fact: Id,
    body: &[(String, String)],
    now: Moment,
) -> Result<bool, DbError> {
    let sql = "insert into exchange_outbox (id, exchange_id, partner_id, kind, fact_id, body, state, tries, next_at, trouble, made_at, revision) \
               values ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, '', $7, 0) on conflict (exchange_id, fact_id) do nothing";
    let body = json!(body).to_string();
    let values = params![id::fresh(), exchange.id, exchange.partner, kind.word(), fact, body, now];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Something that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub id: Id,
    /// The exchange it belongs to.
    pub exchange: Id,
    /// What it is.
    pub kind: Kind,
    /// What is posted.
    pub body: Vec<(String, String)>,
    /// How far it has come.
    pub state: State,
    /// How often it was tried.
    pub tries: i64,
    /// When it first left without an answer.
    pub unsure_at: Option<Moment>,
    /// When something is done again.
    pub next_at: Moment,
    /// What is in the way.
    pub trouble: String,
    /// Its number there.
    pub theirs: Option<String>,
    /// When it was written down.
    pub made_at: Moment,
    /// When it arrived, or was given up.
    pub done_at: Option<Moment>,
    /// Counts its changes.
    pub revision: i64,
}

const ITEM: &str = "o.id, o.exchange_id, o.kind, o.body, o.state, o.tries, o.unsure_at, o.next_at, o.trouble, o.theirs, o.made_at, \
     o.done_at, o.revision";

fn read_item(row: &Row) -> Result<Item, DbError> {
    let (kind, body, state): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
    Ok(Item {
        id: row.get(0)?,
        exchange: row.get(1)?,
        kind: word(Kind::parse(&kind), &kind)?,
        body: serde_json::from_str(&body).map_err(|error| DbError::Row(error.to_string()))?,
        state: word(State::parse(&state), &state)?,
        tries: row.get(5)?,
        unsure_at: row.get(6)?,
        next_at: row.get(7)?,
        trouble: row.get(8)?,
        theirs: row.get(9)?,
        made_at: row.get(10)?,
        done_at: row.get(11)?,
        revision: row.get(12)?,
    })
}

/// What is due for a partner: of each exchange the first that is not done, when its moment has come.
///
/// # Errors
/// When the database fails.
pub async fn due(tx: &Tx, partner: Id, now: Moment, most: usize) -> Result<Vec<Item>, DbError> {
    let sql = format!(
        "select {ITEM} from exchange_outbox o where o.partner_id = $1 and o.state not in ('done', 'given_up') and o.state <> 'failed' \
         and o.next_at <= $2 \
         and not exists (select 1 from exchange_outbox b where b.partner_id = $1 and b.exchange_id = o.exchange_id and b.id < o.id \
         and b.state not in ('done', 'given_up')) order by o.next_at, o.id limit $3"
    );
    tx.query(&sql, params![partner, now, most]).await?.iter().map(read_item).collect()
}

/// Takes something to be worked on: until `until` nobody else does. What is to be sent counts as unsure from now on. False when
/// somebody was faster.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &Tx, item: &Item, is_sent: bool, until: Moment, now: Moment) -> Result<bool, DbError> {
    let (state, unsure_at) = match is_sent {
        true => (State::Unsure, Some(item.unsure_at.unwrap_or(now))),
        false => (item.state, item.unsure_at),
    };
    let sql = "update exchange_outbox set state = $3, unsure_at = $4, next_at = $5, tries = tries + 1, revision = revision + 1 \
               where id = $1 and revision = $2";
    let values = params![item.id, item.revision, state.word(), unsure_at, until];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Notes what came of something, when nobody has taken it over meanwhile: its revision is the one after [`claim`].
///
/// # Errors
/// When the database fails.
pub async fn settle(
    tx: &Tx,
    partner: &Partner,
    exchange: &Exchange,
    item: &Item,
    next: &Next,
    (theirs, token): (Option<&str>, Option<&str>),
    now: Moment,
) -> Result<bool, DbError> {
    let done_at = (next.state == State::Done).then_some(now);
    let sql = "update exchange_outbox set state = $3, unsure_at = $4, next_at = $5, trouble = $6, theirs = coalesce($7, theirs), done_at = $8, \
               revision = revision + 1 where id = $1 and revision = $2";
    let values =
        params![item.id, item.revision + 1, next.state.word(), next.unsure_at, next.at, &next.trouble, theirs, done_at];
    if tx.execute(sql, values).await? == 0 {
        return Ok(false);
    }
    if item.kind == Kind::Request {
        if let Some(token) = token {
            tx.execute("update exchanges set token = $2 where id = $1", params![exchange.id, token]).await?;
        }
        if let Some(theirs) = theirs.filter(|theirs| !theirs.is_empty()) {
            tx.execute("update exchanges set theirs = $2 where id = $1", params![exchange.id, theirs]).await?;
            // What was told there before we knew the number is read again.
            let sql = "update partners set updates_until_at = $2 where id = $1 and updates_until_at > $2";
            tx.execute(sql, params![partner.id, exchange.made_at]).await?;
        }
    }
    let kind = match next.state {
        State::Done => "exchange_arrived",
        State::Failed => "exchange_failed",
        // What only waits is no news.
        _ => return Ok(true),
    };
    let body =
        json!({ "item": item.id.to_string(), "kind": item.kind.word(), "theirs": theirs, "trouble": next.trouble });
    record(tx, exchange.id, kind, None, now, body).await?;
    Ok(true)
}

/// A public fact that a partner is to be told.
#[derive(Debug, Clone)]
pub struct News {
    /// The exchange.
    pub exchange: Exchange,
    /// The fact.
    pub fact: Id,
    /// Its kind.
    pub kind: String,
    /// When.
    pub at: Moment,
    /// What else is known.
    pub body: serde_json::Value,
    /// The kind and reason of the fact by which the report stood as it did then.
    pub standing: (String, String),
}

/// What else than the moving of a report is told.
const TOLD: [&str; 4] = ["words_added", "urged", "reopen_asked", "partner_told"];

/// What happened to the reports that a partner knows and was not written down for it yet, oldest first. What came from it is not told to
/// it.
///
/// # Errors
/// When the database fails.
pub async fn news(tx: &Tx, partner: Id, now: Moment, most: usize) -> Result<Vec<News>, DbError> {
    let quoted = |words: &[&str]| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let moving: Vec<&str> = MOVING.into_iter().filter(|kind| !matches!(*kind, "submitted" | "imported")).collect();
    let told: Vec<&str> = moving.iter().copied().chain(TOLD).collect();
    let sql = format!(
        "select {EXCHANGE}, f.id, f.kind, f.at, f.body, m.kind, m.body from exchanges e join facts f on f.subject = 'report' \
         and f.subject_id = e.report_id and f.id > e.told_from and f.is_public = 1 and f.kind in ({}) \
         left join facts m on m.id = (select g.id from facts g where g.subject = 'report' and g.subject_id = e.report_id and g.id <= f.id \
         and g.kind in ({}) order by g.id desc limit 1) \
         where e.partner_id = $1 and e.followed_until_at > $2 \
         and not exists (select 1 from exchange_outbox o where o.exchange_id = e.id and o.fact_id = f.id) \
         and not exists (select 1 from exchange_taken t where t.fact_id = f.id and t.partner_id = $1) order by f.id limit $3",
        quoted(&told),
        quoted(&MOVING),
    );
    let read = |row: &Row| {
        let body = |at: usize| -> Result<serde_json::Value, DbError> {
            let text: Option<String> = row.get(at)?;
            Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
        };
        let standing: Option<String> = row.get(16)?;
        let reason = body(17)?.get("reason").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        Ok(News {
            exchange: read_exchange(row)?,
            fact: row.get(12)?,
            kind: row.get(13)?,
            at: row.get(14)?,
            body: body(15)?,
            standing: (standing.unwrap_or_default(), reason),
        })
    };
    tx.query(&sql, params![partner, now, most]).await?.iter().map(read).collect()
}

/// Reports that were taken on since a moment: each with the fact's moment, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn taken_on(tx: &Tx, partner: Id, since: Moment, most: usize) -> Result<Vec<(Id, Moment)>, DbError> {
    let sql = "select f.subject_id, f.at from facts f where f.kind = 'report_accepted' and f.at >= $2 and f.subject = 'report' \
               and not exists (select 1 from exchanges e where e.partner_id = $1 and e.report_id = f.subject_id) \
               order by f.at, f.subject_id limit $3";
    let rows = tx.query(sql, params![partner, since, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Notes to which moment reports were looked at by the rules.
///
/// # Errors
/// When the database fails.
pub async fn ruled_until(tx: &Tx, partner: Id, at: Moment) -> Result<(), DbError> {
    tx.execute("update partners set rules_since_at = $2 where id = $1 and rules_since_at < $2", params![partner, at])
        .await
        .map(drop)
}

/// Whether something of an exchange may have arrived without that we know it.
///
/// # Errors
/// When the database fails.
pub async fn is_unsure(tx: &Tx, exchange: Id) -> Result<bool, DbError> {
    let sql = "select 1 from exchange_outbox where exchange_id = $1 and state = 'unsure' limit 1";
    Ok(tx.query_opt(sql, params![exchange]).await?.is_some())
}

/// Whether something that a partner tells is what we told it: by its number there, or, of what was taken without telling one, by its words.
///
/// # Errors
/// When the database fails.
pub async fn is_ours(tx: &Tx, exchange: Id, update: &str, words: &str) -> Result<bool, DbError> {
    let sql = "select id, coalesce(theirs, ''), body from exchange_outbox where exchange_id = $1 and kind = 'update' and state = 'done' order by id";
    let mut same = None;
    for row in tx.query(sql, params![exchange]).await? {
        let (item, theirs, body): (Id, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if theirs == update {
            return Ok(true);
        }
        let body: Vec<(String, String)> = serde_json::from_str(&body).unwrap_or_default();
        let said = body.iter().find(|(name, _)| name == "description").map(|(_, said)| said.trim());
        if theirs.is_empty()
            && same.is_none()
            && said.is_some_and(|said| !said.is_empty() && words.trim().ends_with(said))
        {
            same = Some(item);
        }
    }
    if let Some(item) = same {
        tx.execute("update exchange_outbox set theirs = $2 where id = $1", params![item, update]).await?;
    }
    Ok(same.is_some())
}

/// Notes that an update of a partner came in; false when it came before.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &Tx, exchange: &Exchange, update: &str, now: Moment) -> Result<bool, DbError> {
    let sql = "insert into exchange_taken (partner_id, update_id, exchange_id, fact_id, at) values ($1, $2, $3, 0, $4) \
               on conflict (partner_id, update_id) do nothing";
    Ok(tx.execute(sql, params![exchange.partner, update, exchange.id, now]).await? == 1)
}

/// Records what a partner tells of a report, and under which number.
///
/// # Errors
/// When the database fails.
pub async fn tell(
    tx: &Tx,
    exchange: &Exchange,
    update: &str,
    kind: &str,
    body: serde_json::Value,
    now: Moment,
) -> Result<(), DbError> {
    let (subject, kind) = ("report", kind.to_owned());
    let fact = Fact { subject, subject_id: exchange.report, kind, is_public: true, author: None, at: now, body };
    let fact = timeline::store::record(tx, &fact).await?;
    let sql = "update exchange_taken set fact_id = $3 where partner_id = $1 and update_id = $2";
    tx.execute(sql, params![exchange.partner, update, fact]).await.map(drop)
}

/// Notes how a report stands there, and follows it further.
///
/// # Errors
/// When the database fails.
pub async fn heard(tx: &Tx, exchange: Id, status: &str, notes: &str, followed_until: Moment) -> Result<(), DbError> {
    let sql = "update exchanges set status = case when $2 = '' then status else $2 end, status_notes = case when $3 = '' then status_notes \
               else $3 end, followed_until_at = case when followed_until_at < $4 then $4 else followed_until_at end where id = $1";
    tx.execute(sql, params![exchange, status, notes, followed_until]).await.map(drop)
}

/// Notes that a request of a partner could not become a report, and why.
///
/// # Errors
/// When the database fails.
pub async fn stray(tx: &Tx, partner: Id, theirs: &str, trouble: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into exchange_strays (partner_id, theirs, trouble, at) values ($1, $2, $3, $4) \
               on conflict (partner_id, theirs) do update set trouble = excluded.trouble";
    tx.execute(sql, params![partner, theirs, trouble, now]).await.map(drop)
}

/// A request that could not become a report: its number there, why, and since when.
pub type Stray = (String, String, Moment);

/// What could not be taken from a partner, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn strays(tx: &Tx, partner: Id) -> Result<Vec<Stray>, DbError> {
    let sql =
        "select theirs, trouble, at from exchange_strays where partner_id = $1 order by at desc, theirs limit 100";
    let rows = tx.query(sql, params![partner]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Has what could not be taken tried again: it is forgotten, and read again from the moment it first came.
///
/// # Errors
/// When the database fails.
pub async fn forget_strays(tx: &Tx, partner: Id, by: Id, now: Moment) -> Result<(), DbError> {
    let row =
        tx.query_one("select count(*), min(at) from exchange_strays where partner_id = $1", params![partner]).await?;
    let (count, first): (i64, Option<Moment>) = (row.get(0)?, row.get(1)?);
    let Some(first) = first else { return Ok(()) };
    tx.execute("delete from exchange_strays where partner_id = $1", params![partner]).await?;
    // It had come in within what reaches back from the moment at which it was read.
    let sql = "update partners set requests_until_at = $2, next_at = 0 where id = $1 and requests_until_at > $2";
    tx.execute(sql, params![partner, first]).await?;
    let body = json!({ "count": count });
    let change = Change { subject: "partner", subject_id: partner, kind: "strays_again", author: Some(by), body };
    people::store::record(tx, &change, now).await
}

/// Something that goes out, as the list shows it: with its exchange, the partner's name, and the report's number.
#[derive(Debug, Clone)]
pub struct Line {
    /// It itself.
    pub item: Item,
    /// Its exchange.
    pub exchange: Exchange,
    /// The partner's name.
    pub partner: String,
}

const LINE_FROM: &str =
    "exchange_outbox o join exchanges e on e.id = o.exchange_id join partners p on p.id = o.partner_id";

fn read_line(row: &Row) -> Result<Line, DbError> {
    Ok(Line { item: read_item(row)?, exchange: exchange_at(row, 13)?, partner: row.get(25)? })
}

/// What was refused, then what waits although it was tried or may have arrived, the earliest first.
///
/// # Errors
/// When the database fails.
pub async fn troubled(tx: &Tx, most: usize) -> Result<Vec<Line>, DbError> {
    let sql = format!(
        "select {ITEM}, {EXCHANGE}, p.name from {LINE_FROM} where o.state not in ('done', 'given_up') and (o.state = 'failed' or o.tries > 0) \
         order by case when o.state = 'failed' then 0 else 1 end, o.id limit $1"
    );
    tx.query(&sql, params![most]).await?.iter().map(read_line).collect()
}

/// What last went out, or is about to, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn recent(tx: &Tx, most: usize) -> Result<Vec<Line>, DbError> {
    let sql = format!("select {ITEM}, {EXCHANGE}, p.name from {LINE_FROM} order by o.made_at desc, o.id desc limit $1");
    tx.query(&sql, params![most]).await?.iter().map(read_line).collect()
}

/// How many were refused.
///
/// # Errors
/// When the database fails.
pub async fn failed(tx: &Tx) -> Result<i64, DbError> {
    tx.query_one(
        "select count(*) from exchange_outbox where state not in ('done', 'given_up') and state = 'failed'",
        params![],
    )
    .await?
    .get(0)
}

/// What went out and goes out of an exchange, in its order.
///
/// # Errors
/// When the database fails.
pub async fn items(tx: &Tx, exchange: Id) -> Result<Vec<Item>, DbError> {
    let sql = format!("select {ITEM} from exchange_outbox o where o.exchange_id = $1 order by o.id");
    tx.query(&sql, params![exchange]).await?.iter().map(read_item).collect()
}

/// What came in of an exchange: its number there, and the fact that it became.
///
/// # Errors
/// When the database fails.
pub async fn taken(tx: &Tx, exchange: Id) -> Result<Vec<(String, Moment, serde_json::Value)>, DbError> {
    let sql = "select t.update_id, t.at, f.body from exchange_taken t join facts f on f.id = t.fact_id where t.exchange_id = $1 order by f.id";
    let rows = tx.query(sql, params![exchange]).await?;
    let read = |row: &Row| {
        let body: String = row.get(2)?;
        Ok((row.get(0)?, row.get(1)?, serde_json::from_str(&body).unwrap_or_default()))
    };
    rows.iter().map(read).collect()
}

/// Has everything of an exchange that waits or was refused tried again now.
///
/// # Errors
/// When the database fails.
pub async fn retry(tx: &Tx, exchange: Id, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "update exchange_outbox set state = case when state = 'failed' then 'waiting' else state end, next_at = $2, \
               revision = revision + 1 where exchange_id = $1 and state not in ('done', 'given_up')";
    if tx.execute(sql, params![exchange, now]).await? > 0 {
        record(tx, exchange, "exchange_retried", Some(by), now, json!({})).await?;
    }
    Ok(())
}

/// Gives up what is in the way: the first that is not done. Without the request itself nothing of it can be told, so then all goes, and
/// the exchange is over.
///
/// # Errors
/// [`Error::NotFound`] when nothing is left to give up; when the database fails.
pub async fn give_up(tx: &Tx, exchange: Id, reason: &str, by: Id, now: Moment) -> Result<(), Error> {
    let left = items(tx, exchange).await?.into_iter().find(|item| !matches!(item.state, State::Done | State::GivenUp));
    let item = left.ok_or(Error::NotFound)?;
    let is_all = item.kind == Kind::Request;
    let which = if is_all { "exchange_id = $1" } else { "id = $1" };
    let sql = format!(
        "update exchange_outbox set state = 'given_up', done_at = $2, done_by = $3, revision = revision + 1 where {which} \
         and state not in ('done', 'given_up')"
    );
    tx.execute(&sql, params![if is_all { exchange } else { item.id }, now, by]).await?;
    if is_all {
        tx.execute("update exchanges set followed_until_at = 0 where id = $1", params![exchange]).await?;
        tx.execute("delete from case_marks where kind = 'exchange' and subject_id = $1", params![exchange]).await?;
    }
    let body = json!({ "item": item.id.to_string(), "kind": item.kind.word(), "reason": reason });
    record(tx, exchange, "exchange_given_up", Some(by), now, body).await?;
    Ok(())
}

/// How many exchanges there are with each partner, and how many of what goes out were refused or wait.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx) -> Result<Vec<(Id, i64, i64)>, DbError> {
    let sql = "select p.id, (select count(*) from exchanges e where e.partner_id = p.id), (select count(*) from exchange_outbox o \
               where o.partner_id = p.id and o.state not in ('done', 'given_up')) from partners p";
    tx.query(sql, params![]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}
