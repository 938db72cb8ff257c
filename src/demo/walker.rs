//! Somebody who walks through the program's doors in memory, as a browser would through the network.

use crate::app::App;
use crate::kit::error::Error;
use crate::people;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use std::collections::HashMap;
use tower::ServiceExt;

/// Long enough for a month of history.
const SESSION: i64 = 60 * 24 * 60 * 60 * 1000;

/// A walker with a session for each account it has acted as.
pub struct Walker {
    app: App,
    doors: Router,
    sessions: HashMap<String, String>,
}

/// What stood behind a door: its status and where it sends on to.
pub struct Behind {
    pub status: u16,
    pub location: String,
}

/// One part of a form: its name, a file's name when it is one, its bytes.
pub type Part<'a> = (&'a str, Option<&'a str>, Vec<u8>);

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("the demonstration: {error}"))
}

impl Walker {
    pub fn new(app: App, doors: Router) -> Walker {
        Walker { app, doors, sessions: HashMap::new() }
    }

    /// Posts a form as the account of that login, or as a citizen.
    pub async fn post(&mut self, login: Option<&str>, path: &str, parts: &[Part<'_>]) -> Result<Behind, Error> {
        const EDGE: &str = "----the-edge-of-a-part";
        let mut body = Vec::new();
        // The forms that may carry photos are sent in parts, with or without them.
        let takes_photos = ["/hand-in", "/verify", "/check", "/report"].iter().any(|end| path.ends_with(end));
        let is_in_parts = takes_photos && path != "/check" || parts.iter().any(|(_, file, _)| file.is_some());
        let kind = if is_in_parts {
            for (name, file, bytes) in parts {
                let file =
                    file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: image/jpeg")).unwrap_or_default();
                let head = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
                body.extend_from_slice(head.as_bytes());
                body.extend_from_slice(bytes);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
            format!("multipart/form-data; boundary={EDGE}")
        } else {
            let pairs: Vec<(&str, String)> =
                parts.iter().map(|(name, _, bytes)| (*name, String::from_utf8_lossy(bytes).into_owned())).collect();
            body = serde_urlencoded::to_string(pairs).map_err(failed)?.into_bytes();
            "application/x-www-form-urlencoded".to_owned()
        };
        let mut request = Request::post(path).header(header::CONTENT_TYPE, kind).header(header::HOST, "localhost");
        if let Some(login) = login {
            let session = self.session(login).await?;
            request = request.header(header::COOKIE, format!("session={session}"));
        }
        let request = request.body(Body::from(body)).map_err(failed)?;
        let response = self.doors.clone().oneshot(request).await.map_err(failed)?;
        let status = response.status().as_u16();
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        Ok(Behind { status, location })
    }

    async fn session(&mut self, login: &str) -> Result<String, Error> {
        if let Some(session) = self.sessions.get(login) {
            return Ok(session.clone());
        }
        let (name, now) = (login.to_owned(), self.app.clock.now());
        let session = self
            .app
            .db
            .write(move |tx| async move {
                let found = people::store::credentials(&tx, &name).await?;
                let (account, _) = found.ok_or_else(|| failed(format!("there is no {name}")))?;
                people::sessions::open_for(&tx, account.id, now, SESSION).await
            })
            .await?;
        self.sessions.insert(login.to_owned(), session.clone());
        Ok(session)
    }
}
