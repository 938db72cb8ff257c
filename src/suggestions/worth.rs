//! What suggestions were worth: accepted of offered, month by month and version by version; what is corrected most; which model is
//! in use and what it learnt from. Whoever may has it learnt now, or uses an earlier one.

use super::suggestion::{Band, Figures, Learning, WORDS};
use super::{running, store};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use minijinja::{Value, context};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How many months the page looks back.
const MONTHS: i64 = 12;
/// How many pairs of suggested and filed are looked at, and how many sub-classes are shown.
const MOST_PAIRS: usize = 2000;
const MOST_SHOWN: usize = 40;
/// How many other sub-classes are named of one that was corrected.
const MOST_NAMED: usize = 3;
/// How many of the last learnings are shown.
const LEARNINGS: usize = 10;

/// The address of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    month: String,
    done: String,
}

/// A share in percent with one decimal; a dash where nothing can be divided.
#[expect(clippy::cast_precision_loss, reason = "counts of cases")]
fn percent(part: i64, whole: i64) -> String {
    if whole == 0 { "–".to_owned() } else { of_share(part as f64 / whole as f64) }
}

fn of_share(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn named(app: &App, lang: &str, key: &str) -> String {
    let found = app.catalog.key_of(key);
    let name = found.and_then(|key| app.catalog.sub_class(&key).map(|found| found.name.in_lang(lang).to_owned()));
    name.unwrap_or_else(|| key.to_owned())
}

/// A version as people read it: what is known before anything is learnt has a name.
fn version_name(app: &App, lang: &str, version: &str) -> String {
    match version.strip_prefix(WORDS) {
        Some(digest) => app.pages.say(lang, "suggestions-version-words", &[("digest", digest.to_owned())]),
        None => version.to_owned(),
    }
}

fn counted(one: &store::Counts, name: String, href: String) -> Value {
    context! {
        name, href, cases => one.cases, first => percent(one.first, one.cases), three => percent(one.three, one.cases),
        corrected => one.cases - one.first, shown => one.shown, taken => percent(one.taken, one.shown),
    }
}

fn figures(figures: &Figures) -> Value {
    let band = |band: &Band| {
        context! {
            from => band.from * 10, to => band.from * 10 + 10, texts => band.texts, said => of_share(band.confidence),
            truth => of_share(band.truth), is_off => band.texts >= 100 && (band.confidence - band.truth).abs() > 0.03,
        }
    };
    context! {
        texts => figures.texts, first => of_share(figures.first), three => of_share(figures.three),
        macro_f1 => format!("{:.3}", figures.macro_f1), bands => figures.bands.iter().map(band).collect::<Vec<_>>(),
    }
}

/// Sub-classes as they were suggested first, what is corrected most first.
fn corrections(app: &App, lang: &str, pairs: &[store::Pair]) -> Vec<Value> {
    #[derive(Default)]
    struct Line<'a> {
        cases: i64,
        right: i64,
        three: i64,
        others: Vec<(&'a str, i64)>,
    }
    let mut lines: BTreeMap<&str, Line<'_>> = BTreeMap::new();
    for (first, filed, cases, in_three) in pairs {
        let line = lines.entry(first).or_default();
        line.cases += cases;
        line.three += in_three;
        if first == filed {
            line.right += cases;
        } else {
            line.others.push((filed, *cases));
        }
    }
    let mut lines: Vec<(&str, Line<'_>)> = lines.into_iter().collect();
    lines.sort_by_key(|(key, line)| (line.right - line.cases, *key));
    let shown = lines.iter().take(MOST_SHOWN).map(|(key, line)| {
        // The pairs come with the most frequent first.
        let others: Vec<Value> = line
            .others
            .iter()
            .take(MOST_NAMED)
            .map(|(key, cases)| context! { name => named(app, lang, key), key => *key, cases => *cases })
            .collect();
        context! {
            key => *key, name => named(app, lang, key), cases => line.cases, corrected => line.cases - line.right,
            first => percent(line.right, line.cases), three => percent(line.three, line.cases), others,
        }
    });
    shown.collect()
}

fn learning(app: &App, lang: &str, one: &Learning, by: Option<&str>) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a minute")]
    let seconds = format!("{:.1}", one.found.took as f64 / 1000.0);
    let f1 = |figures: &Option<Figures>| figures.as_ref().map(|figures| format!("{:.3}", figures.macro_f1));
    context! {
        at => one.asked_at.0, by, night => one.night.as_deref(), state => one.state.word(), texts => one.texts, seconds,
        least => app.suggestions.settings.least_texts, is_open => one.state.is_open(),
        new => f1(&one.found.new), present => f1(&one.found.present),
        judged => one.found.new.as_ref().map(|figures| figures.texts),
        version => (!one.version.is_empty()).then(|| version_name(app, lang, &one.version)),
    }
}

fn month(text: &str, today: Date) -> Date {
    let asked = format!("{text}-01").parse::<Date>().ok().filter(|_| text.len() == 7);
    asked.filter(|day| *day <= today).unwrap_or(today).first_of_month()
}

fn in_words(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// `GET /suggestions`.
///
/// # Errors
/// When the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw(&app, &visit, &asked, None).await
}

async fn draw(app: &App, visit: &Visit, asked: &Asked, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let lang = visit.lang;
    let today = app.clock.now().zoned(&app.city.zone()).date();
    let month = month(&asked.month, today);
    let first = today.first_of_month().checked_sub(jiff::Span::new().months(MONTHS - 1)).unwrap_or(month).min(month);
    let (from, to, chosen) = (in_words(first), in_words(today), in_words(month));
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((
            store::months(&tx, &from, &to).await?,
            store::versions(&tx, &chosen).await?,
            store::bands(&tx, &chosen).await?,
            store::pairs(&tx, &chosen, MOST_PAIRS).await?,
            store::models(&tx).await?,
            store::learnings(&tx, LEARNINGS).await?,
        ))
    });
    let (months, versions, bands, pairs, models, learnings) = read.await?;
    let month_name = |text: &str| {
        let (year, month) = text.split_once('-').unwrap_or((text, ""));
        let args = [("year", year.to_owned()), ("month", month.trim_start_matches('0').to_owned())];
        app.pages.say(lang, "suggestions-month-name", &args)
    };
    let words = app.suggestions.vocabulary.version();
    let current = models.iter().find(|model| model.is_current);
    let rows: Vec<Value> = models
        .iter()
        .map(|model| {
            context! {
                version => model.version.as_str(), name => version_name(app, lang, &model.version), at => model.made_at.0,
                texts => model.texts, figures => figures(&model.figures), is_current => model.is_current,
            }
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "counts of cases")]
    let truths: Vec<Band> = bands
        .iter()
        .map(|[band, cases, shares, right]| Band {
            from: *band,
            texts: *cases,
            confidence: *shares as f64 / 1000.0 / (*cases).max(1) as f64,
            truth: *right as f64 / (*cases).max(1) as f64,
        })
        .collect();
    let measured = Figures { bands: truths, ..Figures::default() };
    let total = months.iter().find(|one| one.of == in_words(month));
    let errors: Vec<Value> = refusal
        .iter()
        .map(|refusal| context! { field => "models", message => app.pages.say(lang, refusal.key, &refusal.args) })
        .collect();
    let page = context! {
        errors, done => asked.done.as_str(),
        month => in_words(month), month_name => month_name(&in_words(month)),
        months => months.iter().map(|one| counted(one, month_name(&one.of), format!("/suggestions?month={}", one.of))).collect::<Vec<_>>(),
        total => total.map(|one| counted(one, String::new(), String::new())),
        versions => versions.iter().map(|one| counted(one, version_name(app, lang, &one.of), String::new())).collect::<Vec<_>>(),
        bands => figures(&measured).get_attr("bands").unwrap_or_default(),
        corrections => corrections(app, lang, &pairs),
        current => current.map(|model| context! {
            version => model.version.as_str(), at => model.made_at.0, texts => model.texts, figures => figures(&model.figures),
        }),
        words => context! { version => words, name => version_name(app, lang, words), count => app.suggestions.vocabulary.len() },
        models => rows,
        learnings => learnings.iter().map(|(one, by)| learning(app, lang, one, by.as_deref())).collect::<Vec<_>>(),
        is_waiting => learnings.iter().any(|(one, _)| one.state.is_open()),
        may_choose => visit.actor.as_ref().is_some_and(|actor| actor.may(Act::ChooseModels)),
        learn_at => app.suggestions.settings.learn_at.map(|at| at.strftime("%H:%M").to_string()),
        least => app.suggestions.settings.least_texts,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "suggestions/worth.html", page)?).into_response())
}

