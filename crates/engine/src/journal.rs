//! The journal's records: one storage key an event, written at the call, removed on the receipt.
//!
//! A record is a few lines of text. The last line is ready-made JSON, so that a batch is put together without ever
//! reading JSON.

use std::rc::Rc;

use pugmark_protocol::id::{EventId, SessionId, TabId, VisitorId};
use pugmark_protocol::reason::Loss;
use pugmark_protocol::text::push_decimal;
use pugmark_protocol::time::UnixMillis;

/// The version of the records' form. A record of another version is not adopted but left to its own.
const VERSION: &str = "1";

/// Largest number a record may carry: JSON readers of other languages know integers no further.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Where a record is kept: a tab, and a number in it. Never an array that several tabs rewrite.
///
/// Only the tab that a key names writes there. Others may forget what they find, once they have delivered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalKey {
    /// The tab that wrote the record.
    pub tab: TabId,
    /// Its number there, from 1.
    pub seq: u64,
}

impl JournalKey {
    /// The key as text: `tab:number`.
    pub fn to_text(self) -> String {
        let mut text = self.tab.to_text();
        text.push(':');
        push_decimal(&mut text, self.seq);
        text
    }

    /// Reads [`Self::to_text`]; other keys of the site are no journal's.
    pub fn parse(text: &str) -> Option<Self> {
        let (tab, seq) = text.split_once(':')?;
        Some(Self { tab: TabId::parse(tab)?, seq: integer(seq)? })
    }
}

/// What events of one batch must have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Context {
    /// The tab.
    pub tab: TabId,
    /// The visitor; none when the site tracks anonymously.
    pub visitor: Option<VisitorId>,
    /// The visit and its start; none when the site tracks anonymously.
    pub session: Option<(SessionId, UnixMillis)>,
}

/// One event, or one statement of identity or of losses, on its way to the collector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// Where it is kept.
    pub key: JournalKey,
    /// What it shares with its neighbours. Of a loss that another tab's event suffered here, the other tab's.
    pub context: Context,
    /// When it happened.
    pub at: UnixMillis,
    /// What it is.
    pub content: Content,
}

/// What a record carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// A completion.
    Event {
        /// Its id.
        id: EventId,
        /// Its number among the calls of its tab that were to be events, from 1: a gap shows that one is missing.
        number: u64,
        /// The page, as the wire's JSON.
        page: Rc<str>,
        /// The wire's other members of the event, without braces.
        members: Rc<str>,
    },
    /// Who the visitor is, as the wire's JSON.
    Identity(Rc<str>),
    /// Which events of the context's tab were let go: their numbers, both ends included.
    Lost {
        /// Why.
        reason: Loss,
        /// The first number.
        first: u64,
        /// The last.
        last: u64,
    },
}

impl Record {
    /// What a record takes beside its texts, in bytes: ids, times and punctuation, in storage and in a batch.
    pub const FRAME: usize = 160;

