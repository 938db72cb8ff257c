//! How readers of the log look back: identifiers count moments, but what a transaction wrote becomes visible only when it ends,
//! so facts may appear a little out of order.

use crate::kit::db::Db;
use crate::kit::id::Id;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// So far a reader looks back now and then, for transactions that took long: ten seconds, as identifiers count.
pub const FAR_BACK: i64 = 10_000 << 21;
/// So far whoever puts facts in order looks back every few minutes: an hour, as identifiers count. No transaction lasts longer, and no
/// clock of another machine may be further behind.
pub const LATE: i64 = 3_600_000 << 21;
/// So far it looks back every time where many write at once: a twentieth of a second, as identifiers count.
const BACK: i64 = 50 << 21;
/// And where one writes after the other, and numbers what it writes while it is its turn: two milliseconds, in which another program on
/// the same file may have numbered lower.
const BACK_ALONE: i64 = 2 << 21;
/// How often it looks far back where many write at once. Looking far back every time would read each fact a hundred times on a busy day.
const FAR_EVERY: Duration = Duration::from_secs(5);
/// And where one writes after the other: nothing is expected there.
const FAR_EVERY_ALONE: Duration = Duration::from_secs(300);
/// How often it is written down how far a reader has come: after a crash it reads again what it read since, which changes nothing.
const KEEP_EVERY: Duration = Duration::from_secs(5);

/// How far a reader has come.
#[derive(Debug, Default)]
pub struct Reader {
    /// Up to where it has read; none before it has asked where it stopped.
    pub read: Option<Id>,
    /// The facts behind that which need no second look.
    pub worked: BTreeSet<Id>,
    /// What was written down last of how far it has come, and when.
    kept: Option<(Id, Instant)>,
}

impl Reader {
    /// Forgets the facts that no later reading can meet.
    pub fn forget(&mut self, read: Id) {
        self.worked = self.worked.split_off(&(read - FAR_BACK));
    }

    /// Up to where it has read, when that is to be written down now: it has gone on, and nothing was written down a moment ago.
    pub fn to_keep(&self, now: Instant) -> Option<Id> {
        let is_due = |read: Id| self.kept.is_none_or(|(id, at)| read > id && now.duration_since(at) >= KEEP_EVERY);
        self.read.filter(|read| is_due(*read))
    }

    /// It has been written down how far it has come.
    pub fn kept(&mut self, now: Instant) {
        self.kept = self.read.map(|read| (read, now));
    }
}

/// When a reader looked far back last, and how its database is written.
#[derive(Debug)]
pub struct LookBack {
    far_at: Option<Instant>,
    back: i64,
    far_every: Duration,
}

impl LookBack {
    /// Of a reader of this database.
    pub fn at(db: &Db) -> LookBack {
        LookBack::new(db.is_postgres())
    }

    fn new(is_written_at_once: bool) -> LookBack {
        let (back, far_every) = if is_written_at_once { (BACK, FAR_EVERY) } else { (BACK_ALONE, FAR_EVERY_ALONE) };
        LookBack { far_at: None, back, far_every }
    }

    /// How far a reading that begins now looks back, as identifiers count.
    pub fn reach(&self, now: Instant) -> i64 {
        if self.far_at.is_none_or(|at| now.duration_since(at) >= self.far_every) { FAR_BACK } else { self.back }
    }

    /// A reading that began then and looked so far back has succeeded.
    pub fn done(&mut self, began: Instant, reach: i64) {
        if reach == FAR_BACK {
            self.far_at = Some(began);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_has_come_is_written_down_now_and_then() {
        let (mut reader, began) = (Reader::default(), Instant::now());
        let after = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(reader.to_keep(began), None, "it has read nothing");
        reader.read = Some(7);
        assert_eq!(reader.to_keep(began), Some(7), "at first at once");
        reader.kept(began);
        assert_eq!(reader.to_keep(after(60)), None, "it stands where it stood");
        reader.read = Some(9);
        assert_eq!((reader.to_keep(after(4)), reader.to_keep(after(5))), (None, Some(9)));
    }

    #[test]
    fn it_looks_far_back_at_first_and_now_and_then() {
        for (is_written_at_once, back, every) in [(true, BACK, 5), (false, BACK_ALONE, 300)] {
            let (mut look, began) = (LookBack::new(is_written_at_once), Instant::now());
            assert_eq!(look.reach(began), FAR_BACK);
            // A reading that failed is done again.
            assert_eq!(look.reach(began), FAR_BACK);
            look.done(began, FAR_BACK);
            for (seconds, expected) in
                [(0, back), (every - 1, back), (every, FAR_BACK), (2 * every - 1, back), (2 * every, FAR_BACK)]
            {
                let now = began + Duration::from_secs(seconds);
                let reach = look.reach(now);
                assert_eq!(reach, expected, "after {seconds} s");
                look.done(now, reach);
            }
        }
    }
}
