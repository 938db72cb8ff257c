//! The typesetter: fonts and templates loaded once, papers set many times.

use crate::outline::Outline;
use crate::text::{self, Preparing, Replaced};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use typst::comemo::Track;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::engine::{Route, Sink, Traced};
use typst::foundations::{Bytes, Datetime, Duration, Smart, StyleChain};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::visualize::{ExchangeFormat, RasterImage};
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// All texts of one paper together, in bytes: some four thousand pages.
const MOST_TEXT: usize = 4 << 20;
/// How deep lists and objects may stand in one another.
const DEEPEST: usize = 24;
/// One picture, in bytes. Pictures for papers are the small copies, not the originals.
const LARGEST_PICTURE: usize = 16 << 20;
/// One picture, in dots.
const MOST_DOTS: u64 = 50_000_000;
/// All pictures of one paper together, in dots: each takes three bytes while the paper is set. A file with more is bound in
/// volumes, as paper files are.
const MOST_DOTS_TOGETHER: u64 = 250_000_000;
/// Layouts that were not used by this many of the following papers are forgotten.
const REMEMBERED: usize = 2;

/// Fonts and templates, read once; may be shared between threads.
pub struct Typesetter {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    drawn: Vec<u64>,
    templates: BTreeMap<String, Source>,
}

/// Why there can be no typesetter.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("font {0} is not a font")]
    Font(usize),
    #[error("there is no font")]
    NoFont,
    #[error("{0} cannot be the name of a template")]
    Name(String),
}

/// A civil day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub year: i32,
    pub month: u8,
    pub day: u8,
}

/// A photograph or scan, JPEG or PNG. The data names it; a template draws it with `picture(name)`.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
}

/// What is to be set.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// `penalty-decision` for `letters/penalty-decision.typ`.
    pub template: &'a str,
    /// What programs that show the PDF call it.
    pub title: &'a str,
    pub data: &'a Value,
    pub pictures: &'a [Picture<'a>],
    /// The day that the file names as its making.
    pub made_on: Day,
    /// What tells this paper from all others, the same at every setting: its identifier goes into the PDF as a digest.
    pub identity: &'a str,
}

/// A paper, set.
#[derive(Clone, Debug)]
pub struct Paper {
    pub pdf: Vec<u8>,
    pub pages: usize,
    /// Characters that no font has; `〓` stands in their place. At most a hundred are told.
    pub replaced: Vec<Replaced>,
    /// What else somebody should look at, for the log.
    pub warnings: Vec<String>,
}

/// Why a paper was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there is no template {0}")]
    NoTemplate(String),
    #[error("the paper holds {bytes} bytes of text, more than {most}")]
    TooLong { bytes: usize, most: usize },
    #[error("the pictures have {dots} dots together, more than {most}")]
    TooManyDots { dots: u64, most: u64 },
    #[error("the data is nested more than {0} deep")]
    TooDeep(usize),
    #[error("{0:?} is not a day")]
    NoDay(Day),
    /// A fault in a template; line 0 when it is not known.
    #[error("{template}, line {line}: {message}")]
    Template { template: String, line: usize, message: String },
    #[error("the typesetter gave up: {0}")]
    GaveUp(String),
}

/// What came of a setting: characters without a shape, warnings, and the thing itself.
type Made<T> = (Vec<Replaced>, Vec<String>, Result<T, Refused>);

