//! Clicks: which of them matter, and what is read of the elements that were clicked. The reading is in `click.js`: all of
//! it is conversation with the page's elements, and the path crosses into wasm as one text.

use js_sys::Array;
use pugmark_engine::Input;
use pugmark_engine::completion::Element;
use pugmark_engine::input::{Call, Click};
use pugmark_protocol::compiled::PART;
use pugmark_protocol::limits::MAX_URL;
use wasm_bindgen::prelude::*;

use crate::intake;
use crate::runtime::{call, feed, with};

/// Longer texts are cut before they are copied into wasm; one more than the longest limit, so that what is left is whole.
const ENOUGH: u32 = MAX_URL as u32 + 1;

#[wasm_bindgen(module = "/src/click.js")]
extern "C" {
    /// Calls back with the elements on the path of each click. It may be called again while it runs: what it does may make
    /// a page's code click.
    #[wasm_bindgen(js_name = onClick)]
    fn on_click(clicked: &Closure<dyn Fn(JsValue)>);

    /// An event that the page's markup declares: its properties, and its name with the details after it.
    fn declared(path: &JsValue, enough: u32) -> Option<Array>;

    /// The path as text, with what [`pugmark_engine::Tracker::interests`] asks for.
    pub(crate) fn lines(path: &JsValue, interests: &str) -> Option<String>;

    /// What is recorded of those elements of the path that are marked.
    fn details(path: &JsValue, marks: &str, enough: u32) -> Option<String>;
}

/// Listens, for as long as the page lives.
pub(crate) fn listen() {
    let clicked = Closure::<dyn Fn(JsValue)>::new(|path: JsValue| clicked(&path));
    on_click(&clicked);
    clicked.forget();
}

fn clicked(path: &JsValue) {
    if let Some(declared) = declared(path, ENOUGH) {
        let given = intake::given(&declared.get(0));
        let text = declared.get(1).as_string().unwrap_or_default();
        let (name, details) = text.split_once(PART).unwrap_or_default();
        let element = Some(Element::read(details.to_owned()));
        call(Call::TrackCustomEvent { name: name.to_owned(), given, element });
    }
    if let Some(click) = read(path) {
        feed(Input::Clicked(click));
    }
}

/// What rules may want to know of a click; none if no rule does. The page is read outside `with`: should it throw, nothing
/// of ours is left half done.
fn read(elements: &JsValue) -> Option<Click> {
    let interests = with(|app| app.tracker.interests().map(str::to_owned))??;
    // An event that a page dispatches on its document has no element on its path.
    let path = lines(elements, &interests).filter(|path| !path.is_empty())?;
    let marks = with(|app| app.tracker.elements_of_interest(&path))??;
    let details = details(elements, &marks, ENOUGH)?;
    Some(Click { path, details })
}

#[cfg(test)]
mod tests {
    use js_sys::{Function, Object};
    use wasm_bindgen_test::wasm_bindgen_test;
    use web_sys::{Document, Element as Node};

    use super::*;

    fn document() -> Document {
        web_sys::window().and_then(|window| window.document()).expect("tests run in a page")
    }

    fn node(html: &str) -> Node {
        let holder = document().create_element("div").expect("is a tag");
        holder.set_inner_html(html);
        holder.first_element_child().expect("the html holds an element")
    }

    fn array(path: &[&Node]) -> JsValue {
        path.iter().copied().collect::<Array>().into()
    }

    fn details_of(path: &[&Node]) -> Vec<String> {
        let details = details(&array(path), "1", ENOUGH).expect("nothing is thrown");
        details.split('\t').map(str::to_owned).collect()
    }

    fn text_of(html: &str) -> String {
        details_of(&[&node(html)]).remove(0)
    }

    fn path_of(path_from_inside: &[&Node], interests: &str) -> String {
        lines(&array(path_from_inside), interests).expect("nothing is thrown")
    }

    #[wasm_bindgen_test]
    fn the_text_of_an_element_is_what_the_site_wrote() {
        for (html, expected) in [
            ("<button> Add \n to <b>cart</b> </button>", "Add to cart"),
            ("<button>Add<b>to</b>cart</button>", "Add to cart"),
            ("<button><svg></svg></button>", ""),
            ("<button aria-label='Close'><svg></svg></button>", "Close"),
            ("<input type=submit value='Send'>", "Send"),
            ("<input type=text value='secret'>", ""),
            ("<div>a<textarea>secret</textarea><select><option>b</select></div>", "a"),
            ("<div>a<p data-pugmark-private>secret</p></div>", "a"),
            ("<div>a<p contenteditable>secret</p></div>", "a"),
            ("<textarea>secret</textarea>", ""),
            ("<textarea aria-label='Letter'>secret</textarea>", ""),
            ("<div>a<script>x</script><style>y</style><p hidden>z</p><noscript>n</noscript></div>", "a"),
            ("<div>a<!-- b -->c</div>", "a c"),
        ] {
            assert_eq!(text_of(html), expected, "{html}");
        }
    }

