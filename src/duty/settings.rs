//! What a city decides for itself about duty: the section `[duty]` of its `city.toml`. No law sets these numbers.

use super::shift::{ArrivalRules, MINUTE};
use toml::{Table, Value};

/// A city's own numbers about duty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// `place`: where people arrive, as longitude and latitude in WGS-84; none: arriving is not bound to a place.
    pub place: Option<(f64, f64)>,
    /// `check_in_metres`, `check_in_early_minutes`, `late_after_minutes`.
    pub arrival: ArrivalRules,
    /// `rest_hours`: the least rest between two shifts, in milliseconds; 0 to 72 hours.
    pub rest: i64,
    /// `muster_minutes`: how long people have to answer a muster (点名), in milliseconds; 1 to 120 minutes.
    pub muster: i64,
    /// `call_out_minutes`: after how long an unanswered call-out climbs, in milliseconds; 1 to 120 minutes.
    pub call_out: i64,
    /// `hand_over_minutes`: how long after the end of a shift a hand-over that is not signed, or not written, is reminded of,
    /// in milliseconds; 5 to 720 minutes.
    pub hand_over: i64,
    /// `swap_approval`: whether a shift leader must approve a swap (`shift_leader`) or consent is enough (`none`).
    pub swap_needs_approval: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            place: None,
            arrival: ArrivalRules { early: 60 * MINUTE, late: 5 * MINUTE, metres: 300.0 },
            rest: 8 * 60 * MINUTE,
            muster: 10 * MINUTE,
            call_out: 10 * MINUTE,
            hand_over: 30 * MINUTE,
            swap_needs_approval: true,
        }
    }
}

/// The numbers of the section and what each may be.
const NUMBERS: [(&str, i64, i64); 7] = [
    ("check_in_metres", 0, 100_000),
    ("check_in_early_minutes", 0, 720),
    ("late_after_minutes", 0, 240),
    ("rest_hours", 0, 72),
    ("muster_minutes", 1, 120),
    ("call_out_minutes", 1, 120),
    ("hand_over_minutes", 5, 720),
];

impl Settings {
    /// Reads the section `[duty]` of a `city.toml`; what it leaves out stays as the program has it.
    ///
    /// # Errors
    /// A sentence for the operator that names the key and what it may say.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let section = match city.get("duty") {
            None => return Ok(settings),
            Some(Value::Table(section)) => section,
            Some(_) => return Err("duty: must be a section, [duty]".into()),
        };
        for (key, value) in section {
            match key.as_str() {
                "place" => settings.place = Some(place(value)?),
                "swap_approval" => match value.as_str() {
                    Some("shift_leader") => settings.swap_needs_approval = true,
                    Some("none") => settings.swap_needs_approval = false,
                    _ => return Err("duty.swap_approval: must be \"shift_leader\" or \"none\"".into()),
                },
                _ => settings.number(key, value)?,
            }
        }
        Ok(settings)
    }

    fn number(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let Some((_, least, most)) = NUMBERS.iter().find(|(known, _, _)| *known == key) else {
            let known: Vec<&str> = NUMBERS.iter().map(|(known, _, _)| *known).collect();
            return Err(format!(
                "duty.{key}: there is no such key; there are place, swap_approval, {}",
                known.join(", ")
            ));
        };
        let number = value.as_integer().filter(|number| (least..=most).contains(&number));
        let number = number.ok_or_else(|| format!("duty.{key}: must be a whole number from {least} to {most}"))?;
        match key {
            "check_in_metres" => self.arrival.metres = f64::from(i32::try_from(number).unwrap_or_default()),
            "check_in_early_minutes" => self.arrival.early = number * MINUTE,
            "late_after_minutes" => self.arrival.late = number * MINUTE,
            "rest_hours" => self.rest = number * 60 * MINUTE,
            "muster_minutes" => self.muster = number * MINUTE,
            "hand_over_minutes" => self.hand_over = number * MINUTE,
            _ => self.call_out = number * MINUTE,
        }
        Ok(())
    }
}

fn place(value: &Value) -> Result<(f64, f64), String> {
    #[expect(clippy::cast_precision_loss, reason = "degrees")]
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    let pair: Vec<f64> = value.as_array().into_iter().flatten().filter_map(number).collect();
    match pair[..] {
        [lon, lat] if lon.abs() <= 180.0 && lat.abs() <= 90.0 => Ok((lon, lat)),
        _ => Err("duty.place: must be [longitude, latitude] in WGS-84".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        Settings::of_city(&toml::from_str(text).unwrap())
    }

    #[test]
    fn what_a_city_says_counts_and_the_rest_stays() {
        let said = read("[duty]\nplace = [123.4, 31]\nrest_hours = 11\nswap_approval = \"none\"\ncheck_in_metres = 0");
        let said = said.unwrap();
        assert_eq!((said.place, said.rest, said.swap_needs_approval), (Some((123.4, 31.0)), 11 * 60 * MINUTE, false));
        assert_eq!((said.arrival.metres, said.call_out), (0.0, Settings::default().call_out));
        assert_eq!(read("").unwrap(), Settings::default());
    }

    #[test]
    fn a_bad_value_is_refused_by_its_key() {
        for (text, key) in [
            ("duty = 1", "duty: must be a section"),
            ("[duty]\nplace = [1]", "duty.place: "),
            ("[duty]\nplace = [200, 1]", "duty.place: "),
            ("[duty]\nswap_approval = true", "duty.swap_approval: "),
            ("[duty]\ncall_out_minutes = 0", "duty.call_out_minutes: must be a whole number from 1 to 120"),
            ("[duty]\nrest = 1", "duty.rest: there is no such key"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.starts_with(key), "{text}: {refused}");
        }
    }
}
