//! Two photos side by side: is one a copy of the other, however it was cut, mirrored, turned, compressed or brightened?
//!
//! Two measures, since each sees what the other misses: the distance of the prints (it bears bars and stamps), and the
//! correlation of one photo in 32 × 32 cells with windows of the other (it bears cuts).

use super::grey::{Grey, Window};
use super::print::{BITS, Prints, TooPlain, dot};
use super::symmetry::Symmetry;
use image::RgbImage;
use serde::{Deserialize, Serialize};

const SIDE: usize = 32;
/// How much the windows leave away, as shares of both sides or of one: a strip with a name or a date is cut off first.
const LESS: [(f64, f64); 12] = [
    (0.05, 0.05),
    (0.1, 0.1),
    (0.15, 0.15),
    (0.2, 0.2),
    (0.1, 0.0),
    (0.15, 0.0),
    (0.2, 0.0),
    (0.25, 0.0),
    (0.0, 0.1),
    (0.0, 0.15),
    (0.0, 0.2),
    (0.0, 0.25),
];
/// At how many places a window lies along each side.
const OFFSETS: usize = 5;

/// What the comparison of two photos comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The same picture, altered or not.
    Same,
    /// Perhaps the same picture, perhaps another from the same spot: a person should look.
    Alike,
    /// Two pictures.
    Different,
}

/// From where on two photos count as the same or as alike: a print's distance of at most, or a correlation of at least.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Steps {
    /// The print's distance up to which two are the same, as a share of its bits.
    pub same_print: f64,
    /// The correlation from which on two are the same.
    pub same_correlation: f64,
    /// The print's distance up to which two are alike.
    pub alike_print: f64,
    /// The correlation from which on two are alike.
    pub alike_correlation: f64,
}

impl Default for Steps {
    fn default() -> Steps {
        Steps { same_print: 0.25, same_correlation: 0.9, alike_print: 0.33, alike_correlation: 0.85 }
    }
}

/// What a comparison found, as `steward photo compare` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// What it comes to.
    pub verdict: Verdict,
    /// The least distance of the prints as a share of their bits: 0 for the same, about 0.43 for any two.
    pub distance: f64,
    /// The best correlation over the windows: 1 for the same.
    pub correlation: f64,
    /// How the first has to be laid to look like the second; none when they are different.
    pub symmetry: Option<Symmetry>,
}

impl Comparison {
    /// What two files come to that are byte for byte the same.
    pub const SAME_FILE: Comparison =
        Comparison { verdict: Verdict::Same, distance: 0.0, correlation: 1.0, symmetry: Some(Symmetry::Upright) };
}

/// A photo as it is compared. Takes about 580 kB; made afresh from the small copy when it is wanted.
#[derive(Debug, Clone)]
pub struct Look {
    prints: Prints,
    /// The whole in cells, of mean 0 and length 1.
    whole: Vec<f32>,
    /// Windows in cells, likewise; flat ones are left out.
    windows: Vec<Vec<f32>>,
}

impl Look {
    /// Looks at a picture that stands upright; the small copy serves.
    ///
    /// # Errors
    /// [`TooPlain`] when it is of one colour nearly.
    pub fn of(picture: &RgbImage) -> Result<Look, TooPlain> {
        let grey = Grey::of(picture);
        let prints = Prints::of(&grey)?;
        let whole = level(grey.cells(Window::WHOLE, SIDE)).ok_or(TooPlain)?;
        let windows = windows().filter_map(|window| level(grey.cells(window, SIDE))).collect();
        Ok(Look { prints, whole, windows })
    }

    /// Its prints.
    pub fn prints(&self) -> &Prints {
        &self.prints
    }
}

/// Compares two photos; the symmetry says how the first has to be laid.
pub fn compare(first: &Look, second: &Look, steps: &Steps) -> Comparison {
    let (bits, of_print) = first.prints.nearest(&second.prints);
    let print = f64::from(bits) / f64::from(BITS);
    let (correlation, of_cells) = correlation(first, second);
    let verdict = verdict(print, correlation, steps);
    let is_by_cells = match verdict {
        Verdict::Same => correlation >= steps.same_correlation,
        _ => correlation >= steps.alike_correlation,
    };
    let symmetry = (verdict != Verdict::Different).then_some(if is_by_cells { of_cells } else { of_print });
    Comparison { verdict, distance: rounded(print), correlation: rounded(correlation), symmetry }
}

/// What the two measures come to.
pub fn verdict(print: f64, correlation: f64, steps: &Steps) -> Verdict {
    if print <= steps.same_print || correlation >= steps.same_correlation {
        Verdict::Same
    } else if print <= steps.alike_print || correlation >= steps.alike_correlation {
        Verdict::Alike
    } else {
        Verdict::Different
    }
}

