//! Tiles that were made, as they leave: compressed, with the mark by which a reader asks whether theirs is still true.

use crate::kit::id::hexadecimal;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::{Mutex, PoisonError};

/// What the media type of a vector tile is.
pub const VECTOR: &str = "application/vnd.mapbox-vector-tile";
/// How many bytes of tiles are kept, twice: those used lately, and those before.
const MOST: usize = 24 << 20;
/// About what an entry takes beside its bytes.
const AROUND: usize = 300;

/// A tile as it leaves.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its bytes, compressed.
    bytes: Bytes,
    /// Its mark.
    mark: HeaderValue,
    /// How far the changes were known when it was made.
    pub number: u64,
}

impl Made {
    /// A tile's bytes on their way.
    pub fn new(plain: &[u8], number: u64) -> Made {
        let mut packed = GzEncoder::new(Vec::with_capacity(plain.len() / 2 + 32), Compression::new(5));
        // Writing into memory cannot fail.
        let _ = packed.write_all(plain);
        let bytes = packed.finish().unwrap_or_default();
        let mark = format!("W/\"{}\"", hexadecimal(&Sha256::digest(&bytes)[..9]));
        let mark = HeaderValue::try_from(mark).unwrap_or_else(|_| HeaderValue::from_static("W/\"0\""));
        Made { bytes: bytes.into(), mark, number }
    }

    /// The answer to a request: the tile, or that the reader's is still true.
    pub fn answer(&self, asked: &HeaderMap, keeping: &'static str) -> Response {
        let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let own = self.mark.to_str().unwrap_or_default();
        let is_known = known.split(',').map(str::trim).any(|mark| mark == "*" || mark == own);
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let (bytes, packing) = match takes_gzip(asked) {
                true => (self.bytes.clone(), "gzip"),
                // Said, so that nothing else packs it.
                false => (unpacked(&self.bytes).into(), "identity"),
            };
            ([(header::CONTENT_TYPE, VECTOR), (header::CONTENT_ENCODING, packing)], bytes).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.mark.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keeping));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding, accept-language, cookie"));
        response
    }

    fn weight(&self) -> usize {
        self.bytes.len() + AROUND
    }
}

/// Whether whoever asks reads gzip.
pub fn takes_gzip(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let (name, quality) = one.split_once(';').unwrap_or((one, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !matches!(quality.trim(), "q=0" | "q=0.0")
    })
}

/// Packed bytes as they were; what cannot be unpacked is nothing.
pub fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let read = GzDecoder::new(bytes).take(64 << 20).read_to_end(&mut plain);
    if read.is_ok() { plain } else { Vec::new() }
}

/// The tiles that are kept: the ones used lately, and behind them those that go when there is no room.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<Both>);

#[derive(Debug, Default)]
struct Both {
    lately: HashMap<String, Made>,
    weight: usize,
    before: HashMap<String, Made>,
}

impl Shelf {
    /// The tile that is kept under this name.
    pub fn get(&self, name: &str) -> Option<Made> {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = both.lately.get(name) {
            return Some(made.clone());
        }
        let (name, made) = both.before.remove_entry(name)?;
        both.put(name, made.clone());
        Some(made)
    }

    /// Keeps a tile under a name.
    pub fn put(&self, name: String, made: Made) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(name, made);
    }
}

impl Both {
    fn put(&mut self, name: String, made: Made) {
        if self.weight > MOST {
            self.before = std::mem::take(&mut self.lately);
            self.weight = 0;
        }
        self.weight += made.weight() + name.len();
        if let Some(former) = self.lately.insert(name, made) {
            self.weight = self.weight.saturating_sub(former.weight());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shelf_keeps_what_is_used_and_has_an_end() {
        let shelf = Shelf::default();
        // Noise cannot be made smaller.
        let mut last = 1_u32;
        let mut next = || {
            last ^= last << 13;
            last ^= last >> 17;
            last ^= last << 5;
            last.to_le_bytes()
        };
        let noise: Vec<u8> = (0..1 << 18).flat_map(|_| next()).collect();
        let used = Made::new(b"used", 1);
        shelf.put("used".into(), used.clone());
        let big = Made::new(&noise, 1);
        for number in 0..200 {
            shelf.put(format!("{number}"), big.clone());
            assert!(shelf.get("used").is_some(), "{number}");
        }
        let both = shelf.0.lock().unwrap();
        let held = both.lately.len() + both.before.len();
        assert!(held * big.weight() <= 2 * (MOST + big.weight()) + big.weight(), "{held}");
    }

    #[test]
    fn a_reader_gets_what_it_reads_and_nothing_twice() {
        let made = Made::new(b"a tile", 7);
        let ask = |pairs: &[(header::HeaderName, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(name.clone(), HeaderValue::try_from(*value).unwrap());
            }
            made.answer(&headers, "no-cache")
        };
        let plain = ask(&[]);
        assert_eq!(plain.status(), StatusCode::OK);
        assert_eq!(plain.headers()["content-encoding"], "identity");
        assert_eq!(ask(&[(header::ACCEPT_ENCODING, "br, gzip;q=0.8")]).headers()["content-encoding"], "gzip");
        assert_eq!(ask(&[(header::ACCEPT_ENCODING, "gzip;q=0")]).headers()["content-encoding"], "identity");
        let mark = plain.headers()["etag"].to_str().unwrap().to_owned();
        for known in [mark.clone(), format!("\"x\", {mark}"), "*".to_owned()] {
            assert_eq!(ask(&[(header::IF_NONE_MATCH, &known)]).status(), StatusCode::NOT_MODIFIED);
        }
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "W/\"0\"")]).status(), StatusCode::OK);
        assert_eq!(unpacked(&made.bytes), b"a tile");
        assert_eq!(unpacked(b"no gzip"), b"");
    }
}
