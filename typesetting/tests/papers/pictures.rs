//! Every paper as it looks, page by page, beside how it looked when somebody last said that it is right. A page that looks
//! otherwise fails until it was looked at and `STEWARD_BLESS=1` accepted it. Full and empty papers are kept as small pictures,
//! the pages of a paper side by side; of very long ones a digest of each page is kept, and of one of each manner a smaller picture.
//! What looks otherwise is written to `target/pictures`: as it is, and beside it as it was where that is kept.

use super::{DAY, OF_EACH_MANNER, fill_length, kinds, photograph, root, sample, typesetter};
use image::{GrayImage, Luma};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use typesetting::{Kind, Order, Picture};

/// Enough to see a line that moved; small enough to be kept.
const DOTS_PER_INCH: f64 = 36.0;
/// Grey between two pages.
const GAP: u32 = 6;

fn kept() -> PathBuf {
    root().join("typesetting/tests/pictures")
}

fn is_blessed() -> bool {
    std::env::var_os("STEWARD_BLESS").is_some()
}

/// Writes a picture that looks otherwise to `target/pictures`, and the kept one beside it.
fn show(name: &str, picture: &GrayImage) {
    let shown = root().join("target/pictures");
    std::fs::create_dir_all(&shown).expect("a folder");
    std::fs::write(shown.join(format!("{name}.actual.png")), png(picture)).expect("written");
    if let Ok(before) = std::fs::read(kept().join(format!("{name}.png"))) {
        std::fs::write(shown.join(format!("{name}.expected.png")), before).expect("written");
    }
}

fn draw(kind: &Kind, data: &Value) -> Vec<GrayImage> {
    let bytes = photograph();
    let pictures = ["scene-1", "scene-2", "scene-3", "scene-4"].map(|name| Picture { name, bytes: &bytes });
    let template = kind.template.as_str();
    let order = Order { template, title: template, data, pictures: &pictures, made_on: DAY, identity: template };
    let mut pages = typesetter().draw(&order, DOTS_PER_INCH).unwrap_or_else(|refused| panic!("{template}: {refused}"));
    for dot in pages.iter_mut().flat_map(GrayImage::pixels_mut) {
        // Eight shades of grey are enough, and take half of the room.
        dot.0[0] = dot.0[0] / 36 * 36;
    }
    pages
}

/// The pages side by side.
fn strip(pages: &[GrayImage]) -> GrayImage {
    let width = pages.iter().map(|page| page.width() + GAP).sum::<u32>().saturating_sub(GAP);
    let height = pages.iter().map(GrayImage::height).max().unwrap_or(0);
    let mut strip = GrayImage::from_pixel(width, height, Luma([108]));
    let mut at = 0;
    for page in pages {
        image::imageops::replace(&mut strip, page, i64::from(at), 0);
        at += page.width() + GAP;
    }
    strip
}

fn png(picture: &GrayImage) -> Vec<u8> {
    use image::ImageEncoder;
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::NoFilter)
        .write_image(picture.as_raw(), picture.width(), picture.height(), image::ExtendedColorType::L8)
        .expect("a picture");
    bytes
}

#[test]
fn papers_look_as_they_were_blessed() {
    let mut otherwise = Vec::new();
    let mut pictures = 0;
    for kind in kinds().iter() {
        for (name, data) in [("full", sample(kind)), ("empty", json!({}))] {
            let picture = strip(&draw(kind, &data));
            let path = kept().join(format!("{}-{name}.png", kind.id));
            let before = std::fs::read(&path).ok().and_then(|bytes| image::load_from_memory(&bytes).ok());
            pictures += 1;
            if before.is_some_and(|before| before.to_luma8() == picture) {
                continue;
            }
            if is_blessed() {
                std::fs::create_dir_all(kept()).expect("a folder");
                std::fs::write(&path, png(&picture)).expect("written");
            } else {
                show(&format!("{}-{name}", kind.id), &picture);
                otherwise.push(format!("{}-{name}", kind.id));
            }
        }
    }
    let known = std::fs::read_dir(kept()).expect("the pictures");
    let is_short = |name: &str| name.ends_with(".png") && !name.ends_with("-long.png");
    let known = known.flatten().filter(|entry| is_short(&entry.file_name().to_string_lossy())).count();
    assert!(
        otherwise.is_empty(),
        "these papers look otherwise; look at target/pictures (as they are, and as they were), and bless them with \
         STEWARD_BLESS=1 when they are right: {otherwise:?}"
    );
    assert_eq!(known, pictures, "there are pictures of papers that are no more");
}

