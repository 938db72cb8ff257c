//! What the program counts of its own work, for whoever watches it: requests by door, transactions, what waits. Counting is an
//! addition to an atomic number and allocates nothing; names are those of doors and tables of statuses, never anything that a
//! visitor wrote.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The ends of the stretches that durations are counted in, in seconds.
pub const ENDS: [f64; 11] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// How often something took how long.
#[derive(Debug)]
pub struct Times {
    /// By the stretches of [`ENDS`], and what took longer than all of them.
    counts: [AtomicU64; ENDS.len() + 1],
    micros: AtomicU64,
}

/// What [`Times`] have counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The sum, in seconds.
    pub sum: f64,
    /// How often altogether.
    pub count: u64,
    /// How often by stretch: its end and how often within it alone.
    pub stretches: Vec<(f64, u64)>,
}

impl Times {
    /// Nothing yet.
    pub const fn new() -> Times {
        Times { counts: [const { AtomicU64::new(0) }; ENDS.len() + 1], micros: AtomicU64::new(0) }
    }

    /// It took so long once more.
    pub fn note(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let at = ENDS.iter().position(|end| seconds <= *end).unwrap_or(ENDS.len());
        if let Some(count) = self.counts.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What was counted.
    pub fn counted(&self) -> Counted {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let ends = ENDS.iter().copied().chain([f64::INFINITY]);
        let stretches: Vec<(f64, u64)> = ends.zip(counts).collect();
        let micros = self.micros.load(Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "microseconds of centuries fit a double well enough")]
        let sum = micros as f64 / 1e6;
        Counted { sum, count: stretches.iter().map(|(_, count)| count).sum(), stretches }
    }
}

impl Default for Times {
    fn default() -> Times {
        Times::new()
    }
}

