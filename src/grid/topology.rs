//! Unit grids must cover their area without gap or overlap (GB/T 30428.1): what does not is reported, not refused.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use geo::{BooleanOps, BoundingRect, Coord, MultiPolygon, Polygon, Rect, unary_union};
use serde::Serialize;

use crate::grid::cells::Grid;
use crate::grid::coordinates::Point;
use crate::grid::geometry::{metres_to_border, place_inside, square_metres};

/// What is wrong with a piece of ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// No unit grid covers it.
    Gap,
    /// Two unit grids cover it.
    Overlap,
    /// A unit grid reaches out of its area.
    Overhang,
}

impl Fault {
    /// The key of its sentence (`area`, `codes`, `square-metres`).
    pub fn key(self) -> &'static str {
        match self {
            Fault::Gap => "topology-gap",
            Fault::Overlap => "topology-overlap",
            Fault::Overhang => "topology-overhang",
        }
    }
}

/// A piece of ground where the division is not sound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// The code of the area in which it lies; empty in a city without areas.
    pub area_code: String,
    /// The unit grids that overlap or overhang, or those around a gap (at most eight).
    pub codes: Vec<String>,
    /// How large the piece is.
    pub square_metres: f64,
    /// A place inside it.
    pub at: Point,
}

/// Looks for gaps, overlaps and overhangs of at least `least` square metres among the unit grids of each area that has
/// some. Borders that differ by less than a hand's breadth are the same border: thin slivers are not reported.
/// The findings come by kind and then from large to small.
pub fn survey(grid: &Grid, least: f64) -> Vec<Finding> {
    let mut findings = overlaps(grid, least);
    let mut by_area: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (index, cell) in grid.cells().iter().enumerate() {
        if let Some(area) = grid.cell(&cell.code).and_then(|found| found.areas.smallest()) {
            by_area.entry((area.level as usize, area.code.as_str())).or_default().push(index);
        } else {
            by_area.entry((0, "")).or_default().push(index);
        }
    }
    for ((level, code), members) in by_area {
        let shapes: Vec<&MultiPolygon<f64>> = members.iter().map(|&index| &grid.cells()[index].geometry).collect();
        let Some(covered) = guarded(|| unary_union(shapes.iter().copied())) else { continue };
        let area = crate::grid::area::Level::ALL.get(level).and_then(|level| grid.area(*level, code));
        let gaps = match area {
            Some(area) => guarded(|| area.geometry.difference(&covered)),
            // Without an area only a hole among the cells is surely a gap.
            None => Some(MultiPolygon::new(
                covered
                    .iter()
                    .flat_map(|part| part.interiors().iter().map(|ring| Polygon::new(ring.clone(), Vec::new())))
                    .collect(),
            )),
        };
        for gap in gaps.into_iter().flatten() {
            let mut codes: Vec<String> = Vec::new();
            if let Some(around) = gap.bounding_rect() {
                for &index in &members {
                    let cell = &grid.cells()[index];
                    let is_near = cell.geometry.bounding_rect().is_some_and(|other| meet(around, other, 1e-6));
                    if codes.len() < 8 && is_near && touches(&gap, &cell.geometry) {
                        codes.push(cell.code.clone());
                    }
                }
            }
            findings.extend(finding(Fault::Gap, code, codes, gap, least));
        }
        for &index in &members {
            let cell = &grid.cells()[index];
            let Some(area) = area else {
                // In a city with areas, a unit grid in none of them lies outside as a whole.
                if !grid.areas().is_empty() {
                    for piece in &cell.geometry {
                        findings.extend(finding(Fault::Overhang, code, vec![cell.code.clone()], piece.clone(), least));
                    }
                }
                continue;
            };
            for piece in guarded(|| cell.geometry.difference(&area.geometry)).into_iter().flatten() {
                findings.extend(finding(Fault::Overhang, code, vec![cell.code.clone()], piece, least));
            }
        }
    }
    findings.sort_by(|a, b| a.fault.cmp(&b.fault).then(b.square_metres.total_cmp(&a.square_metres)));
    findings
}

