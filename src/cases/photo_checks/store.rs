//! The tables of photos that are compared and of what was found.

use super::finding::{Details, Finding, FindingKind, Habit};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, Value, params};
use crate::kit::id::Id;

/// Asks for a photo of handled work to be compared, within the transaction that records it.
///
/// # Errors
/// When the database fails.
pub async fn ask(tx: &Tx, photo: Id, case: Id, now: Moment) -> Result<(), DbError> {
    let sql = "insert into photo_checks (photo_id, case_id, asked_at, done_at) values ($1, $2, $3, null)";
    tx.execute(sql, params![photo, case, now]).await.map(drop)
}

/// A photo that waits to be compared.
#[derive(Debug, Clone)]
pub struct Open {
    /// The photo.
    pub photo: Id,
    /// Its case.
    pub case: Id,
    /// When the work was handed in.
    pub asked_at: Moment,
    /// What the camera says when it was taken, ISO 8601.
    pub taken_at: Option<String>,
    /// Where, WGS-84 longitude and latitude.
    pub place: Option<(f64, f64)>,
    /// Whether it names its camera.
    pub has_camera: bool,
    /// Who handed it in.
    pub author: Option<Id>,
    /// The digest of its small copy, before anything was blacked out.
    pub small: String,
    /// The digest of the sealed original.
    pub original: String,
    /// Its prints; empty when there is too little to see on it.
    pub print: Vec<u8>,
}

/// The photos behind `after` that wait and whose prints are made, in the order in which they came, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &Tx, after: Id, most: usize) -> Result<Vec<Open>, DbError> {
    let sql = "select k.photo_id, k.case_id, k.asked_at, p.taken_at_text, p.lon, p.lat, p.make, p.model, p.author_id, \
               coalesce(p.plain_digest, p.small_digest), p.original_digest, i.print from photo_checks k join photos p on p.id = k.photo_id \
               join photo_prints i on i.photo_id = k.photo_id \
               where k.done_at is null and k.photo_id > $1 and i.print is not null order by k.photo_id limit $2";
    let rows = tx.query(sql, params![after, most]).await?;
    rows.iter()
        .map(|row| {
            let (lon, lat): (Option<f64>, Option<f64>) = (row.get(4)?, row.get(5)?);
            let camera: [Option<String>; 2] = [row.get(6)?, row.get(7)?];
            Ok(Open {
                photo: row.get(0)?,
                case: row.get(1)?,
                asked_at: row.get(2)?,
                taken_at: row.get(3)?,
                place: lon.zip(lat),
                has_camera: camera.iter().any(Option::is_some),
                author: row.get(8)?,
                small: row.get(9)?,
                original: row.get(10)?,
                print: row.get(11)?,
            })
        })
        .collect()
}

/// Another photo with which one is compared.
#[derive(Debug, Clone)]
pub struct Other {
    /// The photo.
    pub photo: Id,
    /// The digest of its small copy, before anything was blacked out.
    pub small: String,
    /// The digest of the sealed original.
    pub original: String,
    /// The case that it belongs to, itself or by its report.
    pub case: Option<Id>,
    /// True when it was handed in as part of the case itself.
    pub is_of_case: bool,
    /// Who handed it in.
    pub author: Option<Id>,
    /// When.
    pub received_at: Moment,
}

/// These photos, and the earlier ones whose sealed original is this very file.
///
/// # Errors
/// When the database fails.
pub async fn others(tx: &Tx, near: &[Id], photo: Id, original: &str) -> Result<Vec<Other>, DbError> {
    let mut params = params![photo, original];
    let places: Vec<String> = near
        .iter()
        .map(|id| {
            params.push(Value::Int(*id));
            format!("${}", params.len())
        })
        .collect();
    let near = if places.is_empty() { String::new() } else { format!("p.id in ({}) or ", places.join(", ")) };
    let sql = format!(
        "select p.id, coalesce(p.plain_digest, p.small_digest), p.original_digest, case when p.subject = 'case' then p.subject_id else r.case_id end, \
         case when p.subject = 'case' then 1 else 0 end, p.author_id, p.received_at from photos p \
         left join reports r on p.subject = 'report' and r.id = p.subject_id \
         where {near}(p.original_digest = $2 and p.id < $1) order by p.id limit 64"
    );
    let rows = tx.query(&sql, params).await?;
    rows.iter()
        .map(|row| {
            Ok(Other {
                photo: row.get(0)?,
                small: row.get(1)?,
                original: row.get(2)?,
                case: row.get(3)?,
                is_of_case: row.get(4)?,
                author: row.get(5)?,
                received_at: row.get(6)?,
            })
        })
        .collect()
}

