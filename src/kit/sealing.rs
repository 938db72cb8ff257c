//! What is kept of persons, and secrets that must be read again, lie encrypted in the database where the operator sets keys
//! for it (`STEWARD_DATA_KEYS`). A sealed text says by which key it was sealed and is bound to its column and row, so that it
//! opens nowhere else; what was written before there was a key is read as it is. See `docs/decisions/sealing.md`.

use super::error::Refusal;
use super::id::{Id, random_bytes};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

/// The environment's name of the keys: `NAME:KEY`, several parted by commas. The first one seals, all of them open.
pub const KEYS: &str = "STEWARD_DATA_KEYS";
/// What no text begins with that was written without a mark of its own.
const MARK: char = '~';
/// Before a text that was typed with the mark at its beginning.
const TYPED: &str = "~0.";
/// Before a text that is sealed: then come the key's name, a point, and nonce, words and tag in base 64.
const SEALED: &str = "~1.";
/// The bytes of a key.
const KEY_LEN: usize = 32;
/// The longest name of a key.
const LONGEST_NAME: usize = 16;

/// From which a key's other half is made, by which marks are.
const MARKING: &[u8] = b"steward: marks by which sealed values are found, 1";

/// A column of sealed texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub name: &'static str,
    /// The column that says which row it is, a number: `id` in most tables.
    pub key: &'static str,
    /// The column beside it that says so too, where several rows have the same number.
    pub part: Option<&'static str>,
    /// The column of the marks by which its values are found; none where nobody looks for one.
    pub mark: Option<&'static str>,
}

impl Column {
    /// The column of a table whose key is `id`.
    pub const fn of(table: &'static str, name: &'static str) -> Column {
        Column { table, name, key: "id", part: None, mark: None }
    }

    /// The same of a table with another key.
    #[must_use]
    pub const fn keyed(self, key: &'static str, part: Option<&'static str>) -> Column {
        Column { key, part, ..self }
    }

    /// The same with a column of marks beside it.
    #[must_use]
    pub const fn marked(self, mark: &'static str) -> Column {
        Column { mark: Some(mark), ..self }
    }

    /// To what a text in a row is bound.
    fn place(self, row: &RowKey) -> Vec<u8> {
        [self.to_string().as_bytes(), &[0], &row.id.to_be_bytes(), row.part.as_bytes()].concat()
    }
}

/// Which row of its table a text lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKey {
    /// Its number.
    pub id: Id,
    /// What tells it from others of the same number; empty where there are none.
    pub part: String,
}

impl From<Id> for RowKey {
    fn from(id: Id) -> RowKey {
        RowKey { id, part: String::new() }
    }
}

impl<T: fmt::Display> From<(Id, T)> for RowKey {
    fn from((id, part): (Id, T)) -> RowKey {
        RowKey { id, part: part.to_string() }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.table, self.name)
    }
}

/// Why a sealed text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The key of this name is not among those that the program was given.
    #[error("the key {0} is missing in STEWARD_DATA_KEYS")]
    KeyMissing(String),
    /// It is not as it was sealed, it was sealed for another row, or another key bears this name.
    #[error("it was altered, or sealed with another key of the same name")]
    Altered,
}

impl Unreadable {
    /// The sentence that says so.
    pub fn refusal(&self) -> Refusal {
        match self {
            Unreadable::KeyMissing(key) => Refusal::new("sealing-key-missing").with("key", key),
            Unreadable::Altered => Refusal::new("sealing-altered"),
        }
    }
}

/// A text out of a sealed column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Personal {
    /// As it was given.
    Known(String),
    /// It is there and cannot be read now.
    Unreadable {
        /// As it lies in the database: whoever saves the row keeps it so.
        stored: String,
        /// Why.
        why: Unreadable,
    },
}

impl Personal {
    /// The text, when it can be read.
    pub fn known(&self) -> Option<&str> {
        match self {
            Personal::Known(text) => Some(text),
            Personal::Unreadable { .. } => None,
        }
    }

