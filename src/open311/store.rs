//! The room's tables, and what it reads of reports, their cases and facts.

use super::filter::{Code, Listing};
use super::status::{MOVING, OF_CITIZENS};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people;
use crate::people::store::Change;
use crate::reports::report::{Source, Stage};
use crate::timeline;
use crate::timeline::fact::Fact;
use serde_json::json;

/// A report as the interface tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its number.
    pub id: Id,
    /// Its words, unmasked.
    pub words: String,
    /// Degrees east.
    pub lon: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// The address as it was written.
    pub address: String,
    /// The unit grid.
    pub cell: String,
    /// The areas' names.
    pub area: String,
    /// `event`, `component` or nothing.
    pub kind: String,
    /// The sub-class, or nothing.
    pub code: String,
    /// The name that another system gave.
    pub category: String,
    /// Its photos.
    pub photos: Vec<String>,
    /// How far it has come.
    pub stage: Stage,
    /// When it came in.
    pub received_at: Moment,
    /// When it ended.
    pub closed_at: Option<Moment>,
    /// When it is promised to be solved.
    pub due_at: Option<Moment>,
    /// How many follow it.
    pub followers: i64,
    /// Who reported.
    pub source: Source,
    /// The department's name in Chinese and in English.
    pub department: Option<(String, String)>,
    /// What was last told of it: kind, body and moment.
    pub last: Option<(String, String, Moment)>,
}

const COLUMNS: &str = "r.id, r.words, r.lon, r.lat, r.address, r.grid_code, r.area_name, r.kind, r.category_code, r.category_name, \
     r.photos, r.stage, r.received_at, r.closed_at, r.due_at, r.followers, c.id, c.due_at, d.name_zh, d.name_en, n.kind, n.body, n.at, \
     r.source";

/// What is read with a report: its case, whose that is, and the last thing that its citizen was told.
fn joined() -> String {
    format!(
        "reports r left join facts n on n.id = (select g.id from facts g where g.subject = 'report' and g.subject_id = r.id \
         and g.is_public = 1 and g.kind not in ({}) order by g.id desc limit 1) left join cases c on c.id = r.case_id \
         left join departments d on d.id = c.department_id",
        quoted(&OF_CITIZENS)
    )
}

/// Words of our own as a list in a statement.
fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

fn read(row: &Row) -> Result<Told, DbError> {
    let (photos, stage): (String, String) = (row.get(10)?, row.get(11)?);
    let (case, case_due): (Option<Id>, Option<Moment>) = (row.get(16)?, row.get(17)?);
    let due: Option<Moment> = row.get(14)?;
    let department: Option<(String, String)> = match row.get(18)? {
        Some(zh) => Some((zh, row.get(19)?)),
        None => None,
    };
    let last = match row.get::<Option<String>>(20)? {
        Some(kind) => Some((kind, row.get(21)?, row.get(22)?)),
        None => None,
    };
    let stage = Stage::parse(&stage).ok_or_else(|| DbError::Row(format!("unknown stage {stage}")))?;
    // Opened again, a case promises nothing until it is given away anew.
    let is_promised = !stage.is_ended() && (case.is_none() || case_due.is_some());
    Ok(Told {
        id: row.get(0)?,
        words: row.get(1)?,
        lon: row.get(2)?,
        lat: row.get(3)?,
        address: row.get(4)?,
        cell: row.get(5)?,
        area: row.get(6)?,
        kind: row.get(7)?,
        code: row.get(8)?,
        category: row.get(9)?,
        photos: photos.split_whitespace().map(str::to_owned).collect(),
        stage,
        received_at: row.get(12)?,
        closed_at: row.get(13)?,
        due_at: due.filter(|_| is_promised),
        followers: row.get(15)?,
        source: {
            let source: String = row.get(23)?;
            Source::parse(&source).ok_or_else(|| DbError::Row(format!("unknown source {source}")))?
        },
        department,
        last,
    })
}

