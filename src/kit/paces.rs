//! How often somebody may do something, counted in memory that does not grow: however many ask, no more than [`MOST`] are
//! remembered of each kind of thing. Whoever has not come for the longest is forgotten first.

use super::clock::Moment;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// How many are remembered at most, in two halves: the newer half becomes the older one when it is full.
pub const MOST: usize = 100_000;
/// A minute, in milliseconds.
const MINUTE: i64 = 60_000;
/// The first wait of whoever guessed too often, in milliseconds; it doubles with every guess after that.
const FIRST_WAIT: i64 = 5_000;

/// What is remembered of many, the most lately seen of them.
#[derive(Debug)]
pub struct Lately<K, V> {
    newer: HashMap<K, V>,
    older: HashMap<K, V>,
    half: usize,
}

impl<K: Hash + Eq, V: Copy> Lately<K, V> {
    /// Remembers at most `most`.
    pub fn new(most: usize) -> Lately<K, V> {
        Lately { newer: HashMap::new(), older: HashMap::new(), half: (most / 2).max(1) }
    }

    /// What is remembered of somebody.
    pub fn get(&self, key: &K) -> Option<V> {
        self.newer.get(key).or_else(|| self.older.get(key)).copied()
    }

    /// Remembers it.
    pub fn put(&mut self, key: K, value: V) {
        if self.newer.len() >= self.half && !self.newer.contains_key(&key) {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, value);
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.newer.len() + self.older.len()
    }

    /// True when nobody is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How many whole seconds somebody has to wait, at least one.
fn seconds(wait: i64) -> i64 {
    (wait.max(1) + 999) / 1000
}

/// Uses of something that costs: so many within a minute, evenly or all at once.
#[derive(Debug)]
pub struct Uses<K>(Mutex<Lately<K, Moment>>);

impl<K: Hash + Eq> Default for Uses<K> {
    fn default() -> Uses<K> {
        Uses(Mutex::new(Lately::new(MOST)))
    }
}

impl<K: Hash + Eq> Uses<K> {
    /// Counts one use at `now`.
    ///
    /// # Errors
    /// After how many seconds the next may come, when there were `per_minute` already; 0 is any number.
    pub fn count(&self, key: K, per_minute: i64, now: Moment) -> Result<(), i64> {
        if per_minute <= 0 {
            return Ok(());
        }
        let each = (MINUTE / per_minute).max(1);
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The moment at which all that was used is made up for; a clock that was set back does not punish anybody.
        let made_up = lately.get(&key).filter(|at| at.0 <= now.0 + MINUTE).unwrap_or(now).max(now);
        let after = made_up.plus(each);
        let over = after.0 - now.0 - MINUTE;
        if over > 0 {
            return Err(seconds(over));
        }
        lately.put(key, after);
        Ok(())
    }
}

/// What an address or a browser has guessed wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Guessed {
    /// How many wrong guesses are not forgiven yet, in thousandths.
    level: i64,
    /// When that was so.
    at: Moment,
    /// Until when nothing more is listened to.
    until: Moment,
}

/// What may be guessed how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guessing {
    /// So many wrong ones before anybody has to wait.
    pub free: i64,
    /// After so many milliseconds one of them is forgiven.
    pub forgiven: i64,
    /// The longest wait, in milliseconds.
    pub longest: i64,
}

/// Guesses at something that somebody may know: passwords, codes. The waits grow, and none lasts for good.
#[derive(Debug)]
pub struct Guesses<K>(Mutex<Lately<K, Guessed>>);

impl<K: Hash + Eq> Default for Guesses<K> {
    fn default() -> Guesses<K> {
        Guesses(Mutex::new(Lately::new(MOST)))
    }
}

impl<K: Hash + Eq> Guesses<K> {
    /// Whether somebody is listened to at `now`.
    ///
    /// # Errors
    /// After how many seconds they are.
    pub fn may(&self, key: &K, rule: &Guessing, now: Moment) -> Result<(), i64> {
        let lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lately.get(key) {
            Some(guessed) if guessed.until > now && guessed.until.0 - now.0 <= rule.longest => {
                Err(seconds(guessed.until.0 - now.0))
            }
            _ => Ok(()),
        }
    }

