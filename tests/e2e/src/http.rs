//! A small HTTP client for loopback addresses: what the harness itself asks the collector.

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

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
