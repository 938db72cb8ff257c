//! How readers of the log look back: identifiers count moments, but what a transaction wrote becomes visible only when it ends,
//! so facts may appear a little out of order.

use crate::kit::id::Id;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// So far a reader looks back now and then, for transactions that took long: ten seconds, as identifiers count.
pub const FAR_BACK: i64 = 10_000 << 21;
/// So far whoever puts facts in order looks back every few minutes: an hour, as identifiers count. No transaction lasts longer, and no
/// clock of another machine may be further behind.
pub const LATE: i64 = 3_600_000 << 21;
/// So far it looks back every time: a twentieth of a second, as identifiers count.
const BACK: i64 = 50 << 21;
/// How often it looks far back. Looking far back every time would read each fact a hundred times on a busy day.
const FAR_EVERY: Duration = Duration::from_secs(5);

/// How far a reader has come.
#[derive(Debug, Default)]
pub struct Reader {
    /// Up to where it has read; none before it has asked where it stopped.
    pub read: Option<Id>,
    /// The facts behind that which need no second look.
    pub worked: BTreeSet<Id>,
}

impl Reader {
    /// Forgets the facts that no later reading can meet.
    pub fn forget(&mut self, read: Id) {
        self.worked = self.worked.split_off(&(read - FAR_BACK));
    }
}

/// When a reader looked far back last.
#[derive(Debug, Default)]
pub struct LookBack(Option<Instant>);

impl LookBack {
    /// How far a reading that begins now looks back, as identifiers count.
    pub fn reach(&self, now: Instant) -> i64 {
        if self.0.is_none_or(|at| now.duration_since(at) >= FAR_EVERY) { FAR_BACK } else { BACK }
    }

    /// A reading that began then and looked so far back has succeeded.
    pub fn done(&mut self, began: Instant, reach: i64) {
        if reach == FAR_BACK {
            self.0 = Some(began);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_far_back_at_first_and_every_five_seconds() {
        let (mut look, began) = (LookBack::default(), Instant::now());
        assert_eq!(look.reach(began), FAR_BACK);
        // A reading that failed is done again.
        assert_eq!(look.reach(began), FAR_BACK);
        look.done(began, FAR_BACK);
        for (seconds, expected) in [(0, BACK), (4, BACK), (5, FAR_BACK), (9, BACK), (10, FAR_BACK)] {
            let now = began + Duration::from_secs(seconds);
            let reach = look.reach(now);
            assert_eq!(reach, expected, "after {seconds} s");
            look.done(now, reach);
        }
    }
}
