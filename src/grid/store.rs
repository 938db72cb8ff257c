//! The ground in the database. Rows are never changed but to end them: what was valid when a case was filed stays known.

use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};

use crate::grid::area::{Area, Cell, Level, ResponsibilityGrid, sorted_once};
use crate::grid::cells::Grid;
use crate::grid::component::{Component, State};
use crate::grid::coordinates::Point;
use crate::grid::geometry::{from_geojson, to_geojson};
use crate::grid::keepers;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx};
use crate::kit::id::{self, Id};
use crate::params;

/// What a save changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Not known before.
    pub begun: u64,
    /// Known, and different now: the old row ended, a new one began.
    pub changed: u64,
    /// The same as before; nothing was written.
    pub unchanged: u64,
}

impl Saved {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Saved) -> Saved {
        Saved {
            begun: self.begun + other.begun,
            changed: self.changed + other.changed,
            unchanged: self.unchanged + other.unchanged,
        }
    }
}

/// How a row that is to be kept stands to the one that is there.
enum Standing {
    New,
    Same,
    /// The current row's identifier.
    Other(Id),
}

impl Saved {
    fn count(&mut self, standing: &Standing) {
        match standing {
            Standing::New => self.begun += 1,
            Standing::Same => self.unchanged += 1,
            Standing::Other(_) => self.changed += 1,
        }
    }
}

async fn area_stands(tx: &Tx, area: &Area, geometry: &str) -> Result<Standing, DbError> {
    let sql = "select id, name, parent_code, geometry from areas where level = $1 and code = $2 and is_current = 1";
    let Some(row) = tx.query_opt(sql, params![area.level.as_str(), &area.code]).await? else {
        return Ok(Standing::New);
    };
    let is_same = row.get::<String>(1)? == area.name
        && row.get::<Option<String>>(2)? == area.parent_code
        && row.get::<String>(3)? == geometry;
    Ok(if is_same { Standing::Same } else { Standing::Other(row.get(0)?) })
}

/// What [`save_areas`] would change.
///
/// # Errors
/// When the database fails.
pub async fn compare_areas(tx: &Tx, areas: &[Area]) -> Result<Saved, DbError> {
    let mut saved = Saved::default();
    for area in areas {
        saved.count(&area_stands(tx, area, &to_geojson(&area.geometry).to_string()).await?);
    }
    Ok(saved)
}

/// Saves areas; one whose code is known at its level and whose name, parent or borders differ replaces the current row.
///
/// # Errors
/// When the database fails.
pub async fn save_areas(tx: &Tx, areas: &[Area], now: Moment) -> Result<Saved, DbError> {
    let mut saved = Saved::default();
    for area in areas {
        let geometry = to_geojson(&area.geometry).to_string();
        let standing = area_stands(tx, area, &geometry).await?;
        saved.count(&standing);
        match standing {
            Standing::Same => continue,
            Standing::Other(id) => {
                tx.execute("update areas set is_current = 0, ended_at = $2 where id = $1", params![id, now]).await?;
            }
            Standing::New => {}
        }
        tx.execute(
            "insert into areas (id, level, code, name, parent_code, geometry, is_current, started_at)
             values ($1, $2, $3, $4, $5, $6, 1, $7)",
            params![area.id, area.level.as_str(), &area.code, &area.name, area.parent_code.clone(), geometry, now],
        )
        .await?;
    }
    Ok(saved)
}

async fn cell_stands(tx: &Tx, cell: &Cell, geometry: &str) -> Result<Standing, DbError> {
    let sql = "select id, name, community_code, geometry from unit_grids where code = $1 and is_current = 1";
    let Some(row) = tx.query_opt(sql, params![&cell.code]).await? else { return Ok(Standing::New) };
    let is_same = row.get::<String>(1)? == cell.name
        && row.get::<Option<String>>(2)? == cell.community_code
        && row.get::<String>(3)? == geometry;
    Ok(if is_same { Standing::Same } else { Standing::Other(row.get(0)?) })
}

