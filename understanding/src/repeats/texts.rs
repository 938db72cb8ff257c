//! Messages as lists of their pieces, each weighing the more the rarer it is among all of them; title and detail are balanced
//! apart. Equal messages are one text.

use super::pieces::pieces;
use super::settings::{MANY, Settings};
use super::weights::{Weights, dot, for_each_part, keep_heaviest, scale, sum};
use crate::text::{hash64, normal};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The fewest characters of a name.
pub(super) const NAME: usize = 3;
/// Equal messages without rare pieces are a topic when they have so many pieces; a mere "the lamp is broken" is none.
const ENOUGH: usize = 24;

/// What one message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Message<'a> {
    /// Its kind; only messages of one kind come together. Empty where kinds are not told.
    pub kind: &'a str,
    /// Its title, in any form.
    pub title: &'a str,
    /// Its words, in any form.
    pub detail: &'a str,
}

/// The different texts of messages.
pub(super) struct Different {
    /// The first message of each text.
    pub(super) first: Vec<usize>,
    /// The text of each message.
    pub(super) text_of: Vec<u32>,
    /// How many messages say the same, of each text.
    pub(super) counts: Vec<u32>,
}

impl Different {
    pub(super) fn of(messages: &[Message<'_>]) -> Different {
        let mut seen: HashMap<u64, u32> = HashMap::with_capacity(messages.len());
        let mut different =
            Different { first: Vec::new(), text_of: Vec::with_capacity(messages.len()), counts: Vec::new() };
        for (at, message) in messages.iter().enumerate() {
            let fields = [message.kind, message.title.trim(), message.detail.trim()];
            let hash = hash64(fields.into_iter().flat_map(|field| field.chars().chain(['\0'])), 0);
            let text = *seen.entry(hash).or_insert_with(|| u32::try_from(different.first.len()).unwrap_or(u32::MAX));
            match different.counts.get_mut(text as usize) {
                Some(count) => *count += 1,
                None => {
                    different.first.push(at);
                    different.counts.push(1);
                }
            }
            different.text_of.push(text);
        }
        different
    }
}

/// The texts as lists of pieces.
#[derive(Default)]
pub(super) struct Texts {
    /// Of each text; its length is one, or less by what it alone says.
    pub(super) weights: Vec<Weights>,
    /// Of each text, the numbers of the names in its title, rising; none when there are too many messages.
    names: Vec<Vec<u32>>,
    /// How many messages say the same.
    pub(super) counts: Vec<u32>,
    /// Of each text, whether it says so much that its repetition alone is a topic.
    says_enough: Vec<bool>,
    /// Of each text, a number for its kind.
    pub(super) kinds: Vec<u32>,
    /// Of each number, how many messages have a piece of it.
    seen: Vec<u32>,
    /// How many messages there are.
    pub(super) messages: usize,
    /// How many numbers there are; a power of two.
    pub(super) numbers: usize,
}

impl Texts {
    pub(super) fn of(messages: &[Message<'_>], different: &Different, settings: &Settings) -> Texts {
        let numbers = numbers_for(messages, different, settings);
        let seen: Vec<AtomicU32> = (0..numbers).map(|_| AtomicU32::new(0)).collect();
        let cut = |at: &usize| messages.get(*at).map(|message| Cut::of(message, numbers, settings)).unwrap_or_default();
        let counted: Vec<(usize, u32)> =
            different.first.iter().copied().zip(different.counts.iter().copied()).collect();
        for_each_part(&counted, settings.threads, |part| {
            for (at, count) in part {
                for number in cut(at).all() {
                    if let Some(seen) = seen.get(number as usize) {
                        seen.fetch_add(*count, Relaxed);
                    }
                }
            }
        });
        let seen: Vec<u32> = seen.into_iter().map(AtomicU32::into_inner).collect();
        let rarity = Rarity { seen: &seen, texts: messages.len(), settings };
        let with_names = messages.len() < MANY;
        let parts = for_each_part(&different.first, settings.threads, |part| {
            let told = |text: Cut| {
                let names = if with_names { rarity.names(&text) } else { Vec::new() };
                ((rarity.weights(&text), names), text.all().take(ENOUGH).count() == ENOUGH)
            };
            part.iter().map(cut).map(told).collect::<Vec<_>>()
        });
        let ((weights, names), says_enough) = parts.into_iter().flatten().unzip();
        let kinds = kinds(messages, different);
        let counts = different.counts.clone();
        Texts { weights, names, counts, says_enough, kinds, seen, messages: messages.len(), numbers }
    }

    pub(super) fn weights(&self, text: u32) -> &[(u32, f32)] {
        self.weights.get(text as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// The numbers of the names in a text's title, rising.
    pub(super) fn names(&self, text: u32) -> &[u32] {
        self.names.get(text as usize).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn count(&self, text: u32) -> u32 {
        self.counts.get(text as usize).copied().unwrap_or_default()
    }

    /// Whether equal messages of this text are about one thing.
    pub(super) fn is_telling(&self, text: u32) -> bool {
        !self.weights(text).is_empty() || self.says_enough.get(text as usize).is_some_and(|enough| *enough)
    }

    pub(super) fn kind(&self, text: u32) -> u32 {
        self.kinds.get(text as usize).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.weights.len()).unwrap_or(u32::MAX)
    }

    /// How many messages have a piece.
    pub(super) fn seen(&self, hash: u64) -> u32 {
        self.seen.get(number(hash, self.numbers) as usize).copied().unwrap_or_default()
    }

    /// The number of a piece.
    pub(super) const fn number(&self, hash: u64) -> u32 {
        number(hash, self.numbers)
    }
}

/// A number for the kind of each text.
fn kinds(messages: &[Message<'_>], different: &Different) -> Vec<u32> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let kind = |at: &usize| messages.get(*at).map(|message| message.kind).unwrap_or_default();
    let number = |kind| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(kind).or_insert(next)
    };
    different.first.iter().map(kind).map(number).collect()
}

/// How many numbers pieces are given: several times more than there may be pieces, so that two seldom share one, but never
/// more than memory bears.
fn numbers_for(messages: &[Message<'_>], different: &Different, settings: &Settings) -> usize {
    let signs: usize = different
        .first
        .iter()
        .filter_map(|at| messages.get(*at))
        .map(|message| (message.title.len() + message.detail.len().min(settings.detail_characters * 3)) / 3)
        .sum();
    (signs * 8).next_power_of_two().clamp(1 << 12, 1 << 25)
}

/// The number of a piece; `numbers` is a power of two.
#[expect(clippy::cast_possible_truncation, reason = "at most 2^25 numbers")]
const fn number(hash: u64, numbers: usize) -> u32 {
    (hash & (numbers as u64).wrapping_sub(1)) as u32
}

/// The beginning of a detail in normal form. A normalised text is seldom longer than the text.
pub(super) fn beginning(detail: &str, characters: usize) -> String {
    let end = |text: &str, most: usize| text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
    let mut form = normal(detail.get(..end(detail, characters * 2)).unwrap_or_default());
    form.truncate(end(&form, characters));
    form
}

/// The numbers of a text's pieces, rising, each once.
#[derive(Default)]
struct Cut {
    title: Vec<u32>,
    detail: Vec<u32>,
    names: Vec<u32>,
}

impl Cut {
    fn of(message: &Message<'_>, numbers: usize, settings: &Settings) -> Cut {
        let number = |hash: u64| number(hash, numbers);
        let mut cut = Cut::default();
        pieces(&normal(message.title), settings.detail_characters, settings.longest, |piece| {
            cut.title.push(number(piece.hash));
            if piece.length >= NAME {
                cut.names.push(number(piece.hash));
            }
        });
        let detail = beginning(message.detail, settings.detail_characters);
        pieces(&detail, settings.detail_characters, settings.longest, |piece| cut.detail.push(number(piece.hash)));
        for list in [&mut cut.title, &mut cut.detail, &mut cut.names] {
            list.sort_unstable();
            list.dedup();
        }
        cut
    }

    /// Every number once.
    fn all(&self) -> impl Iterator<Item = u32> {
        let only_title = self.title.iter().filter(|number| self.detail.binary_search(number).is_err());
        only_title.chain(&self.detail).copied()
    }
}

/// How rare pieces are.
struct Rarity<'a> {
    seen: &'a [u32],
    texts: usize,
    settings: &'a Settings,
}

/// A title's or a detail's pieces, and the length of all that it says.
#[derive(Default)]
struct Block {
    shared: Weights,
    length: f32,
}

impl Rarity<'_> {
    /// In how many messages a piece is; none when it is so common that it says nothing.
    fn seen(&self, number: u32) -> Option<u32> {
        let most = (self.texts as f64 * self.settings.most_common).max(12.0);
        self.seen.get(number as usize).copied().filter(|seen| f64::from(*seen) <= most)
    }

    /// What a piece weighs that so many messages have.
    fn weight(&self, seen: u32) -> f32 {
        let share = self.texts as f64 / f64::from(seen.max(1));
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm is small")]
        let rareness = share.max(1.0).ln() as f32 + 0.1;
        rareness.powf(self.settings.power)
    }

    /// The pieces that others have too. The length of all, also of what stands alone, becomes `counts`.
    fn block(&self, numbers: &[u32], counts: f32) -> Block {
        let mut shared = Weights::with_capacity(numbers.len());
        let mut squares = 0.0;
        for number in numbers {
            let Some(seen) = self.seen(*number) else { continue };
            let weight = self.weight(seen);
            if seen >= 2 {
                squares += weight * weight;
                shared.push((*number, weight));
            } else {
                squares += weight * weight * self.settings.alone;
            }
        }
        if shared.is_empty() {
            return Block::default();
        }
        scale(&mut shared, counts / squares.sqrt());
        Block { shared, length: counts }
    }

    fn weights(&self, text: &Cut) -> Weights {
        let title = self.block(&text.title, self.settings.title_weight);
        let detail = self.block(&text.detail, self.settings.detail_weight);
        let both = dot(&title.shared, &detail.shared) * 2.0;
        let length = (title.length * title.length + detail.length * detail.length + both).sqrt();
        let mut all = sum(&title.shared, &detail.shared);
        keep_heaviest(&mut all, self.settings.most_pieces);
        scale(&mut all, 1.0 / length);
        all.shrink_to_fit();
        all
    }

    fn names(&self, text: &Cut) -> Vec<u32> {
        let is_shared = |number: &u32| self.seen(*number).is_some_and(|seen| seen >= 2);
        text.names.iter().copied().filter(is_shared).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message<'a>(title: &'a str, detail: &'a str) -> Message<'a> {
        Message { kind: "", title, detail }
    }

    #[test]
    fn equal_messages_are_one_text() {
        let messages =
            [message("路灯", "不亮"), message("路灯不亮", ""), message(" 路灯", "不亮 "), message("路灯", "不")];
        let different = Different::of(&messages);
        assert_eq!((different.first, different.counts), (vec![0, 1, 3], vec![2, 1, 1]));
        assert_eq!(different.text_of, [0, 1, 0, 2]);
    }

    #[test]
    fn what_stands_alone_makes_less_alike() {
        let messages = [message("晴川里停水三天", ""), message("晴川里太吵", ""), message("望澜苑", "")];
        let likeness = |alone: f32| {
            let settings = Settings { alone, ..Settings::default() };
            let texts = Texts::of(&messages, &Different::of(&messages), &settings);
            dot(texts.weights(0), texts.weights(1))
        };
        assert!(likeness(0.0) > 0.99 && likeness(1.0) < 0.5, "{} {}", likeness(0.0), likeness(1.0));
    }

    proptest! {
        #[test]
        fn no_text_is_longer_than_one(texts in prop::collection::vec(("[一-七]{0,6}", "[一-九]{0,20}"), 0..20), alone in 0.0f32..1.0) {
            let messages: Vec<Message<'_>> = texts.iter().map(|(title, detail)| message(title, detail)).collect();
            let settings = Settings { alone, ..Settings::default() };
            let texts = Texts::of(&messages, &Different::of(&messages), &settings);
            for list in &texts.weights {
                prop_assert!(list.windows(2).all(|pair| pair[0].0 < pair[1].0));
                prop_assert!(dot(list, list) < 1.001 && list.iter().all(|(_, weight)| weight.is_finite()));
            }
        }
    }
}
