//! What the city knows, taken out in the forms in which it is brought in: ground as GeoJSON, lists as CSV, the log of facts
//! as a line of JSON each. What goes out of one city may be brought into another.

use super::store;
use crate::app::App;
use crate::grid::component::Component;
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::grid::geometry::to_geojson;
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError};
use crate::kit::error::Error;
use crate::kit::sheets::Csv;
use crate::kit::tables::safe;
use crate::kit::words::enum_of_words;
use crate::{grid, people};
use geo::{Coord, MapCoords, MultiPolygon};
use jiff::tz::TimeZone;
use serde_json::json;
use std::io::Write;

enum_of_words! {
    /// What can be taken out.
    What {
        /// Districts, streets and communities: GeoJSON.
        Areas = "areas",
        /// Unit grids: GeoJSON.
        Grids = "grids",
        /// Components: GeoJSON.
        Components = "components",
        /// Responsibility grids with their keepers and teams: CSV.
        Keepers = "keepers",
        /// The tree of departments: CSV.
        Departments = "departments",
        /// Accounts without their passwords: CSV.
        Accounts = "accounts",
        /// The same in the columns in which lists of staff are brought in: CSV.
        Staff = "staff",
        /// Reports: CSV.
        Reports = "reports",
        /// Cases: CSV.
        Cases = "cases",
        /// The log of facts: a JSON object on each line.
        Facts = "facts",
    }
}

impl What {
    /// The name of its file.
    pub const fn file(self) -> &'static str {
        match self {
            What::Areas => "areas.geojson",
            What::Grids => "grids.geojson",
            What::Components => "components.geojson",
            What::Keepers => "keepers.csv",
            What::Departments => "departments.csv",
            What::Accounts => "accounts.csv",
            What::Staff => "staff.csv",
            What::Reports => "reports.csv",
            What::Cases => "cases.csv",
            What::Facts => "facts.jsonl",
        }
    }

    /// Its media type.
    pub const fn media(self) -> &'static str {
        match self {
            What::Areas | What::Grids | What::Components => "application/geo+json",
            What::Facts => "application/x-ndjson",
            _ => "text/csv; charset=utf-8",
        }
    }
}

/// The columns of reports; `steward import reports` reads them back. A contact follows when it is asked for.
pub const REPORT_COLUMNS: [&str; 13] = [
    "number",
    "source",
    "category",
    "category_code",
    "status",
    "address",
    "lon",
    "lat",
    "cell",
    "words",
    "coordinates",
    "created",
    "closed",
];

/// The columns of cases.
pub const CASE_COLUMNS: [&str; 26] = [
    "number",
    "title",
    "source",
    "stage",
    "outcome",
    "code_set",
    "kind",
    "code",
    "condition",
    "limit_amount",
    "limit_unit",
    "department_code",
    "department",
    "cell",
    "street",
    "community",
    "address",
    "lon",
    "lat",
    "reworks",
    "returns",
    "reopenings",
    "opened",
    "due",
    "fed_back",
    "closed",
];

/// What is wanted of an export.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The coordinate system of ground and components.
    pub system: CoordinateSystem,
    /// Whether the contacts of citizens go with their reports.
    pub with_contacts: bool,
    /// The city's time zone.
    pub zone: TimeZone,
}

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] Error),
    /// The file could not be written.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

impl From<DbError> for Broken {
    fn from(error: DbError) -> Broken {
        Broken::Db(Error::Db(error))
    }
}

impl From<csv::Error> for Broken {
    fn from(error: csv::Error) -> Broken {
        Broken::File(error.into())
    }
}

/// Writes one kind of thing; `progress` hears how many rows were written. Answers how many there were.
///
/// # Errors
/// When the database fails or the file cannot be written.
pub async fn export(
    db: &Db,
    what: What,
    wish: &Wish,
    out: &mut (dyn Write + Send),
    mut progress: impl FnMut(u64) + Send,
) -> Result<u64, Broken> {
    match what {
        What::Areas | What::Grids | What::Components => ground(db, what, wish, out, &mut progress).await,
        What::Facts => facts(db, out, &mut progress).await,
        _ => list(db, what, wish, out, &mut progress).await,
    }
}