fn overlaps(grid: &Grid, least: f64) -> Vec<Finding> {
    let mut order: Vec<(usize, Rect<f64>)> = grid
        .cells()
        .iter()
        .enumerate()
        .filter_map(|(index, cell)| cell.geometry.bounding_rect().map(|around| (index, around)))
        .collect();
    order.sort_by(|a, b| a.1.min().x.total_cmp(&b.1.min().x));
    let mut findings = Vec::new();
    let mut active: Vec<(usize, Rect<f64>)> = Vec::new();
    for (index, around) in order {
        active.retain(|(_, other)| other.max().x > around.min().x);
        for (other, _) in active.iter().filter(|(_, other)| meet(around, *other, 0.0)) {
            let (a, b) = (&grid.cells()[(*other).min(index)], &grid.cells()[(*other).max(index)]);
            for piece in guarded(|| a.geometry.intersection(&b.geometry)).into_iter().flatten() {
                let codes = vec![a.code.clone(), b.code.clone()];
                let area = grid.cell(&a.code).and_then(|found| found.areas.smallest());
                let area = area.map_or("", |area| area.code.as_str());
                findings.extend(finding(Fault::Overlap, area, codes, piece, least));
            }
        }
        active.push((index, around));
    }
    findings
}

fn finding(fault: Fault, area: &str, codes: Vec<String>, piece: Polygon<f64>, least: f64) -> Option<Finding> {
    let border: f64 = piece.exterior().lines().map(|line| metres(line.start, line.end)).sum();
    let piece = MultiPolygon::new(vec![piece]);
    let size = square_metres(&piece);
    // A sliver's mean width is about twice its area over its border.
    if size < least || 2.0 * size < 0.1 * border {
        return None;
    }
    let at = place_inside(&piece)?;
    Some(Finding { fault, area_code: area.to_string(), codes, square_metres: size, at })
}

fn metres(a: Coord<f64>, b: Coord<f64>) -> f64 {
    let (east, north) = crate::grid::geometry::metres_per_degree(a.y);
    ((a.x - b.x) * east).hypot((a.y - b.y) * north)
}

fn meet(a: Rect<f64>, b: Rect<f64>, margin: f64) -> bool {
    a.min().x - margin < b.max().x
        && b.min().x - margin < a.max().x
        && a.min().y - margin < b.max().y
        && b.min().y - margin < a.max().y
}

fn touches(gap: &Polygon<f64>, cell: &MultiPolygon<f64>) -> bool {
    gap.exterior().0.iter().any(|place| metres_to_border(Point { lon: place.x, lat: place.y }, cell) < 0.05)
}

fn guarded(cut: impl FnOnce() -> MultiPolygon<f64>) -> Option<MultiPolygon<f64>> {
    catch_unwind(AssertUnwindSafe(cut)).ok()
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;
    use crate::grid::area::{Area, Level};
    use crate::grid::bench::jittered_cells;

    #[test]
    fn a_sound_division_has_no_findings() {
        let cells = jittered_cells(6, 5, 3, 1);
        let geometry = unary_union(cells.iter().map(|cell| &cell.geometry));
        let area =
            Area { id: 1, level: Level::Community, code: "C".into(), name: "C".into(), parent_code: None, geometry };
        assert_eq!(survey(&Grid::new(vec![area], cells.clone()), 1.0), vec![]);
        assert_eq!(survey(&Grid::new(vec![], cells), 1.0), vec![]);
    }

    #[test]
    fn gaps_overlaps_and_overhangs_are_told() {
        let mut cells = jittered_cells(6, 5, 0, 1);
        let geometry = unary_union(cells.iter().map(|cell| &cell.geometry));
        let area =
            Area { id: 1, level: Level::Community, code: "C".into(), name: "C".into(), parent_code: None, geometry };
        let lost = cells.remove(14);
        cells[20].geometry = MultiPolygon::new(vec![polygon![
            (x: 114.0, y: 22.506), (x: 114.001, y: 22.506), (x: 114.001, y: 22.507), (x: 114.0, y: 22.507)
        ]]);
        cells[2].geometry = cells[3].geometry.clone();
        for areas in [vec![area], vec![]] {
            let has_area = !areas.is_empty();
            let findings = survey(&Grid::new(areas, cells.clone()), 1.0);
            let of = |fault| findings.iter().filter(|finding| finding.fault == fault).collect::<Vec<_>>();
            assert!(
                of(Fault::Gap).iter().any(
                    |gap| (gap.square_metres / lost.area_square_metres - 1.0).abs() < 0.01 && !gap.codes.is_empty()
                ),
                "{findings:#?}"
            );
            assert_eq!(of(Fault::Overlap).len(), 1);
            assert_eq!(of(Fault::Overlap)[0].codes, [cells[2].code.clone(), cells[3].code.clone()]);
            assert_eq!(of(Fault::Overhang).len(), usize::from(has_area));
        }
    }
}
