//! A program counts its beat up for as long as it lives, keeps the turn while it has it, and takes it over from one that died.

use super::JOBS;
use super::instance::{self, EVERY, FORGOTTEN, LETS_GO, Step, Watched};
use super::store::{self, Row};
use crate::app::App;
use crate::kit::db::{Db, DbError};
use crate::kit::id::{self, Id};
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What a program has seen of the others.
#[derive(Debug, Default)]
struct Seen {
    turn: Watched,
    /// Since when each program's beat stands where it stands.
    beats: HashMap<Id, (i64, Duration)>,
}

/// Keeps for as long as the program runs; ends after it has left.
pub async fn keep(app: App) {
    if !app.db.is_postgres() {
        // One program alone opens an SQLite file.
        app.stopping().await;
        return;
    }
    let (begun, mut seen, mut kept_at) = (Instant::now(), Seen::default(), None::<Instant>);
    while !app.is_stopping() {
        // Counted from before it was asked: the others count from when they see it.
        let asked = Instant::now();
        let asking = tokio::time::timeout(LETS_GO, once(&app, &mut seen, begun.elapsed()));
        match asking.await {
            Ok(Ok(true)) => {
                kept_at = Some(asked);
                set(&app, true);
            }
            Ok(Ok(false)) => {
                kept_at = None;
                set(&app, false);
            }
            Ok(Err(error)) => tracing::warn!(%error, "the turn of this program could not be looked at"),
            Err(_) => tracing::warn!("the turn of this program could not be looked at in time"),
        }
        let pause = kept_at.map_or(EVERY, |at| EVERY.min(LETS_GO.saturating_sub(at.elapsed())));
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = app.stopping() => {} }
        if kept_at.is_some_and(|at| at.elapsed() >= LETS_GO) {
            kept_at = None;
            set(&app, false);
        }
    }
    // The jobs end what they are at first; the turn is given back when the program closes.
}

/// The programs that serve this database now, by machine and process: those whose beats count up while somebody looks. With SQLite nothing of it
/// is written down.
///
/// # Errors
/// When the database fails.
pub async fn living(db: &Db) -> Result<Vec<String>, DbError> {
    let seen = db.read(|tx| async move { store::all(&tx).await }).await?;
    if seen.is_empty() {
        return Ok(Vec::new());
    }
    tokio::time::sleep(LETS_GO).await;
    let now = db.read(|tx| async move { store::all(&tx).await }).await?;
    Ok(now.into_iter().filter(|row| !seen.contains(row)).map(|row| row.name).collect())
}

/// The program ends: what it had is given back, so that the others need not wait.
pub async fn leave(app: &App) {
    if !app.db.is_postgres() {
        return;
    }
    set(app, false);
    let me = app.instances.instance;
    let left = app.db.write(move |tx| async move { store::leave(&tx, me).await });
    match tokio::time::timeout(EVERY, left).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the turn of this program could not be given back"),
        Err(_) => tracing::warn!("the turn of this program could not be given back in time"),
    }
}

fn set(app: &App, is_turn: bool) {
    app.instances.turn.send_if_modified(|now| {
        let is_other = *now != is_turn;
        *now = is_turn;
        if is_other {
            let word = if is_turn { "does" } else { "does not do" };
            tracing::info!(instance = app.instances.instance, "this program {word} what is done once");
        }
        is_other
    });
}

/// One beat. Answers whether the turn is this program's.
async fn once(app: &App, seen: &mut Seen, now: Duration) -> Result<bool, DbError> {
    let me = app.instances.instance;
    let (all, turn) = app
        .db
        .write(move |tx| async move {
            store::beat(&tx, me).await?;
            Ok::<_, DbError>((store::all(&tx).await?, store::turn(&tx, JOBS).await?))
        })
        .await?;
    let dead = seen.dead(&all, me, now);
    if !all.iter().any(|row| row.instance == me) {
        enter(app, &all).await?;
    }
    app.instances.others.store(all.iter().filter(|row| row.instance != me).count() - dead.len(), Ordering::Release);
    let step = seen.turn.step(me, turn, now);
    if step == Step::Wait && dead.is_empty() {
        return Ok(false);
    }
    app.db
        .write(move |tx| {
            let dead = dead.clone();
            async move {
                for row in &dead {
                    store::forget(&tx, row).await?;
                }
                store::step(&tx, JOBS, me, step).await
            }
        })
        .await
}

/// Takes a number that nobody has, and writes it into every identifier from now on.
async fn enter(app: &App, all: &[Row]) -> Result<(), DbError> {
    let taken: BTreeSet<i64> = all.iter().map(|row| row.number).collect();
    let Some(number) = instance::free_number(&taken) else {
        tracing::warn!("more programs serve this database than there are numbers for their identifiers");
        return Ok(());
    };
    let row = Row {
        number,
        instance: app.instances.instance,
        name: format!("{}, {}", crate::kit::machine::name(), std::process::id()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: app.clock.now(),
        beat: 1,
    };
    let entered = app.db.write(move |tx| async move { store::enter(&tx, &row).await }).await;
    match entered {
        Ok(()) => {
            id::claim(number);
            Ok(())
        }
        // Somebody was faster: another number with the next beat.
        Err(DbError::NotUnique(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Seen {
    /// The others whose beats have stood still for so long that they are forgotten.
    fn dead(&mut self, all: &[Row], me: Id, now: Duration) -> Vec<Row> {
        self.beats.retain(|instance, _| all.iter().any(|row| row.instance == *instance));
        let mut dead = Vec::new();
        for row in all.iter().filter(|row| row.instance != me) {
            let (beat, since) = self.beats.entry(row.instance).or_insert((row.beat, now));
            if *beat != row.beat {
                (*beat, *since) = (row.beat, now);
            } else if now.saturating_sub(*since) >= FORGOTTEN {
                dead.push(row.clone());
            }
        }
        dead
    }
}
