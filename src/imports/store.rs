//! The table of imports, and what is read for taking things out.

use super::import::{Found, Import, Part, State, Subject};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, params};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::paging::{PAGE, Page};
use crate::kit::sealing::Personal;
use crate::people::store::{self, Change};
use serde::Serialize;
use serde_json::json;

const COLUMNS: &str = "i.id, i.subject, i.coordinates, i.files, i.state, i.found, i.author_id, i.brought_at, \
                       i.decider_id, i.decided_at, i.revision, i.layer";

fn read(row: &Row) -> Result<Import, DbError> {
    let (subject, state): (String, String) = (row.get(1)?, row.get(4)?);
    let (files, found): (String, String) = (row.get(3)?, row.get(5)?);
    let unreadable = |what: &str| DbError::Row(format!("imports: {what} cannot be read"));
    let files: Vec<Part> = serde_json::from_str(&files).map_err(|_| unreadable("files"))?;
    let found: Found = serde_json::from_str(&found).map_err(|_| unreadable("found"))?;
    Ok(Import {
        id: row.get(0)?,
        subject: Subject::parse(&subject).ok_or_else(|| unreadable("subject"))?,
        coordinates: row.get(2)?,
        layer: row.get(11)?,
        files,
        state: State::parse(&state).ok_or_else(|| unreadable("state"))?,
        found,
        author: row.get(6)?,
        brought_at: row.get(7)?,
        decider: row.get(8)?,
        decided_at: row.get(9)?,
        revision: row.get(10)?,
    })
}

fn text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

/// Keeps a new import, decided or not.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, import: &Import) -> Result<(), DbError> {
    tx.execute(
        "insert into imports (id, subject, coordinates, files, state, found, author_id, brought_at, decider_id, \
         decided_at, revision, layer) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            import.id,
            import.subject.word(),
            &import.coordinates,
            text(&import.files)?,
            import.state.word(),
            text(&import.found)?,
            import.author,
            import.brought_at,
            import.decider,
            import.decided_at,
            import.revision,
            &import.layer
        ],
    )
    .await?;
    Ok(())
}

/// Saves a decision.
///
/// # Errors
/// [`DbError::Stale`] when somebody else decided meanwhile.
pub async fn save(tx: &Tx, import: &Import) -> Result<(), DbError> {
    let saved = tx
        .execute(
            "update imports set state = $2, found = $3, decider_id = $4, decided_at = $5, revision = $6 \
             where id = $1 and revision = $7",
            params![
                import.id,
                import.state.word(),
                text(&import.found)?,
                import.decider,
                import.decided_at,
                import.revision,
                import.revision - 1
            ],
        )
        .await?;
    if saved == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// The import of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load(tx: &Tx, id: Id) -> Result<Import, Error> {
    let row = tx.query_opt(&format!("select {COLUMNS} from imports i where i.id = $1"), params![id]).await?;
    Ok(read(&row.ok_or(Error::NotFound)?)?)
}

/// An import with the names of its people.
#[derive(Debug)]
pub struct Line {
    /// The import.
    pub import: Import,
    /// Who brought it; none at the command line.
    pub author: Option<String>,
    /// Who decided.
    pub decider: Option<String>,
}

const NAMED: &str =
    "from imports i left join accounts a on a.id = i.author_id left join accounts d on d.id = i.decider_id";

fn line(row: &Row) -> Result<Line, DbError> {
    Ok(Line { import: read(row)?, author: row.get(12)?, decider: row.get(13)? })
}

/// The import of this identifier with the names of its people.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load_named(tx: &Tx, id: Id) -> Result<Line, Error> {
    let row = tx.query_opt(&format!("select {COLUMNS}, a.name, d.name {NAMED} where i.id = $1"), params![id]).await?;
    Ok(line(&row.ok_or(Error::NotFound)?)?)
}

/// A page of imports, newest first, before the identifier `before`.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, before: Id) -> Result<Page<Line>, DbError> {
    let sql = format!("select {COLUMNS}, a.name, d.name {NAMED} where i.id < $1 order by i.id desc limit $2");
    let rows = tx.query(&sql, params![before, PAGE + 1]).await?;
    let lines: Vec<Line> = rows.iter().map(line).collect::<Result<_, _>>()?;
    Ok(Page::cut(lines, |line| line.import.id.to_string()))
}

/// When the ground or its keepers were last changed by an import; none when they never were.
///
/// # Errors
/// When the database fails.
pub async fn ground_changed_at(tx: &Tx) -> Result<Option<Moment>, DbError> {
    let sql = "select max(decided_at) from imports where state = 'kept' and subject <> 'reports'";
    tx.query_one(sql, params![]).await?.get(0)
}

/// What the city has: areas, unit grids, components, responsibility grids, reports of other systems.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx) -> Result<[i64; 5], DbError> {
    let row = tx
        .query_one(
            "select (select count(*) from areas where is_current = 1), \
             (select count(*) from unit_grids where is_current = 1), (select count(*) from components), \
             (select count(*) from responsibility_grids where is_current = 1), \
             (select count(*) from reports where source = 'import')",
            params![],
        )
        .await?;
    Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])
}

/// Records a decision for the log of administration.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, import: &Import, now: Moment) -> Result<(), DbError> {
    let body = json!({
        "name": import.name(),
        "subject": import.subject.word(),
        "digests": import.files.iter().map(|part| part.digest.as_str()).collect::<Vec<_>>(),
        "begun": import.found.begun,
        "changed": import.found.changed,
        "refused": import.found.refused,
    });
    let kind = import.state.word();
    store::record(tx, &Change { subject: "import", subject_id: import.id, kind, author: import.decider, body }, now)
        .await
}

