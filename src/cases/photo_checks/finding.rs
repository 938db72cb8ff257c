//! What may be odd about a photo of handled work: pure rules. A finding is shown to whoever verifies; it decides nothing.

use crate::cases::case::words;
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::reports::report::metres_between;
use serde::{Deserialize, Serialize};
use understanding::photos::comparing::{Comparison, Verdict};
use understanding::photos::symmetry::Symmetry;

words! {
    /// What was found.
    FindingKind {
        /// It is the picture of another photo, altered or not.
        SamePicture = "same-picture",
        /// It looks much like another case's photo.
        Alike = "alike",
        /// The camera's clock says that it was taken before the case was dispatched.
        TakenBeforeDispatch = "taken-before-dispatch",
        /// The camera's position is far from the case's place.
        TakenElsewhere = "taken-elsewhere",
        /// It says nothing of itself, although its author's photos nearly always do.
        NoMetadata = "no-metadata",
    }
}

/// What a city decides for itself about these: `[photos]` in its `city.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// `closing_metres`: how far from the case's place a photo may have been taken, 10 to 10,000.
    pub metres: i64,
    /// `closing_grace_minutes`: by how much a camera's clock may be slow, in milliseconds; 0 to 1,440 minutes.
    pub grace: i64,
    /// `known_months`: among the photos of how many months the same picture is looked for, 1 to 120.
    pub known_months: i64,
    /// `habit_photos`: how many of somebody's last photos show whether theirs say something of themselves, 3 to 200.
    pub habit_photos: usize,
    /// `habit_percent`: how many in a hundred of them must, for one that does not to be odd; 50 to 100.
    pub habit_percent: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { metres: 150, grace: 10 * 60_000, known_months: 24, habit_photos: 20, habit_percent: 95 }
    }
}

impl Settings {
    /// Reads `[photos]`; what is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &toml::Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(table) = city.get("photos") else { return Ok(settings) };
        let table = table.as_table().ok_or("photos must be a section")?;
        for (name, value) in table {
            let range = match name.as_str() {
                "closing_metres" => 10..=10_000,
                "closing_grace_minutes" => 0..=1_440,
                "known_months" => 1..=120,
                "habit_photos" => 3..=200,
                "habit_percent" => 50..=100,
                _ => return Err(format!("photos.{name} is not known")),
            };
            let number = value.as_integer().filter(|number| range.contains(number)).ok_or_else(|| {
                format!("photos.{name} must be a whole number from {} to {}", range.start(), range.end())
            })?;
            let amount = usize::try_from(number).unwrap_or(0);
            match name.as_str() {
                "closing_metres" => settings.metres = number,
                "closing_grace_minutes" => settings.grace = number * 60_000,
                "known_months" => settings.known_months = number,
                "habit_photos" => settings.habit_photos = amount,
                _ => settings.habit_percent = amount,
            }
        }
        Ok(settings)
    }
}

/// What a photo of handled work says of itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct After {
    /// When it was taken.
    pub taken_at: Option<Moment>,
    /// Where, WGS-84 longitude and latitude.
    pub place: Option<(f64, f64)>,
    /// Whether it names its camera.
    pub has_camera: bool,
}

impl After {
    /// Whether it says anything of itself.
    pub fn says_something(&self) -> bool {
        self.taken_at.is_some() || self.place.is_some() || self.has_camera
    }
}

/// What is known of the case whose work it shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scene {
    /// Where it is, WGS-84.
    pub place: Option<(f64, f64)>,
    /// When it was dispatched last before the work was handed in; none when a keeper mended it on the spot.
    pub dispatched_at: Option<Moment>,
}

/// Another photo that was compared with it.
#[derive(Debug, Clone, Copy)]
pub struct Twin {
    /// The photo.
    pub photo: Id,
    /// Whether it belongs to the same case, or to the whole that the case is a part of.
    pub is_own: bool,
    /// How the two compare.
    pub comparison: Comparison,
}

/// What its author's photos of handled work usually are, from the last ones before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Habit {
    /// How many there were.
    pub photos: usize,
    /// How many of them said something of themselves.
    pub speaking: usize,
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The other photo; none when it is about none.
    pub other: Option<Id>,
    /// The particulars.
    pub details: Details,
}

