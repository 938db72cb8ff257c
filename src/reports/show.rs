//! A report's page: for whoever holds its tracking code, and for everybody.

use super::everyday;
use super::photos::{self, Album, Shown};
use super::report::{Report, Stage, masked};
use super::store::{self, Rating};
use super::submit::{Sent, read_form};
use super::twins::offering::{self, Draft, Offer};
use crate::app::App;
use crate::files;
use crate::files::store::Waiting;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::form;
use crate::kit::id::{Id, normal_code};
use crate::kit::words::begun;
use crate::people::doors::{Visit, cookie};
use crate::timeline::store::{Line, history};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

/// How much of a report's words stands for its title, in characters.
const LONGEST_TITLE: usize = 25;

/// What the address of a report's page may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    code: String,
    new: String,
    done: String,
}

/// Asks for a tracking code, and goes to its page.
pub async fn ask(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let code = normal_code(&asked.code);
    if code.is_empty() {
        let page = minijinja::context! { typed => "", error => "" };
        return Ok(app.page(&visit, "reports/track.html", page)?.into_response());
    }
    let wanted = code.clone();
    let found: Option<Report> = app.db.read(move |tx| async move { store::load_by_code(&tx, &wanted).await }).await?;
    match found {
        Some(report) => Ok(Redirect::to(&format!("/track/{}", report.code)).into_response()),
        None => {
            let error = app.pages.say(visit.lang, "track-unknown", &[]);
            let page = minijinja::context! { typed => asked.code, error };
            let html = app.page(&visit, "reports/track.html", page)?;
            Ok((axum::http::StatusCode::NOT_FOUND, html).into_response())
        }
    }
}

#[derive(Debug, Serialize)]
struct Entry {
    at: Moment,
    title: String,
    text: String,
    by: String,
    icon: &'static str,
    tone: &'static str,
    photos: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Chip {
    word: &'static str,
    label: String,
    tone: &'static str,
}

fn chip(app: &App, lang: &str, stage: Stage) -> Chip {
    let label = app.pages.say(lang, &format!("report-stage-{}", stage.word()), &[]);
    Chip { word: stage.word(), label, tone: stage.tone() }
}

/// What a report is called in lists: its category, else how its words begin, without private numbers.
pub fn title(choices: &[everyday::Choice], report: &Report) -> String {
    let name = everyday::name(choices, &report.category);
    if !name.is_empty() {
        return name;
    }
    let words = masked(&report.words);
    if words.is_empty() { report.place.area.clone() } else { begun(&words, LONGEST_TITLE) }
}

fn look(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "submitted" | "imported" => ("send", "info"),
        "report_accepted" | "report_joined" | "case_filed" => ("check", "info"),
        "case_dispatched" | "case_split" => ("truck", "active"),
        "task_accepted" | "work_handed_in" => ("wrench", "active"),
        "verification_passed" | "case_closed" => ("check-circle", "ok"),
        "verification_failed" | "case_sent_back" | "case_reopened" | "reopen_asked" => ("rotate", "warn"),
        "report_declined" | "case_voided" => ("x", "neutral"),
        "postponement_granted" | "parts_moved" => ("clock", "warn"),
        "case_suspended" => ("clock", "warn"),
        "case_resumed" => ("rotate", "active"),
        "case_force_closed" => ("x", "neutral"),
        "case_self_handled" => ("check-circle", "ok"),
        "seconded" | "another_joined" => ("plus", "info"),
        "passed_on" | "partner_told" => ("send", "info"),
        "report_separated" | "report_waits_again" => ("rotate", "info"),
        "urged" => ("bell", "warn"),
        "rated" => ("star", "ok"),
        _ => ("more", "neutral"),
    }
}

fn texts(line: &Line, name: &str) -> Vec<String> {
    let items = line.body.get(name).and_then(serde_json::Value::as_array);
    let text = |item: &serde_json::Value| {
        item.as_str().map(str::to_owned).or_else(|| item.as_i64().map(|number| number.to_string()))
    };
    items.into_iter().flatten().filter_map(text).collect()
}

