//! A citizen reports a problem: the form, its sending, and the same door for programs.

use super::intake::{Coming, Taken};
use super::photos::{self, Album, Upload};
use super::report::{Place, Report, Source, Typed, Understood, understand};
use super::settings::Settings;
use super::twins::offering::{self, Draft, Offer as Twin};
use super::{everyday, place, store};
use crate::app::App;
use crate::files::store::Waiting;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, RETRY_AFTER, Refusal};
use crate::kit::id::{self, Id};
use crate::people::act::Act;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::places::offering::{Offer as Perhaps, offers, point, suggested};
use crate::places::place::Suggested;
use crate::suggestions;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How much of a form is read to its end, in bytes, so that it can be answered with a sentence. What is heavier than the
/// city takes is read past, not kept.
const MOST_READ: usize = 512 << 20;

/// The address of the form, with what a link may fill in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    danger: String,
    category: String,
}

/// A telephone number that goes before every form.
#[derive(Debug, Clone, Serialize)]
pub struct Emergency {
    key: String,
    phone: String,
    name: String,
}

/// The city's emergency numbers in this language; `wanted` first.
pub fn emergencies(app: &App, lang: &str, wanted: &str) -> Vec<Emergency> {
    let first = match wanted {
        "wire" => "power",
        "collapse" => "fire",
        other => other,
    };
    let list = app.city.rest.get("emergency").and_then(toml::Value::as_array);
    let text =
        |entry: &toml::Value, name: &str| entry.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let name = if lang == "en" { "name_en" } else { "name" };
    let mut numbers: Vec<Emergency> = list
        .into_iter()
        .flatten()
        .map(|entry| Emergency { key: text(entry, "key"), phone: text(entry, "phone"), name: text(entry, name) })
        .filter(|number| matches!(number.key.as_str(), "fire" | "gas" | "power" | "police" | "ambulance"))
        .collect();
    let rank = |key: &str| match key {
        _ if key == first => 0,
        "gas" => 1,
        "power" => 2,
        "fire" => 3,
        "police" => 4,
        _ => 5,
    };
    numbers.sort_by_key(|number| rank(&number.key));
    numbers
}

/// Shows the form.
pub async fn form(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let typed = Typed { key: id::secret(), category: asked.category, ..Typed::default() };
    draw(&app, &visit, &typed, &asked.danger, &Again::default())
}

/// Why the form is shown again, and what it keeps.
#[derive(Debug, Default)]
struct Again {
    refusals: Vec<Refusal>,
    /// Open reports that may be the same.
    similar: Vec<Twin>,
    /// Similar reports that were shown before.
    seen: String,
    /// Places where the written address may lie.
    perhaps: Vec<Perhaps>,
    /// The address about which that was asked before.
    asked: String,
    /// Whether the citizen took a place that was offered, or chose one of those shown while typing.
    is_suggested: bool,
    kept: Vec<Waiting>,
    is_cut: bool,
    /// True when the store of files is away, so that the photos that came now are lost.
    is_away: bool,
}

/// A refusal as people read it; one photo among several is called by its name.
pub fn sentence(app: &App, lang: &str, refusal: &Refusal) -> String {
    let args: Vec<(&str, String)> = refusal.args.iter().map(|(name, value)| (*name, value.clone())).collect();
    let message = app.pages.say(lang, refusal.key, &args);
    match refusal.args.iter().find(|(name, value)| *name == "photo" && !value.is_empty()) {
        None => message,
        Some((_, name)) => {
            let name: String = name.chars().take(60).collect();
            app.pages.say(lang, "report-photo-named", &[("name", name), ("message", message)])
        }
    }
}

/// Where a waiting photo says that it was taken, when that is in the city.
#[derive(Debug, Serialize)]
struct Offer {
    id: String,
    number: usize,
    area: String,
}

fn offer(app: &App, typed: &Typed, kept: &[Waiting]) -> Option<Offer> {
    if !typed.lon.trim().is_empty() || !typed.lat.trim().is_empty() {
        return None;
    }
    kept.iter().enumerate().find_map(|(index, photo)| {
        let seen = &photo.photo.inspection;
        let said = super::report::Said { point: Some((seen.lon?, seen.lat?)), ..Default::default() };
        let place = place::locate(app, &said).ok()?;
        Some(Offer { id: photo.id.clone(), number: index + 1, area: place.area })
    })
}

#[derive(Debug, Default, Serialize)]
struct Errors {
    words: String,
    place: String,
    address: String,
    cell: String,
    category: String,
    photos: String,
    contact_name: String,
    contact_phone: String,
}

