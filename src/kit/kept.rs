//! What takes long to ask for is shown as it was last known, and asked for again beside the page.

use super::clock::Moment;
use super::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Asking that takes no longer is done for every page.
const CHEAP: Duration = Duration::from_millis(10);
/// What is older than this is asked for again beside the page …
const OLD: Duration = Duration::from_secs(20);
/// … and what is older than this before it is shown.
const TOO_OLD: Duration = Duration::from_secs(60);

/// An answer that many pages show; cheap to clone, all clones are one. While asking is cheap it is asked for every page; once
/// it is not, pages show what was known, at most a minute old.
pub struct Kept<T>(Arc<Inner<T>>);

struct Inner<T> {
    last: Mutex<Option<Known<T>>>,
    is_asking: AtomicBool,
}

struct Known<T> {
    found: Arc<T>,
    /// What the city's clock showed.
    of: Moment,
    at: Instant,
    took: Duration,
}

/// What a known answer is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It is shown.
    Show,
    /// It is shown, and asked for again beside the page.
    AskBeside,
}

impl Use {
    /// Of an answer of this age that took so long; none: it must be asked for again.
    fn of(age: Duration, took: Duration) -> Option<Use> {
        match age {
            _ if took <= CHEAP => None,
            age if age < OLD => Some(Use::Show),
            age if age < TOO_OLD => Some(Use::AskBeside),
            _ => None,
        }
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept(Arc::new(Inner { last: Mutex::new(None), is_asking: AtomicBool::new(false) }))
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Kept<T> {
        Kept(Arc::clone(&self.0))
    }
}

impl<T: Send + Sync + 'static> Kept<T> {
    /// The answer, as fresh as it can be had without waiting; `ask` asks the database for that of `now`.
    ///
    /// # Errors
    /// Those of asking.
    pub async fn fresh<F>(&self, now: Moment, ask: impl FnOnce() -> F) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let last = self.known(now);
        let Some((found, how)) = last else { return self.ask(now, ask()).await };
        if how == Use::AskBeside && !self.0.is_asking.swap(true, Ordering::AcqRel) {
            let (kept, asked) = (self.clone(), ask());
            drop(tokio::spawn(async move {
                if let Err(error) = kept.ask(now, asked).await {
                    tracing::warn!(%error, "what pages show could not be asked for again");
                }
                kept.0.is_asking.store(false, Ordering::Release);
            }));
        }
        Ok(found)
    }

    /// What is known and may be shown.
    fn known(&self, now: Moment) -> Option<(Arc<T>, Use)> {
        let last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { found, of, at, took } = last.as_ref()?;
        let moved = Duration::from_millis((now.0 - of.0).unsigned_abs());
        Some((Arc::clone(found), Use::of(at.elapsed().max(moved), *took)?))
    }

    async fn ask(&self, now: Moment, asked: impl Future<Output = Result<T, Error>>) -> Result<Arc<T>, Error> {
        let began = Instant::now();
        let found = Arc::new(asked.await?);
        let known = Known { found: Arc::clone(&found), of: now, at: Instant::now(), took: began.elapsed() };
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_773_108_000_000);

    #[test]
    fn what_is_cheap_is_asked_every_time_and_what_is_dear_is_shown_for_a_while() {
        for (age, took, expected) in [
            (0, 2, None),
            (0, 10, None),
            (0, 11, Some(Use::Show)),
            (19_999, 200, Some(Use::Show)),
            (20_000, 200, Some(Use::AskBeside)),
            (59_999, 200, Some(Use::AskBeside)),
            (60_000, 200, None),
        ] {
            let (age, took) = (Duration::from_millis(age), Duration::from_millis(took));
            assert_eq!(Use::of(age, took), expected, "{age:?} {took:?}");
        }
    }

    #[tokio::test]
    async fn a_dear_answer_is_asked_for_again_when_the_citys_clock_has_moved() {
        let (kept, count) = (Kept::default(), Arc::new(Mutex::new(0)));
        let asked = |now: Moment| {
            let count = Arc::clone(&count);
            kept.fresh(now, move || async move {
                tokio::time::sleep(2 * CHEAP).await;
                let mut count = count.lock().unwrap();
                *count += 1;
                Ok(*count)
            })
        };
        assert_eq!(*asked(NOW).await.unwrap(), 1);
        assert_eq!(*asked(NOW.plus(5_000)).await.unwrap(), 1, "shown as it was");
        assert_eq!(*asked(NOW.plus(30_000)).await.unwrap(), 1, "shown at once, and asked beside the page");
        for _ in 0..500 {
            if *asked(NOW.plus(30_000)).await.unwrap() == 2 {
                break;
            }
            tokio::time::sleep(CHEAP).await;
        }
        assert_eq!(*asked(NOW.plus(30_000)).await.unwrap(), 2);
        assert_eq!(*asked(NOW.plus(90_000)).await.unwrap(), 3, "too old to be shown");
    }
}
