//! What people typed, made fit to print: no control characters, no character that the fonts cannot draw.

use crate::{money, qr};
use serde_json::{Map, Value};

/// Printed where no font has the character: the mark that printers have always put there.
pub(crate) const MARK: char = '〓';

/// A character that could not be printed, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The path of the text in the data, such as `party.name` or `officers.1.name`.
    pub at: String,
    pub character: char,
}

/// The most that is told of characters replaced in one paper; all are replaced.
const MOST_TOLD: usize = 100;

pub(crate) struct Preparing<'a> {
    pub(crate) is_drawn: &'a dyn Fn(char) -> bool,
    pub(crate) replaced: Vec<Replaced>,
    pub(crate) warnings: Vec<String>,
}

impl Preparing<'_> {
    /// `value` with printable texts. A whole number `…_fen` gets the neighbours `…_yuan` and `…_words`; an object
    /// `check` with an `address` gets its square code as `qr`.
    pub(crate) fn value(&mut self, value: &Value, at: &mut String) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text, at)),
            Value::Array(items) => {
                let prepared = items.iter().enumerate().map(|(place, item)| self.below(&place.to_string(), item, at));
                Value::Array(prepared.collect())
            }
            Value::Object(fields) => self.object(fields, at),
            other => other.clone(),
        }
    }

    fn below(&mut self, step: &str, value: &Value, at: &mut String) -> Value {
        let length = at.len();
        if !at.is_empty() {
            at.push('.');
        }
        at.push_str(step);
        let prepared = self.value(value, at);
        at.truncate(length);
        prepared
    }

    fn object(&mut self, fields: &Map<String, Value>, at: &mut String) -> Value {
        let mut prepared = Map::new();
        for (key, value) in fields {
            if let (Some(name), Some(fen)) = (key.strip_suffix("_fen"), value.as_i64()) {
                prepared.insert(format!("{name}_yuan"), money::yuan(fen).into());
                match money::words(fen) {
                    Some(words) => _ = prepared.insert(format!("{name}_words"), words.into()),
                    None => self.warnings.push(format!("{at}: the sum of {fen} fen cannot be written in words")),
                }
            }
            let mut value = self.below(key, value, at);
            if key == "check"
                && let Some(check) = value.as_object_mut()
                && let Some(address) = fields[key].get("address").and_then(Value::as_str)
            {
                match qr::qr_svg(address) {
                    Ok(svg) => _ = check.insert("qr".to_owned(), svg.into()),
                    Err(too_long) => self.warnings.push(format!("{at}: {too_long}")),
                }
            }
            prepared.insert(key.clone(), value);
        }
        Value::Object(prepared)
    }

    fn text(&mut self, text: &str, at: &str) -> String {
        let mut printed = String::with_capacity(text.len());
        for character in text.replace("\r\n", "\n").chars() {
            match character {
                '\n' => printed.push('\n'),
                '\r' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' | '\u{85}' => printed.push('\n'),
                '\t' => printed.push(' '),
                '☑' => printed.push('√'),
                '☐' => printed.push('□'),
                '☒' => printed.push('×'),
                unseen if is_unseen(unseen) => {}
                drawn if (self.is_drawn)(drawn) => printed.push(drawn),
                other => {
                    printed.push(MARK);
                    if self.replaced.len() < MOST_TOLD {
                        self.replaced.push(Replaced { at: at.to_owned(), character: other });
                    }
                }
            }
        }
        printed
    }
}

/// Characters without a shape: controls, joiners, variation selectors, and the marks that turn the direction of writing,
/// with which a text could be made to read otherwise than it is.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Bytes of all texts, and how deep the values are nested.
pub(crate) fn measure(value: &Value) -> (usize, usize) {
    let mut bytes = 0;
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, depth)) = open.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::String(text) => bytes += text.len(),
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => {
                bytes += fields.keys().map(String::len).sum::<usize>();
                open.extend(fields.values().map(|field| (field, depth + 1)));
            }
            _ => {}
        }
        bytes += 8;
    }
    (bytes, deepest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prepare(value: &Value) -> (Value, Vec<Replaced>, Vec<String>) {
        let is_drawn = |character: char| !matches!(character, '\u{1f600}' | '\u{31350}');
        let mut preparing = Preparing { is_drawn: &is_drawn, replaced: Vec::new(), warnings: Vec::new() };
        let prepared = preparing.value(value, &mut String::new());
        (prepared, preparing.replaced, preparing.warnings)
    }

    #[test]
    fn what_cannot_be_drawn_is_marked_and_told() {
        let (prepared, replaced, _) =
            prepare(&json!({"party": {"name": "张\u{31350}\u{200d}三\u{1b}"}, "list": ["好\u{1f600}\r\n☑"]}));
        assert_eq!(prepared, json!({"party": {"name": "张〓三"}, "list": ["好〓\n√"]}));
        assert!(replaced.contains(&Replaced { at: "party.name".to_owned(), character: '\u{31350}' }));
        assert!(replaced.contains(&Replaced { at: "list.0".to_owned(), character: '\u{1f600}' }));
    }

    #[test]
    fn sums_get_their_words_and_checks_their_code() {
        let (prepared, _, warnings) =
            prepare(&json!({"fine_fen": 50_000, "check": {"address": "https://city.example/c/1"}}));
        assert_eq!(prepared["fine_words"], "伍佰元整");
        assert_eq!(prepared["fine_yuan"], "500.00");
        assert!(prepared["check"]["qr"].as_str().is_some_and(|svg| svg.starts_with("<svg")));
        assert!(warnings.is_empty());
        assert_eq!(prepare(&json!({"fine_fen": -1})).2.len(), 1);
    }

    #[test]
    fn nesting_is_measured_without_recursion() {
        let mut value = json!("x");
        for _ in 0..5_000 {
            value = Value::Array(vec![value]);
        }
        assert_eq!(measure(&value).1, 5_001);
        // A value this deep must be taken apart by hand, for dropping it recurses.
        while let Value::Array(mut items) = value {
            value = items.pop().unwrap_or_default();
        }
    }
}
