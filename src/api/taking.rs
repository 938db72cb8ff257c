//! Bodies: JSON alone, or multipart with the JSON as one part and photographs beside it.

use super::problem::{Kind, Problem};
use crate::app::App;
use crate::kit::error::Refusal;
use crate::reports::photos::Upload;
use crate::reports::submit::Sent;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

/// The largest JSON, in bytes.
const MOST_JSON: usize = 1 << 20;
/// The most files beside it.
const MOST_FILES: usize = 9;

/// A body that was read.
#[derive(Debug, Default)]
pub struct Taken {
    /// The JSON.
    pub json: Bytes,
    /// The files: the name of the part, the name of the file, the bytes.
    pub files: Vec<(String, String, Bytes)>,
    /// What the caller's program calls itself.
    pub agent: String,
}

fn said(request: &Request, name: header::HeaderName) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

impl Taken {
    /// Reads a body. `part` names the part that holds the JSON, `files` the parts that may hold files.
    ///
    /// # Errors
    /// [`Kind::UnsupportedType`], [`Kind::TooLarge`], [`Kind::Malformed`].
    pub async fn of(app: &App, mut request: Request, part: &str, files: &[&str]) -> Result<Taken, Problem> {
        let (kind, agent) = (said(&request, header::CONTENT_TYPE), said(&request, header::USER_AGENT));
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence == "application/json" {
            let json = axum::body::to_bytes(request.into_body(), MOST_JSON).await;
            return Ok(Taken { json: json.map_err(|_| Problem::of(Kind::TooLarge))?, files: Vec::new(), agent });
        }
        if essence != "multipart/form-data" || files.is_empty() {
            return Err(Problem::of(Kind::UnsupportedType));
        }
        let most = MOST_FILES * app.reports.photo_bytes + MOST_JSON;
        DefaultBodyLimit::max(most).apply(&mut request);
        let broken = || Problem::new(Kind::Malformed, Refusal::new("report-form-broken"));
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
        let mut taken = Taken { agent, ..Taken::default() };
        let of_error = |error: axum::extract::multipart::MultipartError| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::of(Kind::TooLarge),
            _ => broken(),
        };
        while let Some(field) = parts.next_field().await.map_err(of_error)? {
            let name = field.name().unwrap_or_default().to_owned();
            let file = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(of_error)?;
            if name == part {
                taken.json = bytes;
            } else if !files.contains(&name.as_str()) {
                let name: String = name.chars().take(60).collect();
                return Err(Problem::new(Kind::Malformed, Refusal::new("api-argument-unknown").with("name", name)));
            } else if taken.files.len() == MOST_FILES {
                let text = Refusal::new("api-too-many-files").with("most", MOST_FILES);
                return Err(Problem::refused(vec![text]));
            } else if !bytes.is_empty() {
                taken.files.push((name, file, bytes));
            }
        }
        Ok(taken)
    }

    /// The JSON as what it should be.
    ///
    /// # Errors
    /// [`Kind::Malformed`] when it is not.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.json).map_err(|error| {
            let what: String = error.to_string().chars().take(300).collect();
            Problem::new(Kind::Malformed, Refusal::new("api-body-unreadable").with("what", what))
        })
    }

    /// Everything that was sent, to tell one body from another.
    pub fn parts(&self) -> Vec<&[u8]> {
        let files = self.files.iter().flat_map(|(name, _, bytes)| [name.as_bytes(), bytes.as_ref()]);
        std::iter::once(self.json.as_ref()).chain(files).collect()
    }

    /// The files as a citizen's form sends them.
    pub fn sent(self) -> Sent {
        let upload = |(_, name, bytes): (String, String, Bytes)| Upload { name, bytes: Some(bytes.into()) };
        Sent { uploads: self.files.into_iter().map(upload).collect(), agent: self.agent, ..Sent::default() }
    }
}
