//! `superior`: what goes up to the superiors' platforms, made and sent by hand.

use super::serve::FILES;
use super::{Outcome, Settings, told};
use crate::app::App;
use crate::kit::clock::Clock;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::superior::Known;
use crate::superior::batch::{self, may_correct, number};
use crate::superior::running::{make_all, plan, send_all, wanted};
use crate::superior::store;
use clap::Subcommand;
use jiff::civil::Date;

/// What can be done with batches for superiors.
#[derive(Debug, Subcommand)]
pub enum SuperiorCommand {
    /// Say how the last batches stand
    Status {
        /// The superior's key in city.toml [default: all]
        key: Option<String>,
        /// How many batches
        #[arg(long, default_value_t = 10, value_name = "N")]
        last: usize,
    },
    /// Make the batches of the days that are over and have none
    Make {
        /// The superior's key in city.toml [default: all]
        key: Option<String>,
    },
    /// Send what waits and look for acknowledgements, once
    Send {
        /// The superior's key in city.toml [default: all]
        key: Option<String>,
    },
    /// Have a day that was made already made once more, as its next revision
    Correct {
        /// The superior's key in city.toml
        key: String,
        /// The day, such as 2026-03-09
        day: Date,
        /// Why: the superior reads it
        #[arg(long)]
        reason: String,
    },
}

/// Runs one of the commands to its end.
pub(super) async fn superior(settings: &Settings, command: SuperiorCommand) -> Outcome {
    let sources = settings.sources()?;
    let db = settings.ready(&sources).await?;
    let files = settings.files.as_deref().unwrap_or(FILES);
    let app = App::new(db, Clock::system(), sources, files).await.map_err(|error| told(&error))?;
    let done = run(&app, command).await;
    app.db.close().await;
    done
}

async fn run(app: &App, command: SuperiorCommand) -> Outcome {
    let failed = |error: Error| told(&error);
    match command {
        SuperiorCommand::Status { key, last } => {
            for known in chosen(app, key.as_deref())? {
                status(app, known, last).await.map_err(failed)?;
            }
        }
        SuperiorCommand::Make { key } => {
            for known in chosen(app, key.as_deref())? {
                plan(app, known).await.map_err(failed)?;
                let count = make_all(app, known).await.map_err(failed)?;
                crate::out!("{}: {count} batches made", known.superior.key);
            }
        }
        SuperiorCommand::Send { key } => {
            for known in chosen(app, key.as_deref())? {
                let count = send_all(app, known).await.map_err(failed)?;
                crate::out!("{}: {count} batches ended", known.superior.key);
                status(app, known, 1).await.map_err(failed)?;
            }
        }
        SuperiorCommand::Correct { key, day, reason } => {
            let reason = reason.trim().to_owned();
            if reason.is_empty() {
                return Err("say why: --reason \"three cases entered late\"".to_owned());
            }
            for known in chosen(app, Some(&key))? {
                let revision = correct(app, known, day, &reason).await.map_err(failed)?;
                make_all(app, known).await.map_err(failed)?;
                let number = number(&known.superior.division, day);
                crate::out!("{number} revision {revision} is made; it goes up when its turn comes");
            }
        }
    }
    Ok(())
}

/// The superiors that are meant.
fn chosen<'a>(app: &'a App, key: Option<&str>) -> Result<Vec<&'a Known>, String> {
    let keys: Vec<&str> = app.superior.all.iter().map(|known| known.superior.key.as_str()).collect();
    match key {
        _ if keys.is_empty() => Err("there is no superior: write [[superior]] into city.toml".to_owned()),
        None => Ok(app.superior.all.iter().collect()),
        Some(key) => match app.superior.of(key) {
            Some(known) => Ok(vec![known]),
            None => Err(format!("there is no superior {key}; there are {}", keys.join(", "))),
        },
    }
}

async fn status(app: &App, known: &Known, last: usize) -> Result<(), Error> {
    let key = known.superior.key.clone();
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((store::standing(&tx, &key).await?.0, store::list(&tx, &key, "").await?))
    });
    let (open, page) = read.await?;
    crate::out!("{} ({}): {open} open", known.superior.key, known.superior.name);
    for one in page.rows.iter().filter(|one| one.revision != batch::PREVIEW).take(last) {
        let (number, revision, state) = (number(&known.superior.division, one.day), one.revision, one.state.word());
        let trouble = if one.trouble.is_empty() { String::new() } else { format!("  {}", one.trouble) };
        crate::out!("  {number} r{revision}  {state:<12} {:>8} rows, {} refused{trouble}", one.rows, one.refused);
    }
    Ok(())
}

async fn correct(app: &App, known: &Known, day: Date, reason: &str) -> Result<i64, Error> {
    let (superior, now, reason) = (known.superior.clone(), app.clock.now(), reason.to_owned());
    let written = app.db.write(move |tx| async move {
        let newest = store::newest(&tx, &superior.key, day).await?;
        let old = store::of_day(&tx, &superior.key, day, newest).await?;
        may_correct(&old, newest)?;
        let fresh = wanted(&superior.key, day, newest + 1, None, &reason, now);
        store::correct(&tx, &superior, &old, &fresh, now).await?;
        Ok::<_, Error>(fresh.revision)
    });
    written.await
}
