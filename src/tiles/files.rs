//! PMTiles files: as a whole or in parts, for programs that read them by themselves, and tile by tile, for maps that do not.

use super::kept::takes_gzip;
use super::pmtiles::{Directory, Form, Found, HEADER, Header, Packing, Stretch, number};
use super::tile::Tile;
use crate::app::App;
use crate::grid::base_map::{BaseMap, is_name};
use crate::kit::error::Error;
use crate::kit::sources::Sources;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// The ending of such files.
pub const ENDING: &str = ".pmtiles";
/// How much of a file is read at once.
const PIECE: u64 = 128 << 10;
/// A tile or a directory that takes more is not served.
const LARGEST: u64 = 32 << 20;
/// How much memory the directories of a file may take.
const MOST_DIRECTORIES: usize = 32 << 20;
/// How long a reader may go on with what it has before it asks again.
const KEEPING: &str = "public, max-age=300";

/// The files of a city's folder and those that its settings name.
#[derive(Debug, Default)]
pub struct Files {
    named: HashMap<String, PathBuf>,
    opened: Mutex<HashMap<String, Arc<Opened>>>,
}

/// What is known of a file.
#[derive(Debug)]
struct Opened {
    mark: Mark,
    header: Header,
    root: Directory,
    leaves: Mutex<Leaves>,
}

#[derive(Debug, Default)]
struct Leaves {
    known: HashMap<u64, Arc<Directory>>,
    weight: usize,
}

/// By what a file is known to be the same: its length and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    length: u64,
    written: u128,
}

impl Mark {
    fn of(file: &std::fs::Metadata) -> Mark {
        let written = file.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Mark { length: file.len(), written: written.map_or(0, |since| since.as_nanos()) }
    }

    fn text(self) -> String {
        format!("\"{:x}-{:x}\"", self.length, self.written)
    }
}

/// The base map that a file is, as pages need it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Base {
    /// Where its tiles are, with `{z}`, `{x}` and `{y}`.
    pub address: String,
    /// Whether they are vector tiles; pictures otherwise.
    pub is_vector: bool,
    /// The first zoom that it has.
    pub least: u8,
    /// The last one.
    pub most: u8,
}

impl Files {
    /// The files that a city names.
    pub fn of_city(map: &BaseMap) -> Files {
        Files { named: map.files.clone().into_iter().collect(), opened: Mutex::default() }
    }

    /// Where the file of a name lies; none when there is none.
    fn path(&self, sources: &Sources, name: &str) -> Option<PathBuf> {
        if !is_name(name) {
            return None;
        }
        let named = self.named.get(name).filter(|path| path.is_file()).cloned();
        named.or_else(|| sources.on_disk(&format!("{name}{ENDING}")))
    }

    /// What the base map of this name is.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn base(&self, sources: &Sources, name: &str) -> Result<Base, String> {
        let path = self.path(sources, name).ok_or_else(|| format!("{name}{ENDING} is not in the city's folder"))?;
        let wrong = |why: &dyn std::fmt::Display| format!("{name}{ENDING}: {why}");
        let mut file = File::open(path).map_err(|error| wrong(&error))?;
        let header = header(&mut file).map_err(|error| wrong(&error))?;
        let (least, most) = header.zooms;
        let address = format!("/map/tiles/{name}/{{z}}/{{x}}/{{y}}");
        Ok(Base { address, is_vector: header.form == Form::Vector, least, most })
    }

    /// Every file that can be asked for and cannot be read, with its reason, for the operator.
    pub fn unusable(&self, sources: &Sources) -> Vec<(String, String)> {
        let own = sources.on_disk_ending(ENDING);
        let own = own.iter().filter_map(|name| name.strip_suffix(ENDING)).map(str::to_owned);
        let mut names: Vec<String> = self.named.keys().cloned().chain(own).collect();
        names.sort();
        names.dedup();
        let why = |name: String| {
            if !is_name(&name) {
                return Some((name, "its name is not made of letters, digits, - and _".to_owned()));
            }
            self.base(sources, &name).err().map(|why| (name, why))
        };
        names.into_iter().filter_map(why).collect()
    }

    /// A tile as it lies in a file, with what it is; none when the file has no such tile.
    fn tile(&self, name: &str, path: &std::path::Path, tile: Tile) -> io::Result<(Mark, Header, Option<Vec<u8>>)> {
        let mut file = File::open(path)?;
        let opened = self.open(name, &mut file)?;
        let (mark, header) = (opened.mark, opened.header);
        if !(header.zooms.0..=header.zooms.1).contains(&tile.z) {
            return Ok((mark, header, None));
        }
        let wanted = number(tile);
        let mut found = opened.root.find(wanted);
        // The specification has directories of directories; more than three deep are none of it.
        for _ in 0..3 {
            match found {
                Some(Found::Directory(stretch)) => found = opened.leaf(&mut file, stretch)?.find(wanted),
                Some(Found::Tile(stretch)) => {
                    return Ok((mark, header, Some(bytes_at(&mut file, header.tiles, stretch)?)));
                }
                None => break,
            }
        }
        Ok((mark, header, None))
    }

    fn open(&self, name: &str, file: &mut File) -> io::Result<Arc<Opened>> {
        let mark = Mark::of(&file.metadata()?);
        let known = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(name).map(Arc::clone);
        if let Some(known) = known.filter(|known| known.mark == mark) {
            return Ok(known);
        }
        let header = header(file)?;
        let all = Stretch { at: 0, length: mark.length };
        let root = Directory::read(&bytes_at(file, all, header.root)?, header.directories).map_err(unfit)?;
        let opened = Arc::new(Opened { mark, header, root, leaves: Mutex::default() });
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), Arc::clone(&opened));
        Ok(opened)
    }
}

