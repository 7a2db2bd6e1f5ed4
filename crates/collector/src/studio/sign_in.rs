//! Signing in with the admin token, by the printed link or by hand, and out again.
//!
//! Who asked for a page of a site comes back to it. Where another site has led there, as the bookmark for the visualizer does,
//! browsers keep the strict cookie to themselves, and over plain http they do not say that another site did: so whoever comes
//! without a session is led here once more from here, before anything is asked. Who has the cookie then goes on at once.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;

use crate::auth::{COOKIE, SESSION_LASTS, Session, is_same_origin};
use crate::http::peer::Sender;
use crate::state::AppState;

use super::page::{PageError, document, no_bar};

/// Where the form is.
pub(super) const PATH: &str = "/studio/sign-in";

/// What the address asks for.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// Where to go then: see [`next`].
    #[serde(default)]
    next: String,
    /// There if a page of our own leads here.
    again: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Submitted {
    #[serde(default)]
    token: String,
    #[serde(default)]
    next: String,
}

/// Shows the form. The link's token is in the fragment, which never reaches us: the page's module submits it.
pub(super) async fn show(session: Option<Session>, Query(asked): Query<Asked>) -> Response {
    match (session, next(&asked.next)) {
        (Some(_), Some(next)) => Redirect::to(next).into_response(),
        (None, Some(next)) if asked.again.is_none() => once_more(next).into_response(),
        (session, next) => form(session.is_some(), next, None).into_response(),
    }
}

/// The address of the form that leads on to `wanted`; `is_again` if a page of our own leads there.
pub(super) fn path(wanted: &str, is_again: bool) -> String {
    let Some(next) = next(wanted) else { return PATH.to_owned() };
    let mut query = form_urlencoded::Serializer::for_suffix(format!("{PATH}?"), PATH.len() + 1);
    query.append_pair("next", next);
    if is_again {
        query.append_pair("again", "");
    }
    query.finish()
}

/// Where to go once signed in: to a page of a site, and nowhere else, whatever an address says.
fn next(wanted: &str) -> Option<&str> {
    let is_page = wanted.starts_with("/studio/sites/") && wanted.bytes().all(|byte| byte.is_ascii_graphic());
    is_page.then_some(wanted)
}

/// Starts a session, or says that the token is another one.
pub(super) async fn submit(
    State(state): State<AppState>,
    Sender(from): Sender,
    headers: HeaderMap,
    Form(submitted): Form<Submitted>,
) -> Result<Response, PageError> {
    if !is_same_origin(&headers) {
        return Err(PageError::Foreign);
    }
    let next = next(&submitted.next);
    match state.try_token(submitted.token.trim(), from) {
        Ok(true) => {}
        Ok(false) => return Ok((StatusCode::UNAUTHORIZED, form(false, next, Some(WRONG))).into_response()),
        Err(seconds) => {
            let later = [(header::RETRY_AFTER, seconds.to_string())];
            let content = form(false, next, Some(TOO_OFTEN));
            return Ok((StatusCode::TOO_MANY_REQUESTS, later, content).into_response());
        }
    }
    let value = state.auth.start_session(state.now());
    let cookie = cookie(&state, &value, SESSION_LASTS.0 / 1000);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next.unwrap_or("/studio/"))).into_response())
}

/// Ends this browser's session.
pub(super) async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if !is_same_origin(&headers) {
        return Err(PageError::Foreign);
    }
    Ok(([(header::SET_COOKIE, cookie(&state, "", 0))], Redirect::to(PATH)).into_response())
}

const WRONG: &str = "This is not the collector’s admin token. It was printed, with a sign-in link, when the collector \
                     was started for the first time.";

const TOO_OFTEN: &str =
    "There were too many wrong tokens from your address. Wait a few seconds, then try again.";

fn cookie(state: &AppState, value: &str, lasts_seconds: u64) -> String {
    let secure = if state.address.starts_with("https://") { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={lasts_seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// A page that leads here from here.
fn once_more(next: &str) -> Markup {
    let here = path(next, true);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Pugmark studio" }
                meta http-equiv="refresh" content={ "0; url=" (here) };
            }
            body { p { a href=(here) { "Go on to the studio" } } }
        }
    }
}

