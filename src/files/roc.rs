//! How well the same picture is found, measured: every photo of a folder against altered copies of itself and against all the
//! others. `steward photo roc FOLDER` prints it; docs/decisions/likeness.md says which steps were chosen.

use super::{clean, photo};
use crate::kit::error::{Error, Refusal};
use image::{DynamicImage, RgbImage, imageops};
use serde::Serialize;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use understanding::photos::comparing::{Comparison, Look, Steps, Verdict, compare};

/// What is done to a picture, by the name under which it is counted.
pub const ALTERATIONS: [&str; 16] = [
    "public copy (WebP)",
    "JPEG, quality 30",
    "half the size",
    "a quarter of the size",
    "an eighth of the size",
    "mirrored",
    "turned right",
    "turned left",
    "upside down",
    "brighter",
    "5 % cut off all around",
    "10 % cut off a corner",
    "20 % cut off a corner",
    "10 % cut off one side",
    "20 % cut off one side",
    "black rectangle on 4 %",
];

/// One way of altering, over all photos.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// What was done.
    pub alteration: String,
    /// How many copies there were.
    pub copies: usize,
    /// How many were called the same picture.
    pub same: usize,
    /// How many were called the same or alike.
    pub alike: usize,
    /// The largest distance of prints.
    pub farthest: f64,
}

/// A step of the curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Prints up to this distance count as the same picture.
    pub print: f64,
    /// Or a correlation from here on.
    pub correlation: f64,
    /// The share of altered copies that are found.
    pub true_found: f64,
    /// The share of pairs of different photos that are taken for one.
    pub false_found: f64,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// How many photos there were.
    pub photos: usize,
    /// How many pairs of different photos.
    pub pairs: usize,
    /// By alteration.
    pub by_alteration: Vec<Found>,
    /// How many pairs of different photos were called the same, or alike.
    pub different: (usize, usize),
    /// The curve, from strict to lax.
    pub steps: Vec<Step>,
    /// The area under the curve of both measures together: the chance that a copy scores higher than another photo.
    pub area: f64,
}

fn altered(picture: &RgbImage, how: usize) -> Option<RgbImage> {
    let (width, height) = picture.dimensions();
    let cut = |left: u32, top: u32, right: u32, bottom: u32| {
        let across = width - width * (left + right) / 100;
        let down = height - height * (top + bottom) / 100;
        imageops::crop_imm(picture, width * left / 100, height * top / 100, across, down).to_image()
    };
    let smaller = |by: u32| imageops::thumbnail(picture, (width / by).max(8), (height / by).max(8));
    Some(match how {
        0 => {
            let mut bytes = Vec::new();
            picture.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).ok()?;
            let small = clean::clean(&bytes).ok()?.small;
            clean::decode(&small, &photo::inspect(&small).ok()?).ok()?
        }
        1 => {
            let mut bytes = Vec::new();
            let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 30);
            picture.write_with_encoder(encoder).ok()?;
            image::load_from_memory(&bytes).ok()?.into_rgb8()
        }
        2 => smaller(2),
        3 => smaller(4),
        4 => smaller(8),
        5 => imageops::flip_horizontal(picture),
        6 => imageops::rotate90(picture),
        7 => imageops::rotate270(picture),
        8 => imageops::rotate180(picture),
        9 => DynamicImage::ImageRgb8(picture.clone()).brighten(30).into_rgb8(),
        10 => cut(5, 5, 5, 5),
        11 => cut(0, 0, 10, 10),
        12 => cut(20, 20, 0, 0),
        13 => cut(10, 0, 0, 0),
        14 => cut(0, 20, 0, 0),
        _ => {
            let mut picture = picture.clone();
            for y in height * 2 / 5..height * 3 / 5 {
                for x in width * 2 / 5..width * 3 / 5 {
                    picture.put_pixel(x, y, image::Rgb([0; 3]));
                }
            }
            picture
        }
    })
}

/// How sure a comparison is that two are one picture, from both measures: above nothing where it is called so.
fn score(found: &Comparison, steps: &Steps) -> f64 {
    (steps.same_print - found.distance).max(found.correlation - steps.same_correlation)
}

