//! Names in order, so that three questions are answered without looking at all of them: which names begin at this place of
//! a text, which names begin with these letters, which names share rare pairs of characters with it.

use crate::text::hash64;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A hasher for keys that are hashes already.
#[derive(Default)]
pub struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A map by [`hash64`].
pub type ByHash<V> = HashMap<u64, V, BuildHasherDefault<Same>>;

/// Names in the order of their code points, each once; a name's number is its place in the order.
#[derive(Default)]
pub struct Names {
    text: String,
    ends: Vec<u32>,
    /// The names that begin with two signs: first and behind the last.
    begins: ByHash<(u32, u32)>,
    pairs: ByHash<(u32, u32)>,
    with_pair: Vec<u32>,
}

/// A pair that more names hold says nothing about which.
const MOST_WITH_PAIR: usize = 2000;
/// When so many names share a text's rare pairs, no commoner pairs are asked.
const MOST_HELD: usize = 1200;
/// Names that are compared with a text as a whole.
const MOST_COMPARED: usize = 40;

fn pair_key(first: char, second: char) -> u64 {
    hash64([first, second], 0)
}

/// Puts what is held in the order of its numbers, each once with all its weight.
pub(super) fn add_up(held: &mut Vec<(u32, f32)>) {
    held.sort_unstable_by_key(|(number, _)| *number);
    held.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 += next.1;
        }
        is_same
    });
}

