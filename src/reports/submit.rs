//! A citizen reports a problem: the form, its sending, and the same door for programs.

use super::photos::{self, Upload};
use super::report::{MOST_PHOTOS, Report, Typed, understand};
use super::{everyday, place, store};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::people::doors::Visit;
use axum::Json;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

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
    draw(&app, &visit, &typed, &asked.danger, &[], false)
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

fn draw(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    danger: &str,
    refusals: &[Refusal],
    had_photos: bool,
) -> Result<Response, Error> {
    let mut errors = Errors::default();
    let mut summary = Vec::new();
    for refusal in refusals {
        let args: Vec<(&str, String)> = refusal.args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let message = app.pages.say(visit.lang, refusal.key, &args);
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
        slot.clone_from(&message);
        summary.push(Problem { field: field.to_owned(), message });
    }
    let centre = app.city.rest.get("map").and_then(|map| map.get("centre")).and_then(toml::Value::as_array);
    let at = |index: usize| centre.and_then(|pair| pair.get(index)).and_then(toml::Value::as_float).unwrap_or_default();
    let danger = if matches!(danger, "gas" | "wire" | "collapse") { danger } else { "" };
    let page = minijinja::context! {
        form => minijinja::value::Serde(typed),
        errors => minijinja::value::Serde(errors),
        summary => minijinja::value::Serde(summary),
        problems => minijinja::value::Serde(everyday::choices(app, visit.lang)),
        numbers => minijinja::value::Serde(emergencies(app, visit.lang, danger)),
        danger,
        had_photos,
        photos_limit => MOST_PHOTOS,
        centre_lon => at(0),
        centre_lat => at(1),
    };
    let status = if refusals.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let html = app.page(visit, "reports/form.html", page)?;
    // The form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// What a form sent.
#[derive(Debug, Default)]
pub struct Sent {
    /// Its text fields by name, in their order.
    pub fields: Vec<(String, String)>,
    /// Its files.
    pub uploads: Vec<Upload>,
}

impl Sent {
    /// A field's text; empty when it was not sent.
    pub fn text(&self, name: &str) -> String {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn typed(&self) -> Typed {
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

/// Reads a form, with files or without.
///
/// # Errors
/// `report-form-broken` when it is cut off or not a form at all.
pub async fn read_form(request: Request) -> Result<Sent, Error> {
    let broken = || Error::Refused(Refusal::new("report-form-broken"));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut sent = Sent::default();
    if !kind.starts_with("multipart/form-data") {
        let bytes = axum::body::to_bytes(request.into_body(), 1 << 20).await.map_err(|_| broken())?;
        sent.fields = serde_urlencoded::from_bytes(&bytes).map_err(|_| broken())?;
        return Ok(sent);
    }
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let bytes = part.bytes().await.map_err(|_| broken())?;
                if !bytes.is_empty() && sent.uploads.len() <= MOST_PHOTOS {
                    sent.uploads.push(Upload { name: file, bytes });
                }
            }
            None if sent.fields.len() < 60 => {
                let text = part.text().await.map_err(|_| broken())?;
                sent.fields.push((name, text));
            }
            None => return Err(broken()),
        }
    }
    Ok(sent)
}

enum No {
    Typed(Vec<Refusal>),
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

/// Receives a report: understands, locates, takes its photos in, keeps it. Answers its tracking code.
async fn receive(app: &App, lang: &str, typed: &Typed, uploads: &[Upload]) -> Result<String, No> {
    let now = app.clock.now();
    let mut understood = understand(typed, !uploads.is_empty()).map_err(No::Typed)?;
    if uploads.len() > MOST_PHOTOS {
        return Err(No::Typed(vec![Refusal::new("report-photos-too-many").with("most", MOST_PHOTOS).on("photos")]));
    }
    if !understood.category.code.is_empty() {
        understood.category.code_set = everyday::code_set(app);
        if !everyday::is_known(app, &understood.category) {
            return Err(No::Typed(vec![Refusal::new("report-category-unknown").on("category")]));
        }
    }
    let place = place::locate(app, &understood.said).map_err(|refusal| {
        let field = refusal.field.unwrap_or("place");
        No::Typed(vec![refusal.on(field)])
    })?;
    let mut kept = Vec::new();
    if !uploads.is_empty() {
        // A second sending of the same form must not take its photos in again.
        let key = understood.key.clone();
        let known: Option<String> = app
            .db
            .read(move |tx| async move { store::code_of_key(&tx, &key).await })
            .await
            .map_err(|error: DbError| No::Failed(error.into()))?;
        if let Some(code) = known.filter(|_| !understood.key.is_empty()) {
            return Ok(code);
        }
        kept = photos::take_in(app, uploads).await?;
    }
    let report = Report::received(id::fresh(), id::tracking_code(), understood, place, lang, now);
    let subject = report.id;
    let (code, is_new) = app
        .db
        .write(move |tx| async move { store::append(&tx, &report, &kept, "submitted").await })
        .await
        .map_err(|error: DbError| No::Failed(error.into()))?;
    if is_new {
        app.tell("report", subject);
    }
    Ok(code)
}

/// Takes the form in; a refused one comes back with everything that was typed.
pub async fn submit(State(app): State<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let sent = read_form(request).await?;
    let mut typed = sent.typed();
    match receive(&app, visit.lang, &typed, &sent.uploads).await {
        Ok(code) => Ok(Redirect::to(&format!("/track/{code}?new=1")).into_response()),
        Err(No::Failed(error)) => Err(error),
        Err(No::Typed(refusals)) => {
            if typed.key.is_empty() {
                typed.key = id::secret();
            }
            draw(&app, &visit, &typed, "", &refusals, !sent.uploads.is_empty())
        }
    }
}

/// The same door for programs: a JSON document with the fields of the form as texts or numbers; answers
/// `{code, url}`, or `{errors: [{field, key, message}]}` with status 422.
pub async fn submit_json(
    State(app): State<App>,
    visit: Visit,
    Json(document): Json<serde_json::Map<String, serde_json::Value>>,
) -> Result<Response, Error> {
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
    match receive(&app, visit.lang, &typed, &[]).await {
        Ok(code) => {
            let url = format!("/track/{code}");
            Ok((StatusCode::CREATED, Json(serde_json::json!({ "code": code, "url": url }))).into_response())
        }
        Err(No::Failed(error)) => Err(error),
        Err(No::Typed(refusals)) => {
            let errors: Vec<_> = refusals
                .iter()
                .map(|refusal| {
                    let args: Vec<_> = refusal.args.iter().map(|(name, value)| (*name, value.clone())).collect();
                    let message = app.pages.say(visit.lang, refusal.key, &args);
                    serde_json::json!({ "field": refusal.field, "key": refusal.key, "message": message })
                })
                .collect();
            let body = Json(serde_json::json!({ "errors": errors }));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response())
        }
    }
}

/// Where similar reports are looked for.
#[derive(Debug, Deserialize)]
pub struct Near {
    lon: f64,
    lat: f64,
    #[serde(default)]
    category: String,
}

/// Open reports near a place, as JSON: `[{href, title, metres, at, stage_label}]`.
pub async fn similar(
    State(app): State<App>,
    visit: Visit,
    Query(near): Query<Near>,
) -> Result<Json<Vec<serde_json::Value>>, Error> {
    let now = app.clock.now();
    let code = near.category.split_once('-').map(|(_, code)| code.to_owned()).unwrap_or_default();
    let at = (near.lon, near.lat);
    let found = app.db.read(move |tx| async move { store::similar(&tx, at, &code, now, 0).await }).await?;
    Ok(Json(found.iter().map(|(report, metres)| super::show::brief(&app, visit.lang, report, *metres)).collect()))
}