impl Opened {
    fn leaf(&self, file: &mut File, stretch: Stretch) -> io::Result<Arc<Directory>> {
        let known = self.leaves.lock().unwrap_or_else(PoisonError::into_inner).known.get(&stretch.at).map(Arc::clone);
        if let Some(known) = known {
            return Ok(known);
        }
        let read = Directory::read(&bytes_at(file, self.header.leaves, stretch)?, self.header.directories);
        let read = Arc::new(read.map_err(unfit)?);
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if leaves.weight + read.weight() > MOST_DIRECTORIES {
            *leaves = Leaves::default();
        }
        leaves.weight += read.weight();
        leaves.known.insert(stretch.at, Arc::clone(&read));
        Ok(read)
    }
}

fn unfit(why: super::pmtiles::Unfit) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn header(file: &mut File) -> io::Result<Header> {
    let mut bytes = Vec::with_capacity(HEADER);
    file.seek(SeekFrom::Start(0))?;
    file.take(HEADER as u64).read_to_end(&mut bytes)?;
    Header::read(&bytes).map_err(unfit)
}

/// The bytes of a stretch that is counted from the beginning of another and may not leave it.
fn bytes_at(file: &mut File, within: Stretch, stretch: Stretch) -> io::Result<Vec<u8>> {
    let ends = stretch.at.checked_add(stretch.length).filter(|end| *end <= within.length);
    let at = within.at.checked_add(stretch.at).filter(|_| ends.is_some() && stretch.length <= LARGEST);
    let Some(at) = at else { return Err(unfit(super::pmtiles::Unfit::Broken)) };
    let mut bytes = vec![0; usize::try_from(stretch.length).unwrap_or_default()];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn failed(name: &str, error: &io::Error) -> Error {
    Error::Internal(format!("{name}{ENDING}: {error}"))
}

/// `GET /map/tiles/{name}/{z}/{x}/{y}`: one tile of a file.
pub(super) async fn tile(
    State(app): State<App>,
    Path((name, z, x, y)): Path<(String, String, String, String)>,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let tile = Tile::parse(&z, &x, &y).ok_or(Error::NotFound)?;
    let path = app.tiles.files.path(&app.sources, &name).ok_or(Error::NotFound)?;
    let (held, called) = (app.clone(), name.clone());
    let read = tokio::task::spawn_blocking(move || held.tiles.files.tile(&called, &path, tile)).await;
    let read = read.map_err(|error| Error::Internal(error.to_string()))?;
    let (mark, header, found) = match read {
        Ok(read) => read,
        // Somebody took it away meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::NotFound),
        Err(error) => return Err(failed(&name, &error)),
    };
    let mark =
        HeaderValue::try_from(format!("W/{}", mark.text())).map_err(|error| Error::Internal(error.to_string()))?;
    let mut response = match found {
        _ if is_known(&asked, &mark) => StatusCode::NOT_MODIFIED.into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
        Some(bytes) => packed(&asked, header, bytes),
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, mark);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEPING));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// The bytes of a tile, packed as the reader takes them.
fn packed(asked: &HeaderMap, header: Header, bytes: Vec<u8>) -> Response {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |name: &str| accepted.split(',').any(|one| one.split(';').next().is_some_and(|one| one.trim() == name));
    let (bytes, packing) = match header.packing {
        Packing::Plain => (bytes, "identity"),
        Packing::Gzip if takes_gzip(asked) => (bytes, "gzip"),
        Packing::Gzip => (super::kept::unpacked(&bytes), "identity"),
        Packing::Brotli if takes("br") => (bytes, "br"),
        Packing::Zstandard if takes("zstd") => (bytes, "zstd"),
        // Only the reader could unpack it, and does not.
        Packing::Brotli | Packing::Zstandard => return StatusCode::NOT_ACCEPTABLE.into_response(),
    };
    ([(header::CONTENT_TYPE, header.form.media()), (header::CONTENT_ENCODING, packing)], bytes).into_response()
}

