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
    let rang = ring_all(app).await;
    let resumed = resume_all(app).await;
    remind_all(app).await?;
    Ok((rang?, resumed?))
}

async fn ring_all(app: &App) -> Result<usize, Error> {
    let mut rang = 0;
    loop {
        let now = app.clock.now();
        let due = app.db.read(move |tx| async move { Ok::<_, Error>(store::ringing(&tx, now, BATCH).await?) }).await?;
        let is_last = due.len() < BATCH;
        let cases = match ring_some(app, due.clone(), now).await {
            Ok(cases) => cases,
            // One of them cannot be told: the others are, each by itself.
            Err(_) => {
                let mut told = Vec::new();
                for one in due {
                    match ring_some(app, vec![one], now).await {
                        Ok(cases) => told.extend(cases),
                        Err(error) => tracing::error!(%error, case = one.0, "a clock could not ring"),
                    }
                }
                told
            }
        };
        rang += cases.len();
        let is_stuck = cases.is_empty();
        for case in cases {
            app.tell("case", case);
        }
        if is_last || is_stuck {
            return Ok(rang);
        }
    }
}

async fn ring_some(app: &App, due: Vec<(Id, i64)>, now: Moment) -> Result<Vec<Id>, Error> {
    let held = app.clone();
    let rung = app.db.write(move |tx| async move {
        let mut told = Vec::new();
        for (case, seq) in due {
            if ring(&held, &tx, case, seq, now).await? {
                told.push(case);
            }
        }
        Ok::<_, Error>(told)
    });
    rung.await
}

async fn resume_all(app: &App) -> Result<usize, Error> {
    let (now, mut resumed, mut after) = (app.clock.now(), 0, (Moment(0), 0));
    loop {
        let due = app.db.read(move |tx| async move { Ok::<_, Error>(store::resuming(&tx, now, after, BATCH).await?) });
        let due = due.await?;
        let Some(last) = due.last().copied() else { return Ok(resumed) };
        after = (last.1, last.0);
        for (case, _) in due {
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
                // Somebody was faster, or a calendar is missing: said, and tried again the next time.
                Err(Error::Refused(refusal)) => {
                    tracing::warn!(case, key = refusal.key, "a suspended case cannot go on")
                }
                Err(error) => tracing::warn!(case, %error, "a suspended case did not go on"),
            }
        }
    }
}

/// Speaks of orders that should have been answered by now.
async fn remind_all(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let due = app.db.read(move |tx| async move { Ok::<_, Error>(store::unanswered(&tx, now, BATCH).await?) }).await?;
    for (case, due) in due {
        let held = app.clone();
        let told = app.db.write(move |tx| async move {
            let found = store::load(&tx, case, &Scope::All).await?.case;
            // Of all whose moment has come: the next one is spoken of when its own has.
            if store::reminded(&tx, case, due, found.order_due_at(Some(now))).await? {
                for order in found.open_orders().filter(|order| order.answer_by <= now) {
                    telling::tell_of_order(&held, &tx, &found, order).await?;
                }
            }
            Ok::<_, Error>(())
        });
        told.await?;
    }
    Ok(())
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
