//! How readers of the log look back: identifiers count moments, but what a transaction wrote becomes visible only when it ends,
//! so facts may appear a little out of order.

use crate::app::App;
use crate::kit::db::Db;
use crate::kit::id::Id;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// So far a reader looks back now and then, for transactions that took long: ten seconds, as identifiers count.
pub const FAR_BACK: i64 = 10_000 << 21;
/// So far whoever puts facts in order looks back every few minutes: an hour, as identifiers count. No transaction lasts longer, and no
/// clock of another machine may be further behind.
pub const LATE: i64 = 3_600_000 << 21;
/// What appears no later than this is met by every reader's own looking back; of what is later whoever puts facts in order tells the
/// readers. Two seconds, as identifiers count.
pub const SURE: i64 = 2_000 << 21;
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

/// When a reader looked far back last, how its database is written, and what it was told of facts that came late.
#[derive(Debug)]
pub struct LookBack {
    far_at: Option<Instant>,
    back: i64,
    far_every: Duration,
    /// Where it is told of facts that its own looking back does not meet.
    late: Option<Receiver<Id>>,
    /// The first of these that it has not read since.
    missed: Option<Id>,
}

impl LookBack {
    /// Of a reader of this database that nobody tells of what came late.
    pub fn at(db: &Db) -> LookBack {
        LookBack::new(db.is_postgres(), None)
    }

    /// Of a reader of the log, which is told of what came late from now on.
    pub fn of_facts(app: &App) -> LookBack {
        LookBack::new(app.db.is_postgres(), Some(app.feed.late()))
    }

    /// It begins an hour back: a program that ended may have been told of a late fact and not have read it. For readers to whom a fact
    /// of an hour ago is no news.
    pub fn from_an_hour_back(self) -> LookBack {
        LookBack { missed: Some(0), ..self }
    }

    fn new(is_written_at_once: bool, late: Option<Receiver<Id>>) -> LookBack {
        let (back, far_every) = if is_written_at_once { (BACK, FAR_EVERY) } else { (BACK_ALONE, FAR_EVERY_ALONE) };
        LookBack { far_at: None, back, far_every, late, missed: None }
    }

    /// How far a reading that begins now looks back, as identifiers count; `read` is up to where it has read, if it knows.
    pub fn reach(&mut self, now: Instant, read: Option<Id>) -> i64 {
        while let Some(late) = self.late.as_mut() {
            self.missed = match late.try_recv() {
                Ok(id) => Some(self.missed.map_or(id, |missed| missed.min(id))),
                // More came late than it could be told of.
                Err(TryRecvError::Lagged(_)) => Some(0),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
        }
        let is_far = self.far_at.is_none_or(|at| now.duration_since(at) >= self.far_every);
        let usual = if is_far { FAR_BACK } else { self.back };
        self.missed.map_or(usual, |missed| read.map_or(LATE, |read| read - missed + 1).clamp(usual, LATE))
    }

    /// A reading that began then and looked so far back has succeeded.
    pub fn done(&mut self, began: Instant, reach: i64) {
        self.missed = None;
        if reach >= FAR_BACK {
            self.far_at = Some(began);
        }
    }

    /// It reads from another place than it thought: it looks far back once more, and whatever it was told stays.
    pub fn again(&mut self) {
        self.far_at = None;
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
            let (mut look, began) = (LookBack::new(is_written_at_once, None), Instant::now());
            assert_eq!(look.reach(began, None), FAR_BACK);
            // A reading that failed is done again.
            assert_eq!(look.reach(began, Some(7)), FAR_BACK);
            look.done(began, FAR_BACK);
            for (seconds, expected) in
                [(0, back), (every - 1, back), (every, FAR_BACK), (2 * every - 1, back), (2 * every, FAR_BACK)]
            {
                let now = began + Duration::from_secs(seconds);
                let reach = look.reach(now, Some(7));
                assert_eq!(reach, expected, "after {seconds} s");
                look.done(now, reach);
            }
        }
    }

    #[test]
    fn it_goes_back_to_the_first_of_what_came_late_until_that_is_read() {
        const NOW: Id = LATE * 10;
        let (tell, told) = tokio::sync::broadcast::channel(4);
        let (mut look, began) = (LookBack::new(true, Some(told)).from_an_hour_back(), Instant::now());
        assert_eq!(look.reach(began, None), LATE, "it begins an hour back");
        assert_eq!(look.reach(began, Some(NOW)), LATE);
        look.done(began, LATE);
        assert_eq!(look.reach(began, Some(NOW)), BACK);
        let minute = FAR_BACK * 6;
        for late in [NOW - minute, NOW - FAR_BACK, NOW - FAR_BACK * 2] {
            tell.send(late).unwrap();
        }
        assert_eq!(look.reach(began, Some(NOW)), minute + 1, "the fact itself is read");
        assert_eq!(look.reach(began, Some(NOW + 5)), minute + 6, "a reading that failed is done again");
        look.done(began, minute + 6);
        assert_eq!(look.reach(began, Some(NOW)), BACK);
        // What is not as late as that changes nothing, what is later than it may be goes back as far as may be.
        tell.send(NOW - 1).unwrap();
        assert_eq!(look.reach(began, Some(NOW)), BACK);
        tell.send(1).unwrap();
        assert_eq!(look.reach(began, Some(NOW)), LATE);
        look.done(began, LATE);
        for late in 0..9 {
            tell.send(NOW - FAR_BACK * 2 + late).unwrap();
        }
        assert_eq!(look.reach(began, Some(NOW)), LATE, "more than it could be told of");
    }
}
