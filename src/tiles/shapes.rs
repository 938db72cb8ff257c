//! Borders, roads and whatever else has an outline, cut into tiles: clipped at the edge, made as simple as the zoom can show, rounded to
//! steps.

use super::mvt::{self, Said};
use super::tile::{BUFFER, EXTENT, Tile, world};
use geo::{Coord, LineString, MultiPolygon, Simplify};
use std::borrow::Cow;

/// How far a drawn border may lie beside the real one, in steps of a tile: less than half a point of the screen.
const TOLERANCE: f64 = 3.0;
/// Rings that enclose less than so many square steps are not seen.
const SMALLEST: i64 = 16;

/// A place of the world's square, 0 to 1 from the north-western corner.
type At = [f64; 2];

/// An outline on the world's square.
#[derive(Debug, Clone, PartialEq)]
pub enum Outline {
    /// Places.
    Points(Vec<At>),
    /// Lines.
    Lines(Vec<Vec<At>>),
    /// Polygons: of each the ring around it, then those of its holes; the last place of a ring is not its first.
    Areas(Vec<Vec<Vec<At>>>),
}

/// Something with an outline, and what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Its outline.
    pub outline: Outline,
    /// West, north, east, south of it on the world's square.
    pub bounds: [f64; 4],
    /// What is said of it.
    pub words: Vec<(Cow<'static, str>, Said)>,
    /// From which zoom on it is shown.
    pub from: u8,
}

impl Shape {
    /// A shape; none when it has no place on the map.
    pub fn new(outline: Outline, words: Vec<(Cow<'static, str>, Said)>, from: u8) -> Option<Shape> {
        let bounds = bounds(&outline)?;
        Some(Shape { outline, bounds, words, from })
    }
}

fn bounds(outline: &Outline) -> Option<[f64; 4]> {
    let grown = |known: Option<[f64; 4]>, [x, y]: &At| {
        let [w, n, e, s] = known.unwrap_or([*x, *y, *x, *y]);
        Some([w.min(*x), n.min(*y), e.max(*x), s.max(*y)])
    };
    match outline {
        Outline::Points(places) => places.iter().fold(None, grown),
        Outline::Lines(lines) => lines.iter().flatten().fold(None, grown),
        Outline::Areas(areas) => areas.iter().flatten().flatten().fold(None, grown),
    }
}

/// The outline of polygons in degrees.
pub fn of_polygons(shape: &MultiPolygon<f64>) -> Outline {
    let ring = |line: &LineString<f64>| ring(line.0.iter().map(|at| (at.x, at.y)));
    let areas =
        shape.iter().map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect());
    Outline::Areas(areas.collect())
}

/// A ring in degrees as one on the world's square, which does not end where it began.
pub fn ring(places: impl Iterator<Item = (f64, f64)>) -> Vec<At> {
    let mut ring = line(places);
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

/// A line in degrees on the world's square, without places that are on no map.
pub fn line(places: impl Iterator<Item = (f64, f64)>) -> Vec<At> {
    places.filter_map(|(lon, lat)| world(lon, lat)).collect()
}

/// A layer of a tile with the shapes that it shows.
pub fn layer<'a>(name: &str, tile: Tile, shapes: impl Iterator<Item = &'a Shape>) -> mvt::Layer {
    let mut layer = mvt::Layer::new(name);
    for shape in shapes.filter(|shape| tile.z >= shape.from && tile.touches(shape.bounds)) {
        let words: Vec<(&str, Said)> = shape.words.iter().map(|(key, said)| (key.as_ref(), said.clone())).collect();
        layer.add(&cut(tile, &shape.outline), &words);
    }
    layer
}

