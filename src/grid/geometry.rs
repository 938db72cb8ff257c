//! Borders as they arrive, and as they must be: read, repair or refuse.
//!
//! A feature's polygon is cleaned (repeated points, open rings, turning direction), and when its rings still cross or
//! fold it is cut at the crossings and put together anew. What encloses no ground, or is no number, is refused with a
//! key; nothing here panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use geo::bool_ops::FillRule;
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::orient::Direction;
use geo::{Area as _, BooleanOps, Coord, GeodesicArea, InteriorPoint, Line, LineString, MultiPolygon, Orient, Polygon};
use serde_json::{Value, json};

use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::kit::error::Refusal;

/// The rings of a feature as they were written, polygon by polygon; the first ring of each is the outer one.
pub type RawPolygons = Vec<Vec<Vec<(f64, f64)>>>;

/// What was put right in a polygon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repair {
    /// A point stood twice in a row.
    RepeatedPoints,
    /// A ring did not end where it began.
    OpenRing,
    /// An outer ring ran clockwise or an inner one did not (RFC 7946, 3.1.6).
    Winding,
    /// A ring of fewer than three places was left out.
    RingLeftOut,
    /// Rings crossed, folded or overlapped, and were cut and put together anew.
    Rebuilt,
}

impl Repair {
    /// The key of its sentence.
    pub fn key(self) -> &'static str {
        match self {
            Repair::RepeatedPoints => "geometry-repaired-repeated-points",
            Repair::OpenRing => "geometry-repaired-open-ring",
            Repair::Winding => "geometry-repaired-winding",
            Repair::RingLeftOut => "geometry-repaired-ring-left-out",
            Repair::Rebuilt => "geometry-repaired-rebuilt",
        }
    }
}

/// Reads the polygons of a GeoJSON geometry. Refusals: `geometry-missing`, `geometry-not-a-polygon`,
/// `geometry-not-a-number`.
pub fn read_geojson(geometry: &Value) -> Result<RawPolygons, Refusal> {
    let Some(kind) = geometry.get("type").and_then(Value::as_str) else {
        return Err(Refusal::new("geometry-missing"));
    };
    let coordinates = geometry.get("coordinates");
    match kind {
        "Polygon" => Ok(vec![read_polygon(coordinates)?]),
        "MultiPolygon" => list(coordinates)?.iter().map(|polygon| read_polygon(Some(polygon))).collect(),
        "GeometryCollection" => {
            let mut found = Vec::new();
            for member in list(geometry.get("geometries"))? {
                // A collection inside a collection would let a file choose how deep we go.
                if matches!(member.get("type").and_then(Value::as_str), Some("Polygon" | "MultiPolygon")) {
                    found.extend(read_geojson(member)?);
                }
            }
            if found.is_empty() { Err(Refusal::new("geometry-not-a-polygon").with("kind", kind)) } else { Ok(found) }
        }
        _ => Err(Refusal::new("geometry-not-a-polygon").with("kind", kind)),
    }
}

fn list(value: Option<&Value>) -> Result<&Vec<Value>, Refusal> {
    value.and_then(Value::as_array).ok_or_else(|| Refusal::new("geometry-not-a-number"))
}

fn read_polygon(value: Option<&Value>) -> Result<Vec<Vec<(f64, f64)>>, Refusal> {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    list(value)?
        .iter()
        .map(|ring| {
            list(Some(ring))?
                .iter()
                .map(|place| {
                    number(place.get(0)).zip(number(place.get(1))).ok_or_else(|| Refusal::new("geometry-not-a-number"))
                })
                .collect()
        })
        .collect()
}

/// Makes a valid polygon of what arrived, in WGS-84 with outer rings counterclockwise, and tells what was put right.
/// Refusals: `geometry-not-a-number`, `geometry-out-of-range` (as of projected metres), `geometry-no-area`,
/// `geometry-unrepairable`.
pub fn repair(raw: &RawPolygons, system: CoordinateSystem) -> Result<(MultiPolygon<f64>, Vec<Repair>), Refusal> {
    catch_unwind(AssertUnwindSafe(|| repair_or_panic(raw, system)))
        .unwrap_or_else(|_| Err(Refusal::new("geometry-unrepairable")))
}

