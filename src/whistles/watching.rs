//! Clocks that turn yellow or run out: looked for by one index, told once. Two programs of the same database may look at the
//! same moment: the second finds the whistle changed and leaves it. One leg that cannot be noted does not hold up the others.

use super::doing::do_it;
use super::leg::Alarm;
use super::store::{self, Scope};
use super::whistle::{Doer, WhistleAct};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use std::collections::BTreeSet;
use std::time::Duration;

/// How often clocks are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Looks for as long as the program runs.
pub async fn watch(app: App) {
    let mut stuck = BTreeSet::new();
    loop {
        match look(&app, &mut stuck).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "clocks of whistles were noted"),
            Err(error) => tracing::warn!(%error, "the clocks of whistles could not be looked at"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Notes every clock that has turned yellow or run out since the last look. Answers how many.
///
/// # Errors
/// When the list of them cannot be read.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    look(app, &mut BTreeSet::new()).await
}

/// One look; `stuck` are the legs of which the log has told already that they cannot be noted.
async fn look(app: &App, stuck: &mut BTreeSet<Id>) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let (mut noted, mut after) = (0, None);
        loop {
            let now = app.clock.now();
            let due = app.db.read(move |tx| async move { store::alerts(&tx, now, after).await });
            let due = due.await.map_err(|error: DbError| Error::Db(error))?;
            for alert in &due {
                match note(app, alert.whistle, alert.leg).await {
                    Ok(is_noted) => {
                        noted += usize::from(is_noted);
                        stuck.remove(&alert.leg);
                    }
                    Err(error) => {
                        if stuck.insert(alert.leg) {
                            let (whistle, leg) = (alert.whistle, alert.leg);
                            tracing::warn!(%error, whistle, leg, "a clock of a whistle could not be noted");
                        }
                    }
                }
            }
            after = due.last().copied();
            if after.is_none() {
                break;
            }
        }
        count += noted;
        if noted == 0 {
            return Ok(count);
        }
    }
}

/// Notes the clock of a leg; false when somebody else was there first, or the department was.
async fn note(app: &App, id: Id, leg: Id) -> Result<bool, Error> {
    let (held, now) = (app.clone(), app.clock.now());
    let done = app.db.write(move |tx| {
        let held = held.clone();
        async move {
            let whistle = store::load(&tx, id, &Scope::All).await?;
            let act = match whistle.leg(leg).and_then(|leg| leg.alarm_at(now)) {
                Some((Alarm::Near, clock)) => WhistleAct::WarnClock { leg, clock },
                Some((Alarm::Out, clock)) => WhistleAct::MissClock { leg, clock },
                None => return Ok(None),
            };
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
        Ok(None) | Err(Error::Db(DbError::Stale) | Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
