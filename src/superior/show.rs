//! The pages: which superiors there are, the batches of each, one batch with its files, what was said about its rows, every try.

use super::Known;
use super::batch::{self, Batch, PREVIEW, State, manifest_name, number, stem};
use super::settings::Way;
use super::store::{self, Line, LineKind, SHELF};
use super::writing::mime;
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Field, Typed};
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use std::collections::HashMap;

/// The longest reason, in characters.
pub(super) const LONGEST: usize = 300;

/// How a state looks: never by its colour alone.
const fn look(state: State) -> (&'static str, &'static str) {
    match state {
        State::Wanted => ("neutral", "clock"),
        State::Preview => ("neutral", "eye"),
        State::Waiting => ("warn", "clock"),
        State::Unsure => ("warn", "search"),
        State::Delivered => ("info", "send"),
        State::Acknowledged => ("ok", "check-circle"),
        State::Partly => ("warn", "flag"),
        State::Refused => ("danger", "alert"),
        State::GivenUp => ("neutral", "x"),
        State::Replaced => ("neutral", "rotate"),
    }
}

fn say(app: &App, visit: &Visit, key: &str) -> String {
    app.pages.say(visit.lang, key, &[])
}

/// The superior of an address.
pub(super) fn known<'a>(app: &'a App, key: &str) -> Result<&'a Known, Error> {
    app.superior.of(key).ok_or(Error::NotFound)
}

fn size(bytes: i64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", (bytes + 500) / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

fn row(known: &Known, one: &Batch) -> Value {
    let (tone, icon) = look(one.state);
    context! {
        id => one.id.to_string(),
        href => format!("/superiors/{}/batches/{}", known.superior.key, one.id),
        day => one.day.to_string(),
        number => number(&known.superior.division, one.day),
        revision => one.revision,
        is_preview => one.revision == PREVIEW,
        state => one.state.word(),
        tone,
        icon,
        rows => one.rows,
        size => size(one.bytes),
        held => one.held,
        notes => one.notes,
        refused => one.refused,
        trouble => one.trouble.as_str(),
        tries => one.tries,
        made_at => one.made_at.map(|at| at.0),
        done_at => one.done_at.map(|at| at.0),
    }
}

/// What the city says of a superior, as labels and values.
fn settings(app: &App, visit: &Visit, known: &Known) -> Vec<Value> {
    let one = &known.superior;
    let (place, answers) = match &one.way {
        Way::Files { folder, answers } => (folder.display().to_string(), answers.display().to_string()),
        Way::Http { url, .. } => (url.clone(), String::new()),
    };
    let data: Vec<String> =
        one.data.iter().map(|data| say(app, visit, &format!("superior-data-{}", data.word()))).collect();
    let format = format!("{} · {}", one.format.word().to_uppercase(), one.encoding.word().to_uppercase());
    let yes = |is_so: bool, yes: &str, no: &str| say(app, visit, if is_so { yes } else { no });
    let mapping = if one.mapping.is_empty() { say(app, visit, "superior-mapping-plain") } else { one.mapping.clone() };
    let mut all = vec![
        ("superior-way", say(app, visit, &format!("superior-way-{}", one.way.word()))),
        ("superior-place", place.clone()),
        ("superior-division", one.division.clone()),
        ("superior-at", one.at.strftime("%H:%M").to_string()),
        ("superior-data", data.join(&say(app, visit, "superior-comma"))),
        ("superior-format", format),
        ("superior-mapping", mapping),
        ("superior-personal", yes(one.is_personal, "superior-personal-yes", "superior-personal-no")),
    ];
    if answers != place && !answers.is_empty() {
        all.insert(2, ("superior-answers", answers));
    }
    if matches!(one.way, Way::Http { .. }) {
        all.push(("superior-signing", yes(known.secret.0.is_empty(), "superior-signing-no", "superior-signing-yes")));
        all.push(("superior-token", yes(known.token.0.is_empty(), "superior-token-no", "superior-token-yes")));
    }
    let told = |(label, value): (&str, String)| context! { label => say(app, visit, label), value };
    all.into_iter().map(told).collect()
}

/// How many batches are open with the newest of all, and the one before all others.
type Standing = ((i64, Option<Batch>), Option<Batch>);

/// `GET /superiors`.
///
/// # Errors
/// When the database fails.
pub async fn list(Held(app): Held<App>, visit: Visit) -> Result<Response, Error> {
    let keys: Vec<String> = app.superior.all.iter().map(|known| known.superior.key.clone()).collect();
    let read = app.db.read(|tx| async move {
        let mut all = Vec::new();
        for key in keys {
            all.push((store::standing(&tx, &key).await?, store::front(&tx, &key).await?));
        }
        Ok::<_, DbError>(all)
    });
    let standing = read.await?;
    let one = |(known, ((open, newest), front)): (&Known, &Standing)| {
        let (way, at) = (known.superior.way.word(), known.superior.at.strftime("%H:%M").to_string());
        context! {
            key => known.superior.key.as_str(),
            name => known.superior.name.as_str(),
            way => say(&app, &visit, &format!("superior-way-{way}")),
            at,
            division => known.superior.division.as_str(),
            open => *open,
            newest => newest.as_ref().map(|batch| row(known, batch)),
            front => front.as_ref().map(|batch| row(known, batch)),
        }
    };
    let page = context! {
        rows => app.superior.all.iter().zip(&standing).map(one).collect::<Vec<_>>(),
        tabs => own_tabs(&app, &visit)?,
    };
    Ok(app.page(&visit, "superior/list.html", page)?.into_response())
}

/// The administrators' tabs; leaders and shift leaders have none.
fn own_tabs(app: &App, visit: &Visit) -> Result<Vec<Value>, Error> {
    if visit.actor()?.may(Act::ManageSuperiors) { tabs(app, visit) } else { Ok(Vec::new()) }
}

/// What a page of batches is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
    notes: i64,
    held: i64,
    refused: i64,
}

