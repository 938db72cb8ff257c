//! Learning from texts that people have sorted. Several linear learners look at the same grams; their planes are added, so
//! that the model stays one table. What they say of texts kept out while learning becomes the confidence.

use crate::text;
use crate::words::calibration::Calibration;
use crate::words::corpus::{Corpus, Rows};
use crate::words::grams::{self, Block, Part, Text};
use crate::words::measuring::{Answer, Figures, folds};
use crate::words::model::{About, Gram, Model};
use crate::words::svm::{self, Plane, Problem};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A text with the class that people gave it.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// The text.
    pub text: Text<'a>,
    /// The class, by its place in the list of classes.
    pub class: usize,
    /// Texts of equal groups are near-duplicates: none is kept out while another is learnt. See `fingerprint`.
    pub group: u64,
}

/// What a training is told besides its texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The same seed and the same lessons make the same model.
    pub seed: u64,
    /// Into how many parts the texts are dealt for the confidence, at least 2.
    pub parts: usize,
    /// In how many texts a gram must stand.
    pub least_texts: u32,
    /// How many grams a model may hold at most.
    pub most_grams: usize,
    /// Rounds over the texts, at most; half of it where texts are kept out.
    pub rounds: usize,
    /// Where the texts come from and when (milliseconds since 1970), to be kept in the model.
    pub made_from: String,
    /// See `made_from`.
    pub made_at: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            seed: 1,
            parts: 5,
            least_texts: 2,
            most_grams: 400_000,
            rounds: 30,
            made_from: String::new(),
            made_at: 0,
        }
    }
}

/// Why nothing can be learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untaught {
    /// Fewer than two classes have texts.
    #[error("texts of at least two classes are needed")]
    TooFewClasses,
    /// The texts of a list are of fewer than two groups.
    #[error("texts of at least two groups are needed")]
    TooFewGroups,
    /// A lesson names a class that is not in the list.
    #[error("a text has class number {0}, which is not in the list of classes")]
    UnknownClass(usize),
}

/// How a learner weighs the grams before it looks for planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// By how much a gram tells about the class: 1 − the entropy of the classes given the gram.
    Telling,
    /// All alike; each class then by the logarithm of the ratio of its rate to the others' (Wang and Manning 2012).
    Ratio,
}

const VIEWS: [View; 2] = [View::Telling, View::Ratio];
/// What an error costs, by view.
const COSTS: [f32; 2] = [0.5, 0.5];
/// Added to a class's texts per thousand that hold a gram, before the entropy.
const SMOOTH: f32 = 0.5;
/// A class counts as at least so many texts when rates are told.
const LEAST_CLASS: f32 = 50.0;
/// Below so many characters on average a field counts as short: longer runs are worth counting.
const SHORT: usize = 60;
/// A field that begins so many long texts is told about by its first characters.
const FINGERPRINT: usize = 200;
/// What a hint for a class is worth before anything is learnt.
const HINT: f32 = 1.0;
/// How many characters the beginning of a long field has, and how much it counts beside the whole.
const BEGINNING: usize = 80;
const BEGINNING_SCALE: f32 = 0.6;
const THREADS: usize = 2;

/// A group for texts of which nobody said which are near-duplicates: the same first 200 characters make the same group.
pub fn fingerprint(fields: &[&str]) -> u64 {
    let form = text::normal(&fields.join("\n"));
    text::hash64(form.chars().filter(|sign| sign.is_alphanumeric()).take(FINGERPRINT), 0)
}

