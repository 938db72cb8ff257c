//! What everybody reads: the check that stands before one's door, by the officers' code; the items that are published, the plan of
//! the year and what came of checks by lot; and the reports of checks that nobody registered.

use super::check::{CheckAct, CheckStage, LONGEST_RATING, Outcome, hours};
use super::doing::do_it;
use super::store::{self, Kept, Report};
use super::{Why, enterprises, show, telling};
use crate::app::App;
use crate::enforcement::case::{Actor, Role};
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Ask, Field, Typed};
use crate::kit::id::{self, Id, normal_code};
use crate::kit::words::LANGUAGES;
use crate::law::Certainty;
use crate::papers::paper::grouped;
use crate::people;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;

/// How long a code is.
const LENGTH: usize = 16;
/// How much of what was typed is shown again.
const MOST_SHOWN: usize = 40;
/// How many reports of unregistered checks are taken within an hour.
const MOST_REPORTS: i64 = 30;
/// How many results of draws the public page shows.
const MOST_RESULTS: usize = 50;

/// What the form asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    code: String,
}

fn is_code(code: &str) -> bool {
    code.len() == LENGTH && code.bytes().all(|sign| sign.is_ascii_alphanumeric())
}

/// `GET /check`: the code of a check is typed.
///
/// # Errors
/// When the page cannot be drawn.
pub async fn ask(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let typed = asked.code.trim();
    let code = normal_code(typed);
    if is_code(&code) {
        return Ok(Redirect::to(&format!("/check/{code}")).into_response());
    }
    if !typed.is_empty() {
        return unknown(&app, &visit, typed, None, None);
    }
    let page = context! { phones => Serde(show::phones(&app, visit.lang)) };
    Ok(app.page(&visit, "inspection/check_ask.html", page)?.into_response())
}

struct Seen {
    kept: Kept,
    officers: Vec<(String, Option<people::credentials::Held>)>,
}

async fn seen(app: &App, code: &str) -> Result<Option<Seen>, Error> {
    let code = normal_code(code);
    if !is_code(&code) {
        return Ok(None);
    }
    let read = app.db.read(move |tx| async move {
        let Some(kept) = store::of_code(&tx, &code).await? else { return Ok(None) };
        let names = people::store::names(&tx, &kept.check.plan.officers).await?;
        let mut officers = Vec::new();
        for account in &kept.check.plan.officers {
            let card = people::store::credential_on(&tx, *account, kept.check.plan.on).await?;
            officers.push((names.get(account).cloned().unwrap_or_default(), card));
        }
        Ok::<_, DbError>(Some(Seen { kept, officers }))
    });
    read.await.map_err(Error::Db)
}

/// `GET /check/{code}`: what an enterprise reads of the check before its door.
///
/// # Errors
/// When the database fails.
pub async fn check(Held(app): Held<App>, visit: Visit, Path(code): Path<String>) -> Result<Response, Error> {
    match seen(&app, &code).await? {
        Some(seen) => draw(&app, &visit, &seen, None, None),
        None => unknown(&app, &visit, &code, None, None),
    }
}

