//! Photos as people really send them.

use std::path::PathBuf;
use steward::files::{clean, photo};

/// The folder of real data, or nothing, said aloud.
pub fn real_data(file: &str) -> Option<PathBuf> {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("STEWARD_REAL_DATA").map_or(beside, PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {file} is not among the real data");
    None
}

const ORIENTATIONS: [&str; 8] = [
    "Horizontal (normal)",
    "Mirrored horizontal",
    "Rotated 180",
    "Mirrored vertical",
    "Mirrored horizontal then rotated 90 CCW",
    "Rotated 90 CW",
    "Mirrored horizontal then rotated 90 CW",
    "Rotated 90 CCW",
];

#[test]
fn real_photos_are_read_as_their_list_says_and_shown_without_metadata() {
    let Some(folder) = real_data("photos/exif") else { return };
    let mut list = csv::Reader::from_path(folder.join("expected_exif.csv")).expect("the list");
    let names = list.headers().expect("a header").clone();
    let (mut accepted, mut refused) = (0, 0);
    for row in list.records() {
        let row = row.expect("a row");
        let cell =
            |name: &str| names.iter().position(|found| found == name).and_then(|at| row.get(at)).unwrap_or_default();
        let file = cell("file");
        let bytes = std::fs::read(folder.join(file)).expect("a photo");
        let cleaned = match clean::clean(&bytes) {
            Ok(cleaned) => cleaned,
            Err(refusal) => {
                assert!(file.contains("invalid"), "{file} was refused: {}", refusal.key);
                refused += 1;
                continue;
            }
        };
        accepted += 1;
        let seen = &cleaned.inspection;
        for (name, value) in [("lat", seen.lat), ("lon", seen.lon)] {
            match cell(name).parse::<f64>() {
                Ok(expected) => assert!(value.is_some_and(|value| (value - expected).abs() < 1e-6), "{file} {name}"),
                // The list was made by a reader that does not open HEIC.
                Err(_) if file.starts_with("es_heic") => {}
                Err(_) => assert_eq!(value, None, "{file} {name}"),
            }
        }
        if !cell("orientation").is_empty() {
            assert_eq!(ORIENTATIONS[usize::from(seen.orientation) - 1], cell("orientation"), "{file}");
        }
        for (name, value) in [("make", &seen.make), ("model", &seen.model)] {
            if !cell(name).is_empty() {
                assert_eq!(value.as_deref(), Some(cell(name)), "{file} {name}");
            }
        }
        if !cell("datetime_original").is_empty() {
            let expected = cell("datetime_original").replacen(':', "-", 2).replace(' ', "T");
            assert_eq!(seen.taken_at.as_deref(), Some(expected.as_str()), "{file}");
        }
        assert!(clean::is_clean(&cleaned.large) && clean::is_clean(&cleaned.small), "{file} keeps metadata");
    }
    eprintln!("{accepted} photos accepted, {refused} refused");
    assert!(accepted >= 20);
}

#[test]
fn one_scene_in_eight_orientations_is_one_picture() {
    let Some(folder) = real_data("photos/exif") else { return };
    for scene in ["landscape", "portrait"] {
        let upright: Vec<_> = (1..=8)
            .map(|orientation| {
                let bytes = std::fs::read(folder.join(format!("es_jpg_orientation_{scene}_{orientation}.jpg")))
                    .expect("a photo");
                let cleaned = clean::clean(&bytes).expect("a clean photo");
                let inspection = photo::inspect(&cleaned.small).expect("a readable copy");
                clean::decode(&cleaned.small, &inspection).expect("pixels")
            })
            .collect();
        for (index, picture) in upright.iter().enumerate() {
            assert_eq!(picture.dimensions(), upright[0].dimensions(), "{scene} {}", index + 1);
            let difference: u64 =
                picture.as_raw().iter().zip(upright[0].as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            let mean = difference / picture.as_raw().len() as u64;
            // The scenes were photographed with the number written in the middle, so a little may differ.
            assert!(mean < 24, "{scene} {}: mean difference {mean}", index + 1);
        }
    }
}

#[test]
fn photos_of_street_problems_are_accepted() {
    let Some(folder) = real_data("photos/street_problems") else { return };
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let cleaned = clean::clean(&std::fs::read(&path).expect("a photo"));
        assert!(cleaned.is_ok_and(|cleaned| clean::is_clean(&cleaned.large)), "{}", path.display());
    }
}
