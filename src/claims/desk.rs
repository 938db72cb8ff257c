//! The list of those who answer, one of them with its steps, and all of them as a file that names nobody.

use super::claim::{Act, Claim, Outcome, Stage, act};
use super::own::term;
use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::kit::sheets::Csv;
use crate::law::Certainty;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;

/// The longest note and answer, in characters.
const NOTE: usize = 500;
const ANSWER: usize = 4000;

/// What the list's address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    after: String,
}

impl Asked {
    fn is_ended(&self) -> bool {
        self.show == "ended"
    }

    /// After which moment and identifier the page begins.
    fn after(&self) -> Option<(i64, Id)> {
        let (at, id) = self.after.split_once('.')?;
        Some((at.parse().ok()?, id.parse().ok()?))
    }

    fn address(&self, after: &str) -> String {
        let asked = [("show", &self.show), ("after", &after.to_owned())];
        crate::kit::paging::address("/claims", &asked)
    }
}

/// `GET /claims`: what is open, the most pressing first; or what is over.
pub(super) async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let (now, is_ended, after) = (app.clock.now(), asked.is_ended(), asked.after());
    let read = app.db.read(move |tx| async move {
        let page = match is_ended {
            true => store::ended(&tx, after.unwrap_or((i64::MAX, i64::MAX))).await?,
            false => store::open(&tx, after.unwrap_or((i64::MIN, i64::MIN))).await?,
        };
        Ok::<_, DbError>((page, store::count(&tx, now).await?))
    });
    let (page, (open, late)) = read.await.map_err(Error::Db)?;
    let said = |text: &Personal| text.or_said(|key, args| app.pages.say(visit.lang, key, args));
    let rows = page.rows.iter().map(|one| {
        context! {
            id => one.id.to_string(), kind => one.kind.word(), stage => one.stage.word(), name => said(&one.name),
            outcome => one.outcome.map(Outcome::word), received_at => one.received_at.0, due_at => one.due_at.0,
            ended_at => one.ended_at.map(|at| at.0), urgency => one.urgency(now), is_gone => one.gone_at.is_some(),
        }
    });
    let html = context! {
        rows => rows.collect::<Vec<_>>(), open, late, is_ended,
        term => term(&app, visit.lang, &app.claims.term()), source => app.claims.source.as_str(),
        is_to_check => app.claims.certainty == Certainty::CheckLocally,
        older => page.next.map(|next| asked.address(&next)).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address("") },
    };
    let html = app.page(&visit, "claims/list.html", html)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `GET /claims/list.csv`: what was asked for, when, and what came of it. No name and no word of anybody stands in it.
pub(super) async fn csv(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let (now, zone) = (app.clock.now(), app.city.zone());
    let all = app.db.read(move |tx| async move { store::all(&tx).await }).await;
    let all: Vec<Claim> = all.map_err(|error: DbError| Error::Db(error))?;
    let say = |key: String| app.pages.say(visit.lang, &key, &[]);
    let moment = |at: Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string();
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    // The mark by which spreadsheets know the writing.
    let mut file = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let columns =
        ["number", "kind", "received", "term", "due", "stage", "checked", "ended", "outcome", "in-time", "gone"];
    file.write_record(columns.map(|column| say(format!("claims-column-{column}")))).map_err(broken)?;
    for one in &all {
        let in_time = if one.is_late(now) { "claims-no" } else { "claims-yes" };
        let line = [
            one.id.to_string(),
            say(format!("claims-kind-{}", one.kind.word())),
            moment(one.received_at),
            term(&app, visit.lang, &one.term),
            moment(one.due_at),
            say(format!("claims-stage-{}", one.stage.word())),
            one.checked.map(|(at, _)| moment(at)).unwrap_or_default(),
            one.ended_at.map(moment).unwrap_or_default(),
            one.outcome.map(|outcome| say(format!("claims-outcome-{}", outcome.word()))).unwrap_or_default(),
            say(in_time.to_owned()),
            one.gone_at.map(moment).unwrap_or_default(),
        ];
        file.write_record(line).map_err(broken)?;
    }
    let bytes = file.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"claims.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

fn check_fields() -> Vec<Field> {
    vec![Field::new("how", "claims-how", Ask::Text(NOTE)).hint("claims-how-hint")]
}

fn answer_fields(app: &App, visit: &Visit, one: &Claim) -> Vec<Field> {
    let say = |key: String| app.pages.say(visit.lang, &key, &[]);
    // Before it is known who asks, what is a person's can only be refused.
    let is_open = !one.kind.needs_proof() || one.checked.is_some();
    let outcomes = Outcome::ALL.iter().filter(|outcome| is_open || **outcome == Outcome::Refused);
    let outcomes =
        outcomes.map(|outcome| Choice::new(outcome.word(), say(format!("claims-outcome-{}", outcome.word()))));
    vec![
        Field::new("outcome", "claims-outcome", Ask::Radio(outcomes.collect())),
        Field::new("answer", "claims-answer", Ask::Text(ANSWER)).hint("claims-answer-hint"),
        Field::new("remedy", "claims-remedy", Ask::Text(NOTE))
            .optional()
            .hint("claims-remedy-hint")
            .given(say("claims-remedy-given".to_owned())),
        Field::new("done", "claims-done", Ask::Text(ANSWER)).optional().hint("claims-done-hint"),
    ]
}

/// `GET /claims/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None).await
}

