//! Average linkage: groups are joined, the most alike first, as long as the mean likeness of all their pairs reaches a cut, so
//! that no chain of neighbours swallows the next subject. The mean is exact, because the likeness of two groups is that of the
//! sums of their lists.

use super::neighbours::Edge;
use super::weights::{Weights, dot, keep_heaviest, scale, sum};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Lists that belong together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Group {
    /// Their positions, rising.
    pub(super) members: Vec<u32>,
    /// How many messages they are.
    pub(super) count: f32,
    /// The sum of their lists, each as often as there are messages.
    pub(super) sum: Weights,
}

impl Group {
    /// The group of one list that so many messages have.
    #[expect(clippy::cast_precision_loss, reason = "a group has far fewer than 2^24 messages")]
    pub(super) fn of(member: u32, list: &[(u32, f32)], count: u32) -> Group {
        let count = count as f32;
        let mut sum = list.to_vec();
        scale(&mut sum, count);
        Group { members: vec![member], count, sum }
    }

    /// The mean likeness of all pairs of the two.
    pub(super) fn likeness(&self, other: &Group) -> f32 {
        dot(&self.sum, &other.sum) / (self.count * other.count).max(1.0)
    }

    /// Both as one; of the sum the heaviest `most` are kept.
    pub(super) fn with(self, other: Group, most: usize) -> Group {
        let (mut members, more) = if self.members.len() >= other.members.len() {
            (self.members, other.members)
        } else {
            (other.members, self.members)
        };
        members.extend(more);
        let mut sum = sum(&self.sum, &other.sum);
        keep_heaviest(&mut sum, most);
        sum.shrink_to_fit();
        Group { members, count: self.count + other.count, sum }
    }
}

/// A pair of groups that waits to be joined: the most alike first, then the first ones.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Waiting {
    likeness: f32,
    a: u32,
    b: u32,
}

impl Eq for Waiting {}

impl Ord for Waiting {
    fn cmp(&self, other: &Waiting) -> Ordering {
        self.likeness.total_cmp(&other.likeness).then((other.a, other.b).cmp(&(self.a, self.b)))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Waiting) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How groups are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Linkage {
    /// The mean likeness below which two are not joined.
    pub(super) cut: f32,
    /// So many of the heaviest numbers of a group are kept.
    pub(super) most: usize,
    /// Two are joined when they are at least so nearly as alike as the next pair that waits; 1: always the most alike first.
    pub(super) haste: f32,
}

/// Joins groups along edges between them, until no mean likeness reaches the cut. A pair waits with the likeness that it had
/// when it was last looked at; when its turn comes it is looked at again, and waits once more if it has become less alike.
/// Answers the groups with their members, which are those of the groups that were joined.
pub(super) fn linked(groups: Vec<Group>, edges: &[Edge], linkage: &Linkage) -> Vec<Group> {
    let mut roots = Roots((0..u32::try_from(groups.len()).unwrap_or(u32::MAX)).collect());
    let mut groups: Vec<Option<Group>> = groups.into_iter().map(Some).collect();
    let waiting = edges.iter().map(|edge| Waiting { likeness: edge.likeness, a: edge.a, b: edge.b });
    let mut waiting: BinaryHeap<Waiting> = waiting.filter(|pair| pair.likeness >= linkage.cut).collect();
    while let Some(pair) = waiting.pop() {
        let (a, b) = (roots.root(pair.a), roots.root(pair.b));
        let (a, b) = (a.min(b), a.max(b));
        let (Some(Some(one)), Some(Some(other))) = (groups.get(a as usize), groups.get(b as usize)) else { continue };
        if a == b {
            continue;
        }
        let likeness = one.likeness(other);
        if likeness < linkage.cut {
            continue;
        }
        if waiting.peek().is_some_and(|next| next.likeness * linkage.haste > likeness) {
            waiting.push(Waiting { likeness, a, b });
            continue;
        }
        if let (Some(one), Some(other)) = (take(&mut groups, a), take(&mut groups, b))
            && let Some(place) = groups.get_mut(a as usize)
        {
            *place = Some(one.with(other, linkage.most));
            roots.join(a, b);
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().flatten().collect();
    for group in &mut groups {
        group.members.sort_unstable();
    }
    groups
}

pub(super) fn take(groups: &mut [Option<Group>], at: u32) -> Option<Group> {
    groups.get_mut(at as usize).and_then(Option::take)
}

/// Union-find.
struct Roots(Vec<u32>);

impl Roots {
    fn root(&mut self, mut at: u32) -> u32 {
        while let Some(above) = self.0.get(at as usize).copied().filter(|above| *above != at) {
            let next = self.0.get(above as usize).copied().unwrap_or(above);
            if let Some(place) = self.0.get_mut(at as usize) {
                *place = next;
            }
            at = next;
        }
        at
    }

    /// The smaller of the two becomes the root of both.
    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(place) = self.0.get_mut(a.max(b) as usize) {
            *place = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::neighbours::all_edges;
    use super::*;
    use proptest::prelude::*;

    fn exact(cut: f32) -> Linkage {
        Linkage { cut, most: usize::MAX, haste: 1.0 }
    }

    fn groups(lists: &[Weights]) -> Vec<Group> {
        (0u32..).zip(lists).map(|(at, list)| Group::of(at, list, 1)).collect()
    }

    fn members(lists: &[Weights], cut: f32) -> Vec<Vec<u32>> {
        let linked = linked(groups(lists), &all_edges(lists, cut), &exact(cut));
        linked.into_iter().map(|group| group.members).collect()
    }

    #[test]
    fn no_chain_is_one_group() {
        // Each is like the next one, and like no other.
        let chain: Vec<Weights> = (0u32..6).map(|at| vec![(at, 0.7), (at + 1, 0.7)]).collect();
        assert_eq!(members(&chain, 0.3), [vec![0, 1], vec![2, 3], vec![4, 5]]);
        let alike: Vec<Weights> = (0u32..6).map(|at| vec![(0, 0.8), (at + 1, 0.6)]).collect();
        assert_eq!(members(&alike, 0.3), [vec![0, 1, 2, 3, 4, 5]]);
        assert_eq!(members(&alike, 0.7).len(), 6);
    }

    proptest! {
        #[test]
        fn every_list_is_in_one_group(
            maps in prop::collection::vec(prop::collection::btree_map(0u32..12, 0.1f32..0.5, 0..5), 0..25), cut in 0.01f32..0.9,
        ) {
            let lists: Vec<Weights> = maps.into_iter().map(|map| map.into_iter().collect()).collect();
            let linked = linked(groups(&lists), &all_edges(&lists, cut), &exact(cut));
            let mut all: Vec<u32> = linked.iter().flat_map(|group| group.members.clone()).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..lists.len() as u32).collect::<Vec<_>>());
            for group in &linked {
                prop_assert!((group.count - group.members.len() as f32).abs() < 1e-6);
            }
        }
    }
}
