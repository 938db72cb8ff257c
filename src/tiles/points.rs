//! Many places at once: cases and reports by where they lie, and as one tile shows them.
//!
//! Places are kept in Morton's order, in which a tile is one stretch. A tile is divided into cells; what lies in one cell is one
//! cluster. Cells are squares of the world's own divisions and never cross the edge of a tile, so no cluster is split or told twice, and
//! the counts of all tiles of a zoom add up to what there is.

use super::tile::{Spot, Tile};
use crate::kit::id::Id;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// From this zoom on every place is shown by itself, as far as a screen can hold them.
pub const SINGLE_FROM: u8 = 17;
/// A tile is divided into 2³ cells each way: a cluster has 64 points of a screen for itself.
const CELLS: u32 = 3;
/// Where every place is shown by itself, places within 2⁻⁶ of a tile (five metres) count as one.
const NEAR_CELLS: u32 = 6;
/// Of such a place so many are shown by themselves; the others are a cluster.
const SHOWN: usize = 20;
/// Into 2⁵ each way for heat.
const HEAT_CELLS: u32 = 5;
/// As many in a cell as make it quite hot.
const HOT: f64 = 1000.0;

/// Something at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its number in Morton's order.
    pub at: u64,
    /// Its identifier.
    pub id: Id,
    /// When it began, in seconds since 1970.
    pub since: u32,
    /// When it is due, in seconds since 1970; [`NEVER`] without a moment.
    pub due: u32,
    /// What kind it is of: a number of [`Kinds`].
    pub kind: u16,
    /// Its stage, as a number that the room gives it.
    pub stage: u8,
}

/// Later than everything.
pub const NEVER: u32 = u32::MAX;

/// Milliseconds since 1970 as seconds; what is before is 0, what is too late is never.
pub fn seconds(milliseconds: i64) -> u32 {
    u32::try_from(milliseconds.div_euclid(1000).max(0)).unwrap_or(NEVER)
}

/// Points in Morton's order, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Points(Vec<Point>);

impl Points {
    /// In order.
    pub fn new(mut points: Vec<Point>) -> Points {
        points.sort_unstable_by_key(|point| (point.at, point.id));
        points.dedup_by_key(|point| point.id);
        points.shrink_to_fit();
        Points(points)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of a tile.
    pub fn within(&self, tile: Tile) -> &[Point] {
        let (first, last) = tile.stretch();
        let from = self.0.partition_point(|point| point.at < first);
        let until = self.0.partition_point(|point| point.at <= last);
        self.0.get(from..until).unwrap_or_default()
    }

    /// Takes out whatever has these identifiers and puts in `now`. Answers where something was taken out, changed or put in.
    pub fn change(&mut self, ids: &HashSet<Id>, now: &[Point]) -> Vec<u64> {
        let mut before: Vec<Point> = Vec::new();
        self.0.retain(|point| {
            let is_kept = !ids.contains(&point.id);
            if !is_kept {
                before.push(*point);
            }
            is_kept
        });
        self.0.extend_from_slice(now);
        // Two runs that are in order are put together in one pass.
        self.0.sort_by_key(|point| (point.at, point.id));
        let is_new = |point: &&Point| !before.contains(point);
        let is_gone = |point: &&Point| !now.contains(point);
        before.iter().filter(is_gone).chain(now.iter().filter(is_new)).map(|point| point.at).collect()
    }
}

/// What is shown in one place of a tile.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// One by itself.
    Single(Point),
    /// Several together.
    Cluster(Cluster),
}

/// Several in one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cluster {
    /// How many.
    pub count: u32,
    /// How many of them are late.
    pub late: u32,
    /// Their middle on the world's square.
    pub middle: [f64; 2],
    /// The cell: no other cluster of this zoom has its number.
    pub cell: u64,
    /// The zoom at which it comes apart; one more than [`SINGLE_FROM`] when none does it.
    pub apart: u8,
}

/// What a cell holds.
#[derive(Debug, Clone, Default)]
struct Cell {
    count: u32,
    late: u32,
    /// The sums of both numbers of its places.
    sums: [u64; 2],
    first: u64,
    last: u64,
    /// The newest of them.
    newest: Vec<Point>,
}

