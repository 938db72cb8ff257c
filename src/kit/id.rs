//! Identifiers and secrets, made by the program so that both databases agree on them.

use super::clock::Clock;
use rand::Rng;
use std::sync::atomic::{AtomicI64, Ordering};

/// A row's identifier: 42 bits of milliseconds since 2024, 9 bits of this process ([`claim`]), 12 bits of a counter. Always positive,
/// rising within a process.
pub type Id = i64;

/// 2024-01-01T00:00:00Z in milliseconds.
const EPOCH: i64 = 1_704_067_200_000;
/// So many numbers of processes are claimed by whoever serves a database together with others; as many more are drawn by
/// whoever does not, such as the commands.
pub const CLAIMED: i64 = 256;
/// No number yet.
const NONE: i64 = -1;
/// The number of this process.
static NUMBER: AtomicI64 = AtomicI64::new(NONE);

/// From now on this process makes its identifiers with a number that no other process has; one that is not of the lower half is
/// no number to claim and changes nothing.
pub fn claim(number: i64) {
    if (0..CLAIMED).contains(&number) {
        NUMBER.store(number, Ordering::Relaxed);
    }
}
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The last tick of this process: a millisecond since 2024 and a counter of 12 bits below it.
static LAST: AtomicI64 = AtomicI64::new(0);

/// From now on this process makes only greater identifiers than this one, which a program made before it: a clock that was put
/// back between the two must not put what happens now before what happened then.
pub fn after(known: Id) {
    // The next millisecond: within its own, the number of a process weighs more than the counter.
    let tick = ((known.max(0) >> 21) + 1) << 12;
    LAST.fetch_max(tick, Ordering::SeqCst);
}

/// The tick that follows the last one at a moment; a moment before it changes nothing.
const fn next_tick(last: i64, now: super::clock::Moment) -> i64 {
    let since = now.0.saturating_sub(EPOCH);
    // The counter lives in the low 12 bits of a tick, so a burst borrows from the next millisecond.
    let floor = if since < 0 { 0 } else { since << 12 };
    if floor > last { floor } else { last + 1 }
}

/// A fresh identifier, greater than every one this process made before.
pub fn fresh() -> Id {
    let process = match NUMBER.load(Ordering::Relaxed) {
        NONE => {
            // Whoever has claimed no number draws one of the upper half; of two who draw at once the first one's counts.
            let drawn = CLAIMED + i64::from(random_bytes::<1>()[0]);
            NUMBER.compare_exchange(NONE, drawn, Ordering::Relaxed, Ordering::Relaxed).map_or_else(|now| now, |_| drawn)
        }
        number => number,
    };
    let now = Clock::system().now();
    let tick = LAST
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(next_tick(last, now)))
        .map_or_else(|last| next_tick(last, now), |last| next_tick(last, now));
    ((tick >> 12) << 21) | (process << 12) | (tick & 0xfff)
}

/// The least identifier that can have been made at a moment or later.
pub const fn since(moment: super::clock::Moment) -> Id {
    let ticks = moment.0.saturating_sub(EPOCH);
    if ticks < 0 { 0 } else { ticks.saturating_mul(1 << 21) }
}

/// The moment at which an identifier was made; of a burst a few milliseconds later.
pub const fn made_at(id: Id) -> super::clock::Moment {
    super::clock::Moment(EPOCH + (id >> 21))
}

/// An unguessable tracking code: 16 characters of Crockford's base 32 (80 random bits), free of I, L, O and U.
pub fn tracking_code() -> String {
    random_bytes::<16>().iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// A citizen's typing of a tracking code in its one written form: upper case, without spaces and hyphens, with the
/// letters that look like digits read as those digits.
pub fn normal_code(typed: &str) -> String {
    typed
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .map(|character| match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// A session's or form's secret: 32 random bytes in hexadecimal.
pub fn secret() -> String {
    hexadecimal(&random_bytes::<32>())
}

/// `N` random bytes from the operating system's generator, stretched.
#[expect(clippy::disallowed_methods, reason = "this is the one place that draws randomness")]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// Lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_rise_and_are_positive() {
        let made: Vec<Id> = (0..10_000).map(|_| fresh()).collect();
        assert!(made[0] > 0);
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        let now = Clock::system().now();
        assert!(since(now.plus(-60_000)) < made[0] && made[0] < since(now.plus(60_000)));
        assert_eq!(since(super::super::clock::Moment(0)), 0);
        assert_eq!(made_at(since(now)), now);
    }

    #[test]
    fn a_clock_that_is_put_back_makes_no_identifier_smaller() {
        let now = Clock::system().now();
        let (mut last, mut made) = (0, Vec::new());
        for moved in [0, 0, -3_600_000, -3_600_000, -1, 0, 1] {
            last = next_tick(last, now.plus(moved));
            made.push(last);
        }
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]), "{made:?}");
        assert_eq!(next_tick(7, super::super::clock::Moment(i64::MIN)), 8);
        // What a program made before this one began lies before all that this one makes.
        let before = fresh();
        let known = before + (1 << 21) + (0x1ff << 12);
        after(known);
        assert!(fresh() > known);
        after(0);
        after(i64::MIN);
        assert!(fresh() > known);
    }

    #[test]
    fn a_code_survives_being_read_aloud() {
        assert_eq!(normal_code("abcd-efgh 1o1l"), "ABCDEFGH1011");
        assert_eq!(tracking_code().len(), 16);
        assert_ne!(tracking_code(), tracking_code());
    }
}
