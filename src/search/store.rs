//! The room's tables, and what it reads of cases, reports and facts. Lists of keys are asked for in statements of a few fixed
//! lengths, filled up with keys that nothing has, so that each is prepared once.

use super::entry::{CaseSeen, Entry, FactSeen, NEVER, ReportSeen, Subject};
use super::pieces::{BITS, Piece};
use super::places::Places;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, WITHOUT_END, params, slots};
use crate::kit::id::Id;
use crate::people::act::Post;
use serde::Serialize;
use std::collections::HashMap;
use std::ops::Range;

/// Keys in a statement about entries, cases, reports.
pub const FEW: usize = 64;
/// Keys in a statement about postings, when there are more than [`FEW`].
pub const MANY: usize = 512;
/// No key of ours.
const NONE: i64 = -1;

/// The keys as values, filled up to a length.
fn filled(keys: &[i64], length: usize) -> impl Iterator<Item = Value> {
    keys.iter().copied().chain(std::iter::repeat(NONE)).take(length).map(Value::Int)
}

/// Asks for keys in statements of one length; `sql` is handed the parameters of the keys, which stand before others.
async fn query_by(tx: &Tx, keys: &[i64], length: usize, sql: impl Fn(&str) -> String) -> Result<Vec<Row>, DbError> {
    let sql = sql(&slots(0, length));
    let mut rows = Vec::new();
    for some in keys.chunks(length) {
        rows.extend(tx.query(&sql, filled(some, length).collect()).await?);
    }
    Ok(rows)
}

/// The key of what a block holds of a piece.
pub const fn posting(block: i64, piece: Piece) -> i64 {
    block << BITS | piece
}

/// What [`postings`] asks, of so many keys.
pub fn postings_statement(length: usize) -> String {
    format!("select id, places from search_postings where id in ({})", slots(0, length))
}

/// What these keys hold; those that hold nothing are left out.
///
/// # Errors
/// When the database fails.
pub async fn postings(tx: &Tx, keys: &[i64]) -> Result<HashMap<i64, Places>, DbError> {
    let mut found = HashMap::new();
    let length = if keys.len() <= FEW { FEW } else { MANY };
    for row in query_by(tx, keys, length, |_| postings_statement(length)).await? {
        found.insert(row.get(0)?, Places::read(&row.get::<Vec<u8>>(1)?)?);
    }
    Ok(found)
}

/// Keeps what keys hold; those that hold nothing go.
///
/// # Errors
/// When the database fails.
pub async fn save_postings(tx: &Tx, postings: &[(i64, Vec<u8>)]) -> Result<(), DbError> {
    let empty: Vec<i64> = postings.iter().filter(|(_, bytes)| bytes.is_empty()).map(|(key, _)| *key).collect();
    for some in empty.chunks(FEW) {
        let sql = format!("delete from search_postings where id in ({})", slots(0, FEW));
        tx.execute(&sql, filled(some, FEW).collect()).await?;
    }
    let full: Vec<&(i64, Vec<u8>)> = postings.iter().filter(|(_, bytes)| !bytes.is_empty()).collect();
    let mut left = full.as_slice();
    for length in [FEW, 8, 1] {
        let rows: Vec<String> = (0..length).map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2)).collect();
        let sql = format!(
            "insert into search_postings (id, places) values {} on conflict (id) do update set places = excluded.places",
            rows.join(", ")
        );
        while let Some((some, rest)) = left.split_at_checked(length) {
            let values = some.iter().flat_map(|(key, bytes)| [Value::Int(*key), Value::Bytes(bytes.clone())]);
            tx.execute(&sql, values.collect()).await?;
            left = rest;
        }
    }
    Ok(())
}

/// An entry and where it stands.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its place; the latest is the greatest.
    pub place: i64,
    /// The entry.
    pub entry: Entry,
}

const ENTRY_COLUMNS: &str = "place, subject, subject_id, at, due_order_at, words, marks";

