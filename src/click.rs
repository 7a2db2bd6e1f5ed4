//! Clicks: one listener for the page, and what is read of the elements that were clicked.

use pugmark_engine::Input;
use pugmark_engine::completion::{Element as Details, Given};
use pugmark_engine::input::{Call, Click};
use pugmark_engine::rules::ElementFacts;
use pugmark_protocol::limits::{MAX_URL, MAX_VALUE};
use pugmark_protocol::property::{Reading, Value, cut_to_fit};
use pugmark_protocol::text::cut;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlAnchorElement, HtmlElement, Node};

use crate::intake::member;
use crate::runtime::{call, feed, with};

/// The attribute by which markup declares an event, and the beginning of those that carry its properties.
const EVENT: &str = "data-pugmark-event";
const PROPERTY: &str = "data-pugmark-prop-";

/// Nothing under an element with this attribute is read.
const PRIVATE: &str = "data-pugmark-private";

/// What people type or choose is not the site's text, nor what visitors never see.
const TYPED: &str = "[contenteditable]:not([contenteditable=false]),textarea,select";
const UNSEEN: &str = "script,style,template,noscript";

/// A control that is disabled, for the browser or for assistive technology.
const DISABLED: &str = ":disabled,[aria-disabled=true]";

/// Reports a click.
pub(crate) fn clicked(event: &Event) {
    let path: Vec<Element> = event.composed_path().iter().filter_map(|node| node.dyn_into().ok()).collect();
    if let Some(declared) = path.iter().position(|element| element.has_attribute(EVENT)) {
        declared_event(&path, declared);
    }
    // The page is read outside `with`: should it throw, nothing of ours is left half done.
    let Some(Some(interests)) = with(|app| {
        let interests = || app.tracker.interests().map(|(attributes, places)| (attributes.to_vec(), places));
        (!app.tracker.ignores_clicks()).then(interests)
    }) else {
        return;
    };
    let facts: Vec<ElementFacts> = path.iter().map(|element| facts(element, interests.as_ref())).collect();
    let wanted = with(|app| app.tracker.elements_of_interest(&facts)).unwrap_or_default();
    if !wanted.is_empty() {
        let details = wanted.into_iter().map(|place| (place, details(&path, place))).collect();
        feed(Input::Clicked(Click { path: facts, details }));
    }
}

/// An event that the page's markup declares: `data-pugmark-event="name"` and `data-pugmark-prop-*`.
fn declared_event(path: &[Element], place: usize) {
    let Some(element) = path.get(place) else { return };
    if path.iter().take(place + 1).any(is_disabled) {
        return;
    }
    let attributes = attributes(element);
    // Written with hyphens, as attributes are; a name with underscores means the same.
    let given = || {
        attributes
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(PROPERTY)?.replace('-', "_"), value)))
    };
    let mut sorted: Vec<_> =
        given().map(|(name, value)| (name, Reading::Value(Value::Text(value.clone())))).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let (properties, adjusted) = cut_to_fit(&mut sorted.into_iter());
    let given = Given { properties, adjusted };
    let name = attribute(element, EVENT);
    call(Call::TrackCustomEvent { name, given, element: Some(details(path, place)) });
}

/// What selectors may ask about an element. By `getAttribute` throughout, which a form's children cannot shadow.
///
/// `interests` are the attributes that rules ask for, and whether they ask for places; none while that is not known.
fn facts(element: &Element, interests: Option<&(Vec<String>, bool)>) -> ElementFacts {
    let present = |name: &String| Some((name.clone(), element.get_attribute(name)?));
    let (attributes, needs_places) = match interests {
        Some((names, needs_places)) => (names.iter().filter_map(present).collect(), *needs_places),
        None => (attributes(element), true),
    };
    ElementFacts {
        tag: tag(element),
        id: attribute(element, "id"),
        class: attribute(element, "class"),
        attributes,
        place: if needs_places { place(element) } else { (0, 0) },
        disabled: is_disabled(element),
    }
}

fn attributes(element: &Element) -> Vec<(String, String)> {
    let names: Vec<String> =
        element.get_attribute_names().iter().filter_map(|name| name.as_string()).collect();
    names.into_iter().filter_map(|name| element.get_attribute(&name).map(|value| (name, value))).collect()
}

/// The tag. Only a form can have it shadowed, by a control of that name.
fn tag(element: &Element) -> String {
    member(element, "localName").as_string().unwrap_or_else(|| "form".to_owned())
}

/// The element's place among its siblings, and among those of its tag, from 1.
fn place(element: &Element) -> (u32, u32) {
    let (mut all, mut alike) = (1, 1);
    let own = tag(element);
    let mut sibling = element.previous_element_sibling();
    while let Some(earlier) = sibling {
        all += 1;
        if tag(&earlier) == own {
            alike += 1;
        }
        sibling = earlier.previous_element_sibling();
    }
    (all, alike)
}

fn is_disabled(element: &Element) -> bool {
    element.matches(DISABLED).unwrap_or(false)
}

fn attribute(element: &Element, name: &str) -> String {
    element.get_attribute(name).unwrap_or_default()
}

