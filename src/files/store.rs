//! The tables of photos and of who looked at originals.

use super::TakenIn;
use super::document::{Attached, Document};
use super::photo::{Format, Inspection};
use super::rectangle::{Area, Hides};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use serde::Serialize;

/// To what a photo belongs and what it shows.
#[derive(Debug, Clone, Copy)]
pub struct Belongs {
    /// `report`, `case` or `whistle`.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Id,
    /// `before`, `after`, `check` or `other`.
    pub purpose: &'static str,
    /// Whether citizens may see its copies.
    pub is_public: bool,
    /// Who handed it in; none for citizens.
    pub author: Option<Id>,
}

/// Records a photo that was taken in, within the transaction of what it belongs to. Answers its identifier.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, photo: &TakenIn, belongs: Belongs, now: Moment) -> Result<Id, DbError> {
    let id = id::fresh();
    let seen = &photo.inspection;
    tx.execute(
        "insert into photos (id, subject, subject_id, purpose, original_digest, original_bytes, format, width, height, \
         orientation, lat, lon, taken_at_text, make, model, large_digest, small_digest, author_id, received_at, \
         is_public, agent) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        params![
            id,
            belongs.subject,
            belongs.subject_id,
            belongs.purpose,
            &photo.original,
            photo.bytes,
            seen.format.word(),
            seen.width,
            seen.height,
            i64::from(seen.orientation),
            seen.lat,
            seen.lon,
            seen.taken_at.clone(),
            seen.make.clone(),
            seen.model.clone(),
            &photo.large,
            &photo.small,
            belongs.author,
            now,
            belongs.is_public,
            photo.agent.clone(),
        ],
    )
    .await?;
    tx.execute("insert into photo_prints (photo_id, print) values ($1, null)", params![id]).await?;
    Ok(id)
}

/// Records photos that belong to the same, in their order. Answers their identifiers as facts keep them.
///
/// # Errors
/// When the database fails.
pub async fn record_all(tx: &Tx, photos: &[TakenIn], belongs: Belongs, now: Moment) -> Result<Vec<String>, DbError> {
    let mut ids = Vec::with_capacity(photos.len());
    for photo in photos {
        ids.push(record(tx, photo, belongs, now).await?.to_string());
    }
    Ok(ids)
}

/// Hands the photos of something over to another: the same sealed originals, with who took them in and when; what is blacked out
/// stays so. The new ones are not compared again. Answers their identifiers as facts keep them.
///
/// # Errors
/// When the database fails.
pub async fn hand_over(tx: &Tx, from: (&str, Id), to: (&str, Id), purpose: &str) -> Result<Vec<String>, DbError> {
    let photos =
        tx.query("select id from photos where subject = $1 and subject_id = $2 order by id", params![from.0, from.1]);
    let mut ids = Vec::new();
    for row in photos.await? {
        let id = id::fresh();
        let sql = "insert into photos (id, subject, subject_id, purpose, original_digest, original_bytes, format, width, height, \
                   orientation, lat, lon, taken_at_text, make, model, large_digest, small_digest, author_id, received_at, \
                   is_public, agent, plain_digest) select $1, $2, $3, $4, original_digest, original_bytes, format, width, height, \
                   orientation, lat, lon, taken_at_text, make, model, large_digest, small_digest, author_id, received_at, $5, \
                   agent, plain_digest from photos where id = $6";
        tx.execute(sql, params![id, to.0, to.1, purpose, false, row.get::<Id>(0)?]).await?;
        ids.push(id.to_string());
    }
    Ok(ids)
}

