//! Asking a provider: where its doors are, which keys it signs with, what a code stands for. The issuer comes from the operator, so
//! its addresses are not searched for those of the city's own network.

use super::settings::Provider;
use crate::kit::clock::Moment;
use axum::http::{Request, Response, header};
use openidconnect::IssuerUrl;
use openidconnect::core::CoreProviderMetadata;
use reqwest::{Client, Url, redirect};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How long what a provider says about itself is used, in milliseconds.
const KEPT: i64 = 60 * 60_000;
/// How long at least lies between two looks for new keys, in milliseconds: forged statements must not make us ask without end.
const BETWEEN_LOOKS: i64 = 60_000;
/// The largest answer that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// Why a provider could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not answer.
    #[error("it does not answer: {0}")]
    Silent(String),
    /// It answers something else than OpenID Connect.
    #[error("it answers something else: {0}")]
    Strange(String),
}

/// What is known about providers.
#[derive(Debug, Default)]
pub struct Asking {
    client: OnceLock<Client>,
    known: Mutex<HashMap<String, (Arc<CoreProviderMetadata>, Moment)>>,
}

/// The reasons of an error down to the last.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(reason) = next {
        said = format!("{said}: {reason}");
        next = reason.source();
    }
    said
}

fn silent(error: &reqwest::Error) -> Fault {
    // An address may carry a code.
    Fault::Silent(reasons(error).chars().take(300).collect())
}

async fn send(client: Client, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Fault> {
    let request = reqwest::Request::try_from(request).map_err(|error| Fault::Strange(error.to_string()))?;
    let mut answer = client.execute(request).await.map_err(|error| silent(&error.without_url()))?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| silent(&error.without_url()))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(Fault::Strange("its answer is larger than 1 MiB".to_owned()));
        }
    }
    response.body(body).map_err(|error| Fault::Strange(error.to_string()))
}

impl Asking {
    fn client(&self) -> Result<Client, Fault> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let made = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(10))
            .build();
        let made = made.map_err(|error| Fault::Silent(reasons(&error)))?;
        Ok(self.client.get_or_init(|| made).clone())
    }

    /// What a provider says about itself and its keys, as kept or asked anew.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn provider(&self, provider: &Provider, now: Moment) -> Result<Arc<CoreProviderMetadata>, Fault> {
        match self.kept(provider) {
            Some((metadata, at)) if now < at.plus(KEPT) => Ok(metadata),
            kept => match self.look(provider, now).await {
                Ok(metadata) => Ok(metadata),
                // Old keys are better than a closed door.
                Err(fault) => kept.map(|(metadata, _)| metadata).ok_or(fault),
            },
        }
    }

    /// Its keys asked anew, because one is unknown; none when they were asked a moment ago.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn new_keys(&self, provider: &Provider, now: Moment) -> Result<Option<Arc<CoreProviderMetadata>>, Fault> {
        match self.kept(provider) {
            Some((_, at)) if now < at.plus(BETWEEN_LOOKS) => Ok(None),
            _ => self.look(provider, now).await.map(Some),
        }
    }

    fn kept(&self, provider: &Provider) -> Option<(Arc<CoreProviderMetadata>, Moment)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&provider.issuer).cloned()
    }

    async fn look(&self, provider: &Provider, now: Moment) -> Result<Arc<CoreProviderMetadata>, Fault> {
        let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(|error| Fault::Strange(error.to_string()))?;
        let client = self.client()?;
        let ask = move |request| send(client.clone(), request);
        let found = CoreProviderMetadata::discover_async(issuer, &ask).await.map_err(|error| match error {
            openidconnect::DiscoveryError::Request(fault) => fault,
            openidconnect::DiscoveryError::Response(status, ..) => Fault::Silent(format!("it answers {status}")),
            error => Fault::Strange(reasons(&error)),
        })?;
        let found = Arc::new(found);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(provider.issuer.clone(), (Arc::clone(&found), now));
        Ok(found)
    }

    /// What a code stands for: the statement, and the token with which more can be asked.
    ///
    /// # Errors
    /// A [`Fault`]; what the provider refuses is [`Fault::Strange`] with its word for it.
    pub async fn redeem(
        &self,
        metadata: &CoreProviderMetadata,
        provider: &Provider,
        secret: Option<&str>,
        (code, back, verifier): (&str, &str, &str),
    ) -> Result<(String, Option<String>), Fault> {
        let address =
            metadata.token_endpoint().ok_or_else(|| Fault::Strange("it names no token endpoint".to_owned()))?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", verifier),
        ];
        let methods = metadata.token_endpoint_auth_methods_supported();
        let is_by_post = methods.is_some_and(|methods| {
            let has = |wanted: openidconnect::core::CoreClientAuthMethod| methods.contains(&wanted);
            !has(openidconnect::core::CoreClientAuthMethod::ClientSecretBasic)
                && has(openidconnect::core::CoreClientAuthMethod::ClientSecretPost)
        });
        let mut request = self.client()?.post(address.url().clone()).header(header::ACCEPT, "application/json");
        match secret {
            None => form.push(("client_id", &provider.client)),
            Some(secret) if is_by_post => {
                form.extend([("client_id", provider.client.as_str()), ("client_secret", secret)])
            }
            // RFC 6749, section 2.3.1: both are written as in a form first.
            Some(secret) => request = request.basic_auth(encoded(&provider.client), Some(encoded(secret))),
        }
        let body = serde_urlencoded::to_string(&form).map_err(|error| Fault::Strange(error.to_string()))?;
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let answer = self.json(request).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        if let Some(error) = text("error") {
            return Err(Fault::Strange(format!("it does not take the code: {error}")));
        }
        let statement =
            text("id_token").ok_or_else(|| Fault::Strange("it gives no ID token for the code".to_owned()))?;
        Ok((statement, text("access_token")))
    }

    /// What else it says about somebody (userinfo); nothing when it has no door for that.
    ///
    /// # Errors
    /// A [`Fault`], also when it speaks of somebody else.
    pub async fn more(&self, metadata: &CoreProviderMetadata, token: &str, subject: &str) -> Result<Value, Fault> {
        let Some(address) = metadata.userinfo_endpoint() else { return Ok(Value::Null) };
        let request =
            self.client()?.get(address.url().clone()).bearer_auth(token).header(header::ACCEPT, "application/json");
        let answer = self.json(request).await?;
        // OpenID Connect Core, section 5.3.2.
        match answer.get("sub").and_then(Value::as_str) {
            Some(found) if found == subject => Ok(answer),
            _ => Err(Fault::Strange("its userinfo speaks of somebody else".to_owned())),
        }
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, Fault> {
        let mut answer = request.send().await.map_err(|error| silent(&error.without_url()))?;
        if answer.status().is_server_error() {
            return Err(Fault::Silent(format!("it answers {}", answer.status())));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| silent(&error.without_url()))? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(Fault::Strange("its answer is larger than 1 MiB".to_owned()));
            }
        }
        serde_json::from_slice(&body).map_err(|_| Fault::Strange(format!("its answer {} is no JSON", answer.status())))
    }
}

fn encoded(text: &str) -> String {
    serde_urlencoded::to_string([("", text)]).unwrap_or_default().chars().skip(1).collect()
}

/// The address at which somebody signs in with the provider.
pub fn address(metadata: &CoreProviderMetadata, pairs: &[(&str, &str)]) -> Url {
    let mut address = metadata.authorization_endpoint().url().clone();
    address.query_pairs_mut().extend_pairs(pairs);
    address
}
