//! What to do about an event that has gone silent: the element that people click instead, if it is likely to be the one that
//! was meant. The old one stays, the new one is added as an alternative.

use pugmark_fingerprint::renewed;
use pugmark_protocol::definition::{Definition, Target, Trigger};
use pugmark_protocol::fingerprint::{FAMILY, Fingerprint, Kind, likeness};
use pugmark_protocol::selector::Selector;
use pugmark_protocol::time::UnixMillis;

use super::fingerprints;
use crate::auth::{hash, hex};
use crate::store::NearMiss;

/// How many digits of an observation's hash name a proposal.
const DIGITS: usize = 16;

/// An element that may be the one that was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// Names it, so that what is taken is what was shown.
    pub(crate) key: String,
    /// What is known of it.
    pub(crate) miss: NearMiss,
    /// What is so no longer, or only now.
    pub(crate) differences: Vec<Difference>,
    /// The definition with the element as an alternative.
    pub(crate) definition: Definition,
}

/// What was, and what is now, of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    pub(crate) was: Vec<String>,
    pub(crate) now: Vec<String>,
}

/// The best near miss that can be taken for the element of an event whose last hit was at `last`.
///
/// What was told of before that was another element: it stood beside the one that was meant, and was clicked as well. What was
/// told less than [`NearMiss::TOLD`] times may be what one visitor's page said.
pub(crate) fn proposal(definition: &Definition, last: UnixMillis, misses: &[NearMiss]) -> Option<Proposal> {
    let candidates = misses.iter().filter(|miss| miss.first_at > last && miss.n >= NearMiss::TOLD);
    candidates.into_iter().find_map(|miss| {
        let nearest = fingerprints(definition)
            .map(|one| (likeness(&one.compiled(), &miss.observation).score, one))
            .max_by_key(|(score, _)| *score)?
            .1;
        let fingerprint = renewed(nearest, &miss.observation);
        // So much is gone that only an easier threshold would let it through.
        if fingerprint.threshold < nearest.threshold {
            return None;
        }
        let selector = selector_of(nearest, &miss.observation);
        let target = Target { selector, text: None, fingerprint: Some(fingerprint) };
        let mut definition = definition.clone();
        let Some(Trigger::ClickedElement { alternatives, .. }) = &mut definition.trigger else { return None };
        alternatives.push(target);
        // There may be too many alternatives.
        definition.breaches().is_empty().then(|| Proposal {
            key: hex(&hash(&miss.observation))[..DIGITS].to_owned(),
            miss: miss.clone(),
            differences: differences(nearest, &miss.observation),
            definition,
        })
    })
}

