//! What happens to pages, and what becomes of the elements that people chose on them. A page is what `src/signals.js` says of
//! its elements.

use proptest::prelude::*;
use pugmark_fingerprint::{compare, make, renewed, scores, selectors};
use pugmark_protocol::fingerprint::{Fingerprint, Kind, MAX_SIGNAL_VALUE, MAX_SIGNALS, WHOLE, likeness};
use pugmark_protocol::selector::Selector;

/// A page: observations, `|` between the parts of each.
fn page(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| line.replace('|', "\t")).collect()
}

/// The fingerprint of one of a page's elements, with what would stand beside the others if it were missing.
fn made_with(page: &[String], place: usize, beside: &[&str], without: &[Kind]) -> Option<Fingerprint> {
    let mut others = page.to_vec();
    let own = others.remove(place);
    make(&own, &others.join("\n"), &beside.join("\n").replace('|', "\t"), without)
}

fn made(page: &[String], place: usize) -> Fingerprint {
    made_with(page, place, &[], &[]).expect("says something")
}

/// The link of the menu, of which what would stand beside the others without it is known.
fn made_shop() -> Fingerprint {
    made_with(&menu(), SHOP, &["b^|nAbout|o0", "bHome|n$|o1"], &[]).expect("says something")
}

/// The places of the elements that are meant.
fn meant(page: &[String], fingerprint: &Fingerprint) -> Vec<usize> {
    let scores = scores(fingerprint, &page.join("\n"));
    (0..page.len()).filter(|place| scores[*place] >= fingerprint.threshold).collect()
}

const SHOP: usize = 1;
const CART: usize = 3;

fn menu() -> Vec<String> {
    page(&[
        "fcontrol|ta|Citem|U/|Vhome|Whome|THome|smenu|pul>li>|lnav|hBoots|b^|nShop|o0",
        "fcontrol|ta|Citem|U/shop|Eshop|Vshop|Wshop|TShop|smenu|pul>li>|lnav|hBoots|bHome|nAbout|o1",
        "fcontrol|ta|Citem|U/about|Eabout|Vabout|Wabout|TAbout|smenu|pul>li>|lnav|hBoots|bShop|n$|o2",
        "fcontrol|tbutton|Cbtn|Ccss-1q2w3e|I:r5:|Atype=submit|Vadd|Vto|Vcart|Wadd to cart|TAdd to cart|lmain|hBoots|bBoots|n$|o0",
        "fh1|th1|Vboots|Wboots|TBoots|lmain|b^|nAdd to cart|o0",
    ])
}

fn changed(page: &[String], changes: &[(&str, &str)]) -> Vec<String> {
    let change = |line: &String| changes.iter().fold(line.clone(), |line, (from, to)| line.replace(from, to));
    let after: Vec<String> = page.iter().map(change).collect();
    assert_ne!(page, after);
    after
}

#[test]
fn an_element_is_found_where_it_was_made() {
    let page = menu();
    for place in 0..page.len() {
        assert_eq!(meant(&page, &made(&page, place)), [place]);
    }
}

#[test]
fn a_new_build_a_wrapper_and_another_order_change_nothing() {
    let before = menu();
    let mut after =
        changed(&before, &[("css-1q2w3e", "css-9z8y7x"), (":r5:", ":r9:"), ("pul>li>", "pli>div>")]);
    after.swap(0, 2);
    let after = changed(&after, &[("bHome\tnAbout\to1", "bAbout\tnHome\to1"), ("lnav", "lheader")]);
    assert_eq!(meant(&after, &made(&before, SHOP)), [SHOP]);
    assert_eq!(meant(&after, &made(&before, CART)), [CART]);
}

#[test]
fn a_text_may_become_another() {
    let before = menu();
    let after = changed(&before, &[("Vshop\tWshop\tTShop", "Vour\tVrange\tWour range\tTOur range")]);
    assert_eq!(meant(&after, &made(&before, SHOP)), [SHOP]);
    let after = changed(&before, &[("Vadd\tVto\tVcart\tWadd to cart\tTAdd to cart", "Vbuy\tWbuy\tTBuy")]);
    assert_eq!(meant(&after, &made(&before, CART)), [CART]);
}

#[test]
fn what_is_gone_is_not_mistaken_for_its_neighbour() {
    let before = menu();
    let shop = made_shop();
    let mut after = changed(&before, &[("nShop", "nAbout"), ("bShop\tn$\to2", "bHome\tn$\to1")]);
    after.remove(SHOP);
    assert!(meant(&after, &shop).is_empty());
}

