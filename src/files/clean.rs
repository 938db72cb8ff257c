//! The public copies: decoded, turned upright, made smaller, encoded anew. Nothing of the original's metadata survives,
//! because nothing but pixels is carried over.

use super::photo::{Format, Inspection, inspect};
use super::rectangle::Area;
use super::workbench::Workbench;
use crate::kit::error::Refusal;
use image::RgbImage;
use std::panic::{AssertUnwindSafe, catch_unwind};
use understanding::photos::pixels::{self, upright};

/// The long side of the large copy, in pixels.
pub const LARGE: u32 = 1600;
/// The long side of the small copy, in pixels.
pub const SMALL: u32 = 480;

/// The quality of the large copy and how long its encoder thinks (0 to 6): the quickest, for it has two million pixels.
const OF_LARGE: (f32, u8) = (78.0, 0);
/// The same of the small copy, of which lists load many.
const OF_SMALL: (f32, u8) = (75.0, 2);

/// A photo's public copies, both WebP.
#[derive(Debug)]
pub struct Cleaned {
    /// What the original said of itself.
    pub inspection: Inspection,
    /// At most [`LARGE`] pixels on its long side.
    pub large: Vec<u8>,
    /// At most [`SMALL`] pixels on its long side.
    pub small: Vec<u8>,
}

/// Makes the public copies of a photo.
///
/// # Errors
/// Those of [`inspect`], `photo-broken` and `photo-heic-unreadable`.
pub fn clean(bytes: &[u8]) -> Result<Cleaned, Refusal> {
    let inspection = inspect(bytes)?;
    let mut bench = Workbench::take();
    // Shrinking comes first: turning a small picture costs less than turning a large one.
    let large = shrunk(bytes, &inspection, LARGE, &mut bench)?;
    let small = shrink(&large, SMALL, &mut bench)?;
    bench.lay_down();
    let orientation = turn_of(&inspection);
    Ok(Cleaned {
        large: encode(&upright(large, orientation), OF_LARGE)?,
        small: encode(&upright(small, orientation), OF_SMALL)?,
        inspection,
    })
}

/// The public copies of a photo with these rectangles blacked out. Nothing of what lies below them is left in either.
///
/// # Errors
/// As [`clean`].
pub fn clean_blacked(bytes: &[u8], areas: &[Area]) -> Result<Cleaned, Refusal> {
    let inspection = inspect(bytes)?;
    let mut bench = Workbench::take();
    let mut large = upright(shrunk(bytes, &inspection, LARGE, &mut bench)?, turn_of(&inspection));
    black_out(&mut large, areas);
    let mut small = shrink(&large, SMALL, &mut bench)?;
    bench.lay_down();
    // Shrinking has made their edges soft.
    black_out(&mut small, areas);
    Ok(Cleaned { large: encode(&large, OF_LARGE)?, small: encode(&small, OF_SMALL)?, inspection })
}

fn black_out(picture: &mut RgbImage, areas: &[Area]) {
    let (width, height) = picture.dimensions();
    for area in areas {
        let ((left, top), (right, bottom)) = area.pixels(width, height);
        for y in top..bottom {
            for x in left..right {
                picture.put_pixel(x, y, image::Rgb([0; 3]));
            }
        }
    }
}

/// The orientation that is left to do: HEIC's decoder has turned it already.
fn turn_of(inspection: &Inspection) -> u8 {
    if inspection.format == Format::Heic { 1 } else { inspection.orientation }
}

/// A photo upright, at most [`SMALL`] pixels on its long side: as pictures are compared.
///
/// # Errors
/// As [`clean`].
pub fn small_picture(bytes: &[u8]) -> Result<RgbImage, Refusal> {
    let inspection = inspect(bytes)?;
    let mut bench = Workbench::take();
    let small = shrunk(bytes, &inspection, SMALL, &mut bench)?;
    bench.lay_down();
    Ok(upright(small, turn_of(&inspection)))
}

/// The pixels of a photo as they are stored (HEIC: already upright), on white where it was transparent.
///
/// # Errors
/// `photo-broken` or `photo-heic-unreadable`.
pub fn decode(bytes: &[u8], inspection: &Inspection) -> Result<RgbImage, Refusal> {
    decode_into(bytes, inspection, &mut Vec::new())
}

/// The same; the pixels of a JPEG take this memory.
fn decode_into(bytes: &[u8], inspection: &Inspection, memory: &mut Vec<u8>) -> Result<RgbImage, Refusal> {
    let decoded = catch_unwind(AssertUnwindSafe(|| match inspection.format {
        Format::Jpeg => pixels::of_jpeg(bytes, std::mem::take(memory)),
        Format::Heic => pixels::of_heic(bytes),
        Format::Png | Format::Webp => pixels::of_other(bytes),
    }));
    let key = if inspection.format == Format::Heic { "photo-heic-unreadable" } else { "photo-broken" };
    decoded.ok().flatten().ok_or_else(|| Refusal::new(key).on("photos"))
}

