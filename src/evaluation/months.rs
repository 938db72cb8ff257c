//! Months: adjusted by hand with a reason, frozen by a leader, and then never changed again. What is found later stands
//! beside the result.

use super::definitions::{Definitions, Kind, Scheme};
use super::period::Period;
use super::run::{self, Adjustment, Difference, Frozen, Purpose};
use super::show::{self, Asked, address, say};
use super::store::{self, FrozenScore, Outcome};
use super::{counting, object, report, running, score, table};
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::kit::id::{self, Id};
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::timeline;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use std::sync::Arc;

/// How many months the list shows.
const MONTHS: usize = 24;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// `GET /evaluation/months`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit) -> Result<Html<String>, Error> {
    let today = app.clock.now().zoned(&app.city.zone()).date();
    let months: Vec<Period> =
        std::iter::successors(Some(Period::month_of(today)), |one| Some(one.before())).take(MONTHS).collect();
    let asked = months.clone();
    let read = app.db.read(move |tx| async move {
        let frozen = store::frozen_months(&tx).await?;
        let mut runs = Vec::new();
        for month in asked {
            runs.push(store::results_of(&tx, month).await?);
        }
        Ok::<_, Error>((frozen, runs))
    });
    let (frozen, runs) = read.await?;
    let rows: Vec<Value> = months
        .iter()
        .zip(&runs)
        .map(|(month, run)| {
            let kept = frozen.iter().find(|one| one.month == *month);
            context! {
                name => show::period_name(&app, &visit, *month), href => format!("/evaluation/months/{}", month.text()),
                counted_at => run.as_ref().map(|run| run.known.0),
                is_current => month.first() == Period::month_of(today).first(),
                by => kept.map(|one| one.by_name.as_str()), at => kept.map(|one| one.at.0),
                digest => kept.map(|one| one.digest.get(..12).unwrap_or_default().to_owned()),
            }
        })
        .collect();
    app.page(&visit, "evaluation/months.html", context! { rows })
}

fn month(text: &str) -> Result<Period, Error> {
    Period::parse(text).filter(|period| matches!(period, Period::Month(..))).ok_or(Error::NotFound)
}

/// `GET /evaluation/months/{month}`.
///
/// # Errors
/// [`Error::NotFound`] for what is no month; when the database fails.
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    draw(&app, &visit, month(&text)?, &asked.done, None).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    month: Period,
    done: &str,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let seen = show::seen(app, visit, month).await?;
    let kinds: &[Kind] = if seen.scope.is_all() { &[Kind::Street, Kind::Department] } else { &[Kind::Department] };
    let mut tables = Vec::new();
    for kind in kinds {
        let asked = Asked { period: month.text(), of: kind.word().into(), sort: "score".into(), ..Asked::default() };
        let table = table::Table::read(app, visit, &asked).await?;
        tables.push(summary(app, visit, &table));
    }
    let read = app.db.read(move |tx| async move { store::last_run(&tx, month, Purpose::Check).await }).await;
    let check = read.map_err(|error: DbError| Error::Db(error))?;
    let check = check.filter(|_| seen.scope.is_all()).map(|run| {
        let found: Vec<Difference> = serde_json::from_str(&run.found).unwrap_or_default();
        let differences: Vec<Value> = found
            .iter()
            .map(|one| {
                context! {
                    name => show::object_name(app, visit, &seen.names, one.kind, &one.object),
                    count => seen.definitions.count(&one.count).map_or(one.count.as_str(), |count| count.name.in_lang(visit.lang)),
                    frozen => one.frozen, now => one.now,
                }
            })
            .collect();
        let is_same = differences.is_empty() && seen.run.as_ref().is_some_and(|kept| kept.digest == run.digest);
        context! { state => run.state.word(), at => run.finished_at.map(|at| at.0), is_same, differences, percent => run.percent() }
    });
    let adjustments: Vec<Value> = seen
        .adjustments
        .iter()
        .filter(|one| seen.scope.has(one.kind, &one.object))
        .map(|one| {
            let scheme = seen.definitions.scheme_on(&one.scheme, month.last());
            let points = score::decimal(one.millionths, 6);
            let points = points.trim_end_matches('0').trim_end_matches('.').replace('-', "−");
            let sign = if one.millionths > 0 { "+" } else { "" };
            context! {
                object => show::object_name(app, visit, &seen.names, one.kind, &one.object),
                scheme => scheme.map_or(one.scheme.as_str(), |scheme| scheme.name.in_lang(visit.lang)),
                points => format!("{sign}{points}"), reason => one.reason.as_str(), by => one.author_name.as_str(), at => one.at.0,
                is_correction => one.is_correction,
            }
        })
        .collect();
    let end = month.bounds(&app.city.zone()).1;
    let judged = run::may_freeze(
        month,
        end,
        seen.frozen.as_ref(),
        seen.run.as_ref(),
        seen.run.as_ref().map(|run| run.id),
        app.clock.now(),
    );
    let may = |act: Act| visit.actor.as_ref().is_some_and(|actor| actor.may(act));
    let why_not = judged.as_ref().err().map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args));
    let errors: Vec<Value> = refusal
        .iter()
        .map(|refusal| context! { field => "main", message => app.pages.say(visit.lang, refusal.key, &refusal.args) })
        .collect();
    let context = context! {
        title => show::period_name(app, visit, month), month => month.text(),
        state => seen.state(app, visit), tables, adjustments, check,
        run => seen.run.as_ref().map_or(0, |run| run.id),
        may_freeze => judged.is_ok() && may(Act::FreezeScores), why_not,
        may_check => seen.frozen.is_some() && may(Act::ComputeScores),
        is_all => seen.scope.is_all(),
        table => address("/evaluation", &[("period", &month.text())]),
        errors, done,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "evaluation/month.html", context)?).into_response())
}

