//! The tables of twins: where reports are, what was found, and what followers have added.

use super::twin::{Candidate, Content, KeptReason, Spot, Twin, kept, kind_of, square, squares_around};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, WITHOUT_END, params, slots};
use crate::kit::id::Id;
use crate::reports::report::Report;
use std::collections::HashMap;
use understanding::photos::print::Prints;

/// Twins are to be sought.
pub const SEEK: i64 = 1;
/// Once more, when the photos have their prints.
pub const WITH_PHOTOS: i64 = 2;
/// The place is to be numbered first.
pub const NUMBER: i64 = 3;

fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Notes where reports are, within the transaction that keeps them; beside each stands what is to be done about it.
///
/// # Errors
/// When the database fails.
pub async fn mark(tx: &Tx, reports: &[(&Report, i64)]) -> Result<(), DbError> {
    let into = "insert into twin_marks (report_id, square, cell, address, lon, lat, code, received_at, ended_at, due)";
    let mut values = Vec::with_capacity(10 * reports.len());
    for (report, due) in reports {
        let spot = Spot::of(&report.place);
        values.extend(params![
            report.id,
            spot.point.map(square),
            known(&spot.cell),
            known(&spot.address),
            report.place.lon,
            report.place.lat,
            kind_of(&report.category),
            report.received_at,
            report.closed_at.filter(|_| report.stage.is_ended()),
            *due
        ]);
    }
    tx.insert(into, 10, values, "on conflict (report_id) do nothing").await.map(drop)
}

/// Notes that a report is elsewhere or of another kind than it was: its twins are to be sought again. What has no mark, because
/// it has been over for long, gets none.
///
/// # Errors
/// When the database fails.
pub async fn mark_again(tx: &Tx, report: Id, spot: &Spot, code: &str, due: i64) -> Result<(), DbError> {
    let sql = "update twin_marks set square = $2, cell = $3, address = $4, lon = $5, lat = $6, code = $7, due = $8, \
               turn = turn + 1 where report_id = $1";
    let (lon, lat) = spot.point.unzip();
    let values = params![report, spot.point.map(square), known(&spot.cell), known(&spot.address), lon, lat, code, due];
    tx.execute(sql, values).await.map(drop)
}

/// Notes that a report is over, or open again.
///
/// # Errors
/// When the database fails.
pub async fn ended(tx: &Tx, report: Id, at: Option<Moment>) -> Result<(), DbError> {
    // Most facts of a case leave its reports as open as they were: then nothing is written.
    let sql = "update twin_marks set ended_at = $2 where report_id = $1 and coalesce(ended_at, -1) <> $3";
    tx.execute(sql, params![report, at, at.map_or(-1, |at| at.0)]).await.map(drop)
}

const MARK: &str = "report_id, lon, lat, cell, address, code, received_at, ended_at";

fn candidate(row: &Row) -> Result<Candidate, DbError> {
    let (lon, lat): (Option<f64>, Option<f64>) = (row.get(1)?, row.get(2)?);
    let (cell, address): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
    let spot = Spot { point: lon.zip(lat), cell: cell.unwrap_or_default(), address: address.unwrap_or_default() };
    Ok(Candidate { report: row.get(0)?, spot, code: row.get(5)?, received_at: row.get(6)?, ended_at: row.get(7)? })
}

/// What [`near`] asks: of each of nine squares, of the unit grid and of the address the newest, each a walk of one index that
/// stops after a few rows, however many there are.
pub fn near_statement() -> String {
    let walk = |number: usize, condition: String| {
        format!(
            "select {MARK} from (select {MARK} from twin_marks where {condition} and received_at > $1 and received_at < $2 \
             order by received_at desc limit $3) as walk_{number}"
        )
    };
    let squares = (4..13).map(|place| walk(place, format!("square = ${place}")));
    let others = [walk(13, "cell = $13".to_owned()), walk(14, "address = $14".to_owned())];
    squares.chain(others).collect::<Vec<_>>().join(" union all ")
}

