//! The answers back: what has ended since the last time, in the source's own columns, kept as it went.

use super::order::Field;
use super::show::{choices, csv, download as as_file, errors, say};
use super::source::{Column, LONGEST_WORD, Mapping, NOTHING, Source};
use super::store::{self, Ended};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::Typed;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use crate::reports::report::Stage;
use crate::timeline;
use axum::extract::{Form, Path, State as Held};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};

/// The media type of Excel's files.
const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The language in which a hotline is answered.
const ANSWERED_IN: &str = LANGUAGES[0];

/// `GET /hotline/sources/{id}`.
pub(super) async fn show(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None, None).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move {
        let source = store::load_source(&tx, id).await?;
        let counts = store::counts(&tx).await?.remove(&id).unwrap_or_default();
        let departments = crate::people::store::departments(&tx).await?;
        Ok::<_, Error>((source, counts, departments, store::answers(&tx, id).await?))
    });
    let (source, [all, running, waiting], departments, answers) = read.await?;
    let mapping = &source.mapping;
    let [classes, owners] = choices(app, visit, &departments);
    let answers: Vec<Value> = answers
        .iter()
        .map(|one| {
            context! {
                id => one.id.to_string(), number => one.number, at => one.made_at.0, by => one.by.as_str(),
                orders => one.orders,
            }
        })
        .collect();
    let held = |name: String, kept: &str| match typed {
        Some(typed) => typed.text(&name).to_owned(),
        None => kept.to_owned(),
    };
    let columns: Vec<Value> = Column::ALL
        .iter()
        .map(|column| {
            let name = format!("answer-{}", column.word());
            context! {
                label => say(app, visit, &format!("hotline-answer-{}", column.word())),
                value => held(name.clone(), mapping.answers.get(column).map_or("", String::as_str)),
                name,
            }
        })
        .collect();
    let words = |all: &std::collections::BTreeMap<String, String>| {
        all.iter().map(|(word, value)| context! { word, value }).collect::<Vec<_>>()
    };
    let assigned: Vec<Value> = mapping
        .columns
        .iter()
        .filter(|(_, heading)| *heading != NOTHING)
        .map(|(field, heading)| {
            context! { label => say(app, visit, &format!("hotline-field-{}", Field::word(*field))), value => heading }
        })
        .collect();
    let context = context! {
        id => id.to_string(), name => source.name.as_str(), revision => source.revision,
        all, running, waiting, answers, columns, classes, owners, assigned,
        categories => words(&mapping.categories), departments => words(&mapping.departments),
        is_echoed => typed.map_or(mapping.is_echoed, |typed| typed.yes("is_echoed")),
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "hotline/source.html", context)?).into_response())
}

/// What the source's form says.
fn changed(mapping: &Mapping, typed: &Typed) -> Result<Mapping, Refusal> {
    let mut mapping = mapping.clone();
    for column in Column::ALL {
        let heading = typed.text(&format!("answer-{}", column.word())).trim().to_owned();
        if heading.chars().count() > LONGEST_WORD {
            let name = format!("answer-{}", column.word());
            return Err(Refusal::new("hotline-heading-long").with("most", LONGEST_WORD).with("name", name).on("main"));
        }
        mapping.answers.insert(*column, heading);
    }
    if mapping.answers.get(&Column::Number).is_none_or(String::is_empty) {
        return Err(Refusal::new("hotline-answer-number-missing").on("answer-number"));
    }
    mapping.is_echoed = typed.yes("is_echoed");
    for (kind, words) in [("category", &mut mapping.categories), ("department", &mut mapping.departments)] {
        let known: Vec<String> = words.keys().cloned().collect();
        for (number, word) in known.into_iter().enumerate() {
            // The form names the word again: another may have come meanwhile.
            if typed.text(&format!("{kind}-word-{number}")) != word {
                continue;
            }
            match typed.text(&format!("{kind}-{number}")) {
                "" => drop(words.remove(&word)),
                value => drop(words.insert(word, value.to_owned())),
            }
        }
    }
    Ok(mapping)
}

/// `POST /hotline/sources/{id}`: the columns of the answers, and what words mean.
pub(super) async fn change(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let typed = Typed::of(pairs);
    let (held, form) = (app.clone(), typed.clone());
    let outcome = app
        .db
        .write(move |tx| {
            let (app, typed) = (held.clone(), form.clone());
            async move {
                let source = store::load_source(&tx, id).await?;
                if typed.text("revision") != source.revision.to_string() {
                    return Err(Error::Db(DbError::Stale));
                }
                let departments = crate::people::store::departments(&tx).await?;
                let mut mapping = changed(&source.mapping, &typed)?;
                let choices = crate::reports::everyday::names(&app, ANSWERED_IN);
                mapping.categories.retain(|_, value| value == NOTHING || choices.iter().any(|one| one.value == *value));
                mapping
                    .departments
                    .retain(|_, value| value == NOTHING || departments.iter().any(|one| one.code == *value));
                if mapping != source.mapping {
                    store::save_source(&tx, &source.with(mapping), by, now).await?;
                }
                Ok(())
            }
        })
        .await;
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/hotline/sources/{id}")).into_response()),
        Err(Error::Refused(refusal)) => draw(&app, &visit, id, Some(&typed), Some(&refusal)).await,
        Err(Error::Db(DbError::Stale)) => {
            draw(&app, &visit, id, Some(&typed), Some(&Refusal::new("hotline-source-changed"))).await
        }
        Err(error) => Err(error),
    }
}

