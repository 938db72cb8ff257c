//! The room's tables, and what it asks of cases.

use super::answers::Refused;
use super::batch::{Batch, Next, Outcome, PREVIEW, State};
use super::mapping::Lack;
use super::settings::Superior;
use crate::cases::case::{Case, Happened};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::kit::sealing::Personal;
use crate::kit::words::enum_of_words;
use crate::people::store::{Change, record};
use jiff::civil::Date;
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The shelf of the store of files.
pub const SHELF: &str = "superior";
/// The subject of what administration does about batches.
pub const SUBJECT: &str = "superior_batch";

const BATCH: &str = "id, superior, day_on, revision, state, reason, made_by, asked_at, made_at, manifest, row_count, byte_count, held_count, \
     note_count, refused_count, tries, sent, is_anew, next_at, left_at, delivered_at, done_at, ask, trouble, version";

/// That a batch is not over: the index of open batches is made for exactly these words.
const IS_OPEN: &str = "state in ('wanted', 'waiting', 'unsure', 'delivered', 'refused')";

fn day(row: &Row, index: usize) -> Result<Date, DbError> {
    let text: String = row.get(index)?;
    text.parse().map_err(|_| DbError::Row(format!("no day {text}")))
}

fn read(row: &Row) -> Result<Batch, DbError> {
    let state: String = row.get(4)?;
    Ok(Batch {
        id: row.get(0)?,
        superior: row.get(1)?,
        day: day(row, 2)?,
        revision: row.get(3)?,
        state: State::parse(&state).ok_or_else(|| DbError::Row(format!("no state {state}")))?,
        reason: row.get(5)?,
        by: row.get(6)?,
        asked_at: row.get(7)?,
        made_at: row.get(8)?,
        manifest: row.get(9)?,
        rows: row.get(10)?,
        bytes: row.get(11)?,
        held: row.get(12)?,
        notes: row.get(13)?,
        refused: row.get(14)?,
        tries: row.get(15)?,
        sent: row.get(16)?,
        is_anew: row.get(17)?,
        next_at: row.get(18)?,
        left_at: row.get(19)?,
        delivered_at: row.get(20)?,
        done_at: row.get(21)?,
        ask: row.get(22)?,
        trouble: row.get(23)?,
        version: row.get(24)?,
    })
}

/// The first day of a superior: what was written down before, else this one from now on.
///
/// # Errors
/// When the database fails.
pub async fn begin(tx: &Tx, superior: &str, first: Date) -> Result<Date, DbError> {
    let sql = "insert into superior_beginnings (superior, day_on) values ($1, $2) on conflict (superior) do nothing";
    tx.execute(sql, params![superior, first.to_string()]).await?;
    let sql = "select day_on from superior_beginnings where superior = $1";
    day(&tx.query_one(sql, params![superior]).await?, 0)
}

/// The last day of which there is a batch and the first day of all; none of a superior that was never seen.
///
/// # Errors
/// When the database fails.
pub async fn begun(tx: &Tx, superior: &str) -> Result<Option<(Option<Date>, Date)>, DbError> {
    let sql = "select day_on from superior_beginnings where superior = $1";
    let Some(row) = tx.query_opt(sql, params![superior]).await? else { return Ok(None) };
    let sql = "select max(day_on) from superior_batches where superior = $1 and revision > 0";
    let found: Option<String> = tx.query_one(sql, params![superior]).await?.get(0)?;
    let last = found.map(|text| text.parse().map_err(|_| DbError::Row(format!("no day {text}")))).transpose()?;
    Ok(Some((last, day(&row, 0)?)))
}

/// Wants a batch; false when there is one of this day and revision.
///
/// # Errors
/// When the database fails.
pub async fn want(tx: &Tx, batch: &Batch) -> Result<bool, DbError> {
    let sql = format!(
        "insert into superior_batches ({BATCH}) values ($1, $2, $3, $4, $5, $6, $7, $8, null, '', 0, 0, 0, 0, 0, 0, 0, 0, $8, null, null, \
         null, '', '', 1) on conflict (superior, day_on, revision) do nothing"
    );
    let values = params![
        batch.id,
        &batch.superior,
        batch.day.to_string(),
        batch.revision,
        batch.state.word(),
        &batch.reason,
        batch.by,
        batch.asked_at
    ];
    Ok(tx.execute(&sql, values).await? == 1)
}

