//! Accounts, for the system administrator who makes them and the security administrator who gives posts and locks.

use super::account::{Account, employee_number, login, proposed_post, stands_in};
use super::act::{Act, Post};
use super::actor::Actor;
use super::department::Department;
use super::doors::Visit;
use super::identity;
use super::identity::own_sessions;
use super::store::{self, AccountFilter, Change, NewAccount};
use super::{password, post_key, say, sessions};
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::kit::id::Id;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;

/// `GET /admin`.
pub(super) async fn overview(State(app): State<App>, visit: Visit) -> Result<Html<String>, Error> {
    let (accounts, active, departments) = app.db.read(|tx| async move { store::counts(&tx).await }).await?;
    let waiting = accounts - active;
    app.page(&visit, "people/admin.html", context! { active, waiting, departments, tabs => tabs(&app, &visit)? })
}

/// The administration's pages that the actor may see.
pub(crate) fn tabs(app: &App, visit: &Visit) -> Result<Vec<Value>, Error> {
    let actor = visit.actor()?;
    let pages = [
        ("/admin", "people-admin", Act::SeeAccounts),
        ("/admin/accounts", "people-accounts", Act::SeeAccounts),
        ("/admin/departments", "people-departments", Act::ManageAccounts),
        ("/admin/rolls", "rolls-title", Act::SeeAccounts),
        ("/credentials", "people-credentials", Act::ManageCredentials),
        ("/admin/imports", "people-imports", Act::ManageImports),
        ("/admin/places", "places-title", Act::ManageImports),
        ("/admin/notices", "notices-admin", Act::ManageNotices),
        ("/admin/open311", "open311-keys", Act::ManageApiKeys),
        ("/admin/tokens", "api-tokens", Act::SeeAccounts),
        ("/admin/webhooks", "api-webhooks", Act::ManageApiKeys),
        ("/admin/partners", "exchange-partners", Act::ManagePartners),
        ("/superiors", "superior-title", Act::ManageSuperiors),
        ("/admin/status", "status-admin", Act::ManageStatus),
        ("/admin/embed", "embed-admin", Act::ManageEmbeds),
        ("/audit", "people-sign-ins", Act::ReadAudit),
        ("/audit/changes", "people-changes", Act::ReadAudit),
        ("/admin/catalog", "people-catalog", Act::SeeCatalog),
    ];
    let tab = |(href, key, _): &(&str, &str, Act)| {
        let is_below = *href != "/admin" && *href != "/audit" && visit.path.starts_with(&format!("{href}/"));
        context! { href => *href, label => say(app, visit, key), current => visit.path == *href || is_below }
    };
    Ok(pages.iter().filter(|(_, _, act)| actor.may(*act)).map(tab).collect())
}

fn posts(app: &App, visit: &Visit, is_wanted: impl Fn(Post) -> bool) -> Vec<Value> {
    let option = |post: &Post| context! { value => post.word(), label => say(app, visit, &post_key(*post)) };
    Post::ALL.iter().filter(|post| is_wanted(**post)).map(option).collect()
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    post: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

/// `GET /admin/accounts`.
pub(super) async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let is_active = match asked.state.as_str() {
        "active" => Some(true),
        "inactive" => Some(false),
        _ => None,
    };
    let filter =
        AccountFilter { words: asked.q.clone(), post: asked.post.clone(), is_active, after: asked.after.clone() };
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((store::list(&tx, &filter).await?, store::found(&tx, &filter).await?))
    });
    let (page, found) = read.await?;
    let now = app.clock.now();
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|line| {
            context! {
                id => line.id,
                login => line.login.as_str(),
                name => line.name.as_str(),
                employee_number => line.employee_number.as_str(),
                post => say(&app, &visit, &format!("people-post-{}", line.post)),
                department => if visit.lang == "en" { &line.department_en } else { &line.department_zh },
                is_active => line.is_active,
                is_first_password => line.is_first_password,
                is_locked => line.locked_until > now,
            }
        })
        .collect();
    let address = |state: &str, after: &str| {
        let pairs = [("q", asked.q.as_str()), ("post", &asked.post), ("state", state), ("after", after)];
        let query =
            serde_urlencoded::to_string(pairs.iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>());
        format!("?{}", query.unwrap_or_default())
    };
    let states: Vec<Value> = [("", "people-all"), ("active", "people-active"), ("inactive", "people-inactive")]
        .iter()
        .map(|(state, key)| {
            context! { label => say(&app, &visit, key), href => address(state, ""), current => asked.state == *state }
        })
        .collect();
    let older = page.next.as_deref().map(|after| address(&asked.state, after)).unwrap_or_default();
    let newer = if asked.after.is_empty() { String::new() } else { address(&asked.state, "") };
    let page = context! {
        rows, states, older, newer, found,
        q => asked.q.as_str(),
        post => asked.post.as_str(),
        state => asked.state.as_str(),
        posts => posts(&app, &visit, |_| true),
        may_add => visit.actor()?.may(Act::ManageAccounts),
        tabs => tabs(&app, &visit)?,
    };
    app.page(&visit, "people/accounts.html", page)
}