fn read_entry(row: &Row) -> Result<Placed, DbError> {
    let subject: String = row.get(1)?;
    let entry = Entry {
        subject: Subject::parse(&subject).ok_or_else(|| DbError::Row(format!("no subject {subject}")))?,
        id: row.get(2)?,
        at: row.get(3)?,
        due_order_at: row.get(4)?,
        words: row.get(5)?,
        marks: row.get(6)?,
    };
    Ok(Placed { place: row.get(0)?, entry })
}

/// What [`entries`] asks.
pub fn entries_statement() -> String {
    format!("select {ENTRY_COLUMNS} from search_entries where place in ({})", slots(0, FEW))
}

/// What stands at these places, the last first.
///
/// # Errors
/// When the database fails.
pub async fn entries(tx: &Tx, places: &[i64]) -> Result<Vec<Placed>, DbError> {
    let rows = query_by(tx, places, FEW, |_| entries_statement()).await?;
    let mut found: Vec<Placed> = rows.iter().map(read_entry).collect::<Result<_, _>>()?;
    found.sort_by_key(|one| std::cmp::Reverse(one.place));
    Ok(found)
}

/// The entries of these subjects.
///
/// # Errors
/// When the database fails.
pub async fn entries_of(tx: &Tx, subject: Subject, ids: &[Id]) -> Result<HashMap<Id, Placed>, DbError> {
    let rows = query_by(tx, ids, FEW, |keys| {
        let subject = subject.word();
        format!("select {ENTRY_COLUMNS} from search_entries where subject = '{subject}' and subject_id in ({keys})")
    });
    rows.await?.iter().map(|row| read_entry(row).map(|placed| (placed.entry.id, placed))).collect()
}

/// Writes an entry at its place, or over what stands there.
///
/// # Errors
/// When the database fails.
pub async fn save_entry(tx: &Tx, place: i64, entry: &Entry) -> Result<(), DbError> {
    tx.execute(
        "insert into search_entries (place, subject, subject_id, at, due_order_at, words, marks) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (place) do update set at = excluded.at, \
         due_order_at = excluded.due_order_at, words = excluded.words, marks = excluded.marks",
        params![place, entry.subject.word(), entry.id, entry.at, entry.due_order_at, &entry.words, &entry.marks],
    )
    .await?;
    Ok(())
}

/// Takes the entry of a place away.
///
/// # Errors
/// When the database fails.
pub async fn remove_entry(tx: &Tx, place: i64) -> Result<(), DbError> {
    tx.execute("delete from search_entries where place = $1", params![place]).await?;
    Ok(())
}

/// Makes a block reach from and to these moments, too.
///
/// # Errors
/// When the database fails.
pub async fn widen_block(tx: &Tx, block: i64, from: Moment, to: Moment) -> Result<(), DbError> {
    tx.execute(
        "insert into search_blocks (block, from_at, to_at) values ($1, $2, $3) on conflict (block) do update set \
         from_at = case when excluded.from_at < search_blocks.from_at then excluded.from_at else search_blocks.from_at end, \
         to_at = case when excluded.to_at > search_blocks.to_at then excluded.to_at else search_blocks.to_at end",
        params![block, from, to],
    )
    .await?;
    Ok(())
}

/// The blocks up to one that hold anything of a stretch of time, the last first.
///
/// # Errors
/// When the database fails.
pub async fn blocks(tx: &Tx, last: i64, from: i64, until: i64) -> Result<Vec<i64>, DbError> {
    let sql = "select block from search_blocks where block <= $1 and block >= 0 and to_at >= $2 and from_at < $3 \
               order by block desc";
    tx.query(sql, params![last, from, until]).await?.iter().map(|row| row.get(0)).collect()
}

/// What [`overdue`] asks.
pub const OVERDUE: &str = "select place from search_entries where place >= $1 and place < $2 and due_order_at < $3 \
    and due_order_at < 9000000000000000 order by place";

