//! Adoption: whose journal may be taken over, and what in it is sound.

use pugmark_protocol::id::TabId;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::journal::{JournalKey, Record};

/// Where there are no Web Locks, as on plain http, a tab counts as gone when it has recorded nothing for this long.
///
/// Twice the longest pause of ours, [`crate::outbox::RETRY_LAST`]: a tab that lives and reaches its collector has nothing
/// left by then. Only a new record ends the silence, since a try writes nothing: a tab that lives, and whose collector
/// has been away, is taken for gone, and its events are sent twice and stored once. Judgement (November 2026).
pub const SILENCE: Millis = Millis::minutes(10);

/// What is known of whether a tab lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Its lock is held: it lives, or its journal has been adopted already.
    Locked,
    /// Its lock is free.
    Unlocked,
    /// There are no locks; its last record is of this time.
    Silent(UnixMillis),
}

impl Life {
    /// What a tab's records tell where there are no locks. Of a tab without any there is nothing to wait for.
    pub fn silent_since_last(records: &[Record]) -> Self {
        Self::Silent(records.iter().map(|record| record.at).max().unwrap_or_default())
    }

    /// Whether the tab's journal may be adopted.
    pub fn is_over(self, now: UnixMillis) -> bool {
        match self {
            Self::Locked => false,
            Self::Unlocked => true,
            // A record from the future was written by a clock that was set back since.
            Self::Silent(since) => since > now || now.since(since) >= SILENCE,
        }
    }
}

/// What is found under a key of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A record.
    Record(Record),
    /// A damaged record, or no record at all: to be removed, because it would spoil the batch it goes into.
    Damaged,
    /// What another version of the tracker wrote: left to it.
    Foreign,
}

/// Reads what is stored under a key; `is_json` says whether a text is JSON.
pub fn read(key: &str, text: &str, is_json: impl Fn(&str) -> bool) -> Found {
    let version = text.split('\n').next().unwrap_or_default();
    let is_numbered = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    if is_numbered && !Record::is_ours(text) {
        return Found::Foreign;
    }
    match JournalKey::parse(key).and_then(|key| Record::parse(key, text)) {
        // What reads the same but is written otherwise could never be forgotten: see `Effect::Forget`.
        Some(record)
            if record.key.to_text() == key && record.to_text() == text && record.has_sound_json(is_json) =>
        {
            Found::Record(record)
        }
        _ => Found::Damaged,
    }
}

/// The tabs that journals among these keys of storage, one a line, belong to, each once, but for our own.
pub fn other_tabs(keys: &str, own: TabId) -> Vec<TabId> {
    let mut tabs = Vec::new();
    for key in keys.split('\n').filter_map(JournalKey::parse) {
        if key.tab != own && !tabs.contains(&key.tab) {
            tabs.push(key.tab);
        }
    }
    tabs
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::reason::Loss;

    use super::*;
    use crate::journal::Content;
    use crate::journal::tests::event;

    #[test]
    fn a_tab_that_holds_its_lock_is_never_gone() {
        let now = UnixMillis(10_000_000);
        assert!(!Life::Locked.is_over(now));
        assert!(Life::Unlocked.is_over(now));
    }

    #[test]
    fn without_locks_a_long_silence_tells_that_a_tab_is_gone() {
        let then = UnixMillis(1_000);
        for (now, over) in
            [(then + SILENCE, true), (UnixMillis(999 + SILENCE.0), false), (UnixMillis(999), true)]
        {
            assert_eq!(Life::Silent(then).is_over(now), over, "{now:?}");
        }
        assert!(!Life::Silent(then).is_over(then));
    }

    #[test]
    fn the_latest_record_ends_the_silence_whatever_its_number() {
        let at = |seq, at| Record { at: UnixMillis(at), ..event(seq, r#""name":"x""#) };

        assert_eq!(Life::silent_since_last(&[at(1, 5), at(2, 9), at(3, 7)]), Life::Silent(UnixMillis(9)));
        assert!(Life::silent_since_last(&[]).is_over(UnixMillis(SILENCE.0)));
    }

    #[test]
    fn damaged_records_are_told_from_those_of_another_version() {
        let record = event(1, r#""name":"x""#);
        let (key, text) = (record.key.to_text(), record.to_text());
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();

        assert_eq!(read(&key, &text, json), Found::Record(record));
        assert_eq!(read(&key, &text[..text.len() - 1], json), Found::Damaged);
        assert_eq!(read(&key, "1\nx", json), Found::Damaged);
        let page = r#"{"url":"https://x/","title":"X"}"#;
        assert_eq!(read(&key, &text.replace(page, "null"), json), Found::Damaged, "JSON, but no object");
        assert_eq!(read(&key, "nonsense", json), Found::Damaged);
        assert_eq!(read(&key, &text.replacen('1', "2", 1), json), Found::Foreign);
    }

    #[test]
    fn an_identity_that_is_no_object_is_damaged_and_a_loss_has_no_json_to_damage() {
        let loss = Content::Lost { reason: Loss::TooOld, first: 1, last: 2 };
        let identity = |json: &str| Content::Identity(json.into());
        for (content, sound) in [(identity("{}"), true), (identity("null"), false), (loss, true)] {
            let record = Record { content, ..event(1, "") };
            let found = read(&record.key.to_text(), &record.to_text(), |_| true);
            assert_eq!(found, if sound { Found::Record(record) } else { Found::Damaged });
        }
    }

    #[test]
    fn a_record_that_reads_the_same_but_could_not_be_forgotten_is_damaged() {
        let record = event(1, r#""name":"x""#);
        let (key, text) = (record.key.to_text(), record.to_text());

        for key in [key.replace(':', ":+"), key.replace(':', ":0")] {
            assert_eq!(read(&key, &text, |_| true), Found::Damaged, "{key}");
        }
        for text in [text.replace("\n1001\n", "\n+1001\n"), text.replace("-03e9-", "-03E9-")] {
            assert!(Record::parse(record.key, &text).is_some_and(|read| read == record), "{text}");
            assert_eq!(read(&key, &text, |_| true), Found::Damaged, "{text}");
        }
        assert_eq!(read(&key, &text, |_| true), Found::Record(record));
    }

    #[test]
    fn tabs_are_found_by_their_records_once_each() {
        let keys = ["session", "0123456789ab:1", "0123456789ab:2", "ffffffffffff:1", "aaaaaaaaaaaa:x", "x:1"];
        let own = TabId::parse("ffffffffffff").expect("is one");

        assert_eq!(other_tabs(&keys.join("\n"), own), [TabId::new(0x0123_4567_89ab)]);
    }
}
