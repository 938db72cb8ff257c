//! The city's own numbers about following: `[follows]` of `city.toml`.

use super::follow::Hours;
use jiff::civil::{Time, time};
use toml::Table;

/// What the city sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// When people are told.
    pub hours: Hours,
    /// How long an address that nobody confirmed is kept, in milliseconds.
    pub unconfirmed: i64,
    /// How many follows one address may have.
    pub most: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        let hours = Hours {
            quiet_from: time(22, 0, 0, 0),
            quiet_until: time(7, 0, 0, 0),
            together_at: time(8, 0, 0, 0),
            most: 5,
        };
        Settings { hours, unconfirmed: 48 * 3_600_000, most: 20 }
    }
}

impl Settings {
    /// Reads `[follows]`: `quiet_from`, `quiet_until`, `together_at` (such as "22:00"), `mails_a_day`, `unconfirmed_hours`,
    /// `each_address`. What is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(table) = city.get("follows") else { return Ok(settings) };
        let table = table.as_table().ok_or("follows must be a table [follows]")?;
        let count = |name: &str, most: i64| {
            let found = table.get(name).map(|value| value.as_integer().filter(|count| (1..=most).contains(count)));
            found
                .map(|found| found.ok_or_else(|| format!("follows.{name} must be a whole number from 1 to {most}")))
                .transpose()
        };
        for (name, place) in [
            ("quiet_from", &mut settings.hours.quiet_from),
            ("quiet_until", &mut settings.hours.quiet_until),
            ("together_at", &mut settings.hours.together_at),
        ] {
            if let Some(value) = table.get(name) {
                let read = value.as_str().and_then(|text| format!("{text}:00").parse::<Time>().ok());
                *place = read.ok_or_else(|| format!("follows.{name} must be a time such as \"22:00\""))?;
            }
        }
        if let Some(most) = count("mails_a_day", 50)? {
            settings.hours.most = u32::try_from(most).unwrap_or(50);
        }
        if let Some(hours) = count("unconfirmed_hours", 24 * 30)? {
            settings.unconfirmed = hours * 3_600_000;
        }
        if let Some(most) = count("each_address", 1000)? {
            settings.most = most;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_city_says_counts_and_what_it_cannot_mean_is_named() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("toml"));
        assert_eq!(read(""), Ok(Settings::default()));
        let own = read("[follows]\nquiet_from = \"21:30\"\nmails_a_day = 2\nunconfirmed_hours = 24").expect("settings");
        assert_eq!((own.hours.quiet_from, own.hours.most, own.unconfirmed), (time(21, 30, 0, 0), 2, 86_400_000));
        for wrong in ["quiet_from = \"late\"", "mails_a_day = 0", "mails_a_day = \"2\"", "unconfirmed_hours = 9999"] {
            let name = wrong.split(' ').next().expect("a name");
            assert!(read(&format!("[follows]\n{wrong}")).is_err_and(|why| why.contains(name)), "{wrong}");
        }
    }
}
