//! The arguments of an operation: declared once, checked by that and documented from it. An argument that is not declared is
//! refused: a misspelt filter must not answer with everything.

use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::open311::filter::moment;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where an argument stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

impl Place {
    /// The word of OpenAPI.
    pub const fn word(self) -> &'static str {
        match self {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
        }
    }
}

/// What an argument may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text of so many characters at most.
    Text(usize),
    /// A whole number from … to ….
    Count(i64, i64),
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
    /// `true` or `false`.
    Yes,
    /// A moment (RFC 3339), or a day by the city's clock.
    Moment,
    /// West, south, east and north in degrees, parted by commas.
    Rectangle,
}

impl Kind {
    /// Its schema.
    pub fn schema(self) -> Value {
        match self {
            Kind::Text(most) => json!({ "type": "string", "minLength": 1, "maxLength": most }),
            Kind::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Kind::OneOf(words) => json!({ "type": "string", "enum": words() }),
            Kind::Yes => json!({ "type": "boolean" }),
            Kind::Moment => json!({ "type": "string", "format": "date-time" }),
            Kind::Rectangle => json!({
                "type": "string",
                "pattern": r"^-?[0-9]{1,3}(\.[0-9]{1,9})?,-?[0-9]{1,2}(\.[0-9]{1,9})?,-?[0-9]{1,3}(\.[0-9]{1,9})?,-?[0-9]{1,2}(\.[0-9]{1,9})?$",
            }),
        }
    }

    fn check(self, name: &'static str, text: &str, zone: &TimeZone) -> Result<(), Refusal> {
        let said = |key: &'static str| Refusal::new(key).with("name", name).on(name);
        match self {
            Kind::Text(most) => match text.chars().count() > most {
                true => Err(said("api-too-long").with("most", most)),
                false => Ok(()),
            },
            Kind::Count(least, most) => match text.parse::<i64>().is_ok_and(|count| (least..=most).contains(&count)) {
                true => Ok(()),
                false => Err(said("api-not-a-number").with("least", least).with("most", most)),
            },
            Kind::OneOf(words) => match words().contains(&text) {
                true => Ok(()),
                false => Err(said("api-not-a-word").with("words", words().join(", "))),
            },
            Kind::Yes => match text {
                "true" | "false" => Ok(()),
                _ => Err(said("api-not-a-word").with("words", "true, false")),
            },
            Kind::Moment => moment(text, zone, false).map(drop).ok_or_else(|| said("api-not-a-moment")),
            Kind::Rectangle => rectangle(text).map(drop).ok_or_else(|| said("api-not-a-rectangle")),
        }
    }
}

/// Four degrees; none when they are not, or turned round.
fn rectangle(text: &str) -> Option<[f64; 4]> {
    let parts: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    let [west, south, east, north] = <[f64; 4]>::try_from(parts?).ok()?;
    let is_in = |degrees: f64, most: f64| degrees.is_finite() && degrees.abs() <= most;
    let is_whole = is_in(west, 180.0) && is_in(east, 180.0) && is_in(south, 90.0) && is_in(north, 90.0);
    (is_whole && west <= east && south <= north).then_some([west, south, east, north])
}

/// One argument of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// What it may be.
    pub kind: Kind,
    /// Whether it must be said.
    pub is_needed: bool,
}

impl Param {
    /// A part of the path.
    pub const fn path(name: &'static str, kind: Kind) -> Param {
        Param { name, place: Place::Path, kind, is_needed: true }
    }

    /// A part of the query that may be left out.
    pub const fn query(name: &'static str, kind: Kind) -> Param {
        Param { name, place: Place::Query, kind, is_needed: false }
    }

    /// A header that may be left out.
    pub const fn header(name: &'static str, kind: Kind) -> Param {
        Param { name, place: Place::Header, kind, is_needed: false }
    }
}

/// What every operation may be asked beside its own: the language of its words.
pub const LANG: Param = Param::query("lang", Kind::OneOf(|| vec!["zh-Hans", "en"]));

/// Arguments that were checked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    said: BTreeMap<&'static str, String>,
    zone: Option<TimeZone>,
}