/// The conditions of a list with their values.
fn conditions(listing: &Listing) -> (String, Vec<Value>) {
    let mut params: Vec<Value> = Vec::new();
    let mut all: Vec<String> = Vec::new();
    let mut put = |value: Value| {
        params.push(value);
        format!("${}", params.len())
    };
    if let Some(ids) = &listing.ids {
        let marks: Vec<String> = ids.iter().map(|id| put((*id).into())).collect();
        // No report has this number.
        let marks = if marks.is_empty() { "-1".to_owned() } else { marks.join(", ") };
        return (format!("r.id in ({marks})"), params);
    }
    all.push(format!("r.received_at >= {}", put(listing.from.into())));
    all.push(format!("r.received_at <= {}", put(listing.until.into())));
    if !listing.codes.is_empty() {
        let one = |code: &Code| match code {
            Code::SubClass(kind, code) => {
                format!("(r.category_code = {} and r.kind = {})", put(code.into()), put(kind.into()))
            }
            Code::Other => "r.category_code = ''".to_owned(),
        };
        let any: Vec<String> = listing.codes.iter().map(one).collect();
        all.push(format!("({})", any.join(" or ")));
    }
    if let Some(is_open) = listing.is_open {
        let stages: Vec<&str> =
            Stage::ALL.iter().filter(|stage| stage.is_ended() != is_open).map(|stage| stage.word()).collect();
        all.push(format!("r.stage in ({})", quoted(&stages)));
    }
    if !listing.area.is_empty() {
        let area = put((&listing.area).into());
        all.push(format!("(r.street_code = {area} or r.community_code = {area} or r.district_code = {area})"));
    }
    if let Some([west, south, east, north]) = listing.within {
        all.push(format!("r.lat >= {} and r.lat <= {}", put(south.into()), put(north.into())));
        all.push(format!("r.lon >= {} and r.lon <= {}", put(west.into()), put(east.into())));
    }
    if let Some((from, until)) = listing.updated {
        // Who was told something within the span is among them; whoever was told more since is not.
        let (from, until) = (put(from.into()), put(until.into()));
        all.push(format!(
            "(r.id in (select f.subject_id from facts f where f.subject = 'report' and f.is_public = 1 and f.at > {from} \
             and f.at <= {until}) and coalesce(n.at, r.received_at) > {from} and coalesce(n.at, r.received_at) <= {until})"
        ));
    }
    if !listing.words.is_empty() {
        let mut pattern = listing.words.to_lowercase();
        for special in ['\\', '%', '_'] {
            pattern = pattern.replace(special, &format!("\\{special}"));
        }
        let pattern = put(format!("%{pattern}%").into());
        all.push(format!("(lower(r.words) like {pattern} escape '\\' or lower(r.address) like {pattern} escape '\\')"));
    }
    (all.join(" and "), params)
}

/// What [`list`] asks.
pub fn statement(listing: &Listing) -> (String, Vec<Value>) {
    let (mut all, mut params) = conditions(listing);
    if let Some((at, id)) = listing.after {
        params.push(at.into());
        params.push(id.into());
        all = format!("{all} and (r.received_at, r.id) < (${}, ${})", params.len() - 1, params.len());
    }
    // Few different statements, so that each is prepared once.
    let wanted = listing.rows + 1;
    let limit = [11, 26, 51, 101, 251, 501, 1001].into_iter().find(|limit| *limit >= wanted).unwrap_or(wanted);
    let skip = if listing.skip == 0 { String::new() } else { format!(" offset {}", listing.skip) };
    let sql = format!(
        "select {COLUMNS} from {} where {all} order by r.received_at desc, r.id desc limit {limit}{skip}",
        joined()
    );
    (sql, params)
}

/// The reports that are asked for, newest first, one more than wanted when there are more: one statement.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, listing: &Listing) -> Result<Vec<Told>, DbError> {
    let (sql, params) = statement(listing);
    let rows = tx.query(&sql, params).await?;
    rows.iter().take(listing.rows + 1).map(read).collect()
}

/// How many there are, as far as [`MOST_COUNTED`].
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &Tx, listing: &Listing) -> Result<i64, DbError> {
    let (all, params) = conditions(listing);
    let from = if listing.updated.is_some() { joined() } else { "reports r".to_owned() };
    let sql = format!("select count(*) from (select 1 as one from {from} where {all} limit {MOST_COUNTED}) counted");
    tx.query_one(&sql, params).await?.get(0)
}

/// Counting further costs more than it tells.
pub const MOST_COUNTED: i64 = 100_000;

/// The report of a number.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &Tx, id: Id) -> Result<Option<Told>, DbError> {
    let sql = format!("select {COLUMNS} from {} where r.id = $1", joined());
    tx.query_opt(&sql, params![id]).await?.as_ref().map(read).transpose()
}

/// One thing that was told of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The fact's number.
    pub id: Id,
    /// The report's.
    pub report: Id,
    /// Its kind.
    pub kind: String,
    /// When.
    pub at: Moment,
    /// What else is known.
    pub body: serde_json::Value,
    /// The kind and body of the fact by which the report stood as it did then.
    pub standing: (String, serde_json::Value),
}

