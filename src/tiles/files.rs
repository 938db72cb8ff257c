//! PMTiles files: as a whole or in parts, for programs that read them by themselves, and tile by tile, for maps that do not.

use super::kept::takes_gzip;
use super::pmtiles::{Directory, Form, Found, Header, Packing, Stretch, Unfit, number};
use super::tile::Tile;
use crate::app::App;
use crate::files::blobs;
use crate::grid::base_map::{BaseMap, is_name};
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::headers::http_date;
use crate::kit::sources::Sources;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::collections::HashMap;
use std::io::{self, SeekFrom};
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// The ending of such files.
pub const ENDING: &str = ".pmtiles";
/// How much of a file is read at once.
const PIECE: u64 = 128 << 10;
/// The beginning of a file, in which the specification wants the header and the first directory to be.
const BEGINNING: u64 = 16 << 10;
/// A tile or a directory that takes more is not served.
const LARGEST: u64 = 32 << 20;
/// How much memory the directories of a file may take.
const MOST_DIRECTORIES: usize = 32 << 20;
/// How long a reader may go on with what it has before it asks again.
const KEEPING: &str = "public, max-age=300";
/// For how long a file over the network is taken for what it was.
const FRESH: Duration = Duration::from_secs(10);
/// How often a file that is replaced while it is read is begun anew.
const TRIES: usize = 3;

/// The files of a city's folder and those that its settings name.
#[derive(Debug)]
pub struct Files {
    named: HashMap<String, Named>,
    disk: Arc<LocalFileSystem>,
    opened: Mutex<HashMap<String, Arc<Opened>>>,
}

/// Where the settings say that a file lies.
#[derive(Debug)]
enum Named {
    /// On the disk, if there is one.
    Disk(String),
    /// In a bucket.
    Bucket(Place),
    /// In a bucket that cannot be asked, with the reason.
    Nowhere(String),
}

/// Where a file lies.
#[derive(Debug, Clone)]
struct Place {
    store: Arc<dyn ObjectStore>,
    key: Key,
    /// Whether asking costs nothing.
    is_near: bool,
}

/// What is known of a file.
#[derive(Debug)]
struct Opened {
    mark: Mark,
    header: Header,
    root: Directory,
    leaves: Mutex<Leaves>,
    /// When it was last found to be the same.
    seen: Mutex<Instant>,
}

#[derive(Debug, Default)]
struct Leaves {
    known: HashMap<u64, Arc<Directory>>,
    weight: usize,
}

/// By what a file is known to be the same: its length, and the store's own mark or when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    length: u64,
    /// In microseconds.
    written: i64,
    own: Option<String>,
}

impl Mark {
    fn of(file: &ObjectMeta, is_near: bool) -> Mark {
        // Copies of a folder on several machines are one file for whoever reads.
        let own = file.e_tag.as_deref().filter(|_| !is_near).unwrap_or_default().trim_start_matches("W/");
        let own: String = own.chars().filter(|letter| letter.is_ascii_graphic() && !"\",".contains(*letter)).collect();
        let written = file.last_modified.timestamp_micros();
        Mark { length: file.size, written, own: Some(own).filter(|own| !own.is_empty()) }
    }

    fn is_same(&self, other: &Mark) -> bool {
        match (&self.own, &other.own) {
            (Some(own), Some(others)) => own == others && self.length == other.length,
            _ => self.length == other.length && self.written == other.written,
        }
    }

    fn text(&self) -> String {
        match &self.own {
            Some(own) => format!("\"{own}\""),
            None => format!("\"{:x}-{:x}\"", self.length, self.written),
        }
    }

    /// When it was written, as HTTP writes it.
    fn date(&self) -> String {
        http_date(Moment(self.written / 1000))
    }
}

impl Place {
    async fn mark(&self) -> Result<Mark, Error> {
        self.store.head(&self.key).await.map(|file| Mark::of(&file, self.is_near)).map_err(refused)
    }

    /// Asks for the bytes from this one to before that one, or for all.
    async fn get(&self, range: Option<(u64, u64)>) -> Result<(Mark, GetResult), Error> {
        let range = range.map(|(first, end)| GetRange::Bounded(first..end));
        let found = self.store.get_opts(&self.key, GetOptions { range, ..GetOptions::default() }).await;
        found.map(|found| (Mark::of(&found.meta, self.is_near), found)).map_err(refused)
    }

