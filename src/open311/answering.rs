//! What every door of the interface does: reads who asks for what in which format, opens with a key, counts, and answers, also with
//! what is wrong.

use super::filter::{Args, Wrong, status_of};
use super::format::{Format, Value, write};
use super::store::{self, Key};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::paces::{Bucket, Ledger, minute};
use crate::people::doors::Visit;
use crate::people::sign_in::Knock;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

const MINUTE: i64 = 60_000;
/// How many who ask are remembered before the counting begins anew.
const MOST_COUNTED: usize = 100_000;

/// Which of the two endpoints is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `v2`: what is sent is kept.
    Production,
    /// `test`: what is sent is checked and forgotten.
    Test,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum No {
    /// The request is wrong.
    Wrong(Vec<Wrong>),
    /// We failed.
    Failed(Error),
}

impl From<Wrong> for No {
    fn from(wrong: Wrong) -> No {
        No::Wrong(vec![wrong])
    }
}

impl From<Vec<Wrong>> for No {
    fn from(wrongs: Vec<Wrong>) -> No {
        No::Wrong(wrongs)
    }
}

impl From<DbError> for No {
    fn from(error: DbError) -> No {
        No::Failed(error.into())
    }
}

impl From<Error> for No {
    fn from(error: Error) -> No {
        match error {
            Error::Refused(refusal) => Wrong::bad(refusal).into(),
            Error::NotFound => Wrong::unknown(Refusal::new("open311-request-unknown")).into(),
            other => No::Failed(other),
        }
    }
}

/// An answer before it is written.
#[derive(Debug)]
pub struct Answer {
    /// The name of the outermost element.
    pub root: &'static str,
    /// What it holds.
    pub value: Value,
    /// Headers that go with it.
    pub headers: Vec<(HeaderName, String)>,
}

impl Answer {
    /// An answer without headers of its own.
    pub fn new(root: &'static str, value: Value) -> Answer {
        Answer { root, value, headers: Vec::new() }
    }
}

/// A request of the interface.
pub struct Asking {
    /// The program.
    pub app: App,
    /// The reader's language.
    pub lang: &'static str,
    /// In which format the answer is wanted; XML when the address names none.
    pub format: Format,
    /// The parts of the address after `/open311`, the last without its ending.
    pub path: Vec<String>,
    /// Its arguments.
    pub args: Args,
    /// Which endpoint; none for an address that names neither.
    pub endpoint: Option<Endpoint>,
    /// Whether the address names a format that there is.
    pub is_formatted: bool,
    /// How the program is reached, such as `https://report.example`.
    pub base: String,
    /// The address without its query.
    pub address: String,
    /// What the reader's program calls itself.
    pub visit: Visit,
    /// From where it comes.
    pub from: String,
    /// By what the sender knows this again when it is sent again; empty when it says nothing.
    pub idempotency_key: String,
}

impl FromRequestParts<App> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Asking, Infallible> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let knock = Knock::from_request_parts(parts, app).await?;
        let (address, query) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default());
        let mut path: Vec<String> = address.split('/').skip(2).map(str::to_owned).collect();
        let last = path.last().and_then(|last| Format::of(last)).map(|(name, format)| (name.to_owned(), format));
        let format = last.as_ref().map_or(Format::Xml, |(_, format)| *format);
        let is_formatted = last.is_some();
        if let (Some(place), Some((name, _))) = (path.last_mut(), last) {
            *place = name;
        }
        let idempotency_key = parts.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
        let idempotency_key = idempotency_key.map(|key| key.trim().trim_matches('"')).unwrap_or_default();
        // A longer one would be cut somewhere else.
        let idempotency_key = if idempotency_key.len() <= 100 { idempotency_key.to_owned() } else { String::new() };
        let endpoint = match path.first().map(String::as_str) {
            Some("v2") => Some(Endpoint::Production),
            Some("test") => Some(Endpoint::Test),
            _ => None,
        };
        let base = app.address(&parts.headers, knock.is_secure);
        Ok(Asking {
            app: app.clone(),
            lang: visit.lang,
            format,
            path,
            args: Args::of_query(query),
            endpoint,
            is_formatted,
            base,
            address,
            from: knock.origin.address,
            idempotency_key,
            visit,
        })
    }
}

/// What a door wants of whoever knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// Nothing; a key that is shown must be good.
    Nothing,
    /// A key that may send reports.
    Submit,
    /// A key that may send updates.
    Update,
}

