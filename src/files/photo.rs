//! A photo's own account of itself: what it is, how it was held, where and when it was taken.

use super::whole::is_whole;
use crate::kit::error::Refusal;
use exif::{Exif, In, Tag};
use serde::Serialize;
use std::io::Cursor;
use std::panic::catch_unwind;

/// The largest file that is taken in, in bytes (20 MB).
pub const LARGEST_FILE: usize = 20 << 20;
/// The most pixels of a JPEG that are decoded: above what phones usually send, and no more than 240 MB of them.
pub const MOST_PIXELS: u64 = 80_000_000;
/// The same of the others, whose decoders hold four bytes a pixel or the picture twice.
pub const MOST_OTHER_PIXELS: u64 = 60_000_000;
/// From so many pixels on a file must have something in it: a byte for each [`PIXELS_OF_A_BYTE`] of them.
const MANY_PIXELS: u64 = 16_000_000;
/// A wall of one colour takes a byte for some eighty pixels as a JPEG; what takes less is made to look small.
const PIXELS_OF_A_BYTE: u64 = 100;

/// What kind of picture the bytes are, told by their content and never by their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JPEG (ISO/IEC 10918).
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// HEIF with HEVC pictures, as phones write it.
    Heic,
}

impl Format {
    /// Its name in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Format::Jpeg => "jpeg",
            Format::Png => "png",
            Format::Webp => "webp",
            Format::Heic => "heic",
        }
    }

    /// The format of that name.
    pub fn parse(word: &str) -> Option<Format> {
        [Format::Jpeg, Format::Png, Format::Webp, Format::Heic].into_iter().find(|format| format.word() == word)
    }

    /// The format that these bytes are in, by their first ones.
    pub fn of(bytes: &[u8]) -> Option<Format> {
        let brands: &[&[u8]] = &[b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"];
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Format::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::Webp),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if brands.iter().any(|known| brand.starts_with(known)) => {
                Some(Format::Heic)
            }
            _ => None,
        }
    }
}

/// What the program reads from a photo. Positions are WGS-84 degrees as the camera wrote them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The kind of file.
    pub format: Format,
    /// Pixels across, as stored, before it is turned upright.
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// EXIF orientation, 1 to 8; 1 when the photo does not say.
    pub orientation: u8,
    /// Latitude.
    pub lat: Option<f64>,
    /// Longitude.
    pub lon: Option<f64>,
    /// When it was taken, ISO 8601 in the camera's local time, with its offset when the camera wrote one.
    pub taken_at: Option<String>,
    /// The camera's maker.
    pub make: Option<String>,
    /// The camera's model.
    pub model: Option<String>,
}

/// Reads a photo's headers and metadata. Sizes are checked before anything is decoded.
///
/// # Errors
/// `photo-too-large`, `photo-not-an-image`, `photo-too-many-pixels`, `photo-hollow`, `photo-broken`.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Refusal> {
    if bytes.len() > LARGEST_FILE {
        return Err(Refusal::new("photo-too-large").with("limit", LARGEST_FILE >> 20).on("photos"));
    }
    let format = Format::of(bytes).ok_or_else(|| Refusal::new("photo-not-an-image").on("photos"))?;
    let broken = || Refusal::new("photo-broken").on("photos");
    // Decoders by others: a panic in one of them is a broken photo, not a broken program.
    let (width, height) = catch_unwind(|| size(bytes, format)).ok().flatten().ok_or_else(broken)?;
    if width == 0 || height == 0 {
        return Err(broken());
    }
    let pixels = u64::from(width) * u64::from(height);
    let most = if format == Format::Jpeg { MOST_PIXELS } else { MOST_OTHER_PIXELS };
    if pixels > most {
        return Err(Refusal::new("photo-too-many-pixels").with("limit", most / 1_000_000).on("photos"));
    }
    if pixels > MANY_PIXELS && (bytes.len() as u64) < pixels / PIXELS_OF_A_BYTE {
        return Err(Refusal::new("photo-hollow").on("photos"));
    }
    if !is_whole(bytes, format) {
        return Err(broken());
    }
    let metadata = catch_unwind(|| metadata(bytes)).ok().flatten();
    let text = |tag| metadata.as_ref().and_then(|exif| text(exif, tag));
    let orientation = metadata
        .as_ref()
        .and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0))
        .and_then(|value| u8::try_from(value).ok())
        .filter(|value| (1..=8).contains(value))
        .unwrap_or(1);
    let position = metadata.as_ref().and_then(position);
    Ok(Inspection {
        format,
        width,
        height,
        orientation,
        lat: position.map(|(lat, _)| lat),
        lon: position.map(|(_, lon)| lon),
        taken_at: text(Tag::DateTimeOriginal)
            .or_else(|| text(Tag::DateTime))
            .and_then(|taken| local_time(&taken, text(Tag::OffsetTimeOriginal).as_deref())),
        make: text(Tag::Make),
        model: text(Tag::Model),
    })
}