fn body(text: Option<String>) -> serde_json::Value {
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn read_update(row: &Row) -> Result<Update, DbError> {
    let standing: Option<String> = row.get(5)?;
    Ok(Update {
        id: row.get(0)?,
        report: row.get(1)?,
        kind: row.get(2)?,
        at: row.get(3)?,
        body: body(row.get(4)?),
        standing: (standing.unwrap_or_default(), body(row.get(6)?)),
    })
}

fn updates_from() -> String {
    format!(
        "select f.id, f.subject_id, f.kind, f.at, f.body, m.kind, m.body from facts f \
         left join facts m on m.id = (select g.id from facts g where g.subject = 'report' and g.subject_id = f.subject_id \
         and g.id <= f.id and g.kind in ({}) order by g.id desc limit 1) \
         where f.subject = 'report' and f.is_public = 1 and f.kind not in ('submitted', 'imported')",
        quoted(&MOVING)
    )
}

/// What was told between two moments, oldest first, one more than `rows` when there is more.
///
/// # Errors
/// When the database fails.
pub async fn updates(tx: &Tx, from: Moment, until: Moment, rows: usize, skip: usize) -> Result<Vec<Update>, DbError> {
    let sql = format!(
        "{} and f.at >= $1 and f.at <= $2 order by f.at, f.id limit {} offset {skip}",
        updates_from(),
        rows + 1
    );
    tx.query(&sql, params![from, until]).await?.iter().map(read_update).collect()
}

/// What was told of these reports, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn updates_of(tx: &Tx, reports: &[Id]) -> Result<Vec<Update>, DbError> {
    let mut found = Vec::new();
    for some in reports.chunks(250) {
        let sql =
            format!("{} and f.subject_id in ({}) order by f.subject_id, f.id", updates_from(), slots(0, some.len()));
        let rows = tx.query(&sql, some.iter().map(|id| Value::from(*id)).collect()).await?;
        for row in &rows {
            found.push(read_update(row)?);
        }
    }
    Ok(found)
}

/// A key as the doors read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its number.
    pub id: Id,
    /// Who has it.
    pub name: String,
    /// Whom to call.
    pub contact: String,
    /// The name under which the city must be asked; empty: any.
    pub jurisdiction: String,
    /// How many requests a minute it may make.
    pub per_minute: i64,
    /// Whether it opens the sending of reports.
    pub may_submit: bool,
    /// Whether it opens the sending of updates.
    pub may_update: bool,
    /// Whether it is good for the test endpoint alone.
    pub is_test: bool,
    /// When it was made.
    pub made_at: Moment,
    /// When it was last used.
    pub used_at: Option<Moment>,
    /// When it was taken back.
    pub revoked_at: Option<Moment>,
}

const KEY: &str =
    "id, name, contact, jurisdiction, per_minute, may_submit, may_update, is_test, made_at, used_at, revoked_at";

fn read_key(row: &Row) -> Result<Key, DbError> {
    Ok(Key {
        id: row.get(0)?,
        name: row.get(1)?,
        contact: row.get(2)?,
        jurisdiction: row.get(3)?,
        per_minute: row.get(4)?,
        may_submit: row.get(5)?,
        may_update: row.get(6)?,
        is_test: row.get(7)?,
        made_at: row.get(8)?,
        used_at: row.get(9)?,
        revoked_at: row.get(10)?,
    })
}

/// The key whose secret has this digest, also one that was taken back.
///
/// # Errors
/// When the database fails.
pub async fn key_of(tx: &Tx, hash: &str) -> Result<Option<Key>, DbError> {
    let sql = format!("select {KEY} from api_keys where hash = $1");
    tx.query_opt(&sql, params![hash]).await?.as_ref().map(read_key).transpose()
}

/// All keys, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn keys(tx: &Tx) -> Result<Vec<Key>, DbError> {
    let sql = format!("select {KEY} from api_keys order by id desc");
    tx.query(&sql, params![]).await?.iter().map(read_key).collect()
}

fn change(kind: &'static str, key: Id, name: &str, by: Id) -> Change {
    Change { subject: "api_key", subject_id: key, kind, author: Some(by), body: json!({ "name": name }) }
}

/// Keeps a new key, and who made it.
///
/// # Errors
/// When the database fails.
pub async fn make_key(tx: &Tx, key: &Key, hash: &str, by: Id) -> Result<(), DbError> {
    tx.execute(
        "insert into api_keys (id, hash, name, contact, jurisdiction, per_minute, may_submit, may_update, is_test, made_at, made_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            key.id,
            hash,
            &key.name,
            &key.contact,
            &key.jurisdiction,
            key.per_minute,
            key.may_submit,
            key.may_update,
            key.is_test,
            key.made_at,
            by
        ],
    )
    .await?;
    people::store::record(tx, &change("made", key.id, &key.name, by), key.made_at).await
}