/// A report as it goes out: only what a list of another system holds, with its contact when asked for.
#[derive(Debug)]
pub struct ReportOut {
    /// The identifier, by which pages are cut.
    pub id: Id,
    /// The columns' texts in the order of [`super::export::REPORT_COLUMNS`].
    pub cells: Vec<String>,
    /// When it came in.
    pub received_at: Moment,
    /// When it ended.
    pub closed_at: Option<Moment>,
    /// Name and telephone number.
    pub contact: (Personal, Personal),
}

/// The next thousand reports after the identifier `after`. Their tracking codes stay here: whoever holds one may speak for
/// its citizen.
///
/// # Errors
/// When the database fails.
pub async fn reports(tx: &Tx, after: Id) -> Result<Vec<ReportOut>, DbError> {
    let rows = tx
        .query(
            "select id, source, source_number, category_name, category_code, stage, address, lon, lat, grid_code, \
             words, received_at, closed_at, contact_name, contact_phone from reports where id > $1 order by id limit 1000",
            params![after],
        )
        .await?;
    let degrees = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    rows.iter()
        .map(|row| {
            let (id, number): (Id, String) = (row.get(0)?, row.get(2)?);
            Ok(ReportOut {
                id,
                cells: vec![
                    if number.is_empty() { format!("R{id}") } else { number },
                    row.get(1)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    degrees(row.get(7)?),
                    degrees(row.get(8)?),
                    row.get(9)?,
                    row.get(10)?,
                ],
                received_at: row.get(11)?,
                closed_at: row.get(12)?,
                contact: crate::reports::store::contact(tx, id, row, 13, 14)?,
            })
        })
        .collect()
}

/// A case as it goes out.
#[derive(Debug)]
pub struct CaseOut {
    /// The identifier, by which pages are cut.
    pub id: Id,
    /// The columns' texts in the order of [`super::export::CASE_COLUMNS`], the moments apart.
    pub cells: Vec<String>,
    /// Opened, due, answered, ended.
    pub moments: [Option<Moment>; 4],
}

/// The next thousand cases after the identifier `after`.
///
/// # Errors
/// When the database fails.
pub async fn cases(tx: &Tx, after: Id) -> Result<Vec<CaseOut>, DbError> {
    let rows = tx
        .query(
            "select c.id, c.number, c.title, c.source, c.stage, c.outcome, c.code_set, c.kind, c.code, c.condition, \
             c.limit_amount, c.limit_unit, d.code, d.name_zh, c.cell, c.street, c.community, c.address, c.lon, c.lat, \
             c.rework_count, c.return_count, c.reopen_count, c.opened_at, c.due_at, c.fed_back_at, c.closed_at \
             from cases c left join departments d on d.id = c.department_id where c.id > $1 order by c.id limit 1000",
            params![after],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let text = |index: usize| row.get::<Option<String>>(index).map(Option::unwrap_or_default);
            let number =
                |index: usize| row.get::<Option<i64>>(index).map(|n| n.map(|n| n.to_string()).unwrap_or_default());
            let degrees =
                |index: usize| row.get::<Option<f64>>(index).map(|n| n.map(|n| n.to_string()).unwrap_or_default());
            let mut cells = Vec::new();
            for index in 1..=9 {
                cells.push(text(index)?);
            }
            cells.push(number(10)?);
            for index in 11..=17 {
                cells.push(text(index)?);
            }
            cells.extend([degrees(18)?, degrees(19)?, number(20)?, number(21)?, number(22)?]);
            Ok(CaseOut { id: row.get(0)?, cells, moments: [row.get(23)?, row.get(24)?, row.get(25)?, row.get(26)?] })
        })
        .collect()
}

/// A fact as it goes out.
#[derive(Debug, Serialize)]
pub struct FactOut {
    /// The identifier, by which pages are cut.
    pub id: Id,
    /// `report`, `case`, `account`, …
    pub subject: String,
    /// Which one.
    pub subject_id: String,
    /// What happened.
    pub kind: String,
    /// Whether citizens may read it.
    pub is_public: bool,
    /// The login of who did it.
    pub author: Option<String>,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// What else is known.
    pub body: serde_json::Value,
}

/// The next thousand facts after the identifier `after`.
///
/// # Errors
/// When the database fails.
pub async fn facts(tx: &Tx, after: Id) -> Result<Vec<FactOut>, DbError> {
    let rows = tx
        .query(
            "select f.id, f.subject, f.subject_id, f.kind, f.is_public, a.login, f.at, f.body from facts f \
             left join accounts a on a.id = f.author_id where f.id > $1 order by f.id limit 1000",
            params![after],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let body: String = row.get(7)?;
            Ok(FactOut {
                id: row.get(0)?,
                subject: row.get(1)?,
                subject_id: row.get::<Id>(2)?.to_string(),
                kind: row.get(3)?,
                is_public: row.get(4)?,
                author: row.get(5)?,
                at: row.get(6)?,
                body: serde_json::from_str(&body).unwrap_or_default(),
            })
        })
        .collect()
}

/// The logins of keepers and the codes of departments, by identifier.
///
/// # Errors
/// When the database fails.
pub async fn names(tx: &Tx) -> Result<std::collections::HashMap<Id, String>, DbError> {
    let mut names = std::collections::HashMap::new();
    for sql in ["select id, login from accounts where post = 'keeper'", "select id, code from departments"] {
        for row in tx.query(sql, params![]).await? {
            names.insert(row.get(0)?, row.get(1)?);
        }
    }
    Ok(names)
}
