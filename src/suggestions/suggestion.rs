//! What a text is taken for, what it was, and when one model follows another: pure rules.

use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use understanding::words::measuring::{self, Answer};

/// How many sub-classes are offered at most.
pub const OFFERED: usize = 3;
/// One group of texts in so many is never learnt from: on it every model is judged.
const KEPT_OUT: u64 = 5;
/// The version of what is known before anything is learnt begins so.
pub const WORDS: &str = "words-";
/// How long after its hour a night's learning may still begin, in hours.
const NIGHT_HOURS: i64 = 6;

/// What a city decides for itself about suggestions: `[suggestions]` in its `city.toml`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// `preselect_from`: from which confidence on the first is chosen beforehand, 0.3 to 1.01; above 1 never.
    pub preselect_from: f32,
    /// `offer_from`: from which confidence on a sub-class is offered at all, 0.01 to 1.
    pub offer_from: f32,
    /// `months`: from the cases of how many months is learnt, 1 to 120.
    pub months: i64,
    /// `least_texts`: from how many texts on anything is learnt, 20 to 100,000.
    pub least_texts: usize,
    /// `most_texts`: from how many texts at most, the latest ones; 100 to 200,000.
    pub most_texts: usize,
    /// `margin`: by how much a new model's macro F1 may be lower for it still to count as not worse, 0 to 0.1.
    pub margin: f64,
    /// `kept_models`: how many models are kept, 2 to 100.
    pub kept_models: usize,
    /// `learn_at`: after which time of the night is learnt; none: only when somebody asks.
    pub learn_at: Option<Time>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            preselect_from: 0.8,
            offer_from: 0.15,
            months: 24,
            least_texts: 300,
            most_texts: 20_000,
            margin: 0.005,
            kept_models: 8,
            learn_at: Some(Time::constant(3, 0, 0, 0)),
        }
    }
}

impl Settings {
    /// Reads `[suggestions]`; what is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &toml::Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(table) = city.get("suggestions") else { return Ok(settings) };
        let table = table.as_table().ok_or("suggestions must be a section, [suggestions]")?;
        for (name, value) in table {
            if name == "learn_at" {
                let text = value.as_str().unwrap_or("?");
                settings.learn_at = match text {
                    "" => None,
                    text => Some(Time::strptime("%H:%M", text).map_err(|_| {
                        "suggestions.learn_at must be a time such as \"03:00\", or empty for never".to_owned()
                    })?),
                };
                continue;
            }
            let (least, most) = match name.as_str() {
                "preselect_from" => (0.3, 1.01),
                "offer_from" => (0.01, 1.0),
                "months" => (1.0, 120.0),
                "least_texts" => (20.0, 100_000.0),
                "most_texts" => (100.0, 200_000.0),
                "margin" => (0.0, 0.1),
                "kept_models" => (2.0, 100.0),
                _ => return Err(format!("suggestions.{name} is not known")),
            };
            let is_whole = !matches!(name.as_str(), "preselect_from" | "offer_from" | "margin");
            #[expect(clippy::cast_precision_loss, reason = "settings are small")]
            let number =
                value.as_integer().map(|whole| whole as f64).or_else(|| value.as_float().filter(|_| !is_whole));
            let number = number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
                let kind = if is_whole { "a whole number" } else { "a number" };
                format!("suggestions.{name} must be {kind} from {least} to {most}")
            })?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies in a small range")]
            let (size, share) = (number as usize, number as f32);
            match name.as_str() {
                "preselect_from" => settings.preselect_from = share,
                "offer_from" => settings.offer_from = share,
                "months" => settings.months = i64::try_from(size).unwrap_or(1),
                "least_texts" => settings.least_texts = size,
                "most_texts" => settings.most_texts = size,
                "margin" => settings.margin = number,
                _ => settings.kept_models = size,
            }
        }
        Ok(settings)
    }
}

/// A sub-class and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// `event-0110`, of the code set in force.
    pub key: String,
    /// 0 to 1.
    pub confidence: f32,
}

enum_of_words! {
    /// How sure an offer is, in a word.
    Sure {
        /// More likely so than not.
        Likely = "likely",
        /// Worth a look.
        Possible = "possible",
    }
}

impl Guess {
    /// How sure it is, in a word.
    pub fn sure(&self) -> Sure {
        if self.confidence >= 0.5 { Sure::Likely } else { Sure::Possible }
    }
}

