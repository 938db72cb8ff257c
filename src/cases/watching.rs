//! What happens when a moment comes: a clock turns yellow or red and whoever has the case is told; a suspended case goes on.
//! Each is found by one index and done once, also when several programs watch.

use super::carrying::{PROGRAM, Said, carry_out};
use super::case::CaseAct;
use super::store::{self, Scope};
use super::telling;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::timeline;
use std::time::Duration;

/// How often the clocks are looked at.
const EVERY: Duration = Duration::from_secs(5);
/// How many are worked on in one transaction.
const BATCH: usize = 100;

/// Watches for as long as the program runs.
pub async fn watch(app: App) {
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::error!(%error, "the clocks could not be looked at");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Does everything whose moment has come, and answers how many clocks rang and cases went on.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<(usize, usize), Error> {
    let (mut rang, mut resumed) = (0, 0);
    loop {
        let now = app.clock.now();
        let due = app.db.read(move |tx| async move { Ok::<_, Error>(store::ringing(&tx, now, BATCH).await?) }).await?;
        if due.is_empty() {
            break;
        }
        let held = app.clone();
        let cases = app.db.write({
            let due = due.clone();
            move |tx| async move {
                let mut told = Vec::new();
                for (case, seq) in &due {
                    if ring(&held, &tx, *case, *seq, now).await? {
                        told.push(*case);
                    }
                }
                Ok::<_, Error>(told)
            }
        });
        let cases = cases.await?;
        rang += cases.len();
        for case in cases {
            app.tell("case", case);
        }
        if due.len() < BATCH {
            break;
        }
    }
    let now = app.clock.now();
    let due = app.db.read(move |tx| async move { Ok::<_, Error>(store::resuming(&tx, now, BATCH).await?) }).await?;
    for case in due {
        let held = app.clone();
        let done = app.db.write(move |tx| async move {
            let found = store::load(&tx, case, &Scope::All).await?.case;
            carry_out(&held, &tx, found, PROGRAM, CaseAct::ResumeCase, now, Said::default()).await.map(drop)
        });
        match done.await {
            Ok(()) => {
                resumed += 1;
                app.tell("case", case);
            }
            // Somebody was faster, or a calendar is missing: said, and tried again.
            Err(Error::Refused(refusal)) => tracing::warn!(case, key = refusal.key, "a suspended case cannot go on"),
            Err(error) => return Err(error),
        }
    }
    Ok((rang, resumed))
}

/// Tells of one clock, unless somebody else has.
async fn ring(app: &App, tx: &crate::kit::db::Tx, case: Id, seq: i64, now: Moment) -> Result<bool, Error> {
    let Some(timer) = store::timers(tx, case).await?.into_iter().find(|timer| timer.seq == seq) else {
        return Ok(false);
    };
    let Some(alert) = timer.alert_at.filter(|alert| *alert <= now) else { return Ok(false) };
    let is_late = timer.due_at.is_some_and(|due| due <= now);
    let next = if is_late { None } else { timer.due_at };
    if !store::rang(tx, case, seq, alert, next).await? {
        return Ok(false);
    }
    let found = store::load(tx, case, &Scope::All).await?.case;
    let fact = timeline::fact::Fact {
        subject: "case",
        subject_id: case,
        kind: if is_late { "timer_passed" } else { "timer_near" }.to_owned(),
        is_public: false,
        author: None,
        at: now,
        body: serde_json::json!({ "timer": timer.kind, "seq": seq, "due_at": timer.due_at }),
    };
    timeline::store::record(tx, &fact).await?;
    telling::tell_of_clock(app, tx, &found, &timer, is_late).await?;
    Ok(true)
}
