//! News for open screens, as server-sent events.

use crate::app::App;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use tokio_stream::wrappers::BroadcastStream;

/// Streams the subject of every change; the screen asks again for what it shows.
pub async fn live(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let news = BroadcastStream::new(app.news.subscribe()).map(|news| {
        let event = match news {
            Ok(news) => Event::default().event(news.subject).data(news.subject_id.to_string()),
            // The screen was too slow to hear everything: it asks again for all it shows.
            Err(_) => Event::default().event("lagged").data("0"),
        };
        Ok(event)
    });
    Sse::new(news).keep_alive(KeepAlive::default())
}