/// A photo as it is stored, its long side at most `long` pixels.
fn shrunk(bytes: &[u8], inspection: &Inspection, long: u32, bench: &mut Workbench) -> Result<RgbImage, Refusal> {
    let picture = decode_into(bytes, inspection, &mut bench.pixels)?;
    if fits(&picture, long) {
        return Ok(picture);
    }
    let smaller = shrink(&picture, long, bench)?;
    bench.keep(picture.into_raw());
    Ok(smaller)
}

fn fits(picture: &RgbImage, long: u32) -> bool {
    picture.width().max(picture.height()) <= long
}

/// The picture with its long side at most `long` pixels; never enlarged.
fn shrink(picture: &RgbImage, long: u32, bench: &mut Workbench) -> Result<RgbImage, Refusal> {
    if fits(picture, long) {
        return Ok(picture.clone());
    }
    let (width, height) = picture.dimensions();
    let broken = || Refusal::new("photo-broken").on("photos");
    let scaled = |side: u32| (u64::from(side) * u64::from(long) / u64::from(width.max(height))).max(1);
    let (new_width, new_height) = (scaled(width) as u32, scaled(height) as u32);
    pixels::resized(picture, new_width, new_height, &mut bench.resizer).ok_or_else(broken)
}

fn encode(picture: &RgbImage, (quality, effort): (f32, u8)) -> Result<Vec<u8>, Refusal> {
    pixels::as_webp(picture, quality, effort).ok_or_else(|| Refusal::new("photo-broken").on("photos"))
}

