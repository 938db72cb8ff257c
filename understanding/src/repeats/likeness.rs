//! Whether two reports are about the same thing (疑似重复): a sum of small reasons, each of which a person can read and judge.
//! The points are log-odds by experience, in hundredths; nothing is linked by itself.

use super::pieces::{LONGEST, pieces};
use crate::photos::comparing::Verdict;
use crate::text::{is_ideograph, normal};
use std::collections::HashMap;

/// From so many points on a twin is offered.
pub const OFFERED: i64 = 150;
/// From so many points on it is very likely one.
pub const VERY_LIKELY: i64 = 300;
/// So many characters of a report's words are compared.
const READ: usize = 300;
const HOUR: i64 = 3_600_000;

/// What is known of a report when twins are sought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Marks {
    /// Degrees east and north, WGS-84.
    pub point: Option<(f64, f64)>,
    /// The sub-class's code; empty when nobody has said.
    pub code: String,
    /// The class above it; empty when nobody has said.
    pub class: String,
    /// When it came, in milliseconds since 1970.
    pub received_at: i64,
    /// Its words, as [`Rareness::words`] made them.
    pub words: Words,
    /// The component's code (部件); empty when there is none.
    pub component: String,
    /// The address in one written form; empty when nobody has said. It counts where a point is missing.
    pub address: String,
    /// The unit grid's code; empty when nobody knows. It counts where a point is missing.
    pub cell: String,
}

/// The words of a report: their pieces' numbers, rising, and what they weigh; of length one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Words(Vec<(u64, f32)>);

impl Words {
    /// How alike two reports' words are: 0 to 1, and 0 when one says nothing.
    pub fn likeness(&self, other: &Words) -> f32 {
        let (mut left, mut right) = (self.0.iter(), other.0.iter());
        let (mut one, mut two) = (left.next(), right.next());
        let mut total = 0.0;
        while let (Some(a), Some(b)) = (one, two) {
            if a.0 == b.0 {
                total += a.1 * b.1;
            }
            if a.0 <= b.0 {
                one = left.next();
            }
            if b.0 <= a.0 {
                two = right.next();
            }
        }
        total.min(1.0)
    }
}

/// Words that say nothing of a problem (请, 尽快处理, please): they part what stands around them, as a sign does, and are not
/// compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fillers(Vec<String>);

impl Fillers {
    /// From a list of words in any form; what is empty is left out.
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Fillers {
        let mut words: Vec<String> = words.into_iter().map(normal).filter(|word| !word.is_empty()).collect();
        // The longest goes first: 请尽快处理 is taken before 请.
        words.sort_by_key(|word| (std::cmp::Reverse(word.len()), word.clone()));
        words.dedup();
        Fillers(words)
    }

    /// A normalised text with a sign in place of each filler. A spelled filler is taken as a whole word only.
    fn without(&self, form: String) -> String {
        self.0.iter().fold(form, |form, filler| match form.contains(filler.as_str()) {
            true => parted(&form, filler),
            false => form,
        })
    }
}

fn parted(form: &str, filler: &str) -> String {
    let is_spelled = filler.chars().all(|sign| !is_ideograph(sign));
    let is_letter = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() && !is_ideograph(sign));
    let (mut left, mut rest) = (String::with_capacity(form.len()), form);
    while let Some((before, after)) = rest.split_once(filler) {
        let is_inside = is_letter(before.chars().next_back().or_else(|| left.chars().next_back()))
            || is_letter(after.chars().next());
        left.push_str(before);
        left.push_str(if is_spelled && is_inside { filler } else { "|" });
        rest = after;
    }
    left.push_str(rest);
    left
}

/// How rare pieces of words are among a city's reports of late.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rareness {
    texts: u32,
    seen: HashMap<u64, u32>,
    fillers: Fillers,
}

impl Rareness {
    /// Learnt from texts; what only one of them has is rare enough without being kept.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Rareness {
        Rareness::without(Fillers::default(), texts)
    }

    /// The same, in which fillers do not count.
    pub fn without<'a>(fillers: Fillers, texts: impl IntoIterator<Item = &'a str>) -> Rareness {
        let mut rareness = Rareness { fillers, ..Rareness::default() };
        for text in texts {
            rareness.texts = rareness.texts.saturating_add(1);
            for number in numbers(text, &rareness.fillers) {
                *rareness.seen.entry(number).or_default() += 1;
            }
        }
        rareness.seen.retain(|_, count| *count > 1);
        rareness
    }

    /// A report's words, weighed.
    pub fn words(&self, text: &str) -> Words {
        let mut words: Vec<(u64, f32)> =
            numbers(text, &self.fillers).into_iter().map(|number| (number, self.weight(number))).collect();
        let length = words.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        for (_, weight) in &mut words {
            *weight /= length;
        }
        Words(words)
    }

    #[expect(clippy::cast_possible_truncation, reason = "a logarithm is small")]
    fn weight(&self, number: u64) -> f32 {
        let seen = self.seen.get(&number).copied().unwrap_or(1);
        ((f64::from(self.texts) + 1.0) / f64::from(seen)).ln().max(0.1) as f32
    }
}

