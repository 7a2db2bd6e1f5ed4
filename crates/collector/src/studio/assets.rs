//! The studio's files, built into the binary.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::auth::{hash, hex};

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const ASSETS: [Asset; 9] = [
    Asset { name: "theme.css", media_type: CSS, bytes: include_bytes!("../../../../www/theme.css") },
    Asset { name: "studio.css", media_type: CSS, bytes: include_bytes!("assets/studio.css") },
    Asset { name: "mark.svg", media_type: SVG, bytes: include_bytes!("../../../../www/art/mark.svg") },
    Asset { name: "icon.svg", media_type: SVG, bytes: include_bytes!("../../../../www/art/icon.svg") },
    Asset { name: "sign-in.js", media_type: JS, bytes: include_bytes!("assets/sign-in.js") },
    Asset { name: "live.js", media_type: JS, bytes: include_bytes!("assets/live.js") },
    Asset { name: "times.js", media_type: JS, bytes: include_bytes!("assets/times.js") },
    Asset { name: "visualizer.js", media_type: JS, bytes: include_bytes!("assets/visualizer.js") },
    Asset { name: "copy.js", media_type: JS, bytes: include_bytes!("assets/copy.js") },
];

/// Validators, in the order of [`ASSETS`].
static ETAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let etag = |asset: &Asset| {
        let text = String::from_utf8_lossy(asset.bytes);
        format!("\"{:.16}\"", hex(&hash(&text)))
    };
    ASSETS.iter().map(etag).collect()
});

/// Serves a file; asks the browser to check each time, which costs it an empty answer.
pub(super) async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some((asset, etag)) = ASSETS.iter().zip(ETAGS.iter()).find(|(asset, _)| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let validators = [(header::CACHE_CONTROL, "no-cache"), (header::ETAG, etag.as_str())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    (validators, [(header::CONTENT_TYPE, asset.media_type)], asset.bytes).into_response()
}
