//! The desk's pages: sending a case on, what is exchanged about it, what waits and what was refused.

use super::partner::{Partner, Sends};
use super::running::{is_open, request_of, sent_on, service_of, tell};
use super::sending::State as Far;
use super::store::{self, Exchange, Item, Line};
use crate::app::App;
use crate::cases;
use crate::cases::case::Case;
use crate::cases::store::Scope;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::reports;
use crate::reports::report::Report;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;

/// How many lines a list shows.
const SHOWN: usize = 100;
/// The longest note and the longest reason, in characters.
const LONGEST: usize = 500;

/// How something that goes out looks: never by its colour alone.
const fn look(state: Far) -> (&'static str, &'static str) {
    match state {
        Far::Waiting => ("neutral", "clock"),
        Far::Unsure => ("warn", "search"),
        Far::Token => ("info", "clock"),
        Far::Done => ("ok", "check-circle"),
        Far::Failed => ("danger", "alert"),
        Far::GivenUp => ("neutral", "x"),
    }
}

fn shown(item: &Item) -> minijinja::Value {
    let (tone, icon) = look(item.state);
    let words = item.body.iter().find(|(name, _)| name == "description").map(|(_, words)| words.as_str());
    context! {
        kind => item.kind.word(),
        state => item.state.word(),
        tone,
        icon,
        tries => item.tries,
        trouble => item.trouble.as_str(),
        theirs => item.theirs.as_deref().unwrap_or_default(),
        words => words.unwrap_or_default(),
        made_at => item.made_at.0,
        next_at => is_open(item).then_some(item.next_at.0).filter(|_| item.state != Far::Failed),
        done_at => item.done_at.map(|at| at.0),
    }
}

/// `GET /exchanges`: what was refused, what waits, what went.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let read = app.db.read(|tx| async move {
        Ok::<_, DbError>((store::troubled(&tx, SHOWN).await?, store::recent(&tx, SHOWN).await?))
    });
    let (troubled, recent) = read.await?;
    let row = |line: &Line| {
        context! {
            exchange => line.exchange.id.to_string(),
            partner => line.partner.as_str(),
            report => line.exchange.report.to_string(),
            number => line.exchange.theirs.as_deref().unwrap_or_default(),
            item => shown(&line.item),
        }
    };
    let page = context! {
        troubled => troubled.iter().map(row).collect::<Vec<_>>(),
        recent => recent.iter().map(row).collect::<Vec<_>>(),
        may_mend => visit.actor()?.may(Act::MendExchanges),
        may_manage => visit.actor()?.may(Act::ManagePartners),
    };
    Ok(app.page(&visit, "exchange/list.html", page)?.into_response())
}

/// The address of the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    case: String,
}

/// A case that may be sent on: itself, its first report, and to whom.
struct Sendable {
    case: Case,
    report: Report,
    partners: Vec<Partner>,
    /// To whom it was sent already.
    known: Vec<Id>,
}

async fn sendable(app: &App, visit: &Visit, case: &str) -> Result<Sendable, Error> {
    let (actor, case) = (visit.actor()?.clone(), case.parse::<Id>().map_err(|_| Error::NotFound)?);
    app.db
        .read(move |tx| async move {
            let case = cases::store::load(&tx, case, &Scope::of(&actor)).await?.case;
            let first = cases::store::reports(&tx, case.id).await?.into_iter().min();
            let none = || Error::Refused(Refusal::new("exchange-no-report"));
            let report = reports::store::load(&tx, first.ok_or_else(none)?).await?.ok_or_else(none)?;
            let (mut partners, mut known) = (Vec::new(), Vec::new());
            for partner in store::partners(&tx).await? {
                if !partner.is_active || partner.url.is_empty() || partner.sends == Sends::Nothing {
                    continue;
                }
                if store::of_report(&tx, partner.id, report.id).await?.is_some() {
                    known.push(partner.id);
                }
                partners.push(partner);
            }
            Ok(Sendable { case, report, partners, known })
        })
        .await
}