    #[wasm_bindgen_test]
    fn of_an_element_text_id_classes_and_link_are_read() {
        let link = node("<a id=i class='c \n d' href='/x'><b>Go</b></a>");
        let inner = link.first_element_child().expect("has one");
        let origin = web_sys::window().and_then(|window| window.location().origin().ok()).expect("has one");

        assert_eq!(details_of(&[&link]), ["Go", "i", "c d", &[&origin, "/x"].concat(), "1"]);
        assert_eq!(details_of(&[&inner, &link]), ["Go", "", "", &[&origin, "/x"].concat(), "1"]);
        let drawn =
            node("<svg><a href='/x'><text>Go</text></a></svg>").first_element_child().expect("has one");
        assert_eq!(details_of(&[&drawn]), ["Go", "", "", "/x", "1"]);
    }

    #[wasm_bindgen_test]
    fn of_what_is_private_nothing_is_recorded() {
        let link = node("<a id=i class=c href='/secret'>secret</a>");
        let private = node("<div data-pugmark-private></div>");
        assert_eq!(details_of(&[&link])[1], "i");
        assert_eq!(details_of(&[&link, &private]), [""]);
    }

    #[wasm_bindgen_test]
    fn a_text_of_megabytes_is_cut_before_it_is_copied() {
        for filling in ["word ", "word", " \n", "<b>word</b>"] {
            let long = ["<div>", &filling.repeat(300_000), "</div>"].concat();
            assert!(text_of(&long).len() <= ENOUGH as usize);
        }
        assert_eq!(text_of(&["<div>", &"word ".repeat(1_000), "</div>"].concat()).len(), ENOUGH as usize - 1);
        let spaced = ["<div>", &"<b> \n </b>".repeat(2_000), "<b>word</b></div>"].concat();
        assert_eq!(text_of(&spaced), "word");
    }

    #[wasm_bindgen_test]
    fn the_position_is_that_of_what_stands_in_a_row() {
        let position = |list: &str, selector: &str| {
            let found = node(list).query_selector(selector).expect("is a selector").expect("is there");
            details_of(&[&found]).remove(4)
        };
        let cards = "<ul><p>1</p><li><button>a</button></li><li><b><button id=x>b</button></b><i></i></li><li></li></ul>";
        assert_eq!(position(cards, "#x"), "2", "of the card in the list");
        assert_eq!(position(cards, "li:last-child"), "3");
        assert_eq!(
            position("<div><p><a></a><a></a><a id=x></a></p><p></p></div>", "#x"),
            "3",
            "the nearest row counts"
        );
    }

    #[wasm_bindgen_test]
    fn a_path_holds_what_rules_may_ask_for() {
        let list =
            node("<ul class='list  wide' data-x='1 2'><li></li><li id=i data-y='a\tb' title=t></li></ul>");
        let item = list.last_element_child().expect("has two");

        assert_eq!(path_of(&[&item, &list], ""), "<li\t#i\n<ul\t.list\t.wide");
        assert_eq!(
            path_of(&[&item, &list], "\tdata-x\tdata-y\thref"),
            "<li\t#i\t[data-y=a\u{c}b\n<ul\t.list\t.wide\t[data-x=1 2"
        );
        assert_eq!(path_of(&[&item], "\t:"), "<li\t#i\t:2\t/2");
        let everything = path_of(&[&item], "*");
        assert!(
            everything.starts_with("<li\t#i\t[id=i\t[data-y=a\u{c}b\t[title=t\t:2\t/2\tfli\t"),
            "{everything}"
        );
    }

    #[wasm_bindgen_test]
    fn of_families_that_fingerprints_speak_of_all_is_told() {
        let list = node("<ul><li>Boots <button class=buy>Buy</button></li></ul>");
        let item = list.first_element_child().expect("has one");
        let button = item.first_element_child().expect("has one");
        let path = [&button, &item, &list];

        let told = path_of(&path, "\thref\t=control");
        assert!(told.starts_with("<button\t.buy\tfcontrol\ttbutton\tCbuy\tVbuy"), "{told}");
        assert!(told.ends_with("\n<li\n<ul"), "{told}");
        let lines = path_of(&path, "\t=li\t=control");
        assert_eq!(lines.lines().map(|line| line.contains("\tf")).collect::<Vec<_>>(), [true, true, false]);
        assert!(
            path_of(&path, "*").lines().all(|line| line.contains("\tf")),
            "while the rules are not known"
        );
        assert!(!path_of(&path, "\t:").contains("\tf"));
    }

