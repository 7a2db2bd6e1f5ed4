//! What happens on connections that are slow, silent, cut, odd, or too many.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use pugmark_collector::settings::Given;
use pugmark_protocol::limits::{KIB, MAX_WIRE_BYTES};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Answer, Running, TOKEN, batch, event, receipt, start, start_with};

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.collector.address().trim_start_matches("http://")).await.unwrap()
}

/// Everything that comes until the other side closes.
async fn all(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // An error is an end as well.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn exchange(running: &Running, request: impl AsRef<[u8]>) -> String {
    let mut stream = connect(running).await;
    stream.write_all(request.as_ref()).await.unwrap();
    all(stream).await
}

/// A request for a batch, with these headers besides.
fn post(headers: &str, body: &str) -> String {
    format!("POST /v1/batch HTTP/1.1\r\nhost: x\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let running = start().await;
    let stream = connect(&running).await;
    // From here on, time passes as soon as everybody waits.
    tokio::time::pause();

    assert_eq!(all(stream).await, "");
}

#[tokio::test]
async fn a_connection_that_says_nothing_more_is_closed() {
    let running = start().await;
    let mut stream = connect(&running).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    tokio::time::pause();

    let rest = all(stream).await;

    assert!(head.ends_with(b"200") && rest.ends_with("ok\n"), "{rest}");
}

#[tokio::test]
async fn headers_that_come_byte_by_byte_are_not_waited_for() {
    let running = start().await;
    let mut stream = connect(&running).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
    tokio::time::pause();
    let started = tokio::time::Instant::now();

    while stream.write_all(b"x").await.is_ok() && started.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[tokio::test]
async fn who_never_reads_the_answers_is_given_up() {
    let running = start().await;
    let mut stream = connect(&running).await;
    let request = b"GET /demo/theme.css HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1_000);
    // Ends when nobody takes any more of it: the answers have filled every buffer on their way.
    let fill = async { while stream.write_all(&request).await.is_ok() {} };
    assert!(tokio::time::timeout(Duration::from_secs(3), fill).await.is_err(), "it reads on and on");
    tokio::time::pause();

    tokio::time::sleep(Duration::from_secs(40)).await;

    tokio::time::resume();
    let given_up = async { while stream.write_all(b"x").await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), given_up).await.expect("the connection was closed");
}

#[tokio::test]
async fn a_viewer_who_never_reads_is_given_up_and_holds_up_nobody() {
    let running = start().await;
    let client = &running.client;
    let mut viewer = connect(&running).await;
    let request =
        format!("GET /v1/sites/demo/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n\r\n");
    viewer.write_all(request.as_bytes()).await.unwrap();
    while !running.collector.is_watched("demo") {
        tokio::task::yield_now().await;
    }

    // More than the buffers of both sides hold.
    for _ in 0..20 {
        let mut events: Vec<_> = (0..500).map(|_| event("seen")).collect();
        for event in &mut events {
            event["properties"] = json!({"a": "x".repeat(250), "b": "y".repeat(250), "c": "z".repeat(250)});
        }
        assert_eq!(client.batch(&batch(&events)).await.json(), receipt(500, 0));
    }
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(60)).await;

    assert!(!running.collector.is_watched("demo"), "the stream was ended");
}

/// A collector behind a proxy on this machine, so that a header says who sends.
async fn start_behind_a_proxy() -> Running {
    let trusted_proxies = Some(vec!["127.0.0.1".parse().unwrap()]);
    let (rate_per_address, rate_per_site) = (Some(0), Some(0));
    start_with(Given { trusted_proxies, rate_per_address, rate_per_site, ..Given::default() }).await
}

