//! One repeat, whole: what it is, how often, where, what was decided, what was done. A department sees of its reports those of
//! its own cases, and how many others there are.

use super::doing::{apply, when};
use super::list::key;
use super::month::Month;
use super::repeat::{RepeatAct, State, Step, way};
use super::store::{self, Scope};
use super::view;
use crate::app::App;
use crate::files::store::Waiting;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::kit::id::{self, Id};
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::reports::photos::{shown, waiting_shown};
use crate::timeline;
use axum::Form;
use axum::extract::{Path, Query, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How many reports the page shows at once.
const MEMBERS: usize = 20;
/// How many of them the map shows.
const ON_MAP: usize = 200;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 80;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// What an address says besides the repeat.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
    done: String,
}

/// A form that was refused.
#[derive(Debug)]
pub struct Again {
    /// Which form: `title`, `set-aside`, `follow-up`; empty when none was sent.
    pub form: &'static str,
    /// What was typed into it.
    pub typed: BTreeMap<String, String>,
    /// Why not.
    pub refusals: Vec<Refusal>,
    /// The photographs that wait for it.
    pub kept: Vec<Waiting>,
    /// The key under which they wait.
    pub key: String,
}

impl Default for Again {
    fn default() -> Again {
        Again { form: "", typed: BTreeMap::new(), refusals: Vec::new(), kept: Vec::new(), key: id::secret() }
    }
}

/// `GET /repeats/{id}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn show(
    FromApp(app): FromApp<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    draw(&app, &visit, id, Again::default(), &asked).await
}

/// Draws the page, with a form that was refused as it was typed.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn draw(app: &App, visit: &Visit, id: Id, again: Again, asked: &Asked) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (scope, lang) = (Scope::of(&actor), visit.lang);
    let now = when(app, app.clock.now());
    let month = Month::of(now.on);
    let after = key(&asked.after);
    let read = app.db.read(move |tx| async move {
        let repeat = store::load(&tx, id, scope).await?;
        let members = store::members(&tx, id, scope, after, MEMBERS + 1).await?;
        let placed = store::members(&tx, id, scope, None, ON_MAP).await?;
        let trends = store::trends(&tx, &[id], view::trend_begins(month)).await?;
        let decisions = store::decisions_of(&tx, id, true).await?;
        let months = store::months_of(&tx, id).await?;
        let history = timeline::store::history(&tx, "repeat", id, false).await?;
        let departments = crate::people::store::departments(&tx).await?;
        let handling = store::handling(&tx, id).await?;
        let leader = crate::people::store::name_of(&tx, repeat.charge.and_then(|charge| charge.leader)).await?;
        Ok::<_, Error>((repeat, members, placed, trends, decisions, months, history, departments, handling, leader))
    });
    let (repeat, mut members, placed, trends, decisions, months, history, departments, handling, leader) = read.await?;
    let is_more = members.len() > MEMBERS;
    members.truncate(MEMBERS);
    let next =
        members.last().filter(|_| is_more).map(|last| format!("/repeats/{id}?after={}.{}", last.at.0, last.report));
    let others = (repeat.count - i64::try_from(placed.len()).unwrap_or_default()).max(0);
    let is_all = scope == Scope::All;
    let name = |id: Id| view::department(&departments, lang, Some(id));
    let say = |key: &str, args: &[(&str, String)]| view::say(app, visit, key, args);
    let alt = say("repeats-photo-alt", &[]);
    let history: Vec<_> = history
        .iter()
        .rev()
        .map(|line| {
            let text = |field: &str| line.body.get(field).and_then(serde_json::Value::as_str).unwrap_or_default();
            let number = |field: &str| line.body.get(field).and_then(serde_json::Value::as_i64);
            let photos = line.body.get("photos").and_then(serde_json::Value::as_array);
            let photos: Vec<_> = photos.into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
            let detail = match line.kind.as_str() {
                "repeat_listed" => text("month").to_owned(),
                "repeat_found_again" => say("repeats-more", &[("n", number("more").unwrap_or_default().to_string())]),
                "repeat_found" => say("repeats-reports", &[("n", number("count").unwrap_or_default().to_string())]),
                _ => String::new(),
            };
            context! {
                kind => line.kind.replace('_', "-"), at => line.at.0, author => line.author.as_deref(),
                words => text("words"), detail,
                photos => Serde(photos.into_iter().map(|photo| shown(photo, &alt)).collect::<Vec<_>>()),
            }
        })
        .collect();
    let charge = repeat.charge.map(|charge| {
        context! {
            department => name(charge.department), due_on => charge.due_on.to_string(), leader => leader.as_str(),
            is_own => actor.department == Some(charge.department),
        }
    });
    let decisions: Vec<_> = decisions
        .iter()
        .map(|one| {
            context! {
                month => one.month.as_str(), words => one.decision.words.as_str(), measure => one.decision.measure.word(),
                department => name(one.decision.department), due_on => one.decision.due_on.to_string(),
            }
        })
        .collect();
    let is_responsible = repeat.charge.is_some_and(|charge| actor.department == Some(charge.department));
    let may_answer = actor.may(Act::AnswerRepeats) && is_responsible && way(Step::Finish, repeat.state).is_some();
    let may_review = actor.may(Act::ReviewRepeats);
    let was = |field: &str| again.typed.get(field).cloned().unwrap_or_default();
    let is_title = again.form == "title";
    let context = context! {
        id => id.to_string(), number => repeat.number.as_str(), title => repeat.title.as_str(),
        rule => view::rule_name(app, lang, &repeat.rule, repeat.rule_version, now.on), rule_version => repeat.rule_version,
        sub_class => view::sub_class_or_code(app, lang, &repeat.sub_class),
        area => view::area(app, &repeat.place.street, &repeat.place.community), address => repeat.place.address.as_str(),
        radius => repeat.place.radius, lon => repeat.place.lon, lat => repeat.place.lat,
        pins => view::pins(&repeat, &placed),
        state => repeat.state.word(), state_on => repeat.state_on.to_string(),
        silent_on => repeat.silent_on.map(|day| day.to_string()),
        is_late => repeat.is_late(now.on),
        count => repeat.count, returns => repeat.returns, first_at => repeat.first_at.0, last_at => repeat.last_at.0,
        charge, decisions, history,
        months => if is_all { months } else { Vec::new() },
        handling => handling.into_iter().filter(|one| is_all || actor.department == Some(*one)).map(name).collect::<Vec<_>>(),
        trend => Serde(view::trend(trends.get(&id), month)),
        members => Serde(&members), others => if is_all { 0 } else { others },
        older => next.unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { format!("/repeats/{id}") },
        is_all, may_review, may_answer,
        may_set_aside => may_review && way(Step::SetAside, repeat.state) == Some(State::SetAside),
        revision => repeat.revision,
        form => again.form,
        typed_title => if is_title { was("title") } else { repeat.title.clone() },
        typed_reason => if again.form == "set-aside" { was("reason") } else { String::new() },
        typed_words => if again.form == "follow-up" { was("words") } else { String::new() },
        typed_result => if again.form == "follow-up" { was("result") } else { String::new() },
        key => again.key.as_str(), kept => Serde(waiting_shown(&again.kept)), photos_limit => app.reports.photos_limit,
        errors => Serde(view::wrongs(app, visit, &again.refusals)),
        done => asked.done.as_str(),
    };
    let status = if again.refusals.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, app.page(visit, "repeats/show.html", context)?).into_response())
}

