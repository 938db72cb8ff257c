//! The public copies: decoded, turned upright, made smaller, encoded anew. Nothing of the original's metadata survives,
//! because nothing but pixels is carried over.

use super::photo::{Format, Inspection, inspect};
use crate::kit::error::Refusal;
use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, RgbImage};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The long side of the large copy, in pixels.
pub const LARGE: u32 = 1600;
/// The long side of the small copy, in pixels.
pub const SMALL: u32 = 480;

/// A photo's public copies, both JPEG.
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
    let pixels = decode(bytes, &inspection)?;
    // Shrinking comes first: turning a small picture costs less than turning a large one.
    let large = shrink(pixels, LARGE)?;
    let small = shrink(large.clone(), SMALL)?;
    let orientation = if inspection.format == Format::Heic { 1 } else { inspection.orientation };
    Ok(Cleaned {
        large: encode(&upright(large, orientation), 82)?,
        small: encode(&upright(small, orientation), 75)?,
        inspection,
    })
}

/// A photo upright, at most [`SMALL`] pixels on its long side: as pictures are compared.
///
/// # Errors
/// As [`clean`].
pub fn small_picture(bytes: &[u8]) -> Result<RgbImage, Refusal> {
    let inspection = inspect(bytes)?;
    let small = shrink(decode(bytes, &inspection)?, SMALL)?;
    Ok(upright(small, if inspection.format == Format::Heic { 1 } else { inspection.orientation }))
}

/// The pixels of a photo as they are stored (HEIC: already upright), on white where it was transparent.
///
/// # Errors
/// `photo-broken` or `photo-heic-unreadable`.
pub fn decode(bytes: &[u8], inspection: &Inspection) -> Result<RgbImage, Refusal> {
    let decoded = catch_unwind(AssertUnwindSafe(|| match inspection.format {
        Format::Jpeg => jpeg(bytes),
        Format::Heic => heic(bytes),
        Format::Png | Format::Webp => other(bytes),
    }));
    let key = if inspection.format == Format::Heic { "photo-heic-unreadable" } else { "photo-broken" };
    decoded.ok().flatten().ok_or_else(|| Refusal::new(key).on("photos"))
}

fn jpeg(bytes: &[u8]) -> Option<RgbImage> {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(1 << 16)
        .set_max_height(1 << 16)
        .set_strict_mode(false);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().ok();
    let size = decoder.info();
    match (pixels, size) {
        (Some(pixels), Some(size)) => RgbImage::from_raw(size.width.into(), size.height.into(), pixels),
        // Rare colour models (CMYK from a scanner) are read by the slower decoder.
        _ => other(bytes),
    }
}

fn heic(bytes: &[u8]) -> Option<RgbImage> {
    let options = heic_rs::DecodeOptions { threads: Some(1), ..heic_rs::DecodeOptions::default() };
    let picture = heic_rs::decode(bytes, &options).ok()?;
    let pixels = match picture.layout {
        heic_rs::PixelLayout::Rgb8 => picture.data,
        heic_rs::PixelLayout::Rgba8 => {
            picture.data.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
        }
        _ => return None,
    };
    RgbImage::from_raw(picture.width, picture.height, pixels)
}

fn other(bytes: &[u8]) -> Option<RgbImage> {
    let mut reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(1 << 30);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    if !picture.color().has_alpha() {
        return Some(picture.into_rgb8());
    }
    let picture = picture.into_rgba8();
    let on_white = |pixel: &image::Rgba<u8>| {
        let alpha = u16::from(pixel[3]);
        let mix = |value: u8| u8::try_from((u16::from(value) * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        [mix(pixel[0]), mix(pixel[1]), mix(pixel[2])]
    };
    let pixels = picture.pixels().flat_map(on_white).collect();
    RgbImage::from_raw(picture.width(), picture.height(), pixels)
}

/// The picture with its long side at most `long` pixels; never enlarged.
fn shrink(picture: RgbImage, long: u32) -> Result<RgbImage, Refusal> {
    let (width, height) = picture.dimensions();
    if width.max(height) <= long {
        return Ok(picture);
    }
    let broken = || Refusal::new("photo-broken").on("photos");
    let scaled = |side: u32| (u64::from(side) * u64::from(long) / u64::from(width.max(height))).max(1);
    let (new_width, new_height) = (scaled(width) as u32, scaled(height) as u32);
    let source = Image::from_vec_u8(width, height, picture.into_raw(), PixelType::U8x3).map_err(|_| broken())?;
    let mut target = Image::new(new_width, new_height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(fast_image_resize::FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut target, &options).map_err(|_| broken())?;
    RgbImage::from_raw(new_width, new_height, target.into_vec()).ok_or_else(broken)
}

/// The picture as its taker saw it (EXIF 2.32, tag 0x0112).
fn upright(picture: RgbImage, orientation: u8) -> RgbImage {
    let Some(turn) = image::metadata::Orientation::from_exif(orientation) else { return picture };
    let mut picture = DynamicImage::ImageRgb8(picture);
    picture.apply_orientation(turn);
    picture.into_rgb8()
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Refusal> {
    let broken = || Refusal::new("photo-broken").on("photos");
    let mut bytes = Vec::new();
    let width = u16::try_from(picture.width()).map_err(|_| broken())?;
    let height = u16::try_from(picture.height()).map_err(|_| broken())?;
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    encoder.encode(picture.as_raw(), width, height, jpeg_encoder::ColorType::Rgb).map_err(|_| broken())?;
    Ok(bytes)
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

/// True when a JPEG carries no application data beyond JFIF's own and no comment.
pub fn is_clean(jpeg: &[u8]) -> bool {
    segments(jpeg).iter().all(|marker| !matches!(marker, 0xe1..=0xef | 0xfe))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of `width` × `height` whose upper left quarter is red, as JPEG with an EXIF orientation.
    fn photo(width: u32, height: u32, orientation: u8) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            if x < width / 2 && y < height / 2 { image::Rgb([220, 20, 20]) } else { image::Rgb([240, 240, 240]) }
        });
        let plain = encode(&picture, 90).unwrap();
        let tiff =
            [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]]
                .concat();
        let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
        [&plain[..2], &[0xff, 0xe1], &length, &tiff, &plain[2..]].concat()
    }

    fn red_corner(jpeg: &[u8]) -> (bool, bool) {
        let picture = other(jpeg).unwrap();
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
                assert!(is_clean(copy), "{:x?}", segments(copy));
            }
        }
        assert!(!is_clean(&photo(64, 48, 1)), "the test's own original must carry metadata");
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