#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct AddAccount {
    #[serde(default)]
    login: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    post: String,
    #[serde(default)]
    department_code: String,
    #[serde(default)]
    employee_number: String,
}

/// `GET /admin/accounts/new`.
pub(super) async fn ask_account(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw_form(&app, &visit, &AddAccount::default(), None).await
}

async fn draw_form(app: &App, visit: &Visit, form: &AddAccount, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let departments = app.db.read(|tx| async move { store::departments(&tx).await }).await?;
    let page = context! {
        login => form.login.as_str(),
        name => form.name.as_str(),
        post => form.post.as_str(),
        department_code => form.department_code.as_str(),
        employee_number => form.employee_number.as_str(),
        posts => posts(app, visit, |post| !super::account::is_administrator(post)),
        departments => options(&departments, visit.lang),
        errors => super::errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "people/account_new.html", page)?).into_response())
}

/// Departments for a field to choose from, indented like their tree.
pub(super) fn options(departments: &[Department], lang: &str) -> Vec<Value> {
    let option = |(depth, department): (usize, &Department)| {
        let label = format!("{}{} {}", "\u{3000}".repeat(depth), department.code, department.name(lang));
        context! { value => department.code.as_str(), label }
    };
    super::department::tree(departments).into_iter().map(option).collect()
}

