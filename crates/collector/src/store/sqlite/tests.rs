use pugmark_protocol::id::{EventId, TabId};
use pugmark_protocol::name::EventName;
use pugmark_protocol::time::UnixMillis;
use serde_json::Map;
use tempfile::TempDir;

use super::*;
use crate::store::{Catalog, NewEvent, Verdict};

fn site(key: &str) -> Site {
    Site { key: key.to_owned(), label: String::new(), origins: Vec::new(), created_at: UnixMillis(0) }
}

async fn opened(folder: &TempDir) -> SqliteStore {
    let store = SqliteStore::open(folder.path()).expect("opens");
    match store.create_site(site("demo")).await {
        Ok(()) | Err(StoreError::Exists(_)) => store,
        Err(error) => panic!("{error}"),
    }
}

fn batch(site: &str, ids: std::ops::Range<u128>) -> Arc<NewBatch> {
    let events = ids.map(|n| NewEvent {
        id: EventId::new(UnixMillis(1_795_430_400_000), n),
        name: EventName::known("bought"),
        at: UnixMillis(1_795_430_400_000),
        seq: u64::try_from(n).expect("is small") + 1,
        page: None,
        element: None,
        properties: Map::new(),
        adjusted: Vec::new(),
    });
    Arc::new(NewBatch {
        site: site.to_owned(),
        received_at: UnixMillis(1_795_430_400_000),
        tab: TabId::new(1),
        visitor: None,
        session: None,
        identity: None,
        context: Map::new(),
        pages: Vec::new(),
        events: events.collect(),
        lost: Vec::new(),
    })
}

fn filter(limit: u32, after: Option<String>) -> EventFilter {
    EventFilter { limit, after, ..EventFilter::default() }
}

#[tokio::test]
async fn a_batch_that_cannot_be_written_takes_no_other_with_it() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;

    let (good, bad, other) = tokio::join!(
        store.append(batch("demo", 0..3)),
        store.append(batch("nowhere", 3..6)),
        store.append(batch("demo", 6..9)),
    );

    assert_eq!(good.expect("is written").verdicts, [Verdict::Stored; 3]);
    assert!(matches!(bad, Err(StoreError::Failed(_))));
    assert_eq!(other.expect("is written").verdicts, [Verdict::Stored; 3]);
    assert_eq!(store.events("demo", filter(0, None)).await.expect("reads").events.len(), 6);
}

#[tokio::test]
async fn pages_of_events_follow_each_other_without_gap_or_overlap() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    store.append(batch("demo", 0..25)).await.expect("is written");

    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = store.events("demo", filter(10, after)).await.expect("reads");
        ids.extend(page.events.into_iter().map(|event| event.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }

    assert_eq!(ids.len(), 25);
    assert!(ids.is_sorted_by(|newer, older| newer > older));
}

#[tokio::test]
async fn more_than_may_wait_is_turned_away_at_once() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let blocked = store.writer.run(move |_| {
        // An error means that the test is over.
        let _ = held.recv();
        Ok(())
    });

    let mut waiting = Vec::new();
    let refused = loop {
        let mut append = store.append(batch("demo", 0..1));
        match futures_util::poll!(&mut append) {
            std::task::Poll::Pending => waiting.push(append),
            std::task::Poll::Ready(result) => break result,
        }
    };

    assert!(matches!(refused, Err(StoreError::Busy)));
    assert!(waiting.len() >= 1_000 && store.waiting() >= 1_000);
    drop(hold);
    blocked.await.expect("ends");
    let mut stored = 0;
    for append in waiting {
        stored +=
            append.await.expect("is written").verdicts.iter().filter(|one| **one == Verdict::Stored).count();
    }
    assert_eq!((stored, store.waiting()), (1, 0));
}

#[tokio::test]
async fn closing_writes_what_waits_and_turns_away_what_comes_after() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let appends: Vec<_> = (0..50).map(|n| store.append(batch("demo", n..n + 1))).collect();

    store.close().await.expect("closes");

    for append in appends {
        assert_eq!(append.await.expect("is written").verdicts, [Verdict::Stored]);
    }
    assert!(matches!(store.append(batch("demo", 99..100)).await, Err(StoreError::Closed)));
    let again = opened(&folder).await;
    assert_eq!(again.events("demo", filter(0, None)).await.expect("reads").events.len(), 50);
}

#[tokio::test]
async fn a_folder_is_used_by_one_store_at_a_time() {
    let folder = TempDir::new().expect("there is room for a folder");
    let first = opened(&folder).await;

    let second = SqliteStore::open(folder.path()).map(|_| ()).expect_err("is refused");

    assert!(second.to_string().contains("another pugmark-collector"), "{second}");
    first.close().await.expect("closes");
    drop(first);
    assert!(SqliteStore::open(folder.path()).is_ok());
}

#[tokio::test]
async fn data_of_a_newer_program_is_refused_and_left_alone() {
    let folder = TempDir::new().expect("there is room for a folder");
    opened(&folder).await.close().await.expect("closes");
    let path = folder.path().join(FILE);
    let connection = Connection::open(&path).expect("opens");
    connection.execute("INSERT INTO schema_version VALUES (99, 0)", []).expect("writes");
    drop(connection);
    let before = std::fs::read(&path).expect("reads");

    let refused = SqliteStore::open(folder.path()).map(|_| ()).expect_err("is refused").to_string();

    assert!(refused.contains("newer pugmark-collector (schema 99"), "{refused}");
    assert_eq!(std::fs::read(&path).expect("reads"), before);
}

#[test]
fn a_damaged_file_is_refused_and_never_replaced() {
    let folder = TempDir::new().expect("there is room for a folder");
    let path = folder.path().join(FILE);
    std::fs::write(&path, "this is no database, however long one looks at it".repeat(50)).expect("writes");
    let before = std::fs::read(&path).expect("reads");

    let refused = SqliteStore::open(folder.path()).map(|_| ()).expect_err("is refused").to_string();

    assert!(refused.contains("is damaged") && refused.contains("restore a backup"), "{refused}");
    assert_eq!(std::fs::read(&path).expect("reads"), before);
}

#[test]
fn a_migration_that_was_interrupted_is_done_again() {
    let mut connection = Connection::open_in_memory().expect("opens");
    connection
        .execute_batch("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at INTEGER)")
        .expect("writes");

    schema::migrate(&mut connection).expect("migrates");
    schema::migrate(&mut connection).expect("has nothing left to do");

    let version: u32 =
        connection.query_row("SELECT max(version) FROM schema_version", [], |row| row.get(0)).expect("reads");
    assert_eq!(version, schema::VERSION);
}
