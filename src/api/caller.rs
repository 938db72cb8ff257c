//! Who calls: finds the operation that an address is, the token that was shown, whether both fit, and what was asked. Every handler
//! takes it.

use super::asked::Asked;
use super::operations::{self, Opens, Operation};
use super::problem::{Kind, Problem};
use super::scopes::Scope;
use super::store::{self, Token};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::open311::answering::{Who, digest};
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::people::sign_in::Knock;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// One call of the API.
pub struct Caller {
    /// The program.
    pub app: App,
    /// The language of words in the answer.
    pub lang: &'static str,
    /// The token; none where none is needed and none was shown.
    token: Option<Token>,
    /// What was asked.
    pub asked: Asked,
    /// Its headers.
    pub headers: HeaderMap,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Problem> {
        let visit = Visit::from_request_parts(parts, app).await.unwrap_or_else(|never| match never {});
        let knock = Knock::from_request_parts(parts, app).await.unwrap_or_else(|never| match never {});
        let path = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
        let operation = operations::of_door(&parts.method, &path).ok_or_else(|| Problem::of(Kind::NotFound))?;
        let now = app.clock.now();
        let token = match bearer(&parts.headers) {
            Some(secret) => Some(opened(app, secret, now).await?),
            None => None,
        };
        let waited = match &token {
            Some(token) => app.api.limits.count(Who::Key(token.id), token.per_minute, now),
            None => {
                let most = app.open311.city.reads_per_minute;
                app.api.limits.count(Who::Address(knock.origin.address.clone()), most, now)
            }
        };
        if let Err(seconds) = waited {
            let text = Refusal::new("api-too-many").with("seconds", seconds);
            return Err(Problem::new(Kind::TooMany, text).with(header::RETRY_AFTER, seconds.to_string()));
        }
        allowed(operation, token.as_ref())?;
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Problem::of(Kind::NotFound))?;
        let path: Vec<(String, String)> =
            params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let query = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default());
        let query: Vec<(String, String)> = query.map_err(|_| Problem::of(Kind::Malformed))?;
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let asked = Asked::read(operation.params, &path, &query, text, &app.city.zone());
        let asked = asked.map_err(|errors| Problem { errors, ..Problem::of(Kind::Malformed) })?;
        if let Some(token) = &token
            && app.api.limits.is_first_use(token.id, now)
        {
            let id = token.id;
            app.db.write(move |tx| async move { store::use_token(&tx, id, now).await }).await?;
        }
        let headers = parts.headers.clone();
        Ok(Caller { app: app.clone(), lang: visit.lang, token, asked, headers })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = text.split_once(' ').unwrap_or((text, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// The token of a secret, if it opens anything at `now`.
async fn opened(app: &App, secret: &str, now: Moment) -> Result<Token, Problem> {
    let hash = digest(secret);
    let found = app.db.read(move |tx| async move { store::token_of(&tx, &hash).await }).await?;
    found.filter(|token| token.is_open(now)).ok_or_else(|| Problem::of(Kind::Unauthorized))
}

/// Whether the token opens the operation, and its account's post has anything behind it.
fn allowed(operation: &Operation, token: Option<&Token>) -> Result<(), Problem> {
    let scope = match (operation.opens, token) {
        (Opens::Everybody, _) | (Opens::Token, Some(_)) => return Ok(()),
        (Opens::Token, None) => return Err(Problem::of(Kind::Unauthorized)),
        (Opens::Scope(scope), _) => scope,
    };
    let token = token.ok_or_else(|| Problem::of(Kind::Unauthorized))?;
    if token.has(scope) {
        return Ok(());
    }
    Err(Problem::new(Kind::Forbidden, Refusal::new("api-scope-missing").with("scope", scope.word())))
}

impl Caller {
    /// Who calls.
    ///
    /// # Errors
    /// [`Kind::Unauthorized`] without a token.
    pub fn token(&self) -> Result<&Token, Problem> {
        self.token.as_ref().ok_or_else(|| Problem::of(Kind::Unauthorized))
    }

    /// The account as which the token acts.
    ///
    /// # Errors
    /// [`Kind::Unauthorized`] without a token.
    pub fn actor(&self) -> Result<&Actor, Problem> {
        self.token().map(|token| &token.actor)
    }

    /// Whether the token opens this too.
    pub fn has(&self, scope: Scope) -> bool {
        self.token.as_ref().is_some_and(|token| token.has(scope))
    }

    /// A moment as the API writes it: by the city's clock, with its offset.
    pub fn at(&self, moment: Moment) -> String {
        written(&self.app, moment)
    }

    /// The same of a moment that may not be known.
    pub fn at_if(&self, moment: Option<Moment>) -> Option<String> {
        moment.map(|moment| self.at(moment))
    }

    /// The mark under which this call is done once: of its token and its `Idempotency-Key`. Empty without one.
    ///
    /// # Errors
    /// [`Kind::KeyReused`] when the key came with something else before; when the database fails.
    pub async fn once(&self, sent: &[&[u8]]) -> Result<String, Problem> {
        let Some(key) = self.asked.text("idempotency-key") else { return Ok(String::new()) };
        let (token, key, now) = (self.token()?.id, key.to_owned(), self.app.clock.now());
        let mut all = sha2::Sha256::default();
        for part in sent {
            sha2::Digest::update(&mut all, u64::try_from(part.len()).unwrap_or(0).to_be_bytes());
            sha2::Digest::update(&mut all, part);
        }
        let sent = crate::kit::id::hexadecimal(&sha2::Digest::finalize(all));
        let mark = digest(&format!("{token} {key}"));
        let known = self.app.db.write({
            let sent = sent.clone();
            move |tx| async move { store::keep_request(&tx, token, &key, &sent, now).await }
        });
        match known.await.map_err(|error: Error| error)? == sent {
            true => Ok(mark),
            false => Err(Problem::of(Kind::KeyReused)),
        }
    }

    /// The revision that `If-Match` names; none for any.
    ///
    /// # Errors
    /// [`Kind::PreconditionRequired`] without it, [`Kind::Malformed`] when it names none of ours.
    pub fn expected(&self) -> Result<Option<i64>, Problem> {
        let Some(text) = self.asked.text("if-match") else {
            return Err(Problem::of(Kind::PreconditionRequired));
        };
        if text == "*" {
            return Ok(None);
        }
        let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
        let wrong = || Problem::new(Kind::Malformed, Refusal::new("api-not-a-tag").on("if-match"));
        number.map(Some).ok_or_else(wrong)
    }

    /// An answer as JSON.
    pub fn answer(&self, status: StatusCode, body: &impl Serialize) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "private, no-cache")];
        match serde_json::to_string(body) {
            Ok(text) => (status, kind, text).into_response(),
            Err(error) => Problem::from(Error::Internal(error.to_string())).into_response(),
        }
    }

    /// The same with an entity tag; 304 when the caller has it already.
    pub fn tagged(&self, status: StatusCode, revision: i64, body: &impl Serialize) -> Response {
        let tag = format!("\"{revision}\"");
        let known = self.headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
        if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
        }
        let mut response = self.answer(status, body);
        if let Ok(tag) = axum::http::HeaderValue::try_from(tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// A moment as the API writes it.
pub fn written(app: &App, moment: Moment) -> String {
    moment.zoned(&app.city.zone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}
