//! A job that goes round and round what waits, and goes around what gives trouble: one thing that cannot be done must not
//! hold up those behind it, nor be tried every few seconds.

use super::error::Error;
use super::id::Id;
use std::time::Duration;
use tokio::time::Instant;

/// How often it is looked whether something waits.
const EVERY: Duration = Duration::from_secs(3);
/// What gave trouble is tried again after so long.
const AGAIN: Duration = Duration::from_secs(600);
/// After some things of which none could be done, the others wait so long.
const AFTER_TROUBLE: Duration = Duration::from_secs(60);

/// What came of some of the things that wait.
#[derive(Debug)]
pub struct Round {
    /// The last of them.
    pub last: Id,
    /// How many were done.
    pub done: usize,
    /// What stood in the way of one of the others, which are left for later.
    pub trouble: Option<Error>,
}

/// Does what waits for as long as the program runs. `some` is handed the thing behind which it is to go on, in the order of
/// identifiers, and answers nothing when nothing is left there; what it refuses is in the way of everything.
pub async fn go<F>(what: &str, mut some: impl FnMut(Id) -> F)
where
    F: Future<Output = Result<Option<Round>, Error>>,
{
    let mut walk = Walk::new(Instant::now());
    loop {
        let answer = some(walk.after).await;
        match &answer {
            Err(error) => tracing::warn!(%error, "{what}: nothing can be done now"),
            Ok(Some(Round { trouble: Some(error), .. })) => tracing::warn!(%error, "{what}: one is left for later"),
            Ok(_) => {}
        }
        tokio::time::sleep(walk.pause(answer, Instant::now())).await;
    }
}

/// How far a job has come.
#[derive(Debug)]
struct Walk {
    /// The thing behind which it goes on.
    after: Id,
    /// When it last began at the front.
    began: Instant,
    /// Whether something was left for later since.
    has_left: bool,
}

impl Walk {
    fn new(now: Instant) -> Walk {
        Walk { after: 0, began: now, has_left: false }
    }

    /// How long to wait before the next things.
    fn pause(&mut self, answer: Result<Option<Round>, Error>, now: Instant) -> Duration {
        match answer {
            Err(_) => AFTER_TROUBLE,
            Ok(Some(round)) => {
                self.after = round.last;
                self.has_left |= round.trouble.is_some();
                if round.trouble.is_some() && round.done == 0 { AFTER_TROUBLE } else { Duration::ZERO }
            }
            Ok(None) => {
                if !self.has_left || now.duration_since(self.began) >= AGAIN {
                    *self = Walk::new(now);
                }
                EVERY
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// What waits, and how often each was tried; two are met at a time, and what is below ten cannot be done.
    #[derive(Default)]
    struct Waiting {
        things: BTreeSet<Id>,
        tried: BTreeMap<Id, usize>,
    }

    impl Waiting {
        fn some(&mut self, after: Id) -> Option<Round> {
            let those: Vec<Id> = self.things.range(after + 1..).take(2).copied().collect();
            let mut round = Round { last: *those.last()?, done: 0, trouble: None };
            for thing in those {
                *self.tried.entry(thing).or_default() += 1;
                if thing < 10 {
                    round.trouble = Some(Error::Internal(format!("{thing}")));
                } else {
                    self.things.remove(&thing);
                    round.done += 1;
                }
            }
            Some(round)
        }
    }

    #[test]
    fn one_that_gives_trouble_holds_nothing_up_and_is_tried_again_in_ten_minutes() {
        let start = Instant::now();
        let (mut now, mut walk, mut waiting) = (start, Walk::new(start), Waiting::default());
        let mut go_until = |waiting: &mut Waiting, seconds: u64| {
            while now < start + Duration::from_secs(seconds) {
                now += walk.pause(Ok(waiting.some(walk.after)), now);
            }
        };
        waiting.things.extend([1, 2, 3, 10, 11, 12]);
        // The first two are nothing but trouble, so what is behind them waits a minute and no more.
        go_until(&mut waiting, 61);
        assert_eq!(waiting.things, BTreeSet::from([1, 2, 3]));
        // What comes later is done at once …
        waiting.things.insert(20);
        go_until(&mut waiting, 70);
        assert_eq!(waiting.things, BTreeSet::from([1, 2, 3]));
        go_until(&mut waiting, 590);
        assert_eq!(waiting.tried[&1], 1);
        // … and what gave trouble is tried again in its time.
        go_until(&mut waiting, 610);
        assert_eq!(waiting.tried[&1], 2);
        // When nothing gives trouble, the front is looked at every time.
        waiting.things.clear();
        go_until(&mut waiting, 1_300);
        waiting.things.insert(15);
        go_until(&mut waiting, 1_310);
        assert!(waiting.things.is_empty());
    }

    #[test]
    fn nothing_is_asked_for_a_minute_when_nothing_can_be_done() {
        let now = Instant::now();
        let mut walk = Walk::new(now);
        assert_eq!(walk.pause(Err(Error::Internal("the database is away".into())), now), AFTER_TROUBLE);
        assert_eq!(walk.pause(Ok(None), now), EVERY);
    }
}