/// The particulars of a finding, as they are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The prints' distance, as a share of their bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// The correlation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<f64>,
    /// How the photo has to be laid to look like the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symmetry: Option<Symmetry>,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Moment>,
    /// When the case had been dispatched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispatched_at: Option<Moment>,
    /// How far from the place it was taken, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metres: Option<i64>,
    /// Of how many photos before it …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photos: Option<usize>,
    /// … so many said something of themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaking: Option<usize>,
}

/// Of one photo no more others are named than this: the nearest, the very same before those that are alike.
const MOST_NAMED: usize = 3;
/// The prints' distance, as a share of their bits, up to which a photo is the very picture of an earlier one of its case.
const VERY_PRINT: f64 = 0.12;
/// The correlation from which on it is.
const VERY_CORRELATION: f64 = 0.985;

/// Whether one picture was made from the other, and not only taken from the same spot.
fn is_the_very_picture(comparison: &Comparison) -> bool {
    comparison.verdict == Verdict::Same
        && (comparison.distance <= VERY_PRINT || comparison.correlation >= VERY_CORRELATION)
}

/// What is odd about a photo of handled work.
///
/// An honest photo is often taken from where the first one was, with everything around the problem as it stood: that it is
/// much like an earlier photo of its own case is how it should be, and only the very picture is said. Of another case's
/// photos both are.
pub fn findings(after: &After, scene: &Scene, twins: &[Twin], habit: Habit, settings: &Settings) -> Vec<Finding> {
    let mut found = Vec::new();
    for twin in twins {
        let kind = match twin.comparison.verdict {
            _ if twin.is_own && !is_the_very_picture(&twin.comparison) => continue,
            Verdict::Same => FindingKind::SamePicture,
            Verdict::Alike => FindingKind::Alike,
            Verdict::Different => continue,
        };
        let details = Details {
            distance: Some(twin.comparison.distance),
            correlation: Some(twin.comparison.correlation),
            symmetry: twin.comparison.symmetry,
            ..Details::default()
        };
        found.push(Finding { kind, other: Some(twin.photo), details });
    }
    let nearness = |one: &Finding| one.details.distance.unwrap_or(1.0) - one.details.correlation.unwrap_or(0.0);
    found.sort_by(|a, b| a.kind.cmp(&b.kind).then(nearness(a).total_cmp(&nearness(b))));
    found.truncate(MOST_NAMED);
    if let (Some(taken), Some(dispatched)) = (after.taken_at, scene.dispatched_at)
        && taken.plus(settings.grace) < dispatched
    {
        let details = Details { taken_at: Some(taken), dispatched_at: Some(dispatched), ..Details::default() };
        found.push(Finding { kind: FindingKind::TakenBeforeDispatch, other: None, details });
    }
    if let (Some(there), Some(here)) = (after.place, scene.place) {
        #[expect(clippy::cast_possible_truncation, reason = "metres on the earth")]
        let metres = metres_between(there, here).round() as i64;
        if metres > settings.metres {
            let details = Details { metres: Some(metres), ..Details::default() };
            found.push(Finding { kind: FindingKind::TakenElsewhere, other: None, details });
        }
    }
    let is_usual = habit.photos >= settings.habit_photos
        && habit.speaking.saturating_mul(100) >= habit.photos.saturating_mul(settings.habit_percent);
    if !after.says_something() && is_usual {
        let details = Details { photos: Some(habit.photos), speaking: Some(habit.speaking), ..Details::default() };
        found.push(Finding { kind: FindingKind::NoMetadata, other: None, details });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const HERE: (f64, f64) = (123.45, 31.25);

    fn twin(verdict: Verdict, is_own: bool) -> Twin {
        let comparison = Comparison { verdict, distance: 0.1, correlation: 0.95, symmetry: Some(Symmetry::ALL[1]) };
        Twin { photo: 7, is_own, comparison }
    }

    #[test]
    fn what_is_odd_is_said_and_nothing_else() {
        let scene = Scene { place: Some(HERE), dispatched_at: Some(Moment(10 * HOUR)) };
        let honest = After { taken_at: Some(Moment(11 * HOUR)), place: Some(HERE), has_camera: true };
        let usual = Habit { photos: 20, speaking: 19 };
        let early = After { taken_at: Some(Moment(10 * HOUR - 10 * 60_000 - 1)), ..honest };
        let slow = After { taken_at: Some(Moment(10 * HOUR - 10 * 60_000)), ..honest };
        let far = After { place: Some((123.4517, 31.25)), ..honest };
        let near = After { place: Some((123.4514, 31.25)), ..honest };
        let mute = After::default();
        use FindingKind as K;
        let spot = |distance, correlation| {
            let comparison = Comparison { distance, correlation, ..twin(Verdict::Same, true).comparison };
            vec![Twin { comparison, ..twin(Verdict::Same, true) }]
        };
        type Line = (&'static str, After, Scene, Vec<Twin>, Habit, Vec<FindingKind>);
        let rows: [Line; 17] = [
            ("honest", honest, scene, vec![], usual, vec![]),
            ("same as before", honest, scene, vec![twin(Verdict::Same, true)], usual, vec![K::SamePicture]),
            ("the same spot", honest, scene, vec![twin(Verdict::Alike, true)], usual, vec![]),
            ("the very same spot", honest, scene, spot(0.13, 0.98), usual, vec![]),
            ("its print", honest, scene, spot(0.12, 0.9), usual, vec![K::SamePicture]),
            ("its correlation", honest, scene, spot(0.3, 0.985), usual, vec![K::SamePicture]),
            ("another's picture", honest, scene, vec![twin(Verdict::Same, false)], usual, vec![K::SamePicture]),
            ("like another's", honest, scene, vec![twin(Verdict::Alike, false)], usual, vec![K::Alike]),
            ("another picture", honest, scene, vec![twin(Verdict::Different, false)], usual, vec![]),
            ("taken before", early, scene, vec![], usual, vec![K::TakenBeforeDispatch]),
            ("a slow clock", slow, scene, vec![], usual, vec![]),
            ("mended on the spot", early, Scene { dispatched_at: None, ..scene }, vec![], usual, vec![]),
            ("elsewhere", far, scene, vec![], usual, vec![K::TakenElsewhere]),
            ("a house further", near, scene, vec![], usual, vec![]),
            ("nobody knows where", far, Scene { place: None, ..scene }, vec![], usual, vec![]),
            ("says nothing", mute, scene, vec![], usual, vec![K::NoMetadata]),
            ("never says anything", mute, scene, vec![], Habit { photos: 20, speaking: 18 }, vec![]),
        ];
        for (name, after, scene, twins, habit, wanted) in rows {
            let found = findings(&after, &scene, &twins, habit, &Settings::default());
            assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), wanted, "{name}");
        }
        let many: Vec<Twin> = (1..9).map(|photo| Twin { photo, ..twin(Verdict::Alike, false) }).collect();
        let many = [many, vec![twin(Verdict::Same, false)]].concat();
        let named = findings(&honest, &scene, &many, usual, &Settings::default());
        assert_eq!(named.len(), MOST_NAMED);
        assert_eq!(named[0].kind, K::SamePicture, "the very same goes first");
        let few = findings(&mute, &scene, &[], Habit { photos: 19, speaking: 19 }, &Settings::default());
        assert_eq!(few, [], "too few photos make no habit");
        let all = findings(&early, &scene, &[twin(Verdict::Same, true)], usual, &Settings::default());
        assert_eq!(all.iter().map(|one| one.other).collect::<Vec<_>>(), [Some(7), None]);
        assert_eq!(all[0].details.symmetry, Some(Symmetry::ALL[1]));
    }

    #[test]
    fn a_city_says_what_is_odd() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("a table"));
        assert_eq!(read(""), Ok(Settings::default()));
        let own =
            read("[photos]\nclosing_metres = 60\nclosing_grace_minutes = 0\nhabit_percent = 100\n").expect("fine");
        assert_eq!((own.metres, own.grace, own.habit_percent, own.known_months), (60, 0, 100, 24));
        for wrong in ["closing_metres = 5", "closing_metres = \"60\"", "habit_photos = 2", "known_years = 2"] {
            assert!(read(&format!("[photos]\n{wrong}\n")).is_err(), "{wrong}");
        }
        assert!(read("photos = 1\n").is_err());
    }

    #[test]
    fn particulars_come_back_from_what_is_kept() {
        let details = Details { metres: Some(412), symmetry: Some(Symmetry::ALL[3]), ..Details::default() };
        let text = serde_json::to_string(&details).expect("JSON");
        assert_eq!(serde_json::from_str::<Details>(&text).expect("particulars"), details);
        assert_eq!(serde_json::from_str::<Details>("{}").expect("none"), Details::default());
    }
}
