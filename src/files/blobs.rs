//! The blob store: every file under the SHA-256 of its content, on disk or on anything that speaks S3.

use crate::kit::clock::{Clock, Moment};
use crate::kit::error::Error;
use crate::kit::id::hexadecimal;
use futures_util::{Stream, StreamExt};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// What was written within so many milliseconds is not written again. Less than the least time after which a file that no row
/// knows may be swept away, so that whatever is put is young for as long as its row needs to be written.
const YOUNG: i64 = 12 * 3_600_000;
/// How long a store over the network is asked again before it counts as gone.
const PATIENCE: Duration = Duration::from_secs(20);
/// The folder of what was swept aside.
const ASIDE: &str = "swept";

/// Where files are kept; cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    prefix: String,
}

fn fresh_name() -> String {
    crate::kit::id::fresh().to_string()
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("blob store: {error}"))
}

/// What went wrong at the store, as an operator can use it. It passes, or they mend it: whoever asks may come again.
pub fn refused(error: object_store::Error) -> Error {
    match error {
        object_store::Error::Unauthenticated { .. } | object_store::Error::PermissionDenied { .. } => away(format!(
            "the store refuses us: look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of that key ({error})"
        )),
        object_store::Error::Generic { store: "S3", .. } => {
            away(format!("the store does not answer: look at AWS_ENDPOINT and whether the server runs ({error})"))
        }
        // A folder that may not be written, a disk that is full.
        object_store::Error::Generic { .. } => away(error),
        other => failed(other),
    }
}

fn away(error: impl std::fmt::Display) -> Error {
    Error::Away(format!("blob store: {error}"))
}

/// A file as a listing names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its SHA-256.
    pub digest: String,
    /// When it was written last, by the store's clock.
    pub at: Moment,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A file that was swept aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// The civil day, ISO 8601.
    pub day: String,
    /// The shelf from which it came.
    pub kind: String,
    /// Its SHA-256.
    pub digest: String,
}