/// The batch of a superior.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, superior: &str, id: Id) -> Result<Batch, Error> {
    let sql = format!("select {BATCH} from superior_batches where id = $1 and superior = $2");
    let row = tx.query_opt(&sql, params![id, superior]).await?.ok_or(Error::NotFound)?;
    Ok(read(&row)?)
}

/// The batch of a day in a revision.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn of_day(tx: &Tx, superior: &str, day: Date, revision: i64) -> Result<Batch, Error> {
    let sql = format!("select {BATCH} from superior_batches where superior = $1 and day_on = $2 and revision = $3");
    let row = tx.query_opt(&sql, params![superior, day.to_string(), revision]).await?.ok_or(Error::NotFound)?;
    Ok(read(&row)?)
}

/// The first batch of a superior that waits to be made.
///
/// # Errors
/// When the database fails.
pub async fn first_wanted(tx: &Tx, superior: &str, now: Moment) -> Result<Option<Batch>, DbError> {
    let sql = format!(
        "select {BATCH} from superior_batches where superior = $1 and state = 'wanted' and next_at <= $2 order by day_on, revision limit 1"
    );
    tx.query_opt(&sql, params![superior, now]).await?.as_ref().map(read).transpose()
}

/// The batch that stands before all others of a superior: none follows it before it is over.
///
/// # Errors
/// When the database fails.
pub async fn front(tx: &Tx, superior: &str) -> Result<Option<Batch>, DbError> {
    let sql = format!(
        "select {BATCH} from superior_batches where superior = $1 and revision > 0 \
         and {IS_OPEN} order by day_on, revision limit 1"
    );
    tx.query_opt(&sql, params![superior]).await?.as_ref().map(read).transpose()
}

/// How many batches wait behind one another, and the newest of all.
///
/// # Errors
/// When the database fails.
pub async fn standing(tx: &Tx, superior: &str) -> Result<(i64, Option<Batch>), DbError> {
    let sql = format!("select count(*) from superior_batches where superior = $1 and revision > 0 and {IS_OPEN}");
    let open: i64 = tx.query_one(&sql, params![superior]).await?.get(0)?;
    let sql = format!(
        "select {BATCH} from superior_batches where superior = $1 and revision > 0 order by day_on desc, revision desc limit 1"
    );
    Ok((open, tx.query_opt(&sql, params![superior]).await?.as_ref().map(read).transpose()?))
}

/// The greatest revision of a day.
///
/// # Errors
/// When the database fails.
pub async fn newest(tx: &Tx, superior: &str, day: Date) -> Result<i64, DbError> {
    let sql = "select coalesce(max(revision), 0) from superior_batches where superior = $1 and day_on = $2";
    tx.query_one(sql, params![superior, day.to_string()]).await?.get(0)
}

/// A page of batches, the newest first, before a day and revision such as `2026-03-09.2`; previews first of their day last.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, superior: &str, before: &str) -> Result<Page<Batch>, DbError> {
    let (day, revision) = before.split_once('.').unwrap_or(("9999-12-31", "0"));
    let revision: i64 = revision.parse().unwrap_or(0);
    let sql = format!(
        "select {BATCH} from superior_batches where superior = $1 and (day_on < $2 or (day_on = $2 and revision < $3)) \
         order by day_on desc, revision desc limit $4"
    );
    let rows = tx.query(&sql, params![superior, day, revision, PAGE + 1]).await?;
    let rows = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(rows, |batch| format!("{}.{}", batch.day, batch.revision)))
}

