//! Tables as offices send them, row by row: text in any letters with commas, tabs or semicolons, Excel workbooks, lists of JSON
//! objects. A row is read, handed on and forgotten, so that a file of a million rows takes no more memory than one of ten; what
//! cannot be read ends in a sentence about its row, and what is no table in a sentence about the file.

use super::clock::Moment;
use super::error::{Error, Refusal};
use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx};
use encoding_rs::{Decoder, Encoding, GB18030, UTF_8};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// The most columns of a table: what is wider is a picture of something, not a list.
pub const MOST_COLUMNS: usize = 500;
/// The longest row of a text, in bytes: behind it stands a quotation mark that nobody closed.
const LONGEST_ROW: usize = 1 << 20;
/// How many rows may stand above the one that names the columns: a title, the day, who made it.
const MOST_ABOVE: usize = 10;
/// The largest parts of a workbook, unpacked, in bytes: its shared words, which are held in memory, and each sheet, which is not.
const LARGEST_WORDS: u64 = 256 << 20;
const LARGEST_SHEET: u64 = 4 << 30;
/// To how many times its size anything packed by deflate can unpack.
const MOST_TIMES: u64 = 1_032;
/// How many objects of a list tell which columns there are.
const TELLING: usize = 100;
/// How many formulas of a sheet are looked at: of what has more, nothing is kept by hand.
const MOST_FORMULAS: usize = 1_000_000;
/// A number from which a spreadsheet has forgotten the last digits.
const ROUNDED: f64 = 1e15;
/// What stands before such a number.
pub const ABOUT: char = '≈';

/// Where a table comes from: a file, or bytes in memory.
pub trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// A source of which is known how far it was read.
#[derive(Debug)]
pub struct Counted<S> {
    source: S,
    read: Arc<AtomicU64>,
}

impl<S> Counted<S> {
    /// Counts from the beginning.
    pub fn of(source: S) -> Counted<S> {
        Counted { source, read: Arc::new(AtomicU64::new(0)) }
    }

    /// Counts on a counter that somebody looks at already.
    pub fn with(source: S, read: Arc<AtomicU64>) -> Counted<S> {
        Counted { source, read }
    }

    /// The same counter for whoever looks: bytes from the beginning.
    pub fn read(&self) -> Arc<AtomicU64> {
        self.read.clone()
    }
}

impl<S: Read> Read for Counted<S> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(out)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<S: Seek> Seek for Counted<S> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = self.source.seek(to)?;
        self.read.store(at, Ordering::Relaxed);
        Ok(at)
    }
}

/// A row below the heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row of a spreadsheet, the line of a text, the number of an object; the first is 1.
    pub row: u64,
    /// Its cells, as many as the heading has, without white space around them; or why it cannot be read.
    pub cells: Result<Vec<String>, Refusal>,
}

/// What is read of a table, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The names of the columns; once, first.
    Head(Vec<String>),
    /// A row. Empty ones are left out.
    Row(Row),
}

/// Who hears what is read; false: no more is wanted.
type Sink<'a> = &'a mut dyn FnMut(Told) -> bool;

/// What a file is, by how it begins.
enum Kind {
    Text,
    Wide(&'static Encoding),
    Workbook,
    Json,
}

fn kind(start: &[u8]) -> Result<Kind, Refusal> {
    let no = |key| Err(Refusal::new(key));
    if start.is_empty() {
        return no("table-empty");
    }
    if start.starts_with(b"\xD0\xCF\x11\xE0") {
        return no("table-old-excel");
    }
    if start.starts_with(b"PK") {
        return Ok(Kind::Workbook);
    }
    if let Some((letters, _)) = Encoding::for_bom(start).filter(|(letters, _)| *letters != UTF_8) {
        return Ok(Kind::Wide(letters));
    }
    if start.contains(&0) || start.starts_with(b"%PDF") || start.starts_with(b"\x89PNG") {
        return no("table-not-a-table");
    }
    let plain = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    match plain.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => no("table-empty"),
        Some(b'<') => no("table-is-a-page"),
        Some(b'{' | b'[') => Ok(Kind::Json),
        Some(_) => Ok(Kind::Text),
    }
}

/// What is heard of a cell of a workbook that holds a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formulas {
    /// What was reckoned last.
    Reckoned,
    /// The formula itself, as people see it while they edit: it begins with `=`, as one in a text does.
    Written,
}

/// Reads a table to its end, or until nobody wants to hear more. Of a formula the value that was reckoned last is heard.
///
/// # Errors
/// A sentence about the file as a whole: `table-empty`, `table-old-excel`, `table-not-a-table`, `table-is-a-page`, `table-zip`,
/// `table-too-wide`, `table-too-heavy`, `table-quote-open` (`row`), `table-broken` (`reason`), `table-not-json` (`reason`). What
/// was heard before stands.
pub fn read(source: impl Source, sink: Sink<'_>) -> Result<(), Refusal> {
    read_with(source, Formulas::Reckoned, sink)
}

