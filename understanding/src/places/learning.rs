//! What answers are worth, learnt from places of the list itself that are kept out of it.

use super::address::{Address, Vagueness};
use super::candidates::{Candidate, is_apart};
use super::form::form;
use super::gazetteer::{Gazetteer, Kind, RIGHT_WITHIN};
use super::place::Place;
use super::spot::{Metres, distance};
use super::worth::{FEATURES, Features, Steps, Weights, fit, odds, probability};
use crate::text::hash64;

/// What answers are worth: first each by itself, by its kind, then among the others, then as it was seen to be.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) kinds: [Weights; Kind::ALL.len()],
    pub(super) together: Weights,
    steps: Steps,
    /// Lists of lines are their own kind of question.
    steps_of_lines: Steps,
}

/// So many questions are enough to learn from; a long list has them in one tenth, a short one gives several in turn.
const ENOUGH: usize = 10_000;
const MOST_TURNS: usize = 4;
/// A step holds at least so many answers.
const STEP: usize = 100;
/// Weights of a city that says nothing count as so many answers.
const STIFFNESS: f64 = 4.0;

/// What is known about a candidate by itself.
pub(super) fn features(candidate: &Candidate, address: &Address) -> Features {
    let length = address.form.len().max(1) as f64;
    let covered = ((candidate.span.1 - candidate.span.0) as f64 / length).clamp(0.35, 1.0);
    let vague = address.vagueness.map_or(0.0, |word| if word == Vagueness::Near { 1.0 } else { 0.5 });
    [
        1.0,
        f64::from(candidate.doubt / 100.0).ln(),
        f64::from(candidate.share.max(0.01)).ln(),
        f64::from(candidate.extra),
        f64::from(candidate.fits),
        f64::from(u8::from(candidate.is_clipped)),
        vague,
        covered.ln(),
        f64::from(u8::from(address.district.is_some())),
        f64::from(u8::from(address.town.is_some())),
    ]
}

/// What the others say about a candidate.
pub(super) fn together(candidate: &Candidate, all: &[Candidate], address: &Address) -> Features {
    let (mut agreeing, mut contrary, mut same) = (0.0f64, 0.0f64, 0.0f64);
    for other in all.iter().filter(|other| other.kind != Kind::Area && other.kind != Kind::Street) {
        let apart = distance(other.at, candidate.at);
        if is_apart(candidate, other) {
            if apart < 300.0 {
                agreeing = agreeing.max(other.chance);
            } else if apart > 800.0 {
                contrary = contrary.max(other.chance);
            }
        } else if apart > 500.0 {
            same = same.max(other.chance);
        }
    }
    let mut features = [0.0; FEATURES];
    let [.., has_district, has_town] = self::features(candidate, address);
    let parts = [1.0, odds(candidate.chance), agreeing, contrary, same, has_district, has_town];
    features[..parts.len()].copy_from_slice(&parts);
    features
}

/// The place of a candidate, drawn towards others that agree.
pub(super) fn agreed(candidate: Candidate, all: &[Candidate]) -> Metres {
    let weight = |other: &Candidate| (other.chance / f64::from(other.doubt)).powi(2) as f32;
    let own = weight(&candidate).max(1e-9);
    let (mut east, mut north, mut sum) = (candidate.at.0 * own, candidate.at.1 * own, own);
    for other in all.iter().filter(|other| !matches!(other.kind, Kind::Area | Kind::Street)) {
        if is_apart(&candidate, other) && distance(other.at, candidate.at) < 300.0 {
            let part = weight(other).min(own);
            east += other.at.0 * part;
            north += other.at.1 * part;
            sum += part;
        }
    }
    (east / sum, north / sum)
}

impl Model {
    /// Weights to begin with, from another city.
    fn start() -> Model {
        let weights = |base: f64, extra: f64| [base, -1.2, 1.0, extra, 0.4, -0.7, -0.2, 0.3, 0.0, 0.0];
        let kinds = Kind::ALL.map(|kind| match kind {
            Kind::Number => weights(2.8, 0.3),
            Kind::Lane => weights(2.5, 0.3),
            Kind::Address => weights(1.5, 1.0),
            Kind::Between => weights(2.0, 0.3),
            Kind::Beyond => weights(1.0, 0.3),
            Kind::Crossing => weights(2.0, 0.5),
            Kind::NearStreet => weights(1.0, 0.5),
            Kind::Name => weights(0.0, 1.0),
            Kind::Alike => weights(-3.0, 2.0),
            Kind::Lines => weights(-2.0, 1.0),
            Kind::Street => weights(0.5, 0.0),
            Kind::Area => weights(-1.0, 0.0),
        });
        let together = [0.0, 1.0, 0.8, -0.8, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0];
        Model { kinds, together, steps: Steps::default(), steps_of_lines: Steps::default() }
    }

