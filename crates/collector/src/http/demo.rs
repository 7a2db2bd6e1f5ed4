//! The demo shop, as it lies in `www`: somewhere to see the tracker work before one's own site does.

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;

use super::error::HttpError;
use super::files;

#[derive(RustEmbed)]
#[folder = "../../www"]
#[allow_missing = true]
struct Shop;

/// The part of the shop that is one page with many addresses.
const APP: &str = "app/";

const CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// Sends a visitor of the collector's own address to the shop.
pub(super) async fn home() -> Redirect {
    Redirect::temporary("/demo/")
}

/// Serves a page or file of the shop.
pub(super) async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches("/demo/");
    let candidates = [path.to_owned(), [path, "index.html"].concat(), [path, ".html"].concat()];
    for (index, name) in candidates.iter().enumerate() {
        // `index.html` belongs to a folder, and a folder's address ends with a slash.
        let fits = index != 1 || path.is_empty() || path.ends_with('/');
        if fits && let Some(file) = Shop::get(name) {
            return files::serve(name, file.data, &headers, CACHE).await;
        }
    }
    if !path.is_empty() && Shop::get(&[path, "/index.html"].concat()).is_some() {
        return with_slash(&uri);
    }
    if path.starts_with(APP)
        && wants_page(&headers, path)
        && let Some(file) = Shop::get("app/index.html")
    {
        return files::serve("index.html", file.data, &headers, CACHE).await;
    }
    HttpError::NotFound("page").into_response()
}

fn with_slash(uri: &Uri) -> Response {
    let query = uri.query().map(|query| ["?", query].concat()).unwrap_or_default();
    Redirect::permanent(&[uri.path(), "/", &query].concat()).into_response()
}

/// Whether an address of the single-page app means its page, and not a file that is missing.
fn wants_page(headers: &HeaderMap, path: &str) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let last = path.rsplit('/').next().unwrap_or_default();
    !last.contains('.') && (accepted.contains("text/html") || accepted.contains("*/*"))
}
