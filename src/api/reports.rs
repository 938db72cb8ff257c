//! Reports: lists, one, and a new one.

use super::caller::Caller;
use super::problem::{Kind, Problem};
use super::scopes::Scope;
use super::shapes::{Category, Contact, NewReport, Paged, Received, Report};
use super::store;
use super::taking::Taken;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::sealing::Personal;
use crate::open311::filter::{Code, Listing};
use crate::open311::store::{Told, find, list as told};
use crate::reports::photos;
use crate::reports::report::{self, Typed, masked};
use crate::reports::show::spoken;
use crate::reports::store::of_key;
use crate::reports::submit::{Beside, keep, source, understood_in_city};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use std::collections::HashMap;

/// The most rows of one answer.
pub const MOST_ROWS: i64 = 200;

/// `GET /api/v1/reports`.
pub async fn list(caller: Caller) -> Result<Response, Problem> {
    let asked = &caller.asked;
    let codes = match asked.text("category") {
        Some(word) => {
            let key = caller.app.catalog.key_of(word);
            let unknown = || Problem::refused(vec![Refusal::new("report-category-unknown").on("category")]);
            let key = key.ok_or_else(unknown)?;
            vec![Code::SubClass(key.kind.word().to_owned(), key.code)]
        }
        None => Vec::new(),
    };
    let after = match asked.text("cursor") {
        Some(text) => {
            let parts = text.split_once('.').and_then(|(at, id)| Some((Moment(at.parse().ok()?), id.parse().ok()?)));
            let wrong = || Problem::new(Kind::Malformed, Refusal::new("api-not-a-cursor").on("cursor"));
            Some(parts.ok_or_else(wrong)?)
        }
        None => None,
    };
    let changed = asked.moment("changed_since", false);
    let now = caller.app.clock.now();
    let listing = Listing {
        ids: None,
        codes,
        from: asked.moment("from", false).unwrap_or(Moment(0)),
        until: asked.moment("until", true).unwrap_or(now),
        is_open: asked.yes("open"),
        updated: changed.map(|since| (since, now)),
        within: asked.rectangle("within"),
        area: asked.text("area").unwrap_or_default().to_owned(),
        words: String::new(),
        rows: usize::try_from(asked.count("limit").unwrap_or(50)).unwrap_or(50),
        skip: 0,
        page: 1,
        after,
        is_extended: false,
        is_counted: false,
    };
    let (rows, has_contacts) = (listing.rows, caller.has(Scope::ReadContacts));
    let read = caller.app.db.read(move |tx| async move {
        let mut found = told(&tx, &listing).await?;
        let is_more = found.len() > rows;
        found.truncate(rows);
        let beside = Besides::read(&tx, &found, has_contacts).await?;
        Ok::<_, DbError>((found, is_more, beside))
    });
    let (found, is_more, beside) = read.await?;
    let next = found.last().filter(|_| is_more).map(|last| format!("{}.{}", last.received_at.0, last.id));
    let items = found.iter().map(|told| shape(&caller, told, &beside)).collect();
    Ok(caller.answer(StatusCode::OK, &Paged { items, next }))
}

/// `GET /api/v1/reports/{number}`.
pub async fn one(caller: Caller) -> Result<Response, Problem> {
    let number = caller.asked.text("number").and_then(|number| number.parse::<Id>().ok());
    let id = number.ok_or_else(|| Problem::of(Kind::NotFound))?;
    let has_contacts = caller.has(Scope::ReadContacts);
    let read = caller.app.db.read(move |tx| async move {
        let told = find(&tx, id).await?.ok_or(Error::NotFound)?;
        let beside = Besides::read(&tx, std::slice::from_ref(&told), has_contacts).await?;
        Ok::<_, Error>((told, beside))
    });
    let (told, beside) = read.await?;
    Ok(caller.answer(StatusCode::OK, &shape(&caller, &told, &beside)))
}

/// What is read beside reports.
#[derive(Debug, Default)]
struct Besides {
    cases: HashMap<Id, String>,
    contacts: Option<HashMap<Id, (Personal, Personal)>>,
}

impl Besides {
    async fn read(tx: &crate::kit::db::Tx, found: &[Told], has_contacts: bool) -> Result<Besides, DbError> {
        let ids: Vec<Id> = found.iter().map(|told| told.id).collect();
        let of = store::cases_of(tx, &ids).await?;
        let numbers = store::numbers(tx, &of.values().copied().collect::<Vec<_>>()).await?;
        let named = |(report, case): (&Id, &Id)| Some((*report, numbers.get(case)?.clone()));
        let contacts = if has_contacts { Some(store::contacts(tx, &ids).await?) } else { None };
        Ok(Besides { cases: of.iter().filter_map(named).collect(), contacts })
    }
}

