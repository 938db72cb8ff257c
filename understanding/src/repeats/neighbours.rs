//! Who is near whom: the lists that share heavy numbers, compared one by one. Looks are bounded, so that a million lists take
//! a million times as long as one, not more.

use super::settings::Settings;
use super::weights::{Weights, dot, for_each_part};

/// Two lists and their likeness; `a` is the smaller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) likeness: f32,
}

/// The lists that have each number.
pub(super) struct Postings {
    starts: Vec<u32>,
    lists: Vec<u32>,
}

impl Postings {
    /// `list` answers the numbers of one of `count` lists; each is below `numbers`.
    pub(super) fn of<I: Iterator<Item = u32>>(numbers: usize, count: u32, list: impl Fn(u32) -> I) -> Postings {
        let mut starts = vec![0u32; numbers + 2];
        for number in (0..count).flat_map(&list) {
            if let Some(count) = starts.get_mut(number as usize + 2) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut lists = vec![0; total as usize];
        for at in 0..count {
            for number in list(at) {
                let Some(place) = starts.get_mut(number as usize + 1) else { continue };
                if let Some(entry) = lists.get_mut(*place as usize) {
                    *entry = at;
                }
                *place += 1;
            }
        }
        Postings { starts, lists }
    }

    /// The lists that have a number, rising.
    pub(super) fn of_number(&self, number: u32) -> &[u32] {
        let bound = |at: usize| self.starts.get(at).copied().unwrap_or_default() as usize;
        self.lists.get(bound(number as usize)..bound(number as usize + 1)).unwrap_or_default()
    }

    /// Of the lists that have a number, at most `reach` that stand nearest to one.
    fn around(&self, number: u32, list: u32, reach: usize) -> &[u32] {
        let all = self.of_number(number);
        if all.len() <= reach {
            return all;
        }
        let own = all.partition_point(|other| *other < list);
        let from = own.saturating_sub(reach / 2).min(all.len() - reach);
        all.get(from..from + reach).unwrap_or_default()
    }
}

/// The pairs of lists of one kind whose product reaches the cut, among the nearest of each, in their order.
pub(super) fn edges(lists: &[Weights], kinds: &[u32], numbers: usize, cut: f32, settings: &Settings) -> Vec<Edge> {
    let count = u32::try_from(lists.len()).unwrap_or(u32::MAX);
    let of = |at: u32| lists.get(at as usize).map(Vec::as_slice).unwrap_or_default();
    let postings = Postings::of(numbers, count, |at| of(at).iter().map(|(number, _)| *number));
    let all: Vec<u32> = (0..count).collect();
    let parts = for_each_part(&all, settings.threads, |part| {
        let mut near = Near { shared: vec![0.0; all.len()], touched: Vec::new(), heavy: Vec::new() };
        part.iter().flat_map(|at| near.of(*at, lists, kinds, &postings, cut, settings)).collect::<Vec<_>>()
    });
    let mut edges = parts.concat();
    edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
    edges.dedup_by_key(|edge| (edge.a, edge.b));
    edges
}

/// All pairs of a few lists whose product reaches the cut.
pub(super) fn all_edges(lists: &[Weights], cut: f32) -> Vec<Edge> {
    let numbered = || (0u32..).zip(lists);
    numbered()
        .flat_map(|(a, one)| {
            numbered().skip(a as usize + 1).map(move |(b, other)| Edge { a, b, likeness: dot(one, other) })
        })
        .filter(|edge| edge.likeness >= cut)
        .collect()
}

/// Room for looking at neighbours.
struct Near {
    shared: Vec<f32>,
    touched: Vec<u32>,
    heavy: Weights,
}

impl Near {
    /// A list's nearest, by its heaviest numbers first and then by all.
    fn of(
        &mut self,
        at: u32,
        lists: &[Weights],
        kinds: &[u32],
        postings: &Postings,
        cut: f32,
        settings: &Settings,
    ) -> Vec<Edge> {
        let of = |at: u32| lists.get(at as usize).map(Vec::as_slice).unwrap_or_default();
        let own_kind = kinds.get(at as usize);
        self.heavy.clear();
        self.heavy.extend_from_slice(of(at));
        self.heavy.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut looks = 0;
        for (number, weight) in &self.heavy {
            let others = postings.around(*number, at, settings.reach);
            if looks + others.len() > settings.looks {
                continue;
            }
            looks += others.len();
            for other in others.iter().filter(|other| **other != at && kinds.get(**other as usize) == own_kind) {
                if let Some(shared) = self.shared.get_mut(*other as usize) {
                    if *shared == 0.0 {
                        self.touched.push(*other);
                    }
                    *shared += weight;
                }
            }
        }
        let shared = &self.shared;
        let heavier = |a: &u32, b: &u32| {
            let of = |other: &u32| shared.get(*other as usize).copied().unwrap_or_default();
            of(b).total_cmp(&of(a)).then(a.cmp(b))
        };
        if self.touched.len() > settings.neighbours && settings.neighbours > 0 {
            self.touched.select_nth_unstable_by(settings.neighbours - 1, heavier);
        }
        let edge = |other: &u32| Edge { a: at.min(*other), b: at.max(*other), likeness: dot(of(at), of(*other)) };
        let nearest = self.touched.iter().take(settings.neighbours);
        let edges = nearest.map(edge).filter(|edge| edge.likeness >= cut).collect();
        for other in self.touched.drain(..) {
            if let Some(shared) = self.shared.get_mut(other as usize) {
                *shared = 0.0;
            }
        }
        edges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn who_has_a_number() {
        let lists = [vec![1, 3], vec![], vec![3], vec![3, 4], vec![3]];
        let postings = Postings::of(8, 5, |at| lists[at as usize].iter().copied());
        assert_eq!((postings.of_number(3), postings.of_number(1)), (&[0, 2, 3, 4][..], &[0][..]));
        assert_eq!((postings.of_number(0), postings.of_number(7), postings.of_number(99)), (&[][..], &[][..], &[][..]));
        assert_eq!(postings.around(3, 0, 2), [0, 2]);
        assert_eq!(postings.around(3, 3, 2), [2, 3]);
        assert_eq!(postings.around(3, 4, 2), [3, 4]);
    }

    proptest! {
        #[test]
        fn with_room_enough_every_near_pair_is_found(
            maps in prop::collection::vec(prop::collection::btree_map(0u32..30, 0.1f32..1.0, 0..6), 0..25),
        ) {
            let lists: Vec<Weights> = maps.into_iter().map(|map| map.into_iter().collect()).collect();
            let kinds: Vec<u32> = (0..lists.len() as u32).map(|at| at % 2).collect();
            let settings = Settings { neighbours: 100, looks: 10_000, reach: 100, ..Settings::default() };
            let mut expected = all_edges(&lists, 0.2);
            expected.retain(|edge| edge.a % 2 == edge.b % 2);
            let found = edges(&lists, &kinds, 64, 0.2, &settings);
            prop_assert_eq!(found.iter().map(|edge| (edge.a, edge.b)).collect::<Vec<_>>(),
                expected.iter().map(|edge| (edge.a, edge.b)).collect::<Vec<_>>());
        }
    }
}