/// `POST /suggestions/learn`: has it learnt now.
///
/// # Errors
/// When the database fails.
pub async fn learn(State(app): State<App>, visit: Visit) -> Result<Redirect, Error> {
    running::ask(&app, Some(visit.actor()?.account)).await?;
    Ok(Redirect::to("/suggestions?done=asked"))
}

/// Which version is to be used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    version: String,
    /// The version that the page showed as the one in use.
    present: String,
}

/// `POST /suggestions/use`: uses another version from now on.
///
/// # Errors
/// When the database fails; refusals are drawn.
pub async fn choose(State(app): State<App>, visit: Visit, Form(chosen): Form<Chosen>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let words = app.suggestions.vocabulary.version().to_owned();
    let wanted = chosen.version.clone();
    let done = app.db.write(move |tx| async move {
        let of_words = |version: &str| (version != words).then(|| version.to_owned());
        let (present, version) = (of_words(&chosen.present), of_words(&chosen.version));
        if let Some(version) = &version
            && store::bytes(&tx, version).await?.is_none()
        {
            return Err(Error::Refused(Refusal::new("suggestions-version-gone")));
        }
        if !store::make_current(&tx, present.as_deref(), version.as_deref(), now).await? {
            return Err(Error::Refused(Refusal::new("suggestions-version-changed")));
        }
        let body = serde_json::json!({ "version": &chosen.version, "before": &chosen.present });
        store::record(&tx, "model_chosen", of_version(&chosen.version), Some(by), now, body).await?;
        Ok(())
    });
    match done.await {
        Ok(()) => {}
        Err(Error::Refused(refusal)) => return draw(&app, &visit, &Asked::default(), Some(&refusal)).await,
        Err(error) => return Err(error),
    }
    running::refresh(&app).await?;
    tracing::info!(version = wanted, "another version was chosen");
    Ok(Redirect::to("/suggestions?done=chosen").into_response())
}

/// A version as the subject of a fact.
fn of_version(version: &str) -> Id {
    Id::from_str_radix(version, 16).unwrap_or(0)
}
