//! Scan to enter (扫码入企): officers scan the enterprise's code at its door. Only a check of theirs that is approved, announced and
//! for now lets them in, and both scan; everything else is said with its article and a telephone at which to complain.

use super::check::{Check, CheckAct, carry_out};
use super::doing::{acting, do_it, officers};
use super::enterprise::{Enterprise, State};
use super::store::{self, Kept, Scope};
use super::{Why, show};
use crate::app::App;
use crate::enforcement::case::Actor;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::Typed;
use crate::kit::id::{Id, normal_code};
use crate::people::act::Post;
use crate::people::actor::Actor as Person;
use crate::people::doors::Visit;
use crate::reports::place;
use axum::extract::{Form, Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use minijinja::context;
use serde::Deserialize;

/// How often an entering is tried again when the other officer scans at the same moment.
const TRIES: usize = 6;
/// How much of an unknown code is said.
const LONGEST_CODE: usize = 40;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    code: String,
}

/// `GET /inspections/{id}/enter`: the phone is pointed at the enterprise's code, or the code below it is typed.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn ask(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let person = visit.actor()?.clone();
    let kept = app.db.read(move |tx| async move { store::load(&tx, id, Scope::of(&person)).await }).await?;
    let code = normal_code(asked.code.trim());
    if code.len() == 16 && code.bytes().all(|sign| sign.is_ascii_alphanumeric()) {
        return Ok(Redirect::to(&format!("/enter/{code}")).into_response());
    }
    let is_wrong = !asked.code.trim().is_empty();
    let html = context! {
        id => id.to_string(), line => show::line(&app, visit.lang, &kept, app.clock.now()), typed => asked.code.trim(),
        error => if is_wrong { app.pages.say(visit.lang, "inspection-code-strange", &[]) } else { String::new() },
    };
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(&visit, "inspection/scan.html", html)?).into_response())
}

/// `GET /enter/{code}`.
///
/// # Errors
/// [`Error::NotFound`] for a code that nobody has; when the database fails.
pub async fn show(Held(app): Held<App>, visit: Visit, Path(code): Path<String>) -> Result<Response, Error> {
    draw(&app, &visit, &code, None).await
}

/// The act of entering, as the program's records have it now.
async fn entering(tx: &Tx, check: &Check, today: Date, position: Option<(f64, f64)>) -> Result<CheckAct, Error> {
    let named = officers(tx, &check.plan.officers, today).await?;
    let (earlier, _) = store::counted(tx, check.plan.enterprise, today.year(), Some(check.id)).await?;
    Ok(CheckAct::Enter { officers: named, is_scanned: true, position, earlier })
}

async fn found(tx: &Tx, code: &str) -> Result<Enterprise, Error> {
    store::enterprise_of_code(tx, &normal_code(code)).await?.ok_or(Error::NotFound)
}

/// A check of somebody at an enterprise, and whether the rule lets them in now.
struct Tried {
    kept: Kept,
    no: Option<Refusal>,
}

async fn tried(
    app: &App,
    tx: &Tx,
    enterprise: &Enterprise,
    person: &Person,
    by: &Actor,
    now: Moment,
) -> Result<Vec<Tried>, Error> {
    let today = app.calendar.date_of(now);
    let mut all = Vec::new();
    for kept in store::open_of(tx, enterprise.id, person.account).await? {
        let no = match entering(tx, &kept.check, today, None).await {
            Ok(act) => carry_out(&kept.check, by, &act, now.max(kept.check.last_at), &app.inspection, &app.law()).err(),
            Err(Error::Refused(refusal)) => Some(refusal),
            Err(error) => return Err(error),
        };
        all.push(Tried { kept, no });
    }
    Ok(all)
}

