//! From scores to a confidence that is true: of a hundred answers with confidence 0.9, ninety should be right. First a
//! temperature and a bias a class turn scores into shares (Platt 1999, Guo et al. 2017); then the share of the first class
//! is replaced by what was true of such shares, in steps: histogram binning (Zadrozny and Elkan 2001), which promises nothing
//! but that a step of many texts is about right, whatever the scores are like (Gupta and Ramdas 2021). So a confidence takes
//! only as many values as the texts can vouch for.
//!
//! The values are chosen beforehand, and the texts tell where each of them begins (`SCALE`). Steps of equal size have values
//! that lie anywhere, also at the border of two tenths, where one training says 0.59 and the next 0.61 for the same texts.

use serde::{Deserialize, Serialize};

/// How scores become a confidence; learnt from scores of texts that the scorer had not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What every score is multiplied by: the inverse of the temperature.
    pub sharpness: f64,
    /// What is added for each class after that.
    pub biases: Vec<f64>,
    /// The steps, rising. Empty: the share itself is the confidence.
    pub steps: Vec<Step>,
}

/// From this share on, this confidence, until the next step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The least share of the first class that belongs to this step.
    pub from: f64,
    /// How many of a hundred such answers were right, as a share.
    pub confidence: f64,
}

/// An answer: a class and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// The class, by its place in the list of classes.
    pub class: usize,
    /// 0 to 1.
    pub confidence: f32,
}

/// The values that a confidence should take. Doubt in double tenths, each value in the middle of a tenth, so that neither
/// another list nor another training finds it in the next one; closer together above 0.9, where most answers are. The last
/// step takes what is left, and its value is what was true of it.
const SCALE: [f64; 9] = [0.25, 0.45, 0.65, 0.85, 0.92, 0.95, 0.97, 0.98, 0.99];
/// Each step holds at least one text of so many, but no fewer than `FEWEST` and never needs more than `ENOUGH`: of 200 answers the
/// share of right ones has a standard error of at most 0.035.
const PART: usize = 30;
const FEWEST: usize = 40;
const ENOUGH: usize = 200;
/// How strongly a bias is held at nothing: as by so many texts.
const RIDGE: f64 = 2.0;
const MOST_ROUNDS: usize = 30;

impl Calibration {
    /// Learns from scores: one row of as many scores as there are classes a text, one after the other, and the true class
    /// of each text. Of nothing, nothing is learnt: the shares of the plain scores are the confidence.
    pub fn learn(scores: &[f32], labels: &[usize], classes: usize) -> Calibration {
        let mut found = Calibration { sharpness: 1.0, biases: vec![0.0; classes], steps: Vec::new() };
        if classes == 0 || labels.is_empty() {
            return found;
        }
        found.fit(scores, labels, classes);
        let mut seen: Vec<(f64, bool)> = scores
            .chunks_exact(classes)
            .zip(labels)
            .filter_map(|(row, label)| found.first(row).map(|(class, share)| (share, class == *label)))
            .collect();
        seen.sort_by(|one, other| one.0.total_cmp(&other.0));
        found.steps = steps(&seen);
        found
    }

    /// The shares of the classes, together 1.
    pub fn shares(&self, scores: &[f32]) -> Vec<f64> {
        let bent: Vec<f64> =
            scores.iter().zip(&self.biases).map(|(score, bias)| f64::from(*score) * self.sharpness + bias).collect();
        let most = bent.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raised: Vec<f64> = bent.iter().map(|value| (value - most).exp()).collect();
        let total: f64 = raised.iter().sum();
        raised.iter().map(|value| value / total).collect()
    }

