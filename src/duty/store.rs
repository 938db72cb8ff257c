//! The room's tables.

use super::calling::{CallOut, CallState, Rung};
use super::pattern::Role;
use super::person::{Person, Staff};
use super::sheet::Found;
use super::shift::{Arrival, HandOver, Matter, Month, Place, Roster, Shift, Swap, SwapState};
use crate::cases::reading::Stirred;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, WITHOUT_END, params};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::sealing::{Column, Personal};
use crate::people::account::is_administrator;
use crate::people::act::Post;
use crate::timeline;
use crate::timeline::fact::Fact;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody's own telephone.
pub const PHONE: Column = Column::of("accounts", "phone");
/// Two days in milliseconds: the longest shift.
const LONGEST: i64 = 48 * 60 * 60 * 1000;

fn word<T>(found: Option<T>, text: &str) -> Result<T, DbError> {
    found.ok_or_else(|| DbError::Row(format!("duty: unknown word {text}")))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Row(format!("duty: {error}")))
}

/// More values than this are asked for in several pieces: engines bound them.
const MOST_MARKS: usize = 900;

/// `$n` for each identifier, after the values that stand before; and all of the values.
fn marked(ids: impl Iterator<Item = Id>, mut values: Vec<Value>) -> (String, Vec<Value>) {
    let mut marks = Vec::new();
    for id in ids {
        values.push(Value::Int(id));
        marks.push(format!("${}", values.len()));
    }
    (marks.join(", "), values)
}

fn saved(changed: u64) -> Result<(), DbError> {
    if changed == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// Appends a fact of this room.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &Tx,
    subject: &'static str,
    subject_id: Id,
    kind: &str,
    author: Option<Id>,
    at: Moment,
    body: serde_json::Value,
) -> Result<(), DbError> {
    let fact = Fact { subject, subject_id, kind: kind.to_owned(), is_public: false, author, at, body };
    timeline::store::record(tx, &fact).await.map(drop)
}

// People.

/// Everybody who works here and may stand duty, by name.
///
/// # Errors
/// When the database fails.
pub async fn staff(tx: &Tx) -> Result<Staff, DbError> {
    let sql = "select a.id, a.login, a.name, a.post, a.phone, coalesce(d.phone, ''), coalesce(d.name_zh, ''), \
               coalesce(d.name_en, '') from accounts a left join departments d on d.id = a.department_id \
               where a.is_active = 1 order by a.name, a.login";
    let mut people = Vec::new();
    for row in tx.query(sql, vec![]).await? {
        let text: String = row.get(3)?;
        let post = word(Post::parse(&text), &text)?;
        if is_administrator(post) {
            continue;
        }
        let (own, shared): (Personal, String) = (tx.open(PHONE, row.get::<Id>(0)?, row.get(4)?), row.get(5)?);
        let is_shared_phone = own.is_empty() && !shared.is_empty();
        people.push(Person {
            id: row.get(0)?,
            login: row.get(1)?,
            name: row.get(2)?,
            post,
            phone: if own.is_empty() { shared.into() } else { own },
            is_shared_phone,
            department: (row.get(6)?, row.get(7)?),
        });
    }
    Ok(Staff::new(people))
}

/// Somebody's own telephone; empty when they have given none.
///
/// # Errors
/// When the database fails.
pub async fn phone(tx: &Tx, account: Id) -> Result<Personal, DbError> {
    let row = tx.query_one("select phone from accounts where id = $1", params![account]).await?;
    Ok(tx.open(PHONE, account, row.get(0)?))
}

/// Keeps somebody's own telephone.
///
/// # Errors
/// When the database fails.
pub async fn set_phone(tx: &Tx, account: Id, phone: &Personal) -> Result<(), DbError> {
    let sealed = tx.keep(PHONE, account, phone)?;
    tx.execute("update accounts set phone = $2 where id = $1", params![account, sealed]).await.map(drop)
}

// Rosters and their months.

const ROSTER: &str = "id, name, pattern, lists, lon, lat, is_called, is_active, revision";

fn roster_of(row: &Row) -> Result<Roster, DbError> {
    let (pattern, lists): (String, String) = (row.get(2)?, row.get(3)?);
    let (lon, lat): (Option<f64>, Option<f64>) = (row.get(4)?, row.get(5)?);
    Ok(Roster {
        id: row.get(0)?,
        name: row.get(1)?,
        pattern: parsed(&pattern)?,
        lists: parsed(&lists)?,
        place: lon.zip(lat),
        is_called: row.get(6)?,
        is_active: row.get(7)?,
        revision: row.get(8)?,
    })
}

/// Every roster, those in use first.
///
/// # Errors
/// When the database fails.
pub async fn rosters(tx: &Tx) -> Result<Vec<Roster>, DbError> {
    let rows = tx.query(&format!("select {ROSTER} from duty_rosters order by is_active desc, id"), vec![]).await?;
    rows.iter().map(roster_of).collect()
}

/// One roster.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn roster(tx: &Tx, id: Id) -> Result<Roster, Error> {
    let row = tx.query_opt(&format!("select {ROSTER} from duty_rosters where id = $1"), params![id]).await?;
    Ok(roster_of(&row.ok_or(Error::NotFound)?)?)
}

/// Writes a new roster.
///
/// # Errors
/// When the database fails.
pub async fn add_roster(tx: &Tx, roster: &Roster, now: Moment) -> Result<(), DbError> {
    let sql = "insert into duty_rosters (id, name, pattern, lists, lon, lat, is_called, is_active, made_at, revision) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = params![
        roster.id,
        &roster.name,
        json(&roster.pattern)?,
        json(&roster.lists)?,
        roster.place.map(|place| place.0),
        roster.place.map(|place| place.1),
        roster.is_called,
        roster.is_active,
        now,
        roster.revision
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Saves a roster whose revision was one less.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save_roster(tx: &Tx, roster: &Roster) -> Result<(), DbError> {
    let sql = "update duty_rosters set name = $2, pattern = $3, lists = $4, lon = $5, lat = $6, is_called = $7, \
               is_active = $8, revision = $9 where id = $1 and revision = $10";
    let values = params![
        roster.id,
        &roster.name,
        json(&roster.pattern)?,
        json(&roster.lists)?,
        roster.place.map(|place| place.0),
        roster.place.map(|place| place.1),
        roster.is_called,
        roster.is_active,
        roster.revision,
        roster.revision - 1
    ];
    saved(tx.execute(sql, values).await?)
}

/// A month of a roster: whether it is published, and its revision; none when nothing was made for it.
///
/// # Errors
/// When the database fails.
pub async fn month(tx: &Tx, roster: Id, month: Month) -> Result<Option<(bool, i64)>, DbError> {
    let sql = "select state, revision from duty_months where roster_id = $1 and month = $2";
    match tx.query_opt(sql, params![roster, month.to_string()]).await? {
        Some(row) => Ok(Some((row.get::<String>(0)? == "published", row.get(1)?))),
        None => Ok(None),
    }
}

/// The months of a roster, newest first: which, and whether it is published.
///
/// # Errors
/// When the database fails.
pub async fn months(tx: &Tx, roster: Id) -> Result<Vec<(String, bool)>, DbError> {
    let sql = "select month, state from duty_months where roster_id = $1 order by month desc limit 24";
    let rows = tx.query(sql, params![roster]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get::<String>(1)? == "published"))).collect()
}

