//! One object: every rate with its numbers, the score term by term, what was given or taken by hand, the course of a year.

use super::definitions::{Definitions, Kind, Per, Term, Way, What};
use super::period::Period;
use super::run::Run;
use super::running;
use super::score::{self, Score};
use super::show::{self, Asked, Seen, address, say, say_with};
use super::store;
use super::table::change_text;
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};
use std::collections::BTreeMap;

/// How many months the course shows.
const MONTHS: usize = 12;

/// What a term is reckoned from, in words.
fn what_sentence(app: &App, visit: &Visit, definitions: &Definitions, what: &What) -> String {
    match what {
        What::Rate(id) => definitions.rate(id).map_or(id.as_str(), |rate| rate.name.in_lang(visit.lang)).to_owned(),
        What::Count(id, per) => {
            let name = definitions.name(id).map_or(id.as_str(), |name| name.in_lang(visit.lang)).to_owned();
            match per {
                None => name,
                Some(per) => {
                    let per: Per = *per;
                    say_with(app, visit, &format!("evaluation-per-{}", per.word()), &[("name", name)])
                }
            }
        }
    }
}

/// The formula of a term in words.
pub fn term_sentence(app: &App, visit: &Visit, definitions: &Definitions, term: &Term) -> String {
    let what = what_sentence(app, visit, definitions, &term.what);
    let weight = term.weight.text();
    match &term.way {
        Way::Share { is_inverted: false } => format!("{what} × {weight}"),
        Way::Share { is_inverted: true } => format!("(1 − {what}) × {weight}"),
        Way::Deduct { each, cap } => {
            let args = [("what", what), ("weight", weight), ("each", each.text()), ("cap", cap.text())];
            say_with(app, visit, "evaluation-term-deduct", &args)
        }
        Way::Add { each, cap } => {
            say_with(app, visit, "evaluation-term-add", &[("what", what), ("each", each.text()), ("cap", cap.text())])
        }
        Way::Off { each, cap } => {
            say_with(app, visit, "evaluation-term-off", &[("what", what), ("each", each.text()), ("cap", cap.text())])
        }
        Way::Bands(bands) => {
            let steps: Vec<String> =
                bands.iter().map(|(from, points)| format!("≥ {} → {}", from.text(), points.text())).collect();
            let between = if visit.lang == "en" { ", " } else { "，" };
            say_with(app, visit, "evaluation-term-bands", &[("what", what), ("steps", steps.join(between))])
        }
    }
}

/// A term's value as people read it.
fn value_text(term: &Term, value: Option<score::Ratio>) -> String {
    match (value, &term.what) {
        (None, _) => "–".into(),
        (Some(value), What::Rate(_)) => show::percent(value),
        (Some(value), What::Count(_, None)) => value.times(1).to_string(),
        (Some(value), What::Count(_, Some(_))) => score::decimal(value.times(100), 2),
    }
}

/// The score of an object for a page.
pub fn score_lines(app: &App, visit: &Visit, seen: &Seen, scheme: &super::definitions::Scheme, score: &Score) -> Value {
    let lines: Vec<Value> = scheme
        .terms
        .iter()
        .zip(&score.terms)
        .map(|(term, found)| {
            context! {
                name => term.name.in_lang(visit.lang),
                formula => term_sentence(app, visit, &seen.definitions, term),
                value => value_text(term, found.value),
                points => if found.is_left_out { "–".to_owned() } else { score::decimal(found.points, scheme.decimals) },
                most => score::decimal(found.most, scheme.decimals),
                is_empty => found.value.is_none(),
            }
        })
        .collect();
    context! {
        name => scheme.name.in_lang(visit.lang), cite => scheme.cite.as_str(), lines,
        adjusted => if score.adjusted == 0 { String::new() } else { score::decimal(score.adjusted, scheme.decimals).replace('-', "−") },
        total => score.total.map(|total| score::decimal(total, scheme.decimals)),
        full => scheme.full.text(), is_ranked => score.is_ranked,
    }
}