fn draw(
    app: &App,
    visit: &Visit,
    seen: &Seen,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (kept, check) = (&seen.kept, &seen.kept.check);
    let plan = &check.plan;
    let today = app.calendar.date_of(app.clock.now());
    // Before the head has approved it, it is nothing that an enterprise must let in; an emergency is, and is said to be one.
    let is_urgent = plan.reason == super::check::Reason::Emergency;
    let is_valid = !check.stage.is_void() && (check.approved_at.is_some() || is_urgent);
    let state = match check.stage {
        _ if !is_valid => "void",
        CheckStage::Finished => "over",
        CheckStage::Entered | CheckStage::Recorded => "under",
        _ if plan.on == today => "today",
        _ if plan.on < today => "past",
        _ => "ahead",
    };
    let items = plan.items.iter().map(|id| {
        let known = app.inspection.named(id);
        context! { name => show::item(app, visit.lang, id), basis => known.map(|item| item.basis.as_str()) }
    });
    let officers = seen.officers.iter().map(|(name, card)| {
        let is_right = card.as_ref().is_some_and(|card| card.from <= plan.on && plan.on <= card.until);
        context! {
            name, card => card.as_ref().map(|card| card.number.as_str()), from => card.as_ref().map(|card| card.from.to_string()),
            until => card.as_ref().map(|card| card.until.to_string()), is_right,
        }
    });
    let html = context! {
        code => kept.code.as_str(), shown_code => grouped(&kept.code), number => kept.number.as_str(), state, is_urgent,
        is_unapproved => is_urgent && check.approved_at.is_none(),
        enterprise => kept.enterprise.as_str(), organ => show::organ(app, visit.lang),
        reason => plan.reason.word(), on => plan.on.to_string(), hours => hours(plan.from, plan.until), why => plan.why.as_str(),
        items => items.collect::<Vec<_>>(), officers => officers.collect::<Vec<_>>(),
        entered_at => check.entered_at.map(|at| at.0), left_at => check.left_at.map(|at| at.0),
        outcome => check.outcome.as_ref().map(Outcome::word), until => check.correct_by().map(|day| day.to_string()),
        rating => check.rating.as_ref().map(|rating| rating.stars),
        stars => typed.and_then(|typed| typed.text("stars").parse::<i64>().ok()).unwrap_or_default(),
        words => typed.map(|typed| typed.text("words").to_owned()).unwrap_or_default(), most => LONGEST_RATING,
        errors => enterprises::errors(app, visit, refusal, ""),
        phones => Serde(show::phones(app, visit.lang)),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "inspection/check.html", html)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

fn report_form() -> Vec<Field> {
    vec![
        Field::new("enterprise", "inspection-report-enterprise", Ask::Line(120)),
        Field::new("words", "inspection-report-words", Ask::Text(1000)).hint("inspection-report-words-hint"),
        Field::new("phone", "inspection-report-phone", Ask::Line(30)).optional(),
    ]
}

fn unknown(
    app: &App,
    visit: &Visit,
    typed_code: &str,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let shown: String = typed_code.chars().filter(|sign| !sign.is_control()).take(MOST_SHOWN).collect();
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let told = refusal
        .map(|refusal| (refusal.field.unwrap_or("words"), app.pages.say(visit.lang, refusal.key, &refusal.args)));
    let beside = told.as_ref().map(|(field, text)| (*field, text.as_str()));
    let html = context! {
        typed => shown, fields => fields::draw(&report_form(), "report", typed, beside, &say),
        errors => enterprises::errors(app, visit, refusal, "report"),
        phones => Serde(show::phones(app, visit.lang)),
        key => typed.map(|typed| typed.text("key").to_owned()).filter(|key| !key.is_empty()).unwrap_or_else(id::secret),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::NOT_FOUND };
    let html = app.page(visit, "inspection/check_unknown.html", html)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `POST /check/{code}`: the enterprise says how it was.
///
/// # Errors
/// [`Error::NotFound`] for a code that nobody has; when the database fails. Refusals are drawn.
pub async fn rate(
    Held(app): Held<App>,
    visit: Visit,
    Path(code): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let Some(found) = seen(&app, &code).await? else { return Err(Error::NotFound) };
    let (held, code, now) = (app.clone(), found.kept.code.clone(), app.clock.now());
    let act = read_rating(&typed);
    let rated = match act {
        Err(refusal) => Err(refusal.into()),
        Ok(act) => {
            app.db
                .write(move |tx| {
                    let (held, code, act) = (held.clone(), code.clone(), act.clone());
                    async move {
                        let kept = store::of_code(&tx, &code).await?.ok_or(Error::NotFound)?;
                        let party = Actor { account: None, role: Role::Party };
                        let id = kept.check.id;
                        do_it(&held, &tx, kept, &party, &act, now, &[], "").await?;
                        Ok::<_, Error>(id)
                    }
                })
                .await
        }
    };
    match rated {
        Ok(id) => {
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/check/{}", found.kept.code)).into_response())
        }
        Err(Error::Refused(refusal)) => draw(&app, &visit, &found, Some(&typed), Some(&refusal)),
        Err(error) => Err(error),
    }
}

fn read_rating(typed: &Typed) -> Result<CheckAct, Refusal> {
    let stars = typed.choice("stars", |text| text.parse::<u8>().ok().filter(|stars| (1..=5).contains(stars)))?;
    Ok(CheckAct::Rate { stars, words: typed.words("words", LONGEST_RATING)? })
}

/// `POST /check`: somebody wants to check, and the program does not know of it.
///
/// # Errors
/// When the database fails. Refusals are drawn.
pub async fn report(
    Held(app): Held<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let now = app.clock.now();
    let read = || -> Result<Report, Refusal> {
        Ok(Report {
            id: id::fresh(),
            code: typed.text("code").chars().filter(|sign| !sign.is_control()).take(MOST_SHOWN).collect(),
            enterprise: typed.needed("enterprise", 120)?,
            words: typed.needed("words", 1000)?,
            phone: typed.words("phone", 30)?.into(),
            at: now,
            answered: None,
            answer: String::new(),
        })
    };
    let form = typed.text("key").chars().take(80).collect::<String>();
    let told = match read() {
        Err(refusal) => Err(Error::from(refusal)),
        Ok(one) => {
            app.db
                .write(move |tx| {
                    let (one, form) = (one.clone(), form.clone());
                    async move {
                        if store::reports_since(&tx, now.plus(-3_600_000)).await? >= MOST_REPORTS {
                            return Err(Why::ReportsTooMany.refuse().into());
                        }
                        if store::add_report(&tx, &one, &form).await? {
                            telling::tell_report(&tx, &one, now).await?;
                        }
                        Ok::<_, Error>(one.id)
                    }
                })
                .await
        }
    };
    match told {
        Ok(id) => {
            app.tell("inspection_report", id);
            let page = context! { phones => Serde(show::phones(&app, visit.lang)) };
            Ok(app.page(&visit, "inspection/check_told.html", page)?.into_response())
        }
        Err(Error::Refused(refusal)) => {
            let code = typed.text("code").to_owned();
            unknown(&app, &visit, &code, Some(&typed), Some(&refusal))
        }
        Err(error) => Err(error),
    }
}

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Year {
    year: String,
}

/// `GET /inspections/published`: the items with their basis and cap, the plan of the year, what came of checks by lot.
///
/// # Errors
/// When the database fails.
pub async fn published(Held(app): Held<App>, visit: Visit, Query(asked): Query<Year>) -> Result<Response, Error> {
    let today = app.calendar.date_of(app.clock.now());
    let year = asked.year.parse::<i16>().ok().filter(|year| (2000..=2200).contains(year)).unwrap_or(today.year());
    let read = app.db.read(move |tx| async move {
        let done = store::entered_of_year(&tx, year).await?;
        Ok::<_, DbError>((done, store::drawn_results(&tx, MOST_RESULTS).await?))
    });
    let (done, results) = read.await.map_err(Error::Db)?;
    let is_chinese = visit.lang == LANGUAGES[0];
    let items = app.inspection.published(today).map(|item| {
        context! {
            name => if is_chinese { item.name.zh.as_str() } else { item.name.en.as_str() }, basis => item.basis.as_str(),
            most => item.most_a_year, published_on => item.published_on.map(|day| day.to_string()),
        }
    });
    let plans = app.inspection.plans(year).map(|plan| {
        context! {
            name => show::item(&app, visit.lang, &plan.item), checks => plan.checks, from => plan.from_month, until => plan.until_month,
            is_drawn => plan.is_drawn, done => done.get(&plan.item).copied().unwrap_or_default(),
        }
    });
    let results = results.iter().map(|kept| {
        let items: Vec<String> = kept.check.plan.items.iter().map(|id| show::item(&app, visit.lang, id)).collect();
        context! { name => kept.enterprise.as_str(), on => kept.check.plan.on.to_string(), items, outcome => kept.check.outcome.as_ref().map(Outcome::word) }
    });
    let html = context! {
        year, items => items.collect::<Vec<_>>(), plans => plans.collect::<Vec<_>>(), results => results.collect::<Vec<_>>(),
        organ => show::organ(&app, visit.lang), notice_days => app.inspection.notice_days, urgent_hours => app.inspection.urgent_hours,
        source => app.inspection.source.as_str(), is_to_check => app.inspection.certainty == Certainty::CheckLocally,
        phones => Serde(show::phones(&app, visit.lang)),
    };
    Ok(app.page(&visit, "inspection/published.html", html)?.into_response())
}

// ---------- for the staff ----------

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Before {
    before: String,
}

/// `GET /inspections/reports`: checks that were reported as not registered.
///
/// # Errors
/// When the database fails.
pub async fn reports(Held(app): Held<App>, visit: Visit, Query(asked): Query<Before>) -> Result<Response, Error> {
    draw_reports(&app, &visit, asked.before.parse().unwrap_or(i64::MAX), None).await
}

async fn draw_reports(
    app: &App,
    visit: &Visit,
    before: Id,
    again: Option<(Id, &Typed, &Refusal)>,
) -> Result<Response, Error> {
    let page = app.db.read(move |tx| async move { store::reports(&tx, before).await }).await.map_err(Error::Db)?;
    let rows = page.rows.iter().map(|one| {
        let own = again.filter(|(id, ..)| *id == one.id);
        context! {
            id => one.id.to_string(), code => one.code.as_str(), enterprise => one.enterprise.as_str(), words => one.words.as_str(),
            phone => one.phone.or_said(|key, args| app.pages.say(visit.lang, key, args)), at => one.at.0, answer => one.answer.as_str(),
            answered_at => one.answered.as_ref().map(|(at, _): &(Moment, String)| at.0),
            answered_by => one.answered.as_ref().map(|(_, by)| by.as_str()),
            typed => own.map(|(_, typed, _)| typed.text("words").to_owned()).unwrap_or_default(),
            error => own.map(|(_, _, refusal)| app.pages.say(visit.lang, refusal.key, &refusal.args)).unwrap_or_default(),
        }
    });
    let html = context! {
        rows => rows.collect::<Vec<_>>(),
        older => page.next.map(|next| format!("?before={next}")).unwrap_or_default(),
        newer => if before == i64::MAX { "" } else { "/inspections/reports" },
    };
    let status = if again.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "inspection/reports.html", html)?).into_response())
}

/// `POST /inspections/reports/{id}`: somebody looked into it.
///
/// # Errors
/// When the database fails. Refusals are drawn.
pub async fn answer(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (by, now) = (visit.actor()?.account, app.clock.now());
    match typed.needed("words", 1000) {
        Err(refusal) => draw_reports(&app, &visit, i64::MAX, Some((id, &typed, &refusal))).await,
        Ok(words) => {
            let done = app.db.write(move |tx| {
                let words = words.clone();
                async move { store::answer_report(&tx, id, by, &words, now).await }
            });
            done.await.map_err(|error: DbError| Error::Db(error))?;
            app.tell("inspection_report", id);
            Ok(Redirect::to("/inspections/reports").into_response())
        }
    }
}