/// What a fact is called and what stands below it, as the public reads it, or the holder of the code; none of a fact that is
/// not spoken of.
pub fn spoken(
    app: &App,
    lang: &str,
    kind: &str,
    body: &serde_json::Value,
    is_holder: bool,
) -> Option<(String, String)> {
    let key = format!("fact-{}", kind.replace('_', "-"));
    // One of several departments: it speaks for its own part only.
    let of_part = key.replacen("fact-", "fact-part-", 1);
    let is_part = body.get("part").is_some() && app.pages.words.has(&of_part);
    let key = if is_part { of_part } else { key };
    if !app.pages.words.has(&key) {
        return None;
    }
    let said = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let mut parts = Vec::new();
    let reason = format!("report-reason-{}", said("reason"));
    if !said("reason").is_empty() && app.pages.words.has(&reason) {
        parts.push(app.pages.say(lang, &reason, &[]));
    }
    for name in ["note", "words"] {
        if !said(name).is_empty() {
            // What a stranger added to it may name the stranger's own telephone.
            let is_whole = is_holder && kind != "seconded";
            parts.push(if is_whole { said(name).to_owned() } else { masked(said(name)) });
        }
    }
    Some((app.pages.say(lang, &key, &[]), parts.join(" ")))
}

fn entry(app: &App, lang: &str, line: &Line, is_holder: bool) -> Option<Entry> {
    let (title, text) = spoken(app, lang, &line.kind, &line.body, is_holder)?;
    let (icon, tone) = look(&line.kind);
    let alt = app.pages.say(lang, "report-photo", &[]);
    // The first photos stand at the top of the page already.
    let photos = if line.kind == "submitted" { Vec::new() } else { texts(line, "photos") };
    Some(Entry {
        at: line.at,
        title,
        text,
        by: String::new(),
        icon,
        tone,
        photos: photos.iter().map(|photo| photos::shown(photo, &alt)).collect(),
    })
}

struct Shows {
    report: Report,
    lines: Vec<Line>,
    is_rated: bool,
    similar: Vec<Offer>,
}

async fn gather(app: &App, wanted: Wanted) -> Result<Shows, Error> {
    app.db
        .read(move |tx| async move {
            let report = match wanted {
                Wanted::Code(code) => store::load_by_code(&tx, &code).await?,
                Wanted::Id(id) => store::load(&tx, id).await?,
            };
            let report = report.ok_or(Error::NotFound)?;
            let lines = history(&tx, "report", report.id, true).await?;
            let is_rated = match report.closed_at {
                Some(closed) => store::is_rated(&tx, report.id, closed).await?,
                None => false,
            };
            Ok(Shows { report, lines, is_rated, similar: Vec::new() })
        })
        .await
}

enum Wanted {
    Code(String),
    Id(Id),
}

/// What the holder of a code had typed into one of the page's forms when it was refused.
#[derive(Debug, Default)]
struct Again {
    form: &'static str,
    words: String,
    error: String,
    /// Its good photos, which need not be chosen again.
    kept: Vec<Waiting>,
}

