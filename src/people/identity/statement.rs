//! What a provider says about somebody (an ID token), and whether it may be believed: OpenID Connect Core 1.0, section 3.1.3.7.

use super::settings::Provider;
use crate::kit::clock::Moment;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openidconnect::core::{CoreIdToken, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{ClaimsVerificationError, ClientId, IdTokenVerifier, IssuerUrl, Nonce, SignatureVerificationError};
use serde_json::Value;
use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

/// What is believed: signatures of a key that only the provider has. Never `none`, and never one made with a secret that we hold too.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Why a statement is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// It is over, or from the future: a clock is wrong, or it lay about.
    Time(String),
    /// It is signed by a key that is not among the known ones; the provider may have changed its keys.
    Key,
    /// Anything else: forged, of another sign-in, for another program, by another provider.
    Other(String),
}

/// What a believed statement says.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The provider's own name for the person, which never changes.
    pub subject: String,
    /// Everything that was said.
    pub claims: Value,
}

/// Judges a statement: signed by one of the provider's keys, by it, for this program, of this sign-in, now.
///
/// # Errors
/// A [`Doubt`].
pub fn believe(
    token: &str,
    provider: &Provider,
    keys: CoreJsonWebKeySet,
    nonce: &str,
    now: Moment,
) -> Result<Statement, Doubt> {
    let other = |error: &dyn std::fmt::Display| Doubt::Other(error.to_string());
    let read = CoreIdToken::from_str(token).map_err(|error| other(&error))?;
    let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(|error| other(&error))?;
    let seconds = now.0.div_euclid(1000);
    let (latest, earliest) = (seconds + provider.tolerance, seconds.saturating_sub(provider.tolerance));
    let earliest = Duration::from_secs(u64::try_from(earliest).unwrap_or_default());
    let verifier = IdTokenVerifier::new_public_client(ClientId::new(provider.client.clone()), issuer, keys)
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || (UNIX_EPOCH + earliest).into())
        .set_issue_time_verifier_fn(move |issued| match issued.timestamp() <= latest {
            true => Ok(()),
            false => Err(format!("issued at {issued}, which is still to come")),
        });
    let claims = read.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(|error| match error {
        ClaimsVerificationError::Expired(when) => Doubt::Time(when),
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => Doubt::Key,
        error => match std::error::Error::source(&error) {
            Some(source) => Doubt::Other(format!("{error}: {source}")),
            None => Doubt::Other(error.to_string()),
        },
    })?;
    let subject = claims.subject().as_str().to_owned();
    let payload = token.split('.').nth(1).and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
    let claims = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(Value::Null);
    if subject.is_empty() || subject.len() > 255 {
        return Err(Doubt::Other("a subject of 1 to 255 characters is missing".to_owned()));
    }
    Ok(Statement { subject, claims })
}

impl Statement {
    /// Adds what the provider says elsewhere (userinfo) and what is not in the statement itself.
    #[must_use]
    pub fn with(mut self, more: Value) -> Statement {
        if let (Value::Object(own), Value::Object(more)) = (&mut self.claims, more) {
            for (name, value) in more {
                own.entry(name).or_insert(value);
            }
        }
        self
    }

    /// A claim as a text: texts and whole numbers.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.claims.get(name)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
            _ => None,
        }
    }

    /// A claim as a list of texts; one text is a list of one.
    pub fn texts(&self, name: &str) -> Vec<String> {
        match self.claims.get(name) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        }
    }

    /// True when the person has a verified address in one of the provider's domains and belongs to one of its groups, as far as
    /// the city asks for either.
    pub fn is_of_city(&self, provider: &Provider) -> bool {
        let domain =
            self.text("email").and_then(|email| email.rsplit_once('@').map(|(_, domain)| domain.to_lowercase()));
        let is_verified = self.claims.get("email_verified").and_then(Value::as_bool).unwrap_or(false);
        let has_domain = provider.domains.is_empty()
            || is_verified && domain.is_some_and(|domain| provider.domains.contains(&domain));
        let groups = self.texts(&provider.groups_claim);
        let has_group = provider.groups.is_empty() || groups.iter().any(|group| provider.groups.contains(group));
        has_domain && has_group
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(claims: Value) -> Statement {
        Statement { subject: "s".into(), claims }
    }

    #[test]
    fn a_number_is_read_however_it_is_written() {
        let statement = said(json!({ "a": " 0071 ", "b": 71, "c": "", "d": 1.5, "e": ["x", 3, "y"] }));
        assert_eq!(statement.text("a").as_deref(), Some("0071"));
        assert_eq!(statement.text("b").as_deref(), Some("71"));
        assert_eq!((statement.text("c"), statement.text("d"), statement.text("z")), (None, None, None));
        assert_eq!(statement.texts("e"), ["x", "y"]);
        // What the signed statement says goes before what is said elsewhere.
        let more = statement.with(json!({ "a": "other", "z": "new" }));
        assert_eq!((more.text("a").as_deref(), more.text("z").as_deref()), (Some("0071"), Some("new")));
    }

    #[test]
    fn only_people_of_the_city_come_in() {
        let text = "[[identity.provider]]\nword = \"p\"\nname = \"p\"\nissuer = \"https://p.example\"\nclient = \"c\"\n\
                    domains = [\"Example.gov.cn\"]\ngroups = [\"staff\"]\n";
        let settings =
            super::super::settings::Settings::of_city(&toml::from_str(text).expect("toml")).expect("settings");
        let provider = &settings.providers[0];
        let is_in = |email: &str, is_verified: bool, groups: Value| {
            said(json!({ "email": email, "email_verified": is_verified, "groups": groups })).is_of_city(provider)
        };
        assert!(
            is_in("a@EXAMPLE.gov.cn", true, json!(["guests", "staff"]))
                && is_in("a@example.gov.cn", true, json!("staff"))
        );
        assert!(!is_in("a@example.gov.cn", false, json!(["staff"])), "an address that nobody verified");
        assert!(!is_in("a@example.gov.cn.evil.example", true, json!(["staff"])));
        assert!(!is_in("a@example.gov.cn", true, json!(["guests"])) && !is_in("a@example.gov.cn", true, Value::Null));
    }
}
