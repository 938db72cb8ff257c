//! Which polygon does a place lie in: a raster of pixels, with a crossing-number test where borders run.
//!
//! A pixel that lies wholly in one polygon answers at once. In any other pixel the few polygons that touch it are
//! asked in order. The crossing-number test is half-open (an edge holds its lower end, not its upper one, and a place
//! on an edge is to the right of it), and every edge is kept from its lower to its upper end, so that two polygons with
//! a shared border compute the same numbers: a place on the border belongs to exactly one of them.

use std::collections::HashMap;

use geo::{Coord, MultiPolygon};

/// The pixel value of a list of polygons; without this bit it is a polygon's index plus one, or zero for none.
const IS_LIST: u32 = 1 << 31;
/// Polygons with more edges than this keep them by pixel row.
const MANY_EDGES: usize = 24;
/// How far, in pixels, an edge reaches beyond itself when it marks pixels: far more than any rounding.
const MARGIN: f64 = 1e-6;
/// Pixels per polygon, and the least and most pixels of a raster (4 bytes each).
const PIXELS_PER_POLYGON: usize = 64;
const LEAST_PIXELS: usize = 1 << 16;
const MOST_PIXELS: usize = 1 << 22;

#[derive(Clone, Copy)]
struct Edge {
    low: f64,
    high: f64,
    x: f64,
    slope: f64,
}

impl Edge {
    fn between(a: Coord<f64>, b: Coord<f64>) -> Option<Edge> {
        // A level edge is never crossed by a level ray.
        let (a, b) = if a.y < b.y { (a, b) } else { (b, a) };
        (a.y < b.y).then(|| Edge { low: a.y, high: b.y, x: a.x, slope: (b.x - a.x) / (b.y - a.y) })
    }
}

#[derive(Clone, Copy)]
struct Prepared {
    /// Where the edges begin; for a polygon kept by rows, where its row table begins.
    start: u32,
    end: u32,
    /// The first pixel row of the row table, or `ONE_ROW`.
    first_row: u32,
}

const ONE_ROW: u32 = u32::MAX;

/// An index over polygons that answers with the number of the first one that holds a place.
pub struct Raster {
    min: Coord<f64>,
    max: Coord<f64>,
    per_degree: Coord<f64>,
    columns: usize,
    rows: usize,
    pixels: Vec<u32>,
    lists: Vec<u32>,
    prepared: Vec<Prepared>,
    row_table: Vec<u32>,
    edges: Vec<Edge>,
}

impl Raster {
    /// Prepares the polygons; their numbers are their places in `shapes`.
    pub fn new(shapes: &[&MultiPolygon<f64>]) -> Raster {
        let mut min = Coord { x: f64::INFINITY, y: f64::INFINITY };
        let mut max = Coord { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY };
        for place in shapes.iter().flat_map(|shape| places(shape)) {
            min = Coord { x: min.x.min(place.x), y: min.y.min(place.y) };
            max = Coord { x: max.x.max(place.x), y: max.y.max(place.y) };
        }
        let (width, height) = (max.x - min.x, max.y - min.y);
        let (columns, rows) = if width > 0.0 && height > 0.0 {
            let pixels = (shapes.len().saturating_mul(PIXELS_PER_POLYGON)).clamp(LEAST_PIXELS, MOST_PIXELS) as f64;
            let columns = (pixels * width / height).sqrt().clamp(1.0, pixels);
            (columns.ceil() as usize, (pixels / columns).ceil() as usize)
        } else {
            (0, 0)
        };
        let mut raster = Raster {
            min,
            max,
            per_degree: Coord { x: columns as f64 / width, y: rows as f64 / height },
            columns,
            rows,
            pixels: vec![0; columns * rows],
            lists: Vec::new(),
            prepared: Vec::with_capacity(shapes.len()),
            row_table: Vec::new(),
            edges: Vec::new(),
        };
        if columns > 0 {
            raster.fill(shapes);
        }
        raster
    }