/// The digest by which a key's secret is kept.
pub fn digest(secret: &str) -> String {
    id::hexadecimal(&Sha256::digest(secret.as_bytes()))
}

impl Asking {
    /// Looks at the address, the key, the number of requests and the jurisdiction. Answers the key.
    ///
    /// # Errors
    /// Everything that is wrong; 429 alone when there were too many requests.
    pub async fn enter(&self, wants: Wants) -> Result<Option<Key>, No> {
        let mut wrongs = Vec::new();
        if self.endpoint.is_none() || !self.is_formatted {
            wrongs.push(Wrong::unknown(Refusal::new("open311-address-unknown")));
        }
        let key = match self.args.text("api_key") {
            Some(secret) => {
                let hash = digest(secret);
                let found = self.app.db.read(move |tx| async move { store::key_of(&tx, &hash).await }).await?;
                let good = found.filter(|key| self.opens(key, wants));
                if good.is_none() {
                    wrongs.push(Wrong::forbidden("open311-key-wrong"));
                }
                good
            }
            None => {
                if wants != Wants::Nothing {
                    wrongs.push(Wrong::forbidden("open311-key-missing"));
                }
                None
            }
        };
        let now = self.app.clock.now();
        let held = &self.app.open311;
        let waited = match &key {
            Some(key) => held.limits.count(Who::Key(key.id), key.per_minute, now),
            None => held.limits.count(Who::Address(self.from.clone()), held.city.reads_per_minute, now),
        };
        if let Err(seconds) = waited {
            return Err(Wrong { code: 429, refusal: Refusal::new("open311-too-many").with("seconds", seconds) }.into());
        }
        wrongs.extend(held.city.is_meant(&self.args).err());
        if !wrongs.is_empty() {
            return Err(wrongs.into());
        }
        if let Some(key) = &key
            && held.limits.is_first_use(key.id, now)
        {
            let id = key.id;
            self.app.db.write(move |tx| async move { store::use_key(&tx, id, now).await }).await?;
        }
        Ok(key)
    }

    fn opens(&self, key: &Key, wants: Wants) -> bool {
        let is_wanted = match wants {
            Wants::Nothing => true,
            Wants::Submit => key.may_submit,
            Wants::Update => key.may_update,
        };
        let is_of_endpoint = !key.is_test || self.endpoint == Some(Endpoint::Test);
        let asked = self.args.text("jurisdiction_id");
        let is_of_jurisdiction = key.jurisdiction.is_empty() || asked.is_none_or(|asked| asked == key.jurisdiction);
        key.revoked_at.is_none() && is_wanted && is_of_endpoint && is_of_jurisdiction
    }

    /// A sentence in the reader's language.
    pub fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        self.app.pages.say(self.lang, key, args)
    }

    /// A moment as the interface writes it: by the city's clock, with its offset.
    pub fn at(&self, moment: Moment) -> Value {
        Value::always(moment.zoned(&self.app.city.zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// The same of a moment that may not be known.
    pub fn at_if(&self, moment: Option<Moment>) -> Value {
        moment.map_or(Value::Null, |moment| self.at(moment))
    }

    /// Writes the answer, or what is wrong.
    pub fn answer(&self, outcome: Result<Answer, No>) -> Response {
        let wrongs = match outcome {
            Ok(answer) => {
                let text = write(self.format, answer.root, &answer.value);
                return self.respond(StatusCode::OK, text, answer.headers);
            }
            Err(No::Wrong(wrongs)) => wrongs,
            Err(No::Failed(error)) => {
                tracing::error!(%error, address = self.address, "Open311 failed");
                vec![Wrong { code: 500, refusal: Refusal::new("open311-failed") }]
            }
        };
        let status = if wrongs.iter().any(|wrong| wrong.code == 500) { 500 } else { status_of(&wrongs) };
        let one = |wrong: &Wrong| {
            let text = crate::reports::submit::sentence(&self.app, self.lang, &wrong.refusal);
            Value::Object(vec![("code", Value::Count(wrong.code.into())), ("description", Value::always(text))])
        };
        let text = write(self.format, "errors", &Value::List("error", wrongs.iter().map(one).collect()));
        let waits = wrongs.iter().filter(|wrong| wrong.code == 429).flat_map(|wrong| &wrong.refusal.args);
        let headers = waits.map(|(_, seconds)| (header::RETRY_AFTER, seconds.clone())).collect();
        self.respond(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), text, headers)
    }

    /// The text with the headers that every answer has.
    pub fn respond(&self, status: StatusCode, text: String, headers: Vec<(HeaderName, String)>) -> Response {
        let mut response = (status, text).into_response();
        let all = response.headers_mut();
        all.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.format.mime()));
        // Pages of other sites may read what everybody may read; no cookie counts here.
        all.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        all.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Link, X-Total-Count, Retry-After"));
        all.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        all.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                all.insert(name, value);
            }
        }
        response
    }
}