fn numbers(text: &str, fillers: &Fillers) -> Vec<u64> {
    let mut numbers = Vec::new();
    let begun: String = text.chars().take(READ).collect();
    pieces(&fillers.without(normal(&begun)), READ, LONGEST, |piece| numbers.push(piece.hash));
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Why two reports may be twins, or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// They lie so many metres from each other.
    Near(u32),
    /// They lie so many metres from each other: too far.
    Far(u32),
    /// They have one sub-class.
    SameKind,
    /// They have one class, but not one sub-class.
    SameClass,
    /// They have different classes.
    OtherKind,
    /// So many minutes lie between them.
    MinutesApart(u32),
    /// More than a week lies between them: so many days.
    DaysApart(u32),
    /// Their words are alike by so many hundredths.
    SameWords(u32),
    /// Their words differ.
    OtherWords,
    /// Their photos are one picture.
    SamePhoto,
    /// Their photos show one view.
    LikePhoto,
    /// They name one component.
    SameObject,
    /// One of them has no point, and they give one address.
    SameAddress,
    /// One of them has no point, and they lie in one unit grid.
    SameCell,
}

impl Reason {
    /// The key of its sentence.
    pub const fn key(self) -> &'static str {
        match self {
            Reason::Near(_) => "twin-near",
            Reason::Far(_) => "twin-far",
            Reason::SameKind => "twin-same-kind",
            Reason::SameClass => "twin-same-class",
            Reason::OtherKind => "twin-other-kind",
            Reason::MinutesApart(_) => "twin-minutes-apart",
            Reason::DaysApart(_) => "twin-days-apart",
            Reason::SameWords(_) => "twin-same-words",
            Reason::OtherWords => "twin-other-words",
            Reason::SamePhoto => "twin-same-photo",
            Reason::LikePhoto => "twin-like-photo",
            Reason::SameObject => "twin-same-object",
            Reason::SameAddress => "twin-same-address",
            Reason::SameCell => "twin-same-cell",
        }
    }

    /// The number of its sentence, if it has one.
    pub const fn number(self) -> Option<u32> {
        match self {
            Reason::Near(number)
            | Reason::Far(number)
            | Reason::MinutesApart(number)
            | Reason::DaysApart(number)
            | Reason::SameWords(number) => Some(number),
            _ => None,
        }
    }
}

/// How surely two reports are twins, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Likeness {
    /// The sum of the reasons' points.
    pub points: i64,
    /// The reasons with their points, in the order in which they were weighed.
    pub reasons: Vec<(Reason, i64)>,
}

impl Likeness {
    /// Whether a person should be asked.
    pub const fn is_offered(&self) -> bool {
        self.points >= OFFERED
    }

    /// Whether it is very likely.
    pub const fn is_very_likely(&self) -> bool {
        self.points >= VERY_LIKELY
    }

    /// The reasons that speak for it, the strongest first.
    pub fn speaking_for(&self) -> Vec<Reason> {
        let mut speaking: Vec<(Reason, i64)> = self.reasons.iter().copied().filter(|(_, points)| *points > 0).collect();
        speaking.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
        speaking.into_iter().map(|(reason, _)| reason).collect()
    }
}

/// Weighs two reports; the same whichever comes first. What one of them does not say is no reason. `photos` is what a
/// comparison of their photos said, none when there is nothing to compare.
pub fn likeness(a: &Marks, b: &Marks, photos: Option<Verdict>) -> Likeness {
    let kind = kind(a, b);
    let photo = match photos {
        Some(Verdict::Same) => Some((Reason::SamePhoto, 400)),
        Some(Verdict::Alike) => Some((Reason::LikePhoto, 150)),
        Some(Verdict::Different) | None => None,
    };
    let is_same_object = !a.component.is_empty() && a.component == b.component;
    let object = is_same_object.then_some((Reason::SameObject, 200));
    let all = [distance(a, b), kind, time(a, b), words(a, b), photo, object];
    let reasons: Vec<(Reason, i64)> = all.into_iter().flatten().collect();
    Likeness { points: reasons.iter().map(|(_, points)| points).sum(), reasons }
}