/// Does an act of the desk with a reason, or draws the page again with what was typed.
async fn change(
    app: &App,
    visit: &Visit,
    id: Id,
    form: &'static str,
    typed: BTreeMap<String, String>,
    act: Result<(RepeatAct, serde_json::Value), Refusal>,
) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (held, now) = (app.clone(), when(app, app.clock.now()));
    let seen: Option<i64> = typed.get("revision").and_then(|revision| revision.parse().ok());
    let done = match act {
        Err(refusal) => Err(Error::Refused(refusal)),
        Ok((act, body)) => {
            let done = app.db.write(move |tx| {
                let (held, act, body) = (held.clone(), act.clone(), body.clone());
                async move {
                    let repeat = store::load(&tx, id, Scope::of(&actor)).await?;
                    if seen.is_some_and(|seen| seen != repeat.revision) {
                        return Err(Refusal::new("repeats-refusal-changed").into());
                    }
                    apply(&held, &tx, repeat, &act, now, Some(actor.account), body).await
                }
            });
            done.await.map(drop)
        }
    };
    match done {
        Ok(()) => {
            app.tell("repeat", id);
            Ok(Redirect::to(&format!("/repeats/{id}?done={form}")).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let again = Again { form, typed, refusals: vec![refusal], ..Again::default() };
            draw(app, visit, id, again, &Asked::default()).await
        }
        Err(Error::Db(DbError::Stale)) => {
            let again =
                Again { form, typed, refusals: vec![Refusal::new("repeats-refusal-changed")], ..Again::default() };
            draw(app, visit, id, again, &Asked::default()).await
        }
        Err(error) => Err(error),
    }
}

fn text<'a>(typed: &'a BTreeMap<String, String>, field: &str) -> &'a str {
    typed.get(field).map_or("", String::as_str)
}

/// `POST /repeats/{id}/title`: another title.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn rename(
    FromApp(app): FromApp<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Error> {
    let act = required("title", text(&typed, "title"), LONGEST_TITLE).map(|title| {
        let body = serde_json::json!({ "words": title });
        (RepeatAct::Rename(title), body)
    });
    change(&app, &visit, id, "title", typed, act).await
}

/// `POST /repeats/{id}/set-aside`: it is no repetition, with the reason.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn set_aside(
    FromApp(app): FromApp<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Error> {
    let act = required("reason", text(&typed, "reason"), LONGEST_REASON)
        .map(|reason| (RepeatAct::SetAside, serde_json::json!({ "words": reason })));
    change(&app, &visit, id, "set-aside", typed, act).await
}
