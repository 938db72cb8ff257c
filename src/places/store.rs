//! The tables of places, their lists and what was brought.

use super::import::{Found, Import, State, Way};
use super::place::{Entry, Place, key};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::people::store::{self, Change};
use crate::timeline::store::next_serial;
use serde::Serialize;
use serde_json::json;

/// Under this name the serial numbers of the gazetteer's states are counted.
const SERIAL: &str = "places";
/// Rows that are read at once where all are read.
pub const STRETCH: usize = 5000;
/// Rows that one statement writes.
const ROWS: usize = 40;

/// The state of the places: one more for every change; 0 while there was none.
///
/// # Errors
/// When the database fails.
pub async fn version(tx: &Tx) -> Result<i64, DbError> {
    match tx.query_opt("select last from serials where name = $1", params![SERIAL]).await? {
        Some(row) => row.get(0),
        None => Ok(0),
    }
}

/// Says, in the transaction of a change, that the places have changed: whoever keeps them in memory reads them anew.
///
/// # Errors
/// When the database fails.
pub async fn changed(tx: &Tx) -> Result<(), DbError> {
    next_serial(tx, SERIAL).await.map(drop)
}

/// A list of places.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// The identifier.
    pub id: Id,
    /// What people call it.
    pub name: String,
    /// How many places it has.
    pub places: i64,
    /// How many of them are hidden.
    pub hidden: i64,
    /// When a file last changed it; none for one that is written by hand.
    pub imported_at: Option<Moment>,
}

fn source(row: &Row) -> Result<Source, DbError> {
    Ok(Source {
        id: row.get(0)?,
        name: row.get(1)?,
        places: row.get(2)?,
        hidden: row.get(3)?,
        imported_at: row.get(4)?,
    })
}

/// All lists, by name; a city has a handful.
///
/// # Errors
/// When the database fails.
pub async fn sources(tx: &Tx) -> Result<Vec<Source>, DbError> {
    let sql = "select id, name, place_count, hidden_count, imported_at from place_sources order by name, id limit 500";
    tx.query(sql, params![]).await?.iter().map(source).collect()
}

/// The list of that name.
///
/// # Errors
/// When the database fails.
pub async fn source_named(tx: &Tx, name: &str) -> Result<Option<Source>, DbError> {
    let sql = "select id, name, place_count, hidden_count, imported_at from place_sources where name = $1";
    tx.query_opt(sql, params![name]).await?.as_ref().map(source).transpose()
}

/// The list of that name, begun when there is none.
///
/// # Errors
/// When the database fails.
pub async fn begin_source(tx: &Tx, name: &str) -> Result<Id, DbError> {
    let sql = "insert into place_sources (id, name, place_count, hidden_count, imported_at, revision) \
               values ($1, $2, 0, 0, $3, 1) on conflict (name) do nothing";
    tx.execute(sql, params![id::fresh(), name, None::<i64>]).await?;
    tx.query_one("select id from place_sources where name = $1", params![name]).await?.get(0)
}

/// Counts a list's places anew after an import.
///
/// # Errors
/// When the database fails.
pub async fn count_source(tx: &Tx, source: Id, imported_at: Option<Moment>) -> Result<(), DbError> {
    let sql = "update place_sources set place_count = (select count(*) from places where source_id = $1), \
               hidden_count = (select count(*) from places where source_id = $1 and is_active = 0), \
               imported_at = coalesce($2, imported_at), revision = revision + 1 where id = $1";
    tx.execute(sql, params![source, imported_at]).await.map(drop)
}

async fn count_one(tx: &Tx, source: Id, places: i64, hidden: i64) -> Result<(), DbError> {
    let sql = "update place_sources set place_count = place_count + $2, hidden_count = hidden_count + $3, \
               revision = revision + 1 where id = $1";
    tx.execute(sql, params![source, places, hidden]).await.map(drop)
}

const COLUMNS: &str = "p.id, p.source_id, p.ref, p.name, p.address, p.district, p.kind, p.lon, p.lat, p.coordinates, \
                       p.is_active, p.is_edited, p.revision";

fn read(row: &Row) -> Result<Place, DbError> {
    Ok(Place {
        id: row.get(0)?,
        source: row.get(1)?,
        entry: Entry {
            reference: row.get(2)?,
            name: row.get(3)?,
            address: row.get(4)?,
            district: row.get(5)?,
            kind: row.get(6)?,
            lon: row.get(7)?,
            lat: row.get(8)?,
            coordinates: row.get(9)?,
        },
        is_active: row.get(10)?,
        is_edited: row.get(11)?,
        revision: row.get(12)?,
    })
}

