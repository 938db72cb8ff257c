//! What the city says about its open data: `[open_data]` of `city.toml`.

use crate::catalog::Text;
use toml::Table;

/// What a city says about its open data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether there is any.
    pub is_open: bool,
    /// The licence's name.
    pub licence: Text,
    /// Where it can be read; empty when nowhere.
    pub licence_url: String,
    /// To how many decimals of a degree places are told; none: as over Open311.
    pub decimals: Option<u32>,
    /// How many days the files of a day are kept.
    pub kept_days: i64,
    /// How many questions one address may ask in a minute; 0 for any number.
    pub per_minute: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        let text = |zh: &str, en: &str| Text { zh: zh.to_owned(), en: en.to_owned() };
        Settings {
            is_open: true,
            licence: text(
                "本市尚未指定许可，使用前请联系我们",
                "The city has not named a licence yet: please ask before using it",
            ),
            licence_url: String::new(),
            decimals: None,
            kept_days: 30,
            per_minute: 60,
        }
    }
}

impl Settings {
    /// Reads `[open_data]`; what is not said stays as it is.
    ///
    /// # Errors
    /// A sentence for the operator that names the key.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(table) = city.get("open_data") else { return Ok(settings) };
        for (key, value) in table.as_table().ok_or("open_data: must be a table")? {
            let count = |least: i64, most: i64| {
                let wrong = || format!("open_data.{key}: must be a whole number from {least} to {most}");
                value.as_integer().filter(|number| (least..=most).contains(number)).ok_or_else(wrong)
            };
            let text = || {
                let wrong = || format!("open_data.{key}: must be a text of at most 200 characters");
                value.as_str().filter(|text| text.chars().count() <= 200).map(str::to_owned).ok_or_else(wrong)
            };
            match key.as_str() {
                "open" => {
                    let wrong = || "open_data.open: must be true or false".to_owned();
                    settings.is_open = value.as_bool().ok_or_else(wrong)?;
                }
                "licence" => settings.licence.zh = text()?,
                "licence_en" => settings.licence.en = text()?,
                "licence_url" => {
                    settings.licence_url = text()?;
                    if !settings.licence_url.starts_with("https://") && !settings.licence_url.starts_with("http://") {
                        return Err("open_data.licence_url: must begin with https:// or http://".to_owned());
                    }
                }
                "decimals" => settings.decimals = u32::try_from(count(2, 6)?).ok(),
                "kept_days" => settings.kept_days = count(1, 3650)?,
                "per_minute" => settings.per_minute = count(0, 100_000)?,
                _ => return Err(format!("open_data.{key}: is not known")),
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_city_says_counts_and_the_rest_stays() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("TOML"));
        assert_eq!(read(""), Ok(Settings::default()));
        let said = read("[open_data]\nlicence = \"X\"\ndecimals = 3\nkept_days = 7").expect("settings");
        assert_eq!((said.licence.zh.as_str(), said.decimals, said.kept_days), ("X", Some(3), 7));
        for text in ["open = 1", "decimals = 9", "licence_url = \"x\"", "kept_days = 0", "other = 1"] {
            let key = text.split(' ').next().expect("a key");
            let wrong = read(&format!("[open_data]\n{text}"));
            assert!(wrong.is_err_and(|sentence| sentence.starts_with(&format!("open_data.{key}"))), "{text}");
        }
    }
}