    fn first(&self, scores: &[f32]) -> Option<(usize, f64)> {
        self.shares(scores).into_iter().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))
    }

    /// What a share of the first class has been worth.
    pub fn confidence(&self, share: f64) -> f64 {
        let steps = self.steps.partition_point(|step| step.from <= share);
        self.steps.get(steps.saturating_sub(1)).map_or(share, |step| step.confidence)
    }

    /// All classes, the likeliest first. What the first one's confidence leaves is spread over the others as their shares
    /// are; none is surer than the one before it.
    pub fn rank(&self, scores: &[f32]) -> Vec<Guess> {
        let mut ranked: Vec<(usize, f64)> = self.shares(scores).into_iter().enumerate().collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        let Some(&(_, share)) = ranked.first() else { return Vec::new() };
        let first = self.confidence(share);
        let rest = (1.0 - first) / (1.0 - share).max(1e-12);
        ranked
            .iter()
            .enumerate()
            .map(|(place, (class, share))| {
                let confidence = if place == 0 { first } else { (share * rest).min(first) };
                Guess { class: *class, confidence: confidence as f32 }
            })
            .collect()
    }

    /// Newton's method on the logarithm of the likelihood; a step that makes it worse is halved.
    fn fit(&mut self, scores: &[f32], labels: &[usize], classes: usize) {
        let mut loss = self.loss(scores, labels, classes);
        for _ in 0..MOST_ROUNDS {
            let Some(step) = self.newton(scores, labels, classes) else { return };
            let mut part = 1.0;
            let better = loop {
                let mut tried = self.clone();
                tried.sharpness = (self.sharpness - part * step[classes]).max(1e-3);
                for (bias, change) in tried.biases.iter_mut().zip(&step) {
                    *bias -= part * change;
                }
                let loss_then = tried.loss(scores, labels, classes);
                if loss_then < loss {
                    break Some((tried, loss_then));
                }
                part /= 2.0;
                if part < 1e-3 {
                    break None;
                }
            };
            let Some((tried, loss_then)) = better else { return };
            let gained = loss - loss_then;
            (*self, loss) = (tried, loss_then);
            if gained < 1e-6 * labels.len() as f64 {
                return;
            }
        }
    }

    fn loss(&self, scores: &[f32], labels: &[usize], classes: usize) -> f64 {
        let texts = scores.chunks_exact(classes).zip(labels);
        let unlikely = texts.map(|(row, label)| -self.shares(row).get(*label).copied().unwrap_or(1.0).max(1e-300).ln());
        unlikely.sum::<f64>() + RIDGE / 2.0 * self.biases.iter().map(|bias| bias * bias).sum::<f64>()
    }

    /// The step to be taken back: a change of each bias, and last of the sharpness.
    fn newton(&self, scores: &[f32], labels: &[usize], classes: usize) -> Option<Vec<f64>> {
        let size = classes + 1;
        let mut slope = vec![0.0; size];
        let mut bend = vec![vec![0.0; size]; size];
        for (row, label) in scores.chunks_exact(classes).zip(labels) {
            let shares = self.shares(row);
            let mean: f64 = shares.iter().zip(row).map(|(share, score)| share * f64::from(*score)).sum();
            for class in 0..classes {
                let (share, score) = (shares[class], f64::from(row[class]));
                let gap = share - f64::from(u8::from(class == *label));
                slope[class] += gap;
                slope[classes] += gap * score;
                bend[class][classes] += share * (score - mean);
                bend[classes][classes] += share * (score - mean) * score;
                bend[class][class] += share;
                for other in 0..classes {
                    bend[class][other] -= share * shares[other];
                }
            }
        }
        for class in 0..classes {
            bend[classes][class] = bend[class][classes];
            bend[class][class] += RIDGE;
            slope[class] += RIDGE * self.biases[class];
        }
        bend[classes][classes] += 1e-6;
        solve(bend, slope)
    }
}

/// Gauss's elimination with the largest pivot; nothing when the equations do not decide.
fn solve(mut left: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for pivot in 0..size {
        let best = (pivot..size).max_by(|one, other| left[*one][pivot].abs().total_cmp(&left[*other][pivot].abs()))?;
        left.swap(pivot, best);
        right.swap(pivot, best);
        if left[pivot][pivot].abs() < 1e-12 || !left[pivot][pivot].is_finite() {
            return None;
        }
        let (above, below) = left.split_at_mut(pivot + 1);
        let row = &above[pivot];
        for (offset, other) in below.iter_mut().enumerate() {
            let factor = other[pivot] / row[pivot];
            for (cell, of_pivot) in other[pivot..].iter_mut().zip(&row[pivot..]) {
                *cell -= factor * of_pivot;
            }
            right[pivot + 1 + offset] -= factor * right[pivot];
        }
    }
    for pivot in (0..size).rev() {
        let known: f64 = (pivot + 1..size).map(|column| left[pivot][column] * right[column]).sum();
        right[pivot] = (right[pivot] - known) / left[pivot][pivot];
    }
    Some(right)
}