fn draw(
    app: &App,
    visit: &Visit,
    shows: Shows,
    url: &str,
    asked: &Asked,
    again: &Again,
) -> Result<Html<String>, Error> {
    let Shows { report, lines, is_rated, similar } = shows;
    let (lang, now, is_holder) = (visit.lang, app.clock.now(), !url.is_empty());
    let choices = everyday::names(app, lang);
    let before = app.pages.say(lang, "report-photo-before", &[]);
    let after = app.pages.say(lang, "report-photo-after", &[]);
    let handed_in: Vec<String> =
        lines.iter().filter(|line| line.kind == "work_handed_in").flat_map(|line| texts(line, "photos")).collect();
    // The promise is the last due moment that the history speaks of; opened again, a report has none until the next.
    let is_again = |kind: &str| matches!(kind, "case_reopened" | "report_separated" | "report_waits_again");
    let again_from = lines.iter().rposition(|line| is_again(&line.kind));
    let promised = lines
        .iter()
        .skip(again_from.unwrap_or(0))
        .filter_map(|line| line.body.get("due_at").and_then(serde_json::Value::as_i64).map(Moment))
        .next_back()
        .or(report.due_at.filter(|_| again_from.is_none()));
    let mut entries: Vec<Entry> = lines.iter().filter_map(|line| entry(app, lang, line, is_holder)).collect();
    entries.reverse();
    let at = |stage: Stage| lines.iter().find(|line| Stage::after(&line.kind) == Some(stage)).map(|line| line.at);
    let state = |is_done: bool, is_current: bool| {
        if is_done {
            "done"
        } else if is_current {
            "current"
        } else {
            "todo"
        }
    };
    let last = if report.stage == Stage::Declined { Stage::Declined } else { Stage::Solved };
    let is_ended = report.stage.is_ended();
    let steps: Vec<_> = [
        (Stage::Received, Some(report.received_at), state(report.stage != Stage::Received, true)),
        (Stage::Handling, at(Stage::Handling), state(is_ended, report.stage == Stage::Handling)),
        (last, report.closed_at, state(is_ended, false)),
    ]
    .into_iter()
    .map(|(stage, at, state)| serde_json::json!({ "label": chip(app, lang, stage).label, "state": state, "at": at }))
    .collect();
    let similar: Vec<_> = similar.iter().map(|near| offering::brief(app, lang, near, now)).collect();
    let due = match promised.filter(|_| !is_ended) {
        Some(due) if due < now => "late",
        Some(due) if due < now.plus(7_200_000) => "soon",
        _ => "ok",
    };
    let page = minijinja::context! {
        report => minijinja::context! {
            id => report.id.to_string(),
            title => title(&choices, &report),
            words => if is_holder { report.words.clone() } else { masked(&report.words) },
            category => everyday::name(&choices, &report.category),
            address => report.place.address.as_str(),
            area => report.place.area.as_str(),
            cell => report.place.cell.as_str(),
            lon => report.place.lon,
            lat => report.place.lat,
            received_at => report.received_at.0,
            closed_at => report.closed_at.map(|at| at.0),
            followers => report.followers,
        },
        code => if is_holder { report.code.as_str() } else { "" },
        url,
        qr => if is_holder { qr(url)? } else { String::new() },
        stage => Serde(chip(app, lang, report.stage)),
        way => Serde(steps),
        due_state => due,
        due_at => promised.map(|at| at.0),
        before => Serde(report.photos.iter().map(|photo| photos::shown(photo, &before)).collect::<Vec<_>>()),
        after => Serde(handed_in.iter().map(|photo| photos::shown(photo, &after)).collect::<Vec<_>>()),
        history => Serde(entries),
        similar => Serde(similar),
        is_new => asked.new == "1",
        done => if matches!(asked.done.as_str(), "added" | "urged" | "rated" | "reopen" | "followed" | "seconded") { asked.done.as_str() } else { "" },
        can_urge => is_holder && report.urge(now, &app.reports).is_ok(),
        can_rate => is_holder && report.stage.is_ended() && !is_rated,
        can_reopen => is_holder && report.reopen(now, &app.reports).is_ok(),
        urge_hours => app.reports.urge_every / 3_600_000,
        reopen_days => app.reports.reopen_within / super::report::DAY,
        is_reopen_asked => report.closed_at.is_some_and(|closed| report.reopen_asked_for == closed),
        photos_limit => app.reports.photos_limit,
        words_limit => app.reports.words_limit,
        again => minijinja::context! {
            form => again.form, words => again.words.as_str(), error => again.error.as_str(),
            kept => photos::waiting_shown(&again.kept),
        },
        is_rated,
        is_holder,
    };
    app.page(visit, "reports/show.html", page)
}

/// The QR code of an address as SVG.
fn qr(url: &str) -> Result<String, Error> {
    let code = qrcode::QrCode::new(url.as_bytes()).map_err(|error| Error::Internal(format!("{url}: {error}")))?;
    let drawn = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(176, 176).build();
    Ok(drawn.find("<svg").map(|from| drawn[from..].to_owned()).unwrap_or_default())
}

/// The address of a report's page as it is printed: at the city's public address, else at the one that was asked.
fn address(app: &App, headers: &HeaderMap, code: &str) -> String {
    if !app.public_url.is_empty() {
        return format!("{}/track/{code}", app.public_url);
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    format!("{scheme}://{}/track/{code}", text(header::HOST.as_str()).unwrap_or("localhost"))
}

/// The page of whoever holds the tracking code.
pub async fn track(
    State(app): State<App>,
    visit: Visit,
    Path(typed): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let code = normal_code(&typed);
    let url = address(&app, &headers, &code);
    let mut shows = gather(&app, Wanted::Code(code)).await?;
    if asked.new == "1" {
        let Report { id, place, category, words, received_at, .. } = &shows.report;
        let draft = Draft { report: *id, place: Some(place), category: category.clone(), words, album: None };
        shows.similar = offering::offers(&app, draft, *received_at).await?;
    }
    let html = draw(&app, &visit, shows, &url, &asked, &Again::default())?;
    Ok(([(header::CACHE_CONTROL, "private, no-store"), (header::REFERRER_POLICY, "no-referrer")], html).into_response())
}

/// The page that everybody may read.
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let shows = gather(&app, Wanted::Id(id)).await?;
    draw(&app, &visit, shows, "", &asked, &Again::default())
}

