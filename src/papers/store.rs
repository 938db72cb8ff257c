//! The room's tables.

use super::paper::{Ended, Order, Outcome, Paper, Standing, Voided};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::timeline;
use crate::timeline::fact::Fact;
use jiff::civil::Date;

/// By whom, when, and which civil day that is in the city.
#[derive(Debug, Clone, Copy)]
pub struct Signed {
    /// By whom.
    pub by: Id,
    /// When.
    pub at: Moment,
    /// The civil day: its year is the number's.
    pub on: Date,
}

const COLUMNS: &str = "id, subject, subject_id, kind, year, serial, number, organ, issued_at, issued_on, issued_by, data, code, \
                       digest, voided_at, voided_by, void_reason, changed_by_id, changed_at, revision, outcome";

fn read(row: &Row) -> Result<Paper, DbError> {
    let unreadable = |what: &str| DbError::Row(format!("a paper's {what} cannot be read"));
    let data: String = row.get(11)?;
    let issued_on: String = row.get(9)?;
    let voided = match (row.get::<Option<Moment>>(14)?, row.get::<Option<Id>>(15)?) {
        (Some(at), Some(by)) => Some(Voided { at, by, reason: row.get(16)? }),
        _ => None,
    };
    let (later, since): (Option<Id>, Option<Moment>) = (row.get(17)?, row.get(18)?);
    let outcome: String = row.get(20)?;
    // Papers that were marked before outcomes were kept had been changed.
    let how = Outcome::parse(&outcome).unwrap_or(Outcome::Changed);
    Ok(Paper {
        id: row.get(0)?,
        subject: row.get(1)?,
        subject_id: row.get(2)?,
        kind: row.get(3)?,
        year: row.get(4)?,
        serial: row.get(5)?,
        number: row.get(6)?,
        organ: row.get(7)?,
        issued_at: row.get(8)?,
        issued_on: issued_on.parse().map_err(|_| unreadable("day"))?,
        issued_by: row.get(10)?,
        data: serde_json::from_str(&data).map_err(|_| unreadable("data"))?,
        code: row.get(12)?,
        digest: row.get(13)?,
        voided,
        ended: since.map(|at| Ended { how, later, at }),
        revision: row.get(19)?,
    })
}

async fn record(tx: &Tx, paper: &Paper, kind: &str, signed: Signed, body: serde_json::Value) -> Result<(), DbError> {
    let fact = Fact {
        subject: "paper",
        subject_id: paper.id,
        kind: kind.to_owned(),
        is_public: false,
        author: Some(signed.by),
        at: signed.at,
        body,
    };
    timeline::store::record(tx, &fact).await.map(drop)
}