/// Begins a month as a draft, or moves its draft on by a revision.
///
/// # Errors
/// `duty-refusal-published` when it is published; when the database fails.
pub async fn touch_draft(tx: &Tx, roster: Id, of: Month) -> Result<(), Error> {
    match month(tx, roster, of).await? {
        Some((true, _)) => Err(Refusal::new("duty-refusal-published").with("month", of).into()),
        Some((false, revision)) => {
            let sql = "update duty_months set revision = $3 where roster_id = $1 and month = $2 and revision = $4";
            let values = params![roster, of.to_string(), revision + 1, revision];
            Ok(saved(tx.execute(sql, values).await?)?)
        }
        None => {
            let sql = "insert into duty_months (roster_id, month, state, revision) values ($1, $2, 'draft', 1)";
            tx.execute(sql, params![roster, of.to_string()]).await?;
            Ok(())
        }
    }
}

/// Publishes a month that is a draft of this revision, with all its shifts.
///
/// # Errors
/// [`DbError::Stale`] when it is not that draft any more; when the database fails.
pub async fn publish(tx: &Tx, roster: Id, month: Month, revision: i64, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "update duty_months set state = 'published', published_at = $3, publisher_id = $4, revision = $5 \
               where roster_id = $1 and month = $2 and state = 'draft' and revision = $6";
    let values = params![roster, month.to_string(), now, by, revision + 1, revision];
    saved(tx.execute(sql, values).await?)?;
    let sql = "update duty_shifts set is_published = 1, changed_at = $3 where roster_id = $1 and month = $2";
    tx.execute(sql, params![roster, month.to_string(), now]).await.map(drop)
}

// Shifts.

const SHIFT: &str =
    "s.id, s.roster_id, s.begins_on, s.from_at, s.until_at, s.name, s.is_published, s.is_cancelled, s.revision";

async fn select(tx: &Tx, which: &str, values: Vec<Value>) -> Result<Vec<Shift>, DbError> {
    let sql = format!("select {SHIFT} from duty_shifts s where {which} order by s.from_at, s.id");
    let mut shifts: Vec<Shift> = Vec::new();
    for row in tx.query(&sql, values.clone()).await? {
        let day: String = row.get(2)?;
        shifts.push(Shift {
            id: row.get(0)?,
            roster: row.get(1)?,
            day: word(day.parse().ok(), &day)?,
            from: row.get(3)?,
            until: row.get(4)?,
            name: row.get(5)?,
            people: Vec::new(),
            is_published: row.get(6)?,
            is_cancelled: row.get(7)?,
            revision: row.get(8)?,
        });
    }
    let sql = format!(
        "select p.shift_id, p.role, p.account_id from duty_places p join duty_shifts s on s.id = p.shift_id \
         where {which} order by p.shift_id, p.seq"
    );
    let mut people: BTreeMap<Id, Vec<Place>> = BTreeMap::new();
    for row in tx.query(&sql, values).await? {
        let role: String = row.get(1)?;
        let place = Place { role: word(Role::parse(&role), &role)?, account: row.get(2)? };
        people.entry(row.get(0)?).or_default().push(place);
    }
    for shift in &mut shifts {
        shift.people = people.remove(&shift.id).unwrap_or_default();
    }
    Ok(shifts)
}

/// The shifts of a roster's month, in order; those struck out among them.
///
/// # Errors
/// When the database fails.
pub async fn shifts_of_month(tx: &Tx, roster: Id, month: Month) -> Result<Vec<Shift>, DbError> {
    select(tx, "s.roster_id = $1 and s.month = $2", params![roster, month.to_string()]).await
}

/// Every published shift of which some minute lies between two moments, of all rosters in use.
///
/// # Errors
/// When the database fails.
pub async fn published_between(tx: &Tx, from: Moment, until: Moment) -> Result<Vec<Shift>, DbError> {
    // A shift lasts two days at most, so that both ends of the index are used.
    let which = "s.until_at > $1 and s.until_at < $4 and s.from_at < $2 and s.is_published = 1 and s.is_cancelled = 0 \
                 and s.from_at > $3 and s.roster_id in (select id from duty_rosters where is_active = 1)";
    select(tx, which, params![from, until, from.plus(-LONGEST), until.plus(LONGEST)]).await
}

/// The shifts of some people of which some minute lies between two moments, published or not, without those struck out.
///
/// # Errors
/// When the database fails.
pub async fn shifts_of_people(
    tx: &Tx,
    people: &BTreeSet<Id>,
    from: Moment,
    until: Moment,
) -> Result<Vec<Shift>, DbError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let before = params![from, until, until.plus(LONGEST)];
    let (marks, values) = marked(people.iter().copied().take(MOST_MARKS), before);
    let which = format!(
        "s.until_at > $1 and s.from_at < $2 and s.until_at < $3 and s.is_cancelled = 0 and s.id in \
         (select shift_id from duty_places where account_id in ({marks}))"
    );
    select(tx, &which, values).await
}

/// Somebody's published shifts that end after a moment, the next one first.
///
/// # Errors
/// When the database fails.
pub async fn own_shifts(tx: &Tx, account: Id, after: Moment, with_cancelled: bool) -> Result<Vec<Shift>, DbError> {
    let which = "s.until_at > $2 and s.is_published = 1 and s.is_cancelled <= $3 and s.id in \
                 (select shift_id from duty_places where account_id = $1)";
    select(tx, which, params![account, after, i64::from(with_cancelled)]).await
}

/// Every published shift that ends after a moment, those struck out among them: what the team's calendar shows.
///
/// # Errors
/// When the database fails.
pub async fn team_shifts(tx: &Tx, after: Moment, until: Moment) -> Result<Vec<Shift>, DbError> {
    let which = "s.until_at > $1 and s.from_at < $2 and s.is_published = 1 and s.roster_id in \
                 (select id from duty_rosters where is_active = 1)";
    select(tx, which, params![after, until]).await
}

/// One shift, published or not.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn shift(tx: &Tx, id: Id) -> Result<Shift, Error> {
    select(tx, "s.id = $1", params![id]).await?.pop().ok_or(Error::NotFound)
}

/// The published shift of the same roster that begins when this one ends, or next after it.
///
/// # Errors
/// When the database fails.
pub async fn next_shift(tx: &Tx, shift: &Shift) -> Result<Option<Shift>, DbError> {
    let which = "s.id = (select n.id from duty_shifts n where n.roster_id = $1 and n.from_at >= $2 and n.is_published = 1 \
                 and n.is_cancelled = 0 and n.id <> $3 order by n.from_at, n.id limit 1)";
    Ok(select(tx, which, params![shift.roster, shift.until, shift.id]).await?.pop())
}