/// Photos behind `after` whose prints nobody made yet, at most `most`: each with the digest of its small copy, as it was before
/// anything was blacked out.
///
/// # Errors
/// When the database fails.
pub async fn unprinted(tx: &Tx, after: Id, most: usize) -> Result<Vec<(Id, String)>, DbError> {
    let sql = "select i.photo_id, coalesce(p.plain_digest, p.small_digest) from photo_prints i join photos p on p.id = i.photo_id \
               where i.print is null and i.photo_id > $1 order by i.photo_id limit $2";
    tx.query(sql, params![after, most]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Keeps the prints of photos; empty ones are of photos with too little to see on them.
///
/// # Errors
/// When the database fails.
pub async fn save_prints(tx: &Tx, made: &[(Id, Vec<u8>)]) -> Result<(), DbError> {
    for (photo, print) in made {
        let sql = "update photo_prints set print = $2 where photo_id = $1 and print is null";
        tx.execute(sql, params![*photo, print.clone()]).await?;
    }
    Ok(())
}

/// The prints of photos between `after` and `until`, both left out, in the order in which they came, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn prints(tx: &Tx, after: Id, until: Id, most: usize) -> Result<Vec<(Id, Vec<u8>)>, DbError> {
    let sql = "select photo_id, print from photo_prints where photo_id > $1 and photo_id < $2 and print is not null \
               order by photo_id limit $3";
    tx.query(sql, params![after, until, most]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Records a paper within the transaction of what it belongs to.
///
/// # Errors
/// When the database fails.
pub async fn record_document(
    tx: &Tx,
    document: &Document,
    subject: &str,
    subject_id: Id,
    author: Option<Id>,
    now: Moment,
) -> Result<Attached, DbError> {
    let id = id::fresh();
    let sql = "insert into documents (id, subject, subject_id, name, format, digest, bytes, author_id, received_at) \
               values ($1, $2, $3, $4, 'pdf', $5, $6, $7, $8)";
    let name = document.name.clone();
    tx.execute(sql, params![id, subject, subject_id, &name, &document.digest, document.bytes, author, now]).await?;
    Ok(Attached { id: id.to_string(), name })
}

/// The digest and the name of a paper of this subject.
///
/// # Errors
/// [`Error::NotFound`] when the subject has no such paper.
pub async fn find_document(tx: &Tx, subject: &str, subject_id: Id, id: Id) -> Result<(String, String), Error> {
    let sql = "select digest, name from documents where id = $1 and subject = $2 and subject_id = $3";
    let row = tx.query_opt(sql, params![id, subject, subject_id]).await?.ok_or(Error::NotFound)?;
    Ok((row.get(0)?, row.get(1)?))
}

/// A photo as lists and pages need it.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The identifier, as text because scripts cannot hold it as a number.
    pub id: String,
    /// `before`, `after`, `check` or `other`.
    pub purpose: String,
    /// Whether citizens may see it.
    pub is_public: bool,
    /// When it came in.
    pub received_at: Moment,
    /// Where the camera says it was taken, WGS-84.
    pub lat: Option<f64>,
    /// Where the camera says it was taken, WGS-84.
    pub lon: Option<f64>,
    /// When the camera says it was taken.
    pub taken_at: Option<String>,
}

/// The photos of a subject, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of(tx: &Tx, subject: &str, subject_id: Id, is_public_only: bool) -> Result<Vec<Shown>, DbError> {
    let rows = tx
        .query(
            "select id, purpose, is_public, received_at, lat, lon, taken_at_text from photos \
             where subject = $1 and subject_id = $2 and is_public >= $3 order by id",
            params![subject, subject_id, i64::from(is_public_only)],
        )
        .await?;
    rows.iter().map(shown).collect()
}

fn shown(row: &Row) -> Result<Shown, DbError> {
    Ok(Shown {
        id: row.get::<i64>(0)?.to_string(),
        purpose: row.get(1)?,
        is_public: row.get(2)?,
        received_at: row.get(3)?,
        lat: row.get(4)?,
        lon: row.get(5)?,
        taken_at: row.get(6)?,
    })
}

/// Keeps a photo from citizens since a moment, or shows it to them again; only as `revision` has it.
///
/// # Errors
/// [`DbError::Stale`] when somebody else was faster; when the database fails.
pub async fn withhold(tx: &Tx, photo: Id, revision: i64, since: Option<Moment>) -> Result<(), DbError> {
    let sql =
        "update photos set is_public = $3, withheld_at = $4, revision = revision + 1 where id = $1 and revision = $2";
    let changed = tx.execute(sql, params![photo, revision, since.is_none(), since]).await?;
    if changed == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// Gives a photo other public copies; only as `revision` has it. `plain` is the small copy before anything was blacked out.
///
/// # Errors
/// [`DbError::Stale`] when somebody else was faster; when the database fails.
pub async fn replace_copies(
    tx: &Tx,
    photo: Id,
    revision: i64,
    (large, small): (&str, &str),
    plain: &str,
) -> Result<(), DbError> {
    let sql = "update photos set large_digest = $3, small_digest = $4, plain_digest = coalesce(plain_digest, $5), \
               revision = revision + 1 where id = $1 and revision = $2";
    let changed = tx.execute(sql, params![photo, revision, large, small, plain]).await?;
    if changed == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// A black rectangle with its history.
#[derive(Debug, Clone, Serialize)]
pub struct Rectangle {
    /// The identifier.
    pub id: Id,
    /// What it hides.
    pub kind: Hides,
    /// Where it lies.
    pub area: Area,
    /// Who drew it.
    pub by: String,
    /// When.
    pub drawn_at: Moment,
    /// Who took it away again.
    pub removed_by: Option<String>,
    /// When; none while it lies there.
    pub removed_at: Option<Moment>,
}

/// The rectangles over a photo, those that were taken away again too, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn rectangles(tx: &Tx, photo: Id) -> Result<Vec<Rectangle>, DbError> {
    let sql = "select r.id, r.kind, r.from_left, r.from_top, r.width, r.height, a.name, r.drawn_at, b.name, m.removed_at \
               from photo_rectangles r left join accounts a on a.id = r.author_id \
               left join photo_rectangle_removals m on m.rectangle_id = r.id left join accounts b on b.id = m.author_id \
               where r.photo_id = $1 order by r.id";
    let strange = |what: &str| DbError::Row(format!("a rectangle's {what} is strange"));
    let rows = tx.query(sql, params![photo]).await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.get(1)?;
            let number = |index: usize| u16::try_from(row.get::<i64>(index)?).map_err(|_| strange("place"));
            Ok(Rectangle {
                id: row.get(0)?,
                kind: Hides::parse(&kind).ok_or_else(|| strange("kind"))?,
                area: Area { left: number(2)?, top: number(3)?, width: number(4)?, height: number(5)? },
                by: row.get::<Option<String>>(6)?.unwrap_or_default(),
                drawn_at: row.get(7)?,
                removed_by: row.get(8)?,
                removed_at: row.get(9)?,
            })
        })
        .collect()
}

