//! Somebody has read what was found in a file: columns and words are assigned, the file is kept, or thrown away.

use super::order::{Field, Order};
use super::reading::{self, Judged, SHELF, What, known_category};
use super::settings::Settings;
use super::show;
use super::source::{LONGEST_WORD, Mapping, NOTHING, Source};
use super::store::{self, File, Known};
use crate::app::App;
use crate::imports::import::State;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::Typed;
use crate::kit::id::{self, Id};
use crate::kit::sealing::Personal;
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use crate::reports::photos::Album;
use crate::reports::report::{Category, Report, Source as From, Understood};
use crate::reports::store::{Detail, FOR_STAFF, URGENT, keep_deadline, keep_details, record};
use crate::reports::submit::{Also, Beside, keep as keep_report};
use axum::extract::{Form, Path, State as Held};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::future::join_all;
use std::sync::Arc;

/// How many orders are written side by side: the database commits them together.
const AT_ONCE: usize = 16;

async fn loaded(app: &App, id: Id) -> Result<(File, Source), Error> {
    app.db
        .read(move |tx| async move {
            let file = store::load_file(&tx, id).await?;
            let source = store::load_source(&tx, file.source).await?;
            Ok((file, source))
        })
        .await
}

fn waits(file: &File) -> Result<(), Refusal> {
    if file.state == State::Waiting { Ok(()) } else { Err(Refusal::new("imports-decided")) }
}

/// What the form of a file's columns and words says, upon what was assigned before. A field of the form names a column by its
/// place, from 0; words come in pairs, `category-word-0` beside `category-0`.
fn assigned(mapping: &Mapping, head: &[String], settings: &Settings, typed: &Typed) -> Mapping {
    let (mut mapping, guess) = (mapping.clone(), settings.guess(head));
    for field in Field::ALL {
        let name = format!("column-{}", field.word());
        if !typed.0.contains_key(&name) {
            continue;
        }
        let chosen = typed.text(&name).parse::<usize>().ok().and_then(|place| head.get(place));
        // What the headings say by themselves needs no assignment, and is guessed anew for every file.
        if chosen == guess.get(field) {
            mapping.columns.remove(field);
        } else {
            mapping.columns.insert(*field, chosen.map_or(NOTHING, String::as_str).to_owned());
        }
    }
    for (kind, words) in [("category", &mut mapping.categories), ("department", &mut mapping.departments)] {
        for number in 0..reading::MOST_WORDS {
            let (word, value) = (typed.text(&format!("{kind}-word-{number}")), typed.text(&format!("{kind}-{number}")));
            // Nothing chosen: it is asked about again.
            if !word.is_empty() && !value.is_empty() && word.chars().count() <= LONGEST_WORD {
                words.insert(word.to_owned(), value.to_owned());
            }
        }
    }
    if let Some(system) = typed.0.get("coordinates").and_then(|all| all.first()) {
        mapping.coordinates.clone_from(system);
    }
    mapping
}

/// Only sub-classes and departments that exist are assigned.
fn checked(app: &App, mapping: Mapping, before: &Mapping, departments: &[String]) -> Mapping {
    let choices = crate::reports::everyday::names(app, "zh-Hans");
    let is_class = |value: &String| value == NOTHING || choices.iter().any(|choice| choice.value == *value);
    let is_department = |value: &String| value == NOTHING || departments.contains(value);
    let is_system = mapping.coordinates.is_empty()
        || mapping.coordinates.parse::<crate::grid::coordinates::CoordinateSystem>().is_ok();
    Mapping {
        categories: mapping.categories.into_iter().filter(|(_, value)| is_class(value)).collect(),
        departments: mapping.departments.into_iter().filter(|(_, value)| is_department(value)).collect(),
        coordinates: if is_system { mapping.coordinates } else { before.coordinates.clone() },
        ..mapping
    }
}

