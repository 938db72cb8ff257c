//! What the map reads of reports and components; of cases it reads what their own room lends within a scope.

use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::id::Id;
use crate::reports::report::Stage;

/// A report as the map needs it.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The report.
    pub id: Id,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Code set, kind and code of its category.
    pub category: (String, String, String),
    /// How far it has come.
    pub stage: Stage,
    /// When it was received.
    pub received_at: Moment,
    /// By when it is promised to be handled.
    pub due_at: Option<Moment>,
}

const COLUMNS: &str = "id, lon, lat, code_set, kind, category_code, stage, received_at, due_at";

fn read(row: &Row) -> Result<Placed, DbError> {
    let stage: String = row.get(6)?;
    Ok(Placed {
        id: row.get(0)?,
        lon: row.get(1)?,
        lat: row.get(2)?,
        category: (row.get(3)?, row.get(4)?, row.get(5)?),
        stage: Stage::parse(&stage).ok_or_else(|| DbError::Row(format!("unknown stage {stage}")))?,
        received_at: row.get(7)?,
        due_at: row.get(8)?,
    })
}

/// The reports with a place that were received after `after` (moment and identifier) and before `until`, in this order.
///
/// # Errors
/// When the database fails.
pub async fn reports(tx: &Tx, after: (Moment, Id), until: Moment, most: usize) -> Result<Vec<Placed>, DbError> {
    let sql = format!(
        "select {COLUMNS} from reports where (received_at, id) > ($1, $2) and received_at < $3 and lon is not null \
         and lat is not null order by received_at, id limit {most}"
    );
    tx.query(&sql, params![after.0, after.1, until]).await?.iter().map(read).collect()
}

/// Of these reports those with a place, and of the reports of these cases, in no order; one may come twice.
///
/// # Errors
/// When the database fails.
pub async fn reports_of(tx: &Tx, reports: &[Id], cases: &[Id]) -> Result<Vec<Placed>, DbError> {
    let mut ids = reports.to_vec();
    for some in cases.chunks(250) {
        let sql = format!("select report_id from case_reports where case_id in ({})", slots(0, some.len()));
        for row in tx.query(&sql, some.iter().map(|id| Value::from(*id)).collect()).await? {
            ids.push(row.get(0)?);
        }
    }
    let mut found = Vec::new();
    for some in ids.chunks(250) {
        let sql = format!(
            "select {COLUMNS} from reports where id in ({}) and lon is not null and lat is not null",
            slots(0, some.len())
        );
        for row in tx.query(&sql, some.iter().map(|id| Value::from(*id)).collect()).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// A component as the map shows it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its code.
    pub code: String,
    /// Its sub-class.
    pub sub_class: String,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Its state's word.
    pub state: String,
}

/// The components in a rectangle (west, south, east, north), at most so many.
///
/// # Errors
/// When the database fails.
pub async fn components(tx: &Tx, bounds: [f64; 4], most: usize) -> Result<Vec<Standing>, DbError> {
    let [west, south, east, north] = bounds;
    let sql = format!(
        "select code, sub_class, name, owner, lon, lat, state from components where lat between $1 and $2 \
         and lon between $3 and $4 and state <> 'removed' order by code limit {most}"
    );
    let rows = tx.query(&sql, params![south, north, west, east]).await?;
    let one = |row: &Row| {
        Ok(Standing {
            code: row.get(0)?,
            sub_class: row.get(1)?,
            name: row.get(2)?,
            owner: row.get(3)?,
            lon: row.get(4)?,
            lat: row.get(5)?,
            state: row.get(6)?,
        })
    };
    rows.iter().map(one).collect()
}