/// The shift of a roster that ended last before this one begins.
///
/// # Errors
/// When the database fails.
pub async fn previous_shift(tx: &Tx, shift: &Shift) -> Result<Option<Shift>, DbError> {
    let which = "s.id = (select n.id from duty_shifts n where n.roster_id = $1 and n.until_at <= $2 and n.is_published = 1 \
                 and n.is_cancelled = 0 and n.id <> $3 order by n.until_at desc, n.id desc limit 1)";
    Ok(select(tx, which, params![shift.roster, shift.from, shift.id]).await?.pop())
}

async fn put_places(tx: &Tx, shift: &Shift) -> Result<(), DbError> {
    for (seq, place) in shift.people.iter().enumerate() {
        let sql = "insert into duty_places (shift_id, account_id, role, seq) values ($1, $2, $3, $4)";
        tx.execute(sql, params![shift.id, place.account, place.role.word(), seq]).await?;
    }
    Ok(())
}

/// Writes a new shift.
///
/// # Errors
/// When the database fails.
pub async fn add_shift(tx: &Tx, shift: &Shift, now: Moment) -> Result<(), DbError> {
    let sql = "insert into duty_shifts (id, roster_id, month, begins_on, from_at, until_at, name, is_published, \
               is_cancelled, changed_at, revision) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = params![
        shift.id,
        shift.roster,
        shift.month().to_string(),
        shift.day.to_string(),
        shift.from,
        shift.until,
        &shift.name,
        shift.is_published,
        shift.is_cancelled,
        now,
        shift.revision
    ];
    tx.execute(sql, values).await?;
    put_places(tx, shift).await
}

/// Saves a shift whose revision was one less.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save_shift(tx: &Tx, shift: &Shift, now: Moment) -> Result<(), DbError> {
    let sql = "update duty_shifts set month = $2, begins_on = $3, from_at = $4, until_at = $5, name = $6, \
               is_published = $7, is_cancelled = $8, changed_at = $9, revision = $10 where id = $1 and revision = $11";
    let values = params![
        shift.id,
        shift.month().to_string(),
        shift.day.to_string(),
        shift.from,
        shift.until,
        &shift.name,
        shift.is_published,
        shift.is_cancelled,
        now,
        shift.revision,
        shift.revision - 1
    ];
    saved(tx.execute(sql, values).await?)?;
    tx.execute("delete from duty_places where shift_id = $1", params![shift.id]).await?;
    put_places(tx, shift).await
}

/// Takes a draft's shifts away that begin within some days; published ones stay.
///
/// # Errors
/// When the database fails.
pub async fn clear_draft(tx: &Tx, roster: Id, from: jiff::civil::Date, to: jiff::civil::Date) -> Result<(), DbError> {
    let which = "roster_id = $1 and is_published = 0 and begins_on >= $2 and begins_on <= $3";
    let values = params![roster, from.to_string(), to.to_string()];
    let sql = format!("delete from duty_places where shift_id in (select id from duty_shifts where {which})");
    tx.execute(&sql, values.clone()).await?;
    tx.execute(&format!("delete from duty_shifts where {which}"), values).await.map(drop)
}

/// Takes one shift of a draft away.
///
/// # Errors
/// When the database fails.
pub async fn drop_draft_shift(tx: &Tx, id: Id) -> Result<(), DbError> {
    tx.execute("delete from duty_places where shift_id = $1", params![id]).await?;
    tx.execute("delete from duty_shifts where id = $1 and is_published = 0", params![id]).await.map(drop)
}

/// Several shifts by their identifiers; those that do not exist are not among them.
///
/// # Errors
/// When the database fails.
pub async fn shifts_by_id(tx: &Tx, ids: &BTreeSet<Id>) -> Result<BTreeMap<Id, Shift>, DbError> {
    let mut found = BTreeMap::new();
    for some in ids.iter().collect::<Vec<_>>().chunks(MOST_MARKS) {
        let (marks, values) = marked(some.iter().map(|id| **id), vec![]);
        let shifts = select(tx, &format!("s.id in ({marks})"), values).await?;
        found.extend(shifts.into_iter().map(|shift| (shift.id, shift)));
    }
    Ok(found)
}

/// Has whoever else would do something with a shift at the same moment wait until this transaction has ended.
///
/// # Errors
/// When the database fails.
pub async fn hold_shift(tx: &Tx, id: Id) -> Result<(), DbError> {
    tx.execute("update duty_shifts set changed_at = changed_at where id = $1", params![id]).await.map(drop)
}

// Arrivals.

/// A position, as a telephone gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Longitude in WGS-84.
    pub lon: f64,
    /// Latitude.
    pub lat: f64,
    /// How far off it may be, in metres.
    pub accuracy: Option<i64>,
}

/// An arrival as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// Who.
    pub account: Id,
    /// When.
    pub at: Moment,
    /// How it was judged.
    pub arrival: Arrival,
    /// Why elsewhere.
    pub reason: String,
}

/// Keeps an arrival; false when somebody has arrived before.
///
/// # Errors
/// When the database fails.
pub async fn arrive(tx: &Tx, shift: Id, arrived: &Arrived, position: Option<Position>) -> Result<bool, DbError> {
    let sql = "insert into duty_arrivals (shift_id, account_id, at, lon, lat, accuracy, metres, is_late, is_elsewhere, \
               reason) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (shift_id, account_id) do nothing";
    let values = params![
        shift,
        arrived.account,
        arrived.at,
        position.map(|at| at.lon),
        position.map(|at| at.lat),
        position.and_then(|at| at.accuracy),
        arrived.arrival.metres,
        arrived.arrival.is_late,
        arrived.arrival.is_elsewhere,
        &arrived.reason
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Who has arrived for some shifts.
///
/// # Errors
/// When the database fails.
pub async fn arrivals(tx: &Tx, shifts: &[Id]) -> Result<BTreeMap<Id, Vec<Arrived>>, DbError> {
    let mut found: BTreeMap<Id, Vec<Arrived>> = BTreeMap::new();
    for some in shifts.chunks(MOST_MARKS) {
        let (marks, values) = marked(some.iter().copied(), vec![]);
        let sql = format!(
            "select account_id, at, metres, is_late, is_elsewhere, reason, shift_id from duty_arrivals \
             where shift_id in ({marks}) order by at, account_id"
        );
        for row in tx.query(&sql, values).await? {
            let arrival = Arrival { is_late: row.get(3)?, metres: row.get(2)?, is_elsewhere: row.get(4)? };
            let arrived = Arrived { account: row.get(0)?, at: row.get(1)?, arrival, reason: row.get(5)? };
            found.entry(row.get(6)?).or_default().push(arrived);
        }
    }
    Ok(found)
}

// Swaps.

/// A wish to swap as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwapLine {
    /// The wish.
    pub swap: Swap,
    /// Why.
    pub words: String,
    /// When it was asked.
    pub asked_at: Moment,
    /// Who decided it last, and what they said.
    pub decider: Option<Id>,
    /// What they said.
    pub answer: String,
}

const SWAP: &str =
    "id, asker_id, shift_id, other_id, return_shift_id, state, revision, words, asked_at, decider_id, answer, is_open";

fn swap_of(row: &Row) -> Result<SwapLine, DbError> {
    let (written, is_open): (String, bool) = (row.get(5)?, row.get(11)?);
    let state = match word(SwapState::parse(&written), &written)? {
        // Nobody decided it, and nobody can any more.
        SwapState::Asked | SwapState::Consented if !is_open => SwapState::Lapsed,
        state => state,
    };
    let swap = Swap {
        id: row.get(0)?,
        asker: row.get(1)?,
        shift: row.get(2)?,
        other: row.get(3)?,
        in_return: row.get(4)?,
        state,
        revision: row.get(6)?,
    };
    Ok(SwapLine { swap, words: row.get(7)?, asked_at: row.get(8)?, decider: row.get(9)?, answer: row.get(10)? })
}

/// Writes a new wish.
///
/// # Errors
/// [`DbError::NotUnique`] when this shift is offered already; when the database fails.
pub async fn ask_swap(tx: &Tx, swap: &Swap, words: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into duty_swaps (id, asker_id, shift_id, other_id, return_shift_id, words, state, is_open, asked_at, \
               answer, revision) values ($1, $2, $3, $4, $5, $6, $7, 1, $8, '', 1)";
    let values = params![swap.id, swap.asker, swap.shift, swap.other, swap.in_return, words, swap.state.word(), now];
    tx.execute(sql, values).await.map(drop)
}

/// Saves a wish whose revision was one less.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save_swap(tx: &Tx, swap: &Swap, by: Id, answer: &str, now: Moment) -> Result<(), DbError> {
    let is_open = matches!(swap.state, SwapState::Asked | SwapState::Consented);
    let sql = "update duty_swaps set state = $2, is_open = $3, decider_id = $4, decided_at = $5, answer = $6, revision = $7 \
               where id = $1 and revision = $8";
    let values = params![swap.id, swap.state.word(), is_open, by, now, answer, swap.revision, swap.revision - 1];
    saved(tx.execute(sql, values).await?)
}

