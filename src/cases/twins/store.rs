//! What is asked of twins and links from the side of cases.

use crate::cases::case::Stage;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::id::{self, Id};
use crate::reports::twins::store::reasons;
use crate::reports::twins::twin::KeptReason;
use std::collections::BTreeSet;

/// A case that may be the same as another.
#[derive(Debug, Clone)]
pub struct Other {
    /// Its identifier.
    pub id: Id,
    /// Its number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it is a part of a split case.
    pub is_part: bool,
    /// Its revision.
    pub revision: i64,
    /// When it was opened.
    pub opened_at: Moment,
    /// Its report that is alike, and the report of the first case that it is like.
    pub reports: (Id, Id),
    /// How surely.
    pub points: i64,
    /// Why.
    pub reasons: Vec<KeptReason>,
    /// The report's words.
    pub words: String,
    /// The report's first photo.
    pub photo: Option<String>,
    /// When the report came in.
    pub received_at: Moment,
}

impl Default for Other {
    fn default() -> Other {
        Other {
            id: 0,
            number: String::new(),
            title: String::new(),
            stage: Stage::Received,
            is_part: false,
            revision: 1,
            opened_at: Moment(0),
            reports: (0, 0),
            points: 0,
            reasons: Vec::new(),
            words: String::new(),
            photo: None,
            received_at: Moment(0),
        }
    }
}

/// What [`likely`] asks: from the reports of a case to their twins and to the cases of those.
pub const LIKELY: &str = "select c.id, c.number, c.title, c.stage, c.parent_id, c.revision, c.opened_at, t.twin_id, t.report_id, \
    t.points, t.reasons, r.words, r.photos, r.received_at from case_reports o join twins t on t.report_id = o.report_id \
    join case_reports b on b.report_id = t.twin_id join cases c on c.id = b.case_id join reports r on r.id = t.twin_id \
    where o.case_id = $1 and b.case_id <> $1 and t.parted_at is null and (c.is_open = 1 or c.closed_at >= $2) \
    order by t.points desc, t.twin_id desc limit 40";

fn other(row: &Row) -> Result<Other, DbError> {
    let (stage, kept, photos): (String, String, String) = (row.get(3)?, row.get(10)?, row.get(12)?);
    Ok(Other {
        id: row.get(0)?,
        number: row.get(1)?,
        title: row.get(2)?,
        stage: Stage::read(&stage).ok_or_else(|| DbError::Row(format!("unknown stage {stage}")))?,
        is_part: row.get::<Option<Id>>(4)?.is_some(),
        revision: row.get(5)?,
        opened_at: row.get(6)?,
        reports: (row.get(7)?, row.get(8)?),
        points: row.get(9)?,
        reasons: reasons(&kept),
        words: row.get(11)?,
        photo: photos.split_ascii_whitespace().next().map(str::to_owned),
        received_at: row.get(13)?,
    })
}

/// The cases that may be the same as a case, the likeliest first, each once: open ones, and those closed since a moment.
///
/// # Errors
/// When the database fails.
pub async fn likely(tx: &Tx, case: Id, since: Moment, most: usize) -> Result<Vec<Other>, DbError> {
    let (mut others, mut known) = (Vec::new(), BTreeSet::new());
    for row in tx.query(LIKELY, params![case, since]).await? {
        let found = other(&row)?;
        if known.insert(found.id) && others.len() < most {
            others.push(found);
        }
    }
    Ok(others)
}

/// Which of these cases have a twin among the open ones that nobody has parted from them; they are those of one page.
///
/// # Errors
/// When the database fails.
pub async fn marked(tx: &Tx, cases: &[Id], most: usize) -> Result<BTreeSet<Id>, DbError> {
    let Some(last) = cases.last().copied() else { return Ok(BTreeSet::new()) };
    // Always as many parameters, so that one statement serves pages of any length.
    let length = cases.len().max(most);
    let values = cases.iter().copied().chain(std::iter::repeat(last)).take(length).map(Value::Int).collect();
    let sql = format!(
        "select distinct o.case_id from case_reports o join twins t on t.report_id = o.report_id \
         join case_reports b on b.report_id = t.twin_id join cases c on c.id = b.case_id \
         where o.case_id in ({}) and b.case_id <> o.case_id and t.parted_at is null and c.is_open = 1",
        slots(0, length)
    );
    tx.query(&sql, values).await?.iter().map(|row| row.get(0)).collect()
}