/// What is offered of what was guessed: at most three, each sure enough.
pub fn offer(mut guesses: Vec<Guess>, settings: &Settings) -> Vec<Guess> {
    guesses.retain(|guess| guess.confidence >= settings.offer_from);
    guesses.truncate(OFFERED);
    guesses
}

/// Which offer is chosen beforehand: the first when it is sure enough and nobody has chosen.
pub fn preselected<'a>(offers: &'a [Guess], chosen: &str, settings: &Settings) -> Option<&'a str> {
    let first = offers.first()?;
    (chosen.is_empty() && first.confidence >= settings.preselect_from).then_some(first.key.as_str())
}

/// An offer as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The report.
    pub report: Id,
    /// The version that made it.
    pub version: String,
    /// When.
    pub offered_at: Moment,
    /// One to three sub-classes, the likeliest first.
    pub offers: Vec<Guess>,
    /// Whether the reporter saw them; the desk does in any case.
    pub is_shown: bool,
    /// What the report then named; empty: nothing.
    pub chosen: String,
}

/// What came of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Its band of confidence: tenths, 0 to 9.
    pub band: i64,
    /// How sure the first was, in thousandths.
    pub share: i64,
    /// The first was right.
    pub is_first: bool,
    /// One of the three was.
    pub is_among: bool,
    /// The reporter saw them and took the first.
    pub is_taken: bool,
}

/// A confidence in thousandths.
#[expect(clippy::cast_possible_truncation, reason = "a share")]
pub fn thousandths(confidence: f32) -> i64 {
    (confidence.clamp(0.0, 1.0) * 1000.0).round() as i64
}

impl Suggestion {
    /// What came of it, once the desk has filed the case; none when nothing was offered.
    pub fn outcome(&self, filed: &str) -> Option<Outcome> {
        let first = self.offers.first()?;
        let share = thousandths(first.confidence);
        Some(Outcome {
            band: (share / 100).min(9),
            share,
            is_first: first.key == filed,
            is_among: self.offers.iter().any(|offer| offer.key == filed),
            is_taken: self.is_shown && self.chosen == first.key,
        })
    }
}

/// True of a group of texts that no model learns from: on them models are judged, always on the same ones. Near-duplicates are
/// of one group, so none is learnt while another judges.
pub const fn is_kept_out(group: u64) -> bool {
    group.is_multiple_of(KEPT_OUT)
}

/// A band of confidence and what was true of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Where it begins, in tenths.
    pub from: i64,
    /// How many.
    pub texts: i64,
    /// The mean confidence, 0 to 1.
    pub confidence: f64,
    /// The share of right ones, 0 to 1.
    pub truth: f64,
}

/// How well a model did on texts that were kept out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How many texts.
    pub texts: i64,
    /// The share of which the first sub-class was right.
    pub first: f64,
    /// The share of which one of the three was.
    pub three: f64,
    /// The mean F1 of the sub-classes that occur.
    pub macro_f1: f64,
    /// Whether the confidence was true.
    pub bands: Vec<Band>,
}

