//! What one program tells its open screens, the others hear: by the database's own telling where it has one, and else by reading which
//! facts found their place in the log.

use super::instance::{LAGGED, Piece, read, written};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::id::Id;
use crate::timeline;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What happens within so long is told together: telling is one more transaction.
const GATHER: Duration = Duration::from_millis(50);
/// After trouble it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often the log is looked at where the database tells nothing.
const LOOK: Duration = Duration::from_millis(500);
/// How many facts are told one by one after a look.
const FACTS: usize = 200;

/// Tells the others for as long as the program runs.
pub async fn tell(app: App) {
    let taken = app.instances.told.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut told) = taken.filter(|_| app.db.is_postgres()) else {
        app.stopping().await;
        return;
    };
    // Whoever serves already learns at once that there is one more to tell.
    send(&app, &[]).await;
    while let Some(first) = told.recv().await {
        tokio::time::sleep(GATHER).await;
        let mut pieces = BTreeSet::from([first]);
        while let Ok(piece) = told.try_recv() {
            pieces.insert(piece);
        }
        let mut pieces: Vec<Piece> = pieces.into_iter().collect();
        if app.instances.missed.swap(false, Ordering::AcqRel) {
            pieces = vec![(LAGGED, 0)];
        }
        send(&app, &pieces).await;
    }
}

async fn send(app: &App, pieces: &[Piece]) {
    let mut left = pieces;
    loop {
        let (text, count) = written(app.instances.instance, left);
        if let Err(error) = app.db.notify(text).await {
            tracing::warn!(%error, "the other programs could not be told what happened");
            return;
        }
        left = &left[count..];
        if left.is_empty() || count == 0 {
            return;
        }
    }
}

/// Hears the others for as long as the program runs.
pub async fn hear(app: App) {
    if !app.db.is_postgres() {
        app.stopping().await;
        return;
    }
    loop {
        let held = app.clone();
        match app.db.hear(move |text| heard(&held, text)).await {
            // The database has no such telling.
            Err(DbError::Address(_)) => return look(&app).await,
            Err(error) => tracing::warn!(%error, "the other programs cannot be heard now"),
            Ok(()) => {}
        }
        tokio::time::sleep(AGAIN).await;
        // What was told meanwhile was told to nobody.
        pass_on(&app, LAGGED, 0);
    }
}

fn heard(app: &App, text: &str) {
    let Some((teller, pieces)) = read(text) else { return };
    if teller == app.instances.instance {
        return;
    }
    // Until the next beat counts exactly: there is at least this one.
    app.instances.others.fetch_max(1, Ordering::AcqRel);
    for (subject, id) in pieces {
        pass_on(app, subject, id);
    }
}

fn pass_on(app: &App, subject: &str, id: Id) {
    if let Some(subject) = known(subject) {
        app.pass_on(subject, id);
    }
}

/// Subjects are few and live as long as the program; whatever a neighbour says, no more than some are ever kept.
fn known(subject: &str) -> Option<&'static str> {
    const MOST: usize = 64;
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut all = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = all.get(subject) {
        return Some(found);
    }
    if all.len() >= MOST {
        return None;
    }
    let kept: &'static str = Box::leak(subject.to_owned().into_boxed_str());
    all.insert(kept);
    Some(kept)
}

/// Reads which facts found their place in the log since the last look: slower than telling, and good on any engine.
async fn look(app: &App) {
    let mut seen = None;
    loop {
        let since = seen;
        let found = app.db.read(move |tx| async move {
            let (end, _) = timeline::store::feed_end(&tx).await?;
            let subjects = match since {
                Some(since) if end > since => timeline::store::subjects_between(&tx, since, end, FACTS).await?,
                _ => Vec::new(),
            };
            Ok::<_, DbError>((end, subjects))
        });
        match found.await {
            Ok((end, subjects)) => {
                for (subject, id) in &subjects {
                    pass_on(app, subject, *id);
                }
                if subjects.len() >= FACTS {
                    pass_on(app, LAGGED, 0);
                }
                seen = Some(end);
            }
            Err(error) => tracing::warn!(%error, "the log of the other programs cannot be read now"),
        }
        tokio::time::sleep(LOOK).await;
    }
}