/// A report that went from one case to another.
#[derive(Debug, Clone)]
pub struct Link {
    /// The report.
    pub report: Id,
    /// The case that it left, which ended as a duplicate.
    pub from: Id,
    /// The case that it joined.
    pub into: Id,
    /// Where the case that it left stood.
    pub stage: Stage,
    /// When.
    pub at: Moment,
    /// By whom; none for the program, after somebody has agreed.
    pub by: Option<Id>,
}

/// Keeps a link.
///
/// # Errors
/// When the database fails.
pub async fn link(tx: &Tx, link: &Link) -> Result<(), DbError> {
    let sql = "insert into case_links (id, report_id, from_case_id, into_case_id, stage, linked_at, linked_by) \
               values ($1, $2, $3, $4, $5, $6, $7)";
    let values = params![id::fresh(), link.report, link.from, link.into, link.stage.text(), link.at, link.by];
    tx.execute(sql, values).await.map(drop)
}

/// A link as a page shows it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its identifier.
    pub id: Id,
    /// The report.
    pub report: Id,
    /// The case that it left.
    pub from: Id,
    /// The case that it joined.
    pub into: Id,
    /// Where the case that it left stood.
    pub stage: Stage,
    /// When.
    pub at: Moment,
    /// Who, by name.
    pub author: Option<String>,
}

fn kept(row: &Row) -> Result<Kept, DbError> {
    let stage: String = row.get(4)?;
    Ok(Kept {
        id: row.get(0)?,
        report: row.get(1)?,
        from: row.get(2)?,
        into: row.get(3)?,
        stage: Stage::read(&stage).ok_or_else(|| DbError::Row(format!("unknown stage {stage}")))?,
        at: row.get(5)?,
        author: row.get(6)?,
    })
}

const LINK: &str = "l.id, l.report_id, l.from_case_id, l.into_case_id, l.stage, l.linked_at, a.name";

/// The links of a case that were not undone, in both directions, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn links(tx: &Tx, case: Id) -> Result<Vec<Kept>, DbError> {
    let mut links = Vec::new();
    for side in ["from_case_id", "into_case_id"] {
        let sql = format!(
            "select {LINK} from case_links l left join accounts a on a.id = l.linked_by \
             where l.{side} = $1 and l.undone_at is null order by l.id desc limit 50"
        );
        for row in tx.query(&sql, params![case]).await? {
            links.push(kept(&row)?);
        }
    }
    Ok(links)
}

/// The links by which the reports of a case went elsewhere and that were not undone, in their order.
///
/// # Errors
/// When the database fails.
pub async fn gone(tx: &Tx, case: Id) -> Result<Vec<Kept>, DbError> {
    let sql = format!(
        "select {LINK} from case_links l left join accounts a on a.id = l.linked_by \
         where l.from_case_id = $1 and l.undone_at is null order by l.id"
    );
    tx.query(&sql, params![case]).await?.iter().map(kept).collect()
}

/// Notes that a link was undone; false when somebody was faster.
///
/// # Errors
/// When the database fails.
pub async fn undo(tx: &Tx, link: Id, by: Option<Id>, now: Moment) -> Result<bool, DbError> {
    let sql = "update case_links set undone_at = $2, undone_by = $3 where id = $1 and undone_at is null";
    Ok(tx.execute(sql, params![link, now, by]).await? == 1)
}

/// The pairs of reports of two cases that are listed as twins, whether a person has parted them or not.
///
/// # Errors
/// When the database fails.
pub async fn pairs(tx: &Tx, case: Id, other: Id) -> Result<Vec<(Id, Id, Vec<KeptReason>)>, DbError> {
    let sql = "select t.report_id, t.twin_id, t.reasons from case_reports o join twins t on t.report_id = o.report_id \
               join case_reports b on b.report_id = t.twin_id where o.case_id = $1 and b.case_id = $2 \
               order by t.points desc, t.twin_id limit 20";
    let rows = tx.query(sql, params![case, other]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, reasons(&row.get::<String>(2)?)))).collect()
}
