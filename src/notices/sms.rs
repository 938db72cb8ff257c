//! Short messages: what the city's gateway is asked by HTTP. The gateway knows by a token and by a signature who asks.

use super::delivery::{Fault, FaultKind};
use super::notice::Urgency;
use super::settings;
use super::ways::{Letter, chain};
use crate::kit::clock::Moment;
use crate::kit::id::hexadecimal;
use aws_lc_rs::hmac;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::{Map, Value};

/// The longest answer that is read.
const LONGEST_ANSWER: usize = 64 << 10;

/// The city's gateway.
pub struct Sms {
    settings: settings::Sms,
    client: reqwest::Client,
    token: String,
    key: String,
}

/// What is filled in.
struct Filling<'a> {
    to: &'a str,
    letter: &'a Letter,
}

impl Filling<'_> {
    /// A text with its places filled in. What was filled in is not looked at again.
    fn text(&self, template: &str) -> String {
        let (mut text, mut rest) = (String::new(), template);
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            let letter = self.letter;
            let urgency = if letter.urgency == Urgency::Urgent { "urgent" } else { "ordinary" };
            let places = [
                ("{to}", self.to),
                ("{text}", &letter.text),
                ("{title}", &letter.title),
                ("{link}", &letter.link),
                ("{id}", &letter.id),
                ("{urgency}", urgency),
            ];
            let found = places.iter().find(|(place, _)| rest.starts_with(place));
            let (place, value) = found.unwrap_or(&("{", "{"));
            text.push_str(value);
            rest = &rest[place.len()..];
        }
        text.push_str(rest);
        text
    }

    fn value(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => self.text(text).into(),
            Value::Array(list) => list.iter().map(|one| self.value(one)).collect(),
            Value::Object(table) => self.table(table),
            plain => plain.clone(),
        }
    }

    fn table(&self, table: &Map<String, Value>) -> Value {
        table.iter().map(|(name, value)| (name.clone(), self.value(value))).collect()
    }
}

/// The signature of a body at a moment: HMAC-SHA256 of the seconds since 1970, a point and the body, in hexadecimal.
pub fn signature(key: &str, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hexadecimal(hmac::sign(&key, format!("{seconds}.{body}").as_bytes()).as_ref())
}

impl Sms {
    /// A gateway by its settings. Without a key of its own the token signs.
    pub fn new(settings: settings::Sms, client: reqwest::Client, token: Option<String>, key: Option<String>) -> Sms {
        let token = token.unwrap_or_default();
        let key = key.filter(|key| !key.is_empty()).unwrap_or_else(|| token.clone());
        Sms { settings, client, token, key }
    }

    /// Asks the gateway to send a message.
    ///
    /// # Errors
    /// What went wrong, without number, words and token.
    pub async fn send(&self, to: &str, letter: &Letter, now: Moment) -> Result<(), Fault> {
        self.ask(to, letter, now).await.map_err(|fault| fault.without(&[to, &self.token, &self.key]))
    }

    async fn ask(&self, to: &str, letter: &Letter, now: Moment) -> Result<(), Fault> {
        let body = Filling { to, letter }.table(&self.settings.fields).to_string();
        let mut request = self.client.post(&self.settings.url).header(CONTENT_TYPE, "application/json");
        request = request.header("idempotency-key", &letter.id);
        if !self.token.is_empty()
            && let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", self.token))
        {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if !self.key.is_empty() {
            let seconds = now.0 / 1000;
            request = request.header("x-steward-timestamp", seconds);
            request = request.header("x-steward-signature", format!("sha256={}", signature(&self.key, seconds, &body)));
        }
        let answer = request.body(body).send().await.map_err(unanswered)?;
        judge(answer.status())?;
        if self.settings.answer.is_empty() {
            return Ok(());
        }
        self.reads_well(answer).await
    }

    /// Some gateways say no with status 200: then the answer's own fields count.
    async fn reads_well(&self, mut answer: reqwest::Response) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unanswered)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                break;
            }
        }
        let said: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        for (name, wanted) in &self.settings.answer {
            let found = said.get(name).map(plain).unwrap_or_default();
            if found != plain(wanted) {
                let found: String = found.chars().take(40).collect();
                return Err(Fault::passing(FaultKind::Refused, format!("{name} = {found}")));
            }
        }
        Ok(())
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What it means that nobody answered.
pub(super) fn unanswered(error: reqwest::Error) -> Fault {
    let kind = if error.is_timeout() { FaultKind::TimedOut } else { FaultKind::Unreachable };
    Fault::passing(kind, chain(&error.without_url()))
}

/// What an answer's status means.
pub(super) fn judge(status: StatusCode) -> Result<(), Fault> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(Fault::passing(FaultKind::Unauthorized, status.to_string()))
        }
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNPROCESSABLE_ENTITY
        | StatusCode::UNSUPPORTED_MEDIA_TYPE => Err(Fault::lasting(FaultKind::Refused, status.to_string())),
        status => Err(Fault::passing(FaultKind::Refused, status.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_once() {
        let letter = Letter {
            id: "7".into(),
            title: "夜间出动".into(),
            text: "{to} \"井盖\"".into(),
            path: "/notices/7".into(),
            link: "https://city.example/notices/7".into(),
            urgency: Urgency::Urgent,
        };
        let filling = Filling { to: "13800001234", letter: &letter };
        assert_eq!(filling.text("{title}：{text}{x}{"), "夜间出动：{to} \"井盖\"{x}{");
        let fields: Map<String, Value> = toml::from_str(
            "phones = [\"{to}\"]\nparams = { text = \"{text}\", code = 7, flash = true }\nlevel = \"{urgency}\"",
        )
        .expect("toml");
        let said = filling.table(&fields);
        assert_eq!(said["phones"][0], "13800001234");
        assert_eq!((&said["params"]["text"], &said["params"]["code"]), (&"{to} \"井盖\"".into(), &7.into()));
        assert_eq!(said["level"], "urgent");
    }

    #[test]
    fn a_signature_is_the_known_one() {
        // printf '1773108000.{}' | openssl dgst -sha256 -hmac key
        let signed = signature("key", 1_773_108_000, "{}");
        assert_eq!(signed, "b2c348aaa941230ddd0d6555738af982399a464dab1e3ab5b8a7b3f16fc9a353");
    }
}