fn shape(caller: &Caller, told: &Told, beside: &Besides) -> Report {
    let (app, lang) = (&caller.app, caller.lang);
    let is_whole = beside.contacts.is_some();
    let words = |text: &str| if is_whole { text.to_owned() } else { masked(text) };
    let word = format!("{}-{}", told.kind, told.code);
    let category = match (told.code.is_empty(), told.category.is_empty()) {
        (true, true) => None,
        (true, false) => Some(Category { code: String::new(), name: told.category.clone(), kind: None }),
        (false, _) => {
            let known = app.open311.names.get(&word).map(|name| name.in_lang(lang).to_owned());
            let name = if told.category.is_empty() { known } else { Some(told.category.clone()) };
            let name = name.unwrap_or_else(|| told.code.clone());
            Some(Category { code: word, name, kind: Some(told.kind.clone()) })
        }
    };
    let last = told.last.as_ref().and_then(|(kind, body, _)| {
        let body = serde_json::from_str(body).unwrap_or_default();
        let (title, text) = spoken(app, lang, kind, &body, false)?;
        let text = if text.is_empty() { title } else { format!("{title} {text}") };
        (!text.is_empty()).then_some(text)
    });
    let changed = told.closed_at.or(told.last.as_ref().map(|(_, _, at)| *at)).unwrap_or(told.received_at);
    let contact = beside.contacts.as_ref().map(|all| {
        let said = |one: &Personal| one.or_said(|key, args| app.pages.say(lang, key, args));
        all.get(&told.id).map_or_else(
            || Contact { name: String::new(), phone: String::new() },
            |(name, phone)| Contact { name: said(name), phone: said(phone) },
        )
    });
    Report {
        number: told.id.to_string(),
        stage: told.stage.word().to_owned(),
        words: words(&told.words),
        category,
        lon: told.lon,
        lat: told.lat,
        address: words(&told.address),
        cell: told.cell.clone(),
        area: told.area.clone(),
        photos: told.photos.iter().map(|photo| super::photo_address(app, photo)).collect(),
        department: told.department.as_ref().map(|(zh, en)| if lang == "en" { en.clone() } else { zh.clone() }),
        told: last,
        received_at: caller.at(told.received_at),
        changed_at: caller.at(changed),
        due_at: caller.at_if(told.due_at),
        closed_at: caller.at_if(told.closed_at),
        followers: told.followers,
        case: beside.cases.get(&told.id).cloned(),
        contact,
    }
}

/// `POST /api/v1/reports`.
pub async fn send(caller: Caller, request: Request) -> Result<Response, Problem> {
    let taken = Taken::of(&caller.app, request, "report", &["photos"]).await?;
    let sent: NewReport = taken.read()?;
    let mark = caller.once(&taken.parts()).await?;
    let typed = typed(&sent, &mark);
    let (app, now) = (&caller.app, caller.app.clock.now());
    let known = mark.clone();
    if !mark.is_empty()
        && let Some((number, code)) = app.db.read(move |tx| async move { of_key(&tx, &known).await }).await?
    {
        return Ok(received(&caller, number, code));
    }
    let album = photos::open(app, taken.sent(), "").await?;
    let (understood, place) = understood_in_city(app, &typed, &album, &app.reports).map_err(Problem::refused)?;
    let mut report = report::Report::received(id::fresh(), id::tracking_code(), understood, place, caller.lang, now);
    let actor = caller.actor()?;
    report.source = source(Some(actor));
    let beside = Beside { author: Some(actor.account), category: &typed.category, ..Beside::default() };
    let (number, code) = (report.id, report.code.clone());
    let (kept_code, is_new) = keep(app, report, &album, beside).await?;
    if is_new {
        return Ok(received(&caller, number, code));
    }
    // The same call was faster on another connection.
    let found = app.db.read(move |tx| async move { of_key(&tx, &mark).await }).await?;
    Ok(received(&caller, found.map_or(number, |found| found.0), kept_code))
}

fn received(caller: &Caller, number: Id, code: String) -> Response {
    let page = format!("{}/reports/{number}", caller.app.public_url);
    let body = Received { number: number.to_string(), code, page };
    let mut response = caller.answer(StatusCode::CREATED, &body);
    if let Ok(place) = axum::http::HeaderValue::try_from(format!("{}v1/reports/{number}", super::ROOT)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// What was sent, as every way in reads it.
fn typed(sent: &NewReport, mark: &str) -> Typed {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let degrees = |degrees: Option<f64>| degrees.map(|degrees| degrees.to_string()).unwrap_or_default();
    Typed {
        words: sent.words.clone(),
        lon: degrees(sent.lon),
        lat: degrees(sent.lat),
        coordinates: text(&sent.coordinates),
        address: text(&sent.address),
        cell: text(&sent.cell),
        category: text(&sent.category),
        contact_name: text(&sent.contact_name),
        contact_phone: text(&sent.contact_phone),
        key: mark.to_owned(),
    }
}
