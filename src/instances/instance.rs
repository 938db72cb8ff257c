//! Whose turn is it, which number is free, what do the others say: rules without a clock or a database. Whoever has the turn counts its beat
//! up; whoever waits for it measures by its own watch how long the beat has stood still. So nobody compares the clocks of two machines, and
//! a clock that is put back does no harm.

use crate::kit::id::{self, Id};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often a living program counts its beats up.
pub const EVERY: Duration = Duration::from_secs(2);
/// A program that could not count its beat up for so long lets go of the turn …
pub const LETS_GO: Duration = Duration::from_secs(6);
/// … and one whose beat has stood still for so long has lost it: longer, so that two never have it together.
pub const TAKEN_OVER: Duration = Duration::from_secs(10);
/// A program whose beat has stood still for so long is forgotten, and its number is free.
pub const FORGOTTEN: Duration = Duration::from_secs(60);
/// How many programs can have a number of their own.
pub const NUMBERS: i64 = id::CLAIMED;
/// How many bytes of news go at once: PostgreSQL carries no more than 8,000.
pub const CARRIED: usize = 7_900;
/// What the others are told when more happened than can be told one by one.
pub const LAGGED: &str = "lagged";

/// A subject that changed, and which.
pub type Piece = (&'static str, Id);

/// What stands in the table about a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Whose it is.
    pub instance: Id,
    /// How often that program has counted it up.
    pub beat: i64,
}

/// What one program has seen of a turn that is another's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watched {
    seen: Option<(Turn, Duration)>,
}

/// What a program does about a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is its own: it counts the beat up.
    Keep(Turn),
    /// It has no owner, or a dead one: it takes it from there.
    Take(Option<Turn>),
    /// Another program has it.
    Wait,
}

impl Watched {
    /// What `me` does about a turn that stands so at `now`, which is a time of its own watch, since it began.
    pub fn step(&mut self, me: Id, found: Option<Turn>, now: Duration) -> Step {
        let Some(turn) = found else { return Step::Take(None) };
        if turn.instance == me {
            self.seen = None;
            return Step::Keep(turn);
        }
        match self.seen {
            Some((seen, since)) if seen == turn => match now.saturating_sub(since) >= TAKEN_OVER {
                true => Step::Take(Some(turn)),
                false => Step::Wait,
            },
            _ => {
                self.seen = Some((turn, now));
                Step::Wait
            }
        }
    }
}

/// The least number that no living program has; none when all are taken.
pub fn free_number(taken: &BTreeSet<i64>) -> Option<i64> {
    (0..NUMBERS).find(|number| !taken.contains(number))
}

/// News as one text for the others, as much as can be carried, and how many pieces it holds. It begins with who tells it.
pub fn written(me: Id, pieces: &[Piece]) -> (String, usize) {
    let (mut text, mut count) = (me.to_string(), 0);
    for (subject, id) in pieces {
        let piece = format!(" {subject}:{id}");
        if text.len() + piece.len() > CARRIED {
            break;
        }
        text.push_str(&piece);
        count += 1;
    }
    (text, count)
}

/// What such a text says, and who told it; pieces that cannot be read are left out. None when it is no such text.
pub fn read(text: &str) -> Option<(Id, Vec<(&str, Id)>)> {
    let mut words = text.split(' ');
    let teller = words.next()?.parse().ok()?;
    let is_subject = |subject: &str| {
        !subject.is_empty()
            && subject.len() <= 40
            && subject.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let piece = |word: &'_ str| -> Option<(usize, Id)> {
        let (subject, id) = word.split_once(':')?;
        is_subject(subject).then_some(())?;
        Some((subject.len(), id.parse().ok()?))
    };
    Some((teller, words.filter_map(|word| piece(word).map(|(length, id)| (&word[..length], id))).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_turn_goes_over_when_its_beat_has_stood_still() {
        let (me, other) = (1, 2);
        let of = |beat| Some(Turn { instance: other, beat });
        let mut watched = Watched::default();
        for (at, found, expected) in [
            (0, of(7), Step::Wait),
            (4, of(8), Step::Wait),
            (13, of(8), Step::Wait),
            (14, of(8), Step::Take(of(8))),
            // Whoever did not get it waits anew, by its own watch.
            (15, Some(Turn { instance: 3, beat: 1 }), Step::Wait),
            (24, Some(Turn { instance: 3, beat: 1 }), Step::Wait),
            (25, Some(Turn { instance: 3, beat: 1 }), Step::Take(Some(Turn { instance: 3, beat: 1 }))),
            (26, Some(Turn { instance: me, beat: 1 }), Step::Keep(Turn { instance: me, beat: 1 })),
            // Lost and seen again: the time that passed before does not count.
            (40, of(8), Step::Wait),
            (49, of(8), Step::Wait),
        ] {
            assert_eq!(watched.step(me, found, seconds(at)), expected, "after {at} s");
        }
        assert_eq!(Watched::default().step(me, None, seconds(0)), Step::Take(None), "nobody has had it yet");
    }

    #[test]
    fn whoever_lets_go_does_so_before_another_takes_over() {
        assert!(EVERY * 2 < LETS_GO && LETS_GO + EVERY < TAKEN_OVER && TAKEN_OVER < FORGOTTEN);
    }

    #[test]
    fn the_least_free_number_is_taken() {
        assert_eq!(free_number(&BTreeSet::new()), Some(0));
        assert_eq!(free_number(&BTreeSet::from([0, 1, 3])), Some(2));
        assert_eq!(free_number(&(0..NUMBERS).collect()), None);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let one: (Id, Vec<(&str, Id)>) = (5, vec![("case", 12)]);
        for (text, expected) in [
            ("5 case:12", Some(one.clone())),
            ("5 case:12 case", Some(one.clone())),
            ("5 Case:1 case:12 :3 case:x 井:4", Some(one)),
            ("5", Some((5, vec![]))),
            ("", None),
            ("x case:12", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn news_arrives_as_it_was_told(me in any::<i64>(), ids in proptest::collection::vec(any::<i64>(), 0..900)) {
            let pieces: Vec<Piece> = ids.iter().enumerate().map(|(at, id)| (["case", "penalty_case"][at % 2], *id)).collect();
            let mut left = pieces.as_slice();
            let mut heard = Vec::new();
            while !left.is_empty() {
                let (text, count) = written(me, left);
                prop_assert!(count > 0 && text.len() <= CARRIED);
                let (teller, some) = read(&text).expect("it can be read");
                prop_assert_eq!(teller, me);
                heard.extend(some.into_iter().map(|(subject, id)| (subject.to_owned(), id)));
                left = &left[count..];
            }
            prop_assert_eq!(heard.len(), pieces.len());
            prop_assert!(heard.iter().zip(&pieces).all(|(one, other)| one.0 == other.0 && one.1 == other.1));
        }

        #[test]
        fn nobody_takes_what_beats(beats in proptest::collection::vec(0_u64..9, 1..60)) {
            // Whatever the gaps between two looks, a turn whose beat moved at every look is never taken.
            let (mut watched, mut now) = (Watched::default(), 0);
            for (beat, gap) in beats.into_iter().enumerate() {
                now += gap;
                let turn = Turn { instance: 2, beat: i64::try_from(beat).unwrap_or(0) };
                prop_assert_eq!(watched.step(1, Some(turn), seconds(now)), Step::Wait);
            }
        }
    }
}