/// Where in a stretch of places the cases stand that are overdue at a moment.
///
/// # Errors
/// When the database fails.
pub async fn overdue(tx: &Tx, places: Range<i64>, now: Moment) -> Result<Vec<i64>, DbError> {
    tx.query(OVERDUE, params![places.start, places.end, now]).await?.iter().map(|row| row.get(0)).collect()
}

/// What an index is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The old index is being removed.
    Clearing,
    /// Cases are gone through.
    Cases,
    /// Reports that belong to no case are gone through.
    Reports,
    /// It is whole, and follows the log.
    Following,
}

impl Phase {
    const ALL: [(Phase, &'static str); 4] = [
        (Phase::Clearing, "clearing"),
        (Phase::Cases, "cases"),
        (Phase::Reports, "reports"),
        (Phase::Following, "following"),
    ];

    fn word(self) -> &'static str {
        Phase::ALL.iter().find(|(phase, _)| *phase == self).map_or("clearing", |(_, word)| word)
    }
}

/// How far the index has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// By which rules text was cut.
    pub version: i64,
    /// What it is doing.
    pub phase: Phase,
    /// Up to which identifier cases or reports were gone through.
    pub reached: Id,
    /// Where the next entry will stand.
    pub next_place: i64,
    /// Up to which fact the log was read.
    pub fact: Id,
    /// Counts up with every change: who finds another is not alone.
    pub revision: i64,
}

/// How far the index has come; none before it was begun.
///
/// # Errors
/// When the database fails.
pub async fn state(tx: &Tx) -> Result<Option<State>, DbError> {
    let sql = "select version, phase, reached, next_place, fact_id, revision from search_state where name = 'index'";
    let Some(row) = tx.query_opt(sql, params![]).await? else { return Ok(None) };
    let word: String = row.get(1)?;
    let phase = Phase::ALL.iter().find(|(_, known)| *known == word).map(|(phase, _)| *phase);
    Ok(Some(State {
        version: row.get(0)?,
        phase: phase.ok_or_else(|| DbError::Row(format!("no phase {word}")))?,
        reached: row.get(2)?,
        next_place: row.get(3)?,
        fact: row.get(4)?,
        revision: row.get(5)?,
    }))
}

/// Begins an index.
///
/// # Errors
/// [`DbError::NotUnique`] when somebody else has; when the database fails.
pub async fn begin(tx: &Tx, version: i64) -> Result<(), DbError> {
    let sql = "insert into search_state (name, version, phase, reached, next_place, fact_id, revision) \
               values ('index', $1, 'clearing', 0, 0, 0, 1)";
    tx.execute(sql, params![version]).await?;
    Ok(())
}