/// What a fingerprint knows that is not so of an element, each kind with what is so instead.
fn differences(fingerprint: &Fingerprint, observation: &str) -> Vec<Difference> {
    let mut kinds: Vec<Kind> = fingerprint.signals.iter().map(|signal| signal.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let difference = |kind: Kind| {
        let now: Vec<&str> = values(observation, kind).collect();
        let known: Vec<&str> = fingerprint
            .signals
            .iter()
            .filter(|signal| signal.kind == kind)
            .map(|signal| signal.value.as_str())
            .collect();
        let only = |these: &[&str], those: &[&str]| {
            these.iter().filter(|value| !those.contains(value)).map(|&value| value.to_owned()).collect()
        };
        let was: Vec<String> = only(&known, &now);
        (!was.is_empty()).then(|| Difference { kind, was, now: only(&now, &known) })
    };
    let mut all: Vec<Difference> = kinds.into_iter().filter_map(difference).collect();
    // What another text or link says in other ways as well.
    let has = [Kind::Text, Kind::Link].map(|kind| all.iter().any(|one| one.kind == kind));
    all.retain(|one| match one.kind {
        Kind::Wording | Kind::Word => !has[0],
        Kind::Target => !has[1],
        _ => true,
    });
    all
}

/// The values of a kind in an observation.
fn values(observation: &str, kind: Kind) -> impl Iterator<Item = &str> {
    observation.split('\t').filter_map(move |part| part.strip_prefix(kind.sign()))
}

/// A selector that tells people which element is meant; what decides is the fingerprint. It is made of kinds of which the
/// fingerprint knows something: the definition becomes public, and is to say no more of one visitor's page than it needs.
fn selector_of(fingerprint: &Fingerprint, observation: &str) -> String {
    let is_weighed = |kind| fingerprint.signals.iter().any(|signal| signal.kind == kind && signal.weight > 0);
    let first = |kind| values(observation, kind).next().filter(|_| kind == Kind::Tag || is_weighed(kind));
    let tag = first(Kind::Tag).or_else(|| {
        let family = observation.split('\t').next()?.strip_prefix(FAMILY)?;
        (family != "control").then_some(family)
    });
    let tag = tag.unwrap_or("*");
    let attribute = |name: &str, value: &str| format!("{tag}[{name}=\"{value}\"]");
    let hook = first(Kind::Hook).and_then(|hook| hook.split_once('='));
    let candidates = [
        first(Kind::Id).map(|id| format!("{tag}#{id}")),
        hook.map(|(name, value)| attribute(name, value)),
        first(Kind::Name).map(|name| attribute("name", name)),
        first(Kind::Link).map(|link| attribute("href", link)),
        first(Kind::Class).map(|class| format!("{tag}.{class}")),
        Some(tag.to_owned()),
    ];
    let mut readable = candidates.into_iter().flatten().filter(|selector| Selector::parse(selector).is_ok());
    readable.next().unwrap_or_else(|| "*".to_owned())
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::fingerprint::WHOLE;

    use super::super::targets;
    use super::super::tests::event;
    use super::*;

    const LAST: UnixMillis = UnixMillis(1_000);

    const BUY: &[(&str, &str, u32)] = &[
        ("text", "Buy", 300),
        ("class", "a", 100),
        ("class", "b", 200),
        ("id", "x", 200),
        ("landmark", "main", 200),
    ];

    fn miss(observation: &str, first_at: u64) -> NearMiss {
        let at = UnixMillis(first_at);
        NearMiss {
            observation: observation.to_owned(),
            url: "https://x/shop".to_owned(),
            score: 500,
            n: 3,
            first_at: at,
            at,
        }
    }

    #[test]
    fn what_people_click_instead_is_added_and_the_old_one_stays() {
        let definition = event(600, 1, BUY);
        let observation = "fcontrol\ttbutton\tTBuy now\tCb\tCc\tIx\tlmain";

        let proposal = proposal(&definition, LAST, &[miss(observation, 2_000)]).expect("there is one");

        let [old, new] = &targets(&proposal.definition).collect::<Vec<_>>()[..] else {
            panic!("{proposal:?}")
        };
        assert_eq!(Some(*old), targets(&definition).next());
        let new_one = new.fingerprint.as_ref().expect("has one");
        assert_eq!(new.selector, "button#x");
        assert_eq!(new_one.threshold, 600);
        assert_eq!(likeness(&new_one.compiled(), observation).score, WHOLE, "it is the element itself");
        let kinds =
            [Kind::Text, Kind::Class].map(|kind| proposal.differences.iter().find(|one| one.kind == kind));
        let told = kinds.map(|one| one.map(|one| (one.was.join(" "), one.now.join(" "))));
        let words = |was: &str, now: &str| Some((was.to_owned(), now.to_owned()));
        assert_eq!(told, [words("Buy", "Buy now"), words("a", "c")]);
        assert_eq!(proposal.differences.len(), 2, "{:?}", proposal.differences);
    }

    #[test]
    fn what_was_clicked_while_the_event_still_fired_is_another_element() {
        let definition = event(600, 1, BUY);
        let observation = "fcontrol\tTBuy now\tCb\tIx\tlmain";

        assert!(proposal(&definition, LAST, &[miss(observation, LAST.0)]).is_none());
        assert!(proposal(&definition, LAST, &[miss(observation, LAST.0 + 1)]).is_some());
    }

    #[test]
    fn what_one_visitor_may_have_seen_alone_is_not_proposed() {
        let definition = event(600, 1, BUY);
        let told = |n| NearMiss { n, ..miss("fcontrol\tTBuy, Ada\tCb\tIx\tlmain", 2_000) };

        assert!(proposal(&definition, LAST, &[told(2)]).is_none());
        assert!(proposal(&definition, LAST, &[told(3)]).is_some());
    }

    #[test]
    fn what_the_fingerprint_does_not_weigh_is_not_in_the_proposal() {
        let definition = event(600, 1, &[("text", "Buy", 700), ("class", "b", 300)]);
        let observation = "fcontrol\tta\tTBuy now\tCb\tIada-17\tU/ada\tLFor Ada\thHello Ada\tbAda";

        let proposal = proposal(&definition, LAST, &[miss(observation, 2_000)]).expect("there is one");

        let json = serde_json::to_string(&proposal.definition).expect("can be written").to_lowercase();
        assert!(!json.contains("ada") && json.contains("buy now"), "{json}");
    }

    #[test]
    fn an_element_with_too_little_left_is_not_proposed_and_the_next_one_is() {
        let definition = event(600, 1, BUY);
        let little = miss("fcontrol\tTBuy\tlmain", 2_000);
        let enough = miss("fcontrol\tTBuy\tCz\tIx2", 2_000);

        assert!(proposal(&definition, LAST, std::slice::from_ref(&little)).is_none(), "300 + 200 of 600");
        let taken = proposal(&definition, LAST, &[little, enough.clone()]).expect("there is one");
        assert_eq!(taken.miss, enough);
    }

    #[test]
    fn what_another_text_or_link_says_as_well_is_not_told_twice() {
        let known =
            &[("text", "Buy", 300), ("word", "buy", 200), ("link", "/buy", 300), ("target", "buy", 200)];
        let definition = event(600, 1, known);
        let one = fingerprints(&definition).next().expect("has one");
        let kinds =
            |observation| differences(one, observation).iter().map(|one| one.kind).collect::<Vec<_>>();

        assert_eq!(kinds("fcontrol\tTPay\tVpay\tU/pay\tEpay"), [Kind::Text, Kind::Link]);
        assert_eq!(kinds("fcontrol\tTBuy\tVpay\tU/buy\tEpay"), [Kind::Word, Kind::Target]);
    }

    #[test]
    fn a_selector_tells_people_which_element_it_is() {
        let known = ["id", "hook", "name", "link", "class"].map(|kind| (kind, "x", 200));
        let definition = event(600, 1, &known);
        let fingerprint = fingerprints(&definition).next().expect("has one");
        for (observation, selector) in [
            ("fcontrol\tta\tIbuy\tCb", "a#buy"),
            ("fcontrol\ttbutton\tHdata-test=buy\tCb", "button[data-test=\"buy\"]"),
            ("fcontrol\ttinput\tNq", "input[name=\"q\"]"),
            ("fcontrol\tta\tU/cart", "a[href=\"/cart\"]"),
            ("fdiv\tCcard", "div.card"),
            // What is no selector is passed over.
            ("fcontrol\ttbutton\tI1:2 3\tCok", "button.ok"),
            ("fcontrol\tTBuy", "*"),
        ] {
            assert_eq!(selector_of(fingerprint, observation), selector, "{observation}");
        }
    }
}