/// Something that is counted while it waits or lasts.
#[derive(Debug)]
pub struct Lasting(&'static AtomicI64, Instant);

impl Lasting {
    /// It begins to wait or to last.
    pub fn in_(place: &'static AtomicI64) -> Lasting {
        place.fetch_add(1, Ordering::Relaxed);
        Lasting(place, Instant::now())
    }

    /// How long it has.
    pub fn so_far(&self) -> Duration {
        self.1.elapsed()
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Transactions that write, from being asked for to being on the disk.
pub static WRITES: Times = Times::new();
/// Transactions that read.
pub static READS: Times = Times::new();
/// Transactions that write and are not done.
pub static WRITING: AtomicI64 = AtomicI64::new(0);
/// Transactions that read and are not done.
pub static READING: AtomicI64 = AtomicI64::new(0);
/// Transactions that failed, refusals of rules not counted.
pub static FAILED: AtomicU64 = AtomicU64::new(0);
/// How many transactions the database has answered.
pub fn answered() -> u64 {
    let all = READS.counted().count + WRITES.counted().count;
    all.saturating_sub(FAILED.load(Ordering::Relaxed))
}

/// Requests that are being answered.
pub static ANSWERING: AtomicI64 = AtomicI64::new(0);

/// The statuses that are counted by their number; every other is counted by its hundred.
pub const STATUSES: [u16; 18] =
    [200, 201, 204, 206, 302, 303, 304, 307, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503];
const HUNDREDS: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The methods that are told apart.
pub const METHODS: [&str; 3] = ["GET", "POST", "other"];

/// What came of the requests at one door by one method.
#[derive(Debug, Default)]
pub struct Way {
    by_status: [AtomicU64; STATUSES.len() + HUNDREDS.len()],
    /// How long they took.
    pub times: Times,
}

impl Way {
    /// One more was answered.
    pub fn note(&self, status: u16, took: Duration) {
        let other = STATUSES.len() + usize::from((status / 100).clamp(1, 5)) - 1;
        let at = STATUSES.iter().position(|known| *known == status).unwrap_or(other);
        if let Some(count) = self.by_status.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.times.note(took);
    }

    /// How many by status, those that came.
    pub fn by_status(&self) -> Vec<(String, u64)> {
        let names = STATUSES.iter().map(u16::to_string).chain(HUNDREDS.map(str::to_owned));
        let counts = self.by_status.iter().map(|count| count.load(Ordering::Relaxed));
        names.zip(counts).filter(|(_, count)| *count > 0).collect()
    }
}

/// The requests at every door, by its address with the parameters in braces.
#[derive(Debug, Default)]
pub struct Requests {
    doors: HashMap<&'static str, [Way; METHODS.len()]>,
    other: [Way; METHODS.len()],
}

impl Requests {
    /// Nothing yet, at these doors.
    pub fn at(doors: impl IntoIterator<Item = &'static str>) -> Requests {
        let doors = doors.into_iter().map(|door| (door, Default::default())).collect();
        Requests { doors, other: Default::default() }
    }

    /// Where requests of a method at a door are counted; what is no door's is counted together.
    pub fn way(&self, door: Option<&str>, method: &str) -> &Way {
        let ways = door.and_then(|door| self.doors.get(door)).unwrap_or(&self.other);
        match method {
            "GET" | "HEAD" => &ways[0],
            "POST" => &ways[1],
            _ => &ways[2],
        }
    }

    /// Every door and method that was used: door, method, what came of it.
    pub fn used(&self) -> Vec<(&'static str, &'static str, &Way)> {
        let doors = self.doors.iter().map(|(door, ways)| (*door, ways)).chain([("other", &self.other)]);
        let mut used: Vec<_> = doors
            .flat_map(|(door, ways)| METHODS.iter().zip(ways).map(move |(method, way)| (door, *method, way)))
            .filter(|(.., way)| way.times.counted().count > 0)
            .collect();
        used.sort_by_key(|(door, method, _)| (*door, *method));
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fall_into_their_stretch() {
        let times = Times::new();
        for micros in [500, 1_000, 1_001, 200_000, 31_000_000] {
            times.note(Duration::from_micros(micros));
        }
        let counted = times.counted();
        assert_eq!(counted.count, 5);
        assert!((counted.sum - 31.202_501).abs() < 1e-9, "{}", counted.sum);
        let filled: Vec<(f64, u64)> = counted.stretches.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(0.001, 2), (0.002_5, 1), (0.25, 1), (f64::INFINITY, 1)]);
    }

    #[test]
    fn requests_are_counted_by_door_method_and_status() {
        let requests = Requests::at(["/r/{token}", "/report"]);
        for (door, method, status) in [
            (Some("/r/{token}"), "GET", 200),
            (Some("/r/{token}"), "HEAD", 200),
            (Some("/r/{token}"), "GET", 404),
            (Some("/report"), "POST", 303),
            (Some("/report"), "POST", 418),
            (None, "GET", 404),
            (Some("/somewhere/else"), "BREW", 404),
        ] {
            requests.way(door, method).note(status, Duration::from_millis(1));
        }
        let used = requests.used();
        let told: Vec<_> = used.iter().map(|(door, method, way)| (*door, *method, way.by_status())).collect();
        let one = |status: &str, count| (status.to_owned(), count);
        assert_eq!(
            told,
            [
                ("/r/{token}", "GET", vec![one("200", 2), one("404", 1)]),
                ("/report", "POST", vec![one("303", 1), one("4xx", 1)]),
                ("other", "GET", vec![one("404", 1)]),
                ("other", "other", vec![one("404", 1)]),
            ]
        );
    }

    #[test]
    fn what_lasts_is_counted_until_it_is_dropped() {
        static LASTS: AtomicI64 = AtomicI64::new(0);
        let one = Lasting::in_(&LASTS);
        assert_eq!(LASTS.load(Ordering::Relaxed), 1);
        drop(one);
        assert_eq!(LASTS.load(Ordering::Relaxed), 0);
    }
}
