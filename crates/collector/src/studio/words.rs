//! Codes, triggers and times in the words a marketer would use.

use pugmark_protocol::definition::{Definition, Object, PropertyType, Status, Target, TextRule, Trigger};
use pugmark_protocol::fingerprint::{FAMILY, Fingerprint, Kind};
use pugmark_protocol::limits::{MAX_EVENT_NAME, MAX_PROPERTIES, MAX_PROPERTY_NAME};
use pugmark_protocol::pattern::{Match, PagePattern};
use pugmark_protocol::property::value_limit;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::store::{Author, CONFLICT, Token};

/// After how long the pages that visitors open have what was published: so long browsers keep the configuration.
pub(super) const CONFIGURED_AFTER: &str = "ten seconds";

/// Says what the property rules changed, and why; see [`pugmark_protocol::reason::Adjustment::code`].
pub(super) fn adjustment(code: &str) -> String {
    let (reason, what) = code.split_once(':').unwrap_or((code, ""));
    match reason {
        "event_name" => format!(
            "The event was renamed: a name is made of lower-case letters, digits and _, begins with a letter, and has \
             at most {MAX_EVENT_NAME} characters."
        ),
        "property_name" => format!(
            "A property was renamed to “{what}”: a name is made of lower-case letters, digits and _, begins with a \
             letter, and has at most {MAX_PROPERTY_NAME} characters."
        ),
        "no_name" => {
            format!("The property “{what}” was left out: nothing of its name can be used in a name.")
        }
        "value_cut" => {
            format!(
                "The value of “{what}” was cut: here a value has at most {} characters.",
                value_limit(what)
            )
        }
        "no_value" => {
            format!(
                "The property “{what}” was left out: its value is not text, a number, yes or no, a date or a list."
            )
        }
        "duplicate" => format!("Several properties came to be called “{what}”: the last one was kept."),
        "too_many" if what == "1" => {
            format!("1 property was left out: an event carries at most {MAX_PROPERTIES}.")
        }
        "too_many" => format!("{what} properties were left out: an event carries at most {MAX_PROPERTIES}."),
        "too_many_names" => {
            format!(
                "The event is called “{what}”: the site has too many names of events that nobody defined."
            )
        }
        "time" => "Its time lay after its arrival, or too long before it: the nearest that can be was kept."
            .to_owned(),
        "undefined" => format!("The event’s definition has no property “{what}”; it is kept all the same."),
        "unusable" => format!("A value of “{what}” is none of its definition’s; it is kept, and not used."),
        _ => format!("Changed on the way: {code}"),
    }
}

/// Says why events are lost, and what to do about it; the reasons are the tracker's
/// ([`pugmark_protocol::reason::Loss`]) and the store's ([`crate::store::Lost`]).
pub(super) fn loss(code: &str) -> (&'static str, &'static str) {
    match code {
        "no_name" => (
            "Without a usable name",
            "Look for calls in your code whose event name has no letter in it, or is empty.",
        ),
        "waiting_full" => (
            "Too many before consent",
            "These visitors did more than can wait for their answer about consent. Ask earlier.",
        ),
        "outbox_full" => (
            "Too many waiting to be sent",
            "The browser had no connection for long, or could not reach this collector. Check that your pages can reach \
             its address.",
        ),
        "too_old" => (
            "Waited too long",
            "The visitor came back too late for what was waiting in the browser. If there are many, check that your \
             pages can reach the collector.",
        ),
        "too_large" => (
            "Too large to send",
            "One event alone was larger than a request may be. Send shorter properties.",
        ),
        "refused" => (
            "Refused as a whole",
            "Check the site key in your tag, and the origins from which this site accepts events.",
        ),
        "bad_id" | "bad_event" => (
            "Not of the documented form",
            "Something other than the current tracker sends to this site. Check scripts of your own.",
        ),
        CONFLICT => (
            "Another event had the same id",
            "The first one was kept. Robots and copied requests do this; a script of your own must give each event an \
             id of its own.",
        ),
        _ => (
            "For a reason this version does not know",
            "The tracker is newer than this collector: update the collector.",
        ),
    }
}

