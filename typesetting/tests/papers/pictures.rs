//! Every paper as it looks, page by page, beside how it looked when somebody last said that it is right. A page that looks
//! otherwise fails until it was looked at and `STEWARD_BLESS=1` accepted it. Full and empty papers are kept as small pictures,
//! the pages of a paper side by side; of very long ones a digest of each page is kept.

use super::{DAY, fill_length, kinds, photograph, root, sample, typesetter};
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
                let shown = root().join("var/pictures");
                std::fs::create_dir_all(&shown).expect("a folder");
                std::fs::write(shown.join(format!("{}-{name}.png", kind.id)), png(&picture)).expect("written");
                otherwise.push(format!("{}-{name}", kind.id));
            }
        }
    }
    let known = std::fs::read_dir(kept()).expect("the pictures");
    let known = known.flatten().filter(|entry| entry.path().extension().is_some_and(|ending| ending == "png")).count();
    assert!(
        otherwise.is_empty(),
        "these papers look otherwise; look at var/pictures beside typesetting/tests/pictures, and bless them with \
         STEWARD_BLESS=1 when they are right: {otherwise:?}"
    );
    assert_eq!(known, pictures, "there are pictures of papers that are no more");
}

/// FNV-1a of a page's size and dots.
fn digest(page: &GrayImage) -> u64 {
    let size = [page.width(), page.height()].into_iter().flat_map(u32::to_le_bytes);
    let bytes = size.chain(page.as_raw().iter().copied());
    bytes.fold(0xcbf2_9ce4_8422_2325, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn long_papers_look_as_they_were_blessed() {
    let path = kept().join("long.txt");
    let mut seen = BTreeMap::new();
    for kind in kinds().iter().filter(|kind| kind.id != "file") {
        let pages = draw(kind, &fill_length(&sample(kind)));
        seen.insert(kind.id.clone(), pages.iter().map(|page| format!("{:016x}", digest(page))).collect::<Vec<_>>());
    }
    let mut text = String::new();
    for (kind, pages) in &seen {
        let _ = writeln!(text, "{kind}: {}", pages.join(" "));
    }
    if is_blessed() {
        std::fs::write(&path, &text).expect("written");
        return;
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let before: Vec<&str> = before.lines().collect();
    let otherwise: Vec<&str> =
        text.lines().filter(|line| !before.contains(line)).filter_map(|line| line.split(':').next()).collect();
    assert!(
        otherwise.is_empty() && before.len() == seen.len(),
        "very long papers look otherwise; look at them with STEWARD_PAPERS=var/papers cargo test -p typesetting, and bless \
         them with STEWARD_BLESS=1 when they are right: {otherwise:?}"
    );
}
