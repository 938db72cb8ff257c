//! What has been learnt: for every gram what it is worth and how it speaks for each class. A model is bytes that can be kept,
//! carried and read again; the grams stand in it as numbers only, so nobody can read words out of it.

use crate::words::calibration::{Calibration, Guess};
use crate::words::corpus::strength;
use crate::words::grams::{self, Block, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const MAGIC: &[u8; 14] = b"STEWARD-MODEL\0";
/// The form of the bytes that this program writes.
pub const FORMAT: u32 = 1;
/// Up to so many classes every gram keeps a weight for each; above, small weights are left out and the others kept roughly.
const FEW_CLASSES: usize = 16;
/// Above `FEW_CLASSES`: weights smaller than this share of the largest of their class are left out.
const SMALL: f32 = 0.01;
/// A text of which less than this share of the grams is known is answered by the classes' frequency.
const LEAST_KNOWN: f32 = 0.2;
const DIGEST: usize = 32;
/// Where the row begins in a slot of the table; above it lies a part of the hash.
const ROW_BITS: u32 = 24;

/// What a model says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The names of the fields of a text, in the order in which they are handed in.
    pub fields: Vec<String>,
    /// The parts of a text that are counted.
    pub blocks: Vec<Block>,
    /// How much each part counts.
    pub scales: Vec<f32>,
    /// How many worths a gram has: texts are brought to length one by each of them.
    pub views: usize,
    /// What is added to the score of each class.
    pub biases: Vec<f32>,
    /// What an extra feature adds to the score of a class: key, class, weight.
    pub extra: Vec<(u64, usize, f32)>,
    /// The share of each class among the texts learnt from.
    pub priors: Vec<f32>,
    /// How scores become a confidence.
    pub calibration: Calibration,
    /// How many texts were learnt from.
    pub texts: usize,
    /// The share of right answers among texts that were kept out while learning, 0 to 1.
    pub accuracy: f64,
    /// The mean F1 of the classes among the same.
    pub macro_f1: f64,
    /// Where the texts came from, in a few words of whoever trained.
    pub made_from: String,
    /// When it was trained, milliseconds since 1970; 0 when nobody said.
    pub made_at: i64,
}

/// A gram as it was learnt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gram {
    /// Its key.
    pub hash: u64,
    /// What it is worth in each view, at least 0.
    pub worths: Vec<f32>,
    /// How it speaks for each class: first all classes of the first view, then of the next. The worth is multiplied in.
    pub weights: Vec<f32>,
}

/// Why bytes are no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// They begin otherwise.
    #[error("this file is not a model")]
    NoModel,
    /// They were written by a newer program.
    #[error("this model is of format {0}, newer than this program: update the program, or train again")]
    TooNew(u32),
    /// They are cut off or altered.
    #[error("this model is damaged: train again, or fetch it again")]
    Damaged,
}

/// The weights of all grams, row by row.
#[derive(Clone, Debug, PartialEq)]
enum Weights {
    /// `views` × classes numbers a row.
    Each(Vec<f32>),
    /// Only the large ones: where each row begins, the place within the row, the weight as a 127th of the place's scale.
    Large { starts: Vec<u32>, places: Vec<u16>, sizes: Vec<i8>, scales: Vec<f32> },
}

/// A reader of texts.
#[derive(Clone, Debug)]
pub struct Model {
    about: About,
    version: String,
    hashes: Vec<u64>,
    worths: Vec<f32>,
    weights: Weights,
    slots: Vec<u64>,
}

impl Model {
    /// A model of grams that have been learnt. Grams with the wrong count of numbers are left out, and of equal keys all but
    /// one.
    pub fn of(about: About, mut grams: Vec<Gram>) -> Model {
        let (views, places) = (about.views, about.views * about.classes.len());
        grams.retain(|gram| gram.worths.len() == views && gram.weights.len() == places);
        grams.sort_unstable_by_key(|gram| gram.hash);
        grams.dedup_by_key(|gram| gram.hash);
        grams.truncate(1 << ROW_BITS);
        let hashes: Vec<u64> = grams.iter().map(|gram| gram.hash).collect();
        let worths = grams.iter().flat_map(|gram| gram.worths.iter().copied()).collect();
        let weights = if about.classes.len() <= FEW_CLASSES {
            Weights::Each(grams.into_iter().flat_map(|gram| gram.weights).collect())
        } else {
            large(&grams, places)
        };
        let slots = slots(&hashes);
        let mut model = Model { about, version: String::new(), hashes, worths, weights, slots };
        model.version = version(&model.write());
        model
    }

    /// What the model says about itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The first twelve digits of the fingerprint (SHA-256) of the model's bytes.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many grams it knows.
    pub fn grams(&self) -> usize {
        self.hashes.len()
    }

