//! Too much to do at once: so many requests are answered at the same time, some more wait for a short while, and whatever comes
//! beyond that is turned away at once with a kind word and the time to come again. What machines ask is never turned away, and some
//! seats are kept for those who hand something in or are signed in. So memory stays bounded, whoever is let in is answered quickly, and
//! everything is well again as soon as fewer come.

use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::gates::Settings;
use crate::open311;
use crate::people::doors::cookie;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many wait at most for each that is answered.
const WAITING_EACH: usize = 4;
/// When to come again, in seconds.
const AGAIN: i64 = 5;
/// A request that brings more than this has files, in bytes.
const FILES_FROM: u64 = 256 << 10;
/// What is never turned away.
const NEVER: [&str; 5] = ["/health", "/healthz", "/ready", "/metrics", "/assets/"];

/// One seat in so many is kept from those who only look.
const KEPT_OF: usize = 4;
/// Where those who want to hand something in, or to sign in, begin.
const BEGINNINGS: [&str; 2] = ["/report", "/sign-in"];

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Somebody who hands something in or is signed in, a program with a token: nobody else can do it in their place.
    Awaited,
    /// Somebody who only looks.
    Passing,
}

/// Lets so many through at a time.
#[derive(Debug)]
pub struct Turnstile {
    seats: Semaphore,
    /// For those who only look: who of them has none of these takes no seat.
    passing: Semaphore,
    all: usize,
    /// Those who wait: the awaited, the others.
    waiting: [AtomicI64; 2],
    most_waiting: i64,
    queue: Duration,
    turned: AtomicU64,
}

/// A seat, until it is given back.
#[derive(Debug)]
pub struct Seat<'a> {
    _seat: SemaphorePermit<'a>,
    _passing: Option<SemaphorePermit<'a>>,
}

impl Turnstile {
    /// Lets `all` through at a time, three quarters of them those who only look; others wait for at most `queue`.
    pub fn new(all: usize, queue: Duration) -> Turnstile {
        let most_waiting = i64::try_from(all.saturating_mul(WAITING_EACH)).unwrap_or(i64::MAX);
        let seats = all.min(Semaphore::MAX_PERMITS);
        Turnstile {
            seats: Semaphore::new(seats),
            passing: Semaphore::new(seats - seats / KEPT_OF),
            all,
            waiting: [AtomicI64::new(0), AtomicI64::new(0)],
            most_waiting,
            queue,
            turned: AtomicU64::new(0),
        }
    }

    /// A seat, at once or after a short wait; nothing when there is none.
    pub async fn seat(&self, who: Who) -> Option<Seat<'_>> {
        if let Some(seat) = self.free(who) {
            return Some(seat);
        }
        let [awaited, passing] = &self.waiting;
        let place = Waiting::at(if who == Who::Awaited { awaited } else { passing });
        let seat = match place.0 <= self.most_waiting {
            true => tokio::time::timeout(self.queue, self.next(who)).await.ok().flatten(),
            false => None,
        };
        if seat.is_none() {
            self.turned.fetch_add(1, Ordering::Relaxed);
        }
        seat
    }

    /// A seat that is free.
    fn free(&self, who: Who) -> Option<Seat<'_>> {
        let passing = match who {
            Who::Awaited => None,
            Who::Passing => Some(self.passing.try_acquire().ok()?),
        };
        Some(Seat { _seat: self.seats.try_acquire().ok()?, _passing: passing })
    }

    /// The next seat that is given back.
    async fn next(&self, who: Who) -> Option<Seat<'_>> {
        let passing = match who {
            Who::Awaited => None,
            Who::Passing => Some(self.passing.acquire().await.ok()?),
        };
        Some(Seat { _seat: self.seats.acquire().await.ok()?, _passing: passing })
    }

    /// How many are let through now, how many wait, and how many were turned away.
    pub fn counted(&self) -> (usize, i64, u64) {
        let inside = self.all.saturating_sub(self.seats.available_permits());
        let waiting = self.waiting.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        (inside, waiting, self.turned.load(Ordering::Relaxed))
    }
}

