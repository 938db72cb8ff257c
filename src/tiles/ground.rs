//! The ground as shapes that tiles are cut from: areas and unit grids, who answers for which, and what the city has drawn for its maps.

use super::mvt::Said;
use super::shapes::{Outline, Shape, line, of_polygons, ring};
use crate::app::App;
use crate::grid::area::{Level, ResponsibilityGrid};
use crate::grid::cells::Grid;
use crate::kit::sources::Sources;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// From which zoom on unit grids are shown: they are as wide as a street.
pub const CELLS_FROM: u8 = 13;
/// The file that the city has drawn its ground in.
pub const LAYERS: &str = "layers.geojson";

/// The ground, cut anew when it was imported anew.
#[derive(Default)]
pub struct Ground {
    known: Mutex<Option<(Arc<Grid>, Arc<Shapes>)>>,
    drawn: OnceLock<Vec<Shape>>,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Ground")
    }
}

/// The shapes of a ground.
#[derive(Debug)]
pub struct Shapes {
    /// Which ground it is: another number for another one.
    pub number: u64,
    /// Districts, streets and communities.
    pub areas: Vec<Shape>,
    /// Unit grids.
    pub cells: Vec<Shape>,
}

type Words = Vec<(Cow<'static, str>, Said)>;

fn word(key: &'static str, text: &str) -> (Cow<'static, str>, Said) {
    (Cow::Borrowed(key), text.into())
}

impl Ground {
    /// The shapes of the ground as it is now.
    pub fn shapes(&self, app: &App) -> Arc<Shapes> {
        let grid = app.grid();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, shapes)) = known.as_ref()
            && Arc::ptr_eq(of, &grid)
        {
            return Arc::clone(shapes);
        }
        let number = known.as_ref().map_or(0, |(_, shapes)| shapes.number) + 1;
        let shapes = Arc::new(shapes(&grid, number));
        *known = Some((grid, Arc::clone(&shapes)));
        shapes
    }

    /// What the city has drawn, as it was when it was first asked for.
    pub fn drawn(&self, sources: &Sources) -> &[Shape] {
        self.drawn.get_or_init(|| {
            let read = sources.text(LAYERS).and_then(|text| serde_json::from_str(&text).ok());
            read.map(|read: Value| drawn(&read)).unwrap_or_default()
        })
    }
}

fn shapes(grid: &Grid, number: u64) -> Shapes {
    let area = |area: &crate::grid::area::Area| {
        let from = match area.level {
            Level::District => 0,
            Level::Street => 8,
            Level::Community => 12,
        };
        let words = vec![word("code", &area.code), word("name", &area.name), word("level", area.level.as_str())];
        Shape::new(of_polygons(&area.geometry), words, from)
    };
    let cell = |cell: &crate::grid::area::Cell| {
        let words = vec![word("code", &cell.code), word("name", &cell.name)];
        Shape::new(of_polygons(&cell.geometry), words, CELLS_FROM)
    };
    Shapes {
        number,
        areas: grid.areas().iter().filter_map(area).collect(),
        cells: grid.cells().iter().filter_map(cell).collect(),
    }
}

/// What stands on the unit grids of responsibility grids: by code of the unit grid, code and name of the other.
pub fn responsible(grids: Vec<ResponsibilityGrid>) -> HashMap<String, (String, String)> {
    let mut found = HashMap::new();
    for grid in grids {
        for unit in grid.unit_codes {
            found.insert(unit, (grid.code.clone(), grid.name.clone()));
        }
    }
    found
}

/// A unit grid with who answers for it.
pub fn with_responsible(cell: &Shape, responsible: &HashMap<String, (String, String)>) -> Option<Shape> {
    let unit = cell.words.iter().find_map(|(key, said)| match said {
        Said::Text(text) if key == "code" => Some(text),
        _ => None,
    })?;
    let (code, name) = responsible.get(unit)?;
    let words = vec![word("unit", unit), word("code", code), word("name", name)];
    Some(Shape { words, ..cell.clone() })
}

/// The shapes of a GeoJSON collection; what is none of its geometries is left out.
pub fn drawn(collection: &Value) -> Vec<Shape> {
    let features = collection["features"].as_array().map(Vec::as_slice).unwrap_or_default();
    features.iter().filter_map(|feature| Shape::new(outline(&feature["geometry"])?, words(feature), 0)).collect()
}

fn words(feature: &Value) -> Words {
    let said = |value: &Value| match value {
        Value::String(text) => Some(Said::Text(text.clone())),
        Value::Number(number) => number.as_i64().map(Said::Whole).or_else(|| number.as_f64().map(Said::Real)),
        Value::Bool(is) => Some(Said::Whole((*is).into())),
        _ => None,
    };
    let all = feature["properties"].as_object().into_iter().flatten();
    all.filter_map(|(key, value)| Some((Cow::Owned(key.clone()), said(value)?))).collect()
}

fn outline(geometry: &Value) -> Option<Outline> {
    fn list(value: &Value) -> &[Value] {
        value.as_array().map(Vec::as_slice).unwrap_or_default()
    }
    fn places(value: &Value) -> impl Iterator<Item = (f64, f64)> + '_ {
        list(value).iter().filter_map(|place| Some((place[0].as_f64()?, place[1].as_f64()?)))
    }
    fn area(value: &Value) -> Vec<Vec<[f64; 2]>> {
        list(value).iter().map(|places_of| ring(places(places_of))).collect()
    }
    let at = &geometry["coordinates"];
    match geometry["type"].as_str()? {
        "Point" => Some(Outline::Points(line(Some((at[0].as_f64()?, at[1].as_f64()?)).into_iter()))),
        "MultiPoint" => Some(Outline::Points(line(places(at)))),
        "LineString" => Some(Outline::Lines(vec![line(places(at))])),
        "MultiLineString" => Some(Outline::Lines(list(at).iter().map(|one| line(places(one))).collect())),
        "Polygon" => Some(Outline::Areas(vec![area(at)])),
        "MultiPolygon" => Some(Outline::Areas(list(at).iter().map(area).collect())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_drawn_is_read_and_what_is_broken_left_out() {
        let feature = |kind: &str, at: Value| {
            json!({ "type": "Feature", "geometry": { "type": kind, "coordinates": at },
                "properties": { "kind": "road", "rank": 1, "width": 2.5, "is": true, "none": null } })
        };
        let square = json!([[[123.0, 31.0], [123.1, 31.0], [123.1, 31.1], [123.0, 31.0]]]);
        let collection = json!({ "features": [
            feature("Point", json!([123.0, 31.0])),
            feature("LineString", json!([[123.0, 31.0], [123.1, 31.1, 7.0]])),
            feature("Polygon", square.clone()),
            feature("MultiPolygon", json!([square, square])),
            feature("Circle", json!([123.0, 31.0])),
            feature("Point", json!(["here", 31.0])),
            feature("Point", json!([723.0, 31.0])),
            { "type": "Feature" },
        ] });
        let found = drawn(&collection);
        assert_eq!(found.len(), 4);
        let Outline::Areas(areas) = &found[3].outline else { panic!("{found:?}") };
        assert_eq!((areas.len(), areas[0][0].len()), (2, 3));
        let words: Vec<&str> = found[0].words.iter().map(|(key, _)| key.as_ref()).collect();
        assert_eq!(words.len(), 4, "{words:?}");
        assert!(drawn(&json!("nothing")).is_empty());
    }
}
