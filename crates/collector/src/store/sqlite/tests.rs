use pugmark_protocol::definition::{Definition, Status};
use pugmark_protocol::id::{EventId, TabId, VisitorId};
use pugmark_protocol::name::EventName;
use pugmark_protocol::time::{Millis, UnixMillis};
use pugmark_protocol::wire::Element;
use serde_json::Map;
use tempfile::TempDir;

use super::*;
use crate::store::{
    Activity, Author, Catalog, Codeless, Finding, Found, NearMiss, NewEvent, StoredPage, StoredProperties,
    Verdict,
};

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

fn batch(site: &str, ids: std::ops::Range<u64>) -> Arc<NewBatch> {
    let events = ids.map(|n| NewEvent {
        id: EventId::new(UnixMillis(1_795_430_400_000), [0, n]),
        name: EventName::known("bought"),
        at: UnixMillis(1_795_430_400_000),
        seq: n + 1,
        page: None,
        element: None,
        properties: StoredProperties::new(&Map::new()),
        adjusted: Vec::new(),
        target: None,
    });
    Arc::new(NewBatch {
        site: site.to_owned(),
        received_at: UnixMillis(1_795_430_400_000),
        tab: Some(TabId::new(1)),
        visitor: None,
        session: None,
        identity: None,
        context: StoredProperties::new(&Map::new()),
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

/// A folder with what is on the disk while the store is still open: as a kill would leave it.
fn killed(folder: &TempDir) -> TempDir {
    let copy = TempDir::new().expect("there is room for a folder");
    for name in [FILE.to_owned(), format!("{FILE}-wal")] {
        std::fs::copy(folder.path().join(&name), copy.path().join(&name)).expect("copies");
    }
    copy
}

async fn count(store: &SqliteStore) -> usize {
    store.events("demo", filter(1_000, None)).await.expect("reads").events.len()
}

/// A database as version 1 wrote it: one tab with the numbers 1, 2, 3, 3, 5 and an event without one.
fn version_1(folder: &TempDir) -> Connection {
    let connection = open_writer(&folder.path().join(FILE)).expect("opens");
    connection
        .execute_batch("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)")
        .and_then(|()| connection.execute_batch(schema::MIGRATIONS[0]))
        .and_then(|()| {
            connection.execute_batch(
                r#"INSERT INTO schema_version VALUES (1, 0);
                   INSERT INTO site VALUES (1, 'demo', '{"key":"demo"}');
                   INSERT INTO name VALUES (1, 1, 'bought', 0);
                   INSERT INTO visitor VALUES (1, 1, '0123456789abcdef0123456789abcdef', NULL, NULL);
                   INSERT INTO tab VALUES (1, 1, '000000000001', 1, 7), (2, 1, '000000000002', 1, 7);
                   INSERT INTO loss VALUES (1, 'outbox_full', 4);
                   INSERT INTO context VALUES (1, x'00', '{}');
                   INSERT INTO event SELECT NULL, randomblob(16), 1, 1, 7, 7, 1, NULL, 1, value, NULL, 1, NULL, '{}', NULL
                   FROM json_each('[1, 2, 3, 3, 5, 0]');"#,
            )
        })
        .expect("writes");
    connection
}

#[tokio::test]
async fn a_database_of_version_1_keeps_its_events_and_gets_its_books() {
    let folder = TempDir::new().expect("there is room for a folder");
    drop(version_1(&folder));

    let store = opened(&folder).await;

    assert_eq!(count(&store).await, 6);
    let told = store.delivery("demo", None).await.expect("reads");
    assert_eq!((told.made, told.stored, told.missing, told.tabs.len()), (7, 6, 1, 1));
    assert!(told.totals.is_empty(), "totals without numbers say nothing about what is stored");
    let mut late = NewBatch::clone(&batch("demo", 3..4));
    late.tab = Some(TabId::new(1));
    store.append(Arc::new(late)).await.expect("is written");
    let told = store.delivery("demo", None).await.expect("reads");
    assert_eq!((told.made, told.stored, told.missing), (7, 7, 0), "the books go on");
}

#[tokio::test]
async fn killed_within_a_migration_it_migrates_at_the_next_start() {
    let folder = TempDir::new().expect("there is room for a folder");
    let connection = version_1(&folder);
    // Too little cache for what is changed, so that a part of it is on the disk.
    connection.execute_batch("PRAGMA cache_size = 2; BEGIN IMMEDIATE").expect("begins");
    for (i, statement) in schema::MIGRATIONS[1].split_inclusive(";\n").enumerate() {
        connection.execute_batch(statement).unwrap_or_else(|error| panic!("statement {i}: {error}"));
        let copy = killed(&folder);

        let store = SqliteStore::open(copy.path()).expect("opens");

        let told = store.delivery("demo", None).await.expect("reads");
        assert_eq!((told.made, told.stored, told.missing), (7, 6, 1), "killed after statement {i}");
    }
}

#[tokio::test]
async fn of_a_log_cut_off_anywhere_the_longest_whole_part_is_kept() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    for n in 0..10 {
        store.append(batch("demo", n * 3..n * 3 + 3)).await.expect("is written");
    }
    let whole = std::fs::read(log_of(&folder.path().join(FILE))).expect("reads");
    let mut before = 0;
    for cut in (whole.len().saturating_sub(30_000)..=whole.len()).step_by(512).chain([whole.len()]) {
        let copy = killed(&folder);
        std::fs::write(log_of(&copy.path().join(FILE)), &whole[..cut]).expect("writes");

        let n = count(&SqliteStore::open(copy.path()).expect("opens")).await;

        assert!(n % 3 == 0 && n >= before, "{n} events of a log of {cut} bytes, {before} before");
        before = n;
    }
    assert_eq!(before, 30, "uncut, all is there");

    let copy = killed(&folder);
    let torn = [&whole[..whole.len() - 4_096], &[0xaa; 4_096]].concat();
    std::fs::write(log_of(&copy.path().join(FILE)), torn).expect("writes");
    assert_eq!(
        count(&SqliteStore::open(copy.path()).expect("opens")).await,
        27,
        "the torn commit is gone whole"
    );
}

#[tokio::test]
async fn a_flipped_bit_is_found_or_does_no_harm_and_nothing_is_replaced() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    store.append(batch("demo", 0..200)).await.expect("is written");
    store.close().await.expect("closes");
    drop(store);
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).expect("reads");
    let mut refused = 0;
    // The magic, the page size, the schema's page, and then all over the file.
    for at in [0, 16, 100].into_iter().chain((1_000..whole.len()).step_by(whole.len() / 40)) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0xff;
        std::fs::write(&path, &flipped).expect("writes");
        let _ = std::fs::remove_file(log_of(&path));

        match SqliteStore::open(folder.path()) {
            Ok(store) => {
                let read = store.events("demo", filter(1_000, None)).await;
                assert!(at > 100 && read.map_or(true, |page| page.events.len() <= 200), "byte {at}");
            }
            Err(error) => {
                refused += 1;
                let said = error.to_string();
                assert!(said.contains(FILE), "byte {at}: {said}");
                assert_eq!(std::fs::read(&path).expect("reads"), flipped, "byte {at}: it is left as it is");
            }
        }
    }
    assert!(refused >= 3, "{refused}");
}

