//! Words as a machine looks at them: one form for the same signs, runs of characters, the pieces that a search finds. Chinese
//! is not cut into words by a dictionary: overlapping pairs and threes of characters carry as much, and need none.

use std::ops::RangeInclusive;
use unicode_normalization::UnicodeNormalization;

/// One form for what is written in several: full and half width, upper and lower case, runs of white space. NFKC of Unicode
/// (UAX #15), then lower case, then single spaces.
pub fn normal(text: &str) -> String {
    if text.chars().all(|sign| plain(sign).is_some()) {
        spaced(text.chars().filter_map(plain), text.len())
    } else {
        spaced(text.nfkc().flat_map(char::to_lowercase), text.len())
    }
}

/// The form of a sign that is always the same, whatever stands beside it: a small letter, a common ideograph, a mark of Chinese
/// writing. Most texts have no others, and are read many times faster.
const fn plain(sign: char) -> Option<char> {
    match sign {
        '\0'..='\u{7f}' => Some(sign.to_ascii_lowercase()),
        '\u{4e00}'..='\u{9fff}' | '、' | '。' | '《'..='】' | '“' | '”' => Some(sign),
        '\u{3000}' => Some(' '),
        // Full width: the same marks, letters and digits as in ASCII, so many places further.
        '！'..='～' => match char::from_u32(sign as u32 - 0xfee0) {
            Some(narrow) => Some(narrow.to_ascii_lowercase()),
            None => None,
        },
        _ => None,
    }
}

fn spaced(signs: impl Iterator<Item = char>, length: usize) -> String {
    let mut form = String::with_capacity(length);
    let mut is_gap = false;
    for sign in signs {
        if sign.is_whitespace() || sign.is_control() {
            is_gap = !form.is_empty();
        } else {
            if std::mem::take(&mut is_gap) {
                form.push(' ');
            }
            form.push(sign);
        }
    }
    form
}

/// True of the characters that are read one by one, not as parts of a spelled word: Chinese, kana, hangul.
pub fn is_ideograph(sign: char) -> bool {
    matches!(sign, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A number for a run of characters that is the same on every machine and in every version: files keep it. The seed tells
/// apart what stands in different fields.
pub fn hash64(run: impl IntoIterator<Item = char>, seed: u64) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = seed.wrapping_mul(FACTOR) ^ 0x51_7c_c1_b7_27_22_0a_95;
    for sign in run {
        hash = (hash.rotate_left(23) ^ u64::from(u32::from(sign))).wrapping_mul(FACTOR);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}

/// The pieces that a search finds, of a text in any form: overlapping pairs of ideographs, the last ideograph of a run with a
/// `_` behind it (so that every single one begins some piece), and spelled words and numbers whole. In the order of the text,
/// with repetitions.
pub fn tokens(text: &str) -> Vec<String> {
    let form = normal(text);
    let mut found = Vec::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    let end = |word: &mut String, before: &mut Option<char>, found: &mut Vec<String>| {
        if !word.is_empty() {
            found.push(std::mem::take(word));
        }
        if let Some(last) = before.take() {
            found.push(format!("{last}_"));
        }
    };
    for sign in form.chars() {
        if is_ideograph(sign) {
            if !word.is_empty() {
                end(&mut word, &mut None, &mut found);
            }
            if let Some(first) = before {
                found.push([first, sign].iter().collect());
            }
            before = Some(sign);
        } else if sign.is_alphanumeric() {
            if before.is_some() {
                end(&mut String::new(), &mut before, &mut found);
            }
            word.push(sign);
        } else {
            end(&mut word, &mut before, &mut found);
        }
    }
    end(&mut word, &mut before, &mut found);
    found
}

/// Every run of so many characters of a normalised text, as a number: white space is left out, digits count as one digit.
/// Spelled words of a Latin script are whole runs, too.
pub fn grams(form: &str, sizes: RangeInclusive<usize>, seed: u64, mut found: impl FnMut(u64)) {
    let plain = |sign: char| if sign.is_numeric() { '0' } else { sign };
    let signs: Vec<char> = form.chars().filter(|sign| !sign.is_whitespace()).map(plain).collect();
    for size in sizes {
        for run in signs.windows(size) {
            found(hash64(run.iter().copied(), seed));
        }
    }
    for word in form.split(|sign: char| !sign.is_alphabetic() || is_ideograph(sign)).filter(|word| word.len() > 1) {
        found(hash64(word.chars(), seed ^ 0x77));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_form_for_the_same() {
        for (text, expected) in [
            ("  ＡＢＣ　１２３ ", "abc 123"),
            ("井盖\t\n 破损", "井盖 破损"),
            ("Pothole", "pothole"),
            ("㎡", "m2"),
            ("", ""),
        ] {
            assert_eq!(normal(text), expected);
        }
    }

    #[test]
    fn pieces_of_both_scripts() {
        for (text, expected) in [
            ("井盖破损", &["井盖", "盖破", "破损", "损_"][..]),
            ("灯", &["灯_"]),
            ("地铁7号线A口", &["地铁", "铁_", "7", "号线", "线_", "a", "口_"]),
            ("Broken lamp, No. 12", &["broken", "lamp", "no", "12"]),
            ("望澜路 12 号", &["望澜", "澜路", "路_", "12", "号_"]),
            ("——", &[]),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_of_runs_stay_what_they_are() {
        assert_eq!(hash64("井盖".chars(), 0), hash64(['井', '盖'], 0));
        assert_ne!(hash64("井盖".chars(), 0), hash64("盖井".chars(), 0));
        assert_ne!(hash64("井盖".chars(), 0), hash64("井盖".chars(), 1));
        let count = |text: &str| {
            let mut count = 0;
            grams(&normal(text), 1..=3, 0, |_| count += 1);
            count
        };
        assert_eq!((count("井盖破损"), count("a lamp"), count("")), (4 + 3 + 2, 5 + 4 + 3 + 1, 0));
    }

    proptest! {
        #[test]
        fn plain_signs_have_the_form_of_unicode(text in "[ -~井-龥、。《-】“”　！-～\\t\\n]{0,30}") {
            let unicode = spaced(text.nfkc().flat_map(char::to_lowercase), text.len());
            prop_assert_eq!(normal(&text), unicode);
            prop_assert!(text.chars().all(|sign| plain(sign).is_some()));
        }

        #[test]
        fn the_form_of_the_form_is_itself(text in "\\PC{0,40}") {
            let form = normal(&text);
            prop_assert_eq!(normal(&form), form);
        }

        #[test]
        fn a_part_of_a_text_is_found(text in "[一-十a-z0-9 ]{4,20}", from in 0usize..4, length in 2usize..4) {
            // Of ideographs that stand together every pair is found.
            let signs: Vec<char> = normal(&text).chars().collect();
            let part: Vec<char> = signs.iter().copied().skip(from).take(length).collect();
            if part.len() == length && part.iter().all(|sign| is_ideograph(*sign)) {
                let all = tokens(&text);
                for pair in part.windows(2) {
                    prop_assert!(all.contains(&pair.iter().collect::<String>()));
                }
            }
        }
    }
}
