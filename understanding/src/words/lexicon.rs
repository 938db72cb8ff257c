//! What the words of a list speak for, before anything is learnt: each class has phrases, and the more characters of a text
//! stand in phrases of a class, the surer the answer. The same answer is the hint that a learnt model begins from.

use crate::text::{is_ideograph, normal};
use crate::words::calibration::Guess;
use std::collections::HashMap;

/// How many classes are answered at most.
const MOST: usize = 8;
/// The parts of a phrase in several parts stand within so many characters of its first one.
const REACH: usize = 24;
/// Several parts found together tell more than each of them alone.
const TOGETHER: f32 = 1.5;
/// A spelled word counts as so many ideographs.
const SPELLED: f32 = 2.0;
/// So many ideographs that speak for one class alone are more likely right than not.
const HALF: f32 = 2.4;

/// A phrase that speaks for a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase<'a> {
    /// The class, by its place in the list of classes.
    pub class: usize,
    /// Words in any language; `+` parts those that need not stand together: `路灯+不亮`.
    pub words: &'a str,
    /// How much each of its characters counts, above 0; 1 for what people say of nothing else.
    pub weight: f32,
}

/// Phrases, ready to be found in texts.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// By first character: the parts that begin with it.
    parts: HashMap<char, Vec<Part>>,
    phrases: Vec<Entry>,
    /// By part: the phrases that it belongs to.
    of_part: Vec<Vec<u32>>,
}

#[derive(Clone, Debug)]
struct Part {
    number: u32,
    signs: Vec<char>,
}

#[derive(Clone, Debug)]
struct Entry {
    class: usize,
    parts: Vec<u32>,
    /// What each ideograph of it counts, and each spelled word half of it.
    weight: f32,
}

/// Where a part was found: first character, and the one behind its last.
type Span = (usize, usize);

impl Lexicon {
    /// Of phrases; one that speaks for several classes speaks for each of them the less. Empty ones are left out.
    pub fn of<'a>(phrases: impl IntoIterator<Item = Phrase<'a>>) -> Lexicon {
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut lexicon = Lexicon::default();
        let mut weights: HashMap<(usize, Vec<u32>), f32> = HashMap::new();
        for phrase in phrases {
            let mut parts: Vec<u32> = Vec::new();
            for part in phrase.words.split('+').map(normal).filter(|part| !part.is_empty()) {
                let number = *known.entry(part.clone()).or_insert_with(|| {
                    let number = lexicon.of_part.len() as u32;
                    let signs: Vec<char> = part.chars().collect();
                    lexicon.parts.entry(signs[0]).or_default().push(Part { number, signs });
                    lexicon.of_part.push(Vec::new());
                    number
                });
                parts.push(number);
            }
            parts.sort_unstable();
            parts.dedup();
            if !parts.is_empty() {
                let weight = weights.entry((phrase.class, parts)).or_default();
                *weight = weight.max(phrase.weight);
            }
        }
        let mut sharers: HashMap<&[u32], f32> = HashMap::new();
        for (_, parts) in weights.keys() {
            *sharers.entry(parts).or_default() += 1.0;
        }
        let mut entries: Vec<Entry> = weights
            .iter()
            .map(|((class, parts), weight)| {
                let together = if parts.len() > 1 { TOGETHER } else { 1.0 };
                let shared = sharers.get(parts.as_slice()).copied().unwrap_or(1.0);
                Entry { class: *class, parts: parts.clone(), weight: weight * together / shared }
            })
            .collect();
        entries.sort_by(|one, other| one.class.cmp(&other.class).then_with(|| one.parts.cmp(&other.parts)));
        for (number, entry) in entries.iter().enumerate() {
            for part in &entry.parts {
                lexicon.of_part[*part as usize].push(number as u32);
            }
        }
        lexicon.phrases = entries;
        lexicon
    }

    /// How many different phrases there are, class by class.
    pub fn len(&self) -> usize {
        self.phrases.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// The classes that the text's words speak for, the likeliest first, at most eight; none when nothing speaks for any. How sure
    /// each is grows with the characters that speak for it, and falls with those that speak for others.
    pub fn rank(&self, text: &str) -> Vec<Guess> {
        let signs: Vec<char> = normal(text).chars().collect();
        let found = self.parts_in(&signs);
        let mut weights: HashMap<usize, Vec<(Span, f32)>> = HashMap::new();
        let mut seen = std::collections::HashSet::new();
        for part in found.keys() {
            for number in &self.of_part[*part as usize] {
                if !seen.insert(*number) {
                    continue;
                }
                let entry = &self.phrases[*number as usize];
                if let Some(spans) = standing(entry, &found) {
                    weights.entry(entry.class).or_default().extend(spans.into_iter().map(|span| (span, entry.weight)));
                }
            }
        }
        let mut scores: Vec<(usize, f32)> =
            weights.into_iter().map(|(class, spans)| (class, covered(&signs, &spans))).collect();
        scores.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        scores.truncate(MOST);
        guesses(&scores)
    }

    /// Every part that stands in the text, and where.
    fn parts_in(&self, signs: &[char]) -> HashMap<u32, Vec<Span>> {
        let mut found: HashMap<u32, Vec<Span>> = HashMap::new();
        for at in 0..signs.len() {
            for part in self.parts.get(&signs[at]).into_iter().flatten() {
                if let Some(end) = stands(signs, at, &part.signs) {
                    found.entry(part.number).or_default().push((at, end));
                }
            }
        }
        found
    }
}

