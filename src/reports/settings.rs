//! What a city decides for itself about reports: the section `[reports]` of its `city.toml`.

use super::report::DAY;
use crate::kit::error::Refusal;
use toml::{Table, Value};

/// The most that a photo may weigh, in megabytes, whatever the city says: the decoders are not asked for more.
const HEAVIEST_MEGABYTES: i64 = (crate::files::photo::LARGEST_FILE >> 20) as i64;
const HOUR: i64 = 3_600_000;

/// A city's own numbers about reports.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// `photos_limit`: the most photos of one sending, 1 to 9.
    pub photos_limit: usize,
    /// `photo_megabytes`: the heaviest photo, in bytes; 1 to 20 MB.
    pub photo_bytes: usize,
    /// `words_limit`: the longest words, in characters, 50 to 10,000.
    pub words_limit: usize,
    /// `similar_within_metres`: within how many metres another open report counts as similar, 0 (never) to 2,000.
    pub similar_metres: f64,
    /// `similar_within_days`: how young such a report must be, in milliseconds; 1 to 365 days.
    pub similar_within: i64,
    /// `reopen_within_days`: how long after closing the citizen may ask to reopen, in milliseconds; 0 to 365 days.
    pub reopen_within: i64,
    /// `urge_every_hours`: how long between two urgings (催办), in milliseconds; 1 to 720 hours.
    pub urge_every: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            photos_limit: 6,
            photo_bytes: 20 << 20,
            words_limit: 2000,
            similar_metres: 60.0,
            similar_within: 15 * DAY,
            reopen_within: 15 * DAY,
            urge_every: 24 * HOUR,
        }
    }
}

/// The keys of the section and what each may be; `promise` is a sentence's key and read by the pages.
const KEYS: [(&str, i64, i64); 7] = [
    ("photos_limit", 1, 9),
    ("photo_megabytes", 1, HEAVIEST_MEGABYTES),
    ("words_limit", 50, 10_000),
    ("similar_within_metres", 0, 2000),
    ("similar_within_days", 1, 365),
    ("reopen_within_days", 0, 365),
    ("urge_every_hours", 1, 720),
];

/// A value as the file has it, near enough to be found again.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(is_true) => is_true.to_string(),
        other => format!("a {}", other.type_str()),
    }
}

impl Settings {
    /// Why nobody may urge again yet.
    pub fn urged_too_soon(&self) -> Refusal {
        Refusal::new("urge-too-soon").with("hours", self.urge_every / HOUR)
    }

    /// Reads the section `[reports]` of a `city.toml`; what it leaves out stays as the program has it.
    ///
    /// # Errors
    /// A sentence for the operator that names the key, what it says and what it may say.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let section = match city.get("reports") {
            None => return Ok(settings),
            Some(Value::Table(section)) => section,
            Some(_) => return Err("reports: must be a section, [reports]".into()),
        };
        for (key, value) in section {
            if key == "promise" {
                value.as_str().ok_or_else(|| format!("reports.promise: {} must be a text", written(value)))?;
                continue;
            }
            let Some((_, least, most)) = KEYS.iter().find(|(known, _, _)| known == key) else {
                let known: Vec<&str> = KEYS.iter().map(|(known, _, _)| *known).collect();
                return Err(format!("reports.{key}: there is no such key; there are {}, promise", known.join(", ")));
            };
            let number = value.as_integer().filter(|number| (least..=most).contains(&number));
            let number = number.ok_or_else(|| {
                format!("reports.{key}: {} must be a whole number from {least} to {most}", written(value))
            })?;
            let size = usize::try_from(number).unwrap_or_default();
            match key.as_str() {
                "photos_limit" => settings.photos_limit = size,
                "photo_megabytes" => settings.photo_bytes = size << 20,
                "words_limit" => settings.words_limit = size,
                "similar_within_metres" => {
                    settings.similar_metres = f64::from(i32::try_from(number).unwrap_or_default())
                }
                "similar_within_days" => settings.similar_within = number * DAY,
                "reopen_within_days" => settings.reopen_within = number * DAY,
                _ => settings.urge_every = number * HOUR,
            }
        }
        Ok(settings)
    }
}

/// The address under which citizens reach the program, from `public_url` of a `city.toml`: printed in QR codes and
/// letters, without a slash at its end. Empty when the city leaves it to the request's own address.
///
/// # Errors
/// A sentence for the operator.
pub fn public_url(city: &Table) -> Result<String, String> {
    let Some(value) = city.get("public_url") else { return Ok(String::new()) };
    let text = value.as_str().unwrap_or("?").trim().trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_address = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains([' ', '?', '#', '"']));
    if text.is_empty() || is_address {
        return Ok(text.to_owned());
    }
    let value = written(value);
    Err(format!("public_url: {value} must be empty or an address such as \"https://report.example.gov.cn\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        Settings::of_city(&toml::from_str(text).unwrap())
    }

    #[test]
    fn what_a_city_says_counts_and_the_rest_stays() {
        let said = read("[reports]\nphotos_limit = 3\nreopen_within_days = 7\nurge_every_hours = 2").unwrap();
        assert_eq!((said.photos_limit, said.reopen_within, said.urge_every), (3, 7 * DAY, 2 * HOUR));
        assert_eq!(said.words_limit, Settings::default().words_limit);
        assert_eq!(read("").unwrap(), Settings::default());
    }

    #[test]
    fn a_bad_value_is_refused_by_its_key() {
        for (text, key) in [
            ("[reports]\nphotos_limit = 0", "reports.photos_limit: 0 must be a whole number from 1 to 9"),
            ("[reports]\nphoto_megabytes = 21", "reports.photo_megabytes: 21"),
            ("[reports]\nwords_limit = \"many\"", "reports.words_limit: \"many\""),
            ("[reports]\nphoto_limit = 3", "reports.photo_limit: there is no such key"),
            ("reports = 3", "reports: must be a section"),
        ] {
            let refusal = read(text).unwrap_err();
            assert!(refusal.starts_with(key), "{refusal}");
        }
    }

    #[test]
    fn the_public_address_is_an_address_or_nothing() {
        let read = |text: &str| public_url(&toml::from_str(text).unwrap());
        assert_eq!(read(""), Ok(String::new()));
        assert_eq!(read("public_url = \"\""), Ok(String::new()));
        assert_eq!(read("public_url = \"https://a.example/\""), Ok("https://a.example".into()));
        assert!(read("public_url = \"a.example\"").is_err_and(|sentence| sentence.starts_with("public_url:")));
        assert!(read("public_url = 5").is_err());
    }
}