/// What [`save_cells`] would change.
///
/// # Errors
/// When the database fails.
pub async fn compare_cells(tx: &Tx, cells: &[Cell]) -> Result<Saved, DbError> {
    let mut saved = Saved::default();
    for cell in cells {
        saved.count(&cell_stands(tx, cell, &to_geojson(&cell.geometry).to_string()).await?);
    }
    Ok(saved)
}

/// Saves unit grids; one whose code is known and whose name, community or borders differ replaces the current row.
///
/// # Errors
/// When the database fails.
pub async fn save_cells(tx: &Tx, cells: &[Cell], now: Moment) -> Result<Saved, DbError> {
    let mut saved = Saved::default();
    for cell in cells {
        let geometry = to_geojson(&cell.geometry).to_string();
        let standing = cell_stands(tx, cell, &geometry).await?;
        saved.count(&standing);
        match standing {
            Standing::Same => continue,
            Standing::Other(id) => {
                let sql = "update unit_grids set is_current = 0, ended_at = $2 where id = $1";
                tx.execute(sql, params![id, now]).await?;
            }
            Standing::New => {}
        }
        tx.execute(
            "insert into unit_grids (id, code, name, community_code, area_square_metres, geometry, is_current, started_at)
             values ($1, $2, $3, $4, $5, $6, 1, $7)",
            params![
                cell.id,
                &cell.code,
                &cell.name,
                cell.community_code.clone(),
                cell.area_square_metres,
                geometry,
                now
            ],
        )
        .await?;
    }
    Ok(saved)
}

/// A responsibility grid as its next version would be, and how it stands to the current one.
async fn next_version(tx: &Tx, grid: &ResponsibilityGrid) -> Result<(ResponsibilityGrid, Standing), DbError> {
    let mut next = ResponsibilityGrid { unit_codes: sorted_once(grid.unit_codes.clone()), ..grid.clone() };
    let Some(current) = load_responsibility_grid(tx, &grid.code).await? else {
        next.version = 1;
        return Ok((next, Standing::New));
    };
    next.version = current.version + 1;
    let is_same = ResponsibilityGrid { id: current.id, version: current.version, ..next.clone() } == current;
    if next.id == current.id {
        next.id = id::fresh();
    }
    Ok((next, if is_same { Standing::Same } else { Standing::Other(current.id) }))
}

/// What [`save_responsibility_grid`] would change.
///
/// # Errors
/// When the database fails.
pub async fn compare_responsibility_grids(tx: &Tx, grids: &[ResponsibilityGrid]) -> Result<Saved, DbError> {
    let mut saved = Saved::default();
    for grid in grids {
        saved.count(&next_version(tx, grid).await?.1);
    }
    Ok(saved)
}

/// Saves a responsibility grid. A code that is known gets its next version, unless nothing differs; the id and the
/// version handed in are then not used.
///
/// # Errors
/// When the database fails.
pub async fn save_responsibility_grid(tx: &Tx, grid: &ResponsibilityGrid, now: Moment) -> Result<Saved, DbError> {
    let (next, standing) = next_version(tx, grid).await?;
    let mut saved = Saved::default();
    saved.count(&standing);
    match standing {
        Standing::Same => return Ok(saved),
        Standing::Other(id) => {
            let sql = "update responsibility_grids set is_current = 0, ended_at = $2 where id = $1";
            tx.execute(sql, params![id, now]).await?;
        }
        Standing::New => {}
    }
    tx.execute(
        "insert into responsibility_grids
             (id, code, name, version, keeper_account, team_department, unit_codes, is_current, started_at)
         values ($1, $2, $3, $4, $5, $6, $7, 1, $8)",
        params![
            next.id,
            &next.code,
            &next.name,
            next.version,
            next.keeper_account,
            next.team_department,
            Json::from(next.unit_codes).to_string(),
            now
        ],
    )
    .await?;
    Ok(saved)
}

/// What a list of responsibility grids is compared with: the unit grids, the keepers and the departments.
///
/// # Errors
/// When the database fails.
pub async fn known(tx: &Tx) -> Result<keepers::Known, DbError> {
    let units = tx.query("select code from unit_grids where is_current = 1", params![]).await?;
    let people = tx.query("select login, id from accounts where post = 'keeper' and is_active = 1", params![]).await?;
    let teams = tx.query("select code, id from departments where is_active = 1", params![]).await?;
    Ok(keepers::Known {
        units: units.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?,
        keepers: people.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?,
        teams: teams.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?,
    })
}