/// Begins the largest bodies there may be, one for each sender, ends none of them, and waits until the collector has taken in
/// so many bytes.
async fn stall(running: &Running, senders: &[String], bytes: usize) -> Vec<TcpStream> {
    let unfinished = "x".repeat(MAX_WIRE_BYTES - 100);
    let mut stalled = Vec::new();
    for sender in senders {
        let mut stream = connect(running).await;
        let whole = post(&format!("x-forwarded-for: {sender}\r\n"), &"x".repeat(MAX_WIRE_BYTES));
        let head = &whole[..whole.len() - MAX_WIRE_BYTES];
        // An error means that the collector refuses it.
        let _ = stream.write_all(format!("{head}{unfinished}").as_bytes()).await;
        stalled.push(stream);
    }
    let taken_in = async || {
        let metrics = running.client.get("/metrics").await.body;
        let metrics = String::from_utf8_lossy(&metrics).into_owned();
        let line = metrics.lines().find_map(|line| line.strip_prefix("pugmark_intake_bytes ")).unwrap();
        line.parse::<usize>().unwrap()
    };
    let arrives = async {
        while taken_in().await < bytes {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrives).await.expect("the bodies arrive");
    stalled
}

/// What one address may have under way, but for the little that tells eight bodies from the whole of it.
const OF_ONE: usize = 8 * MAX_WIRE_BYTES - 8 * KIB;

/// More than what leaves room for a batch.
const OF_ALL: usize = 56 * MAX_WIRE_BYTES + 1;

async fn batch_from(running: &Running, sender: &str, sent: &Value) -> Answer {
    running.client.send(Method::POST, "/v1/batch", &[("x-forwarded-for", sender)], sent.to_string()).await
}

#[tokio::test]
async fn one_address_that_ends_no_body_holds_up_nobody_else() {
    let running = start_behind_a_proxy().await;
    let _stalled = stall(&running, &vec!["198.51.100.1".to_owned(); 64], OF_ONE).await;

    let answer = batch_from(&running, "192.0.2.1", &batch(&[event("healthy")])).await;

    assert_eq!(answer.json(), receipt(1, 0));
}

#[tokio::test]
async fn bodies_that_trickle_hold_up_neither_their_own_address_nor_all_for_long() {
    for (name, senders, bytes) in [
        ("one address", vec!["192.0.2.1".to_owned(); 10], OF_ONE),
        ("many addresses", (1..=64).map(|n| format!("198.51.100.{n}")).collect(), OF_ALL),
    ] {
        let running = start_behind_a_proxy().await;
        let sent = batch(&(0..20).map(|_| event("healthy")).collect::<Vec<_>>());
        let mut stalled = stall(&running, &senders, bytes).await;
        let answer = batch_from(&running, "192.0.2.1", &sent).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            "{name}"
        );

        tokio::time::pause();
        for _ in 0..12 {
            for stream in &mut stalled {
                // An error means that the collector has given it up.
                let _ = stream.write_all(b"x").await;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tokio::time::resume();

        assert_eq!(batch_from(&running, "192.0.2.1", &sent).await.json(), receipt(20, 0), "{name}");
    }
}

#[tokio::test]
async fn one_address_has_only_so_many_connections() {
    let running =
        start_with(Given { connections_per_address: Some(3), rate_per_address: Some(0), ..Given::default() })
            .await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(connect(&running).await);
    }

    let refused = all(connect(&running).await).await;
    drop(kept);

    assert!(refused.starts_with("HTTP/1.1 429 Too Many Requests\r\nretry-after: "), "{refused}");
    assert!(refused.contains("access-control-allow-origin: *"), "{refused}");
    // The places are free again as soon as the collector notices.
    let client = &running.client;
    let is_served = async || {
        let answer = client.try_send(Method::GET, "/healthz", &[], "").await;
        answer.is_ok_and(|answer| answer.status == StatusCode::OK)
    };
    while !is_served().await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_connections_as_it_needs() {
    let given = Given {
        connections_per_address: Some(1),
        trusted_proxies: Some(vec!["127.0.0.1".parse().unwrap()]),
        ..Given::default()
    };
    let running = start_with(given).await;
    let _kept = [connect(&running).await, connect(&running).await];

    let answer = exchange(&running, "GET /healthz HTTP/1.0\r\n\r\n").await;

    assert!(answer.ends_with("ok\n"), "{answer}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let running = start().await;
    let first = post("", &batch(&[event("first")]).to_string());
    let second = post("connection: close\r\n", &batch(&[event("second"), event("third")]).to_string());

    let answers = exchange(&running, format!("{first}{second}")).await;

    let bodies: Vec<&str> = answers.split("\r\n\r\n").skip(1).collect();
    assert!(bodies[0].starts_with(&receipt(1, 0).to_string()), "{answers}");
    assert_eq!(bodies[1], receipt(2, 0).to_string(), "{answers}");
    assert_eq!(running.client.events().await.len(), 3);
}

#[tokio::test]
async fn a_request_hidden_behind_two_lengths_is_not_carried_out() {
    let running = start().await;
    let hidden = post("", &batch(&[event("smuggled")]).to_string());
    for (name, headers) in [
        ("both kinds", "content-length: 4\r\ntransfer-encoding: chunked\r\n"),
        ("both kinds, the other way round", "transfer-encoding: chunked\r\ncontent-length: 4\r\n"),
        ("two numbers", "content-length: 4\r\ncontent-length: 5\r\n"),
        ("no number", "content-length: 4, 5\r\n"),
        ("a coding that hides one", "transfer-encoding: chunked, identity\r\n"),
    ] {
        let chunk = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
        let request = format!("POST /v1/batch HTTP/1.1\r\nhost: x\r\n{headers}\r\n{chunk}");
        let mut stream = connect(&running).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();

        let answer = all(stream).await;

        assert_eq!(
            answer.matches("HTTP/1.1 4").count(),
            answer.matches("HTTP/1.1 ").count(),
            "{name}: {answer}"
        );
    }
    assert!(running.client.events().await.is_empty());
}

#[tokio::test]
async fn a_sender_that_asks_first_is_told_to_continue() {
    let running = start().await;
    let body = batch(&[event("asked")]).to_string();
    let whole = post("expect: 100-continue\r\nconnection: close\r\n", &body);
    let (head, _) = whole.split_at(whole.len() - body.len());
    let mut stream = connect(&running).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();

    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert!(all(stream).await.ends_with(&receipt(1, 0).to_string()));
}

#[tokio::test]
async fn an_old_client_and_one_behind_a_proxy_are_answered() {
    let running = start().await;
    let body = batch(&[event("old")]).to_string();
    let old = post("", &body).replace("HTTP/1.1", "HTTP/1.0");
    let absolute = post("connection: close\r\n", &body).replace("POST /", "POST http://events.example/");

    assert!(exchange(&running, old).await.ends_with(&receipt(1, 0).to_string()));
    assert!(exchange(&running, absolute).await.ends_with(&receipt(0, 1).to_string()));
}

#[tokio::test]
async fn a_sender_that_hangs_up_at_any_byte_can_send_again_and_is_stored_once() {
    let running = start().await;
    let client = &running.client;
    let sent = batch(&[event("cut")]);
    let request = post("", &sent.to_string());
    for cut in (1..=request.len()).step_by(29).chain([request.len()]) {
        let mut stream = connect(&running).await;
        stream.write_all(&request.as_bytes()[..cut]).await.unwrap();
        if cut % 2 == 0 {
            // With a reset, not with a farewell.
            stream.set_zero_linger().unwrap();
        }
        drop(stream);
    }

    let again = client.batch(&sent).await.json();

    assert!(again == receipt(0, 1) || again == receipt(1, 0), "{again}");
    assert_eq!(client.events().await.len(), 1);
}

#[tokio::test]
async fn a_sender_that_has_said_its_last_gets_its_receipt_or_nothing_and_is_stored_once() {
    let running = start().await;
    let client = &running.client;
    for _ in 0..20 {
        let sent = batch(&[event("half_open")]);
        let mut stream = connect(&running).await;
        stream.write_all(post("", &sent.to_string()).as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();

        let answer = all(stream).await;
        let again = client.batch(&sent).await.json();

        if answer.is_empty() {
            assert!(again == receipt(0, 1) || again == receipt(1, 0), "{again}");
        } else {
            assert!(answer.ends_with(&receipt(1, 0).to_string()), "{answer}");
            assert_eq!(again, receipt(0, 1));
        }
    }
    assert_eq!(client.events().await.len(), 20);
}

#[tokio::test]
async fn a_body_that_is_refused_unread_does_not_cost_the_answer() {
    let given = Given { rate_per_address: Some(1), ..Given::default() };
    let running = start_with(given).await;
    let client = &running.client;
    let sent = batch(&(0..200).map(|_| event("large")).collect::<Vec<_>>()).to_string();
    client.post(sent.clone()).await;

    for _ in 0..20 {
        assert_eq!(client.post(sent.clone()).await.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test]
async fn a_head_larger_than_any_browsers_is_refused() {
    let running = start().await;
    let cookie = "x".repeat(1 << 20);
    let mut stream = connect(&running).await;
    // The collector stops reading, so writing fails sooner or later.
    let _ =
        stream.write_all(format!("GET / HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\n\r\n").as_bytes()).await;

    let answer = all(stream).await;

    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn tokens_cannot_be_guessed_for_long() {
    let running = start().await;
    let client = &running.client;
    let tried = async |token: &str| {
        let authorization = format!("Bearer {token}");
        client.send(Method::GET, "/v1/sites", &[("authorization", &authorization)], "").await
    };
    for n in 0..10 {
        assert_eq!(tried(&format!("guess {n}")).await.status, StatusCode::UNAUTHORIZED);
    }

    let answer = tried("guess 10").await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!((1..=6).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(tried(TOKEN).await.status, StatusCode::TOO_MANY_REQUESTS, "or guessing would go on");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let signed_in = client.send(Method::POST, "/studio/sign-in", &form, "token=guess").await;
    assert_eq!(signed_in.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(client.batch(&batch(&[event("fine")])).await.json(), receipt(1, 0));
}
