//! Every parser of what comes from outside is fed with rubbish: bytes by chance, and what a small corpus of invented files becomes
//! when it is cut, turned and mixed. None may panic. It lasts for a short time here; `fuzz/` goes on for as long as one likes.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::path::{Path, PathBuf};
use steward::parsers::{self, Parser};

/// How many inputs each parser is given by chance, and of each file of its corpus.
const EACH: u32 = 48;

fn corpus(parser: Parser) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(parser.name);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut all: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a file")).collect();
    if parser.name == "image" {
        all.push(jpeg());
    }
    all
}

/// A small picture as cameras make it.
fn jpeg() -> Vec<u8> {
    let pixels: Vec<u8> = (0..16_u8).flat_map(|y| (0..16_u8).flat_map(move |x| [x * 15, y * 15, 99])).collect();
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.encode(&pixels, 16, 16, jpeg_encoder::ColorType::Rgb).expect("a picture");
    bytes
}

/// What becomes of bytes: some are turned, some are taken out, some are doubled, the end is cut off.
fn altered(bytes: &[u8], turns: &[(u16, u8)], cut: u16) -> Vec<u8> {
    let mut all = bytes.to_vec();
    for (place, turn) in turns {
        if all.is_empty() {
            break;
        }
        let at = usize::from(*place) * all.len() / (usize::from(u16::MAX) + 1);
        match turn % 4 {
            0 => all[at] = *turn,
            1 => all[at] ^= 1 << (turn % 8),
            2 => drop(all.remove(at)),
            _ => {
                let piece: Vec<u8> = all[at..].iter().take(usize::from(*turn)).copied().collect();
                drop(all.splice(at..at, piece));
            }
        }
    }
    let kept = all.len() - all.len() * usize::from(cut) / (usize::from(u16::MAX) * 2);
    all.truncate(kept);
    all
}

#[test]
fn no_parser_breaks() {
    // Always the same: what fails once fails again.
    let config =
        || Config { cases: EACH, failure_persistence: None, rng_seed: RngSeed::Fixed(20_260_310), ..Config::default() };
    for parser in parsers::ALL {
        println!("{}", parser.name);
        (parser.read)(b"");
        let mut runner = TestRunner::new(config());
        let bytes = proptest::collection::vec(any::<u8>(), 0..600);
        let fed = runner.run(&bytes, |bytes| {
            (parser.read)(&bytes);
            Ok(())
        });
        assert!(fed.is_ok(), "{}: {fed:?}", parser.name);
        for (number, file) in corpus(parser).iter().enumerate() {
            (parser.read)(file);
            let mut runner = TestRunner::new(config());
            let turns = (proptest::collection::vec((any::<u16>(), any::<u8>()), 0..12), any::<u16>());
            let fed = runner.run(&turns, |(turns, cut)| {
                (parser.read)(&altered(file, &turns, cut));
                Ok(())
            });
            assert!(fed.is_ok(), "{} on file {number} of its corpus: {fed:?}", parser.name);
        }
    }
}

#[test]
fn every_parser_has_a_target_and_a_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("fuzz/Cargo.toml")).expect("the manifest of fuzz");
    for parser in parsers::ALL {
        assert!(!corpus(parser).is_empty(), "tests/corpus/{} is empty", parser.name);
        let target = root.join("fuzz/targets").join(format!("{}.rs", parser.name));
        let text = std::fs::read_to_string(&target).unwrap_or_else(|error| panic!("{}: {error}", target.display()));
        assert!(text.contains(&format!("\"{}\"", parser.name)), "{}", target.display());
        assert!(manifest.contains(&format!("name = \"{}\"", parser.name)), "{} is not in fuzz/Cargo.toml", parser.name);
    }
    assert!(parsers::of("image").is_some() && parsers::of("nothing").is_none());
}
