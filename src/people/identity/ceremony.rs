//! Passkeys as a second factor: the two ceremonies of WebAuthn (W3C, level 3), as far as they need no database. What an authenticator
//! signed is verified by `webauthn_rp`; its clock of five minutes is the machine's.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt;
use webauthn_rp::AuthenticatedCredential;
use webauthn_rp::bin::{Decode, Encode};
use webauthn_rp::request::auth::{
    AllowedCredentials, AuthenticationVerificationOptions, NonDiscoverableAuthenticationServerState,
    NonDiscoverableCredentialRequestOptions,
};
use webauthn_rp::request::register::{
    Nickname, PublicKeyCredentialCreationOptions, PublicKeyCredentialUserEntity, RegistrationServerState,
    RegistrationVerificationOptions, UserHandle16, Username,
};
use webauthn_rp::request::{AsciiDomain, Credentials, PublicKeyCredentialDescriptor, RpId};
use webauthn_rp::response::auth::NonDiscoverableAuthentication16;
use webauthn_rp::response::register::{DynamicState, Registration, StaticState};
use webauthn_rp::response::{AuthTransports, CredentialId};

/// The largest answer of a browser that is read, in bytes.
const LARGEST: usize = 20_000;

/// What a ceremony came to nothing by: for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

fn failed(error: impl fmt::Display) -> Failed {
    Failed(error.to_string())
}

/// Where passkeys are good: a domain, and the origin that browsers see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The domain (relying party).
    pub domain: String,
    /// Scheme, host and port.
    pub origin: String,
}

impl Site {
    /// The site of an address; none when browsers make no passkeys there: without https (but on `localhost`), or at a bare number.
    pub fn of(address: &str) -> Option<Site> {
        let address = reqwest::Url::parse(address).ok()?;
        let domain = address.domain()?.to_lowercase();
        let is_safe = address.scheme() == "https" || address.scheme() == "http" && domain == "localhost";
        AsciiDomain::try_from(domain.clone()).ok()?;
        is_safe.then(|| Site { domain, origin: address.origin().ascii_serialization() })
    }

    fn id(&self) -> Result<RpId, Failed> {
        AsciiDomain::try_from(self.domain.clone()).map(RpId::Domain).map_err(failed)
    }
}

/// A passkey as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The authenticator's identifier, in base 64.
    pub credential: String,
    /// What never changes, in base 64.
    pub static_state: String,
    /// What changes with every use, such as the counter of signatures, in base 64.
    pub dynamic_state: String,
    /// By which ways the authenticator is reached, as bits.
    pub transports: i64,
}

/// A ceremony that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// What is kept until the answer comes, in base 64.
    pub kept: String,
    /// What the browser is given, as JSON.
    pub options: String,
}

/// By what an authenticator knows an account: no name, no number, the same for ever.
fn handle(account: i64) -> UserHandle16 {
    let digest: [u8; 32] = Sha256::digest(format!("passkeys of account {account}").as_bytes()).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let Ok(handle) = UserHandle16::decode(bytes);
    handle
}

fn unwritten(text: &str) -> Result<Vec<u8>, Failed> {
    BASE64_STANDARD.decode(text).map_err(failed)
}

fn descriptors(known: &[Passkey]) -> Result<Vec<PublicKeyCredentialDescriptor<Vec<u8>>>, Failed> {
    let one = |passkey: &Passkey| {
        let id = CredentialId::<Vec<u8>>::decode(unwritten(&passkey.credential)?).map_err(failed)?;
        let bits = u8::try_from(passkey.transports).unwrap_or_default();
        let transports = AuthTransports::decode(bits).map_err(failed)?;
        Ok(PublicKeyCredentialDescriptor { id, transports })
    };
    known.iter().map(one).collect()
}

/// Begins the making of a passkey for an account that has `known` ones.
///
/// # Errors
/// [`Failed`], for a name that is none.
pub fn begin_making(
    site: &Site,
    (account, login, name): (i64, &str, &str),
    known: &[Passkey],
) -> Result<Begun, Failed> {
    let (id, handle) = (site.id()?, handle(account));
    let user = PublicKeyCredentialUserEntity {
        name: Username::try_from(login).map_err(failed)?,
        id: &handle,
        display_name: Nickname::try_from(name).ok(),
    };
    let options = PublicKeyCredentialCreationOptions::second_factor(&id, user, descriptors(known)?);
    let (server, client) = options.start_ceremony().map_err(failed)?;
    let options = serde_json::to_string(&client).map_err(failed)?;
    Ok(Begun { kept: BASE64_STANDARD.encode(server.encode().map_err(failed)?), options })
}