/// Whether a part stands at a place; spelled words only whole, or with the letters of a plural. Answers where it ends.
fn stands(signs: &[char], at: usize, part: &[char]) -> Option<usize> {
    let end = at + part.len();
    if signs.get(at..end)? != part {
        return None;
    }
    let is_letter = |sign: &char| sign.is_alphanumeric() && !is_ideograph(*sign);
    if is_letter(&part[0]) && at > 0 && is_letter(&signs[at - 1]) {
        return None;
    }
    if !is_letter(&part[part.len() - 1]) {
        return Some(end);
    }
    let tail = signs[end..].iter().take_while(|sign| is_letter(sign)).count();
    match &signs[end..end + tail] {
        [] | ['s'] | ['e', 's'] => Some(end + tail),
        _ => None,
    }
}

/// Where the parts of a phrase stand near each other; none when one is missing.
fn standing(entry: &Entry, found: &HashMap<u32, Vec<Span>>) -> Option<Vec<Span>> {
    let (first, others) = entry.parts.split_first()?;
    let firsts = found.get(first)?;
    if others.is_empty() {
        return Some(firsts.clone());
    }
    firsts.iter().find_map(|span| {
        let near = |part: &u32| {
            let nearest = found.get(part)?.iter().min_by_key(|other| other.0.abs_diff(span.0))?;
            (nearest.0.abs_diff(span.0) <= REACH).then_some(*nearest)
        };
        let mut spans = vec![*span];
        for part in others {
            spans.push(near(part)?);
        }
        Some(spans)
    })
}

/// What the characters count that stand in one of the spans, each as in the span that counts most.
fn covered(signs: &[char], spans: &[(Span, f32)]) -> f32 {
    let mut weights = vec![0f32; signs.len()];
    for ((start, end), weight) in spans {
        for one in &mut weights[*start..*end] {
            *one = one.max(*weight);
        }
    }
    let mut sum = 0.0;
    for (at, (sign, weight)) in signs.iter().zip(&weights).enumerate() {
        let is_start = at == 0 || !signs[at - 1].is_alphanumeric() || is_ideograph(signs[at - 1]);
        sum += match () {
            () if is_ideograph(*sign) => *weight,
            () if sign.is_alphanumeric() && is_start => SPELLED * weight,
            () => 0.0,
        };
    }
    sum
}

fn guesses(scores: &[(usize, f32)]) -> Vec<Guess> {
    let Some((_, most)) = scores.first() else { return Vec::new() };
    let total: f32 = scores.iter().map(|(_, score)| score * score).sum();
    let strength = 1.0 - (-most / HALF).exp();
    let guess = |(class, score): &(usize, f32)| Guess { class: *class, confidence: strength * score * score / total };
    scores.iter().map(guess).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lexicon() -> Lexicon {
        let phrase = |class, words| Phrase { class, words, weight: 1.0 };
        Lexicon::of([
            phrase(0, "路灯+不亮"),
            phrase(0, "路灯"),
            phrase(0, "street light"),
            phrase(1, "井盖+没"),
            phrase(1, "井盖"),
            phrase(1, "manhole"),
            phrase(2, "井盖"),
            phrase(3, "gas"),
            phrase(3, ""),
        ])
    }

    #[test]
    fn what_words_speak_for() {
        let lexicon = lexicon();
        assert_eq!(lexicon.len(), 8);
        for (text, class, least, most) in [
            ("小区门口的路灯好几天都不亮了", 0, 0.8, 1.0),
            ("路灯", 0, 0.5, 0.7),
            ("Two STREET LIGHTS are out", 0, 0.7, 0.95),
            ("井盖没了，很危险", 1, 0.8, 1.0),
            ("井盖响", 1, 0.0, 0.35),
            ("it smells of gas", 3, 0.4, 0.7),
        ] {
            let first = lexicon.rank(text)[0];
            assert_eq!(first.class, class, "{text}");
            assert!((least..most).contains(&first.confidence), "{text}: {}", first.confidence);
        }
        for text in ["", "Las Vegas", "你好", "gasoline"] {
            assert!(lexicon.rank(text).is_empty(), "{text}");
        }
        // What is far away does not belong together.
        let far = format!("路灯{}不亮", "一".repeat(30));
        assert!(lexicon.rank(&far)[0].confidence < 0.7);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "\\PC{0,40}") {
            let ranked = lexicon().rank(&text);
            let sum: f32 = ranked.iter().map(|guess| guess.confidence).sum();
            prop_assert!((0.0..=1.0001).contains(&sum));
            prop_assert!(ranked.windows(2).all(|pair| pair[0].confidence >= pair[1].confidence));
        }
    }
}