/// What was said about a report's end by whoever ended it: the note of its last end, else the last note of the work.
async fn said_of(tx: &Tx, report: Id) -> Result<String, DbError> {
    let lines = timeline::store::history(tx, "report", report, false).await?;
    let note = |line: &timeline::store::Line| {
        let text = line.body.get("note").and_then(serde_json::Value::as_str).unwrap_or_default();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let end = lines.iter().rev().find(|line| Stage::after(&line.kind).is_some_and(Stage::is_ended)).and_then(note);
    let work = || {
        lines
            .iter()
            .rev()
            .filter(|line| line.kind.starts_with("case_") || line.kind.starts_with("work_"))
            .find_map(note)
    };
    Ok(end.or_else(work).unwrap_or_default())
}

/// A row of the answer.
fn row(app: &App, source: &Source, order: &Ended, words: &str, echoed: &[String]) -> Vec<String> {
    let zone = app.city.zone();
    let at = |moment: Moment| moment.zoned(&zone).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let says = |key: &str| app.pages.say(ANSWERED_IN, key, &[]);
    let own =
        |name: &String| order.cells.iter().find(|(heading, _)| heading == name).map_or("", |(_, text)| text.as_str());
    let mut cells: Vec<String> = echoed.iter().map(|name| own(name).to_owned()).collect();
    for column in Column::ALL {
        if source.mapping.answers.get(column).is_none_or(String::is_empty) {
            continue;
        }
        cells.push(match column {
            Column::Number => order.number.clone(),
            Column::Result => says(&format!("hotline-result-{}", order.stage)),
            Column::Words => words.to_owned(),
            Column::Department => {
                source.mapping.word_of(&order.department_code).unwrap_or(&order.department).to_owned()
            }
            Column::Closed => at(order.closed_at),
            Column::InTime => match order.due_at {
                None => String::new(),
                Some(due) if order.closed_at <= due => says("hotline-yes"),
                Some(_) => says("hotline-no"),
            },
            Column::Satisfied => order.satisfaction.map(|stars| stars.to_string()).unwrap_or_default(),
            Column::Case => order.case_number.clone(),
        });
    }
    cells
}

/// `POST /hotline/sources/{id}/answers`: everything of this source that has ended and was not answered.
pub(super) async fn answer(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now, held) = (visit.actor()?.account, app.clock.now(), app.clone());
    let made = app
        .db
        .write(move |tx| {
            let app = held.clone();
            async move {
                let source = store::load_source(&tx, id).await?;
                let ended = store::ended(&tx, id).await?;
                if ended.is_empty() {
                    return Err(Error::Refused(Refusal::new("hotline-nothing-to-answer")));
                }
                // The order's own columns, all that any of these orders has, in the order of the first that has them.
                let mut echoed: Vec<String> = Vec::new();
                if source.mapping.is_echoed {
                    for (name, _) in ended.iter().flat_map(|order| &order.cells) {
                        if !echoed.contains(name) {
                            echoed.push(name.clone());
                        }
                    }
                }
                let names = Column::ALL.iter().filter_map(|column| source.mapping.answers.get(column));
                let head: Vec<String> =
                    echoed.iter().cloned().chain(names.filter(|name| !name.is_empty()).cloned()).collect();
                let mut rows = Vec::new();
                for order in ended {
                    let words = said_of(&tx, order.report).await?;
                    let cells = row(&app, &source, &order, &words, &echoed);
                    rows.push((order, cells));
                }
                Ok(store::add_answer(&tx, &source, &head, &rows, by, now).await?)
            }
        })
        .await;
    match made {
        Ok(_) => Ok(Redirect::to(&format!("/hotline/sources/{id}")).into_response()),
        Err(Error::Refused(refusal)) => draw(&app, &visit, id, None, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

/// `GET /hotline/answers/{id}/{format}`: `xlsx`, `csv` or `json`, the same whenever it is asked for.
pub(super) async fn download(
    Held(app): Held<App>,
    _: Visit,
    Path((id, format)): Path<(Id, String)>,
) -> Result<Response, Error> {
    let (answer, rows) = app.db.read(move |tx| async move { store::load_answer(&tx, id).await }).await?;
    let name = format!("answers-{}-{}.{format}", answer.source, answer.number);
    match format.as_str() {
        "csv" => {
            let mut all = vec![answer.head];
            all.extend(rows);
            Ok(as_file(&name, "text/csv; charset=utf-8", csv(&all)?))
        }
        "xlsx" => {
            let broken = |error: rust_xlsxwriter::XlsxError| Error::Internal(error.to_string());
            let mut book = rust_xlsxwriter::Workbook::new();
            let sheet = book.add_worksheet();
            for (row, cells) in (0_u32..).zip([answer.head].iter().chain(&rows)) {
                for (column, cell) in (0_u16..).zip(cells) {
                    // Numbers of orders are words: a spreadsheet would forget their last digits. Nothing is a formula.
                    sheet.write_string(row, column, cell).map_err(broken)?;
                }
            }
            sheet.autofit();
            Ok(as_file(&name, EXCEL, book.save_to_buffer().map_err(broken)?))
        }
        "json" => {
            let object = |cells: &Vec<String>| -> serde_json::Map<String, serde_json::Value> {
                answer.head.iter().cloned().zip(cells.iter().map(|cell| cell.as_str().into())).collect()
            };
            let all: Vec<_> = rows.iter().map(object).collect();
            let bytes = serde_json::to_vec_pretty(&all).map_err(|error| Error::Internal(error.to_string()))?;
            Ok(as_file(&name, "application/json", bytes))
        }
        _ => Err(Error::NotFound),
    }
}
