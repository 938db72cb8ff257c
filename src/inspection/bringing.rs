//! A file of enterprises is brought: put away, looked at, and left waiting until somebody has read what it would do; then taken
//! over, or thrown away.

use super::enterprise::{Enterprise, Kind, Place, State};
use super::reading::{self, COLUMNS, Entry, Fault, Names};
use super::{enterprises, store};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::words::{LANGUAGES, enum_of_words};
use crate::people::doors::Visit;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Path, Query, Request, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The shelf of the blob store on which these files lie.
const SHELF: &str = "enterprises";
/// The most faults that are kept; the rest is counted.
const MOST_FAULTS: usize = 500;
/// So many rows are shown before a file takes effect.
const SAMPLE: usize = 8;
/// Rows that are written in one transaction.
const BATCH: usize = 200;

enum_of_words! {
    /// Where an import stands.
    ImportState {
        /// Looked at, nothing decided.
        Waiting = "waiting",
        /// Taken over.
        Kept = "kept",
        /// Thrown away.
        Discarded = "discarded",
    }
}

/// What came, or would come, of a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// Enterprises that the register does not have.
    pub begun: u64,
    /// Those that it has otherwise.
    pub changed: u64,
    /// Those that it has as they are.
    pub unchanged: u64,
    /// Rows that cannot be used.
    pub refused: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Some of its rows: name, code, address.
    pub sample: Vec<(String, String, String)>,
}

/// One import.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The identifier.
    pub id: Id,
    /// The name that the file came with.
    pub file_name: String,
    /// The SHA-256 of its bytes.
    pub digest: String,
    /// Its size.
    pub bytes: i64,
    /// Where it stands.
    pub state: ImportState,
    /// What was found; after it was kept, what came of it.
    pub found: Found,
    /// Who brought it.
    pub author: Id,
    /// When.
    pub brought_at: Moment,
    /// Who decided.
    pub decider: Option<Id>,
    /// When.
    pub decided_at: Option<Moment>,
    /// One more for every change.
    pub revision: i64,
}

impl Import {
    fn decided(self, state: ImportState, found: Found, by: Id, at: Moment) -> Result<Import, Refusal> {
        if self.state != ImportState::Waiting {
            return Err(Refusal::new("imports-decided"));
        }
        let revision = self.revision + 1;
        Ok(Import { state, found, decider: Some(by), decided_at: Some(at), revision, ..self })
    }
}

/// What headings and kinds are called, in every language.
fn names(app: &App) -> Names {
    let mut names = Names::default();
    for column in COLUMNS {
        names.columns.insert(column.to_owned(), column);
        for lang in LANGUAGES {
            let told = app.pages.say(lang, &format!("inspection-column-{column}"), &[]);
            names.columns.insert(told.trim().to_lowercase(), column);
        }
    }
    for kind in Kind::ALL {
        names.kinds.insert(kind.word().to_owned(), *kind);
        for lang in LANGUAGES {
            let told = app.pages.say(lang, &format!("inspection-kind-{}", kind.word()), &[]);
            names.kinds.insert(told.trim().to_lowercase(), *kind);
        }
    }
    names
}

/// Where a row lies, in the city's ground.
fn located(app: &App, entry: &Entry) -> Result<Place, Refusal> {
    let [lon, lat] = match entry.point {
        Some((lon, lat)) => [lon.to_string(), lat.to_string()],
        None => [String::new(), String::new()],
    };
    let streets = crate::reports::place::streets(app);
    let street = streets.into_iter().find(|(code, name)| *code == entry.street || *name == entry.street);
    enterprises::located(
        app,
        &lon,
        &lat,
        "wgs84",
        &entry.particulars.address,
        &street.map(|(code, _)| code).unwrap_or_default(),
    )
}

struct Judged {
    entries: Vec<(Entry, Place)>,
    faults: Vec<Fault>,
}

async fn judged(app: &App, bytes: Bytes) -> Result<Judged, Error> {
    let names = names(app);
    let read = tokio::task::spawn_blocking(move || reading::read(&bytes, &names)).await;
    let read = read.map_err(|error| Error::Internal(error.to_string()))?;
    let (entries, mut faults) = read.map_err(|refusal| refusal.on("file"))?;
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut good = Vec::new();
    for entry in entries {
        let particulars = &entry.particulars;
        let mark = match particulars.credit_code.as_str() {
            "" => (particulars.name.clone(), particulars.address.clone()),
            code => (code.to_owned(), String::new()),
        };
        match located(app, &entry) {
            _ if !seen.insert(mark) => faults.push(Fault::of(entry.row, &Refusal::new("inspection-file-twice"))),
            Ok(place) => good.push((entry, place)),
            Err(refusal) => faults.push(Fault::of(entry.row, &refusal)),
        }
    }
    faults.sort_by_key(|fault| fault.row);
    Ok(Judged { entries: good, faults })
}