/// True when something was read that is not what was kept.
pub fn is_altered(error: &Error) -> bool {
    matches!(error, Error::Internal(words) if words.starts_with("blob store: ") && words.ends_with("was altered"))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The shelf of the files of open data, which are made anew from the database.
pub const OPEN_DATA: &str = "open-data";
/// The shelf of the files that were brought in, those of hotlines among them.
pub const IMPORTS: &str = "imports";

/// A bucket of a store that speaks S3, with the keys and the endpoint that are named `AWS_*` among the settings.
///
/// # Errors
/// [`Error::Internal`] when they cannot be meant.
pub fn bucket(name: &str, settings: impl IntoIterator<Item = (String, String)>) -> Result<Arc<dyn ObjectStore>, Error> {
    let patience = RetryConfig { max_retries: 3, retry_timeout: PATIENCE, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_retry(patience);
    for (name, value) in settings.into_iter().filter(|(name, _)| name.starts_with("AWS_")) {
        // The environment holds names of other programs, too.
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    Ok(Arc::new(builder.with_bucket_name(name).build().map_err(failed)?))
}

impl Blobs {
    /// Opens a folder (made when missing), `file:///FOLDER` or `s3://BUCKET/PREFIX` (keys and endpoint from `AWS_*`).
    ///
    /// # Errors
    /// [`Error::Internal`] when the folder cannot be made or the address is of another kind.
    pub fn open(url: &str) -> Result<Blobs, Error> {
        Blobs::open_with(url, std::env::vars())
    }

    /// The same with these settings instead of the environment's.
    ///
    /// # Errors
    /// As [`Blobs::open`].
    pub fn open_with(url: &str, settings: impl IntoIterator<Item = (String, String)>) -> Result<Blobs, Error> {
        if let Some(address) = url.strip_prefix("s3://") {
            let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
            let store = self::bucket(bucket, settings)?;
            return Ok(Blobs { store, prefix: prefix.trim_end_matches('/').to_owned() });
        }
        let folder = url.strip_prefix("file://").unwrap_or(url);
        if folder.contains("://") {
            return Err(failed(format!("{url}: neither a folder nor s3://BUCKET/PREFIX")));
        }
        std::fs::create_dir_all(folder).map_err(|error| failed(format!("{folder}: {error}")))?;
        // What was acknowledged must survive a power cut, so every file is synced before its report is.
        let store = LocalFileSystem::new_with_prefix(folder).map_err(failed)?.with_fsync(true);
        Ok(Blobs { store: Arc::new(store), prefix: String::new() })
    }

    fn path(&self, kind: &str, digest: &str) -> Result<Path, Error> {
        if !is_digest(digest) {
            return Err(failed(format!("{digest} is not a digest")));
        }
        let (first, second) = (&digest[..2], &digest[2..4]);
        Ok(Path::from(format!("{}/{kind}/{first}/{second}/{digest}", self.prefix)))
    }

    fn path_aside(&self, found: &Aside) -> Path {
        Path::from(format!("{}/{ASIDE}/{}/{}/{}", self.prefix, found.day, found.kind, found.digest))
    }

    /// Keeps the bytes and answers their digest; the same bytes twice are kept once. Bytes that lie there for long are written
    /// anew, so that the sweeper takes them for young.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put(&self, kind: &str, bytes: impl Into<bytes::Bytes>) -> Result<String, Error> {
        let bytes = bytes.into();
        let digest = hexadecimal(&Sha256::digest(&bytes));
        let path = self.path(kind, &digest)?;
        let is_young = |found: ObjectMeta| written(&found) > Clock::system().now().plus(-YOUNG);
        let found = self.store.head(&path).await;
        // A store that does not answer is not waited for twice; one that only refuses to say what is there may still be written.
        if let Err(error @ object_store::Error::Generic { store: "S3", .. }) = found {
            return Err(refused(error));
        }
        if !found.is_ok_and(is_young) {
            self.store.put(&path, PutPayload::from(bytes)).await.map_err(refused)?;
        }
        Ok(digest)
    }

    /// Writes a small file, reads it back and removes it again: for whoever wants to know whether the store works.
    ///
    /// # Errors
    /// When one of the three fails, or when something else came back.
    pub async fn probe(&self) -> Result<(), Error> {
        let bytes = fresh_name();
        let path = Path::from(format!("{}/probe/{bytes}", self.prefix));
        self.store.put(&path, PutPayload::from(bytes.clone().into_bytes())).await.map_err(refused)?;
        let read = self.store.get(&path).await.map_err(refused)?.bytes().await.map_err(refused)?;
        self.store.delete(&path).await.map_err(refused)?;
        if read == bytes.as_bytes() { Ok(()) } else { Err(failed("something else came back than was written")) }
    }

    /// The bytes of a digest, checked against it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they are not there, [`Error::Internal`] when they are not what they were.
    pub async fn get(&self, kind: &str, digest: &str) -> Result<bytes::Bytes, Error> {
        let path = self.path(kind, digest)?;
        let found = match self.store.get(&path).await {
            Err(object_store::Error::NotFound { .. }) => return Err(Error::NotFound),
            other => other.map_err(refused)?,
        };
        let bytes = found.bytes().await.map_err(refused)?;
        if hexadecimal(&Sha256::digest(&bytes)) != digest {
            return Err(failed(format!("{kind} {digest} was altered")));
        }
        Ok(bytes)
    }

    /// Throws the bytes of a digest away; nothing happens when they are gone already. Sealed originals and public copies
    /// are evidence and stay: only what waits, the files of open data and, once they are over, those that hotlines have sent may be thrown
    /// away.
    ///
    /// # Errors
    /// When the shelf is another than [`super::waiting::SHELF`], [`OPEN_DATA`] and [`IMPORTS`], or the store fails.
    pub async fn delete(&self, kind: &str, digest: &str) -> Result<(), Error> {
        if ![super::waiting::SHELF, OPEN_DATA, IMPORTS].contains(&kind) {
            return Err(failed(format!("{kind} is kept for good")));
        }
        match self.store.delete(&self.path(kind, digest)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }

    /// The files on a shelf, one after the other, in no order; nothing that is not named by a digest.
    pub fn list(&self, kind: &str) -> impl Stream<Item = Result<Found, Error>> + Send + use<> {
        let listing = self.store.list(Some(&Path::from(format!("{}/{kind}", self.prefix))));
        listing.filter_map(|found| async move {
            let found = match found {
                Ok(found) => found,
                Err(error) => return Some(Err(refused(error))),
            };
            let digest = found.location.filename().filter(|name| is_digest(name))?.to_owned();
            Some(Ok(Found { digest, at: written(&found), bytes: found.size }))
        })
    }

    /// Every file of every shelf with its shelf, in no order, without what was laid aside.
    pub fn all(&self) -> impl Stream<Item = Result<(String, Found), Error>> + Send + use<> {
        let listing = self.store.list(Some(&Path::from(self.prefix.clone())));
        let depth = Path::from(self.prefix.clone()).parts().count();
        listing.filter_map(move |found| async move {
            let found = match found {
                Ok(found) => found,
                Err(error) => return Some(Err(refused(error))),
            };
            // SHELF/ab/cd/DIGEST
            let names: Vec<_> = found.location.parts().skip(depth).map(|part| part.as_ref().to_owned()).collect();
            let [shelf, _, _, digest] = <[String; 4]>::try_from(names).ok()?;
            let is_kept = shelf != ASIDE && is_digest(&digest);
            is_kept.then(|| Ok((shelf, Found { digest, at: written(&found), bytes: found.size })))
        })
    }

    /// A file on a shelf; none when it is not there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, kind: &str, digest: &str) -> Result<Option<Found>, Error> {
        match self.store.head(&self.path(kind, digest)?).await {
            Ok(found) => Ok(Some(Found { digest: digest.to_owned(), at: written(&found), bytes: found.size })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    /// Lays a file aside, from where it can be put back; nothing happens when it is gone already.
    pub(super) async fn set_aside(&self, file: &Aside) -> Result<(), Error> {
        self.moved(&self.path(&file.kind, &file.digest)?, &self.path_aside(file)).await
    }

    /// Puts a file back to where it was.
    pub(super) async fn put_back(&self, file: &Aside) -> Result<(), Error> {
        self.moved(&self.path_aside(file), &self.path(&file.kind, &file.digest)?).await
    }

    async fn moved(&self, from: &Path, to: &Path) -> Result<(), Error> {
        match self.store.rename(from, to).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }

    /// What was laid aside.
    pub(super) fn aside(&self) -> impl Stream<Item = Result<Aside, Error>> + Send + use<> {
        let listing = self.store.list(Some(&Path::from(format!("{}/{ASIDE}", self.prefix))));
        listing.filter_map(|found| async move {
            let path = match found {
                Ok(found) => found.location,
                Err(error) => return Some(Err(refused(error))),
            };
            let mut names = path.as_ref().rsplit('/');
            let digest = names.next().filter(|name| is_digest(name))?.to_owned();
            let kind = names.next()?.to_owned();
            Some(Ok(Aside { digest, kind, day: names.next()?.to_owned() }))
        })
    }

    /// Throws away what was laid aside.
    pub(super) async fn forget(&self, file: &Aside) -> Result<(), Error> {
        match self.store.delete(&self.path_aside(file)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }
}

fn written(found: &ObjectMeta) -> Moment {
    Moment(found.last_modified.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_comes_back_and_alterations_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().to_str().unwrap()).unwrap();
        let digest = blobs.put("original", b"photo".to_vec()).await.unwrap();
        assert_eq!(blobs.put("original", b"photo".to_vec()).await.unwrap(), digest);
        assert_eq!(&blobs.get("original", &digest).await.unwrap()[..], b"photo");
        assert!(matches!(blobs.get("public", &digest).await, Err(Error::NotFound)));
        assert!(blobs.get("original", "../../etc/passwd").await.is_err());
        blobs.probe().await.unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("probe")).unwrap().count(), 0);
        blobs.put("waiting", b"photo".to_vec()).await.unwrap();
        blobs.delete("waiting", &digest).await.unwrap();
        blobs.delete("waiting", &digest).await.unwrap();
        assert!(matches!(blobs.get("waiting", &digest).await, Err(Error::NotFound)));
        assert!(blobs.delete("original", &digest).await.is_err(), "what is sealed stays");
        let path = folder.path().join("original").join(&digest[..2]).join(&digest[2..4]).join(&digest);
        std::fs::write(path, b"forged").unwrap();
        assert!(matches!(blobs.get("original", &digest).await, Err(Error::Internal(_))));
    }
}
