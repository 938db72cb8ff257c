//! The pages of the gazetteer: what it holds, how to bring more, what was found in a file and what was decided.

use super::bringing::{FIRST_WAY, Typed};
use super::import::{Import, State, Way};
use super::place::{Note, Place};
use super::store::{self, By, Named, Source};
use crate::app::App;
use crate::grid::coordinates::CoordinateSystem;
use crate::grid::taking::Rules;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::paging::{PAGE, Page};
use crate::kit::sheets::Csv;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};
use serde::Deserialize;

/// How many lines about a file a page shows; the list holds all that were kept.
const SHOWN: usize = 100;

pub(super) fn say(app: &App, visit: &Visit, key: &str) -> String {
    app.pages.say(visit.lang, key, &[])
}

pub(super) fn errors(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Vec<Value> {
    let written = refusal.map(|refusal| {
        let mut message = app.pages.say(visit.lang, refusal.key, &refusal.args);
        if let Some((_, line)) = refusal.args.iter().find(|(name, _)| *name == "line" && refusal.field == Some("file"))
        {
            let args = [("line", line.clone()), ("message", message)];
            message = app.pages.say(visit.lang, "places-in-line", &args);
        }
        context! { field => refusal.field.unwrap_or("main"), message }
    });
    written.into_iter().collect()
}

pub(super) fn systems(app: &App, visit: &Visit) -> Vec<Value> {
    let option = |system: &CoordinateSystem| {
        context! { value => system.as_str(), label => say(app, visit, &format!("imports-system-{}", system.as_str())) }
    };
    CoordinateSystem::ALL.iter().map(option).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    source: String,
    after: String,
}

/// Places that somebody looks for: those whose name begins so, else whose address does, else those that hold the words.
async fn sought(app: &App, words: &str, after: &str) -> Result<Page<Place>, Error> {
    for by in [By::Name, By::Address] {
        let (text, behind) = (words.to_owned(), after.to_owned());
        // A key goes on in the column in which it began.
        let behind = match behind.split_once('~') {
            Some((column, _)) if (column == "a") != (by == By::Address) => continue,
            Some((_, key)) => key.to_owned(),
            None => behind,
        };
        let page = app.db.read(move |tx| async move { store::beginning(&tx, by, &text, &behind).await }).await;
        let mut page = page.map_err(|error: DbError| Error::Db(error))?;
        if !page.rows.is_empty() {
            let column = if by == By::Address { "a" } else { "n" };
            page.next = page.next.map(|key| format!("{column}~{key}"));
            return Ok(page);
        }
    }
    let Some(ready) = app.places.ready() else { return Ok(Page { rows: Vec::new(), next: None }) };
    let names: Vec<String> =
        ready.gazetteer.complete_near(words, PAGE, None).into_iter().map(|one| one.words).collect();
    let rows = app.db.read(move |tx| async move { store::named(&tx, &names).await }).await;
    Ok(Page { rows: rows.map_err(|error: DbError| Error::Db(error))?, next: None })
}

/// `GET /admin/places`.
pub(super) async fn list(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let words = asked.q.trim();
    let sources = app.db.read(|tx| async move { store::sources(&tx).await }).await.map_err(Error::Db)?;
    let source: Option<Id> = asked.source.parse().ok();
    let is_sought = !super::place::key(words).is_empty();
    let page = if is_sought {
        sought(&app, words, &asked.after).await?
    } else {
        let before = asked.after.parse().unwrap_or(i64::MAX);
        let page = app.db.read(move |tx| async move { store::list(&tx, source, before).await }).await;
        page.map_err(|error: DbError| Error::Db(error))?
    };
    let link = |source: &str, after: &str| {
        let pairs = [("q", words), ("source", source), ("after", after)];
        let pairs: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/admin/places?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    };
    let name_of = |id: Id| sources.iter().find(|source| source.id == id).map_or("", |source| source.name.as_str());
    let grid = app.grid();
    let row = |place: &Place| {
        let entry = &place.entry;
        context! {
            id => place.id,
            name => if entry.name.is_empty() { &entry.address } else { &entry.name },
            address => if entry.name.is_empty() { "" } else { &entry.address },
            kind => entry.kind.as_str(),
            area => grid.areas_at(entry.lon, entry.lat).names(),
            source => name_of(place.source),
            is_active => place.is_active, is_edited => place.is_edited,
        }
    };
    let total: i64 = sources.iter().map(|source| source.places).sum();
    let list = |source: &Source| {
        context! {
            id => source.id, name => source.name.as_str(), places => source.places, hidden => source.hidden,
            imported_at => source.imported_at.map(|at| at.0),
            href => format!("/admin/places?source={}", source.id),
            current => asked.source == source.id.to_string(),
        }
    };
    let version = app.db.read(|tx| async move { store::version(&tx).await }).await.map_err(Error::Db)?;
    let ready = app.places.ready().map(|ready| {
        context! {
            places => ready.places, own => ready.own, version => ready.version,
            megabytes => format!("{:.1}", ready.bytes() as f64 / f64::from(1 << 20)),
            seconds => format!("{:.1}", ready.took.as_secs_f64()),
            is_current => ready.version == version,
        }
    });
    let context = context! {
        rows => page.rows.iter().map(row).collect::<Vec<_>>(),
        sources => sources.iter().map(list).collect::<Vec<_>>(),
        total, is_sought,
        q => words,
        source => asked.source.as_str(),
        older => page.next.map(|after| link(&asked.source, &after)).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { link(&asked.source, "") },
        ready => ready.unwrap_or(Value::from(())),
        tabs => tabs(&app, &visit)?,
    };
    Ok(app.page(&visit, "places/list.html", context)?.into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    before: String,
}

/// `GET /admin/places/imports`.
pub(super) async fn imports(
    Held(app): Held<App>,
    visit: Visit,
    Query(asked): Query<Before>,
) -> Result<Response, Error> {
    draw_imports(&app, &visit, asked.before.parse().unwrap_or(i64::MAX), &Typed::default(), None).await
}

/// The form that brings a file, and what was brought; what was chosen stays chosen after a refusal.
pub(super) async fn draw_imports(
    app: &App,
    visit: &Visit,
    before: Id,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((store::imports(&tx, before).await?, store::sources(&tx).await?))
    });
    let (page, sources) = read.await.map_err(Error::Db)?;
    let own = Rules::of_city(&app.city.rest, None).map(|rules| rules.system).unwrap_or_default();
    let ways: Vec<Value> = Way::ALL
        .iter()
        .map(|way| {
            let word = way.word();
            context! {
                value => word, label => say(app, visit, &format!("places-way-{word}")),
                hint => say(app, visit, &format!("places-way-{word}-hint")),
            }
        })
        .collect();
    let context = context! {
        rows => page.rows.iter().map(|named| row(app, visit, named)).collect::<Vec<_>>(),
        older => page.next.map(|next| format!("?before={next}")).unwrap_or_default(),
        newer => if before == i64::MAX { "" } else { "/admin/places/imports" },
        ways, systems => systems(app, visit),
        names => sources.into_iter().map(|source| source.name).collect::<Vec<String>>(),
        source => typed.source.as_str(),
        way => if typed.way.is_empty() { FIRST_WAY.word() } else { &typed.way },
        coordinates => if typed.coordinates.is_empty() { own.as_str() } else { &typed.coordinates },
        megabytes => crate::app::LARGEST_REQUEST >> 20,
        most => app.places.settings.most_places,
        errors => errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "places/imports.html", context)?).into_response())
}

