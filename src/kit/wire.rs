//! Answers connections: no more at a time than there is room for, none of which may keep its place by being slow.

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::Sleep;
use tower::Service;

/// Connections that are open now.
pub static OPEN: AtomicI64 = AtomicI64::new(0);
/// Connections that were closed at once, because their address had its number of them.
pub static REFUSED: AtomicU64 = AtomicU64::new(0);

/// How long nothing is taken in after the machine had no room for another connection.
const BREATH: Duration = Duration::from_millis(200);

/// Who may take how much room.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many connections there are at most; those after them wait outside.
    pub connections: usize,
    /// How many of them one address may have.
    pub each: usize,
    /// Addresses for which that is not counted: proxies, which stand for many.
    pub believed: super::peers::Believed,
    /// How long a connection may take until the head of its next request is there.
    pub head: Duration,
    /// How long the reader of an answer may take nothing of it.
    pub stall: Duration,
}

/// How many connections each address has.
type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// One connection's place in the counts, given back when it ends.
struct Place(Counts, IpAddr);

impl Place {
    /// A place for the address; nothing when it has its number of them.
    fn take(counts: &Counts, address: IpAddr, most: usize) -> Option<Place> {
        let mut held = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place(Arc::clone(counts), address))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = held.entry(self.1) {
            if *entry.get() <= 1 {
                entry.remove();
            } else {
                *entry.get_mut() -= 1;
            }
        }
    }
}

/// Counts an open connection for as long as it lives.
struct Opened;

impl Opened {
    fn new() -> Opened {
        OPEN.fetch_add(1, Ordering::Relaxed);
        Opened
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers until `stop` ends, then lets the answers that are under way be finished and ends itself.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let connections = limits.connections.min(1 << 24);
    let seats = Arc::new(Semaphore::new(connections));
    let counts = Counts::default();
    let ending = watch::Sender::new(false);
    let mut stop = pin!(stop);
    loop {
        let seat = tokio::select! {
            seat = Arc::clone(&seats).acquire_owned() => seat,
            () = &mut stop => break,
        };
        let Ok(seat) = seat else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, other) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_connection(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let address = other.ip().to_canonical();
        let most = if limits.believed.is_proxy(address) { usize::MAX } else { limits.each };
        let Some(place) = Place::take(&counts, address, most) else {
            REFUSED.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let (router, limits, ended) = (router.clone(), limits.clone(), ending.subscribe());
        tokio::spawn(async move {
            answer(stream, other, router, &limits, ended).await;
            drop((place, seat));
        });
    }
    drop(listener);
    ending.send_replace(true);
    // Every connection gives its seat back when it ends.
    drop(seats.acquire_many(u32::try_from(connections).unwrap_or(u32::MAX)).await);
}

/// Answers one connection to its end.
async fn answer(
    stream: TcpStream,
    other: SocketAddr,
    router: Router,
    limits: &Limits,
    mut ending: watch::Receiver<bool>,
) {
    let _opened = Opened::new();
    // The end of an answer does not wait for the reader's word that the beginning came.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(other));
        router.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let io = TokioIo::new(Patient { stream, stall: limits.stall, waiting: None });
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut is_asked = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::trace!(%error, "a connection broke off");
                }
                return;
            }
            () = async { drop(ending.wait_for(|is_ending| *is_ending).await) }, if !is_asked => {
                is_asked = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// True for what went wrong with one connection alone.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

/// A connection whose other end must take what is written, sooner or later.
struct Patient {
    stream: TcpStream,
    stall: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn judged(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let stall = self.stall;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall)));
        ready!(waiting.as_mut().poll(context));
        self.waiting = None;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judged(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judged(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_number_of_places_and_gets_them_back() {
        let counts = Counts::default();
        let (one, other): (IpAddr, IpAddr) = ("192.0.2.1".parse().expect("one"), "192.0.2.2".parse().expect("other"));
        let first = Place::take(&counts, one, 2);
        let second = Place::take(&counts, one, 2);
        assert!(first.is_some() && second.is_some());
        assert!(Place::take(&counts, one, 2).is_none());
        assert!(Place::take(&counts, other, 2).is_some(), "somebody else");
        drop(first);
        assert!(Place::take(&counts, one, 2).is_some());
        drop(second);
        assert!(counts.lock().expect("counts").is_empty(), "nobody is remembered who has left");
    }
}
