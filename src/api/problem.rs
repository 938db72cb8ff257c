//! What is wrong, as programs read it: problem+json (RFC 9457) in the reader's language.

use super::ROOT;
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, ErrorPage, RETRY_AFTER, Refusal};
use crate::kit::words::enum_of_words;
use crate::people::doors::Visit;
use crate::reports::submit::sentence;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

enum_of_words! {
    /// Every kind of problem; its word ends the address that names it.
    Kind {
        /// The address or its arguments cannot be read.
        Malformed = "malformed",
        /// There is no token, or it opens nothing any more.
        Unauthorized = "unauthorized",
        /// The token does not open this, or its account may not.
        Forbidden = "forbidden",
        /// There is no such thing, or not for this account.
        NotFound = "not-found",
        /// The address has no such method.
        MethodNotAllowed = "method-not-allowed",
        /// Somebody else changed it first.
        Conflict = "conflict",
        /// `If-Match` names a revision that has passed.
        PreconditionFailed = "precondition-failed",
        /// The body is too large.
        TooLarge = "too-large",
        /// The body is of a type that is not read here.
        UnsupportedType = "unsupported-type",
        /// A rule says no, or what was sent does not fit.
        Refused = "refused",
        /// The same idempotency key came with something else.
        KeyReused = "key-reused",
        /// `If-Match` is missing.
        PreconditionRequired = "precondition-required",
        /// Too many requests.
        TooMany = "too-many",
        /// Nothing can be saved or read just now.
        Unavailable = "unavailable",
        /// There is too much to do.
        Busy = "busy",
        /// We failed.
        Internal = "internal",
    }
}

impl Kind {
    /// Its status.
    pub const fn status(self) -> StatusCode {
        match self {
            Kind::Malformed => StatusCode::BAD_REQUEST,
            Kind::Unauthorized => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::Refused | Kind::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The kind that an answer of this status tells, where nobody said more.
    fn of_status(status: StatusCode) -> Option<Kind> {
        match status {
            status if status.is_success() || status.is_redirection() || status.is_informational() => None,
            StatusCode::NOT_FOUND => Some(Kind::NotFound),
            StatusCode::METHOD_NOT_ALLOWED => Some(Kind::MethodNotAllowed),
            StatusCode::FORBIDDEN => Some(Kind::Forbidden),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Kind::TooLarge),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Kind::UnsupportedType),
            StatusCode::TOO_MANY_REQUESTS => Some(Kind::TooMany),
            StatusCode::SERVICE_UNAVAILABLE => Some(Kind::Busy),
            status if status.is_client_error() => Some(Kind::Malformed),
            _ => Some(Kind::Internal),
        }
    }

    /// The key of its sentence, where a problem has none of its own.
    pub fn key(self) -> String {
        format!("api-problem-{}", self.word())
    }
}

/// A problem before it is written.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which kind.
    pub kind: Kind,
    /// What is said of it; none where the kind says it all.
    pub text: Option<Refusal>,
    /// What is wrong, field by field.
    pub errors: Vec<Refusal>,
    /// Headers that go with it.
    pub headers: Vec<(HeaderName, String)>,
}

impl Problem {
    /// A problem of which its kind says it all.
    pub fn of(kind: Kind) -> Problem {
        Problem { kind, text: None, errors: Vec::new(), headers: Vec::new() }
    }

    /// A problem with a sentence.
    pub fn new(kind: Kind, text: Refusal) -> Problem {
        Problem { text: Some(text), ..Problem::of(kind) }
    }

