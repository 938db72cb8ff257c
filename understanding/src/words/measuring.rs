//! How well is it done? Shares of right answers by class, and whether a confidence is true; and folds to measure by.

use crate::words::chance::Chance;
use serde::Serialize;

/// An answer beside the truth. Classes are numbers below the count of classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The class that people gave.
    pub truth: usize,
    /// The class that was found.
    pub found: usize,
    /// How sure the answer was, 0 to 1.
    pub confidence: f32,
}

/// How one class fared. Shares are 0 to 1, and 0 where nothing can be divided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassFigures {
    /// The class.
    pub class: String,
    /// How many texts are of this class.
    pub texts: usize,
    /// The share of right ones among those that were called so.
    pub precision: f64,
    /// The share of those of this class that were called so.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

/// A band of confidence, from `from` to below `from` + 0.1 (the last one includes 1).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Band {
    /// Where the band begins: 0, 0.1 … 0.9.
    pub from: f64,
    /// How many answers had such a confidence.
    pub texts: usize,
    /// The mean of their confidences.
    pub confidence: f64,
    /// The share of right ones among them.
    pub truth: f64,
    /// Confidence less truth.
    pub difference: f64,
    /// True when there are at least 100 answers and the difference is more than 0.03.
    pub is_off: bool,
}

/// What came of comparing answers with the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// How many answers were compared.
    pub texts: usize,
    /// The share of right ones.
    pub accuracy: f64,
    /// The mean of the classes' F1, over the classes that are true or found at least once.
    pub macro_f1: f64,
    /// Class by class.
    pub classes: Vec<ClassFigures>,
    /// For each true class, how often each class was found.
    pub confusion: Vec<Vec<usize>>,
    /// Whether the confidence is true, band by band; empty bands are left out.
    pub reliability: Vec<Band>,
    /// The mean of the bands' differences without sign, weighted by their texts.
    pub calibration_error: f64,
}

/// Answers of a band are judged from this many on.
const ENOUGH_TEXTS: usize = 100;
/// What a confidence may be away from the truth.
const TOLERANCE: f64 = 0.03;

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Figures {
    /// Compares. An answer that names a class which is not there is left out.
    pub fn of(answers: &[Answer], classes: &[String]) -> Figures {
        let count = classes.len();
        let known: Vec<Answer> =
            answers.iter().copied().filter(|answer| answer.truth < count && answer.found < count).collect();
        let mut confusion = vec![vec![0; count]; count];
        for answer in &known {
            confusion[answer.truth][answer.found] += 1;
        }
        let per_class: Vec<ClassFigures> =
            classes.iter().enumerate().map(|(class, name)| class_figures(&confusion, class, name)).collect();
        let called = |class: usize| confusion.iter().map(|row| row[class]).sum::<usize>();
        let there: Vec<f64> = per_class
            .iter()
            .enumerate()
            .filter(|(class, figures)| figures.texts > 0 || called(*class) > 0)
            .map(|(_, figures)| figures.f1)
            .collect();
        let right = (0..count).map(|class| confusion[class][class]).sum();
        let reliability = bands(&known);
        let apart = |band: &Band| band.difference.abs() * share(band.texts, known.len());
        Figures {
            texts: known.len(),
            accuracy: share(right, known.len()),
            macro_f1: if there.is_empty() { 0.0 } else { there.iter().sum::<f64>() / there.len() as f64 },
            classes: per_class,
            confusion,
            calibration_error: reliability.iter().map(apart).sum(),
            reliability,
        }
    }
}

fn class_figures(confusion: &[Vec<usize>], class: usize, name: &str) -> ClassFigures {
    let right = confusion[class][class];
    let texts = confusion[class].iter().sum();
    let called = confusion.iter().map(|row| row[class]).sum::<usize>();
    let (precision, recall) = (share(right, called), share(right, texts));
    let f1 = share(2 * right, texts + called);
    ClassFigures { class: name.to_owned(), texts, precision, recall, f1 }
}

fn bands(answers: &[Answer]) -> Vec<Band> {
    let mut bands = Vec::new();
    for number in 0..10u32 {
        let inside = |answer: &&Answer| (f64::from(answer.confidence) * 10.0 + 1e-6).clamp(0.0, 9.5) as u32 == number;
        let of_band: Vec<&Answer> = answers.iter().filter(inside).collect();
        if of_band.is_empty() {
            continue;
        }
        let confidence = of_band.iter().map(|answer| f64::from(answer.confidence)).sum::<f64>() / of_band.len() as f64;
        let truth = share(of_band.iter().filter(|answer| answer.truth == answer.found).count(), of_band.len());
        let difference = confidence - truth;
        let is_off = of_band.len() >= ENOUGH_TEXTS && difference.abs() > TOLERANCE;
        bands.push(Band {
            from: f64::from(number) / 10.0,
            texts: of_band.len(),
            confidence,
            truth,
            difference,
            is_off,
        });
    }
    bands
}