/// The best correlation of the whole of one with the whole and the windows of the other, and how the first is laid for it.
fn correlation(first: &Look, second: &Look) -> (f64, Symmetry) {
    let mut best = (-1.0_f32, Symmetry::Upright);
    for symmetry in Symmetry::ALL {
        let laid = symmetry.laid(&first.whole, SIDE);
        let laid_back = symmetry.inverse().laid(&second.whole, SIDE);
        let whole = dot(&laid, &second.whole);
        let first_is_cut = second.windows.iter().map(|window| dot(&laid, window));
        let second_is_cut = first.windows.iter().map(|window| dot(window, &laid_back));
        let found = first_is_cut.chain(second_is_cut).fold(whole, f32::max);
        if found > best.0 {
            best = (found, symmetry);
        }
    }
    (f64::from(best.0), best.1)
}

/// The windows beside the whole: so much less, at so many places along each side that is shorter.
fn windows() -> impl Iterator<Item = Window> {
    let places = |less: f64| {
        let count = if less > 0.0 { OFFSETS } else { 1 };
        (0..count).map(move |place| less * place as f64 / (OFFSETS - 1) as f64)
    };
    LESS.into_iter().flat_map(move |(across, down)| {
        places(down).flat_map(move |top| {
            places(across).map(move |left| Window { left, top, width: 1.0 - across, height: 1.0 - down })
        })
    })
}

/// The cells with mean 0 and length 1; nothing when they are all the same.
fn level(mut cells: Vec<f32>) -> Option<Vec<f32>> {
    let mean = cells.iter().sum::<f32>() / cells.len().max(1) as f32;
    cells.iter_mut().for_each(|cell| *cell -= mean);
    let length = dot(&cells, &cells).sqrt();
    (length > SIDE as f32).then(|| {
        cells.iter_mut().for_each(|cell| *cell /= length);
        cells
    })
}

/// To a thousandth, as people read it.
fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::print::tests::scene;
    use super::*;
    use image::imageops;
    use proptest::prelude::*;

    fn compared(first: &RgbImage, second: &RgbImage) -> Comparison {
        compare(&Look::of(first).unwrap(), &Look::of(second).unwrap(), &Steps::default())
    }

    #[test]
    fn the_two_measures_share_the_verdict() {
        let table = [
            (0.0, 1.0, Verdict::Same),
            (0.25, 0.0, Verdict::Same),
            (0.26, 0.89, Verdict::Alike),
            (0.50, 0.90, Verdict::Same),
            (0.33, 0.0, Verdict::Alike),
            (0.34, 0.85, Verdict::Alike),
            (0.34, 0.84, Verdict::Different),
        ];
        for (print, correlation, expected) in table {
            assert_eq!(verdict(print, correlation, &Steps::default()), expected, "{print} {correlation}");
        }
    }

    #[test]
    fn copies_are_the_same_and_their_symmetry_is_named() {
        let picture = scene(5, 480, 360);
        let cut = imageops::crop_imm(&picture, 96, 72, 384, 288).to_image();
        let table = [
            (picture.clone(), Symmetry::Upright),
            (imageops::flip_horizontal(&picture), Symmetry::Mirrored),
            (imageops::flip_vertical(&picture), Symmetry::Flipped),
            (imageops::rotate90(&picture), Symmetry::TurnedRight),
            (imageops::rotate180(&picture), Symmetry::HalfTurned),
            (imageops::rotate270(&picture), Symmetry::TurnedLeft),
            (cut.clone(), Symmetry::Upright),
            (imageops::flip_horizontal(&cut), Symmetry::Mirrored),
            (imageops::rotate270(&cut), Symmetry::TurnedLeft),
        ];
        for (altered, symmetry) in table {
            let found = compared(&picture, &altered);
            assert_eq!((found.verdict, found.symmetry), (Verdict::Same, Some(symmetry)), "{found:?}");
            let back = compared(&altered, &picture);
            assert_eq!((back.verdict, back.symmetry), (Verdict::Same, Some(symmetry.inverse())), "{back:?}");
        }
    }

    #[test]
    fn other_pictures_are_different_and_it_is_written_as_json() {
        let found = compared(&scene(5, 480, 360), &scene(6, 480, 360));
        assert_eq!((found.verdict, found.symmetry), (Verdict::Different, None), "{found:?}");
        let same = compared(&scene(5, 480, 360), &imageops::flip_horizontal(&scene(5, 480, 360)));
        assert_eq!(
            serde_json::to_string(&same).unwrap(),
            r#"{"verdict":"same","distance":0.0,"correlation":1.0,"symmetry":"mirrored"}"#
        );
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(one in 0_u32..40, other in 0_u32..40) {
            let (one, other) = (scene(one, 120, 90), scene(other, 90, 120));
            let (there, back) = (compared(&one, &other), compared(&other, &one));
            prop_assert_eq!(there.verdict, back.verdict);
            prop_assert!((there.distance - back.distance).abs() < 0.001);
            prop_assert!((there.correlation - back.correlation).abs() < 0.002);
        }
    }
}