/// The parts of the texts that are counted, and how much each counts: of short fields runs of one to three characters, of
/// long ones one and two, and their beginning once more, for people say first what it is about.
pub fn blocks(lessons: &[Lesson<'_>]) -> Vec<(Block, f32)> {
    let count = lessons.iter().map(|lesson| lesson.text.fields.len()).max().unwrap_or(0);
    let length = |field: usize| {
        let signs = |lesson: &Lesson<'_>| lesson.text.fields.get(field).map_or(0, |words| words.chars().count());
        lessons.iter().map(signs).sum::<usize>() / lessons.len().max(1)
    };
    let mut blocks = Vec::new();
    for field in 0..count {
        let is_short = length(field) < SHORT;
        let longest = if is_short || count == 1 { 3 } else { 2 };
        blocks.push((Block { field, sizes: (1, longest), part: Part::Whole }, 1.0));
        if !is_short {
            blocks.push((Block { field, sizes: (1, 2), part: Part::Beginning(BEGINNING) }, BEGINNING_SCALE));
        }
    }
    blocks
}

/// Learns a model. The names of the classes and of the fields are kept in it.
///
/// # Errors
/// When there are not two classes with texts or not two groups, or a lesson's class is not in the list.
pub fn train(
    lessons: &[Lesson<'_>],
    classes: &[String],
    fields: &[String],
    settings: &Settings,
) -> Result<Model, Untaught> {
    let labels: Vec<usize> = lessons.iter().map(|lesson| lesson.class).collect();
    if let Some(unknown) = labels.iter().find(|class| **class >= classes.len()) {
        return Err(Untaught::UnknownClass(*unknown));
    }
    if labels.iter().all(|class| Some(class) == labels.first()) {
        return Err(Untaught::TooFewClasses);
    }
    let groups: Vec<u64> = lessons.iter().map(|lesson| lesson.group).collect();
    if groups.iter().all(|group| Some(group) == groups.first()) {
        return Err(Untaught::TooFewGroups);
    }
    let (blocks, scales): (Vec<Block>, Vec<f32>) = blocks(lessons).into_iter().unzip();
    let corpus = Corpus::of(lessons.iter().map(|lesson| lesson.text), &blocks, settings.least_texts);
    let school = School { corpus: &corpus, labels: &labels, classes, scales: &scales, settings };
    let outside = school.outside(&groups);
    let factors: Vec<f32> = outside.iter().map(|scores| 1.0 / spread(scores)).collect();
    let scores = sum(&outside, &factors);
    let calibration = Calibration::learn(&scores, &labels, classes.len());
    let figures = figures(&calibration, &scores, &labels, classes);
    let everybody: Vec<u32> = (0..corpus.len() as u32).collect();
    let taught = school.teach(&everybody, settings.rounds);
    let (biases, extra, grams) = taught.folded(&school, &factors);
    let mut counts = vec![0usize; classes.len()];
    for label in &labels {
        counts[*label] += 1;
    }
    let about = About {
        classes: classes.to_vec(),
        fields: fields.to_vec(),
        blocks,
        scales: scales.clone(),
        views: VIEWS.len(),
        biases,
        extra,
        priors: counts.iter().map(|count| *count as f32 / labels.len() as f32).collect(),
        calibration,
        texts: lessons.len(),
        accuracy: figures.accuracy,
        macro_f1: figures.macro_f1,
        made_from: settings.made_from.clone(),
        made_at: settings.made_at,
    };
    Ok(Model::of(about, grams))
}

fn figures(calibration: &Calibration, scores: &[f32], labels: &[usize], classes: &[String]) -> Figures {
    let answers: Vec<Answer> = scores
        .chunks_exact(classes.len())
        .zip(labels)
        .filter_map(|(row, truth)| {
            let first = calibration.rank(row).first().copied()?;
            Some(Answer { truth: *truth, found: first.class, confidence: first.confidence })
        })
        .collect();
    Figures::of(&answers, classes)
}

/// The standard deviation; 1 where there is none.
fn spread(scores: &[f32]) -> f32 {
    let mean = scores.iter().map(|score| f64::from(*score)).sum::<f64>() / scores.len().max(1) as f64;
    let square =
        scores.iter().map(|score| (f64::from(*score) - mean).powi(2)).sum::<f64>() / scores.len().max(1) as f64;
    if square > 0.0 { square.sqrt() as f32 } else { 1.0 }
}

fn sum(parts: &[Vec<f32>], factors: &[f32]) -> Vec<f32> {
    let mut total = vec![0f32; parts.first().map_or(0, Vec::len)];
    for (part, factor) in parts.iter().zip(factors) {
        for (sum, value) in total.iter_mut().zip(part) {
            *sum += value * factor;
        }
    }
    total
}

/// Texts, their classes, and how to learn from some of them.
struct School<'a> {
    corpus: &'a Corpus,
    labels: &'a [usize],
    classes: &'a [String],
    scales: &'a [f32],
    settings: &'a Settings,
}

/// What was learnt from some of the texts.
struct Taught {
    /// By view: what each gram is worth; 0 leaves it out.
    worths: Vec<Vec<f32>>,
    /// By view: the texts as rows.
    rows: Vec<Rows>,
    /// By view and class. The ratio is multiplied in.
    planes: Vec<Vec<Plane>>,
}

/// How a class's texts are spread over the grams.
struct Counts {
    /// In how many of the chosen texts each gram stands.
    texts: Vec<f32>,
    /// 1 − entropy, 0 to 1.
    telling: Vec<f32>,
}

impl School<'_> {
    /// By view: the scores of every text from a training that did not see it.
    fn outside(&self, groups: &[u64]) -> Vec<Vec<f32>> {
        let classes = self.classes.len();
        let parts = self.settings.parts.max(2);
        let dealt = folds(self.labels, groups, parts, self.settings.seed);
        let mut scores = vec![vec![0f32; self.labels.len() * classes]; VIEWS.len()];
        for part in 0..parts {
            let chosen: Vec<u32> =
                (0..dealt.len()).filter(|text| dealt[*text] != part).map(|text| text as u32).collect();
            let taught = self.teach(&chosen, self.settings.rounds.div_ceil(2));
            for text in (0..dealt.len()).filter(|text| dealt[*text] == part) {
                for (view, scores) in scores.iter_mut().enumerate() {
                    let row = taught.rows[view].row(text);
                    for (class, plane) in taught.planes[view].iter().enumerate() {
                        scores[text * classes + class] = plane.score(row) + self.given(text, class);
                    }
                }
            }
        }
        scores
    }

    /// Finds the planes of every view and class, on two threads.
    fn teach(&self, chosen: &[u32], rounds: usize) -> Taught {
        let counts = self.counts(chosen);
        let worths: Vec<Vec<f32>> = VIEWS.iter().map(|view| self.worths(*view, &counts)).collect();
        let rows: Vec<Rows> = worths.iter().map(|worths| self.rows(worths)).collect();
        let classes = self.classes.len();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= VIEWS.len() * classes {
                    return done;
                }
                let (view, class) = (number / classes, number % classes);
                done.push((number, self.plane((view, class), chosen, &counts, &rows[view], rounds)));
            }
        };
        let mut planes: Vec<(usize, Plane)> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..THREADS).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for other in others {
                done.extend(other.join().unwrap_or_default());
            }
            done
        });
        planes.sort_unstable_by_key(|(number, _)| *number);
        let mut planes = planes.into_iter().map(|(_, plane)| plane);
        let planes = VIEWS.iter().map(|_| planes.by_ref().take(classes).collect()).collect();
        Taught { worths, rows, planes }
    }

    fn plane(
        &self,
        (view, class): (usize, usize),
        chosen: &[u32],
        counts: &Counts,
        rows: &Rows,
        rounds: usize,
    ) -> Plane {
        let is_positive: Vec<bool> = chosen.iter().map(|text| self.labels[*text as usize] == class).collect();
        let positive = is_positive.iter().filter(|is_positive| **is_positive).count();
        // The rarer a class, the dearer its errors: by the square root of how much rarer than the mean.
        let share = chosen.len() as f32 / (self.classes.len() * positive.max(1)) as f32;
        let costs: Vec<f32> =
            is_positive.iter().map(|is_positive| COSTS[view] * if *is_positive { share.sqrt() } else { 1.0 }).collect();
        let given: Vec<f32> = chosen.iter().map(|text| self.given(*text as usize, class)).collect();
        let seed = self.settings.seed.wrapping_mul(1_000_003).wrapping_add((view * self.classes.len() + class) as u64);
        let width = self.corpus.width();
        let mut problem = Problem { rows, chosen, is_positive: &is_positive, costs: &costs, given: &given, width };
        if VIEWS[view] == View::Telling {
            return svm::part(&problem, rounds, seed);
        }
        let ratios = self.ratios(class, chosen, counts);
        let scaled = rows.scaled(&ratios);
        problem.rows = &scaled;
        let mut plane = svm::part(&problem, rounds, seed);
        for (weight, ratio) in plane.weights.iter_mut().zip(&ratios) {
            *weight *= ratio;
        }
        plane
    }

    /// The score that a class has by a hint alone.
    fn given(&self, text: usize, class: usize) -> f32 {
        let hint = grams::hint(&self.classes[class]);
        let (columns, values) = self.corpus.strengths().row(text);
        // Extra features stand at the end of a row.
        let extra = columns.iter().zip(values).rev().take_while(|(column, _)| self.is_extra(**column));
        extra.filter(|(column, _)| self.corpus.hashes()[**column as usize] == hint).map(|(_, value)| HINT * value).sum()
    }

    fn is_extra(&self, column: u32) -> bool {
        self.corpus.blocks().get(column as usize) == Some(&self.corpus.extra())
    }

    fn counts(&self, chosen: &[u32]) -> Counts {
        let width = self.corpus.width();
        let mut of_class = vec![0f32; self.classes.len()];
        let mut ends = vec![0usize; width + 1];
        for text in chosen {
            of_class[self.labels[*text as usize]] += 1.0;
            for column in self.corpus.strengths().row(*text as usize).0 {
                ends[*column as usize + 1] += 1;
            }
        }
        for column in 0..width {
            ends[column + 1] += ends[column];
        }
        let mut places = ends.clone();
        let mut classes = vec![0u16; ends[width]];
        for text in chosen {
            for column in self.corpus.strengths().row(*text as usize).0 {
                classes[places[*column as usize]] = self.labels[*text as usize] as u16;
                places[*column as usize] += 1;
            }
        }
        let mut texts = Vec::with_capacity(width);
        let mut telling = Vec::with_capacity(width);
        for column in 0..width {
            let held = &mut classes[ends[column]..ends[column + 1]];
            texts.push(held.len() as f32);
            held.sort_unstable();
            telling.push(telling_of(held, &of_class));
        }
        Counts { texts, telling }
    }

    fn worths(&self, view: View, counts: &Counts) -> Vec<f32> {
        let least = self.settings.least_texts as f32;
        let worth = |column: usize| match view {
            _ if self.is_extra(column as u32) => 1.0,
            _ if counts.texts[column] < least => 0.0,
            View::Telling => counts.telling[column],
            View::Ratio => 1.0,
        };
        (0..self.corpus.width()).map(worth).collect()
    }

    /// All texts, each block brought to the length of its scale; extra features as they are.
    fn rows(&self, worths: &[f32]) -> Rows {
        let mut rows = Rows::new();
        let mut squares = vec![0f32; self.scales.len() + 1];
        for text in 0..self.corpus.len() {
            let (columns, strengths) = self.corpus.strengths().row(text);
            squares.fill(0.0);
            for (column, strength) in columns.iter().zip(strengths) {
                let value = strength * worths[*column as usize];
                squares[usize::from(self.corpus.blocks()[*column as usize])] += value * value;
            }
            squares[self.scales.len()] = 1.0;
            for (column, strength) in columns.iter().zip(strengths) {
                let worth = worths[*column as usize];
                if worth > 0.0 {
                    let block = usize::from(self.corpus.blocks()[*column as usize]);
                    let scale = self.scales.get(block).copied().unwrap_or(1.0);
                    rows.put(*column, scale * strength * worth / squares[block].sqrt());
                }
            }
            rows.end();
        }
        rows
    }

    /// For each gram the logarithm of how much more often it stands in texts of the class than in others.
    fn ratios(&self, class: usize, chosen: &[u32], counts: &Counts) -> Vec<f32> {
        let mut inside = vec![0f32; self.corpus.width()];
        for text in chosen.iter().filter(|text| self.labels[**text as usize] == class) {
            for column in self.corpus.strengths().row(*text as usize).0 {
                inside[*column as usize] += 1.0;
            }
        }
        let is_counted = |column: &usize| counts.texts[*column] >= self.settings.least_texts as f32;
        let (mut all, mut all_inside, mut grams) = (0f64, 0f64, 0f64);
        for column in (0..inside.len()).filter(is_counted) {
            all += f64::from(counts.texts[column]);
            all_inside += f64::from(inside[column]);
            grams += 1.0;
        }
        let level = ((all - all_inside + grams) / (all_inside + grams)).ln() as f32;
        (0..inside.len())
            .map(|column| {
                if self.is_extra(column as u32) {
                    return 1.0;
                }
                let outside = counts.texts[column] - inside[column];
                ((inside[column] + 1.0) / (outside + 1.0)).ln() + level
            })
            .collect()
    }
}