/// One wish.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn swap(tx: &Tx, id: Id) -> Result<SwapLine, Error> {
    let row = tx.query_opt(&format!("select {SWAP} from duty_swaps where id = $1"), params![id]).await?;
    Ok(swap_of(&row.ok_or(Error::NotFound)?)?)
}

/// The wishes that concern somebody, newest first; open ones before all.
///
/// # Errors
/// When the database fails.
pub async fn swaps_of(tx: &Tx, account: Id) -> Result<Vec<SwapLine>, DbError> {
    let sql = format!(
        "select {SWAP} from duty_swaps where asker_id = $1 or other_id = $1 order by is_open desc, id desc limit 20"
    );
    let rows = tx.query(&sql, params![account]).await?;
    rows.iter().map(swap_of).collect()
}

/// The wishes that wait for a shift leader.
///
/// # Errors
/// When the database fails.
pub async fn swaps_to_approve(tx: &Tx, now: Moment) -> Result<Vec<SwapLine>, DbError> {
    let sql = format!(
        "select {SWAP} from duty_swaps where is_open = 1 and state = 'consented' and not exists (select 1 from duty_shifts s \
         where s.id in (duty_swaps.shift_id, duty_swaps.return_shift_id) and s.from_at <= $1) order by id limit 100"
    );
    let rows = tx.query(&sql, params![now]).await?;
    rows.iter().map(swap_of).collect()
}

/// The wishes that wait though one of their shifts has begun.
///
/// # Errors
/// When the database fails.
pub async fn swaps_to_lapse(tx: &Tx, now: Moment) -> Result<Vec<SwapLine>, DbError> {
    let sql = format!(
        "select {SWAP} from duty_swaps where is_open = 1 and exists (select 1 from duty_shifts s \
         where s.id in (duty_swaps.shift_id, duty_swaps.return_shift_id) and s.from_at <= $1) order by id limit 50"
    );
    let rows = tx.query(&sql, params![now]).await?;
    rows.iter().map(swap_of).collect()
}

/// Closes a wish that nobody decided in time.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn lapse_swap(tx: &Tx, swap: &Swap, now: Moment) -> Result<(), DbError> {
    let sql = "update duty_swaps set is_open = 0, decided_at = $2, revision = $3 where id = $1 and revision = $4 \
               and is_open = 1";
    saved(tx.execute(sql, params![swap.id, now, swap.revision + 1, swap.revision]).await?)
}

// Musters.

/// A muster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Muster {
    /// Its identifier.
    pub id: Id,
    /// The shift.
    pub shift: Id,
    /// Who called it.
    pub caller: Id,
    /// When.
    pub called_at: Moment,
    /// Until when an answer is in time.
    pub answer_by: Moment,
}

/// Somebody's answer to a muster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MusterAnswer {
    /// Who.
    pub account: Id,
    /// As what they were called.
    pub role: Role,
    /// When they answered.
    pub answered_at: Option<Moment>,
    /// How far from the place, in metres, when the position is known.
    pub metres: Option<i64>,
    /// True when they sent their position.
    pub is_placed: bool,
}

fn muster_of(row: &Row) -> Result<Muster, DbError> {
    Ok(Muster {
        id: row.get(0)?,
        shift: row.get(1)?,
        caller: row.get(2)?,
        called_at: row.get(3)?,
        answer_by: row.get(4)?,
    })
}

const MUSTER: &str = "id, shift_id, caller_id, called_at, answer_by_at";

/// Writes a new muster with everybody who is to answer.
///
/// # Errors
/// When the database fails.
pub async fn call_muster(tx: &Tx, muster: &Muster, people: &[Place]) -> Result<(), DbError> {
    let sql = "insert into duty_musters (id, shift_id, caller_id, called_at, answer_by_at) values ($1, $2, $3, $4, $5)";
    tx.execute(sql, params![muster.id, muster.shift, muster.caller, muster.called_at, muster.answer_by]).await?;
    for place in people {
        let sql = "insert into duty_muster_answers (muster_id, account_id, role) values ($1, $2, $3) \
                   on conflict (muster_id, account_id) do nothing";
        tx.execute(sql, params![muster.id, place.account, place.role.word()]).await?;
    }
    Ok(())
}

/// One muster.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn muster(tx: &Tx, id: Id) -> Result<Muster, Error> {
    let row = tx.query_opt(&format!("select {MUSTER} from duty_musters where id = $1"), params![id]).await?;
    Ok(muster_of(&row.ok_or(Error::NotFound)?)?)
}

/// The musters of a shift, newest first.
///
/// # Errors
/// When the database fails.
pub async fn musters_of(tx: &Tx, shift: Id) -> Result<Vec<Muster>, DbError> {
    let sql = format!("select {MUSTER} from duty_musters where shift_id = $1 order by id desc limit 20");
    let rows = tx.query(&sql, params![shift]).await?;
    rows.iter().map(muster_of).collect()
}

/// The musters that somebody has not answered and still may, newest first.
///
/// # Errors
/// When the database fails.
pub async fn musters_to_answer(tx: &Tx, account: Id, after: Moment) -> Result<Vec<Muster>, DbError> {
    let sql = "select m.id, m.shift_id, m.caller_id, m.called_at, m.answer_by_at from duty_musters m \
               join duty_muster_answers a on a.muster_id = m.id \
               where a.account_id = $1 and a.answered_at is null and m.answer_by_at > $2 order by m.id desc limit 5";
    let rows = tx.query(sql, params![account, after]).await?;
    rows.iter().map(muster_of).collect()
}

