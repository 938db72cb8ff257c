//! The pages of imports: what the city has, how to bring more, what was found in a file, what was decided.

use super::bringing::Typed;
use super::export::{self, What, Wish};
use super::import::{Note, State, Subject};
use super::store::{self, Line};
use super::working::Seen;
use crate::app::App;
use crate::grid::coordinates::CoordinateSystem;
use crate::grid::taking::Rules;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::sheets::Csv;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};
use serde::Deserialize;

/// How many lines of each kind a page shows; the list holds all that were kept.
const SHOWN: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
}

/// `GET /admin/imports`.
pub(super) async fn list(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let before = asked.before.parse().unwrap_or(i64::MAX);
    draw_list(&app, &visit, before, &Typed::default(), None).await
}

fn say(app: &App, visit: &Visit, key: &str) -> String {
    app.pages.say(visit.lang, key, &[])
}

fn errors(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Vec<Value> {
    let written = refusal.map(|refusal| {
        let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
        context! { field => refusal.field.unwrap_or("main"), message }
    });
    written.into_iter().collect()
}

/// The list with its form; what was chosen stays chosen after a refusal.
pub(super) async fn draw_list(
    app: &App,
    visit: &Visit,
    before: Id,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let read = app
        .db
        .read(move |tx| async move { Ok::<_, DbError>((store::list(&tx, before).await?, store::counts(&tx).await?)) });
    let (page, counts) = read.await?;
    let subjects: Vec<Value> = Subject::ALL
        .iter()
        .zip(counts)
        .map(|(subject, count)| {
            let word = subject.word();
            context! {
                value => word, count,
                label => say(app, visit, &format!("imports-subject-{word}")),
                hint => say(app, visit, &format!("imports-subject-{word}-hint")),
                href => subject.ground().map(|_| format!("/admin/exports/{word}")),
            }
        })
        .collect();
    let own = Rules::of_city(&app.city.rest, None).map(|rules| rules.system).unwrap_or_default();
    let systems: Vec<Value> = CoordinateSystem::ALL
        .iter()
        .map(|system| {
            context! { value => system.as_str(), label => say(app, visit, &format!("imports-system-{}", system.as_str())) }
        })
        .collect();
    let coordinates = if typed.coordinates.is_empty() { own.as_str() } else { &typed.coordinates };
    let context = context! {
        rows => page.rows.iter().map(|line| row(app, visit, line)).collect::<Vec<_>>(),
        older => page.next.map(|next| format!("?before={next}")).unwrap_or_default(),
        newer => if before == i64::MAX { "" } else { "/admin/imports" },
        subjects, systems, coordinates,
        subject => typed.subject.as_str(),
        layer => typed.layer.as_str(),
        megabytes => crate::app::LARGEST_REQUEST >> 20,
        errors => errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "imports/list.html", context)?).into_response())
}

fn tone(state: State) -> (&'static str, &'static str) {
    match state {
        State::Waiting => ("warn", "clock"),
        State::Kept => ("ok", "check-circle"),
        State::Discarded => ("neutral", "x"),
    }
}

fn row(app: &App, visit: &Visit, line: &Line) -> Value {
    let import = &line.import;
    let found = &import.found;
    let (tone, icon) = tone(import.state);
    let command_line = || say(app, visit, "people-command-line");
    context! {
        id => import.id,
        name => import.name(),
        subject => say(app, visit, &format!("imports-subject-{}", import.subject.word())),
        is_ground => import.subject.ground().is_some(),
        state => import.state.word(),
        state_label => say(app, visit, &format!("imports-state-{}", import.state.word())),
        tone, icon,
        system => if import.coordinates.is_empty() { String::new() } else { say(app, visit, &format!("imports-system-{}", import.coordinates)) },
        bytes => import.files.iter().map(|part| part.bytes).sum::<usize>(),
        good => found.good, begun => found.begun, changed => found.changed, unchanged => found.unchanged,
        outside => found.outside, repaired => found.repaired, refused => found.refused, faults => found.faults,
        author => line.author.clone().unwrap_or_else(command_line),
        at => import.brought_at.0,
        decider => line.decider.clone().unwrap_or_else(command_line),
        decided_at => import.decided_at.map(|at| at.0),
    }
}

/// `GET /admin/imports/{id}`.
pub(super) async fn show(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None).await
}

/// One import, with the sentence of a refusal.
pub(super) async fn draw(app: &App, visit: &Visit, id: Id, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let line = app.db.read(move |tx| async move { store::load_named(&tx, id).await }).await?;
    let found = &line.import.found;
    let lines = |notes: &[Note]| {
        let told = |note: &Note| context! { at => note.at.as_str(), text => sentence(app, visit, note) };
        notes.iter().take(SHOWN).map(told).collect::<Vec<_>>()
    };
    let (refusals, repairs, findings) = (lines(&found.refusals), lines(&found.repairs), lines(&found.findings));
    let noted = found.refusals.len() + found.repairs.len() + found.findings.len();
    let is_cut = [found.refusals.len(), found.repairs.len(), found.findings.len()].iter().any(|count| *count > SHOWN);
    let whole = line.import.files.iter().map(|part| part.bytes as u64).sum::<u64>().max(1);
    let (percent, is_cut_short) = match app.imports.seen(id) {
        Seen::Reading(read) => (Some((read * 100 / whole).min(100)), false),
        Seen::Failed => (None, line.import.state == State::Waiting),
        Seen::Still => (None, false),
    };
    let context = context! {
        import => row(app, visit, &line),
        percent, is_cut_short,
        refusals, repairs, findings, noted, is_cut,
        shown => SHOWN,
        may_keep => line.import.may_be_kept().is_ok(),
        errors => errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "imports/show.html", context)?).into_response())
}

fn sentence(app: &App, visit: &Visit, note: &Note) -> String {
    let args: Vec<(&str, String)> = note.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    app.pages.say(visit.lang, &note.key, &args)
}

/// `GET /admin/imports/{id}/notes.csv`: every line about the file, for whoever puts the file right.
pub(super) async fn notes(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let import = app.db.read(move |tx| async move { store::load(&tx, id).await }).await?;
    let found = &import.found;
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    let heading = |key: &str| say(&app, &visit, key);
    let header = [heading("imports-note-kind"), heading("imports-note-at"), heading("imports-note-text")];
    csv.write_record(header).map_err(broken)?;
    for (key, notes) in [
        ("imports-refused", &found.refusals),
        ("imports-repaired", &found.repairs),
        ("imports-faults", &found.findings),
    ] {
        for note in notes {
            csv.write_record([&heading(key), &note.at, &sentence(&app, &visit, note)]).map_err(broken)?;
        }
    }
    let bytes = csv.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(download(&format!("import-{id}.csv"), "text/csv; charset=utf-8", bytes))
}

fn download(name: &str, media: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, [(header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

/// `GET /admin/exports/{what}`: the ground, its components and keepers, as they are brought in.
pub(super) async fn export(Held(app): Held<App>, _: Visit, Path(what): Path<String>) -> Result<Response, Error> {
    let what = What::parse(&what).filter(|what| Subject::parse(what.word()).is_some_and(|one| one.ground().is_some()));
    let what = what.ok_or(Error::NotFound)?;
    let system = Rules::of_city(&app.city.rest, None).map(|rules| rules.system).unwrap_or_default();
    let wish = Wish { system, with_contacts: false, zone: app.city.zone() };
    let bytes = export::in_memory(&app, what, &wish).await?;
    Ok(download(what.file(), what.media(), bytes))
}
