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

/// What `steward photo compare` says of two files.
fn compared(one: &std::path::Path, other: &std::path::Path) -> serde_json::Value {
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_steward"));
    let run = run.args(["photo", "compare"]).args([one, other]).output().expect("the program runs");
    let wrong = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{} {}: {wrong}", one.display(), other.display());
    serde_json::from_slice(&run.stdout).expect("JSON")
}

#[test]
fn a_copy_is_known_however_it_was_altered() {
    let photos = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/photos");
    let folder = tempfile::tempdir().expect("a folder");
    let original = photos.join("vendor-before.jpg");
    let picture = clean::small_picture(&std::fs::read(&original).expect("a photo")).expect("a picture");
    let (width, height) = picture.dimensions();
    let cut = image::imageops::crop_imm(&picture, width / 20, 0, width - width / 10, height - height / 10).to_image();
    for (name, altered, symmetry) in [
        ("smaller.png", image::imageops::thumbnail(&picture, width / 2, height / 2), "upright"),
        ("mirrored.png", image::imageops::flip_horizontal(&picture), "mirrored"),
        ("turned.png", image::imageops::rotate90(&picture), "turned-right"),
        ("cut.png", cut, "upright"),
    ] {
        let path = folder.path().join(name);
        altered.save(&path).expect("a picture");
        let found = compared(&original, &path);
        assert_eq!(
            (found["verdict"].as_str(), found["symmetry"].as_str()),
            (Some("same"), Some(symmetry)),
            "{name}: {found}"
        );
    }
    let other = compared(&original, &photos.join("manhole-before.jpg"));
    assert_eq!((other["verdict"].as_str(), other["symmetry"].as_str()), (Some("different"), None), "{other}");
    assert!(other["distance"].as_f64().is_some_and(|distance| distance > 0.33), "{other}");

    // A wall of one colour is like its own file and nothing else.
    let wall = folder.path().join("wall.png");
    image::RgbImage::from_pixel(64, 48, image::Rgb([200; 3])).save(&wall).expect("a picture");
    assert_eq!(compared(&wall, &wall)["verdict"], "same");
    let mut refused = std::process::Command::new(env!("CARGO_BIN_EXE_steward"));
    let refused = refused.args(["photo", "compare"]).args([&original, &wall]).output().expect("the program runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("wall.png: This photo is of nearly one colour"), "{said}");
}

#[test]
fn all_orientations_of_a_real_scene_are_alike() {
    let Some(folder) = real_data("photos/exif") else { return };
    let photo = |scene: &str, number: u8| folder.join(format!("es_jpg_orientation_{scene}_{number}.jpg"));
    for (scene, other) in [("landscape", "portrait"), ("portrait", "landscape")] {
        for number in 2..=8 {
            let found = compared(&photo(scene, 1), &photo(scene, number));
            let same = (found["verdict"].as_str(), found["symmetry"].as_str()) == (Some("same"), Some("upright"));
            assert!(same, "{scene} {number}: {found}");
            let found = compared(&photo(scene, number), &photo(other, number));
            assert_eq!(found["verdict"], "different", "{scene} {other} {number}: {found}");
        }
    }
}
