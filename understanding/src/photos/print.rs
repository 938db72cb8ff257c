//! A photo's print: 255 bits that hardly change when the photo is compressed again, made smaller or brighter, and that can be
//! mirrored and turned without the photo. Five prints a photo, of the whole and of four windows, find it again when it was cut.
//!
//! A print is the signs of the low frequencies of the grey picture (two-dimensional DCT-II of 64 × 64 cells, the 16 × 16 lowest
//! without the mean). Zero is the threshold and not the median, because mirroring turns the sign of the odd frequencies: a
//! print can so be mirrored exactly. The four words hold the four kinds of frequencies (even or odd, across or down), so that
//! mirroring is the complement of whole words.

use super::grey::{Grey, Window};
use super::symmetry::Symmetry;
use std::f64::consts::PI;
use std::sync::LazyLock;

/// How many bits a print has.
pub const BITS: u32 = 255;
/// How many bytes the prints of a photo take.
pub const BYTES: usize = 160;
/// The least standard deviation of the grey values (0 to 255) of a picture that has a print.
pub const LEAST_DEVIATION: f32 = 6.0;

const SIDE: usize = 64;
const LOW: usize = 16;
/// How much the four windows leave away at two of the sides, as a share.
const LESS: f64 = 0.1;

/// One print. The first bit, the mean's, is always zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Print([u64; 4]);

/// A picture of one colour nearly: it has no print, since noise would decide about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooPlain;

impl Print {
    /// The print of a window, whatever it shows.
    fn of(grey: &Grey, window: Window) -> Print {
        Print::of_cells(&grey.cells(window, SIDE))
    }

    fn of_cells(cells: &[f32]) -> Print {
        let mut words = [0; 4];
        for (row, line) in frequencies(cells).iter().enumerate() {
            for (column, value) in line.iter().enumerate() {
                if *value > 0.0 && (row, column) != (0, 0) {
                    words[row % 2 * 2 + column % 2] |= 1 << (row / 2 * 8 + column / 2);
                }
            }
        }
        Print(words)
    }

    /// The print of the same picture laid another way.
    #[must_use]
    pub fn laid(self, symmetry: Symmetry) -> Print {
        let [even, across, down, odd] = self.0;
        let mut words = self.0;
        if symmetry.is_transposed() {
            words = [transposed(even), transposed(down), transposed(across), transposed(odd)];
        }
        if symmetry.is_mirrored() {
            words = [words[0], !words[1], words[2], !words[3]];
        }
        if symmetry.is_flipped() {
            words = [words[0], words[1], !words[2], !words[3]];
        }
        Print(words)
    }

    /// In how many bits two prints differ, 0 to 255.
    pub fn distance(self, other: Print) -> u32 {
        self.0.iter().zip(other.0).map(|(one, other)| (one ^ other).count_ones()).sum()
    }

    /// How this print has to be laid to come nearest to another, and how near that is.
    pub fn nearest(self, other: Print) -> (u32, Symmetry) {
        Symmetry::ALL
            .into_iter()
            .map(|symmetry| (self.laid(symmetry).distance(other), symmetry))
            .min_by_key(|(distance, _)| *distance)
            .unwrap_or((BITS, Symmetry::Upright))
    }

    /// The four words.
    pub const fn words(self) -> [u64; 4] {
        self.0
    }
}

/// The prints of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prints {
    /// Of the whole picture.
    pub whole: Print,
    /// Of the windows that leave a tenth away at two sides: upper left, upper right, lower left, lower right.
    pub corners: [Print; 4],
}

impl Prints {
    /// The prints of a picture that stands upright; its size hardly matters, so the smallest copy serves.
    ///
    /// # Errors
    /// [`TooPlain`] when the grey values deviate by less than [`LEAST_DEVIATION`].
    pub fn of(grey: &Grey) -> Result<Prints, TooPlain> {
        let cells = grey.cells(Window::WHOLE, SIDE);
        if deviation(&cells) < LEAST_DEVIATION {
            return Err(TooPlain);
        }
        let side = 1.0 - LESS;
        let corner = |left, top| Print::of(grey, Window { left, top, width: side, height: side });
        let corners = [corner(0.0, 0.0), corner(LESS, 0.0), corner(0.0, LESS), corner(LESS, LESS)];
        Ok(Prints { whole: Print::of_cells(&cells), corners })
    }

