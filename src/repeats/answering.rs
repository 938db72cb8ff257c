//! A department tells how far it is with what a meeting gave to it: at work, or done; with photographs where it has some.

use super::doing::{apply, when};
use super::repeat::RepeatAct;
use super::show::{self, Again, Asked};
use super::store::{self, Scope};
use crate::app::App;
use crate::files;
use crate::files::TakenIn;
use crate::files::store::Belongs;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use crate::reports::photos::{self, Album};
use crate::reports::submit::read_form;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;

/// The longest answer, in characters.
const LONGEST: usize = 2000;

/// `POST /repeats/{id}/follow-up`.
///
/// # Errors
/// [`Error::NotFound`] for another department; when the database fails. A refusal is not an error here: it is drawn.
pub async fn follow_up(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    request: Request,
) -> Result<Response, Error> {
    let sent = read_form(&app, request).await?;
    let fields = sent.fields.iter().filter(|(name, _)| !matches!(name.as_str(), "kept" | "drop"));
    let typed: BTreeMap<String, String> = fields.cloned().collect();
    let key = Some(sent.text("key")).filter(|key| !key.is_empty()).unwrap_or_else(id::secret);
    let album = photos::open(&app, sent, &key).await?;
    match attempt(&app, &visit, id, &typed, &album, &key).await {
        Ok(waited) => {
            photos::clear(&app, waited).await;
            app.tell("repeat", id);
            Ok(Redirect::to(&format!("/repeats/{id}?done=follow-up")).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let kept = album.wait(&app, &key).await?;
            let again = Again { form: "follow-up", typed, refusals: vec![refusal], kept, key };
            show::draw(&app, &visit, id, again, &Asked::default()).await
        }
        Err(error) => Err(error),
    }
}

async fn attempt(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: &BTreeMap<String, String>,
    album: &Album,
    key: &str,
) -> Result<Vec<TakenIn>, Error> {
    let actor = visit.actor()?.clone();
    let text = |field: &str| typed.get(field).map_or("", |text| text.trim());
    let act = match text("result") {
        "progress" => RepeatAct::Progress,
        "done" => RepeatAct::Finish,
        _ => return Err(Refusal::new("repeats-refusal-result").on("result").into()),
    };
    let words = required("words", text("words"), LONGEST)?;
    let seen: Option<i64> = text("revision").parse().ok();
    let (held, now, taken) = (app.clone(), when(app, app.clock.now()), album.whole(app).await?);
    let (key, has_waited) = (key.to_owned(), album.has_waited);
    let done = app.db.write(move |tx| {
        let (held, act, words, taken) = (held.clone(), act.clone(), words.clone(), taken.clone());
        let (actor, key) = (actor.clone(), key.clone());
        async move {
            let repeat = store::load(&tx, id, Scope::of(&actor)).await?;
            // Whoever only has cases of it reads; the responsible department answers.
            if repeat.charge.map(|charge| charge.department) != actor.department {
                return Err(Error::NotFound);
            }
            if seen.is_some_and(|seen| seen != repeat.revision) {
                return Err(Refusal::new("repeats-refusal-changed").into());
            }
            let belongs = Belongs {
                subject: "repeat",
                subject_id: id,
                purpose: if act == RepeatAct::Finish { "after" } else { "check" },
                is_public: false,
                author: Some(actor.account),
            };
            let kept = files::store::record_all(&tx, &taken, belongs, now.at).await?;
            let body = serde_json::json!({ "words": words, "photos": kept });
            apply(&held, &tx, repeat, &act, now, Some(actor.account), body).await?;
            Ok(if has_waited { files::store::forget_waiting(&tx, &key).await? } else { Vec::new() })
        }
    });
    match done.await {
        // Sent twice, or somebody else acted at the same moment.
        Err(Error::Db(DbError::Stale)) => Err(Refusal::new("repeats-refusal-changed").into()),
        done => done,
    }
}
