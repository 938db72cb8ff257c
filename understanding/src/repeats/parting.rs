//! One place, several troubles: what the messages of a group say besides the name that they share.

use super::pieces::{LONGEST, Piece, pieces};
use super::texts::NAME;
use std::collections::{BTreeSet, HashMap};

/// So much of a group has its place's name in the title, or it is held together by something else than a name.
const NAMED: f64 = 0.5;
/// Titles that have so many characters in common name a place and its trouble in one breath.
const TELLING: f64 = 8.0;
/// A piece that stands beside the name so often is a part of it.
const BESIDE: f64 = 0.7;
/// So often the name is made longer by what stands beside it.
const LONGER: usize = 3;

/// A text of the group in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// Its title.
    pub(super) title: String,
    /// The beginning of its words.
    pub(super) detail: String,
    /// How many messages say so.
    pub(super) count: u32,
}

/// What is left of the title and of the words of each text of a group without the name of its place: the pieces' numbers,
/// rising. None when most have no name in common, or so long a one that it tells the trouble too.
pub(super) fn nameless(said: &[Said]) -> Option<Vec<[Vec<u64>; 2]>> {
    let titles: Vec<Vec<Piece>> = said.iter().map(|text| cut(&text.title)).collect();
    let details: Vec<Vec<Piece>> = said.iter().map(|text| cut(&text.detail)).collect();
    let total: f64 = said.iter().map(|text| f64::from(text.count)).sum();
    let name = name(said, &titles).filter(|(_, count)| *count >= total * NAMED)?.0;
    if in_common(said, &titles, total) >= TELLING {
        return None;
    }
    let mut names = BTreeSet::from([name]);
    for _ in 0..LONGER {
        let before = names.len();
        names.extend(beside(titles.iter().chain(&details), &names));
        if names.len() == before {
            break;
        }
    }
    Some(titles.iter().zip(&details).map(|(title, detail)| [apart(title, &names), apart(detail, &names)]).collect())
}

fn cut(text: &str) -> Vec<Piece> {
    let mut all = Vec::new();
    pieces(text, usize::MAX, LONGEST, |piece| all.push(piece));
    all
}

/// The piece that most titles have, the longest of those, and how many messages have it.
fn name(said: &[Said], titles: &[Vec<Piece>]) -> Option<(u64, f64)> {
    let mut tally: HashMap<u64, (f64, usize)> = HashMap::new();
    for (text, title) in said.iter().zip(titles) {
        let own: HashMap<u64, usize> =
            title.iter().filter(|piece| piece.length >= NAME).map(|piece| (piece.hash, piece.length)).collect();
        for (hash, length) in own {
            tally.entry(hash).or_insert((0.0, length)).0 += f64::from(text.count);
        }
    }
    let best = tally.into_iter().max_by(|a, b| a.1.0.total_cmp(&b.1.0).then((a.1.1, b.0).cmp(&(b.1.1, a.0))));
    best.map(|(hash, (count, _))| (hash, count))
}

/// How many characters of a title are in pieces that most titles have; the mean of all.
fn in_common(said: &[Said], titles: &[Vec<Piece>], total: f64) -> f64 {
    let mut tally: HashMap<u64, f64> = HashMap::new();
    for (text, title) in said.iter().zip(titles) {
        let own: BTreeSet<u64> = title.iter().map(|piece| piece.hash).collect();
        for hash in own {
            *tally.entry(hash).or_default() += f64::from(text.count);
        }
    }
    let common: BTreeSet<u64> =
        tally.into_iter().filter(|(_, count)| *count >= total * NAMED).map(|(hash, _)| hash).collect();
    let characters = |(text, title): (&Said, &Vec<Piece>)| {
        let stretches = covered(title, &common);
        let is_covered = |at: usize| stretches.iter().any(|(from, to)| (*from..*to).contains(&at));
        let count = text.title.char_indices().filter(|(at, sign)| sign.is_alphanumeric() && is_covered(*at)).count();
        count as f64 * f64::from(text.count)
    };
    said.iter().zip(titles).map(characters).sum::<f64>() / total.max(1.0)
}

/// The stretches of a text that names cover.
fn covered(text: &[Piece], names: &BTreeSet<u64>) -> Vec<(usize, usize)> {
    text.iter().filter(|piece| names.contains(&piece.hash)).map(|piece| (piece.from, piece.to)).collect()
}

/// The pieces that mostly touch a name.
fn beside<'a>(texts: impl Iterator<Item = &'a Vec<Piece>>, names: &BTreeSet<u64>) -> Vec<u64> {
    let mut tally: HashMap<u64, (u32, u32)> = HashMap::new();
    for text in texts {
        let stretches = covered(text, names);
        for piece in text {
            let entry = tally.entry(piece.hash).or_default();
            entry.1 += 1;
            entry.0 += u32::from(stretches.iter().any(|(from, to)| piece.from <= *to && piece.to >= *from));
        }
    }
    let mostly = |(touching, all): (u32, u32)| touching >= 2 && f64::from(touching) >= f64::from(all) * BESIDE;
    tally.into_iter().filter(|(_, counts)| mostly(*counts)).map(|(hash, _)| hash).collect()
}

/// The pieces that overlap no name, rising, each once.
fn apart(text: &[Piece], names: &BTreeSet<u64>) -> Vec<u64> {
    let stretches = covered(text, names);
    let is_apart = |piece: &&Piece| !stretches.iter().any(|(from, to)| piece.from < *to && piece.to > *from);
    let left: BTreeSet<u64> = text.iter().filter(is_apart).map(|piece| piece.hash).collect();
    left.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{hash64, normal};

    fn said(titles: &[&str]) -> Vec<Said> {
        titles.iter().map(|title| Said { title: normal(title), detail: String::new(), count: 1 }).collect()
    }

    fn hash_of(text: &str) -> u64 {
        let mut whole = hash64(text.chars(), 0);
        pieces(text, usize::MAX, LONGEST, |piece| {
            if piece.from == 0 && piece.to == text.len() {
                whole = piece.hash;
            }
        });
        whole
    }

    #[test]
    fn the_name_is_left_out() {
        for (what, titles, left, gone) in [
            ("a name", &["晴川里停水", "晴川里太吵", "投诉晴川里物业", "晴川里没有路灯"][..], "停水", "川里"),
            (
                "with the rest of its name",
                &["晴川里望澜苑停水", "晴川里望澜苑太吵", "投诉晴川里望澜苑物业", "晴川里望澜苑路灯"],
                "物业",
                "澜苑",
            ),
        ] {
            let all = nameless(&said(titles)).unwrap().concat().concat();
            assert!(all.contains(&hash_of(left)) && !all.contains(&hash_of(gone)), "{what}");
        }
        assert_eq!(nameless(&said(&["停水三天", "路灯不亮", "井盖破损"])), None);
        assert_eq!(nameless(&said(&["晴川里望澜苑电梯停运", "投诉晴川里望澜苑电梯", "晴川里望澜苑电梯太慢"])), None);
        assert_eq!(nameless(&[]), None);
    }
}
