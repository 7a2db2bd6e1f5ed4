//! Judges a batch that could be read: what is stored of it, and which events are refused.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use pugmark_protocol::fingerprint::WHOLE;
use pugmark_protocol::id::{EventId, SessionId, TabId, VisitorId};
use pugmark_protocol::limits::{MAX_PROPERTIES, MAX_TITLE, MAX_URL};
use pugmark_protocol::name::EventName;
use pugmark_protocol::property::{Reading, Value as Kept, cut_to_fit, joined, sort_names, value_limit};
use pugmark_protocol::reason::{Adjustment, Loss, Refusal};
use pugmark_protocol::text::cut;
use pugmark_protocol::time::{Millis, UnixMillis};
use pugmark_protocol::wire::{Batch, Element, Event, Page, Refused};
use serde_json::{Map, Value};

use super::Unreadable;
use crate::choices::{self, Definitions};
use crate::defaults;
use crate::store::{Lost, NewBatch, NewEvent, StoredPage, StoredProperties};

/// How long ago an event may have happened; what says it is older counts as this old.
///
/// No journal keeps an event longer than this. Judgement (November 2026).
pub const OLDEST: Millis = Millis::days(31);

/// The note of an event whose time was brought into range.
const TIME: &str = "time";

/// Most notes of adjustments kept with an event: name, value, duplicate and choice of each property, the event's own name
/// and time, the count of those past the limit, and some for those that were dropped.
const MAX_ADJUSTED: usize = 5 * MAX_PROPERTIES;

/// Longest note of an adjustment, in UTF-16 code units: a reason and a property's name.
const MAX_NOTE: usize = 80;

/// The reason of a loss whose code this version does not know: codes from outside never become rows of their own.
const OTHER: &str = "other";

/// Turns a batch into what is stored, with the events that are refused.
///
/// # Errors
///
/// When the batch itself, not one of its events, is not of the documented form.
pub fn accept(
    batch: Batch,
    headers: &HeaderMap,
    definitions: &Definitions,
    received_at: UnixMillis,
) -> Result<(NewBatch, Vec<Refused>), Unreadable> {
    let clock = Clock { received_at };
    let malformed = |what: &str| Unreadable::NotABatch(what.to_owned());
    let tab = TabId::parse(&batch.tab).ok_or_else(|| malformed("tab must be 12 hexadecimal digits"))?;
    let visitor = match &batch.visitor {
        None => None,
        Some(id) => {
            Some(VisitorId::parse(id).ok_or_else(|| malformed("visitor must be 32 hexadecimal digits"))?)
        }
    };
    let session = match &batch.session {
        None => None,
        Some(session) => {
            let id = SessionId::parse(&session.id)
                .ok_or_else(|| malformed("session.id must be 16 hexadecimal digits"))?;
            Some((id, clock.at(difference(session.started, batch.sent))))
        }
    };

    let mut refused = Vec::new();
    let mut lost = losses(&batch.lost);
    let mut events = Vec::with_capacity(batch.events.len());
    for raw in batch.events {
        let number = raw.get("seq").and_then(Value::as_u64);
        match event(raw, &batch.site, definitions, clock) {
            Ok(event) => events.push(event),
            Err(one) => {
                lost.extend(number.map(|n| Lost { reason: code(one.reason), first: n, last: n }));
                refused.push(one);
            }
        }
    }
    let stored = NewBatch {
        received_at,
        tab: Some(tab),
        visitor,
        session,
        identity: batch.identity.map(|identity| fit(&identity).0),
        context: StoredProperties::new(&defaults::context(&batch.device, headers)),
        pages: batch.pages.iter().map(page).collect(),
        events,
        lost,
        site: batch.site,
    };
    Ok((stored, refused))
}

/// Every event of a batch, refused for the same reason.
pub fn refuse_all(batch: &Batch, reason: Refusal) -> Vec<Refused> {
    batch.events.iter().map(|event| Refused { id: id_of(event), reason }).collect()
}

/// A refusal's code, as the receipt has it.
pub fn code(reason: Refusal) -> &'static str {
    match reason {
        Refusal::UnknownSite => "unknown_site",
        Refusal::Origin => "origin",
        Refusal::BadId => "bad_id",
        Refusal::BadEvent => "bad_event",
        Refusal::NoName => "no_name",
    }
}

