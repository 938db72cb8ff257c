//! The outbox is emptied: what may leave leaves, once; what fails is tried again; open screens hear of new notices. Several
//! programs may do this on one database: whoever marks a delivery first sends it.

use super::delivery::{self, Fault, FaultKind, Next};
use super::leaving::{Leave, Why, may_leave};
use super::notice::{Channel, Urgency};
use super::sealing::Identity;
use super::store::{self, Due};
use super::{bell, writing};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::timeline::reading::{FAR_BACK, LookBack};
use futures_util::StreamExt;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How many sendings one round takes: each is over in half a minute, all of them long before the lease ends.
const ROUND: usize = 8;
/// How many of them are on their way at once.
const AT_ONCE: usize = 4;
/// How many deliveries are looked at for one round: those of one person that leave together count as one sending.
const LOOKED_AT: usize = 200;
/// How long a program may take for a round, in milliseconds.
const LEASE: i64 = 3 * 60_000;
/// How long the sender sleeps when nobody wakes it.
const SLEEP: Duration = Duration::from_secs(2);
/// How long news gather before it is looked.
const GATHER: Duration = Duration::from_millis(50);
/// How often old notices are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// The name of the key that push services know the city by.
const PUSH_KEY: &str = "push";

/// Sends for as long as the program runs. The ways do not wait for each other: a silent e-mail server holds up no alarm.
pub async fn keep_sending(app: App) {
    let ways = Channel::ALL.iter().map(|channel| keep_sending_by(app.clone(), *channel));
    let beside = async {
        tokio::select! {
            ((), ()) = async { tokio::join!(tell(app.clone()), keep_forgetting(app.clone())) } => {}
            () = app.stopping() => {}
        }
    };
    tokio::join!(beside, futures_util::future::join_all(ways));
}

async fn keep_sending_by(app: App, channel: Channel) {
    let mut news = app.news.subscribe();
    // What is on its way when the program ends is brought to its end, and written down.
    while !app.is_stopping() {
        if let Err(error) = send_due(&app, channel).await {
            tracing::error!(%error, channel = channel.word(), "notices could not be sent");
        }
        tokio::select! {
            _ = tokio::time::timeout(SLEEP, news.recv()) => tokio::time::sleep(GATHER).await,
            () = app.stopping() => {}
        }
        news = news.resubscribe();
    }
}

/// Sends what is due by one way, until nothing is; answers how many sendings there were.
///
/// # Errors
/// When the database fails.
pub async fn send_due(app: &App, channel: Channel) -> Result<usize, Error> {
    let mut sent = 0;
    loop {
        let now = app.clock.now();
        let is_due = app.db.read(move |tx| async move { store::is_any_due(&tx, channel, now).await });
        if !is_due.await.map_err(|error: DbError| Error::Db(error))? {
            return Ok(sent);
        }
        let lease = id::secret();
        let held = (app.clone(), lease.clone());
        let claimed = app.db.write(move |tx| async move {
            let (app, lease) = held;
            rescue(&tx, now).await?;
            claim(&app, &tx, channel, &lease).await
        });
        let Claimed { sendings, is_done } = claimed.await?;
        sent += sendings.len();
        let is_done = is_done || app.is_stopping();
        let identity = if channel == Channel::Push && !sendings.is_empty() { identity(app).await? } else { None };
        let identity = identity.as_ref();
        let lease = lease.as_str();
        futures_util::stream::iter(sendings)
            .map(|together| async move {
                let outcome = hand_over(app, channel, identity, &together).await;
                if let Err(error) = finish(app, lease, together, outcome).await {
                    tracing::error!(%error, "what became of a delivery could not be written down");
                }
            })
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        if is_done {
            return Ok(sent);
        }
    }
}

/// What one round took.
struct Claimed {
    /// Each leaves on its own; several notices of one person leave together in one e-mail.
    sendings: Vec<Vec<Due>>,
    /// True when no more is due than was looked at.
    is_done: bool,
}

