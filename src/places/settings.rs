//! What a city decides for itself about places: the section `[places]` of its `city.toml`.

use toml::Table;

/// A city's own numbers about places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// `offer_from`: below this score nothing is offered, 0.05 to 0.95.
    pub offer_from: f64,
    /// `likely_from`: from this score on it is called likely (可能), at least `offer_from`.
    pub likely_from: f64,
    /// `almost_certain_from`: from this score on it is called almost certain (几乎肯定), at least `likely_from`, below 1.
    pub almost_certain_from: f64,
    /// `suggestions`: how many lines are shown while somebody types, 1 to 20.
    pub suggestions: usize,
    /// `most_places`: the most places of one file, 1,000 to 1,000,000.
    pub most_places: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { offer_from: 0.3, likely_from: 0.6, almost_certain_from: 0.85, suggestions: 7, most_places: 300_000 }
    }
}

/// How sure an answer is, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// 也许.
    Perhaps,
    /// 可能.
    Likely,
    /// 几乎肯定.
    AlmostCertain,
}

impl Sureness {
    /// One word for it; its sentence has `places-sure-` before it.
    pub const fn word(self) -> &'static str {
        match self {
            Sureness::Perhaps => "perhaps",
            Sureness::Likely => "likely",
            Sureness::AlmostCertain => "almost-certain",
        }
    }
}

impl Settings {
    /// Reads `[places]`; what is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(section) = city.get("places") else { return Ok(settings) };
        let section = section.as_table().ok_or("places must be a section, [places]")?;
        for (key, value) in section {
            let score = || {
                let number = value.as_float().filter(|number| (0.05..=0.99).contains(number));
                number.ok_or_else(|| format!("places.{key} must be a number from 0.05 to 0.99"))
            };
            let count = |least: i64, most: i64| {
                let number = value.as_integer().filter(|number| (least..=most).contains(number));
                let number = number.and_then(|number| usize::try_from(number).ok());
                number.ok_or_else(|| format!("places.{key} must be a whole number from {least} to {most}"))
            };
            match key.as_str() {
                "offer_from" => settings.offer_from = score()?,
                "likely_from" => settings.likely_from = score()?,
                "almost_certain_from" => settings.almost_certain_from = score()?,
                "suggestions" => settings.suggestions = count(1, 20)?,
                "most_places" => settings.most_places = count(1_000, 1_000_000)?,
                _ => return Err(format!("places.{key} is not known")),
            }
        }
        if settings.offer_from > settings.likely_from || settings.likely_from > settings.almost_certain_from {
            return Err("places: offer_from, likely_from and almost_certain_from must rise".to_owned());
        }
        Ok(settings)
    }

    /// How sure an answer with this score is; none when it is not to be offered.
    pub fn sureness(&self, score: f64) -> Option<Sureness> {
        match score {
            score if score >= self.almost_certain_from => Some(Sureness::AlmostCertain),
            score if score >= self.likely_from => Some(Sureness::Likely),
            score if score >= self.offer_from => Some(Sureness::Perhaps),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_has_its_own_numbers_and_wrong_ones_are_named() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("a table"));
        assert_eq!(read(""), Ok(Settings::default()));
        let own = read("[places]\noffer_from = 0.5\nsuggestions = 3\n").expect("fine");
        assert_eq!((own.offer_from, own.suggestions, own.most_places), (0.5, 3, 300_000));
        for wrong in ["offer_from = 2.0", "offer_from = 0.9", "suggestions = 0", "most_places = 10", "of = 1"] {
            assert!(read(&format!("[places]\n{wrong}\n")).is_err(), "{wrong}");
        }
        assert!(read("places = 1\n").is_err());
    }

    #[test]
    fn a_score_is_said_in_words() {
        let settings = Settings::default();
        for (score, expected) in [
            (0.29, None),
            (0.3, Some(Sureness::Perhaps)),
            (0.6, Some(Sureness::Likely)),
            (0.85, Some(Sureness::AlmostCertain)),
            (1.0, Some(Sureness::AlmostCertain)),
        ] {
            assert_eq!(settings.sureness(score), expected, "{score}");
        }
    }
}
