//! The ground in memory: from a place to its unit grid, and up to community, street and district.

use std::collections::HashMap;
use std::sync::OnceLock;

use geo::{BoundingRect, MultiPolygon};

use crate::grid::area::{Area, Cell, Level};
use crate::grid::coordinates::Point;
use crate::grid::geometry::{metres_per_degree, metres_to_border, place_inside};
use crate::grid::raster::Raster;
use crate::kit::error::Refusal;

/// The areas of a city and its unit grids, ready to be asked. It never changes; an import makes a new one.
pub struct Grid {
    cells: Vec<Cell>,
    areas: Vec<Area>,
    cell_raster: Raster,
    /// For each level the raster and the places of its areas in `areas`.
    area_rasters: [(Raster, Vec<usize>); 3],
    chains: Vec<Chain>,
    cells_by_code: HashMap<String, usize>,
    areas_by_code: HashMap<(Level, String), usize>,
    pub(super) areas_layer: OnceLock<String>,
    pub(super) cells_layer: OnceLock<String>,
}

/// The places in `Grid::areas` of a district, a street and a community.
type Chain = [Option<usize>; 3];

/// The areas that a place lies in, from large to small; a level that the city does not have is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AreaChain<'a> {
    /// 区、县.
    pub district: Option<&'a Area>,
    /// 街道、镇.
    pub street: Option<&'a Area>,
    /// 社区、村.
    pub community: Option<&'a Area>,
}

impl<'a> AreaChain<'a> {
    /// The smallest area of the chain.
    pub fn smallest(&self) -> Option<&'a Area> {
        self.community.or(self.street).or(self.district)
    }

    /// The names from large to small, joined by `/`.
    pub fn names(&self) -> String {
        let names: Vec<&str> =
            [self.district, self.street, self.community].into_iter().flatten().map(|area| area.name.as_str()).collect();
        names.join("/")
    }

    /// Whether the place lies in none of the areas.
    pub fn is_empty(&self) -> bool {
        self.smallest().is_none()
    }
}

/// A unit grid that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellRef<'a> {
    /// The place of the cell in [`Grid::cells`].
    pub index: usize,
    /// The code of the unit grid.
    pub code: &'a str,
    /// The unit grid itself.
    pub cell: &'a Cell,
    /// The areas that it belongs to.
    pub areas: AreaChain<'a>,
}

/// Where a place lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place<'a> {
    /// In a unit grid.
    Cell(CellRef<'a>),
    /// In the city, where no unit grid has been drawn.
    Between {
        /// The areas that the place lies in.
        areas: AreaChain<'a>,
    },
    /// Outside the city.
    Outside {
        /// The name of the nearest area (a street if the city has streets); none in a city without ground.
        nearest: Option<&'a str>,
        /// Metres to its border.
        metres: f64,
    },
}

impl Grid {
    /// Prepares the ground. Of cells that overlap the one with the smaller code answers. A cell's areas are those that
    /// its community code names and their parents; what the codes leave open, its position decides.
    pub fn new(mut areas: Vec<Area>, mut cells: Vec<Cell>) -> Grid {
        cells.sort_by(|a, b| a.code.cmp(&b.code));
        areas.sort_by(|a, b| (a.level, &a.code).cmp(&(b.level, &b.code)));
        let area_rasters = Level::ALL.map(|level| {
            let members: Vec<usize> = (0..areas.len()).filter(|&index| areas[index].level == level).collect();
            let shapes: Vec<&MultiPolygon<f64>> = members.iter().map(|&index| &areas[index].geometry).collect();
            (Raster::new(&shapes), members)
        });
        let shapes: Vec<&MultiPolygon<f64>> = cells.iter().map(|cell| &cell.geometry).collect();
        let cell_raster = Raster::new(&shapes);
        let cells_by_code = cells.iter().enumerate().map(|(index, cell)| (cell.code.clone(), index)).collect();
        let areas_by_code =
            areas.iter().enumerate().map(|(index, area)| ((area.level, area.code.clone()), index)).collect();
        let mut grid = Grid {
            cells,
            areas,
            cell_raster,
            area_rasters,
            chains: Vec::new(),
            cells_by_code,
            areas_by_code,
            areas_layer: OnceLock::new(),
            cells_layer: OnceLock::new(),
        };
        grid.chains = grid.cells.iter().map(|cell| grid.chain_of(cell)).collect();
        grid
    }

