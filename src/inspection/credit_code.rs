//! The unified social credit code (统一社会信用代码) of GB 32100-2015: eighteen characters, the last of which is a check sign over
//! the others.

/// The characters, in the order of their values; I, O, S, V and Z are not used.
const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// The weights of the first seventeen places: powers of three modulo thirty-one.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A code in its one written form: upper case, narrow, without spaces and hyphens.
pub fn normal(typed: &str) -> String {
    let narrow = |sign: char| match sign {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(sign as u32 - 0xfee0).unwrap_or(sign),
        other => other,
    };
    let kept = typed.chars().filter(|sign| !sign.is_whitespace() && !matches!(sign, '-' | '－' | '\u{feff}'));
    kept.map(|sign| narrow(sign).to_ascii_uppercase()).collect()
}

/// The check sign of the first seventeen characters; none when they cannot begin a code.
pub fn check_sign(first: &str) -> Option<char> {
    let values: Vec<usize> = first.chars().map(|sign| SIGNS.find(sign)).collect::<Option<_>>()?;
    if values.len() != WEIGHTS.len() {
        return None;
    }
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    SIGNS.chars().nth((31 - sum % 31) % 31)
}

/// Whether a normal code is one: eighteen allowed characters whose last is the check sign of the others, and the six places of
/// the region are figures.
pub fn is_right(code: &str) -> bool {
    let Some((at, last)) = code.char_indices().last() else { return false };
    let is_placed = code.get(2..8).is_some_and(|region| region.bytes().all(|sign| sign.is_ascii_digit()));
    is_placed && code.get(..at).and_then(check_sign) == Some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_are_told_from_what_is_none() {
        // Worked by hand with the weights of the standard: 9,1,9,9,0,… sum to a remainder whose complement is the last sign.
        for (code, is_one) in [
            ("91350100M000100Y43", true),
            ("91350100M000100Y44", false),
            ("91350100M000100Y4", false),
            ("91350100M000100Y433", false),
            ("9135O100M000100Y43", false),
            ("", false),
            ("条一", false),
            ("91350100M000100Y4三", false),
        ] {
            assert_eq!(is_right(code), is_one, "{code}");
        }
        assert_eq!(normal(" ９１35-0100 m000100y43 "), "91350100M000100Y43");
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_always_noticed(
            digits in "[0-9]{6}", begin in "[0-9A-HJ-NPQRTUWXY]{2}", rest in "[0-9A-HJ-NPQRTUWXY]{9}",
            place in 8usize..18, other in "[0-9A-HJ-NPQRTUWXY]"
        ) {
            let first = format!("{begin}{digits}{rest}");
            let code = format!("{first}{}", check_sign(&first).expect("a sign"));
            prop_assert!(is_right(&code));
            let mut changed: Vec<char> = code.chars().collect();
            let sign = other.chars().next().expect("one");
            prop_assume!(changed[place] != sign);
            changed[place] = sign;
            prop_assert!(!is_right(&changed.into_iter().collect::<String>()));
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,40}") {
            prop_assert!(!is_right(&normal(&text)) || normal(&text).len() == 18);
        }
    }
}