/// Deals texts out into `count` folds, so that texts of the same group lie in the same fold and every class is spread as
/// evenly as that allows: big groups first, each to the fold that needs its classes most. Which of equal groups comes first
/// is drawn from the seed. Returns the fold of each text, 0 to `count` − 1.
pub fn folds(labels: &[usize], groups: &[u64], count: usize, seed: u64) -> Vec<usize> {
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    let mut by_group: Vec<(u64, Vec<usize>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (index, group) in groups.iter().take(labels.len()).enumerate() {
        let place = *places.entry(*group).or_insert_with(|| {
            by_group.push((*group, Vec::new()));
            by_group.len() - 1
        });
        by_group[place].1.push(index);
    }
    Chance::from_seed(seed).shuffle(&mut by_group);
    by_group.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    let mut totals = vec![0usize; classes];
    for label in labels {
        totals[*label] += 1;
    }
    let count = count.max(1);
    let mut filled = vec![vec![0usize; classes]; count];
    let mut dealt = vec![0; labels.len()];
    for (_, members) in &by_group {
        // What this fold already has of the group's classes, as shares of all texts of that class; then its size.
        let fullness = |fold: &usize| {
            let had: f64 =
                members.iter().map(|index| share(filled[*fold][labels[*index]], totals[labels[*index]])).sum();
            (had, filled[*fold].iter().sum::<usize>())
        };
        let best = (0..count)
            .map(|fold| (fullness(&fold), fold))
            .min_by(|(one, _), (other, _)| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let fold = best.map_or(0, |(_, fold)| fold);
        for index in members {
            filled[fold][labels[*index]] += 1;
            dealt[*index] = fold;
        }
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| number.to_string()).collect()
    }

    fn answer(truth: usize, found: usize, confidence: f32) -> Answer {
        Answer { truth, found, confidence }
    }

    #[test]
    fn figures_as_counted_by_hand() {
        let answers =
            [answer(0, 0, 0.9), answer(0, 0, 1.0), answer(0, 1, 0.42), answer(1, 1, 0.95), answer(1, 0, 0.45)];
        let figures = Figures::of(&answers, &names(3));
        assert_eq!(figures.confusion, [[2, 1, 0], [1, 1, 0], [0, 0, 0]]);
        let shares: Vec<(f64, f64)> = figures.classes.iter().map(|class| (class.precision, class.recall)).collect();
        assert_eq!(shares, [(2.0 / 3.0, 2.0 / 3.0), (0.5, 0.5), (0.0, 0.0)]);
        assert!((figures.accuracy - 0.6).abs() < 1e-9);
        // The third class neither is true nor is found: it takes no part in the mean.
        assert!((figures.macro_f1 - (2.0 / 3.0 + 0.5) / 2.0).abs() < 1e-9);
        let bands: Vec<(f64, usize, f64)> =
            figures.reliability.iter().map(|band| (band.from, band.texts, band.truth)).collect();
        assert_eq!(bands, [(0.4, 2, 0.0), (0.9, 3, 1.0)]);
        assert!(figures.reliability.iter().all(|band| !band.is_off));
    }

    #[test]
    fn a_false_confidence_is_marked_when_there_are_enough() {
        let answers: Vec<Answer> = (0..100).map(|number| answer(0, usize::from(number >= 90), 0.95)).collect();
        assert!(Figures::of(&answers, &names(2)).reliability[0].is_off);
        assert!(!Figures::of(&answers[..99], &names(2)).reliability[0].is_off);
    }

    #[test]
    fn nothing_to_measure() {
        let figures = Figures::of(&[], &[]);
        assert_eq!((figures.texts, figures.macro_f1, figures.reliability.len()), (0, 0.0, 0));
        assert!(folds(&[], &[], 5, 1).is_empty());
    }

    proptest! {
        #[test]
        fn no_group_lies_in_two_folds(rows in prop::collection::vec((0usize..4, 0u64..30), 1..200), seed in 0u64..9) {
            let (labels, groups): (Vec<usize>, Vec<u64>) = rows.into_iter().unzip();
            let dealt = folds(&labels, &groups, 5, seed);
            for (one, fold) in groups.iter().zip(&dealt) {
                for (other, other_fold) in groups.iter().zip(&dealt) {
                    prop_assert!(one != other || fold == other_fold);
                }
            }
        }

        #[test]
        fn classes_are_spread_evenly(labels in prop::collection::vec(0usize..4, 50..200), seed in 0u64..9) {
            let groups: Vec<u64> = (0..labels.len() as u64).collect();
            let dealt = folds(&labels, &groups, 5, seed);
            for class in 0..4 {
                let counts: Vec<usize> = (0..5)
                    .map(|fold| dealt.iter().zip(&labels).filter(|(one, label)| **one == fold && **label == class).count())
                    .collect();
                prop_assert!(counts.iter().max().unwrap_or(&0) - counts.iter().min().unwrap_or(&0) <= 1);
            }
        }
    }
}
