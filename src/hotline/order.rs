//! A work order as a row of a file says it.

use super::settings::Settings;
use super::source::{LONGEST_WORD, Mapping};
use crate::catalog::Limit;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::tables::{ABOUT, moment, unquoted};
use crate::kit::words::{begun, enum_of_words};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The longest content that is taken over, in characters; what is longer is cut, and the row says so.
pub const LONGEST_CONTENT: usize = 4000;
/// The longest number.
const LONGEST_NUMBER: usize = 60;

enum_of_words! {
    /// What a column of a work order holds.
    Field {
        /// The hotline's number, which counts once.
        Number = "number",
        /// A short title.
        Title = "title",
        /// What is wrong, in the words of the hotline.
        Content = "content",
        /// The hotline's word for the kind of problem.
        Category = "category",
        /// The hotline's word for who should handle it.
        Department = "department",
        /// Where, in words.
        Address = "address",
        /// Degrees east.
        Lon = "lon",
        /// Degrees north.
        Lat = "lat",
        /// Both in one cell, parted by a comma.
        Position = "position",
        /// Who called.
        Caller = "caller",
        /// How to reach them.
        Phone = "phone",
        /// Whether they wish to stay unnamed.
        Secrecy = "secrecy",
        /// When the hotline received it.
        Received = "received",
        /// By when the hotline wants an answer.
        AnswerBy = "answer_by",
        /// Within how long, counted from its receipt, when no moment is given.
        Limit = "limit",
        /// How urgent it is.
        Urgency = "urgency",
    }
}

/// A work order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The hotline's number.
    pub number: String,
    /// A short title; may be empty.
    pub title: String,
    /// What is wrong.
    pub content: String,
    /// The hotline's word for the kind of problem; may be empty.
    pub category: String,
    /// The hotline's word for who should handle it; may be empty.
    pub department: String,
    /// Where, in words.
    pub address: String,
    /// Degrees east and north as the file has them.
    pub point: Option<(f64, f64)>,
    /// Who called.
    pub caller: String,
    /// How to reach them.
    pub phone: String,
    /// Whether they wish to stay unnamed.
    pub is_secret: bool,
    /// Whether the hotline calls it urgent.
    pub is_urgent: bool,
    /// When the hotline received it.
    pub received_at: Option<Moment>,
    /// By when the hotline wants an answer.
    pub answer_by: Option<Moment>,
    /// What the columns that mean something said: by which a later file is compared.
    pub said: BTreeMap<Field, String>,
}

impl Order {
    /// The words of the report: the title, unless the content begins with it, and the content.
    pub fn words(&self) -> String {
        match (self.title.as_str(), self.content.as_str()) {
            (title, content) if title.is_empty() || content.starts_with(title) => content.to_owned(),
            (title, "") => title.to_owned(),
            (title, content) => format!("{title}\n{content}"),
        }
    }

    /// What another file says otherwise: the field, before and now.
    pub fn differs<'a>(&'a self, before: &'a BTreeMap<Field, String>) -> Vec<(Field, &'a str, &'a str)> {
        let text = |all: &'a BTreeMap<Field, String>, field| all.get(&field).map_or("", String::as_str);
        let both = Field::ALL.iter().map(|field| (*field, text(before, *field), text(&self.said, *field)));
        both.filter(|(_, old, new)| old != new).collect()
    }
}

/// How a limit becomes a moment: the calendar is asked.
pub type Reckon<'a> = &'a dyn Fn(Moment, Limit) -> Result<Moment, Refusal>;