fn repair_or_panic(raw: &RawPolygons, system: CoordinateSystem) -> Result<(MultiPolygon<f64>, Vec<Repair>), Refusal> {
    let mut repairs = Vec::new();
    let mut polygons = Vec::new();
    for rings in raw {
        let mut cleaned = Vec::new();
        for (index, ring) in rings.iter().enumerate() {
            let ring = clean_ring(ring, system, &mut repairs)?;
            match (ring, index) {
                (Some(ring), _) => cleaned.push(ring),
                (None, 0) => {
                    cleaned.clear();
                    repairs.push(Repair::RingLeftOut);
                    break;
                }
                (None, _) => repairs.push(Repair::RingLeftOut),
            }
        }
        if cleaned.is_empty() {
            continue;
        }
        let exterior = cleaned.remove(0);
        let written = Polygon::new(exterior, cleaned);
        let turned = written.orient(Direction::Default);
        if turned != written {
            repairs.push(Repair::Winding);
        }
        polygons.push(turned);
    }
    let mut shape = MultiPolygon::new(polygons);
    if is_broken(&shape) {
        shape = rebuild(&shape);
        repairs.push(Repair::Rebuilt);
    }
    repairs.sort();
    repairs.dedup();
    let area = square_metres(&shape);
    // Less than a hand's breadth of ground is the remains of a line, not a place.
    let is_place = area.is_finite() && area > 0.01 && shape.unsigned_area() > 0.0;
    if is_place { Ok((shape, repairs)) } else { Err(Refusal::new("geometry-no-area")) }
}

/// A ring without repeated points, closed and moved to the system inside; `None` when it has fewer than three places.
fn clean_ring(
    ring: &[(f64, f64)],
    system: CoordinateSystem,
    repairs: &mut Vec<Repair>,
) -> Result<Option<LineString<f64>>, Refusal> {
    let mut places: Vec<Coord<f64>> = Vec::with_capacity(ring.len());
    for &(lon, lat) in ring {
        if !lon.is_finite() || !lat.is_finite() {
            return Err(Refusal::new("geometry-not-a-number"));
        }
        let point = Point::new(lon, lat).map_err(|_| {
            Refusal::new("geometry-out-of-range").with("lon", lon.to_string()).with("lat", lat.to_string())
        })?;
        let point = system.inward(point);
        let place = Coord { x: point.lon, y: point.lat };
        if places.last() == Some(&place) {
            repairs.push(Repair::RepeatedPoints);
        } else {
            places.push(place);
        }
    }
    let is_closed = places.len() > 1 && places.first() == places.last();
    if is_closed {
        places.pop();
    }
    let mut distinct: Vec<(u64, u64)> = places.iter().map(|place| (place.x.to_bits(), place.y.to_bits())).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 3 {
        return Ok(None);
    }
    if !is_closed {
        repairs.push(Repair::OpenRing);
    }
    places.push(places[0]);
    Ok(Some(LineString::new(places)))
}

struct Segment {
    line: Line<f64>,
    ring: usize,
    index: usize,
    ring_length: usize,
    low: f64,
    high: f64,
}

/// Whether rings cross, fold back, touch themselves, or lie where they may not.
fn is_broken(shape: &MultiPolygon<f64>) -> bool {
    let mut segments = Vec::new();
    let mut ring = 0;
    for polygon in shape {
        for border in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            let ring_length = border.0.len().saturating_sub(1);
            for (index, line) in border.lines().enumerate() {
                let (low, high) = (line.start.x.min(line.end.x), line.start.x.max(line.end.x));
                segments.push(Segment { line, ring, index, ring_length, low, high });
            }
            ring += 1;
        }
    }
    segments.sort_by(|a, b| a.low.total_cmp(&b.low));
    let mut active: Vec<usize> = Vec::new();
    for current in 0..segments.len() {
        let segment = &segments[current];
        active.retain(|&other| segments[other].high >= segment.low);
        if active.iter().any(|&other| clash(segment, &segments[other])) {
            return true;
        }
        active.push(current);
    }
    // Several rings may still lie inside or across one another without one clean crossing.
    if ring > 1 {
        let plain: f64 = shape.iter().map(|polygon| polygon.unsigned_area()).sum();
        let rebuilt = rebuild(shape).unsigned_area();
        return (plain - rebuilt).abs() > plain * 1e-6;
    }
    false
}

fn clash(a: &Segment, b: &Segment) -> bool {
    let vertical = |line: &Line<f64>| (line.start.y.min(line.end.y), line.start.y.max(line.end.y));
    let ((a_low, a_high), (b_low, b_high)) = (vertical(&a.line), vertical(&b.line));
    if a_low > b_high || b_low > a_high {
        return false;
    }
    let Some(met) = line_intersection(a.line, b.line) else { return false };
    match met {
        LineIntersection::Collinear { intersection } if intersection.start != intersection.end => true,
        _ if a.ring == b.ring => {
            let apart = a.index.abs_diff(b.index);
            apart != 1 && apart + 1 != a.ring_length
        }
        LineIntersection::SinglePoint { is_proper, .. } => is_proper,
        LineIntersection::Collinear { .. } => false,
    }
}