/// Takes a batch to work on it: nobody else does before `until`. False when somebody has changed it meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &Tx, batch: &Batch, state: State, until: Moment, now: Moment) -> Result<bool, DbError> {
    let left = (state == State::Unsure).then_some(now);
    let sql = "update superior_batches set state = $3, next_at = $4, left_at = coalesce(left_at, $5), sent = $6, is_anew = $7, \
               version = version + 1 where id = $1 and version = $2";
    let values = params![batch.id, batch.version, state.word(), until, left, batch.sent, batch.is_anew];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Notes what came of a try, unless somebody has changed the batch meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn settle(tx: &Tx, batch: &Batch, next: &Next, outcome: &Outcome, now: Moment) -> Result<bool, DbError> {
    let is_there = next.state == State::Delivered && batch.state != State::Delivered;
    let done = next.state.is_over().then_some(now);
    let delivered = (is_there || done.is_some()).then_some(now);
    let refused = if let Outcome::Taken(count) = outcome { *count } else { batch.refused };
    // Looking for what is not there yet is no try.
    let tries = batch.tries + i64::from(!matches!(outcome, Outcome::NotYet(_)));
    let sql = "update superior_batches set state = $3, next_at = $4, ask = $5, trouble = $6, tries = $7, sent = $8, refused_count = $9, \
               delivered_at = coalesce(delivered_at, $10), done_at = $11, is_anew = $12, version = version + 1 \
               where id = $1 and version = $2";
    let values = params![
        batch.id,
        batch.version,
        next.state.word(),
        next.at,
        &next.ask,
        &next.trouble,
        tries,
        batch.sent,
        refused,
        delivered,
        done,
        batch.is_anew
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Writes a try down.
///
/// # Errors
/// When the database fails.
pub async fn note_try(tx: &Tx, batch: Id, outcome: &str, said: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into superior_tries (id, batch_id, at, outcome, said) values ($1, $2, $3, $4, $5)";
    tx.execute(sql, params![id::fresh(), batch, now, outcome, said]).await.map(drop)
}

/// A try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// When.
    pub at: Moment,
    /// What came of it.
    pub outcome: String,
    /// What was said.
    pub said: String,
}

/// The last tries of a batch, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn tries(tx: &Tx, batch: Id) -> Result<Vec<Try>, DbError> {
    let sql = "select at, outcome, said from superior_tries where batch_id = $1 order by id desc limit 20";
    let rows = tx.query(sql, params![batch]).await?;
    rows.iter().map(|row| Ok(Try { at: row.get(0)?, outcome: row.get(1)?, said: row.get(2)? })).collect()
}

/// A file of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its place, from 1.
    pub position: i64,
    /// Its name.
    pub name: String,
    /// The data set.
    pub data: String,
    /// How many rows.
    pub rows: i64,
    /// How many bytes.
    pub bytes: i64,
    /// The SHA-256 of its bytes.
    pub digest: String,
    /// The cases of its rows, in their order.
    pub cases: Vec<Id>,
}

/// The files of a batch, without their cases.
///
/// # Errors
/// When the database fails.
pub async fn files(tx: &Tx, batch: Id) -> Result<Vec<File>, DbError> {
    let sql = "select position, name, data, row_count, byte_count, digest from superior_files where batch_id = $1 order by position";
    let rows = tx.query(sql, params![batch]).await?;
    let read = |row: &Row| {
        Ok(File {
            position: row.get(0)?,
            name: row.get(1)?,
            data: row.get(2)?,
            rows: row.get(3)?,
            bytes: row.get(4)?,
            digest: row.get(5)?,
            cases: Vec::new(),
        })
    };
    rows.iter().map(read).collect()
}

enum_of_words! {
    /// What a line says.
    LineKind {
        /// What the mapping lacks.
        Note = "note",
        /// A row that was left out.
        Held = "held",
        /// A row that the superior did not take.
        Refused = "refused",
    }
}

/// What was said about rows of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place.
    pub position: i64,
    /// What it says.
    pub kind: LineKind,
    /// The file.
    pub file: String,
    /// The row, from 1; 0 for none.
    pub row: i64,
    /// What names the row.
    pub reference: String,
    /// The case.
    pub case: Option<Id>,
    /// How often the same.
    pub amount: i64,
    /// The lack as JSON, or the superior's own words.
    pub said: String,
}

/// What a mapping lacked, in the words of a sentence: its key and what it needs.
pub fn sentence(lack: &Lack) -> (&'static str, Vec<(&'static str, String)>) {
    match lack {
        Lack::Code { column, table, word } => {
            ("superior-lack-code", vec![("column", column.clone()), ("table", table.clone()), ("word", word.clone())])
        }
        Lack::Needed { column } => ("superior-lack-needed", vec![("column", column.clone())]),
        Lack::Long { column } => ("superior-lack-long", vec![("column", column.clone())]),
    }
}

/// The same as it is kept.
pub fn kept(lack: &Lack) -> String {
    let (key, args) = sentence(lack);
    let args: serde_json::Map<String, serde_json::Value> =
        args.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({ "key": key, "args": args }).to_string()
}