/// Adds a rectangle. Answers its identifier.
///
/// # Errors
/// When the database fails.
pub async fn draw(tx: &Tx, photo: Id, kind: Hides, area: Area, author: Id, now: Moment) -> Result<Id, DbError> {
    let id = id::fresh();
    let sql = "insert into photo_rectangles (id, photo_id, kind, from_left, from_top, width, height, author_id, drawn_at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (left, top) = (i64::from(area.left), i64::from(area.top));
    let (width, height) = (i64::from(area.width), i64::from(area.height));
    tx.execute(sql, params![id, photo, kind.word(), left, top, width, height, author, now]).await?;
    Ok(id)
}

/// Takes a rectangle away again.
///
/// # Errors
/// When the database fails.
pub async fn remove_rectangle(tx: &Tx, rectangle: Id, author: Id, now: Moment) -> Result<(), DbError> {
    let sql = "insert into photo_rectangle_removals (rectangle_id, author_id, removed_at) values ($1, $2, $3)";
    tx.execute(sql, params![rectangle, author, now]).await.map(drop)
}

/// A photo of a list of photos to be blacked out.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    /// The photo.
    pub photo: Shown,
    /// How many rectangles lie over it.
    pub rectangles: i64,
    /// Whether it is kept from citizens who could see it before.
    pub is_withheld: bool,
    /// Who handed it in; none for citizens.
    pub by: Option<String>,
}