/// Cuts the rings at their crossings and keeps what an outer ring encloses (however it turns) and no inner ring does.
fn rebuild(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let nothing = MultiPolygon::<f64>::new(Vec::new());
    let enclosed = |ring: &LineString<f64>| {
        Polygon::new(ring.clone(), Vec::new()).union_with_fill_rule(&nothing, FillRule::NonZero)
    };
    let mut whole: Option<MultiPolygon<f64>> = None;
    for polygon in shape {
        let mut part = enclosed(polygon.exterior());
        for hole in polygon.interiors() {
            part = part.difference(&enclosed(hole));
        }
        whole = Some(match whole {
            Some(before) => before.union(&part),
            None => part,
        });
    }
    whole.unwrap_or(nothing).orient(Direction::Default)
}

/// The area in square metres on the WGS-84 ellipsoid.
pub fn square_metres(shape: &MultiPolygon<f64>) -> f64 {
    shape.orient(Direction::Default).iter().map(|polygon| polygon.geodesic_area_signed().abs()).sum()
}

/// A place that surely lies inside the shape.
pub fn place_inside(shape: &MultiPolygon<f64>) -> Option<Point> {
    catch_unwind(AssertUnwindSafe(|| shape.interior_point()))
        .ok()
        .flatten()
        .map(|point| Point { lon: point.x(), lat: point.y() })
}

/// The shape as a GeoJSON geometry, with its coordinates as they are.
pub fn to_geojson(shape: &MultiPolygon<f64>) -> Value {
    let ring = |ring: &LineString<f64>| -> Value { ring.0.iter().map(|place| json!([place.x, place.y])).collect() };
    let polygon = |polygon: &Polygon<f64>| -> Value {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
    };
    match shape.0.as_slice() {
        [one] => json!({ "type": "Polygon", "coordinates": polygon(one) }),
        several => {
            json!({ "type": "MultiPolygon", "coordinates": several.iter().map(polygon).collect::<Vec<_>>() })
        }
    }
}

/// The shape from a geometry that was written by [`to_geojson`] and is known to be valid; refuses what cannot be read.
pub fn from_geojson(geometry: &Value) -> Result<MultiPolygon<f64>, Refusal> {
    let ring = |ring: Vec<(f64, f64)>| LineString::from(ring);
    let polygons = read_geojson(geometry)?
        .into_iter()
        .filter(|rings| !rings.is_empty())
        .map(|mut rings| {
            let exterior = ring(rings.remove(0));
            Polygon::new(exterior, rings.into_iter().map(ring).collect())
        })
        .collect();
    Ok(MultiPolygon::new(polygons))
}

/// The metres of one degree of longitude and of latitude at a latitude, on the WGS-84 ellipsoid.
pub fn metres_per_degree(lat: f64) -> (f64, f64) {
    let latitude = lat.to_radians();
    let flat = 1.0 - 0.006_694_379_990_14 * latitude.sin().powi(2);
    let east = 6_378_137.0 * latitude.cos() / flat.sqrt();
    let north = 6_378_137.0 * (1.0 - 0.006_694_379_990_14) / (flat * flat.sqrt());
    (east.to_radians(), north.to_radians())
}

