//! Opening the visualizer on the site's own page.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use pugmark_protocol::definition::{Definition, Trigger};
use pugmark_protocol::limits::MAX_URL;
use pugmark_protocol::name::EventName;
use pugmark_protocol::pattern::is_meant;
use pugmark_protocol::text::length;
use serde::Deserialize;
use serde_json::json;

use crate::opened;
use crate::passes::{Invitation, origin_of};
use crate::state::AppState;
use crate::store::{Site, StoreError, ViewedPage};

use super::page::{Frame, PageError, Place, SignedIn};
use super::send::copied;
use super::words;

/// What is asked before a code is put into the address of a page that may be anybody's.
const UNKNOWN: &str = "This address was never opened from here. Is it your site?";

/// What the address asks for.
#[derive(Deserialize)]
pub(super) struct ShowQuery {
    /// The draft to go on with.
    event: Option<String>,
    /// The page to open, as the bookmark tells it.
    url: Option<String>,
}

/// Shows where to open it. It proposes the page that is asked for, else one that the draft is about or the one viewed most.
pub(super) async fn show(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
    Query(query): Query<ShowQuery>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let drafts = state.store.drafts(&site).await?;
    let draft = drafts.iter().find(|draft| Some(draft.definition.name.as_str()) == query.event.as_deref());
    let own = opened::origins(&state, &frame.site).await?;
    let url = match (query.url, draft) {
        (Some(url), _) => url,
        (None, Some(draft)) => page_about(&state, &frame.site, &draft.definition, &own).await?,
        (None, None) => most_viewed(&state, &frame.site, &own).await?,
    };
    let event = draft.map(|draft| draft.definition.name.as_str());
    Ok(page(&state, &frame, &Opener { own: &own, url: &url, event, said: Said::Nothing }))
}

/// What the form that opens the visualizer says.
#[derive(Clone, Copy)]
pub(super) struct Opener<'a> {
    /// The origins that are opened without asking.
    pub(super) own: &'a [String],
    /// What stands in the field.
    pub(super) url: &'a str,
    /// The event to be edited, if it is one that is there already.
    pub(super) event: Option<&'a str>,
    /// What came of it, if it was sent before.
    pub(super) said: Said<'a>,
}

/// What came of the form.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    /// It is new.
    Nothing,
    /// What to change.
    Error(&'a str),
    /// This origin was never opened: pressed once more, it is.
    Asks(&'a str),
}

fn page(state: &AppState, frame: &Frame, shown: &Opener<'_>) -> Markup {
    let content = html! {
        nav.crumbs aria-label="You are here" {
            a href=(frame.path("definitions")) { "Definitions" } " / " a href=(frame.path("create")) { "Create an event" }
        }
        div.page-head { h1 { "Visualizer" } p { "Point at it on your own site, and name what it means." } }
        (opener(frame, shown))
        h2 { "What happens then" }
        ol.steps {
            li { "Your page opens in a new tab, with the visualizer over it. Your own visit is not counted there." }
            li { "You point at a button, a link or any other element, or choose pages by their address." }
            li { "You give it a name and keep it. It comes back here as a draft." }
            li {
                "You publish the draft on the page " a href=(frame.path("definitions")) { "Definitions" }
                ". Pages that visitors open have it within " (words::CONFIGURED_AFTER) "."
            }
        }
        (bookmark(&state.address, &frame.path("create/visualizer")))
    };
    frame.page(Place::Definitions, "Visualizer", &["visualizer.js", "copy.js"], &content)
}

/// A link to keep among the bookmarks, which leads from a page of the site to this one. Our own policy lets no such link run
/// here: it is for the bookmarks only.
fn bookmark(address: &str, path: &str) -> Markup {
    // As JSON, a text means the same to JavaScript.
    let code = format!(
        "javascript:void(location.href={}+encodeURIComponent(location.href))",
        json!(format!("{address}{path}?url="))
    );
    html! {
        h2 { "Open it from the page you are on" }
        p.measure {
            "Drag this link to your bookmarks bar: " a href=(code) aria-describedby="bookmark-help" { "Pugmark visualizer" } ". "
            span id="bookmark-help" {
                "On any page of your site, the bookmark brings you back here with the page’s address filled in. Clicked here, \
                 the link does nothing."
            }
        }
        @if is_refused_by_https(address) {
            p.note {
                "On pages with https the visualizer cannot open. This studio’s address, " (address) ", has no https, and browsers load \
                 nothing from such an address into a page that has it: neither the tracking code nor the visualizer. Whoever \
                 runs the collector can give it an address with https."
            }
        }
        p.caption { "With the keyboard: copy this, and make a bookmark that has it as its address" }
        (copied("bookmark", "bookmark", &code))
    }
}

/// Whether browsers load nothing from this address into pages with https. They make an exception for their own machine.
///
/// Source: W3C "Mixed Content" and "Secure Contexts".
fn is_refused_by_https(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_loopback = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    };
    !is_loopback
}

