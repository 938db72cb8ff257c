//! What administrators do: a preview of today, sending again, a correction, giving up.

use super::batch::{self, PREVIEW};
use super::running::wanted;
use super::show::{Asked, LONGEST, draw, known};
use super::store;
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::fields::Typed;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, State as Held};
use axum::response::{IntoResponse, Redirect, Response};

fn back(key: &str, id: Id) -> Response {
    Redirect::to(&format!("/superiors/{key}/batches/{id}")).into_response()
}

/// `POST /superiors/{key}/preview`: has today's batch made as it would be now; it never leaves.
///
/// # Errors
/// [`Error::NotFound`] when the city has no such superior; when the database fails.
pub async fn preview(Held(app): Held<App>, visit: Visit, Path(key): Path<String>) -> Result<Response, Error> {
    let superior = known(&app, &key)?.superior.clone();
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let today = now.zoned(&app.city.zone()).date();
    let fresh = wanted(&key, today, PREVIEW, Some(by), "", now);
    let id = fresh.id;
    let written = app.db.write(move |tx| async move { store::preview(&tx, &superior, &fresh, now).await });
    written.await.map_err(|error: DbError| Error::Db(error))?;
    app.superior.wake.notify_one();
    Ok(back(&key, id))
}

/// What follows an act: the page of the batch that it led to, or the page of this one with what is wrong and what was typed.
async fn ended(
    app: &App,
    visit: &Visit,
    (key, id): (&str, Id),
    typed: &Typed,
    done: Result<Id, Error>,
) -> Result<Response, Error> {
    match done {
        Ok(to) => {
            app.superior.wake.notify_one();
            Ok(back(key, to))
        }
        Err(Error::Refused(refusal)) => {
            draw(app, visit, known(app, key)?, id, &Asked::default(), Some(typed), Some(&refusal)).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /superiors/{key}/batches/{id}/send`: tries at once; what was answered already goes once more, the same bytes.
///
/// # Errors
/// [`Error::NotFound`] when there is none; a sentence when it cannot be sent; when the database fails.
pub async fn send(Held(app): Held<App>, visit: Visit, Path((key, id)): Path<(String, Id)>) -> Result<Response, Error> {
    let (superior, by, now) = (known(&app, &key)?.superior.clone(), visit.actor()?.account, app.clock.now());
    let written = app.db.write(move |tx| async move {
        let one = store::load(&tx, &superior.key, id).await?;
        batch::may_send(&one)?;
        store::send_again(&tx, &superior, &one, Some(by), now).await?;
        Ok::<_, Error>(id)
    });
    ended(&app, &visit, (&key, id), &Typed::default(), written.await).await
}

/// `POST /superiors/{key}/batches/{id}/correct`: has the day told once more, as its next revision.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails; a refusal is answered with the page and what was typed.
pub async fn correct(
    Held(app): Held<App>,
    visit: Visit,
    Path((key, id)): Path<(String, Id)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let (typed, superior) = (Typed::of(pairs), known(&app, &key)?.superior.clone());
    let (by, now, reason) = (visit.actor()?.account, app.clock.now(), typed.needed("why", LONGEST));
    let written = app.db.write(move |tx| async move {
        let old = store::load(&tx, &superior.key, id).await?;
        batch::may_correct(&old, store::newest(&tx, &superior.key, old.day).await?)?;
        let fresh = wanted(&superior.key, old.day, old.revision + 1, Some(by), &reason?, now);
        store::correct(&tx, &superior, &old, &fresh, now).await?;
        Ok::<_, Error>(fresh.id)
    });
    ended(&app, &visit, (&key, id), &typed, written.await).await
}

/// `POST /superiors/{key}/batches/{id}/give-up`: it is not sent, for a reason; what comes after it follows.
///
/// # Errors
/// As [`correct`].
pub async fn give_up(
    Held(app): Held<App>,
    visit: Visit,
    Path((key, id)): Path<(String, Id)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let (typed, superior) = (Typed::of(pairs), known(&app, &key)?.superior.clone());
    let (by, now, reason) = (visit.actor()?.account, app.clock.now(), typed.needed("reason", LONGEST));
    let written = app.db.write(move |tx| async move {
        let one = store::load(&tx, &superior.key, id).await?;
        batch::may_give_up(&one)?;
        store::give_up(&tx, &superior, &one, (Some(by), &reason?), now).await?;
        Ok::<_, Error>(id)
    });
    ended(&app, &visit, (&key, id), &typed, written.await).await
}