fn form(app: &App, visit: &Visit, found: &Sendable) -> Vec<Field> {
    let service = service_of(&found.report, Some(&found.case));
    let one = |partner: &&Partner| {
        let matched = partner.to_them(&service);
        let name = matched.map(|matched| {
            let known = partner.offers.iter().find(|(code, _)| *code == matched.theirs);
            known.map_or(matched.theirs.clone(), |(_, name)| name.clone())
        });
        let hint = match name {
            Some(name) => app.pages.say(visit.lang, "exchange-as", &[("service", name)]),
            None => app.pages.say(visit.lang, "exchange-as-nothing", &[]),
        };
        Choice::new(partner.id, partner.name.clone()).with_hint(hint)
    };
    let left = found.partners.iter().filter(|partner| !found.known.contains(&partner.id));
    let left: Vec<Choice> = left.map(|partner| one(&partner)).collect();
    vec![
        Field::new("partner", "exchange-partner", Ask::Radio(left)),
        Field::new("note", "exchange-note", Ask::Text(LONGEST)).optional().hint("exchange-note-hint"),
    ]
}

/// `GET /exchanges/new?case=…`.
///
/// # Errors
/// [`Error::NotFound`] when the case does not exist for this person; `exchange-no-report`; when the database fails.
pub async fn ask(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let found = sendable(&app, &visit, &asked.case).await?;
    draw(&app, &visit, &found, None, None)
}

fn draw(
    app: &App,
    visit: &Visit,
    found: &Sendable,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let fields = form(app, visit, found);
    let page = context! {
        case => found.case.id.to_string(),
        number => found.case.number.as_str(),
        // What leaves is what everybody may read, and so is this page.
        title => reports::report::masked(&found.case.title),
        words => reports::report::masked(&found.report.words),
        any => found.partners.len() > found.known.len(),
        is_sent => !found.known.is_empty(),
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "exchange/send.html", page)?).into_response())
}

