//! An invented division of ground, for measuring and for tests.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use crate::grid::area::Cell;
use crate::grid::cells::Grid;
use crate::grid::geometry;

/// Numbers that look random and are always the same for the same seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    /// Dice that begin at `seed`.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The next number, from 0 up to but not including 1.
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// `columns` × `rows` cells of about 100 m with jittered corners and borders bent `bends` times, without gap or
/// overlap; the code of each is its number. The corner in the southwest lies at 114° E, 22.5° N.
pub fn jittered_cells(columns: usize, rows: usize, bends: usize, seed: u64) -> Vec<Cell> {
    const STEP: f64 = 0.001;
    let at = |column: usize, row: usize| {
        let mut dice = Dice::new(seed ^ ((column as u64) << 32 | row as u64).wrapping_mul(0x2545_F491_4F6C_DD1D));
        let (x, y) = (column as f64 + 0.6 * (dice.roll() - 0.5), row as f64 + 0.6 * (dice.roll() - 0.5));
        Coord { x: 114.0 + x * STEP, y: 22.5 + y * STEP }
    };
    // The border between two corners, the same from both sides; `kind` tells level from upright borders.
    let border = |from: (usize, usize), to: (usize, usize), kind: u64| -> Vec<Coord<f64>> {
        let (a, b) = (at(from.0, from.1), at(to.0, to.1));
        let mut dice = Dice::new(!seed ^ ((from.0 as u64) << 33 | (from.1 as u64) << 1 | kind));
        let mut places = vec![a];
        for bend in 1..=bends {
            let along = bend as f64 / (bends + 1) as f64;
            let aside = 0.06 * STEP * (dice.roll() - 0.5) / (bends + 1) as f64;
            let (x, y) = (a.x + (b.x - a.x) * along, a.y + (b.y - a.y) * along);
            places.push(if kind == 0 { Coord { x, y: y + aside } } else { Coord { x: x + aside, y } });
        }
        places.push(b);
        places
    };
    let mut cells = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let mut ring = border((column, row), (column + 1, row), 0);
            ring.extend(border((column + 1, row), (column + 1, row + 1), 1).into_iter().skip(1));
            ring.extend(border((column, row + 1), (column + 1, row + 1), 0).into_iter().rev().skip(1));
            ring.extend(border((column, row), (column, row + 1), 1).into_iter().rev().skip(1));
            let geometry = MultiPolygon::new(vec![Polygon::new(LineString::new(ring), Vec::new())]);
            let number = cells.len() + 1;
            cells.push(Cell {
                id: number as i64,
                code: format!("{number:015}"),
                name: String::new(),
                community_code: None,
                area_square_metres: geometry::square_metres(&geometry),
                geometry,
            });
        }
    }
    cells
}

/// Looks up every place and counts those that lie in a cell.
pub fn lookups(grid: &Grid, places: &[(f64, f64)]) -> usize {
    places.iter().filter(|(lon, lat)| grid.cell_index(*lon, *lat).is_some()).count()
}

/// `count` places spread over the ground of [`jittered_cells`] with as many columns and rows.
pub fn places(columns: usize, rows: usize, count: usize, seed: u64) -> Vec<(f64, f64)> {
    let mut dice = Dice::new(seed);
    (0..count)
        .map(|_| (114.0 + dice.roll() * columns as f64 * 0.001, 22.5 + dice.roll() * rows as f64 * 0.001))
        .collect()
}
