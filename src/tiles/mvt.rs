//! Mapbox Vector Tiles 2.1 as bytes: layers of features with their words, <https://github.com/mapbox/vector-tile-spec/tree/master/2.1>.
//!
//! A tile is a Protocol Buffers message of a dozen fields, so it is written here and needs no library. Coordinates are steps of the tile
//! from its north-western corner.

use super::tile::EXTENT;
use std::collections::HashMap;

/// What a word of a feature says.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number.
    Real(f64),
}

impl From<&str> for Said {
    fn from(text: &str) -> Said {
        Said::Text(text.to_owned())
    }
}

impl From<String> for Said {
    fn from(text: String) -> Said {
        Said::Text(text)
    }
}

impl From<i64> for Said {
    fn from(number: i64) -> Said {
        Said::Whole(number)
    }
}

/// The outline of a feature, in steps of the tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outline {
    /// Places.
    Points(Vec<[i32; 2]>),
    /// Lines, each of at least two places.
    Lines(Vec<Vec<[i32; 2]>>),
    /// Rings, none of which ends where it began: those that go round clockwise on the screen begin a polygon, the others cut holes into
    /// it.
    Rings(Vec<Vec<[i32; 2]>>),
}

/// A layer that is being written.
#[derive(Debug, Default)]
pub struct Layer {
    name: String,
    features: Vec<u8>,
    keys: Vec<String>,
    values: Vec<Vec<u8>>,
    known_keys: HashMap<String, u32>,
    known_values: HashMap<Vec<u8>, u32>,
    count: usize,
}

impl Layer {
    /// An empty layer.
    pub fn new(name: &str) -> Layer {
        Layer { name: name.to_owned(), ..Layer::default() }
    }

    /// How many features it has.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Adds a feature; one without an outline is left out.
    pub fn add(&mut self, outline: &Outline, words: &[(&str, Said)]) {
        let (kind, geometry) = commands(outline);
        if geometry.is_empty() {
            return;
        }
        let mut tags = Vec::with_capacity(words.len() * 2);
        for (key, said) in words {
            tags.push(self.key(key));
            tags.push(self.value(said));
        }
        let mut feature = Vec::new();
        if !tags.is_empty() {
            packed(&mut feature, 2, &tags);
        }
        varint_field(&mut feature, 3, kind);
        packed(&mut feature, 4, &geometry);
        bytes_field(&mut self.features, 2, &feature);
        self.count += 1;
    }

    fn key(&mut self, key: &str) -> u32 {
        if let Some(known) = self.known_keys.get(key) {
            return *known;
        }
        let number = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key.to_owned());
        self.known_keys.insert(key.to_owned(), number);
        number
    }

    fn value(&mut self, said: &Said) -> u32 {
        let mut value = Vec::new();
        match said {
            Said::Text(text) => bytes_field(&mut value, 1, text.as_bytes()),
            Said::Real(number) => {
                tag(&mut value, 3, 1);
                value.extend_from_slice(&number.to_le_bytes());
            }
            // Ten bytes for a negative one; the zigzag form needs fewer.
            Said::Whole(number) => varint_field(&mut value, 6, zigzag(*number)),
        }
        if let Some(known) = self.known_values.get(&value) {
            return *known;
        }
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        self.known_values.insert(value, number);
        number
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut layer = Vec::with_capacity(self.features.len() + 256);
        varint_field(&mut layer, 15, 2);
        bytes_field(&mut layer, 1, self.name.as_bytes());
        layer.extend_from_slice(&self.features);
        for key in &self.keys {
            bytes_field(&mut layer, 3, key.as_bytes());
        }
        for value in &self.values {
            bytes_field(&mut layer, 4, value);
        }
        varint_field(&mut layer, 5, u64::from(EXTENT.unsigned_abs()));
        bytes_field(out, 3, &layer);
    }
}

