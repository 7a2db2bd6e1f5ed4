//! The wire format of a batch and its receipt, as the end that reads with serde sees it.
//!
//! Fields the collector does not know are ignored, so that an older collector understands a newer tracker.
//! `docs/protocol.md` shows both by example.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::limits::MAX_BATCH_EVENTS;
use crate::reason::Refusal;
use crate::time::UnixMillis;

/// The version this collector and this tracker speak.
pub const VERSION: u32 = 1;

/// What one request brings: events of one tab, with what they have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// The format's version: [`VERSION`].
    pub v: u32,
    /// The site's key.
    pub site: String,
    /// The browser's clock when the batch was made; the collector anchors it at the arrival.
    pub sent: UnixMillis,
    /// The tab in which the events were made.
    pub tab: String,
    /// The visitor; absent when the site tracks anonymously.
    #[serde(default)]
    pub visitor: Option<String>,
    /// The visit; absent when the site tracks anonymously.
    #[serde(default)]
    pub session: Option<Session>,
    /// Who the visitor is, if the page has just said so: `email`, `id` and further properties.
    #[serde(default)]
    pub identity: Option<Map<String, Value>>,
    /// The device.
    #[serde(default)]
    pub device: Device,
    /// The pages the events happened on; read no further than one past [`MAX_BATCH_EVENTS`].
    #[serde(default, deserialize_with = "bounded")]
    pub pages: Vec<Page>,
    /// The events, each an [`Event`]; read one by one, so that a bad one does not lose the others;
    /// and no further than one past [`MAX_BATCH_EVENTS`].
    #[serde(default, deserialize_with = "bounded")]
    pub events: Vec<Value>,
    /// Which events this tab has let go, by [`crate::reason::Loss`]: ranges of their numbers, both ends included, so that
    /// a batch sent twice counts nothing twice.
    #[serde(default)]
    pub lost: BTreeMap<String, Vec<(u64, u64)>>,
}

/// The visit a batch belongs to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// When it started, by the browser's clock.
    pub started: UnixMillis,
}

/// What the page can tell of the device; the collector adds what the request's headers tell.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Device {
    /// The browser's first language.
    #[serde(default)]
    pub language: Option<String>,
    /// Width and height of the screen, in CSS pixels.
    #[serde(default)]
    pub screen: Option<(u32, u32)>,
}

/// A page that was viewed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Page {
    /// Its address.
    #[serde(default)]
    pub url: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Where the visitor came from.
    #[serde(default)]
    pub referrer: String,
}

/// One completion.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// A UUID, made at the call.
    pub id: String,
    /// Its number among the calls of the tab that were to be events, from 1.
    #[serde(default)]
    pub seq: u64,
    /// When it happened, in milliseconds after `sent`; zero or less unless the clock was changed in between.
    #[serde(default)]
    pub at: i64,
    /// The event's name.
    pub name: String,
    /// Which of the batch's pages it happened on, from 0.
    #[serde(default)]
    pub page: usize,
    /// What the page gave.
    #[serde(default)]
    pub properties: Map<String, Value>,
    /// What was clicked, for events of clicks.
    #[serde(default)]
    pub element: Option<Element>,
    /// What the property rules changed: see [`crate::reason::Adjustment::code`].
    #[serde(default)]
    pub adjusted: Vec<String>,
}

/// What is recorded of a clicked element.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Element {
    /// Its visible text.
    #[serde(default)]
    pub text: String,
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Its classes.
    #[serde(default)]
    pub class: String,
    /// Where it leads, if it is a link.
    #[serde(default)]
    pub href: String,
    /// Which it is of those that stand as it does, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// Its score, where a fingerprint knew it by less than the whole: see [`crate::fingerprint`].
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub score: Option<u32>,
}

/// The answer to a batch, given after the events are durable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How many events were stored now.
    pub accepted: u64,
    /// How many were stored before, under the same id.
    pub duplicates: u64,
    /// Which were refused for good, and why.
    pub refused: Vec<Refused>,
}

/// One refused event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The event's id as it was sent; empty where it had none.
    pub id: String,
    /// Why.
    pub reason: Refusal,
}

/// Reads a list, and of a list that is too long only enough to know that.
fn bounded<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Bounded<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while items.len() <= MAX_BATCH_EVENTS {
                match list.next_element()? {
                    Some(item) => items.push(item),
                    None => return Ok(items),
                }
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(items)
        }
    }

    deserializer.deserialize_seq(Bounded(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_batch_reads_and_unknown_fields_are_ignored() {
        let batch: Batch = serde_json::from_str(
            r#"{ "v": 1, "site": "demo", "sent": 1795430400000, "tab": "0123456789ab", "future": [],
                 "visitor": "0123456789abcdef0123456789abcdef", "session": {"id":"0123456789abcdef","started":1},
                 "identity": {"email": "a@b.c"}, "device": {"language":"nl","screen":[1440,900]},
                 "pages": [{"url":"https://x/","title":"X","referrer":""}],
                 "events": [{"id":"x","seq":12,"at":-840,"name":"signed_up","page":0,"properties":{"plan":"pro"}}],
                 "lost": {"outbox_full": [[3,7],[9,9]]} }"#,
        )
        .expect("is the documented form");

        let event: Event = serde_json::from_value(batch.events[0].clone()).expect("is the documented form");
        assert_eq!(event.at, -840);
        assert_eq!(batch.device.screen, Some((1440, 900)));
        assert_eq!(batch.lost["outbox_full"], [(3, 7), (9, 9)]);
    }

    #[test]
    fn of_a_list_that_is_too_long_only_so_much_is_read() {
        let pages = vec!["{}"; 3 * MAX_BATCH_EVENTS].join(",");
        let json = format!(
            r#"{{"v":1,"site":"demo","sent":1,"tab":"x","pages":[{pages}],"lost":{{"too_old":[[1,1]]}}}}"#
        );
        let batch: Batch = serde_json::from_str(&json).expect("is well-formed");

        assert_eq!(batch.pages.len(), MAX_BATCH_EVENTS + 1);
        assert_eq!(batch.lost["too_old"], [(1, 1)], "what follows is read");
    }

    #[test]
    fn a_receipt_is_written_as_documented() {
        let receipt = Receipt {
            accepted: 1,
            duplicates: 0,
            refused: vec![Refused { id: "x".to_owned(), reason: Refusal::UnknownSite }],
        };

        assert_eq!(
            serde_json::to_string(&receipt).expect("is plain data"),
            r#"{"accepted":1,"duplicates":0,"refused":[{"id":"x","reason":"unknown_site"}]}"#
        );
    }
}