/// Reads a row. What is odd but does no harm is named beside the order.
///
/// # Errors
/// Why the row cannot become an order: `hotline-row-number-missing`, `hotline-row-number-rounded`, `hotline-row-number-long`,
/// `hotline-row-content-missing`, `hotline-row-moment` (`name`, `text`), `hotline-row-limit` (`text`), `hotline-row-point` (`text`);
/// a limit whose calendar is not loaded.
pub fn understand(
    cells: &[String],
    places: &BTreeMap<Field, usize>,
    settings: &Settings,
    zone: &TimeZone,
    reckon: Reckon<'_>,
) -> Result<(Order, Vec<Refusal>), Refusal> {
    let said: BTreeMap<Field, String> = places
        .iter()
        .filter_map(|(field, place)| Some((*field, unquoted(cells.get(*place)?).to_owned())))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let text = |field: Field| said.get(&field).map_or("", String::as_str);
    let number = text(Field::Number);
    if number.is_empty() {
        return Err(Refusal::new("hotline-row-number-missing"));
    }
    if number.starts_with(ABOUT) {
        return Err(Refusal::new("hotline-row-number-rounded").with("text", number));
    }
    if number.chars().count() > LONGEST_NUMBER {
        return Err(Refusal::new("hotline-row-number-long").with("most", LONGEST_NUMBER));
    }
    if text(Field::Content).is_empty() && text(Field::Title).is_empty() {
        return Err(Refusal::new("hotline-row-content-missing"));
    }
    let at = |field: Field| match text(field) {
        "" => Ok(None),
        written => moment(written, zone)
            .map(Some)
            .ok_or_else(|| Refusal::new("hotline-row-moment").with("text", begun(written, LONGEST_WORD))),
    };
    let received_at = at(Field::Received)?;
    let mut odd = Vec::new();
    let answer_by = match (at(Field::AnswerBy)?, text(Field::Limit)) {
        (Some(by), _) => Some(by),
        (None, "") => None,
        (None, written) => {
            let strange = || Refusal::new("hotline-row-limit").with("text", begun(written, LONGEST_WORD));
            match (settings.limit(written), received_at) {
                (Some(limit), Some(received)) => Some(reckon(received, limit)?),
                (Some(_), None) => {
                    odd.push(Refusal::new("hotline-odd-limit-from-nowhere"));
                    None
                }
                // Some hotlines write the moment itself under this name.
                (None, _) => Some(moment(written, zone).ok_or_else(strange)?),
            }
        }
    };
    if answer_by.zip(received_at).is_some_and(|(by, received)| by < received) {
        odd.push(Refusal::new("hotline-odd-answer-before"));
    }
    let point = match (text(Field::Lon), text(Field::Lat), text(Field::Position)) {
        ("", "", "") => None,
        (lon, lat, "") => Some((lon, lat)),
        (_, _, both) => {
            both.split_once([',', '，', ';', ' ']).map(|(lon, lat)| (lon.trim(), lat.trim())).or(Some((both, "")))
        }
    };
    let point = match point {
        None => None,
        Some((lon, lat)) => {
            let strange =
                || Refusal::new("hotline-row-point").with("text", begun(&format!("{lon}, {lat}"), LONGEST_WORD));
            let pair = lon.parse::<f64>().ok().zip(lat.parse::<f64>().ok()).ok_or_else(strange)?;
            if !(pair.0.abs() <= 180.0 && pair.1.abs() <= 90.0) {
                return Err(strange());
            }
            // (0, 0) lies in the sea: it is how some systems write that they do not know.
            (pair != (0.0, 0.0)).then_some(pair)
        }
    };
    let cut = |field: Field, most: usize| begun(text(field), most);
    if text(Field::Content).chars().count() > LONGEST_CONTENT {
        odd.push(Refusal::new("hotline-odd-content-cut").with("most", LONGEST_CONTENT));
    }
    if point.is_none() && text(Field::Address).is_empty() {
        odd.push(Refusal::new("hotline-odd-no-place"));
    }
    let order = Order {
        number: number.to_owned(),
        title: cut(Field::Title, 100),
        content: cut(Field::Content, LONGEST_CONTENT),
        category: cut(Field::Category, LONGEST_WORD),
        department: cut(Field::Department, LONGEST_WORD),
        address: cut(Field::Address, 200),
        point,
        caller: cut(Field::Caller, 40),
        phone: cut(Field::Phone, 30),
        is_secret: settings.says_yes(text(Field::Secrecy)),
        is_urgent: settings.says_urgent(text(Field::Urgency)),
        received_at,
        answer_by,
        said: said.clone(),
    };
    Ok((order, odd))
}

/// The columns that a file must have, by a mapping.
///
/// # Errors
/// `hotline-columns-missing` when nothing is said to be the number, or neither content nor title.
pub fn has_what_is_needed(places: &BTreeMap<Field, usize>) -> Result<(), Refusal> {
    let has = |field| places.contains_key(&field);
    if has(Field::Number) && (has(Field::Content) || has(Field::Title)) {
        return Ok(());
    }
    Err(Refusal::new("hotline-columns-missing"))
}