/// The form that opens the visualizer, for a new event or for one that is there.
pub(super) fn opener(frame: &Frame, &Opener { own, url, event, said }: &Opener<'_>) -> Markup {
    let (error, asked) = match said {
        Said::Nothing => (None, None),
        Said::Error(sentence) => (Some(sentence), None),
        Said::Asks(origin) => (None, Some(origin)),
    };
    html! {
        form.fields method="post" action=(frame.path("visualizer")) data-opens-visualizer data-own=(own.join(" ")) {
            p.error role="alert" data-said hidden[error.is_none()] { (error.unwrap_or_default()) }
            @if let Some(origin) = asked {
                p.note role="alert" {
                    (UNKNOWN) " " strong { (origin) } " will be able to write drafts here for an hour; nothing of them is \
                    recorded before you publish it."
                }
            }
            input type="hidden" name="confirmed" value=(asked.unwrap_or_default());
            @if let Some(event) = event { input type="hidden" name="event" value=(event); }
            div.field {
                label for="visualizer-url" { "Page of your site" }
                input id="visualizer-url" name="url" type="url" value=(url) required maxlength=(MAX_URL) inputmode="url"
                    autocomplete="url" placeholder="https://www.example.com/" aria-describedby="visualizer-url-help";
                p.help id="visualizer-url-help" {
                    "The whole address, as your browser shows it. The tracking code must be on the page."
                }
            }
            div.actions {
                button.primary type="submit" {
                    @if asked.is_some() { "Yes, open it" }
                    @else if event.is_some() { "Open in the visualizer" }
                    @else { "Open the page" }
                }
            }
        }
    }
}

/// Makes an invitation and gives the address with it: to the module as JSON, to people as a page with the link.
pub(super) async fn open(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
    headers: HeaderMap,
    RawForm(sent): RawForm,
) -> Result<Response, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let field = |wanted: &str| {
        let found = form_urlencoded::parse(&sent).find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let wants_json = headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json");
    let url = field("url");
    let event = field("event");
    let event = EventName::parse(&event).ok().map(|name| name.as_str().to_owned());
    let own = opened::origins(&state, &frame.site).await?;
    let refuse = |said: Said<'_>| {
        let sentence = match said {
            Said::Nothing => "",
            Said::Error(sentence) => sentence,
            Said::Asks(_) => UNKNOWN,
        };
        let shown = Opener { own: &own, url: &url, event: event.as_deref(), said };
        let body = if wants_json {
            Json(json!({ "error": sentence })).into_response()
        } else {
            page(&state, &frame, &shown).into_response()
        };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response())
    };
    let origin = match origin_for(&frame.site, &url) {
        Ok(origin) => origin,
        Err(sentence) => return refuse(Said::Error(&sentence)),
    };
    if !own.contains(&origin) {
        if field("confirmed") != origin {
            return refuse(Said::Asks(&origin));
        }
        opened::remember(&state, &frame.site, &origin).await?;
    }
    let code = state.passes.invite(Invitation { site, origin, event }, state.now());
    let code = code.map_err(|error| StoreError::Failed(format!("no random numbers: {error}")))?;
    let address = with_code(&url, &code);
    if wants_json {
        return Ok(Json(json!({ "address": address })).into_response());
    }
    let content = html! {
        div.notice-page {
            h1 { "Your page is ready" }
            p { "The link opens it with the visualizer. It works once, and for a minute." }
            p { a.button.primary href=(address) target="_blank" rel="noopener noreferrer" { "Open the page" } }
            p { a href=(frame.path("definitions")) { "Back to the definitions" } }
        }
    };
    Ok(frame.page(Place::Definitions, "Your page is ready", &[], &content).into_response())
}