impl Asked {
    /// Checks what was said. An empty argument of the query counts as one that is absent.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(
        params: &[Param],
        path: &[(String, String)],
        query: &[(String, String)],
        header: impl Fn(&str) -> Option<String>,
        zone: &TimeZone,
    ) -> Result<Asked, Vec<Refusal>> {
        let (mut asked, mut wrong) = (Asked { said: BTreeMap::new(), zone: Some(zone.clone()) }, Vec::new());
        let known = |name: &str| params.iter().any(|param| param.place == Place::Query && param.name == name);
        for (name, _) in query.iter().filter(|(name, _)| !known(name) && name != LANG.name) {
            let name: String = name.chars().take(60).collect();
            wrong.push(Refusal::new("api-argument-unknown").with("name", name));
        }
        let of = |pairs: &[(String, String)], name: &str| {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim().to_owned())
        };
        for param in params.iter().chain([&LANG]) {
            let text = match param.place {
                Place::Path => of(path, param.name),
                Place::Query => of(query, param.name),
                Place::Header => header(param.name).map(|text| text.trim().to_owned()),
            };
            match text.filter(|text| !text.is_empty()) {
                Some(text) => match param.kind.check(param.name, &text, zone) {
                    Ok(()) => drop(asked.said.insert(param.name, text)),
                    Err(refusal) => wrong.push(refusal),
                },
                None if param.is_needed => {
                    wrong.push(Refusal::new("api-argument-missing").with("name", param.name).on(param.name));
                }
                None => {}
            }
        }
        if wrong.is_empty() { Ok(asked) } else { Err(wrong) }
    }

    /// A text, if it was said.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.said.get(name).map(String::as_str)
    }

    /// A number, if it was said.
    pub fn count(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// Yes or no, if it was said.
    pub fn yes(&self, name: &str) -> Option<bool> {
        self.text(name).map(|text| text == "true")
    }

    /// A moment, if it was said; a day is read to its end where that is wanted.
    pub fn moment(&self, name: &str, is_end: bool) -> Option<Moment> {
        moment(self.text(name)?, self.zone.as_ref()?, is_end)
    }

    /// A rectangle, if it was said.
    pub fn rectangle(&self, name: &str) -> Option<[f64; 4]> {
        rectangle(self.text(name)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: &[Param] = &[
        Param::path("number", Kind::Text(4)),
        Param::query("limit", Kind::Count(1, 200)),
        Param::query("open", Kind::Yes),
        Param::query("since", Kind::Moment),
        Param::query("within", Kind::Rectangle),
        Param::query("sort", Kind::OneOf(|| vec!["due", "opened"])),
        Param::header("if-match", Kind::Text(8)),
    ];

    fn read(query: &str) -> Result<Asked, Vec<String>> {
        let query: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("a query");
        let path = [("number".to_owned(), "17".to_owned())];
        let header = |name: &str| (name == "if-match").then(|| "\"3\"".to_owned());
        let asked = Asked::read(PARAMS, &path, &query, header, &TimeZone::UTC);
        asked.map_err(|wrong| wrong.iter().map(|refusal| refusal.key.to_owned()).collect())
    }

    #[test]
    fn what_is_said_is_checked_and_read() {
        let asked = read("limit=50&open=true&since=2026-03-10T00:00:00Z&within=123.4,31.2,123.5,31.3&sort=due&lang=en");
        let asked = asked.expect("all right");
        assert_eq!((asked.text("number"), asked.count("limit"), asked.yes("open")), (Some("17"), Some(50), Some(true)));
        assert_eq!(asked.moment("since", false), Some(Moment(1_773_100_800_000)));
        assert_eq!(asked.rectangle("within"), Some([123.4, 31.2, 123.5, 31.3]));
        assert_eq!((asked.text("if-match"), asked.text("lang")), (Some("\"3\""), Some("en")));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong = read("limit=0&open=yes&since=soon&within=1,2,3&sort=size&colour=red&lang=fr").expect_err("wrong");
        assert_eq!(
            wrong,
            [
                "api-argument-unknown",
                "api-not-a-number",
                "api-not-a-word",
                "api-not-a-moment",
                "api-not-a-rectangle",
                "api-not-a-word",
                "api-not-a-word",
            ]
        );
    }

    #[test]
    fn a_rectangle_lies_on_the_earth_and_the_right_way_round() {
        for (text, is_one) in [
            ("1,2,3,4", true),
            (" 1 , 2 , 3 , 4 ", true),
            ("1,2,1,2", true),
            ("3,2,1,4", false),
            ("1,4,3,2", false),
            ("1,2,3,91", false),
            ("-181,2,3,4", false),
            ("NaN,2,3,4", false),
            ("1,2,3,4,5", false),
            ("", false),
        ] {
            assert_eq!(rectangle(text).is_some(), is_one, "{text}");
        }
    }

    #[test]
    fn nothing_said_is_nothing_asked() {
        let asked = read("limit=&open=").expect("all right");
        assert_eq!((asked.count("limit"), asked.yes("open")), (None, None));
    }
}
