//! Keys of second factors must be read again, so no digest does: they are sealed with a key that is not in the database.

use crate::kit::sealing::Lock;
use aws_lc_rs::aead::NONCE_LEN;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

/// What begins a text that anybody with the database could read.
pub const PLAIN: &str = "plain:";
const SEALED: &str = "sealed:";

/// Seals and opens. Without a key it leaves what it is given as it is, under a mark that says so.
pub struct Sealer(Option<Lock>);

impl fmt::Debug for Sealer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Sealer").field(&self.0.is_some()).finish()
    }
}

/// What is sealed and cannot be opened: with another key, for another account, or not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed key cannot be opened; is STEWARD_IDENTITY_KEY the one it was sealed with?")]
pub struct NotOpened;

impl Sealer {
    /// With the key of the environment: 32 bytes in base 64.
    ///
    /// # Errors
    /// A sentence for the operator when the key is none.
    pub fn of(key: Option<&str>) -> Result<Sealer, String> {
        let Some(text) = key.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(Sealer(None)) };
        let wrong =
            || "STEWARD_IDENTITY_KEY is not 32 bytes in base 64; make one with: openssl rand -base64 32".to_owned();
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| wrong())?;
        Ok(Sealer(Some(Lock::of(&bytes).ok_or_else(wrong)?)))
    }

    /// True when it has a key.
    pub fn has_key(&self) -> bool {
        self.0.is_some()
    }

    /// Seals bytes for an owner; `nonce` is fresh chance, used once.
    pub fn seal(&self, owner: i64, bytes: &[u8], nonce: [u8; NONCE_LEN]) -> String {
        let Some(key) = &self.0 else { return format!("{PLAIN}{}", BASE64_STANDARD.encode(bytes)) };
        // It fails for more than 64 GiB only.
        key.seal(&owner.to_be_bytes(), bytes, nonce).map_or_else(String::new, |sealed| format!("{SEALED}{sealed}"))
    }

    /// Opens what was sealed for an owner, and reads what was kept without a key.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open(&self, owner: i64, text: &str) -> Result<Vec<u8>, NotOpened> {
        if let Some(plain) = text.strip_prefix(PLAIN) {
            return BASE64_STANDARD.decode(plain).map_err(|_| NotOpened);
        }
        let sealed = text.strip_prefix(SEALED).ok_or(NotOpened)?;
        self.0.as_ref().and_then(|key| key.open(&owner.to_be_bytes(), sealed)).ok_or(NotOpened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_by_its_owner_with_the_same_key_alone() {
        let key = |byte: u8| Sealer::of(Some(&BASE64_STANDARD.encode([byte; 32]))).expect("a key");
        let sealed = key(1).seal(7, b"twenty bytes of a key", [3; 12]);
        assert!(sealed.starts_with(SEALED) && !sealed.contains(&BASE64_STANDARD.encode(b"twenty")));
        assert_eq!(key(1).open(7, &sealed).as_deref(), Ok(b"twenty bytes of a key".as_slice()));
        assert_eq!(key(1).open(8, &sealed), Err(NotOpened));
        assert_eq!(key(2).open(7, &sealed), Err(NotOpened));
        let none = Sealer::of(None).expect("no key");
        assert_eq!(none.open(7, &sealed), Err(NotOpened));
        // What was kept before there was a key is still read.
        assert_eq!(key(1).open(7, &none.seal(7, b"plain", [0; 12])).as_deref(), Ok(b"plain".as_slice()));
        assert_eq!(key(1).open(7, "sealed:AAAA"), Err(NotOpened));
        assert!(Sealer::of(Some("short")).is_err());
    }
}
