//! The blob store: every file under the SHA-256 of its content, on disk or on anything that speaks S3.

use crate::kit::error::Error;
use crate::kit::id::hexadecimal;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use std::sync::Arc;

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

impl Blobs {
    /// Opens a folder (made when missing), `file:///FOLDER` or `s3://BUCKET/PREFIX` (keys and endpoint from `AWS_*`).
    ///
    /// # Errors
    /// [`Error::Internal`] when the folder cannot be made or the address is of another kind.
    pub fn open(url: &str) -> Result<Blobs, Error> {
        if let Some(address) = url.strip_prefix("s3://") {
            let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
            let builder = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(bucket);
            let store = Arc::new(builder.build().map_err(failed)?);
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
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_digest {
            return Err(failed(format!("{digest} is not a digest")));
        }
        let (first, second) = (&digest[..2], &digest[2..4]);
        Ok(Path::from(format!("{}/{kind}/{first}/{second}/{digest}", self.prefix)))
    }

    /// Keeps the bytes and answers their digest; the same bytes twice are kept once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put(&self, kind: &str, bytes: impl Into<bytes::Bytes>) -> Result<String, Error> {
        let bytes = bytes.into();
        let digest = hexadecimal(&Sha256::digest(&bytes));
        let path = self.path(kind, &digest)?;
        if self.store.head(&path).await.is_err() {
            self.store.put(&path, PutPayload::from(bytes)).await.map_err(failed)?;
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
        self.store.put(&path, PutPayload::from(bytes.clone().into_bytes())).await.map_err(failed)?;
        let read = self.store.get(&path).await.map_err(failed)?.bytes().await.map_err(failed)?;
        self.store.delete(&path).await.map_err(failed)?;
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
            other => other.map_err(failed)?,
        };
        let bytes = found.bytes().await.map_err(failed)?;
        if hexadecimal(&Sha256::digest(&bytes)) != digest {
            return Err(failed(format!("{kind} {digest} was altered")));
        }
        Ok(bytes)
    }

    /// Throws the bytes of a digest away; nothing happens when they are gone already. Sealed originals and public copies
    /// are evidence and stay: only what waits may be thrown away.
    ///
    /// # Errors
    /// When the shelf is another than [`super::waiting::SHELF`] or the store fails.
    pub async fn delete(&self, kind: &str, digest: &str) -> Result<(), Error> {
        if kind != super::waiting::SHELF {
            return Err(failed(format!("{kind} is kept for good")));
        }
        match self.store.delete(&self.path(kind, digest)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
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
