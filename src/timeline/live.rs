//! News for open screens, as server-sent events.

use super::News;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use tokio_stream::wrappers::BroadcastStream;

/// Streams the subject of every change that concerns the reader; the screen asks again for what it shows.
pub async fn live(
    State(app): State<App>,
    visit: Visit,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    let reader = visit.actor()?.account;
    let news = BroadcastStream::new(app.news.subscribe()).filter_map(move |news| {
        let event = match news {
            Ok(news) if !concerns(&news, reader) => None,
            Ok(news) => Some(Event::default().event(news.subject).data(news.subject_id.to_string())),
            // The screen was too slow to hear everything: it asks again for all it shows.
            Err(_) => Some(Event::default().event("lagged").data("0")),
        };
        std::future::ready(event.map(Ok))
    });
    Ok(Sse::new(news.take_until(app.stopping())).keep_alive(KeepAlive::default()))
}

/// Notices are told to the person that they are for; everything else to everybody, for it says only that something changed.
fn concerns(news: &News, reader: Id) -> bool {
    news.subject != "notices" || news.subject_id == reader
}
