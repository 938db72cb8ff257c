//! Money as papers write it: in figures, and in the capital characters that cannot be altered with a stroke of the pen.

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 4] = ["", "万", "亿", "万亿"];
/// One fen below ten thousand million million yuan, the largest sum that the four groups can name.
const LARGEST: i64 = 999_999_999_999_999_999;

/// `fen` in yuan with two decimals and a comma at each thousand: `1,234.50`.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let whole = (fen.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{:02}", fen.unsigned_abs() % 100)
}

/// `fen` in capital characters, after the rules for filling in bills: `伍佰元整`, `壹仟零伍元零叁分`. None below zero
/// and from 10¹⁸ fen, for which there are no words.
pub fn words(fen: i64) -> Option<String> {
    if !(0..=LARGEST).contains(&fen) {
        return None;
    }
    let (yuan, jiao, rest) = (fen / 100, (fen / 10 % 10) as usize, (fen % 10) as usize);
    let mut text = String::new();
    if yuan > 0 || fen == 0 {
        text.push_str(&whole(yuan));
        text.push('元');
    }
    match (jiao, rest) {
        (0, 0) => text.push('整'),
        (0, rest) => {
            if yuan > 0 {
                text.push('零');
            }
            text.extend([DIGITS[rest], '分']);
        }
        (jiao, 0) => text.extend([DIGITS[jiao], '角', '整']),
        (jiao, rest) => text.extend([DIGITS[jiao], '角', DIGITS[rest], '分']),
    }
    Some(text)
}

/// A whole number, group by group of four digits; one 零 wherever digits are left out before others.
fn whole(number: i64) -> String {
    if number == 0 {
        return DIGITS[0].to_string();
    }
    let mut text = String::new();
    let mut skipped = false;
    for group in (0..4).rev() {
        let part = number / 10_i64.pow(4 * group as u32) % 10_000;
        for place in (0..4).rev() {
            let digit = (part / 10_i64.pow(place as u32) % 10) as usize;
            if digit == 0 {
                skipped = true;
                continue;
            }
            if skipped && !text.is_empty() {
                text.push(DIGITS[0]);
            }
            skipped = false;
            text.push(DIGITS[digit]);
            text.push_str(PLACES[place]);
        }
        if part > 0 {
            // 万亿 ends in 亿, which the group after it says when it is there.
            let below = number / 100_000_000 % 10_000;
            text.push_str(if group == 3 && below > 0 { "万" } else { GROUPS[group] });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_as_on_a_bill() {
        for (fen, figures, capitals) in [
            (0, "0.00", "零元整"),
            (1, "0.01", "壹分"),
            (10, "0.10", "壹角整"),
            (50_000, "500.00", "伍佰元整"),
            (100_503, "1,005.03", "壹仟零伍元零叁分"),
            (123_450, "1,234.50", "壹仟贰佰叁拾肆元伍角整"),
            (1_000_000, "10,000.00", "壹万元整"),
            (1_001_000, "10,010.00", "壹万零壹拾元整"),
            (10_050_000, "100,500.00", "壹拾万零伍佰元整"),
            (10_000_000_000, "100,000,000.00", "壹亿元整"),
            (10_000_010_099, "100,000,100.99", "壹亿零壹佰元玖角玖分"),
            (100_000_000_000_000, "1,000,000,000,000.00", "壹万亿元整"),
            (100_020_000_000_000, "1,000,200,000,000.00", "壹万零贰亿元整"),
        ] {
            assert_eq!((yuan(fen).as_str(), words(fen).as_deref()), (figures, Some(capitals)));
        }
        assert_eq!(words(-1), None);
        assert_eq!(words(i64::MAX), None);
        assert!(words(LARGEST).is_some());
        assert_eq!(yuan(-150), "-1.50");
        assert_eq!(yuan(i64::MIN), "-92,233,720,368,547,758.08");
    }
}