/// The property an adjustment is about, where it is one that was kept.
pub(super) fn adjusted_property(code: &str) -> Option<&str> {
    let (reason, name) = code.split_once(':')?;
    matches!(reason, "property_name" | "value_cut" | "duplicate" | "undefined" | "unusable").then_some(name)
}

/// Says when a definition's event fires, to go on after "when".
pub(super) fn trigger(definition: &Definition) -> String {
    match &definition.trigger {
        None => "your code sends it".to_owned(),
        Some(Trigger::VisitedUrl { pages }) => format!("somebody views {}", page_list(pages)),
        Some(Trigger::ClickedElement { pages, target, alternatives }) => {
            let targets: Vec<String> = [target].into_iter().chain(alternatives).map(target_words).collect();
            let place = pages_words(pages);
            format!("somebody clicks {} on {place}", targets.join(" or "))
        }
    }
}

/// Which element is meant, to go on after "clicks".
pub(super) fn target_words(target: &Target) -> String {
    let text = target.text.as_ref().map(text_rule).unwrap_or_default();
    match &target.fingerprint {
        Some(fingerprint) => format!("{}{text}", element(fingerprint)),
        None => format!("{}{text}", target.selector),
    }
}

/// An element as a person would point it out: `the button “Buy” in the main part`.
fn element(fingerprint: &Fingerprint) -> String {
    let heaviest = |kind: Kind| {
        let of_kind = fingerprint.signals.iter().filter(|signal| signal.kind == kind);
        of_kind.max_by_key(|signal| signal.weight).map(|signal| signal.value.as_str())
    };
    let mut words = element_words(&heaviest, &fingerprint.family);
    if fingerprint.alike > 1 {
        words = format!("any of {} elements like {words}", fingerprint.alike);
    }
    words
}

/// The same for an element that was observed.
pub(super) fn observed_element(observation: &str) -> String {
    let mut parts = observation.split('\t');
    let family = parts.next().and_then(|family| family.strip_prefix(FAMILY)).unwrap_or_default();
    let first = |kind: Kind| parts.clone().find_map(|part| part.strip_prefix(kind.sign()));
    element_words(&first, family)
}

fn element_words<'a>(value: &dyn Fn(Kind) -> Option<&'a str>, family: &str) -> String {
    let noun = match value(Kind::Tag).unwrap_or(if family == "control" { "" } else { family }) {
        "a" => "link",
        "button" | "summary" => "button",
        "input" | "textarea" => "field",
        "select" => "choice",
        "img" => "picture",
        _ if value(Kind::Link).is_some() => "link",
        _ => "element",
    };
    let named = [Kind::Text, Kind::Label, Kind::Name, Kind::Wording].into_iter().find_map(value);
    let name = match (named, [Kind::Id, Kind::Hook, Kind::Picture, Kind::Class].into_iter().find_map(value)) {
        (Some(text), _) => format!(" “{text}”"),
        (None, Some(mark)) => format!(" marked {mark}"),
        (None, None) => String::new(),
    };
    let link = value(Kind::Link).map(|link| format!(" to {link}")).unwrap_or_default();
    let place = value(Kind::Landmark).map(landmark).unwrap_or_default();
    format!("the {noun}{name}{link}{place}")
}

fn landmark(name: &str) -> &'static str {
    match name {
        "nav" => " in the navigation",
        "header" => " in the header",
        "footer" => " in the footer",
        "main" => " in the main part",
        "aside" => " in the part beside",
        "form" => " in a form",
        "dialog" => " in a dialog",
        "article" => " in an article",
        "table" => " in a table",
        _ => "",
    }
}

/// What a signal speaks of.
pub(super) fn signal_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Hook => "Test or tracking attribute",
        Kind::Id => "Id",
        Kind::Name => "Name",
        Kind::Label => "Label",
        Kind::Text => "Text",
        Kind::Wording => "Text in lower case",
        Kind::Word => "Words",
        Kind::Link => "Leads to",
        Kind::Target => "End of the address it leads to",
        Kind::Query => "Query of the address it leads to",
        Kind::Picture => "Picture",
        Kind::Class => "Classes",
        Kind::Attribute => "Attributes",
        Kind::Tag => "Tag",
        Kind::Landmark => "Part of the page",
        Kind::Anchor => "Ids around it",
        Kind::Surrounding => "Classes around it",
        Kind::Heading => "Heading above it",
        Kind::Before => "Stands after",
        Kind::After => "Stands before",
        Kind::Path => "Tags around it",
        Kind::Place => "Place",
    }
}

