//! What happens to pages, and what becomes of the elements that people chose on them.

use proptest::prelude::*;
use pugmark_fingerprint::{
    ElementId, Finding, Fingerprint, Kind, MAX_SIGNALS, MAX_VALUE, Page, WHOLE, find, make,
};
use pugmark_protocol::selector::Selector;

/// A page from an outline: two spaces a level, an element `a href=/x`, a text `"Home`.
fn outline(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let base = lines.clone().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let lines = lines.map(|line| {
        let depth = (line.len() - line.trim_start().len() - base) / 2;
        let line = line.trim();
        let content = if line.starts_with('"') { line.to_owned() } else { line.replace(' ', "\t") };
        format!("{depth}\t{content}").replace('~', " ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The element that says this, innermost.
fn saying(page: &Page<'_>, text: &str) -> ElementId {
    page.elements().rfind(|element| page.text(*element) == text).expect(text)
}

fn made(page: &str, text: &str) -> Fingerprint {
    let page = Page::read(page);
    make(&page, saying(&page, text)).expect("is an element")
}

/// What a fingerprint finds, by text; `?` before what only comes near.
fn found(page: &str, fingerprint: &Fingerprint) -> Vec<String> {
    let page = Page::read(page);
    match find(&page, fingerprint) {
        Finding::Found(one) => vec![page.text(one.element)],
        Finding::Ambiguous(several) => several.iter().map(|one| page.text(one.element)).collect(),
        Finding::Weak(near) => vec![format!("?{}", page.text(near.element))],
        Finding::None => Vec::new(),
    }
}

const MENU: &str = r#"
    body
      nav class=menu
        ul
          li
            a href=/ class=item
              "Home
          li
            a href=/shop class=item
              "Shop
          li
            a href=/about class=item
              "About
      main
        h1
          "Boots
        button class=btn~css-1q2w3e id=:r5: type=submit
          "Add to cart
"#;

#[test]
fn an_element_is_found_where_it_was_made() {
    let page = outline(MENU);
    for text in ["Home", "Shop", "About", "Add to cart", "Boots"] {
        assert_eq!(found(&page, &made(&page, text)), [text]);
    }
}

#[test]
fn a_new_build_a_wrapper_and_another_order_change_nothing() {
    let shop = made(&outline(MENU), "Shop");
    let cart = made(&outline(MENU), "Add to cart");
    let after = outline(
        r#"
        body
          div class=wrap
            nav class=menu
              ul
                li
                  a href=/about class=item
                    "About
                li
                  div
                    a href=/shop class=item
                      "Shop
                li
                  a href=/ class=item
                    "Home
          main
            h1
              "Boots
            div
              button class=btn~css-9z8y7x id=:r9: type=submit
                "Add to cart
        "#,
    );
    assert_eq!(found(&after, &shop), ["Shop"]);
    assert_eq!(found(&after, &cart), ["Add to cart"]);
}

#[test]
fn a_text_may_become_another() {
    let page = outline(MENU);
    for (text, other) in [("Shop", "Our range"), ("Add to cart", "Buy now")] {
        let after = page.replace(&format!("\"{text}"), &format!("\"{other}"));
        assert_eq!(found(&after, &made(&page, text)), [other]);
    }
}

#[test]
fn what_is_gone_is_not_mistaken_for_its_neighbour() {
    let page = outline(MENU);
    let shop = made(&page, "Shop");
    let without = page.replace("4\ta\thref=/shop\tclass=item\n5\t\"Shop\n", "");
    assert_ne!(page, without);
    assert!(found(&without, &shop).iter().all(|found| found.starts_with('?')));
}

const CARDS: &str = r#"
    main
      ul
        li
          button class=buy
            "Buy
        li
          button class=buy
            "Buy
        li
          button class=buy
            "Buy
      a href=/all
        "All
"#;

#[test]
fn elements_that_only_their_place_tells_apart_are_declared_alike_and_found_together() {
    let page = outline(CARDS);
    let buy = made(&page, "Buy");

    assert_eq!(buy.alike, 3);
    assert!(buy.signals.iter().all(|signal| !signal.kind.is_positional()));
    assert_eq!(found(&page, &buy), ["Buy"; 3]);
    assert_eq!(made(&page, "All").alike, 1);
}

#[test]
fn a_near_miss_says_what_matched_and_what_is_lacking() {
    let page = outline(MENU);
    let shop = made(&page, "Shop");
    let after = page.replace("\"Shop", "\"Range").replace("/shop", "/range");
    let page = Page::read(&after);
    let Finding::Weak(near) = find(&page, &shop) else { panic!("comes near, no more") };

    assert_eq!(page.text(near.element), "Range");
    assert!(near.score < shop.threshold);
    assert!(near.matching(&shop).any(|signal| signal.kind == Kind::Class && signal.value == "item"));
    assert!(near.missing(&shop).any(|signal| signal.kind == Kind::Link && signal.value == "/shop"));
}

#[test]
fn duplicate_ids_and_texts_of_other_scripts_are_no_trouble() {
    let page = outline(
        r#"
        body
          a id=x href=/ar
            "السلة
          a id=x href=/ja
            "カートに入れる
        "#,
    );
    for text in ["السلة", "カートに入れる"] {
        assert_eq!(found(&page, &made(&page, text)), [text]);
    }
}

#[test]
fn what_is_no_element_has_no_fingerprint() {
    assert_eq!(make(&Page::read(""), 0), None);
    assert_eq!(make(&Page::read("0\ta"), 1), None);
}

#[test]
fn the_form_in_definitions_is_as_documented() {
    let page = Page::read("0\ta\thref=/shop\n1\t\"Shop");
    let json = serde_json::to_value(make(&page, 0)).expect("can be written");

    assert_eq!(json["family"], "control");
    assert_eq!(json["css"], "a[href=\"/shop\"]");
    assert_eq!(json["alike"], 1);
    let link = json["signals"].as_array().and_then(|all| all.iter().find(|signal| signal["kind"] == "link"));
    assert_eq!(link.expect("leads somewhere")["value"], "/shop");
}

/// Longest fingerprint as JSON, in bytes: so many signals, each of the longest value in letters of three bytes.
const MAX_JSON: usize = MAX_SIGNALS * (3 * MAX_VALUE + 60);

#[test]
fn a_fingerprint_is_bounded_whatever_the_page_holds() {
    let classes = "class-with-a-name ".repeat(5_000);
    let attributes: String = (0..500).map(|n| format!("\tdata-x{n}={}", "字\"".repeat(500))).collect();
    let page = format!(
        "0\tdiv\tclass={classes}\n1\tbutton\tclass={classes}{attributes}\n2\t\"{}",
        "word ".repeat(200_000)
    );
    let fingerprint = make(&Page::read(&page), 1).expect("is an element");

    assert!(fingerprint.signals.len() <= MAX_SIGNALS);
    assert!(serde_json::to_string(&fingerprint).expect("can be written").len() <= MAX_JSON);
}

#[test]
fn weights_and_thresholds_out_of_bounds_find_something_or_nothing() {
    let page = outline(MENU);
    let mut shop = made(&page, "Shop");
    shop.signals.iter_mut().for_each(|signal| signal.weight = u32::MAX);
    shop.threshold = u32::MAX;
    assert!(found(&page, &shop).is_empty());
    shop.threshold = 0;
    assert!(found(&page, &shop).contains(&"Shop".to_owned()));
}

#[test]
fn on_a_page_of_fifty_thousand_elements_each_is_still_found() {
    let items: String =
        (0..16_666).map(|n| format!("1\tli\n2\ta\thref=/{n}\tclass=item\n3\t\"Item {n}\n3\ti\n")).collect();
    let text = ["0\tul\n", &items].concat();
    let page = Page::read(&text);
    assert!(page.elements().len() > 49_000);
    assert_eq!(found(&text, &made(&text, "Item 9000")), ["Item 9000"]);
}

/// A node of a page: how much deeper than the outermost, and what it is.
fn line() -> impl Strategy<Value = String> {
    let word = || {
        prop::sample::select(vec![
            "buy",
            "Shop 3",
            "css-1a2b",
            ":r1:",
            "カート",
            "mt-3",
            "",
            "a\"b\\c",
            "x y",
        ])
    };
    let tag = prop::sample::select(vec!["a", "button", "div", "li", "nav", "h2", "img", "form"]);
    let name =
        prop::sample::select(vec!["id", "class", "href", "name", "data-testid", "aria-label", "src", "role"]);
    let attributes = prop::collection::vec((name, word()), 0..3);
    (0..6_usize, tag, attributes, prop::option::of(word())).prop_map(|(depth, tag, attributes, text)| {
        let attributes: String = attributes.iter().map(|(name, value)| format!("\t{name}={value}")).collect();
        let text = text.map_or_else(String::new, |text| format!("\n{}\t\"{text}", depth + 1));
        format!("{depth}\t{tag}{attributes}{text}")
    })
}

fn page() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 1..25).prop_map(|lines| lines.join("\n"))
}

proptest! {
    /// Unique, or declared: the two are the same question asked of `make` and of `find`.
    #[test]
    fn on_its_own_page_a_fingerprint_finds_as_many_as_it_declares(text in page()) {
        let page = Page::read(&text);
        for element in page.elements() {
            let fingerprint = make(&page, element).expect("is an element");
            let found: Vec<ElementId> = match find(&page, &fingerprint) {
                Finding::Found(one) => vec![one.element],
                Finding::Ambiguous(several) => several.iter().map(|one| one.element).collect(),
                Finding::Weak(_) | Finding::None => Vec::new(),
            };
            // A fingerprint of nothing but where an element stands finds nothing: place never decides alone.
            let is_own = fingerprint.signals.iter().any(|signal| signal.kind.is_own());
            prop_assert_eq!(found.contains(&element), is_own);
            prop_assert_eq!(found.len(), if is_own { fingerprint.alike } else { 0 });
        }
    }

    #[test]
    fn weights_add_up_and_no_threshold_is_out_of_reach(text in page()) {
        let page = Page::read(&text);
        for element in page.elements() {
            let fingerprint = make(&page, element).expect("is an element");
            prop_assert_eq!(fingerprint.signals.iter().map(|signal| signal.weight).sum::<u32>(), WHOLE);
            prop_assert!(fingerprint.threshold > 0 && fingerprint.threshold <= WHOLE);
        }
    }

    #[test]
    fn the_selector_for_people_is_one_that_definitions_may_use(text in page()) {
        let page = Page::read(&text);
        for element in page.elements() {
            let css = make(&page, element).expect("is an element").css;
            prop_assert!(Selector::parse(&css).is_ok(), "{}", css);
        }
    }

    #[test]
    fn whatever_is_handed_over_as_a_page_or_a_fingerprint_nothing_breaks(text in "[\\PC\t\n]{0,200}", json in "\\PC{0,60}") {
        let page = Page::read(&text);
        let fingerprint = Fingerprint { css: String::new(), family: "a".to_owned(), threshold: 0, alike: 0, signals: Vec::new() };
        prop_assert_eq!(find(&page, &fingerprint), Finding::None);
        prop_assert!(serde_json::from_str::<Fingerprint>(&json).is_err());
        prop_assert!(page.elements().all(|element| make(&page, element).is_some()));
    }
}