/// Cuts answers in rising order of their share into steps, from below: a step of the scale reaches as far as no more of it
/// was right than its value says. A step that would hold too few texts is left to the next one.
fn steps(seen: &[(f64, bool)]) -> Vec<Step> {
    let least = (seen.len() / PART).clamp(FEWEST, ENOUGH);
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = seen;
    for value in SCALE {
        let end = reach(rest, value);
        if rest.len() < end + least {
            break;
        }
        if end >= least {
            let (step, above) = rest.split_at(end);
            push(&mut steps, step);
            rest = above;
        }
    }
    push(&mut steps, rest);
    steps
}

/// How many of the answers, from below, can stand together so that no more than this share of them is right: the longest such
/// run that parts no answers of the same share.
fn reach(seen: &[(f64, bool)], value: f64) -> usize {
    let (mut right, mut reach) = (0usize, 0);
    for (place, (share, is_right)) in seen.iter().enumerate() {
        right += usize::from(*is_right);
        let texts = place + 1;
        let is_border = seen.get(texts).is_none_or(|(next, _)| next > share);
        if is_border && right as f64 <= value * texts as f64 {
            reach = texts;
        }
    }
    reach
}

/// Adds the step of these answers. Half an answer more, half of it right: no step claims to be certain.
fn push(steps: &mut Vec<Step>, seen: &[(f64, bool)]) {
    let Some((from, _)) = seen.first() else { return };
    let right = seen.iter().filter(|(_, is_right)| *is_right).count();
    let confidence = (right as f64 + 0.5) / (seen.len() as f64 + 1.0);
    // The half answer weighs more in a small step, which could so fall below a large one before it.
    let least = steps.last().map_or(0.0, |before| before.confidence);
    steps.push(Step { from: *from, confidence: confidence.max(least) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::chance::Chance;
    use proptest::prelude::*;

    /// Texts of two classes whose scores tell their true odds, but exaggerated.
    fn exaggerated(texts: usize, factor: f32, seed: u64) -> (Vec<f32>, Vec<usize>) {
        let mut chance = Chance::from_seed(seed);
        let (mut scores, mut labels) = (Vec::new(), Vec::new());
        for _ in 0..texts {
            let odds = (chance.below(4001) as f32 - 2000.0) / 500.0;
            let truth = 1.0 / (1.0 + (-odds).exp());
            scores.extend([odds * factor, 0.0]);
            labels.push(usize::from(chance.below(1_000_000) as f32 / 1e6 >= truth));
        }
        (scores, labels)
    }

    #[test]
    fn exaggeration_is_taken_back() {
        let (scores, labels) = exaggerated(5000, 5.0, 5);
        let found = Calibration::learn(&scores, &labels, 2);
        assert!((found.sharpness - 0.2).abs() < 0.02, "{}", found.sharpness);
        assert!(found.steps.len() > 3);
        for row in scores.chunks_exact(2) {
            let first = found.rank(row)[0];
            let truth = 1.0 / (1.0 + (-row[0].abs() / 5.0).exp());
            // A step below 0.9 holds answers of about three tenths.
            assert!((first.confidence - truth).abs() < 0.16, "{} {truth}", first.confidence);
        }
    }

    /// So many answers of each share, of which so many were right; the right ones of a share stand last.
    fn answers(rows: &[(f64, usize, usize)]) -> Vec<(f64, bool)> {
        rows.iter()
            .flat_map(|(share, texts, right)| (0..*texts).map(move |place| (*share, place >= texts - right)))
            .collect()
    }

    #[test]
    fn steps_are_cut_where_the_scale_says() {
        for (rows, expected) in [
            // One step of every value that has its texts; what is left is the last one.
            (
                &[(0.3, 400, 180), (0.5, 400, 260), (0.7, 400, 340), (0.99, 400, 396)][..],
                &[(0.3, 400, 180), (0.5, 400, 260), (0.7, 400, 340), (0.99, 400, 396)][..],
            ),
            // Shares of which too few texts are there go with their neighbours: 0.65 is reached at the end of the second row.
            (&[(0.3, 20, 6), (0.5, 580, 384), (0.9, 600, 588)], &[(0.3, 600, 390), (0.9, 600, 588)]),
            // Nothing is cut off at the top that would be too small for a step.
            (&[(0.6, 500, 300), (0.9, 30, 30)], &[(0.6, 530, 330)]),
            // Answers of the same share stay together, also where a part of them would be wrong more often.
            (&[(0.8, 900, 810)], &[(0.8, 900, 810)]),
            // All right, all wrong.
            (&[(0.8, 300, 300)], &[(0.8, 300, 300)]),
            (&[(0.8, 300, 0)], &[(0.8, 300, 0)]),
        ] {
            let found = steps(&answers(rows));
            let expected: Vec<Step> = expected
                .iter()
                .map(|(from, texts, right): &(f64, usize, usize)| Step {
                    from: *from,
                    confidence: (*right as f64 + 0.5) / (*texts as f64 + 1.0),
                })
                .collect();
            assert_eq!(found, expected, "{rows:?}");
        }
    }

    #[test]
    fn values_of_enough_texts_lie_away_from_the_borders_of_tenths() {
        for seed in 1..=20 {
            let (scores, labels) = exaggerated(6000, 1.0, seed);
            let found = Calibration::learn(&scores, &labels, 2);
            let below: Vec<f64> = found.steps.iter().map(|step| step.confidence).filter(|value| *value < 0.9).collect();
            assert_eq!(below.len(), 2, "{below:?}");
            assert!(below.iter().zip([0.65, 0.85]).all(|(found, value)| (found - value).abs() < 0.01), "{below:?}");
        }
    }

    #[test]
    fn what_is_said_of_other_texts_is_true() {
        for seed in 1..=10 {
            let (scores, labels) = exaggerated(6000, 2.0, seed);
            let found = Calibration::learn(&scores, &labels, 2);
            let (scores, labels) = exaggerated(60_000, 2.0, seed + 100);
            for step in &found.steps {
                let said = |row: &[f32]| f64::from(found.rank(row)[0].confidence);
                let of_step =
                    scores.chunks_exact(2).zip(&labels).filter(|(row, _)| (said(row) - step.confidence).abs() < 1e-6);
                let right: Vec<bool> = of_step.map(|(row, label)| found.rank(row)[0].class == *label).collect();
                let truth = right.iter().filter(|is_right| **is_right).count() as f64 / right.len() as f64;
                assert!((truth - step.confidence).abs() < 0.06, "{} {truth} of {}", step.confidence, right.len());
            }
        }
    }

    #[test]
    fn of_little_little_is_learnt() {
        assert!(Calibration::learn(&[], &[], 0).rank(&[]).is_empty());
        assert!(Calibration::learn(&[], &[], 3).steps.is_empty());
        let few = Calibration::learn(&[1.0, 0.0, 0.0, 1.0], &[0, 1], 2);
        assert_eq!(few.steps.len(), 1);
    }

    proptest! {
        #[test]
        fn ranks_fall_and_stay_within_one(
            rows in prop::collection::vec((prop::collection::vec(-3f32..3.0, 4), 0usize..4), 1..120),
            asked in prop::collection::vec(-9f32..9.0, 4),
        ) {
            let (scores, labels): (Vec<Vec<f32>>, Vec<usize>) = rows.into_iter().unzip();
            let ranked = Calibration::learn(&scores.concat(), &labels, 4).rank(&asked);
            prop_assert_eq!(ranked.len(), 4);
            prop_assert!(ranked.windows(2).all(|pair| pair[0].confidence >= pair[1].confidence));
            prop_assert!(ranked.iter().all(|guess| (0.0..=1.0).contains(&guess.confidence)));
        }

        #[test]
        fn steps_rise_and_hold_enough_texts(rows in prop::collection::vec((0u32..400, 0u32..1000), 1..1500)) {
            // The surer, the oftener right, but by lot; many answers have the same share.
            let mut seen: Vec<(f64, bool)> =
                rows.iter().map(|(share, lot)| (f64::from(*share) / 400.0, *lot < 250 + 2 * *share)).collect();
            seen.sort_by(|one, other| one.0.total_cmp(&other.0));
            let found = steps(&seen);
            prop_assert_eq!(found[0].from, seen[0].0);
            prop_assert!(found.windows(2).all(|pair| pair[0].from < pair[1].from && pair[0].confidence <= pair[1].confidence));
            let least = (seen.len() / PART).clamp(FEWEST, ENOUGH).min(seen.len());
            for (place, step) in found.iter().enumerate() {
                let end = found.get(place + 1).map_or(f64::INFINITY, |next| next.from);
                prop_assert!(seen.iter().filter(|(share, _)| (step.from..end).contains(share)).count() >= least);
            }
        }
    }
}
