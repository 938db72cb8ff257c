//! The rule of what goes out: what is done next with something that is to be sent, after each thing that may become of it. What
//! leaves is written down as unsure before it leaves, so that a cut at any moment, also of our own power, is the same as a lost answer.

use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use sha2::{Digest, Sha256};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
/// The first wait after something that did not work.
const FIRST: i64 = 30 * SECOND;
/// The longest.
const LONGEST: i64 = 6 * 60 * MINUTE;
/// A partner that asks to be left alone is left alone at most so long.
const MOST_RETRY_AFTER: i64 = 24 * 60 * MINUTE;
/// How long the answer to something that was sent may be on its way before somebody else looks after it: longer than any question may take.
pub const CLAIM: i64 = 2 * MINUTE;

enum_of_words! {
    /// What is sent.
    Kind {
        /// The report itself.
        Request = "request",
        /// What is new about it.
        Update = "update",
    }
}

enum_of_words! {
    /// How far something that is to be sent has come.
    State {
        /// It has not arrived there: it was never sent, or it is known that it was not taken.
        Waiting = "waiting",
        /// It was sent, and what became of it is not known.
        Unsure = "unsure",
        /// It was taken; its number will be told later.
        Token = "token",
        /// It is there.
        Done = "done",
        /// The partner does not want it: somebody must look.
        Failed = "failed",
        /// Somebody decided that it is not sent.
        GivenUp = "given_up",
    }
}

/// What a partner is able to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Able {
    /// It answers the same again when it is sent the same again.
    pub is_exact: bool,
    /// How long a request is looked for before it is sent again, in milliseconds.
    pub settle: i64,
}

/// What is to be done with it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is sent.
    Send,
    /// It is looked for there; it may have arrived.
    LookFor,
    /// The number of its token is asked for.
    AskToken,
}

/// What is to be done with something that is due.
pub fn step(kind: Kind, state: State, able: Able) -> Option<Step> {
    match (state, kind) {
        (State::Waiting, _) => Some(Step::Send),
        // An update has a number of ours, which never counts twice there.
        (State::Unsure, Kind::Update) => Some(Step::Send),
        (State::Unsure, Kind::Request) if able.is_exact => Some(Step::Send),
        (State::Unsure, Kind::Request) => Some(Step::LookFor),
        (State::Token, _) => Some(Step::AskToken),
        (State::Done | State::Failed | State::GivenUp, _) => None,
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is there, under this number; empty when that is not told.
    There(String),
    /// It was taken; the number will be known by this token.
    Token(String),
    /// The token has no number yet.
    NotYet,
    /// It is not among what the partner shows.
    NotSeen,
    /// It cannot have arrived.
    NotArrived(String),
    /// The partner asks to wait, so many milliseconds if it says so; it was not taken.
    Busy(Option<i64>, String),
    /// It may have arrived.
    Lost(String),
    /// The partner does not want it.
    Refused(String),
}

/// How it stands after that, when it is looked at again, and what is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// How far it has come.
    pub state: State,
    /// When something is to be done again.
    pub at: Moment,
    /// When it first left without an answer.
    pub unsure_at: Option<Moment>,
    /// What is in the way; empty for nothing.
    pub trouble: String,
}

/// How it stands after an outcome at `now`. `tries` counts how often it was tried, this time among them.
pub fn after(
    (state, unsure_at): (State, Option<Moment>),
    outcome: &Outcome,
    able: Able,
    item: Id,
    tries: i64,
    now: Moment,
) -> Next {
    let wait = now.plus(back_off(item, tries));
    let next = |state: State, at: Moment, unsure_at: Option<Moment>, trouble: &str| Next {
        state,
        at,
        unsure_at,
        trouble: trouble.to_owned(),
    };
    match outcome {
        Outcome::There(_) => next(State::Done, now, None, ""),
        Outcome::Token(_) | Outcome::NotYet => next(State::Token, wait, None, ""),
        Outcome::NotSeen => {
            let since = unsure_at.unwrap_or(now);
            match now.0 - since.0 >= able.settle {
                // It had time enough to be seen.
                true => next(State::Waiting, now, None, ""),
                false => next(State::Unsure, wait.min(since.plus(able.settle)), Some(since), ""),
            }
        }
        Outcome::NotArrived(trouble) => match state {
            // That a question did not arrive says nothing of what was sent before.
            State::Unsure | State::Token => next(state, wait, unsure_at, trouble),
            _ => next(State::Waiting, wait, None, trouble),
        },
        Outcome::Busy(wanted, trouble) => {
            let at = match wanted {
                Some(wanted) => wait.max(now.plus((*wanted).clamp(0, MOST_RETRY_AFTER))),
                None => wait,
            };
            let stays = matches!(state, State::Unsure | State::Token);
            next(if stays { state } else { State::Waiting }, at, unsure_at.filter(|_| stays), trouble)
        }
        Outcome::Lost(trouble) => match state {
            State::Token => next(State::Token, wait, None, trouble),
            _ => next(State::Unsure, wait, Some(unsure_at.unwrap_or(now)), trouble),
        },
        Outcome::Refused(trouble) => next(State::Failed, now, unsure_at, trouble),
    }
}