/// Judges answers: the true sub-class beside the guesses, the likeliest first. Whoever does not answer is not right.
#[expect(clippy::cast_precision_loss, reason = "counts of texts")]
pub fn judge(answers: &[(String, Vec<Guess>)]) -> Figures {
    let mut names: Vec<&str> = answers
        .iter()
        .flat_map(|(truth, guesses)| {
            guesses.first().map(|guess| guess.key.as_str()).into_iter().chain([truth.as_str()])
        })
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    names.sort_unstable();
    // No answer is a class of its own, of which no text truly is.
    names.insert(0, "");
    let place = |key: &str| names.binary_search(&key).unwrap_or(0);
    let judged: Vec<Answer> = answers
        .iter()
        .map(|(truth, guesses)| Answer {
            truth: place(truth),
            found: guesses.first().map_or(0, |guess| place(&guess.key)),
            confidence: guesses.first().map_or(0.0, |guess| guess.confidence),
        })
        .collect();
    let all = measuring::Figures::of(&judged, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let occurring: Vec<f64> = all.classes.iter().filter(|class| class.texts > 0).map(|class| class.f1).collect();
    let is_among =
        |(truth, guesses): &&(String, Vec<Guess>)| guesses.iter().take(OFFERED).any(|guess| guess.key == *truth);
    let share = |part: usize| if answers.is_empty() { 0.0 } else { part as f64 / answers.len() as f64 };
    #[expect(clippy::cast_possible_truncation, reason = "tenths, and counts of texts")]
    let band = |band: &measuring::Band| Band {
        from: (band.from * 10.0).round() as i64,
        texts: band.texts as i64,
        confidence: band.confidence,
        truth: band.truth,
    };
    Figures {
        texts: i64::try_from(answers.len()).unwrap_or(i64::MAX),
        first: all.accuracy,
        three: share(answers.iter().filter(is_among).count()),
        macro_f1: if occurring.is_empty() { 0.0 } else { occurring.iter().sum::<f64>() / occurring.len() as f64 },
        bands: all.reliability.iter().map(band).collect(),
    }
}

/// Whether a new model follows the present one: it may not be worse on the same texts.
pub fn may_follow(new: &Figures, present: &Figures, settings: &Settings) -> bool {
    new.texts > 0 && new.macro_f1 + settings.margin >= present.macro_f1
}

/// The night of which learning is due: from its hour on, for six hours; named by the day on which its hour lies.
pub fn night(now: DateTime, settings: &Settings) -> Option<Date> {
    let at = settings.learn_at?;
    [now.date(), now.date().yesterday().ok()?].into_iter().find(|day| {
        let since = now.duration_since(day.to_datetime(at));
        (0..NIGHT_HOURS * 3600).contains(&since.as_secs()) && !since.is_negative()
    })
}

enum_of_words! {
    /// How a learning stands, or what came of it.
    LearningState {
        /// Waits for its turn.
        Queued = "queued",
        /// Under way.
        Running = "running",
        /// The new model is used.
        Taken = "taken",
        /// The new model was worse; the present one stays.
        Worse = "worse",
        /// Somebody chose another version meanwhile; that one stays.
        Overtaken = "overtaken",
        /// There were too few texts.
        TooFew = "too-few",
        /// It broke off.
        Failed = "failed",
    }
}

impl LearningState {
    /// Whether it is still to be done.
    pub const fn is_open(self) -> bool {
        matches!(self, LearningState::Queued | LearningState::Running)
    }
}

/// What a learning found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// The new model on the texts that were kept out.
    pub new: Option<Figures>,
    /// The present one on the same texts.
    pub present: Option<Figures>,
    /// How long it took, milliseconds.
    pub took: i64,
}

/// A learning.
#[derive(Debug, Clone, PartialEq)]
pub struct Learning {
    /// The identifier.
    pub id: Id,
    /// Of which night; none when somebody asked.
    pub night: Option<String>,
    /// Who asked.
    pub asked_by: Option<Id>,
    /// When.
    pub asked_at: Moment,
    /// How it stands.
    pub state: LearningState,
    /// When it began.
    pub begun_at: Option<Moment>,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// The new model's version; empty when there is none.
    pub version: String,
    /// The version in use when it began.
    pub present: String,
    /// From how many texts was learnt; or how many there were.
    pub texts: i64,
    /// What was found.
    pub found: Found,
}

