//! Reports as service requests: lists and one.

use super::answering::{Answer, Asking, No, Wants};
use super::filter::{Listing, OTHER, Wrong, listing};
use super::format::{Format, Value, write};
use super::status::{detailed, status};
use super::store::{self, Told, Update};
use super::updates::word;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::reports::report::masked;
use crate::reports::show::spoken;
use crate::reports::store::{Detail, details};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most characters of a description.
const LONGEST: usize = 4000;
/// How long a list is answered as it was, while this process knows of no change.
const FRESH: Duration = Duration::from_secs(1);
/// How many lists are kept.
const MOST_KEPT: usize = 64;

/// The outermost element of every answer about requests.
pub const ROOT: &str = "service_requests";

/// The last lists by what was asked: many programs ask the same.
#[derive(Debug, Default)]
pub struct KeptLists(Mutex<HashMap<String, Kept>>);

#[derive(Debug, Clone)]
struct Kept {
    /// How many changes there had been.
    changes: u64,
    at: Instant,
    text: Arc<str>,
    headers: Vec<(HeaderName, String)>,
}

impl KeptLists {
    fn find(&self, asked: &str, changes: u64) -> Option<Kept> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(asked).filter(|kept| kept.changes == changes && kept.at.elapsed() < FRESH).cloned()
    }

    fn keep(&self, asked: String, kept: Kept) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= MOST_KEPT {
            lists.retain(|_, kept| kept.at.elapsed() < FRESH);
            if lists.len() >= MOST_KEPT {
                lists.clear();
            }
        }
        lists.insert(asked, kept);
    }
}

/// `GET …/requests.{json,xml}`.
pub async fn list(asking: Asking) -> Response {
    if let Err(no) = asking.enter(Wants::Nothing).await {
        return asking.answer(Err(no));
    }
    let changes = asking.app.changes.load(Ordering::Acquire);
    let asked = kept_as(&asking);
    if let Some(kept) = asking.app.open311.kept.find(&asked, changes) {
        return asking.respond(StatusCode::OK, kept.text.to_string(), kept.headers);
    }
    match listed(&asking).await {
        Ok(answer) => {
            let text = write(asking.format, answer.root, &answer.value);
            let kept =
                Kept { changes, at: Instant::now(), text: text.as_str().into(), headers: answer.headers.clone() };
            asking.app.open311.kept.keep(asked, kept);
            asking.respond(StatusCode::OK, text, answer.headers)
        }
        Err(no) => asking.answer(Err(no)),
    }
}

/// What tells one question from another.
fn kept_as(asking: &Asking) -> String {
    let format = if asking.format == Format::Json { "json" } else { "xml" };
    let mut asked = format!("{format} {} {}{}", asking.lang, asking.base, asking.address);
    for (name, value) in asking.args.pairs().iter().filter(|(name, _)| name != "api_key") {
        asked.push('&');
        asked.push_str(name);
        asked.push('=');
        asked.push_str(value);
    }
    asked
}

async fn listed(asking: &Asking) -> Result<Answer, No> {
    let (app, now) = (&asking.app, asking.app.clock.now());
    let code = |word: &str| app.open311.city.code(&app.catalog, word);
    let wanted = listing(&asking.args, now, &app.city.zone(), code)?;
    let asked = wanted.clone();
    let read = app.db.read(move |tx| async move {
        let found = store::list(&tx, &asked).await?;
        let count = match asked.is_counted {
            true => Some(store::count(&tx, &asked).await?),
            false => None,
        };
        let more = match asked.is_extended {
            true => More::read(&tx, &found).await?,
            false => More::default(),
        };
        Ok::<_, crate::kit::db::DbError>((found, count, more))
    });
    let (mut found, count, more) = read.await?;
    let mut headers = Vec::new();
    if found.len() > wanted.rows {
        found.truncate(wanted.rows);
        headers.extend(found.last().map(|last| (header::LINK, next(asking, &wanted, last))));
    }
    headers.extend(count.map(|count| (HeaderName::from_static("x-total-count"), count.to_string())));
    let is_found = |told: &Told| {
        // What is masked cannot be found either.
        let words = wanted.words.to_lowercase();
        let holds = |text: &str| masked(text).to_lowercase().contains(&words);
        words.is_empty() || holds(&told.words) || holds(&told.address)
    };
    let mut teller = Teller::new(asking);
    let rows = found.iter().filter(|told| is_found(told));
    let rows = rows.map(|told| teller.row(told, wanted.is_extended.then_some(&more))).collect();
    Ok(Answer { headers, ..Answer::new(ROOT, Value::List("request", rows)) })
}

