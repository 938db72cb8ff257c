//! Copies of a file for others: for a hearing, for review and suit, for the supervising organ, and everything there is as a ZIP with its
//! digests. Who takes one says why, and that is recorded before anything leaves.

use super::record::{Piece, pieces};
use super::sheets::Writer;
use super::store::{self, Export};
use super::writing::{self, Desk};
use crate::app::App;
use crate::files::store::Kept;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Field, Typed};
use crate::kit::id::{Id, hexadecimal};
use crate::kit::words::{LANGUAGES, enum_of_words};
use crate::papers::binding::{self, Bundle, Choice, Sheet, bind};
use crate::papers::issuing;
use crate::papers::paper::{Paper, Standing};
use crate::people::doors::Visit;
use axum::body::Body;
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use minijinja::context;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, VecDeque};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;
/// How the format of the manifest is called.
const FORMAT: &str = "city-steward/penalty-file/1";

enum_of_words! {
    /// What leaves.
    What {
        /// 听证材料.
        Hearing = "hearing",
        /// 复议答复、诉讼答辩的证据和依据.
        Review = "review",
        /// 全卷 PDF.
        File = "file",
        /// 全卷 ZIP: the PDF, the sealed originals, the papers, the facts, the digests.
        Whole = "whole",
    }
}

impl What {
    /// The papers of a volume.
    const fn papers(self) -> Choice {
        match self {
            What::Hearing => Choice::Of(&[
                "inspection-record",
                "interview-record",
                "penalty-notice",
                "hearing-notice",
                "hearing-summons",
                "hearing-announcement",
                "defence-record",
            ]),
            What::Review | What::File | What::Whole => Choice::All,
        }
    }
}

/// What can be taken of a case.
fn offered(desk: &Desk) -> Vec<What> {
    let case = &desk.held.case;
    let is_there = |what: &What| match what {
        What::Hearing => case.notice().is_some(),
        What::Review => case.decision.is_some(),
        What::File | What::Whole => true,
    };
    What::ALL.iter().copied().filter(is_there).collect()
}

fn fields(app: &App, visit: &Visit, desk: &Desk) -> Vec<Field> {
    let say = |key: String| app.pages.say(visit.lang, &key, &[]);
    let choices = offered(desk).into_iter().map(|what| {
        let label = say(format!("enforcement-bundle-{}", what.word()));
        crate::kit::fields::Choice::new(what.word(), label)
            .with_hint(say(format!("enforcement-bundle-hint-{}", what.word())))
    });
    vec![
        Field::new("what", "enforcement-ask-bundle", Ask::Radio(choices.collect())),
        Field::new("reason", "enforcement-ask-bundle-reason", Ask::Text(LONGEST_REASON))
            .hint("enforcement-hint-bundle-reason"),
    ]
}

