//! The room's tables: sources, files, work orders, answers.

use super::order::{Field, Order};
use super::reading::Found;
use super::source::{Mapping, Source};
use crate::imports::import::State;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::sealing::{Column, Personal};
use crate::people::store::{self as people, Change};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};

/// Where what the columns of a work order said lies: its caller's name and number are among them.
pub const SAID: Column = Column::of("hotline_orders", "said");
/// Where the columns of a work order lie as they came.
pub const CELLS: Column = Column::of("hotline_orders", "cells");

/// The most rows that a page of this room shows of anything.
pub const SHOWN: i64 = 100;

fn text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

fn parsed<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Row(format!("hotline: {what}: {error}")))
}

fn source(row: &Row) -> Result<Source, DbError> {
    let mapping: String = row.get(2)?;
    let mapping: Mapping = parsed(&mapping, "mapping")?;
    Ok(Source { id: row.get(0)?, name: row.get(1)?, mapping, revision: row.get(3)? })
}

/// Every source by name.
///
/// # Errors
/// When the database fails.
pub async fn sources(tx: &Tx) -> Result<Vec<Source>, DbError> {
    let rows = tx.query("select id, name, mapping, revision from hotline_sources order by name", params![]).await?;
    rows.iter().map(source).collect()
}

/// The source of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load_source(tx: &Tx, id: Id) -> Result<Source, Error> {
    let row =
        tx.query_opt("select id, name, mapping, revision from hotline_sources where id = $1", params![id]).await?;
    Ok(source(&row.ok_or(Error::NotFound)?)?)
}

/// Keeps a new source.
///
/// # Errors
/// [`DbError::NotUnique`] when another has its name.
pub async fn add_source(tx: &Tx, source: &Source, by: Id, now: Moment) -> Result<(), DbError> {
    let sql =
        "insert into hotline_sources (id, name, mapping, made_at, made_by, revision) values ($1, $2, $3, $4, $5, $6)";
    let mapping = text(&source.mapping)?;
    tx.execute(sql, params![source.id, &source.name, mapping, now, by, source.revision]).await?;
    record(tx, source, "made", by, now).await
}

/// Saves what a source's columns and words mean.
///
/// # Errors
/// [`DbError::Stale`] when somebody else changed it meanwhile.
pub async fn save_source(tx: &Tx, source: &Source, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "update hotline_sources set mapping = $2, revision = $3 where id = $1 and revision = $4";
    let mapping = text(&source.mapping)?;
    let saved = tx.execute(sql, params![source.id, mapping, source.revision, source.revision - 1]).await?;
    if saved != 1 {
        return Err(DbError::Stale);
    }
    record(tx, source, "changed", by, now).await
}

async fn record(tx: &Tx, source: &Source, kind: &'static str, by: Id, now: Moment) -> Result<(), DbError> {
    let body = serde_json::json!({ "name": source.name, "mapping": source.mapping });
    let change = Change { subject: "hotline_source", subject_id: source.id, kind, author: Some(by), body };
    people::record(tx, &change, now).await
}

/// A file that somebody brought.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Made by the program.
    pub id: Id,
    /// Its source.
    pub source: Id,
    /// The name that it came with.
    pub name: String,
    /// Where its bytes lie: their SHA-256.
    pub digest: String,
    /// Its size.
    pub bytes: i64,
    /// Where it stands.
    pub state: State,
    /// What was found in it; after it was kept, what came of it.
    pub found: Found,
    /// Who brought it.
    pub author: Id,
    /// When.
    pub brought_at: Moment,
    /// Who decided.
    pub decider: Option<Id>,
    /// When.
    pub decided_at: Option<Moment>,
    /// One more for every change.
    pub revision: i64,
    /// When its bytes and what was shown of its rows were taken out.
    pub gone_at: Option<Moment>,
}

const FILE: &str = "f.id, f.source_id, f.name, f.digest, f.bytes, f.state, f.found, f.author_id, f.brought_at, \
                    f.decider_id, f.decided_at, f.revision, f.gone_at";

fn file(row: &Row) -> Result<File, DbError> {
    let (state, found): (String, String) = (row.get(5)?, row.get(6)?);
    Ok(File {
        id: row.get(0)?,
        source: row.get(1)?,
        name: row.get(2)?,
        digest: row.get(3)?,
        bytes: row.get(4)?,
        state: State::parse(&state).ok_or_else(|| DbError::Row(format!("hotline: state {state}")))?,
        found: parsed(&found, "found")?,
        author: row.get(7)?,
        brought_at: row.get(8)?,
        decider: row.get(9)?,
        decided_at: row.get(10)?,
        revision: row.get(11)?,
        gone_at: row.get(12)?,
    })
}

