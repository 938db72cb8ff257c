//! Layers of a GeoPackage (OGC 12-128r19): an SQLite file of somebody else's making, opened to be read and nothing more.

pub mod shape;
mod store;

use super::import::Feature;
use crate::kit::error::Refusal;
use std::path::Path;

/// What every SQLite file begins with.
pub const BEGINNING: &[u8] = b"SQLite format 3\0";

/// The most rows of one layer.
pub const MOST_ROWS: usize = 2_000_000;

/// A layer of shapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The table, by which it is chosen.
    pub name: String,
    /// The column of its shapes.
    pub column: String,
    /// The number of its coordinate system in the list of the EPSG; 0 and -1 where the file leaves it open.
    pub system: i64,
}

/// The coordinates that are degrees: WGS-84, CGCS2000, and where the file leaves it open.
const IN_DEGREES: [i64; 4] = [4326, 4490, 0, -1];

/// Reads a layer: the one that is named, or the only one.
///
/// # Errors
/// `gpkg-unreadable` (`error`), `gpkg-no-layer`, `gpkg-layer-unknown` and `gpkg-layer-choose` (`layers`), `gpkg-projected` (`system`),
/// `gpkg-too-long` (`most`).
pub fn read(path: &Path, wanted: &str) -> Result<Vec<Feature>, Refusal> {
    let unreadable = |error: rusqlite::Error| Refusal::new("gpkg-unreadable").with("error", error);
    let file = store::open(path).map_err(unreadable)?;
    let layers = store::layers(&file).map_err(unreadable)?;
    let layer = chosen(&layers, wanted.trim())?;
    if !IN_DEGREES.contains(&layer.system) {
        return Err(Refusal::new("gpkg-projected").with("system", layer.system));
    }
    let rows = store::rows(&file, layer, MOST_ROWS + 1).map_err(unreadable)?;
    if rows.len() > MOST_ROWS {
        return Err(Refusal::new("gpkg-too-long").with("most", MOST_ROWS));
    }
    let feature = |(place, (shape, properties)): (usize, (Option<Vec<u8>>, _))| {
        let (rings, point) = shape::read(shape.as_deref().unwrap_or_default());
        Feature::of(format!("#{}", place + 1), properties, rings, point)
    };
    Ok(rows.into_iter().enumerate().map(feature).collect())
}

fn chosen<'a>(layers: &'a [Layer], wanted: &str) -> Result<&'a Layer, Refusal> {
    let names = || layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>().join(", ");
    match (layers, wanted) {
        ([], _) => Err(Refusal::new("gpkg-no-layer")),
        ([only], "") => Ok(only),
        (_, "") => Err(Refusal::new("gpkg-layer-choose").with("layers", names())),
        (_, wanted) => {
            let unknown = || Refusal::new("gpkg-layer-unknown").with("layer", wanted).with("layers", names());
            layers.iter().find(|layer| layer.name == wanted).ok_or_else(unknown)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::import::{ImportOptions, cells};
    use rusqlite::Connection;

    /// A GeoPackage with a layer of squares and one of points.
    fn made(path: &Path, system: i64) {
        let db = Connection::open(path).expect("a file");
        db.execute_batch(include_str!("sample.sql")).expect("the tables");
        db.execute("update gpkg_geometry_columns set srs_id = ?1", [system]).expect("a system");
        let square = |x: f64| -> Vec<u8> {
            let ring: [(f64, f64); 5] = [(x, 22.0), (x + 0.01, 22.0), (x + 0.01, 22.01), (x, 22.01), (x, 22.0)];
            let mut bytes = shape::tests::header();
            bytes.extend([1, 3, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0]);
            ring.iter().for_each(|(x, y)| bytes.extend([x.to_le_bytes(), y.to_le_bytes()].concat()));
            bytes
        };
        for (number, x) in [("440304001001001", 114.0), ("440304001001002", 114.01)] {
            let row = rusqlite::params![square(x), number, "东片", 3.5];
            db.execute("insert into \"网格\" (geom, code, name, size) values (?1, ?2, ?3, ?4)", row).expect("a row");
        }
        db.execute("insert into \"网格\" (geom, code) values (null, 'empty')", []).expect("a row");
        let mut point = shape::tests::header();
        point.extend([1, 1, 0, 0, 0]);
        point.extend([114.005_f64.to_le_bytes(), 22.005_f64.to_le_bytes()].concat());
        db.execute("insert into parts (geom, code, name) values (?1, '4403040101000001', '井盖')", [point])
            .expect("a row");
    }

    #[test]
    fn layers_are_chosen_and_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("city.gpkg");
        made(&path, 4490);
        let why = |wanted: &str| read(&path, wanted).map(drop).map_err(|no| no.key);
        assert_eq!(why(""), Err("gpkg-layer-choose"));
        assert_eq!(why("no\"where"), Err("gpkg-layer-unknown"));
        let features = read(&path, "网格").expect("features");
        assert_eq!(features.len(), 3);
        assert_eq!(features[0].properties.get("name").and_then(|name| name.as_str()), Some("东片"));
        let made = cells(&features, &ImportOptions::default(), crate::kit::id::fresh);
        assert_eq!(
            made.found.iter().map(|cell| cell.code.as_str()).collect::<Vec<_>>(),
            ["440304001001001", "440304001001002"]
        );
        assert_eq!(made.refused.len(), 1, "a row without a shape is named");
        let parts = read(&path, "parts").expect("features");
        assert_eq!(parts[0].point, Some((114.005, 22.005)));
        // What was read was not changed, and no journal was left beside it.
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("city.gpkg");
        let why = |wanted: &str| read(&path, wanted).map(drop).map_err(|no| no.key);
        std::fs::write(&path, b"no database at all, and long enough to be looked at").expect("a file");
        assert_eq!(why(""), Err("gpkg-unreadable"));
        std::fs::remove_file(&path).expect("gone");
        assert_eq!(why(""), Err("gpkg-unreadable"));
        drop(Connection::open(&path).and_then(|db| db.execute_batch("create table a (b text)")));
        assert_eq!(why(""), Err("gpkg-no-layer"));
        std::fs::remove_file(&path).expect("gone");
        made(&path, 3857);
        assert_eq!(why("parts"), Err("gpkg-projected"));
        // A view that reckons without end in place of a layer ends in a sentence.
        let db = Connection::open(&path).expect("a file");
        db.execute_batch(
            "drop table parts; create view parts as with recursive n (x) as (select 1 union all select x + 1 from n) \
             select null as geom, x as code from n; update gpkg_geometry_columns set srs_id = 4326",
        )
        .expect("a view");
        drop(db);
        assert!(matches!(why("parts"), Err("gpkg-unreadable" | "gpkg-too-long")));
    }
}
