//! Putting a batch together: what records have in common is written once.

use std::rc::Rc;

use pugmark_protocol::reason::Loss;
use pugmark_protocol::text::push_decimal;
use pugmark_protocol::time::UnixMillis;

use crate::journal::{Content, Context, Record};
use crate::json::{push_integer, push_list, push_name, push_text_member};

/// The version of the wire format this tracker writes.
const VERSION: u64 = 1;

/// What every batch of this page carries.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// The site's key.
    pub site: String,
    /// The device, as the wire's JSON; empty where nothing is known of it.
    pub device: String,
}

/// Writes a batch of `records`, which must share one context.
pub fn encode(envelope: &Envelope, records: &[Record], now: UnixMillis) -> String {
    let mut out = "{".to_owned();
    push_name(&mut out, "v");
    push_decimal(&mut out, VERSION);
    push_text_member(&mut out, "site", &envelope.site);
    push_name(&mut out, "sent");
    push_decimal(&mut out, now.0);
    if let Some(first) = records.first() {
        push_context(&mut out, &first.context);
    }
    if !envelope.device.is_empty() {
        push_name(&mut out, "device");
        out.push_str(&envelope.device);
    }
    push_records(&mut out, records, now);
    push_losses(&mut out, records);
    out.push('}');
    out
}

fn push_context(out: &mut String, context: &Context) {
    push_text_member(out, "tab", &context.tab.to_text());
    if let Some(visitor) = context.visitor {
        push_text_member(out, "visitor", &visitor.to_text());
    }
    if let Some((id, started)) = context.session {
        push_name(out, "session");
        out.push('{');
        push_text_member(out, "id", &id.to_text());
        push_name(out, "started");
        push_decimal(out, started.0);
        out.push('}');
    }
}

fn push_records(out: &mut String, records: &[Record], now: UnixMillis) {
    let mut pages: Vec<&Rc<str>> = Vec::new();
    let mut events = String::new();
    let mut identity = None;
    for record in records {
        match &record.content {
            // Each statement says all that is known, so the last is enough.
            Content::Identity(known) => identity = Some(known),
            Content::Lost { .. } => {}
            Content::Event { id, number, page, members } => {
                let place = pages.iter().position(|known| *known == page).unwrap_or_else(|| {
                    pages.push(page);
                    pages.len() - 1
                });
                events.push_str(if events.is_empty() { "{" } else { ",{" });
                push_text_member(&mut events, "id", &id.to_text());
                push_name(&mut events, "seq");
                push_decimal(&mut events, *number);
                push_name(&mut events, "at");
                push_integer(&mut events, record.at.0 as i64 - now.0 as i64);
                push_name(&mut events, "page");
                push_decimal(&mut events, place as u64);
                events.push(',');
                events.push_str(members);
                events.push('}');
            }
        }
    }
    if let Some(identity) = identity {
        push_name(out, "identity");
        out.push_str(identity);
    }
    push_name(out, "pages");
    push_list(out, pages, |out, page| out.push_str(page));
    push_name(out, "events");
    out.push('[');
    out.push_str(&events);
    out.push(']');
}

fn push_losses(out: &mut String, records: &[Record]) {
    let mut losses = "{".to_owned();
    for reason in Loss::ALL {
        let mut ranges = String::new();
        for record in records {
            if let Content::Lost { reason: why, first, last } = &record.content
                && *why == reason
            {
                ranges.push_str(if ranges.is_empty() { "[" } else { ",[" });
                push_decimal(&mut ranges, *first);
                ranges.push(',');
                push_decimal(&mut ranges, *last);
                ranges.push(']');
            }
        }
        if !ranges.is_empty() {
            push_name(&mut losses, reason.code());
            losses.push('[');
            losses.push_str(&ranges);
            losses.push(']');
        }
    }
    if losses.len() > 1 {
        push_name(out, "lost");
        out.push_str(&losses);
        out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::id::{SessionId, VisitorId};
    use pugmark_protocol::wire;

    use super::*;
    use crate::journal::tests::event;

    fn envelope() -> Envelope {
        Envelope { site: "demo".to_owned(), device: r#"{"language":"nl","screen":[1440,900]}"#.to_owned() }
    }

    fn read(records: &[Record]) -> wire::Batch {
        serde_json::from_str(&encode(&envelope(), records, UnixMillis(2_000)))
            .expect("the collector reads it")
    }

    fn lost(reason: Loss, first: u64, last: u64) -> Record {
        Record { content: Content::Lost { reason, first, last }, ..event(first, "") }
    }

    #[test]
    fn the_collector_reads_what_the_tracker_writes() {
        let records = [event(1, r#""name":"a","properties":{"x":"y"}"#), event(2, r#""name":"b""#)];
        let batch = read(&records);

        assert_eq!((batch.v, batch.site.as_str(), batch.sent), (wire::VERSION, "demo", UnixMillis(2_000)));
        assert_eq!(batch.visitor.as_deref(), Some(VisitorId::new([0, 8]).to_text().as_str()));
        let session = batch.session.expect("has one");
        assert_eq!((session.id, session.started), (SessionId::new(9).to_text(), UnixMillis(1)));
        assert_eq!((batch.device.language.as_deref(), batch.device.screen), (Some("nl"), Some((1440, 900))));
        assert!(batch.lost.is_empty());
        assert!(
            !encode(&envelope(), &records, UnixMillis(2_000)).contains("lost"),
            "not a word of no losses"
        );
        let events: Vec<wire::Event> =
            batch.events.into_iter().map(|e| serde_json::from_value(e).expect("reads")).collect();
        assert_eq!((events[0].seq, events[0].at, events[0].name.as_str()), (1, -999, "a"));
        assert_eq!(events[0].properties["x"], "y");
        assert_eq!(events[1].at, -998);
    }

    #[test]
    fn events_of_one_page_share_it() {
        let mut elsewhere = event(3, r#""name":"c""#);
        if let Content::Event { page, .. } = &mut elsewhere.content {
            *page = r#"{"url":"https://y/","title":""}"#.into();
        }
        let batch = read(&[event(1, r#""name":"a""#), event(2, r#""name":"b""#), elsewhere]);

        assert_eq!(batch.pages.len(), 2);
        assert_eq!(batch.events[1]["page"], 0);
        assert_eq!(batch.events[2]["page"], 1);
    }

    #[test]
    fn the_last_statement_of_identity_travels_and_alone_if_need_be() {
        let identity =
            |seq, known: &str| Record { content: Content::Identity(known.into()), ..event(seq, "") };
        let batch = read(&[identity(1, r#"{"id":"1"}"#), identity(2, r#"{"id":"1","email":"a@b.c"}"#)]);

        assert!(batch.events.is_empty());
        assert_eq!(batch.identity.expect("travels")["email"], "a@b.c");
    }

    #[test]
    fn losses_travel_as_ranges_by_reason_and_alone_if_need_be() {
        let batch = read(&[lost(Loss::TooOld, 3, 7), lost(Loss::NoName, 8, 8), lost(Loss::TooOld, 10, 10)]);

        assert!(batch.events.is_empty());
        assert_eq!(batch.tab, event(3, "").context.tab.to_text());
        assert_eq!(batch.lost.len(), 2);
        assert_eq!(batch.lost["too_old"], [(3, 7), (10, 10)]);
        assert_eq!(batch.lost["no_name"], [(8, 8)]);
    }
}