#[test]
fn a_log_without_its_database_is_refused_and_left_alone() {
    let folder = TempDir::new().expect("there is room for a folder");
    let log = log_of(&folder.path().join(FILE));
    std::fs::write(&log, "all that is left").expect("writes");

    let refused = SqliteStore::open(folder.path()).map(|_| ()).expect_err("is refused").to_string();

    assert!(refused.contains("only its log is left"), "{refused}");
    assert_eq!(std::fs::read(&log).expect("reads"), b"all that is left");
}

#[tokio::test]
async fn a_database_that_goes_away_is_not_made_anew_and_is_used_again_when_it_is_back() {
    let folder = TempDir::new().expect("there is room for a folder");
    let (data, away) = (folder.path().join("data"), folder.path().join("away"));
    let store = SqliteStore::open(&data).expect("opens");
    store.create_site(site("demo")).await.expect("is written");
    store.append(batch("demo", 0..1)).await.expect("is written");
    std::fs::rename(&data, &away).expect("moves");
    std::fs::create_dir(&data).expect("there is room for a folder");
    let as_a_bad_disk_does = |_: &Connection| Err::<(), _>(StoreError::Failed("the disk".to_owned()));
    assert!(store.writer.run(as_a_bad_disk_does).await.is_err());

    for _ in 0..2 {
        assert!(matches!(store.append(batch("demo", 1..2)).await, Err(StoreError::Failed(_))));
        assert!(matches!(store.probe().await, Err(StoreError::Failed(_))));
        assert!(matches!(store.create_site(site("other")).await, Err(StoreError::Failed(_))));
    }
    assert_eq!(std::fs::read_dir(&data).expect("reads").count(), 0, "nothing was made in its place");

    std::fs::remove_dir(&data).expect("is empty");
    std::fs::rename(&away, &data).expect("moves");
    store.probe().await.expect("is written");
    let again = store.append(batch("demo", 0..2)).await.expect("is written");
    assert_eq!(again.verdicts, [Verdict::Duplicate, Verdict::Stored]);
}

#[tokio::test]
async fn a_failed_edit_ends_the_trust_in_its_connection() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let write_no_more = |connection: &Connection| Ok(connection.execute_batch("PRAGMA query_only = ON")?);
    store.writer.upkeep(write_no_more).await.expect("is done");

    assert!(matches!(store.probe().await, Err(StoreError::Failed(_))));

    assert_eq!(store.append(batch("demo", 0..1)).await.expect("is written").verdicts, [Verdict::Stored]);
}

