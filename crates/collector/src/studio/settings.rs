//! A site's settings: its custom script, and what developers can take with them.

use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::custom::{CustomScript, Failure, MAX_BYTES};
use crate::state::AppState;

use super::page::{Frame, PageError, Place, SignedIn, badge};
use super::words;

/// What the address asks for.
#[derive(Deserialize)]
pub(super) struct SettingsQuery {
    /// Whether the script has just been kept.
    saved: Option<String>,
}

/// Shows the settings.
pub(super) async fn show(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
    Query(query): Query<SettingsQuery>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let script = CustomScript::load(&*state.store, &site).await?;
    let failure = state.custom_failures.latest(&site);
    let said = if query.saved.is_some() { Said::Saved } else { Said::Nothing };
    Ok(page(&frame, &state.address, &script, failure.as_ref(), said))
}

/// Keeps the custom script, or says that it is too long.
pub(super) async fn save(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
    RawForm(sent): RawForm,
) -> Result<Response, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let _editing = state.editing.lock().await;
    let script = CustomScript { code: code_in(&sent, "code"), is_on: has(&sent, "is_on") };
    keep(&state, &frame, script).await
}

/// Adds a piece of code to the custom script.
pub(super) async fn add(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
    RawForm(sent): RawForm,
) -> Result<Response, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let _editing = state.editing.lock().await;
    let script = CustomScript::load(&*state.store, &site).await?.with(&code_in(&sent, "piece"));
    keep(&state, &frame, script).await
}

async fn keep(state: &AppState, frame: &Frame, script: CustomScript) -> Result<Response, PageError> {
    if script.code.len() > MAX_BYTES {
        let page = page(frame, &state.address, &script, None, Said::TooLong);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    script.save(&*state.store, &frame.site.key).await?;
    state.custom_failures.forget(&frame.site.key);
    Ok(Redirect::to(&frame.path("settings?saved#custom-script")).into_response())
}

/// A text of a form, with the line breaks that were typed: browsers send others.
fn code_in(sent: &[u8], field: &str) -> String {
    let found = form_urlencoded::parse(sent).find(|(name, _)| name == field);
    found.map(|(_, value)| value.replace("\r\n", "\n")).unwrap_or_default()
}

fn has(sent: &[u8], field: &str) -> bool {
    form_urlencoded::parse(sent).any(|(name, _)| name == field)
}

/// What the page says about what was just done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Saved,
    TooLong,
}

fn page(
    frame: &Frame,
    address: &str,
    script: &CustomScript,
    failure: Option<&Failure>,
    said: Said,
) -> Markup {
    let content = html! {
        div.page-head { h1 { "Settings" } }
        (custom_script(frame, script, failure, said))
        (types(frame, address))
    };
    frame.page(Place::Settings, "Settings", &["times.js", "copy.js"], &content)
}

fn custom_script(frame: &Frame, script: &CustomScript, failure: Option<&Failure>, said: Said) -> Markup {
    let is_empty = script.code.trim().is_empty();
    html! {
        section id="custom-script" aria-labelledby="custom-script-title" {
            div.section-head {
                h2 id="custom-script-title" { "Custom script" }
                @if script.is_on && !is_empty { (badge("good", "On")) } @else { (badge("plain", "Off")) }
            }
            p {
                "JavaScript of yours that runs on every page of the site once the tracker has loaded and the visitor has not "
                "refused. What it throws is caught: the page goes on, and the latest failure is shown here."
            }
            @match said {
                Said::Nothing => {}
                Said::Saved => {
                    p.done role="status" {
                        "Saved. "
                        @if is_empty { "There is nothing to run." }
                        @else if script.is_on { "Pages run it from their next view." }
                        @else { "It is kept, but no page runs it: switch it on when it is ready." }
                    }
                }
                Said::TooLong => {
                    p.error role="alert" {
                        "Not saved: the script is longer than " (words::number(MAX_BYTES as u64)) " bytes. Put it into a "
                        "file of your own and load that."
                    }
                }
            }
            @if let Some(failure) = failure { (draw_failure(failure)) }
            form.fields.wide method="post" action=(frame.path("settings/custom-script")) {
                div.field {
                    label for="code" { "Code" }
                    // The parser drops the first line break.
                    textarea.code id="code" name="code" rows=(script.code.lines().count().clamp(8, 30))
                        spellcheck="false" autocapitalize="off" aria-describedby="code-help"
                        aria-invalid=[(said == Said::TooLong).then_some("true")] { "\n" (script.code) }
                    p.help id="code-help" {
                        "It is loaded as a module, at most " (words::number(MAX_BYTES as u64)) " bytes. Call the tracker as "
                        code { "pugmark.push([…])" } ". Everybody who visits the site can read it."
                    }
                }
                label.check {
                    input type="checkbox" name="is_on" value="yes" checked[script.is_on];
                    span { "Run it on the site’s pages" }
                }
                div.actions { button.primary type="submit" { "Save" } }
            }
        }
    }
}