/// Sub-classes and departments that a file's words still lack, with how many rows have each.
pub fn unknown<'a>(orders: impl Iterator<Item = &'a Order>, mapping: &Mapping) -> [BTreeMap<String, u64>; 2] {
    let mut words = [BTreeMap::new(), BTreeMap::new()];
    for order in orders {
        let [categories, departments] = &mut words;
        for (word, known, list) in
            [(&order.category, &mapping.categories, categories), (&order.department, &mapping.departments, departments)]
        {
            if !word.is_empty() && !known.contains_key(word) {
                *list.entry(word.clone()).or_insert(0) += 1;
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Unit;
    use crate::kit::sources::Sources;
    use proptest::prelude::*;

    fn settings() -> Settings {
        Settings::load(&Sources::embedded()).expect("the file")
    }

    fn read(pairs: &[(Field, &str)]) -> Result<(Order, Vec<&'static str>), &'static str> {
        let cells: Vec<String> = pairs.iter().map(|(_, text)| (*text).to_owned()).collect();
        let places = pairs.iter().enumerate().map(|(place, (field, _))| (*field, place)).collect();
        let reckon = |at: Moment, limit: Limit| {
            assert_eq!(limit.unit, Unit::WorkingDay);
            Ok(Moment(at.0 + i64::from(limit.value) * 86_400_000))
        };
        let read = understand(&cells, &places, &settings(), &TimeZone::UTC, &reckon);
        read.map(|(order, odd)| (order, odd.iter().map(|one| one.key).collect())).map_err(|no| no.key)
    }

    #[test]
    fn an_order_is_understood() {
        let (order, odd) = read(&[
            (Field::Number, "GD-1"),
            (Field::Title, "占道经营"),
            (Field::Content, "'=学校门口摆摊"),
            (Field::Address, "书院路 3 号"),
            (Field::Secrecy, "是"),
            (Field::Received, "2026-03-10 09:00"),
            (Field::Limit, "5个工作日"),
            (Field::Urgency, "特急"),
            (Field::Position, "123.4，31.2"),
        ])
        .expect("an order");
        assert_eq!(odd, Vec::<&str>::new());
        assert_eq!(order.words(), "占道经营\n=学校门口摆摊");
        assert!(order.is_secret && order.is_urgent);
        assert_eq!(order.point, Some((123.4, 31.2)));
        assert_eq!(order.answer_by.map(|by| by.0 - order.received_at.expect("a moment").0), Some(5 * 86_400_000));
    }

    #[test]
    fn a_limit_may_be_the_moment_itself() {
        let read = |limit| {
            let said =
                [(Field::Number, "1"), (Field::Content, "路灯不亮"), (Field::Address, "书院路"), (Field::Limit, limit)];
            read(&said).map(|(order, odd)| (order.answer_by, odd))
        };
        let by = "2026-03-12T18:00:00Z".parse::<jiff::Timestamp>().expect("a moment").as_millisecond();
        assert_eq!(read("2026-03-12 18:00"), Ok((Some(Moment(by)), vec![])));
        assert_eq!(read("2026-13-40"), Err("hotline-row-limit"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let content = (Field::Content, "路灯不亮");
        for (pairs, key) in [
            (vec![(Field::Number, ""), content], "hotline-row-number-missing"),
            (vec![(Field::Number, "≈20260310123456788"), content], "hotline-row-number-rounded"),
            (vec![(Field::Number, "1"), (Field::Content, "")], "hotline-row-content-missing"),
            (vec![(Field::Number, "1"), content, (Field::Received, "昨天")], "hotline-row-moment"),
            (vec![(Field::Number, "1"), content, (Field::Limit, "尽快")], "hotline-row-limit"),
            (vec![(Field::Number, "1"), content, (Field::Lon, "a"), (Field::Lat, "1")], "hotline-row-point"),
            (vec![(Field::Number, "1"), content, (Field::Position, "东边")], "hotline-row-point"),
        ] {
            assert_eq!(read(&pairs).map(|(order, _)| order.number), Err(key));
        }
        let odd = |pairs: &[(Field, &str)]| read(pairs).expect("an order").1;
        assert_eq!(odd(&[(Field::Number, "1"), content]), ["hotline-odd-no-place"]);
        let place = (Field::Address, "书院路");
        assert_eq!(
            odd(&[(Field::Number, "1"), content, place, (Field::Limit, "3")]),
            ["hotline-odd-limit-from-nowhere"]
        );
    }

    #[test]
    fn what_changed_is_named() {
        let one = |content: &str| read(&[(Field::Number, "1"), (Field::Content, content)]).expect("an order").0;
        let (before, after) = (one("路灯不亮"), one("路灯又不亮"));
        assert_eq!(after.differs(&before.said), [(Field::Content, "路灯不亮", "路灯又不亮")]);
        assert!(before.differs(&before.said).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_stands_there_ends_in_an_order_or_a_sentence(cells in proptest::collection::vec("\\PC{0,12}", 16)) {
            let places = Field::ALL.iter().enumerate().map(|(place, field)| (*field, place)).collect();
            let reckon = |at: Moment, _: Limit| Ok(at);
            drop(understand(&cells, &places, &settings(), &TimeZone::UTC, &reckon));
        }
    }
}