fn distance(a: &Marks, b: &Marks) -> Option<(Reason, i64)> {
    let is_one = |one: &str, other: &str| !one.is_empty() && one == other;
    let Some((here, there)) = a.point.zip(b.point) else {
        return match () {
            () if is_one(&a.address, &b.address) => Some((Reason::SameAddress, 130)),
            () if is_one(&a.cell, &b.cell) => Some((Reason::SameCell, 50)),
            () => None,
        };
    };
    let metres = metres_between(here, there);
    let whole = whole(metres);
    Some(match metres {
        ..=15.0 => (Reason::Near(whole), 200),
        ..=60.0 => (Reason::Near(whole), 100),
        ..=150.0 => (Reason::Near(whole), 0),
        _ => (Reason::Far(whole), -200),
    })
}

fn kind(a: &Marks, b: &Marks) -> Option<(Reason, i64)> {
    match (a.code.as_str(), b.code.as_str()) {
        ("", _) | (_, "") => None,
        (one, other) if one == other => Some((Reason::SameKind, 150)),
        // A class has dozens of sub-classes: a lamp and a manhole cover are of one.
        _ if !a.class.is_empty() && a.class == b.class => Some((Reason::SameClass, -60)),
        _ => Some((Reason::OtherKind, -150)),
    }
}

fn time(a: &Marks, b: &Marks) -> Option<(Reason, i64)> {
    let apart = a.received_at.saturating_sub(b.received_at).saturating_abs();
    let minutes = u32::try_from(apart / 60_000).unwrap_or(u32::MAX);
    let days = u32::try_from(apart / (24 * HOUR)).unwrap_or(u32::MAX);
    if apart <= 2 * HOUR {
        Some((Reason::MinutesApart(minutes), 80))
    } else if apart <= 24 * HOUR {
        Some((Reason::MinutesApart(minutes), 40))
    } else {
        (apart > 7 * 24 * HOUR).then_some((Reason::DaysApart(days), -40))
    }
}