/// `GET /evaluation/object`.
///
/// # Errors
/// [`Error::NotFound`] for what does not exist for the reader; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw(&app, &visit, &asked, None).await
}

/// The object's page, with the sentence of a refusal beside what was typed.
///
/// # Errors
/// As [`show`].
pub async fn draw(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    refused: Option<(&Refusal, &str, &str)>,
) -> Result<Response, Error> {
    let period = asked.period(app).ok_or(Error::NotFound)?;
    let kind = Kind::parse(&asked.of).ok_or(Error::NotFound)?;
    let seen = show::seen(app, visit, period).await?;
    if !seen.scope.has(kind, &asked.object) {
        return Err(Error::NotFound);
    }
    let object = asked.object.clone();
    let judged = seen.judged(app, kind, &asked.object).await?;
    // The one that is asked for, or else the first that is for this very object.
    let scheme = judged.iter().find(|id| **id == asked.scheme).or(judged.first()).cloned();
    let course: Vec<Period> =
        std::iter::successors(Some(month(period)), |one| Some(one.before())).take(MONTHS).collect();
    let (run, frozen, named, wanted) = (seen.run.clone(), seen.frozen.clone(), scheme.clone(), object.clone());
    let months = course.clone();
    let read = app.db.read(move |tx| async move {
        let outcome = match &run {
            Some(run) => store::result(&tx, run.id, kind, &wanted).await?,
            None => None,
        };
        let kept = show::frozen_scores(&tx, frozen.as_ref(), named.as_deref(), kind).await?;
        let mut past = Vec::new();
        for month in months {
            let Some(run) = store::results_of(&tx, month).await? else { continue };
            let Some(outcome) = store::result(&tx, run.id, kind, &wanted).await? else { continue };
            let frozen = store::find_frozen(&tx, month).await?;
            let scores = show::frozen_scores(&tx, frozen.as_ref(), named.as_deref(), kind).await?;
            past.push((run, outcome, scores, store::adjustments(&tx, month).await?, frozen.is_some()));
        }
        Ok::<_, Error>((outcome, kept, past))
    });
    let (outcome, kept, past): (Option<store::Outcome>, BTreeMap<String, Score>, Vec<_>) = read.await?;
    if outcome.is_none() && past.is_empty() && !is_known(app, &seen, kind, &asked.object) {
        return Err(Error::NotFound);
    }
    let scheme = scheme.as_deref().and_then(|id| seen.definitions.scheme_on(id, period.last()));
    let found = outcome.as_ref().zip(seen.run.as_ref());
    let score = scheme.zip(outcome.as_ref()).and_then(|(scheme, outcome)| seen.score(scheme, outcome, &kept));
    let groups: Vec<Value> = seen
        .definitions
        .groups
        .iter()
        .filter_map(|group| found.and_then(|(outcome, run)| group_lines(app, visit, &seen, run, outcome, group, kind)))
        .collect();
    let mut line = Vec::new();
    for (run, outcome, scores, adjustments, is_frozen) in past.into_iter().rev() {
        let definitions = running::definitions(app, &run.version).await?;
        let total = scheme.and_then(|scheme| {
            let scheme = definitions.scheme_on(&scheme.id, run.period.last())?;
            let score = if is_frozen {
                scores.get(&outcome.object).cloned()
            } else {
                let by_hand = show::adjusted(&adjustments, scheme, kind, &outcome.object);
                Some(score::score(&definitions, scheme, &outcome.counts, &outcome.normals, by_hand))
            };
            Some((score?.total?, scheme.decimals))
        });
        let rates: Vec<Option<score::Ratio>> =
            TREND.iter().map(|id| score::rate(&definitions, definitions.rate(id)?, &outcome.counts)).collect();
        line.push((run.period, total, rates, is_frozen));
    }
    let adjustments: Vec<Value> = seen
        .adjustments
        .iter()
        .filter(|one| one.kind == kind && one.object == asked.object)
        .map(|one| {
            let name = seen.definitions.scheme_on(&one.scheme, period.last());
            let points = super::definitions::Exact::parse(&score::decimal(one.millionths, 6)).unwrap_or_default();
            let sign = if one.millionths > 0 { "+" } else { "" };
            context! {
                scheme => name.map_or(one.scheme.as_str(), |scheme| scheme.name.in_lang(visit.lang)),
                points => format!("{sign}{}", points.text()).replace('-', "−"),
                reason => one.reason.as_str(), by => one.author_name.as_str(), at => one.at.0, is_correction => one.is_correction,
            }
        })
        .collect();
    let may_adjust = matches!(period, Period::Month(..))
        && scheme.is_some()
        && visit.actor.as_ref().is_some_and(|actor| actor.may(Act::AdjustScores));
    let name = show::object_name(app, visit, &seen.names, kind, &asked.object);
    let counted = app.db.read(|tx| async move { store::counted_periods(&tx).await }).await;
    let counted = counted.map_err(|error: crate::kit::db::DbError| Error::Db(error))?;
    let period_text = period.text();
    let errors: Vec<Value> = refused
        .iter()
        .map(|(refusal, _, _)| {
            let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
            context! { field => refusal.field.unwrap_or("main"), message }
        })
        .collect();
    let schemes: Vec<Value> = seen
        .schemes(kind)
        .into_iter()
        .filter(|one| judged.contains(&one.id))
        .map(|one| {
            let pairs = [("period", period_text.as_str()), ("of", kind.word()), ("object", &asked.object), ("scheme", &one.id)];
            context! { label => one.name.in_lang(visit.lang), href => address("/evaluation/object", &pairs), current => scheme.is_some_and(|scheme| scheme.id == one.id) }
        })
        .collect();
    let context = context! {
        name,
        kind => kind.word(), object => asked.object.as_str(), period => period_text.as_str(),
        kind_name => say(app, visit, &format!("evaluation-of-{}", kind.word())),
        title => show::period_name(app, visit, period),
        periods => show::periods(app, visit, period, &counted),
        table => address("/evaluation", &[("period", &period_text), ("of", kind.word())]),
        state => seen.state(app, visit),
        scheme => scheme.map(|scheme| scheme.id.as_str()).unwrap_or_default(), schemes,
        most => scheme.map(|scheme| scheme.adjust_most.text()).unwrap_or_default(),
        score => scheme.zip(score.as_ref()).map(|(scheme, score)| score_lines(app, visit, &seen, scheme, score)),
        groups, adjustments, may_adjust,
        course => course_lines(app, visit, &line),
        chart => course_chart(app, visit, &seen, &line),
        typed => context! { points => refused.map(|(_, points, _)| points).unwrap_or_default(), reason => refused.map(|(_, _, reason)| reason).unwrap_or_default() },
        errors, is_nothing => outcome.is_none(), done => asked.done.as_str(),
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "evaluation/object.html", context)?).into_response())
}