/// Who was called and who answered.
///
/// # Errors
/// When the database fails.
pub async fn muster_answers(tx: &Tx, muster: Id) -> Result<Vec<MusterAnswer>, DbError> {
    let sql = "select a.account_id, a.role, a.answered_at, a.metres, a.lon from duty_muster_answers a \
               where a.muster_id = $1 order by a.role, a.account_id";
    let rows = tx.query(sql, params![muster]).await?;
    rows.iter()
        .map(|row| {
            let role: String = row.get(1)?;
            Ok(MusterAnswer {
                account: row.get(0)?,
                role: word(Role::parse(&role), &role)?,
                answered_at: row.get(2)?,
                metres: row.get(3)?,
                is_placed: row.get::<Option<f64>>(4)?.is_some(),
            })
        })
        .collect()
}

/// Keeps an answer to a muster; false when there was one before, or the person was not called.
///
/// # Errors
/// When the database fails.
pub async fn answer_muster(
    tx: &Tx,
    muster: Id,
    account: Id,
    position: Option<Position>,
    metres: Option<i64>,
    now: Moment,
) -> Result<bool, DbError> {
    let sql = "update duty_muster_answers set answered_at = $3, lon = $4, lat = $5, accuracy = $6, metres = $7 \
               where muster_id = $1 and account_id = $2 and answered_at is null";
    let values = params![
        muster,
        account,
        now,
        position.map(|at| at.lon),
        position.map(|at| at.lat),
        position.and_then(|at| at.accuracy),
        metres
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

// Hand-overs.

const HAND_OVER: &str =
    "id, leaving_id, coming_id, words, matters, left_by, left_at, came_by, came_at, revision, writer_id, written_at";

/// A hand-over as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverLine {
    /// The log.
    pub hand_over: HandOver,
    /// Who wrote it.
    pub writer: Id,
    /// When.
    pub written_at: Moment,
}

fn hand_over_of(row: &Row) -> Result<HandOverLine, DbError> {
    let matters: String = row.get(4)?;
    let (left_by, left_at): (Option<Id>, Option<Moment>) = (row.get(5)?, row.get(6)?);
    let (came_by, came_at): (Option<Id>, Option<Moment>) = (row.get(7)?, row.get(8)?);
    let hand_over = HandOver {
        id: row.get(0)?,
        leaving: row.get(1)?,
        coming: row.get(2)?,
        words: row.get(3)?,
        matters: parsed(&matters)?,
        left: left_by.zip(left_at),
        came: came_by.zip(came_at),
        revision: row.get(9)?,
    };
    Ok(HandOverLine { hand_over, writer: row.get(10)?, written_at: row.get(11)? })
}

/// Writes a new hand-over.
///
/// # Errors
/// [`DbError::NotUnique`] when the shift has one; when the database fails.
pub async fn add_hand_over(tx: &Tx, one: &HandOver, roster: Id, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "insert into duty_hand_overs (id, roster_id, leaving_id, coming_id, words, matters, writer_id, written_at, \
               is_signed, revision) values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 1)";
    let values = params![one.id, roster, one.leaving, one.coming, &one.words, json(&one.matters)?, by, now];
    tx.execute(sql, values).await.map(drop)
}

/// Saves a hand-over whose revision was one less. One that both sides have signed cannot be saved at all.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save_hand_over(tx: &Tx, one: &HandOver) -> Result<(), DbError> {
    let sql = "update duty_hand_overs set words = $2, matters = $3, left_by = $4, left_at = $5, came_by = $6, came_at = $7, \
               is_signed = $8, revision = $9, coming_id = $11 where id = $1 and revision = $10 and is_signed = 0";
    let values = params![
        one.id,
        &one.words,
        json(&one.matters)?,
        one.left.map(|(by, _)| by),
        one.left.map(|(_, at)| at),
        one.came.map(|(by, _)| by),
        one.came.map(|(_, at)| at),
        one.is_signed(),
        one.revision,
        one.revision - 1,
        one.coming
    ];
    saved(tx.execute(sql, values).await?)
}

/// One hand-over.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn hand_over(tx: &Tx, id: Id) -> Result<HandOverLine, Error> {
    let row = tx.query_opt(&format!("select {HAND_OVER} from duty_hand_overs where id = $1"), params![id]).await?;
    Ok(hand_over_of(&row.ok_or(Error::NotFound)?)?)
}

/// The hand-over that a shift leaves.
///
/// # Errors
/// When the database fails.
pub async fn hand_over_of_shift(tx: &Tx, leaving: Id) -> Result<Option<HandOverLine>, DbError> {
    let sql = format!("select {HAND_OVER} from duty_hand_overs where leaving_id = $1");
    let row = tx.query_opt(&sql, params![leaving]).await?;
    row.as_ref().map(hand_over_of).transpose()
}

/// Hand-overs before one within what somebody may see, newest first; more than a page by one.
///
/// # Errors
/// When the database fails.
pub async fn hand_overs(tx: &Tx, before: Id, scope: Scope) -> Result<Vec<HandOverLine>, DbError> {
    let sql = format!(
        "select {HAND_OVER} from duty_hand_overs h where id < $1 and ($3 = 1 or {}) order by id desc limit 51",
        stood_in("h.roster_id")
    );
    let rows = tx.query(&sql, params![before, scope.account, scope.sees_all]).await?;
    rows.iter().map(hand_over_of).collect()
}

/// How many hand-overs within what somebody may see are not signed; at most 100 are counted.
///
/// # Errors
/// When the database fails.
pub async fn unsigned(tx: &Tx, scope: Scope) -> Result<i64, DbError> {
    let sql = format!(
        "select count(*) from (select h.id from duty_hand_overs h where h.is_signed = 0 and ($2 = 1 or {}) limit 100) as counted",
        stood_in("h.roster_id").replace("$2", "$1")
    );
    tx.query_one(&sql, params![scope.account, scope.sees_all]).await?.get(0)
}

/// Hand-overs whose shift ended between two moments, that lack a signature and that nobody was reminded of.
///
/// # Errors
/// When the database fails.
pub async fn hand_overs_to_remind(tx: &Tx, after: Moment, until: Moment) -> Result<Vec<HandOverLine>, DbError> {
    let sql = format!(
        "select {HAND_OVER} from duty_hand_overs where is_signed = 0 and reminded_at is null and leaving_id in \
         (select id from duty_shifts where until_at > $1 and until_at <= $2) order by id limit 20"
    );
    let rows = tx.query(&sql, params![after, until]).await?;
    rows.iter().map(hand_over_of).collect()
}

/// Marks a hand-over as reminded of; false when it was before.
///
/// # Errors
/// When the database fails.
pub async fn remind_of_hand_over(tx: &Tx, id: Id, now: Moment) -> Result<bool, DbError> {
    let sql = "update duty_hand_overs set reminded_at = $2 where id = $1 and is_signed = 0 and reminded_at is null";
    Ok(tx.execute(sql, params![id, now]).await? == 1)
}