/// The same, and says what is heard of formulas.
///
/// # Errors
/// As [`read`].
pub fn read_with(mut source: impl Source, formulas: Formulas, sink: Sink<'_>) -> Result<(), Refusal> {
    let mut start = Vec::new();
    source.by_ref().take(4096).read_to_end(&mut start).map_err(broken)?;
    source.rewind().map_err(broken)?;
    match kind(&start)? {
        Kind::Text => {
            let letters = weigh(&mut source)?;
            source.seek(SeekFrom::Start(if start.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 })).map_err(broken)?;
            text(&mut BufReader::with_capacity(1 << 16, source), letters, sink)
        }
        Kind::Wide(letters) => {
            let plain =
                Narrowed { source, decoder: letters.new_decoder_with_bom_removal(), held: Vec::new(), is_over: false };
            text(&mut BufReader::with_capacity(1 << 16, plain), UTF_8, sink)
        }
        Kind::Workbook => workbook(source, formulas, sink),
        Kind::Json => {
            source.seek(SeekFrom::Start(if start.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 })).map_err(broken)?;
            json(BufReader::with_capacity(1 << 16, source), sink)
        }
    }
}

/// The same for whoever awaits: a thread reads, and waits when what it has read is not taken.
#[derive(Debug)]
pub struct Rows {
    news: mpsc::Receiver<Told>,
    reading: Option<tokio::task::JoinHandle<Result<(), Refusal>>>,
}

impl Rows {
    /// Begins to read.
    pub fn of(source: impl Source + 'static) -> Rows {
        Rows::with(source, Formulas::Reckoned)
    }

    /// The same, and says what is heard of formulas.
    pub fn with(source: impl Source + 'static, formulas: Formulas) -> Rows {
        let (tell, news) = mpsc::channel(256);
        let reading = tokio::task::spawn_blocking(move || {
            read_with(source, formulas, &mut |told| tell.blocking_send(told).is_ok())
        });
        Rows { news, reading: Some(reading) }
    }

    /// What comes next; none at the end.
    ///
    /// # Errors
    /// As [`read`].
    pub async fn next(&mut self) -> Result<Option<Told>, Error> {
        if let Some(told) = self.news.recv().await {
            return Ok(Some(told));
        }
        if let Some(reading) = self.reading.take() {
            reading.await.map_err(|error| Error::Internal(error.to_string()))??;
        }
        Ok(None)
    }
}

fn broken(error: impl fmt::Display) -> Refusal {
    Refusal::new("table-broken").with("reason", error)
}

/// In which letters a text is written: UTF-8 unless more of what is not English breaks than holds.
fn weigh(source: &mut impl Read) -> Result<&'static Encoding, Refusal> {
    let (mut good, mut bad) = (0_u64, 0_u64);
    let (mut chunk, mut held) = (vec![0; 1 << 16], 0);
    loop {
        let count = source.read(chunk.get_mut(held..).unwrap_or_default()).map_err(broken)?;
        let end = held + count;
        let mut rest = chunk.get(..end).unwrap_or_default();
        held = 0;
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    good += text.bytes().filter(|byte| *byte >= 0xC0).count() as u64;
                    rest = &[];
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    good += valid.iter().filter(|byte| **byte >= 0xC0).count() as u64;
                    match error.error_len() {
                        Some(length) => {
                            bad += 1;
                            rest = after.get(length..).unwrap_or_default();
                        }
                        // A letter that goes on in the next piece.
                        None if count > 0 => {
                            held = after.len();
                            rest = &[];
                        }
                        None => {
                            bad += 1;
                            rest = &[];
                        }
                    }
                }
            }
        }
        if count == 0 {
            return Ok(if bad > good { GB18030 } else { UTF_8 });
        }
        chunk.copy_within(end - held..end, 0);
    }
}

/// UTF-16 as UTF-8, piece by piece.
struct Narrowed<R> {
    source: R,
    decoder: Decoder,
    held: Vec<u8>,
    is_over: bool,
}

impl<R: Read> Read for Narrowed<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.held.is_empty() && !self.is_over {
            let mut piece = [0; 1 << 13];
            let count = self.source.read(&mut piece)?;
            self.is_over = count == 0;
            let piece = piece.get(..count).unwrap_or_default();
            let mut text = String::with_capacity(count * 3 + 16);
            let _ = self.decoder.decode_to_string(piece, &mut text, self.is_over);
            self.held = text.into_bytes();
        }
        let count = out.len().min(self.held.len());
        for (to, from) in out.iter_mut().zip(self.held.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}

/// The line in which a row begins, and its cells as bytes.
type Line = (u64, Vec<Vec<u8>>);

/// A text's rows as they stand.
struct Split<'a, R> {
    source: &'a mut R,
    by: u8,
    /// The line that begins next.
    line: u64,
    /// Whether the last byte was a carriage return.
    was_return: bool,
}