/// The origin of a page that may be opened, or what to change.
fn origin_for(site: &Site, url: &str) -> Result<String, String> {
    if length(url) > MAX_URL {
        return Err(format!("The address is longer than {MAX_URL} characters."));
    }
    let origin = origin_of(url).ok_or_else(|| {
        "Give the whole address of a page as your browser shows it, beginning with https:// or http://."
            .to_owned()
    })?;
    if site.origins.is_empty() || site.origins.contains(&origin) {
        Ok(origin)
    } else {
        Err(format!("This site takes events from other addresses only: {}.", site.origins.join(", ")))
    }
}

/// The address with the code in its fragment, behind what stands there: single-page sites keep their place in it.
fn with_code(url: &str, code: &str) -> String {
    match url.split_once('#') {
        Some((page, fragment)) if !fragment.is_empty() => format!("{page}#{fragment}&pugmark={code}"),
        Some((page, _)) => format!("{page}#pugmark={code}"),
        None => format!("{url}#pugmark={code}"),
    }
}

/// A page of these origins that a definition is about, else the one viewed most.
pub(super) async fn page_about(
    state: &AppState,
    site: &Site,
    definition: &Definition,
    own: &[String],
) -> Result<String, StoreError> {
    let pages = match &definition.trigger {
        Some(Trigger::ClickedElement { pages, .. } | Trigger::VisitedUrl { pages }) => &pages[..],
        None => &[],
    };
    let viewed = opened::viewed_pages(state, site, own).await?;
    let fits = |url: &str| pages.iter().any(|page| is_meant(page.kind.sign(), &page.value, url));
    let about = viewed.iter().find(|page| fits(&page.url)).or_else(|| most_of(&viewed));
    Ok(about.map(|page| page.url.clone()).unwrap_or_default())
}

/// The page of these origins that is viewed most of late; empty where none was.
async fn most_viewed(state: &AppState, site: &Site, own: &[String]) -> Result<String, StoreError> {
    let viewed = opened::viewed_pages(state, site, own).await?;
    Ok(most_of(&viewed).map(|page| page.url.clone()).unwrap_or_default())
}

