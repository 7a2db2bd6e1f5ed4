//! A small HTTP client for loopback addresses: what the harness itself asks the collector.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Larger than any batch.
const MAX_BODY_BYTES: usize = 16 << 20;

/// A client that forwards requests as they are.
#[derive(Clone)]
pub struct Client(hyper_util::client::legacy::Client<HttpConnector, Body>);

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// Makes one, without any connection yet.
    pub fn new() -> Self {
        Self(hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(HttpConnector::new()))
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Vec<u8>>, String> {
        let response = self.0.request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(Response::from_parts(head, body.to_vec()))
    }

    /// Passes a request on to the server at `to`, and gives its answer.
    pub(crate) async fn pass_on(&self, to: &str, request: Request<Body>) -> Response<Body> {
        let (mut head, body) = request.into_parts();
        let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else { return status(StatusCode::BAD_REQUEST) };
        let target = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri = Uri::try_from(format!("{to}{target}")).expect("it was an address before");
        head.headers.remove(header::HOST);
        match self.send(Request::from_parts(head, Body::from(body))).await {
            Ok(answer) => {
                let (mut head, body) = answer.into_parts();
                head.headers.remove(header::TRANSFER_ENCODING);
                Response::from_parts(head, Body::from(body))
            }
            Err(_) => status(StatusCode::BAD_GATEWAY),
        }
    }

    /// Sends JSON, or nothing, with a bearer token, and reads the answer as text.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn call(
        &self,
        method: Method,
        url: &str,
        token: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<(StatusCode, String), String> {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .map_err(|error| error.to_string())?;
        let answer = self.send(request).await?;
        Ok((answer.status(), String::from_utf8_lossy(answer.body()).into_owned()))
    }
}

/// An answer without a body.
pub(crate) fn status(code: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = code;
    answer
}