fn row(app: &App, visit: &Visit, (import, author, decider): &Named) -> Value {
    let Import { found, .. } = import;
    let (tone, icon) = match import.state {
        State::Waiting => ("warn", "clock"),
        State::Kept => ("ok", "check-circle"),
        State::Discarded => ("neutral", "x"),
    };
    let command_line = || say(app, visit, "people-command-line");
    context! {
        id => import.id, name => import.file_name.as_str(), source => import.source.as_str(),
        way => import.way.word(), way_label => say(app, visit, &format!("places-way-{}", import.way.word())),
        state => import.state.word(),
        state_label => say(app, visit, &format!("imports-state-{}", import.state.word())),
        tone, icon,
        system => say(app, visit, &format!("imports-system-{}", import.coordinates)),
        bytes => import.bytes,
        good => found.good, begun => found.begun, changed => found.changed, unchanged => found.unchanged,
        edited => found.edited, gone => found.gone, had => found.had, refused => found.refused, twice => found.twice,
        outside => found.outside, letters => found.letters.as_str(),
        author => author.clone().unwrap_or_else(command_line),
        at => import.brought_at.0,
        decider => decider.clone().unwrap_or_else(command_line),
        decided_at => import.decided_at.map(|at| at.0),
    }
}

/// `GET /admin/places/imports/{id}`.
pub(super) async fn import(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw_import(&app, &visit, id, None).await
}

/// One import, with the sentence of a refusal.
pub(super) async fn draw_import(
    app: &App,
    visit: &Visit,
    id: Id,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let named = app.db.read(move |tx| async move { store::load_import_named(&tx, id).await }).await?;
    let found = &named.0.found;
    let grid = app.grid();
    let sample: Vec<Value> = found
        .sample
        .iter()
        .map(|entry| {
            context! {
                name => entry.name.as_str(), address => entry.address.as_str(), kind => entry.kind.as_str(),
                area => grid.areas_at(entry.lon, entry.lat).names(),
            }
        })
        .collect();
    let pins: Vec<serde_json::Value> = found
        .sample
        .iter()
        .map(|entry| {
            let title = if entry.name.is_empty() { &entry.address } else { &entry.name };
            serde_json::json!({ "lon": entry.lon, "lat": entry.lat, "title": title })
        })
        .collect();
    let notes: Vec<Value> = found
        .notes
        .iter()
        .take(SHOWN)
        .map(|note| context! { at => note.at, text => sentence(app, visit, note) })
        .collect();
    let context = context! {
        import => row(app, visit, &named),
        sample, notes,
        pins => serde_json::to_string(&pins).unwrap_or_default(),
        is_cut => found.notes.len() > SHOWN,
        noted => found.notes.len(),
        shown => SHOWN,
        may_keep => named.0.may_be_kept().is_ok(),
        loses_much => found.gone * 2 > found.had,
        errors => errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "places/import.html", context)?).into_response())
}

fn sentence(app: &App, visit: &Visit, note: &Note) -> String {
    let args: Vec<(&str, String)> = note.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    app.pages.say(visit.lang, &note.key, &args)
}

/// `GET /admin/places/imports/{id}/notes.csv`: every line about the file, for whoever puts the file right.
pub(super) async fn notes(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let import = app.db.read(move |tx| async move { store::load_import(&tx, id).await }).await?;
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    csv.write_record([say(&app, &visit, "places-line"), say(&app, &visit, "imports-note-text")]).map_err(broken)?;
    for note in &import.found.notes {
        csv.write_record([note.at.to_string(), sentence(&app, &visit, note)]).map_err(broken)?;
    }
    let bytes = csv.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    let disposition = format!("attachment; filename=\"places-{id}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
