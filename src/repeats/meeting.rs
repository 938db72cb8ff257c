//! The meeting about a month's list (研判会): item after item, what is to be done, by whom, until when. It may be changed until the
//! meeting is closed; then the decisions take effect and stay as they are.

use super::doing::{apply, when};
use super::month::Month;
use super::months::{Drawing, month, rules_of};
use super::repeat::RepeatAct;
use super::review::{Decision, Measure, Minutes, Review, judge};
use super::store::{self, Decided, ItemFilter, Scope};
use super::view;
use crate::app::App;
use crate::cases::store::Choice;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::act::{Act, Post};
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// How many reports of an item the meeting reads.
const READ: usize = 12;
/// The most decisions that take effect in one meeting.
const MOST_DECISIONS: usize = 2_000;

type Typed = BTreeMap<String, String>;

/// What an address says besides the item.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
    from: i64,
}

async fn review(tx: &Tx, month: Month) -> Result<Review, Error> {
    store::find_review(tx, month).await?.ok_or(Error::NotFound)
}

/// `GET /repeats/months/{month}/meeting`: the items with what was decided, the head of the minutes, and the closing.
///
/// # Errors
/// [`Error::NotFound`] for a month without a list; when the database fails.
pub async fn overview(
    State(app): State<App>,
    visit: Visit,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    draw_overview(&app, &visit, month(&text)?, None, &[], &asked).await
}

async fn draw_overview(
    app: &App,
    visit: &Visit,
    month: Month,
    typed: Option<&Typed>,
    refusals: &[Refusal],
    asked: &Asked,
) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let read = app.db.read(move |tx| async move {
        let review = review(&tx, month).await?;
        let items = store::items(&tx, month, &ItemFilter::default(), super::months::MOST_ITEMS).await?;
        let decided = store::decisions_of_month(&tx, month).await?;
        let departments = crate::people::store::departments(&tx).await?;
        let closed_by = review.closed.and_then(|(_, by)| by);
        let name = crate::people::store::name_of(&tx, closed_by).await?;
        Ok::<_, Error>((review, items, decided, departments, name))
    });
    let (review, mut items, decided, departments, closed_by) = read.await?;
    items.sort_by_key(|(item, _)| item.position);
    let decided: HashMap<Id, Decided> = decided.into_iter().map(|one| (one.repeat, one)).collect();
    let rules = rules_of(&review);
    let drawing = Drawing { app, lang: visit.lang, month, departments: &departments, decided: &decided, rules: &rules };
    let rows: Vec<_> = items.into_iter().map(|(item, standing)| drawing.row(item, standing, None)).collect();
    let first_open = rows.iter().find(|row| row.decided.is_none()).map(|row| row.item.position);
    let minutes = &review.minutes;
    let value =
        |field: &str, kept: &str| typed.and_then(|typed| typed.get(field)).cloned().unwrap_or_else(|| kept.to_owned());
    let held_on = minutes.held_on.map(|day| day.to_string()).unwrap_or_default();
    let context = context! {
        month => month.to_string(), review => Serde(&review), closed_at => review.closed.map(|(at, _)| at.0), closed_by,
        open_count => rows.len() - decided.len().min(rows.len()),
        decided_count => decided.len(),
        rows => Serde(rows),
        first_open,
        held_on => value("held_on", &held_on), chair => value("chair", &minutes.chair),
        present => value("present", &minutes.present), notes => value("notes", &minutes.notes),
        today => when(app, app.clock.now()).on.to_string(),
        errors => Serde(view::wrongs(app, visit, refusals)),
        done => asked.done.as_str(),
        may_review => actor.may(Act::ReviewRepeats),
    };
    let status = if refusals.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, app.page(visit, "repeats/meeting.html", context)?).into_response())
}

