//! Codes that a program on a phone shows anew every thirty seconds (TOTP, RFC 6238), and codes for the day when the phone is lost.

use crate::kit::clock::Moment;
use crate::kit::id::{hexadecimal, normal_code};
use sha2::{Digest, Sha256};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// How long a key is, in bytes: as long as what SHA-1 gives (RFC 4226, section 4).
pub const KEY: usize = 20;
/// How long a code is shown, in seconds (RFC 6238, section 5.2); what every program for phones knows.
pub const STEP: u64 = 30;
/// How many steps a clock may be off to either side (RFC 6238, section 6).
const SKEW: u16 = 1;
const DIGITS: u8 = 6;
/// How many recovery codes are handed out at once.
pub const CODES: usize = 10;

fn totp(key: [u8; KEY]) -> Option<Totp> {
    let builder =
        Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS).with_skew(SKEW).with_step_duration(STEP);
    builder.with_secret(Secret::new_stack(key)).build().ok()
}

fn seconds(now: Moment) -> u64 {
    u64::try_from(now.0 / 1000).unwrap_or_default()
}

/// True when something typed can be such a code: six digits, spaces aside.
pub fn is_code(typed: &str) -> bool {
    let digits: Vec<char> = typed.chars().filter(|one| !one.is_whitespace()).collect();
    digits.len() == usize::from(DIGITS) && digits.iter().all(char::is_ascii_digit)
}

/// The step of a code that is right now, or was or will be one step away; none for a wrong one. The caller accepts each step
/// once.
pub fn check(key: [u8; KEY], typed: &str, now: Moment) -> Option<i64> {
    let code: String = typed.chars().filter(|one| !one.is_whitespace()).collect();
    if !is_code(&code) {
        return None;
    }
    totp(key)?.check(&code, seconds(now)).and_then(|step| i64::try_from(step).ok())
}

/// The code of a moment, as a phone would show it.
pub fn code(key: [u8; KEY], now: Moment) -> String {
    totp(key).map(|totp| totp.generate(seconds(now)).to_string()).unwrap_or_default()
}

/// A key as it is typed by hand (RFC 4648, base 32), in groups of four.
pub fn written(key: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = key.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let letters: Vec<char> = bits
        .chunks(5)
        .map(|five| {
            five.iter().chain([0, 0, 0, 0].iter()).take(5).fold(0_usize, |sum, bit| sum * 2 + usize::from(*bit))
        })
        .map(|index| char::from(LETTERS[index]))
        .collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// What a phone reads from the square code: the form that Google's program began and every other follows.
pub fn address(issuer: &str, login: &str, key: &[u8]) -> String {
    let one = |text: &str| serde_urlencoded::to_string([("", text)]).unwrap_or_default()[1..].replace('+', "%20");
    let (issuer, login, secret) = (one(issuer), one(login), written(key).replace(' ', ""));
    format!(
        "otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}"
    )
}

/// A recovery code as it is read: four groups of four.
pub fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is kept of a recovery code, however it was typed: 80 random bits need no salt.
pub fn digest(code: &str) -> String {
    hexadecimal(&Sha256::digest(normal_code(code).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard() {
        // RFC 6238, appendix B, SHA-1, shortened to six digits.
        let key = *b"12345678901234567890";
        for (second, shown) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let now = Moment(second * 1000);
            assert_eq!(code(key, now), shown);
            assert_eq!(check(key, shown, now), Some(second / 30));
        }
        assert_eq!(written(&key).replace(' ', ""), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            address("望澜 City", "keeper1", &key),
            "otpauth://totp/%E6%9C%9B%E6%BE%9C%20City:keeper1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=%E6%9C%9B%E6%BE%9C%20City&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_recovery_code_survives_being_typed() {
        assert_eq!(grouped("0123456789ABCDEF"), "0123-4567-89AB-CDEF");
        assert_eq!(digest("0123-4567 89ab cdef"), digest("0123456789ABCDEF"));
        assert_eq!(digest("OI23456789ABCDEF"), digest("0123456789ABCDEF"));
    }

    proptest! {
        #[test]
        fn a_code_is_right_one_step_around_its_own_and_never_farther(key: [u8; 20], step in 10_i64..100_000_000, away in -4_i64..=4) {
            let shown = code(key, Moment(step * 30_000));
            let found = check(key, &format!(" {} {} ", &shown[..3], &shown[3..]), Moment((step + away) * 30_000 + 29_999));
            // Another step may show the same digits by chance; the step that is found then shows them as well.
            if let Some(found) = found {
                prop_assert!((found - step - away).abs() <= 1);
                prop_assert_eq!(code(key, Moment(found * 30_000)), shown);
            } else {
                prop_assert!(away.abs() > 1);
            }
        }

        #[test]
        fn nothing_else_is_a_code(typed in "\\PC{0,12}") {
            let digits: String = typed.chars().filter(|one| !one.is_whitespace()).collect();
            let is_six = digits.len() == 6 && digits.bytes().all(|one| one.is_ascii_digit());
            prop_assert_eq!(is_code(&typed), is_six);
            if !is_six {
                prop_assert_eq!(check([7; 20], &typed, Moment(0)), None);
            }
        }
    }
}