/// How long to wait after the try of this number: twice as long each time, give or take a quarter, which differs from thing to thing so
/// that not all that failed together comes back together.
pub fn back_off(item: Id, tries: i64) -> i64 {
    let doubled = FIRST << tries.clamp(1, 12).saturating_sub(1);
    let whole = doubled.min(LONGEST);
    let spread = Sha256::digest(format!("{item} {tries}"));
    let spread = i64::from(u16::from_be_bytes([spread[0], spread[1]]));
    whole * 3 / 4 + whole / 2 * spread / i64::from(u16::MAX)
}

/// How long after a row of failures a partner is asked again.
pub fn next_poll(partner: Id, failures: i64, poll: i64) -> i64 {
    if failures == 0 { poll } else { poll.max(back_off(partner, failures)) }
}

/// Our reference of an exchange, by which it is known again in what others show of it: letters alone, which nobody takes for a telephone.
pub fn reference(exchange: Id) -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    let mut left = exchange.unsigned_abs();
    let mut text = String::from("CS-");
    while left > 0 {
        let letter = usize::try_from(left % 20).unwrap_or(0);
        text.push(char::from(LETTERS[letter]));
        left /= 20;
    }
    text
}

/// Whether words carry this reference.
pub fn carries(words: &str, reference: &str) -> bool {
    words.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-').any(|word| word == reference)
}

/// The milliseconds of a `Retry-After`: seconds, or a moment by the clock of whoever sent it.
pub fn retry_after(value: &str, now: Moment) -> Option<i64> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<i64>() {
        return (seconds >= 0).then(|| seconds.saturating_mul(SECOND));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?;
    Some((at.timestamp().as_millisecond() - now.0).max(0))
}

/// What an answer means: of a request or update that was posted.
pub fn judge(status: u16, said: &str, wanted: Option<i64>) -> Option<Outcome> {
    let words = || if said.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {said}") };
    match status {
        200..=299 => None,
        429 => Some(Outcome::Busy(wanted, words())),
        503 if wanted.is_some() => Some(Outcome::Busy(wanted, words())),
        // What stands between us, or a program that fell over: it may have been kept.
        408 | 500..=599 => Some(Outcome::Lost(words())),
        _ => Some(Outcome::Refused(words())),
    }
}