/// When a case was dispatched last before a moment; none when it never was.
///
/// # Errors
/// When the database fails.
pub async fn dispatched_at(tx: &Tx, case: Id, before: Moment) -> Result<Option<Moment>, DbError> {
    let sql = "select max(at) from facts where subject = 'case' and subject_id = $1 and kind = 'case_dispatched' and at <= $2";
    tx.query_one(sql, params![case, before]).await?.get(0)
}

/// What somebody's last photos of handled work before this one usually are, of at most `most`; those of the same moment are
/// left out.
///
/// # Errors
/// When the database fails.
pub async fn habit(tx: &Tx, author: Id, photo: Id, now: Moment, most: usize) -> Result<Habit, DbError> {
    let sql = "select taken_at_text, make, model, lat from photos where author_id = $1 and id < $2 and received_at < $3 \
               and subject = 'case' and purpose = 'after' order by id desc limit $4";
    let rows = tx.query(sql, params![author, photo, now, most]).await?;
    let mut habit = Habit { photos: rows.len(), speaking: 0 };
    for row in &rows {
        let texts: [Option<String>; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
        if texts.iter().any(Option::is_some) || row.get::<Option<f64>>(3)?.is_some() {
            habit.speaking += 1;
        }
    }
    Ok(habit)
}

/// Keeps what was found of a photo, unless another program was faster; answers whether it was kept.
///
/// # Errors
/// When the database fails.
pub async fn save(tx: &Tx, photo: Id, case: Id, found: &[Finding], now: Moment) -> Result<bool, DbError> {
    let sql = "update photo_checks set done_at = $2 where photo_id = $1 and done_at is null";
    if tx.execute(sql, params![photo, now]).await? == 0 {
        return Ok(false);
    }
    for one in found {
        let details = serde_json::to_string(&one.details).map_err(|error| DbError::Row(error.to_string()))?;
        let sql = "insert into photo_findings (photo_id, kind, other_photo_id, case_id, details, found_at) \
                   values ($1, $2, $3, $4, $5, $6) on conflict (photo_id, kind, other_photo_id) do nothing";
        let values = params![photo, one.kind.text(), one.other.unwrap_or(0), case, details, now];
        tx.execute(sql, values).await?;
    }
    Ok(true)
}

/// Leaves every photo that waits uncompared: for an invented city, whose drawings are shown again and again.
///
/// # Errors
/// When the database fails.
pub async fn leave_all(tx: &Tx, now: Moment) -> Result<(), DbError> {
    tx.execute("update photo_checks set done_at = $1 where done_at is null", params![now]).await.map(drop)
}

/// A finding as it was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The photo of handled work.
    pub photo: Id,
    /// What was found.
    pub kind: FindingKind,
    /// The other photo.
    pub other: Option<Id>,
    /// The particulars.
    pub details: Details,
    /// The other photo's case and its number; none when it has none.
    pub other_case: Option<(Id, String)>,
}

/// What was found of the photos of a case, the latest photo first.
///
/// # Errors
/// When the database fails.
pub async fn findings(tx: &Tx, case: Id) -> Result<Vec<Kept>, DbError> {
    let sql = "select f.photo_id, f.kind, f.other_photo_id, f.details, c.id, c.number from photo_findings f \
               left join photos p on p.id = f.other_photo_id \
               left join reports r on p.subject = 'report' and r.id = p.subject_id \
               left join cases c on c.id = case when p.subject = 'case' then p.subject_id else r.case_id end \
               where f.case_id = $1 order by f.photo_id desc, f.kind desc, f.other_photo_id";
    let rows = tx.query(sql, params![case]).await?;
    rows.iter()
        .map(|row| {
            let (kind, other): (String, Id) = (row.get(1)?, row.get(2)?);
            let details: String = row.get(3)?;
            let (other_case, number): (Option<Id>, Option<String>) = (row.get(4)?, row.get(5)?);
            Ok(Kept {
                photo: row.get(0)?,
                kind: FindingKind::read(&kind).ok_or_else(|| DbError::Row(format!("{kind} is no finding")))?,
                other: (other != 0).then_some(other),
                details: serde_json::from_str(&details).map_err(|error| DbError::Row(error.to_string()))?,
                other_case: other_case.zip(number),
            })
        })
        .collect()
}

/// The cases of which a finding names this photo: whoever verifies one of them sees it.
///
/// # Errors
/// When the database fails.
pub async fn named_by(tx: &Tx, other: Id) -> Result<Vec<Id>, DbError> {
    let sql = "select distinct case_id from photo_findings where other_photo_id = $1 and other_photo_id <> 0 \
               order by case_id desc limit 50";
    tx.query(sql, params![other]).await?.iter().map(|row| row.get(0)).collect()
}