/// What the register makes of a row: a new enterprise, a known one otherwise (with the revision that it had), or nothing.
enum Turn {
    Begun(Enterprise),
    Changed(Enterprise, i64),
    Unchanged,
}

async fn turn(tx: &Tx, entry: &Entry, place: &Place, by: Id, now: Moment) -> Result<Turn, DbError> {
    let particulars = &entry.particulars;
    let known = match particulars.credit_code.as_str() {
        "" => None,
        code => store::enterprise_of_credit_code(tx, code).await?,
    };
    let known = match known {
        Some(known) => Some(known),
        None => store::enterprise_of_name(tx, &particulars.name, &particulars.address).await?,
    };
    let Some(known) = known else {
        return Ok(Turn::Begun(Enterprise {
            id: id::fresh(),
            code: id::tracking_code(),
            particulars: particulars.clone(),
            place: place.clone(),
            state: State::Open,
            merged_into: None,
            closed_why: String::new(),
            author: Some(by),
            added_at: now,
            revision: 1,
        }));
    };
    let mut after = known.clone();
    after.particulars = particulars.clone();
    // What a file does not say stays as somebody wrote it.
    let (new, old) = (&mut after.particulars, &known.particulars);
    if new.credit_code.is_empty() {
        new.credit_code.clone_from(&old.credit_code);
    }
    for (new, old) in [(&mut new.contact, &old.contact), (&mut new.phone, &old.phone)] {
        if new.is_empty() {
            new.clone_from(old);
        }
    }
    if place.lon.is_some() || !place.street.is_empty() && known.place.lon.is_none() {
        after.place = place.clone();
    }
    if after == known {
        return Ok(Turn::Unchanged);
    }
    after.revision += 1;
    Ok(Turn::Changed(after, known.revision))
}

async fn take(app: &App, judged: Judged, by: Id, is_dry_run: bool) -> Result<Found, Error> {
    let now = app.clock.now();
    let step = judged.entries.len().div_ceil(SAMPLE).max(1);
    let sample = judged.entries.iter().step_by(step).take(SAMPLE).map(|(entry, _)| {
        let one = &entry.particulars;
        (one.name.clone(), one.credit_code.clone(), one.address.clone())
    });
    let mut found = Found { refused: judged.faults.len() as u64, sample: sample.collect(), ..Found::default() };
    found.faults = judged.faults.into_iter().take(MOST_FAULTS).collect();
    for some in judged.entries.chunks(BATCH) {
        let some = some.to_vec();
        let job = move |tx: Tx| async move {
            let mut counts = (0, 0, 0);
            for (entry, place) in &some {
                match turn(&tx, entry, place, by, now).await? {
                    Turn::Begun(one) => {
                        counts.0 += 1;
                        if !is_dry_run {
                            store::add_enterprise(&tx, &one).await?;
                            let body = enterprises::body(&one);
                            store::record_enterprise(&tx, one.id, "added", Some(by), now, body).await?;
                        }
                    }
                    Turn::Changed(one, revision) => {
                        counts.1 += 1;
                        if !is_dry_run {
                            store::save_enterprise(&tx, &one, revision).await?;
                            let body = enterprises::body(&one);
                            store::record_enterprise(&tx, one.id, "changed", Some(by), now, body).await?;
                        }
                    }
                    Turn::Unchanged => counts.2 += 1,
                }
            }
            Ok::<_, DbError>(counts)
        };
        let (begun, changed, unchanged) =
            if is_dry_run { app.db.read(job).await } else { app.db.write(job).await }.map_err(Error::Db)?;
        found.begun += begun;
        found.changed += changed;
        found.unchanged += unchanged;
    }
    Ok(found)
}

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Before {
    before: String,
}

/// `GET /enterprises/imports`.
///
/// # Errors
/// When the database fails.
pub async fn list(Held(app): Held<App>, visit: Visit, Query(asked): Query<Before>) -> Result<Response, Error> {
    draw_list(&app, &visit, asked.before.parse().unwrap_or(i64::MAX), None).await
}

async fn draw_list(app: &App, visit: &Visit, before: Id, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let page = app.db.read(move |tx| async move { store::imports(&tx, before).await }).await.map_err(Error::Db)?;
    let html = context! {
        rows => page.rows.iter().map(|(one, author)| shown(one, author)).collect::<Vec<_>>(),
        older => page.next.map(|next| format!("?before={next}")).unwrap_or_default(),
        newer => if before == i64::MAX { "" } else { "/enterprises/imports" },
        megabytes => reading::LARGEST >> 20, most => reading::MOST_ROWS,
        columns => COLUMNS.to_vec(),
        errors => enterprises::errors(app, visit, refusal, ""),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "inspection/imports.html", html)?).into_response())
}

fn shown(one: &Import, author: &str) -> minijinja::Value {
    let found = &one.found;
    context! {
        id => one.id.to_string(), name => one.file_name.as_str(), state => one.state.word(), bytes => one.bytes,
        begun => found.begun, changed => found.changed, unchanged => found.unchanged, refused => found.refused,
        author, at => one.brought_at.0, decided_at => one.decided_at.map(|at| at.0),
    }
}

