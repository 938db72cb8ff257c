//! News travels down by the log: this reader calls somebody out for an urgent case that stirs outside working hours, and
//! lets call-outs climb that nobody takes. It may read a fact twice, and there may be several programs: what was done is
//! not done again. It also reminds of hand-overs that are not signed, and lets wishes to swap lapse.

use super::calling::{CallOut, Chain, Rung, Step, calls_anew, calls_out, night_began};
use super::taking::{address, chain};
use super::{hand_overs, store, swaps};
use crate::app::App;
use crate::cases::reading::Follower;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::notices;
use crate::notices::notice::{Channel, Notice, Urgency};
use crate::timeline::reading::{FAR_BACK, LookBack, Reader};
use std::time::{Duration, Instant};

/// What happened longer ago calls nobody out: the program was stopped, and the night is over. In milliseconds.
const STALE: i64 = 12 * 60 * 60 * 1000;
/// Who reads the log for this room.
const READER: Follower = Follower { name: "duty", batch: 500, beginning: STALE };
/// How long the reader sleeps when nobody wakes it; call-outs climb at this pace.
const SLEEP: Duration = Duration::from_secs(2);
/// How often hand-overs and swaps are looked after, however much news there is: nobody waits for them to the second.
const TEND: Duration = Duration::from_secs(30);

