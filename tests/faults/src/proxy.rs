//! A proxy that fails on purpose, in front of the collector or of a peer's sink.
//!
//! Every connection that fails on purpose is reset, as by a failing network; only requests that bring events are
//! concerned. Every other one is closed after its answer: Chromium silently sends a request again when a connection
//! that it has used before is reset.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use futures_util::stream;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use pugmark_e2e::http::Client;
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet, spawn_local};

use crate::plan::{Fault, Plan, RetryAfter};
use crate::sink;

/// Connections that may wait to be taken.
const BACKLOG: u32 = 1_024;

/// Larger than any batch.
const MAX_BODY_BYTES: usize = 64 << 20;

/// Says of a request's path and body whether it brings events.
pub type BringsEvents = Rc<dyn Fn(&str, &[u8]) -> bool>;

/// A running proxy.
pub struct Proxy {
    address: SocketAddr,
    passage: Rc<Passage>,
    listening: RefCell<Option<JoinHandle<()>>>,
    /// Keeps the port while nobody listens on it.
    held: RefCell<Option<TcpSocket>>,
}

struct Passage {
    to: String,
    client: Client,
    brings_events: BringsEvents,
    plan: RefCell<Plan>,
    seen: Cell<usize>,
    failed: Cell<usize>,
    copies: Cell<usize>,
}

/// The connection ends here, without another word.
#[derive(Debug)]
struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is reset on purpose")
    }
}

impl std::error::Error for Reset {}

impl Proxy {
    /// Starts a proxy in front of `to` (`http://…`), on a port of its own.
    pub async fn start(to: &str, brings_events: BringsEvents) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let passage = Rc::new(Passage {
            to: to.to_owned(),
            client: Client::new(),
            brings_events,
            plan: RefCell::default(),
            seen: Cell::new(0),
            failed: Cell::new(0),
            copies: Cell::new(0),
        });
        let listening = RefCell::new(Some(listen(listener, Rc::clone(&passage))));
        Self { address, passage, listening, held: RefCell::default() }
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Follows another plan from the next request on.
    pub fn follow(&self, plan: Plan) {
        *self.passage.plan.borrow_mut() = plan;
    }

    /// How many faults of the plan's script are still to come.
    pub fn scripted(&self) -> usize {
        self.passage.plan.borrow().scripted()
    }

    /// How many requests brought events so far, and to how many of them something happened.
    pub fn counts(&self) -> (usize, usize) {
        (self.passage.seen.get(), self.passage.failed.get())
    }

    /// How many copies of marked events were passed on whole.
    pub fn copies(&self) -> usize {
        self.passage.copies.get()
    }

    /// Goes away: every connection is reset, new ones are refused.
    pub async fn go_away(&self) {
        let listening = self.listening.borrow_mut().take();
        let Some(listening) = listening else { return };
        listening.abort();
        // Only then is the listener closed.
        let _ = listening.await;
        *self.held.borrow_mut() = Some(self.socket());
    }

    /// Comes back on the same port.
    pub async fn come_back(&self) {
        if self.listening.borrow().is_some() {
            return;
        }
        let held = self.held.borrow_mut().take().unwrap_or_else(|| self.socket());
        let listener = held.listen(BACKLOG).expect("the port is still ours");
        *self.listening.borrow_mut() = Some(listen(listener, Rc::clone(&self.passage)));
    }
}

impl Proxy {
    /// A socket on the proxy's port that does not listen: connections to it are refused.
    fn socket(&self) -> TcpSocket {
        let socket = TcpSocket::new_v4().expect("there is room for a socket");
        socket.set_reuseaddr(true).expect("a new socket takes options");
        socket.bind(self.address).expect("the port is still ours");
        socket
    }
}

/// Takes connections until it is aborted, and then resets them all.
fn listen(listener: TcpListener, passage: Rc<Passage>) -> JoinHandle<()> {
    spawn_local(async move {
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            // Closing is resetting, unless the connection has ended well.
            let _ = stream.set_zero_linger();
            let _ = stream.set_nodelay(true);
            connections.spawn_local(serve(stream, Rc::clone(&passage)));
            while connections.try_join_next().is_some() {}
        }
    })
}

