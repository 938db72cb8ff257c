//! The tables of photos and of who looked at originals.

use super::TakenIn;
use super::document::{Attached, Document};
use super::photo::{Format, Inspection};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, params};
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
         is_public) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
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
        ],
    )
    .await?;
    tx.execute("insert into photo_prints (photo_id, print) values ($1, null)", params![id]).await?;
    Ok(id)
}

/// Photos behind `after` whose prints nobody made yet, at most `most`: each with the digest of its small copy.
///
/// # Errors
/// When the database fails.
pub async fn unprinted(tx: &Tx, after: Id, most: usize) -> Result<Vec<(Id, String)>, DbError> {
    let sql = "select i.photo_id, p.small_digest from photo_prints i join photos p on p.id = i.photo_id \
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

/// Shows the photo to citizens, or hides it from them.
///
/// # Errors
/// When the database fails.
pub async fn publish(tx: &Tx, photo: Id, is_public: bool) -> Result<(), DbError> {
    tx.execute("update photos set is_public = $2 where id = $1", params![photo, is_public]).await?;
    Ok(())
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
}

/// Where the bytes of a photo are.
///
/// # Errors
/// [`Error::NotFound`] when there is no such photo.
pub async fn load(tx: &Tx, photo: Id) -> Result<Bytes, Error> {
    let sql = "select original_digest, format, large_digest, small_digest, is_public, subject, subject_id from photos \
               where id = $1";
    let row = tx.query_opt(sql, params![photo]).await?.ok_or(Error::NotFound)?;
    Ok(Bytes {
        original: row.get(0)?,
        format: row.get(1)?,
        large: row.get(2)?,
        small: row.get(3)?,
        is_public: row.get(4)?,
        subject: row.get(5)?,
        subject_id: row.get(6)?,
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
     make, model, large_digest, small_digest";

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
               lon, taken_at_text, make, model, large_digest, small_digest, form_key, received_at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
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