/// What [`near_statement`] is asked with.
pub fn near_values(spot: &Spot, since: Moment, of_square: usize) -> Vec<Value> {
    let mut values = params![since, WITHOUT_END, of_square];
    match spot.point {
        Some(point) => values.extend(squares_around(point).map(Value::Int)),
        // No square has such a number.
        None => values.extend([i64::MIN; 9].map(Value::Int)),
    }
    values.push(spot.cell.as_str().into());
    values.push(spot.address.as_str().into());
    values
}

/// The newest reports since a moment in the squares around a spot, in its unit grid and at its address; some of them twice.
///
/// # Errors
/// When the database fails.
pub async fn near(tx: &Tx, spot: &Spot, since: Moment, of_square: usize) -> Result<Vec<Candidate>, DbError> {
    let rows = tx.query(&near_statement(), near_values(spot, since, of_square)).await?;
    rows.iter().map(candidate).collect()
}

/// Identifiers as a list of parameters of always the same length, so that one statement serves however many there are.
fn listed(ids: &[Id], most: usize) -> (String, Vec<Value>) {
    let last = ids.last().copied().unwrap_or(0);
    let length = ids.len().max(most);
    let values = ids.iter().copied().chain(std::iter::repeat(last)).take(length).map(Value::Int).collect();
    (slots(0, length), values)
}

/// The words of these reports that are neither solved nor declined, or of all of them.
///
/// # Errors
/// When the database fails.
pub async fn contents(tx: &Tx, ids: &[Id], most: usize, is_open_only: bool) -> Result<HashMap<Id, Content>, DbError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (places, values) = listed(ids, most);
    let open = if is_open_only { " and stage in ('received', 'handling')" } else { "" };
    let sql = format!("select id, words from reports where id in ({places}){open}");
    let rows = tx.query(&sql, values).await?;
    rows.iter().map(|row| Ok((row.get(0)?, Content { words: row.get(1)?, prints: Vec::new() }))).collect()
}

/// What the photos of these reports look like: report and prints, the first few photos of each.
///
/// # Errors
/// When the database fails.
pub async fn prints(tx: &Tx, ids: &[Id], most: usize) -> Result<Vec<(Id, Prints)>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (places, values) = listed(ids, most);
    let sql = format!(
        "select p.subject_id, i.print from photos p join photo_prints i on i.photo_id = p.id \
         where p.subject = 'report' and p.subject_id in ({places}) and i.print is not null order by p.id limit 200"
    );
    let mut prints = Vec::new();
    for row in tx.query(&sql, values).await? {
        let bytes: Vec<u8> = row.get(1)?;
        if let Some(print) = Prints::from_bytes(&bytes) {
            prints.push((row.get(0)?, print));
        }
    }
    Ok(prints)
}

/// The words of the newest reports, for learning which words are rare.
///
/// # Errors
/// When the database fails.
pub async fn newest_words(tx: &Tx, most: usize) -> Result<Vec<String>, DbError> {
    let sql = "select words from reports order by received_at desc, id desc limit $1";
    tx.query(sql, params![most]).await?.iter().map(|row| row.get(0)).collect()
}

/// A report about which something is to be done.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its mark.
    pub mark: Candidate,
    /// What is to be done: [`SEEK`], [`WITH_PHOTOS`], [`NUMBER`].
    pub due: i64,
    /// For the saving.
    pub turn: i64,
}

/// What [`due`] asks. Photos that have no prints yet are waited for.
pub const DUE: &str = "select report_id, lon, lat, cell, address, code, received_at, ended_at, due, turn from twin_marks m \
    where m.due <> 0 and m.report_id > $1 and (m.due <> 2 or not exists (select 1 from photos p \
    join photo_prints i on i.photo_id = p.id where p.subject = 'report' and p.subject_id = m.report_id \
    and i.print is null)) order by m.report_id limit $2";

/// The reports behind `after` about which something is to be done, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn due(tx: &Tx, after: Id, most: usize) -> Result<Vec<Due>, DbError> {
    let rows = tx.query(DUE, params![after, most]).await?;
    rows.iter().map(|row| Ok(Due { mark: candidate(row)?, due: row.get(8)?, turn: row.get(9)? })).collect()
}