    /// The unit grids, by code.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The areas, from large to small and by code.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The unit grid that holds the WGS-84 place, if one does.
    #[inline]
    pub fn locate(&self, lon: f64, lat: f64) -> Option<CellRef<'_>> {
        self.cell_index(lon, lat).map(|index| self.cell_ref(index))
    }

    /// The place in [`Grid::cells`] of the unit grid that holds the WGS-84 place.
    #[inline]
    pub fn cell_index(&self, lon: f64, lat: f64) -> Option<usize> {
        self.cell_raster.locate(lon, lat)
    }

    /// Where the place lies, with the nearest area for one outside the city. A place exactly on the city's outer
    /// border is inside.
    pub fn place(&self, point: Point) -> Place<'_> {
        const NUDGE: f64 = 1e-9;
        for (east, north) in [(0.0, 0.0), (-NUDGE, -NUDGE), (-NUDGE, NUDGE), (NUDGE, -NUDGE), (NUDGE, NUDGE)] {
            let (lon, lat) = (point.lon + east, point.lat + north);
            if let Some(found) = self.locate(lon, lat) {
                return Place::Cell(found);
            }
            let areas = self.areas_at(lon, lat);
            if !areas.is_empty() {
                return Place::Between { areas };
            }
        }
        let (nearest, metres) = self.nearest(point);
        Place::Outside { nearest, metres }
    }

    /// The same, with a place outside refused: `place-outside-city` (`nearest`, `metres`), or `city-without-ground`
    /// when nothing has been imported yet.
    pub fn accept(&self, point: Point) -> Result<(Option<CellRef<'_>>, AreaChain<'_>), Refusal> {
        match self.place(point) {
            Place::Cell(found) => Ok((Some(found), found.areas)),
            Place::Between { areas } => Ok((None, areas)),
            Place::Outside { nearest: Some(nearest), metres } => Err(Refusal::new("place-outside-city")
                .with("nearest", nearest.to_string())
                .with("metres", format!("{metres:.0}"))),
            Place::Outside { nearest: None, .. } => Err(Refusal::new("city-without-ground")),
        }
    }

    /// The areas that hold the place, level by level.
    pub fn areas_at(&self, lon: f64, lat: f64) -> AreaChain<'_> {
        let mut chain: Chain = [None; 3];
        for (slot, (raster, members)) in chain.iter_mut().zip(&self.area_rasters) {
            *slot = raster.locate(lon, lat).and_then(|number| members.get(number).copied());
        }
        self.named(self.climb(chain))
    }

    /// The unit grid of that code.
    pub fn cell(&self, code: &str) -> Option<CellRef<'_>> {
        self.cells_by_code.get(code).map(|&index| self.cell_ref(index))
    }

    /// The area of that level and code.
    pub fn area(&self, level: Level, code: &str) -> Option<&Area> {
        self.areas_by_code.get(&(level, code.to_string())).map(|&index| &self.areas[index])
    }

    /// A place inside the unit grid, for a report that knows only the grid's code.
    pub fn place_in(&self, code: &str) -> Option<Point> {
        self.cell(code).and_then(|found| place_inside(&found.cell.geometry))
    }

    /// The smallest rectangle around everything: west, south, east, north; none without ground.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let shapes = self.areas.iter().map(|area| &area.geometry).chain(self.cells.iter().map(|cell| &cell.geometry));
        shapes.filter_map(|shape| shape.bounding_rect()).fold(None, |whole: Option<[f64; 4]>, next| {
            let (low, high) = (next.min(), next.max());
            Some(match whole {
                None => [low.x, low.y, high.x, high.y],
                Some([w, s, e, n]) => [w.min(low.x), s.min(low.y), e.max(high.x), n.max(high.y)],
            })
        })
    }

    /// How many bytes the rasters take.
    pub fn bytes(&self) -> usize {
        self.cell_raster.bytes() + self.area_rasters.iter().map(|(raster, _)| raster.bytes()).sum::<usize>()
    }

    fn cell_ref(&self, index: usize) -> CellRef<'_> {
        let cell = &self.cells[index];
        CellRef { index, code: &cell.code, cell, areas: self.named(self.chains[index]) }
    }

    fn named(&self, chain: Chain) -> AreaChain<'_> {
        let [district, street, community] = chain.map(|index| index.map(|index| &self.areas[index]));
        AreaChain { district, street, community }
    }

    fn chain_of(&self, cell: &Cell) -> Chain {
        let mut chain: Chain = [None; 3];
        if let Some(code) = &cell.community_code {
            // In a city without communities the code may name a street or a district.
            for level in Level::ALL.into_iter().rev() {
                if let Some(&index) = self.areas_by_code.get(&(level, code.clone())) {
                    chain[level as usize] = Some(index);
                    break;
                }
            }
        }
        chain = self.climb(chain);
        if chain.contains(&None)
            && let Some(point) = place_inside(&cell.geometry)
        {
            for (slot, (raster, members)) in chain.iter_mut().zip(&self.area_rasters) {
                if slot.is_none() {
                    *slot = raster.locate(point.lon, point.lat).and_then(|number| members.get(number).copied());
                }
            }
        }
        self.climb(chain)
    }

    /// Fills the upper levels from the parents of the lower ones.
    fn climb(&self, mut chain: Chain) -> Chain {
        for (below, above) in [(2, 1), (2, 0), (1, 0)] {
            if chain[above].is_none()
                && let Some(parent) = chain[below].and_then(|index| self.areas[index].parent_code.clone())
            {
                chain[above] = self.areas_by_code.get(&(Level::ALL[above], parent)).copied();
            }
        }
        chain
    }

    fn nearest(&self, point: Point) -> (Option<&str>, f64) {
        let of_level = |level: Level| -> Vec<(&str, &MultiPolygon<f64>)> {
            let members = self.areas.iter().filter(|area| area.level == level);
            members.map(|area| (area.name.as_str(), &area.geometry)).collect()
        };
        let mut candidates = of_level(Level::Street);
        for level in [Level::Community, Level::District] {
            if candidates.is_empty() {
                candidates = of_level(level);
            }
        }
        if candidates.is_empty() {
            fn called(cell: &Cell) -> &str {
                if cell.name.is_empty() { &cell.code } else { &cell.name }
            }
            candidates = self.cells.iter().map(|cell| (called(cell), &cell.geometry)).collect();
        }
        let (east, north) = metres_per_degree(point.lat);
        let mut found = (None, f64::INFINITY);
        for (name, shape) in candidates {
            let Some(around) = shape.bounding_rect() else { continue };
            let aside = |low: f64, high: f64, at: f64| (low - at).max(at - high).max(0.0);
            let at_least = (aside(around.min().x, around.max().x, point.lon) * east)
                .hypot(aside(around.min().y, around.max().y, point.lat) * north);
            if at_least < found.1 {
                let metres = metres_to_border(point, shape);
                if metres < found.1 {
                    found = (Some(name), metres);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;
    use crate::grid::bench::jittered_cells;

    fn area(level: Level, code: &str, parent: Option<&str>, west: f64, east: f64) -> Area {
        Area {
            id: 1,
            level,
            code: code.into(),
            name: format!("area {code}"),
            parent_code: parent.map(str::to_string),
            geometry: MultiPolygon::new(vec![polygon![
                (x: west, y: 22.49), (x: east, y: 22.49), (x: east, y: 22.6), (x: west, y: 22.6)
            ]]),
        }
    }

    fn city() -> Grid {
        let areas = vec![
            area(Level::District, "D", None, 113.9, 114.2),
            area(Level::Street, "S1", Some("D"), 113.9, 114.005),
            area(Level::Street, "S2", Some("D"), 114.005, 114.2),
            area(Level::Community, "C1", Some("S1"), 113.99, 114.005),
            area(Level::Community, "C2", Some("S2"), 114.005, 114.1),
        ];
        let mut cells = jittered_cells(10, 5, 0, 7);
        cells[9].community_code = Some("C1".into());
        Grid::new(areas, cells)
    }

    #[test]
    fn a_place_has_a_cell_and_its_areas() {
        let grid = city();
        let found = grid.locate(114.0015, 22.5025).expect("in a cell");
        assert_eq!(found.areas.names(), "area D/area S1/area C1");
        assert_eq!(grid.cell(found.code), Some(found));
        let told = grid.cell("000000000000010").expect("there");
        assert_eq!(told.areas.community.map(|area| area.code.as_str()), Some("C1"), "the code rules over the position");
        assert_eq!(grid.locate(113.95, 22.5), None);
        assert_eq!(grid.place_in(found.code).and_then(|p| grid.cell_index(p.lon, p.lat)), Some(found.index));
    }

    #[test]
    fn a_place_outside_names_the_nearest_area() {
        let grid = city();
        assert!(matches!(grid.place(Point { lon: 113.95, lat: 22.55 }),
            Place::Between { areas } if areas.street.is_some_and(|area| area.code == "S1")));
        let Place::Outside { nearest, metres } = grid.place(Point { lon: 114.21, lat: 22.55 }) else {
            panic!("outside")
        };
        assert_eq!(nearest, Some("area S2"));
        assert!((metres - 1028.0).abs() < 3.0, "{metres}");
        let refusal = grid.accept(Point { lon: 0.0, lat: 0.0 }).expect_err("far away");
        assert_eq!(refusal.key, "place-outside-city");
        assert!(matches!(grid.place(Point { lon: 114.2, lat: 22.6 }), Place::Between { .. }), "the corner is inside");
    }

    #[test]
    fn without_areas_the_cells_are_the_city() {
        let grid = Grid::new(vec![], jittered_cells(10, 5, 3, 7));
        assert!(grid.locate(114.005, 22.5025).is_some());
        assert!(matches!(grid.place(Point { lon: 115.0, lat: 22.5 }), Place::Outside { nearest: Some(_), .. }));
        let empty = Grid::new(vec![], vec![]);
        assert_eq!(empty.accept(Point { lon: 1.0, lat: 1.0 }).expect_err("no ground").key, "city-without-ground");
        assert_eq!(empty.bounds(), None);
    }
}