#[tokio::test]
async fn a_long_query_cannot_make_the_log_grow_without_end() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    store.append(batch("demo", 0..1)).await.expect("is written");
    let log = log_of(&folder.path().join(FILE));
    let endless = store.readers.read(|connection| {
        let sql = "SELECT count(*) FROM event,
                   (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)";
        Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?)
    });
    let mut largest = 0;
    let ingest = async {
        for n in 1..60_u64 {
            let mut large = NewBatch::clone(&batch("demo", n * 1_000..n * 1_000 + 100));
            for event in &mut large.events {
                let long = Map::from_iter([("long".to_owned(), "x".repeat(3_000).into())]);
                event.properties = StoredProperties::new(&long);
            }
            store.append(Arc::new(large)).await.expect("is written");
            largest = largest.max(std::fs::metadata(&log).expect("is there").len());
        }
    };

    let (read, ()) = tokio::join!(endless, ingest);

    assert!(matches!(read, Err(StoreError::TooSlow)), "{read:?}");
    assert!((writer::LOG_LIMIT..2 * writer::LOG_LIMIT).contains(&largest), "{largest} bytes");
}

#[tokio::test]
async fn made_up_names_of_events_do_not_bury_the_real_ones() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let named = |ids: std::ops::Range<u64>, name: &str| {
        let mut batch = NewBatch::clone(&batch("demo", ids));
        for (i, event) in batch.events.iter_mut().enumerate() {
            event.name = EventName::repair(&name.replace('#', &i.to_string()), "demo").expect("is a name").0;
        }
        Arc::new(batch)
    };
    store.append(named(0..5_000, "made_up_#")).await.expect("is written");
    let definition = serde_json::from_value(serde_json::json!({"name": "real"})).expect("is well-formed");
    store.create_definition("demo", definition, Author::SignedIn).await.expect("is written");

    store.append(named(5_000..5_001, "one_more")).await.expect("is written");
    store.append(named(5_001..5_002, "real")).await.expect("is written");
    store.append(named(5_002..5_003, "made_up_7")).await.expect("is written");

    let newest = store.events("demo", filter(3, None)).await.expect("reads").events;
    let names: Vec<_> = newest.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["made_up_7", "real", "other"]);
    assert_eq!(newest[2].adjusted, ["too_many_names:one_more"]);
}

#[tokio::test]
async fn who_was_identified_before_there_were_contacts_is_one() {
    let folder = TempDir::new().expect("there is room for a folder");
    let connection = version_1(&folder);
    connection
        .execute_batch(
            r#"UPDATE visitor SET identity = '{"email":" Ann@Example.com","id":"7"}', identified_at = 9;
               INSERT INTO visitor VALUES (2, 1, '00000000000000000000000000000002', '{"email":"ann@example.com"}', 8),
                                          (3, 1, '00000000000000000000000000000003', '{"email":"nonsense"}', 8),
                                          (4, 1, '00000000000000000000000000000004', '{"id":7}', 8);
               INSERT INTO definition VALUES (1, 'bought', '{"name":"bought"}');"#,
        )
        .expect("writes");
    drop(connection);

    let store = opened(&folder).await;

    let found = store.records("demo", RecordFilter::default()).await.expect("reads").records;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].email.as_deref(), found[0].utks.len()), (Some("ann@example.com"), 2));
    assert_eq!((found[0].created_at, found[0].updated_at), (UnixMillis(8), UnixMillis(9)));
    let of_ann =
        OccurrenceFilter { object_id: Some(found[0].id.clone()), limit: 10, ..OccurrenceFilter::default() };
    assert_eq!(store.occurrences("demo", of_ann).await.expect("reads").occurrences.len(), 6);
    // The same visitor says the same again, and the rest of it is worked in, too.
    let mut again = NewBatch::clone(&batch("demo", 0..1));
    again.visitor = VisitorId::parse("00000000000000000000000000000001");
    again.identity = serde_json::from_str(r#"{"email":" Ann@Example.com","id":"7"}"#).ok();
    store.append(Arc::new(again)).await.expect("is written");
    let found = store.records("demo", RecordFilter::default()).await.expect("reads").records;
    assert_eq!((found.len(), found[0].known_id.as_deref()), (1, Some("7")));
    let entry = store.entry("demo", "bought").await.expect("reads").expect("is there");
    assert!(entry.created.0.0 > 0 && entry.created.1.is_none());
}