    /// The bytes of a stretch of the file that is known by the mark; none when it is another by now.
    async fn read(&self, mark: &Mark, stretch: Stretch) -> Result<Option<Bytes>, Error> {
        let Some(end) = stretch.at.checked_add(stretch.length).filter(|end| *end <= mark.length) else {
            return Err(unfit(Unfit::Broken));
        };
        match stretch.length {
            0 => Ok(Some(Bytes::new())),
            length if length > LARGEST => Err(unfit(Unfit::Broken)),
            length => {
                let (found, read) = self.get(Some((stretch.at, end))).await?;
                if !found.is_same(mark) {
                    return Ok(None);
                }
                let bytes = read.bytes().await.map_err(refused)?;
                match bytes.len() as u64 == length {
                    true => Ok(Some(bytes)),
                    false => Err(unfit(Unfit::Broken)),
                }
            }
        }
    }

    /// The same of a stretch that is counted from the beginning of another and may not leave it.
    async fn within(&self, mark: &Mark, outer: Stretch, inner: Stretch) -> Result<Option<Bytes>, Error> {
        let is_inside = inner.at.checked_add(inner.length).is_some_and(|end| end <= outer.length);
        let at = outer.at.checked_add(inner.at).filter(|_| is_inside).ok_or_else(|| unfit(Unfit::Broken))?;
        self.read(mark, Stretch { at, length: inner.length }).await
    }
}

/// The object that a store names `s3://BUCKET/KEY`.
fn in_bucket(address: &str) -> Result<Place, Error> {
    let (bucket, key) = address.trim_start_matches("s3://").split_once('/').unwrap_or_default();
    let store = blobs::bucket(bucket, std::env::vars())?;
    Ok(Place { store, key: Key::from(key), is_near: false })
}

fn refused(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound,
        other => blobs::refused(other),
    }
}

fn unfit(why: Unfit) -> Error {
    Error::Internal(why.to_string())
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
        let named = map.files.iter().map(|(name, address)| {
            let place = match address.starts_with("s3://") {
                false => Named::Disk(address.clone()),
                true => match in_bucket(address) {
                    Ok(place) => Named::Bucket(place),
                    Err(error) => Named::Nowhere(format!("{address}: {error}")),
                },
            };
            (name.clone(), place)
        });
        Files { named: named.collect(), disk: Arc::new(LocalFileSystem::new()), opened: Mutex::default() }
    }

    fn on_disk(&self, path: &FilePath) -> Option<Place> {
        let key = path
            .canonicalize()
            .ok()
            .filter(|path| path.is_file())
            .and_then(|path| Key::from_absolute_path(path).ok())?;
        Some(Place { store: Arc::clone(&self.disk) as Arc<dyn ObjectStore>, key, is_near: true })
    }

    /// Where the file of a name lies; none when there is none.
    fn place(&self, sources: &Sources, name: &str) -> Option<Place> {
        if !is_name(name) {
            return None;
        }
        let named = match self.named.get(name) {
            Some(Named::Bucket(place)) => return Some(place.clone()),
            Some(Named::Disk(path)) => self.on_disk(FilePath::new(path)),
            Some(Named::Nowhere(_)) | None => None,
        };
        named.or_else(|| self.on_disk(&sources.on_disk(&format!("{name}{ENDING}"))?))
    }

    /// What the base map of this name is.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn base(&self, sources: &Sources, name: &str) -> Result<Base, String> {
        if let Some(Named::Nowhere(why)) = self.named.get(name) {
            return Err(why.clone());
        }
        let place = self.place(sources, name);
        let place = place.ok_or_else(|| format!("{name}{ENDING} is not in the city's folder"))?;
        let opened = self.open(name, &place).await.map_err(|error| match error {
            Error::NotFound => format!("{name}{ENDING}: there is no {} in the bucket", place.key),
            error => format!("{name}{ENDING}: {error}"),
        })?;
        let (least, most) = opened.header.zooms;
        let address = format!("/map/tiles/{name}/{{z}}/{{x}}/{{y}}");
        Ok(Base { address, is_vector: opened.header.form == Form::Vector, least, most })
    }

    /// Every file that can be asked for and cannot be read, with its reason, for the operator.
    pub async fn unusable(&self, sources: &Sources) -> Vec<(String, String)> {
        let own = sources.on_disk_ending(ENDING);
        let own = own.iter().filter_map(|name| name.strip_suffix(ENDING)).map(str::to_owned);
        let mut names: Vec<String> = self.named.keys().cloned().chain(own).collect();
        names.sort();
        names.dedup();
        let mut found = Vec::new();
        for name in names {
            match is_name(&name) {
                true => found.extend(self.base(sources, &name).await.err().map(|why| (name, why))),
                false => {
                    let why = format!("{name}{ENDING}: its name is not made of letters, digits, - and _");
                    found.push((name, why));
                }
            }
        }
        found
    }

    /// A tile as it lies in a file, with what it is; none when the file has no such tile.
    async fn tile(&self, name: &str, place: &Place, tile: Tile) -> Result<(Mark, Header, Option<Bytes>), Error> {
        for _ in 0..TRIES {
            let opened = self.open(name, place).await?;
            if let Some(found) = opened.tile(place, tile).await? {
                return Ok((opened.mark.clone(), opened.header, found));
            }
            self.known().remove(name);
        }
        Err(replaced(name))
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Opened>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self, name: &str, place: &Place) -> Result<Arc<Opened>, Error> {
        let known = self.known().get(name).map(Arc::clone);
        if let Some(known) = known.as_ref().filter(|known| !place.is_near && known.seen().elapsed() < FRESH) {
            return Ok(Arc::clone(known));
        }
        for _ in 0..TRIES {
            let mark = place.mark().await?;
            if let Some(known) = known.as_ref().filter(|known| known.mark.is_same(&mark)) {
                *known.seen() = Instant::now();
                return Ok(Arc::clone(known));
            }
            if let Some(opened) = Opened::of(place, mark).await? {
                let opened = Arc::new(opened);
                self.known().insert(name.to_owned(), Arc::clone(&opened));
                return Ok(opened);
            }
        }
        Err(replaced(name))
    }
}

