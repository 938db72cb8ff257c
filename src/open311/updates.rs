//! What is new about requests, in both directions: the extension of mySociety, by which two systems keep the same request.

use super::answering::{Answer, Asking, Endpoint, No, Wants};
use super::filter::{MOST_DAYS, MOST_ROWS, Wrong, span};
use super::format::Value;
use super::requests::{media, sentence};
use super::status::{OF_UPDATES, Wish, of_update, wish};
use super::store::{self, Update};
use super::submit::LONGEST_WORDS;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::reports;
use crate::reports::photos;
use crate::reports::report::DAY;
use crate::reports::submit::{Sent, read_form};
use axum::extract::Request;
use axum::http::header;
use axum::response::Response;

const ROOT: &str = "service_request_updates";
/// What is said to an update that is there already.
const ALREADY: &str = "open311-update-known";
/// The longest number of another system, in characters.
const LONGEST_NUMBER: usize = 100;

/// The status of a report after something was told of it.
pub fn word(update: &Update) -> &'static str {
    let (kind, body) = &update.standing;
    of_update(kind, body.get("reason").and_then(serde_json::Value::as_str).unwrap_or_default())
}

/// `GET …/servicerequestupdates.{json,xml}`.
pub async fn list(asking: Asking) -> Response {
    let outcome = match asking.enter(Wants::Nothing).await {
        Ok(_) => listed(&asking).await,
        Err(no) => Err(no),
    };
    asking.answer(outcome)
}

async fn listed(asking: &Asking) -> Result<Answer, No> {
    let (args, now, zone) = (&asking.args, asking.app.clock.now(), asking.app.city.zone());
    let mut wrongs = Vec::new();
    let mut moment = |name: &'static str, is_end: bool| {
        args.moment(name, &zone, is_end).unwrap_or_else(|wrong| {
            wrongs.push(wrong);
            None
        })
    };
    let (start, end) = (moment("start_date", false), moment("end_date", true));
    let mut count = |name: &'static str, least: usize, most: usize| {
        args.count(name, least, most).unwrap_or_else(|wrong| {
            wrongs.push(wrong);
            None
        })
    };
    let rows = count("page_size", 1, MOST_ROWS).unwrap_or(MOST_ROWS);
    let page = count("page", 0, 1000).unwrap_or(1).max(1);
    let most = MOST_DAYS * DAY;
    let (from, until) = match (start, end) {
        (None, None) => (now.plus(-most), now),
        (Some(from), None) => (from, from.plus(most)),
        (None, Some(until)) => (until.plus(-most), until),
        (Some(from), Some(until)) => {
            wrongs.extend(span(from, until, "start_date", "end_date"));
            (from, until)
        }
    };
    if !wrongs.is_empty() {
        return Err(wrongs.into());
    }
    let skip = (page - 1) * rows;
    let read = asking.app.db.read(move |tx| async move { store::updates(&tx, from, until, rows, skip).await });
    let mut found = read.await?;
    let has_more = found.len() > rows;
    found.truncate(rows);
    let one = |update: &Update| {
        let photos = update.body.get("photos").and_then(serde_json::Value::as_array);
        let photo = photos.and_then(|photos| photos.first()).and_then(serde_json::Value::as_str);
        Value::Object(vec![
            ("update_id", Value::always(update.id.to_string())),
            ("service_request_id", Value::always(update.report.to_string())),
            ("status", Value::always(word(update))),
            ("description", Value::always(sentence(asking, &update.kind, &update.body))),
            ("updated_datetime", asking.at(update.at)),
            ("media_url", photo.map_or(Value::Null, |photo| media(asking, photo))),
            ("external_status_code", Value::text(update.standing.0.as_str())),
        ])
    };
    let rows_told = found.iter().map(one).collect();
    let mut headers = Vec::new();
    if has_more {
        let kept = args.pairs().iter().filter(|(name, _)| !matches!(name.as_str(), "page" | "api_key"));
        let next = (page + 1).to_string();
        let pairs = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain([("page", next.as_str())]);
        let query = serde_urlencoded::to_string(pairs.collect::<Vec<_>>()).unwrap_or_default();
        headers.push((header::LINK, format!("<{}{}?{query}>; rel=\"next\"", asking.base, asking.address)));
    }
    Ok(Answer { headers, ..Answer::new(ROOT, Value::List("request_update", rows_told)) })
}

/// `POST …/servicerequestupdates.{json,xml}`.
pub async fn take(mut asking: Asking, request: Request) -> Response {
    let outcome = taken(&mut asking, request).await;
    asking.answer(outcome)
}

