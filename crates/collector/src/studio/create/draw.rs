//! The form as people see it. It works without JavaScript: another row is another page.

use maud::{Markup, html};
use pugmark_protocol::definition::Definition;
use pugmark_protocol::limits::{MAX_EVENT_NAME, MAX_PROPERTIES, MAX_PROPERTY_NAME};

use super::form::{Form, KINDS, OBJECTS, Row, code};
use super::{Frame, Place, Way};
use crate::studio::words;

/// The page with the form, and what to change in it.
pub(super) fn page(frame: &Frame, way: Way, form: &Form, breaches: &[String]) -> Markup {
    let title = format!("Create an event: {}", way.label());
    let content = html! {
        nav.crumbs aria-label="You are here" {
            a href=(frame.path("definitions")) { "Definitions" } " / " a href=(frame.path("create")) { "Create an event" }
        }
        div.page-head { h1 { (way.label()) } p { (next_step(way)) } }
        @if !breaches.is_empty() {
            // Looked at first, by whoever listens to the page or goes through it with the keyboard.
            div.error role="alert" tabindex="-1" autofocus {
                p { "This cannot be created yet:" }
                ul { @for breach in breaches { li { (breach) } } }
            }
        }
        form.fields method="post" action=(frame.path(&format!("create/{}", way.key()))) {
            // Enter presses the first button of a form, which must not be the one that adds rows.
            button.visually-hidden type="submit" tabindex="-1" aria-hidden="true" { "Create the event" }
            (event(form))
            (properties(form))
            (matching(form))
            div.actions {
                button.primary type="submit" { "Create the event" }
                a.button.quiet href=(frame.path("create")) { "Cancel" }
            }
        }
    };
    frame.page(Place::Definitions, &title, &[], &content)
}

fn next_step(way: Way) -> &'static str {
    match way {
        Way::Api => "Describe the event; then you get its names and a request to copy.",
        Way::Snippet => "Describe the event; then you get the code to run on your pages.",
    }
}

fn event(form: &Form) -> Markup {
    html! {
        div.field {
            label for="label" { "Label" }
            input id="label" name="label" value=(form.label) required maxlength=(Definition::MAX_LABEL)
                autocomplete="off" aria-describedby="label-help";
            p.help id="label-help" { "What happened, in the words of reports: “Signed up”." }
        }
        div.field {
            label for="name" { "Name" span.optional { " optional" } }
            input.code id="name" name="name" value=(form.name) maxlength=(MAX_EVENT_NAME) autocomplete="off"
                spellcheck="false" aria-describedby="name-help";
            p.help id="name-help" {
                "What code calls it, with lower-case letters, digits and _. Left empty it is made from the label. "
                "It never changes."
            }
        }
        div.field {
            label for="description" { "Description" span.optional { " optional" } }
            textarea id="description" name="description" rows="2" { (form.description) }
        }
        div.field {
            label for="object" { "Belongs to a" }
            select id="object" name="object" {
                @for object in OBJECTS {
                    option value=(code(object)) selected[object == form.object] { (words::object(object)) }
                }
            }
        }
    }
}

fn properties(form: &Form) -> Markup {
    // The first of the rows that the button has added, so that the keyboard goes on where the eye does.
    let next = form
        .wants_row
        .then(|| form.rows.iter().rposition(|row| *row != Row::default()).map_or(0, |last| last + 1));
    html! {
        fieldset.properties-form aria-describedby="properties-help" {
            legend { "Properties" }
            p.help id="properties-help" {
                "What else is worth knowing each time. Choices are written one after the other, as in " code { "free; pro=For professionals" }
                ": what stands after = is for people to read."
            }
            input type="hidden" name="default_properties" value="no";
            label.check {
                input type="checkbox" name="default_properties" value="yes" checked[!form.is_bare];
                span { "Add the default properties as well: browser, page, referrer, campaign and the like" }
            }
            ol.rows {
                @for (i, row) in form.rows.iter().enumerate() { (property(i, row, next == Some(i))) }
            }
            @if form.rows.len() < MAX_PROPERTIES {
                button type="submit" name="add_row" value="yes" formnovalidate { "Add more properties" }
            }
        }
    }
}

fn matching(form: &Form) -> Markup {
    html! {
        fieldset.properties-form aria-describedby="matching-help" {
            legend { "Find the record by a value" span.optional { " optional" } }
            p.help id="matching-help" {
                "Where the sender knows a number of yours instead of an address: the event belongs to the record whose property "
                "has the value of one of the event’s."
            }
            div.field {
                label for="matching-record" { "Property of the record" }
                input.code id="matching-record" name="matching_record" value=(form.matching.0)
                    maxlength=(MAX_PROPERTY_NAME) autocomplete="off" spellcheck="false" placeholder="customer_number";
            }
            div.field {
                label for="matching-event" { "Property of the event, by its name" }
                input.code id="matching-event" name="matching_event" value=(form.matching.1)
                    maxlength=(MAX_PROPERTY_NAME) autocomplete="off" spellcheck="false" placeholder="customer_number";
            }
        }
    }
}

fn property(i: usize, row: &Row, has_focus: bool) -> Markup {
    let id = |part: &str| format!("property-{i}-{part}");
    html! {
        li {
            div.field {
                label for=(id("label")) { span.visually-hidden { "Property " (i + 1) ": " } "Label" }
                input id=(id("label")) name="property_label" value=(row.label) autocomplete="off" autofocus[has_focus];
            }
            div.field {
                label for=(id("name")) {
                    span.visually-hidden { "Property " (i + 1) ": " } "Name" span.optional { " optional" }
                }
                input.code id=(id("name")) name="property_name" value=(row.name) maxlength=(MAX_PROPERTY_NAME)
                    autocomplete="off" spellcheck="false";
            }
            div.field {
                label for=(id("type")) { span.visually-hidden { "Property " (i + 1) ": " } "Type" }
                select id=(id("type")) name="property_type" {
                    @for kind in KINDS {
                        option value=(code(kind)) selected[kind == row.kind.0] { (words::property_type(kind)) }
                    }
                }
            }
            div.field.choices {
                label for=(id("choices")) { span.visually-hidden { "Property " (i + 1) ": " } "Choices" }
                input id=(id("choices")) name="property_choices" value=(row.choices) autocomplete="off"
                    placeholder="free; pro";
            }
        }
    }
}