async fn held(app: &App, typed: &str) -> Result<Report, Error> {
    let code = normal_code(typed);
    let found = app.db.read(move |tx| async move { store::load_by_code(&tx, &code).await }).await;
    found.map_err(|error: DbError| Error::Db(error))?.ok_or(Error::NotFound)
}

fn back(report: &Report, done: &str) -> Response {
    Redirect::to(&format!("/track/{}?done={done}", report.code)).into_response()
}

/// Who asks for something on the page of a code, with which form.
struct Asking {
    app: App,
    visit: Visit,
    url: String,
    report: Report,
    form: &'static str,
}

impl Asking {
    async fn new(
        app: &App,
        visit: Visit,
        headers: &HeaderMap,
        code: &str,
        form: &'static str,
    ) -> Result<Asking, Error> {
        let report = held(app, code).await?;
        let url = address(app, headers, &report.code);
        Ok(Asking { app: app.clone(), visit, url, report, form })
    }

    /// By which the photos of this form wait.
    fn key(&self) -> String {
        format!("{}-{}", self.report.id, self.form)
    }

    /// Goes back to the page with its thanks; a refusal is said on the page, with the words that were typed and the photos
    /// that were good.
    async fn answer(
        self,
        words: String,
        album: Album,
        done: &str,
        outcome: Result<(), Error>,
    ) -> Result<Response, Error> {
        let refusal = match outcome {
            Ok(()) => {
                self.app.tell("report", self.report.id);
                return Ok(back(&self.report, done));
            }
            Err(Error::Refused(refusal)) => refusal,
            Err(other) => return Err(other),
        };
        let error = super::submit::sentence(&self.app, self.visit.lang, &refusal);
        let kept = album.wait(&self.app, &self.key()).await?;
        let again = Again { form: self.form, words, error, kept };
        let shows = gather(&self.app, Wanted::Code(self.report.code.clone())).await?;
        let html = draw(&self.app, &self.visit, shows, &self.url, &Asked::default(), &again)?;
        let private = [(header::CACHE_CONTROL, "private, no-store"), (header::REFERRER_POLICY, "no-referrer")];
        Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, private, html).into_response())
    }
}