/// Who is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// A key.
    Key(Id),
    /// An address without one.
    Address(String),
}

impl Who {
    fn bucket(&self, kind: &str) -> Bucket {
        match self {
            Who::Key(key) => Bucket::of(kind, &key.to_string()),
            Who::Address(address) => Bucket::of(kind, address),
        }
    }
}

/// How many requests each made in the minute that runs, and which keys were noted as used in it.
#[derive(Debug, Default)]
pub struct Limits {
    counts: Mutex<HashMap<Who, (i64, i64)>>,
    used: Mutex<HashMap<Id, i64>>,
    /// What is asked for.
    kind: &'static str,
    ledger: Arc<Ledger>,
}

impl Limits {
    /// Those of a kind of thing; what is counted here and at other programs stands in the ledger.
    pub fn shared(kind: &'static str, ledger: &Arc<Ledger>) -> Limits {
        Limits { kind, ledger: Arc::clone(ledger), ..Limits::default() }
    }

    /// Counts one request at `now`.
    ///
    /// # Errors
    /// In how many seconds the next one may come, when there were more than `limit` (0 for any number) in this minute.
    pub fn count(&self, who: Who, limit: i64, now: Moment) -> Result<(), i64> {
        if limit == 0 {
            return Ok(());
        }
        let (minute, bucket) = (minute(now), who.bucket(self.kind));
        self.ledger.note(bucket, now);
        let others = self.ledger.others(bucket, minute);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_COUNTED && !counts.contains_key(&who) {
            counts.retain(|_, (of, _)| *of == minute);
            if counts.len() >= MOST_COUNTED {
                counts.clear();
            }
        }
        let (of, count) = counts.entry(who).or_insert((minute, 0));
        if *of != minute {
            (*of, *count) = (minute, 0);
        }
        *count += 1;
        if count.saturating_add(others) <= limit {
            Ok(())
        } else {
            Err((MINUTE - now.0.rem_euclid(MINUTE) + 999) / 1000)
        }
    }

    /// True once a minute for each key: then its use is noted.
    pub fn is_first_use(&self, key: Id, now: Moment) -> bool {
        let minute = minute(now);
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key, minute) != Some(minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_its_number_of_requests() {
        let (limits, who) = (Limits::default(), || Who::Address("1.2.3.4".into()));
        let at = |seconds: i64| Moment(MINUTE * 1000 + seconds * 1000);
        assert_eq!(limits.count(who(), 2, at(10)), Ok(()));
        assert_eq!(limits.count(who(), 2, at(11)), Ok(()));
        assert_eq!(limits.count(who(), 2, at(12)), Err(48));
        assert_eq!(limits.count(Who::Key(1), 2, at(12)), Ok(()), "others have their own");
        assert_eq!(limits.count(who(), 2, at(59)), Err(1));
        assert_eq!(limits.count(who(), 2, at(60)), Ok(()), "a new minute");
        for _ in 0..1000 {
            assert_eq!(limits.count(Who::Key(2), 0, at(0)), Ok(()), "without a limit");
        }
        // What other programs counted counts here, in its minute.
        let ledger = Arc::new(Ledger::default());
        let (here, there) = (Limits::shared("test", &ledger), Limits::shared("test", &Arc::default()));
        for _ in 0..3 {
            assert_eq!(there.count(Who::Key(1), 4, at(0)), Ok(()));
        }
        ledger.hear([there.ledger.told(at(1)).as_str()]);
        assert_eq!(here.count(Who::Key(1), 4, at(1)), Ok(()));
        assert_eq!(here.count(Who::Key(1), 4, at(1)), Err(59));
        assert_eq!(here.count(Who::Key(2), 4, at(1)), Ok(()), "others have their own");
        assert_eq!(here.count(Who::Key(1), 4, at(60)), Ok(()), "a new minute");
        assert!(limits.is_first_use(1, at(0)) && !limits.is_first_use(1, at(59)) && limits.is_first_use(1, at(60)));
    }
}