/// Whoever was sending these is gone.
async fn rescue(tx: &crate::kit::db::Tx, now: crate::kit::clock::Moment) -> Result<(), Error> {
    for (id, lease, urgency, tries) in store::interrupted(tx, now).await? {
        let fault = Fault::passing(FaultKind::Interrupted, "");
        let next = delivery::after_interruption(urgency, tries, now);
        store::finish(tx, id, &lease, next, Some(&fault), now).await?;
    }
    Ok(())
}

/// Decides about what is due, and takes the first sendings.
async fn claim(app: &App, tx: &crate::kit::db::Tx, channel: Channel, lease: &str) -> Result<Claimed, Error> {
    let now = app.clock.now();
    let mut sendings: Vec<Vec<Due>> = Vec::new();
    let mut is_done = true;
    for urgency in [Urgency::Urgent, Urgency::Ordinary] {
        let due = store::due(tx, channel, urgency, now, LOOKED_AT).await?;
        let is_cut = due.len() == LOOKED_AT;
        is_done &= !is_cut;
        // Of the last person, some may stand beyond the cut: they are left for the next round, together.
        let last = due.last().filter(|_| is_cut).map(|due| due.account);
        let last = last.filter(|last| due.iter().any(|due| due.account != *last));
        for due in due.into_iter().filter(|due| Some(due.account) != last) {
            let Some(leave) = decide(app, tx, &due).await? else { continue };
            let is_together = channel == Channel::Email && urgency == Urgency::Ordinary;
            let with = sendings
                .iter()
                .position(|other| is_together && other[0].account == due.account && other[0].notice.urgency == urgency);
            if with.is_none() && sendings.len() == ROUND {
                is_done = false;
                continue;
            }
            if !store::claim(tx, due.id, Leave { at: now, ..leave }, lease, now.plus(LEASE)).await? {
                continue;
            }
            let due = Due { tries: due.tries + 1, ..due };
            match with {
                Some(position) => sendings[position].push(due),
                None => sendings.push(vec![due]),
            }
        }
    }
    Ok(Claimed { sendings, is_done })
}

/// Whether a delivery leaves now; what does not is dropped or put off.
async fn decide(app: &App, tx: &crate::kit::db::Tx, due: &Due) -> Result<Option<Leave>, Error> {
    let now = app.clock.now();
    let needless = match () {
        () if due.notice.read_at.is_some() => Some(FaultKind::Read),
        () if !due.is_active => Some(FaultKind::Stopped),
        () if due.address.is_empty() && due.device.is_none() => Some(FaultKind::NoAddress),
        () => None,
    };
    if let Some(why) = needless {
        store::drop_waiting(tx, due.id, why, now).await?;
        return Ok(None);
    }
    let leave = may_leave(due.notice.urgency, due.preferences.quiet, &app.calendar, now);
    if leave.why == Why::NotLoaded {
        tracing::warn!(delivery = due.id, "the calendar of the year is not loaded: plain working hours count");
    }
    if leave.at > now {
        store::put_off(tx, due.id, leave).await?;
        return Ok(None);
    }
    Ok(Some(leave))
}

async fn hand_over(app: &App, channel: Channel, identity: Option<&Identity>, together: &[Due]) -> Result<(), Fault> {
    let unconfigured = || Fault::passing(FaultKind::Unconfigured, "");
    let Some(first) = together.first() else { return Ok(()) };
    // It waits for the key with which it was sealed.
    let address = first.address.read().map_err(|why| Fault::passing(FaultKind::Unconfigured, why.to_string()))?;
    let now = app.clock.now();
    match channel {
        Channel::Email => {
            let email = app.ways.email.as_ref().ok_or_else(unconfigured)?;
            let mail = writing::mail(app, together);
            let mail = mail.map_err(|error| Fault::lasting(FaultKind::Refused, error.to_string()))?;
            email.send(&mail, now).await
        }
        Channel::Push => {
            let push = app.ways.push.as_ref().ok_or_else(unconfigured)?;
            let identity = identity.ok_or_else(unconfigured)?;
            let device = first.device.as_ref().ok_or_else(|| Fault::lasting(FaultKind::Gone, ""))?;
            push.send(device, identity, &writing::letter(app, first), now).await
        }
        Channel::Sms => {
            let sms = app.ways.sms.as_ref().ok_or_else(unconfigured)?;
            sms.send(address, &writing::letter(app, first), now).await
        }
    }
}

