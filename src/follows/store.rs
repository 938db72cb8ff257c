//! The tables of follows and of what they have to be told.

use super::follow::{Circle, Pace, Wish};
use crate::cases::reading::Stirred;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, params};
use crate::kit::id::Id;
use crate::kit::sealing::{Column, Personal, Unreadable};
use crate::kit::words::LANGUAGES;
use crate::timeline;
use crate::timeline::fact::Fact;
use serde_json::json;

/// Where e-mails go; found by its value.
pub const EMAIL: Column = Column::of("follows", "email").marked("email_mark");
/// The address of a browser; found by its value.
pub const ENDPOINT: Column = Column::of("follows", "endpoint").marked("endpoint_mark");
/// The public key of a browser.
pub const P256DH: Column = Column::of("follows", "p256dh");
/// The secret of a browser.
pub const AUTH: Column = Column::of("follows", "auth");
/// What opens the page of a follow; found by its value.
pub const SECRET: Column = Column::of("follows", "secret").marked("secret_mark");

/// Where a browser can be written to, and with which keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// Its address at its push service: whoever knows it can write to it.
    pub endpoint: String,
    /// Its public key, as it wrote it.
    pub p256dh: String,
    /// Its secret, as it wrote it.
    pub auth: String,
}

/// Somebody's follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Follow {
    /// Its identifier.
    pub id: Id,
    /// Where e-mails go; empty when a browser is told instead.
    pub email: String,
    /// The browser that is told by web push.
    pub browser: Option<Browser>,
    /// `zh-Hans` or `en`.
    pub language: &'static str,
    /// What is followed.
    pub wish: Wish,
    /// What the place was called.
    pub place: String,
    /// How often.
    pub pace: Pace,
    /// Opens its page.
    pub secret: String,
    /// When it was asked for.
    pub made_at: Moment,
    /// When the address was proved to be theirs.
    pub confirmed_at: Option<Moment>,
    /// When the next e-mail may leave.
    pub due_at: Option<Moment>,
    /// The day on which e-mails were counted, and how many left on it.
    pub counted: (String, u32),
    /// Counts its changes.
    pub revision: i64,
    /// Why it cannot be read where its e-mails go, or what opens its page: then those are empty here. They are never written
    /// back.
    pub unread: Option<Unreadable>,
}

const COLUMNS: &str = "id, email, language, lon, lat, metres, place, area_code, category, pace, secret, made_at, confirmed_at, \
                       due_at, counted_on, counted, revision, endpoint, p256dh, auth";

fn read_wish(row: &Row, lon: usize, area: usize) -> Result<Wish, DbError> {
    let (east, north): (Option<f64>, Option<f64>) = (row.get(lon)?, row.get(lon + 1)?);
    let metres: Option<i64> = row.get(lon + 2)?;
    let circle = east.zip(north).zip(metres.and_then(|metres| u32::try_from(metres).ok()));
    let circle = circle.map(|((lon, lat), metres)| Circle { lon, lat, metres });
    Ok(Wish { circle, area: row.get(area)?, category: row.get(area + 1)? })
}

fn read(tx: &Tx, row: &Row) -> Result<Follow, DbError> {
    let (id, language, pace): (Id, String, String) = (row.get(0)?, row.get(2)?, row.get(9)?);
    let (counted, is_pushed): (i64, bool) = (row.get(15)?, !row.get::<String>(17)?.is_empty());
    let mut unread = None;
    let mut open = |column: Column, at: usize| match tx.open(column, id, row.get(at)?) {
        Personal::Known(text) => Ok::<_, DbError>(text),
        Personal::Unreadable { why, .. } => {
            unread = Some(why);
            Ok(String::new())
        }
    };
    let (email, secret) = (open(EMAIL, 1)?, open(SECRET, 10)?);
    let browser = Browser { endpoint: open(ENDPOINT, 17)?, p256dh: open(P256DH, 18)?, auth: open(AUTH, 19)? };
    Ok(Follow {
        id,
        email,
        browser: is_pushed.then_some(browser),
        language: LANGUAGES.into_iter().find(|known| *known == language).unwrap_or(LANGUAGES[0]),
        wish: read_wish(row, 3, 7)?,
        place: row.get(6)?,
        pace: Pace::parse(&pace).ok_or(DbError::Row(pace))?,
        secret,
        made_at: row.get(11)?,
        confirmed_at: row.get(12)?,
        due_at: row.get(13)?,
        counted: (row.get(14)?, u32::try_from(counted).unwrap_or(u32::MAX)),
        revision: row.get(16)?,
        unread,
    })
}