/// Ends it: what the browser answered makes a passkey.
///
/// # Errors
/// [`Failed`] for whatever does not belong to this ceremony, this site, this account.
pub fn end_making(site: &Site, kept: &str, answer: &str) -> Result<Passkey, Failed> {
    let answer = answer.as_bytes().get(..answer.len().min(LARGEST)).unwrap_or_default();
    let registration = Registration::from_json_relaxed(answer).map_err(failed)?;
    let kept = unwritten(kept)?;
    let server = RegistrationServerState::<16>::decode(&kept).map_err(failed)?;
    let origins = [site.origin.as_str()];
    let options = RegistrationVerificationOptions::<&str, &str> {
        allowed_origins: &origins,
        // Browsers may tell more than they are asked.
        error_on_unsolicited_extensions: false,
        ..RegistrationVerificationOptions::default()
    };
    let made = server.verify(&site.id()?, &registration, &options).map_err(failed)?;
    let Ok(transports) = made.transports().encode();
    let Ok(static_state) = made.static_state().encode();
    let Ok(dynamic_state) = made.dynamic_state().encode();
    Ok(Passkey {
        credential: BASE64_STANDARD.encode(made.id().as_ref()),
        static_state: BASE64_STANDARD.encode(static_state),
        dynamic_state: BASE64_STANDARD.encode(dynamic_state),
        transports: i64::from(transports),
    })
}

/// Begins the showing of one of these passkeys.
///
/// # Errors
/// [`Failed`] without any passkey.
pub fn begin_showing(site: &Site, known: &[Passkey]) -> Result<Begun, Failed> {
    let mut allowed = AllowedCredentials::with_capacity(known.len());
    for one in descriptors(known)? {
        allowed.push(one.into());
    }
    let id = site.id()?;
    let options = NonDiscoverableCredentialRequestOptions::second_factor(&id, allowed).map_err(failed)?;
    let (server, client) = options.start_ceremony().map_err(failed)?;
    let options = serde_json::to_string(&client).map_err(failed)?;
    Ok(Begun { kept: BASE64_STANDARD.encode(server.encode().map_err(failed)?), options })
}

/// The identifier of the passkey of which an answer speaks, in base 64.
pub fn spoken_of(answer: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(answer).ok()?;
    let id = value.get("rawId").or_else(|| value.get("id"))?.as_str()?;
    BASE64_URL_SAFE_NO_PAD.decode(id).ok().map(|bytes| BASE64_STANDARD.encode(bytes))
}

/// Ends it: true to the ceremony, the site, the key, and with a counter that rose. Answers the passkey as it is kept from now on.
///
/// # Errors
/// [`Failed`] for whatever is not.
pub fn end_showing(site: &Site, account: i64, passkey: &Passkey, kept: &str, answer: &str) -> Result<Passkey, Failed> {
    let answer = answer.as_bytes().get(..answer.len().min(LARGEST)).unwrap_or_default();
    let shown = NonDiscoverableAuthentication16::from_json_relaxed(answer).map_err(failed)?;
    let kept = unwritten(kept)?;
    let server = NonDiscoverableAuthenticationServerState::decode(&kept).map_err(failed)?;
    let (credential, handle) = (unwritten(&passkey.credential)?, handle(account));
    let id = CredentialId::<&[u8]>::decode(&credential).map_err(failed)?;
    let state = StaticState::decode(&unwritten(&passkey.static_state)?).map_err(failed)?;
    let dynamic: [u8; 7] = unwritten(&passkey.dynamic_state)?.try_into().map_err(|_| failed("another length"))?;
    let dynamic = DynamicState::decode(dynamic).map_err(failed)?;
    let mut held = AuthenticatedCredential::new(id, &handle, state, dynamic).map_err(failed)?;
    let origins = [site.origin.as_str()];
    let options = AuthenticationVerificationOptions::<&str, &str> {
        allowed_origins: &origins,
        error_on_unsolicited_extensions: false,
        ..AuthenticationVerificationOptions::default()
    };
    server.verify(&site.id()?, &shown, &mut held, &options).map_err(failed)?;
    let Ok(dynamic_state) = held.dynamic_state().encode();
    Ok(Passkey { dynamic_state: BASE64_STANDARD.encode(dynamic_state), ..passkey.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_made_where_browsers_make_them() {
        let site = |address: &str| Site::of(address).map(|site| (site.domain, site.origin));
        let some = |domain: &str, origin: &str| Some((domain.to_owned(), origin.to_owned()));
        assert_eq!(site("https://city.example.gov.cn"), some("city.example.gov.cn", "https://city.example.gov.cn"));
        assert_eq!(site("https://city.example:8443"), some("city.example", "https://city.example:8443"));
        assert_eq!(site("http://localhost:8080"), some("localhost", "http://localhost:8080"));
        for without in ["http://city.example.gov.cn", "https://10.0.0.1", "http://127.0.0.1:8080", "nonsense"] {
            assert_eq!(site(without), None, "{without}");
        }
    }
}