async fn serve(stream: TcpStream, passage: Rc<Passage>) {
    let service = service_fn(move |request| {
        let passage = Rc::clone(&passage);
        Box::pin(async move { passage.take(request.map(Body::new)).await.map(last) })
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // What breaks a connection is what the plan wanted, or the browser.
    let Ok(parts) = connection.without_shutdown().await else { return };
    let mut stream = parts.io.into_inner();
    let _ = SockRef::from(&stream).set_linger(None);
    let _ = stream.shutdown().await;
}

impl Passage {
    async fn take(&self, request: Request<Body>) -> Result<Response<Body>, Reset> {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| Reset)?;
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        if head.method == Method::OPTIONS || !(self.brings_events)(path, &body) {
            return self.pass_on(head, body).await.map(whole);
        }
        let fault = self.plan.borrow_mut().draw();
        self.seen.set(self.seen.get() + 1);
        if fault != Fault::Pass {
            self.failed.set(self.failed.get() + 1);
        }
        if !matches!(fault, Fault::DropRequest | Fault::Status(..) | Fault::CutRequest) {
            let copies = sink::markers(path.as_bytes()).len() + sink::markers(&body).len();
            self.copies.set(self.copies.get() + copies);
        }
        match fault {
            Fault::Pass => self.pass_on(head, body).await.map(whole),
            Fault::DropRequest => Err(Reset),
            Fault::DropAnswer => {
                let _ = self.pass_on(head, body).await;
                Err(Reset)
            }
            Fault::Delay(time) => {
                tokio::time::sleep(time).await;
                self.pass_on(head, body).await.map(whole)
            }
            Fault::Status(status, retry_after) => Ok(error(&head.headers, status, retry_after)),
            Fault::CutRequest => {
                let _ = self.pass_half_on(&head, &body).await;
                Err(Reset)
            }
            Fault::CutAnswer => self.pass_on(head, body).await.map(cut),
        }
    }

    async fn pass_on(&self, mut head: Parts, body: Bytes) -> Result<Response<Vec<u8>>, Reset> {
        let target = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri = Uri::try_from(format!("{}{target}", self.to)).expect("it was an address before");
        head.headers.remove(header::HOST);
        // A collector that is away looks like a network that is.
        let answer =
            self.client.send(Request::from_parts(head, Body::from(body))).await.map_err(|_| Reset)?;
        let (mut head, body) = answer.into_parts();
        head.headers.remove(header::TRANSFER_ENCODING);
        Ok(Response::from_parts(head, body))
    }

    /// Promises the whole body, sends half of it and is gone.
    async fn pass_half_on(&self, head: &Parts, body: &Bytes) -> io::Result<()> {
        let host = self.to.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await?;
        let target = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let top = format!(
            "{} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
            head.method,
            body.len()
        );
        stream.write_all(top.as_bytes()).await?;
        stream.write_all(&body[..body.len() / 2]).await?;
        stream.flush().await
    }
}

/// An error as a server with open doors answers it: pages may read it.
fn error(request: &HeaderMap, status: u16, retry_after: RetryAfter) -> Response<Body> {
    let mut answer = Response::new(Body::from("{}"));
    *answer.status_mut() = StatusCode::from_u16(status).expect("plans name real statuses");
    open(request, answer.headers_mut());
    let at = |seconds: u32| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds.into()));
    let text = match retry_after {
        RetryAfter::Unsaid => return answer,
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::Date(seconds) => at(seconds),
    };
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_str(&text).expect("it is ASCII"));
    answer
}

/// Lets the page that asked read the answer, with credentials if it sent some.
pub(crate) fn open(request: &HeaderMap, answer: &mut HeaderMap) {
    let origin = request.get(header::ORIGIN).cloned().unwrap_or(HeaderValue::from_static("*"));
    let with_credentials = origin != "*";
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if with_credentials {
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
}

/// The last answer of its connection.
fn last(mut answer: Response<Body>) -> Response<Body> {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn whole(answer: Response<Vec<u8>>) -> Response<Body> {
    answer.map(Body::from)
}

/// Ends an answer in the middle of its body.
fn cut(answer: Response<Vec<u8>>) -> Response<Body> {
    let (mut head, body) = answer.into_parts();
    let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
    head.headers.insert(header::CONTENT_LENGTH, body.len().into());
    let frames = [Ok(half), Err(io::Error::other(Reset))];
    Response::from_parts(head, Body::from_stream(stream::iter(frames)))
}