/// `POST /admin/accounts`: the account waits for the security administrator's word before anybody can sign in with it.
pub(super) async fn add_account(
    State(app): State<App>,
    visit: Visit,
    Form(form): Form<AddAccount>,
) -> Result<Response, Error> {
    match make(&app, &visit, &form).await {
        Ok((id, first)) => hand_over(&app, &visit, id, &first).await,
        Err(Error::Refused(refusal)) => draw_form(&app, &visit, &form, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn make(app: &App, visit: &Visit, form: &AddAccount) -> Result<(Id, String), Error> {
    let (actor, now) = (visit.actor()?.account, app.clock.now());
    let (login, name) = (login(&form.login)?, required("name", &form.name, 60)?);
    let (post, number) = (proposed_post(&form.post)?, employee_number(&form.employee_number)?);
    let first = password::first();
    let account = NewAccount {
        login,
        name,
        post,
        department_code: crate::kit::form::typed(&form.department_code),
        password: password::hash(first.clone()).await?,
        is_first_password: true,
        is_active: false,
    };
    let made = app.db.write(move |tx| async move {
        let body = json!({ "post": post.word() });
        let departments = store::departments(&tx).await?;
        let own = departments.iter().find(|one| Some(&one.code) == account.department_code.as_ref());
        // A code that is none's is refused with its own sentence below.
        if own.is_some() || account.department_code.is_none() {
            stands_in(post, own.map(|one| one.kind.as_str()))?;
        }
        let id = store::make_account(&tx, account, now).await?;
        store::set_employee_number(&tx, id, &number).await?;
        record(&tx, Some(actor), id, "made", body, now).await?;
        Ok::<_, Error>(id)
    });
    Ok((made.await?, first))
}

async fn record(
    tx: &Tx,
    author: Option<Id>,
    id: Id,
    kind: &'static str,
    body: serde_json::Value,
    now: crate::kit::clock::Moment,
) -> Result<(), Error> {
    let change = Change { subject: "account", subject_id: id, kind, author, body };
    Ok(store::record(tx, &change, now).await?)
}

/// Shows a first password once.
async fn hand_over(app: &App, visit: &Visit, id: Id, first: &str) -> Result<Response, Error> {
    let account = app.db.read(move |tx| async move { store::load(&tx, id).await }).await?;
    let page = context! {
        id,
        login => account.login.as_str(),
        name => account.name.as_str(),
        is_active => account.is_active,
        first,
        tabs => tabs(app, visit)?,
    };
    let page = app.page(visit, "people/account_password.html", page)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// `GET /admin/accounts/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw_account(&app, &visit, id, None).await
}

pub(super) async fn draw_account(
    app: &App,
    visit: &Visit,
    id: Id,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let now = app.clock.now();
    let read = app.db.read(move |tx| async move {
        let running = sessions::list(&tx, id, now).await?;
        let factors = identity::store::factors(&tx, id).await?;
        let number = store::employee_number(&tx, id).await?;
        let account = store::load(&tx, id).await?;
        let departments = store::departments(&tx).await?;
        let changes = store::changes(&tx, Some(id), i64::MAX).await?;
        let links = identity::store::links(&tx, id).await?;
        Ok::<_, Error>((account, departments, changes, (running, factors, number, links)))
    });
    let (account, departments, changes, (running, factors, number, links)) = read.await?;
    let actor = visit.actor()?;
    let department = departments.iter().find(|one| Some(one.id) == account.department);
    let history: Vec<Value> = changes.rows.iter().map(|line| super::audit::change(app, visit, line)).collect();
    let is_other = account.id != actor.account;
    let page = context! {
        id,
        login => account.login.as_str(),
        name => account.name.as_str(),
        post => account.post.word(),
        post_label => say(app, visit, &post_key(account.post)),
        department => department.map_or("", |one| one.name(visit.lang)),
        is_active => account.is_active,
        is_first_password => account.is_first_password,
        is_locked => account.lock.until > app.clock.now(),
        locked_until => account.lock.until.0,
        may_reset => is_other && actor.may(Act::ManageAccounts) && !super::account::is_administrator(account.post),
        may_give => is_other && actor.may(Act::ManagePosts),
        may_number => actor.may(Act::ManageAccounts),
        employee_number => number,
        sessions => own_sessions::rows(app, visit, &running, ""),
        ties => identity::with_provider::rows(app, visit, &links),
        has_totp => factors.totp_since.is_some(),
        passkeys => factors.passkeys,
        posts => posts(app, visit, |_| true),
        history,
        errors => super::errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "people/account_show.html", page)?).into_response())
}

/// `POST /admin/accounts/{id}/password`: a new first password; every session of the account ends.
pub(super) async fn reset_password(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    let (actor, now, first) = (visit.actor()?.clone(), app.clock.now(), password::first());
    let hash = password::hash(first.clone()).await?;
    let changed = app.db.write(move |tx| async move {
        let account = store::load(&tx, id).await?.reset(&actor)?;
        store::save(&tx, &account).await?;
        store::set_password(&tx, id, &hash, true).await?;
        sessions::end_all(&tx, id).await?;
        record(&tx, Some(actor.account), id, "password_reset", json!({}), now).await
    });
    match changed.await {
        Ok(()) => hand_over(&app, &visit, id, &first).await,
        Err(Error::Refused(refusal)) => draw_account(&app, &visit, id, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

/// Loads an account, decides, saves, ends its sessions and records; then shows the account again.
async fn decide(
    app: &App,
    visit: &Visit,
    id: Id,
    kind: &'static str,
    rule: impl Fn(Account, &Actor, i64) -> Result<Account, Refusal> + Clone + Send + 'static,
) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let decided = app.db.write(move |tx| async move {
        let before = store::load(&tx, id).await?;
        let others = store::others(&tx, &before).await?;
        let after = rule(before.clone(), &actor, others)?;
        if after == before {
            return Ok::<_, Error>(());
        }
        store::save(&tx, &after).await?;
        if kind != "unlocked" {
            sessions::end_all(&tx, id).await?;
        }
        let body = if after.post == before.post {
            json!({})
        } else {
            json!({ "post_before": before.post.word(), "post": after.post.word() })
        };
        record(&tx, Some(actor.account), id, kind, body, now).await
    });
    match decided.await {
        Ok(()) => Ok(Redirect::to(&format!("/admin/accounts/{id}")).into_response()),
        Err(Error::Refused(refusal)) => draw_account(app, visit, id, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct GivePost {
    #[serde(default)]
    post: String,
}

/// `POST /admin/accounts/{id}/post`.
pub(super) async fn give_post(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(form): Form<GivePost>,
) -> Result<Response, Error> {
    decide(&app, &visit, id, "post_given", move |account, actor, others| {
        let post = Post::parse(&form.post).ok_or_else(|| Refusal::new("people-post-unknown").on("post"))?;
        account.give_post(actor, post, others)
    })
    .await
}

/// `POST /admin/accounts/{id}/activate`.
pub(super) async fn activate(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    decide(&app, &visit, id, "activated", |account, actor, _| account.activate(actor)).await
}

/// `POST /admin/accounts/{id}/deactivate`.
pub(super) async fn deactivate(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    decide(&app, &visit, id, "deactivated", |account, actor, others| account.deactivate(actor, others)).await
}

/// `POST /admin/accounts/{id}/unlock`.
pub(super) async fn unlock(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    decide(&app, &visit, id, "unlocked", |account, _, _| Ok(account.unlock())).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EmployeeNumber {
    employee_number: String,
}

/// `POST /admin/accounts/{id}/employee-number`.
pub(super) async fn set_employee_number(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(form): Form<EmployeeNumber>,
) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.account, app.clock.now());
    let changed = app.db.write(move |tx| async move {
        let number = employee_number(&form.employee_number)?;
        store::load(&tx, id).await?;
        if store::employee_number(&tx, id).await? == number {
            return Ok::<_, Error>(());
        }
        store::set_employee_number(&tx, id, &number).await?;
        record(&tx, Some(actor), id, "employee_number_given", json!({ "number": number }), now).await
    });
    match changed.await {
        Ok(()) => Ok(Redirect::to(&format!("/admin/accounts/{id}")).into_response()),
        Err(Error::Refused(refusal)) => draw_account(&app, &visit, id, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}