/// A page of lines of one kind, behind a place.
///
/// # Errors
/// When the database fails.
pub async fn lines(tx: &Tx, batch: Id, kind: LineKind, after: i64) -> Result<Page<Line>, DbError> {
    let sql = "select position, file, row_number, reference, case_id, amount, said from superior_lines \
               where batch_id = $1 and kind = $2 and position > $3 order by position limit $4";
    let rows = tx.query(sql, params![batch, kind.word(), after, PAGE + 1]).await?;
    let read = |row: &Row| {
        Ok::<_, DbError>(Line {
            position: row.get(0)?,
            kind,
            file: row.get(1)?,
            row: row.get(2)?,
            reference: row.get(3)?,
            case: row.get(4)?,
            amount: row.get(5)?,
            said: row.get(6)?,
        })
    };
    let lines = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(lines, |line| line.position.to_string()))
}

async fn add_line(tx: &Tx, batch: Id, line: &Line) -> Result<(), DbError> {
    let sql = "insert into superior_lines (batch_id, position, kind, file, row_number, reference, case_id, amount, said) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = params![
        batch,
        line.position,
        line.kind.word(),
        &line.file,
        line.row,
        &line.reference,
        line.case,
        line.amount,
        &line.said
    ];
    tx.execute(sql, values).await.map(drop)
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// The files.
    pub files: Vec<File>,
    /// The manifest.
    pub manifest: String,
    /// What was said about rows.
    pub lines: Vec<Line>,
    /// How many rows were left out.
    pub held: i64,
}

/// Keeps what was made of a batch, unless somebody else was faster.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &Tx, batch: &Batch, made: &Made, now: Moment) -> Result<bool, DbError> {
    let state = if batch.revision == PREVIEW { State::Preview } else { State::Waiting };
    let notes = made.lines.iter().filter(|line| line.kind == LineKind::Note).count();
    let (rows, bytes) = made.files.iter().fold((0, 0), |(rows, bytes), file| (rows + file.rows, bytes + file.bytes));
    let sql = "update superior_batches set state = $3, made_at = $4, manifest = $5, row_count = $6, byte_count = $7, held_count = $8, \
               note_count = $9, next_at = $4, trouble = '', version = version + 1 where id = $1 and version = $2";
    let values = params![batch.id, batch.version, state.word(), now, &made.manifest, rows, bytes, made.held, notes];
    if tx.execute(sql, values).await? == 0 {
        return Ok(false);
    }
    for file in &made.files {
        let cases: Vec<u8> = file.cases.iter().flat_map(|case| case.to_le_bytes()).collect();
        let sql = "insert into superior_files (batch_id, position, name, data, row_count, byte_count, digest, cases) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values =
            params![batch.id, file.position, &file.name, &file.data, file.rows, file.bytes, &file.digest, cases];
        tx.execute(sql, values).await?;
    }
    for line in &made.lines {
        add_line(tx, batch.id, line).await?;
    }
    Ok(true)
}

/// Notes that a batch could not be made.
///
/// # Errors
/// When the database fails.
pub async fn not_made(tx: &Tx, batch: &Batch, why: &str, next: Moment) -> Result<(), DbError> {
    let sql = "update superior_batches set trouble = $3, next_at = $4, tries = tries + 1, version = version + 1 \
               where id = $1 and version = $2";
    tx.execute(sql, params![batch.id, batch.version, why, next]).await.map(drop)
}

/// Removes the previews of a superior.
///
/// # Errors
/// When the database fails.
pub async fn clear_previews(tx: &Tx, superior: &str) -> Result<(), DbError> {
    for table in ["superior_files", "superior_lines", "superior_tries"] {
        let sql = format!(
            "delete from {table} where batch_id in (select id from superior_batches where superior = $1 and revision = 0)"
        );
        tx.execute(&sql, params![superior]).await?;
    }
    tx.execute("delete from superior_batches where superior = $1 and revision = 0", params![superior]).await.map(drop)
}

/// Forgets the files of batches that are over and tell of days before one; the sweeper lays them aside.
///
/// # Errors
/// When the database fails.
pub async fn forget_files(tx: &Tx, superior: &str, before: Date) -> Result<u64, DbError> {
    let sql = "delete from superior_files where batch_id in (select id from superior_batches where superior = $1 and day_on < $2 \
               and state in ('acknowledged', 'partly', 'given_up', 'replaced'))";
    tx.execute(sql, params![superior, before.to_string()]).await
}

