//! The program itself: how it starts, how it ends, and what survives when it does not end well.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::support::{Client, TOKEN, batch, event, fresh_id, receipt, start};

/// A running program.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) client: Client,
    greeting: String,
}

pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pugmark-collector"));
    command
        .env("PUGMARK_LISTEN", "127.0.0.1:0")
        .env("PUGMARK_DATA", data)
        .env("PUGMARK_RATE_PER_ADDRESS", "0")
        .env("PUGMARK_RATE_PER_SITE", "0")
        .env_remove("PUGMARK_ADMIN_TOKEN")
        .env_remove("PUGMARK_CONFIG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Starts the program without its logs and reads what it tells people.
pub(crate) async fn run(mut command: Command) -> Program {
    command.stderr(Stdio::null());
    run_with_logs(command).await
}

/// Starts the program and reads what it tells people; its logs go where the command says.
pub(crate) async fn run_with_logs(mut command: Command) -> Program {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut greeting = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        greeting.push_str(&line);
        greeting.push('\n');
        if line.starts_with("script tag") {
            break;
        }
    }
    let address =
        greeting.lines().find_map(|line| line.strip_prefix("listening on ")).expect("it says where");
    Program { client: Client::new(address), child, greeting }
}

pub(crate) async fn run_with_token(data: &Path) -> Program {
    let mut command = command(data);
    command.env("PUGMARK_ADMIN_TOKEN", TOKEN);
    run(command).await
}

impl Program {
    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().expect("it runs")).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }
}

/// Batches by the id of their first event: which were sent, and which had a receipt.
#[derive(Default)]
struct Book {
    sent: HashMap<String, Value>,
    receipted: Vec<String>,
}

/// Sends batches from several places at once until nobody answers any more.
fn send_until_it_ends(client: &Client, book: &Arc<Mutex<Book>>) -> JoinSet<()> {
    let mut senders = JoinSet::new();
    for _ in 0..4 {
        let (client, book) = (client.clone(), Arc::clone(book));
        senders.spawn(async move {
            loop {
                let sent = batch(&(0..20).map(|_| event("load")).collect::<Vec<_>>());
                let id = sent["events"][0]["id"].as_str().unwrap().to_owned();
                book.lock().unwrap().sent.insert(id.clone(), sent.clone());
                match client.try_send(Method::POST, "/v1/batch", &[], sent.to_string()).await {
                    Ok(answer) if answer.status == StatusCode::OK => {
                        assert_eq!(answer.json(), receipt(20, 0));
                        book.lock().unwrap().receipted.push(id);
                    }
                    Ok(answer) => assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE),
                    Err(_) => return,
                }
            }
        });
    }
    senders
}

/// Waits until so many batches have had a receipt.
async fn receipts(book: &Mutex<Book>, wanted: usize) {
    let enough = async {
        while book.lock().unwrap().receipted.len() < wanted {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), enough).await.expect("receipts come");
}