    /// All classes with a confidence each, the likeliest first. A text of which too little is known, such as an empty one,
    /// is answered by the classes' frequency.
    pub fn predict(&self, text: &Text<'_>) -> Vec<Guess> {
        if let Some(guesses) = self.answer(text) {
            return guesses;
        }
        let mut guesses: Vec<Guess> =
            self.about.priors.iter().enumerate().map(|(class, share)| Guess { class, confidence: *share }).collect();
        guesses.sort_by(|one, other| other.confidence.total_cmp(&one.confidence).then(one.class.cmp(&other.class)));
        guesses
    }

    /// The same, but nothing for a text of which too little is known.
    pub fn answer(&self, text: &Text<'_>) -> Option<Vec<Guess>> {
        let (scores, known) = self.scores(text);
        (known >= LEAST_KNOWN).then(|| self.about.calibration.rank(&scores))
    }

    /// The score of each class before calibration, and which share of the text's grams is known (1 when an extra feature
    /// is).
    pub fn scores(&self, text: &Text<'_>) -> (Vec<f32>, f32) {
        let classes = self.about.classes.len();
        let mut scores = self.about.biases.clone();
        scores.resize(classes, 0.0);
        let forms = grams::forms(text.fields);
        let (mut rows, mut seen, mut known) = (Vec::with_capacity(1024), 0usize, 0usize);
        let mut sums = vec![0f32; self.about.views * classes];
        let mut squares = vec![0f32; self.about.views];
        for (number, (block, scale)) in self.about.blocks.iter().zip(&self.about.scales).enumerate() {
            rows.clear();
            block.runs(&forms, number, |run| {
                seen += 1;
                rows.extend(self.find(run));
            });
            known += rows.len();
            rows.sort_unstable();
            sums.fill(0.0);
            squares.fill(0.0);
            for same in rows.chunk_by(|one, other| one == other) {
                self.add(same[0] as usize, strength(same.len()), &mut sums, &mut squares);
            }
            for (view, square) in squares.iter().enumerate().filter(|(_, square)| **square > 0.0) {
                let factor = scale / square.sqrt();
                for (score, sum) in scores.iter_mut().zip(&sums[view * classes..]) {
                    *score += sum * factor;
                }
            }
        }
        let mut is_hinted = false;
        for (key, value) in text.extra.iter().filter(|(_, value)| value.is_finite()) {
            let from = self.about.extra.partition_point(|(there, ..)| there < key);
            for (_, class, weight) in self.about.extra[from..].iter().take_while(|(there, ..)| there == key) {
                if let Some(score) = scores.get_mut(*class) {
                    *score += weight * value;
                    is_hinted = true;
                }
            }
        }
        (scores, if is_hinted { 1.0 } else { known as f32 / seen.max(1) as f32 })
    }

    fn add(&self, row: usize, strength: f32, sums: &mut [f32], squares: &mut [f32]) {
        let views = squares.len();
        for (square, worth) in squares.iter_mut().zip(&self.worths[row * views..]) {
            *square += (strength * worth) * (strength * worth);
        }
        match &self.weights {
            Weights::Each(weights) => {
                let from = row * sums.len();
                for (sum, weight) in sums.iter_mut().zip(&weights[from..]) {
                    *sum += strength * weight;
                }
            }
            Weights::Large { starts, places, sizes, scales } => {
                for at in starts[row] as usize..starts[row + 1] as usize {
                    let place = usize::from(places[at]);
                    sums[place] += strength * f32::from(sizes[at]) * scales[place];
                }
            }
        }
    }

