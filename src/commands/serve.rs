//! `serve`, `demo` and `migrate`.

use super::{Outcome, Settings};
use crate::app::{App, router, start_jobs};
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::Db;
use crate::kit::sources::Sources;
use axum::serve::ListenerExt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

pub(super) const DATABASE: &str = "sqlite:var/steward.db";
pub(super) const FILES: &str = "var/files";
/// How long answers that are under way have to be finished once the program is asked to stop.
const GRACE: Duration = Duration::from_secs(10);
const LISTEN: &str = "127.0.0.1:8080";

impl Settings {
    /// The files of the city that these settings name.
    pub(super) fn sources(&self) -> Result<Sources, String> {
        match &self.city {
            None => Ok(Sources::of_demo()),
            Some(folder) if folder.join("city.toml").is_file() => Ok(Sources::of_city(folder)),
            Some(folder) => Err(format!("{}: there is no city.toml in this folder", folder.display())),
        }
    }

    /// The database that these settings name, opened; an SQLite file's folder is made.
    pub(super) async fn open(&self) -> Result<Db, String> {
        open(self.database.as_deref().unwrap_or(DATABASE)).await
    }
}

async fn open(url: &str) -> Result<Db, String> {
    if !url.contains("://") {
        let path = Path::new(url.strip_prefix("sqlite:").unwrap_or(url));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
    }
    Db::open(url).await.map_err(|error| format!("{error}"))
}

/// Answers until stopped.
pub(super) async fn serve(settings: &Settings) -> Outcome {
    let sources = settings.sources()?;
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let files = settings.files.as_deref().unwrap_or(FILES);
    let app = App::new(db, Clock::system(), sources, files).await.map_err(|error| error.to_string())?;
    listen(app, settings).await
}

/// The invented city, in a folder of its own; its clock shows `at` when it starts, or else the machine's time.
pub(super) async fn demo(settings: &Settings, dir: &Path, at: Option<jiff::Timestamp>) -> Outcome {
    let clock = at.map_or_else(Clock::system, |at| Clock::starting(Moment(at.as_millisecond())));
    let sources = Sources::of_demo();
    let own = format!("sqlite:{}", dir.join("steward.db").display());
    let db = open(settings.database.as_deref().unwrap_or(&own)).await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let files = settings.files.clone().unwrap_or_else(|| dir.join("files").display().to_string());
    for line in crate::demo::prepare(&db, &sources, &files, &clock).await.map_err(|error| error.to_string())? {
        crate::out!("{line}");
    }
    let app = App::new(db, clock, sources, &files).await.map_err(|error| error.to_string())?;
    listen(app, settings).await
}

/// Brings the tables up to date, or says what would run.
pub(super) async fn migrate(settings: &Settings, is_dry_run: bool) -> Outcome {
    let history = settings.sources()?.migrations();
    let db = settings.open().await?;
    if is_dry_run {
        let known = db.migrated().await.map_err(|error| error.to_string())?;
        for (name, _) in history.iter().filter(|(name, _)| !known.contains(name)) {
            crate::out!("would run {name}");
        }
        return Ok(());
    }
    let ran = db.migrate(history).await.map_err(|error| error.to_string())?;
    for name in &ran {
        crate::out!("ran {name}");
    }
    if ran.is_empty() {
        crate::out!("the tables are up to date");
    }
    Ok(())
}

async fn listen(app: App, settings: &Settings) -> Outcome {
    let address = settings.listen.as_deref().unwrap_or(LISTEN);
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| format!("{address} cannot be listened at: {error}"))?;
    let local = listener.local_addr().map_err(|error| error.to_string())?;
    crate::out!("City Steward answers at http://{local}");
    start_jobs(&app);
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    // The end of an answer does not wait for the reader's word that the beginning came.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let (asked, late) = (app.clone(), app.stopping());
    let stop = async move {
        stopped().await;
        asked.stop();
    };
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop).into_future();
    tokio::select! {
        served = serving => served.map_err(|error| error.to_string()),
        () = async { late.await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!(seconds = GRACE.as_secs(), "not every answer was finished in time: ended all the same");
            Ok(())
        }
    }
}

/// Ends when the operator or the system asks the program to stop.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! { _ = interrupted => {}, _ = terminated.recv() => {} }
        }
        Err(_) => drop(interrupted.await),
    }
}
