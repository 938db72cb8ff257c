//! What a visitor sends is read to its end, also when nobody wants it.
//!
//! A door may refuse before it has read the photographs that are still on their way. If the connection were cut there, a
//! phone would show "connection reset" instead of the sentence that says why, and a browser that sends its next request on
//! the same connection would lose that too. So what the handler left is read and thrown away, up to a limit; beyond it the
//! answer says that the connection ends.

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// How much of an unwanted body is read: as much as the photographs of one report, in bytes.
const MOST: usize = 64 << 20;
/// How long an unwanted body is waited for.
const LONGEST: Duration = Duration::from_secs(30);

type Left = Arc<Mutex<Option<BodyDataStream>>>;

/// A body that leaves what was not read of it to whoever lent it.
struct Lent {
    body: Option<BodyDataStream>,
    left: Left,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let next = std::task::ready!(body.poll_next_unpin(context));
        if !matches!(next, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(next)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

/// Lets the request be answered, then reads what is left of its body. Bodies break off that come too slowly: whoever sends a byte now
/// and then keeps no place.
pub async fn read_to_the_end(State(slowest): State<Slowest>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let left = Left::default();
    let request = request.map(|body| {
        let hurried = Hurried { body: body.into_data_stream(), slowest, read: 0, waited: Duration::ZERO, since: None };
        let body = Some(Body::from_stream(hurried).into_data_stream());
        Body::from_stream(Lent { body, left: left.clone() })
    });
    let mut response = next.run(request).await;
    let unread = left.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(body) = unread
        && !tokio::time::timeout(LONGEST, is_read(body)).await.unwrap_or(false)
    {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads a body and throws it away; false when it is too much or breaks off.
async fn is_read(mut body: BodyDataStream) -> bool {
    let mut read = 0;
    while let Some(bytes) = body.next().await {
        let Ok(bytes) = bytes else { return false };
        read += bytes.len();
        if read > MOST {
            return false;
        }
    }
    true
}

/// How slowly a body may come.
#[derive(Debug, Clone, Copy)]
pub struct Slowest {
    /// How long nothing may come, and how much longer than [`Slowest::rate`] allows the whole may take.
    pub stall: Duration,
    /// How many bytes must come in a second on the average; 0: any number.
    pub rate: u64,
}

/// A body that breaks off when it comes too slowly. Only the time counts in which somebody waits for it.
struct Hurried {
    body: BodyDataStream,
    slowest: Slowest,
    read: u64,
    waited: Duration,
    since: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Slowest {
    /// How much longer the next bytes may take, after so many were read and waited for so long.
    fn left(self, read: u64, waited: Duration) -> Duration {
        if self.rate == 0 {
            return self.stall;
        }
        let allowed = self.stall.saturating_add(Duration::from_millis(read.saturating_mul(1000) / self.rate));
        self.stall.min(allowed.saturating_sub(waited))
    }
}

impl Stream for Hurried {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(next) = self.body.poll_next_unpin(context) {
            if let Some((since, _)) = self.since.take() {
                self.waited += since.elapsed();
            }
            if let Some(Ok(bytes)) = &next {
                self.read = self.read.saturating_add(bytes.len() as u64);
            }
            return Poll::Ready(next);
        }
        let left = self.slowest.left(self.read, self.waited);
        let (_, sleep) = self.since.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
        std::task::ready!(sleep.as_mut().poll(context));
        let late = std::io::Error::new(std::io::ErrorKind::TimedOut, "the body comes too slowly");
        Poll::Ready(Some(Err(axum::Error::new(late))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_be_slow_but_not_stand_still() {
        let slowest = Slowest { stall: Duration::from_secs(10), rate: 100 };
        for (read, waited, left) in [
            (0, 0, 10),
            (0, 4, 6),
            (0, 10, 0),
            // Whoever has sent a thousand bytes has ten seconds more, but never longer than that between two pieces.
            (1_000, 12, 8),
            (1_000, 20, 0),
            (100_000, 20, 10),
            (u64::MAX, 20, 10),
        ] {
            assert_eq!(slowest.left(read, Duration::from_secs(waited)), Duration::from_secs(left), "{read} {waited}");
        }
        let any = Slowest { rate: 0, ..slowest };
        assert_eq!(any.left(0, Duration::from_secs(1_000)), Duration::from_secs(10));
    }
}