/// Words count from a quarter of likeness upwards, and speak against it below.
fn words(a: &Marks, b: &Marks) -> Option<(Reason, i64)> {
    if a.words.0.is_empty() || b.words.0.is_empty() {
        return None;
    }
    let hundredths = whole(f64::from(a.words.likeness(&b.words)) * 100.0);
    let points = (i64::from(hundredths) - 25) * 3;
    Some((if points > 0 { Reason::SameWords(hundredths) } else { Reason::OtherWords }, points))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the range")]
fn whole(number: f64) -> u32 {
    number.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// Metres between two places, good enough within a city.
fn metres_between(a: (f64, f64), b: (f64, f64)) -> f64 {
    let north = (a.1 - b.1) * 111_320.0;
    let east = (a.0 - b.0) * 111_320.0 * f64::midpoint(a.1, b.1).to_radians().cos();
    north.hypot(east)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: i64 = 1_780_000_000_000;

    fn marks(east_metres: f64, code: &str, hours: i64, text: &str) -> Marks {
        let few = ["路灯不亮", "井盖破损", "垃圾没有人收", "望澜路 12 号路灯不亮", "夜里施工太吵"];
        Marks {
            point: Some((114.0 + east_metres / 111_320.0 / 22.5f64.to_radians().cos(), 22.5)),
            code: code.to_owned(),
            class: code.chars().take(1).collect(),
            received_at: NOON + hours * HOUR,
            words: Rareness::of(few).words(text),
            ..Marks::default()
        }
    }

    #[test]
    fn fillers_are_not_compared() {
        let fillers = Fillers::of(["请", "尽快处理", "你好", "please", "as soon as possible"]);
        assert_eq!(fillers.without(normal("你好，路灯坏了请尽快处理")), "|,路灯坏了||");
        assert_eq!(fillers.without(normal("Please fix, pleased as soon as possible")), "| fix, pleased |");
        let (bare, plain) = (Rareness::without(fillers, []), Rareness::of([]));
        let (one, other) = ("你好，路灯坏了，请尽快处理", "你好，井盖丢了，请尽快处理");
        assert!(bare.words(one).likeness(&bare.words(other)) < 0.05);
        assert!(plain.words(one).likeness(&plain.words(other)) > 0.3);
        assert_eq!(bare.words("请尽快处理").likeness(&bare.words("请尽快处理")), 0.0, "nothing was said");
    }

    #[test]
    fn where_a_point_is_missing_the_address_or_the_unit_grid_speaks() {
        let said = |address: &str, cell: &str| Marks {
            address: address.to_owned(),
            cell: cell.to_owned(),
            received_at: NOON,
            ..Marks::default()
        };
        let near = marks(0.0, "", 0, "");
        for (a, b, expected) in [
            (said("望澜路8", "c"), said("望澜路8", "d"), Some(Reason::SameAddress)),
            (said("望澜路8", "c"), said("望澜路9", "c"), Some(Reason::SameCell)),
            (said("", ""), said("", ""), None),
            (Marks { cell: "c".to_owned(), ..near.clone() }, said("", "c"), Some(Reason::SameCell)),
            (Marks { cell: "c".to_owned(), ..near.clone() }, near, Some(Reason::Near(0))),
        ] {
            assert_eq!(distance(&a, &b).map(|(reason, _)| reason), expected);
        }
    }

    #[test]
    fn who_is_a_twin() {
        let first = marks(0.0, "a1", 0, "望澜路 12 号路灯不亮");
        for (name, second, photos, is_offered, is_very_likely) in [
            ("the same, soon after", marks(8.0, "a1", 1, "望澜路路灯不亮了"), None, true, true),
            ("next door, the day after", marks(40.0, "a1", 20, "路灯不亮"), None, true, true),
            ("here, of another kind", marks(5.0, "b1", 1, "垃圾没有人收"), None, false, false),
            ("far away", marks(900.0, "a1", 1, "路灯不亮"), None, false, false),
            ("here, a month later", marks(5.0, "a1", 720, "夜里很黑"), None, true, false),
            ("far away, one picture", marks(900.0, "a1", 1, "夜里很黑"), Some(Verdict::Same), true, true),
        ] {
            let likeness = likeness(&first, &second, photos);
            let points = likeness.points;
            assert_eq!(
                (likeness.is_offered(), likeness.is_very_likely()),
                (is_offered, is_very_likely),
                "{name}: {points}"
            );
        }
    }

    #[test]
    fn reasons_are_told() {
        let mut first = marks(0.0, "a1", 0, "望澜路 12 号路灯不亮");
        let mut second = marks(10.0, "a1", 1, "望澜路 12 号路灯不亮");
        first.component = "D-17".to_owned();
        second.component = "D-17".to_owned();
        let reasons = likeness(&first, &second, Some(Verdict::Alike)).speaking_for();
        let keys: Vec<&str> = reasons.iter().map(|reason| reason.key()).collect();
        let expected = ["twin-same-words", "twin-near", "twin-same-object", "twin-same-kind", "twin-like-photo"];
        assert_eq!(keys.get(..5), Some(&expected[..]));
        assert_eq!(reasons.get(1).and_then(|reason| reason.number()), Some(10));
    }

    #[test]
    fn what_is_not_said_is_no_reason() {
        let silent = Marks { received_at: NOON, ..Marks::default() };
        let other = Marks { received_at: NOON + 48 * HOUR, ..Marks::default() };
        assert_eq!(likeness(&silent, &other, None), Likeness::default());
    }

    proptest! {
        #[test]
        fn order_does_not_matter(
            east in -500.0f64..500.0, hours in -2000i64..2000, one in "[ab][12]?", other in "[ab][12]?",
            text in "[路灯井盖垃圾坏了]{0,12}",
        ) {
            let (a, b) = (marks(0.0, &one, 0, "路灯坏了"), marks(east, &other, hours, &text));
            let (there, back) = (likeness(&a, &b, Some(Verdict::Alike)), likeness(&b, &a, Some(Verdict::Alike)));
            prop_assert_eq!(there.points, there.reasons.iter().map(|(_, points)| points).sum::<i64>());
            prop_assert_eq!(there, back);
        }

        #[test]
        fn words_are_most_like_themselves(text in "\\PC{0,40}", other in "\\PC{0,40}") {
            let rareness = Rareness::of([text.as_str(), other.as_str()]);
            let (a, b) = (rareness.words(&text), rareness.words(&other));
            prop_assert!((0.0..=1.0).contains(&a.likeness(&b)));
            prop_assert!(a.0.is_empty() || a.likeness(&a) > 0.999);
        }
    }
}