/// Keeps a new file.
///
/// # Errors
/// When the database fails.
pub async fn add_file(tx: &Tx, file: &File) -> Result<(), DbError> {
    tx.execute(
        "insert into hotline_files (id, source_id, name, digest, bytes, state, found, author_id, brought_at, revision) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            file.id,
            file.source,
            &file.name,
            &file.digest,
            file.bytes,
            file.state.word(),
            text(&file.found)?,
            file.author,
            file.brought_at,
            file.revision
        ],
    )
    .await?;
    Ok(())
}

/// Saves what was found in a file, and what was decided; a decision goes into the log of administration.
///
/// # Errors
/// [`DbError::Stale`] when somebody else was faster.
pub async fn save_file(tx: &Tx, file: &File) -> Result<(), DbError> {
    let sql = "update hotline_files set state = $2, found = $3, decider_id = $4, decided_at = $5, revision = $6 \
               where id = $1 and revision = $7";
    let found = text(&file.found)?;
    let values =
        params![file.id, file.state.word(), found, file.decider, file.decided_at, file.revision, file.revision - 1];
    if tx.execute(sql, values).await? != 1 {
        return Err(DbError::Stale);
    }
    let Some(at) = file.decided_at else { return Ok(()) };
    let body = serde_json::json!({
        "name": file.name, "digest": file.digest, "begun": file.found.begun, "changed": file.found.changed,
        "refused": file.found.refused,
    });
    let kind = file.state.word();
    people::record(tx, &Change { subject: "hotline_file", subject_id: file.id, kind, author: file.decider, body }, at)
        .await
}

/// The file of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load_file(tx: &Tx, id: Id) -> Result<File, Error> {
    let row = tx.query_opt(&format!("select {FILE} from hotline_files f where f.id = $1"), params![id]).await?;
    Ok(file(&row.ok_or(Error::NotFound)?)?)
}

/// The last files, newest first, each with the name of its source and of who brought it.
///
/// # Errors
/// When the database fails.
pub async fn files(tx: &Tx) -> Result<Vec<(File, String, String)>, DbError> {
    let sql = format!(
        "select {FILE}, s.name, coalesce(a.name, '') from hotline_files f join hotline_sources s on s.id = f.source_id \
         left join accounts a on a.id = f.author_id order by f.id desc limit 20"
    );
    tx.query(&sql, params![]).await?.iter().map(|row| Ok((file(row)?, row.get(13)?, row.get(14)?))).collect()
}

/// A work order that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its identifier.
    pub id: Id,
    /// The report that came of it.
    pub report: Id,
    /// What its columns said last.
    pub said: BTreeMap<Field, String>,
    /// It is over, and what it said was taken out: the same order once more in a later file brings nothing back.
    pub is_gone: bool,
}

/// Those of these numbers that a source has brought before.
///
/// # Errors
/// When the database fails.
pub async fn known(tx: &Tx, source: Id, numbers: &[String]) -> Result<HashMap<String, Known>, DbError> {
    let mut found = HashMap::new();
    for some in numbers.chunks(250) {
        let sql = format!(
            "select o.number, o.id, o.report_id, o.said, \
             case when o.gone_at is not null and r.closed_at is not null then 1 else 0 end \
             from hotline_orders o join reports r on r.id = o.report_id where o.source_id = $1 and o.number in ({})",
            slots(1, some.len())
        );
        let mut values: Vec<Value> = vec![source.into()];
        values.extend(some.iter().map(Value::from));
        for row in tx.query(&sql, values).await? {
            let id: Id = row.get(1)?;
            let said = match tx.open(SAID, id, row.get(3)?) {
                Personal::Known(said) if said.is_empty() => BTreeMap::new(),
                Personal::Known(said) => parsed(&said, "said")?,
                // What cannot be read any more is taken for not said: this file says it anew.
                Personal::Unreadable { .. } => BTreeMap::new(),
            };
            let known = Known { id, report: row.get(2)?, said, is_gone: row.get(4)? };
            found.insert(row.get(0)?, known);
        }
    }
    Ok(found)
}

