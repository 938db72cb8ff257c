//! A plane between two kinds of rows: the support vector machine with squared loss, by dual coordinate descent with
//! shrinking (Hsieh, Chang, Lin, Keerthi, Sundararajan, ICML 2008; the method of LIBLINEAR).

use crate::words::chance::Chance;
use crate::words::corpus::Rows;

/// What is to be parted from what.
pub struct Problem<'a> {
    /// The rows; those of `chosen` take part.
    pub rows: &'a Rows,
    /// The rows that take part.
    pub chosen: &'a [u32],
    /// For each chosen row: is it of the kind that is looked for?
    pub is_positive: &'a [bool],
    /// For each chosen row: what an error costs (above 0). Greater costs follow the rows more closely.
    pub costs: &'a [f32],
    /// For each chosen row a score that is there before anything is learnt; empty for none.
    pub given: &'a [f32],
    /// How many columns there are.
    pub width: usize,
}

/// A plane: the weight of every column and the constant.
#[derive(Clone, Debug)]
pub struct Plane {
    /// One weight a column.
    pub weights: Vec<f32>,
    /// What is added to every score.
    pub bias: f32,
}

impl Plane {
    /// On which side of the plane a row lies, and how far: above 0 for the kind that was looked for.
    pub fn score(&self, (columns, values): (&[u32], &[f32])) -> f32 {
        let weight = |column: &u32| self.weights.get(*column as usize).copied().unwrap_or(0.0);
        columns.iter().zip(values).map(|(column, value)| weight(column) * value).sum::<f32>() + self.bias
    }
}

/// When the steps of a whole round differ by less than this, the plane lies well enough.
const ENOUGH: f32 = 0.1;

/// Finds the plane in at most so many rounds over the rows.
pub fn part(problem: &Problem<'_>, rounds: usize, seed: u64) -> Plane {
    let mut plane = Plane { weights: vec![0.0; problem.width], bias: 0.0 };
    let count = problem.chosen.len().min(problem.is_positive.len()).min(problem.costs.len());
    let softness: Vec<f32> = problem.costs[..count].iter().map(|cost| 0.5 / cost.max(1e-9)).collect();
    let steepness: Vec<f32> = (0..count)
        .map(|at| {
            let (_, values) = problem.rows.row(problem.chosen[at] as usize);
            values.iter().map(|value| value * value).sum::<f32>() + 1.0 + softness[at]
        })
        .collect();
    let mut alphas = vec![0f32; count];
    let mut chance = Chance::from_seed(seed);
    let mut order: Vec<usize> = (0..count).collect();
    let mut active = count;
    let mut bound = f32::INFINITY;
    for _ in 0..rounds {
        chance.shuffle(&mut order[..active]);
        let (mut most, mut least) = (f32::NEG_INFINITY, f32::INFINITY);
        let mut place = 0;
        while place < active {
            let at = order[place];
            let row = problem.rows.row(problem.chosen[at] as usize);
            let side = if problem.is_positive[at] { 1.0 } else { -1.0 };
            let score = plane.score(row) + problem.given.get(at).copied().unwrap_or(0.0);
            let slope = side * score - 1.0 + softness[at] * alphas[at];
            if alphas[at] == 0.0 && slope > bound {
                // This row lies far on its own side: look at it again only at the end.
                active -= 1;
                order.swap(place, active);
                continue;
            }
            place += 1;
            let step = if alphas[at] == 0.0 { slope.min(0.0) } else { slope };
            (most, least) = (most.max(step), least.min(step));
            if step.abs() > 1e-7 {
                let before = alphas[at];
                alphas[at] = (before - slope / steepness[at]).max(0.0);
                let change = (alphas[at] - before) * side;
                for (column, value) in row.0.iter().zip(row.1) {
                    if let Some(weight) = plane.weights.get_mut(*column as usize) {
                        *weight += change * value;
                    }
                }
                plane.bias += change;
            }
        }
        if most - least <= ENOUGH {
            if active == count {
                break;
            }
            active = count;
            bound = f32::INFINITY;
        } else {
            bound = if most > 0.0 { most } else { f32::INFINITY };
        }
    }
    plane
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(points: &[[f32; 2]]) -> Rows {
        let mut rows = Rows::new();
        for point in points {
            rows.put(0, point[0]);
            rows.put(1, point[1]);
            rows.end();
        }
        rows
    }

    fn parted(points: &[[f32; 2]], is_positive: &[bool], given: &[f32]) -> (Plane, Rows) {
        let rows = rows(points);
        let chosen: Vec<u32> = (0..points.len() as u32).collect();
        let costs = vec![10.0; points.len()];
        let problem = Problem { rows: &rows, chosen: &chosen, is_positive, costs: &costs, given, width: 2 };
        (part(&problem, 300, 1), rows)
    }

    #[test]
    fn parts_what_can_be_parted() {
        let points = [[1.0, 0.2], [0.8, -0.1], [-1.0, 0.3], [-0.7, -0.2]];
        let (plane, rows) = parted(&points, &[true, true, false, false], &[]);
        for row in 0..4 {
            assert_eq!(plane.score(rows.row(row)) > 0.0, row < 2);
        }
    }

    #[test]
    fn meets_the_known_optimum() {
        // One point on each side: w = (a, 0), b = 0 and the loss a²/2 + 2·10·(1 − a)² is least at a = 40 / 41.
        let (plane, _) = parted(&[[1.0, 0.0], [-1.0, 0.0]], &[true, false], &[]);
        assert!((plane.weights[0] - 40.0 / 41.0).abs() < 0.02 && plane.bias.abs() < 0.02, "{plane:?}");
    }

    #[test]
    fn what_is_given_need_not_be_learnt() {
        let (plane, _) = parted(&[[1.0, 0.0], [-1.0, 0.0]], &[true, false], &[3.0, -3.0]);
        assert!(plane.weights[0].abs() < 1e-6);
    }

    #[test]
    fn no_rows_make_a_flat_plane() {
        let (plane, _) = parted(&[], &[], &[]);
        assert_eq!((plane.weights, plane.bias), (vec![0.0, 0.0], 0.0));
    }
}