#[derive(Debug, Serialize)]
struct Problem {
    field: String,
    message: String,
}

fn draw(app: &App, visit: &Visit, typed: &Typed, danger: &str, again: &Again) -> Result<Response, Error> {
    let mut errors = Errors::default();
    let mut summary = Vec::new();
    for refusal in &again.refusals {
        let message = sentence(app, visit.lang, refusal);
        let field = refusal.field.unwrap_or("words");
        let slot = match field {
            "place" => &mut errors.place,
            "address" => &mut errors.address,
            "cell" => &mut errors.cell,
            "category" => &mut errors.category,
            "photos" => &mut errors.photos,
            "contact_name" => &mut errors.contact_name,
            "contact_phone" => &mut errors.contact_phone,
            _ => &mut errors.words,
        };
        if !slot.is_empty() {
            slot.push(' ');
        }
        slot.push_str(&message);
        summary.push(Problem { field: field.to_owned(), message });
    }
    let now = app.clock.now();
    let similar: Vec<_> = again.similar.iter().map(|twin| offering::brief(app, visit.lang, twin, now)).collect();
    // Whatever is shown now need not be asked about again.
    let seen: Vec<String> = again.similar.iter().map(|twin| twin.report.id.to_string()).collect();
    let seen = if seen.is_empty() { again.seen.clone() } else { seen.join(" ") };
    // Whoever is shown the form again for another reason is asked at the same time.
    let is_unplaced = [&typed.lon, &typed.lat, &typed.cell].iter().all(|text| text.trim().is_empty());
    let perhaps = match again.perhaps.as_slice() {
        [] if is_unplaced && !(again.refusals.is_empty() && again.similar.is_empty()) => offers(app, &typed.address),
        found => found.to_vec(),
    };
    let asked = if perhaps.is_empty() { again.asked.as_str() } else { typed.address.trim() };
    let danger = if matches!(danger, "gas" | "wire" | "collapse") { danger } else { "" };
    let page = minijinja::context! {
        form => minijinja::value::Serde(typed),
        errors => minijinja::value::Serde(errors),
        summary => minijinja::value::Serde(summary),
        problems => minijinja::value::Serde(everyday::choices(app, visit.lang)),
        suggestions => suggestions::offering::section(app, visit.lang, &typed.words, &typed.category)?,
        numbers => minijinja::value::Serde(emergencies(app, visit.lang, danger)),
        danger,
        source => source(visit.actor.as_ref()).word(),
        kept => photos::waiting_shown(&again.kept),
        offer => minijinja::value::Serde(offer(app, typed, &again.kept)),
        similar => minijinja::value::Serde(similar),
        seen,
        perhaps => minijinja::value::Serde(perhaps),
        asked,
        form_from => if again.is_suggested { "suggestion" } else { "" },
        photos_limit => app.reports.photos_limit,
        photo_megabytes => app.reports.photo_bytes >> 20,
        words_limit => app.reports.words_limit,
        centre_lon => app.base_map.centre.map(|(lon, _)| lon),
        centre_lat => app.base_map.centre.map(|(_, lat)| lat),
    };
    let status = match () {
        () if again.is_away => StatusCode::SERVICE_UNAVAILABLE,
        () if again.is_cut => StatusCode::PAYLOAD_TOO_LARGE,
        () if again.refusals.is_empty() => StatusCode::OK,
        () => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let html = app.page(visit, "reports/form.html", page)?;
    // The form's own key must not be shared by two visits.
    let mut response = (status, [(header::CACHE_CONTROL, "no-store")], html).into_response();
    if again.is_away {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    }
    Ok(response)
}

/// What a form sent.
#[derive(Debug, Default)]
pub struct Sent {
    /// Its text fields by name, in their order.
    pub fields: Vec<(String, String)>,
    /// Its files, as many as the city takes.
    pub uploads: Vec<Upload>,
    /// How many more files there were.
    pub left_out: usize,
    /// True when it was so large that its end was not read.
    pub is_cut: bool,
    /// What the program that sent it calls itself.
    pub agent: String,
}

impl Sent {
    /// A field's text; empty when it was not sent.
    pub fn text(&self, name: &str) -> String {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The text fields of a declared form: all but what tells of photos that wait.
    pub fn form(&self) -> crate::kit::fields::Typed {
        let fields = self.fields.iter().filter(|(name, _)| !matches!(name.as_str(), "kept" | "drop"));
        crate::kit::fields::Typed::of(fields.cloned())
    }

    /// The fields of a report's form.
    pub fn typed(&self) -> Typed {
        Typed {
            words: self.text("words"),
            lon: self.text("lon"),
            lat: self.text("lat"),
            coordinates: self.text("coordinates"),
            address: self.text("address"),
            cell: self.text("cell"),
            category: self.text("category"),
            contact_name: self.text("contact_name"),
            contact_phone: self.text("contact_phone"),
            key: self.text("key"),
        }
    }
}

/// Reads a form, with files or without. Files beyond the city's number and weight are read past.
///
/// # Errors
/// `report-form-broken` when it breaks off or is not a form at all.
pub async fn read_form(app: &App, mut request: Request) -> Result<Sent, Error> {
    let broken = || Error::Refused(Refusal::new("report-form-broken"));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut sent = Sent { agent: agent.to_owned(), ..Sent::default() };
    if !kind.starts_with("multipart/form-data") {
        let bytes = axum::body::to_bytes(request.into_body(), 1 << 20).await.map_err(|_| broken())?;
        sent.fields = serde_urlencoded::from_bytes(&bytes).map_err(|_| broken())?;
        return Ok(sent);
    }
    DefaultBodyLimit::max(MOST_READ).apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    match read_parts(app, &mut parts, &mut sent).await {
        Ok(true) => Ok(sent),
        Ok(false) => Err(broken()),
        // What was read so far is kept: it comes back with the sentence.
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            sent.is_cut = true;
            Ok(sent)
        }
        Err(_) => Err(broken()),
    }
}

/// Reads the parts of a form; false when there are more fields than any form of ours has.
async fn read_parts(
    app: &App,
    parts: &mut Multipart,
    sent: &mut Sent,
) -> Result<bool, axum::extract::multipart::MultipartError> {
    let (most, heaviest) = (app.reports.photos_limit, app.reports.photo_bytes);
    while let Some(mut part) = parts.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        let Some(file) = part.file_name().map(str::to_owned) else {
            if sent.fields.len() >= 60 {
                return Ok(false);
            }
            sent.fields.push((name, part.text().await?));
            continue;
        };
        let is_wanted = sent.uploads.len() < most;
        let (mut bytes, mut length) = (Vec::new(), 0_usize);
        while let Some(chunk) = part.chunk().await? {
            length += chunk.len();
            if !is_wanted || length > heaviest {
                bytes = Vec::new();
            } else {
                bytes.extend_from_slice(&chunk);
            }
        }
        match (length, is_wanted) {
            // A field for files that was left empty.
            (0, _) => {}
            (_, false) => sent.left_out += 1,
            _ => sent.uploads.push(Upload { name: file, bytes: (length <= heaviest).then_some(bytes) }),
        }
    }
    Ok(true)
}

