//! The city's own layers for the map, as GeoJSON text: drawn once, then kept.

use std::fmt::Write;

use geo::{LineString, MultiPolygon, Polygon, Simplify};

use crate::grid::area::Level;
use crate::grid::cells::Grid;

/// How far a drawn border may lie beside the real one, in degrees: a metre or less for unit grids, two for areas.
const CELL_TOLERANCE: f64 = 0.000_005;
const AREA_TOLERANCE: f64 = 0.000_02;

/// The areas as a feature collection with `code`, `name` and `level`; coordinates with at most six decimals.
pub fn areas_geojson(grid: &Grid) -> &str {
    grid.areas_layer.get_or_init(|| {
        let features = grid.areas().iter().map(|area| {
            let words = [("code", area.code.as_str()), ("name", &area.name), ("level", area.level.as_str())];
            (words.to_vec(), &area.geometry)
        });
        collection(features, AREA_TOLERANCE)
    })
}

/// The unit grids as a feature collection with `code`, `name` and the code of the `community`.
pub fn cells_geojson(grid: &Grid) -> &str {
    grid.cells_layer.get_or_init(|| {
        let features = grid.cells().iter().map(|cell| {
            let community = grid.cell(&cell.code).and_then(|found| found.areas.community);
            let community = community.map_or("", |area| area.code.as_str());
            (vec![("code", cell.code.as_str()), ("name", &cell.name), ("community", community)], &cell.geometry)
        });
        collection(features, CELL_TOLERANCE)
    })
}

/// The areas of one level alone, not kept.
pub fn level_geojson(grid: &Grid, level: Level) -> String {
    let members = grid.areas().iter().filter(|area| area.level == level);
    collection(
        members.map(|area| (vec![("code", area.code.as_str()), ("name", area.name.as_str())], &area.geometry)),
        AREA_TOLERANCE,
    )
}

fn collection<'a>(
    features: impl Iterator<Item = (Vec<(&'static str, &'a str)>, &'a MultiPolygon<f64>)>,
    tolerance: f64,
) -> String {
    let mut text = String::from(r#"{"type":"FeatureCollection","features":["#);
    for (index, (words, shape)) in features.enumerate() {
        if index > 0 {
            text.push(',');
        }
        let _ = write!(text, r#"{{"type":"Feature","id":{},"properties":{{"#, index + 1);
        for (place, (name, value)) in words.into_iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            let _ = write!(text, r#"{comma}"{name}":{}"#, serde_json::Value::from(value));
        }
        text.push_str(r#"},"geometry":{"type":"MultiPolygon","coordinates":["#);
        for (part, polygon) in shape.iter().enumerate() {
            if part > 0 {
                text.push(',');
            }
            write_polygon(&mut text, polygon, tolerance);
        }
        text.push_str("]}}");
    }
    text.push_str("]}");
    text
}

fn write_polygon(text: &mut String, polygon: &Polygon<f64>, tolerance: f64) {
    text.push('[');
    for (index, ring) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_ring(text, ring, tolerance);
    }
    text.push(']');
}

fn write_ring(text: &mut String, ring: &LineString<f64>, tolerance: f64) {
    let simple = ring.simplify(tolerance);
    // A ring that would fold to a line is drawn as it is.
    let drawn = if simple.0.len() < 4 { ring } else { &simple };
    text.push('[');
    for (index, place) in drawn.0.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push('[');
        write_degrees(text, place.x);
        text.push(',');
        write_degrees(text, place.y);
        text.push(']');
    }
    text.push(']');
}

/// Six decimals (0.1 m) without the zeros at the end.
fn write_degrees(text: &mut String, degrees: f64) {
    let start = text.len();
    let _ = write!(text, "{degrees:.6}");
    let written = text.get(start..).unwrap_or_default();
    let kept = written.trim_end_matches('0').trim_end_matches('.').len();
    text.truncate(start + kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::bench::jittered_cells;

    #[test]
    fn layers_are_geojson_with_short_numbers() {
        let mut cells = jittered_cells(3, 2, 4, 1);
        cells[0].name = "\"东门\"\n".into();
        let grid = Grid::new(vec![], cells);
        let text = cells_geojson(&grid);
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(read["features"].as_array().map(Vec::len), Some(6));
        assert_eq!(read["features"][0]["properties"]["name"], "\"东门\"\n");
        let longest = text.split([',', '[', ']']).filter_map(|word| word.split_once('.')).map(|(_, d)| d.len()).max();
        assert!(longest.is_some_and(|decimals| decimals <= 6));
        assert_eq!(crate::grid::import::read_geojson(text.as_bytes()).map(|found| found.len()).ok(), Some(6));
        assert!(std::ptr::eq(text, cells_geojson(&grid)), "drawn once");
        assert_eq!(areas_geojson(&grid), r#"{"type":"FeatureCollection","features":[]}"#);
    }

    #[test]
    fn degrees_lose_their_empty_decimals() {
        for (degrees, wanted) in [(114.0, "114"), (22.5, "22.5"), (100.0, "100"), (-0.123_456_78, "-0.123457")] {
            let mut text = String::new();
            write_degrees(&mut text, degrees);
            assert_eq!(text, wanted);
        }
    }
}