fn losses(stated: &BTreeMap<String, Vec<(u64, u64)>>) -> Vec<Lost> {
    let mut lost = Vec::new();
    for (reason, ranges) in stated {
        let reason = Loss::parse(reason).map_or(OTHER, Loss::code);
        lost.extend(ranges.iter().map(|&(first, last)| Lost { reason, first, last }));
    }
    lost
}

/// Brings the browser's times onto the collector's clock: what was made when the batch was sent happened on arrival.
#[derive(Clone, Copy)]
struct Clock {
    received_at: UnixMillis,
}

impl Clock {
    /// The time so many milliseconds after the batch was sent; never after its arrival, nor before [`OLDEST`].
    fn at(self, after_sent: i64) -> UnixMillis {
        let earliest = self.received_at.0.saturating_sub(OLDEST.0);
        let time = self.received_at.0.saturating_add_signed(after_sent);
        UnixMillis(time.clamp(earliest, self.received_at.0))
    }

    /// Whether a time so many milliseconds after the batch was sent cannot be, and another is kept.
    fn adjusts(self, after_sent: i64) -> bool {
        self.received_at.0.checked_add_signed(after_sent) != Some(self.at(after_sent).0)
    }
}

fn difference(time: UnixMillis, from: UnixMillis) -> i64 {
    i64::try_from(i128::from(time.0) - i128::from(from.0)).unwrap_or(i64::MIN)
}

fn event(raw: Value, site: &str, definitions: &Definitions, clock: Clock) -> Result<NewEvent, Refused> {
    let id = id_of(&raw);
    let refuse = |reason| Refused { id: id.clone(), reason };
    let event: Event = serde_json::from_value(raw).map_err(|_| refuse(Refusal::BadEvent))?;
    let uuid = EventId::parse(&event.id).ok_or_else(|| refuse(Refusal::BadId))?;
    let (name, renamed) = EventName::repair(&event.name, site).ok_or_else(|| refuse(Refusal::NoName))?;

    let (properties, found) = fit(&event.properties);
    let renamed = renamed.then_some(Adjustment::EventName);
    let mut adjusted: Vec<String> =
        event.adjusted.iter().take(MAX_ADJUSTED).map(|note| cut(note, MAX_NOTE).to_owned()).collect();
    let definition = definitions.get(name.as_str());
    let unusable = definition.into_iter().flat_map(|definition| {
        properties.iter().filter_map(|(name, value)| choices::unusable(definition, name, value))
    });
    let timed = clock.adjusts(event.at).then(|| TIME.to_owned());
    for note in renamed.iter().chain(&found).map(Adjustment::code).chain(unusable).chain(timed) {
        if adjusted.len() < MAX_ADJUSTED && !adjusted.contains(&note) {
            adjusted.push(note);
        }
    }
    Ok(NewEvent {
        id: uuid,
        name,
        at: clock.at(event.at),
        seq: event.seq,
        page: Some(event.page),
        element: event.element.map(element),
        properties: StoredProperties::new(&properties),
        adjusted,
        target: None,
    })
}

/// The id as it was sent, for the receipt; long nonsense is cut, since the sender knows none of its ids so long.
fn id_of(event: &Value) -> String {
    event.get("id").and_then(Value::as_str).map_or_else(String::new, |id| cut(id, 64).to_owned())
}

fn page(page: &Page) -> StoredPage {
    StoredPage {
        url: cut(&page.url, MAX_URL).to_owned(),
        title: cut(&page.title, MAX_TITLE).to_owned(),
        referrer: cut(&page.referrer, MAX_URL).to_owned(),
    }
}

fn element(element: Element) -> Element {
    let fit = |name: &str, value: String| cut(&value, value_limit(name)).to_owned();
    Element {
        text: fit("hs_element_text", element.text),
        id: fit("hs_element_id", element.id),
        class: fit("hs_element_class", element.class),
        href: fit("hs_link_href", element.href),
        position: element.position,
        // The whole is nothing to tell.
        score: element.score.filter(|score| *score < WHOLE),
    }
}

/// Applies the property rules, as the tracker did if it is ours.
fn fit(given: &Map<String, Value>) -> (Map<String, Value>, Vec<Adjustment>) {
    // Without those that are null, as if they were not there; so what is past the limit is counted rightly.
    let present = given.iter().filter(|(_, value)| !value.is_null());
    let mut names: Vec<String> = present.map(|(name, _)| name.clone()).collect();
    sort_names(&mut names);
    let (kept, adjusted) = cut_to_fit(&mut names.into_iter().map(|name| {
        let reading = given.get(&name).map_or(Reading::Absent, reading);
        (name, reading)
    }));
    let properties = kept.into_iter().map(|(name, value)| (name, written(value)));
    (properties.collect(), adjusted)
}