/// A fact about a follow: never whose it is.
fn fact(kind: &str, follow: Id, at: Moment) -> Fact {
    Fact {
        subject: "follow",
        subject_id: follow,
        kind: kind.to_owned(),
        is_public: false,
        author: None,
        at,
        body: json!({}),
    }
}

/// Keeps a new follow.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, one: &Follow) -> Result<(), DbError> {
    let circle = one.wish.circle;
    let of = |read: fn(&Browser) -> &str| one.browser.as_ref().map_or("", read);
    let endpoint = of(|browser| &browser.endpoint);
    tx.execute(
        "insert into follows (id, email, language, lon, lat, metres, place, area_code, category, pace, secret, made_at, counted_on, \
         counted, revision, confirmed_at, endpoint, p256dh, auth, email_mark, endpoint_mark, secret_mark) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 0, 1, $13, $14, $15, $16, $17, $18, $19)",
        params![
            one.id,
            tx.seal(EMAIL, one.id, &one.email)?,
            one.language,
            circle.map(|circle| circle.lon),
            circle.map(|circle| circle.lat),
            circle.map(|circle| circle.metres),
            &one.place,
            &one.wish.area,
            &one.wish.category,
            one.pace.word(),
            tx.seal(SECRET, one.id, &one.secret)?,
            one.made_at,
            one.confirmed_at,
            tx.seal(ENDPOINT, one.id, endpoint)?,
            tx.seal(P256DH, one.id, of(|browser| &browser.p256dh))?,
            tx.seal(AUTH, one.id, of(|browser| &browser.auth))?,
            tx.mark(EMAIL, &one.email),
            tx.mark(ENDPOINT, endpoint),
            tx.mark(SECRET, &one.secret)
        ],
    )
    .await?;
    timeline::store::record(tx, &fact("follow_asked", one.id, one.made_at)).await.map(drop)
}

/// The follow that a secret opens.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &Tx, secret: &str) -> Result<Option<Follow>, DbError> {
    let (held, values) = tx.holds(SECRET, secret, 1);
    let sql = format!("select {COLUMNS} from follows where {held}");
    tx.query_opt(&sql, values).await?.as_ref().map(|row| read(tx, row)).transpose()
}

/// The follows of an address, unconfirmed ones too.
///
/// # Errors
/// When the database fails.
pub async fn of_email(tx: &Tx, email: &str) -> Result<Vec<Follow>, DbError> {
    let (held, values) = tx.holds(EMAIL, email, 1);
    let sql = format!("select {COLUMNS} from follows where {held} order by id");
    tx.query(&sql, values).await?.iter().map(|row| read(tx, row)).collect()
}

/// The follows of a browser.
///
/// # Errors
/// When the database fails.
pub async fn of_browser(tx: &Tx, endpoint: &str) -> Result<Vec<Follow>, DbError> {
    let (held, values) = tx.holds(ENDPOINT, endpoint, 1);
    let sql = format!("select {COLUMNS} from follows where {held} and endpoint <> '' order by id");
    tx.query(&sql, values).await?.iter().map(|row| read(tx, row)).collect()
}