fn form(signed_in: bool, next: Option<&str>, wrong: Option<&str>) -> Markup {
    let content = html! {
        div.sign-in {
            h1 { "Sign in to the studio" }
            @if signed_in {
                p.note { "You are signed in already. " a href="/studio/" { "Go to the live view" } }
            }
            form id="sign-in" action=(PATH) method="post" {
                @if let Some(next) = next { input type="hidden" name="next" value=(next); }
                label for="token" { "Admin token" }
                // A password field, so that the browser offers to keep it and nobody reads it over a shoulder.
                input id="token" name="token" type="password" required autocomplete="current-password" spellcheck="false"
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby="token-help";
                @if let Some(sentence) = wrong {
                    p.error role="alert" { (sentence) }
                }
                p.help id="token-help" {
                    "The sign-in link that the collector printed at its first start does this for you. "
                    "Lost it? Start the collector with a new one in " code { "PUGMARK_ADMIN_TOKEN" } "."
                }
                button.primary type="submit" { "Sign in" }
            }
        }
    };
    document("Sign in", &["sign-in.js"], &no_bar(), &content)
}

#[cfg(test)]
mod tests {
    use super::super::support::{Studio, TOKEN};
    use super::*;

    #[tokio::test]
    async fn the_right_token_starts_a_session_that_scripts_cannot_read() {
        let studio = Studio::new().await;

        let answer = studio.post_form("/studio/sign-in", &format!("token={TOKEN}")).await;

        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), "/studio/");
        let cookie = answer.header("set-cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    }

    #[tokio::test]
    async fn a_wrong_token_is_answered_in_words_and_not_repeated() {
        let studio = Studio::new().await;

        let answer = studio.post_form("/studio/sign-in", "token=%3Cimg+onerror%3D1%3E").await;

        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.body.contains("not the collector’s admin token"));
        assert!(!answer.body.contains("onerror"));
        assert_eq!(answer.header("set-cookie"), "");
    }

    #[tokio::test]
    async fn another_website_can_neither_sign_in_nor_out() {
        let studio = Studio::new().await.on_origin("https://elsewhere.example");

        for path in ["/studio/sign-in", "/studio/sign-out"] {
            let answer = studio.post_form(path, &format!("token={TOKEN}")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(answer.header("set-cookie"), "", "{path}");
        }
    }

    const BROUGHT: &str =
        "/studio/sites/demo/create/visualizer?url=https%3A%2F%2Fshop.example%2F%3Fa%3D%22b%22%26c";

    #[tokio::test]
    async fn who_must_sign_in_first_comes_to_the_page_that_was_asked_for() {
        let studio = Studio::new().await;

        let led = studio.get_signed_out(BROUGHT).await;
        assert_eq!(led.status, StatusCode::SEE_OTHER);
        assert!(
            led.header("location").starts_with("/studio/sign-in?next=%2Fstudio%2F"),
            "{}",
            led.header("location")
        );
        let page = studio.get_signed_out(&format!("{}&again=", led.header("location"))).await.body;
        let hidden = format!("name=\"next\" value=\"{BROUGHT}\"");
        assert!(page.contains(&hidden), "{page}");
        let next = form_urlencoded::byte_serialize(BROUGHT.as_bytes()).collect::<String>();
        let wrong = studio.post_form(PATH, &format!("token=wrong&next={next}")).await.body;
        assert!(wrong.contains(&hidden), "{wrong}");
        let answer = studio.post_form(PATH, &format!("token={TOKEN}&next={next}")).await;
        assert_eq!(answer.header("location"), BROUGHT);
    }

    #[tokio::test]
    async fn without_the_cookie_one_is_led_here_once_more_before_anything_is_asked() {
        let studio = Studio::new().await;
        let led = path(BROUGHT, false);

        let page = studio.get_signed_out(&led).await.body;

        let again = path(BROUGHT, true);
        assert_eq!(again, format!("{led}&again="));
        let refresh = format!("content=\"0; url={}\"", again.replace('&', "&amp;"));
        assert!(page.contains(&refresh) && !page.contains("<form"), "{page}");
        for address in [led, again] {
            assert_eq!(studio.get(&address).await.header("location"), BROUGHT, "it was only kept back");
        }
    }

    #[tokio::test]
    async fn nobody_is_led_anywhere_else_than_to_a_page_of_a_site() {
        let studio = Studio::new().await;

        for elsewhere in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "/demo/",
            "/studio/sites/a\r\nb: c",
            "",
        ] {
            let next = form_urlencoded::byte_serialize(elsewhere.as_bytes()).collect::<String>();
            let page = studio.get(&format!("{PATH}?next={next}")).await;
            assert_eq!(page.status, StatusCode::OK, "{elsewhere}");
            assert!(!page.body.contains("name=\"next\""), "{elsewhere}");
            let answer = studio.post_form(PATH, &format!("token={TOKEN}&next={next}")).await;
            assert_eq!(answer.header("location"), "/studio/", "{elsewhere}");
        }
        assert_eq!(path("/studio/", false), PATH);
    }

    #[tokio::test]
    async fn signing_out_takes_the_cookie_back() {
        let answer = Studio::new().await.post_form("/studio/sign-out", "").await;

        assert!(answer.header("set-cookie").contains("Max-Age=0"));
    }
}
