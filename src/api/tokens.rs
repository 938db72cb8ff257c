//! Tokens of programs: made by the system administrator, released by the security administrator, taken back by either. Of a token only
//! its digest is kept; it is shown once.

use super::scopes::{Scope, is_working};
use super::store::{self, Token};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::open311::answering::digest;
use crate::people::act::{Act, Post};
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::people::{post_key, tabs};
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Time;
use minijinja::context;

/// How many requests a minute a token may be given at most.
const MOST_A_MINUTE: i64 = 100_000;

/// What tokens begin with, so that one that was lost can be found in files.
pub const PREFIX: &str = "steward_";

fn form(app: &App, visit: &Visit) -> Vec<Field> {
    let scope = |scope: &Scope| {
        let key = format!("api-scope-{}", scope.word().replace(':', "-"));
        Choice::new(scope.word(), app.pages.say(visit.lang, &key, &[])).with_hint(scope.word())
    };
    vec![
        Field::new("name", "api-token-name", Ask::Line(60)),
        Field::new("contact", "api-token-contact", Ask::Line(120)).hint("api-token-contact-hint"),
        Field::new("login", "api-token-login", Ask::Line(60)).hint("api-token-login-hint"),
        Field::new("scopes", "api-token-scopes", Ask::Several(Scope::ALL.iter().map(scope).collect())),
        Field::new("per_minute", "api-token-per-minute", Ask::Count(1, MOST_A_MINUTE)).given("600"),
        Field::new("ends_on", "api-token-ends", Ask::Day).optional().hint("api-token-ends-hint"),
    ]
}

/// `GET /admin/tokens`.
pub async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None, None, None).await
}

/// Draws the page; `fresh` is the name and the secret of a token that was just made.
async fn draw(
    app: &App,
    visit: &Visit,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
    fresh: Option<(&str, &str)>,
) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?, app.clock.now());
    let tokens = app.db.read(|tx| async move { store::tokens(&tx).await }).await;
    let tokens = tokens.map_err(|error: DbError| Error::Db(error))?;
    let row = |token: &Token| {
        let state = match () {
            () if token.revoked_at.is_some() => "revoked",
            () if !token.is_account_active => "idle",
            () if token.ends_at.is_some_and(|end| end <= now) => "ended",
            () if token.released_at.is_none() => "waiting",
            () => "open",
        };
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
        context! {
            id => token.id.to_string(),
            name => token.name.as_str(),
            contact => token.contact.as_str(),
            login => token.login.as_str(),
            person => token.actor.name.as_str(),
            post => app.pages.say(visit.lang, &post_key(token.actor.post), &[]),
            scopes,
            per_minute => token.per_minute,
            made_at => token.made_at.0,
            used_at => token.used_at.map(|at| at.0),
            ends_at => token.ends_at.map(|at| at.0),
            state,
            can_release => state == "waiting" && actor.may(Act::ManagePosts) && token.made_by != actor.account,
            can_revoke => token.revoked_at.is_none(),
        }
    };
    let fields = form(app, visit);
    let page = context! {
        rows => tokens.iter().map(row).collect::<Vec<_>>(),
        can_make => actor.may(Act::ManageApiKeys),
        fresh => fresh.map(|(name, secret)| context! { name, secret }),
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
        tabs => tabs(app, visit)?,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "api/tokens.html", page)?).into_response())
}

/// `POST /admin/tokens`: makes a token and shows it once.
pub async fn make(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    match made(&app, visit.actor()?, &typed).await {
        Ok((name, secret)) => draw(&app, &visit, None, None, Some((&name, &secret))).await,
        Err(Error::Refused(refusal)) => draw(&app, &visit, Some(&typed), Some(&refusal), None).await,
        Err(error) => Err(error),
    }
}