    #[wasm_bindgen_test]
    fn places_count_siblings_and_those_alike() {
        let list = node("<div><p></p><a></a><p></p></div>");
        let last = list.last_element_child().expect("has three");
        assert_eq!(path_of(&[&last], "\t:"), "<p\t:3\t/2");
    }

    #[wasm_bindgen_test]
    fn a_forms_controls_hide_nothing() {
        let names = [
            "id",
            "className",
            "localName",
            "matches",
            "closest",
            "getAttribute",
            "getAttributeNames",
            "firstChild",
            "nextSibling",
            "nodeType",
            "previousElementSibling",
        ];
        let controls: String = names.map(|name| ["<input name=", name, ">"].concat()).concat();
        let form = node(&["<form id=f class=c>Yes", &controls, "</form>"].concat());

        let everything = path_of(&[&form], "*");
        assert!(
            everything.starts_with("<form\t#f\t.c\t[id=f\t[class=c\t:1\t/1\tfform\ttform\tIf\tCc\tVyes\t"),
            "{everything}"
        );
        assert_eq!(details_of(&[&form]), ["Yes", "f", "c", "", "1"]);
    }

    #[wasm_bindgen_test]
    fn a_control_that_points_back_at_its_form_is_no_trap() {
        let trap = node("<div><input name=nextSibling form=trap><form id=trap></form></div>");
        document().body().expect("has one").append_child(&trap).expect("can");
        assert_eq!(details_of(&[&trap])[0], "");
        trap.remove();
    }

    #[wasm_bindgen_test]
    fn a_control_in_a_disabled_fieldset_is_disabled() {
        let fieldset = node("<fieldset disabled><button>x</button></fieldset>");
        let button = fieldset.first_element_child().expect("has one");
        assert_eq!(path_of(&[&button, &fieldset], ""), "!\t<button\n!\t<fieldset");
        assert_eq!(path_of(&[&node("<button aria-disabled=true>x</button>")], ""), "!\t<button");
        assert_eq!(path_of(&[&node("<button>x</button>")], ""), "<button");
    }

    #[wasm_bindgen_test]
    fn what_markup_declares_is_read_with_its_properties() {
        let declaring = "<div data-pugmark-event=opened data-pugmark-prop-max-size=47 data-pugmark-prop-__proto__=x \
                         id=i><b>Open</b></div>";
        let outer = node(declaring);
        let inner = outer.first_element_child().expect("has one");
        let declared = |path: &[&Node]| declared(&array(path), ENOUGH);

        let found = declared(&[&inner, &outer]).expect("is declared");
        let properties = found.get(0).unchecked_into::<Object>();
        assert_eq!(Object::keys(&properties).join(" "), "max_size __proto__");
        assert_eq!(intake::member(&found.get(0), "max_size").as_string().as_deref(), Some("47"));
        assert_eq!(found.get(1).as_string().as_deref(), Some("opened\tOpen\ti\t\t\t1"));

        assert!(declared(&[&inner]).is_none());
        assert!(declared(&[&node("<button disabled></button>"), &outer]).is_none());
    }

    #[wasm_bindgen_test]
    fn what_is_marked_is_read_and_nothing_else() {
        let item = node("<li id=i>One</li>");
        let list = node("<ul id=j>All</ul>");
        let page = node("<main id=k>Page</main>");
        let read = |marks| details(&array(&[&item, &list, &page]), marks, ENOUGH).expect("nothing is thrown");

        assert_eq!(read("01"), "\nAll\tj\t\t\t1");
        assert_eq!(read("101"), "One\ti\t\t\t1\n\nPage\tk\t\t\t1");
        assert_eq!(read("111111").lines().count(), 3);
    }

    #[wasm_bindgen_test]
    fn where_reading_throws_nothing_is_read() {
        // The browser's methods throw at what only looks like an element.
        let trap = Function::new_no_args("return [{ localName: 'b' }]").call0(&JsValue::UNDEFINED);
        let path = trap.expect("it does not throw");
        assert_eq!(lines(&path, "*"), None);
        assert_eq!(details(&path, "1", ENOUGH), None);
        assert!(declared(&path, ENOUGH).is_none());
    }
}