enum No {
    Typed(Vec<Refusal>),
    Similar(Vec<Twin>),
    Perhaps(Vec<Perhaps>),
    Failed(Error),
}

impl From<Error> for No {
    fn from(error: Error) -> No {
        match error {
            Error::Refused(refusal) => No::Typed(vec![refusal]),
            other => No::Failed(other),
        }
    }
}

impl From<DbError> for No {
    fn from(error: DbError) -> No {
        No::Failed(error.into())
    }
}

/// Receives a report: understands, locates, takes its photos in, keeps it. Answers its tracking code. A form says
/// which similar reports were shown to its citizen, and is asked about any other, and once where an address without a point
/// may lie; a program is never asked.
async fn receive(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    album: &Album,
    form: Option<&Again>,
    offered: &str,
) -> Result<String, No> {
    let now = app.clock.now();
    let (understood, place) = understood_in_city(app, typed, album, &app.reports).map_err(No::Typed)?;
    let chosen = place.lon.zip(place.lat).filter(|_| form.is_some_and(|form| form.is_suggested));
    let place_suggestion = chosen.and_then(|at| suggested(app, [place.address.as_str()], at));
    if let Some(form) = form {
        let seen = form.seen.as_str();
        // A second sending of the same form must neither be asked nor have its photos taken in again.
        let key = understood.key.clone();
        if let Some((_, code)) = app.db.read(move |tx| async move { store::of_key(&tx, &key).await }).await? {
            return Ok(code);
        }
        let (category, words) = (understood.category.clone(), understood.words.as_str());
        let draft = Draft { report: 0, place: Some(&place), category, words, album: Some(album) };
        let similar = if seen == "any" { Vec::new() } else { offering::offers(app, draft, now).await? };
        let is_seen = |id: Id| seen.split_whitespace().any(|known| known == id.to_string());
        if similar.iter().any(|twin| !is_seen(twin.report.id)) {
            return Err(No::Similar(similar));
        }
        if place.lon.is_none() && place.cell.is_empty() && form.asked != place.address {
            let found = offers(app, &place.address);
            if !found.is_empty() {
                return Err(No::Perhaps(found));
            }
        }
    }
    let mut report = Report::received(id::fresh(), id::tracking_code(), understood, place, visit.lang, now);
    report.source = source(visit.actor.as_ref());
    // A citizen leaves no name; who reports for the city does.
    let author = visit.actor.as_ref().filter(|_| report.source != Source::Citizen).map(|actor| actor.account);
    let beside = Beside { author, place_suggestion, offered, category: typed.category.trim(), also: None };
    Ok(keep(app, report, album, beside).await?.0)
}

