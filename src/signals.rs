//! What is observed of elements, for fingerprints. The observing is in `signals.js`: the tracker's clicks, the visualizer and
//! the bench share it. Here are its tests.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Document, Element, ShadowRootInit, ShadowRootMode};

#[wasm_bindgen(module = "/src/signals.js")]
extern "C" {
    fn observe(element: &Element) -> String;

    fn beside(element: &Element, missing: &Element) -> String;

    fn everything(root: &JsValue) -> Array;
}

// signals.js imports it: bound, so that the test runner serves it.
#[wasm_bindgen(module = "/src/element.js")]
extern "C" {
    fn tag(element: &Element) -> String;
}

fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("tests run in a page")
}

fn holder(html: &str) -> Element {
    let holder = document().create_element("div").expect("is a tag");
    holder.set_inner_html(html);
    holder
}

/// The element with the id `x`, else the first.
fn node(html: &str) -> Element {
    let holder = holder(html);
    let marked = holder.query_selector("#x").expect("is a selector");
    marked.or_else(|| holder.first_element_child()).expect("the html holds an element")
}

fn parts(element: &Element) -> Vec<String> {
    observe(element).split('\t').map(str::to_owned).collect()
}

/// The parts that begin with one of these letters.
fn said(element: &Element, signs: &str) -> Vec<String> {
    parts(element).into_iter().filter(|part| part.starts_with(|sign| signs.contains(sign))).collect()
}

fn of(html: &str, signs: &str) -> String {
    said(&node(html), signs).join(" ")
}

#[wasm_bindgen_test]
fn an_observation_is_one_line_of_what_is_said_from_the_element_outwards() {
    let html = "<main id=shop><h2>Boots</h2><ul class=list><li><a id=x name=n class='a b' href='/shop/boots?size=4&utm_source=x' \
                title=Go data-testid=t data-kind=k><img src='/p/boot.png?v=2' alt=Boot>Our <b>2 boots</b></a></li><li>Next</li></ul></main>";
    assert_eq!(
        parts(&node(html)).join(" | "),
        "fcontrol | ta | Ix | Nn | Ca | Cb | U/shop/boots | Eboots | Qsize=4 | LGo | Hdata-testid=t | Adata-kind=k | Vour \
         | Vboots | Wour # boots | TOur 2 boots | LBoot | Pboot.png | slist | pul>li> | pdiv>main>ul>li> | ashop | lmain \
         | hBoots | b^ | nNext | o0"
    );
}

#[wasm_bindgen_test]
fn controls_are_one_family_and_everything_else_is_its_tags() {
    for (html, family) in [
        ("<a>x</a>", "fcontrol"),
        ("<summary>x</summary>", "fcontrol"),
        ("<div role=button>x</div>", "fcontrol"),
        ("<div onclick='go()'>x</div>", "fcontrol"),
        ("<div role=note>x</div>", "fdiv"),
        ("<H2>x</H2>", "fh2"),
    ] {
        assert_eq!(parts(&node(html))[0], family, "{html}");
    }
}

#[wasm_bindgen_test]
fn links_are_told_relative_to_the_site_without_what_campaigns_add() {
    let own = web_sys::window().and_then(|window| window.location().origin().ok()).expect("has one");
    for (href, expected) in [
        ("/shop", "U/shop Eshop"),
        ("/shop/?b=1&utm_source=x&a=2#top", "U/shop/ Eshop Qb=1&a=2"),
        ("/a/index.html", "U/a/index.html Eindex"),
        (&[&own, "/shop"].concat(), "U/shop Eshop"),
        ("https://www.maps.example/route", "Umaps.example/route U/route Eroute"),
        ("https://maps.example/", "Umaps.example/ Emaps"),
        ("mailto:a@b.example", "Umailto:a@b.example Emailto:a@b"),
        ("#size", "U#size"),
        ("/app#/cart", "U/app#/cart"),
        ("#", ""),
        ("javascript:void(0)", ""),
        ("http://[", "Uhttp://[ E["),
    ] {
        assert_eq!(of(&["<a href='", href, "'></a>"].concat(), "UEQ"), expected, "{href}");
    }
}

#[wasm_bindgen_test]
fn what_visitors_type_and_what_the_site_keeps_private_is_not_read() {
    for html in [
        "<textarea>secret</textarea>",
        "<div contenteditable>secret</div>",
        "<div data-pugmark-private><a id=x href=/secret title=secret data-customer=secret>secret<img alt=secret></a><p>secret</p></div>",
        "<div><p data-pugmark-private>secret</p><a id=x><span data-pugmark-private>secret</span></a><select><option>secret</select></div>",
        "<div><h2 data-pugmark-private>secret</h2><a id=x></a></div>",
        "<input type=text value=secret>",
        "<input type=password value=secret>",
        "<a hidden>open<b hidden>secret</b></a>",
    ] {
        assert!(!observe(&node(html)).contains("secret"), "{html}");
    }
    assert_eq!(of("<input type=submit value=Send>", "T"), "TSend");
    assert_eq!(of("<a>open<b hidden>secret</b></a>", "T"), "Topen");
}

#[wasm_bindgen_test]
fn pictures_and_icons_tell_what_an_element_is() {
    assert_eq!(of("<a><svg><use href='/s.svg#cart'></use></svg></a>", "P"), "Pcart");
    assert_eq!(of("<a><i class='fa fa-cart'></i></a>", "P"), "Pfa Pfa-cart");
    assert_eq!(of("<a><img src='data:image/png;base64,xyz' alt=Cart></a>", "PL"), "LCart");
}