/// `POST /exchanges`: sends a case on.
///
/// # Errors
/// As [`ask`]; a refusal is answered with the page and what was typed.
pub async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let found = sendable(&app, &visit, typed.text("case")).await?;
    let (partner, note) = match chosen(&typed, &found) {
        Ok(asked) => asked,
        Err(refusal) => return draw(&app, &visit, &found, Some(&typed), Some(&refusal)),
    };
    let exchange = sent_on(&app, &partner, found.report.id, Some(found.case.id), now);
    let service = service_of(&found.report, Some(&found.case));
    let body = match request_of(&app, &partner, &found.report, &service, &exchange.reference, &note) {
        Ok(body) => body,
        Err(refusal) => return draw(&app, &visit, &found, Some(&typed), Some(&refusal.on("partner"))),
    };
    let (kept, number) = (exchange.clone(), partner.id);
    let written =
        app.db.write(move |tx| async move { store::send_on(&tx, &partner, &kept, &body, Some(by), now).await }).await;
    match written {
        Ok(()) => {
            tell(&app, &exchange);
            Ok(Redirect::to(&format!("/exchanges/{}", exchange.id)).into_response())
        }
        // Sent twice, or by a rule at the same moment: it is one.
        Err(DbError::NotUnique(_)) => {
            let report = exchange.report;
            let known = app.db.read(move |tx| async move { store::of_report(&tx, number, report).await }).await?;
            let known = known.ok_or(Error::NotFound)?;
            Ok(Redirect::to(&format!("/exchanges/{}", known.id)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// To whom, and with which note.
fn chosen(typed: &Typed, found: &Sendable) -> Result<(Partner, String), Refusal> {
    let wanted = typed.needed("partner", 30)?;
    let partner = found.partners.iter().find(|partner| partner.id.to_string() == wanted);
    let partner = partner.ok_or_else(|| Refusal::new("form-choose").on("partner"))?.clone();
    Ok((partner, typed.words("note", LONGEST)?))
}

/// An exchange with what its page shows.
struct Whole {
    exchange: Exchange,
    partner: Partner,
    items: Vec<Item>,
    taken: Vec<(String, crate::kit::clock::Moment, serde_json::Value)>,
    /// The case, when it exists for the reader: its identifier and number.
    case: Option<(Id, String)>,
    report: Option<Report>,
}

async fn whole(app: &App, visit: &Visit, id: Id) -> Result<Whole, Error> {
    let actor = visit.actor()?.clone();
    app.db
        .read(move |tx| async move {
            let exchange = store::exchange(&tx, id).await?;
            let case = match exchange.case {
                Some(case) => Some(case),
                None => cases::store::case_of(&tx, exchange.report).await?,
            };
            let scope = Scope::of(&actor);
            let seen = match case {
                Some(case) => match cases::store::load(&tx, case, &scope).await {
                    Ok(found) => Some((case, found.case.number)),
                    Err(Error::NotFound) => None,
                    Err(error) => return Err(error),
                },
                None => None,
            };
            // The words are for those for whom the case exists; the rest is for whoever mends.
            let report = match seen.is_some() || scope == Scope::All {
                true => reports::store::load(&tx, exchange.report).await?,
                false => None,
            };
            let partner = store::partner(&tx, exchange.partner).await?;
            let (items, taken) = (store::items(&tx, id).await?, store::taken(&tx, id).await?);
            Ok(Whole { exchange, partner, items, taken, case: seen, report })
        })
        .await
}

/// `GET /exchanges/{id}`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw_whole(&app, &visit, id, None, None).await
}

fn reason_form() -> Vec<Field> {
    vec![Field::new("reason", "exchange-reason", Ask::Text(LONGEST)).hint("exchange-reason-hint")]
}

async fn draw_whole(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let found = whole(app, visit, id).await?;
    let (exchange, fields) = (&found.exchange, reason_form());
    let said = |body: &serde_json::Value, name: &str| {
        body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let came = |(number, at, body): &(String, crate::kit::clock::Moment, serde_json::Value)| {
        context! { number, at => at.0, words => said(body, "words"), status => status_key(app, &said(body, "status")), plain => said(body, "status") }
    };
    let left = found.items.iter().find(|item| is_open(item));
    let page = context! {
        id => exchange.id.to_string(),
        way => exchange.way.word(),
        partner => found.partner.name.as_str(),
        contact => found.partner.contact.as_str(),
        reference => exchange.reference.as_str(),
        theirs => exchange.theirs.as_deref().unwrap_or_default(),
        status => status_key(app, &exchange.status),
        plain_status => exchange.status.as_str(),
        report => exchange.report.to_string(),
        case => found.case.as_ref().map(|(id, number)| context! { id => id.to_string(), number }),
        words => found.report.as_ref().map(|report| reports::report::masked(&report.words)),
        made_at => exchange.made_at.0,
        items => found.items.iter().map(shown).collect::<Vec<_>>(),
        taken => found.taken.iter().map(came).collect::<Vec<_>>(),
        is_open => left.is_some(),
        is_request => left.is_some_and(|item| item.kind == super::sending::Kind::Request),
        may_mend => visit.actor()?.may(Act::MendExchanges),
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "exchange/show.html", page)?).into_response())
}

/// The key of a status's name; empty for words that nobody knows.
fn status_key(app: &App, status: &str) -> String {
    let key = format!("exchange-status-{}", status.to_lowercase().replace('_', "-"));
    if status.is_empty() || !app.pages.words.has(&key) { String::new() } else { key }
}

/// `POST /exchanges/{id}/retry`: now, instead of later.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn retry(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let written = app.db.write(move |tx| async move {
        store::exchange(&tx, id).await?;
        Ok::<_, Error>(store::retry(&tx, id, by, now).await?)
    });
    written.await?;
    Ok(Redirect::to(&format!("/exchanges/{id}")).into_response())
}

/// `POST /exchanges/{id}/give-up`: what is in the way is not sent, for a reason.
///
/// # Errors
/// [`Error::NotFound`] when there is none or nothing waits; when the database fails; a refusal is answered with the page and what was
/// typed.
pub async fn give_up(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let reason = match typed.needed("reason", LONGEST) {
        Ok(reason) => reason,
        Err(refusal) => return draw_whole(&app, &visit, id, Some(&typed), Some(&refusal)).await,
    };
    let written = app.db.write(move |tx| async move { store::give_up(&tx, id, &reason, by, now).await });
    written.await?;
    Ok(Redirect::to(&format!("/exchanges/{id}")).into_response())
}
