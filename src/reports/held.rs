//! What is held of whoever reported (个人信息保护法 arts. 45 to 47): whoever has the tracking code reads it, takes it along as a file,
//! puts their name and number right, and has both taken out. A name and a number are voluntary, so nobody has to agree. What was
//! reported stays: it is the city's file. No fact tells what they were.

use super::report::Report;
use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::normal_code;
use crate::kit::sealing::Personal;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;
use std::fmt::Write;

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
}

/// A name and a number as they are typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    contact_name: String,
    contact_phone: String,
}

/// The report of a code, and when its contact was taken out.
async fn load(app: &App, typed: &str) -> Result<(Report, Option<Moment>), Error> {
    let code = normal_code(typed);
    let read = app.db.read(move |tx| async move {
        let report = store::load_by_code(&tx, &code).await?.ok_or(Error::NotFound)?;
        let gone = store::contact_gone_at(&tx, report.id).await?;
        Ok::<_, Error>((report, gone))
    });
    read.await
}

/// `GET /track/{code}/held`.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let (report, gone) = load(&app, &code).await?;
    let done = if matches!(asked.done.as_str(), "changed" | "removed") { asked.done.as_str() } else { "" };
    draw(&app, &visit, &report, gone, &Typed::of(&report), None, done)
}

impl Typed {
    fn of(report: &Report) -> Typed {
        // What cannot be read stands in no field: left empty, it stays as it is.
        let known = |one: &Personal| one.known().unwrap_or_default().to_owned();
        Typed { contact_name: known(&report.contact_name), contact_phone: known(&report.contact_phone) }
    }
}

fn draw(
    app: &App,
    visit: &Visit,
    report: &Report,
    gone: Option<Moment>,
    typed: &Typed,
    refusal: Option<&Refusal>,
    done: &str,
) -> Result<Response, Error> {
    let errors: Vec<minijinja::Value> = refusal
        .map(|refusal| {
            let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
            context! { field => refusal.field.unwrap_or("main"), message }
        })
        .into_iter()
        .collect();
    // Above the form stands what is kept; after a refusal what was typed, unless what is kept cannot be read.
    let shown = |kept: &Personal, typed: &str| match kept {
        Personal::Known(_) => typed.to_owned(),
        Personal::Unreadable { .. } => kept.or_said(|key, args| app.pages.say(visit.lang, key, args)),
    };
    let page = context! {
        code => report.code.as_str(),
        name_shown => shown(&report.contact_name, &typed.contact_name),
        phone_shown => shown(&report.contact_phone, &typed.contact_phone),
        name => typed.contact_name.as_str(),
        phone => typed.contact_phone.as_str(),
        has_contact => !(report.contact_name.is_empty() && report.contact_phone.is_empty()),
        gone_at => gone.map(|at| at.0),
        words => report.words.as_str(),
        address => report.place.address.as_str(),
        received_at => report.received_at.0,
        photos => report.photos.len(),
        errors,
        done,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let headers = [(header::CACHE_CONTROL, "private, no-store"), (header::REFERRER_POLICY, "no-referrer")];
    Ok((status, headers, app.page(visit, "reports/held.html", page)?).into_response())
}

/// `GET /track/{code}/held.txt`: everything that its sender gave, as a file that people can read.
pub(super) async fn file(State(app): State<App>, visit: Visit, Path(code): Path<String>) -> Result<Response, Error> {
    let (report, gone) = load(&app, &code).await?;
    let zone = app.city.zone();
    let moment = |at: Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M %:z").to_string();
    let photos = report.photos.iter().map(|id| format!("/photos/{id}/large")).collect::<Vec<_>>().join(" ");
    let place = [report.place.address.as_str(), report.place.cell.as_str()].join(" ").trim().to_owned();
    let point = report.place.lon.zip(report.place.lat).map(|(lon, lat)| format!("{lon}, {lat}"));
    let said = |one: &Personal| one.or_said(|key, args| app.pages.say(visit.lang, key, args));
    let mut text = String::from("\u{feff}");
    for (key, value) in [
        ("held-code", report.code.clone()),
        ("held-received", moment(report.received_at)),
        ("held-name", said(&report.contact_name)),
        ("held-phone", said(&report.contact_phone)),
        ("held-gone", gone.map(moment).unwrap_or_default()),
        ("held-place", place),
        ("held-point", point.unwrap_or_default()),
        ("held-words", report.words.clone()),
        ("held-photos", photos),
    ] {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}: {}\r\n", app.pages.say(visit.lang, key, &[]), value.replace('\n', "\r\n    "));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.txt\"", report.code)),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    Ok((headers, text).into_response())
}

