//! From scores to a confidence that is true: of a hundred answers with confidence 0.9, ninety should be right. First a
//! temperature and a bias a class turn scores into shares (Platt 1999, Guo et al. 2017); then the share of the first class
//! is replaced by what was true of such shares, in monotone steps (pool adjacent violators, Ayer et al. 1955) that each hold
//! so many texts that the step's own error is small.

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

/// Each step holds at least this share of the texts, and at least so many.
const LEAST_SHARE: f64 = 0.06;
const LEAST_TEXTS: usize = 40;
/// How strongly a bias is held at nothing: as by so many texts.
const RIDGE: f64 = 2.0;
const MOST_ROUNDS: usize = 30;
/// How far from the edge of a band a step should lie, and how much that matters beside the steps' own spread.
const EDGE: f64 = 0.03;
const EDGE_COST: f64 = 20.0;

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

/// Neighbours that belong together: from which share on, how many texts, how many right.
#[derive(Clone, Copy)]
struct Pool {
    from: f64,
    texts: usize,
    right: usize,
}

impl Pool {
    fn truth(&self) -> f64 {
        self.right as f64 / self.texts.max(1) as f64
    }

    fn with(self, next: Pool) -> Pool {
        Pool { from: self.from, texts: self.texts + next.texts, right: self.right + next.right }
    }
}

/// Pools what falls, then joins what is small, of answers in rising order of their share.
fn steps(seen: &[(f64, bool)]) -> Vec<Step> {
    let least = ((seen.len() as f64 * LEAST_SHARE) as usize).max(LEAST_TEXTS);
    let mut pools: Vec<Pool> = Vec::new();
    for (share, is_right) in seen {
        let mut next = Pool { from: *share, texts: 1, right: usize::from(*is_right) };
        while let Some(last) =
            pools.pop_if(|last| last.truth() >= next.truth() || last.from.total_cmp(&next.from).is_eq())
        {
            next = last.with(next);
        }
        pools.push(next);
    }
    let pools = joined(&pools, least);
    // Half an answer more, half of it right: no step claims to be certain.
    let confidence = |pool: &Pool| (pool.right as f64 + 0.5) / (pool.texts as f64 + 1.0);
    pools.iter().map(|pool| Step { from: pool.from, confidence: confidence(pool) }).collect()
}

/// Joins neighbours into steps of at least so many texts: as many steps as differ, but rather fewer than one whose truth
/// lies at the edge of a band of a tenth, where the next list would find it in the other band.
fn joined(pools: &[Pool], least: usize) -> Vec<Pool> {
    // The cheapest way to join the first pools, and where its last step begins.
    let mut ways = vec![(0.0, 0)];
    for end in 1..=pools.len() {
        let mut best = (f64::INFINITY, 0);
        let mut squares = 0.0;
        let mut step: Option<Pool> = None;
        for start in (0..end).rev() {
            let pool = pools[start];
            let wide = step.map_or(pool, |later| pool.with(later));
            step = Some(wide);
            squares += pool.texts as f64 * pool.truth() * pool.truth();
            let loss = squares - wide.texts as f64 * wide.truth() * wide.truth() + edge(&wide);
            if wide.texts >= least && ways[start].0 + loss < best.0 {
                best = (ways[start].0 + loss, start);
            }
        }
        ways.push(best);
    }
    let mut steps = Vec::new();
    let mut end = pools.len();
    while end > 0 {
        // Where there are too few texts for any step, all of them are one.
        let start = if ways[end].0.is_finite() { ways[end].1 } else { 0 };
        steps.extend(pools[start..end].iter().copied().reduce(Pool::with));
        end = start;
    }
    steps.reverse();
    steps
}

/// What it costs that a step's truth lies within three points of an edge.
fn edge(pool: &Pool) -> f64 {
    let nearest = (pool.truth() * 10.0).round().clamp(1.0, 9.0) / 10.0;
    let lacking = (EDGE - (pool.truth() - nearest).abs()).max(0.0);
    EDGE_COST * pool.texts as f64 * lacking * lacking
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::chance::Chance;
    use proptest::prelude::*;

    /// Texts of two classes whose scores tell their true odds, but exaggerated.
    fn exaggerated(texts: usize, factor: f32) -> (Vec<f32>, Vec<usize>) {
        let mut chance = Chance::from_seed(5);
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
        let (scores, labels) = exaggerated(5000, 5.0);
        let found = Calibration::learn(&scores, &labels, 2);
        assert!((found.sharpness - 0.2).abs() < 0.02, "{}", found.sharpness);
        assert!(found.steps.len() > 3);
        for row in scores.chunks_exact(2) {
            let first = found.rank(row)[0];
            let truth = 1.0 / (1.0 + (-row[0].abs() / 5.0).exp());
            assert!((first.confidence - truth).abs() < 0.12, "{} {truth}", first.confidence);
        }
    }

    #[test]
    fn steps_rise_and_are_wide() {
        let (scores, labels) = exaggerated(1000, 1.0);
        let found = Calibration::learn(&scores, &labels, 2);
        assert!(found.steps.windows(2).all(|pair| pair[0].from < pair[1].from));
        assert!(found.steps.windows(2).all(|pair| pair[0].confidence < pair[1].confidence));
        assert!(found.steps.len() <= 16);
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
    }
}