/// Marks a shift as reminded of its hand-over; false when it was before.
///
/// # Errors
/// When the database fails.
pub async fn remind_of_shift(tx: &Tx, id: Id, now: Moment) -> Result<bool, DbError> {
    let sql = "update duty_shifts set reminded_at = $2 where id = $1 and reminded_at is null";
    Ok(tx.execute(sql, params![id, now]).await? == 1)
}

/// Published shifts that ended between two moments and left no hand-over though another shift followed at once.
///
/// # Errors
/// When the database fails.
pub async fn left_without_a_word(tx: &Tx, after: Moment, now: Moment, scope: Scope) -> Result<Vec<Shift>, DbError> {
    let which = format!("{SILENT} and ($4 = 1 or {})", stood_in("s.roster_id").replace("$2", "$3"));
    select(tx, &which, params![after, now, scope.account, scope.sees_all]).await
}

/// The same that nobody was reminded of.
///
/// # Errors
/// When the database fails.
pub async fn silent_to_remind(tx: &Tx, after: Moment, until: Moment) -> Result<Vec<Shift>, DbError> {
    let which = format!("{SILENT} and s.reminded_at is null");
    select(tx, &which, params![after, until]).await
}

const SILENT: &str = "s.until_at > $1 and s.until_at <= $2 and s.is_published = 1 and s.is_cancelled = 0 \
                      and not exists (select 1 from duty_hand_overs h where h.leaving_id = s.id) \
                      and exists (select 1 from duty_shifts n where n.roster_id = s.roster_id and n.from_at = s.until_at \
                      and n.is_published = 1 and n.is_cancelled = 0) \
                      and s.roster_id in (select id from duty_rosters where is_active = 1)";

/// Whose eyes: everything, or what concerns one person.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// Who reads.
    pub account: Id,
    /// True for the desk and for those who keep rosters.
    pub sees_all: bool,
}

/// That a roster is one in which the account `$2` has stood, or will.
fn stood_in(roster: &str) -> String {
    format!(
        "{roster} in (select w.roster_id from duty_places p join duty_shifts w on w.id = p.shift_id \
         where p.account_id = $2 and w.is_published = 1)"
    )
}

/// True when somebody has stood in a roster, or will.
///
/// # Errors
/// When the database fails.
pub async fn stands_in(tx: &Tx, account: Id, roster: Id) -> Result<bool, DbError> {
    let sql = "select s.id from duty_places p join duty_shifts s on s.id = p.shift_id \
               where p.account_id = $1 and s.roster_id = $2 and s.is_published = 1 limit 1";
    Ok(tx.query_opt(sql, params![account, roster]).await?.is_some())
}

/// Adds to a hand-over.
///
/// # Errors
/// When the database fails.
pub async fn add_note(tx: &Tx, id: Id, hand_over: Id, by: Id, words: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into duty_hand_over_notes (id, hand_over_id, author_id, words, at) values ($1, $2, $3, $4, $5)";
    tx.execute(sql, params![id, hand_over, by, words, now]).await.map(drop)
}