/// What is recorded of an element; nothing of one that the site marks as private.
///
/// The path rather than `closest` tells, because it crosses the borders of components.
fn details(path: &[Element], place: usize) -> Details {
    let around = path.get(place..).unwrap_or_default();
    let Some(element) = around.first() else { return Details::default() };
    if around.iter().any(|outer| outer.has_attribute(PRIVATE)) {
        return Details::default();
    }
    let link = element.closest("a[href]").ok().flatten();
    let href = match link {
        Some(link) => match link.dyn_ref::<HtmlAnchorElement>() {
            Some(anchor) => anchor.href(),
            None => attribute(&link, "href"),
        },
        None => String::new(),
    };
    let is_typed = around.iter().any(|outer| outer.matches(TYPED).unwrap_or(false));
    let text = if is_typed { String::new() } else { text(element) };
    Details {
        text: cut(&text, MAX_VALUE).to_owned(),
        id: cut(&attribute(element, "id"), MAX_VALUE).to_owned(),
        class: cut(&attribute(element, "class"), MAX_VALUE).to_owned(),
        href: cut(&href, MAX_URL).to_owned(),
    }
}

/// The element's text with white space folded, as much of it as is recorded; of a button without any, its label.
fn text(element: &Element) -> String {
    let mut words = String::new();
    collect(element, &mut words);
    if words.is_empty() && is_button_input(element) {
        words = attribute(element, "value");
    }
    if words.is_empty() {
        words = attribute(element, "aria-label");
    }
    words
}

/// An input whose value the site wrote, not the visitor.
fn is_button_input(element: &Element) -> bool {
    element.matches("input[type=submit],input[type=button],input[type=reset]").unwrap_or(false)
}

/// Adds the words of what is inside `node`, until there are enough.
fn collect(node: &Node, words: &mut String) {
    let mut child = node.first_child();
    while let Some(inner) = child {
        if words.len() > 4 * MAX_VALUE {
            return;
        }
        match inner.dyn_ref::<Element>() {
            Some(element) if is_read(element) => collect(element, words),
            Some(_) => {}
            None if inner.node_type() == Node::TEXT_NODE => {
                // A text of megabytes is looked at no further than it is recorded.
                let text =
                    inner.unchecked_ref::<web_sys::CharacterData>().substring_data(0, 4 * MAX_VALUE as u32);
                for word in text.unwrap_or_default().split_whitespace() {
                    if !words.is_empty() {
                        words.push(' ');
                    }
                    words.push_str(word);
                }
            }
            None => {}
        }
        child = inner.next_sibling();
    }
}

fn is_read(element: &Element) -> bool {
    let is_hidden = element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::hidden);
    let is_left_out = |selector| element.matches(selector).unwrap_or(false);
    !is_hidden && !element.has_attribute(PRIVATE) && !is_left_out(TYPED) && !is_left_out(UNSEEN)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn element(html: &str) -> Element {
        let document = web_sys::window().and_then(|window| window.document()).expect("tests run in a page");
        let holder = document.create_element("div").expect("is a tag");
        holder.set_inner_html(html);
        holder.first_element_child().expect("the html holds an element")
    }

    #[wasm_bindgen_test]
    fn the_text_of_an_element_is_what_the_site_wrote() {
        for (html, expected) in [
            ("<button> Add \n to <b>cart</b> </button>", "Add to cart"),
            ("<button><svg></svg></button>", ""),
            ("<button aria-label='Close'><svg></svg></button>", "Close"),
            ("<input type=submit value='Send'>", "Send"),
            ("<input type=text value='secret'>", ""),
            ("<div>a<textarea>secret</textarea><select><option>b</select></div>", "a"),
            ("<div>a<p data-pugmark-private>secret</p></div>", "a"),
            ("<div>a<p contenteditable>secret</p></div>", "a"),
            ("<textarea>secret</textarea>", ""),
            ("<div>a<script>x</script><style>y</style><p hidden>z</p><noscript>n</noscript></div>", "a"),
        ] {
            assert_eq!(details(&[element(html)], 0).text, expected, "{html}");
        }
    }

    #[wasm_bindgen_test]
    fn of_what_is_private_nothing_is_recorded() {
        let link = element("<a id=i class=c href='/secret'>secret</a>");
        let private = element("<div data-pugmark-private></div>");
        assert_eq!(details(std::slice::from_ref(&link), 0).id, "i");
        assert_eq!(details(&[link, private], 0), Details::default());
    }

    #[wasm_bindgen_test]
    fn a_text_of_megabytes_is_cut_where_it_is_recorded() {
        let long = ["<div>", &"word ".repeat(1_000_000), "</div>"].concat();
        assert_eq!(details(&[element(&long)], 0).text.len(), MAX_VALUE);
    }

    #[wasm_bindgen_test]
    fn a_forms_children_shadow_nothing() {
        let form =
            element("<form id=f class=c><input name=id><input name=className><input name=localName></form>");
        let facts = facts(&form, None);
        assert_eq!((facts.tag.as_str(), facts.id.as_str(), facts.class.as_str()), ("form", "f", "c"));
    }

    #[wasm_bindgen_test]
    fn places_count_siblings_and_those_alike() {
        let list = element("<div><p></p><a></a><p></p></div>");
        let last = list.last_element_child().expect("has three");
        assert_eq!(place(&last), (3, 2));
    }

    #[wasm_bindgen_test]
    fn a_control_in_a_disabled_fieldset_is_disabled() {
        let fieldset = element("<fieldset disabled><button>x</button></fieldset>");
        assert!(is_disabled(&fieldset.first_element_child().expect("has one")));
        assert!(is_disabled(&element("<button aria-disabled=true>x</button>")));
        assert!(!is_disabled(&element("<button>x</button>")));
    }
}
