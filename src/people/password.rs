//! Hashing passwords with Argon2id, away from the threads that answer, a few at a time.

use crate::kit::error::Error;
use crate::kit::id::{random_bytes, tracking_code};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's first choice for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
/// How many are hashed at once: an onslaught of sign-ins must leave memory and processors to everybody else.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// The hash of a password that nobody has: verified for unknown logins, so that they take as long as known ones.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2Q$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";

/// A password's hash, as a PHC string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash(String);

impl Hash {
    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, 2, 1, None).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password that nobody has: of an account that was not handed its first one yet.
pub fn nobody() -> Hash {
    Hash(NOBODY.to_owned())
}

/// Hashes on the present thread, for about 30 ms: for commands, not for handlers.
///
/// # Errors
/// [`Error::Internal`] when there is no memory for it.
pub fn hash_now(password: &str) -> Result<Hash, Error> {
    let hash: PasswordHash = argon2()?
        .hash_password_with_salt(password.as_bytes(), &random_bytes::<16>())
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Hash(hash.to_string()))
}

async fn aside<T: Send + 'static>(job: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let _permit = AT_ONCE.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(job).await.map_err(|error| Error::Internal(error.to_string()))?
}

/// Hashes a password.
///
/// # Errors
/// [`Error::Internal`] when there is no memory for it.
pub async fn hash(password: String) -> Result<Hash, Error> {
    aside(move || hash_now(&password)).await
}

/// True when the password belongs to the hash. Without a hash the answer is no, after as long a time.
///
/// # Errors
/// [`Error::Internal`] when the stored hash is none.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, Error> {
    aside(move || {
        let stored = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY));
        let stored = stored.map_err(|error| Error::Internal(format!("a stored hash: {error}")))?;
        let is_right = argon2()?.verify_password(password.as_bytes(), &stored).is_ok();
        Ok(is_right && hash.is_some())
    })
    .await
}

/// A first password to be read to somebody once: twelve random characters (60 bits) in three groups.
pub fn first() -> String {
    let code = tracking_code();
    format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again() {
        let hash = hash_now("Orange-Boat-7").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("Orange-Boat-7".into(), Some(hash.as_str().into())).await.unwrap());
        assert!(!verify("orange-boat-7".into(), Some(hash.as_str().into())).await.unwrap());
        assert!(!verify("Orange-Boat-7".into(), None).await.unwrap());
    }
}