impl<R: BufRead> Split<'_, R> {
    /// The next row and the line in which it begins; none at the end. An open quotation mark goes on over line ends.
    fn next(&mut self) -> Result<Option<Line>, Refusal> {
        let (mut cells, mut cell) = (Vec::new(), Vec::new());
        let (first, mut length) = (self.line, 0);
        let (mut is_quoted, mut may_end, mut is_begun) = (false, false, false);
        loop {
            let piece = self.source.fill_buf().map_err(broken)?;
            if piece.is_empty() {
                if !is_begun {
                    return Ok(None);
                }
                cells.push(cell);
                return Ok(Some((first, cells)));
            }
            let (mut used, mut is_whole) = (0, false);
            for &byte in piece {
                used += 1;
                let follows_return = std::mem::replace(&mut self.was_return, byte == b'\r');
                if follows_return && byte == b'\n' {
                    // The second half of a line end; within a cell it is part of the text.
                    if is_quoted && !may_end {
                        cell.push(byte);
                    }
                    continue;
                }
                if byte == b'\n' || byte == b'\r' {
                    self.line += 1;
                    if !is_quoted || may_end {
                        is_whole = true;
                        break;
                    }
                    cell.push(byte);
                } else if is_quoted && may_end {
                    may_end = false;
                    if byte == b'"' {
                        cell.push(byte);
                    } else {
                        is_quoted = false;
                        if byte == self.by {
                            cells.push(std::mem::take(&mut cell));
                        } else {
                            cell.push(byte);
                        }
                    }
                } else if byte == b'"' && is_quoted {
                    may_end = true;
                } else if byte == b'"' && cell.is_empty() {
                    is_quoted = true;
                } else if byte == self.by && !is_quoted {
                    cells.push(std::mem::take(&mut cell));
                } else {
                    cell.push(byte);
                }
                is_begun = true;
            }
            self.source.consume(used);
            length += used;
            if length > LONGEST_ROW && !is_whole {
                return Err(Refusal::new("table-quote-open").with("row", first));
            }
            if is_whole {
                if cells.is_empty() && cell.is_empty() {
                    return Ok(Some((first, Vec::new())));
                }
                cells.push(cell);
                return Ok(Some((first, cells)));
            }
        }
    }
}

fn text(source: &mut impl BufRead, letters: &'static Encoding, sink: Sink<'_>) -> Result<(), Refusal> {
    let by = {
        let start = source.fill_buf().map_err(broken)?;
        // Of the first line that parts anything; a title above the heading has none of them.
        let lines = start.split(|byte| matches!(byte, b'\n' | b'\r')).take(MOST_ABOVE);
        let counted = |line: &[u8], by: u8| line.iter().filter(|byte| **byte == by).count();
        lines
            .filter_map(|line| {
                let best = [b',', b'\t', b';'].into_iter().rev().max_by_key(|by| counted(line, *by))?;
                (counted(line, best) > 0).then_some(best)
            })
            .next()
            .unwrap_or(b',')
    };
    let mut split = Split { source, by, line: 1, was_return: false };
    let mut shape = Shape::new(sink, true);
    while let Some((row, cells)) = split.next()? {
        let mut whole = Vec::with_capacity(cells.len());
        let mut is_legible = true;
        for cell in &cells {
            match letters.decode_without_bom_handling_and_without_replacement(cell) {
                Some(text) if !text.contains(['\u{FFFD}', '\0']) => whole.push(text.trim().to_owned()),
                _ => {
                    is_legible = false;
                    whole.push(String::from_utf8_lossy(cell).trim().to_owned());
                }
            }
        }
        if !shape.take(row, whole, is_legible)? {
            return Ok(());
        }
    }
    shape.end()
}

/// Finds the heading, leaves out what is empty, and gives every row the heading's width.
struct Shape<'a> {
    sink: Sink<'a>,
    /// Whether a row of another width is wrong; a workbook writes no empty cells.
    is_strict: bool,
    width: usize,
    above: Vec<(u64, Vec<String>, bool)>,
    rows: u64,
}