/// `GET /enforcement/{id}/bundles`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn ask(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let desk = writing::read(&app, &visit, id).await?;
    draw(&app, &visit, &desk, None, None).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let id = desk.held.case.id;
    let read = app.db.read(move |tx| async move { store::exports(&tx, id).await });
    let exports = read.await.map_err(Error::Db)?;
    let fields = fields(app, visit, desk);
    let page = context! {
        id => id.to_string(),
        number => desk.held.number.as_str(),
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
        exports => exports.iter().rev().map(|(by, at, one)| context! {
            by => by.as_str(), at => at.0, what => one.what.as_str(), reason => one.reason.as_str(),
        }).collect::<Vec<_>>(),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "enforcement/bundles.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `POST /enforcement/{id}/bundles`: the copy itself.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when database, store or templates fail. Refusals are drawn.
pub async fn export(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let desk = writing::read(&app, &visit, id).await?;
    match take(&app, &visit, &desk, &typed).await {
        Err(Error::Refused(refusal)) => draw(&app, &visit, &desk, Some(&typed), Some(&refusal)).await,
        other => other,
    }
}

async fn take(app: &App, visit: &Visit, desk: &Desk, typed: &Typed) -> Result<Response, Error> {
    let what = typed.choice("what", |word| What::parse(word).filter(|what| offered(desk).contains(what)))?;
    let reason = typed.needed("reason", LONGEST_REASON)?;
    let (id, now, account) = (desk.held.case.id, app.clock.now(), visit.actor()?.account);
    let pieces = pieces(&desk.events());
    let mut volumes = volumes(app, visit, desk, &pieces, what).await?;
    let kept = app.db.read(move |tx| async move { crate::files::store::kept(&tx, store::SUBJECT, id).await });
    let kept: Vec<Kept> = kept.await.map_err(|error: DbError| Error::Db(error))?;
    let opened: Vec<Id> = if what == What::Whole { kept.iter().map(|one| one.id).collect() } else { Vec::new() };
    let export = Export { what: what.word().to_owned(), reason };
    // What leaves is recorded first, and so is every original that is opened with it.
    let noted = app.db.write(move |tx| {
        let (export, opened) = (export.clone(), opened.clone());
        async move {
            store::exported(&tx, id, account, &export, now).await?;
            for photo in opened {
                crate::files::store::viewed(&tx, photo, account, now).await?;
            }
            Ok::<_, DbError>(())
        }
    });
    noted.await.map_err(Error::Db)?;
    let name = format!("{}-{}", desk.held.number, what.word());
    if what == What::Whole {
        let parts = parts(app, desk, &pieces, &kept, volumes, typed.text("reason"), visit, now).await?;
        return Ok(sent(
            "application/zip",
            &format!("{name}.zip"),
            Body::from_stream(leaving(app.clone(), parts, head(desk, visit, now)?)),
        ));
    }
    if let [only] = volumes.as_mut_slice() {
        let pdf = std::mem::take(only);
        return Ok(sent("application/pdf", &format!("{name}.pdf"), Body::from(pdf)));
    }
    // More photographs than one volume takes: its volumes leave together, with their digests.
    let mut parts: VecDeque<Part> = numbered(volumes, &name);
    parts.extend([Part::Manifest, Part::End]);
    let body = Body::from_stream(leaving(app.clone(), parts, head(desk, visit, now)?));
    Ok(sent("application/zip", &format!("{name}.zip"), body))
}

/// The volumes of a copy by their names within a ZIP: `file.pdf`, `file-2.pdf` and so on.
fn numbered(volumes: Vec<Vec<u8>>, name: &str) -> VecDeque<Part> {
    let one = |(place, pdf): (usize, Vec<u8>)| {
        let path = if place == 0 { format!("{name}.pdf") } else { format!("{name}-{}.pdf", place + 1) };
        Part::Ready(path, Bytes::from(pdf))
    };
    volumes.into_iter().enumerate().map(one).collect()
}

fn sent(media: &'static str, name: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}

/// The volumes of a copy: the first with its lists and papers, each with as many photographs as one takes.
async fn volumes(app: &App, visit: &Visit, desk: &Desk, pieces: &[Piece], what: What) -> Result<Vec<Vec<u8>>, Error> {
    let on = app.calendar.date_of(app.clock.now());
    let mut data = desk.cover(app, visit)?;
    if desk.held.case.party.is_none() {
        data["party"] = serde_json::json!({ "name": app.pages.say(LANGUAGES[0], "enforcement-bundle-no-party", &[]) });
    }
    if matches!(what, What::Hearing | What::Review) {
        data["heading"] = app.pages.say(LANGUAGES[0], &format!("enforcement-bundle-{}", what.word()), &[]).into();
    }
    let bundle = Bundle {
        subject: store::SUBJECT,
        subject_id: desk.held.case.id,
        data,
        sheets: lists(app, desk, pieces, what),
        choice: what.papers(),
        photographs: desk.photographs(app, pieces),
        on,
    };
    let mut all = Vec::new();
    for number in 1..=binding::volumes(bundle.photographs.len()) {
        all.push(bind(app, bundle.clone().volume(number)?).await?.pdf);
    }
    Ok(all)
}

/// The lists that lie before the papers.
fn lists(app: &App, desk: &Desk, pieces: &[Piece], what: What) -> Vec<Sheet> {
    let say = |key: &str| app.pages.say(LANGUAGES[0], key, &[]);
    let case = &desk.held.case;
    let writer = Writer { case, number: &desk.held.number, law: app.law(), names: &desk.names, say: &say };
    let sheet = |data: serde_json::Value| Sheet {
        template: "bundle-list",
        title: data.get("heading").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
        data,
    };
    let counted = desk.papers.iter().filter(|paper| paper.standing() != Standing::Voided);
    let kinds: BTreeSet<&str> = counted.map(|paper| paper.kind.as_str()).collect();
    let name = |kind: &str| app.papers.kinds.find(kind).map_or_else(|| kind.to_owned(), |one| one.name.chinese.clone());
    let facts: Vec<_> = desk.history.iter().map(|line| line.fact.clone()).collect();
    let mut all = vec![sheet(writer.evidence(pieces))];
    match what {
        What::Hearing => all.push(sheet(writer.statements())),
        What::Review => all.insert(0, sheet(writer.bases(&facts))),
        What::File | What::Whole => {
            all.push(sheet(writer.bases(&facts)));
            all.push(sheet(writer.process(&desk.events(), &kinds, &name)));
        }
    }
    all
}

/// A file that goes into the ZIP.
enum Part {
    /// What is ready.
    Ready(String, Bytes),
    /// A sealed original, by its digest.
    Original(String, String),
    /// A paper's sealed PDF.
    Paper(String, Box<Paper>),
    /// The list of all that went before it.
    Manifest,
    /// The end of the ZIP.
    End,
}

/// A file as the manifest names it.
#[derive(Debug, Serialize)]
struct Filed {
    path: String,
    sha256: String,
    bytes: u64,
    /// `whole`; `missing` or `altered` for what could not be put in as it was sealed.
    state: &'static str,
}

/// What the manifest says before its files.
#[derive(Debug, Serialize)]
struct Head {
    format: &'static str,
    case: String,
    stage: &'static str,
    revision: i64,
    exported_at: String,
    exported_by: String,
}

#[derive(Serialize)]
struct Manifest<'a> {
    #[serde(flatten)]
    head: &'a Head,
    files: &'a [Filed],
}

fn head(desk: &Desk, visit: &Visit, now: Moment) -> Result<Head, Error> {
    Ok(Head {
        format: FORMAT,
        case: desk.held.number.clone(),
        stage: desk.held.case.stage.word(),
        revision: desk.held.case.revision,
        exported_at: now.zoned(&jiff::tz::TimeZone::UTC).timestamp().to_string(),
        exported_by: visit.actor()?.name.clone(),
    })
}

/// A name within the ZIP: what programs of every system take.
fn safe(name: &str) -> String {
    let is_bad =
        |one: &char| one.is_control() || matches!(one, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | ' ');
    name.chars().map(|one| if is_bad(&one) { '_' } else { one }).take(80).collect()
}

#[expect(clippy::too_many_arguments, reason = "everything that goes into one file, each from where it lies")]
async fn parts(
    app: &App,
    desk: &Desk,
    pieces: &[Piece],
    kept: &[Kept],
    volumes: Vec<Vec<u8>>,
    reason: &str,
    visit: &Visit,
    now: Moment,
) -> Result<VecDeque<Part>, Error> {
    let mut all = numbered(volumes, "file");
    let id = desk.held.case.id;
    let read =
        app.db.read(move |tx| async move { crate::timeline::store::history(&tx, store::SUBJECT, id, false).await });
    let lines = read.await.map_err(|error: DbError| Error::Db(error))?;
    let mut facts = Vec::new();
    for line in &lines {
        let text = serde_json::to_string(line).map_err(|error| Error::Internal(error.to_string()))?;
        facts.extend_from_slice(text.as_bytes());
        facts.push(b'\n');
    }
    all.push_back(Part::Ready("facts.jsonl".to_owned(), Bytes::from(facts)));
    for (place, paper) in desk.papers.iter().enumerate() {
        let void = if paper.standing() == Standing::Voided { "-void" } else { "" };
        let path = format!("papers/{:02}-{}-{}{void}.pdf", place + 1, paper.kind, safe(&paper.name()));
        all.push_back(Part::Paper(path, Box::new(paper.clone())));
    }
    for one in kept {
        let id = one.id.to_string();
        let found = pieces.iter().find_map(|piece| {
            piece
                .photos
                .iter()
                .position(|photo| *photo == id)
                .map(|place| format!("{:03}-{:02}", piece.number, place + 1))
        });
        let number = found.unwrap_or_else(|| format!("000-{id}"));
        let custody = &one.custody;
        let path = format!("originals/{number}-{}.{}", custody.original.get(..12).unwrap_or_default(), custody.format);
        all.push_back(Part::Original(path, custody.original.clone()));
    }
    let words = app.pages.say(
        visit.lang,
        "enforcement-bundle-readme",
        &[
            ("number", desk.held.number.clone()),
            ("name", visit.actor()?.name.clone()),
            ("when", now.zoned(app.calendar.zone()).strftime("%Y-%m-%d %H:%M").to_string()),
            ("reason", reason.to_owned()),
        ],
    );
    all.push_back(Part::Ready("README.txt".to_owned(), Bytes::from(format!("{words}\n"))));
    all.extend([Part::Manifest, Part::End]);
    Ok(all)
}

/// Where the ZIP is written: what was written is taken away after each file.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn drain(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

type Zip = ZipWriter<StreamWriter<Sink>>;

/// A ZIP that is written while it is read: one file lies in memory at a time.
struct Leaving {
    app: App,
    parts: VecDeque<Part>,
    sink: Sink,
    zip: Option<Zip>,
    filed: Vec<Filed>,
    head: Head,
}

fn leaving(app: App, parts: VecDeque<Part>, head: Head) -> impl stream::Stream<Item = Result<Bytes, Error>> + Send {
    let sink = Sink::default();
    let zip = Some(ZipWriter::new_stream(sink.clone()));
    stream::try_unfold(Leaving { app, parts, sink, zip, filed: Vec::new(), head }, Leaving::next)
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a ZIP of a file: {error}"))
}

impl Leaving {
    /// The bytes of the next file; none when all have left.
    async fn next(mut self) -> Result<Option<(Bytes, Leaving)>, Error> {
        loop {
            let Some(part) = self.parts.pop_front() else { return Ok(None) };
            match part {
                Part::Ready(path, bytes) => self.put(path, bytes).await?,
                Part::Original(path, digest) => match self.app.blobs.get("original", &digest).await {
                    Ok(bytes) => self.put(path, bytes).await?,
                    Err(Error::NotFound) => self.lack(path, digest, "missing"),
                    Err(error) if crate::files::blobs::is_altered(&error) => self.lack(path, digest, "altered"),
                    Err(error) => return Err(error),
                },
                Part::Paper(path, paper) => match issuing::pdf(&self.app, &paper).await {
                    Ok(bytes) => self.put(path, bytes).await?,
                    Err(error) if crate::files::blobs::is_altered(&error) => {
                        self.lack(path, paper.digest.clone().unwrap_or_default(), "altered");
                    }
                    Err(error) => return Err(error),
                },
                Part::Manifest => {
                    let manifest = Manifest { head: &self.head, files: &self.filed };
                    let text = serde_json::to_vec_pretty(&manifest).map_err(broken)?;
                    let whole = self.filed.iter().filter(|one| one.state == "whole");
                    let sums: String = whole.map(|one| format!("{}  {}\n", one.sha256, one.path)).collect();
                    self.put("SHA256SUMS".to_owned(), Bytes::from(sums)).await?;
                    self.put("manifest.json".to_owned(), Bytes::from(text)).await?;
                }
                Part::End => {
                    if let Some(zip) = self.zip.take() {
                        zip.finish().map_err(broken)?;
                    }
                }
            }
            let bytes = self.sink.drain();
            if !bytes.is_empty() {
                return Ok(Some((Bytes::from(bytes), self)));
            }
        }
    }

    fn lack(&mut self, path: String, sha256: String, state: &'static str) {
        tracing::error!(path, state, "a sealed file of a penalty case could not be exported");
        self.filed.push(Filed { path, sha256, bytes: 0, state });
    }

    /// Writes a file beside the requests; photographs and PDFs are packed already.
    async fn put(&mut self, path: String, bytes: Bytes) -> Result<(), Error> {
        let Some(mut zip) = self.zip.take() else { return Ok(()) };
        let is_text = [".json", ".jsonl", ".txt"].iter().any(|end| path.ends_with(end));
        let method = if is_text { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let name = path.clone();
        let work = move || {
            let options = SimpleFileOptions::default().compression_method(method);
            zip.start_file(name, options).map_err(broken)?;
            zip.write_all(&bytes).map_err(broken)?;
            let sha256 = hexadecimal(&Sha256::digest(&bytes));
            Ok::<_, Error>((zip, sha256, bytes.len() as u64))
        };
        let (zip, sha256, bytes) = tokio::task::spawn_blocking(work).await.map_err(broken)??;
        self.zip = Some(zip);
        self.filed.push(Filed { path, sha256, bytes, state: "whole" });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_within_the_zip_hurt_no_system() {
        for (name, said) in [
            ("望城管罚决字〔2026〕12号", "望城管罚决字〔2026〕12号"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("a b:c|d\n", "a_b_c_d_"),
        ] {
            assert_eq!(safe(name), said);
        }
    }
}
