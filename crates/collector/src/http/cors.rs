//! Lets pages of every origin read the answers of pages' doors. No door there looks at cookies, so `*` is enough and
//! says so.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// How long a browser may remember a preflight, in seconds: a day, the most that Firefox takes.
const PREFLIGHT_LASTS: HeaderValue = HeaderValue::from_static("86400");

/// Answers preflights and opens every other answer, errors included: a tracker that cannot read a 429 cannot slow
/// down.
pub(super) async fn open(request: Request, next: Next) -> Response {
    opened(HeaderValue::from_static("GET, POST, OPTIONS"), request, next).await
}

/// The same for doors that pages edit through: what proves who it is stands in a header that no browser adds by itself.
pub(super) async fn open_for_editing(request: Request, next: Next) -> Response {
    opened(HeaderValue::from_static("GET, POST, PUT, DELETE, OPTIONS"), request, next).await
}

async fn opened(methods: HeaderValue, request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        preflight(request.headers(), methods)
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, retry-after"));
    // A page that isolates itself (COEP) may load the library all the same.
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    response
}

fn preflight(asked: &HeaderMap, methods: HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_LASTS);
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        wanted.unwrap_or(HeaderValue::from_static("content-type")),
    );
    response
}