impl<'a> Shape<'a> {
    fn new(sink: Sink<'a>, is_strict: bool) -> Shape<'a> {
        Shape { sink, is_strict, width: 0, above: Vec::new(), rows: 0 }
    }

    /// Takes a row; false when no more is wanted.
    fn take(&mut self, row: u64, mut cells: Vec<String>, is_legible: bool) -> Result<bool, Refusal> {
        let written = cells.iter().filter(|cell| !cell.is_empty()).count();
        if written == 0 {
            return Ok(true);
        }
        if self.width > 0 {
            return Ok(self.row(row, cells, is_legible));
        }
        if written < 2 && self.above.len() < MOST_ABOVE {
            self.above.push((row, cells, is_legible));
            return Ok(true);
        }
        self.above.clear();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        self.head(cells)
    }

    fn head(&mut self, cells: Vec<String>) -> Result<bool, Refusal> {
        if cells.len() > MOST_COLUMNS {
            return Err(Refusal::new("table-too-wide").with("found", cells.len()).with("most", MOST_COLUMNS));
        }
        self.width = cells.len();
        let plain = |cell: String| cell.trim_start_matches('\u{FEFF}').split_whitespace().collect::<Vec<_>>().join(" ");
        Ok((self.sink)(Told::Head(cells.into_iter().map(plain).collect())))
    }

    fn row(&mut self, row: u64, mut cells: Vec<String>, is_legible: bool) -> bool {
        self.rows += 1;
        let found = cells.len();
        let is_wide = cells.get(self.width..).is_some_and(|more| more.iter().any(|cell| !cell.is_empty()));
        let cells = if !is_legible {
            Err(Refusal::new("table-row-letters"))
        } else if self.is_strict && (found < self.width || is_wide) {
            Err(Refusal::new("import-row-short").with("found", found).with("wanted", self.width))
        } else {
            cells.resize(self.width, String::new());
            Ok(cells)
        };
        (self.sink)(Told::Row(Row { row, cells }))
    }

    /// The end of the table: one of a single column has its heading in its first row.
    fn end(mut self) -> Result<(), Refusal> {
        if self.width == 0 {
            let mut above = std::mem::take(&mut self.above).into_iter();
            let (_, head, _) = above.next().ok_or_else(|| Refusal::new("table-empty"))?;
            let mut goes_on = self.head(head)?;
            for (row, cells, is_legible) in above {
                goes_on = goes_on && self.row(row, cells, is_legible);
            }
        }
        Ok(())
    }
}

/// A workbook in memory.
pub type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// A workbook and the name of its first sheet; no part of it unpacks to more than `most` bytes.
///
/// # Errors
/// `table-too-heavy`; whatever `unreadable` says, when it is no such workbook or has no sheet.
pub fn opened(bytes: &[u8], most: u64, unreadable: impl Fn() -> Refusal) -> Result<(Book<'_>, String), Refusal> {
    let mut file = Cursor::new(bytes);
    bounded(&mut file, most, most).map_err(|refusal| match refusal.key {
        "table-too-heavy" => refusal,
        _ => unreadable(),
    })?;
    let book: Xlsx<_> = Xlsx::new(file).map_err(|_| unreadable())?;
    let name = book.sheet_names().first().ok_or_else(&unreadable)?.clone();
    Ok((book, name))
}

/// Refuses a workbook of which a part unpacks to more than it may: a sheet to more than `sheet` bytes, anything else to more than
/// `words`. What a file says of itself is believed only where it cannot be much of a lie; else the part is unpacked and counted.
///
/// # Errors
/// `table-zip` for what is no workbook, `table-too-heavy`, or that it is broken.
fn bounded<S: Read + Seek>(source: &mut S, words: u64, sheet: u64) -> Result<(), Refusal> {
    source.rewind().map_err(broken)?;
    let mut zip = zip::ZipArchive::new(&mut *source).map_err(|_| Refusal::new("table-zip"))?;
    let mut is_workbook = false;
    for place in 0..zip.len() {
        let (most, could_be) = {
            let entry = zip.by_index_raw(place).map_err(broken)?;
            let name = entry.name().map_err(broken)?;
            is_workbook |= name == "xl/workbook.xml";
            let most = if name.starts_with("xl/worksheets/") { sheet } else { words };
            if entry.size() > most {
                return Err(Refusal::new("table-too-heavy"));
            }
            (most, entry.compressed_size().saturating_mul(MOST_TIMES))
        };
        if could_be > most {
            let entry = zip.by_index(place).map_err(broken)?;
            let unpacked = std::io::copy(&mut entry.take(most + 1), &mut std::io::sink()).map_err(broken)?;
            if unpacked > most {
                return Err(Refusal::new("table-too-heavy"));
            }
        }
    }
    drop(zip);
    source.rewind().map_err(broken)?;
    if is_workbook { Ok(()) } else { Err(Refusal::new("table-zip")) }
}

fn workbook(mut source: impl Source, formulas: Formulas, sink: Sink<'_>) -> Result<(), Refusal> {
    bounded(&mut source, LARGEST_WORDS, LARGEST_SHEET)?;
    let mut book: Xlsx<_> = Xlsx::new(source).map_err(broken)?;
    // The first sheet with more than a heading; a sheet of notes before it is passed over.
    let sheets = book.sheet_names();
    let last = sheets.len().saturating_sub(1);
    for (place, name) in sheets.iter().enumerate() {
        let mut held = None;
        let mut is_let_through = place == last;
        let mut wanted = true;
        let mut through = |told: Told| {
            if is_let_through {
                wanted = sink(told);
                return wanted;
            }
            match told {
                Told::Head(_) => held = Some(told),
                Told::Row(_) => {
                    is_let_through = true;
                    wanted = held.take().is_none_or(&mut *sink) && sink(told);
                }
            }
            wanted
        };
        let own = match formulas {
            Formulas::Reckoned => HashMap::new(),
            Formulas::Written => formulas_of(&mut book, name)?,
        };
        match sheet(&mut book, name, &own, &mut through) {
            Err(refusal) if refusal.key == "table-empty" && place != last => {}
            Err(refusal) => return Err(refusal),
            Ok(()) => {}
        }
        if is_let_through {
            return Ok(());
        }
    }
    Err(Refusal::new("table-empty"))
}

/// The formulas of a sheet by their row and column.
fn formulas_of<RS: Read + Seek>(book: &mut Xlsx<RS>, name: &str) -> Result<HashMap<(u32, u32), String>, Refusal> {
    let mut reader = book.worksheet_cells_reader(name).map_err(broken)?;
    let mut found = HashMap::new();
    while let Some(cell) = reader.next_formula().map_err(broken)? {
        if !cell.get_value().is_empty() && found.len() < MOST_FORMULAS {
            found.insert(cell.get_position(), format!("={}", cell.get_value()));
        }
    }
    Ok(found)
}

/// Cells are taken one by one: a sheet that claims to be a million columns wide costs no more than the cells that it has.
fn sheet<RS: Read + Seek>(
    book: &mut Xlsx<RS>,
    name: &str,
    formulas: &HashMap<(u32, u32), String>,
    sink: Sink<'_>,
) -> Result<(), Refusal> {
    let mut reader = book.worksheet_cells_reader(name).map_err(broken)?;
    let mut shape = Shape::new(sink, false);
    let (mut at, mut cells) = (0_u32, Vec::new());
    loop {
        let cell = reader.next_cell().map_err(broken)?;
        let place = cell.as_ref().map(|cell| cell.get_position());
        if place.is_none_or(|(row, _)| row != at) {
            let whole = std::mem::take(&mut cells);
            if !shape.take(u64::from(at) + 1, whole, true)? {
                return Ok(());
            }
        }
        let (Some(cell), Some((row, column))) = (cell, place) else { return shape.end() };
        at = row;
        let text = formulas.get(&(row, column)).cloned().unwrap_or_else(|| written(cell.get_value()));
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if text.is_empty() || (shape.width > 0 && column >= shape.width) {
            continue;
        }
        if column >= MOST_COLUMNS {
            return Err(Refusal::new("table-too-wide").with("found", column + 1).with("most", MOST_COLUMNS));
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        if let Some(slot) = cells.get_mut(column) {
            *slot = text;
        }
    }
}

/// The value of a cell; of a formula what was reckoned last, which is never reckoned again.
fn written(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.abs() >= ROUNDED => format!("{ABOUT}{number}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(is) => is.to_string(),
        DataRef::DateTime(at) => moment_of_sheet(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn moment_of_sheet(at: &ExcelDateTime) -> String {
    if !at.is_datetime() {
        return at.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

fn json(source: impl BufRead, sink: Sink<'_>) -> Result<(), Refusal> {
    let mut list = List { sink, keys: Vec::new(), waiting: Vec::new(), rows: 0, is_over: false };
    let mut documents = serde_json::Deserializer::from_reader(source);
    // One document with a list in it, or a line for each object.
    loop {
        match (&mut documents).deserialize_any(Inside(&mut list)) {
            Ok(()) if list.is_over => return Ok(()),
            Ok(()) => {}
            Err(_) if list.is_over => return Ok(()),
            Err(error) => return Err(Refusal::new("table-not-json").with("reason", error)),
        }
        if documents.end().is_ok() {
            break;
        }
    }
    list.tell();
    if list.rows == 0 { Err(Refusal::new("table-empty")) } else { Ok(()) }
}

/// What is heard of a list of objects: the keys of the first ones are the columns.
struct List<'a> {
    sink: Sink<'a>,
    keys: Vec<String>,
    waiting: Vec<Map<String, Value>>,
    rows: u64,
    is_over: bool,
}

impl List<'_> {
    fn take(&mut self, object: Map<String, Value>) {
        self.rows += 1;
        if !self.keys.is_empty() {
            let row = self.rows;
            self.row(row, &object);
            return;
        }
        self.waiting.push(object);
        if self.waiting.len() == TELLING {
            self.tell();
        }
    }

    fn tell(&mut self) {
        if !self.keys.is_empty() || self.waiting.is_empty() {
            return;
        }
        for object in &self.waiting {
            for key in object.keys() {
                if !self.keys.contains(key) && self.keys.len() < MOST_COLUMNS {
                    self.keys.push(key.clone());
                }
            }
        }
        self.is_over = !(self.sink)(Told::Head(self.keys.clone()));
        let first = self.rows - self.waiting.len() as u64;
        for (place, object) in (first + 1..).zip(std::mem::take(&mut self.waiting)) {
            self.row(place, &object);
        }
    }

    fn row(&mut self, row: u64, object: &Map<String, Value>) {
        if self.is_over {
            return;
        }
        let cell = |key: &String| match object.get(key) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(other) => other.to_string(),
        };
        let cells: Vec<String> = self.keys.iter().map(cell).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            self.is_over = !(self.sink)(Told::Row(Row { row, cells: Ok(cells) }));
        }
    }
}

/// A document: a list of objects, an object that holds one, or an object that is a row itself.
struct Inside<'a, 'b>(&'a mut List<'b>);

impl<'de> DeserializeSeed<'de> for Inside<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, document: D) -> Result<(), D::Error> {
        document.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inside<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Value>()? {
            if let (Value::Object(object), false) = (item, self.0.is_over) {
                self.0.take(object);
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut own = Map::new();
        let had = self.0.rows;
        while let Some(key) = entries.next_key::<String>()? {
            match entries.next_value_seed(Perhaps(self.0))? {
                Some(value) => drop(own.insert(key, value)),
                None => continue,
            }
        }
        // An envelope around a list is no row itself.
        if self.0.rows == had && !own.is_empty() {
            self.0.take(own);
        }
        Ok(())
    }
}

/// A value of an object: a list is heard as rows, everything else is kept.
struct Perhaps<'a, 'b>(&'a mut List<'b>);

impl<'de> DeserializeSeed<'de> for Perhaps<'_, '_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Option<Value>, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Perhaps<'_, '_> {
    type Value = Option<Value>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        Inside(self.0).visit_seq(items).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        // A list may stand one step deeper: {"data": {"rows": […]}}.
        while entries.next_key::<String>()?.is_some() {
            entries.next_value_seed(Deeper(self.0))?;
        }
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Some(Value::Null))
    }
}

/// A value one step deeper: only a list counts.
struct Deeper<'a, 'b>(&'a mut List<'b>);

impl<'de> DeserializeSeed<'de> for Deeper<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Deeper<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        Inside(self.0).visit_seq(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// What begins a formula for a spreadsheet, also as a Chinese keyboard writes it.
const BEGINS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell without the `'` that keeps a spreadsheet from taking it for a formula.
pub fn unquoted(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('\'').filter(|rest| rest.starts_with(BEGINS)).unwrap_or(text)
}

/// A cell that no spreadsheet takes for a formula: `'` before `=`, `+`, `-`, `@`, their wide forms, a tab and a line end, unless it
/// is a number.
/// Reading takes it away again.
pub fn safe(text: &str) -> String {
    let is_formula =
        (text.starts_with(BEGINS) || text.starts_with(['\t', '\r', '\n', '\0'])) && text.parse::<f64>().is_err();
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// A moment as files write it: RFC 3339, `2026-03-10 09:30`, `2026/3/10`, `2026年3月10日 9时30分`, `20260310093000`, American
/// `03/10/2026 09:30:00 AM`, and the number of days by which a spreadsheet counts. Without an offset it is the zone's.
pub fn moment(text: &str, zone: &TimeZone) -> Option<Moment> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(Moment(timestamp.as_millisecond()));
    }
    let civil = american(text).or_else(|| numbers(text)).or_else(|| serial(text))?;
    civil.to_zoned_datetime(zone.clone()).ok().map(|zoned| Moment::from(&zoned))
}

fn american(text: &str) -> Option<DateTime> {
    ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"]
        .into_iter()
        .find_map(|format| DateTime::strptime(format, text).ok())
}

/// Year, month and day, and as much of the time as there is, whatever parts them.
fn numbers(text: &str) -> Option<DateTime> {
    let is_between = |letter: char| " \t-/.:：年月日号时点分秒T上午下,，".contains(letter);
    if !text.chars().all(|letter| letter.is_ascii_digit() || is_between(letter)) {
        return None;
    }
    let mut groups: Vec<&str> = text.split(is_between).filter(|group| !group.is_empty()).collect();
    let first = *groups.first()?;
    if groups.len() <= 2 && matches!(first.len(), 8 | 14) {
        let rest = groups.get(1).copied().unwrap_or_default();
        let whole = format!("{first}{rest}");
        let cut: Vec<String> = [(0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14)]
            .iter()
            .filter_map(|(from, to)| whole.get(*from..*to).map(str::to_owned))
            .collect();
        return of_numbers(&cut.iter().map(String::as_str).collect::<Vec<_>>(), text);
    }
    // Fractions of a second say nothing here.
    groups.truncate(6);
    (first.len() == 4 && groups.len() >= 3).then(|| of_numbers(&groups, text)).flatten()
}

fn of_numbers(groups: &[&str], text: &str) -> Option<DateTime> {
    let number = |place: usize| groups.get(place).map_or(Some(0), |group| group.parse::<i8>().ok());
    let year: i16 = groups.first()?.parse().ok()?;
    let hour = number(3)?;
    let hour = if text.contains("下午") && hour < 12 { hour + 12 } else { hour };
    DateTime::new(year, number(1)?, number(2)?, hour, number(4)?, number(5)?, 0).ok()
}

/// Days since the last one of 1899, as spreadsheets count, of this century and the end of the last.
fn serial(text: &str) -> Option<DateTime> {
    let days: f64 = text.parse().ok().filter(|days| (20_000.0..80_000.0).contains(days))?;
    let seconds = (days * 86_400.0).round();
    let start = DateTime::constant(1899, 12, 30, 0, 0, 0, 0);
    #[expect(clippy::cast_possible_truncation, reason = "it lies between the bounds above")]
    let span = jiff::SignedDuration::from_secs(seconds as i64);
    start.checked_add(span).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> Result<Vec<Told>, &'static str> {
        let mut told = Vec::new();
        read(Cursor::new(bytes.to_vec()), &mut |one| {
            told.push(one);
            true
        })
        .map_err(|refusal| refusal.key)?;
        Ok(told)
    }

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        let told = all(bytes).expect("a table");
        told.into_iter()
            .map(|one| match one {
                Told::Head(cells) => cells,
                Told::Row(row) => row.cells.expect("a good row"),
            })
            .collect()
    }

    #[test]
    fn the_same_table_in_every_form() {
        let text = "编号,内容,时间\n1,\"路灯, 不亮\",2026-03-10\n2,井盖,2026-03-11\n";
        let wanted = cells(text.as_bytes());
        assert_eq!(wanted[1], ["1", "路灯, 不亮", "2026-03-10"]);
        let wide = |bytes: &dyn Fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
            mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
        };
        let forms: Vec<Vec<u8>> = vec![
            format!("\u{feff}{text}").into_bytes(),
            GB18030.encode(text).0.into_owned(),
            wide(&|unit| unit.to_le_bytes(), [0xff, 0xfe]),
            wide(&|unit| unit.to_be_bytes(), [0xfe, 0xff]),
            text.replace('\n', "\r\n").into_bytes(),
            text.replace('\n', "\r").into_bytes(),
            text.replacen('\n', "\r\n\r\n,,\n", 1).into_bytes(),
            text.trim_end().as_bytes().to_vec(),
            format!("12345工单\n{text}").into_bytes(),
            "编号;内容;时间\n1;\"路灯, 不亮\";2026-03-10\n2;井盖;2026-03-11".as_bytes().to_vec(),
            "编号\t内容\t时间\n1\t路灯, 不亮\t2026-03-10\n2\t井盖\t2026-03-11".as_bytes().to_vec(),
        ];
        for (number, form) in forms.iter().enumerate() {
            assert_eq!(cells(form), wanted, "form {number}");
        }
        let json = r#"{"code":0,"data":{"rows":[{"编号":"1","内容":"路灯, 不亮"},{"编号":2,"内容":null}]}}"#;
        assert_eq!(cells(json.as_bytes()), [vec!["内容", "编号"], vec!["路灯, 不亮", "1"], vec!["", "2"]]);
        let lines = "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n";
        assert_eq!(cells(lines.as_bytes()), [["a", "b"], ["1", "x"], ["2", "y"]]);
        assert_eq!(cells(b"[{\"a\":1,\"b\":true}]"), [["a", "b"], ["1", "true"]]);
    }

    #[test]
    fn a_workbook_gives_values_moments_and_no_formulas() {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().write_string(0, 0, "填表说明").expect("a cell");
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "某市12345工单").expect("a title");
        for (column, head) in (0..).zip(["编号", "时间", "金额", "长号"]) {
            sheet.write_string(2, column, head).expect("a heading");
        }
        let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm");
        sheet.write_string(4, 0, "A-1").expect("a cell");
        sheet.write_number_with_format(4, 1, 46_091.396_527_777_78, &date).expect("a moment");
        sheet.write_formula(4, 2, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).expect("a formula");
        sheet.write_number(4, 3, 20_260_310_123_456_789.0).expect("a number");
        let bytes = book.save_to_buffer().expect("a workbook");
        let told = all(&bytes).expect("a table");
        assert_eq!(told[0], Told::Head(["编号", "时间", "金额", "长号"].map(str::to_owned).to_vec()));
        let Told::Row(row) = &told[1] else { panic!("{told:?}") };
        let cells = row.cells.as_ref().expect("a row");
        assert_eq!(
            (row.row, cells[0].as_str(), cells[1].as_str(), cells[2].as_str()),
            (5, "A-1", "2026-03-10 09:31:00", "2")
        );
        assert!(cells[3].starts_with(ABOUT), "{cells:?}");
        let mut written = Vec::new();
        read_with(Cursor::new(bytes), Formulas::Written, &mut |one| {
            written.push(one);
            true
        })
        .expect("a table");
        let Told::Row(row) = &written[1] else { panic!("{written:?}") };
        assert_eq!(row.cells.as_ref().expect("a row")[2], "=1+1");
    }

    #[test]
    fn what_is_no_table_says_what_it_is() {
        let zip = {
            let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
            zip.start_file("photo.jpg", zip::write::SimpleFileOptions::default()).expect("an entry");
            zip.finish().expect("a zip").into_inner()
        };
        let wide = vec!["列"; 10_000].join(",");
        for (bytes, key) in [
            (b"".to_vec(), "table-empty"),
            (b" \r\n\n".to_vec(), "table-empty"),
            (b",,,\n,,\n".to_vec(), "table-empty"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....".to_vec(), "table-old-excel"),
            (zip, "table-zip"),
            (b"PK\x03\x04nothing".to_vec(), "table-zip"),
            (b"<html><table><tr><td>1</td></tr></table>".to_vec(), "table-is-a-page"),
            (b"\xEF\xBB\xBF<?xml version='1.0'?>".to_vec(), "table-is-a-page"),
            (b"%PDF-1.7".to_vec(), "table-not-a-table"),
            (b"GIF89a\x00\x01".to_vec(), "table-not-a-table"),
            (format!("{wide}\n{wide}\n").into_bytes(), "table-too-wide"),
            (format!("a,b\n\"{}", "x\n".repeat(LONGEST_ROW)).into_bytes(), "table-quote-open"),
            (b"{\"a\":".to_vec(), "table-not-json"),
            (b"[]".to_vec(), "table-empty"),
        ] {
            assert_eq!(all(&bytes), Err(key));
        }
    }

    #[test]
    fn a_bad_row_loses_no_good_one() {
        let mut bytes = "编号,内容\n1,好\n2,".as_bytes().to_vec();
        bytes.extend([0xff, 0xfe]);
        bytes.extend("\n3,好,多\n4\n\"5\n6\",\"他说\"\"好\"\"\"\n7,好\n".as_bytes());
        let told = all(&bytes).expect("a table");
        let said: Vec<(u64, Result<&str, &str>)> = told
            .iter()
            .filter_map(|one| match one {
                Told::Head(_) => None,
                Told::Row(row) => {
                    Some((row.row, row.cells.as_ref().map(|cells| cells[1].as_str()).map_err(|no| no.key)))
                }
            })
            .collect();
        assert_eq!(
            said,
            [
                (2, Ok("好")),
                (3, Err("table-row-letters")),
                (4, Err("import-row-short")),
                (5, Err("import-row-short")),
                (6, Ok("他说\"好\"")),
                (8, Ok("好"))
            ]
        );
    }

    #[test]
    fn moments_as_offices_write_them() {
        let nine = |text: &str| moment(text, &TimeZone::UTC);
        let wanted = Some(Moment(1_773_135_000_000));
        for text in [
            "2026-03-10T09:30:00Z",
            "2026-03-10 09:30",
            "2026-03-10 09:30:00.000",
            "2026/3/10 9:30",
            "2026.3.10 9:30:00",
            "2026年3月10日 9时30分",
            "2026年3月10日上午9点30分",
            "20260310093000",
            "20260310 0930",
            "03/10/2026 09:30:00 AM",
            "46091.395833333336",
        ] {
            assert_eq!(nine(text), wanted, "{text}");
        }
        assert_eq!(nine("2026年3月10日 下午3:00"), nine("2026-03-10 15:00"));
        assert_eq!(nine("46091"), nine("2026-03-10"));
        for text in ["", "yesterday", "2026-13-01", "2026-02-30", "12", "2026", "≈2026", "2026-03", "25:00"] {
            assert_eq!(nine(text), None, "{text}");
        }
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_whatever_it_says_of_itself() {
        let packed = |name: &str, length: usize| {
            let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            let options = zip::write::SimpleFileOptions::default();
            for (name, bytes) in [("xl/workbook.xml", b"<workbook/>".to_vec()), (name, vec![b' '; length])] {
                zip.start_file(name, options).expect("a part");
                std::io::Write::write_all(&mut zip, &bytes).expect("written");
            }
            zip.finish().expect("packed").into_inner()
        };
        let looked = |bytes: Vec<u8>| bounded(&mut std::io::Cursor::new(bytes), 1 << 20, 4 << 20).map_err(|no| no.key);
        assert_eq!(looked(packed("xl/sharedStrings.xml", 1 << 19)), Ok(()));
        assert_eq!(looked(packed("xl/sharedStrings.xml", 2 << 20)), Err("table-too-heavy"));
        assert_eq!(looked(packed("xl/worksheets/sheet1.xml", 2 << 20)), Ok(()));
        assert_eq!(looked(packed("xl/worksheets/sheet1.xml", 5 << 20)), Err("table-too-heavy"));
        // It says that it holds a thousand bytes, and holds two million.
        let mut liar = packed("xl/sharedStrings.xml", 2 << 20);
        let (true_size, said) = ((2_u32 << 20).to_le_bytes(), 1_000_u32.to_le_bytes());
        let places: Vec<usize> = (0..liar.len() - 3).filter(|at| liar[*at..*at + 4] == true_size).collect();
        assert!(!places.is_empty());
        for at in places {
            liar[at..at + 4].copy_from_slice(&said);
        }
        assert!(looked(liar).is_err(), "it is unpacked to be counted");
        assert_eq!(looked(b"no archive".to_vec()), Err("table-zip"));
    }

    #[test]
    fn nothing_becomes_a_formula_and_nothing_is_lost() {
        for (text, written) in [("=1+1", "'=1+1"), ("-118.5", "-118.5"), ("@所有人", "'@所有人"), ("井盖", "井盖")]
        {
            assert_eq!(safe(text), written);
            assert_eq!(unquoted(&safe(text)), text);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_ends(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(all(&bytes));
        }

        #[test]
        fn what_a_writer_wrote_is_read(table in proptest::collection::vec(proptest::collection::vec("[a-z,\"\n 路灯]{1,6}", 3), 1..6)) {
            let mut csv = csv::Writer::from_writer(Vec::new());
            csv.write_record(["a", "b", "c"]).expect("a heading");
            for row in &table {
                csv.write_record(row).expect("a row");
            }
            let bytes = csv.into_inner().expect("bytes");
            let trimmed: Vec<Vec<String>> = table.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect();
            let kept: Vec<Vec<String>> = trimmed.into_iter().filter(|row: &Vec<String>| row.iter().any(|cell| !cell.is_empty())).collect();
            prop_assert_eq!(&cells(&bytes)[1..], &kept[..]);
        }

        #[test]
        fn a_moment_never_panics(text in "\\PC{0,20}") {
            let _ = moment(&text, &TimeZone::UTC);
        }
    }
}