/// The working keepers by the unit grids of their responsibility grids.
///
/// # Errors
/// When the database fails.
pub async fn keepers_of_cells(tx: &Tx) -> Result<HashMap<String, Id>, DbError> {
    let working: HashSet<Id> = known(tx).await?.keepers.into_values().collect();
    let mut keepers = HashMap::new();
    for grid in load_responsibility_grids(tx).await? {
        let Some(keeper) = grid.keeper_account.filter(|keeper| working.contains(keeper)) else { continue };
        keepers.extend(grid.unit_codes.into_iter().map(|unit| (unit, keeper)));
    }
    Ok(keepers)
}

const COMPONENT: &str = "id, code, sub_class, name, owner, lon, lat, cell, state, installed_on";

fn component(row: &Row) -> Result<Component, DbError> {
    let state: String = row.get(8)?;
    Ok(Component {
        id: row.get(0)?,
        code: row.get(1)?,
        sub_class: row.get(2)?,
        name: row.get(3)?,
        owner: row.get(4)?,
        lon: row.get(5)?,
        lat: row.get(6)?,
        cell: row.get(7)?,
        state: State::read(&state).map_err(|_| DbError::Row(format!("unknown state {state}")))?,
        installed_on: row.get(9)?,
    })
}

async fn component_stands(tx: &Tx, new: &Component) -> Result<Standing, DbError> {
    let sql = format!("select {COMPONENT} from components where code = $1");
    let current = tx.query_opt(&sql, params![&new.code]).await?.map(|row| component(&row)).transpose()?;
    Ok(match current {
        None => Standing::New,
        Some(current) if (Component { id: current.id, ..new.clone() }) == current => Standing::Same,
        Some(current) => Standing::Other(current.id),
    })
}

/// What [`save_components`] would change.
///
/// # Errors
/// When the database fails.
pub async fn compare_components(tx: &Tx, components: &[Component]) -> Result<Saved, DbError> {
    let mut saved = Saved::default();
    for component in components {
        saved.count(&component_stands(tx, component).await?);
    }
    Ok(saved)
}

/// Saves components; one whose code is known is changed where it differs.
///
/// # Errors
/// When the database fails.
pub async fn save_components(tx: &Tx, components: &[Component], now: Moment) -> Result<Saved, DbError> {
    let mut saved = Saved::default();
    for new in components {
        let standing = component_stands(tx, new).await?;
        saved.count(&standing);
        let (id, sql) = match standing {
            Standing::Same => continue,
            Standing::Other(id) => (
                id,
                "update components set code = $2, sub_class = $3, name = $4, owner = $5, lon = $6, lat = $7, \
                 cell = $8, state = $9, installed_on = $10, updated_at = $11, revision = revision + 1 where id = $1",
            ),
            Standing::New => (
                new.id,
                "insert into components (id, code, sub_class, name, owner, lon, lat, cell, state, \
                 installed_on, updated_at, revision) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)",
            ),
        };
        let values = params![
            id,
            &new.code,
            &new.sub_class,
            &new.name,
            &new.owner,
            new.lon,
            new.lat,
            &new.cell,
            new.state.word(),
            new.installed_on.clone(),
            now
        ];
        tx.execute(sql, values).await?;
    }
    Ok(saved)
}

/// Components whose code is greater than `after`, in the order of their codes, at most 1,000.
///
/// # Errors
/// When the database fails.
pub async fn components(tx: &Tx, after: &str) -> Result<Vec<Component>, DbError> {
    let sql = format!("select {COMPONENT} from components where code > $1 order by code limit 1000");
    tx.query(&sql, params![after]).await?.iter().map(component).collect()
}

