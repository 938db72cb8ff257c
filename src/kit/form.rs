//! Reading what people typed.

use super::error::Refusal;

/// The text with its outer white space gone, or nothing when nothing is left.
pub fn typed(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The text when it has at most `most` characters.
///
/// # Errors
/// `form-too-long`, on the field.
pub fn at_most(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Refusal::new("form-too-long").with("most", most).on(field));
    }
    Ok(text.to_owned())
}

/// The text, which must not be empty and has at most `most` characters.
///
/// # Errors
/// `form-missing` or `form-too-long`, on the field.
pub fn required(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let text = at_most(field, text, most)?;
    if text.is_empty() { Err(Refusal::new("form-missing").on(field)) } else { Ok(text) }
}
