//! Web push: a message sealed for one browser is handed to that browser's push service (RFC 8030).

use super::delivery::{Fault, FaultKind};
use super::notice::Urgency;
use super::sealing::{self, Identity, LONGEST, NotSealed, Reader, seal};
use super::settings;
use super::sms::{judge, unanswered};
use super::ways::Letter;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::{self, Id};
use crate::kit::sealing::Unreadable;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::json;

/// For how long a push service keeps what a sleeping browser has not fetched, in seconds: an alarm of last night helps
/// nobody, an ordinary notice is good for a day.
const URGENT_LASTS: i64 = 4 * 3600;
const ORDINARY_LASTS: i64 = 24 * 3600;

/// The longest address of a browser that is kept: sealed it still fits an index of PostgreSQL.
const LONGEST_ADDRESS: usize = 1900;

/// A browser that shows notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its identifier.
    pub id: Id,
    /// Whose.
    pub account: Id,
    /// Its address at its push service.
    pub endpoint: String,
    /// Its public key, as it wrote it.
    pub p256dh: String,
    /// Its secret, as it wrote it.
    pub auth: String,
    /// What it calls itself.
    pub name: String,
    /// When it was added.
    pub made_at: Moment,
    /// When something last reached its push service.
    pub last_at: Option<Moment>,
    /// Why it cannot be read where it is written to: then address, key and secret are empty here.
    pub unread: Option<Unreadable>,
}

/// Web push as the city has set it up.
pub struct Push {
    settings: settings::Push,
    client: reqwest::Client,
}

impl Push {
    /// Web push by its settings.
    pub fn new(settings: settings::Push, client: reqwest::Client) -> Push {
        Push { settings, client }
    }

    /// The address of a browser, when it lies at a push service that the city knows.
    pub fn address(&self, endpoint: &str) -> Option<reqwest::Url> {
        reqwest::Url::parse(endpoint).ok().filter(|url| self.settings.knows(url))
    }

    /// Makes sure that a browser could be written to.
    ///
    /// # Errors
    /// `notices-push-unknown` when its push service is none that the city knows, `notices-push-unreadable` when its keys are none.
    pub fn must_reach(&self, endpoint: &str, p256dh: &str, auth: &str) -> Result<(), Refusal> {
        if endpoint.len() > LONGEST_ADDRESS || self.address(endpoint).is_none() {
            return Err(Refusal::new("notices-push-unknown").on("push"));
        }
        match Reader::read(p256dh, auth) {
            Some(_) => Ok(()),
            None => Err(Refusal::new("notices-push-unreadable").on("push")),
        }
    }

    /// Hands a message to a browser's push service.
    ///
    /// # Errors
    /// What went wrong; [`FaultKind::Gone`] when the browser wants nothing more.
    pub async fn send(&self, device: &Device, identity: &Identity, letter: &Letter, now: Moment) -> Result<(), Fault> {
        let gone = |detail: &str| Fault::lasting(FaultKind::Gone, detail);
        if let Some(why) = &device.unread {
            return Err(Fault::passing(FaultKind::Unconfigured, why.to_string()));
        }
        let address = self.address(&device.endpoint).ok_or_else(|| gone("push service"))?;
        let reader = Reader::read(&device.p256dh, &device.auth).ok_or_else(|| gone("key"))?;
        let unsealed = |error: NotSealed| Fault::lasting(FaultKind::Refused, error.to_string());
        let body = seal(&message(letter), &reader, &sealing::fresh_key().map_err(unsealed)?, id::random_bytes())
            .map_err(unsealed)?;
        let origin = address.origin().ascii_serialization();
        let proof = identity.proof(&origin, &self.settings.contact, now).map_err(unsealed)?;
        let (urgency, lasts) = match letter.urgency {
            Urgency::Urgent => ("high", URGENT_LASTS),
            Urgency::Ordinary => ("normal", ORDINARY_LASTS),
        };
        let request = self.client.post(address).header(AUTHORIZATION, proof).header("ttl", lasts);
        let request = request.header("urgency", urgency).header("topic", &letter.id);
        let request = request.header(CONTENT_TYPE, "application/octet-stream").header(CONTENT_ENCODING, "aes128gcm");
        let answer = request.body(body).send().await.map_err(|error| unanswered(error).without(&[&device.endpoint]))?;
        match answer.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(gone(&answer.status().to_string())),
            status => judge(status),
        }
    }
}

/// What the browser's worker reads; a long text is cut so that it can be sealed.
fn message(letter: &Letter) -> Vec<u8> {
    let written = |text: &str| {
        let is_urgent = letter.urgency == Urgency::Urgent;
        json!({ "id": letter.id, "title": letter.title, "text": text, "path": letter.path, "urgent": is_urgent })
            .to_string()
    };
    let mut text: String = letter.text.clone();
    while written(&text).len() > LONGEST && !text.is_empty() {
        let kept = text.chars().count() * 3 / 4;
        text = text.chars().take(kept).collect();
    }
    written(&text).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut() {
        let letter = Letter {
            id: "7".into(),
            title: "标题".into(),
            text: "井盖丢失，请尽快处置。\"\n".repeat(600),
            path: "/notices/7".into(),
            link: String::new(),
            urgency: Urgency::Urgent,
        };
        let message = message(&letter);
        assert!(message.len() <= LONGEST && message.len() > LONGEST / 2, "{}", message.len());
        let read: serde_json::Value = serde_json::from_slice(&message).expect("JSON");
        assert_eq!(read["title"], "标题");
        assert!(read["text"].as_str().expect("a text").starts_with("井盖丢失"));
    }
}
