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

/// A fresh identifier, greater than every one this process made before.
pub fn fresh() -> Id {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let process = match NUMBER.load(Ordering::Relaxed) {
        NONE => {
            // Whoever has claimed no number draws one of the upper half; of two who draw at once the first one's counts.
            let drawn = CLAIMED + i64::from(random_bytes::<1>()[0]);
            NUMBER.compare_exchange(NONE, drawn, Ordering::Relaxed, Ordering::Relaxed).map_or_else(|now| now, |_| drawn)
        }
        number => number,
    };
    // The counter lives in the low 12 bits of a tick, so a burst borrows from the next millisecond.
    let floor = (Clock::system().now().0 - EPOCH).max(0) << 12;
    let tick = LAST
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(floor.max(last + 1)))
        .map_or(floor, |last| floor.max(last + 1));
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
    fn a_code_survives_being_read_aloud() {
        assert_eq!(normal_code("abcd-efgh 1o1l"), "ABCDEFGH1011");
        assert_eq!(tracking_code().len(), 16);
        assert_ne!(tracking_code(), tracking_code());
    }
}
