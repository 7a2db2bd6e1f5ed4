//! What goes into the store and what comes out of it.

mod codeless;
mod occurrence;
mod record;
mod token;

use std::collections::{BTreeMap, HashMap};

use pugmark_protocol::definition::Definition;
use pugmark_protocol::id::{EventId, SessionId, TabId, VisitorId};
use pugmark_protocol::name::EventName;
use pugmark_protocol::time::UnixMillis;
use pugmark_protocol::wire::Element;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::defaults::complete;

pub use codeless::{Activity, Author, Change, Draft, Finding, Found, Hit, NearMiss, ViewedPage, page_of};
pub use occurrence::{Direction, Occurrence, OccurrenceFilter, OccurrencePage, Place};
pub use record::{
    FIRST_OBJECT_ID, MAX_OBJECT_ID, Record, RecordFilter, RecordPage, Target, address, own_number,
};
pub use token::{Scope, Token};

/// A website that sends events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The public key that the script tag names; never changes.
    pub key: String,
    /// Its name for people.
    #[serde(default)]
    pub label: String,
    /// The origins (`https://www.example.com`) that may send; empty means any.
    #[serde(default)]
    pub origins: Vec<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: UnixMillis,
}

/// A definition and what the store knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// The definition.
    pub definition: Definition,
    /// When it was made, and by which of the site's tokens, if by one.
    pub created: (UnixMillis, Option<i64>),
    /// When it last changed, and by which token.
    pub updated: (UnixMillis, Option<i64>),
    /// Since when it fires as it does now: its trigger or its status last changed then.
    pub armed_at: UnixMillis,
    /// When each of its own properties was made and last changed.
    pub properties: BTreeMap<String, PropertyTimes>,
}

/// When a property was made and when it last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyTimes {
    /// When it was made.
    #[serde(rename = "c")]
    pub created: UnixMillis,
    /// When it last changed.
    #[serde(rename = "u")]
    pub updated: UnixMillis,
}

impl Entry {
    /// When a property was made and last changed; one of which that is not kept is as old as the definition.
    pub fn times_of(&self, property: &str) -> PropertyTimes {
        let whole = PropertyTimes { created: self.created.0, updated: self.created.0 };
        self.properties.get(property).copied().unwrap_or(whole)
    }
}

/// A validated batch, ready to be appended.
#[derive(Clone, Debug)]
pub struct NewBatch {
    /// The site's key.
    pub site: String,
    /// When it arrived.
    pub received_at: UnixMillis,
    /// The tab; none when a server has sent the batch.
    pub tab: Option<TabId>,
    /// The visitor, unless tracked anonymously.
    pub visitor: Option<VisitorId>,
    /// The visit and when it started, unless tracked anonymously.
    pub session: Option<(SessionId, UnixMillis)>,
    /// Who the visitor is, if the page has just said so.
    pub identity: Option<Map<String, Value>>,
    /// The default properties that device and request headers give, the same for every event of the batch.
    pub context: StoredProperties,
    /// The pages.
    pub pages: Vec<StoredPage>,
    /// The events.
    pub events: Vec<NewEvent>,
    /// What the tab says it let go, and what of this batch was refused.
    pub lost: Vec<Lost>,
}

/// Events that are lost, by their numbers in the tab; whatever it says, no more than a tab can have is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Why: a code of our own, never text from outside.
    pub reason: &'static str,
    /// The first number.
    pub first: u64,
    /// The last number.
    pub last: u64,
}

/// A page as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredPage {
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Where the visitor came from.
    pub referrer: String,
}

/// Properties as they are stored: the text of a JSON object.
///
/// They are written before they wait for the store. As a tree they would be a dozen small pieces of memory for each event,
/// and work for the one thread that everybody waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProperties(String);

impl StoredProperties {
    /// Writes them, in the order of their names: whether two events are the same is told by this text.
    pub fn new(properties: &Map<String, Value>) -> Self {
        Self(serde_json::to_string(properties).expect("names are texts, and every JSON value can be written"))
    }

    /// As they are stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads them again.
    pub fn read(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).expect("it was written from such a map")
    }
}

/// A validated event.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// Its name.
    pub name: EventName,
    /// When it happened, by the collector's clock.
    pub at: UnixMillis,
    /// Its number in the tab.
    pub seq: u64,
    /// Which of the batch's pages it happened on.
    pub page: Option<usize>,
    /// What was clicked.
    pub element: Option<Element>,
    /// What the page gave, by the property rules.
    pub properties: StoredProperties,
    /// What the property rules changed, here and in the tracker.
    pub adjusted: Vec<String>,
    /// Whose it is, if a server said so; events of a tab are their visitor's.
    pub target: Option<Box<Target>>,
}

/// What stands for the tab of events that servers send.
const SERVER: &str = "server";

impl NewBatch {
    /// The tab as text.
    pub fn tab_text(&self) -> String {
        self.tab.map_or_else(|| SERVER.to_owned(), TabId::to_text)
    }