async fn taken(asking: &mut Asking, request: Request) -> Result<Answer, No> {
    let sent = read_form(&asking.app, request).await?;
    asking.args = std::mem::take(&mut asking.args).and(&sent.fields);
    let key = asking.enter(Wants::Update).await?.ok_or_else(|| Wrong::forbidden("open311-key-missing"))?;
    let (app, now, args) = (&asking.app, asking.app.clock.now(), &asking.args);
    let mut wrongs = Vec::new();
    let mut needed = |name: &'static str| match args.needed(name) {
        Ok(text) => text.to_owned(),
        Err(wrong) => {
            wrongs.push(wrong);
            String::new()
        }
    };
    let (update, number, status) = (needed("update_id"), needed("service_request_id"), needed("status"));
    needed("updated_datetime");
    // Its own moment is kept beside ours.
    let told_at = args.moment("updated_datetime", &app.city.zone(), false).unwrap_or_else(|wrong| {
        wrongs.push(wrong);
        None
    });
    let status = status.to_ascii_uppercase();
    if !status.is_empty() && !OF_UPDATES.contains(&status.as_str()) {
        wrongs.push(Wrong::bad(Refusal::new("open311-update-status").with("value", &status)));
    }
    if update.chars().count() > LONGEST_NUMBER {
        let refusal = Refusal::new("open311-too-long").with("name", "update_id").with("most", LONGEST_NUMBER);
        wrongs.push(Wrong::bad(refusal));
    }
    let words = args.text("description").unwrap_or_default().replace("\r\n", "\n");
    let (length, most) = (words.chars().count(), app.reports.words_limit.max(LONGEST_WORDS));
    if length > most {
        wrongs.push(Wrong::bad(Refusal::new("report-words-too-long").with("most", most).with("over", length - most)));
    }
    let (wanted, known, key) = (number.parse::<Id>().unwrap_or(-1), update.clone(), key.id);
    let read = app.db.read(move |tx| async move {
        let known = store::known_update(&tx, key, &known).await?;
        Ok::<_, crate::kit::db::DbError>((reports::store::load(&tx, wanted).await?, known))
    });
    let (report, known) = read.await?;
    if let Some(fact) = known.filter(|_| !asking.idempotency_key.is_empty()) {
        // Its answer was lost: it is the same again.
        return Ok(numbered(fact));
    }
    if report.is_none() && !number.is_empty() {
        wrongs.push(Wrong::unknown(Refusal::new("open311-request-unknown").with("id", &number)));
    }
    if known.is_some() {
        wrongs.push(already(&update));
    }
    let album = photos::open(app, Sent { fields: Vec::new(), ..sent }, "").await?;
    wrongs.extend(album.refusals.iter().cloned().map(Wrong::bad));
    let Some(report) = report.filter(|_| wrongs.is_empty()) else { return Err(wrongs.into()) };
    let may_reopen = report.reopen(now, &app.reports);
    let closed = match (wish(&status), may_reopen) {
        (Wish::Reopen, Err(refusal)) => return Err(Wrong::bad(refusal).into()),
        (Wish::Reopen | Wish::OpenIfMay, Ok(closed)) => Some(closed),
        (Wish::OpenIfMay, Err(_)) | (Wish::Tell, _) => None,
    };
    if asking.endpoint != Some(Endpoint::Production) {
        return Ok(numbered(id::fresh()));
    }
    let sealed = album.seal(app).await?;
    let mut body = serde_json::json!({ "words": words, "update": update, "status": status, "key": key.to_string() });
    if let Some(at) = told_at {
        body["told_at"] = at.0.into();
    }
    if let Some(url) = args.text("media_url") {
        body["media_url"] = url.into();
    }
    let subject = report.id;
    let told_as = update.clone();
    let written = app.db.write(move |tx| async move {
        let mut body = body;
        let mut kind = "words_added";
        if let Some(closed) = closed {
            if !reports::store::ask_reopening(&tx, subject, closed).await? {
                return Err(Error::Refused(Refusal::new("reopen-already")));
            }
            kind = "reopen_asked";
        }
        body["photos"] = serde_json::json!(photos::record(&tx, subject, &sealed, now).await?);
        let fact = store::keep_update(&tx, key, &update, subject, kind, body, now).await?;
        // Another of the same number was faster.
        fact.ok_or_else(|| Error::Refused(already(&update).refusal))
    });
    let fact = match written.await {
        Ok(fact) => fact,
        Err(Error::Refused(refusal)) if refusal.key == ALREADY && !asking.idempotency_key.is_empty() => {
            // The same was still being kept when it was sent again.
            let known = app.db.read(move |tx| async move { store::known_update(&tx, key, &told_as).await }).await?;
            return known.map(numbered).ok_or_else(|| Wrong::bad(refusal).into());
        }
        Err(error) => return Err(error.into()),
    };
    app.tell("report", subject);
    Ok(numbered(fact))
}

fn already(update: &str) -> Wrong {
    Wrong::bad(Refusal::new(ALREADY).with("id", update))
}

/// The number under which this update is told to others: whoever sent it knows it again by that.
fn numbered(fact: Id) -> Answer {
    let row = Value::Object(vec![("update_id", Value::always(fact.to_string()))]);
    Answer::new(ROOT, Value::List("request_update", vec![row]))
}