fn replaced(name: &str) -> Error {
    Error::Away(format!("{name}{ENDING} is being replaced"))
}

impl Opened {
    /// Reads what stands at the beginning; none when the file is another by now.
    async fn of(place: &Place, mark: Mark) -> Result<Option<Opened>, Error> {
        let beginning = Stretch { at: 0, length: mark.length.min(BEGINNING) };
        let Some(beginning) = place.read(&mark, beginning).await? else { return Ok(None) };
        let header = Header::read(&beginning).map_err(unfit)?;
        let end = header.root.at.saturating_add(header.root.length);
        let near = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let root = match beginning.get(near(header.root.at)..near(end)) {
            Some(root) => Bytes::copy_from_slice(root),
            None => match place.read(&mark, header.root).await? {
                Some(root) => root,
                None => return Ok(None),
            },
        };
        let root = Directory::read(&root, header.directories).map_err(unfit)?;
        Ok(Some(Opened { mark, header, root, leaves: Mutex::default(), seen: Mutex::new(Instant::now()) }))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tile, or that there is none; neither when the file is another by now.
    async fn tile(&self, place: &Place, tile: Tile) -> Result<Option<Option<Bytes>>, Error> {
        if !(self.header.zooms.0..=self.header.zooms.1).contains(&tile.z) {
            return Ok(Some(None));
        }
        let wanted = number(tile);
        let mut found = self.root.find(wanted);
        // The specification has directories of directories; more than three deep are none of it.
        for _ in 0..3 {
            match found {
                Some(Found::Directory(stretch)) => match self.leaf(place, stretch).await? {
                    Some(leaf) => found = leaf.find(wanted),
                    None => return Ok(None),
                },
                Some(Found::Tile(stretch)) => {
                    return Ok(place.within(&self.mark, self.header.tiles, stretch).await?.map(Some));
                }
                None => break,
            }
        }
        Ok(Some(None))
    }

    async fn leaf(&self, place: &Place, stretch: Stretch) -> Result<Option<Arc<Directory>>, Error> {
        let known = self.leaves().known.get(&stretch.at).map(Arc::clone);
        if known.is_some() {
            return Ok(known);
        }
        let Some(bytes) = place.within(&self.mark, self.header.leaves, stretch).await? else { return Ok(None) };
        let read = Arc::new(Directory::read(&bytes, self.header.directories).map_err(unfit)?);
        let mut leaves = self.leaves();
        if leaves.weight + read.weight() > MOST_DIRECTORIES {
            *leaves = Leaves::default();
        }
        leaves.weight += read.weight();
        leaves.known.insert(stretch.at, Arc::clone(&read));
        Ok(Some(read))
    }

    fn leaves(&self) -> std::sync::MutexGuard<'_, Leaves> {
        self.leaves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names the file in what goes to the log.
fn of_file(name: &str, error: Error) -> Error {
    match error {
        Error::Internal(why) => Error::Internal(format!("{name}{ENDING}: {why}")),
        Error::Away(why) => Error::Away(format!("{name}{ENDING}: {why}")),
        other => other,
    }
}

/// `GET /map/tiles/{name}/{z}/{x}/{y}`: one tile of a file.
pub(super) async fn tile(
    State(app): State<App>,
    Path((name, z, x, y)): Path<(String, String, String, String)>,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let tile = Tile::parse(&z, &x, &y).ok_or(Error::NotFound)?;
    let files = &app.tiles.files;
    let place = files.place(&app.sources, &name).ok_or(Error::NotFound)?;
    let read = files.tile(&name, &place, tile).await;
    let (mark, header, found) = read.map_err(|error| of_file(&name, error))?;
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
fn packed(asked: &HeaderMap, header: Header, bytes: Bytes) -> Response {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |name: &str| accepted.split(',').any(|one| one.split(';').next().is_some_and(|one| one.trim() == name));
    let (bytes, packing) = match header.packing {
        Packing::Plain => (bytes, "identity"),
        Packing::Gzip if takes_gzip(asked) => (bytes, "gzip"),
        Packing::Gzip => (Bytes::from(super::kept::unpacked(&bytes)), "identity"),
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
    let place = app.tiles.files.place(&app.sources, name).ok_or(Error::NotFound)?;
    for _ in 0..TRIES {
        let answer = part_of(&place, &asked).await.map_err(|error| of_file(name, error))?;
        if let Some(answer) = answer {
            return Ok(answer);
        }
    }
    Err(replaced(name))
}

/// The answer to whoever asks for a file or a part of it; none when it was replaced meanwhile.
async fn part_of(place: &Place, asked: &HeaderMap) -> Result<Option<Response>, Error> {
    let mark = place.mark().await?;
    let value = |text: String| HeaderValue::try_from(text).map_err(|error| Error::Internal(error.to_string()));
    let (tag, date) = (value(mark.text())?, value(mark.date())?);
    let text = |name: header::HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    // A part of another file than the reader began with would be worth nothing.
    let is_same =
        text(header::IF_RANGE).is_none_or(|known| [mark.text(), mark.date()].contains(&known.trim().to_owned()));
    let range = text(header::RANGE).filter(|_| is_same);
    let is_known = match asked.contains_key(header::IF_NONE_MATCH) {
        true => is_known(asked, &tag),
        false => text(header::IF_MODIFIED_SINCE).is_some_and(|known| known.trim() == mark.date()),
    };
    let kind = HeaderValue::from_static("application/vnd.pmtiles");
    let mut response = match wanted(range, mark.length) {
        _ if is_known => StatusCode::NOT_MODIFIED.into_response(),
        Wanted::Beyond => {
            let headers =
                [(header::CONTENT_RANGE, value(format!("bytes */{}", mark.length))?), (header::CONTENT_TYPE, kind)];
            (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
        }
        part => {
            let range = if let Wanted::Part(first, last) = part { Some((first, last + 1)) } else { None };
            let (found, read) = place.get(range).await?;
            if !found.is_same(&mark) {
                return Ok(None);
            }
            let length = read.range.end.saturating_sub(read.range.start);
            let mut response = sent(read).await?.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, kind);
            // Its places are counted in the file's own bytes, so nothing may pack them.
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            if let Wanted::Part(first, last) = part {
                headers.insert(header::CONTENT_RANGE, value(format!("bytes {first}-{last}/{}", mark.length))?);
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            }
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::LAST_MODIFIED, date);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEPING));
    Ok(Some(response))
}

/// What was asked for, piece by piece.
async fn sent(read: GetResult) -> Result<Body, Error> {
    let (at, end) = (read.range.start, read.range.end);
    match read.payload {
        GetResultPayload::File(file, _) => {
            let mut file = tokio::fs::File::from_std(file);
            file.seek(SeekFrom::Start(at)).await.map_err(|error| Error::Internal(error.to_string()))?;
            Ok(Body::from_stream(pieces(file, end.saturating_sub(at))))
        }
        GetResultPayload::Stream(pieces) => Ok(Body::from_stream(pieces)),
    }
}

/// So many bytes of a file from where it stands.
fn pieces(file: tokio::fs::File, length: u64) -> impl Stream<Item = io::Result<Bytes>> {
    futures_util::stream::try_unfold((file, length), |(mut file, left)| async move {
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
    })
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
