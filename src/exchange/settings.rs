//! The city's own numbers about exchanging: `[exchange]` of `city.toml`.

use toml::Table;

const MINUTE: i64 = 60_000;

/// What a city says about exchanging with other systems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether systems in networks that are not public may be asked.
    pub allow_local: bool,
    /// How often news are asked for, in milliseconds.
    pub poll: i64,
    /// By how much each question reaches back before the last, in milliseconds: clocks differ, and what others write may be seen late.
    pub overlap: i64,
    /// How long a request whose answer was lost is looked for there before it is sent again, in milliseconds.
    pub settle: i64,
    /// How long a report is followed after the last news of it, in milliseconds.
    pub followed: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            allow_local: false,
            poll: 5 * MINUTE,
            overlap: 60 * MINUTE,
            settle: 30 * MINUTE,
            followed: 180 * 24 * 60 * MINUTE,
        }
    }
}

impl Settings {
    /// Reads `[exchange]`, and `allow_local` of `[outside]`; what is not said stays as it is.
    ///
    /// # Errors
    /// A sentence for the operator that names the key.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        if let Some(outside) = city.get("outside") {
            let wrong = || "outside.allow_local: must be true or false".to_owned();
            let outside = outside.as_table().ok_or("outside: must be a table")?;
            settings.allow_local = match outside.get("allow_local") {
                Some(is_allowed) => is_allowed.as_bool().ok_or_else(wrong)?,
                None => false,
            };
        }
        let Some(table) = city.get("exchange") else { return Ok(settings) };
        let table = table.as_table().ok_or("exchange: must be a table")?;
        for (key, value) in table {
            let count = |least: i64, most: i64| {
                let wrong = || format!("exchange.{key}: must be a whole number from {least} to {most}");
                value.as_integer().filter(|number| (least..=most).contains(number)).ok_or_else(wrong)
            };
            match key.as_str() {
                "poll_minutes" => settings.poll = count(1, 1440)? * MINUTE,
                "overlap_minutes" => settings.overlap = count(1, 10_080)? * MINUTE,
                "settle_minutes" => settings.settle = count(1, 1440)? * MINUTE,
                "followed_days" => settings.followed = count(1, 3650)? * 24 * 60 * MINUTE,
                _ => return Err(format!("exchange.{key}: is not known")),
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        Settings::of_city(&toml::from_str(text).expect("TOML"))
    }

    #[test]
    fn what_a_city_says_counts_and_the_rest_stays() {
        assert_eq!(read(""), Ok(Settings::default()));
        let said = read("[outside]\nallow_local = true\n[exchange]\npoll_minutes = 1").expect("settings");
        assert_eq!((said.allow_local, said.poll, said.settle), (true, MINUTE, Settings::default().settle));
        for (text, key) in [
            ("[outside]\nallow_local = 1", "outside.allow_local"),
            ("[exchange]\npoll_minutes = 0", "exchange.poll_minutes"),
            ("[exchange]\nfollowed_days = \"x\"", "exchange.followed_days"),
            ("[exchange]\nother = 1", "exchange.other"),
        ] {
            assert!(read(text).is_err_and(|sentence| sentence.starts_with(key)), "{text}");
        }
    }
}
