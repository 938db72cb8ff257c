//! The tables of a GeoPackage. The file is somebody else's: it is opened immutable and read-only, its schema is not trusted, and what
//! reckons too long is stopped.

use super::Layer;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Result};
use serde_json::{Map, Value};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a file may be read at most.
const PATIENCE: Duration = Duration::from_secs(120);
/// After how many steps of the engine the clock is looked at.
const STEPS: i32 = 10_000;

/// The bytes of a shape, and the other columns.
pub type Row = (Option<Vec<u8>>, Map<String, Value>);

/// Opens a file that nobody else changes meanwhile.
pub fn open(path: &Path) -> Result<Connection> {
    let mut name = String::from("file:");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => name.push(char::from(byte)),
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    name.push_str("?mode=ro&immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut file = Connection::open_with_flags(name, flags)?;
    file.execute_batch(
        "pragma trusted_schema = off; pragma query_only = on; pragma cell_size_check = on; pragma mmap_size = 0",
    )?;
    let until = Instant::now() + PATIENCE;
    file.progress_handler(STEPS, Some(move || Instant::now() > until))?;
    Ok(file)
}

/// The layers of shapes, by name; none when the file is another kind of database.
pub fn layers(file: &Connection) -> Result<Vec<Layer>> {
    let known: i64 = file.query_row(
        "select count(*) from sqlite_master where name in ('gpkg_contents', 'gpkg_geometry_columns', 'gpkg_spatial_ref_sys')",
        [],
        |row| row.get(0),
    )?;
    if known < 3 {
        return Ok(Vec::new());
    }
    let sql = "select g.table_name, g.column_name, coalesce(s.organization_coordsys_id, g.srs_id, 0) \
               from gpkg_contents c join gpkg_geometry_columns g on g.table_name = c.table_name \
               left join gpkg_spatial_ref_sys s on s.srs_id = g.srs_id \
               where c.data_type = 'features' order by g.table_name limit 1000";
    let mut statement = file.prepare(sql)?;
    let layers =
        statement.query_map([], |row| Ok(Layer { name: row.get(0)?, column: row.get(1)?, system: row.get(2)? }))?;
    layers.collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The rows of a layer: the shape's bytes, and the other columns as properties.
pub fn rows(file: &Connection, layer: &Layer, most: usize) -> Result<Vec<Row>> {
    let sql = format!("select * from {} limit {most}", quoted(&layer.name));
    let mut statement = file.prepare(&sql)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (mut shape, mut properties) = (None, Map::new());
        for (place, name) in names.iter().enumerate() {
            let value = row.get_ref(place)?;
            if *name == layer.column {
                shape = value.as_blob().ok().map(<[u8]>::to_vec);
                continue;
            }
            let kept = match value {
                ValueRef::Null | ValueRef::Blob(_) => continue,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).trim().into(),
            };
            properties.insert(name.clone(), kept);
        }
        found.push((shape, properties));
    }
    Ok(found)
}