/// Measures these photos; those with too little to see on them are left out.
///
/// # Errors
/// Which file cannot be read, and why; `photo-roc-few` when fewer than three are left.
pub fn measure(files: &[PathBuf]) -> Result<Curve, (PathBuf, Error)> {
    let steps = Steps::default();
    let mut scenes = Vec::new();
    for file in files {
        let picture = super::bytes_of(file).and_then(|bytes| Ok(clean::small_picture(&bytes)?));
        let picture = picture.map_err(|error| (file.clone(), error))?;
        if let Ok(look) = Look::of(&picture) {
            scenes.push((picture, look));
        }
    }
    if scenes.len() < 3 {
        let file = files.first().cloned().unwrap_or_default();
        return Err((file, Refusal::new("photo-roc-few").into()));
    }
    let (mut own, mut by_alteration) = (Vec::new(), Vec::new());
    for (how, name) in ALTERATIONS.iter().enumerate() {
        let mut line = Found { alteration: (*name).to_owned(), copies: 0, same: 0, alike: 0, farthest: 0.0 };
        for (picture, look) in &scenes {
            let Some(other) = altered(picture, how).and_then(|other| Look::of(&other).ok()) else { continue };
            let found = compare(look, &other, &steps);
            line.copies += 1;
            line.same += usize::from(found.verdict == Verdict::Same);
            line.alike += usize::from(found.verdict != Verdict::Different);
            line.farthest = line.farthest.max(found.distance);
            own.push(found);
        }
        by_alteration.push(line);
    }
    let mut others = Vec::new();
    for (place, (_, first)) in scenes.iter().enumerate() {
        for (_, second) in scenes.iter().skip(place + 1) {
            others.push(compare(first, second, &steps));
        }
    }
    let share = |found: &[Comparison], print: f64, correlation: f64| {
        let hits = found.iter().filter(|one| one.distance <= print || one.correlation >= correlation).count();
        ratio(hits, found.len())
    };
    let curve =
        [(0.1, 0.98), (0.15, 0.96), (0.2, 0.93), (0.25, 0.9), (0.29, 0.87), (0.33, 0.85), (0.37, 0.8), (0.4, 0.7)];
    let steps_of = curve.map(|(print, correlation)| Step {
        print,
        correlation,
        true_found: share(&own, print, correlation),
        false_found: share(&others, print, correlation),
    });
    let is = |wanted: &[Verdict]| others.iter().filter(|one| wanted.contains(&one.verdict)).count();
    Ok(Curve {
        photos: scenes.len(),
        pairs: others.len(),
        different: (is(&[Verdict::Same]), is(&[Verdict::Same, Verdict::Alike])),
        by_alteration,
        steps: steps_of.to_vec(),
        area: area(&own, &others, &steps),
    })
}

fn ratio(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
    let share = part as f64 / whole.max(1) as f64;
    share
}

/// The chance that a copy scores higher than a pair of different photos; equal scores count half (Mann–Whitney).
fn area(own: &[Comparison], others: &[Comparison], steps: &Steps) -> f64 {
    let mut below: Vec<f64> = others.iter().map(|one| score(one, steps)).collect();
    below.sort_by(f64::total_cmp);
    let wins: f64 = own
        .iter()
        .map(|one| {
            let score = score(one, steps);
            let less = below.partition_point(|other| *other < score);
            let equal = below.partition_point(|other| *other <= score) - less;
            ratio(2 * less + equal, 2 * below.len())
        })
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
    let mean = wins / own.len().max(1) as f64;
    mean
}

/// The photos in a folder, by their names.
///
/// # Errors
/// When the folder cannot be read.
pub fn photos_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error: std::io::Error| Error::Internal(format!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        if matches!(ending.as_str(), "jpg" | "jpeg" | "png" | "webp" | "heic") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What was measured, as tables for people.
pub fn told(curve: &Curve) -> String {
    use std::fmt::Write;
    let mut text = format!("{} photos, {} pairs of different ones\n\n", curve.photos, curve.pairs);
    text.push_str(
        "| alteration | copies | same | same or alike | farthest print |\n| --- | ---: | ---: | ---: | ---: |\n",
    );
    for line in &curve.by_alteration {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.3} |",
            line.alteration, line.copies, line.same, line.alike, line.farthest
        );
    }
    let (same, alike) = curve.different;
    let _ = writeln!(text, "| another photo | {} | {same} | {alike} | |", curve.pairs);
    text.push_str(
        "\n| print up to | or correlation from | true found | false found |\n| ---: | ---: | ---: | ---: |\n",
    );
    for step in &curve.steps {
        let (good, bad) = (step.true_found * 100.0, step.false_found * 100.0);
        let _ = writeln!(text, "| {:.2} | {:.2} | {good:.1} % | {bad:.2} % |", step.print, step.correlation);
    }
    let _ = write!(text, "\narea under the curve {:.4}", curve.area);
    text
}
