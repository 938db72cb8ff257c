//! Who may send reports and updates: keys, made and taken back by the system administrator. Of a key only its digest is kept; it
//! is shown once.

use super::answering::digest;
use super::store::{self, Key};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;

/// How many requests a minute a key may be given at most.
const MOST_A_MINUTE: i64 = 100_000;

fn form(app: &App, visit: &Visit) -> Vec<Field> {
    let choice = |value: &str, key: &str| Choice::new(value, app.pages.say(visit.lang, key, &[]));
    let names = &app.open311.city.jurisdictions;
    let names = names.iter().map(|name| Choice::new(name, name.clone())).collect();
    let may = vec![choice("submit", "open311-may-submit"), choice("update", "open311-may-update")];
    let mut fields = vec![
        Field::new("name", "open311-key-name", Ask::Line(60)),
        Field::new("contact", "open311-key-contact", Ask::Line(120)).hint("open311-key-contact-hint"),
        Field::new("per_minute", "open311-key-per-minute", Ask::Count(1, MOST_A_MINUTE)).given("60"),
        Field::new("may", "open311-key-may", Ask::Several(may)).optional().given("submit"),
        Field::new("is_test", "open311-key-test", Ask::Yes).optional().hint("open311-key-test-hint"),
    ];
    if !app.open311.city.jurisdictions.is_empty() {
        let field = Field::new("jurisdiction", "open311-key-jurisdiction", Ask::One(names)).optional();
        fields.insert(2, field.hint("open311-key-jurisdiction-hint"));
    }
    fields
}

/// `GET /admin/open311`.
pub async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None, None, None).await
}

/// Draws the page; `fresh` is the name and the secret of a key that was just made.
async fn draw(
    app: &App,
    visit: &Visit,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
    fresh: Option<(&str, &str)>,
) -> Result<Response, Error> {
    let keys = app.db.read(|tx| async move { store::keys(&tx).await }).await;
    let keys = keys.map_err(|error: DbError| Error::Db(error))?;
    let row = |key: &Key| {
        context! {
            id => key.id.to_string(),
            name => key.name.as_str(),
            contact => key.contact.as_str(),
            jurisdiction => key.jurisdiction.as_str(),
            per_minute => key.per_minute,
            may_submit => key.may_submit,
            may_update => key.may_update,
            is_test => key.is_test,
            made_at => key.made_at.0,
            used_at => key.used_at.map(|at| at.0),
            revoked_at => key.revoked_at.map(|at| at.0),
        }
    };
    let fields = form(app, visit);
    let page = context! {
        rows => keys.iter().map(row).collect::<Vec<_>>(),
        fresh => fresh.map(|(name, secret)| context! { name, secret }),
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
        tabs => tabs(app, visit)?,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "open311/keys.html", page)?).into_response())
}

/// `POST /admin/open311`: makes a key and shows it once.
pub async fn make(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (actor, now, secret) = (visit.actor()?.account, app.clock.now(), id::secret());
    let key = match read(&app, &typed) {
        Ok(key) => Key { id: id::fresh(), made_at: now, ..key },
        Err(refusal) => return draw(&app, &visit, Some(&typed), Some(&refusal), None).await,
    };
    let (hash, name) = (digest(&secret), key.name.clone());
    let written = app.db.write(move |tx| async move { store::make_key(&tx, &key, &hash, actor).await }).await;
    written.map_err(|error: DbError| Error::Db(error))?;
    draw(&app, &visit, None, None, Some((&name, &secret))).await
}

fn read(app: &App, typed: &Typed) -> Result<Key, Refusal> {
    let may: Vec<&str> = typed.all("may").collect();
    let jurisdiction = typed.text("jurisdiction").to_owned();
    if !jurisdiction.is_empty() && !app.open311.city.jurisdictions.contains(&jurisdiction) {
        return Err(Refusal::new("form-choose").on("jurisdiction"));
    }
    Ok(Key {
        id: 0,
        name: typed.needed("name", 60)?,
        contact: typed.needed("contact", 120)?,
        jurisdiction,
        per_minute: typed.count("per_minute", 1, MOST_A_MINUTE)?,
        may_submit: may.contains(&"submit"),
        may_update: may.contains(&"update"),
        is_test: typed.yes("is_test"),
        made_at: crate::kit::clock::Moment(0),
        used_at: None,
        revoked_at: None,
    })
}

/// `POST /admin/open311/{id}/revoke`.
pub async fn revoke(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.account, app.clock.now());
    app.db.write(move |tx| async move { store::revoke_key(&tx, id, actor, now).await }).await?;
    Ok(Redirect::to("/admin/open311").into_response())
}
