//! The pages of this room: what waits, what was brought, and a file before it takes effect.

use super::bringing::Typed;
use super::order::{Field, has_what_is_needed};
use super::reading::Found;
use super::source::NOTHING;
use super::store::{self, Open};
use crate::app::App;
use crate::cases::show::due_look;
use crate::grid::coordinates::CoordinateSystem;
use crate::imports::import::{Note, State};
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::sheets::Csv;
use crate::people::doors::Visit;
use axum::extract::{Path, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};

/// How many lines of each kind a page shows; the list holds all that were kept.
const SHOWN: usize = 100;

pub(super) fn say(app: &App, visit: &Visit, key: &str) -> String {
    app.pages.say(visit.lang, key, &[])
}

pub(super) fn errors(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Vec<Value> {
    let written = refusal.map(|refusal| {
        let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
        context! { field => refusal.field.unwrap_or("main"), message }
    });
    written.into_iter().collect()
}

/// An answer-by time as pages show it: `ok`, `soon` or `late`.
pub(super) fn look(app: &App, due: Option<Moment>, ended: Option<Moment>) -> Option<&'static str> {
    let warn = due.map(|due| due.plus(-app.hotline.warn_hours * 3_600_000));
    due_look(due, warn, ended, app.clock.now())
}

/// `GET /hotline`.
pub(super) async fn list(Held(app): Held<App>, visit: Visit) -> Result<Response, Error> {
    draw_list(&app, &visit, &Typed::default(), None).await
}

/// The list with its form; what was typed stays typed after a refusal.
pub(super) async fn draw_list(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let read = app.db.read(|tx| async move {
        Ok::<_, Error>((
            store::sources(&tx).await?,
            store::counts(&tx).await?,
            store::open(&tx).await?,
            store::files(&tx).await?,
        ))
    });
    let (sources, counts, open, files) = read.await?;
    let sources: Vec<Value> = sources
        .iter()
        .map(|source| {
            let [all, running, waiting] = counts.get(&source.id).copied().unwrap_or_default();
            context! { value => source.id.to_string(), label => source.name.as_str(), all, running, waiting }
        })
        .collect();
    let chosen = match typed.source.as_str() {
        "" if typed.name.is_empty() => sources.first().map(|one| one.get_attr("value").unwrap_or_default()),
        chosen => Some(chosen.into()),
    };
    let files: Vec<Value> = files
        .iter()
        .map(|(file, source, author)| {
            let (tone, icon) = tone(file.state);
            let found = &file.found;
            context! {
                id => file.id.to_string(), name => file.name.as_str(), source, author, tone, icon,
                state => file.state.word(),
                state_label => say(app, visit, &format!("imports-state-{}", file.state.word())),
                at => file.brought_at.0,
                begun => found.begun, changed => found.changed, refused => found.refused, good => found.good,
            }
        })
        .collect();
    let context = context! {
        sources, files,
        source => chosen.unwrap_or_default(), name => typed.name.as_str(),
        orders => open.iter().map(|one| order(app, visit, one)).collect::<Vec<_>>(),
        is_cut => open.len() as i64 == store::SHOWN, shown => store::SHOWN,
        megabytes => crate::app::LARGEST_REQUEST >> 20,
        most_rows => app.hotline.most_rows,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "hotline/list.html", context)?).into_response())
}

fn order(app: &App, visit: &Visit, one: &Open) -> Value {
    let is_ended = one.closed_at.is_some();
    let stage = match (is_ended, one.stage.as_str()) {
        (true, _) => say(app, visit, "hotline-waits-for-answer"),
        (false, "") => say(app, visit, "hotline-no-case"),
        (false, stage) => say(app, visit, &format!("cases-stage-{stage}")),
    };
    let title = if one.title.is_empty() { crate::kit::words::begun(&one.words, 24) } else { one.title.clone() };
    context! {
        number => one.number.as_str(), source => one.source.as_str(), title, stage, is_ended,
        case => one.case.map(|case| case.to_string()).unwrap_or_default(),
        case_number => one.case_number.as_str(),
        due_at => one.due_at.map(|at| at.0),
        // Unanswered is late, however long ago it ended.
        due_state => look(app, one.due_at, None),
        case_due_at => one.case_due_at.filter(|_| !is_ended).map(|at| at.0),
        case_due_state => due_look(one.case_due_at.filter(|_| !is_ended), None, None, app.clock.now()),
    }
}

fn tone(state: State) -> (&'static str, &'static str) {
    match state {
        State::Waiting => ("warn", "clock"),
        State::Kept => ("ok", "check-circle"),
        State::Discarded => ("neutral", "x"),
    }
}

/// `GET /hotline/files/{id}`.
pub(super) async fn file(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw_file(&app, &visit, id, None).await
}

fn sentence(app: &App, visit: &Visit, note: &Note) -> String {
    let args: Vec<(&str, String)> = note.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    app.pages.say(visit.lang, &note.key, &args)
}

/// The choices of sub-classes, and of departments.
pub(super) fn choices(
    app: &App,
    visit: &Visit,
    departments: &[crate::people::department::Department],
) -> [Vec<Value>; 2] {
    let nothing = || context! { value => NOTHING, label => say(app, visit, "hotline-assign-nothing") };
    let mut classes = vec![nothing()];
    let mut seen = std::collections::HashSet::new();
    for one in crate::reports::everyday::names(app, visit.lang) {
        if seen.insert(one.value.clone()) {
            classes.push(context! { value => one.value, label => one.label });
        }
    }
    let mut owners = vec![nothing()];
    owners.extend(departments.iter().map(|one| context! { value => one.code.as_str(), label => one.name(visit.lang) }));
    [classes, owners]
}

