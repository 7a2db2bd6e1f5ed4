//! A witness between a page and the collector: it passes everything on and remembers what was asked.
//!
//! Pages that must be silent load the tracker through it, so that a story can tell "nothing was asked" from "nothing
//! was stored".

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, Uri, header};
use tokio::net::TcpListener;

use crate::http::Client;

/// Larger than any batch.
const MAX_BODY_BYTES: usize = 16 << 20;

/// A running witness.
pub struct Witness {
    address: String,
    asked: Asked,
}

type Asked = Arc<Mutex<Vec<String>>>;

#[derive(Clone)]
struct Passage {
    to: String,
    client: Client,
    asked: Asked,
}

impl Witness {
    /// Starts a witness in front of the collector at `to`.
    pub async fn start(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let asked = Asked::default();
        let passage = Passage { to: to.to_owned(), client: Client::new(), asked: Arc::clone(&asked) };
        let router = Router::new().fallback(pass_on).with_state(passage);
        tokio::task::spawn_local(async move { axum::serve(listener, router).await });
        Self { address, asked }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What was asked so far, as `METHOD /path`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics with the lock").clone()
    }
}

async fn pass_on(State(passage): State<Passage>, request: Request) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let asked = format!("{} {}", head.method, head.uri.path());
    passage.asked.lock().expect("nobody panics with the lock").push(asked);

    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else { return status(StatusCode::BAD_REQUEST) };
    let target = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = Uri::try_from(format!("{}{target}", passage.to)).expect("it was an address before");
    head.headers.remove(header::HOST);
    match passage.client.send(Request::from_parts(head, Body::from(body))).await {
        Ok(answer) => {
            let (mut head, body) = answer.into_parts();
            head.headers.remove(header::TRANSFER_ENCODING);
            Response::from_parts(head, Body::from(body))
        }
        Err(_) => status(StatusCode::BAD_GATEWAY),
    }
}

fn status(code: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = code;
    answer
}