/// The markers of a JPEG's segments up to its picture: proof that no metadata rides along.
pub fn segments(jpeg: &[u8]) -> Vec<u8> {
    let mut markers = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = jpeg.get(at..at + 4) {
        markers.push(marker);
        if marker == 0xda {
            break;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    markers
}

/// The names of a WebP file's chunks; none when it is no such file or is cut off.
pub fn chunks(webp: &[u8]) -> Option<Vec<[u8; 4]>> {
    let number = |at: usize| Some(u32::from_le_bytes(webp.get(at..at.checked_add(4)?)?.try_into().ok()?) as usize);
    let is_webp = webp.starts_with(b"RIFF") && webp.get(8..12) == Some(b"WEBP");
    let end = number(4)?.checked_add(8).filter(|end| is_webp && *end <= webp.len())?;
    let (mut names, mut at) = (Vec::new(), 12_usize);
    while at < end {
        names.push(webp.get(at..at.checked_add(4)?)?.try_into().ok()?);
        let length = number(at.checked_add(4)?)?;
        // Chunks begin at even places.
        at = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
        if at > end {
            return None;
        }
    }
    Some(names)
}

/// True when a copy carries nothing but its picture: a WebP of one chunk of pixels, or, as copies were until 2026, a JPEG
/// without application data beyond JFIF's own and without a comment.
pub fn is_clean(copy: &[u8]) -> bool {
    if copy.starts_with(b"RIFF") {
        return chunks(copy).is_some_and(|chunks| chunks.iter().all(|name| name == b"VP8 "));
    }
    segments(copy).iter().all(|marker| !matches!(marker, 0xe1..=0xef | 0xfe))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of `width` × `height` whose upper left quarter is red, as JPEG with an EXIF orientation.
    fn photo(width: u32, height: u32, orientation: u8) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            if x < width / 2 && y < height / 2 { image::Rgb([220, 20, 20]) } else { image::Rgb([240, 240, 240]) }
        });
        let plain = jpeg_of(&picture);
        let tiff =
            [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]]
                .concat();
        let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
        [&plain[..2], &[0xff, 0xe1], &length, &tiff, &plain[2..]].concat()
    }

    fn jpeg_of(picture: &RgbImage) -> Vec<u8> {
        pixels::as_jpeg(picture, 90).unwrap()
    }

    fn red_corner(jpeg: &[u8]) -> (bool, bool) {
        let picture = pixels::of_other(jpeg).unwrap();
        let (width, height) = picture.dimensions();
        let is_red = |x, y| picture.get_pixel(x, y)[1] < 100;
        let (left, right) = (width / 8, width * 7 / 8);
        let (top, bottom) = (height / 8, height * 7 / 8);
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
        let red = corners.iter().find(|(x, y)| is_red(*x, *y)).copied().unwrap();
        (red.0 == right, red.1 == bottom)
    }

    #[test]
    fn every_orientation_is_turned_upright_and_nothing_rides_along() {
        // (orientation, is it wider than high afterwards, where the red corner lies: right?, bottom?)
        let table = [
            (1, true, (false, false)),
            (2, true, (true, false)),
            (3, true, (true, true)),
            (4, true, (false, true)),
            (5, false, (false, false)),
            (6, false, (true, false)),
            (7, false, (true, true)),
            (8, false, (false, true)),
        ];
        for (orientation, is_wide, corner) in table {
            let cleaned = clean(&photo(640, 480, orientation)).unwrap();
            assert_eq!(cleaned.inspection.orientation, orientation);
            for copy in [&cleaned.large, &cleaned.small] {
                let size = inspect(copy).unwrap();
                assert_eq!(size.width > size.height, is_wide, "orientation {orientation}");
                assert_eq!(red_corner(copy), corner, "orientation {orientation}");
                assert_eq!(chunks(copy).unwrap(), [*b"VP8 "]);
                assert!(is_clean(copy));
            }
        }
        assert!(!is_clean(&photo(64, 48, 1)), "the test's own original must carry metadata");
    }

    #[test]
    fn what_is_blacked_out_is_black_in_both_copies_and_the_rest_is_not() {
        // The red quarter lies at the upper right once the picture is turned.
        let areas = [Area::of(500, 0, 500, 500).unwrap()];
        let cleaned = clean_blacked(&photo(640, 480, 6), &areas).unwrap();
        for copy in [&cleaned.large, &cleaned.small] {
            let picture = pixels::of_other(copy).unwrap();
            let (width, height) = picture.dimensions();
            for (x, y, pixel) in picture.enumerate_pixels() {
                let is_below = x >= width / 2 && y < height / 2;
                if is_below {
                    assert!(pixel.0.iter().all(|value| *value < 40), "{x} {y} {pixel:?}");
                } else if x < width / 2 - 16 || y > height / 2 + 16 {
                    assert!(pixel.0.iter().all(|value| *value > 200), "{x} {y} {pixel:?}");
                }
            }
            assert!(is_clean(copy));
        }
        let plain = clean(&photo(640, 480, 6)).unwrap();
        assert_eq!(
            clean_blacked(&photo(640, 480, 6), &[]).unwrap().large,
            plain.large,
            "nothing blacked, nothing changed"
        );
    }

    #[test]
    fn colours_come_back_as_they_were_in_pictures_of_any_size() {
        let colours = [[220, 20, 20], [20, 160, 40], [30, 40, 200], [250, 220, 30], [255; 3], [128; 3], [0; 3]];
        for (colour, (width, height)) in
            colours.into_iter().zip([(33, 17), (1, 1), (2, 3), (640, 1), (16, 16)].into_iter().cycle())
        {
            let picture = RgbImage::from_pixel(width, height, image::Rgb(colour));
            for how in [OF_LARGE, OF_SMALL] {
                let back = pixels::of_other(&encode(&picture, how).unwrap()).unwrap();
                assert_eq!(back.dimensions(), (width, height));
                let most = back
                    .pixels()
                    .flat_map(|pixel| pixel.0.into_iter().zip(colour).map(|(now, was)| now.abs_diff(was)))
                    .max();
                assert!(most <= Some(5), "{colour:?}, {width} by {height}: {most:?}");
            }
        }
    }

    #[test]
    fn metadata_in_a_copy_are_noticed() {
        let cleaned = clean(&photo(64, 48, 1)).unwrap();
        let mut copy = cleaned.small.clone();
        copy.extend_from_slice(b"EXIF\x04\0\0\0abcd");
        let length = u32::try_from(copy.len() - 8).unwrap().to_le_bytes();
        copy[4..8].copy_from_slice(&length);
        assert!(is_clean(&cleaned.small) && !is_clean(&copy));
        assert!(!is_clean(&cleaned.small[..40]));
    }

    #[test]
    fn copies_are_small_and_never_enlarged() {
        let cleaned = clean(&photo(2400, 600, 1)).unwrap();
        assert_eq!(inspect(&cleaned.large).map(|found| (found.width, found.height)).unwrap(), (1600, 400));
        assert_eq!(inspect(&cleaned.small).map(|found| (found.width, found.height)).unwrap(), (480, 120));
        let tiny = clean(&photo(40, 30, 1)).unwrap();
        assert_eq!(inspect(&tiny.large).map(|found| (found.width, found.height)).unwrap(), (40, 30));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_decoded() {
        // A PNG that says it is 40,000 pixels each way, with nothing behind it.
        let header = b"IHDR\0\0\x9c\x40\0\0\x9c\x40\x08\x02\0\0\0".as_slice();
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\x0d".as_slice(), header].concat();
        assert_eq!(clean(&png).map_err(|refusal| refusal.key).err(), Some("photo-too-many-pixels"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_breaks_on_the_way_is_refused_or_shown_clean(
            cut in 0_usize..6000, at in 0_usize..6000, to in 0_u8..=255,
        ) {
            let mut bytes = photo(120, 90, 6);
            let end = bytes.len().saturating_sub(cut % bytes.len());
            bytes.truncate(end);
            if !bytes.is_empty() {
                let at = at % bytes.len();
                bytes[at] = to;
            }
            if let Ok(cleaned) = clean(&bytes) {
                proptest::prop_assert!(is_clean(&cleaned.large) && is_clean(&cleaned.small));
            }
        }
    }
}
