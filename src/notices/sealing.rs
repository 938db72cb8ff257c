//! Sealing a message so that only one browser can read it (RFC 8291, over RFC 8188), and proving to a push service who
//! sends it (VAPID, RFC 8292). Keys and salt are handed in.

use crate::kit::clock::Moment;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// The one record of a message may not be longer (RFC 8291, section 4).
const RECORD: u32 = 4096;
/// The longest message: a record less its mark of 16 bytes, its ending of one, and the 86 bytes of the header, which
/// count for push services.
pub const LONGEST: usize = RECORD as usize - 16 - 1 - 86;
/// How long a proof is good for, in seconds; the standard allows a day.
const PROOF_LASTS: i64 = 12 * 3600;

/// Why something could not be sealed: a key that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is no point of the curve P-256, or the message is too long")]
pub struct NotSealed;

impl From<aws_lc_rs::error::Unspecified> for NotSealed {
    fn from(_: aws_lc_rs::error::Unspecified) -> NotSealed {
        NotSealed
    }
}

/// Base 64 as web push writes it; also read with padding and with the signs of plain base 64, as some browsers write it.
pub fn unwritten(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

/// The same way round.
pub fn written(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// What a browser gave away so that it can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Its public key: a point of P-256, 65 bytes.
    pub key: Vec<u8>,
    /// Its secret for this purpose, 16 bytes.
    pub auth: Vec<u8>,
}

impl Reader {
    /// Reads the two as a browser writes them; none when they cannot be what they should be.
    pub fn read(p256dh: &str, auth: &str) -> Option<Reader> {
        let reader = Reader { key: unwritten(p256dh)?, auth: unwritten(auth)? };
        // A point that is not on the curve shows only when somebody reckons with it.
        let probe = seal(b"", &reader, &PrivateKey::generate(&ECDH_P256).ok()?, [0; 16]);
        (reader.auth.len() == 16 && probe.is_ok()).then_some(reader)
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derived<const N: usize>(salt: &[u8], secret: &[u8], about: &[u8]) -> Result<[u8; N], NotSealed> {
    let mut key = [0; N];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(&[about], Length(N))?.fill(&mut key)?;
    Ok(key)
}

/// The key and the nonce of a message between two; `reader` and `sender` are their public keys.
fn keys(
    secret: &[u8],
    auth: &[u8],
    reader: &[u8],
    sender: &[u8],
    salt: &[u8],
) -> Result<(LessSafeKey, Nonce), NotSealed> {
    let about = [b"WebPush: info\0".as_slice(), reader, sender].concat();
    let shared: [u8; 32] = derived(auth, secret, &about)?;
    let key: [u8; 16] = derived(salt, &shared, b"Content-Encoding: aes128gcm\0")?;
    let nonce: [u8; 12] = derived(salt, &shared, b"Content-Encoding: nonce\0")?;
    Ok((LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?), Nonce::assume_unique_for_key(nonce)))
}

/// A message sealed for one browser, as the body of a request with `Content-Encoding: aes128gcm`. `own` is a fresh key of
/// this one message, `salt` fresh chance.
///
/// # Errors
/// [`NotSealed`] when the browser's key is no key, or the message is longer than [`LONGEST`].
pub fn seal(message: &[u8], reader: &Reader, own: &PrivateKey, salt: [u8; 16]) -> Result<Vec<u8>, NotSealed> {
    if message.len() > LONGEST {
        return Err(NotSealed);
    }
    let public = own.compute_public_key()?;
    let public = public.as_ref();
    let theirs = UnparsedPublicKey::new(&ECDH_P256, reader.key.as_slice());
    let (key, nonce) = agree(own, theirs, NotSealed, |secret| keys(secret, &reader.auth, &reader.key, public, &salt))?;
    let mut sealed = message.to_vec();
    // The ending of the last record, without any padding.
    sealed.push(2);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)?;
    let length = u8::try_from(public.len()).map_err(|_| NotSealed)?;
    Ok([salt.as_slice(), &RECORD.to_be_bytes(), &[length], public, &sealed].concat())
}

/// What was sealed, as the browser opens it with its private key; for tests and for whoever wants to look.
///
/// # Errors
/// [`NotSealed`] when it is not a message for this key.
pub fn open(body: &[u8], own: &PrivateKey, auth: &[u8]) -> Result<Vec<u8>, NotSealed> {
    let (salt, rest) = body.split_at_checked(16).ok_or(NotSealed)?;
    let (head, rest) = rest.split_at_checked(5).ok_or(NotSealed)?;
    let (sender, sealed) = rest.split_at_checked(usize::from(head[4])).ok_or(NotSealed)?;
    let public = own.compute_public_key()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, sender);
    let (key, nonce) = agree(own, theirs, NotSealed, |secret| keys(secret, auth, public.as_ref(), sender, salt))?;
    let mut sealed = sealed.to_vec();
    let opened = key.open_in_place(nonce, Aad::empty(), &mut sealed)?;
    let end = opened.iter().rposition(|byte| *byte != 0).filter(|end| opened[*end] == 2).ok_or(NotSealed)?;
    Ok(opened[..end].to_vec())
}

