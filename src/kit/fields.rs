//! Declared forms: what a form asks for is a list of fields, drawn by one template (`pages/parts/fields.html`) and read back by
//! name. For rooms with many acts, each of which asks for a few things.

use super::error::Refusal;
use jiff::civil::Date;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The largest amount that is read, in fen: one thousand million yuan.
pub const MOST_FEN: i64 = 100_000_000_000;

/// One choice of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read, in the reader's language.
    pub label: String,
    /// A second line below it; empty without one.
    pub hint: String,
}

impl Choice {
    /// A choice without a second line.
    pub fn new(value: impl ToString, label: impl Into<String>) -> Choice {
        Choice { value: value.to_string(), label: label.into(), hint: String::new() }
    }

    /// Adds a second line.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Choice {
        self.hint = hint.into();
        self
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// One line of at most so many characters.
    Line(usize),
    /// Several lines of at most so many characters together.
    Text(usize),
    /// A day.
    Day,
    /// A moment of a day, by the city's clock.
    Time,
    /// An amount of yuan.
    Money,
    /// A whole number between two bounds, both included.
    Count(i64, i64),
    /// A number with at most two places after the point, kept in hundredths.
    Hundredths,
    /// One of these, as a list that folds out.
    One(Vec<Choice>),
    /// One of these, all in sight.
    Radio(Vec<Choice>),
    /// Any of these.
    Several(Vec<Choice>),
    /// Yes or no.
    Yes,
    /// Photographs, at most so many.
    Photos(usize),
    /// A heading within the form; nothing is asked.
    Heading,
    /// Kept by the page, not seen.
    Hidden,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the form.
    pub name: &'static str,
    /// The key of its label.
    pub label: &'static str,
    /// The label itself, where it comes from a file of the city instead of the locales.
    pub label_text: String,
    /// The key of what is said beside it; empty without.
    pub hint: &'static str,
    /// The same as a text of a file.
    pub hint_text: String,
    /// What is asked for.
    pub ask: Ask,
    /// Whether it must be filled in.
    pub is_required: bool,
    /// What stands in it before anybody has typed; several values one after the other.
    pub given: Vec<String>,
    /// Texts that can be put into it where the cursor stands, each under its name.
    pub snippets: Vec<(String, String)>,
}

impl Field {
    /// A field that must be filled in.
    pub fn new(name: &'static str, label: &'static str, ask: Ask) -> Field {
        Field {
            name,
            label,
            label_text: String::new(),
            hint: "",
            hint_text: String::new(),
            ask,
            is_required: true,
            given: Vec::new(),
            snippets: Vec::new(),
        }
    }

    /// Lets it be empty.
    #[must_use]
    pub fn optional(mut self) -> Field {
        self.is_required = false;
        self
    }

    /// Says something beside it.
    #[must_use]
    pub fn hint(mut self, hint: &'static str) -> Field {
        self.hint = hint;
        self
    }

    /// Names it by texts of a file of the city: its label and what is said beside it.
    #[must_use]
    pub fn named(mut self, label: impl Into<String>, hint: impl Into<String>) -> Field {
        self.label_text = label.into();
        self.hint_text = hint.into();
        self
    }

    /// Offers texts to be put into it.
    #[must_use]
    pub fn snippets(mut self, snippets: Vec<(String, String)>) -> Field {
        self.snippets = snippets;
        self
    }

    /// Fills it in beforehand.
    #[must_use]
    pub fn given(mut self, value: impl ToString) -> Field {
        self.given.push(value.to_string());
        self
    }
}

/// What somebody typed into a form: every field may be sent several times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Typed(pub BTreeMap<String, Vec<String>>);