/// `POST /enterprises/imports`.
///
/// # Errors
/// When the database or the store fails. Refusals are drawn.
pub async fn bring(Held(app): Held<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let looked = match typed(request).await {
        Ok((name, bytes)) => look(&app, &visit, name, bytes).await,
        Err(refusal) => Err(refusal.into()),
    };
    match looked {
        Ok(id) => Ok(Redirect::to(&format!("/enterprises/imports/{id}")).into_response()),
        Err(Error::Refused(refusal)) => draw_list(&app, &visit, i64::MAX, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn typed(request: Request) -> Result<(String, Bytes), Refusal> {
    let broken = || Refusal::new("imports-form-broken").on("file");
    let unread = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new("imports-too-large").on("file"),
        _ => broken(),
    };
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    while let Some(part) = parts.next_field().await.map_err(unread)? {
        let Some(name) = part.file_name().map(str::to_owned) else { continue };
        let bytes = part.bytes().await.map_err(unread)?;
        if !bytes.is_empty() || !name.is_empty() {
            return Ok((name.chars().filter(|sign| !sign.is_control()).take(120).collect(), bytes));
        }
    }
    Err(Refusal::new("imports-file-missing").on("file"))
}

async fn look(app: &App, visit: &Visit, file_name: String, bytes: Bytes) -> Result<Id, Error> {
    let author = visit.actor()?.account;
    let found = take(app, judged(app, bytes.clone()).await?, author, true).await?;
    let digest = app.blobs.put(SHELF, bytes.clone()).await?;
    let import = Import {
        id: id::fresh(),
        file_name,
        digest,
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        state: ImportState::Waiting,
        found,
        author,
        brought_at: app.clock.now(),
        decider: None,
        decided_at: None,
        revision: 1,
    };
    let id = import.id;
    let added = app.db.write(move |tx| async move { store::add_import(&tx, &import).await }).await;
    added.map_err(|error: DbError| Error::Db(error))?;
    Ok(id)
}

/// `GET /enterprises/imports/{id}`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn show(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None).await
}

async fn draw(app: &App, visit: &Visit, id: Id, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (one, author) = app.db.read(move |tx| async move { store::load_import(&tx, id).await }).await?;
    let faults = one.found.faults.iter().map(|fault| {
        let args: Vec<(&str, String)> = fault.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let column = match fault.column.as_str() {
            "" => String::new(),
            column => app.pages.say(visit.lang, &format!("inspection-column-{column}"), &[]),
        };
        context! { row => fault.row, column, text => app.pages.say(visit.lang, &fault.key, &args) }
    });
    let html = context! {
        import => shown(&one, &author),
        faults => faults.collect::<Vec<_>>(),
        sample => Serde(&one.found.sample),
        may_keep => one.state == ImportState::Waiting && one.found.begun + one.found.changed > 0,
        errors => enterprises::errors(app, visit, refusal, ""),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "inspection/import.html", html)?)
        .into_response())
}

/// `POST /enterprises/imports/{id}/keep`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails. Refusals are drawn.
pub async fn keep(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (held, by) = (app.clone(), visit.actor()?.account);
    // The work goes on when the browser goes away: taking a file over again changes nothing that it has changed before.
    let kept = tokio::spawn(async move { decide(&held, id, by, true).await });
    answered(&app, &visit, id, kept.await.map_err(|error| Error::Internal(error.to_string()))?).await
}

/// `POST /enterprises/imports/{id}/discard`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails. Refusals are drawn.
pub async fn discard(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let outcome = decide(&app, id, visit.actor()?.account, false).await;
    answered(&app, &visit, id, outcome).await
}

async fn decide(app: &App, id: Id, by: Id, is_kept: bool) -> Result<(), Error> {
    let (one, _) = app.db.read(move |tx| async move { store::load_import(&tx, id).await }).await?;
    if one.state != ImportState::Waiting {
        return Err(Refusal::new("imports-decided").into());
    }
    let found = if is_kept {
        let bytes = app.blobs.get(SHELF, &one.digest).await?;
        take(app, judged(app, bytes).await?, by, false).await?
    } else {
        one.found.clone()
    };
    let state = if is_kept { ImportState::Kept } else { ImportState::Discarded };
    let one = one.decided(state, found, by, app.clock.now())?;
    app.db.write(move |tx| async move { store::save_import(&tx, &one).await }).await.map_err(Error::Db)?;
    app.tell(store::ENTERPRISE, id);
    Ok(())
}

async fn answered(app: &App, visit: &Visit, id: Id, outcome: Result<(), Error>) -> Result<Response, Error> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/enterprises/imports/{id}")).into_response()),
        Err(Error::Refused(refusal)) => draw(app, visit, id, Some(&refusal)).await,
        Err(Error::Db(DbError::Stale)) => draw(app, visit, id, Some(&Refusal::new("imports-decided"))).await,
        Err(error) => Err(error),
    }
}
