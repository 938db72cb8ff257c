//! Photos on their way from the form to the files.

use super::submit::Sent;
use crate::app::App;
use crate::files::store::{Belongs, Waiting};
use crate::files::{self, Fresh, TakenIn, waiting};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A file as the form sent it.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The name that it had on the telephone.
    pub name: String,
    /// Its bytes; none when it is heavier than the city takes.
    pub bytes: Option<Vec<u8>>,
}

/// A photo as a page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The small copy.
    pub src: String,
    /// The large copy.
    pub full: String,
    /// What it shows.
    pub alt: String,
}

/// How a photo is shown.
pub fn shown(id: &str, alt: &str) -> Shown {
    Shown { src: format!("/photos/{id}/small"), full: format!("/photos/{id}/large"), alt: alt.to_owned() }
}

/// The photos of one sending: those that have waited since the sending before, the new ones, and what is wrong.
#[derive(Debug, Default)]
pub struct Album {
    /// Photos of an earlier sending of the same form that it did not remove.
    pub kept: Vec<Waiting>,
    /// New photos, cleaned.
    pub fresh: Vec<Fresh>,
    /// What is wrong with the others; each names its photo in the argument `photo`.
    pub refusals: Vec<Refusal>,
    /// Whether the form spoke of photos that wait.
    pub has_waited: bool,
}

/// Opens the photos that a form sent. A photo that waits is found only by the key of the form for which it waits.
///
/// # Errors
/// When the database fails.
pub async fn open(app: &App, sent: Sent, key: &str) -> Result<Album, Error> {
    let all = |name: &str| -> Vec<String> {
        sent.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone()).collect()
    };
    let (wanted, dropped) = (all("kept"), all("drop"));
    let mut album = Album { has_waited: !wanted.is_empty(), ..Album::default() };
    if album.has_waited {
        let key = key.to_owned();
        let found = app.db.read(move |tx| async move { files::store::waiting_of(&tx, &key).await }).await;
        let found = found.map_err(|error: DbError| Error::Db(error))?;
        album.kept.extend(found.into_iter().filter(|photo| wanted.contains(&photo.id) && !dropped.contains(&photo.id)));
        let gone = wanted.iter().filter(|id| !dropped.contains(id)).count() > album.kept.len();
        if gone && !is_sent_already(app, &sent.text("key")).await? {
            album.refusals.push(Refusal::new("report-photo-gone").on("photos"));
        }
    }
    let most = app.reports.photos_limit;
    if sent.is_cut {
        album.refusals.push(Refusal::new("report-request-too-large").with("limit", most).on("photos"));
    }
    let room = most.saturating_sub(album.kept.len());
    if sent.uploads.len() + sent.left_out > room {
        album.refusals.push(Refusal::new("report-photos-too-many").with("most", most).on("photos"));
    }
    for upload in sent.uploads.into_iter().take(room) {
        let named = |refusal: Refusal| refusal.with("photo", &upload.name).on("photos");
        let Some(bytes) = upload.bytes else {
            let limit = app.reports.photo_bytes >> 20;
            album.refusals.push(named(Refusal::new("photo-too-large").with("limit", limit)));
            continue;
        };
        match files::freshen(bytes).await {
            Ok(fresh) => album.fresh.push(fresh.sent_with(&sent.agent)),
            Err(Error::Refused(refusal)) => album.refusals.push(named(refusal)),
            Err(other) => return Err(other),
        }
    }
    Ok(album)
}

/// A form that was sent twice has given its photos to its report already.
async fn is_sent_already(app: &App, key: &str) -> Result<bool, Error> {
    let key = key.to_owned();
    let known = app.db.read(move |tx| async move { super::store::is_known(&tx, &key).await }).await;
    known.map_err(|error: DbError| Error::Db(error))
}

impl Album {
    /// True when nothing at all was handed in, not even something that was refused.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.fresh.is_empty() && self.refusals.is_empty()
    }

    /// Seals every photo, ready to be recorded within a transaction.
    ///
    /// # Errors
    /// `report-photo-gone` when one that waited was swept away meanwhile; when the blob store fails.
    pub async fn seal(&self, app: &App) -> Result<Vec<TakenIn>, Error> {
        let mut sealed = Vec::new();
        for photo in &self.kept {
            match waiting::seal(app, &photo.photo).await {
                Ok(photo) => sealed.push(photo),
                Err(Error::NotFound) => return Err(Refusal::new("report-photo-gone").on("photos").into()),
                Err(other) => return Err(other),
            }
        }
        for photo in &self.fresh {
            sealed.push(photo.seal(app).await?);
        }
        Ok(sealed)
    }

    /// Seals every photo, when each of them was good.
    ///
    /// # Errors
    /// The first refusal, on `photos`; as [`Album::seal`].
    pub async fn whole(&self, app: &App) -> Result<Vec<TakenIn>, Error> {
        match self.refusals.first() {
            Some(refusal) => Err(refusal.clone().into()),
            None => self.seal(app).await,
        }
    }

    /// Lets the new photos wait for the form of this key; answers all that wait now.
    ///
    /// # Errors
    /// When the blob store or the database fails.
    pub async fn wait(self, app: &App, key: &str) -> Result<Vec<Waiting>, Error> {
        let mut kept = self.kept;
        for photo in &self.fresh {
            kept.push(waiting::keep(app, key, photo).await?);
        }
        Ok(kept)
    }
}

/// Shows a waiting photo's small copy to whoever knows its name.
pub async fn thumbnail(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    let found = app.db.read(move |tx| async move { files::store::load_waiting(&tx, &id).await }).await?;
    let bytes = match app.blobs.get(waiting::SHELF, &found.photo.small).await {
        Ok(bytes) => bytes,
        Err(error) => return files::show::or_away(Err(error)),
    };
    let headers = [(header::CONTENT_TYPE, files::show::kind(&bytes)), (header::CACHE_CONTROL, "private, max-age=600")];
    Ok((headers, bytes).into_response())
}

/// Waiting photos as a form shows them: `[{id, src}]`.
pub fn waiting_shown(kept: &[Waiting]) -> Vec<minijinja::Value> {
    let shown = |photo: &Waiting| minijinja::context! { id => photo.id.as_str(), src => format!("/report/photos/{}", photo.id) };
    kept.iter().map(shown).collect()
}

/// Takes from the shelf what has been sealed. What it was for is safe; what is left there is only a matter of tidiness.
pub async fn clear(app: &App, waited: Vec<TakenIn>) {
    if let Err(error) = waiting::discard(app, waited).await {
        tracing::warn!(%error, "photos that had waited could not be cleared away");
    }
}

/// Records a citizen's photos within the transaction of what they belong to. Answers their identifiers.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, report: Id, photos: &[TakenIn], now: Moment) -> Result<Vec<String>, DbError> {
    let belongs = Belongs { subject: "report", subject_id: report, purpose: "before", is_public: true, author: None };
    files::store::record_all(tx, photos, belongs, now).await
}