impl Typed {
    /// Of pairs as they came.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Typed {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            all.entry(name).or_default().push(value);
        }
        Typed(all)
    }

    /// The mark of this form, sent to an address: the same when it is sent again.
    pub fn mark(&self, address: &str) -> String {
        let words = serde_json::to_string(self).unwrap_or_default();
        super::id::hexadecimal(&Sha256::digest(format!("{address} {words}"))[..12])
    }

    /// The trimmed text of a field; empty when it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.first()).map_or("", |text| text.trim())
    }

    /// All values of a field that are not empty.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// The text of a field that may have so many characters.
    ///
    /// # Errors
    /// `form-too-long`, on the field.
    pub fn words(&self, name: &'static str, most: usize) -> Result<String, Refusal> {
        super::form::at_most(name, self.text(name), most)
    }

    /// The text of a field that must not be empty.
    ///
    /// # Errors
    /// `form-missing`, `form-too-long`, on the field.
    pub fn needed(&self, name: &'static str, most: usize) -> Result<String, Refusal> {
        super::form::required(name, self.text(name), most)
    }

    /// Whether a box was ticked.
    pub fn yes(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// A day.
    ///
    /// # Errors
    /// `form-missing`, `form-day`, on the field.
    pub fn day(&self, name: &'static str) -> Result<Date, Refusal> {
        self.day_if(name)?.ok_or_else(|| Refusal::new("form-missing").on(name))
    }

    /// A day that may be left out.
    ///
    /// # Errors
    /// `form-day`, on the field.
    pub fn day_if(&self, name: &'static str) -> Result<Option<Date>, Refusal> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        let day = text.parse::<Date>().ok().filter(|day| (1900..=2200).contains(&day.year()));
        day.map(Some).ok_or_else(|| Refusal::new("form-day").on(name))
    }

    /// A civil time, as a browser sends it (`2026-12-01T09:30`).
    ///
    /// # Errors
    /// `form-missing`, `form-day`, on the field.
    pub fn time(&self, name: &'static str) -> Result<jiff::civil::DateTime, Refusal> {
        let text = self.text(name);
        if text.is_empty() {
            return Err(Refusal::new("form-missing").on(name));
        }
        let time = text.parse::<jiff::civil::DateTime>().ok().filter(|time| (1900..=2200).contains(&time.year()));
        time.ok_or_else(|| Refusal::new("form-day").on(name))
    }

    /// An amount of yuan, in fen: `200`, `1,234.5`, `２００元`.
    ///
    /// # Errors
    /// `form-missing`, `form-money`, `form-money-large`, on the field.
    pub fn money(&self, name: &'static str) -> Result<i64, Refusal> {
        self.money_if(name)?.ok_or_else(|| Refusal::new("form-missing").on(name))
    }

    /// An amount of yuan that may be left out, in fen.
    ///
    /// # Errors
    /// `form-money`, `form-money-large`, on the field.
    pub fn money_if(&self, name: &'static str) -> Result<Option<i64>, Refusal> {
        let text = plain(self.text(name));
        let text = text.trim_start_matches(['¥', '￥']).trim_end_matches('元').trim();
        if text.is_empty() {
            return Ok(None);
        }
        let fen = hundredths(text).ok_or_else(|| Refusal::new("form-money").on(name))?;
        match fen {
            Some(fen) if (-MOST_FEN..=MOST_FEN).contains(&fen) => Ok(Some(fen)),
            _ => Err(Refusal::new("form-money-large").on(name)),
        }
    }

    /// A number in hundredths that may be left out; never negative.
    ///
    /// # Errors
    /// `form-number`, `form-number-range`, on the field.
    pub fn hundredths_if(&self, name: &'static str) -> Result<Option<i64>, Refusal> {
        let text = plain(self.text(name));
        if text.is_empty() {
            return Ok(None);
        }
        let number = hundredths(&text).ok_or_else(|| Refusal::new("form-number").on(name))?;
        let range = || Refusal::new("form-number-range").with("least", 0).with("most", MOST_FEN / 100).on(name);
        number.filter(|number| (0..=MOST_FEN).contains(number)).map(Some).ok_or_else(range)
    }

    /// A whole number between two bounds.
    ///
    /// # Errors
    /// `form-missing`, `form-number`, `form-number-range`, on the field.
    pub fn count(&self, name: &'static str, least: i64, most: i64) -> Result<i64, Refusal> {
        let text = plain(self.text(name));
        if text.is_empty() {
            return Err(Refusal::new("form-missing").on(name));
        }
        if !text.trim_start_matches('-').chars().all(|one| one.is_ascii_digit()) {
            return Err(Refusal::new("form-number").on(name));
        }
        let number = text.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| Refusal::new("form-number-range").with("least", least).with("most", most).on(name))
    }

    /// What `read` makes of a field.
    ///
    /// # Errors
    /// `form-choose`, on the field.
    pub fn choice<T>(&self, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, Refusal> {
        read(self.text(name)).ok_or_else(|| Refusal::new("form-choose").on(name))
    }

    /// What `read` makes of every value of a field.
    ///
    /// # Errors
    /// `form-choose`, on the field, when one of them is unknown.
    pub fn choices<T>(&self, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Refusal> {
        self.all(name).map(|text| read(text).ok_or_else(|| Refusal::new("form-choose").on(name))).collect()
    }
}

/// Full-width digits and signs as plain ones, without separators of thousands.
fn plain(text: &str) -> String {
    let narrow = |one: char| match one {
        '０'..='９' => char::from_digit(one as u32 - '０' as u32, 10).unwrap_or(one),
        '．' | '。' => '.',
        '－' | '−' => '-',
        other => other,
    };
    text.chars().filter(|one| !matches!(one, ',' | '，' | ' ' | '\u{3000}')).map(narrow).collect()
}

/// Hundredths of a number with at most two places; the inner none when it is too large to be held. None when it is no number.
fn hundredths(text: &str) -> Option<Option<i64>> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.chars().all(|one| one.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > 2 {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    let fen = whole.parse::<i64>().ok().and_then(|whole| whole.checked_mul(100)?.checked_add(part));
    Some(fen.map(|fen| sign * fen))
}

/// An amount of fen as a form shows it: `200` or `200.50`.
pub fn yuan(fen: i64) -> String {
    let (sign, fen) = if fen < 0 { ("-", fen.unsigned_abs()) } else { ("", fen.unsigned_abs()) };
    match fen % 100 {
        0 => format!("{sign}{}", fen / 100),
        part => format!("{sign}{}.{part:02}", fen / 100),
    }
}

#[derive(Serialize)]
struct Drawn {
    name: &'static str,
    id: String,
    label: String,
    hint: String,
    ask: &'static str,
    is_required: bool,
    value: String,
    values: Vec<String>,
    choices: Vec<Choice>,
    most: usize,
    least: i64,
    greatest: i64,
    snippets: Vec<(String, String)>,
    error: String,
}

/// What was typed into this form, and not into another of the page.
fn sent<'a>(fields: &[Field], typed: Option<&'a Typed>) -> Option<&'a Typed> {
    typed.filter(|typed| fields.iter().any(|field| typed.0.contains_key(field.name)))
}