/// Whether a refusal says that an update of this number is there already.
pub fn is_already_there(status: u16, said: &str) -> bool {
    status == 409 || (status == 400 && said.to_ascii_lowercase().contains("already exist"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Moment = Moment(1_773_108_000_000);
    const LOOSE: Able = Able { is_exact: false, settle: 30 * MINUTE };
    const EXACT: Able = Able { is_exact: true, settle: 30 * MINUTE };

    fn lost() -> Outcome {
        Outcome::Lost("cut".into())
    }

    #[test]
    fn what_may_have_arrived_is_looked_for_before_it_is_sent_again() {
        use Kind::{Request, Update};
        assert_eq!(step(Request, State::Waiting, LOOSE), Some(Step::Send));
        assert_eq!(step(Request, State::Unsure, LOOSE), Some(Step::LookFor));
        assert_eq!(step(Request, State::Unsure, EXACT), Some(Step::Send), "the same again is answered the same");
        assert_eq!(step(Update, State::Unsure, LOOSE), Some(Step::Send), "its number never counts twice");
        assert_eq!(step(Request, State::Token, EXACT), Some(Step::AskToken));
        for state in [State::Done, State::Failed, State::GivenUp] {
            assert_eq!(step(Request, state, LOOSE), None);
        }
        let cut = after((State::Waiting, None), &lost(), LOOSE, 1, 1, NOW);
        assert_eq!((cut.state, cut.unsure_at), (State::Unsure, Some(NOW)));
        let soon = after((State::Unsure, Some(NOW)), &Outcome::NotSeen, LOOSE, 1, 2, NOW.plus(5 * MINUTE));
        assert_eq!((soon.state, soon.unsure_at), (State::Unsure, Some(NOW)));
        let late = after((State::Unsure, Some(NOW)), &Outcome::NotSeen, LOOSE, 1, 3, NOW.plus(30 * MINUTE));
        assert_eq!((late.state, late.at, late.unsure_at), (State::Waiting, NOW.plus(30 * MINUTE), None));
        let away = after((State::Unsure, Some(NOW)), &Outcome::NotArrived("no".into()), LOOSE, 1, 2, NOW.plus(MINUTE));
        assert_eq!(away.state, State::Unsure, "that looking failed does not make it certain");
    }

    #[test]
    fn every_outcome_has_its_state() {
        for (outcome, state) in [
            (Outcome::There("1".into()), State::Done),
            (Outcome::Token("t".into()), State::Token),
            (Outcome::NotYet, State::Token),
            (Outcome::NotArrived("no".into()), State::Waiting),
            (Outcome::Busy(None, "429".into()), State::Waiting),
            (lost(), State::Unsure),
            (Outcome::Refused("400".into()), State::Failed),
        ] {
            assert_eq!(after((State::Waiting, None), &outcome, LOOSE, 7, 1, NOW).state, state, "{outcome:?}");
        }
        let busy = after((State::Waiting, None), &Outcome::Busy(Some(10 * MINUTE), String::new()), LOOSE, 7, 1, NOW);
        assert_eq!(busy.at, NOW.plus(10 * MINUTE));
        let long = after((State::Waiting, None), &Outcome::Busy(Some(i64::MAX), String::new()), LOOSE, 7, 1, NOW);
        assert_eq!(long.at, NOW.plus(MOST_RETRY_AFTER));
    }

    #[test]
    fn an_answer_means_what_its_status_says() {
        assert_eq!(judge(200, "", None), None);
        assert_eq!(judge(201, "", None), None);
        assert_eq!(judge(429, "slow", Some(5)), Some(Outcome::Busy(Some(5), "HTTP 429: slow".into())));
        assert!(matches!(judge(503, "", Some(5)), Some(Outcome::Busy(Some(5), _))));
        for status in [408, 500, 502, 503, 504] {
            assert!(matches!(judge(status, "", None), Some(Outcome::Lost(_))), "{status}");
        }
        for status in [301, 302, 400, 401, 403, 404, 413, 422] {
            assert!(matches!(judge(status, "", None), Some(Outcome::Refused(_))), "{status}");
        }
        assert!(is_already_there(400, "update 7 already exists") && !is_already_there(400, "no such request"));
        assert_eq!(retry_after("120", NOW), Some(120_000));
        assert_eq!(retry_after("Tue, 10 Mar 2026 02:01:00 GMT", NOW), Some(60_000));
        assert_eq!(retry_after("soon", NOW), None);
        assert_eq!(retry_after("-1", NOW), None);
    }

    #[test]
    fn waits_grow_and_differ() {
        for tries in 1..20 {
            let wait = back_off(1, tries);
            assert!((FIRST * 3 / 4..=LONGEST * 5 / 4).contains(&wait), "{tries}: {wait}");
        }
        assert!(back_off(1, 8) > 20 * back_off(1, 1));
        let all: std::collections::BTreeSet<i64> = (0..50).map(|item| back_off(item, 5)).collect();
        assert!(all.len() > 40, "they do not come back together");
        assert_eq!(next_poll(1, 0, 5 * MINUTE), 5 * MINUTE);
        assert!(next_poll(1, 9, 5 * MINUTE) > 60 * MINUTE);
    }

    #[test]
    fn a_reference_is_found_in_what_others_show() {
        let reference = reference(crate::kit::id::fresh());
        assert!(reference.starts_with("CS-") && !reference.chars().any(|sign| sign.is_ascii_digit()));
        assert_eq!(crate::reports::report::masked(&reference), reference);
        assert!(carries(&format!("垃圾三天没人收\n（{reference}）"), &reference));
        assert!(carries(&format!("Rubbish [Ref. {reference}]"), &reference));
        assert!(!carries(&format!("Rubbish {reference}B"), &reference), "another's begins alike");
        assert!(!carries("Rubbish", &reference));
    }

    proptest! {
        /// Whatever happens: never sent blindly while it may be there, and never forgotten.
        #[test]
        fn nothing_is_sent_twice_blindly_and_nothing_is_forgotten(
            outcomes in prop::collection::vec(0_u8..8, 1..60), item in 1_i64.., is_exact: bool,
        ) {
            let able = Able { is_exact, settle: 30 * MINUTE };
            let (mut state, mut unsure_at, mut now) = (State::Waiting, None, NOW);
            let mut lost_at: Option<Moment> = None;
            for (tries, outcome) in (1..).zip(outcomes) {
                let Some(step) = step(Kind::Request, state, able) else { break };
                if step == Step::Send && !is_exact && let Some(lost_at) = lost_at {
                    prop_assert!(now.0 - lost_at.0 >= able.settle, "it was given its time");
                }
                let outcome = match (step, outcome) {
                    (_, 0) => Outcome::There("1".into()),
                    (_, 1) => Outcome::NotArrived("no".into()),
                    (_, 2) => Outcome::Busy(None, "busy".into()),
                    (Step::Send, 3) => Outcome::Token("t".into()),
                    (Step::Send, _) => Outcome::Lost("cut".into()),
                    (Step::AskToken, _) => Outcome::NotYet,
                    (Step::LookFor, _) => Outcome::NotSeen,
                };
                if step == Step::Send {
                    lost_at = matches!(outcome, Outcome::Lost(_)).then_some(now);
                }
                let next = after((state, unsure_at), &outcome, able, item, tries, now);
                prop_assert!(next.at >= now);
                prop_assert!(next.at.0 - now.0 <= LONGEST * 5 / 4);
                (state, unsure_at, now) = (next.state, next.unsure_at, next.at.plus(1));
            }
            prop_assert!(state != State::Failed && state != State::GivenUp, "only a partner refuses, only a person gives up");
        }
    }
}
