//! Text and marks as the numbers that the index keeps. Of Chinese every character and every pair is a piece; of letters and
//! digits every three in a row, so that any part of a number of three or more is found; shorter runs are pieces whole. Pieces
//! only narrow down: what has them all is read again before it is shown.

use std::collections::BTreeSet;
use understanding::text::{hash64, is_ideograph, normal};

/// By which rules text is cut. An index of another version is made anew.
pub const VERSION: i64 = 1;
/// Of a piece's hash so many bits are kept; the block's number stands before them.
pub const BITS: u32 = 44;
/// So many letters or digits in a row are one piece.
const RUN: usize = 3;
/// The longest search, in characters.
pub const LONGEST: usize = 200;

/// A piece of text, or a mark, as the index knows it: [`BITS`] bits.
pub type Piece = i64;

/// Tells text and marks apart.
#[derive(Debug, Clone, Copy)]
enum Seed {
    Text = 1,
    Mark = 2,
}

fn piece(run: impl IntoIterator<Item = char>, seed: Seed) -> Piece {
    // Twenty bits are left out, so that it is never negative.
    i64::try_from(hash64(run, seed as u64) >> (64 - BITS)).unwrap_or(0)
}

/// The piece of a mark.
pub fn of_mark(mark: &str) -> Piece {
    piece(mark.chars(), Seed::Mark)
}

/// The runs of a text in its one form: ideographs that stand together (true), or letters and digits.
fn runs(form: &str) -> Vec<(bool, Vec<char>)> {
    let mut found: Vec<(bool, Vec<char>)> = Vec::new();
    let mut is_inside = false;
    for sign in form.chars() {
        let is_ideograph = is_ideograph(sign);
        if !is_ideograph && !sign.is_alphanumeric() {
            is_inside = false;
            continue;
        }
        match found.last_mut().filter(|(kind, _)| is_inside && *kind == is_ideograph) {
            Some((_, run)) => run.push(sign),
            None => found.push((is_ideograph, vec![sign])),
        }
        is_inside = true;
    }
    found
}

/// Every piece of a text in any form.
pub fn of_text(text: &str, found: &mut BTreeSet<Piece>) {
    for (is_ideograph, run) in runs(&normal(text)) {
        if is_ideograph {
            found.extend(run.iter().map(|sign| piece([*sign], Seed::Text)));
            found.extend(run.windows(2).map(|pair| piece(pair.iter().copied(), Seed::Text)));
        } else if run.len() < RUN {
            found.insert(piece(run, Seed::Text));
        } else {
            found.extend(run.windows(RUN).map(|three| piece(three.iter().copied(), Seed::Text)));
        }
    }
}

/// The parts that somebody searches for: separated by spaces, in their one form, none twice, the longest first. A part without
/// letters, digits or Chinese characters searches for nothing.
pub fn parts(typed: &str) -> Vec<String> {
    let typed: String = typed.chars().take(LONGEST).collect();
    let mut parts: Vec<String> =
        normal(&typed).split(' ').filter(|part| part.chars().any(char::is_alphanumeric)).map(str::to_owned).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.chars().count()));
    let mut seen = BTreeSet::new();
    parts.retain(|part| seen.insert(part.clone()));
    parts
}

/// The pieces that whatever holds the part must have, those likely to be rarest first.
pub fn wanted(part: &str) -> Vec<Piece> {
    let mut wanted = Vec::new();
    for (is_ideograph, run) in runs(part) {
        let size = if is_ideograph { 2 } else { RUN };
        if run.len() < size {
            wanted.push(piece(run, Seed::Text));
        } else {
            wanted.extend(run.windows(size).map(|some| piece(some.iter().copied(), Seed::Text)));
        }
    }
    let mut seen = BTreeSet::new();
    wanted.retain(|piece| seen.insert(*piece));
    wanted
}

