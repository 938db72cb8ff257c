//! A file of places, read and compared with its list; or taken over. What is written is written in small pieces, so that
//! nobody waits for it, and the same file may be taken again whenever that was cut short.

use super::import::{Found, MOST_NOTES, SAMPLE, Way};
use super::place::{Entry, Judged, judge, sentence};
use super::settings::Settings;
use super::store;
use crate::grid::cells::Grid;
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::kit::id::{self, Id};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::Arc;
use understanding::places::reading::{Most, read_at_most};

/// A GeoJSON heavier than this takes too much memory to be read, in bytes; a table may weigh more.
const HEAVIEST_JSON: usize = 64 << 20;
/// A file that is packed by gzip is unpacked to at most so many bytes.
const HEAVIEST: u64 = 512 << 20;
/// What a file that is packed by gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Rows that are written in one transaction.
const BATCH: usize = 400;

/// What is to be done with a file.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The name of the list that it belongs to.
    pub source: String,
    /// What it does to it.
    pub way: Way,
    /// The system of its coordinates, where its columns do not say so themselves.
    pub system: CoordinateSystem,
}

impl Wish {
    /// A wish as somebody typed it; a list without a name is called after its file.
    ///
    /// # Errors
    /// `places-way-missing`, `coordinate-system-unknown`, `form-missing` or `form-too-long`, each on its field.
    pub fn of(source: &str, way: &str, system: &str, file: &str) -> Result<Wish, Refusal> {
        let stem = file.trim_end_matches(".gz");
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        let source = if source.trim().is_empty() { stem } else { source };
        let way = Way::parse(way).ok_or_else(|| Refusal::new("places-way-missing").on("way"))?;
        let system = system.parse().map_err(|refusal: Refusal| refusal.on("coordinates"))?;
        Ok(Wish { source: required("source", source, 60)?, way, system })
    }
}

/// The text of a file, and in which letters it was written when that is not UTF-8.
fn text_of(bytes: &[u8]) -> Result<(String, &'static str), Refusal> {
    crate::kit::letters::read(bytes).ok_or_else(|| Refusal::new("places-fault-not-text"))
}

fn unpacked(bytes: Bytes) -> Result<Bytes, Refusal> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    let broken = |_| Refusal::new("places-fault-gzip");
    MultiGzDecoder::new(&*bytes).take(HEAVIEST + 1).read_to_end(&mut plain).map_err(broken)?;
    if plain.len() as u64 > HEAVIEST {
        return Err(Refusal::new("places-fault-too-heavy").with("megabytes", HEAVIEST >> 20));
    }
    Ok(plain.into())
}

/// Reads and judges a file; long work, to be done beside the threads that answer.
fn judged(bytes: Bytes, wish: &Wish, grid: &Grid, settings: &Settings) -> Result<(Judged, &'static str), Refusal> {
    let bytes = unpacked(bytes)?;
    let (text, letters) = text_of(&bytes)?;
    drop(bytes);
    if text.trim_start().starts_with('{') && text.len() > HEAVIEST_JSON {
        return Err(Refusal::new("places-fault-json-too-heavy").with("megabytes", HEAVIEST_JSON >> 20));
    }
    let inward = |system: &str, lon: f64, lat: f64| {
        let inside = system.parse::<CoordinateSystem>().unwrap_or(wish.system).inward(Point { lon, lat });
        (inside.lon, inside.lat)
    };
    let most = Most { places: settings.most_places, wrong: MOST_NOTES };
    let read = read_at_most(text.as_bytes(), wish.system.as_str(), &inward, most).map_err(|wrong| {
        let refusal = sentence(&wrong);
        if wrong.line == 0 { refusal } else { refusal.with("line", wrong.line) }
    })?;
    drop(text);
    let mark = |text: &str| id::hexadecimal(Sha256::digest(text).get(..12).unwrap_or_default());
    Ok((judge(read, grid, wish.system.as_str(), MOST_NOTES, &mark), letters))
}

