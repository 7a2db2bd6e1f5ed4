//! Codes, triggers and times in the words a marketer would use.

use pugmark_protocol::definition::{Definition, Object, PropertyType, Status, Target, TextRule, Trigger};
use pugmark_protocol::limits::{MAX_EVENT_NAME, MAX_PROPERTIES, MAX_PROPERTY_NAME};
use pugmark_protocol::pattern::{Match, PagePattern};
use pugmark_protocol::property::value_limit;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::store::CONFLICT;

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
            let place = if pages.is_empty() { "any page".to_owned() } else { page_list(pages) };
            format!("somebody clicks {} on {place}", targets.join(" or "))
        }
    }
}

fn target_words(Target { selector, text, .. }: &Target) -> String {
    format!("{selector}{}", text.as_ref().map(text_rule).unwrap_or_default())
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

fn text_rule(TextRule { kind, value }: &TextRule) -> String {
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
