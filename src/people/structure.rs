//! The tree of departments, for the system administrator.

use super::administration::{options, tabs};
use super::department::{KINDS, NewDepartment, tree};
use super::doors::Visit;
use super::say;
use super::store::{self, Change};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::{at_most, required};
use crate::kit::id::Id;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name_zh: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    parent_code: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    phone: String,
}

/// `GET /admin/departments`.
pub(super) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, &Typed::default(), None).await
}

async fn draw(app: &App, visit: &Visit, typed: &Typed, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let departments = app.db.read(|tx| async move { store::departments(&tx).await }).await?;
    let kind_name = |kind: &str| say(app, visit, &format!("people-kind-{kind}"));
    let rows: Vec<Value> = tree(&departments)
        .into_iter()
        .map(|(depth, one)| {
            context! {
                depth,
                id => one.id,
                code => one.code.as_str(),
                name => one.name(visit.lang),
                name_zh => one.name_zh.as_str(),
                name_en => one.name_en.as_str(),
                kind => kind_name(&one.kind),
                phone => one.phone.as_str(),
            }
        })
        .collect();
    let kinds: Vec<Value> = KINDS.iter().map(|kind| context! { value => *kind, label => kind_name(kind) }).collect();
    let page = context! {
        rows, kinds,
        parents => options(&departments, visit.lang),
        code => typed.code.as_str(),
        name_zh => typed.name_zh.as_str(),
        name_en => typed.name_en.as_str(),
        parent_code => typed.parent_code.as_str(),
        kind => typed.kind.as_str(),
        phone => typed.phone.as_str(),
        errors => super::errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "people/departments.html", page)?).into_response())
}

/// `POST /admin/departments`.
pub(super) async fn add(State(app): State<App>, visit: Visit, Form(typed): Form<Typed>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.account, app.clock.now());
    let field = |name: &str| {
        let value = match name {
            "code" => &typed.code,
            "name_zh" => &typed.name_zh,
            "name_en" => &typed.name_en,
            "parent_code" => &typed.parent_code,
            "kind" => &typed.kind,
            _ => &typed.phone,
        };
        value.trim().to_owned()
    };
    let made = match NewDepartment::of(0, &field) {
        Err(refusal) => Err(Error::Refused(refusal)),
        Ok(department) => {
            app.db
                .write(move |tx| async move {
                    if store::is_department(&tx, &department.code).await? {
                        return Err(Refusal::new("people-department-taken").on("code").into());
                    }
                    let id = store::put_department(&tx, &department).await?;
                    let body = json!({ "code": department.code, "name_zh": department.name_zh });
                    record(&tx, actor, id, "made", body, now).await
                })
                .await
        }
    };
    match made {
        Ok(()) => Ok(Redirect::to("/admin/departments").into_response()),
        Err(Error::Refused(refusal)) => draw(&app, &visit, &typed, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn record(
    tx: &crate::kit::db::Tx,
    author: Id,
    id: Id,
    kind: &'static str,
    body: serde_json::Value,
    now: crate::kit::clock::Moment,
) -> Result<(), Error> {
    let change = Change { subject: "department", subject_id: id, kind, author: Some(author), body };
    Ok(store::record(tx, &change, now).await?)
}

/// `POST /admin/departments/{id}`: other names, another phone.
pub(super) async fn rename(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.account, app.clock.now());
    let name_zh = required("name_zh", &typed.name_zh, 80)?;
    let name_en = at_most("name_en", &typed.name_en, 120)?;
    let name_en = if name_en.is_empty() { name_zh.clone() } else { name_en };
    let phone = at_most("phone", &typed.phone, 40)?;
    let renamed = app.db.write(move |tx| async move {
        store::rename_department(&tx, id, &name_zh, &name_en, &phone).await?;
        record(&tx, actor, id, "renamed", json!({ "name_zh": name_zh, "name_en": name_en }), now).await
    });
    renamed.await?;
    Ok(Redirect::to("/admin/departments").into_response())
}