/// On which pages.
pub(super) fn pages_words(pages: &[PagePattern]) -> String {
    if pages.is_empty() { "any page".to_owned() } else { page_list(pages) }
}

fn page_list(pages: &[PagePattern]) -> String {
    let patterns: Vec<_> = pages.iter().map(page_pattern).collect();
    patterns.join(" or ")
}

fn page_pattern(PagePattern { kind, value }: &PagePattern) -> String {
    let part = if value.starts_with('/') { "path" } else { "address" };
    match kind {
        Match::Exact => format!("the page {value}"),
        Match::Wildcard if value == "*" => "any page".to_owned(),
        Match::Wildcard => format!("a page whose {part} fits {value}"),
        Match::Contains => format!("a page whose {part} contains {value}"),
        Match::Prefix => format!("a page whose {part} begins with {value}"),
    }
}

/// What an element’s text must be, to go on after the element.
pub(super) fn text_rule(TextRule { kind, value }: &TextRule) -> String {
    match kind {
        Match::Exact => format!(" reading “{value}”"),
        Match::Wildcard => format!(" whose text fits “{value}”"),
        Match::Contains => format!(" whose text contains “{value}”"),
        Match::Prefix => format!(" whose text begins with “{value}”"),
    }
}

/// A status, and the style of its badge.
pub(super) fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Active => ("Active", "good"),
        Status::Paused => ("Paused", "attention"),
        Status::Archived => ("Archived", "plain"),
    }
}

/// Who changed something; of a token the name that people gave it.
pub(super) fn author(author: Author, tokens: &[Token]) -> String {
    match author {
        Author::Collector => "The collector, for the demo".to_owned(),
        Author::SignedIn => "Somebody in the studio".to_owned(),
        Author::AdminToken => "A program with the admin token".to_owned(),
        Author::Token(id) => match tokens.iter().find(|token| token.id == id) {
            Some(token) if !token.label.is_empty() => format!("A program with the token “{}”", token.label),
            _ => format!("A program with token number {id}"),
        },
        Author::Visualizer => "Published from the visualizer".to_owned(),
        Author::Proposal => "Proposal taken in the studio".to_owned(),
    }
}

/// Whose event it is.
pub(super) fn object(object: Object) -> &'static str {
    match object {
        Object::Contact => "Contact",
        Object::Company => "Company",
        Object::Deal => "Deal",
        Object::Ticket => "Ticket",
    }
}

/// A property's type.
pub(super) fn property_type(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::String => "Text",
        PropertyType::Number => "Number",
        PropertyType::Datetime => "Date and time",
        PropertyType::Date => "Day",
        PropertyType::Enumeration => "Choice",
        PropertyType::Bool => "Yes or no",
    }
}

/// A number with its thousands apart: `12,345`.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count and its noun.
pub(super) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// A point in time as ISO 8601 in UTC: `2026-11-23T12:04:05.678Z`.
pub(super) fn iso(at: UnixMillis) -> String {
    let ms = at.0;
    let (hour, minute, second) = (ms / 3_600_000 % 24, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{:03}Z", day(at), ms % 1000)
}

/// A point in time for who reads the page without its modules; with them it becomes local.
pub(super) fn plain_time(at: UnixMillis) -> String {
    let text = iso(at);
    format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default())
}