/// The page viewed most; of those viewed as often the one viewed last, which stands first.
fn most_of(viewed: &[ViewedPage]) -> Option<&ViewedPage> {
    viewed.iter().rev().max_by_key(|page| page.views)
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::time::UnixMillis;

    use super::super::support::Studio;
    use super::*;

    const OPEN: &str = "/studio/sites/demo/visualizer";

    #[test]
    fn the_code_comes_behind_what_stands_in_the_fragment() {
        for (url, address) in [
            ("https://x/", "https://x/#pugmark=c"),
            ("https://x/?a=b", "https://x/?a=b#pugmark=c"),
            ("https://x/#", "https://x/#pugmark=c"),
            ("https://x/#/cart", "https://x/#/cart&pugmark=c"),
        ] {
            assert_eq!(with_code(url, "c"), address);
        }
    }

    #[test]
    fn only_pages_of_the_site_are_opened() {
        let site = |origins: &[&str]| Site {
            key: "demo".to_owned(),
            label: String::new(),
            origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
            created_at: UnixMillis(0),
        };
        assert!(origin_for(&site(&[]), "https://anywhere.example/x").is_ok());
        assert!(origin_for(&site(&["https://shop.example"]), "https://shop.example/x").is_ok());
        for (url, words) in [
            ("https://other.example/", "https://shop.example"),
            ("shop.example", "https://"),
            ("javascript:alert(1)", "https://"),
            ("", "whole address"),
        ] {
            let sentence = origin_for(&site(&["https://shop.example"]), url).expect_err(url);
            assert!(sentence.contains(words), "{url}: {sentence}");
        }
        assert!(origin_for(&site(&[]), &format!("https://x/{}", "y".repeat(MAX_URL))).is_err());
    }

    #[tokio::test]
    async fn without_the_module_there_is_a_page_with_the_link() {
        let studio = Studio::new().await;

        let form = "url=https%3A%2F%2Fshop.example%2F%22%3E%3Cb%3E&confirmed=https%3A%2F%2Fshop.example";
        let page = studio.post_signed_in(OPEN, form).await.body;

        assert!(page.contains("href=\"https://shop.example/&quot;&gt;&lt;b&gt;#pugmark="), "{page}");
        assert!(page.contains("rel=\"noopener noreferrer\""), "{page}");
    }

    #[tokio::test]
    async fn an_origin_is_asked_about_once() {
        let studio = Studio::new().await;
        let open = async |form: &str| {
            let answer = studio.post_signed_in(OPEN, form).await;
            (answer.status.as_u16(), answer.body)
        };

        let (status, page) = open("url=https%3A%2F%2Fshop.example%2Fboots&event=bought").await;
        assert_eq!(status, 422);
        assert!(page.contains("Is it your site?") && page.contains("Yes, open it"), "{page}");
        assert!(page.contains("name=\"confirmed\" value=\"https://shop.example\""), "{page}");
        assert!(page.contains("name=\"event\" value=\"bought\""), "{page}");
        assert!(!page.contains("#pugmark="), "{page}");

        let (status, page) =
            open("url=https%3A%2F%2Fevil.example%2F&confirmed=https%3A%2F%2Fshop.example").await;
        assert_eq!(status, 422, "what was confirmed is another");
        assert!(!page.contains("#pugmark="), "{page}");

        let confirmed = "url=https%3A%2F%2Fshop.example%2Fboots&confirmed=https%3A%2F%2Fshop.example";
        assert_eq!(open(confirmed).await.0, 200);
        assert_eq!(open("url=https%3A%2F%2Fshop.example%2Fother").await.0, 200, "it is known now");
        assert_eq!(open("url=http%3A%2F%2Fshop.example%2F").await.0, 422, "another origin");
        assert_eq!(open("url=http%3A%2F%2F127.0.0.1%3A8787%2Fdemo%2F").await.0, 200, "the demo shop");
        let page = studio.get("/studio/sites/demo/create/visualizer").await.body;
        assert!(page.contains("data-own=\"https://shop.example http://127.0.0.1:8787\""), "{page}");
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_shown_again_with_what_to_change() {
        let answer = Studio::new().await.post_signed_in(OPEN, "url=shop.example").await;

        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("value=\"shop.example\""), "{}", answer.body);
        assert!(answer.body.contains("the whole address"), "{}", answer.body);
    }

    #[tokio::test]
    async fn an_address_that_the_bookmark_brings_is_filled_in_and_asked_about() {
        let studio = Studio::new().await;
        let brought = |url: &str| {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("url", url).finish();
            format!("/studio/sites/demo/create/visualizer?{query}")
        };

        let page = studio.get(&brought("https://shop.example/boots?a=\"><b>&b=%20#c")).await.body;
        let field = "type=\"url\" value=\"https://shop.example/boots?a=&quot;&gt;&lt;b&gt;&amp;b=%20#c\"";
        assert!(page.contains(field), "{page}");
        assert!(
            page.contains("data-own=\"http://127.0.0.1:8787\""),
            "that it was brought confirms nothing: {page}"
        );

        let page = studio.get(&brought("javascript:alert(1)")).await.body;
        assert_eq!(
            page.matches("javascript:alert").count(),
            1,
            "it is what the field says, and no link: {page}"
        );
    }

    #[tokio::test]
    async fn the_bookmark_tells_the_studio_where_it_was_used() {
        let page = Studio::new().await.get("/studio/sites/demo/create/visualizer").await.body;

        let code = "javascript:void(location.href=&quot;http://127.0.0.1:8787/studio/sites/demo/create/visualizer?url=&quot;\
                    +encodeURIComponent(location.href))";
        assert!(page.contains(&format!("<a href=\"{code}\"")), "{page}");
        assert!(page.contains(&format!("<code id=\"bookmark\">{code}</code>")), "for the keyboard: {page}");
    }

    #[test]
    fn where_pages_with_https_can_load_nothing_the_bookmark_says_so() {
        for (address, is_refused) in [
            ("http://stats.example.com", true),
            ("http://192.168.1.7:8787", true),
            ("http://stats.example.com:8080/pugmark", true),
            ("http://[2001:db8::7]:8787", true),
            ("https://stats.example.com", false),
            ("http://127.0.0.1:8787", false),
            ("http://[::1]:8787", false),
            ("http://localhost", false),
            ("http://studio.localhost:8787", false),
        ] {
            assert_eq!(is_refused_by_https(address), is_refused, "{address}");
            let said = bookmark(address, "/studio/sites/demo/create/visualizer").into_string();
            assert_eq!(said.contains("the visualizer cannot open"), is_refused, "{said}");
        }
    }

    #[tokio::test]
    async fn only_who_is_signed_in_here_invites() {
        let form = "url=https%3A%2F%2Fshop.example%2F";
        let studio = Studio::new().await;
        assert_eq!(studio.post_form(OPEN, form).await.header("location"), "/studio/sign-in");
        let studio = studio.on_origin("https://elsewhere.example");
        assert_eq!(studio.post_signed_in(OPEN, form).await.header("location"), "/studio/sign-in");
    }
}