/// The same into memory, for a page. Reports, cases and facts are for the command line: there are too many.
///
/// # Errors
/// As [`export`].
pub async fn in_memory(app: &App, what: What, wish: &Wish) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match export(&app.db, what, wish, &mut bytes, |_| ()).await {
        Ok(_) => Ok(bytes),
        Err(Broken::Db(error)) => Err(error),
        Err(Broken::File(error)) => Err(Error::Internal(error.to_string())),
    }
}

fn moved(shape: &MultiPolygon<f64>, system: CoordinateSystem) -> serde_json::Value {
    to_geojson(&shape.map_coords(|at| {
        let out = system.outward(Point { lon: at.x, lat: at.y });
        Coord { x: out.lon, y: out.lat }
    }))
}

fn component(one: &Component, system: CoordinateSystem) -> serde_json::Value {
    let at = system.outward(Point { lon: one.lon, lat: one.lat });
    json!({
        "type": "Feature",
        "properties": {
            "code": one.code, "name": one.name, "owner": one.owner, "cell": one.cell, "state": one.state.word(),
            "installed_on": one.installed_on,
        },
        "geometry": { "type": "Point", "coordinates": [at.lon, at.lat] },
    })
}

/// A feature on each line, so that two exports can be compared line by line.
struct Features<'a> {
    out: &'a mut (dyn Write + Send),
    count: u64,
}

