//! The administrators' pages: which addresses there are, what was sent to each and what came of it.

use super::endpoint::{self, State};
use super::sending;
use super::store::{self, Webhook};
use crate::api::scopes::Scope;
use crate::api::store as tokens;
use crate::api::store::Token;
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::form::at_most;
use crate::kit::id::{self, Id};
use crate::kit::outside;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Form, Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;

/// How many messages one page shows.
const ROWS: usize = 50;
/// The longest address, in characters.
const MOST_URL: usize = 500;
/// The most kinds of facts that one address chooses.
const MOST_TYPES: usize = 50;

/// A new address, checked; the token must open what webhooks send.
///
/// # Errors
/// A sentence for each thing that does not fit; when the database fails.
pub async fn made(
    app: &App,
    token: &Token,
    url: &str,
    note: &str,
    types: Vec<String>,
    after: Option<i64>,
) -> Result<Webhook, Error> {
    let url = at_most("url", url, MOST_URL)?;
    if url.is_empty() {
        return Err(Refusal::new("api-webhook-url-missing").on("url").into());
    }
    outside::permitted(&url, crate::api::allows_local(app)).await.map_err(|refusal| refusal.on("url"))?;
    let note = at_most("note", note, 200)?;
    let is_kind = |kind: &String| {
        let (subject, rest) = kind.split_once('.').unwrap_or_default();
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        crate::api::facts::SUBJECTS.contains(&subject) && !rest.is_empty() && rest.len() <= 60 && is_word(rest)
    };
    if types.len() > MOST_TYPES || !types.iter().all(is_kind) {
        return Err(Refusal::new("api-webhook-types").with("most", MOST_TYPES).on("types").into());
    }
    if !token.has(Scope::ManageWebhooks) {
        return Err(Refusal::new("api-scope-missing").with("scope", Scope::ManageWebhooks.word()).on("token").into());
    }
    let end = app.db.read(|tx| async move { crate::timeline::store::feed_end(&tx).await }).await;
    let (end, _) = end.map_err(|error: DbError| Error::Db(error))?;
    Ok(Webhook {
        id: id::fresh(),
        token: token.id,
        token_name: token.name.clone(),
        url,
        note,
        types,
        secret: endpoint::secret(id::random_bytes()).into(),
        old_secret: None,
        old_until_at: None,
        is_active: true,
        read_seq: after.map_or(end, |after| after.clamp(0, end)),
        failing_since_at: None,
        failures: 0,
        next_at: crate::kit::clock::Moment(0),
        made_at: app.clock.now(),
        given_up: None,
    })
}

async fn form(app: &App) -> Result<Vec<Field>, Error> {
    let now = app.clock.now();
    let all = app.db.read(|tx| async move { tokens::tokens(&tx).await }).await;
    let all = all.map_err(|error: DbError| Error::Db(error))?;
    let open = all.iter().filter(|token| token.is_open(now) && token.has(Scope::ManageWebhooks));
    let choices = open.map(|token| Choice::new(token.id, format!("{} · {}", token.name, token.login))).collect();
    Ok(vec![
        Field::new("token", "api-webhook-token", Ask::One(choices)).hint("api-webhook-token-hint"),
        Field::new("url", "api-webhook-url", Ask::Line(MOST_URL)).hint("api-webhook-url-hint"),
        Field::new("note", "api-webhook-note", Ask::Line(200)).optional(),
        Field::new("types", "api-webhook-kinds", Ask::Line(1000)).optional().hint("api-webhook-kinds-hint"),
    ])
}

fn look(webhook: &Webhook) -> &'static str {
    match () {
        () if webhook.given_up.is_some() => "given-up",
        () if !webhook.is_active => "stopped",
        () if webhook.failing_since_at.is_some() => "failing",
        () => "well",
    }
}

