//! A photograph of 12 megapixels to its two public copies, beside its bare decoding; and what refusing a bomb takes.

use super::table::{Table, time};
use std::time::{Duration, Instant};
use steward::files::{clean, photo};

/// A picture as cameras take it: soft forms with a little noise, as JPEG with half the colour.
fn twelve_megapixels() -> Vec<u8> {
    let mut chance = 12_345_u32;
    let picture = image::RgbImage::from_fn(4000, 3000, |x, y| {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (across, down) = (f64::from(x), f64::from(y));
        let wave = (across / 97.0).sin() * 50.0 + (down / 53.0).cos() * 50.0 + (across * down / 90_000.0).sin() * 30.0;
        let value = wave + 110.0 + f64::from(chance >> 28);
        image::Rgb([value as u8, (value * 0.8) as u8, (255.0 - value) as u8])
    });
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 88);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder.encode(picture.as_raw(), 4000, 3000, jpeg_encoder::ColorType::Rgb).expect("a JPEG");
    bytes
}

fn rounds(mut once: impl FnMut()) -> (Duration, Duration, Duration) {
    once();
    let mut times: Vec<Duration> = (0..15)
        .map(|_| {
            let began = Instant::now();
            once();
            began.elapsed()
        })
        .collect();
    times.sort();
    (times[times.len() / 2], times[0], times[times.len() - 1])
}

/// Measures on one core.
pub fn measure(table: &mut Table) {
    let bytes = twelve_megapixels();
    let inspection = photo::inspect(&bytes).expect("a photo");
    table.part("A photograph of 12 megapixels, one core", &["what", "median", "best–worst", "per second", "at least"]);
    let mut line = |name: &str, limit: &str, once: &mut dyn FnMut()| {
        let (median, best, worst) = rounds(once);
        let rate = format!("{:.1}", 1.0 / median.as_secs_f64());
        table.line(&[name.to_owned(), time(median), format!("{}–{}", time(best), time(worst)), rate, limit.to_owned()]);
    };
    line("decoded, nothing else", "", &mut || drop(std::hint::black_box(clean::decode(&bytes, &inspection))));
    line("cleaned: upright, two sizes, WebP", "12", &mut || drop(std::hint::black_box(clean::clean(&bytes))));
    // A PNG that says it is 40,000 pixels each way.
    let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x9c\x40\0\0\x9c\x40\x08\x02\0\0\0".to_vec();
    line("a bomb, refused", "20", &mut || assert!(clean::clean(&bomb).is_err()));
    let cut = &bytes[..bytes.len() * 9 / 10];
    line("a photograph that breaks off, refused", "20", &mut || assert!(clean::clean(cut).is_err()));
    let copies = clean::clean(&bytes).expect("a clean photo");
    table.note(&format!(
        "{} KB become {} and {} KB.",
        bytes.len() / 1024,
        copies.large.len() / 1024,
        copies.small.len() / 1024
    ));
}
