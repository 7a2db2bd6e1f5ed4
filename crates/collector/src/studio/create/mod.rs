//! Creating an event: the four ways, and the form that two of them begin with.

mod draw;
mod form;

use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use pugmark_protocol::definition::{Definition, Source};

use crate::state::AppState;
use crate::store::{Author, StoreError};

use self::form::Form;
use super::page::{Frame, PageError, Place, SignedIn, badge};

/// A way to create an event that begins with the form. What comes after the form is in [`super::send`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A server sends it.
    Api,
    /// A piece of JavaScript on the site's pages sends it.
    Snippet,
}

impl Way {
    /// Every way, in the order in which they are offered.
    pub(super) const ALL: [Self; 2] = [Self::Snippet, Self::Api];

    /// The last part of the addresses of its pages.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Snippet => "snippet",
        }
    }

    /// The way with this key.
    pub(super) fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.key() == key)
    }

    /// Where its events come from.
    fn source(self) -> Source {
        match self {
            Self::Api => Source::Api,
            Self::Snippet => Source::Script,
        }
    }

    /// What people call it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Api => "HTTP API",
            Self::Snippet => "JavaScript snippet",
        }
    }
}

/// Shows the four ways.
pub(super) async fn ways(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let content = html! {
        nav.crumbs aria-label="You are here" { a href=(frame.path("definitions")) { "Definitions" } }
        div.page-head {
            h1 { "Create an event" }
            p { "How do you know that it happened?" }
        }
        ul.ways {
            (way(Some(&frame.path("create/snippet")), "JavaScript snippet",
                "Something happens on a page, and a few lines of code there say so. You get the lines, ready to paste or to \
                 run on every page."))
            (way(Some(&frame.path("create/api")), "HTTP API",
                "Your server knows: an order was paid, a ticket was closed. You get the names and a request to copy."))
            (way(Some(&frame.path("create/visualizer")), "Visualizer",
                "Open your own site, point at a button or a page, and name what it means. No code."))
            (way(None, "Spreadsheet",
                "Bring in events of the past from a file, one row for each, with the time it happened and whose it was."))
        }
    };
    Ok(frame.page(Place::Definitions, "Create an event", &[], &content))
}

/// A card; without an address it is shown as coming.
fn way(to: Option<&str>, title: &str, sentence: &str) -> Markup {
    html! {
        li.way.coming[to.is_none()] {
            h2 {
                @match to {
                    Some(to) => a href=(to) { (title) },
                    None => { (title) " " (badge("plain", "Coming")) },
                }
            }
            p { (sentence) }
        }
    }
}

/// Shows the empty form.
pub(super) async fn show(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, way)): Path<(String, String)>,
) -> Result<Markup, PageError> {
    let way = Way::parse(&way).ok_or(PageError::NoSuchPage)?;
    let frame = Frame::load(&state, &site).await?;
    Ok(draw::page(&frame, way, &Form::empty(), &[]))
}

/// Creates the event that the form describes, or says what to change.
pub(super) async fn submit(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, way)): Path<(String, String)>,
    RawForm(sent): RawForm,
) -> Result<Response, PageError> {
    let way = Way::parse(&way).ok_or(PageError::NoSuchPage)?;
    let frame = Frame::load(&state, &site).await?;
    let mut form = Form::read(&sent);
    if form.wants_row {
        form.add_row();
        return Ok(draw::page(&frame, way, &form, &[]).into_response());
    }
    let breaches = match form.definition(&site) {
        Ok(definition) => {
            let definition = Definition { source: way.source(), ..definition };
            match create(&state, &site, &definition).await? {
                None => {
                    let created = format!("events/{}/{}?created", definition.name.as_str(), way.key());
                    return Ok(Redirect::to(&frame.path(&created)).into_response());
                }
                Some(breach) => vec![breach],
            }
        }
        Err(breaches) => breaches,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, draw::page(&frame, way, &form, &breaches)).into_response())
}

