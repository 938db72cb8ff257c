//! Many texts as rows of numbers: which grams stand in which text, how often, and what each is worth.

use crate::words::grams::{self, Block, Text};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Rows of sparse numbers, one a text.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Rows {
    /// No row yet.
    pub fn new() -> Rows {
        Rows { starts: vec![0], columns: Vec::new(), values: Vec::new() }
    }

    /// Adds an entry to the row that is being written.
    pub fn put(&mut self, column: u32, value: f32) {
        self.columns.push(column);
        self.values.push(value);
    }

    /// Ends the row that is being written.
    pub fn end(&mut self) {
        self.starts.push(self.columns.len());
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// True when there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns and the values of a row; of a row that is not there, none.
    pub fn row(&self, index: usize) -> (&[u32], &[f32]) {
        let (Some(&start), Some(&end)) = (self.starts.get(index), self.starts.get(index + 1)) else {
            return (&[], &[]);
        };
        (&self.columns[start..end], &self.values[start..end])
    }

    /// Changes the values of the row that was ended last.
    pub fn last_values(&mut self) -> &mut [f32] {
        let start = self.starts.len().checked_sub(2).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        &mut self.values[start..]
    }

    /// The same rows with every value multiplied by its column's factor.
    pub fn scaled(&self, factors: &[f32]) -> Rows {
        let factor = |column: &u32| factors.get(*column as usize).copied().unwrap_or(0.0);
        let values = self.columns.iter().zip(&self.values).map(|(column, value)| value * factor(column)).collect();
        Rows { starts: self.starts.clone(), columns: self.columns.clone(), values }
    }
}

/// Keys are hashes already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Places = HashMap<u64, u32, BuildHasherDefault<AsItIs>>;

/// Texts whose grams have been counted.
pub struct Corpus {
    /// How strong each gram is in each text: 1 + ln(times), or what was handed in for an extra feature.
    rows: Rows,
    hashes: Vec<u64>,
    blocks: Vec<u8>,
    extra: u8,
}

impl Corpus {
    /// Counts the grams of the texts. Those that stand in fewer than `least` texts are left out (extra features never).
    pub fn of<'a>(texts: impl Iterator<Item = Text<'a>>, blocks: &[Block], least: u32) -> Corpus {
        let extra = u8::try_from(blocks.len()).unwrap_or(u8::MAX);
        let mut places = Places::default();
        let (mut hashes, mut kinds, mut seen) = (Vec::new(), Vec::new(), Vec::<u32>::new());
        let mut rows = Rows::new();
        let mut runs = Vec::new();
        for text in texts {
            let forms = grams::forms(text.fields);
            let mut put = |hash: u64, kind: u8, strength: f32| {
                let column = *places.entry(hash).or_insert_with(|| {
                    hashes.push(hash);
                    kinds.push(kind);
                    seen.push(0);
                    u32::try_from(hashes.len() - 1).unwrap_or(u32::MAX)
                });
                if let Some(seen) = seen.get_mut(column as usize) {
                    *seen += 1;
                    rows.put(column, strength);
                }
            };
            for (number, block) in blocks.iter().enumerate() {
                runs.clear();
                block.runs(&forms, number, |run| runs.push(run));
                runs.sort_unstable();
                for same in runs.chunk_by(|one, other| one == other) {
                    put(same[0], u8::try_from(number).unwrap_or(u8::MAX), strength(same.len()));
                }
            }
            for (key, value) in text.extra.iter().filter(|(_, value)| value.is_finite()) {
                put(*key, extra, *value);
            }
            rows.end();
        }
        Corpus { rows, hashes, blocks: kinds, extra }.without(|column, kind| kind < extra && seen[column] < least)
    }

    fn without(self, is_left_out: impl Fn(usize, u8) -> bool) -> Corpus {
        let mut renamed = vec![None; self.hashes.len()];
        let (mut hashes, mut blocks) = (Vec::new(), Vec::new());
        for (column, (hash, kind)) in self.hashes.iter().zip(&self.blocks).enumerate() {
            if !is_left_out(column, *kind) {
                renamed[column] = u32::try_from(hashes.len()).ok();
                hashes.push(*hash);
                blocks.push(*kind);
            }
        }
        let mut rows = Rows::new();
        for index in 0..self.rows.len() {
            let (columns, values) = self.rows.row(index);
            for (column, value) in columns.iter().zip(values) {
                if let Some(column) = renamed[*column as usize] {
                    rows.put(column, *value);
                }
            }
            rows.end();
        }
        Corpus { rows, hashes, blocks, extra: self.extra }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there is no text.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many different grams there are.
    pub fn width(&self) -> usize {
        self.hashes.len()
    }

    /// The strengths of the grams of a text.
    pub fn strengths(&self) -> &Rows {
        &self.rows
    }

    /// The key of each column.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// The block of each column; extra features have the number behind the last block.
    pub fn blocks(&self) -> &[u8] {
        &self.blocks
    }

    /// The number that stands for extra features among `blocks`.
    pub fn extra(&self) -> u8 {
        self.extra
    }
}

/// How strongly a gram counts that stands so many times in a block: 1 + ln(times).
pub fn strength(times: usize) -> f32 {
    1.0 + (times.max(1) as f32).ln()
}
