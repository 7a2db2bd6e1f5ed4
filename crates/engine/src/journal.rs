//! The journal's records: one storage key an event, written at the call, removed on the receipt.
//!
//! A record is a few lines of text. The last line is ready-made JSON, so that a batch is put together without ever
//! reading JSON.

use pugmark_protocol::id::{EventId, SessionId, TabId, VisitorId};
use pugmark_protocol::text::push_decimal;
use pugmark_protocol::time::UnixMillis;

/// The version of the records' form. A record of another version is not adopted but left to its own.
const VERSION: &str = "1";

/// Where a record is kept: a tab, and a number in it. Never an array that several tabs rewrite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalKey {
    /// The tab in which the event was made.
    pub tab: TabId,
    /// Its number there, from 1.
    pub seq: u64,
}

impl JournalKey {
    /// The key as text: `tab:number`.
    pub fn to_text(&self) -> String {
        let mut text = self.tab.as_str().to_owned();
        text.push(':');
        push_decimal(&mut text, self.seq);
        text
    }
}

/// What events of one batch must have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The tab.
    pub tab: TabId,
    /// The visitor; none when the site tracks anonymously.
    pub visitor: Option<VisitorId>,
    /// The visit and its start; none when the site tracks anonymously.
    pub session: Option<(SessionId, UnixMillis)>,
}

/// One event, or one statement of identity, on its way to the collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number among the tab's records, events or not.
    pub seq: u64,
    /// What it shares with its neighbours.
    pub context: Context,
    /// When it happened.
    pub at: UnixMillis,
    /// What it is.
    pub content: Content,
}

/// What a record carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A completion.
    Event {
        /// Its id.
        id: EventId,
        /// Its number among the tab's events, from 1: a gap shows that one is missing.
        number: u64,
        /// The page, as the wire's JSON.
        page: String,
        /// The wire's other members of the event, without braces.
        members: String,
    },
    /// Who the visitor is, as the wire's JSON.
    Identity(String),
}

impl Record {
    /// Where it is kept.
    pub fn key(&self) -> JournalKey {
        JournalKey { tab: self.context.tab.clone(), seq: self.seq }
    }

    /// Roughly what it takes in storage and in a batch, in bytes.
    pub fn size(&self) -> usize {
        // Ids, times and punctuation come to about this.
        const FRAME: usize = 160;
        FRAME
            + match &self.content {
                Content::Event { page, members, .. } => page.len() + members.len(),
                Content::Identity(identity) => identity.len(),
            }
    }

    /// Whether a text is of this version's form, damaged or not.
    pub fn is_ours(text: &str) -> bool {
        text.split('\n').next() == Some(VERSION)
    }

    /// Whether it is an event, and counts as one.
    pub fn is_event(&self) -> bool {
        matches!(self.content, Content::Event { .. })
    }

    /// The parts that must be JSON. Storage can be damaged, and one bad record would spoil its batch.
    pub fn json_parts(&self) -> Vec<String> {
        match &self.content {
            Content::Event { page, members, .. } => vec![page.clone(), ["{", members, "}"].concat()],
            Content::Identity(identity) => vec![identity.clone()],
        }
    }

    /// The record as lines.
    pub fn to_text(&self) -> String {
        let mut text = VERSION.to_owned();
        let mut line = |part: &str| {
            text.push('\n');
            text.push_str(part);
        };
        line(self.context.tab.as_str());
        line(&decimal(self.seq));
        line(&decimal(self.at.0));
        line(self.context.visitor.as_ref().map_or("", VisitorId::as_str));
        match &self.context.session {
            Some((id, started)) => {
                line(id.as_str());
                line(&decimal(started.0));
            }
            None => {
                line("");
                line("");
            }
        }
        match &self.content {
            Content::Event { id, number, page, members } => {
                line(id.as_str());
                line(&decimal(*number));
                line(page);
                line(members);
            }
            Content::Identity(identity) => {
                line("");
                line("");
                line("");
                line(identity);
            }
        }
        text
    }

    /// Reads lines written by this version; anything else is no record.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        if lines.next()? != VERSION {
            return None;
        }
        let tab = TabId::parse(lines.next()?)?;
        let seq = lines.next()?.parse().ok()?;
        let at = UnixMillis(lines.next()?.parse().ok()?);
        let visitor = match lines.next()? {
            "" => None,
            id => Some(VisitorId::parse(id)?),
        };
        let session = match (lines.next()?, lines.next()?) {
            ("", "") => None,
            (id, started) => Some((SessionId::parse(id)?, UnixMillis(started.parse().ok()?))),
        };
        let content = match (lines.next()?, lines.next()?, lines.next()?, lines.next()?) {
            ("", "", "", identity) => Content::Identity(identity.to_owned()),
            (id, number, page, members) => Content::Event {
                id: EventId::parse(id)?,
                number: number.parse().ok()?,
                page: page.to_owned(),
                members: members.to_owned(),
            },
        };
        let context = Context { tab, visitor, session };
        lines.next().is_none().then_some(Self { seq, context, at, content })
    }
}

fn decimal(number: u64) -> String {
    let mut text = String::new();
    push_decimal(&mut text, number);
    text
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn event(seq: u64, members: &str) -> Record {
        Record {
            seq,
            context: Context {
                tab: TabId::new(7),
                visitor: Some(VisitorId::new(8)),
                session: Some((SessionId::new(9), UnixMillis(1))),
            },
            at: UnixMillis(1_000 + seq),
            content: Content::Event {
                id: EventId::new(UnixMillis(1_000 + seq), u128::from(seq)),
                number: seq,
                page: r#"{"url":"https://x/","title":"X"}"#.to_owned(),
                members: members.to_owned(),
            },
        }
    }

    #[test]
    fn a_record_comes_back_from_its_text() {
        let mut record = event(3, r#""name":"signed_up""#);
        assert_eq!(Record::parse(&record.to_text()), Some(record.clone()));

        record.context.visitor = None;
        record.context.session = None;
        assert_eq!(Record::parse(&record.to_text()), Some(record.clone()));

        record.content = Content::Identity(r#"{"email":"a@b.c"}"#.to_owned());
        assert_eq!(Record::parse(&record.to_text()), Some(record));
    }

    #[test]
    fn a_record_cut_short_or_made_longer_is_no_record() {
        let text = event(3, r#""name":"signed_up""#).to_text();

        for (end, _) in text.char_indices().filter(|(_, c)| *c == '\n') {
            assert_eq!(Record::parse(&text[..end]), None);
        }
        assert_eq!(Record::parse(&[&text, "\nx"].concat()), None);
        assert_eq!(Record::parse(&text.replacen('1', "2", 1)), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9a-f\n:.{}\"-]{0,200}") {
            let _ = Record::parse(&text);
        }
    }
}