/// Creates a definition; gives what to change if it cannot be.
async fn create(state: &AppState, site: &str, definition: &Definition) -> Result<Option<String>, StoreError> {
    match state.store.create_definition(site, definition.clone(), Author::SignedIn).await {
        Ok(()) => Ok(None),
        Err(StoreError::Exists(_)) => {
            let name = definition.name.as_str();
            Ok(Some(format!("there is already an event named \"{name}\": give this one another name")))
        }
        Err(error @ (StoreError::NameUsedUp | StoreError::Full)) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::super::support::Studio;

    const API: &str = "/studio/sites/demo/create/api";

    #[tokio::test]
    async fn four_ways_are_shown_and_one_of_them_as_coming() {
        let page = Studio::new().await.get("/studio/sites/demo/create").await.body;

        assert_eq!(page.matches("<li class=\"way").count(), 4, "{page}");
        assert_eq!(page.matches("Coming").count(), 1, "{page}");
        assert!(page.contains("href=\"/studio/sites/demo/create/api\""), "{page}");
    }

    #[tokio::test]
    async fn an_event_is_created_from_its_label_alone() {
        let studio = Studio::new().await;

        let answer = studio.post_signed_in(API, "label=Signed+up%21&object=CONTACT").await;

        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.header("location"), "/studio/sites/demo/events/signed_up/api?created");
        let page = studio.get(answer.header("location")).await.body;
        assert!(page.contains("pedemo_signed_up"), "{page}");
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_and_nothing_that_was_typed_is_lost() {
        let studio = Studio::new().await;

        let answer = studio
            .post_signed_in(API, "label=%3Cb%3E&name=9lives&property_label=Plan&property_type=enumeration")
            .await;

        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("role=\"alert\""), "{}", answer.body);
        assert!(answer.body.contains("must start with a lower-case letter"), "{}", answer.body);
        assert!(answer.body.contains("needs at least one"), "{}", answer.body);
        assert!(answer.body.contains("value=\"9lives\"") && answer.body.contains("value=\"Plan\""));
        assert!(answer.body.contains("&lt;b&gt;") && !answer.body.contains("<b>"), "{}", answer.body);
    }

    #[tokio::test]
    async fn a_name_that_is_taken_is_refused() {
        let studio = Studio::new().await;
        studio.post_signed_in(API, "label=Signed+up").await;

        let answer = studio.post_signed_in(API, "label=Signed+up").await;

        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("already an event named"), "{}", answer.body);
    }

    #[tokio::test]
    async fn a_row_is_added_without_creating_anything() {
        let studio = Studio::new().await;
        let rows = |page: &str| page.matches("name=\"property_label\"").count();
        let before = rows(&studio.get(API).await.body);

        let answer = studio.post_signed_in(API, "label=Signed+up&property_label=Plan&add_row=yes").await;

        assert_eq!(answer.status, StatusCode::OK);
        assert!(rows(&answer.body) > 1 && before > 1, "{}", answer.body);
        assert!(!studio.get("/studio/sites/demo/definitions").await.body.contains("signed_up"));
    }

    #[tokio::test]
    async fn what_is_switched_off_and_matched_by_is_kept_when_the_form_is_shown_again() {
        let studio = Studio::new().await;
        let empty = studio.get(API).await.body;
        assert!(empty.contains("name=\"default_properties\" value=\"yes\" checked"), "{empty}");

        let sent = "label=Paid&default_properties=no&matching_record=customer&matching_event=number";
        let page = studio.post_signed_in(API, sent).await;

        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.body.contains("the property &quot;number&quot;, which the event does not have"),
            "{}",
            page.body
        );
        assert!(page.body.contains("value=\"customer\"") && page.body.contains("value=\"number\""));
        assert!(!page.body.contains("name=\"default_properties\" value=\"yes\" checked"));
    }

    #[tokio::test]
    async fn another_website_cannot_create_anything() {
        let studio = Studio::new().await.on_origin("https://elsewhere.example");

        assert_eq!(studio.post_signed_in(API, "label=Signed+up").await.header("location"), "/studio/sign-in");
        assert!(!studio.get("/studio/sites/demo/definitions").await.body.contains("signed_up"));
    }
    #[tokio::test]
    async fn there_are_no_other_forms() {
        let studio = Studio::new().await;

        assert_eq!(studio.get("/studio/sites/demo/create/nothing").await.status, StatusCode::NOT_FOUND);
    }
}