#[wasm_bindgen_test]
fn what_stands_beside_is_asked_of_the_outermost_that_holds_nothing_else() {
    let list = "<div><p>Before</p><ul><script></script><li><span><a id=x>Buy</a></span></li></ul><ul>After</ul><i></i></div>";
    assert_eq!(of(list, "bno"), "bBefore nAfter o0");
    let second = "<ul><li>One</li><b></b><li><a id=x></a></li></ul>";
    // An empty neighbour says nothing, and is there.
    assert_eq!(of(second, "bno"), "n$ o1");
}

#[wasm_bindgen_test]
fn what_would_stand_beside_it_is_told_as_if_another_were_missing() {
    let list = holder("<ul><li>One</li><li id=y><b>Two</b></li><li id=x>Three</li></ul>");
    let find = |selector| list.query_selector(selector).expect("is a selector").expect("is there");
    let (element, missing, inner) = (find("#x"), find("#y"), find("b"));
    assert_eq!(beside(&element, &missing), "bOne\tn$\to1");
    assert_eq!(beside(&element, &inner), "bOne\tn$\to1");
    assert!(observe(&element).ends_with("bTwo\tn$\to2"));
}

#[wasm_bindgen_test]
fn a_heading_is_that_of_the_part_of_the_page() {
    assert_eq!(
        of("<section><h2>Far</h2><div><h3>Near</h3><p><a id=x></a></p></div></section>", "h"),
        "hNear"
    );
    assert_eq!(of("<section><h2>Far</h2><nav><a id=x></a></nav></section>", "h"), "");
    assert_eq!(of("<section><h1>Far</h1><div><h2 id=x>Itself</h2></div></section>", "h"), "hFar");
}

#[wasm_bindgen_test]
fn landmarks_are_told_by_tag_or_by_role() {
    let html = "<div role=banner><div role=search><footer><nav role=toolbar><p role=constructor><a id=x></a></p></nav></footer></div></div>";
    assert_eq!(of(html, "l"), "lnav lfooter lform lheader");
}

#[wasm_bindgen_test]
fn values_are_cut_and_there_are_so_many_of_each_kind() {
    let many: String = (0..50).map(|n| format!("data-k{n}=v data-test{n}=v aria-label{n}=v ")).collect();
    let words = "word1 🐾 ".repeat(200_000);
    let html =
        ["<a class='", &"c".repeat(500), " d' title='", &words, "' ", &many, ">", &words, "</a>"].concat();
    for part in parts(&node(&html)) {
        assert!(part.encode_utf16().count() <= 121 && !part.contains('\u{fffd}'), "{part}");
    }
    assert_eq!(of(&html, "A").split(' ').count(), 8);
    assert_eq!(of(&html, "H").split(' ').count(), 8);
    let long = parts(&node(&["<a>", &"x🐾".repeat(100), "</a>"].concat()))
        .into_iter()
        .find(|part| part.starts_with('T'));
    assert_eq!(long.expect("has a text").encode_utf16().count(), 80, "the sign, and as much as fits");
}

#[wasm_bindgen_test]
fn a_value_never_ends_a_part() {
    let element = node("<a id='a\tTb\nTc' class='d\te' title='f\r\ng'>h\ti</a>");
    assert_eq!(said(&element, "ICLT").join("|"), "Ia Tb Tc|Cd|Ce|Lf g|Th i");
}

#[wasm_bindgen_test]
fn a_forms_controls_hide_nothing() {
    let names = "id className localName matches closest getAttribute getAttributeNames firstChild nextSibling nodeType parentNode \
                 parentElement previousElementSibling nextElementSibling shadowRoot querySelector getRootNode baseURI contains";
    let controls: String = names.split(' ').map(|name| ["<input name=", name, ">"].concat()).collect();
    let form = node(&["<div id=o><form id=x class=c>Yes", &controls, "</form></div>"].concat());
    assert_eq!(said(&form, "ftICTa").join(" "), "fform tform Ix Cc TYes ao");
    let inner = form.first_element_child().expect("has one");
    assert_eq!(said(&inner, "fNal").join(" "), "fcontrol Nid ax ao lform");
}

#[wasm_bindgen_test]
fn open_shadow_roots_are_part_of_the_page() {
    let outer = holder("<main id=m><h2>Boots</h2><p id=host>slotted</p></main>");
    let host = outer.query_selector("#host").expect("is a selector").expect("is there");
    let shadow =
        host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).expect("a paragraph may have one");
    shadow.set_inner_html("<div><button>Buy</button></div>");
    let button = shadow.query_selector("button").expect("is a selector").expect("is there");

    assert_eq!(said(&button, "Talph").join(" "), "TBuy pp>div> pdiv>main>p>div> ahost am lmain hBoots");
    assert_eq!(said(&host, "T").join(" "), "TBuy slotted");
    let all = everything(&outer);
    let tags: Vec<String> = all.iter().map(|element| tag(element.unchecked_ref())).collect();
    assert_eq!(tags.join(" "), "main h2 p div button");

    host.set_attribute("data-pugmark-private", "").expect("is a name");
    assert!(said(&button, "T").is_empty());
}

#[wasm_bindgen_test]
fn what_no_visitor_sees_is_no_part_of_the_page() {
    let page = holder(
        "<script></script><style></style><template><a></a></template><noscript></noscript><p><link><meta></p>",
    );
    assert_eq!(everything(&page).length(), 1);
}
