//! News travels down by the log: this reader calls somebody out for an urgent case that stirs outside working hours, and
//! lets call-outs climb that nobody takes. It may read a fact twice, and there may be several programs: what was done is
//! not done again.

use super::calling::{CallOut, Step, calls_out, night_began};
use super::store;
use super::taking::chain;
use crate::app::App;
use crate::cases;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use std::collections::BTreeSet;
use std::time::Duration;

/// The name under which the reader keeps how far it has read.
const READER: &str = "duty";
/// The facts of a case after which it may call somebody out.
const STIRS: [&str; 4] = ["case_opened", "case_filed", "case_marked_urgent", "case_dispatched"];
/// How many facts are read at once.
const BATCH: usize = 500;
/// Facts may become visible a little out of order, so every reading looks back ten seconds, as identifiers count.
const BACK: i64 = 10_000 << 21;
/// What happened longer ago calls nobody out: the program was stopped, and the night is over. In milliseconds.
const STALE: i64 = 12 * 60 * 60 * 1000;
/// How long the reader sleeps when nobody wakes it; call-outs climb at this pace.
const SLEEP: Duration = Duration::from_secs(2);

/// Reads and climbs for as long as the program runs, woken by news of cases.
pub async fn follow(app: App) {
    let mut news = app.news.subscribe();
    let mut worked = BTreeSet::new();
    loop {
        if let Err(error) = read_on(&app, &mut worked).await {
            tracing::error!(%error, "the news of urgent cases could not be followed");
        }
        if let Err(error) = climb(&app).await {
            tracing::error!(%error, "call-outs could not climb");
        }
        drop(tokio::time::timeout(SLEEP, news.recv()).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Reads what is new, and answers how many were called out.
///
/// # Errors
/// When the database fails.
pub async fn follow_once(app: &App) -> Result<usize, Error> {
    read_on(app, &mut BTreeSet::new()).await
}

async fn read_on(app: &App, worked: &mut BTreeSet<Id>) -> Result<usize, Error> {
    let now = app.clock.now();
    let read = app.db.read(move |tx| async move {
        match cases::store::reading(&tx, READER).await? {
            0 => store::beginning(&tx, now.plus(-STALE)).await,
            read => Ok::<_, DbError>(read),
        }
    });
    let read = read.await?;
    *worked = worked.split_off(&(read - BACK));
    let (mut after, mut called) = (read - BACK, 0);
    loop {
        let facts = app.db.read(move |tx| async move { store::news(&tx, after, BATCH).await }).await;
        let facts: Vec<store::News> = facts.map_err(|error: DbError| Error::Db(error))?;
        let Some((last, ..)) = facts.last() else { return Ok(called) };
        after = *last;
        for (fact, subject, case, kind, at) in &facts {
            if subject == "case" && STIRS.contains(&kind.as_str()) && !worked.contains(fact) {
                called += usize::from(stir(app, *case, *at).await?);
            }
        }
        worked.extend(facts.iter().map(|(fact, ..)| *fact));
        if after > read {
            let kept = app.db.write(move |tx| async move {
                // Another program may have read further.
                let read = cases::store::reading(&tx, READER).await?;
                if after > read { cases::store::read_until(&tx, READER, after).await } else { Ok(()) }
            });
            kept.await.map_err(|error: DbError| Error::Db(error))?;
        }
        if facts.len() < BATCH {
            return Ok(called);
        }
    }
}

/// Calls somebody out for a case that stirred at a moment, if it is urgent, open, and nobody was called out for it this
/// night. Answers whether it did.
async fn stir(app: &App, case: Id, at: Moment) -> Result<bool, Error> {
    let (now, held) = (app.clock.now(), app.clone());
    if now.0 - at.0 > STALE || !calls_out(&app.calendar, at) || !calls_out(&app.calendar, now) {
        return Ok(false);
    }
    let night = night_began(&app.calendar, now);
    let outcome = app.db.write(move |tx| async move {
        let Some(found) = store::called_case(&tx, case).await?.filter(|one| one.is_urgent && one.is_open) else {
            return Ok(None);
        };
        if store::last_call(&tx, case).await?.is_some_and(|last| last.opened_at >= night) {
            return Ok(None);
        }
        let step = CallOut::begin(id::fresh(), case, &chain(&tx, now).await?, now, held.duty.call_out);
        store::add_call(&tx, &step.call).await?;
        reach(&tx, &step, &found, "called_out", now).await?;
        Ok::<_, Error>(Some(step.call.id))
    });
    match outcome.await {
        Ok(None) => Ok(false),
        Ok(Some(call)) => {
            app.tell("duty", call);
            app.tell("case", case);
            Ok(true)
        }
        // Another program was faster.
        Err(Error::Db(DbError::NotUnique(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Keeps whom a step reaches, records it in the history of the case, and sends the notices.
async fn reach(tx: &Tx, step: &Step, case: &store::CalledCase, kind: &str, now: Moment) -> Result<(), DbError> {
    let call = &step.call;
    store::reach(tx, call.id, call.rung, &step.reaches, now).await?;
    let names = store::staff(tx).await?.list(step.reaches.iter().copied());
    let mut body =
        serde_json::json!({ "call_out": call.id.to_string(), "rung": call.rung.word(), "round": call.round });
    if !names.is_empty() {
        body["note"] = names.into();
    }
    if call.is_gap {
        body["is_gap"] = true.into();
    }
    store::record(tx, "case", call.case, kind, None, now, body).await?;
    for to in &step.reaches {
        let notice = Notice {
            to: *to,
            kind: "duty-called-out",
            args: vec![
                ("title", case.title.clone()),
                ("number", case.number.clone()),
                ("address", case.address.clone()),
            ],
            link: format!("/duty/call-outs/{}", call.id),
            urgency: Urgency::Urgent,
            once: format!("duty-call-{}-{}-{}", call.id, call.rung.word(), call.round),
        };
        notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}

/// Lets every call-out climb whose time has come, and ends those whose case has ended. Answers how many changed.
///
/// # Errors
/// When the database fails.
pub async fn climb(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((store::to_climb(&tx, now).await?, store::calls_of_ended_cases(&tx).await?))
    });
    let (due, ended) = read.await?;
    let mut changed = 0;
    for call in due.into_iter().chain(ended) {
        let (id, case, every) = (call.id, call.case, app.duty.call_out);
        let outcome = app.db.write(move |tx| async move { step(&tx, id, now, every).await });
        match outcome.await {
            Ok(false) => {}
            Ok(true) => {
                changed += 1;
                app.tell("duty", id);
                app.tell("case", case);
            }
            // Somebody took it, or another program let it climb, at the same moment.
            Err(Error::Db(DbError::Stale)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(changed)
}

async fn step(tx: &Tx, id: Id, now: Moment, every: i64) -> Result<bool, Error> {
    let call = store::call(tx, id).await?;
    let case = store::called_case(tx, call.case).await?;
    let Some(case) = case.filter(|case| case.is_open) else {
        let Some(ended) = call.end() else { return Ok(false) };
        store::save_call(tx, &ended).await?;
        let body = serde_json::json!({ "call_out": id.to_string() });
        store::record(tx, "case", call.case, "call_out_ended", None, now, body).await?;
        return Ok(true);
    };
    let reached: Vec<Id> = store::reached(tx, id).await?.into_iter().map(|(id, _, _)| id).collect();
    let Some(step) = call.climb(&chain(tx, now).await?, &reached, now, every) else { return Ok(false) };
    store::save_call(tx, &step.call).await?;
    reach(tx, &step, &case, "call_out_climbed", now).await?;
    Ok(true)
}
