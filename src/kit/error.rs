//! A kindly no, and everything else that can go wrong in a handler.

use super::db::{AgainError, DbError, Trouble};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// After so many seconds whoever could not be served may come again.
pub const RETRY_AFTER: &str = "20";

/// A refusal: the key of a sentence in `locales/` that says what to do next, with what the sentence needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The sentence's key.
    pub key: &'static str,
    /// The sentence's arguments by name.
    pub args: Vec<(&'static str, String)>,
    /// The form field that the sentence is about, if it is about one.
    pub field: Option<&'static str>,
}

impl Refusal {
    /// A refusal without arguments.
    pub fn new(key: &'static str) -> Refusal {
        Refusal { key, args: Vec::new(), field: None }
    }

    /// Adds an argument to the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Refusal {
        self.args.push((name, value.to_string()));
        self
    }

    /// Says which field of the form the sentence is about.
    #[must_use]
    pub fn on(mut self, field: &'static str) -> Refusal {
        self.field = Some(field);
        self
    }
}

/// What a handler may fail with.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A rule said no; the person reads why.
    #[error("refused: {}", .0.key)]
    Refused(Refusal),
    /// It does not exist, or not for this person.
    #[error("not found")]
    NotFound,
    /// The person's post may not do this.
    #[error("forbidden")]
    Forbidden,
    /// Nobody is signed in; the address is where to go afterwards.
    #[error("not signed in")]
    SignIn(String),
    /// Somebody came too often; they may come again after so many seconds.
    #[error("too often")]
    TooMany(i64),
    /// There is too much to do; come again after so many seconds.
    #[error("too much to do")]
    Busy(i64),
    /// The store of files cannot be reached or written now; nothing was done. The words are for the log.
    #[error("{0}")]
    Away(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Anything else that is our fault.
    #[error("{0}")]
    Internal(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::Refused(refusal)
    }
}

impl AgainError for Error {
    fn must_run_again(&self) -> bool {
        matches!(self, Error::Db(error) if error.must_run_again())
    }

    fn trouble(&self) -> Option<Trouble> {
        match self {
            Error::Db(error) => error.trouble(),
            _ => None,
        }
    }
}

/// What the page of an error says; carried in the response until it is drawn in the reader's language.
#[derive(Debug, Clone)]
pub struct ErrorPage {
    /// The heading's key.
    pub title: &'static str,
    /// The sentence.
    pub text: Refusal,
}

impl ErrorPage {
    fn new(title: &'static str, text: &'static str) -> ErrorPage {
        ErrorPage { title, text: Refusal::new(text) }
    }

    /// The page for an answer that no room gave: an address that cannot be read, a body that broke off, a form of another
    /// site. None for what is no error.
    pub fn of_status(status: StatusCode, is_reading: bool) -> Option<(StatusCode, ErrorPage)> {
        let page = match status {
            // Whoever only reads has typed or followed a wrong address.
            StatusCode::BAD_REQUEST if is_reading => return ErrorPage::of_status(StatusCode::NOT_FOUND, true),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                return Some((StatusCode::NOT_FOUND, ErrorPage::new("kit-not-found-title", "kit-not-found-text")));
            }
            StatusCode::FORBIDDEN => ErrorPage::new("kit-elsewhere-title", "kit-elsewhere-text"),
            StatusCode::PAYLOAD_TOO_LARGE => ErrorPage::new("kit-refused-title", "kit-too-large-text"),
            status if status.is_client_error() => ErrorPage::new("kit-refused-title", "kit-broken-text"),
            status if status.is_server_error() => ErrorPage::new("kit-internal-title", "kit-internal-text"),
            _ => return None,
        };
        Some((status, page))
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let internal = || ErrorPage::new("kit-internal-title", "kit-internal-text");
        let again = match &self {
            Error::TooMany(seconds) | Error::Busy(seconds) => Some(HeaderValue::from(*seconds)),
            Error::Db(DbError::Trouble(..)) | Error::Away(_) => Some(HeaderValue::from_static(RETRY_AFTER)),
            _ => None,
        };
        let (status, page) = match self {
            Error::Refused(text) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorPage { title: "kit-refused-title", text }),
            Error::NotFound => (StatusCode::NOT_FOUND, ErrorPage::new("kit-not-found-title", "kit-not-found-text")),
            Error::Forbidden => (StatusCode::FORBIDDEN, ErrorPage::new("kit-forbidden-title", "kit-forbidden-text")),
            Error::SignIn(next) => {
                let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
                return (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/sign-in?{query}"))]).into_response();
            }
            Error::TooMany(wait) => {
                let text = match wait {
                    ..=120 => Refusal::new("kit-too-many-seconds").with("seconds", wait.max(1)),
                    _ => Refusal::new("kit-too-many-minutes").with("minutes", (wait + 59) / 60),
                };
                (StatusCode::TOO_MANY_REQUESTS, ErrorPage { title: "kit-too-many-title", text })
            }
            Error::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, ErrorPage::new("kit-busy-title", "kit-busy-text")),
            Error::Db(DbError::Stale) => (StatusCode::CONFLICT, ErrorPage::new("kit-refused-title", "kit-stale-text")),
            Error::Db(DbError::Trouble(trouble, text)) => {
                tracing::error!(error = text, ?trouble, "the database cannot do it now");
                let text = match trouble {
                    Trouble::Away => "kit-trouble-away",
                    Trouble::Full => "kit-trouble-full",
                    Trouble::ReadOnly => "kit-trouble-read-only",
                };
                (StatusCode::SERVICE_UNAVAILABLE, ErrorPage::new("kit-trouble-title", text))
            }
            Error::Db(error) => {
                tracing::error!(%error, "the database failed");
                (StatusCode::INTERNAL_SERVER_ERROR, internal())
            }
            Error::Away(message) => {
                tracing::error!(message, "the store of files cannot do it now");
                (StatusCode::SERVICE_UNAVAILABLE, ErrorPage::new("kit-trouble-title", "kit-trouble-files"))
            }
            Error::Internal(message) => {
                tracing::error!(message, "a handler failed");
                (StatusCode::INTERNAL_SERVER_ERROR, internal())
            }
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(page);
        if let Some(again) = again {
            response.headers_mut().insert(header::RETRY_AFTER, again);
        }
        response
    }
}