    fn find(&self, hash: u64) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let slot = self.slots[place];
            if slot == u64::MAX {
                return None;
            }
            if slot >> ROW_BITS == hash >> ROW_BITS {
                return Some((slot & ((1 << ROW_BITS) - 1)) as u32);
            }
            place = (place + 1) & mask;
        }
    }

    /// The model's bytes.
    pub fn write(&self) -> Vec<u8> {
        let about = serde_json::to_vec(&self.about).unwrap_or_default();
        let mut bytes = Vec::with_capacity(about.len() + self.hashes.len() * 64);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&(about.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&about);
        bytes.extend_from_slice(&(self.hashes.len() as u32).to_le_bytes());
        bytes.extend(self.hashes.iter().flat_map(|hash| hash.to_le_bytes()));
        bytes.extend(self.worths.iter().flat_map(|worth| worth.to_le_bytes()));
        match &self.weights {
            Weights::Each(weights) => bytes.extend(weights.iter().flat_map(|weight| weight.to_le_bytes())),
            Weights::Large { starts, places, sizes, scales } => {
                bytes.extend(scales.iter().flat_map(|scale| scale.to_le_bytes()));
                bytes.extend(starts.iter().flat_map(|start| start.to_le_bytes()));
                bytes.extend(places.iter().flat_map(|place| place.to_le_bytes()));
                bytes.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
            }
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    /// Reads a model's bytes.
    ///
    /// # Errors
    /// When they are no model, or written by a newer program, or not as they were written.
    pub fn read(bytes: &[u8]) -> Result<Model, Unfit> {
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(Unfit::NoModel)?;
        let (format, _) = rest.split_first_chunk().ok_or(Unfit::Damaged)?;
        let format = u32::from_le_bytes(*format);
        if format > FORMAT {
            return Err(Unfit::TooNew(format));
        }
        let (body, digest) = bytes.split_last_chunk::<DIGEST>().ok_or(Unfit::Damaged)?;
        if Sha256::digest(body).as_slice() != digest {
            return Err(Unfit::Damaged);
        }
        let mut bytes = Reader(body.get(MAGIC.len() + 4..).ok_or(Unfit::Damaged)?);
        Model::of_parts(&mut bytes)
            .filter(|_| bytes.0.is_empty())
            .map(|model| Model { version: short(digest), ..model })
            .ok_or(Unfit::Damaged)
    }

    fn of_parts(bytes: &mut Reader<'_>) -> Option<Model> {
        let length = bytes.number()? as usize;
        let about: About = serde_json::from_slice(bytes.take(length)?).ok()?;
        if !is_whole(&about) {
            return None;
        }
        let count = bytes.number()? as usize;
        let places = about.views * about.classes.len();
        let hashes = bytes.list(count, u64::from_le_bytes)?;
        let worths = bytes.list(count.checked_mul(about.views)?, f32::from_le_bytes)?;
        let weights = if about.classes.len() <= FEW_CLASSES {
            Weights::Each(bytes.list(count.checked_mul(places)?, f32::from_le_bytes)?)
        } else {
            let scales = bytes.list(places, f32::from_le_bytes)?;
            let starts = bytes.list(count + 1, u32::from_le_bytes)?;
            let total = *starts.last()? as usize;
            let of_places = bytes.list(total, u16::from_le_bytes)?;
            let sizes = bytes.list(total, i8::from_le_bytes)?;
            if starts.windows(2).any(|pair| pair[0] > pair[1]) || of_places.iter().any(|at| usize::from(*at) >= places)
            {
                return None;
            }
            Weights::Large { starts, places: of_places, sizes, scales }
        };
        let slots = slots(&hashes);
        Some(Model { about, version: String::new(), hashes, worths, weights, slots })
    }
}

/// True when all parts of the description fit each other, so that reading a text by it cannot fail.
fn is_whole(about: &About) -> bool {
    let classes = about.classes.len();
    about.views > 0
        && about.blocks.len() == about.scales.len()
        && about.blocks.iter().all(|block| (1..=9).contains(&block.sizes.0) && block.sizes.1 <= 9)
        && about.biases.len() == classes
        && about.priors.len() == classes
        && about.calibration.biases.len() == classes
        && about.extra.windows(2).all(|pair| pair[0].0 <= pair[1].0)
        && about.views.checked_mul(classes).is_some_and(|places| places <= usize::from(u16::MAX))
}

/// Keeps the large weights only, each as a 127th of the largest of its place.
fn large(grams: &[Gram], places: usize) -> Weights {
    let mut most = vec![0f32; places];
    for gram in grams {
        for (most, weight) in most.iter_mut().zip(&gram.weights) {
            *most = most.max(weight.abs());
        }
    }
    let (mut starts, mut of_places, mut sizes) = (vec![0], Vec::new(), Vec::new());
    for gram in grams {
        for (place, (weight, most)) in gram.weights.iter().zip(&most).enumerate() {
            let size = (weight / most.max(f32::MIN_POSITIVE) * 127.0).round();
            if weight.abs() >= most * SMALL && size != 0.0 {
                of_places.push(place as u16);
                sizes.push(size as i8);
            }
        }
        starts.push(sizes.len() as u32);
    }
    Weights::Large { starts, places: of_places, sizes, scales: most.iter().map(|most| most / 127.0).collect() }
}

/// An open table of the hashes' rows, at most half full.
fn slots(hashes: &[u64]) -> Vec<u64> {
    let mut slots = vec![u64::MAX; (hashes.len() * 2 + 1).next_power_of_two()];
    let mask = slots.len() - 1;
    for (row, hash) in hashes.iter().enumerate() {
        let mut place = *hash as usize & mask;
        while slots[place] != u64::MAX {
            place = (place + 1) & mask;
        }
        slots[place] = (hash >> ROW_BITS << ROW_BITS) | row as u64;
    }
    slots
}

fn version(bytes: &[u8]) -> String {
    bytes.split_last_chunk::<DIGEST>().map_or_else(String::new, |(_, digest)| short(digest))
}

fn short(digest: &[u8; DIGEST]) -> String {
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that are read from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }

    fn list<const N: usize, T>(&mut self, count: usize, read: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
        let (pieces, _) = self.take(count.checked_mul(N)?)?.as_chunks::<N>();
        Some(pieces.iter().map(|piece| read(*piece)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::grams::Part;
    use proptest::prelude::*;

    fn key(run: &str) -> u64 {
        let mut found = Vec::new();
        let block = Block { field: 0, sizes: (2, 2), part: Part::Whole };
        block.runs(&grams::forms(&[run]), 0, |hash| found.push(hash));
        found[0]
    }

    /// A model that knows two pairs of characters, each speaking for another class.
    fn small(classes: usize) -> Model {
        let of = |run: &str, class: usize| {
            let mut weights = vec![0.0; classes];
            weights[class] = 2.0;
            Gram { hash: key(run), worths: vec![1.0], weights }
        };
        let about = About {
            classes: (0..classes).map(|class| format!("class {class}")).collect(),
            fields: vec!["title".to_owned()],
            blocks: vec![Block { field: 0, sizes: (2, 2), part: Part::Whole }],
            scales: vec![1.0],
            views: 1,
            biases: vec![0.0; classes],
            extra: vec![(7, 1, 3.0)],
            priors: (0..classes).map(|class| if class == 1 { 0.6 } else { 0.4 / (classes - 1) as f32 }).collect(),
            calibration: Calibration { sharpness: 1.0, biases: vec![0.0; classes], steps: Vec::new() },
            texts: 2,
            accuracy: 0.5,
            macro_f1: 0.5,
            made_from: "invented".to_owned(),
            made_at: 0,
        };
        Model::of(about, vec![of("井盖", 0), of("路灯", 1)])
    }

    fn first(model: &Model, words: &str, extra: &[(u64, f32)]) -> usize {
        model.predict(&Text { fields: &[words], extra })[0].class
    }

    #[test]
    fn grams_and_extra_features_speak() {
        for model in [small(2), small(40)] {
            assert_eq!(first(&model, "井盖", &[]), 0);
            assert_eq!(first(&model, "路灯", &[]), 1);
            assert_eq!(first(&model, "井盖", &[(7, 1.0)]), 1);
            assert_eq!(first(&model, "井盖", &[(7, f32::NAN), (8, 9.0)]), 0);
            // Of an unknown text nothing is known but how often each class comes.
            let unknown = model.predict(&Text { fields: &["噪声扰民啊"], extra: &[] });
            assert_eq!((unknown[0].class, unknown[0].confidence), (1, 0.6));
            assert_eq!(first(&model, "", &[]), 1);
        }
    }

    #[test]
    fn bytes_make_the_same_model() {
        for model in [small(2), small(40)] {
            let again = Model::read(&model.write()).unwrap();
            assert_eq!((again.about(), again.version(), again.grams()), (model.about(), model.version(), 2));
            assert_eq!(again.write(), model.write());
            assert_eq!(first(&again, "路灯", &[]), 1);
        }
    }

    #[test]
    fn what_is_no_model_is_refused() {
        let good = small(2).write();
        let mut altered = good.clone();
        altered[60] ^= 1;
        let mut newer = good.clone();
        newer[MAGIC.len()] = 9;
        for (bytes, expected) in [
            (&b""[..], Unfit::NoModel),
            (b"label,title", Unfit::NoModel),
            (&good[..MAGIC.len()], Unfit::Damaged),
            (&good[..good.len() - 1], Unfit::Damaged),
            (&altered, Unfit::Damaged),
            (&newer, Unfit::TooNew(9)),
        ] {
            assert_eq!(Model::read(bytes).map(|_| ()).unwrap_err(), expected);
        }
    }

    proptest! {
        #[test]
        fn altered_bytes_with_a_right_digest_do_not_break_it(at in 18usize..600, bits in 1u8..) {
            for classes in [2, 40] {
                let mut bytes = small(classes).write();
                let end = bytes.len() - DIGEST;
                if at < end {
                    bytes[at] ^= bits;
                }
                let digest = Sha256::digest(&bytes[..end]);
                bytes[end..].copy_from_slice(&digest);
                if let Ok(model) = Model::read(&bytes) {
                    model.predict(&Text { fields: &["井盖和路灯"], extra: &[(7, 1.0)] });
                }
            }
        }
    }
}
