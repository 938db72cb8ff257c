//! What a city says about who may knock how often, and how many at once: `[gates]` in `city.toml`.

use super::paces::Guessing;
use super::peers::{Believed, Network};
use std::time::Duration;
use toml::{Table, Value};

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The proxies that are believed.
    pub believed: Believed,
    /// For how many seconds browsers ask by https alone, once they came by it; 0: it is not said.
    pub hsts: i64,
    /// What of passwords and codes may be guessed from one address.
    pub guessing: Guessing,
    /// How many reports, photos, searches and costly answers somebody may ask for in a minute; 0: any number.
    pub reports_per_minute: i64,
    /// The same for files that are sent.
    pub uploads_per_minute: i64,
    /// The same for searches and suggestions.
    pub searches_per_minute: i64,
    /// How many connections there are at most.
    pub connections: usize,
    /// How many of them one address may have, unless it is a believed proxy's.
    pub connections_each: usize,
    /// How long a connection may take until the head of its next request is there.
    pub head: Duration,
    /// How long the sender of a body, or the reader of an answer, may do nothing.
    pub stall: Duration,
    /// How many bytes of a body must come in a second, on the average after [`Settings::stall`].
    pub slowest: u64,
    /// How many requests are answered at the same time.
    pub in_flight: usize,
    /// How many requests with files are.
    pub uploads_in_flight: usize,
    /// How long a request waits for its turn before it is turned away.
    pub queue: Duration,
    /// How long a transaction of a request may take on PostgreSQL; none: as long as it takes.
    pub database: Option<Duration>,
}

/// Every number with what it is when it is not said, its least and its most.
pub const NUMBERS: [(&str, i64, i64, i64); 16] = [
    ("hsts_days", 365, 0, 730),
    ("wrong_free", 30, 3, 10_000),
    ("wrong_forgiven_seconds", 20, 1, 3_600),
    ("longest_wait_minutes", 15, 1, 60),
    ("reports_per_minute", 60, 0, 100_000),
    ("uploads_per_minute", 120, 0, 100_000),
    ("searches_per_minute", 240, 0, 100_000),
    ("connections", 4_096, 16, 1_000_000),
    ("connections_each", 256, 4, 1_000_000),
    ("head_seconds", 75, 1, 600),
    ("stall_seconds", 30, 1, 600),
    ("slowest_bytes", 500, 0, 1_000_000),
    ("in_flight", 512, 2, 100_000),
    ("uploads_in_flight", 64, 1, 10_000),
    ("queue_milliseconds", 2_000, 0, 60_000),
    ("database_seconds", 30, 0, 3_600),
];

impl Settings {
    /// Reads the settings of a city whose public address is given; what is missing has its default.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table, public_url: &str) -> Result<Settings, String> {
        let nothing = Table::new();
        let table = match city.get("gates") {
            None => &nothing,
            Some(value) => value.as_table().ok_or("gates must be a table [gates]")?,
        };
        let is_known = |key: &str| key == "proxies" || NUMBERS.iter().any(|(name, ..)| *name == key);
        if let Some(unknown) = table.keys().find(|key| !is_known(key)) {
            return Err(format!("gates.{unknown} is not known"));
        }
        let secure_host =
            public_url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let mut believed = Believed::here(secure_host);
        if let Some(value) = table.get("proxies") {
            let wrong = "gates.proxies must be a list of addresses or networks in quotes, such as \"10.0.0.0/8\"";
            let list = value.as_array().ok_or(wrong)?;
            let read: Option<Vec<Network>> = list.iter().map(|one| one.as_str().and_then(Network::parse)).collect();
            believed.proxies = read.ok_or(wrong)?;
        }
        let number = |wanted: &str| -> Result<i64, String> {
            let (name, given, least, most) =
                NUMBERS.into_iter().find(|(name, ..)| *name == wanted).ok_or_else(|| format!("gates.{wanted}"))?;
            match table.get(name).map(Value::as_integer) {
                None => Ok(given),
                Some(Some(found)) if (least..=most).contains(&found) => Ok(found),
                Some(_) => Err(format!("gates.{name} must be a number from {least} to {most}")),
            }
        };
        let positive = |name: &str| number(name).map(|found| u64::try_from(found).unwrap_or_default());
        let count = |name: &str| number(name).map(|found| usize::try_from(found).unwrap_or_default());
        Ok(Settings {
            believed,
            hsts: number("hsts_days")? * 86_400,
            guessing: Guessing {
                free: number("wrong_free")?,
                forgiven: number("wrong_forgiven_seconds")? * 1000,
                longest: number("longest_wait_minutes")? * 60_000,
            },
            reports_per_minute: number("reports_per_minute")?,
            uploads_per_minute: number("uploads_per_minute")?,
            searches_per_minute: number("searches_per_minute")?,
            connections: count("connections")?,
            connections_each: count("connections_each")?,
            head: Duration::from_secs(positive("head_seconds")?),
            stall: Duration::from_secs(positive("stall_seconds")?),
            slowest: positive("slowest_bytes")?,
            in_flight: count("in_flight")?,
            uploads_in_flight: count("uploads_in_flight")?,
            queue: Duration::from_millis(positive("queue_milliseconds")?),
            database: Some(positive("database_seconds")?).filter(|found| *found > 0).map(Duration::from_secs),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        Settings::of_city(&toml::from_str(text).expect("toml"), "https://report.example.gov.cn/")
    }

    #[test]
    fn what_is_not_said_has_its_default_and_what_is_wrong_is_told() {
        let settings = read("").expect("settings");
        assert_eq!((settings.in_flight, settings.hsts), (512, 365 * 86_400));
        assert_eq!(settings.database, Some(Duration::from_secs(30)));
        assert_eq!(read("[gates]\ndatabase_seconds = 0").expect("settings").database, None);
        assert_eq!(settings.believed.secure_host, "report.example.gov.cn");
        let settings = read("[gates]\nproxies = [\"10.1.0.0/16\"]\nin_flight = 8\nhsts_days = 0").expect("settings");
        assert!(settings.believed.is_proxy("10.1.2.3".parse().expect("an address")));
        assert!(
            !settings.believed.is_proxy("127.0.0.1".parse().expect("an address")),
            "what is said replaces the rest"
        );
        assert_eq!((settings.in_flight, settings.hsts), (8, 0));
        for (wrong, told) in [
            ("gates = 7", "[gates]"),
            ("[gates]\nproxy = []", "gates.proxy"),
            ("[gates]\nproxies = \"10.0.0.0/8\"", "gates.proxies"),
            ("[gates]\nproxies = [\"my-proxy\"]", "gates.proxies"),
            ("[gates]\nin_flight = 0", "gates.in_flight must be a number from 2 to 100000"),
            ("[gates]\nhead_seconds = \"ten\"", "gates.head_seconds"),
        ] {
            assert!(read(wrong).is_err_and(|why| why.contains(told)), "{wrong}");
        }
    }
}
