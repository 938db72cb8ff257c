//! Place → unit grid: look-ups on one core over 20,000 jittered cells.

use super::table::{Table, count};
use std::time::Instant;
use steward::grid::bench::{jittered_cells, lookups, places};
use steward::grid::cells::Grid;

/// Measures cells of four corners and cells with bent borders.
pub fn measure(table: &mut Table) {
    const COLUMNS: usize = 160;
    const ROWS: usize = 125;
    table.part(
        "Place → unit grid, one core",
        &["20,000 jittered cells", "look-ups per second", "worst–best round", "built in", "memory"],
    );
    let asked = places(COLUMNS, ROWS, 2_000_000, 42);
    for bends in [0, 8] {
        let cells = jittered_cells(COLUMNS, ROWS, bends, 1);
        let vertices = cells.first().map_or(0, |cell| cell.geometry.0[0].exterior().0.len());
        let began = Instant::now();
        let grid = Grid::new(Vec::new(), cells);
        let built = began.elapsed();
        let mut rates: Vec<f64> = (0..7)
            .map(|_| {
                let began = Instant::now();
                let found = std::hint::black_box(lookups(&grid, std::hint::black_box(&asked)));
                assert!(found > asked.len() * 9 / 10, "{found} of {} places were found", asked.len());
                asked.len() as f64 / began.elapsed().as_secs_f64()
            })
            .collect();
        rates.sort_by(f64::total_cmp);
        table.line(&[
            format!("of {vertices} points each"),
            count(rates[rates.len() / 2]),
            format!("{}–{}", count(rates[0]), count(rates[rates.len() - 1])),
            super::table::time(built),
            super::table::mebibytes(grid.bytes() as u64),
        ]);
    }
}
