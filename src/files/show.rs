//! Showing photos: clean copies to everybody who may see their subject (`app` asks the subject's room), originals to few,
//! each time with a note.

use super::store;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A clean copy of a photo, `small` or `large`. Whether the reader may see it was asked before.
///
/// # Errors
/// [`Error::NotFound`] for another size; when the store fails.
pub async fn copy(app: &App, photo: &store::Bytes, size: &str, headers: &HeaderMap) -> Result<Response, Error> {
    let digest = match size {
        "small" => &photo.small,
        "large" => &photo.large,
        _ => return Err(Error::NotFound),
    };
    let tag = format!("\"{digest}\"");
    let cache = if photo.is_public { "public, max-age=86400" } else { "private, max-age=600" };
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let bytes = app.blobs.get("public", digest).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::ETAG, tag),
    ];
    Ok((headers, bytes).into_response())
}

/// The sealed original, byte for byte, as a download; who opened it is noted first.
pub async fn original(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let photo = app
        .db
        .write(move |tx| async move {
            let photo = store::load(&tx, id).await?;
            store::viewed(&tx, id, account, now).await?;
            Ok::<_, Error>(photo)
        })
        .await?;
    let bytes = app.blobs.get("original", &photo.original).await?;
    let headers = [
        (header::CONTENT_TYPE, format!("image/{}", photo.format)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.{}\"", photo.format)),
    ];
    Ok((headers, bytes).into_response())
}