#[test]
fn what_would_move_up_counts_when_the_threshold_is_set() {
    let page = page(&["fdiv|Cb|Cx|Ta|b1", "fdiv|Cb|Cx|Te|b2", "fdiv|Cb|Cx|Ti|b3"]);
    let alone = made(&page, 0);
    let warned = made_with(&page, 0, &["b1"], &[]).expect("says something");
    assert!(warned.threshold > alone.threshold);
}

#[test]
fn elements_that_only_their_place_tells_apart_are_declared_alike_and_found_together() {
    let page = page(&[
        "fcontrol|tbutton|Cbuy|TBuy|b^|nBuy|o0",
        "fcontrol|tbutton|Cbuy|TBuy|bBuy|nBuy|o1",
        "fcontrol|tbutton|Cbuy|TBuy|bBuy|nAll|o2",
        "fcontrol|ta|U/all|TAll|bBuy|n$|o0",
    ]);
    let buy = made(&page, 1);

    assert_eq!(buy.alike, 3);
    assert!(buy.signals.iter().all(|signal| !signal.kind.is_positional()));
    assert_eq!(meant(&page, &buy), [0, 1, 2]);
    assert_eq!(made(&page, 3).alike, 1);
}

#[test]
fn a_near_miss_says_what_matched_and_what_is_lacking() {
    let shop = made_shop();
    let after = changed(
        &menu(),
        &[("U/shop\tEshop", "U/range\tErange"), ("Vshop\tWshop\tTShop", "Vrange\tWrange\tTRange")],
    );
    let near = compare(&shop, &after[SHOP]);

    assert!(near.score < near.threshold && near.score > 0);
    assert_eq!(near.threshold, shop.threshold);
    assert!(near.matching.iter().any(|signal| signal.kind == Kind::Class && signal.value == "item"));
    assert!(near.missing.iter().any(|signal| signal.kind == Kind::Link && signal.value == "/shop"));
    assert_eq!(near.matching.len() + near.missing.len(), shop.signals.len());
    assert_eq!(near.score, near.matching.iter().map(|signal| signal.weight).sum::<u32>());
}

#[test]
fn a_near_miss_that_is_taken_is_meant_from_then_on_and_its_neighbours_are_not() {
    let shop = made_shop();
    let after = changed(
        &menu(),
        &[("U/shop\tEshop", "U/range\tErange"), ("Vshop\tWshop\tTShop", "Vrange\tWrange\tTRange")],
    );
    assert!(meant(&after, &shop).is_empty());

    let range = renewed(&shop, &after[SHOP]);
    assert_eq!(meant(&after, &range), [SHOP]);
    assert!(range.signals.iter().map(|signal| signal.weight).sum::<u32>() <= WHOLE);
    assert!(range.signals.iter().any(|signal| signal.kind == Kind::Text && signal.value == "Range"));
    assert!(range.signals.iter().all(|signal| signal.value != "Shop"));
}

#[test]
fn what_has_nothing_in_its_stead_makes_nothing_else_worth_more() {
    let shop = made_shop();
    let bare = "fcontrol\tta\tCitem\tsmenu\tlnav";
    let kept = renewed(&shop, bare);
    let weight =
        |of: &Fingerprint, kind| of.signals.iter().find(|signal| signal.kind == kind).map(|one| one.weight);
    assert_eq!(weight(&kept, Kind::Class), weight(&shop, Kind::Class));
    assert_eq!(weight(&kept, Kind::Text), None);
    assert_eq!(kept.breaches(), [""; 0]);
    assert_eq!(renewed(&shop, "no observation"), shop);
}

#[test]
fn kinds_that_somebody_switched_off_are_left_out() {
    let page = menu();
    let shop = made_with(&page, SHOP, &[], &[Kind::Text, Kind::Wording, Kind::Word]).expect("has a link");
    assert!(shop.signals.iter().all(|signal| signal.value != "Shop"));
    assert_eq!(shop.signals.iter().map(|signal| signal.weight).sum::<u32>(), WHOLE);
    assert_eq!(meant(&page, &shop), [SHOP]);
}

#[test]
fn of_what_says_nothing_there_is_no_fingerprint() {
    assert_eq!(make("", "", "", &[]), None);
    assert_eq!(make("fdiv\ttdiv\tlmain\to3", "", "", &[]), None);
    assert_eq!(made_with(&page(&["fa|TShop|lnav"]), 0, &[], &[Kind::Text]), None);
}

#[test]
fn only_what_may_be_confused_with_it_counts_as_another() {
    let lone = page(&["fcontrol|TBuy|Cbuy", "fdiv|TBuy|Cbuy", "", "nonsense"]);
    let buy = made(&lone, 0);
    assert_eq!(buy.alike, 1);
    assert_eq!(meant(&lone, &buy), [0]);
}