/// Reads and climbs for as long as the program runs, woken by news of cases.
pub async fn follow(app: App) {
    let mut news = app.news.subscribe();
    let (mut reader, mut look, mut tend_at) = (Reader::default(), LookBack::of_facts(&app), Instant::now());
    loop {
        let began = Instant::now();
        let reach = look.reach(began, reader.read);
        match read_on(&app, &mut reader, reach).await {
            Ok(_) => look.done(began, reach),
            Err(error) => tracing::error!(%error, "the news of urgent cases could not be followed"),
        }
        if let Err(error) = climb(&app).await {
            tracing::error!(%error, "call-outs could not climb");
        }
        if Instant::now() >= tend_at {
            if let Err(error) = tend(&app).await {
                tracing::error!(%error, "hand-overs and swaps could not be looked after");
            }
            tend_at = Instant::now() + TEND;
        }
        drop(tokio::time::timeout(SLEEP, news.recv()).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Reminds of hand-overs that lack a signature or were never written, and lets wishes to swap lapse whose shift has begun.
/// Answers how many of both.
///
/// # Errors
/// When the database fails.
pub async fn tend(app: &App) -> Result<usize, Error> {
    Ok(hand_overs::remind(app).await? + swaps::lapse(app).await?)
}

/// Reads what is new, and answers how many were called out.
///
/// # Errors
/// When the database fails.
pub async fn follow_once(app: &App) -> Result<usize, Error> {
    read_on(app, &mut Reader::default(), FAR_BACK).await
}

async fn read_on(app: &App, reader: &mut Reader, back: i64) -> Result<usize, Error> {
    let stirred = |tx: Tx, after, most| async move { store::stirred(&tx, after, most).await };
    let work = |case, at| async move { Ok(usize::from(stir(app, case, at).await?)) };
    READER.read_on(app, reader, back, stirred, work).await
}

/// Calls somebody out for a case that stirred at a moment, if it is urgent, open, and nobody took it in this night and this
/// watch. Answers whether it did.
async fn stir(app: &App, case: Id, stirred_at: Moment) -> Result<bool, Error> {
    let (now, held) = (app.clock.now(), app.clone());
    if now.0 - stirred_at.0 > STALE || !calls_out(&app.calendar, stirred_at) || !calls_out(&app.calendar, now) {
        return Ok(false);
    }
    let night = night_began(&app.calendar, now);
    let outcome = app.db.write(move |tx| async move {
        let Some(found) = store::called_case(&tx, case).await?.filter(|one| one.is_urgent && one.is_open) else {
            return Ok(None);
        };
        let last = store::last_call(&tx, case).await?;
        let (chain, watch_began) = (chain(&tx, now).await?, store::watch_began(&tx, now).await?);
        if let Some(last) = &last {
            let rang_at = store::rang_at(&tx, last).await?;
            if !calls_anew(last, rang_at, stirred_at, night, watch_began, now) {
                return Ok(None);
            }
        }
        let step = match last.filter(CallOut::is_exhausted) {
            Some(last) => {
                let step = last.ring_again(&chain, now, held.duty.call_out);
                store::save_call(&tx, &step.call).await?;
                step
            }
            None => {
                let step = CallOut::begin(id::fresh(), case, &chain, now, held.duty.call_out);
                store::add_call(&tx, &step.call).await?;
                step
            }
        };
        let call = step.call.id;
        ring(&tx, &held, step, &chain, &found, "called_out", now).await?;
        Ok::<_, Error>(Some(call))
    });
    match outcome.await {
        Ok(None) => Ok(false),
        Ok(Some(call)) => {
            app.tell("duty", call);
            app.tell("case", case);
            Ok(true)
        }
        // Another program was faster.
        Err(Error::Db(DbError::NotUnique(_) | DbError::Stale)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reaches whom a step names. Where the city can tell people outside of the program, a rung on which nobody can be told so
/// is no rung: the next one is reached at once.
async fn ring(
    tx: &Tx,
    app: &App,
    mut step: Step,
    chain: &Chain,
    case: &store::CalledCase,
    mut kind: &str,
    now: Moment,
) -> Result<(), Error> {
    let has_way = Channel::ALL.iter().any(|channel| app.ways.has(*channel));
    loop {
        let is_told = reach(tx, app, &step, case, kind, now).await?;
        if is_told || !has_way || step.call.rung == Rung::Leaders {
            return Ok(());
        }
        let reached: Vec<Id> = store::reached(tx, step.call.id).await?.into_iter().map(|(id, _, _)| id).collect();
        let due = CallOut { next_at: Some(now), ..step.call };
        let Some(next) = due.climb(chain, &reached, now, app.duty.call_out) else { return Ok(()) };
        store::save_call(tx, &next.call).await?;
        (step, kind) = (next, "call_out_climbed");
    }
}

/// Keeps whom a step reaches, records it in the history of the case, and sends the notices. Answers whether any of them
/// leaves the program.
async fn reach(
    tx: &Tx,
    app: &App,
    step: &Step,
    case: &store::CalledCase,
    kind: &str,
    now: Moment,
) -> Result<bool, DbError> {
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
    let mut is_told = false;
    for to in &step.reaches {
        let notice = Notice {
            to: *to,
            kind: "duty-called-out",
            args: vec![
                ("title", case.title.clone()),
                ("number", case.number.clone()),
                ("address", case.address.clone()),
            ],
            link: address(call.id),
            urgency: Urgency::Urgent,
            once: format!("duty-call-{}-{}", call.id, call.revision),
        };
        let ways = notices::store::send(tx, &notice, now).await?;
        is_told |= ways.iter().any(|channel| app.ways.has(*channel));
    }
    Ok(is_told)
}

/// Lets every call-out climb whose time has come, and ends those whose case has ended. Answers how many changed.
///
/// # Errors
/// When the database fails.
pub async fn climb(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let read = app.db.read(move |tx| async move {
        let mut due = store::to_climb(&tx, now).await?;
        due.extend(store::calls_of_ended_cases(&tx).await?);
        let exhausted = store::exhausted(&tx).await?;
        if !exhausted.is_empty() {
            let chain = chain(&tx, now).await?;
            let has_news = |(call, reached): &(CallOut, Vec<Id>)| call.climb(&chain, reached, now, 1).is_some();
            due.extend(exhausted.into_iter().filter(has_news).map(|(call, _)| call));
        }
        Ok::<_, DbError>(due)
    });
    let mut changed = 0;
    for call in read.await? {
        let (id, case, held) = (call.id, call.case, app.clone());
        let outcome = app.db.write(move |tx| async move { step(&tx, &held, id, now).await });
        match outcome.await {
            Ok(false) => {}
            Ok(true) => {
                changed += 1;
                app.tell("duty", id);
                app.tell("case", case);
            }
            // Somebody took it, or another program let it climb, at the same moment.
            Err(Error::Db(DbError::Stale)) => {}
            // What is wrong with one keeps no other from climbing; it is tried again with the next look.
            Err(error) => tracing::error!(%error, call = id, "a call-out could not climb"),
        }
    }
    Ok(changed)
}

async fn step(tx: &Tx, app: &App, id: Id, now: Moment) -> Result<bool, Error> {
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
    let chain = chain(tx, now).await?;
    let Some(step) = call.climb(&chain, &reached, now, app.duty.call_out) else { return Ok(false) };
    store::save_call(tx, &step.call).await?;
    ring(tx, app, step, &chain, &case, "call_out_climbed", now).await?;
    Ok(true)
}
