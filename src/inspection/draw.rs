//! Double random (双随机): which enterprises are checked, and by whom, is drawn by lot from a seed. The same seed and the same lists
//! give the same draw on every machine, so that anybody can draw again and see that nobody chose.

use crate::kit::id::Id;
use sha2::{Digest, Sha256};

/// One lot: an enterprise and the two officers who go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lot {
    /// The enterprise.
    pub enterprise: Id,
    /// The officers.
    pub officers: [Id; 2],
}

/// Numbers drawn from a seed: SHA-256 of the seed, a stream's name and a counter.
struct Numbers<'a> {
    seed: &'a str,
    stream: &'static str,
    counter: u64,
}

impl Numbers<'_> {
    fn next(&mut self) -> u64 {
        let digest = Sha256::digest(format!("{} {} {}", self.seed, self.stream, self.counter));
        self.counter += 1;
        digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// A number below `most`, each as likely as every other.
    fn below(&mut self, most: usize) -> usize {
        let most = most.max(1) as u64;
        let fair = u64::MAX - u64::MAX % most;
        loop {
            let number = self.next();
            if number < fair {
                return usize::try_from(number % most).unwrap_or_default();
            }
        }
    }

    /// Fisher and Yates.
    fn shuffle(&mut self, all: &mut [Id]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

/// A list in the one order in which it is drawn from, each once.
pub fn listed(mut all: Vec<Id>) -> Vec<Id> {
    all.sort_unstable();
    all.dedup();
    all
}

/// Draws `count` of the enterprises, each at most once, and deals two different officers to each: nobody is dealt again before
/// everybody was dealt. Fewer than two officers draw nothing.
pub fn draw(seed: &str, enterprises: &[Id], count: usize, officers: &[Id]) -> Vec<Lot> {
    let (mut enterprises, officers) = (listed(enterprises.to_vec()), listed(officers.to_vec()));
    if officers.len() < 2 {
        return Vec::new();
    }
    Numbers { seed, stream: "enterprises", counter: 0 }.shuffle(&mut enterprises);
    let mut numbers = Numbers { seed, stream: "officers", counter: 0 };
    let mut deck: Vec<Id> = Vec::new();
    let mut deal = |other: Option<Id>| {
        if deck.is_empty() {
            deck.clone_from(&officers);
            numbers.shuffle(&mut deck);
        }
        // The first of a fresh deck may be the one who ended the last.
        let at = usize::from(other.is_some() && deck.first().copied() == other);
        deck.remove(at)
    };
    let lots = enterprises.into_iter().take(count).map(|enterprise| {
        let first = deal(None);
        Lot { enterprise, officers: [first, deal(Some(first))] }
    });
    lots.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn the_same_seed_draws_the_same_everywhere() {
        let enterprises: Vec<Id> = (1..=8).collect();
        let mut turned = enterprises.clone();
        turned.reverse();
        let lots = draw("2026-03-10 望澜", &enterprises, 3, &[11, 12, 13]);
        assert_eq!(lots, draw("2026-03-10 望澜", &turned, 3, &[13, 11, 12, 11]), "the order of the lists says nothing");
        assert_ne!(lots, draw("2026-03-11 望澜", &enterprises, 3, &[11, 12, 13]));
        assert_eq!(draw("x", &enterprises, 3, &[11]), []);
        assert_eq!(draw("x", &[], 3, &[11, 12]), []);
    }

    #[test]
    fn everybody_is_drawn_about_as_often() {
        let enterprises: Vec<Id> = (0..20).collect();
        let mut times: BTreeMap<Id, u32> = BTreeMap::new();
        for round in 0..2000 {
            for lot in draw(&format!("seed {round}"), &enterprises, 5, &[1, 2, 3]) {
                *times.entry(lot.enterprise).or_default() += 1;
            }
        }
        // 500 expected, a standard deviation of about 19.
        assert!(times.len() == 20 && times.values().all(|times| (400..600).contains(times)), "{times:?}");
    }

    proptest! {
        #[test]
        fn each_is_drawn_once_and_the_work_is_even(
            seed in ".{0,20}", enterprises in proptest::collection::vec(0i64..500, 0..60), count in 0usize..80,
            officers in proptest::collection::btree_set(1000i64..1020, 2..12)
        ) {
            let officers: Vec<Id> = officers.into_iter().collect();
            let lots = draw(&seed, &enterprises, count, &officers);
            let pool = listed(enterprises.clone());
            prop_assert_eq!(lots.len(), count.min(pool.len()));
            let drawn: BTreeSet<Id> = lots.iter().map(|lot| lot.enterprise).collect();
            prop_assert_eq!(drawn.len(), lots.len());
            prop_assert!(drawn.iter().all(|one| pool.contains(one)));
            let mut load: BTreeMap<Id, usize> = officers.iter().map(|one| (*one, 0)).collect();
            for lot in &lots {
                prop_assert!(lot.officers[0] != lot.officers[1]);
                for officer in lot.officers {
                    *load.get_mut(&officer).expect("of the pool") += 1;
                }
            }
            let (least, most) = (load.values().min().expect("some"), load.values().max().expect("some"));
            prop_assert!(most - least <= 1, "{:?}", load);
        }
    }
}
