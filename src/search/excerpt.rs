//! A text with what was searched for marked in it, cut to what stands around the first of it.

use super::pieces::holds;
use serde::Serialize;
use understanding::text::normal;

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// The text as it was written.
    pub text: String,
    /// True when it is what was searched for.
    pub is_hit: bool,
}

/// The one form of a text sign by sign, each with the place in the text that it comes from.
fn spread(signs: &[char]) -> (Vec<char>, Vec<usize>) {
    let (mut form, mut places) = (Vec::with_capacity(signs.len()), Vec::with_capacity(signs.len()));
    let mut buffer = [0; 4];
    for (place, sign) in signs.iter().enumerate() {
        if sign.is_whitespace() {
            form.push(' ');
            places.push(place);
            continue;
        }
        for one in normal(sign.encode_utf8(&mut buffer)).chars() {
            form.push(one);
            places.push(place);
        }
    }
    (form, places)
}

/// The whole text with every part marked, or so many characters of it around the first that is found; a dot stands for what is
/// left out.
pub fn marked(text: &str, parts: &[String], most: usize) -> Vec<Stretch> {
    let signs: Vec<char> = text.chars().collect();
    let (form, places) = spread(&signs);
    let mut is_hit = vec![false; signs.len()];
    for part in parts {
        let part: Vec<char> = part.chars().collect();
        if part.is_empty() {
            continue;
        }
        for at in form.windows(part.len()).enumerate().filter(|(_, window)| *window == part).map(|(at, _)| at) {
            for place in places.iter().skip(at).take(part.len()) {
                if let Some(hit) = is_hit.get_mut(*place) {
                    *hit = true;
                }
            }
        }
    }
    let first = is_hit.iter().position(|hit| *hit).unwrap_or(0);
    // A third of what is shown stands before the first.
    let start = if signs.len() <= most { 0 } else { first.saturating_sub(most / 3).min(signs.len() - most) };
    let end = (start + most).min(signs.len());
    let mut found: Vec<Stretch> = Vec::new();
    let mut push = |text: &str, is_hit: bool| match found.last_mut().filter(|last| last.is_hit == is_hit) {
        Some(last) => last.text.push_str(text),
        None => found.push(Stretch { text: text.to_owned(), is_hit }),
    };
    if start > 0 {
        push("…", false);
    }
    let mut buffer = [0; 4];
    for (sign, hit) in signs.iter().zip(&is_hit).skip(start).take(end - start) {
        push(sign.encode_utf8(&mut buffer), *hit);
    }
    if end < signs.len() {
        push("…", false);
    }
    found
}

/// Which of the parts a text holds.
pub fn held<'a>(text: &str, parts: &'a [String]) -> Vec<&'a String> {
    let form = normal(text);
    parts.iter().filter(|part| holds(&form, part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, parts: &[&str], most: usize) -> String {
        let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        let stretches = marked(text, &parts, most);
        stretches.iter().map(|one| if one.is_hit { format!("[{}]", one.text) } else { one.text.clone() }).collect()
    }

    #[test]
    fn what_was_searched_for_is_marked_as_it_was_written() {
        for (text, parts, most, expected) in [
            ("望澜路 12 号井盖破损", &["井盖", "12"][..], 80, "望澜路 [12] 号[井盖]破损"),
            ("ＡＢＣ 大街", &["abc"], 80, "[ＡＢＣ] 大街"),
            ("井盖井盖", &["井盖"], 80, "[井盖井盖]"),
            ("一二三四五六七八九十井盖一二三四五六七八九十", &["井盖"], 9, "…八九十[井盖]一二三四…"),
            ("没有", &["井盖"], 80, "没有"),
            ("<b>井盖</b>", &["井盖"], 80, "<b>[井盖]</b>"),
            ("", &["井盖"], 80, ""),
        ] {
            assert_eq!(drawn(text, parts, most), expected);
        }
        assert_eq!(held("井盖破损", &["路灯".into(), "破损".into()]), ["破损"]);
    }
}