/// How much a gram tells, from the sorted classes of the texts that hold it and how many texts each class has: 1 less the
/// entropy of the classes as a share of the greatest there can be.
fn telling_of(held: &[u16], of_class: &[f32]) -> f32 {
    let rate =
        |class: u16, count: usize| 1000.0 * count as f32 / of_class[usize::from(class)].max(LEAST_CLASS) + SMOOTH;
    let rates = held.chunk_by(|one, other| one == other).map(|same| rate(same[0], same.len()));
    let (mut total, mut kinds, mut sum) = (0f32, 0usize, 0f32);
    for rate in rates {
        total += rate;
        kinds += 1;
        sum += rate * rate.ln();
    }
    let others = (of_class.len() - kinds) as f32;
    total += others * SMOOTH;
    sum += others * SMOOTH * SMOOTH.ln();
    let entropy = total.ln() - sum / total;
    (1.0 - entropy / (of_class.len() as f32).ln()).clamp(0.0, 1.0)
}

/// A constant for each class, the weights of extra features (key, class, weight), and the grams.
type Folded = (Vec<f32>, Vec<(u64, usize, f32)>, Vec<Gram>);

impl Taught {
    /// Adds the planes up: the constants, the weights of extra features, and the grams.
    fn folded(&self, school: &School<'_>, factors: &[f32]) -> Folded {
        let classes = school.classes.len();
        let bias = |class: usize| {
            self.planes.iter().zip(factors).map(|(planes, factor)| planes[class].bias * factor).sum::<f32>()
        };
        let biases = (0..classes).map(bias).collect();
        let mut extra: HashMap<(u64, usize), f32> = HashMap::new();
        let mut found = Vec::new();
        for (class, name) in school.classes.iter().enumerate() {
            extra.insert((grams::hint(name), class), HINT * factors.iter().sum::<f32>());
        }
        for (column, hash) in school.corpus.hashes().iter().enumerate() {
            if school.is_extra(column as u32) {
                for class in 0..classes {
                    let weights = self.planes.iter().zip(factors);
                    *extra.entry((*hash, class)).or_default() +=
                        weights.map(|(planes, factor)| planes[class].weights[column] * factor).sum::<f32>();
                }
                continue;
            }
            let worths: Vec<f32> = self.worths.iter().map(|worths| worths[column]).collect();
            if worths.iter().all(|worth| *worth == 0.0) {
                continue;
            }
            let weight =
                |view: usize, class: usize| self.planes[view][class].weights[column] * worths[view] * factors[view];
            let weights = (0..self.planes.len())
                .flat_map(|view| (0..classes).map(move |class| (view, class)))
                .map(|(v, c)| weight(v, c));
            found.push(Gram { hash: *hash, weights: weights.collect(), worths });
        }
        keep_strongest(&mut found, school.settings.most_grams);
        let mut extra: Vec<(u64, usize, f32)> =
            extra.into_iter().map(|((key, class), weight)| (key, class, weight)).collect();
        extra.sort_unstable_by_key(|(key, class, _)| (*key, *class));
        (biases, extra, found)
    }
}