/// The places of a list behind the identifier `after`, at most [`STRETCH`].
///
/// # Errors
/// When the database fails.
pub async fn of_source(tx: &Tx, source: Id, after: Id) -> Result<Vec<Place>, DbError> {
    let sql = format!("select {COLUMNS} from places p where p.source_id = $1 and p.id > $2 order by p.id limit $3");
    tx.query(&sql, params![source, after, STRETCH]).await?.iter().map(read).collect()
}

/// The places of all lists behind the identifier `after`, at most [`STRETCH`], hidden ones too.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &Tx, after: Id) -> Result<Vec<Place>, DbError> {
    let sql = format!("select {COLUMNS} from places p where p.id > $1 order by p.id limit $2");
    tx.query(&sql, params![after, STRETCH]).await?.iter().map(read).collect()
}

/// Components whose name no other bears: name, degrees east and north. Read when the gazetteer is made, never for a page.
///
/// # Errors
/// When the database fails.
pub async fn named_components(tx: &Tx) -> Result<Vec<(String, f64, f64)>, DbError> {
    let sql = "select name, min(lon), min(lat) from components where state <> 'removed' and name <> '' \
               group by name having count(*) = 1 order by name limit 50000";
    tx.query(sql, params![]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

fn values(source: Id, entry: &Entry, is_edited: bool, now: Moment) -> Vec<Value> {
    params![
        id::fresh(),
        source,
        &entry.reference,
        &entry.name,
        &entry.address,
        &entry.district,
        &entry.kind,
        entry.lon,
        entry.lat,
        &entry.coordinates,
        key(&entry.name),
        key(&entry.address),
        true,
        is_edited,
        now,
        1_i64
    ]
}

const INSERT: &str = "insert into places (id, source_id, ref, name, address, district, kind, lon, lat, coordinates, \
                      name_key, address_key, is_active, is_edited, updated_at, revision) values ";

/// Writes places of a file into their list: new ones, and those that the file has otherwise. What somebody changed here
/// stays, and what somebody hid stays hidden.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &Tx, source: Id, entries: &[Entry], now: Moment) -> Result<(), DbError> {
    for some in entries.chunks(ROWS) {
        let mut bound = Vec::new();
        let mut rows = Vec::new();
        for entry in some {
            let row = values(source, entry, false, now);
            rows.push(format!("({})", slots(bound.len(), row.len())));
            bound.extend(row);
        }
        let sql = format!(
            "{INSERT}{} on conflict (source_id, ref) do update set name = excluded.name, address = excluded.address, \
             district = excluded.district, kind = excluded.kind, lon = excluded.lon, lat = excluded.lat, \
             coordinates = excluded.coordinates, name_key = excluded.name_key, address_key = excluded.address_key, \
             updated_at = excluded.updated_at, revision = places.revision + 1 where places.is_edited = 0",
            rows.join(", ")
        );
        tx.execute(&sql, bound).await?;
    }
    Ok(())
}

/// Takes places out of their list for good.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &Tx, places: &[Id]) -> Result<(), DbError> {
    for some in places.chunks(500) {
        let sql = format!("delete from places where id in ({})", slots(0, some.len()));
        tx.execute(&sql, some.iter().map(|id| Value::from(*id)).collect()).await?;
    }
    Ok(())
}

/// Adds a place that somebody wrote by hand, to the list of that name; answers its identifier.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, source: &str, entry: &Entry, author: Id, now: Moment) -> Result<Id, DbError> {
    let source = begin_source(tx, source).await?;
    let place = id::fresh();
    let entry = Entry { reference: format!("h:{place}"), ..entry.clone() };
    let mut row = values(source, &entry, true, now);
    if let Some(first) = row.first_mut() {
        *first = place.into();
    }
    tx.execute(&format!("{INSERT}({})", slots(0, row.len())), row).await?;
    count_one(tx, source, 1, 0).await?;
    record(tx, place, "added", Some(author), &entry, now).await?;
    changed(tx).await?;
    Ok(place)
}

/// Saves what somebody wrote about a place.
///
/// # Errors
/// [`DbError::Stale`] when somebody else was faster.
pub async fn save(tx: &Tx, place: &Place, entry: &Entry, author: Id, now: Moment) -> Result<(), DbError> {
    let saved = tx
        .execute(
            "update places set name = $2, address = $3, district = $4, kind = $5, lon = $6, lat = $7, \
             coordinates = $8, name_key = $9, address_key = $10, is_edited = 1, updated_at = $11, \
             revision = revision + 1 where id = $1 and revision = $12",
            params![
                place.id,
                &entry.name,
                &entry.address,
                &entry.district,
                &entry.kind,
                entry.lon,
                entry.lat,
                &entry.coordinates,
                key(&entry.name),
                key(&entry.address),
                now,
                place.revision
            ],
        )
        .await?;
    if saved != 1 {
        return Err(DbError::Stale);
    }
    record(tx, place.id, "changed", Some(author), entry, now).await?;
    changed(tx).await
}

