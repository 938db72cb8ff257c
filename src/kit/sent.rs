//! A form that sends a file beside its fields.

use super::error::Refusal;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use std::collections::BTreeMap;

/// What a form sent.
#[derive(Debug, Default, Clone)]
pub struct Sent {
    texts: BTreeMap<String, String>,
    /// Its file with the name that it came with; none when nothing was chosen.
    pub file: Option<(String, Bytes)>,
}

impl Sent {
    /// Reads it.
    ///
    /// # Errors
    /// `imports-form-broken` when it did not arrive whole, `imports-too-large`; both on `file`.
    pub async fn read(request: Request) -> Result<Sent, Refusal> {
        let broken = || Refusal::new("imports-form-broken").on("file");
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
        let mut sent = Sent::default();
        while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|error| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::new("imports-too-large").on("file"),
                _ => broken(),
            })?;
            match file {
                Some(file) if !bytes.is_empty() => sent.file = Some((file, bytes)),
                Some(_) => {}
                None => drop(sent.texts.insert(name, String::from_utf8_lossy(&bytes).trim().to_owned())),
            }
        }
        Ok(sent)
    }

    /// A field; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }
}
