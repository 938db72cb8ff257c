//! Somebody has read what would come of a list: it is kept in one piece, or thrown away.

use super::judging::in_order;
use super::reading::{judge, vocabulary_of};
use super::roll::{Roll, Subject, Vocabulary};
use super::{show, store, telling};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, State as Held};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    leave: String,
    revision: String,
}

/// What came of a confirmation.
enum Came {
    /// The list is kept.
    Kept,
    /// The city is another since somebody looked. Nothing was written but what would come of the list now.
    Anew,
}

/// `POST /admin/rolls/{id}/keep`: everything or nothing, and only what was looked at.
pub(super) async fn keep(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (by, now, is_leave_asked) = (visit.actor()?.account, app.clock.now(), typed.leave == "1");
    let subject = app.db.read(move |tx| async move { store::load(&tx, id).await }).await?.subject;
    let words = Arc::new(vocabulary_of(&app, subject));
    let kept = app.db.write(move |tx| {
        let (words, seen) = (words.clone(), typed.revision.clone());
        async move { take_over(&tx, id, (Some(by), is_leave_asked), &seen, &words, now).await }
    });
    match kept.await {
        Ok(Came::Kept) => answered(&app, &visit, id, Ok(())).await,
        Ok(Came::Anew) => answered(&app, &visit, id, Err(Refusal::new("rolls-changed-meanwhile").into())).await,
        Err(error) => answered(&app, &visit, id, Err(error)).await,
    }
}

async fn take_over(
    tx: &Tx,
    id: Id,
    (by, is_leave_asked): (Option<Id>, bool),
    seen: &str,
    words: &Vocabulary,
    now: Moment,
) -> Result<Came, Error> {
    let roll = store::load(tx, id).await?;
    roll.waits()?;
    // Whoever looks at a page of before sees what is true now, and confirms that.
    if !seen.is_empty() && seen != roll.revision.to_string() {
        return Ok(Came::Anew);
    }
    let (lines, before) = store::all_rows(tx, id).await?;
    let city = store::city(tx).await?;
    let (counts, judged) = judge(roll.subject, &lines, &city, words);
    if judged != before {
        let mut anew = Roll { revision: roll.revision + 1, ..roll };
        anew.found.counts = counts;
        store::judge_anew(tx, &anew, &lines, &judged).await?;
        return Ok(Came::Anew);
    }
    let roll = roll.keep(by, is_leave_asked, now)?;
    match roll.subject {
        Subject::Departments => store::write_departments(tx, &in_order(&judged), by, now).await?,
        Subject::Staff => store::write_staff(tx, &judged, by, now).await?,
    }
    store::decide(tx, &roll, "kept", by, now).await?;
    telling::waits(tx, &roll, now).await?;
    Ok(Came::Kept)
}

/// `POST /admin/rolls/{id}/discard`: what stood in it is forgotten.
pub(super) async fn discard(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let discarded = app.db.write(move |tx| async move {
        let roll = store::load(&tx, id).await?.discard(by, now)?;
        store::decide(&tx, &roll, "discarded", Some(by), now).await?;
        Ok::<_, Error>(store::forget_rows(&tx, id).await?)
    });
    let discarded = discarded.await;
    answered(&app, &visit, id, discarded).await
}

pub(super) async fn answered(app: &App, visit: &Visit, id: Id, outcome: Result<(), Error>) -> Result<Response, Error> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/admin/rolls/{id}")).into_response()),
        Err(Error::Refused(refusal)) => show::draw(app, visit, id, &show::Asked::default(), Some(&refusal)).await,
        // Somebody else decided at the same moment: their decision is shown.
        Err(Error::Db(DbError::Stale)) => {
            show::draw(app, visit, id, &show::Asked::default(), Some(&Refusal::new("imports-decided"))).await
        }
        Err(error) => Err(error),
    }
}