/// Takes a key back; done twice, the first time counts.
///
/// # Errors
/// [`Error::NotFound`] when there is no such key; when the database fails.
pub async fn revoke_key(tx: &Tx, key: Id, by: Id, now: Moment) -> Result<(), Error> {
    let row = tx.query_opt("select name from api_keys where id = $1", params![key]).await?.ok_or(Error::NotFound)?;
    let name: String = row.get(0)?;
    let sql = "update api_keys set revoked_at = $2, revoked_by = $3 where id = $1 and revoked_at is null";
    if tx.execute(sql, params![key, now, by]).await? == 1 {
        people::store::record(tx, &change("revoked", key, &name, by), now).await?;
    }
    Ok(())
}

/// Notes that a key was used.
///
/// # Errors
/// When the database fails.
pub async fn use_key(tx: &Tx, key: Id, now: Moment) -> Result<(), DbError> {
    tx.execute("update api_keys set used_at = $2 where id = $1", params![key, now]).await.map(drop)
}

/// Keeps by which key a report came, with its token when its number is given later.
///
/// # Errors
/// When the database fails.
pub async fn keep_request(
    tx: &Tx,
    report: Id,
    key: Id,
    (token, said): (Option<&str>, Option<&str>),
    now: Moment,
) -> Result<(), DbError> {
    let sql = "insert into open311_requests (report_id, key_id, token, said, at) values ($1, $2, $3, $4, $5)";
    tx.execute(sql, params![report, key, token, said, now]).await?;
    let body = json!({ "key": key.to_string() });
    crate::reports::store::record(tx, report, "came_by_key", false, None, now, body).await
}

/// The report of a token and where it stands.
///
/// # Errors
/// When the database fails.
pub async fn of_token(tx: &Tx, token: &str) -> Result<Option<(Id, Stage)>, DbError> {
    let sql = "select r.id, r.stage from open311_requests o join reports r on r.id = o.report_id where o.token = $1";
    let Some(row) = tx.query_opt(sql, params![token]).await? else { return Ok(None) };
    let stage: String = row.get(1)?;
    let stage = Stage::parse(&stage).ok_or_else(|| DbError::Row(format!("unknown stage {stage}")))?;
    Ok(Some((row.get(0)?, stage)))
}

/// What was given for a report that came before.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its number.
    pub report: Id,
    /// Its token, if it was given one.
    pub token: Option<String>,
    /// The digest of what it said, if it came with a key against repetitions.
    pub said: Option<String>,
}

/// What was given for a report that came before, by its tracking code.
///
/// # Errors
/// When the database fails.
pub async fn given_before(tx: &Tx, code: &str) -> Result<Option<Given>, DbError> {
    let sql = "select r.id, o.token, o.said from reports r left join open311_requests o on o.report_id = r.id where r.code = $1";
    let row = tx.query_opt(sql, params![code]).await?;
    row.map(|row| Ok(Given { report: row.get(0)?, token: row.get(1)?, said: row.get(2)? })).transpose()
}

/// The number under which an update of this number is told, when it came by this key before.
///
/// # Errors
/// When the database fails.
pub async fn known_update(tx: &Tx, key: Id, update: &str) -> Result<Option<Id>, DbError> {
    let sql = "select fact_id from open311_updates where key_id = $1 and update_id = $2";
    tx.query_opt(sql, params![key, update]).await?.map(|row| row.get(0)).transpose()
}

/// Records what another system tells of a report as words of its citizen, under its number. Answers the fact's number; none
/// when that number came before.
///
/// # Errors
/// When the database fails.
pub async fn keep_update(
    tx: &Tx,
    key: Id,
    update: &str,
    report: Id,
    kind: &str,
    body: serde_json::Value,
    now: Moment,
) -> Result<Option<Id>, DbError> {
    let sql = "insert into open311_updates (key_id, update_id, report_id, fact_id, at) values ($1, $2, $3, 0, $4) \
               on conflict (key_id, update_id) do nothing";
    if tx.execute(sql, params![key, update, report, now]).await? == 0 {
        return Ok(None);
    }
    let kind = kind.to_owned();
    let fact = Fact { subject: "report", subject_id: report, kind, is_public: true, author: None, at: now, body };
    let fact = timeline::store::record(tx, &fact).await?;
    let sql = "update open311_updates set fact_id = $3 where key_id = $1 and update_id = $2";
    tx.execute(sql, params![key, update, fact]).await?;
    Ok(Some(fact))
}