impl<'a> Features<'a> {
    fn begin(out: &'a mut (dyn Write + Send)) -> std::io::Result<Features<'a>> {
        out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
        Ok(Features { out, count: 0 })
    }

    fn add(&mut self, feature: &serde_json::Value) -> std::io::Result<()> {
        self.out.write_all(if self.count == 0 { b"\n" } else { b",\n" })?;
        self.count += 1;
        write!(self.out, "{feature}")
    }

    fn end(self) -> std::io::Result<u64> {
        self.out.write_all(b"\n]}\n")?;
        Ok(self.count)
    }
}

async fn ground(
    db: &Db,
    what: What,
    wish: &Wish,
    out: &mut (dyn Write + Send),
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<u64, Broken> {
    let system = wish.system;
    let mut features = Features::begin(out)?;
    match what {
        What::Areas => {
            for area in db.read(|tx| async move { grid::store::load_areas(&tx).await }).await.map_err(Error::Db)? {
                features.add(&json!({
                    "type": "Feature",
                    "properties": {
                        "code": area.code, "name": area.name, "level": area.level.as_str(),
                        "parent_code": area.parent_code,
                    },
                    "geometry": moved(&area.geometry, system),
                }))?;
                progress(features.count);
            }
        }
        What::Grids => {
            for cell in db.read(|tx| async move { grid::store::load_cells(&tx).await }).await.map_err(Error::Db)? {
                features.add(&json!({
                    "type": "Feature",
                    "properties": { "code": cell.code, "name": cell.name, "community_code": cell.community_code },
                    "geometry": moved(&cell.geometry, system),
                }))?;
                progress(features.count);
            }
        }
        _ => {
            let mut after = String::new();
            loop {
                let key = after.clone();
                let page = db.read(|tx| async move { grid::store::components(&tx, &key).await }).await;
                let page = page.map_err(Error::Db)?;
                let Some(last) = page.last() else { break };
                after.clone_from(&last.code);
                for one in &page {
                    features.add(&component(one, system))?;
                }
                progress(features.count);
            }
        }
    }
    Ok(features.end()?)
}

async fn facts(db: &Db, out: &mut (dyn Write + Send), progress: &mut (impl FnMut(u64) + Send)) -> Result<u64, Broken> {
    let (mut after, mut count) = (i64::MIN, 0);
    loop {
        let page = db.read(move |tx| async move { store::facts(&tx, after).await }).await.map_err(Error::Db)?;
        let Some(last) = page.last() else { return Ok(count) };
        after = last.id;
        for fact in &page {
            serde_json::to_writer(&mut *out, fact).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
            count += 1;
        }
        progress(count);
    }
}

async fn list(
    db: &Db,
    what: What,
    wish: &Wish,
    out: &mut (dyn Write + Send),
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<u64, Broken> {
    // Spreadsheets know by these three bytes that the letters are Unicode's.
    out.write_all("\u{feff}".as_bytes())?;
    let mut csv = Csv::from_writer(out);
    let mut count = 0;
    let written = |moment: Option<Moment>| {
        moment.map(|at| at.zoned(&wish.zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()).unwrap_or_default()
    };
    match what {
        What::Keepers => {
            csv.write_record(["code", "name", "unit_codes", "keeper", "team"])?;
            let read = db.read(|tx| async move {
                Ok::<_, DbError>((grid::store::load_responsibility_grids(&tx).await?, store::names(&tx).await?))
            });
            let (grids, names) = read.await?;
            let name = |id: Option<i64>| id.and_then(|id| names.get(&id)).map_or("", String::as_str);
            for one in &grids {
                let units = one.unit_codes.join(";");
                let (keeper, team) = (name(one.keeper_account), name(one.team_department));
                csv.write_record([&one.code, &one.name, &units, keeper, team])?;
                count += 1;
            }
        }
        What::Departments => {
            csv.write_record(["code", "name_zh", "name_en", "parent_code", "kind", "phone"])?;
            let all = db.read(|tx| async move { people::store::departments(&tx).await }).await.map_err(Error::Db)?;
            // Each after the one above it, so that the list can be read in from its beginning.
            for (_, one) in people::department::tree(&all) {
                let parent = all.iter().find(|other| Some(other.id) == one.parent).map_or("", |other| &other.code);
                csv.write_record([&one.code, &one.name_zh, &one.name_en, parent, &one.kind, &safe(&one.phone)])?;
                count += 1;
            }
        }
        What::Accounts | What::Staff => {
            match what {
                What::Staff => csv.write_record(["employee_number", "login", "name", "post", "department_code"])?,
                _ => csv.write_record(["login", "name", "post", "department", "state", "employee_number"])?,
            }
            let mut after = String::new();
            loop {
                let filter = people::store::AccountFilter { after: after.clone(), ..Default::default() };
                let page = db.read(|tx| async move { people::store::list(&tx, &filter).await }).await;
                let page = page.map_err(Error::Db)?;
                for one in &page.rows {
                    let state = if one.is_active { "active" } else { "inactive" };
                    let (name, number) = (safe(&one.name), safe(&one.employee_number));
                    match what {
                        What::Staff => {
                            csv.write_record([&number, &one.login, &name, one.post, &one.department_code])?;
                        }
                        _ => csv.write_record([&one.login, &name, one.post, &one.department_zh, state, &number])?,
                    }
                    count += 1;
                }
                progress(count);
                match page.next {
                    Some(next) => after = next,
                    None => break,
                }
            }
        }
        What::Reports => {
            let mut header = REPORT_COLUMNS.to_vec();
            if wish.with_contacts {
                header.extend(["contact_name", "contact_phone"]);
            }
            csv.write_record(&header)?;
            let mut after = i64::MIN;
            loop {
                let page =
                    db.read(move |tx| async move { store::reports(&tx, after).await }).await.map_err(Error::Db)?;
                let Some(last) = page.last() else { break };
                after = last.id;
                for one in page {
                    let mut cells: Vec<String> = one.cells.iter().map(|cell| safe(cell)).collect();
                    cells.extend(["wgs84".to_owned(), written(Some(one.received_at)), written(one.closed_at)]);
                    if wish.with_contacts {
                        for cell in [&one.contact.0, &one.contact.1] {
                            let read = cell.read().map_err(|why| {
                                Error::Internal(format!("the contact of report {} cannot be read: {why}", one.id))
                            });
                            cells.push(safe(read?));
                        }
                    }
                    csv.write_record(&cells)?;
                    count += 1;
                }
                progress(count);
            }
        }
        _ => {
            csv.write_record(CASE_COLUMNS)?;
            let mut after = i64::MIN;
            loop {
                let page = db.read(move |tx| async move { store::cases(&tx, after).await }).await.map_err(Error::Db)?;
                let Some(last) = page.last() else { break };
                after = last.id;
                for one in page {
                    let mut cells: Vec<String> = one.cells.iter().map(|cell| safe(cell)).collect();
                    cells.extend(one.moments.map(written));
                    csv.write_record(&cells)?;
                    count += 1;
                }
                progress(count);
            }
        }
    }
    csv.flush()?;
    progress(count);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_file_of_its_own() {
        let mut files: Vec<&str> = What::ALL.iter().map(|what| what.file()).collect();
        files.sort_unstable();
        files.dedup();
        assert_eq!(files.len(), What::ALL.len());
    }
}
