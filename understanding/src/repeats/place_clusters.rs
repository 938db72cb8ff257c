//! Places that come again: reports of one kind about one component, at one written address, or within some metres of each
//! other. Written places count first, because many reports carry no point, and two doors of one house are one place on a map.
//!
//! A chain of neighbours does not grow down a street: reports are joined nearest first, and a group never becomes wider than
//! three times the metres that join two.

use crate::text::normal;
use std::collections::{BTreeMap, HashMap};

/// How many times wider than the joining distance a place may become.
pub const WIDEST: f64 = 3.0;
/// A square with more different points is thinned before squares are compared: they belong together anyway.
const CROWD: usize = 64;
/// Up to so many different points of a square are compared one by one; of more, only the nearest.
const FEW: usize = 16;
const METRES_PER_DEGREE: f64 = 111_320.0;
/// The squares that may hold a neighbour, each pair of squares once.
const AROUND: [(i64, i64); 12] =
    [(1, 0), (2, 0), (-2, 1), (-1, 1), (0, 1), (1, 1), (2, 1), (-2, 2), (-1, 2), (0, 2), (1, 2), (2, 2)];

/// What one report says about its place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spot<'a> {
    /// The kind (sub-class); only reports of the same kind come together.
    pub kind: &'a str,
    /// The component's code (部件); empty when there is none.
    pub component: &'a str,
    /// The address in words; empty when there is none.
    pub address: &'a str,
    /// Degrees east and north, WGS-84.
    pub point: Option<(f64, f64)>,
}

impl Spot<'_> {
    /// Whether it says anything about a place. A point off the earth, or at zero and zero, says nothing.
    pub fn has_place(&self) -> bool {
        !self.component.trim().is_empty() || !self.address.trim().is_empty() || self.valid_point().is_some()
    }

    fn valid_point(&self) -> Option<(f64, f64)> {
        self.point.filter(|(lon, lat)| lon.abs() <= 180.0 && lat.abs() < 89.0 && (*lon, *lat) != (0.0, 0.0))
    }
}