/// Understands a report and finds its place in the city: what every way in asks of it, whoever sends it.
///
/// # Errors
/// Every refusal, those of its photos first.
pub fn understood_in_city(
    app: &App,
    typed: &Typed,
    album: &Album,
    settings: &Settings,
) -> Result<(Understood, Place), Vec<Refusal>> {
    let mut refusals = album.refusals.clone();
    let mut understood = match understand(typed, !album.is_empty(), settings) {
        Ok(understood) => understood,
        Err(others) => {
            refusals.extend(others);
            return Err(refusals);
        }
    };
    if !understood.category.code.is_empty() {
        understood.category.code_set = everyday::code_set(app);
        if !everyday::is_known(app, &understood.category) {
            refusals.push(Refusal::new("report-category-unknown").on("category"));
        }
    }
    match place::locate(app, &understood.said) {
        Ok(place) if refusals.is_empty() => Ok((understood, place)),
        Ok(_) => Err(refusals),
        Err(refusal) => {
            let field = refusal.field.unwrap_or("place");
            refusals.push(refusal.on(field));
            Err(refusals)
        }
    }
}

/// What another room keeps of a report in the same transaction.
pub type Also = Arc<dyn Fn(Tx, Id) -> BoxFuture<'static, Result<(), DbError>> + Send + Sync>;

/// What is kept beside a report's words, place and photos.
#[derive(Default)]
pub struct Beside<'a> {
    /// Who of the staff sent it.
    pub author: Option<Id>,
    /// How its place was suggested, of one that was taken.
    pub place_suggestion: Option<Suggested>,
    /// The sub-classes that were offered, as the form sends them back.
    pub offered: &'a str,
    /// The sub-class that was chosen.
    pub category: &'a str,
    /// What another room keeps of it.
    pub also: Option<Also>,
}

/// Seals the photos and keeps a report with all that belongs to it. Answers its tracking code, and whether it is new: the same
/// key never makes two.
///
/// # Errors
/// `report-photo-gone`; when the blob store or the database fails.
pub async fn keep(app: &App, report: Report, album: &Album, beside: Beside<'_>) -> Result<(String, bool), Error> {
    let sealed = album.seal(app).await?;
    let Beside { author, place_suggestion, offered, category, also } = beside;
    let subject = report.id;
    let suggestion = suggestions::of_report(app, report.id, &report.words, offered, category, report.received_at);
    let coming =
        Coming { report, photos: sealed, author, place_suggestion, suggestion, also, has_waited: album.has_waited };
    let Taken { code, is_new, waited } = app.intake.take(&app.db, coming).await?;
    if is_new {
        app.tell("report", subject);
    }
    photos::clear(app, waited).await;
    Ok((code, is_new))
}

/// Who reports: a keeper on patrol (上报), the desk that writes a call down, or a citizen, signed in or not.
pub fn source(actor: Option<&Actor>) -> Source {
    match actor {
        Some(actor) if actor.may(Act::ReportProblems) => Source::Keeper,
        Some(actor) if actor.may(Act::ReceiveReports) => Source::Hotline,
        _ => Source::Citizen,
    }
}

/// Takes the place that a waiting photo tells of, when the citizen said so and gave no other.
fn take_place(typed: &mut Typed, chosen: &str, kept: &[Waiting]) {
    if chosen.is_empty() || !typed.lon.trim().is_empty() {
        return;
    }
    let seen = kept.iter().find(|photo| photo.id == chosen).map(|photo| &photo.photo.inspection);
    if let Some((lon, lat)) = seen.and_then(|seen| seen.lon.zip(seen.lat)) {
        (typed.lon, typed.lat, typed.coordinates) = (lon.to_string(), lat.to_string(), "wgs84".into());
    }
}

/// Takes the place that was offered for the written address, when the citizen chose it and gave no other.
fn take_offer(typed: &mut Typed, chosen: &str) -> bool {
    let Some((lon, lat)) = point(chosen).filter(|_| typed.lon.trim().is_empty()) else { return false };
    (typed.lon, typed.lat, typed.coordinates) = (lon.to_string(), lat.to_string(), "wgs84".into());
    true
}