#[tokio::test]
async fn an_event_that_comes_again_after_thirteen_months_is_known() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let first = batch("demo", 0..1);
    store.append(Arc::clone(&first)).await.expect("is written");
    let later = UnixMillis(first.received_at.0 + Millis::days(400).0);
    store.forget_old(later).await.expect("is written");
    assert!(!store.purge(later).await.expect("is written"));
    drop(store);
    let store = opened(&folder).await;
    let mut again = NewBatch { received_at: later, ..NewBatch::clone(&first) };
    again.events[0].at = later;

    let again = store.append(Arc::new(again)).await.expect("is written");

    assert_eq!(again.verdicts, [Verdict::Duplicate]);
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn the_events_of_a_deleted_definition_are_removed_a_few_at_a_time() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let definition = serde_json::from_value(serde_json::json!({"name": "bought"})).expect("is well-formed");
    store.create_definition("demo", definition, Author::SignedIn).await.expect("is written");
    store.append(batch("demo", 0..1_500)).await.expect("is written");
    let rows = || async {
        let count = |connection: &Connection| {
            let sql = "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM rollup_day)";
            Ok(connection.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?)
        };
        store.readers.read(count).await.expect("reads")
    };

    assert!(store.delete_definition("demo", "bought", Author::SignedIn).await.expect("is written"));
    assert_eq!((count(&store).await, rows().await), (0, (1_500, 1)), "hidden at once, and still there");
    assert!(!store.purge(UnixMillis(1)).await.expect("is written"), "nothing was deleted so early");
    let later = UnixMillis(crate::state::now().0 + 1);
    assert!(store.purge(later).await.expect("is written"));
    assert_eq!(rows().await, (500, 1));
    assert!(store.purge(later).await.expect("is written"));
    assert!(!store.purge(later).await.expect("is written"));

    assert_eq!(rows().await, (0, 0));
    store.append(batch("demo", 2_000..2_001)).await.expect("is written");
    assert_eq!(count(&store).await, 1, "what comes later is an event like any other");
}

#[tokio::test]
async fn what_came_while_a_definition_was_deleted_is_brought_back_a_few_at_a_time() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let definition =
        || serde_json::from_value(serde_json::json!({"name": "bought"})).expect("is well-formed");
    store.create_definition("demo", definition(), Author::SignedIn).await.expect("is written");
    store.append(batch("demo", 0..10)).await.expect("is written");
    let delete = async || {
        assert!(store.delete_definition("demo", "bought", Author::SignedIn).await.expect("is written"));
    };
    let restore = async || {
        assert!(
            store
                .restore_definition("demo", "bought", UnixMillis(0), Author::SignedIn)
                .await
                .expect("is written")
        );
    };
    let total =
        async || store.counts("demo", 1).await.expect("reads").iter().map(|one| one.total).sum::<u64>();
    let seen = || async {
        let count = |connection: &Connection| {
            let sql = "SELECT count(*) FROM event e JOIN name n ON n.id = e.name WHERE n.deleted_at IS NULL";
            Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?)
        };
        store.readers.read(count).await.expect("reads")
    };
    delete().await;
    store.append(batch("demo", 10..2_600)).await.expect("is written");

    restore().await;
    assert_eq!(seen().await, 1_010, "those from before, and one piece of those that came meanwhile");
    assert_eq!(total().await, 2_600, "the sums are whole at once");
    store.append(batch("demo", 2_600..2_601)).await.expect("is written");
    // Deleted, and restored, in the midst of it.
    delete().await;
    assert_eq!(seen().await, 0);
    store.append(batch("demo", 3_000..3_001)).await.expect("is written");
    restore().await;
    assert!(store.purge(UnixMillis(0)).await.expect("is written"));
    assert_eq!(seen().await, 2_012);
    assert!(store.purge(UnixMillis(0)).await.expect("is written"));
    assert!(!store.purge(UnixMillis(0)).await.expect("is written"));

    assert_eq!((seen().await, total().await), (2_602, 2_602));
    assert_eq!(store.event_names("demo").await.expect("reads"), ["bought"]);
}

#[tokio::test]
async fn the_edition_grows_with_what_people_change_and_with_nothing_else() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let before = store.edition();
    store.append(batch("demo", 0..1)).await.expect("is written");
    store.probe().await.expect("is written");
    store.purge(UnixMillis(0)).await.expect("is written");
    assert_eq!(store.edition(), before);

    let definition =
        || serde_json::from_value(serde_json::json!({"name": "bought"})).expect("is well-formed");
    store.create_definition("demo", definition(), Author::SignedIn).await.expect("is written");
    let created = store.edition();
    store.change_definition("demo", definition(), Author::SignedIn).await.expect("is written");
    let changed = store.edition();
    store.put_setting("a", "b".to_owned()).await.expect("is written");

    assert!(before < created && created < changed && changed < store.edition());
}