/// The distance in metres from a place to the nearest border of a shape; good to a thousandth within a city.
pub fn metres_to_border(place: Point, shape: &MultiPolygon<f64>) -> f64 {
    let (east, north) = metres_per_degree(place.lat);
    let plane = |coord: Coord<f64>| ((coord.x - place.lon) * east, (coord.y - place.lat) * north);
    let mut nearest = f64::INFINITY;
    for polygon in shape {
        for border in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            for line in border.lines() {
                let ((ax, ay), (bx, by)) = (plane(line.start), plane(line.end));
                let (dx, dy) = (bx - ax, by - ay);
                let squared = dx * dx + dy * dy;
                let along = if squared > 0.0 { (-(ax * dx + ay * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
                nearest = nearest.min((ax + along * dx).hypot(ay + along * dy));
            }
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made(rings: Vec<Vec<(f64, f64)>>) -> Result<(MultiPolygon<f64>, Vec<Repair>), Refusal> {
        repair(&vec![rings], CoordinateSystem::Wgs84)
    }

    const SQUARE: [(f64, f64); 5] = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)];

    #[test]
    fn each_fault_is_named() {
        #[allow(clippy::type_complexity, reason = "a table of cases")]
        let cases: Vec<(&str, Vec<Vec<(f64, f64)>>, Vec<Repair>, f64, usize)> = vec![
            ("sound", vec![SQUARE.to_vec()], vec![], 1.0, 1),
            (
                "repeated",
                vec![vec![(0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]],
                vec![Repair::RepeatedPoints],
                1.0,
                1,
            ),
            ("open", vec![SQUARE[..4].to_vec()], vec![Repair::OpenRing], 1.0, 1),
            ("clockwise", vec![SQUARE.iter().rev().copied().collect()], vec![Repair::Winding], 1.0, 1),
            (
                "bow-tie",
                vec![vec![(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)]],
                vec![Repair::Rebuilt],
                0.5,
                2,
            ),
            (
                "spike",
                vec![vec![(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]],
                vec![Repair::Rebuilt],
                1.0,
                1,
            ),
            (
                "hole",
                vec![SQUARE.to_vec(), vec![(0.2, 0.2), (0.2, 0.4), (0.4, 0.4), (0.4, 0.2), (0.2, 0.2)]],
                vec![],
                0.96,
                1,
            ),
            (
                "hole half outside",
                vec![SQUARE.to_vec(), vec![(0.5, 0.2), (0.5, 0.4), (1.5, 0.4), (1.5, 0.2), (0.5, 0.2)]],
                vec![Repair::Rebuilt],
                0.9,
                1,
            ),
            ("hole of a line", vec![SQUARE.to_vec(), vec![(0.1, 0.1), (0.2, 0.2)]], vec![Repair::RingLeftOut], 1.0, 1),
        ];
        for (name, rings, wanted, area, parts) in cases {
            let (shape, repairs) = made(rings).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
            let repairs: Vec<_> = repairs
                .into_iter()
                .filter(|repair| wanted.is_empty() || *repair != Repair::Winding || wanted.contains(repair))
                .collect();
            assert_eq!(repairs, wanted, "{name}");
            assert!((shape.unsigned_area() - area).abs() < 1e-6, "{name}: {}", shape.unsigned_area());
            assert_eq!(shape.0.len(), parts, "{name}");
            assert!(!is_broken(&shape), "{name} is still broken");
        }
    }

    #[test]
    fn what_encloses_nothing_is_refused() {
        let keys: Vec<&str> = [
            vec![vec![]],
            vec![vec![(0.0, 0.0), (1.0, 1.0)]],
            vec![vec![(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 0.0)]],
            vec![vec![(f64::NAN, 0.0), (1.0, 1.0), (2.0, 0.0)]],
            vec![vec![(500_000.0, 2_500_000.0), (500_100.0, 2_500_000.0), (500_000.0, 2_500_100.0)]],
        ]
        .into_iter()
        .map(|rings| made(rings).expect_err("refused").key)
        .collect();
        assert_eq!(
            keys,
            [
                "geometry-no-area",
                "geometry-no-area",
                "geometry-no-area",
                "geometry-not-a-number",
                "geometry-out-of-range"
            ]
        );
    }

    #[test]
    fn a_part_inside_a_part_counts_once() {
        let small = vec![(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4), (0.2, 0.2)];
        let (shape, repairs) = repair(&vec![vec![SQUARE.to_vec()], vec![small]], CoordinateSystem::Wgs84).unwrap();
        assert_eq!(repairs, [Repair::Rebuilt]);
        assert!((shape.unsigned_area() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn areas_are_on_the_ellipsoid() {
        let (shape, _) = made(vec![SQUARE.to_vec()]).unwrap();
        assert!((square_metres(&shape) / 12_308_778_361.0 - 1.0).abs() < 1e-4, "{}", square_metres(&shape));
    }

    #[test]
    fn geojson_is_written_and_read_back() {
        let (shape, _) = made(vec![SQUARE.to_vec()]).unwrap();
        assert_eq!(from_geojson(&to_geojson(&shape)).unwrap(), shape);
        for odd in
            ["null", "{}", r#"{"type":"Point","coordinates":[1,2]}"#, r#"{"type":"Polygon","coordinates":[[1]]}"#]
        {
            assert!(read_geojson(&serde_json::from_str(odd).unwrap()).is_err(), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn any_ring_is_repaired_or_refused(ring in prop::collection::vec((0i32..6, 0i32..6), 0..14)) {
            let ring: Vec<(f64, f64)> = ring.into_iter().map(|(x, y)| (f64::from(x) / 100.0, f64::from(y) / 100.0)).collect();
            if let Ok((shape, _)) = made(vec![ring]) {
                prop_assert!(shape.unsigned_area() > 0.0);
                let inside = place_inside(&shape);
                prop_assert!(inside.is_some());
            }
        }

        #[test]
        fn wild_rings_never_panic(ring in prop::collection::vec((-200.0..200.0f64, -100.0..100.0f64), 0..10)) {
            let _ = made(vec![ring.clone(), ring]);
        }
    }
}
