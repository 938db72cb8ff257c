//! Clocks that run out: looked for by one index, told once. Two programs of the same database may look at the same moment:
//! the second finds the whistle changed and leaves it.

use super::doing::do_it;
use super::store::{self, Scope};
use super::whistle::{Doer, WhistleAct};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use std::time::Duration;

/// How often clocks are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Looks for as long as the program runs.
pub async fn watch(app: App) {
    loop {
        match sweep(&app).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "clocks of whistles have run out"),
            Err(error) => tracing::warn!(%error, "the clocks of whistles could not be looked at"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Notes every clock that has run out since the last look. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let now = app.clock.now();
        let due = app.db.read(move |tx| async move { store::alerts(&tx, now).await });
        let due = due.await.map_err(|error: DbError| Error::Db(error))?;
        let mut noted = 0;
        for (whistle, leg) in due {
            noted += usize::from(note(app, whistle, leg).await?);
        }
        count += noted;
        if noted == 0 {
            return Ok(count);
        }
    }
}

/// Notes the clock of a leg that ran out; false when somebody else was there first, or the department was.
async fn note(app: &App, id: Id, leg: Id) -> Result<bool, Error> {
    let (held, now) = (app.clone(), app.clock.now());
    let done = app.db.write(move |tx| {
        let held = held.clone();
        async move {
            let whistle = store::load(&tx, id, &Scope::All).await?;
            let alert = whistle.leg(leg).and_then(super::leg::Leg::alert).filter(|(_, due)| *due <= now);
            let Some((clock, _)) = alert else { return Ok(None) };
            let act = WhistleAct::MissClock { leg, clock };
            do_it(&held, &tx, whistle, &Doer::program(), act, now, &[], "").await.map(Some)
        }
    });
    match done.await {
        Ok(Some(whistle)) => {
            app.tell("whistle", id);
            if let Some(case) = whistle.case {
                app.tell("case", case);
            }
            Ok(true)
        }
        Ok(None) | Err(Error::Db(DbError::Stale) | Error::NotFound | Error::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
