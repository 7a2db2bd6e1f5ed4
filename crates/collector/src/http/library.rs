//! The library's files: `/pugmark.js` and its siblings, as `./build.sh build` leaves them in `pkg/dist`.
//!
//! A release carries them; a debug build reads them from the folder, so that a rebuilt library needs no rebuilt
//! collector. The name before the first dot can be changed by a setting, since blockers block names; the usual name
//! goes on working.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::error::HttpError;
use super::files;
use crate::state::AppState;

#[derive(RustEmbed)]
#[folder = "../../pkg/dist"]
#[allow_missing = true]
struct Dist;

/// The name before the first dot, as the build writes it.
const STEM: &str = "pugmark";

/// How many digits of a file's hash stand in its immutable name.
const DIGITS: usize = 12;

/// For plain names: a page view within five minutes asks nothing, a new version is everywhere soon.
const SHORT: HeaderValue = HeaderValue::from_static("public, max-age=300, stale-while-revalidate=86400");

/// For names with a hash, which never mean anything else.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Serves a file of the library, or says that there is nothing here.
pub(super) async fn serve(
    State(state): State<AppState>,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let asked = uri.path().trim_start_matches('/');
    let renamed = state.settings.library_name.trim_end_matches(".js");
    let Some(asked) = known_as(asked, renamed) else {
        return HttpError::NotFound("page").into_response();
    };
    if method != Method::GET && method != Method::HEAD {
        return HttpError::Method.into_response();
    }
    if let Some(file) = Dist::get(&asked) {
        return files::serve(&asked, file.data, &headers, SHORT).await;
    }
    // `pugmark.0123456789ab.js`: the hash must be that of the file we have. A page that still asks for the one
    // before gets what there is, for a short while.
    if let Some((plain, hash)) = without_hash(&asked)
        && let Some(file) = Dist::get(&plain)
    {
        let is_current = files::hash(&file.data).starts_with(&hash);
        let cache = if is_current { IMMUTABLE } else { SHORT };
        return files::serve(&plain, file.data, &headers, cache).await;
    }
    if Dist::iter().next().is_none() {
        return HttpError::NotBuilt.into_response();
    }
    HttpError::NotFound("file").into_response()
}

/// The file's name as the build wrote it; `None` where the name is not one of the library's.
fn known_as(asked: &str, renamed: &str) -> Option<String> {
    let (stem, rest) = asked.split_once('.')?;
    let is_plain = rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-' || b == b'_');
    (is_plain && (stem == STEM || stem == renamed)).then(|| [STEM, ".", rest].concat())
}

/// Splits `pugmark.0123456789ab.js` into `pugmark.js` and the hash.
fn without_hash(name: &str) -> Option<(String, String)> {
    let (stem, rest) = name.split_once('.')?;
    let (hash, extension) = rest.split_once('.')?;
    let is_hash = hash.len() == DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then(|| ([stem, ".", extension].concat(), hash.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_librarys_names_are_looked_up() {
        for (asked, expected) in [
            ("pugmark.js", Some("pugmark.js")),
            ("stats.js", Some("pugmark.js")),
            ("stats.0123456789ab.mjs", Some("pugmark.0123456789ab.mjs")),
            ("other.js", None),
            ("pugmark", None),
            ("pugmark./../../x", None),
            ("pugmark.%2e%2e", None),
        ] {
            assert_eq!(known_as(asked, "stats").as_deref(), expected, "{asked}");
        }
    }

    #[test]
    fn hashed_names_are_taken_apart() {
        let parts = without_hash("pugmark.0123456789ab.js");

        assert_eq!(parts, Some(("pugmark.js".to_owned(), "0123456789ab".to_owned())));
        assert_eq!(without_hash("pugmark.js"), None);
        assert_eq!(without_hash("pugmark.fallback.js"), None);
    }
}
