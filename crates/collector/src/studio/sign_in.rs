//! Signing in with the admin token, by the printed link or by hand, and out again.

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::auth::{COOKIE, SESSION_LASTS, Session, is_same_origin};
use crate::http::peer::Sender;
use crate::state::AppState;

use super::page::{PageError, document, no_bar};

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Submitted {
    #[serde(default)]
    token: String,
}

/// Shows the form. The link's token is in the fragment, which never reaches us: the page's module submits it.
pub(super) async fn show(session: Option<Session>) -> Markup {
    form(session.is_some(), None)
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
    match state.try_token(submitted.token.trim(), from) {
        Ok(true) => {}
        Ok(false) => return Ok((StatusCode::UNAUTHORIZED, form(false, Some(WRONG))).into_response()),
        Err(seconds) => {
            let later = [(header::RETRY_AFTER, seconds.to_string())];
            let content = form(false, Some(TOO_OFTEN));
            return Ok((StatusCode::TOO_MANY_REQUESTS, later, content).into_response());
        }
    }
    let value = state.auth.start_session(state.now());
    let cookie = cookie(&state, &value, SESSION_LASTS.0 / 1000);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/studio/")).into_response())
}

/// Ends this browser's session.
pub(super) async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if !is_same_origin(&headers) {
        return Err(PageError::Foreign);
    }
    Ok(([(header::SET_COOKIE, cookie(&state, "", 0))], Redirect::to("/studio/sign-in")).into_response())
}

const WRONG: &str = "This is not the collector’s admin token. It was printed, with a sign-in link, when the collector \
                     was started for the first time.";

const TOO_OFTEN: &str =
    "There were too many wrong tokens from your address. Wait a few seconds, then try again.";

fn cookie(state: &AppState, value: &str, lasts_seconds: u64) -> String {
    let secure = if state.address.starts_with("https://") { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={lasts_seconds}; HttpOnly; SameSite=Strict{secure}")
}

fn form(signed_in: bool, wrong: Option<&str>) -> Markup {
    let content = html! {
        div.sign-in {
            h1 { "Sign in to the studio" }
            @if signed_in {
                p.note { "You are signed in already. " a href="/studio/" { "Go to the live view" } }
            }
            form id="sign-in" action="/studio/sign-in" method="post" {
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

    #[tokio::test]
    async fn signing_out_takes_the_cookie_back() {
        let answer = Studio::new().await.post_form("/studio/sign-out", "").await;

        assert!(answer.header("set-cookie").contains("Max-Age=0"));
    }
}