impl Cell {
    fn add(&mut self, point: &Point, is_late: bool, most: usize) {
        if self.count == 0 {
            (self.first, self.last) = (point.at, point.at);
        }
        self.first = self.first.min(point.at);
        self.last = self.last.max(point.at);
        self.count += 1;
        self.late += u32::from(is_late);
        let spot = spot(point.at);
        self.sums = [self.sums[0] + u64::from(spot.x), self.sums[1] + u64::from(spot.y)];
        if self.newest.len() < most {
            self.newest.push(*point);
        } else if most > 1
            && let Some(oldest) = self.newest.iter_mut().min_by_key(|kept| (kept.since, kept.id))
            && (oldest.since, oldest.id) < (point.since, point.id)
        {
            *oldest = *point;
        }
    }
}

/// The spot of a number in Morton's order.
pub fn spot(at: u64) -> Spot {
    Spot { x: gathered(at), y: gathered(at >> 1) }
}

fn gathered(bits: u64) -> u32 {
    let mut bits = bits & 0x5555_5555_5555_5555;
    bits = (bits | (bits >> 1)) & 0x3333_3333_3333_3333;
    bits = (bits | (bits >> 2)) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | (bits >> 4)) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | (bits >> 8)) & 0x0000_ffff_0000_ffff;
    u32::try_from((bits | (bits >> 16)) & 0xffff_ffff).unwrap_or(0)
}

/// In how many parts a tile of this zoom is divided each way, as a power of two, by `wanted`; places have no more than 32 bits.
fn depth(z: u8, wanted: u32) -> u32 {
    wanted.min(32 - u32::from(z))
}

/// The cells of a tile that hold something of `points`, by their numbers within the tile.
fn cells<'a>(
    tile: Tile,
    depth: u32,
    most: usize,
    points: impl Iterator<Item = &'a Point>,
    is_late: impl Fn(&Point) -> bool,
) -> Vec<(u64, Cell)> {
    let below = 64 - 2 * (u32::from(tile.z) + depth);
    let count = 1_u64 << (2 * depth);
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    let mut found: Vec<(u64, Cell)> = Vec::new();
    // Points come in order, so the cell is nearly always the one before.
    let mut last: Option<(u64, usize)> = None;
    for point in points {
        let number = (point.at >> below) & (count - 1);
        let place = match last {
            Some((known, place)) if known == number => place,
            _ => *numbers.entry(number).or_insert_with(|| {
                found.push((number, Cell::default()));
                found.len() - 1
            }),
        };
        last = Some((number, place));
        if let Some((_, cell)) = found.get_mut(place) {
            cell.add(point, is_late(point), most);
        }
    }
    found.sort_unstable_by_key(|(number, _)| *number);
    found
}

/// What a tile shows of these points, which all lie in it: the many first.
pub fn marks<'a>(tile: Tile, points: impl Iterator<Item = &'a Point>, is_late: impl Fn(&Point) -> bool) -> Vec<Mark> {
    let is_near = tile.z >= SINGLE_FROM;
    let depth = depth(tile.z, if is_near { NEAR_CELLS } else { CELLS });
    let most = if is_near { SHOWN } else { 1 };
    let (first, _) = tile.stretch();
    let below = 64 - 2 * (u32::from(tile.z) + depth);
    let mut marks = Vec::new();
    for (number, mut cell) in cells(tile, depth, most, points, &is_late) {
        cell.newest.sort_unstable_by_key(|point| Reverse((point.since, point.id)));
        let singles = if is_near || cell.count == 1 { cell.newest } else { Vec::new() };
        let (shown, late) = (singles.len(), singles.iter().filter(|point| is_late(point)).count());
        let (shown, late) = (u32::try_from(shown).unwrap_or(0), u32::try_from(late).unwrap_or(0));
        if cell.count > shown {
            let middle = cell.sums.map(|sum| sum as f64 / f64::from(cell.count) / 4_294_967_296.0);
            marks.push(Mark::Cluster(Cluster {
                count: cell.count - shown,
                late: cell.late - late,
                middle,
                cell: (first >> below) | number,
                apart: apart(cell.first, cell.last),
            }));
        }
        marks.extend(singles.into_iter().map(Mark::Single));
    }
    let weight = |mark: &Mark| match mark {
        Mark::Single(_) => 0,
        Mark::Cluster(cluster) => cluster.count,
    };
    marks.sort_by_key(|mark| Reverse(weight(mark)));
    marks
}

/// The zoom at which the first and the last of a cell are no longer in one: as near as it gets when they never come apart.
fn apart(first: u64, last: u64) -> u8 {
    let shared = (first ^ last).leading_zeros() / 2;
    let zoom = (shared + 1).saturating_sub(CELLS);
    u8::try_from(zoom).unwrap_or(u8::MAX).min(SINGLE_FROM + 1)
}

