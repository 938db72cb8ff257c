//! 关注并补充: it is the same problem. Somebody follows another's report instead of posting their own, and what they had typed
//! and photographed is added to it: nothing is lost. A name and a telephone are not passed on.

use super::store;
use crate::app::App;
use crate::files;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use crate::reports::photos::{self, Album};
use crate::reports::report::Report;
use crate::reports::{show, submit};
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

/// Follows a report and adds the words and photos of the form that was filled in; with neither it only follows. A form that
/// arrives twice adds once.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report; when the database or the blob store fails. A refusal comes back as the
/// form, with everything that was typed.
pub async fn second(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Error> {
    let found = app.db.read(move |tx| async move { crate::reports::store::load(&tx, id).await }).await;
    let report: Report = found.map_err(|error: DbError| Error::Db(error))?.ok_or(Error::NotFound)?;
    let sent = submit::read_form(&app, request).await?;
    let mut typed = sent.typed();
    if typed.key.is_empty() {
        typed.key = id::secret();
    }
    let key = typed.key.clone();
    let is_done = app.db.read(move |tx| async move { store::is_seconded(&tx, &key).await }).await;
    if is_done.map_err(|error: DbError| Error::Db(error))? {
        return show::followed(&app, &headers, report.id, "seconded").await;
    }
    let album = photos::open(&app, sent, &typed.key).await?;
    match added(&app, &report, &typed.key, &typed.words, &album).await {
        Ok(has_added) => {
            let done = if has_added { "seconded" } else { "followed" };
            show::followed(&app, &headers, report.id, done).await
        }
        Err(Error::Refused(refusal)) => submit::refused(&app, &visit, &typed, vec![refusal], album).await,
        Err(error) => Err(error),
    }
}

/// Adds words and photos; answers whether there was anything to add.
async fn added(app: &App, report: &Report, key: &str, words: &str, album: &Album) -> Result<bool, Error> {
    let words = words.trim().replace("\r\n", "\n");
    let (length, most) = (words.chars().count(), app.reports.words_limit);
    if length > most {
        let refusal = Refusal::new("report-words-too-long").with("most", most).with("over", length - most);
        return Err(refusal.on("words").into());
    }
    if words.is_empty() && album.is_empty() {
        return Ok(false);
    }
    let (id, key, now, taken) = (report.id, key.to_owned(), app.clock.now(), album.whole(app).await?);
    let waited = app.db.write(move |tx| async move {
        if store::second(&tx, &key, id, now).await? {
            let photos = photos::record(&tx, id, &taken, now).await?;
            let body = serde_json::json!({ "words": words, "photos": photos });
            crate::reports::store::record(&tx, id, "seconded", true, None, now, body).await?;
        }
        files::store::forget_waiting(&tx, &key).await
    });
    let waited = waited.await.map_err(|error: DbError| Error::Db(error))?;
    photos::clear(app, waited).await;
    app.tell("report", id);
    Ok(true)
}