/// Keeps the rows that a superior did not take, each with its case when it can be told.
///
/// # Errors
/// When the database fails.
pub async fn keep_refused(tx: &Tx, batch: Id, rows: &[Refused]) -> Result<(), DbError> {
    let sql = "delete from superior_lines where batch_id = $1 and kind = 'refused'";
    tx.execute(sql, params![batch]).await?;
    let sql = "select coalesce(max(position), 0) from superior_lines where batch_id = $1";
    let first: i64 = tx.query_one(sql, params![batch]).await?.get(0)?;
    let mut by_file: HashMap<String, Vec<Id>> = HashMap::new();
    if rows.iter().any(|row| row.row > 0 && !row.file.is_empty()) {
        for row in tx.query("select name, cases from superior_files where batch_id = $1", params![batch]).await? {
            let bytes: Vec<u8> = row.get(1)?;
            let cases = bytes.as_chunks::<8>().0.iter().map(|eight| Id::from_le_bytes(*eight)).collect();
            by_file.insert(row.get(0)?, cases);
        }
    }
    let numbers: Vec<&str> = rows.iter().map(|row| row.reference.as_str()).filter(|text| !text.is_empty()).collect();
    let known = cases_of_numbers(tx, &numbers).await?;
    for (place, row) in (first + 1..).zip(rows) {
        let by_row = usize::try_from(row.row - 1).ok().and_then(|at| by_file.get(&row.file)?.get(at).copied());
        let case = known.get(row.reference.as_str()).copied().or(by_row).filter(|case| *case > 0);
        let line = Line {
            position: place,
            kind: LineKind::Refused,
            file: row.file.clone(),
            row: row.row,
            reference: row.reference.clone(),
            case,
            amount: 1,
            said: row.reason.clone(),
        };
        add_line(tx, batch, &line).await?;
    }
    Ok(())
}

async fn cases_of_numbers(tx: &Tx, numbers: &[&str]) -> Result<HashMap<String, Id>, DbError> {
    let mut found = HashMap::new();
    for some in numbers.chunks(400) {
        let sql = format!("select number, id from cases where number in ({})", slots(0, some.len()));
        for row in tx.query(&sql, some.iter().map(|number| Value::from(*number)).collect()).await? {
            found.insert(row.get(0)?, row.get(1)?);
        }
    }
    Ok(found)
}

/// The numbers of cases.
///
/// # Errors
/// When the database fails.
pub async fn numbers(tx: &Tx, cases: &[Id]) -> Result<HashMap<Id, String>, DbError> {
    let mut found = HashMap::new();
    for some in cases.chunks(400) {
        found.extend(crate::api::store::numbers(tx, some).await?);
    }
    Ok(found)
}

// ---- what administration does ----

async fn note(
    tx: &Tx,
    superior: &Superior,
    batch: &Batch,
    kind: &'static str,
    (by, reason): (Option<Id>, &str),
    now: Moment,
) -> Result<(), DbError> {
    let number = super::batch::idempotency(&superior.division, batch.day, batch.revision);
    let number = if reason.is_empty() { number } else { format!("{number}: {reason}") };
    let body = json!({ "name": superior.name, "number": number });
    record(tx, &Change { subject: SUBJECT, subject_id: batch.id, kind, author: by, body }, now).await
}

/// Wants a preview of a day in place of the last.
///
/// # Errors
/// When the database fails.
pub async fn preview(tx: &Tx, superior: &Superior, batch: &Batch, now: Moment) -> Result<(), DbError> {
    clear_previews(tx, &superior.key).await?;
    want(tx, batch).await?;
    note(tx, superior, batch, "previewed", (batch.by, ""), now).await
}

