//! An address to which facts are sent: when it is tried again, when one message is given up, how messages are signed.

use crate::kit::clock::Moment;
use crate::kit::words::enum_of_words;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

enum_of_words! {
    /// How far a message has come.
    State {
        /// It is to be sent.
        Waiting = "waiting",
        /// It arrived.
        Delivered = "delivered",
        /// It was refused too often; whoever wants it asks for it again.
        GivenUp = "given_up",
    }
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken: any status from 200 to 299.
    Taken(u16),
    /// The address says that it is gone for good: 410.
    Gone,
    /// This message was refused: any other status from 400 to 499 but 408 and 429.
    Refused(u16),
    /// The address is in trouble: any other status, or no answer.
    Trouble(Option<u16>),
}

impl Outcome {
    /// What a status means.
    pub const fn of_status(status: u16) -> Outcome {
        match status {
            200..=299 => Outcome::Taken(status),
            410 => Outcome::Gone,
            408 | 429 => Outcome::Trouble(Some(status)),
            400..=499 => Outcome::Refused(status),
            _ => Outcome::Trouble(Some(status)),
        }
    }

    /// The status that was answered, if any was.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Outcome::Taken(status) | Outcome::Refused(status) => Some(*status),
            Outcome::Gone => Some(410),
            Outcome::Trouble(status) => *status,
        }
    }
}

/// How long a refused message waits before each further try, in milliseconds (Standard Webhooks, "retry schedule").
pub const WAITS: [i64; 8] = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000];
/// An address in trouble is knocked at again after no more than this: what waits there is much, and leaves at once when it is up.
const MOST_WAIT: i64 = 60_000;
/// An address at which nothing arrived for so long is given no more: five days.
pub const LONGEST_TROUBLE: i64 = 5 * 86_400_000;
/// How long the secret before the last one signs too: a day.
pub const OVERLAP: i64 = 86_400_000;

/// When a message that was refused so often is tried again; none when it is given up.
pub fn again(refusals: i64, now: Moment) -> Option<Moment> {
    let index = usize::try_from(refusals - 1).unwrap_or(0);
    WAITS.get(index).map(|wait| now.plus(*wait))
}

/// When an address that failed so often in a row is knocked at again. `asked` is what it asked for itself, in milliseconds.
pub fn knocks_again(failures: i64, asked: Option<i64>, now: Moment) -> Moment {
    let doubled = 1_000_i64.saturating_mul(1_i64 << failures.clamp(1, 10));
    now.plus(asked.map_or(doubled.min(MOST_WAIT), |asked| asked.clamp(1_000, 3_600_000)))
}

/// The identifier of a message: the same whenever it is sent again, so that it counts once.
pub fn message(webhook: i64, seq: i64) -> String {
    format!("msg_{webhook}_{seq}")
}

/// A fresh secret as it is shown: 24 random bytes behind `whsec_`.
pub fn secret(bytes: [u8; 24]) -> String {
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// The signature of a message under one secret: `v1,` and the HMAC-SHA-256 of its identifier, second and body.
pub fn signature(secret: &str, message: &str, second: i64, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut signing = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    signing.update(format!("{message}.{second}.").as_bytes());
    signing.update(body);
    Some(format!("v1,{}", STANDARD.encode(signing.sign().as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use standardwebhooks::Webhook;

    #[test]
    fn a_status_says_what_becomes_of_a_message() {
        for (status, expected) in [
            (200, Outcome::Taken(200)),
            (204, Outcome::Taken(204)),
            (301, Outcome::Trouble(Some(301))),
            (400, Outcome::Refused(400)),
            (404, Outcome::Refused(404)),
            (408, Outcome::Trouble(Some(408))),
            (410, Outcome::Gone),
            (429, Outcome::Trouble(Some(429))),
            (500, Outcome::Trouble(Some(500))),
            (503, Outcome::Trouble(Some(503))),
        ] {
            assert_eq!(Outcome::of_status(status), expected, "{status}");
            assert_eq!(expected.status(), Some(status));
        }
    }

    #[test]
    fn a_refused_message_is_tried_for_two_days_and_more() {
        let now = Moment(0);
        let waits: Vec<Option<i64>> = (1..=9).map(|refusals| again(refusals, now).map(|at| at.0 / 1000)).collect();
        let hours = |hours: i64| Some(hours * 3600);
        assert_eq!(waits, [Some(5), Some(300), Some(1800), hours(2), hours(5), hours(10), hours(14), hours(20), None]);
    }

    #[test]
    fn an_address_that_was_down_is_found_up_within_a_minute() {
        let now = Moment(0);
        for (failures, asked, expected) in [
            (1, None, 2),
            (2, None, 4),
            (5, None, 32),
            (6, None, 60),
            (1_000, None, 60),
            (3, Some(120_000), 120),
            (3, Some(0), 1),
            (3, Some(86_400_000), 3600),
        ] {
            assert_eq!(knocks_again(failures, asked, now).0, expected * 1000, "{failures} {asked:?}");
        }
    }

    #[test]
    fn others_find_our_signatures_right() {
        let secret = secret([7; 24]);
        let verifier = Webhook::new(&secret).expect("a secret");
        let second = crate::kit::clock::Clock::system().now().0 / 1000;
        let body = r#"{"type":"case.dispatched"}"#;
        let signed = signature(&secret, &message(5, 9), second, body.as_bytes()).expect("signed");
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("webhook-id", message(5, 9).parse().expect("a header"));
        headers.insert("webhook-timestamp", second.to_string().parse().expect("a header"));
        headers.insert("webhook-signature", signed.parse().expect("a header"));
        verifier.verify(body.as_bytes(), &headers).expect("right");
        assert!(verifier.verify(b"{}", &headers).is_err(), "another body");
        assert_eq!(signature("nothing", "m", 1, b"b"), None);
    }
}