    /// The score of an answer from its probability among the others. It rises with it, also within a step.
    pub(super) fn share(&self, raw: f64, address: &Address) -> f64 {
        let steps = if address.is_lines { &self.steps_of_lines } else { &self.steps };
        steps.share(raw) * (1.0 - 1e-6) + raw * 1e-6
    }
}

/// What the places that are kept out are asked: their addresses, and every other one with its district before it.
fn questions<'a>(out: &[&'a Place]) -> Vec<(&'a Place, String)> {
    let mut asked: Vec<(&Place, String)> = Vec::new();
    for (index, place) in out.iter().enumerate().filter(|(_, place)| !form(&place.address).is_empty()).take(5000) {
        asked.push((place, place.address.clone()));
        if index % 2 == 0 && !place.district.is_empty() && !place.address.contains(&place.district) {
            asked.push((place, format!("{} {}", place.district, place.address)));
        }
    }
    asked
}

/// A gazetteer without some places, and those places with what is asked of each.
struct Trial<'a> {
    gazetteer: Gazetteer,
    asked: Vec<(&'a Place, String)>,
}

impl<'a> Trial<'a> {
    fn new(places: &[&'a Place], turn: u64) -> Trial<'a> {
        let is_out = |place: &Place| hash64(place.name.chars().chain(place.address.chars()), 10) % 10 == turn;
        let (out, within): (Vec<&Place>, Vec<&Place>) = places.iter().copied().partition(|place| is_out(place));
        Trial { gazetteer: Gazetteer::build(&within, Model::start()), asked: questions(&out) }
    }

    fn is_right(&self, place: &Place, at: Metres) -> bool {
        distance(self.gazetteer.plane.inward(place.lon, place.lat), at) <= RIGHT_WITHIN
    }

    fn answers(&self) -> impl Iterator<Item = (&'a Place, Address, Vec<Candidate>)> {
        self.asked.iter().map(|(place, text)| {
            let (address, candidates) = self.gazetteer.candidates(text);
            (*place, address, candidates)
        })
    }
}

/// What the answers of a gazetteer of these places are worth, by places that are kept out of it.
pub(super) fn learn(places: &[&Place]) -> Model {
    let turns = (ENOUGH / (places.len() / 10 + 1)).clamp(1, MOST_TURNS) as u64;
    let mut trials: Vec<Trial> = (0..turns).map(|turn| Trial::new(places, turn)).collect();
    let mut model = Model::start();
    let mut rows: Vec<Vec<(Features, bool)>> = vec![Vec::new(); Kind::ALL.len()];
    for trial in &trials {
        for (place, address, candidates) in trial.answers() {
            for candidate in &candidates {
                if let Some(rows) = rows.get_mut(candidate.kind as usize) {
                    rows.push((features(candidate, &address), trial.is_right(place, candidate.at)));
                }
            }
        }
    }
    for (weights, rows) in model.kinds.iter_mut().zip(&rows) {
        *weights = fit(rows, weights, STIFFNESS);
    }
    for trial in &mut trials {
        trial.gazetteer.model = model.clone();
    }
    learn_together(&trials, &mut model);
    model
}

/// What the first answer of many says about being right, once each kind is known by itself.
fn learn_together(trials: &[Trial], model: &mut Model) {
    let mut rows: Vec<(Features, bool)> = Vec::new();
    // Of each question, where its answers begin in the rows and whether it is a list of lines.
    let mut asked: Vec<(std::ops::Range<usize>, bool)> = Vec::new();
    for trial in trials {
        for (place, address, candidates) in trial.answers() {
            let begin = rows.len();
            rows.extend(candidates.iter().map(|candidate| {
                let is_right = trial.is_right(place, agreed(*candidate, &candidates));
                (together(candidate, &candidates, &address), is_right)
            }));
            asked.push((begin..rows.len(), address.is_lines));
        }
    }
    let likely: Vec<(Features, bool)> = rows.iter().copied().filter(|(features, _)| features[1] > odds(0.02)).collect();
    model.together = fit(&likely, &model.together, STIFFNESS);
    let firsts = |of_lines: bool| -> Vec<(f64, bool)> {
        let of_kind = asked.iter().filter(|(_, is_lines)| *is_lines == of_lines);
        of_kind
            .filter_map(|(range, _)| {
                let raw =
                    rows.get(range.clone())?.iter().map(|(row, right)| (probability(&model.together, row), *right));
                raw.max_by(|one, other| one.0.total_cmp(&other.0))
            })
            .collect()
    };
    let (steps, steps_of_lines) = (Steps::new(firsts(false), STEP), Steps::new(firsts(true), STEP));
    (model.steps, model.steps_of_lines) = (steps, steps_of_lines);
}
