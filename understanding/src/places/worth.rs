//! From what is known about an answer to the share of such answers that are right: logistic regression on answers whose
//! truth is known, drawn towards weights that were found in other cities where there are few.

/// How many numbers describe an answer.
pub const FEATURES: usize = 10;

/// What is known about an answer, the first being 1.
pub type Features = [f64; FEATURES];

/// Weights of the features.
pub type Weights = [f64; FEATURES];

/// The probability that weights give to features.
pub fn probability(weights: &Weights, features: &Features) -> f64 {
    let sum: f64 = weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// The logarithm of the odds of a probability, kept within ±6.
pub fn odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln().clamp(-6.0, 6.0)
}

/// Weights that give the answers with a known truth their most probable explanation, drawn towards a start as if it had
/// been seen on `stiffness` answers of each feature (Newton's method, at most 25 steps).
pub fn fit(answers: &[(Features, bool)], start: &Weights, stiffness: f64) -> Weights {
    let mut weights = *start;
    for _ in 0..25 {
        let mut gradient = [0.0; FEATURES];
        let mut curve = [[0.0; FEATURES]; FEATURES];
        for index in 0..FEATURES {
            gradient[index] = stiffness * (start[index] - weights[index]);
            curve[index][index] = stiffness;
        }
        for (features, is_right) in answers {
            let share = probability(&weights, features);
            let miss = f64::from(u8::from(*is_right)) - share;
            let sway = (share * (1.0 - share)).max(1e-6);
            for row in 0..FEATURES {
                gradient[row] += miss * features[row];
                for column in 0..FEATURES {
                    curve[row][column] += sway * features[row] * features[column];
                }
            }
        }
        let step = solve(curve, gradient);
        let size = step.iter().map(|part| part.abs()).fold(0.0, f64::max);
        // A long step is cut, so that the method cannot jump past the summit.
        let scale = if size > 2.0 { 2.0 / size } else { 1.0 };
        for (weight, part) in weights.iter_mut().zip(step) {
            *weight += part * scale;
        }
        if size < 1e-6 {
            break;
        }
    }
    weights
}

/// The solution of a symmetric positive system by elimination.
fn solve(mut rows: [[f64; FEATURES]; FEATURES], mut right: [f64; FEATURES]) -> [f64; FEATURES] {
    for pivot in 0..FEATURES {
        let head = if rows[pivot][pivot].abs() < 1e-12 { 1e-12 } else { rows[pivot][pivot] };
        for row in pivot + 1..FEATURES {
            let factor = rows[row][pivot] / head;
            let above = rows[pivot];
            for (cell, value) in rows[row].iter_mut().zip(above) {
                *cell -= factor * value;
            }
            right[row] -= factor * right[pivot];
        }
    }
    let mut solution = [0.0; FEATURES];
    for row in (0..FEATURES).rev() {
        let known: f64 = (row + 1..FEATURES).map(|column| rows[row][column] * solution[column]).sum();
        let head = if rows[row][row].abs() < 1e-12 { 1e-12 } else { rows[row][row] };
        solution[row] = (right[row] - known) / head;
    }
    solution
}

/// A rising flight of steps from a raw probability to a share that was seen (pool adjacent violators, every step holding a
/// least share of the answers).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    /// The raw probabilities in the middle of the steps and what is true there, both rising.
    knots: Vec<(f64, f64)>,
}

impl Steps {
    /// Steps over answers: raw probability and truth; each holds at least so many answers. Fewer than 200 answers make no
    /// steps.
    pub fn new(mut answers: Vec<(f64, bool)>, least: usize) -> Steps {
        if answers.len() < 200 {
            return Steps::default();
        }
        answers.sort_by(|a, b| a.0.total_cmp(&b.0));
        let size = least.max(1);
        let mut pools: Vec<(f64, f64, f64)> = Vec::new();
        for chunk in answers.chunks(size) {
            let count = chunk.len() as f64;
            let raw: f64 = chunk.iter().map(|answer| answer.0).sum();
            let right = chunk.iter().filter(|answer| answer.1).count() as f64;
            pools.push((raw, right, count));
            while let [.., (raw, right, count), last] = pools.as_slice()
                && right / count >= last.1 / last.2
            {
                let joined = (raw + last.0, right + last.1, count + last.2);
                pools.truncate(pools.len() - 2);
                pools.push(joined);
            }
        }
        Steps { knots: pools.into_iter().map(|(raw, right, count)| (raw / count, right / count)).collect() }
    }

    /// The share at a raw probability, on straight lines between the steps' middles.
    pub fn share(&self, raw: f64) -> f64 {
        let above = self.knots.partition_point(|knot| knot.0 < raw);
        let (low, high) = match (above.checked_sub(1).and_then(|below| self.knots.get(below)), self.knots.get(above)) {
            (Some(low), Some(high)) => (*low, *high),
            (None, Some(high)) => ((0.0, 0.0), *high),
            (Some(low), None) => (*low, (1.0, 1.0)),
            (None, None) => return raw,
        };
        let part = (raw - low.0) / (high.0 - low.0).max(1e-9);
        (low.1 + (high.1 - low.1) * part.clamp(0.0, 1.0)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers whose truth follows known weights, by a fixed sequence.
    fn answers(weights: &Weights, count: u32) -> Vec<(Features, bool)> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1u32 << 24)
        };
        (0..count)
            .map(|_| {
                let mut features = [0.0; FEATURES];
                features[0] = 1.0;
                features[1] = next() * 4.0 - 2.0;
                features[2] = next() - 1.0;
                let is_right = next() < probability(weights, &features);
                (features, is_right)
            })
            .collect()
    }

    #[test]
    fn weights_are_found_again() {
        let mut truth = [0.0; FEATURES];
        truth[..3].copy_from_slice(&[0.5, -1.5, 1.0]);
        let found = fit(&answers(&truth, 20_000), &[0.0; FEATURES], 1.0);
        for (found, truth) in found.iter().zip(truth) {
            assert!((found - truth).abs() < 0.15, "{found} {truth}");
        }
        assert_eq!(fit(&[], &truth, 4.0), truth);
    }

    #[test]
    fn steps_rise_and_say_what_was_seen() {
        let list: Vec<(f64, bool)> =
            (0..1000u32).map(|index| (f64::from(index) / 1000.0, index % 4 != 0 && index > 500)).collect();
        let steps = Steps::new(list, 80);
        let shares: Vec<f64> = (0..=20).map(|index| steps.share(f64::from(index) / 20.0)).collect();
        assert!(shares.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12), "{shares:?}");
        assert!((steps.share(0.75) - 0.75).abs() < 0.05 && steps.share(0.25) < 0.05);
        assert_eq!(Steps::default().share(0.4), 0.4);
    }
}