/// Somebody who waits: how many do with them.
struct Waiting<'a>(i64, &'a AtomicI64);

impl Waiting<'_> {
    fn at(place: &AtomicI64) -> Waiting<'_> {
        Waiting(place.fetch_add(1, Ordering::Relaxed) + 1, place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The two turnstiles: whoever sends files, over a slow line perhaps, takes no place of those who read.
#[derive(Debug)]
pub struct Held {
    /// For everything but files.
    pub pages: Turnstile,
    /// For files that are sent.
    pub files: Turnstile,
}

impl Held {
    /// As the city says.
    pub fn new(settings: &Settings) -> Held {
        Held {
            pages: Turnstile::new(settings.in_flight, settings.queue),
            files: Turnstile::new(settings.uploads_in_flight, settings.queue),
        }
    }
}

/// True for a request that brings files.
fn brings_files(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_long = text(header::CONTENT_LENGTH)
        .parse()
        .map_or(!text(header::TRANSFER_ENCODING).is_empty(), |length: u64| length > FILES_FROM);
    !method.is_safe() && (is_long || text(header::CONTENT_TYPE).starts_with("multipart/"))
}

/// Who asks, as the head of the request says: that it is true is found out by the door.
fn who(method: &Method, path: &str, headers: &HeaderMap) -> Who {
    let is_known = headers.contains_key(header::AUTHORIZATION) || cookie(headers, "session").is_some();
    match !method.is_safe() || is_known || BEGINNINGS.contains(&path) {
        true => Who::Awaited,
        false => Who::Passing,
    }
}

/// Lets a request through, or turns it away. The seat is given back when the answer begins: a stream of news keeps none.
pub async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if NEVER.iter().any(|one| path == *one || (one.ends_with('/') && path.starts_with(one))) {
        return next.run(request).await;
    }
    let turnstile = match brings_files(request.method(), request.headers()) {
        true => &app.shedding.files,
        false => &app.shedding.pages,
    };
    match turnstile.seat(who(request.method(), path, request.headers())).await {
        Some(_seat) => next.run(request).await,
        None if path.starts_with(open311::ROOT) => for_open311(&app, path),
        None => Error::Busy(AGAIN).into_response(),
    }
}