async fn made(app: &App, by: &Actor, typed: &Typed) -> Result<(String, String), Error> {
    let now = app.clock.now();
    let (name, contact) = (typed.needed("name", 60)?, typed.needed("contact", 120)?);
    let login = typed.needed("login", 60)?;
    let scopes = typed.choices("scopes", Scope::parse)?;
    let per_minute = typed.count("per_minute", 1, MOST_A_MINUTE)?;
    let ends_on = typed.day_if("ends_on")?;
    let ends_at = ends_on.map(|day| app.calendar.moment(day.tomorrow().unwrap_or(day), Time::midnight()));
    if ends_at.is_some_and(|end| end <= now) {
        return Err(Refusal::new("api-token-ends-passed").on("ends_on").into());
    }
    let asked = login.clone();
    let found = app.db.read(move |tx| async move { store::account_of(&tx, &asked).await }).await;
    let found = found.map_err(|error: DbError| Error::Db(error))?;
    let (account, person, post) = found.ok_or_else(|| Refusal::new("api-token-nobody").on("login"))?;
    behind(post, &scopes)?;
    let token = Token {
        id: id::fresh(),
        name: name.clone(),
        contact,
        actor: Actor { account, name: person, post, department: None, must_change_password: false },
        login,
        is_account_active: true,
        scopes,
        per_minute,
        made_at: now,
        made_by: by.account,
        ends_at,
        released_at: None,
        used_at: None,
        revoked_at: None,
    };
    let secret = format!("{PREFIX}{}", id::secret());
    let hash = digest(&secret);
    app.db.write(move |tx| async move { store::make_token(&tx, &token, &hash).await }).await?;
    Ok((name, secret))
}

/// Whether a post has anything behind these scopes.
///
/// # Errors
/// `api-token-administration`, `api-token-nothing-behind`.
fn behind(post: Post, scopes: &[Scope]) -> Result<(), Refusal> {
    if !is_working(post) {
        return Err(Refusal::new("api-token-administration").on("login"));
    }
    if scopes.is_empty() {
        return Err(Refusal::new("form-choose").on("scopes"));
    }
    match scopes.iter().find(|scope| !scope.is_for(post)) {
        Some(scope) => Err(Refusal::new("api-token-nothing-behind").with("scope", scope.word()).on("scopes")),
        None => Ok(()),
    }
}

/// `POST /admin/tokens/{id}/release`: another person says that it may be used.
pub async fn release(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.account, app.clock.now());
    let done = app.db.write(move |tx| async move {
        let token = store::token(&tx, id).await?;
        behind(token.actor.post, &token.scopes)?;
        if token.made_by == actor {
            return Err(Refusal::new("api-token-own").into());
        }
        store::release_token(&tx, id, actor, now).await?;
        Ok::<_, Error>(())
    });
    match done.await {
        Ok(()) => Ok(Redirect::to("/admin/tokens").into_response()),
        Err(Error::Refused(refusal)) => draw(&app, &visit, None, Some(&refusal), None).await,
        Err(error) => Err(error),
    }
}

/// `POST /admin/tokens/{id}/revoke`.
pub async fn revoke(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (actor, now): (Id, Moment) = (visit.actor()?.account, app.clock.now());
    app.db.write(move |tx| async move { store::revoke_token(&tx, id, actor, now).await }).await?;
    Ok(Redirect::to("/admin/tokens").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_nothing_that_its_account_has_not() {
        for (post, scopes, expected) in [
            (Post::Dispatcher, &[Scope::ReadCases, Scope::ReadContacts][..], None),
            (Post::DepartmentDesk, &[Scope::ReadCases, Scope::WriteCases], None),
            (Post::DepartmentDesk, &[Scope::ReadContacts], Some("api-token-nothing-behind")),
            (Post::Treasurer, &[Scope::ReadCases], Some("api-token-nothing-behind")),
            (Post::SystemAdmin, &[Scope::ReadReports], Some("api-token-administration")),
            (Post::Leader, &[], Some("form-choose")),
        ] {
            assert_eq!(behind(post, scopes).err().map(|refusal| refusal.key), expected, "{post:?} {scopes:?}");
        }
    }
}