/// The heat of a tile: the middle of each cell on the world's square, how many are there, and how hot that is, 0 to 1.
pub fn heat<'a>(tile: Tile, points: impl Iterator<Item = &'a Point>) -> Vec<([f64; 2], u32, f64)> {
    let cells = cells(tile, depth(tile.z, HEAT_CELLS), 0, points, |_| false);
    let one = |(_, cell): (u64, Cell)| {
        let middle = cell.sums.map(|sum| sum as f64 / f64::from(cell.count) / 4_294_967_296.0);
        (middle, cell.count, warmth(cell.count))
    };
    cells.into_iter().map(one).collect()
}

/// How hot so many in a cell are, from 0 to 1: each tenfold adds as much as the one before, so that a few are seen beside many.
pub fn warmth(count: u32) -> f64 {
    (f64::from(count).ln_1p() / HOT.ln_1p()).min(1.0)
}

/// The kinds that points are of, each with a small number.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    numbers: HashMap<Kind, u16>,
    all: Vec<Kind>,
}

/// A sub-class: code set, `event` or `component`, code.
pub type Kind = (String, String, String);

impl Kinds {
    /// The number of a kind; a city with more than 65,535 of them has the rest under the last.
    pub fn number(&mut self, kind: Kind) -> u16 {
        if let Some(number) = self.numbers.get(&kind) {
            return *number;
        }
        let Some(number) = u16::try_from(self.all.len()).ok().filter(|number| *number < u16::MAX) else {
            return u16::MAX;
        };
        self.all.push(kind.clone());
        self.numbers.insert(kind, number);
        number
    }

    /// The numbers of those kinds that are wanted, as marks by number.
    pub fn wanted(&self, is_wanted: impl Fn(&Kind) -> bool) -> Vec<bool> {
        self.all.iter().map(is_wanted).collect()
    }