/// An outline as a tile shows it.
pub fn cut(tile: Tile, outline: &Outline) -> mvt::Outline {
    let steps = |places: &[At]| places.iter().map(|at| tile.steps(*at)).collect::<Vec<At>>();
    match outline {
        Outline::Points(places) => {
            let inside = |at: &At| at.iter().all(|step| (0.0..f64::from(EXTENT)).contains(step));
            mvt::Outline::Points(steps(places).into_iter().filter(inside).map(rounded).collect())
        }
        Outline::Lines(lines) => {
            let parts = lines.iter().flat_map(|line| clipped_line(&steps(line)));
            mvt::Outline::Lines(parts.map(|part| simple(part, false)).filter(|part| part.len() >= 2).collect())
        }
        Outline::Areas(areas) => {
            let mut rings = Vec::new();
            for area in areas {
                for (position, ring) in area.iter().enumerate() {
                    let drawn = turned(simple(clipped_ring(steps(ring)), true), position == 0);
                    match drawn {
                        Some(drawn) => rings.push(drawn),
                        // The holes of what is too small to be seen are not seen either.
                        None if position == 0 => break,
                        None => {}
                    }
                }
            }
            mvt::Outline::Rings(rings)
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what is clipped lies near the tile")]
fn rounded([x, y]: At) -> [i32; 2] {
    [x.round() as i32, y.round() as i32]
}

const LOW: f64 = -BUFFER as f64;
const HIGH: f64 = (EXTENT + BUFFER) as f64;

/// The four edges at which is clipped: along which axis, where, and whether what is greater lies outside.
const EDGES: [(usize, f64, bool); 4] = [(0, LOW, false), (0, HIGH, true), (1, LOW, false), (1, HIGH, true)];

fn is_inside(at: At, (axis, edge, is_upper): (usize, f64, bool)) -> bool {
    let at = at.get(axis).copied().unwrap_or_default();
    if is_upper { at <= edge } else { at >= edge }
}

/// Where the way from one place to another crosses an edge.
fn crossing(from: At, to: At, (axis, edge, _): (usize, f64, bool)) -> At {
    let part = |at: At| at.get(axis).copied().unwrap_or_default();
    let share = (edge - part(from)) / (part(to) - part(from));
    let between = |other: usize| {
        let (from, to) = (from.get(other).copied().unwrap_or_default(), to.get(other).copied().unwrap_or_default());
        if other == axis { edge } else { from + (to - from) * share }
    };
    [between(0), between(1)]
}

/// A ring without what lies outside of the tile (Sutherland and Hodgman): parts that were torn apart hang together along the edge,
/// which lies outside of what is seen.
fn clipped_ring(mut ring: Vec<At>) -> Vec<At> {
    for edge in EDGES {
        if ring.iter().all(|at| is_inside(*at, edge)) {
            continue;
        }
        let mut kept = Vec::with_capacity(ring.len() + 4);
        let Some(mut from) = ring.last().copied() else { return ring };
        for to in ring {
            match (is_inside(from, edge), is_inside(to, edge)) {
                (true, true) => kept.push(to),
                (true, false) => kept.push(crossing(from, to, edge)),
                (false, true) => kept.extend([crossing(from, to, edge), to]),
                (false, false) => {}
            }
            from = to;
        }
        ring = kept;
    }
    ring
}

/// The parts of a line that lie in the tile.
fn clipped_line(line: &[At]) -> Vec<Vec<At>> {
    let mut parts: Vec<Vec<At>> = vec![line.to_vec()];
    for edge in EDGES {
        let mut kept = Vec::new();
        for part in parts {
            let mut now: Vec<At> = Vec::new();
            for pair in part.windows(2) {
                let &[from, to] = pair else { continue };
                match (is_inside(from, edge), is_inside(to, edge)) {
                    (true, true) => {
                        if now.is_empty() {
                            now.push(from);
                        }
                        now.push(to);
                    }
                    (true, false) => {
                        if now.is_empty() {
                            now.push(from);
                        }
                        now.push(crossing(from, to, edge));
                        kept.push(std::mem::take(&mut now));
                    }
                    (false, true) => now.extend([crossing(from, to, edge), to]),
                    (false, false) => {}
                }
            }
            if now.len() >= 2 {
                kept.push(now);
            }
        }
        parts = kept;
    }
    parts
}

/// A line or a ring with as few places as can be seen, rounded to steps.
fn simple(line: Vec<At>, is_ring: bool) -> Vec<[i32; 2]> {
    let mut places: Vec<Coord<f64>> = line.into_iter().map(|[x, y]| Coord { x, y }).collect();
    if is_ring && let Some(first) = places.first().copied() {
        places.push(first);
    }
    let whole = LineString::new(places);
    let simple = whole.simplify(TOLERANCE);
    // A ring that would fold to a line is drawn as it is.
    let drawn = if is_ring && simple.0.len() < 4 { whole } else { simple };
    let mut steps: Vec<[i32; 2]> = drawn.0.iter().map(|at| rounded([at.x, at.y])).collect();
    steps.dedup();
    if is_ring && steps.len() > 1 && steps.first() == steps.last() {
        steps.pop();
    }
    steps
}

/// A ring that goes round clockwise on the screen, or against it for a hole; none when it encloses nothing that is seen.
fn turned(mut ring: Vec<[i32; 2]>, is_outer: bool) -> Option<Vec<[i32; 2]>> {
    let twice = twice_enclosed(&ring);
    if ring.len() < 3 || twice.abs() < 2 * SMALLEST {
        return None;
    }
    if (twice > 0) != is_outer {
        ring.reverse();
    }
    Some(ring)
}

/// Twice what a ring encloses by the surveyor's formula; greater than 0 when it goes round clockwise on the screen.
fn twice_enclosed(ring: &[[i32; 2]]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|([x, y], [right, down])| i64::from(*x) * i64::from(*down) - i64::from(*right) * i64::from(*y))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;
    use proptest::prelude::*;

    fn square(west: f64, south: f64, east: f64, north: f64) -> Outline {
        let shape: MultiPolygon<f64> =
            polygon![(x: west, y: south), (x: east, y: south), (x: east, y: north), (x: west, y: north)].into();
        of_polygons(&shape)
    }

    fn rings(found: mvt::Outline) -> Vec<Vec<[i32; 2]>> {
        match found {
            mvt::Outline::Rings(rings) => rings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_covers_a_tile_is_the_tile_with_its_buffer() {
        let tile = Tile::new(14, 13_800, 6_700).unwrap();
        let [west, south, east, north] = tile.bounds();
        let found = rings(cut(tile, &square(west - 1.0, south - 1.0, east + 1.0, north + 1.0)));
        assert_eq!(found.len(), 1);
        let (low, high) = (-BUFFER, EXTENT + BUFFER);
        let mut corners = found[0].clone();
        corners.sort_unstable();
        assert_eq!(corners, [[low, low], [low, high], [high, low], [high, high]]);
        assert!(twice_enclosed(&found[0]) > 0, "clockwise on the screen");
    }

    #[test]
    fn holes_go_round_the_other_way_and_what_is_far_or_tiny_is_nothing() {
        let tile = Tile::new(10, 860, 418).unwrap();
        let [west, south, east, north] = tile.bounds();
        let (wide, high) = (east - west, north - south);
        let at = |x: f64, y: f64| (west + wide * x, south + high * y);
        let around = ring([at(0.1, 0.1), at(0.9, 0.1), at(0.9, 0.9), at(0.1, 0.9), at(0.1, 0.1)].into_iter());
        let hole = ring([at(0.4, 0.4), at(0.6, 0.4), at(0.6, 0.6), at(0.4, 0.6)].into_iter());
        assert_eq!(around.len(), 4, "a ring does not end where it began");
        let found = rings(cut(tile, &Outline::Areas(vec![vec![around, hole]])));
        assert_eq!(found.len(), 2);
        assert!(twice_enclosed(&found[0]) > 0 && twice_enclosed(&found[1]) < 0);
        assert!(rings(cut(tile, &square(west - 3.0, south, west - 2.0, north))).is_empty());
        assert!(rings(cut(tile, &square(west, south, west + wide / 5000.0, south + high / 5000.0))).is_empty());
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two() {
        let tile = Tile::new(12, 3372, 1552).unwrap();
        let [west, south, east, north] = tile.bounds();
        let (wide, middle) = (east - west, f64::midpoint(south, north));
        let zigzag = [(-0.5, 0.0), (0.5, 0.0), (0.5, 3.0), (0.7, 3.0), (0.7, 0.0), (1.5, 0.0)];
        let places = line(zigzag.into_iter().map(|(x, y)| (west + wide * x, middle + (north - south) * y)));
        let mvt::Outline::Lines(parts) = cut(tile, &Outline::Lines(vec![places])) else { panic!("lines") };
        assert_eq!(parts.len(), 2, "{parts:?}");
        assert!(parts.iter().flatten().flatten().all(|step| (-BUFFER..=EXTENT + BUFFER).contains(step)));
    }

    #[test]
    fn a_place_stands_in_one_tile_alone() {
        let tile = Tile::new(5, 26, 13).unwrap();
        let [west, south, east, north] = tile.bounds();
        let (wide, high) = (east - west, north - south);
        // The last one lies in the buffer of the tile, and stands in its neighbour.
        let places = [(west + wide / 4.0, north - high / 3.0), (east + wide / 4096.0, north - high / 3.0)];
        let of = |tile: Tile| match cut(tile, &Outline::Points(line(places.into_iter()))) {
            mvt::Outline::Points(found) => found,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(tile).iter().map(|[x, _]| *x).collect::<Vec<_>>(), [1024]);
        assert_eq!(of(Tile::new(5, 27, 13).unwrap()).iter().map(|[x, _]| *x).collect::<Vec<_>>(), [1]);
        assert!(of(Tile::new(5, 26, 14).unwrap()).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_drawn_lies_in_the_buffer_and_encloses_something(
            places in prop::collection::vec((120.0..125.0_f64, 30.0..33.0_f64), 3..40),
            z in 4_u8..18,
            seed in 0.0..1.0_f64,
        ) {
            let outline = Outline::Areas(vec![vec![ring(places.iter().copied())]]);
            let (lon, lat) = (120.0 + 5.0 * seed, 30.0 + 3.0 * seed);
            let tile = Tile::of(z, super::super::tile::Spot::of(lon, lat).unwrap());
            for ring in rings(cut(tile, &outline)) {
                prop_assert!(ring.len() >= 3 && twice_enclosed(&ring) > 0);
                prop_assert!(ring.iter().flatten().all(|step| (-BUFFER..=EXTENT + BUFFER).contains(step)));
            }
            let mvt::Outline::Lines(lines) = cut(tile, &Outline::Lines(vec![line(places.into_iter())])) else { panic!() };
            for part in lines {
                prop_assert!(part.len() >= 2);
                prop_assert!(part.iter().flatten().all(|step| (-BUFFER..=EXTENT + BUFFER).contains(step)));
            }
        }
    }
}