/// Keeps a new work order beside its report.
///
/// # Errors
/// When the database fails.
pub async fn add_order(
    tx: &Tx,
    source: Id,
    report: Id,
    order: &Order,
    cells: &[(String, String)],
    now: Moment,
) -> Result<(), DbError> {
    let id = id::fresh();
    tx.execute(
        "insert into hotline_orders (id, source_id, number, report_id, category_word, department_word, said, cells, \
         received_at, brought_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            source,
            &order.number,
            report,
            &order.category,
            &order.department,
            tx.seal(SAID, id, &text(&order.said)?)?,
            tx.seal(CELLS, id, &text(&cells)?)?,
            order.received_at,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Keeps what a later file says of an order.
///
/// # Errors
/// When the database fails.
pub async fn change_order(
    tx: &Tx,
    known: Id,
    order: &Order,
    cells: &[(String, String)],
    now: Moment,
) -> Result<(), DbError> {
    let sql = "update hotline_orders set category_word = $2, department_word = $3, said = $4, cells = $5, changed_at = $6, \
               gone_at = null \
               where id = $1";
    let said = tx.seal(SAID, known, &text(&order.said)?)?;
    let cells = tx.seal(CELLS, known, &text(&cells)?)?;
    tx.execute(sql, params![known, &order.category, &order.department, said, cells, now]).await?;
    Ok(())
}

/// What the orders of a word became: the sub-class that its cases were filed under most often, when most of them agree.
///
/// # Errors
/// When the database fails.
pub async fn category_of(tx: &Tx, source: Id, word: &str) -> Result<Option<String>, DbError> {
    let sql = "select c.kind, c.code, count(*) from hotline_orders o join case_reports r on r.report_id = o.report_id \
               join cases c on c.id = r.case_id where o.source_id = $1 and o.category_word = $2 and c.code <> '' \
               group by c.kind, c.code order by 3 desc, 1, 2";
    let rows = tx.query(sql, params![source, word]).await?;
    let mut most = None;
    let mut all = 0_i64;
    for row in &rows {
        let (kind, code, count): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        all += count;
        if most.is_none() {
            most = Some((format!("{kind}-{code}"), count));
        }
    }
    Ok(most.filter(|(_, count)| count * 2 > all).map(|(value, _)| value))
}

/// The department that the cases of a word went to most often, when most of them agree: its code.
///
/// # Errors
/// When the database fails.
pub async fn department_of(tx: &Tx, source: Id, word: &str) -> Result<Option<String>, DbError> {
    let sql = "select d.code, count(*) from hotline_orders o join case_reports r on r.report_id = o.report_id \
               join cases c on c.id = r.case_id join departments d on d.id = c.department_id \
               where o.source_id = $1 and o.department_word = $2 group by d.code order by 2 desc, 1";
    let rows = tx.query(sql, params![source, word]).await?;
    let mut all = 0_i64;
    for row in &rows {
        all += row.get::<i64>(1)?;
    }
    let Some(first) = rows.first() else { return Ok(None) };
    let (code, count): (String, i64) = (first.get(0)?, first.get(1)?);
    Ok((count * 2 > all).then_some(code))
}

/// An order that waits for its end or its answer.
#[derive(Debug, Clone)]
pub struct Open {
    /// The hotline's number.
    pub number: String,
    /// The source's name.
    pub source: String,
    /// The hotline's own answer-by time.
    pub due_at: Option<Moment>,
    /// The case; none while none is opened yet.
    pub case: Option<Id>,
    /// Its number.
    pub case_number: String,
    /// What it is.
    pub title: String,
    /// Where the case stands.
    pub stage: String,
    /// Our own due moment.
    pub case_due_at: Option<Moment>,
    /// When the report ended.
    pub closed_at: Option<Moment>,
    /// The report's words, for an order without a case.
    pub words: String,
}

/// Whether a report's end was not answered yet.
const UNANSWERED: &str = "(r.closed_at is null or o.answered_end_at is null or o.answered_end_at <> r.closed_at)";

/// The orders that wait for their end or their answer, the most pressing first.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &Tx) -> Result<Vec<Open>, DbError> {
    let sql = format!(
        "select o.number, s.name, d.due_at, c.id, c.number, c.title, c.stage, c.due_at, r.closed_at, r.words \
         from hotline_orders o join hotline_sources s on s.id = o.source_id join reports r on r.id = o.report_id \
         left join report_deadlines d on d.report_id = o.report_id \
         left join case_reports b on b.report_id = o.report_id left join cases c on c.id = b.case_id \
         where {UNANSWERED} order by case when d.due_at is null then 1 else 0 end, d.due_at, o.id limit {SHOWN}"
    );
    let rows = tx.query(&sql, params![]).await?;
    rows.iter()
        .map(|row| {
            let text = |place: usize| row.get::<Option<String>>(place).map(Option::unwrap_or_default);
            Ok(Open {
                number: row.get(0)?,
                source: row.get(1)?,
                due_at: row.get(2)?,
                case: row.get(3)?,
                case_number: text(4)?,
                title: text(5)?,
                stage: text(6)?,
                case_due_at: row.get(7)?,
                closed_at: row.get(8)?,
                words: row.get(9)?,
            })
        })
        .collect()
}

/// How many orders a source has, how many are open, and how many have ended and wait for their answer.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx) -> Result<HashMap<Id, [i64; 3]>, DbError> {
    let sql = format!(
        "select o.source_id, count(*), sum(case when r.closed_at is null then 1 else 0 end), \
         sum(case when r.closed_at is not null and {UNANSWERED} then 1 else 0 end) \
         from hotline_orders o join reports r on r.id = o.report_id group by o.source_id"
    );
    let rows = tx.query(&sql, params![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?]))).collect()
}