fn reading(value: &Value) -> Reading {
    match value {
        Value::Null => Reading::Absent,
        Value::Bool(yes) => Reading::Value(Kept::Bool(*yes)),
        Value::Number(number) => Reading::Value(Kept::Number(number.to_string())),
        Value::String(text) => Reading::Value(Kept::Text(text.clone())),
        Value::Array(items) => Reading::Value(Kept::Text(joined(items.iter().map(in_list)))),
        Value::Object(_) => Reading::Value(Kept::Text(value.to_string())),
    }
}

fn in_list(item: &Value) -> Reading {
    match item {
        Value::Null => Reading::Absent,
        Value::String(text) => Reading::Value(Kept::Text(text.clone())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Reading::Value(Kept::Text(item.to_string()))
        }
    }
}

fn written(value: Kept) -> Value {
    match value {
        Kept::Bool(yes) => Value::Bool(yes),
        // It was a JSON number a moment ago; should it be none, its text is kept.
        Kept::Number(number) => serde_json::from_str(&number).unwrap_or(Value::String(number)),
        Kept::Text(text) => Value::String(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_430_400_000);
    const ID: &str = "01900000-0000-7000-8000-000000000001";

    fn definitions() -> Definitions {
        let paid = json!({ "name": "paid", "properties": [
            { "name": "plan", "type": "enumeration", "options": [{ "value": "free" }, { "value": "pro" }] } ] });
        let paid = serde_json::from_value(paid).expect("is well-formed");
        [("paid".to_owned(), paid)].into()
    }

    fn accepted(batch: &Value) -> (NewBatch, Vec<Refused>) {
        let mut whole = json!({"v": 1, "site": "demo", "sent": 5_000_000_000_u64, "tab": "0123456789ab"});
        let fields = batch.as_object().expect("is an object").clone();
        whole.as_object_mut().expect("is an object").extend(fields);
        let batch = serde_json::from_value(whole).expect("is a batch");
        accept(batch, &HeaderMap::new(), &definitions(), NOW).expect("is of the documented form")
    }

    fn one(event: &Value) -> NewEvent {
        let mut whole = json!({"id": ID, "name": "bought"});
        let fields = event.as_object().expect("is an object").clone();
        whole.as_object_mut().expect("is an object").extend(fields);
        let (batch, refused) = accepted(&json!({ "events": [whole] }));
        assert_eq!(refused, []);
        batch.events.into_iter().next().expect("was accepted")
    }

    #[test]
    fn a_wrong_clock_in_the_browser_shifts_nothing() {
        assert_eq!(one(&json!({"at": -840})).at, UnixMillis(NOW.0 - 840));
        assert_eq!(one(&json!({"at": 0})).at, NOW);
    }

    #[test]
    fn times_that_cannot_be_are_brought_into_range() {
        assert_eq!(one(&json!({"at": 90_000})).at, NOW);
        assert_eq!(one(&json!({"at": i64::MIN})).at, UnixMillis(NOW.0 - OLDEST.0));
        assert_eq!(one(&json!({"at": i64::MAX})).at, NOW);
    }

    #[test]
    fn a_time_that_was_brought_into_range_is_told() {
        let oldest = -i64::try_from(OLDEST.0).expect("is some days");
        for (at, adjusted) in [
            (0, &[][..]),
            (1, &["time"]),
            (i64::MAX, &["time"]),
            (oldest, &[]),
            (oldest - 1, &["time"]),
            (i64::MIN, &["time"]),
        ] {
            assert_eq!(one(&json!({ "at": at })).adjusted, adjusted, "{at}");
        }
    }

    #[test]
    fn one_bad_event_does_not_lose_the_others() {
        let (batch, refused) = accepted(&json!({"events": [
            {"id": "not-a-uuid", "name": "a"},
            {"id": ID, "name": "good"},
            {"id": "01900000-0000-7000-8000-000000000002", "name": "42"},
            {"id": "01900000-0000-7000-8000-000000000003"},
            7,
        ]}));

        assert_eq!(batch.events.len(), 1);
        let reasons: Vec<_> = refused.iter().map(|one| one.reason).collect();
        assert_eq!(reasons, [Refusal::BadId, Refusal::NoName, Refusal::BadEvent, Refusal::BadEvent]);
        assert_eq!(refused[0].id, "not-a-uuid");
    }

    #[test]
    fn property_rules_are_applied_again_to_a_batch_made_by_hand() {
        let event = one(&json!({
            "name": "Signed Up",
            "adjusted": ["value_cut:x"],
            "properties": {"First-Name": "A", "list": [1, "b", null, true], "nothing": null,
                           "deep": {"a": 1}, "long": "x".repeat(300), "n": 9_007_199_254_740_993_u64},
        }));

        assert_eq!(event.name.as_str(), "signed_up");
        assert_eq!(
            Value::Object(event.properties.read()),
            json!({"first_name": "A", "list": "1;b;true", "deep": "{\"a\":1}", "long": "x".repeat(256),
                   "n": 9_007_199_254_740_993_u64})
        );
        assert_eq!(
            event.adjusted,
            ["value_cut:x", "event_name", "property_name:first_name", "value_cut:long"]
        );
    }

    #[test]
    fn values_that_no_definition_knows_are_kept_and_marked() {
        for (name, plan, adjusted) in [
            ("paid", json!("pro"), &[][..]),
            ("paid", json!(["free", "pro"]), &[]),
            ("paid", json!("gold"), &["unusable:plan"]),
            ("Paid", json!("pro;gold"), &["event_name", "unusable:plan"]),
            ("nobody_defined", json!("gold"), &[]),
        ] {
            let event = one(&json!({ "name": name, "properties": { "plan": plan } }));
            assert_eq!(event.adjusted, adjusted, "{name}: {plan}");
            assert!(event.properties.read().contains_key("plan"), "{name}: {plan}");
        }
    }

    #[test]
    fn the_score_of_an_element_is_kept_where_it_is_less_than_the_whole() {
        let score = |told: Value| {
            one(&json!({"element": {"text": "Buy", "match": told}})).element.and_then(|element| element.score)
        };

        assert_eq!([score(json!(0)), score(json!(999))], [Some(0), Some(999)]);
        assert_eq!([score(json!(1_000)), score(json!(1_001)), score(Value::Null)], [None; 3]);
    }

    #[test]
    fn names_that_mean_something_to_javascript_are_plain_data() {
        let event = one(&json!({"properties": {"constructor": "x", "hasOwnProperty": 1}}));

        assert_eq!(Value::Object(event.properties.read()), json!({"constructor": "x", "hasownproperty": 1}));
    }

    #[test]
    fn a_malformed_visitor_is_told_so() {
        let batch = json!({"v": 1, "site": "demo", "sent": 1, "tab": "0123456789ab", "visitor": "me"});
        let batch = serde_json::from_value(batch).expect("reads");

        let error =
            accept(batch, &HeaderMap::new(), &definitions(), NOW).map(|_| ()).expect_err("is malformed");

        assert!(error.to_string().contains("visitor must be 32 hexadecimal digits"));
    }

    #[test]
    fn reasons_of_loss_are_of_a_closed_list() {
        let (batch, _) = accepted(&json!({"lost": {"outbox_full": [[3, 7], [9, 9]], "<b>": [[1, 1]]}}));

        let lost = |reason, first, last| Lost { reason, first, last };
        assert_eq!(batch.lost, [lost("other", 1, 1), lost("outbox_full", 3, 7), lost("outbox_full", 9, 9)]);
    }

    #[test]
    fn a_refused_event_is_entered_as_lost_where_its_number_can_be_read() {
        let (batch, _) = accepted(&json!({"events": [
            {"id": "not-a-uuid", "name": "a", "seq": 4},
            {"id": ID, "name": "42", "seq": 5},
            {"id": ID, "seq": -1},
            7,
        ]}));

        let lost = |reason, n| Lost { reason, first: n, last: n };
        assert_eq!(batch.lost, [lost("bad_id", 4), lost("no_name", 5)]);
    }

    #[test]
    fn of_properties_past_the_limit_only_those_that_are_there_count() {
        let mut properties: Map<String, Value> = (0..51).map(|n| (format!("p{n:02}"), json!(n))).collect();
        properties.extend((0..9).map(|n| (format!("z{n}"), Value::Null)));

        assert_eq!(one(&json!({"properties": properties})).adjusted, ["too_many:1"]);
    }
}