/// The key that push services know this city by.
pub struct Identity(EcdsaKeyPair);

impl Identity {
    /// A new one, as it is kept.
    ///
    /// # Errors
    /// [`NotSealed`] when the machine gives no chance.
    pub fn fresh() -> Result<String, NotSealed> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Ok(written(pair.to_pkcs8v1()?))
    }

    /// The kept one; none when it is not readable.
    pub fn read(kept: &str) -> Option<Identity> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &unwritten(kept)?).ok().map(Identity)
    }

    /// The public key, as browsers ask for it.
    pub fn public(&self) -> String {
        written(self.0.public_key())
    }

    /// The header `Authorization` for a push service of this origin; `contact` is where its keepers may complain, a
    /// `mailto:` or an `https:` address.
    ///
    /// # Errors
    /// [`NotSealed`] when it cannot be signed.
    pub fn proof(&self, origin: &str, contact: &str, now: Moment) -> Result<String, NotSealed> {
        let claims = serde_json::json!({ "aud": origin, "exp": now.0 / 1000 + PROOF_LASTS, "sub": contact });
        let signed = format!("{}.{}", written(r#"{"typ":"JWT","alg":"ES256"}"#), written(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("vapid t={signed}.{}, k={}", written(signature), self.public()))
    }
}

/// A fresh key for one message.
///
/// # Errors
/// [`NotSealed`] when the machine gives no chance.
pub fn fresh_key() -> Result<PrivateKey, NotSealed> {
    Ok(PrivateKey::generate(&ECDH_P256)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Signer};

    fn bytes(text: &str) -> Vec<u8> {
        unwritten(text).expect("base 64")
    }

    fn key(text: &str) -> PrivateKey {
        PrivateKey::from_private_key(&ECDH_P256, &bytes(text)).expect("a key")
    }

    /// The example of RFC 8291, appendix A.
    #[test]
    fn the_standards_own_example() {
        let reader = Reader {
            key: bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
            auth: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
        };
        let own = key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().expect("16 bytes");
        let sealed = seal(b"When I grow up, I want to be a watermelon", &reader, &own, salt).expect("sealed");
        assert_eq!(
            written(&sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK\
             6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
        let theirs = key("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
        assert_eq!(open(&sealed, &theirs, &reader.auth).expect("opened"), b"When I grow up, I want to be a watermelon");
    }

    #[test]
    fn only_the_reader_can_read() {
        let theirs = fresh_key().expect("a key");
        let public = theirs.compute_public_key().expect("a key");
        let reader = Reader::read(&written(public.as_ref()), &written([7; 16])).expect("a reader");
        let sealed = seal("井盖丢失".as_bytes(), &reader, &fresh_key().expect("a key"), [3; 16]).expect("sealed");
        assert_eq!(open(&sealed, &theirs, &[7; 16]).expect("opened"), "井盖丢失".as_bytes());
        assert!(open(&sealed, &fresh_key().expect("a key"), &[7; 16]).is_err());
        assert!(open(&sealed, &theirs, &[8; 16]).is_err());
        let mut broken = sealed.clone();
        *broken.last_mut().expect("a byte") ^= 1;
        assert!(open(&broken, &theirs, &[7; 16]).is_err());
        assert!(open(&[], &theirs, &[7; 16]).is_err() && open(&sealed[..40], &theirs, &[7; 16]).is_err());
        assert!(seal(&vec![0; LONGEST], &reader, &fresh_key().expect("a key"), [3; 16]).expect("sealed").len() <= 4096);
        assert!(seal(&vec![0; LONGEST + 1], &reader, &fresh_key().expect("a key"), [3; 16]).is_err());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let own = fresh_key().expect("a key").compute_public_key().expect("a key");
        let good = written(own.as_ref());
        assert!(Reader::read(&good, &written([1; 16])).is_some());
        assert!(Reader::read(&format!("{good}="), &written([1; 16])).is_some(), "with padding");
        assert!(Reader::read(&good, &written([1; 15])).is_none());
        assert!(Reader::read(&written([4; 65]), &written([1; 16])).is_none(), "not on the curve");
        assert!(Reader::read("", "").is_none() && Reader::read("井", "盖").is_none());
    }

    #[test]
    fn a_proof_is_signed_by_the_kept_key() {
        let kept = Identity::fresh().expect("a key");
        let identity = Identity::read(&kept).expect("readable");
        let proof = identity.proof("https://push.example", "mailto:it@example.cn", Moment(1_000_000)).expect("a proof");
        let (token, public) = proof.strip_prefix("vapid t=").and_then(|rest| rest.split_once(", k=")).expect("a proof");
        assert_eq!(public, Identity::read(&kept).expect("readable").public());
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let signer = Signer::new(&ECDSA_P256_SHA256_FIXED, bytes(public));
        signer.verify(signed.as_bytes(), &bytes(signature)).expect("signed by that key");
        let claims: serde_json::Value =
            serde_json::from_slice(&bytes(signed.split_once('.').expect("two").1)).expect("JSON");
        assert_eq!(claims["aud"], "https://push.example");
        assert_eq!(claims["exp"], 1000 + PROOF_LASTS);
        assert!(Identity::read("nothing").is_none());
    }
}