/// What was added to a hand-over, oldest first: who, what, when.
///
/// # Errors
/// When the database fails.
pub async fn notes(tx: &Tx, hand_over: Id) -> Result<Vec<(Id, String, Moment)>, DbError> {
    let sql = "select author_id, words, at from duty_hand_over_notes where hand_over_id = $1 order by id";
    let rows = tx.query(sql, params![hand_over]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// The matters that a shift hands over now: urgent cases that are open, cases that called somebody out, cases under
/// supervision.
///
/// # Errors
/// When the database fails.
pub async fn matters(tx: &Tx, since: Moment) -> Result<Vec<Matter>, DbError> {
    let sql = "select c.id, c.number, c.title, c.is_urgent, c.is_supervised from cases c where c.is_open = 1 \
               and (c.is_urgent = 1 or c.is_supervised = 1) order by c.opened_at, c.id limit 100";
    let mut matters = Vec::new();
    for row in tx.query(sql, vec![]).await? {
        let is_urgent: bool = row.get(3)?;
        let kind = if is_urgent { "urgent" } else { "supervised" };
        matters.push(Matter { kind: kind.into(), case: row.get(0)?, number: row.get(1)?, title: row.get(2)? });
    }
    let sql = "select c.id, c.number, c.title from duty_call_outs o join cases c on c.id = o.case_id \
               where c.is_open = 1 and (o.is_open = 1 or o.opened_at >= $1) order by o.id limit 100";
    for row in tx.query(sql, params![since]).await? {
        let id: Id = row.get(0)?;
        match matters.iter_mut().find(|matter| matter.case == id) {
            Some(matter) => "called_out".clone_into(&mut matter.kind),
            None => {
                matters.push(Matter { kind: "called_out".into(), case: id, number: row.get(1)?, title: row.get(2)? })
            }
        }
    }
    Ok(matters)
}

// Call-outs.

/// What a call-out tells of its case.
#[derive(Debug, Clone, PartialEq)]
pub struct CalledCase {
    /// The case.
    pub id: Id,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Where.
    pub address: String,
    /// Longitude and latitude.
    pub place: Option<(f64, f64)>,
    /// True when it is urgent.
    pub is_urgent: bool,
    /// True while it is open.
    pub is_open: bool,
}

/// The case of a call-out; none when there is no such case.
///
/// # Errors
/// When the database fails.
pub async fn called_case(tx: &Tx, id: Id) -> Result<Option<CalledCase>, DbError> {
    Ok(called_cases(tx, &BTreeSet::from([id])).await?.remove(&id))
}

/// The cases of several call-outs; those that do not exist are not among them.
///
/// # Errors
/// When the database fails.
pub async fn called_cases(tx: &Tx, ids: &BTreeSet<Id>) -> Result<BTreeMap<Id, CalledCase>, DbError> {
    let mut found = BTreeMap::new();
    for some in ids.iter().collect::<Vec<_>>().chunks(MOST_MARKS) {
        let (marks, values) = marked(some.iter().map(|id| **id), vec![]);
        let sql =
            format!("select id, number, title, address, lon, lat, is_urgent, is_open from cases where id in ({marks})");
        for row in tx.query(&sql, values).await? {
            let (lon, lat): (Option<f64>, Option<f64>) = (row.get(4)?, row.get(5)?);
            let case = CalledCase {
                id: row.get(0)?,
                number: row.get(1)?,
                title: row.get(2)?,
                address: row.get(3)?,
                place: lon.zip(lat),
                is_urgent: row.get(6)?,
                is_open: row.get(7)?,
            };
            found.insert(case.id, case);
        }
    }
    Ok(found)
}

const CALL: &str = "id, case_id, state, rung, round, next_at, is_gap, opened_at, answered_by, answered_at, revision";

fn call_of(row: &Row) -> Result<CallOut, DbError> {
    let (state, rung): (String, String) = (row.get(2)?, row.get(3)?);
    let (by, at): (Option<Id>, Option<Moment>) = (row.get(8)?, row.get(9)?);
    Ok(CallOut {
        id: row.get(0)?,
        case: row.get(1)?,
        state: word(CallState::parse(&state), &state)?,
        rung: word(Rung::parse(&rung), &rung)?,
        round: row.get(4)?,
        next_at: row.get(5)?,
        is_gap: row.get(6)?,
        opened_at: row.get(7)?,
        answered: by.zip(at),
        revision: row.get(10)?,
    })
}

/// Writes a new call-out.
///
/// # Errors
/// [`DbError::NotUnique`] when the case rings already; when the database fails.
pub async fn add_call(tx: &Tx, call: &CallOut) -> Result<(), DbError> {
    let sql = "insert into duty_call_outs (id, case_id, state, is_open, rung, round, next_at, is_gap, opened_at, revision) \
               values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9)";
    let values = params![
        call.id,
        call.case,
        call.state.word(),
        call.rung.word(),
        call.round,
        call.next_at,
        call.is_gap,
        call.opened_at,
        call.revision
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Saves a call-out whose revision was one less.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save_call(tx: &Tx, call: &CallOut) -> Result<(), DbError> {
    let sql = "update duty_call_outs set state = $2, is_open = $3, rung = $4, round = $5, next_at = $6, answered_by = $7, \
               answered_at = $8, revision = $9 where id = $1 and revision = $10";
    let values = params![
        call.id,
        call.state.word(),
        call.state == CallState::Ringing,
        call.rung.word(),
        call.round,
        call.next_at,
        call.answered.map(|(by, _)| by),
        call.answered.map(|(_, at)| at),
        call.revision,
        call.revision - 1
    ];
    saved(tx.execute(sql, values).await?)
}

/// One call-out.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn call(tx: &Tx, id: Id) -> Result<CallOut, Error> {
    let row = tx.query_opt(&format!("select {CALL} from duty_call_outs where id = $1"), params![id]).await?;
    Ok(call_of(&row.ok_or(Error::NotFound)?)?)
}

/// The last call-out of a case.
///
/// # Errors
/// When the database fails.
pub async fn last_call(tx: &Tx, case: Id) -> Result<Option<CallOut>, DbError> {
    let sql = format!("select {CALL} from duty_call_outs where case_id = $1 order by id desc limit 1");
    let row = tx.query_opt(&sql, params![case]).await?;
    row.as_ref().map(call_of).transpose()
}

/// When a call-out reached anybody last, as the history of its case tells.
///
/// # Errors
/// When the database fails.
pub async fn rang_at(tx: &Tx, call: &CallOut) -> Result<Moment, DbError> {
    let sql = "select max(at) from facts where subject = 'case' and subject_id = $1 \
               and kind in ('called_out', 'call_out_climbed')";
    let at: Option<Moment> = tx.query_one(sql, params![call.case]).await?.get(0)?;
    Ok(at.unwrap_or(call.opened_at).max(call.opened_at))
}

/// The call-outs that ring, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn ringing(tx: &Tx) -> Result<Vec<CallOut>, DbError> {
    let sql = format!("select {CALL} from duty_call_outs where is_open = 1 order by id limit 100");
    tx.query(&sql, vec![]).await?.iter().map(call_of).collect()
}

/// The call-outs whose time to climb has come, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn to_climb(tx: &Tx, now: Moment) -> Result<Vec<CallOut>, DbError> {
    let sql = format!("select {CALL} from duty_call_outs where next_at <= $1 order by next_at, id limit 50");
    let rows = tx.query(&sql, params![now]).await?;
    rows.iter().map(call_of).collect()
}

/// Call-outs that ring though their case has ended. Each of the few that ring asks for its case: a list of all cases that have
/// ended would be made anew every minute.
pub fn calls_of_ended_cases_statement() -> String {
    format!(
        "select {CALL} from duty_call_outs o where is_open = 1 \
         and (select c.is_open from cases c where c.id = o.case_id) = 0 order by id limit 50"
    )
}

/// Call-outs that ring though their case has ended.
///
/// # Errors
/// When the database fails.
pub async fn calls_of_ended_cases(tx: &Tx) -> Result<Vec<CallOut>, DbError> {
    let rows = tx.query(&calls_of_ended_cases_statement(), vec![]).await?;
    rows.iter().map(call_of).collect()
}

/// Call-outs that nobody took until nothing more was tried, oldest first, each with whom it has reached.
///
/// # Errors
/// When the database fails.
pub async fn exhausted(tx: &Tx) -> Result<Vec<(CallOut, Vec<Id>)>, DbError> {
    let which = "is_open = 1 and next_at is null";
    let sql = format!("select {CALL} from duty_call_outs where {which} order by id limit 100");
    let rows = tx.query(&sql, vec![]).await?;
    let mut found: Vec<(CallOut, Vec<Id>)> =
        rows.iter().map(|row| Ok((call_of(row)?, Vec::new()))).collect::<Result<_, DbError>>()?;
    if found.is_empty() {
        return Ok(found);
    }
    let sql = format!(
        "select call_out_id, account_id from duty_reached where call_out_id in (select id from duty_call_outs where {which})"
    );
    for row in tx.query(&sql, vec![]).await? {
        let id: Id = row.get(0)?;
        if let Some((_, reached)) = found.iter_mut().find(|(call, _)| call.id == id) {
            reached.push(row.get(1)?);
        }
    }
    Ok(found)
}

/// Call-outs before one within what somebody may see, newest first; more than a page by one. Whoever is `on_watch` sees
/// what rings, everybody what reached them.
///
/// # Errors
/// When the database fails.
pub async fn calls(tx: &Tx, before: Id, scope: Scope, on_watch: bool) -> Result<Vec<CallOut>, DbError> {
    let sql = format!(
        "select {CALL} from duty_call_outs where id < $1 and ($3 = 1 or answered_by = $2 or (is_open = 1 and $4 = 1) \
         or id in (select call_out_id from duty_reached where account_id = $2)) order by id desc limit 51"
    );
    let rows = tx.query(&sql, params![before, scope.account, scope.sees_all, on_watch]).await?;
    rows.iter().map(call_of).collect()
}

/// The call-outs that ring and have reached somebody, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn ringing_for(tx: &Tx, account: Id) -> Result<Vec<CallOut>, DbError> {
    let sql = format!(
        "select {CALL} from duty_call_outs where is_open = 1 and id in \
         (select call_out_id from duty_reached where account_id = $1) order by id limit 100"
    );
    tx.query(&sql, params![account]).await?.iter().map(call_of).collect()
}

/// Keeps whom a call-out reached; those it has reached before stay as they were.
///
/// # Errors
/// When the database fails.
pub async fn reach(tx: &Tx, call: Id, rung: Rung, people: &[Id], now: Moment) -> Result<(), DbError> {
    for account in people {
        let sql = "insert into duty_reached (call_out_id, account_id, rung, at) values ($1, $2, $3, $4) \
                   on conflict (call_out_id, account_id) do nothing";
        tx.execute(sql, params![call, *account, rung.word(), now]).await?;
    }
    Ok(())
}

/// Whom a call-out has reached: who, on which rung, when.
///
/// # Errors
/// When the database fails.
pub async fn reached(tx: &Tx, call: Id) -> Result<Vec<(Id, Rung, Moment)>, DbError> {
    let sql = "select account_id, rung, at from duty_reached where call_out_id = $1 order by at, account_id";
    let rows = tx.query(sql, params![call]).await?;
    rows.iter()
        .map(|row| {
            let rung: String = row.get(1)?;
            Ok((row.get(0)?, word(Rung::parse(&rung), &rung)?, row.get(2)?))
        })
        .collect()
}