/// Keeps how far the index has come, when it stands at the revision before this one. Whoever does this first in a transaction
/// writes alone.
///
/// # Errors
/// [`DbError::Stale`] when somebody else has written; when the database fails.
pub async fn save_state(tx: &Tx, state: &State) -> Result<(), DbError> {
    let sql = "update search_state set version = $1, phase = $2, reached = $3, next_place = $4, fact_id = $5, revision = $6 \
               where name = 'index' and revision = $7";
    let params = params![
        state.version,
        state.phase.word(),
        state.reached,
        state.next_place,
        state.fact,
        state.revision,
        state.revision - 1
    ];
    if tx.execute(sql, params).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// Has the index made anew, by whoever keeps it; false when it was never begun.
///
/// # Errors
/// When the database fails.
pub async fn ask_anew(tx: &Tx) -> Result<bool, DbError> {
    let sql = "update search_state set phase = 'clearing', revision = revision + 1 where name = 'index'";
    Ok(tx.execute(sql, params![]).await? == 1)
}

/// Removes some of what stands at a place and behind it, and answers whether there was anything.
///
/// # Errors
/// When the database fails.
pub async fn clear(tx: &Tx, place: i64, block: i64, most: usize) -> Result<bool, DbError> {
    let mut removed = 0;
    for sql in [
        "delete from search_postings where id in \
         (select id from search_postings where id >= $1 and id < $2 order by id limit $3)",
        "delete from search_entries where place in \
         (select place from search_entries where place >= $1 and place < $2 order by place limit $3)",
        "delete from search_blocks where block in \
         (select block from search_blocks where block >= $1 and block < $2 order by block limit $3)",
    ] {
        let from = if sql.contains("search_postings") {
            posting(block, 0)
        } else if sql.contains("search_entries") {
            place
        } else {
            block
        };
        removed += tx.execute(sql, params![from, WITHOUT_END, most]).await?;
    }
    Ok(removed > 0)
}

/// What [`news`] asks: it walks the log by its key.
pub const NEWS: &str = "select id, subject, subject_id, kind from facts where id > $1 and id < $2 order by id limit $3";

/// Facts after one: identifier, subject, which, kind. Those about what cannot be found are among them.
///
/// # Errors
/// When the database fails.
pub async fn news(tx: &Tx, after: Id, most: usize) -> Result<Vec<(Id, Option<Subject>, Id, String)>, DbError> {
    let rows = tx.query(NEWS, params![after, WITHOUT_END, most]).await?;
    let read = |row: &Row| {
        let subject: String = row.get(1)?;
        Ok((row.get(0)?, Subject::parse(&subject), row.get(2)?, row.get(3)?))
    };
    rows.iter().map(read).collect()
}

const CASE_COLUMNS: &str = "id, number, title, kind, code, street, community, address, stage, is_open, department_id, crew_id, \
     keeper_id, handlers, opened_by, opened_at, due_order_at";

fn read_case(row: &Row) -> Result<CaseSeen, DbError> {
    Ok(CaseSeen {
        id: row.get(0)?,
        number: row.get(1)?,
        title: row.get(2)?,
        kind: row.get(3)?,
        code: row.get(4)?,
        street: row.get(5)?,
        community: row.get(6)?,
        address: row.get(7)?,
        stage: row.get(8)?,
        is_open: row.get(9)?,
        department: row.get(10)?,
        crew: row.get(11)?,
        keeper: row.get(12)?,
        handlers: row.get(13)?,
        opened_by: row.get(14)?,
        opened_at: row.get(15)?,
        due_order_at: row.get::<i64>(16)?.min(NEVER),
    })
}

/// These cases, for the index.
///
/// # Errors
/// When the database fails.
pub async fn cases(tx: &Tx, ids: &[Id]) -> Result<Vec<CaseSeen>, DbError> {
    let sql = |keys: &str| format!("select {CASE_COLUMNS} from cases where id in ({keys})");
    query_by(tx, ids, FEW, sql).await?.iter().map(read_case).collect()
}

/// Cases after one, by their identifiers.
///
/// # Errors
/// When the database fails.
pub async fn cases_after(tx: &Tx, after: Id, most: usize) -> Result<Vec<CaseSeen>, DbError> {
    let sql = format!("select {CASE_COLUMNS} from cases where id > $1 and id < $2 order by id limit $3");
    tx.query(&sql, params![after, WITHOUT_END, most]).await?.iter().map(read_case).collect()
}

const REPORT_COLUMNS: &str = "r.id, b.case_id, r.words, r.address, r.area_name, r.district_code, r.street_code, \
     r.community_code, r.kind, r.category_code, r.category_name, r.source_number, r.received_at, r.stage";

fn read_report(row: &Row) -> Result<ReportSeen, DbError> {
    let stage: String = row.get(13)?;
    Ok(ReportSeen {
        id: row.get(0)?,
        case: row.get(1)?,
        words: row.get(2)?,
        address: row.get(3)?,
        area: row.get(4)?,
        district: row.get(5)?,
        street: row.get(6)?,
        community: row.get(7)?,
        kind: row.get(8)?,
        code: row.get(9)?,
        category: row.get(10)?,
        source_number: row.get(11)?,
        received_at: row.get(12)?,
        is_open: matches!(stage.as_str(), "received" | "handling"),
    })
}

/// The reports of these cases, for the index, first come first.
///
/// # Errors
/// When the database fails.
pub async fn reports_of(tx: &Tx, cases: &[Id]) -> Result<Vec<ReportSeen>, DbError> {
    let rows = query_by(tx, cases, FEW, |keys| {
        format!(
            "select {REPORT_COLUMNS} from case_reports b join reports r on r.id = b.report_id where b.case_id in ({keys}) \
             order by b.joined_at, r.id"
        )
    });
    rows.await?.iter().map(read_report).collect()
}

/// These reports, for the index.
///
/// # Errors
/// When the database fails.
pub async fn reports(tx: &Tx, ids: &[Id]) -> Result<Vec<ReportSeen>, DbError> {
    let rows = query_by(tx, ids, FEW, |keys| {
        format!(
            "select {REPORT_COLUMNS} from reports r left join case_reports b on b.report_id = r.id where r.id in ({keys})"
        )
    });
    rows.await?.iter().map(read_report).collect()
}

/// Reports after one, each with the case that it belongs to.
///
/// # Errors
/// When the database fails.
pub async fn reports_after(tx: &Tx, after: Id, most: usize) -> Result<Vec<(Id, Option<Id>)>, DbError> {
    let sql = "select r.id, b.case_id from reports r left join case_reports b on b.report_id = r.id \
               where r.id > $1 and r.id < $2 order by r.id limit $3";
    let rows = tx.query(sql, params![after, WITHOUT_END, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Who did what to these subjects and what they wrote, oldest first: of cases the notes that their pages show, of reports what
/// their citizens said later.
///
/// # Errors
/// When the database fails.
pub async fn facts_of(tx: &Tx, subject: Subject, ids: &[Id]) -> Result<Vec<FactSeen>, DbError> {
    let (field, wanted) = match subject {
        // The page of a case leaves whistles to their own.
        Subject::Case => ("note", "coalesce(kind, '') not in ('case_held', 'case_unheld')"),
        Subject::Report => {
            ("words", "is_public = 1 and coalesce(kind, '') in ('words_added', 'urged', 'rated', 'reopen_asked')")
        }
    };
    let rows = query_by(tx, ids, FEW, |keys| {
        let subject = subject.word();
        // What an act keeps for itself is long, and only some of them came with words.
        format!(
            "select subject_id, author_id, case when body like '%\"{field}\":%' then body else '' end from facts \
             where subject = '{subject}' and subject_id in ({keys}) and {wanted} order by id"
        )
    });
    let read = |row: &Row| {
        let body: String = row.get(2)?;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let text = body.get(field).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        Ok(FactSeen { subject, id: row.get(0)?, author: row.get(1)?, text })
    };
    rows.await?.iter().map(read).collect()
}

/// The case of a number, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn case_of_number(tx: &Tx, number: &str) -> Result<Option<Id>, DbError> {
    let row = tx.query_opt("select id from cases where number = $1", params![number]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Somebody who may have had to do with a case.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// The account, as a form's value.
    pub value: String,
    /// The name.
    pub name: String,
    /// The post's word.
    pub post: &'static str,
}

/// The people who have to do with cases, also those who have left, of one department when asked so; at most 1,000.
///
/// # Errors
/// When the database fails.
pub async fn people(tx: &Tx, department: Option<Id>) -> Result<Vec<Person>, DbError> {
    let mut params = Vec::new();
    let mut sql = String::from(
        "select id, name, post from accounts where post not in ('system_admin', 'security_admin', 'audit_admin')",
    );
    if let Some(department) = department {
        params.push(department.into());
        sql.push_str(" and department_id in (select id from departments where id = $1 or parent_id = $1)");
    }
    sql.push_str(" order by post, name, id limit 1000");
    let mut people = Vec::new();
    for row in tx.query(&sql, params).await? {
        let post: String = row.get(2)?;
        let post = Post::parse(&post).map(Post::word).unwrap_or_default();
        people.push(Person { value: row.get::<i64>(0)?.to_string(), name: row.get(1)?, post });
    }
    Ok(people)
}