/// Adds words or photos.
pub async fn add(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Error> {
    let asking = Asking::new(&app, visit, &headers, &code, "add").await?;
    let sent = read_form(&app, request).await?;
    let words = sent.text("words");
    let album = photos::open(&app, sent, &asking.key()).await?;
    let outcome = added(&app, asking.report.id, asking.key(), &words, &album).await;
    asking.answer(words, album, "added", outcome).await
}

async fn added(app: &App, id: Id, key: String, words: &str, album: &Album) -> Result<(), Error> {
    let words = form::at_most("words", words, app.reports.words_limit)?;
    if words.is_empty() && album.is_empty() {
        return Err(Refusal::new("report-nothing-added").into());
    }
    let (now, taken) = (app.clock.now(), album.whole(app).await?);
    let waited = app.db.write(move |tx| async move {
        let photos = photos::record(&tx, id, &taken, now).await?;
        let body = serde_json::json!({ "words": words, "photos": photos });
        store::record(&tx, id, "words_added", true, None, now, body).await?;
        files::store::forget_waiting(&tx, &key).await
    });
    let waited = waited.await.map_err(|error: DbError| Error::Db(error))?;
    photos::clear(app, waited).await;
    Ok(())
}

/// Urges (催办), at most once in the city's interval.
pub async fn urge(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let asking = Asking::new(&app, visit, &headers, &code, "urge").await?;
    let outcome = urged(&app, &asking.report).await;
    asking.answer(String::new(), Album::default(), "urged", outcome).await
}

async fn urged(app: &App, report: &Report) -> Result<(), Error> {
    let (id, now, settings) = (report.id, app.clock.now(), app.reports);
    report.urge(now, &settings)?;
    app.db
        .write(move |tx| async move {
            if !store::urge(&tx, id, now.plus(-settings.urge_every), now).await? {
                return Err(Error::Refused(settings.urged_too_soon()));
            }
            Ok(store::record(&tx, id, "urged", true, None, now, serde_json::json!({})).await?)
        })
        .await
}

/// Rates a closed report, once for each closing: response (响应), solution (解决), satisfaction (满意), words.
pub async fn rate(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Error> {
    let asking = Asking::new(&app, visit, &headers, &code, "rate").await?;
    let sent = read_form(&app, request).await?;
    let outcome = rated(&app, &asking.report, &sent).await;
    asking.answer(sent.text("words"), Album::default(), "rated", outcome).await
}

async fn rated(app: &App, report: &Report, sent: &Sent) -> Result<(), Error> {
    let closed = report.rate()?;
    let stars = |name: &str| sent.text(name).parse::<i64>().ok().filter(|stars| (1..=5).contains(stars));
    let rating = Rating {
        response: stars("response"),
        is_solved: match sent.text("solved").as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        satisfaction: stars("satisfaction"),
        words: form::at_most("words", &sent.text("words"), 500)?,
    };
    if rating.response.is_none() && rating.is_solved.is_none() && rating.satisfaction.is_none() {
        return Err(Refusal::new("rate-empty").into());
    }
    let (id, now) = (report.id, app.clock.now());
    app.db
        .write(move |tx| async move {
            if !store::rate(&tx, id, closed, &rating, now).await? {
                return Err(Error::Refused(Refusal::new("rate-already")));
            }
            let body = serde_json::json!({
                "response": rating.response, "solved": rating.is_solved, "satisfaction": rating.satisfaction,
                "words": rating.words,
            });
            Ok(store::record(&tx, id, "rated", true, None, now, body).await?)
        })
        .await
}

/// Asks to reopen a closed report, once for each closing, with a reason and photos.
pub async fn reopen(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Error> {
    let asking = Asking::new(&app, visit, &headers, &code, "reopen").await?;
    let sent = read_form(&app, request).await?;
    let words = sent.text("words");
    let album = photos::open(&app, sent, &asking.key()).await?;
    let outcome = reopened(&app, &asking.report, asking.key(), &words, &album).await;
    asking.answer(words, album, "reopen", outcome).await
}

async fn reopened(app: &App, report: &Report, key: String, words: &str, album: &Album) -> Result<(), Error> {
    let (id, now) = (report.id, app.clock.now());
    let closed = report.reopen(now, &app.reports)?;
    let words = form::required("words", words, 500)?;
    let taken = album.whole(app).await?;
    let waited = app
        .db
        .write(move |tx| async move {
            if !store::ask_reopening(&tx, id, closed).await? {
                return Err(Error::Refused(Refusal::new("reopen-already")));
            }
            let photos = photos::record(&tx, id, &taken, now).await?;
            let body = serde_json::json!({ "words": words, "photos": photos });
            store::record(&tx, id, "reopen_asked", true, None, now, body).await?;
            Ok(files::store::forget_waiting(&tx, &key).await?)
        })
        .await?;
    photos::clear(app, waited).await;
    Ok(())
}

/// The most reports that a browser remembers to follow.
const MOST_FOLLOWED: usize = 40;

/// Follows somebody else's report of the same problem; the same browser counts once.
pub async fn follow(State(app): State<App>, Path(id): Path<Id>, headers: HeaderMap) -> Result<Response, Error> {
    followed(&app, &headers, id, "followed").await
}

/// Lets a browser follow a report, and goes to its page with this thanks.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report; when the database fails.
pub async fn followed(app: &App, headers: &HeaderMap, id: Id, done: &str) -> Result<Response, Error> {
    let known = cookie(headers, "followed").unwrap_or_default();
    let mut followed: Vec<Id> = known.split('.').filter_map(|id| id.parse().ok()).take(MOST_FOLLOWED).collect();
    let done = Redirect::to(&format!("/reports/{id}?done={done}"));
    if followed.contains(&id) {
        return Ok(done.into_response());
    }
    let now = app.clock.now();
    app.db
        .write(move |tx| async move {
            store::load(&tx, id).await?.ok_or(Error::NotFound)?;
            store::add_follower(&tx, id).await?;
            Ok::<_, Error>(store::record(&tx, id, "followed", false, None, now, serde_json::json!({})).await?)
        })
        .await?;
    app.tell("report", id);
    followed.insert(0, id);
    followed.truncate(MOST_FOLLOWED);
    let followed: Vec<String> = followed.iter().map(Id::to_string).collect();
    let remembered = format!("followed={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", followed.join("."));
    Ok(([(header::SET_COOKIE, remembered)], done).into_response())
}