    /// The text, or why it cannot be read.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(&self) -> Result<&str, &Unreadable> {
        match self {
            Personal::Known(text) => Ok(text),
            Personal::Unreadable { why, .. } => Err(why),
        }
    }

    /// True when nothing was given. What cannot be read was.
    pub fn is_empty(&self) -> bool {
        self.known().is_some_and(str::is_empty)
    }

    /// The text, or in its place a sentence by `say` (a key of `locales/`, and what stands in it) that says why there is none.
    pub fn or_said(&self, say: impl Fn(&'static str, &[(&str, String)]) -> String) -> String {
        match self {
            Personal::Known(text) => text.clone(),
            Personal::Unreadable { why, .. } => {
                let refusal = why.refusal();
                say(refusal.key, &refusal.args)
            }
        }
    }

    /// What is kept once `self` was typed over a text that was there before: nothing in the field of what cannot be read leaves
    /// that as it lies.
    #[must_use]
    pub fn over(self, before: &Personal) -> Personal {
        if self.is_empty() && before.known().is_none() { before.clone() } else { self }
    }
}

impl Default for Personal {
    fn default() -> Personal {
        Personal::Known(String::new())
    }
}

impl From<String> for Personal {
    fn from(text: String) -> Personal {
        Personal::Known(text)
    }
}

impl From<&str> for Personal {
    fn from(text: &str) -> Personal {
        Personal::Known(text.to_owned())
    }
}

impl PartialEq<str> for Personal {
    fn eq(&self, other: &str) -> bool {
        self.known() == Some(other)
    }
}

impl PartialEq<&str> for Personal {
    fn eq(&self, other: &&str) -> bool {
        self.known() == Some(*other)
    }
}

/// A text was too long to be sealed: more than 64 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long to be sealed")]
pub struct NotSealed;

/// A key of 32 bytes, by which bytes are sealed as AES-256-GCM and written in base 64: nonce, words and tag.
pub struct Lock(LessSafeKey);

impl Lock {
    /// With these bytes; none when they are not 32.
    pub fn of(bytes: &[u8]) -> Option<Lock> {
        Some(Lock(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).ok()?)))
    }

    /// Seals bytes, bound to a `place`; `nonce` is fresh chance, used once. None for more than 64 GiB.
    pub fn seal(&self, place: &[u8], bytes: &[u8], nonce: [u8; NONCE_LEN]) -> Option<String> {
        let mut sealed = bytes.to_vec();
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed).ok()?;
        Some(BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed with this key for this place; none when it is anything else.
    pub fn open(&self, place: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let bytes = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut opened = sealed.to_vec();
        self.0.open_in_place(nonce, Aad::from(place), &mut opened).ok().map(|plain| plain.to_vec())
    }
}

struct Key {
    name: String,
    lock: Lock,
    marking: hmac::Key,
}

impl Key {
    fn of(name: &str, bytes: &[u8]) -> Option<Key> {
        let half = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, bytes), MARKING);
        let marking = hmac::Key::new(hmac::HMAC_SHA256, half.as_ref());
        Some(Key { name: name.to_owned(), lock: Lock::of(bytes)?, marking })
    }
}

/// The keys that the program was given, the one that seals first. Without any, texts lie as they are.
#[derive(Default)]
pub struct Keys(Vec<Key>);

impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.names()).finish()
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl Keys {
    /// Reads what [`KEYS`] says: `2027:BASE64,2026:BASE64`. None when it says nothing.
    ///
    /// # Errors
    /// A sentence for the operator, in which no key stands.
    pub fn of(text: Option<&str>) -> Result<Keys, String> {
        let (mut keys, mut seen): (Vec<Key>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(Keys::default()) };
        for (place, entry) in text.split(',').map(str::trim).enumerate() {
            let number = place + 1;
            let (name, key) = entry.split_once(':').ok_or_else(|| {
                format!("{KEYS}: key {number} has no name; write NAME:KEY, several with a comma between them")
            })?;
            let (name, key) = (name.trim(), key.trim());
            if !is_name(name) {
                return Err(format!(
                    "{KEYS}: the name of key {number} must be 1 to {LONGEST_NAME} letters of a to z, digits, - and _"
                ));
            }
            let wrong = || {
                format!(
                    "{KEYS}: the key {name} is not {KEY_LEN} bytes in base 64; make one with: openssl rand -base64 {KEY_LEN}"
                )
            };
            let bytes = BASE64_STANDARD.decode(key).map_err(|_| wrong())?;
            if bytes.len() != KEY_LEN {
                return Err(wrong());
            }
            if keys.iter().any(|known| known.name == name) {
                return Err(format!("{KEYS}: two keys are called {name}; a new key needs a new name"));
            }
            if seen.contains(&bytes) {
                return Err(format!("{KEYS}: the key {name} is the same as one before it; make a new one"));
            }
            keys.push(Key::of(name, &bytes).ok_or_else(wrong)?);
            seen.push(bytes);
        }
        Ok(Keys(keys))
    }

    /// The names of all keys, the one that seals first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.name.as_str())
    }

    /// The name of the key that seals.
    pub fn sealing(&self) -> Option<&str> {
        self.0.first().map(|key| key.name.as_str())
    }

    /// A text as it is to lie in a row of a column: sealed where there is a key. Nothing stays nothing, so that SQL may still
    /// ask whether there is something.
    ///
    /// # Errors
    /// [`NotSealed`].
    pub fn seal(&self, column: Column, row: impl Into<RowKey>, text: &str) -> Result<String, NotSealed> {
        let Some(key) = self.0.first() else {
            return Ok(Keys::unsealed(text));
        };
        if text.is_empty() {
            return Ok(String::new());
        }
        let sealed = key.lock.seal(&column.place(&row.into()), text.as_bytes(), random_bytes()).ok_or(NotSealed)?;
        Ok(format!("{SEALED}{}.{sealed}", key.name))
    }

    /// The same of what may be unreadable: that stays as it lies.
    ///
    /// # Errors
    /// [`NotSealed`].
    pub fn keep(&self, column: Column, row: impl Into<RowKey>, text: &Personal) -> Result<String, NotSealed> {
        match text {
            Personal::Known(text) => self.seal(column, row, text),
            Personal::Unreadable { stored, .. } => Ok(stored.clone()),
        }
    }

    /// The mark by which a value of a column is found, as it is to lie beside the sealed one: the same for the same value, told
    /// by nobody without the key. Nothing where there is no key, and for nothing.
    pub fn mark(&self, column: Column, text: &str) -> String {
        self.0.first().map(|key| key.mark(column, text)).filter(|_| !text.is_empty()).unwrap_or_default()
    }

    /// The marks that a value of a column may have: one by each key.
    pub fn marks(&self, column: Column, text: &str) -> Vec<String> {
        self.0.iter().map(|key| key.mark(column, text)).collect()
    }

    /// How a value lies that was written without a key.
    pub fn unsealed(text: &str) -> String {
        if text.starts_with(MARK) { format!("{TYPED}{text}") } else { text.to_owned() }
    }

    /// A text out of a row of a column.
    pub fn open(&self, column: Column, row: impl Into<RowKey>, stored: String) -> Personal {
        if !stored.starts_with(MARK) {
            return Personal::Known(stored);
        }
        if let Some(typed) = stored.strip_prefix(TYPED) {
            return Personal::Known(typed.to_owned());
        }
        let named = stored.strip_prefix(SEALED).and_then(|rest| rest.split_once('.'));
        let why = match named {
            Some((name, sealed)) => match self.0.iter().find(|key| key.name == name) {
                Some(key) => match key.open(column, &row.into(), sealed) {
                    Some(text) => return Personal::Known(text),
                    None => Unreadable::Altered,
                },
                None if is_name(name) => Unreadable::KeyMissing(name.to_owned()),
                None => Unreadable::Altered,
            },
            None => Unreadable::Altered,
        };
        Personal::Unreadable { stored, why }
    }

    /// True when a stored text lies as this program would write it now: nothing is to be done about it.
    pub fn is_current(&self, stored: &str) -> bool {
        match self.sealing() {
            _ if stored.is_empty() => true,
            None => !stored.starts_with(SEALED),
            Some(name) => stored
                .strip_prefix(SEALED)
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with('.')),
        }
    }
}

impl Key {
    fn open(&self, column: Column, row: &RowKey, sealed: &str) -> Option<String> {
        String::from_utf8(self.lock.open(&column.place(row), sealed)?).ok()
    }