/// Leaves out the grams that speak least when there are too many.
fn keep_strongest(grams: &mut Vec<Gram>, most: usize) {
    if grams.len() <= most {
        return;
    }
    let loudness = |gram: &Gram| gram.weights.iter().fold(0f32, |most, weight| most.max(weight.abs()));
    grams.sort_by(|one, other| loudness(other).total_cmp(&loudness(one)).then(one.hash.cmp(&other.hash)));
    grams.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::chance::Chance;

    const THINGS: [&[&str]; 3] = [&["井盖", "路面", "坑洼"], &["路灯", "不亮", "照明"], &["垃圾", "清运", "异味"]];
    const FRAMES: [&str; 4] = ["我家门口", "请尽快处理", "昨天晚上", "多次反映"];

    struct Invented {
        texts: Vec<[String; 2]>,
        labels: Vec<usize>,
    }

    /// Texts of three classes by a small grammar.
    fn invented(count: usize, seed: u64) -> Invented {
        let mut chance = Chance::from_seed(seed);
        let (mut texts, mut labels) = (Vec::new(), Vec::new());
        for number in 0..count {
            let class = number % THINGS.len();
            let mut word = |words: &[&'static str]| words[chance.below(words.len())];
            let title = format!("{}{}", word(THINGS[class]), word(&FRAMES));
            let detail =
                format!("{}{}{}，{}{}", word(&FRAMES), word(THINGS[class]), word(&FRAMES), word(THINGS[class]), number);
            texts.push([title, detail]);
            labels.push(class);
        }
        Invented { texts, labels }
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|class| format!("class {class}")).collect()
    }

    fn learnt(invented: &Invented, extra: &[Vec<(u64, f32)>], classes: usize) -> Model {
        let fields: Vec<[&str; 2]> = invented.texts.iter().map(|[title, detail]| [title.as_str(), detail]).collect();
        let lessons: Vec<Lesson<'_>> = fields
            .iter()
            .zip(&invented.labels)
            .enumerate()
            .map(|(number, (fields, class))| Lesson {
                text: Text { fields, extra: extra.get(number).map_or(&[], Vec::as_slice) },
                class: *class,
                group: number as u64,
            })
            .collect();
        let named = ["title".to_owned(), "detail".to_owned()];
        train(&lessons, &names(classes), &named, &Settings::default()).unwrap()
    }

    #[test]
    fn learns_what_is_plain() {
        let model = learnt(&invented(150, 1), &[], 3);
        assert!(model.about().macro_f1 > 0.95, "{}", model.about().macro_f1);
        let unseen = invented(60, 2);
        let right = unseen.texts.iter().zip(&unseen.labels).filter(|([title, detail], class)| {
            model.predict(&Text { fields: &[title, detail], extra: &[] })[0].class == **class
        });
        assert!(right.count() >= 57);
    }

    #[test]
    fn the_same_lessons_make_the_same_model() {
        let texts = invented(60, 3);
        assert_eq!(learnt(&texts, &[], 3).write(), learnt(&texts, &[], 3).write());
    }

    #[test]
    fn a_hint_finds_a_class_without_texts() {
        let model = learnt(&invented(90, 4), &[], 4);
        let hinted = |class: usize| {
            let extra = [(grams::hint(&names(4)[class]), 1.0)];
            model.predict(&Text { fields: &["奇怪的东西", "说不清"], extra: &extra })[0].class
        };
        assert_eq!((hinted(3), hinted(2)), (3, 2));
    }

    #[test]
    fn many_classes_with_few_texts_are_told_apart_by_hints() {
        let classes = 60;
        let mut chance = Chance::from_seed(9);
        let (mut texts, mut labels, mut extra) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..classes * 4 {
            let class = number % classes;
            // The words say little; three of four hints are right.
            let hinted = if chance.below(4) == 0 { chance.below(classes) } else { class };
            texts.push([
                FRAMES[chance.below(4)].to_owned(),
                format!("{}{}", FRAMES[chance.below(4)], FRAMES[chance.below(4)]),
            ]);
            labels.push(class);
            extra.push(vec![(grams::hint(&names(classes)[hinted]), 1.0)]);
        }
        let model = learnt(&Invented { texts, labels }, &extra, classes);
        assert!(model.about().accuracy > 0.6, "{}", model.about().accuracy);
    }

    #[test]
    fn nothing_to_learn_is_said() {
        let words = ["井盖"];
        let lesson = |class, group| Lesson { text: Text { fields: &words, extra: &[] }, class, group };
        let failure = |lessons: &[Lesson<'_>]| {
            train(lessons, &names(2), &["title".to_owned()], &Settings::default()).map(|_| ()).unwrap_err()
        };
        assert_eq!(failure(&[]), Untaught::TooFewClasses);
        assert_eq!(failure(&[lesson(0, 1), lesson(0, 2)]), Untaught::TooFewClasses);
        assert_eq!(failure(&[lesson(0, 1), lesson(1, 1)]), Untaught::TooFewGroups);
        assert_eq!(failure(&[lesson(0, 1), lesson(2, 2)]), Untaught::UnknownClass(2));
    }

    #[test]
    fn near_duplicates_have_one_fingerprint() {
        let long = "路".repeat(300);
        assert_eq!(fingerprint(&[&long]), fingerprint(&[&format!("{}灯", long)]));
        assert_eq!(fingerprint(&["井盖，坏了", "a"]), fingerprint(&["井盖 坏了", "Ａ"]));
        assert_ne!(fingerprint(&["井盖"]), fingerprint(&["路灯"]));
    }

    #[test]
    fn a_gram_of_one_class_tells_most() {
        let of_class = [100.0, 100.0, 100.0];
        let one = telling_of(&[0, 0, 0, 0], &of_class);
        let two = telling_of(&[0, 0, 1, 1], &of_class);
        let all = telling_of(&[0, 1, 2], &of_class);
        assert!(one > two && two > all && all < 1e-4, "{one} {two} {all}");
        assert!(telling_of(&[], &of_class).abs() < 1e-4);
    }
}
