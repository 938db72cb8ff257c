//! Photos that wait (暂存): a form was answered with a question or a refusal, and its photos need not be chosen again. They
//! lie on a shelf of their own, under a name that nobody can guess and bound to the form's key; nothing that is sealed for
//! a report is ever thrown away, and nothing on this shelf outlives a day.

use super::store::{self, Waiting};
use super::{Fresh, TakenIn};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id;
use std::time::Duration;

/// The shelf's name in the blob store.
pub const SHELF: &str = "waiting";
/// How long a photo waits, in milliseconds: a day.
pub const WAITS: i64 = 86_400_000;

/// Puts a photo on the shelf for the form of this key.
///
/// # Errors
/// When the blob store or the database fails.
pub async fn keep(app: &App, form_key: &str, fresh: &Fresh) -> Result<Waiting, Error> {
    let photo = fresh.put(app, SHELF, SHELF).await?;
    let waiting = Waiting { id: id::secret(), photo };
    let (row, key, now) = (waiting.clone(), form_key.to_owned(), app.clock.now());
    app.db
        .write(move |tx| async move { store::add_waiting(&tx, &row, &key, now).await })
        .await
        .map_err(|error: DbError| Error::Db(error))?;
    Ok(waiting)
}

/// Seals a photo that has waited, as if it had just come in.
///
/// # Errors
/// [`Error::NotFound`] when it was swept away meanwhile; when the blob store fails.
pub async fn seal(app: &App, photo: &TakenIn) -> Result<TakenIn, Error> {
    for (shelf, digest) in [("original", &photo.original), ("public", &photo.large), ("public", &photo.small)] {
        let bytes = app.blobs.get(SHELF, digest).await?;
        app.blobs.put(shelf, bytes).await?;
    }
    Ok(photo.clone())
}

/// Takes from the shelf what no waiting photo needs any more.
///
/// # Errors
/// When the blob store or the database fails.
pub async fn discard(app: &App, photos: Vec<TakenIn>) -> Result<(), Error> {
    for digest in photos.into_iter().flat_map(|photo| [photo.original, photo.large, photo.small]) {
        let wanted = digest.clone();
        let needed = app.db.read(move |tx| async move { store::is_waited_for(&tx, &wanted).await }).await;
        if !needed.map_err(|error: DbError| Error::Db(error))? {
            app.blobs.delete(SHELF, &digest).await?;
        }
    }
    Ok(())
}

/// Sweeps away the photos whose forms were never sent again. Answers how many.
///
/// # Errors
/// When the blob store or the database fails.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let before: Moment = app.clock.now().plus(-WAITS);
    let swept = app.db.write(move |tx| async move { store::forget_waiting_since(&tx, before).await }).await;
    let swept = swept.map_err(|error: DbError| Error::Db(error))?;
    let count = swept.len();
    discard(app, swept).await?;
    Ok(count)
}

/// Sweeps every hour, as long as the program runs; each minute without a photo gives back the memory that photos take.
pub async fn keep_sweeping(app: App) {
    loop {
        match sweep(&app).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "photos of forms that were never sent again are swept away"),
            Err(error) => tracing::warn!(%error, "the waiting photos could not be swept"),
        }
        for _ in 0..60 {
            tokio::time::sleep(Duration::from_secs(60)).await;
            super::workbench::rest();
        }
    }
}
