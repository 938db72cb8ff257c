//! What machines ask: is the process up, may requests be sent to it, what does it count.

use super::{measuring, store};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::measures;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long the database may take to say that it is there.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);
/// How long the store of files may take.
const FILES_WITHIN: Duration = Duration::from_secs(5);
/// How long the store of files is believed.
const FILES_EVERY: Duration = Duration::from_secs(30);
/// The kind of text that OpenMetrics is.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What need not be asked every time.
#[derive(Debug, Default)]
pub struct Known {
    /// True once the tables were found to be up to date: they do not go back.
    is_migrated: OnceLock<()>,
    /// When the store of files was tried, and whether it worked.
    files: Mutex<Option<(Instant, bool)>>,
    /// What was answered last: the log tells when that changes.
    told: Mutex<Vec<Reason>>,
}

/// Why no requests should be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The program is about to end.
    Stopping,
    /// The database does not answer.
    Database,
    /// The tables are older than the program.
    Migrations,
    /// Files cannot be written and read.
    Files,
}

impl Reason {
    /// How machines read it.
    pub const fn word(self) -> &'static str {
        match self {
            Reason::Stopping => "stopping",
            Reason::Database => "database",
            Reason::Migrations => "migrations",
            Reason::Files => "files",
        }
    }
}

/// Why no requests should be sent now; nothing when they may.
pub async fn reasons(app: &App) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if app.status.is_draining() || app.is_stopping() {
        reasons.push(Reason::Stopping);
    }
    let before = measures::answered();
    match tokio::time::timeout(DATABASE_WITHIN, is_migrated(app)).await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => reasons.push(Reason::Migrations),
        // Others were answered meanwhile: the database is there and has much to do. To send requests elsewhere would take a program away
        // from those who wait.
        Err(_) if measures::answered() > before => {}
        Ok(Err(_)) | Err(_) => reasons.push(Reason::Database),
    }
    if !are_files_kept(app).await {
        reasons.push(Reason::Files);
    }
    reasons
}

/// Writes into the log when readiness is another than at the last question.
fn note(app: &App, reasons: &[Reason]) {
    let mut told = app.status.ready.told.lock().unwrap_or_else(PoisonError::into_inner);
    if *told == reasons {
        return;
    }
    *told = reasons.to_vec();
    let words: Vec<&str> = reasons.iter().map(|reason| reason.word()).collect();
    match words.is_empty() {
        true => tracing::info!("ready"),
        false => tracing::warn!(reasons = words.join(" "), "not ready"),
    }
}

async fn is_migrated(app: &App) -> Result<bool, DbError> {
    if app.status.ready.is_migrated.get().is_some() {
        return app.db.read(|tx| async move { store::answers(&tx).await }).await.map(|()| true);
    }
    let ran = app.db.read(|tx| async move { store::migrated(&tx).await }).await?;
    let is_done =
        app.sources.list("migrations/").iter().filter(|name| name.ends_with(".sql")).all(|name| ran.contains(name));
    if is_done {
        app.status.ready.is_migrated.get_or_init(|| ());
    }
    Ok(is_done)
}

/// Whether the store of files can be written and read, as found within the last half a minute.
pub async fn are_files_kept(app: &App) -> bool {
    let known = *app.status.ready.files.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, is_good)) = known
        && at.elapsed() < FILES_EVERY
    {
        return is_good;
    }
    let tried = tokio::time::timeout(FILES_WITHIN, app.blobs.probe()).await;
    let is_good = matches!(tried, Ok(Ok(())));
    if !is_good {
        tracing::warn!("the store of files could not be written and read");
    }
    *app.status.ready.files.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), is_good));
    is_good
}

/// `GET /health`: the process is up. It touches nothing, so that a database that is away does not have the program restarted.
pub(super) async fn health() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// `GET /ready`: whether requests may be sent here; 503 with the reasons when not.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let reasons = reasons(&app).await;
    note(&app, &reasons);
    let reasons: Vec<&str> = reasons.into_iter().map(Reason::word).collect();
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let answer = Json(json!({ "ready": reasons.is_empty(), "reasons": reasons }));
    (status, [(header::CACHE_CONTROL, "no-store")], answer).into_response()
}

/// `GET /metrics` at an address of its own.
pub(super) async fn metrics(State(app): State<App>) -> Response {
    match measuring::text(&app).await {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, "no-store")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the measures could not be gathered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `GET /metrics` at the program's own address: for whoever knows the word, if the city has set one.
pub(super) async fn metrics_with_token(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(token) = app.status.token else { return Error::NotFound.into_response() };
    let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let word =
        said.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, word)| word.trim());
    // Digests are compared: how long that takes says nothing of the word.
    if word.is_none_or(|word| <[u8; 32]>::from(Sha256::digest(word)) != token) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    metrics(State(app)).await
}