#[tokio::test]
async fn every_way_to_change_definitions_counts_an_edition_and_what_is_seen_of_them_does_not() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let now = crate::state::now();
    let mut edition = store.edition();
    let mut has_grown = || std::mem::replace(&mut edition, store.edition()) < store.edition();
    store.put_draft("demo", clicked("bought", "Buy")).await.expect("is written");
    assert!(!has_grown(), "a draft is on no page");

    assert!(
        store.publish_draft("demo", clicked("bought", "Buy"), Author::Visualizer).await.expect("is written")
    );
    assert!(has_grown(), "published, new");
    store.put_draft("demo", clicked("bought", "Pay")).await.expect("is written");
    assert!(
        store.publish_draft("demo", clicked("bought", "Pay"), Author::Visualizer).await.expect("is written")
    );
    assert!(has_grown(), "published, changed");
    store
        .change_definition("demo", clicked("bought", "Pay now"), Author::Proposal)
        .await
        .expect("is written");
    assert!(has_grown(), "a proposal taken");
    store.put_draft("demo", clicked("other", "Other")).await.expect("is written");
    assert!(store.discard_draft("demo", "other").await.expect("is written"));
    store.note_near_miss("demo", "bought", miss("fa\tTPay", 400, now)).await.expect("is written");
    let (name, url) = ("bought".to_owned(), "https://x/".to_owned());
    let finding = Finding { name, url, found: Found::Several, score: 900, at: now };
    store.note_findings("demo", vec![finding]).await.expect("is written");
    assert!(!has_grown(), "drafts, near misses and findings are no definitions");
    assert!(store.delete_definition("demo", "bought", Author::SignedIn).await.expect("is written"));
    assert!(has_grown(), "deleted");
    assert!(
        store
            .restore_definition("demo", "bought", UnixMillis(0), Author::SignedIn)
            .await
            .expect("is written")
    );
    assert!(has_grown(), "restored");
}

/// A click on what these signals tell; and the definition's name.
fn clicked(name: &str, text: &str) -> Definition {
    let fingerprint = serde_json::json!({ "family": "control", "threshold": 500, "alike": 1,
        "signals": [{ "kind": "text", "value": text, "weight": 1000 }] });
    serde_json::from_value(serde_json::json!({ "name": name, "label": text, "trigger": {
        "type": "CLICKED_ELEMENT", "selector": "button", "fingerprint": fingerprint } }))
    .expect("is well-formed")
}

#[tokio::test]
async fn every_change_of_a_definition_is_remembered_with_its_author() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let (first, second) = (clicked("bought", "Buy"), clicked("bought", "Buy now"));
    store.create_definition("demo", first.clone(), Author::Token(7)).await.expect("is written");
    let armed = store.entry("demo", "bought").await.expect("reads").expect("is there").armed_at;
    store.change_definition("demo", first.clone(), Author::SignedIn).await.expect("is written");
    let described = Definition { description: "A click".to_owned(), ..first.clone() };
    store.change_definition("demo", described.clone(), Author::AdminToken).await.expect("is written");
    let entry = store.entry("demo", "bought").await.expect("reads").expect("is there");
    assert_eq!((entry.created.1, entry.armed_at), (Some(7), armed), "a description arms nothing");
    store.put_draft("demo", second.clone()).await.expect("is written");
    assert!(store.publish_draft("demo", second.clone(), Author::Visualizer).await.expect("is written"));
    assert!(store.delete_definition("demo", "bought", Author::SignedIn).await.expect("is written"));
    let restored = store.restore_definition("demo", "bought", UnixMillis(0), Author::AdminToken).await;
    assert!(restored.expect("is written"));

    let changes = store.changes("demo", "bought").await.expect("reads");

    let told: Vec<_> = changes
        .iter()
        .rev()
        .map(|change| (change.by, change.before.is_some(), change.after.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            (Author::Token(7), false, true),
            (Author::AdminToken, true, true),
            (Author::Visualizer, true, true),
            (Author::SignedIn, true, false),
            (Author::AdminToken, false, true),
        ]
    );
    assert_eq!(changes[2].before, Some(described));
    assert_eq!(changes[2].after, Some(second));
}

#[tokio::test]
async fn of_many_changes_the_last_are_remembered() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    store.create_definition("demo", clicked("bought", "0"), Author::Collector).await.expect("is written");
    for n in 1..=100 {
        let changed = store.change_definition("demo", clicked("bought", &n.to_string()), Author::SignedIn);
        assert!(changed.await.expect("is written"));
    }

    let changes = store.changes("demo", "bought").await.expect("reads");

    assert_eq!(changes.len(), 100);
    assert_eq!(changes[0].after, Some(clicked("bought", "100")));
    assert_eq!(changes[99].before, Some(clicked("bought", "0")), "that it was made is forgotten");
    drop(store);
    let count = "SELECT count(*), count(before) FROM change";
    let counted = Connection::open(folder.path().join("pugmark.db"))
        .and_then(|file| file.query_row(count, [], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?))))
        .expect("reads");
    assert_eq!(counted, (101, 0), "each body once");
}