impl Typesetter {
    /// Reads `fonts` (TrueType or OpenType; the templates choose them by name) and `templates` (path such as
    /// `letters/frame.typ`, and text). Faults in a template are told when it is used.
    pub fn new(
        fonts: impl IntoIterator<Item = Cow<'static, [u8]>>,
        templates: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Typesetter, Unusable> {
        let mut read = Vec::new();
        for (place, bytes) in fonts.into_iter().enumerate() {
            let before = read.len();
            read.extend(Font::iter(Bytes::new(bytes)));
            if read.len() == before {
                return Err(Unusable::Font(place));
            }
        }
        if read.is_empty() {
            return Err(Unusable::NoFont);
        }
        let mut sources = BTreeMap::new();
        for (path, text) in templates {
            let Some(id) = file_id(&path) else { return Err(Unusable::Name(path)) };
            sources.insert(id.get().vpath().get_with_slash().to_owned(), Source::new(id, text));
        }
        let book = FontBook::from_fonts(&read);
        Ok(Typesetter {
            library: LazyHash::new(Library::default()),
            drawn: drawn_characters(&book, read.len()),
            book: LazyHash::new(book),
            fonts: read,
            templates: sources,
        })
    }

    /// Whether a font has a shape for `character`.
    pub fn draws(&self, character: char) -> bool {
        let code = character as usize;
        self.drawn.get(code / 64).is_some_and(|bits| bits >> (code % 64) & 1 == 1)
    }

    /// Sets one paper. Never panics on what people typed: what cannot be printed is replaced and told.
    pub fn set(&self, order: &Order<'_>) -> Result<Paper, Refused> {
        let Day { year, month, day } = order.made_on;
        let made_at = Datetime::from_ymd_hms(year, month, day, 0, 0, 0).ok_or(Refused::NoDay(order.made_on))?;
        let (replaced, warnings, set) = self.prepared(order, Form::Pages, |desk, warnings| {
            desk.set(order.identity, Timestamp::new_utc(made_at), warnings)
        })?;
        set.map(|(pdf, pages)| Paper { pdf, pages, replaced, warnings })
    }

    /// The same paper as paragraphs and tables. Pictures are named, not drawn.
    pub fn outline(&self, order: &Order<'_>) -> Result<Outline, Refused> {
        let (_, _, outline) =
            self.prepared(&Order { pictures: &[], ..*order }, Form::Lines, |desk, _| desk.outline())?;
        outline
    }

    /// The same paper as grey pictures, page by page: width, height and one byte a dot, so many dots an inch.
    #[cfg(feature = "pictures")]
    pub fn draw(&self, order: &Order<'_>, dots_per_inch: f64) -> Result<Vec<image::GrayImage>, Refused> {
        let (_, _, drawn) = self.prepared(order, Form::Pages, |desk, _| desk.draw(dots_per_inch))?;
        drawn
    }

    /// Looks at an order, makes its texts printable and lays its files ready for `work`.
    fn prepared<T>(
        &self,
        order: &Order<'_>,
        form: Form,
        work: impl FnOnce(&Desk<'_>, &mut Vec<String>) -> Result<T, Refused>,
    ) -> Result<Made<T>, Refused> {
        let (bytes, depth) = text::measure(order.data);
        if bytes > MOST_TEXT {
            return Err(Refused::TooLong { bytes, most: MOST_TEXT });
        }
        if depth > DEEPEST {
            return Err(Refused::TooDeep(DEEPEST));
        }
        let dots =
            order.pictures.iter().filter_map(|picture| size(picture.bytes)).map(area).filter(|dots| *dots <= MOST_DOTS);
        let dots = dots.fold(0, u64::saturating_add);
        if dots > MOST_DOTS_TOGETHER {
            return Err(Refused::TooManyDots { dots, most: MOST_DOTS_TOGETHER });
        }
        let template = format!("/letters/{}.typ", order.template);
        if !self.templates.contains_key(&template) {
            return Err(Refused::NoTemplate(order.template.to_owned()));
        }
        let is_drawn = |character| self.draws(character);
        let mut preparing = Preparing { is_drawn: &is_drawn, replaced: Vec::new(), warnings: Vec::new() };
        let data = preparing.value(order.data, &mut String::new());
        let title = preparing.value(&order.title.into(), &mut "title".to_owned());
        let Preparing { replaced, mut warnings, .. } = preparing;
        let worked = catch_unwind(AssertUnwindSafe(|| {
            let desk = self.desk(&template, title, &data, order.pictures, form, &mut warnings);
            work(&desk, &mut warnings)
        }));
        // Pictures are large and do not come again.
        typst::comemo::evict(if order.pictures.is_empty() { REMEMBERED } else { 0 });
        let worked = worked.unwrap_or_else(|panic| {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason was given");
            Err(Refused::GaveUp(message.to_owned()))
        });
        Ok((replaced, warnings, worked))
    }

    fn desk(
        &self,
        template: &str,
        title: Value,
        data: &Value,
        pictures: &[Picture<'_>],
        form: Form,
        warnings: &mut Vec<String>,
    ) -> Desk<'_> {
        let mut drawable = Vec::new();
        let mut places = serde_json::Map::new();
        for picture in pictures {
            match readable(picture.bytes) {
                Ok(bytes) => {
                    places.insert(picture.name.to_owned(), format!("/pictures/{}", drawable.len()).into());
                    drawable.push(bytes);
                }
                Err(reason) => warnings.push(format!("picture {}: {reason}", picture.name)),
            }
        }
        // A fixed name, so that the list of file names, which the library never forgets, stays short.
        let main = file_id("main.typ").unwrap_or_else(|| unreachable!("a plain name"));
        let text = format!(
            "#import {template:?}: paper\n#set document(title: json(\"/job.json\").title)\n#paper(json(\"/data.json\"))\n"
        );
        let job = serde_json::json!({ "title": title, "pictures": places, "lines": form == Form::Lines });
        Desk {
            typesetter: self,
            main: Source::new(main, text),
            data: Bytes::from_string(data.to_string()),
            job: Bytes::from_string(job.to_string()),
            pictures: drawable,
        }
    }
}

/// What a template is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Pages, as they are printed.
    Pages,
    /// Paragraphs and tables: what only layout can know is not asked of it.
    Lines,
}

/// One paper's files: the only ones that a template can read.
struct Desk<'a> {
    typesetter: &'a Typesetter,
    main: Source,
    data: Bytes,
    job: Bytes,
    pictures: Vec<Bytes>,
}