/// Issues a paper: gives it the next number of its series and year, freezes its data, records the fact. What fails later in
/// the transaction takes the number back with it, so that there are no gaps.
///
/// # Errors
/// `papers-refusal-year` for a day whose year no number can carry; when the database fails.
pub async fn issue(tx: &Tx, order: &Order, signed: Signed) -> Result<Paper, Error> {
    let year = i64::from(signed.on.year());
    let series = order.series();
    let (serial, number) = if series.is_empty() {
        (None, String::new())
    } else {
        let sql = "insert into paper_numbers (series, year, last) values ($1, $2, 1) \
                   on conflict (series, year) do update set last = paper_numbers.last + 1 returning last";
        let serial: i64 = tx.query_one(sql, params![&series, year]).await?.get(0)?;
        let number = u32::try_from(serial)
            .ok()
            .and_then(|serial| order.kind.number(order.mark(), i32::from(signed.on.year()), serial))
            .ok_or_else(|| Refusal::new("papers-refusal-year"))?;
        (Some(serial), number)
    };
    let code = id::tracking_code();
    let paper = Paper {
        id: id::fresh(),
        subject: order.subject.to_owned(),
        subject_id: order.subject_id,
        kind: order.kind.id.clone(),
        year,
        serial,
        organ: order.organ().to_owned(),
        issued_at: signed.at,
        issued_on: signed.on,
        issued_by: signed.by,
        data: order.printed(&number, &code),
        number,
        code,
        digest: None,
        voided: None,
        ended: None,
        revision: 1,
    };
    let sql = "insert into papers (id, subject, subject_id, kind, series, year, serial, number, organ, issued_at, issued_on, \
               issued_by, data, code, void_reason, revision) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', 1)";
    let values = params![
        paper.id,
        &paper.subject,
        paper.subject_id,
        &paper.kind,
        &series,
        year,
        serial,
        &paper.number,
        &paper.organ,
        paper.issued_at,
        paper.issued_on.to_string(),
        paper.issued_by,
        paper.data.to_string(),
        &paper.code,
    ];
    tx.execute(sql, values).await?;
    let body = serde_json::json!({ "kind": &paper.kind, "number": &paper.number, "of": &paper.subject, "of_id": paper.subject_id.to_string() });
    record(tx, &paper, "paper_issued", signed, body).await?;
    for earlier in list(tx, &paper.subject, paper.subject_id).await? {
        // What was changed or revoked before names the paper that says so.
        let waits = earlier.ended.is_some_and(|ended| ended.later.is_none()) && earlier.voided.is_none();
        if waits && earlier.id != paper.id && order.kind.ends.contains(&earlier.kind) {
            let how = earlier.ended.map_or(Outcome::Changed, |ended| ended.how);
            end(tx, earlier.id, how, Some(paper.id), signed).await?;
        }
    }
    Ok(paper)
}

/// The paper of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id) -> Result<Paper, Error> {
    let sql = format!("select {COLUMNS} from papers where id = $1");
    let row = tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?;
    Ok(read(&row)?)
}

/// The papers of a subject, in the order in which they were issued, void ones too.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, subject: &str, subject_id: Id) -> Result<Vec<Paper>, DbError> {
    let sql = format!("select {COLUMNS} from papers where subject = $1 and subject_id = $2 order by id");
    tx.query(&sql, params![subject, subject_id]).await?.iter().map(read).collect()
}

/// The paper of this code, if any.
///
/// # Errors
/// When the database fails.
pub async fn find_by_code(tx: &Tx, code: &str) -> Result<Option<Paper>, DbError> {
    let sql = format!("select {COLUMNS} from papers where code = $1");
    tx.query_opt(&sql, params![code]).await?.as_ref().map(read).transpose()
}

