//! Whether a file is all there, told by its own account of its parts before anything is decoded. Decoders find out late: they
//! have held hundreds of megabytes and taken a second when they come to the place where a file breaks off.

use super::photo::Format;

/// True when the parts that a file names are all in it and, where it says so itself, unaltered.
pub fn is_whole(bytes: &[u8], format: Format) -> bool {
    match format {
        Format::Jpeg => jpeg(bytes).unwrap_or(false),
        Format::Png => png(bytes).unwrap_or(false),
        Format::Webp => super::clean::chunks(bytes).is_some(),
        Format::Heic => heic(bytes).unwrap_or(false),
    }
}

/// A JPEG's segments lead to its picture, and behind that stands its end mark, which nothing else in a picture looks like.
/// Phones append films and more behind it.
fn jpeg(bytes: &[u8]) -> Option<bool> {
    let mut at = 2_usize;
    loop {
        let [mark, kind] = *bytes.get(at..at.checked_add(2)?)? else { return None };
        if mark != 0xff {
            return None;
        }
        match kind {
            // Marks may be filled up.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let length = u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?);
                at = at.checked_add(2)?.checked_add(usize::from(length))?;
                if kind == 0xda {
                    break;
                }
            }
        }
    }
    Some(bytes.get(at..)?.windows(2).any(|two| two == [0xff, 0xd9]))
}

/// A PNG's chunks follow each other up to its end chunk, each with the check sum that it names (ISO/IEC 15948, 5.3).
fn png(bytes: &[u8]) -> Option<bool> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let mut at = 8_usize;
    loop {
        let length = usize::try_from(number(at)?).ok()?;
        let (from, to) = (at.checked_add(4)?, at.checked_add(8)?.checked_add(length)?);
        let chunk = bytes.get(from..to)?;
        let mut sum = flate2::Crc::new();
        sum.update(chunk);
        if sum.sum() != number(to)? {
            return Some(false);
        }
        if chunk.starts_with(b"IEND") {
            return Some(true);
        }
        at = to.checked_add(4)?;
    }
}

/// The boxes of a HEIF file fill it (ISO/IEC 14496-12, 4.2).
fn heic(bytes: &[u8]) -> Option<bool> {
    let mut at = 0_usize;
    while at < bytes.len() {
        let short = u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
        let length = match short {
            0 => return Some(true),
            1 => u64::from_be_bytes(bytes.get(at.checked_add(8)?..at.checked_add(16)?)?.try_into().ok()?),
            length => u64::from(length),
        };
        if length < 8 {
            return Some(false);
        }
        at = at.checked_add(usize::try_from(length).ok()?)?;
    }
    Some(at == bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, RgbImage};
    use std::io::Cursor;

    #[test]
    fn what_breaks_off_or_was_altered_is_not_whole() {
        let picture = RgbImage::from_fn(200, 150, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
        for (format, kind) in
            [(ImageFormat::Jpeg, Format::Jpeg), (ImageFormat::Png, Format::Png), (ImageFormat::WebP, Format::Webp)]
        {
            let mut bytes = Vec::new();
            picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
            assert!(is_whole(&bytes, kind), "{format:?}");
            for part in [10, 50, 90, 99] {
                assert!(!is_whole(&bytes[..bytes.len() * part / 100], kind), "{format:?} {part}");
            }
            let mut longer = bytes.clone();
            longer.extend_from_slice(b"a film behind it");
            assert!(is_whole(&longer, kind), "{format:?} with more behind it");
        }
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        assert!(!is_whole(&bytes, Format::Png), "one bit");
        let boxes = [b"\0\0\0\x10ftypheic\0\0\0\0".as_slice(), b"\0\0\0\x0cmdatabcd"].concat();
        assert!(is_whole(&boxes, Format::Heic) && !is_whole(&boxes[..boxes.len() - 1], Format::Heic));
        assert!(!is_whole(b"\0\0\0\x01ftyp\xff\xff\xff\xff\xff\xff\xff\xff", Format::Heic));
        assert!(!is_whole(b"\0\0\0\x04ftyp", Format::Heic));
    }
}