    /// How near two photos are, the whole of one against the whole and the windows of the other, and how the first has to be
    /// laid for that.
    pub fn nearest(&self, other: &Prints) -> (u32, Symmetry) {
        let whole = std::iter::once(self.whole.nearest(other.whole));
        let cut_from_other = other.corners.iter().map(|corner| self.whole.nearest(*corner));
        let cut_from_this = self.corners.iter().map(|corner| corner.nearest(other.whole));
        whole
            .chain(cut_from_other)
            .chain(cut_from_this)
            .min_by_key(|(distance, _)| *distance)
            .unwrap_or((BITS, Symmetry::Upright))
    }

    /// The whole first, then the windows.
    pub fn all(&self) -> [Print; 5] {
        let [a, b, c, d] = self.corners;
        [self.whole, a, b, c, d]
    }

    /// The prints as they are kept: five times four words, each with its lowest byte first.
    pub fn to_bytes(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let words = self.all().into_iter().flat_map(Print::words);
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The prints that were kept as these bytes; nothing when there are more or fewer, or when the bit of the mean is set.
    pub fn from_bytes(bytes: &[u8]) -> Option<Prints> {
        let bytes: &[u8; BYTES] = bytes.try_into().ok()?;
        let mut prints = [Print([0; 4]); 5];
        for (print, bytes) in prints.iter_mut().zip(bytes.chunks_exact(32)) {
            for (word, bytes) in print.0.iter_mut().zip(bytes.chunks_exact(8)) {
                *word = u64::from_le_bytes(bytes.try_into().ok()?);
            }
        }
        let [whole, corners @ ..] = prints;
        prints.iter().all(|print| print.0[0] & 1 == 0).then_some(Prints { whole, corners })
    }
}

/// The standard deviation of some grey values.
fn deviation(cells: &[f32]) -> f32 {
    let count = cells.len().max(1) as f32;
    let mean = cells.iter().sum::<f32>() / count;
    (cells.iter().map(|cell| (cell - mean).powi(2)).sum::<f32>() / count).sqrt()
}

/// Eight times eight bits with rows and columns exchanged (Warren, Hacker's Delight, 7-3).
const fn transposed(word: u64) -> u64 {
    let a = (word ^ (word >> 7)) & 0x00aa_00aa_00aa_00aa;
    let word = word ^ a ^ (a << 7);
    let b = (word ^ (word >> 14)) & 0x0000_cccc_0000_cccc;
    let word = word ^ b ^ (b << 14);
    let c = (word ^ (word >> 28)) & 0x0000_0000_f0f0_f0f0;
    word ^ c ^ (c << 28)
}

/// The lowest frequencies of 64 × 64 cells, row by row (DCT-II without its constant factors: only signs are wanted).
fn frequencies(cells: &[f32]) -> [[f32; LOW]; LOW] {
    static WAVES: LazyLock<[[f32; SIDE]; LOW]> = LazyLock::new(|| {
        std::array::from_fn(|wave| {
            std::array::from_fn(|at| (PI * wave as f64 * (at as f64 + 0.5) / SIDE as f64).cos() as f32)
        })
    });
    // Down first: for each wave, the weighted sum of the rows; then across.
    let mut down = [[0.0; SIDE]; LOW];
    for (row, line) in cells.chunks_exact(SIDE).enumerate().take(SIDE) {
        for (wave, sums) in WAVES.iter().zip(&mut down) {
            let weight = wave[row];
            sums.iter_mut().zip(line).for_each(|(sum, cell)| *sum += weight * cell);
        }
    }
    std::array::from_fn(|row| std::array::from_fn(|column| dot(&down[row], &WAVES[column])))
}

/// The sum of the products, in eight strands so that the processor can work on them side by side.
pub(super) fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut strands = [0.0; 8];
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        for (strand, (one, other)) in strands.iter_mut().zip(one.iter().zip(other)) {
            *strand += one * other;
        }
    }
    strands.iter().sum()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use image::RgbImage;
    use proptest::prelude::*;

    /// A picture of some soft spots, its own for each seed.
    pub fn scene(seed: u32, width: u32, height: u32) -> RgbImage {
        let spots: Vec<[f32; 4]> = (0..12_u32)
            .map(|spot| {
                // Near seeds must not share spots: each number is mixed twice.
                let number = |salt: u32| {
                    let place = seed.wrapping_mul(0x9e37_79b9) ^ (spot * 8 + salt).wrapping_mul(0x85eb_ca6b);
                    let once = (place ^ (place >> 15)).wrapping_mul(0x2c1b_3c6d);
                    let twice = (once ^ (once >> 12)).wrapping_mul(0x297a_2d39);
                    ((twice ^ (twice >> 15)) >> 8) as f32 / (1 << 24) as f32
                };
                [number(1), number(2), number(3) * 0.04 + 0.004, number(4) * 200.0 - 100.0]
            })
            .collect();
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
            let light: f32 = spots
                .iter()
                .map(|[left, top, size, light]| light * (-((x - left).powi(2) + (y - top).powi(2)) / size).exp())
                .sum();
            image::Rgb([(light + 128.0).clamp(0.0, 255.0) as u8; 3])
        })
    }

    fn prints(picture: &RgbImage) -> Prints {
        Prints::of(&Grey::of(picture)).unwrap()
    }

    #[test]
    fn a_print_can_be_laid_without_its_picture() {
        let cells = Grey::of(&scene(7, 300, 200)).cells(Window::WHOLE, SIDE);
        for symmetry in Symmetry::ALL {
            let laid = Print::of_cells(&symmetry.laid(&cells, SIDE));
            let distance = Print::of_cells(&cells).laid(symmetry).distance(laid);
            assert!(distance <= 2, "{symmetry:?}: {distance}");
        }
    }

    #[test]
    fn one_picture_is_found_in_all_its_forms_and_another_is_not() {
        let picture = scene(3, 480, 360);
        let smaller = image::imageops::resize(&picture, 200, 150, image::imageops::FilterType::Triangle);
        let brighter = RgbImage::from_fn(480, 360, |x, y| {
            image::Rgb(picture.get_pixel(x, y).0.map(|value| value.saturating_add(value / 5)))
        });
        let table = [
            ("smaller", smaller, Symmetry::Upright, 16),
            ("brighter", brighter, Symmetry::Upright, 30),
            ("mirrored", image::imageops::flip_horizontal(&picture), Symmetry::Mirrored, 6),
            ("turned", image::imageops::rotate90(&picture), Symmetry::TurnedRight, 6),
            ("upside down", image::imageops::rotate180(&picture), Symmetry::HalfTurned, 6),
            ("cut", image::imageops::crop_imm(&picture, 0, 0, 432, 324).to_image(), Symmetry::Upright, 6),
        ];
        for (name, altered, expected, most) in table {
            let (distance, symmetry) = prints(&picture).nearest(&prints(&altered));
            assert!(distance <= most && symmetry == expected, "{name}: {distance} {symmetry:?}");
            let (back, undone) = prints(&altered).nearest(&prints(&picture));
            assert!(back <= most && undone == expected.inverse(), "{name} back: {back} {undone:?}");
        }
        for seed in 4..20 {
            let (distance, _) = prints(&picture).nearest(&prints(&scene(seed, 480, 360)));
            assert!(distance > 64, "{seed}: {distance}");
        }
    }

    #[test]
    fn plain_pictures_have_no_print() {
        let wall = RgbImage::from_fn(100, 80, |x, _| image::Rgb([120 + (x % 5) as u8; 3]));
        assert_eq!(Prints::of(&Grey::of(&wall)), Err(TooPlain));
        assert_eq!(Prints::of(&Grey::of(&RgbImage::new(1, 1))), Err(TooPlain));
    }

    #[test]
    fn bytes_of_another_length_or_with_a_mean_are_no_prints() {
        assert_eq!(Prints::from_bytes(&[0; 32]), None);
        assert_eq!(Prints::from_bytes(&[0; BYTES + 1]), None);
        let mut bytes = prints(&scene(1, 64, 64)).to_bytes();
        bytes[32] |= 1;
        assert_eq!(Prints::from_bytes(&bytes), None);
    }

    proptest! {
        #[test]
        fn prints_come_back_from_their_bytes(seed in 0_u32..1000, width in 20_u32..200, height in 20_u32..200) {
            if let Ok(prints) = Prints::of(&Grey::of(&scene(seed, width, height))) {
                prop_assert_eq!(Prints::from_bytes(&prints.to_bytes()), Some(prints));
            }
        }

        #[test]
        fn laying_back_undoes_laying(mut words in any::<[u64; 4]>(), which in 0_usize..8) {
            words[0] &= !1;
            let (print, symmetry) = (Print(words), Symmetry::ALL[which]);
            prop_assert_eq!(print.laid(symmetry).laid(symmetry.inverse()), print);
            prop_assert_eq!(print.laid(symmetry).words()[0] & 1, 0);
        }
    }
}
