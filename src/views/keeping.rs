//! Keeping, renaming, sharing, ordering and removing one's views.

use super::store;
use super::view::{View, audience, shares_with};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;

/// What the forms of this room send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    name: String,
    query: String,
    shared: String,
}

/// What the address of the list asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The view that was just removed, to be brought back.
    removed: String,
}

/// `GET /views`.
///
/// # Errors
/// When the database fails.
pub(super) async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    page(&app, &visit, &asked, &Sent::default(), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    sent: &Sent,
    refused: Option<(Option<Id>, Refusal)>,
) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (account, shares) = (actor.account, shares_with(&actor).is_some());
    let removed: Option<Id> = asked.removed.parse().ok();
    let read = app.db.read(move |tx| async move {
        let views = store::of(&tx, account, audience(&actor).as_deref()).await?;
        let removed = match removed {
            Some(id) => store::load(&tx, account, id).await.ok(),
            None => None,
        };
        Ok::<_, Error>((views, removed))
    });
    let (views, removed) = read.await?;
    let (own, others): (Vec<View>, Vec<View>) = views.into_iter().partition(|view| view.account == account);
    let removed = removed.filter(|removed| own.iter().all(|view| view.id != removed.id));
    let drawn = |views: &[View]| -> Vec<minijinja::Value> {
        let one = |view: &View| {
            let (id, is_shared) = (view.id.to_string(), !view.shared_with.is_empty());
            let is_refused = refused.as_ref().is_some_and(|(about, _)| *about == Some(view.id));
            let name = if is_refused { &sent.name } else { &view.name };
            context! { id, name, kept => view.name.as_str(), href => view.address(), is_shared, is_refused }
        };
        views.iter().map(one).collect()
    };
    let problem = refused.as_ref().map(|(about, refusal)| {
        let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
        let field = about.map_or_else(|| "name".to_owned(), |id| format!("name-{id}"));
        context! { field, message }
    });
    let is_new = matches!(refused, Some((None, _)));
    let page = context! {
        own => drawn(&own),
        others => drawn(&others),
        shares,
        removed => removed.map(|view| context! { id => view.id.to_string(), name => view.name }),
        errors => problem.into_iter().collect::<Vec<_>>(),
        // A search whose keeping was refused is kept on the page, to be tried again.
        sent => is_new.then(|| context! { name => Serde(&sent.name), query => Serde(&sent.query) }),
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "views/list.html", page)?).into_response())
}

/// `POST /views`: keeps a search by a name.
///
/// # Errors
/// When the database fails; a refusal is answered with the page and what was typed.
pub(super) async fn keep(State(app): State<App>, visit: Visit, Form(sent): Form<Sent>) -> Result<Response, Error> {
    let (account, now, id) = (visit.actor()?.account, app.clock.now(), id::fresh());
    let (name, query) = (sent.name.clone(), sent.query.clone());
    let kept = app.db.write(move |tx| async move {
        let kept = store::of(&tx, account, None).await?;
        // Sent twice, it is kept once.
        if let Some(same) = kept.iter().find(|view| view.name == name.trim() && view.address().ends_with(&query)) {
            return Ok(same.clone());
        }
        let view = View::keep(id, account, &name, &query, &kept)?;
        store::add(&tx, &view).await?;
        store::record(&tx, &view, "view_kept", now).await?;
        Ok::<_, Error>(view)
    });
    match kept.await {
        Ok(view) => Ok(Redirect::to(&view.address()).into_response()),
        Err(Error::Refused(refusal)) => page(&app, &visit, &Asked::default(), &sent, Some((None, refusal))).await,
        Err(error) => Err(error),
    }
}

/// `POST /views/{id}/change`: another name, shared or not.
///
/// # Errors
/// [`Error::NotFound`] when it is not one's own; when the database fails.
pub(super) async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let (name, is_shared) = (sent.name.clone(), sent.shared == "1");
    let changed = app.db.write(move |tx| async move {
        let view = store::load(&tx, actor.account, id).await?;
        let kept = store::of(&tx, actor.account, None).await?;
        let view = view.change(&name, shares_with(&actor).filter(|_| is_shared), &kept)?;
        store::save(&tx, &view).await?;
        store::record(&tx, &view, "view_changed", now).await?;
        Ok::<_, Error>(())
    });
    match changed.await {
        Ok(()) => Ok(Redirect::to("/views").into_response()),
        Err(Error::Refused(refusal)) => page(&app, &visit, &Asked::default(), &sent, Some((Some(id), refusal))).await,
        Err(error) => Err(error),
    }
}

/// `POST /views/{id}/up`: before the one above it.
///
/// # Errors
/// [`Error::NotFound`] when it is not one's own; when the database fails.
pub(super) async fn up(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let moved = app.db.write(move |tx| async move {
        store::load(&tx, account, id).await?;
        let views = store::of(&tx, account, None).await?;
        let pair = views.iter().zip(views.iter().skip(1)).find(|(_, view)| view.id == id);
        if let Some((above, view)) = pair {
            let turned = |view: &View, position| View { position, revision: view.revision + 1, ..view.clone() };
            store::save(&tx, &turned(above, view.position)).await?;
            store::save(&tx, &turned(view, above.position)).await?;
            store::record(&tx, view, "view_moved", now).await?;
        }
        Ok::<_, Error>(())
    });
    moved.await?;
    Ok(Redirect::to("/views").into_response())
}

/// `POST /views/{id}/remove`.
///
/// # Errors
/// [`Error::NotFound`] when it is not one's own; when the database fails.
pub(super) async fn remove(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    put(&app, &visit, id, true).await?;
    Ok(Redirect::to(&format!("/views?removed={id}")).into_response())
}

/// `POST /views/{id}/restore`: brings back what was removed.
///
/// # Errors
/// [`Error::NotFound`] when it was not one's own; when the database fails.
pub(super) async fn restore(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    put(&app, &visit, id, false).await?;
    Ok(Redirect::to("/views").into_response())
}

async fn put(app: &App, visit: &Visit, id: Id, is_removed: bool) -> Result<(), Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    app.db
        .write(move |tx| async move {
            let view = store::load(&tx, account, id).await?;
            store::remove(&tx, id, is_removed.then_some(now)).await?;
            store::record(&tx, &view, if is_removed { "view_removed" } else { "view_restored" }, now).await?;
            Ok(())
        })
        .await
}