#[tokio::test]
async fn a_draft_is_kept_until_it_is_published_or_discarded() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    store.put_draft("demo", clicked("bought", "Buy")).await.expect("is written");
    store.put_draft("demo", clicked("bought", "Buy now")).await.expect("is written");
    store.put_draft("demo", clicked("other", "Other")).await.expect("is written");
    assert_eq!(store.definitions("demo").await.expect("reads"), [], "a draft fires nothing");
    assert_eq!(store.drafts("nowhere").await.expect("reads"), []);

    let drafts = store.drafts("demo").await.expect("reads");
    assert_eq!(
        drafts.iter().map(|draft| draft.definition.label.as_str()).collect::<Vec<_>>(),
        ["Buy now", "Other"]
    );
    assert!(store.discard_draft("demo", "other").await.expect("is written"));
    assert!(!store.discard_draft("demo", "other").await.expect("is written"));
    let definition = drafts[0].definition.clone();
    assert!(store.publish_draft("demo", definition.clone(), Author::Visualizer).await.expect("is written"));
    assert!(!store.publish_draft("demo", definition.clone(), Author::Visualizer).await.expect("is written"));

    assert_eq!(store.definitions("demo").await.expect("reads"), [definition]);
    assert_eq!(store.drafts("demo").await.expect("reads"), []);
}

#[tokio::test]
async fn a_draft_takes_no_name_that_code_uses_or_that_is_used_up() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let sent = Definition { trigger: None, ..clicked("signed_up", "Signed up") };
    store.create_definition("demo", sent, Author::SignedIn).await.expect("is written");
    store.create_definition("demo", clicked("gone", "Gone"), Author::SignedIn).await.expect("is written");
    store.put_draft("demo", clicked("gone", "Gone for now")).await.expect("is written");
    store.delete_definition("demo", "gone", Author::SignedIn).await.expect("is written");
    store.append(batch("demo", 0..1)).await.expect("is written");

    let of_code = store.put_draft("demo", clicked("signed_up", "x")).await;
    assert!(matches!(of_code, Err(StoreError::SentByCode)), "{of_code:?}");
    let of_undefined = store.put_draft("demo", clicked("bought", "x")).await;
    assert!(matches!(of_undefined, Err(StoreError::SentByCode)), "it has arrived: {of_undefined:?}");
    let of_deleted = store.put_draft("demo", clicked("gone", "x")).await;
    assert!(matches!(of_deleted, Err(StoreError::NameUsedUp)), "{of_deleted:?}");
    assert_eq!(store.drafts("demo").await.expect("reads"), [], "with the event its draft is gone");
    store.put_draft("demo", clicked("waiting", "x")).await.expect("is written");
    let names = store.taken_names("demo").await.expect("reads");
    assert_eq!(names, ["bought", "gone", "signed_up", "waiting"]);
}

#[tokio::test]
async fn drafts_are_bounded() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    for n in 0..crate::store::MAX_DRAFTS {
        store.put_draft("demo", clicked(&format!("event_{n}"), "x")).await.expect("is written");
    }

    let one_more = store.put_draft("demo", clicked("one_more", "x")).await;

    assert!(matches!(one_more, Err(StoreError::TooManyDrafts)), "{one_more:?}");
    store.put_draft("demo", clicked("event_0", "y")).await.expect("one that is there can still change");
}

fn miss(observation: &str, score: u32, at: UnixMillis) -> NearMiss {
    NearMiss {
        observation: observation.to_owned(),
        url: "https://x/".to_owned(),
        score,
        n: 1,
        first_at: at,
        at,
    }
}

#[tokio::test]
async fn near_misses_of_the_last_month_are_kept_and_told_best_first() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let now = crate::state::now();
    let long_ago = UnixMillis(now.0 - NearMiss::KEPT.0 - 1_000);
    store.note_near_miss("demo", "bought", miss("fa\told", 499, long_ago)).await.expect("is written");
    assert_eq!(store.near_misses("demo", "bought").await.expect("reads"), [], "too long ago");
    for (observation, score) in [("1", 310), ("2", 450), ("3", 320), ("2", 450), ("3", 320), ("3", 320)] {
        let told = store.note_near_miss("demo", "bought", miss(&format!("fa\tT{observation}"), score, now));
        told.await.expect("is written");
    }

    let kept = store.near_misses("demo", "bought").await.expect("reads");

    let told: Vec<_> = kept.iter().map(|miss| (&miss.observation[3..], miss.n)).collect();
    assert_eq!(told, [("T2", 2), ("T3", 3), ("T1", 1)]);
    assert_eq!(store.near_misses("demo", "other").await.expect("reads"), []);
}