/// The photos of a subject as lists of photos show them, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn overview(tx: &Tx, subject: &str, subject_id: Id) -> Result<Vec<Overview>, DbError> {
    let sql = "select p.id, p.purpose, p.is_public, p.received_at, p.lat, p.lon, p.taken_at_text, p.withheld_at, a.name, \
               (select count(*) from photo_rectangles r where r.photo_id = p.id and not exists \
               (select 1 from photo_rectangle_removals m where m.rectangle_id = r.id)) \
               from photos p left join accounts a on a.id = p.author_id \
               where p.subject = $1 and p.subject_id = $2 order by p.id";
    let rows = tx.query(sql, params![subject, subject_id]).await?;
    rows.iter()
        .map(|row| {
            Ok(Overview {
                photo: shown(row)?,
                is_withheld: row.get::<Option<Moment>>(7)?.is_some(),
                by: row.get(8)?,
                rectangles: row.get(9)?,
            })
        })
        .collect()
}

/// Everything that is known of how a photo came and what it says of itself.
#[derive(Debug, Clone, Serialize)]
pub struct Custody {
    /// The sealed original's SHA-256.
    pub original: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its format's word.
    pub format: String,
    /// Pixels across, as stored.
    pub width: i64,
    /// Pixels down, as stored.
    pub height: i64,
    /// EXIF orientation, 1 to 8.
    pub orientation: i64,
    /// Latitude by the camera, WGS-84.
    pub lat: Option<f64>,
    /// Longitude by the camera, WGS-84.
    pub lon: Option<f64>,
    /// When it was taken, by the camera.
    pub taken_at: Option<String>,
    /// The camera's maker.
    pub make: Option<String>,
    /// The camera's model.
    pub model: Option<String>,
    /// The program with which it was sent.
    pub agent: Option<String>,
    /// Who handed it in; none for citizens.
    pub by: Option<String>,
    /// When it came in.
    pub received_at: Moment,
    /// The large public copy's SHA-256.
    pub large: String,
    /// The small public copy's SHA-256.
    pub small: String,
}

/// What is known of how a photo came.
///
/// # Errors
/// [`Error::NotFound`] when there is no such photo.
pub async fn custody(tx: &Tx, photo: Id) -> Result<Custody, Error> {
    let sql = "select p.original_digest, p.original_bytes, p.format, p.width, p.height, p.orientation, p.lat, p.lon, \
               p.taken_at_text, p.make, p.model, p.agent, a.name, p.received_at, p.large_digest, p.small_digest \
               from photos p left join accounts a on a.id = p.author_id where p.id = $1";
    let row = tx.query_opt(sql, params![photo]).await?.ok_or(Error::NotFound)?;
    Ok(custody_of(&row)?)
}

fn custody_of(row: &Row) -> Result<Custody, DbError> {
    Ok(Custody {
        original: row.get(0)?,
        bytes: row.get(1)?,
        format: row.get(2)?,
        width: row.get(3)?,
        height: row.get(4)?,
        orientation: row.get(5)?,
        lat: row.get(6)?,
        lon: row.get(7)?,
        taken_at: row.get(8)?,
        make: row.get(9)?,
        model: row.get(10)?,
        agent: row.get(11)?,
        by: row.get(12)?,
        received_at: row.get(13)?,
        large: row.get(14)?,
        small: row.get(15)?,
    })
}

/// A photo of a subject with what its custody comes to: how often its original was opened, and how it was found last.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The photo.
    pub id: Id,
    /// How it came and what it says of itself.
    pub custody: Custody,
    /// How often its original was opened.
    pub views: i64,
    /// What the last comparison with its digest came to, and when; none while there was none.
    pub checked: Option<(String, Moment)>,
}