/// `POST /repeats/months/{month}/meeting`: the head of the minutes.
///
/// # Errors
/// [`Error::NotFound`] for a month without a list; when the database fails.
pub async fn keep_minutes(
    State(app): State<App>,
    visit: Visit,
    Path(text): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let month = month(&text)?;
    let now = when(&app, app.clock.now());
    let by = visit.actor()?.account;
    let minutes = match Minutes::judge(&typed, now.on, month) {
        Ok(minutes) => minutes,
        Err(refusals) => return draw_overview(&app, &visit, month, Some(&typed), &refusals, &Asked::default()).await,
    };
    let is_closing = typed.contains_key("close");
    let seen: Option<i64> = typed.get("revision").and_then(|revision| revision.parse().ok());
    let kept = app.db.write(move |tx| {
        let minutes = minutes.clone();
        async move {
            let mut review = review(&tx, month).await?;
            review.must_be_open()?;
            let before = review.revision;
            if seen.is_some_and(|seen| seen != before) {
                return Err(Refusal::new("repeats-refusal-minutes-moved-on").into());
            }
            review.minutes = minutes;
            review.revision += 1;
            store::save_review(&tx, &review, before).await?;
            let body = serde_json::json!({ "month": review.month, "minutes": review.minutes });
            store::record_of(&tx, "repeat_review", review.id, "repeat_minutes_kept", Some(by), now.at, body).await?;
            Ok::<_, Error>(())
        }
    });
    match kept.await {
        Ok(()) if is_closing => close_now(&app, &visit, month).await,
        Ok(()) => Ok(Redirect::to(&format!("/repeats/months/{month}/meeting?done=minutes")).into_response()),
        Err(Error::Refused(refusal)) => {
            draw_overview(&app, &visit, month, Some(&typed), &[refusal], &Asked::default()).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /repeats/months/{month}/meeting/close`: the meeting ends, its decisions take effect.
///
/// # Errors
/// [`Error::NotFound`] for a month without a list; when the database fails.
pub async fn close(State(app): State<App>, visit: Visit, Path(text): Path<String>) -> Result<Response, Error> {
    close_now(&app, &visit, month(&text)?).await
}

async fn close_now(app: &App, visit: &Visit, month: Month) -> Result<Response, Error> {
    let by = visit.actor()?.account;
    let (held, now) = (app.clone(), when(app, app.clock.now()));
    let closed = app.db.write(move |tx| {
        let held = held.clone();
        async move {
            let review = review(&tx, month).await?;
            let before = review.revision;
            let review = review.close(now.at, by)?;
            let decided = store::decisions_of_month(&tx, month).await?;
            if decided.is_empty() && review.items > 0 {
                return Err(Refusal::new("repeats-refusal-nothing-decided").into());
            }
            store::save_review(&tx, &review, before).await?;
            let decisions: Vec<_> = decided
                .iter()
                .map(|one| serde_json::json!({ "repeat": one.repeat.to_string(), "decision": one.decision }))
                .collect();
            let body = serde_json::json!({ "month": review.month, "minutes": review.minutes, "decisions": decisions });
            store::record_of(&tx, "repeat_review", review.id, "repeat_meeting_closed", Some(by), now.at, body).await?;
            let mut changed = Vec::new();
            for one in decided.into_iter().take(MOST_DECISIONS) {
                let repeat = store::load(&tx, one.repeat, Scope::All).await?;
                let body =
                    serde_json::json!({ "month": review.month, "decision": one.decision, "words": one.decision.words });
                apply(&held, &tx, repeat, &RepeatAct::Decide(one.decision), now, Some(by), body).await?;
                changed.push(one.repeat);
            }
            Ok::<_, Error>(changed)
        }
    });
    match closed.await {
        Ok(changed) => {
            for repeat in changed {
                app.tell("repeat", repeat);
            }
            Ok(Redirect::to(&format!("/repeats/months/{month}/meeting?done=closed")).into_response())
        }
        Err(Error::Refused(refusal)) => draw_overview(app, visit, month, None, &[refusal], &Asked::default()).await,
        Err(error) => Err(error),
    }
}

/// `GET /repeats/months/{month}/meeting/{position}`: one item, with the form for what is decided.
///
/// # Errors
/// [`Error::NotFound`] when the list has no such item; when the database fails.
pub async fn item(
    State(app): State<App>,
    visit: Visit,
    Path((text, position)): Path<(String, i64)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    draw_item(&app, &visit, month(&text)?, position, None, &[], &asked).await
}

/// Departments that somebody answers for, and leaders.
async fn choices(tx: &Tx, lang: &str) -> Result<(Vec<Choice>, Vec<Choice>), DbError> {
    let departments = crate::whistles::store::callable(tx).await?;
    let departments =
        departments.iter().map(|one| Choice { value: one.id.to_string(), label: one.name(lang).to_owned() }).collect();
    let mut leaders = crate::cases::store::people(tx, Post::Leader, None).await?;
    leaders.extend(crate::cases::store::people(tx, Post::ShiftLeader, None).await?);
    Ok((departments, leaders))
}

async fn draw_item(
    app: &App,
    visit: &Visit,
    month: Month,
    position: i64,
    typed: Option<&Typed>,
    refusals: &[Refusal],
    asked: &Asked,
) -> Result<Response, Error> {
    let (actor, lang) = (visit.actor()?.clone(), visit.lang);
    let read = app.db.read(move |tx| async move {
        let review = review(&tx, month).await?;
        let (item, standing) = store::item_at(&tx, month, position).await?.ok_or(Error::NotFound)?;
        let repeat = store::load(&tx, item.repeat, Scope::All).await?;
        let members = store::members(&tx, item.repeat, Scope::All, None, READ).await?;
        let trends = store::trends(&tx, &[item.repeat], view::trend_begins(month)).await?;
        let decisions = store::decisions_of(&tx, item.repeat, false).await?;
        let departments = crate::people::store::departments(&tx).await?;
        let (choosable, leaders) = choices(&tx, lang).await?;
        let said = store::last_words(&tx, item.repeat, crate::kit::clock::Moment(0)).await?;
        Ok::<_, Error>((
            review,
            item,
            standing,
            repeat,
            members,
            trends,
            decisions,
            departments,
            choosable,
            leaders,
            said,
        ))
    });
    let (review, item, standing, repeat, members, trends, decisions, departments, choosable, leaders, said) =
        read.await?;
    let rules = rules_of(&review);
    let (own, earlier): (Vec<Decided>, Vec<Decided>) =
        decisions.into_iter().partition(|decided| decided.month == month.to_string());
    let own = own.into_iter().next();
    let decided: HashMap<Id, Decided> = own.clone().map(|one| (one.repeat, one)).into_iter().collect();
    let drawing = Drawing { app, lang, month, departments: &departments, decided: &decided, rules: &rules };
    let pins = view::pins(&repeat, &members);
    let suggested = item.department;
    let trend = trends.get(&item.repeat).cloned();
    let count = review.items;
    let row = drawing.row(item, standing, trend.as_ref());
    let now = when(app, app.clock.now());
    let decision = own.as_ref().map(|one| &one.decision);
    let value = |field: &str, kept: Option<String>| {
        typed.and_then(|typed| typed.get(field)).cloned().or(kept).unwrap_or_default()
    };
    // The same trouble again has the same department until somebody says otherwise.
    let department = decision.map(|one| one.department).or(suggested).map(|id| id.to_string());
    let measures: Vec<Choice> = Measure::ALL
        .iter()
        .map(|measure| Choice {
            value: measure.word().to_owned(),
            label: view::say(app, visit, &format!("repeats-measure-{}", measure.word()), &[]),
        })
        .collect();
    let earlier: Vec<_> = earlier
        .iter()
        .filter(|one| one.is_final)
        .map(|one| {
            context! {
                month => one.month.as_str(), words => one.decision.words.as_str(), measure => one.decision.measure.word(),
                department => view::department(&departments, lang, Some(one.decision.department)),
                due_on => one.decision.due_on.to_string(),
            }
        })
        .collect();
    let context = context! {
        month => month.to_string(), review => Serde(&review), closed_at => review.closed.map(|(at, _)| at.0),
        position, count,
        previous => (position > 1).then_some(position - 1), next => (position < count).then_some(position + 1),
        row => Serde(&row), earlier,
        members => Serde(&members),
        is_late => repeat.is_late(now.on),
        lon => repeat.place.lon, lat => repeat.place.lat, pins,
        said => said.map(|(kind, words, at)| context! { kind => kind.replace('_', "-"), words, at => at.0 }),
        words => value("words", decision.map(|one| one.words.clone())),
        measure => value("measure", decision.map(|one| one.measure.word().to_owned())),
        department => value("department", department),
        leader => value("leader", decision.and_then(|one| one.leader).map(|id| id.to_string())),
        due_on => value("due_on", decision.map(|one| one.due_on.to_string())),
        // What was written for a meeting that is closed is not lost.
        orphaned => typed.filter(|_| review.closed.is_some()).and_then(|typed| typed.get("words")).cloned().unwrap_or_default(),
        is_decided => own.is_some(), revision => review.revision,
        departments => Serde(choosable), leaders => Serde(leaders), measures => Serde(measures),
        today => now.on.to_string(),
        errors => Serde(view::wrongs(app, visit, refusals)),
        done => asked.done.as_str(), from => asked.from,
        may_review => actor.may(Act::ReviewRepeats) && review.closed.is_none(),
    };
    let status = if refusals.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, app.page(visit, "repeats/item.html", context)?).into_response())
}

/// `POST /repeats/months/{month}/meeting/{position}`: what is decided about an item, in place of what was decided before.
///
/// # Errors
/// [`Error::NotFound`] when the list has no such item; when the database fails.
pub async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path((text, position)): Path<(String, i64)>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let month = month(&text)?;
    let by = visit.actor()?.account;
    let (held, sent, lang) = (app.clone(), typed.clone(), visit.lang);
    let decided = app.db.write(move |tx| {
        let (held, sent) = (held.clone(), sent.clone());
        async move {
            let review = review(&tx, month).await?;
            let (item, _) = store::item_at(&tx, month, position).await?.ok_or(Error::NotFound)?;
            if let Err(refusal) = review.must_be_open() {
                return Ok(Err(vec![refusal]));
            }
            let (departments, leaders) = choices(&tx, lang).await?;
            let ids = |choices: &[Choice]| choices.iter().filter_map(|one| one.value.parse().ok()).collect::<Vec<Id>>();
            let now = when(&held, held.clock.now());
            let decision: Decision = match judge(&sent, now.on, &ids(&departments), &ids(&leaders)) {
                Ok(decision) => decision,
                Err(refusals) => return Ok(Err(refusals)),
            };
            store::decide(&tx, month, item.repeat, &decision, by, now.at).await?;
            let body =
                serde_json::json!({ "month": review.month, "repeat": item.repeat.to_string(), "decision": decision });
            store::record_of(&tx, "repeat_review", review.id, "repeat_decision_written", Some(by), now.at, body)
                .await?;
            // Whoever closes the meeting meanwhile finds it changed.
            touch(&tx, review).await?;
            Ok::<_, Error>(Ok(()))
        }
    });
    match decided.await? {
        Ok(()) => {
            let count = count_of(&app, month).await?;
            let next = if position < count {
                format!("/{}?done=decided&from={position}", position + 1)
            } else {
                "?done=decided".to_owned()
            };
            Ok(Redirect::to(&format!("/repeats/months/{month}/meeting{next}")).into_response())
        }
        Err(refusals) => draw_item(&app, &visit, month, position, Some(&typed), &refusals, &Asked::default()).await,
    }
}

async fn touch(tx: &Tx, mut review: Review) -> Result<(), DbError> {
    let before = review.revision;
    review.revision += 1;
    store::save_review(tx, &review, before).await
}

async fn count_of(app: &App, month: Month) -> Result<i64, Error> {
    let read = app.db.read(move |tx| async move { store::find_review(&tx, month).await });
    Ok(read.await.map_err(|error: DbError| Error::Db(error))?.map_or(0, |review| review.items))
}

/// `POST /repeats/months/{month}/meeting/{position}/undo`: what was decided about an item is taken back.
///
/// # Errors
/// [`Error::NotFound`] when the list has no such item; when the database fails.
pub async fn undo(
    State(app): State<App>,
    visit: Visit,
    Path((text, position)): Path<(String, i64)>,
) -> Result<Response, Error> {
    let month = month(&text)?;
    let by = visit.actor()?.account;
    let now = app.clock.now();
    let undone = app.db.write(move |tx| async move {
        let review = review(&tx, month).await?;
        let (item, _) = store::item_at(&tx, month, position).await?.ok_or(Error::NotFound)?;
        review.must_be_open()?;
        if store::undecide(&tx, month, item.repeat).await? {
            let body = serde_json::json!({ "month": review.month, "repeat": item.repeat.to_string() });
            store::record_of(&tx, "repeat_review", review.id, "repeat_decision_undone", Some(by), now, body).await?;
            touch(&tx, review).await?;
        }
        Ok::<_, Error>(())
    });
    match undone.await {
        Ok(()) => Ok(Redirect::to(&format!("/repeats/months/{month}/meeting/{position}?done=undone")).into_response()),
        Err(Error::Refused(refusal)) => {
            draw_item(&app, &visit, month, position, None, &[refusal], &Asked::default()).await
        }
        Err(error) => Err(error),
    }
}