/// An order that has ended and waits for its answer.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its identifier.
    pub id: Id,
    /// The hotline's number.
    pub number: String,
    /// The report.
    pub report: Id,
    /// The report's public stage: solved or declined.
    pub stage: String,
    /// When it ended.
    pub closed_at: Moment,
    /// The hotline's own answer-by time.
    pub due_at: Option<Moment>,
    /// Our case's number.
    pub case_number: String,
    /// Our department's code.
    pub department_code: String,
    /// Its name.
    pub department: String,
    /// How content the citizen was with this end.
    pub satisfaction: Option<i64>,
    /// The order's own columns with their headings.
    pub cells: Vec<(String, String)>,
}

/// The orders of a source that have ended and wait for their answer, in the order in which they came.
///
/// # Errors
/// When the database fails.
pub async fn ended(tx: &Tx, source: Id) -> Result<Vec<Ended>, DbError> {
    let sql = format!(
        "select o.id, o.number, o.report_id, r.stage, r.closed_at, d.due_at, c.number, p.code, p.name_zh, g.satisfaction, \
         o.cells from hotline_orders o join reports r on r.id = o.report_id \
         left join report_deadlines d on d.report_id = o.report_id \
         left join case_reports b on b.report_id = o.report_id left join cases c on c.id = b.case_id \
         left join departments p on p.id = c.department_id \
         left join ratings g on g.report_id = r.id and g.closed_at = r.closed_at \
         where o.source_id = $1 and r.closed_at is not null and {UNANSWERED} order by o.id"
    );
    let rows = tx.query(&sql, params![source]).await?;
    rows.iter()
        .map(|row| {
            let text = |place: usize| row.get::<Option<String>>(place).map(Option::unwrap_or_default);
            let id: Id = row.get(0)?;
            let cells = tx.must_open(CELLS, id, row.get(10)?)?;
            Ok(Ended {
                id,
                number: row.get(1)?,
                report: row.get(2)?,
                stage: row.get(3)?,
                closed_at: row.get(4)?,
                due_at: row.get(5)?,
                case_number: text(6)?,
                department_code: text(7)?,
                department: text(8)?,
                satisfaction: row.get(9)?,
                // What was taken out is not echoed.
                cells: if cells.is_empty() { Vec::new() } else { parsed(&cells, "cells")? },
            })
        })
        .collect()
}

/// What went back together.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Made by the program.
    pub id: Id,
    /// Its source.
    pub source: Id,
    /// Its number within the source, from 1.
    pub number: i64,
    /// When.
    pub made_at: Moment,
    /// Who made it.
    pub by: String,
    /// The names of its columns.
    pub head: Vec<String>,
    /// How many orders.
    pub orders: i64,
}

/// Keeps an answer as it goes, and notes its orders as answered.
///
/// # Errors
/// When the database fails.
pub async fn add_answer(
    tx: &Tx,
    source: &Source,
    head: &[String],
    rows: &[(Ended, Vec<String>)],
    by: Id,
    now: Moment,
) -> Result<Id, DbError> {
    let answer = id::fresh();
    let number: i64 = tx
        .query_one("select coalesce(max(number), 0) + 1 from hotline_answers where source_id = $1", params![source.id])
        .await?
        .get(0)?;
    let sql = "insert into hotline_answers (id, source_id, number, made_at, made_by, head, orders) \
               values ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, params![answer, source.id, number, now, by, text(&head)?, rows.len()]).await?;
    for (position, (order, cells)) in rows.iter().enumerate() {
        let sql = "insert into hotline_answer_rows (answer_id, position, order_id, cells) values ($1, $2, $3, $4)";
        tx.execute(sql, params![answer, position, order.id, text(cells)?]).await?;
        let sql = "update hotline_orders set answered_end_at = $2 where id = $1";
        tx.execute(sql, params![order.id, order.closed_at]).await?;
        let sql = "update report_deadlines set answered_at = $2 where report_id = $1";
        tx.execute(sql, params![order.report, now]).await?;
    }
    let body = serde_json::json!({ "name": source.name, "number": number, "orders": rows.len() });
    let change = Change { subject: "hotline_source", subject_id: source.id, kind: "answered", author: Some(by), body };
    people::record(tx, &change, now).await?;
    Ok(answer)
}

