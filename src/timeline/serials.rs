//! Numbers by the block: where several programs open cases, a count that is moved with each of them would be one row that all of
//! them wait for. So a program takes a few numbers at a time and hands them out of its memory: one on a quiet day, up to [`MOST`]
//! when they go fast. What it has not handed out when it ends is never given: a count may have gaps, and no number comes twice.

use super::store;
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// The most numbers that are taken beyond those that are asked for.
pub const MOST: i64 = 64;
/// A block that was used up within so many milliseconds was too small: the next is twice as large.
const QUICK: i64 = 10_000;
/// One that lasted longer than this was taken on a quiet day: the next is a single number.
const QUIET: i64 = 60_000;
/// So many counts are kept in mind; those of days that are over go first.
const COUNTS: usize = 16;

/// What is left of one count.
#[derive(Debug, Default)]
struct Stock {
    left: BTreeSet<i64>,
    /// How large the last block was, and when it was taken.
    taken: Option<(i64, Moment)>,
}

/// How large the next block is, after one of such a size that lasted so many milliseconds.
fn size(last: Option<(i64, Moment)>, now: Moment) -> i64 {
    match last {
        Some((size, at)) if now.0 - at.0 <= QUICK => (size * 2).clamp(1, MOST),
        Some((size, at)) if now.0 - at.0 <= QUIET => size.clamp(1, MOST),
        _ => 1,
    }
}

/// The numbers that this program has taken and not handed out yet.
#[derive(Debug, Default)]
pub struct Serials(Mutex<HashMap<String, Stock>>);

impl Serials {
    /// Numbers of a count, the lowest first, for so many uses. They are this program's alone: what is not used goes back by
    /// [`Serials::give_back`], or is lost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&self, db: &Db, name: &str, count: usize, now: Moment) -> Result<Vec<i64>, DbError> {
        let wanted = i64::try_from(count).unwrap_or(i64::MAX);
        let (mut numbers, more) = self.hand_out(name, wanted, now);
        if more > 0 {
            let (count, size) = (wanted - i64::try_from(numbers.len()).unwrap_or(0), more);
            let held = name.to_owned();
            let last = db.write(move |tx| async move { store::take_serials(&tx, &held, size).await }).await?;
            let first = last - size + 1;
            numbers.extend(first..first + count);
            self.put(name, first + count..=last);
        }
        Ok(numbers)
    }

    /// What there is of the wanted numbers, and how many must be taken so that there are enough.
    fn hand_out(&self, name: &str, wanted: i64, now: Moment) -> (Vec<i64>, i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= COUNTS && !all.contains_key(name) {
            all.clear();
        }
        let stock = all.entry(name.to_owned()).or_default();
        let mut numbers = Vec::new();
        while i64::try_from(numbers.len()).is_ok_and(|have| have < wanted) {
            let Some(number) = stock.left.pop_first() else { break };
            numbers.push(number);
        }
        let missing = wanted - i64::try_from(numbers.len()).unwrap_or(i64::MAX);
        if missing <= 0 {
            return (numbers, 0);
        }
        let size = size(stock.taken, now);
        stock.taken = Some((size, now));
        (numbers, missing.max(size))
    }

    fn put(&self, name: &str, numbers: impl IntoIterator<Item = i64>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(name.to_owned()).or_default().left.extend(numbers);
    }

    /// Numbers that were taken and certainly not used: the next to ask gets them.
    pub fn give_back(&self, name: &str, numbers: impl IntoIterator<Item = i64>) {
        self.put(name, numbers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(milliseconds: i64) -> Moment {
        Moment(1_000_000_000 + milliseconds)
    }

    /// What a database would give: blocks one after the other.
    fn takes(serials: &Serials, last: &mut i64, wanted: i64, now: Moment) -> Vec<i64> {
        let (mut numbers, more) = serials.hand_out("case", wanted, now);
        if more > 0 {
            let first = *last + 1;
            *last += more;
            let count = wanted - i64::try_from(numbers.len()).expect("few");
            numbers.extend(first..first + count);
            serials.give_back("case", first + count..=*last);
        }
        numbers
    }

    #[test]
    fn blocks_grow_with_haste_and_shrink_with_quiet() {
        assert_eq!(size(None, at(0)), 1);
        assert_eq!(size(Some((1, at(0))), at(3_600_000)), 1, "one an hour: one at a time");
        assert_eq!(size(Some((8, at(0))), at(1_000)), 16);
        assert_eq!(size(Some((MOST, at(0))), at(1_000)), MOST);
        assert_eq!(size(Some((8, at(0))), at(30_000)), 8);
        assert_eq!(size(Some((8, at(0))), at(120_000)), 1);
    }

    #[test]
    fn a_quiet_day_is_numbered_without_gaps_and_loses_none() {
        let (serials, mut last) = (Serials::default(), 0);
        for hour in 0..24 {
            assert_eq!(takes(&serials, &mut last, 1, at(hour * 3_600_000)), [hour + 1]);
        }
        assert_eq!(last, 24, "nothing lies about");
    }

    proptest! {
        #[test]
        fn no_number_comes_twice_and_each_in_its_turn(asked in proptest::collection::vec((1_i64..80, 0_i64..20_000), 1..60)) {
            // Two programs on one count: each has its own numbers, and each hands them out in order.
            let (programs, mut last, mut now) = ([Serials::default(), Serials::default()], 0, 0);
            let (mut seen, mut before) = (BTreeSet::new(), [0, 0]);
            for (at_turn, (wanted, gap)) in asked.into_iter().enumerate() {
                now += gap;
                let who = at_turn % 2;
                let numbers = takes(&programs[who], &mut last, wanted, at(now));
                prop_assert_eq!(i64::try_from(numbers.len()).unwrap_or(0), wanted);
                for number in numbers {
                    prop_assert!(number > before[who]);
                    before[who] = number;
                    prop_assert!(seen.insert(number));
                }
            }
            // What lies about is never more than a block each.
            prop_assert!(last - i64::try_from(seen.len()).unwrap_or(0) <= 2 * MOST);
        }
    }
}