    /// The kind of a number.
    pub fn get(&self, number: u16) -> Option<&Kind> {
        self.all.get(usize::from(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(id: Id, lon: f64, lat: f64) -> Point {
        let at = Spot::of(lon, lat).expect("a place").number();
        Point { at, id, since: u32::try_from(id).expect("small"), due: NEVER, kind: 0, stage: 0 }
    }

    fn count(mark: &Mark) -> u32 {
        match mark {
            Mark::Single(_) => 1,
            Mark::Cluster(cluster) => cluster.count,
        }
    }

    fn cities() -> impl Strategy<Value = Points> {
        // Some crowd at few places, some lie anywhere; edges of tiles are among them.
        let place = prop_oneof![
            (123.3..123.5_f64, 31.1..31.3_f64),
            (0_u8..4).prop_map(|at| (123.4 + f64::from(at) * 1e-7, 31.2)),
            Just((0.0, 0.0)),
            Just((-180.0, 85.1)),
            (-180.0..=180.0_f64, -89.0..89.0_f64),
        ];
        prop::collection::vec(place, 0..300).prop_map(|places| {
            let point = |(id, (lon, lat)): (usize, (f64, f64))| point(i64::try_from(id).expect("small"), lon, lat);
            Points::new(places.into_iter().enumerate().map(point).collect())
        })
    }

    /// All tiles of a zoom that hold something.
    fn tiles(points: &Points, z: u8) -> HashSet<Tile> {
        points.0.iter().map(|point| Tile::of(z, spot(point.at))).collect()
    }

    proptest! {
        #[test]
        fn the_counts_of_all_tiles_of_a_zoom_are_what_there_is(points in cities(), z in 0_u8..=22) {
            let (mut sum, mut hot, mut cells, mut singles) = (0, 0, HashSet::new(), HashSet::new());
            for tile in tiles(&points, z) {
                for mark in marks(tile, points.within(tile).iter(), |_| false) {
                    sum += count(&mark) as usize;
                    match mark {
                        Mark::Single(point) => prop_assert!(singles.insert(point.id), "told twice"),
                        Mark::Cluster(cluster) => {
                            prop_assert!(cells.insert(cluster.cell), "a cluster in two tiles");
                            let [right, down] = tile.steps(cluster.middle);
                            prop_assert!((-0.01..4096.01).contains(&right) && (-0.01..4096.01).contains(&down));
                            prop_assert!(cluster.apart > z || z >= SINGLE_FROM);
                        }
                    }
                }
                for (_, count, warmth) in heat(tile, points.within(tile).iter()) {
                    hot += count as usize;
                    prop_assert!(warmth > 0.0 && warmth <= 1.0);
                }
            }
            prop_assert_eq!(sum, points.len());
            prop_assert_eq!(hot, points.len());
        }

        #[test]
        fn a_cluster_comes_apart_where_it_says(points in cities(), z in 0_u8..17) {
            for tile in tiles(&points, z) {
                for mark in marks(tile, points.within(tile).iter(), |_| false) {
                    let Mark::Cluster(cluster) = mark else { continue };
                    if cluster.apart > SINGLE_FROM {
                        continue;
                    }
                    let below = 64 - 2 * (u32::from(z) + CELLS);
                    let of_it = |point: &&Point| (point.at >> below) == cluster.cell;
                    let next: HashSet<u64> = points
                        .within(tile)
                        .iter()
                        .filter(of_it)
                        .map(|point| point.at >> (64 - 2 * (u32::from(cluster.apart) + CELLS)))
                        .collect();
                    prop_assert!(next.len() > 1, "apart at {}", cluster.apart);
                }
            }
        }

        #[test]
        fn changes_leave_what_a_new_reading_would_find(
            points in cities(),
            moved in prop::collection::vec((0_i64..350, 123.3..123.5_f64, 31.1..31.3_f64), 0..20),
            gone in prop::collection::hash_set(0_i64..350, 0..20),
        ) {
            let mut now: HashMap<Id, Point> = points.0.iter().map(|point| (point.id, *point)).collect();
            let mut ids = gone.clone();
            now.retain(|id, _| !gone.contains(id));
            for (id, lon, lat) in moved {
                ids.insert(id);
                now.insert(id, point(id, lon, lat));
            }
            let fresh: Vec<Point> = now.values().filter(|point| ids.contains(&point.id)).copied().collect();
            let mut changed = points.clone();
            let places = changed.change(&ids, &fresh);
            prop_assert_eq!(&changed, &Points::new(now.into_values().collect()));
            // Wherever the two differ, it is told.
            for tile in tiles(&points, 12).union(&tiles(&changed, 12)) {
                if points.within(*tile) != changed.within(*tile) {
                    let (first, last) = tile.stretch();
                    prop_assert!(places.iter().any(|at| (first..=last).contains(at)));
                }
            }
        }

        #[test]
        fn a_number_is_its_spot(x in any::<u32>(), y in any::<u32>()) {
            prop_assert_eq!(spot(Spot { x, y }.number()), Spot { x, y });
        }
    }

    #[test]
    fn near_the_newest_of_one_place_are_shown_and_the_rest_counted() {
        let points = Points::new((0..50).map(|id| point(id, 123.4, 31.2)).collect());
        let tile = Tile::of(17, spot(points.0[0].at));
        let found = marks(tile, points.within(tile).iter(), |point| point.id >= 25);
        let Some(Mark::Cluster(rest)) = found.first() else { panic!("{found:?}") };
        assert_eq!((rest.count, rest.late, rest.apart), (30, 5, 18));
        let singles: Vec<Id> =
            found.iter().skip(1).map(|mark| if let Mark::Single(point) = mark { point.id } else { -1 }).collect();
        assert_eq!(singles, (30..50).rev().collect::<Vec<_>>());
        let far = Tile::of(16, spot(points.0[0].at));
        assert!(matches!(
            marks(far, points.within(far).iter(), |_| false)[..],
            [Mark::Cluster(Cluster { count: 50, .. })]
        ));
    }

    #[test]
    fn warmth_grows_and_ends() {
        assert!(warmth(1) > 0.09 && warmth(1) < warmth(10) && warmth(10) < warmth(1000));
        assert!((warmth(1000) - 1.0).abs() < 1e-9 && (warmth(1_000_000) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn kinds_keep_their_numbers() {
        let mut kinds = Kinds::default();
        let kind = |code: &str| ("2021".to_owned(), "event".to_owned(), code.to_owned());
        assert_eq!((kinds.number(kind("0101")), kinds.number(kind("0102")), kinds.number(kind("0101"))), (0, 1, 0));
        assert_eq!(kinds.wanted(|(_, _, code)| code == "0102"), [false, true]);
        assert_eq!(kinds.get(1), Some(&kind("0102")));
        assert_eq!(seconds(-1), 0);
        assert_eq!(seconds(1_773_108_000_999), 1_773_108_000);
        assert_eq!(seconds(i64::MAX), NEVER);
    }
}