/// Everybody with the post of a leader.
///
/// # Errors
/// When the database fails.
pub async fn leaders(tx: &Tx) -> Result<Vec<Id>, DbError> {
    let rows =
        tx.query("select id from accounts where post = 'leader' and is_active = 1 order by id limit 100", vec![]);
    rows.await?.iter().map(|row| row.get(0)).collect()
}

/// Everybody who keeps rosters.
///
/// # Errors
/// When the database fails.
pub async fn keepers(tx: &Tx) -> Result<Vec<Id>, DbError> {
    let sql =
        "select id from accounts where post in ('shift_leader', 'leader') and is_active = 1 order by id limit 200";
    let rows = tx.query(sql, vec![]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Of these accounts those that are active.
///
/// # Errors
/// When the database fails.
pub async fn still_here(tx: &Tx, people: &[Id]) -> Result<Vec<Id>, DbError> {
    let mut active: BTreeSet<Id> = BTreeSet::new();
    for some in people.chunks(MOST_MARKS) {
        let (marks, values) = marked(some.iter().copied(), vec![]);
        let sql = format!("select id from accounts where is_active = 1 and id in ({marks})");
        for row in tx.query(&sql, values).await? {
            active.insert(row.get(0)?);
        }
    }
    Ok(people.iter().copied().filter(|id| active.contains(id)).collect())
}

/// When the watch began that runs at a moment: the last of the shifts that are called out to begin; none when none runs.
///
/// # Errors
/// When the database fails.
pub async fn watch_began(tx: &Tx, now: Moment) -> Result<Option<Moment>, DbError> {
    Ok(called_shifts(tx, now).await?.iter().map(|shift| shift.from).max())
}

/// The shifts of those rosters whose people are called out, that run at a moment.
///
/// # Errors
/// When the database fails.
pub async fn called_shifts(tx: &Tx, now: Moment) -> Result<Vec<Shift>, DbError> {
    let which = "s.until_at > $1 and s.until_at <= $2 and s.from_at <= $1 and s.is_published = 1 and s.is_cancelled = 0 \
                 and s.roster_id in (select id from duty_rosters where is_active = 1 and is_called = 1)";
    select(tx, which, params![now, now.plus(LONGEST)]).await
}

/// What [`stirred`] asks. It walks the log by its key: an index of subjects or kinds would be walked from its beginning every
/// time, so both are hidden from the planner.
pub const STIRRED: &str = "select id, subject_id, at from facts where id > $1 and id < $2 and coalesce(subject, '') = 'case' \
    and coalesce(kind, '') in ('case_opened', 'case_filed', 'case_marked_urgent', 'case_dispatched') order by id limit $3";

/// The facts after one after which a case may call somebody out, oldest first, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn stirred(tx: &Tx, after: Id, most: usize) -> Result<Vec<Stirred>, DbError> {
    let rows = tx.query(STIRRED, params![after, WITHOUT_END, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

// Calendar feeds.

/// Keeps a new feed and revokes the one before it.
///
/// # Errors
/// When the database fails.
pub async fn make_feed(
    tx: &Tx,
    key: &str,
    account: Id,
    is_team: bool,
    language: &str,
    now: Moment,
) -> Result<(), DbError> {
    revoke_feeds(tx, account, is_team, now).await?;
    let sql = "insert into duty_feeds (key, account_id, is_team, language, made_at) values ($1, $2, $3, $4, $5)";
    tx.execute(sql, params![key, account, is_team, language, now]).await.map(drop)
}

/// Revokes somebody's feeds of a kind.
///
/// # Errors
/// When the database fails.
pub async fn revoke_feeds(tx: &Tx, account: Id, is_team: bool, now: Moment) -> Result<(), DbError> {
    let sql = "update duty_feeds set revoked_at = $3 where account_id = $1 and is_team = $2 and revoked_at is null";
    tx.execute(sql, params![account, is_team, now]).await.map(drop)
}

/// The feed of a key: whose, whether the team's, in which language; none when it was revoked or its owner has gone.
///
/// # Errors
/// When the database fails.
pub async fn feed(tx: &Tx, key: &str) -> Result<Option<(Id, bool, String)>, DbError> {
    let sql = "select f.account_id, f.is_team, f.language from duty_feeds f join accounts a on a.id = f.account_id \
               where f.key = $1 and f.revoked_at is null and a.is_active = 1";
    let row = tx.query_opt(sql, params![key]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).transpose()
}

/// Since when somebody has a feed of a kind.
///
/// # Errors
/// When the database fails.
pub async fn feed_since(tx: &Tx, account: Id, is_team: bool) -> Result<Option<Moment>, DbError> {
    let sql = "select made_at from duty_feeds where account_id = $1 and is_team = $2 and revoked_at is null limit 1";
    let row = tx.query_opt(sql, params![account, is_team]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// When shifts last changed, by shift.
///
/// # Errors
/// When the database fails.
pub async fn changed_at(tx: &Tx, after: Moment) -> Result<BTreeMap<Id, Moment>, DbError> {
    let sql = "select id, changed_at from duty_shifts where until_at > $1";
    let rows = tx.query(sql, params![after]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

// Spreadsheets.

/// A spreadsheet that waits for a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its identifier.
    pub id: Id,
    /// The roster that it is for.
    pub roster: Id,
    /// The file's name.
    pub name: String,
    /// What was found in it.
    pub found: Found,
    /// `waiting`, `kept` or `discarded`.
    pub state: String,
    /// Rises with every change.
    pub revision: i64,
}

/// Keeps a spreadsheet that was looked at.
///
/// # Errors
/// When the database fails.
pub async fn add_sheet(tx: &Tx, sheet: &Sheet, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "insert into duty_sheets (id, roster_id, name, found, state, author_id, brought_at, revision) \
               values ($1, $2, $3, $4, 'waiting', $5, $6, 1)";
    tx.execute(sql, params![sheet.id, sheet.roster, &sheet.name, json(&sheet.found)?, by, now]).await.map(drop)
}

/// One spreadsheet.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn sheet(tx: &Tx, id: Id) -> Result<Sheet, Error> {
    let sql = "select id, roster_id, name, found, state, revision from duty_sheets where id = $1";
    let row = tx.query_opt(sql, params![id]).await?.ok_or(Error::NotFound)?;
    let found: String = row.get(3)?;
    Ok(Sheet {
        id: row.get(0)?,
        roster: row.get(1)?,
        name: row.get(2)?,
        found: parsed(&found)?,
        state: row.get(4)?,
        revision: row.get(5)?,
    })
}

/// Decides about a spreadsheet that waits.
///
/// # Errors
/// [`DbError::Stale`] when it was decided before; when the database fails.
pub async fn decide_sheet(tx: &Tx, sheet: &Sheet, state: &str) -> Result<(), DbError> {
    let sql = "update duty_sheets set state = $2, revision = $3 where id = $1 and revision = $4 and state = 'waiting'";
    saved(tx.execute(sql, params![sheet.id, state, sheet.revision + 1, sheet.revision]).await?)
}