/// `POST /track/{code}/held`: another name, another number.
pub(super) async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (report, gone) = load(&app, &code).await?;
    let read = at_most("contact_name", &typed.contact_name, 40)
        .and_then(|name| Ok((name, at_most("contact_phone", &typed.contact_phone, 30)?)));
    let (name, phone) = match read {
        Ok(read) => read,
        Err(refusal) => return draw(&app, &visit, &report, gone, &typed, Some(&refusal), ""),
    };
    let over = |typed: String, kept: &Personal| Personal::from(typed).over(kept);
    let (name, phone) = (over(name, &report.contact_name), over(phone, &report.contact_phone));
    if (&name, &phone) != (&report.contact_name, &report.contact_phone)
        && !keep(&app, report.id, (name, phone), gone, "contact_changed").await?
    {
        let (report, gone) = load(&app, &code).await?;
        return draw(&app, &visit, &report, gone, &typed, Some(&Refusal::new("held-meanwhile")), "");
    }
    Ok(Redirect::to(&format!("/track/{}/held?done=changed", report.code)).into_response())
}

/// `GET /track/{code}/held/remove`: what will be gone, what stays, and whether that is meant.
pub(super) async fn ask(State(app): State<App>, visit: Visit, Path(code): Path<String>) -> Result<Response, Error> {
    let (report, _) = load(&app, &code).await?;
    if report.contact_name.is_empty() && report.contact_phone.is_empty() {
        return Ok(Redirect::to(&format!("/track/{}/held", report.code)).into_response());
    }
    let said = |one: &Personal| one.or_said(|key, args| app.pages.say(visit.lang, key, args));
    let page = context! {
        code => report.code.as_str(),
        name => said(&report.contact_name),
        phone => said(&report.contact_phone),
        words => report.words.as_str(),
        address => report.place.address.as_str(),
        photos => report.photos.len(),
        is_open => report.closed_at.is_none(),
    };
    let headers = [(header::CACHE_CONTROL, "private, no-store"), (header::REFERRER_POLICY, "no-referrer")];
    Ok((headers, app.page(&visit, "reports/held_remove.html", page)?).into_response())
}

/// The answer to that question.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answered {
    sure: String,
}

/// `POST /track/{code}/held/remove`: name and number are taken out. Whoever was not asked yet is asked.
pub(super) async fn remove(
    State(app): State<App>,
    Path(code): Path<String>,
    Form(answered): Form<Answered>,
) -> Result<Response, Error> {
    let (report, gone) = load(&app, &code).await?;
    if answered.sure != "yes" {
        return Ok(Redirect::to(&format!("/track/{}/held/remove", report.code)).into_response());
    }
    if !(report.contact_name.is_empty() && report.contact_phone.is_empty()) {
        // Whoever was quicker has taken them out.
        keep(&app, report.id, Default::default(), gone, "contact_removed").await?;
    }
    Ok(Redirect::to(&format!("/track/{}/held?done=removed", report.code)).into_response())
}

/// Keeps a name and a number; false when they were taken out since it was read whether they are.
async fn keep(
    app: &App,
    report: crate::kit::id::Id,
    (name, phone): (Personal, Personal),
    gone: Option<Moment>,
    kind: &'static str,
) -> Result<bool, Error> {
    let now = app.clock.now();
    let kept = app.db.write(move |tx| async move {
        let is_kept = store::change_contact(&tx, report, &name, &phone, gone, now).await?;
        if is_kept {
            store::record(&tx, report, kind, false, None, now, serde_json::json!({})).await?;
        }
        Ok::<_, Error>(is_kept)
    });
    let is_kept = kept.await?;
    app.tell("report", report);
    Ok(is_kept)
}