/// The rates whose course is drawn.
const TREND: [&str; 3] = ["handled_in_time_rate", "closed_in_time_rate", "rework_rate"];

fn month(period: Period) -> Period {
    Period::month_of(period.last())
}

fn is_known(app: &App, seen: &Seen, kind: Kind, object: &str) -> bool {
    use crate::grid::area::Level;
    let id = object.parse::<Id>().ok();
    match kind {
        Kind::City => object.is_empty(),
        Kind::Street => app.grid().area(Level::Street, object).is_some(),
        Kind::Community => app.grid().area(Level::Community, object).is_some(),
        Kind::Cell => app.grid().cell(object).is_some(),
        Kind::Category => app.catalog.key_of(object).is_some(),
        Kind::Source => super::definitions::SOURCES.contains(&object),
        Kind::Department => id.is_some_and(|id| seen.names.departments.contains_key(&id)),
        Kind::Post => crate::people::act::Post::parse(object).is_some(),
        Kind::Person => id.is_some_and(|id| seen.names.people.contains_key(&id)),
    }
}

fn group_lines(
    app: &App,
    visit: &Visit,
    seen: &Seen,
    run: &Run,
    outcome: &store::Outcome,
    group: &super::definitions::Group,
    kind: Kind,
) -> Option<Value> {
    let definitions = &seen.definitions;
    let rates: Vec<Value> = definitions
        .rates
        .iter()
        .filter(|rate| rate.group == group.id && show::rate_is_of(definitions, rate, kind))
        .map(|rate| {
            context! {
                id => rate.id.as_str(), name => rate.name.in_lang(visit.lang),
                value => score::rate(definitions, rate, &outcome.counts).map_or_else(|| "–".to_owned(), show::percent),
                top => show::side_links(seen, run, outcome, &rate.top),
                bottom => show::side_links(seen, run, outcome, &rate.bottom),
                definition => show::rate_sentence(definitions, visit.lang, rate),
            }
        })
        .collect();
    let counts: Vec<Value> = definitions
        .counts
        .iter()
        .filter(|count| count.group == group.id && count.is_of(kind))
        .map(|count| {
            context! {
                id => count.id.as_str(), name => count.name.in_lang(visit.lang),
                value => outcome.counts.get(&count.id).copied().unwrap_or(0),
                href => show::list_address(&seen.scope, run, &count.id, kind, &outcome.object),
                definition => show::count_sentence(app, visit, count),
            }
        })
        .collect();
    // A group of nothing but noughts says nothing of this object.
    let is_something =
        definitions.counts.iter().any(|count| count.group == group.id && outcome.counts.contains_key(&count.id));
    (is_something && (!rates.is_empty() || !counts.is_empty()))
        .then(|| context! { id => group.id.as_str(), name => group.name.in_lang(visit.lang), rates, counts })
}