/// A file, with the sentence of a refusal.
pub(super) async fn draw_file(app: &App, visit: &Visit, id: Id, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move {
        let file = store::load_file(&tx, id).await?;
        let source = store::load_source(&tx, file.source).await?;
        let departments = crate::people::store::departments(&tx).await?;
        let author = crate::people::store::name_of(&tx, Some(file.author)).await?;
        let decider = crate::people::store::name_of(&tx, file.decider).await?;
        // What the orders of a word became before is offered, and nothing more: somebody says so.
        let mut offers = [Vec::new(), Vec::new()];
        if file.state == State::Waiting {
            for (word, _) in &file.found.categories {
                offers[0].push(store::category_of(&tx, source.id, word).await?.unwrap_or_default());
            }
            for (word, _) in &file.found.departments {
                offers[1].push(store::department_of(&tx, source.id, word).await?.unwrap_or_default());
            }
        }
        Ok::<_, Error>((file, source, departments, author, decider, offers))
    });
    let (file, source, departments, author, decider, offers) = read.await?;
    let found = &file.found;
    let lines = |notes: &[Note]| {
        let told = |note: &Note| context! { at => note.at.as_str(), text => sentence(app, visit, note) };
        notes.iter().take(SHOWN).map(told).collect::<Vec<_>>()
    };
    let words = |all: &[(String, u64)], offers: &[String]| {
        let one = |(place, (word, count)): (usize, &(String, u64))| {
            context! { word, count, offer => offers.get(place).cloned().unwrap_or_default() }
        };
        all.iter().enumerate().map(one).collect::<Vec<_>>()
    };
    let [classes, owners] = choices(app, visit, &departments);
    let columns: Vec<Value> = Field::ALL
        .iter()
        .map(|field| {
            let place = found.places.get(field);
            context! {
                name => format!("column-{}", field.word()),
                label => say(app, visit, &format!("hotline-field-{}", field.word())),
                value => place.map(usize::to_string).unwrap_or_default(),
                heading => place.and_then(|place| found.head.get(*place)).cloned().unwrap_or_default(),
                is_needed => *field == Field::Number,
            }
        })
        .collect();
    let systems: Vec<Value> = CoordinateSystem::ALL
        .iter()
        .map(|system| context! { value => system.as_str(), label => say(app, visit, &format!("imports-system-{}", system.as_str())) })
        .collect();
    let (tone, icon) = tone(file.state);
    let noted = found.refusals.len() + found.odd.len();
    let is_waiting = file.state == State::Waiting;
    let context = context! {
        id => id.to_string(), name => file.name.as_str(), state => file.state.word(), tone, state_icon => icon, is_waiting,
        state_label => say(app, visit, &format!("imports-state-{}", file.state.word())),
        source => context! { id => source.id.to_string(), name => source.name.as_str() },
        coordinates => source.mapping.coordinates.as_str(), systems,
        head => found.head.iter().enumerate().map(|(place, name)| context! { value => place, label => name }).collect::<Vec<_>>(),
        columns, classes, owners,
        has_columns => has_what_is_needed(&found.places).is_ok(),
        categories => words(&found.categories, &offers[0]),
        departments => words(&found.departments, &offers[1]),
        counts => context! {
            good => found.good, begun => found.begun, changed => found.changed, unchanged => found.unchanged,
            refused => found.refused, outside => found.outside, odd => found.odd.len(),
        },
        sample => minijinja::value::Serde(&found.sample),
        refusals => lines(&found.refusals), odd => lines(&found.odd), noted,
        is_cut => found.refusals.len() > SHOWN || found.odd.len() > SHOWN, shown => SHOWN,
        may_keep => is_waiting && found.good > 0,
        has_news => found.begun + found.changed > 0,
        author, brought_at => file.brought_at.0, decider, decided_at => file.decided_at.map(|at| at.0),
        kilobytes => (file.bytes + 1023) / 1024,
        gone_at => file.gone_at.map(|at| at.0),
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "hotline/file.html", context)?).into_response())
}

/// `GET /hotline/files/{id}/notes.csv`: every line about the file, for whoever puts it right.
pub(super) async fn notes(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let file = app.db.read(move |tx| async move { store::load_file(&tx, id).await }).await?;
    let Found { refusals, odd, .. } = &file.found;
    let mut rows =
        vec![["imports-note-kind", "hotline-row", "imports-note-text"].map(|key| say(&app, &visit, key)).to_vec()];
    for (key, notes) in [("imports-refused", refusals), ("hotline-odd", odd)] {
        let told = |note: &Note| vec![say(&app, &visit, key), note.at.clone(), sentence(&app, &visit, note)];
        rows.extend(notes.iter().map(told));
    }
    Ok(download(&format!("hotline-{id}.csv"), "text/csv; charset=utf-8", csv(&rows)?))
}

/// A table that spreadsheets open without reckoning with it.
///
/// # Errors
/// Never: it is written into memory.
pub(super) fn csv(rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    let broken = |error: String| Error::Internal(error);
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        csv.write_record(row).map_err(|error| broken(error.to_string()))?;
    }
    csv.into_inner().map_err(|error| broken(error.to_string()))
}

pub(super) fn download(name: &str, media: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, [(header::CACHE_CONTROL, "no-store")], bytes).into_response()
}
