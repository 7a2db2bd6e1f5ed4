//! Who may use the studio and the JSON API: whoever has the admin token, by header or by the studio's cookie; and of the
//! JSON API a site's part, whoever has a token of this site with the scope `admin`.
//!
//! Only the token's SHA-256 is kept. A session is a signed statement "until then", with that hash as the key: it
//! survives a restart and ends when the token changes.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use hmac::{Hmac, KeyInit, Mac};
use pugmark_protocol::text::length;
use pugmark_protocol::time::{Millis, UnixMillis};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::http::error::HttpError;
use crate::http::peer::Sender;
use crate::state::AppState;
use crate::store::{Author, Scope, Store, Token};

/// The name of the studio's cookie. Set it `HttpOnly; SameSite=Strict; Path=/`, and `Secure` on https.
pub const COOKIE: &str = "pugmark_studio";

/// How long a sign-in lasts. Judgement (November 2026): a working day.
pub const SESSION_LASTS: Millis = Millis::hours(12);

/// Knows the admin token's hash and signs sessions with it.
pub struct Auth {
    hash: [u8; 32],
}

/// Proof that the request comes from somebody who has the admin token; an extractor.
///
/// `Session` answers 401 where there is none; `Option<Session>` lets the handler decide.
#[derive(Clone, Copy, Debug)]
pub struct Session(Author);

impl Session {
    /// Who it is, for what they change.
    pub fn author(self) -> Author {
        self.0
    }
}

impl Auth {
    /// For the token with this SHA-256.
    pub fn new(hash: [u8; 32]) -> Self {
        Self { hash }
    }

    /// Whether this is the admin token. Takes as long whether or not it is.
    pub fn check_token(&self, token: &str) -> bool {
        hash(token).ct_eq(&self.hash).into()
    }

    /// Starts a session: the cookie's value.
    pub fn start_session(&self, now: UnixMillis) -> String {
        let until = (now + SESSION_LASTS).0;
        format!("{until}.{}", hex(&self.sign(until)))
    }

    /// Whether this is the value of a session that still lasts.
    pub fn check_session(&self, value: &str, now: UnixMillis) -> bool {
        let Some((until, signature)) = value.split_once('.') else { return false };
        let Ok(until) = until.parse::<u64>() else { return false };
        let genuine: bool = hex(&self.sign(until)).as_bytes().ct_eq(signature.as_bytes()).into();
        genuine && now.0 < until
    }

    /// Whether these headers carry the token or a session.
    pub fn check_headers(&self, headers: &HeaderMap, now: UnixMillis) -> bool {
        bearer(headers).is_some_and(|token| self.check_token(token))
            || cookie(headers).is_some_and(|value| self.check_session(value, now))
    }

    fn sign(&self, until: u64) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.hash).expect("an HMAC takes keys of every length");
        mac.update(b"pugmark studio session until ");
        mac.update(until.to_string().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// The SHA-256 of a token.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Bytes as hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Whether a request that changes something comes from one of our own pages: a cookie alone proves who the browser
/// belongs to, not who wrote the page. Requests without a browser's headers pass; they carry no cookie either.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, rest)| rest == host),
        (Some(_), None) => false,
    }
}

/// How every token of a site begins, so that people and scanners for leaked secrets know one.
const PREFIX: &str = "pugmark_";

/// Longest label of a token, in UTF-16 code units.
const MAX_LABEL: usize = 100;

/// Makes a token of a site, and its secret, which is to be shown once: `pugmark_{key}_{secret}`.
///
/// # Errors
///
/// A sentence that says what to change.
pub fn new_token(
    site: &str,
    label: &str,
    scopes: Vec<Scope>,
    now: UnixMillis,
) -> Result<(Token, String), String> {
    let label = label.trim();
    if length(label) > MAX_LABEL {
        return Err(format!("the label is longer than {MAX_LABEL} characters"));
    }
    let mut scopes = scopes;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err("choose at least one scope: definitions, send, read or admin".to_owned());
    }
    let mut random = [0; 30];
    getrandom::fill(&mut random).map_err(|error| format!("the system gives no random numbers: {error}"))?;
    let (key, secret) = random.split_at(6);
    let key = hex(key);
    let whole = format!("{PREFIX}{key}_{}", hex(secret));
    let token = Token {
        id: 0,
        site: site.to_owned(),
        hash: hash(&whole),
        label: label.to_owned(),
        created_at: now,
        revoked_at: None,
        key,
        scopes,
    };
    Ok((token, whole))
}