fn draw_failure(failure: &Failure) -> Markup {
    html! {
        div.error {
            p {
                "It failed on a page, last " time datetime=(words::iso(failure.at)) data-relative="" {
                    (words::plain_time(failure.at))
                } "; " (words::count(failure.count, "report", "reports")) " since it was saved or the collector started:"
            }
            pre { code { (failure.text) } }
        }
    }
}

fn types(frame: &Frame, address: &str) -> Markup {
    let key = &frame.site.key;
    let command = format!("./build.sh types --site {key} --address {address} > pugmark-events.d.ts");
    html! {
        section aria-labelledby="types-title" {
            h2 id="types-title" { "TypeScript" }
            p {
                "The site’s events as a declaration for the npm package: with it in your project, a misspelt name or a value "
                "of the wrong type does not compile. Make it anew when definitions change."
            }
            p { a.button href=(format!("/v1/sites/{key}/events.d.ts")) download { "Download pugmark-events.d.ts" } }
            p { "Or with the admin token in " code { "PUGMARK_ADMIN_TOKEN" } ":" }
            div.snippet.left {
                pre tabindex="0" role="region" aria-label="command" { code id="types-command" { (command) } }
                button type="button" data-copy="types-command" { "Copy" span.visually-hidden { " the command" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::time::UnixMillis;

    use super::super::support::Studio;
    use super::*;

    const SETTINGS: &str = "/studio/sites/demo/settings";
    const SCRIPT: &str = "/studio/sites/demo/settings/custom-script";
    const ADD: &str = "/studio/sites/demo/settings/custom-script/add";

    #[tokio::test]
    async fn a_script_is_off_until_it_is_switched_on() {
        let studio = Studio::new().await;

        let added = studio.post_signed_in(ADD, "piece=go()%3B").await;
        assert_eq!(added.status, StatusCode::SEE_OTHER);
        let page = studio.get(added.header("location").split('#').next().expect("is an address")).await.body;
        assert!(page.contains("go();") && page.contains("no page runs it"), "{page}");

        studio.post_signed_in(SCRIPT, "code=go()%3B%0D%0Aon()%3B&is_on=yes").await;
        let page = studio.get(SETTINGS).await.body;
        assert!(page.contains("go();\non();") && page.contains(">On<") && page.contains("checked"), "{page}");
    }

    #[tokio::test]
    async fn the_script_and_its_failure_are_shown_as_text() {
        let studio = Studio::new().await;
        studio.post_signed_in(SCRIPT, "code=%3C%2Ftextarea%3E%3Cimg%3E&is_on=yes").await;
        studio.fail_custom_script("<img src=x>", UnixMillis(1_795_430_400_000));

        let page = studio.get(SETTINGS).await.body;

        assert!(page.contains("&lt;/textarea&gt;&lt;img&gt;"), "{page}");
        assert!(page.contains("&lt;img src=x&gt;") && page.contains("1 report"), "{page}");
        assert!(!page.contains("<img"), "{page}");
        studio.post_signed_in(SCRIPT, "code=other()&is_on=yes").await;
        assert!(!studio.get(SETTINGS).await.body.contains("It failed on a page"));
    }

    #[tokio::test]
    async fn a_script_that_is_too_long_is_not_kept() {
        let studio = Studio::new().await;
        studio.post_signed_in(SCRIPT, &format!("code={}", "x".repeat(MAX_BYTES))).await;

        let answer = studio.post_signed_in(SCRIPT, &format!("code={}", "y".repeat(MAX_BYTES + 1))).await;

        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("longer than 65,536 bytes"));
        assert!(studio.get(SETTINGS).await.body.contains("xxx"));
    }

    #[tokio::test]
    async fn only_who_is_signed_in_here_may_change_it() {
        let studio = Studio::new().await;
        for path in [SCRIPT, ADD] {
            let answer = studio.post_form(path, "code=evil()&piece=evil()&is_on=yes").await;
            assert_eq!(answer.header("location"), "/studio/sign-in", "{path}");
        }
        let studio = studio.on_origin("https://elsewhere.example");
        for path in [SCRIPT, ADD] {
            let answer = studio.post_signed_in(path, "code=evil()&piece=evil()&is_on=yes").await;
            assert_eq!(answer.header("location"), "/studio/sign-in", "{path}");
        }
        assert!(!studio.get(SETTINGS).await.body.contains("evil"));
    }
}