/// The scores of a kind of object, best first, and what makes them up.
fn summary(app: &App, visit: &Visit, table: &table::Table) -> Value {
    let Some(scheme) = table.scheme() else {
        return context! { name => "", rows => Vec::<Value>::new(), terms => Vec::<Value>::new() };
    };
    let rows: Vec<Value> = table
        .rows
        .iter()
        .filter_map(|row| {
            let score = row.score.as_ref()?;
            let pairs = [("period", table.seen.period.text()), ("of", table.kind.word().into()), ("object", row.outcome.object.clone()), ("scheme", scheme.id.clone())];
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Some(context! {
                name => row.name.as_str(), href => address("/evaluation/object", &pairs), place => row.place,
                total => score.total.map_or_else(|| "–".to_owned(), |total| score::decimal(total, scheme.decimals)),
                adjusted => if score.adjusted == 0 { String::new() } else { score::decimal(score.adjusted, scheme.decimals).replace('-', "−") },
                points => score.terms.iter().map(|term| if term.is_left_out { "–".to_owned() } else { score::decimal(term.points, scheme.decimals) }).collect::<Vec<_>>(),
                is_ranked => score.is_ranked,
            })
        })
        .collect();
    let terms: Vec<Value> = scheme
        .terms
        .iter()
        .map(|term| context! { name => term.name.in_lang(visit.lang), formula => object::term_sentence(app, visit, &table.seen.definitions, term) })
        .collect();
    context! {
        kind => table.kind.word(), kind_name => say(app, visit, &format!("evaluation-of-{}", table.kind.word())),
        name => scheme.name.in_lang(visit.lang), cite => scheme.cite.as_str(), rows, terms,
    }
}

/// The scores of every scheme and object of a run.
pub fn scores_of(
    definitions: &Definitions,
    period: Period,
    outcomes: &[Outcome],
    posts: &dyn Fn(&Scheme, &Outcome) -> bool,
    adjustments: &[Adjustment],
) -> Vec<FrozenScore> {
    let mut scores = Vec::new();
    for scheme in definitions.schemes_on(period.last()) {
        for outcome in outcomes.iter().filter(|one| score::is_for(scheme, one.kind) && posts(scheme, one)) {
            let by_hand = show::adjusted(adjustments, scheme, outcome.kind, &outcome.object);
            let score = score::score(definitions, scheme, &outcome.counts, &outcome.normals, by_hand);
            scores.push((scheme.id.clone(), outcome.kind, outcome.object.clone(), score));
        }
    }
    scores
}

/// What the form of freezing sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Freezing {
    /// The run that was seen.
    run: String,
}