    /// The number of the first polygon that holds the place, if any does.
    #[inline]
    pub fn locate(&self, lon: f64, lat: f64) -> Option<usize> {
        // Written so that what is no number falls out.
        if !(lon >= self.min.x && lon <= self.max.x && lat >= self.min.y && lat <= self.max.y) {
            return None;
        }
        let column = (((lon - self.min.x) * self.per_degree.x) as usize).min(self.columns.wrapping_sub(1));
        let row = (((lat - self.min.y) * self.per_degree.y) as usize).min(self.rows.wrapping_sub(1));
        let pixel = *self.pixels.get(row * self.columns + column)?;
        if pixel & IS_LIST == 0 {
            return pixel.checked_sub(1).map(|number| number as usize);
        }
        let start = (pixel & !IS_LIST) as usize;
        let count = self.lists[start] as usize;
        self.lists[start + 1..=start + count]
            .iter()
            .map(|&number| number as usize)
            .find(|&number| self.holds(number, lon, lat, row))
    }

    /// Whether the polygon holds the place, asked without the raster; `false` for a number that is none.
    pub fn contains(&self, number: usize, lon: f64, lat: f64) -> bool {
        if number >= self.prepared.len() || !(lat >= self.min.y && lat <= self.max.y) {
            return false;
        }
        let row = (((lat - self.min.y) * self.per_degree.y) as usize).min(self.rows.wrapping_sub(1));
        self.holds(number, lon, lat, row)
    }

    /// How many bytes the index takes.
    pub fn bytes(&self) -> usize {
        4 * (self.pixels.len() + self.lists.len() + self.row_table.len())
            + size_of::<Edge>() * self.edges.len()
            + size_of::<Prepared>() * self.prepared.len()
    }

    #[inline]
    fn holds(&self, number: usize, lon: f64, lat: f64, row: usize) -> bool {
        let prepared = self.prepared[number];
        let (start, end) = if prepared.first_row == ONE_ROW {
            (prepared.start as usize, prepared.end as usize)
        } else {
            let Some(line) = row.checked_sub(prepared.first_row as usize) else { return false };
            let at = prepared.start as usize + line;
            if at + 1 >= prepared.end as usize {
                return false;
            }
            (self.row_table[at] as usize, self.row_table[at + 1] as usize)
        };
        let mut crossed = 0u32;
        for edge in &self.edges[start..end] {
            let is_beside = (edge.low <= lat) & (lat < edge.high);
            let is_left = lon < edge.x + edge.slope * (lat - edge.low);
            crossed ^= u32::from(is_beside & is_left);
        }
        crossed == 1
    }

    fn fill(&mut self, shapes: &[&MultiPolygon<f64>]) {
        for shape in shapes {
            self.prepare(shape);
        }
        let mut touched: Vec<u64> = Vec::new();
        let mut marks: Vec<bool> = Vec::new();
        for (number, shape) in shapes.iter().enumerate() {
            self.rasterise(number, shape, &mut marks, &mut touched);
        }
        touched.sort_unstable();
        touched.dedup();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        for group in touched.chunk_by(|a, b| a >> 32 == b >> 32) {
            let pixel = (group[0] >> 32) as usize;
            let mut numbers: Vec<u32> = group.iter().map(|entry| *entry as u32).collect();
            if let Some(whole) = self.pixels[pixel].checked_sub(1) {
                numbers.push(whole);
            }
            numbers.sort_unstable();
            numbers.dedup();
            let lists = &mut self.lists;
            let start = *known.entry(numbers).or_insert_with_key(|numbers| {
                let start = lists.len() as u32;
                lists.push(numbers.len() as u32);
                lists.extend_from_slice(numbers);
                start
            });
            self.pixels[pixel] = IS_LIST | start;
        }
    }

