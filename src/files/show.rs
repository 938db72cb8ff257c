//! Showing photos: clean copies to everybody who may see their subject (`app` asks the subject's room), originals to few,
//! each time with a note.

use super::photo::Format;
use super::store;
use crate::app::App;
use crate::kit::error::{Error, RETRY_AFTER};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A clean copy of a photo, `small` or `large`. Whether the reader may see it was asked before.
///
/// An address that says which copy it means (`?v=` and the beginning of the digest) may be kept for a year, for it never
/// shows another one. Any other is asked about each time, so that what is blacked out is gone everywhere at once.
///
/// # Errors
/// [`Error::NotFound`] for another size; when the store fails.
pub async fn copy(
    app: &App,
    photo: &store::Bytes,
    size: &str,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let digest = match size {
        "small" => &photo.small,
        "large" => &photo.large,
        _ => return Err(Error::NotFound),
    };
    let version = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("v=")));
    let is_named = version.is_some_and(|version| version.len() >= 16 && digest.starts_with(version));
    let cache = match (photo.is_public, is_named) {
        (true, true) => "public, max-age=31536000, immutable",
        (true, false) => "public, no-cache",
        (false, _) => "private, no-cache",
    };
    let tag = format!("\"{digest}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        let headers = [(header::ETAG, tag), (header::CACHE_CONTROL, cache.to_owned())];
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let bytes = app.blobs.get("public", digest).await?;
    let headers = [
        (header::CONTENT_TYPE, kind(&bytes).to_owned()),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::ETAG, tag),
    ];
    Ok((headers, bytes).into_response())
}

/// What a copy is, by its content: WebP, or JPEG as copies were made before.
pub fn kind(copy: &[u8]) -> &'static str {
    match Format::of(copy) {
        Some(Format::Webp) => "image/webp",
        Some(Format::Png) => "image/png",
        Some(Format::Heic) => "image/heic",
        Some(Format::Jpeg) | None => "image/jpeg",
    }
}

/// What citizens see in the place of a photo that is withheld: a grey field with a struck-out eye, so that no page is broken.
const WITHHELD: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 480 360\" width=\"480\" height=\"360\">\
    <rect width=\"480\" height=\"360\" fill=\"#e3e6ea\"/><g fill=\"none\" stroke=\"#5b6470\" stroke-width=\"10\" \
    stroke-linecap=\"round\" stroke-linejoin=\"round\"><path d=\"M130 180c30-50 68-74 110-74s80 24 110 74c-30 50-68 74-110 \
    74s-80-24-110-74z\"/><circle cx=\"240\" cy=\"180\" r=\"30\"/><path d=\"M150 280 330 80\"/></g></svg>";

/// The field that stands for a photo which is withheld from citizens.
pub fn withheld() -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "no-store")];
    (headers, WITHHELD).into_response()
}

/// What stands in the place of a photo that cannot be fetched now: a grey field with an hourglass.
const AWAY: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 480 360\" width=\"480\" height=\"360\">\
    <rect width=\"480\" height=\"360\" fill=\"#e3e6ea\"/><path d=\"M190 100h100M190 260h100M205 100v30l35 45 35-45v-30M205 \
    260v-30l35-45 35 45v30\" fill=\"none\" stroke=\"#5b6470\" stroke-width=\"10\" stroke-linecap=\"round\" \
    stroke-linejoin=\"round\"/></svg>";

/// The same photo, or the field that stands for it while the store of files is away: the page around it is not broken, and
/// nothing keeps that field.
///
/// # Errors
/// Every other error.
pub fn or_away(copy: Result<Response, Error>) -> Result<Response, Error> {
    match copy {
        Err(Error::Away(why)) => {
            tracing::error!(error = why, "a photo cannot be shown now");
            let headers = [
                (header::CONTENT_TYPE, "image/svg+xml"),
                (header::CACHE_CONTROL, "no-store"),
                (header::RETRY_AFTER, RETRY_AFTER),
            ];
            Ok((StatusCode::SERVICE_UNAVAILABLE, headers, AWAY).into_response())
        }
        other => other,
    }
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