/// The form comes back with its words though the store of files is away: those photos that came with it must be chosen again.
fn lost(again: &mut Again, why: &str) {
    tracing::error!(error = why, "the photos of a report cannot be kept now");
    again.is_away = true;
    again.refusals.push(Refusal::new("report-photos-away").on("photos"));
}

/// Takes the form in. A refused one comes back with everything that was typed and photographed; so does one to which
/// somebody else's open report may be the answer.
pub async fn submit(State(app): State<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let sent = read_form(&app, request).await?;
    let mut typed = sent.typed();
    if typed.key.is_empty() {
        typed.key = id::secret();
    }
    let (seen, chosen, is_cut) = (sent.text("similar"), sent.text("photo_place"), sent.is_cut);
    let (offer, from, asked) = (sent.text("place_offer"), sent.text("place_from"), sent.text("place_asked"));
    let suggested = sent.text("suggested");
    let album = photos::open(&app, sent, &typed.key).await?;
    take_place(&mut typed, &chosen, &album.kept);
    let is_suggested = take_offer(&mut typed, &offer) || from == "suggestion";
    let mut again = Again { seen, asked, is_suggested, is_cut, ..Again::default() };
    match receive(&app, &visit, &typed, &album, Some(&again), &suggested).await {
        Ok(code) => return Ok(Redirect::to(&format!("/track/{code}?new=1")).into_response()),
        Err(No::Failed(Error::Away(why))) => lost(&mut again, &why),
        Err(No::Failed(error)) => return Err(error),
        Err(No::Typed(refusals)) => again.refusals = refusals,
        Err(No::Similar(similar)) => again.similar = similar,
        Err(No::Perhaps(perhaps)) => again.perhaps = perhaps,
    }
    let waited = album.kept.clone();
    again.kept = match again.is_away {
        true => waited,
        false => match album.wait(&app, &typed.key).await {
            Err(Error::Away(why)) => {
                lost(&mut again, &why);
                waited
            }
            kept => kept?,
        },
    };
    draw(&app, &visit, &typed, "", &again)
}

/// The same door for programs: a JSON document with the fields of the form as texts or numbers; answers
/// `{code, url}`, or `{errors: [{field, key, message}]}` with status 422.
pub async fn submit_json(
    State(app): State<App>,
    visit: Visit,
    document: Result<Json<serde_json::Map<String, serde_json::Value>>, JsonRejection>,
) -> Result<Response, Error> {
    let Json(document) = match document {
        Ok(document) => document,
        Err(rejection) => {
            let refusal = Refusal::new("report-document-broken").with("reason", rejection.body_text());
            return Ok((rejection.status(), errors(&app, visit.lang, &[refusal])).into_response());
        }
    };
    let text = |name: &str| match document.get(name) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let typed = Typed {
        words: text("words"),
        lon: text("lon"),
        lat: text("lat"),
        coordinates: text("coordinates"),
        address: text("address"),
        cell: text("cell"),
        category: text("category"),
        contact_name: text("contact_name"),
        contact_phone: text("contact_phone"),
        key: text("key"),
    };
    match receive(&app, &visit, &typed, &Album::default(), None, "").await {
        Ok(code) => {
            let url = format!("/track/{code}");
            Ok((StatusCode::CREATED, Json(serde_json::json!({ "code": code, "url": url }))).into_response())
        }
        Err(No::Failed(error)) => Err(error),
        Err(No::Similar(_) | No::Perhaps(_)) => Err(Error::Internal("a program was asked something".into())),
        Err(No::Typed(refusals)) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, errors(&app, visit.lang, &refusals)).into_response())
        }
    }
}

/// Refusals as programs read them.
fn errors(app: &App, lang: &str, refusals: &[Refusal]) -> Json<serde_json::Value> {
    let errors: Vec<_> = refusals
        .iter()
        .map(|refusal| {
            serde_json::json!({
                "field": refusal.field, "key": refusal.key, "message": sentence(app, lang, refusal),
            })
        })
        .collect();
    Json(serde_json::json!({ "errors": errors }))
}

/// The form once more, with what is wrong and everything that was typed and photographed.
///
/// # Errors
/// When the blob store or the database fails.
pub async fn refused(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    refusals: Vec<Refusal>,
    album: Album,
) -> Result<Response, Error> {
    let kept = album.wait(app, &typed.key).await?;
    draw(app, visit, typed, "", &Again { refusals, kept, ..Again::default() })
}