/// What a field that must be filled in says when nothing was.
fn lacks(field: &Field, typed: &Typed) -> Option<&'static str> {
    let key = match field.ask {
        Ask::Line(_) | Ask::Text(_) | Ask::Day | Ask::Time | Ask::Money | Ask::Count(..) | Ask::Hundredths => {
            "form-missing"
        }
        Ask::One(_) | Ask::Radio(_) => "form-choose",
        Ask::Several(_) | Ask::Yes | Ask::Photos(_) | Ask::Heading | Ask::Hidden => return None,
    };
    (field.is_required && typed.all(field.name).next().is_none()).then_some(key)
}

/// Everything that is wrong with a form, in the order of its fields: what was refused, and every other field that must be filled in and
/// is empty, so that nobody is told of one after the other. What was refused about no field of the form comes first.
pub fn wrong(fields: &[Field], typed: Option<&Typed>, problem: &Refusal) -> Vec<Refusal> {
    let is_here = |field: &Field| Some(field.name) == problem.field;
    let sent = sent(fields, typed);
    let mut all: Vec<Refusal> = if fields.iter().any(is_here) { Vec::new() } else { vec![problem.clone()] };
    all.extend(fields.iter().filter_map(|field| {
        if is_here(field) {
            return Some(problem.clone());
        }
        sent.and_then(|typed| lacks(field, typed)).map(|key| Refusal::new(key).on(field.name))
    }));
    all
}

