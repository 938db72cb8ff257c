//! Photos and attachments: the original is sealed under its SHA-256, and only cleaned, turned and re-encoded copies
//! without metadata are ever shown. Lends out [`take_in`], [`store`] and [`blobs::Blobs`].

pub mod blacking;
pub mod blobs;
pub mod clean;
pub mod custody;
pub mod document;
pub mod photo;
pub mod prints;
pub mod rectangle;
pub mod roc;
pub mod settings;
pub mod show;
pub mod store;
pub mod sweeping;
pub mod waiting;
pub mod whole;
pub mod workbench;

use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use bytes::Bytes;
use photo::Inspection;
use understanding::photos::comparing::{Comparison, Look, Steps, compare};
use understanding::photos::print::TooPlain;

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/originals/{id}", Access::Act(Act::ViewOriginals), show::original),
        Door::get("/photos/{id}/custody", Access::Act(Act::ViewOriginals), custody::show),
        Door::post("/photos/{id}/verify", Access::Act(Act::ViewOriginals), custody::verify),
        Door::get("/photos/{id}/black-out", Access::Act(Act::BlackOut), blacking::show),
        Door::post("/photos/{id}/black-out", Access::Act(Act::BlackOut), blacking::draw),
        Door::post("/photos/{id}/black-out/{rectangle}/remove", Access::Act(Act::BlackOut), blacking::remove),
        Door::post("/photos/{id}/withhold", Access::Act(Act::BlackOut), blacking::withhold),
        Door::post("/photos/{id}/release", Access::Act(Act::BlackOut), blacking::release),
    ]
}

/// A photo that was inspected, cleaned and put away, ready to be recorded within a transaction.
#[derive(Debug, Clone)]
pub struct TakenIn {
    /// What the original says of itself.
    pub inspection: Inspection,
    /// The sealed original's digest.
    pub original: String,
    /// The original's size in bytes.
    pub bytes: usize,
    /// The large public copy's digest (long side 1600 pixels).
    pub large: String,
    /// The small public copy's digest (long side 480 pixels).
    pub small: String,
    /// The program with which it was sent, as that names itself.
    pub agent: Option<String>,
}

impl TakenIn {
    /// The same, sent with a program that names itself so.
    #[must_use]
    pub fn sent_with(self, agent: &str) -> TakenIn {
        TakenIn { agent: named(agent), ..self }
    }
}

/// What a program calls itself, cut to what is worth keeping.
fn named(agent: &str) -> Option<String> {
    let agent: String = agent.trim().chars().filter(|character| !character.is_control()).take(300).collect();
    (!agent.is_empty()).then_some(agent)
}

/// A photo that was inspected and cleaned, not yet put anywhere; cheap to clone.
#[derive(Debug, Clone)]
pub struct Fresh {
    inspection: Inspection,
    original: Bytes,
    large: Bytes,
    small: Bytes,
    agent: Option<String>,
}

impl Fresh {
    /// The same, sent with a program that names itself so.
    #[must_use]
    pub fn sent_with(self, agent: &str) -> Fresh {
        Fresh { agent: named(agent), ..self }
    }

    /// Puts the original and the copies on these shelves of the blob store.
    async fn put(&self, app: &App, original: &str, copies: &str) -> Result<TakenIn, Error> {
        let blobs = &app.blobs;
        Ok(TakenIn {
            inspection: self.inspection.clone(),
            original: blobs.put(original, self.original.clone()).await?,
            bytes: self.original.len(),
            large: blobs.put(copies, self.large.clone()).await?,
            small: blobs.put(copies, self.small.clone()).await?,
            agent: self.agent.clone(),
        })
    }

    /// Looks at its small copy; none when there is too little to see on it.
    ///
    /// # Errors
    /// [`Error::Internal`] when looking breaks off.
    pub async fn look(&self) -> Result<Option<Look>, Error> {
        prints::seen(self.small.clone()).await
    }

    /// Seals the original and puts the copies where they may be shown, ready to be recorded within a transaction.
    ///
    /// # Errors
    /// When the blob store fails.
    pub async fn seal(&self, app: &App) -> Result<TakenIn, Error> {
        self.put(app, "original", "public").await
    }
}

/// Inspects a photo and cleans it.
///
/// # Errors
/// A refusal when the bytes are not a photo that can be shown.
pub async fn freshen(bytes: Vec<u8>) -> Result<Fresh, Error> {
    let (bytes, cleaned) = cleaned(Bytes::from(bytes), clean::clean).await?;
    Ok(Fresh {
        inspection: cleaned.inspection,
        original: bytes,
        large: cleaned.large.into(),
        small: cleaned.small.into(),
        agent: None,
    })
}

/// Cleans a photo beside the requests, two at a time.
async fn cleaned(
    bytes: Bytes,
    clean: impl FnOnce(&[u8]) -> Result<clean::Cleaned, Refusal> + Send + 'static,
) -> Result<(Bytes, clean::Cleaned), Error> {
    static PLACES: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);
    let place = PLACES.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    let (bytes, outcome) = tokio::task::spawn_blocking(move || {
        let outcome = clean(&bytes);
        // Given up here and not by the asker, who may have gone: the decoding goes on without them.
        drop(place);
        (bytes, outcome)
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))?;
    Ok((bytes, outcome?))
}

/// Inspects a photo, cleans it and puts its three forms into the blob store.
///
/// # Errors
/// A refusal when the bytes are not a photo that can be shown; [`Error::Internal`] when the store fails.
pub async fn take_in(app: &App, bytes: Vec<u8>) -> Result<TakenIn, Error> {
    freshen(bytes).await?.seal(app).await
}

/// What the program reads from a photo's file, as JSON for `steward photo inspect`.
///
/// # Errors
/// The refusal's key, or why the file cannot be read.
pub fn inspect_file(path: &std::path::Path) -> Result<String, Error> {
    let bytes = bytes_of(path)?;
    let inspection = photo::inspect(&bytes)?;
    // A file whose pixels cannot be read is not a photo, whatever its first bytes say.
    clean::decode(&bytes, &inspection)?;
    serde_json::to_string_pretty(&inspection).map_err(|error| Error::Internal(error.to_string()))
}

fn bytes_of(path: &std::path::Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| Error::Internal(format!("{}: {error}", path.display())))
}

/// How much two photos are alike, as JSON. A picture without anything in it is like nothing but its own file.
///
/// # Errors
/// Which of the two cannot be read, and the refusal's key or why.
pub fn compare_files<'a>(
    one: &'a std::path::Path,
    other: &'a std::path::Path,
) -> Result<String, (&'a std::path::Path, Error)> {
    let look = |path: &'a std::path::Path| {
        let read = bytes_of(path).and_then(|bytes| Ok((clean::small_picture(&bytes)?, bytes)));
        let (picture, bytes) = read.map_err(|error| (path, error))?;
        Ok::<_, (&std::path::Path, Error)>((Look::of(&picture), bytes))
    };
    let ((first, first_bytes), (second, second_bytes)) = (look(one)?, look(other)?);
    let found = match (first, second) {
        (Ok(first), Ok(second)) => compare(&first, &second, &Steps::default()),
        _ if first_bytes == second_bytes => Comparison::SAME_FILE,
        (Err(TooPlain), _) => return Err((one, Refusal::new("photo-too-plain").into())),
        (_, Err(TooPlain)) => return Err((other, Refusal::new("photo-too-plain").into())),
    };
    serde_json::to_string_pretty(&found).map_err(|error| (one, Error::Internal(error.to_string())))
}