    fn prepare(&mut self, shape: &MultiPolygon<f64>) {
        let edges: Vec<Edge> = lines(shape).filter_map(|(a, b)| Edge::between(a, b)).collect();
        if edges.len() <= MANY_EDGES {
            let start = self.edges.len() as u32;
            self.edges.extend_from_slice(&edges);
            self.prepared.push(Prepared { start, end: self.edges.len() as u32, first_row: ONE_ROW });
            return;
        }
        let span = |edge: &Edge| (self.row_at(edge.low, -MARGIN), self.row_at(edge.high, MARGIN));
        let first = edges.iter().map(|edge| span(edge).0).min().unwrap_or(0);
        let last = edges.iter().map(|edge| span(edge).1).max().unwrap_or(0);
        let mut by_row: Vec<Vec<Edge>> = vec![Vec::new(); last - first + 1];
        for edge in &edges {
            let (low, high) = span(edge);
            for row in &mut by_row[low - first..=high - first] {
                row.push(*edge);
            }
        }
        let start = self.row_table.len() as u32;
        for row in &by_row {
            self.row_table.push(self.edges.len() as u32);
            self.edges.extend_from_slice(row);
        }
        self.row_table.push(self.edges.len() as u32);
        self.prepared.push(Prepared { start, end: self.row_table.len() as u32, first_row: first as u32 });
    }

    fn row_at(&self, lat: f64, margin: f64) -> usize {
        (((lat - self.min.y) * self.per_degree.y + margin).max(0.0) as usize).min(self.rows - 1)
    }

    fn column_at(&self, x: f64) -> usize {
        (x.max(0.0) as usize).min(self.columns - 1)
    }

    /// Writes the polygon into the pixels that it fills, and notes those that its borders touch.
    fn rasterise(&mut self, number: usize, shape: &MultiPolygon<f64>, marks: &mut Vec<bool>, touched: &mut Vec<u64>) {
        let pixel_place = |place: Coord<f64>| Coord {
            x: (place.x - self.min.x) * self.per_degree.x,
            y: (place.y - self.min.y) * self.per_degree.y,
        };
        let mut low = (usize::MAX, usize::MAX);
        let mut high = (0, 0);
        for place in places(shape) {
            let x = (place.x - self.min.x) * self.per_degree.x;
            low = (low.0.min(self.column_at(x - MARGIN)), low.1.min(self.row_at(place.y, -MARGIN)));
            high = (high.0.max(self.column_at(x + MARGIN)), high.1.max(self.row_at(place.y, MARGIN)));
        }
        if low.0 == usize::MAX {
            return;
        }
        let width = high.0 - low.0 + 1;
        marks.clear();
        marks.resize(width * (high.1 - low.1 + 1), false);
        for (a, b) in lines(shape) {
            let (a, b) = (pixel_place(a), pixel_place(b));
            let (a, b) = if a.y <= b.y { (a, b) } else { (b, a) };
            let x_at = |y: f64| if b.y > a.y { a.x + (b.x - a.x) * ((y - a.y) / (b.y - a.y)) } else { a.x };
            let first = ((a.y - MARGIN).max(0.0) as usize).min(self.rows - 1);
            let last = ((b.y + MARGIN).max(0.0) as usize).min(self.rows - 1);
            for row in first..=last {
                let (from, to) = if b.y - a.y < MARGIN {
                    (a.x, b.x)
                } else {
                    let bottom = (row as f64 - MARGIN).clamp(a.y, b.y);
                    let top = (row as f64 + 1.0 + MARGIN).clamp(a.y, b.y);
                    (x_at(bottom), x_at(top))
                };
                let left = self.column_at(from.min(to) - MARGIN);
                let right = self.column_at(from.max(to) + MARGIN);
                let line = (row - low.1) * width;
                marks[line + left - low.0..=line + right - low.0].fill(true);
            }
        }
        for row in low.1..=high.1 {
            let mut inside = None;
            for column in low.0..=high.0 {
                let pixel = row * self.columns + column;
                let entry = (pixel as u64) << 32 | number as u64;
                if marks[(row - low.1) * width + column - low.0] {
                    touched.push(entry);
                    inside = None;
                    continue;
                }
                let holds = *inside.get_or_insert_with(|| {
                    let lon = self.min.x + (column as f64 + 0.5) / self.per_degree.x;
                    let lat = self.min.y + (row as f64 + 0.5) / self.per_degree.y;
                    self.holds(number, lon, lat, row)
                });
                if !holds {
                    continue;
                }
                match self.pixels[pixel] {
                    0 => self.pixels[pixel] = number as u32 + 1,
                    // Two polygons fill the pixel: the first one keeps it.
                    _ => touched.push(entry),
                }
            }
        }
    }
}

fn rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = &geo::LineString<f64>> {
    shape.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
}