    fn mark(&self, column: Column, text: &str) -> String {
        let bound = [column.to_string().as_bytes(), &[0], text.as_bytes()].concat();
        format!("{}.{}", self.name, BASE64_STANDARD.encode(hmac::sign(&self.marking, &bound)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAME: Column = Column::of("reports", "contact_name");
    const PHONE: Column = Column::of("reports", "contact_phone");

    fn entry(name: &str, byte: u8) -> String {
        format!("{name}:{}", BASE64_STANDARD.encode([byte; KEY_LEN]))
    }

    fn keys(entries: &[(&str, u8)]) -> Keys {
        let text: Vec<String> = entries.iter().map(|(name, byte)| entry(name, *byte)).collect();
        Keys::of(Some(&text.join(","))).expect("keys")
    }

    fn why(found: &Personal) -> Option<Unreadable> {
        found.read().err().cloned()
    }

    #[test]
    fn a_sealed_text_opens_in_its_own_row_and_column_alone() {
        let (new, old) = (keys(&[("b", 2), ("a", 1)]), keys(&[("a", 1)]));
        let sealed = old.seal(PHONE, 7_i64, "13900001111").expect("sealed");
        assert!(sealed.starts_with("~1.a.") && !sealed.contains("139"), "{sealed}");
        assert_eq!(new.open(PHONE, 7_i64, sealed.clone()), "13900001111", "every key opens");
        assert!(new.seal(PHONE, 7_i64, "13900001111").expect("sealed").starts_with("~1.b."), "the first one seals");
        assert_ne!(old.seal(PHONE, 7_i64, "13900001111").expect("sealed"), sealed, "no two are alike");
        for (column, row) in [(PHONE, 8_i64), (NAME, 7), (PHONE, -7)] {
            assert_eq!(why(&old.open(column, row, sealed.clone())), Some(Unreadable::Altered));
        }
        let none = Keys::default();
        let unread = none.open(PHONE, 7_i64, sealed.clone());
        assert_eq!(why(&unread), Some(Unreadable::KeyMissing("a".to_owned())));
        assert!(!unread.is_empty(), "what cannot be read is not nothing");
        assert_eq!(Personal::default().over(&unread), unread, "nothing typed leaves it");
        assert_eq!(Personal::from("1".to_owned()).over(&unread), "1");
        assert_eq!(Personal::default().over(&Personal::from("1".to_owned())), "", "what could be read was taken out");
        assert_eq!(none.keep(PHONE, 7_i64, &unread).expect("kept"), sealed, "it is kept as it lies");
        assert_eq!(
            why(&keys(&[("a", 3)]).open(PHONE, 7_i64, sealed)),
            Some(Unreadable::Altered),
            "another key, the same name"
        );
    }

    #[test]
    fn rows_of_the_same_number_are_told_apart() {
        let (keys, column) =
            (keys(&[("a", 1)]), Column::of("report_details", "sent").keyed("report_id", Some("position")));
        let sealed = keys.seal(column, (7_i64, 0), "li@example.cn").expect("sealed");
        assert_eq!(keys.open(column, (7_i64, 0), sealed.clone()), "li@example.cn");
        assert_eq!(keys.open(column, (7_i64, "0"), sealed.clone()), "li@example.cn");
        for other in [RowKey::from((7_i64, 1)), RowKey::from((8_i64, 0)), RowKey::from(7_i64)] {
            assert_eq!(why(&keys.open(column, other, sealed.clone())), Some(Unreadable::Altered));
        }
    }

    #[test]
    fn a_mark_finds_a_value_and_tells_nothing() {
        let (new, old) = (keys(&[("b", 2), ("a", 1)]), keys(&[("a", 1)]));
        let mark = old.mark(PHONE, "13900001111");
        assert!(mark.starts_with("a.") && !mark.contains("139"), "{mark}");
        assert_eq!(old.mark(PHONE, "13900001111"), mark, "the same for the same");
        assert_ne!(old.mark(PHONE, "13900001112"), mark);
        assert_ne!(old.mark(NAME, "13900001111"), mark, "columns are not compared with each other");
        assert!(new.marks(PHONE, "13900001111").contains(&mark), "each key finds what was written with it");
        assert!(new.mark(PHONE, "13900001111").starts_with("b."), "the first one writes");
        let other = keys(&[("a", 3)]);
        assert_ne!(other.mark(PHONE, "13900001111"), mark, "another key, the same name");
        assert_eq!((old.mark(PHONE, ""), Keys::default().mark(PHONE, "1")), (String::new(), String::new()));
        assert!(Keys::default().marks(PHONE, "1").is_empty());
    }

    #[test]
    fn what_was_written_without_a_key_is_read_as_it_was_typed() {
        let (none, some) = (Keys::default(), keys(&[("a", 1)]));
        for typed in ["", "王女士", "~", "~0.", "~1.a.AAAA", "~~", "~9.x", "1~"] {
            let stored = none.seal(NAME, 1_i64, typed).expect("kept");
            assert_eq!(none.open(NAME, 1_i64, stored.clone()), typed);
            assert_eq!(some.open(NAME, 1_i64, stored.clone()), typed, "it is read once there is a key, too");
            assert_eq!(some.is_current(&stored), typed.is_empty());
            assert!(none.is_current(&stored));
            let sealed = some.seal(NAME, 1_i64, typed).expect("sealed");
            assert_eq!(sealed.is_empty(), typed.is_empty(), "nothing stays nothing");
            assert_eq!(some.open(NAME, 1_i64, sealed.clone()), typed);
            assert!(some.is_current(&sealed));
            assert_eq!(none.is_current(&sealed), typed.is_empty());
        }
        assert!(!keys(&[("ab", 1)]).is_current(&some.seal(NAME, 1_i64, "王").expect("sealed")));
    }

    #[test]
    fn what_is_altered_anywhere_is_refused() {
        let keys = keys(&[("a", 1)]);
        let sealed = keys.seal(NAME, 1_i64, "王女士").expect("sealed");
        for place in 1..sealed.len() {
            for byte in [b'A', b'B', b'.', b'=', b'a', b'~', b'5'] {
                let mut bytes = sealed.clone().into_bytes();
                if bytes[place] == byte {
                    continue;
                }
                bytes[place] = byte;
                let found = keys.open(NAME, 1_i64, String::from_utf8(bytes).expect("text"));
                assert!(found.known().is_none(), "{place}: {found:?}");
            }
            let cut = keys.open(NAME, 1_i64, sealed[..place].to_owned());
            assert!(cut.known().is_none(), "{place}: {cut:?}");
        }
    }

    #[test]
    fn every_mistake_is_a_sentence_without_the_key() {
        let long = entry("a-name-that-is-too-long", 1);
        let short = format!("a:{}", BASE64_STANDARD.encode([1_u8; 31]));
        for (text, told) in [
            (BASE64_STANDARD.encode([1_u8; 32]), "key 1 has no name"),
            (entry("名", 1), "the name of key 1"),
            (entry("", 1), "the name of key 1"),
            (entry("a.b", 1), "the name of key 1"),
            (long, "the name of key 1"),
            (short, "the key a is not 32 bytes"),
            ("a:no base".to_owned(), "the key a is not 32 bytes"),
            (format!("{},", entry("a", 1)), "key 2 has no name"),
            (format!("{},{}", entry("a", 1), entry("a", 2)), "two keys are called a"),
            (format!("{},{}", entry("a", 1), entry("b", 1)), "the key b is the same as one before it"),
        ] {
            let said = Keys::of(Some(&text)).expect_err("a mistake");
            assert!(said.contains(told) && !said.contains(&BASE64_STANDARD.encode([1_u8; 30])), "{said}");
        }
        assert!(Keys::of(None).expect("none").sealing().is_none());
        assert!(Keys::of(Some(" \n")).expect("none").sealing().is_none());
        let two = Keys::of(Some(&format!(" {} ,\n{}\n", entry("b", 2), entry("a", 1)))).expect("two");
        assert_eq!(two.names().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(format!("{two:?}"), "[\"b\", \"a\"]");
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_comes_back(text in ".{0,60}", row in any::<i64>()) {
            for keys in [Keys::default(), keys(&[("a", 1)])] {
                let stored = keys.seal(NAME, row, &text).expect("sealed");
                prop_assert_eq!(keys.open(NAME, row, stored), text.as_str());
            }
        }
    }
}