fn row(webhook: &Webhook) -> Value {
    context! {
        id => webhook.id.to_string(),
        url => webhook.url.as_str(),
        note => webhook.note.as_str(),
        token => webhook.token_name.as_str(),
        types => webhook.types.clone(),
        look => look(webhook),
        failing_since_at => webhook.failing_since_at.map(|at| at.0),
        next_at => (webhook.failures > 0).then_some(webhook.next_at.0),
        old_until_at => webhook.old_until_at.map(|at| at.0),
        made_at => webhook.made_at.0,
        given_up_at => webhook.given_up.map(|(at, _)| at.0),
        given_up_why => webhook.given_up.map(|(_, why)| why.word()),
    }
}

/// `GET /admin/webhooks`.
pub async fn list(Held(app): Held<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None, None, None).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
    fresh: Option<(&str, &str)>,
) -> Result<Response, Error> {
    let all = app.db.read(|tx| async move { store::list(&tx, None).await }).await;
    let all = all.map_err(|error: DbError| Error::Db(error))?;
    let fields = form(app).await?;
    let page = context! {
        rows => all.iter().map(row).collect::<Vec<_>>(),
        fresh => fresh.map(|(url, secret)| context! { url, secret }),
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
        tabs => tabs(app, visit)?,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "api/webhooks.html", page)?).into_response())
}

/// `POST /admin/webhooks`: makes one and shows its secret once.
pub async fn make(
    Held(app): Held<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    match read(&app, &typed).await {
        Ok(webhook) => {
            let (kept, by) = (webhook.clone(), visit.actor()?.account);
            let done = app.db.write(move |tx| async move { store::make(&tx, &kept, by).await.map_err(Error::from) });
            done.await?;
            draw(&app, &visit, None, None, Some((&webhook.url, webhook.secret.known().unwrap_or_default()))).await
        }
        Err(Error::Refused(refusal)) => draw(&app, &visit, Some(&typed), Some(&refusal), None).await,
        Err(error) => Err(error),
    }
}

async fn read(app: &App, typed: &Typed) -> Result<Webhook, Error> {
    let now = app.clock.now();
    let id: Id = typed.choice("token", |text| text.parse().ok())?;
    let token = app.db.read(move |tx| async move { tokens::token(&tx, id).await }).await;
    let choose = || Refusal::new("form-choose").on("token");
    let token = match token {
        Ok(token) if token.is_open(now) => token,
        Ok(_) | Err(Error::NotFound) => return Err(choose().into()),
        Err(error) => return Err(error),
    };
    let types: Vec<String> = typed.text("types").split([' ', ',', '，', '、']).map(str::to_owned).collect();
    let types = types.into_iter().filter(|kind| !kind.is_empty()).collect();
    made(app, &token, typed.text("url"), typed.text("note"), types, None).await
}

/// What the page of one address is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    before: String,
}

/// `GET /admin/webhooks/{id}`.
pub async fn show(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    draw_one(&app, &visit, id, &asked, None, None).await
}