/// Saves a paper that had this revision. What is printed on it never changes.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
async fn save(tx: &Tx, paper: &Paper, revision: i64) -> Result<(), DbError> {
    let sql = "update papers set voided_at = $3, voided_by = $4, void_reason = $5, changed_by_id = $6, changed_at = $7, \
               revision = $8, outcome = $9 where id = $1 and revision = $2";
    let voided = paper.voided.as_ref();
    let values = params![
        paper.id,
        revision,
        voided.map(|voided| voided.at),
        voided.map(|voided| voided.by),
        voided.map_or("", |voided| voided.reason.as_str()),
        paper.ended.and_then(|ended| ended.later),
        paper.ended.map(|ended| ended.at),
        paper.revision,
        paper.ended.map_or("", |ended| ended.how.word()),
    ];
    if tx.execute(sql, values).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// Voids a paper with a reason; its number stays used. `revision` is the one that whoever voids has seen.
///
/// # Errors
/// Refusals of [`Paper::void`]; [`DbError::Stale`] when somebody was faster; [`Error::NotFound`]; when the database fails.
pub async fn void(tx: &Tx, id: Id, revision: i64, signed: Signed, reason: &str) -> Result<Paper, Error> {
    let paper = load(tx, id).await?.void(signed.by, signed.at, reason)?;
    save(tx, &paper, revision).await?;
    let reason = paper.voided.as_ref().map(|voided| voided.reason.clone());
    record(tx, &paper, "paper_voided", signed, serde_json::json!({ "reason": reason })).await?;
    Ok(paper)
}

/// Says what became of what a paper says: whoever checks it reads so at once. `later` is the paper that says it, once there is one.
///
/// # Errors
/// Refusals of [`Paper::end`]; [`Error::NotFound`]; when the database fails.
pub async fn end(tx: &Tx, id: Id, how: Outcome, later: Option<Id>, signed: Signed) -> Result<Paper, Error> {
    let paper = load(tx, id).await?;
    let revision = paper.revision;
    let paper = paper.end(how, later, signed.at)?;
    save(tx, &paper, revision).await?;
    let body = serde_json::json!({ "by": later.map(|later| later.to_string()), "how": how });
    record(tx, &paper, "paper_changed", signed, body).await?;
    Ok(paper)
}

/// Says the same of every paper of these kinds of a subject that counts as it stands: said by the room in the transaction in
/// which it changes or revokes what they say.
///
/// # Errors
/// When the database fails.
pub async fn end_all(
    tx: &Tx,
    subject: &str,
    subject_id: Id,
    kinds: &[&str],
    how: Outcome,
    signed: Signed,
) -> Result<(), Error> {
    for paper in list(tx, subject, subject_id).await? {
        if paper.standing() == Standing::Issued && kinds.contains(&paper.kind.as_str()) {
            end(tx, paper.id, how, None, signed).await?;
        }
    }
    Ok(())
}

/// The paper whose sealed PDF has this digest, if any.
///
/// # Errors
/// When the database fails.
pub async fn find_by_digest(tx: &Tx, digest: &str) -> Result<Option<Paper>, DbError> {
    let sql = format!("select {COLUMNS} from papers where digest = $1");
    tx.query_opt(&sql, params![digest]).await?.as_ref().map(read).transpose()
}

/// Remembers the digest of a paper's PDF, once. Answers the digest that counts.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn seal(tx: &Tx, id: Id, digest: &str) -> Result<String, Error> {
    tx.execute("update papers set digest = $2 where id = $1 and digest is null", params![id, digest]).await?;
    load(tx, id).await?.digest.ok_or(Error::NotFound)
}

/// The papers of a kind that were issued since a moment, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_kind(tx: &Tx, kind: &str, since: Moment) -> Result<Vec<Paper>, DbError> {
    let sql = format!("select {COLUMNS} from papers where kind = $1 and issued_at >= $2 order by id limit 1000");
    tx.query(&sql, params![kind, since]).await?.iter().map(read).collect()
}

/// Which papers a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this year.
    pub year: Option<i64>,
    /// Issued before the paper of this identifier.
    pub after: Option<Id>,
}

/// A page of papers, the newest first, void ones too.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &Tx, filter: &Filter) -> Result<Page<Paper>, DbError> {
    let mut conditions = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut ask = |condition: &str, value: Value| {
        values.push(value);
        conditions.push(format!("{condition} ${}", values.len()));
    };
    if let Some(kind) = &filter.kind {
        ask("kind =", kind.into());
    }
    if let Some(year) = filter.year {
        ask("year =", year.into());
    }
    ask("id <", filter.after.unwrap_or(crate::kit::db::WITHOUT_END).into());
    let sql =
        format!("select {COLUMNS} from papers where {} order by id desc limit {}", conditions.join(" and "), PAGE + 1);
    let rows = tx.query(&sql, values).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(rows, |paper| paper.id.to_string()))
}

/// The series of a kind and year with the last number of each: what lies between 1 and it was issued, all of it.
///
/// # Errors
/// When the database fails.
pub async fn series(tx: &Tx, kind: &str, year: i64) -> Result<Vec<(String, i64, i64)>, DbError> {
    let sql = "select n.series, n.last, (select count(*) from papers p where p.series = n.series and p.year = n.year and \
               p.voided_at is not null) from paper_numbers n where n.year = $2 and n.series in \
               (select p.series from papers p where p.kind = $1 and p.year = $2) order by n.series";
    let rows = tx.query(sql, params![kind, year]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}