/// Everything that had a receipt is there, once, and no batch in part.
async fn check(client: &Client, book: &Mutex<Book>) {
    let mut stored: HashMap<String, u32> = HashMap::new();
    for event in client.events().await {
        *stored.entry(event["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert!(stored.values().all(|&n| n == 1), "an event is stored twice");
    let book = book.lock().unwrap();
    for id in &book.receipted {
        assert!(stored.contains_key(id), "a batch that had a receipt is gone");
    }
    for sent in book.sent.values() {
        let ids = sent["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap());
        let there = ids.filter(|id| stored.contains_key(*id)).count();
        assert!(there == 0 || there == 20, "{there} of 20 events of a batch are stored");
    }
}

#[tokio::test]
async fn killed_at_once_it_keeps_everything_that_had_a_receipt() {
    let data = TempDir::new().unwrap();
    let book = Arc::new(Mutex::new(Book::default()));

    for round in 1..=5 {
        let mut program = run_with_token(data.path()).await;
        check(&program.client, &book).await;
        let senders = send_until_it_ends(&program.client, &book);
        receipts(&book, round * 15).await;
        program.child.kill().await.unwrap();
        senders.join_all().await;
    }

    let program = run_with_token(data.path()).await;
    check(&program.client, &book).await;
    let again = {
        let book = book.lock().unwrap();
        book.sent[&book.receipted[0]].clone()
    };
    assert_eq!(program.client.batch(&again).await.json(), receipt(0, 20));
    drop(program);
    let database = rusqlite::Connection::open(data.path().join("pugmark.db")).unwrap();
    let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    let (events, counted): (i64, i64) = database
        .query_row("SELECT (SELECT count(*) FROM event), (SELECT sum(n) FROM rollup_day)", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(events, counted, "the daily counts agree with the events");
}

#[tokio::test]
async fn asked_to_end_it_finishes_what_it_accepted() {
    let data = TempDir::new().unwrap();
    let book = Arc::new(Mutex::new(Book::default()));
    let mut program = run_with_token(data.path()).await;
    let senders = send_until_it_ends(&program.client, &book);
    receipts(&book, 20).await;

    program.signal(Signal::TERM);
    let ended = tokio::time::timeout(Duration::from_secs(10), program.child.wait()).await;

    assert!(ended.expect("it ends in time").unwrap().success());
    senders.join_all().await;
    let program = run_with_token(data.path()).await;
    check(&program.client, &book).await;
}

#[tokio::test]
async fn asked_to_end_it_says_first_that_it_is_not_ready_and_still_takes_events() {
    let data = TempDir::new().unwrap();
    let mut command = command(data.path());
    command.env("PUGMARK_ADMIN_TOKEN", TOKEN).env("PUGMARK_CLOSING_SECONDS", "3");
    let mut program = run(command).await;
    assert_eq!(program.client.get("/readyz").await.status, StatusCode::OK);

    program.signal(Signal::TERM);
    while program.client.get("/readyz").await.status == StatusCode::OK {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }

    assert_eq!(program.client.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(program.client.batch(&batch(&[event("late")])).await.json(), receipt(1, 0));
    let ended = tokio::time::timeout(Duration::from_secs(10), program.child.wait()).await;
    assert!(ended.expect("it ends in time").unwrap().success());
    let database = rusqlite::Connection::open(data.path().join("pugmark.db")).unwrap();
    let stored: i64 = database.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, 1);
}

#[tokio::test]
async fn asked_twice_it_ends_at_once_and_keeps_what_had_a_receipt() {
    let data = TempDir::new().unwrap();
    let book = Arc::new(Mutex::new(Book::default()));
    let mut command = command(data.path());
    command.env("PUGMARK_ADMIN_TOKEN", TOKEN).env("PUGMARK_CLOSING_SECONDS", "600");
    let mut program = run(command).await;
    let senders = send_until_it_ends(&program.client, &book);
    receipts(&book, 10).await;

    program.signal(Signal::TERM);
    while program.client.get("/readyz").await.status == StatusCode::OK {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    program.signal(Signal::TERM);

    let ended = tokio::time::timeout(Duration::from_secs(10), program.child.wait()).await;
    assert!(!ended.expect("it ends at once").unwrap().success());
    senders.join_all().await;
    let program = run_with_token(data.path()).await;
    check(&program.client, &book).await;
}

#[tokio::test]
async fn interrupted_at_the_keyboard_it_ends_without_notice() {
    let data = TempDir::new().unwrap();
    let mut command = command(data.path());
    command.env("PUGMARK_CLOSING_SECONDS", "600");
    let mut program = run(command).await;

    program.signal(Signal::INT);

    let ended = tokio::time::timeout(Duration::from_secs(10), program.child.wait()).await;
    assert!(ended.expect("it ends in time").unwrap().success());
}

/// Most file descriptors this process, and those it starts, may have from now on: `wanted` if the system grants as many.
fn descriptors(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let most = getrlimit(Resource::Nofile).maximum.unwrap_or(1 << 20);
    // More than that is granted to root only.
    for most in [most.max(wanted), most] {
        if setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: Some(most) }).is_ok() {
            return most;
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(most)
}

fn rss_mib(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.id().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn ten_thousand_silent_connections_and_five_hundred_kept_ones_hold_up_nobody() {
    const SILENT: u64 = 10_000;
    const KEPT: u64 = 500;
    // Other tests beside this one need some as well.
    const OTHERS: u64 = 600;
    let n = SILENT.min(descriptors(SILENT + KEPT + OTHERS).saturating_sub(KEPT + OTHERS));
    if n < SILENT {
        // Not with `eprintln!`, of which nothing is seen when the test passes.
        let mut stderr = std::io::stderr();
        writeln!(stderr, "NOT TESTED with {SILENT} connections: file descriptors are left for {n}").unwrap();
    }
    let data = TempDir::new().unwrap();
    let mut command = command(data.path());
    command.env("PUGMARK_ADMIN_TOKEN", TOKEN).env("PUGMARK_CONNECTIONS_PER_ADDRESS", "0");
    let program = run(command).await;
    let address = program.client.address().trim_start_matches("http://").to_owned();
    let before = rss_mib(&program);

    let mut silent = Vec::new();
    for _ in 0..n {
        silent.push(tokio::net::TcpStream::connect(&address).await.unwrap());
    }
    let mut kept = Vec::new();
    for _ in 0..KEPT {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        kept.push(stream);
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        let started = std::time::Instant::now();
        assert_eq!(program.client.batch(&batch(&[event("healthy")])).await.json(), receipt(1, 0));
        slowest = slowest.max(started.elapsed());
    }

    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    let more = rss_mib(&program).saturating_sub(before);
    assert!(more < 128, "{more} MiB for {n} silent connections and {KEPT} kept ones");
    eprintln!("{n} silent connections and {KEPT} kept ones: {more} MiB, slowest receipt {slowest:?}");
    drop((silent, kept));
}

#[tokio::test]
async fn a_watcher_does_not_keep_it_from_ending() {
    let running = start().await;
    let client = running.client.clone();
    let watching =
        tokio::spawn(async move { client.api(Method::GET, "/v1/sites/demo/live", None).await.status });
    while !running.collector.is_watched("demo") {
        tokio::task::yield_now().await;
    }

    tokio::time::timeout(Duration::from_secs(5), running.collector.stop()).await.expect("ends").unwrap();

    assert_eq!(watching.await.unwrap(), StatusCode::OK);
}

#[tokio::test]
async fn a_second_process_on_the_same_folder_is_refused() {
    let data = TempDir::new().unwrap();
    let first = run_with_token(data.path()).await;

    let second = command(data.path()).output().await.unwrap();

    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr);
    let pid = first.child.id().unwrap().to_string();
    assert!(said.contains("another pugmark-collector") && said.contains(&pid), "{said}");
}

#[tokio::test]
async fn the_first_start_makes_a_token_and_shows_it_once() {
    let data = TempDir::new().unwrap();
    let mut first = run(command(data.path())).await;
    let token = first.greeting.split_once("/studio/sign-in#").expect("it shows a link").1;
    let token = token.split_whitespace().next().unwrap().to_owned();
    let authorization = format!("Bearer {token}");
    let signed = [("authorization", authorization.as_str())];

    let answer = first.client.send(Method::GET, "/v1/sites/demo/definitions", &signed, "").await;
    first.signal(Signal::INT);
    assert!(first.child.wait().await.unwrap().success());
    let second = run(command(data.path())).await;

    assert_eq!(answer.json()["definitions"].as_array().unwrap().len(), 3);
    assert!(!second.greeting.contains('#'), "{}", second.greeting);
    assert_eq!(second.client.send(Method::GET, "/v1/sites", &signed, "").await.status, StatusCode::OK);
    let database = std::fs::read(data.path().join("pugmark.db")).unwrap();
    assert!(!database.windows(token.len()).any(|window| window == token.as_bytes()), "the token is not kept");
}

#[tokio::test]
async fn it_says_what_a_person_needs() {
    let data = TempDir::new().unwrap();
    let mut command = command(data.path());
    command.env("PUGMARK_PUBLIC_URL", "https://events.example.com/").arg("--library-name").arg("stats.js");

    let greeting = run(command).await.greeting;

    assert!(greeting.starts_with("listening on http://127.0.0.1:"), "{greeting}");
    assert!(greeting.contains("https://events.example.com/demo/"), "{greeting}");
    assert!(
        greeting.contains(
            r#"<script async src="https://events.example.com/stats.js" data-site="demo"></script>"#
        ),
        "{greeting}"
    );
}

#[tokio::test]
async fn settings_that_make_no_sense_are_told_in_one_sentence() {
    let data = TempDir::new().unwrap();
    for (name, value, expected) in [
        ("PUGMARK_STORE", "postgres", "set it to sqlite"),
        ("PUGMARK_LIBRARY_NAME", "a/b.js", "must be a file name"),
        ("PUGMARK_LISTEN", "nowhere", "invalid value"),
        ("PUGMARK_CONFIG", "/nonexistent.toml", "cannot be read"),
    ] {
        let output = command(data.path()).env(name, value).output().await.unwrap();

        assert!(!output.status.success(), "{name}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(expected), "{name}: {said}");
    }
}

#[tokio::test]
async fn logs_can_be_json_and_stay_off_stdout() {
    let data = TempDir::new().unwrap();
    let mut command = command(data.path());
    command.arg("--log-format").arg("json");
    let mut child = command.spawn().unwrap();

    let line = BufReader::new(child.stderr.take().unwrap()).lines().next_line().await.unwrap().unwrap();

    let log: Value = serde_json::from_str(&line).expect("a line is one object");
    assert_eq!(log["level"], "INFO");
    child.kill().await.unwrap();
}

#[tokio::test]
async fn the_correlation_id_of_a_refusal_stands_in_the_log() {
    let data = TempDir::new().unwrap();
    let mut command = command(data.path());
    command.env("PUGMARK_ADMIN_TOKEN", TOKEN).arg("--log-format").arg("json");
    let mut program = run_with_logs(command).await;
    let mut log = BufReader::new(program.child.stderr.take().unwrap()).lines();

    let refused = program.client.get("/events/v3/events").await;

    let id = refused.json()["correlationId"].as_str().unwrap().to_owned();
    let line = loop {
        let line = log.next_line().await.unwrap().expect("the log goes on");
        if line.contains(&id) {
            break serde_json::from_str::<Value>(&line).unwrap();
        }
    };
    assert_eq!(line["fields"]["category"], "INVALID_AUTHENTICATION");
    program.child.kill().await.unwrap();
}

#[tokio::test]
async fn killed_at_once_it_keeps_every_occurrence_that_was_answered_204() {
    let data = TempDir::new().unwrap();
    let mut program = run_with_token(data.path()).await;
    let token = program.client.token("demo", &["send", "read"]).await;
    let mut answered = Vec::new();
    for n in 0..50 {
        let id = fresh_id();
        let sent =
            json!({"eventName": "added_to_cart", "objectId": "1", "uuid": id, "properties": {"price": n}});
        let answer = program.client.call(&token, Method::POST, "/events/v3/send", Some(&sent)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        answered.push(id);
    }
    program.child.kill().await.unwrap();
    drop(program);

    let again = run_with_token(data.path()).await;

    let read = again.client.call(&token, Method::GET, "/events/v3/events?objectId=1&limit=1000", None).await;
    assert_eq!(read.status, StatusCode::OK, "the token is known again");
    let mut stored: Vec<_> = read.json()["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    stored.sort();
    assert_eq!(stored, answered);
}

/// Has a shell start the program under limits of the system, as `ulimit` writes them.
fn limited(data: &Path, limits: &str) -> Command {
    let plain = command(data);
    let mut command = Command::new("sh");
    // A program that ignores SIGXFSZ gets an error instead, as it does on a full disk.
    command.arg("-c").arg(format!("trap '' XFSZ; {limits}; exec \"$0\"")).arg(plain.as_std().get_program());
    for (name, value) in plain.as_std().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("PUGMARK_ADMIN_TOKEN", TOKEN).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

#[tokio::test]
async fn on_a_full_disk_nothing_is_receipted_and_everything_goes_on_when_there_is_room_again() {
    let data = TempDir::new().unwrap();
    let program = run(limited(data.path(), "ulimit -S -f 1000")).await;
    let client = &program.client;
    let book = Mutex::new(Book::default());
    let send = async |events: usize| {
        let sent = batch(&(0..events).map(|_| event("load")).collect::<Vec<_>>());
        let answer = client.batch(&sent).await;
        if answer.status == StatusCode::OK {
            book.lock().unwrap().receipted.push(sent["events"][0]["id"].as_str().unwrap().to_owned());
        }
        answer
    };

    let mut tries = 0;
    let refused = loop {
        let answer = send(100).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        tries += 1;
        assert!(tries < 1_000, "the disk never fills");
    };
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "store_failed"));
    assert_eq!(refused.header("retry-after"), "30");
    // A probe may be smaller than such a batch and fit in still, and its verdict stands for a moment.
    let not_ready = async {
        while client.get("/readyz").await.status == StatusCode::OK {
            while send(1).await.status == StatusCode::OK {}
        }
    };
    tokio::time::timeout(Duration::from_secs(30), not_ready).await.expect("it says that it is not ready");
    check(client, &book).await;

    let pid = Pid::from_raw(i32::try_from(program.child.id().unwrap()).unwrap());
    let unlimited = rustix::process::Rlimit { current: None, maximum: None };
    rustix::process::prlimit(pid, rustix::process::Resource::Fsize, unlimited).unwrap();

    assert_eq!(send(100).await.status, StatusCode::OK);
    let ready = async { while client.get("/readyz").await.status != StatusCode::OK {} };
    tokio::time::timeout(Duration::from_secs(30), ready).await.expect("it is ready again");
    check(client, &book).await;
}

/// Seconds of processor time that a program has used.
fn processor_seconds(program: &Program) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", program.child.id().unwrap())).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    // In hundredths; user and system.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

#[tokio::test]
async fn with_no_file_descriptors_left_it_waits_for_some_and_recovers() {
    let data = TempDir::new().unwrap();
    let program = run(limited(data.path(), "ulimit -n 48")).await;
    let address = program.client.address().trim_start_matches("http://").to_owned();
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(tokio::net::TcpStream::connect(&address).await.unwrap());
    }
    // It does not try again and again meanwhile.
    let before = processor_seconds(&program);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let used = processor_seconds(&program) - before;
    assert!(used < 0.2, "{used} s of processor time for nothing");

    // Nobody hangs up, yet the silent ones make room in time.
    let answer = program.client.batch(&batch(&[event("after")])).await;

    assert_eq!(answer.json(), receipt(1, 0));
    drop(idle);
}
