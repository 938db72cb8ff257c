//! A roster leaves as a spreadsheet and comes back as one: it is looked at first, and takes effect when somebody says so.

use super::forms::Typed;
use super::shift::{Month, Shift, Wrong, conflicts};
use super::store::Sheet;
use super::view::Lens;
use super::{errors, refusal_in, rosters, sheet, store, tabs};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::words::LANGUAGES;
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use minijinja::{Value, context};
use std::collections::{BTreeMap, BTreeSet};

/// How many rows of each kind the page shows.
const SHOWN: usize = 200;

/// `GET /duty/rosters/{id}/{month}/roster.xlsx`.
pub(super) async fn export(
    State(app): State<App>,
    visit: Visit,
    Path((id, month)): Path<(Id, String)>,
) -> Result<Response, Error> {
    let month = Month::parse(&month).ok_or(Error::NotFound)?;
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let read = app.db.read(move |tx| async move {
        store::roster(&tx, id).await?;
        let state = store::month(&tx, id, month).await?;
        Ok::<_, Error>((store::staff(&tx).await?, state, store::shifts_of_month(&tx, id, month).await?))
    });
    let (staff, state, shifts) = read.await?;
    if !state.is_some_and(|(is_published, _)| is_published) && !actor.may(Act::KeepRoster) {
        return Err(Error::NotFound);
    }
    let lens = Lens::new(&app, visit.lang, &staff, actor.account, now);
    let heading = |code: &str| lens.say(&format!("duty-column-{}", code.replace('_', "-")), &[]);
    let bytes = sheet::write(&shifts, &staff, &lens.zone, heading, |day| lens.weekday(day))?;
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"roster-{id}-{month}.xlsx\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// The names of the columns in every language, in lower case, and their codes.
fn columns(app: &App) -> BTreeMap<String, &'static str> {
    let mut columns = BTreeMap::new();
    for code in sheet::COLUMNS {
        columns.insert(code.to_owned(), code);
        for lang in LANGUAGES {
            let name = app.pages.say(lang, &format!("duty-column-{}", code.replace('_', "-")), &[]);
            columns.insert(name.to_lowercase(), code);
        }
    }
    columns
}

/// `POST /duty/rosters/{id}/sheets`: looks at a spreadsheet.
pub(super) async fn bring(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    request: Request,
) -> Result<Response, Error> {
    match look(&app, &visit, id, request).await {
        Ok(sheet) => Ok(Redirect::to(&format!("/duty/sheets/{sheet}")).into_response()),
        Err(error) => rosters::draw(&app, &visit, Some(id), Typed::default(), Some(&refusal_in(error)?)).await,
    }
}

async fn look(app: &App, visit: &Visit, id: Id, request: Request) -> Result<Id, Error> {
    let broken = |_| Refusal::new("duty-sheet-unreadable").on("file");
    let mut parts =
        Multipart::from_request(request, &()).await.map_err(|_| Refusal::new("duty-sheet-unreadable").on("file"))?;
    let (mut name, mut bytes) = (String::new(), None);
    while let Some(mut part) = parts.next_field().await.map_err(broken)? {
        if part.name() != Some("file") {
            continue;
        }
        name = part.file_name().unwrap_or_default().chars().filter(|sign| !sign.is_control()).take(120).collect();
        let mut read = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(broken)? {
            read.extend_from_slice(&chunk);
            if read.len() > sheet::LARGEST {
                let refusal = Refusal::new("duty-sheet-too-large").with("kilobytes", sheet::LARGEST >> 10);
                return Err(refusal.on("file").into());
            }
        }
        bytes = Some(read);
    }
    let bytes = bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(|| Refusal::new("duty-sheet-missing").on("file"))?;
    let read = app.db.read(move |tx| async move {
        store::roster(&tx, id).await?;
        Ok::<_, Error>(store::staff(&tx).await?)
    });
    let (staff, columns) = (read.await?, columns(app));
    let found = tokio::task::spawn_blocking(move || sheet::read(&bytes, &staff, &columns));
    let found = found.await.map_err(|error| Error::Internal(error.to_string()))?;
    if let Some(whole) = found.faults.iter().find(|fault| fault.row == 0) {
        return Err(whole_file(whole).into());
    }
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let sheet = Sheet { id: id::fresh(), roster: id, name, found, state: "waiting".into(), revision: 1 };
    let made = sheet.id;
    app.db.write(move |tx| async move { Ok::<_, Error>(store::add_sheet(&tx, &sheet, by, now).await?) }).await?;
    Ok(made)
}

/// What is wrong with a file as a whole.
fn whole_file(fault: &sheet::Fault) -> Refusal {
    let key = match fault.key.as_str() {
        "duty-sheet-empty" => "duty-sheet-empty",
        "duty-sheet-no-header" => "duty-sheet-no-header",
        "duty-sheet-long" => return Refusal::new("duty-sheet-long").with("most", sheet::MOST_ROWS).on("file"),
        _ => "duty-sheet-unreadable",
    };
    Refusal::new(key).on("file")
}

/// `GET /duty/sheets/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None).await
}