/// The components within so many metres of a place, nearest first, at most 50; each with its distance in metres.
///
/// # Errors
/// When the database fails.
pub async fn components_near(tx: &Tx, at: Point, metres: f64) -> Result<Vec<(Component, f64)>, DbError> {
    let high = metres / 111_320.0;
    let wide = high / at.lat.to_radians().cos().max(0.01);
    let sql = format!(
        "select {COMPONENT} from components where lat between $1 and $2 and lon between $3 and $4 and state <> 'removed'"
    );
    let rows = tx.query(&sql, params![at.lat - high, at.lat + high, at.lon - wide, at.lon + wide]).await?;
    let mut near = Vec::new();
    for row in &rows {
        let component = component(row)?;
        let (x, y) =
            ((component.lon - at.lon) * 111_320.0 * at.lat.to_radians().cos(), (component.lat - at.lat) * 111_320.0);
        let distance = x.hypot(y);
        if distance <= metres {
            near.push((component, distance));
        }
    }
    near.sort_by(|a, b| a.1.total_cmp(&b.1));
    near.truncate(50);
    Ok(near)
}

/// The whole current ground, ready to be asked. Fails on a row that cannot be read, and names it.
pub async fn load_grid(tx: &Tx) -> Result<Grid, DbError> {
    let areas = load_areas(tx).await?;
    let cells = load_cells(tx).await?;
    Ok(Grid::new(areas, cells))
}

/// The current areas.
pub async fn load_areas(tx: &Tx) -> Result<Vec<Area>, DbError> {
    tx.query(
        "select id, level, code, name, parent_code, geometry from areas where is_current = 1 order by level, code",
        params![],
    )
    .await?
    .iter()
    .map(|row| {
        let code: String = row.get(2)?;
        let level: String = row.get(1)?;
        Ok(Area {
            id: row.get(0)?,
            level: level.parse::<Level>().map_err(|_| unreadable("areas.level", &level))?,
            name: row.get(3)?,
            parent_code: row.get(4)?,
            geometry: shape(row, 5, &code)?,
            code,
        })
    })
    .collect()
}

/// The current unit grids.
pub async fn load_cells(tx: &Tx) -> Result<Vec<Cell>, DbError> {
    tx.query(
        "select id, code, name, community_code, area_square_metres, geometry from unit_grids
         where is_current = 1 order by code",
        params![],
    )
    .await?
    .iter()
    .map(|row| {
        let code: String = row.get(1)?;
        Ok(Cell {
            id: row.get(0)?,
            name: row.get(2)?,
            community_code: row.get(3)?,
            area_square_metres: row.get(4)?,
            geometry: shape(row, 5, &code)?,
            code,
        })
    })
    .collect()
}

/// The current version of the responsibility grid of that code.
pub async fn load_responsibility_grid(tx: &Tx, code: &str) -> Result<Option<ResponsibilityGrid>, DbError> {
    tx.query_opt(
        "select id, code, name, version, keeper_account, team_department, unit_codes from responsibility_grids
         where code = $1 and is_current = 1",
        params![code],
    )
    .await?
    .as_ref()
    .map(responsibility_grid)
    .transpose()
}

/// The current responsibility grids, by code.
pub async fn load_responsibility_grids(tx: &Tx) -> Result<Vec<ResponsibilityGrid>, DbError> {
    tx.query(
        "select id, code, name, version, keeper_account, team_department, unit_codes from responsibility_grids
         where is_current = 1 order by code",
        params![],
    )
    .await?
    .iter()
    .map(responsibility_grid)
    .collect()
}

fn responsibility_grid(row: &Row) -> Result<ResponsibilityGrid, DbError> {
    let units: String = row.get(6)?;
    Ok(ResponsibilityGrid {
        id: row.get(0)?,
        code: row.get(1)?,
        name: row.get(2)?,
        version: row.get(3)?,
        keeper_account: row.get(4)?,
        team_department: row.get(5)?,
        unit_codes: serde_json::from_str(&units).map_err(|_| unreadable("responsibility_grids.unit_codes", &units))?,
    })
}

fn shape(row: &Row, column: usize, code: &str) -> Result<geo::MultiPolygon<f64>, DbError> {
    let text: String = row.get(column)?;
    let geometry: Json = serde_json::from_str(&text).map_err(|_| unreadable("geometry", code))?;
    from_geojson(&geometry).map_err(|_| unreadable("geometry", code))
}

fn unreadable(what: &str, value: &str) -> DbError {
    DbError::Row(format!("{what} cannot be read: {value}"))
}