/// The fields as the template wants them: with what was typed, and what is wrong beside its field; once something is, also what else is
/// missing. `form` tells the forms of one
/// page apart.
pub fn draw(
    fields: &[Field],
    form: &str,
    typed: Option<&Typed>,
    problem: Option<(&'static str, &str)>,
    say: &dyn Fn(&str) -> String,
) -> minijinja::Value {
    let sent = sent(fields, typed);
    let one = |field: &Field| {
        let values: Vec<String> = match typed {
            Some(typed) => typed.0.get(field.name).cloned().unwrap_or_default(),
            None => field.given.clone(),
        };
        let (mut choices, mut most, mut bounds) = (Vec::new(), 0, (0, 0));
        let ask = match &field.ask {
            Ask::Line(characters) => {
                most = *characters;
                "line"
            }
            Ask::Text(characters) => {
                most = *characters;
                "text"
            }
            Ask::Day => "day",
            Ask::Time => "time",
            Ask::Money => "money",
            Ask::Count(least, greatest) => {
                bounds = (*least, *greatest);
                "count"
            }
            Ask::Hundredths => "hundredths",
            Ask::One(all) => {
                choices.clone_from(all);
                "one"
            }
            Ask::Radio(all) => {
                choices.clone_from(all);
                "radio"
            }
            Ask::Several(all) => {
                choices.clone_from(all);
                "several"
            }
            Ask::Yes => "yes",
            Ask::Photos(count) => {
                most = *count;
                "photos"
            }
            Ask::Heading => "heading",
            Ask::Hidden => "hidden",
        };
        Drawn {
            name: field.name,
            id: format!("{}-{form}", field.name),
            label: if field.label.is_empty() { field.label_text.clone() } else { say(field.label) },
            hint: if field.hint.is_empty() { field.hint_text.clone() } else { say(field.hint) },
            ask,
            is_required: field.is_required,
            value: values.first().cloned().unwrap_or_default(),
            values,
            choices,
            most,
            least: bounds.0,
            greatest: bounds.1,
            snippets: field.snippets.clone(),
            error: match problem {
                Some((name, text)) if name == field.name => text.to_owned(),
                Some(_) => sent.and_then(|typed| lacks(field, typed)).map(say).unwrap_or_default(),
                None => String::new(),
            },
        }
    };
    minijinja::Value::from(minijinja::value::Serde(fields.iter().map(one).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_said_at_once() {
        let choices = || vec![Choice::new("a", "A")];
        let fields = [
            Field::new("name", "l", Ask::Line(5)),
            Field::new("day", "l", Ask::Day),
            Field::new("note", "l", Ask::Text(5)).optional(),
            Field::new("kind", "l", Ask::Radio(choices())),
            Field::new("boxes", "l", Ask::Several(choices())),
            Field::new("sum", "l", Ask::Money),
        ];
        let typed = Typed::of([("day".to_owned(), "2026-13-01".to_owned()), ("sum".to_owned(), "5".to_owned())]);
        let said = |problem: Refusal| -> Vec<(&'static str, Option<&'static str>)> {
            wrong(&fields, Some(&typed), &problem).iter().map(|one| (one.key, one.field)).collect()
        };
        let all = [("form-missing", Some("name")), ("form-day", Some("day")), ("form-choose", Some("kind"))];
        assert_eq!(said(Refusal::new("form-day").on("day")), all);
        let elsewhere = [("form-missing", Some("name")), ("form-choose", Some("kind"))];
        let told = said(Refusal::new("enforcement-refusal-moved-on"));
        assert_eq!(told, [&[("enforcement-refusal-moved-on", None)][..], &elsewhere].concat());
        assert_eq!(wrong(&fields, None, &Refusal::new("form-day").on("day")).len(), 1, "nothing was typed yet");
    }

    fn typed(value: &str) -> Typed {
        Typed::of([("field".to_owned(), value.to_owned())])
    }

    #[test]
    fn amounts_are_read_to_the_fen_and_everything_else_gets_its_sentence() {
        let cases: [(&str, Result<i64, &str>); 16] = [
            ("200", Ok(20_000)),
            ("200.5", Ok(20_050)),
            ("1,234.56", Ok(123_456)),
            ("２００元", Ok(20_000)),
            ("￥ 50", Ok(5_000)),
            ("0", Ok(0)),
            ("-1", Ok(-100)),
            ("", Err("form-missing")),
            ("two", Err("form-money")),
            ("1.234", Err("form-money")),
            ("1e3", Err("form-money")),
            (".5", Err("form-money")),
            ("--1", Err("form-money")),
            ("9223372036854775808", Err("form-money-large")),
            ("1000000000", Ok(MOST_FEN)),
            ("1000000000.01", Err("form-money-large")),
        ];
        for (text, expected) in cases {
            let read = typed(text).money("field");
            assert_eq!(read.as_ref().map_err(|refusal| refusal.key).copied(), expected, "{text}");
            assert!(read.is_ok() || read.is_err_and(|refusal| refusal.field == Some("field")));
        }
        assert_eq!(yuan(20_050), "200.50");
        assert_eq!(yuan(-100), "-1");
    }

    #[test]
    fn days_and_counts_have_bounds() {
        assert_eq!(
            typed("2026-11-30").day("field").map_err(|refusal| refusal.key),
            Ok(jiff::civil::date(2026, 11, 30))
        );
        for bad in ["2026-02-30", "30.11.2026", "0026-01-01", "9999-12-31", "tomorrow"] {
            assert_eq!(typed(bad).day("field").map_err(|refusal| refusal.key), Err("form-day"), "{bad}");
        }
        assert_eq!(typed("7").count("field", 1, 9).map_err(|refusal| refusal.key), Ok(7));
        assert_eq!(typed("0").count("field", 1, 9).map_err(|refusal| refusal.key), Err("form-number-range"));
        assert_eq!(
            typed("99999999999999999999").count("field", 1, 9).map_err(|refusal| refusal.key),
            Err("form-number-range")
        );
        assert_eq!(typed("x").count("field", 1, 9).map_err(|refusal| refusal.key), Err("form-number"));
    }

    #[test]
    fn a_drawn_field_keeps_what_was_typed_and_says_what_is_wrong_beside_it() {
        let fields = [Field::new("field", "label", Ask::Line(20)).given("before")];
        let say = |key: &str| key.to_owned();
        let fresh = draw(&fields, "act", None, None, &say);
        assert_eq!(
            fresh.get_item_by_index(0).and_then(|one| one.get_attr("value")).map(|value| value.to_string()).ok(),
            Some("before".into())
        );
        let again = draw(&fields, "act", Some(&typed("after")), Some(("field", "wrong")), &say);
        let first = again.get_item_by_index(0).unwrap_or_default();
        assert_eq!(first.get_attr("value").map(|value| value.to_string()).ok(), Some("after".into()));
        assert_eq!(first.get_attr("error").map(|value| value.to_string()).ok(), Some("wrong".into()));
    }
}
