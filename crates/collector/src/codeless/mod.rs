//! What can be said of a codeless event: whether a draft may be kept, how an element that was clicked compares with it, how
//! it is doing, how much may change before it stops firing, and what to do when it has. Pure: facts in, sentences out.

pub(crate) mod health;
pub(crate) mod proposal;

use pugmark_protocol::definition::{Definition, Status, Target, Trigger};
use pugmark_protocol::fingerprint::{FAMILY, Fingerprint, Kind, likeness};
use pugmark_protocol::pattern::is_meant;

/// Longest observation of an element, in bytes. Judgement (November 2026): several times what is observed of elements of
/// ordinary pages.
const MAX_OBSERVATION: usize = 16 * 1024;

/// What to change in a draft of a site's event before it can be kept: a sentence each.
pub(crate) fn draft_breaches(site: &str, current: Option<&Definition>, draft: &Definition) -> Vec<String> {
    let mut breaches = draft.breaches();
    if current.is_none() {
        breaches.extend(draft.name.check_new(site).err());
    }
    if draft.trigger.is_none() {
        breaches.push("a draft needs a trigger: say when the event fires".to_owned());
    }
    breaches.extend(current.and_then(|current| current.cannot_become(draft)));
    breaches
}

/// The elements that an event is about: the first, and those that may be meant instead.
pub(crate) fn targets(definition: &Definition) -> impl Iterator<Item = &Target> {
    let (first, others) = match &definition.trigger {
        Some(Trigger::ClickedElement { target, alternatives, .. }) => (Some(target), &alternatives[..]),
        Some(Trigger::VisitedUrl { .. }) | None => (None, &[][..]),
    };
    first.into_iter().chain(others)
}

/// The fingerprints by which an event knows its element.
pub(crate) fn fingerprints(definition: &Definition) -> impl Iterator<Item = &Fingerprint> {
    targets(definition).filter_map(|target| target.fingerprint.as_ref())
}

/// The score of an element that almost was the one that an event is about: that with the fingerprint it comes nearest to.
/// `None` if it is nothing of the kind, or its observation is none.
pub(crate) fn near_miss_score(definition: &Definition, url: &str, observation: &str) -> Option<u32> {
    let Some(Trigger::ClickedElement { pages, .. }) = &definition.trigger else { return None };
    let is_on_page =
        pages.is_empty() || pages.iter().any(|page| is_meant(page.kind.sign(), &page.value, url));
    if definition.status != Status::Active || !is_on_page || !is_observation(observation) {
        return None;
    }
    let all: Vec<_> = fingerprints(definition).map(|one| likeness(&one.compiled(), observation)).collect();
    if all.iter().any(|one| one.is_meant()) {
        return None;
    }
    all.into_iter().filter(|one| one.is_near()).map(|one| one.score).max()
}

/// What pages and elements say that anybody can read once the definition is published, and could not before: the site's
/// configuration is public. What every page has, such as tags, is not told.
pub(crate) fn public_words(definition: &Definition, published: Option<&Definition>) -> Vec<String> {
    let is_said_of_any = |kind| matches!(kind, Kind::Tag | Kind::Landmark | Kind::Path | Kind::Place);
    let words = |definition: &Definition| {
        let signals = fingerprints(definition).flat_map(|one| &one.signals);
        let mut words: Vec<(Kind, String)> = signals
            .filter(|signal| !is_said_of_any(signal.kind))
            .map(|signal| (signal.kind, signal.value.clone()))
            .collect();
        let rules = targets(definition).filter_map(|target| target.text.as_ref());
        words.extend(rules.map(|rule| (Kind::Text, rule.value.clone())));
        words
    };
    let is_public = |published: &&Definition| published.status == Status::Active;
    let known = published.filter(is_public).map(words).unwrap_or_default();
    let new: Vec<_> = words(definition).into_iter().filter(|word| !known.contains(word)).collect();
    let texts = || new.iter().filter(|(kind, _)| *kind == Kind::Text).map(|(_, text)| text.to_lowercase());
    let mut told: Vec<String> = Vec::new();
    for (kind, value) in &new {
        let is_part = *kind == Kind::Word && texts().any(|text| text.contains(value));
        let is_repeated = *kind == Kind::Wording && texts().any(|text| text == *value);
        if !is_part && !is_repeated && !told.contains(value) {
            told.push(value.clone());
        }
    }
    told
}

/// Whether this is what a tracker says of an element: a family, then tokens of kinds that are known.
fn is_observation(text: &str) -> bool {
    let mut parts = text.split('\t');
    let is_token = |part: &str| part.chars().next().is_some_and(|sign| Kind::of_sign(sign).is_some());
    text.len() <= MAX_OBSERVATION
        && !text.chars().any(|c| c.is_control() && c != '\t')
        && parts.next().is_some_and(|family| family.starts_with(FAMILY))
        && parts.all(is_token)
}

#[cfg(test)]
pub(crate) mod tests {
    use pugmark_protocol::name::EventName;
    use serde_json::json;

    use super::*;