impl Names {
    /// The names of a list that is sorted and holds each once.
    pub fn new(sorted: &[String]) -> Names {
        let mut names = Names { text: sorted.concat(), ..Names::default() };
        let mut end = 0;
        let mut held: Vec<(u64, u32)> = Vec::new();
        for (index, name) in (0u32..).zip(sorted) {
            end += name.len() as u32;
            names.ends.push(end);
            let mut signs = name.chars();
            if let (Some(first), Some(second)) = (signs.next(), signs.next()) {
                names.begins.entry(pair_key(first, second)).or_insert((index, index)).1 = index + 1;
            }
            let signs: Vec<char> = name.chars().collect();
            held.extend(signs.windows(2).map(|pair| (pair_key(pair[0], pair[1]), index)));
        }
        held.sort_unstable();
        held.dedup();
        let mut from = 0;
        while let Some((key, _)) = held.get(from) {
            let count = held[from..].iter().take_while(|(other, _)| other == key).count();
            let begin = names.with_pair.len() as u32;
            if count <= MOST_WITH_PAIR {
                names.with_pair.extend(held[from..from + count].iter().map(|(_, name)| *name));
            }
            // Of a common pair only the count is kept: begin and end tell it apart by an empty list.
            let end = names.with_pair.len() as u32;
            names.pairs.insert(*key, if begin == end { (u32::MAX, count as u32) } else { (begin, end) });
            from += count;
        }
        names.ends.shrink_to_fit();
        names.begins.shrink_to_fit();
        names.pairs.shrink_to_fit();
        names.with_pair.shrink_to_fit();
        names
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The name of a number; empty for a number that is none.
    pub fn get(&self, name: u32) -> &str {
        let name = name as usize;
        let begin = name.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(name).copied().unwrap_or(begin);
        self.text.get(begin as usize..end as usize).unwrap_or_default()
    }

    /// The first name of a stretch of the order for which a question that is yes up to some name is answered no.
    fn part(&self, mut low: u32, mut high: u32, is_before: impl Fn(&str) -> bool) -> u32 {
        while low < high {
            let middle = low.midpoint(high);
            if is_before(self.get(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The number of a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        let found = self.part(0, self.len() as u32, |other| other < name);
        (self.get(found) == name && !name.is_empty()).then_some(found)
    }

    /// The names that begin with some letters, in order.
    pub fn beginning(&self, letters: &str) -> std::ops::Range<u32> {
        let first = self.part(0, self.len() as u32, |name| name < letters);
        let end = self.part(first, self.len() as u32, |name| name.starts_with(letters));
        first..end
    }

    /// The names of two signs or more that a text begins with, shortest first: number and bytes.
    pub fn at(&self, text: &str, mut found: impl FnMut(u32, usize)) {
        let mut signs = text.char_indices();
        let (Some((_, first)), Some((_, second))) = (signs.next(), signs.next()) else { return };
        let Some(&(mut low, mut high)) = self.begins.get(&pair_key(first, second)) else { return };
        let ends = signs.map(|(at, _)| at).chain([text.len()]);
        for end in ends {
            let part = &text[..end];
            low = self.part(low, high, |name| name < part);
            high = self.part(low, high, |name| name.starts_with(part));
            if low >= high {
                return;
            }
            if self.get(low) == part {
                found(low, end);
                low += 1;
            }
        }
    }

    /// How much a pair of characters tells: the logarithm of how few names hold it.
    fn weight(&self, pair: u64) -> f32 {
        let count = match self.pairs.get(&pair) {
            Some(&(u32::MAX, count)) => count,
            Some(&(begin, end)) => end - begin,
            None => 1,
        };
        (self.len() as f32 / count.max(1) as f32).ln().max(0.1)
    }

    /// How much a name tells by itself: the sum over its pairs.
    pub fn telling(&self, name: &str) -> f32 {
        pairs_of(name).iter().map(|pair| self.weight(*pair)).sum()
    }

    /// The names that hold some of a text's pairs of characters, with the weight of those pairs: the rarest pairs first, so
    /// many of them, and not many more than [`MOST_HELD`] names.
    fn holding(&self, pairs: &[u64], most: usize) -> Vec<(u32, f32)> {
        let mut lists: Vec<(&[u32], f32)> = pairs
            .iter()
            .filter_map(|pair| self.pairs.get(pair).map(|place| (*pair, *place)))
            .filter(|(_, (begin, _))| *begin != u32::MAX)
            .filter_map(|(pair, (begin, end))| {
                Some((self.with_pair.get(begin as usize..end as usize)?, self.weight(pair)))
            })
            .collect();
        lists.sort_by_key(|(list, _)| list.len());
        let mut held: Vec<(u32, f32)> = Vec::new();
        for (list, weight) in lists.into_iter().take(most) {
            if !held.is_empty() && held.len() + list.len() > MOST_HELD {
                break;
            }
            held.extend(list.iter().map(|name| (*name, weight)));
        }
        add_up(&mut held);
        held
    }

    /// The names most like a text: number and likeness from 0 to 1, best first. Likeness is the weight of the shared pairs in
    /// the geometric mean of both weights.
    pub fn alike(&self, text: &str, most: usize) -> Vec<(u32, f32)> {
        let pairs = pairs_of(text);
        let own: f32 = pairs.iter().map(|pair| self.weight(*pair)).sum();
        let mut held = self.holding(&pairs, 6);
        if held.len() > MOST_COMPARED {
            held.select_nth_unstable_by(MOST_COMPARED, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            held.truncate(MOST_COMPARED);
        }
        let mut found: Vec<(u32, f32)> = Vec::new();
        for (name, _) in held {
            let (mut all, mut shared) = (0.0, 0.0);
            for pair in pairs_of(self.get(name)) {
                let weight = self.weight(pair);
                all += weight;
                if pairs.binary_search(&pair).is_ok() {
                    shared += weight;
                }
            }
            found.push((name, shared / (own * all).sqrt().max(1e-3)));
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(most);
        found
    }

    /// The names that hold a text of two signs or more somewhere, not all when they are very many.
    pub fn containing(&self, text: &str) -> Vec<u32> {
        let held = self.holding(&pairs_of(text), 1);
        held.into_iter().map(|(name, _)| name).filter(|name| self.get(*name).contains(text)).collect()
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        self.text.len()
            + self.ends.len() * 4
            + (self.begins.capacity() + self.pairs.capacity()) * 17
            + self.with_pair.len() * 4
    }
}

/// Texts by numbers that rise: how a name is written where that differs from its form.
#[derive(Debug, Default)]
pub struct Spellings {
    names: Vec<u32>,
    ends: Vec<u32>,
    text: String,
}

impl Spellings {
    /// The spellings of a list whose numbers may stand in any order; of two for one number the first in the alphabet.
    pub fn new(mut list: Vec<(u32, String)>) -> Spellings {
        list.sort_unstable();
        list.dedup_by_key(|(name, _)| *name);
        let mut spellings = Spellings::default();
        for (name, written) in list {
            spellings.text.push_str(&written);
            spellings.names.push(name);
            spellings.ends.push(spellings.text.len() as u32);
        }
        spellings.names.shrink_to_fit();
        spellings.ends.shrink_to_fit();
        spellings.text.shrink_to_fit();
        spellings
    }

    /// The spelling of a number, if it has one.
    pub fn get(&self, name: u32) -> Option<&str> {
        let place = self.names.binary_search(&name).ok()?;
        let begin = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(begin as usize..*self.ends.get(place)? as usize)
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + (self.names.capacity() + self.ends.capacity()) * size_of::<u32>()
    }
}

fn pairs_of(text: &str) -> Vec<u64> {
    let mut pairs: Vec<u64> =
        text.chars().zip(text.chars().skip(1)).map(|(first, second)| pair_key(first, second)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(list: &[&str]) -> Names {
        let mut sorted: Vec<String> = list.iter().map(|name| (*name).to_owned()).collect();
        sorted.sort();
        sorted.dedup();
        Names::new(&sorted)
    }

    #[test]
    fn found_at_a_place_by_beginning_and_by_likeness() {
        let names = names(&["望澜大剧院", "望澜", "望澜大剧院中剧场", "青石公园", "main square"]);
        let mut found = Vec::new();
        names.at("望澜大剧院旁边", |name, length| found.push((names.get(name).to_owned(), length)));
        assert_eq!(found, [("望澜".to_owned(), 6), ("望澜大剧院".to_owned(), 15)]);
        assert_eq!(names.beginning("望澜大").len(), 2);
        assert_eq!(names.find("青石公园").map(|name| names.get(name)), Some("青石公园"));
        assert_eq!(names.find("青石"), None);
        assert_eq!(names.containing("石公").len(), 1);
        let (best, likeness) = names.alike("青石的公园", 3)[0];
        assert_eq!(names.get(best), "青石公园");
        assert!(likeness > 0.5 && likeness < 1.0);
        assert!(Names::default().find("").is_none());
        assert!(Names::default().is_empty() && !names.is_empty());
    }

    #[test]
    fn spellings_are_found_by_number() {
        let spellings = Spellings::new(vec![(7, "Main Square".to_owned()), (2, "望澜（大剧院）".to_owned())]);
        assert_eq!(spellings.get(7), Some("Main Square"));
        assert_eq!(spellings.get(2), Some("望澜（大剧院）"));
        assert_eq!((spellings.get(0), spellings.get(8)), (None, None));
    }

    proptest! {
        #[test]
        fn every_name_is_found_where_it_stands(list in proptest::collection::btree_set("[甲乙丙a-c]{2,5}", 1..40), head in "[甲乙a]{0,3}") {
            let sorted: Vec<String> = list.into_iter().collect();
            let names = Names::new(&sorted);
            for name in &sorted {
                prop_assert_eq!(names.find(name).map(|found| names.get(found)), Some(name.as_str()));
                let text = format!("{head}{name}丁");
                let mut lengths = Vec::new();
                names.at(&text[head.len()..], |found, length| lengths.push((names.get(found).to_owned(), length)));
                prop_assert!(lengths.contains(&(name.clone(), name.len())));
                let expected = sorted.iter().filter(|other| other.starts_with(name.as_str())).count();
                prop_assert_eq!(names.beginning(name).len(), expected);
            }
        }
    }
}
