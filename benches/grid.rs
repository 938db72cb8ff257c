//! Place → unit grid: look-ups per second on one core over 20,000 jittered cells.

use std::time::Instant;

use steward::grid::bench::{jittered_cells, lookups, places};
use steward::grid::cells::Grid;

fn main() {
    const COLUMNS: usize = 160;
    const ROWS: usize = 125;
    let asked = places(COLUMNS, ROWS, 2_000_000, 42);
    for bends in [0, 8] {
        let cells = jittered_cells(COLUMNS, ROWS, bends, 1);
        let vertices = cells.first().map_or(0, |cell| cell.geometry.0[0].exterior().0.len());
        let began = Instant::now();
        let grid = Grid::new(Vec::new(), cells);
        let built = began.elapsed();
        let mut best = f64::INFINITY;
        let mut found = 0;
        for _ in 0..5 {
            let began = Instant::now();
            found = std::hint::black_box(lookups(&grid, std::hint::black_box(&asked)));
            best = best.min(began.elapsed().as_secs_f64());
        }
        println!(
            "{} cells of {vertices} points: {:.1} million look-ups/s ({found} of {} found), built in {built:.0?}, {:.1} MB",
            grid.cells().len(),
            asked.len() as f64 / best / 1e6,
            asked.len(),
            grid.bytes() as f64 / 1e6,
        );
    }
}