/// A strip of pages at a third of its size: enough to see where a block moved.
fn small(picture: &GrayImage) -> GrayImage {
    let (width, height) = ((picture.width() / 3).max(1), (picture.height() / 3).max(1));
    let mut small = image::imageops::resize(picture, width, height, image::imageops::FilterType::Triangle);
    for dot in small.pixels_mut() {
        dot.0[0] = dot.0[0] / 36 * 36;
    }
    small
}

/// FNV-1a of a page's size and dots.
fn digest(page: &GrayImage) -> u64 {
    let size = [page.width(), page.height()].into_iter().flat_map(u32::to_le_bytes);
    fnv(size.chain(page.as_raw().iter().copied()))
}

/// FNV-1a.
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn long_papers_look_as_they_were_blessed() {
    let path = kept().join("long.txt");
    let mut seen = BTreeMap::new();
    let mut pictured = Vec::new();
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let before: Vec<&str> = before.lines().collect();
    for kind in kinds().iter().filter(|kind| kind.id != "file") {
        let pages = draw(kind, &fill_length(&sample(kind)));
        let name = format!("{}-long", kind.id);
        if OF_EACH_MANNER.contains(&kind.id.as_str()) {
            let picture = small(&strip(&pages));
            let kept_path = kept().join(format!("{name}.png"));
            let kept = std::fs::read(&kept_path).ok().and_then(|bytes| image::load_from_memory(&bytes).ok());
            if kept.is_none_or(|kept| kept.to_luma8() != picture) {
                if is_blessed() {
                    std::fs::write(&kept_path, png(&picture)).expect("written");
                } else {
                    show(&name, &picture);
                    pictured.push(name.clone());
                }
            }
        }
        let digests: Vec<String> = pages.iter().map(|page| format!("{:016x}", digest(page))).collect();
        if !is_blessed() && !before.contains(&format!("{}: {}", kind.id, digests.join(" ")).as_str()) {
            // At its full size, so that it can be looked at.
            let shown = root().join("target/pictures");
            std::fs::create_dir_all(&shown).expect("a folder");
            std::fs::write(shown.join(format!("{name}.pages.actual.png")), png(&strip(&pages))).expect("written");
        }
        seen.insert(kind.id.clone(), digests);
    }
    let mut text = String::new();
    for (kind, pages) in &seen {
        let _ = writeln!(text, "{kind}: {}", pages.join(" "));
    }
    if is_blessed() {
        std::fs::write(&path, &text).expect("written");
        return;
    }
    let otherwise: Vec<&str> =
        text.lines().filter(|line| !before.contains(line)).filter_map(|line| line.split(':').next()).collect();
    assert!(
        otherwise.is_empty() && pictured.is_empty() && before.len() == seen.len(),
        "very long papers look otherwise; look at target/pictures (NAME.pages.actual.png, and small pictures as they are and as \
         they were), and bless them with STEWARD_BLESS=1 when they are right: {otherwise:?} {pictured:?}"
    );
}

/// The samples' PDFs are the same bytes on every machine: templates, samples and libraries lie in the repository and its lock files, and so
/// do the fonts, whose digests stand first.
#[test]
fn samples_are_the_same_bytes_on_every_machine() {
    let path = kept().join("digests.txt");
    let mut text = String::new();
    for (name, bytes) in super::files("typesetting/fonts", ".ttf") {
        let _ = writeln!(text, "{name}: {:016x}", fnv(bytes.into_iter()));
    }
    for kind in kinds().iter() {
        let paper = super::set(&kind.template, &sample(kind));
        let _ = writeln!(text, "{}: {:016x} {}", kind.id, fnv(paper.pdf.iter().copied()), paper.pdf.len());
    }
    if is_blessed() {
        std::fs::write(&path, &text).expect("written");
        return;
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let otherwise: Vec<&str> = text.lines().filter(|line| !before.lines().any(|known| known == *line)).collect();
    assert!(
        otherwise.is_empty() && before.lines().count() == text.lines().count(),
        "these are other bytes than those of typesetting/tests/pictures/digests.txt. A template or a sample that was changed is \
         blessed with STEWARD_BLESS=1; nothing else may make a difference: {otherwise:?}"
    );
}