const ANSWER: &str = "select a.id, a.source_id, a.number, a.made_at, coalesce(p.name, ''), a.head, a.orders \
                      from hotline_answers a left join accounts p on p.id = a.made_by";

fn answer(row: &Row) -> Result<Answer, DbError> {
    let head: String = row.get(5)?;
    Ok(Answer {
        id: row.get(0)?,
        source: row.get(1)?,
        number: row.get(2)?,
        made_at: row.get(3)?,
        by: row.get(4)?,
        head: parsed(&head, "head")?,
        orders: row.get(6)?,
    })
}

/// The last answers of a source, newest first.
///
/// # Errors
/// When the database fails.
pub async fn answers(tx: &Tx, source: Id) -> Result<Vec<Answer>, DbError> {
    let sql = format!("{ANSWER} where a.source_id = $1 order by a.number desc limit {SHOWN}");
    tx.query(&sql, params![source]).await?.iter().map(answer).collect()
}

/// An answer with its rows as they went.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load_answer(tx: &Tx, id: Id) -> Result<(Answer, Vec<Vec<String>>), Error> {
    let row = tx.query_opt(&format!("{ANSWER} where a.id = $1"), params![id]).await?;
    let found = answer(&row.ok_or(Error::NotFound)?)?;
    let sql = "select cells from hotline_answer_rows where answer_id = $1 order by position";
    let mut rows = Vec::new();
    for row in tx.query(sql, params![id]).await? {
        let cells: String = row.get(0)?;
        let mut cells: Vec<String> = parsed(&cells, "cells")?;
        // What was taken out stays a line of the same file.
        cells.resize(found.head.len(), String::new());
        rows.push(cells);
    }
    Ok((found, rows))
}

/// A deadline whose people are to be told.
#[derive(Debug, Clone)]
pub struct Pressing {
    /// The report.
    pub report: Id,
    /// The hotline's number.
    pub number: String,
    /// The hotline's own answer-by time.
    pub due_at: Moment,
    /// The case; none while none is opened yet.
    pub case: Option<Id>,
    /// What it is.
    pub title: String,
    /// Whose it is while it is handled.
    pub department: Option<Id>,
    /// How far its people were told.
    pub told: i64,
}

/// Deadlines before `near` of which nobody was told, and those before `now` of which only the first was told.
///
/// # Errors
/// When the database fails.
pub async fn pressing(tx: &Tx, near: Moment, now: Moment) -> Result<Vec<Pressing>, DbError> {
    let mut found = Vec::new();
    for (told, before) in [(0_i64, near), (1, now)] {
        let sql = "select d.report_id, d.number, d.due_at, c.id, c.title, \
                   case when r.closed_at is null then c.department_id else null end, d.told \
                   from report_deadlines d join reports r on r.id = d.report_id \
                   left join case_reports b on b.report_id = d.report_id left join cases c on c.id = b.case_id \
                   where d.answered_at is null and d.told = $1 and d.due_at <= $2 order by d.due_at limit 50";
        for row in tx.query(sql, params![told, before]).await? {
            found.push(Pressing {
                report: row.get(0)?,
                number: row.get(1)?,
                due_at: row.get(2)?,
                case: row.get(3)?,
                title: row.get::<Option<String>>(4)?.unwrap_or_default(),
                department: row.get(5)?,
                told: row.get(6)?,
            });
        }
    }
    Ok(found)
}

/// Notes that the people of a deadline were told; false when somebody else told them.
///
/// # Errors
/// When the database fails.
pub async fn note_told(tx: &Tx, report: Id, before: i64, told: i64) -> Result<bool, DbError> {
    let sql = "update report_deadlines set told = $3 where report_id = $1 and told = $2";
    Ok(tx.execute(sql, params![report, before, told]).await? == 1)
}