/// Lets a batch go once more, from its beginning.
///
/// # Errors
/// [`DbError::Stale`] when it has changed meanwhile; when the database fails.
pub async fn send_again(
    tx: &Tx,
    superior: &Superior,
    batch: &Batch,
    by: Option<Id>,
    now: Moment,
) -> Result<(), DbError> {
    // What was answered before counts no more; what was never answered is looked for first.
    let was_answered = batch.is_anew || matches!(batch.state, State::Acknowledged | State::Partly | State::Refused);
    let state = if batch.left_at.is_some() { State::Unsure } else { State::Waiting };
    let sql = "update superior_batches set state = $3, next_at = $4, sent = 0, ask = '', trouble = '', tries = 0, done_at = null, \
               is_anew = $5, version = version + 1 where id = $1 and version = $2";
    if tx.execute(sql, params![batch.id, batch.version, state.word(), now, was_answered]).await? == 0 {
        return Err(DbError::Stale);
    }
    note(tx, superior, batch, "sent_again", (by, ""), now).await
}

/// Decides that a batch is not sent; what comes after it follows.
///
/// # Errors
/// [`DbError::Stale`] when it has changed meanwhile; when the database fails.
pub async fn give_up(
    tx: &Tx,
    superior: &Superior,
    batch: &Batch,
    (by, reason): (Option<Id>, &str),
    now: Moment,
) -> Result<(), DbError> {
    let sql = "update superior_batches set state = 'given_up', done_at = $3, trouble = $4, version = version + 1 \
               where id = $1 and version = $2";
    if tx.execute(sql, params![batch.id, batch.version, now, reason]).await? == 0 {
        return Err(DbError::Stale);
    }
    note(tx, superior, batch, "given_up", (by, reason), now).await
}

/// Gives up every batch that is not done: a copy of a city delivers nothing that the city itself delivers.
///
/// # Errors
/// When the database fails.
pub async fn rest_all(tx: &Tx, now: Moment) -> Result<u64, DbError> {
    let sql =
        format!("update superior_batches set state = 'given_up', done_at = $1, version = version + 1 where {IS_OPEN}");
    tx.execute(&sql, params![now]).await
}

/// Wants a correction in the place of a batch.
///
/// # Errors
/// [`DbError::Stale`] when it has changed meanwhile; when the database fails.
pub async fn correct(tx: &Tx, superior: &Superior, old: &Batch, fresh: &Batch, now: Moment) -> Result<(), DbError> {
    let state = super::batch::replaced(old.state);
    let done = old.done_at.unwrap_or(now);
    let sql =
        "update superior_batches set state = $3, done_at = $4, version = version + 1 where id = $1 and version = $2";
    if tx.execute(sql, params![old.id, old.version, state.word(), done]).await? == 0 || !want(tx, fresh).await? {
        return Err(DbError::Stale);
    }
    note(tx, superior, fresh, "corrected", (fresh.by, &fresh.reason), now).await
}

/// Notes that somebody took a file with personal data.
///
/// # Errors
/// When the database fails.
pub async fn downloaded(
    tx: &Tx,
    superior: &Superior,
    batch: &Batch,
    by: Id,
    file: &str,
    now: Moment,
) -> Result<(), DbError> {
    note(tx, superior, batch, "downloaded", (Some(by), file), now).await
}

// ---- what is told of cases ----

fn values(ids: &[Id]) -> Vec<Value> {
    ids.iter().map(|id| Value::from(*id)).collect()
}

/// The cases about which something happened between two moments, by their identifiers.
///
/// # Errors
/// When the database fails.
pub async fn changed(tx: &Tx, from: Moment, until: Moment) -> Result<Vec<Id>, DbError> {
    // The kinds are named so that the index of kinds and moments is walked.
    let kinds: Vec<String> = Happened::ALL.iter().map(|what| format!("'{}'", what.text().replace('-', "_"))).collect();
    let sql = format!(
        "select distinct f.subject_id from facts f where f.kind in ({}) and f.at >= $1 and f.at < $2 and f.subject = 'case' order by 1",
        kinds.join(", ")
    );
    tx.query(&sql, params![from, until]).await?.iter().map(|row| row.get(0)).collect()
}

