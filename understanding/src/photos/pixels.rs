//! Pixels in and out of files, made smaller and turned. What decodes and encodes is generic, so it is compiled by the crate that
//! names it: here it is fast in every build.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions};
use image::{DynamicImage, RgbImage};
use std::io::Cursor;
use yuv::{YuvChromaSubsampling, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgb_to_yuv420};

pub use fast_image_resize::Resizer;

/// The most memory that a decoder may take, in bytes.
const MOST_MEMORY: u64 = 256 << 20;

/// The pixels of a JPEG as they are stored, in the memory of `pixels`; none when it is broken.
pub fn of_jpeg(bytes: &[u8], mut pixels: Vec<u8>) -> Option<RgbImage> {
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
    let read = decoder.decode_headers().ok().and_then(|()| decoder.output_buffer_size());
    let is_decoded = read.is_some_and(|length| {
        pixels.resize(length, 0);
        decoder.decode_into(&mut pixels).is_ok()
    });
    match decoder.info().filter(|_| is_decoded) {
        Some(size) => RgbImage::from_raw(size.width.into(), size.height.into(), pixels),
        // Rare colour models (CMYK from a scanner) are read by the slower decoder.
        None => of_other(bytes),
    }
}

/// The pixels of an HEIC file, upright; none when it is broken or of a kind that cannot be read.
pub fn of_heic(bytes: &[u8]) -> Option<RgbImage> {
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

/// The pixels of a PNG, a WebP or a JPEG of a rare kind, on white where it is transparent; none when it is broken or too large.
pub fn of_other(bytes: &[u8]) -> Option<RgbImage> {
    let mut reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
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

/// The picture in another size, in pixels; none when one of its sides would be nothing.
pub fn resized(picture: &RgbImage, width: u32, height: u32, resizer: &mut Resizer) -> Option<RgbImage> {
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3).ok()?;
    let mut target = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    resizer.resize(&source, &mut target, &options).ok()?;
    RgbImage::from_raw(width, height, target.into_vec())
}

/// The picture as its taker saw it (EXIF 2.32, tag 0x0112).
pub fn upright(picture: RgbImage, orientation: u8) -> RgbImage {
    let Some(turn) = image::metadata::Orientation::from_exif(orientation) else { return picture };
    let mut picture = DynamicImage::ImageRgb8(picture);
    picture.apply_orientation(turn);
    picture.into_rgb8()
}

/// A picture as WebP, its quality from 0 to 100 and the encoder's effort from 0 to 6. It is handed over as WebP stores it,
/// brightness beside colour of half the width and height (BT.601); from red, green and blue the encoder would pack four bytes a
/// pixel first and take them apart one by one.
pub fn as_webp(picture: &RgbImage, quality: f32, effort: u8) -> Option<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let mut planes = YuvPlanarImageMut::<u8>::alloc(width, height, YuvChromaSubsampling::Yuv420);
    let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
    rgb_to_yuv420(&mut planes, picture.as_raw(), width * 3, range, matrix, YuvConversionMode::Balanced).ok()?;
    let planes = webpx::YuvPlanesRef {
        y: planes.y_plane.borrow(),
        y_stride: planes.y_stride as usize,
        u: planes.u_plane.borrow(),
        u_stride: planes.u_stride as usize,
        v: planes.v_plane.borrow(),
        v_stride: planes.v_stride as usize,
        a: None,
        a_stride: 0,
        width,
        height,
    };
    webpx::Encoder::new_yuv(planes).quality(quality).method(effort).encode(webpx::Unstoppable).ok()
}

/// A picture as a JPEG, its quality from 1 to 100; none when it is too large for one.
pub fn as_jpeg(picture: &RgbImage, quality: u8) -> Option<Vec<u8>> {
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(picture).ok()?;
    Some(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_goes_out_and_comes_back() {
        let picture = RgbImage::from_fn(64, 48, |x, _| image::Rgb([if x < 32 { 220 } else { 30 }, 40, 50]));
        let is_red = |picture: &RgbImage, x, y| picture.get_pixel(x, y)[0] > 150;
        for bytes in [as_jpeg(&picture, 90).unwrap(), as_webp(&picture, 90.0, 2).unwrap()] {
            let back = if bytes.starts_with(b"RIFF") { of_other(&bytes) } else { of_jpeg(&bytes, vec![]) }.unwrap();
            assert_eq!(back.dimensions(), (64, 48));
            assert!(is_red(&back, 8, 24) && !is_red(&back, 56, 24));
        }
        let half = resized(&picture, 32, 24, &mut Resizer::new()).unwrap();
        assert!(half.dimensions() == (32, 24) && is_red(&half, 4, 12) && !is_red(&half, 28, 12));
        // Its right side was up.
        assert_eq!(upright(picture, 6).dimensions(), (48, 64));
        assert!(of_jpeg(b"\xff\xd8\xff nothing", vec![]).is_none() && of_other(b"nothing").is_none());
    }
}
