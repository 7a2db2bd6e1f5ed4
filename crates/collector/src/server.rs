//! Takes connections, hands requests to the router, and ends in good order.
//!
//! Nobody may hold a connection for nothing: who stays silent, sends headers or bodies too slowly, or does not read its
//! answer is given up after a while ([`crate::http`] looks after bodies), and one address has only so many.

mod patient;
mod places;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use pugmark_protocol::limits::KIB;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};
use tower_service::Service;

use self::patient::Patient;
use self::places::{Place, Places};
use crate::http::peer::Peer;
use crate::settings::Settings;

/// How long a connection may be silent before a request, and a sender may take over its headers. Judgement (November
/// 2026): slower than any network, quick enough that thousands of silent connections do not pile up.
const HEADERS_LAST: Duration = Duration::from_secs(10);

/// The same when most places are taken.
const HEADERS_LAST_IN_A_CROWD: Duration = Duration::from_secs(2);

/// Largest head of a request, and most of an answer that waits for a slow reader, in bytes. Browsers and proxies
/// refuse to send larger heads.
const MAX_BUFFER_BYTES: usize = 64 * KIB;

/// How long to wait when no connection can be taken, for want of file descriptors: others must close first.
const PAUSE: Duration = Duration::from_millis(200);

/// How long requests may take to finish when the collector ends. Orchestrators kill after ten seconds or more, and the
/// notice before and the last commit after take their time too.
const DRAIN_LASTS: Duration = Duration::from_secs(6);

/// Connections that the system keeps until they are taken, as far as its own limit allows.
///
/// The first packet of one more is dropped, and browsers send it again only after a second. Measured: two thousand at
/// once are more than the usual 1,024 when both processors are busy.
const BACKLOG: u32 = 4_096;

/// What is said to an address that has too many connections: before it has asked anything, and readable for pages.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 10\r\naccess-control-allow-origin: *\r\n\
    access-control-expose-headers: etag, retry-after\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Listens on this address.
///
/// # Errors
///
/// When it is taken, or not ours.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Elsewhere than on Unix it would let others take the address as well.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` is sent or dropped, then finishes the requests that have begun.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &Settings,
    stop: oneshot::Receiver<()>,
) {
    let places = Places::new(settings.connections_per_address, &settings.trusted_proxies);
    let (ending, end) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            _ = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        match places.take(peer) {
            Some(place) => {
                tokio::spawn(attend(stream, peer, place, router.clone(), end.clone()));
            }
            // It fits into the empty buffer of a new connection, or is lost: no reason to wait.
            None => drop(stream.try_write(TOO_MANY)),
        }
    }
    drop((listener, end));
    // Fails only when no connection is left to hear of it.
    let _ = ending.send(());
    if timeout(DRAIN_LASTS, ending.closed()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Places) -> (TcpStream, IpAddr) {
    places.free().await;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Answers are small and whole; there is nothing to wait for.
                let _ = stream.set_nodelay(true);
                return (stream, address.ip().to_canonical());
            }
            // The other side has gone again before it was taken.
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// Serves one connection, once it says something.
async fn attend(stream: TcpStream, peer: IpAddr, place: Place, router: Router, mut end: watch::Receiver<()>) {
    let patience = if place.is_in_a_crowd() { HEADERS_LAST_IN_A_CROWD } else { HEADERS_LAST };
    // Buffers are made for those who speak: a silent connection costs a few kilobytes. Looking is needed to know: a new
    // stream counts as readable until a look has found nothing there.
    let mut first = [0];
    let has_spoken = tokio::select! {
        seen = timeout(patience, stream.peek(&mut first)) => matches!(seen, Ok(Ok(1..))),
        _ = end.changed() => false,
    };
    if has_spoken {
        converse(stream, peer, patience, router, end).await;
    }
    drop(place);
}

/// Answers requests until either side has enough, or `end` comes. In a box, so that those who are silent do not carry it
/// around.
fn converse(
    stream: TcpStream,
    peer: IpAddr,
    patience: Duration,
    router: Router,
    mut end: watch::Receiver<()>,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let service = service_fn(move |request| answer(router.clone(), peer, request));
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(patience)
                .max_buf_size(MAX_BUFFER_BYTES)
                .serve_connection(TokioIo::new(Patient::new(stream)), service)
        );
        // What goes wrong with a connection is the other side's affair: it left, or did not speak HTTP.
        tokio::select! {
            _ = connection.as_mut() => {}
            _ = end.changed() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    })
}

async fn answer(
    mut router: Router,
    peer: IpAddr,
    mut request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    request.extensions_mut().insert(Peer(peer));
    let request: Request = request.map(Body::new);
    router.call(request).await
}