/// The groups of at least two reports at one place and of one kind, as positions in `spots`: the largest first, then by their
/// first member. `metres` joins points and must be positive for that; 0 joins by component and address alone. Distances are
/// good within a city, not across a continent.
pub fn place_clusters(spots: &[Spot<'_>], metres: f64) -> Vec<Vec<usize>> {
    let mut groups = Groups::of(spots.len());
    let kinds = join_written(spots, &mut groups);
    if metres.is_finite() && metres > 0.0 {
        join_near(spots, &kinds, metres, &mut groups);
    }
    groups.into_lists()
}

/// Joins what is written alike; answers a number for the kind of each.
fn join_written(spots: &[Spot<'_>], groups: &mut Groups) -> Vec<usize> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut first_of: HashMap<(usize, bool, String), usize> = HashMap::new();
    let mut kinds = Vec::with_capacity(spots.len());
    for (at, spot) in spots.iter().enumerate() {
        let next = numbers.len();
        let kind = *numbers.entry(spot.kind).or_insert(next);
        kinds.push(kind);
        let is_component = !spot.component.trim().is_empty();
        let written = normal(if is_component { spot.component } else { spot.address });
        if !written.is_empty() {
            groups.join(*first_of.entry((kind, is_component, written)).or_insert(at), at);
        }
    }
    kinds
}

/// Joins what lies near, the nearest first, as long as no group becomes too wide.
fn join_near(spots: &[Spot<'_>], kinds: &[usize], metres: f64, groups: &mut Groups) {
    let points: Vec<(usize, (f64, f64))> =
        spots.iter().enumerate().filter_map(|(at, spot)| Some((at, spot.valid_point()?))).collect();
    let mut heights: Vec<f64> = points.iter().map(|(_, (_, lat))| *lat).collect();
    heights.sort_by(f64::total_cmp);
    let middle = heights.get(heights.len() / 2).copied().unwrap_or_default();
    let shrink = middle.to_radians().cos();
    // All points of a square of this side lie near each other.
    let side = metres / std::f64::consts::SQRT_2;
    let mut squares: BTreeMap<(usize, i64, i64), Vec<Stand>> = BTreeMap::new();
    for (at, (lon, lat)) in points {
        let stand = Stand { at, east: lon * METRES_PER_DEGREE * shrink, north: lat * METRES_PER_DEGREE };
        groups.widen(at, stand);
        if let Some(kind) = kinds.get(at) {
            squares.entry((*kind, square(stand.east, side), square(stand.north, side))).or_default().push(stand);
        }
    }
    for stand in squares.values_mut() {
        stand.sort_by(|a, b| a.east.total_cmp(&b.east).then(a.north.total_cmp(&b.north)).then(a.at.cmp(&b.at)));
    }
    let mut pairs: Vec<Pair> = squares.values().flat_map(|stands| within(stands)).collect();
    let thin: BTreeMap<_, Vec<Stand>> = squares.iter().map(|(key, stands)| (*key, thinned(stands, side))).collect();
    for (key, here) in &thin {
        for (east, north) in AROUND {
            let Some(there) = thin.get(&(key.0, key.1 + east, key.2 + north)) else { continue };
            pairs.extend(between(here, there, metres));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    for (_, a, b) in pairs {
        groups.join_if_narrow(a, b, metres * WIDEST);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a square of the earth, at least micrometres wide, has a number")]
fn square(metres: f64, side: f64) -> i64 {
    (metres / side).floor() as i64
}

/// The stands at different points; of a crowd one in each of sixty-four smaller squares.
fn thinned(stands: &[Stand], side: f64) -> Vec<Stand> {
    let mut different = stands.to_vec();
    different.dedup_by(|a, b| (a.east, a.north) == (b.east, b.north));
    if different.len() > CROWD {
        let fine = side / 8.0;
        different.sort_by_key(|stand| (square(stand.east, fine), square(stand.north, fine), stand.at));
        different.dedup_by_key(|stand| (square(stand.east, fine), square(stand.north, fine)));
    }
    different
}

/// The pairs of one square: all of a few, else one after the other.
fn within(stands: &[Stand]) -> Vec<Pair> {
    let reach = if stands.len() <= FEW { FEW } else { 1 };
    let later = |at: usize| stands.iter().skip(at + 1).take(reach);
    stands.iter().enumerate().flat_map(|(at, a)| later(at).map(move |b| (a.metres_to(b), a.at, b.at))).collect()
}

/// The pairs of two squares that lie near: all of a few, else the nearest.
fn between(here: &[Stand], there: &[Stand], metres: f64) -> Vec<Pair> {
    let pairs = here.iter().flat_map(|a| there.iter().map(move |b| (a.metres_to(b), a.at, b.at)));
    let near = pairs.filter(|(distance, ..)| *distance <= metres);
    if here.len().max(there.len()) <= FEW {
        near.collect()
    } else {
        near.min_by(|a, b| a.0.total_cmp(&b.0)).into_iter().collect()
    }
}

/// How far two lie from each other in metres, and who they are.
type Pair = (f64, usize, usize);

/// Where a report stands on the plane of its city.
#[derive(Debug, Clone, Copy)]
struct Stand {
    at: usize,
    east: f64,
    north: f64,
}

impl Stand {
    fn metres_to(&self, other: &Stand) -> f64 {
        (self.east - other.east).hypot(self.north - other.north)
    }
}

/// How far a group reaches.
#[derive(Debug, Clone, Copy)]
struct Reach {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

impl Reach {
    fn with(self, other: Reach) -> Reach {
        Reach {
            west: self.west.min(other.west),
            east: self.east.max(other.east),
            south: self.south.min(other.south),
            north: self.north.max(other.north),
        }
    }

    fn metres(self) -> f64 {
        (self.east - self.west).hypot(self.north - self.south)
    }
}

/// Union-find, with the reach of each group.
struct Groups {
    above: Vec<usize>,
    reach: Vec<Option<Reach>>,
}

impl Groups {
    fn of(count: usize) -> Groups {
        Groups { above: (0..count).collect(), reach: vec![None; count] }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(above) = self.above.get(at).copied().filter(|above| *above != at) {
            let next = self.above.get(above).copied().unwrap_or(above);
            if let Some(place) = self.above.get_mut(at) {
                *place = next;
            }
            at = next;
        }
        at
    }

    fn reach_of(&self, root: usize) -> Option<Reach> {
        self.reach.get(root).copied().flatten()
    }

    fn widen(&mut self, at: usize, stand: Stand) {
        let root = self.root(at);
        let own = Reach { west: stand.east, east: stand.east, south: stand.north, north: stand.north };
        let wider = self.reach_of(root).map_or(own, |reach| reach.with(own));
        if let Some(place) = self.reach.get_mut(root) {
            *place = Some(wider);
        }
    }

    /// Two groups become one, under the smaller root, so that the answer does not depend on the order of joining.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        let reach = match (self.reach_of(low), self.reach_of(high)) {
            (Some(one), Some(other)) => Some(one.with(other)),
            (one, other) => one.or(other),
        };
        if let Some(place) = self.above.get_mut(high) {
            *place = low;
        }
        if let Some(place) = self.reach.get_mut(low) {
            *place = reach;
        }
    }

    /// Joins when the group is not wider than allowed, or not wider than one of both has been already.
    fn join_if_narrow(&mut self, a: usize, b: usize, widest: f64) {
        let (a, b) = (self.root(a), self.root(b));
        if let (Some(one), Some(other)) = (self.reach_of(a), self.reach_of(b))
            && one.with(other).metres() <= widest.max(one.metres()).max(other.metres())
        {
            self.join(a, b);
        }
    }

    fn into_lists(mut self) -> Vec<Vec<usize>> {
        let mut lists: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..self.above.len() {
            lists.entry(self.root(at)).or_default().push(at);
        }
        let mut lists: Vec<Vec<usize>> = lists.into_values().filter(|list| list.len() > 1).collect();
        lists.sort_by_key(|list| (std::cmp::Reverse(list.len()), list.first().copied()));
        lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EAST: f64 = 114.05;
    const NORTH: f64 = 22.54;

    /// A point so many metres from the town hall.
    fn metres(east: f64, north: f64) -> Option<(f64, f64)> {
        let shrink = NORTH.to_radians().cos();
        Some((EAST + east / METRES_PER_DEGREE / shrink, NORTH + north / METRES_PER_DEGREE))
    }

    fn spot<'a>(kind: &'a str, component: &'a str, address: &'a str, point: Option<(f64, f64)>) -> Spot<'a> {
        Spot { kind, component, address, point }
    }

    #[test]
    fn what_is_one_place() {
        for (name, spots, joining, expected) in [
            ("nothing", vec![], 3.0, vec![]),
            (
                "one address in several forms",
                vec![spot("a", "", "望澜路 12 号", None), spot("a", "", " 望澜路　12 号", None)],
                3.0,
                vec![vec![0, 1]],
            ),
            ("two kinds", vec![spot("a", "", "望澜路", None), spot("b", "", "望澜路", None)], 3.0, vec![]),
            ("no words, no point", vec![spot("a", "", "", None), spot("a", "", " ", None)], 3.0, vec![]),
            (
                "zero and zero",
                vec![spot("a", "", "", Some((0.0, 0.0))), spot("a", "", "", Some((0.0, 0.0)))],
                3.0,
                vec![],
            ),
            (
                "a component before its address",
                vec![
                    spot("a", "D-17", "望澜路", None),
                    spot("a", "D-17", "别处", None),
                    spot("a", "D-18", "望澜路", None),
                ],
                3.0,
                vec![vec![0, 1]],
            ),
            (
                "two metres and four",
                vec![
                    spot("a", "", "", metres(0.0, 0.0)),
                    spot("a", "", "", metres(2.0, 0.0)),
                    spot("a", "", "", metres(6.5, 0.0)),
                ],
                3.0,
                vec![vec![0, 1]],
            ),
            (
                "no metres, no joining",
                vec![spot("a", "", "", metres(0.0, 0.0)), spot("a", "", "", metres(0.0, 0.0))],
                0.0,
                vec![],
            ),
            (
                "an address and a point beside it",
                vec![
                    spot("a", "", "望澜路", None),
                    spot("a", "", "望澜路", metres(0.0, 0.0)),
                    spot("a", "", "", metres(0.0, 1.0)),
                ],
                3.0,
                vec![vec![0, 1, 2]],
            ),
        ] {
            assert_eq!(place_clusters(&spots, joining), expected, "{name}");
        }
    }

    #[test]
    fn no_chain_down_a_street() {
        let spots: Vec<Spot<'_>> =
            (0..100).map(|house| spot("a", "", "", metres(f64::from(house) * 50.0, 0.0))).collect();
        let clusters = place_clusters(&spots, 60.0);
        assert!(clusters.len() >= 25, "{}", clusters.len());
        assert!(clusters.iter().all(|cluster| cluster.len() <= 4));
    }

    #[test]
    fn a_crowd_is_one_place() {
        let spots: Vec<Spot<'_>> =
            (0..5000).map(|at| spot("a", "", "", metres(f64::from(at % 71) * 0.5, f64::from(at / 71) * 0.5))).collect();
        assert_eq!(place_clusters(&spots, 60.0).first().map(Vec::len), Some(5000));
    }

    proptest! {
        #[test]
        fn no_group_is_too_wide_and_none_is_left_apart(
            places in prop::collection::vec((0.0f64..300.0, 0.0f64..300.0), 0..60), joining in 1.0f64..60.0,
        ) {
            let spots: Vec<Spot<'_>> = places.iter().map(|(east, north)| spot("a", "", "", metres(*east, *north))).collect();
            let mut group_of = vec![None; spots.len()];
            for (number, cluster) in place_clusters(&spots, joining).iter().enumerate() {
                for a in cluster {
                    group_of[*a] = Some(number);
                    for b in cluster {
                        let far = (places[*a].0 - places[*b].0).hypot(places[*a].1 - places[*b].1);
                        prop_assert!(far <= joining * WIDEST + 0.01);
                    }
                }
            }
            // Two alone that lie near each other would have been joined.
            for a in 0..spots.len() {
                for b in 0..a {
                    let far = (places[a].0 - places[b].0).hypot(places[a].1 - places[b].1);
                    prop_assert!(group_of[a].is_some() || group_of[b].is_some() || far > joining - 0.01);
                }
            }
        }

        #[test]
        fn the_same_address_is_one_group(addresses in prop::collection::vec("[甲乙丙丁]", 0..40)) {
            let spots: Vec<Spot<'_>> = addresses.iter().map(|address| spot("a", "", address, None)).collect();
            for cluster in place_clusters(&spots, 3.0) {
                let all: Vec<usize> = (0..spots.len()).filter(|at| addresses[*at] == addresses[cluster[0]]).collect();
                prop_assert_eq!(cluster, all);
            }
        }
    }
}