    /// Roughly what it takes in storage and in a batch, in bytes.
    pub fn size(&self) -> usize {
        Self::FRAME
            + match &self.content {
                Content::Event { page, members, .. } => page.len() + members.len(),
                Content::Identity(identity) => identity.len(),
                Content::Lost { .. } => 0,
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

    /// Whether it only says what was let go.
    pub fn is_statement(&self) -> bool {
        matches!(self.content, Content::Lost { .. })
    }

    /// Whether the parts that must be JSON objects are such; `is_json` says whether a text is JSON. Storage can be damaged,
    /// and one bad record would spoil its batch.
    pub fn has_sound_json(&self, is_json: impl Fn(&str) -> bool) -> bool {
        let is_object = |text: &str| text.starts_with('{') && is_json(text);
        match &self.content {
            Content::Event { page, members, .. } => is_object(page) && is_json(&["{", members, "}"].concat()),
            Content::Identity(identity) => is_object(identity),
            Content::Lost { .. } => true,
        }
    }

    /// The record as lines; its key is not among them.
    pub fn to_text(&self) -> String {
        let mut text = VERSION.to_owned();
        text.push('\n');
        self.context.tab.push(&mut text);
        push_number_line(&mut text, self.at.0);
        text.push('\n');
        if let Some(visitor) = self.context.visitor {
            visitor.push(&mut text);
        }
        text.push('\n');
        match self.context.session {
            Some((id, started)) => {
                id.push(&mut text);
                push_number_line(&mut text, started.0);
            }
            None => text.push('\n'),
        }
        text.push('\n');
        match &self.content {
            Content::Event { id, number, page, members } => {
                id.push(&mut text);
                push_number_line(&mut text, *number);
                push_line(&mut text, page);
                push_line(&mut text, members);
            }
            Content::Identity(identity) => {
                text.push_str("\n\n");
                push_line(&mut text, identity);
            }
            Content::Lost { reason, first, last } => {
                text.push_str(reason.code());
                push_number_line(&mut text, *first);
                push_number_line(&mut text, *last);
                text.push('\n');
            }
        }
        text
    }

    /// Reads lines that this version wrote under a key; anything else is no record.
    pub fn parse(key: JournalKey, text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let mut line = || lines.next();
        if line()? != VERSION {
            return None;
        }
        let tab = TabId::parse(line()?)?;
        let at = UnixMillis(integer(line()?)?);
        let visitor = match line()? {
            "" => None,
            id => Some(VisitorId::parse(id)?),
        };
        let session = match (line()?, line()?) {
            ("", "") => None,
            (id, started) => Some((SessionId::parse(id)?, UnixMillis(integer(started)?))),
        };
        let (id, number, page, members) = (line()?, line()?, line()?, line()?);
        let content = match (id, number, page, Loss::parse(id)) {
            ("", "", "", _) => Content::Identity(members.into()),
            (_, first, last, Some(reason)) => {
                lost(reason, integer(first)?, integer(last)?).filter(|_| members.is_empty())?
            }
            (id, number, page, None) => {
                let (id, number) = (EventId::parse(id)?, integer(number)?);
                Content::Event { id, number, page: page.into(), members: members.into() }
            }
        };
        let context = Context { tab, visitor, session };
        line().is_none().then_some(Self { key, context, at, content })
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push('\n');
    text.push_str(line);
}

fn push_number_line(text: &mut String, number: u64) {
    text.push('\n');
    push_decimal(text, number);
}

fn lost(reason: Loss, first: u64, last: u64) -> Option<Content> {
    (first <= last).then_some(Content::Lost { reason, first, last })
}

fn integer(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number <= MAX_INTEGER)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn event(seq: u64, members: &str) -> Record {
        Record {
            key: JournalKey { tab: TabId::new(7), seq },
            context: Context {
                tab: TabId::new(7),
                visitor: Some(VisitorId::new([0, 8])),
                session: Some((SessionId::new(9), UnixMillis(1))),
            },
            at: UnixMillis(1_000 + seq),
            content: Content::Event {
                id: EventId::new(UnixMillis(1_000 + seq), [0, seq]),
                number: seq,
                page: r#"{"url":"https://x/","title":"X"}"#.into(),
                members: members.into(),
            },
        }
    }

    fn reads_back(record: &Record) {
        let key = JournalKey::parse(&record.key.to_text()).expect("is a key");
        assert_eq!(Record::parse(key, &record.to_text()).as_ref(), Some(record));
    }

    #[test]
    fn a_record_comes_back_from_its_text() {
        let mut record = event(3, r#""name":"signed_up""#);
        reads_back(&record);

        record.context.visitor = None;
        record.context.session = None;
        reads_back(&record);

        record.content = Content::Identity(r#"{"email":"a@b.c"}"#.into());
        reads_back(&record);

        for reason in Loss::ALL {
            record.content = Content::Lost { reason, first: 3, last: 3 };
            reads_back(&record);
        }
    }

    #[test]
    fn a_record_cut_short_or_made_longer_is_no_record() {
        let parse = |text: &str| Record::parse(event(3, "").key, text);
        let text = event(3, r#""name":"signed_up""#).to_text();

        for (end, _) in text.char_indices().filter(|(_, c)| *c == '\n') {
            assert_eq!(parse(&text[..end]), None);
        }
        assert_eq!(parse(&[&text, "\nx"].concat()), None);
        assert_eq!(parse(&text.replacen('1', "2", 1)), None);
    }

    #[test]
    fn numbers_that_no_tab_comes_to_are_no_numbers() {
        let mut record = event(3, "");
        let most = 9_007_199_254_740_991;
        for (first, last, sound) in [(1, most, true), (1, most + 1, false), (2, 1, false)] {
            record.content = Content::Lost { reason: Loss::TooOld, first, last };
            assert_eq!(Record::parse(record.key, &record.to_text()).is_some(), sound);
            assert_eq!(Record::parse(record.key, &[&record.to_text(), "x"].concat()), None);
        }
    }

    #[test]
    fn other_keys_are_no_journals() {
        for key in ["session", "answered", "0123456789ab", "0123456789ab:", "0123456789ab:x", "tab:1"] {
            assert_eq!(JournalKey::parse(key), None, "{key}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9a-f\n:.{}\"-]{0,200}") {
            let _ = Record::parse(event(1, "").key, &text);
        }
    }
}