/// Where the next rows are: by the last row, so that no row is told twice when others come in meanwhile.
fn next(asking: &Asking, wanted: &Listing, last: &Told) -> String {
    let mut pairs: Vec<(&str, &str)> = asking
        .args
        .pairs()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !matches!(*name, "page" | "page_size" | "after" | "api_key"))
        .collect();
    let (rows, after) = (wanted.rows.to_string(), format!("{}.{}", last.received_at.0, last.id));
    // The span of a question without dates moves with the clock; what it was is said.
    let (from, until) = (zulu(wanted.from), zulu(wanted.until));
    let is_undated = !pairs.iter().any(|(name, value)| name.ends_with("_date") && !value.is_empty());
    if is_undated && wanted.updated.is_none() && wanted.ids.is_none() {
        pairs.extend([("start_date", from.as_str()), ("end_date", until.as_str())]);
    }
    pairs.extend([("page_size", rows.as_str()), ("after", after.as_str())]);
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("<{}{}?{query}>; rel=\"next\"", asking.base, asking.address)
}

fn zulu(moment: crate::kit::clock::Moment) -> String {
    moment.zoned(&jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `GET …/requests/{id}.{json,xml}`.
pub async fn one(asking: Asking) -> Response {
    let outcome = match asking.enter(Wants::Nothing).await {
        Ok(_) => shown(&asking).await,
        Err(no) => Err(no),
    };
    asking.answer(outcome)
}

async fn shown(asking: &Asking) -> Result<Answer, No> {
    let number = asking.path.last().map(String::as_str).unwrap_or_default();
    let unknown = || Wrong::unknown(Refusal::new("open311-request-unknown").with("id", number));
    let id: Id = number.parse().map_err(|_| unknown())?;
    let is_extended = asking.args.is_yes("extensions");
    let read = asking.app.db.read(move |tx| async move {
        let Some(told) = store::find(&tx, id).await? else { return Ok(None) };
        let more = match is_extended {
            true => More::read(&tx, std::slice::from_ref(&told)).await?,
            false => More::default(),
        };
        Ok::<_, crate::kit::db::DbError>(Some((told, more)))
    });
    let (told, more) = read.await?.ok_or_else(unknown)?;
    let row = Teller::new(asking).row(&told, is_extended.then_some(&more));
    Ok(Answer::new(ROOT, Value::List("request", vec![row])))
}

/// What the extension tells beside the specification.
#[derive(Debug, Default)]
struct More {
    details: HashMap<Id, Vec<Detail>>,
    notes: HashMap<Id, Vec<Update>>,
}

impl More {
    async fn read(tx: &crate::kit::db::Tx, found: &[Told]) -> Result<More, crate::kit::db::DbError> {
        let ids: Vec<Id> = found.iter().map(|told| told.id).collect();
        let mut more = More::default();
        for (report, detail) in details(tx, &ids).await?.into_iter().filter(|(_, detail)| detail.is_public) {
            more.details.entry(report).or_default().push(detail);
        }
        for note in store::updates_of(tx, &ids).await? {
            more.notes.entry(note.report).or_default().push(note);
        }
        Ok(more)
    }
}

/// Writes rows; sentences that many rows share are said once.
struct Teller<'a> {
    asking: &'a Asking,
    said: HashMap<(String, String), String>,
}

impl<'a> Teller<'a> {
    fn new(asking: &'a Asking) -> Teller<'a> {
        Teller { asking, said: HashMap::new() }
    }

    /// What is said of the last thing that happened.
    fn notes(&mut self, kind: &str, body: &str) -> String {
        let key = (kind.to_owned(), body.to_owned());
        // Bodies with moments and photos are each their own.
        if let Some(said) = self.said.get(&key) {
            return said.clone();
        }
        let read = serde_json::from_str(body).unwrap_or_default();
        let said = sentence(self.asking, kind, &read);
        if self.said.len() < 256 {
            self.said.insert(key, said.clone());
        }
        said
    }

    fn row(&mut self, told: &Told, more: Option<&More>) -> Value {
        let asking = self.asking;
        let (app, lang) = (&asking.app, asking.lang);
        let held = &app.open311;
        let (code, name) = if told.code.is_empty() {
            let name = if told.category.is_empty() {
                held.city.service(OTHER).map(|other| other.name.in_lang(lang).to_owned()).unwrap_or_default()
            } else {
                told.category.clone()
            };
            (OTHER.to_owned(), name)
        } else {
            let code = format!("{}-{}", told.kind, told.code);
            let known = held.names.get(&code).map(|name| name.in_lang(lang).to_owned());
            let named = if told.category.is_empty() { known } else { Some(told.category.clone()) };
            let name = named.unwrap_or_else(|| told.code.clone());
            (code, name)
        };
        let notes = told.last.as_ref().map(|(kind, body, _)| self.notes(kind, body)).unwrap_or_default();
        let department = told.department.as_ref().map(|(zh, en)| if lang == "en" { en } else { zh });
        let changed = told.closed_at.or(told.last.as_ref().map(|(_, _, at)| *at)).unwrap_or(told.received_at);
        let scale = 10_f64.powi(i32::try_from(held.city.decimals).unwrap_or(4));
        let rounded = |degrees: Option<f64>| Value::number(degrees.map(|degrees| (degrees * scale).round() / scale));
        let description: String = masked(&told.words).chars().take(LONGEST).collect();
        let address = if told.address.is_empty() { &told.area } else { &told.address };
        let mut parts = vec![
            ("service_request_id", Value::always(told.id.to_string())),
            ("status", Value::always(status(told.stage))),
            ("status_notes", Value::text(notes)),
            ("service_name", Value::text(name)),
            ("service_code", Value::always(code)),
            ("description", Value::text(description)),
            ("agency_responsible", department.map_or(Value::Null, Value::text)),
            ("service_notice", Value::Null),
            ("requested_datetime", asking.at(told.received_at)),
            ("updated_datetime", asking.at(changed)),
            ("expected_datetime", asking.at_if(told.due_at)),
            ("address", Value::text(masked(address))),
            ("address_id", Value::text(told.cell.as_str())),
            ("zipcode", Value::Null),
            ("lat", rounded(told.lat)),
            ("long", rounded(told.lon)),
            ("media_url", told.photos.first().map_or(Value::Null, |photo| media(asking, photo))),
        ];
        if let Some(more) = more {
            parts.extend(self.extended(told, more));
        }
        Value::Object(parts)
    }

    fn extended(&self, told: &Told, more: &More) -> Vec<(&'static str, Value)> {
        let (asking, lang) = (self.asking, self.asking.lang);
        let photos = told.photos.iter().map(|photo| media(asking, photo)).collect();
        let more_of = Value::Object(vec![
            ("detailed_status", Value::always(detailed(told.stage))),
            ("area", Value::text(told.area.as_str())),
            ("followers", Value::Count(told.followers)),
            ("media_urls", Value::List("media_url", photos)),
        ]);
        let note = |update: &Update| {
            Value::Object(vec![
                ("datetime", asking.at(update.at)),
                ("description", Value::always(sentence(asking, &update.kind, &update.body))),
                ("type", Value::always(word(update))),
            ])
        };
        let notes = more.notes.get(&told.id).map(|notes| notes.iter().map(note).collect()).unwrap_or_default();
        let one = |detail: &Detail| {
            let of = |zh: &str, en: &str| Value::text(if lang == "en" { en } else { zh });
            // What cannot be read is not told.
            let known = |one: &Personal| one.known().unwrap_or_default().to_owned();
            Value::Object(vec![
                ("label", of(&detail.label.0, &detail.label.1)),
                ("name", of(&known(&detail.value.0), &known(&detail.value.1))),
                ("value", Value::text(masked(&known(&detail.sent)))),
                ("code", Value::always(detail.code.as_str())),
            ])
        };
        let attributes = more.details.get(&told.id).map(|all| all.iter().map(one).collect()).unwrap_or_default();
        vec![
            ("extended_attributes", more_of),
            ("notes", Value::List("note", notes)),
            ("attributes", Value::List("attribute", attributes)),
        ]
    }
}

/// The address of a photo's public copy.
pub fn media(asking: &Asking, photo: &str) -> Value {
    Value::always(format!("{}/photos/{photo}/large", asking.base))
}

/// What the public reads of something that happened.
pub fn sentence(asking: &Asking, kind: &str, body: &serde_json::Value) -> String {
    match spoken(&asking.app, asking.lang, kind, body, false) {
        Some((title, text)) if text.is_empty() => title,
        Some((title, text)) => asking.say("open311-note", &[("title", title), ("text", text)]),
        None => String::new(),
    }
}