/// True when some photo of a report has no prints yet.
///
/// # Errors
/// When the database fails.
pub async fn waits_for_prints(tx: &Tx, report: Id) -> Result<bool, DbError> {
    let sql = "select 1 from photos p join photo_prints i on i.photo_id = p.id \
               where p.subject = 'report' and p.subject_id = $1 and i.print is null limit 1";
    Ok(tx.query_opt(sql, params![report]).await?.is_some())
}

/// Keeps what was found for a report, both ways, unless it has moved since; answers whether anything is new. What a person
/// has parted stays parted.
///
/// # Errors
/// When the database fails.
pub async fn save(tx: &Tx, sought: &Due, found: &[Twin], next: i64, now: Moment) -> Result<bool, DbError> {
    let report = sought.mark.report;
    let sql = "update twin_marks set due = $3 where report_id = $1 and turn = $2";
    if tx.execute(sql, params![report, sought.turn, next]).await? == 0 {
        return Ok(false);
    }
    let sql = "select twin_id, parted_at from twins where report_id = $1";
    let mut old: Vec<Id> = Vec::new();
    for row in tx.query(sql, params![report]).await? {
        let twin: Id = row.get(0)?;
        match row.get::<Option<Moment>>(1)? {
            None if found.iter().all(|one| one.report != twin) => {
                let sql =
                    "delete from twins where (report_id = $1 and twin_id = $2) or (report_id = $2 and twin_id = $1)";
                tx.execute(sql, params![report, twin]).await?;
            }
            _ => old.push(twin),
        }
    }
    let sql = "insert into twins (report_id, twin_id, points, reasons, found_at) values ($1, $2, $3, $4, $5) \
               on conflict (report_id, twin_id) do update set points = excluded.points, reasons = excluded.reasons";
    for twin in found {
        let reasons = serde_json::to_string(&kept(&twin.likeness)).map_err(|error| DbError::Row(error.to_string()))?;
        for (one, other) in [(report, twin.report), (twin.report, report)] {
            tx.execute(sql, params![one, other, twin.likeness.points, &reasons, now]).await?;
        }
    }
    Ok(found.iter().any(|twin| !old.contains(&twin.report)))
}

/// Reads reasons as they are kept; none of a text that is not theirs.
pub fn reasons(text: &str) -> Vec<KeptReason> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Notes that a person looked at two reports and found two problems, or thinks so no more.
///
/// # Errors
/// When the database fails.
pub async fn part(tx: &Tx, one: Id, other: Id, by: Option<Id>, at: Option<Moment>) -> Result<(), DbError> {
    let sql = "update twins set parted_at = $3, parted_by = $4 \
               where (report_id = $1 and twin_id = $2) or (report_id = $2 and twin_id = $1)";
    tx.execute(sql, params![one, other, at, by]).await.map(drop)
}

/// Forgets some reports that have been over since before a moment, with their twins; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep(tx: &Tx, before: Moment, most: usize) -> Result<usize, DbError> {
    let sql = "select report_id from twin_marks where ended_at is not null and ended_at < $1 and ended_at > $2 \
               order by ended_at, report_id limit $3";
    let old: Vec<Id> =
        tx.query(sql, params![before, -1_i64, most]).await?.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    for report in &old {
        tx.execute("delete from twins where report_id = $1", params![*report]).await?;
        tx.execute("delete from twins where twin_id = $1", params![*report]).await?;
        tx.execute("delete from twin_marks where report_id = $1", params![*report]).await?;
    }
    Ok(old.len())
}

/// Notes that a form's words and photos were added to a report; false when they were before.
///
/// # Errors
/// When the database fails.
pub async fn second(tx: &Tx, form_key: &str, report: Id, now: Moment) -> Result<bool, DbError> {
    let sql = "insert into seconded (form_key, report_id, at) values ($1, $2, $3) on conflict (form_key) do nothing";
    Ok(tx.execute(sql, params![form_key, report, now]).await? == 1)
}

/// True when a form's words and photos were added before.
///
/// # Errors
/// When the database fails.
pub async fn is_seconded(tx: &Tx, form_key: &str) -> Result<bool, DbError> {
    Ok(tx.query_opt("select 1 from seconded where form_key = $1", params![form_key]).await?.is_some())
}
