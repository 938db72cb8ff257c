//! Pages of long lists by key, never by a large offset.

use serde::Serialize;

/// Rows on one page.
pub const PAGE: usize = 50;

/// One page of a list and the keys of its neighbours.
#[derive(Debug, Clone, Serialize)]
pub struct Page<T> {
    /// The rows, at most [`PAGE`] unless asked otherwise.
    pub rows: Vec<T>,
    /// The key after which the next page begins, when there is one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a page from `rows`, of which one more than the page holds was asked for.
    pub fn cut(rows: Vec<T>, key: impl Fn(&T) -> String) -> Page<T> {
        Page::cut_at(PAGE, rows, key)
    }

    /// The same for pages of `most` rows.
    pub fn cut_at(most: usize, mut rows: Vec<T>, key: impl Fn(&T) -> String) -> Page<T> {
        let is_more = rows.len() > most;
        rows.truncate(most);
        let next = rows.last().filter(|_| is_more).map(key);
        Page { rows, next }
    }
}

/// The address of a list with what is asked of it; what is empty asks for nothing.
pub fn address(path: &str, asked: &[(&str, &String)]) -> String {
    let asked: Vec<_> = asked.iter().filter(|(_, value)| !value.is_empty()).collect();
    let query = serde_urlencoded::to_string(asked).unwrap_or_default();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