    /// They guessed wrong.
    pub fn wrong(&self, key: K, rule: &Guessing, now: Moment) {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = lately.get(&key).unwrap_or(Guessed { level: 0, at: now, until: now });
        let forgiven = (now.0 - before.at.0).max(0).saturating_mul(1000) / rule.forgiven.max(1);
        // However long somebody goes on, after a quiet while they are where they began.
        let level = ((before.level - forgiven).max(0) + 1000).min((rule.free + 16) * 1000);
        let over = level / 1000 - rule.free;
        let wait = if over > 0 { FIRST_WAIT.saturating_mul(1 << (over - 1).min(20)).min(rule.longest) } else { 0 };
        lately.put(key, Guessed { level, at: now, until: now.plus(wait) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: Guessing = Guessing { free: 3, forgiven: 20_000, longest: 15 * MINUTE };

    fn at(milliseconds: i64) -> Moment {
        Moment(1_000_000_000 + milliseconds)
    }

    #[test]
    fn a_minute_has_its_number_of_uses_and_nobody_pays_for_another() {
        let uses = Uses::default();
        for _ in 0..6 {
            assert_eq!(uses.count("a", 6, at(0)), Ok(()));
        }
        assert_eq!(uses.count("a", 6, at(0)), Err(10));
        assert_eq!(uses.count("a", 6, at(9_000)), Err(1));
        assert_eq!(uses.count("b", 6, at(0)), Ok(()));
        assert_eq!(uses.count("a", 6, at(10_000)), Ok(()), "one is made up for");
        assert_eq!(uses.count("a", 6, at(10_000)), Err(10));
        for _ in 0..1000 {
            assert_eq!(uses.count("c", 0, at(0)), Ok(()), "without a limit");
        }
        assert_eq!(uses.count("a", 6, at(-900_000)), Ok(()), "the clock was set back");
    }

    #[test]
    fn waits_grow_and_end() {
        let guesses = Guesses::default();
        for _ in 0..3 {
            guesses.wrong("a", &RULE, at(0));
            assert_eq!(guesses.may(&"a", &RULE, at(0)), Ok(()));
        }
        let mut now = 0;
        for wait in [5, 10, 20] {
            guesses.wrong("a", &RULE, at(now));
            assert_eq!(guesses.may(&"a", &RULE, at(now)), Err(wait));
            assert_eq!(guesses.may(&"b", &RULE, at(now)), Ok(()), "others are listened to");
        }
        now += 20_000;
        assert_eq!(guesses.may(&"a", &RULE, at(now)), Ok(()), "the wait is over");
        for _ in 0..100 {
            guesses.wrong("a", &RULE, at(now));
        }
        assert_eq!(guesses.may(&"a", &RULE, at(now)), Err(15 * 60), "never longer than the longest");
        assert_eq!(guesses.may(&"a", &RULE, at(now + 15 * MINUTE)), Ok(()));
        // After a quiet hour a slip costs nothing.
        guesses.wrong("a", &RULE, at(now + 60 * MINUTE));
        assert_eq!(guesses.may(&"a", &RULE, at(now + 60 * MINUTE)), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_the_latest_stay() {
        let mut lately = Lately::new(100);
        for one in 0..10_000 {
            lately.put(one, one);
            assert!(lately.len() <= 100);
        }
        assert_eq!(lately.get(&9_999), Some(9_999));
        assert_eq!(lately.get(&0), None);
    }

    proptest! {
        #[test]
        fn nobody_uses_more_than_twice_the_number_in_any_minute(
            gaps in proptest::collection::vec(0_i64..5_000, 1..400), per_minute in 1_i64..100,
        ) {
            let uses = Uses::default();
            let (mut now, mut taken) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                if uses.count((), per_minute, at(now)).is_ok() {
                    taken.push(now);
                }
            }
            for from in &taken {
                let within = taken.iter().filter(|one| (*from..*from + MINUTE).contains(one)).count();
                prop_assert!(i64::try_from(within).unwrap_or(i64::MAX) <= 2 * per_minute + 1);
            }
        }

        #[test]
        fn nobody_waits_for_good(gaps in proptest::collection::vec(0_i64..100_000, 1..200)) {
            let guesses = Guesses::default();
            let mut now = 0;
            for gap in gaps {
                now += gap;
                guesses.wrong((), &RULE, at(now));
                prop_assert_eq!(guesses.may(&(), &RULE, at(now + RULE.longest)), Ok(()));
            }
        }
    }
}
