//! 图像指纹: what pictures look like. Every photo's prints are made from its small copy, beside the work, so that the same
//! picture is found again whatever was done to it.

use super::{clean, store, waiting};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::rounds::{self, Round};
use understanding::photos::comparing::Look;
use understanding::photos::print::Prints;

/// So many photos are looked at before their prints are written.
const BATCH: usize = 32;
/// So many prints are compared at a time: under a megabyte.
const PAGE: usize = 5_000;
/// Prints further apart than this, in bits of 255, are of two pictures: crops and turns of one stay below it.
const NEAR: u32 = 97;
/// So many of the nearest are worth a closer look.
const NEAREST: usize = 24;

/// Makes prints for as long as the program runs.
pub async fn work(app: App) {
    rounds::go("prints of photos", |after| print_some(&app, after)).await;
}

/// Makes the prints of some photos behind `after` that have none. A photo whose copy cannot be read now is left for later.
///
/// # Errors
/// When the database fails.
pub async fn print_some(app: &App, after: Id) -> Result<Option<Round>, Error> {
    let photos = app.db.read(move |tx| async move { store::unprinted(&tx, after, BATCH).await }).await;
    let photos = photos.map_err(Error::Db)?;
    let Some((last, _)) = photos.last().cloned() else { return Ok(None) };
    let (mut made, mut trouble) = (Vec::new(), None);
    for (photo, digest) in photos {
        match look(app, &digest).await {
            Ok(look) => made.push((photo, look.map(|look| look.prints().to_bytes().to_vec()).unwrap_or_default())),
            Err(Error::NotFound) => made.push((photo, Vec::new())),
            Err(error) => trouble = Some(error),
        }
    }
    let done = made.len();
    let saved = app.db.write(move |tx| async move { store::save_prints(&tx, &made).await }).await;
    saved.map_err(Error::Db)?;
    Ok(Some(Round { last, done, trouble }))
}

/// Looks at a photo by the digest of its small copy, or of what that was before anything was blacked out; none when there is
/// too little to see on it.
///
/// # Errors
/// [`Error::NotFound`] when the copy is not there; when the blob store fails.
pub async fn look(app: &App, small: &str) -> Result<Option<Look>, Error> {
    let bytes = match app.blobs.get("public", small).await {
        Err(Error::NotFound) => app.blobs.get(super::blacking::PLAIN, small).await?,
        other => other?,
    };
    seen(bytes).await
}

/// The same of a photo that waits for its form; none, too, when it waits no longer.
///
/// # Errors
/// When the blob store fails.
pub async fn look_at_waiting(app: &App, small: &str) -> Result<Option<Look>, Error> {
    match app.blobs.get(waiting::SHELF, small).await {
        Err(Error::NotFound) => Ok(None),
        bytes => seen(bytes?).await,
    }
}

/// Looks at the bytes of a small copy.
pub(super) async fn seen(bytes: impl AsRef<[u8]> + Send + 'static) -> Result<Option<Look>, Error> {
    let seen = tokio::task::spawn_blocking(move || {
        clean::small_picture(bytes.as_ref()).ok().and_then(|it| Look::of(&it).ok())
    });
    seen.await.map_err(|error| Error::Internal(error.to_string()))
}

/// A photo that is looked for among those that came before it.
#[derive(Debug, Clone)]
pub struct Sought {
    /// The photo.
    pub photo: Id,
    /// Its prints.
    pub prints: Prints,
}

/// For each of the sought ones the earlier photos, from `since` on, that may show the same picture: at most
/// 24, the nearest first. All of them are found in one walk over the prints, page by page.
///
/// # Errors
/// When the database fails.
pub async fn near(app: &App, sought: Vec<Sought>, since: Id) -> Result<Vec<Vec<Id>>, Error> {
    let mut found: Vec<Vec<(u32, Id)>> = vec![Vec::new(); sought.len()];
    let Some(until) = sought.iter().map(|one| one.photo).max() else { return Ok(Vec::new()) };
    let sought = std::sync::Arc::new(sought);
    let mut after = since;
    loop {
        let page = app.db.read(move |tx| async move { store::prints(&tx, after, until, PAGE).await }).await;
        let page = page.map_err(Error::Db)?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        let of_page = std::sync::Arc::clone(&sought);
        let compared = tokio::task::spawn_blocking(move || {
            let mut near = Vec::new();
            for (photo, prints) in page.iter().filter_map(|(id, bytes)| Some((*id, Prints::from_bytes(bytes)?))) {
                for (place, one) in of_page.iter().enumerate().filter(|(_, one)| photo < one.photo) {
                    let (distance, _) = one.prints.nearest(&prints);
                    if distance <= NEAR {
                        near.push((place, distance, photo));
                    }
                }
            }
            near
        });
        for (place, distance, photo) in compared.await.map_err(|error| Error::Internal(error.to_string()))? {
            if let Some(found) = found.get_mut(place) {
                found.push((distance, photo));
            }
        }
        for found in &mut found {
            found.sort_unstable();
            found.truncate(NEAREST);
        }
    }
    Ok(found.into_iter().map(|found| found.into_iter().map(|(_, photo)| photo).collect()).collect())
}
