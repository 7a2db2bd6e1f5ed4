//! A witness between a page and the collector: it passes everything on and remembers what was asked.
//!
//! Pages that must be silent load the tracker through it, so that a story can tell "nothing was asked" from "nothing
//! was stored".

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use tokio::net::TcpListener;

use crate::http::Client;

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

    /// What was asked so far beside the library's own files.
    pub fn asked_beside_the_library(&self) -> Vec<String> {
        let mut asked = self.asked();
        asked.retain(|line| !line.starts_with("GET /pugmark."));
        asked
    }
}

async fn pass_on(State(passage): State<Passage>, request: Request) -> Response<Body> {
    let asked = format!("{} {}", request.method(), request.uri().path());
    passage.asked.lock().expect("nobody panics with the lock").push(asked);
    passage.client.pass_on(&passage.to, request).await
}
