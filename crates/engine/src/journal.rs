//! The journal's records: one storage key an event, written at the call, removed on the receipt.
//!
//! A record is a few lines of text. The last line is ready-made JSON, so that a batch is put together without ever
//! reading JSON.

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalKey {
    /// The tab that wrote the record.
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

    /// Reads [`Self::to_text`]; other keys of the site are no journal's.
    pub fn parse(text: &str) -> Option<Self> {
        let (tab, seq) = text.split_once(':')?;
        Some(Self { tab: TabId::parse(tab)?, seq: integer(seq)? })
    }
}

/// What events of one batch must have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
        page: String,
        /// The wire's other members of the event, without braces.
        members: String,
    },
    /// Who the visitor is, as the wire's JSON.
    Identity(String),
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

    /// The parts that must be JSON. Storage can be damaged, and one bad record would spoil its batch.
    pub fn json_parts(&self) -> Vec<String> {
        match &self.content {
            Content::Event { page, members, .. } => vec![page.clone(), ["{", members, "}"].concat()],
            Content::Identity(identity) => vec![identity.clone()],
            Content::Lost { .. } => Vec::new(),
        }
    }

    /// The record as lines; its key is not among them.
    pub fn to_text(&self) -> String {
        let mut text = VERSION.to_owned();
        let mut line = |part: &str| {
            text.push('\n');
            text.push_str(part);
        };
        line(self.context.tab.as_str());
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
            Content::Lost { reason, first, last } => {
                line(reason.code());
                line(&decimal(*first));
                line(&decimal(*last));
                line("");
            }
        }
        text
    }

    /// Reads lines that this version wrote under a key; anything else is no record.
    pub fn parse(key: JournalKey, text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        if lines.next()? != VERSION {
            return None;
        }
        let tab = TabId::parse(lines.next()?)?;
        let at = UnixMillis(integer(lines.next()?)?);
        let visitor = match lines.next()? {
            "" => None,
            id => Some(VisitorId::parse(id)?),
        };
        let session = match (lines.next()?, lines.next()?) {
            ("", "") => None,
            (id, started) => Some((SessionId::parse(id)?, UnixMillis(integer(started)?))),
        };
        let content = match (lines.next()?, lines.next()?, lines.next()?, lines.next()?) {
            ("", "", "", identity) => Content::Identity(identity.to_owned()),
            (id, number, page, members) => match Loss::parse(id) {
                Some(reason) => {
                    lost(reason, integer(number)?, integer(page)?).filter(|_| members.is_empty())?
                }
                None => Content::Event {
                    id: EventId::parse(id)?,
                    number: integer(number)?,
                    page: page.to_owned(),
                    members: members.to_owned(),
                },
            },
        };
        let context = Context { tab, visitor, session };
        lines.next().is_none().then_some(Self { key, context, at, content })
    }
}

fn lost(reason: Loss, first: u64, last: u64) -> Option<Content> {
    (first <= last).then_some(Content::Lost { reason, first, last })
}

fn integer(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number <= MAX_INTEGER)
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
            key: JournalKey { tab: TabId::new(7), seq },
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

        record.content = Content::Identity(r#"{"email":"a@b.c"}"#.to_owned());
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
            assert_eq!(Record::parse(record.key.clone(), &record.to_text()).is_some(), sound);
            assert_eq!(Record::parse(record.key.clone(), &[&record.to_text(), "x"].concat()), None);
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
