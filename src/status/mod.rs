//! Does it work? Asked by machines (is the process up, may requests be sent to it, what does it count) and by people (what works now,
//! what is announced, how the last ninety days were). Lends out [`Held`] and [`watch`].

pub mod announcement;
pub mod announcing;
pub mod checking;
pub mod machines;
pub mod measuring;
pub mod shedding;
pub mod show;
pub mod store;

use crate::app::{App, within};
use crate::kit::kept::Kept;
use crate::kit::measures::{ANSWERING, Lasting, Requests};
use crate::kit::requests::{self, Number, REQUESTS};
use crate::people::act::Act;
use crate::people::doors::{Access, Door};
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The environment's name for the word that opens `/metrics` at the program's own address.
pub const TOKEN: &str = "STEWARD_METRICS_TOKEN";

/// What the room keeps in memory.
pub struct Held {
    requests: OnceLock<Requests>,
    is_draining: AtomicBool,
    /// The digest of the word that opens `/metrics`.
    token: Option<[u8; 32]>,
    begun: Instant,
    gathered: Kept<measuring::Gathered>,
    ready: machines::Known,
    kept: checking::Kept,
    /// Where files are kept.
    files: String,
}

impl Held {
    /// With the word that opens `/metrics`, without which it stays shut, and the address of the store of files.
    pub fn new(token: Option<String>, files: &str) -> Held {
        Held {
            requests: OnceLock::new(),
            is_draining: AtomicBool::new(false),
            token: token.filter(|token| !token.trim().is_empty()).map(|token| Sha256::digest(token.trim()).into()),
            begun: Instant::now(),
            gathered: Kept::default(),
            ready: machines::Known::default(),
            kept: checking::Kept::default(),
            files: files.to_owned(),
        }
    }

    /// Counts requests at these doors from now on; said once, by whoever puts the doors together.
    pub fn count(&self, doors: impl IntoIterator<Item = &'static str>) {
        self.requests.get_or_init(|| Requests::at(doors));
    }

    /// From now on the program is not ready, though it still answers.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
    }

    fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }
}

/// The doors of this room.
pub fn doors() -> Vec<Door> {
    let manage = Access::Act(Act::ManageStatus);
    vec![
        Door::get("/status", Access::Public, show::status),
        Door::get("/admin/status", manage, announcing::list),
        Door::post("/admin/status", manage, announcing::announce),
        Door::post("/admin/status/{id}", manage, announcing::update),
    ]
}

/// What machines ask at the program's own address: like files of the program, without a session or a language.
pub fn of_machines() -> Router<App> {
    use axum::routing::get;
    Router::new()
        .route("/health", get(machines::health))
        .route("/ready", get(machines::ready))
        .route("/metrics", get(machines::metrics_with_token))
}

/// What machines ask at an address of their own.
pub fn machines(app: App) -> Router {
    use axum::routing::get;
    Router::new()
        .route("/health", get(machines::health))
        .route("/ready", get(machines::ready))
        .route("/metrics", get(machines::metrics))
        .layer(axum::middleware::from_fn_with_state(app.paces.settings.database, within))
        .with_state(app)
}

/// Gives a request its number and its span, and counts what came of it.
pub async fn watch<A: Future<Output = Response>>(
    app: &App,
    mut request: Request,
    answer: impl FnOnce(Request) -> A,
) -> Response {
    let lasting = Lasting::in_(&ANSWERING);
    let number = Number::of(request.headers());
    let door = request.extensions().get::<MatchedPath>().cloned();
    let door = door.as_ref().map(MatchedPath::as_str);
    let method = request.method().clone();
    // Never the address itself: it may hold the secret of somebody's report, and its query what they looked for.
    let span = tracing::info_span!(
        target: REQUESTS,
        "request",
        request = number.0.as_str(),
        "otel.name" = tracing::field::Empty,
        "otel.kind" = "server",
        "http.request.method" = method.as_str(),
        "http.route" = door,
        "http.response.status_code" = tracing::field::Empty,
    );
    if let Some(parent) = requests::parent(request.headers()) {
        // Where no traces are made there is nothing to join.
        span.set_parent(parent).unwrap_or_default();
    }
    if !span.is_disabled() {
        span.record("otel.name", tracing::field::display(format_args!("{method} {}", door.unwrap_or("other"))));
    }
    let value = HeaderValue::from_str(&number.0);
    request.extensions_mut().insert(number);
    let mut response = answer(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    if let Some(requests) = app.status.requests.get() {
        requests.way(door, method.as_str()).note(status, lasting.so_far());
    }
    if let Ok(value) = value {
        response.headers_mut().insert(HeaderName::from_static(requests::NUMBER), value);
    }
    response
}