/// `POST /hotline/files/{id}/mapping`: what the columns and words mean, kept for this source; the file is read again by it.
pub(super) async fn assign(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let typed = Typed::of(pairs);
    let assigned = async {
        let (file, source) = loaded(&app, id).await?;
        waits(&file)?;
        let all = app.db.read(|tx| async move { crate::people::store::departments(&tx).await });
        let codes: Vec<String> = all.await.map_err(Error::Db)?.into_iter().map(|one| one.code).collect();
        let mapping = assigned(&source.mapping, &file.found.head, &app.hotline, &typed);
        let mapping = checked(&app, mapping, &source.mapping, &codes);
        let is_changed = mapping != source.mapping;
        let source = if is_changed { source.with(mapping) } else { source };
        let bytes = app.blobs.get(SHELF, &file.digest).await?;
        let (found, _) = reading::read(&app, &source, bytes).await?;
        let file = File { found, revision: file.revision + 1, ..file };
        app.db
            .write(move |tx| async move {
                if is_changed {
                    store::save_source(&tx, &source, by, now).await?;
                }
                store::save_file(&tx, &file).await
            })
            .await
            .map_err(|error: DbError| Error::Db(error))
    };
    answered(&app, &visit, id, assigned.await).await
}

/// `POST /hotline/files/{id}/keep`. The work goes on when the browser goes away: an order counts once.
pub(super) async fn keep(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (held, by) = (app.clone(), visit.actor()?.account);
    let kept = tokio::spawn(async move { take_over(&held, id, by).await });
    answered(&app, &visit, id, kept.await.map_err(|error| Error::Internal(error.to_string()))?).await
}

async fn take_over(app: &App, id: Id, by: Id) -> Result<(), Error> {
    let (file, source) = loaded(app, id).await?;
    waits(&file)?;
    let bytes = app.blobs.get(SHELF, &file.digest).await?;
    let (found, judged) = reading::read(app, &source, bytes).await?;
    if found.good == 0 {
        return Err(Refusal::new("imports-nothing-good").into());
    }
    let source = Arc::new(source);
    for some in judged.chunks(AT_ONCE) {
        let work = some.iter().map(|one| take(app, &source, one, by));
        for done in join_all(work).await {
            done?;
        }
    }
    let now = app.clock.now();
    let file = File {
        found,
        state: State::Kept,
        decider: Some(by),
        decided_at: Some(now),
        revision: file.revision + 1,
        ..file
    };
    app.db.write(move |tx| async move { Ok::<_, Error>(store::save_file(&tx, &file).await?) }).await
}

/// Takes one order over.
async fn take(app: &App, source: &Arc<Source>, one: &Judged, by: Id) -> Result<(), Error> {
    match &one.what {
        What::Same => Ok(()),
        What::New => begin(app, source, one, by).await,
        What::Changed(known) => change(app, one.clone(), known.clone(), by).await,
    }
}

/// The order becomes a report like every other that the desk writes down; the hotline's number is its own.
async fn begin(app: &App, source: &Arc<Source>, one: &Judged, by: Id) -> Result<(), Error> {
    let (order, now) = (&one.order, app.clock.now());
    let chosen = known_category(app, source, &order.category).unwrap_or_default();
    let category = match chosen.split_once('-') {
        Some((kind, code)) => Category {
            code_set: crate::reports::everyday::code_set(app),
            kind: kind.to_owned(),
            code: code.to_owned(),
            name: String::new(),
        },
        None => Category { name: order.category.clone(), ..Category::default() },
    };
    let understood = Understood {
        // What somebody wishes to keep to themselves stands on no public page.
        words: if order.is_secret { String::new() } else { order.words() },
        said: Default::default(),
        category,
        contact_name: order.caller.clone(),
        contact_phone: order.phone.clone(),
        key: format!("hotline:{}:{}", source.id, order.number),
    };
    let mut report =
        Report::received(id::fresh(), id::tracking_code(), understood, one.place.clone(), LANGUAGES[0], now);
    report.source = From::Hotline;
    report.source_number.clone_from(&order.number);
    let details = details(app, source, order);
    let (source_id, held) = (source.id, one.clone());
    let also: Also = Arc::new(move |tx, report| {
        let (details, one) = (details.clone(), held.clone());
        Box::pin(async move {
            keep_details(&tx, report, &details).await?;
            store::add_order(&tx, source_id, report, &one.order, &one.cells, now).await?;
            match one.order.answer_by {
                Some(by) => keep_deadline(&tx, report, &one.order.number, by).await,
                None => Ok(()),
            }
        })
    });
    let beside = Beside { author: Some(by), category: &chosen, also: Some(also), ..Beside::default() };
    keep_report(app, report, &Album::default(), beside).await.map(drop)
}

