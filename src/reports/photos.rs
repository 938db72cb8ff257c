//! Photos on their way from the form to the files.

use crate::app::App;
use crate::files::store::Belongs;
use crate::files::{self, TakenIn};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use bytes::Bytes;
use serde::Serialize;

/// A file as the form sent it.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The name that it had on the telephone.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
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

/// Cleans photos and puts them away, ready to be recorded.
///
/// # Errors
/// A refusal on `photos` that says which photo it is about; whatever storing them fails with.
pub async fn take_in(app: &App, uploads: &[Upload]) -> Result<Vec<TakenIn>, Error> {
    let mut taken = Vec::new();
    for upload in uploads {
        match files::take_in(app, upload.bytes.to_vec()).await {
            Ok(photo) => taken.push(photo),
            Err(Error::Refused(refusal)) => return Err(Error::Refused(refusal.on("photos"))),
            Err(other) => return Err(other),
        }
    }
    Ok(taken)
}

/// Records a citizen's photos within the transaction of what they belong to. Answers their identifiers.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, report: Id, photos: &[TakenIn], now: Moment) -> Result<Vec<String>, DbError> {
    let belongs = Belongs { subject: "report", subject_id: report, purpose: "before", is_public: true, author: None };
    let mut ids = Vec::new();
    for photo in photos {
        ids.push(files::store::record(tx, photo, belongs, now).await?.to_string());
    }
    Ok(ids)
}
