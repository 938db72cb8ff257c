//! `serve`, `demo` and `migrate`.

use super::check::{self, Depth, must_start};
use super::{Outcome, Settings, told};
use crate::app::{App, router, start_jobs};
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::{self, Db};
use crate::kit::sealing::{KEYS, Keys};
use crate::kit::sources::Sources;
use crate::kit::wire;
use std::path::Path;
use std::time::Duration;

pub(super) const DATABASE: &str = "sqlite:var/steward.db";
pub(super) const FILES: &str = "var/files";
/// How long answers that are under way have to be finished once the program is asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long jobs have to end what they are at, and the database to be closed.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);
pub(super) const LISTEN: &str = "127.0.0.1:8080";

impl Settings {
    /// The files of the city that these settings name.
    pub(super) fn sources(&self) -> Result<Sources, String> {
        let Some(folder) = &self.city else { return Ok(Sources::of_demo()) };
        let (shown, file) = (folder.display(), folder.join("city.toml"));
        let denied = std::io::ErrorKind::PermissionDenied;
        match std::fs::metadata(folder) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(format!("{shown} is not a folder; --city (STEWARD_CITY) names the city's folder")),
            Err(error) if error.kind() == denied => {
                return Err(format!("{shown}: this account may not look there; give it the right to"));
            }
            Err(_) => return Err(format!("{shown}: there is no such folder; correct --city (STEWARD_CITY)")),
        }
        match std::fs::read(&file) {
            Ok(text) if std::str::from_utf8(&text).is_ok() => Ok(Sources::of_city(folder)),
            Ok(_) => Err(format!("{}: it is not UTF-8; save it as UTF-8", file.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(format!(
                "{shown}: the folder is there, but no city.toml in it; copy the example city's and change it"
            )),
            Err(error) if error.kind() == denied => {
                Err(format!("{}: it is there, but this account may not read it; give it the right to", file.display()))
            }
            Err(error) => Err(format!("{}: it cannot be read ({error}); put it right", file.display())),
        }
    }

    /// The database of this city, opened and up to date. Everything that the program cannot start with is found before
    /// anything is written.
    pub(super) async fn ready(&self, sources: &Sources) -> Result<Db, String> {
        must_start(&check::of_files(sources, Depth::Start))?;
        must_start(&check::maps(sources).await)?;
        must_start(&check::store_of_files(self.files.as_deref().unwrap_or(FILES)).await)?;
        let (db, found) = check::database(self.database.as_deref().unwrap_or(DATABASE), sources).await;
        must_start(&found)?;
        let db = match db {
            Some(db) => db,
            None => self.open().await?,
        };
        db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
        Ok(db)
    }

    /// The database that these settings name, opened; an SQLite file's folder is made.
    pub(super) async fn open(&self) -> Result<Db, String> {
        open(self.database.as_deref().unwrap_or(DATABASE)).await
    }
}

async fn open(url: &str) -> Result<Db, String> {
    if let Some(folder) = db::file_of(url).and_then(Path::parent) {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let shown = |error: db::DbError| match error {
        db::DbError::Address(why) => why,
        error if url.contains("://") => error.to_string(),
        error => format!("{url}: {error}"),
    };
    let keys = Keys::of(std::env::var(KEYS).ok().as_deref())?;
    Ok(Db::open(url).await.map_err(shown)?.with_keys(keys))
}

/// Answers until stopped.
pub(super) async fn serve(settings: &Settings) -> Outcome {
    let sources = settings.sources()?;
    // An address that cannot be had is found before the database is touched, too.
    drop(bound(settings).await?);
    let db = settings.ready(&sources).await?;
    let files = settings.files.as_deref().unwrap_or(FILES);
    let app = App::new(db, Clock::system(), sources, files).await.map_err(|error| told(&error))?;
    listen(app, settings).await
}

/// The invented city, in a folder of its own; its clock shows `at` when it starts, or else the machine's time. Whatever
/// database and files the settings name belong to a real city and are left alone.
pub(super) async fn demo(settings: &Settings, dir: &Path, at: Option<jiff::Timestamp>) -> Outcome {
    let clock = at.map_or_else(Clock::system, |at| Clock::starting(Moment(at.as_millisecond())));
    let sources = Sources::of_demo();
    drop(bound(settings).await?);
    for (name, named) in [("database", &settings.database), ("files", &settings.files)] {
        if let Some(named) = named {
            let (shown, dir) = (db::shown(named), dir.display());
            crate::out!("the demonstration keeps its own {name} in {dir}; {shown} is left alone");
        }
    }
    let db = open(&format!("sqlite:{}", dir.join("steward.db").display())).await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let files = dir.join("files").display().to_string();
    for line in crate::demo::prepare(&db, &sources, &files, &clock).await.map_err(|error| told(&error))? {
        crate::out!("{line}");
    }
    let app = App::new(db, clock, sources, &files).await.map_err(|error| told(&error))?;
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

/// A listener at the address to answer at.
async fn bound(settings: &Settings) -> Result<tokio::net::TcpListener, String> {
    let address = settings.listen.as_deref().unwrap_or(LISTEN);
    let found = check::listen(address).await;
    must_start(&found)?;
    tokio::net::TcpListener::bind(address).await.map_err(|error| {
        let why = found.first().map_or_else(|| error.to_string(), |finding| finding.sentence.clone());
        format!("nothing was started: {why}")
    })
}

async fn listen(app: App, settings: &Settings) -> Outcome {
    let listener = bound(settings).await?;
    let local = listener.local_addr().map_err(|error| error.to_string())?;
    crate::out!("City Steward answers at http://{local}");
    if let Some(address) = &settings.metrics {
        let watched = tokio::net::TcpListener::bind(address).await.map_err(|error| {
            format!(
                "--metrics {address} cannot be answered at ({error}); write an address of this machine that is free"
            )
        })?;
        let service = crate::status::machines(app.clone()).into_make_service();
        // It answers until the process ends: a watcher sees the program stop.
        drop(tokio::spawn(async move { axum::serve(watched, service).await }));
    }
    start_jobs(&app);
    let gates = &app.paces.settings;
    let limits = wire::Limits {
        connections: gates.connections,
        each: gates.connections_each,
        believed: gates.believed.clone(),
        head: gates.head,
        stall: gates.stall,
    };
    let (asked, late) = (app.clone(), app.stopping());
    let drain = Duration::from_secs(settings.drain.unwrap_or_default());
    let stop = async move {
        stopped().await;
        // Whoever spreads the requests over several programs learns that this one leaves, while it still answers.
        asked.status.drain();
        tokio::time::sleep(drain).await;
        asked.stop();
    };
    tokio::select! {
        () = wire::serve(listener, router(app.clone()), limits, stop) => {}
        () = async { late.await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!(seconds = GRACE.as_secs(), "not every answer was finished in time: ended all the same");
        }
    }
    close(&app).await;
    Ok(())
}

/// Lets the jobs end what they are at, then closes the database: an SQLite file is left whole, with no log beside it.
async fn close(app: &App) {
    app.stop();
    if tokio::time::timeout(CLOSED_WITHIN, app.jobs_ended()).await.is_err() {
        tracing::warn!("a job was broken off: what it was at is done again after the next start");
    }
    crate::instances::keeping::leave(app).await;
    if tokio::time::timeout(CLOSED_WITHIN, app.db.close()).await.is_err() {
        tracing::warn!("the database was still at work when the program ended; nothing that was answered is lost");
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