impl Learning {
    /// One that waits for its turn.
    pub fn ask(id: Id, night: Option<Date>, by: Option<Id>, now: Moment) -> Learning {
        Learning {
            id,
            night: night.map(|day| day.to_string()),
            asked_by: by,
            asked_at: now,
            state: LearningState::Queued,
            begun_at: None,
            ended_at: None,
            version: String::new(),
            present: String::new(),
            texts: 0,
            found: Found::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(key: &str, confidence: f32) -> Guess {
        Guess { key: key.to_owned(), confidence }
    }

    #[test]
    fn three_are_offered_and_one_is_chosen_when_it_is_sure() {
        let settings = Settings::default();
        let four = vec![guess("a", 0.6), guess("b", 0.2), guess("c", 0.15), guess("d", 0.15)];
        let offers = offer(four, &settings);
        assert_eq!(offers.iter().map(|offer| offer.key.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(offers.iter().map(Guess::sure).collect::<Vec<_>>(), [Sure::Likely, Sure::Possible, Sure::Possible]);
        assert_eq!(offer(vec![guess("a", 0.14)], &settings), []);
        assert_eq!(preselected(&offers, "", &settings), None, "not sure enough");
        let sure = [guess("a", 0.8)];
        assert_eq!(preselected(&sure, "", &settings), Some("a"));
        assert_eq!(preselected(&sure, "b", &settings), None, "never over what a person chose");
        assert_eq!(preselected(&[], "", &settings), None);
    }

    #[test]
    fn what_came_of_it() {
        let kept = Suggestion {
            report: 1,
            version: "v".into(),
            offered_at: Moment(0),
            offers: vec![guess("a", 0.934), guess("b", 0.05)],
            is_shown: true,
            chosen: "a".into(),
        };
        let of = |filed| kept.outcome(filed).map(|out| (out.band, out.share, out.is_first, out.is_among, out.is_taken));
        assert_eq!(of("a"), Some((9, 934, true, true, true)));
        assert_eq!(of("b"), Some((9, 934, false, true, true)));
        assert_eq!(of("c"), Some((9, 934, false, false, true)));
        let unseen = Suggestion { is_shown: false, offers: vec![guess("a", 1.0)], ..kept.clone() };
        assert_eq!(unseen.outcome("a").map(|out| (out.band, out.is_taken)), Some((9, false)));
        assert_eq!(Suggestion { offers: vec![], ..kept }.outcome("a"), None);
    }

    #[test]
    fn who_does_not_answer_is_not_right_and_a_worse_model_does_not_follow() {
        let answers = |firsts: [&str; 4]| -> Vec<(String, Vec<Guess>)> {
            let truths = ["a", "a", "b", "b"];
            truths
                .iter()
                .zip(firsts)
                .map(|(truth, first)| {
                    let guesses = if first.is_empty() { vec![] } else { vec![guess(first, 0.9), guess("z", 0.05)] };
                    ((*truth).to_owned(), guesses)
                })
                .collect()
        };
        let right = judge(&answers(["a", "a", "b", "b"]));
        assert_eq!((right.texts, right.first, right.three, right.macro_f1), (4, 1.0, 1.0, 1.0));
        let silent = judge(&answers(["a", "", "b", ""]));
        assert_eq!((silent.first, silent.three), (0.5, 0.5));
        assert!((silent.macro_f1 - 2.0 / 3.0).abs() < 1e-9);
        let other = judge(&answers(["a", "a", "b", "z"]));
        assert!((other.macro_f1 - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-9, "only what occurs counts");
        let settings = Settings::default();
        assert!(may_follow(&right, &silent, &settings) && may_follow(&right, &right, &settings));
        assert!(!may_follow(&silent, &right, &settings));
        let near = Figures { macro_f1: 0.996, ..right.clone() };
        assert!(may_follow(&near, &right, &settings) && !may_follow(&judge(&[]), &judge(&[]), &settings));
    }

    #[test]
    fn the_night_has_its_hours() {
        let at = |text: &str| text.parse::<DateTime>().expect("a moment");
        let day = |text: &str| Some(text.parse::<Date>().expect("a day"));
        let settings = Settings::default();
        for (now, wanted) in [
            ("2026-03-10T02:59", None),
            ("2026-03-10T03:00", day("2026-03-10")),
            ("2026-03-10T08:59", day("2026-03-10")),
            ("2026-03-10T09:00", None),
            ("2026-03-10T23:00", None),
        ] {
            assert_eq!(night(at(now), &settings), wanted, "{now}");
        }
        let late = Settings { learn_at: Some(Time::constant(22, 0, 0, 0)), ..settings };
        assert_eq!(night(at("2026-03-11T01:00"), &late), day("2026-03-10"));
        assert_eq!(night(at("2026-03-11T04:00"), &late), None);
        assert_eq!(night(at("2026-03-10T03:00"), &Settings { learn_at: None, ..settings }), None);
    }

    #[test]
    fn a_city_decides() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("a table"));
        assert_eq!(read(""), Ok(Settings::default()));
        let own = read("[suggestions]\npreselect_from = 1.01\nleast_texts = 50\nlearn_at = \"\"\n").expect("fine");
        assert!(own.preselect_from > 1.0 && own.least_texts == 50 && own.learn_at.is_none());
        for wrong in ["offer_from = 0", "months = 1.5", "learn_at = \"noon\"", "learn_at = 3", "years = 2"] {
            let told = read(&format!("[suggestions]\n{wrong}\n")).expect_err(wrong);
            assert!(told.starts_with("suggestions."), "{told}");
        }
        assert!(read("suggestions = 1\n").is_err());
    }

    #[test]
    fn a_fifth_judges() {
        let kept = (0..1000u64).filter(|group| is_kept_out(*group)).count();
        assert_eq!(kept, 200);
    }
}