    /// An event of clicks on one element, known by these signals.
    pub(crate) fn event(threshold: u32, alike: usize, signals: &[(&str, &str, u32)]) -> Definition {
        let signals: Vec<_> = signals
            .iter()
            .map(|(kind, value, weight)| json!({ "kind": kind, "value": value, "weight": weight }))
            .collect();
        let definition = json!({ "name": "bought", "trigger": {
            "type": "CLICKED_ELEMENT", "pages": [{ "match": "prefix", "value": "/shop" }], "selector": "#buy",
            "fingerprint": { "family": "control", "threshold": threshold, "alike": alike, "signals": signals } } });
        serde_json::from_value(definition).expect("is well-formed")
    }

    const BUY: &[(&str, &str, u32)] =
        &[("text", "Buy", 500), ("class", "buy", 300), ("landmark", "main", 200)];

    #[test]
    fn an_element_that_is_near_has_its_score_and_every_other_has_none() {
        let url = "https://x.example/shop/1";
        for (name, url, observation, score) in [
            ("near", url, "fcontrol\tTBuy\ttbutton", Some(500)),
            ("meant", url, "fcontrol\tTBuy\tCbuy\tlmain", None),
            ("far", url, "fcontrol\tCbuy", None),
            ("only around it", url, "fcontrol\tlmain", None),
            ("of another family", url, "fdiv\tTBuy", None),
            ("on another page", "https://x.example/cart", "fcontrol\tTBuy", None),
            ("no family", url, "TBuy", None),
            ("an unknown kind", url, "fcontrol\tTBuy\t?x", None),
            ("an empty part", url, "fcontrol\t\tTBuy", None),
            ("two lines", url, "fcontrol\tTBuy\nfcontrol", None),
            ("nothing", url, "", None),
        ] {
            assert_eq!(near_miss_score(&event(700, 1, BUY), url, observation), score, "{name}");
        }
        let long = format!("fcontrol\tTBuy\tC{}", "x".repeat(MAX_OBSERVATION));
        assert_eq!(near_miss_score(&event(700, 1, BUY), url, &long), None);
    }

    #[test]
    fn nothing_is_near_to_an_event_that_does_not_fire() {
        let paused = Definition { status: Status::Paused, ..event(700, 1, BUY) };
        let sent = Definition { trigger: None, ..event(700, 1, BUY) };

        for definition in [paused, sent] {
            assert_eq!(near_miss_score(&definition, "https://x.example/shop", "fcontrol\tTBuy"), None);
        }
    }

    #[test]
    fn what_one_alternative_knows_is_not_near_to_another() {
        let mut definition = event(700, 1, BUY);
        let other = event(700, 1, &[("text", "Pay", 1_000)]);
        let Some(Trigger::ClickedElement { alternatives, .. }) = &mut definition.trigger else { panic!() };
        alternatives.extend(targets(&other).cloned());

        let score = |observation| near_miss_score(&definition, "https://x.example/shop", observation);
        assert_eq!(score("fcontrol\tTPay"), None);
        assert_eq!(score("fcontrol\tTBuy"), Some(500));
    }

    #[test]
    fn what_becomes_public_is_told_once_and_what_is_public_already_is_not() {
        let said = &[
            ("text", "Buy, Ada", 300),
            ("word", "ada", 100),
            ("word", "gold", 100),
            ("wording", "buy, ada", 100),
            ("class", "buy", 100),
            ("heading", "Hello Ada", 100),
            ("tag", "button", 100),
            ("landmark", "main", 100),
        ];
        let new = event(500, 1, said);
        assert_eq!(public_words(&new, None), ["Buy, Ada", "gold", "buy", "Hello Ada"]);

        let published = event(700, 1, BUY);
        assert_eq!(public_words(&new, Some(&published)), ["Buy, Ada", "gold", "Hello Ada"]);
        let paused = Definition { status: Status::Paused, ..published.clone() };
        assert_eq!(public_words(&new, Some(&paused)).len(), 4, "of a paused event nothing is public");
        assert_eq!(public_words(&published, Some(&published)), [""; 0]);
    }

    #[test]
    fn a_draft_is_of_an_event_that_fires_by_itself_and_changes_nothing_that_never_changes() {
        let draft = event(700, 1, BUY);
        let draft_breaches = |current, draft| draft_breaches("demo", current, draft);
        assert_eq!(draft_breaches(None, &draft), Vec::<String>::new());
        assert_eq!(draft_breaches(Some(&draft), &draft), Vec::<String>::new());

        let of_code = Definition { trigger: None, ..draft.clone() };
        let of_company =
            Definition { object: pugmark_protocol::definition::Object::Company, ..draft.clone() };
        assert_eq!(draft_breaches(None, &of_code).len(), 1);
        assert_eq!(draft_breaches(Some(&draft), &of_company).len(), 1);

        let taken_for_another = Definition { name: EventName::known("pedemo_bought"), ..draft.clone() };
        assert_eq!(draft_breaches(None, &taken_for_another).len(), 1);
        assert_eq!(draft_breaches(Some(&taken_for_another), &taken_for_another), Vec::<String>::new());
    }
}