#[tokio::test]
async fn neither_siblings_nor_what_came_after_them_make_the_other_forgotten() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let now = crate::state::now();
    let at = |seconds: u64| UnixMillis(now.0 - 1_000_000 + 1_000 * seconds);
    let mut hit = NewBatch::clone(&batch("demo", 0..1));
    hit.events[0].at = at(100);
    store.append(Arc::new(hit)).await.expect("is written");
    let note = async |what: &str, n: u64, score, at| {
        let told = store.note_near_miss("demo", "bought", miss(&format!("fa\tT{what} {n}"), score, at));
        told.await.expect("is written");
    };

    note("sibling", 0, 490, at(1)).await;
    note("sibling", 0, 490, at(2)).await;
    for n in 1..=60 {
        note("sibling", n, 490, at(2 + n)).await;
    }
    note("replaced", 0, 310, at(200)).await;
    for n in 0..60 {
        note("sibling", 60 - n, 490, at(201 + n)).await;
        note("other", n, 480, at(201 + n)).await;
        note("replaced", 0, 310, at(201 + n)).await;
    }

    let kept = store.near_misses("demo", "bought").await.expect("reads");
    let find = |what: &str| kept.iter().find(|miss| miss.observation == format!("fa\tT{what}"));
    assert_eq!(find("sibling 0").map(|miss| (miss.first_at, miss.n)), Some((at(1), 2)));
    assert_eq!(find("replaced 0").map(|miss| (miss.first_at, miss.n)), Some((at(200), 61)));
    let beside = kept.iter().filter(|miss| miss.first_at <= at(100)).count();
    assert_eq!((beside, kept.len()), (NearMiss::MOST, 2 * NearMiss::MOST));
}

#[tokio::test]
async fn what_is_past_its_time_is_removed_though_nothing_new_is_told() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let now = crate::state::now();
    let later = |millis: u64| UnixMillis(now.0 + NearMiss::KEPT.0 + millis);
    store.note_near_miss("demo", "bought", miss("fa\tTPay", 400, now)).await.expect("is written");
    let (name, url) = ("bought".to_owned(), "https://x/".to_owned());
    let finding = Finding { name, url, found: Found::None, score: 400, at: now };
    store.note_findings("demo", vec![finding]).await.expect("is written");
    let left = async || {
        let misses = store.near_misses("demo", "bought").await.expect("reads");
        (misses.len(), store.findings("demo").await.expect("reads").len())
    };

    store.forget_old(later(0)).await.expect("is written");
    assert_eq!(left().await, (1, 1));
    store.forget_old(later(1)).await.expect("is written");
    assert_eq!(left().await, (0, 0));
}

#[tokio::test]
async fn what_was_seen_of_an_event_is_forgotten_when_it_is_about_something_else() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let now = crate::state::now();
    let finding = |url: &str, at| Finding {
        name: "bought".to_owned(),
        url: url.to_owned(),
        found: Found::Several,
        score: 900,
        at,
    };
    store.create_definition("demo", clicked("bought", "Buy"), Author::SignedIn).await.expect("is written");
    store.note_near_miss("demo", "bought", miss("fa\tTBuy", 400, now)).await.expect("is written");
    let many = (0..60).map(|n| finding(&format!("https://x/{n}"), UnixMillis(now.0 + n)));
    store.note_findings("demo", many.collect()).await.expect("is written");
    store.note_findings("demo", vec![finding("https://x/59", now)]).await.expect("is written");
    let found = store.findings("demo").await.expect("reads");
    assert_eq!((found.len(), found[0].url.as_str()), (Finding::MOST, "https://x/58"));

    let paused = Definition { status: Status::Paused, ..clicked("bought", "Buy") };
    store.change_definition("demo", paused, Author::SignedIn).await.expect("is written");
    assert_eq!(store.near_misses("demo", "bought").await.expect("reads").len(), 1);
    store.change_definition("demo", clicked("bought", "Pay"), Author::SignedIn).await.expect("is written");

    assert_eq!(store.near_misses("demo", "bought").await.expect("reads"), []);
    assert_eq!(store.findings("demo").await.expect("reads"), []);
}

#[tokio::test]
async fn activity_tells_days_and_hits_and_pages_are_counted_without_their_queries() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let named = |ids, name: &'static str, url: &str, score| {
        let mut batch = NewBatch::clone(&batch("demo", ids));
        batch.pages = vec![StoredPage { url: url.to_owned(), ..StoredPage::default() }];
        for event in &mut batch.events {
            event.name = EventName::known(name);
            event.page = Some(0);
            event.element = Some(Element { text: "Buy".to_owned(), score, ..Element::default() });
        }
        Arc::new(batch)
    };
    store.append(named(0..30, "bought", "https://x/shop?a=1#b", None)).await.expect("is written");
    store.append(named(30..31, "bought", "https://x/shop", Some(700))).await.expect("is written");
    store.append(named(31..33, "page_view", "https://x/shop?a=1", None)).await.expect("is written");
    store.append(named(33..34, "page_view", "https://x/cart#top", None)).await.expect("is written");
    store.append(named(34..35, "page_view", "file:///x", None)).await.expect("is written");

    let told = store.activity("demo", vec!["bought".to_owned(), "never".to_owned()]).await.expect("reads");

    let day = 1_795_430_400_000 / 86_400_000;
    assert_eq!(told[0].days, [(day, 31)]);
    assert_eq!(
        (told[0].hits.len(), told[0].hits[0].score, told[0].hits[1].score),
        (Activity::HITS, Some(700), None)
    );
    assert_eq!((told[0].hits[1].url.as_str(), told[0].hits[1].text.as_str()), ("https://x/shop", "Buy"));
    assert_eq!(told[1], Activity { name: "never".to_owned(), ..Activity::default() });
    let own = ["https://x".to_owned()];
    let pages = store.viewed_pages("demo", &own).await.expect("reads");
    let pages: Vec<_> = pages.iter().map(|page| (page.url.as_str(), page.views)).collect();
    assert_eq!(pages, [("https://x/cart", 1), ("https://x/shop", 2)]);
    assert_eq!(store.viewed_pages("demo", &[]).await.expect("reads"), []);
    assert_eq!(store.viewed_pages("nowhere", &own).await.expect("reads"), []);
}