type Course = (Period, Option<(i64, u32)>, Vec<Option<score::Ratio>>, bool);

fn course_lines(app: &App, visit: &Visit, line: &[Course]) -> Vec<Value> {
    let mut before: Option<i64> = None;
    let mut rows = Vec::new();
    for (period, total, rates, is_frozen) in line {
        let change = total
            .zip(before)
            .map(|((total, decimals), before)| change_text((total - before) * 100 / score::unit(decimals)));
        before = total.map(|(total, _)| total);
        rows.push(context! {
            name => show::period_name(app, visit, *period), is_frozen => *is_frozen,
            score => total.map_or_else(|| "–".to_owned(), |(total, decimals)| score::decimal(total, decimals)),
            change => change.unwrap_or_else(|| "–".to_owned()),
            rates => rates.iter().map(|rate| rate.map_or_else(|| "–".to_owned(), show::percent)).collect::<Vec<_>>(),
        });
    }
    rows
}

fn course_chart(app: &App, visit: &Visit, seen: &Seen, line: &[Course]) -> Option<Value> {
    if line.len() < 2 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a point of a line")]
    let share = |rate: &Option<score::Ratio>| rate.map(|rate| rate.basis_points() as f64 / 100.0);
    let labels: Vec<String> = line.iter().map(|(period, ..)| period.text()).collect();
    let mut series = Vec::new();
    for (place, id) in TREND.iter().enumerate() {
        let Some(rate) = seen.definitions.rate(id) else { continue };
        let values: Vec<Option<f64>> = line.iter().map(|(_, _, rates, _)| rates.get(place).and_then(share)).collect();
        if values.iter().any(Option::is_some) {
            series.push(context! { name => rate.name.in_lang(visit.lang), values });
        }
    }
    let heads = trend_names(&seen.definitions, visit.lang);
    let name = say(app, visit, "evaluation-course");
    (!series.is_empty())
        .then(|| context! { name, heads, data => context! { kind => "line", labels, series, unit => "%" } })
}

/// The names of the rates whose course is shown.
pub fn trend_names(definitions: &Definitions, lang: &str) -> Vec<String> {
    TREND.iter().map(|id| definitions.rate(id).map_or(*id, |rate| rate.name.in_lang(lang)).to_owned()).collect()
}