/// The token of a site that these headers carry, if it is genuine and not revoked.
///
/// It is found by the part that names it, and compared by its hash, which takes as long whether or not it is right.
pub fn token_of(headers: &HeaderMap, store: &dyn Store) -> Option<Arc<Token>> {
    let whole = bearer(headers)?;
    let (key, _) = whole.strip_prefix(PREFIX)?.split_once('_')?;
    let token = store.token(key)?;
    let is_genuine: bool = hash(whole).ct_eq(&token.hash).into();
    (is_genuine && token.revoked_at.is_none()).then_some(token)
}

/// The site whose part of the JSON API an address belongs to, as it is written there.
fn site_in(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/sites/")?.split('/').next()
}

/// The token that these headers carry.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    cookies
        .find_map(|line| line.split(';').find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=')))
}

impl FromRequestParts<AppState> for Session {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let now = state.now();
        if let Some(token) = token_of(&parts.headers, &*state.store) {
            // A key needs no escaping, so what is equal as it is written is the same site.
            let is_theirs = site_in(parts.uri.path()) == Some(token.site.as_str());
            return if is_theirs && token.opens(Scope::Admin) {
                Ok(Self(Author::Token(token.id)))
            } else {
                Err(HttpError::NotOpened)
            };
        }
        if let Some(token) = bearer(&parts.headers) {
            let Sender(from) = Sender::of(parts, state);
            if state.try_token(token, from).map_err(HttpError::TooMany)? {
                return Ok(Self(Author::AdminToken));
            }
        }
        if !cookie(&parts.headers).is_some_and(|value| state.auth.check_session(value, now)) {
            return Err(HttpError::Unauthorized);
        }
        let only_reads = matches!(parts.method, Method::GET | Method::HEAD);
        if only_reads || is_same_origin(&parts.headers) {
            Ok(Self(Author::SignedIn))
        } else {
            Err(HttpError::Foreign)
        }
    }
}

impl OptionalFromRequestParts<AppState> for Session {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(<Self as FromRequestParts<AppState>>::from_request_parts(parts, state).await.ok())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_430_400_000);

    fn auth() -> Auth {
        Auth::new(hash("the token"))
    }

    #[test]
    fn only_the_token_is_the_token() {
        assert!(auth().check_token("the token"));
        assert!(!auth().check_token("the toke"));
        assert!(!auth().check_token(""));
    }

    #[test]
    fn a_session_lasts_its_time_and_no_longer() {
        let value = auth().start_session(NOW);

        assert!(auth().check_session(&value, NOW));
        assert!(auth().check_session(&value, UnixMillis(NOW.0 + SESSION_LASTS.0 - 1)));
        assert!(!auth().check_session(&value, NOW + SESSION_LASTS));
    }

    #[test]
    fn a_session_cannot_be_forged_or_lengthened() {
        let value = auth().start_session(NOW);
        let (until, signature) = value.split_once('.').expect("has two parts");
        let longer = format!("{}.{signature}", until.parse::<u64>().expect("is a number") + 1);

        assert!(!auth().check_session(&longer, NOW));
        assert!(!auth().check_session(until, NOW));
        assert!(!auth().check_session("", NOW));
        assert!(!Auth::new(hash("another token")).check_session(&value, NOW));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let value = auth().start_session(NOW);
        let line = format!("a=b; {COOKIE}={value}; c=d");
        let headers =
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&line).expect("is legal"))]);

        assert!(auth().check_headers(&headers, NOW));
    }

    #[test]
    fn foreign_pages_are_known_by_what_the_browser_says() {
        for (name, pairs, expected) in [
            ("a script", &[][..], true),
            ("our page", &[("sec-fetch-site", "same-origin")], true),
            ("a foreign page", &[("sec-fetch-site", "cross-site")], false),
            ("an old browser on our page", &[("origin", "http://a.example"), ("host", "a.example")], true),
            ("an old browser elsewhere", &[("origin", "http://b.example"), ("host", "a.example")], false),
        ] {
            let headers = pairs.iter().map(|&(name, value)| {
                (header::HeaderName::from_static(name), HeaderValue::from_static(value))
            });

            assert_eq!(is_same_origin(&headers.collect()), expected, "{name}");
        }
    }
}