/// Views of a page each.
fn views(ids: std::ops::Range<u64>, urls: &[&str]) -> Arc<NewBatch> {
    let mut batch = NewBatch::clone(&batch("demo", ids));
    batch.pages =
        urls.iter().map(|url| StoredPage { url: (*url).to_owned(), ..StoredPage::default() }).collect();
    for (place, event) in batch.events.iter_mut().enumerate() {
        event.name = EventName::known("page_view");
        event.page = Some(place % urls.len());
    }
    Arc::new(batch)
}

/// The pages of these origins that were viewed, and how often.
async fn viewed(store: &SqliteStore, origins: &[&str]) -> Vec<(String, u64)> {
    let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
    let pages = store.viewed_pages("demo", &origins).await.expect("reads");
    pages.into_iter().map(|page| (page.url, page.views)).collect()
}

// Page views may come from anybody, of any address. A few thousand of made-up ones pushed the site's own pages out of the latest
// that were looked at, and nothing was proposed any more.
#[tokio::test]
async fn views_of_other_origins_make_no_page_forgotten() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    let foreign = [
        "https://evil.example/",
        "https://x.evil.example/",
        "http://x/",
        "https://x:8443/",
        "https://y/?https://x/",
    ];
    store.append(views(0..2, &["https://x/shop", "https://www.x/"])).await.expect("is written");
    let many = codeless::VIEWS as u64 + 1;
    for first in (2..2 + many).step_by(5_000) {
        store.append(views(first..first + 5_000, &foreign)).await.expect("is written");
    }

    let both = [("https://www.x/".to_owned(), 1), ("https://x/shop".to_owned(), 1)];
    assert_eq!(viewed(&store, &["https://x", "https://www.x"]).await, both);
    store.append(views(0..1, &["https://x/shop"])).await.expect("is known");
    assert_eq!(viewed(&store, &["https://x"]).await, both[1..], "what is sent again is one view");
    assert_eq!(viewed(&store, &["https://x", "https://x"]).await, both[1..], "an origin named twice is one");
}

#[tokio::test]
async fn of_one_origins_views_the_latest_are_looked_at() {
    let folder = TempDir::new().expect("there is room for a folder");
    let store = opened(&folder).await;
    store.append(views(0..2, &["https://x/old", "https://y/"])).await.expect("is written");
    store.append(views(2..2 + codeless::VIEWS as u64 - 1, &["https://x/"])).await.expect("is written");
    let views_now = codeless::VIEWS as u64 - 1;
    let (front, old) = (("https://x/".to_owned(), views_now), ("https://x/old".to_owned(), 1));
    assert_eq!(viewed(&store, &["https://x"]).await, [front.clone(), old]);
    let other = ("https://y/".to_owned(), 1);
    assert_eq!(viewed(&store, &["https://x", "https://y"]).await, [front, other], "of all taken together");
}

#[tokio::test]
async fn views_from_before_there_were_origins_are_found_by_them() {
    let folder = TempDir::new().expect("there is room for a folder");
    let connection = version_1(&folder);
    connection
        .execute_batch(
            "INSERT INTO name VALUES (2, 1, 'page_view', 0);
             INSERT INTO page VALUES (1, x'01', 'https://x/shop?a=1', '', ''), (2, x'02', 'HTTPS://X/shop#b', '', ''),
                                     (3, x'03', 'http://y:8080', '', ''), (4, x'04', 'file:///x', '', '');
             INSERT INTO event SELECT NULL, randomblob(16), 1, 2, 7, 7, 1, NULL, 1, 0, value, 1, NULL, '{}', NULL
             FROM json_each('[1, 2, 2, 3, 4]');",
        )
        .expect("writes");
    drop(connection);

    let store = opened(&folder).await;

    assert_eq!(viewed(&store, &["http://y:8080", "file://"]).await, [("http://y:8080".to_owned(), 1)]);
    let count: u64 = viewed(&store, &["https://x"]).await.iter().map(|(_, views)| views).sum();
    assert_eq!(count, 3);
}