/// The page of one; `again` is the form that was refused, what was typed, and why.
async fn draw(
    app: &App,
    visit: &Visit,
    id: Id,
    again: Option<(&'static str, &Typed, &Refusal)>,
) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move {
        let one = store::load(&tx, id).await?;
        let history = store::history(&tx, id).await?;
        Ok::<_, Error>((one, history))
    });
    let (one, history) = read.await?;
    let now = app.clock.now();
    let said = |text: &Personal| text.or_said(|key, args| app.pages.say(visit.lang, key, args));
    let of = |form: &str| again.filter(|(name, ..)| *name == form).map(|(_, typed, refusal)| (typed, refusal));
    let drawn = |form: &str, fields: &[Field]| {
        let (typed, refusal) = of(form).unzip();
        (app.fields(visit, fields, typed, refusal), app.field_errors(visit, fields, typed, refusal))
    };
    let (checking, answering) = (check_fields(), answer_fields(app, visit, &one));
    let ((check_form, mut errors), (answer_form, others)) = (drawn("check", &checking), drawn("answer", &answering));
    errors.extend(others);
    let happened: Vec<Value> = history
        .iter()
        .map(|(kind, at, by)| {
            let title = app.pages.say(visit.lang, &format!("claims-happened-{kind}"), &[]);
            context! { at => at.0, title, by => by.as_deref().unwrap_or_default(), icon => icon(kind) }
        })
        .collect();
    let html = context! {
        id => id.to_string(), revision => one.revision, kind => one.kind.word(), stage => one.stage.word(),
        outcome => one.outcome.map(Outcome::word), needs_proof => one.kind.needs_proof(),
        name => said(&one.name), reach => said(&one.reach), about => said(&one.about), proof => said(&one.proof),
        how => said(&one.how), answer => said(&one.answer), remedy => said(&one.remedy), done => said(&one.done),
        received_at => one.received_at.0, due_at => one.due_at.0, urgency => one.urgency(now),
        ended_at => one.ended_at.map(|at| at.0), gone_at => one.gone_at.map(|at| at.0),
        term => term(app, visit.lang, &one.term), source => one.source.as_str(),
        may_check => one.stage == Stage::Received, may_answer => one.ended_at.is_none(),
        check_form, answer_form, errors, happened,
    };
    let status = if again.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "claims/show.html", html)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "received" => "inbox",
        "checked" => "user",
        "answered" => "send",
        _ => "back",
    }
}

/// `POST /claims/{id}/check`: it was checked who asks.
pub(super) async fn check(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let read = typed.needed("how", NOTE).map(|how| Act::Check { how });
    carry_out(&app, &visit, id, "check", &typed, read).await
}

/// `POST /claims/{id}/answer`.
pub(super) async fn answer(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let read = || -> Result<Act, Refusal> {
        Ok(Act::Answer {
            outcome: typed.choice("outcome", Outcome::parse)?,
            answer: typed.needed("answer", ANSWER)?,
            remedy: typed.words("remedy", NOTE)?,
            done: typed.words("done", ANSWER)?,
        })
    };
    carry_out(&app, &visit, id, "answer", &typed, read()).await
}

async fn carry_out(
    app: &App,
    visit: &Visit,
    id: Id,
    form: &'static str,
    typed: &Typed,
    wanted: Result<Act, Refusal>,
) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let seen: Option<i64> = typed.text("revision").parse().ok();
    let done = match wanted {
        Err(refusal) => Err(Error::Refused(refusal)),
        Ok(wanted) => {
            let written = app.db.write(move |tx| {
                let wanted = wanted.clone();
                async move {
                    let one = store::load(&tx, id).await?;
                    if one.has_taken(&wanted) {
                        return Ok(());
                    }
                    if seen.is_some_and(|seen| seen != one.revision) {
                        return Err(Refusal::new("claims-refusal-moved-on").into());
                    }
                    let (after, happened) = act(&one, &wanted, Some(by), now)?;
                    store::save(&tx, &after, one.revision, &happened, Some(by), now).await?;
                    Ok::<_, Error>(())
                }
            });
            written.await
        }
    };
    match done {
        Ok(()) => {
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/claims/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw(app, visit, id, Some((form, typed, &refusal))).await,
        Err(error) => Err(error),
    }
}