async fn draw(app: &App, visit: &Visit, code: &str, problem: Option<&Refusal>) -> Result<Response, Error> {
    let person = visit.actor()?.clone();
    let now = app.clock.now();
    let by = acting(&person)?;
    let (held, code, somebody) = (app.clone(), code.to_owned(), person.clone());
    let typed: String = code.chars().filter(|sign| !sign.is_control()).take(LONGEST_CODE).collect();
    let read = app.db.read(move |tx| async move {
        let enterprise = match found(&tx, &code).await {
            Err(Error::NotFound) => return Ok(None),
            found => found?,
        };
        let all = tried(&held, &tx, &enterprise, &somebody, &by, now).await?;
        Ok::<_, Error>(Some((enterprise, all)))
    });
    let Some((enterprise, all)) = read.await? else {
        let html = app.page(visit, "inspection/enter_unknown.html", context! { code => typed })?;
        return Ok((StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], html).into_response());
    };
    let say = |refusal: &Refusal| app.pages.say(visit.lang, refusal.key, &refusal.args);
    let one = |tried: &Tried| {
        let check = &tried.kept.check;
        context! {
            line => show::line(app, visit.lang, &tried.kept, now), revision => check.revision,
            no => tried.no.as_ref().map(say),
            present => check.present.iter().filter(|there| app.calendar.date_of(there.at) == check.plan.on).count(),
            has_scanned => check.present.iter().any(|there| there.account == person.account),
            is_under => check.entered_at.is_some(),
        }
    };
    let is_open = all.iter().any(|tried| tried.no.is_none());
    let nothing = match () {
        () if enterprise.state != State::Open => Some(say(&Why::EnterpriseClosed.refuse())),
        () if all.is_empty() && person.post == Post::EnforcementHelper => {
            Some(say(&crate::enforcement::Why::HelperEnforces.refuse()))
        }
        () if all.is_empty() => Some(say(&Why::NothingPlanned.refuse())),
        () => None,
    };
    let html = context! {
        code => enterprise.code.as_str(), name => enterprise.particulars.name.as_str(), address => enterprise.particulars.address.as_str(),
        enterprise_id => enterprise.id.to_string(),
        checks => all.iter().map(one).collect::<Vec<_>>(), is_open, nothing,
        problem => problem.map(say), phones => minijinja::Value::from(minijinja::value::Serde(show::phones(app, visit.lang))),
    };
    let is_there = |tried: &Tried| {
        let check = &tried.kept.check;
        check.entered_at.is_some() || check.present.iter().any(|there| there.account == person.account)
    };
    let is_refused = problem.is_some() || !is_open && !all.iter().any(is_there);
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "inspection/enter.html", html)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `POST /enter/{code}`: this officer is there.
///
/// # Errors
/// [`Error::NotFound`] for a code that nobody has, and for a check that is not theirs; when the database fails. Refusals are
/// drawn.
pub async fn enter(
    Held(app): Held<App>,
    visit: Visit,
    Path(code): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let outcome = match place::position(typed.text("lon"), typed.text("lat"), typed.text("coordinates")) {
        // Whoever does not tell their position is let in, too.
        Ok(position) => attempt(&app, &visit, &code, &typed, position).await,
        Err(place::Nowhere) => Err(Why::PositionStrange.refuse().into()),
    };
    match outcome {
        Ok(id) => {
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/inspections/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw(&app, &visit, &code, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn attempt(
    app: &App,
    visit: &Visit,
    code: &str,
    typed: &Typed,
    position: Option<(f64, f64)>,
) -> Result<Id, Error> {
    let person = visit.actor()?.clone();
    let by = acting(&person)?;
    let now = app.clock.now();
    let today = app.calendar.date_of(now);
    let check: Id = typed.text("check").parse().map_err(|_| Error::NotFound)?;
    let form = typed.mark(&visit.path);
    for _ in 0..TRIES {
        let (held, person, code, form) = (app.clone(), person.clone(), code.to_owned(), form.clone());
        let done = app.db.write(move |tx| async move {
            let enterprise = found(&tx, &code).await?;
            let kept = store::load(&tx, check, Scope::of(&person)).await?;
            // Sent twice: they are in.
            if crate::timeline::store::is_done(&tx, store::SUBJECT, check, Some(person.account), &form).await? {
                return Ok(());
            }
            Why::NotScanned.unless(kept.check.plan.enterprise == enterprise.id)?;
            Why::EnterpriseClosed.unless(enterprise.state == State::Open)?;
            let act = entering(&tx, &kept.check, today, position).await?;
            do_it(&held, &tx, kept, &by, &act, now, &[], &form).await?;
            Ok::<_, Error>(())
        });
        match done.await {
            // The other officer scanned at the same moment.
            Err(Error::Db(DbError::Stale)) => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(check),
        }
    }
    Err(Error::Db(DbError::Stale))
}
