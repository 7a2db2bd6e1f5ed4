//! The tokens with which servers use the events API: made, listed, revoked.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::auth::{is_same_origin, new_token};
use crate::state::AppState;
use crate::store::{Scope, Token};

use super::page::{Frame, PageError, Place, SignedIn, badge};
use super::words;

/// What the form sends: a label, and a field for each scope that is ticked.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    label: String,
    definitions: Option<String>,
    send: Option<String>,
    read: Option<String>,
    admin: Option<String>,
}

impl Asked {
    fn scopes(&self) -> Vec<Scope> {
        let ticked = |scope: &Scope| match scope {
            Scope::Definitions => self.definitions.is_some(),
            Scope::Send => self.send.is_some(),
            Scope::Read => self.read.is_some(),
            Scope::Admin => self.admin.is_some(),
        };
        Scope::ALL.into_iter().filter(ticked).collect()
    }
}

/// What the page says about the form that led to it.
enum Said {
    Nothing,
    /// The secret of a token that was just made.
    Made(String),
    Wrong(String),
}

/// Lists a site's tokens.
pub(super) async fn list(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Markup, PageError> {
    page(&state, &site, &Said::Nothing).await
}

/// Makes a token and shows it, this once.
pub(super) async fn create(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Result<Response, PageError> {
    if !is_same_origin(&headers) {
        return Err(PageError::Foreign);
    }
    let frame = Frame::load(&state, &site).await?;
    let (status, said) = match new_token(&frame.site.key, &asked.label, asked.scopes(), state.now()) {
        Ok((token, secret)) => {
            state.store.create_token(token).await?;
            (StatusCode::CREATED, Said::Made(secret))
        }
        Err(sentence) => (StatusCode::BAD_REQUEST, Said::Wrong(sentence)),
    };
    Ok((status, page(&state, &site, &said).await?).into_response())
}

/// Revokes a token, for good.
pub(super) async fn revoke(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, id)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Result<Redirect, PageError> {
    if !is_same_origin(&headers) {
        return Err(PageError::Foreign);
    }
    let frame = Frame::load(&state, &site).await?;
    // Who revokes a token that is gone has what they wanted.
    state.store.revoke_token(&frame.site.key, id).await?;
    Ok(Redirect::to(&frame.path("tokens")))
}

async fn page(state: &AppState, site: &str, said: &Said) -> Result<Markup, PageError> {
    let frame = Frame::load(state, site).await?;
    let tokens = state.store.tokens(&frame.site.key).await?;
    let content = html! {
        div.page-head {
            h1 { "API" }
            p { a href="/docs/api" { "How servers define, send and read events" } }
        }
        (answer(said))
        (form(&frame))
        @if tokens.is_empty() {
            p.empty { "There are no tokens yet. A server needs one to send events of this site." }
        } @else {
            (table(&frame, &tokens))
        }
    };
    Ok(frame.page(Place::Tokens, "API", &["copy.js", "times.js"], &content))
}

fn answer(said: &Said) -> Markup {
    html! {
        @match said {
            Said::Nothing => {}
            Said::Made(secret) => div.note role="status" {
                p { "This is the token. Copy it now: it is kept nowhere and cannot be shown again." }
                div.snippet {
                    pre id="new-token" { (secret) }
                    button type="button" data-copy="new-token" { "Copy" }
                }
            },
            Said::Wrong(sentence) => p.error role="alert" { "No token was made: " (sentence) "." },
        }
    }
}

fn form(frame: &Frame) -> Markup {
    html! {
        form.token action=(frame.path("tokens")) method="post" {
            label for="label" { "What it is for" }
            input id="label" name="label" maxlength="100" autocomplete="off" placeholder="The shop’s server";
            fieldset {
                legend { "What it opens" }
                @for scope in Scope::ALL {
                    label {
                        input type="checkbox" name=(scope.code()) value="yes" checked[scope == Scope::Send];
                        " " (describe(scope))
                    }
                }
            }
            button.primary type="submit" { "Make a token" }
        }
    }
}

fn table(frame: &Frame, tokens: &[Token]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Tokens" {
            table.list {
                thead { tr {
                    th scope="col" { "Token" }
                    th scope="col" { "Begins with" }
                    th scope="col" { "Opens" }
                    th scope="col" { "Made" }
                    th scope="col" { "Status" }
                } }
                tbody {
                    @for token in tokens {
                        tr {
                            th scope="row" { @if token.label.is_empty() { "Without a name" } @else { (token.label) } }
                            td { code { "pugmark_" (token.key) } }
                            td { (scopes(token)) }
                            td { time datetime=(words::iso(token.created_at)) data-relative="" { (words::plain_time(token.created_at)) } }
                            td {
                                @if token.revoked_at.is_some() {
                                    (badge("plain", "Revoked"))
                                } @else {
                                    form action=(frame.path(&format!("tokens/{}/revoke", token.id))) method="post" {
                                        button.quiet type="submit" { "Revoke" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn scopes(token: &Token) -> String {
    let codes: Vec<&str> = token.scopes.iter().map(|scope| scope.code()).collect();
    codes.join(", ")
}

fn describe(scope: Scope) -> &'static str {
    match scope {
        Scope::Definitions => "Definitions: reading and changing which events there are",
        Scope::Send => "Send: sending events",
        Scope::Read => "Read: reading events",
        Scope::Admin => "Admin: all of these, and this site’s settings and tokens",
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::super::support::Studio;

    const PAGE: &str = "/studio/sites/demo/tokens";

    #[tokio::test]
    async fn a_token_is_shown_once_and_then_only_by_its_beginning() {
        let studio = Studio::new().await;

        let made = studio.post_signed_in(PAGE, "label=%3Cb%3EShop&send=yes&read=yes").await;
        let listed = studio.get(PAGE).await.body;

        assert_eq!(made.status, StatusCode::CREATED);
        let secret = made.body.split("id=\"new-token\">").nth(1).and_then(|rest| rest.split('<').next());
        let secret = secret.expect("is shown");
        assert!(secret.starts_with("pugmark_") && secret.len() == 8 + 12 + 1 + 48, "{secret}");
        assert!(!listed.contains(secret) && listed.contains(&secret[..20]), "{listed}");
        assert!(listed.contains("&lt;b&gt;Shop") && listed.contains("send, read"), "{listed}");
    }

    #[tokio::test]
    async fn a_token_without_a_scope_is_not_made() {
        let answer = Studio::new().await.post_signed_in(PAGE, "label=x").await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains("choose at least one scope"), "{}", answer.body);
    }

    #[tokio::test]
    async fn a_revoked_token_says_so() {
        let studio = Studio::new().await;
        studio.post_signed_in(PAGE, "send=yes").await;

        let revoked = studio.post_signed_in(&format!("{PAGE}/1/revoke"), "").await;

        assert_eq!(revoked.header("location"), PAGE);
        assert!(studio.get(PAGE).await.body.contains("Revoked"));
    }

    #[tokio::test]
    async fn a_page_of_another_origin_makes_and_revokes_none() {
        let studio = Studio::new().await;
        studio.post_signed_in(PAGE, "send=yes").await;
        let studio = studio.on_origin("https://evil.example");

        for path in [PAGE.to_owned(), format!("{PAGE}/1/revoke")] {
            let answer = studio.post_signed_in(&path, "send=yes").await;
            assert!(!answer.body.contains("new-token"), "{path}");
        }
        let page = studio.get(PAGE).await.body;
        assert_eq!(page.matches("/revoke").count(), 1, "none was added: {page}");
        assert!(!page.contains("Revoked"), "{page}");
    }
}