#[test]
fn texts_of_other_scripts_and_equal_ids_are_no_trouble() {
    let page = page(&["fcontrol|Ix|U/ar|Vالسلة|Wالسلة|Tالسلة", "fcontrol|Ix|U/ja|Vカート|Wカート|Tカート"]);
    for place in 0..2 {
        assert_eq!(meant(&page, &made(&page, place)), [place]);
    }
}

/// Longest fingerprint as JSON, in bytes: so many signals, each of the longest value in letters of three bytes.
const MAX_JSON: usize = MAX_SIGNALS * (3 * MAX_SIGNAL_VALUE + 60);

#[test]
fn a_fingerprint_is_bounded_whatever_is_observed() {
    let tokens: String = (0..500).map(|n| format!("\tV{n}{}", "字".repeat(MAX_SIGNAL_VALUE - 3))).collect();
    let fingerprint = make(&["fdiv", &tokens].concat(), "", "", &[]).expect("says something");

    assert!(fingerprint.signals.len() <= MAX_SIGNALS);
    assert!(serde_json::to_string(&fingerprint).expect("can be written").len() <= MAX_JSON);
}

#[test]
fn on_a_page_of_fifty_thousand_elements_each_is_still_found() {
    let page: Vec<String> = (0..50_000)
        .map(|n| format!("fcontrol\tta\tCitem\tU/{n}\tWitem #\tTItem {n}\to{}", n % 100))
        .collect();
    assert_eq!(meant(&page, &made(&page, 9_000)), [9_000]);
}

/// An observation of few words, so that much is alike.
fn line() -> impl Strategy<Value = String> {
    let value = || {
        prop::sample::select(vec!["buy", "Shop 3", "css-1a2b", ":r1:", "カート", "mt-3", "a\"b\\c", "x y"])
    };
    let sign = prop::sample::select("HINLTWVUEQPCAtlashbnpo".chars().collect::<Vec<char>>());
    let family = prop::sample::select(vec!["fcontrol", "fdiv"]);
    (family, prop::collection::btree_set((sign, value()), 0..8)).prop_map(|(family, tokens)| {
        let tokens: String = tokens.iter().map(|(sign, value)| format!("\t{sign}{value}")).collect();
        [family, &tokens].concat()
    })
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(line(), 1..12)
}

proptest! {
    /// Unique, or declared: the two are the same question asked when it is made and when it is looked for.
    #[test]
    fn on_its_own_page_a_fingerprint_finds_as_many_as_it_declares(page in lines()) {
        for place in 0..page.len() {
            if let Some(fingerprint) = made_with(&page, place, &[], &[]) {
                let meant = meant(&page, &fingerprint);
                prop_assert!(meant.contains(&place));
                prop_assert_eq!(meant.len(), fingerprint.alike);
            }
        }
    }

    #[test]
    fn what_is_made_and_what_is_renewed_may_be_saved(page in lines(), other in line()) {
        for place in 0..page.len() {
            if let Some(fingerprint) = made_with(&page, place, &[], &[]) {
                prop_assert_eq!(fingerprint.signals.iter().map(|signal| signal.weight).sum::<u32>(), WHOLE);
                prop_assert_eq!(fingerprint.breaches(), Vec::<String>::new());
                let renewed = renewed(&fingerprint, &other);
                let is_own = renewed.signals.iter().any(|signal| signal.kind.is_own());
                prop_assert_eq!(renewed.breaches().is_empty(), is_own);
            }
        }
    }

    /// The visualizer shows what the tracker will count.
    #[test]
    fn scores_are_those_of_the_compiled_fingerprint(page in lines()) {
        if let Some(fingerprint) = made_with(&page, 0, &[], &[]) {
            let compiled = fingerprint.compiled();
            for (line, score) in page.iter().zip(scores(&fingerprint, &page.join("\n"))) {
                prop_assert_eq!(score, likeness(&compiled, line).score);
                prop_assert_eq!(score, compare(&fingerprint, line).score);
            }
        }
    }

    #[test]
    fn selectors_for_people_are_such_as_definitions_may_use(line in line()) {
        let selectors = selectors(&line);
        prop_assert!(!selectors.is_empty());
        for selector in selectors {
            prop_assert!(Selector::parse(&selector).is_ok(), "{}", selector);
        }
    }

    #[test]
    fn whatever_is_handed_over_nothing_breaks(own in "[\\PC\t\n]{0,80}", others in "[\\PC\t\n]{0,80}") {
        let weights = |mut fingerprint: Fingerprint| {
            fingerprint.signals.iter_mut().for_each(|signal| signal.weight = u32::MAX);
            fingerprint
        };
        selectors(&own);
        if let Some(fingerprint) = make(&["fdiv\tTx\t", &own].concat(), &others, &own, &[]).map(weights) {
            scores(&fingerprint, &others);
            renewed(&fingerprint, &["fdiv\t", &others].concat());
        }
    }
}
