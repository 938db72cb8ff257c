//! Pieces of a text by which two texts are compared: runs of two to four units that no sign parts, and spelled words alone.
//! A unit is one ideograph, or a spelled word or number whole, so that one rule serves both scripts: 路灯不亮 has the pieces
//! 路灯, 灯不, 不亮, 路灯不 …, and "broken street lamp" has the words and their pairs. Digits stay what they are: a line's number
//! is part of its name.

use crate::text::{hash64, is_ideograph};

/// The most units of a piece that anybody asks for.
pub const LONGEST: usize = 4;
/// A spelled word of more letters is an address of the web or a slip, and parts the text as a sign does.
const LONGEST_WORD: usize = 24;

/// A run of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its number, the same on every machine.
    pub hash: u64,
    /// How many characters it has.
    pub length: usize,
    /// How many units it has.
    pub units: usize,
    /// The byte of the text at which it begins.
    pub from: usize,
    /// The byte of the text behind its end.
    pub to: usize,
}

#[derive(Clone, Copy)]
struct Unit {
    hash: u64,
    length: usize,
    is_spelled: bool,
    from: usize,
    to: usize,
}

/// Calls `found` with every piece of at most `longest` units of a normalised text, with repetitions, in no promised order.
/// Only the first `most` characters are read.
pub fn pieces(form: &str, most: usize, longest: usize, mut found: impl FnMut(Piece)) {
    let mut run: Vec<Unit> = Vec::new();
    let mut word: Option<(usize, usize)> = None;
    for (at, sign) in form.char_indices().take(most) {
        if sign.is_alphanumeric() && !is_ideograph(sign) {
            let (from, length) = word.unwrap_or((at, 0));
            word = Some((from, length + 1));
            continue;
        }
        end_word(form, &mut word, at, &mut run, longest, &mut found);
        if is_ideograph(sign) && sign.is_alphanumeric() {
            let to = at + sign.len_utf8();
            run.push(Unit { hash: hash64([sign], 0), length: 1, is_spelled: false, from: at, to });
        } else if !sign.is_whitespace() {
            end_run(&mut run, longest, &mut found);
        }
    }
    let end = form.char_indices().nth(most).map_or(form.len(), |(at, _)| at);
    end_word(form, &mut word, end, &mut run, longest, &mut found);
    end_run(&mut run, longest, &mut found);
}

fn end_word(
    form: &str,
    word: &mut Option<(usize, usize)>,
    to: usize,
    run: &mut Vec<Unit>,
    longest: usize,
    found: &mut impl FnMut(Piece),
) {
    let Some((from, length)) = word.take() else { return };
    if length > LONGEST_WORD {
        return end_run(run, longest, found);
    }
    let spelled = form.get(from..to).unwrap_or_default();
    let is_spelled = length > 1 && spelled.chars().any(char::is_alphabetic);
    run.push(Unit { hash: hash64(spelled.chars(), 1), length, is_spelled, from, to });
}

fn end_run(run: &mut Vec<Unit>, longest: usize, found: &mut impl FnMut(Piece)) {
    for (at, first) in run.iter().enumerate() {
        let mut piece = Piece { hash: first.hash, length: first.length, units: 1, from: first.from, to: first.to };
        if first.is_spelled {
            found(piece);
        }
        for unit in run.iter().skip(at + 1).take(longest.saturating_sub(1)) {
            piece.hash = joined(piece.hash, unit.hash);
            piece.length += unit.length;
            piece.units += 1;
            piece.to = unit.to;
            found(piece);
        }
    }
    run.clear();
}

/// The number of two runs one behind the other.
const fn joined(first: u64, second: u64) -> u64 {
    let mixed = (first.rotate_left(25) ^ second).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<String> {
        let form = normal(text);
        let mut all = Vec::new();
        pieces(&form, 300, LONGEST, |piece| all.push(form[piece.from..piece.to].to_owned()));
        all.sort();
        all
    }

    #[test]
    fn runs_of_units() {
        for (text, expected) in [
            ("路灯坏", &["灯坏", "路灯", "路灯坏"][..]),
            ("9号线", &["9号", "9号线", "号线"]),
            ("路，灯", &[]),
            ("Main St", &["main", "main st", "st"]),
            ("12", &[]),
            ("", &[]),
        ] {
            assert_eq!(cut(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_piece_lies_in_the_text(text in "\\PC{0,60}", most in 0usize..50) {
            let form = normal(&text);
            pieces(&form, most, LONGEST, |piece| {
                let words = form.get(piece.from..piece.to);
                assert!(words.is_some_and(|words| words.chars().count() >= piece.length && piece.length > 1));
            });
        }

        #[test]
        fn equal_words_have_equal_numbers(a in "[一-十]{2,4}", b in "[甲-癸]{0,3}") {
            let (alone, inside) = (normal(&a), normal(&format!("{b}，{a}，{b}")));
            let mut whole = None;
            pieces(&alone, 300, LONGEST, |piece| if piece.to - piece.from == alone.len() { whole = Some(piece.hash) });
            let mut is_there = false;
            pieces(&inside, 300, LONGEST, |piece| is_there |= Some(piece.hash) == whole);
            prop_assert!(is_there);
        }
    }
}
