//! What is kept of persons, and for how long: after a while that the city sets, names, telephone numbers and addresses are taken
//! out of what is over, and a line remains that says what was taken, of when, and how much. It has no doors: a job does it at
//! night, and an operator may look beforehand. Lends out [`run`] and [`settings`].

pub mod settings;
pub mod store;

use crate::app::App;
use crate::files::blobs::{Blobs, IMPORTS};
use crate::files::sweeping::until;
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::Db;
use crate::kit::error::Error;
use crate::kit::id;
use settings::{Kind, Settings};

/// So many rows are changed in one transaction.
const SOME: i64 = 500;

/// What came of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// Which.
    pub kind: Kind,
    /// What is older than this.
    pub before: Moment,
    /// Of how many rows it was taken, or would be.
    pub count: i64,
}

/// Takes out whatever is old enough; with `is_dry` it is only counted. What the city sets no time for stays.
///
/// # Errors
/// When the database or the store of files fails; what was taken until then is taken, and its line says so.
pub async fn run(
    db: &Db,
    blobs: &Blobs,
    settings: &Settings,
    now: Moment,
    is_dry: bool,
) -> Result<Vec<Removed>, Error> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let Some(before) = settings.before(*kind, now) else { continue };
        let kind = *kind;
        let count = match is_dry {
            true => db.read(move |tx| async move { store::count(&tx, kind, before).await }).await.map_err(Error::Db)?,
            false => take(db, blobs, kind, before, now).await?,
        };
        all.push(Removed { kind, before, count });
    }
    Ok(all)
}

/// Takes one kind out, some rows at a time, so that nobody waits long. Each time its line is written with it.
async fn take(db: &Db, blobs: &Blobs, kind: Kind, before: Moment, now: Moment) -> Result<i64, Error> {
    let (mut all, line) = (0, id::fresh());
    loop {
        if kind == Kind::HotlineFile {
            // First the bytes: should anything break off between, the row still says what is to go.
            let old = db.read(move |tx| async move { store::old_files(&tx, before, SOME).await });
            for digest in old.await.map_err(Error::Db)? {
                blobs.delete(IMPORTS, &digest).await?;
            }
        }
        let taken = db.write(move |tx| async move {
            let taken = store::take(&tx, kind, before, now, SOME).await?;
            if taken > 0 {
                store::note(&tx, line, kind, before, taken, now).await?;
            }
            Ok::<_, crate::kit::db::DbError>(taken)
        });
        let taken = taken.await.map_err(Error::Db)?;
        all += taken;
        if taken < SOME {
            return Ok(all);
        }
    }
}

/// Does it every night.
pub async fn work(app: App) {
    loop {
        let now = Clock::system().now();
        tokio::time::sleep(until(now, &app.city.zone(), app.retention.hour)).await;
        match run(&app.db, &app.blobs, &app.retention, Clock::system().now(), false).await {
            Ok(all) => {
                for Removed { kind, count, .. } in all.into_iter().filter(|one| one.count > 0) {
                    tracing::info!(kind = kind.word(), count, "what was kept of persons long enough is taken out");
                }
            }
            Err(error) => tracing::warn!(%error, "what was kept of persons long enough could not be taken out"),
        }
    }
}