/// A browser's push service has given it another address: its follows go on there. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn move_browser(tx: &Tx, old: &str, browser: &Browser) -> Result<u64, DbError> {
    let known = of_browser(tx, old).await?;
    let mut moved = 0;
    for one in &known {
        let sql = "update follows set endpoint = $2, p256dh = $3, auth = $4, endpoint_mark = $5, revision = revision + 1 where id = $1";
        let values = params![
            one.id,
            tx.seal(ENDPOINT, one.id, &browser.endpoint)?,
            tx.seal(P256DH, one.id, &browser.p256dh)?,
            tx.seal(AUTH, one.id, &browser.auth)?,
            tx.mark(ENDPOINT, &browser.endpoint)
        ];
        moved += tx.execute(sql, values).await?;
    }
    Ok(moved)
}

/// All that is followed by confirmed addresses.
///
/// # Errors
/// When the database fails.
pub async fn wishes(tx: &Tx) -> Result<Vec<(Id, Wish)>, DbError> {
    let sql =
        "select id, lon, lat, metres, area_code, category from follows where confirmed_at is not null order by id";
    tx.query(sql, params![]).await?.iter().map(|row| Ok((row.get(0)?, read_wish(row, 1, 4)?))).collect()
}

/// How many are confirmed, and the newest confirmation: by both a program sees that another one has changed something.
///
/// # Errors
/// When the database fails.
pub async fn mark(tx: &Tx) -> Result<(i64, i64), DbError> {
    let sql = "select count(*), coalesce(max(confirmed_at), 0) from follows where confirmed_at is not null";
    let row = tx.query_one(sql, params![]).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// Notes that the address is theirs. Done twice, the first time counts.
///
/// # Errors
/// When the database fails.
pub async fn confirm(tx: &Tx, follow: Id, now: Moment) -> Result<(), DbError> {
    let sql = "update follows set confirmed_at = $2, revision = revision + 1 where id = $1 and confirmed_at is null";
    if tx.execute(sql, params![follow, now]).await? == 1 {
        timeline::store::record(tx, &fact("follow_confirmed", follow, now)).await?;
    }
    Ok(())
}

/// Changes how often somebody is told; what waits is told at the new pace.
///
/// # Errors
/// [`DbError::Stale`] when it was changed meanwhile; when the database fails.
pub async fn change_pace(tx: &Tx, one: &Follow, pace: Pace, due: Option<Moment>, now: Moment) -> Result<(), DbError> {
    let sql = "update follows set pace = $3, due_at = $4, revision = revision + 1 where id = $1 and revision = $2";
    if tx.execute(sql, params![one.id, one.revision, pace.word(), due]).await? != 1 {
        return Err(DbError::Stale);
    }
    timeline::store::record(tx, &fact("follow_changed", one.id, now)).await.map(drop)
}

/// Removes a follow with its address and with all that it had to be told.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &Tx, follow: Id, kind: &'static str, now: Moment) -> Result<(), DbError> {
    tx.execute("delete from follow_news where follow_id = $1", params![follow]).await?;
    if tx.execute("delete from follows where id = $1", params![follow]).await? == 1 {
        timeline::store::record(tx, &fact(kind, follow, now)).await?;
    }
    Ok(())
}

/// Those that nobody confirmed since a moment, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn unconfirmed(tx: &Tx, before: Moment, most: usize) -> Result<Vec<Id>, DbError> {
    let sql = "select id from follows where confirmed_at is null and made_at < $1 order by id limit $2";
    tx.query(sql, params![before, most]).await?.iter().map(|row| row.get(0)).collect()
}

