//! What a city decides for itself about its store of files: the section `[files]` of its `city.toml`.

use toml::{Table, Value};

/// A city's own numbers about its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// `orphan_days`: after how many days a file that no row knows is laid aside, and after as many more thrown away; 1 to 365.
    pub orphan_days: i64,
    /// `sweep_hour`: the hour of the city's day at which the store is swept, 0 to 23.
    pub sweep_hour: i8,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { orphan_days: 2, sweep_hour: 3 }
    }
}

impl Settings {
    /// Reads `[files]`; what is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator that names the key and what it may say.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let section = match city.get("files") {
            None => return Ok(settings),
            Some(Value::Table(section)) => section,
            Some(_) => return Err("files: must be a section, [files]".into()),
        };
        for (key, value) in section {
            let range = match key.as_str() {
                "orphan_days" => 1..=365,
                "sweep_hour" => 0..=23,
                _ => return Err(format!("files.{key} is not known")),
            };
            let number = value.as_integer().filter(|number| range.contains(number)).ok_or_else(|| {
                format!("files.{key} must be a whole number from {} to {}", range.start(), range.end())
            })?;
            match key.as_str() {
                "orphan_days" => settings.orphan_days = number,
                _ => settings.sweep_hour = i8::try_from(number).unwrap_or(3),
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_mistakes_are_named() {
        let read = |text: &str| Settings::of_city(&text.parse().unwrap());
        assert_eq!(read("").unwrap(), Settings::default());
        assert_eq!(
            read("[files]\norphan_days = 7\nsweep_hour = 4").unwrap(),
            Settings { orphan_days: 7, sweep_hour: 4 }
        );
        for (text, named) in [
            ("files = 1", "[files]"),
            ("[files]\norphan_days = 0", "1 to 365"),
            ("[files]\nsweep_hour = 24", "0 to 23"),
            ("[files]\norphans = 1", "files.orphans is not known"),
        ] {
            assert!(read(text).unwrap_err().contains(named), "{text}");
        }
    }
}