async fn finish(app: &App, lease: &str, together: Vec<Due>, outcome: Result<(), Fault>) -> Result<(), Error> {
    let (now, lease) = (app.clock.now(), lease.to_owned());
    if let Err(fault) = &outcome {
        let account = together.first().map(|due| due.account);
        tracing::warn!(account, kind = fault.kind.word(), detail = fault.detail, "a notice did not leave");
    }
    app.db
        .write(move |tx| async move {
            for due in &together {
                let next = delivery::after(due.tries, &outcome, now);
                store::finish(&tx, due.id, &lease, next, outcome.as_ref().err(), now).await?;
                match (&due.device, next) {
                    (Some(device), Next::Sent) => store::note_device(&tx, device.id, now).await?,
                    // The browser wants nothing more, so it is not asked again.
                    (Some(device), Next::Dropped) => drop(store::remove_device(&tx, due.account, device.id).await?),
                    _ => {}
                }
            }
            Ok::<_, Error>(())
        })
        .await
}

/// The key that push services know the city by; made once, and kept in the database. None when the city has no web push.
///
/// # Errors
/// When the database fails, or what it keeps is no key.
pub async fn identity(app: &App) -> Result<Option<Identity>, Error> {
    if app.ways.push.is_none() {
        return Ok(None);
    }
    let kept = app.db.read(|tx| async move { store::key(&tx, PUSH_KEY).await });
    let kept = match kept.await.map_err(|error: DbError| Error::Db(error))? {
        Some(kept) => kept,
        None => {
            let (fresh, now) =
                (Identity::fresh().map_err(|error| Error::Internal(error.to_string()))?, app.clock.now());
            let kept = app.db.write(move |tx| async move { store::keep_key(&tx, PUSH_KEY, &fresh, now).await });
            kept.await.map_err(|error: DbError| Error::Db(error))?
        }
    };
    Identity::read(&kept).map(Some).ok_or_else(|| Error::Internal("notice_keys: push is no key".into()))
}

/// Tells open screens of new notices, whichever program made them.
async fn tell(app: App) {
    let mut news = app.news.subscribe();
    let mut told: BTreeSet<Id> = BTreeSet::new();
    let newest = app.db.read(|tx| async move { store::newest(&tx).await });
    let mut after = newest.await.unwrap_or_else(|error: DbError| {
        tracing::error!(%error, "new notices could not be read");
        0
    });
    told.insert(after);
    let (begun, mut look) = (after, LookBack::at(&app.db));
    loop {
        let began = Instant::now();
        let reach = look.reach(began, None);
        let mut from = (after - reach).max(begun - 1);
        told = told.split_off(&(after - FAR_BACK).max(begun - 1));
        let is_read = loop {
            let found: Result<_, DbError> = app.db.read(move |tx| async move { store::newer(&tx, from).await }).await;
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(%error, "new notices could not be read");
                    break false;
                }
            };
            let Some((last, _)) = found.last() else { break true };
            from = *last;
            after = after.max(from);
            for (notice, account) in found {
                if told.insert(notice) {
                    bell::ring(&app, account);
                }
            }
        };
        if is_read {
            look.done(began, reach);
        }
        drop(tokio::time::timeout(SLEEP, news.recv()).await);
        tokio::time::sleep(GATHER).await;
        news = news.resubscribe();
    }
}

/// Forgets what the city does not want to keep any longer.
async fn keep_forgetting(app: App) {
    loop {
        let before = app.clock.now().plus(-app.ways.settings.keep_days * 24 * 3_600_000);
        let forgotten = app.db.write(move |tx| async move { store::forget(&tx, before).await });
        match forgotten.await {
            Ok(0) => tokio::time::sleep(FORGET_EVERY).await,
            Ok(_) => tokio::time::sleep(GATHER).await,
            Err(error) => {
                let error: DbError = error;
                tracing::error!(%error, "old notices could not be forgotten");
                tokio::time::sleep(FORGET_EVERY).await;
            }
        }
    }
}