fn size(bytes: &[u8], format: Format) -> Option<(u32, u32)> {
    match format {
        // The size stands at a fixed place, before anything that a decoder would want to see whole.
        Format::Png => {
            let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
            bytes.get(12..16).filter(|name| *name == b"IHDR")?;
            Some((number(16)?, number(20)?))
        }
        Format::Heic => heic_rs::probe(bytes).ok().map(|found| (found.width, found.height)),
        _ => image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok(),
    }
}

fn metadata(bytes: &[u8]) -> Option<Exif> {
    let mut reader = exif::Reader::new();
    reader.continue_on_error(true);
    reader.read_from_container(&mut Cursor::new(bytes)).or_else(|error| error.distill_partial_result(|_| ())).ok()
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let exif::Value::Ascii(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let joined: Vec<_> = parts.iter().map(|part| String::from_utf8_lossy(part)).collect();
    let text =
        joined.join(" ").trim_matches(|character: char| character.is_whitespace() || character == '\0').to_owned();
    (!text.is_empty()).then_some(text)
}

/// Latitude and longitude when both are there, are numbers and lie on the earth.
fn position(exif: &Exif) -> Option<(f64, f64)> {
    let angle = |tag, reference, most: f64| {
        let exif::Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
        let [degrees, minutes, seconds] = parts.get(..3)? else { return None };
        let value = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
        let is_negative = matches!(text(exif, reference)?.as_str(), "S" | "W");
        (value.is_finite() && value <= most).then_some(if is_negative { -value } else { value })
    };
    let lat = angle(Tag::GPSLatitude, Tag::GPSLatitudeRef, 90.0)?;
    let lon = angle(Tag::GPSLongitude, Tag::GPSLongitudeRef, 180.0)?;
    Some((lat, lon))
}

/// EXIF's `2008:10:22 16:28:39` as ISO 8601; nothing when it is not a real moment.
fn local_time(text: &str, offset: Option<&str>) -> Option<String> {
    let moment = jiff::civil::DateTime::strptime("%Y:%m:%d %H:%M:%S", text.trim()).ok()?;
    let offset = offset.filter(|offset| offset.len() == 6 && offset.starts_with(['+', '-'])).unwrap_or_default();
    Some(format!("{}{offset}", moment.strftime("%Y-%m-%dT%H:%M:%S")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gif_is_no_photo_even_where_a_decoder_for_it_is_built_in() {
        // A whole GIF of one dot. Papers bring its decoder along; photos must not be read by it.
        let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
        assert_eq!(inspect(gif).unwrap_err().key, "photo-not-an-image");
        assert_eq!(Format::of(gif), None);
    }

    #[test]
    fn words_are_not_a_photo() {
        assert_eq!(inspect(b"hello").map_err(|refusal| refusal.key), Err("photo-not-an-image"));
        assert_eq!(inspect(b"").map_err(|refusal| refusal.key), Err("photo-not-an-image"));
        assert_eq!(inspect(&vec![0; LARGEST_FILE + 1]).map_err(|refusal| refusal.key), Err("photo-too-large"));
        assert_eq!(inspect(&[0xff, 0xd8, 0xff, 0xe0]).map_err(|refusal| refusal.key), Err("photo-broken"));
    }

    #[test]
    fn moments_that_never_were_are_not_told() {
        assert_eq!(local_time("2008:10:22 16:28:39", None).as_deref(), Some("2008-10-22T16:28:39"));
        assert_eq!(local_time("2008:10:22 16:28:39", Some("+08:00")).as_deref(), Some("2008-10-22T16:28:39+08:00"));
        assert_eq!(local_time("0000:00:00 00:00:00", None), None);
    }
}
