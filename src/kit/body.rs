//! What a visitor sends is read to its end, also when nobody wants it.
//!
//! A door may refuse before it has read the photographs that are still on their way. If the connection were cut there, a
//! phone would show "connection reset" instead of the sentence that says why, and a browser that sends its next request on
//! the same connection would lose that too. So what the handler left is read and thrown away, up to a limit; beyond it the
//! answer says that the connection ends.

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

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

/// Lets the request be answered, then reads what is left of its body.
pub async fn read_to_the_end(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let left = Left::default();
    let request =
        request.map(|body| Body::from_stream(Lent { body: Some(body.into_data_stream()), left: left.clone() }));
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
