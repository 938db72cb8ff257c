//! One's own account and its password.

use super::account::{Account, Outcome, Rules};
use super::act::{Act, may};
use super::doors::Visit;
use super::identity;
use super::sign_in::Knock;
use super::store::{self, Change};
use super::{guessable, password, sessions};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use axum::extract::{Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    done: String,
}

/// `GET /account`.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let actor = visit.actor()?.clone();
    let read = app.db.read(move |tx| async move {
        let account = store::load(&tx, actor.account).await?;
        let departments = store::departments(&tx).await?;
        let sign_ins = store::sign_ins(&tx, "", &account.login, i64::MAX).await?;
        let number = store::employee_number(&tx, account.id).await?;
        let links = identity::store::links(&tx, account.id).await?;
        Ok::<_, Error>((account, departments, (sign_ins, number, links)))
    });
    let (account, departments, (sign_ins, employee_number, links)) = read.await?;
    let department = departments.iter().find(|one| Some(one.id) == account.department);
    let acts: Vec<String> = Act::ALL
        .iter()
        .filter(|act| may(account.post, **act))
        .map(|act| super::say(&app, &visit, &format!("people-act-{}", act.word())))
        .collect();
    let last: Vec<minijinja::Value> = sign_ins
        .rows
        .iter()
        .take(5)
        .map(|line| {
            let outcome = super::say(&app, &visit, &format!("people-outcome-{}", line.outcome));
            context! { at => line.at.0, outcome, address => line.address.as_str(), way => super::way(&app, &visit, &line.way) }
        })
        .collect();
    let page = context! {
        login => account.login.as_str(),
        name => account.name.as_str(),
        post => super::say(&app, &visit, &super::post_key(account.post)),
        department => department.map_or("", |one| one.name(visit.lang)),
        acts,
        employee_number,
        ties => identity::with_provider::rows(&app, &visit, &links),
        sign_ins => last,
        is_done => asked.done == "password",
    };
    app.page(&visit, "people/account.html", page)
}

/// `GET /account/password`.
pub(super) async fn ask_password(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None)
}

fn draw(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let rules = Rules::of(&app.city.rest);
    let page = context! {
        is_first => visit.actor()?.must_change_password,
        least => rules.shortest,
        kinds => rules.kinds,
        errors => super::errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "people/password.html", page)?).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct ChangePassword {
    #[serde(default)]
    current: String,
    #[serde(default)]
    fresh: String,
    #[serde(default)]
    again: String,
}

/// `POST /account/password`: replaces the password and ends every other session.
pub(super) async fn change_password(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    Form(form): Form<ChangePassword>,
) -> Result<Response, Error> {
    match change(&app, &visit, &knock, form).await {
        Ok(secret) => Ok(([knock.cookie(&secret)?], Redirect::to("/account?done=password")).into_response()),
        Err(Error::Refused(refusal)) => draw(&app, &visit, Some(&refusal)),
        Err(error) => Err(error),
    }
}

/// The names of this place and of this person, which a guesser tries.
fn names<'a>(app: &'a App, account: &'a Account) -> Vec<&'a str> {
    let city = app.city.name.as_str();
    // People leave the last syllable away, and of English names they take a word.
    let short = city.trim_end_matches(['市', '县', '区']);
    let mut names = vec![account.login.as_str(), account.name.as_str(), city, short, app.city.name_en.as_str()];
    names.extend(app.city.name_en.split_whitespace().filter(|word| word.len() >= 4));
    names
}

async fn change(app: &App, visit: &Visit, knock: &Knock, form: ChangePassword) -> Result<String, Error> {
    let (id, now, rules) = (visit.actor()?.account, app.clock.now(), Rules::of(&app.city.rest));
    let read = app.db.read(move |tx| async move {
        let account = store::load(&tx, id).await?;
        store::credentials(&tx, &account.login).await.map_err(Error::Db)
    });
    let (account, hash) = read.await?.ok_or(Error::NotFound)?;
    rules.judge(&account.login, &form.fresh)?;
    guessable::judge(&form.fresh, &names(app, &account))?;
    if form.fresh != form.again {
        return Err(Refusal::new("people-password-again").on("again").into());
    }
    if form.fresh == form.current {
        return Err(Refusal::new("people-password-same").on("fresh").into());
    }
    let is_right = password::verify(form.current.chars().take(1000).collect(), Some(hash.clone())).await?;
    let fresh = password::hash(form.fresh).await?;
    let (origin, own) = (knock.origin.clone(), sessions::key(knock.session.as_deref().unwrap_or_default()));
    let changed = app.db.write(move |tx| async move {
        let account = store::load(&tx, id).await?;
        let (outcome, lock) = account.lock.attempt(account.is_active, is_right, now, &rules);
        if outcome != Outcome::Opened {
            // Guessing here counts like guessing at the door.
            store::note_lock(&tx, id, lock).await?;
            store::log_sign_in(&tx, &account.login, Some(id), (outcome, "password"), &origin, now).await?;
            return Ok::<_, Error>(None);
        }
        store::set_password(&tx, id, &fresh, false).await?;
        let before = sessions::list(&tx, id, now).await?.into_iter().find(|one| one.key == own);
        sessions::end_all(&tx, id).await?;
        let change =
            Change { subject: "account", subject_id: id, kind: "password_changed", author: Some(id), body: json!({}) };
        store::record(&tx, &change, now).await?;
        // The session goes on as it was opened.
        let (way, is_strong) = before.map_or((sessions::Way::Password, false), |one| (one.way, one.is_strong));
        sessions::open(&tx, &sessions::Opening { account: id, way, is_strong, origin }, now, rules.idle).await.map(Some)
    });
    changed.await?.ok_or_else(|| Refusal::new("people-password-wrong").on("current").into())
}