/// What the people of the case read beside the words: where the order comes from, what the hotline asks for.
fn details(app: &App, source: &Source, order: &Order) -> Vec<Detail> {
    let zone = app.city.zone();
    let day = |at: Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string();
    let yes = |lang: &str| app.pages.say(lang, "hotline-yes", &[]);
    let both = |text: String| (text.clone(), text);
    let mut told: Vec<(String, &str, (String, String))> = vec![
        (format!("{FOR_STAFF}source"), "hotline-detail-source", both(source.name.clone())),
        (format!("{FOR_STAFF}number"), "hotline-field-number", both(order.number.clone())),
    ];
    if let Some(at) = order.received_at {
        told.push((format!("{FOR_STAFF}received"), "hotline-field-received", both(day(at))));
    }
    if !order.department.is_empty() {
        told.push((format!("{FOR_STAFF}department"), "hotline-field-department", both(order.department.clone())));
    }
    if order.is_urgent {
        told.push((URGENT.to_owned(), "hotline-field-urgency", (yes("zh-Hans"), yes("en"))));
    }
    if order.is_secret {
        told.push((format!("{FOR_STAFF}secrecy"), "hotline-field-secrecy", (yes("zh-Hans"), yes("en"))));
        told.push((format!("{FOR_STAFF}content"), "hotline-field-content", both(order.words())));
    }
    told.into_iter()
        .map(|(code, label, value)| Detail {
            code,
            label: (app.pages.say("zh-Hans", label, &[]), app.pages.say("en", label, &[])),
            sent: value.0.clone().into(),
            value: (value.0.into(), value.1.into()),
            is_public: false,
        })
        .collect()
}

/// The report is told what a later file says otherwise.
async fn change(app: &App, one: Judged, known: Known, by: Id) -> Result<(), Error> {
    let now = app.clock.now();
    let differs = one.order.differs(&known.said);
    let has_contact = differs.iter().any(|(field, ..)| matches!(field, Field::Caller | Field::Phone));
    let words: Vec<String> = differs
        .into_iter()
        .map(|(field, before, after)| {
            let name = app.pages.say(LANGUAGES[0], &format!("hotline-field-{}", field.word()), &[]);
            match field {
                // No fact tells who reported: it could never be taken out again.
                Field::Caller | Field::Phone => {
                    format!("{name}：{}", app.pages.say(LANGUAGES[0], "hotline-changed-contact", &[]))
                }
                _ => format!("{name}：{before} → {after}"),
            }
        })
        .collect();
    let report = known.report;
    let changed = app.db.write(move |tx: Tx| {
        let (one, known, words) = (one.clone(), known.clone(), words.join("\n"));
        async move {
            store::change_order(&tx, known.id, &one.order, &one.cells, now).await?;
            if has_contact {
                let (name, phone): (Personal, Personal) = (one.order.caller.into(), one.order.phone.into());
                // What its caller has had taken out no file brings back.
                crate::reports::store::change_contact(&tx, known.report, &name, &phone, None, now).await?;
            }
            if let Some(by) = one.order.answer_by
                && crate::reports::store::deadline(&tx, known.report).await?.is_none_or(|held| held.due_at != by)
            {
                keep_deadline(&tx, known.report, &one.order.number, by).await?;
            }
            let body = serde_json::json!({ "words": words });
            record(&tx, known.report, "hotline_changed", false, Some(by), now, body).await
        }
    });
    changed.await.map_err(|error: DbError| Error::Db(error))?;
    app.tell("report", report);
    Ok(())
}

/// `POST /hotline/files/{id}/discard`.
pub(super) async fn discard(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let discarded = app.db.write(move |tx| async move {
        let file = store::load_file(&tx, id).await?;
        waits(&file)?;
        let revision = file.revision + 1;
        let file = File { state: State::Discarded, decider: Some(by), decided_at: Some(now), revision, ..file };
        Ok::<_, Error>(store::save_file(&tx, &file).await?)
    });
    let discarded = discarded.await;
    answered(&app, &visit, id, discarded).await
}

async fn answered(app: &App, visit: &Visit, id: Id, outcome: Result<(), Error>) -> Result<Response, Error> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/hotline/files/{id}")).into_response()),
        Err(Error::Refused(refusal)) => show::draw_file(app, visit, id, Some(&refusal)).await,
        // Somebody else decided or assigned at the same moment: theirs is shown.
        Err(Error::Db(DbError::Stale)) => show::draw_file(app, visit, id, Some(&Refusal::new("imports-decided"))).await,
        Err(error) => Err(error),
    }
}