/// True when a text holds the part. One or two letters or digits at its ends must be a whole run: 7 is not found in 17.
pub fn holds(form: &str, part: &str) -> bool {
    let signs: Vec<char> = part.chars().collect();
    let is_spelled = |sign: &char| sign.is_alphanumeric() && !is_ideograph(*sign);
    let lead = signs.iter().take_while(|sign| is_spelled(sign)).count();
    let tail = signs.iter().rev().take_while(|sign| is_spelled(sign)).count();
    let is_short = |length: usize| (1..RUN).contains(&length);
    form.match_indices(part).any(|(at, _)| {
        let before = form.get(..at).and_then(|text| text.chars().next_back());
        let after = form.get(at + part.len()..).and_then(|text| text.chars().next());
        let starts = !is_short(lead) || !before.is_some_and(|sign| is_spelled(&sign));
        let ends = !is_short(tail) || !after.is_some_and(|sign| is_spelled(&sign));
        starts && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn has(text: &str, part: &str) -> bool {
        let mut pieces = BTreeSet::new();
        of_text(text, &mut pieces);
        let form = normal(text);
        parts(part).iter().all(|part| wanted(part).iter().all(|piece| pieces.contains(piece)) && holds(&form, part))
    }

    #[test]
    fn words_and_parts_of_words_are_found() {
        for (text, part, expected) in [
            ("望澜路 12 号井盖破损", "井盖", true),
            ("望澜路 12 号井盖破损", "盖", true),
            ("望澜路 12 号井盖破损", "破井", false),
            ("望澜路 12 号井盖破损", "路 损", true),
            ("望澜路 12 号井盖破损", "12", true),
            ("望澜路 12 号井盖破损", "１２ 号", true),
            ("望澜路 112 号", "12", false),
            ("17号线", "7号线", false),
            ("7号线A口", "7号线a口", true),
            ("案卷 WL202603100012", "wl20260310", true),
            ("案卷 WL202603100012", "0012", true),
            ("案卷 WL202603100012", "3100", true),
            ("案卷 WL202603100012", "9100", false),
            ("20260310-0012", "20260310-0012", true),
            ("Broken street lamp", "LAMP", true),
            ("Broken street lamp", "street lamp", true),
            ("Broken street lamp", "eet", true),
            ("井盖。盖破损", "井盖破", false),
        ] {
            assert_eq!(has(text, part), expected, "{part} in {text}");
        }
    }

    #[test]
    fn what_searches_for_nothing_is_left_out() {
        assert!(parts("  ，。—— ").is_empty());
        assert_eq!(parts("井盖 - 井盖 望澜路"), ["望澜路", "井盖"]);
        assert_eq!(parts(&"井".repeat(500)).first().map(|part| part.chars().count()), Some(LONGEST));
    }

    #[test]
    fn numbers_of_pieces_stay_what_they_are() {
        // Databases keep them: who changes this changes the version.
        assert_eq!((wanted("井盖"), of_mark("stage:closed")), (vec![2_425_356_001_455], 17_543_978_373_106));
        assert!(of_mark("井盖") != wanted("井盖")[0] && of_mark("井盖") >> BITS == 0);
    }

    proptest! {
        #[test]
        fn every_part_of_three_or_more_is_found(text in "[一-十a-c0-3 ,]{6,30}", from in 0usize..10, length in 3usize..8) {
            let form = normal(&text);
            let part: String = form.chars().skip(from).take(length).collect();
            let mut pieces = BTreeSet::new();
            of_text(&text, &mut pieces);
            for part in parts(&part).iter().filter(|part| holds(&form, part)) {
                let spelled: Vec<_> = runs(part).into_iter().filter(|(is_ideograph, run)| !is_ideograph && run.len() < RUN).collect();
                // Short runs inside of a part may be the end of a longer one; those are told by reading.
                if spelled.is_empty() {
                    prop_assert!(wanted(part).iter().all(|piece| pieces.contains(piece)), "{part} in {text}");
                }
            }
        }
    }
}
