//! Stylesheets, scripts and icons, served from the binary with their pre-compressed forms.

use super::sources::Sources;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// Every asset in memory, by name.
#[derive(Clone, Default)]
pub struct Assets(Arc<HashMap<String, Asset>>);

struct Asset {
    plain: bytes::Bytes,
    brotli: Option<bytes::Bytes>,
    gzip: Option<bytes::Bytes>,
    version: String,
    kind: &'static str,
}

impl Assets {
    /// Reads all built assets.
    pub fn load(sources: &Sources) -> Assets {
        let mut assets = HashMap::new();
        for path in sources.list("assets/") {
            let Some(name) = path.strip_prefix("assets/") else { continue };
            // The letters of papers are for the typesetter, not for browsers.
            if name.ends_with(".br") || name.ends_with(".gz") || name.starts_with("fonts/") {
                continue;
            }
            let read = |path: &str| sources.bytes(path).map(bytes::Bytes::from);
            let Some(plain) = read(&path) else { continue };
            let digest = super::id::hexadecimal(&Sha256::digest(&plain)[..6]);
            let asset = Asset {
                plain,
                brotli: read(&format!("{path}.br")),
                gzip: read(&format!("{path}.gz")),
                version: digest,
                kind: kind(name),
            };
            assets.insert(name.to_owned(), asset);
        }
        Assets(Arc::new(assets))
    }

    /// The address of an asset with its version, so that it may be kept for ever.
    pub fn address(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(asset) => format!("/assets/{name}?v={}", asset.version),
            None => format!("/assets/{name}"),
        }
    }

    /// Serves an asset in the best form that the browser accepts.
    pub fn serve(&self, name: &str, headers: &HeaderMap) -> Response {
        let Some(asset) = self.0.get(name) else { return StatusCode::NOT_FOUND.into_response() };
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (body, encoding) = match asset {
            Asset { brotli: Some(body), .. } if accepted.contains("br") => (body, Some("br")),
            Asset { gzip: Some(body), .. } if accepted.contains("gzip") => (body, Some("gzip")),
            Asset { plain, .. } => (plain, None),
        };
        let mut response = (
            [
                (header::CONTENT_TYPE, asset.kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::VARY, "accept-encoding"),
            ],
            body.clone(),
        )
            .into_response();
        if let Some(encoding) = encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(encoding));
        }
        response
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest" | "json") => "application/json",
        _ => "application/octet-stream",
    }
}
