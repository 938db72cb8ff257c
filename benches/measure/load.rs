//! Many clients at once, for a while; how much was done and how long each thing took.

use std::time::{Duration, Instant};

/// How long one round lasts.
pub const ROUND: Duration = Duration::from_secs(3);
/// How many rounds a figure is the median of.
pub const ROUNDS: usize = 5;

/// What rounds of work came to.
#[derive(Debug, Clone)]
pub struct Rate {
    /// Per second: the median of the rounds.
    pub median: f64,
    /// Per second: the worst and the best round.
    pub spread: (f64, f64),
    /// Half of all took at most this long.
    pub p50: Duration,
    /// All but one in a hundred took at most this long.
    pub p99: Duration,
}

/// Lets `clients` threads work for several rounds after one that does not count. `client` is told its number and answers
/// what it does again and again.
pub fn rate<W: FnMut()>(clients: usize, client: impl Fn(usize) -> W + Sync) -> Rate {
    let mut rates = Vec::new();
    let mut taken: Vec<Duration> = Vec::new();
    for round in 0..=ROUNDS {
        let lasts = if round == 0 { ROUND / 3 } else { ROUND };
        let began = Instant::now();
        let times: Vec<Vec<Duration>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..clients)
                .map(|number| {
                    let client = &client;
                    scope.spawn(move || {
                        let mut work = client(number);
                        let mut times = Vec::new();
                        while began.elapsed() < lasts {
                            let at = Instant::now();
                            work();
                            times.push(at.elapsed());
                        }
                        times
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("a client")).collect()
        });
        if round > 0 {
            let took = began.elapsed().as_secs_f64();
            rates.push(times.iter().map(Vec::len).sum::<usize>() as f64 / took);
            taken.extend(times.into_iter().flatten());
        }
    }
    taken.sort_unstable();
    rates.sort_by(f64::total_cmp);
    let part = |share: usize| taken.get((taken.len().saturating_sub(1)) * share / 100).copied().unwrap_or_default();
    Rate { median: rates[rates.len() / 2], spread: (rates[0], rates[rates.len() - 1]), p50: part(50), p99: part(99) }
}