/// Hides a place, or shows it again; one that stands so already is left alone.
///
/// # Errors
/// When the database fails.
pub async fn show(tx: &Tx, place: &Place, is_active: bool, author: Id, now: Moment) -> Result<(), DbError> {
    let sql =
        "update places set is_active = $2, updated_at = $3, revision = revision + 1 where id = $1 and is_active <> $2";
    if tx.execute(sql, params![place.id, is_active, now]).await? != 1 {
        return Ok(());
    }
    count_one(tx, place.source, 0, if is_active { -1 } else { 1 }).await?;
    record(tx, place.id, if is_active { "unhidden" } else { "hidden" }, Some(author), &place.entry, now).await?;
    changed(tx).await
}

async fn record(
    tx: &Tx,
    place: Id,
    kind: &'static str,
    author: Option<Id>,
    entry: &Entry,
    now: Moment,
) -> Result<(), DbError> {
    let name = if entry.name.is_empty() { &entry.address } else { &entry.name };
    let body = json!({ "name": name, "address": entry.address, "lon": entry.lon, "lat": entry.lat });
    store::record(tx, &Change { subject: "place", subject_id: place, kind, author, body }, now).await
}

/// The place of this identifier, with the name of its list.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load(tx: &Tx, id: Id) -> Result<(Place, String), Error> {
    let sql =
        format!("select {COLUMNS}, s.name from places p join place_sources s on s.id = p.source_id where p.id = $1");
    let row = tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?;
    Ok((read(&row)?, row.get(13)?))
}

/// A page of places, newest first, before the identifier `before`; of one list when it is given.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, source: Option<Id>, before: Id) -> Result<Page<Place>, DbError> {
    let (condition, bound) = match source {
        Some(source) => ("p.source_id = $1 and p.id < $2", params![source, before, PAGE + 1]),
        None => ("p.id < $1", params![before, PAGE + 1]),
    };
    let limit = bound.len();
    let sql = format!("select {COLUMNS} from places p where {condition} order by p.id desc limit ${limit}");
    let rows: Vec<Place> = tx.query(&sql, bound).await?.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |place| place.id.to_string()))
}

/// In which column a beginning is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The name.
    Name,
    /// The address.
    Address,
}

/// How places are asked for by the beginning of a name or an address: the beginning, its end, what came before.
pub fn beginning_statement(by: By) -> String {
    let column = match by {
        By::Name => "name_key",
        By::Address => "address_key",
    };
    format!(
        "select {COLUMNS}, p.{column} from places p where p.{column} >= $1 and p.{column} < $2 \
         and (p.{column}, p.id) > ($3, $4) order by p.{column}, p.id limit $5"
    )
}

/// A page of places whose name or address begins so, in order, behind the key `after` of the page before.
///
/// # Errors
/// When the database fails.
pub async fn beginning(tx: &Tx, by: By, text: &str, after: &str) -> Result<Page<Place>, DbError> {
    let begin = key(text);
    let (last, place) = after.split_once('.').unwrap_or_default();
    // All digits of a key come before this letter.
    let end = format!("{begin}g");
    let bound = params![&begin, end, last, place.parse::<Id>().unwrap_or(0), PAGE + 1];
    let rows = tx.query(&beginning_statement(by), bound).await?;
    let rows = rows.iter().map(|row| Ok((read(row)?, row.get::<String>(13)?)));
    let rows: Vec<(Place, String)> = rows.collect::<Result<_, DbError>>()?;
    let page = Page::cut(rows, |(place, key)| format!("{key}.{}", place.id));
    Ok(Page { rows: page.rows.into_iter().map(|(place, _)| place).collect(), next: page.next })
}

/// The places of exactly these names.
///
/// # Errors
/// When the database fails.
pub async fn named(tx: &Tx, names: &[String]) -> Result<Vec<Place>, DbError> {
    let mut found = Vec::new();
    for name in names.iter().take(PAGE) {
        let sql = format!("select {COLUMNS} from places p where p.name_key = $1 order by p.id limit 20");
        for row in tx.query(&sql, params![key(name)]).await? {
            found.push(read(&row)?);
        }
    }
    found.truncate(PAGE);
    Ok(found)
}

const IMPORT: &str = "i.id, i.source, i.way, i.coordinates, i.file_name, i.digest, i.bytes, i.state, i.found, \
                      i.author_id, i.brought_at, i.decider_id, i.decided_at, i.revision";

