//! What the program does by itself stands behind what somebody waits for. A burst of reports is taken in first; their cases are opened,
//! their twins sought and their facts put in order by one job at a time, which leaves the database to others for several times as
//! long as it used it. When nobody waits, all of them work as fast as they can.

use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How many times as long as a transaction of the background took the database is left to others.
const GIVE_WAY: u32 = 4;
/// However long it took, the next one waits no longer: what the program does by itself is never starved.
const MOST_PAUSE: Duration = Duration::from_millis(500);
/// For so long after the last transaction that somebody waited for it is expected that another one comes.
const LINGER: Duration = Duration::from_millis(20);

tokio::task_local! {
    static BEHIND: ();
}

/// The work, whose transactions let everybody else's go first. What it hands to tasks of their own does not.
pub fn behind<W: Future>(work: W) -> impl Future<Output = W::Output> {
    BEHIND.scope((), work)
}

/// Who goes first on one database.
#[derive(Debug)]
pub struct Way {
    began: Instant,
    /// How many transactions run that somebody waits for.
    running: AtomicUsize,
    /// When the last of them ended, in milliseconds since the beginning.
    ended: AtomicU64,
    /// From when on the background may use the database while others do.
    turn: Mutex<Instant>,
}

impl Default for Way {
    fn default() -> Way {
        let began = Instant::now();
        Way { began, running: AtomicUsize::new(0), ended: AtomicU64::new(0), turn: Mutex::new(began) }
    }
}

impl Way {
    /// Runs a transaction when its turn comes: at once, unless it is the background's and somebody else is there.
    pub async fn go<T: Future>(&self, transaction: T) -> T::Output {
        if BEHIND.try_with(|()| ()).is_err() {
            self.running.fetch_add(1, Ordering::Relaxed);
            let _ended = Ended(self);
            return transaction.await;
        }
        if !self.is_busy() {
            return transaction.await;
        }
        let mut turn = self.turn.lock().await;
        while self.is_busy() && Instant::now() < *turn {
            tokio::time::sleep_until((*turn).min(Instant::now() + LINGER)).await;
        }
        let began = Instant::now();
        let outcome = transaction.await;
        *turn = Instant::now() + (began.elapsed() * GIVE_WAY).min(MOST_PAUSE);
        outcome
    }

    fn so_far(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether somebody waits for a transaction, or did so a moment ago.
    fn is_busy(&self) -> bool {
        let linger = u64::try_from(LINGER.as_millis()).unwrap_or(0);
        let ended = self.ended.load(Ordering::Relaxed);
        self.running.load(Ordering::Relaxed) > 0 || (ended > 0 && self.so_far() < ended + linger)
    }
}

/// Notes at its end that nobody waits for a transaction any more, however it ended.
struct Ended<'a>(&'a Way);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.ended.store(self.0.so_far(), Ordering::Relaxed);
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_background_leaves_the_database_to_whoever_waits_and_never_stands_still() {
        let way = Way::default();
        let somebody = way.go(std::future::pending::<()>());
        let background = async {
            let began = Instant::now();
            for _ in 0..4 {
                // A sleep counts from when it is made, so it is made when its turn has come.
                behind(way.go(async { tokio::time::sleep(Duration::from_millis(5)).await })).await;
            }
            began.elapsed()
        };
        let took = tokio::select! { biased; () = somebody => unreachable!("it never ends"), took = background => took };
        // Four of five milliseconds each, and three times four times as long between them.
        assert!(took >= Duration::from_millis(80), "{took:?}");
    }

    #[tokio::test]
    async fn whoever_waits_for_an_answer_waits_for_nobody() {
        let way = Way::default();
        let background = behind(way.go(std::future::pending::<()>()));
        let more = behind(way.go(std::future::pending::<()>()));
        let asked = async { way.go(async { 7 }).await };
        let answer = tokio::select! { biased;
            () = background => unreachable!("it never ends"),
            () = more => unreachable!("it never ends"),
            answer = asked => answer
        };
        assert_eq!(answer, 7);
    }

    #[tokio::test]
    async fn whoever_gives_up_waits_no_longer() {
        let way = Way::default();
        let asked = tokio::time::timeout(Duration::from_millis(1), way.go(std::future::pending::<()>())).await;
        assert!(asked.is_err() && way.running.load(Ordering::Relaxed) == 0);
    }
}