/// A case as it stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its identifier.
    pub id: Id,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The code set.
    pub code_set: String,
    /// Event or component.
    pub kind: String,
    /// The sub-class.
    pub code: String,
    /// The filing condition.
    pub condition: String,
    /// The limit.
    pub limit: Option<(i64, String)>,
    /// Degrees east and north.
    pub point: Option<(f64, f64)>,
    /// The unit grid.
    pub cell: String,
    /// The street.
    pub street: String,
    /// The community.
    pub community: String,
    /// The address.
    pub address: String,
    /// Where it came from.
    pub source: String,
    /// Whether it is urgent.
    pub is_urgent: bool,
    /// Where it stands.
    pub stage: String,
    /// The department.
    pub department: Option<Id>,
    /// When it is due.
    pub due_at: Option<Moment>,
    /// When the department answered.
    pub fed_back_at: Option<Moment>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it ended.
    pub closed_at: Option<Moment>,
    /// How it ended.
    pub outcome: String,
    /// Reworks, returns, reopenings.
    pub counts: [i64; 3],
    /// The case that it is a part of.
    pub parent: Option<Id>,
    /// The first and last moment of each kind of fact until then.
    pub happened: BTreeMap<String, (Moment, Moment, i64)>,
    /// Whether its handling was late.
    pub is_late: bool,
    /// What a citizen said first: words, number elsewhere.
    pub report: [String; 2],
    /// Their name and telephone.
    pub contact: (Personal, Personal),
    /// How many reports belong to it.
    pub reports: i64,
    /// How content a citizen was, 1 to 5.
    pub satisfaction: Option<i64>,
}

impl Told {
    /// Puts over it what its facts say of that moment.
    fn over(&mut self, case: Case) {
        let filing = case.filing.as_ref();
        self.title = case.title;
        self.code_set = case.code_set;
        self.kind = case.kind;
        self.code = case.code;
        self.condition = filing.map(|filing| filing.condition.clone()).unwrap_or_default();
        self.limit = filing.map(|filing| (filing.limit_amount, filing.limit_unit.clone()));
        self.point = case.place.lon.zip(case.place.lat);
        self.cell = case.place.cell;
        self.street = case.place.street;
        self.community = case.place.community;
        self.address = case.place.address;
        self.is_urgent = case.is_urgent;
        self.stage = case.stage.text().to_owned();
        self.department = case.department;
        self.due_at = case.due_at;
        self.fed_back_at = case.fed_back_at;
        self.closed_at = case.closed_at;
        self.outcome = case.outcome.map(|outcome| outcome.text().to_owned()).unwrap_or_default();
        self.counts = [case.rework_count.into(), case.return_count.into(), case.reopen_count.into()];
    }
}

/// Cases as they stood before a moment. What changed since is made again from its facts; one whose facts do not tell it whole is told as it
/// stands.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &Tx, ids: &[Id], until: Moment) -> Result<Vec<Told>, DbError> {
    let sql = format!(
        "select id, number, title, code_set, kind, code, condition, limit_amount, limit_unit, lon, lat, cell, street, community, address, \
         source, is_urgent, stage, department_id, due_at, fed_back_at, opened_at, closed_at, outcome, rework_count, return_count, \
         reopen_count, parent_id from cases where id in ({}) order by id",
        slots(0, ids.len())
    );
    let mut all = Vec::with_capacity(ids.len());
    for row in &tx.query(&sql, values(ids)).await? {
        let text = |index: usize| row.get::<Option<String>>(index).map(Option::unwrap_or_default);
        let (amount, unit): (Option<i64>, Option<String>) = (row.get(7)?, row.get(8)?);
        let (lon, lat): (Option<f64>, Option<f64>) = (row.get(9)?, row.get(10)?);
        all.push(Told {
            id: row.get(0)?,
            number: row.get(1)?,
            title: row.get(2)?,
            code_set: row.get(3)?,
            kind: row.get(4)?,
            code: row.get(5)?,
            condition: text(6)?,
            limit: amount.zip(unit),
            point: lon.zip(lat),
            cell: row.get(11)?,
            street: row.get(12)?,
            community: row.get(13)?,
            address: row.get(14)?,
            source: row.get(15)?,
            is_urgent: row.get(16)?,
            stage: row.get(17)?,
            department: row.get(18)?,
            due_at: row.get(19)?,
            fed_back_at: row.get(20)?,
            opened_at: row.get(21)?,
            closed_at: row.get(22)?,
            outcome: text(23)?,
            counts: [row.get(24)?, row.get(25)?, row.get(26)?],
            parent: row.get(27)?,
            happened: BTreeMap::new(),
            is_late: false,
            report: Default::default(),
            contact: Default::default(),
            reports: 0,
            satisfaction: None,
        });
    }
    let places: HashMap<Id, usize> = all.iter().enumerate().map(|(place, one)| (one.id, place)).collect();
    with_facts(tx, ids, until, &places, &mut all).await?;
    with_clocks(tx, ids, until, &places, &mut all).await?;
    with_reports(tx, ids, until, &places, &mut all).await?;
    let sql = format!(
        "select distinct subject_id from facts where subject = 'case' and subject_id in ({}) and at >= $1",
        slots(1, ids.len())
    );
    let later: HashSet<Id> = tx
        .query(&sql, [params![until], values(ids)].concat())
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect::<Result<_, _>>()?;
    for one in all.iter_mut().filter(|one| later.contains(&one.id)) {
        match crate::cases::replaying::again_until(tx, one.id, until.plus(-1)).await {
            Ok((case, _)) => one.over(case),
            Err(Error::Db(error)) => return Err(error),
            Err(error) => tracing::debug!(%error, case = one.id, "a case is told as it stands"),
        }
    }
    Ok(all)
}