/// Reads a file and says what it would do to its list, or takes it over. `progress` hears how many of how many places were
/// written.
///
/// # Errors
/// A refusal of the file as a whole, on `file`; when the database fails: what was written stays, and the same file may be
/// taken again.
#[expect(clippy::too_many_arguments, reason = "the page and the command line hold different halves of them")]
pub async fn take(
    db: &Db,
    grid: Arc<Grid>,
    settings: &Settings,
    wish: &Wish,
    bytes: Bytes,
    now: Moment,
    is_dry_run: bool,
    mut progress: impl FnMut(usize, usize),
) -> Result<Found, Error> {
    let (held, own) = (wish.clone(), *settings);
    let read = tokio::task::spawn_blocking(move || judged(bytes, &held, &grid, &own)).await;
    let read = read.map_err(|error| Error::Internal(error.to_string()))?;
    let (judged, letters) = read.map_err(|refusal| refusal.on("file"))?;
    let name = wish.source.clone();
    let source = db.read(move |tx| async move { store::source_named(&tx, &name).await }).await.map_err(Error::Db)?;
    let mut known: HashMap<String, (Id, Entry, bool)> = HashMap::new();
    if let Some(source) = &source {
        let (source, mut after) = (source.id, 0);
        loop {
            let some = db.read(move |tx| async move { store::of_source(&tx, source, after).await }).await;
            let some = some.map_err(|error: DbError| Error::Db(error))?;
            let Some(last) = some.last() else { break };
            after = last.id;
            known.extend(
                some.into_iter().map(|place| (place.entry.reference.clone(), (place.id, place.entry, place.is_edited))),
            );
        }
    }
    let had = known.len() as u64;
    let mut found = Found {
        good: judged.entries.len() as u64,
        had,
        refused: judged.refused,
        outside: judged.outside,
        twice: judged.twice,
        letters: letters.to_owned(),
        notes: judged.notes,
        sample: spread(&judged.entries),
        ..Found::default()
    };
    let mut written = Vec::new();
    for entry in judged.entries {
        match known.remove(&entry.reference) {
            None => {
                found.begun += 1;
                written.push(entry);
            }
            Some((_, _, true)) => found.edited += 1,
            Some((_, old, _)) if old.says_the_same(&entry) => found.unchanged += 1,
            Some(_) => {
                found.changed += 1;
                written.push(entry);
            }
        }
    }
    // An empty file must not empty a list.
    let gone: Vec<Id> = match wish.way {
        Way::Replace if found.good > 0 => known.into_values().map(|(id, ..)| id).collect(),
        _ => Vec::new(),
    };
    found.gone = gone.len() as u64;
    if is_dry_run || found.good == 0 {
        return Ok(found);
    }
    let name = wish.source.clone();
    let source = db.write(move |tx| async move { store::begin_source(&tx, &name).await }).await.map_err(Error::Db)?;
    let all = written.len();
    for (number, some) in written.chunks(BATCH).enumerate() {
        let some = some.to_vec();
        let put: Result<(), DbError> = db
            .write(move |tx| {
                let some = some.clone();
                async move { store::put(&tx, source, &some, now).await }
            })
            .await;
        put?;
        progress(((number + 1) * BATCH).min(all), all);
    }
    for some in gone.chunks(BATCH) {
        let some = some.to_vec();
        let removed: Result<(), DbError> = db
            .write(move |tx| {
                let some = some.clone();
                async move { store::remove(&tx, &some).await }
            })
            .await;
        removed?;
    }
    let counted = db.write(move |tx| async move {
        store::count_source(&tx, source, Some(now)).await?;
        store::changed(&tx).await
    });
    counted.await.map_err(|error: DbError| Error::Db(error))?;
    Ok(found)
}

/// A few of the places, from the whole of the file.
fn spread(entries: &[Entry]) -> Vec<Entry> {
    let step = entries.len().div_ceil(SAMPLE).max(1);
    entries.iter().step_by(step).take(SAMPLE).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(bytes: &[u8]) -> Result<(Judged, &'static str), &'static str> {
        let wish = Wish { source: "a".into(), way: Way::Add, system: CoordinateSystem::Wgs84 };
        let settings = Settings { most_places: 3, ..Settings::default() };
        let grid = Grid::new(Vec::new(), Vec::new());
        judged(Bytes::copy_from_slice(bytes), &wish, &grid, &settings).map_err(|refusal| refusal.key)
    }

    #[test]
    fn letters_are_recognised() {
        let text = "名称,经度,纬度\n望澜码头,123.4,31.2\n";
        let name = |found: Result<(Judged, &'static str), &'static str>| {
            let (judged, letters) = found.expect("a list");
            (judged.entries.first().map(|entry| entry.name.clone()), letters)
        };
        let gb = encoding_rs::GB18030.encode(text).0;
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(name(look(text.as_bytes())), (Some("望澜码头".into()), ""));
        assert_eq!(name(look(&gb)), (Some("望澜码头".into()), "GB18030"));
        assert_eq!(name(look(&wide)), (Some("望澜码头".into()), "UTF-16LE"));
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_sentence() {
        let row = "a,1,1\n";
        let many = format!("name,lon,lat\n{}", (0..4).map(|n| format!("{n}{row}")).collect::<String>());
        let wide = vec!["x"; 10_000].join(",");
        for (bytes, key) in [
            (&b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x80\x80"[..], "places-fault-not-text"),
            (b"", "places-fault-empty"),
            (b"one,two\n1,2\n", "places-fault-no-name-column"),
            (b"name,two\n1,2\n", "places-fault-no-position-column"),
            (b"{\"a\":1}", "places-fault-no-features"),
            (b"{\"features\":", "places-fault-not-json"),
            (b"\x1f\x8bnothing", "places-fault-gzip"),
            (many.as_bytes(), "places-fault-too-many"),
            (wide.as_bytes(), "places-fault-too-many-columns"),
        ] {
            assert_eq!(look(bytes).map(|_| ()), Err(key));
        }
    }

    #[test]
    fn a_list_is_called_after_its_file() {
        let wish = |source: &str| Wish::of(source, "add", "gcj02", "地名 2026.csv.gz").map(|wish| wish.source);
        assert_eq!((wish(" "), wish("民政")), (Ok("地名 2026".into()), Ok("民政".into())));
        for (source, way, system, key) in [
            ("a", "", "wgs84", "places-way-missing"),
            ("a", "add", "mars", "coordinate-system-unknown"),
            ("", "add", "wgs84", "form-missing"),
        ] {
            assert_eq!(Wish::of(source, way, system, ".csv").map(drop).map_err(|no| no.key), Err(key));
        }
    }
}