/// The day (UTC): `2026-11-23`.
pub(super) fn day(at: UnixMillis) -> String {
    // Days to a civil date, by eras of 400 years that begin on 1 March: leap days then come last.
    // Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    let days = at.0 / Millis::days(1).0 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The last `count` days up to and with that of `now`, oldest first.
pub(super) fn last_days(now: UnixMillis, count: u32) -> Vec<String> {
    let back = |n: u32| UnixMillis(now.0.saturating_sub(Millis::days(u64::from(n)).0));
    (0..count).rev().map(|n| day(back(n))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_adjustment_has_words() {
        use pugmark_protocol::reason::Adjustment;
        let x = || "x".to_owned();

        for adjusted in [
            Adjustment::EventName,
            Adjustment::PropertyName(x()),
            Adjustment::NoName(x()),
            Adjustment::ValueCut(x()),
            Adjustment::NoValue(x()),
            Adjustment::Duplicate(x()),
            Adjustment::TooMany(3),
        ] {
            let sentence = adjustment(&adjusted.code());
            assert!(!sentence.starts_with("Changed on the way"), "{}", adjusted.code());
            assert!(sentence.ends_with('.'), "{sentence}");
        }
    }

    #[test]
    fn every_loss_has_words() {
        use pugmark_protocol::reason::{Loss, Refusal};
        let refusals = [Refusal::BadId, Refusal::BadEvent, Refusal::NoName].map(crate::ingest::accept::code);

        for code in Loss::ALL.into_iter().map(Loss::code).chain(refusals).chain([CONFLICT]) {
            assert_ne!(loss(code), loss("from_the_future"), "{code}");
        }
    }

    #[test]
    fn a_cut_value_names_the_limit_of_its_property() {
        assert!(adjustment("value_cut:title").contains("256"));
        assert!(adjustment("value_cut:landing_url").contains("1024"));
    }

    #[test]
    fn an_unknown_code_is_still_shown() {
        assert_eq!(adjustment("from_the_future:x"), "Changed on the way: from_the_future:x");
    }

    #[test]
    fn triggers_read_as_sentences() {
        for (json, sentence) in [
            (r##"{"name":"a"}"##, "your code sends it"),
            (
                r##"{"name":"a","trigger":{"type":"VISITED_URL","pages":[{"match":"exact","value":"/cart"}]}}"##,
                "somebody views the page /cart",
            ),
            (
                r##"{"name":"a","trigger":{"type":"VISITED_URL","pages":[{"match":"prefix","value":"/a"},{"match":"contains","value":"b"}]}}"##,
                "somebody views a page whose path begins with /a or a page whose address contains b",
            ),
            (
                r##"{"name":"a","trigger":{"type":"CLICKED_ELEMENT","selector":"#buy","text":{"match":"contains","value":"Buy"}}}"##,
                "somebody clicks #buy whose text contains “Buy” on any page",
            ),
        ] {
            let definition: Definition = serde_json::from_str(json).expect("is well-formed");
            assert_eq!(trigger(&definition), sentence);
        }
    }

    #[test]
    fn an_element_that_is_known_again_is_pointed_out_as_a_person_would() {
        let told = |json: &str| {
            let definition: Definition = serde_json::from_str(json).expect("is well-formed");
            trigger(&definition)
        };
        let target = |alike: u32, signals: &str| {
            format!(
                r##""selector":"#x","fingerprint":{{"family":"control","threshold":1,"alike":{alike},"signals":[{signals}]}}"##
            )
        };
        let buy = target(
            1,
            r#"{"kind":"text","value":"Buy","weight":1},{"kind":"tag","value":"button","weight":1},
               {"kind":"landmark","value":"main","weight":1}"#,
        );
        let all = target(
            3,
            r#"{"kind":"link","value":"/cart","weight":1},{"kind":"class","value":"more","weight":1},
               {"kind":"class","value":"cart","weight":2}"#,
        );
        assert_eq!(
            told(&format!(
                r#"{{"name":"a","trigger":{{"type":"CLICKED_ELEMENT",{buy},"alternatives":[{{{all}}},{{"selector":"i"}}]}}}}"#
            )),
            "somebody clicks the button “Buy” in the main part or any of 3 elements like the link marked cart to /cart \
             or i on any page"
        );
        assert_eq!(observed_element("fdiv\tLMenu\tlnav"), "the element “Menu” in the navigation");
        assert_eq!(observed_element("fcontrol\ttinput\tNq"), "the field “q”");
        assert_eq!(observed_element(""), "the element");
    }

    #[test]
    fn days_and_times_are_those_of_the_calendar() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_735_689_600_000, "2025-01-01T00:00:00.000Z"),
            (1_795_430_400_000, "2026-11-23T10:40:00.000Z"),
        ] {
            assert_eq!(iso(UnixMillis(ms)), text);
        }
        assert_eq!(last_days(UnixMillis(1_735_689_600_000), 2), ["2024-12-31", "2025-01-01"]);
    }

    #[test]
    fn thousands_stand_apart() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(n), text);
        }
    }
}