/// The photos of a subject with their custody, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn kept(tx: &Tx, subject: &str, subject_id: Id) -> Result<Vec<Kept>, DbError> {
    let sql = "select p.original_digest, p.original_bytes, p.format, p.width, p.height, p.orientation, p.lat, p.lon, \
               p.taken_at_text, p.make, p.model, p.agent, a.name, p.received_at, p.large_digest, p.small_digest, p.id, \
               (select count(*) from original_views v where v.photo_id = p.id), c.outcome, c.checked_at \
               from photos p left join accounts a on a.id = p.author_id \
               left join original_checks c on c.id = (select max(l.id) from original_checks l where l.photo_id = p.id) \
               where p.subject = $1 and p.subject_id = $2 order by p.id";
    let rows = tx.query(sql, params![subject, subject_id]).await?;
    rows.iter()
        .map(|row| {
            let checked = row.get::<Option<String>>(18)?.zip(row.get::<Option<Moment>>(19)?);
            Ok(Kept { id: row.get(16)?, custody: custody_of(row)?, views: row.get(17)?, checked })
        })
        .collect()
}

/// The last openings of sealed originals of a subject, the latest first, at most `most`: the photo, and who when.
///
/// # Errors
/// When the database fails.
pub async fn views_of(tx: &Tx, subject: &str, subject_id: Id, most: usize) -> Result<Vec<(Id, Handled)>, DbError> {
    let sql = "select v.photo_id, a.name, v.viewed_at from original_views v join photos p on p.id = v.photo_id \
               left join accounts a on a.id = v.account_id where p.subject = $1 and p.subject_id = $2 \
               order by v.id desc limit $3";
    let handled = |row: &Row| {
        let by = row.get::<Option<String>>(1)?.unwrap_or_default();
        Ok((row.get(0)?, Handled { by, at: row.get(2)?, outcome: None }))
    };
    tx.query(sql, params![subject, subject_id, most]).await?.iter().map(handled).collect()
}

/// That somebody opened a sealed original, or had it compared with its digest.
#[derive(Debug, Clone, Serialize)]
pub struct Handled {
    /// Who.
    pub by: String,
    /// When.
    pub at: Moment,
    /// `whole`, `altered` or `missing`; none for an opening.
    pub outcome: Option<String>,
}

/// The last openings of a sealed original, the latest first, at most `most`; and how many there were.
///
/// # Errors
/// When the database fails.
pub async fn views(tx: &Tx, photo: Id, most: usize) -> Result<(Vec<Handled>, i64), DbError> {
    let sql = "select a.name, v.viewed_at from original_views v left join accounts a on a.id = v.account_id \
               where v.photo_id = $1 order by v.id desc limit $2";
    let handled = |row: &Row| {
        Ok(Handled { by: row.get::<Option<String>>(0)?.unwrap_or_default(), at: row.get(1)?, outcome: None })
    };
    let rows = tx.query(sql, params![photo, most]).await?.iter().map(handled).collect::<Result<Vec<_>, DbError>>()?;
    let count = tx.query_one("select count(*) from original_views where photo_id = $1", params![photo]).await?;
    Ok((rows, count.get(0)?))
}

/// The last comparisons of a sealed original with its digest, the latest first, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn checks(tx: &Tx, photo: Id, most: usize) -> Result<Vec<Handled>, DbError> {
    let sql = "select a.name, c.checked_at, c.outcome from original_checks c left join accounts a on a.id = c.account_id \
               where c.photo_id = $1 order by c.id desc limit $2";
    let handled = |row: &Row| {
        Ok(Handled { by: row.get::<Option<String>>(0)?.unwrap_or_default(), at: row.get(1)?, outcome: row.get(2)? })
    };
    tx.query(sql, params![photo, most]).await?.iter().map(handled).collect()
}

/// Notes what came of a comparison of a sealed original with its digest: `whole`, `altered` or `missing`.
///
/// # Errors
/// When the database fails.
pub async fn checked(tx: &Tx, photo: Id, account: Id, outcome: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into original_checks (id, photo_id, account_id, checked_at, outcome) values ($1, $2, $3, $4, $5)";
    tx.execute(sql, params![id::fresh(), photo, account, now, outcome]).await.map(drop)
}

/// Other photos whose sealed original is the very same file, the latest first, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn same_file(tx: &Tx, photo: Id, original: &str, most: usize) -> Result<Vec<Id>, DbError> {
    let sql = "select id from photos where original_digest = $2 and id <> $1 order by id desc limit $3";
    tx.query(sql, params![photo, original, most]).await?.iter().map(|row| row.get(0)).collect()
}