impl Desk<'_> {
    fn set(&self, identity: &str, made_at: Timestamp, warnings: &mut Vec<String>) -> Result<(Vec<u8>, usize), Refused> {
        let compiled = typst::compile::<PagedDocument>(self);
        warnings.extend(compiled.warnings.iter().take(20).map(|warning| {
            let (template, line, message) = self.place(warning);
            format!("{template}, line {line}: {message}")
        }));
        let document = compiled.output.map_err(|faults| self.refuse(&faults))?;
        let mut options = PdfOptions {
            ident: Smart::Custom(identity.to_owned()),
            creator: Smart::Custom(Some("City Steward".to_owned())),
            timestamp: Some(made_at),
            standards: PdfStandards::new(&[PdfStandard::A_2a]).unwrap_or_default(),
            ..PdfOptions::default()
        };
        let pdf = match typst_pdf::pdf(&document, &options) {
            Ok(pdf) => pdf,
            Err(faults) => {
                // What keeps it out of the archive format (a picture in printer's colours, say) need not keep it
                // from being printed.
                warnings.extend(faults.first().map(|fault| format!("not fit for archiving: {}", fault.message)));
                options.standards = PdfStandards::default();
                typst_pdf::pdf(&document, &options).map_err(|faults| self.refuse(&faults))?
            }
        };
        Ok((pdf, document.pages().len()))
    }

    fn outline(&self) -> Result<Outline, Refused> {
        let library = &self.typesetter.library;
        let mut sink = Sink::new();
        let world: &dyn World = self;
        let module = typst_eval::eval(
            world.track(),
            library,
            Traced::default().track(),
            sink.track_mut(),
            Route::default().track(),
            &self.main,
        );
        let content = module.map_err(|faults| self.refuse(&faults))?.content();
        Ok(Outline::of(&content, StyleChain::new(&library.styles)))
    }

    #[cfg(feature = "pictures")]
    fn draw(&self, dots_per_inch: f64) -> Result<Vec<image::GrayImage>, Refused> {
        let document = typst::compile::<PagedDocument>(self).output.map_err(|faults| self.refuse(&faults))?;
        let options = typst_render::RenderOptions { pixel_per_pt: (dots_per_inch / 72.0).into(), render_bleed: false };
        let drawn = document.pages().iter().map(|page| {
            let dots = typst_render::render(page, &options);
            image::GrayImage::from_fn(dots.width(), dots.height(), |x, y| {
                let [red, green, blue] = dots.pixel(x, y).map_or([0; 3], |dot| [dot.red(), dot.green(), dot.blue()]);
                image::Luma([((u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000) as u8])
            })
        });
        Ok(drawn.collect())
    }

    fn refuse(&self, faults: &[SourceDiagnostic]) -> Refused {
        match faults.first() {
            Some(fault) => {
                let (template, line, message) = self.place(fault);
                Refused::Template { template, line, message }
            }
            None => Refused::GaveUp("no reason was given".to_owned()),
        }
    }

    /// The file, line (from 1; 0 when unknown) and words of a fault.
    fn place(&self, fault: &SourceDiagnostic) -> (String, usize, String) {
        let source = fault.span.id().and_then(|id| self.source(id).ok());
        let line = source.as_ref().and_then(|source| {
            let range = self.range(fault.span)?;
            source.lines().byte_to_line(range.start)
        });
        let name =
            source.map_or("a template".to_owned(), |source| source.id().get().vpath().get_without_slash().to_owned());
        let hints: Vec<&str> = fault.hints.iter().map(|hint| hint.v.as_str()).collect();
        let message = if hints.is_empty() {
            fault.message.to_string()
        } else {
            format!("{} ({})", fault.message, hints.join("; "))
        };
        (name, line.map_or(0, |line| line + 1), message)
    }
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.typesetter.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.typesetter.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        let path = own_path(id)?;
        self.typesetter.templates.get(path).cloned().ok_or_else(|| FileError::NotFound(path.into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match own_path(id)? {
            "/data.json" => Ok(self.data.clone()),
            "/job.json" => Ok(self.job.clone()),
            path => {
                let place = path.strip_prefix("/pictures/").and_then(|place| place.parse::<usize>().ok());
                let picture = place.and_then(|place| self.pictures.get(place)).cloned();
                picture.ok_or_else(|| FileError::NotFound(path.into()))
            }
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.typesetter.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The path of a file that is not in a package: packages come from the network.
fn own_path(id: FileId) -> FileResult<&'static str> {
    match id.get().root() {
        VirtualRoot::Project => Ok(id.get().vpath().get_with_slash()),
        VirtualRoot::Package(_) => Err(FileError::AccessDenied),
    }
}

fn file_id(path: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
}

/// One bit a character, up to the last that a font has.
fn drawn_characters(book: &FontBook, fonts: usize) -> Vec<u64> {
    let mut drawn = Vec::new();
    for code in (0..fonts).filter_map(|index| book.info(index)).flat_map(|info| info.coverage.iter()) {
        let word = code as usize / 64;
        if drawn.len() <= word {
            drawn.resize(word + 1, 0);
        }
        drawn[word] |= 1 << (code % 64);
    }
    drawn
}

/// A picture that can be drawn, or why not.
fn readable(bytes: &[u8]) -> Result<Bytes, String> {
    if bytes.len() > LARGEST_PICTURE {
        return Err(format!("{} bytes are too many", bytes.len()));
    }
    let format = match ExchangeFormat::detect(bytes) {
        Some(format @ (ExchangeFormat::Jpg | ExchangeFormat::Png)) => format,
        _ => return Err("neither JPEG nor PNG".to_owned()),
    };
    let size = size(bytes).ok_or("its size cannot be read")?;
    if area(size) > MOST_DOTS {
        return Err(format!("{} × {} dots are too many", size.0, size.1));
    }
    let bytes = Bytes::new(bytes.to_vec());
    RasterImage::plain(bytes.clone(), format).map_err(|reason| reason.to_string())?;
    Ok(bytes)
}

/// Width and height of a JPEG or PNG, from its head.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok()
}

fn area((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}