fn is_known(asked: &HeaderMap, mark: &HeaderValue) -> bool {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let plain = |mark: &str| mark.trim().trim_start_matches("W/").to_owned();
    let own = plain(mark.to_str().unwrap_or_default());
    known.split(',').any(|mark| mark.trim() == "*" || plain(mark) == own)
}

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// All of it.
    Whole,
    /// From this byte to this one.
    Part(u64, u64),
    /// Nothing that it has.
    Beyond,
}

/// Reads a `Range` (RFC 9110, section 14): one stretch of bytes. Several at once and units that are not known are answered with the whole,
/// as the standard allows.
fn wanted(range: Option<&str>, length: u64) -> Wanted {
    let Some(said) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else { return Wanted::Whole };
    let Some((first, last)) = said.trim().split_once('-') else { return Wanted::Whole };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(first) || !is_number(last) || first.is_empty() && last.is_empty() {
        return Wanted::Whole;
    }
    // A number that is too large for the machine is too large for the file.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    if first.is_empty() {
        let count = number(last).min(length);
        return if count == 0 { Wanted::Beyond } else { Wanted::Part(length - count, length - 1) };
    }
    let first = number(first);
    let last = if last.is_empty() { u64::MAX } else { number(last) };
    if last < first {
        return Wanted::Whole;
    }
    if first >= length { Wanted::Beyond } else { Wanted::Part(first, last.min(length - 1)) }
}

/// `GET /map/tiles/{name}.pmtiles`: the file, or the part of it that is asked for.
pub(super) async fn file(
    State(app): State<App>,
    Path(name): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let name = name.strip_suffix(ENDING).ok_or(Error::NotFound)?;
    let path = app.tiles.files.path(&app.sources, name).ok_or(Error::NotFound)?;
    let mut file = tokio::fs::File::open(path).await.map_err(|error| failed(name, &error))?;
    let mark = Mark::of(&file.metadata().await.map_err(|error| failed(name, &error))?);
    let tag = HeaderValue::try_from(mark.text()).map_err(|error| Error::Internal(error.to_string()))?;
    let text = |name: header::HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    // A part of another file than the reader began with would be worth nothing.
    let is_same = text(header::IF_RANGE).is_none_or(|known| known.trim() == mark.text());
    let range = text(header::RANGE).filter(|_| is_same);
    let mut response = if is_known(&asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match wanted(range, mark.length) {
            Wanted::Beyond => {
                let whole = HeaderValue::try_from(format!("bytes */{}", mark.length));
                let whole = whole.map_err(|error| Error::Internal(error.to_string()))?;
                let kind = HeaderValue::from_static("application/vnd.pmtiles");
                let headers = [(header::CONTENT_RANGE, whole), (header::CONTENT_TYPE, kind)];
                (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
            }
            Wanted::Whole => sent(StatusCode::OK, file, mark.length, None)?,
            Wanted::Part(first, last) => {
                file.seek(SeekFrom::Start(first)).await.map_err(|error| failed(name, &error))?;
                let part = format!("bytes {first}-{last}/{}", mark.length);
                sent(StatusCode::PARTIAL_CONTENT, file, last - first + 1, Some(part))?
            }
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEPING));
    Ok(response)
}

/// So many bytes of a file from where it stands, piece by piece.
fn sent(status: StatusCode, file: tokio::fs::File, length: u64, part: Option<String>) -> Result<Response, Error> {
    let pieces = futures_util::stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; usize::try_from(left.min(PIECE)).unwrap_or_default()];
        let count = file.read(&mut piece).await?;
        if count == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        piece.truncate(count);
        Ok(Some((Bytes::from(piece), (file, left - count as u64))))
    });
    let mut response = (status, Body::from_stream(pieces)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.pmtiles"));
    // Its places are counted in the file's own bytes, so nothing may pack them.
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(part) = part {
        let part = HeaderValue::try_from(part).map_err(|error| Error::Internal(error.to_string()))?;
        headers.insert(header::CONTENT_RANGE, part);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        use Wanted::{Beyond, Part, Whole};
        for (range, expected) in [
            (None, Whole),
            (Some("bytes=0-99"), Part(0, 99)),
            (Some("bytes=0-126"), Part(0, 99)),
            (Some("bytes=99-"), Part(99, 99)),
            (Some("bytes=-10"), Part(90, 99)),
            (Some("bytes=-1000"), Part(0, 99)),
            (Some("bytes=5-5"), Part(5, 5)),
            (Some("bytes=100-"), Beyond),
            (Some("bytes=100-200"), Beyond),
            (Some("bytes=-0"), Beyond),
            (Some("bytes=99999999999999999999-"), Beyond),
            // What is no range is not there at all.
            (Some("bytes=9-5"), Whole),
            (Some("bytes=-"), Whole),
            (Some("bytes=a-b"), Whole),
            (Some("bytes=0-1,5-6"), Whole),
            (Some("items=0-1"), Whole),
            (Some("bytes=+1-5"), Whole),
        ] {
            assert_eq!(wanted(range, 100), expected, "{range:?}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Beyond);
        assert_eq!(wanted(Some("bytes=-5"), 0), Beyond);
    }
}