/// A tile of these layers; those without features are left out, and a tile without layers is no bytes at all.
pub fn tile(layers: &[Layer]) -> Vec<u8> {
    let mut out = Vec::new();
    layers.iter().filter(|layer| layer.count > 0).for_each(|layer| layer.write(&mut out));
    out
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

/// The kind of an outline and its commands.
fn commands(outline: &Outline) -> (u64, Vec<u32>) {
    let mut pen = Pen::default();
    match outline {
        Outline::Points(places) => {
            pen.go(MOVE_TO, places);
            (1, pen.written)
        }
        Outline::Lines(lines) => {
            for line in lines {
                if let [first, rest @ ..] = &line[..]
                    && !rest.is_empty()
                {
                    pen.go(MOVE_TO, &[*first]);
                    pen.go(LINE_TO, rest);
                }
            }
            (2, pen.written)
        }
        Outline::Rings(rings) => {
            for ring in rings {
                if let [first, rest @ ..] = &ring[..]
                    && rest.len() >= 2
                {
                    pen.go(MOVE_TO, &[*first]);
                    pen.go(LINE_TO, rest);
                    pen.written.push(command(CLOSE_PATH, 1));
                }
            }
            (3, pen.written)
        }
    }
}

#[derive(Default)]
struct Pen {
    at: [i32; 2],
    written: Vec<u32>,
}

impl Pen {
    fn go(&mut self, how: u32, places: &[[i32; 2]]) {
        if places.is_empty() {
            return;
        }
        self.written.push(command(how, places.len()));
        for place in places {
            for (now, next) in self.at.iter().zip(place) {
                let moved = next.wrapping_sub(*now);
                self.written.push(((moved << 1) ^ (moved >> 31)).cast_unsigned());
            }
            self.at = *place;
        }
    }
}

fn command(how: u32, count: usize) -> u32 {
    (how & 7) | (u32::try_from(count).unwrap_or(0) << 3)
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

fn tag(out: &mut Vec<u8>, field: u64, wire: u64) {
    varint(out, (field << 3) | wire);
}

fn varint_field(out: &mut Vec<u8>, field: u64, number: u64) {
    tag(out, field, 0);
    varint(out, number);
}

fn bytes_field(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    tag(out, field, 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn packed(out: &mut Vec<u8>, field: u64, numbers: &[u32]) {
    let mut all = Vec::with_capacity(numbers.len() * 2);
    numbers.iter().for_each(|number| varint(&mut all, u64::from(*number)));
    bytes_field(out, field, &all);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_are_the_examples_of_the_specification() {
        // 4.3.5 of the specification, figure by figure.
        let cases: [(Outline, u64, &[u32]); 6] = [
            (Outline::Points(vec![[25, 17]]), 1, &[9, 50, 34]),
            (Outline::Points(vec![[5, 7], [3, 2]]), 1, &[17, 10, 14, 3, 9]),
            (Outline::Lines(vec![vec![[2, 2], [2, 10], [10, 10]]]), 2, &[9, 4, 4, 18, 0, 16, 16, 0]),
            (
                Outline::Lines(vec![vec![[2, 2], [2, 10], [10, 10]], vec![[1, 1], [3, 5]]]),
                2,
                &[9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8],
            ),
            (Outline::Rings(vec![vec![[3, 6], [8, 12], [20, 34]]]), 3, &[9, 6, 12, 18, 10, 12, 24, 44, 15]),
            (
                Outline::Rings(vec![
                    vec![[0, 0], [10, 0], [10, 10], [0, 10]],
                    vec![[11, 11], [20, 11], [20, 20], [11, 20]],
                    vec![[13, 13], [13, 17], [17, 17], [17, 13]],
                ]),
                3,
                &[
                    9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15, 9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15, 9, 4, 13, 26, 0, 8, 8,
                    0, 0, 7, 15,
                ],
            ),
        ];
        for (outline, kind, wanted) in cases {
            assert_eq!(commands(&outline), (kind, wanted.to_vec()), "{outline:?}");
        }
    }

    #[test]
    fn what_has_no_outline_is_left_out() {
        let mut layer = Layer::new("x");
        for outline in
            [Outline::Points(vec![]), Outline::Lines(vec![vec![[1, 1]]]), Outline::Rings(vec![vec![[0, 0], [1, 1]]])]
        {
            layer.add(&outline, &[("a", "b".into())]);
        }
        assert_eq!((layer.count(), tile(&[layer])), (0, vec![]));
    }

    #[test]
    fn a_tile_is_these_bytes_and_says_every_word_once() {
        let mut layer = Layer::new("a");
        layer.add(&Outline::Points(vec![[25, 17]]), &[("k", "v".into()), ("n", Said::Whole(-1))]);
        layer.add(&Outline::Points(vec![[25, 17]]), &[("k", "v".into())]);
        let wanted: &[u8] = &[
            0x1a, 0x33, // layer, 51 bytes
            0x78, 0x02, // version 2
            0x0a, 0x01, b'a', // name
            0x12, 0x0d, 0x12, 0x04, 0, 0, 1, 1, 0x18, 1, 0x22, 3, 9, 50, 34, // the first feature
            0x12, 0x0b, 0x12, 0x02, 0, 0, 0x18, 1, 0x22, 3, 9, 50, 34, // the second
            0x1a, 0x01, b'k', 0x1a, 0x01, b'n', // keys
            0x22, 0x03, 0x0a, 0x01, b'v', 0x22, 0x02, 0x30, 0x01, // values
            0x28, 0x80, 0x20, // extent 4096
        ];
        assert_eq!(tile(&[layer]), wanted);
    }
}