/// `GET /superiors/{key}`.
///
/// # Errors
/// [`Error::NotFound`] when the city has no such superior; when the database fails.
pub async fn superior(
    Held(app): Held<App>,
    visit: Visit,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let known = known(&app, &key)?;
    let before = asked.before.clone();
    let read = app.db.read(move |tx| async move {
        let (open, _) = store::standing(&tx, &key).await?;
        Ok::<_, DbError>((open, store::front(&tx, &key).await?, store::list(&tx, &key, &before).await?))
    });
    let (open, front, page) = read.await?;
    let path = format!("/superiors/{}", known.superior.key);
    let context = context! {
        key => known.superior.key.as_str(),
        name => known.superior.name.as_str(),
        settings => settings(&app, &visit, known),
        open,
        front => front.as_ref().map(|batch| row(known, batch)),
        rows => page.rows.iter().map(|batch| row(known, batch)).collect::<Vec<_>>(),
        newer => if asked.before.is_empty() { "" } else { path.as_str() },
        older => page.next.map(|next| format!("{path}?before={next}")).unwrap_or_default(),
        may_manage => visit.actor()?.may(Act::ManageSuperiors),
        tabs => own_tabs(&app, &visit)?,
    };
    Ok(app.page(&visit, "superior/batches.html", context)?.into_response())
}

/// `GET /superiors/{key}/batches/{id}`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn batch(
    Held(app): Held<App>,
    visit: Visit,
    Path((key, id)): Path<(String, Id)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    draw(&app, &visit, known(&app, &key)?, id, &asked, None, None).await
}

/// The form of a correction, or of giving up.
fn form(field: &'static str, label: &'static str, hint: &'static str) -> Vec<Field> {
    vec![Field::new(field, label, Ask::Line(LONGEST)).hint(hint)]
}

fn line(app: &App, visit: &Visit, numbers: &HashMap<Id, String>, may_see: bool, one: &Line) -> Value {
    let said: serde_json::Value = serde_json::from_str(&one.said).unwrap_or_default();
    let text = match (one.kind, said["key"].as_str()) {
        (LineKind::Note | LineKind::Held, Some(key)) => {
            let args: Vec<(&str, String)> = said["args"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default().to_owned()))
                .collect();
            app.pages.say(visit.lang, key, &args)
        }
        _ => one.said.clone(),
    };
    let number = one.case.and_then(|case| numbers.get(&case).cloned());
    context! {
        text,
        file => one.file.as_str(),
        row => one.row,
        reference => number.unwrap_or_else(|| one.reference.clone()),
        case => one.case.filter(|_| may_see).map(|case| case.to_string()),
        amount => one.amount,
    }
}

pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    known: &Known,
    id: Id,
    asked: &Asked,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let (key, places) = (known.superior.key.clone(), [asked.notes, asked.held, asked.refused]);
    let read = app.db.read(move |tx| async move {
        let one = store::load(&tx, &key, id).await?;
        let newest = store::newest(&tx, &key, one.day).await?;
        let front = store::front(&tx, &key).await?;
        let mut lines = Vec::new();
        for (kind, after) in LineKind::ALL.iter().zip(places) {
            lines.push(store::lines(&tx, id, *kind, after).await?);
        }
        let cases: Vec<Id> = lines.iter().flat_map(|page| &page.rows).filter_map(|line| line.case).collect();
        let numbers = store::numbers(&tx, &cases).await?;
        let by = crate::people::store::name_of(&tx, one.by).await?;
        Ok::<_, Error>((
            one,
            newest,
            front,
            lines,
            numbers,
            by,
            store::files(&tx, id).await?,
            store::tries(&tx, id).await?,
        ))
    });
    let (one, newest, front, lines, numbers, by, files, tries) = read.await?;
    let actor = visit.actor()?;
    let may_manage = actor.may(Act::ManageSuperiors);
    let path = format!("/superiors/{}/batches/{id}", known.superior.key);
    let said = |kind: LineKind, name: &str| {
        let page = LineKind::ALL.iter().position(|one| *one == kind).and_then(|place| lines.get(place));
        let rows = page.map(|page| page.rows.as_slice()).unwrap_or_default();
        let see = actor.may(Act::SeeDesk);
        context! {
            rows => rows.iter().map(|one| line(app, visit, &numbers, see, one)).collect::<Vec<_>>(),
            older => page.and_then(|page| page.next.as_ref()).map(|next| format!("{path}?{name}={next}#{name}")).unwrap_or_default(),
        }
    };
    let stem = stem(&known.superior.division, one.day, one.revision);
    let manifest = manifest_name(&stem);
    let mut shown: Vec<Value> = files
        .iter()
        .map(|file| {
            context! {
                name => file.name.as_str(), href => format!("{path}/files/{}", file.name), rows => file.rows,
                size => size(file.bytes), digest => file.digest.as_str(),
                data => say(app, visit, &format!("superior-data-{}", file.data)),
            }
        })
        .collect();
    if !one.manifest.is_empty() {
        shown.push(context! {
            name => manifest.as_str(), href => format!("{path}/files/{manifest}"), rows => (),
            size => size(i64::try_from(one.manifest.len()).unwrap_or(0)), digest => "",
            data => say(app, visit, "superior-manifest"),
        });
    }
    let is_open = matches!(one.state, State::Waiting | State::Unsure | State::Delivered);
    let is_behind = front.as_ref().filter(|front| front.id != id && !one.state.is_over());
    let correct = form("why", "superior-correct-why", "superior-correct-why-hint");
    let give_up = form("reason", "superior-give-up-why", "superior-give-up-why-hint");
    let both: Vec<Field> = correct.iter().chain(&give_up).cloned().collect();
    let has_typed = |name: &str| typed.is_some_and(|typed| !typed.text(name).is_empty());
    let told = |one: &store::Try| {
        context! {
            at => one.at.0, said => one.said.as_str(), word => one.outcome.as_str(),
            label => say(app, visit, &format!("superior-try-{}", one.outcome)),
        }
    };
    let context = context! {
        key => known.superior.key.as_str(),
        name => known.superior.name.as_str(),
        batch => row(known, &one),
        reason => one.reason.as_str(),
        by,
        asked_at => one.asked_at.0,
        left_at => one.left_at.map(|at| at.0),
        delivered_at => one.delivered_at.map(|at| at.0),
        next_at => (is_open && is_behind.is_none()).then_some(one.next_at.0),
        behind => is_behind.map(|front| row(known, front)),
        is_newest => one.revision == newest,
        mapping => known.superior.mapping.as_str(),
        files => shown,
        are_files_gone => files.is_empty() && one.made_at.is_some(),
        notes => said(LineKind::Note, "notes"),
        held => said(LineKind::Held, "held"),
        refused => said(LineKind::Refused, "refused"),
        tries => tries.iter().map(told).collect::<Vec<_>>(),
        can_send => may_manage && batch::may_send(&one).is_ok(),
        // What somebody typed stays in sight, also when somebody else was faster.
        can_correct => may_manage && (batch::may_correct(&one, newest).is_ok() || has_typed("why")),
        can_give_up => may_manage && (batch::may_give_up(&one).is_ok() || has_typed("reason")),
        correct => app.fields(visit, &correct, typed, problem),
        give_up => app.fields(visit, &give_up, typed, problem),
        opened => ["why", "reason"].into_iter().find(|name| has_typed(name) || problem.is_some_and(|one| one.field == Some(*name))),
        errors => app.field_errors(visit, &both, typed, problem),
        tabs => own_tabs(app, visit)?,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "superior/batch.html", context)?).into_response())
}

/// `GET /superiors/{key}/batches/{id}/files/{name}`: a file as it is sent, or the manifest. That somebody took personal data is written down.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the store or the database fails.
pub async fn file(
    Held(app): Held<App>,
    visit: Visit,
    Path((key, id, name)): Path<(String, Id, String)>,
) -> Result<Response, Error> {
    let known = known(&app, &key)?;
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((store::load(&tx, &key, id).await?, store::files(&tx, id).await?))
    });
    let (one, files) = read.await?;
    let manifest = manifest_name(&stem(&known.superior.division, one.day, one.revision));
    let disposition = format!("attachment; filename=\"{}\"", name.replace(['"', '\\'], ""));
    let headers = |kind: &'static str| {
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition.clone()),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ]
    };
    if name == manifest && !one.manifest.is_empty() {
        return Ok((headers("application/json"), one.manifest).into_response());
    }
    let file = files.into_iter().find(|file| file.name == name).ok_or(Error::NotFound)?;
    let bytes = app.blobs.get(SHELF, &file.digest).await?;
    if known.superior.is_personal && file.data == super::settings::Data::Cases.word() {
        let (superior, by, now) = (known.superior.clone(), visit.actor()?.account, app.clock.now());
        let written =
            app.db.write(move |tx| async move { store::downloaded(&tx, &superior, &one, by, &name, now).await });
        written.await.map_err(|error: DbError| Error::Db(error))?;
    }
    Ok((headers(mime(known.superior.format, known.superior.encoding)), bytes).into_response())
}