fn shifts_of(sheet: &Sheet, zone: &TimeZone) -> Vec<Shift> {
    let mut next = 0;
    sheet::shifts(&sheet.found.lines, sheet.roster, zone, || {
        next += 1;
        next
    })
}

/// The months that a spreadsheet speaks of.
fn months(shifts: &[Shift]) -> BTreeSet<Month> {
    shifts.iter().map(Shift::month).collect()
}

async fn draw(app: &App, visit: &Visit, id: Id, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (me, now, zone) = (visit.actor()?.account, app.clock.now(), app.city.zone());
    let read = app.db.read(move |tx| async move {
        let sheet = store::sheet(&tx, id).await?;
        let roster = store::roster(&tx, sheet.roster).await?;
        let shifts = shifts_of(&sheet, &zone);
        let mut touched = Vec::new();
        for month in months(&shifts) {
            touched.push((month, store::month(&tx, sheet.roster, month).await?));
        }
        Ok::<_, Error>((store::staff(&tx).await?, sheet, roster, shifts, touched))
    });
    let (staff, sheet, roster, shifts, touched) = read.await?;
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let found = conflicts(&shifts, app.duty.rest);
    let (doubtful, bad): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.wrong == Wrong::Tired);
    let sentences = |list: &[super::shift::Conflict]| -> Vec<String> {
        list.iter().take(SHOWN).map(|one| lens.conflict(one, &shifts)).collect()
    };
    let fault = |fault: &sheet::Fault| {
        let args: Vec<(&str, String)> = fault.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        context! { row => fault.row, text => lens.say(&fault.key, &args) }
    };
    let row = |(line, shift): (&sheet::Line, &Shift)| context! { row => line.row, shift => lens.shift(shift), line => lens.line(shift) };
    let page = context! {
        tabs => tabs(app, visit, "/duty/rosters")?,
        id => sheet.id.to_string(),
        name => sheet.name.as_str(),
        roster => roster.name.as_str(),
        roster_id => roster.id.to_string(),
        state => sheet.state.as_str(),
        good => sheet.found.lines.len(),
        faulty => sheet.found.faults.len(),
        rows => sheet.found.lines.iter().zip(&shifts).take(SHOWN).map(row).collect::<Vec<_>>(),
        faults => sheet.found.faults.iter().take(SHOWN).map(fault).collect::<Vec<Value>>(),
        bad => sentences(&bad),
        doubtful => sentences(&doubtful),
        months => touched.iter().map(|(month, state)| context! {
            month => month.to_string(), is_published => state.is_some_and(|(is_published, _)| is_published), is_new => state.is_none(),
        }).collect::<Vec<_>>(),
        may_keep => sheet.state == "waiting" && !shifts.is_empty() && !touched.iter().any(|(_, state)| state.is_some_and(|(is_published, _)| is_published)),
        is_published => touched.iter().any(|(_, state)| state.is_some_and(|(is_published, _)| is_published)),
        shown => SHOWN,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/sheet.html", page)?).into_response())
}

/// `POST /duty/sheets/{id}/keep`: the drafts of its months become what the good rows say.
pub(super) async fn keep(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now, zone) = (visit.actor()?.account, app.clock.now(), app.city.zone());
    let outcome = app.db.write(move |tx| async move {
        let sheet = store::sheet(&tx, id).await?;
        if sheet.state == "kept" {
            return Ok((sheet.roster, months(&shifts_of(&sheet, &zone))));
        }
        store::decide_sheet(&tx, &sheet, "kept").await?;
        let shifts = sheet::shifts(&sheet.found.lines, sheet.roster, &zone, id::fresh);
        let months = months(&shifts);
        for month in &months {
            store::touch_draft(&tx, sheet.roster, *month).await?;
            store::clear_draft(&tx, sheet.roster, month.first(), month.last()).await?;
            let body = serde_json::json!({ "month": month.to_string(), "sheet": id.to_string(), "file": sheet.name });
            store::record(&tx, "roster", sheet.roster, "month_imported", Some(by), now, body).await?;
        }
        for shift in &shifts {
            store::add_shift(&tx, shift, now).await?;
        }
        Ok::<_, Error>((sheet.roster, months))
    });
    match outcome.await {
        Ok((roster, months)) => {
            app.tell("duty", roster);
            let month = months.first().map_or_else(String::new, ToString::to_string);
            Ok(Redirect::to(&format!("/duty/rosters/{roster}/{month}")).into_response())
        }
        Err(error) => draw(&app, &visit, id, Some(&refusal_in(error)?)).await,
    }
}

/// `POST /duty/sheets/{id}/discard`.
pub(super) async fn discard(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let outcome = app.db.write(move |tx| async move {
        let sheet = store::sheet(&tx, id).await?;
        store::decide_sheet(&tx, &sheet, "discarded").await?;
        let body = serde_json::json!({ "sheet": id.to_string(), "file": sheet.name });
        store::record(&tx, "roster", sheet.roster, "sheet_discarded", Some(by), now, body).await?;
        Ok::<_, Error>(sheet.roster)
    });
    match outcome.await {
        Ok(roster) => Ok(Redirect::to(&format!("/duty/rosters/{roster}")).into_response()),
        Err(error) => draw(&app, &visit, id, Some(&refusal_in(error)?)).await,
    }
}
