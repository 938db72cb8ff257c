//! What the program does by itself stands behind what somebody waits for. A burst of reports is taken in first; their cases are opened,
//! their twins sought and their facts put in order by one job at a time, which leaves the database to others for several times as
//! long as it used it. When nobody waits, all of them work as fast as they can. Whoever waits does not wait for ever: how long a
//! database may take is told here, too.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How many times as long as a transaction of the background took the database is left to others.
const GIVE_WAY: u32 = 4;
/// However long it took, the next one waits no longer: what the program does by itself is never starved.
const MOST_PAUSE: Duration = Duration::from_millis(500);
/// For so long after the last transaction that somebody waited for it is expected that another one comes.
const LINGER: Duration = Duration::from_millis(20);

/// A transaction of the background that takes longer hangs: nothing that the program does by itself takes as long.
const HANGS: Duration = Duration::from_secs(30 * 60);
/// Once a database did not answer somebody in time, it has so long to answer the same asker again.
const ONCE_MORE: Duration = Duration::from_secs(1);

tokio::task_local! {
    static BEHIND: ();
    static AWAITED: Awaited;
}

/// Somebody waits.
struct Awaited {
    most: Duration,
    /// Whether the last transaction was given up.
    was_late: AtomicBool,
}

/// The work, for whose transactions somebody waits: one that takes longer than `most` is given up. What it hands to tasks of their own
/// nobody waits for.
pub async fn awaited<W: Future>(most: Option<Duration>, work: W) -> W::Output {
    match most {
        Some(most) => AWAITED.scope(Awaited { most, was_late: AtomicBool::new(false) }, work).await,
        None => work.await,
    }
}

/// How long a transaction may take that begins now.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Whether somebody waits for it.
    pub is_awaited: bool,
    /// How long it may take; none: as long as it takes.
    pub most: Option<Duration>,
    until: Option<Instant>,
}

impl Patience {
    /// Of the work that is being done: an import or a command may take as long as it takes.
    pub fn here() -> Patience {
        let of_somebody = AWAITED.try_with(|awaited| match awaited.was_late.load(Ordering::Relaxed) {
            true => awaited.most.min(ONCE_MORE),
            false => awaited.most,
        });
        let is_awaited = of_somebody.is_ok();
        let most = of_somebody.or_else(|_| BEHIND.try_with(|()| HANGS)).ok();
        Patience { is_awaited, most, until: most.map(|most| Instant::now() + most) }
    }

    /// The same for reading everything, to which the program itself gives as long as it takes.
    #[must_use]
    pub fn for_everything(self) -> Patience {
        match self.is_awaited {
            true => self,
            false => Patience { most: None, until: None, ..self },
        }
    }

    /// Does the work; nothing when it is given up.
    pub async fn wait<W: Future>(self, work: W) -> Option<W::Output> {
        match self.until {
            Some(until) => tokio::time::timeout_at(until, work).await.ok(),
            None => Some(work.await),
        }
    }

    /// Notes how a transaction ended.
    pub fn ended(was_late: bool) {
        // Nobody waits for what the program does by itself.
        AWAITED.try_with(|awaited| awaited.was_late.store(was_late, Ordering::Relaxed)).unwrap_or_default();
    }
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
    async fn what_somebody_waits_for_is_given_up_and_nothing_else() {
        let most = Duration::from_millis(2);
        let (first, again, better) = awaited(Some(most * 1_000), async {
            let first = Patience::here();
            Patience::ended(true);
            let again = Patience::here();
            Patience::ended(false);
            (first, again, Patience::here())
        })
        .await;
        assert_eq!((first.most, again.most, better.most), (Some(most * 1_000), Some(ONCE_MORE), Some(most * 1_000)));
        assert!(first.is_awaited && first.for_everything().most.is_some());
        let given_up = awaited(Some(most), async { Patience::here().wait(std::future::pending::<()>()).await }).await;
        assert!(given_up.is_none());
        // Neither what is said to wait for, nor what it hands to others, nor what nobody asked for.
        let handed = awaited(Some(most), async { tokio::spawn(async { Patience::here().most }).await }).await;
        assert!(handed.is_ok_and(|most| most.is_none()));
        assert!(awaited(None, async { Patience::here().most }).await.is_none() && Patience::here().most.is_none());
        let background = behind(async { Patience::here() }).await;
        assert!(!background.is_awaited && background.most == Some(HANGS) && background.for_everything().most.is_none());
    }

    #[tokio::test]
    async fn whoever_gives_up_waits_no_longer() {
        let way = Way::default();
        let asked = tokio::time::timeout(Duration::from_millis(1), way.go(std::future::pending::<()>())).await;
        assert!(asked.is_err() && way.running.load(Ordering::Relaxed) == 0);
    }
}