/// `POST /evaluation/months/{month}/freeze`.
///
/// # Errors
/// [`Error::NotFound`] for what is no month; when the database fails.
pub async fn freeze(
    State(app): State<App>,
    visit: Visit,
    Path(text): Path<String>,
    Form(typed): Form<Freezing>,
) -> Result<Response, Error> {
    let month = month(&text)?;
    let by = visit.actor()?.clone();
    let (now, end, seen) = (app.clock.now(), month.bounds(&app.city.zone()).1, typed.run.parse::<Id>().ok());
    let counted = app.db.read(move |tx| async move { store::results_of(&tx, month).await }).await;
    let version = counted.map_err(|error: DbError| Error::Db(error))?.map(|run| run.version).unwrap_or_default();
    let definitions = running::definitions(&app, &version).await.or_else(|error| match error {
        Error::NotFound => Ok(Arc::clone(&app.evaluation.definitions)),
        other => Err(other),
    })?;
    let done = app
        .db
        .write(move |tx| async move {
            // Whoever counts the month anew or gives points by hand at this moment is through, or waits.
            store::take_turn(&tx, month).await?;
            let frozen = store::find_frozen(&tx, month).await?;
            let run = store::results_of(&tx, month).await?;
            let run = run::may_freeze(month, end, frozen.as_ref(), run.as_ref(), seen, now)?;
            if run.version != definitions.version {
                return Err(Refusal::new("evaluation-freeze-changed").into());
            }
            let adjustments = store::adjustments(&tx, month).await?;
            let outcomes = store::all_results(&tx, run.id).await?;
            // By the posts that they had when the month was counted.
            let people = match store::grounds(&tx, run.id).await? {
                Some((people, _)) => people,
                None => store::people(&tx).await?,
            };
            let is_judged = |scheme: &Scheme, outcome: &Outcome| {
                let post = match outcome.kind {
                    Kind::Post => Some(outcome.object.clone()),
                    Kind::Person => {
                        outcome.object.parse::<Id>().ok().and_then(|id| people.get(&id)).map(|one| one.post.clone())
                    }
                    _ => return true,
                };
                scheme.posts.is_empty() || post.is_some_and(|post| scheme.posts.contains(&post))
            };
            let scores = scores_of(&definitions, month, &outcomes, &is_judged, &adjustments);
            let digest = run::seal(&run.digest, &scores, &adjustments);
            store::add_scores(&tx, run.id, &scores).await?;
            let frozen = Frozen {
                month,
                run: run.id,
                version: run.version.clone(),
                digest: digest.clone(),
                by: by.account,
                by_name: by.name.clone(),
                at: now,
            };
            store::freeze(&tx, &frozen).await.map_err(|error| match error {
                DbError::NotUnique(_) => Refusal::new("evaluation-freeze-twice").into(),
                other => Error::Db(other),
            })?;
            let body = serde_json::json!({ "month": month.text(), "digest": digest, "version": run.version });
            record(&tx, run.id, "month_frozen", by.account, now, body).await?;
            Ok::<_, Error>(())
        })
        .await;
    match done {
        Ok(()) => {
            app.tell("evaluation", 0);
            Ok(Redirect::to(&format!("/evaluation/months/{}?done=frozen", month.text())).into_response())
        }
        Err(Error::Refused(refusal)) => draw(&app, &visit, month, "", Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn record(
    tx: &Tx,
    subject: Id,
    kind: &str,
    author: Id,
    now: crate::kit::clock::Moment,
    body: serde_json::Value,
) -> Result<(), DbError> {
    let fact = timeline::fact::Fact {
        subject: "evaluation",
        subject_id: subject,
        kind: kind.into(),
        is_public: false,
        author: Some(author),
        at: now,
        body,
    };
    timeline::store::record(tx, &fact).await.map(drop)
}

/// What the form of an adjustment sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Adjusting {
    of: String,
    object: String,
    scheme: String,
    points: String,
    reason: String,
}

/// `POST /evaluation/months/{month}/adjust`: points by hand, with a reason; after freezing they stand beside the result.
///
/// # Errors
/// [`Error::NotFound`] for an object or scheme that there is not; when the database fails.
pub async fn adjust(
    State(app): State<App>,
    visit: Visit,
    Path(text): Path<String>,
    Form(typed): Form<Adjusting>,
) -> Result<Response, Error> {
    let month = month(&text)?;
    let (asked, points, reason) = (
        Asked {
            period: month.text(),
            of: typed.of.clone(),
            object: typed.object.clone(),
            scheme: typed.scheme.clone(),
            ..Asked::default()
        },
        typed.points.clone(),
        typed.reason.clone(),
    );
    match add_adjustment(&app, &visit, month, typed).await {
        Ok(()) => {
            let pairs = [
                ("period", asked.period.as_str()),
                ("of", &asked.of),
                ("object", &asked.object),
                ("scheme", &asked.scheme),
                ("done", "adjusted"),
            ];
            Ok(Redirect::to(&address("/evaluation/object", &pairs)).into_response())
        }
        Err(Error::Refused(refusal)) => object::draw(&app, &visit, &asked, Some((&refusal, &points, &reason))).await,
        Err(error) => Err(error),
    }
}

async fn add_adjustment(app: &App, visit: &Visit, month: Period, typed: Adjusting) -> Result<(), Error> {
    let by = visit.actor()?.clone();
    let kind = Kind::parse(&typed.of).ok_or(Error::NotFound)?;
    let seen = show::seen(app, visit, month).await?;
    let scheme = seen.definitions.scheme_on(&typed.scheme, month.last()).filter(|scheme| score::is_for(scheme, kind));
    let scheme = scheme.ok_or(Error::NotFound)?;
    let judged = seen.judged(app, kind, &typed.object).await?;
    if !seen.scope.has(kind, &typed.object) || !judged.contains(&scheme.id) {
        return Err(Error::NotFound);
    }
    let points = run::judge_points(&typed.points, scheme)?;
    let reason = required("reason", &typed.reason, LONGEST_REASON)?;
    let now = app.clock.now();
    let one = Adjustment {
        id: id::fresh(),
        period: month.text(),
        scheme: scheme.id.clone(),
        kind,
        object: typed.object,
        millionths: points.millionths(),
        reason,
        author: by.account,
        author_name: by.name,
        at: now,
        is_correction: false,
    };
    app.db
        .write(move |tx| async move {
            // Before a freezing it is in the seal, after it beside the result; there is no between.
            store::take_turn(&tx, month).await?;
            let is_correction = store::find_frozen(&tx, month).await?.is_some();
            let one = Adjustment { is_correction, ..one.clone() };
            store::add_adjustment(&tx, &one).await?;
            let kind = if is_correction { "score_corrected" } else { "score_adjusted" };
            let body = serde_json::json!({
                "month": one.period, "scheme": one.scheme, "of": one.kind.word(), "object": one.object,
                "points": score::decimal(one.millionths, 6), "reason": one.reason,
            });
            record(&tx, one.id, kind, one.author, now, body).await
        })
        .await
        .map_err(|error: DbError| Error::Db(error))?;
    app.tell("evaluation", 0);
    Ok(())
}

/// `POST /evaluation/months/{month}/check`: a frozen month is counted once more, and compared.
///
/// # Errors
/// [`Error::NotFound`] for a month that is not frozen; when the database fails.
pub async fn check(State(app): State<App>, visit: Visit, Path(text): Path<String>) -> Result<Response, Error> {
    let month = month(&text)?;
    let by = visit.actor()?.account;
    let frozen = app.db.read(move |tx| async move { store::find_frozen(&tx, month).await }).await;
    frozen.map_err(|error: DbError| Error::Db(error))?.ok_or(Error::NotFound)?;
    running::ask(&app, month, Purpose::Check, Some(by)).await?;
    Ok(Redirect::to(&format!("/evaluation/months/{}?done=check", month.text())).into_response())
}

/// `GET /evaluation/months/{month}/report.docx`: the month's report.
///
/// # Errors
/// [`Error::NotFound`] for what is no month or was never counted; when the database fails.
pub async fn word(State(app): State<App>, visit: Visit, Path(text): Path<String>) -> Result<Response, Error> {
    let month = month(&text)?;
    let bytes = report::word(&app, &visit, month).await?;
    Ok(super::export::download(&format!("evaluation-{}.docx", month.text()), crate::kit::docx::MEDIA_TYPE, bytes))
}

/// The digest of what a run holds, reckoned anew from its rows.
///
/// # Errors
/// When the database fails.
pub async fn digest_of(tx: &Tx, run: &run::Run) -> Result<String, DbError> {
    Ok(run::digest(run.period, &run.version, &counting::lines(&store::all_results(tx, run.id).await?)))
}