    /// What does not fit, everything at once.
    pub fn refused(errors: Vec<Refusal>) -> Problem {
        match <[Refusal; 1]>::try_from(errors) {
            Ok([only]) => Problem { errors: vec![only.clone()], ..Problem::new(Kind::Refused, only) },
            Err(errors) => Problem { errors, ..Problem::of(Kind::Refused) },
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Problem {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::Refused(refusal) => Problem::refused(vec![refusal]),
            Error::NotFound => Problem::of(Kind::NotFound),
            Error::Forbidden => Problem::of(Kind::Forbidden),
            Error::SignIn(_) => Problem::of(Kind::Unauthorized),
            Error::TooMany(seconds) => Problem::of(Kind::TooMany).with(header::RETRY_AFTER, seconds.to_string()),
            Error::Busy(seconds) => Problem::of(Kind::Busy).with(header::RETRY_AFTER, seconds.to_string()),
            Error::Db(DbError::Stale) => Problem::of(Kind::Conflict),
            Error::Db(error @ DbError::Trouble(..)) => {
                tracing::error!(%error, "the database cannot do it now");
                Problem::of(Kind::Unavailable).with(header::RETRY_AFTER, RETRY_AFTER)
            }
            Error::Away(message) => {
                tracing::error!(message, "the store of files cannot do it now");
                Problem::of(Kind::Unavailable).with(header::RETRY_AFTER, RETRY_AFTER)
            }
            other => {
                tracing::error!(error = %other, "the API failed");
                Problem::of(Kind::Internal)
            }
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Problem {
        Problem::from(Error::Db(error))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem that an answer below [`ROOT`] carries, or the one that its bare status tells of; every other answer is left
/// as it is.
pub fn drawn(app: &App, visit: &Visit, mut response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_bare = kind.is_empty() || kind.starts_with("text/plain");
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None => match (Kind::of_status(response.status()), response.extensions_mut().remove::<ErrorPage>()) {
            (Some(kind), Some(page)) => Problem::new(kind, page.text),
            (Some(kind), None) if is_bare => Problem::of(kind),
            _ => return response,
        },
    };
    let body = written(app, visit, &problem).to_string();
    let mut answer = (problem.kind.status(), body).into_response();
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(told) = response.headers().get(&name) {
            answer.headers_mut().insert(name, told.clone());
        }
    }
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if problem.kind == Kind::Unauthorized {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    for (name, value) in &problem.headers {
        if let Ok(value) = HeaderValue::try_from(value.as_str()) {
            answer.headers_mut().insert(name.clone(), value);
        }
    }
    answer
}

fn written(app: &App, visit: &Visit, problem: &Problem) -> Value {
    let say = |refusal: &Refusal| sentence(app, visit.lang, refusal);
    let title = app.pages.say(visit.lang, &format!("{}-title", problem.kind.key()), &[]);
    let detail = match &problem.text {
        Some(text) => say(text),
        None => app.pages.say(visit.lang, &problem.kind.key(), &[]),
    };
    let one = |refusal: &Refusal| json!({ "field": refusal.field, "detail": say(refusal) });
    json!({
        "type": format!("/developers#problem-{}", problem.kind.word()),
        "title": title,
        "status": problem.kind.status().as_u16(),
        "detail": detail,
        "instance": visit.path,
        "errors": problem.errors.iter().map(one).collect::<Vec<_>>(),
    })
}

/// True for an address below [`ROOT`], apart from the form's own door for programs, which is older.
pub fn is_of_api(path: &str) -> bool {
    path.starts_with(ROOT) && path != "/api/reports"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_that_is_wrong_is_the_problem_and_several_are_told_beside_it() {
        let one = Problem::refused(vec![Refusal::new("a").on("x")]);
        assert_eq!(one.text.as_ref().map(|text| text.key), Some("a"));
        assert_eq!(one.errors.len(), 1);
        let two = Problem::refused(vec![Refusal::new("a"), Refusal::new("b")]);
        assert!(two.text.is_none());
        assert_eq!(two.errors.len(), 2);
    }

    #[test]
    fn a_bare_status_has_its_kind() {
        for (status, kind) in [
            (200, None),
            (304, None),
            (400, Some(Kind::Malformed)),
            (404, Some(Kind::NotFound)),
            (405, Some(Kind::MethodNotAllowed)),
            (413, Some(Kind::TooLarge)),
            (418, Some(Kind::Malformed)),
            (429, Some(Kind::TooMany)),
            (500, Some(Kind::Internal)),
            (502, Some(Kind::Internal)),
            (503, Some(Kind::Busy)),
        ] {
            assert_eq!(Kind::of_status(StatusCode::from_u16(status).expect("a status")), kind, "{status}");
        }
    }
}