    /// The visitor of one of its events.
    pub fn visitor_of(&self, event: &NewEvent) -> Option<VisitorId> {
        event.target.as_ref().map_or(self.visitor, |target| target.visitor)
    }

    /// An event of this batch as the store will show it.
    pub fn shown(&self, event: &NewEvent) -> StoredEvent {
        let page = event.page.and_then(|index| self.pages.get(index));
        StoredEvent {
            id: event.id.to_text(),
            name: event.name.as_str().to_owned(),
            at: event.at,
            received_at: self.received_at,
            visitor: self.visitor_of(event).map(VisitorId::to_text),
            session: self.session.as_ref().map(|(session, _)| session.to_text()),
            tab: self.tab_text(),
            seq: event.seq,
            url: page.map(|page| page.url.clone()).unwrap_or_default(),
            properties: complete(event.properties.read(), page, &self.context.read(), event.element.as_ref()),
            adjusted: event.adjusted.clone(),
            identity: self.identity.clone(),
        }
    }
}

/// What became of one event of an appended batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Stored now.
    Stored,
    /// Stored before.
    Duplicate,
    /// Another event was stored before under the same id; the first wins.
    Conflict,
}

/// What became of an appended batch: a verdict for each event, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// In the order of the batch's events.
    pub verdicts: Vec<Verdict>,
    /// Under which id an event stands whose own is another's, by its place in the batch.
    pub renamed: HashMap<usize, EventId>,
    /// How many events of the tab are known to be lost since its batch before this one, by reason.
    pub newly_lost: Vec<(String, u64)>,
}

impl Appended {
    /// The id under which an event stands that had this place in the batch.
    pub fn id_of(&self, place: usize, event: &NewEvent) -> EventId {
        self.renamed.get(&place).copied().unwrap_or(event.id)
    }
}

/// A stored event, whole again: the default properties are back in their place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredEvent {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it happened, by the collector's clock.
    pub at: UnixMillis,
    /// When it arrived.
    pub received_at: UnixMillis,
    /// The visitor.
    pub visitor: Option<String>,
    /// The visit.
    pub session: Option<String>,
    /// The tab.
    pub tab: String,
    /// Its number in the tab.
    pub seq: u64,
    /// The page's address; empty where it is not known.
    pub url: String,
    /// What the page gave and the `hs_` properties added to it.
    pub properties: Map<String, Value>,
    /// What the property rules changed.
    pub adjusted: Vec<String>,
    /// Who the visitor is, as far as is known now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Map<String, Value>>,
}

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct EventFilter {
    /// Only of this name.
    #[serde(default)]
    pub name: Option<String>,
    /// Only of this visitor.
    #[serde(default)]
    pub visitor: Option<String>,
    /// Go on after this cursor: [`EventPage::next`] of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many at most; 0 means the default.
    #[serde(default)]
    pub limit: u32,
}

/// Some events, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EventPage {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// Where the next page starts; `None` when there is none.
    pub next: Option<String>,
}

/// How often an event was completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The event's name.
    pub name: String,
    /// How often, ever.
    pub total: u64,
    /// When it last arrived.
    pub last_received_at: UnixMillis,
    /// How often on each of the days asked for; days without any are left out.
    pub days: Vec<DayCount>,
}

/// How often on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayCount {
    /// The day (UTC), as `2026-11-23`.
    pub day: String,
    /// How often.
    pub n: u64,
}

/// What became of the events that were made: `made` = `stored` + the sum of `totals` + `missing`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// How many are known to be lost, by reason.
    pub totals: BTreeMap<String, u64>,
    /// How many were made, as far as any number of theirs was seen.
    pub made: u64,
    /// How many are stored.
    pub stored: u64,
    /// How many are neither: on their way, or lost in silence.
    pub missing: u64,
    /// The tabs that lack events, seen last first, up to a limit; of a visitor all tabs.
    pub tabs: Vec<TabDelivery>,
}

/// What became of the events of one tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TabDelivery {
    /// The tab.
    pub tab: String,
    /// The visitor it last belonged to.
    pub visitor: Option<String>,
    /// When it last sent something.
    pub last_received_at: UnixMillis,
    /// How many events it made, as far as any number of theirs was seen.
    pub made: u64,
    /// How many are stored.
    pub stored: u64,
    /// How many are known to be lost, by reason.
    pub lost: BTreeMap<String, u64>,
    /// How many are neither.
    pub missing: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_are_written_in_the_order_of_their_names_and_read_as_they_were() {
        let given = json!({"price": 12.95, "n": 9_007_199_254_740_993_u64, "a": "é\"", "yes": true});
        let given = given.as_object().expect("is an object");

        let stored = StoredProperties::new(given);

        assert_eq!(stored.as_str(), r#"{"a":"é\"","n":9007199254740993,"price":12.95,"yes":true}"#);
        assert_eq!(stored.read(), *given);
    }
}