/// Public facts about reports after one, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn stirred(tx: &Tx, after: Id, most: usize) -> Result<Vec<Stirred>, DbError> {
    let sql = "select id, subject_id, at from facts where id > $1 and subject = 'report' and is_public = 1 order by id limit $2";
    let rows = tx.query(sql, params![after, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Notes what a follow has to be told of a report; answers false when it was told of this stage already, or is no more.
///
/// # Errors
/// When the database fails.
pub async fn note(tx: &Tx, follow: Id, report: Id, stage: &str, at: Moment) -> Result<bool, DbError> {
    let sql = "insert into follow_news (follow_id, report_id, stage, at) select id, cast($2 as bigint), cast($3 as text), \
               cast($4 as bigint) from follows where id = $1 and confirmed_at <= $4 on conflict (follow_id, report_id) do update set stage = excluded.stage, at = excluded.at, told_at = null \
               where follow_news.stage <> excluded.stage";
    Ok(tx.execute(sql, params![follow, report, stage, at]).await? > 0)
}

/// The follow of an identifier.
///
/// # Errors
/// When the database fails.
pub async fn load(tx: &Tx, follow: Id) -> Result<Option<Follow>, DbError> {
    let sql = format!("select {COLUMNS} from follows where id = $1");
    tx.query_opt(&sql, params![follow]).await?.as_ref().map(|row| read(tx, row)).transpose()
}

/// Says when the next e-mail may leave; an earlier moment stays.
///
/// # Errors
/// When the database fails.
pub async fn put_due(tx: &Tx, follow: Id, due: Moment) -> Result<(), DbError> {
    let sql = "update follows set due_at = $2 where id = $1 and (due_at is null or due_at > $2)";
    tx.execute(sql, params![follow, due]).await.map(drop)
}

/// Those whose time has come, earliest first.
///
/// # Errors
/// When the database fails.
pub async fn due(tx: &Tx, now: Moment, most: usize) -> Result<Vec<Follow>, DbError> {
    let sql = format!(
        "select {COLUMNS} from follows where due_at <= $1 and confirmed_at is not null order by due_at, id limit $2"
    );
    tx.query(&sql, params![now, most]).await?.iter().map(|row| read(tx, row)).collect()
}

/// What a follow has to be told, newest first: report, stage, moment.
///
/// # Errors
/// When the database fails.
pub async fn news(tx: &Tx, follow: Id, most: usize) -> Result<Vec<(Id, String, Moment)>, DbError> {
    let sql = "select report_id, stage, at from follow_news where follow_id = $1 and told_at is null order by at desc, report_id limit $2";
    let rows = tx.query(sql, params![follow, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Takes a follow whose time has come, until `until`; answers false when another program has it.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &Tx, one: &Follow, until: Moment) -> Result<bool, DbError> {
    let sql = "update follows set due_at = $3, revision = revision + 1 where id = $1 and revision = $2";
    Ok(tx.execute(sql, params![one.id, one.revision, until]).await? == 1)
}

/// Notes that an e-mail left with all that was to be told until a moment; what has come meanwhile is told at `next`.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &Tx, follow: Id, until: Moment, day: &str, now: Moment, next: Moment) -> Result<(), DbError> {
    let sql = "update follow_news set told_at = $3 where follow_id = $1 and at <= $2 and told_at is null";
    tx.execute(sql, params![follow, until, now]).await?;
    let sql = "update follows set due_at = case when exists (select 1 from follow_news where follow_id = $1 and told_at is null) \
               then cast($3 as bigint) end, counted = case when counted_on = $2 then counted + 1 else 1 end, counted_on = $2, \
               revision = revision + 1 where id = $1";
    tx.execute(sql, params![follow, day, next]).await.map(drop)
}

/// Puts the next e-mail off.
///
/// # Errors
/// When the database fails.
pub async fn put_off(tx: &Tx, follow: Id, due: Moment) -> Result<(), DbError> {
    tx.execute("update follows set due_at = $2 where id = $1", params![follow, due]).await.map(drop)
}

/// Takes every follow for one that was not confirmed yet: from a copy of a city nobody gets e-mails.
///
/// # Errors
/// When the database fails.
pub async fn rest_all(tx: &Tx) -> Result<u64, DbError> {
    tx.execute("update follows set confirmed_at = null, due_at = null, revision = revision + 1", params![]).await
}

/// Forgets what was told before a moment.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: Moment) -> Result<u64, DbError> {
    tx.execute("delete from follow_news where told_at < $1", params![before]).await
}