/// The same word for programs that speak Open311.
fn for_open311(app: &App, path: &str) -> Response {
    let text = app.pages.say("en", Refusal::new("kit-busy-text").key, &[]);
    let (kind, body) = match path.ends_with(".json") {
        true => ("application/json", json!([{ "code": 503, "description": text }]).to_string()),
        false => (
            "text/xml; charset=utf-8",
            format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><errors><error><code>503</code><description>{}</description>\
                 </error></errors>",
                text.replace('&', "&amp;").replace('<', "&lt;")
            ),
        ),
    };
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::RETRY_AFTER, AGAIN.to_string())];
    (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Waker};

    #[tokio::test]
    async fn so_many_are_let_through_and_seats_come_back() {
        let turnstile = Turnstile::new(2, Duration::ZERO);
        let (first, second) = (turnstile.seat(Who::Passing).await, turnstile.seat(Who::Awaited).await);
        assert!(first.is_some() && second.is_some());
        assert!(turnstile.seat(Who::Awaited).await.is_none());
        assert_eq!(turnstile.counted(), (2, 0, 1));
        drop(first);
        assert!(turnstile.seat(Who::Passing).await.is_some());
        drop(second);
        assert_eq!(turnstile.counted(), (0, 0, 1));
    }

    #[tokio::test]
    async fn a_quarter_of_the_seats_is_kept_from_those_who_only_look() {
        let turnstile = Turnstile::new(8, Duration::ZERO);
        let mut looking = Vec::new();
        while let Some(seat) = turnstile.seat(Who::Passing).await {
            looking.push(seat);
        }
        assert_eq!(looking.len(), 6);
        let awaited = (turnstile.seat(Who::Awaited).await, turnstile.seat(Who::Awaited).await);
        assert!(awaited.0.is_some() && awaited.1.is_some() && turnstile.seat(Who::Awaited).await.is_none());
        // Where nobody only looks, the awaited have all of them.
        drop((looking, awaited));
        let mut awaited = Vec::new();
        while let Some(seat) = turnstile.seat(Who::Awaited).await {
            awaited.push(seat);
        }
        assert_eq!((awaited.len(), turnstile.counted().0), (8, 8));
    }

    #[tokio::test]
    async fn so_many_wait_and_each_kind_in_a_queue_of_its_own() {
        let turnstile = Turnstile::new(1, Duration::from_secs(60));
        let first = turnstile.seat(Who::Awaited).await;
        let mut waiting: Vec<_> = (0..WAITING_EACH).map(|_| Box::pin(turnstile.seat(Who::Passing))).collect();
        let context = &mut Context::from_waker(Waker::noop());
        for one in &mut waiting {
            assert!(one.as_mut().poll(context).is_pending());
        }
        // The next who only looks does not even wait; somebody who is awaited does.
        assert!(turnstile.seat(Who::Passing).await.is_none());
        let mut awaited = Box::pin(turnstile.seat(Who::Awaited));
        assert!(awaited.as_mut().poll(context).is_pending());
        let expected = i64::try_from(WAITING_EACH + 1).expect("a few");
        assert_eq!(turnstile.counted(), (1, expected, 1));
        drop(first);
        drop(waiting);
        assert!(awaited.await.is_some());
        assert_eq!(turnstile.counted(), (0, 0, 1));
    }

    #[tokio::test]
    async fn whoever_waits_gets_the_next_seat() {
        let turnstile = Turnstile::new(1, Duration::from_secs(60));
        let first = turnstile.seat(Who::Passing).await;
        let waiting = async {
            let seat = turnstile.seat(Who::Passing).await;
            seat.is_some()
        };
        let leaving = async {
            while turnstile.counted().1 == 0 {
                tokio::task::yield_now().await;
            }
            drop(first);
        };
        let (got, ()) = tokio::join!(waiting, leaving);
        assert!(got);
    }

    #[test]
    fn who_asks_is_told_by_the_head_of_a_request() {
        let head = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(header::HeaderName::from_static(name), header::HeaderValue::from_static(value))])
        };
        let none = HeaderMap::new();
        for (method, path, headers, expected) in [
            (Method::GET, "/reports", &none, Who::Passing),
            (Method::HEAD, "/", &none, Who::Passing),
            (Method::GET, "/reports", &head("cookie", "lang=en; sessions=1"), Who::Passing),
            (Method::GET, "/desk", &head("cookie", "lang=en; session=7f"), Who::Awaited),
            (Method::GET, "/desk", &head("cookie", "__Host-session=7f"), Who::Awaited),
            (Method::GET, "/api/v1/facts", &head("authorization", "Bearer x"), Who::Awaited),
            (Method::GET, "/report", &none, Who::Awaited),
            (Method::POST, "/api/reports", &none, Who::Awaited),
            (Method::POST, "/open311/v2/requests.xml", &none, Who::Awaited),
        ] {
            assert_eq!(who(&method, path, headers), expected, "{method} {path} {headers:?}");
        }
    }

    #[test]
    fn files_are_told_by_the_head_of_a_request() {
        let head = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(header::HeaderName::from_static(name), header::HeaderValue::from_static(value))])
        };
        assert!(brings_files(&Method::POST, &head("content-type", "multipart/form-data; boundary=x")));
        assert!(brings_files(&Method::POST, &head("content-length", "300000")));
        assert!(brings_files(&Method::POST, &head("transfer-encoding", "chunked")));
        assert!(!brings_files(&Method::POST, &head("content-length", "300")));
        assert!(!brings_files(&Method::GET, &head("content-length", "300000")));
    }
}
