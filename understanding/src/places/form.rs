//! One form for addresses that mean the same, however they were typed: width, dashes, brackets, spaces, Chinese numerals.

use crate::text::{is_ideograph, normal};

/// Whether a sign is a Chinese character (not Chinese punctuation).
pub fn is_character(sign: char) -> bool {
    is_ideograph(sign) && sign.is_alphanumeric()
}

pub(super) fn is_latin(sign: char) -> bool {
    sign.is_alphabetic() && !is_ideograph(sign)
}

/// One form for addresses that mean the same: Unicode's compatible form in lower case, one kind of dash and bracket, no
/// spaces but between Western words, Chinese numerals of house numbers as digits. A text without any letter is empty.
pub fn form(text: &str) -> String {
    let plain: Vec<char> = normal(text).chars().map(one_sign).collect();
    let mut signs: Vec<char> = Vec::with_capacity(plain.len());
    for (index, &sign) in plain.iter().enumerate() {
        let before = signs.last().copied().unwrap_or(' ');
        let after = plain.get(index + 1).copied().unwrap_or(' ');
        let is_word = |sign: char| sign.is_alphanumeric() && !is_ideograph(sign);
        match sign {
            ' ' if !(is_word(before) && is_word(after)) => {}
            '.' if is_latin(before) => {
                if is_word(after) {
                    signs.push(' ');
                }
            }
            '#' if before.is_ascii_digit() => signs.push('号'),
            '至' | '到' if before.is_ascii_digit() && after.is_ascii_digit() => signs.push('-'),
            _ => signs.push(sign),
        }
    }
    if !signs.iter().any(|sign| sign.is_alphanumeric()) {
        return String::new();
    }
    digits_for_numerals(&signs).into_iter().collect()
}

fn one_sign(sign: char) -> char {
    match sign {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '~' | '〜' | '─' => '-',
        '【' | '〔' | '「' | '『' | '[' | '{' | '《' => '(',
        '】' | '〕' | '」' | '』' | ']' | '}' | '》' => ')',
        '，' | '。' | '！' | '？' | '\n' | '!' | '?' => ',',
        other => other,
    }
}

/// 一百二十三号 behind a street or village becomes 123号; 望澜北二路 and 十村 stay.
fn digits_for_numerals(signs: &[char]) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(signs.len());
    let mut at = 0;
    while let Some(&sign) = signs.get(at) {
        let length = signs[at..].iter().take_while(|sign| numeral(**sign).is_some()).count();
        let follows = |offset: usize| signs.get(at + length + offset).copied().unwrap_or(' ');
        let is_number = length > 0
            && out.last().is_some_and(|before| "路街道巷村弄坊号".contains(*before))
            && matches!(follows(0), '号' | '弄')
            && !matches!(follows(1), '线');
        if is_number {
            out.extend(value(&signs[at..at + length]).to_string().chars());
            at += length;
        } else {
            // A run of numerals is left whole, so that its tail is not taken for a number.
            let step = length.max(1);
            if length == 0 {
                out.push(sign)
            } else {
                out.extend(&signs[at..at + step])
            }
            at += step;
        }
    }
    out
}

fn numeral(sign: char) -> Option<u32> {
    "零一二三四五六七八九十百千".chars().position(|known| known == sign).map(|value| value as u32).or(match sign {
        '〇' => Some(0),
        '两' => Some(2),
        _ => None,
    })
}

fn value(signs: &[char]) -> u32 {
    let values: Vec<u32> = signs.iter().filter_map(|sign| numeral(*sign)).take(9).collect();
    if values.iter().all(|value| *value < 10) {
        return values.iter().fold(0u32, |sum, value| sum.saturating_mul(10).saturating_add(*value));
    }
    let (mut sum, mut digit) = (0u32, 0u32);
    for value in values {
        let power = match value {
            10 => 10,
            11 => 100,
            12 => 1000,
            _ => {
                digit = value;
                continue;
            }
        };
        sum += digit.max(1) * power;
        digit = 0;
    }
    sum + digit
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_form_of_what_is_written_in_several() {
        for (text, expected) in [
            ("望澜路１２号（近青石街）", "望澜路12号(近青石街)"),
            ("望澜路 12 号", "望澜路12号"),
            ("望澜路一百二十三号", "望澜路123号"),
            ("望澜路二〇八弄", "望澜路208弄"),
            ("望澜北二路3#", "望澜北二路3号"),
            ("书院十村六号", "书院十村6号"),
            ("地铁三号线", "地铁三号线"),
            ("望澜路5—9号", "望澜路5-9号"),
            ("12 N. Main St., Springfield", "12 n main st,springfield"),
            ("[]", ""),
            ("", ""),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_form_of_the_form_is_itself(text in "[路街号弄村一二十百0-9a-c#。. ()-]{0,20}") {
            let once = form(&text);
            prop_assert_eq!(form(&once), once);
        }
    }
}
