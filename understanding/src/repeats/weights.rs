//! Lists of numbers with weights, by rising number: what texts and groups are compared by.

use std::cmp::Ordering;

/// What is said and what it weighs, by rising number, each number once.
pub(super) type Weights = Vec<(u32, f32)>;

/// The sum of two lists.
pub(super) fn sum(a: &[(u32, f32)], b: &[(u32, f32)]) -> Weights {
    let mut all = Weights::with_capacity(a.len() + b.len());
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => match one.0.cmp(&other.0) {
                Ordering::Less => all.extend(left.next().copied()),
                Ordering::Greater => all.extend(right.next().copied()),
                Ordering::Equal => {
                    all.push((one.0, one.1 + other.1));
                    left.next();
                    right.next();
                }
            },
            (Some(_), None) => all.extend(left.by_ref().copied()),
            (None, Some(_)) => all.extend(right.by_ref().copied()),
            (None, None) => return all,
        }
    }
}

/// The product of two lists; the shorter one leads when the other is much longer.
pub(super) fn dot(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() * 16 < long.len() {
        let found = |number: &u32| long.binary_search_by_key(number, |(other, _)| *other).ok();
        let weight = |number: &u32| found(number).and_then(|at| long.get(at)).map_or(0.0, |(_, weight)| *weight);
        return short.iter().map(|(number, own)| own * weight(number)).sum();
    }
    let (mut left, mut right) = (short.iter(), long.iter());
    let (mut one, mut other) = (left.next(), right.next());
    let mut total = 0.0;
    while let (Some(a), Some(b)) = (one, other) {
        match a.0.cmp(&b.0) {
            Ordering::Less => one = left.next(),
            Ordering::Greater => other = right.next(),
            Ordering::Equal => {
                total += a.1 * b.1;
                one = left.next();
                other = right.next();
            }
        }
    }
    total
}

/// Keeps the heaviest.
pub(super) fn keep_heaviest(list: &mut Weights, most: usize) {
    if list.len() > most {
        list.select_nth_unstable_by(most, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.truncate(most);
        list.sort_unstable_by_key(|(number, _)| *number);
    }
}

/// Every weight times a factor.
pub(super) fn scale(list: &mut Weights, factor: f32) {
    for (_, weight) in list {
        *weight *= factor;
    }
}

/// Cuts a list into parts, one for each thread, works on all of them at once, and answers in the list's order.
pub(super) fn for_each_part<T: Sync, R: Send>(list: &[T], threads: usize, work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = threads.clamp(1, 64);
    let size = list.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = list.chunks(size).map(|part| (part, scope.spawn(move || work(part)))).collect();
        // A thread that fails has already said why: its part is done again here.
        parts.into_iter().map(|(part, thread)| thread.join().unwrap_or_else(|_| work(part))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn list(map: &BTreeMap<u32, f32>) -> Weights {
        map.iter().map(|(number, weight)| (*number, *weight)).collect()
    }

    proptest! {
        #[test]
        fn sums_and_products(
            a in prop::collection::btree_map(0u32..90, 0.1f32..1.0, 0..60),
            b in prop::collection::btree_map(0u32..90, 0.1f32..1.0, 0..60),
        ) {
            let plain: f32 = a.iter().filter_map(|(number, weight)| Some(weight * b.get(number)?)).sum();
            prop_assert!((dot(&list(&a), &list(&b)) - plain).abs() < 1e-3);
            let both = sum(&list(&a), &list(&b));
            prop_assert!(both.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let expected = |number| a.get(number).unwrap_or(&0.0) + b.get(number).unwrap_or(&0.0);
            prop_assert!(both.iter().all(|(number, weight)| (expected(number) - weight).abs() < 1e-6));
        }

        #[test]
        fn the_heaviest_are_kept(a in prop::collection::btree_map(0u32..90, 0.1f32..1.0, 0..60), most in 0usize..70) {
            let mut kept = list(&a);
            keep_heaviest(&mut kept, most);
            prop_assert_eq!(kept.len(), a.len().min(most));
            prop_assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let least = kept.iter().map(|(_, weight)| *weight).fold(f32::MAX, f32::min);
            let heavier = a.values().filter(|weight| **weight > least).count();
            prop_assert!(heavier < most.max(1));
        }

        #[test]
        fn parts_come_back_in_order(list in prop::collection::vec(0u32..100, 0..50), threads in 0usize..9) {
            let parts = for_each_part(&list, threads, <[u32]>::to_vec);
            prop_assert_eq!(parts.concat(), list);
        }
    }
}