/// Which of these digests a column of a table holds. The names come from [`super::sweeping::SHELVES`], never from outside.
///
/// # Errors
/// When the database fails.
pub async fn known(tx: &Tx, table: &str, column: &str, digests: &[String]) -> Result<Vec<String>, DbError> {
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("select distinct {column} from {table} where {column} in ({})", slots(0, digests.len()));
    let params = digests.iter().map(|digest| Value::from(digest.clone())).collect();
    tx.query(&sql, params).await?.iter().map(|row| row.get(0)).collect()
}

/// Rows behind `after` of a table with the digests that they hold in these columns, at most `most`, in their order.
///
/// # Errors
/// When the database fails.
pub async fn digests(
    tx: &Tx,
    table: &str,
    columns: &[&str],
    after: &str,
    most: usize,
) -> Result<Vec<(String, Vec<Option<String>>)>, DbError> {
    let is_named = table == "waiting_photos";
    let sql = format!("select id, {} from {table} where id > $1 order by id limit $2", columns.join(", "));
    let after = if is_named { Value::from(after.to_owned()) } else { Value::Int(after.parse().unwrap_or(0)) };
    let rows = tx.query(&sql, vec![after, Value::from(most)]).await?;
    rows.iter()
        .map(|row| {
            let id = if is_named { row.get::<String>(0)? } else { row.get::<i64>(0)?.to_string() };
            let held = (1..=columns.len()).map(|index| row.get(index)).collect::<Result<Vec<_>, DbError>>()?;
            Ok((id, held))
        })
        .collect()
}

/// Where a photo's bytes are.
#[derive(Debug, Clone)]
pub struct Bytes {
    /// `report`, `case` or `whistle`.
    pub subject: String,
    /// Which one.
    pub subject_id: Id,
    /// The sealed original.
    pub original: String,
    /// Its format's name.
    pub format: String,
    /// The large copy.
    pub large: String,
    /// The small copy.
    pub small: String,
    /// Whether citizens may see the copies.
    pub is_public: bool,
    /// How often the copies were made anew or withheld.
    pub revision: i64,
    /// The small copy as it was before anything was blacked out; none while nothing ever was.
    pub plain: Option<String>,
    /// Since when it is kept from citizens, when they could see it before.
    pub withheld_at: Option<Moment>,
}

/// Where the bytes of a photo are.
///
/// # Errors
/// [`Error::NotFound`] when there is no such photo.
pub async fn load(tx: &Tx, photo: Id) -> Result<Bytes, Error> {
    let sql = "select original_digest, format, large_digest, small_digest, is_public, subject, subject_id, \
               revision, plain_digest, withheld_at from photos where id = $1";
    let row = tx.query_opt(sql, params![photo]).await?.ok_or(Error::NotFound)?;
    Ok(Bytes {
        original: row.get(0)?,
        format: row.get(1)?,
        large: row.get(2)?,
        small: row.get(3)?,
        is_public: row.get(4)?,
        subject: row.get(5)?,
        subject_id: row.get(6)?,
        revision: row.get(7)?,
        plain: row.get(8)?,
        withheld_at: row.get(9)?,
    })
}

/// Notes that somebody opened a sealed original.
///
/// # Errors
/// When the database fails.
pub async fn viewed(tx: &Tx, photo: Id, account: Id, now: Moment) -> Result<(), DbError> {
    let sql = "insert into original_views (id, photo_id, account_id, viewed_at) values ($1, $2, $3, $4)";
    tx.execute(sql, params![id::fresh(), photo, account, now]).await?;
    Ok(())
}

/// A photo that waits for its form to be sent again.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its name, which nobody can guess.
    pub id: String,
    /// What it is and where its bytes are.
    pub photo: TakenIn,
}

const WAITING: &str = "id, original_digest, original_bytes, format, width, height, orientation, lat, lon, taken_at_text, \
     make, model, large_digest, small_digest, agent";