async fn draw_one(
    app: &App,
    visit: &Visit,
    id: Id,
    asked: &Asked,
    problem: Option<&Refusal>,
    fresh: Option<&str>,
) -> Result<Response, Error> {
    let (state, before) = (State::parse(&asked.state), asked.before.parse().unwrap_or(i64::MAX));
    let read = app.db.read(move |tx| async move {
        let webhook = store::load(&tx, id, None).await?;
        let found = store::deliveries(&tx, id, state, before, ROWS + 1).await?;
        let cases: Vec<Id> = found.iter().filter(|one| one.subject == "case").map(|one| one.subject_id).collect();
        let counts = store::counts(&tx, id).await?;
        let (end, _) = crate::timeline::store::feed_end(&tx).await?;
        Ok::<_, Error>((webhook, found, tokens::numbers(&tx, &cases).await?, counts, end))
    });
    let (webhook, mut found, numbers, counts, end) = read.await?;
    let is_more = found.len() > ROWS;
    found.truncate(ROWS);
    let line = |delivery: &store::Delivery| {
        let number = numbers.get(&delivery.subject_id).cloned();
        context! {
            seq => delivery.seq,
            message => endpoint::message(id, delivery.seq),
            subject => delivery.subject.as_str(),
            number => number.unwrap_or_else(|| delivery.subject_id.to_string()),
            state => delivery.state.word(),
            attempts => delivery.attempts,
            status => delivery.status,
            answer => delivery.answer.as_str(),
            tried_at => delivery.tried_at.map(|at| at.0),
            next_at => (delivery.state == State::Waiting && delivery.next_at.0 > 0).then_some(delivery.next_at.0),
        }
    };
    let count = |state: &State| counts.iter().find(|(known, _)| known == state).map_or(0, |(_, count)| *count);
    let states = State::ALL.iter().map(|state| {
        context! { word => state.word(), count => count(state), current => asked.state == state.word() }
    });
    let fields = vec![
        Field::new("after", "api-replay-after", Ask::Count(0, i64::MAX)).hint("api-replay-hint"),
        Field::new("until", "api-replay-until", Ask::Count(0, i64::MAX)).optional(),
    ];
    let page = context! {
        webhook => row(&webhook),
        rows => found.iter().map(line).collect::<Vec<_>>(),
        next => found.last().filter(|_| is_more).map(|last| last.seq.to_string()),
        states => states.collect::<Vec<_>>(),
        state => asked.state.as_str(),
        behind => end - webhook.read_seq,
        end,
        fresh,
        fields => app.fields(visit, &fields, None, problem),
        errors => app.field_errors(visit, &fields, None, problem),
        tabs => tabs(app, visit)?,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "api/webhook.html", page)?).into_response())
}

fn back(id: Id) -> Response {
    Redirect::to(&format!("/admin/webhooks/{id}")).into_response()
}

/// `POST /admin/webhooks/{id}/replay`.
pub async fn replay(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let webhook = app.db.read(move |tx| async move { store::load(&tx, id, None).await }).await?;
    let until = || match typed.text("until") {
        "" => Ok(i64::MAX),
        _ => typed.count("until", 0, i64::MAX),
    };
    let span = typed.count("after", 0, i64::MAX).and_then(|after| Ok((after, until()?)));
    let span = span.and_then(|(after, until)| match after <= until {
        true => Ok((after, until)),
        false => Err(Refusal::new("api-span-backwards").on("until")),
    });
    match span {
        Ok((after, until)) => {
            sending::replay(&app, &webhook, after, until, visit.actor()?.account).await?;
            Ok(back(id))
        }
        Err(refusal) => draw_one(&app, &visit, id, &Asked::default(), Some(&refusal), None).await,
    }
}

/// `POST /admin/webhooks/{id}/try`: what waits is sent now.
pub async fn try_now(Held(app): Held<App>, Path(id): Path<Id>) -> Result<Response, Error> {
    app.db.write(move |tx| async move { store::try_now(&tx, id).await.map_err(Error::from) }).await?;
    Ok(back(id))
}

/// `POST /admin/webhooks/{id}/secret`: another secret signs from now on, the one before for a day beside it.
pub async fn renew(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now, secret) = (visit.actor()?.account, app.clock.now(), endpoint::secret(id::random_bytes()));
    let kept = secret.clone();
    let done = app.db.write(move |tx| async move {
        store::load(&tx, id, None).await?;
        store::renew(&tx, id, &kept, by, now).await.map_err(Error::from)
    });
    done.await?;
    draw_one(&app, &visit, id, &Asked::default(), None, Some(&secret)).await
}

/// `POST /admin/webhooks/{id}/stop`.
pub async fn stop(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    turned(&app, &visit, id, false).await
}

/// `POST /admin/webhooks/{id}/start`.
pub async fn start(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    turned(&app, &visit, id, true).await
}

async fn turned(app: &App, visit: &Visit, id: Id, is_active: bool) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let done = app.db.write(move |tx| async move {
        store::load(&tx, id, None).await?;
        store::set_active(&tx, id, is_active, Some(by), now).await.map_err(Error::from)
    });
    done.await?;
    Ok(back(id))
}