fn places(shape: &MultiPolygon<f64>) -> impl Iterator<Item = Coord<f64>> + '_ {
    rings(shape).flat_map(|ring| ring.0.iter().copied())
}

fn lines(shape: &MultiPolygon<f64>) -> impl Iterator<Item = (Coord<f64>, Coord<f64>)> + '_ {
    rings(shape).flat_map(|ring| ring.0.windows(2).map(|pair| (pair[0], pair[1])))
}

#[cfg(test)]
mod tests {
    use geo::{Contains, polygon};
    use proptest::prelude::*;

    use super::*;
    use crate::grid::bench::jittered_cells;

    #[test]
    fn nothing_holds_nothing() {
        let empty = Raster::new(&[]);
        assert_eq!(empty.locate(1.0, 1.0), None);
        assert!(!empty.contains(0, 1.0, 1.0));
    }

    #[test]
    fn holes_and_islands_are_kept_apart() {
        let ring = MultiPolygon::new(vec![
            polygon!(exterior: [(x: 0., y: 0.), (x: 9., y: 0.), (x: 9., y: 9.), (x: 0., y: 9.)],
                     interiors: [[(x: 3., y: 3.), (x: 3., y: 6.), (x: 6., y: 6.), (x: 6., y: 3.)]]),
            polygon![(x: 20., y: 0.), (x: 22., y: 0.), (x: 22., y: 2.), (x: 20., y: 2.)],
        ]);
        let filling = MultiPolygon::new(vec![polygon![(x: 3., y: 3.), (x: 6., y: 3.), (x: 6., y: 6.), (x: 3., y: 6.)]]);
        let raster = Raster::new(&[&ring, &filling]);
        for (place, found) in [
            ((1.0, 1.0), Some(0)),
            ((4.5, 4.5), Some(1)),
            ((3.0, 3.0), Some(1)),
            ((6.0, 4.0), Some(0)),
            ((3.0, 4.0), Some(1)),
            ((21.0, 1.0), Some(0)),
            ((15.0, 1.0), None),
            ((0.0, 0.0), Some(0)),
            ((f64::NAN, 1.0), None),
            ((f64::INFINITY, 1.0), None),
        ] {
            assert_eq!(raster.locate(place.0, place.1), found, "{place:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Every place in the middle of a planar division belongs to exactly one cell: any place, the corners, and
        /// places on the shared borders.
        #[test]
        fn each_place_has_exactly_one_cell(seed in any::<u64>(), bends in 0usize..10, along in 0.0..1.0f64) {
            let cells = jittered_cells(9, 8, bends, seed);
            let shapes: Vec<_> = cells.iter().map(|cell| &cell.geometry).collect();
            let raster = Raster::new(&shapes);
            let middle = &cells[4 * 9 + 4];
            let mut asked: Vec<(f64, f64)> = Vec::new();
            for (a, b) in lines(&middle.geometry) {
                asked.push((a.x, a.y));
                asked.push((a.x + (b.x - a.x) * along, a.y + (b.y - a.y) * along));
            }
            for (lon, lat) in asked {
                let holding: Vec<usize> = (0..cells.len()).filter(|&number| raster.contains(number, lon, lat)).collect();
                prop_assert_eq!(holding.len(), 1, "{} {}", lon, lat);
                prop_assert_eq!(raster.locate(lon, lat), Some(holding[0]));
            }
        }

        #[test]
        fn the_raster_says_what_the_polygons_say(
            seed in any::<u64>(),
            bends in 0usize..10,
            places in prop::collection::vec((-0.1..1.1f64, -0.1..1.1f64), 200),
        ) {
            let cells = jittered_cells(11, 7, bends, seed);
            let shapes: Vec<_> = cells.iter().map(|cell| &cell.geometry).collect();
            let raster = Raster::new(&shapes);
            for (x, y) in places {
                let (lon, lat) = (raster.min.x + x * (raster.max.x - raster.min.x), raster.min.y + y * (raster.max.y - raster.min.y));
                let slow = shapes.iter().position(|shape| shape.contains(&geo::Point::new(lon, lat)));
                prop_assert_eq!(raster.locate(lon, lat), slow, "{} {}", lon, lat);
            }
        }
    }
}