fn waiting_row(row: &Row) -> Result<Waiting, DbError> {
    let strange = |what: &str| DbError::Row(format!("a waiting photo's {what} is strange"));
    let format: String = row.get(3)?;
    let number = |index: usize| u32::try_from(row.get::<i64>(index)?).map_err(|_| strange("size"));
    Ok(Waiting {
        id: row.get(0)?,
        photo: TakenIn {
            inspection: Inspection {
                format: Format::parse(&format).ok_or_else(|| strange("format"))?,
                width: number(4)?,
                height: number(5)?,
                orientation: u8::try_from(number(6)?).map_err(|_| strange("orientation"))?,
                lat: row.get(7)?,
                lon: row.get(8)?,
                taken_at: row.get(9)?,
                make: row.get(10)?,
                model: row.get(11)?,
            },
            original: row.get(1)?,
            bytes: usize::try_from(row.get::<i64>(2)?).map_err(|_| strange("size"))?,
            large: row.get(12)?,
            small: row.get(13)?,
            agent: row.get(14)?,
        },
    })
}

/// Notes a photo that waits for the form of this key.
///
/// # Errors
/// When the database fails.
pub async fn add_waiting(tx: &Tx, waiting: &Waiting, form_key: &str, now: Moment) -> Result<(), DbError> {
    let (photo, seen) = (&waiting.photo, &waiting.photo.inspection);
    let sql = "insert into waiting_photos (id, original_digest, original_bytes, format, width, height, orientation, lat, \
               lon, taken_at_text, make, model, large_digest, small_digest, form_key, received_at, agent) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    tx.execute(
        sql,
        params![
            &waiting.id,
            &photo.original,
            photo.bytes,
            seen.format.word(),
            seen.width,
            seen.height,
            i64::from(seen.orientation),
            seen.lat,
            seen.lon,
            seen.taken_at.clone(),
            seen.make.clone(),
            seen.model.clone(),
            &photo.large,
            &photo.small,
            form_key,
            now,
            photo.agent.clone(),
        ],
    )
    .await?;
    Ok(())
}

/// The photos that wait for the form of this key, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn waiting_of(tx: &Tx, form_key: &str) -> Result<Vec<Waiting>, DbError> {
    let sql = format!("select {WAITING} from waiting_photos where form_key = $1 order by received_at, id");
    tx.query(&sql, params![form_key]).await?.iter().map(waiting_row).collect()
}

/// The waiting photo of this name.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load_waiting(tx: &Tx, id: &str) -> Result<Waiting, Error> {
    let sql = format!("select {WAITING} from waiting_photos where id = $1");
    let row = tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?;
    Ok(waiting_row(&row)?)
}

/// Lets go of every photo that waits for the form of this key, and answers them.
///
/// # Errors
/// When the database fails.
pub async fn forget_waiting(tx: &Tx, form_key: &str) -> Result<Vec<TakenIn>, DbError> {
    let forgotten = waiting_of(tx, form_key).await?;
    tx.execute("delete from waiting_photos where form_key = $1", params![form_key]).await?;
    Ok(forgotten.into_iter().map(|waiting| waiting.photo).collect())
}

/// Lets go of every photo that has waited since before a moment, and answers them.
///
/// # Errors
/// When the database fails.
pub async fn forget_waiting_since(tx: &Tx, before: Moment) -> Result<Vec<TakenIn>, DbError> {
    let sql = format!("select {WAITING} from waiting_photos where received_at < $1");
    let forgotten = tx.query(&sql, params![before]).await?.iter().map(waiting_row).collect::<Result<Vec<_>, _>>()?;
    tx.execute("delete from waiting_photos where received_at < $1", params![before]).await?;
    Ok(forgotten.into_iter().map(|waiting| waiting.photo).collect())
}

/// True when a waiting photo needs the bytes of this digest.
///
/// # Errors
/// When the database fails.
pub async fn is_waited_for(tx: &Tx, digest: &str) -> Result<bool, DbError> {
    let sql =
        "select 1 from waiting_photos where original_digest = $1 or large_digest = $1 or small_digest = $1 limit 1";
    Ok(tx.query_opt(sql, params![digest]).await?.is_some())
}