fn import(row: &Row) -> Result<Import, DbError> {
    let unreadable = |what: &str| DbError::Row(format!("place_imports: {what} cannot be read"));
    let (way, state, found): (String, String, String) = (row.get(2)?, row.get(7)?, row.get(8)?);
    let bytes: i64 = row.get(6)?;
    Ok(Import {
        id: row.get(0)?,
        source: row.get(1)?,
        way: Way::parse(&way).ok_or_else(|| unreadable("way"))?,
        coordinates: row.get(3)?,
        file_name: row.get(4)?,
        digest: row.get(5)?,
        bytes: usize::try_from(bytes).unwrap_or_default(),
        state: State::parse(&state).ok_or_else(|| unreadable("state"))?,
        found: serde_json::from_str::<Found>(&found).map_err(|_| unreadable("found"))?,
        author: row.get(9)?,
        brought_at: row.get(10)?,
        decider: row.get(11)?,
        decided_at: row.get(12)?,
        revision: row.get(13)?,
    })
}

fn json_of(found: &Found) -> Result<String, DbError> {
    serde_json::to_string(found).map_err(|error| DbError::Row(error.to_string()))
}

/// Keeps a new import, decided or not.
///
/// # Errors
/// When the database fails.
pub async fn add_import(tx: &Tx, import: &Import) -> Result<(), DbError> {
    let sql = "insert into place_imports (id, source, way, coordinates, file_name, digest, bytes, state, found, author_id, \
               brought_at, decider_id, decided_at, revision) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let bound = params![
        import.id,
        &import.source,
        import.way.word(),
        &import.coordinates,
        &import.file_name,
        &import.digest,
        import.bytes,
        import.state.word(),
        json_of(&import.found)?,
        import.author,
        import.brought_at,
        import.decider,
        import.decided_at,
        import.revision
    ];
    tx.execute(sql, bound).await.map(drop)
}

/// Saves a decision.
///
/// # Errors
/// [`DbError::Stale`] when somebody else decided meanwhile.
pub async fn save_import(tx: &Tx, import: &Import) -> Result<(), DbError> {
    let sql = "update place_imports set state = $2, found = $3, decider_id = $4, decided_at = $5, revision = $6 \
               where id = $1 and revision = $7";
    let bound = params![
        import.id,
        import.state.word(),
        json_of(&import.found)?,
        import.decider,
        import.decided_at,
        import.revision,
        import.revision - 1
    ];
    if tx.execute(sql, bound).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// The import of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load_import(tx: &Tx, id: Id) -> Result<Import, Error> {
    let row = tx.query_opt(&format!("select {IMPORT} from place_imports i where i.id = $1"), params![id]).await?;
    Ok(import(&row.ok_or(Error::NotFound)?)?)
}

/// An import with the names of its people; none for the command line.
pub type Named = (Import, Option<String>, Option<String>);

/// The import of this identifier, with the names of its people.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load_import_named(tx: &Tx, id: Id) -> Result<Named, Error> {
    let sql = format!(
        "select {IMPORT}, a.name, d.name from place_imports i left join accounts a on a.id = i.author_id \
         left join accounts d on d.id = i.decider_id where i.id = $1"
    );
    let row = tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?;
    Ok((import(&row)?, row.get(14)?, row.get(15)?))
}

/// A page of imports, newest first, before the identifier `before`.
///
/// # Errors
/// When the database fails.
pub async fn imports(tx: &Tx, before: Id) -> Result<Page<Named>, DbError> {
    let sql = format!(
        "select {IMPORT}, a.name, d.name from place_imports i left join accounts a on a.id = i.author_id \
         left join accounts d on d.id = i.decider_id where i.id < $1 order by i.id desc limit $2"
    );
    let rows = tx.query(&sql, params![before, PAGE + 1]).await?;
    let named: Vec<Named> =
        rows.iter().map(|row| Ok((import(row)?, row.get(14)?, row.get(15)?))).collect::<Result<_, DbError>>()?;
    Ok(Page::cut(named, |(import, ..)| import.id.to_string()))
}

/// Records a decision about a file for the log of administration.
///
/// # Errors
/// When the database fails.
pub async fn record_import(tx: &Tx, import: &Import, now: Moment) -> Result<(), DbError> {
    let body = json!({
        "name": import.file_name, "source": import.source, "way": import.way.word(), "digest": import.digest,
        "begun": import.found.begun, "changed": import.found.changed, "gone": import.found.gone,
        "refused": import.found.refused,
    });
    let (kind, author) = (import.state.word(), import.decider);
    store::record(tx, &Change { subject: "places", subject_id: import.id, kind, author, body }, now).await
}
