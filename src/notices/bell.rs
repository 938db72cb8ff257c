//! The bell of every staff page: how many notices wait to be read.

use super::{store, writing};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::timeline::News;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use minijinja::context;

/// For how long an urgent notice is called out on an open screen, in milliseconds.
const CALLED_OUT: i64 = 10 * 60_000;

/// Has somebody's open screens ask anew, and wakes whoever sends. What the program keeps of other things is as true as
/// before, so this is no change of theirs.
pub(super) fn ring(app: &App, account: Id) {
    // Nobody may be listening.
    drop(app.news.send(News { subject: "notices", subject_id: account }));
}

/// Writes the count into a visit. A page without a bell asks for none, and none is worth a failure.
pub async fn note(app: &App, visit: &mut Visit) {
    let Some(account) = visit.actor.as_ref().map(|actor| actor.account).filter(|_| visit.wants("bell")) else { return };
    let counted = app.db.read(move |tx| async move { store::unread(&tx, account).await });
    match counted.await {
        Ok(unread) => visit.unread = unread,
        Err(error) => {
            let error: DbError = error;
            tracing::error!(%error, "unread notices could not be counted");
        }
    }
}

/// `GET /notices/bell`: the bell alone, for an open screen that heard of a new notice; with the newest urgent one, which it
/// calls out.
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let (account, since) = (visit.actor()?.account, app.clock.now().plus(-CALLED_OUT));
    let found = app.db.read(move |tx| async move { Ok::<_, Error>(store::newest_urgent(&tx, account, since).await?) });
    let urgent = found.await?.map(|line| {
        let (title, _) = writing::say_line(&app.pages, visit.lang, &line);
        context! { id => line.id.to_string(), title }
    });
    Ok(app.page(&visit, "notices/bell.html", context! { urgent })?.into_response())
}