async fn with_facts(
    tx: &Tx,
    ids: &[Id],
    until: Moment,
    places: &HashMap<Id, usize>,
    all: &mut [Told],
) -> Result<(), DbError> {
    let sql = format!(
        "select subject_id, kind, min(at), max(at), count(*) from facts where subject = 'case' and subject_id in ({}) and at < $1 \
         group by subject_id, kind",
        slots(1, ids.len())
    );
    for row in &tx.query(&sql, [params![until], values(ids)].concat()).await? {
        if let Some(one) = places.get(&row.get::<Id>(0)?).and_then(|place| all.get_mut(*place)) {
            one.happened.insert(row.get(1)?, (row.get(2)?, row.get(3)?, row.get(4)?));
        }
    }
    Ok(())
}

/// Whether a handling was late: its clock ended late by then, or ran then and was over.
async fn with_clocks(
    tx: &Tx,
    ids: &[Id],
    until: Moment,
    places: &HashMap<Id, usize>,
    all: &mut [Told],
) -> Result<(), DbError> {
    let sql = format!(
        "select case_id, due_at, finished_at, overdue_ms from timers where kind = 'handle' and case_id in ({}) and started_at < $1",
        slots(1, ids.len())
    );
    for row in &tx.query(&sql, [params![until], values(ids)].concat()).await? {
        let (due, finished): (Option<Moment>, Option<Moment>) = (row.get(1)?, row.get(2)?);
        let overdue: Option<i64> = row.get(3)?;
        let is_late = match finished.filter(|at| *at < until) {
            Some(_) => overdue.unwrap_or(0) > 0,
            None => due.is_some_and(|due| due < until),
        };
        if let Some(one) = places.get(&row.get::<Id>(0)?).and_then(|place| all.get_mut(*place)) {
            one.is_late |= is_late;
        }
    }
    Ok(())
}

async fn with_reports(
    tx: &Tx,
    ids: &[Id],
    until: Moment,
    places: &HashMap<Id, usize>,
    all: &mut [Told],
) -> Result<(), DbError> {
    let sql = format!(
        "select b.case_id, r.words, r.contact_name, r.contact_phone, r.source_number, g.satisfaction, r.id from case_reports b \
         join reports r on r.id = b.report_id left join ratings g on g.report_id = r.id and g.closed_at = r.closed_at and g.at < $1 \
         where b.case_id in ({}) and b.joined_at < $1 order by b.case_id, b.joined_at, b.report_id",
        slots(1, ids.len())
    );
    for row in &tx.query(&sql, [params![until], values(ids)].concat()).await? {
        let Some(one) = places.get(&row.get::<Id>(0)?).and_then(|place| all.get_mut(*place)) else { continue };
        if one.reports == 0 {
            one.report = [row.get(1)?, row.get(4)?];
            one.contact = crate::reports::store::contact(tx, row.get(6)?, row, 2, 3)?;
        }
        one.reports += 1;
        one.satisfaction = row.get::<Option<i64>>(5)?.or(one.satisfaction);
    }
    Ok(())
}

/// How many components stand in each unit grid.
///
/// # Errors
/// When the database fails.
pub async fn components(tx: &Tx) -> Result<HashMap<String, i64>, DbError> {
    let sql = "select cell, count(*) from components where state <> 'removed' group by cell";
    tx.query(sql, params![]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
